// Package oidc lets people log in at an identity provider that speaks OpenID
// Connect (Microsoft Entra ID, Keycloak): it sends their browser there, takes
// what the provider says of them, and tells package access who they are and,
// by their groups, what they may do. It keeps no account and begins no session;
// pages and cookies are the console's. The collector's composition is the only
// caller of New.
//
// # What protects a log-in
//
// The authorization code flow with PKCE (RFC 7636). State, nonce and the
// verifier are made for each log-in and travel in a cookie that only this
// collector can make or read, for ten minutes: an answer that was fetched by
// another browser is refused. Of the ID token signature, issuer, audience,
// authorized party, expiry and nonce are checked; algorithms are those of public
// keys. The provider is asked over TLS, unless it is on this computer.
//
// # What a provider cannot do
//
// Nothing is asked of it before somebody wants to log in, so a provider that is
// gone does not keep the collector from starting, or local people from logging
// in. Every request has a deadline, every answer a bound, and a few log-ins at
// once are all that wait for it.
package oidc

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
)

// Options says how to make a Provider. Config, RedirectURL and Key are needed.
type Options struct {
	Config      Config
	RedirectURL string           // of the console, to which the provider sends people back
	Key         []byte           // 32 bytes: seals what travels in the browser
	Lang        i18n.Lang        // of new accounts whose provider names no language of ours; empty: English
	Now         func() time.Time // nil: time.Now
	Timeout     time.Duration    // of all that is asked of the provider in one step of a log-in; 0: 15 s
}

// Bounds of what a provider can cost.
const (
	maxBody     = 1 << 20 // bytes of an answer
	maxCode     = 4096    // bytes of an authorization code
	atOnce      = 8       // log-ins that wait for the provider
	knownFor    = 12 * time.Hour
	failedFor   = 5 * time.Second // no new question after one that failed
	defaultWait = 15 * time.Second
)

// Provider is an identity provider. It is safe for concurrent use.
type Provider struct {
	config   Config
	redirect string
	box      *box
	lang     i18n.Lang
	now      func() time.Time
	timeout  time.Duration
	client   *http.Client

	places chan struct{} // of log-ins that ask the provider
	found  chan found    // holds one value: a lock that a context can give up on
}

// found is what is known of the provider's addresses and keys.
type found struct {
	provider *goidc.Provider
	style    oauth2.AuthStyle
	at       time.Time // when it was learnt
	err      error     // of the last try
	failed   time.Time // when that was
}

// New makes a Provider. It asks the provider nothing.
func New(o Options) (*Provider, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lang == "" {
		o.Lang = i18n.English
	}
	if o.Timeout == 0 {
		o.Timeout = defaultWait
	}
	pool, err := roots(o.Config.CAFile)
	if err != nil {
		return nil, err
	}
	box, err := newBox(o.Key)
	if err != nil {
		return nil, err
	}
	p := &Provider{
		config: o.Config, redirect: o.RedirectURL, box: box, lang: o.Lang, now: o.Now, timeout: o.Timeout,
		client: &http.Client{
			Timeout: o.Timeout,
			Transport: bounded{&http.Transport{
				DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
				TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool},
				TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: o.Timeout, IdleConnTimeout: time.Minute,
				MaxIdleConns: 4, MaxConnsPerHost: 2 * atOnce, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
			}},
			// None of the addresses that are asked has a reason to send elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		places: make(chan struct{}, atOnce), found: make(chan found, 1),
	}
	p.found <- found{}
	return p, nil
}

// bounded cuts the bodies of answers.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxBody), resp.Body}
	}
	return resp, err
}

// Name is what the button on the page of log-ins calls the provider.
func (p *Provider) Name() string { return p.config.button() }

