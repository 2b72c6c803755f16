package journal_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/journal"
	"github.com/budi-monitor/budi/internal/fleet"
)

// t0 is when faults begin.
var t0 = time.Date(2026, 9, 1, 7, 0, 0, 0, time.UTC)

func after(minutes int) time.Time { return t0.Add(time.Duration(minutes) * time.Minute) }

// over is an incident that was told after two minutes.
func over(site string, class fleet.Class, acked, ended int) incident.Incident {
	inc := incident.Incident{
		State: incident.Closed, EndReason: incident.Recovered, Since: t0, Opened: after(2), Ended: after(ended),
		Labels: map[string]string{"site": site}, Class: class,
	}
	if acked > 0 {
		inc.Acked = &incident.Ack{By: "Rasa", At: after(acked)}
	}
	return inc
}

func TestTimesOfOneIncident(t *testing.T) {
	open := over("a", "", 0, 0)
	open.State, open.Ended, open.EndReason = incident.Open, time.Time{}, ""
	expired := over("a", "", 0, 90)
	expired.EndReason = incident.Expired
	early := over("a", "", 1, 60) // seen on the page before it was told
	again := over("a", "", 40, 60)
	again.Notes = []incident.Note{{Kind: incident.Acknowledged, By: "Jonas", At: after(10)}, {Kind: incident.TookBack, By: "Jonas", At: after(20)}}
	for name, tc := range map[string]struct {
		inc             incident.Incident
		acked, repaired time.Duration // -1: none
	}{
		"looked after":    {over("a", "", 12, 62), 10 * time.Minute, 62 * time.Minute},
		"never":           {over("a", "", 0, 62), -1, 62 * time.Minute},
		"open":            {open, -1, -1},
		"nobody knows":    {expired, -1, -1},
		"before the mail": {early, time.Minute, time.Hour},
		"taken back":      {again, 8 * time.Minute, time.Hour},
	} {
		if d, ok := journal.Acknowledged(tc.inc); ok != (tc.acked >= 0) || ok && d != tc.acked {
			t.Errorf("%s: acknowledged after %v, %v", name, d, ok)
		}
		if d, ok := journal.Repaired(tc.inc); ok != (tc.repaired >= 0) || ok && d != tc.repaired {
			t.Errorf("%s: repaired after %v, %v", name, d, ok)
		}
	}
}

func TestTimesOfMany(t *testing.T) {
	var tally journal.Tally
	if diff := cmp.Diff(journal.Times{}, tally.Times()); diff != "" {
		t.Error(diff)
	}
	for minutes := 1; minutes <= 20; minutes++ {
		tally.Add(over("school", fleet.Server, minutes+2, minutes*10))
	}
	tally.Add(over("library", "", 0, 5))
	symptom := over("library", fleet.Workstation, 500, 1000)
	symptom.Because = []incident.ID{1}
	tally.Add(symptom)

	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	school := journal.Line{Name: "school", Incidents: 20, Acknowledged: journal.Spread{Count: 20, Median: minutes(10), P95: minutes(19)}, Repaired: journal.Spread{Count: 20, Median: minutes(100), P95: minutes(190)}}
	library := journal.Line{Name: "library", Incidents: 2, Symptoms: 1, Repaired: journal.Spread{Count: 1, Median: minutes(5), P95: minutes(5)}}
	server, none := school, library
	server.Name, none.Name, none.Incidents, none.Symptoms = "server", "", 1, 0
	all := journal.Line{Incidents: 22, Symptoms: 1, Acknowledged: school.Acknowledged, Repaired: journal.Spread{Count: 21, Median: minutes(100), P95: minutes(190)}}
	want := journal.Times{All: all, Sites: []journal.Line{school, library}, Classes: []journal.Line{server, none, {Name: "workstation", Incidents: 1, Symptoms: 1}}}
	if diff := cmp.Diff(want, tally.Times()); diff != "" {
		t.Error(diff)
	}
}

func TestTheLastWordCounts(t *testing.T) {
	inc := over("a", "", 0, 5)
	say := func(kind incident.NoteKind, text string) {
		t.Helper()
		var err error
		if inc, err = inc.With(incident.Note{Kind: kind, By: "Rasa", At: after(1), Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := journal.Repair(inc); ok {
		t.Error("a repair of nobody")
	}
	say(incident.Repaired, "pakeistas laidas")
	say(incident.Published, "detalė užsakyta")
	say(incident.Repaired, "pakeistas maitinimo blokas")
	if n, ok := journal.Repair(inc); !ok || n.Text != "pakeistas maitinimo blokas" {
		t.Errorf("repair %+v", n)
	}
	if n, ok := journal.Public(inc); !ok || n.Text != "detalė užsakyta" {
		t.Errorf("public %+v", n)
	}
	say(incident.Published, " ")
	if n, ok := journal.Public(inc); ok {
		t.Errorf("it was taken back, and is %+v", n)
	}
}

func TestWhoHadAPart(t *testing.T) {
	inc := over("a", "", 5, 9)
	inc.Notes = []incident.Note{{Kind: incident.Repaired, By: "Jonas Kazlauskas"}}
	inc.Reports = []incident.Report{{By: "Mokytoja Ona"}, {}}
	for name, want := range map[string]bool{"rasa": true, "KAZLAUSKAS": true, "ona": true, "petras": false} {
		if journal.By(inc, name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
