package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// maxAckLength bounds for how long an acknowledgement is given, unless it holds
// until the fault is over.
const maxAckLength = 366 * 24 * time.Hour

// AckEnds lists until when somebody may say to look after a fault; "" is until
// it is over. Another moment is typed.
func (w words) AckEnds() []option {
	tomorrow, monday := w.tomorrow(w.now), w.monday(w.now)
	out := []option{{"", w.T("web.ack.for_over")}, {"tomorrow", w.T("web.ack.for_tomorrow")}}
	if !monday.Equal(tomorrow) {
		out = append(out, option{"monday", w.T("web.ack.for_monday")})
	}
	return out
}

// monday is seven in the morning of the Monday after a moment.
func (w words) monday(from time.Time) time.Time {
	next := w.tomorrow(from)
	for next.Weekday() != time.Monday {
		next = w.tomorrow(next)
	}
	return next
}

// ackUntil reads until when an acknowledgement holds from the fields "ack_for",
// which is one of AckEnds or "own", and "ack_until". Zero is until the fault is
// over.
func (w words) ackUntil(f *form) time.Time {
	var until time.Time
	switch f.Values.Get("ack_for") {
	case "":
		return until
	case "tomorrow":
		return w.tomorrow(w.now)
	case "monday":
		return w.monday(w.now)
	case "own":
		until = w.typedTime(f, "ack_until")
	default:
		f.Refuse("ack_until", w.T("web.silence.bad_time"))
	}
	switch {
	case !f.OK():
	case !until.After(w.now):
		f.Refuse("ack_until", w.T("web.ack.past"))
	case until.Sub(w.now) > maxAckLength:
		f.Refuse("ack_until", w.T("web.ack.too_long"))
	}
	return until
}

// shownForm is a form for a shared template.
type shownForm struct {
	words
	Form form
}

// WithForm gives a form to a shared template.
func (w words) WithForm(f form) shownForm { return shownForm{w, f} }

// Ack says who looks after a fault, since when and until when.
func (w words) Ack(a incident.Ack) string {
	if a.Until.IsZero() {
		return w.T("web.ack.done", "By", w.Brief(a.By), "Time", w.Time(a.At))
	}
	return w.T("web.ack.done_until", "By", w.Brief(a.By), "Time", w.Time(a.At), "Until", w.Time(a.Until))
}

// acknowledged is what came of an acknowledgement.
type acknowledged int

const (
	ackSame   acknowledged = iota // it says what is known already
	ackJoined                     // somebody looks after it already: noted, and it holds the longer of the two times
	ackFirst
)

// acknowledgeOne acknowledges an incident in the name of by. It fails with
// incident.ErrNotOpen.
func (s *server) acknowledgeOne(r *http.Request, id incident.ID, actor, by, comment string, until time.Time) (acknowledged, error) {
	page, err := s.Incidents.Incident(r.Context(), id)
	if err != nil {
		return ackSame, err
	}
	have := page.Incident.Acked
	switch {
	case page.Incident.State == incident.Closed:
		return ackSame, incident.ErrNotOpen
	case have != nil && have.By == by && (have.Until.Equal(until) || have.Until.IsZero()):
		return ackSame, nil
	}
	if err := s.IncidentsActions.Acknowledge(r.Context(), id, by, comment, until); err != nil {
		return ackSame, err
	}
	var before any
	did := ackFirst
	if have != nil {
		before, did = s.looksAfter(r, *have), ackJoined
	}
	s.audit(r, actor, "incident.acknowledge", id, comment, before, s.looksAfter(r, incident.Ack{By: by, Until: until}))
	return did, nil
}

// looksAfter is an acknowledgement in the audit record.
type looksAfter struct {
	By    string `json:"acknowledged"`
	Until string `json:"acknowledged_until,omitempty"`
}

func (s *server) looksAfter(r *http.Request, a incident.Ack) looksAfter {
	out := looksAfter{By: a.By}
	if !a.Until.IsZero() {
		out.Until = s.page(r).Machine(a.Until)
	}
	return out
}

// ackFields keeps what was typed of an acknowledgement.
func ackFields(r *http.Request) form {
	f := form{Values: url.Values{}}
	for _, name := range []string{"comment", "ack_for", "ack_until"} {
		f.Values.Set(name, clipRunes(r.PostForm.Get(name), maxComment))
	}
	return f
}

// mayActOn reports whether the reader may do something about an incident.
func (p *page) mayActOn(inc incident.Incident) bool {
	return p.may(access.Operator) && (len(p.Me.Sites) == 0 || slices.Contains(p.Me.Sites, inc.Labels["site"]))
}

// overAlready reports whether an incident ended before somebody could say
// something about it.
func overAlready(err error) bool { return errors.Is(err, incident.ErrNotOpen) }
