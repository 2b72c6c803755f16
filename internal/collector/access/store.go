package access

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
)

// Store keeps what access must not forget. Every method is one transaction
// and safe for concurrent use; what it is given it copies or does not keep, and
// what it returns is the caller's. Errors named here are wrapped or returned as
// they are; any other error means that the storage itself is in trouble.
type Store interface {
	// AddAccount fails with ErrExists when the login is taken, with ErrFull
	// when limit accounts are there, and, when first is set, with
	// ErrSetupOver when there is an administrator already.
	AddAccount(ctx context.Context, a Account, first bool, limit int) error
	// Account fails with ErrNotFound.
	Account(ctx context.Context, login string) (Account, error)
	// Accounts lists by login.
	Accounts(ctx context.Context) ([]Account, error)
	// SetPassword changes Account.Password and Account.PasswordSet and ends
	// every session of the account. It fails with ErrNotFound.
	SetPassword(ctx context.Context, login, password string, at time.Time) error

	// AddSession ends the oldest sessions of the account that are more than
	// limit, the new one counted, and all that were created before over.
	AddSession(ctx context.Context, key Hash, s Session, limit int, over time.Time) error
	// Session fails with ErrNotFound.
	Session(ctx context.Context, key Hash) (Session, error)
	// TouchSession moves Session.Seen; a session that is gone stays gone.
	TouchSession(ctx context.Context, key Hash, at time.Time) error
	// EndSession does nothing when there is no such session.
	EndSession(ctx context.Context, key Hash) error

	// AddToken fails with ErrExists when the name is taken and with ErrFull
	// when limit tokens are there.
	AddToken(ctx context.Context, key Hash, t Token, limit int) error
	// Token fails with ErrNotFound.
	Token(ctx context.Context, key Hash) (Token, error)
	// Tokens lists by name.
	Tokens(ctx context.Context) ([]Token, error)
	// TouchToken moves Token.LastUsed; a token that is gone stays gone.
	TouchToken(ctx context.Context, key Hash, at time.Time) error
	// RevokeToken removes the token with a name. It fails with ErrNotFound.
	RevokeToken(ctx context.Context, name string) error

	// AppendAudit drops the oldest entries that are more than limit.
	AppendAudit(ctx context.Context, e Entry, limit int) error
	// AuditTail lists the newest n entries, newest first.
	AuditTail(ctx context.Context, n int) ([]Entry, error)
}

// User is what others may know about an account.
type User struct {
	Login   string    `json:"login"` // as NormalLogin returns it
	Name    string    `json:"name"`
	Lang    i18n.Lang `json:"language"`
	Role    Role      `json:"role"`
	Sites   []string  `json:"sites,omitempty"` // empty: all
	Created time.Time `json:"created"`
}

// Account is a User with the password's hash.
type Account struct {
	User
	Password    string    `json:"password_hash"` // in PHC's string format
	PasswordSet time.Time `json:"password_set"`
}

// Session is one log-in of a browser.
type Session struct {
	Login       string    `json:"login"`
	PasswordSet time.Time `json:"password_set"` // the account's, at the log-in: another one ends the session
	Created     time.Time `json:"created"`
	Seen        time.Time `json:"seen"` // behind by up to touchEvery
}

// Token is what others may know about an API token.
type Token struct {
	Name     string    `json:"name"`
	Role     Role      `json:"role"`
	Sites    []string  `json:"sites,omitempty"` // empty: all
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`   // zero: never
	LastUsed time.Time `json:"last_used,omitzero"` // behind by up to an hour
}

// Entry is one line of the audit record.
type Entry struct {
	Time   time.Time `json:"time"`
	Actor  string    `json:"actor"`  // Identity.Actor
	Action string    `json:"action"` // a fixed word, for example "incident.acknowledge"
	Object string    `json:"object,omitempty"`
	Detail string    `json:"detail,omitempty"`
}
