// Package probe looks at websites and services from outside: HTTP and HTTPS,
// TCP, TLS, ping and DNS, behind the one function type look.Func. A look makes
// fresh connections, ends within its timeout whatever the other side does,
// uses a bounded amount of memory, and says what was wrong in one of the codes
// of Codes.
//
// It keeps no state between looks, stores nothing, decides nothing about
// alerts and knows no site or check: whoever stores a result stamps that on
// it. Collector and agent both use it.
package probe

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/reach"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Options are what probes take from their program. The zero value is right in
// production.
type Options struct {
	Roots    *x509.CertPool // who is trusted to issue certificates; nil means the system's list
	Reach    reach.Policy   // what may be reached; zero: everything
	Resolver *net.Resolver  // finds addresses of names; nil means the system's
	Name     string         // that the target's certificate must be for; empty means the target's host
}

// Probe is a Spec made ready. It is safe for concurrent use.
type Probe struct {
	spec    Spec
	target  Target
	timeout time.Duration
	dialer  net.Dialer
	tls     *tls.Config // for the host asked for
	check   func(context.Context, *Probe, *look.Result) *look.Problem

	web *web // KindHTTP
	dns struct {
		question dns.Question
		answers  []string // wanted, in the form of rdata, sorted
	}
}

// New makes a Probe. The error lists every problem of the spec.
func New(spec Spec, opts Options) (*Probe, error) {
	if err := strictyaml.Validate("check", spec.Validate); err != nil {
		return nil, fmt.Errorf("read check: %w", err)
	}
	target, err := ParseTarget(spec.Target)
	if err != nil {
		return nil, fmt.Errorf("read check: %w", err)
	}
	if target.Kind == KindJob || target.Kind == KindDomain {
		return nil, fmt.Errorf("read check: a probe does not look at %s", target)
	}
	p := &Probe{
		spec:    spec,
		target:  target,
		timeout: spec.Timeout,
		dialer:  net.Dialer{Resolver: opts.Resolver, KeepAlive: -1, Control: opts.Reach.Control},
		tls:     &tls.Config{RootCAs: opts.Roots, ServerName: cmp.Or(opts.Name, target.Host)},
	}
	if p.timeout == 0 {
		p.timeout = DefaultTimeout
	}
	switch target.Kind {
	case KindHTTP:
		p.web = newWeb(p)
		p.check = lookHTTP
	case KindTCP, KindTLS:
		p.check = lookTCP
	case KindDNS:
		p.prepareDNS()
		p.check = lookDNS
	case KindICMP:
		p.check = lookICMP
	}
	return p, nil
}

// Look looks once. It is a look.Func.
func (p *Probe) Look(ctx context.Context) look.Result {
	start := time.Now()
	r := look.Result{
		Target:  p.target.String(),
		Kind:    p.target.Kind,
		Time:    start,
		Outcome: look.OK,
		Samples: make([]look.Sample, 0, 24),
		Facts:   []look.Fact{},
	}
	within, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()

	r.Problem = p.check(within, p, &r)
	r.Duration = time.Since(start)
	if r.Problem != nil {
		r.Outcome = Codes()[r.Problem.Code]
		if errors.Is(ctx.Err(), context.Canceled) {
			// Whatever went wrong, it went wrong because we stopped looking.
			r.Outcome = look.Unknown
			r.Problem = &look.Problem{Code: CodeCancelled}
		}
	}
	if r.Outcome == look.Unknown {
		r.Samples = append(r.Samples[:0], look.Sample{Name: metric.LookUnknown, Value: 1})
		return r
	}
	add(&r, metric.ProbeSuccess, truth(r.Outcome == look.OK))
	add(&r, metric.ProbeDuration, r.Duration.Seconds())
	add(&r, metric.LookUnknown, 0)
	return r
}

func add(r *look.Result, name string, value float64) {
	r.Samples = append(r.Samples, look.Sample{Name: name, Value: value})
}

func addPhase(r *look.Result, name, phase string, d time.Duration) {
	r.Samples = append(r.Samples, look.Sample{Name: name, Labels: look.Labels("phase", phase), Value: d.Seconds()})
}

func addFact(r *look.Result, name, value string) {
	if value != "" {
		r.Facts = append(r.Facts, look.Fact{Name: name, Value: look.Clip(value, 200)})
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// addConnection adds what every kind of connection tells: the story of the
// first hop, which goes to what was asked for.
func addConnection(r *look.Result, hops []hop) {
	var first hop
	if len(hops) > 0 {
		first = hops[0]
	}
	add(r, metric.ProbeDNSLookupTime, first.resolve().Seconds())
	add(r, metric.ProbeIPProtocol, float64(first.ipVersion))
}

// addTLS adds what the certificate of the site asked for tells: that of the
// first hop that spoke TLS.
func addTLS(r *look.Result, hops []hop) {
	for _, h := range hops {
		expiry, ok := earliestExpiry(h.chain)
		if !ok {
			continue
		}
		add(r, metric.ProbeSSLEarliestCertExpiry, float64(expiry.Unix()))
		if h.tlsVersion != 0 {
			r.Samples = append(r.Samples, look.Sample{Name: metric.ProbeTLSVersionInfo, Labels: look.Labels("version", tlsVersionName(h.tlsVersion)), Value: 1})
		}
		addFact(r, "tls_issuer", issuer(h.chain[0]))
		return
	}
}

// issuer names who issued a certificate, as short as people say it.
func issuer(c *x509.Certificate) string {
	if len(c.Issuer.Organization) > 0 {
		return strings.TrimSpace(strings.Join(c.Issuer.Organization, " ") + " " + c.Issuer.CommonName)
	}
	return c.Issuer.CommonName
}
