package metricdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/wlog"
)

// quarantine moves damaged files aside.
type quarantine struct {
	dir     string
	now     func() time.Time
	folder  string
	notices []string
}

// move puts a file or folder of the database into the quarantine. The notice
// may be empty.
func (q *quarantine) move(name, notice string) error {
	if q.folder == "" {
		base := filepath.Join(q.dir, "quarantine-"+q.now().UTC().Format("20060102T150405Z"))
		for i := 0; ; i++ {
			q.folder = base
			if i > 0 {
				q.folder = fmt.Sprintf("%s-%d", base, i)
			}
			err := os.Mkdir(q.folder, 0o700)
			if err == nil {
				break
			}
			if !errors.Is(err, fs.ErrExist) || i > 100 {
				return fmt.Errorf("make a folder for damaged samples: %w", err)
			}
		}
	}
	to := filepath.Join(q.folder, filepath.Base(name))
	for i := 1; ; i++ { // the same part may be moved twice
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = filepath.Join(q.folder, fmt.Sprintf("%s-%d", filepath.Base(name), i))
	}
	if err := os.Rename(filepath.Join(q.dir, name), to); err != nil {
		return fmt.Errorf("move damaged samples aside: %w", err)
	}
	if notice != "" {
		q.notices = append(q.notices, notice+q.moved())
	}
	return nil
}

func (q *quarantine) moved() string {
	return " It was moved to " + q.folder + "; delete that folder when nobody needs it."
}

// badBlocks moves aside the blocks that cannot be opened. The TSDB would skip
// one without a readable meta.json for ever, and refuse to start for others.
func (q *quarantine) badBlocks() error {
	blocks, err := blockDirs(q.dir)
	if err != nil {
		return err
	}
	for _, block := range blocks {
		meta, err := readMeta(block)
		if err == nil {
			err = openBlock(block)
		}
		if err == nil || !damaged(err) {
			continue
		}
		what := "A block of older samples"
		if meta.MaxTime > 0 {
			what = fmt.Sprintf("The block of samples from %s to %s", time.UnixMilli(meta.MinTime).UTC().Format(time.DateTime), time.UnixMilli(meta.MaxTime).UTC().Format(time.DateTime))
		}
		if err := q.move(filepath.Base(block), fmt.Sprintf("%s cannot be read (%v).", what, err)); err != nil {
			return err
		}
	}
	return nil
}

func openBlock(dir string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	b, err := tsdb.OpenBlock(nil, dir, nil, nil)
	if err != nil {
		return err
	}
	return b.Close()
}

// badCheckpoint moves a checkpoint of the log aside that cannot be read, and
// reports whether there was one. The TSDB would mend the log by it instead.
func (q *quarantine) badCheckpoint() (bool, error) {
	wal := filepath.Join(q.dir, "wal")
	checkpoint, _, err := wlog.LastCheckpoint(wal)
	if err != nil {
		return false, nil // none, or no log at all
	}
	if err = readLog(checkpoint); err == nil || !damaged(err) {
		return false, nil
	}
	name := filepath.Join("wal", filepath.Base(checkpoint))
	return true, q.move(name, fmt.Sprintf("A checkpoint of the log of the newest samples cannot be read (%v); samples of the last three hours may be lost.", err))
}

func readLog(dir string) error {
	segments, err := wlog.NewSegmentsReader(dir)
	if err != nil {
		return err
	}
	defer segments.Close()
	r := wlog.NewReader(segments)
	for r.Next() {
	}
	return r.Err()
}

// tornTail reports whether all that is wrong with a log is that it ends in the
// middle of a record.
func tornTail(dir string) bool {
	first, last, err := wlog.Segments(dir)
	if err != nil || last < 0 {
		return false
	}
	for i := last; i >= first; i-- {
		name := wlog.SegmentName(dir, i)
		info, err := os.Stat(name)
		if err != nil {
			return false
		}
		if info.Size() == 0 {
			continue // made at a start and never written
		}
		good, err := readSegment(name)
		if err == nil || !endsInRecord(name, good) {
			return false
		}
		for j := first; j < i; j++ {
			if _, err := readSegment(wlog.SegmentName(dir, j)); err != nil {
				return false
			}
		}
		return true
	}
	return false
}

// readSegment reads one file of a log and returns where its last whole record
// ends.
func readSegment(name string) (good int64, err error) {
	segment, err := wlog.OpenReadSegment(name)
	if err != nil {
		return 0, err
	}
	buf := wlog.NewSegmentBufReader(segment)
	defer buf.Close()
	r := wlog.NewReader(buf)
	for r.Next() {
		good = r.Offset()
	}
	return good, r.Err()
}

// endsInRecord reports whether a file of a log has, behind the given offset,
// whole parts of one record and then at most the beginning of another part.
// A part is a type, a length (2 bytes), a checksum (4 bytes) and data, and lies
// within a page; zeros fill up a page (tsdb/docs/format/wal.md).
func endsInRecord(name string, offset int64) bool {
	const (
		page    = 32 << 10
		header  = 7
		longest = 1 << 20
	)
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	tail, err := io.ReadAll(io.NewSectionReader(f, offset, longest))
	if err != nil || len(tail) == longest {
		return false
	}
	for len(tail) > 0 {
		kind, n := tail[0], 0
		switch {
		case kind == 0:
			n = int(min(page-offset%page, int64(len(tail))))
			if slices.ContainsFunc(tail[:n], func(b byte) bool { return b != 0 }) {
				return false
			}
		case kind>>5 != 0 || kind&7 == 0 || kind&7 > 4:
			return false
		case len(tail) < header:
			return true
		default:
			n = header + int(binary.BigEndian.Uint16(tail[1:]))
			if int(offset%page)+n > page {
				return false
			}
			if len(tail) < n {
				return true
			}
			if crc32.Checksum(tail[header:n], crc32.MakeTable(crc32.Castagnoli)) != binary.BigEndian.Uint32(tail[3:]) {
				return false
			}
		}
		tail, offset = tail[n:], offset+int64(n)
	}
	return true
}

// headParts are the folders of the head: the log, the log of late samples, and
// the mapped chunks. The latter two mean nothing without the first.
func headParts() []string { return []string{"wal", "wbl", "chunks_head"} }

// moveHead moves aside all of the head.
func (q *quarantine) moveHead(notice string) error {
	for _, name := range headParts() {
		if _, err := os.Lstat(filepath.Join(q.dir, name)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := q.move(name, ""); err != nil {
			return err
		}
	}
	q.notices = append(q.notices, notice+q.moved())
	return nil
}

// next moves aside the part that the error is about, or else the first part
// that is still there. It returns false when nothing is left to move.
func (q *quarantine) next(cause error) (bool, error) {
	text := strings.ToLower(cause.Error())
	about := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
	}
	try := []string{"wbl", "chunks_head", "wal"}
	switch {
	case about("wbl"):
	case about("wal", "checkpoint", "segment"):
		try = []string{"wal"}
	case about("chunk", "mmap"):
		try = []string{"chunks_head", "wbl", "wal"}
	}
	for _, name := range try {
		entries, err := os.ReadDir(filepath.Join(q.dir, name))
		if errors.Is(err, fs.ErrNotExist) || (err == nil && len(entries) == 0) {
			continue
		}
		notice := fmt.Sprintf("The folder %s of the newest samples cannot be used (%v).", name, cause)
		if name == "wal" {
			return true, q.moveHead(notice)
		}
		return true, q.move(name, notice)
	}
	return false, nil
}
