package movein_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/movein"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/i18n"
)

var update = flag.Bool("update", false, "write what is read of testdata anew")

// report writes what was read, one thing a line.
func report(r movein.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Format)
	for _, l := range r.Losses {
		fmt.Fprintf(&b, "- %s %s ×%d", l.Code, l.Field, l.Count)
		if l.Value != "" {
			fmt.Fprintf(&b, " %q", l.Value)
		}
		b.WriteByte('\n')
	}
	for _, e := range r.Entries {
		name := e.Name
		if e.Group != "" {
			name = e.Group + " / " + name
		}
		fmt.Fprintf(&b, "\n%d: %s\n", e.Line, name)
		if !e.Left {
			check := e.Check
			check.Name = ""
			text, err := json.Marshal(check)
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(&b, "   %s\n", text)
		}
		for _, l := range e.Losses {
			fmt.Fprintf(&b, "   - %s %s %q\n", l.Code, l.Field, l.Value)
		}
	}
	return b.String()
}

// What becomes of the files of testdata stands beside them, to be read in review
// (refresh with -update).
func TestFilesOfOtherPrograms(t *testing.T) {
	for _, name := range []string{"kuma-1.json", "kuma-2.json", "gatus.yaml"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			r, err := movein.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			got, golden := report(r), filepath.Join("testdata", name+".read")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			for _, e := range r.Entries {
				for _, l := range e.Losses {
					if strings.Contains(l.Value, "-secret-") {
						t.Errorf("%s: %s tells a secret", e.Name, l.Code)
					}
				}
				check := e.Check
				check.ID = "x"
				if problems := check.Problems(); !e.Left && len(problems) > 0 {
					t.Errorf("%s: the check cannot be: %v", e.Name, problems)
				}
			}
		})
	}
}

