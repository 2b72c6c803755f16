package presence_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/presence"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// week is a calendar: Monday to Friday, 8 to 16; an assessment on the 3rd of
// September.
type week struct{}

func (week) OpenDay(_ string, t time.Time) bool {
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

func (w week) Open(site, _ string, t time.Time) bool {
	return w.OpenDay(site, t) && t.Hour() >= 8 && t.Hour() < 16
}

func (week) Assessed(_, room string, t time.Time) bool {
	return room == "214" && t.Month() == time.September && t.Day() == 3
}

// lesson is a Tuesday morning.
var lesson = time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)

// class is a room of ten computers that are on, and one beside it.
func class(at time.Time) *presence.Tracker {
	t := presence.New(presence.Options{})
	var all []presence.Device
	for i := range 10 {
		all = append(all, presence.Device{ID: pc(i), Site: "main", Room: "214", Seat: fmt.Sprint(i + 1)})
	}
	all = append(all, presence.Device{ID: "office", Name: "Office", Site: "main", Room: "101"})
	t.Know(all)
	for _, d := range all {
		t.Heard(d.ID, at)
	}
	return t
}

func pc(i int) topology.ID { return topology.ID(fmt.Sprint("pc-", i)) }

func TestARoomThatFallsSilentIsOneAlert(t *testing.T) {
	for _, c := range []struct {
		rule   string
		at     time.Time
		gone   int
		apart  time.Duration
		alerts int
	}{
		{"ten within a minute in lesson time", lesson, 10, 6 * time.Second, 1},
		{"half of them", lesson, 5, 10 * time.Second, 1},
		{"fewer than half", lesson, 4, 10 * time.Second, 0},
		{"over ten minutes", lesson, 10, time.Minute, 0},
		{"after the lessons", time.Date(2026, 9, 1, 16, 5, 0, 0, time.UTC), 10, time.Second, 0},
		{"on a Sunday", time.Date(2026, 9, 6, 10, 0, 0, 0, time.UTC), 10, time.Second, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			tr := class(c.at.Add(-time.Minute))
			for _, i := range rand.Perm(c.gone) { // they may be heard of in any order
				tr.Gone(pc(i), c.at.Add(time.Duration(i)*c.apart), week{})
			}
			alerts := tr.Alerts()
			if len(alerts) != c.alerts {
				t.Fatalf("alerts: %+v", alerts)
			}
			if c.alerts > 0 && (len(alerts[0].Members) != c.gone || !alerts[0].Since.Equal(c.at) || alerts[0].Labels["room"] != "214") {
				t.Errorf("alert: %+v", alerts[0])
			}
		})
	}
}

// The lessons are over early: thirty leave over ten minutes, the last six of them
// within one. Nothing has happened to the room.
func TestTheLastWhoGoHomeAreNoEvent(t *testing.T) {
	tr := presence.New(presence.Options{})
	var all []presence.Device
	for i := range 30 {
		all = append(all, presence.Device{ID: pc(i), Site: "main", Room: "214"})
	}
	tr.Know(all)
	for _, d := range all {
		tr.Heard(d.ID, lesson)
	}
	for i := range 24 {
		tr.Gone(pc(i), lesson.Add(time.Duration(i)*25*time.Second), week{})
	}
	for i := 24; i < 30; i++ {
		tr.Gone(pc(i), lesson.Add(10*time.Minute+time.Duration(i)*8*time.Second), week{})
	}
	if alerts := tr.Alerts(); len(alerts) != 0 {
		t.Errorf("alerts: %+v", alerts)
	}
}

