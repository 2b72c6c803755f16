package projector_test

import (
	"context"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/projector"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	sim "github.com/budi-monitor/budi/internal/sim/projector"
)

func start(t *testing.T, o sim.Options) *sim.Server {
	t.Helper()
	s, err := sim.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func watch(s *sim.Server, password string) *device.Watch {
	t := device.Target{Scheme: device.SchemePJLink, Host: "127.0.0.1", Port: uint16(s.Addr().Port), PJLink: secret.New(password)}
	return device.New(device.Options{Target: t, PJLink: projector.Look})
}

// lit is a projector with a lamp, of class 2, that is on.
func lit() sim.State {
	return sim.State{
		Power: "1", Input: "31", Inputs: "11 31", Mute: "30", Errors: "000000", Lamps: "2861 1",
		Name: "Aktų salė", Maker: "EPSON", Model: "EPSON EB-L200F", Info: "", Serial: "X8AB2100123", Software: "1.12",
		LampParts: "ELPLP88", FilterParts: "ELPAF54", FilterHours: "410", Resolution: "1920x1080", InputNames: map[string]string{"31": "HDMI1"},
	}
}

func fact(r look.Result, name string) string {
	for _, f := range r.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// sample is a value of the result, by name and the value of its first label.
func sample(r look.Result, name, label string) (float64, bool) {
	for _, s := range r.Samples {
		if s.Name == name && (label == "" && len(s.Labels) == 0 || len(s.Labels) > 0 && s.Labels[0].Value == label) {
			return s.Value, true
		}
	}
	return 0, false
}

func TestAProjectorTellsWhatItIsAndDoes(t *testing.T) {
	s := start(t, sim.Options{Class: 2, Password: "slapta", State: lit()})
	w := watch(s, "slapta")
	for _, round := range []string{"first", "second"} {
		r := w.Look(t.Context())
		if r.Outcome != look.OK || r.Kind != "projector" {
			t.Fatalf("%s look: %s %s %+v", round, r.Outcome, r.Kind, r.Problem)
		}
		for name, want := range map[string]string{
			look.FactVendor: "Epson", look.FactModel: "EB-L200F", look.FactSerial: "X8AB2100123", look.FactFirmware: "1.12", look.FactName: "Aktų salė",
			projector.FactPower: "on", projector.FactInput: "HDMI1", projector.FactLampPart: "ELPLP88", projector.FactFilterPart: "ELPAF54", projector.FactProtocol: "PJLink 2",
		} {
			if got := fact(r, name); got != want {
				t.Errorf("%s look: %s %q, want %q", round, name, got, want)
			}
		}
		for _, c := range []struct {
			name, label string
			want        float64
		}{
			{metric.ProjectorPower, "", 1}, {metric.ProjectorLight, "lamp", 2861 * 3600}, {metric.ProjectorFilter, "", 410 * 3600},
			{metric.ProjectorProblem, "fan", 0}, {metric.ProjectorProblem, "other", 0}, {metric.DeviceUp, "", 1},
		} {
			if got, ok := sample(r, c.name, c.label); !ok || got != c.want {
				t.Errorf("%s look: %s %s %v (%v), want %v", round, c.name, c.label, got, ok, c.want)
			}
		}
		if len(r.Device.Alerts) > 0 {
			t.Errorf("alerts %v of one that is well", r.Device.Alerts)
		}
	}
	if s.Greeted() != 2 {
		t.Errorf("%d connections for two looks", s.Greeted())
	}
}

func TestStandbyWarmingAndCoolingAreNormal(t *testing.T) {
	for power, word := range map[string]string{"0": "standby", "1": "on", "2": "cooling", "3": "warming"} {
		state := lit()
		state.Power = power
		r := watch(start(t, sim.Options{State: state}), "").Look(t.Context())
		if r.Outcome != look.OK || fact(r, projector.FactPower) != word {
			t.Errorf("power %s: %s, %q, %+v", power, r.Outcome, fact(r, projector.FactPower), r.Problem)
		}
		if input := fact(r, projector.FactInput); (input != "") != (power == "1") {
			t.Errorf("power %s: input %q", power, input)
		}
	}
}

func TestStandbyThatTellsNothingElse(t *testing.T) {
	s := start(t, sim.Options{Class: 2, State: lit(), Dozes: true})
	w := watch(s, "")
	w.Look(t.Context())
	s.Set(func(st *sim.State) { st.Power = "0" })
	r := w.Look(t.Context())
	if r.Outcome != look.OK || fact(r, projector.FactPower) != "standby" {
		t.Errorf("%s, power %q, %+v", r.Outcome, fact(r, projector.FactPower), r.Problem)
	}
	if fact(r, look.FactModel) != "EB-L200F" || fact(r, look.FactSerial) != "X8AB2100123" {
		t.Errorf("it forgot what it is: %v", r.Facts)
	}
	if _, ok := sample(r, metric.ProjectorProblem, "fan"); ok {
		t.Error("invented how the fan is")
	}
}

func TestEveryPartThatHasTrouble(t *testing.T) {
	state := lit()
	state.Errors = "210210"
	r := watch(start(t, sim.Options{State: state}), "").Look(t.Context())
	want := map[string]string{"fan": "critical", "lamp": "warning", "cover": "critical", "filter": "warning"}
	if r.Outcome != look.OK || len(r.Device.Alerts) != len(want) {
		t.Fatalf("%s, alerts %v", r.Outcome, r.Device.Alerts)
	}
	for _, a := range r.Device.Alerts {
		if want[a.Code] != a.Severity {
			t.Errorf("%s is %s, want %s", a.Code, a.Severity, want[a.Code])
		}
	}
	for part, level := range map[string]float64{"fan": 2, "lamp": 1, "temperature": 0, "cover": 2, "filter": 1, "other": 0} {
		if got, ok := sample(r, metric.ProjectorProblem, part); !ok || got != level {
			t.Errorf("%s: %v, want %v", part, got, level)
		}
	}
}

func TestALaserHasNoLamps(t *testing.T) {
	state := lit()
	state.Lamps, state.FilterHours, state.LampParts = "ERR1", "ERR1", "ERR1"
	r := watch(start(t, sim.Options{Class: 2, State: state}), "").Look(t.Context())
	if r.Outcome != look.OK || len(r.Device.Sensors) > 0 || fact(r, projector.FactLampPart) != "" {
		t.Errorf("%s, sensors %v, part %q", r.Outcome, r.Device.Sensors, fact(r, projector.FactLampPart))
	}
}

func TestTwoLamps(t *testing.T) {
	state := lit()
	state.Lamps = "1500 1 30 0"
	r := watch(start(t, sim.Options{State: state}), "").Look(t.Context())
	for name, hours := range map[string]float64{"lamp 1": 1500, "lamp 2": 30} {
		if got, ok := sample(r, metric.ProjectorLight, name); !ok || got != hours*3600 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestOneWrongValueIsLeftOut(t *testing.T) {
	state := lit()
	state.Errors, state.Lamps = "9", "lots"
	r := watch(start(t, sim.Options{State: state}), "").Look(t.Context())
	if r.Outcome != look.OK || fact(r, look.FactModel) != "EB-L200F" || len(r.Device.Sensors)+len(r.Device.Alerts) > 0 {
		t.Errorf("%s, %v, %+v", r.Outcome, r.Facts, r.Device)
	}
}

func TestAProjectorThatFailed(t *testing.T) {
	state := lit()
	state.Power, state.Lamps = "ERR4", "ERR4"
	r := watch(start(t, sim.Options{State: state}), "").Look(t.Context())
	if r.Outcome != look.OK || len(r.Device.Alerts) != 1 || r.Device.Alerts[0] != (look.Alert{Severity: "critical", Code: "failure"}) {
		t.Errorf("%s, %v", r.Outcome, r.Device.Alerts)
	}
}

func TestDisplays(t *testing.T) {
	for _, c := range []struct {
		maker, model, info string
		want               look.Kind
		vendor, short      string
	}{
		{"NEC", "P999HL", "NEC Display Solutions, Ltd.", look.Projector, "NEC", "P999HL"},
		{"Panasonic", "PT-VMZ99", "LCD display device", look.Projector, "Panasonic", "PT-VMZ99"},
		{"NEC", "MultiSync V554Q", "", look.Display, "NEC", "MultiSync V554Q"},
		{"Panasonic", "TH-55SQ1W", "", look.Display, "Panasonic", "TH-55SQ1W"},
		{"SHARP", "PN-HW501", "", look.Display, "Sharp", "PN-HW501"},
		{"LG Electronics", "55UH5F", "", look.Display, "LG", "55UH5F"},
		{"LG Electronics", "BU50NST", "", look.Projector, "LG", "BU50NST"},
		{"Samsung", "QM55B", "", look.Display, "Samsung", "QM55B"},
		{"BenQ", "RP6502", "Interactive flat panel", look.Display, "BenQ", "RP6502"},
		{"BenQ", "MW560", "", look.Projector, "BenQ", "MW560"},
		{"EPSON", "EPSON 1485F", "Projector with display functions", look.Projector, "Epson", "1485F"},
		{"", "", "", look.Projector, "", ""},
		{"Nobody", "Nobody", "", look.Projector, "Nobody", "Nobody"},
	} {
		r := watch(start(t, sim.Options{State: sim.State{Power: "1", Maker: c.maker, Model: c.model, Info: c.info}}), "").Look(t.Context())
		if r.Kind != string(c.want) || fact(r, look.FactVendor) != c.vendor || fact(r, look.FactModel) != c.short {
			t.Errorf("%s %s: %s of %q, model %q", c.maker, c.model, r.Kind, fact(r, look.FactVendor), fact(r, look.FactModel))
		}
	}
}

func TestWhatGoesWrong(t *testing.T) {
	for _, c := range []struct {
		fault    sim.Fault
		password string
		outcome  look.Outcome
		code     string
		kind     string
	}{
		{sim.Busy, "", look.Failed, device.CodeBusy, "other"},
		{sim.Garbage, "", look.Failed, device.CodeNonsense, "projector"},
		{sim.Endless, "", look.Failed, device.CodeNonsense, "projector"},
		{sim.Truncated, "", look.Failed, device.CodeIncomplete, "projector"},
		{sim.None, "kita", look.Failed, device.CodeCredentials, "projector"},
		{sim.None, "", look.OK, "", "projector"},
		{sim.Late, "", look.OK, "", "projector"},
	} {
		t.Run(string(c.fault)+c.password, func(t *testing.T) {
			o := sim.Options{State: lit()}
			if c.password != "" {
				o.Password = "slapta"
			}
			s := start(t, o)
			s.Misbehave(c.fault)
			r := watch(s, c.password).Look(t.Context())
			code := ""
			if r.Problem != nil {
				code = r.Problem.Code
			}
			if r.Outcome != c.outcome || code != c.code || r.Kind != c.kind {
				t.Errorf("%s, %q, %s; want %s, %q, %s; %+v", r.Outcome, code, r.Kind, c.outcome, c.code, c.kind, r.Problem)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	s := start(t, sim.Options{Addr: freeport.Addr(t)})
	_ = s.Close()
	r := watch(s, "").Look(t.Context())
	if r.Outcome != look.Unreachable || r.Problem.Code != device.CodeNoAnswer {
		t.Errorf("%s, %+v", r.Outcome, r.Problem)
	}
	if up, ok := sample(r, metric.DeviceUp, ""); !ok || up != 0 {
		t.Error("it is up")
	}
}

// A projector that says nothing costs no more than the time that the look has.
func TestALookEndsWithItsContext(t *testing.T) {
	s := start(t, sim.Options{State: lit()})
	s.Misbehave(sim.Mute)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // enough for the greeting
	defer cancel()
	r := watch(s, "").Look(ctx)
	if r.Outcome != look.Failed || r.Problem.Code != device.CodeIncomplete || r.Kind != "projector" {
		t.Errorf("%s %s, %+v", r.Outcome, r.Kind, r.Problem)
	}
}

// Given an address alone, a projector that wants a password is recognised.
func TestAnAddressAloneOfAProjectorWithAPassword(t *testing.T) {
	s := start(t, sim.Options{Password: "slapta", State: lit()})
	w := device.New(device.Options{
		Target: device.Target{Host: "127.0.0.1", Port: uint16(s.Addr().Port)},
		Identify: func(context.Context, device.Agent) (device.Identity, error) {
			return device.Identity{}, device.ErrNoAnswer
		},
		PJLink: projector.Look,
	})
	r := w.Look(t.Context())
	if r.Kind != "projector" || r.Problem == nil || r.Problem.Code != device.CodeCredentials {
		t.Errorf("%s, %+v", r.Kind, r.Problem)
	}
}
