package jsonapi_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/jsonapi"
)

// document is what this test reads of openapi.json.
type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct {
		Schemas    map[string]*schema
		Responses  map[string]response
		Parameters map[string]parameter
	}
}

type operation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Role        string `json:"x-budi-role"`
	Whole       bool   `json:"x-budi-whole"`
	Parameters  []parameter
	RequestBody *struct{ Content map[string]media }
	Responses   map[string]response
}

type parameter struct {
	Ref         string `json:"$ref"`
	Name, In    string
	Description string
	Required    bool
	Schema      *schema
	Example     any // of a parameter that is optional: the manual gives it
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Headers     map[string]any
	Content     map[string]media
}

type media struct {
	Schema  *schema
	Example json.RawMessage
}

// schema is the part of JSON Schema that the document uses.
type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Format     string
	Pattern    string
	Enum       []string
	Required   []string
	Properties map[string]*schema
	Additional json.RawMessage `json:"additionalProperties"`
	Items      *schema
	Minimum    *float64
	MinLength  int
	MaxLength  int
}

func read(t *testing.T) document {
	t.Helper()
	b, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	for _, methods := range d.Paths { // what is named is put in its place
		for _, o := range methods {
			for i, p := range o.Parameters {
				if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
					o.Parameters[i] = d.Components.Parameters[name]
				}
			}
			for code, r := range o.Responses {
				if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
					o.Responses[code] = d.Components.Responses[name]
				}
			}
		}
	}
	return d
}

