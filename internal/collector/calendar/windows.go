package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Active is an occurrence of a maintenance window.
type Active struct {
	Window
	From time.Time
	To   time.Time // its end; of a window that begins on down: the last moment at which it may begin
}

// Key names the occurrence: the window's ID and when it begins.
func (a Active) Key() string {
	return named(a.ID, a.Name) + "@" + a.From.UTC().Format("20060102T150405Z")
}

// Covers reports whether something that belongs to the window, and that broke
// at the moment down, is under maintenance at t.
func (a Active) Covers(down, t time.Time) bool {
	if !a.OnDown {
		return !t.Before(a.From) && t.Before(a.To)
	}
	return !down.Before(a.From) && down.Before(a.To) && !t.Before(down) && t.Before(a.End(down))
}

// End is when the maintenance is over for something that broke at the moment down.
func (a Active) End(down time.Time) time.Time {
	if a.OnDown {
		return down.Add(a.Duration)
	}
	return a.To
}

// occurrence is one time of a window, in Unix seconds.
type occurrence struct {
	window   int
	from, to int64
	over     int64 // the last moment at which it can matter: later than to for a window that begins on down
}

// rule is a window's times. Occurrences are counted by the clock on the wall
// and become moments afterwards: so a window stays at its hour over both
// changes of the clock, whatever the library thinks of zones.
type rule struct {
	rrule *rrule.RRule // nil: once
}

// parseRule reads a window's rule. What could be made only of other parts of a
// day than its beginning, or what could be never, is refused: the library would
// look for it until the year 9999.
func parseRule(w Window, zone *time.Location) (rule, error) {
	if w.RRule == "" {
		return rule{}, nil
	}
	text := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(w.RRule)), "RRULE:")
	if len(text) > 500 || strings.ContainsAny(text, "\r\n:") {
		return rule{}, fmt.Errorf("write a rule such as FREQ=WEEKLY;BYDAY=SA")
	}
	utc, dateOnly := false, false
	for part := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "FREQ", "INTERVAL", "COUNT", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "WKST":
		case "UNTIL":
			utc, dateOnly = strings.HasSuffix(value, "Z"), len(value) == len("20060102")
		default:
			return rule{}, fmt.Errorf("%s is not known here; use FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTH, BYMONTHDAY, BYSETPOS and WKST", key)
		}
	}
	o, err := rrule.StrToROption(text)
	if err != nil {
		return rule{}, fmt.Errorf("%w; write a rule such as FREQ=WEEKLY;BYDAY=SA", err)
	}
	if !strings.Contains(";"+text, ";FREQ=") || o.Freq > rrule.DAILY {
		return rule{}, fmt.Errorf("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY")
	}
	if err := possible(o); err != nil {
		return rule{}, err
	}
	switch {
	case utc:
		_, offset := o.Until.In(zone).Zone()
		o.Until = o.Until.Add(time.Duration(offset) * time.Second)
	case dateOnly:
		o.Until = o.Until.Add(daySeconds*time.Second - time.Second)
	}
	end := time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC)
	if o.Until.IsZero() || o.Until.After(end) {
		o.Until = end
	}
	o.Dtstart = time.Unix(w.From.wall(zone), 0).UTC()
	r, err := rrule.NewRRule(*o)
	if err != nil {
		return rule{}, fmt.Errorf("read the rule: %w", err)
	}
	if _, ever := r.Iterator()(); !ever {
		return rule{}, fmt.Errorf("by this rule the window never is")
	}
	return rule{r}, nil
}

// possible refuses rules that no day can follow.
func possible(o *rrule.ROption) error {
	if o.Interval > 366 || o.Count > 10_000 {
		return fmt.Errorf("INTERVAL is at most 366 and COUNT at most 10000")
	}
	if len(o.Bysetpos) > 0 && o.Freq != rrule.MONTHLY && o.Freq != rrule.YEARLY {
		return fmt.Errorf("BYSETPOS is for FREQ=MONTHLY and FREQ=YEARLY")
	}
	for _, d := range o.Byweekday {
		if d.N() < -5 || d.N() > 5 {
			return fmt.Errorf("BYDAY counts to 5 at most, for example -1SU for the last Sunday")
		}
	}
	if len(o.Bymonth) > 0 && len(o.Bymonthday) > 0 {
		for _, m := range o.Bymonth {
			for _, d := range o.Bymonthday {
				if m >= 1 && m <= 12 && max(d, -d) <= [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m-1] {
					return nil
				}
			}
		}
		return fmt.Errorf("no month in BYMONTH has a day of BYMONTHDAY")
	}
	return nil
}

