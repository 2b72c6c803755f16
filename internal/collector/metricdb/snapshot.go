package metricdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Snapshot writes into dir, which must be on the same disk, all samples that
// were stored when it was called, and perhaps some of those that come
// meanwhile, as a folder that Open opens. Older blocks are hard links, which
// need no room; SnapshotBytes tells what the rest may need.
//
// Samples that came late are in a log of their own, which the TSDB's snapshot
// leaves out: they are made into blocks first. That is what happens to them
// every two hours anyway.
func (db *DB) Snapshot(ctx context.Context, dir string) error {
	disk, memory, err := db.store.acquire()
	if err != nil {
		return err
	}
	defer db.store.release()
	if memory != nil || disk == nil {
		return fmt.Errorf("copy samples: %w", db.Healthy())
	}
	if err := snapshot(ctx, disk, dir); err != nil {
		return fmt.Errorf("copy samples: %w", err)
	}
	writeVersion(dir, db.log)
	return nil
}

func snapshot(ctx context.Context, e *epoch, dir string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	if err := e.db.CompactOOOHead(ctx); err != nil {
		return fmt.Errorf("write late samples into blocks: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// An empty head has no first sample and no last.
	return e.db.Snapshot(dir, e.head.MinTime() <= e.head.MaxTime())
}

// SnapshotBytes is the most that a snapshot may write now, in bytes: what is in
// the logs and the chunks of the newest hours.
func (db *DB) SnapshotBytes() (int64, error) {
	var total int64
	for _, part := range headParts() {
		n, err := folderBytes(filepath.Join(db.opts.Dir, part))
		if err != nil {
			return 0, fmt.Errorf("measure the newest samples: %w", err)
		}
		total += n
	}
	return total, nil
}

// folderBytes is the size of all files below a folder; one that goes away
// meanwhile counts nothing.
func folderBytes(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = e.Info(); err == nil {
				total += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return total, err
}

// FreeSpace returns how many bytes an ordinary user may still write below a
// folder.
func FreeSpace(dir string) (int64, error) { return freeSpace(dir) }

// Blocks says what is in the blocks on the disk.
type Blocks struct {
	Number  int       `json:"number"`
	Samples uint64    `json:"samples"`
	From    time.Time `json:"from,omitzero"` // where the oldest begins
	To      time.Time `json:"to,omitzero"`   // where the newest ends: up to two hours behind its last sample
}

// Blocks looks at the blocks; what is not in one yet is left out.
func (db *DB) Blocks() (Blocks, error) {
	disk, _, err := db.store.acquire()
	if err != nil {
		return Blocks{}, err
	}
	defer db.store.release()
	var b Blocks
	if disk == nil {
		return b, fmt.Errorf("look at the blocks: %w", db.Healthy())
	}
	for _, block := range disk.db.Blocks() {
		m := block.Meta()
		from, to := time.UnixMilli(m.MinTime), time.UnixMilli(m.MaxTime)
		if b.Number == 0 || from.Before(b.From) {
			b.From = from
		}
		if to.After(b.To) {
			b.To = to
		}
		b.Number++
		b.Samples += m.Stats.NumSamples
	}
	return b, nil
}
