package web_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// network stands for what hangs on what.
type network struct{ page web.TopologyPage }

func (n network) Topology(_ context.Context, at string) (web.TopologyPage, error) {
	if at == "nothing" {
		return web.TopologyPage{}, web.ErrNotFound
	}
	if at != "" {
		n.page.At = &web.Thing{ID: at, Name: "Rūsio komutatorius <b>", Kind: "switch", Path: "/devices/" + at}
		n.page.Above = []web.Reference{{Name: "Maršrutizatorius", Path: "/topology?at=router"}, {Name: "line"}}
	}
	return n.page, nil
}

// branchesOff is a morning on which a switch is down.
func branchesOff() web.TopologyPage {
	because := []web.Reference{{Name: "Rūsio komutatorius", Path: "/topology?at=sw-1"}}
	return web.TopologyPage{
		Things: 61, Down: 1, Unknown: 3,
		Roots: []web.Branch{{
			Thing: web.Thing{ID: "line", Kind: "line", State: web.ThingFine}, Below: 60, Broken: 5,
			Children: []web.Branch{
				{
					Thing: web.Thing{ID: "sw-1", Name: "Rūsio komutatorius <b>", Kind: "switch", State: web.ThingDown, Incident: 7}, Below: 43, Broken: 4, Also: []web.Reference{{Name: "UPS", Path: "/topology?at=ups"}},
					Children: []web.Branch{
						{Thing: web.Thing{ID: "srv", Name: "Failų serveris", Kind: "computer", Class: fleet.Server, Path: "/devices/srv", State: web.ThingUnknown, Because: because}},
						{Thing: web.Thing{ID: "check:dienynas", Name: "Dienynas", Kind: "website", Path: "/checks/dienynas", State: web.ThingUnknown, Because: because}},
						{Thing: web.Thing{ID: "x", Name: hostile, Kind: hostile, State: web.ThingTrouble, Incident: 8}},
					},
					Folded: []web.KindCount{{Kind: "workstation", N: 38}, {Kind: "printer", N: 2}, {Kind: "toaster <x>", N: 1}},
				},
				{Thing: web.Thing{ID: "ap-1", Kind: "access-point", State: web.ThingFine}, Below: 1, Children: []web.Branch{{Thing: web.Thing{ID: "pc-1", Name: "pc-1", Kind: "computer", Class: fleet.Workstation, Path: "/devices/pc-1", State: web.ThingFine}}}},
			},
		}, {Thing: web.Thing{ID: "certificate:www.mokykla.lt:443", Name: "www.mokykla.lt:443", Kind: "certificate", State: web.ThingDown, Incident: 9}, Broken: 1}},
		Loose:    []web.KindCount{{Kind: "workstation", N: 2}, {Kind: "server", N: 1}},
		Problems: []web.HangProblem{{Thing: web.Reference{Name: "pc-7", Path: "/devices/pc-7"}, Need: "sw-9"}, {Thing: web.Reference{Name: "sw-2"}, Circle: "sw-2 → sw-3 → sw-2"}},
		Hidden:   3,
	}
}

func TestTopologyPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, target string
			page         web.TopologyPage
		}{
			{"topology", "/topology", branchesOff()},
			{"topology-below", "/topology?at=sw-1", branchesOff()},
			{"topology-empty", "/topology", web.TopologyPage{Loose: []web.KindCount{{Kind: "workstation", N: 21}}}},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				c := newConsole(t, func(o *web.Options) { o.Topology = network{tc.page} })
				page := text(t, c.ask(tc.target, c.session(access.Viewer, lang), nil))
				golden(t, tc.name+"."+string(lang), page)
				for _, bad := range []string{"<script>", "<no value>", "style=", "<b>", "\u202e"} {
					if strings.Contains(inside(page), bad) {
						t.Errorf("the page holds %q", bad)
					}
				}
			})
		}
	}
	c := newConsole(t)
	if resp := c.ask("/topology?at=nothing", c.session(access.Viewer, i18n.English), nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a thing that is not there: %d", resp.StatusCode)
	}
}

