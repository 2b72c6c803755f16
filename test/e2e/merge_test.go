package e2e

import (
	"encoding/base64"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent/enrol"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/agent/uplink"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// computer is an agent in this process, with hardware of the test's choice.
type computer struct {
	t        *testing.T
	identity state.Identity
	store    *state.Store
	uplink   *uplink.Uplink
}

func (w *world) newComputer(t *testing.T, hostname string, m wire.Machine, number byte) *computer {
	t.Helper()
	random := make([]byte, 32)
	random[0] = number
	identity, _, err := enrol.Enrol(t.Context(), enrol.Request{
		URL: w.url(""), Token: w.enrolToken(), Hostname: hostname, System: "windows", Version: "test", Machine: m,
		Secret: secret.New(wire.AgentSecretPrefix + base64.RawURLEncoding.EncodeToString(random)),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &computer{t: t, identity: identity}
	if c.store, err = state.Open(filepath.Join(t.TempDir(), "agent.db"), state.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.store.Close() })
	if err := c.store.SetIdentity(identity); err != nil {
		t.Fatal(err)
	}
	if c.uplink, err = uplink.New(uplink.Options{Identity: identity, Spool: c.store, Hostname: hostname, System: "windows", Version: "test", Machine: m}); err != nil {
		t.Fatal(err)
	}
	return c
}

// says delivers one sample.
func (c *computer) says(uptime float64) {
	c.t.Helper()
	err := c.store.Put(look.Result{Target: "host", Kind: "host", Time: time.Now(), Outcome: look.OK, Samples: []look.Sample{{Name: metric.SystemUptime, Value: uptime}}})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.uplink.Push(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// TestAComputerThatWasSetUpAnew is recognised, and merged when a person says so.
func TestAComputerThatWasSetUpAnew(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t, quick)
	w.start()
	machine := wire.Machine{SystemUUID: "4c4c4544-0043-5a10-8033-b7c04f4e3232", SystemSerial: "7CZ3N22", BoardSerial: "/7CZ3N22/CNCMC", MACs: []string{"d4:be:d9:11:22:33"}}
	before := w.newComputer(t, "PC-214-07", machine, 1)
	before.says(1000)
	after := w.newComputer(t, "PC-214-07", machine, 2) // its disk was wiped
	after.says(10)
	if before.identity.Device != "pc-214-07" || after.identity.Device == before.identity.Device {
		t.Fatalf("the devices are %s and %s", before.identity.Device, after.identity.Device)
	}
	d, err := w.device(after.identity.Device)
	if err != nil || len(d.SameAs) != 1 || d.SameAs[0] != before.identity.Device {
		t.Fatalf("no merge is proposed: %+v, %v", d, err)
	}
	w.mustCommand("devices", "merge", after.identity.Device, before.identity.Device)
	after.says(20)
	w.waitNumber(fmt.Sprintf(`system_uptime_seconds{device=%q}`, before.identity.Device), func(v float64) bool { return v == 20 })
	if d, err := w.device(after.identity.Device); err == nil {
		t.Errorf("there is a second row still: %+v", d)
	}
	if d, err := w.device(before.identity.Device); err != nil || len(d.SameAs) != 0 {
		t.Errorf("%+v, %v", d, err)
	}

	// A classroom's computers of one kind are not one computer.
	other := machine
	other.SystemUUID, other.SystemSerial, other.BoardSerial = "4c4c4544-0043-5a10-8033-b7c04f4e3233", "7CZ3N23", "/7CZ3N23/CNCMC"
	other.MACs = []string{"d4:be:d9:11:22:34"}
	twin := w.newComputer(t, "PC-214-08", other, 3)
	if d, err := w.device(twin.identity.Device); err != nil || len(d.SameAs) != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}
