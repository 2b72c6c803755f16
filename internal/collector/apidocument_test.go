package collector

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/jobs"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// apiExample is a request of openapi.json and what is answered there.
type apiExample struct {
	name, method, path string
	query              url.Values
	role               access.Role
	body               json.RawMessage
	code               int
	answer             json.RawMessage // nil: nothing
}

// apiExamples reads every operation of the document that the collector serves,
// in an order in which each finds what it is about: what reads before what
// changes, what removes last.
func apiExamples(t *testing.T, document []byte) []apiExample {
	t.Helper()
	type parameter struct {
		Ref      string `json:"$ref"`
		Name, In string
		Example  any
	}
	type media struct{ Example json.RawMessage }
	var d struct {
		Paths map[string]map[string]struct {
			Role        access.Role `json:"x-budi-role"`
			Parameters  []parameter
			RequestBody struct{ Content map[string]media }
			Responses   map[string]struct{ Content map[string]media }
		}
		Components struct{ Parameters map[string]parameter }
	}
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	var out []apiExample
	for pattern, methods := range d.Paths {
		for method, o := range methods {
			e := apiExample{
				name: strings.ToUpper(method) + " " + pattern, method: strings.ToUpper(method), path: pattern, query: url.Values{}, role: o.Role,
				body: o.RequestBody.Content["application/json"].Example, code: http.StatusNoContent,
			}
			if r, ok := o.Responses["200"]; ok {
				e.code, e.answer = http.StatusOK, r.Content["application/json"].Example
			}
			for _, p := range o.Parameters {
				if p.Ref != "" {
					p = d.Components.Parameters[p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]]
				}
				switch {
				case p.In == "path":
					e.path = strings.ReplaceAll(e.path, "{"+p.Name+"}", fmt.Sprint(p.Example))
				case p.Example != nil:
					e.query.Set(p.Name, fmt.Sprint(p.Example))
				}
			}
			out = append(out, e)
		}
	}
	order := []string{"GET", "PATCH", "PUT", "POST", "DELETE"}
	slices.SortFunc(out, func(a, b apiExample) int {
		if a.method != b.method {
			return slices.Index(order, a.method) - slices.Index(order, b.method)
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

// documented is a collector with everything that the examples speak of. IDs that
// are drawn are given by their examples' names.
func documented(t *testing.T) (c *Collector, drawn *strings.Replacer) {
	t.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "collector.yml")
	must(os.WriteFile(config, []byte("site: {id: main, name: Gimnazija}\nhost: {disabled: true}\nchecks: [{id: www, name: Mokyklos svetainė, target: 'http://127.0.0.1:1/', interval: 1m}]\n"), 0o600))
	c, err = Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), ConfigFile: config, Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	must(err)
	t.Cleanup(func() {
		_ = c.close()
		_ = os.RemoveAll(dir)
	})
	ctx, inv, now := t.Context(), c.agents.inventory, c.now()
	for _, s := range []inventory.Site{{ID: "branch", Name: "Filialas"}, {ID: "old", Name: "Senas"}} {
		must(inv.PutSite(ctx, "test", s))
	}
	must(inv.PutRoom(ctx, "test", inventory.Room{ID: "r12", Site: "main", Name: "12 kabinetas"}))
	must(inv.PutRoom(ctx, "test", inventory.Room{ID: "r99", Site: "main", Name: "Sandėlis"}))
	machine := wire.Machine{SystemUUID: "4c4c4544-0051-3010-8052-b4c04f564433", SystemSerial: "5Q0R3D2", MACs: []string{"a4:bb:6d:11:22:33"}}
	token, made, err := c.agents.enrolment.CreateToken(ctx, "token script", enrolment.NewToken{Site: "main"})
	must(err)
	agent, err := c.agents.enrolment.Enrol(ctx, wire.EnrolRequest{
		Token: token.Reveal(), Secret: wire.AgentSecretPrefix + base64.RawURLEncoding.EncodeToString(make([]byte, 32)),
		Hostname: "PC-214-07", System: "windows", Version: "1.0", Machine: machine,
	}, "192.0.2.1")
	must(err)
	for _, n := range []inventory.NewComputer{
		{Site: "main", Hostname: "PC-214-07", Class: fleet.Workstation, Machine: machine},
		{Site: "main", Hostname: "SRV", Class: fleet.Server}, {Site: "main", Hostname: "PC-OLD", Class: fleet.Workstation},
	} {
		_, err := inv.Place(ctx, n)
		must(err)
	}
	for _, version := range []string{"23H2", "24H2"} {
		must(inv.Take(ctx, "pc-214-07", []look.FactSet{
			{Kind: "system", Time: now, Items: []look.Item{{Fields: map[string]string{"make": "Dell", "model": "OptiPlex", "serial": "5Q0R3D2"}}}},
			{Kind: "os", Time: now, Items: []look.Item{{Fields: map[string]string{"name": "Windows 11", "version": version}}}},
			{Kind: "disk", Time: now, Items: []look.Item{{Key: "S1", Fields: map[string]string{"model": "WDC"}}}},
		}, inventory.About{}))
	}
	name := "PC-214-07"
	must(inv.Edit(ctx, "token script", "pc-214-07", inventory.Edit{Name: &name}))
	must(c.access.Audit(ctx, access.Entry{Actor: "token script", Action: "device.edit", Object: "pc-214-07", Detail: "name"}))
	var all []incident.Incident
	for id := incident.ID(12); id <= 14; id++ {
		inc := incident.Incident{
			ID: id, Key: incident.Key(fmt.Sprint(id)), Rule: "SiteDown", Severity: incident.Critical, State: incident.Open, Evidence: incident.Firing,
			Labels: map[string]string{"site": "main", "check": "www", "severity": "critical"}, Names: map[string]string{"check": "Mokyklos svetainė"},
			Problem: &look.Problem{Code: "timeout", Args: map[string]string{"seconds": "10"}}, Since: now, Seen: now, Opened: now, Turned: now, LastFired: now,
		}
		if id == 14 {
			inc.Evidence = incident.Unknown
		}
		all = append(all, inc)
	}
	over := all[0]
	over.ID, over.Key, over.State, over.EndReason, over.Ended = 11, "11", incident.Closed, incident.Recovered, now.Add(time.Hour)
	must(c.store.CommitIncidents(append(all, over), nil))
	must(c.alerting.load())
	_, err = c.alerting.acknowledge(13, "script", "", time.Time{})
	must(err)
	by := access.WithIdentity(ctx, access.Identity{Kind: access.KindToken, Login: "script", Role: access.Administrator})
	for _, id := range []string{"filialas", "senas"} {
		_, err := checkActions{c}.AddCheck(by, settings.Check{ID: id, Name: "Filialo svetainė", Spec: probe.Spec{Target: "http://127.0.0.1:1/"}}, "")
		must(err)
	}
	must(checkActions{c}.RemoveCheck(by, "senas"))
	_, err = checkActions{c}.AddCheck(by, settings.Check{ID: "kopija", Name: "Kopija", Spec: probe.Spec{Target: probe.TargetJob}, Job: settings.Job{Period: 24 * time.Hour}}, "")
	must(err)
	exit := int64(3)
	must(c.jobs.take(c.jobs.find("kopija"), jobs.Call{At: now, Kind: jobs.Failed, Exit: &exit}))
	printer := settings.Device{ID: "spausdintuvas-2", Target: "snmp://127.0.0.1:9?community=slaptas"}
	must(c.change(by, "device.add", printer.ID, func(s *settings.Settings) error { return s.PutDevice(printer) }))
	left := 42.0
	c.looking.board.Put(polledPrefix+printer.ID, time.Minute, look.Result{
		Target: "snmp://127.0.0.1:9", Kind: "printer", Time: now, Duration: time.Second, Outcome: look.OK, Facts: []look.Fact{{Name: "model", Value: "LaserJet 400"}},
		Samples: []look.Sample{{Name: "budi_device_up", Value: 1}},
		Device:  &look.Device{Supplies: []look.Supply{{Index: "1.1", Name: "Black Cartridge", Type: "toner", Colour: "black", Percent: &left, State: look.SupplyKnown}}},
	})
	for _, name := range []string{"tinklas", "senos"} {
		one := settings.Credential{Name: name, Subnets: []string{"192.0.2.0/24"}, Access: settings.Access{SNMP: settings.SNMP{Version: "2c", Community: secret.New("slaptas")}}}
		must(polledActions{c}.PutCredential(by, one, false))
	}
	c.looking.board.Put(checkPrefix+"www", time.Minute, look.Result{
		Target: "http://127.0.0.1:1/", Kind: "http", Time: now, Duration: time.Second, Outcome: look.Unreachable,
		Problem: &look.Problem{Code: "refused", Detail: "x"}, Samples: []look.Sample{{Name: "probe_success"}},
		Web: &look.Web{Redirects: []look.Hop{{Method: "GET", URL: "http://127.0.0.1:1/"}}},
	})
	august, err := availability.ParseDate("2026-08-31")
	must(err)
	must(c.store.PutAvailability(ctx, august, map[topology.ID]availability.Day{topology.Check("www"): {Seconds: availability.Seconds{Up: 85_800, Down: 600}, Latency: availability.Latency{P50: 0.12, P95: 0.31, Looks: 1430}}}))
	view, both := statusView{c.statusPages}, statuspage.Text{i18n.Lithuanian: "Dienynas", i18n.English: "The diary"}
	board, err := view.PutStatusPage(by, statuspage.Page{Path: "mokykla", Host: "bukle.mokykla.lt", Name: both, Languages: i18n.Languages()}, "")
	must(err)
	must(view.PutStatusComponent(by, board, statuspage.Component{Name: both}, []string{"www"}))
	must(view.PublishStatusPage(by, board, true))
	line := c.statusPages.current.Load().pages[board].Components[0].ID
	post, err := view.putPost(by, statuspage.Post{Page: board, Kind: statuspage.Incident, Title: both, Impact: statuspage.Outage, Components: []string{line}, Updates: []statuspage.Update{{Status: statuspage.Investigating, Text: both}}})
	must(err)
	return c, strings.NewReplacer("6aa6bec597b97cdc", agent.ID, "enrol-6d16eeba", made.Name,
		"9a3e7c52-5d0b-4c1e-8f27-3b64d1a90e55", board, "1c2f8b90-7a44-4be3-a0d5-6e93f7c812ab", line, "5f1d20c8-93be-47a6-b1f0-2d7e8c4a6b13", post.ID)
}

// lacks lists where an answer has not what the example has: a member, or an
// entry of a list.
func lacks(at string, example, answer any) (out []string) {
	switch example := example.(type) {
	case map[string]any:
		got, ok := answer.(map[string]any)
		if !ok {
			return []string{at + " is no object"}
		}
		for name, value := range example {
			if have, ok := got[name]; ok {
				out = append(out, lacks(at+"."+name, value, have)...)
			} else {
				out = append(out, "there is no "+at+"."+name)
			}
		}
	case []any:
		got, ok := answer.([]any)
		if !ok || len(example) > 0 && len(got) == 0 {
			return []string{at + " has no entries"}
		}
		if len(example) > 0 {
			out = lacks(at+"[0]", example[0], got[0])
		}
	default:
		if fmt.Sprintf("%T", example) != fmt.Sprintf("%T", answer) {
			out = []string{fmt.Sprintf("%s is %v, of another type than %v", at, answer, example)}
		}
	}
	return out
}

// Every example of openapi.json is a request that the collector answers, with
// the members that the example's answer has; that the schemas have them too is
// tested in package jsonapi.
func TestEveryExampleOfTheAPIWorks(t *testing.T) {
	c, drawn := documented(t)
	ask := func(token, method, address, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://budi.example.lt"+address, strings.NewReader(body))
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		c.server.ServeHTTP(w, r)
		return w
	}
	tokens := map[access.Role]string{"": ""}
	for _, role := range access.Roles() {
		plain, _, err := c.access.CreateToken(t.Context(), access.Local("test"), "script of "+string(role), role, nil, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		tokens[role] = plain.Reveal()
	}
	document := ask("", http.MethodGet, jsonapi.Base+"/openapi.json", "")
	examples := apiExamples(t, document.Body.Bytes())
	if len(examples) != len(jsonapi.Routes()) {
		t.Errorf("%d examples of %d routes", len(examples), len(jsonapi.Routes()))
	}
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			address := drawn.Replace(e.path)
			if len(e.query) > 0 {
				address += "?" + e.query.Encode()
			}
			w := ask(tokens[e.role], e.method, address, drawn.Replace(string(e.body)))
			if w.Code != e.code {
				t.Fatalf("%s: %d %s, want %d", address, w.Code, w.Body, e.code)
			}
			if e.answer == nil {
				return
			}
			var example, answer any
			if err := json.Unmarshal(e.answer, &example); err != nil {
				t.Fatalf("the example cannot be read: %v", err)
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatalf("the answer cannot be read: %v", err)
			}
			for _, text := range lacks("the answer", example, answer) {
				t.Errorf("%s; the answer is %s", text, w.Body)
			}
		})
	}
}

