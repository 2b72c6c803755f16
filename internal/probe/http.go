package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// What is read of an answer at most.
const (
	MaxBody   = 1 << 20  // bytes of the page, uncompressed; reading stops there, which is no fault by itself
	MaxHeader = 64 << 10 // bytes of the header; more is a fault
)

// web is what looks at one website share.
type web struct {
	dialer       *net.Dialer
	host         string               // asked for
	tls          *tls.Config          // for it
	idle         chan *http.Transport // one that no look uses now
	url          string
	method       string
	header       http.Header
	expect       []statusRange
	expectText   string
	maxRedirects int
	contains     [][]byte
	notContains  [][]byte
	longest      int // bytes of the longest text
}

func newWeb(p *Probe) *web {
	h := p.spec.HTTP
	w := &web{
		url:          p.target.url.String(),
		method:       http.MethodGet,
		header:       http.Header{"User-Agent": {"budi/" + buildinfo.Get().Version}},
		expectText:   "2xx",
		maxRedirects: DefaultMaxRedirects,
	}
	if h.Method != "" {
		w.method = h.Method
	}
	if h.MaxRedirects != nil {
		w.maxRedirects = *h.MaxRedirects
	}
	expect := h.ExpectStatus
	if len(expect) == 0 {
		expect = []string{"2xx"}
	}
	w.expectText = strings.Join(expect, ", ")
	for _, s := range expect {
		if one, err := parseStatus(s); err == nil { // New has validated the spec
			w.expect = append(w.expect, one)
		}
	}
	for _, s := range h.Contains {
		w.contains = append(w.contains, []byte(s))
		w.longest = max(w.longest, len(s))
	}
	for _, s := range h.NotContains {
		w.notContains = append(w.notContains, []byte(s))
		w.longest = max(w.longest, len(s))
	}

	w.dialer = &p.dialer
	w.host = p.target.Host
	w.tls = p.tls.Clone()
	w.tls.NextProtos = []string{"h2", "http/1.1"}
	w.idle = make(chan *http.Transport, 1)
	return w
}

// transport returns a transport that no other look uses, for two requests by
// HTTP/2 at once may share a connection of one transport, whatever it is told.
// Looks one after the other, which is the rule, have the same one.
func (w *web) transport() *http.Transport {
	select {
	case t := <-w.idle:
		return t
	default:
		return w.newTransport()
	}
}

// release gives back a transport.
func (w *web) release(t *http.Transport) {
	select {
	case w.idle <- t:
	default:
	}
}

func (w *web) newTransport() *http.Transport {
	return &http.Transport{
		// No Proxy: the environment's is not ours. Keep-alives are off, so that
		// each request of each look has a connection of its own.
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: MaxHeader,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return ctx.Value(tracerKey{}).(*tracer).dial(w.dialer, network, address)
		},
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			t := ctx.Value(tracerKey{}).(*tracer)
			conn, err := t.dial(w.dialer, network, address)
			if err != nil {
				return nil, err
			}
			config := w.tls
			if host, _, err := net.SplitHostPort(address); err == nil && host != w.host {
				config = config.Clone() // a redirect to another host
				config.ServerName = host
			}
			return t.handshake(conn, config)
		},
	}
}

// Errors by which following redirects ends.
var (
	errTooManyRedirects = errors.New("too many redirects")
	errRedirectRefused  = errors.New("redirect to what is no website")
)

