//go:build unix

package service

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// checkTrusted refuses a program that somebody else could exchange for another
// one, which the service would then run as root: by writing to it, or by putting
// another folder in the place of any above it.
func checkTrusted(program string) error {
	name, err := filepath.EvalSymlinks(program)
	if err != nil {
		return fmt.Errorf("look at the program to be installed: %w", err)
	}
	for {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("look at the program to be installed: %w", err)
		}
		owner, ok := info.Sys().(*syscall.Stat_t)
		open := info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 // as in /tmp, where nobody moves what is another's
		if !ok || (owner.Uid != 0 && int(owner.Uid) != os.Geteuid()) || open {
			return fmt.Errorf("%s can be changed by others than root, and the service runs as root: copy the program to a folder like /usr/bin and install it from there", name)
		}
		above := filepath.Dir(name)
		if above == name {
			return nil
		}
		name = above
	}
}
