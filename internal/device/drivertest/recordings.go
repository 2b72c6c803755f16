// Package drivertest helps the tests of devices' drivers: it replays recordings of
// real devices, knows what a correct look finds in them, and holds the suite that
// every driver passes. It is for tests only.
//
// The recordings are not part of the project: tests that want one are skipped where
// the folder shared/snmprec is not beside the checkout.
package drivertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/recognise"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

// folder finds shared/snmprec in or beside a folder above the test's.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		found := filepath.Join(dir, "shared", "snmprec")
		if _, err := os.Stat(found); err == nil {
			return found
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("needs the recordings of real devices: no folder above has shared/snmprec")
		}
		dir = up
	}
}

// Recording reads a recorded device ("ricoh_mpc3002").
func Recording(t testing.TB, name string) *snmpagent.Recording {
	t.Helper()
	f, err := os.Open(filepath.Join(folder(t), name+".snmprec"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := snmpagent.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// Recordings lists the recorded devices of some kinds ("printer", "ups", as
// Expectation.Kind has them), or of every kind.
func Recordings(t testing.TB, kinds ...string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder(t), "*.expect.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	var names []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".expect.json")
		if len(kinds) == 0 || contains(kinds, Expect(t, name).Kind) {
			names = append(names, name)
		}
	}
	return names
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// Expect reads what a correct look finds in a recorded device.
func Expect(t testing.TB, name string) Expectation {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder(t), name+".expect.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e Expectation
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return e
}

// Start starts a simulated agent for the length of the test.
func Start(t testing.TB, o snmpagent.Options) *snmpagent.Agent {
	t.Helper()
	a, err := snmpagent.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// Target is where a simulated agent is.
func Target(a *snmpagent.Agent) device.Target {
	return device.Target{
		Scheme: device.SchemeSNMP, Host: a.Addr().Addr().String(), Port: a.Addr().Port(),
		SNMP: snmp.Credentials{Version: snmp.V2c, Community: secret.New("public")},
	}
}

// Serve replays a recording for the length of the test.
func Serve(t testing.TB, r *snmpagent.Recording) device.Target {
	t.Helper()
	return Target(Start(t, snmpagent.Options{Recording: r}))
}

// Dial makes a client for a target for the length of the test.
func Dial(t testing.TB, target device.Target) *snmp.Client {
	t.Helper()
	c, err := snmp.Dial(t.Context(), snmp.Target{Host: target.Host, Port: target.Port, Credentials: target.SNMP})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Look recognises what is at a target, lets the drivers look at it (deep) and
// returns the result; device/all has the list of every driver.
func Look(t testing.TB, target device.Target, drivers ...device.Driver) look.Result {
	t.Helper()
	return device.New(device.Options{Target: target, Identify: recognise.New().Identify, Drivers: drivers}).Look(t.Context())
}

// LookAt is Look at a recorded device by its name.
func LookAt(t testing.TB, name string, drivers ...device.Driver) look.Result {
	t.Helper()
	r := Look(t, Serve(t, Recording(t, name)), drivers...)
	if r.Outcome != look.OK {
		t.Errorf("%s: outcome %s: %+v", name, r.Outcome, r.Problem)
	}
	return r
}

// Fact returns a fact of a result; "" when it is not there.
func Fact(r look.Result, name string) string {
	for _, f := range r.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Sample returns a sample of a result that has all the labels given in pairs.
func Sample(r look.Result, name string, labels ...string) (float64, bool) {
	for _, s := range r.Samples {
		if s.Name == name && hasLabels(s, look.Labels(labels...)) {
			return s.Value, true
		}
	}
	return 0, false
}

func hasLabels(s look.Sample, want []look.Label) bool {
	for _, w := range want {
		found := false
		for _, l := range s.Labels {
			found = found || l == w
		}
		if !found {
			return false
		}
	}
	return true
}
