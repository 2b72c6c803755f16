package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Purge removes what the agent left on this computer: its state with every copy
// and quarantine, an order, the status, the log, and its configuration. Folders
// go when nothing else is in them. Nothing there is no error. The agent must
// not be running.
func Purge(p Places) error {
	folder := filepath.Dir(p.State)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("purge the agent's folder: %w", err)
	}
	names := []string{p.Config}
	for _, e := range entries {
		for _, ours := range []string{p.State, StatusFile(p.State), LogFile(p.State), OrderFile(p.State)} {
			if strings.HasPrefix(e.Name(), filepath.Base(ours)) { // copies and quarantine have more behind the name
				names = append(names, filepath.Join(folder, e.Name()))
				break
			}
		}
	}
	var problems []error
	for _, name := range names {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, err)
		}
	}
	for _, dir := range []string{folder, filepath.Dir(p.Config)} {
		if left, err := os.ReadDir(dir); err == nil && len(left) == 0 {
			problems = append(problems, os.Remove(dir))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("purge what the agent left: %w", err)
	}
	return nil
}
