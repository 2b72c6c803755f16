package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// offices are the sites of an institution.
type offices struct{}

func (offices) Sites(context.Context) ([]web.Site, error) {
	return []web.Site{{ID: "filialas", Name: "Filialas <kaime>"}, {ID: "mokykla", Name: "Mokykla"}}, nil
}

// addUser makes an account with a password.
func (c *console) addUser(login, name string, role access.Role, sites ...string) {
	c.t.Helper()
	n := access.NewUser{Login: login, Name: name, Lang: i18n.Lithuanian, Role: role, Sites: sites, Password: secret.New(password)}
	if _, err := c.access.CreateUser(c.t.Context(), access.Local("test"), n); err != nil {
		c.t.Fatal(err)
	}
}

// staff is a console with people of every kind.
func staff(t testing.TB) *console {
	c := newConsole(t)
	c.addUser("jonas", "Jonas <b>", access.Operator, "filialas")
	c.addUser("ona", "Ona", access.Viewer)
	if _, err := c.access.EditUser(t.Context(), access.Local("test"), "ona", access.UserChange{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.access.CreateUser(t.Context(), access.Local("test"), access.NewUser{Login: "nauja@mokykla.example", Lang: i18n.English, Role: access.Books}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.access.Invite(t.Context(), access.Local("test"), "nauja@mokykla.example"); err != nil {
		t.Fatal(err)
	}
	e := access.External{Issuer: "https://login.example/tenant", Subject: "7", Login: "rita@mokykla.example", Name: "Rita", Lang: i18n.English, Role: access.Viewer, Sites: []string{"mokykla", "sena"}}
	if _, _, err := c.access.LoginExternal(t.Context(), e, access.Client{Address: clientAddr, Browser: "Edge, Windows"}); err != nil {
		t.Fatal(err)
	}
	for _, token := range []access.Token{{Name: "Grafana"}, {Name: "senas", Expires: now.Add(time.Hour)}} {
		if _, _, err := c.access.CreateToken(t.Context(), access.Local("test"), token.Name, access.Viewer, []string{"mokykla"}, token.Expires); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestPagesOfPeople(t *testing.T) {
	session := regexp.MustCompile(`value="[0-9a-f]{16}"`)
	for _, lang := range i18n.Languages() {
		for name, target := range map[string]string{
			"people": "/people", "people-none": "/people?q=nobody", "person-new": "/people/new", "person": "/people/jonas/edit",
			"person-disabled": "/people/ona/edit?did=person.disabled&of=ona", "person-invited": "/people/nauja@mokykla.example/edit", "person-provider": "/people/rita@mokykla.example/edit",
			"apitokens": "/tokens", "me": "/me", "audit": "/audit", "audit-none": "/audit?who=nobody&from=x&what=user.&of=y",
		} {
			c := staff(t)
			page := text(t, c.ask(target, c.session(access.Administrator, lang), nil))
			golden(t, name+"."+string(lang), session.ReplaceAllString(page, `value="SESSION"`))
			for _, bad := range []string{"<no value>", "<b>", "<kaime>", "ZgotmplZ", "audit."} {
				if strings.Contains(inside(page), bad) {
					t.Errorf("%s holds %q", name, bad)
				}
			}
		}
	}
}

func TestAPersonIsAddedWithALinkAndChoosesAPassword(t *testing.T) {
	c := newConsole(t)
	chief := c.session(access.Administrator, i18n.English)
	form := url.Values{"login": {"Rasa@Mokykla.example"}, "name": {"Rasa"}, "role": {"operator"}, "language": {"lt"}, "whole": {"no"}, "sites": {"filialas"}, "how": {"link"}}
	resp := c.ask("/people", chief, form)
	page := text(t, resp)
	link := regexp.MustCompile(`http://example\.com(/invite\?token=[A-Za-z0-9_-]{43})<`).FindStringSubmatch(page)
	if resp.StatusCode != http.StatusOK || link == nil {
		t.Fatalf("%d, %s", resp.StatusCode, page)
	}
	golden(t, "once.en", strings.ReplaceAll(page, link[1], "/invite?token=TOKEN"))
	u, err := c.access.User(t.Context(), "rasa@mokykla.example")
	if err != nil || u.Role != access.Operator || len(u.Sites) != 1 || u.Lang != i18n.Lithuanian {
		t.Fatalf("got %+v, %v", u, err)
	}

	page = text(t, c.ask(link[1], "", nil, "Accept-Language", "en"))
	token := link[1][len("/invite?token="):]
	golden(t, "invite.lt", strings.ReplaceAll(page, token, "TOKEN"))
	choose := func(first, again string) *http.Response {
		return c.ask("/invite", "", url.Values{"token": {token}, "password": {first}, "again": {again}})
	}
	if resp := choose(password, password+"!"); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("two that differ: %d", resp.StatusCode)
	}
	if resp := choose("short", "short"); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(t, resp), `id="password-wrong"`) {
		t.Errorf("a short one: %d", resp.StatusCode)
	}
	resp = choose(password, password)
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
		t.Fatalf("chosen: %d", resp.StatusCode)
	}
	if page := text(t, c.ask("/me", resp.Cookies()[0].Value, nil)); !strings.Contains(page, "rasa@mokykla.example") {
		t.Error("not logged in")
	}
	if resp := choose(password, password); resp.StatusCode != http.StatusGone {
		t.Errorf("the second time: %d", resp.StatusCode)
	}
}

func TestMistakesStandBesideTheirFields(t *testing.T) {
	c := staff(t)
	chief := c.session(access.Administrator, i18n.English)
	good := func() url.Values {
		return url.Values{"login": {"new"}, "name": {"New <i>"}, "role": {"viewer"}, "language": {"en"}, "whole": {"yes"}, "how": {"password"}, "password": {password}}
	}
	for name, tc := range map[string]struct {
		edit  func(url.Values)
		wrong string
	}{
		"a login that is taken":          {func(f url.Values) { f.Set("login", "jonas") }, "login"},
		"a login with a space":           {func(f url.Values) { f.Set("login", "a b") }, "login"},
		"a short password":               {func(f url.Values) { f.Set("password", "x") }, "password"},
		"no password":                    {func(f url.Values) { f.Del("password") }, "password"},
		"no sites":                       {func(f url.Values) { f.Set("whole", "no") }, "sites"},
		"neither all sites nor some":     {func(f url.Values) { f.Del("whole") }, "sites"},
		"a role that is not for people":  {func(f url.Values) { f.Set("role", "push") }, "role"},
		"a language that is not spoken":  {func(f url.Values) { f.Set("language", "de") }, "language"},
		"a name that cannot be a name":   {func(f url.Values) { f.Set("name", strings.Repeat("x", 101)) }, "name"},
		"a site that cannot be one":      {func(f url.Values) { f.Set("whole", "no"); f.Set("sites", "?") }, "sites"},
		"a token's name that is taken":   {func(f url.Values) { f.Set("name", "Grafana"); f.Set("days", "30") }, "name"},
		"a token that pushes everywhere": {func(f url.Values) { f.Set("role", "push"); f.Set("days", "30") }, "sites"},
	} {
		f := good()
		tc.edit(f)
		target := "/people"
		if f.Get("days") != "" {
			target = "/tokens"
		}
		resp := c.ask(target, chief, f)
		page := text(t, resp)
		if resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `id="`+tc.wrong+`-wrong"`) {
			t.Errorf("%s: %d, and nothing beside %s\n%s", name, resp.StatusCode, tc.wrong, inside(page))
		}
		if strings.Contains(page, password) || name == "no sites" && !strings.Contains(page, "New &lt;i&gt;") {
			t.Errorf("%s: what was typed is not kept, or the password is", name)
		}
	}
	if _, err := c.access.User(t.Context(), "new"); err == nil {
		t.Error("an account was made by a form with a mistake")
	}
	if resp := c.ask("/people", chief, good()); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("without mistakes: %d", resp.StatusCode)
	}
}

