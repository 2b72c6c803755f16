package web_test

import (
	"context"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/web/chart"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// self stands for the collector itself.
type self struct{ health web.Health }

func (s *self) Health(_ context.Context, r web.Range) (web.Health, error) {
	h := s.health
	h.To, h.From, h.Step = now, now.Add(-r.Length()), r.Length()/288
	return h, nil
}

// healthy is a collector that is well.
func healthy() web.Health {
	var points []chart.Point
	for i := range 288 {
		points = append(points, chart.Point{Time: now.Add(-time.Duration(288-i) * 5 * time.Minute), Value: 12 + math.Sin(float64(i)/20)})
	}
	return web.Health{
		Version: "1.4.0", Started: ago(36*time.Hour + 10*time.Minute), Device: "serveris",
		Samples:     web.SamplesHealth{PerSecond: 12.34, Series: 2451, Oldest: ago(37 * 24 * time.Hour), KeptDays: 400, KeptBytes: 20e9},
		Disk:        web.DiskHealth{Folder: "/var/lib/budi", Size: 811 << 20, Free: 112 << 30, PerDay: 22 << 20, PaceKnown: true},
		Copy:        web.CopyHealth{Made: ago(7 * time.Hour), Bytes: 4 << 20},
		Backup:      web.BackupHealth{Made: ago(7 * time.Hour), Bytes: 611 << 20, File: "/mnt/nas/budi/budi-serveris-2026-09-01.tar.zst.age", Encrypted: true, ByItself: true},
		Telling:     web.TellingHealth{Contacts: 2, Sent: 5},
		Rules:       web.RulesHealth{Count: 31, Evaluated: ago(4 * time.Second), Took: 38 * time.Millisecond},
		Looks:       web.LooksHealth{Made: 12960, Late: 1},
		Door:        web.DoorHealth{Agents: 48, Requests: 34001, Samples: 4021322, Refused: []web.Count{{Key: "unknown_agent", N: 2}}, Bad: []web.Count{{Key: "too_old", N: 12}, {Key: "something_new", N: 1}}},
		Certificate: web.CertificateHealth{TLS: true, Own: true, Until: now.Add(300 * 24 * time.Hour), AuthorityUntil: now.Add(3600 * 24 * time.Hour)},
		Clock:       web.ClockHealth{Compared: 48, Apart: 1}, Heartbeat: beating(),
		Charts: []web.DeviceChart{
			{Kind: web.ChartSelfSamples, Unit: chart.Number, Lines: []chart.Line{{Points: points}}},
			{Kind: web.ChartSelfData, Unit: chart.Bytes, Lines: []chart.Line{{Name: "data", Points: points}, {Name: "free", Points: points}}},
		},
	}
}

// ill is a collector with everything that can be wrong.
func ill() web.Health {
	return web.Health{
		Version: "1.4.0", Started: ago(36 * time.Hour), Device: "serveris", ReloadOver: true,
		Samples:     web.SamplesHealth{PerSecond: -1, Series: 1, KeptDays: 1, KeptBytes: 1e9, MemoryOnly: true, Failures: 21},
		Disk:        web.DiskHealth{Folder: "/var/lib/" + hostile, Size: 811 << 20, Free: 40 << 20, PerDay: 22 << 20, PaceKnown: true, ReserveGone: true},
		Backup:      web.BackupHealth{Made: ago(40 * 24 * time.Hour), Bytes: 1 << 20, File: "/tmp/" + hostile},
		Telling:     web.TellingHealth{Waiting: 3, Oldest: ago(3 * time.Hour), Problem: "connect (mail.example:587): " + hostile, GivenUp: 1},
		Rules:       web.RulesHealth{Count: 2, Evaluated: ago(10 * time.Minute), NotLoaded: true, StepErrors: 3, NoRoom: 1, Failing: []web.FailingRule{{Name: "ManoTaisyklė", Problem: "vector cannot contain metrics with the same labelset"}}},
		Looks:       web.LooksHealth{Made: 1000, Late: 300, Skipped: 21},
		Door:        web.DoorHealth{Agents: 1, Requests: 100, Failed: 2, Refused: []web.Count{{Key: "cloned", N: 21}}, Bad: []web.Count{{Key: hostile, N: 3}}},
		Certificate: web.CertificateHealth{TLS: true, Until: ago(time.Hour)},
		Clock:       web.ClockHealth{Compared: 5, Apart: 5, Offset: 7 * time.Minute},
		Heartbeat:   web.HeartbeatHealth{Server: "https://" + hostile, Interval: time.Minute, Last: ago(time.Minute), Failures: 3, Problem: "call: " + hostile},
		Notices:     []web.Notice{{Time: ago(3 * time.Hour), Detail: "budi.db was damaged and was replaced by the copy of yesterday <now>"}},
	}
}

func TestHealthPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, h := range map[string]web.Health{
			"health":       healthy(),
			"health-ill":   ill(),
			"health-start": {Version: "1.4.0", Started: ago(10 * time.Second), Samples: web.SamplesHealth{PerSecond: -1, KeptDays: 400, KeptBytes: 20e9}, Disk: web.DiskHealth{Folder: "/tmp/budi", Free: -1}},
		} {
			t.Run(name+"."+string(lang), func(t *testing.T) {
				c := newConsole(t, func(o *web.Options) { o.Health = &self{h} })
				page := text(t, c.ask("/health", c.session(access.Viewer, lang), nil))
				golden(t, name+"."+string(lang), page)
				for _, bad := range []string{"<script>", "health.bad", "health.refused", "<no value>", "style=", "\u202e"} {
					if strings.Contains(inside(page), bad) {
						t.Errorf("the page holds %q", bad)
					}
				}
			})
		}
	}
}

