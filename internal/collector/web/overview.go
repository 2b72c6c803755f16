package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/access"
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

// incidentBody is what the incident's template gets.
type incidentBody struct {
	Incident incident.Incident
	Story    []event
	Labels   []look.Label
	Runbook  string // name of the page; "" when there is none
	MayAct   bool
}

func (s *server) incident(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	page, err := s.View.Incident(r.Context(), id)
	if err != nil {
		return fmt.Errorf("read incident %d: %w", id, err)
	}
	p := s.page(r)
	p.Title = p.Subject(page.Incident)
	s.render(w, r, http.StatusOK, "incident.html", p, incidentBody{
		Incident: page.Incident, Story: p.story(page), Labels: labelsOf(page.Incident), Runbook: s.runbookOf(page.Incident),
		MayAct: p.Me != nil && p.Me.Role.Allows(access.Operator) && page.Incident.State != incident.Closed,
	})
	return nil
}

func labelsOf(inc incident.Incident) []look.Label {
	var out []look.Label
	for name, value := range inc.Labels {
		out = append(out, look.Label{Name: name, Value: value})
	}
	slices.SortFunc(out, func(a, b look.Label) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func incidentID(r *http.Request) (incident.ID, error) {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || n == 0 {
		return 0, ErrNotFound
	}
	return incident.ID(n), nil
}

func (s *server) acknowledge(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "incident.acknowledge", s.Actions.Acknowledge)
}

func (s *server) close(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "incident.close", s.Actions.Close)
}

// errForm says that a form was not filled in by our page.
var errForm = errors.New("the form cannot be read")

// readForm reads a form's fields; a too large one is an *http.MaxBytesError.
func readForm(r *http.Request) error {
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	if err != nil && !errors.As(err, &tooLarge) {
		return errForm
	}
	return err
}

// act does something to an incident in the name of who is logged in.
func (s *server) act(w http.ResponseWriter, r *http.Request, action string, do func(ctx context.Context, id incident.ID, by, comment string) error) error {
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	comment := clipRunes(strings.TrimSpace(r.PostForm.Get("comment")), maxComment)
	me, _ := access.FromContext(r.Context())
	if err := do(r.Context(), id, me.Name, comment); err != nil {
		return fmt.Errorf("%s %d: %w", action, id, err)
	}
	s.audit(r, me.Actor(), action, id, comment)
	http.Redirect(w, r, fmt.Sprintf("/incidents/%d", id), http.StatusSeeOther)
	return nil
}

// audit records a change that is made already: it stays made although the
// record fails.
func (s *server) audit(r *http.Request, actor, action string, id incident.ID, comment string) {
	entry := access.Entry{Actor: actor, Action: action, Object: fmt.Sprintf("incident %d", id), Detail: comment}
	if err := s.Access.Audit(r.Context(), entry); err != nil {
		s.log.Error("record who changed what", "actor", actor, "action", action, "incident", id, "err", err)
	}
}

func clipRunes(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit])
}

// runbookOf names the runbook page of an incident, if there is one.
func (s *server) runbookOf(inc incident.Incident) string {
	name := inc.Annotations["runbook"]
	if s.Runbooks == nil || !runbookName.MatchString(name) {
		return ""
	}
	if _, err := fs.Stat(s.Runbooks, name+".md"); err != nil {
		return ""
	}
	return name
}
