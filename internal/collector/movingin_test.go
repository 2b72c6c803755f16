package collector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/dnsserver"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// neighbour answers as the school of the files below expects, until it is broken.
type neighbour struct {
	*website.Server
	broken atomic.Bool
}

func newNeighbour(t *testing.T) *neighbour {
	t.Helper()
	s, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	n := &neighbour{Server: s}
	page := func(good, bad string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if n.broken.Load() {
				good = bad
			}
			fmt.Fprint(w, good)
		}
	}
	s.SetPath("/", page("<h1>Tvarkaraštis</h1>", "<h1>Pertrauka</h1>"))
	s.SetPath("/klaidos", page("viskas gerai", "Fatal error"))
	s.SetPath("/status", page(`{"data": {"services": [{"status": "UP", "load": 7}]}}`, `{"data": {"services": [{"status": "DOWN", "load": 99}]}}`))
	s.SetPath("/senas", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.broken.Load() {
			fmt.Fprint(w, "ne ten")
			return
		}
		http.Redirect(w, r, "/", http.StatusFound)
	}))
	s.SetPath("/api", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		var sent struct {
			Deep bool `json:"deep"`
		}
		err := json.NewDecoder(r.Body).Decode(&sent)
		right := r.Method == http.MethodPost && (name == "budi" && password == "hunter2" || r.Header.Get("Authorization") == "Bearer hunter2") &&
			r.Header.Get("Content-Type") == "application/json" && r.Header.Get("X-Vieta") == "biblioteka" && err == nil && sent.Deep
		if !right || n.broken.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	return n
}

// kumaBackup is a backup file of Uptime Kuma 1, made by hand in its form.
func kumaBackup(n *neighbour, dns string) string {
	host, port, _ := strings.Cut(n.Address(), ":")
	dnsHost, dnsPort, _ := strings.Cut(dns, ":")
	return `{"version": "1.23.16", "notificationList": [{"id": 1, "name": "m", "smtpPassword": "hunter2"}], "monitorList": [
{"id": 1, "type": "group", "name": "Biblioteka", "active": true},
{"id": 2, "type": "keyword", "name": "Svetainė", "parent": 1, "url": "` + n.URL("/") + `", "keyword": "Tvarkaraštis", "interval": 60, "timeout": 10, "maxredirects": 10, "accepted_statuscodes": ["200-299"], "active": 1, "notificationIDList": {"1": true}},
{"id": 3, "type": "keyword", "name": "Klaidos", "url": "` + n.URL("/klaidos") + `", "keyword": "Fatal error", "invertKeyword": true, "interval": 300, "maxredirects": 10, "accepted_statuscodes": ["200-299"], "active": 1},
{"id": 4, "type": "json-query", "name": "Būklė", "url": "` + n.URL("/status") + `", "jsonPath": "data.services[0].status", "expectedValue": "UP", "interval": 60, "maxredirects": 10, "accepted_statuscodes": ["200-299"], "active": 1},
{"id": 5, "type": "http", "name": "Senas adresas", "url": "` + n.URL("/senas") + `", "interval": 60, "maxredirects": 0, "accepted_statuscodes": ["302"], "active": 1},
{"id": 6, "type": "http", "name": "API", "method": "POST", "url": "` + n.URL("/api") + `", "body": "{\"deep\": true}", "headers": "{\"X-Vieta\": \"biblioteka\"}", "authMethod": "basic", "basic_auth_user": "budi", "basic_auth_pass": "hunter2", "interval": 60, "accepted_statuscodes": ["200-299"], "active": 1},
{"id": 7, "type": "port", "name": "Prievadas", "hostname": "` + host + `", "port": ` + port + `, "interval": 60, "active": 1},
{"id": 8, "type": "dns", "name": "Vardai", "hostname": "www.mokykla.example", "dns_resolve_server": "` + dnsHost + `", "port": ` + dnsPort + `, "dns_resolve_type": "A", "interval": 60, "active": 1},
{"id": 9, "type": "push", "name": "Kopija", "interval": 86400, "pushToken": "hunter2", "active": 1},
{"id": 10, "type": "docker", "name": "Konteineris", "active": 1},
{"id": 11, "type": "http", "name": "Savo sertifikatas", "url": "` + n.SecureURL("/") + `", "ignoreTls": true, "interval": 60, "accepted_statuscodes": ["200-299"], "active": 1}
]}`
}

// gatusFile is a configuration of Gatus 5, made by hand in its form.
func gatusFile(n *neighbour, dns string) string {
	return `
x: &often {interval: 30s, group: biblioteka}
endpoints:
- name: Svetainė
  <<: *often
  url: "` + n.URL("/") + `"
  conditions: ["[STATUS] == 200", "[BODY] == pat(*Tvarkaraštis*)", "[RESPONSE_TIME] < 500"]
- name: Klaidos
  url: "` + n.URL("/klaidos") + `"
  conditions: ["[STATUS] == any(200, 204)", "[BODY] != pat(*Fatal error*)"]
- name: Būklė
  url: "` + n.URL("/status") + `"
  conditions: ["[BODY].data.services[0].status == UP", "[BODY].data.services[0].load < 80", "len([BODY].data.services) == 1"]
- name: Senas adresas
  url: "` + n.URL("/senas") + `"
  client: {ignore-redirect: true}
  conditions: ["[STATUS] == 302"]
- name: API
  url: "` + n.URL("/api") + `"
  method: POST
  body: '{"deep": true}'
  headers: {Content-Type: application/json, X-Vieta: biblioteka, Authorization: Bearer hunter2}
  conditions: ["[STATUS] < 300"]
- name: Prievadas
  url: "tcp://` + n.Address() + `"
  conditions: ["[CONNECTED] == true"]
- name: Vardai
  url: "` + dns + `"
  dns: {query-name: www.mokykla.example, query-type: A}
  conditions: ["[DNS_RCODE] == NOERROR", "[BODY] == 192.0.2.7"]
- name: Paštas
  url: "starttls://127.0.0.1:25"
  conditions: ["[CONNECTED] == true"]
external-endpoints:
- {name: Kopija, token: hunter2, heartbeat: {interval: 24h}}
`
}

