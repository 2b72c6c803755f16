// Package website looks how safely a website is set up, as a visitor's browser
// and a curious stranger would see it: certificate and TLS, headers, cookies, what
// the page loads without encryption, versions that it tells, files that must not
// be public. It makes a grade of that, with reasons.
//
// It asks only for what anybody may ask for, one thing at a time and a bounded
// number of things; it tries no password and sends nothing. What stands on the
// page is not its subject. Collector and command line call it.
package website

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/budi-monitor/budi/internal/certificate"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// Aspect is the label "aspect" of what this package counts.
const Aspect = "security"

// Timeout is how long a look takes at most, whatever the website does.
const Timeout = 100 * time.Second

// pause is between two requests for files, so that a small server has time for
// its visitors too.
const pause = 50 * time.Millisecond

// Options are what a look takes from its program.
type Options struct {
	Probe probe.Options
	Plain string        // address (http://…) without encryption that must lead to the one with it; empty: the same host at port 80, when the website is at port 443
	Pause time.Duration // between two requests for files; 0: 50 ms
}

// Website is a website made ready to be looked at. It is safe for concurrent use.
type Website struct {
	target string // masked
	url    *url.URL
	o      Options
}

// New makes a Website of a target (http://… or https://…).
func New(target string, o Options) (*Website, error) {
	t, err := probe.ParseTarget(target)
	if err != nil {
		return nil, fmt.Errorf("read the address of a website: %w", err)
	}
	if t.Kind != probe.KindHTTP {
		return nil, fmt.Errorf("read the address of a website: %s is none; write http://… or https://…", t)
	}
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("read the address of a website: %s is no URL", t)
	}
	u.Scheme, u.Fragment, u.RawFragment = strings.ToLower(u.Scheme), "", ""
	u.Host = hostPort(t.Host, u.Port())
	u.Path = cmp.Or(u.Path, "/")
	o.Pause = cmp.Or(o.Pause, pause)
	return &Website{target: t.String(), url: u, o: o}, nil
}

// Look looks once. It is a look.Func. The outcome is that of the asking: it is OK
// whatever is found. Without an answer there is no grade, and of the findings
// only those that need none.
func (w *Website) Look(ctx context.Context) look.Result {
	within, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	v := &visit{Website: w, client: probe.NewClient(w.o.Probe), web: &look.Web{}}
	defer v.client.Close()
	r := look.Result{Target: w.target, Kind: probe.KindHTTP, Time: time.Now(), Outcome: look.OK, Web: v.web}
	v.now = r.Time
	r.Problem = v.all(within)
	r.Duration = time.Since(r.Time)
	if r.Problem != nil {
		r.Outcome = probe.Codes()[r.Problem.Code]
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		r.Outcome, r.Problem = look.Unknown, &look.Problem{Code: probe.CodeCancelled}
	}
	if r.Outcome == look.Unknown {
		r.Web = nil
		return r
	}
	look.SortFindings(v.web.Findings)
	r.Samples = v.samples()
	return r
}

// visit is one look under way.
type visit struct {
	*Website
	client *probe.Client
	web    *look.Web
	now    time.Time

	secure *url.URL // the website's first address with TLS; nil: none
	first  http.Header
	page   probe.Answer // that is judged
	judged bool         // there was a page
	asked  bool         // all files were asked for
}

// tell adds a finding; args are name, value pairs.
func (v *visit) tell(code string, severity look.Severity, subject, detail string, args ...string) {
	f := look.Finding{Code: code, Severity: severity, Subject: look.Clip(subject, maxText), Detail: look.Clip(detail, look.MaxDetail)}
	if len(args) > 0 {
		f.Args = map[string]string{}
	}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i]] = look.Clip(args[i+1], maxText)
	}
	v.web.Findings = append(v.web.Findings, f)
}

// maxText bounds what is told of the other side's texts, in bytes.
const maxText = 200

// all looks at everything, what is cheap and certain first: a website that locks
// us out for asking for files has been judged by then.
func (v *visit) all(ctx context.Context) *look.Problem {
	problem := v.open(ctx)
	if v.secure != nil {
		v.transport(ctx)
	}
	switch {
	case problem != nil:
		return problem
	case v.page.Status >= 500:
		return &look.Problem{Code: probe.CodeUnexpectedStatus, Args: map[string]string{"status": fmt.Sprint(v.page.Status), "expected": "2xx"}}
	}
	v.judged = true
	v.encryption(ctx)
	v.headers()
	v.cookies()
	read := v.content()
	v.files(ctx, read.folders)
	v.web.Grade = Grade(v.web.Findings)
	return nil
}

