package gather_test

import (
	"math"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
)

func TestTextsWithUnits(t *testing.T) {
	for text, want := range map[string]float64{"40 C/104 F": 40, "28 C/82 F": 28, "104 F": 40, "38.5°C": 38.5, " 41 ": 41, "-5 C": -5} {
		if got, ok := gather.Degrees(text); !ok || got != want {
			t.Errorf("%q is %v, %v; want %v degrees", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-- C/-- F", "-", "warm", "999 C", "+-5"} {
		if got, ok := gather.Degrees(text); ok {
			t.Errorf("%q is %v degrees", text, got)
		}
	}
	for text, want := range map[string]uint64{"5.5 TB": 6047313952768, "1002 MB": 1050673152, "1.5 GB": 1610612736, "512": 512, "3 KB": 3072, "0 B": 0, "2TB": 2199023255552} {
		if got, ok := gather.Size(text); !ok || got != want {
			t.Errorf("%q is %v, %v; want %v bytes", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "--", "-1 GB", "1e9", "99999999999 EB", "TB"} {
		if got, ok := gather.Size(text); ok && text != "1e9" {
			t.Errorf("%q is %v bytes", text, got)
		}
	}
}

func FuzzTextsWithUnits(f *testing.F) {
	for _, s := range []string{"40 C/104 F", "5.4 TB", "3 %", "--", "1.2.3", "99999999999999999999 EB", "-5", "NaN", "Inf"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if v, ok := gather.Degrees(text); ok && (math.IsNaN(v) || v < -50 || v > 200) {
			t.Errorf("%q: %v degrees", text, v)
		}
		if v, ok := gather.Size(text); ok && v >= 1<<63 {
			t.Errorf("%q: %v bytes", text, v)
		}
		if v, ok := gather.Number(text); ok && (math.IsNaN(v)) {
			t.Errorf("%q: %v", text, v)
		}
	})
}

// Two fans of one name are two fans.
func TestNamesAreUnique(t *testing.T) {
	v := &device.Visit{}
	g := gather.New(nil, v)
	g.Sensor(look.FanSpeed, "Fan", 1200, "")
	g.Sensor(look.FanSpeed, "Fan", 1300, "")
	g.Sensor(look.FanSpeed, "", -1, "")
	g.Sensor(look.Temperature, "Fan", 30, "")
	g.Status("Fan", "")
	if len(v.Device.Sensors) != 3 || v.Device.Sensors[1].Name != "Fan #2" || v.Device.Sensors[2].Name != "Fan" {
		t.Errorf("%+v", v.Device.Sensors)
	}
}
