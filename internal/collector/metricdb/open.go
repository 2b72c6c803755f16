package metricdb

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

const (
	// formatVersion is the version of the folder as a whole. It goes up when a
	// build writes what earlier ones would misread: the TSDB itself skips
	// unknown records of the log in silence.
	formatVersion = 1
	versionFile   = "budi-format"

	blockVersion      = 1 // meta.json
	indexVersion      = 2 // newest index
	chunksVersion     = 1 // chunk segments
	headChunksVersion = 1

	magicIndex      = 0xBAAAD700
	magicChunks     = 0x85BD40DD
	magicHeadChunks = 0x0130BC91
)

// openDisk opens the TSDB. What it cannot mend is moved aside; notices say
// what was done.
//
// The TSDB mends a damaged log by cutting it off, and goes on. But then the
// series that were defined behind the damage are unknown, their numbers are
// given to new series, and at a later start the files of recent chunks and of
// late samples, which know series by number only, would give old samples to
// the wrong series. So after any damage to the log everything that can still
// be read is written into blocks, and the head starts afresh.
func openDisk(o Options, log *slog.Logger) (_ *epoch, notices []string, err error) {
	if err := checkVersions(o.Dir); err != nil {
		return nil, nil, err
	}
	q := &quarantine{dir: o.Dir, now: o.Now}
	if err := q.badBlocks(); err != nil {
		return nil, nil, err
	}
	damagedLog, err := q.badCheckpoint()
	if err != nil {
		return nil, nil, err
	}
	for range 8 {
		torn := tornTail(filepath.Join(o.Dir, "wal")) || tornTail(filepath.Join(o.Dir, "wbl"))
		e, err := tryOpen(o, log)
		if err != nil {
			if !damaged(err) {
				return nil, nil, explain(o.Dir, err)
			}
			if moved, moveErr := q.next(err); moveErr != nil || !moved {
				return nil, nil, errors.Join(explain(o.Dir, err), moveErr)
			}
			continue
		}
		if e.reg.counter("prometheus_tsdb_wal_corruptions_total") > 0 {
			// Once more: after mending the one log the other was not read. A
			// record that was being written when the process was killed is no
			// damage: nobody has seen it.
			damagedLog = damagedLog || !torn
			if err := closeDisk(e); err != nil {
				log.Warn("the mended database of samples closed with an error", "err", err)
			}
			continue
		}
		if e.reg.counter("prometheus_tsdb_mmap_chunk_corruptions_total") > 0 {
			q.notices = append(q.notices, "A file of recent samples (chunks_head) was damaged and has been mended from the log.")
		}
		if damagedLog {
			damagedLog = false
			if err := saveHead(e); err != nil {
				log.Error("what could be read of the newest samples cannot be saved as a block", "err", err)
				q.notices = append(q.notices, "The log of the newest samples was damaged; samples behind the damage, of the last three hours at most, are lost.")
				writeVersion(o.Dir, log)
				return e, q.notices, nil
			}
			if err := closeDisk(e); err != nil {
				log.Warn("the mended database of samples closed with an error", "err", err)
			}
			if err := q.moveHead("The log of the newest samples was damaged. What could be read of it is saved; samples behind the damage, of the last three hours at most, are lost."); err != nil {
				return nil, nil, err
			}
			continue
		}
		writeVersion(o.Dir, log)
		return e, q.notices, nil
	}
	return nil, nil, fmt.Errorf("open samples in %s: what is damaged was moved aside, and still it does not open", o.Dir)
}

// saveHead writes all that is in the head into blocks.
func saveHead(e *epoch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	if mint, maxt := e.head.MinTime(), e.head.MaxTime(); mint <= maxt {
		if err := e.db.CompactHead(tsdb.NewRangeHead(e.head, mint, maxt)); err != nil {
			return err
		}
	}
	return e.db.CompactOOOHead(context.Background())
}

func tryOpen(o Options, log *slog.Logger) (e *epoch, err error) {
	opts := tsdb.DefaultOptions()
	opts.RetentionDuration = o.Retention.Milliseconds()
	opts.MaxBytes = o.RetentionBytes
	opts.MaxBlockDuration = min(o.Retention/10, 31*24*time.Hour).Milliseconds()
	opts.WALCompression = compression.Snappy
	opts.OutOfOrderTimeWindow = OutOfOrderWindow.Milliseconds()
	opts.StripeSize = 1 << 12 // thousands of series, not millions

	reg := &revocable{to: o.Registerer}
	defer func() {
		if p := recover(); p != nil {
			e, err = nil, fmt.Errorf("open samples: %v", p)
		}
		if err != nil {
			reg.unregisterAll()
		}
	}()
	db, err := tsdb.Open(o.Dir, slog.New(quiet{log.Handler()}), reg, opts, nil)
	if err != nil {
		return nil, err
	}
	return &epoch{db: db, head: db.Head(), reg: reg}, nil
}

