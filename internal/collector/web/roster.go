package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/fleet"
)

func rosterDoors() []door {
	admin := access.Administrator
	return []door{
		get("/settings/new-escalation", admin, (*server).newEscalation).whole(),
		post("/settings/new-escalation", admin, (*server).addEscalation).whole(),
		get("/settings/escalations/{id}", admin, (*server).escalation).whole(),
		post("/settings/escalations/{id}", admin, (*server).changeEscalation).whole(),
		post("/settings/escalations/{id}/remove", admin, (*server).removeEscalation).whole(),
		post("/settings/escalations/{id}/restore", admin, (*server).restoreEscalation).whole(),
	}
}

// HourChoices are the choices of when somebody is told; "own" asks for hours.
func (w words) HourChoices() []option {
	return []option{{"", w.T("web.hours.always")}, {calendar.Work, w.T("web.hours.work")}, {calendar.Off, w.T("web.hours.closed")}, {"own", w.T("web.hours.own")}}
}

// Hours says when somebody is told.
func (w words) Hours(h calendar.Hours) string {
	for _, o := range w.HourChoices() {
		if o.Value == h.String() {
			return o.Text
		}
	}
	return h.String()
}

// putHours fills in the fields that readHours reads.
func putHours(f *form, h calendar.Hours) {
	switch text := h.String(); text {
	case "", calendar.Always, calendar.Work, calendar.Off:
		f.Values.Set("hours", strings.TrimPrefix(text, calendar.Always))
	default:
		f.Values.Set("hours", "own")
		f.Values.Set("hours_own", text)
	}
}

// readHours reads the fields "hours" and "hours_own".
func (w words) readHours(f *form) calendar.Hours {
	text := f.Values.Get("hours")
	if text == "own" {
		text = cmp.Or(f.Values.Get("hours_own"), "-")
	}
	if text == "" {
		return calendar.Hours{}
	}
	hours, err := calendar.ParseHours(text)
	if err != nil {
		f.Refuse("hours_own", w.SettingsProblem(settings.New("hours", settings.CodeHours)))
	}
	return hours
}

// OutsideSeverities are the choices of what is told outside of somebody's hours.
func (w words) OutsideSeverities() []option {
	all := w.LeastSeverities()
	return []option{{"", w.T("web.contact.outside_nothing")}, all[2], all[1]}
}

// absenceRow is an absence in the form of a contact.
type absenceRow struct {
	Number           int
	From, To, Deputy string
}

// Absences are the rows of the form: those that are there, and one to fill in.
func (b contactBody) Absences() []absenceRow {
	v := b.Form.Values
	at := func(name string, i int) string {
		if i < len(v[name]) {
			return v[name][i]
		}
		return ""
	}
	var out []absenceRow
	for i := range min(len(v["absence_from"]), roster.MaxAbsences) {
		if row := (absenceRow{len(out) + 1, at("absence_from", i), at("absence_to", i), at("absence_deputy", i)}); row.From+row.To+row.Deputy != "" {
			out = append(out, row)
		}
	}
	return append(out, absenceRow{Number: len(out) + 1})
}

// More reports whether the folded part of the form says something.
func (b contactBody) More() bool {
	for name, values := range b.Form.Values {
		if slices.Contains([]string{"hours", "min_severity_outside", "sites", "deputy_only", "digest", "no_digest", "absence_from"}, name) && strings.Join(values, "") != "" {
			return true
		}
	}
	return len(b.Form.Wrong) > 0
}

// termsFields are the fields of the folded part about which something can be
// wrong.
func termsFields() []string {
	return []string{"hours", "hours_own", "min_severity_outside", "sites", "absences", "digest"}
}

