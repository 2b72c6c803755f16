package web_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

var update = flag.Bool("update", false, "write the golden files anew")

var clientAddr = netip.MustParseAddr("192.0.2.1") // that of httptest's requests

const closedID = 9

// newWorld is a bad morning: something of everything.
func newWorld() *world {
	shipped := func(key, runbook string) map[string]string {
		return map[string]string{"message": key, "runbook": runbook}
	}
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	refused := &look.Problem{Code: "connection_refused", Args: map[string]string{"address": "www.mokykla.example:443"}, Detail: "dial tcp 192.0.2.7:443: connect: connection refused"}
	down := incident.Incident{
		ID: 1, Rule: "SiteDown", Severity: incident.Critical, Labels: map[string]string{"check": "svetaine", "site": "mokykla", "vantage": "collector"},
		Names:       map[string]string{"check": "Mokyklos svetainė", "site": "Pagrindinė <mokykla>", incident.NameTarget: "https://www.mokykla.example/"},
		Annotations: shipped("site_down", "site-down"), Problem: refused, State: incident.Open, Evidence: incident.Firing,
		Since: ago(2*time.Hour + 5*time.Minute), Seen: ago(2*time.Hour + 3*time.Minute), Opened: ago(2*time.Hour + 2*time.Minute), Turned: ago(2 * time.Hour), LastFired: now,
		Notified: map[string]time.Time{"rasa": ago(2 * time.Hour), "jonas": ago(2 * time.Hour)},
	}
	disk := incident.Incident{
		ID: 2, Rule: "DiskNearlyFull", Severity: incident.Warning, Labels: map[string]string{"device": "serveris", "site": "mokykla", "system_filesystem_mountpoint": "/var"},
		Annotations: map[string]string{"summary": "Disk /var is nearly full", "summary_lt": "Beveik pilnas diskas /var", "description": "Old copies?", "description_lt": "Senos kopijos?"}, Value: 93.4375, State: incident.Open, Evidence: incident.Cleared,
		Since: ago(26 * time.Hour), Seen: ago(26 * time.Hour), Opened: ago(26 * time.Hour), Turned: ago(4 * time.Minute),
		Acked: &incident.Ack{By: "Jonas Kazlauskas", At: ago(25 * time.Hour), Comment: "trinu senas kopijas <b>"},
	}
	printer := incident.Incident{
		ID: 3, Rule: "SpausdintuvasTuščias", Severity: incident.Info, Labels: map[string]string{"device": "hp-214"},
		Annotations: map[string]string{"summary": "Toner of hp-214 is low", "summary_lt": "Baigiasi hp-214 dažai", "description": "Order another one."},
		State:       incident.Open, Evidence: incident.Unknown, Since: ago(50 * time.Hour), Seen: ago(50 * time.Hour), Opened: ago(49 * time.Hour), Turned: ago(20 * time.Hour),
	}
	cert := incident.Incident{
		ID: 4, Rule: "CertificateSoonOver", Severity: "odd", Labels: map[string]string{"check": "pastas", "site": "mokykla"},
		Annotations: map[string]string{"summary": "x"}, State: incident.Holding, Evidence: incident.Firing, Silenced: true, Since: ago(90 * time.Second), Seen: ago(30 * time.Second),
	}
	closed := incident.Incident{
		ID: closedID, Rule: "SiteDown", Severity: incident.Critical, Labels: map[string]string{"check": "biblioteka", "site": "mokykla"},
		Annotations: shipped("site_down", "site-down"), State: incident.Closed, Evidence: incident.Cleared, EndReason: incident.Recovered,
		Since: ago(30 * time.Hour), Seen: ago(30 * time.Hour), Opened: ago(30 * time.Hour), Ended: ago(29*time.Hour + 20*time.Minute),
	}
	expired := closed
	expired.ID, expired.EndReason, expired.Labels = 8, incident.Expired, map[string]string{"check": "sena-svetaine"}

	result := func(o look.Outcome, age, took time.Duration, p *look.Problem) *look.Result {
		return &look.Result{Time: ago(age), Duration: took, Outcome: o, Problem: p}
	}
	minute := time.Minute
	return &world{
		overview: web.Overview{
			Incidents: []incident.Incident{disk, printer, cert, down},
			Recent:    []incident.Incident{closed, expired},
			MailReady: false,
			Checks: []web.Check{
				{ID: "svetaine", Name: "Mokyklos svetainė", Target: "https://www.mokykla.example/", Interval: minute, Result: result(look.Unreachable, 12*time.Second, 3*time.Millisecond, refused), CertificateEnds: now.Add(-time.Hour)},
				{ID: "dienynas", Name: "Dienynas", Target: "https://dienynas.example/prisijungimas?kalba=lt&labai=ilgas-adresas-be-tarpu-kuris-netelpa", Interval: minute, Result: result(look.OK, 40*time.Second, 184*time.Millisecond, nil), CertificateEnds: now.Add(61*24*time.Hour + time.Hour)},
				{ID: "pastas", Name: "Paštas", Target: "tls://mail.example:993", Interval: minute, Result: result(look.OK, 31*time.Second, 1200*time.Millisecond, nil), CertificateEnds: now.Add(9*24*time.Hour + time.Hour)},
				{ID: "biblioteka", Name: "Biblioteka", Target: "http://biblioteka.example/", Interval: minute, Result: result(look.Failed, 55*time.Second, 88*time.Millisecond, &look.Problem{Code: "text_missing", Args: map[string]string{"text": "Knygų paieška"}})},
				{ID: "filialas", Name: "Filialo maršrutizatorius", Target: "icmp://10.20.0.1", Interval: minute, Result: result(look.Unknown, 10*time.Minute, 0, &look.Problem{Code: "made-up", Detail: "no such code <script>"})},
				{ID: "nauja", Name: "Nauja", Target: "https://nauja.example/", Interval: minute},
			},
			Unsure: map[incident.ID]web.Unsure{3: web.UnsureData},
			Sites:  []web.SiteLine{{Site: web.Site{ID: "filialas", Name: "Filialas <b>"}, Devices: 7}, {Site: web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}, Devices: 48, Wrong: 2, Unknown: 1}, {Site: web.Site{ID: "senas"}, Devices: 1, Unknown: 3}},
			Coming: []web.Coming{
				{Kind: web.ComingRestart, Count: 12, Path: "/devices?state=restart_pending"},
				{Kind: web.ComingCertificate, At: now.Add(9*24*time.Hour + time.Hour), Name: "Paštas", Path: "/checks/pastas"},
				{Kind: web.ComingDisk, At: now.Add(5*24*time.Hour + 3*time.Hour), Name: "serveris <b>", Item: "/var", Site: web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}, Path: "/devices/serveris"},
				{Kind: web.ComingSupply, At: now.Add(6 * 24 * time.Hour), Name: "Raštinės spausdintuvas", Item: "Black Cartridge HP CF400X", Site: web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}, Path: "/devices/hp#supplies"},
				{Kind: web.ComingEnrolToken, At: now.Add(20 * time.Hour), Name: "raktas-3", Site: web.Site{ID: "filialas", Name: "Filialas"}, Path: "/agents#tokens"},
				{Kind: web.ComingAPIToken, At: now.Add(11 * 24 * time.Hour), Name: "grafana", Path: "/tokens"},
				{Kind: web.ComingOwn, At: now.Add(29 * 24 * time.Hour)},
				{Kind: web.ComingSilent, At: ago(40 * time.Minute), Name: "nas", Site: web.Site{ID: "senas"}, Path: "/devices/nas"},
			},
			Notices: []web.Notice{{Time: ago(3 * time.Hour), Detail: "budi.db was damaged and was replaced by the copy of yesterday <now>"}},
		},
		samples: web.SamplesPage{
			Computer: &web.Computer{
				Name: "serveris", System: "Debian GNU/Linux 13", Looked: ago(20 * time.Second), Uptime: 76 * time.Hour, CPU: 0.124, Processors: 4,
				MemoryUsed: 6 << 30, Memory: 16<<30 - 300<<20, SwapUsed: 0, Swap: 2 << 30, Load1: 0.42, Load5: 0.31, Load15: 0.2,
				Disks: []web.Disk{{Mount: "/", Used: 41 << 30, Total: 228 << 30}, {Mount: "/var", Used: 934 << 30, Total: 1000 << 30}},
			},
			Samples: []web.Sample{
				{Name: "probe_success", Labels: look.Labels("check", "svetaine", "site", "mokykla"), Value: 0, Time: ago(12 * time.Second)},
				{Name: "probe_duration_seconds", Labels: look.Labels("check", "dienynas", "site", "mokykla", "vantage", "collector"), Value: 0.18423719, Time: ago(40 * time.Second)},
				{Name: "system_memory_usage_bytes", Labels: look.Labels("device", "serveris", "state", "<used>"), Value: 6442450944, Time: ago(20 * time.Second)},
			},
			Matching: 321,
		},
		incidents: map[incident.ID]web.IncidentPage{
			1: {Incident: down, Messages: []web.Message{
				{Contact: "rasa", Kind: incident.Fault, Owed: ago(2*time.Hour + 2*time.Minute), Sent: ago(2*time.Hour + time.Minute), Final: true, Attempts: 1},
				{Contact: "jonas", Kind: incident.Fault, Owed: ago(2*time.Hour + 2*time.Minute), Attempts: 3, Problem: "dial tcp 192.0.2.25:587: i/o timeout"},
				{Contact: "ona", Kind: incident.Fault, Owed: ago(2*time.Hour + 2*time.Minute), Final: true, Attempts: 1, Problem: "550 no such user"},
				{Contact: "vadovas", Kind: incident.Update, Owed: ago(time.Hour)},
			}},
			2: {Incident: disk}, 3: {Incident: printer}, 4: {Incident: cert}, closedID: {Incident: closed},
		},
	}
}