// occurrences are those of a window that touch a span of time.
func (c *Calendar) occurrences(i int, from, to int64) []occurrence {
	w := c.config.Maintenance[i]
	first := w.From.wall(c.zone)
	length := int64(0) // by the clock on the wall
	if !w.To.IsZero() {
		length = w.To.wall(c.zone) - first
	}
	seconds := int64(w.Duration / time.Second)
	at := func(wall int64) occurrence {
		o := occurrence{window: i}
		if w.To.IsZero() {
			o.from = instant(c.zone, wall, false)
			o.to = o.from + seconds
		} else {
			o.from, o.to = instant(c.zone, wall, false), instant(c.zone, wall+length, true)
		}
		o.over = o.to
		if w.OnDown {
			o.over += seconds
		}
		return o
	}
	r := c.rules[i]
	if r.rrule == nil {
		o := at(first)
		if w.From.absolute {
			o.from = w.From.seconds
			if w.To.IsZero() {
				o.to = o.from + seconds
			}
		}
		if w.To.absolute {
			o.to = w.To.seconds
		}
		o.over = o.to
		if w.OnDown {
			o.over += seconds
		}
		if o.over <= from || o.from >= to {
			return nil
		}
		return []occurrence{o}
	}
	var out []occurrence
	next := r.rrule.Iterator()
	for t, ok := next(); ok && t.Unix() < to+daySeconds; t, ok = next() {
		if t.Unix()+length+2*seconds < from-daySeconds || slices.Contains(w.Exdates, DateAt(t)) {
			continue
		}
		if o := at(t.Unix()); o.over > from && o.from < to && o.from < o.over {
			out = append(out, o)
		}
	}
	return out
}

// Clash is maintenance during an assessment that it touches.
type Clash struct {
	Window     Window
	Assessment Assessment
	From, To   time.Time // of the window's occurrence
	window     int
}

// String says in English what is wrong and what the ways out are.
func (c Clash) String() string {
	s := fmt.Sprintf("this maintenance (%s to %s) overlaps the assessment %q (%s %s–%s): move it", c.From.Format("2006-01-02 15:04"), c.To.Format("2006-01-02 15:04"),
		c.Assessment.Name, c.Assessment.Date, c.Assessment.From, c.Assessment.To)
	if c.Window.RRule != "" {
		s += fmt.Sprintf(", or leave this occurrence out with exdates: [%s]", DateAt(c.From))
	}
	return s
}

// Clashes are the occurrences of maintenance windows that overlap an assessment
// in its rooms, at most one hundred. What a window touches by its things, only
// who knows the topology can say: touches is asked then, unless it is nil.
func (c *Calendar) Clashes(touches func(Window, Assessment) bool) []Clash {
	if c == nil {
		return nil
	}
	var out []Clash
	for _, a := range c.config.Assessments {
		from, to := wallSpan{a.From, a.To}.in(a.Date, c.zone)
		for _, o := range c.maintenance(c.index(a.Date.Year())).list {
			w := c.config.Maintenance[o.window]
			if o.from >= to || o.over <= from || !w.touches(a) && (touches == nil || !touches(w, a)) {
				continue
			}
			if len(out) >= 100 {
				return out
			}
			out = append(out, Clash{Window: w, Assessment: a, From: c.moment(o.from), To: c.moment(o.to), window: o.window})
		}
	}
	slices.SortStableFunc(out, func(a, b Clash) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.window, b.window)) })
	return out
}

// touches reports whether sites or rooms of a window are those of an assessment.
func (w Window) touches(a Assessment) bool {
	if a.Site == "" && len(w.Sites)+len(w.Rooms) > 0 || slices.Contains(w.Sites, a.Site) {
		return true
	}
	return slices.ContainsFunc(w.Rooms, func(p Place) bool {
		return p.Site == a.Site && (len(a.Rooms) == 0 || slices.Contains(a.Rooms, p.Room))
	})
}
