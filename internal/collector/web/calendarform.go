package web

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// maxTypedList bounds a field of a form, in characters: a list of things is long.
const maxTypedList = 20_000

// The forms of the calendar.
const (
	formMaintenance = "maintenance"
	formAssessment  = "assessment"
	formDay         = "day"
)

// calendarFormBody is what the template of a form of the calendar gets.
type calendarFormBody struct {
	Form  form
	Kind  string
	ID    string // of what is changed; empty: something new
	Sites []option
}

func (s *server) newCalendarEntry(w http.ResponseWriter, r *http.Request) error {
	kind := r.URL.Query().Get("kind")
	f := newForm("site", clip(r.URL.Query().Get("site"), 100), "things", clip(r.URL.Query().Get("thing"), 200), "again", "once", "day", "closed", "from_time", "09:00", "to_time", "12:00")
	return s.showCalendarForm(w, r, http.StatusOK, calendarFormBody{Form: f, Kind: kind})
}

func (s *server) showCalendarForm(w http.ResponseWriter, r *http.Request, code int, b calendarFormBody) error {
	switch b.Kind {
	case formAssessment, formDay:
	default:
		b.Kind = formMaintenance
	}
	got, err := s.Calendar.Calendar(r.Context())
	if err != nil {
		return fmt.Errorf("gather the calendar: %w", err)
	}
	p := s.page(r)
	what := "new_"
	if b.ID != "" {
		what = "change_"
	}
	p.Title, p.Path = p.T("web.calendar."+what+b.Kind), "/calendar/new"
	b.Sites = p.calendarSites(got, b.Kind == formDay)
	s.render(w, r, code, "calendarform.html", p, b)
	return nil
}

// calendarSites lists the sites that an entry can be about.
func (p *page) calendarSites(got CalendarPage, everywhere bool) []option {
	var out []option
	if everywhere && p.Me != nil && p.Me.Whole() {
		out = append(out, option{"", p.T("web.calendar.everywhere")})
	}
	for _, site := range got.Sites {
		out = append(out, option{site.ID, p.SiteName(site)})
	}
	return out
}

// Repeats lists how often a window can be.
func (w words) Repeats() []option {
	var out []option
	for _, k := range []string{"once", "daily", "weekly", "monthly", "own"} {
		out = append(out, option{k, w.T("web.calendar.again." + k)})
	}
	return out
}

// DayKinds lists what a special day can be.
func (w words) DayKinds() []option {
	var out []option
	for _, k := range []string{"closed", "pupils", "open", "hours"} {
		out = append(out, option{k, w.T("web.calendar.day." + k)})
	}
	return out
}

// ruleOf is the rule of a choice.
func ruleOf(again, own string) string {
	switch again {
	case "daily", "weekly", "monthly":
		return "FREQ=" + strings.ToUpper(again)
	case "own":
		return own
	}
	return ""
}

