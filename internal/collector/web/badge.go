package web

import (
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/look"
)

// badge is a word with a sign and a colour: no state is told by colour alone.
type badge struct {
	Tone string // a class of the style sheet: good, bad, warn, info, unknown
	Sign string // one character, decoration for the eye
	Word string
}

// shown is an incident together with the words for it, for templates that
// several pages use.
type shown struct {
	words
	Incident incident.Incident
	Explains string // what it explains, counted; "": nothing
}

// With gives an incident to a shared template.
func (w words) With(inc incident.Incident) shown { return shown{words: w, Incident: inc} }

// WithExplained is With for an incident that explains others.
func (w words) WithExplained(inc incident.Incident, explains string) shown {
	return shown{w, inc, explains}
}

// Urgency is the badge of an incident's severity.
func (w words) Urgency(inc incident.Incident) badge {
	switch inc.Severity {
	case incident.Critical:
		return badge{"bad", "✕", w.T("severity.critical")}
	case incident.Info:
		return badge{"info", "i", w.T("severity.info")}
	default:
		return badge{"warn", "!", w.T("severity.warning")}
	}
}

// Standing is the badge of where an incident stands.
func (w words) Standing(inc incident.Incident) badge {
	switch {
	case inc.State == incident.Closed && inc.EndReason != incident.Expired:
		return badge{"good", "✓", w.T("web.state.closed")}
	case inc.State == incident.Closed, inc.Evidence == incident.Unknown:
		return badge{"unknown", "?", w.T("web.state.unknown")}
	case inc.State == incident.Holding:
		return badge{"unknown", "…", w.T("web.state.holding")}
	default:
		return badge{"plain", "•", w.T("web.state.open")}
	}
}

// OutcomeBadge is the badge of how a check's look ended.
func (w words) OutcomeBadge(o look.Outcome) badge {
	switch o {
	case look.OK:
		return badge{"good", "✓", w.T("outcome.ok")}
	case look.Failed:
		return badge{"bad", "!", w.T("outcome.failed")}
	case look.Unreachable:
		return badge{"bad", "✕", w.T("outcome.unreachable")}
	case look.Unknown:
		return badge{"unknown", "?", w.T("outcome.unknown")}
	default:
		return badge{"unknown", "…", w.T("web.check.first")}
	}
}

// PlaceBadge is the badge of what a place says of a check.
func (w words) PlaceBadge(p CheckPlace) badge {
	switch p.Word {
	case "up":
		return badge{"good", "✓", w.T("vantage.word.up")}
	case "down":
		return badge{"bad", "✕", w.T("vantage.word.down")}
	default:
		return badge{"unknown", "?", w.known("vantage.word.", p.Word)}
	}
}

// PlacesSay sums up from where a check is seen how.
func (w words) PlacesSay(phrase string) string {
	if phrase == "" {
		return ""
	}
	return w.known("vantage.phrase.", phrase)
}

// ToneSign is the sign that goes with a tone.
func (words) ToneSign(tone string) string {
	switch tone {
	case "good":
		return "✓"
	case "bad":
		return "✕"
	case "warn":
		return "!"
	case "unknown":
		return "?"
	default:
		return "•"
	}
}
