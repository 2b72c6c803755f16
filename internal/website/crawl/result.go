package crawl

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// KindCrawl is the Kind of a Result of a crawl.
const KindCrawl = "crawl"

// MaxBroken bounds the list of broken addresses in a Result; what is more is in
// the samples and findings all the same.
const MaxBroken = 1000

// aspect is the label aspect of what a crawl finds.
const aspect = "links"

// Codes of findings.
const (
	codeUnfinished = "links_unfinished"
	codeEndless    = "links_endless"
	codeForbidden  = "links_forbidden"
	codeElsewhere  = "links_elsewhere"
	codeUntold     = "links_untold"
	codeLogin      = "links_login"
	codeBroken     = "links_broken_" // and a Kind
)

// Codes lists the codes of all findings.
func Codes() []string {
	out := []string{codeUnfinished, codeEndless, codeForbidden, codeElsewhere, codeUntold, codeLogin}
	for _, k := range Kinds() {
		out = append(out, codeBroken+string(k))
	}
	return out
}

// Result is what is known so far, as the Result of a look at target. Broken
// links are no fault of the website's answering, so that the outcome is OK when
// the crawl could be made.
func (s *State) Result(target string, now time.Time) look.Result {
	end := s.Ended
	if end.IsZero() {
		end = now
	}
	r := look.Result{Target: target, Kind: KindCrawl, Time: end, Duration: end.Sub(s.Began), Outcome: look.OK, Facts: []look.Fact{}}
	if s.Pages == 0 && s.Paused != WhyFinished {
		return s.unmade(r)
	}
	l := &look.Links{Pages: s.Pages, Finished: s.Finished(), Began: s.Began, Ended: s.Ended, Waiting: s.Over, Skipped: s.Left}
	forbiddenOnes := 0
	for i := range s.All {
		a := &s.All[i]
		switch a.Mark {
		case waiting, beyond:
			l.Waiting++
		case forbidden, endless:
			if l.Skipped++; a.Mark == forbidden {
				forbiddenOnes++
			}
		case fine, broken:
			if l.Checked++; a.Out {
				l.External++
			}
		}
	}
	l.Broken = s.broken()
	by, lasting := map[Kind]int{}, 0
	for _, b := range l.Broken {
		by[Kind(b.Kind)]++
		if Kind(b.Kind) != KindExternal && b.Since.Before(s.Began) {
			lasting++
		}
	}
	total := len(l.Broken)
	l.Broken = l.Broken[:min(total, MaxBroken)]
	findings := s.findings(l, by, forbiddenOnes)
	r.Web = &look.Web{Links: l, Findings: findings}
	add := func(name string, value float64, labels ...string) {
		r.Samples = append(r.Samples, look.Sample{Name: name, Labels: look.Labels(labels...), Value: value})
	}
	add(metric.LinksBroken, float64(total))
	add(metric.LinksChecked, float64(l.Checked))
	add(metric.CrawledPages, float64(l.Pages))
	severities := map[look.Severity]int{}
	for _, f := range findings {
		severities[f.Severity]++
	}
	for _, severity := range []look.Severity{look.Critical, look.Warning, look.Info} {
		add(metric.WebsiteFindings, float64(severities[severity]), "aspect", aspect, "severity", string(severity))
	}
	trouble := 0.0
	if lasting > 0 {
		trouble = 1
	}
	if s.Finished() || lasting > 0 {
		add(metric.WebsiteTrouble, trouble, "trouble", metric.TroubleLinks)
	}
	add(metric.LookUnknown, 0)
	return r
}

// unmade is the Result of a crawl that could not begin.
func (s *State) unmade(r look.Result) look.Result {
	code := cmp.Or(s.Problem, probe.CodeCancelled)
	r.Outcome = probe.Codes()[code]
	r.Problem = &look.Problem{Code: code, Args: map[string]string{"address": s.Start, "name": s.Start, "seconds": strconv.Itoa(int(DefaultTimeout / time.Second)), "status": strconv.Itoa(s.All[0].Status)}}
	if r.Outcome == look.Unknown {
		r.Samples = []look.Sample{{Name: metric.LookUnknown, Value: 1}}
	}
	return r
}

// broken lists what does not work: the website's own first, then what stands on
// most pages.
func (s *State) broken() []look.Broken {
	out := []look.Broken{}
	for i := range s.All {
		a := &s.All[i]
		if a.Mark != broken {
			continue
		}
		b := look.Broken{URL: a.URL, Code: a.Code, Kind: string(a.Kind), On: []string{}, Times: a.Times, Since: moment(s.since(a))}
		if a.Code == probe.CodeUnexpectedStatus {
			b.Status = a.Status
		}
		for _, on := range a.On {
			b.On = append(b.On, s.All[on].URL)
		}
		out = append(out, b)
	}
	kinds := Kinds()
	slices.SortStableFunc(out, func(a, b look.Broken) int {
		return cmp.Or(slices.Index(kinds, Kind(a.Kind))-slices.Index(kinds, Kind(b.Kind)), b.Times-a.Times, cmp.Compare(a.URL, b.URL))
	})
	return out
}

// findings sums up: one for each kind, not one for each address.
func (s *State) findings(l *look.Links, by map[Kind]int, forbiddenOnes int) []look.Finding {
	out := []look.Finding{}
	number := func(name string, n int) map[string]string { return map[string]string{name: strconv.Itoa(n)} }
	for _, k := range Kinds() {
		if by[k] == 0 {
			continue
		}
		severity := look.Warning
		if k == KindExternal || k == KindImage {
			severity = look.Info
		}
		out = append(out, look.Finding{Code: codeBroken + string(k), Severity: severity, Args: number("count", by[k])})
	}
	if l.Waiting > 0 {
		out = append(out, look.Finding{Code: codeUnfinished, Severity: look.Info, Args: number("count", l.Waiting)})
	}
	if s.Endless > 0 {
		f := look.Finding{Code: codeEndless, Severity: look.Info, Args: number("count", s.Endless)}
		if len(s.EndlessAt) > 0 {
			f.Detail = look.Clip(s.EndlessAt[0], look.MaxDetail)
		}
		out = append(out, f)
	}
	if s.Nowhere != nil && s.Nowhere.Blind {
		out = append(out, look.Finding{Code: codeUntold, Severity: look.Info})
	}
	switch {
	case l.Pages > 0:
	case forbiddenOnes > 0:
		out = append(out, look.Finding{Code: codeForbidden, Severity: look.Warning})
	case s.All[0].Status == http.StatusUnauthorized || s.All[0].Status == http.StatusProxyAuthRequired:
		out = append(out, look.Finding{Code: codeLogin, Severity: look.Warning})
	default:
		out = append(out, look.Finding{Code: codeElsewhere, Severity: look.Warning})
	}
	look.SortFindings(out)
	return out
}
