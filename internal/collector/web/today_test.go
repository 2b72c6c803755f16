package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// flood is the worst morning: everything is broken.
func flood(w *world) {
	o := &w.overview
	down := w.incidents[1].Incident
	o.Incidents, o.Unsure = nil, map[incident.ID]web.Unsure{}
	for i := range 5000 {
		inc := down
		inc.ID = incident.ID(i + 1)
		switch i % 3 {
		case 1:
			inc.Evidence = incident.Unknown
			o.Unsure[inc.ID] = web.UnsureOff
		case 2:
			inc.State = incident.Holding
		}
		o.Incidents = append(o.Incidents, inc)
	}
	for i := range 1000 {
		o.Checks = append(o.Checks, web.Check{ID: fmt.Sprint("c", i), Name: "Mokyklos svetainė", Target: "https://www.mokykla.example/", Result: &look.Result{Outcome: look.Failed, Time: now}})
		o.Sites = append(o.Sites, web.SiteLine{Site: web.Site{ID: fmt.Sprint("s", i), Name: "Žemųjų Panerių filialas"}, Devices: 2, Wrong: 1})
		o.Coming = append(o.Coming, web.Coming{Kind: web.ComingDisk, At: now.Add(time.Hour), Name: "serveris", Item: "/var", Path: "/devices/x", Site: o.Sites[i].Site})
		ended := down
		ended.State, ended.EndReason, ended.Ended = incident.Closed, incident.Recovered, ago(time.Hour)
		o.Recent = append(o.Recent, ended)
	}
}

func TestTheWorstMorningIsStillAPage(t *testing.T) {
	c := newConsole(t)
	flood(c.world)
	page := text(t, c.ask("/", c.session(access.Viewer, i18n.Lithuanian), nil))
	if len(page) > 100_000 {
		t.Errorf("%d bytes", len(page))
	}
	if !strings.Contains(page, "1667 gedim") {
		t.Error("the number of faults is missing")
	}
}

func TestWhatIsComingIsSortedByDay(t *testing.T) {
	c := newConsole(t)
	page := text(t, c.ask("/", c.session(access.Viewer, i18n.English), nil))
	at := 0
	for _, want := range []string{"nas is not heard", "token raktas-3 expires", "Disk /var of serveris", "certificate of Paštas", "API token grafana", "certificate of this console", "12 computers wait"} {
		i := strings.Index(page[at:], want)
		if i < 0 {
			t.Fatalf("%q is missing, or too early", want)
		}
		at += i
	}
}

func TestOnlyWhatWasMendedLatelyIsTold(t *testing.T) {
	c := newConsole(t)
	o := &c.world.overview
	for i := range o.Recent {
		o.Recent[i].Ended = ago(25 * time.Hour)
	}
	if page := text(t, c.ask("/", c.session(access.Viewer, i18n.English), nil)); strings.Contains(page, "biblioteka&#34; is down") || !strings.Contains(page, "Nothing ended") {
		t.Error("what ended yesterday is told")
	}
}

func TestAnEmptyConsoleTeaches(t *testing.T) {
	c := newConsole(t)
	c.world.overview = web.Overview{Sites: []web.SiteLine{{Site: web.Site{ID: "main"}, Devices: 1}}, MailReady: true}
	if page := text(t, c.ask("/", c.session(access.Administrator, i18n.English), nil)); !strings.Contains(page, "Budi watches this computer already") || !strings.Contains(page, `href="/agents"`) {
		t.Error(page)
	}
}
