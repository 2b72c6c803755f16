package mail

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/budi-monitor/budi/internal/secret"
)

// tokenSource keeps one access token while it is good.
type tokenSource struct {
	cfg  OAuth2
	http *http.Client

	lock    chan struct{} // holds one value; a lock that a context can give up on
	current *oauth2.Token
	refresh secret.String // the newest refresh token that the server gave
}

func newTokenSource(cfg OAuth2) *tokenSource {
	return &tokenSource{
		cfg:  cfg,
		http: &http.Client{Timeout: 30 * time.Second},
		lock: make(chan struct{}, 1),
	}
}

// token returns an access token that is good for some time yet.
func (t *tokenSource) token(ctx context.Context) (secret.String, error) {
	select {
	case t.lock <- struct{}{}:
		defer func() { <-t.lock }()
	case <-ctx.Done():
		return secret.String{}, ctx.Err()
	}
	if t.current.Valid() {
		return secret.New(t.current.AccessToken), nil
	}
	tok, err := t.fetch(context.WithValue(ctx, oauth2.HTTPClient, t.http))
	if err != nil {
		return secret.String{}, fmt.Errorf("get access token from %s: %w", t.cfg.TokenURL, err)
	}
	t.current = tok
	return secret.New(tok.AccessToken), nil
}

func (t *tokenSource) fetch(ctx context.Context) (*oauth2.Token, error) {
	client, err := readSecret(t.cfg.ClientSecret, t.cfg.ClientSecretFile)
	if err != nil {
		return nil, err
	}
	refresh, err := readSecret(t.cfg.RefreshToken, t.cfg.RefreshTokenFile)
	if err != nil {
		return nil, err
	}
	if refresh.IsZero() {
		c := clientcredentials.Config{
			ClientID: t.cfg.ClientID, ClientSecret: client.Reveal(),
			TokenURL: t.cfg.TokenURL, Scopes: t.cfg.Scopes,
		}
		return c.Token(ctx)
	}
	if !t.refresh.IsZero() {
		refresh = t.refresh
	}
	c := oauth2.Config{
		ClientID: t.cfg.ClientID, ClientSecret: client.Reveal(),
		Endpoint: oauth2.Endpoint{TokenURL: t.cfg.TokenURL}, Scopes: t.cfg.Scopes,
	}
	tok, err := c.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh.Reveal()}).Token()
	if err != nil {
		t.refresh = secret.String{} // next time with what is configured: it may have been renewed
		return nil, err
	}
	t.refresh = secret.New(tok.RefreshToken)
	return tok, nil
}

// forget drops a token that the mail server did not take.
func (t *tokenSource) forget(ctx context.Context) {
	select {
	case t.lock <- struct{}{}:
		t.current = nil
		<-t.lock
	case <-ctx.Done():
	}
}
