package probe

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// What is read of an answer at most.
const (
	MaxBody   = 1 << 20  // bytes of the page, uncompressed; without max_size reading stops there, which is no fault by itself
	MaxHeader = 64 << 10 // bytes of the header; more is a fault
)

// web is what looks at one website share.
type web struct {
	dialer       *net.Dialer
	host         string // asked for
	url          *url.URL
	tls          *tls.Config // for it
	maxRedirects int
	version      string // of HTTP that it must be; "": any
	size         int64  // bytes of a page that are too many; 0: none are
	auth         string // the header Authorization of requests to the target's host
	cookies      []*http.Cookie
	steps        []*step
	routes       []*route
	secrets      []string          // what must not be told
	hide         *strings.Replacer // takes them out; nil: there are none
}

// route is one version of the Internet Protocol by which a website is asked.
type route struct {
	ip      string               // IPv4 or IPv6; "": what answers first
	network string               // of the dialer
	idle    chan *http.Transport // one that no look uses now
}

func newWeb(p *Probe) *web {
	h := p.spec.HTTP
	target := *p.target.url
	w := &web{
		dialer:       &p.dialer,
		host:         p.target.Host,
		url:          &target,
		tls:          p.tls.Clone(),
		maxRedirects: DefaultMaxRedirects,
		version:      h.HTTPVersion,
		size:         h.MaxSize,
	}
	w.tls.NextProtos = []string{"h2", "http/1.1"}
	if h.HTTPVersion == HTTP11 {
		w.tls.NextProtos = []string{"http/1.1"}
	}
	if h.MaxRedirects != nil {
		w.maxRedirects = *h.MaxRedirects
	}
	auth := h.Auth
	if user := target.User; user != nil {
		auth.Username = user.Username()
		auth.Password, _ = user.Password()
		target.User = nil
	}
	w.secrets = p.spec.untold(auth)
	w.hide = hider(w.secrets)
	if w.auth = auth.Bearer; w.auth != "" {
		w.auth = "Bearer " + w.auth
	} else if auth != (Auth{}) {
		w.auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(auth.Username+":"+auth.Password))
	}
	for name, value := range h.Cookies {
		w.cookies = append(w.cookies, &http.Cookie{Name: name, Value: value, Path: "/", Secure: target.Scheme == "https"})
	}
	steps := h.Steps
	if len(steps) == 0 {
		steps = []Step{h.only()}
	}
	for i, s := range steps {
		one := w.newStep(s)
		if len(h.Steps) > 0 {
			one.name = s.title(i)
		}
		w.steps = append(w.steps, one)
	}
	for _, ip := range []string{IPv4, IPv6} {
		if h.IPVersion == ip || h.IPVersion == IPBoth {
			w.routes = append(w.routes, &route{ip: ip, network: "tcp" + ip, idle: make(chan *http.Transport, 1)})
		}
	}
	if len(w.routes) == 0 {
		w.routes = []*route{{network: "tcp", idle: make(chan *http.Transport, 1)}}
	}
	return w
}

// transport returns a transport that no other look uses, for two requests by
// HTTP/2 at once may share a connection of one transport, whatever it is told.
// Looks one after the other, which is the rule, have the same one.
func (w *web) transport(by *route) *http.Transport {
	select {
	case t := <-by.idle:
		return t
	default:
		return w.newTransport(by)
	}
}

// release gives back a transport.
func (by *route) release(t *http.Transport) {
	select {
	case by.idle <- t:
	default:
	}
}

func (w *web) newTransport(by *route) *http.Transport {
	return &http.Transport{
		// No Proxy: the environment's is not ours. Keep-alives are off, so that
		// each request of each look has a connection of its own.
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: MaxHeader,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return ctx.Value(tracerKey{}).(*tracer).dialWeb(w.dialer, by.network, address)
		},
		DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			t := ctx.Value(tracerKey{}).(*tracer)
			conn, err := t.dialWeb(w.dialer, by.network, address)
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

// lookHTTP asks the website once, redirects and steps included; by both versions
// of the Internet Protocol when each must do.
func lookHTTP(ctx context.Context, p *Probe, r *look.Result) *look.Problem {
	w := p.web
	if len(w.routes) == 1 {
		problem := w.look(ctx, p, r, w.routes[0])
		if ip := w.routes[0].ip; ip != "" && problem != nil {
			with(problem, look.ArgIP, ip)
		}
		return problem
	}
	type one struct {
		result  look.Result
		problem *look.Problem
		took    time.Duration
	}
	all := make([]one, len(w.routes))
	var looks sync.WaitGroup
	for i, by := range w.routes {
		looks.Go(func() {
			start := time.Now()
			all[i].problem = w.look(ctx, p, &all[i].result, by)
			all[i].took = time.Since(start)
		})
	}
	looks.Wait()
	// What is told is that of the version that does not do; of none, of the slower.
	worst, families := 0, make([]look.Family, len(all))
	rank := func(o one) int {
		if o.problem == nil {
			return 0
		} else if Codes()[o.problem.Code] == look.Unknown {
			return 1
		}
		return 2
	}
	for i, o := range all {
		by := w.routes[i]
		families[i] = look.Family{IP: by.ip, Outcome: look.OK, Problem: o.problem, Seconds: o.took.Seconds()}
		if o.problem != nil {
			families[i].Outcome = Codes()[o.problem.Code]
		}
		if a, b := rank(o), rank(all[worst]); a > b || a == b && o.took > all[worst].took {
			worst = i
		}
	}
	chosen := all[worst]
	r.Samples, r.Facts, r.Web = append(r.Samples, chosen.result.Samples...), append(r.Facts, chosen.result.Facts...), chosen.result.Web
	r.Web.Families = families
	for _, f := range families {
		if f.Outcome == look.Unknown {
			continue
		}
		r.Samples = append(r.Samples,
			look.Sample{Name: metric.ProbeIPSuccess, Labels: look.Labels("ip", f.IP), Value: truth(f.Outcome == look.OK)},
			look.Sample{Name: metric.ProbeIPDuration, Labels: look.Labels("ip", f.IP), Value: f.Seconds})
	}
	if chosen.problem == nil {
		return nil
	}
	problem := *chosen.problem
	problem.Args = maps.Clone(problem.Args) // that of the family says it already
	return with(&problem, look.ArgIP, w.routes[worst].ip)
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