// enter bounds how many ask the provider at once, and for how long.
func (p *Provider) enter(ctx context.Context) (context.Context, func(), error) {
	select {
	case p.places <- struct{}{}:
	default:
		return nil, nil, access.ErrBusy
	}
	ctx, cancel := context.WithTimeout(goidc.ClientContext(ctx, p.client), p.timeout)
	return ctx, func() { cancel(); <-p.places }, nil
}

// refuse makes the error that says why nobody is let in.
func refuse(code string, err error) error { return &access.RefusedError{Code: code, Err: err} }

// discover learns the provider's addresses, or knows them already.
func (p *Provider) discover(ctx context.Context) (found, error) {
	var f found
	select {
	case f = <-p.found:
	case <-ctx.Done():
		return found{}, refuse("unreachable", ctx.Err())
	}
	defer func() { p.found <- f }()
	now := p.now()
	fresh := f.provider != nil && now.Sub(f.at) < knownFor
	if fresh || f.provider == nil && f.err != nil && now.Sub(f.failed) < failedFor {
		return f, f.err
	}
	provider, style, err := p.ask(ctx)
	switch {
	case err == nil:
		f = found{provider: provider, style: style, at: now}
	case f.provider != nil:
		f.at = now.Add(failedFor - knownFor) // what is known is good enough until it answers again
	case errors.Is(ctx.Err(), context.Canceled):
		// Whoever asked went away. That says nothing of the provider, and must
		// not keep the others out.
		return found{}, refuse("unreachable", err)
	default:
		f = found{err: refuse("unreachable", err), failed: now}
	}
	return f, f.err
}

