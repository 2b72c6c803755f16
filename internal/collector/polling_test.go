package collector

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// Objects that the simulated devices have. Their recordings are made here.
const (
	oidDescr   = "1.3.6.1.2.1.1.1.0"
	oidObject  = "1.3.6.1.2.1.1.2.0"
	oidUptime  = "1.3.6.1.2.1.1.3.0"
	oidName    = "1.3.6.1.2.1.1.5.0"
	oidSerial  = "1.3.6.1.2.1.43.5.1.1.17.1" // prtGeneralSerialNumber
	oidPrinter = "1.3.6.1.2.1.25.3.2.1.2.1"  // hrDeviceType
	oidModel   = "1.3.6.1.2.1.25.3.2.1.3.1"  // hrDeviceDescr
	oidMAC     = "1.3.6.1.2.1.2.2.1.6.1"     // ifPhysAddress
	oidIfType  = "1.3.6.1.2.1.2.2.1.3.1"
	oidIfDescr = "1.3.6.1.2.1.2.2.1.2.1"
)

// printerOf is a printer by its serial number and address; without them it does
// not tell which it is.
func printerOf(serial string, mac ...byte) *snmpagent.Recording {
	r := snmpagent.NewRecording()
	r.Set(oidObject, snmpagent.ObjectID("1.3.6.1.4.1.11.2.3.9.1"))
	r.Set(oidUptime, snmpagent.TimeTicks(500_000))
	r.Set(oidPrinter, snmpagent.ObjectID("1.3.6.1.2.1.25.3.1.5"))
	r.Set(oidModel, snmpagent.Text("HP LaserJet 400"))
	r.Set(oidIfDescr, snmpagent.Text("eth0"))
	r.Set(oidIfType, snmpagent.Integer(6))
	fillPrinter(serial, mac, r.Set)
	return r
}

// fillPrinter sets what differs between two printers of a model.
func fillPrinter(serial string, mac []byte, set func(oid string, v snmpagent.Value)) {
	set(oidDescr, snmpagent.Text("HP ETHERNET MULTI-ENVIRONMENT, built for "+serial))
	set(oidName, snmpagent.Text("NPI"+serial))
	set(oidSerial, snmpagent.Text(serial))
	set(oidMAC, snmpagent.Octets(mac...))
}