// open reads the page, and finds the website's address with TLS.
func (v *visit) open(ctx context.Context) *look.Problem {
	if v.url.Scheme == "https" {
		v.secure = v.url
	}
	answer, problem := v.client.Get(ctx, probe.Fetch{URL: v.url.String(), Redirects: probe.DefaultMaxRedirects})
	v.web.Redirects, v.page, v.first = answer.Hops, answer, answer.Header
	for _, h := range answer.Hops {
		if u, err := url.Parse(h.URL); v.secure == nil && err == nil && u.Scheme == "https" && sameSite(u.Hostname(), v.url.Hostname()) {
			u.User = nil // masked
			v.secure = u
		}
	}
	if len(answer.Hops) < 2 {
		return problem
	}
	last, err := url.Parse(answer.Hops[len(answer.Hops)-1].URL)
	elsewhere := err == nil && !sameSite(last.Hostname(), v.url.Hostname())
	if problem != nil && !elsewhere {
		return problem // what is wrong with another's website is no fault of this one
	}
	if elsewhere {
		v.tell(CodeElsewhere, look.Info, last.Hostname(), "", "url", mask(last))
	}
	if elsewhere || v.secure != nil {
		first, problem := v.client.Get(ctx, probe.Fetch{URL: cmp.Or(v.secure, v.url).String()})
		if problem != nil {
			return problem
		}
		v.first = first.Header
		if elsewhere {
			v.page = first // another's page is not judged
		}
	}
	return nil
}

// encryption tells whether visitors who write no https:// get an encrypted page.
func (v *visit) encryption(ctx context.Context) {
	if v.secure == nil {
		if v.url.Port() == "" && v.speaksTLS(ctx) {
			v.tell(CodeNoRedirect, look.Warning, v.url.Hostname(), "", "url", mask(v.url))
		} else {
			v.tell(CodeNoHTTPS, look.Warning, v.url.Hostname(), "", "url", mask(v.url))
		}
		return
	}
	plain := v.o.Plain
	switch {
	case plain != "":
	case v.url.Scheme == "http":
		if v.page.URL.Scheme == "http" {
			v.tell(CodeNoRedirect, look.Warning, v.url.Hostname(), "", "url", mask(v.page.URL))
		}
		return
	case v.secure.Port() == "" || v.secure.Port() == "443":
		plain = (&url.URL{Scheme: "http", Host: hostPort(v.secure.Hostname(), ""), Path: "/"}).String()
	default:
		return // which port would be the one without encryption?
	}
	a, problem := v.client.Get(ctx, probe.Fetch{URL: plain, Limit: 1 << 10, Redirects: probe.DefaultMaxRedirects})
	if problem == nil && a.URL.Scheme == "http" && a.Status < 400 {
		v.tell(CodeNoRedirect, look.Warning, v.url.Hostname(), "", "url", mask(a.URL))
	}
}

// samples makes numbers of what was found.
func (v *visit) samples() []look.Sample {
	var (
		out               []look.Sample
		counts            = map[look.Severity]float64{}
		exposed, security float64
	)
	add := func(name string, value float64, labels ...string) {
		out = append(out, look.Sample{Name: name, Labels: look.Labels(labels...), Value: value})
	}
	for _, f := range v.web.Findings {
		counts[f.Severity]++
		switch {
		case f.Severity != look.Critical:
		case strings.HasPrefix(f.Code, exposedPrefix):
			exposed = 1
		default:
			security = 1
		}
	}
	if v.judged || security == 1 {
		add(metric.WebsiteTrouble, security, "trouble", metric.TroubleSecurity)
	}
	if !v.judged {
		return out
	}
	if v.asked || exposed == 1 {
		add(metric.WebsiteTrouble, exposed, "trouble", metric.TroubleExposed)
	}
	for _, s := range []look.Severity{look.Critical, look.Warning, look.Info} {
		add(metric.WebsiteFindings, counts[s], "aspect", Aspect, "severity", string(s))
	}
	add(metric.WebsiteGrade, float64(slices.Index(grades, v.web.Grade)))
	return out
}

// judgeChain adds what package certificate says.
func (v *visit) judgeChain(s session) {
	c, findings := certificate.Judge(s.chain, v.secure.Hostname(), v.o.Probe.Roots, v.now)
	c.Protocol = versionName(s.version)
	v.web.Certificate = &c
	v.web.Findings = append(v.web.Findings, findings...)
}

// sameSite reports whether two hosts are of one owner, as browsers see it: names
// below the same registered domain, or the same address.
func sameSite(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	if _, err := netip.ParseAddr(a); err == nil {
		return false
	}
	one, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(a))
	if err != nil {
		return false
	}
	other, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(b))
	return err == nil && one == other
}

// hostPort is the part of a URL that names the server; an empty port is left out.
func hostPort(host, port string) string {
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// mask writes a URL without user name and password.
func mask(u *url.URL) string {
	plain := *u
	if plain.User != nil {
		plain.User = nil
	}
	return plain.String()
}

// randomName is a name that no website has.
func randomName() string { return "budi-" + strings.ToLower(rand.Text()[:16]) }
