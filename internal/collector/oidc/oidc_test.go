package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/oidc"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/idp"
)

const redirect = "https://budi.mokykla.example/login/oidc/callback"

// start starts a provider for a test.
func start(t testing.TB) *idp.Server {
	t.Helper()
	s, err := idp.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func authorize(t testing.TB, at *idp.Server, address string) url.Values {
	t.Helper()
	q, err := at.Authorize(address)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func configOf(p *idp.Server) oidc.Config {
	return oidc.Config{
		Issuer: p.URL, ClientID: idp.ClientID, ClientSecret: secret.New(idp.ClientSecret),
		Groups: []oidc.Group{
			{Group: "it", Role: "administrator", AllSites: true},
			{Group: "library", Role: "operator", Sites: []string{"filialas", "centras"}},
		},
	}
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newProvider(t testing.TB, c oidc.Config, edit ...func(*oidc.Options)) *oidc.Provider {
	t.Helper()
	o := oidc.Options{Config: c, RedirectURL: redirect, Key: make([]byte, 32)}
	for _, e := range edit {
		e(&o)
	}
	p, err := oidc.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// loginAt logs in as a person does.
func loginAt(t testing.TB, p *oidc.Provider, at *idp.Server) (access.External, string, error) {
	t.Helper()
	address, cookie, _, err := p.Begin(t.Context(), "/devices?q=x")
	if err != nil {
		return access.External{}, "", err
	}
	return p.Finish(t.Context(), authorize(t, at, address), cookie)
}

// code is that of the refusal, "" when there is none.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var refused *access.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("not a refusal: %v", err)
	}
	if strings.Contains(err.Error(), idp.ClientSecret) {
		t.Errorf("the client's secret is told: %v", err)
	}
	return refused.Code
}

func TestSomebodyLogsInAtTheProvider(t *testing.T) {
	for _, method := range []string{"", "client_secret_post"} {
		at := start(t)
		at.Method = method
		p := newProvider(t, configOf(at))
		who, next, err := loginAt(t, p, at)
		if err != nil {
			t.Fatal(err)
		}
		want := access.External{Issuer: at.URL, Subject: "17", Login: "rasa@mokykla.example", Name: "Rasa Petraitė", Lang: i18n.Lithuanian, Role: access.Administrator}
		if d := cmp.Diff(want, who); d != "" || next != "/devices?q=x" {
			t.Errorf("next %s, (-want +got):\n%s", next, d)
		}
		if p.Name() != "127.0.0.1" {
			t.Errorf("called %q", p.Name())
		}
		if _, _, err := loginAt(t, p, at); err != nil || at.Asks != 1 {
			t.Errorf("the second time: %v, asked for the addresses %d times", err, at.Asks)
		}
	}
}

func TestTheAnswerOfAnotherLoginIsRefused(t *testing.T) {
	at := start(t)
	now := &clock{now: time.Now()}
	p := newProvider(t, configOf(at), func(o *oidc.Options) { o.Now = now.Now })
	begin := func() (url.Values, string) {
		t.Helper()
		address, cookie, until, err := p.Begin(t.Context(), "/")
		if err != nil || !until.Equal(now.Now().Add(10*time.Minute)) {
			t.Fatal(until, err)
		}
		return authorize(t, at, address), cookie
	}
	mine, cookie := begin()
	theirs, _ := begin()
	_, elsewhere, _, err := newProvider(t, configOf(at), func(o *oidc.Options) { o.Key = []byte(strings.Repeat("k", 32)) }).Begin(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		query  url.Values
		cookie string
		want   string
	}{
		"fetched by another browser":      {theirs, cookie, "state"},
		"in a browser without the cookie": {mine, "", "state"},
		"with a cookie that was changed":  {mine, cookie[:len(cookie)-4] + "AAAA", "state"},
		"with a cookie of another key":    {mine, elsewhere, "state"},
		"with a cookie that is too long":  {mine, strings.Repeat("A", 5000), "state"},
		"without state":                   {url.Values{"code": mine["code"]}, cookie, "state"},
		"without a code":                  {url.Values{"state": mine["state"]}, cookie, "provider"},
		"with a code that is too long":    {url.Values{"state": mine["state"], "code": {strings.Repeat("x", 5000)}}, cookie, "provider"},
		"with the provider's no":          {url.Values{"state": mine["state"], "error": {"access_denied"}, "error_description": {"<b>"}}, cookie, "provider"},
		"of another provider (RFC 9207)":  {url.Values{"state": mine["state"], "code": mine["code"], "iss": {"https://evil.example"}}, cookie, "token"},
		"with a code that nobody gave":    {url.Values{"state": mine["state"], "code": {"guess"}}, cookie, "provider"},
		"with the code of another (PKCE)": {url.Values{"state": mine["state"], "code": theirs["code"]}, cookie, "provider"},
	} {
		if _, _, err := p.Finish(t.Context(), tc.query, tc.cookie); code(t, err) != tc.want {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	if _, _, err := p.Finish(t.Context(), mine, cookie); err != nil {
		t.Errorf("the right one, after all that: %v", err)
	}
	if _, _, err := p.Finish(t.Context(), mine, cookie); code(t, err) != "provider" {
		t.Errorf("the same again: %v", err)
	}
	late, cookie := begin()
	now.pass(10 * time.Minute)
	if _, _, err := p.Finish(t.Context(), late, cookie); code(t, err) != "late" {
		t.Errorf("after ten minutes: %v", err)
	}
}

func TestATokenThatProvesNothingIsRefused(t *testing.T) {
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*idp.Server) {
		return func(p *idp.Server) { p.Token = func(c idp.Claims) { c[name] = value } }
	}
	for name, misbehave := range map[string]func(*idp.Server){
		"for another log-in":      claim("nonce", "x"),
		"without a nonce":         func(p *idp.Server) { p.Token = func(c idp.Claims) { delete(c, "nonce") } },
		"for another application": claim("aud", "other"),
		"for several, and not for us": func(p *idp.Server) {
			p.Token = func(c idp.Claims) { c["aud"], c["azp"] = []string{idp.ClientID, "other"}, "other" }
		},
		"for several, nobody says":  claim("aud", []string{idp.ClientID, "other"}),
		"for us, made for another":  claim("azp", "other"),
		"that has expired":          claim("exp", time.Now().Add(-time.Minute).Unix()),
		"that is not valid yet":     claim("nbf", time.Now().Add(time.Hour).Unix()),
		"of another issuer":         claim("iss", "https://evil.example"),
		"that names nobody":         claim("sub", ""),
		"with another access token": claim("at_hash", "AAAA"),
		"without a signature": func(p *idp.Server) {
			p.Sign = func(c idp.Claims) string { return idp.Unsigned("none", c) }
		},
		"signed by a stranger": func(p *idp.Server) {
			p.Sign = func(c idp.Claims) string { return idp.Signed(stranger, c) }
		},
		"signed with the client's secret": func(p *idp.Server) {
			p.Sign = func(c idp.Claims) string {
				text := strings.TrimSuffix(idp.Unsigned("HS256", c), ".")
				mac := hmac.New(sha256.New, []byte(idp.ClientSecret))
				mac.Write([]byte(text))
				return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
			}
		},
		"that is no token": func(p *idp.Server) { p.Sign = func(idp.Claims) string { return "x" } },
		"that is not there": func(p *idp.Server) {
			p.Answer = func(w http.ResponseWriter) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"access_token":"a","token_type":"Bearer"}`)
			}
		},
	} {
		at := start(t)
		misbehave(at)
		if who, _, err := loginAt(t, newProvider(t, configOf(at)), at); code(t, err) != "token" {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}

func TestAProviderThatIsNotWell(t *testing.T) {
	t.Run("that is gone costs nothing before somebody logs in", func(t *testing.T) {
		at := start(t)
		config := configOf(at)
		if err := at.Close(); err != nil {
			t.Fatal(err)
		}
		p := newProvider(t, config)
		if _, _, _, err := p.Begin(t.Context(), "/"); code(t, err) != "unreachable" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that comes back is asked again", func(t *testing.T) {
		at := start(t)
		now := &clock{now: time.Now()}
		p := newProvider(t, configOf(at), func(o *oidc.Options) { o.Now = now.Now })
		at.Set(func(p *idp.Server) { p.Document = func(d idp.Claims) { d["issuer"] = "https://evil.example" } })
		for range 3 {
			if _, _, _, err := p.Begin(t.Context(), "/"); code(t, err) != "unreachable" {
				t.Errorf("got %v", err)
			}
		}
		if at.Asks != 1 {
			t.Errorf("asked %d times within a moment", at.Asks)
		}
		at.Set(func(p *idp.Server) { p.Document = nil })
		now.pass(5 * time.Second)
		if _, _, _, err := p.Begin(t.Context(), "/"); err != nil {
			t.Errorf("got %v", err)
		}
		// What is known helps over a time in which it does not answer.
		at.Set(func(p *idp.Server) { p.Document = func(d idp.Claims) { clear(d) } })
		now.pass(13 * time.Hour)
		if _, _, _, err := p.Begin(t.Context(), "/"); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that is slow is not waited for", func(t *testing.T) {
		at := start(t)
		stall := make(chan struct{})
		at.Set(func(p *idp.Server) { p.Stall = stall })
		defer close(stall)
		p := newProvider(t, configOf(at), func(o *oidc.Options) { o.Timeout = 100 * time.Millisecond })
		if _, _, _, err := p.Begin(t.Context(), "/"); code(t, err) != "unreachable" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that is slow at the end is not waited for", func(t *testing.T) {
		at := start(t)
		p := newProvider(t, configOf(at), func(o *oidc.Options) { o.Timeout = 3 * time.Second }) // which the beginning must keep on a slow computer too
		address, cookie, _, err := p.Begin(t.Context(), "/")
		if err != nil {
			t.Fatal(err)
		}
		query := authorize(t, at, address)
		stall := make(chan struct{})
		at.Set(func(p *idp.Server) { p.Stall = stall })
		defer close(stall)
		if _, _, err := p.Finish(t.Context(), query, cookie); code(t, err) != "unreachable" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that somebody did not wait for is asked for the next", func(t *testing.T) {
		at := start(t)
		stall := make(chan struct{})
		at.Set(func(p *idp.Server) { p.Stall = stall })
		p := newProvider(t, configOf(at))
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, _, _, err := p.Begin(ctx, "/")
			gone <- err
		}()
		cancel()
		if err := <-gone; code(t, err) != "unreachable" {
			t.Errorf("got %v", err)
		}
		at.Set(func(p *idp.Server) { p.Stall = nil })
		close(stall)
		if _, _, _, err := p.Begin(t.Context(), "/"); err != nil {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that is slow keeps a few waiting only", func(t *testing.T) {
		at := start(t)
		stall := make(chan struct{})
		at.Set(func(p *idp.Server) { p.Stall = stall })
		p := newProvider(t, configOf(at))
		ctx, cancel := context.WithCancel(t.Context())
		results := make(chan error, 20)
		var group sync.WaitGroup
		for range cap(results) {
			group.Go(func() {
				_, _, _, err := p.Begin(ctx, "/")
				results <- err
			})
		}
		for range cap(results) - 8 {
			if err := <-results; !errors.Is(err, access.ErrBusy) {
				t.Errorf("got %v", err)
			}
		}
		cancel()
		close(stall)
		group.Wait()
	})
	for name, tc := range map[string]struct {
		misbehave func(*idp.Server)
		want      string
	}{
		"that answers without end": {func(p *idp.Server) {
			p.Answer = func(w http.ResponseWriter) {
				_, _ = w.Write([]byte(`{"access_token":"` + strings.Repeat("x", 2<<20) + `","token_type":"Bearer"}`))
			}
		}, "unreachable"},
		"that breaks off": {func(p *idp.Server) {
			p.Answer = func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", "100")
				_, _ = w.Write([]byte(`{"access_`))
			}
		}, "unreachable"},
		"that sends elsewhere": {func(p *idp.Server) {
			p.Answer = func(w http.ResponseWriter) {
				w.Header().Set("Location", "http://evil.example/")
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		}, "provider"},
		"that is broken":           {func(p *idp.Server) { p.Answer = func(w http.ResponseWriter) { w.WriteHeader(500) } }, "provider"},
		"whose addresses are none": {func(p *idp.Server) { p.Document = func(d idp.Claims) { d["token_endpoint"] = "/token" } }, "unreachable"},
		"without keys":             {func(p *idp.Server) { p.Document = func(d idp.Claims) { delete(d, "jwks_uri") } }, "unreachable"},
	} {
		at := start(t)
		tc.misbehave(at)
		if _, _, err := loginAt(t, newProvider(t, configOf(at)), at); code(t, err) != tc.want {
			t.Errorf("a provider %s: %v, want %s", name, err, tc.want)
		}
	}
	at := start(t)
	config := configOf(at)
	config.ClientSecret = secret.New("another")
	if _, _, err := loginAt(t, newProvider(t, config), at); code(t, err) != "provider" {
		t.Errorf("a wrong secret: %v", err)
	}
}

func TestGroupsSayWhatSomebodyMayDo(t *testing.T) {
	type j = idp.Claims
	groups := []oidc.Group{
		{Group: "it", Role: "administrator", Sites: []string{"centras"}},
		{Group: "library", Role: "operator", Sites: []string{"filialas", "centras"}},
		{Group: "all", Role: "viewer", AllSites: true},
	}
	for name, tc := range map[string]struct {
		edit     func(*oidc.Config)
		claims   j
		want     string // the role and the sites, or the refusal
		wantName string
	}{
		"the first that fits counts": {nil, j{"groups": []any{"all", "library", "it"}}, "administrator [centras]", ""},
		"rights do not add up":       {nil, j{"groups": []any{"all", "library"}}, "operator [filialas centras]", ""},
		"all sites":                  {nil, j{"groups": []any{7, "all"}}, "viewer []", ""},
		"one alone, as a text":       {nil, j{"groups": "library"}, "operator [filialas centras]", ""},
		"none that is known":         {nil, j{"groups": []any{"IT", "x"}}, "groups", ""},
		"no claim at all":            {nil, j{"groups": nil}, "groups", ""},
		"a claim of another kind":    {nil, j{"groups": j{"it": true}}, "groups", ""},
		"more groups than Entra ID sends": {nil, j{"groups": nil, "_claim_names": j{"groups": "src1"}, "_claim_sources": j{"src1": j{"endpoint": "https://graph.microsoft.com/x"}}},
			"too_many_groups", ""},
		"roles of Entra ID": {func(c *oidc.Config) { c.GroupsClaim = "roles" }, j{"roles": []any{"library"}}, "operator [filialas centras]", ""},
		"roles of Keycloak": {func(c *oidc.Config) { c.GroupsClaim = "realm_access.roles" }, j{"realm_access": j{"roles": []any{"all"}}}, "viewer []", ""},
		"a claim with dots in its name": {func(c *oidc.Config) { c.GroupsClaim = "https://x.example/groups" }, j{"https://x.example/groups": []any{"all"}},
			"viewer []", ""},
		"everybody":                       {func(c *oidc.Config) { c.Groups = []oidc.Group{{Group: "*", Role: "viewer", AllSites: true}} }, j{"groups": nil}, "viewer []", ""},
		"a domain that may":               {domains, j{"groups": []any{"all"}}, "viewer []", ""},
		"a domain that may not":           {domains, j{"groups": []any{"all"}, "preferred_username": "x@mokykla.example.evil.example"}, "domain", ""},
		"a verified address":              {domains, j{"groups": []any{"all"}, "preferred_username": "x", "email": "x@Mokykla.Example", "email_verified": true}, "viewer []", ""},
		"an address that is not verified": {domains, j{"groups": []any{"all"}, "email": "x@mokykla.example", "email_verified": false}, "domain", ""},
		"a verified address elsewhere":    {domains, j{"groups": []any{"all"}, "email": "x@evil.example", "email_verified": true}, "domain", ""},
		"a login of dots":                 {nil, j{"groups": []any{"all"}, "preferred_username": ".."}, "viewer []", ""},
		"no name":                         {nil, j{"groups": []any{"all"}, "name": "", "given_name": "Rasa", "family_name": "P."}, "viewer []", "Rasa P."},
	} {
		at := start(t)
		for k, v := range tc.claims {
			if at.Person[k] = v; v == nil {
				delete(at.Person, k)
			}
		}
		config := configOf(at)
		config.Groups = groups
		if tc.edit != nil {
			tc.edit(&config)
		}
		who, _, err := loginAt(t, newProvider(t, config), at)
		got := code(t, err)
		if err == nil {
			got = strings.TrimSpace(string(who.Role) + " [" + strings.Join(who.Sites, " ") + "]")
		}
		if who.Login == ".." {
			t.Errorf("%s: called so nobody could be disabled on a page", name)
		}
		if got != tc.want || tc.wantName != "" && who.Name != tc.wantName {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, tc.want)
		}
		var refused *access.RefusedError
		if errors.As(err, &refused) && (refused.Issuer != at.URL || refused.Subject != "17") {
			t.Errorf("%s: it is not told who was refused: %+v", name, refused)
		}
	}
}

func domains(c *oidc.Config) { c.EmailDomains = []string{"mokykla.example"} }

func TestTheSecretOfAFileIsReadAnew(t *testing.T) {
	at := start(t)
	config := configOf(at)
	config.ClientSecret, config.ClientSecretFile = secret.String{}, filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(config.ClientSecretFile, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newProvider(t, config)
	if _, _, err := loginAt(t, p, at); code(t, err) != "provider" {
		t.Errorf("with the old one: %v", err)
	}
	if err := os.WriteFile(config.ClientSecretFile, []byte(idp.ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := loginAt(t, p, at); err != nil {
		t.Errorf("with the new one: %v", err)
	}
}
