package device_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/all"
	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// box is a small switch that we made up: a bridge with two ports.
func box() *snmpagent.Recording {
	r := snmpagent.NewRecording()
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("Box 8"))
	r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.99999.1"))
	r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(100_000))
	r.Set("1.3.6.1.2.1.1.5.0", snmpagent.Text("box-1"))
	r.Set("1.3.6.1.2.1.1.7.0", snmpagent.Integer(2))
	for i, name := range []string{"port1", "port2"} {
		index := string(rune('1' + i))
		r.Set("1.3.6.1.2.1.2.2.1.1."+index, snmpagent.Integer(int64(i+1)))
		r.Set("1.3.6.1.2.1.2.2.1.2."+index, snmpagent.Text(name))
		r.Set("1.3.6.1.2.1.2.2.1.3."+index, snmpagent.Integer(6))
		r.Set("1.3.6.1.2.1.2.2.1.5."+index, snmpagent.Gauge32(100_000_000))
		r.Set("1.3.6.1.2.1.2.2.1.7."+index, snmpagent.Integer(1))
		r.Set("1.3.6.1.2.1.2.2.1.8."+index, snmpagent.Integer(1))
		r.Set("1.3.6.1.2.1.2.2.1.10."+index, snmpagent.Counter32(1000))
		r.Set("1.3.6.1.2.1.2.2.1.16."+index, snmpagent.Counter32(2000))
	}
	return r
}

// clock is a wall clock that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// watchOver makes a Watch with every family over a simulated agent.
func watchOver(t *testing.T, a *snmpagent.Agent, edit func(*device.Options)) *device.Watch {
	t.Helper()
	o := all.New().Options(drivertest.Target(a))
	o.Timeout = 500 * time.Millisecond
	o.Plain = func(context.Context, device.Target, *device.Visit) (device.Identity, error) {
		return device.Identity{}, device.ErrNoAnswer
	}
	if edit != nil {
		edit(&o)
	}
	return device.New(o)
}

func value(t *testing.T, r look.Result, name string, labels ...string) float64 {
	t.Helper()
	v, ok := drivertest.Sample(r, name, labels...)
	if !ok {
		t.Errorf("there is no sample %s %v", name, labels)
	}
	return v
}

func TestWhatChangesSeldomIsReadSeldom(t *testing.T) {
	a := drivertest.Start(t, snmpagent.Options{Recording: box()})
	c := &clock{time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)}
	w := watchOver(t, a, func(o *device.Options) { o.Now = c.Now })
	requests := func() (look.Result, int) {
		before := a.Requests()
		r := w.Look(t.Context())
		if r.Outcome != look.OK {
			t.Fatalf("%s: %+v", r.Outcome, r.Problem)
		}
		return r, a.Requests() - before
	}
	first, deep := requests()
	c.now = c.now.Add(time.Minute)
	second, quick := requests()
	if quick*2 > deep {
		t.Errorf("a quick look made %d requests, the deep one %d", quick, deep)
	}
	if second.Kind != "switch" || first.Kind != "switch" || drivertest.Fact(second, look.FactName) != "box-1" {
		t.Errorf("the quick look found %s %v, the deep one %s", second.Kind, second.Facts, first.Kind)
	}
	c.now = c.now.Add(device.DeepEvery)
	if _, again := requests(); again < deep-2 {
		t.Errorf("after %s it made %d requests, the first deep look %d", device.DeepEvery, again, deep)
	}
}

func TestAnotherDeviceAtTheAddressIsRecognisedAtOnce(t *testing.T) {
	a := drivertest.Start(t, snmpagent.Options{Recording: box()})
	w := watchOver(t, a, nil)
	w.Look(t.Context())
	a.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("Box 16"))
	a.Set("1.3.6.1.2.1.1.5.0", snmpagent.Text("box-2"))
	r := w.Look(t.Context())
	if drivertest.Fact(r, look.FactDescription) != "Box 16" || drivertest.Fact(r, look.FactName) != "box-2" {
		t.Errorf("it is still taken for the old one: %v", r.Facts)
	}
}

