package collector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
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

	// pauseAllowed is by how much a turn may be late. When it is later, the
	// computer slept or its clock was set: nobody could be heard meanwhile.
	pauseAllowed = 30 * time.Second
	// outOfWatchAfter is how long an incident must have been unknown before it
	// is closed because its device is not watched any more.
	outOfWatchAfter = 5 * time.Minute
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
	// maintained is what maintenance covered a moment ago, with its site.
	maintained map[topology.ID]string

	mu      sync.Mutex
	posture map[string]map[string]float64 // by device: metric's name → newest value
}

// run tells until ctx ends.
func (f *fleetTeller) run(ctx context.Context) error {
	f.tell(ctx) // rules join it: it comes first
	f.recall(ctx)
	for {
		f.look(ctx, `{__name__=~"budi_host_.+", job="host"}`)
		wait := min(tellInterval, max(f.c.Config().Agents.SilentAfter/4, time.Second))
		begun := f.c.now()
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		if now := f.c.now(); now.Before(begun) || now.Sub(begun) > wait+pauseAllowed {
			f.c.listening.Store(&now)
		}
		f.tell(ctx)
		f.tellMaintenance(ctx, f.c.now())
		f.closeOutOfWatch(ctx)
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
		r.Samples = append(r.Samples, f.c.supplying.samples(d.ID, now)...)
		if cl, ok := clones[d.ID]; ok {
			r.Samples = append(r.Samples, look.Sample{Name: metric.AgentCloned, Labels: look.Labels("address", cl.Address, "other_address", cl.OtherAddress), Value: 1})
		} else if _, ok := speaks[d.ID]; ok {
			// Without addresses it is evidence that the clone at any is gone.
			r.Samples = append(r.Samples, look.Sample{Name: metric.AgentCloned})
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
	f.c.present.take(f.c, speaks, now)
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
	samples := []look.Sample{{Name: metric.AgentClockOffset, Value: a.ClockOffset.Seconds()}}
	switch f.c.heard(a, now) {
	case heardLately:
		samples = append(samples, look.Sample{Name: metric.AgentUp, Value: 1})
	case heardNothing:
		samples = append(samples, look.Sample{Name: metric.AgentUp, Value: 0})
	}
	if !a.Seen.IsZero() {
		samples = append(samples, look.Sample{Name: metric.AgentLastSeen, Value: float64(a.Seen.Unix())})
	}
	return samples
}

// hearing is what is known of whether an agent lives.
type hearing int

const (
	notKnown     hearing = iota // it was not heard lately, nor listened for long enough
	heardLately                 // within agents.silent_after
	heardNothing                // although it was listened for longer than agents.silent_after
)

// heard says what is known of an agent. One that could not be heard because the
// collector was not running, or slept, is neither up nor silent until it was
// listened for as long as any other: taking it for up would be a recovery that
// nobody saw.
func (c *Collector) heard(a enrolment.Agent, now time.Time) hearing {
	after := c.Config().Agents.SilentAfter
	// What was heard under a clock that was ahead says nothing of now.
	if ago := now.Sub(a.Seen); ago <= after && ago > -pauseAllowed {
		return heardLately
	}
	if since := *c.listening.Load(); now.Sub(since) <= after || now.Sub(a.Enrolled).Abs() <= after {
		return notKnown
	}
	return heardNothing
}

// silent reports whether it is known that an agent is not heard.
func (c *Collector) silent(a enrolment.Agent, now time.Time) bool {
	return c.heard(a, now) == heardNothing
}

// closeOutOfWatch closes incidents of which nobody will ever know more, because
// a person took the device or check out of the watch that they are about: the
// check was removed or paused, the device was removed or merged or is not looked at
// over the network any more, or it is about an agent that was revoked, or about the
// silence of what may be off now. Others that are unknown stay: their data may come
// back.
func (f *fleetTeller) closeOutOfWatch(ctx context.Context) {
	now := f.c.now()
	var speaks map[string]enrolment.Agent
	for _, inc := range f.c.alerting.open() {
		if inc.Evidence != incident.Unknown || now.Sub(inc.Turned) < outOfWatchAfter {
			continue
		}
		if f.c.checkOutOfWatch(inc.Labels) {
			f.closeUnwatched(inc)
			continue
		}
		id := inc.Labels["device"]
		if id == "" {
			continue
		}
		if speaks == nil {
			agents, err := f.c.agents.enrolment.Agents(ctx)
			if err != nil {
				f.c.log.Warn("list the agents", "err", err)
				return
			}
			speaks = speakers(agents)
		}
		d, err := f.c.agents.inventory.Device(ctx, id)
		_, spoken := speaks[id]
		switch {
		case errors.Is(err, inventory.ErrNotFound) && f.c.agents.inventory.Known(id):
		case err == nil && inc.Rule == ruleServerSilent && (d.Class != fleet.Server || !spoken):
		case err == nil && inc.Labels["trouble"] == "clone" && !spoken:
		case err == nil && inc.Rule == ruleDeviceDown && (d.Class == fleet.Workstation || d.Class == fleet.Presentation):
		case err == nil && d.Polled && !spoken && !f.c.looksAt(id):
		default:
			continue
		}
		f.closeUnwatched(inc)
	}
}

func (f *fleetTeller) closeUnwatched(inc incident.Incident) {
	comment := f.c.catalogue.Text(i18n.Lang(f.c.Config().Language), "incident.out_of_watch", nil)
	if _, err := f.c.alerting.closeByHand(inc.ID, "Budi", comment); err != nil {
		f.c.log.Warn("close an incident of what is not watched any more", "id", inc.ID, "labels", inc.Labels, "err", err)
	}
}

// checkOutOfWatch reports whether the labels are those of one of the collector's
// own checks that a person removed or paused.
func (c *Collector) checkOutOfWatch(labels map[string]string) bool {
	id := labels["check"]
	if id == "" || labels["vantage"] != vantageCollector {
		return false
	}
	config := c.Config()
	if check, ok := config.Check(id); ok {
		return check.Paused
	}
	// Nobody took out what was only left out.
	return !slices.ContainsFunc(config.leftOut, func(l LeftOut) bool { return l.Kind == leftOutCheck && l.ID == id })
}

// looksAt reports whether a device is looked at over the network, or would be but
// for a mistake in the configuration: nobody took out what was only left out.
func (c *Collector) looksAt(device string) bool {
	for _, w := range *c.looking.plan.Load() {
		if w.watch != nil && slices.Contains(w.identity, look.Label{Name: "device", Value: device}) {
			return true
		}
	}
	return slices.ContainsFunc(c.Config().leftOut, func(l LeftOut) bool { return l.Kind == leftOutDevice && l.ID == device })
}

// The shipped rules about what must always answer.
const (
	ruleServerSilent = "ServerSilent" // agents of servers
	ruleDeviceDown   = "DeviceDown"   // what is looked at over the network
)

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

// maxInfo bounds a label of budi_device_info, in bytes. A computer says its model
// itself: one that is too long for a label must not take the whole sample away,
// with which rules know a server.
const maxInfo = 200

func infoOf(d inventory.Device) look.Sample {
	d.Model = strings.ToValidUTF8(d.Model[:min(len(d.Model), maxInfo)], "")
	return look.Sample{Name: metric.DeviceInfo, Value: 1, Labels: slices.DeleteFunc(
		look.Labels("name", d.Name, "room", d.Room, "model", d.Model, "kind", d.Kind, "class", string(d.Class), "asset", d.Asset),
		func(l look.Label) bool { return l.Value == "" })}
}