// violations returns where a value is not what a schema says.
func (d document) violations(at string, s *schema, v any) []string {
	if s == nil {
		return []string{at + ": there is no schema"}
	}
	if s.Ref != "" {
		return d.violations(at, d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")], v)
	}
	wrong := func(format string, args ...any) []string {
		return []string{fmt.Sprintf("%s: %v: "+format, append([]any{at, v}, args...)...)}
	}
	switch v := v.(type) {
	case string:
		switch {
		case s.Type != "string":
			return wrong("want %s", s.Type)
		case s.Enum != nil && !slices.Contains(s.Enum, v):
			return wrong("not one of %v", s.Enum)
		case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(v):
			return wrong("not as %s", s.Pattern)
		case len(v) < s.MinLength || s.MaxLength > 0 && len([]rune(v)) > s.MaxLength:
			return wrong("of another length")
		case s.Format == "date-time":
			if at, err := time.Parse(time.RFC3339, v); err != nil || at.IsZero() {
				return wrong("no time: %v", err)
			}
		}
	case bool:
		if s.Type != "boolean" {
			return wrong("want %s", s.Type)
		}
	case float64:
		if s.Type != "number" && (s.Type != "integer" || v != float64(int64(v))) || s.Minimum != nil && v < *s.Minimum {
			return wrong("want %s", s.Type)
		}
	case []any:
		if s.Type != "array" {
			return wrong("want %s", s.Type)
		}
		var out []string
		for i, e := range v {
			out = append(out, d.violations(fmt.Sprintf("%s[%d]", at, i), s.Items, e)...)
		}
		return out
	case map[string]any:
		if s.Type != "object" {
			return wrong("want %s", s.Type)
		}
		return d.members(at, s, v)
	default:
		return wrong("a %T", v)
	}
	return nil
}

func (d document) members(at string, s *schema, v map[string]any) (out []string) {
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			out = append(out, at+": no "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		switch p := s.Properties[name]; {
		case p != nil:
			out = append(out, d.violations(at+"."+name, p, v[name])...)
		case string(s.Additional) == "false":
			out = append(out, at+": unknown "+name)
		case len(s.Additional) > 0:
			var each schema
			if err := json.Unmarshal(s.Additional, &each); err != nil {
				return append(out, at+": "+err.Error())
			}
			out = append(out, d.violations(at+"."+name, &each, v[name])...)
		}
	}
	return out
}

// compare checks an answer, and the body of a request that was taken, against
// the document.
func (s *school) compare(r *http.Request, a answer) {
	s.t.Helper()
	d := read(s.t)
	var body any
	media := "application/json"
	if a.code >= 400 {
		media = "application/problem+json"
	}
	if a.code == http.StatusNoContent {
		if len(a.body) != 0 {
			s.t.Errorf("%s %s: 204 with %q", r.Method, r.URL.Path, a.body)
		}
	} else if err := json.Unmarshal(a.body, &body); err != nil || a.Get("Content-Type") != media {
		s.t.Errorf("%s %s: %q is no JSON: %v", r.Method, r.URL.Path, a.body, err)
		return
	}
	o, pattern, known := d.operation(r)
	if !known || a.code == http.StatusInternalServerError {
		for _, v := range d.violations("", &schema{Ref: "#/components/schemas/Problem"}, body) {
			s.t.Errorf("%s %s: %s", r.Method, r.URL.Path, v)
		}
		return
	}
	response, documented := o.Responses[fmt.Sprint(a.code)]
	if !documented {
		s.t.Errorf("%s %s: the document does not know the answer %d %s", r.Method, r.URL.Path, a.code, a.body)
		return
	}
	if a.code != http.StatusNoContent {
		for _, v := range d.violations("", response.Content[media].Schema, body) {
			s.t.Errorf("%s %s: %s", r.Method, r.URL.Path, v)
		}
	}
	if a.code < 300 {
		s.checked[r.Method+" "+pattern] = true
	}
}

// operation finds what the document says of a request.
func (d document) operation(r *http.Request) (o operation, pattern string, known bool) {
	path := strings.Split(r.URL.Path, "/")
	for pattern, methods := range d.Paths {
		parts := strings.Split(pattern, "/")
		fits := slices.EqualFunc(path, parts, func(a, b string) bool { return a == b || b == "{id}" && a != "" })
		if o, ok := methods[strings.ToLower(r.Method)]; fits && ok {
			return o, pattern, true
		}
	}
	return operation{}, "", false
}

func TestTheDocumentHasEveryRoute(t *testing.T) {
	d := read(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") {
		t.Errorf("version %q", d.OpenAPI)
	}
	documented := map[string]operation{}
	names := map[string]bool{}
	for pattern, methods := range d.Paths {
		for method, o := range methods {
			documented[strings.ToUpper(method)+" "+pattern] = o
			if o.Summary == "" || o.OperationID == "" || names[o.OperationID] {
				t.Errorf("%s %s: operation %q, summary %q", method, pattern, o.OperationID, o.Summary)
			}
			names[o.OperationID] = true
		}
	}
	for _, r := range jsonapi.Routes() {
		name := r.Method + " " + r.Pattern
		o, ok := documented[name]
		if !ok {
			t.Errorf("%s is not in the document", name)
			continue
		}
		delete(documented, name)
		if o.Role != string(r.Role) || o.Whole != r.Whole {
			t.Errorf("%s: the document says role %q, whole %v, the route %q, %v", name, o.Role, o.Whole, r.Role, r.Whole)
		}
		if list := slices.Contains(r.Query, "after"); list != (o.Responses["200"].Headers["Link"] != nil) {
			t.Errorf("%s: a list of pages %v, and the document has the headers %v", name, list, o.Responses["200"].Headers)
		}
		var query []string
		inPath := 0
		for _, p := range o.Parameters {
			if p.In == "query" {
				query = append(query, p.Name)
			} else if p.In == "path" && p.Name == "id" && p.Required {
				inPath++
			}
		}
		want := slices.Sorted(slices.Values(r.Query))
		if slices.Sort(query); !slices.Equal(query, want) {
			t.Errorf("%s: the document has the parameters %q, the route %q", name, query, want)
		}
		if inPath != strings.Count(r.Pattern, "{id}") {
			t.Errorf("%s: %d parameters in the path", name, inPath)
		}
	}
	for name := range documented {
		t.Errorf("%s is documented and not a route", name)
	}
}

// Every schema that is named is there and used.
func TestTheDocumentIsWhole(t *testing.T) {
	b, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	d := read(t)
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`"#/components/schemas/(\w+)"`).FindAllStringSubmatch(string(b), -1) {
		used[m[1]] = true
		if d.Components.Schemas[m[1]] == nil {
			t.Errorf("there is no schema %s", m[1])
		}
	}
	for name, s := range d.Components.Schemas {
		if !used[name] {
			t.Errorf("nobody uses schema %s", name)
		}
		for _, r := range s.Required {
			if s.Properties[r] == nil {
				t.Errorf("%s requires %s, which it does not have", name, r)
			}
		}
	}
}