func TestARoomIsBackWhenMostOfItIs(t *testing.T) {
	tr := class(lesson)
	for i := range 10 {
		tr.Gone(pc(i), lesson, week{})
	}
	inc := incident.Incident{Rule: presence.RuleTogether, Labels: map[string]string{"site": "main", "room": "214"}, Members: tr.Alerts()[0].Members}
	for i := range 5 {
		tr.Heard(pc(i), lesson.Add(time.Hour))
		if len(tr.Alerts()) != 1 || tr.Cleared(inc) {
			t.Fatalf("over with %d of 10", i+1)
		}
	}
	tr.Heard(pc(5), lesson.Add(time.Hour))
	if len(tr.Alerts()) != 0 || !tr.Cleared(inc) {
		t.Error("not over with 6 of 10")
	}
	// What nobody follows any more is no evidence.
	tr.Know(nil)
	if tr.Cleared(inc) {
		t.Error("a room without computers is back")
	}
}

func TestAComputerOfAnAssessmentIsToldByItself(t *testing.T) {
	day := lesson.AddDate(0, 0, 2)
	tr := class(day)
	tr.Gone("office", day, week{})
	tr.Gone(pc(3), day, week{})
	alerts := tr.Alerts()
	if len(alerts) != 1 || alerts[0].Labels["device"] != "pc-3" || alerts[0].Rule != presence.RuleSilent {
		t.Fatalf("alerts: %+v", alerts)
	}
	for i := range 10 {
		tr.Gone(pc(i), day.Add(time.Second), week{})
	}
	if alerts = tr.Alerts(); len(alerts) != 1 || alerts[0].Rule != presence.RuleTogether || len(alerts[0].Members) != 10 {
		t.Fatalf("the room: %+v", alerts)
	}
	tr.Heard(pc(3), day.Add(time.Hour))
	if !tr.Cleared(incident.Incident{Rule: presence.RuleSilent, Labels: map[string]string{"device": "pc-3"}}) {
		t.Error("it is on again, and not over")
	}
}

func TestSilentForManyWorkingDays(t *testing.T) {
	tr := class(lesson)
	tr.Gone(pc(1), time.Date(2026, 9, 1, 15, 0, 0, 0, time.UTC), week{})
	tr.Gone(pc(2), time.Date(2026, 9, 2, 15, 0, 0, 0, time.UTC), week{})
	// From the 2nd to the 21st are 14 working days.
	now := time.Date(2026, 9, 22, 7, 30, 0, 0, time.UTC)
	got := tr.Silent(now, 14, week{})
	if len(got) != 1 || got[0].ID != pc(1) {
		t.Errorf("silent: %+v", got)
	}
	if got = tr.Silent(now.AddDate(0, 0, 1), 14, week{}); len(got) != 2 || got[0].ID != pc(1) {
		t.Errorf("a day later: %+v", got)
	}
}

func TestADeviceMovesAndIsForgotten(t *testing.T) {
	tr := class(lesson)
	tr.Know([]presence.Device{{ID: pc(0), Site: "main", Room: "101"}})
	tr.Gone(pc(0), lesson, week{})
	tr.Gone(pc(1), lesson, week{}) // nobody knows it
	if alerts := tr.Alerts(); len(alerts) != 0 {
		t.Errorf("alerts: %+v", alerts)
	}
	if got := tr.Silent(lesson.AddDate(1, 0, 0), 14, week{}); len(got) != 1 {
		t.Errorf("silent after a year: %+v", got)
	}
}

func BenchmarkADayOf2000(b *testing.B) {
	tr := presence.New(presence.Options{})
	var all []presence.Device
	for i := range 2000 {
		all = append(all, presence.Device{ID: topology.ID(fmt.Sprint("pc-", i)), Site: "main", Room: fmt.Sprint(i / 20)})
	}
	tr.Know(all)
	r := rand.New(rand.NewPCG(1, 1))
	day := lesson
	for b.Loop() {
		for _, d := range all {
			tr.Heard(d.ID, day)
		}
		for _, d := range all {
			tr.Gone(d.ID, day.Add(time.Duration(r.IntN(3600*8))*time.Second), week{})
			tr.Alerts()
		}
		day = day.AddDate(0, 0, 1)
	}
}
