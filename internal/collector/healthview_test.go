package collector

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/web"
)

// The page of the own health stands on real parts: what the collector stored of
// itself, the registry, the files of its folder.
func TestOwnHealth(t *testing.T) {
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(-7 * time.Hour).Truncate(time.Minute)
	c, err := Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.close()
		_ = os.RemoveAll(dir)
	})
	self := selfLook(c.registry)
	health := func() web.Health {
		h, err := healthView{c}.Health(t.Context(), web.Day)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}

	if h := health(); h.Samples.PerSecond >= 0 || h.Disk.PaceKnown || !h.Copy.Made.IsZero() || !h.Rules.Evaluated.IsZero() || len(h.Charts) != 0 {
		t.Errorf("at the start nothing is known yet, but: %+v", h)
	}
	for range 6*60 + 30 {
		c.looking.take(t.Context(), targetSelf, self(t.Context()))
		now = now.Add(time.Minute)
	}
	if err := c.store.DailyCopy(now); err != nil {
		t.Fatal(err)
	}
	c.alerting.step(t.Context())

	h := health()
	switch {
	case h.Samples.PerSecond < 0.5, h.Samples.Series < 30, h.Samples.KeptDays != 400:
		t.Errorf("samples: %+v", h.Samples)
	case now.Sub(h.Samples.Oldest).Round(time.Minute) != 6*time.Hour+30*time.Minute:
		t.Errorf("the oldest sample is of %s, at %s", h.Samples.Oldest, now)
	case !h.Disk.PaceKnown || h.Disk.Free <= 0 || h.Disk.Size < 1<<20:
		t.Errorf("disk: %+v", h.Disk)
	case h.Copy.Made.IsZero() || h.Copy.Bytes == 0:
		t.Errorf("copy: %+v", h.Copy)
	case h.Rules.Count == 0 || !h.Rules.Evaluated.After(now.Add(-time.Minute)) || len(h.Rules.Failing) != 0:
		t.Errorf("rules: %+v", h.Rules)
	case h.Looks.Made < 300:
		t.Errorf("looks: %+v", h.Looks)
	case h.Telling.Contacts != 0 || h.Certificate.TLS || h.Clock.Compared != 0 || h.ReloadOver:
		t.Errorf("a collector by itself, without TLS and mail: %+v", h)
	case h.Device != c.device || len(h.Charts) != 6:
		t.Errorf("device %q, %d charts", h.Device, len(h.Charts))
	}
}
