package web

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
)

// Parts of pages that several templates use get, beside what they show, the
// words to show it with.

type shownAgent struct {
	words
	Agent Agent
}

// WithAgent gives an agent to a shared template.
func (w words) WithAgent(a Agent) shownAgent { return shownAgent{w, a} }

type shownGroup struct {
	words
	Group factGroup
}

// WithGroup gives facts to a shared template.
func (w words) WithGroup(g factGroup) shownGroup { return shownGroup{w, g} }

type shownPager struct {
	words
	pager
}

// Pages gives a pager to a shared template.
func (w words) Pages(p pager) shownPager { return shownPager{w, p} }

// moment is a time, told by how long ago it was.
type moment struct {
	words words
	at    time.Time
}

// At gives a moment to a shared template; zero is none.
func (w words) At(t time.Time) moment { return moment{w, t} }

// IsZero reports whether there is no moment.
func (m moment) IsZero() bool { return m.at.IsZero() }

// Machine writes the moment for the datetime attribute.
func (m moment) Machine() string { return m.words.Machine(m.at) }

// Exact writes the moment to the minute.
func (m moment) Exact() string { return m.words.Time(m.at) }

// Ago writes how long ago the moment was, and beyond a week when it was.
func (m moment) Ago() string {
	if age := m.words.now.Sub(m.at); age > 7*24*time.Hour || age < -time.Minute {
		return m.words.Time(m.at)
	}
	return m.words.T("web.ago", "Length", m.words.Since(m.at))
}

type shownChoice struct {
	words
	Choice siteChoice
}

// WithChoice gives a choice of sites to a shared template.
func (w words) WithChoice(c siteChoice) shownChoice { return shownChoice{w, c} }

type shownMistakes struct {
	words
	Wrong map[string]string
}

// Mistakes gives what is wrong with a form to a shared template.
func (w words) Mistakes(f form) shownMistakes { return shownMistakes{w, f.Wrong} }

type shownSessions struct {
	words
	Sessions []access.SessionInfo
	Path     string // where a form ends one
}

// WithSessions gives sessions to a shared template.
func (w words) WithSessions(sessions []access.SessionInfo, path string) shownSessions {
	return shownSessions{w, sessions, path}
}

// CurrentBadge marks the session that the reader has at this moment.
func (w words) CurrentBadge() badge { return badge{"info", "✓", w.T("web.sessions.current")} }

type shownAttempt struct {
	words
	Attempt *attempt
}

// WithAttempt gives a look to a shared template.
func (w words) WithAttempt(a *attempt) shownAttempt { return shownAttempt{w, a} }

// shownCertificate is how long a certificate is still valid.
type shownCertificate struct {
	words
	Days int // whole days; negative: it has expired
}

// CertificateOf gives the end of a check's certificate to a shared template.
func (w words) CertificateOf(c Check) shownCertificate { return w.CertificateEnd(c.CertificateEnds) }

// CertificateEnd gives the end of a certificate to a shared template.
func (w words) CertificateEnd(ends time.Time) shownCertificate {
	return shownCertificate{w, Check{CertificateEnds: ends}.CertificateDays(w.now)}
}
