package drivertest_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/look"
)

// small is a driver that does what a driver does.
type small struct{}

func (small) Name() string                  { return "small" }
func (small) Serves(d device.Identity) bool { return d.Is(look.Printer) }

func (small) Look(ctx context.Context, a device.Agent, _ device.Identity, v *device.Visit) error {
	got, err := a.Get(ctx, "1.3.6.1.2.1.25.3.2.1.3.1", "1.3.6.1.2.1.1.1.0")
	if err != nil {
		return fmt.Errorf("read the name: %w", err)
	}
	v.Fact(look.FactModel, got["1.3.6.1.2.1.25.3.2.1.3.1"].Text())
	rows, err := a.Table(ctx, "1.3.6.1.2.1.43.11.1.1", 6, 8, 9)
	for _, row := range rows {
		s := look.Supply{Index: row.Index, Name: row.Text(6), State: look.SupplyUnknown}
		capacity, known := row.Int(8)
		if level, ok := row.Int(9); ok && known && capacity > 0 && level >= 0 && level <= capacity {
			percent := float64(level) / float64(capacity) * 100
			s.Percent, s.State = &percent, look.SupplyKnown
		}
		v.Device.Supplies = append(v.Device.Supplies, s)
	}
	return err
}

func TestADriverConforms(t *testing.T) {
	drivertest.Conformance(t, small{})
}

func TestTheSuiteSeesWhatIsUnsound(t *testing.T) {
	half := 50.0
	for name, c := range map[string]struct {
		visit device.Visit
		want  string
	}{
		"not a number":                {device.Visit{Samples: []look.Sample{{Name: "budi_device_up", Value: math.NaN()}}}, "NaN"},
		"a metric of nobody's":        {device.Visit{Samples: []look.Sample{{Name: "no_such"}}}, "catalogue"},
		"a sample twice":              {device.Visit{Samples: []look.Sample{{Name: "budi_device_up"}, {Name: "budi_device_up"}}}, "second"},
		"a percentage of the unknown": {device.Visit{Device: look.Device{Supplies: []look.Supply{{Index: "1", Percent: &half, State: look.SupplyUnknown}}}}, "percent"},
		"control characters":          {device.Visit{Device: look.Device{Console: []string{"\x1b[2J"}}}, "Console"},
		"a text without end":          {device.Visit{Facts: map[string]string{"model": strings.Repeat("x", 5000)}}, "fact"},
		"a MAC in capitals":           {device.Visit{Device: look.Device{Stations: []look.Station{{MAC: "00:11:22:33:44:FF", Port: "1"}}}}, "station"},
		"an alert of no severity":     {device.Visit{Device: look.Device{Alerts: []look.Alert{{Code: "jam"}}}}, "severity"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(drivertest.Unsound(&c.visit), "\n"); !strings.Contains(got, c.want) {
				t.Errorf("problems %q, want one that tells of %q", got, c.want)
			}
		})
	}
}
