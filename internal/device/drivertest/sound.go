package drivertest

import (
	"encoding/json"
	"fmt"
	"math"
	"net"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/snmp"
)

// maxRows bounds the lists of a device: more is no device of a school's.
const maxRows = snmp.MaxWalk

// Unsound says what makes no sense in what a driver found, whatever the device
// is. No problem is the normal case.
func Unsound(v *device.Visit) []string {
	var problems []string
	problem := func(form string, args ...any) { problems = append(problems, fmt.Sprintf(form, args...)) }
	d := v.Device
	if _, err := json.Marshal(look.Result{Device: &d, Samples: v.Samples}); err != nil {
		problem("the result cannot be written: %v", err)
	}
	texts(reflect.ValueOf(d), "device", problem)
	for _, s := range d.Supplies {
		if (s.Percent != nil) != (s.State == look.SupplyKnown) {
			problem("supply %s: state %s, percent %v", s.Index, s.State, s.Percent)
		}
		if s.Percent != nil && !(*s.Percent >= 0 && *s.Percent <= 100) {
			problem("supply %s: %v percent", s.Index, *s.Percent)
		}
		if s.Index == "" || s.State == "" {
			problem("supply without index or state: %+v", s)
		}
	}
	for _, i := range d.Interfaces {
		if i.Name == "" || i.MAC != "" && !isMAC(i.MAC) {
			problem("interface %d: name %q, MAC %q", i.Index, i.Name, i.MAC)
		}
	}
	sensors := map[string]bool{}
	for _, s := range d.Sensors {
		key := string(s.Class) + " " + s.Name
		if s.Name == "" || s.Class == "" || sensors[key] {
			problem("sensor without a name, or a second one: %q", key)
		}
		sensors[key] = true
		if !finite(s.Value) || !isState(s.State) {
			problem("sensor %s: value %v, state %q", s.Name, s.Value, s.State)
		}
		if (s.Class == look.Humidity || s.Class == look.Charge || s.Class == look.Memory) && (s.Value < 0 || s.Value > 100) {
			problem("sensor %s: %v percent", s.Name, s.Value)
		}
	}
	for _, x := range d.Volumes {
		if x.Name == "" || !isState(x.State) {
			problem("volume %q: state %q", x.Name, x.State)
		}
	}
	for _, x := range d.Disks {
		if x.Name == "" || !isState(x.State) {
			problem("disk %q: state %q", x.Name, x.State)
		}
	}
	for _, a := range d.Alerts {
		if !slices.Contains([]string{"critical", "warning", "other"}, a.Severity) || a.Code == "" {
			problem("alert: severity %q, code %q", a.Severity, a.Code)
		}
	}
	for _, s := range d.Stations {
		if !isMAC(s.MAC) || s.Port == "" {
			problem("station %q at %q", s.MAC, s.Port)
		}
	}
	for name, value := range v.Facts {
		if name == "" || value == "" || !readable(value) || strings.ToLower(name) != name {
			problem("fact %q = %q", name, value)
		}
	}
	return append(problems, badSamples(v.Samples)...)
}

// badSamples finds samples that are not in the catalogue as they are, or twice.
func badSamples(samples []look.Sample) []string {
	var problems []string
	known := map[string]metric.Def{}
	for _, def := range metric.All() {
		known[def.Name] = def
	}
	seen := map[string]bool{}
	for _, s := range samples {
		def, ok := known[s.Name]
		if !ok {
			problems = append(problems, fmt.Sprintf("sample %s is not in package metric's catalogue", s.Name))
		}
		for _, l := range s.Labels {
			if ok && !slices.Contains(def.Labels, l.Name) || !readable(l.Value) {
				problems = append(problems, fmt.Sprintf("sample %s: label %s=%q", s.Name, l.Name, l.Value))
			}
		}
		key := fmt.Sprint(s.Name, s.Labels)
		if seen[key] || !finite(s.Value) {
			problems = append(problems, fmt.Sprintf("sample %s %v: value %v, or a second one", s.Name, s.Labels, s.Value))
		}
		seen[key] = true
	}
	return problems
}

// texts finds texts that nobody can read and lists without end.
func texts(v reflect.Value, at string, problem func(form string, args ...any)) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); !readable(s) {
			problem("%s: text of %d bytes: %.80q", at, len(s), s)
		}
	case reflect.Slice:
		if v.Len() > maxRows {
			problem("%s has %d rows", at, v.Len())
		}
		for i := range v.Len() {
			texts(v.Index(i), at, problem)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			texts(v.Elem(), at, problem)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			texts(v.Field(i), at+"."+v.Type().Field(i).Name, problem)
		}
	}
}

func readable(s string) bool {
	return len(s) <= snmp.MaxText && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func isMAC(s string) bool {
	mac, err := net.ParseMAC(s)
	return err == nil && len(mac) == 6 && s == strings.ToLower(mac.String())
}

func isState(s string) bool {
	return slices.Contains([]string{"", look.StateOK, look.StateWarning, look.StateFailed}, s)
}
