//go:build !windows

package collector

import (
	"fmt"
	"os"
	"syscall"
)

// checkFolder refuses a data folder in which every user of the computer could
// put files in the place of ours.
func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the data folder: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 {
		return fmt.Errorf("every user of this computer may change the data folder %s (mode %04o): run chmod o-w on it, or choose another with --data", dir, mode)
	}
	return nil
}

// checkOwner refuses to make files in a data folder that is another user's: that
// user, who runs the collector, could not read them.
func checkOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the data folder: %w", err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("the data folder %s belongs to another user (number %d), who could not read what is made in it: run this as that user, for example with sudo -u", dir, st.Uid)
	}
	return nil
}