// Each condition becomes exactly what it meant, or is told.
func TestConditionsOfGatus(t *testing.T) {
	for condition, want := range map[string]string{
		`[STATUS] == 200`:                `{"expect_status":["200"]}`,
		`200 == [STATUS]`:                `{"expect_status":["200"]}`,
		`[status] == 200`:                `{"expect_status":["200"]}`,
		`[STATUS] == any(200, 204,301)`:  `{"expect_status":["200","204","301"]}`,
		`[STATUS] < 300`:                 `{"expect_status":["100-299"]}`,
		`[STATUS] >= 500`:                `{"expect_status":["500-599"]}`,
		`400 > [STATUS]`:                 `{"expect_status":["100-399"]}`,
		`[STATUS] != 404`:                `{"expect_status":["100-403","405-599"]}`,
		`[STATUS] == pat(2*)`:            `{}`,
		`[STATUS] == pat(20?)`:           `{"expect_status":["200-209"]}`,
		`[STATUS] == 999`:                `impossible`,
		`[CONNECTED] == true`:            `{"expect_status":["100-599"]}`,
		`[CONNECTED] == false`:           `condition`,
		`[RESPONSE_TIME] < 500`:          `response_time`,
		`[CERTIFICATE_EXPIRATION] > 48h`: `cert_days`,
		`[DOMAIN_EXPIRATION] > 720h`:     `domain`,
		`[IP] == 127.0.0.1`:              `condition`,
		`[BODY] == pong`:                 `{"expect_status":["100-599"],"matches":["(?s)\\A\\s*(?:pong)\\s*\\z"]}`,
		`[BODY] != a.b`:                  `{"expect_status":["100-599"],"not_matches":["(?s)\\A\\s*(?:a\\.b)\\s*\\z"]}`,
		`[BODY] == pat(*a b*)`:           `{"expect_status":["100-599"],"contains":["a b"]}`,
		`[BODY] != pat(*a b*)`:           `{"expect_status":["100-599"],"not_contains":["a b"]}`,
		`[BODY] == pat(<html*</html>)`:   `{"expect_status":["100-599"],"matches":["(?s)\\A\\s*\u003chtml.*\u003c/html\u003e\\s*\\z"]}`,
		`[BODY] == pat(*a?b*)`:           `condition`,
		`[BODY] > 5`:                     `condition`,
		`len([BODY]) > 5`:                `{"expect_status":["100-599"],"json":[{"path":"$[5]"}]}`,
		`[BODY].a.b == c d`:              `{"expect_status":["100-599"],"json":[{"path":"$.a.b","equals":"c d"}]}`,
		`[BODY][0].id == 1`:              `{"expect_status":["100-599"],"json":[{"path":"$[0].id","equals":"1"}]}`,
		`[BODY].a-b[2][0] != x`:          `{"expect_status":["100-599"],"json":[{"path":"$['a-b'][2][0]","equals":"x","forbidden":true}]}`,
		`[BODY].n > 5`:                   `{"expect_status":["100-599"],"json":[{"path":"$.n","above":5}]}`,
		`[BODY].n < 1s`:                  `{"expect_status":["100-599"],"json":[{"path":"$.n","below":1000}]}`,
		`[BODY].n >= 5`:                  `{"expect_status":["100-599"],"json":[{"path":"$.n","above":4.999999999999999}]}`,
		`[BODY].n > x`:                   `condition`,
		`[BODY].n == pat(v1.*)`:          `{"expect_status":["100-599"],"json":[{"path":"$.n","matches":"(?s)\\A\\s*v1\\..*\\s*\\z"}]}`,
		`[BODY].items[*].ok == true`:     `condition`,
		`len([BODY].a) == 2`:             `{"expect_status":["100-599"],"json":[{"path":"$.a[1]"},{"path":"$.a[2]","forbidden":true}]}`,
		`len([BODY].a) >= 1`:             `{"expect_status":["100-599"],"json":[{"path":"$.a[0]"}]}`,
		`len([BODY].a) <= 9`:             `condition`,
		`len([BODY].a) == 0`:             `condition`,
		`has([BODY].a) == true`:          `{"expect_status":["100-599"],"json":[{"path":"$.a"}]}`,
		`has([BODY].a) == false`:         `{"expect_status":["100-599"],"json":[{"path":"$.a","forbidden":true}]}`,
		`has([BODY].a) != true`:          `{"expect_status":["100-599"],"json":[{"path":"$.a","forbidden":true}]}`,
		`has([HEADER].X-A) == true`:      `{"expect_status":["100-599"],"expect_headers":[{"name":"X-A"}]}`,
		`[HEADER].X-A == b`:              `{"expect_status":["100-599"],"expect_headers":[{"name":"X-A","equals":"b"}]}`,
		`[HEADER].X-A != b`:              `{"expect_status":["100-599"],"expect_headers":[{"name":"X-A","equals":"b","forbidden":true}]}`,
		`age([BODY].t) < 10m`:            `condition`,
		`[BODY].a == [BODY].b`:           `condition`,
		`x == y`:                         `condition`,
		`[CONTEXT].a == b`:               `condition`,
		`[BODY].a == ${B}`:               `variable`,
		`nonsense`:                       `condition`,
	} {
		t.Run(condition, func(t *testing.T) {
			quoted, _ := json.Marshal(condition)
			r, err := movein.Read([]byte("endpoints:\n- name: x\n  url: https://x.example\n  conditions: [" + string(quoted) + "]\n"))
			if err != nil {
				t.Fatal(err)
			}
			e := r.Entries[0]
			if len(e.Losses) > 0 {
				if len(e.Losses) != 1 || string(e.Losses[0].Code) != want {
					t.Errorf("losses %+v, want %s", e.Losses, want)
				}
				return
			}
			h := e.Check.HTTP
			h.MaxRedirects = nil
			if got, _ := json.Marshal(h); string(got) != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
		})
	}
}

