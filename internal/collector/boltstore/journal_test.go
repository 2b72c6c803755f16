package boltstore_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// search goes through the whole journal, as whoever presses "further back".
func search(t *testing.T, s *boltstore.Store, q boltstore.JournalSearch) (ids []incident.ID, rounds int) {
	t.Helper()
	for {
		found, last, next, err := s.SearchJournal(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, inc := range found {
			ids = append(ids, inc.ID)
		}
		rounds++
		if next == 0 {
			return ids, rounds
		}
		if last.ID != 0 && last.ID < next-1 || rounds > 100 {
			t.Fatalf("looked at %d, and goes on below %d", last.ID, next)
		}
		q.Before = next
	}
}

func TestTheJournalIsSearchedBackwardsInBoundedSteps(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "budi.db"))
	const all = 5000
	var incidents []incident.Incident
	for id := incident.ID(1); id <= all; id++ {
		inc := over(id)
		inc.Labels = map[string]string{"site": "main", "check": fmt.Sprintf("www%d", id%500)}
		if id%1000 == 0 {
			inc.Names = map[string]string{"check": `<„Rasa & Co“>`}
		}
		incidents = append(incidents, inc)
	}
	commit(t, s, incidents)

	everything, rounds := search(t, s, boltstore.JournalSearch{Limit: 50})
	if len(everything) != all || everything[0] != all || everything[all-1] != 1 || rounds != all/50 {
		t.Errorf("%d incidents from %d to %d in %d rounds", len(everything), everything[0], everything[len(everything)-1], rounds)
	}
	// A check's value lets most be passed over without a limit being reached.
	ids, rounds := search(t, s, boltstore.JournalSearch{Limit: 50, Values: []string{"main", "www7"}})
	if len(ids) != all/500 || ids[0] != 4507 || rounds != 1 {
		t.Errorf("by check: %v in %d rounds", ids, rounds)
	}
	ids, _ = search(t, s, boltstore.JournalSearch{Limit: 50, Values: []string{`<„Rasa & Co“>`}})
	if len(ids) != all/1000 {
		t.Errorf("by a name with signs in it: %v", ids)
	}
	// What must be decoded comes in steps.
	ids, rounds = search(t, s, boltstore.JournalSearch{Limit: 50, Match: func(inc incident.Incident) bool { return inc.ID == 3 }})
	if len(ids) != 1 || ids[0] != 3 || rounds < 2 {
		t.Errorf("by a function: %v in %d rounds", ids, rounds)
	}
	if ids, rounds = search(t, s, boltstore.JournalSearch{Limit: 50, Before: 3}); len(ids) != 2 || rounds != 1 {
		t.Errorf("below 3: %v in %d rounds", ids, rounds)
	}
}

func BenchmarkSearchJournal(b *testing.B) {
	s, err := boltstore.Open(filepath.Join(b.TempDir(), "budi.db"), boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var incidents []incident.Incident
	for id := incident.ID(1); id <= 20_000; id++ {
		incidents = append(incidents, over(id))
	}
	if err := s.CommitIncidents(incidents, nil); err != nil {
		b.Fatal(err)
	}
	for name, q := range map[string]boltstore.JournalSearch{
		"the newest": {Limit: 50},
		"a check":    {Limit: 50, Values: []string{"www3"}},
		"nothing":    {Limit: 50, Match: func(incident.Incident) bool { return false }},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, _, _, err := s.SearchJournal(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