// quiet is a good morning.
func quiet(w *world) {
	w.overview.Incidents, w.overview.Recent, w.overview.Notices, w.overview.MailReady = nil, nil, nil, true
	w.overview.Unsure, w.overview.Coming, w.overview.Sites = nil, nil, w.overview.Sites[:1]
	w.overview.Checks = w.overview.Checks[1:2]
}

func TestPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, target string
			role         access.Role
			edit         func(*world)
		}{
			{"overview", "/", access.Operator, nil},
			{"overview-quiet", "/", access.Viewer, quiet},
			{"samples", "/samples", access.Viewer, nil},
			{"samples-none", "/samples?q=nothing", access.Viewer, func(w *world) { w.samples = web.SamplesPage{} }},
			{"overview-empty", "/", access.Viewer, func(w *world) { w.overview = web.Overview{MailReady: true, LineDown: true} }},
			{"incident", "/incidents/1", access.Operator, nil},
			{"incident-acknowledged", "/incidents/2", access.Operator, nil},
			{"incident-unknown", "/incidents/3", access.Operator, nil},
			{"incident-closed", "/incidents/9", access.Viewer, nil},
			{"login", "/login", "", nil},
			{"setup", "/setup?token=SETUP", "", nil},
			{"ack", "/ack?t=ACK", "", nil},
			{"not-found", "/nothing", "", nil},
			{"link-expired", "/ack?t=EXPIRED", "", nil},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				c := newConsole(t)
				if tc.edit != nil {
					tc.edit(c.world)
				}
				session := ""
				setup, _, err := c.access.SetupToken(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if tc.role != "" {
					session = c.session(tc.role, lang)
				}
				ack := c.access.SignAck(1, "rasa", now.Add(time.Hour))
				target := strings.NewReplacer("SETUP", setup, "ACK", ack, "EXPIRED", c.access.SignAck(1, "rasa", now)).Replace(tc.target)
				page := text(t, c.ask(target, session, nil, "Accept-Language", string(lang)))
				page = strings.NewReplacer(setup, "SETUP", ack, "ACK").Replace(page)

				golden(t, tc.name+"."+string(lang), page)
				for _, bad := range []string{"web.", "incident.where", "<no value>", "<script>", "style=", "<b>", "<mokykla>", "ZgotmplZ"} {
					if strings.Contains(page, bad) {
						t.Errorf("the page holds %q", bad)
					}
				}
			})
		}
	}
}

