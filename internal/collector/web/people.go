package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// peopleDoors are about accounts, API tokens and the record: all of them concern
// the whole installation. The reader's own page is everybody's.
func peopleDoors() []door {
	return []door{
		get("/people", access.Administrator, (*server).people).whole(),
		get("/people/new", access.Administrator, (*server).newPersonForm).whole(),
		post("/people", access.Administrator, (*server).addPerson).whole(),
		get("/people/{id}/edit", access.Administrator, (*server).personForm).whole(),
		post("/people/{id}/edit", access.Administrator, (*server).editPerson).whole(),
		post("/people/{id}/disable", access.Administrator, (*server).disablePerson).whole(),
		post("/people/{id}/enable", access.Administrator, (*server).enablePerson).whole(),
		post("/people/{id}/remove", access.Administrator, (*server).removePerson).whole(),
		post("/people/{id}/invite", access.Administrator, (*server).invitePerson).whole(),
		post("/people/{id}/password", access.Administrator, (*server).setPersonPassword).whole(),
		post("/people/{id}/sessions", access.Administrator, (*server).endPersonSessions).whole(),

		get("/tokens", access.Administrator, (*server).apiTokens).whole(),
		post("/tokens", access.Administrator, (*server).addAPIToken).whole(),
		post("/tokens/{id}/revoke", access.Administrator, (*server).revokeAPIToken).whole(),

		get("/audit", access.Administrator, (*server).auditRecord).whole(),

		get("/me", access.Viewer, (*server).me).own(),
		post("/me", access.Viewer, (*server).editMe).own(),
		post("/me/password", access.Viewer, (*server).changeMyPassword).own(),
		post("/me/sessions", access.Viewer, (*server).endMySessions).own(),
		get("/invite", "", (*server).inviteForm),
		post("/invite", "", (*server).acceptInvite),
	}
}

// asker is who a request comes from; behind doors that need a role there is
// always somebody.
func asker(r *http.Request) access.Identity {
	id, _ := access.FromContext(r.Context())
	return id
}

// sites lists the sites to choose from.
func (s *server) sites(r *http.Request) ([]Site, error) {
	sites, err := s.People.Sites(r.Context())
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	return sites, nil
}

// siteChoice is the part of a form that says which sites somebody sees.
type siteChoice struct {
	Whole string // "yes", "no", or "" when nothing is chosen yet
	Boxes []siteBox
	Wrong string
	Only  bool // there is no choice of all sites
}

type siteBox struct {
	Site
	Chosen bool
}

// chooseSites makes the choice from what was chosen before. Sites that are
// chosen are there whether or not they are known still: what is not shown would
// be taken away by whoever changes something else.
func chooseSites(all []Site, f form) siteChoice {
	c := siteChoice{Whole: f.Values.Get("whole"), Wrong: f.Wrong["sites"]}
	chosen := f.Values["sites"]
	shown := map[string]bool{}
	for _, id := range chosen[:min(len(chosen), 1000)] {
		if shown[id] {
			continue
		}
		shown[id] = true
		site := Site{ID: clip(id, maxWord)}
		if i := slices.IndexFunc(all, func(s Site) bool { return s.ID == id }); i >= 0 {
			site = all[i]
		}
		c.Boxes = append(c.Boxes, siteBox{site, true})
	}
	for _, site := range all[:min(len(all), maxSiteBoxes)] {
		if !shown[site.ID] {
			c.Boxes = append(c.Boxes, siteBox{site, false})
		}
	}
	return c
}

// chosenSites reads the choice. Nothing chosen is a mistake and not "all".
func (p *page) chosenSites(f *form) []string {
	switch sites := f.Values["sites"]; {
	case f.Values.Get("whole") == "yes":
		return nil
	case len(sites) == 0:
		f.Refuse("sites", p.T("web.people.sites_none"))
		return []string{}
	default:
		return sites
	}
}