// lookHTTP asks the website once, redirects included.
func lookHTTP(ctx context.Context, p *Probe, r *look.Result) *look.Problem {
	w := p.web
	ctx, t := trace(ctx)
	req, err := http.NewRequestWithContext(ctx, w.method, w.url, nil)
	if err != nil {
		return newProblem(CodeLocalError, err)
	}
	req.Header = w.header.Clone()
	jar, err := cookiejar.New(nil) // some sites redirect until their cookie comes back
	if err != nil {
		return newProblem(CodeLocalError, err)
	}
	var (
		redirects int
		location  *url.URL
	)
	transport := w.transport()
	defer w.release(transport)
	client := http.Client{
		Transport: transport,
		Jar:       jar,
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			location = next.URL
			switch {
			case w.maxRedirects == 0:
				return http.ErrUseLastResponse
			case next.URL.Scheme != "http" && next.URL.Scheme != "https":
				return errRedirectRefused
			case len(via) > w.maxRedirects:
				return errTooManyRedirects
			}
			redirects = len(via)
			return nil
		},
	}
	resp, err := client.Do(req)
	var (
		read    int64
		missing []byte
		present []byte
		readErr error
	)
	if resp != nil && err == nil {
		read, missing, present, readErr = w.read(resp.Body)
		_ = resp.Body.Close()
		if readErr == nil {
			t.bodyRead()
		}
	}
	hops := t.story()
	addConnection(r, hops)
	addHTTP(r, resp, redirects, read)
	addPhases(r, hops)
	addTLS(r, hops)

	var last hop
	if len(hops) > 0 {
		last = hops[len(hops)-1]
	}
	switch {
	case errors.Is(err, errTooManyRedirects):
		return newProblem(CodeTooManyRedirects, nil, "count", strconv.Itoa(w.maxRedirects), "location", maskURL(location.String(), location))
	case errors.Is(err, errRedirectRefused):
		return newProblem(CodeRedirectRefused, nil, "location", maskURL(location.String(), location))
	case err != nil:
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err // without the URL: it may hold a password
		}
		return explain(err, last.stage(), last.address, p.timeout)
	case !w.expects(resp.StatusCode):
		return newProblem(CodeUnexpectedStatus, nil, "status", strconv.Itoa(resp.StatusCode), "expected", w.expectText)
	case readErr != nil:
		return explain(readErr, atTransfer, last.address, p.timeout)
	case present != nil:
		return newProblem(CodeTextForbidden, nil, "text", string(present))
	case missing != nil && read >= MaxBody:
		return newProblem(CodeBodyTooLarge, nil, "text", string(missing), "limit", strconv.Itoa(MaxBody>>10))
	case missing != nil:
		return newProblem(CodeTextMissing, nil, "text", string(missing))
	}
	return nil
}

func (w *web) expects(status int) bool {
	for _, s := range w.expect {
		if s.low <= status && status <= s.high {
			return true
		}
	}
	return false
}

// read reads the page up to MaxBody and looks for the texts in it, a piece at a
// time: many looks at once must not hold as many pages in memory. It returns
// how many bytes it read, the first wanted text that is missing and the first
// unwanted one that is there, each nil when there is none.
func (w *web) read(body io.Reader) (n int64, missing, present []byte, err error) {
	body = io.LimitReader(body, MaxBody)
	if len(w.contains)+len(w.notContains) == 0 {
		n, err = io.Copy(io.Discard, body)
		return n, nil, nil, err
	}
	const piece = 8 << 10
	var (
		buf    = make([]byte, piece+w.longest)
		kept   int // bytes of the piece before, in which a text may begin
		found  = make([]bool, len(w.contains))
		unread bool
	)
	for !unread {
		var got int
		got, err = body.Read(buf[kept : kept+piece])
		n += int64(got)
		window := buf[:kept+got]
		for i, text := range w.contains {
			found[i] = found[i] || bytes.Contains(window, text)
		}
		for _, text := range w.notContains {
			if present == nil && bytes.Contains(window, text) {
				present = text
			}
		}
		kept = copy(buf, window[max(0, len(window)-w.longest+1):])
		unread = err != nil
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	for i, ok := range found {
		if !ok {
			return n, w.contains[i], present, err
		}
	}
	return n, nil, present, err
}

func addHTTP(r *look.Result, resp *http.Response, redirects int, read int64) {
	var (
		version, secure float64
		status          int
		length          int64
	)
	if resp != nil {
		version = float64(resp.ProtoMajor) + float64(resp.ProtoMinor)/10
		secure = truth(resp.TLS != nil)
		status, length = resp.StatusCode, resp.ContentLength
		addFact(r, "http_server", resp.Header.Get("Server"))
	}
	add(r, metric.ProbeHTTPStatusCode, float64(status))
	add(r, metric.ProbeHTTPVersion, version)
	add(r, metric.ProbeHTTPSSL, secure)
	add(r, metric.ProbeHTTPRedirects, float64(redirects))
	add(r, metric.ProbeHTTPContentLength, float64(length))
	add(r, metric.ProbeHTTPUncompressedBodyLength, float64(read))
}

func addPhases(r *look.Result, hops []hop) {
	var resolve, connect, handshake, processing, transfer time.Duration
	for _, h := range hops {
		resolve += h.resolve()
		connect += h.connect()
		handshake += between(h.tlsStart, h.tlsDone)
		processing += between(h.ready, h.firstByte)
		transfer += between(h.firstByte, h.bodyEnd)
	}
	addPhase(r, metric.ProbeHTTPDuration, "resolve", resolve)
	addPhase(r, metric.ProbeHTTPDuration, "connect", connect)
	addPhase(r, metric.ProbeHTTPDuration, "tls", handshake)
	addPhase(r, metric.ProbeHTTPDuration, "processing", processing)
	addPhase(r, metric.ProbeHTTPDuration, "transfer", transfer)
}
