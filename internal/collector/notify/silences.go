package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/alertmanager/eventrecorder"
	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

// Defaults of SilenceOptions.
const (
	DefaultMaxSilences     = 1000
	DefaultMaxSilenceBytes = 16 << 10
	DefaultRetention       = 30 * 24 * time.Hour
)

// maxSnapshot bounds the file of silences, in bytes.
const maxSnapshot = 256 << 20

// maintenance is how often silences that are long over are forgotten.
const maintenance = 15 * time.Minute

// SilenceOptions bound the silences. The zero value is good.
type SilenceOptions struct {
	MaxSilences     int           // those that are over and not yet forgotten count too
	MaxSilenceBytes int           // size of one, as stored
	Retention       time.Duration // how long one that is over is shown
	Logger          *slog.Logger
}

// Silences are the silences, kept in one file. They are safe for concurrent
// use.
type Silences struct {
	path    string
	log     *slog.Logger
	inner   *silence.Silences
	notices []string
	max     int // SilenceOptions.MaxSilences

	dirty  atomic.Bool // something is not yet in the file
	saving sync.Mutex
}

// OpenSilences reads the file at path, in Alertmanager's format, or begins
// without silences where there is none. A file that cannot be understood is
// moved aside, and Notices says so: a damaged file of silences must not keep
// faults from being told.
func OpenSilences(path string, o SilenceOptions) (*Silences, error) {
	if o.MaxSilences == 0 {
		o.MaxSilences = DefaultMaxSilences
	}
	if o.MaxSilenceBytes == 0 {
		o.MaxSilenceBytes = DefaultMaxSilenceBytes
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Silences{path: path, log: o.Logger.With("component", "silences"), max: o.MaxSilences}

	data, err := readSnapshot(path)
	var damaged error
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, errTooLarge):
		damaged = err
	case err != nil:
		return nil, fmt.Errorf("read silences: %w", err)
	}
	if damaged == nil {
		s.inner, damaged = load(data, o)
	}
	if damaged != nil {
		aside := fmt.Sprintf("%s.damaged-%s", path, time.Now().UTC().Format("20060102T150405.000Z"))
		if err := os.Rename(path, aside); err != nil {
			return nil, fmt.Errorf("move the damaged file of silences aside: %w", err)
		}
		s.notices = append(s.notices, fmt.Sprintf("the file of silences was damaged (%v) and is now %s; there are no silences until somebody sets them again", damaged, aside))
		s.log.Error("silences lost: the file was damaged and has been moved aside", "file", aside, "err", damaged)
		if s.inner, err = load(nil, o); err != nil {
			return nil, fmt.Errorf("begin without silences: %w", err)
		}
	}
	// Called with the library's lock held, so it only notes.
	s.inner.SetBroadcast(func([]byte) { s.dirty.Store(true) })
	return s, nil
}

var errTooLarge = errors.New("it is too large")

func readSnapshot(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSnapshot {
		return nil, errTooLarge
	}
	return os.ReadFile(path)
}

// load hands a snapshot to the library, which trusts its own files: a panic
// over bytes that it did not write is a damaged file like any other.
func load(data []byte, o SilenceOptions) (s *silence.Silences, err error) {
	defer func() {
		if p := recover(); p != nil {
			s, err = nil, fmt.Errorf("its content makes no sense: %v", p)
		}
	}()
	return silence.New(silence.Options{
		SnapshotReader: bytes.NewReader(data),
		Retention:      o.Retention,
		Limits: silence.Limits{
			MaxSilences:         func() int { return o.MaxSilences },
			MaxSilenceSizeBytes: func() int { return o.MaxSilenceBytes },
		},
		Logger:        o.Logger,
		Metrics:       prometheus.NewRegistry(),
		EventRecorder: eventrecorder.NopRecorder(),
	})
}

// Notices says what happened when the silences were opened that somebody
// should know.
func (s *Silences) Notices() []string { return s.notices }

// Muted returns the IDs of the active silences that match the labels.
func (s *Silences) Muted(ctx context.Context, labels map[string]string) []string {
	set := make(model.LabelSet, len(labels))
	for k, v := range labels {
		set[model.LabelName(k)] = model.LabelValue(v)
	}
	return s.muted(ctx, set)
}

func (s *Silences) muted(ctx context.Context, set model.LabelSet) []string {
	found, _, err := s.inner.Query(ctx, silence.QState(silence.SilenceStateActive), silence.QMatches(set))
	if err != nil {
		// Telling too much is better than telling nothing.
		s.log.Error("silences not asked", "err", err)
		return nil
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.Id
	}
	return ids
}

// Run forgets silences that are long over, until ctx ends.
func (s *Silences) Run(ctx context.Context) error {
	t := time.NewTicker(maintenance)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.Save()
		case <-t.C:
			n, err := s.inner.GC()
			if err != nil {
				s.log.Error("old silences not forgotten", "err", err)
			}
			if n > 0 {
				s.dirty.Store(true)
			}
			if err := s.Save(); err != nil {
				s.log.Error("silences not saved; trying again later", "err", err)
			}
		}
	}
}

// Save writes the file when there is something new. After it returns nil, a
// power cut loses nothing.
func (s *Silences) Save() error {
	s.saving.Lock()
	defer s.saving.Unlock()
	if !s.dirty.Swap(false) {
		return nil
	}
	var b bytes.Buffer
	_, err := s.inner.Snapshot(&b)
	if err == nil {
		err = replaceFile(s.path, b.Bytes())
	}
	if err != nil {
		s.dirty.Store(true)
		return fmt.Errorf("save silences: %w", err)
	}
	return nil
}

// replaceFile writes a file so that at every instant there is the old one or
// the new one, whole.
func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}
