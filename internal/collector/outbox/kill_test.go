package outbox_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// TestKilledAtAnyInstant plays one story again and again and kills the process
// at each instant between two steps of it in turn.
func TestKilledAtAnyInstant(t *testing.T) {
	stories := map[string]func(w *world){
		"a fault and its recovery": func(w *world) {
			w.owe("ona", incident.Fault, 1)
			w.step()
			w.owe("ona", incident.Recovery, 1)
			w.step()
		},
		"two contacts, two incidents": func(w *world) {
			for id := range incident.ID(2) {
				w.owe("ona", incident.Fault, id+1)
				w.owe("jonas", incident.Fault, id+1)
			}
			w.step()
			w.owe("ona", incident.Update, 1)
			w.owe("ona", incident.Recovery, 1)
			w.owe("jonas", incident.Recovery, 1)
			w.step()
		},
		"failures, then a summary": func(w *world) {
			w.answer = always(refusesEarly)
			w.owe("ona", incident.Fault, 1)
			w.pass(time.Minute)
			w.owe("ona", incident.Fault, 2)
			w.owe("ona", incident.Recovery, 1)
			w.pass(time.Hour)
			w.answer = nil
			w.pass(20 * time.Minute)
			w.owe("ona", incident.Recovery, 2)
			w.pass(time.Minute)
		},
		"an incident that comes back, while mail is away": func(w *world) {
			w.owe("ona", incident.Fault, 1)
			w.step()
			w.answer = always(refusesEarly)
			w.owe("ona", incident.Recovery, 1)
			w.pass(time.Minute)
			w.round(1, incident.Update, incident.Again)
			w.round(1, incident.Update, incident.Comes)
			w.pass(time.Hour)
			w.answer = nil
			w.pass(20 * time.Minute)
			w.round(1, incident.Recovery, "")
			w.pass(time.Minute)
		},
		"digests, one of which is late": func(w *world) {
			w.digest("ona")
			w.pass(time.Minute)
			w.now = w.now.Add(24 * time.Hour)
			w.answer = always(refusesLate)
			w.owe("ona", incident.Fault, 1)
			w.digest("ona")
			w.pass(time.Minute)
			w.now = w.now.Add(24 * time.Hour)
			w.digest("ona")
			w.pass(time.Minute)
			w.answer = nil
			w.pass(20 * time.Minute)
		},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			kills := 0
			for at := 1; ; at++ {
				w := newWorld(t, fastDir(t), outbox.Options{})
				w.killAt = at
				story(w)
				killed := w.dead
				if killed {
					kills++
				}
				w.answer = nil
				w.restart()
				w.pass(time.Hour)
				w.hold(2)
				w.close()
				if !killed {
					break
				}
			}
			t.Logf("killed at %d instants", kills)
		})
	}
}

// TestWhateverHappens plays random histories: faults and recoveries of several
// incidents, every way in which the other side can fail, a disk that fills up,
// clock jumps, and kills.
func TestWhateverHappens(t *testing.T) {
	dir, runs := fastDir(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		w := newWorld(rt, filepath.Join(dir, fmt.Sprint(runs)), outbox.Options{MaxItems: 3})
		defer w.close()
		// Where the answer may be lost there are no kills: a message that was
		// lost once by each would be given up, as it must.
		maxKills := rapid.IntRange(0, 3).Draw(rt, "kills allowed")
		answers := []answer{takes, takes, refusesEarly, refusesLate}
		most := 1 + maxKills
		if maxKills == 0 {
			answers = append(answers, takesSilently, losesIt)
			most = 2
		}
		lost := map[string]bool{}
		w.answer = func(d outbox.Delivery) answer {
			a := rapid.SampledFrom(answers).Draw(rt, "answer")
			if a == losesIt {
				if lost[d.MessageID] {
					return takesSilently
				}
				lost[d.MessageID] = true
			}
			return a
		}
		w.full = func() bool { return rapid.IntRange(0, 9).Draw(rt, "disk full") == 0 }
		kills := 0
		told := map[string]bool{}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			if kills < maxKills && w.killAt <= w.point && rapid.IntRange(0, 2).Draw(rt, "kill soon") == 0 {
				w.killAt = w.point + rapid.IntRange(1, 12).Draw(rt, "instants until the kill")
			}
			if rapid.IntRange(0, 2).Draw(rt, "news") == 0 {
				id := incident.ID(rapid.IntRange(1, 5).Draw(rt, "incident"))
				contact := rapid.SampledFrom([]string{"ona", "jonas"}).Draw(rt, "contact")
				for _, kind := range []incident.Kind{incident.Fault, incident.Update, incident.Recovery} {
					if key := fmt.Sprint(id, contact, kind); !told[key] {
						told[key] = true
						w.owe(contact, kind, id)
						break
					}
				}
			}
			if rapid.IntRange(0, 9).Draw(rt, "jump") == 0 {
				w.now = w.now.Add(time.Duration(rapid.IntRange(-48, 48).Draw(rt, "hours")) * time.Hour)
			}
			if !w.dead {
				w.pass(time.Duration(rapid.IntRange(1, 2400).Draw(rt, "seconds")) * time.Second)
			}
			if w.dead {
				kills++
				w.restart()
			} else if kills < maxKills && rapid.IntRange(0, 14).Draw(rt, "kill at rest") == 0 {
				kills++
				w.kill()
				w.restart()
			}
		}
		if w.killAt > w.point {
			w.killAt = 0
		}
		w.answer, w.full = nil, nil
		for range 3 {
			w.pass(2 * time.Hour)
		}
		w.hold(most)
		left, err := w.store.UnsentRows()
		if err != nil || len(left) > 0 {
			rt.Fatalf("unsent at the end: %+v (%v)", left, err)
		}
	})
}
