package collector

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/sim/idp"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// The provider of the file is asked only when somebody comes, and another file
// needs no new start.
func TestTheProviderOfTheConfiguration(t *testing.T) {
	at, err := idp.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = at.Close() })
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "budi.yml")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	section := func(role string) string {
		return "external_url: http://budi.mokykla.example\nlanguage: lt\noidc:\n  issuer: " + at.URL + "\n  client_id: budi\n  client_secret_file: secret\n  groups: [{group: it, role: " + role + ", all_sites: true}]\n"
	}
	write("secret", idp.ClientSecret+"\n")
	write("budi.yml", section("viewer"))
	c, err := Open(t.Context(), Options{ConfigFile: file, DataDir: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	at.Set(func(s *idp.Server) {
		if s.Asks != 0 {
			t.Errorf("the provider was asked %d times at the start", s.Asks)
		}
	})
	ask := func(target string, cookies ...*http.Cookie) *http.Response {
		r := httptest.NewRequest("GET", "http://budi.mokykla.example"+target, nil)
		for _, cookie := range cookies {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		c.server.ServeHTTP(w, r)
		return w.Result()
	}
	signIn := func() access.Identity {
		t.Helper()
		there := ask("/login/oidc")
		back, err := at.Authorize(there.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		resp := ask(web.SignInCallback+"?"+back.Encode(), there.Cookies()...)
		var id access.Identity
		for _, cookie := range resp.Cookies() {
			if cookie.Name == "budi_session" {
				if id, err = c.access.Session(t.Context(), cookie.Value); err != nil {
					t.Fatal(err)
				}
			}
		}
		return id
	}
	if id := signIn(); id.Role != access.Viewer || id.Login != "rasa@mokykla.example" {
		t.Errorf("got %+v", id)
	}
	write("budi.yml", section("operator"))
	if err := c.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if id := signIn(); id.Role != access.Operator {
		t.Errorf("after the reload: %+v", id)
	}
	write("budi.yml", "external_url: http://budi.mokykla.example\n")
	if err := c.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if resp := ask("/login/oidc"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("without the section: %d", resp.StatusCode)
	}
}

func TestTheSectionOfTheProviderIsRead(t *testing.T) {
	_, err := ParseConfig("budi.yml", []byte("oidc:\n  issuer: http://login.mokykla.lt\n  client_id: x\n  client_secret: y\n  groups: [{group: it, role: root, all_sites: true}]\n"))
	var problems strictyaml.Errors
	if !errors.As(err, &problems) {
		t.Fatalf("got %v", err)
	}
	for _, field := range []string{"external_url", "oidc.issuer", "oidc.groups[0].role"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("nothing about %s in\n%v", field, err)
		}
	}
}

// What docs/oidc.md shows is a configuration that is right.
func TestTheExamplesOfTheManualAreRight(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "oidc.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := strings.Split(string(text), "```yaml\n")[1:]
	for _, example := range examples {
		example, _, _ = strings.Cut(example, "```")
		if c, err := ParseConfig("oidc.md", []byte(example)); err != nil || c.OIDC == nil {
			t.Errorf("%v in\n%s", err, example)
		}
	}
	if len(examples) < 3 {
		t.Errorf("%d examples", len(examples))
	}
}
