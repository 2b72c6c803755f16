package collector

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// observed writes what is known of checks and computers, minute by minute.
type observed struct {
	t *testing.T
	c *Collector
}

func (o observed) record(id string, at time.Time, identity []look.Label, samples ...look.Sample) {
	o.t.Helper()
	if err := o.c.db.Record(o.t.Context(), metricdb.Target{ID: id, Identity: identity}, look.Result{Time: at, Samples: samples}); err != nil {
		o.t.Fatal(err)
	}
}

// minutes calls do for each minute from one moment until before another.
func minutes(from, to time.Time, do func(time.Time)) {
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		do(at)
	}
}

func (o observed) check(id string, from, to time.Time, samples ...look.Sample) {
	minutes(from, to, func(at time.Time) {
		o.record("check/"+id, at, look.Labels("site", "main", "check", id, "vantage", "collector", "job", "probe"), samples...)
	})
}

// computer says for each minute that an agent is heard or not, and when it is
// on, that the computer tells of itself.
func (o observed) computer(id string, from, to time.Time, heard, on bool) {
	minutes(from, to, func(at time.Time) {
		up := 0.0
		if heard {
			up = 1
		}
		o.record("device/"+id, at, look.Labels("site", "main", "device", id, "job", "fleet"), look.Sample{Name: metric.AgentUp, Value: up})
		if on {
			o.spoke(id, at, at.Add(time.Second))
		}
	})
}

func (o observed) spoke(id string, from, to time.Time) {
	minutes(from, to, func(at time.Time) {
		o.record("host/"+id, at, look.Labels("site", "main", "device", id, "job", "host"), look.Sample{Name: metric.SystemUptime, Value: 1})
	})
}