// refuse puts what access said beside the fields; false when err is about
// something else.
func (p *page) refuse(f *form, err error) bool {
	switch problems := access.Problems(err); {
	case len(problems) > 0:
		for _, problem := range problems {
			f.Refuse(problem.Field, p.T("access.invalid."+problem.Code, "Min", access.MinPassword))
		}
	case errors.Is(err, access.ErrExists):
		f.Refuse("login", p.T("web.people.exists"))
	case errors.Is(err, access.ErrFull):
		f.Refuse("", p.T("web.people.full"))
	case errors.Is(err, access.ErrLastOne):
		f.Refuse("", p.T("web.error.last_one.text"))
	case errors.Is(err, access.ErrElsewhere):
		f.Refuse("", p.T("web.error.elsewhere.text"))
	default:
		return false
	}
	return true
}

// RoleName writes a role.
func (w words) RoleName(r access.Role) string { return w.T("web.role." + string(r)) }

func (w words) roleOptions(roles []access.Role) []option {
	var out []option
	for _, r := range roles {
		out = append(out, option{string(r), w.RoleName(r) + ": " + w.T("web.role.may."+string(r))})
	}
	return out
}

func languageOptions() []option {
	var out []option
	for _, l := range languages() {
		out = append(out, option{string(l.Lang), l.Name})
	}
	return out
}