// A query on an answer in JSON comes along when it only names a value.
func TestQueriesOfKuma(t *testing.T) {
	for _, test := range []struct{ query, operator, want string }{
		{`$`, ``, `[{"path":"$","equals":"5"}]`},
		{`a`, `==`, `[{"path":"$.a","equals":"5"}]`},
		{`$.a.b[0].c`, `==`, `[{"path":"$.a.b[0].c","equals":"5"}]`},
		{"`a b`.c[-1]", `==`, `[{"path":"$['a b'].c[-1]","equals":"5"}]`},
		{`a`, `!=`, `[{"path":"$.a"},{"path":"$.a","equals":"5","forbidden":true}]`},
		{`a`, `contains`, `[{"path":"$.a","contains":"5"}]`},
		{`a`, `>`, `[{"path":"$.a","above":5}]`},
		{`a`, `<`, `[{"path":"$.a","below":5}]`},
		{`a`, `~`, ``},
		{`$count(a)`, ``, ``},
		{`a[b=1]`, ``, ``},
		{`a + b`, ``, ``},
		{`a.*`, ``, ``},
		{`$a`, ``, ``},
		{``, ``, ``},
	} {
		m, _ := json.Marshal(map[string]any{"type": "json-query", "name": "x", "url": "http://x.example", "jsonPath": test.query, "jsonPathOperator": test.operator, "expectedValue": "5"})
		r, err := movein.Read([]byte("[" + string(m) + "]"))
		if err != nil {
			t.Fatal(err)
		}
		e := r.Entries[0]
		got := ""
		if len(e.Check.HTTP.JSON) > 0 {
			text, _ := json.Marshal(e.Check.HTTP.JSON)
			got = string(text)
		}
		if got != test.want || (got == "") != (len(e.Losses) == 1) {
			t.Errorf("%s %s: %s, losses %+v; want %s", test.query, test.operator, got, e.Losses, test.want)
		}
	}
}

