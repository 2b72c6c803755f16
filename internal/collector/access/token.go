package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/secret"
)

// TokenPrefix begins every API token, so that scanners for leaked secrets know
// one: budi_ and 43 characters of A-Z, a-z, 0-9, "-" and "_".
const TokenPrefix = "budi_"

// lastUsedEvery bounds how often a token in use is written.
const lastUsedEvery = time.Hour

// CreateToken makes an API token and returns its value, which nobody can read
// again. Sites may be empty for all, expires zero for never. It fails with an
// *InvalidError, ErrExists or ErrFull.
func (c *Control) CreateToken(ctx context.Context, by Identity, name string, role Role, sites []string, expires time.Time) (secret.String, Token, error) {
	t := Token{Name: strings.TrimSpace(name), Role: role, Sites: sites, By: by.Actor(), Created: c.now(), Expires: expires}
	if err := errors.Join(checkTokenName(t.Name), checkTokenRole(role, sites), checkSites(sites), checkExpires(expires, t.Created)); err != nil {
		return secret.String{}, Token{}, err
	}
	if !by.Covers(role, sites) {
		return secret.String{}, Token{}, errBeyond()
	}
	random, _ := newToken()
	plain := TokenPrefix + random
	if err := c.store.AddToken(ctx, hashOf(plain), t, MaxTokens); err != nil {
		return secret.String{}, Token{}, fmt.Errorf("add token %q: %w", t.Name, err)
	}
	_, after := Changes(nil, struct {
		Role    Role      `json:"role"`
		Sites   []string  `json:"sites,omitempty"`
		Expires time.Time `json:"expires,omitzero"`
	}{t.Role, t.Sites, t.Expires})
	c.record(ctx, Entry{Actor: by.Actor(), Action: "token.add", Object: t.Name, Detail: string(role), After: after})
	return secret.New(plain), t, nil
}

func checkTokenName(name string) error {
	if isDots(name) {
		return &InvalidError{Field: "name", Code: "name", Want: "use a name that says what the token is for"}
	}
	return checkName(name)
}

func checkTokenRole(r Role, sites []string) error {
	if r == Push && len(sites) != 1 {
		return &InvalidError{Field: "sites", Code: "sites", Want: "a token that delivers samples is for one site: name it with --site"}
	}
	_, err := ParseTokenRole(string(r))
	return err
}

func checkExpires(expires, now time.Time) error {
	if !expires.IsZero() && !expires.After(now) {
		return &InvalidError{Field: "expires", Code: "expires", Want: "this time is past already; use one that is to come"}
	}
	return nil
}

// Tokens lists the API tokens by name.
func (c *Control) Tokens(ctx context.Context) ([]Token, error) {
	tokens, err := c.store.Tokens(ctx)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return tokens, nil
}

// RevokeToken makes a token worthless from the next request on. It fails with
// ErrNotFound.
func (c *Control) RevokeToken(ctx context.Context, by Identity, name string) error {
	if err := c.store.RevokeToken(ctx, name); err != nil {
		return fmt.Errorf("revoke token %q: %w", name, err)
	}
	c.record(ctx, Entry{Actor: by.Actor(), Action: "token.revoke", Object: name})
	return nil
}

// Token returns who an API token's value belongs to. It fails with
// ErrUnauthenticated when there is no such token, or it is revoked or expired.
func (c *Control) Token(ctx context.Context, value string) (Identity, error) {
	if len(value) != len(TokenPrefix)+tokenLength || !strings.HasPrefix(value, TokenPrefix) {
		c.tokensRefused.Inc()
		return Identity{}, ErrUnauthenticated
	}
	key, now := hashOf(value), c.now()
	t, err := c.store.Token(ctx, key)
	if errors.Is(err, ErrNotFound) || err == nil && !t.Expires.IsZero() && !now.Before(t.Expires) {
		c.tokensRefused.Inc()
		return Identity{}, ErrUnauthenticated
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read token: %w", err)
	}
	if now.Sub(t.LastUsed) >= lastUsedEvery {
		if err := c.store.TouchToken(ctx, key, now); err != nil {
			c.log.Warn("note that a token is in use", "token", t.Name, "err", err)
		}
	}
	return Identity{Kind: KindToken, Login: t.Name, Name: t.Name, Role: t.Role, Sites: t.Sites}, nil
}
