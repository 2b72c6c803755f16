package collector

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/probe"
)

// needsNow writes what a thing hangs on now, as a person would check it.
func needsNow(c *Collector, id topology.ID) string {
	t, ok := c.graph().Thing(id)
	if !ok {
		return "nothing has this ID"
	}
	return fmt.Sprint(t.Parents, t.Power, t.RunsOn, t.Needs)
}

const hangingFile = `device: srv-budi
line: {witnesses: ["tcp://192.0.2.1:53"]}
topology:
  - {id: router, name: Maršrutizatorius, kind: router, parents: [line]}
  - {id: sw-1, kind: switch, parents: [router], power: [ups-1]}
  - {id: ups-1, kind: ups}
  - {id: srv-budi, parents: [sw-1]}
  - {id: "check:intranet", runs_on: [srv-budi]}
checks:
  - {id: site, target: "https://www.mokykla.lt", depends_on: [router]}
  - {id: names, target: "dns://9.9.9.9/www.mokykla.lt"}
  - {id: intranet, target: "http://10.0.0.5/"}
  - {id: budi, target: self}
  - {id: local, target: "tcp://127.0.0.1:25"}
`

func TestWhatHangsOnWhat(t *testing.T) {
	c := openWith(t, hangingFile)
	for id, want := range map[topology.ID]string{
		"sw-1":                           "[router] [ups-1] [] []",
		"srv-budi":                       "[sw-1] [] [] []", // a device of the inventory, of which the file says more
		"check:site":                     "[] [] [] [router line check:names certificate:www.mokykla.lt:443]",
		"check:names":                    "[] [] [] [line]",
		"check:intranet":                 "[] [] [srv-budi] []", // inside: it does not need the line
		"check:budi":                     "[] [] [srv-budi] []",
		"check:local":                    "[] [] [srv-budi] []",
		"certificate:www.mokykla.lt:443": "[] [] [] []",
	} {
		if got := needsNow(c, id); got != want {
			t.Errorf("%s hangs on %s, want %s", id, got, want)
		}
	}
	h := c.hangs()
	if h.source("check:site", "router") != declared || h.source("check:site", "line") != implied || len(h.problems) != 0 {
		t.Errorf("sources or problems: %v", h.problems)
	}
	if srv, _ := h.graph.Thing("srv-budi"); srv.Class != fleet.Server || srv.Kind != inventory.KindComputer {
		t.Errorf("the computer is %+v", srv)
	}
	if c.hangs() != h {
		t.Error("made anew although nothing changed")
	}
}

// What changes in the inventory and in the console is in the next picture; what
// cannot be is refused, with the way of a circle.
func TestWhatHangsOnWhatInTheConsole(t *testing.T) {
	c := openWith(t, hangingFile)
	putDevice(t, c, "main", "pc-1", fleet.Workstation)
	putDevice(t, c, "main", "ap-1", fleet.Infrastructure)
	ctx, do := as(t.Context(), access.Administrator), fleetActions{c}
	edit := func(id string, parents ...string) error {
		_, err := do.EditDevices(ctx, "rasa", []string{id}, web.DeviceEdit{Parents: &parents})
		return err
	}
	if err := edit("pc-1", "ap-1", "MARŠRUTIZATORIUS"); err != nil { // by ID and by name
		t.Fatal(err)
	}
	if got := needsNow(c, "pc-1"); got != "[ap-1 router] [] [] []" {
		t.Errorf("pc-1 hangs on %s", got)
	}
	for code, err := range map[string]error{
		"circle":  edit("ap-1", "pc-1"),
		"parents": edit("ap-1", "nowhere"),
	} {
		if got := mistakeCode(err); got != code {
			t.Errorf("refused with %q (%v), want %q", got, err, code)
		}
	}
	if err := edit("srv-budi", "ap-1"); mistakeCode(err) != "parents" {
		t.Errorf("the file declares what srv-budi hangs on: %v", err)
	}
	var circle *inventory.CircleError
	if err := c.agents.inventory.Edit(ctx, "x", "ap-1", inventory.Edit{Power: &[]string{"pc-1"}}); !errors.As(err, &circle) || circle.Way != "ap-1 → pc-1 → ap-1" {
		t.Errorf("got %v", err)
	}

	checks := checkActions{c}
	add := func(s settings.Check) error { _, err := checks.AddCheck(ctx, s, ""); return err }
	if err := add(settings.Check{ID: "wiki", Spec: probe.Spec{Target: "http://10.0.0.6/"}, RunsOn: []string{"pc-1"}, DependsOn: []string{"check:names"}}); err != nil {
		t.Fatal(err)
	}
	if got := needsNow(c, "check:wiki"); got != "[] [] [pc-1] [check:names]" {
		t.Errorf("wiki hangs on %s", got)
	}
	if got := settings.Of(add(settings.Check{ID: "x", Spec: probe.Spec{Target: "http://10.0.0.6/"}, DependsOn: []string{"nowhere"}})).Error(); got != "depends_on: hangs" {
		t.Errorf("refused with %s", got)
	}
	if err := edit("pc-1", "check:wiki"); mistakeCode(err) != "circle" {
		t.Errorf("through a check: %v", err)
	}
	wiki, _ := c.settings.Current().Check("wiki")
	wiki.DependsOn = []string{"check:wiki"}
	if got := settings.Of(checks.EditCheck(ctx, wiki)).Error(); got != "depends_on: circle" {
		t.Errorf("refused with %s", got)
	}

	// A merged device is followed; a removed one is left out and told.
	putDevice(t, c, "main", "ap-2", fleet.Infrastructure)
	if err := c.agents.inventory.Merge(ctx, "x", "ap-1", "ap-2"); err != nil {
		t.Fatal(err)
	}
	if got := needsNow(c, "pc-1"); got != "[ap-2 router] [] [] []" {
		t.Errorf("after a merge pc-1 hangs on %s", got)
	}
	if _, err := do.RemoveDevices(ctx, "rasa", []string{"ap-2"}); err != nil {
		t.Fatal(err)
	}
	if got := needsNow(c, "pc-1"); got != "[router] [] [] []" || len(c.hangs().problems) != 1 {
		t.Errorf("after a removal pc-1 hangs on %s: %v", got, c.hangs().problems)
	}
}

