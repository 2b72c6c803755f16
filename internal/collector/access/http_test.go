package access_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

func TestWhoARequestComesFrom(t *testing.T) {
	f := newFixture(t)
	f.addUser("rasa", access.Operator)
	session, err := f.login("rasa", password)
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := f.CreateToken(t.Context(), local, "grafana", access.Viewer, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	token := plain.Reveal()
	basic := func(user, pw string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+pw))
	}
	for _, tc := range []struct {
		name    string
		headers map[string]string
		status  int // of a door for tokens of viewers
		high    int // of a door for tokens of administrators
	}{
		{"nobody", nil, 401, 401},
		{"a session opens pages, not the API", map[string]string{"Cookie": "budi_session=" + session}, 401, 401},
		{"a bearer token opens the API", map[string]string{"Authorization": "Bearer " + token}, 200, 403},
		{"the scheme's case does not matter", map[string]string{"Authorization": "bearer " + token}, 200, 403},
		{"Basic with the token as password and any name", map[string]string{"Authorization": basic("grafana", token)}, 200, 403},
		{"Basic without a name", map[string]string{"Authorization": basic("", token)}, 200, 403},
		{"a login's own password is not a token", map[string]string{"Authorization": basic("rasa", password)}, 401, 401},
		{"a wrong token is not helped by a good session", map[string]string{"Authorization": "Bearer budi_x", "Cookie": "budi_session=" + session}, 401, 401},
		{"a token in a cookie is nothing", map[string]string{"Cookie": "budi_session=" + token}, 401, 401},
		{"a session as a bearer is nothing", map[string]string{"Authorization": "Bearer " + session}, 401, 401},
		{"another scheme", map[string]string{"Authorization": "Digest " + token}, 401, 401},
		{"an endless header", map[string]string{"Authorization": "Bearer " + strings.Repeat("x", 5000)}, 401, 401},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, known := access.FromContext(r.Context()); !known {
					t.Error("the door is open for nobody")
				}
			})
			for _, door := range []struct {
				http.Handler
				want int
			}{
				{access.RequireToken(access.Viewer, ok), tc.status},
				{access.RequireToken(access.Administrator, ok), tc.high},
			} {
				r := httptest.NewRequest("GET", "/api/v1/query", nil)
				for k, v := range tc.headers {
					r.Header.Set(k, v)
				}
				w := httptest.NewRecorder()
				f.Authenticate(door.Handler).ServeHTTP(w, r)
				if w.Code != door.want {
					t.Errorf("got %d, want %d: %s", w.Code, door.want, w.Body)
				}
				if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
					t.Errorf("%d with WWW-Authenticate %q", w.Code, w.Header().Values("WWW-Authenticate"))
				}
			}
		})
	}
}

func TestTheCookieIsSafe(t *testing.T) {
	f := newFixture(t)
	c := f.Cookie("x", f.clock())
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure || c.Name != "budi_session" {
		t.Errorf("got %+v", c)
	}
	o := f.options
	o.Secure, o.Registerer = true, nil
	secure, err := access.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	c = secure.Cookie("", time.Time{})
	if !c.HttpOnly || !c.Secure || c.Domain != "" || c.Name != "__Host-budi_session" || c.MaxAge >= 0 {
		t.Errorf("got %+v", c)
	}
	// With TLS a cookie that a page without TLS could have set is not read.
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", "budi_session="+strings.Repeat("x", 43))
	if v := secure.SessionValue(r); v != "" {
		t.Errorf("read %q", v)
	}
}

func FuzzIdentify(f *testing.F) {
	c := newFixture(f)
	c.addUser("rasa", access.Viewer)
	session, err := c.login("rasa", password)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("budi_session="+session, "")
	f.Add("budi_session="+session+"; budi_session=x", "")
	f.Add("budi_session=\""+session+"\"", "")
	f.Add("a=b; budi_session="+session[1:], "")
	f.Add("", "Bearer budi_"+session)
	f.Add("", "Basic "+base64.StdEncoding.EncodeToString([]byte("x:"+session)))
	f.Add("=;;=\x00", "Basic !!!")
	f.Fuzz(func(t *testing.T, cookie, authorization string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Cookie"] = []string{cookie}
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		id, err := c.Identify(r)
		switch {
		case err == nil && (authorization != "" || !strings.Contains(cookie, session) || id.Login != "rasa"):
			t.Errorf("cookie %q, authorization %q became %+v", cookie, authorization, id)
		case err != nil && !errors.Is(err, access.ErrUnauthenticated):
			t.Errorf("got %v", err)
		}
	})
}

// What each request of Grafana pays for its token.
func BenchmarkToken(b *testing.B) {
	f := newFixture(b)
	plain, _, err := f.CreateToken(b.Context(), local, "grafana", access.Viewer, nil, time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := f.Token(b.Context(), plain.Reveal()); err != nil {
			b.Fatal(err)
		}
	}
}

func TestATokenThatPushesOpensItsDoorOnly(t *testing.T) {
	f := newFixture(t)
	if _, _, err := f.CreateToken(t.Context(), local, "prometheus", access.Push, nil, time.Time{}); err == nil {
		t.Error("a token that pushes was made for all sites")
	}
	push, _, err := f.CreateToken(t.Context(), local, "prometheus", access.Push, []string{"branch"}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	admin, _, err := f.CreateToken(t.Context(), local, "admin", access.Administrator, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreateUser(t.Context(), local, access.NewUser{Login: "x", Lang: i18n.English, Role: access.Push, Password: secret.New(password)}); err == nil {
		t.Error("a person got the role push")
	}
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := access.FromContext(r.Context())
		_, _ = io.WriteString(w, strings.Join(id.Sites, ","))
	})
	for name, tc := range map[string]struct {
		door   http.Handler
		token  string
		status int
	}{
		"its door":            {access.RequirePush(ok), push.Reveal(), http.StatusOK},
		"a reader's door":     {access.RequireToken(access.Viewer, ok), push.Reveal(), http.StatusForbidden},
		"an administrator":    {access.RequirePush(ok), admin.Reveal(), http.StatusForbidden},
		"nobody at its door":  {access.RequirePush(ok), "", http.StatusUnauthorized},
		"a token there isn't": {access.RequirePush(ok), access.TokenPrefix + strings.Repeat("A", 43), http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/api/v1/write", nil)
			if tc.token != "" {
				r.Header.Set("Authorization", "Bearer "+tc.token)
			}
			w := httptest.NewRecorder()
			f.Authenticate(tc.door).ServeHTTP(w, r)
			if w.Code != tc.status {
				t.Errorf("status %d, want %d: %s", w.Code, tc.status, w.Body)
			}
			if tc.status == http.StatusOK && w.Body.String() != "branch" {
				t.Errorf("the token is for %q", w.Body)
			}
		})
	}
}
