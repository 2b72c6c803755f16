//go:build unix

package agent

import (
	"fmt"
	"os"
)

// MakeFolder makes the folder of the agent's state, readable by its owner only,
// if it is not there.
func MakeFolder(name string) error {
	if err := os.MkdirAll(name, 0o700); err != nil {
		return fmt.Errorf("make the agent's folder: %w", err)
	}
	return nil
}
