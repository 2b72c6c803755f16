package access

import (
	"context"
	"errors"
	"fmt"
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
	Sites    []string      // empty: all
	Password secret.String // empty: chosen later, see Invite
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
	if login == "" || len(login) > maxLogin || strings.ContainsFunc(login, bad) || isDots(login) {
		return &InvalidError{Field: "login", Code: "login", Want: fmt.Sprintf("use an e-mail address or a name without spaces, at most %d bytes", maxLogin)}
	}
	return nil
}

// isDots reports whether a name cannot be part of an address, however it is
// written there: nobody could disable or revoke on a page what is called so.
func isDots(name string) bool { return name == "." || name == ".." }

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

// CreateUser makes an account. by is who does it. Without a password nobody can
// log in until one is chosen by the link that Invite makes. It fails with an
// *InvalidError, ErrExists, ErrFull or ErrBusy.
func (c *Control) CreateUser(ctx context.Context, by Identity, n NewUser) (User, error) {
	if !by.Covers(n.Role, n.Sites) && checkRole(n.Role) == nil {
		return User{}, errBeyond()
	}
	return c.addUser(ctx, by.Actor(), n, false)
}

// errBeyond says that somebody would give more than they have.
func errBeyond() error {
	return &InvalidError{Field: "role", Code: "beyond", Want: "nobody may give rights beyond their own"}
}

func (c *Control) addUser(ctx context.Context, actor string, n NewUser, first bool) (User, error) {
	u := User{Login: NormalLogin(n.Login), Name: strings.TrimSpace(n.Name), Lang: n.Lang, Role: n.Role, Sites: n.Sites, Created: c.now()}
	if u.Name == "" {
		u.Name = u.Login
	}
	problems := errors.Join(checkName(u.Name), checkLogin(u.Login), checkLang(u.Lang), checkRole(u.Role), checkSites(u.Sites))
	if first || !n.Password.IsZero() {
		problems = errors.Join(problems, checkPassword(n.Password.Reveal()))
	}
	if problems != nil {
		return User{}, problems
	}
	a := Account{User: u, PasswordSet: u.Created}
	if !n.Password.IsZero() {
		hash, err := c.hasher.hash(ctx, n.Password.Reveal())
		if err != nil {
			return User{}, fmt.Errorf("hash password: %w", err)
		}
		a.Password = hash
	}
	if err := c.store.AddAccount(ctx, a, first, MaxAccounts); err != nil {
		return User{}, fmt.Errorf("add user %q: %w", u.Login, err)
	}
	_, after := Changes(nil, told(u))
	c.record(ctx, Entry{Actor: actor, Action: "user.add", Object: u.Login, Detail: string(u.Role), After: after})
	return u, nil
}

// SetPassword gives an account another password and ends all its sessions. It
// fails with an *InvalidError, ErrForbidden, ErrElsewhere, ErrNotFound or
// ErrBusy.
func (c *Control) SetPassword(ctx context.Context, by Identity, login string, password secret.String) error {
	return c.setPassword(ctx, by.Actor(), "user.password", NormalLogin(login), password, func(a Account) error {
		if !mayManage(by, a.User) {
			return ErrForbidden
		}
		return nil
	})
}

// setPassword stores a password unless may, which sees the account as it is in
// that transaction, returns an error.
func (c *Control) setPassword(ctx context.Context, actor, action, login string, password secret.String, may func(Account) error) error {
	if err := checkPassword(password.Reveal()); err != nil {
		return err
	}
	hash, err := c.hasher.hash(ctx, password.Reveal())
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	err = c.store.EditAccount(ctx, login, func(a *Account, _ []Account) error {
		if a.Provider != "" {
			return ErrElsewhere
		}
		if err := may(*a); err != nil {
			return err
		}
		a.Password, a.PasswordSet = hash, c.now()
		a.Invite, a.InviteEnds = nil, time.Time{}
		return nil
	})
	if err != nil {
		return fmt.Errorf("set password of %q: %w", login, err)
	}
	c.accounts.Forgive(login, true)
	c.record(ctx, Entry{Actor: actor, Action: action, Object: login})
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

// User returns one account. It fails with ErrNotFound.
func (c *Control) User(ctx context.Context, login string) (User, error) {
	a, err := c.store.Account(ctx, NormalLogin(login))
	if err != nil {
		return User{}, fmt.Errorf("read user %q: %w", login, err)
	}
	return a.User, nil
}
