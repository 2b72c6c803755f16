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
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/backup"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/metric"
)

// backups makes full backups of what is open. A backup is made in two steps:
// a folder of files that stand still, which takes seconds and needs room for
// the newest samples and budi.db only, because blocks of samples are hard links;
// and then the stream, for which there is time.
//
// The moment that a backup is of is that at which budi.db is read, first of all.
// So whatever budi.db tells of, its samples are there: every sample that was
// stored before the moment, and perhaps some of the seconds after it. Silences
// and keys are of those seconds too.
type backups struct {
	dir      string // the data folder
	store    *boltstore.Store
	db       *metricdb.DB
	silences interface{ Save() error } // nil: nobody holds them, the file is all
	log      *slog.Logger
	now      func() time.Time
	metrics  backupMetrics

	turn chan struct{} // holds one element while nobody makes a backup

	mu     sync.Mutex
	closed bool
	cancel context.CancelFunc // of the backup that is being made
}

type backupMetrics struct {
	last, size, duration prometheus.Gauge
	failures             prometheus.Counter
}

// snapshotFolder is where the files that stand still are, in the data folder:
// hard links reach no other disk.
const snapshotFolder = "snapshot"

// backupMargin is what must be free besides: below it the database of samples
// would turn to memory.
const backupMargin = 256 << 20

// newBackups removes what a killed process left of a backup. The caller holds
// the lock of the folder.
func newBackups(b *backups, r prometheus.Registerer) (*backups, error) {
	if err := os.RemoveAll(filepath.Join(b.dir, snapshotFolder)); err != nil {
		// It costs room and nothing else; the next backup tries again.
		b.log.Warn("remove what is left of a backup", "err", err)
	}
	b.metrics = backupMetrics{
		last:     prometheus.NewGauge(prometheus.GaugeOpts{Name: metric.BackupTime, Help: "Unix time of the newest full backup that is whole and checked; 0: there was none."}),
		size:     prometheus.NewGauge(prometheus.GaugeOpts{Name: "budi_backup_last_size_bytes", Help: "Size of the newest full backup."}),
		duration: prometheus.NewGauge(prometheus.GaugeOpts{Name: "budi_backup_last_duration_seconds", Help: "How long the newest full backup took."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "budi_backup_failures_total", Help: "Full backups that were begun and did not come to a good end."}),
	}
	if r != nil {
		r.MustRegister(b.metrics.last, b.metrics.size, b.metrics.duration, b.metrics.failures)
	}
	b.turn = make(chan struct{}, 1)
	b.turn <- struct{}{}
	last, err := b.store.LastBackup()
	if err != nil {
		return nil, err
	}
	if !last.At.IsZero() {
		b.show(last)
	}
	return b, nil
}

func (b *backups) show(last boltstore.Backup) {
	b.metrics.last.Set(float64(last.At.Unix()))
	b.metrics.size.Set(float64(last.Bytes))
	b.metrics.duration.Set(last.Duration.Seconds())
}

// close ends a backup that is being made and waits until it has let go.
func (b *backups) close() {
	b.mu.Lock()
	b.closed = true
	if b.cancel != nil {
		b.cancel()
	}
	b.mu.Unlock()
	<-b.turn
}

// begin makes the context of a backup, which ends with ctx and with close.
func (b *backups) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancel = cancel; b.closed {
		cancel()
	}
	return ctx, cancel
}

func (b *backups) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

var errBackupRuns = errors.New("a backup is being made already; wait until it is done")

// write is admin.Backups' Backup.
func (b *backups) write(ctx context.Context, begin func(admin.BackupBegin) (io.Writer, error)) (err error) {
	select {
	case <-b.turn:
	default:
		return errBackupRuns
	}
	defer func() { b.turn <- struct{}{} }()
	ctx, cancel := b.begin(ctx)
	defer cancel()
	defer func() {
		if err != nil && b.isClosed() {
			err = errors.New("the collector is being stopped")
		}
		if err != nil {
			b.metrics.failures.Inc()
			b.log.Error("no backup was made", "err", err)
		}
	}()

	dir := filepath.Join(b.dir, snapshotFolder)
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			b.log.Warn("remove the files of the backup", "err", err)
		}
	}()
	m, err := b.snapshot(ctx, dir)
	if err != nil {
		return err
	}
	w, err := begin(admin.BackupBegin{Bytes: folderSize(dir)})
	if err != nil {
		return err
	}
	_, err = backup.Write(ctx, w, dir, m)
	return err
}

// snapshot makes the folder of files that stand still.
func (b *backups) snapshot(ctx context.Context, dir string) (backup.Manifest, error) {
	m := backup.Manifest{Version: buildinfo.Get().Version, Installation: b.store.Installation()}
	if err := b.room(); err != nil {
		return m, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return m, fmt.Errorf("remove what is left of a backup: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return m, fmt.Errorf("make a folder for the backup: %w", err)
	}
	m.Made = b.now()
	if err := b.store.CopyTo(filepath.Join(dir, backup.Database)); err != nil {
		return m, err
	}
	if b.silences != nil {
		if err := b.silences.Save(); err != nil {
			return m, err
		}
	}
	if err := b.copyFiles(dir); err != nil {
		return m, err
	}
	return m, b.db.Snapshot(ctx, filepath.Join(dir, samplesFolder))
}

// samplesFolder is the folder of the samples in the data folder.
const samplesFolder = "tsdb"

// room makes sure that the files that stand still find room.
func (b *backups) room() error {
	need, err := b.db.SnapshotBytes()
	if err != nil {
		return err
	}
	need += b.store.Size() + backupMargin
	if free, err := b.db.Free(); err == nil && free < need {
		return fmt.Errorf("a backup needs %d MB of free space in the data folder %s for a moment, and only %d MB are free", need/1e6+1, b.dir, free/1e6)
	}
	return nil
}

// copyFiles copies the small files besides budi.db.
func (b *backups) copyFiles(dir string) error {
	names := []string{"secret.key", "silences"}
	certificates, err := os.ReadDir(filepath.Join(b.dir, "tls"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list the certificates: %w", err)
	}
	for _, e := range certificates {
		if name := "tls/" + e.Name(); backup.Allowed(name) && e.Type().IsRegular() {
			names = append(names, name)
		}
	}
	for _, name := range names {
		to := filepath.Join(dir, filepath.FromSlash(name))
		data, err := os.ReadFile(filepath.Join(b.dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // no silences yet, for example
		}
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o700)
		}
		if err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
		if err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	return nil
}

// done is admin.Backups' BackupDone, without the audit record.
func (b *backups) done(d admin.BackupDone) error {
	b.log.Info("a backup was made", "file", d.File, "bytes", d.Bytes, "duration", d.Duration, "encrypted", d.Encrypted, "checked", d.Checked)
	if !d.Checked {
		return nil // what became of it nobody here knows
	}
	last := boltstore.Backup{At: b.now(), Bytes: d.Bytes, Duration: d.Duration, Encrypted: d.Encrypted, File: d.File}
	if err := b.store.PutBackup(last); err != nil {
		return err
	}
	b.show(last)
	return nil
}
