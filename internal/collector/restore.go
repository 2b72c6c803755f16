package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/boltcheck"
	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/backup"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/folder"
)

// RestoreOptions say what is restored, and where.
type RestoreOptions struct {
	File    string // a backup, or a copy of budi.db such as budi.db.daily-2026-11-28
	DataDir string
	Force   bool // what is in the folder is moved aside
	Check   bool // only read and check; DataDir is not touched

	// Passphrase is asked for when the backup is encrypted; nil: there is none.
	Passphrase func() (string, error)
	Now        func() time.Time // nil: time.Now
}

// Restored says what was restored.
type Restored struct {
	Made         time.Time        `json:"made,omitzero"` // the moment of the backup; zero for a copy of budi.db
	Version      string           `json:"version,omitempty"`
	Installation string           `json:"installation,omitempty"`
	Bytes        int64            `json:"bytes"`           // of all files, not compressed
	Aside        string           `json:"aside,omitempty"` // where what was in the folder is now
	Counts       boltstore.Counts `json:"counts,omitzero"`
	Samples      metricdb.Blocks  `json:"samples,omitzero"`
}

// Names in a data folder that only a restore makes.
const (
	restoreStage  = "restore-stage"   // what was unpacked and is not in place yet
	restoreMarker = "restore-unready" // there while things are put in place
	asidePrefix   = "before-restore-" // and the time: what was in the folder before
	databaseLock  = backup.Database + ".lock"
)

// checkRestored refuses a folder in which a restore was cut short while things
// were put in place.
func checkRestored(dir string) error {
	_, err := os.Lstat(filepath.Join(dir, restoreMarker))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("a restore into the data folder %s was cut short; run it again with --force (what was in the folder is in %s…)", dir, asidePrefix)
}

