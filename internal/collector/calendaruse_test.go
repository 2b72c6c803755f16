package collector

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

const calendarSection = `
calendar:
  hours: [{site: main, hours: "Mo-Fr 07:00-18:00"}]
  assessments: [{name: NMPP, date: 2027-05-04, from: "09:00", to: "12:00", site: main}]
  maintenance: [{id: nightly, name: Copies, sites: [main], from: 2026-09-01 02:00, duration: 1h, rrule: FREQ=DAILY}]
`

func TestTheCalendarOfTheFileAndThatOfTheConsole(t *testing.T) {
	file, err := ParseConfig("test.yml", []byte(calendarSection))
	if err != nil {
		t.Fatal(err)
	}
	var stored settings.Settings
	at := func(s string) calendar.Moment {
		m, err := calendar.ParseMoment(s)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	window := func(id, from string) calendar.Window {
		return calendar.Window{ID: id, Name: id, Sites: []string{"main"}, From: at(from), Duration: time.Hour}
	}
	removed := window("m-removed", "2026-10-03 20:00")
	removed.Removed = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	stored.Calendar = calendar.Config{Maintenance: []calendar.Window{
		window("m-1", "2026-10-03 22:00"), window("m-clash", "2027-05-04 11:00"), window("nightly", "2026-10-03 12:00"), removed,
	}}
	c := file.with(stored)
	if len(c.Calendar.Maintenance) != 2 {
		t.Errorf("in use is %+v", c.Calendar.Maintenance)
	}
	if left := c.LeftOut(); len(left) != 1 || left[0].ID != "m-clash" || left[0].Problems[0].Code != settings.CodeClash {
		t.Errorf("left out is %+v", left)
	}
	if n := len(c.cal.Windows(time.Date(2026, 10, 3, 19, 30, 0, 0, time.UTC))); n != 1 {
		t.Errorf("%d windows are under way", n)
	}
	if again := file.with(settings.Settings{}); len(again.Calendar.Maintenance) != 1 || again.cal == nil {
		t.Error("the file's calendar was changed by the console's")
	}
	if _, err := ParseConfig("test.yml", []byte(strings.Replace(calendarSection, "02:00", "11:00", 1))); err == nil || !strings.Contains(err.Error(), "calendar.maintenance[0]: this maintenance (2027-05-04 11:00 to 2027-05-04 12:00) overlaps") {
		t.Errorf("maintenance of the file during an assessment: %v", err)
	}
}

func TestAWindowOverAThingReachesWhatIsBelowIt(t *testing.T) {
	graph, problems := topology.New([]topology.Thing{
		{ID: "sw-1"}, {ID: "sw-2"}, {ID: "pc-1", Site: "main", Room: "214", Parents: []topology.ID{"sw-1"}},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a := calendar.Assessment{Site: "main", Rooms: []string{"214"}}
	for id, want := range map[topology.ID]bool{"sw-1": true, "pc-1": true, "sw-2": false, topology.Line: true, "none": false} {
		if got := touches(graph)(calendar.Window{Things: []topology.ID{id}}, a); got != want {
			t.Errorf("%s touches the assessment: %v", id, got)
		}
	}
}

func TestMaintenanceByCommand(t *testing.T) {
	w := newTwoSides(t)
	o, ctx := ops{w.c}, t.Context()
	got, err := o.AddMaintenance(ctx, admin.NewWindow{Name: "new switch", For: time.Hour, Things: []string{"own"}})
	if err != nil || !got.UnderWay || got.ID == "" {
		t.Fatalf("it is %+v, %v", got, err)
	}
	if n := len(w.c.calendar().Windows(w.c.now())); n != 1 {
		t.Errorf("%d windows are under way", n)
	}
	list, err := o.Windows(ctx)
	if err != nil || !slices.ContainsFunc(list, func(w admin.Window) bool { return w.ID == got.ID && w.Where[0] == "own" }) {
		t.Errorf("the list is %+v, %v", list, err)
	}
	if _, err := o.EndMaintenance(ctx, got.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(w.c.calendar().Windows(w.c.now().Add(time.Second))); n != 0 {
		t.Errorf("%d windows are under way after the end", n)
	}
	for want, n := range map[string]admin.NewWindow{
		"Nothing is called nobody": {Name: "x", For: time.Hour, Things: []string{"nobody"}},
		"no room 999":              {Name: "x", For: time.Hour, Sites: []string{northside}, Rooms: []string{"999"}},
		"write a day and a time":   {Name: "x", For: time.Hour, From: "tomorrow", Sites: []string{northside}},
		"either when it ends":      {Name: "x", Sites: []string{northside}},
	} {
		if _, err := o.AddMaintenance(ctx, n); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v gives %v, not %q", n, err, want)
		}
	}
	if _, err := o.EndMaintenance(ctx, "m-none"); err == nil {
		t.Error("what is not there was ended")
	}
}

// Whoever begins maintenance now is not told that it ended an hour ago.
func TestMaintenanceThatBeginsInTheHourThatComesTwice(t *testing.T) {
	c := openWith(t, "time_zone: Europe/Vilnius\ndevice: own\n")
	for clock, at := range map[string]time.Time{
		"03:30 for the first time":  time.Date(2026, 10, 25, 0, 30, 10, 0, time.UTC),
		"03:30 for the second time": time.Date(2026, 10, 25, 1, 30, 10, 0, time.UTC),
	} {
		c.now = func() time.Time { return at }
		got, err := ops{c}.AddMaintenance(t.Context(), admin.NewWindow{Name: "new switch", For: time.Hour, Things: []string{"own"}})
		if err != nil || !got.UnderWay || got.To.Sub(at).Round(time.Minute) != time.Hour {
			t.Errorf("%s: it is %+v, %v", clock, got, err)
		}
	}
}
