package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// change changes an incident.
func (w *world) change(id incident.ID, f func(*incident.Incident) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.incidents[id]
	if !ok {
		return web.ErrNotFound
	}
	if err := f(&p.Incident); err != nil {
		return err
	}
	w.incidents[id] = p
	return w.err
}

func (w *world) TakeBack(_ context.Context, id incident.ID, by string) error {
	return w.change(id, func(inc *incident.Incident) error {
		switch {
		case inc.State == incident.Closed:
			return incident.ErrNotOpen
		case inc.Acked == nil:
			return incident.ErrNotAcked
		}
		inc.Acked = nil
		w.said = append(w.said, fmt.Sprintf("%s took back %d", by, id))
		return nil
	})
}

func (w *world) Comment(_ context.Context, id incident.ID, by, text string) error {
	return w.change(id, func(inc *incident.Incident) (err error) {
		if *inc, err = inc.With(incident.Note{Kind: incident.Comment, By: by, At: now, Text: text}); err == nil {
			w.said = append(w.said, fmt.Sprintf("%s of %d: %s", by, id, text))
		}
		return err
	})
}

func (w *world) Open(context.Context) ([]incident.Incident, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []incident.Incident
	for _, p := range w.incidents {
		if p.Incident.State != incident.Closed {
			out = append(out, p.Incident)
		}
	}
	return out, w.err
}

// note adds a note to an incident.
func (w *world) note(id incident.ID, n incident.Note) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.incidents[id]
	if !ok {
		return web.ErrNotFound
	}
	n.At = now
	var err error
	if p.Incident, err = p.Incident.With(n); err == nil {
		w.incidents[id] = p
	}
	return err
}

func (w *world) Repair(_ context.Context, id incident.ID, by, text string) error {
	return w.note(id, incident.Note{Kind: incident.Repaired, By: by, Text: text})
}

func (w *world) Publish(_ context.Context, id incident.ID, by, text string) error {
	return w.note(id, incident.Note{Kind: incident.Published, By: by, Text: text})
}

func (w *world) Journal(_ context.Context, q web.JournalQuery) (web.JournalPage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.query = q
	var page web.JournalPage
	for _, inc := range w.journal { // newest number first
		if q.Before > 0 && inc.ID >= q.Before {
			continue
		}
		if len(page.Incidents) == q.Limit {
			page.Next = page.Incidents[q.Limit-1].ID
			break
		}
		page.Reached = inc.Since
		if q.Match == nil || q.Match(inc) {
			page.Incidents = append(page.Incidents, inc)
		}
	}
	return page, w.err
}

func (w *world) Places(context.Context) (web.Places, error) { return w.places, w.err }

func (w *world) Device(_ context.Context, site, text string) (id, at string, err error) {
	if text != "pc-214" || site != "" && site != "mokykla" {
		return "", "", web.ErrNotFound
	}
	return "pc-214", "mokykla", nil
}

func (w *world) Silences(context.Context) ([]web.Silence, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.silences), w.err
}

func (w *world) Silence(_ context.Context, s web.Silence) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return "", w.err
	}
	s.ID = fmt.Sprintf("made-%d", len(w.silences))
	w.silences = append(w.silences, s)
	return s.ID, nil
}

func (w *world) SilenceIncident(ctx context.Context, id incident.ID, by, comment string, until time.Time) (string, error) {
	if p, ok := w.incidents[id]; !ok || p.Incident.State == incident.Closed {
		return "", incident.ErrNotOpen
	}
	return w.Silence(ctx, web.Silence{Sets: [][]web.Matcher{{{Name: "incident", Sign: "=", Value: fmt.Sprint(id)}}}, Ends: until, By: by, Comment: comment})
}

func (w *world) EndSilence(_ context.Context, id, by string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.silences, func(s web.Silence) bool { return s.ID == id })
	switch {
	case i < 0:
		return web.ErrNotFound
	case !now.Before(w.silences[i].Ends):
		return web.ErrSilenceOver
	}
	w.silences[i].Ends = now
	w.said = append(w.said, by+" ended "+id)
	return nil
}

func (w *world) SilenceAgain(_ context.Context, id, by string) (string, error) {
	if !strings.HasPrefix(id, "made-") {
		return "", web.ErrSilenceOver
	}
	w.said = append(w.said, by+" began again "+id)
	return id + "-again", nil
}