// Bodies that the API takes are those of the document, field by field.
func TestRequestBodiesAreThoseOfTheDocument(t *testing.T) {
	s := newSchool(t)
	d := read(t)
	samples := map[string]string{ // by schema: a body that has every property
		"PutSite": `{"name":"x"}`, "PutRoom": `{"site":"main","name":"x"}`, "EditDevice": `{"name":"x","room":"","seat":"A2","class":"server","asset":"1","parents":["sw-1"],"power":[]}`,
		"Merge": `{"into":"pc"}`, "KeepApart": `{"other":"srv"}`, "AcknowledgeIncident": `{"comment":"x","until":"2026-09-02T04:00:00Z"}`, "ActOnIncident": `{"comment":"x"}`, "CommentOnIncident": `{"comment":"x"}`,
		"PutCheck":             `{"name":"x","site":"main","target":"https://x.example/","interval_seconds":60,"timeout_seconds":5,"parents":["router"],"runs_on":["srv-1"],"depends_on":["check:dns"],"http":{"method":"HEAD"},"dns":{},"website":{"security":true},"job":{},"domain":{},"vantages":["pc"]}`,
		"CreateEnrolmentToken": `{"site":"main","valid_hours":1,"uses":1,"class":"server"}`,
		"AddDevice":            `{"target":"192.0.2.1","credentials":"x","snmp":{"community":"hunter2"},"pjlink":{"password":"x"},"interval_seconds":60,"id":"x","name":"x","site":"main","room":"r","class":"server","parents":["a"],"power":["b"],"anyway":true}`,
		"PutPolling":           `{"target":"192.0.2.1","credentials":"x","snmp":{"user":"x"},"pjlink":{},"interval_seconds":60}`,
		"WriteStatusPost":      `{"kind":"maintenance","title":{"en":"x"},"impact":"none","lines":[],"from":"2026-09-02T07:30:00Z","to":"2026-09-02T08:30:00Z","status":"announced","text":{"en":"x"}}`,
		"WriteStatusUpdate":    `{"status":"done","text":{"en":"x"}}`,
		"PutCredential":        `{"subnets":["192.0.2.0/24"],"snmp":{"version":"1"},"pjlink":{}}`,
	}
	paths := map[string]string{"PutSite": "PUT /sites/main", "PutRoom": "PUT /rooms/r", "EditDevice": "PATCH /devices/pc", "Merge": "POST /devices/pc-2/merge", "KeepApart": "POST /devices/pc/keep-apart",
		"AcknowledgeIncident": "POST /incidents/2/acknowledge", "ActOnIncident": "POST /incidents/3/close", "CommentOnIncident": "POST /incidents/3/comments", "CreateEnrolmentToken": "POST /enrolment-tokens", "PutCheck": "PUT /checks/x",
		"AddDevice": "POST /devices", "PutPolling": "PUT /devices/printer/polling", "PutCredential": "PUT /credentials/row",
		"WriteStatusPost": "POST /status-pages/board/posts", "WriteStatusUpdate": "POST /status-posts/old/updates"}
	bodies := map[string]bool{}
	for _, methods := range d.Paths {
		for _, o := range methods {
			if o.RequestBody == nil {
				continue
			}
			name := strings.TrimPrefix(o.RequestBody.Content["application/json"].Schema.Ref, "#/components/schemas/")
			bodies[name] = true
			var body map[string]any
			if err := json.Unmarshal([]byte(samples[name]), &body); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if v := d.violations("", d.Components.Schemas[name], body); v != nil || len(body) != len(d.Components.Schemas[name].Properties) {
				t.Errorf("%s: %v of %v", name, v, body)
			}
		}
	}
	if len(bodies) != len(samples) {
		t.Errorf("%d bodies, %d samples", len(bodies), len(samples))
	}
	for name, body := range samples {
		method, path, _ := strings.Cut(paths[name], " ")
		if a := s.ask(identity("administrator"), method, path, body); a.code >= 300 {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
	}
}

func TestTheWalkerFindsWhatIsWrong(t *testing.T) {
	d := read(t)
	good := `{"id":"pc","name":"PC","site":"main","class":"server","kind":"computer","created":"2026-09-01T07:30:00Z","machine":{"macs":["a"]},"proposals":[]}`
	for body, sound := range map[string]bool{
		good: true,
		strings.Replace(good, `"name":"PC",`, "", 1):                             false,
		strings.Replace(good, `"name":"PC"`, `"name":7`, 1):                      false,
		strings.Replace(good, `"name":"PC"`, `"name":null`, 1):                   false,
		strings.Replace(good, `"name":"PC"`, `"name":"PC","extra":"x"`, 1):       false,
		strings.Replace(good, `"server"`, `"boss"`, 1):                           false,
		strings.Replace(good, `2026-09-01T07:30:00Z`, `yesterday`, 1):            false,
		strings.Replace(good, `2026-09-01T07:30:00Z`, `0001-01-01T00:00:00Z`, 1): false,
		strings.Replace(good, `["a"]`, `"a"`, 1):                                 false,
		strings.Replace(good, `["a"]`, `[1]`, 1):                                 false,
		strings.Replace(good, `"proposals":[]`, `"proposals":[{"new":"x"}]`, 1):  false,
		strings.Replace(good, `"id":"pc"`, `"id":"Ą"`, 1):                        false,
	} {
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		if out := d.violations("", &schema{Ref: "#/components/schemas/Device"}, v); (len(out) == 0) != sound {
			t.Errorf("%s: %q", body, out)
		}
	}
}

// The examples of the document are as its schemas say. That they are as the
// collector answers is tested where the collector is put together.
func TestExamplesAreAsTheirSchemas(t *testing.T) {
	d := read(t)
	check := func(at string, m media) {
		t.Helper()
		var v any
		if err := json.Unmarshal(m.Example, &v); err != nil {
			t.Errorf("%s: there is no example: %v", at, err)
			return
		}
		for _, wrong := range d.violations("", m.Schema, v) {
			t.Errorf("%s: %s", at, wrong)
		}
	}
	for pattern, methods := range d.Paths {
		for method, o := range methods {
			at := method + " " + pattern
			if o.RequestBody != nil {
				check(at+", body", o.RequestBody.Content["application/json"])
			}
			for code, r := range o.Responses {
				for _, m := range r.Content {
					check(at+", answer "+code, m)
				}
			}
			for _, p := range o.Parameters {
				if p.Required && p.Example == nil {
					t.Errorf("%s: parameter %s has no example", at, p.Name)
				}
			}
		}
	}
}

var update = flag.Bool("update", false, "write the routes in docs/api.md anew")

// Marks in docs/api.md of what is made of openapi.json.
const (
	manual    = "../../../docs/api.md"
	beginMark = "<!-- made of openapi.json; make generate writes it anew -->\n"
	endMark   = "<!-- until here -->\n"
)

func TestTheManualIsTheDocument(t *testing.T) {
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		t.Fatalf("docs/api.md lacks a line %q or %q", beginMark, endMark)
	}
	want := before + beginMark + read(t).chapter() + endMark + after
	if *update {
		if err := os.WriteFile(manual, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(b) != want {
		t.Error("docs/api.md is not what openapi.json says; run go test ./internal/collector/jsonapi -update and review")
	}
	for _, code := range problemCodes(t) {
		if !strings.Contains(string(b), `<a id="problem-`+code+`"></a>`) {
			t.Errorf("docs/api.md does not describe the problem %s", code)
		}
	}
}

// problemCodes lists the codes of problems.
func problemCodes(t *testing.T) []string {
	return read(t).Components.Schemas["Problem"].Properties["code"].Enum
}

// chapter is the chapter of the manual about the routes.
func (d document) chapter() string {
	var table, each strings.Builder
	table.WriteString("\n| route | role | what |\n| --- | --- | --- |\n")
	for _, r := range jsonapi.Routes() {
		o := d.Paths[r.Pattern][strings.ToLower(r.Method)]
		role := cmp.Or(o.Role, "everybody")
		if o.Whole {
			role += " of all sites"
		}
		name := r.Method + " " + strings.TrimPrefix(r.Pattern, jsonapi.Base)
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", name, role, o.Summary)
		fmt.Fprintf(&each, "\n### %s\n\n%s Role: %s.\n", name, o.Summary, role)
		for _, p := range o.Parameters {
			if p.In == "query" && p.Description != "" && p.Name != "after" && p.Name != "limit" {
				fmt.Fprintf(&each, "`%s`: %s\n", p.Name, p.Description)
			}
		}
		fmt.Fprintf(&each, "\n```sh\n%s\n```\n", o.curl(r))
	}
	return table.String() + each.String() + "\n"
}

// curl is the request of an operation's example, for a shell.
func (o operation) curl(r jsonapi.Route) string {
	path := strings.TrimPrefix(r.Pattern, jsonapi.Base)
	query := url.Values{}
	for _, p := range o.Parameters {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", fmt.Sprint(p.Example))
		case p.Example != nil:
			query.Set(p.Name, fmt.Sprint(p.Example))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	out := `curl -H "$auth"`
	if r.Role == "" {
		out = "curl"
	}
	if r.Method != http.MethodGet {
		out += " -X " + r.Method
	}
	out += ` "$api` + path + `"`
	if o.RequestBody != nil {
		out += " \\\n  -H \"Content-Type: application/json\" -d '" + string(o.RequestBody.Content["application/json"].Example) + "'"
	}
	return out
}
