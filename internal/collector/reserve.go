package collector

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// reserve is a file that takes up room in the data folder, to be given up when
// the disk is full, so that incidents and the outbox can still be written:
// whoever fills the disk must still get the mail that says so. It is taken
// again when there is space. Samples need no part of it: metricdb keeps them in
// memory while the disk is full.
type reserve struct {
	path     string
	log      *slog.Logger
	released prometheus.Gauge

	mu    sync.Mutex
	held  bool
	given time.Time // when it was given up
}

// reserved is budi.db with the reserve behind it: what alerting must write is
// tried once more when the first try found the disk full.
type reserved struct {
	*boltstore.Store
	reserve *reserve
}

// CommitIncidents is boltstore's.
func (r reserved) CommitIncidents(incidents []incident.Incident, rows []outbox.Row) error {
	err := r.Store.CommitIncidents(incidents, rows)
	if err != nil && r.reserve.release(err) {
		err = r.Store.CommitIncidents(incidents, rows)
	}
	return err
}

// PutRows is boltstore's.
func (r reserved) PutRows(rows []outbox.Row) error {
	err := r.Store.PutRows(rows)
	if err != nil && r.reserve.release(err) {
		err = r.Store.PutRows(rows)
	}
	return err
}

// reserveBytes lets budi.db grow by thousands of incidents.
const reserveBytes = 8 << 20

func newReserve(dataDir string, logger *slog.Logger, r prometheus.Registerer) *reserve {
	res := &reserve{
		path: filepath.Join(dataDir, "reserve"), log: logger,
		released: prometheus.NewGauge(prometheus.GaugeOpts{Name: "budi_reserve_released", Help: "1 while the disk is so full that the reserve file was given up to go on alerting."}),
	}
	r.MustRegister(res.released)
	return res
}

// take makes the file unless it is there or was just given up. That it cannot
// be made is no reason to stop: it is tried again later.
func (r *reserve) take() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held || time.Since(r.given) < retakeEvery {
		return
	}
	if info, err := os.Stat(r.path); err == nil && info.Size() == reserveBytes {
		r.held = true
	} else if err := r.write(); err == nil {
		r.held = true
	}
	if r.held {
		r.released.Set(0)
	} else {
		r.released.Set(1)
	}
}

func (r *reserve) write() error {
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("make the reserve file: %w", err)
	}
	// Written, not truncated to size: a hole takes no room.
	block := make([]byte, 1<<20)
	for n := 0; n < reserveBytes && err == nil; n += len(block) {
		_, err = f.Write(block)
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(r.path))
	}
	return nil
}

// release gives the file up when cause is a full disk, and reports whether
// that made room.
func (r *reserve) release(cause error) bool {
	if !isDiskFull(cause) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.released.Set(1)
	if !r.held {
		return false
	}
	r.held, r.given = false, time.Now()
	if err := os.Remove(r.path); err != nil {
		r.log.Error("give up the reserve file", "err", err)
		return false
	}
	r.log.Error("the disk is full: the reserve was given up to go on alerting; free some space on the disk of the data folder", "reserve", r.path)
	return true
}

func isDiskFull(err error) bool {
	const windowsDiskFull = syscall.Errno(112) // ERROR_DISK_FULL
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, windowsDiskFull) && os.PathSeparator == '\\'
}

// retakeEvery is how often a reserve that was given up is tried to be taken
// again, and how long it stays given up: the same moment would undo the help.
const retakeEvery = 10 * time.Minute
