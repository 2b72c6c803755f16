package web

import (
	"errors"
	"net/http"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// meBody is what the template of the reader's own page gets.
type meBody struct {
	User      access.User
	Sites     []Site
	Form      form
	Password  form
	Languages []option
	Sessions  []access.SessionInfo
}

// myself is the reader's account; who comes through the doors has one.
func (s *server) myself(r *http.Request) (access.User, error) {
	return s.Access.User(r.Context(), asker(r).Login)
}

func (s *server) me(w http.ResponseWriter, r *http.Request) error {
	u, err := s.myself(r)
	if err != nil {
		return err
	}
	return s.showMe(w, r, http.StatusOK, meBody{User: u, Form: formOf(u)})
}

func (s *server) showMe(w http.ResponseWriter, r *http.Request, code int, b meBody) error {
	p := s.page(r)
	p.Title = p.T("web.me.title")
	var err error
	if b.Sites, err = s.sites(r); err != nil {
		return err
	}
	if b.Sessions, err = s.Access.Sessions(r.Context(), b.User.Login, s.Access.SessionValue(r)); err != nil {
		return err
	}
	b.Languages = languageOptions()
	s.render(w, r, code, "me.html", p, b)
	return nil
}

func (s *server) editMe(w http.ResponseWriter, r *http.Request) error {
	u, err := s.myself(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	p, f := s.page(r), form{Values: r.PostForm}
	name := f.Values.Get("name")
	if u.Provider != "" {
		name = u.Name
	}
	if _, err := s.Access.EditSelf(r.Context(), asker(r), name, i18n.Lang(f.Values.Get("language"))); err != nil && !p.refuse(&f, err) {
		return err
	}
	if !f.OK() {
		return s.showMe(w, r, http.StatusUnprocessableEntity, meBody{User: u, Form: f})
	}
	s.done(w, r, "/me", "me.changed", "")
	return nil
}

func (s *server) changeMyPassword(w http.ResponseWriter, r *http.Request) error {
	u, err := s.myself(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	p, f := s.page(r), form{}
	password := secret.New(r.PostForm.Get("password"))
	if r.PostForm.Get("password") != r.PostForm.Get("again") {
		f.Refuse("again", p.T("web.setup.differ"))
	} else if err := s.Access.ChangePassword(r.Context(), asker(r), secret.New(r.PostForm.Get("current")), password); err != nil && !p.refuse(&f, err) {
		return err
	}
	if !f.OK() {
		return s.showMe(w, r, http.StatusUnprocessableEntity, meBody{User: u, Form: formOf(u), Password: f})
	}
	// Every session ended, this one too: who changed it goes on with another.
	if err := s.begin(w, r, u.Login, password); err != nil {
		return err
	}
	s.done(w, r, "/me", "me.password", "")
	return nil
}

func (s *server) endMySessions(w http.ResponseWriter, r *http.Request) error {
	u, err := s.myself(r)
	if err != nil {
		return err
	}
	if err := s.endSessions(r, u.Login); err != nil {
		return err
	}
	s.done(w, r, "/me#sessions", "sessions.ended", u.Login)
	return nil
}

// inviteBody is what the template gets with which somebody chooses a password.
type inviteBody struct {
	User  access.User
	Token string
	Form  form
}

func (s *server) inviteForm(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	u, err := s.Access.CheckInvite(r.Context(), token)
	if err != nil {
		return err
	}
	return s.showInviteForm(w, r, http.StatusOK, inviteBody{User: u, Token: token})
}

func (s *server) showInviteForm(w http.ResponseWriter, r *http.Request, code int, b inviteBody) error {
	p := s.page(r)
	p.Lang = b.User.Lang
	p.Title = p.T("web.invite.title")
	s.render(w, r, code, "invite.html", p, b)
	return nil
}

func (s *server) acceptInvite(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	b := inviteBody{Token: r.PostForm.Get("token")}
	var err error
	if b.User, err = s.Access.CheckInvite(r.Context(), b.Token); err != nil {
		return err
	}
	p := s.page(r)
	p.Lang = b.User.Lang
	password := secret.New(r.PostForm.Get("password"))
	if r.PostForm.Get("password") != r.PostForm.Get("again") {
		b.Form.Refuse("again", p.T("web.setup.differ"))
	} else if _, err := s.Access.AcceptInvite(r.Context(), b.Token, password); err != nil && !p.refuse(&b.Form, err) {
		return err
	}
	if !b.Form.OK() {
		return s.showInviteForm(w, r, http.StatusUnprocessableEntity, b)
	}
	if err := s.begin(w, r, b.User.Login, password); err != nil {
		var throttled *access.ThrottledError
		if !errors.As(err, &throttled) {
			return err
		}
		http.Redirect(w, r, "/login", http.StatusSeeOther) // the password is chosen all the same
		return nil
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
