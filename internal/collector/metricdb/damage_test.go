package metricdb_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

// folder copies a folder as a collector leaves it: a block of yesterday, a
// head with mapped chunks, a log, and a log of late samples.
func folder(t testing.TB) string {
	t.Helper()
	pristine.once.Do(func() { pristine.dir = makeFolder(t) })
	if pristine.dir == "" {
		t.Fatal("the folder could not be made")
	}
	dir := filepath.Join(t.TempDir(), "tsdb")
	if err := os.CopyFS(dir, os.DirFS(pristine.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// pristine is made once; TestMain removes it.
var pristine struct {
	once sync.Once
	dir  string
}

func makeFolder(t testing.TB) string {
	dir, err := os.MkdirTemp("", "metricdb")
	if err != nil {
		t.Fatal(err)
	}
	var list []storage.Series
	for i := range 50 {
		var samples []chunks.Sample
		for j := range 100 {
			samples = append(samples, point{noon.Add(-24*time.Hour + time.Duration(j)*time.Minute).UnixMilli(), float64(i)})
		}
		list = append(list, storage.NewListSeries(labels.FromStrings("__name__", "yesterday", "n", fmt.Sprint(i)), samples))
	}
	if _, err := tsdb.CreateBlock(list, dir, (4 * time.Hour).Milliseconds(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	db, err := metricdb.Open(context.Background(), metricdb.Options{Dir: dir, Now: newClock(noon).Now})
	if err != nil {
		t.Fatal(err)
	}
	for j := range 150 { // more than one chunk of each
		record(t, db, homepage, result(noon.Add(time.Duration(j-150)*15*time.Second), sample("probe_success", 1), sample("counted", float64(j))))
	}
	for j := range 40 { // late ones, more than one chunk
		record(t, db, homepage, result(noon.Add(time.Duration(j-400)*30*time.Second), sample("late", float64(j))))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

type point struct {
	t int64
	v float64
}

func (p point) T() int64             { return p.t }
func (p point) ST() int64            { return 0 }
func (p point) F() float64           { return p.v }
func (p point) H() *histogramT       { return nil }
func (p point) FH() *floatHistogramT { return nil }
func (p point) Type() valueType      { return valFloat }
func (p point) Copy() chunks.Sample  { return p }

// find returns the files that match, which must be there.
func find(t *testing.T, dir, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s in the folder: %v", pattern, list(t, dir))
	}
	return names
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size := int64(0)
		if !d.IsDir() {
			size = info.Size()
		}
		rel, _ := filepath.Rel(dir, path)
		out = append(out, fmt.Sprintf("%s %d", rel, size))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// overwrite replaces part of a file, from a fraction of its length on.
func overwrite(t *testing.T, name string, from float64, data []byte) {
	t.Helper()
	old, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	at := int(float64(len(old)) * from)
	n := copy(old[at:], data)
	if n == 0 {
		t.Fatalf("%s is empty", name)
	}
	write(t, name, old)
}

func truncate(t *testing.T, name string, to float64) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, int64(float64(info.Size())*to)); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedFolders(t *testing.T) {
	const block = "01*"
	wal := func(t *testing.T, dir string) string { return find(t, dir, "wal/0*")[0] }
	for _, tc := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		notice string // a part of what is told; empty: nothing needs to be told
		kept   bool   // yesterday's block is still there
	}{
		{"nothing", func(*testing.T, string) {}, "", true},
		{"the log ends in the middle of a record", func(t *testing.T, dir string) { truncate(t, wal(t, dir), 0.5) }, "", true},
		{"random bytes in the log", func(t *testing.T, dir string) { overwrite(t, wal(t, dir), 0.5, noise(500)) }, "log of the newest samples was damaged", true},
		{"a log of random bytes", func(t *testing.T, dir string) { write(t, wal(t, dir), noise(200_000)) }, "log of the newest samples was damaged", true},
		{"an empty log", func(t *testing.T, dir string) { write(t, wal(t, dir), nil) }, "", true},
		{"a log that is no folder", func(t *testing.T, dir string) {
			_ = os.RemoveAll(filepath.Join(dir, "wal"))
			write(t, filepath.Join(dir, "wal"), noise(10))
		}, "The folder wal", true},
		{"a gap in the log", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "wal", "00000007"), nil)
		}, "The folder wal", true},
		{"a checkpoint of random bytes", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "wal", "checkpoint.00000000", "00000000"), noise(100_000))
		}, "A checkpoint of the log", true},
		{"random bytes in the log of late samples", func(t *testing.T, dir string) { overwrite(t, find(t, dir, "wbl/0*")[0], 0.3, noise(500)) }, "log of the newest samples was damaged", true},
		{"a log of late samples of random bytes", func(t *testing.T, dir string) { write(t, find(t, dir, "wbl/0*")[0], noise(200_000)) }, "log of the newest samples was damaged", true},
		{"head chunks of random bytes", func(t *testing.T, dir string) { write(t, find(t, dir, "chunks_head/0*")[0], noise(200_000)) }, "chunks_head", true},
		{"random bytes in head chunks", func(t *testing.T, dir string) { overwrite(t, find(t, dir, "chunks_head/0*")[0], 0.0003, noise(300)) }, "", true},
		{"truncated head chunks", func(t *testing.T, dir string) { truncate(t, find(t, dir, "chunks_head/0*")[0], 0.001) }, "", true},
		{"head chunks of three bytes", func(t *testing.T, dir string) { write(t, find(t, dir, "chunks_head/0*")[0], []byte("abc")) }, "", true},
		{"a block without meta.json", func(t *testing.T, dir string) { _ = os.Remove(find(t, dir, block+"/meta.json")[0]) }, "cannot be read", false},
		{"a block with an empty meta.json", func(t *testing.T, dir string) { write(t, find(t, dir, block+"/meta.json")[0], nil) }, "cannot be read", false},
		{"a block with half a meta.json", func(t *testing.T, dir string) { truncate(t, find(t, dir, block+"/meta.json")[0], 0.5) }, "cannot be read", false},
		{"a block with a meta.json of random bytes", func(t *testing.T, dir string) { write(t, find(t, dir, block+"/meta.json")[0], noise(300)) }, "cannot be read", false},
		{"a block with another block's meta.json", func(t *testing.T, dir string) {
			write(t, find(t, dir, block+"/meta.json")[0], []byte(`{"ulid":"01HHHHHHHHHHHHHHHHHHHHHHHH","version":1}`))
		}, "cannot be read", false},
		{"a block with a truncated index", func(t *testing.T, dir string) { truncate(t, find(t, dir, block+"/index")[0], 0.5) }, "cannot be read", false},
		{"a block with an empty index", func(t *testing.T, dir string) { write(t, find(t, dir, block+"/index")[0], nil) }, "cannot be read", false},
		{"a block with an index of random bytes", func(t *testing.T, dir string) { write(t, find(t, dir, block+"/index")[0], noise(5000)) }, "cannot be read", false},
		{"a block with empty chunks", func(t *testing.T, dir string) { write(t, find(t, dir, block+"/chunks/0*")[0], nil) }, "cannot be read", false},
		{"a block with chunks of random bytes", func(t *testing.T, dir string) { write(t, find(t, dir, block+"/chunks/0*")[0], noise(5000)) }, "cannot be read", false},
		{"a block with tombstones of random bytes", func(t *testing.T, dir string) { write(t, find(t, dir, block+"/tombstones")[0], noise(50)) }, "cannot be read", false},
		{"a lock file that a dead process left", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "lock"), []byte("4711")) }, "", true},
		{"folders that were being made", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "01HHHHHHHHHHHHHHHHHHHHHHHH.tmp-for-creation", "index"), noise(10))
			write(t, filepath.Join(dir, "01HHHHHHHHHHHHHHHHHHHHHHHJ.tmp-for-deletion", "meta.json"), noise(10))
			write(t, filepath.Join(dir, "wal", "checkpoint.00000003.tmp", "00000000"), noise(10))
		}, "", true},
		{"junk beside it", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "notes.txt"), noise(10))
			write(t, filepath.Join(dir, "old", "index"), noise(10))
			write(t, filepath.Join(dir, "wal", "notes.txt"), noise(10))
			write(t, filepath.Join(dir, "budi-format"), noise(10))
		}, "", true},
		{"a log whose last record was being written", func(t *testing.T, dir string) {
			name := find(t, dir, "wal/0*")[0]
			info, _ := os.Stat(name)
			truncate(t, name, 1-3/float64(info.Size()))
		}, "", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := folder(t)
			tc.damage(t, dir)
			c := newClock(noon)
			db := open(t, metricdb.Options{Dir: dir, Now: c.Now})
			told := strings.Join(db.Notices(), "\n")
			if !strings.Contains(told, tc.notice) || (tc.notice == "" && told != "" && strings.HasPrefix(tc.name, "a log whose last")) {
				t.Errorf("the notices are %q; they lack %q", told, tc.notice)
			}
			if _, there := value(t, db, "count(yesterday)", noon.Add(-23*time.Hour)); there != tc.kept {
				t.Errorf("yesterday's samples are there: %v, want %v", there, tc.kept)
			}
			if !tc.kept {
				find(t, dir, "quarantine-20260901T120000Z/01*")
			}
			c.Advance(time.Minute)
			record(t, db, homepage, result(c.Now(), sample("probe_success", 0)))
			wantValue(t, db, "probe_success", c.Now(), 0)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			// Mended for good: the next start has nothing to say.
			again := open(t, metricdb.Options{Dir: dir, Now: c.Now})
			if told := again.Notices(); len(told) > 0 {
				t.Errorf("the next start still says %q", told)
			}
			wantValue(t, again, "probe_success", c.Now(), 0)
		})
	}
}