// putTerms fills the folded part of the form.
func putTerms(f *form, t roster.Terms) {
	putHours(f, t.Hours)
	v := f.Values
	v.Set("min_severity_outside", t.MinSeverityOutside)
	v["sites"] = t.Sites
	if t.DeputyOnly {
		v.Set("deputy_only", "yes")
	}
	if t.Digest == roster.NoDigest {
		v.Set("no_digest", "yes")
	} else {
		v.Set("digest", string(t.Digest))
	}
	for _, a := range t.Absences {
		v.Add("absence_from", a.From.String())
		v.Add("absence_to", a.To.String())
		v.Add("absence_deputy", a.Deputy)
	}
}

// readTerms reads the folded part of a contact's form.
func (w words) readTerms(r *http.Request, f *form) roster.Terms {
	for name, most := range map[string]int{"hours": 1, "hours_own": 1, "min_severity_outside": 1, "deputy_only": 1, "digest": 1, "no_digest": 1,
		"sites": roster.MaxSites, "absence_from": roster.MaxAbsences + 1, "absence_to": roster.MaxAbsences + 1, "absence_deputy": roster.MaxAbsences + 1} {
		for _, value := range r.PostForm[name][:min(len(r.PostForm[name]), most)] {
			f.Values.Add(name, clipRunes(strings.TrimSpace(value), settings.MaxName))
		}
	}
	v := f.Values
	t := roster.Terms{Hours: w.readHours(f), MinSeverityOutside: v.Get("min_severity_outside"), Sites: v["sites"], DeputyOnly: v.Get("deputy_only") != "", Digest: roster.Digest(v.Get("digest"))}
	if v.Get("no_digest") != "" {
		t.Digest = roster.NoDigest
	}
	rows := contactBody{Form: *f}.Absences()
	for _, row := range rows[:len(rows)-1] {
		a := roster.Absence{Deputy: row.Deputy}
		if errors.Join(a.From.UnmarshalText([]byte(row.From)), a.To.UnmarshalText([]byte(row.To))) != nil {
			f.Refuse("absences", w.SettingsProblem(settings.New("absences", settings.CodeAbsence)))
		}
		t.Absences = append(t.Absences, a)
	}
	return t
}

// escalationBody is what the template of an escalation's form gets.
type escalationBody struct {
	Form     form
	Was      string // its name; "": a new one
	Contacts []string
}

// Path is where the form leads to.
func (b escalationBody) Path() string {
	if b.Was == "" {
		return "/settings/new-escalation"
	}
	return escalationPath(b.Was)
}

func escalationPath(name string) string { return "/settings/escalations/" + url.PathEscape(name) }

// Path is where an escalation of the console is edited.
func (e EscalationRow) Path() string { return escalationPath(e.Name) }

// Has reports whether a box of a list is ticked.
func (b escalationBody) Has(list, value string) bool {
	return slices.Contains(b.Form.Values[list], value)
}

// AfterChoices are the choices of how long nobody may acknowledge, and the one
// that was chosen.
func (w words) AfterChoices(f form) []option {
	times := []time.Duration{10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 24 * time.Hour}
	if d, err := time.ParseDuration(f.Values.Get("after")); err == nil && !slices.Contains(times, d) {
		times = append(times, d)
		slices.Sort(times)
	}
	var out []option
	for _, d := range times {
		out = append(out, option{d.String(), w.Length(d)})
	}
	return out
}

// ClassNames names classes of devices, in one line.
func (w words) ClassNames(classes []fleet.Class) string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = w.Class(c)
	}
	return strings.Join(names, ", ")
}

func (s *server) newEscalation(w http.ResponseWriter, r *http.Request) error {
	return s.showEscalation(w, r, http.StatusOK, escalationBody{Form: newForm("after", (30 * time.Minute).String())})
}

func (s *server) showEscalation(w http.ResponseWriter, r *http.Request, code int, b escalationBody) error {
	set, err := s.Settings.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("gather the settings: %w", err)
	}
	for _, c := range set.Contacts {
		b.Contacts = append(b.Contacts, c.Name)
	}
	p := s.page(r)
	p.Title = p.T("web.escalation.new")
	if b.Was != "" {
		p.Title = p.T("web.escalation.edit", "Name", p.Foreign(b.Was))
	}
	s.render(w, r, code, "escalation.html", p, b)
	return nil
}

