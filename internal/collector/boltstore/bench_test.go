package boltstore_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// BenchmarkOpen opens a file with 100,000 incidents in the journal, which is
// what 30 a day make in nine years: the check of the whole file must not be
// felt at a start. Beside it, what reading the same bytes costs.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(scratch(b), "budi.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < 100_000; from += 10_000 {
		var incidents []incident.Incident
		var rows []outbox.Row
		for i := range 10_000 {
			incidents = append(incidents, over(incident.ID(from+i+1)))
			if i%10 == 0 {
				rows = append(rows, row(incident.ID(from+i+1), incident.Fault, outbox.Sent))
			}
		}
		if err := s.CommitIncidents(incidents, rows); err != nil {
			b.Fatal(err)
		}
	}
	size := s.Size()
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("checked", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			s, err := boltstore.Open(path, boltstore.Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bytes only", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			if _, err := os.ReadFile(path); err != nil {
				b.Fatal(err)
			}
		}
	})
}