// TestADamagedLogMixesNothingUp: series are known by number in the files of the
// head. A number whose definition was lost must not be given to a series that
// comes later.
func TestADamagedLogMixesNothingUp(t *testing.T) {
	dir := folder(t)
	wal := find(t, dir, "wal/0*")
	overwrite(t, wal[0], 0, noise(200)) // all definitions are behind this
	c := newClock(noon)
	for round := range 3 {
		db, err := metricdb.Open(context.Background(), metricdb.Options{Dir: dir, Now: c.Now})
		if err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Minute)
		for i := range 10 {
			tg := metricdb.Target{ID: fmt.Sprint("new", round, i)}
			record(t, db, tg, result(c.Now(), sample(fmt.Sprintf("new_%d_%d", round, i), 1)))
		}
		for i := range 10 * (round + 1) {
			wantValue(t, db, fmt.Sprintf("count_over_time(new_%d_%d[1d])", i/10, i%10), c.Now(), 1)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWhatIsBeforeTheDamageIsKept: also the late samples, which stand in
// another file, and what is in mapped chunks.
func TestWhatIsBeforeTheDamageIsKept(t *testing.T) {
	dir := folder(t)
	c := newClock(noon)
	count := func(db *metricdb.DB, name string) float64 {
		v, _ := value(t, db, fmt.Sprintf("count_over_time(%s[1d])", name), noon.Add(time.Minute))
		return v
	}
	whole := open(t, metricdb.Options{Dir: dir, Now: c.Now})
	if count(whole, "counted") != 150 || count(whole, "late") != 40 {
		t.Fatalf("there are %g and %g samples before", count(whole, "counted"), count(whole, "late"))
	}
	if err := whole.Close(); err != nil {
		t.Fatal(err)
	}
	// The TSDB begins a second file of the log when it drops what stands in the
	// block of yesterday. It does so beside the first samples, so that it is left
	// to chance what stands in which: damage the end of what there is.
	var name string
	var data []byte
	for _, n := range find(t, dir, "wal/0*") {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		if b = bytes.TrimRight(b, "\x00"); len(b) > 0 {
			name, data = n, b // a page is filled up with zeros
		}
	}
	data[len(data)-len(data)/20-1] ^= 0xff
	write(t, name, data)
	mended := open(t, metricdb.Options{Dir: dir, Now: c.Now})
	if got := count(mended, "counted"); got < 120 {
		t.Errorf("%g samples are left of 150, though the damage is behind them", got)
	}
	if got := count(mended, "late"); got != 40 {
		t.Errorf("%g late samples are left of 40", got)
	}
}

// TestRandomDamage overwrites or cuts off any file anywhere: it opens all the
// same, and what is recorded then is there.
func TestRandomDamage(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 5
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := folder(t)
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			var files []string
			_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, _ error) error {
				if info, err := d.Info(); err == nil && !d.IsDir() && info.Size() > 0 && d.Name() != "budi-format" {
					files = append(files, path)
				}
				return nil
			})
			for range 1 + r.IntN(3) {
				name := files[r.IntN(len(files))]
				// Head chunk files are long and nearly empty.
				info, _ := os.Stat(name)
				at := r.Int64N(min(info.Size(), 20_000) + 1)
				if r.IntN(2) == 0 {
					_ = os.Truncate(name, at)
					t.Logf("%s ends at %d", name, at)
					continue
				}
				data, _ := os.ReadFile(name)
				for i := int(at); i < min(len(data), int(at)+1+r.IntN(200)); i++ {
					data[i] = byte(r.Uint32())
				}
				// A version that happens to be higher would be refused, rightly.
				if at < 5 && len(data) >= 5 {
					data[0] = 0
				}
				write(t, name, data)
				t.Logf("%s is overwritten at %d", name, at)
			}
			c := newClock(noon.Add(time.Minute))
			db := open(t, metricdb.Options{Dir: dir, Now: c.Now})
			record(t, db, homepage, result(c.Now(), sample("probe_success", 0)))
			wantValue(t, db, "probe_success", c.Now(), 0)
			_, _ = db.Query(context.Background(), `sum({__name__=~".+"})`, noon.Add(-23*time.Hour))
			_, _ = db.Query(context.Background(), `sum(count_over_time({__name__=~".+"}[2d]))`, noon)
		})
	}
}

