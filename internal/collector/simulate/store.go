package simulate

import (
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// store keeps the outbox' rows in memory: outbox.Store for a world that ends
// with the process. Only one goroutine uses it.
type store struct {
	rows   map[incident.ID]map[string]outbox.Row
	unsent map[string]incident.ID
	open   func(incident.ID) bool
}

var _ outbox.Store = (*store)(nil)

func newStore(open func(incident.ID) bool) *store {
	return &store{rows: map[incident.ID]map[string]outbox.Row{}, unsent: map[string]incident.ID{}, open: open}
}

// UnsentRows implements outbox.Store.
func (s *store) UnsentRows() ([]outbox.Row, error) {
	var out []outbox.Row
	for id, inc := range s.unsent {
		out = append(out, s.rows[inc][id])
	}
	return out, nil
}

// PutRows implements outbox.Store.
func (s *store) PutRows(rows []outbox.Row) error {
	for _, row := range rows {
		id := row.Incident.ID
		if s.rows[id] == nil {
			s.rows[id] = map[string]outbox.Row{}
		}
		s.rows[id][row.ID] = row
		if row.State.Final() {
			delete(s.unsent, row.ID)
		} else {
			s.unsent[row.ID] = id
		}
	}
	return nil
}

// IncidentRows implements outbox.Store.
func (s *store) IncidentRows(id incident.ID) ([]outbox.Row, error) {
	return slices.Collect(maps.Values(s.rows[id])), nil
}

// PruneRows implements outbox.Store.
func (s *store) PruneRows(before time.Time) (int, error) {
	removed := 0
	for id, rows := range s.rows {
		if id == 0 { // digests, which belong to no incident
			for key, row := range rows {
				if row.State.Final() && row.Finished.Before(before) {
					delete(rows, key)
					removed++
				}
			}
			continue
		}
		old := true
		for _, row := range rows {
			old = old && row.State.Final() && row.Finished.Before(before)
		}
		if old && !s.open(id) {
			removed += len(rows)
			delete(s.rows, id)
		}
	}
	return removed, nil
}