// What another program watched is watched here as it was: well while the
// neighbours are, and each check notices when they are not.
func TestMovingIn(t *testing.T) {
	for name, file := range map[string]func(*neighbour, string) string{"kuma": kumaBackup, "gatus": gatusFile} {
		t.Run(name, func(t *testing.T) {
			n := newNeighbour(t)
			dns, err := dnsserver.Start("www.mokykla.example. 60 IN A 192.0.2.7")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(dns.Close)
			dir := t.TempDir()
			c := console(t, dir, "host: {disabled: true}\n")
			defer closed(t, c)
			if err := c.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: "biblioteka", Name: "Biblioteka"}); err != nil {
				t.Fatal(err)
			}
			rasa, do := of(t.Context(), "rasa"), checkActions{c}
			list := []byte(file(n, dns.Address()))
			seen, err := do.PreviewChecks(rasa, list)
			if err != nil {
				t.Fatal(err)
			}
			kinds := map[web.ImportKind]int{}
			for _, l := range seen.Lines {
				kinds[l.Kind]++
				if l.Kind == web.ImportWrong || l.Kind == web.ImportLeft && len(l.Losses) == 0 {
					t.Errorf("line %d: %+v", l.Line, l)
				}
				for _, loss := range l.Losses {
					if strings.Contains(loss.Value, "hunter2") {
						t.Errorf("line %d tells a secret", l.Line)
					}
				}
			}
			if string(seen.Format) != name || kinds[web.ImportLeft] != 1 || kinds[web.ImportNew] != len(seen.Lines)-1 {
				t.Fatalf("%s: %v", seen.Format, kinds)
			}
			if got, err := do.ImportChecks(rasa, seen.Key); err != nil || got != kinds[web.ImportNew] {
				t.Fatalf("%d taken over, %v", got, err)
			}

			outcomes := func() map[string]look.Outcome {
				out := map[string]look.Outcome{}
				for _, check := range c.settings.Current().Checks {
					if w, watched := (*c.looking.plan.Load())[checkPrefix+check.ID]; watched {
						r := w.Look(t.Context())
						out[check.Name] = r.Outcome
						if r.Problem != nil && !n.broken.Load() && check.Job.Period == 0 {
							t.Errorf("%s: %+v", check.Name, r.Problem)
						}
					} else {
						out[check.Name] = "paused"
					}
				}
				return out
			}
			want := map[string]look.Outcome{
				"Svetainė": look.OK, "Klaidos": look.OK, "Būklė": look.OK, "Senas adresas": look.OK, "API": look.OK, "Prievadas": look.OK, "Vardai": look.OK,
				"Kopija": look.Unknown, // it has a whole day for its first call
			}
			if name == "kuma" {
				want["Savo sertifikatas"] = "paused" // it would not be asked as it was
			}
			if got := outcomes(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %v\nwant %v", got, want)
			}
			n.broken.Store(true)
			for _, web := range []string{"Svetainė", "Klaidos", "Būklė", "Senas adresas", "API"} {
				want[web] = look.Failed
			}
			if got := outcomes(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("broken: got %v\nwant %v", got, want)
			}
			if check, _ := c.settings.Current().Check("svetaine"); check.Site != "biblioteka" {
				t.Errorf("the group is no site: %+v", check)
			}

			if data, err := os.ReadFile(filepath.Join(dir, "data", "budi.db")); err != nil || bytes.Contains(data, []byte("hunter2")) {
				t.Errorf("a password is stored as it is, %v", err)
			}

			// Once more: nothing changes, not even what somebody changed meanwhile.
			if err := c.change(rasa, "check.edit", "klaidos", func(s *settings.Settings) error { return s.PauseCheck("klaidos", true) }); err != nil {
				t.Fatal(err)
			}
			before := fmt.Sprint(c.settings.Current().Checks)
			again, err := do.PreviewChecks(rasa, list)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range again.Lines {
				if l.Kind != web.ImportUnchanged && l.Kind != web.ImportLeft {
					t.Errorf("again, line %d: %s %s", l.Line, l.Kind, l.ID)
				}
			}
			if got, err := do.ImportChecks(rasa, again.Key); err != nil || got != 0 || fmt.Sprint(c.settings.Current().Checks) != before {
				t.Errorf("again: %d taken over, %v", got, err)
			}
		})
	}
}

// Two of one name and address in a file are two checks, also the second time.
func TestMovingInNamesakes(t *testing.T) {
	c := console(t, t.TempDir(), "host: {disabled: true}\n")
	defer closed(t, c)
	rasa, do := of(t.Context(), "rasa"), checkActions{c}
	list := []byte(`[{"type": "ping", "name": "x", "hostname": "10.0.0.1"}, {"type": "ping", "name": "x", "hostname": "10.0.0.1"}]`)
	for _, want := range []int{2, 0} {
		seen, err := do.PreviewChecks(rasa, list)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := do.ImportChecks(rasa, seen.Key); err != nil || got != want {
			t.Errorf("%d taken over, %v; want %d", got, err, want)
		}
	}
}
