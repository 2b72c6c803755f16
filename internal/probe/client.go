package probe

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/look"
)

// clientTimeout bounds one Get of a Client, redirects included.
const clientTimeout = 30 * time.Second

// Client reads pages for those that look at what is on them: it keeps connections
// between requests, reads bounded amounts whatever the other side sends, and
// tells what went wrong in this package's codes. It is safe for concurrent use.
// Close it when it is not needed any more.
type Client struct {
	transport *http.Transport
	header    http.Header
}

// NewClient makes a Client. Certificates that are not valid are put up with: what
// is wrong with them is told elsewhere, and the page behind them is looked at all
// the same. Options.Name is ignored.
func NewClient(o Options) *Client {
	dialer := &net.Dialer{Resolver: o.Resolver, KeepAlive: -1, Control: o.Reach.Control}
	return &Client{
		header: http.Header{"User-Agent": {"Mozilla/5.0 (compatible; budi/" + buildinfo.Get().Version + ")"}, "Accept-Language": {"lt,en;q=0.8"}},
		transport: &http.Transport{
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: MaxHeader,
			MaxConnsPerHost:        4,
			MaxIdleConns:           16,
			IdleConnTimeout:        30 * time.Second,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return ctx.Value(tracerKey{}).(*tracer).dialWeb(dialer, network, address)
			},
			DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				t := ctx.Value(tracerKey{}).(*tracer)
				conn, err := t.dialWeb(dialer, network, address)
				if err != nil {
					return nil, err
				}
				host, _, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				return t.handshake(conn, &tls.Config{ServerName: host, RootCAs: o.Roots, InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
			},
		},
	}
}

// Close ends idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Answer is what a page answered. Body is at most as long as was asked for; Cut
// says that there was more.
type Answer struct {
	URL        *url.URL // after redirects
	Status     int
	Header     http.Header
	Body       []byte // uncompressed
	Cut        bool
	Hops       []look.Hop
	Chain      []*x509.Certificate // that the host asked for showed on a connection of this Get; nil: none was made, or without TLS
	TLSVersion uint16
}

// Fetch says what a Client reads.
type Fetch struct {
	Method    string      // empty: GET
	URL       string      // http or https
	Header    http.Header // beside the client's own
	Limit     int64       // bytes of the body; 0: MaxBody
	Redirects int         // followed at most; 0: none, the redirect is the answer
}

// Get reads a page. The Problem is nil when there was an answer, whatever its
// status; one that broke off is told with what came.
func (c *Client) Get(ctx context.Context, f Fetch) (Answer, *look.Problem) {
	if f.Limit <= 0 {
		f.Limit = MaxBody
	}
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	ctx, t := trace(ctx)
	req, err := http.NewRequestWithContext(ctx, cmp.Or(f.Method, http.MethodGet), f.URL, nil)
	if err != nil {
		return Answer{}, newProblem(CodeLocalError, errors.New("the address cannot be read"))
	}
	for _, h := range []http.Header{c.header, f.Header} {
		for name, values := range h {
			req.Header[name] = values
		}
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return Answer{}, newProblem(CodeLocalError, err)
	}
	trip := &hopRecorder{next: &tripper{next: c.transport, t: t}}
	var refused *look.Problem
	client := http.Client{Transport: trip, Jar: jar, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		location := maskURL(next.URL.String(), next.URL)
		switch {
		case f.Redirects == 0:
			return http.ErrUseLastResponse
		case next.URL.Scheme != "http" && next.URL.Scheme != "https":
			refused = newProblem(CodeRedirectRefused, nil, "location", location)
			return errRedirectRefused
		case len(via) > f.Redirects:
			refused = newProblem(CodeTooManyRedirects, nil, "count", strconv.Itoa(f.Redirects), "location", location)
			return errTooManyRedirects
		}
		return nil
	}}
	resp, err := client.Do(req)
	var out Answer
	if err == nil {
		defer func() { _ = resp.Body.Close() }()
		var body bytes.Buffer
		_, err = io.Copy(&body, io.LimitReader(resp.Body, f.Limit+1))
		out = Answer{URL: resp.Request.URL, Status: resp.StatusCode, Header: resp.Header, Body: body.Bytes()}
		if int64(len(out.Body)) > f.Limit {
			out.Body, out.Cut = out.Body[:f.Limit], true
		}
	}
	out.Hops = trip.hops
	var last hop
	for _, h := range t.story() {
		if last = h; h.address == addressOf(req.URL) && out.Chain == nil {
			out.Chain, out.TLSVersion = h.chain, h.tlsVersion
		}
	}
	switch {
	case refused != nil:
		return out, refused
	case err != nil:
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err // without the URL: it may hold a password
		}
		return out, explain(err, last.stage(), last.address, clientTimeout)
	}
	return out, nil
}

// addressOf is host and port of a URL.
func addressOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// hopRecorder tells each request and its answer, redirects one by one.
type hopRecorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	hops []look.Hop
}

// RoundTrip implements http.RoundTripper.
func (r *hopRecorder) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := r.next.RoundTrip(req)
	h := look.Hop{Method: req.Method, URL: maskURL(req.URL.String(), req.URL), Seconds: time.Since(start).Seconds()}
	if resp != nil {
		h.Status, h.Protocol = resp.StatusCode, resp.Proto
		if location, err := resp.Location(); err == nil {
			h.Location = maskURL(location.String(), location)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hops = append(r.hops, h)
	return resp, err
}
