package collector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// jobFleet stamps what the collector says of devices, beside what they say
// themselves.
const jobFleet = "fleet"

// devicePrefix begins the IDs of metricdb's targets for what the collector says
// of devices.
const devicePrefix = "device/"

// telling of the fleet: how often, and how long the newest state of a computer
// that is off is remembered. The rules' windows are the same.
const (
	tellInterval   = time.Minute
	postureForgets = 4 * 24 * time.Hour
)

// fleetTeller says of each device, minute by minute, what it is and whether it
// is heard, so that rules and dashboards can join it; and it keeps the newest
// state of each computer for the pages.
type fleetTeller struct {
	c    *Collector
	told map[string]bool // targets that have series
	// cloned are the clones that are told, by device, with the addresses that
	// they were found at: whoever moves from address to address would make
	// another alert of each, or none at all, because rules wait.
	cloned map[string]enrolment.Clone

	mu      sync.Mutex
	posture map[string]map[string]float64 // by device: metric's name → newest value
}

// run tells until ctx ends.
func (f *fleetTeller) run(ctx context.Context) error {
	f.recall(ctx)
	tick := time.NewTicker(min(tellInterval, max(f.c.Config().Agents.SilentAfter/4, time.Second)))
	defer tick.Stop()
	for {
		f.tell(ctx)
		f.look(ctx, `{__name__=~"budi_host_.+", job="host"}`)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// recall reads the state of computers as it was before the start.
func (f *fleetTeller) recall(ctx context.Context) {
	f.look(ctx, fmt.Sprintf(`last_over_time({__name__=~"budi_host_.+", job="host"}[%dh])`, int(postureForgets.Hours())))
}

// look takes the newest state of the computers that an expression finds.
func (f *fleetTeller) look(ctx context.Context, expr string) {
	bounded, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	points, err := f.c.db.Query(bounded, expr, f.c.now())
	if err != nil {
		f.c.log.Debug("look at the state of computers", "err", err)
		return
	}
	found := map[string]map[string]float64{}
	for _, p := range points {
		device, name := p.Labels["device"], p.Labels["__name__"]
		if found[device] == nil {
			found[device] = map[string]float64{}
		}
		value := p.Value
		if before, ok := found[device][name]; ok && name == metric.HostDiskHealthy {
			value = min(before, value) // one disk that fails is enough
		}
		found[device][name] = value
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.posture == nil {
		f.posture = map[string]map[string]float64{}
	}
	maps.Copy(f.posture, found)
}

// state is the newest state of a computer, by metric.
func (f *fleetTeller) state(device string) map[string]float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.posture[device])
}

// tell writes what is known of each device.
func (f *fleetTeller) tell(ctx context.Context) {
	now := f.c.now()
	agents, err := f.c.agents.enrolment.Agents(ctx)
	if err != nil {
		f.c.log.Warn("list the agents", "err", err)
		return
	}
	speaks := speakers(agents)
	clones := map[string]enrolment.Clone{}
	for _, cl := range f.c.agents.enrolment.Clones() {
		if before, ok := f.cloned[cl.Device]; ok && before.Since.Equal(cl.Since) {
			cl = before
		}
		clones[cl.Device] = cl
	}
	f.cloned = clones
	alive := map[string]bool{}
	for _, d := range f.c.agents.inventory.Info() {
		r := look.Result{Target: d.ID, Kind: jobFleet, Time: now, Outcome: look.OK, Samples: []look.Sample{infoOf(d)}}
		if a, ok := speaks[d.ID]; ok {
			r.Samples = append(r.Samples, f.agentSamples(a, now)...)
		}
		if cl, ok := clones[d.ID]; ok {
			r.Samples = append(r.Samples, look.Sample{Name: metric.AgentCloned, Labels: look.Labels("address", cl.Address, "other_address", cl.OtherAddress), Value: 1})
		}
		id := devicePrefix + d.ID
		alive[id] = true
		f.record(ctx, metricdb.Target{ID: id, Identity: look.Labels("site", d.Site, "device", d.ID, "job", jobFleet)}, r)
	}
	for id := range f.told {
		if !alive[id] {
			if err := f.c.db.Forget(ctx, id, now); err != nil {
				f.c.log.Warn("end the series of a device that is gone", "target", id, "err", err)
			}
		}
	}
	f.told = alive
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.posture, func(device string, _ map[string]float64) bool { return !alive[devicePrefix+device] })
}

func (f *fleetTeller) record(ctx context.Context, t metricdb.Target, r look.Result) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := f.c.db.Record(bounded, t, r); err != nil {
		f.c.looking.failed.Inc()
		f.c.log.Debug("store what is known of a device", "target", t.ID, "err", err)
	}
}

func (f *fleetTeller) agentSamples(a enrolment.Agent, now time.Time) []look.Sample {
	up := 1.0
	if f.c.silent(a, now) {
		up = 0
	}
	samples := []look.Sample{{Name: metric.AgentUp, Value: up}, {Name: metric.AgentClockOffset, Value: a.ClockOffset.Seconds()}}
	if !a.Seen.IsZero() {
		samples = append(samples, look.Sample{Name: metric.AgentLastSeen, Value: float64(a.Seen.Unix())})
	}
	return samples
}

// silent reports whether an agent has not been heard for so long that it is to
// be told. Who could not be heard because the collector was not running is
// given the same time anew.
func (c *Collector) silent(a enrolment.Agent, now time.Time) bool {
	heard := a.Enrolled
	for _, t := range []time.Time{a.Seen, c.started} {
		if t.After(heard) {
			heard = t
		}
	}
	return now.Sub(heard) > c.Config().Agents.SilentAfter
}

// speakers is the living agent of each device: the one that was heard last.
func speakers(agents []enrolment.Agent) map[string]enrolment.Agent {
	out := map[string]enrolment.Agent{}
	for _, a := range agents {
		if before, ok := out[a.Device]; a.Revoked.IsZero() && (!ok || a.Seen.After(before.Seen)) {
			out[a.Device] = a
		}
	}
	return out
}

func infoOf(d inventory.Device) look.Sample {
	return look.Sample{Name: metric.DeviceInfo, Value: 1, Labels: slices.DeleteFunc(
		look.Labels("name", d.Name, "room", d.Room, "model", d.Model, "kind", d.Kind, "class", string(d.Class), "asset", d.Asset),
		func(l look.Label) bool { return l.Value == "" })}
}
