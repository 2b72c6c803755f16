package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/oidc"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/idp"
)

// noProvider is a console without an identity provider.
type noProvider struct{}

func (noProvider) Name() string { return "" }

func (noProvider) Begin(context.Context, string) (string, string, time.Time, error) {
	return "", "", time.Time{}, web.ErrNotFound
}

func (noProvider) Finish(context.Context, url.Values, string) (access.External, string, error) {
	return access.External{}, "", web.ErrNotFound
}

// withProvider is a console beside a small identity provider.
func withProvider(t testing.TB) (*console, *idp.Server) {
	t.Helper()
	at, err := idp.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = at.Close() })
	p, err := oidc.New(oidc.Options{
		RedirectURL: "http://example.com" + web.SignInCallback, Key: make([]byte, 32),
		Config: oidc.Config{
			Issuer: at.URL, ClientID: idp.ClientID, ClientSecret: secret.New(idp.ClientSecret), Button: "Mokykla <&>",
			Groups: []oidc.Group{{Group: "it", Role: "operator", Sites: []string{"mokykla"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return newConsole(t, func(o *web.Options) { o.SignIn = p }), at
}

// signIn goes to the provider and comes back with what the browser keeps.
func (c *console) signIn(at *idp.Server, next string) *http.Response {
	c.t.Helper()
	there := c.ask("/login/oidc?"+url.Values{"next": {next}}.Encode(), "", nil)
	if there.StatusCode != http.StatusSeeOther || len(there.Cookies()) != 1 || !there.Cookies()[0].HttpOnly || there.Cookies()[0].SameSite != http.SameSiteLaxMode {
		c.t.Fatalf("%d, %v", there.StatusCode, there.Cookies())
	}
	back, err := at.Authorize(there.Header.Get("Location"))
	if err != nil {
		c.t.Fatal(err)
	}
	return c.ask(web.SignInCallback+"?"+back.Encode(), "", nil, "Cookie", "budi_signin="+there.Cookies()[0].Value)
}

// sessionOf is the session that an answer begins; "" when it begins none.
func sessionOf(resp *http.Response) string {
	for _, cookie := range resp.Cookies() {
		if cookie.Name == "budi_session" {
			return cookie.Value
		}
	}
	return ""
}

func TestPageOfLoginsWithAProvider(t *testing.T) {
	for _, lang := range i18n.Languages() {
		c, _ := withProvider(t)
		page := text(t, c.ask("/login?next=/devices%3Fq%3Dx", "", nil, "Accept-Language", string(lang)))
		golden(t, "login-provider."+string(lang), page)
	}
}

func TestSomebodyOfTheProviderEnters(t *testing.T) {
	c, at := withProvider(t)
	resp := c.signIn(at, "/me?x=1")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/me?x=1" {
		t.Fatalf("%d to %s\n%s", resp.StatusCode, resp.Header.Get("Location"), text(t, resp))
	}
	id, err := c.access.Session(t.Context(), sessionOf(resp))
	if err != nil || id.Login != "rasa@mokykla.example" || id.Role != access.Operator || !id.Sees("mokykla") || id.Whole() || id.Lang != i18n.Lithuanian {
		t.Errorf("got %+v, %v", id, err)
	}
	if resp := c.signIn(at, "//evil.example/"); resp.Header.Get("Location") != "/" {
		t.Errorf("leads to %s", resp.Header.Get("Location"))
	}
}

func TestWhoIsNotLetInIsToldWhy(t *testing.T) {
	for name, tc := range map[string]struct {
		prepare func(*console, *idp.Server)
		code    int
		says    string
	}{
		"in none of the groups": {func(_ *console, at *idp.Server) { at.Person["groups"] = []string{"pupils"} }, 403, "none of the groups"},
		"a name that is taken": {func(c *console, _ *idp.Server) {
			c.addUser("rasa@mokykla.example", "Rasa", access.Viewer)
		}, 403, "There is an account of this name"},
		"a token of another issuer": {func(_ *console, at *idp.Server) { at.Token = func(c idp.Claims) { c["iss"] = "https://evil.example" } }, 403, "could not be trusted"},
		"disabled": {func(c *console, at *idp.Server) {
			c.addUser("chief", "Chief", access.Administrator)
			c.signIn(at, "/")
			if _, err := c.access.EditUser(c.t.Context(), access.Local("t"), "rasa@mokykla.example", access.UserChange{Disabled: new(true)}); err != nil {
				c.t.Fatal(err)
			}
		}, 403, "disabled"},
	} {
		c, at := withProvider(t)
		tc.prepare(c, at)
		resp := c.signIn(at, "/")
		page := text(t, resp)
		if resp.StatusCode != tc.code || !strings.Contains(page, tc.says) || sessionOf(resp) != "" || !strings.Contains(page, `name="password"`) {
			t.Errorf("%s: %d, %v\n%s", name, resp.StatusCode, resp.Cookies(), inside(page))
		}
	}

	c, at := withProvider(t)
	first := sessionOf(c.signIn(at, "/"))
	at.Set(func(s *idp.Server) { s.Person["groups"] = []string{} })
	c.signIn(at, "/")
	if _, err := c.access.Session(t.Context(), first); err == nil {
		t.Error("who lost the group keeps the session from before")
	}
	// What another browser fetched begins nothing here.
	at.Set(func(s *idp.Server) { s.Person["groups"] = []string{"it"} })
	back, err := at.Authorize(c.ask("/login/oidc", "", nil).Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if resp := c.ask(web.SignInCallback+"?"+back.Encode(), "", nil); resp.StatusCode != 403 || sessionOf(resp) != "" {
		t.Errorf("without the cookie: %d", resp.StatusCode)
	}
	if err := at.Close(); err != nil {
		t.Fatal(err)
	}
	c, _ = withProvider(t) // of another one
	c.addUser("ona", "Ona", access.Viewer)
	form := url.Values{"login": {"ona"}, "password": {password}, "next": {"/me"}}
	if resp := c.ask("/login", "", form); resp.StatusCode != 303 || sessionOf(resp) == "" {
		t.Errorf("local people: %d", resp.StatusCode)
	}
}

func TestAConsoleWithoutAProviderHasNoSuchDoor(t *testing.T) {
	c := newConsole(t)
	for _, target := range []string{"/login/oidc", web.SignInCallback + "?code=x&state=y"} {
		if resp := c.ask(target, "", nil); resp.StatusCode != 404 {
			t.Errorf("%s: %d", target, resp.StatusCode)
		}
	}
	if page := text(t, c.ask("/login", "", nil)); strings.Contains(page, "/login/oidc") {
		t.Error("there is a button")
	}
}

func TestAProviderThatIsGoneKeepsNobodyElseOut(t *testing.T) {
	c, at := withProvider(t)
	if err := at.Close(); err != nil {
		t.Fatal(err)
	}
	resp := c.ask("/login/oidc", "", nil)
	if page := text(t, resp); resp.StatusCode != 502 || !strings.Contains(page, "does not answer") || !strings.Contains(page, `name="password"`) {
		t.Errorf("%d\n%s", resp.StatusCode, inside(page))
	}
}
