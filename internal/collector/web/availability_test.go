package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// kept are the days that are kept of the things in it.
type kept map[topology.ID][]availability.Day

func (kept) Today() availability.Date { return availability.DateOf(now) }

func (k kept) AvailabilityDays(_ context.Context, id topology.ID, from, to availability.Date) ([]availability.Day, error) {
	if id == "check:none" {
		return nil, web.ErrNotFound
	}
	var out []availability.Day
	for _, d := range k[id] {
		if d.Date >= from && d.Date <= to {
			out = append(out, d)
		}
	}
	return out, nil
}

// hundred are a hundred days: well, with one fault of an hour, one in
// maintenance, a night that nobody knows of, and nothing in the last two.
func hundred() []availability.Day {
	today := availability.DateOf(now)
	var out []availability.Day
	for i := range availability.Date(100) {
		d := availability.Day{Date: today - 99 + i, Seconds: availability.Seconds{Up: 86_400}, Latency: availability.Latency{P50: 0.12, P95: 1.5, Looks: 1440}}
		switch i {
		case 50:
			d.Seconds = availability.Seconds{Up: 82_800, Down: 3600}
		case 60:
			d.Seconds, d.Maintenance = availability.Seconds{Up: 79_200}, availability.Seconds{Down: 7200}
		case 70:
			d.Seconds = availability.Seconds{Up: 43_200, Unknown: 43_200}
		case 98, 99:
			d = availability.Day{Date: d.Date, Seconds: availability.Seconds{Unknown: 86_400}}
		}
		out = append(out, d)
	}
	return out
}

func withDays(k kept) func(*web.Options) { return func(o *web.Options) { o.Availability = k } }

func TestAvailabilityOfACheck(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.English, i18n.Lithuanian} {
		c := newConsole(t, withDays(kept{"check:svetaine": hundred()}))
		body := text(t, c.ask("/checks/svetaine", c.session(access.Viewer, lang), nil))
		golden(t, fmt.Sprintf("check-availability.%s", lang), body)
		harmless(t, body)
	}
}

func TestOfADeviceWithoutDaysNothingIsSaid(t *testing.T) {
	c := newConsole(t, withDays(kept{"pc-214-07": hundred()}))
	session := c.session(access.Viewer, i18n.English)
	if body := text(t, c.ask("/devices/pc-214-07", session, nil)); !strings.Contains(body, `id="availability"`) {
		t.Error("the page of a computer says nothing of its availability")
	}
	if body := text(t, c.ask("/checks/svetaine", session, nil)); strings.Contains(body, `id="availability"`) {
		t.Error("a check of which nothing is kept has a section for it")
	}
}

func TestDaysAsAFile(t *testing.T) {
	c := newConsole(t, withDays(kept{"check:svetaine": hundred()}))
	resp := c.ask("/availability/check:svetaine", c.session(access.Viewer, i18n.Lithuanian), nil)
	if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename="veikimo-laikas-2026-09-01.csv"` {
		t.Error(got)
	}
	lines := strings.Split(text(t, resp), "\r\n")
	if len(lines) != 102 || !strings.HasPrefix(lines[0], "\uFEFFDiena;") {
		t.Fatalf("%d lines; the first is %q", len(lines), lines[0])
	}
	for i, want := range map[int]string{
		1:   "2026-09-01;;0;0;86400;0;0;0;0;;",
		40:  "2026-07-24;100,000;79200;0;0;0;7200;0;1440;0,120;1,500",
		50:  "2026-07-14;95,833;82800;3600;0;0;0;0;1440;0,120;1,500",
		100: "2026-05-25;100,000;86400;0;0;0;0;0;1440;0,120;1,500",
	} {
		if lines[i] != want {
			t.Errorf("line %d is %q, not %q", i, lines[i], want)
		}
	}
	if resp := c.ask("/availability/check:none", c.session(access.Viewer, i18n.English), nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("of what there is not: %d", resp.StatusCode)
	}
}
