package content

import (
	"context"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// Aspect is the label "aspect" of what this package counts.
const Aspect = "content"

// Timeout is how long a look takes at most, whatever the website does.
const Timeout = 40 * time.Second

const (
	maxRedirects = 10
	staleAfter   = 60 * 24 * time.Hour // of the newest date on a page
)

// Fetch reads the page at an address; target is the address as it may be shown. The
// Snapshot is nil when there is no page to judge: the website is down, answers an
// error, or shows a file. That it is down is not this package's to tell, so there is
// no sample of it. Otherwise Judge completes the Result.
func Fetch(ctx context.Context, client *probe.Client, address, target string) (look.Result, *Snapshot) {
	began := time.Now()
	r := look.Result{Target: target, Kind: probe.KindHTTP, Time: began, Outcome: look.OK}
	a, problem := client.Get(ctx, probe.Fetch{URL: address, Redirects: maxRedirects})
	r.Duration = time.Since(began)
	switch {
	case problem != nil:
		r.Outcome, r.Problem = probe.Codes()[problem.Code], problem
	case !Judgeable(a.Status, a.Header.Get("Content-Type")):
		r.Outcome = look.Failed
		r.Problem = &look.Problem{Code: probe.CodeUnexpectedStatus, Args: map[string]string{"status": strconv.Itoa(a.Status), "expected": "200 text/html"}}
	}
	if r.Problem != nil {
		if r.Outcome == look.Unknown {
			r.Samples = []look.Sample{{Name: metric.LookUnknown, Value: 1}}
		}
		return r, nil
	}
	t, err := probe.ParseTarget(address)
	if err != nil {
		t.Host = a.URL.Hostname() // it was asked for, so it could be read
	}
	s := Read(a.URL, t.Host, a.Header.Get("Content-Type"), a.Body)
	r.Web = &look.Web{Redirects: a.Hops, Page: s.page()}
	return r, &s
}

// Judge holds a page that Fetch read against what was approved, as Compare does, and
// adds to its Result what is to be thought of it.
func Judge(r *look.Result, now Snapshot, approved []Snapshot) Verdict {
	v := Compare(approved, now)
	r.Samples, r.Web.Findings = now.samples(v, r.Time), v.Findings
	if age, ok := now.age(r.Time); ok && age > staleAfter {
		r.Web.Findings = append(r.Web.Findings, look.Finding{Code: CodeStale, Severity: look.Info, Args: map[string]string{"date": now.Newest, "days": strconv.Itoa(int(age / (24 * time.Hour)))}})
	}
	return v
}

// age is how old the newest date on the page is.
func (s Snapshot) age(now time.Time) (time.Duration, bool) {
	newest, err := time.ParseInLocation(time.DateOnly, s.Newest, now.Location())
	return max(0, now.Sub(newest)), err == nil
}

func (s Snapshot) page() *look.Page {
	return &look.Page{
		Title: s.Title, Language: s.Language, Bytes: s.Bytes, Words: s.Words, Newest: s.Newest,
		ScriptHosts: s.HostsOf(RoleScript), FrameHosts: s.HostsOf(RoleFrame), FormHosts: s.HostsOf(RoleForm), LinkHosts: s.HostsOf(RoleLink),
	}
}

func (s Snapshot) samples(v Verdict, now time.Time) []look.Sample {
	trouble := 0.0
	if v.Alarming() {
		trouble = 1
	}
	out := []look.Sample{{Name: metric.LookUnknown}, {Name: metric.WebsiteTrouble, Labels: look.Labels("trouble", metric.TroubleContent), Value: trouble}}
	counts := map[look.Severity]float64{}
	for _, f := range v.Findings {
		counts[f.Severity]++
	}
	for _, severity := range []look.Severity{look.Critical, look.Warning, look.Info} {
		out = append(out, look.Sample{Name: metric.WebsiteFindings, Labels: look.Labels("aspect", Aspect, "severity", string(severity)), Value: counts[severity]})
	}
	out = append(out, look.Sample{Name: metric.WebsiteBytes, Value: float64(s.Bytes)})
	if age, ok := s.age(now); ok {
		out = append(out, look.Sample{Name: metric.WebsiteNewestAge, Value: age.Seconds()})
	}
	return out
}
