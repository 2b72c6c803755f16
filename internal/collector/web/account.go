package web

import (
	"errors"
	"math"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// loginBody is what the log-in's template gets.
type loginBody struct {
	Login string
	Next  string
	Wrong string // a sentence; "" when nothing is wrong
	Setup bool   // there is no administrator yet

	Provider string // name of the identity provider; "" when there is none
	Begin    string // where the log-in there begins
}

func (s *server) loginForm(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if _, known := access.FromContext(r.Context()); known {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	needed, err := s.Access.SetupNeeded(r.Context())
	if err != nil {
		return err
	}
	return s.showLogin(w, r, http.StatusOK, loginBody{Next: next, Setup: needed})
}

func (s *server) showLogin(w http.ResponseWriter, r *http.Request, code int, b loginBody) error {
	p := s.page(r)
	p.Title = p.T("web.login.title")
	if b.Provider = s.SignIn.Name(); b.Provider != "" {
		b.Begin = "/login/oidc?" + url.Values{"next": {b.Next}}.Encode()
	}
	s.render(w, r, code, "login.html", p, b)
	return nil
}

func (s *server) login(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	login, next := r.PostForm.Get("login"), localPath(r.PostForm.Get("next"))
	err := s.begin(w, r, login, secret.New(r.PostForm.Get("password")))
	if err == nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	var throttled *access.ThrottledError
	code, key := status(err)
	p := s.page(r)
	b := loginBody{Login: clipRunes(login, 254), Next: next}
	switch {
	case errors.As(err, &throttled):
		setRetryAfter(w, throttled)
		b.Wrong = p.T("web.login.throttled", "Wait", p.Length(roundUp(throttled.RetryAfter)))
	case errors.Is(err, access.ErrWrongPassword), errors.Is(err, access.ErrDisabled), errors.Is(err, access.ErrBusy):
		b.Wrong = p.T("web.error." + key + ".text")
	default:
		return err
	}
	return s.showLogin(w, r, code, b)
}

// begin logs in and sets the cookie.
func (s *server) begin(w http.ResponseWriter, r *http.Request, login string, password secret.String) error {
	value, until, err := s.Access.Login(r.Context(), login, password, client(r))
	if err != nil {
		return err
	}
	return s.enter(w, r, value, until)
}

// enter gives the browser its session.
func (s *server) enter(w http.ResponseWriter, r *http.Request, value string, until time.Time) error {
	// Whoever logs in anew leaves no old session behind.
	if old := s.Access.SessionValue(r); old != "" {
		if err := s.Access.Logout(r.Context(), old); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.Access.Cookie(value, until))
	return nil
}

func (s *server) logout(w http.ResponseWriter, r *http.Request) error {
	if value := s.Access.SessionValue(r); value != "" {
		if err := s.Access.Logout(r.Context(), value); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.Access.Cookie("", time.Time{}))
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// setupBody is what the set-up's template gets.
type setupBody struct {
	Token, Name, Login string
	Lang               i18n.Lang
	Wrong              map[string]string // field → sentence
	Languages          []language
}

// language is one choice of a list; each language is named in itself.
type language struct {
	Lang i18n.Lang
	Name string
}

func languages() []language {
	return []language{{i18n.English, "English"}, {i18n.Lithuanian, "Lietuvių"}}
}

func (s *server) setupForm(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	if err := s.Access.CheckSetup(r.Context(), token); err != nil {
		return err
	}
	return s.showSetup(w, r, http.StatusOK, setupBody{Token: token})
}

func (s *server) showSetup(w http.ResponseWriter, r *http.Request, code int, b setupBody) error {
	p := s.page(r)
	p.Title = p.T("web.setup.title")
	b.Languages = languages()
	if b.Lang == "" {
		b.Lang = p.Lang
	}
	s.render(w, r, code, "setup.html", p, b)
	return nil
}

func (s *server) setup(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	form := r.PostForm
	// The token first: what else is in the form is worth a look only with it.
	if err := s.Access.CheckSetup(r.Context(), form.Get("token")); err != nil {
		return err
	}
	b := setupBody{Token: form.Get("token"), Name: clipRunes(form.Get("name"), 200), Login: clipRunes(form.Get("login"), 254)}
	b.Lang, _ = i18n.ParseLang(form.Get("language"))
	p := s.page(r)
	if form.Get("password") != form.Get("again") {
		b.Wrong = map[string]string{"again": p.T("web.setup.differ")}
		return s.showSetup(w, r, http.StatusUnprocessableEntity, b)
	}
	password := secret.New(form.Get("password"))
	_, err := s.Access.Setup(r.Context(), b.Token, access.NewUser{Name: form.Get("name"), Login: form.Get("login"), Lang: b.Lang, Password: password})
	if problems := access.Problems(err); problems != nil {
		b.Wrong = map[string]string{}
		for _, problem := range problems {
			b.Wrong[problem.Field] = p.T("access.invalid."+problem.Code, "Min", access.MinPassword)
		}
		return s.showSetup(w, r, http.StatusUnprocessableEntity, b)
	}
	if err != nil {
		return err
	}
	if err := s.begin(w, r, form.Get("login"), password); err != nil {
		return err
	}
	http.Redirect(w, r, "/start", http.StatusSeeOther)
	return nil
}

// localPath returns next when it is a path of this console, and "/" otherwise:
// a link must not lead through our log-in to another site.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || len(next) > 500 || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") ||
		u.Path == "/login" {
		return "/"
	}
	return next
}

// client is where a request came from.
func client(r *http.Request) access.Client {
	return access.Client{Address: clientAddr(r), Browser: access.Browser(clip(r.UserAgent(), 500))}
}

// clientAddr is the address that a request came from.
func clientAddr(r *http.Request) netip.Addr { return access.AddressOf(r) }

func setRetryAfter(w http.ResponseWriter, t *access.ThrottledError) {
	w.Header().Set("Retry-After", strconv.Itoa(int(roundUp(t.RetryAfter)/time.Second)))
}

func roundUp(d time.Duration) time.Duration {
	return time.Duration(math.Ceil(d.Seconds())) * time.Second
}
