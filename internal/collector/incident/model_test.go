package incident_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// moment is what the world shows of one fault at one step.
type moment struct {
	at   time.Time
	seen string // "firing", "silenced", "pending", "cleared", "gone"
}

// oracle says from the whole history of one fault what must have been owed to
// one contact. It is written as rules over the past, with no state of its own,
// so that it shares nothing with the machine but the promise.
func oracle(history []moment, p incident.Policy) []string {
	var owed []string
	start, told := -1, false // index at which the present incident was born
	for i, m := range history {
		if start < 0 {
			if m.seen != "firing" && m.seen != "silenced" {
				continue
			}
			start, told = i, false
		}
		if !told && m.seen == "firing" && m.at.Sub(history[start].at) >= p.HoldFault {
			told = true
			owed = append(owed, fmt.Sprintf("%s fault", m.at.Format(time.TimeOnly)))
		}
		if m.seen != "cleared" {
			continue
		}
		first := i // first moment of the unbroken run of cleared ones
		for first > start && history[first-1].seen == "cleared" {
			first--
		}
		if m.at.Sub(history[first].at) >= p.HoldRecovery {
			if told {
				owed = append(owed, fmt.Sprintf("%s recovery", m.at.Format(time.TimeOnly)))
			}
			start = -1
		}
	}
	return owed
}

func TestTheMachineAgreesWithTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := incident.Policy{
			HoldFault:    time.Duration(rapid.IntRange(0, 60).Draw(t, "hold fault")) * time.Second,
			HoldRecovery: time.Duration(rapid.IntRange(0, 180).Draw(t, "hold recovery")) * time.Second,
			Contacts:     []incident.Contact{{Name: "ona"}},
		}
		const faults = 3
		var picture incident.Picture
		histories := make([][]moment, faults)
		got := make([][]string, faults)
		now := t0
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
			facts := incident.Facts{Cleared: map[incident.Key]bool{}}
			for i := range faults {
				seen := rapid.SampledFrom([]string{"firing", "firing", "silenced", "pending", "cleared", "cleared", "cleared", "gone"}).Draw(t, "seen")
				histories[i] = append(histories[i], moment{now, seen})
				a := numbered(i)
				switch seen {
				case "silenced":
					a.Silenced = true
				case "pending":
					a.Firing = false
				case "cleared":
					facts.Cleared[a.Key()] = true
					continue
				case "gone":
					continue
				}
				facts.Alerts = append(facts.Alerts, a)
			}
			shuffle(t, facts.Alerts)
			next, ch := incident.Step(picture, facts, now, policy)
			for _, o := range ch.Owed {
				i := int(o.Incident.Labels["n"][0] - '0')
				got[i] = append(got[i], fmt.Sprintf("%s %s", now.Format(time.TimeOnly), o.Kind))
			}
			picture = next
		}
		for i := range faults {
			if want := oracle(histories[i], policy); !slices.Equal(got[i], want) {
				t.Fatalf("fault %d with history %v:\ngot  %v\nwant %v", i, histories[i], got[i], want)
			}
		}
	})
}