// inside is what stands in the frame: the frame itself is compared once.
func inside(page string) string {
	_, body, found := strings.Cut(page, "<main id=\"content\" tabindex=\"-1\">")
	body, _, ended := strings.Cut(body, "</main>")
	if !found || !ended {
		return page
	}
	title := regexp.MustCompile("<title>.*</title>").FindString(page)
	return title + "\n" + body
}

// TestFrame is everything around a page, in both languages.
func TestFrame(t *testing.T) {
	content := regexp.MustCompile(`(?s)<(article|div class="narrow").*</main>`)
	for _, lang := range i18n.Languages() {
		for _, role := range []access.Role{"", access.Viewer, access.Administrator} {
			c := newConsole(t, func(o *web.Options) {
				o.Demo = true
				o.Brand = func() web.Brand { return web.Brand{Institution: "Kupiškio <gimnazija>", Logo: "/logo?v=1"} }
			})
			session, target := "", "/login"
			if role != "" {
				session, target = c.session(role, lang), "/incidents/1?did=incident.acknowledged&of=1"
			}
			page := text(t, c.ask(target, session, nil, "Accept-Language", string(lang)))
			golden(t, strings.Trim("frame-"+string(role), "-")+"."+string(lang), content.ReplaceAllString(page, "…\n</main>"))
		}
	}
}