// busy is a world with a story, a journal and silences.
func busy(w *world) {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	p := w.incidents[1]
	p.Incident.Notes = []incident.Note{
		{Kind: incident.Acknowledged, By: "Jonas Kazlauskas", At: ago(100 * time.Minute), Text: "einu žiūrėti"},
		{Kind: incident.TookBack, By: "Jonas Kazlauskas", At: ago(90 * time.Minute)},
		{Kind: incident.Silenced, By: "Rasa Petraitė", At: ago(80 * time.Minute), Until: now.Add(time.Hour), Text: "keičiamas serveris"},
		{Kind: incident.Comment, By: "Rasa <b>", At: ago(70 * time.Minute), Text: "Tiekėjas atvyks rytoj.\nTel. 8 600 00000 <script>"},
	}
	for i, reason := range []incident.Reason{incident.Again, incident.Comes, incident.CauseGone} {
		p.Messages = append(p.Messages, web.Message{Contact: "rasa", Kind: incident.Update, Reason: reason, Sent: ago(time.Duration(30-i) * time.Minute)})
	}
	p.Incident.Silenced = true
	p.Silences = []web.Silence{{ID: "s-1", Ends: now.Add(time.Hour), By: "Rasa Petraitė", Comment: "keičiamas <serveris>"}}
	p.Hidden = true
	w.incidents[1] = p

	byHand, err := w.incidents[closedID].Incident.With(incident.Note{Kind: incident.ClosedIt, By: "Rasa Petraitė", At: ago(29 * time.Hour), Text: "nurašytas"})
	if err != nil {
		panic(err)
	}
	byHand.EndReason, byHand.Acked = incident.ByHand, &incident.Ack{By: "Jonas Kazlauskas", At: ago(30 * time.Hour), Comment: "=HYPERLINK(1)"}
	expired := w.incidents[closedID].Incident
	expired.ID, expired.EndReason, expired.Labels = 8, incident.Expired, map[string]string{"check": "sena-svetaine", "site": "filialas"}
	old := w.incidents[2].Incident
	old.ID, old.State, old.EndReason, old.Since, old.Ended = 7, incident.Closed, incident.Recovered, ago(240*time.Hour), ago(239*time.Hour)
	w.journal = []incident.Incident{byHand, expired, old}
	w.places = web.Places{
		Sites:  []web.Site{{ID: "mokykla", Name: "Pagrindinė <mokykla>"}, {ID: "filialas"}},
		Checks: []web.Place{{ID: "svetaine", Name: "Mokyklos svetainė", Site: "mokykla"}, {ID: "sena-svetaine", Site: "filialas"}},
		Rules:  []string{"DiskNearlyFull", "SiteDown"},
	}
	equal := func(pairs ...string) (out []web.Matcher) {
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, web.Matcher{Name: pairs[i], Sign: "=", Value: pairs[i+1]})
		}
		return out
	}
	w.silences = []web.Silence{
		{ID: "s-1", Sets: [][]web.Matcher{equal("alertname", "SiteDown", "site", "mokykla", "check", "svetaine")}, Starts: ago(80 * time.Minute), Ends: now.Add(time.Hour), By: "Rasa Petraitė", Comment: "keičiamas <serveris>", Incidents: 1},
		{ID: "s-2", Sets: [][]web.Matcher{{{Name: "device", Sign: "=~", Value: "pc-.*"}}, equal("site", "filialas")}, Starts: now.Add(24 * time.Hour), Ends: now.Add(30 * time.Hour), By: "amtool"},
		{ID: "s-3", Sets: [][]web.Matcher{equal("site", "mokykla", "device", "pc-214")}, Starts: ago(5 * time.Hour), Ends: ago(4 * time.Hour), By: "Jonas Kazlauskas", Again: true},
		{ID: "s-4", Sets: [][]web.Matcher{equal("site", "mokykla")}, Starts: ago(50 * time.Hour), Ends: ago(48 * time.Hour), By: "Jonas Kazlauskas"},
	}
}

func TestIncidentPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, tc := range map[string]struct {
			target string
			role   access.Role
			edit   func(*world)
		}{
			"incidents":            {"/incidents", access.Operator, busy},
			"incidents-filtered":   {"/incidents?severity=critical&acked=no&q=svetainė&state=open&site=mokykla", access.Viewer, busy},
			"incidents-none":       {"/incidents?q=nothing+like+it", access.Operator, busy},
			"incidents-empty":      {"/incidents", access.Operator, func(w *world) { clear(w.incidents) }},
			"incident-story":       {"/incidents/1", access.Operator, busy},
			"incident-viewer":      {"/incidents/1", access.Viewer, busy},
			"journal":              {"/journal", access.Viewer, busy},
			"journal-filtered":     {"/journal?site=filialas&from=2026-08-01&to=2026-08-31&about=sena-svetaine", access.Viewer, busy},
			"journal-empty":        {"/journal", access.Viewer, func(*world) {}},
			"silences":             {"/silences", access.Operator, busy},
			"silences-viewer":      {"/silences?did=silence.ended&of=s-3", access.Viewer, busy},
			"silences-empty":       {"/silences", access.Operator, func(*world) {}},
			"silence-form":         {"/silences/new?site=mokykla&check=svetaine", access.Operator, busy},
			"silence-ended":        {"/silences?did=silence.ended&of=s-3", access.Operator, busy},
			"incidents-many-taken": {"/incidents?did=incidents.acknowledged&of=1,3", access.Operator, busy},
		} {
			t.Run(name+"."+string(lang), func(t *testing.T) {
				c := newConsole(t)
				tc.edit(c.world)
				page := text(t, c.ask(tc.target, c.session(tc.role, lang), nil))
				golden(t, name+"."+string(lang), page)
				for _, bad := range []string{"<no value>", "<script>", "style=", "<b>", "<mokykla>", "<serveris>", "ZgotmplZ", "%!"} {
					if strings.Contains(page, bad) {
						t.Errorf("the page holds %q", bad)
					}
				}
			})
		}
	}
}

// list is the titles' numbers on the page of open incidents, in their order.
func (c *console) list(session, query string) string {
	c.t.Helper()
	var out []string
	for _, m := range regexp.MustCompile(`id="i(\d+)"`).FindAllStringSubmatch(text(c.t, c.ask("/incidents"+query, session, nil)), -1) {
		out = append(out, m[1])
	}
	return strings.Join(out, " ")
}