// TestAvailabilityOfWhatTheSamplesSay goes through a morning of yesterday.
func TestAvailabilityOfWhatTheSamplesSay(t *testing.T) {
	c, _ := openForDoors(t)
	config := c.Config()
	yesterday := c.uptimes.Today() - 1
	midnight := yesterday.Start(config.zone())
	at := func(hour, minute int) time.Time {
		return midnight.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	for id, class := range map[string]fleet.Class{"server": fleet.Server, "pc": fleet.Workstation} {
		putDevice(t, c, "main", id, class)
	}
	o := observed{t, c}
	good, bad := look.Sample{Name: metric.ProbeSuccess, Value: 1}, look.Sample{Name: metric.ProbeSuccess}
	took := func(seconds float64) look.Sample { return look.Sample{Name: metric.ProbeDuration, Value: seconds} }

	// A website is well, answers wrongly for half an hour, nobody could look for
	// another, and then it is well. What is stored again is no look.
	o.check("www", at(8, 0), at(9, 0), good, took(0.1))
	o.check("www", at(9, 0), at(9, 30), bad, took(10))
	o.check("www", at(9, 30), at(10, 0), look.Sample{Name: metric.LookUnknown, Value: 1}, took(5))
	o.check("www", at(10, 0), at(11, 0), good, took(0.1), look.Sample{Name: metric.LookAgeSeconds, Value: 60})

	// Both computers speak for an hour. It is seen after six minutes that they
	// are silent.
	for _, id := range []string{"server", "pc"} {
		o.computer(id, at(8, 0), at(9, 0), true, true)
		o.computer(id, at(9, 0), at(9, 5), true, false)
		o.computer(id, at(9, 5), at(10, 0), false, false)
		o.computer(id, at(10, 0), at(10, 30), true, true)
	}
	if err := c.uptimes.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	const minute = 60
	day := func(id topology.ID) availability.Day {
		t.Helper()
		days, err := c.uptimes.Days(t.Context(), id, yesterday, yesterday)
		if err != nil || len(days) != 1 {
			t.Fatalf("%s: %v, %v", id, days, err)
		}
		days[0].Unknown = 0 // the rest
		return days[0]
	}
	want := func(id topology.ID, up, down int64) {
		t.Helper()
		if got := day(id).Seconds; got.Up != up || got.Down != down {
			t.Errorf("%s is up for %d minutes and down for %d, not %d and %d", id, got.Up/minute, got.Down/minute, up/minute, down/minute)
		}
	}
	www := topology.Check("www")
	if got, want := day(www), (availability.Day{
		Date: yesterday, Seconds: availability.Seconds{Up: (60 + 60 + 4) * minute, Down: 30 * minute},
		Latency: availability.Latency{P50: 0.1, P95: 0.1, Looks: 60},
	}); got != want {
		t.Errorf("the website: %s", cmp.Diff(want, got))
	}
	// The last word was at 8:59, and the last look at 10:29 holds for some time.
	want("server", (59+29)*minute+heldFor.Milliseconds()/1000, 61*minute)
	want("pc", (59+29)*minute+heldFor.Milliseconds()/1000, 0)

	// What the server kept while the line was cut shows that it was on.
	o.spoke("server", at(9, 0), at(9, 40))
	c.late(at(9, 0), at(9, 40))
	remake(t, c, yesterday)
	want("server", (99+29)*minute+heldFor.Milliseconds()/1000, 21*minute)

	// The website hung on something that was down: its fault was that of the
	// other. A window lay over ten minutes of it.
	cause := incident.Incident{ID: 1, Thing: www, Because: []incident.ID{2}, State: incident.Closed, Since: at(9, 10), Ended: at(9, 30)}
	if err := c.store.CommitIncidents([]incident.Incident{cause}, nil); err != nil {
		t.Fatal(err)
	}
	minutes(at(9, 0), at(9, 5), func(at time.Time) {
		target := maintenanceTarget(www, "main")
		o.record(target.ID, at, target.Identity, look.Sample{Name: metric.Maintenance, Value: 1})
	})
	if err := c.db.Forget(t.Context(), maintenanceTarget(www, "").ID, at(9, 5)); err != nil {
		t.Fatal(err)
	}
	remake(t, c, yesterday)
	got := day(www)
	if want := (availability.Seconds{Up: 124 * minute, Down: 5 * minute}); got.Seconds != want || got.Maintenance != (availability.Seconds{Down: 5 * minute}) {
		t.Errorf("the website: %+v", got)
	}
}

// remake makes a day as a collector does that was just started.
func remake(t *testing.T, c *Collector, d availability.Date) {
	t.Helper()
	config := c.Config()
	k, err := availability.New(availability.Options{Source: accounts{c}, Store: c.store, Window: metricdb.OutOfOrderWindow, Zone: config.zone, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestMaintenanceIsNotedWhileItIs: of what a window names and of what hangs on
// it, also when nothing of it is broken.
func TestMaintenanceIsNotedWhileItIs(t *testing.T) {
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "collector.yml")
	from := time.Now().Add(-time.Hour)
	config := fmt.Sprintf(`
site: {id: main}
host: {disabled: true}
time_zone: UTC
checks:
- {id: www, target: 'http://127.0.0.1:1/', runs_on: [srv]}
- {id: other, target: 'http://127.0.0.1:2/'}
topology:
- {id: srv, class: server}
calendar:
  maintenance:
  - {id: w, name: Atnaujinimai, from: '%s', duration: 3h, things: [srv]}
`, from.UTC().Format("2006-01-02 15:04"))
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), ConfigFile: file, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.close()
		_ = os.RemoveAll(dir)
	})
	c.fleet.tellMaintenance(t.Context(), c.now())
	points, err := c.db.Query(t.Context(), metric.Maintenance, c.now())
	if err != nil {
		t.Fatal(err)
	}
	if len(points) != 1 || points[0].Labels["check"] != "www" || points[0].Labels["site"] != "main" {
		t.Fatalf("noted is %+v", points)
	}
	c.fleet.tellMaintenance(t.Context(), c.now().Add(3*time.Hour))
	if points, err := c.db.Query(t.Context(), metric.Maintenance, c.now().Add(3*time.Hour)); err != nil || len(points) != 0 {
		t.Fatalf("after the window: %+v, %v", points, err)
	}
}
