package simulate

import (
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Habit says when things are usually switched on.
type Habit struct {
	Things Names   `yaml:"things"`
	On     string  `yaml:"on"`     // 07:45-16:10
	Days   string  `yaml:"days"`   // as in every; default: working days
	Jitter *Span   `yaml:"jitter"` // scattered over so long, on and off alike; default: defaultJitter
	Share  float64 `yaml:"share"`  // of them on one day; default: all
}

// defaultJitter is over how long people come and go where nobody says otherwise:
// they do not do it all at one moment.
const defaultJitter = 20 * time.Minute

// validateHabits makes plans of habits: one each day for on and one for off.
func (s *Scenario) validateHabits(r *strictyaml.Report) {
	for i := range s.Habits {
		h := &s.Habits[i]
		at := r.Index(i)
		ids := s.pickAll(at, "things", h.Things)
		if h.Things == nil {
			at.Missing("things", "say what is switched on and off, for example things: pc-*")
		}
		begin, end, ok := strings.Cut(h.On, "-")
		if !ok {
			at.Bad("on", h.On, `write from when to when, for example on: "07:45-16:10"`)
			continue
		}
		midnight, _ := local(s.from.Year(), s.from.Month(), s.from.Day(), 0, 0, 0, s.zone)
		from, err1 := Moment(strings.TrimSpace(begin)).resolve(midnight, s.zone)
		to, err2 := Moment(strings.TrimSpace(end)).resolve(midnight, s.zone)
		if err1 != nil || err2 != nil || !to.After(from) || to.Sub(from) >= 24*time.Hour {
			at.Bad("on", h.On, `write from when to when of one day, for example on: "07:45-16:10"`)
			continue
		}
		day, err := s.workingDay, error(nil)
		if h.Days != "" {
			if day, err = s.days(h.Days); err != nil {
				at.Bad("days", h.Days, err.Error())
				continue
			}
		}
		if h.Share < 0 || h.Share > 1 {
			at.Bad("share", h.Share, "write a number from 0 to 1; 0.9 are nine of ten")
		}
		s.habits = append(s.habits, habit{ids: ids, from: from, to: to, day: day})
		n := -1 - i
		e := &Event{Jitter: Span(span(h.Jitter, defaultJitter))}
		s.plans = append(s.plans,
			plan{event: n, at: from, repeat: &repeat{day: day}, do: func(w *world, now time.Time) {
				e := *e
				if h.Share > 0 {
					e.Pick = max(int(h.Share*float64(len(ids))+0.5), 1)
				}
				for _, t := range s.targets(&e, n, ids, now) {
					w.in(now, t.later, func(now time.Time) { w.setUp(t.id, now) })
				}
			}},
			plan{event: n, at: to, repeat: &repeat{day: day}, do: func(w *world, now time.Time) {
				for _, t := range s.targets(e, n, ids, now) {
					w.in(now, t.later, func(now time.Time) { w.setDown(t.id, now, nil) })
				}
			}})
	}
}

// habit is what is on at the beginning of a scenario and what is not.
type habit struct {
	ids      []topology.ID
	from, to time.Time // of the first day
	day      func(time.Time) bool
}

// off lists the things that their habits have switched off at the beginning.
func (h habit) off(begin time.Time) []topology.ID {
	if h.day(begin) && !begin.Before(h.from) && begin.Before(h.to) {
		return nil
	}
	return h.ids
}
