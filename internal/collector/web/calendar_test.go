package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// planned stands for the calendar of the collector.
type planned struct {
	page    web.CalendarPage
	put     []calendar.Config
	marked  []string
	refuses error
}

func (p *planned) Calendar(context.Context) (web.CalendarPage, error) { return p.page, nil }

func (p *planned) PutCalendar(_ context.Context, c calendar.Config) error {
	p.put = append(p.put, c)
	return p.refuses
}

func (p *planned) RemoveCalendar(_ context.Context, id string) error {
	p.marked = append(p.marked, "remove "+id)
	return p.refuses
}

func (p *planned) RestoreCalendar(_ context.Context, id string) error {
	p.marked = append(p.marked, "restore "+id)
	return p.refuses
}

func withCalendar(p *planned) func(*web.Options) {
	return func(o *web.Options) { o.Calendar, o.CalendarActions = p, p }
}

func moment(t testing.TB, s string) calendar.Moment {
	t.Helper()
	m, err := calendar.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// calendarOf is that of a school in September 2026.
func calendarOf(t testing.TB) web.CalendarPage {
	t.Helper()
	day := func(d int) calendar.Date { return calendar.DateOf(2026, time.September, d) }
	entered := calendar.Config{
		Days: []calendar.SpecialDay{
			{ID: "d-1", Date: day(4), To: day(5), Pupils: true, Name: "Žygis <b>", Place: calendar.Place{Site: "mokykla"}},
			{ID: "d-2", Date: day(14), Closed: true},
		},
		Assessments: []calendar.Assessment{{ID: "a-1", Name: "NMPP", Date: day(2), From: 9 * 60, To: 12 * 60, Site: "mokykla", Rooms: []string{"kab-214", "kab-215"}}},
		Maintenance: []calendar.Window{
			{ID: "m-1", Name: "Serverio naujinimas", From: moment(t, "2026-09-01 10:00"), To: moment(t, "2026-09-01 12:00"), Sites: []string{"mokykla"}},
			{ID: "m-2", Name: "Kopijos", From: moment(t, "2026-09-05 22:00"), To: moment(t, "2026-09-06 02:00"), RRule: "FREQ=WEEKLY", Exdates: []calendar.Date{day(12)}, Rooms: []calendar.Place{{Site: "mokykla", Room: "kab-214"}}},
			{ID: "m-3", Name: "Komutatorius", From: moment(t, "2026-09-03 16:00"), To: moment(t, "2026-09-03 20:00"), OnDown: true, Duration: 30 * time.Minute, Things: []topology.ID{"sw-1"}},
		},
	}
	file := calendar.Config{SchoolHolidays: &calendar.SchoolHolidays{}, Maintenance: []calendar.Window{{Name: "Failo darbai", From: moment(t, "2026-09-08 01:00"), Duration: time.Hour, Sites: []string{"filialas"}}}}
	cal, err := calendar.New(file.With(entered), time.FixedZone("EEST", 3*3600))
	if err != nil {
		t.Fatal(err)
	}
	left := calendar.Window{ID: "m-9", Name: "Per patikrinimą", From: moment(t, "2026-09-02 10:00"), To: moment(t, "2026-09-02 11:00"), Sites: []string{"mokykla"}}
	entered.Maintenance = append(entered.Maintenance, left)
	return web.CalendarPage{
		Calendar: cal, Sees: func(string) bool { return true }, Entered: entered,
		Wrong: map[string]settings.Problems{"m-9": {settings.New("from", settings.CodeClash, "From", "2026-09-02 10:00", "To", "11:00", "Name", "NMPP", "Day", "2026-09-02 09:00–12:00")}},
		Sites: []web.Site{{ID: "mokykla", Name: "Pagrindinė <mokykla>"}, {ID: "filialas", Name: "Filialas"}},
		Rooms: map[string]string{"kab-214": "214", "kab-215": "215 kab."},
	}
}

const icsFile = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:Rudens atostogos <b>\nDTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261109\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nSUMMARY:Posėdis\nDTSTART:20261003T190000Z\nDTEND:20261003T210000Z\nEND:VEVENT\nEND:VCALENDAR\n"

func TestCalendarPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, tc := range map[string]struct {
			target  string
			form    url.Values
			refuses error
			role    access.Role
		}{
			"calendar":             {target: "/calendar", role: access.Operator},
			"calendar-viewer":      {target: "/calendar", role: access.Viewer},
			"calendar-maintenance": {target: "/calendar/m-2", role: access.Operator},
			"calendar-assessment":  {target: "/calendar/a-1", role: access.Operator},
			"calendar-day":         {target: "/calendar/new?kind=day", role: access.Administrator},
			"calendar-refused": {target: "/calendar/new", role: access.Operator, form: url.Values{"kind": {"maintenance"}, "name": {"<script>"}, "from": {"2026-09-02T10:00"}, "to": {"2026-09-02T11:00"}, "site": {"mokykla"}, "again": {"weekly"}},
				refuses: settings.Problems{settings.New("from", settings.CodeClashAgain, "From", "2026-09-02 10:00", "To", "11:00", "Name", "NMPP", "Day", "2026-09-02 09:00–12:00", "Except", "2026-09-02")}},
			"calendar-import":  {target: "/calendar/import", role: access.Operator},
			"calendar-preview": {target: "/calendar/import", role: access.Operator, form: url.Values{"kind": {"pupils"}, "site": {"mokykla"}, "text": {icsFile}}},
		} {
			t.Run(name+"."+string(lang), func(t *testing.T) {
				c := newConsole(t, withCalendar(&planned{page: calendarOf(t), refuses: tc.refuses}))
				page := text(t, c.ask(tc.target, c.session(tc.role, lang), tc.form))
				golden(t, name+"."+string(lang), page)
				for _, bad := range []string{"<script>", "<no value>", "style=", "<b>"} {
					if strings.Contains(inside(page), bad) {
						t.Errorf("the page holds %q", bad)
					}
				}
			})
		}
	}
}

