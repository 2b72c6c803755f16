package admin

import (
	"context"
	"net/http"
	"time"
)

// People is the part of Ops about people and API tokens. It needs no running
// collector.
type People interface {
	CreateToken(ctx context.Context, t NewToken) (Token, error)
	Tokens(ctx context.Context) ([]Token, error)
	RevokeToken(ctx context.Context, name string) error
	AddUser(ctx context.Context, u NewUser) error
	Users(ctx context.Context) ([]User, error)
	EditUser(ctx context.Context, change UserChange) (User, error)
	RemoveUser(ctx context.Context, login string) error
	SetPassword(ctx context.Context, p NewPassword) error
	InviteUser(ctx context.Context, login string) (Invitation, error)
	Sessions(ctx context.Context, login string) ([]Session, error)
	EndSessions(ctx context.Context, e SessionEnd) error
}

// NewToken asks for an API token.
type NewToken struct {
	Name    string        `json:"name"`
	Role    string        `json:"role"`
	Sites   []string      `json:"sites,omitempty"` // empty: all
	Expires time.Duration `json:"expires"`         // from now; 0 means never
}

// Token is an API token. Secret is there once, when it is made.
type Token struct {
	Name     string    `json:"name"`
	Role     string    `json:"role"`
	Sites    []string  `json:"sites,omitempty"`
	Secret   string    `json:"token,omitempty"`
	Created  time.Time `json:"created"`
	Expires  time.Time `json:"expires,omitzero"`
	LastUsed time.Time `json:"last_used,omitzero"`
}

// NewUser asks for a person's account.
type NewUser struct {
	Login    string   `json:"login"`
	Name     string   `json:"name"`
	Role     string   `json:"role"`
	Sites    []string `json:"sites,omitempty"` // empty: all
	Language string   `json:"language"`
	Password string   `json:"password,omitempty"` // empty: chosen later, by a link
}

// User is a person's account.
type User struct {
	Login      string    `json:"login"`
	Name       string    `json:"name"`
	Role       string    `json:"role"`
	Sites      []string  `json:"sites,omitempty"` // empty: all
	Language   string    `json:"language"`
	Disabled   bool      `json:"disabled,omitempty"`
	Provider   string    `json:"provider,omitempty"` // the identity provider's issuer; empty: a password
	Created    time.Time `json:"created"`
	LastLogin  time.Time `json:"last_login,omitzero"`
	InviteEnds time.Time `json:"invite_ends,omitzero"` // of a link to choose a password
}

// UserChange says what shall be different about an account; nil leaves it as
// it is.
type UserChange struct {
	Login    string    `json:"login"`
	Name     *string   `json:"name,omitempty"`
	Role     *string   `json:"role,omitempty"`
	Sites    *[]string `json:"sites,omitempty"` // empty: all
	Language *string   `json:"language,omitempty"`
	Disabled *bool     `json:"disabled,omitempty"`
}

// NewPassword replaces the password of an account.
type NewPassword struct {
	Login    string `json:"login"`
	Password string `json:"password"`
}

// Invitation is a link with which a person chooses a password, once.
type Invitation struct {
	Link  string    `json:"link"` // without the console's address when no collector runs
	Until time.Time `json:"until"`
}

// Session is one log-in of a browser.
type Session struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Address string    `json:"address,omitempty"`
	Browser string    `json:"browser,omitempty"`
}

// SessionEnd ends sessions of an account.
type SessionEnd struct {
	Login string `json:"login"`
	ID    string `json:"id,omitempty"` // empty: all of them
}

func handlePeople(mux *http.ServeMux, ops People) {
	handle(mux, "token/create", ops.CreateToken)
	handle(mux, "token/list", func(ctx context.Context, _ nothing) ([]Token, error) { return ops.Tokens(ctx) })
	handle(mux, "token/revoke", func(ctx context.Context, name string) (nothing, error) { return nothing{}, ops.RevokeToken(ctx, name) })
	handle(mux, "user/add", func(ctx context.Context, u NewUser) (nothing, error) { return nothing{}, ops.AddUser(ctx, u) })
	handle(mux, "user/list", func(ctx context.Context, _ nothing) ([]User, error) { return ops.Users(ctx) })
	handle(mux, "user/edit", ops.EditUser)
	handle(mux, "user/remove", func(ctx context.Context, login string) (nothing, error) { return nothing{}, ops.RemoveUser(ctx, login) })
	handle(mux, "user/password", func(ctx context.Context, p NewPassword) (nothing, error) { return nothing{}, ops.SetPassword(ctx, p) })
	handle(mux, "user/invite", ops.InviteUser)
	handle(mux, "user/sessions", ops.Sessions)
	handle(mux, "user/sessions/end", func(ctx context.Context, e SessionEnd) (nothing, error) { return nothing{}, ops.EndSessions(ctx, e) })
}

// CreateToken implements People.
func (c *Client) CreateToken(ctx context.Context, t NewToken) (Token, error) {
	return call[NewToken, Token](ctx, c, "token/create", t)
}

// Tokens implements People.
func (c *Client) Tokens(ctx context.Context) ([]Token, error) {
	return call[nothing, []Token](ctx, c, "token/list", nothing{})
}

// RevokeToken implements People.
func (c *Client) RevokeToken(ctx context.Context, name string) error {
	_, err := call[string, nothing](ctx, c, "token/revoke", name)
	return err
}

// AddUser implements People.
func (c *Client) AddUser(ctx context.Context, u NewUser) error {
	_, err := call[NewUser, nothing](ctx, c, "user/add", u)
	return err
}

// Users implements People.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	return call[nothing, []User](ctx, c, "user/list", nothing{})
}

// EditUser implements People.
func (c *Client) EditUser(ctx context.Context, change UserChange) (User, error) {
	return call[UserChange, User](ctx, c, "user/edit", change)
}

// RemoveUser implements People.
func (c *Client) RemoveUser(ctx context.Context, login string) error {
	_, err := call[string, nothing](ctx, c, "user/remove", login)
	return err
}

// SetPassword implements People.
func (c *Client) SetPassword(ctx context.Context, p NewPassword) error {
	_, err := call[NewPassword, nothing](ctx, c, "user/password", p)
	return err
}

// InviteUser implements People.
func (c *Client) InviteUser(ctx context.Context, login string) (Invitation, error) {
	return call[string, Invitation](ctx, c, "user/invite", login)
}

// Sessions implements People.
func (c *Client) Sessions(ctx context.Context, login string) ([]Session, error) {
	return call[string, []Session](ctx, c, "user/sessions", login)
}

// EndSessions implements People.
func (c *Client) EndSessions(ctx context.Context, e SessionEnd) error {
	_, err := call[SessionEnd, nothing](ctx, c, "user/sessions/end", e)
	return err
}
