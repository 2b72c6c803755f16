package metricdb

import (
	"errors"
	"time"
)

// Extent is how much the database holds.
type Extent struct {
	Series uint64    // that were written to in the last hours
	Oldest time.Time // of the oldest sample on the disk; zero: there is none, or it cannot be told
}

// Extent tells how much there is. It is cheap enough for a page.
func (db *DB) Extent() (Extent, error) {
	disk, memory, err := db.store.acquire()
	if err != nil {
		return Extent{}, err
	}
	defer db.store.release()
	var e Extent
	if memory != nil {
		e.Series = memory.head.NumSeries()
	}
	if disk == nil {
		if memory == nil {
			return e, errors.New("measure the samples: the database is not open")
		}
		return e, nil
	}
	e.Series = max(e.Series, disk.head.NumSeries())
	// An empty head begins at the end of time.
	if from := disk.head.MinTime(); from <= disk.head.MaxTime() {
		e.Oldest = time.UnixMilli(from)
	}
	for _, b := range disk.db.Blocks() {
		if from := time.UnixMilli(b.MinTime()); e.Oldest.IsZero() || from.Before(e.Oldest) {
			e.Oldest = from
		}
	}
	return e, nil
}

// Free is how many bytes may still be written to the disk of the samples, as
// the database itself sees it.
func (db *DB) Free() (int64, error) { return db.opts.FreeSpace(db.opts.Dir) }
