// Package folder does what a program does to a folder of its own: keep other
// programs out of it, and make sure that renames in it outlast a power cut.
package folder

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrLocked says that another program has the lock.
var ErrLocked = errors.New("another program has the lock")

// Lock takes the lock of a file, which is made when it is not there, and waits
// that long for it at most. The lock ends with the process or when the file is
// closed. The error is ErrLocked, or that of the system.
func Lock(name string, wait time.Duration) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(wait); ; time.Sleep(50 * time.Millisecond) {
		ok, err := tryLock(f)
		if ok {
			return f, nil
		}
		if err != nil || time.Now().After(deadline) {
			_ = f.Close()
			if err != nil {
				return nil, fmt.Errorf("lock %s: %w", name, err)
			}
			return nil, ErrLocked
		}
	}
}
