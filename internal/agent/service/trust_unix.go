//go:build unix

package service

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// checkTrusted refuses a program that somebody else could exchange for another
// one, which the service would then run as root.
func checkTrusted(program string) error {
	for _, name := range []string{program, filepath.Dir(program)} {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("look at the program to be installed: %w", err)
		}
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok || (owner.Uid != 0 && int(owner.Uid) != os.Geteuid()) || info.Mode().Perm()&0o022 != 0 {
			return fmt.Errorf("%s can be changed by others than root, and the service runs as root: copy the program to /usr/local/bin and install it from there", name)
		}
	}
	return nil
}
