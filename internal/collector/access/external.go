package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
)

// External is who an identity provider says that somebody is, and what
// follows from it here.
type External struct {
	Issuer  string // names the provider
	Subject string // the person's ID there, which never changes and is given to nobody else
	Login   string // for a new account: an e-mail address or a name; it gives no right to anything
	Name    string // for people to read; empty: the login
	Lang    i18n.Lang
	Role    Role
	Sites   []string // empty: all
}

// LoginExternal begins a session of somebody whom an identity provider knows.
// Their account is found by issuer and subject alone, and made when there is
// none; name, role and sites follow the provider at each log-in. It fails with
// ErrExists when the login is that of somebody else: an address that a provider
// names is no proof that the account of that name here is the same person's.
// It fails with ErrDisabled, ErrFull or an *InvalidError too.
func (c *Control) LoginExternal(ctx context.Context, e External, from Client) (session string, until time.Time, err error) {
	defer func() { c.countLogin(err) }()
	a, err := c.external(ctx, e)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("log in from the identity provider: %w", err)
	}
	if a.Disabled {
		return "", time.Time{}, ErrDisabled
	}
	return c.begin(ctx, a, from, "OpenID Connect")
}

// external returns the account of somebody, as the provider wants it to be.
func (c *Control) external(ctx context.Context, e External) (Account, error) {
	if e.Issuer == "" || e.Subject == "" || len(e.Issuer) > maxExternal || len(e.Subject) > maxExternal {
		return Account{}, errors.New("the provider names nobody")
	}
	now := c.now()
	want := Account{Subject: e.Subject, PasswordSet: now, User: User{
		Login: NormalLogin(e.Login), Name: strings.TrimSpace(e.Name), Lang: e.Lang, Role: e.Role, Sites: e.Sites, Provider: e.Issuer, Created: now,
	}}
	if checkName(want.Name) != nil {
		want.Name = want.Login // a name that cannot be shown is no reason to keep anybody out
	}
	if err := errors.Join(checkLogin(want.Login), checkName(want.Name), checkLang(want.Lang), checkRole(want.Role), checkSites(want.Sites)); err != nil {
		return Account{}, err
	}
	login, err := c.externalLogin(ctx, e.Issuer, e.Subject)
	if errors.Is(err, ErrNotFound) {
		if err := c.store.AddAccount(ctx, want, false, MaxAccounts); err != nil {
			return Account{}, fmt.Errorf("add user %q: %w", want.Login, err)
		}
		_, after := Changes(nil, told(want.User))
		c.record(ctx, Entry{Actor: providerActor(e.Issuer), Action: "user.add", Object: want.Login, Detail: string(want.Role), After: after})
		return want, nil
	}
	if err != nil {
		return Account{}, err
	}
	var was, is Account
	err = c.store.EditAccount(ctx, login, func(a *Account, _ []Account) error {
		if a.Provider != e.Issuer || a.Subject != e.Subject {
			return ErrNotFound // removed and made anew meanwhile
		}
		was = *a
		a.Name, a.Role, a.Sites = want.Name, want.Role, want.Sites
		is = *a
		return nil
	})
	if err != nil {
		return Account{}, fmt.Errorf("change user %q: %w", login, err)
	}
	if b, a := Changes(told(was.User), told(is.User)); b != a {
		c.record(ctx, Entry{Actor: providerActor(e.Issuer), Action: "user.edit", Object: login, Before: b, After: a})
	}
	return is, nil
}

// maxExternal bounds issuer and subject, in bytes. A subject has 255 at most
// (OpenID Connect Core 1.0, section 2).
const maxExternal = 500

func providerActor(issuer string) string { return "provider " + issuer }

func (c *Control) externalLogin(ctx context.Context, issuer, subject string) (string, error) {
	accounts, err := c.store.Accounts(ctx)
	if err != nil {
		return "", fmt.Errorf("look for an account of the provider: %w", err)
	}
	for _, a := range accounts {
		if a.Provider == issuer && a.Subject == subject {
			return a.Login, nil
		}
	}
	return "", ErrNotFound
}

// EndExternal ends every session of somebody whom the provider, asked anew,
// gives no role here any more. It is no error when there is no such account.
func (c *Control) EndExternal(ctx context.Context, issuer, subject string) error {
	login, err := c.externalLogin(ctx, issuer, subject)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	by := Identity{Kind: "provider", Login: issuer, Role: Administrator}
	return c.EndSessions(ctx, by, login, "")
}

// RefusedError says why somebody who comes from an identity provider is not let
// in. Code is the key of a sentence in both languages, "web.signin.<code>"; Err
// is for the log.
type RefusedError struct {
	Code string
	Err  error

	// Issuer and Subject are whom the provider proved it to be, when it did:
	// whoever loses what they had there must lose it here (EndExternal).
	Issuer, Subject string
}

// Error says why, in English.
func (e *RefusedError) Error() string {
	return "the identity provider's log-in is refused (" + e.Code + "): " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Err }
