package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/settings"
)

// Bounds of the calendar's pages.
const (
	calendarDays   = 35  // that the page shows from today on
	calendarLater  = 370 // and how far it looks for what was planned
	maxEntries     = 100 // lines of the page
	maxWhere       = 6   // names in a line
	maxImported    = 100 // events of a file that are offered
	feedBehind     = 31 * 24 * time.Hour
	feedAhead      = 370 * 24 * time.Hour
	maxImportForms = 200_000 // bytes of the answers to a preview
)

func calendarDoors() []door {
	return []door{
		get("/calendar", access.Viewer, (*server).calendar),
		get("/calendar.ics", access.Viewer, (*server).calendarFeed),
		get("/calendar/new", access.Operator, (*server).newCalendarEntry),
		post("/calendar/new", access.Operator, (*server).putCalendarEntry),
		get("/calendar/import", access.Operator, (*server).calendarImport),
		post("/calendar/import", access.Operator, (*server).previewCalendarImport).takes(calendar.MaxFile),
		post("/calendar/import/apply", access.Operator, (*server).applyCalendarImport).takes(maxImportForms),
		get("/calendar/{id}", access.Operator, (*server).calendarEntry),
		post("/calendar/{id}/remove", access.Operator, (*server).removeCalendarEntry),
		post("/calendar/{id}/restore", access.Operator, (*server).restoreCalendarEntry),
	}
}

// calendarBody is what the template of the calendar gets.
type calendarBody struct {
	Days    []calendarDay
	More    int
	LeftOut []calendarLine // entered and not in use
	Unknown string         // the school year whose holidays nobody wrote down; empty: they are known, or nobody keeps any
	MayAct  bool
}

// calendarDay is a day with something in it.
type calendarDay struct {
	Date    calendar.Date
	Title   string
	Entries []calendarLine
}

// calendarLine is one entry.
type calendarLine struct {
	Badge badge
	Name  string
	When  string
	Where string
	Now   bool
	ID    string // of what can be changed; empty: the file's, or computed
	Wrong []string
}

func (s *server) calendar(w http.ResponseWriter, r *http.Request) error {
	got, err := s.Calendar.Calendar(r.Context())
	if err != nil {
		return fmt.Errorf("gather the calendar: %w", err)
	}
	p := s.page(r)
	p.Title = p.T("web.page.calendar")
	b := calendarBody{MayAct: p.may(access.Operator)}
	today := calendar.DateAt(p.now.In(p.loc))
	entries := got.Calendar.Entries(today.In(p.loc), today.Add(calendarDays).In(p.loc), got.Sees)
	entries = append(entries, later(entries, got.Calendar.Entries(today.Add(calendarDays+1).In(p.loc), today.Add(calendarLater).In(p.loc), got.Sees))...)
	b.More = max(0, len(entries)-maxEntries)
	for _, e := range entries[:len(entries)-b.More] {
		date := e.First
		if !e.AllDay {
			date = calendar.DateAt(e.From.In(p.loc))
		}
		if date.Before(today) {
			date = today // it began before
		}
		if n := len(b.Days); n == 0 || b.Days[n-1].Date != date {
			b.Days = append(b.Days, calendarDay{Date: date, Title: p.dayTitle(date, today)})
		}
		day := &b.Days[len(b.Days)-1]
		day.Entries = append(day.Entries, p.calendarLine(e, got))
	}
	// Entries that began earlier stand among today's, wherever they began.
	slices.SortStableFunc(b.Days, func(x, y calendarDay) int { return x.Date.Sub(y.Date) })
	for id, problems := range got.Wrong {
		if one, ok := got.Entered.Find(id); ok {
			line := calendarLine{ID: id, Name: p.Foreign(nameOf(one))}
			for _, problem := range problems {
				line.Wrong = append(line.Wrong, p.SettingsProblem(problem))
			}
			b.LeftOut = append(b.LeftOut, line)
		}
	}
	slices.SortFunc(b.LeftOut, func(x, y calendarLine) int { return cmp.Compare(x.ID, y.ID) })
	if year := calendar.SchoolYear(today); !got.Calendar.KnowsSchoolYear(year) {
		b.Unknown = year
	}
	s.render(w, r, http.StatusOK, "calendar.html", p, b)
	return nil
}

