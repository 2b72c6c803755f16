package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
)

// SignIn is the log-in at an identity provider. Its methods are safe for
// concurrent use.
type SignIn interface {
	// Name is what the button calls the provider; empty: there is none.
	Name() string

	// Begin returns where the browser goes, and what it keeps until then for
	// Finish. It fails with an *access.RefusedError or access.ErrBusy, and with
	// ErrNotFound when there is no provider; so does Finish.
	Begin(ctx context.Context, next string) (address, cookie string, until time.Time, err error)

	// Finish says who came back, and where they wanted to be.
	Finish(ctx context.Context, query url.Values, cookie string) (who access.External, next string, err error)
}

// SignInCallback is the path to which the provider sends browsers back.
const SignInCallback = "/login/oidc/callback"

func signInDoors() []door {
	return []door{
		get("/login/oidc", "", (*server).beginSignIn),
		get(SignInCallback, "", (*server).finishSignIn),
	}
}

func (s *server) beginSignIn(w http.ResponseWriter, r *http.Request) error {
	next := localPath(r.URL.Query().Get("next"))
	if _, known := access.FromContext(r.Context()); known {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	address, cookie, until, err := s.SignIn.Begin(r.Context(), next)
	if err != nil {
		return s.refuseSignIn(w, r, err)
	}
	http.SetCookie(w, s.Access.SignInCookie(cookie, until))
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

func (s *server) finishSignIn(w http.ResponseWriter, r *http.Request) error {
	cookie := s.Access.SignInValue(r)
	http.SetCookie(w, s.Access.SignInCookie("", time.Time{})) // it was for this one time
	who, next, err := s.SignIn.Finish(r.Context(), r.URL.Query(), cookie)
	if err != nil {
		return s.refuseSignIn(w, r, err)
	}
	value, until, err := s.Access.LoginExternal(r.Context(), who, client(r))
	if err != nil {
		return s.refuseSignIn(w, r, err)
	}
	if err := s.enter(w, r, value, until); err != nil {
		return err
	}
	http.Redirect(w, r, localPath(next), http.StatusSeeOther)
	return nil
}

// refuseSignIn shows the page of log-ins with the reason.
func (s *server) refuseSignIn(w http.ResponseWriter, r *http.Request, err error) error {
	var refused *access.RefusedError
	code, key := http.StatusForbidden, ""
	switch {
	case errors.As(err, &refused):
		key = refused.Code
		switch key {
		case "state", "late":
			// Anybody can bring this about, as often as they like.
			s.log.Debug("refuse a log-in at the identity provider", "code", key, "err", err)
		case "unreachable":
			code = http.StatusBadGateway
			fallthrough
		default:
			s.log.Warn("refuse a log-in at the identity provider", "code", key, "err", err)
		}
		if refused.Subject != "" {
			// What they had there is gone, so it is gone here.
			if err := s.Access.EndExternal(r.Context(), refused.Issuer, refused.Subject); err != nil {
				return err
			}
		}
	case errors.Is(err, access.ErrExists):
		key = "taken"
		s.log.Warn("refuse a log-in at the identity provider", "code", key, "err", err)
	case errors.Is(err, access.ErrFull):
		key = "full"
		s.log.Warn("refuse a log-in at the identity provider", "code", key, "err", err)
	case errors.Is(err, access.ErrDisabled):
		key = "disabled"
	case errors.Is(err, access.ErrBusy):
		code, key = http.StatusServiceUnavailable, "busy"
	default:
		return err
	}
	p := s.page(r)
	return s.showLogin(w, r, code, loginBody{Next: "/", Wrong: p.T("web.signin." + key)})
}
