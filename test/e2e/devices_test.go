package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// officePrinter is a printer that we made up, with half of its toner left.
func officePrinter() *snmpagent.Recording {
	r := snmpagent.NewRecording()
	for oid, value := range map[string]snmpagent.Value{
		"1.3.6.1.2.1.1.1.0":           snmpagent.Text("HP ETHERNET MULTI-ENVIRONMENT"),
		"1.3.6.1.2.1.1.2.0":           snmpagent.ObjectID("1.3.6.1.4.1.11.2.3.9.1"),
		"1.3.6.1.2.1.1.3.0":           snmpagent.TimeTicks(360_000),
		"1.3.6.1.2.1.25.3.2.1.2.1":    snmpagent.ObjectID("1.3.6.1.2.1.25.3.1.5"),
		"1.3.6.1.2.1.25.3.2.1.3.1":    snmpagent.Text("HP LaserJet 400"),
		"1.3.6.1.2.1.43.5.1.1.17.1":   snmpagent.Text("VNB3000001"),
		"1.3.6.1.2.1.43.11.1.1.4.1.1": snmpagent.Integer(3),
		"1.3.6.1.2.1.43.11.1.1.5.1.1": snmpagent.Integer(3),
		"1.3.6.1.2.1.43.11.1.1.6.1.1": snmpagent.Text("Black Cartridge HP CF280X"),
		"1.3.6.1.2.1.43.11.1.1.8.1.1": snmpagent.Integer(100),
		"1.3.6.1.2.1.43.11.1.1.9.1.1": snmpagent.Integer(50),
	} {
		r.Set(oid, value)
	}
	return r
}

// A device is added by its address alone, beside the running collector, looked at,
// paused and removed; what is known already gets no second row.
func TestDevicesAreAddedByCommand(t *testing.T) {
	t.Parallel()
	agent, err := snmpagent.Start(snmpagent.Options{Recording: officePrinter(), Community: "mokykla"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agent.Close)
	target := "snmp://" + agent.Addr().String()
	w := newWorld(t)
	w.write("collector.yml", "host: {disabled: true}\n")
	w.write("community", "mokykla\n")
	w.start()
	run := func(args ...string) string {
		t.Helper()
		out, err := w.command(args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	list := func() (devices []struct {
		ID, Kind, Model, Target, Outcome string
		Paused                           bool
		Every                            float64 `json:"interval_seconds"`
	}) {
		t.Helper()
		if err := json.Unmarshal([]byte(run("device", "list", "--json")), &devices); err != nil {
			t.Fatal(err)
		}
		return devices
	}

	if out := run("device", "add", target, "--snmp-community-file", w.path("community"), "--name", "Office printer"); !strings.Contains(out, "LaserJet 400") || !strings.Contains(out, "office-printer") || strings.Contains(out, "mokykla") {
		t.Errorf("adding it says %q", out)
	}
	if d := list(); len(d) != 1 || d[0].ID != "office-printer" || d[0].Kind != "printer" || d[0].Target != target || d[0].Every != 300 {
		t.Fatalf("the devices are %+v", d)
	}
	if out := run("device", "look", "office-printer"); !strings.Contains(out, `"percent": 50`) || strings.Contains(out, "mokykla") {
		t.Errorf("a look says %s", out)
	}
	if _, err := w.command("device", "add", target, "--snmp-community-file", w.path("community")); err == nil || !strings.Contains(err.Error(), "office-printer") {
		t.Errorf("a second row was made: %v", err)
	}
	run("device", "pause", "office-printer")
	if d := list(); len(d) != 1 || !d[0].Paused {
		t.Errorf("paused: %+v", d)
	}
	run("device", "resume", "office-printer")
	w.eventually("a look of the collector's own", func() error {
		return w.answered(`budi_printer_supply_ratio{device="office-printer",job="snmp"} == 0.5`)
	})
	run("device", "remove", "office-printer")
	if d := list(); len(d) != 0 {
		t.Errorf("removed: %+v", d)
	}
	w.stop()
}
