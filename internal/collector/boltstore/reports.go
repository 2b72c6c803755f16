package boltstore

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/reporting"
)

// ReportPages returns the pages of rooms on which faults are reported, by room.
func (s *Store) ReportPages() ([]reporting.Page, error) {
	var out []reporting.Page
	err := s.db.View(func(tx *bbolt.Tx) error {
		out = keyed(s, tx, bucketReportPages, func(p reporting.Page) string { return p.Room })
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the rooms' pages: %w", err)
	}
	return out, nil
}

// PutReportPage stores the page of a room, in place of an earlier one.
func (s *Store) PutReportPage(p reporting.Page) error {
	return s.reportPage(write{bucketReportPages, p.Room, p})
}

// DropReportPage takes the page of a room away; there need not be one.
func (s *Store) DropReportPage(room string) error {
	return s.reportPage(write{bucketReportPages, room, nil})
}

func (s *Store) reportPage(w write) error {
	if err := s.db.Update(w.do); err != nil {
		return fmt.Errorf("store the page of room %s: %w", w.key, err)
	}
	return nil
}