// later is what comes after the days that are shown whole: each thing that
// somebody planned once, so that it can be found and changed.
func later(shown, all []calendar.Entry) []calendar.Entry {
	seen := map[string]bool{}
	key := func(e calendar.Entry) string { return string(e.Kind) + "/" + cmp.Or(e.ID, e.UID) }
	for _, e := range shown {
		seen[key(e)] = true
	}
	var out []calendar.Entry
	for _, e := range all {
		if e.Kind == calendar.EntryPublic || seen[key(e)] {
			continue
		}
		seen[key(e)] = true
		out = append(out, e)
	}
	return out
}

func nameOf(c calendar.Config) string {
	for _, d := range c.Days {
		return cmp.Or(d.Name, d.Date.String())
	}
	for _, a := range c.Assessments {
		return a.Name
	}
	for _, w := range c.Maintenance {
		return w.Name
	}
	return ""
}

// dayTitle writes a day with its day of the week.
func (w words) dayTitle(d, today calendar.Date) string {
	title := w.T("web.weekday."+strconv.Itoa(int(d.Weekday()))) + ", " + d.String()
	switch d.Sub(today) {
	case 0:
		return w.T("web.calendar.today", "Day", title)
	case 1:
		return w.T("web.calendar.tomorrow", "Day", title)
	}
	return title
}

// entryName is what an entry is called.
func (w words) entryName(e calendar.Entry) string {
	switch e.Kind {
	case calendar.EntryPublic:
		return w.T("calendar.public." + e.Name)
	case calendar.EntrySchool:
		if w.c.Has(w.Lang, "calendar.school."+e.Name) {
			return w.T("calendar.school." + e.Name)
		}
	case calendar.EntryDay:
		if e.Name == "" {
			return w.daySays(e.Day)
		}
	}
	return w.Foreign(e.Name)
}

// daySays says what a special day is.
func (w words) daySays(d calendar.SpecialDay) string {
	switch {
	case d.Closed:
		return w.T("web.calendar.day.closed")
	case d.Pupils:
		return w.T("web.calendar.day.pupils")
	case d.Open:
		return w.T("web.calendar.day.open")
	default:
		return w.T("web.calendar.day.hours_are", "Hours", w.Foreign(d.Hours.String()))
	}
}

func (w words) entryBadge(kind calendar.EntryKind) badge {
	word := w.T("web.calendar.kind." + string(kind))
	switch kind {
	case calendar.EntryMaintenance:
		return badge{"warn", "⚒", word}
	case calendar.EntryAssessment:
		return badge{"bad", "!", word}
	case calendar.EntryDay:
		return badge{"info", "i", word}
	default:
		return badge{"unknown", "–", word}
	}
}

func (w words) calendarLine(e calendar.Entry, got CalendarPage) calendarLine {
	line := calendarLine{Badge: w.entryBadge(e.Kind), Name: w.entryName(e), Now: !e.AllDay && !e.From.After(w.now) && w.now.Before(e.To)}
	switch {
	case e.AllDay && e.First != e.Last:
		line.When = w.T("web.calendar.until", "Day", e.Last.String())
	case e.AllDay:
	case calendar.DateAt(e.From.In(w.loc)) == calendar.DateAt(e.To.In(w.loc)):
		line.When = e.From.In(w.loc).Format("15:04") + "–" + e.To.In(w.loc).Format("15:04")
	default:
		line.When = e.From.In(w.loc).Format("15:04") + " – " + w.Time(e.To)
	}
	if e.OnDown {
		line.When += ", " + w.T("web.calendar.on_down", "Length", w.Length(e.Lasts))
	}
	if e.Again {
		line.When += ", " + w.T("web.calendar.again")
	}
	if e.Kind == calendar.EntryDay && e.Name != "" {
		line.When = strings.TrimPrefix(line.When+", "+w.daySays(e.Day), ", ")
	}
	where := slices.Concat(w.siteNames(e.Sites, got.Sites), w.roomNames(e.Rooms, got.Rooms), e.Things)
	if more := len(where) - maxWhere; more > 0 {
		where = append(where[:maxWhere], w.T("web.more", "N", more))
	}
	line.Where = strings.Join(where, ", ")
	if line.Where != "" {
		line.Where = w.Foreign(line.Where)
	}
	if _, ok := got.Entered.Find(e.ID); ok && e.ID != "" {
		line.ID = e.ID
	}
	return line
}

