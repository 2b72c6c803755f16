package web

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// Leads reports whether the reader may open the page at a path.
func (p *page) Leads(path string) bool { return p.opens(path) }

// SeverityBadge is the badge of a severity.
func (w words) SeverityBadge(s incident.Severity) badge {
	return w.Urgency(incident.Incident{Severity: s})
}

// UnsureText says why nobody knows.
func (w words) UnsureText(u Unsure) string { return w.T("web.unsure." + string(u)) }

// ComingText says what is coming.
func (w words) ComingText(c Coming) string {
	key := "web.coming." + c.Kind
	if c.Count > 0 {
		return w.N(key, c.Count)
	}
	return w.T(key, "Name", w.Brief(c.Name), "Item", w.Brief(c.Item))
}

// SiteBadge tells how a site is.
func (w words) SiteBadge(s SiteLine) badge {
	switch {
	case s.Wrong > 0:
		return badge{"bad", "✕", w.N("web.overview.faults", s.Wrong)}
	case s.Unknown > 0:
		return badge{"unknown", "?", w.N("web.today.unknown", s.Unknown)}
	default:
		return badge{"good", "✓", w.T("web.today.well")}
	}
}

// Day writes the day of a moment.
func (w words) Day(t time.Time) string { return t.In(w.loc).Format(time.DateOnly) }

// Till writes how long it is to a moment, or how long ago it was.
func (w words) Till(t time.Time) string {
	if left := t.Sub(w.now); left > 0 {
		return w.T("web.till", "Length", w.Length(left))
	}
	return w.T("web.ago", "Length", w.Since(t))
}
