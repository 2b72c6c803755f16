package collector

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/backup"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// BackupConfig makes the collector back itself up once a day.
type BackupConfig struct {
	Dir            string `yaml:"dir"`             // a folder that is there; empty: no backups by itself
	At             string `yaml:"at"`              // hour and minute in the configuration's time zone
	Keep           int    `yaml:"keep"`            // how many of its own backups stay in the folder
	PassphraseFile string `yaml:"passphrase_file"` // its first line encrypts; empty: not encrypted
}

const maxKeptBackups = 400

func (b BackupConfig) validate(r *strictyaml.Report) {
	if _, err := time.Parse(clockLayout, b.At); err != nil {
		r.Bad("at", b.At, "write hour and minute, for example 03:15")
	}
	if b.Keep < 1 || b.Keep > maxKeptBackups {
		r.Bad("keep", b.Keep, fmt.Sprintf("write a number of backups from 1 to %d", maxKeptBackups))
	}
	if b.Dir == "" && b.PassphraseFile != "" {
		r.Missing("dir", "say in which folder the backups go, for example /mnt/nas/budi")
	}
}

// clockLayout is how an hour and a minute are written.
const clockLayout = "15:04"

// lastDue is the newest moment, not after now, at which a backup was to begin.
// An hour that the clock leaves out in spring is the one after it; of an hour
// that comes twice in autumn it is the second.
func lastDue(now time.Time, at string, zone *time.Location) time.Time {
	clock, err := time.Parse(clockLayout, at)
	if err != nil {
		return time.Time{} // the configuration was checked
	}
	now = now.In(zone)
	on := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, clock.Hour(), clock.Minute(), 0, 0, zone)
	}
	if today := on(0); !today.After(now) {
		return today
	}
	return on(-1)
}

// nightly makes the backups that the configuration asks for.
type nightly struct {
	backups admin.Backups
	config  func() Config
	device  string
	log     *slog.Logger
	now     func() time.Time
	work    int // backup.Encrypt's work factor

	failed time.Time // when the last one went wrong
}

const (
	nightlyTick = time.Minute
	// nightlyRetry is how long after a failure it is tried again: the folder may
	// be on a computer that is restarted at night.
	nightlyRetry = time.Hour
	// nightlyWork makes trying a passphrase cost 64 MiB, a quarter of age's
	// default: it is our own memory, each night.
	nightlyWork = 16
)

// run makes backups until ctx ends.
func (n *nightly) run(ctx context.Context) error {
	tick := time.NewTicker(nightlyTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			n.step(ctx)
		}
	}
}

// step makes the backup that is due, if there is one: that of the newest moment
// which the configuration names, whether or not the collector ran then. There is
// one when the folder has it.
func (n *nightly) step(ctx context.Context) {
	config := n.config()
	b, now := config.Backup, n.now()
	if b.Dir == "" {
		return
	}
	if since := now.Sub(n.failed); since >= 0 && since < nightlyRetry {
		return
	}
	due := lastDue(now, b.At, config.zone())
	made, err := n.make(ctx, config, due)
	if ctx.Err() != nil {
		return
	}
	if err == nil && made {
		err = n.thinOut(config.path(b.Dir), b.Keep, now.In(config.zone()).Format(time.DateOnly))
	}
	n.failed = time.Time{}
	if err != nil {
		n.failed = now
		n.log.Error("the daily backup went wrong; it is tried again in an hour", "dir", b.Dir, "err", err)
	}
}

// make makes the backup of a day unless it is there.
func (n *nightly) make(ctx context.Context, config Config, due time.Time) (made bool, err error) {
	b := config.Backup
	dir := config.path(b.Dir)
	// Not made here: a disk that is not mounted has no such folder, and the
	// backup must not end on the disk that it is to outlive.
	if info, err := os.Stat(dir); err != nil {
		return false, fmt.Errorf("look at the folder for backups: %w; is its disk there?", err)
	} else if !info.IsDir() {
		return false, fmt.Errorf("%s is no folder", dir)
	}
	o := BackupOptions{WorkFactor: n.work}
	suffix := plainSuffix
	if b.PassphraseFile != "" {
		if o.Passphrase, err = backup.ReadPassphrase(config.path(b.PassphraseFile)); err != nil {
			return false, err
		}
		suffix = sealedSuffix
	}
	o.File = filepath.Join(dir, n.prefix()+due.Format(time.DateOnly)+suffix)
	if _, err := os.Lstat(o.File); err == nil {
		return false, nil
	}
	_, err = BackupTo(ctx, n.backups, o)
	return err == nil, err
}

// Names of backups: of which collector and of which day.
const (
	plainSuffix  = ".tar.zst"
	sealedSuffix = ".tar.zst.age"
)

func (n *nightly) prefix() string { return "budi-" + n.device + "-" }

// thinOut removes the oldest of this collector's backups, and what a killed
// process left of one. Those of days after today are of a clock that was wrong;
// they do not push out the others.
func (n *nightly) thinOut(dir string, keep int, today string) error {
	entries, err := os.ReadDir(dir) // by name, so by day
	if err != nil {
		return fmt.Errorf("list the backups: %w", err)
	}
	var past, later, gone []string
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), n.prefix())
		if !ours || !e.Type().IsRegular() || len(rest) < len(time.DateOnly) {
			continue
		}
		day, suffix := rest[:len(time.DateOnly)], rest[len(time.DateOnly):]
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			continue
		}
		whole, half := strings.CutSuffix(suffix, backup.PartSuffix)
		switch {
		case whole != plainSuffix && whole != sealedSuffix:
		case half:
			gone = append(gone, e.Name())
		case day > today:
			later = append(later, e.Name())
		default:
			past = append(past, e.Name())
		}
	}
	for _, names := range [][]string{past, later} {
		gone = append(gone, names[:max(0, len(names)-keep)]...)
	}
	for _, name := range gone {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return nil
}

// selfBackups is admin.Backups for the collector itself.
type selfBackups struct{ c *Collector }

func (s selfBackups) Backup(ctx context.Context, begin func(admin.BackupBegin) (io.Writer, error)) error {
	return s.c.backups.write(ctx, begin)
}

func (s selfBackups) BackupDone(ctx context.Context, d admin.BackupDone) error {
	if err := s.c.backups.done(d); err != nil {
		return err
	}
	return auditBackup(ctx, s.c.access, "Budi", d)
}

// auditBackup records that a copy of all secrets exists, and where.
func auditBackup(ctx context.Context, control *access.Control, actor string, d admin.BackupDone) error {
	detail := "not encrypted"
	if d.Encrypted {
		detail = "encrypted"
	}
	return control.Audit(ctx, access.Entry{Actor: actor, Action: "backup.make", Object: d.File, Detail: detail})
}
