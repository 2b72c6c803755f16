package probe_test

import (
	"bytes"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
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
