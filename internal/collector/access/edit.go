package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// mayManage reports whether somebody may change or remove another's account:
// administrators may, when that person has no rights beyond their own.
func mayManage(by Identity, u User) bool {
	return by.Role.Allows(Administrator) && by.Covers(u.Role, u.Sites)
}

// UserChange says what shall be different about an account; nil leaves it as
// it is.
type UserChange struct {
	Name     *string
	Lang     *i18n.Lang
	Role     *Role
	Sites    *[]string // empty: all
	Disabled *bool     // true also ends every session
}

func (ch UserChange) apply(u *User) {
	if ch.Name != nil {
		u.Name = strings.TrimSpace(*ch.Name)
	}
	if ch.Lang != nil {
		u.Lang = *ch.Lang
	}
	if ch.Role != nil {
		u.Role = *ch.Role
	}
	if ch.Sites != nil {
		u.Sites = slices.Clone(*ch.Sites)
	}
	if ch.Disabled != nil {
		u.Disabled = *ch.Disabled
	}
}

// told is what the audit record holds of an account.
func told(u User) any {
	return struct {
		Name     string    `json:"name"`
		Lang     i18n.Lang `json:"language"`
		Role     Role      `json:"role"`
		Sites    []string  `json:"sites,omitempty"`
		Disabled bool      `json:"disabled,omitempty"`
		Provider string    `json:"provider,omitempty"`
	}{u.Name, u.Lang, u.Role, u.Sites, u.Disabled, u.Provider}
}

// EditUser changes an account; by is an administrator. Rights that change hold
// from the next request on. It fails with an *InvalidError, ErrForbidden when
// the account has rights beyond those of by, ErrElsewhere when the change is
// the identity provider's to make, ErrLastOne or ErrNotFound.
func (c *Control) EditUser(ctx context.Context, by Identity, login string, change UserChange) (User, error) {
	login = NormalLogin(login)
	var before, after User
	err := c.store.EditAccount(ctx, login, func(a *Account, others []Account) error {
		was := *a
		change.apply(&a.User)
		before, after = was.User, a.User
		invalid := errors.Join(checkName(a.Name), checkLang(a.Lang), checkRole(a.Role), checkSites(a.Sites))
		switch {
		case !mayManage(by, was.User):
			return ErrForbidden
		case invalid != nil:
			return invalid
		case a.Provider != "" && (a.Name != was.Name || a.Role != was.Role || !slices.Equal(a.Sites, was.Sites)):
			return ErrElsewhere
		case !by.Covers(a.Role, a.Sites):
			return errBeyond()
		}
		if a.Disabled { // a link that lies in some mailbox must not work again later
			a.Invite, a.InviteEnds = nil, time.Time{}
		}
		return keepsOne(others, &was, a)
	})
	if err != nil {
		return User{}, fmt.Errorf("change user %q: %w", login, err)
	}
	if b, a := Changes(told(before), told(after)); b != a {
		c.record(ctx, Entry{Actor: by.Actor(), Action: "user.edit", Object: login, Before: b, After: a})
	}
	return after, nil
}

// EditSelf changes what everybody may change about their own account. It fails
// with an *InvalidError, ErrElsewhere or ErrNotFound.
func (c *Control) EditSelf(ctx context.Context, self Identity, name string, lang i18n.Lang) (User, error) {
	if self.Kind != KindUser {
		return User{}, ErrForbidden
	}
	var before, after User
	err := c.store.EditAccount(ctx, self.Login, func(a *Account, _ []Account) error {
		before = a.User
		UserChange{Name: &name, Lang: &lang}.apply(&a.User)
		after = a.User
		if err := errors.Join(checkName(a.Name), checkLang(a.Lang)); err != nil {
			return err
		}
		if a.Provider != "" && a.Name != before.Name {
			return ErrElsewhere
		}
		return nil
	})
	if err != nil {
		return User{}, fmt.Errorf("change user %q: %w", self.Login, err)
	}
	if b, a := Changes(told(before), told(after)); b != a {
		c.record(ctx, Entry{Actor: self.Actor(), Action: "user.edit", Object: self.Login, Before: b, After: a})
	}
	return after, nil
}

// RemoveUser removes an account and ends its sessions; what the person did
// stays in the audit record under their login. It fails with ErrForbidden,
// ErrLastOne or ErrNotFound.
func (c *Control) RemoveUser(ctx context.Context, by Identity, login string) error {
	login = NormalLogin(login)
	var was User
	err := c.store.RemoveAccount(ctx, login, func(a Account, others []Account) error {
		was = a.User
		if !mayManage(by, a.User) {
			return ErrForbidden
		}
		return keepsOne(others, &a, nil)
	})
	if err != nil {
		return fmt.Errorf("remove user %q: %w", login, err)
	}
	before, _ := Changes(told(was), nil)
	c.record(ctx, Entry{Actor: by.Actor(), Action: "user.remove", Object: login, Before: before})
	return nil
}

// keepsOne fails with ErrLastOne when a change takes away the last
// administrator of all sites who can log in with a password or, when there was
// none of those, the last one at all. after is nil for an account that goes.
func keepsOne(others []Account, before, after *Account) error {
	for _, counts := range []func(*Account) bool{
		func(a *Account) bool { return a.Password != "" },
		func(a *Account) bool { return a.Password != "" || a.Provider != "" },
	} {
		governs := func(a *Account) bool {
			return a != nil && a.Role == Administrator && a.Whole() && !a.Disabled && counts(a)
		}
		if !governs(before) {
			continue
		}
		if !governs(after) && !slices.ContainsFunc(others, func(a Account) bool { return governs(&a) }) {
			return ErrLastOne
		}
		return nil
	}
	return nil
}

// ChangePassword lets a person choose another password. All their sessions
// end. It fails with an *InvalidError, whose field is "current" when the
// password until now is wrong, a *ThrottledError, ErrElsewhere, ErrNotFound or
// ErrBusy.
func (c *Control) ChangePassword(ctx context.Context, self Identity, current, password secret.String) error {
	if self.Kind != KindUser {
		return ErrForbidden
	}
	account, err := c.store.Account(ctx, self.Login)
	switch {
	case err != nil:
		return fmt.Errorf("change password of %q: %w", self.Login, err)
	case account.Provider != "":
		return ErrElsewhere
	}
	// Whoever found an open browser must not guess faster here than at the
	// log-in.
	if wait := c.accounts.Take(self.Login, c.now()); wait > 0 {
		return &ThrottledError{RetryAfter: wait}
	}
	fits := false
	if len(current.Reveal()) <= maxPasswordBytes && account.Password != "" {
		if fits, err = c.hasher.fits(ctx, current.Reveal(), account.Password); err != nil {
			c.accounts.Forgive(self.Login, false) // it was not tried
			return fmt.Errorf("change password of %q: %w", self.Login, err)
		}
	}
	if !fits {
		return &InvalidError{Field: "current", Code: "password_wrong", Want: "this is not the password until now"}
	}
	c.accounts.Forgive(self.Login, true)
	return c.setPassword(ctx, self.Actor(), "user.password", self.Login, password, func(a Account) error {
		if !a.PasswordSet.Equal(account.PasswordSet) {
			return ErrUnauthenticated // somebody else was faster
		}
		return nil
	})
}
