package collector

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/wire"
)

// BenchmarkFleet is what a thousand computers with four days of samples, eight
// hours of each, cost each minute, at the start, and on the page of devices.
func BenchmarkFleet(b *testing.B) {
	const devices, days, hours = 1000, 4, 8
	c, _ := openForDoors(b)
	ctx, now := b.Context(), time.Now()
	token, _, err := c.agents.enrolment.CreateToken(ctx, "bench", enrolment.NewToken{Site: c.Config().Site.ID, TTL: time.Hour, Uses: devices})
	if err != nil {
		b.Fatal(err)
	}
	for i := range devices {
		secret := wire.AgentSecretPrefix + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%032d", i))
		if _, err := c.agents.enrolment.Enrol(ctx, wire.EnrolRequest{
			Token: token.Reveal(), Secret: secret, Hostname: fmt.Sprintf("pc-%04d", i), Machine: wire.Machine{BoardSerial: fmt.Sprintf("B-%04d", i)},
		}, "10.0.0.1"); err != nil {
			b.Fatal(err)
		}
	}
	for day := days; day > 0; day-- {
		for minute := range hours * 60 {
			at := now.Add(-time.Duration(day)*24*time.Hour + time.Duration(minute)*time.Minute + 16*time.Hour)
			for i := range devices {
				id := fmt.Sprintf("pc-%04d", i)
				if err := c.db.Record(ctx, metricdb.Target{ID: id, Identity: look.Labels("site", "main", "device", id, "job", "host")}, look.Result{Time: at, Samples: []look.Sample{
					{Name: metric.HostAntivirusEnabled, Value: 1}, {Name: metric.HostAntivirusUpToDate, Value: 1}, {Name: metric.HostFirewallEnabled, Value: 1},
					{Name: metric.HostUpdateAge, Value: float64(minute)}, {Name: metric.HostRestartPending}, {Name: metric.HostDiskHealthy, Labels: look.Labels(metric.LabelDevice, "sda"), Value: 1},
				}}); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("tell", func(b *testing.B) {
		for b.Loop() {
			c.fleet.tell(ctx)
		}
	})
	b.Run("recall", func(b *testing.B) {
		for b.Loop() {
			c.fleet.recall(ctx)
		}
		if n := len(c.fleet.posture); n < devices {
			b.Fatalf("the state of %d computers is known", n)
		}
	})
	b.Run("look", func(b *testing.B) {
		for b.Loop() {
			c.fleet.look(ctx, `{__name__=~"budi_host_.+", job="host"}`)
		}
	})
	b.Run("rules", func(b *testing.B) {
		at := now.Add(-12 * time.Hour)
		for b.Loop() {
			at = at.Add(time.Hour) // all groups are due
			c.rules.Eval(ctx, at)
		}
		for _, r := range c.rules.Rules() {
			if !r.Healthy {
				b.Errorf("rule %s: %v", r.Name, r.LastError)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		var page web.DevicesPage
		h := access.WithIdentity(ctx, access.Local("bench"))
		for b.Loop() {
			if page, err = (fleetView{c}).Devices(h, web.DeviceFilter{Limit: web.MaxDevices}); err != nil {
				b.Fatal(err)
			}
		}
		if page.Matching < devices {
			b.Fatalf("%d devices", page.Matching)
		}
	})
}
