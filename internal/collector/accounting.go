package collector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

const (
	// heldFor is how long what a look said holds when no other follows. All that
	// is looked at less often than every four minutes is stored each minute.
	heldFor = 5 * time.Minute
	// maxExcuses bounds how many closed incidents are read for one day.
	maxExcuses = 20_000
)

// accounts tells package availability what the samples, the incidents and the
// inventory know of checks and computers. It is an availability.Source.
type accounts struct{ c *Collector }

// openUptimes makes what keeps the days.
func (c *Collector) openUptimes() (err error) {
	zone := func() *time.Location {
		config := c.Config()
		return config.zone()
	}
	c.uptimes, err = availability.New(availability.Options{
		Source: accounts{c}, Store: c.store, Window: metricdb.OutOfOrderWindow, Zone: zone, Now: c.now, Logger: c.opts.Logger,
	})
	return err
}

// accounting is what is gathered of one subject.
type accounting struct {
	availability.Timeline
	looks []availability.Look // of a check
	count []availability.Look // what counts of one with vantage points
	at    map[int64]bool      // moments, in milliseconds, of looks that went well and are no repetition
	heard []availability.Span // when a computer's own samples say that it was on
	down  []availability.Span // when its agent was not heard
}

// Timelines implements availability.Source.
//
// A check is up and down as its looks say, and unknown while they could not be
// made, which ends probe_success. While it is looked at from several places,
// budi_check_up says what counts. A computer is up while there are samples of
// its own, also when they come later; it is down when its agent is not heard and
// it must always answer, since its last sample. A workstation that is not heard
// is off, which is no fault: unknown.
func (a accounts) Timelines(ctx context.Context, p availability.Period) ([]availability.Timeline, error) {
	config := a.c.Config()
	hold := max(heldFor, 2*config.Agents.Interval)
	before := p.From.Add(-hold)
	// Until it is clear that a computer is silent it is taken for well. Then it
	// is down since its last word, which may have been on the day before, while it
	// was clear on the day after only.
	silence := config.Agents.SilentAfter + 2*hold
	found := map[topology.ID]*accounting{}
	of := func(labels map[string]string) *accounting {
		id := topology.Of(labels)
		s := found[id]
		if s == nil {
			s = &accounting{Timeline: availability.Timeline{Subject: id}, at: map[int64]bool{}}
			found[id] = s
		}
		return s
	}
	read := func(name string, with map[string]string, from, to time.Time, do func(*accounting, []metricdb.Sample)) error {
		return a.c.db.Raw(ctx, name, with, from, to, func(labels map[string]string, samples []metricdb.Sample) error {
			if labels["device"] != "" || labels["check"] != "" {
				do(of(labels), samples)
			}
			return nil
		})
	}
	probes := map[string]string{"job": jobProbe, "vantage": vantageCollector}
	if err := read(metric.CheckUp, probes, before, p.To, func(s *accounting, samples []metricdb.Sample) {
		for _, v := range samples {
			s.count = append(s.count, lookOfSample(v))
		}
	}); err != nil {
		return nil, err
	}
	if err := read(metric.ProbeSuccess, probes, before, p.To, func(s *accounting, samples []metricdb.Sample) {
		for _, v := range samples {
			l := lookOfSample(v)
			if l.State == availability.Up {
				s.at[v.Time.UnixMilli()] = true
			}
			s.looks = append(s.looks, l)
		}
	}); err != nil {
		return nil, err
	}
	if err := read(metric.LookAgeSeconds, probes, p.From, p.To, func(s *accounting, samples []metricdb.Sample) {
		for _, v := range samples {
			delete(s.at, v.Time.UnixMilli())
		}
	}); err != nil {
		return nil, err
	}
	if err := read(metric.ProbeDuration, probes, p.From, p.To, func(s *accounting, samples []metricdb.Sample) {
		for _, v := range samples {
			if s.at[v.Time.UnixMilli()] && v.Time.Before(p.To) {
				s.Took = append(s.Took, v.Value)
			}
		}
	}); err != nil {
		return nil, err
	}
	if err := read(metric.SystemUptime, map[string]string{"job": "host"}, p.From.Add(-silence), p.To, func(s *accounting, samples []metricdb.Sample) {
		s.heard = append(s.heard, spansOf(samples, hold, func(float64) availability.State { return availability.Up })...)
	}); err != nil {
		return nil, err
	}
	if err := read(metric.AgentUp, map[string]string{"job": jobFleet}, before, p.To.Add(silence), func(s *accounting, samples []metricdb.Sample) {
		s.down = append(s.down, spansOf(samples, heldFor, func(v float64) availability.State {
			if v == 0 {
				return availability.Down
			}
			return availability.Unknown
		})...)
	}); err != nil {
		return nil, err
	}
	if err := read(metric.Maintenance, nil, before, p.To, func(s *accounting, samples []metricdb.Sample) {
		for _, span := range spansOf(samples, heldFor, func(float64) availability.State { return availability.Up }) {
			if span.State == availability.Up {
				s.Maintenance = append(s.Maintenance, availability.Period{From: span.From, To: span.To})
			}
		}
	}); err != nil {
		return nil, err
	}
	excused, err := a.excused(p)
	if err != nil {
		return nil, err
	}
	always := map[topology.ID]bool{}
	for _, d := range a.c.agents.inventory.Info() {
		always[topology.ID(d.ID)] = mustAnswer(d.Class)
	}
	out := make([]availability.Timeline, 0, len(found))
	for id, s := range found {
		if _, check := id.CheckID(); check {
			byTime := func(a, b availability.Look) int { return a.At.Compare(b.At) }
			slices.SortFunc(s.looks, byTime)
			slices.SortFunc(s.count, byTime)
			// What comes later in the list overrides.
			s.Spans = append(availability.Spans(s.looks, heldFor), availability.Spans(s.count, heldFor)...)
		} else {
			s.Spans = computerSpans(s.heard, s.down, hold, silence, always[id])
		}
		s.Excused = excused[id]
		out = append(out, s.Timeline)
	}
	return out, nil
}

