package digest

import (
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Config is the section digest of the configuration.
type Config struct {
	At    string `yaml:"at"`    // 07:30: the hour of whoever has none of their own
	Off   bool   `yaml:"off"`   // no digests; summaries of months have a switch of their own
	Month bool   `yaml:"month"` // on the first working day
}

// DefaultConfig is what holds where a configuration says nothing.
func DefaultConfig() Config { return Config{At: Usual.String(), Month: true} }

// Usual is the hour of digests where nobody says another.
const Usual = calendar.Clock(7*60 + 30)

// Validate reports what is wrong.
func (c Config) Validate(r *strictyaml.Report) {
	if _, err := calendar.ParseClock(c.At); err != nil {
		r.Bad("at", c.At, err.Error())
	}
}

// on is the moment that a clock shows on the day of t in its zone. An hour that
// the clock leaves out in spring is the one after it.
func on(c calendar.Clock, t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), int(c)/60, int(c)%60, 0, 0, t.Location())
}

// Reader is a contact who gets digests.
type Reader struct {
	Contact string
	Sites   []string // whose faults they are told; empty: all
	At      calendar.Clock
	Morning bool // wants the digest
	Monthly bool // wants the month's summary

	// Unsent says that the last digest has not gone out yet: the next one takes
	// its place and tells what it would have told.
	Unsent bool
}

// Calendar knows who works when.
type Calendar interface {
	// WorkingDay reports whether people of a site work on the day of t; of an
	// empty site: of the whole institution.
	WorkingDay(site string, t time.Time) bool
}

// State is what was made so far, by contact. It is a value: Note makes a new
// one.
type State map[string]Last

// Last is what was made last for one contact.
type Last struct {
	Day   string    `json:"day,omitempty"`   // of the digest, 2006-01-02
	From  time.Time `json:"from,omitzero"`   // it told of what happened from then
	To    time.Time `json:"to,omitzero"`     // to then
	Month string    `json:"month,omitempty"` // that was summed up, 2006-01
}

// Due is a digest or summary that is to be made.
type Due struct {
	Kind   incident.Kind
	Reader Reader
	Day    string // 2006-01-02, of the morning
	From   time.Time
	To     time.Time
}

// Bounds of what is due.
const (
	noon      = calendar.Clock(12 * 60) // a collector that was off in the morning makes it up until then
	patience  = time.Hour               // for those whose hour is close to noon, or after it
	prompt    = 5 * time.Minute         // for those who were never told: a new collector makes nothing up
	mostBack  = 14 * 24 * time.Hour
	dayForm   = "2006-01-02"
	monthForm = "2006-01"
)

// When says what is due at the moment now, in the zone of now. Nothing is due
// twice when the caller notes each with Note. The order is that of the readers,
// the digest before the summary.
func When(state State, now time.Time, days Calendar, readers []Reader) []Due {
	var out []Due
	day := now.Format(dayForm)
	for _, r := range readers {
		at := on(r.At, now)
		latest := on(noon, now)
		if !latest.After(at.Add(patience)) {
			latest = at.Add(patience)
		}
		last, told := state[r.Contact]
		if !told {
			latest = at.Add(prompt) // nothing was missed: they are new
		}
		if now.Before(at) || !now.Before(latest) || !works(days, r, now) {
			continue
		}
		if r.Morning && last.Day != day {
			d := Due{Kind: Morning, Reader: r, Day: day, From: last.To, To: now}
			if r.Unsent {
				d.From = last.From
			}
			switch {
			case d.From.IsZero() || d.From.After(now):
				d.From = now.Add(-24 * time.Hour)
			case now.Sub(d.From) > mostBack:
				d.From = now.Add(-mostBack)
			}
			out = append(out, d)
		}
		// A month is summed up with its first working morning, or the next one at
		// which the collector runs. Who was told nothing before it has no use for
		// a summary of a time when nobody watched.
		first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
		month := first.AddDate(0, -1, 0)
		known := !r.Morning || last.Month != "" || last.Day != "" && last.Day < first.Format(dayForm)
		if r.Monthly && known && last.Month < month.Format(monthForm) {
			out = append(out, Due{Kind: Monthly, Reader: r, Day: day, From: month, To: first})
		}
	}
	return out
}

// works reports whether people of any of the reader's sites work on the day.
func works(c Calendar, r Reader, t time.Time) bool {
	if len(r.Sites) == 0 {
		return c.WorkingDay("", t)
	}
	return slices.ContainsFunc(r.Sites, func(site string) bool { return c.WorkingDay(site, t) })
}

// Next is when to ask When again at the latest, after the moment now: the next
// hour of a reader. Zero: there are no readers.
func Next(now time.Time, readers []Reader) time.Time {
	var next time.Time
	for _, r := range readers {
		at := on(r.At, now)
		if !at.After(now) {
			at = on(r.At, now.AddDate(0, 0, 1))
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// Note returns the state after something that was due was made.
func (s State) Note(d Due) State {
	out := make(State, len(s)+1)
	maps.Copy(out, s)
	last := out[d.Reader.Contact]
	switch d.Kind {
	case Monthly:
		last.Month = d.From.Format(monthForm)
	default:
		last.Day, last.From, last.To = d.Day, d.From, d.To
	}
	out[d.Reader.Contact] = last
	return out
}
