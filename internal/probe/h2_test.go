package probe_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// frames serves HTTP/2 by hand: answer writes frames after the request came.
func frames(t *testing.T, answer func(f *http2.Framer, stream uint32)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.TLS = &tls.Config{NextProtos: []string{"h2", "http/1.1"}}
	s.StartTLS()
	t.Cleanup(s.Close)
	l, err := tls.Listen("tcp", "127.0.0.1:0", s.TLS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s.URL = "https://" + l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if c := conn.(*tls.Conn); c.Handshake() != nil || c.ConnectionState().NegotiatedProtocol != "h2" {
					echo(c)
					return
				}
				preface := make([]byte, len(http2.ClientPreface))
				if _, err := io.ReadFull(conn, preface); err != nil {
					return
				}
				f := http2.NewFramer(conn, conn)
				_ = f.WriteSettings()
				for {
					frame, err := f.ReadFrame()
					if err != nil {
						return
					}
					switch frame := frame.(type) {
					case *http2.SettingsFrame:
						if !frame.IsAck() {
							_ = f.WriteSettingsAck()
						}
					case *http2.HeadersFrame:
						answer(f, frame.StreamID)
					}
				}
			}()
		}
	}()
	return s
}

// echo answers one request by HTTP/1.1 with its body.
func echo(conn net.Conn) {
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}

// begin writes the header of an answer with status 200 that is not finished.
func begin(f *http2.Framer, stream uint32) {
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	_ = e.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
	_ = e.WriteField(hpack.HeaderField{Name: "content-type", Value: "text/html"})
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true})
	_ = f.WriteData(stream, false, []byte("<p>begun"))
}

// A server of HTTP/2 that resets requests is told as one that closed, is not asked
// again and again, and its page is told as cut when it had begun.
func TestResetsOfHTTP2(t *testing.T) {
	for _, c := range []http2.ErrCode{
		http2.ErrCodeNo, http2.ErrCodeProtocol, http2.ErrCodeInternal, http2.ErrCodeCancel, http2.ErrCodeRefusedStream, http2.ErrCodeEnhanceYourCalm,
	} {
		for _, begun := range []bool{false, true} {
			var asked atomic.Int64
			s := frames(t, func(f *http2.Framer, stream uint32) {
				asked.Add(1)
				if begun {
					begin(f, stream)
				}
				_ = f.WriteRSTStream(stream, c)
			})
			want := probe.CodeClosed
			if begun {
				want = probe.CodeBodyCut
			}
			if r := lookAt(t, probe.Spec{Target: s.URL}, probe.Options{Roots: pool(s)}); code(r) != want || asked.Load() > 2 {
				t.Errorf("%s, begun: %v: %s after %d requests; %+v", c, begun, code(r), asked.Load(), r.Problem)
			}
			asked.Store(0)
			client := probe.NewClient(probe.Options{})
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // a connection that is kept is tried again after a while
			if _, problem := client.Get(ctx, probe.Fetch{URL: s.URL}); problem == nil || asked.Load() > 4 {
				t.Errorf("%s, begun: %v: a client says %+v after %d requests", c, begun, problem, asked.Load())
			}
			cancel()
			client.Close()
		}
	}
}

// Where a request is wanted by HTTP/1.1, as IIS wants it where Windows asks for a
// password, it is made so, with its body.
func TestWhoWantsHTTP11GetsIt(t *testing.T) {
	s := frames(t, func(f *http2.Framer, stream uint32) { _ = f.WriteRSTStream(stream, http2.ErrCodeHTTP11Required) })
	post := probe.HTTPSpec{Method: http.MethodPost, Body: "slaptas žodis", Contains: []string{"slaptas žodis"}}
	if r := lookAt(t, probe.Spec{Target: s.URL, HTTP: post}, probe.Options{Roots: pool(s)}); code(r) != "" {
		t.Errorf("%+v", r.Problem)
	} else {
		wantSample(t, r, 1.1, metric.ProbeHTTPVersion)
	}
	post.HTTPVersion = probe.HTTP2
	if r := lookAt(t, probe.Spec{Target: s.URL, HTTP: post}, probe.Options{Roots: pool(s)}); code(r) != probe.CodeBadResponse {
		t.Errorf("with HTTP/2 demanded: %+v", r.Problem)
	}
}

func pool(s *httptest.Server) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(s.Certificate())
	return p
}
