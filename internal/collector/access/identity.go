package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/budi-monitor/budi/internal/i18n"
)

// Role says how much somebody may do. Each role may do all that the ones
// before it may.
type Role string

// The roles, from the least to the most.
const (
	Viewer        Role = "viewer"        // sees what is watched and what is wrong
	Books         Role = "books"         // also compares inventory lists
	Operator      Role = "operator"      // also acknowledges, closes and silences
	Administrator Role = "administrator" // also manages people, tokens and settings
)

// Push is the role of a program that delivers samples by Prometheus' remote
// write, for one site. It is for tokens only, and stands beside the others: it
// reads nothing, and none of them writes.
const Push Role = "push"

// Roles lists every role of people, from the least to the most.
func Roles() []Role { return []Role{Viewer, Books, Operator, Administrator} }

// ParseRole returns the role with a name.
func ParseRole(s string) (Role, error) {
	if r := Role(s); r.rank() > 0 {
		return r, nil
	}
	return "", &InvalidError{Field: "role", Code: "role", Want: fmt.Sprintf("unknown role %q; use viewer, books, operator or administrator", s)}
}

// ParseTokenRole is ParseRole for an API token, which may have the role Push
// too.
func ParseTokenRole(s string) (Role, error) {
	if s == string(Push) {
		return Push, nil
	}
	r, err := ParseRole(s)
	if err != nil {
		return "", &InvalidError{Field: "role", Code: "role", Want: fmt.Sprintf("unknown role %q; use viewer, books, operator, administrator, or push for programs that deliver samples", s)}
	}
	return r, nil
}

// rank is 0 for what is not a role, so that nothing is allowed by mistake.
func (r Role) rank() int { return slices.Index(Roles(), r) + 1 }

// Allows reports whether the role may do what needs the other one.
func (r Role) Allows(need Role) bool { return need.rank() > 0 && r.rank() >= need.rank() }

// Kind says how somebody proved who they are.
type Kind string

// The kinds.
const (
	KindUser  Kind = "user"  // a person with a session
	KindToken Kind = "token" // a program with an API token
	KindLocal Kind = "local" // somebody who can open the admin socket in the data folder
)

// Identity is who a request comes from.
type Identity struct {
	Kind  Kind
	Login string    // the account, or the token's name
	Name  string    // for people to read; the token's name for tokens
	Role  Role      //
	Sites []string  // IDs of the sites that are seen; empty: all
	Lang  i18n.Lang // empty for tokens
}

// Actor names the identity in the audit record: "user rasa@example.lt".
func (id Identity) Actor() string { return string(id.Kind) + " " + id.Login }

// Whole reports whether every site is seen.
func (id Identity) Whole() bool { return len(id.Sites) == 0 }

// Sees reports whether a site is among those that are seen.
func (id Identity) Sees(site string) bool { return id.Whole() || slices.Contains(id.Sites, site) }

// Covers reports whether nobody would get rights beyond those of the identity
// by having the role for the sites (empty: all). Push is an administrator's to
// give.
func (id Identity) Covers(role Role, sites []string) bool {
	if role == Push {
		role = Administrator
	}
	if !id.Role.Allows(role) {
		return false
	}
	return id.Whole() || len(sites) > 0 && !slices.ContainsFunc(sites, func(s string) bool { return !slices.Contains(id.Sites, s) })
}

// Local is the identity of whoever can open the admin socket; user is the
// account of the operating system.
func Local(user string) Identity {
	return Identity{Kind: KindLocal, Login: user, Name: user, Role: Administrator}
}

type contextKey struct{}

// WithIdentity returns a context that carries who the request comes from.
func WithIdentity(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// FromContext returns who the request comes from; false when nobody is known.
func FromContext(ctx context.Context) (Identity, bool) {
	id, ok := ctx.Value(contextKey{}).(Identity)
	return id, ok
}
