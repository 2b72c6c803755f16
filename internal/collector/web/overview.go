package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/look"
)

// overviewBody is what the first page's template gets.
type overviewBody struct {
	Overview
	Tone       string              // of the headline
	Faults     []urgent            // open, and known to be there or just over, by urgency
	Unknown    []incident.Incident // open, nobody knows
	Holding    []incident.Incident // seen, not told
	Symptoms   []incident.Incident // explained by another fault: not told
	Because    map[incident.ID][]Reference
	Explains   map[incident.ID]string // what a fault explains, counted
	Hidden     int                    // incidents that found no room
	Unwell     []Check                // checks that are not well
	UnwellMore int
	Well       int      // how many are
	Ahead      []Coming // by date
	Mended     []incident.Incident
	FirstRun   bool        // nothing is watched yet but the collector's own computer
	OtherMore  int         // sites that found no room
	Left       []guideStep // of the first-run guide, that the reader can do
}

// urgent are the faults of one severity.
type urgent struct {
	Severity incident.Severity
	Count    int
	Full     []incident.Incident // told with why and what to do
	Briefly  []incident.Incident // the others
}

// How much of a bad day finds room on the first page.
const (
	maxFull    = 20 // incidents of a kind that are told in full
	maxBriefly = 40 // others, and lines of other lists
)

func (s *server) overview(w http.ResponseWriter, r *http.Request) error {
	o, err := s.View.Overview(r.Context())
	if err != nil {
		return fmt.Errorf("gather the overview: %w", err)
	}
	now := s.Now()
	b := overviewBody{Overview: o, Mended: mended(o.Recent, now)}
	b.Mended = b.Mended[:min(len(b.Mended), maxBriefly)]
	faults := 0
	for _, inc := range slices.SortedFunc(slices.Values(o.Incidents), byUrgency) {
		list := &b.Unknown
		switch {
		case inc.State == incident.Closed:
			continue
		case len(inc.Because) > 0:
			list = &b.Symptoms
		case inc.Evidence == incident.Unknown:
		case inc.State == incident.Holding:
			list = &b.Holding
		default:
			b.add(inc, faults)
			faults++
			continue
		}
		if len(*list) >= maxFull {
			b.Hidden++
			continue
		}
		*list = append(*list, inc)
	}
	b.Unwell, b.Well = unwell(o.Checks, now)
	b.UnwellMore = max(0, len(b.Unwell)-maxBriefly)
	b.Unwell = b.Unwell[:len(b.Unwell)-b.UnwellMore]
	b.Ahead = slices.SortedStableFunc(slices.Values(o.Coming), func(a, b Coming) int {
		return cmp.Or(a.day().Compare(b.day()), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Item, b.Item))
	})
	b.Ahead = b.Ahead[:min(len(b.Ahead), maxComing)]
	b.Sites = o.Sites[:min(len(o.Sites), maxBriefly)]
	b.OtherMore = len(o.Sites) - len(b.Sites)
	devices := 0
	for _, site := range o.Sites {
		devices += site.Devices
	}
	b.FirstRun = devices <= 1 && len(o.Checks) == 0 && len(o.Incidents) == 0

	p := s.page(r)
	known := byID(o.Incidents)
	b.Because, b.Explains = p.allExplained(b.Symptoms, known), p.explains(o.Incidents)
	if b.Left, err = s.stepsLeft(r, p); err != nil {
		return err
	}
	p.live(r)
	switch {
	case faults > 0:
		b.Tone = "warn"
		if len(b.Faults) > 0 && b.Faults[0].Severity == incident.Critical {
			b.Tone = "bad"
		}
		p.Title = p.N("web.overview.faults", faults)
	case len(b.Unknown)+len(b.Holding) > 0 || b.LineDown:
		b.Tone, p.Title = "unknown", p.T("web.overview.unsure")
	default:
		b.Tone, p.Title = "good", p.T("web.overview.well")
	}
	s.render(w, r, http.StatusOK, "overview.html", p, b)
	return nil
}

// unwell picks the checks that are not well, and counts the others.
func unwell(checks []Check, now time.Time) (bad []Check, well int) {
	for _, c := range checks {
		if c.Outcome() == look.OK && !c.Stale(now) {
			well++
			continue
		}
		bad = append(bad, c)
	}
	return bad, well
}

func sortUrgent(incidents []incident.Incident) { slices.SortFunc(incidents, byUrgency) }

// day is when something comes; what can be done at any time comes last.
func (c Coming) day() time.Time {
	if c.At.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return c.At
}

// add puts a fault with the others of its severity; the most urgent comes
// first. before is how many faults were added already.
func (b *overviewBody) add(inc incident.Incident, before int) {
	severity := inc.Severity
	if severity != incident.Critical && severity != incident.Info {
		severity = incident.Warning // as it is shown
	}
	if n := len(b.Faults); n == 0 || b.Faults[n-1].Severity != severity {
		b.Faults = append(b.Faults, urgent{Severity: severity})
	}
	last := &b.Faults[len(b.Faults)-1]
	last.Count++
	switch {
	case before < maxFull:
		last.Full = append(last.Full, inc)
	case before < maxFull+maxBriefly:
		last.Briefly = append(last.Briefly, inc)
	default:
		b.Hidden++
	}
}

// samplesBody is what the template of the newest values gets.
type samplesBody struct {
	SamplesPage
	Filter string
}

func (s *server) samples(w http.ResponseWriter, r *http.Request) error {
	filter := clip(strings.TrimSpace(r.URL.Query().Get("q")), MaxFilter)
	page, err := s.View.Samples(r.Context(), filter)
	if err != nil {
		return fmt.Errorf("gather samples: %w", err)
	}
	page.Samples = page.Samples[:min(len(page.Samples), MaxSamples)]
	p := s.page(r)
	p.Title = p.T("web.page.samples")
	s.render(w, r, http.StatusOK, "samples.html", p, samplesBody{page, filter})
	return nil
}

// Outcome is a check's newest outcome; "" before the first look.
func (c Check) Outcome() look.Outcome {
	if c.Result == nil {
		return ""
	}
	return c.Result.Outcome
}

// Stale reports whether the newest look is so old that looking itself must be
// in trouble.
func (c Check) Stale(now time.Time) bool {
	return c.Result != nil && c.Interval > 0 && now.Sub(c.Result.Time) > 3*c.Interval+time.Minute
}

// CertificateDays is how many whole days the certificate is still valid.
func (c Check) CertificateDays(now time.Time) int {
	left := c.CertificateEnds.Sub(now)
	if left < 0 {
		return -1
	}
	return int(left / (24 * time.Hour))
}
