package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"
)

// stage is how far a connection had come.
type stage int

const (
	atResolve stage = iota
	atConnect
	atTLS
	atProcessing // connected; nothing of the answer has come
	atTransfer   // the answer has begun
)

// hop is the story of one connection: the times at which each step was
// reached, zero for those that were not.
type hop struct {
	address                                      string
	start, dnsStart, dnsDone, connected          time.Time
	tlsStart, tlsDone, ready, firstByte, bodyEnd time.Time
	ipVersion                                    int // 4 or 6 once connected
	remote                                       net.Addr
	chain                                        []*x509.Certificate
	tlsVersion                                   uint16
}

// tracer listens to the connections of one look. Dials may outlive the request
// that wanted them by a moment, so that every method locks.
type tracer struct {
	// ctx is the look's own. It is kept here because http.Transport takes the
	// deadline off the context that it dials with, and a dial must end with the
	// look.
	ctx   context.Context
	mu    sync.Mutex
	hops  []hop
	buf   [2]hop
	dials int  // of the request that is made now
	plain bool // it is to be made by HTTP/1.1, for its server wants that
}

type tracerKey struct{}

// trace begins to listen. The returned context carries the tracer.
func trace(ctx context.Context) (context.Context, *tracer) {
	t := &tracer{}
	t.hops = t.buf[:0]
	ctx = context.WithValue(ctx, tracerKey{}, t)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:  t.begin,
		DNSStart: func(httptrace.DNSStartInfo) { t.mark(func(h *hop) *time.Time { return &h.dnsStart }) },
		DNSDone: func(info httptrace.DNSDoneInfo) {
			if info.Err == nil {
				t.mark(func(h *hop) *time.Time { return &h.dnsDone })
			}
		},
		GotConn:              func(httptrace.GotConnInfo) { t.mark(func(h *hop) *time.Time { return &h.ready }) },
		GotFirstResponseByte: func() { t.mark(func(h *hop) *time.Time { return &h.firstByte }) },
	})
	t.ctx = ctx
	return ctx, t
}

// begin opens the story of a new connection to address (host:port).
func (t *tracer) begin(address string) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hops = append(t.hops, hop{address: address, start: now})
}

func (t *tracer) mark(field func(*hop) *time.Time) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.hops); n > 0 {
		*field(&t.hops[n-1]) = now
	}
}

// bodyRead notes that the last answer was read to its end.
func (t *tracer) bodyRead() { t.mark(func(h *hop) *time.Time { return &h.bodyEnd }) }

// maxDials is how many connections one request may make: http.Transport makes
// another one, at once and as often as it takes, when the server of HTTP/2 did not
// begin with the request on the one before.
const maxDials = 2

// errTurnedAway says that this happened on each of them.
var errTurnedAway = errors.New("the server reset the connection before it began with the request")

// request begins to count connections.
func (t *tracer) request() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dials = 0
}

// mayDial counts one connection.
func (t *tracer) mayDial() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dials++
	return t.dials <= maxDials
}

// dialWeb connects for a request of HTTP.
func (t *tracer) dialWeb(d *net.Dialer, network, address string) (net.Conn, error) {
	if !t.mayDial() {
		return nil, errTurnedAway
	}
	return t.dial(d, network, address)
}

// dial connects within the look.
func (t *tracer) dial(d *net.Dialer, network, address string) (net.Conn, error) {
	conn, err := d.DialContext(t.ctx, network, address)
	if err != nil {
		return nil, err
	}
	version := 4
	switch a := conn.RemoteAddr().(type) {
	case *net.TCPAddr:
		version = ipVersion(a.IP)
	case *net.UDPAddr:
		version = ipVersion(a.IP)
	}
	t.mark(func(h *hop) *time.Time {
		h.ipVersion, h.remote = version, conn.RemoteAddr()
		return &h.connected
	})
	return conn, nil
}

func ipVersion(ip net.IP) int {
	if ip.To4() != nil {
		return 4
	}
	return 6
}

// handshake speaks TLS on a connection within the look, and closes it when
// that fails.
func (t *tracer) handshake(conn net.Conn, config *tls.Config) (*tls.Conn, error) {
	t.mark(func(h *hop) *time.Time { return &h.tlsStart })
	if t.wantsPlain() {
		config = config.Clone()
		config.NextProtos = []string{"http/1.1"}
	}
	c := tls.Client(conn, config)
	if err := c.HandshakeContext(t.ctx); err != nil {
		var invalid *tls.CertificateVerificationError
		if errors.As(err, &invalid) {
			t.mu.Lock()
			t.hops[len(t.hops)-1].chain = invalid.UnverifiedCertificates
			t.mu.Unlock()
		}
		_ = conn.Close()
		return nil, err
	}
	state := c.ConnectionState()
	t.mark(func(h *hop) *time.Time {
		h.chain, h.tlsVersion = state.PeerCertificates, state.Version
		return &h.tlsDone
	})
	return c, nil
}

func (t *tracer) wantsPlain() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.plain
}

// tripper makes the requests of one look, one after the other.
type tripper struct {
	next *http.Transport
	t    *tracer
	may  bool // be made by HTTP/1.1 instead of HTTP/2
}

// RoundTrip implements http.RoundTripper. A server may say of a request that it
// wants it by HTTP/1.1 (RFC 9113 section 7), as IIS does where Windows asks for a
// password; browsers make it again so.
func (r *tripper) RoundTrip(req *http.Request) (*http.Response, error) {
	r.t.request()
	resp, err := r.next.RoundTrip(req)
	if err == nil || !r.may || r.t.wantsPlain() || !strings.Contains(err.Error(), wantsHTTP11) || req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return resp, err
	}
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	r.t.mu.Lock()
	r.t.plain = true
	r.t.mu.Unlock()
	r.t.request()
	return r.next.RoundTrip(again)
}

// newest is the story of the newest connection; false when there is none.
func (t *tracer) newest() (hop, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.hops) == 0 {
		return hop{}, false
	}
	return t.hops[len(t.hops)-1], true
}

// connections is how many were begun.
func (t *tracer) connections() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.hops)
}

// story returns what happened so far.
func (t *tracer) story() []hop {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]hop(nil), t.hops...)
}

// stage is how far the connection had come.
func (h hop) stage() stage {
	switch {
	case !h.firstByte.IsZero():
		return atTransfer
	case !h.ready.IsZero():
		return atProcessing
	case !h.tlsDone.IsZero():
		return atProcessing
	case !h.tlsStart.IsZero():
		return atTLS
	case !h.dnsStart.IsZero() && h.dnsDone.IsZero():
		return atResolve
	default:
		return atConnect
	}
}

// resolve is how long the name took; 0 when there was none to look up.
func (h hop) resolve() time.Duration { return between(h.dnsStart, h.dnsDone) }

// connect is how long the connection took, without the name.
func (h hop) connect() time.Duration {
	if h.dnsDone.IsZero() {
		return between(h.start, h.connected)
	}
	return between(h.dnsDone, h.connected)
}

// between is 0 unless both moments were reached in this order.
func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return 0
	}
	return to.Sub(from)
}

// earliestExpiry is when the first certificate of a chain expires; false when
// there is none.
func earliestExpiry(chain []*x509.Certificate) (time.Time, bool) {
	var first time.Time
	for _, c := range chain {
		if first.IsZero() || c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return first, len(chain) > 0
}

func tlsVersionName(v uint16) string {
	switch v {
	case tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13:
		return tls.VersionName(v) // "TLS 1.3", as blackbox_exporter writes it
	default:
		return "unknown"
	}
}