// SiteNames names sites in one line; none means all.
func (w words) SiteNames(ids []string, all []Site) string {
	if len(ids) == 0 {
		return w.T("web.people.whole")
	}
	var names []string
	for _, id := range ids[:min(len(ids), 5)] {
		name := id
		if i := slices.IndexFunc(all, func(s Site) bool { return s.ID == id }); i >= 0 {
			name = w.SiteName(all[i])
		}
		names = append(names, name)
	}
	if len(ids) > len(names) {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// PersonBadge tells how an account is.
func (w words) PersonBadge(u access.User) badge {
	switch {
	case u.Disabled:
		return badge{"unknown", "–", w.T("web.people.disabled")}
	case u.LastLogin.IsZero() && u.InviteEnds.After(w.now):
		return badge{"info", "…", w.T("web.people.invited")}
	default:
		return badge{"good", "✓", w.T("web.people.active")}
	}
}

// peopleBody is what the template of the list of people gets.
type peopleBody struct {
	Text   string
	People []access.User
	Sites  []Site
	Pages  pager
}

func (s *server) people(w http.ResponseWriter, r *http.Request) error {
	users, err := s.Access.Users(r.Context())
	if err != nil {
		return err
	}
	sites, err := s.sites(r)
	if err != nil {
		return err
	}
	p := s.page(r)
	p.Title = p.T("web.page.people")
	b := peopleBody{Text: clip(strings.TrimSpace(r.URL.Query().Get("q")), MaxFilter), Sites: sites}
	words := strings.Fields(strings.ToLower(b.Text))
	users = slices.DeleteFunc(users, func(u access.User) bool {
		text := strings.ToLower(strings.Join([]string{u.Login, u.Name, string(u.Role), p.RoleName(u.Role), p.SiteNames(u.Sites, sites)}, " "))
		return slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
	})
	number := pageNumber(r.URL.Query().Get("page"))
	from := min((number-1)*maxPeople, len(users))
	b.People = users[from:min(from+maxPeople, len(users))]
	b.Pages = pages("/people", url.Values{"q": {b.Text}}, number, len(b.People), len(users))
	s.render(w, r, http.StatusOK, "people.html", p, b)
	return nil
}

// PathOf writes an account, or a token, as part of an address.
func (w words) PathOf(name string) string { return url.PathEscape(name) }

// personBody is what the template of one account gets.
type personBody struct {
	New       bool
	User      access.User
	Form      form
	Choice    siteChoice
	Roles     []option
	Languages []option
	Password  form // of the form that sets a password
	Sessions  []access.SessionInfo
	Me        bool // it is the reader's own
}

func (s *server) showPerson(w http.ResponseWriter, r *http.Request, code int, p *page, b personBody) error {
	sites, err := s.sites(r)
	if err != nil {
		return err
	}
	b.Choice = chooseSites(sites, b.Form)
	b.Roles, b.Languages = p.roleOptions(access.Roles()), languageOptions()
	p.Title = p.T("web.people.new")
	if !b.New {
		me := asker(r)
		b.Me = me.Kind == access.KindUser && me.Login == b.User.Login
		if b.Sessions, err = s.Access.Sessions(r.Context(), b.User.Login, s.Access.SessionValue(r)); err != nil {
			return err
		}
		p.Title = b.User.Name
	}
	s.render(w, r, code, "person.html", p, b)
	return nil
}

func (s *server) newPersonForm(w http.ResponseWriter, r *http.Request) error {
	f := newForm("role", string(access.Viewer), "language", string(s.Lang), "whole", "yes", "how", "link")
	return s.showPerson(w, r, http.StatusOK, s.page(r), personBody{New: true, Form: f})
}

func (s *server) addPerson(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p, f := s.page(r), form{Values: r.PostForm}
	n := access.NewUser{
		Login: f.Values.Get("login"), Name: f.Values.Get("name"), Lang: i18n.Lang(f.Values.Get("language")),
		Role: access.Role(f.Values.Get("role")), Sites: p.chosenSites(&f),
	}
	byLink := f.Values.Get("how") != "password"
	if !byLink {
		n.Password = secret.New(f.Values.Get("password"))
		if n.Password.IsZero() {
			f.Refuse("password", p.T("access.invalid.password_short", "Min", access.MinPassword))
		}
	}
	var u access.User
	if f.OK() {
		var err error
		if u, err = s.Access.CreateUser(r.Context(), asker(r), n); err != nil && !p.refuse(&f, err) {
			return err
		}
	}
	switch {
	case !f.OK():
		return s.showPerson(w, r, http.StatusUnprocessableEntity, p, personBody{New: true, Form: f})
	case byLink:
		return s.showInvite(w, r, u)
	}
	s.done(w, r, "/people", "person.added", u.Login)
	return nil
}

// onceBody is what the template gets that shows a secret this one time.
type onceBody struct {
	Intro, Text string
	Ends        string // until when it works
	Back        string // where to go on
	BackText    string
}

// showInvite makes a link to choose a password and shows it: there is no address
// at which it could be seen again.
func (s *server) showInvite(w http.ResponseWriter, r *http.Request, u access.User) error {
	value, until, err := s.Access.Invite(r.Context(), asker(r), u.Login)
	if err != nil {
		return err
	}
	p := s.page(r)
	p.Title = p.T("web.people.link_title", "Name", u.Name)
	s.render(w, r, http.StatusOK, "once.html", p, onceBody{
		Intro: p.T("web.people.link_intro", "Name", u.Name), Text: s.address(r) + "/invite?" + url.Values{"token": {value.Reveal()}}.Encode(),
		Ends: p.T("web.people.link_ends", "Time", p.Time(until)), Back: "/people", BackText: p.T("web.page.people"),
	})
	return nil
}

// address is how people reach the console, without a slash at its end.
func (s *server) address(r *http.Request) string {
	if external := s.brand().ExternalURL; external != "" {
		return strings.TrimRight(external, "/")
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// person reads the account that a request is about.
func (s *server) person(r *http.Request) (access.User, error) {
	return s.Access.User(r.Context(), clip(r.PathValue("id"), maxLoginName))
}

// formOf is the form of an account as it is.
func formOf(u access.User) form {
	f := newForm("name", u.Name, "language", string(u.Lang), "role", string(u.Role), "whole", "yes")
	if !u.Whole() {
		f.Values["whole"], f.Values["sites"] = []string{"no"}, u.Sites
	}
	return f
}

func (s *server) personForm(w http.ResponseWriter, r *http.Request) error {
	u, err := s.person(r)
	if err != nil {
		return err
	}
	return s.showPerson(w, r, http.StatusOK, s.page(r), personBody{User: u, Form: formOf(u)})
}

func (s *server) editPerson(w http.ResponseWriter, r *http.Request) error {
	u, err := s.person(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	p, f := s.page(r), form{Values: r.PostForm}
	change := access.UserChange{Lang: new(i18n.Lang(f.Values.Get("language")))}
	if u.Provider == "" { // the provider decides about the rest
		change.Name, change.Role = new(f.Values.Get("name")), new(access.Role(f.Values.Get("role")))
		change.Sites = new(p.chosenSites(&f))
	}
	if f.OK() {
		if _, err := s.Access.EditUser(r.Context(), asker(r), u.Login, change); err != nil && !p.refuse(&f, err) {
			return err
		}
	}
	if !f.OK() {
		return s.showPerson(w, r, http.StatusUnprocessableEntity, p, personBody{User: u, Form: f})
	}
	s.done(w, r, "/people", "person.changed", u.Login)
	return nil
}

func (s *server) disablePerson(w http.ResponseWriter, r *http.Request) error {
	return s.turnPerson(w, r, true, "person.disabled")
}

func (s *server) enablePerson(w http.ResponseWriter, r *http.Request) error {
	return s.turnPerson(w, r, false, "person.enabled")
}

func (s *server) turnPerson(w http.ResponseWriter, r *http.Request, disabled bool, did string) error {
	u, err := s.person(r)
	if err != nil {
		return err
	}
	if _, err := s.Access.EditUser(r.Context(), asker(r), u.Login, access.UserChange{Disabled: &disabled}); err != nil {
		return err
	}
	s.done(w, r, "/people", did, u.Login)
	return nil
}

func (s *server) removePerson(w http.ResponseWriter, r *http.Request) error {
	u, err := s.person(r)
	if err != nil {
		return err
	}
	if err := s.Access.RemoveUser(r.Context(), asker(r), u.Login); err != nil {
		return err
	}
	s.done(w, r, "/people", "person.removed", u.Login)
	return nil
}

func (s *server) invitePerson(w http.ResponseWriter, r *http.Request) error {
	u, err := s.person(r)
	if err != nil {
		return err
	}
	return s.showInvite(w, r, u)
}

func (s *server) setPersonPassword(w http.ResponseWriter, r *http.Request) error {
	u, err := s.person(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	p, f := s.page(r), form{}
	if err := s.Access.SetPassword(r.Context(), asker(r), u.Login, secret.New(r.PostForm.Get("password"))); err != nil && !p.refuse(&f, err) {
		return err
	}
	if !f.OK() {
		return s.showPerson(w, r, http.StatusUnprocessableEntity, p, personBody{User: u, Form: formOf(u), Password: f})
	}
	s.done(w, r, "/people/"+url.PathEscape(u.Login)+"/edit", "person.password", u.Login)
	return nil
}

func (s *server) endPersonSessions(w http.ResponseWriter, r *http.Request) error {
	u, err := s.person(r)
	if err != nil {
		return err
	}
	if err := s.endSessions(r, u.Login); err != nil {
		return err
	}
	s.done(w, r, "/people/"+url.PathEscape(u.Login)+"/edit#sessions", "sessions.ended", u.Login)
	return nil
}

// endSessions ends the session that a form names, or without one all of the
// account but the one that asks.
func (s *server) endSessions(r *http.Request, login string) error {
	if err := readForm(r); err != nil {
		return err
	}
	if id := r.PostForm.Get("session"); id != "" {
		err := s.Access.EndSession(r.Context(), asker(r), login, clip(id, maxWord))
		if errors.Is(err, access.ErrNotFound) {
			return nil // it is over, which is what was wanted
		}
		return err
	}
	return s.Access.EndSessions(r.Context(), asker(r), login, s.Access.SessionValue(r))
}
