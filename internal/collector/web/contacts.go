package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/settings"
)

// contactBody is what the template of a contact's form gets.
type contactBody struct {
	Form      form
	Was       string // the contact's name; "": a new one
	Receivers []option
	Step      int // of the guide; 0: the settings
	Sites     []siteBox
	Others    []string // who can stand in
}

// Path is where the form leads to.
func (b contactBody) Path() string {
	if b.Was == "" {
		return "/settings/new-contact"
	}
	return contactPath(b.Was)
}

func contactPath(name string) string { return "/settings/contacts/" + url.PathEscape(name) }

// Path is where a contact of the console is edited.
func (c ContactRow) Path() string { return contactPath(c.Name) }

func (s *server) newContact(w http.ResponseWriter, r *http.Request) error {
	return s.showContact(w, r, http.StatusOK, contactBody{Step: stepOf(r)})
}

func (s *server) showContact(w http.ResponseWriter, r *http.Request, code int, b contactBody) error {
	set, err := s.Settings.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("gather the settings: %w", err)
	}
	for _, c := range set.Contacts {
		if c.Name != b.Was {
			b.Others = append(b.Others, c.Name)
		}
	}
	sites, err := s.People.Sites(r.Context())
	if err != nil {
		return fmt.Errorf("read the sites: %w", err)
	}
	if len(sites) > 1 || len(b.Form.Values["sites"]) > 0 {
		b.Sites = chooseSites(sites, b.Form).Boxes
	}
	p := s.page(r)
	if len(set.Receivers) > 0 {
		b.Receivers = append(b.Receivers, option{"", p.T("web.contact.by_mail")})
		for _, name := range set.Receivers {
			b.Receivers = append(b.Receivers, option{name, p.Foreign(name)})
		}
	}
	p.Title = p.T("web.contact.new")
	if b.Was != "" {
		p.Title = p.T("web.contact.edit", "Name", p.Foreign(b.Was))
	}
	s.render(w, r, code, "contact.html", p, b)
	return nil
}

// readContact reads the form of a contact.
func (w words) readContact(r *http.Request) (settings.Contact, form, error) {
	if err := readForm(r); err != nil {
		return settings.Contact{}, form{}, err
	}
	f := form{Values: url.Values{}}
	value := func(name string) string {
		v := clipRunes(strings.TrimSpace(r.PostForm.Get(name)), 254)
		f.Values.Set(name, v)
		return v
	}
	c := settings.Contact{Name: value("name"), Email: value("email"), Receiver: value("receiver"), Language: value("language"), MinSeverity: value("min_severity")}
	c.Terms = w.readTerms(r, &f)
	// The guide asks for an address only.
	if c.Name == "" && stepOf(r) > 0 {
		c.Name, _, _ = strings.Cut(c.Email, "@")
	}
	return c, f, nil
}

func (s *server) addContact(w http.ResponseWriter, r *http.Request) error {
	c, f, err := s.page(r).readContact(r)
	if err != nil {
		return err
	}
	return s.putContact(w, r, "", c, f)
}

func (s *server) changeContact(w http.ResponseWriter, r *http.Request) error {
	c, f, err := s.page(r).readContact(r)
	if err != nil {
		return err
	}
	return s.putContact(w, r, r.PathValue("id"), c, f)
}

func (s *server) putContact(w http.ResponseWriter, r *http.Request, was string, c settings.Contact, f form) error {
	step := stepOf(r)
	if !f.OK() {
		return s.showContact(w, r, http.StatusUnprocessableEntity, contactBody{Form: f, Was: was, Step: step})
	}
	err := s.SettingsActions.PutContact(r.Context(), was, c)
	switch problems := settings.Of(err); {
	case problems != nil:
		s.page(r).refuseSettings(&f, problems, contactFields()...)
		return s.showContact(w, r, http.StatusUnprocessableEntity, contactBody{Form: f, Was: was, Step: step})
	case errors.Is(err, ErrNotFound):
		return err
	case err != nil:
		return fmt.Errorf("change a contact: %w", err)
	case was == "":
		s.done(w, r, back(step, 2, "contacts"), "contact.added", c.Name)
	default:
		s.done(w, r, "/settings#contacts", "contact.changed", c.Name)
	}
	return nil
}