func startAgent(t *testing.T, r *snmpagent.Recording) *snmpagent.Agent {
	t.Helper()
	a, err := snmpagent.Start(snmpagent.Options{Recording: r})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func targetOf(a *snmpagent.Agent) string { return "snmp://" + a.Addr().String() }

// becomes puts another device at an agent's address. It was switched on just now.
func becomes(a *snmpagent.Agent, serial string, mac ...byte) {
	fillPrinter(serial, mac, a.Set)
	a.Restart()
}

// polled opens a collector with devices in its file.
func polled(t *testing.T, devices string) *Collector {
	t.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c := console(t, dir, "host: {disabled: true}\n"+devices)
	t.Cleanup(func() { closed(t, c) })
	return c
}

// lookNow looks at a device as the poller does, and does what follows from it.
func lookNow(t *testing.T, c *Collector, id string) look.Result {
	t.Helper()
	w, ok := (*c.looking.plan.Load())[polledPrefix+id]
	if !ok {
		t.Fatalf("%s is not looked at", id)
	}
	r := w.Look(t.Context())
	c.looking.take(t.Context(), polledPrefix+id, r)
	c.polling.work(t.Context())
	return r
}

// seen are the devices that are looked at, with their addresses.
func seen(c *Collector) string {
	config := c.Config()
	var out []string
	for id, w := range *c.looking.plan.Load() {
		if w.watch != nil {
			d, _ := config.Polled(strings.TrimPrefix(id, polledPrefix))
			at, _ := config.whereabouts(d)
			out = append(out, fmt.Sprintf("%s at %s as %s", d.ID, saidTarget(at), w.identity[1].Value))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func rowOf(t *testing.T, c *Collector, id string) inventory.Device {
	t.Helper()
	d, err := c.agents.inventory.Device(context.Background(), id)
	if err != nil {
		t.Fatalf("device %s: %v", id, err)
	}
	return d
}

// events are the codes of what happened to a device, the newest first.
func eventsOf(t *testing.T, c *Collector, id string) string {
	t.Helper()
	history, err := c.agents.inventory.History(context.Background(), id, 50, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range history {
		if h.Kind == inventory.KindEvent {
			out = append(out, h.Field+" "+h.New)
		}
	}
	return strings.Join(out, "; ")
}

func TestADeviceOfTheFileHasARowWithWhatItIs(t *testing.T) {
	t.Parallel()
	a := startAgent(t, printerOf("CNB8G1", 0, 0x1b, 0x78, 1, 2, 3))
	c := polled(t, fmt.Sprintf("devices: [{id: printer-2, target: '%s', room: Raštinė}, {id: printer-3, name: Bibliotekos, class: infrastructure, target: 'snmp://127.0.0.1:9'}]\n", targetOf(a)))
	before := rowOf(t, c, "printer-2")
	if before.Kind != "other" || before.Name != "printer-2" || before.Room == "" {
		t.Errorf("before the first look: %+v", before)
	}
	if r := lookNow(t, c, "printer-2"); r.Outcome != look.OK {
		t.Fatalf("%+v", r)
	}
	d := rowOf(t, c, "printer-2")
	if d.Kind != "printer" || d.Serial != "CNB8G1" || !strings.Contains(d.Model, "LaserJet") || d.Class != fleet.Workstation || d.Name != "NPICNB8G1" {
		t.Errorf("after it: %+v", d)
	}
	if other := rowOf(t, c, "printer-3"); other.Class != fleet.Infrastructure || other.Name != "Bibliotekos" {
		t.Errorf("what the file says: %+v", other)
	}
	if _, ok := c.looking.board.Get(polledPrefix + "printer-2"); !ok {
		t.Error("the newest look is not on the board")
	}
	if r := lookNow(t, c, "printer-3"); r.Outcome == look.OK {
		t.Errorf("nothing answers there: %+v", r)
	}
}

func TestAnotherDeviceAtTheAddressIsANewDevice(t *testing.T) {
	t.Parallel()
	for name, mac := range map[string][]byte{
		"other serial and address": {0, 0x1b, 0x78, 9, 9, 9},
		"other serial alone":       {0, 0x1b, 0x78, 1, 2, 3}, // its network card was moved
	} {
		t.Run(name, func(t *testing.T) {
			a := startAgent(t, printerOf("CNB8G1", 0, 0x1b, 0x78, 1, 2, 3))
			c := polled(t, fmt.Sprintf("devices: [{id: printer-2, target: '%s', room: Raštinė}]\n", targetOf(a)))
			lookNow(t, c, "printer-2")
			becomes(a, "CNB8G2", mac...)
			lookNow(t, c, "printer-2")
			if got, want := seen(c), "printer-2-2 at "+targetOf(a)+" as printer-2-2"; got != want {
				t.Fatalf("looked at: %s; want %s", got, want)
			}
			lookNow(t, c, "printer-2-2")
			old, fresh := rowOf(t, c, "printer-2"), rowOf(t, c, "printer-2-2")
			if old.Serial != "CNB8G1" || fresh.Serial != "CNB8G2" || fresh.Room != old.Room {
				t.Errorf("old %+v\nnew %+v", old, fresh)
			}
			if got := eventsOf(t, c, "printer-2"); got != "device_replaced address="+targetOf(a)+", device=printer-2-2" {
				t.Errorf("the old one: %s", got)
			}
			if got := eventsOf(t, c, "printer-2-2"); got != "device_replaces address="+targetOf(a)+", device=printer-2" {
				t.Errorf("the new one: %s", got)
			}
			if err := c.Reload(t.Context()); err != nil { // it holds
				t.Fatal(err)
			}
			// The old one comes back from repair, to its place.
			becomes(a, "CNB8G1", 0, 0x1b, 0x78, 1, 2, 3)
			lookNow(t, c, "printer-2-2")
			if got, want := seen(c), "printer-2 at "+targetOf(a)+" as printer-2"; got != want {
				t.Errorf("looked at: %s; want %s", got, want)
			}
		})
	}
}

func TestADeviceThatMovedIsFollowed(t *testing.T) {
	t.Parallel()
	a, b := startAgent(t, printerOf("CNB8G1", 0, 0x1b, 0x78, 1, 2, 3)), startAgent(t, printerOf("CNB8G2", 0, 0x1b, 0x78, 9, 9, 9))
	c := polled(t, fmt.Sprintf("devices: [{id: one, target: '%s'}, {id: two, target: '%s'}]\n", targetOf(a), targetOf(b)))
	lookNow(t, c, "one")
	lookNow(t, c, "two")
	// The addresses were given anew, the other way round.
	becomes(a, "CNB8G2", 0, 0x1b, 0x78, 9, 9, 9)
	becomes(b, "CNB8G1", 0, 0x1b, 0x78, 1, 2, 3)
	lookNow(t, c, "one")
	want := fmt.Sprintf("one at %s as one, two at %s as two", targetOf(b), targetOf(a))
	if got := seen(c); got != want {
		t.Fatalf("looked at: %s; want %s", got, want)
	}
	lookNow(t, c, "one")
	lookNow(t, c, "two")
	if got := seen(c); got != want {
		t.Errorf("and after another look: %s", got)
	}
	if got := eventsOf(t, c, "one"); got != fmt.Sprintf("device_moved from=%s, to=%s", targetOf(a), targetOf(b)) {
		t.Errorf("what happened: %s", got)
	}
	if n := len(c.agents.inventory.Info()); n != 3 { // with the collector's own
		t.Errorf("there are %d rows", n)
	}
}

func TestADeviceThatTellsNothingIsItsAddress(t *testing.T) {
	t.Parallel()
	a := startAgent(t, printerOf(""))
	c := polled(t, fmt.Sprintf("devices: [{id: one, target: '%s'}]\n", targetOf(a)))
	lookNow(t, c, "one")
	a.Set(oidDescr, snmpagent.Text("something else altogether"))
	a.Restart()
	lookNow(t, c, "one")
	if got, want := seen(c), "one at "+targetOf(a)+" as one"; got != want {
		t.Errorf("looked at: %s; want %s", got, want)
	}
	// One that told which it is, and then nothing: nobody can tell.
	becomes(a, "CNB8G1")
	lookNow(t, c, "one")
	becomes(a, "")
	lookNow(t, c, "one")
	if got, want := seen(c), "one at "+targetOf(a)+" as one"; got != want {
		t.Errorf("looked at: %s; want %s", got, want)
	}
}

// What is looked at, or only left out by a mistake, is in the watch; what somebody
// took out is not.
func TestWhatIsNotLookedAtAnyMoreIsOutOfTheWatch(t *testing.T) {
	t.Parallel()
	a := startAgent(t, printerOf("CNB8G1"))
	c := polled(t, fmt.Sprintf("devices: [{id: one, target: '%s'}, {id: two, target: 'snmp://127.0.0.1:9'}]\n", targetOf(a)))
	if !c.looksAt("one") || !c.looksAt("two") || c.looksAt("three") {
		t.Errorf("one: %t, two: %t, three: %t", c.looksAt("one"), c.looksAt("two"), c.looksAt("three"))
	}
	config := c.Config()
	if err := os.WriteFile(config.File(), fmt.Appendf(nil, "devices: [{id: one, target: '%s', paused: true}]\n", targetOf(a)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.looksAt("one") || c.looksAt("two") {
		t.Errorf("one: %t, two: %t", c.looksAt("one"), c.looksAt("two"))
	}
}

func TestAKnownDeviceAtANewAddressInTheFileGetsNoSecondRow(t *testing.T) {
	t.Parallel()
	b := startAgent(t, printerOf("CNB8G1"))
	a, err := snmpagent.Start(snmpagent.Options{Recording: printerOf("CNB8G1")})
	if err != nil {
		t.Fatal(err)
	}
	c := polled(t, fmt.Sprintf("devices: [{id: one, target: '%s'}]\n", targetOf(a)))
	lookNow(t, c, "one")
	a.Close()
	config := c.Config()
	if err := os.WriteFile(config.File(), fmt.Appendf(nil, "devices: [{id: one, target: '%s'}, {id: two, target: '%s'}]\n", targetOf(a), targetOf(b)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	lookNow(t, c, "two")
	if got, want := seen(c), "one at "+targetOf(b)+" as one"; got != want {
		t.Errorf("looked at: %s; want %s", got, want)
	}
	if d, ok := c.agents.inventory.Resolve("two"); !ok || d.ID != "one" {
		t.Errorf("two means %+v", d)
	}
}