func TestCalendarForms(t *testing.T) {
	for name, tc := range map[string]struct {
		form url.Values
		want string // of what is put, as JSON; empty: it is refused
	}{
		"a window once":             {url.Values{"kind": {"maintenance"}, "id": {"m-1"}, "name": {"x"}, "from": {"2026-10-03T22:00"}, "to": {"2026-10-04T02:00"}, "site": {"mokykla"}, "again": {"once"}}, `{"maintenance":[{"id":"m-1","name":"x","from":"2026-10-03T22:00","to":"2026-10-04T02:00","sites":["mokykla"]}]}`},
		"a window in rooms":         {url.Values{"kind": {"maintenance"}, "id": {"m-1"}, "name": {"x"}, "from": {"2026-10-03T22:00"}, "to": {"2026-10-04T02:00"}, "site": {"mokykla"}, "rooms": {"214, 215"}, "again": {"weekly"}, "exdates": {"2026-10-10"}}, `{"maintenance":[{"id":"m-1","name":"x","from":"2026-10-03T22:00","to":"2026-10-04T02:00","rrule":"FREQ=WEEKLY","exdates":["2026-10-10"],"rooms":[{"site":"mokykla","room":"214"},{"site":"mokykla","room":"215"}]}]}`},
		"a window over a thing":     {url.Values{"kind": {"maintenance"}, "id": {"m-1"}, "name": {"x"}, "from": {"2026-10-03T22:00"}, "to": {"2026-10-04T02:00"}, "site": {"mokykla"}, "things": {"sw-1"}, "again": {"once"}, "on_down": {"yes"}, "minutes": {"20"}}, `{"maintenance":[{"id":"m-1","name":"x","from":"2026-10-03T22:00","to":"2026-10-04T02:00","duration":1200000000000,"on_down":true,"things":["sw-1"]}]}`},
		"an assessment":             {url.Values{"kind": {"assessment"}, "id": {"a-1"}, "name": {"NMPP"}, "date": {"2027-05-04"}, "from_time": {"09:00"}, "to_time": {"11:00"}, "site": {"mokykla"}, "rooms": {"214"}}, `{"assessments":[{"id":"a-1","name":"NMPP","date":"2027-05-04","from":"09:00","to":"11:00","site":"mokykla","rooms":["214"]}]}`},
		"pupils are away":           {url.Values{"kind": {"day"}, "id": {"d-1"}, "day": {"pupils"}, "date": {"2026-11-02"}, "to_date": {"2026-11-08"}}, `{"days":[{"id":"d-1","date":"2026-11-02","to":"2026-11-08","pupils_away":true}]}`},
		"other hours":               {url.Values{"kind": {"day"}, "id": {"d-1"}, "day": {"hours"}, "hours": {"09:00-12:00"}, "date": {"2026-11-02"}, "site": {"mokykla"}}, `{"days":[{"id":"d-1","site":"mokykla","date":"2026-11-02","hours":"09:00-12:00"}]}`},
		"hours that are a word":     {url.Values{"kind": {"day"}, "day": {"hours"}, "hours": {"work"}, "date": {"2026-11-02"}}, ""},
		"no name":                   {url.Values{"kind": {"maintenance"}, "from": {"2026-10-03T22:00"}, "to": {"2026-10-04T02:00"}, "site": {"mokykla"}}, ""},
		"an end before":             {url.Values{"kind": {"maintenance"}, "name": {"x"}, "from": {"2026-10-03T22:00"}, "to": {"2026-10-03T02:00"}, "site": {"mokykla"}}, ""},
		"nowhere":                   {url.Values{"kind": {"maintenance"}, "name": {"x"}, "from": {"2026-10-03T22:00"}, "to": {"2026-10-04T02:00"}}, ""},
		"a rule that is not there":  {url.Values{"kind": {"maintenance"}, "name": {"x"}, "from": {"2026-10-03T22:00"}, "to": {"2026-10-04T02:00"}, "site": {"mokykla"}, "again": {"own"}}, ""},
		"a day that is not there":   {url.Values{"kind": {"day"}, "day": {"closed"}, "date": {"tomorrow"}}, ""},
		"an assessment's end first": {url.Values{"kind": {"assessment"}, "name": {"x"}, "date": {"2027-05-04"}, "from_time": {"11:00"}, "to_time": {"09:00"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := &planned{page: calendarOf(t)}
			c := newConsole(t, withCalendar(p))
			resp := c.ask("/calendar/new", c.session(access.Operator, i18n.English), tc.form)
			if tc.want == "" {
				if resp.StatusCode != http.StatusUnprocessableEntity || len(p.put) > 0 {
					t.Errorf("answered %d, and put %+v", resp.StatusCode, p.put)
				}
				return
			}
			if resp.StatusCode != http.StatusSeeOther || len(p.put) != 1 {
				t.Fatalf("answered %d, and put %+v", resp.StatusCode, p.put)
			}
			if got, err := json.Marshal(p.put[0]); err != nil || string(got) != tc.want {
				t.Errorf("put %s, not %s (%v)", got, tc.want, err)
			}
		})
	}
}

func TestCalendarIsImportedAndTakenBack(t *testing.T) {
	p := &planned{page: calendarOf(t)}
	c := newConsole(t, withCalendar(p))
	me := c.session(access.Operator, i18n.English)
	entry := `{"days":[{"id":"d-7","name":"Rudens atostogos","date":"2026-11-02","to":"2026-11-08","pupils_away":true}],"hours":[{"hours":"closed"}]}`
	resp := c.ask("/calendar/import/apply", me, url.Values{"entry": {entry, `{"days":[{"id":"../x","date":"2026-11-02","closed":true}]}`}})
	if resp.StatusCode != http.StatusSeeOther || len(p.put) != 1 || len(p.put[0].Days) != 1 || len(p.put[0].Hours) != 0 {
		t.Errorf("answered %d, and put %+v", resp.StatusCode, p.put)
	}
	if resp := c.ask("/calendar/import/apply", me, url.Values{"entry": {"{"}}); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a broken entry is answered with %d", resp.StatusCode)
	}
	if resp := c.ask("/calendar/import", me, url.Values{"kind": {"pupils"}, "text": {"no calendar"}}); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no calendar is answered with %d", resp.StatusCode)
	}
	resp = c.ask("/calendar/m-1/remove", me, url.Values{"x": {""}})
	to := resp.Header.Get("Location")
	if page := text(t, c.ask(to, me, nil)); !strings.Contains(page, `action="/calendar/m-1/restore"`) {
		t.Error("removing cannot be taken back")
	}
	c.ask("/calendar/m-1/restore", me, url.Values{"x": {""}})
	if got := strings.Join(p.marked, ", "); got != "remove m-1, restore m-1" {
		t.Errorf("asked for %s", got)
	}
}

