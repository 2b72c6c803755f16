package boltstore

import (
	"fmt"
	"os"
	"time"
)

// Copy is one daily copy of the file.
type Copy struct {
	Path  string
	Made  time.Time
	Bytes int64
}

// NewestCopy returns the newest daily copy; a zero Copy says that there is
// none. A copy has its name only after it was checked.
func (s *Store) NewestCopy() (Copy, error) {
	copies, err := dailyCopies(s.path)
	if err != nil {
		return Copy{}, fmt.Errorf("list daily copies: %w", err)
	}
	if len(copies) == 0 {
		return Copy{}, nil
	}
	newest := copies[len(copies)-1]
	info, err := os.Stat(newest)
	if err != nil {
		return Copy{}, fmt.Errorf("look at the newest daily copy: %w", err)
	}
	return Copy{Path: newest, Made: info.ModTime(), Bytes: info.Size()}, nil
}
