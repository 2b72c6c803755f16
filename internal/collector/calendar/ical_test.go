package calendar

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n" +
	"BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260901T000000Z\r\nSUMMARY:Rudens atostogos\\, visi\r\nDTSTART;VALUE=DATE:20261102\r\nDTEND;VALUE=DATE:20261109\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:2\r\nDTSTAMP:20260901T000000Z\r\nSUMMARY:NMPP\r\nDTSTART;TZID=FLE Standard Time:20270504T090000\r\nDTEND;TZID=FLE Standard Time:20270504T110000\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:3\r\nDTSTAMP:20260901T000000Z\r\nSUMMARY:Kopijos\r\nDTSTART:20261003T190000Z\r\nDTEND:20261003T210000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=SA\r\nEXDATE:20261010T190000Z\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:4\r\nDTSTAMP:20260901T000000Z\r\nSUMMARY:Atšaukta\r\nSTATUS:CANCELLED\r\nDTSTART:20261003T190000Z\r\nDTEND:20261003T210000Z\r\nEND:VEVENT\r\n" +
	"END:VCALENDAR\r\n"

func TestReadFile(t *testing.T) {
	events, more, err := ReadFile([]byte(file), vilnius(t))
	if err != nil || len(events) != 3 || more != 1 {
		t.Fatalf("%d events, %d more, %v", len(events), more, err)
	}
	if e := events[0]; !e.AllDay || e.Name != "Rudens atostogos, visi" || e.First.String() != "2026-11-02" || e.Last.String() != "2026-11-08" {
		t.Errorf("the holidays are %+v", e)
	}
	var all Config
	for i, want := range []struct {
		kind Kind
		ok   [3]bool
	}{{KindPupils, [3]bool{true, false, false}}, {KindAssessment, [3]bool{false, true, false}}, {KindMaintenance, [3]bool{false, true, true}}} {
		for j, e := range events {
			c, ok := e.As(want.kind, "main", nil)
			if ok != want.ok[j] {
				t.Errorf("event %d as %s: %v", j, want.kind, ok)
			}
			if i == j {
				all.Put(c)
				all.Put(c) // imported again
			}
		}
	}
	c, err := New(all, vilnius(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.OpenDay(Place{Site: "main"}, at(t, "2026-11-03 10:00")) || !c.WorkingDay("main", at(t, "2026-11-03 10:00")) {
		t.Error("there are no holidays")
	}
	if a, is := c.Assessment(Place{Site: "main"}, at(t, "2027-05-04 10:59")); !is || a.Name != "NMPP" {
		t.Error("there is no assessment")
	}
	for when, want := range map[string]int{"2026-10-03 22:00": 1, "2026-10-10 23:00": 0, "2026-11-07 22:30": 1} {
		if n := len(c.Windows(at(t, when))); n != want {
			t.Errorf("at %s there are %d windows", when, n)
		}
	}
	for _, text := range []string{"", "no calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", strings.Repeat("x", MaxFile+1)} {
		if _, _, err := ReadFile([]byte(text), vilnius(t)); !errors.Is(err, ErrFile) {
			t.Errorf("%.20q gives %v", text, err)
		}
	}
}

func TestFeed(t *testing.T) {
	c := must(t, school)
	name := func(e Entry) string { return string(e.Kind) + ": " + e.Name }
	feed := func(sees func(string) bool) string {
		return string(c.Feed(at(t, "2026-09-01 00:00"), at(t, "2027-06-30 00:00"), at(t, "2026-09-01 00:00"), "Budi, mokykla", sees, name))
	}
	all := feed(func(string) bool { return true })
	events, more, err := ReadFile([]byte(all), vilnius(t))
	if err != nil || more != 0 {
		t.Fatalf("%v, %d cannot be read:\n%s", err, more, all)
	}
	count := map[string]int{}
	for _, e := range events {
		kind, _, _ := strings.Cut(e.Name, ":")
		count[kind]++
	}
	if count["assessment"] != 1 || count["school_holiday"] != 1 || count["day"] != 5 || count["public_holiday"] != 14 || count["maintenance"] < 40 {
		t.Errorf("the feed has %v", count)
	}
	if !strings.Contains(all, "SUMMARY:assessment: NMPP") || !strings.Contains(all, "DTSTART:20270504T060000Z") {
		t.Errorf("the assessment is not in the feed:\n%s", all)
	}
	if other := feed(func(s string) bool { return s == "other" }); strings.Contains(other, "NMPP") || strings.Contains(other, "Backups") || strings.Contains(other, "New switch") || !strings.Contains(other, "public_holiday") {
		t.Errorf("who sees another site reads:\n%s", other)
	}
}

func TestAFileOfEndlessParametersIsRefusedAtOnce(t *testing.T) {
	for _, line := range []string{"X;A=" + strings.Repeat("b,", 500_000) + ":x", "X" + strings.Repeat(";A=B", 250_000) + ":x", "X;A=\":\"" + strings.Repeat(",\r\n b", 150_000) + ":x"} {
		begun := time.Now()
		if _, _, err := ReadFile([]byte("BEGIN:VCALENDAR\r\n"+line+"\r\nEND:VCALENDAR\r\n"), time.UTC); !errors.Is(err, ErrFile) || time.Since(begun) > time.Minute {
			t.Errorf("%v after %s", err, time.Since(begun))
		}
	}
}

// Who sees some sites only reads neither the IDs of others nor what things are
// worked on, which may be anywhere.
func TestEntriesNameNothingOfOtherSites(t *testing.T) {
	c := must(t, `
  school_holidays: {sites: [main, south], years: {2026-2027: [{name: autumn, from: 2026-11-02, to: 2026-11-06}]}}
  maintenance: [{id: copies, name: Copies, sites: [main], things: [srv-south], from: 2026-10-03 02:00, duration: 1h}]
`)
	for _, tc := range []struct {
		sees          func(string) bool
		sites, things string
	}{
		{func(string) bool { return true }, "[main south]", "[srv-south]"},
		{func(s string) bool { return s == "main" }, "[main]", "[]"},
	} {
		kinds := map[EntryKind]int{}
		for _, e := range c.Entries(at(t, "2026-10-01 00:00"), at(t, "2026-12-31 00:00"), tc.sees) {
			kinds[e.Kind]++
			switch {
			case e.Kind == EntrySchool && fmt.Sprint(e.Sites) != tc.sites:
				t.Errorf("the holidays are at %v, not %s", e.Sites, tc.sites)
			case e.Kind == EntryMaintenance && fmt.Sprint(e.Things) != tc.things:
				t.Errorf("maintenance is of %v, not %s", e.Things, tc.things)
			}
		}
		if kinds[EntrySchool] == 0 || kinds[EntryMaintenance] != 1 {
			t.Errorf("there are %v", kinds)
		}
	}
}

func TestEdits(t *testing.T) {
	var c Config
	now := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	c.Put(Config{Days: []SpecialDay{{ID: "d-1", Date: date(t, "2026-10-01"), Closed: true}}, Maintenance: []Window{{ID: "m-1"}, {ID: "m-2"}}})
	if err := c.SetRemoved("m-1", now, now.AddDate(0, 0, -30)); err != nil || len(c.InUse().Maintenance) != 1 {
		t.Errorf("removing: %v, %+v", err, c)
	}
	if err := c.SetRemoved("m-1", time.Time{}, now.AddDate(0, 0, -30)); err != nil || len(c.InUse().Maintenance) != 2 {
		t.Errorf("restoring: %v, %+v", err, c)
	}
	if err := c.SetRemoved("m-3", now, now); !errors.Is(err, ErrNotFound) {
		t.Errorf("removing what is not there: %v", err)
	}
	if err := c.SetRemoved("m-1", now.AddDate(0, 0, -31), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetRemoved("m-2", now, now.AddDate(0, 0, -30)); err != nil || len(c.Maintenance) != 1 {
		t.Errorf("what was removed long ago is kept: %+v", c.Maintenance)
	}
	if one, ok := c.Find("d-1"); !ok || len(one.Days) != 1 {
		t.Errorf("found %+v", one)
	}
}

// FuzzReadFile: whatever a file says, what comes of it can be asked.
func FuzzReadFile(f *testing.F) {
	f.Add([]byte(file))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART:20260101T000000\nDTEND:20260102T000000\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\nEND:VEVENT\nEND:VCALENDAR"))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nDTSTART;TZID=\"../../etc\":20260101T000000\nDTEND:20260102\nEXDATE:,,20260101\nEND:VEVENT\nEND:VCALENDAR"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, _, err := ReadFile(data, time.UTC)
		if err != nil {
			return
		}
		for _, e := range events[:min(len(events), 5)] {
			for _, kind := range []Kind{KindClosed, KindPupils, KindAssessment, KindMaintenance} {
				config, ok := e.As(kind, "main", nil)
				if !ok {
					continue
				}
				c, err := New(config, time.UTC)
				if err != nil {
					t.Fatalf("%+v as %s: %v", e, kind, err)
				}
				when := e.First.In(time.UTC)
				c.Moment(when)
				c.Entries(when, when.AddDate(0, 0, 7), func(string) bool { return true })
			}
		}
	})
}