func contactFields() []string {
	return append([]string{"name", "email", "receiver", "language", "min_severity"}, termsFields()...)
}

// contact shows the form of a contact of the console.
func (s *server) contact(w http.ResponseWriter, r *http.Request) error {
	set, err := s.Settings.Settings(r.Context())
	if err != nil {
		return fmt.Errorf("gather the settings: %w", err)
	}
	i := slices.IndexFunc(set.Contacts, func(c ContactRow) bool { return c.Name == r.PathValue("id") && !c.InFile })
	if i < 0 {
		return ErrNotFound
	}
	c := set.Contacts[i]
	f := newForm("name", c.Name, "email", c.Email, "receiver", c.Receiver, "language", c.Language, "min_severity", c.MinSeverity)
	putTerms(&f, c.Terms)
	s.page(r).refuseSettings(&f, c.Wrong, contactFields()...)
	return s.showContact(w, r, http.StatusOK, contactBody{Form: f, Was: c.Name})
}

func (s *server) removeContact(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("id")
	err := s.SettingsActions.RemoveContact(r.Context(), name)
	if problems := settings.Of(err); problems != nil { // others name this contact
		return s.showSettings(w, r, http.StatusUnprocessableEntity, 0, func(b *settingsBody) {
			s.page(r).refuseSettings(&b.Contact, problems)
		})
	}
	if err != nil {
		return fmt.Errorf("remove a contact: %w", err)
	}
	s.done(w, r, "/settings#contacts", "contact.removed", name)
	return nil
}

func (s *server) restoreContact(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("id")
	err := s.SettingsActions.RestoreContact(r.Context(), name)
	if problems := settings.Of(err); problems != nil {
		return fmt.Errorf("restore a contact: %w: %w", ErrRefused, err)
	}
	if err != nil {
		return fmt.Errorf("restore a contact: %w", err)
	}
	s.done(w, r, "/settings#contacts", "contact.restored", name)
	return nil
}

// LeastSeverities are the choices of what a contact is told of at least.
func (w words) LeastSeverities() []option {
	return []option{{"", w.T("web.contact.all")}, {string(incident.Warning), w.T("web.contact.warning")}, {string(incident.Critical), w.T("web.contact.critical")}}
}

// LeastSeverity says what a contact is told of.
func (w words) LeastSeverity(severity string) string {
	switch incident.Severity(severity) {
	case incident.Warning:
		return w.T("web.contact.warning")
	case incident.Critical:
		return w.T("web.contact.critical")
	default:
		return w.T("web.contact.all")
	}
}

// ContactWay is how a contact is told.
func (w words) ContactWay(c ContactRow) string {
	return w.Foreign(cmp.Or(c.Email, c.Receiver))
}

// TermsSay says in a line each when and of what else a contact is told.
func (w words) TermsSay(c ContactRow) []string {
	var out []string
	if !c.Hours.IsZero() {
		out = append(out, w.Hours(c.Hours))
	}
	if c.MinSeverityOutside != "" {
		out = append(out, w.T("web.contact.outside")+": "+w.LeastSeverity(c.MinSeverityOutside))
	}
	if len(c.Sites) > 0 {
		out = append(out, w.T("web.contact.sites")+": "+strings.Join(c.Sites, ", "))
	}
	if c.DeputyOnly {
		out = append(out, w.T("web.contact.deputy_only"))
	}
	if c.Instead != "" {
		out = append(out, w.T("web.contact.away", "To", c.AwayTo, "Deputy", c.Instead))
	}
	return out
}