// TestWhateverHappens holds the promises over histories with everything in
// them: clock jumps, changed contacts, severities, acknowledgements, closing
// by hand, and pictures that could not be stored.
func TestWhateverHappens(t *testing.T) {
	severities := []string{"critical", "warning", "info", "", "odd"}
	rapid.Check(t, func(t *rapid.T) {
		policy := incident.Policy{HoldFault: 30 * time.Second, HoldRecovery: time.Minute, ForgetAfter: 24 * time.Hour, MaxOpen: 4}
		var picture incident.Picture
		told := map[incident.ID]map[string]int{}     // faults by incident and contact
		restored := map[incident.ID]map[string]int{} // recoveries
		ended := map[incident.ID]incident.Incident{}
		count := func(in map[incident.ID]map[string]int, o incident.Owed) {
			if in[o.Incident.ID] == nil {
				in[o.Incident.ID] = map[string]int{}
			}
			in[o.Incident.ID][o.Contact]++
		}
		take := func(ch incident.Changes) {
			for _, o := range ch.Owed {
				switch o.Kind {
				case incident.Fault:
					count(told, o)
					if o.Incident.Silenced {
						t.Fatalf("told under a silence: %+v", o)
					}
				case incident.Recovery:
					count(restored, o)
					if told[o.Incident.ID][o.Contact] == 0 {
						t.Fatalf("a recovery without its fault: %+v", o)
					}
				case incident.Update:
					if told[o.Incident.ID][o.Contact] == 0 {
						t.Fatalf("an update without its fault: %+v", o)
					}
				}
			}
			for _, inc := range ch.Incidents {
				if inc.State == incident.Closed {
					ended[inc.ID] = inc
				} else if _, over := ended[inc.ID]; over {
					t.Fatalf("incident %d lives again", inc.ID)
				}
			}
		}
		now := t0
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			if rapid.IntRange(0, 20).Draw(t, "jump") == 0 {
				now = now.Add(time.Duration(rapid.IntRange(-49, 49).Draw(t, "hours")) * time.Hour)
			}
			now = now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "seconds")) * time.Second)
			policy.Contacts = nil
			for _, name := range []string{"ona", "jonas"} {
				if rapid.IntRange(0, 9).Draw(t, name) > 0 {
					policy.Contacts = append(policy.Contacts, incident.Contact{Name: name,
						MinSeverity: incident.Severity(rapid.SampledFrom([]string{"", "critical", "warning"}).Draw(t, "min"))})
				}
			}
			facts := incident.Facts{Cleared: map[incident.Key]bool{}}
			for i := range 6 {
				a := numbered(i)
				a.Labels["severity"] = rapid.SampledFrom(severities).Draw(t, "severity")
				switch rapid.SampledFrom([]string{"alive", "alive", "cleared", "cleared", "gone"}).Draw(t, "state") {
				case "alive":
					a.Silenced = rapid.IntRange(0, 4).Draw(t, "silenced") == 0
					a.Firing = rapid.IntRange(0, 4).Draw(t, "pending") > 0
					facts.Alerts = append(facts.Alerts, a)
				case "cleared":
					facts.Cleared[a.Key()] = true
				}
			}
			before := maps.Clone(picture.Open)
			next, ch := incident.Step(picture, facts, now, policy)
			if !sameOpen(before, picture.Open) {
				t.Fatal("Step changed the picture that it was given")
			}
			if rapid.IntRange(0, 9).Draw(t, "not stored") == 0 {
				continue // the disk was full: the same picture is stepped again later
			}
			shuffled := slices.Clone(facts.Alerts)
			shuffle(t, shuffled)
			other, ch2 := incident.Step(picture, incident.Facts{Alerts: shuffled, Cleared: facts.Cleared}, now, policy)
			if fmt.Sprintf("%+v", ch) != fmt.Sprintf("%+v", ch2) || !sameOpen(next.Open, other.Open) {
				t.Fatalf("the order of the alerts matters:\n%+v\n%+v", ch, ch2)
			}
			if len(next.Open) > policy.MaxOpen {
				t.Fatalf("%d open", len(next.Open))
			}
			for _, inc := range ch.Incidents {
				if inc.EndReason == incident.Recovered && !facts.Cleared[inc.Key] {
					t.Fatalf("closed without evidence: %+v", inc)
				}
			}
			take(ch)
			picture = next
			for _, key := range slices.Sorted(maps.Keys(picture.Open)) {
				inc := picture.Open[key]
				switch rapid.IntRange(0, 30).Draw(t, "person") {
				case 0:
					p, _, err := incident.Acknowledge(picture, inc.ID, "ona", "", time.Time{}, now)
					if err != nil {
						t.Fatal(err)
					}
					picture = p
				case 1:
					if p, ch, err := incident.CloseByHand(picture, inc.ID, "ona", "", now); err == nil {
						take(ch)
						picture = p
					}
				}
				break // one person at a time
			}
		}
		for id, contacts := range told {
			for name, n := range contacts {
				if n != 1 {
					t.Fatalf("incident %d: %s was owed the fault %d times", id, name, n)
				}
				inc, over := ended[id]
				want := 0
				if over && inc.EndReason != incident.Expired {
					want = 1
				}
				if restored[id][name] != want {
					t.Fatalf("incident %d (%s): %s was owed %d recoveries, want %d", id, inc.EndReason, name, restored[id][name], want)
				}
			}
		}
	})
}

func sameOpen(a, b map[incident.Key]incident.Incident) bool {
	return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) // fmt sorts maps
}

func numbered(i int) incident.Alert {
	return incident.Alert{Rule: "R", Labels: map[string]string{"n": fmt.Sprint(i), "severity": "critical"}, Firing: true, Since: t0}
}

// shuffle orders alerts at random, from one drawn number so that failures can
// be replayed.
func shuffle(t *rapid.T, alerts []incident.Alert) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
	r.Shuffle(len(alerts), func(i, j int) { alerts[i], alerts[j] = alerts[j], alerts[i] })
}