func TestOpenIncidentsAreNarrowedByTheAddress(t *testing.T) {
	c := newConsole(t)
	busy(c.world)
	session := c.session(access.Viewer, i18n.English)
	for query, want := range map[string]string{
		"":                       "1 4 2 3",
		"?severity=critical":     "1",
		"?severity=warning":      "4 2", // what is not one of ours is a warning
		"?severity=odd":          "1 4 2 3",
		"?acked=yes":             "2",
		"?acked=no&site=mokykla": "1 4",
		"?state=holding":         "4",
		"?state=unknown":         "3",
		"?state=silenced":        "1 4",
		"?state=open":            "1 2",
		"?q=MOKYKLOS":            "1", // a name
		"?q=serveris+var":        "2", // labels
		"?q=tiekėjas":            "1", // what people said
		"?q=toner":               "3", // what the rule says
		"?q=svetaine+nothing":    "",
	} {
		if got := c.list(session, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	// The shipped rules' words are found in the reader's language.
	if got := c.list(c.session(access.Viewer, i18n.Lithuanian), "?q=neveikia"); got != "1" {
		t.Errorf("in Lithuanian: %s", got)
	}
}

func TestManyIncidentsMakeSeveralPages(t *testing.T) {
	c := newConsole(t)
	clear(c.world.incidents)
	for id := incident.ID(1); id <= 120; id++ {
		severity := incident.Info
		if id%2 == 0 {
			severity = incident.Critical
		}
		c.world.incidents[id] = web.IncidentPage{Incident: incident.Incident{ID: id, Rule: "X", Severity: severity, State: incident.Open, Evidence: incident.Firing, Since: now.Add(-time.Duration(id) * time.Minute)}}
	}
	session := c.session(access.Operator, i18n.English)
	first, second := c.list(session, ""), c.list(session, "?page=2")
	if len(strings.Fields(first)) != 50 || !strings.HasPrefix(first, "2 4 ") || !strings.HasPrefix(second, "102 104 106 108 110 112 114 116 118 120 1 3 ") {
		t.Errorf("page 1: %s\npage 2: %s", first, second)
	}
	if page := text(t, c.ask("/incidents?page=2", session, nil)); !strings.Contains(page, "51 to 100 of 120") || !strings.Contains(page, `href="/incidents?page=3"`) {
		t.Error("the page does not say where it stands")
	}
	if got := c.list(session, "?page=99"); got != "" {
		t.Errorf("beyond the end: %s", got)
	}
}

func TestSeveralIncidentsAreAcknowledgedAtOnce(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	resp := c.ask("/incidents/acknowledge", session, url.Values{"id": {"1", "2", "3", "9", "77"}, "comment": {" važiuoju "}, "back": {"site=mokykla&did=x&page=7"}})
	if at := resp.Header.Get("Location"); resp.StatusCode != 303 || at != "/incidents?site=mokykla&did=incidents.acknowledged&of=1%2C3" {
		t.Errorf("%d %s", resp.StatusCode, at)
	}
	if want := slices.Repeat([]string{"Rasa Petraitė: važiuoju"}, 3); !slices.Equal(c.world.acks, want) {
		t.Errorf("acknowledged %q: not what is over", c.world.acks)
	}
	entries, _ := c.access.AuditTail(t.Context(), 2)
	if entries[0].Action != "incident.acknowledge" || entries[1].Action != "incident.acknowledge" || entries[0].Detail != "važiuoju" {
		t.Errorf("audit: %+v", entries)
	}
	page := text(t, c.ask(resp.Header.Get("Location"), session, nil))
	undo := regexp.MustCompile(`action="(/incidents/[^/"]+/unacknowledge)"`).FindStringSubmatch(page)
	if undo == nil {
		t.Fatal("it cannot be undone") // what somebody looked after before stays so
	}
	if resp := c.ask(undo[1], session, url.Values{}); resp.StatusCode != 303 {
		t.Errorf("undo: %d", resp.StatusCode)
	}
	if want := []string{"Rasa Petraitė took back 1", "Rasa Petraitė took back 3"}; !slices.Equal(c.world.said, want) {
		t.Errorf("undone: %q", c.world.said)
	}

	resp = c.ask("/incidents/acknowledge", session, url.Values{"comment": {"typed"}, "back": {"site=mokykla"}})
	if page := text(t, resp); resp.StatusCode != 422 || !strings.Contains(page, "Choose at least one") || !strings.Contains(page, `value="typed"`) {
		t.Errorf("nothing chosen: %d", resp.StatusCode)
	}
	for _, form := range []url.Values{{"id": {"x"}}, {"id": slices.Repeat([]string{"1"}, 51)}, {"id": {"1"}, "back": {"%zz"}}} {
		if resp := c.ask("/incidents/acknowledge", session, form); resp.StatusCode != 400 {
			t.Errorf("%v: %d", form, resp.StatusCode)
		}
	}
}

func TestAnAcknowledgementIsTakenBackOnItsPage(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	if page := text(t, c.ask("/incidents/2", session, nil)); !strings.Contains(page, "/incidents/2/unacknowledge") || !strings.Contains(page, "too, or for longer") {
		t.Error("what is acknowledged can be taken back, and acknowledged by others too")
	}
	if resp := c.ask("/incidents/2/unacknowledge", session, url.Values{}); resp.StatusCode != 303 || !strings.HasPrefix(resp.Header.Get("Location"), "/incidents/2?did=incident.unacknowledged") {
		t.Errorf("%d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp := c.ask("/incidents/2/unacknowledge", session, url.Values{}); resp.StatusCode != 409 || !strings.Contains(text(t, resp), "taken the acknowledgement back") {
		t.Errorf("twice: %d", resp.StatusCode)
	}
	entries, _ := c.access.AuditTail(t.Context(), 1)
	if entries[0].Action != "incident.unacknowledge" || entries[0].Object != "incident 2" || entries[0].Before != `{"acknowledged":"Jonas Kazlauskas"}` {
		t.Errorf("audit: %+v", entries)
	}
}

func TestPeopleComment(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	for _, id := range []string{"1", "9"} { // open and closed
		resp := c.ask("/incidents/"+id+"/comment", session, url.Values{"text": {"perdegė\r\nsaugiklis"}})
		if at := resp.Header.Get("Location"); resp.StatusCode != 303 || at != "/incidents/"+id+"?did=incident.commented&of="+id+"#story" {
			t.Errorf("incident %s: %d %s", id, resp.StatusCode, at)
		}
		if page := text(t, c.ask("/incidents/"+id, session, nil)); !strings.Contains(page, "perdegė\nsaugiklis") || !strings.Contains(page, "Rasa Petraitė wrote") {
			t.Errorf("incident %s does not show it", id)
		}
	}
	entries, _ := c.access.AuditTail(t.Context(), 1)
	if entries[0].Action != "incident.comment" || entries[0].Object != "incident 9" || entries[0].Detail != "perdegė\nsaugiklis" {
		t.Errorf("audit: %+v", entries)
	}
	long := strings.Repeat("ž", incident.MaxNoteLength+1)
	for said, says := range map[string]string{" \n ": "Write something first", long: "at most 500 characters"} {
		resp := c.ask("/incidents/1/comment", session, url.Values{"text": {said}})
		page := text(t, resp)
		if resp.StatusCode != 422 || !strings.Contains(page, says) || !strings.Contains(page, strings.TrimSpace(said)) || !strings.Contains(page, `aria-invalid="true"`) {
			t.Errorf("%d, without %q", resp.StatusCode, says)
		}
	}
	if resp := c.ask("/incidents/77/comment", session, url.Values{"text": {"x"}}); resp.StatusCode != 404 {
		t.Errorf("no such incident: %d", resp.StatusCode)
	}
}

func TestAnIncidentIsSilencedFromItsPage(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	zone := time.FixedZone("EEST", 3*3600)
	for length, want := range map[string]time.Time{
		"hour":     now.Add(time.Hour),
		"tomorrow": time.Date(2026, 9, 2, 7, 0, 0, 0, zone), // it is 10:30 there
		"week":     now.AddDate(0, 0, 7),
		"own":      time.Date(2026, 9, 5, 16, 45, 0, 0, zone),
	} {
		before := len(c.world.silences)
		resp := c.ask("/incidents/1/silence", session, url.Values{"length": {length}, "until": {"2026-09-05T16:45"}, "why": {" remontas "}})
		if resp.StatusCode != 303 || !strings.HasPrefix(resp.Header.Get("Location"), "/incidents/1?did=silence.made&of=made-") {
			t.Fatalf("%s: %d %s", length, resp.StatusCode, resp.Header.Get("Location"))
		}
		s := c.world.silences[before]
		if !s.Ends.Equal(want) || s.By != "Rasa Petraitė" || s.Comment != "remontas" {
			t.Errorf("%s: %+v, want until %s", length, s, want)
		}
		if page := text(t, c.ask(resp.Header.Get("Location"), session, nil)); !strings.Contains(page, `action="/silences/`+s.ID+`/end"`) {
			t.Errorf("%s: it cannot be undone", length)
		}
	}
	entries, _ := c.access.AuditTail(t.Context(), 1)
	if entries[0].Action != "incident.silence" || entries[0].Object != "incident 1" || !strings.Contains(entries[0].After, `"silence":"made-`) || entries[0].Detail != "remontas" {
		t.Errorf("audit: %+v", entries)
	}
	for name, tc := range map[string]struct {
		form url.Values
		says string
	}{
		"no length":     {url.Values{"until": {"2026-09-05T16:45"}}, "Choose how long"},
		"no own time":   {url.Values{"length": {"own"}}, "Choose a date and a time"},
		"a past time":   {url.Values{"length": {"own"}, "until": {"2026-09-01T10:00"}}, "in the future"},
		"a distant one": {url.Values{"length": {"own"}, "until": {"2028-01-01T00:00"}}, "a year at most"},
	} {
		tc.form.Set("why", "kept text")
		resp := c.ask("/incidents/1/silence", session, tc.form)
		if page := text(t, resp); resp.StatusCode != 422 || !strings.Contains(page, tc.says) || !strings.Contains(page, "kept text") {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	if resp := c.ask("/incidents/9/silence", session, url.Values{"length": {"hour"}}); resp.StatusCode != 409 {
		t.Errorf("a closed incident: %d", resp.StatusCode)
	}
	c.world.err = web.ErrSilencesFull
	if resp := c.ask("/incidents/1/silence", session, url.Values{"length": {"hour"}}); resp.StatusCode != 409 {
		t.Errorf("no room: %d", resp.StatusCode)
	}
}

func TestASilenceIsMadeByChoice(t *testing.T) {
	c := newConsole(t)
	busy(c.world)
	c.world.silences = nil
	session := c.session(access.Operator, i18n.English)
	post := func(pairs ...string) *http.Response {
		form := url.Values{"length": {"hour"}, "why": {"planned work"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return c.ask("/silences", session, form)
	}
	for name, tc := range map[string]struct {
		form []string
		want string
	}{
		"a site":               {[]string{"site", "filialas"}, "site=filialas"},
		"a check brings its":   {[]string{"check", "svetaine", "rule", "SiteDown"}, "site=mokykla check=svetaine alertname=SiteDown"},
		"a device does so too": {[]string{"device", " pc-214 "}, "site=mokykla device=pc-214"},
	} {
		c.world.silences = nil
		if resp := post(tc.form...); resp.StatusCode != 303 || resp.Header.Get("Location") != "/silences?did=silence.made&of=made-0" {
			t.Errorf("%s: %d", name, resp.StatusCode)
			continue
		}
		var got []string
		for _, m := range c.world.silences[0].Sets[0] {
			got = append(got, m.Name+m.Sign+m.Value)
		}
		if strings.Join(got, " ") != tc.want || !c.world.silences[0].Starts.IsZero() || !c.world.silences[0].Ends.Equal(now.Add(time.Hour)) {
			t.Errorf("%s: %q %+v", name, got, c.world.silences[0])
		}
	}
	c.world.silences = nil
	if resp := post("site", "mokykla", "from", "2026-09-05T08:00", "length", "tomorrow"); resp.StatusCode != 303 {
		t.Errorf("on Saturday: %d", resp.StatusCode)
	} else if s, zone := c.world.silences[0], time.FixedZone("EEST", 3*3600); !s.Starts.Equal(time.Date(2026, 9, 5, 8, 0, 0, 0, zone)) || !s.Ends.Equal(time.Date(2026, 9, 6, 7, 0, 0, 0, zone)) {
		t.Errorf("on Saturday: %+v", s)
	}
	entries, _ := c.access.AuditTail(t.Context(), 1)
	if entries[0].Action != "silence.begin" || !strings.Contains(entries[0].After, `site=\"mokykla\"`) || entries[0].Detail != "planned work" {
		t.Errorf("audit: %+v", entries)
	}
	for name, tc := range map[string]struct {
		form []string
		says string
	}{
		"nothing":               {nil, "nobody would be told of anything"},
		"a site that is not":    {[]string{"site", "x"}, "Choose one of the list"},
		"a rule that is not":    {[]string{"rule", "x"}, "Choose one of the list"},
		"a check that is not":   {[]string{"check", "x"}, "Choose one of the list"},
		"a check of elsewhere":  {[]string{"check", "svetaine", "site", "filialas"}, "belongs to another site"},
		"a device that is not":  {[]string{"device", "pc-1"}, "no device with this ID"},
		"a device of elsewhere": {[]string{"device", "pc-214", "site", "filialas"}, "no device with this ID"},
		"a device and a check":  {[]string{"device", "pc-214", "check", "svetaine"}, "not both"},
		"no beginning":          {[]string{"site", "mokykla", "from", "x"}, "Choose a date and a time"},
		"a distant beginning":   {[]string{"site", "mokykla", "from", "2030-01-01T00:00"}, "within a year"},
		"an end before it":      {[]string{"site", "mokykla", "from", "2026-09-05T08:00", "length", "own", "until", "2026-09-05T07:00"}, "after the beginning"},
	} {
		resp := post(tc.form...)
		if page := text(t, resp); resp.StatusCode != 422 || !strings.Contains(page, tc.says) || !strings.Contains(page, "planned work") {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}

// Who sees some sites only must name one of them.
func TestASilenceOfWhoSeesOneSiteNamesIt(t *testing.T) {
	c := newConsole(t)
	busy(c.world)
	c.world.silences, c.world.places.Sites = nil, c.world.places.Sites[:1]
	_, err := c.access.CreateUser(t.Context(), access.Local("test"), access.NewUser{Login: "one", Name: "One", Lang: i18n.English, Role: access.Operator, Sites: []string{"mokykla"}, Password: secret.New(password)})
	if err != nil {
		t.Fatal(err)
	}
	session, _, err := c.access.Login(t.Context(), "one", secret.New(password), access.Client{Address: clientAddr})
	if err != nil {
		t.Fatal(err)
	}
	if page := text(t, c.ask("/silences/new", session, nil)); strings.Contains(page, "every site") {
		t.Error("every site is offered")
	}
	for site, want := range map[string]int{"": 422, "filialas": 422, "mokykla": 303} {
		if resp := c.ask("/silences", session, url.Values{"site": {site}, "rule": {"SiteDown"}, "length": {"hour"}}); resp.StatusCode != want {
			t.Errorf("site %q: %d", site, resp.StatusCode)
		}
	}
}

func TestASilenceIsEndedAndBegunAgain(t *testing.T) {
	c := newConsole(t)
	busy(c.world)
	session := c.session(access.Operator, i18n.English)
	if resp := c.ask("/silences/s-1/end", session, url.Values{"incident": {"1"}}); resp.StatusCode != 303 || resp.Header.Get("Location") != "/incidents/1?did=silence.ended&of=s-1" {
		t.Errorf("%d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp := c.ask("/silences/s-1/end", session, url.Values{}); resp.StatusCode != 409 {
		t.Errorf("twice: %d", resp.StatusCode)
	}
	if resp := c.ask("/silences/made-7/again", session, url.Values{}); resp.StatusCode != 303 || resp.Header.Get("Location") != "/silences?did=silence.made&of=made-7-again" {
		t.Errorf("again: %d %s", resp.StatusCode, resp.Header.Get("Location"))
	}
	if resp := c.ask("/silences/s-4/again", session, url.Values{}); resp.StatusCode != 409 {
		t.Errorf("one that is over: %d", resp.StatusCode)
	}
	for _, id := range []string{"x", strings.Repeat("x", 65)} {
		if resp := c.ask("/silences/"+id+"/end", session, url.Values{}); resp.StatusCode != 404 {
			t.Errorf("no such silence: %d", resp.StatusCode)
		}
	}
	entries, _ := c.access.AuditTail(t.Context(), 2)
	if entries[0].Action != "silence.begin" || entries[0].Object != "silence made-7-again" || entries[1].Action != "silence.end" || entries[1].Object != "silence s-1" ||
		!strings.Contains(entries[1].Before, `"until":"2026-09-01T11:30:05+03:00"`) || entries[1].After != `{"until":"2026-09-01T10:30:05+03:00"}` {
		t.Errorf("audit: %+v", entries)
	}
}

func TestTheJournalIsNarrowedAndGoesOn(t *testing.T) {
	c := newConsole(t)
	busy(c.world)
	session := c.session(access.Viewer, i18n.English)
	list := func(query string) string {
		var out []string
		for _, m := range regexp.MustCompile(`row"><a href="/incidents/(\d+)"`).FindAllStringSubmatch(text(t, c.ask("/journal"+query, session, nil)), -1) {
			out = append(out, m[1])
		}
		return strings.Join(out, " ")
	}
	for query, want := range map[string]string{
		"":                                "9 8 7",
		"?site=filialas":                  "8",
		"?rule=DiskNearlyFull":            "7",
		"?about=sena-svetaine":            "8",
		"?about=serveris":                 "7",
		"?from=2026-08-31":                "9 8",
		"?to=2026-08-30":                  "7",
		"?from=2026-08-22&to=2026-08-22":  "7",
		"?from=nonsense":                  "9 8 7",
		"?q=nurašytas":                    "9",
		"?q=kazlauskas+disk":              "7",
		"?before=9":                       "8 7",
		"?before=8&q=nothing+of+the+sort": "",
	} {
		if got := list(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if want := []string{"filialas", "SiteDown", "x"}; list("?site=filialas&rule=SiteDown&about=x") != "" || !slices.Equal(c.world.query.Values, want) {
		t.Errorf("the store is told to look for %q", c.world.query.Values)
	}

	for id := incident.ID(6); id > 0; id-- {
		inc := c.world.journal[2]
		inc.ID = id
		c.world.journal = append(c.world.journal, inc)
	}
	var more []incident.Incident
	for id := incident.ID(200); id > 9; id-- {
		inc := c.world.journal[0]
		inc.ID = id
		more = append(more, inc)
	}
	c.world.journal = append(more, c.world.journal...)
	seen, at := 0, "/journal?rule=SiteDown"
	for pages := 0; at != ""; pages++ {
		if pages > 10 {
			t.Fatal("it never ends")
		}
		page := text(t, c.ask(at, session, nil))
		seen += strings.Count(page, `row"><a`)
		next := regexp.MustCompile(`href="([^"]+)" rel="next"`).FindStringSubmatch(page)
		if at = ""; next != nil {
			at = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	if seen != 193 {
		t.Errorf("%d incidents on all pages", seen)
	}
}

func TestTheJournalAsAFile(t *testing.T) {
	c := newConsole(t)
	busy(c.world)
	for lang, sign := range map[i18n.Lang]rune{i18n.English: ',', i18n.Lithuanian: ';'} {
		resp := c.ask("/journal.csv?q=svetaine&site=filialas", c.session(access.Viewer, lang), nil)
		if got := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || got != "text/csv; charset=utf-8" || !strings.Contains(resp.Header.Get("Content-Disposition"), "-2026-09-01.csv") {
			t.Errorf("%d %s %s", resp.StatusCode, got, resp.Header.Get("Content-Disposition"))
		}
		body, marked := strings.CutPrefix(text(t, resp), "\uFEFF")
		r := csv.NewReader(strings.NewReader(body))
		r.Comma, r.FieldsPerRecord = sign, -1 // the last row counts
		rows, err := r.ReadAll()
		if err != nil || !marked || len(rows) != 3 || rows[1][0] != "8" || rows[1][3] != "SiteDown" || rows[1][5] != "sena-svetaine" || rows[1][6] != "2026-08-31 04:30:05" || rows[1][8] != "40" {
			t.Errorf("%s: %v %q", lang, err, rows)
		}
	}
	resp := c.ask("/journal.csv", c.session(access.Operator, i18n.English), nil)
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text(t, resp), "\uFEFF")))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 5 || rows[4][0] != "3 incidents" || rows[1][9] != "Closed by hand: Rasa Petraitė" || rows[1][10] != "Jonas Kazlauskas" || !strings.HasSuffix(rows[1][12], "Rasa Petraitė: nurašytas") {
		t.Errorf("%v %q", err, rows)
	}
	// No cell is a formula.
	hostile := c.world.journal[0]
	hostile.Annotations, hostile.Labels = map[string]string{"summary": "=cmd|' /C calc'!A0"}, map[string]string{"device": "@SUM(1)"}
	c.world.journal = []incident.Incident{hostile}
	session := c.session(access.Administrator, i18n.English)
	if body := text(t, c.ask("/journal.csv", session, nil)); !strings.Contains(body, "'=cmd") || !strings.Contains(body, "'@SUM") {
		t.Errorf("a spreadsheet would run it: %s", body)
	}
	// Nor does one begin in the middle, for a program that takes another sign
	// for the separator.
	hostile.Annotations = map[string]string{"summary": "printer; \"=cmd|' /C calc'!A0\";-1"}
	c.world.journal = []incident.Incident{hostile}
	if body := text(t, c.ask("/journal.csv", session, nil)); !strings.Contains(body, "'=cmd") || !strings.Contains(body, ";'-1") {
		t.Errorf("a spreadsheet would run it: %s", body)
	}
}

func TestTheLinkInAMailTakesAComment(t *testing.T) {
	c := newConsole(t)
	token := c.access.SignAck(1, "rasa", now.Add(time.Hour))
	if page := text(t, c.ask("/ack?t="+token, "", nil)); !strings.Contains(page, `name="comment"`) || strings.Contains(page, "/incidents/1") {
		t.Error("the page asks for no comment, or leads a stranger to the console")
	}
	page := text(t, c.ask("/ack", "", url.Values{"t": {token}, "comment": {"tuoj būsiu"}}))
	if !strings.Contains(page, "rasa has been looking after it") || !strings.Contains(page, "tuoj būsiu") || strings.Contains(page, "/incidents/1") {
		t.Errorf("a stranger sees %s", page)
	}
	if len(c.world.acks) != 1 || c.world.acks[0] != "rasa: tuoj būsiu" {
		t.Errorf("acknowledged %q", c.world.acks)
	}
	entries, _ := c.access.AuditTail(t.Context(), 1)
	if entries[0].Actor != "contact rasa" || entries[0].Detail != "tuoj būsiu" || entries[0].After != `{"acknowledged":"rasa"}` {
		t.Errorf("audit: %+v", entries)
	}
	if page := text(t, c.ask("/ack?t="+token, c.session(access.Operator, i18n.English), nil)); !strings.Contains(page, `href="/incidents/1#silence"`) {
		t.Error("an operator who is logged in is not led on")
	}
	if page := text(t, c.ask("/ack?t="+token, c.session(access.Viewer, i18n.English), nil)); strings.Contains(page, "#silence") || !strings.Contains(page, `href="/incidents/1"`) {
		t.Error("a viewer is offered what they may not do, or not shown the incident")
	}
}
