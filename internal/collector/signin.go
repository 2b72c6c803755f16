package collector

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/oidc"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// signInPurpose names the key that seals what travels in browsers.
const signInPurpose = "sign-in 1"

// signIn is the identity provider of the configuration that holds, if any.
type signIn struct {
	key     []byte
	now     func() time.Time
	current atomic.Pointer[oidc.Provider]
}

var _ web.SignIn = (*signIn)(nil)

func newSignIn(key access.Key, now func() time.Time) (*signIn, error) {
	derived, err := key.Derive(signInPurpose)
	if err != nil {
		return nil, err
	}
	return &signIn{key: derived, now: now}, nil
}

// provider makes the provider of a configuration, without asking it anything;
// nil when there is none.
func (s *signIn) provider(config *Config) (*oidc.Provider, error) {
	if config.OIDC == nil {
		return nil, nil
	}
	p, err := oidc.New(oidc.Options{
		Config: *config.OIDC, RedirectURL: strings.TrimRight(config.ExternalURL, "/") + web.SignInCallback,
		Key: s.key, Lang: i18n.Lang(config.Language), Now: s.now,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the identity provider: %w", err)
	}
	return p, nil
}

// Name implements web.SignIn.
func (s *signIn) Name() string {
	if p := s.current.Load(); p != nil {
		return p.Name()
	}
	return ""
}

// Begin implements web.SignIn.
func (s *signIn) Begin(ctx context.Context, next string) (address, cookie string, until time.Time, err error) {
	p := s.current.Load()
	if p == nil {
		return "", "", time.Time{}, web.ErrNotFound
	}
	return p.Begin(ctx, next)
}

// Finish implements web.SignIn.
func (s *signIn) Finish(ctx context.Context, query url.Values, cookie string) (access.External, string, error) {
	p := s.current.Load()
	if p == nil {
		return access.External{}, "", web.ErrNotFound
	}
	return p.Finish(ctx, query, cookie)
}
