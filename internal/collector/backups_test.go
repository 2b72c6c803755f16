package collector

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/backup"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/notify"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

var backupNoon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

const backupPassphrase = "vasara prie ežero"

// openCollector opens a collector that looks at nothing by itself.
func openCollector(t *testing.T, dir string) *Collector {
	t.Helper()
	c, err := Open(t.Context(), Options{DataDir: dir, Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return backupNoon }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func closeCollector(t *testing.T, c *Collector) {
	t.Helper()
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
}

// filled is a collector with something of everything, opened anew: its samples are
// read from the disk, as they are after a restore.
func filled(t *testing.T, dir string) *Collector {
	t.Helper()
	c := openCollector(t, dir)
	fill(t, c)
	closeCollector(t, c)
	return openCollector(t, dir)
}

// fill puts something of everything into a collector.
func fill(t *testing.T, c *Collector) {
	t.Helper()
	ctx := t.Context()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for device := range 5 {
		identity := look.Labels("device", fmt.Sprint("pc-", device), "site", "main", "job", "agent")
		for _, name := range []string{"system_memory_usage_bytes", "system_cpu_load_average_1m"} {
			stamped, reason := metricdb.Stamp(name, nil, identity)
			if reason != "" {
				t.Fatal(reason)
			}
			_, err := c.db.Write(ctx, func(b *metricdb.Batch) error {
				for i := range 240 { // four hours in order
					b.Add(stamped, backupNoon.Add(time.Duration(i-240)*time.Minute).UnixMilli(), float64(i*device))
				}
				for i := range 100 { // and days that an agent kept
					b.Add(stamped, backupNoon.Add(-time.Duration(i)*97*time.Minute-time.Second).UnixMilli(), math.Pi*float64(i))
				}
				return nil
			})
			check(err)
		}
	}
	check(c.db.Record(ctx, metricdb.Target{ID: "www", Identity: look.Labels("check", "www")}, look.Result{Target: "www", Kind: "http", Time: backupNoon, Samples: []look.Sample{{Name: "probe_success", Value: 1}}}))
	check(c.db.Record(ctx, metricdb.Target{ID: "www", Identity: look.Labels("check", "www")}, look.Result{Target: "www", Kind: "http", Time: backupNoon.Add(time.Minute)})) // ends with a stale marker

	_, err := c.access.CreateUser(ctx, access.Local("test"), access.NewUser{Login: "rasa", Name: "Rasa", Lang: i18n.Lithuanian, Role: access.Administrator, Password: secret.New("labai slaptas žodis")})
	check(err)
	_, _, err = c.access.CreateToken(ctx, access.Local("test"), "grafana", access.Viewer, nil, time.Time{})
	check(err)
	enrol, _, err := c.agents.enrolment.CreateToken(ctx, "test", enrolment.NewToken{Site: "main", Uses: 2})
	check(err)
	agent, err := c.agents.enrolment.Enrol(ctx, wire.EnrolRequest{Token: enrol.Reveal(), Secret: wire.AgentSecretPrefix + strings.Repeat("A", 43), Hostname: "pc-0", Machine: wire.Machine{BoardSerial: "B-4711"}}, "10.0.0.1")
	check(err)
	for _, size := range []string{"512", "256"} { // with a change in the history
		check(c.agents.inventory.Take(ctx, agent.Device, []look.FactSet{{Kind: "disk", Time: backupNoon, Items: []look.Item{{Key: "S-1", Fields: map[string]string{"size_bytes": size}}}}}, inventory.About{Hostname: "pc-0"}))
	}
	check(c.agents.inventory.PutRoom(ctx, "test", inventory.Room{ID: "214", Site: "main", Name: "Informatikos kabinetas"}))
	_, err = c.silences.Begin(ctx, notify.Silence{Sets: [][]notify.Matcher{{notify.Equal("site", "main")}}, Ends: time.Now().Add(time.Hour), By: "rasa", Comment: "atostogos"})
	check(err)
	var all []incident.Incident
	var rows []outbox.Row
	for id := range incident.ID(12) {
		inc := incident.Incident{
			ID: id + 1, Rule: "SiteDown", Labels: map[string]string{"check": fmt.Sprint("www", id)}, Severity: incident.Critical, State: incident.Open, Evidence: incident.Firing,
			Since: backupNoon, Seen: backupNoon, Opened: backupNoon, LastFired: backupNoon, Notified: map[string]time.Time{"rasa": backupNoon},
		}
		inc.Key = incident.Key(fmt.Sprint(inc.Rule, inc.Labels))
		rows = append(rows, c.outbox.Rows([]incident.Owed{{Contact: "rasa", Kind: incident.Fault, Incident: inc}}, backupNoon)...)
		if id%2 == 0 {
			inc.State, inc.Ended, inc.EndReason = incident.Closed, backupNoon.Add(time.Minute), incident.Recovered
		}
		all = append(all, inc)
	}
	check(c.store.CommitIncidents(all, rows))
}

// contents is all that a collector keeps and that a backup must bring back.
type contents struct {
	Samples      map[string]map[int64]uint64 // by series, by milliseconds: the bits of the value
	Open, Closed []incident.Incident
	Unsent       []outbox.Row
	Users        []access.User
	Tokens       []access.Token
	Agents       []enrolment.Agent
	Devices      []inventory.Device
	Rooms        []inventory.Room
	Facts        map[string][]look.FactSet
	History      map[string][]inventory.Entry
	Silences     []notify.Silence
	Files        map[string][32]byte // SHA-256 of secrets
}

func contentsOf(t *testing.T, c *Collector, until time.Time) contents {
	t.Helper()
	ctx := t.Context()
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	out := contents{Samples: samplesOf(t, c.db, until), Facts: map[string][]look.FactSet{}, History: map[string][]inventory.Entry{}, Files: map[string][32]byte{}}
	var err error
	out.Open, err = c.store.OpenIncidents()
	note(err)
	out.Closed, err = c.store.Journal(0, 1000)
	note(err)
	out.Unsent, err = c.store.UnsentRows()
	note(err)
	out.Users, err = c.access.Users(ctx)
	note(err)
	out.Tokens, err = c.access.Tokens(ctx)
	note(err)
	out.Agents, err = c.agents.enrolment.Agents(ctx)
	note(err)
	out.Devices, err = c.agents.inventory.Devices(ctx, inventory.Filter{})
	note(err)
	out.Rooms, err = c.agents.inventory.Rooms(ctx, "main")
	note(err)
	out.Silences, err = c.silences.List(ctx)
	note(err)
	for _, d := range out.Devices {
		out.Facts[d.ID], err = c.agents.inventory.Facts(ctx, d.ID)
		note(err)
		out.History[d.ID], err = c.agents.inventory.History(ctx, d.ID, 1000, 0)
		note(err)
	}
	for _, name := range []string{"secret.key", "tls/authority.pem", "tls/ca.crt"} {
		if data, err := os.ReadFile(filepath.Join(c.opts.DataDir, name)); err == nil {
			out.Files[name] = sha256.Sum256(data)
		}
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return out
}

// samplesOf reads every sample up to a moment.
func samplesOf(t *testing.T, db *metricdb.DB, until time.Time) map[string]map[int64]uint64 {
	t.Helper()
	all, err := db.Parser().ParseMetricSelector(`{__name__=~".+"}`)
	if err != nil {
		t.Fatal(err)
	}
	q, err := db.Queryable().Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	out := map[string]map[int64]uint64{}
	set := q.Select(t.Context(), true, nil, all...)
	for set.Next() {
		points := map[int64]uint64{}
		it := set.At().Iterator(nil)
		for it.Next() != 0 {
			if at, v := it.At(); at <= until.UnixMilli() {
				points[at] = math.Float64bits(v)
			}
		}
		if it.Err() != nil {
			t.Fatal(it.Err())
		}
		if len(points) > 0 {
			out[set.At().Labels().String()] = points
		}
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
	return out
}

func same(t *testing.T, want, got contents) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what is restored differs (-before +after):\n%s", diff)
	}
}

// TestABackupBringsEverythingBack: while samples are written, into an empty
// folder, with a passphrase and without; every sample, incident and fact is
// compared.
func TestABackupBringsEverythingBack(t *testing.T) {
	t.Parallel()
	for name, passphrase := range map[string]string{"plain": "", "with a passphrase": backupPassphrase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := filled(t, filepath.Join(dir, "data"))
			moment := backupNoon.Add(2 * time.Minute)
			want := contentsOf(t, c, moment)
			if n := len(want.Samples); n < 11 || len(want.Open) != 6 || len(want.Closed) != 6 || len(want.Facts) < 2 || len(want.Silences) != 1 {
				t.Fatalf("there is too little to compare: %d series, %+v", n, want)
			}

			ctx, stop := context.WithCancel(t.Context())
			var writers sync.WaitGroup
			writers.Go(func() { meanwhile(ctx, t, c, moment) })
			file := filepath.Join(dir, "budi.backup")
			done, err := BackupTo(t.Context(), ops{c}, BackupOptions{File: file, Passphrase: passphrase, WorkFactor: 10})
			stop()
			writers.Wait()
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(file); err != nil || info.Size() != done.Bytes || info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/' {
				t.Errorf("the file is %v, %v; said was %+v", info, err, done)
			}
			if last, err := c.store.LastBackup(); err != nil || last.Bytes != done.Bytes || last.Encrypted != (passphrase != "") {
				t.Errorf("noted is %+v, %v", last, err)
			}
			closeCollector(t, c)

			into := filepath.Join(dir, "restored")
			said, err := Restore(t.Context(), RestoreOptions{File: file, DataDir: into, Passphrase: func() (string, error) { return passphrase, nil }})
			if err != nil {
				t.Fatal(err)
			}
			if said.Counts.Open != 6 || said.Counts.Closed != 6 || said.Counts.Accounts != 1 || said.Samples.Number == 0 {
				t.Errorf("it says %+v", said)
			}
			private(t, into)
			r := openCollector(t, into)
			defer closeCollector(t, r)
			same(t, want, contentsOf(t, r, moment))
			if next, err := r.store.NextIncidentID(); err != nil || next != 10_013 {
				t.Errorf("the next incident gets number %d, %v", next, err)
			}
			if tail, err := r.access.AuditTail(t.Context(), 1); err != nil || len(tail) != 1 || tail[0].Action != "backup.restore" || tail[0].Object != file {
				t.Errorf("the record has %+v, %v", tail, err)
			}
			if notices := r.notices(); len(notices) > 0 {
				t.Errorf("it has to say %q", notices)
			}
		})
	}
}