// Kuma 2 watches the domain of each new monitor. Those that somebody can have
// registered are named once.
func TestDomainsOfKumaAreNamed(t *testing.T) {
	for _, test := range []struct{ monitors, want string }{
		{`{"type":"http","url":"https://www.mokykla.lt/a","domainExpiryNotification":true},{"type":"ping","hostname":"filialas.mokykla.lt","domainExpiryNotification":1},{"type":"dns","hostname":"žinios.lt","domainExpiryNotification":true}`,
			"mokykla.lt, žinios.lt ×3"},
		{`{"type":"docker","hostname":"","domainExpiryNotification":true},{"type":"real-browser","url":"https://b.example.com/","domainExpiryNotification":true}`, "example.com ×1"},
		{`{"type":"http","url":"https://www.mokykla.lt/","domainExpiryNotification":false},{"type":"http","url":"https://10.0.0.1/","domainExpiryNotification":true},{"type":"port","hostname":"nas.lan","port":80,"domainExpiryNotification":true}`, ""},
	} {
		r, err := movein.Read([]byte("[" + test.monitors + "]"))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range r.Losses {
			if l.Code == movein.LossDomains {
				got = fmt.Sprintf("%s ×%d", l.Value, l.Count)
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, not %q", test.monitors, got, test.want)
		}
	}
}

// Kuma writes JSON anew before it looks for a text, and follows five redirects when
// nothing says how many.
func TestKeywordsOfKuma(t *testing.T) {
	for keyword, want := range map[string]string{
		`Tvarkaraštis`:             `{"contains":["Tvarkaraštis"]}`,
		`"status":"UP"`:            `{"matches":["\"status\"\\s*:\\s*\"UP\""]}`,
		`{"a":1,"b":[true]}`:       `{"matches":["\\s*\\{\\s*\"a\"\\s*:\\s*1\\s*,\\s*\"b\"\\s*:\\s*\\s*\\[\\s*true\\s*\\]\\s*\\s*\\}\\s*"]}`,
		`Atidaryta: 8–17, [durys]`: `{"contains":["Atidaryta: 8–17, [durys]"]}`,
	} {
		m, _ := json.Marshal(map[string]any{"type": "keyword", "name": "x", "url": "http://x.example", "keyword": keyword})
		r, err := movein.Read([]byte("[" + string(m) + "]"))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(r.Entries[0].Check.HTTP); string(got) != want {
			t.Errorf("%s: got %s\nwant %s", keyword, got, want)
		}
		check := r.Entries[0].Check
		check.ID = "x"
		if problems := check.Problems(); len(problems) > 0 {
			t.Errorf("%s: %v", keyword, problems)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	many := func(n int) string {
		return `{"monitorList":[` + strings.Repeat(`{"type":"ping","name":"x","hostname":"x"},`, n) + `{"type":"ping","hostname":"x"}]}`
	}
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := 1; i < 9; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
	}
	for name, test := range map[string]struct{ data, code string }{
		"no JSON from line 3 on":         {"{\"monitorList\": [\n{\"type\": \"ping\"},\n{oops}]}", "json map[Line:3]"},
		"it ends in the middle":          {`{"monitorList": [{"type": "pi`, "json map[Line:1]"},
		"no YAML":                        {"endpoints:\n- name: x\n  url: [\n", "yaml"},
		"too deep":                       {`{"monitorList":[` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `]}`, "large"},
		"too deep in YAML":               {"endpoints: " + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "\n", "large"},
		"aliases that grow":              {bomb + "endpoints: *a8\n", "large"},
		"an alias within itself":         {"endpoints: &a\n- *a\n", "large"},
		"too many":                       {many(movein.MaxEntries), fmt.Sprintf("many map[Max:%d]", movein.MaxEntries)},
		"too large":                      {`{"monitorList":[` + strings.Repeat(" ", movein.MaxBytes) + `]}`, "size"},
		"nothing in it":                  {`{"monitorList":[]}`, "none"},
		"nothing to be watched":          {`{"a": 1}`, "none"},
		"a list of something else":       {"endpoints: 7\n", "none"},
		"monitors that are no monitors":  {`{"monitorList": 7}`, "none"},
		"a file that is a list of texts": {"endpoints:\n", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, known := movein.FormatOf([]byte(test.data)); !known {
				t.Fatal("the form is not known")
			}
			_, err := movein.Read([]byte(test.data))
			var e *movein.Error
			if !errors.As(err, &e) || !strings.HasPrefix(fmt.Sprint(e.Code, " ", e.Args), test.code) {
				t.Errorf("%v, want %s", err, test.code)
			}
		})
	}
	if _, err := movein.Read([]byte(many(movein.MaxEntries - 1))); err != nil {
		t.Errorf("as many as may be: %v", err)
	}
}

func TestFormatsAreKnownByWhatIsInThem(t *testing.T) {
	for data, want := range map[string]movein.Format{
		"\ufeff\n {\"version\": \"1\", \"monitorList\": []}": movein.Kuma,
		`[{"type": "http"}]`:                              movein.Kuma,
		"# config\nalerting: {}\nendpoints:\n- name: x\n": movein.Gatus,
		"external-endpoints:\n":                           movein.Gatus,
		`{"endpoints": []}`:                               movein.Gatus,
		"name;target\nendpoints;https://x.example\n":      "",
		"target\nhttps://x.example/?a=endpoints:\n":       "",
		"": "",
	} {
		if got, known := movein.FormatOf([]byte(data)); got != want || known != (want != "") {
			t.Errorf("%q is %q, %v; want %q", data, got, known, want)
		}
	}
}

// Whoever sees a loss or a mistake reads it in their language.
func TestEverythingHasWords(t *testing.T) {
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []i18n.Lang{"en", "lt"} {
		for _, code := range movein.Codes() {
			if key := "movein.loss." + string(code); !catalogue.Has(lang, key) {
				t.Errorf("%s: %s", lang, key)
			}
		}
		for _, code := range movein.ErrorCodes() {
			if key := (&movein.Error{Code: code}).Key(); !catalogue.Has(lang, key) {
				t.Errorf("%s: %s", lang, key)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"monitorList":[{"id":1,"type":"group","name":"g"},{"type":"keyword","parent":1,"url":"https://x","keyword":"a","headers":"{\"A\":\"b\"}"}]}`))
	f.Add([]byte(`[{"type":"json-query","url":"http://x","jsonPath":"a.b[0]","jsonPathOperator":"<=","expectedValue":"5"},{"type":"push","interval":1}]`))
	f.Add([]byte("endpoints:\n- &a {name: x, url: 'https://x', conditions: ['[STATUS] == 200', 'len([BODY].a) > 1', '[BODY] == pat(*x*)']}\n- {<<: *a, name: y}\n"))
	f.Add([]byte("external-endpoints:\n- {name: x, heartbeat: {interval: 1h}}\nendpoints:\n- {url: 8.8.8.8, dns: {query-name: x.lt}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := movein.Read(data)
		var e *movein.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("%v is no Error", err)
		}
		for _, e := range r.Entries {
			if e.Left && (len(e.Losses) == 0 || e.Check.Target != "") {
				t.Errorf("%+v is left out without a word", e)
			}
			if e.Line < 1 {
				t.Errorf("%+v stands nowhere", e)
			}
			e.Check.ID = "x"
			_ = e.Check.Problems()
			_ = settings.Settings{Checks: []settings.Check{e.Check}}
		}
	})
}
