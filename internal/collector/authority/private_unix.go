//go:build unix

package authority

import (
	"fmt"
	"io/fs"
)

// checkPrivate refuses a key file that others could have read.
func checkPrivate(path string, info fs.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%s may be read or changed by other users of this computer (mode %04o); run: chmod 600 %s", path, mode, path)
	}
	return nil
}
