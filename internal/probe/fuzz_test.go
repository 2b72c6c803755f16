package probe_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Whatever bytes a website answers with, the look ends and its result is whole.
func FuzzHTTPAnswer(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x00",
		"HTTP/1.0 999 \r\nServer: \xff\xfe\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "",
	} {
		f.Add(s)
	}
	s := startSite(f)
	zero := 0
	spec := probe.Spec{Target: s.URL("/"), Timeout: 5 * time.Second, HTTP: probe.HTTPSpec{MaxRedirects: &zero, Contains: []string{"ok"}, NotContains: []string{"hacked"}}}
	f.Fuzz(func(t *testing.T, answer string) {
		s.Set(website.Raw(answer))
		lookAt(t, spec, probe.Options{})
	})
}

// Looking for texts piece by piece finds what looking at the whole page finds.
func FuzzPage(f *testing.F) {
	f.Add([]byte("a page with a needle in it"), []byte("needle"), uint16(8180))
	f.Add([]byte("needlneedle"), []byte("needle"), uint16(8186))
	f.Add([]byte{0, 0, 1}, []byte{0, 1}, uint16(16383))
	s := startSite(f)
	f.Fuzz(func(t *testing.T, page, text []byte, before uint16) {
		if len(text) == 0 || len(text) > probe.MaxText {
			return
		}
		body := append(bytes.Repeat([]byte("-"), int(before)), page...)
		s.Set(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write(body)
		}))
		there := bytes.Contains(body, text)
		r := lookAt(t, probe.Spec{Target: s.URL("/"), HTTP: probe.HTTPSpec{Contains: []string{string(text)}}}, probe.Options{})
		if there != (r.Outcome == look.OK) {
			t.Errorf("wanted text there: %v, but %+v", there, r.Problem)
		}
		r = lookAt(t, probe.Spec{Target: s.URL("/"), HTTP: probe.HTTPSpec{NotContains: []string{string(text)}}}, probe.Options{})
		if there != (r.Outcome == look.Failed) {
			t.Errorf("unwanted text there: %v, but %+v", there, r.Problem)
		}
	})
}

// Whatever a check says in YAML, it is refused in words or can be used; and what is
// masked in it is put back as it was.
func FuzzWebSpec(f *testing.F) {
	for _, s := range []string{
		"steps:\n- url: /a?x=${\n- {url: '${a}', capture: {a: '$.b'}}\n", "steps: [{url: '//x', form: {a: '${b}'}}]", "json: [{path: \"$[?@.a>1]\", above: 1}]",
		"headers: {X-Key: a}\ncookies: {a: b}\nauth: {bearer: x}\nmethod: PUT\nbody: x", "matches: ['(a|b)*']\nexpect_headers: [{name: A, equals: b}]\nmax_size: 5",
		"steps: [{capture: {a: b}}, {url: 'http://${a}/'}]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec := probe.Spec{Target: "https://example.lt/"}
		if strictyaml.Decode("check.yml", []byte(text), &spec.HTTP, nil) != nil || strictyaml.Validate("check", spec.Validate) != nil {
			return
		}
		if _, err := probe.New(spec, probe.Options{}); err != nil {
			t.Errorf("what is valid cannot be used: %v", err)
		}
		shown := spec.Masked()
		for field, secret := range shown.Secrets() {
			if secret != probe.Mask {
				t.Errorf("%s is shown", field)
			}
		}
		again, err := shown.Unmasked(spec)
		if err != nil || !maps.Equal(again.Secrets(), spec.Secrets()) {
			t.Errorf("%v: %v, want %v", err, again.Secrets(), spec.Secrets())
		}
	})
}

// Whatever a site gives to be captured, the next step asks the same host, and with
// one value where one is meant.
func FuzzCaptured(f *testing.F) {
	f.Add("abc")
	f.Add("//elsewhere.example/")
	f.Add("/../..?a=b&c=d#e")
	f.Add("http://elsewhere.example/ \r\nX: y")
	f.Add("\x00%zz\xff")
	var page string
	var last *http.Request
	s := serve(f, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first" {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte(page))
			return
		}
		last = r
	})
	spec := probe.Spec{Target: s.URL, Timeout: 5 * time.Second, HTTP: probe.HTTPSpec{Steps: []probe.Step{
		{URL: "/first", Capture: map[string]string{"a": `(?s).+`}}, {URL: "/second/${a}?x=${a}&y=1", Form: map[string]string{"f": "${a}"}, ExpectStatus: []string{"100-599"}},
	}}}
	whole := spec
	whole.HTTP.Steps = []probe.Step{spec.HTTP.Steps[0], {URL: "${a}", ExpectStatus: []string{"100-599"}}}
	host := strings.TrimPrefix(s.URL, "http://")
	f.Fuzz(func(t *testing.T, text string) {
		page, last = text, nil
		if r := lookAt(t, spec, probe.Options{}); r.Outcome == look.OK && (last == nil || last.Host != host || last.URL.Query().Get("y") != "1" || last.URL.Query().Get("x") != text) {
			t.Errorf("%q: asked was %v", text, last)
		}
		r := lookAt(t, whole, probe.Options{})
		for _, h := range r.Web.Redirects {
			if u, err := url.Parse(h.URL); err == nil && u.Host != host {
				t.Errorf("%q: asked was %s", text, h.URL)
			}
		}
	})
}

// Whatever a page is, and whatever a path, there is an answer.
func FuzzJSONPage(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,{"b":"c"}]}`), "$..b", "c+")
	f.Add([]byte(`[[[[]]]]`), "$[?count(@.*) > 0]", "x")
	f.Add([]byte(`"\ud800"`), "$", "^$")
	f.Add([]byte(`{"a":1e400,"b":-0.0}`), "$[?@ > 1]", "1")
	var page []byte
	s := serve(f, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) })
	f.Fuzz(func(t *testing.T, body []byte, path, pattern string) {
		spec := probe.Spec{Target: s.URL, Timeout: 5 * time.Second, HTTP: probe.HTTPSpec{JSON: []probe.JSONRule{{Path: path, Matches: pattern}}}}
		if strictyaml.Validate("check", spec.Validate) != nil {
			return
		}
		page = body
		if r := lookAt(t, spec, probe.Options{}); r.Outcome == look.OK && !json.Valid(body) {
			t.Error("what is no JSON has a value")
		}
	})
}

// Whatever bytes a DNS server answers with, the look ends and its result is
// whole.
func FuzzDNSAnswer(f *testing.F) {
	f.Add([]byte("\x00\x00\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x01a\x02lt\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"))
	f.Add([]byte("\x00\x00\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x02lt\x00\x00\x01\x00\x01"))
	f.Add([]byte("\x00\x00\x80\x0f\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x00\x00\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\xc0\x0c\x00\x01\x00\x01"))
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = conn.Close() })
	answers := make(chan []byte, 1)
	go func() {
		question := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(question)
			if err != nil {
				return
			}
			answer := <-answers
			if n >= 2 && len(answer) >= 2 {
				copy(answer, question[:2]) // the ID, or it is waited for in vain
			}
			_, _ = conn.WriteTo(answer, from)
		}
	}()
	spec := probe.Spec{Target: "dns://" + conn.LocalAddr().String() + "/a.lt", Timeout: 300 * time.Millisecond}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if len(answer) > 1400 {
			return
		}
		select {
		case <-answers: // that the look before did not need
		default:
		}
		answers <- bytes.Clone(answer)
		lookAt(t, spec, probe.Options{})
	})
}
