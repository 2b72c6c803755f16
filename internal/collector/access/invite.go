package access

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/secret"
)

// InviteLife is how long a link to choose a password works.
const InviteLife = 3 * 24 * time.Hour

// Invite returns the value for a link with which the person of an account
// chooses a password, once and until the moment that is returned. A link that
// was made before stops working; the password until now, if any, works until
// another is chosen. It fails with ErrForbidden, ErrElsewhere, ErrDisabled or
// ErrNotFound.
func (c *Control) Invite(ctx context.Context, by Identity, login string) (value secret.String, until time.Time, err error) {
	login = NormalLogin(login)
	plain, key := newToken()
	until = c.now().Add(InviteLife)
	err = c.store.EditAccount(ctx, login, func(a *Account, _ []Account) error {
		switch {
		case !mayManage(by, a.User):
			return ErrForbidden
		case a.Provider != "":
			return ErrElsewhere
		case a.Disabled:
			return ErrDisabled
		}
		a.Invite, a.InviteEnds = key[:], until
		return nil
	})
	if err != nil {
		return secret.String{}, time.Time{}, fmt.Errorf("invite %q: %w", login, err)
	}
	c.record(ctx, Entry{Actor: by.Actor(), Action: "user.invite", Object: login})
	return secret.New(plain), until, nil
}

// CheckInvite says whose link a value is. It fails with ErrInviteOver.
func (c *Control) CheckInvite(ctx context.Context, value string) (User, error) {
	if len(value) != tokenLength {
		return User{}, ErrInviteOver
	}
	accounts, err := c.store.Accounts(ctx)
	if err != nil {
		return User{}, fmt.Errorf("look for an invitation: %w", err)
	}
	key := hashOf(value)
	for _, a := range accounts {
		if c.invited(a, key) {
			return a.User, nil
		}
	}
	return User{}, ErrInviteOver
}

func (c *Control) invited(a Account, key Hash) bool {
	return subtle.ConstantTimeCompare(a.Invite, key[:]) == 1 && c.now().Before(a.InviteEnds) && !a.Disabled && a.Provider == ""
}

// AcceptInvite sets the password that the person of a link chose, and ends all
// sessions of the account. It fails with an *InvalidError, ErrInviteOver or
// ErrBusy.
func (c *Control) AcceptInvite(ctx context.Context, value string, password secret.String) (User, error) {
	u, err := c.CheckInvite(ctx, value)
	if err != nil {
		return User{}, err
	}
	key := hashOf(value)
	actor := Identity{Kind: KindUser, Login: u.Login}.Actor()
	// Of two that come at once one is too late: the store decides.
	err = c.setPassword(ctx, actor, "user.password_chosen", u.Login, password, func(a Account) error {
		if !c.invited(a, key) {
			return ErrInviteOver
		}
		return nil
	})
	return u, err
}
