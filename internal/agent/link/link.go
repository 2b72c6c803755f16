// Package link is how an agent reaches its collector: one HTTP client that
// trusts the right certificate, keeps its connection, counts its bytes, and
// waits for nothing without end. It knows nothing of what is said over it.
// Packages uplink and enrol are its callers.
package link

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

// Times and sizes. A push of four megabytes over a slow line takes half a
// minute.
const (
	dialTimeout      = 15 * time.Second
	handshakeTimeout = 20 * time.Second
	answerTimeout    = time.Minute     // from the end of the request to the first byte of the answer
	requestTimeout   = 3 * time.Minute // for all of it

	// Pushes are minutes apart and a handshake costs as much as several.
	idleTimeout = 15 * time.Minute

	maxAnswer = 1 << 20 // bytes of a body
	maxHeader = 64 << 10
)

// ErrLost says that a connection was there and broke: whether the other side has
// done what was asked is not known, and asking again may help.
var ErrLost = errors.New("the connection broke before the answer was there")

// Options are New's settings.
type Options struct {
	URL string // of the collector: https://host[:port]; http only to this computer itself

	// At most one of the two: the authority's certificate (DER), or its SHA-256
	// when only that is known yet. With neither, the system's authorities count.
	// The host's name counts too, unless the authority is a collector's own
	// (wire.AuthorityPrefix).
	CA          []byte
	Fingerprint [32]byte

	Proxy     func(*http.Request) (*url.URL, error) // nil: as the environment says
	UserAgent string
	Now       func() time.Time // nil: time.Now; for certificates
}

// Client sends requests to one collector. Its methods are safe for concurrent
// use.
type Client struct {
	base      *url.URL
	http      *http.Client
	transport *http.Transport
	trust     *trust // nil: the system's authorities
	userAgent string
	sent      atomic.Int64
	received  atomic.Int64
}

// New makes a client. The error says what is wrong with the URL.
func New(o Options) (*Client, error) {
	base, err := ParseURL(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	c := &Client{base: base, userAgent: o.UserAgent}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(4), Time: o.Now}
	if len(o.CA) > 0 || o.Fingerprint != [32]byte{} {
		if c.trust, err = newTrust(o.CA, o.Fingerprint, base.Hostname(), o.Now); err != nil {
			return nil, err
		}
		// Our own check takes the place of the library's: see trust.
		config.InsecureSkipVerify = true
		config.VerifyConnection = c.trust.verify
	}
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 5 * time.Minute}
	c.transport = &http.Transport{
		Proxy: o.Proxy,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &counted{conn, c}, nil
		},
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    handshakeTimeout,
		ResponseHeaderTimeout:  answerTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           2,
		MaxConnsPerHost:        2,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true, // answers are small, and a bomb stays small too
		ForceAttemptHTTP2:      true,
	}
	c.http = &http.Client{
		Transport: c.transport,
		Timeout:   requestTimeout,
		// The secret goes to nobody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// ParseURL reads a collector's address. The error says what is wrong with it.
func ParseURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return nil, errors.New("the collector's address must look like https://budi.example.org:8443")
	}
	switch {
	case u.User != nil:
		return nil, errors.New("the collector's address must not hold a user or password")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New(`the collector's address must end with the host, the port or a path, without "?" and "#"`)
	case u.Scheme == "https":
	case u.Scheme != "http":
		return nil, fmt.Errorf("the collector's address begins with %q: use https://", u.Scheme+":")
	case !loopback(u.Hostname()):
		return nil, errors.New("http:// is for a collector on this computer only, because the agent's secret would be seen by everybody on the way: use https://")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/")}, nil
}

// loopback reports whether a host can only be this computer.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Answer is what came back, whatever the status.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Refusal wire.Refusal // what the body says, when the status is no success and a collector made it
}

// Post sends a body to a path of the collector. The error is nil for every
// answer that came whole, also a refusal.
func (c *Client) Post(ctx context.Context, path string, header http.Header, body []byte) (Answer, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("make a request: %w", err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", c.userAgent)
	resp, err := c.http.Do(req)
	if err != nil && connected.Load() {
		return Answer{}, fmt.Errorf("%w: %w", ErrLost, explain(err))
	}
	if err != nil {
		return Answer{}, explain(err)
	}
	defer func() { _ = resp.Body.Close() }()
	a := Answer{Status: resp.StatusCode, Header: resp.Header}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrLost, explain(err))
	}
	if len(a.Body) > maxAnswer {
		return Answer{}, fmt.Errorf("the answer has more than %d bytes: is this the collector's address?", maxAnswer)
	}
	if a.Status >= 300 {
		if json.Unmarshal(a.Body, &a.Refusal) != nil {
			a.Refusal = wire.Refusal{}
		}
	}
	return a, nil
}

// Success reports whether the request was done.
func (a Answer) Success() bool { return a.Status >= 200 && a.Status < 300 }

// Problem says in one sentence what an answer that is no success means.
func (a Answer) Problem() string {
	switch {
	case a.Refusal.Code != "":
		return fmt.Sprintf("the collector refused (%d, %s): %s", a.Status, a.Refusal.Code, clip(a.Refusal.Error))
	case a.Status >= 300 && a.Status < 400:
		return fmt.Sprintf("the answer is a redirect (%d) to %q, which is not followed: correct the collector's address", a.Status, clip(a.Header.Get("Location")))
	case a.Status == http.StatusProxyAuthRequired:
		return "the proxy wants a user and a password (407): give them in the proxy's address, http://user:password@proxy:port"
	case a.Status == http.StatusNotFound:
		return "nothing is there for agents (404): correct the collector's address"
	}
	return fmt.Sprintf("the answer was %d and not from a collector: is there a proxy or another server on the way?", a.Status)
}

// RetryAfter returns how long the other side asks to wait, 0 when it does not
// say. It is not bounded.
func (a Answer) RetryAfter(now time.Time) time.Duration {
	v := a.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(v); err == nil {
		return time.Duration(max(0, min(seconds, 1<<30))) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

func clip(s string) string {
	const most = 300
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// CA returns the certificate (DER) of the pinned authority, once a handshake
// has shown it; nil when none is pinned.
func (c *Client) CA() []byte {
	if c.trust == nil {
		return nil
	}
	return c.trust.authority()
}

// Bytes returns what went over the wire since New: TLS and headers included,
// TCP and IP not.
func (c *Client) Bytes() (sent, received int64) { return c.sent.Load(), c.received.Load() }

// Drop closes connections that are idle: after an error, or when the computer
// has slept, they may be dead without anybody's having said so.
func (c *Client) Drop() { c.transport.CloseIdleConnections() }

// counted counts what goes over a connection.
type counted struct {
	net.Conn
	client *Client
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.client.received.Add(int64(n))
	return n, err
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.client.sent.Add(int64(n))
	return n, err
}