func TestOutcomesTellWhatIsWrong(t *testing.T) {
	there := func(context.Context, device.Target, *device.Visit) (device.Identity, error) {
		return device.Identity{Kinds: []look.Kind{look.Other}}, nil
	}
	for _, tc := range []struct {
		name      string
		behaviour snmpagent.Behaviour
		community string
		plain     device.Family
		outcome   look.Outcome
		code      string
		up        float64
	}{
		{name: "well", outcome: look.OK, up: 1},
		{name: "nothing answers", behaviour: snmpagent.Behaviour{Silent: true}, outcome: look.Unreachable, code: device.CodeNoAnswer, up: 0},
		{name: "another community, and it answers a ping", community: "geheim", plain: there, outcome: look.Failed, code: device.CodeSilent, up: 1},
		{name: "it goes amid the look", behaviour: snmpagent.Behaviour{GoneAfter: 14}, outcome: look.Failed, code: device.CodeIncomplete, up: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := drivertest.Start(t, snmpagent.Options{Recording: box(), Community: tc.community, Behaviour: tc.behaviour})
			w := watchOver(t, a, func(o *device.Options) {
				if tc.plain != nil {
					o.Plain = tc.plain
				}
			})
			r := w.Look(t.Context())
			if r.Outcome != tc.outcome || (tc.code == "") != (r.Problem == nil) || r.Problem != nil && r.Problem.Code != tc.code {
				t.Fatalf("%s: %+v", r.Outcome, r.Problem)
			}
			if r.Problem != nil && device.Codes()[r.Problem.Code] != r.Outcome {
				t.Errorf("code %s came with %s", r.Problem.Code, r.Outcome)
			}
			if got := value(t, r, metric.DeviceUp); got != tc.up {
				t.Errorf("%s is %v", metric.DeviceUp, got)
			}
		})
	}
}