// Of a circle that the file makes with the console the file's part stays.
func TestTheFileWinsOverTheConsole(t *testing.T) {
	c := openWith(t, "topology: [{id: sw-1}, {id: sw-2}]\n")
	putDevice(t, c, "main", "pc-1", fleet.Workstation)
	parents := []string{"sw-1"}
	if _, err := (fleetActions{c}).EditDevices(as(t.Context(), access.Administrator), "rasa", []string{"pc-1"}, web.DeviceEdit{Parents: &parents}); err != nil {
		t.Fatal(err)
	}
	config := c.Config()
	config.Topology = []topology.Thing{{ID: "sw-1", Parents: []topology.ID{"pc-1"}}}
	h := hangsOf(&config, c.agents.inventory.Info(), c.device, func(id string) string { return id }, nil)
	if !h.graph.HangsOn("sw-1") || h.graph.HangsOn("pc-1") || len(h.problems) != 2 {
		t.Errorf("the file's part is gone, or the console's is there: %v", h.problems)
	}
}

func TestMistakesInTheTopologyOfTheFile(t *testing.T) {
	_, err := ParseConfig("collector.yml", []byte(`topology:
  - {id: a, parents: [b]}
  - {id: b, power: [a]}
  - {id: a}
  - {id: c, parents: [pc-7]}
  - {id: Big, class: toaster}
  - {id: d, needs: [d]}
checks:
  - {id: x, target: self, depends_on: ["check:y"]}
  - {id: y, target: self, runs_on: ["check:x"]}
`))
	for _, want := range []string{"topology[0].parents", "a → b → a", "topology[2].id", "topology[4].id", "topology[4].class", "topology[5].needs", "check:x → check:y → check:x"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing tells of %q: %v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "pc-7") {
		t.Error("pc-7 may be in the inventory")
	}
}

func TestAListSaysWhatDevicesHangOn(t *testing.T) {
	c := openWith(t, "topology: [{id: router, name: Maršrutizatorius}]\n")
	putDevice(t, c, "main", "pc-1", fleet.Workstation)
	putDevice(t, c, "main", "pc-2", fleet.Workstation)
	ctx, do := as(t.Context(), access.Operator), fleetActions{c}
	list := strings.Join([]string{
		"Pavadinimas;Kompiuterio vardas;Prijungta prie;UPS",
		"sw-214;;maršrutizatorius;",
		"UPS rūsyje;;;",
		";pc-1;sw-214, router;UPS rūsyje",
		";pc-2;nothing;",
		"sw-300;;pc-2;",
		";pc-2;sw-300;",
		"sw-300;;;",
	}, "\n")
	got, err := do.PreviewDevices(ctx, "rasa", []byte(list))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range got.Lines {
		said := fmt.Sprint(l.Line, " ", l.Kind)
		for _, ch := range l.Changes {
			said += fmt.Sprintf(" %s:%s>%s", ch.Field, ch.Old, ch.New)
		}
		for _, p := range l.Problems {
			said += " " + p.Field + "!" + p.Code
		}
		lines = append(lines, said)
	}
	want := []string{
		"2 new parents:>maršrutizatorius", "3 new", "4 changed parents:>sw-214, router power:>ups-rusyje",
		"5 wrong parents!parents", "6 new parents:>pc-2", "7 wrong parents!circle", "8 new",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	undo, err := do.ImportDevices(ctx, "rasa", got.Key)
	if err != nil {
		t.Fatal(err)
	}
	if got := needsNow(c, "pc-1") + needsNow(c, "sw-214"); got != "[sw-214 router] [ups-rusyje] [] [][router] [] [] []" {
		t.Errorf("taken over as %s", got)
	}
	if _, err := do.Undo(ctx, "rasa", undo); err != nil {
		t.Fatal(err)
	}
	if got := needsNow(c, "pc-1"); got != "[] [] [] []" {
		t.Errorf("undone, pc-1 hangs on %s", got)
	}
}

// mistakeCode is the code of the first Mistake in an error.
func mistakeCode(err error) string {
	var m *web.Mistake
	if errors.As(err, &m) {
		return m.Code
	}
	return ""
}

// A rule about a certificate is about one thing, whichever check met it.
func TestACertificateIsOneThingForAllItsChecks(t *testing.T) {
	c := openWith(t, `checks:
  - {id: a, target: "https://www.mokykla.lt/"}
  - {id: b, target: "https://WWW.mokykla.lt/kontaktai"}
  - {id: c, target: "http://www.mokykla.lt/"}
`)
	for id, want := range map[string]string{"a": "certificate:www.mokykla.lt:443", "b": "certificate:www.mokykla.lt:443", "c": "", "gone": ""} {
		if got := c.about(map[string]string{"check": id}, map[string]string{"about": "certificate"})["thing"]; got != want {
			t.Errorf("%s is about %q, want %q", id, got, want)
		}
	}
	if got := c.about(map[string]string{"check": "a"}, map[string]string{"message": "site_down"})["thing"]; got != "" {
		t.Errorf("another rule is about %q", got)
	}
}