func TestANewerVersionIsRefusedAndNothingIsChanged(t *testing.T) {
	version := func(pattern string, v byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			name := find(t, dir, pattern)[0]
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			data[4] = v
			write(t, name, data)
		}
	}
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, dir string)
	}{
		{"the folder's own version", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "budi-format"), []byte("2\n")) }},
		{"a block's meta.json", func(t *testing.T, dir string) {
			name := find(t, dir, "01*/meta.json")[0]
			data, _ := os.ReadFile(name)
			write(t, name, []byte(strings.Replace(string(data), `"version": 1`, `"version": 2`, 1)))
		}},
		{"a block's index", version("01*/index", 3)},
		{"a block's chunks", version("01*/chunks/0*", 2)},
		{"head chunks", version("chunks_head/0*", 2)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := folder(t)
			tc.change(t, dir)
			before := list(t, dir)
			_, err := metricdb.Open(context.Background(), metricdb.Options{Dir: dir})
			if !errors.Is(err, metricdb.ErrNewerVersion) || !strings.Contains(err.Error(), "--data") {
				t.Fatalf("the error is %v", err)
			}
			if after := list(t, dir); !slices.Equal(before, after) {
				t.Errorf("the folder was changed:\n%v\n%v", before, after)
			}
		})
	}
}