func (p *Provider) ask(ctx context.Context) (*goidc.Provider, oauth2.AuthStyle, error) {
	provider, err := goidc.NewProvider(ctx, p.config.Issuer)
	if err != nil {
		return nil, 0, fmt.Errorf("learn the addresses of %s: %w", p.config.Issuer, err)
	}
	var more struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		Keys    string   `json:"jwks_uri"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, 0, fmt.Errorf("learn the addresses of %s: %w", p.config.Issuer, err)
	}
	for _, address := range []string{provider.Endpoint().AuthURL, provider.Endpoint().TokenURL, more.Keys} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "https" && !strings.HasPrefix(p.config.Issuer, "http://") {
			return nil, 0, fmt.Errorf("learn the addresses of %s: it names %.200q, which is not an https address", p.config.Issuer, address)
		}
	}
	// Basic is the default (OpenID Connect Discovery 1.0, section 3). To try one
	// after the other would spend the code, which works once.
	style := oauth2.AuthStyleInHeader
	for _, method := range more.Methods {
		if method == "client_secret_basic" {
			return provider, oauth2.AuthStyleInHeader, nil
		}
		if method == "client_secret_post" {
			style = oauth2.AuthStyleInParams
		}
	}
	return provider, style, nil
}

func (p *Provider) flow(f found) (oauth2.Config, error) {
	value, err := p.config.secret()
	if err != nil {
		return oauth2.Config{}, refuse("provider", err)
	}
	endpoint := f.provider.Endpoint()
	endpoint.AuthStyle = f.style
	return oauth2.Config{ClientID: p.config.ClientID, ClientSecret: value.Reveal(), Endpoint: endpoint, RedirectURL: p.redirect, Scopes: p.config.scopes()}, nil
}

// Begin begins a log-in: the browser goes to address, and keeps cookie until
// then. next is where the person wants to be afterwards. It fails with an
// *access.RefusedError or access.ErrBusy.
func (p *Provider) Begin(ctx context.Context, next string) (address, cookie string, until time.Time, err error) {
	fail := func(err error) (string, string, time.Time, error) { return "", "", time.Time{}, err }
	ctx, leave, err := p.enter(ctx)
	if err != nil {
		return fail(err)
	}
	defer leave()
	f, err := p.discover(ctx)
	if err != nil {
		return fail(err)
	}
	flow, err := p.flow(f)
	if err != nil {
		return fail(err)
	}
	until = p.now().Add(loginLife)
	l := login{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier(), Next: next, Ends: until.Unix()}
	cookie, err = p.box.seal(l)
	if err != nil {
		return fail(err)
	}
	return flow.AuthCodeURL(l.State, goidc.Nonce(l.Nonce), oauth2.S256ChallengeOption(l.Verifier)), cookie, until, nil
}

// Finish ends a log-in: query is what the provider sent the browser back with,
// cookie what the browser kept. The answer is who that is, and where they wanted
// to be. It fails with an *access.RefusedError or with access.ErrBusy.
func (p *Provider) Finish(ctx context.Context, query url.Values, cookie string) (who access.External, next string, err error) {
	l, err := p.box.open(cookie)
	if err != nil || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(l.State)) != 1 {
		return access.External{}, "", refuse("state", errors.New("the answer belongs to no log-in of this browser"))
	}
	if p.now().Unix() >= l.Ends {
		return access.External{}, "", refuse("late", errors.New("the log-in took longer than "+loginLife.String()))
	}
	// Whose answer it is (RFC 9207), where the provider says so.
	if issuer, given := query["iss"]; given && issuer[0] != p.config.Issuer {
		return access.External{}, "", refuse("token", fmt.Errorf("the answer is of %.200q", issuer[0]))
	}
	if problem := query.Get("error"); problem != "" {
		return access.External{}, "", refuse("provider", fmt.Errorf("the provider says %.100q: %.500q", problem, query.Get("error_description")))
	}
	code := query.Get("code")
	if code == "" || len(code) > maxCode {
		return access.External{}, "", refuse("provider", errors.New("the provider sent no code"))
	}
	ctx, leave, err := p.enter(ctx)
	if err != nil {
		return access.External{}, "", err
	}
	defer leave()
	claims, err := p.redeem(ctx, l, code)
	if err != nil {
		return access.External{}, "", err
	}
	who, err = p.person(claims)
	return who, l.Next, err
}

// redeem exchanges the code for an ID token and checks that.
func (p *Provider) redeem(ctx context.Context, l login, code string) (claims, error) {
	f, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	flow, err := p.flow(f)
	if err != nil {
		return nil, err
	}
	tokens, err := flow.Exchange(ctx, code, oauth2.VerifierOption(l.Verifier))
	var said *oauth2.RetrieveError
	switch {
	case errors.As(err, &said):
		return nil, refuse("provider", fmt.Errorf("the provider does not take the code: %s, %.100q: %.500q", said.Response.Status, said.ErrorCode, said.ErrorDescription))
	case err != nil:
		return nil, refuse("unreachable", fmt.Errorf("exchange the code: %w", err))
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, refuse("token", errors.New("the provider gave no ID token"))
	}
	token, err := f.provider.Verifier(&goidc.Config{ClientID: p.config.ClientID, Now: p.now}).Verify(ctx, raw)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, refuse("unreachable", fmt.Errorf("get the provider's keys: %w", ctx.Err()))
	case err != nil:
		return nil, refuse("token", fmt.Errorf("check the ID token: %w", err))
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(l.Nonce)) != 1:
		return nil, refuse("token", errors.New("check the ID token: it was made for another log-in (nonce)"))
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(tokens.AccessToken); err != nil {
			return nil, refuse("token", fmt.Errorf("check the ID token: %w", err))
		}
	}
	out := claims{}
	if err := token.Claims(&out); err != nil {
		return nil, refuse("token", fmt.Errorf("read the ID token: %w", err))
	}
	// Of several audiences one is who it was made for (OpenID Connect Core 1.0,
	// section 3.1.3.7).
	if azp := out.text("azp"); len(token.Audience) > 1 && azp == "" || azp != "" && azp != p.config.ClientID {
		return nil, refuse("token", fmt.Errorf("check the ID token: it was made for %.200q (azp)", azp))
	}
	out["sub"] = token.Subject
	return out, nil
}
