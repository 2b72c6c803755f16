//go:build unix

package backup

import (
	"errors"
	"os"
	"syscall"
)

// syncFolder makes what was made or renamed in a folder durable. Some
// filesystems of other computers cannot, and need not.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
