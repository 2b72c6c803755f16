package access

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/secret"
)

// Client is where a log-in comes from.
type Client struct {
	Address netip.Addr
	Browser string // as Browser names it; may be empty
}

// Login checks a password and begins a session. The answer is the session's
// value for a cookie and when it will be over at the latest. It fails with
// ErrWrongPassword, which says nothing about whether the account exists, with
// ErrDisabled for whoever knows the password, with a *ThrottledError or with
// ErrBusy.
func (c *Control) Login(ctx context.Context, login string, password secret.String, from Client) (session string, until time.Time, err error) {
	defer func() { c.countLogin(err) }()
	login = NormalLogin(login)
	if len(login) > maxLogin || len(password.Reveal()) > maxPasswordBytes {
		return "", time.Time{}, ErrWrongPassword
	}
	now, address := c.now(), NetworkOf(from.Address).String()
	if wait := c.addresses.Take(address, now); wait > 0 {
		return "", time.Time{}, &ThrottledError{RetryAfter: wait}
	}
	if wait := c.accounts.Take(login, now); wait > 0 {
		// Still counted against the address: it is guessing.
		return "", time.Time{}, &ThrottledError{RetryAfter: wait}
	}

	account, err := c.store.Account(ctx, login)
	exists := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", time.Time{}, fmt.Errorf("log in: %w", err)
	}
	if account.Password == "" {
		// Nobody of this name, or nobody with a password: the answer takes as
		// long as for others.
		account.Password, exists = c.dummy, false
	}
	fits, err := c.hasher.fits(ctx, password.Reveal(), account.Password)
	if err != nil {
		c.accounts.Forgive(login, false) // it was not tried
		c.addresses.Forgive(address, false)
		return "", time.Time{}, fmt.Errorf("log in: %w", err)
	}
	if !fits || !exists {
		return "", time.Time{}, ErrWrongPassword
	}
	c.accounts.Forgive(login, true)
	c.addresses.Forgive(address, false)

	if account.Disabled {
		return "", time.Time{}, ErrDisabled
	}
	return c.begin(ctx, account, from, "")
}

// begin begins a session of an account. how is told in the audit record, beside
// the address.
func (c *Control) begin(ctx context.Context, a Account, from Client, how string) (session string, until time.Time, err error) {
	now := c.now()
	plain, key := newToken()
	s := Session{Login: a.Login, PasswordSet: a.PasswordSet, Created: now, Seen: now, Address: from.Address.String(), Browser: clipTo(from.Browser, maxBrowser)}
	if err := c.store.AddSession(ctx, key, s, MaxSessions, now.Add(-c.life)); err != nil {
		return "", time.Time{}, fmt.Errorf("begin session: %w", err)
	}
	id := Identity{Kind: KindUser, Login: a.Login}
	c.record(ctx, Entry{Actor: id.Actor(), Action: "session.begin", Object: a.Login, Detail: strings.TrimSpace(s.Address + " " + how)})
	return plain, now.Add(c.lifeOf(a.User)), nil
}

// externalLife is how long the word of an identity provider holds: whoever
// leaves a group there has lost what came with it by the next working day.
const externalLife = 12 * time.Hour

func (c *Control) lifeOf(u User) time.Duration {
	if u.Provider != "" {
		return min(c.life, externalLife)
	}
	return c.life
}

func (c *Control) countLogin(err error) {
	var throttled *ThrottledError
	switch {
	case err == nil:
		c.logins.WithLabelValues("accepted").Inc()
	case errors.As(err, &throttled):
		c.logins.WithLabelValues("throttled").Inc()
	case errors.Is(err, ErrWrongPassword), errors.Is(err, ErrDisabled), errors.Is(err, ErrExists), errors.Is(err, ErrFull):
		c.logins.WithLabelValues("refused").Inc()
	default:
		c.logins.WithLabelValues("busy").Inc()
	}
}

// touchEvery bounds how often a session in use is written.
const touchEvery = 5 * time.Minute

