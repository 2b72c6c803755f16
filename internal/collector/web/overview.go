package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/look"
)

// refreshSeconds is how often the overview renews itself.
const refreshSeconds = 60

// overviewBody is what the overview's template gets.
type overviewBody struct {
	Overview
	Tone    string              // of the headline
	Faults  []incident.Incident // open, and known to be there or just over
	Unknown []incident.Incident // open, nobody knows
	Holding []incident.Incident // seen, not told
	Hidden  int                 // incidents that found no room
	Filter  string
}

func (s *server) overview(w http.ResponseWriter, r *http.Request) error {
	filter := clip(strings.TrimSpace(r.URL.Query().Get("q")), MaxFilter)
	o, err := s.View.Overview(r.Context(), filter)
	if err != nil {
		return fmt.Errorf("gather the overview: %w", err)
	}
	b := overviewBody{Overview: o, Filter: filter}
	incidents := slices.SortedFunc(slices.Values(o.Incidents), byUrgency)
	for _, inc := range incidents {
		list := &b.Faults
		switch {
		case inc.State == incident.Closed:
			continue
		case inc.Evidence == incident.Unknown:
			list = &b.Unknown
		case inc.State == incident.Holding:
			list = &b.Holding
		}
		if len(*list) >= maxListed {
			b.Hidden++
			continue
		}
		*list = append(*list, inc)
	}
	b.Recent = b.Recent[:min(len(b.Recent), maxRecent)]
	b.Checks = b.Checks[:min(len(b.Checks), maxListed)]
	b.Samples = b.Samples[:min(len(b.Samples), MaxSamples)]

	p := s.page(r)
	p.Refresh = refreshSeconds
	switch {
	case len(b.Faults) > 0:
		b.Tone = "warn"
		if slices.ContainsFunc(b.Faults, func(inc incident.Incident) bool { return inc.Severity == incident.Critical }) {
			b.Tone = "bad"
		}
		p.Title = p.N("web.overview.faults", len(b.Faults)+b.Hidden)
	case len(b.Unknown)+len(b.Holding) > 0 || b.LineDown:
		b.Tone, p.Title = "unknown", p.T("web.overview.unsure")
	default:
		b.Tone, p.Title = "good", p.T("web.overview.well")
	}
	s.render(w, r, http.StatusOK, "overview.html", p, b)
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
