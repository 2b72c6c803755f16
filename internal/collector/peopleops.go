package collector

import (
	"context"
	"os/user"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// people is the part of admin.Ops that needs no running collector.
type people struct {
	access  *access.Control
	address string // of the console; empty: not known, because no collector runs
}

var _ admin.People = people{}

// keeper is who speaks through the admin socket.
func keeper() access.Identity {
	if u, err := user.Current(); err == nil {
		return access.Local(u.Username)
	}
	return access.Local("keeper")
}

func (p people) CreateToken(ctx context.Context, t admin.NewToken) (admin.Token, error) {
	role, err := access.ParseTokenRole(t.Role)
	if err != nil {
		return admin.Token{}, err
	}
	plain, made, err := p.access.CreateToken(ctx, keeper(), t.Name, role, t.Sites, expiry(t.Expires))
	if err != nil {
		return admin.Token{}, err
	}
	out := tokenOf(made)
	out.Secret = plain.Reveal()
	return out, nil
}

// expiry is the moment so far from now; zero stays zero: never.
func expiry(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Now().Add(d)
}

func tokenOf(t access.Token) admin.Token {
	return admin.Token{Name: t.Name, Role: string(t.Role), Sites: t.Sites, Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed}
}

func (p people) Tokens(ctx context.Context) ([]admin.Token, error) {
	tokens, err := p.access.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]admin.Token, len(tokens))
	for i, t := range tokens {
		out[i] = tokenOf(t)
	}
	return out, nil
}

func (p people) RevokeToken(ctx context.Context, name string) error {
	return p.access.RevokeToken(ctx, keeper(), name)
}

func (p people) AddUser(ctx context.Context, u admin.NewUser) error {
	role, err := access.ParseRole(u.Role)
	if err != nil {
		return err
	}
	lang, err := i18n.ParseLang(u.Language)
	if err != nil {
		return err
	}
	_, err = p.access.CreateUser(ctx, keeper(), access.NewUser{Login: u.Login, Name: u.Name, Lang: lang, Role: role, Sites: u.Sites, Password: secret.New(u.Password)})
	return err
}

func (p people) Users(ctx context.Context) ([]admin.User, error) {
	users, err := p.access.Users(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]admin.User, len(users))
	for i, u := range users {
		out[i] = userOf(u)
	}
	return out, nil
}

func userOf(u access.User) admin.User {
	return admin.User{
		Login: u.Login, Name: u.Name, Role: string(u.Role), Sites: u.Sites, Language: string(u.Lang), Disabled: u.Disabled,
		Provider: u.Provider, Created: u.Created, LastLogin: u.LastLogin, InviteEnds: u.InviteEnds,
	}
}

func (p people) EditUser(ctx context.Context, change admin.UserChange) (admin.User, error) {
	ch := access.UserChange{Name: change.Name, Sites: change.Sites, Disabled: change.Disabled}
	if change.Role != nil {
		role, err := access.ParseRole(*change.Role)
		if err != nil {
			return admin.User{}, err
		}
		ch.Role = &role
	}
	if change.Language != nil {
		lang, err := i18n.ParseLang(*change.Language)
		if err != nil {
			return admin.User{}, err
		}
		ch.Lang = &lang
	}
	u, err := p.access.EditUser(ctx, keeper(), change.Login, ch)
	if err != nil {
		return admin.User{}, err
	}
	return userOf(u), nil
}

func (p people) RemoveUser(ctx context.Context, login string) error {
	return p.access.RemoveUser(ctx, keeper(), login)
}

func (p people) SetPassword(ctx context.Context, w admin.NewPassword) error {
	return p.access.SetPassword(ctx, keeper(), w.Login, secret.New(w.Password))
}

func (p people) InviteUser(ctx context.Context, login string) (admin.Invitation, error) {
	value, until, err := p.access.Invite(ctx, keeper(), login)
	if err != nil {
		return admin.Invitation{}, err
	}
	return admin.Invitation{Link: p.address + "/invite?token=" + value.Reveal(), Until: until}, nil
}

func (p people) Sessions(ctx context.Context, login string) ([]admin.Session, error) {
	sessions, err := p.access.Sessions(ctx, login, "")
	if err != nil {
		return nil, err
	}
	out := make([]admin.Session, len(sessions))
	for i, s := range sessions {
		out[i] = admin.Session{ID: s.ID, Created: s.Created, Seen: s.Seen, Address: s.Address, Browser: s.Browser}
	}
	return out, nil
}

func (p people) EndSessions(ctx context.Context, e admin.SessionEnd) error {
	if e.ID != "" {
		return p.access.EndSession(ctx, keeper(), e.Login, e.ID)
	}
	return p.access.EndSessions(ctx, keeper(), e.Login, "")
}

// people is the part of the keeper's questions that is about people.
func (o ops) people() people { return people{access: o.c.access, address: o.c.publicURL()} }

func (o ops) CreateToken(ctx context.Context, t admin.NewToken) (admin.Token, error) {
	return o.people().CreateToken(ctx, t)
}
func (o ops) Tokens(ctx context.Context) ([]admin.Token, error) { return o.people().Tokens(ctx) }
func (o ops) RevokeToken(ctx context.Context, name string) error {
	return o.people().RevokeToken(ctx, name)
}
func (o ops) AddUser(ctx context.Context, u admin.NewUser) error { return o.people().AddUser(ctx, u) }
func (o ops) Users(ctx context.Context) ([]admin.User, error)    { return o.people().Users(ctx) }
func (o ops) RemoveUser(ctx context.Context, login string) error {
	return o.people().RemoveUser(ctx, login)
}
func (o ops) EndSessions(ctx context.Context, e admin.SessionEnd) error {
	return o.people().EndSessions(ctx, e)
}
func (o ops) SetPassword(ctx context.Context, w admin.NewPassword) error {
	return o.people().SetPassword(ctx, w)
}
func (o ops) EditUser(ctx context.Context, change admin.UserChange) (admin.User, error) {
	return o.people().EditUser(ctx, change)
}
func (o ops) InviteUser(ctx context.Context, login string) (admin.Invitation, error) {
	return o.people().InviteUser(ctx, login)
}
func (o ops) Sessions(ctx context.Context, login string) ([]admin.Session, error) {
	return o.people().Sessions(ctx, login)
}