// golden compares a page with the one that is stored.
func golden(t *testing.T, name, page string) {
	t.Helper()
	if !strings.HasPrefix(name, "frame") {
		page = inside(page)
	}
	file := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if page != string(want) {
		t.Errorf("%s differs; look at what changed with: go test ./internal/collector/web -update && git diff\n%s", file, page)
	}
	for _, missing := range []string{"web.", "inventory.reason.", "fact."} {
		if strings.Contains(page, missing) {
			t.Errorf("the page holds %q", missing)
		}
	}
}

// The shipped rules speak through the catalogue, in words only.
func TestShippedRulesSpeakTheReadersLanguage(t *testing.T) {
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, key := range texts.Keys(i18n.English) {
		message, ok := strings.CutSuffix(strings.TrimPrefix(key, "rule."), ".subject")
		if !ok || !strings.HasPrefix(key, "rule.") {
			continue
		}
		rules++
		for _, lang := range i18n.Languages() {
			for _, value := range []float64{-1, 0, 13.2} {
				c := newConsole(t)
				p := c.world.incidents[1]
				p.Incident.Annotations = map[string]string{"message": message}
				p.Incident.Value = value
				p.Incident.Labels = map[string]string{"check": "svetaine", "device": "pc", "site": "mokykla", "system_filesystem_mountpoint": "/", "system_device": "sda", "trouble": "outbox", "room": "214", "what": "projector"}
				c.world.incidents[1] = p
				page := text(t, c.ask("/ack?t="+c.access.SignAck(1, "rasa", now.Add(time.Hour)), "", nil, "Accept-Language", string(lang)))
				title := regexp.MustCompile(`<h1>(.*)</h1>`).FindStringSubmatch(page)
				if title == nil || strings.ContainsAny(title[1], "?<{") || strings.Contains(title[1], "SiteDown") || strings.Contains(page, "rule.") || strings.Contains(page, "no value") {
					t.Errorf("%s in %s with %v: %v\n%s", message, lang, value, title, page)
				}
			}
		}
	}
	if rules == 0 {
		t.Error("there are no shipped rules in the catalogue")
	}
}

