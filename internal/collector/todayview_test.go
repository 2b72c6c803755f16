package collector

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// as is a context in which somebody asks; without sites they see all.
func as(ctx context.Context, role access.Role, sites ...string) context.Context {
	return access.WithIdentity(ctx, access.Identity{Kind: access.KindUser, Login: "rasa", Role: role, Sites: sites})
}

// putDevice makes a device with exactly this ID.
func putDevice(t testing.TB, c *Collector, site, id string, class fleet.Class) {
	t.Helper()
	if err := c.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: site, Name: "Site " + site}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.agents.inventory.Keep(t.Context(), inventory.Device{ID: id, Site: site, Hostname: id, Class: class, Kind: inventory.KindComputer}); err != nil {
		t.Fatal(err)
	}
}

// A disk is told of before it is full, by the pace of this week; one that does
// not fill, and one of which too little is known, are not.
func TestDisksThatWillBeFullAreComing(t *testing.T) {
	c, _ := openForDoors(t)
	now := c.now()
	const gib = 1 << 30
	for _, d := range []struct {
		id, mount string
		days      int
		left      float64 // now
		pace      float64 // lost each day
	}{{"srv", "/var", 7, 5 * gib, gib}, {"srv", "/", 7, 5 * gib, 0}, {"pc-1", `C:\`, 7, 100 * gib, gib}, {"pc-2", `C:\`, 0, gib, 10 * gib}} {
		putDevice(t, c, "main", d.id, fleet.Server)
		for hours := d.days*24 + 2; hours >= 0; hours-- {
			for minute := 0; minute < 60; minute += 5 {
				at := now.Add(-time.Duration(hours)*time.Hour - time.Duration(minute)*time.Minute)
				free := d.left + d.pace*now.Sub(at).Hours()/24
				err := c.db.Record(t.Context(), metricdb.Target{ID: fmt.Sprint(d.id, d.mount), Identity: look.Labels("site", "main", "device", d.id, "job", "host")}, look.Result{Time: at, Samples: []look.Sample{
					{Name: metric.SystemFilesystemUsage, Labels: look.Labels(metric.LabelFilesystemMountpoint, d.mount, metric.LabelFilesystemState, "free"), Value: free},
				}})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := c.forecast.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, err := view{c}.Overview(as(t.Context(), access.Viewer))
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Coming) != 1 || o.Coming[0].Kind != web.ComingDisk || o.Coming[0].Item != "/var" || o.Coming[0].Path != "/devices/srv" {
		t.Fatalf("%+v", o.Coming)
	}
	if in := o.Coming[0].At.Sub(now); in < 4*24*time.Hour || in > 6*24*time.Hour {
		t.Errorf("full in %v, not in five days", in)
	}
	// Who sees another site only learns nothing.
	if o, err := (view{c}).Overview(as(t.Context(), access.Viewer, "other")); err != nil || len(o.Coming)+len(o.Sites) != 0 {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestTokensThatExpireAreComing(t *testing.T) {
	c, _ := openForDoors(t)
	putDevice(t, c, "main", "pc", fleet.Workstation)
	ctx := as(t.Context(), access.Administrator)
	_, soon, err := c.agents.enrolment.CreateToken(ctx, "test", enrolment.NewToken{Site: "main", TTL: time.Hour, Uses: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.agents.enrolment.CreateToken(ctx, "test", enrolment.NewToken{Site: "main", TTL: 20 * 24 * time.Hour, Uses: 1}); err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]time.Duration{"grafana": 24 * time.Hour, "later": 60 * 24 * time.Hour} {
		if _, _, err := c.access.CreateToken(ctx, access.Local("test"), name, access.Viewer, nil, c.now().Add(in)); err != nil {
			t.Fatal(err)
		}
	}
	names := func(ctx context.Context) (out []string) {
		o, err := view{c}.Overview(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, coming := range o.Coming {
			out = append(out, coming.Kind+" "+coming.Name)
		}
		slices.Sort(out)
		return out
	}
	if got := names(ctx); !slices.Equal(got, []string{"api_token grafana", "enrol_token " + soon.Name}) {
		t.Errorf("%q", got)
	}
	// Only whoever can make others needs to know, and of what they see.
	if got := names(as(t.Context(), access.Operator)); len(got) != 0 {
		t.Errorf("an operator is told %q", got)
	}
	if got := names(as(t.Context(), access.Administrator, "main")); !slices.Equal(got, []string{"enrol_token " + soon.Name}) {
		t.Errorf("the administrator of a site is told %q", got)
	}
}

// Each site is summed up, and why nobody knows is told.
func TestSitesAreSummedUp(t *testing.T) {
	c, _ := openForDoors(t)
	putDevice(t, c, "main", "pc", fleet.Workstation)
	putDevice(t, c, "north", "pc-n", fleet.Workstation)
	incidents := []incident.Incident{
		{ID: 1, State: incident.Open, Evidence: incident.Firing, Labels: map[string]string{"site": "north"}},
		{ID: 2, State: incident.Open, Evidence: incident.Unknown, Labels: map[string]string{"site": "north", "device": "pc-n"}},
		{ID: 3, State: incident.Holding, Evidence: incident.Firing, Labels: map[string]string{"site": "north"}},
	}
	for i := range incidents {
		incidents[i].Rule, incidents[i].Since, incidents[i].Turned = "Test", c.started, c.started
		incidents[i].Key = incident.Key(fmt.Sprint(i))
	}
	if err := c.store.CommitIncidents(incidents, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.alerting.load(); err != nil {
		t.Fatal(err)
	}
	o, err := view{c}.Overview(as(t.Context(), access.Viewer, "north"))
	if err != nil {
		t.Fatal(err)
	}
	want := web.SiteLine{Site: web.Site{ID: "north", Name: "Site north"}, Devices: 1, Wrong: 1, Unknown: 1}
	if len(o.Sites) != 1 || o.Sites[0] != want {
		t.Errorf("%+v", o.Sites)
	}
	if o.Unsure[2] != web.UnsureData || len(o.Unsure) != 1 {
		t.Errorf("%+v", o.Unsure)
	}
}