// mustAnswer reports whether a device of a class that is silent has a fault,
// rather than being off.
func mustAnswer(c fleet.Class) bool { return c != fleet.Workstation && c != fleet.Presentation }

// spansOf turns the samples of one series into spans; the marker of its end is
// Unknown.
func spansOf(samples []metricdb.Sample, hold time.Duration, state func(float64) availability.State) []availability.Span {
	looks := make([]availability.Look, len(samples))
	for i, s := range samples {
		looks[i].At = s.Time
		if !metricdb.Ended(s.Value) {
			looks[i].State = state(s.Value)
		}
	}
	return availability.Spans(looks, hold)
}

// computerSpans lays what a computer said over what was not heard of it. silence
// is how long it may take until it is clear that it is not heard: then it is
// known not to have been on since its last word, which holds no more.
func computerSpans(heard, unheard []availability.Span, hold, silence time.Duration, always bool) []availability.Span {
	is := func(state availability.State, spans []availability.Span) []availability.Span {
		spans = slices.DeleteFunc(spans, func(s availability.Span) bool { return s.State != state })
		slices.SortFunc(spans, func(a, b availability.Span) int { return a.From.Compare(b.From) })
		return spans
	}
	heard, unheard = is(availability.Up, heard), is(availability.Down, unheard)
	off := availability.Unknown
	if always {
		off = availability.Down
	}
	var out []availability.Span
	next := 0
	for i := range heard {
		h := &heard[i]
		last := h.To.Add(-hold)
		if last.Before(h.From) {
			last = h.From
		}
		for next < len(unheard) && !unheard[next].To.After(last) {
			next++
		}
		if next == len(unheard) {
			break
		}
		again := unheard[next].From
		if again.Sub(last) > silence || i+1 < len(heard) && heard[i+1].From.Before(again) {
			continue
		}
		h.To = last
		if last.Before(again) {
			out = append(out, availability.Span{From: last, To: again, State: off})
		}
	}
	for _, s := range unheard {
		out = append(out, availability.Span{From: s.From, To: s.To, State: off})
	}
	return append(out, heard...) // what it said comes last: it holds where both say something
}

