package collector

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
)

// drawn writes a tree as a person would sketch it.
func drawn(branches []web.Branch, depth int) string {
	var b strings.Builder
	for _, branch := range branches {
		fmt.Fprintf(&b, "%s%s %s", strings.Repeat("  ", depth), branch.ID, branch.State)
		for _, r := range branch.Because {
			b.WriteString(" <" + r.Name)
		}
		for _, r := range branch.Also {
			b.WriteString(" +" + r.Name)
		}
		for _, k := range branch.Folded {
			fmt.Fprintf(&b, " (%d %s)", k.N, k.Kind)
		}
		b.WriteString("\n" + drawn(branch.Children, depth+1))
	}
	return b.String()
}

// broken puts incidents about things into the picture.
func (c *Collector) broken(ids ...topology.ID) {
	var open []incident.Incident
	for i, id := range ids {
		open = append(open, incident.Incident{ID: incident.ID(i + 1), Thing: id, Meaning: incident.Down, State: incident.Open, Evidence: incident.Firing, Labels: map[string]string{"site": "main"}})
	}
	c.alerting.shown.Store(&open)
}

const treeFile = `device: srv
topology:
  - {id: router, name: Maršrutizatorius, kind: router}
  - {id: sw-1, kind: switch, parents: [router], power: [ups]}
  - {id: sw-2, kind: switch, parents: [router]}
  - {id: ups, kind: ups}
  - {id: srv, parents: [sw-1]}
  - {id: north-sw, site: north, kind: switch, parents: [router]}
checks:
  - {id: site, target: "http://10.0.0.5/", runs_on: [srv]}
  - {id: other, target: "http://10.0.0.6/"}
`

func TestTheTreeShowsWhatIsDownAndWhy(t *testing.T) {
	c := openWith(t, treeFile)
	if err := c.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: "north", Name: "North"}); err != nil {
		t.Fatal(err)
	}
	parents := []string{"sw-2"}
	for i := range 40 {
		id := fmt.Sprintf("pc-%02d", i)
		putDevice(t, c, "main", id, fleet.Workstation)
		if err := c.agents.inventory.Edit(t.Context(), "test", id, inventory.Edit{Parents: &parents}); err != nil {
			t.Fatal(err)
		}
	}
	putDevice(t, c, "main", "alone", fleet.Workstation)
	c.broken("sw-1", "srv")
	ctx := as(t.Context(), access.Viewer)
	page, err := topologyView{c}.Topology(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	got := drawn(page.Roots, 0)
	want := `router fine
  sw-1 down +ups
    srv unknown <sw-1
      check:site unknown <sw-1
  sw-2 fine (28 workstation)
`
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "    pc-11 fine\n") || strings.Contains(got, "pc-12") || !strings.Contains(got, "  north-sw fine\n") {
		t.Errorf("drawn is\n%s", got)
	}
	if page.Down != 1 || page.Unknown != 2 || fmt.Sprint(page.Loose) != "[{website 1} {workstation 1}]" {
		t.Errorf("counted %d down, %d unknown, %v loose", page.Down, page.Unknown, page.Loose)
	}

	// One branch; and what is not there.
	if page, err = (topologyView{c}).Topology(ctx, "sw-2"); err != nil || page.At.ID != "sw-2" || len(page.Above) != 1 || len(page.Roots) != 1 || page.Roots[0].Below != 40 {
		t.Errorf("below sw-2: %+v, %v", page, err)
	}
	if page, err = (topologyView{c}).Topology(ctx, "ups"); err != nil || drawn(page.Roots, 0) != "ups fine\n  sw-1 down +Maršrutizatorius\n    srv unknown <sw-1\n      check:site unknown <sw-1\n" {
		t.Errorf("below the UPS: %s, %v", drawn(page.Roots, 0), err)
	}
	if _, err = (topologyView{c}).Topology(ctx, "nowhere"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("nowhere: %v", err)
	}

	// Who sees another site only.
	north := as(t.Context(), access.Viewer, "north")
	if page, err = (topologyView{c}).Topology(north, ""); err != nil || strings.Contains(drawn(page.Roots, 0), "pc-") || page.Unknown != 0 {
		t.Errorf("north sees\n%s %v", drawn(page.Roots, 0), err)
	}
	if _, err = (topologyView{c}).Topology(north, "srv"); !errors.Is(err, web.ErrNotFound) {
		t.Errorf("north sees srv: %v", err)
	}

	// The pages of a device and of a check.
	h := c.hangingOf(ctx, "srv")
	if len(h.On) != 1 || h.On[0].Key != "parents" || h.On[0].Things[0].State != web.ThingDown || len(h.Below) != 1 || len(h.Because) != 1 || h.Because[0].Name != "sw-1" || h.Tree != "/topology?at=srv" {
		t.Errorf("srv: %+v", h)
	}
	if h = c.hangingOf(ctx, "check:other"); !h.None() {
		t.Errorf("other: %+v", h)
	}
}

// However much is broken, the tree is bounded, and nothing is lost in the counts.
func TestTheTreeIsBounded(t *testing.T) {
	var file strings.Builder
	file.WriteString("topology:\n  - {id: t0}\n")
	var all []topology.ID
	for i := 1; i < 3000; i++ {
		above := (i - 1) / 7
		if i > 2900 { // a long chain too
			above = i - 1
		}
		fmt.Fprintf(&file, "  - {id: t%d, parents: [t%d]}\n", i, above)
		all = append(all, topology.ID(fmt.Sprintf("t%d", i)))
	}
	c := openWith(t, file.String())
	for name, broken := range map[string][]topology.ID{"nothing": nil, "the root": {"t0"}, "all": all, "the end of the chain": {"t2999"}} {
		c.broken(broken...)
		page, err := topologyView{c}.Topology(as(t.Context(), access.Viewer), "")
		if err != nil {
			t.Fatal(err)
		}
		shown, folded := 0, 0
		var count func(web.Branch)
		count = func(b web.Branch) {
			shown++
			for _, k := range b.Folded {
				folded += k.N
			}
			for _, child := range b.Children {
				count(child)
			}
		}
		for _, b := range page.Roots {
			count(b)
		}
		if shown > web.MaxBranches || shown+folded != 3000 {
			t.Errorf("%s broken: %d shown and %d folded of 3000", name, shown, folded)
		}
	}
}