// Session returns who a session's value belongs to. It fails with
// ErrUnauthenticated when there is no such session or it is over.
func (c *Control) Session(ctx context.Context, value string) (Identity, error) {
	if len(value) != tokenLength {
		return Identity{}, ErrUnauthenticated
	}
	key, now := hashOf(value), c.now()
	s, err := c.store.Session(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return Identity{}, ErrUnauthenticated
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read session: %w", err)
	}
	account, err := c.store.Account(ctx, s.Login)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Identity{}, fmt.Errorf("read session: %w", err)
	}
	if err != nil || account.Disabled || !account.PasswordSet.Equal(s.PasswordSet) || now.Sub(s.Created) >= c.lifeOf(account.User) || now.Sub(s.Seen) >= c.idle {
		if err := c.store.EndSession(ctx, key); err != nil {
			return Identity{}, fmt.Errorf("end session: %w", err)
		}
		return Identity{}, ErrUnauthenticated
	}
	if now.Sub(s.Seen) >= touchEvery {
		if err := c.store.TouchSession(ctx, key, now); err != nil {
			// The disk may be full: looking must go on.
			c.log.Warn("note that a session is in use", "err", err)
		}
	}
	u := account.User
	return Identity{Kind: KindUser, Login: u.Login, Name: u.Name, Role: u.Role, Sites: u.Sites, Lang: u.Lang}, nil
}

// Logout ends a session. It is no error when there is none.
func (c *Control) Logout(ctx context.Context, value string) error {
	if err := c.store.EndSession(ctx, hashOf(value)); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// SessionInfo is what people may know about a session.
type SessionInfo struct {
	ID      string // names it; proves nothing
	Current bool   // it is the one that asks
	Created time.Time
	Seen    time.Time // behind by up to five minutes
	Address string    // from which the log-in came; empty: not known
	Browser string    // empty: not known
}

// sessionID names a session without telling its key.
func sessionID(key Hash) string { return hex.EncodeToString(key[:8]) }

// Sessions lists the sessions of an account that are not over, the one used
// last first. current is the value of the session that asks; it may be empty.
func (c *Control) Sessions(ctx context.Context, login, current string) ([]SessionInfo, error) {
	login = NormalLogin(login)
	account, err := c.store.Account(ctx, login)
	if err != nil {
		return nil, fmt.Errorf("list sessions of %q: %w", login, err)
	}
	sessions, err := c.store.Sessions(ctx, login)
	if err != nil {
		return nil, fmt.Errorf("list sessions of %q: %w", login, err)
	}
	own, now := hashOf(current), c.now()
	var out []SessionInfo
	for key, s := range sessions {
		if now.Sub(s.Created) < c.lifeOf(account.User) && now.Sub(s.Seen) < c.idle {
			out = append(out, SessionInfo{ID: sessionID(key), Current: key == own, Created: s.Created, Seen: s.Seen, Address: s.Address, Browser: s.Browser})
		}
	}
	slices.SortFunc(out, func(a, b SessionInfo) int {
		return cmp.Or(b.Seen.Compare(a.Seen), b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID))
	})
	return out, nil
}

// EndSession ends one session of an account by its ID. Whoever does it is that
// person, or somebody who has all the rights of that person. It fails with
// ErrForbidden and ErrNotFound.
func (c *Control) EndSession(ctx context.Context, by Identity, login, id string) error {
	return c.endSessions(ctx, by, login, func(key Hash) bool { return sessionID(key) == id }, ErrNotFound)
}

// EndSessions ends all sessions of an account but the one whose value is keep,
// which may be empty. It fails with ErrForbidden and ErrNotFound.
func (c *Control) EndSessions(ctx context.Context, by Identity, login, keep string) error {
	own := hashOf(keep)
	return c.endSessions(ctx, by, login, func(key Hash) bool { return key != own }, nil)
}

// endSessions ends those that are chosen; none is the error when there are none.
func (c *Control) endSessions(ctx context.Context, by Identity, login string, chosen func(Hash) bool, none error) error {
	login = NormalLogin(login)
	fail := func(err error) error { return fmt.Errorf("end sessions of %q: %w", login, err) }
	account, err := c.store.Account(ctx, login)
	if err != nil {
		return fail(err)
	}
	if self := by.Kind == KindUser && by.Login == login; !self && !mayManage(by, account.User) {
		return fail(ErrForbidden)
	}
	sessions, err := c.store.Sessions(ctx, login)
	if err != nil {
		return fail(err)
	}
	ended := 0
	for key := range sessions {
		if !chosen(key) {
			continue
		}
		if err := c.store.EndSession(ctx, key); err != nil {
			return fail(err)
		}
		ended++
	}
	if ended == 0 {
		return none
	}
	c.record(ctx, Entry{Actor: by.Actor(), Action: "session.end", Object: login, Detail: strconv.Itoa(ended)})
	return nil
}