// Every key that a template asks for is in the catalogue; those that the code
// puts together are seen in the golden files.
func TestTemplatesAskForTextsThatExist(t *testing.T) {
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("pages/*.html")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	sources, _ := filepath.Glob("*.go")
	used := map[string]bool{}
	key := regexp.MustCompile(`"((?:web|access)\.[a-z_]+(?:\.[a-z_]+)*[a-z_])"`)
	for _, name := range append(names, sources...) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(data), -1) {
			used[m[1]] = true
			if !texts.Has(i18n.English, m[1]) {
				t.Errorf("%s asks for %q, which is not in the catalogue", name, m[1])
			}
		}
	}
	for _, k := range texts.Keys(i18n.English) {
		made := []string{
			"web.error.",
			"web.message.",
			"web.calendar.explain.",
			"web.class.",
			"web.condition.",
			"web.chart.",
			"web.line.",
			"web.range.",
			"web.nav.",
			"web.page.",
			"web.did.",
			"web.role.",
			"web.signin.",
			"web.unsure.",
			"web.coming.",
			"web.check.",
			"web.job.",
			"web.aspect.name.",
			"web.domain.state.",
			"web.links.kind.",
			"web.aspect.grade.",
			"web.sla.month.",
			"web.sla.length.",
			"web.mistake.",
			"web.found.",
			"web.devicelist.column.",
			"web.checks.by.",
			"web.checks.state.",
			"web.phase.",
			"web.look.",
			"web.import.",
			"web.calendar.",
			"web.weekday.",
			"web.topology.kind.",
			"web.devicelook.power.",
			"web.supply.",
			"web.tray.",
			"web.sensor.",
			"web.part.",
			"web.port.",
			"web.alert.",
			"web.gist.",
			"web.polled.",
			"web.topology.count.",
			"web.status.",
		}
		if strings.HasPrefix(k, "web.") && !slices.ContainsFunc(made, func(p string) bool { return strings.HasPrefix(k, p) }) && !used[k] {
			t.Errorf("nobody asks for %q", k)
		}
	}
}

// Whatever a stranger sends, no page is an error of ours, and nothing changes.
func FuzzStranger(f *testing.F) {
	s := newSchool()
	c := newConsole(f, withSchool(s))
	token := c.access.SignAck(1, "rasa", now.Add(time.Hour))
	f.Add("/ack?t="+token[:20], "t="+token[1:], "budi_session=x")
	f.Add("/login?next=//x", "login=a&password=b&next=/\\x", "")
	f.Add("/setup?token=x", "token=x&name=%zz", "=;")
	f.Add("/incidents/1/acknowledge", "comment=x", "budi_session="+strings.Repeat("A", 43))
	f.Add("/runbooks/..%2f..%2fx", "", "")
	f.Add("/devices/pc-1/merge", "other=pc-2", "")
	f.Add("/agents/tokens", "site=mokykla&hours=24&uses=1", "budi_session=x")
	f.Fuzz(func(t *testing.T, target, form, cookie string) {
		if !strings.HasPrefix(target, "/") || strings.Contains(form, token) {
			return
		}
		if _, err := url.ParseRequestURI(target); err != nil {
			return
		}
		for _, method := range []string{"GET", "POST"} {
			r, err := http.NewRequestWithContext(t.Context(), method, "http://example.com"+target, strings.NewReader(form))
			if err != nil {
				return
			}
			r.RemoteAddr = "192.0.2.1:1234"
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header["Cookie"] = []string{cookie}
			w := httptest.NewRecorder()
			c.handler.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%s %q: %d", method, target, w.Code)
			}
		}
		if len(c.world.acks)+len(c.world.closes)+len(s.done) != 0 {
			t.Errorf("%q with %q changed something", target, form)
		}
	})
}

// The first page, with a session that is looked up in the store.
func BenchmarkOverview(b *testing.B) {
	c := newConsole(b)
	session := c.session(access.Viewer, i18n.Lithuanian)
	b.ReportAllocs()
	for b.Loop() {
		if resp := c.ask("/", session, nil); resp.StatusCode != http.StatusOK {
			b.Fatal(resp.StatusCode)
		}
	}
}