// excused finds when the faults of things were those of something else.
func (a accounts) excused(p availability.Period) (map[topology.ID][]availability.Period, error) {
	out := map[topology.ID][]availability.Period{}
	note := func(inc incident.Incident) {
		if inc.Thing == "" || len(inc.Because) == 0 && inc.Freed.IsZero() {
			return
		}
		end := inc.Ended
		if len(inc.Because) == 0 {
			end = inc.Freed
		}
		if end.IsZero() {
			end = p.To
		}
		if inc.Since.Before(p.To) && end.After(p.From) {
			out[inc.Thing] = append(out[inc.Thing], availability.Period{From: inc.Since, To: end})
		}
	}
	for _, inc := range a.c.alerting.open() {
		note(inc)
	}
	const batch = 500
	var below incident.ID
	for read := 0; read < maxExcuses; read += batch {
		closed, err := a.c.store.Journal(below, batch)
		if err != nil {
			return nil, fmt.Errorf("read what hung on a cause: %w", err)
		}
		over := len(closed) == 0
		for _, inc := range closed {
			note(inc)
			// Numbers are given in the order of time; the oldest that ended within
			// the period may have begun long before it, as those go that flap.
			over = over || inc.Ended.Before(p.From.Add(-30*24*time.Hour))
			below = inc.ID
		}
		if over {
			break
		}
	}
	return out, nil
}

// jobMaintenance stamps what maintenance covers.
const jobMaintenance = "maintenance"

// tellMaintenance says of each thing that maintenance covers that it does. What
// was planned can be changed later; what was so cannot.
func (f *fleetTeller) tellMaintenance(ctx context.Context, now time.Time) {
	covered := f.c.underMaintenance(now)
	for _, id := range slices.Sorted(maps.Keys(covered)) {
		target := maintenanceTarget(id, covered[id])
		f.record(ctx, target, look.Result{Target: target.ID, Kind: jobMaintenance, Time: now, Outcome: look.OK, Samples: []look.Sample{{Name: metric.Maintenance, Value: 1}}})
	}
	for id := range f.maintained {
		if _, still := covered[id]; still {
			continue
		}
		if err := f.c.db.Forget(ctx, maintenanceTarget(id, "").ID, now); err != nil {
			f.c.log.Warn("end the series of a maintenance that is over", "thing", string(id), "err", err)
		}
	}
	f.maintained = covered
}

func maintenanceTarget(id topology.ID, site string) metricdb.Target {
	what, name := "device", string(id)
	if check, ok := id.CheckID(); ok {
		what, name = "check", check
	}
	return metricdb.Target{ID: "maintenance/" + string(id), Identity: look.Labels("site", site, what, name, "job", jobMaintenance)}
}

// underMaintenance finds what maintenance covers now, with its site: the checks
// and devices of each window and all that hangs on them, and whatever has an
// incident in a window that began with it.
func (c *Collector) underMaintenance(now time.Time) map[topology.ID]string {
	covered := map[topology.ID]string{}
	for _, inc := range c.alerting.open() {
		if inc.Maintenance != "" && inc.Thing != "" && inc.Thing != topology.Line {
			covered[inc.Thing] = inc.Labels["site"]
		}
	}
	moment, policy := c.around(now, incident.Policy{})
	windows := slices.DeleteFunc(slices.Clone(moment.Windows), func(w incident.Window) bool { return w.OnDown })
	if len(windows) == 0 {
		return covered
	}
	config := c.Config()
	var things []topology.Thing // as the graph has them
	add := func(id topology.ID, site string) {
		if t, ok := policy.Graph.Thing(id); ok {
			t.Site = site
			things = append(things, t)
		}
	}
	for _, check := range config.Checks {
		add(topology.Check(check.ID), config.siteOf(check))
	}
	for _, d := range c.agents.inventory.Info() {
		add(topology.ID(d.ID), d.Site)
	}
	names := func(t topology.Thing) bool {
		return slices.ContainsFunc(windows, func(w incident.Window) bool {
			return slices.Contains(w.Things, t.ID) || slices.Contains(w.Sites, t.Site) || slices.Contains(w.Rooms, incident.Room{Site: t.Site, Room: t.Room})
		})
	}
	below := policy.Graph.Look(func(id topology.ID) bool {
		t, ok := policy.Graph.Thing(id)
		return ok && names(t)
	})
	for _, t := range things {
		if names(t) || below.Excused(t.ID) {
			covered[t.ID] = t.Site
		}
	}
	return covered
}

// late says that samples of some hours came now.
func (c *Collector) late(from, to time.Time) { c.uptimes.Late(from, to) }

// lookOfSample is what a sample of probe_success or budi_check_up says.
func lookOfSample(v metricdb.Sample) availability.Look {
	switch {
	case metricdb.Ended(v.Value):
		return availability.Look{At: v.Time, State: availability.Unknown}
	case v.Value == 0:
		return availability.Look{At: v.Time, State: availability.Down}
	default:
		return availability.Look{At: v.Time, State: availability.Up}
	}
}