func TestALookThatWasStoppedSaysNothing(t *testing.T) {
	a := drivertest.Start(t, snmpagent.Options{Recording: box(), Behaviour: snmpagent.Behaviour{Silent: true}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := watchOver(t, a, nil).Look(ctx)
	if r.Outcome != look.Unknown || len(r.Samples) != 1 || r.Samples[0].Name != metric.LookUnknown {
		t.Errorf("%s with %v", r.Outcome, r.Samples)
	}
}

func TestWhatAnswersFirstIsKeptTo(t *testing.T) {
	a := drivertest.Start(t, snmpagent.Options{Recording: box(), Behaviour: snmpagent.Behaviour{Silent: true}})
	asked := 0
	w := watchOver(t, a, func(o *device.Options) {
		o.Target.Scheme = device.SchemeAny
		o.PJLink = func(_ context.Context, _ device.Target, v *device.Visit) (device.Identity, error) {
			asked++
			if asked > 1 {
				return device.Identity{}, device.ErrBusy
			}
			v.Fact("power", "on")
			return device.Identity{Vendor: "Epson", Kinds: []look.Kind{look.Projector}}, nil
		}
	})
	r := w.Look(t.Context())
	if r.Kind != "projector" || r.Outcome != look.OK || drivertest.Fact(r, "power") != "on" {
		t.Fatalf("%s %s %v", r.Kind, r.Outcome, r.Facts)
	}
	before := a.Requests()
	r = w.Look(t.Context())
	if r.Outcome != look.Failed || r.Problem.Code != device.CodeBusy || r.Kind != "projector" {
		t.Errorf("%s %s %+v", r.Kind, r.Outcome, r.Problem)
	}
	if a.Requests() != before {
		t.Error("SNMP was asked again, although the device speaks PJLink")
	}
}

func TestTheResultInJSONHasEveryList(t *testing.T) {
	a := drivertest.Start(t, snmpagent.Options{Recording: box()})
	text, err := json.Marshal(watchOver(t, a, nil).Look(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("target kind kinds time outcome problem duration_seconds samples facts supplies trays interfaces sensors volumes disks alerts console neighbours stations") {
		value, there := fields[name]
		if !there || string(value) == "null" && name != "problem" {
			t.Errorf("%s is %q in %s", name, value, text)
		}
	}
}

func TestTargetsOfDevicesAreReadOrRefused(t *testing.T) {
	for _, tc := range []struct{ text, scheme, host, shown, community, password string }{
		{text: "snmp://192.0.2.7", scheme: "snmp", host: "192.0.2.7", shown: "snmp://192.0.2.7"},
		{text: "SNMP://Printer-101.School.lt:1161?community=slaptas", scheme: "snmp", host: "printer-101.school.lt", shown: "snmp://printer-101.school.lt:1161", community: "slaptas"},
		{text: "pjlink://:slaptas@192.0.2.9", scheme: "pjlink", host: "192.0.2.9", shown: "pjlink://192.0.2.9", password: "slaptas"},
		{text: "192.0.2.7", host: "192.0.2.7", shown: "192.0.2.7"},
		{text: "2001:db8::7", host: "2001:db8::7", shown: "[2001:db8::7]"},
		{text: "snmp://[2001:db8::7]:161", scheme: "snmp", host: "2001:db8::7", shown: "snmp://[2001:db8::7]:161"},
	} {
		got, err := device.ParseTarget(tc.text)
		if err != nil {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if got.Scheme != tc.scheme || !strings.EqualFold(got.Host, tc.host) || !strings.EqualFold(got.String(), tc.shown) || got.SNMP.Community.Reveal() != tc.community || got.PJLink.Reveal() != tc.password {
			t.Errorf("%s: %+v, shown as %s", tc.text, got, got)
		}
	}
	for _, text := range []string{"", "snmp://", "http://192.0.2.7", "snmp://a b", "snmp://h:0", "snmp://h:70000", "snmp://user:geheim@h", "snmp://h?community=geheim&x=1", "snmp://h/path", "snmp://h?version=3&community=geheim", "pjlink://h?community=geheim", strings.Repeat("a", 3000)} {
		_, err := device.ParseTarget(text)
		if err == nil {
			t.Errorf("%.40q was taken", text)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: the error repeats what is secret: %v", text, err)
		}
	}
}

func FuzzTarget(f *testing.F) {
	for _, s := range []string{"snmp://h:1?community=c", "pjlink://:p@h", "::1", "[::1]:3", "snmp://ą.lt", "%", "snmp://h?%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := device.ParseTarget(s)
		if err != nil {
			return
		}
		again, err := device.ParseTarget(got.String())
		if err != nil || again.Host != got.Host || again.Port != got.Port || again.Scheme != got.Scheme {
			t.Errorf("%q is shown as %q, which is %+v (%v)", s, got, again, err)
		}
	})
}

func TestErrorsOfFamiliesAreToldApart(t *testing.T) {
	for _, tc := range []struct {
		err     error
		outcome look.Outcome
		code    string
	}{
		{device.ErrNoAnswer, look.Unreachable, device.CodeNoAnswer},
		{device.ErrCredentials, look.Failed, device.CodeCredentials},
		{device.ErrNonsense, look.Failed, device.CodeNonsense},
		{device.ErrBusy, look.Failed, device.CodeBusy},
		{errors.New("something else"), look.Failed, device.CodeIncomplete},
	} {
		target, err := device.ParseTarget("pjlink://127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		w := device.New(device.Options{Target: target, PJLink: func(context.Context, device.Target, *device.Visit) (device.Identity, error) {
			return device.Identity{}, tc.err
		}})
		if r := w.Look(t.Context()); r.Outcome != tc.outcome || r.Problem == nil || r.Problem.Code != tc.code {
			t.Errorf("%v: %s %+v", tc.err, r.Outcome, r.Problem)
		}
	}
}

func TestTheResultInTheDocumentIsOfTheForm(t *testing.T) {
	text, err := os.ReadFile("../../docs/look-devices.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Fatal("there is no example")
	}
	type result look.Result // without the method that writes it
	for _, block := range blocks {
		dec := json.NewDecoder(bytes.NewReader(block[1]))
		dec.DisallowUnknownFields()
		var r struct {
			result
			look.Device
			DurationSeconds float64 `json:"duration_seconds"`
		}
		if err := dec.Decode(&r); err != nil {
			t.Errorf("%v in\n%s", err, block[1])
		}
	}
	for _, kind := range look.Kinds() {
		if !strings.Contains(string(text), "`"+string(kind)+"`") {
			t.Errorf("the document does not name the kind %s", kind)
		}
	}
	// Every field of the nouns has a word in the document.
	for _, noun := range []any{look.Device{}, look.Supply{}, look.Tray{}, look.Interface{}, look.Sensor{}, look.Volume{}, look.Disk{}, look.Alert{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(noun)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name != "-" && !strings.Contains(string(text), "`"+name+"`") && !strings.Contains(string(text), `"`+name+`"`) {
				t.Errorf("the document does not name the field %s of %T", name, noun)
			}
		}
	}
}
