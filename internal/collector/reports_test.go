package collector

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/reporting"
	"github.com/budi-monitor/budi/internal/fleet"
)

// classroom is a collector with a room in which three things stand.
type classroom struct {
	*Collector
	t    *testing.T
	code string
}

func newClassroom(t *testing.T) *classroom {
	t.Helper()
	w := newTwoSides(t)
	c := &classroom{Collector: w.c, t: t}
	keeper := access.WithIdentity(t.Context(), access.Local("test"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.agents.inventory.PutSite(keeper, "test", inventory.Site{ID: "mokykla", Name: "Žvėryno gimnazija"}))
	must(c.agents.inventory.PutRoom(keeper, "test", inventory.Room{ID: "kab-214", Site: "mokykla", Name: "214 kabinetas"}))
	for _, seat := range []string{"7", "8"} {
		d, err := c.agents.inventory.Keep(keeper, inventory.Device{ID: "pc-secret-" + seat, Site: "mokykla", Hostname: "hidden-host", Class: fleet.Workstation, Kind: inventory.KindComputer})
		must(err)
		room := "kab-214"
		must(c.agents.inventory.Edit(keeper, "test", d.ID, inventory.Edit{Room: &room, Seat: &seat}))
	}
	must(c.reports.OpenRoom(keeper, "test", "kab-214"))
	code, err := c.reports.RoomCode(keeper, "kab-214")
	must(err)
	c.code = code.Code
	return c
}

// ask knocks from an address without any proof of who asks.
func (c *classroom) ask(method, path string, body url.Values, from string, headers ...string) (int, string, http.Header) {
	c.t.Helper()
	r := httptest.NewRequestWithContext(c.t.Context(), method, "http://budi.example"+path, strings.NewReader(body.Encode()))
	r.RemoteAddr = from + ":1234"
	r.Header.Set("Accept-Language", "lt")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.server.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return w.Code, string(text), w.Header()
}

// reported lists the open incidents that people reported.
func (c *classroom) reported() []incident.Incident {
	var out []incident.Incident
	for _, inc := range c.alerting.open() {
		if inc.Reported {
			out = append(out, inc)
		}
	}
	return out
}

func (c *classroom) send(thing, wrong, text, from string) int {
	c.t.Helper()
	code, _, _ := c.ask("POST", "/r/"+c.code, url.Values{"thing": {thing}, "wrong": {wrong}, "text": {text}, "name": {"Ona"}}, from)
	return code
}

// link is where the page leads for a thing, by what it is called.
func (c *classroom) link(thing string) string {
	c.t.Helper()
	_, page, _ := c.ask("GET", "/r/"+c.code, nil, "192.0.2.1")
	m := regexp.MustCompile(`href="([^"]+)">` + regexp.QuoteMeta(thing) + `<`).FindStringSubmatch(page)
	if m == nil {
		c.t.Fatalf("there is no %q on the page: %s", thing, page)
	}
	return strings.ReplaceAll(m[1], "&amp;", "&")
}

func TestAFaultIsReportedInThreeTaps(t *testing.T) {
	c := newClassroom(t)
	// The first tap.
	to := c.link("Kompiuteris (7 vieta)")
	status, page, headers := c.ask("GET", to, nil, "192.0.2.1")
	thing := regexp.MustCompile(`name="thing" value="([^"]+)"`).FindStringSubmatch(page)
	if status != 200 || thing == nil || !strings.Contains(page, "klaviatūra arba pelė") || headers.Get("Set-Cookie") != "" {
		t.Fatalf("%d %v %s", status, headers, page)
	}
	// The second and the third.
	status, _, headers = c.ask("POST", "/r/"+c.code, url.Values{"thing": {thing[1]}, "wrong": {"no_start"}, "text": {"nieko <b>\nnevyksta"}, "name": {"Ona"}}, "192.0.2.1")
	if status != 303 || headers.Get("Location") != "/r/"+c.code+"?sent=new" {
		t.Fatalf("%d %v", status, headers)
	}
	all := c.reported()
	if len(all) != 1 {
		t.Fatalf("%d incidents", len(all))
	}
	inc := all[0]
	if inc.Rule != incident.RuleReported || inc.Severity != incident.Warning || inc.Labels["device"] != "pc-secret-7" || inc.Labels["room"] != "kab-214" || inc.Labels["site"] != "mokykla" || inc.Labels["what"] != "computer" {
		t.Errorf("%+v", inc)
	}
	if r := inc.Reports[0]; r.By != "Ona" || r.Wrong != "no_start" || r.Text != "nieko <b> nevyksta" {
		t.Errorf("%+v", r)
	}
	if kept, found, err := c.store.Incident(inc.ID); err != nil || !found || len(kept.Reports) != 1 {
		t.Errorf("it is not on the disk: %v %+v", err, kept)
	}

	// The page shows it, and nothing of what people inside call it.
	if _, err := c.alerting.addNote(inc.ID, incident.Note{Kind: incident.Published, By: "Rasa", Text: "detalė užsakyta"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.alerting.addNote(inc.ID, incident.Note{Kind: incident.Comment, By: "Rasa", Text: "vidinis"}); err != nil {
		t.Fatal(err)
	}
	_, page, _ = c.ask("GET", "/r/"+c.code+"?sent=new", nil, "192.0.2.1")
	for _, want := range []string{"Ačiū, apie gedimą pranešta.", "<strong>Kompiuteris (7 vieta)</strong>, nuo šiandien", "detalė užsakyta", "214 kabinetas"} {
		if !strings.Contains(page, want) {
			t.Errorf("there is no %q on the page %s", want, page)
		}
	}
	for _, secret := range []string{"pc-secret", "hidden-host", "vidinis", "Ona", "Rasa", "kab-214", "nevyksta", "/incidents"} {
		if strings.Contains(page, secret) {
			t.Errorf("everybody reads %q", secret)
		}
	}
	// In the other language, when somebody chooses it.
	if _, page, _ := c.ask("GET", "/r/"+c.code+"?lang=en", nil, "192.0.2.1"); !strings.Contains(page, "Computer (seat 7)") || !strings.Contains(page, `lang="en"`) || !strings.Contains(page, "lang=en&amp;thing=") {
		t.Error("it does not speak English throughout")
	}

	// A second report joins, whatever it says is wrong.
	if c.send(thing[1], "slow", "", "192.0.2.2") != 303 || len(c.reported()) != 1 || len(c.reported()[0].Reports) != 2 {
		t.Errorf("the second report: %+v", c.reported())
	}
	// It ends by a person's word, and is gone from the page.
	if _, err := c.alerting.closeByHand(inc.ID, "Rasa", ""); err != nil {
		t.Fatal(err)
	}
	if _, page, _ := c.ask("GET", "/r/"+c.code, nil, "192.0.2.1"); strings.Contains(page, "detalė užsakyta") {
		t.Error("it is still shown")
	}
}

// A report about what a machine found already joins that.
func TestAReportJoinsWhatIsKnown(t *testing.T) {
	c := newClassroom(t)
	labels := map[string]string{"site": "mokykla", "device": "pc-secret-8"}
	known := incident.Incident{ID: 9000, Key: incident.NewKey("DiskFailing", labels), Rule: "DiskFailing", Labels: labels, State: incident.Open, Evidence: incident.Firing, Since: c.now().Add(-time.Hour)}
	c.alerting.mu.Lock()
	next := incident.Picture{Open: map[incident.Key]incident.Incident{known.Key: known}, Next: 9001}
	err := c.alerting.keep(next, known)
	c.alerting.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if _, page, _ := c.ask("GET", "/r/"+c.code, nil, "192.0.2.1"); strings.Contains(page, "<strong>") {
		t.Error("what people in the room need not know is shown")
	}
	thing := reporting.Name(c.code, "pc-secret-8")
	if status, _, headers := c.ask("POST", "/r/"+c.code, url.Values{"thing": {thing}, "wrong": {"slow"}}, "192.0.2.1"); status != 303 || !strings.HasSuffix(headers.Get("Location"), "sent=again") {
		t.Errorf("%d %v", status, headers)
	}
	if open := c.alerting.open(); len(open) != 1 || len(open[0].Reports) != 1 {
		t.Errorf("%+v", open)
	}
}

func TestWhatIsNoReport(t *testing.T) {
	c := newClassroom(t)
	if status := c.send("any-projector", "no_picture", "", "192.0.2.1"); status != 303 {
		t.Fatalf("a thing that is in no list: %d", status)
	}
	for name, tc := range map[string]struct{ thing, wrong string }{
		"no thing":             {"", "broken"},
		"a device by its name": {"pc-secret-7", "no_start"},
		"another kind's fault": {"any-projector", "jam"},
		"nothing wrong":        {"any-projector", ""},
	} {
		if status := c.send(tc.thing, tc.wrong, "", "192.0.2.1"); status != 422 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _, _ := c.ask("POST", "/r/"+c.code, url.Values{"thing": {"any-sound"}, "wrong": {"broken"}}, "192.0.2.1", "Sec-Fetch-Site", "cross-site"); status != 403 {
		t.Errorf("a form of another site: %d", status)
	}
	if status, _, _ := c.ask("POST", "/r/"+c.code, url.Values{"text": {strings.Repeat("x", 100_000)}}, "192.0.2.1"); status != 413 {
		t.Errorf("a large form: %d", status)
	}
	if n := len(c.reported()); n != 1 {
		t.Errorf("%d incidents", n)
	}
}

func TestReportsAreLimited(t *testing.T) {
	c := newClassroom(t)
	for i := range reporting.MaxOfRoom {
		if status := c.send("any-sound", "broken", "", "192.0.2."+string(rune('1'+i%9))); status != 303 {
			t.Fatalf("the report %d: %d", i, status)
		}
	}
	status, page, _ := c.ask("POST", "/r/"+c.code, url.Values{"thing": {"any-sound"}, "wrong": {"broken"}, "text": {"kept"}}, "192.0.2.77")
	if status != 429 || !strings.Contains(page, "per daug pranešimų") || !strings.Contains(page, "kept") {
		t.Errorf("%d %s", status, page)
	}
	families, err := c.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		if f.GetName() == "budi_fault_reports_total" {
			for _, m := range f.GetMetric() {
				got[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
			}
		}
	}
	if got["new"] != 1 || got["joined"] != reporting.MaxOfRoom-1 || got["refused_room"] != 1 {
		t.Errorf("counted %v", got)
	}
}

// Off until somebody switches it on, and a new code ends the old one; both hold
// after a restart.
func TestARoomsPageIsSwitchedOnAndOff(t *testing.T) {
	c := newClassroom(t)
	keeper := access.WithIdentity(t.Context(), access.Local("test"))
	open := func(code string) int {
		status, _, _ := c.ask("GET", "/r/"+code, nil, "192.0.2.1")
		return status
	}
	old := c.code
	if open(old) != 200 || open("") != 404 || open("x") != 404 {
		t.Error("the page is behind its code, and nothing else")
	}
	if err := c.reports.OpenRoom(keeper, "test", "kab-214"); err != nil {
		t.Fatal(err)
	}
	code, err := c.reports.RoomCode(keeper, "kab-214")
	if err != nil || open(old) != 404 || open(code.Code) != 200 {
		t.Errorf("%v: a new code: the old one answers %d, the new one %d", err, open(old), open(code.Code))
	}
	if pages, err := c.store.ReportPages(); err != nil || len(pages) != 1 || pages[0].Code != code.Code {
		t.Errorf("on the disk: %v %+v", err, pages)
	}
	if err := c.reports.CloseRoom(keeper, "test", "kab-214"); err != nil || open(code.Code) != 404 {
		t.Errorf("%v: it is off and answers %d", err, open(code.Code))
	}
	if pages, err := c.store.ReportPages(); err != nil || len(pages) != 0 {
		t.Errorf("on the disk: %v %+v", err, pages)
	}
}

// The sheet of a room that is gone does not lead to a room of another site that
// got its ID.
func TestASheetDoesNotLeadToAnotherSite(t *testing.T) {
	c := newClassroom(t)
	keeper := access.WithIdentity(t.Context(), access.Local("test"))
	none := ""
	for _, d := range c.agents.inventory.Info() {
		if d.Room == "kab-214" {
			if err := c.agents.inventory.Edit(keeper, "test", d.ID, inventory.Edit{Room: &none}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.agents.inventory.DropRoom(keeper, "test", "kab-214"); err != nil {
		t.Fatal(err)
	}
	if err := c.agents.inventory.PutRoom(keeper, "test", inventory.Room{ID: "kab-214", Site: southside, Name: "another"}); err != nil {
		t.Fatal(err)
	}
	if status, page, _ := c.ask(http.MethodGet, "/r/"+c.code, nil, "192.0.2.1"); status != http.StatusNotFound || strings.Contains(page, "another") {
		t.Errorf("the old sheet leads to %d %s", status, page)
	}
	if got, err := c.reports.RoomCode(keeper, "kab-214"); err != nil || got.Code != "" {
		t.Errorf("the new room has the code %q, %v", got.Code, err)
	}
}