// meanwhile writes samples and incidents until ctx ends.
func meanwhile(ctx context.Context, t *testing.T, c *Collector, after time.Time) {
	stamped, _ := metricdb.Stamp("meanwhile", nil, nil)
	for i := 1; ctx.Err() == nil && i < 5000; i++ {
		at := after.Add(time.Duration(i) * time.Millisecond).UnixMilli()
		if _, err := c.db.Write(context.Background(), func(b *metricdb.Batch) error { b.Add(stamped, at, 1); return nil }); err != nil {
			t.Errorf("meanwhile: %v", err)
		}
	}
}

// private: every file and folder is its owner's only.
func private(t *testing.T, dir string) {
	t.Helper()
	if filepath.Separator != '/' {
		return // Windows has no mode bits
	}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && filepath.Base(path) != "lock" {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestABackupWhileNoCollectorRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := filled(t, filepath.Join(dir, "data"))
	want := contentsOf(t, c, backupNoon.Add(time.Hour))
	file := filepath.Join(dir, "budi.backup")
	if _, _, err := Offline(filepath.Join(dir, "data")); !errors.Is(err, boltstore.ErrLocked) {
		t.Errorf("beside a collector: %v", err)
	}
	closeCollector(t, c)
	closed, closeOps, err := Offline(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = BackupTo(t.Context(), closed, BackupOptions{File: file})
	if err := errors.Join(err, closeOps()); err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(dir, "restored")
	if _, err := Restore(t.Context(), RestoreOptions{File: file, DataDir: into}); err != nil {
		t.Fatal(err)
	}
	r := openCollector(t, into)
	defer closeCollector(t, r)
	same(t, want, contentsOf(t, r, backupNoon.Add(time.Hour)))
}

func TestARestoreDeletesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "budi.backup")
	c := filled(t, data)
	if _, err := BackupTo(t.Context(), ops{c}, BackupOptions{File: file}); err != nil {
		t.Fatal(err)
	}
	restore := func(o RestoreOptions) (Restored, error) {
		o.File, o.DataDir = file, data
		return Restore(t.Context(), o)
	}
	if _, err := restore(RestoreOptions{Force: true}); !errors.Is(err, boltstore.ErrLocked) {
		t.Errorf("under a collector: %v", err)
	}
	later := incident.Incident{ID: 99, Key: "later", State: incident.Open, Since: backupNoon}
	if err := c.store.CommitIncidents([]incident.Incident{later}, nil); err != nil {
		t.Fatal(err)
	}
	closeCollector(t, c)
	if _, err := restore(RestoreOptions{}); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("over a folder that is not empty: %v", err)
	}
	if said, err := restore(RestoreOptions{Check: true}); err != nil || !said.Made.Equal(backupNoon) {
		t.Errorf("checking: %+v, %v", said, err)
	}
	said, err := restore(RestoreOptions{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	r := openCollector(t, data)
	if _, found, err := r.store.Incident(99); found || err != nil {
		t.Errorf("what came after the backup is there, %v", err)
	}
	closeCollector(t, r)
	old, err := boltstore.Open(filepath.Join(said.Aside, "budi.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if _, found, err := old.Incident(99); !found || err != nil {
		t.Errorf("what was in the folder is gone, %v", err)
	}
	for _, name := range []string{"tsdb", "secret.key", "silences"} {
		if _, err := os.Stat(filepath.Join(said.Aside, name)); err != nil {
			t.Error(err)
		}
	}
	// And once more: nothing of the first time is lost.
	again, err := restore(RestoreOptions{Force: true})
	if err != nil || again.Aside == said.Aside {
		t.Errorf("the second time: %+v, %v", again, err)
	}
}

// TestARestoreThatWasCutShort: no collector starts with half of a folder.
func TestARestoreThatWasCutShort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "budi.backup")
	c := filled(t, filepath.Join(dir, "first"))
	want := contentsOf(t, c, backupNoon.Add(time.Hour))
	if _, err := BackupTo(t.Context(), ops{c}, BackupOptions{File: file}); err != nil {
		t.Fatal(err)
	}
	closeCollector(t, c)
	// As a kill leaves it: the marker, something in place, something not.
	for _, name := range []string{restoreMarker, "silences", filepath.Join(restoreStage, "budi.db")} {
		path := filepath.Join(data, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("half"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(t.Context(), Options{DataDir: data, Listen: "127.0.0.1:0"})
	if err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("the collector starts: %v", err)
	}
	if _, err := os.Stat(filepath.Join(data, "budi.db")); err == nil {
		t.Error("and made a database")
	}
	if _, _, err := Offline(data); err == nil {
		t.Error("commands open it")
	}
	if _, err := Restore(t.Context(), RestoreOptions{File: file, DataDir: data, Force: true}); err != nil {
		t.Fatal(err)
	}
	r := openCollector(t, data)
	defer closeCollector(t, r)
	same(t, want, contentsOf(t, r, backupNoon.Add(time.Hour)))
}

// TestABackupThatCannotBeUsedChangesNothing: all is checked before anything is
// put in place.
func TestABackupThatCannotBeUsedChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "budi.backup")
	c := filled(t, data)
	if _, err := BackupTo(t.Context(), ops{c}, BackupOptions{File: file, Passphrase: backupPassphrase, WorkFactor: 10}); err != nil {
		t.Fatal(err)
	}
	want := contentsOf(t, c, backupNoon.Add(time.Hour))
	closeCollector(t, c)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(whole)
	damaged[len(damaged)*2/3] ^= 1
	notABackup := forgedBackup(t, dir)
	for name, c := range map[string]struct {
		data []byte
		word string
		want error
	}{
		"a wrong passphrase":            {whole, "ne tas žodis", backup.ErrPassphrase},
		"damaged":                       {damaged, backupPassphrase, backup.ErrDamaged},
		"cut off":                       {whole[:len(whole)-1], backupPassphrase, backup.ErrDamaged},
		"its database is none":          {notABackup, "", nil},
		"a text":                        {[]byte("Labas"), "", backup.ErrForeign},
		"a database of somebody else's": {append(make([]byte, 16), "\xed\xda\x0c\xed and nothing more"...), "", nil},
	} {
		broken := filepath.Join(dir, "broken")
		if err := os.WriteFile(broken, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Restore(t.Context(), RestoreOptions{File: broken, DataDir: data, Force: true, Passphrase: func() (string, error) { return c.word, nil }})
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return strings.Contains(e.Name(), "restore") }) {
		t.Errorf("left behind: %v", entries)
	}
	r := openCollector(t, data)
	defer closeCollector(t, r)
	same(t, want, contentsOf(t, r, backupNoon.Add(time.Hour)))
}

