package collector

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/backup"
)

func TestWhenABackupIsDue(t *testing.T) {
	vilnius, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ now, at, want string }{
		"after it":                         {"2026-11-28T16:00:00+02:00", "03:15", "2026-11-28T03:15:00+02:00"},
		"before it":                        {"2026-11-28T03:14:59+02:00", "03:15", "2026-11-27T03:15:00+02:00"},
		"at it":                            {"2026-11-28T03:15:00+02:00", "03:15", "2026-11-28T03:15:00+02:00"},
		"another zone's date":              {"2026-11-27T23:30:00Z", "01:00", "2026-11-28T01:00:00+02:00"},
		"the first of the month":           {"2026-03-01T00:30:00+02:00", "03:15", "2026-02-28T03:15:00+02:00"},
		"an hour that there is not":        {"2026-03-29T12:00:00+03:00", "03:15", "2026-03-29T04:15:00+03:00"},
		"an hour that there is twice":      {"2026-10-25T12:00:00+02:00", "03:15", "2026-10-25T03:15:00+02:00"},
		"between that hour and the second": {"2026-10-25T03:30:00+03:00", "03:15", "2026-10-24T03:15:00+03:00"},
	} {
		now, _ := time.Parse(time.RFC3339, c.now)
		if got := lastDue(now, c.at, vilnius).Format(time.RFC3339); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestBackupsEachNight(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := filepath.Join(dir, "nas")
	c := openCollector(t, filepath.Join(dir, "data"))
	defer closeCollector(t, c)
	fill(t, c)
	config := DefaultConfig()
	config.dir = dir
	config.Backup = BackupConfig{Dir: "nas", At: "03:15", Keep: 2, PassphraseFile: "passphrase"}
	if err := os.WriteFile(filepath.Join(dir, "passphrase"), []byte(backupPassphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	var log bytes.Buffer
	n := &nightly{backups: selfBackups{c}, config: func() Config { return config }, device: "serveris", now: func() time.Time { return now },
		log: slog.New(slog.NewTextHandler(&log, nil)), work: 10}
	want := func(names ...string) {
		t.Helper()
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if diff := cmp.Diff(names, got); diff != "" {
			t.Error(diff)
		}
	}
	step := func() { n.step(t.Context()) }

	// The disk is not there: nothing is made in its place.
	step()
	if _, err := os.Stat(folder); err == nil || !strings.Contains(log.String(), "is its disk there?") {
		t.Errorf("%v; the log says %s", err, log.String())
	}
	log.Reset()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	now = now.Add(nightlyRetry - time.Minute)
	step()
	want()
	now = now.Add(time.Minute)
	step() // an hour later it is there
	want("budi-serveris-2026-09-01.tar.zst.age")
	now = now.Add(10 * time.Hour)
	step()
	want("budi-serveris-2026-09-01.tar.zst.age")

	// What others keep in the folder is theirs.
	for _, name := range []string{"budi-kita-2026-08-01.tar.zst.age", "budi-serveris-2026-08-01.txt", "nuotraukos.zip", "budi-serveris-2026-08-31.tar.zst.age.part"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		now = now.Add(24 * time.Hour)
		step()
	}
	want("budi-kita-2026-08-01.tar.zst.age", "budi-serveris-2026-08-01.txt", "budi-serveris-2026-09-02.tar.zst.age", "budi-serveris-2026-09-03.tar.zst.age", "nuotraukos.zip")
	if log.Len() > 0 {
		t.Error(log.String())
	}

	said, err := Restore(t.Context(), RestoreOptions{
		File: filepath.Join(folder, "budi-serveris-2026-09-03.tar.zst.age"), DataDir: filepath.Join(dir, "restored"),
		Passphrase: func() (string, error) { return backup.ReadPassphrase(filepath.Join(dir, "passphrase")) },
	})
	if err != nil || said.Counts.Open != 6 {
		t.Errorf("%+v, %v", said, err)
	}
	if last, err := c.store.LastBackup(); err != nil || !last.Encrypted || filepath.Base(last.File) != "budi-serveris-2026-09-03.tar.zst.age" {
		t.Errorf("noted is %+v, %v", last, err)
	}

	// Without the passphrase nothing is written in the clear.
	if err := os.Remove(filepath.Join(dir, "passphrase")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(24 * time.Hour)
	step()
	if left, _ := filepath.Glob(filepath.Join(folder, "*2026-09-04*")); len(left) > 0 || !strings.Contains(log.String(), "passphrase") {
		t.Errorf("left: %q; the log says %s", left, log.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.run(ctx); err != nil {
		t.Error(err)
	}
}

func TestTheSectionBackup(t *testing.T) {
	for text, want := range map[string]string{
		"backup: {dir: /mnt/nas/budi, at: '23:05', keep: 30, passphrase_file: x}": "",
		"backup: {dir: /mnt/nas/budi, at: 3am}":                                   "backup.at",
		"backup: {dir: /mnt/nas/budi, keep: 0}":                                   "backup.keep",
		"backup: {passphrase_file: x}":                                            "backup.dir",
	} {
		_, err := ParseConfig("c.yml", []byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
