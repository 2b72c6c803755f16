// Package camera reads cameras and their recorders, the few objects that they
// have: Axis' temperatures, fans and storage, how busy a Hikvision or a Dahua is,
// the disks of recorders. Whether there is a picture is no matter of SNMP.
package camera

import (
	"context"
	"fmt"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
)

// Driver reads cameras and recorders. The zero Driver is ready.
type Driver struct{}

// Name is "camera".
func (Driver) Name() string { return "camera" }

// Serves reports whether the device is a camera or a recorder of a known maker.
func (Driver) Serves(id device.Identity) bool { return id.Is(look.Camera) || id.Is(look.Recorder) }

// Look reads.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	g := gather.New(a, v)
	switch strings.ToLower(id.Vendor) {
	case "axis":
		axis(ctx, g)
	case "hikvision":
		hikvision(ctx, g)
	case "dahua":
		dahua(ctx, g)
	}
	if g.Err() != nil {
		return fmt.Errorf("read the camera: %w", g.Err())
	}
	return nil
}

// axis reads AXIS-VIDEO-MIB.
func axis(ctx context.Context, g *gather.Gathering) {
	const root = "1.3.6.1.4.1.368.4.1."
	state := map[int64]string{1: look.StateOK, 2: look.StateFailed}
	for _, part := range []struct{ table, name string }{{"1.1", "Power supply"}, {"2.1", "Fan"}} {
		for _, row := range g.Table(ctx, root+part.table, 3) {
			n, _ := row.Int(3)
			g.Status(fmt.Sprintf("%s %s", part.name, last(row.Index)), state[n])
		}
	}
	for _, row := range g.Table(ctx, root+"3.1", 3, 4) {
		n, _ := row.Int(3)
		if t, told := row.Cells[4].Float(); told {
			g.Sensor(look.Temperature, "Sensor "+last(row.Index), t, map[int64]string{1: look.StateOK, 2: look.StateFailed, 3: look.StateWarning}[n])
		}
	}
	// A slot without a card says what a card says that died: that is no failure.
	for _, row := range g.Table(ctx, root+"8.1", 2, 3) {
		switch n, _ := row.Int(3); n {
		case 1:
			g.Disk(look.Disk{Name: row.Text(2), State: look.StateOK})
		case 2:
			g.Disk(look.Disk{Name: row.Text(2), State: look.StateWarning, Detail: "no storage"})
		}
	}
}

func last(index string) string { return index[strings.LastIndexByte(index, '.')+1:] }

// TypeRecordings is the type of a volume that holds recordings: it is full by
// design, and the oldest go.
const TypeRecordings = "recordings"

func hikvision(ctx context.Context, g *gather.Gathering) {
	const camera, recorder = "1.3.6.1.4.1.39165.1.", "1.3.6.1.4.1.50001.1."
	got := g.Get(ctx, camera+"7.0", camera+"8.0", camera+"9.0", camera+"11.0", recorder+"221.0")
	if load, told := gather.Number(got[camera+"7.0"].Text()); told {
		g.Sensor(look.Load, "Processor", load, "")
	}
	if memory, told := gather.Number(got[camera+"11.0"].Text()); told {
		g.Sensor(look.Memory, "Memory", memory, "")
	}
	size, sized := gather.Size(got[camera+"8.0"].Text())
	percent, told := gather.Number(got[camera+"9.0"].Text())
	if sized && told && size > 0 && percent >= 0 && percent <= 100 {
		g.Volume(look.Volume{Name: "Storage", Type: TypeRecordings, SizeBytes: size, UsedBytes: uint64(float64(size) * percent / 100)})
	}
	if memory, told := got[recorder+"221.0"].Float(); told && memory > 0 {
		g.Sensor(look.Memory, "Memory", memory, "")
	}
	for _, row := range g.Table(ctx, recorder+"241.1", 1, 2, 4, 5) {
		total, sized := row.Cells[5].Uint() // megabytes
		free, known := row.Cells[4].Uint()
		if sized && known && total > 0 && total < 1<<40 && free <= total {
			g.Volume(look.Volume{Name: "Disk " + row.Text(1), Type: TypeRecordings, SizeBytes: total << 20, UsedBytes: (total - free) << 20})
		}
	}
}

func dahua(ctx context.Context, g *gather.Gathering) {
	const root = "1.3.6.1.4.1.1004849.2.1."
	got := g.Get(ctx, root+"3.0", root+"2.8.0")
	if load, told := got[root+"3.0"].Float(); told {
		g.Sensor(look.Load, "Processor", load, "")
	}
	switch n, _ := got[root+"2.8.0"].Int(); n {
	case 1:
		g.Status("Device", look.StateOK)
	case 2:
		g.Status("Device", look.StateFailed)
	}
}
