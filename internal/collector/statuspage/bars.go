package statuspage

import (
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/i18n"
)

// Bounds of what is said about a day, and from when on a day was bad.
const (
	sayUnknown = 10 * time.Minute // shorter than this is not worth a word
	badShare   = 0.05             // of the time of which something is known
)

// bar is neighbouring days that look and read the same: they are drawn as one
// dashed line, which keeps pages of many components small.
type bar struct {
	From, Width int    // of a day is 4: 3 of colour, 1 of air
	Class       string // "good", "some", "bad", "maintenance", "unknown"
	Text        string
}

// remark is a day worth a line of text.
type remark struct{ Date, Text string }

// bars draws the days until today, and says in words which of them were not good,
// the newest first.
func (w words) bars(days map[availability.Date]availability.Day, today availability.Date) (out []bar, remarks []remark) {
	var last string
	for i := range ShownDays {
		date := today - ShownDays + 1 + availability.Date(i)
		class, said := w.day(days[date])
		text := date.String() + ": " + said
		if n := len(out); n > 0 && out[n-1].Class == class && last == said {
			out[n-1].Width += 4
			from, _, _ := strings.Cut(out[n-1].Text, ": ")
			first, _, _ := strings.Cut(from, " – ")
			out[n-1].Text = first + " – " + text
			continue
		}
		last = said
		out = append(out, bar{From: 4 * i, Width: 3, Class: class, Text: text})
		if class != "good" && class != "unknown" {
			remarks = append([]remark{{date.String(), said}}, remarks...)
		}
	}
	return out, remarks
}

// day judges one day, and says it in words.
func (w words) day(d availability.Day) (class, text string) {
	var parts []string
	say := func(key string, seconds int64) {
		parts = append(parts, w.T("status.day."+key, "Length", w.length(seconds)))
	}
	known := d.Up + d.Down
	switch {
	case known == 0 && d.Maintenance.Total() == 0:
		return "unknown", w.T("status.day.unknown_all")
	case d.Down == 0 && d.Maintenance.Total() > 0:
		class = "maintenance"
	case d.Down == 0:
		class = "good"
	case float64(d.Down) < badShare*float64(known):
		class = "some"
	default:
		class = "bad"
	}
	if d.Down > 0 {
		say("down", d.Down)
	}
	if n := d.Maintenance.Total(); n > 0 {
		say("maintenance", n)
	}
	if d.Down == 0 && d.Maintenance.Total() == 0 {
		parts = append(parts, w.T("status.day.good"))
	}
	if time.Duration(d.Unknown)*time.Second >= sayUnknown {
		say("unknown", d.Unknown)
	}
	return class, strings.Join(parts, "; ")
}

func (w words) length(seconds int64) string {
	return w.c.Duration(w.lang, time.Duration(seconds)*time.Second)
}

// share sums up the days: how much of the time of which something is known, and
// which no maintenance was, it worked; "" when nothing is known.
func (w words) share(days map[availability.Date]availability.Day, today availability.Date) string {
	var shown []availability.Day
	for date, d := range days {
		if date > today-ShownDays && date <= today {
			shown = append(shown, d)
		}
	}
	ratio, known := availability.Sum(shown, availability.LeftOut).Ratio()
	if !known {
		return ""
	}
	return i18n.Percent(w.lang, ratio)
}