func TestCalendarFeed(t *testing.T) {
	c := newConsole(t, withCalendar(&planned{page: calendarOf(t)}))
	resp := c.ask("/calendar.ics", c.session(access.Viewer, i18n.Lithuanian), nil)
	if got := resp.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Errorf("the feed is %s", got)
	}
	feed := text(t, resp)
	events, more, err := calendar.ReadFile([]byte(feed), time.UTC)
	if err != nil || more > 0 {
		t.Fatalf("the feed cannot be read: %v, %d", err, more)
	}
	var all []string
	for _, e := range events {
		all = append(all, e.Name)
	}
	for _, want := range []string{"Priežiūros darbai: Serverio naujinimas", "Pasiekimų patikrinimas: NMPP", "Kūčios", "Žygis <b>"} {
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("the feed has no %q:\n%s", want, strings.Join(all, "\n"))
		}
	}
}

func TestWhatIsPlannedForMuchLaterIsOnTheCalendarToo(t *testing.T) {
	page := calendarOf(t)
	c := page.Calendar.Config()
	c.Assessments = append(c.Assessments[:1:1], calendar.Assessment{ID: "a-2", Name: "Egzaminas", Date: calendar.DateOf(2027, time.May, 4), From: 9 * 60, To: 12 * 60, Site: "mokykla"})
	page.Entered.Put(calendar.Config{Assessments: c.Assessments})
	cal, err := calendar.New(c, page.Calendar.Zone())
	if err != nil {
		t.Fatal(err)
	}
	page.Calendar = cal
	console := newConsole(t, withCalendar(&planned{page: page}))
	got := text(t, console.ask("/calendar", console.session(access.Operator, i18n.English), nil))
	if !strings.Contains(got, "Egzaminas") || !strings.Contains(got, `href="/calendar/a-2"`) {
		t.Error("an assessment in May is not on the page in September")
	}
	if n := strings.Count(got, "Kopijos"); n > 5 {
		t.Errorf("what recurs is there %d times", n)
	}
}