// forgedBackup is a backup in good form whose budi.db is none.
func forgedBackup(t *testing.T, dir string) []byte {
	t.Helper()
	from := filepath.Join(dir, "forged")
	if err := errors.Join(os.Mkdir(from, 0o700), os.WriteFile(filepath.Join(from, "budi.db"), bytes.Repeat([]byte("x"), 1<<15), 0o600)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := backup.Write(t.Context(), &b, from, backup.Manifest{Version: "1", Installation: "x", Made: backupNoon}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestADailyCopyTakesThePlaceOfTheDatabase(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	c := filled(t, data)
	if err := c.store.DailyCopy(backupNoon); err != nil {
		t.Fatal(err)
	}
	want := contentsOf(t, c, backupNoon.Add(time.Hour))
	if err := c.store.CommitIncidents([]incident.Incident{{ID: 99, Key: "later", State: incident.Open, Since: backupNoon}}, nil); err != nil {
		t.Fatal(err)
	}
	closeCollector(t, c)
	o := RestoreOptions{File: filepath.Join(data, "budi.db.daily-2026-09-01"), DataDir: data}
	if _, err := Restore(t.Context(), o); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("without force: %v", err)
	}
	o.Force = true
	said, err := Restore(t.Context(), o)
	if err != nil || said.Counts.Open != 6 {
		t.Fatalf("%+v, %v", said, err)
	}
	if _, err := os.Stat(filepath.Join(said.Aside, "budi.db")); err != nil {
		t.Error(err)
	}
	r := openCollector(t, data)
	defer closeCollector(t, r)
	same(t, want, contentsOf(t, r, backupNoon.Add(time.Hour)))
	if r.store.Restored().IsZero() {
		t.Error("it does not know that it was restored")
	}
}

func TestOneBackupAtATime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := openCollector(t, filepath.Join(dir, "data"))
	inside, leave := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- ops{c}.Backup(t.Context(), func(admin.BackupBegin) (io.Writer, error) {
			close(inside)
			<-leave
			return io.Discard, nil
		})
	}()
	<-inside
	if _, err := BackupTo(t.Context(), ops{c}, BackupOptions{File: filepath.Join(dir, "second")}); !errors.Is(err, errBackupRuns) {
		t.Errorf("a second one: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "second*")); len(left) > 0 {
		t.Errorf("it left %q", left)
	}
	// The collector is stopped meanwhile: it waits, and the backup is none.
	closed := make(chan error, 1)
	go func() { closed <- c.close() }()
	for !c.backups.isClosed() {
		time.Sleep(time.Millisecond)
	}
	close(leave)
	if err := <-first; err == nil || !strings.Contains(err.Error(), "stopped") {
		t.Errorf("the first one ended with %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data", snapshotFolder)); err == nil {
		t.Error("the files of the backup are still there")
	}
}

// TestAStreamIsNoBackupThatCounts: nobody knows what becomes of it. But it holds
// secrets, so it is on the record.
func TestAStreamIsNoBackupThatCounts(t *testing.T) {
	t.Parallel()
	c := openCollector(t, filepath.Join(t.TempDir(), "data"))
	defer closeCollector(t, c)
	var b bytes.Buffer
	done, err := BackupTo(t.Context(), ops{c}, BackupOptions{Stream: &b})
	if err != nil || done.Bytes != int64(b.Len()) || b.Len() == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	r, err := backup.Open(t.Context(), &b, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Verify(); err != nil {
		t.Error(err)
	}
	if last, err := c.store.LastBackup(); err != nil || !last.At.IsZero() {
		t.Errorf("noted is %+v, %v", last, err)
	}
	if tail, err := c.access.AuditTail(t.Context(), 1); err != nil || len(tail) != 1 || tail[0].Action != "backup.make" || tail[0].Detail != "not encrypted" {
		t.Errorf("the record has %+v, %v", tail, err)
	}
}

func TestNothingIsLeftOfABackupThatFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// As a kill leaves it.
	left := filepath.Join(dir, "data", snapshotFolder, "budi.db")
	if err := errors.Join(os.MkdirAll(filepath.Dir(left), 0o700), os.WriteFile(left, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	c := openCollector(t, filepath.Join(dir, "data"))
	defer closeCollector(t, c)
	if _, err := os.Stat(filepath.Dir(left)); err == nil {
		t.Error("what a killed process left is still there")
	}
	file := filepath.Join(dir, "budi.backup")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("the disk is gone")
	for name, f := range map[string]struct {
		ctx context.Context
		o   BackupOptions
	}{
		"a writer that fails":    {t.Context(), BackupOptions{Stream: writerFunc(func([]byte) (int, error) { return 0, broken })}},
		"a person who gives up":  {gone, BackupOptions{File: file}},
		"a folder that is none":  {t.Context(), BackupOptions{File: filepath.Join(dir, "none", "budi.backup")}},
		"a passphrase too short": {t.Context(), BackupOptions{File: file, Passphrase: "short"}},
	} {
		if _, err := BackupTo(f.ctx, ops{c}, f.o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if _, err := os.Stat(filepath.Dir(left)); err == nil {
		t.Error("the files of the backup are still there")
	}
	if last, err := c.store.LastBackup(); err != nil || !last.At.IsZero() {
		t.Errorf("noted is %+v, %v", last, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestEveryFileOfTheDataFolderIsBackedUpOrLeftOutOnPurpose: whoever adds a file
// has to decide.
func TestEveryFileOfTheDataFolderIsBackedUpOrLeftOutOnPurpose(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	c := filled(t, data)
	if err := c.store.DailyCopy(backupNoon); err != nil {
		t.Fatal(err)
	}
	leftOut := []string{
		"budi.db.lock", "budi.db.daily-2026-09-01", "reserve", "admin.sock",
		"tsdb/lock", "tsdb/wal/", "tsdb/wbl/", "tsdb/chunks_head/", "tsdb/memory/", // become a block
	}
	err := filepath.WalkDir(data, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(data, path)
		name := filepath.ToSlash(rel)
		if strings.Contains(name, ".tmp-for-") { // a block that is being made
			return err
		}
		if !backup.Allowed(name) && !slices.ContainsFunc(leftOut, func(out string) bool {
			return name == out || strings.HasSuffix(out, "/") && strings.HasPrefix(name, out)
		}) {
			t.Errorf("%s is neither backed up nor left out", name)
		}
		return err
	})
	closeCollector(t, c)
	if err != nil {
		t.Fatal(err)
	}
}
