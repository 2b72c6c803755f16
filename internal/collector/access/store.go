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
	// EditAccount stores what edit makes of an account, for which edit gets all
	// the others too, by login. An error of edit is returned and nothing is
	// stored. When the account is disabled afterwards, or its password
	// is another, every session of it ends. It fails with ErrNotFound. edit runs
	// in the transaction: it must not call the store.
	EditAccount(ctx context.Context, login string, edit func(a *Account, others []Account) error) error
	// RemoveAccount removes an account and its sessions, unless may, which gets
	// all the others too, returns an error. It fails with ErrNotFound.
	RemoveAccount(ctx context.Context, login string, may func(a Account, others []Account) error) error

	// AddSession ends the oldest sessions of the account that are more than
	// limit, the new one counted, and all that were created before over. It
	// moves User.LastLogin to Session.Created.
	AddSession(ctx context.Context, key Hash, s Session, limit int, over time.Time) error
	// Session fails with ErrNotFound.
	Session(ctx context.Context, key Hash) (Session, error)
	// TouchSession moves Session.Seen; a session that is gone stays gone.
	TouchSession(ctx context.Context, key Hash, at time.Time) error
	// EndSession does nothing when there is no such session.
	EndSession(ctx context.Context, key Hash) error
	// Sessions lists those of one account, in no order.
	Sessions(ctx context.Context, login string) (map[Hash]Session, error)

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

	// AppendAudit drops the oldest entries that are more than limit. It numbers
	// the entry.
	AppendAudit(ctx context.Context, e Entry, limit int) error
	// AuditBack calls each with the entries whose Number is below before, newest
	// first, until there are none or each returns false. each runs in the
	// transaction: it must not call the store.
	AuditBack(ctx context.Context, before uint64, each func(Entry) bool) error
}

// User is what others may know about an account.
type User struct {
	Login    string    `json:"login"` // as NormalLogin returns it
	Name     string    `json:"name"`
	Lang     i18n.Lang `json:"language"`
	Role     Role      `json:"role"`
	Sites    []string  `json:"sites,omitempty"` // empty: all
	Disabled bool      `json:"disabled,omitempty"`
	// Provider is the issuer of the OpenID Connect provider where the person
	// logs in, and which decides the role and the sites; empty: here, with a
	// password.
	Provider  string    `json:"provider,omitempty"`
	Created   time.Time `json:"created"`
	LastLogin time.Time `json:"last_login,omitzero"` // zero: never
	// InviteEnds is until when a link to choose a password works; zero: there
	// is none.
	InviteEnds time.Time `json:"invite_ends,omitzero"`
}

// Whole reports whether every site is seen.
func (u User) Whole() bool { return len(u.Sites) == 0 }

// Account is a User with what proves who somebody is.
type Account struct {
	User
	Password    string    `json:"password_hash"` // in PHC's string format; empty: none chosen yet, or Provider is set
	PasswordSet time.Time `json:"password_set"`
	Subject     string    `json:"subject,omitempty"` // the person's ID at the provider, which never changes
	Invite      []byte    `json:"invite,omitempty"`  // SHA-256 of the link's value
}

// Session is one log-in of a browser.
type Session struct {
	Login       string    `json:"login"`
	PasswordSet time.Time `json:"password_set"` // the account's, at the log-in: another one ends the session
	Created     time.Time `json:"created"`
	Seen        time.Time `json:"seen"`              // behind by up to touchEvery
	Address     string    `json:"address,omitempty"` // from which the log-in came
	Browser     string    `json:"browser,omitempty"` // as Browser names it
}

// Token is what others may know about an API token.
type Token struct {
	Name     string    `json:"name"`
	Role     Role      `json:"role"`
	Sites    []string  `json:"sites,omitempty"` // empty: all
	By       string    `json:"by,omitempty"`    // Identity.Actor of who made it; empty: not known
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`   // zero: never
	LastUsed time.Time `json:"last_used,omitzero"` // behind by up to an hour
}

// Entry is one line of the audit record.
type Entry struct {
	Number uint64    `json:"-"` // grows with each entry; set by the store
	Time   time.Time `json:"time"`
	Actor  string    `json:"actor"`  // Identity.Actor
	Action string    `json:"action"` // a fixed word, for example "incident.acknowledge"
	Object string    `json:"object,omitempty"`
	Detail string    `json:"detail,omitempty"`
	// Before and After tell what changed: JSON objects that hold the fields
	// which differ (see Changes), or short texts.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}
