package boltstore_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

var update = flag.Bool("update", false, "write testdata anew")

const fixture = "testdata/v1.db"

// TestAFileOfVersion1 reads a file as it was written when version 1 was new.
// At a release of another version the fixture stays as it is.
func TestAFileOfVersion1(t *testing.T) {
	incidents := []incident.Incident{fault(1), over(2)}
	rows := []outbox.Row{row(1, incident.Fault, outbox.Sending), row(2, incident.Fault, outbox.Sent), row(2, incident.Recovery, outbox.Due)}
	if *update {
		if err := os.RemoveAll(fixture); err != nil {
			t.Fatal(err)
		}
		s := open(t, fixture)
		commit(t, s, incidents, rows...)
		if err := errors.Join(s.Close(), os.Remove(fixture+".lock")); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "budi.db")
	if err := os.WriteFile(path, must[[]byte](t)(os.ReadFile(fixture)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	same(t, "open", must[[]incident.Incident](t)(s.OpenIncidents()), incidents[:1])
	same(t, "journal", must[[]incident.Incident](t)(s.Journal(0, 10)), incidents[1:])
	same(t, "incident 1", must[[]outbox.Row](t)(s.IncidentRows(1)), rows[:1])
	same(t, "incident 2", must[[]outbox.Row](t)(s.IncidentRows(2)), rows[1:])
	if len(s.Notices()) != 0 {
		t.Errorf("notices: %q", s.Notices())
	}
}

// raw changes a file as another program might.
func raw(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAFileThatIsNotForThisProgramIsLeftAsItIs(t *testing.T) {
	tests := map[string]struct {
		change func(*bbolt.Tx) error
		want   error
	}{
		"of a newer version": {func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket([]byte("meta"))
			if err != nil {
				return err
			}
			return b.Put([]byte("schema_version"), []byte{0, 0, 0, 0, 0, 0, 0, 99})
		}, boltstore.ErrNewer},
		"of another program": {func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("recipes"))
			return err
		}, boltstore.ErrForeign},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "budi.db")
			raw(t, path, tt.change)
			before := must[[]byte](t)(os.ReadFile(path))
			_, err := boltstore.Open(path, boltstore.Options{})
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v", err)
			}
			if after := must[[]byte](t)(os.ReadFile(path)); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if left := must[[]string](t)(filepath.Glob(path + ".*")); len(left) != 1 {
				t.Errorf("files left beside it: %q", left)
			}
			if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, tt.want) {
				t.Errorf("the second time: %v", err)
			}
		})
	}
}

func TestASecondCollectorIsKeptOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	_, err := boltstore.Open(path, boltstore.Options{LockWait: 100 * time.Millisecond})
	if !errors.Is(err, boltstore.ErrLocked) || !strings.Contains(err.Error(), "another collector is using") {
		t.Errorf("got %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path) // the lock file that is left means nothing
}

// big makes a file with everything in it: branches, overflow pages, free pages.
func big(t *testing.T, path string) []byte {
	t.Helper()
	s := open(t, path)
	var incidents []incident.Incident
	var rows []outbox.Row
	for id := range incident.ID(120) {
		inc := over(id + 1)
		if id%3 == 0 {
			inc = fault(id + 1)
		}
		if id%10 == 0 {
			inc.Annotations = map[string]string{"long": strings.Repeat("ž", 6000)}
		}
		incidents = append(incidents, inc)
		rows = append(rows, row(id+1, incident.Fault, outbox.Sent), row(id+1, incident.Recovery, outbox.Due))
	}
	commit(t, s, incidents, rows...)
	for i := range rows {
		if i%4 == 1 {
			rows[i].State, rows[i].Finished = outbox.Sent, t0
			if err := s.PutRows(rows[i : i+1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return must[[]byte](t)(os.ReadFile(path))
}

// survives opens whatever is at path and uses it as a collector does. A panic
// or a SIGBUS in any goroutine ends the test program, which is the point. It
// reports whether the file was replaced.
func survives(t fataler, path string) (replaced bool) {
	t.Helper()
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	_, err1 := s.OpenIncidents()
	_, err2 := s.Journal(0, 1000)
	_, err3 := s.UnsentRows()
	_, err4 := s.FinishedRows(1000)
	_, err5 := s.PruneRows(t0.Add(time.Hour))
	next, err6 := s.NextIncidentID()
	err7 := s.CommitIncidents([]incident.Incident{over(next), fault(next + 1)}, []outbox.Row{row(next, incident.Fault, outbox.Due)})
	_, found, err8 := s.Incident(next + 1)
	err9 := s.DailyCopy(t0)
	notices := s.Notices()
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, s.Close()); err != nil || !found {
		t.Fatalf("use: found %v, %v", found, err)
	}
	for _, n := range notices {
		if strings.Contains(n, "was damaged") {
			replaced = true
		}
	}
	if s, err = boltstore.Open(path, boltstore.Options{}); err != nil {
		t.Fatalf("open again: %v", err)
	}
	if n := s.Notices(); len(n) != 0 && !replaced {
		replaced = strings.Contains(n[0], "was damaged")
	}
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return replaced
}

type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// scratch is a folder in memory where there is one: these tests open a file
// hundreds of times and do not cut the power.
func scratch(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "boltstore-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// put writes a damaged file into a new folder.
func damaged(t fataler, dir string, n int, data []byte) string {
	dir = filepath.Join(dir, fmt.Sprint(n))
	path := filepath.Join(dir, "budi.db")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTruncatedAtEveryPage(t *testing.T) {
	dir := scratch(t)
	whole := big(t, filepath.Join(dir, "whole.db"))
	page := os.Getpagesize()
	n, replaced := 0, 0
	for size := 0; size < len(whole); size += page {
		for _, cut := range []int{size, size + 1, size + page/2} {
			n++
			path := damaged(t, dir, n, whole[:min(cut, len(whole))])
			if survives(t, path) {
				replaced++
			}
			if err := os.RemoveAll(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if replaced < n/2 {
		t.Errorf("of %d truncated files %d were found damaged", n, replaced)
	}
	t.Logf("%d truncated files of %d pages, %d found damaged", n, len(whole)/page, replaced)
}

func TestRandomBytesInRandomPages(t *testing.T) {
	dir := scratch(t)
	whole := big(t, filepath.Join(dir, "whole.db"))
	page := os.Getpagesize()
	n, replaced := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		data := bytes.Clone(whole)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		for range rapid.IntRange(1, 4).Draw(rt, "places") {
			at := rapid.IntRange(0, len(data)/page-1).Draw(rt, "page") * page
			switch rapid.SampledFrom([]string{"whole page", "head", "one byte", "one bit", "zeros", "another page"}).Draw(rt, "damage") {
			case "whole page":
				for i := range page {
					data[at+i] = byte(r.Uint32())
				}
			case "head": // where the pointers are
				for i := range 64 {
					data[at+i] = byte(r.Uint32())
				}
			case "one byte":
				data[at+r.IntN(256)] = byte(r.Uint32())
			case "one bit":
				data[at+r.IntN(page)] ^= 1 << r.IntN(8)
			case "zeros":
				clear(data[at : at+page])
			case "another page":
				copy(data[at:at+page], data[r.IntN(len(data)/page)*page:])
			}
		}
		n++
		path := damaged(rt, dir, n, data)
		if survives(rt, path) {
			replaced++
		}
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			rt.Fatal(err)
		}
	})
	t.Logf("%d damaged files, %d found damaged", n, replaced)
	if replaced == 0 {
		t.Error("none was found damaged")
	}
}

// TestDamageThatWouldHarmOnlyLater has what fuzzing found: bytes that can be
// read, and with which bbolt panics at a later write.
func TestDamageThatWouldHarmOnlyLater(t *testing.T) {
	const ( // places in the fixture
		bucketFlag = 0x6090 // of access_audit in the root page
		openBucket = 0x64b2 // the value of incidents_open: root page, sequence, inline page
		inlinePage = openBucket + 16
		firstEntry = inlinePage + 16
	)
	tests := map[string]struct {
		at    int
		value byte
	}{
		"a bucket that is a plain value":                {bucketFlag, 0},
		"a bucket whose page is another's":              {openBucket, 6},
		"an inline page with a number of its own":       {inlinePage, 0xed},
		"an inline page that is a branch":               {inlinePage + 8, 1},
		"a bucket within an inline page":                {firstEntry, 1},
		"an entry without a key":                        {firstEntry + 8, 0},
		"an entry that goes on behind the end":          {firstEntry + 14, 0xff},
		"a page that believes to be another":            {0x6000, 7},
		"a page that claims those behind it as its own": {0x600c, 0xff},
	}
	dir, n := scratch(t), 0
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			n++
			data := must[[]byte](t)(os.ReadFile(fixture))
			data[tt.at] = tt.value
			if !survives(t, damaged(t, dir, n, data)) {
				t.Error("not found damaged")
			}
		})
	}
}

// FuzzOpen looks for bytes that pass the check and harm bbolt.
func FuzzOpen(f *testing.F) {
	f.Add(must[[]byte](&testing.T{})(os.ReadFile(fixture)))
	f.Add([]byte("not a database at all, but longer than nothing"))
	dir := scratch(f)
	n := 0
	f.Fuzz(func(t *testing.T, data []byte) {
		n++
		path := filepath.Join(dir, fmt.Sprintf("%d-%d", os.Getpid(), n), "budi.db")
		if err := errors.Join(os.Mkdir(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(filepath.Dir(path)) }()
		s, err := boltstore.Open(path, boltstore.Options{})
		if errors.Is(err, boltstore.ErrNewer) || errors.Is(err, boltstore.ErrForeign) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		survives(t, path)
	})
}

// TestASoundFileIsNeverTakenForDamaged plays random histories of changes and
// kills: whatever bbolt left on the disk at a commit must pass the check.
func TestASoundFileIsNeverTakenForDamaged(t *testing.T) {
	dir, n := scratch(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := damaged(rt, dir, n, nil)
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			id := incident.ID(rapid.IntRange(1, 40).Draw(rt, "incident"))
			inc, r := fault(id), row(id, incident.Fault, outbox.Due)
			if rapid.Bool().Draw(rt, "over") {
				inc, r = over(id), row(id, incident.Fault, outbox.Sent)
			}
			inc.Annotations = map[string]string{"text": strings.Repeat("x", rapid.IntRange(0, 9000).Draw(rt, "length"))}
			r.Incident = inc
			if err := errors.Join(s.CommitIncidents([]incident.Incident{inc}, nil), s.PutRows([]outbox.Row{r})); err != nil {
				rt.Fatal(err)
			}
			if rapid.IntRange(0, 4).Draw(rt, "many") == 0 { // so that the tree gets deeper
				var rows []outbox.Row
				from := rapid.IntRange(1, 2000).Draw(rt, "from")
				for i := range rapid.IntRange(100, 400).Draw(rt, "rows") {
					state := outbox.Due
					if i%3 == 0 {
						state = outbox.Sent
					}
					rows = append(rows, row(incident.ID(from+i), incident.Fault, state))
				}
				if err := s.PutRows(rows); err != nil {
					rt.Fatal(err)
				}
			}
			if rapid.IntRange(0, 5).Draw(rt, "prune") == 0 {
				if _, err := s.PruneRows(t0.Add(time.Hour)); err != nil {
					rt.Fatal(err)
				}
			}
			if rapid.IntRange(0, 3).Draw(rt, "kill") == 0 {
				n++
				data, err := os.ReadFile(path)
				if err != nil {
					rt.Fatal(err)
				}
				other, err := boltstore.Open(damaged(rt, dir, n, data), boltstore.Options{})
				if err != nil {
					rt.Fatal(err)
				}
				if got := other.Notices(); len(got) > 0 {
					rt.Fatalf("notices: %q", got)
				}
				if err := other.Close(); err != nil {
					rt.Fatal(err)
				}
			}
		}
	})
}

func TestADamagedFileIsReplacedByTheNewestSoundCopy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "budi.db")
	s := open(t, path)
	installation := s.Installation()
	day := func(n int) time.Time { return t0.AddDate(0, 0, n) }
	// The clock was wrong on the first day: the name says that its copy is the
	// newest, the content says that it is the oldest.
	for i, date := range []time.Time{day(300), day(1), day(2), day(3)} {
		commit(t, s, []incident.Incident{over(incident.ID(i + 1))})
		if err := s.DailyCopy(date); err != nil {
			t.Fatal(err)
		}
	}
	commit(t, s, []incident.Incident{over(5)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	junk := bytes.Repeat([]byte("junk"), 10_000)
	for _, name := range []string{"budi.db", "budi.db.daily-2026-09-04", "budi.db.daily-2026-13-99", "budi.db.daily-2026-09-05.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), junk, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, path)
	if got := must[[]incident.Incident](t)(s.Journal(0, 10)); len(got) != 3 || got[0].ID != 3 {
		t.Errorf("journal: %+v", got)
	}
	if s.Installation() != installation {
		t.Error("another installation ID")
	}
	if next := must[incident.ID](t)(s.NextIncidentID()); next != 10_004 {
		t.Errorf("the next incident would be number %d", next)
	}
	notices := s.Notices()
	if len(notices) != 1 || !strings.Contains(notices[0], "budi.db.daily-2026-09-03") || !strings.Contains(notices[0], "budi.db.damaged-20260901T073000Z") {
		t.Errorf("notices: %q", notices)
	}
	if got := must[[]byte](t)(os.ReadFile(path + ".damaged-20260901T073000Z")); !bytes.Equal(got, junk) {
		t.Error("the damaged file was not kept")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := open(t, path).Notices(); len(n) != 0 {
		t.Errorf("told again: %q", n)
	}
}

func TestAFileThatIsMissingBesideItsCopiesIsNotAFirstStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	commit(t, s, []incident.Incident{fault(1)})
	if err := errors.Join(s.DailyCopy(t0), s.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	same(t, "open", must[[]incident.Incident](t)(s.OpenIncidents()), []incident.Incident{fault(1)})
	if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0], "it is missing") || strings.Contains(n[0], "kept as") {
		t.Errorf("notices: %q", n)
	}
}

func TestWithoutACopyItBeginsEmptyAndSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	for range 2 { // the second within the same second
		if err := os.WriteFile(path, []byte("junk"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		if n := s.Notices(); len(n) != 1 || !strings.Contains(n[0], "no sound daily copy") {
			t.Errorf("notices: %q", n)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if kept := must[[]string](t)(filepath.Glob(path + ".damaged-*")); len(kept) != 2 {
		t.Errorf("kept: %q", kept)
	}
}

func TestAnEntryThatCannotBeReadDoesNotTakeTheOthersWithIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	commit(t, s, []incident.Incident{fault(1), fault(2), over(3)}, row(1, incident.Fault, outbox.Due), row(2, incident.Fault, outbox.Due))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw(t, path, func(tx *bbolt.Tx) error {
		for _, name := range []string{"incidents_open", "incidents", "outbox_unsent"} {
			c := tx.Bucket([]byte(name)).Cursor()
			k, _ := c.First()
			if err := tx.Bucket([]byte(name)).Put(k, []byte(`{"id": "what`)); err != nil {
				return err
			}
		}
		return nil
	})
	s = open(t, path)
	for range 2 {
		same(t, "open", must[[]incident.Incident](t)(s.OpenIncidents()), []incident.Incident{fault(2)})
		same(t, "rows", must[[]outbox.Row](t)(s.UnsentRows()), []outbox.Row{row(2, incident.Fault, outbox.Due)})
		same(t, "journal", must[[]incident.Incident](t)(s.Journal(0, 10)), []incident.Incident{})
	}
	if n := s.Notices(); len(n) != 3 || !strings.Contains(n[0], "incidents_open") {
		t.Errorf("notices: %q", n)
	}
}

func TestDailyCopies(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "budi.db")
	s := open(t, path)
	commit(t, s, []incident.Incident{fault(1)})
	for i := range 10 {
		for hour := range 3 {
			if err := s.DailyCopy(t0.AddDate(0, 0, i).Add(time.Duration(hour) * time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	copies := must[[]string](t)(filepath.Glob(path + ".daily-*"))
	if len(copies) != 7 || !strings.HasSuffix(copies[0], "2026-09-04") || !strings.HasSuffix(copies[6], "2026-09-10") {
		t.Errorf("copies: %q", copies)
	}
	same(t, "a copy", must[[]incident.Incident](t)(open(t, copies[6]).OpenIncidents()), []incident.Incident{fault(1)})
}

func TestWithoutTheRightToWrite(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything; run this test as another user")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "budi.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{path: 0o400, dir: 0o500} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			info := must[os.FileInfo](t)(os.Stat(name))
			if err := os.Chmod(name, mode); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Chmod(name, info.Mode()) }()
			if name == dir {
				if err := os.Remove(path + ".lock"); err == nil {
					t.Fatal("the folder can be written")
				}
				path = filepath.Join(dir, "new.db")
			}
			_, err := boltstore.Open(path, boltstore.Options{})
			if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "must own the data folder") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// tmpfs mounts a small disk.
func tmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := mountTmpfs(dir, size); err != nil {
		t.Skipf("a small disk is needed, and only root on Linux may mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestAFullDisk(t *testing.T) {
	dir := tmpfs(t, "1m")
	path := filepath.Join(dir, "budi.db")
	s := open(t, path)
	commit(t, s, []incident.Incident{fault(1)}, row(1, incident.Fault, outbox.Due))

	filler := filepath.Join(dir, "filler")
	f := must[*os.File](t)(os.Create(filler))
	for {
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			break
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	long := fault(2)
	long.Annotations = map[string]string{"text": strings.Repeat("x", 200_000)}
	for range 3 {
		if err := s.CommitIncidents([]incident.Incident{long}, nil); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("on a full disk: %v", err)
		}
		if err := s.DailyCopy(t0); err == nil || !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
			t.Fatalf("a copy on a full disk: %v", err)
		}
		same(t, "open", must[[]incident.Incident](t)(s.OpenIncidents()), []incident.Incident{fault(1)})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path) // a start on a full disk
	same(t, "after a start", must[[]incident.Incident](t)(s.OpenIncidents()), []incident.Incident{fault(1)})
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := s.PutRows([]outbox.Row{row(1, incident.Fault, outbox.Sent)}); err != nil {
		t.Fatal(err)
	}
	commit(t, s, []incident.Incident{long})
	if err := s.DailyCopy(t0); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if got := must[[]incident.Incident](t)(s.OpenIncidents()); len(got) != 2 || len(s.Notices()) != 0 {
		t.Errorf("%d incidents, notices %q", len(got), s.Notices())
	}
}