func (s *server) calendarEntry(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	got, err := s.Calendar.Calendar(r.Context())
	if err != nil {
		return fmt.Errorf("gather the calendar: %w", err)
	}
	one, ok := got.Entered.Find(id)
	if !ok {
		return ErrNotFound
	}
	p := s.page(r)
	b := calendarFormBody{ID: id}
	rooms := func(ids []string) string { return strings.Join(p.roomNames(ids, got.Rooms), ", ") }
	local := func(m calendar.Moment) string {
		if m.IsZero() {
			return ""
		}
		return m.In(p.loc).Format(localTime)
	}
	switch {
	case len(one.Days) > 0:
		d := one.Days[0]
		kind := "hours"
		switch {
		case d.Closed:
			kind = "closed"
		case d.Pupils:
			kind = "pupils"
		case d.Open:
			kind = "open"
		}
		b.Kind = formDay
		b.Form = newForm("name", d.Name, "date", d.Date.String(), "to_date", d.To.String(), "day", kind, "hours", d.Hours.String(), "site", d.Site, "rooms", rooms([]string{d.Room}))
	case len(one.Assessments) > 0:
		a := one.Assessments[0]
		b.Kind = formAssessment
		b.Form = newForm("name", a.Name, "date", a.Date.String(), "from_time", a.From.String(), "to_time", a.To.String(), "site", a.Site, "rooms", rooms(a.Rooms))
	default:
		m := one.Maintenance[0]
		b.Kind = formMaintenance
		again := "own"
		for _, k := range []string{"once", "daily", "weekly", "monthly"} {
			if ruleOf(k, "") == m.RRule {
				again = k
			}
		}
		var ids, things, except []string
		site := ""
		for _, at := range m.Rooms {
			ids, site = append(ids, at.Room), at.Site
		}
		for _, at := range m.Sites {
			site = at
		}
		for _, t := range m.Things {
			things = append(things, string(t))
		}
		for _, d := range m.Exdates {
			except = append(except, d.String())
		}
		b.Form = newForm("name", m.Name, "from", local(m.From), "to", local(m.To), "site", site, "rooms", rooms(ids), "things", strings.Join(things, ", "), "again", again, "rrule", m.RRule, "exdates", strings.Join(except, ", "))
		if m.OnDown {
			b.Form.Values.Set("on_down", "yes")
			b.Form.Values.Set("minutes", strconv.Itoa(int(m.Duration/time.Minute)))
		} else if m.To.IsZero() {
			b.Form.Values.Set("to", m.From.In(p.loc).Add(m.Duration).Format(localTime))
		}
	}
	return s.showCalendarForm(w, r, http.StatusOK, b)
}

// names reads a list of names.
func names(text string) []string {
	var out []string
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" && len(out) < calendar.MaxRooms {
			out = append(out, one)
		}
	}
	return out
}

func (s *server) putCalendarEntry(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	f := form{Values: url.Values{}}
	for _, name := range []string{"name", "from", "to", "date", "to_date", "from_time", "to_time", "site", "rooms", "things", "again", "rrule", "exdates", "on_down", "minutes", "day", "hours"} {
		f.Values.Set(name, clipRunes(strings.TrimSpace(r.PostForm.Get(name)), maxTypedList))
	}
	p := s.page(r)
	b := calendarFormBody{Kind: r.PostForm.Get("kind"), ID: clip(r.PostForm.Get("id"), 100)}
	if b.ID != "" && !calendar.ValidID(b.ID) {
		return ErrNotFound
	}
	entry := p.readEntry(&f, b.Kind, b.ID)
	did := "calendar.added"
	if b.ID != "" {
		did = "calendar.changed"
	}
	if f.OK() {
		err := s.CalendarActions.PutCalendar(r.Context(), entry)
		switch problems := settings.Of(err); {
		case problems != nil:
			p.refuseSettings(&f, problems, "name", "from", "to", "date", "site", "rooms", "things", "rrule", "exdates", "hours")
		case errors.Is(err, ErrNotFound):
			return err
		case err != nil:
			return fmt.Errorf("change the calendar: %w", err)
		}
	}
	if !f.OK() {
		b.Form = f
		return s.showCalendarForm(w, r, http.StatusUnprocessableEntity, b)
	}
	s.done(w, r, "/calendar", did, idOf(entry))
	return nil
}

func idOf(c calendar.Config) string {
	for _, d := range c.Days {
		return d.ID
	}
	for _, a := range c.Assessments {
		return a.ID
	}
	for _, w := range c.Maintenance {
		return w.ID
	}
	return ""
}