func TestAFolderInUseIsRefused(t *testing.T) {
	dir := folder(t)
	open(t, metricdb.Options{Dir: dir})
	_, err := metricdb.Open(context.Background(), metricdb.Options{Dir: dir})
	if !errors.Is(err, metricdb.ErrLocked) {
		t.Errorf("the error is %v", err)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "quarantine-*")); len(names) > 0 {
		t.Error("a folder in use was put into quarantine")
	}
}

// killed is set in the process that TestKill starts and kills.
const killed = "BUDI_METRICDB_KILLED"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" {
		recordForEver(dir)
	}
	code := m.Run()
	_ = os.RemoveAll(pristine.dir) // of the empty name: nothing
	os.Exit(code)
}

// recordForEver records samples and prints the number of each that a query has
// seen, until it is killed.
func recordForEver(dir string) {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	c := newClock(noon)
	db, err := metricdb.Open(context.Background(), metricdb.Options{Dir: dir, Now: c.Now})
	fail(err)
	points, err := db.Query(context.Background(), "max_over_time(number[1d])", noon.Add(24*time.Hour))
	fail(err)
	n := 0.0
	if len(points) > 0 {
		n = points[0].Value
	}
	for {
		n++
		at := noon.Add(time.Duration(n) * 10 * time.Millisecond)
		c.Set(at)
		fail(db.Record(context.Background(), homepage, result(at, sample("number", n), sample("new_each_time", n, "n", fmt.Sprint(int(n)%50)))))
		points, err := db.Query(context.Background(), "number", at)
		fail(err)
		fmt.Printf("%g\n", points[0].Value)
	}
}

// TestKill kills a recording process at random instants: what a query saw
// before is there after.
func TestKill(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for round := range rounds {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), killed+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		want, seen := 0.0, 0
		stop := 1 + r.IntN(300)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, err := fmt.Sscanf(lines.Text(), "%g", &want); err != nil {
				break // the last line may be cut off
			}
			if seen++; seen == stop {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
		if seen < stop {
			t.Fatalf("round %d: the process ended by itself", round)
		}
		db, err := metricdb.Open(context.Background(), metricdb.Options{Dir: dir, Now: newClock(noon.Add(time.Hour)).Now})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := value(t, db, "max_over_time(number[1d])", noon.Add(24*time.Hour)); got < want {
			t.Errorf("round %d: %g is the newest, though %g was seen", round, got, want)
		}
		if got, _ := value(t, db, "count_over_time(number[1d])", noon.Add(24*time.Hour)); got < want {
			t.Errorf("round %d: %g samples are there, though %g were seen", round, got, want)
		}
		if told := db.Notices(); len(told) > 0 {
			t.Errorf("round %d: a kill needs no repair: %q", round, told)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