func (w words) siteNames(ids []string, sites []Site) []string {
	var out []string
	for _, id := range ids {
		name := id
		if i := slices.IndexFunc(sites, func(s Site) bool { return s.ID == id }); i >= 0 {
			name = cmp.Or(sites[i].Name, id)
		}
		out = append(out, name)
	}
	return out
}

func (w words) roomNames(ids []string, names map[string]string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, cmp.Or(names[id], id))
	}
	return out
}

// calendarFeed is the calendar for other programs.
func (s *server) calendarFeed(w http.ResponseWriter, r *http.Request) error {
	got, err := s.Calendar.Calendar(r.Context())
	if err != nil {
		return fmt.Errorf("gather the calendar: %w", err)
	}
	p := s.page(r)
	title := p.T("web.calendar.feed_title", "Institution", cmp.Or(s.brand().Institution, "Budi"))
	feed := got.Calendar.Feed(p.now.Add(-feedBehind), p.now.Add(feedAhead), p.now, title, got.Sees, func(e calendar.Entry) string {
		name := p.entryName(e)
		if e.Kind == calendar.EntryMaintenance || e.Kind == calendar.EntryAssessment {
			name = p.T("web.calendar.kind."+string(e.Kind)) + ": " + name
		}
		return name
	})
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="budi.ics"`)
	_, err = w.Write(feed)
	if err != nil {
		return nil // whoever asked is gone
	}
	return nil
}

func (s *server) removeCalendarEntry(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := s.CalendarActions.RemoveCalendar(r.Context(), id); err != nil {
		return fmt.Errorf("remove %s from the calendar: %w", id, err)
	}
	s.done(w, r, "/calendar", "calendar.removed", id)
	return nil
}

func (s *server) restoreCalendarEntry(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	err := s.CalendarActions.RestoreCalendar(r.Context(), id)
	if problems := settings.Of(err); problems != nil {
		return fmt.Errorf("restore %s of the calendar: %w: %w", id, ErrRefused, err)
	}
	if err != nil {
		return fmt.Errorf("restore %s of the calendar: %w", id, err)
	}
	s.done(w, r, "/calendar", "calendar.restored", id)
	return nil
}

// calendarImportBody is what the template of the import gets.
type calendarImportBody struct {
	Form    form
	Preview bool
	Lines   []calendarImportLine
	Skipped int
	Right   int
	Sites   []option
}

// calendarImportLine is an event of a file.
type calendarImportLine struct {
	Name, When string
	Entry      string // JSON of what it would become; empty: it cannot be that
}

func (s *server) calendarImport(w http.ResponseWriter, r *http.Request) error {
	return s.showCalendarImport(w, r, http.StatusOK, calendarImportBody{Form: newForm("kind", string(calendar.KindPupils))})
}

func (s *server) showCalendarImport(w http.ResponseWriter, r *http.Request, code int, b calendarImportBody) error {
	got, err := s.Calendar.Calendar(r.Context())
	if err != nil {
		return fmt.Errorf("gather the calendar: %w", err)
	}
	p := s.page(r)
	p.Title = p.T("web.calendar.import")
	b.Sites = p.calendarSites(got, true)
	s.render(w, r, code, "calendarimport.html", p, b)
	return nil
}

// ImportedKinds lists what the events of a file can become.
func (w words) ImportedKinds() []option {
	var out []option
	for _, k := range []calendar.Kind{calendar.KindPupils, calendar.KindClosed, calendar.KindAssessment, calendar.KindMaintenance} {
		out = append(out, option{string(k), w.T("web.calendar.import." + string(k))})
	}
	return out
}

func (s *server) previewCalendarImport(w http.ResponseWriter, r *http.Request) error {
	data, err := readList(r, calendar.MaxFile)
	if err != nil {
		return err
	}
	p := s.page(r)
	b := calendarImportBody{Form: newForm("kind", clip(r.PostForm.Get("kind"), 20), "site", clip(r.PostForm.Get("site"), 100), "rooms", clip(r.PostForm.Get("rooms"), 1000))}
	events, more, err := calendar.ReadFile(data, p.loc)
	if errors.Is(err, calendar.ErrFile) {
		b.Form.Refuse("file", p.T("web.calendar.import.no_file"))
		return s.showCalendarImport(w, r, http.StatusUnprocessableEntity, b)
	}
	if err != nil {
		return fmt.Errorf("read a calendar: %w", err)
	}
	kind := calendar.Kind(b.Form.Values.Get("kind"))
	if kind == calendar.KindMaintenance && b.Form.Values.Get("site") == "" {
		b.Form.Refuse("site", p.T("web.calendar.choose_site"))
		return s.showCalendarImport(w, r, http.StatusUnprocessableEntity, b)
	}
	b.Preview, b.Skipped = true, more+max(0, len(events)-maxImported)
	for _, e := range events[:min(len(events), maxImported)] {
		line := calendarImportLine{Name: p.Foreign(e.Name), When: e.First.String()}
		switch {
		case e.AllDay && e.First != e.Last:
			line.When += " – " + e.Last.String()
		case !e.AllDay:
			line.When = e.From.String() + " – " + e.To.String()
		}
		if entry, ok := e.As(kind, b.Form.Values.Get("site"), names(b.Form.Values.Get("rooms"))); ok {
			if text, err := json.Marshal(entry); err == nil && len(text) < maxImportForms/maxImported {
				line.Entry = string(text)
				b.Right++
			}
		}
		b.Lines = append(b.Lines, line)
	}
	return s.showCalendarImport(w, r, http.StatusOK, b)
}

func (s *server) applyCalendarImport(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p := s.page(r)
	var all calendar.Config
	chosen := r.PostForm["entry"]
	for _, text := range chosen[:min(len(chosen), maxImported)] {
		var one calendar.Config
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			return errForm
		}
		all.Put(onlyEntries(one))
	}
	count := len(all.Days) + len(all.Assessments) + len(all.Maintenance)
	b := calendarImportBody{Form: newForm("kind", string(calendar.KindPupils))}
	if count == 0 {
		b.Form.Refuse("", p.T("web.calendar.import.none"))
		return s.showCalendarImport(w, r, http.StatusUnprocessableEntity, b)
	}
	err := s.CalendarActions.PutCalendar(r.Context(), all)
	if problems := settings.Of(err); problems != nil {
		p.refuseSettings(&b.Form, problems)
		return s.showCalendarImport(w, r, http.StatusUnprocessableEntity, b)
	}
	if err != nil {
		return fmt.Errorf("take over a calendar: %w", err)
	}
	s.done(w, r, "/calendar", "calendar.imported", strconv.Itoa(count))
	return nil
}

// onlyEntries takes what a form may carry: entries with IDs of ours, nothing
// removed.
func onlyEntries(c calendar.Config) calendar.Config {
	out := calendar.Config{Days: c.Days, Assessments: c.Assessments, Maintenance: c.Maintenance}
	out = out.InUse()
	out.Days = slices.DeleteFunc(out.Days, func(d calendar.SpecialDay) bool { return !calendar.ValidID(d.ID) })
	out.Assessments = slices.DeleteFunc(out.Assessments, func(a calendar.Assessment) bool { return !calendar.ValidID(a.ID) })
	out.Maintenance = slices.DeleteFunc(out.Maintenance, func(w calendar.Window) bool { return !calendar.ValidID(w.ID) })
	return out
}
