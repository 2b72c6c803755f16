package jsonapi_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

var t0 = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)

// school is an API over a real inventory and real agents: two sites, "main"
// with the computers pc and srv, "branch" with pc-2, which is pc again.
type school struct {
	t         *testing.T
	handler   http.Handler
	inventory *inventory.Control
	enrolment *enrolment.Control
	agents    map[string]string // ID by device
	log       bytes.Buffer
	checked   map[string]bool // routes of which a success was compared with the document
}

type placing struct{ *inventory.Control }

func (p placing) Place(ctx context.Context, n enrolment.NewComputer) (string, error) {
	d, err := p.Control.Place(ctx, inventory.NewComputer(n))
	return d.ID, err
}

// whole is the inventory with agents that follow, as the composition makes it.
type whole struct {
	*inventory.Control
	agents *enrolment.Control
}

func (w whole) Merge(ctx context.Context, by, from, into string) error {
	if err := w.Control.Merge(ctx, by, from, into); err != nil {
		return err
	}
	return w.agents.Rebind(ctx, from, into)
}

func newSchool(t *testing.T) *school {
	t.Helper()
	s := &school{t: t, agents: map[string]string{}, checked: map[string]bool{}}
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "budi.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	now := t0
	clock := func() time.Time { now = now.Add(time.Second); return now }
	logger := slog.New(slog.NewTextHandler(&s.log, nil))
	if s.inventory, err = inventory.Open(inventory.Options{Store: store, Logger: slog.New(slog.DiscardHandler), Now: clock}); err != nil {
		t.Fatal(err)
	}
	if s.enrolment, err = enrolment.Open(enrolment.Options{Store: store, Devices: placing{s.inventory}, Logger: slog.New(slog.DiscardHandler), Now: clock, Start: "x"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.enrolment.Close() })
	same := wire.Machine{SystemUUID: "4c4c4544-0051-3010-8052-b4c04f564433", SystemSerial: "5Q0R3D2", MACs: []string{"a4:bb:6d:11:22:33"}}
	for i, c := range []struct {
		site, hostname string
		server         bool
		machine        wire.Machine
	}{{"main", "PC", false, same}, {"main", "SRV", true, wire.Machine{}}, {"branch", "PC", false, same}} {
		token, _, err := s.enrolment.CreateToken(t.Context(), "user rasa", enrolment.NewToken{Site: c.site, TTL: time.Hour, Uses: 1})
		if err != nil {
			t.Fatal(err)
		}
		agent, err := s.enrolment.Enrol(t.Context(), wire.EnrolRequest{
			Token: token.Reveal(), Secret: wire.AgentSecretPrefix + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{byte(i)}, 32)),
			Hostname: c.hostname, System: "windows", Server: c.server, Version: "1.0", Machine: c.machine,
		}, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		s.agents[agent.Device] = agent.ID
	}
	for i := range 3 {
		facts := []look.FactSet{
			{Kind: "system", Time: t0, Items: []look.Item{{Fields: map[string]string{"make": "Dell", "model": "OptiPlex", "serial": "5Q0R3D2"}}}},
			{Kind: "os", Time: t0, Items: []look.Item{{Fields: map[string]string{"name": "Windows 11", "version": fmt.Sprint("24H", i)}}}},
			{Kind: "disk", Time: t0, Items: []look.Item{{Key: fmt.Sprint("S", i), Fields: map[string]string{"model": "WDC"}}}},
			{Kind: "monitor", Time: t0},
		}
		if err := s.inventory.Take(t.Context(), "pc", facts, inventory.About{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.inventory.Take(t.Context(), "pc-2", []look.FactSet{{Kind: "cpu", Time: t0}}, inventory.About{}); err != nil {
		t.Fatal(err)
	}
	s.handler = jsonapi.New(jsonapi.Options{Inventory: whole{s.inventory, s.enrolment}, Agents: s.enrolment, Logger: logger})
	return s
}

// who asks.
func identity(role access.Role, sites ...string) *access.Identity {
	return &access.Identity{Kind: access.KindToken, Login: "script", Name: "script", Role: role, Sites: sites}
}

// answer is what came back.
type answer struct {
	code int
	body []byte
	http.Header
}

// ask makes a request; every answer is compared with the document.
func (s *school) ask(who *access.Identity, method, path, body string) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, jsonapi.Base+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return s.do(who, r)
}

func (s *school) do(who *access.Identity, r *http.Request) answer {
	s.t.Helper()
	if who != nil {
		r = r.WithContext(access.WithIdentity(r.Context(), *who))
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	res := w.Result()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{res.StatusCode, b, res.Header}
	s.compare(r, a)
	return a
}

// get reads the answer to an administrator's request.
func (s *school) get(method, path, body string) map[string]any {
	s.t.Helper()
	a := s.ask(identity(access.Administrator), method, path, body)
	if a.code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s", method, path, a.code, a.body)
	}
	var out map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// ids lists the IDs of a list in an answer.
func ids(list any) string {
	var out []string
	for _, e := range list.([]any) {
		out = append(out, e.(map[string]any)["id"].(string))
	}
	return strings.Join(out, " ")
}

func TestEveryRouteAnswersAsItsDocumentSays(t *testing.T) {
	s := newSchool(t)
	admin := identity(access.Administrator)
	for _, c := range []struct {
		method, path, body string
		code               int
	}{
		{"GET", "/openapi.json", "", 200},
		{"PUT", "/sites/main", `{"name": "Gimnazija"}`, 200},
		{"GET", "/sites", "", 200},
		{"PUT", "/rooms/r12", `{"site": "main", "name": "12"}`, 200},
		{"GET", "/rooms?site=main", "", 200},
		{"GET", "/devices", "", 200},
		{"GET", "/proposals", "", 200},
		{"PATCH", "/devices/pc", `{"name": "Mokytojo", "room": "r12", "asset": "A1"}`, 200},
		{"DELETE", "/rooms/r12", "", 409},
		{"GET", "/devices/pc", "", 200},
		{"GET", "/devices/pc/facts", "", 200},
		{"GET", "/devices/pc/history?limit=3", "", 200},
		{"GET", "/agents", "", 200},
		{"GET", "/agents/" + s.agents["pc"], "", 200},
		{"POST", "/devices/srv/keep-apart", `{"other": "pc"}`, 204},
		{"POST", "/devices/pc-2/merge", `{"into": "pc"}`, 200},
		{"POST", "/agents/" + s.agents["srv"] + "/revoke", "", 200},
		{"GET", "/agents/" + s.agents["srv"], "", 200},
		{"DELETE", "/devices/srv", "", 204},
		{"DELETE", "/rooms/r12", "", 204},
		{"DELETE", "/sites/branch", "", 409}, // the device that came from there stands there now
		{"PUT", "/sites/x", `{"name": "X"}`, 200},
		{"DELETE", "/sites/x", "", 204},
	} {
		if a := s.ask(admin, c.method, c.path, c.body); a.code != c.code {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.path, a.code, a.body, c.code)
		}
	}
	for _, r := range jsonapi.Routes() {
		if !s.checked[r.Method+" "+r.Pattern] {
			t.Errorf("no success of %s %s was seen", r.Method, r.Pattern)
		}
	}
	if s.log.Len() != 0 {
		t.Errorf("the log has %s", s.log.String())
	}
}

func TestReading(t *testing.T) {
	s := newSchool(t)
	devices := s.get("GET", "/devices", "")
	if got := ids(devices["devices"]); got != "pc pc-2 srv" || devices["next"] != nil {
		t.Errorf("devices %s, next %v", got, devices["next"])
	}
	first := devices["devices"].([]any)[0].(map[string]any)
	if first["model"] != "Dell OptiPlex" || first["os"] != "Windows 11 24H2" || len(first["proposals"].([]any)) != 1 {
		t.Errorf("%v", first)
	}
	for query, want := range map[string]string{
		"site=branch": "pc-2", "class=server": "srv", "text=optiplex": "pc", "room=none": "", "limit=2": "pc pc-2", "limit=1&after=pc": "pc-2", "after=zzz": "",
	} {
		if got := ids(s.get("GET", "/devices?"+query, "")["devices"]); got != want {
			t.Errorf("?%s: %q, want %q", query, got, want)
		}
	}
	if next := s.get("GET", "/devices?limit=2", "")["next"]; next != "pc-2" {
		t.Errorf("next is %v", next)
	}
	if facts := s.get("GET", "/devices/pc/facts?kind=disk", "")["facts"].([]any); len(facts) != 1 {
		t.Errorf("facts %v", facts)
	}
	if facts := s.get("GET", "/devices/srv/facts", "")["facts"].([]any); len(facts) != 0 {
		t.Errorf("facts of a device without any: %v", facts)
	}
	var numbers []float64
	for path := "/devices/pc/history?limit=4"; path != ""; {
		page := s.get("GET", path, "")
		for _, c := range page["changes"].([]any) {
			numbers = append(numbers, c.(map[string]any)["number"].(float64))
		}
		path = ""
		if page["next"] != nil {
			path = fmt.Sprintf("/devices/pc/history?limit=4&before=%v", page["next"])
		}
	}
	if fmt.Sprint(numbers) != "[6 5 4 3 2 1]" {
		t.Errorf("history %v", numbers)
	}
	if got := ids(s.get("GET", "/agents?device=pc", "")["agents"]); got != s.agents["pc"] {
		t.Errorf("agents %s", got)
	}
	if got := len(s.get("GET", "/agents?site=main", "")["agents"].([]any)); got != 2 {
		t.Errorf("%d agents of a site", got)
	}
}

func TestChanging(t *testing.T) {
	s := newSchool(t)
	merged := s.get("POST", "/devices/pc-2/merge", `{"into": "pc"}`)
	if merged["id"] != "pc" || merged["site"] != "branch" || len(merged["proposals"].([]any)) != 0 {
		t.Errorf("%v", merged)
	}
	if agent := s.get("GET", "/agents/"+s.agents["pc-2"], ""); agent["device"] != "pc" {
		t.Errorf("%v", agent)
	}
	newest := s.get("GET", "/devices/pc/history?limit=1", "")["changes"].([]any)[0].(map[string]any)
	if newest["field"] != "merged" || newest["by"] != "token script" {
		t.Errorf("%v", newest)
	}
	if agent := s.get("POST", "/agents/"+s.agents["srv"]+"/revoke", ""); agent["revoked"] == nil {
		t.Errorf("%v", agent)
	}
	d := s.get("PATCH", "/devices/srv", `{"name": "Serveris", "class": "workstation"}`)
	if d["name"] != "Serveris" || d["class"] != string(fleet.Workstation) {
		t.Errorf("%v", d)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	s := newSchool(t)
	for _, route := range jsonapi.Routes() {
		path := strings.TrimPrefix(strings.Replace(route.Pattern, "{id}", "nobody", 1), jsonapi.Base)
		if route.Role == "" {
			if a := s.ask(nil, route.Method, path, ""); a.code != http.StatusOK {
				t.Errorf("%s %s of nobody: %d", route.Method, path, a.code)
			}
			continue
		}
		if a := s.ask(nil, route.Method, path, ""); a.code != http.StatusUnauthorized || !strings.HasPrefix(a.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s %s of nobody: %d", route.Method, path, a.code)
		}
		for _, role := range append(access.Roles(), access.Push) {
			a := s.ask(identity(role), route.Method, path, "")
			if forbidden := a.code == http.StatusForbidden; forbidden == role.Allows(route.Role) {
				t.Errorf("%s %s of %s: %d", route.Method, path, role, a.code)
			}
		}
	}
}

func TestOtherSitesAreNotThere(t *testing.T) {
	s := newSchool(t)
	s.get("PUT", "/rooms/r12", `{"site": "main", "name": "12"}`)
	who := identity(access.Administrator, "branch")
	for path, want := range map[string]string{
		"/sites": `{"sites":[{"id":"branch","name":"branch"}]}`, "/rooms": `{"rooms":[]}`, "/proposals": `{"proposals":[]}`, "/devices?site=main": `{"devices":[]}`,
		"/agents?site=main": `{"agents":[]}`,
	} {
		if a := s.ask(who, "GET", path, ""); strings.TrimSpace(string(a.body)) != want {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	for _, path := range []string{"/devices", "/agents"} {
		a := s.ask(who, "GET", path, "")
		if strings.Contains(string(a.body), `"main"`) || !strings.Contains(string(a.body), `"pc-2"`) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	for _, c := range []struct {
		method, path, body string
		code               int
	}{
		{"GET", "/devices/pc", "", 404}, {"GET", "/devices/pc/facts", "", 404}, {"GET", "/devices/pc/history", "", 404},
		{"PATCH", "/devices/pc", `{}`, 404}, {"DELETE", "/devices/pc", "", 404},
		{"POST", "/devices/pc/merge", `{"into":"pc-2"}`, 404}, {"POST", "/devices/pc-2/merge", `{"into":"pc"}`, 404},
		{"POST", "/devices/pc/keep-apart", `{"other":"pc-2"}`, 404}, {"POST", "/devices/pc-2/keep-apart", `{"other":"pc"}`, 404},
		{"GET", "/agents/" + s.agents["pc"], "", 404}, {"POST", "/agents/" + s.agents["pc"] + "/revoke", "", 404},
		{"PUT", "/sites/main", `{"name":"x"}`, 403}, {"PUT", "/sites/new", `{"name":"x"}`, 403}, {"DELETE", "/sites/main", "", 404},
		{"PUT", "/rooms/r12", `{"site":"main","name":"x"}`, 403}, {"PUT", "/rooms/r12", `{"site":"branch","name":"x"}`, 403}, {"PUT", "/rooms/new", `{"site":"main","name":"x"}`, 403},
		{"DELETE", "/rooms/r12", "", 404},
		{"PATCH", "/devices/pc-2", `{"name":"x"}`, 200}, {"PUT", "/rooms/b1", `{"site":"branch","name":"x"}`, 200}, {"PUT", "/sites/branch", `{"name":"Filialas"}`, 200},
	} {
		if a := s.ask(who, c.method, c.path, c.body); a.code != c.code {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.path, a.code, a.body, c.code)
		}
	}
	// Nothing of it happened.
	if got := ids(s.get("GET", "/devices", "")["devices"]); got != "pc pc-2 srv" || len(s.get("GET", "/proposals", "")["proposals"].([]any)) != 1 {
		t.Error("something of another site was changed")
	}
}

func TestRequestsAreReadStrictly(t *testing.T) {
	s := newSchool(t)
	admin := identity(access.Administrator)
	for name, c := range map[string]struct {
		method, path, body string
		code               int
		word               string
	}{
		"an unknown parameter":      {"GET", "/devices?sites=main", "", 400, "bad_request"},
		"a parameter twice":         {"GET", "/devices?site=main&site=x", "", 400, "bad_request"},
		"a parameter too long":      {"GET", "/devices?text=" + strings.Repeat("x", 201), "", 400, "bad_request"},
		"a broken query":            {"GET", "/devices?text=%zz", "", 400, "bad_request"},
		"a parameter without use":   {"GET", "/sites?limit=1", "", 400, "bad_request"},
		"no page":                   {"GET", "/devices?limit=0", "", 400, "bad_request"},
		"a huge page":               {"GET", "/devices?limit=1001", "", 400, "bad_request"},
		"no number":                 {"GET", "/devices/pc/history?before=x", "", 400, "bad_request"},
		"an unknown class":          {"GET", "/devices?class=boss", "", 400, "bad_request"},
		"an unknown field":          {"PATCH", "/devices/pc", `{"nam": "x"}`, 400, "bad_request"},
		"another type":              {"PATCH", "/devices/pc", `{"name": 1}`, 400, "bad_request"},
		"half a value":              {"PATCH", "/devices/pc", `{"name": "x"`, 400, "bad_request"},
		"two values":                {"PATCH", "/devices/pc", `{} {}`, 400, "bad_request"},
		"junk behind the value":     {"PATCH", "/devices/pc", `{} x`, 400, "bad_request"},
		"a list":                    {"PATCH", "/devices/pc", `[]`, 400, "bad_request"},
		"no body":                   {"PATCH", "/devices/pc", ``, 415, "unsupported_media_type"},
		"a body too large":          {"PATCH", "/devices/pc", `{"name": "` + strings.Repeat("x", 64<<10) + `"}`, 413, "too_large"},
		"a class that cannot be":    {"PATCH", "/devices/pc", `{"class": "boss"}`, 422, "invalid"},
		"a room that is not":        {"PATCH", "/devices/pc", `{"room": "x"}`, 422, "invalid"},
		"an ID that cannot be":      {"PUT", "/sites/%C4%84", `{"name": "x"}`, 422, "invalid"},
		"a name that is none":       {"PUT", "/sites/x", `{}`, 422, "invalid"},
		"a merge with itself":       {"POST", "/devices/pc/merge", `{"into": "pc"}`, 422, "invalid"},
		"a merge with nobody":       {"POST", "/devices/pc/merge", `{"into": "x"}`, 404, "not_found"},
		"a device that is not":      {"GET", "/devices/x", "", 404, "not_found"},
		"an agent that is not":      {"POST", "/agents/x/revoke", "", 404, "not_found"},
		"a path that is not":        {"GET", "/nothing", "", 404, "not_found"},
		"another method":            {"DELETE", "/devices", "", 405, "method_not_allowed"},
		"another method of a thing": {"PUT", "/devices/pc", `{}`, 405, "method_not_allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.ask(admin, c.method, c.path, c.body)
			var body struct{ Error, Code string }
			if err := json.Unmarshal(a.body, &body); err != nil || a.code != c.code || body.Code != c.word || body.Error == "" {
				t.Errorf("%d %s, %v", a.code, a.body, err)
			}
			if a.code == 405 && a.Get("Allow") == "" {
				t.Error("no header Allow")
			}
		})
	}
	r := httptest.NewRequestWithContext(t.Context(), "PATCH", jsonapi.Base+"/devices/pc", strings.NewReader(`{"name":"x"}`))
	r.Header.Set("Content-Type", "text/plain") // as a form of a strange page can send it
	if a := s.do(admin, r); a.code != http.StatusUnsupportedMediaType {
		t.Errorf("a body of another type: %d", a.code)
	}
}

// broken is an inventory whose storage fails.
type broken struct{ *inventory.Control }

func (broken) Sites(context.Context) ([]inventory.Site, error) {
	return nil, fmt.Errorf("read /var/lib/budi: %w", io.ErrUnexpectedEOF)
}

func TestOurOwnTroubleIsLoggedAndNotTold(t *testing.T) {
	s := newSchool(t)
	s.handler = jsonapi.New(jsonapi.Options{Inventory: broken{s.inventory}, Agents: s.enrolment, Logger: slog.New(slog.NewTextHandler(&s.log, nil))})
	a := s.ask(identity(access.Viewer), "GET", "/sites", "")
	if a.code != http.StatusInternalServerError || strings.Contains(string(a.body), "/var/lib") || !strings.Contains(s.log.String(), "/var/lib") {
		t.Errorf("%d %s; log %s", a.code, a.body, s.log.String())
	}
}
