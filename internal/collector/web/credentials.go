package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
)

// credentialDoors are the routes of what devices of a subnet want to know before
// they answer. They concern the whole installation.
func credentialDoors() []door {
	return []door{
		get("/credentials", access.Administrator, (*server).credentials).whole(),
		get("/credentials/new", access.Administrator, (*server).newCredential).whole(),
		post("/credentials/new", access.Administrator, (*server).addCredential).whole(),
		get("/credentials/edit", access.Administrator, (*server).credentialForm).whole(),
		post("/credentials/edit", access.Administrator, (*server).editCredential).whole(),
		post("/credentials/remove", access.Administrator, (*server).dropCredential).whole(),
	}
}

// credentialsBody is what the template of the list gets.
type credentialsBody struct {
	Rows  []CredentialRow
	Wrong string // why one was not removed
}

// credentialBody is what the template of the form gets.
type credentialBody struct {
	PolledChoices
	Form form
	Name string // of one that is there; "": a new one
	Has  AccessHas
}

func credentialFields() []string { return append(accessFields(), fieldName, fieldSubnets) }

func (s *server) credentials(w http.ResponseWriter, r *http.Request) error {
	return s.showCredentials(w, r, http.StatusOK, "")
}

func (s *server) showCredentials(w http.ResponseWriter, r *http.Request, code int, wrong string) error {
	rows, err := s.Polled.Credentials(r.Context())
	if err != nil {
		return fmt.Errorf("list credentials: %w", err)
	}
	p := s.page(r)
	p.Title, p.Path = p.T("web.polled.credentials"), "/devices/credentials"
	s.render(w, r, code, "credentials.html", p, credentialsBody{rows[:min(len(rows), settings.MaxCredentials)], wrong})
	return nil
}

// CredentialPath is the page on which a credential is changed: a name may be any
// text.
func (words) CredentialPath(name string) string {
	return "/credentials/edit?" + url.Values{"name": {name}}.Encode()
}

// AccessText says which secrets there are, and never one.
func (w words) AccessText(c CredentialRow) string {
	var out []string
	switch {
	case c.SNMP.User != "":
		out = append(out, w.T("web.polled.has_user", "User", w.Brief(c.SNMP.User)))
	case c.Has.Community:
		out = append(out, w.T("web.polled.has_community"))
	}
	if c.Has.Password {
		out = append(out, w.T("web.polled.has_password"))
	}
	return strings.Join(out, ", ")
}

func (s *server) newCredential(w http.ResponseWriter, r *http.Request) error {
	return s.showCredential(w, r, http.StatusOK, credentialBody{Form: newForm()})
}

func (s *server) showCredential(w http.ResponseWriter, r *http.Request, code int, b credentialBody) error {
	var err error
	if b.PolledChoices, err = s.Polled.PolledChoices(r.Context()); err != nil {
		return fmt.Errorf("list what a device can be asked with: %w", err)
	}
	p := s.page(r)
	p.Path = "/devices/credentials"
	if p.Title = p.T("web.polled.credential_new"); b.Name != "" {
		p.Title = p.T("web.polled.edit_title", "Name", p.Brief(b.Name))
	}
	s.render(w, r, code, "credential.html", p, b)
	return nil
}

// credentialOf finds the credential that a request names.
func (s *server) credentialOf(r *http.Request, name string) (CredentialRow, error) {
	rows, err := s.Polled.Credentials(r.Context())
	if err != nil {
		return CredentialRow{}, fmt.Errorf("list credentials: %w", err)
	}
	i := slices.IndexFunc(rows, func(c CredentialRow) bool { return c.Name == name })
	if i < 0 || name == "" {
		return CredentialRow{}, ErrNotFound
	}
	return rows[i], nil
}

func (s *server) credentialForm(w http.ResponseWriter, r *http.Request) error {
	c, err := s.credentialOf(r, clip(r.URL.Query().Get("name"), 4*maxWord))
	if err != nil {
		return err
	}
	f := newForm(fieldName, c.Name, fieldSubnets, strings.Join(c.Subnets, "\n"))
	accessForm(&f, c.Access)
	code := http.StatusOK
	if c.File != "" {
		f.Refuse("", s.page(r).inFile(c.Name, c.File))
		code = http.StatusUnprocessableEntity
	}
	return s.showCredential(w, r, code, credentialBody{Form: f, Name: c.Name, Has: c.Has})
}

func (s *server) addCredential(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	name := strings.TrimSpace(clip(r.PostForm.Get(fieldName), 4*maxWord))
	b := credentialBody{}
	if _, err := s.credentialOf(r, name); err == nil {
		b.Form = typedForm(r)
		b.Form.Refuse(fieldName, s.page(r).T("web.polled.credential_taken"))
		return s.showCredential(w, r, http.StatusUnprocessableEntity, b)
	}
	return s.putCredential(w, r, b, name, false)
}

func (s *server) editCredential(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	c, err := s.credentialOf(r, clip(r.PostForm.Get("of"), 4*maxWord))
	if err != nil {
		return err
	}
	return s.putCredential(w, r, credentialBody{Name: c.Name, Has: c.Has}, c.Name, r.PostForm.Get("forget") == "")
}

func (s *server) putCredential(w http.ResponseWriter, r *http.Request, b credentialBody, name string, keep bool) error {
	c := settings.Credential{Name: name, Subnets: things(clip(strings.ReplaceAll(r.PostForm.Get(fieldSubnets), "\r", ""), maxCheckTexts)), Access: readAccess(r)}
	b.Form = typedForm(r)
	err := s.PolledActions.PutCredential(r.Context(), c, keep)
	if problems := settings.Of(err); len(problems) > 0 {
		s.page(r).refuseSettings(&b.Form, problems, credentialFields()...)
		return s.showCredential(w, r, http.StatusUnprocessableEntity, b)
	}
	if err != nil {
		return fmt.Errorf("keep credentials: %w", err)
	}
	s.done(w, r, "/credentials", "credential.kept", name)
	return nil
}

func (s *server) dropCredential(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	name := clip(r.PostForm.Get("name"), 4*maxWord)
	err := s.PolledActions.DropCredential(r.Context(), name)
	if problems := settings.Of(err); len(problems) > 0 {
		return s.showCredentials(w, r, http.StatusUnprocessableEntity, s.page(r).SettingsProblem(problems[0]))
	}
	if err != nil {
		return fmt.Errorf("remove credentials: %w", err)
	}
	s.done(w, r, "/credentials", "credential.removed", name)
	return nil
}
