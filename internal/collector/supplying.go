package collector

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/supplies"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// How supplies are looked ahead for: once an hour, from what printers told in 90
// days. Samples are read one series at a time and only what they come to is kept,
// so that 2,000 printers cost a few seconds of one processor and no memory.
const (
	supplyEvery  = time.Hour
	supplySoon   = 10 * time.Minute
	supplyPast   = 90 * 24 * time.Hour
	supplyBudget = 5 * time.Minute // of one look ahead

	// supplyGone is for how long a supply that its printer does not tell of any
	// more, while it tells of others, is taken for the same as ever: many printers
	// do not know a level that is nearly zero.
	supplyGone = 7 * 24 * time.Hour

	maxOutlooks = 20_000
	maxTold     = 5_000 // points of one supply
)

// supplyOutlook is what is known of one supply of a printer.
type supplyOutlook struct {
	Supply, Type, Colour string    // as in the labels of metric.PrinterSupply
	Left                 float64   // of the whole, from 0 to 1, when the printer last told
	Told                 time.Time // when that was

	// Empty is when it will be used up, or the box full: four times out of five
	// between Early and Late. Zero: too little is known for a forecast.
	Empty, Early, Late time.Time

	site  string
	since time.Time // of the first sample within supplyPast
}

// days is in how many days the supply will be used up.
func (o supplyOutlook) days(now time.Time) float64 {
	return max(o.Empty.Sub(now).Hours()/24, 0)
}

// supplying looks ahead for the supplies of printers from time to time. It is safe
// for concurrent use.
type supplying struct {
	c *Collector

	mu    sync.Mutex
	found map[string][]supplyOutlook // by device
}

// of lists the supplies of a printer, by name. The list must not be changed. It is
// for pages and for the list of what is to be ordered: the names are those of the
// supplies in the newest look.Result (Name, or Index where there is none). Nil until
// the first look after a start, and for what never told a level.
func (s *supplying) of(device string) []supplyOutlook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found[device]
}

// run looks ahead until ctx ends.
func (s *supplying) run(ctx context.Context) error {
	for wait := supplySoon; ; wait = supplyEvery { // soon after a start printers have told again
		if err := s.look(ctx); err != nil && ctx.Err() == nil {
			s.c.log.Warn("look ahead for supplies", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// look makes all outlooks anew.
func (s *supplying) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, supplyBudget)
	defer cancel()
	config := s.c.Config()
	now := s.c.now().In(config.zone())
	works := workdays{calendar: s.c.calendar(), known: map[string]map[int64]bool{}}
	all := map[string][]supplyOutlook{}
	count := 0
	var points []supplies.Point
	err := s.c.db.Raw(ctx, metric.PrinterSupply, nil, now.Add(-supplyPast), now, func(labels map[string]string, samples []metricdb.Sample) error {
		if count >= maxOutlooks {
			return nil
		}
		points = points[:0]
		for _, sample := range samples {
			if !metricdb.Ended(sample.Value) {
				points = supplies.Condense(points, supplies.Point{Time: sample.Time, Left: sample.Value})
			}
		}
		if len(points) == 0 {
			return nil
		}
		count++
		points = points[max(0, len(points)-maxTold):]
		last := points[len(points)-1]
		o := supplyOutlook{
			Supply: labels[metric.LabelSupply], Type: labels[metric.LabelType], Colour: labels[metric.LabelColour],
			Left: last.Left, Told: last.Time, site: labels["site"], since: points[0].Time,
		}
		if f, ok := supplies.Predict(points, now, works.at(o.site)); ok {
			o.Empty, o.Early, o.Late = inDays(now, f.Days), inDays(now, f.Low), inDays(now, f.High)
		}
		device := labels["device"]
		all[device] = append(all[device], o)
		return nil
	})
	if err != nil {
		return err
	}
	for device, found := range all {
		all[device] = remembered(current(found), s.of(device))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = all
	return nil
}

func inDays(now time.Time, days float64) time.Time {
	return now.Add(time.Duration(days * 24 * float64(time.Hour)))
}

// current leaves out what is gone: supplies that have another name since another
// cartridge came, those that the printer stopped telling of, and the series of the
// site where it stood before.
func current(all []supplyOutlook) []supplyOutlook {
	newest := slices.MaxFunc(all, func(a, b supplyOutlook) int { return a.Told.Compare(b.Told) }).Told
	out := slices.DeleteFunc(slices.Clone(all), func(o supplyOutlook) bool {
		return newest.Sub(o.Told) > supplyGone || slices.ContainsFunc(all, func(other supplyOutlook) bool {
			return other.Type == o.Type && other.Colour == o.Colour && other.Told.After(o.Told) &&
				(other.Supply == o.Supply || !other.since.Before(o.Told))
		})
	})
	slices.SortFunc(out, func(a, b supplyOutlook) int {
		return cmp.Or(strings.Compare(a.Supply, b.Supply), strings.Compare(a.Type, b.Type), strings.Compare(a.Colour, b.Colour))
	})
	return out
}

// remembered keeps a forecast that was made before where none can be made now,
// while the supply is the same: an alert must not end because a holiday made the
// data thin.
func remembered(all, before []supplyOutlook) []supplyOutlook {
	for i, o := range all {
		if !o.Empty.IsZero() {
			continue
		}
		for _, b := range before {
			if b.Supply == o.Supply && b.Type == o.Type && b.Colour == o.Colour && o.Left < b.Left+0.05 {
				all[i].Empty, all[i].Early, all[i].Late = b.Empty, b.Early, b.Late
			}
		}
	}
	return all
}

// samples are what rules and dashboards read of a printer's supplies, each minute,
// so that there is evidence also while the printer is off.
func (s *supplying) samples(device string, now time.Time) []look.Sample {
	var out []look.Sample
	for _, o := range s.of(device) {
		labels := look.Labels(metric.LabelSupply, o.Supply, metric.LabelType, o.Type, metric.LabelColour, o.Colour)
		out = append(out, look.Sample{Name: metric.PrinterSupplyLast, Labels: labels, Value: o.Left})
		if !o.Empty.IsZero() {
			out = append(out, look.Sample{Name: metric.PrinterSupplyDays, Labels: labels, Value: o.days(now)})
		}
	}
	return out
}

// workdays remembers which days are working days at a site: thousands of supplies
// ask for the same ones.
type workdays struct {
	calendar *calendar.Calendar
	known    map[string]map[int64]bool
}

func (w workdays) at(site string) supplies.Works {
	known := w.known[site]
	if known == nil {
		known = map[int64]bool{}
		w.known[site] = known
	}
	return func(day time.Time) bool {
		key := day.Unix() / 86400
		works, ok := known[key]
		if !ok {
			works = w.calendar.OpenDay(calendar.Place{Site: site}, day)
			known[key] = works
		}
		return works
	}
}