// readEntry reads what was typed; what cannot be read is refused beside its field.
func (w words) readEntry(f *form, kind, id string) calendar.Config {
	value := f.Values.Get
	date := func(field string, needed bool) calendar.Date {
		if value(field) == "" && !needed {
			return calendar.Date{}
		}
		d, err := calendar.ParseDate(value(field))
		if err != nil {
			f.Refuse(field, w.T("web.calendar.bad_date"))
		}
		return d
	}
	fresh := func(prefix string) string {
		return cmp.Or(id, prefix+"-"+strings.ToLower(rand.Text()[:12]))
	}
	rooms := names(value("rooms"))
	switch kind {
	case formDay:
		d := calendar.SpecialDay{ID: fresh("d"), Place: calendar.Place{Site: value("site")}, Name: value("name"), Date: date("date", true), To: date("to_date", false)}
		if len(rooms) > 0 {
			d.Room = rooms[0]
		}
		if !d.To.IsZero() && d.To.Before(d.Date) {
			f.Refuse("to_date", w.T("web.calendar.ends_before"))
		}
		switch value("day") {
		case "pupils":
			d.Pupils = true
		case "open":
			d.Open = true
		case "hours":
			h, err := calendar.ParseHours(value("hours"))
			if err != nil || h.String() == calendar.Always || h.String() == calendar.Work || h.String() == calendar.Off {
				f.Refuse("hours", w.T("web.calendar.bad_hours"))
			}
			d.Hours = h
		default:
			d.Closed = true
		}
		return calendar.Config{Days: []calendar.SpecialDay{d}}
	case formAssessment:
		a := calendar.Assessment{ID: fresh("a"), Name: value("name"), Date: date("date", true), Site: value("site"), Rooms: rooms}
		var err, err2 error
		a.From, err = calendar.ParseClock(value("from_time"))
		a.To, err2 = calendar.ParseClock(value("to_time"))
		switch {
		case err != nil:
			f.Refuse("from_time", w.T("web.calendar.bad_time"))
		case err2 != nil:
			f.Refuse("to_time", w.T("web.calendar.bad_time"))
		case a.To <= a.From:
			f.Refuse("to_time", w.T("web.calendar.ends_before"))
		}
		w.needsName(f)
		return calendar.Config{Assessments: []calendar.Assessment{a}}
	default:
		return calendar.Config{Maintenance: []calendar.Window{w.readWindow(f, fresh("m"), rooms)}}
	}
}

func (w words) needsName(f *form) {
	if f.Values.Get("name") == "" {
		f.Refuse("name", w.T("web.calendar.needs_name"))
	}
}

func (w words) readWindow(f *form, id string, rooms []string) calendar.Window {
	value := f.Values.Get
	moment := func(field string) calendar.Moment {
		m, err := calendar.ParseMoment(value(field))
		if err != nil {
			f.Refuse(field, w.T("web.silence.bad_time"))
		}
		return m
	}
	m := calendar.Window{ID: id, Name: value("name"), From: moment("from"), To: moment("to"), RRule: ruleOf(value("again"), value("rrule"))}
	w.needsName(f)
	if f.OK() && !m.To.In(w.loc).After(m.From.In(w.loc)) {
		f.Refuse("to", w.T("web.calendar.ends_before"))
	}
	for _, t := range names(value("things")) {
		m.Things = append(m.Things, topology.ID(t))
	}
	site := value("site")
	switch {
	case len(rooms) > 0 && site == "":
		f.Refuse("site", w.T("web.calendar.choose_site"))
	case len(rooms) > 0:
		for _, room := range rooms {
			m.Rooms = append(m.Rooms, calendar.Place{Site: site, Room: room})
		}
	case len(m.Things) == 0 && site == "":
		f.Refuse("site", w.T("web.calendar.choose_site"))
	case len(m.Things) == 0:
		m.Sites = []string{site}
	}
	if m.RRule != "" {
		for _, text := range names(value("exdates")) {
			d, err := calendar.ParseDate(text)
			if err != nil {
				f.Refuse("exdates", w.T("web.calendar.bad_date"))
				break
			}
			m.Exdates = append(m.Exdates, d)
		}
	}
	if value("again") == "own" && m.RRule == "" {
		f.Refuse("rrule", w.T("web.calendar.needs_rule"))
	}
	if value("on_down") != "" {
		minutes, err := strconv.Atoi(value("minutes"))
		if err != nil || minutes < 1 || minutes > 44_640 {
			f.Refuse("minutes", w.T("web.calendar.bad_minutes"))
		}
		m.OnDown, m.Duration = true, time.Duration(minutes)*time.Minute
	}
	return m
}
