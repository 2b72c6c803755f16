package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/backup"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
)

// BackupOptions say where a backup goes.
type BackupOptions struct {
	File       string    // the file; required unless there is a Stream
	Stream     io.Writer // not nil: it goes there, and is neither checked nor counted
	Force      bool      // a file of this name is replaced
	Passphrase string    // empty: the backup is not encrypted

	// WorkFactor is backup.Encrypt's; 0 means age's default.
	WorkFactor int
}

// BackupTo writes a backup of what ops stands for. A file gets its name when it
// is whole, on the disk, and was read again from its beginning to its end.
func BackupTo(ctx context.Context, ops admin.Backups, o BackupOptions) (admin.BackupDone, error) {
	began := time.Now()
	done := admin.BackupDone{File: "(standard output)", Encrypted: o.Passphrase != "", Checked: o.Stream == nil}
	if o.Stream == nil {
		if err := backup.CheckName(o.File, o.Force); err != nil {
			return done, err // before anybody works for nothing
		}
		if path, err := filepath.Abs(o.File); err == nil {
			done.File = path
		}
	}
	var err error
	if o.Stream != nil {
		done.Bytes, err = backupToStream(ctx, ops, o)
	} else {
		done.Bytes, err = backupToFile(ctx, ops, o)
	}
	if err != nil {
		return done, err
	}
	done.Duration = time.Since(began).Round(time.Millisecond)
	if err := ops.BackupDone(ctx, done); err != nil {
		return done, fmt.Errorf("the backup is good, but the collector could not note it: %w", err)
	}
	return done, nil
}

func backupToStream(ctx context.Context, ops admin.Backups, o BackupOptions) (int64, error) {
	count := &counter{w: o.Stream}
	s := sealed{o: o}
	err := ops.Backup(ctx, func(admin.BackupBegin) (io.Writer, error) { return s.open(count) })
	return count.n, errors.Join(err, s.close(err))
}

func backupToFile(ctx context.Context, ops admin.Backups, o BackupOptions) (int64, error) {
	var out *backup.Output
	s := sealed{o: o}
	err := ops.Backup(ctx, func(b admin.BackupBegin) (w io.Writer, err error) {
		folder := filepath.Dir(o.File)
		if free, err := metricdb.FreeSpace(folder); err == nil && free < b.Bytes+backupMargin {
			return nil, fmt.Errorf("the backup may have up to %d MB, and %s has only %d MB free", b.Bytes/1e6+1, folder, free/1e6)
		}
		if out, err = backup.Create(o.File, o.Force); err != nil {
			return nil, err
		}
		return s.open(out)
	})
	if out == nil {
		return 0, err
	}
	defer out.Abort()
	if err := errors.Join(err, s.close(err)); err != nil {
		return 0, err
	}
	return out.Commit(func(f *os.File) error {
		r, err := backup.Open(ctx, f, func() (string, error) { return o.Passphrase, nil })
		if err != nil {
			return err
		}
		defer r.Close()
		return r.Verify()
	})
}

// sealed encrypts when there is a passphrase.
type sealed struct {
	o BackupOptions
	w io.WriteCloser
}

func (s *sealed) open(w io.Writer) (io.Writer, error) {
	if s.o.Passphrase == "" {
		return w, nil
	}
	var err error
	s.w, err = backup.Encrypt(w, s.o.Passphrase, s.o.WorkFactor)
	return s.w, err
}

// close ends the encryption. After an error it does not: nobody shall take half
// a backup for a whole one.
func (s *sealed) close(err error) error {
	if s.w == nil || err != nil {
		return nil
	}
	return s.w.Close()
}

// counter counts what it passes on.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Backup implements admin.Backups for a running collector.
func (o ops) Backup(ctx context.Context, begin func(admin.BackupBegin) (io.Writer, error)) error {
	return o.c.backups.write(ctx, begin)
}

// BackupDone implements admin.Backups.
func (o ops) BackupDone(ctx context.Context, d admin.BackupDone) error {
	if err := o.c.backups.done(d); err != nil {
		return err
	}
	return auditBackup(ctx, o.c.access, keeper().Actor(), d)
}

// everything is a retention under which opening samples deletes none: the
// configuration, which says what may be deleted, is not at hand.
const (
	everythingDays  = 3660 * 24 * time.Hour
	everythingBytes = 1 << 62
)

// Backup implements admin.Backups while no collector runs.
func (o offline) Backup(ctx context.Context, begin func(admin.BackupBegin) (io.Writer, error)) (err error) {
	samples := filepath.Join(o.dir, samplesFolder)
	if _, err := os.Stat(samples); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no collector ever ran with the data folder %s: there is nothing to back up; name another with --data", o.dir)
	}
	if err := checkOwner(o.dir); err != nil {
		return err
	}
	db, err := metricdb.Open(ctx, metricdb.Options{Dir: samples, Retention: everythingDays, RetentionBytes: everythingBytes})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	b, err := newBackups(&backups{dir: o.dir, store: o.store, db: db, log: slog.New(slog.DiscardHandler), now: time.Now}, nil)
	if err != nil {
		return err
	}
	return b.write(ctx, begin)
}

// BackupDone implements admin.Backups.
func (o offline) BackupDone(ctx context.Context, d admin.BackupDone) error {
	b, err := newBackups(&backups{dir: o.dir, store: o.store, log: slog.New(slog.DiscardHandler), now: time.Now}, nil)
	if err != nil {
		return err
	}
	if err := b.done(d); err != nil {
		return err
	}
	return auditBackup(ctx, o.access, keeper().Actor(), d)
}
