package collector

import (
	"errors"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// calendar is the calendar in use. It is never nil once the collector runs.
func (c *Collector) calendar() *calendar.Calendar {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.config.cal
}

// addCalendar lays the entries of the console beside the file's. An entry of the
// file wins over one with the same ID; one that cannot be beside the file is
// left out.
func (c *Config) addCalendar(entered calendar.Config) {
	entered = entered.InUse()
	declared := map[string]bool{}
	for _, w := range c.Calendar.Maintenance {
		declared[w.ID], declared[w.Name] = true, true
	}
	entered.Maintenance = slices.DeleteFunc(entered.Maintenance, func(w calendar.Window) bool { return declared[w.ID] })
	all, err := calendar.New(c.Calendar.With(entered), c.zone())
	if err == nil {
		c.Calendar, c.cal = all.Config(), all
		return
	}
	// Which one is it? Assessments come first: they are not to be disturbed.
	var single []calendar.Config
	for _, d := range entered.Days {
		single = append(single, calendar.Config{Days: []calendar.SpecialDay{d}})
	}
	for _, a := range entered.Assessments {
		single = append(single, calendar.Config{Assessments: []calendar.Assessment{a}})
	}
	for _, w := range entered.Maintenance {
		single = append(single, calendar.Config{Maintenance: []calendar.Window{w}})
	}
	for _, one := range single {
		next := c.Calendar.With(one)
		if problems := calendarProblems(calendar.ClashesOf(next, c.zone())); len(problems) > 0 {
			c.leftOut = append(c.leftOut, LeftOut{leftOutCalendar, entryID(one), problems})
			continue
		}
		c.Calendar = next
	}
	c.cal, _ = calendar.New(c.Calendar, c.zone()) // each of it was tried
}

// entryID is the ID of the only entry of a Config.
func entryID(c calendar.Config) string {
	for _, d := range c.Days {
		return d.ID
	}
	for _, a := range c.Assessments {
		return a.ID
	}
	for _, w := range c.Maintenance {
		return w.ID
	}
	return ""
}

// calendarProblems says in people's words what is wrong with a calendar.
func calendarProblems(clashes []calendar.Clash, err error) settings.Problems {
	var out settings.Problems
	for _, clash := range clashes[:min(len(clashes), 5)] {
		code := settings.CodeClash
		if clash.Window.RRule != "" {
			code = settings.CodeClashAgain
		}
		out = append(out, settings.New("from", code,
			"From", clash.From.Format("2006-01-02 15:04"), "To", clash.To.Format("15:04"), "Name", clash.Assessment.Name,
			"Day", clash.Assessment.Date.String()+" "+clash.Assessment.From.String()+"–"+clash.Assessment.To.String(),
			"Except", calendar.DateAt(clash.From).String()))
	}
	var wrong strictyaml.Errors
	switch {
	case err == nil:
	case errors.As(err, &wrong):
		for _, p := range wrong[:min(len(wrong), 5)] {
			field := p.Field[strings.LastIndexByte(p.Field, '.')+1:]
			out = append(out, settings.New(field, settings.CodeCalendar, "Want", p.Want))
		}
	default:
		out = append(out, settings.New("", settings.CodeCalendar, "Want", err.Error()))
	}
	return out
}

// touches reports whether what a window is about reaches into the rooms of an
// assessment: things there, or below which there are some.
func touches(graph *topology.Graph) func(calendar.Window, calendar.Assessment) bool {
	return func(w calendar.Window, a calendar.Assessment) bool {
		for _, id := range w.Things {
			if id == topology.Line {
				return true // an assessment is made on the Internet
			}
			for _, at := range append(graph.Below(id), id) {
				if t, ok := graph.Thing(at); ok && a.At(calendar.Place{Site: t.Site, Room: t.Room}) {
					return true
				}
			}
		}
		return false
	}
}
