package state_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// Children of the tests: TestMain does in another process what the environment
// says.
const (
	childVariable = "BUDI_STATE_TEST_CHILD"
	fileVariable  = "BUDI_STATE_TEST_FILE"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "":
		os.Exit(m.Run())
	case "write":
		writeForEver(os.Getenv(fileVariable))
	case "full":
		os.Exit(onAFullDisk(os.Getenv(fileVariable)))
	}
}

func child(t *testing.T, what, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childVariable+"="+what, fileVariable+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// writeForEver puts looks whose sample says which one it is, prints the number
// of each that is kept, and acknowledges some, until it is killed.
func writeForEver(path string) {
	s, err := state.Open(path, state.Options{})
	if err != nil {
		fmt.Println("open:", err)
		return
	}
	next := 0.0
	if newest, err := s.Unsent(1); err == nil && len(newest) == 1 {
		next = newest[0].Samples[0].Value
	}
	for {
		next++
		if err := s.Put(numbered(next)); err != nil {
			fmt.Println("put:", err)
			return
		}
		fmt.Println(int(next))
		if int(next)%7 == 0 {
			entries, err := s.Unsent(40)
			if err == nil && len(entries) > 4 {
				err = s.Sent(ids(entries[2:4]))
			}
			if err != nil {
				fmt.Println("sent:", err)
				return
			}
		}
		if int(next)%50 == 0 {
			_ = s.Resend()
		}
	}
}

func numbered(n float64) look.Result {
	r := look.Result{Time: time.Now(), Samples: []look.Sample{{Name: "number", Value: n}}}
	for i := range 9 {
		r.Samples = append(r.Samples, look.Sample{Name: "filler", Labels: look.Labels("n", strconv.Itoa((int(n)+i)%40)), Value: n / 3})
	}
	return r
}

// What was said to be kept is there after a SIGKILL at any moment.
func TestKillAtAnyMoment(t *testing.T) {
	kills := 40
	if testing.Short() {
		kills = 5
	}
	path := filepath.Join(t.TempDir(), "agent.db")
	random := rand.New(rand.NewPCG(3, 4))
	said := 0
	for range kills {
		cmd := child(t, "write", path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		// The moment is chosen by what is printed and by chance, not by a clock.
		lines := 1 + random.IntN(60)
		var text bytes.Buffer
		buffer := make([]byte, 4096)
		for strings.Count(text.String(), "\n") < lines {
			n, err := out.Read(buffer)
			text.Write(buffer[:n])
			if err != nil {
				break
			}
		}
		must(t, cmd.Process.Kill())
		rest, _ := io.ReadAll(out)
		text.Write(rest)
		_ = cmd.Wait()
		for line := range strings.Lines(text.String()) {
			if !strings.HasSuffix(line, "\n") {
				continue // killed while it was printed
			}
			n, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("the child says %q", line)
			}
			said = n
		}
		s := open(t, path, state.Options{})
		must(t, s.Resend()) // what was acknowledged is kept, too
		entries := unsent(t, s, 1_000_000)
		have := map[int]bool{}
		for _, e := range entries {
			if e.Samples[0].Name != "number" || len(e.Samples) != 10 {
				t.Fatalf("an entry is %v", e.Samples)
			}
			have[int(e.Samples[0].Value)] = true
		}
		for n := 1; n <= said; n++ {
			if !have[n] {
				t.Fatalf("look %d of %d is gone", n, said)
			}
		}
		if stats := s.Stats(); stats.Notice != "" || stats.Samples != int64(10*len(entries)) || stats.Dropped != 0 {
			t.Fatalf("%+v with %d entries", stats, len(entries))
		}
		must(t, s.Close())
	}
	t.Logf("%d looks, %d kills", said, kills)
}

// full is a file with all that there can be, and its bytes.
func full(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "agent.db")
	c := &clock{monday()}
	s := open(t, path, state.Options{Now: c.Now})
	must(t, s.SetIdentity(identity()))
	for i := range 300 {
		c.now = monday().Add(time.Duration(i) * time.Minute)
		must(t, s.Put(lookAt(c.now, 60)))
	}
	must(t, s.Sent(ids(unsent(t, s, 600))))
	for range 30 {
		must(t, s.PutEvent(look.Event{Time: monday(), Code: "x", Args: map[string]string{"y": "z"}}))
	}
	must(t, s.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

func identity() state.Identity {
	return state.Identity{URL: "https://budi.school", Agent: "a1", Device: "pc-7", Site: "main", Secret: secret.New("s3cret")}
}

// use does everything with a file that was damaged. Nothing may fail, and the
// identity must be there.
func use(t *testing.T, dir string, damaged []byte) state.Stats {
	t.Helper()
	path := filepath.Join(dir, "agent.db")
	must(t, os.WriteFile(path, damaged, 0o600))
	c := &clock{monday().Add(300 * time.Minute)}
	s, err := state.Open(path, state.Options{Now: c.Now})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	if id, ok, err := s.Identity(); err != nil || !ok || id.Agent != "a1" || id.Secret.Reveal() != "s3cret" {
		t.Fatalf("the identity is %+v, %v, %v", id, ok, err)
	}
	if err := s.Put(lookAt(c.now, 60)); err != nil {
		t.Fatalf("put: %v", err)
	}
	if err := s.Resend(); err != nil {
		t.Logf("resend: %v", err) // a page may have gone bad in between
	}
	entries, err := s.Unsent(1_000_000)
	if err != nil {
		t.Logf("unsent: %v", err)
		entries, err = s.Unsent(1_000_000)
	}
	if err != nil {
		t.Fatalf("unsent: %v", err)
	}
	for _, e := range entries {
		if len(e.Samples) == 0 || len(e.Samples) > 60 || e.Time.Year() != 2026 {
			t.Fatalf("an entry is %+v", e)
		}
	}
	events, err := s.Events(100)
	must(t, err)
	if len(events) > 30 {
		t.Fatalf("%d events", len(events))
	}
	must(t, s.Sent(ids(entries)))
	if stats := s.Stats(); stats.Samples < 0 || stats.Samples > 301*60 {
		t.Fatalf("%+v", stats)
	}
	return s.Stats()
}

func TestTruncation(t *testing.T) {
	whole := full(t)
	dir := t.TempDir()
	withCopy(t, dir)
	noticed := 0
	for size := 0; size < len(whole); size += max(1, len(whole)/60) + 13 {
		if use(t, dir, whole[:size]).Notice != "" {
			noticed++
		}
	}
	if noticed < 30 {
		t.Errorf("damage was told %d times", noticed)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.damaged-*")); len(left) != 2 {
		t.Errorf("files that were set aside: %q", left)
	}
}

// withCopy puts the copy of the identity beside the file that will be there.
func withCopy(t *testing.T, dir string) {
	t.Helper()
	s := open(t, filepath.Join(dir, "agent.db"), state.Options{})
	must(t, s.SetIdentity(identity()))
	must(t, s.Close())
}

func TestRandomBytes(t *testing.T) {
	rounds := 250
	if testing.Short() {
		rounds = 30
	}
	whole := full(t)
	dir := t.TempDir()
	withCopy(t, dir)
	random := rand.New(rand.NewPCG(5, 6))
	noticed, dropped := 0, 0
	for round := range rounds {
		damaged := bytes.Clone(whole)
		switch round % 4 {
		case 0: // a page
			at := random.IntN(len(damaged)/4096) * 4096
			for i := range 4096 {
				damaged[at+i] = byte(random.Uint32())
			}
		case 1: // zeros, as after a power cut
			at := random.IntN(len(damaged)/512) * 512
			clear(damaged[at : at+512])
		case 2: // a bit in the first pages, where the trees begin
			damaged[random.IntN(min(len(damaged), 64<<10))] ^= 1 << random.IntN(8)
		case 3: // some bytes anywhere
			for range 1 + random.IntN(20) {
				damaged[random.IntN(len(damaged))] = byte(random.Uint32())
			}
		}
		stats := use(t, dir, damaged)
		if stats.Notice != "" {
			noticed++
		}
		if stats.Dropped > 0 {
			dropped++
		}
	}
	t.Logf("%d files: %d set aside, %d with entries that were given up", rounds, noticed, dropped)
	if noticed == 0 || dropped == 0 {
		t.Errorf("set aside %d, given up %d: the test damages nothing", noticed, dropped)
	}
}

func TestJunkInPlaceOfAFile(t *testing.T) {
	for name, junk := range map[string][]byte{
		"text": []byte(strings.Repeat("not a database\n", 1000)), "one byte": {7}, "zeros": make([]byte, 65536), "a recipe": foreign(t),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			withCopy(t, dir)
			use(t, dir, junk)
		})
	}
}

