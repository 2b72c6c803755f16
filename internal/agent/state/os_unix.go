//go:build !windows

package state

import (
	"errors"
	"syscall"
)

// isFull reports whether an error says that the disk has no room.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}
