package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/budi-monitor/budi/internal/folder"
)

// PartSuffix is on the name of a file that is not whole yet.
const PartSuffix = ".part"

// Output is a file that gets its name only when it is whole and on the disk.
// Until then it is beside it, with the suffix .part. It is readable by its owner
// only.
type Output struct {
	*os.File
	name  string
	force bool
}

// CheckName reports whether a backup may be written under this name: the error
// wraps ErrExists when there is a file already and force does not say to
// replace it.
func CheckName(name string, force bool) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at %s: %w", name, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file; name a file to write", name)
	case !force:
		return fmt.Errorf("%w: %s; choose another, or replace it with --force", ErrExists, name)
	}
	return nil
}

// Create begins a file. What a killed program left of an earlier one goes.
func Create(name string, force bool) (*Output, error) {
	if err := CheckName(name, force); err != nil {
		return nil, err
	}
	part := name + PartSuffix
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove what is left of an earlier backup: %w", err)
	}
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the file: %w", err)
	}
	return &Output{File: f, name: name, force: force}, nil
}

// Commit brings the file to the disk and gives it its name. check, which may be
// nil, is called before that with the file at its beginning, to see that it can
// be read. When Commit fails there is no file under the name that was not there
// before.
func (o *Output) Commit(check func(*os.File) error) (size int64, err error) {
	size, err = o.finish(check)
	if err := errors.Join(err, o.File.Close()); err != nil {
		_ = os.Remove(o.File.Name()) // an error more would say nothing new
		return 0, err
	}
	// Another may have begun a file of the same name meanwhile.
	if err := CheckName(o.name, o.force); err != nil {
		_ = os.Remove(o.File.Name())
		return 0, err
	}
	if err := os.Rename(o.File.Name(), o.name); err != nil {
		_ = os.Remove(o.File.Name())
		return 0, fmt.Errorf("give the backup its name: %w", err)
	}
	if err := folder.Sync(filepath.Dir(o.name)); err != nil {
		return 0, fmt.Errorf("bring the name of the backup to the disk: %w", err)
	}
	return size, nil
}

func (o *Output) finish(check func(*os.File) error) (int64, error) {
	if err := o.File.Sync(); err != nil {
		return 0, fmt.Errorf("bring the backup to the disk: %w", err)
	}
	info, err := o.File.Stat()
	if err != nil {
		return 0, fmt.Errorf("look at the backup: %w", err)
	}
	if there, err := os.Lstat(o.File.Name()); err != nil || !os.SameFile(info, there) {
		return 0, fmt.Errorf("the file %s was taken away while it was written; is another backup going there?", o.File.Name())
	}
	if check != nil {
		if _, err := o.File.Seek(0, 0); err != nil {
			return 0, fmt.Errorf("read the backup again: %w", err)
		}
		if err := check(o.File); err != nil {
			return 0, fmt.Errorf("read the backup again: %w", err)
		}
	}
	return info.Size(), nil
}

// Abort removes what was written. After Commit it does nothing.
func (o *Output) Abort() {
	if err := o.File.Close(); errors.Is(err, os.ErrClosed) {
		return
	}
	_ = os.Remove(o.File.Name()) // the next backup of this name does it else
}