// Each part says by itself how it is, and the headline says the worst.
func TestHealthSaysWhatIsWorst(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*web.Health)
		want []string
	}{
		"well":                  {func(*web.Health) {}, []string{"Budi is well"}},
		"a message waits":       {func(h *web.Health) { h.Telling.Waiting, h.Telling.Oldest = 1, ago(31*time.Minute) }, []string{"Budi has a problem", "cannot be delivered", "test mail"}},
		"a message waits since": {func(h *web.Health) { h.Telling.Waiting, h.Telling.Oldest = 1, ago(time.Minute) }, []string{"Budi is well", "1 message waits, for 1 min"}},
		"the disk fills":        {func(h *web.Health) { h.Disk.PerDay = 5 << 30 }, []string{"Budi needs attention", "The disk is full in 22 days"}},
		"the disk is nearly full": {func(h *web.Health) { h.Disk.PerDay = 60 << 30 },
			[]string{"Budi has a problem", "The disk is full in 1 d"}},
		"the pace is not known":     {func(h *web.Health) { h.Disk.PerDay, h.Disk.PaceKnown = 60<<30, false }, []string{"Budi is well", "after six hours"}},
		"the copy is old":           {func(h *web.Health) { h.Copy.Made = ago(27 * time.Hour) }, []string{"Budi needs attention", "too old"}},
		"no backup yet":             {func(h *web.Health) { h.Backup = web.BackupHealth{} }, []string{"Budi is well", "No backup of everything was made yet", "budi-collector backup"}},
		"the backup is old":         {func(h *web.Health) { h.Backup.Made = ago(27 * time.Hour) }, []string{"Budi needs attention", "The newest backup is too old", "tried again each hour"}},
		"the backup is very old":    {func(h *web.Health) { h.Backup.Made = ago(51 * time.Hour) }, []string{"Budi has a problem"}},
		"a backup by hand":          {func(h *web.Health) { h.Backup.Made, h.Backup.ByItself = ago(30*24*time.Hour), false }, []string{"Budi is well", "makes none by itself"}},
		"it fails from the start":   {func(h *web.Health) { h.Backup = web.BackupHealth{ByItself: true} }, []string{"Budi has a problem", "No backup of everything"}},
		"a certificate of a file":   {func(h *web.Health) { h.Certificate.Own, h.Certificate.Until = false, now.Add(20*24*time.Hour) }, []string{"Budi needs attention", "ends soon"}},
		"an own certificate":        {func(h *web.Health) { h.Certificate.Until = now.Add(20 * 24 * time.Hour) }, []string{"Budi is well"}},
		"the clock is behind":       {func(h *web.Health) { h.Clock.Offset = -time.Minute }, []string{"Budi has a problem", "behind by 1 min"}},
		"a heartbeat fails once":    {func(h *web.Health) { h.Heartbeat.Failures = 1 }, []string{"Budi needs attention", "cannot be reached"}},
		"the heartbeat is withheld": {func(h *web.Health) { h.Heartbeat.Withheld = "not_stored" }, []string{"Budi has a problem", "withheld"}},
		"no heartbeat":              {func(h *web.Health) { h.Heartbeat = web.HeartbeatHealth{} }, []string{"Budi is well", "Nobody would notice"}},
		"few clocks":                {func(h *web.Health) { h.Clock = web.ClockHealth{Compared: 2, Apart: 2, Offset: time.Hour} }, []string{"Budi is well", "too few computers"}},
	} {
		h := healthy()
		tc.edit(&h)
		c := newConsole(t, func(o *web.Options) { o.Health = &self{h} })
		page := text(t, c.ask("/health?range=365d", c.session(access.Viewer, i18n.English), nil))
		for _, want := range append(tc.want, `<a href="/health?range=365d#charts" aria-current="true">`) {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", name, want)
			}
		}
	}
}

// What concerns the whole installation is not for those who see some sites.
func TestHealthIsForThoseWhoSeeEverySite(t *testing.T) {
	c := newConsole(t)
	if resp := c.ask("/health", sessionOfSite(c, access.Administrator, "mokykla"), nil); resp.StatusCode != http.StatusForbidden {
		t.Errorf("an administrator of one site gets %d", resp.StatusCode)
	}
}

// sessionOfSite adds a user who sees one site, and logs in.
func sessionOfSite(c *console, role access.Role, site string) string {
	c.t.Helper()
	login := string(role) + "-of-" + site
	if _, err := c.access.CreateUser(c.t.Context(), access.Local("test"), access.NewUser{Login: login, Lang: i18n.English, Role: role, Sites: []string{site}, Password: secret.New(password)}); err != nil {
		c.t.Fatal(err)
	}
	session, _, err := c.access.Login(c.t.Context(), login, secret.New(password), access.Client{Address: clientAddr})
	if err != nil {
		c.t.Fatal(err)
	}
	return session
}