func (s *server) escalation(w http.ResponseWriter, r *http.Request) error {
	set, err := s.Settings.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("gather the settings: %w", err)
	}
	i := slices.IndexFunc(set.Escalations, func(e EscalationRow) bool { return e.Name == r.PathValue("id") })
	if i < 0 || set.EscalationInFile {
		return ErrNotFound
	}
	e := set.Escalations[i]
	f := newForm("name", e.Name, "after", e.After.String(), "min_severity", e.MinSeverity)
	putHours(&f, e.Hours)
	f.Values["to"] = e.To
	for _, c := range e.Classes {
		f.Values.Add("classes", string(c))
	}
	s.page(r).refuseSettings(&f, e.Wrong, escalationFields()...)
	return s.showEscalation(w, r, http.StatusOK, escalationBody{Form: f, Was: e.Name})
}

func escalationFields() []string {
	return []string{"name", "after", "to", "classes", "min_severity", "hours_own"}
}

func (s *server) addEscalation(w http.ResponseWriter, r *http.Request) error {
	return s.putEscalation(w, r, "")
}

func (s *server) changeEscalation(w http.ResponseWriter, r *http.Request) error {
	return s.putEscalation(w, r, r.PathValue("id"))
}

func (s *server) putEscalation(w http.ResponseWriter, r *http.Request, was string) error {
	if err := readForm(r); err != nil {
		return err
	}
	p, f := s.page(r), form{Values: url.Values{}}
	for name, most := range map[string]int{"name": 1, "after": 1, "min_severity": 1, "hours": 1, "hours_own": 1, "to": roster.MaxTo + 1, "classes": len(fleet.Classes())} {
		for _, value := range r.PostForm[name][:min(len(r.PostForm[name]), most)] {
			f.Values.Add(name, clipRunes(strings.TrimSpace(value), settings.MaxName))
		}
	}
	e := roster.Escalation{Name: f.Values.Get("name"), To: f.Values["to"], MinSeverity: f.Values.Get("min_severity"), Hours: p.readHours(&f)}
	for _, c := range f.Values["classes"] {
		e.Classes = append(e.Classes, fleet.Class(c))
	}
	e.After, _ = time.ParseDuration(f.Values.Get("after")) // what is none is refused below
	if f.OK() {
		err := s.SettingsActions.PutEscalation(r.Context(), was, e)
		problems := settings.Of(err)
		switch {
		case err == nil && was == "":
			s.done(w, r, "/settings#escalation", "escalation.added", "")
			return nil
		case err == nil:
			s.done(w, r, "/settings#escalation", "escalation.changed", "")
			return nil
		case problems == nil:
			return fmt.Errorf("change an escalation: %w", err)
		}
		p.refuseSettings(&f, problems, escalationFields()...)
	}
	return s.showEscalation(w, r, http.StatusUnprocessableEntity, escalationBody{Form: f, Was: was})
}

func (s *server) removeEscalation(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("id")
	if err := s.SettingsActions.RemoveEscalation(r.Context(), name); err != nil {
		return fmt.Errorf("remove an escalation: %w", err)
	}
	s.done(w, r, "/settings#escalation", "escalation.removed", name)
	return nil
}

func (s *server) restoreEscalation(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("id")
	err := s.SettingsActions.RestoreEscalation(r.Context(), name)
	if problems := settings.Of(err); problems != nil {
		return fmt.Errorf("restore an escalation: %w: %w", ErrRefused, err)
	}
	if err != nil {
		return fmt.Errorf("restore an escalation: %w", err)
	}
	s.done(w, r, "/settings#escalation", "escalation.restored", name)
	return nil
}
