package access

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// NewUser is what is needed to create an account.
type NewUser struct {
	Login    string // an e-mail address or any name without spaces
	Name     string // for people to read; empty: the login
	Lang     i18n.Lang
	Role     Role
	Sites    []string // empty: all
	Password secret.String
}

const (
	maxLogin = 254 // the longest e-mail address (RFC 5321, 4.5.3.1.3)
	maxName  = 100 // characters
	maxSites = 1000
)

// NormalLogin is the one spelling of a login name: without spaces around it,
// in lower case, composed.
func NormalLogin(login string) string {
	return norm.NFC.String(strings.ToLower(strings.TrimSpace(login)))
}

func checkLogin(login string) error {
	bad := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == utf8.RuneError }
	if login == "" || len(login) > maxLogin || strings.ContainsFunc(login, bad) {
		return &InvalidError{Field: "login", Code: "login", Want: fmt.Sprintf("use an e-mail address or a name without spaces, at most %d bytes", maxLogin)}
	}
	return nil
}

func checkName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) {
		return &InvalidError{Field: "name", Code: "name", Want: fmt.Sprintf("use 1 to %d letters, digits, spaces and signs", maxName)}
	}
	return nil
}

func checkLang(lang i18n.Lang) error {
	if _, err := i18n.ParseLang(string(lang)); err != nil {
		return &InvalidError{Field: "language", Code: "language", Want: err.Error()}
	}
	return nil
}

func checkRole(r Role) error {
	_, err := ParseRole(string(r))
	return err
}

func checkSites(sites []string) error {
	if len(sites) > maxSites {
		return &InvalidError{Field: "sites", Code: "sites", Want: fmt.Sprintf("name at most %d sites", maxSites)}
	}
	for _, s := range sites {
		if err := fleet.CheckID(s); err != nil {
			return &InvalidError{Field: "sites", Code: "sites", Want: err.Error()}
		}
	}
	return nil
}

// CreateUser makes an account. by is who does it. It fails with an
// *InvalidError, ErrExists, ErrFull or ErrBusy.
func (c *Control) CreateUser(ctx context.Context, by Identity, n NewUser) (User, error) {
	return c.addUser(ctx, by.Actor(), n, false)
}

func (c *Control) addUser(ctx context.Context, actor string, n NewUser, first bool) (User, error) {
	u := User{Login: NormalLogin(n.Login), Name: strings.TrimSpace(n.Name), Lang: n.Lang, Role: n.Role, Sites: n.Sites, Created: c.now()}
	if u.Name == "" {
		u.Name = u.Login
	}
	if err := errors.Join(checkName(u.Name), checkLogin(u.Login), checkPassword(n.Password.Reveal()),
		checkLang(u.Lang), checkRole(u.Role), checkSites(u.Sites)); err != nil {
		return User{}, err
	}
	password, err := c.hasher.hash(ctx, n.Password.Reveal())
	if err != nil {
		return User{}, fmt.Errorf("hash password: %w", err)
	}
	if err := c.store.AddAccount(ctx, Account{User: u, Password: password, PasswordSet: u.Created}, first, MaxAccounts); err != nil {
		return User{}, fmt.Errorf("add user %q: %w", u.Login, err)
	}
	c.record(ctx, Entry{Actor: actor, Action: "user.add", Object: u.Login, Detail: string(u.Role)})
	return u, nil
}

// SetPassword gives an account another password and ends all its sessions. It
// fails with an *InvalidError, ErrNotFound or ErrBusy.
func (c *Control) SetPassword(ctx context.Context, by Identity, login string, password secret.String) error {
	login = NormalLogin(login)
	if err := checkPassword(password.Reveal()); err != nil {
		return err
	}
	hash, err := c.hasher.hash(ctx, password.Reveal())
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	if err := c.store.SetPassword(ctx, login, hash, c.now()); err != nil {
		return fmt.Errorf("set password of %q: %w", login, err)
	}
	c.accounts.forgive(login, true)
	c.record(ctx, Entry{Actor: by.Actor(), Action: "user.password", Object: login})
	return nil
}

// Users lists the accounts by login.
func (c *Control) Users(ctx context.Context) ([]User, error) {
	accounts, err := c.store.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	users := make([]User, len(accounts))
	for i, a := range accounts {
		users[i] = a.User
	}
	return users, nil
}

// Login checks a password and begins a session; from is the address that the
// request came from. The answer is the session's value for a cookie and when
// it will be over at the latest. It fails with ErrWrongPassword, which says
// nothing about whether the account exists, with a *ThrottledError or with
// ErrBusy.
func (c *Control) Login(ctx context.Context, login string, password secret.String, from netip.Addr) (session string, until time.Time, err error) {
	defer func() { c.countLogin(err) }()
	login = NormalLogin(login)
	if len(login) > maxLogin || len(password.Reveal()) > maxPasswordBytes {
		return "", time.Time{}, ErrWrongPassword
	}
	now, address := c.now(), addressKey(from)
	if wait := c.addresses.take(address, now); wait > 0 {
		return "", time.Time{}, &ThrottledError{RetryAfter: wait}
	}
	if wait := c.accounts.take(login, now); wait > 0 {
		// Still counted against the address: it is guessing.
		return "", time.Time{}, &ThrottledError{RetryAfter: wait}
	}

	account, err := c.store.Account(ctx, login)
	exists := err == nil
	if errors.Is(err, ErrNotFound) {
		account.Password = c.dummy // so that the answer takes as long as for a real one
	} else if err != nil {
		return "", time.Time{}, fmt.Errorf("log in: %w", err)
	}
	fits, err := c.hasher.fits(ctx, password.Reveal(), account.Password)
	if err != nil {
		c.accounts.forgive(login, false) // it was not tried
		c.addresses.forgive(address, false)
		return "", time.Time{}, fmt.Errorf("log in: %w", err)
	}
	if !fits || !exists {
		return "", time.Time{}, ErrWrongPassword
	}
	c.accounts.forgive(login, true)
	c.addresses.forgive(address, false)

	plain, key := newToken()
	s := Session{Login: login, PasswordSet: account.PasswordSet, Created: now, Seen: now}
	if err := c.store.AddSession(ctx, key, s, MaxSessions, now.Add(-c.life)); err != nil {
		return "", time.Time{}, fmt.Errorf("begin session: %w", err)
	}
	id := Identity{Kind: KindUser, Login: login}
	c.record(ctx, Entry{Actor: id.Actor(), Action: "session.begin", Object: login, Detail: from.String()})
	return plain, now.Add(c.life), nil
}

func (c *Control) countLogin(err error) {
	var throttled *ThrottledError
	switch {
	case err == nil:
		c.logins.WithLabelValues("accepted").Inc()
	case errors.As(err, &throttled):
		c.logins.WithLabelValues("throttled").Inc()
	case errors.Is(err, ErrWrongPassword):
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
	if err != nil || !account.PasswordSet.Equal(s.PasswordSet) || now.Sub(s.Created) >= c.life || now.Sub(s.Seen) >= c.idle {
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