func TestAnAccountIsChangedInTheConsole(t *testing.T) {
	c := staff(t)
	chief := c.session(access.Administrator, i18n.English)
	user := func(login string) access.User {
		t.Helper()
		u, err := c.access.User(t.Context(), login)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	post := func(target string, want int, pairs ...string) string {
		t.Helper()
		f := url.Values{"x": {""}}
		for i := 0; i+1 < len(pairs); i += 2 {
			f.Add(pairs[i], pairs[i+1])
		}
		resp := c.ask(target, chief, f)
		page := text(t, resp)
		if resp.StatusCode != want {
			t.Fatalf("%s: %d, want %d\n%s", target, resp.StatusCode, want, inside(page))
		}
		return page
	}
	post("/people/jonas/edit", 303, "name", "Jonas K.", "role", "books", "language", "en", "whole", "no", "sites", "mokykla", "sites", "filialas")
	if u := user("jonas"); u.Name != "Jonas K." || u.Role != access.Books || len(u.Sites) != 2 || u.Lang != i18n.English {
		t.Errorf("got %+v", u)
	}
	post("/people/jonas/disable", 303)
	if !user("jonas").Disabled {
		t.Error("not disabled")
	}
	post("/people/jonas/enable", 303)
	if user("jonas").Disabled {
		t.Error("not enabled")
	}
	post("/people/jonas/password", 422, "password", "x")
	post("/people/jonas/password", 303, "password", password+"!")
	session, _, err := c.access.Login(t.Context(), "jonas", secret.New(password+"!"), access.Client{Address: clientAddr})
	if err != nil {
		t.Fatal(err)
	}
	post("/people/jonas/sessions", 303)
	if _, err := c.access.Session(t.Context(), session); err == nil {
		t.Error("the session goes on")
	}
	if page := post("/people/jonas/invite", 200); !strings.Contains(page, "/invite?token=") {
		t.Error("no link")
	}
	// The provider's part stays the provider's.
	post("/people/rita@mokykla.example/edit", 303, "name", "Else", "role", "administrator", "language", "lt", "whole", "yes")
	if u := user("rita@mokykla.example"); u.Name != "Rita" || u.Role != access.Viewer || u.Whole() || u.Lang != i18n.Lithuanian {
		t.Errorf("got %+v", u)
	}
	post("/people/rita@mokykla.example/invite", 409)
	post("/people/jonas/remove", 303)
	post("/people/jonas/remove", 404)
	post("/people/administrator-en/remove", 409)
	if page := post("/people/administrator-en/edit", 422, "name", "A", "role", "viewer", "language", "en", "whole", "yes"); !strings.Contains(page, "last administrator") {
		t.Error("the last administrator is not told why")
	}

	page := post("/tokens", 200, "name", "a/b <i>", "role", "push", "days", "30", "whole", "no", "sites", "mokykla")
	value := regexp.MustCompile(`budi_[A-Za-z0-9_-]{43}`).FindString(page)
	if id, err := c.access.Token(t.Context(), value); err != nil || id.Role != access.Push {
		t.Errorf("got %+v, %v", id, err)
	}
	post("/tokens", 400, "name", "x", "role", "viewer", "days", "31", "whole", "yes")
	if page := text(t, c.ask("/tokens", chief, nil)); !strings.Contains(page, `action="/tokens/a%2Fb%20%3Ci%3E/revoke"`) || strings.Contains(page, value) {
		t.Error("the token cannot be revoked, or is shown again")
	}
	post("/tokens/"+url.PathEscape("a/b <i>")+"/revoke", 303)
	if _, err := c.access.Token(t.Context(), value); err == nil {
		t.Error("not revoked")
	}
}

func TestPeopleLookAfterTheirOwnAccount(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Viewer, i18n.English)
	other, _, err := c.access.Login(t.Context(), "viewer-en", secret.New(password), access.Client{Address: clientAddr})
	if err != nil {
		t.Fatal(err)
	}
	if resp := c.ask("/me", session, url.Values{"name": {"Rasa P."}, "language": {"lt"}}); resp.StatusCode != 303 {
		t.Errorf("name and language: %d", resp.StatusCode)
	}
	if page := text(t, c.ask("/me?did=me.changed&of=", session, nil)); !strings.Contains(page, "Rasa P.") || !strings.Contains(page, "Mano paskyra") || !strings.Contains(page, "Įrašyta.") {
		t.Error("nothing changed")
	}
	if resp := c.ask("/me", session, url.Values{"name": {""}, "language": {"lt"}}); resp.StatusCode != 422 {
		t.Errorf("without a name: %d", resp.StatusCode)
	}
	sessions, err := c.access.Sessions(t.Context(), "viewer-en", session)
	if err != nil || len(sessions) != 2 {
		t.Fatal(sessions, err)
	}
	for _, s := range sessions {
		if !s.Current {
			c.ask("/me/sessions", session, url.Values{"session": {s.ID}})
		}
	}
	if _, err := c.access.Session(t.Context(), other); err == nil {
		t.Error("the other session goes on")
	}
	change := func(current, first, again string) *http.Response {
		return c.ask("/me/password", session, url.Values{"current": {current}, "password": {first}, "again": {again}})
	}
	for field, resp := range map[string]*http.Response{
		"current": change("wrong", password+"!", password+"!"), "again": change(password, password+"!", password+"?"), "password": change(password, "x", "x"),
	} {
		if page := text(t, resp); resp.StatusCode != 422 || !strings.Contains(page, `id="`+field+`-wrong"`) {
			t.Errorf("%s: %d", field, resp.StatusCode)
		}
	}
	resp := change(password, password+"!", password+"!")
	if resp.StatusCode != 303 || len(resp.Cookies()) != 1 {
		t.Fatalf("%d", resp.StatusCode)
	}
	if _, err := c.access.Session(t.Context(), session); err == nil {
		t.Error("the session from before goes on")
	}
	if _, err := c.access.Session(t.Context(), resp.Cookies()[0].Value); err != nil {
		t.Error("whoever changed the password must log in anew")
	}
	token, _, err := c.access.CreateToken(t.Context(), access.Local("test"), "t", access.Administrator, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if resp := c.ask("/me", "", nil, "Authorization", "Bearer "+token.Reveal()); resp.StatusCode != 403 {
		t.Errorf("a program has an account: %d", resp.StatusCode)
	}
}

func TestPeopleTokensAndRecordAreForTheWholeInstitution(t *testing.T) {
	c := staff(t)
	c.addUser("north", "North", access.Administrator, "filialas")
	north, _, err := c.access.Login(t.Context(), "north", secret.New(password), access.Client{Address: clientAddr})
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/people", "/people/new", "/people/jonas/edit", "/tokens", "/audit"} {
		if resp := c.ask(target, north, nil); resp.StatusCode != 403 {
			t.Errorf("%s: %d", target, resp.StatusCode)
		}
	}
	for _, target := range []string{"/people", "/people/jonas/disable", "/people/jonas/invite", "/tokens", "/tokens/Grafana/revoke"} {
		if resp := c.ask(target, north, url.Values{"x": {""}}); resp.StatusCode != 403 {
			t.Errorf("%s: %d", target, resp.StatusCode)
		}
	}
}