// hanging is a device with something of everything.
func hanging() web.Hanging {
	return web.Hanging{
		On: []web.HangGroup{
			{Key: "parents", Things: []web.Thing{{ID: "sw-1", Name: "Rūsio komutatorius", Kind: "switch", State: web.ThingDown}, {ID: "sw-2", State: web.ThingFine}}},
			{Key: "power", Things: []web.Thing{{ID: "ups", Name: hostile, Kind: "ups", State: web.ThingFine}}},
			{Key: "needs", Things: []web.Thing{{ID: "line", Kind: "line", State: web.ThingFine, Implied: true}}},
		},
		Below:   []web.Thing{{ID: "check:dienynas", Name: "Dienynas", Kind: "website", Path: "/checks/dienynas", State: web.ThingUnknown}},
		Counts:  []web.KindCount{{Kind: "website", N: 1}, {Kind: "workstation", N: 12}},
		Because: []web.Reference{{Name: "Rūsio komutatorius", Path: "/topology?at=sw-1"}},
		Tree:    "/topology?at=srv",
	}
}

// A symptom names its cause wherever it is shown, and a cause counts its
// symptoms; nobody is said to have been told of a symptom.
func TestCausesAndSymptomsAreShownEverywhere(t *testing.T) {
	for _, lang := range i18n.Languages() {
		c := newConsole(t)
		cause := c.world.incidents[1].Incident
		cause.Class, cause.Thing, cause.Meaning = fleet.Infrastructure, "sw-1", incident.Down
		var symptoms []incident.Incident
		for i := range 30 {
			s := c.world.incidents[2].Incident
			s.ID, s.Because, s.Opened, s.Acked, s.Evidence = incident.ID(100+i), []incident.ID{1}, cause.Since.AddDate(-9, 0, 0), nil, incident.Firing
			s.Class, s.Thing, s.Meaning = fleet.Workstation, topology.ID(fmt.Sprintf("pc-%d", i)), incident.Down
			if i == 29 {
				s.Class, s.Names = fleet.Server, map[string]string{"device": "Failų serveris"}
			}
			symptoms = append(symptoms, s)
		}
		c.world.overview.Incidents = append([]incident.Incident{cause}, symptoms...)
		c.world.incidents[1] = web.IncidentPage{Incident: cause, Symptoms: symptoms}
		c.world.incidents[100] = web.IncidentPage{Incident: symptoms[0], Because: []incident.Incident{cause}}
		elsewhere := symptoms[1]
		elsewhere.Because = []incident.ID{555}
		c.world.incidents[101] = web.IncidentPage{Incident: elsewhere}
		session := c.session(access.Operator, lang)
		read := func(path string) string { return text(t, c.ask(path, session, nil)) }

		golden(t, "incident-cause."+string(lang), read("/incidents/1"))
		golden(t, "incident-symptom."+string(lang), read("/incidents/100"))
		golden(t, "overview-cause."+string(lang), read("/"))
		link := `<a href="/incidents/1">`
		if page := read("/incidents/1"); strings.Count(page, `<a href="/incidents/1`) < 20 || !strings.Contains(page, "29 ") || strings.Index(page, "/incidents/129") > strings.Index(page, "/incidents/128") {
			t.Errorf("the cause lacks its symptoms, or the server does not come first")
		}
		for _, path := range []string{"/incidents/100", "/incidents", "/"} {
			if !strings.Contains(read(path), link) {
				t.Errorf("%s lacks a link to the cause", path)
			}
		}
		if page := read("/incidents/101"); strings.Contains(page, "555") {
			t.Error("the cause at another site is named")
		}
	}
}

func TestTheTreeIsOfferedBesideTheDevices(t *testing.T) {
	c := newConsole(t)
	page := text(t, c.ask("/devices", c.session(access.Viewer, i18n.English), nil))
	if !strings.Contains(page, `<a href="/topology"`) {
		t.Error("no tab leads to the tree")
	}
	i := slices.IndexFunc(web.Routes(), func(r web.Route) bool { return r.Pattern == "/topology" })
	if i < 0 || web.Routes()[i].Role != access.Viewer {
		t.Error("viewers may not see the tree")
	}
}
