package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"html/template"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// AvailabilityView is for how long checks and devices answered. Its methods are
// safe for concurrent use and end with their context, which carries who asks.
type AvailabilityView interface {
	// AvailabilityDays returns the days that are kept of a check or device, from
	// one to another, both included. It fails with ErrNotFound for what is not
	// there or not seen.
	AvailabilityDays(ctx context.Context, id topology.ID, from, to availability.Date) ([]availability.Day, error)

	// Today is the day that it is for the institution.
	Today() availability.Date
}

// Days that are shown as bars, read for the sums, and given as a file.
const (
	barDays  = 90
	yearDays = 365
	fileDays = 3660
)

func availabilityDoors() []door {
	return []door{get("/availability/{id}", access.Viewer, (*server).availabilityFile)}
}

// availabilityBody is what the template of the section gets.
type availabilityBody struct {
	Sums  []periodSum
	Bar   template.HTML
	Text  string // what the bars say
	First availability.Date
	Bad   []availability.Day // of the bars: those in which it was down, the newest first
	File  string             // address of the download
}

// periodSum is one period up to today.
type periodSum struct {
	Days    int
	Percent string // "": nothing is known
	Down    time.Duration
	Unknown time.Duration
}

// maxBadDays bounds the table beside the bars.
const maxBadDays = 30

// availabilityOf gathers the section of a check or device; nil: nothing is kept.
func (s *server) availabilityOf(r *http.Request, p *page, id topology.ID) (*availabilityBody, error) {
	today := s.Availability.Today()
	days, err := s.Availability.AvailabilityDays(r.Context(), id, today-yearDays+1, today)
	if err != nil {
		return nil, fmt.Errorf("read the availability of %s: %w", id, err)
	}
	if len(days) == 0 {
		return nil, nil
	}
	since := func(n int) []availability.Day {
		i, _ := slices.BinarySearchFunc(days, today-availability.Date(n)+1, func(d availability.Day, at availability.Date) int { return int(d.Date - at) })
		return days[i:]
	}
	b := &availabilityBody{First: today - barDays + 1, File: "/availability/" + string(id)}
	for _, n := range []int{30, 90, 365} {
		sum := availability.Sum(since(n), availability.LeftOut)
		part := periodSum{Days: n, Down: time.Duration(sum.Down) * time.Second, Unknown: time.Duration(sum.Unknown) * time.Second}
		if ratio, ok := sum.Ratio(); ok {
			part.Percent = p.Uptime(ratio)
		}
		b.Sums = append(b.Sums, part)
	}
	var well, unknown int
	for _, d := range since(barDays) {
		switch sum := availability.Sum([]availability.Day{d}, availability.LeftOut); {
		case sum.Down > 0:
			b.Bad = append(b.Bad, d)
		case sum.Up > 0:
			well++
		default:
			unknown++
		}
	}
	unknown += barDays - len(since(barDays))
	b.Text = p.T("web.availability.bars", "Days", p.N("web.availability.days", barDays), "Well", well, "Down", len(b.Bad), "Unknown", unknown)
	b.Bar = p.daysBar(since(barDays), b.First, b.Text)
	slices.Reverse(b.Bad)
	b.Bad = b.Bad[:min(len(b.Bad), maxBadDays)]
	return b, nil
}

// daysBar draws a bar for each day. What they mean shows in their form as well
// as in their colour: whole, with a gap below that is the longer the longer it
// was down, and a stump when nothing is known; a dot above is maintenance.
func (w words) daysBar(days []availability.Day, first availability.Date, text string) template.HTML {
	const width, height, top = 7, 40, 6
	paths := map[string]string{}
	box := func(tone string, i, y, tall int) {
		paths[tone] += fmt.Sprintf("M%d %dh%dv%dh-%dz", i*width, y, width-2, tall, width-2)
	}
	byDate := map[availability.Date]availability.Day{}
	for _, d := range days {
		byDate[d.Date] = d
	}
	for i := range barDays {
		d := byDate[first+availability.Date(i)]
		ratio, known := availability.Sum([]availability.Day{d}, availability.LeftOut).Ratio()
		switch {
		case !known:
			box("none", i, height-4, 4)
		case ratio >= 1:
			box("good", i, top, height-top)
		default:
			// Short faults can be seen too.
			gap := max(6, int(math.Round((1-ratio)*(height-top))))
			box("bad", i, height-gap, gap)
			if rest := height - top - gap - 2; rest > 0 {
				box("good", i, top, rest)
			}
		}
		if d.Maintenance.Total() > 0 {
			paths["warn"] += fmt.Sprintf("M%d 0h3v3h-3z", i*width+1)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="hours days" viewBox="0 0 %d %d" role="img" aria-label="%s">`, barDays*width, height, template.HTMLEscapeString(text))
	for _, tone := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, tone, paths[tone])
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers, and a text that is escaped
}

// UpShare is the part of a day that was up, without maintenance.
func (w words) UpShare(d availability.Day) string {
	ratio, ok := availability.Sum([]availability.Day{d}, availability.LeftOut).Ratio()
	if !ok {
		return "–"
	}
	return w.Uptime(ratio)
}

// shownAvailability is the section for the template that checks and devices share.
type shownAvailability struct {
	words
	Body *availabilityBody
}

// WithAvailability gives the section to its template.
func (w words) WithAvailability(b *availabilityBody) shownAvailability {
	return shownAvailability{w, b}
}

// DownFor writes how long it was down on a day, without maintenance.
func (w words) DownFor(d availability.Day) string {
	return w.Length(time.Duration(d.Down) * time.Second)
}

// availabilityFile gives all days as a table for spreadsheet programs, the
// newest first. In Lithuanian they want ";" between columns, and a mark at the
// beginning that says that the text is UTF-8.
func (s *server) availabilityFile(w http.ResponseWriter, r *http.Request) error {
	id := topology.ID(r.PathValue("id"))
	today := s.Availability.Today()
	days, err := s.Availability.AvailabilityDays(r.Context(), id, today-fileDays+1, today)
	if err != nil {
		return fmt.Errorf("read the availability of %s: %w", id, err)
	}
	p := s.page(r)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+p.T("web.availability.file")+"-"+today.String()+`.csv"`)
	_, _ = w.Write([]byte("\uFEFF"))
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if p.Lang == i18n.Lithuanian {
		out.Comma = ';'
	}
	var head []string
	for _, key := range []string{
		"web.availability.column.date", "web.availability.column.percent",
		"web.availability.column.up", "web.availability.column.down", "web.availability.column.unknown",
		"web.availability.column.maintenance_up", "web.availability.column.maintenance_down", "web.availability.column.maintenance_unknown",
		"web.availability.column.looks", "web.availability.column.half", "web.availability.column.most",
	} {
		head = append(head, p.T(key))
	}
	_ = out.Write(head) // errors are seen by nobody who could do anything about them
	for _, d := range slices.Backward(days) {
		row := []string{d.Date.String(), ""}
		if ratio, ok := availability.Sum([]availability.Day{d}, availability.LeftOut).Ratio(); ok {
			row[1] = p.number(math.Floor(ratio*100_000)/1000, 3)
		}
		for _, n := range []int64{d.Up, d.Down, d.Unknown, d.Maintenance.Up, d.Maintenance.Down, d.Maintenance.Unknown, d.Looks} {
			row = append(row, strconv.FormatInt(n, 10))
		}
		for _, seconds := range []float64{d.P50, d.P95} {
			if d.Looks == 0 {
				row = append(row, "")
				continue
			}
			row = append(row, p.number(seconds, 3))
		}
		_ = out.Write(row)
	}
	out.Flush()
	return nil
}