func closeDisk(e *epoch) (err error) {
	defer e.reg.unregisterAll()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	return e.db.Close()
}

// damaged tells broken files from a disk or system that refuses: moving files
// aside would not help there and would hide good data.
func damaged(err error) bool {
	for _, e := range []error{syscall.ENOSPC, syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.EMFILE, syscall.ENOMEM, syscall.EAGAIN, ErrNewerVersion} {
		if errors.Is(err, e) {
			return false
		}
	}
	return !strings.Contains(err.Error(), "lock DB directory")
}

func explain(dir string, err error) error {
	switch {
	case strings.Contains(err.Error(), "lock DB directory"):
		return fmt.Errorf("open samples in %s: %w; stop it, or use another --data folder: %w", dir, ErrLocked, err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("open samples in %s: the disk is full; free some space and start again: %w", dir, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open samples in %s: this user may not write there; change the owner of the folder: %w", dir, err)
	default:
		return fmt.Errorf("open samples in %s: %w", dir, err)
	}
}

// checkVersions refuses a folder that a newer version wrote, before anything
// is changed in it.
func checkVersions(dir string) error {
	newer := func(what string, version int) error {
		return fmt.Errorf("open samples in %s: %w: %s has version %d; install that version again, or use another --data folder", dir, ErrNewerVersion, what, version)
	}
	if b, err := os.ReadFile(filepath.Join(dir, versionFile)); err == nil {
		if v, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && v > formatVersion {
			return newer(versionFile, v)
		}
	}
	blocks, err := blockDirs(dir)
	if err != nil {
		return err
	}
	for _, block := range blocks {
		if meta, err := readMeta(block); err == nil && meta.Version > blockVersion {
			return newer(filepath.Join(filepath.Base(block), "meta.json"), meta.Version)
		}
		if v := fileVersion(filepath.Join(block, "index"), magicIndex); v > indexVersion {
			return newer(filepath.Join(filepath.Base(block), "index"), v)
		}
		if err := newerFile(filepath.Join(block, "chunks"), magicChunks, chunksVersion, newer); err != nil {
			return err
		}
	}
	return newerFile(filepath.Join(dir, "chunks_head"), magicHeadChunks, headChunksVersion, newer)
}

func newerFile(dir string, magic uint32, known int, newer func(string, int) error) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil // missing: nothing to check
	}
	for _, f := range files {
		if v := fileVersion(filepath.Join(dir, f.Name()), magic); v > known {
			return newer(filepath.Join(filepath.Base(dir), f.Name()), v)
		}
	}
	return nil
}

// fileVersion reads the version behind a file's magic number; 0 when the file
// is of another kind or cannot be read.
func fileVersion(name string, magic uint32) int {
	f, err := os.Open(name)
	if err != nil {
		return 0
	}
	defer f.Close()
	var head [5]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || binary.BigEndian.Uint32(head[:]) != magic {
		return 0
	}
	return int(head[4])
}

// writeVersion marks the folder. That it cannot (the disk is full) is no reason
// not to start: the next start does it.
func writeVersion(dir string, log *slog.Logger) {
	name := filepath.Join(dir, versionFile)
	want := strconv.Itoa(formatVersion) + "\n"
	if b, err := os.ReadFile(name); err == nil && string(b) == want {
		return
	}
	if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
		log.Warn("the version of the samples cannot be written", "err", err)
	}
}

// blockDirs lists the folders that are blocks by their name.
func blockDirs(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the folder of samples: %w", err)
	}
	var out []string
	for _, e := range entries {
		if _, err := ulid.ParseStrict(e.Name()); err == nil && e.IsDir() {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out, nil
}

type blockMeta struct {
	ULID    string `json:"ulid"`
	Version int    `json:"version"`
	MinTime int64  `json:"minTime"`
	MaxTime int64  `json:"maxTime"`
}

func readMeta(block string) (blockMeta, error) {
	var m blockMeta
	b, err := os.ReadFile(filepath.Join(block, "meta.json"))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, err
	}
	if m.Version < 1 || m.ULID != filepath.Base(block) {
		return m, errors.New("meta.json does not describe this block")
	}
	return m, nil
}

// quiet turns what the TSDB tells at level Info, every two hours and at each
// start, into Debug.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, l slog.Level) bool {
	if l == slog.LevelInfo {
		l = slog.LevelDebug
	}
	return h.Handler.Enabled(ctx, l)
}

func (h quiet) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == slog.LevelInfo {
		r.Level = slog.LevelDebug
	}
	return h.Handler.Handle(ctx, r)
}

func (h quiet) WithAttrs(as []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(as)} }
func (h quiet) WithGroup(name string) slog.Handler    { return quiet{h.Handler.WithGroup(name)} }