// Open incidents and the journal of closed ones are one list, whatever the size
// of its pages.
func TestIncidentsOfTheAPIAreOneList(t *testing.T) {
	c, _ := openForDoors(t)
	var all []incident.Incident
	for id := incident.ID(1); id <= 9; id++ {
		inc := incident.Incident{
			ID: id, Key: incident.Key(fmt.Sprint(id)), Rule: "SiteDown", Severity: incident.Critical, State: incident.Closed,
			Labels: map[string]string{"site": "main"}, Since: c.started.Add(time.Duration(id) * time.Minute),
		}
		if id%3 == 0 || id == 1 {
			inc.State = incident.Open
		}
		if id > 7 {
			inc.Severity, inc.Labels = incident.Info, map[string]string{"site": "branch"}
		}
		all = append(all, inc)
	}
	if err := c.store.CommitIncidents(all, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.alerting.load(); err != nil {
		t.Fatal(err)
	}
	plain, _, err := c.access.CreateToken(t.Context(), access.Local("test"), "script", access.Viewer, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"":                               "9 8 7 6 5 4 3 2 1",
		"state=open":                     "9 6 3 1",
		"state=closed":                   "8 7 5 4 2",
		"site=branch":                    "9 8",
		"severity=critical":              "7 6 5 4 3 2 1",
		"severity=critical&state=closed": "7 5 4 2",
		"site=main&severity=info":        "",
		"since=" + url.QueryEscape(all[5].Since.Format(time.RFC3339Nano)): "9 8 7 6",
	} {
		for limit := 1; limit <= 10; limit++ {
			var got []string
			for after := ""; ; {
				r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("http://budi.example.lt%s/incidents?limit=%d&%s%s", jsonapi.Base, limit, query, after), nil)
				r.Header.Set("Authorization", "Bearer "+plain.Reveal())
				w := httptest.NewRecorder()
				c.server.ServeHTTP(w, r)
				var page struct {
					Incidents []struct{ ID int }
					Next      string
				}
				if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK || len(page.Incidents) > limit {
					t.Fatalf("%s: %d %s", query, w.Code, w.Body)
				}
				for _, inc := range page.Incidents {
					got = append(got, fmt.Sprint(inc.ID))
				}
				if page.Next == "" {
					break
				}
				after = "&after=" + page.Next
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%q by %d: %v, want %s", query, limit, got, want)
			}
		}
	}
}