// Restore puts a backup in the place of a data folder. Everything is unpacked
// beside, checked, and opened there; only then is it put in place. What was in
// the folder is moved into a folder in it, never deleted. When Restore is killed
// while it puts things in place, no collector starts with the folder until it
// has been run again.
//
// A file that is a copy of budi.db takes the place of budi.db, and nothing else
// is touched.
func Restore(ctx context.Context, o RestoreOptions) (Restored, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	f, err := os.Open(o.File)
	if err != nil {
		return Restored{}, fmt.Errorf("read the backup: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	if isDatabase(f) {
		return o.database(ctx, f)
	}
	r, err := backup.Open(ctx, f, o.Passphrase)
	if err != nil {
		return Restored{}, err
	}
	defer r.Close()
	m := r.Manifest()
	out := Restored{Made: m.Made, Version: m.Version, Installation: m.Installation, Bytes: m.Bytes()}
	if o.Check {
		return out, r.Verify()
	}
	everything := func(fs.DirEntry) bool { return true }
	err = o.into(m.Bytes(), everything, &out, func(stage string) error {
		if err := r.Extract(stage); err != nil {
			return err
		}
		return o.open(ctx, stage, &out)
	})
	return out, err
}

// isDatabase reports whether a file is a bbolt database: its first page has
// bbolt's magic number behind a header of 16 bytes. The file is read from its
// beginning afterwards.
func isDatabase(f *os.File) bool {
	var head [20]byte
	_, err := f.ReadAt(head[:], 0)
	const little, big = "\xed\xda\x0c\xed", "\xed\x0c\xda\xed"
	return err == nil && (string(head[16:]) == little || string(head[16:]) == big)
}

// database restores a copy of budi.db.
func (o RestoreOptions) database(ctx context.Context, f *os.File) (Restored, error) {
	info, err := f.Stat()
	if err != nil {
		return Restored{}, fmt.Errorf("look at the copy: %w", err)
	}
	out := Restored{Bytes: info.Size()}
	if o.Check {
		_, err := boltcheck.Verify(f, info.Size())
		return out, err
	}
	replaced := func(e fs.DirEntry) bool { return e.Name() == backup.Database }
	err = o.into(info.Size(), replaced, &out, func(stage string) error {
		if err := os.Mkdir(stage, 0o700); err != nil {
			return err
		}
		if err := copyOut(filepath.Join(stage, backup.Database), f); err != nil {
			return fmt.Errorf("copy the database: %w", err)
		}
		return o.openStore(ctx, stage, &out)
	})
	return out, err
}

func copyOut(name string, from io.Reader) error {
	to, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err == nil {
		err = to.Sync()
	}
	return errors.Join(err, to.Close())
}

// into runs unpack with the name of a folder to make in the data folder, and
// puts in place what it leaves there. replaces says which of the entries that
// are in the data folder make place for it.
func (o RestoreOptions) into(size int64, replaces func(fs.DirEntry) bool, out *Restored, unpack func(stage string) error) (err error) {
	dir := o.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if err := errors.Join(checkFolder(dir), checkOwner(dir)); err != nil {
		return err
	}
	lock, err := boltstore.Lock(filepath.Join(dir, backup.Database), time.Second)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	old, err := o.inTheWay(replaces)
	if err != nil {
		return err
	}
	if len(old) > 0 && !o.Force {
		return fmt.Errorf("the data folder %s is not empty (%s); choose another with --data, or say --force: what is there is then moved aside, not deleted", dir, old[0])
	}
	if free, err := metricdb.FreeSpace(dir); err == nil && free < size+backupMargin {
		return fmt.Errorf("the restored data need %d MB, and %s has only %d MB free", (size+backupMargin)/1e6+1, dir, free/1e6)
	}
	stage := filepath.Join(dir, restoreStage)
	if err := os.RemoveAll(stage); err != nil {
		return fmt.Errorf("remove what is left of an earlier restore: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	if err := unpack(stage); err != nil {
		return err
	}
	if err := makePrivate(stage); err != nil {
		return fmt.Errorf("make the restored data private: %w", err)
	}
	if err := o.place(stage, old, out); err != nil {
		return fmt.Errorf("put the restored data in place (run it again with --force when the cause is gone): %w", err)
	}
	return nil
}

// inTheWay lists what is in the data folder and has to make place.
func (o RestoreOptions) inTheWay(replaces func(fs.DirEntry) bool) ([]string, error) {
	entries, err := os.ReadDir(o.DataDir)
	if err != nil {
		return nil, fmt.Errorf("list the data folder: %w", err)
	}
	var out []string
	for _, e := range entries {
		stays := slices.Contains([]string{databaseLock, restoreStage, restoreMarker, "lost+found"}, e.Name()) || strings.HasPrefix(e.Name(), asidePrefix)
		if !stays && replaces(e) {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// place moves aside what is in the way and puts in place what is in the stage.
func (o RestoreOptions) place(stage string, old []string, out *Restored) error {
	marker := filepath.Join(o.DataDir, restoreMarker)
	if err := copyOut(marker, strings.NewReader("")); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := folder.Sync(o.DataDir); err != nil {
		return err
	}
	if len(old) > 0 {
		aside, err := makeAside(o.DataDir, o.Now())
		if err != nil {
			return err
		}
		out.Aside = aside
		for _, name := range old {
			if err := os.Rename(filepath.Join(o.DataDir, name), filepath.Join(aside, name)); err != nil {
				return err
			}
		}
		if err := folder.Sync(aside); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(stage)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == databaseLock {
			continue // the folder has its own, and we hold it
		}
		if err := os.Rename(filepath.Join(stage, e.Name()), filepath.Join(o.DataDir, e.Name())); err != nil {
			return err
		}
	}
	if err := folder.Sync(o.DataDir); err != nil {
		return err
	}
	if err := os.Remove(marker); err != nil {
		return err
	}
	return folder.Sync(o.DataDir)
}

// makePrivate leaves files and folders to their owner only, those too that
// opening the stores made.
func makePrivate(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir():
			return os.Chmod(path, 0o700)
		default:
			return os.Chmod(path, 0o600)
		}
	})
}

// makeAside makes a folder with a name of its own.
func makeAside(dir string, now time.Time) (string, error) {
	base := filepath.Join(dir, asidePrefix+now.UTC().Format("20060102T150405Z"))
	name := base
	for i := 2; ; i++ {
		err := os.Mkdir(name, 0o700)
		if !errors.Is(err, fs.ErrExist) {
			return name, err
		}
		name = fmt.Sprintf("%s-%d", base, i)
	}
}

// open opens what was unpacked as a collector would, and says what is in it.
func (o RestoreOptions) open(ctx context.Context, stage string, out *Restored) (err error) {
	if err := o.openStore(ctx, stage, out); err != nil {
		return err
	}
	db, err := metricdb.Open(ctx, metricdb.Options{Dir: filepath.Join(stage, samplesFolder), Retention: everythingDays, RetentionBytes: everythingBytes})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if notices := db.Notices(); len(notices) > 0 {
		return fmt.Errorf("the samples in the backup cannot be used: %s", strings.Join(notices, " "))
	}
	out.Samples, err = db.Blocks()
	return err
}

// openStore opens budi.db as one that takes the place of a newer one, and puts
// on its record who restored it.
func (o RestoreOptions) openStore(ctx context.Context, stage string, out *Restored) (err error) {
	name := filepath.Join(stage, backup.Database)
	// Opening a damaged one would put an empty one in its place.
	if _, err := boltcheck.File(name); err != nil {
		return fmt.Errorf("check %s: %w", backup.Database, err)
	}
	store, err := boltstore.Open(name, boltstore.Options{FromCopy: true, Now: o.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if notices := store.Notices(); len(notices) > 0 {
		return fmt.Errorf("%s in the backup cannot be used: %s", backup.Database, strings.Join(notices, " "))
	}
	restored := access.Entry{Time: o.Now(), Actor: keeper().Actor(), Action: "backup.restore", Object: o.File}
	if err := store.AppendAudit(ctx, restored, access.MaxAudit); err != nil {
		return fmt.Errorf("record who restored: %w", err)
	}
	out.Installation = store.Installation()
	out.Counts, err = store.Counts()
	return err
}
