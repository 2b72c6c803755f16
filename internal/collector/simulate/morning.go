package simulate

import (
	"cmp"
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/duty"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Digest asks for digests of working mornings.
type Digest struct {
	At    string `yaml:"at"`    // of whoever has no time of their own; 07:30
	Month bool   `yaml:"month"` // and for summaries of months
}

func (s *Scenario) validateDigest(r *strictyaml.Report) {
	if s.Digest == nil {
		return
	}
	s.Digest.At = cmp.Or(s.Digest.At, digest.DefaultConfig().At)
	if _, err := calendar.ParseClock(s.Digest.At); err != nil {
		r.Bad("at", s.Digest.At, err.Error())
	}
}

// readers are those who get digests.
func (w *world) readers() []digest.Reader {
	if w.s.Digest == nil {
		return nil
	}
	usual, _ := calendar.ParseClock(w.s.Digest.At) // validateDigest has told
	var out []digest.Reader
	for _, c := range w.s.Contacts {
		r := digest.Reader{Contact: c.Name, Sites: c.Sites, At: usual, Monthly: w.s.Digest.Month, Morning: true}
		if c.Terms.Digest != "" {
			at, wanted := c.Terms.Digest.At()
			r.Morning, r.At = wanted, at
		}
		r.Unsent = w.outbox.DigestWaits(c.Name, digest.Morning)
		out = append(out, r)
	}
	return out
}

// digests makes the digests and summaries that are due.
func (w *world) digests(now time.Time) error {
	if w.s.Digest == nil || w.morning.After(now) {
		return nil
	}
	readers := w.readers()
	var facts digest.Facts
	var rows []outbox.Row
	for i, due := range digest.When(w.digested, now, w.s.calendar, readers) {
		if i == 0 {
			facts = w.digestFacts(now)
		}
		rows = append(rows, w.outbox.DigestRow(due.Reader.Contact, digest.Make(due, facts), now))
		w.digested = w.digested.Note(due)
	}
	w.morning = digest.Next(now, readers)
	if err := w.rows.PutRows(rows); err != nil {
		return fmt.Errorf("keep digests: %w", err)
	}
	w.outbox.Add(rows)
	return nil
}

// silentDays is how many working days a device is not switched on until a
// digest says so.
const silentDays = 14

func (w *world) digestFacts(now time.Time) digest.Facts {
	f := digest.Facts{Incidents: w.open(), Watched: map[string]digest.Watched{}}
	for _, inc := range w.ended {
		if now.Sub(inc.Ended) <= digest.Lately {
			f.Incidents = append(f.Incidents, inc)
		}
	}
	w.ended = f.Incidents[len(w.picture.Open):]
	for _, t := range w.s.things {
		n := f.Watched[t.Site]
		if _, check := t.ID.CheckID(); check {
			n.Checks++
		} else if t.ID != topology.Line {
			n.Devices++
		}
		f.Watched[t.Site] = n
	}
	for _, d := range w.tracker.Silent(now, silentDays, duty.Days{Calendar: w.s.calendar}) {
		f.Silent = append(f.Silent, digest.Silent{ID: string(d.ID), Name: d.Name, Site: d.Site, Place: d.Room, Seen: d.Heard, Days: w.workingDaysSince(d.Heard, now)})
	}
	for _, a := range w.s.Calendar.Assessments {
		if from, to := a.In(w.s.zone); to.After(now) && from.Before(now.Add(digest.Ahead)) {
			f.Coming = append(f.Coming, digest.Coming{Kind: digest.Assessment, Name: a.Name, Sites: sitesOf(a.Site), At: from, Until: to})
		}
	}
	for _, o := range w.s.calendar.Occurrences(now, now.Add(digest.Ahead)) {
		f.Coming = append(f.Coming, digest.Coming{Kind: digest.Maintenance, Name: o.Name, At: o.From, Until: o.To})
	}
	return f
}

// workingDaysSince counts the working days after one moment's day and before
// another's.
func (w *world) workingDaysSince(from, now time.Time) int {
	n := 0
	today := calendar.DateAt(now.In(w.s.zone))
	for d := calendar.DateAt(from.In(w.s.zone)).Add(1); d.Before(today); d = d.Add(1) {
		if w.s.calendar.WorkingDay("", d.In(w.s.zone)) {
			n++
		}
	}
	return n
}

// keepEnded remembers what ended, for the digests.
func (w *world) keepEnded(incidents []incident.Incident) {
	if w.s.Digest == nil {
		return
	}
	for _, inc := range incidents {
		if inc.State == incident.Closed {
			w.ended = append(w.ended, inc)
		}
	}
}

// sitesOf is the site of what is coming; none: it is everybody's.
func sitesOf(site string) []string {
	if site == "" {
		return nil
	}
	return []string{site}
}
