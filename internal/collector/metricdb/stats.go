package metricdb

import (
	"errors"

	"github.com/prometheus/prometheus/tsdb"
)

// Stats tells how many series there are and which names and labels have most
// of them, at most limit of each, for the newest hours of samples. It reads
// the whole index: do not ask often.
func (db *DB) Stats(byLabel string, limit int) (*tsdb.Stats, error) {
	disk, _, err := db.store.acquire()
	if err != nil {
		return nil, err
	}
	defer db.store.release()
	if disk == nil {
		return nil, errors.New("count series: the database is not open")
	}
	return disk.head.Stats(byLabel, limit), nil
}
