package duty_test

import (
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/duty"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

func TestAMomentSaysWhatIsUnderWay(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		t.Fatal(err)
	}
	at := func(hour int) time.Time { return time.Date(2026, 9, 5, hour, 0, 0, 0, zone) }
	from, _ := calendar.ParseMoment("2026-09-05 18:00")
	to, _ := calendar.ParseMoment("2026-09-05 20:00")
	day, _ := calendar.ParseDate("2026-09-05")
	begin, _ := calendar.ParseClock("09:00")
	end, _ := calendar.ParseClock("12:00")
	c, err := calendar.New(calendar.Config{
		Maintenance: []calendar.Window{{ID: "w", Name: "w", From: from, To: to, Things: []topology.ID{"sw"}, Rooms: []calendar.Place{{Site: "main", Room: "1"}}}},
		Assessments: []calendar.Assessment{{ID: "a", Name: "Maths", Date: day, From: begin, To: end, Site: "main", Rooms: []string{"214"}}},
	}, zone)
	if err != nil {
		t.Fatal(err)
	}
	people := roster.New([]roster.Contact{{Name: "ona"}}, nil, c, zone)
	m, p := duty.At(c, people, at(10), incident.Policy{HoldFault: time.Minute})
	if len(p.Contacts) != 1 || p.Contacts[0].Name != "ona" || p.HoldFault != time.Minute {
		t.Errorf("policy: %+v", p)
	}
	if len(m.Windows) != 0 || len(m.Assessments) != 1 || m.Assessments[0].Rooms[0] != "214" || !m.Next.After(at(10)) {
		t.Errorf("at 10: %+v", m)
	}
	m, _ = duty.At(c, people, at(19), p)
	if len(m.Assessments) != 0 || len(m.Windows) != 1 || m.Windows[0].Things[0] != "sw" || m.Windows[0].Rooms[0].Room != "1" || !m.Windows[0].To.Equal(at(20)) {
		t.Errorf("at 19: %+v", m)
	}
	if m, _ := duty.At(nil, people, at(19), p); len(m.Windows) != 0 {
		t.Errorf("without a calendar: %+v", m)
	}
}
