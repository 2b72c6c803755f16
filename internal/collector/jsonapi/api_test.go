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
	access    *access.Control
	incidents *story
	checks    *list
	boards    *boards
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

// withTokens are the agents and their tokens, as the composition makes them.
type withTokens struct{ *enrolment.Control }

func (a withTokens) CreateToken(ctx context.Context, by string, n enrolment.NewToken) (jsonapi.NewToken, error) {
	secret, t, err := a.Control.CreateToken(ctx, by, n)
	return jsonapi.NewToken{Token: t, Secret: secret.Reveal(), URL: "https://budi.example.lt"}, err
}

func (a withTokens) RevokeToken(ctx context.Context, _, name string) error {
	return a.Control.RevokeToken(ctx, name)
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
	key, _, err := access.LoadKey(filepath.Join(t.TempDir(), "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	cheap := access.Hashing{MemoryKiB: 64, Passes: 1, Threads: 1}
	if s.access, err = access.Open(access.Options{Store: store, Key: key, Logger: slog.New(slog.DiscardHandler), Hashing: cheap, Now: clock}); err != nil {
		t.Fatal(err)
	}
	s.incidents, s.checks, s.boards = newStory(), newList(), newBoards()
	s.serve(whole{s.inventory, s.enrolment}, logger)
	return s
}

// serve makes the handler anew.
func (s *school) serve(inv jsonapi.Inventory, logger *slog.Logger) {
	s.t.Helper()
	var err error
	s.handler, err = jsonapi.New(jsonapi.Options{
		Inventory: inv, Agents: withTokens{s.enrolment}, Incidents: s.incidents, Checks: s.checks, Polled: newAsked(), Availability: uptimes{}, StatusPages: s.boards, Audit: s.access, Logger: logger, ExternalURL: "https://budi.example.lt",
	})
	if err != nil {
		s.t.Fatal(err)
	}
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
		{"GET", "/enrolment-tokens", "", 200},
		{"POST", "/enrolment-tokens", `{"site": "main", "valid_hours": 1.5, "uses": 2, "class": "server"}`, 200},
		{"GET", "/incidents?state=open&severity=critical&site=main&since=2026-09-01T00:00:00Z", "", 200},
		{"GET", "/incident-times?site=main&since=2026-01-01T00:00:00Z", "", 200},
		{"GET", "/incidents/3", "", 200},
		{"GET", "/incidents/1", "", 200},
		{"POST", "/incidents/3/acknowledge", "", 200},
		{"POST", "/incidents/3/take-back", "", 200},
		{"POST", "/incidents/3/comments", `{"comment": "važiuoju"}`, 200},
		{"POST", "/incidents/3/close", `{"comment": "nurašyta"}`, 200},
		{"GET", "/checks?site=main&text=svetainė", "", 200},
		{"GET", "/checks/www", "", 200},
		{"GET", "/checks/branch", "", 200},
		{"GET", "/checks/www/look", "", 200},
		{"GET", "/checks/www/look?aspect=security", "", 200},
		{"GET", "/checks/www/look?aspect=content", "", 404}, // not looked at yet
		{"GET", "/checks/www/look?aspect=links", "", 404},   // not watched
		{"GET", "/checks/www/look?aspect=", "", 200},
		{"GET", "/checks/branch/look", "", 404},
		{"GET", "/checks/kopija/job", "", 200},
		{"GET", "/checks/www/job", "", 404},
		{"GET", "/availability?site=main&mode=ignored&from=2026-08-01&to=2026-09-01", "", 200},
		{"GET", "/availability/check:www", "", 200},
		{"GET", "/availability/pc?mode=counted", "", 200},
		{"PUT", "/checks/lib", `{"name": "x", "site": "main", "target": "https://x.example/", "interval_seconds": 300, "timeout_seconds": 2.5, "http": {"method": "GET", "expect_status": ["2xx"], "contains": ["a"], "not_contains": ["b"], "max_redirects": 0}}`, 200},
		{"PUT", "/checks/ns", `{"target": "dns://192.0.2.1/x.example", "dns": {"type": "MX", "answers": ["10 x"]}}`, 200},
		{"POST", "/checks/lib/pause", "", 200},
		{"POST", "/checks/lib/resume", "", 200},
		{"DELETE", "/checks/lib", "", 204},
		{"GET", "/checks/lib", "", 404},
		{"POST", "/checks/lib/restore", "", 200},
		{"GET", "/audit?actor=x&action=y&object=z&from=2026-09-01T00:00:00Z&until=2026-09-02T00:00:00Z&limit=10", "", 200},
		{"POST", "/enrolment-tokens/" + s.token() + "/revoke", "", 200},
	} {
		if a := s.ask(admin, c.method, c.path, c.body); a.code != c.code {
			t.Errorf("%s %s: %d %s, want %d", c.method, c.path, a.code, a.body, c.code)
		}
	}
	polledStory(t, s)
	statusStory(t, s)
	for _, r := range jsonapi.Routes() {
		if !s.checked[r.Method+" "+r.Pattern] {
			t.Errorf("no success of %s %s was seen", r.Method, r.Pattern)
		}
	}
	if s.log.Len() != 0 {
		t.Errorf("the log has %s", s.log.String())
	}
}

// The newest look at a check is told whole, and that at an aspect by its name.
func TestTheNewestLookIsToldWhole(t *testing.T) {
	s := newSchool(t)
	look := s.get("GET", "/checks/www/look", "")
	if families, _ := look["families"].([]any); len(families) != 1 || look["outcome"] != "unreachable" || look["duration_seconds"] != 1.0 {
		t.Errorf("%v", look)
	}
	if security := s.get("GET", "/checks/www/look?aspect=security", ""); security["grade"] != "B" {
		t.Errorf("%v", security)
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
			path = fmt.Sprintf("/devices/pc/history?limit=4&after=%v", page["next"])
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
		"a parameter without use":   {"GET", "/agents/x?limit=1", "", 400, "bad_request"},
		"no page":                   {"GET", "/devices?limit=0", "", 400, "bad_request"},
		"a huge page":               {"GET", "/devices?limit=1001", "", 400, "bad_request"},
		"no number":                 {"GET", "/devices/pc/history?after=x", "", 400, "bad_request"},
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
		"a state that is not":       {"GET", "/incidents?state=x", "", 400, "bad_request"},
		"a time that is none":       {"GET", "/incidents?since=yesterday", "", 400, "bad_request"},
		"an incident that is not":   {"GET", "/incidents/99", "", 404, "not_found"},
		"no number of an incident":  {"GET", "/incidents/x", "", 404, "not_found"},
		"a comment without text":    {"POST", "/incidents/3/comments", `{"comment": " "}`, 422, "invalid"},
		"a comment that is long":    {"POST", "/incidents/3/acknowledge", `{"comment": "` + strings.Repeat("ą", 501) + `"}`, 422, "invalid"},
		"an acknowledgement of old": {"POST", "/incidents/1/acknowledge", "", 409, "not_open"},
		"nothing to take back":      {"POST", "/incidents/3/take-back", "", 409, "not_acknowledged"},
		"a fault that goes on":      {"POST", "/incidents/2/close", "", 409, "still_firing"},
		"a token of no site":        {"POST", "/enrolment-tokens", `{}`, 404, "not_found"},
		"a token for long":          {"POST", "/enrolment-tokens", `{"site": "main", "valid_hours": 1e300}`, 422, "invalid"},
		"a token of the past":       {"POST", "/enrolment-tokens", `{"site": "main", "valid_hours": -1}`, 422, "invalid"},
		"a token that is not":       {"POST", "/enrolment-tokens/x/revoke", "", 404, "not_found"},
		"a check of the file":       {"PUT", "/checks/www", `{"target": "https://x.example/"}`, 409, "in_file"},
		"availability of nothing":   {"GET", "/availability/x", "", 404, "not_found"},
		"a period that ends before": {"GET", "/availability?from=2026-09-02&to=2026-09-01", "", 400, "bad_request"},
		"a day that is none":        {"GET", "/availability/pc?to=1.9.2026", "", 400, "bad_request"},
		"a mode that is none":       {"GET", "/availability/pc?mode=half", "", 400, "bad_request"},
		"a pause of the file's":     {"POST", "/checks/www/pause", "", 409, "in_file"},
		"a check that cannot be":    {"PUT", "/checks/x", `{"target": "x://", "interval_seconds": 1e300, "timeout_seconds": -1}`, 422, "invalid"},
		"a check that is not":       {"DELETE", "/checks/x", "", 404, "not_found"},
		"a path that is not":        {"GET", "/nothing", "", 404, "not_found"},
		"another method":            {"DELETE", "/devices", "", 405, "method_not_allowed"},
		"another method of a thing": {"PUT", "/devices/pc", `{}`, 405, "method_not_allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.ask(admin, c.method, c.path, c.body)
			var body struct {
				Type, Title, Detail, Code string
				Status                    int
			}
			if err := json.Unmarshal(a.body, &body); err != nil || a.code != c.code || body.Code != c.word || body.Status != c.code || body.Detail == "" ||
				body.Title == "" || !strings.HasSuffix(body.Type, "docs/api.md#problem-"+c.word) || a.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s %s, %v", a.code, a.Get("Content-Type"), a.body, err)
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

func TestOtherSitesPagesMayNotAsk(t *testing.T) {
	s := newSchool(t)
	for origin, want := range map[string]int{"https://evil.example": 403, "https://budi.example.lt": 204} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", jsonapi.Base+"/devices/srv/keep-apart", strings.NewReader(`{"other":"pc"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", origin)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := s.do(identity(access.Administrator), r); a.code != want || want == 403 && !strings.Contains(string(a.body), `"cross_origin"`) {
			t.Errorf("%s: %d %s", origin, a.code, a.body)
		}
	}
}

// Every list comes in pages, whose header Link names the next one.
func TestListsComeInPages(t *testing.T) {
	s := newSchool(t)
	for i := range 3 {
		s.get("PUT", fmt.Sprint("/rooms/r", i), `{"site": "main", "name": "x"}`)
		s.get("PUT", fmt.Sprint("/sites/s", i), `{"name": "x"}`)
		if err := s.access.Audit(t.Context(), access.Entry{Actor: "x", Action: "y"}); err != nil {
			t.Fatal(err)
		}
	}
	for path, list := range map[string]string{
		"/sites": "sites", "/rooms?site=main": "rooms", "/devices": "devices", "/devices/pc/history": "changes", "/agents?site=main": "agents",
		"/enrolment-tokens": "tokens", "/incidents": "incidents", "/checks": "checks", "/availability": "availability", "/audit": "entries", "/proposals": "proposals",
	} {
		all := s.get("GET", path, "")[list].([]any)
		if len(all) < 2 && list != "proposals" {
			t.Errorf("%s has %d entries", path, len(all))
		}
		sign := "?"
		if strings.Contains(path, "?") {
			sign = "&"
		}
		next := path + sign + "limit=1"
		for i, want := range all {
			a := s.ask(identity(access.Administrator), "GET", next, "")
			var body map[string]any
			if err := json.Unmarshal(a.body, &body); err != nil {
				t.Fatal(err)
			}
			got := body[list].([]any)
			if len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(want) {
				t.Errorf("%s: page %d is %v, want %v", path, i, got, want)
			}
			link := a.Get("Link")
			if last := i == len(all)-1; last != (link == "") || last != (body["next"] == nil) {
				t.Fatalf("%s: page %d has link %q and next %v", path, i, link, body["next"])
			}
			address, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">; rel=\"next\"")
			next = strings.TrimPrefix(address, jsonapi.Base)
		}
	}
}

// token is the name of an enrolment token of main.
func (s *school) token() string {
	s.t.Helper()
	all, err := s.enrolment.Tokens(s.t.Context())
	if err != nil || len(all) == 0 {
		s.t.Fatal(err)
	}
	for _, t := range all {
		if t.Site == "main" {
			return t.Name
		}
	}
	s.t.Fatal("there is none")
	return ""
}

// broken is an inventory whose storage fails.
type broken struct{ *inventory.Control }

func (broken) Sites(context.Context) ([]inventory.Site, error) {
	return nil, fmt.Errorf("read /var/lib/budi: %w", io.ErrUnexpectedEOF)
}

func TestOurOwnTroubleIsLoggedAndNotTold(t *testing.T) {
	s := newSchool(t)
	s.serve(broken{s.inventory}, slog.New(slog.NewTextHandler(&s.log, nil)))
	a := s.ask(identity(access.Viewer), "GET", "/sites", "")
	if a.code != http.StatusInternalServerError || strings.Contains(string(a.body), "/var/lib") || !strings.Contains(s.log.String(), "/var/lib") {
		t.Errorf("%d %s; log %s", a.code, a.body, s.log.String())
	}
}