func TestTheRecordIsReadInTheConsole(t *testing.T) {
	c := newConsole(t)
	chief := c.session(access.Administrator, i18n.English)
	for i := range 120 {
		e := access.Entry{Time: now.Add(time.Duration(i-119) * time.Hour), Actor: "user rasa", Action: "made.up", Object: fmt.Sprint("check ", i), Before: `{"interval":60,"name":"a <b>"}`, After: `{"interval":120,"text":["x","y"],"paused":true}`}
		if err := c.access.Audit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	page := text(t, c.ask("/audit?who=rasa", chief, nil))
	for _, want := range []string{"check 119<", "check 70<", "<dt>interval</dt><dd><del>60</del>", "<ins>120</ins>", "a &lt;b&gt;", "<ins>x, y</ins>", "<ins>yes</ins>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	seen := strings.Count(page, "made.up")
	for next := regexp.MustCompile(`href="(/audit\?before=[^"]*)"`); ; {
		m := next.FindStringSubmatch(page)
		if m == nil {
			break
		}
		page = text(t, c.ask(strings.ReplaceAll(m[1], "&amp;", "&"), chief, nil))
		seen += strings.Count(page, "made.up")
	}
	if seen != 120 {
		t.Errorf("saw %d of 120", seen)
	}
	page = text(t, c.ask("/audit?of=check&from=2026-09-01&until=2026-09-01", chief, nil))
	if n := strings.Count(page, "made.up"); n != 11 { // from midnight in Vilnius to half past ten
		t.Errorf("%d of that day", n)
	}
	if resp := c.ask("/audit?from=yesterday", chief, nil); resp.StatusCode != 422 {
		t.Errorf("a day that is none: %d", resp.StatusCode)
	}
}
