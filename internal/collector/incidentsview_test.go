package collector

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// of is a context of somebody who sees some sites, or all.
func of(ctx context.Context, name string, sites ...string) context.Context {
	return access.WithIdentity(ctx, access.Identity{Kind: access.KindUser, Login: name, Name: name, Role: access.Operator, Sites: sites})
}

// twoSites has an open and a closed incident at each of two sites.
func twoSites(t *testing.T) *Collector {
	t.Helper()
	c, _ := openForDoors(t)
	var all []incident.Incident
	for i, site := range []string{"north", "south"} {
		if err := c.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: site, Name: "Site " + site}); err != nil {
			t.Fatal(err)
		}
		open := incident.Incident{
			ID: incident.ID(i + 1), Key: incident.Key("open " + site), Rule: "DiskNearlyFull", Severity: incident.Warning, State: incident.Open, Evidence: incident.Firing,
			Labels: map[string]string{"site": site, "device": "pc-" + site, "system_filesystem_mountpoint": "/var", "severity": "warning"}, Since: c.started, Seen: c.started,
		}
		closed := open
		closed.ID, closed.Key, closed.State, closed.Ended = incident.ID(i+11), incident.Key("closed "+site), incident.Closed, c.started
		all = append(all, open, closed)
	}
	if err := c.store.CommitIncidents(all, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.alerting.load(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestASilenceFromAnIncident(t *testing.T) {
	c := twoSites(t)
	view, do := incidentsView{c}, incidentsActions{c}
	rasa := of(t.Context(), "rasa", "north")
	until := time.Now().Add(time.Hour).Truncate(time.Second)
	id, err := do.SilenceIncident(rasa, 1, "Rasa", "keičiamas diskas", until)
	if err != nil {
		t.Fatal(err)
	}
	page, err := view.Incident(rasa, 1)
	if err != nil || len(page.Silences) != 1 || page.Silences[0].ID != id || !page.Silences[0].Ends.Equal(until) || page.Silences[0].By != "Rasa" {
		t.Fatalf("the incident shows %+v, %v", page.Silences, err)
	}
	want := []web.Matcher{{Name: "alertname", Sign: "=", Value: "DiskNearlyFull"}, {Name: "site", Sign: "=", Value: "north"}, {Name: "device", Sign: "=", Value: "pc-north"}}
	if got := page.Silences[0].Sets; len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("matchers %+v", got)
	}
	if n := page.Incident.Notes; len(n) != 1 || n[0].Kind != incident.Silenced || n[0].By != "Rasa" || n[0].Text != "keičiamas diskas" || !n[0].Until.Equal(until) {
		t.Errorf("the story has %+v", n)
	}
	stored, _, err := c.store.Incident(1)
	if err != nil || len(stored.Notes) != 1 {
		t.Errorf("stored %+v, %v", stored.Notes, err)
	}
	if other, err := view.Incident(of(t.Context(), "ona"), 2); err != nil || len(other.Silences) != 0 || len(other.Incident.Notes) != 0 {
		t.Errorf("the incident of the other site: %+v, %v", other, err)
	}

	if err := do.EndSilence(rasa, id, "Rasa"); err != nil {
		t.Fatal(err)
	}
	if page, err = view.Incident(rasa, 1); err != nil || len(page.Silences) != 0 || page.Incident.Notes[1].Kind != incident.Unsilenced {
		t.Errorf("ended: %+v, %v", page, err)
	}
	again, err := do.SilenceAgain(rasa, id, "Rasa")
	if err != nil {
		t.Fatal(err)
	}
	if page, err = view.Incident(rasa, 1); err != nil || len(page.Silences) != 1 || page.Silences[0].ID != again || !page.Silences[0].Ends.Equal(until) || page.Incident.Notes[2].Kind != incident.Silenced {
		t.Errorf("again: %+v, %v", page, err)
	}
	if _, err := do.SilenceIncident(rasa, 11, "Rasa", "", until); !errors.Is(err, incident.ErrNotOpen) {
		t.Errorf("a closed incident: %v", err)
	}
	if _, err := do.SilenceIncident(rasa, 1, "Rasa", "", time.Now().Add(-time.Hour)); !errors.Is(err, web.ErrSilence) {
		t.Errorf("an end that is past: %v", err)
	}
}

// What is about no device and no check is silenced alone.
func TestASilenceOfAnIncidentWithoutDeviceCoversNoOther(t *testing.T) {
	got := coverOf(incident.Incident{Rule: "CollectorTrouble", Labels: map[string]string{"site": "main", "trouble": "outbox", "severity": "critical"}})
	var text []string
	for _, m := range got {
		text = append(text, m.String())
	}
	if want := []string{`alertname="CollectorTrouble"`, `site="main"`, `trouble="outbox"`}; !slices.Equal(text, want) {
		t.Errorf("got %v", text)
	}
}

// Who sees the site "north" sees and changes neither incidents nor silences of
// other sites, nor silences that reach beyond it.
func TestIncidentsAndSilencesOfOneSite(t *testing.T) {
	c := twoSites(t)
	view, do := incidentsView{c}, incidentsActions{c}
	rasa, ona := of(t.Context(), "rasa", "north"), of(t.Context(), "ona")
	until := time.Now().Add(time.Hour)
	matcher := func(sets ...web.Matcher) web.Silence {
		return web.Silence{Sets: [][]web.Matcher{sets}, Ends: until, By: "x", Comment: "x"}
	}
	north, south := web.Matcher{Name: "site", Sign: "=", Value: "north"}, web.Matcher{Name: "site", Sign: "=", Value: "south"}
	var foreign []string
	for name, s := range map[string]web.Silence{
		"another site":         matcher(south),
		"no site":              matcher(web.Matcher{Name: "alertname", Sign: "=", Value: "DiskNearlyFull"}),
		"an expression":        matcher(web.Matcher{Name: "site", Sign: "=~", Value: "north"}),
		"all sites but others": matcher(web.Matcher{Name: "site", Sign: "!=", Value: "south"}),
	} {
		if id, err := do.Silence(rasa, s); !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%s: made %q, %v", name, id, err)
		}
		id, err := do.Silence(ona, s)
		if err != nil {
			t.Fatalf("%s, by who sees all: %v", name, err)
		}
		foreign = append(foreign, id)
	}
	own, err := do.Silence(rasa, matcher(north))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := view.Silences(rasa); err != nil || len(got) != 1 || got[0].ID != own || got[0].Incidents != 1 {
		t.Errorf("listed %+v, %v", got, err)
	}
	if got, err := view.Silences(ona); err != nil || len(got) != len(foreign)+1 {
		t.Errorf("who sees all is shown %d, %v", len(got), err)
	}
	page, err := view.Incident(rasa, 1)
	if err != nil || len(page.Silences) != 1 || !page.Hidden {
		t.Errorf("the incident: %+v, %v", page, err)
	}
	for _, id := range foreign {
		_, again := do.SilenceAgain(rasa, id, "rasa")
		if err := do.EndSilence(rasa, id, "rasa"); !errors.Is(err, web.ErrNotFound) || !errors.Is(again, web.ErrNotFound) {
			t.Errorf("ended: %v, begun again: %v", err, again)
		}
	}

	open, err := view.Open(rasa)
	if err != nil || len(open) != 1 || open[0].ID != 1 {
		t.Errorf("open: %+v, %v", open, err)
	}
	journal, err := view.Journal(rasa, web.JournalQuery{Limit: 10})
	if err != nil || len(journal.Incidents) != 1 || journal.Incidents[0].ID != 11 || journal.Next != 0 {
		t.Errorf("journal: %+v, %v", journal, err)
	}
	places, err := view.Places(rasa)
	if err != nil || len(places.Sites) != 1 || places.Sites[0].ID != "north" {
		t.Errorf("places: %+v, %v", places, err)
	}
	for what, err := range map[string]error{
		"acknowledge": do.Acknowledge(rasa, 2, "rasa", "", time.Time{}),
		"take back":   do.TakeBack(rasa, 2, "rasa"),
		"close":       do.Close(rasa, 2, "rasa", ""),
		"comment":     do.Comment(rasa, 2, "rasa", "x"),
		"of a closed": do.Comment(rasa, 12, "rasa", "x"),
		"silence":     func() error { _, err := do.SilenceIncident(rasa, 2, "rasa", "", until); return err }(),
		"no such":     do.Comment(ona, 99, "ona", "x"),
	} {
		if !errors.Is(err, web.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestCommentsAreKeptInTheJournalToo(t *testing.T) {
	c := twoSites(t)
	do, ona := incidentsActions{c}, of(t.Context(), "ona")
	for _, id := range []incident.ID{1, 11} {
		if err := do.Comment(ona, id, "Ona", "perdegė saugiklis"); err != nil {
			t.Fatal(err)
		}
		inc, found, err := c.store.Incident(id)
		if err != nil || !found || len(inc.Notes) != 1 || inc.Notes[0].Text != "perdegė saugiklis" || inc.Notes[0].At.IsZero() {
			t.Errorf("incident %d: %+v, %v", id, inc.Notes, err)
		}
	}
	if inc, _, _ := c.store.Incident(11); inc.State != incident.Closed {
		t.Errorf("a comment opened it: %s", inc.State)
	}
	if err := do.Acknowledge(ona, 1, "Ona", "tuoj", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := do.TakeBack(ona, 1, "Jonas"); err != nil {
		t.Fatal(err)
	}
	inc, _, err := c.store.Incident(1)
	if err != nil || inc.Acked != nil || len(inc.Notes) != 3 {
		t.Errorf("taken back: %+v, %v", inc, err)
	}
}

// Whoever is told of something at once finds it, on the page and by a command.
func TestMessagesGoAfterThePictureIsShown(t *testing.T) {
	c := openWith(t, "external_url: http://127.0.0.1\nmail: {from: a@b.lt, smtp: {host: 127.0.0.1, port: 1, security: none}}\ncontacts: [{name: rasa, email: rasa@b.lt}]\n")
	inc := incident.Incident{
		ID: 1, Key: "k", Rule: "R", State: incident.Open, Evidence: incident.Unknown, Severity: incident.Critical,
		Since: c.started, Seen: c.started, Opened: c.started, Notified: map[string]time.Time{"rasa": c.started},
	}
	if err := c.store.CommitIncidents([]incident.Incident{inc}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.alerting.load(); err != nil {
		t.Fatal(err)
	}
	owed := func() bool { return c.outbox.Oldest(c.now().Add(time.Hour)) > 0 }
	shown := 0
	c.alerting.publish = func(open []incident.Incident) {
		shown++
		if len(open) > 0 || owed() {
			t.Errorf("%d are shown as open, and the end is on its way: %v", len(open), owed())
		}
	}
	if _, err := c.alerting.closeByHand(1, "Rasa", ""); err != nil {
		t.Fatal(err)
	}
	if shown != 1 || !owed() {
		t.Errorf("shown %d times, and the end is owed: %v", shown, owed())
	}
}

func TestTheKeeperCommentsAndTakesBackByCommand(t *testing.T) {
	c := twoSites(t)
	ctx, do := t.Context(), ops{c}
	if _, err := do.Acknowledge(ctx, admin.Word{ID: 1, By: "ona"}); err != nil {
		t.Fatal(err)
	}
	if inc, err := do.TakeBack(ctx, admin.Word{ID: 1, By: "ona"}); err != nil || inc.Acked != nil {
		t.Errorf("taken back: %+v, %v", inc, err)
	}
	if _, err := do.TakeBack(ctx, admin.Word{ID: 1, By: "ona"}); !errors.Is(err, incident.ErrNotAcked) {
		t.Errorf("twice: %v", err)
	}
	if inc, err := do.Comment(ctx, admin.Word{ID: 11, By: "ona", Comment: "it was the fuse"}); err != nil || len(inc.Notes) != 1 {
		t.Errorf("commented: %+v, %v", inc, err)
	}
	if _, err := do.Comment(ctx, admin.Word{ID: 11, By: "ona"}); !errors.Is(err, incident.ErrNoText) {
		t.Errorf("nothing said: %v", err)
	}
	until := c.now().Add(time.Hour)
	if inc, err := do.Acknowledge(ctx, admin.Word{ID: 1, By: "ona", Until: until}); err != nil || !inc.Acked.Until.Equal(until) {
		t.Errorf("until a time: %+v, %v", inc.Acked, err)
	}
	for _, wrong := range []time.Time{c.now().Add(-time.Hour), {}} {
		if _, err := do.Silence(ctx, admin.Word{ID: 1, By: "ona", Until: wrong}); err == nil {
			t.Errorf("silenced until %s", wrong)
		}
	}
	if _, err := do.Acknowledge(ctx, admin.Word{ID: 1, By: "ona", Until: c.now()}); err == nil {
		t.Error("acknowledged until now")
	}
	if inc, err := do.Silence(ctx, admin.Word{ID: 1, By: "ona", Comment: "tiekėjas žino", Until: until}); err != nil || inc.Notes[len(inc.Notes)-1].Kind != incident.Silenced {
		t.Errorf("silenced: %+v, %v", inc.Notes, err)
	}
	entries, err := c.access.AuditTail(ctx, 4)
	if err == nil {
		if entries[0].Action != "incident.silence" || entries[1].Action != "incident.acknowledge" {
			t.Errorf("recorded %+v", entries[:2])
		}
		entries = entries[2:]
	}
	if err != nil || entries[0].Action != "incident.comment" || entries[1].Action != "incident.unacknowledge" {
		t.Errorf("recorded %+v, %v", entries, err)
	}
}
