package probe_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/poll"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

func TestTargetsAreReadOrRefused(t *testing.T) {
	for _, tc := range []struct {
		target           string
		kind, host, name string
		port             uint16
		shown            string // when not as written
	}{
		{target: "http://example.lt", kind: "http", host: "example.lt", port: 80},
		{target: "HTTPS://Example.LT/a?b=c#d", kind: "http", host: "example.lt", port: 443},
		{target: "https://example.lt:8443/", kind: "http", host: "example.lt", port: 8443},
		{target: "https://[2001:db8::1]/", kind: "http", host: "2001:db8::1", port: 443},
		{target: "https://ąžuolas.lt/", kind: "http", host: "xn--uolas-2wa16f.lt", port: 443},
		{target: "https://a:b@example.lt/x@y", kind: "http", host: "example.lt", port: 443, shown: "https://***@example.lt/x@y"},
		{target: "https://token@example.lt", kind: "http", host: "example.lt", port: 443, shown: "https://***@example.lt"},
		{target: "http://pc_214:80", kind: "http", host: "pc_214", port: 80},
		{target: "tcp://192.0.2.1:22", kind: "tcp", host: "192.0.2.1", port: 22},
		{target: "tls://mail.example.lt:993", kind: "tls", host: "mail.example.lt", port: 993},
		{target: "tls://mail.example.lt.:993/", kind: "tls", host: "mail.example.lt", port: 993},
		{target: "icmp://printer", kind: "icmp", host: "printer"},
		{target: "icmp://[fe80::1%25eth0]", kind: "icmp", host: "fe80::1%eth0"},
		{target: "dns://192.0.2.53/example.lt", kind: "dns", host: "192.0.2.53", port: 53, name: "example.lt."},
		{target: "dns://[2001:db8::53]:5353/_dmarc.example.lt.", kind: "dns", host: "2001:db8::53", port: 5353, name: "_dmarc.example.lt."},

		{target: ""}, {target: "example.lt"}, {target: "://"}, {target: "http://"}, {target: "http:///path"},
		{target: "ftp://example.lt"}, {target: "javascript://x"}, {target: "file:///etc/passwd"},
		{target: "http://example.lt:0"}, {target: "http://example.lt:65536"}, {target: "http://example.lt:"}, {target: "http://example.lt:http"},
		{target: "http://exa mple.lt"}, {target: "http://example.lt/a b"}, {target: "http://example.lt/\r\nHost: x"}, {target: "http://example.lt/\x00"},
		{target: "http://exam$ple.lt"}, {target: "http://-a.lt"}, {target: "http://a..lt"}, {target: "http://[::1"}, {target: "http://[::1]x/"},
		{target: "tcp://example.lt"}, {target: "tcp://example.lt:22/x"}, {target: "tcp://a@example.lt:22"}, {target: "tcp://:22"}, {target: "tcp://example.lt:22?x"},
		{target: "tls://example.lt"}, {target: "icmp://example.lt:7"}, {target: "icmp://"},
		{target: "dns://192.0.2.53"}, {target: "dns://192.0.2.53/"}, {target: "dns://192.0.2.53/a/b"}, {target: "dns:///example.lt"},
		{target: "http://" + strings.Repeat("a.", 200) + "lt"}, {target: "http://" + strings.Repeat("a", 64) + ".lt"}, {target: "http://a.lt/" + strings.Repeat("x", 3000)},
	} {
		got, err := probe.ParseTarget(tc.target)
		if tc.kind == "" {
			if err == nil {
				t.Errorf("%q was read as %+v", tc.target, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tc.target, err)
			continue
		}
		shown := tc.shown
		if shown == "" {
			shown = tc.target
		}
		if got.Kind != tc.kind || got.Host != tc.host || got.Port != tc.port || got.Name != tc.name || got.String() != shown {
			t.Errorf("%q was read as %+v, shown as %q", tc.target, got, got)
		}
	}
}

func TestAnErrorNeverRepeatsAPassword(t *testing.T) {
	for _, target := range []string{
		"http://jonas:slapta@exa$mple.lt", "http://jonas:sla pta@example.lt", "http://jonas:pa/slapta@example.lt",
		"http://jonas:slapta@example.lt:99999", "http://jonas:slap%zzta@example.lt", "http://jonas:slapta@[::1", "jonas:slapta@example.lt",
		"gopher://jonas:slapta@example.lt", "http://jonas:pa#slapta@example.lt", "http://jonas:pa?slapta@example.lt",
	} {
		err := strictyaml.Validate("checks", probe.Spec{Target: target}.Validate)
		if err == nil {
			t.Errorf("%q is let through", target)
		} else if strings.Contains(err.Error(), "slap") || strings.Contains(err.Error(), "sla pta") {
			t.Errorf("%q: the error is %v", target, err)
		}
	}
}

func TestEveryMistakeOfASectionIsTold(t *testing.T) {
	const text = `
target: https://example.lt:0/
timeout: 1h
http:
  method: TRACE
  expect_status: ["2xx", "9xx", "500-400", abc]
  contains: [""]
  max_redirects: 99
dns:
  type: ANY
  answers: [""]
`
	var spec probe.Spec
	err := strictyaml.Decode("checks.yml", []byte(text), &spec, func(r *strictyaml.Report) { spec.Validate(r) })
	var problems strictyaml.Errors
	errors.As(err, &problems)
	var got []string
	for _, p := range problems {
		got = append(got, p.Field)
		if p.Want == "" || p.Line == 0 {
			t.Errorf("%+v says too little", p)
		}
	}
	want := []string{"target", "timeout", "http.method", "http.expect_status[1]", "http.expect_status[2]", "http.expect_status[3]", "http.contains[0]", "http.max_redirects", "dns.type", "dns.answers[0]"}
	if !slices.Equal(got, want) {
		t.Errorf("problems with %v\nwant %v", got, want)
	}
}

func TestASectionOfAnotherKindIsRefused(t *testing.T) {
	for _, spec := range []probe.Spec{
		{Target: "tcp://a:1", HTTP: probe.HTTPSpec{Contains: []string{"x"}}},
		{Target: "http://a", DNS: probe.DNSSpec{Type: "A"}},
		{Target: "http://a", HTTP: probe.HTTPSpec{Method: "HEAD", Contains: []string{"x"}}},
	} {
		if _, err := probe.New(spec, probe.Options{}); err == nil {
			t.Errorf("%+v is let through", spec)
		}
	}
}

func TestWhatIsOutside(t *testing.T) {
	for target, want := range map[string]bool{
		"https://www.example.lt":           true,
		"https://8.8.8.8":                  true,
		"icmp://[2001:db8::1]":             true,
		"dns://8.8.8.8/pc.lan":             true,
		"http://localhost:9480":            false,
		"http://127.0.0.1:9480":            false,
		"http://[::1]":                     false,
		"http://[::ffff:10.0.0.1]":         false,
		"icmp://10.1.2.3":                  false,
		"icmp://192.168.1.1":               false,
		"icmp://172.16.0.1":                false,
		"icmp://169.254.1.1":               false,
		"icmp://[fe80::1]":                 false,
		"icmp://[fd00::1]":                 false,
		"http://intranet/":                 false,
		"http://printer.local/":            false,
		"http://pc.lan/":                   false,
		"http://pc.LAN./":                  false,
		"http://files.internal/":           false,
		"dns://192.168.1.1/www.vilnius.lt": false,
		"nonsense":                         false,
	} {
		if got := (probe.Spec{Target: target}).Outside(); got != want {
			t.Errorf("%s is outside: %v, want %v", target, got, want)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"https://a:b@example.lt:443/x?y#z", "tcp://[::1]:22", "icmp://ąž.lt", "dns://1.1.1.1/a.b", "http://[fe80::1%25a]", "http://%zz", "dns://a:53//b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target, err := probe.ParseTarget(s)
		if err != nil {
			return
		}
		if target.Host == "" || strings.ContainsAny(target.Host, " \r\n/@?#") || !utf8.ValidString(target.Host) {
			t.Errorf("%q has the host %q", s, target.Host)
		}
		if (target.Port == 0) != (target.Kind == probe.KindICMP) || (target.Name != "") != (target.Kind == probe.KindDNS) {
			t.Errorf("%q was read as %+v", s, target)
		}
		again, err := probe.ParseTarget(target.String())
		if err != nil || again.Host != target.Host || again.Port != target.Port || again.Kind != target.Kind {
			t.Errorf("%q is shown as %q, which is read as %+v, %v", s, target, again, err)
		}
		if _, err := probe.New(probe.Spec{Target: s}, probe.Options{}); err != nil {
			t.Errorf("%q is a target, but: %v", s, err)
		}
	})
}

func TestEveryCodeHasATextInBothLanguages(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	codes := []string{poll.CodeInternalError}
	codes = slices.AppendSeq(codes, maps.Keys(probe.Codes()))
	codes = slices.AppendSeq(codes, maps.Keys(device.Codes()))
	for _, lang := range i18n.Languages() {
		for _, code := range codes {
			if !c.Has(lang, "problem."+code) {
				t.Errorf("%s: problem.%s is missing", lang, code)
			}
		}
	}
}

func TestTheDocumentListsEveryCodeWithItsOutcome(t *testing.T) {
	text, err := os.ReadFile("../../docs/look.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]look.Outcome{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (failed|unreachable|unknown) \\|").FindAllStringSubmatch(string(text), -1) {
		written[m[1]] = look.Outcome(m[2])
	}
	all := probe.Codes()
	maps.Copy(all, device.Codes())
	for code, outcome := range all {
		if written[code] != outcome {
			t.Errorf("docs/look.md gives %s the outcome %q, the program %q", code, written[code], outcome)
		}
		delete(written, code)
	}
	for code := range written {
		t.Errorf("docs/look.md lists %s, which there is not", code)
	}
}

func TestTheResultsInTheDocumentAreOfTheForm(t *testing.T) {
	text, err := os.ReadFile("../../docs/look.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) < 3 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, block := range blocks {
		dec := json.NewDecoder(bytes.NewReader(block[1]))
		dec.DisallowUnknownFields()
		var r look.Result
		if err := dec.Decode(&r); err != nil {
			t.Errorf("%v in\n%s", err, block[1])
			continue
		}
		check(t, r)
	}
}