// foreign is a sound database whose buckets are values.
func foreign(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := bbolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucket([]byte("meta"))
		if err != nil {
			return err
		}
		if _, err := meta.CreateBucket([]byte("totals")); err != nil {
			return err
		}
		unsent, err := tx.CreateBucket([]byte("unsent"))
		if err != nil {
			return err
		}
		_, err = unsent.CreateBucket([]byte("12345678"))
		return err
	}))
	must(t, db.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

// A file that goes bad while it is in use, as when a disk dies or somebody cuts
// it: SIGBUS, were it not caught.
func TestTheFileGoesBadWhileItIsUsed(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("Windows does not let a mapped file be cut")
	}
	path := filepath.Join(t.TempDir(), "agent.db")
	c := &clock{monday()}
	s := open(t, path, state.Options{Now: c.Now})
	must(t, s.SetIdentity(identity()))
	must(t, s.SetAssignment(wire.Assignment{Version: "9", PushInterval: time.Minute}))
	for i := range 300 {
		c.now = monday().Add(time.Duration(i) * time.Minute)
		must(t, s.Put(lookAt(c.now, 60)))
	}
	must(t, os.Truncate(path, 8192))
	for range 3 {
		c.now = c.now.Add(time.Minute)
		must(t, s.Put(lookAt(c.now, 60)))
	}
	if got := s.Stats(); got.Samples != 3*60 || got.Dropped != 300*60 || !strings.Contains(got.Notice, "damaged") {
		t.Errorf("stats %+v", got)
	}
	must(t, s.Close())
	s = open(t, path, state.Options{Now: c.Now})
	if id, ok, err := s.Identity(); !ok || err != nil || id.Agent != "a1" || s.Assignment().Version != "9" {
		t.Errorf("got %+v %v %v, %+v", id, ok, err, s.Assignment())
	}
	if got := unsent(t, s, 1000); len(got) != 3 || len(got[0].Samples) != 60 {
		t.Errorf("%d entries", len(got))
	}
}

func TestASecondAgentIsKeptOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.db")
	s := open(t, path, state.Options{})
	if _, err := state.Open(path, state.Options{LockWait: time.Millisecond}); !errors.Is(err, state.ErrLocked) {
		t.Errorf("got %v", err)
	}
	must(t, s.Close())
	open(t, path, state.Options{})
}

func TestANewerFileIsSetAside(t *testing.T) {
	dir := t.TempDir()
	withCopy(t, dir)
	path := filepath.Join(dir, "agent.db")
	db, err := bbolt.Open(path, 0o600, nil)
	must(t, err)
	must(t, db.Update(func(tx *bbolt.Tx) error {
		version := binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte("99")))
		return tx.Bucket([]byte("meta")).Put([]byte("version"), append(version, "99"...))
	}))
	must(t, db.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	if got := use(t, dir, b); !strings.Contains(got.Notice, "version is 99") {
		t.Errorf("notice %q", got.Notice)
	}
}

func TestAFolderThatIsNotThereIsAnError(t *testing.T) {
	if _, err := state.Open(filepath.Join(t.TempDir(), "no", "agent.db"), state.Options{}); err == nil {
		t.Error("no error")
	}
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "agent.db"), 0o700))
	if _, err := state.Open(filepath.Join(dir, "agent.db"), state.Options{}); err == nil {
		t.Error("no error for a folder in place of the file")
	}
}
