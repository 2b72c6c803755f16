// Package service makes the agent a service of the operating system: a unit of
// systemd, a service of Windows, a daemon of launchd. It knows nothing of what
// the agent does. Only cmd/agent calls it.
//
// The service runs as root, or LocalSystem: serial numbers, the health of disks,
// the state of encryption and the programs of every person are told to nobody
// else. The systemd unit takes from root what the agent has no use for.
package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Names of the service.
const (
	UnitName    = "budi-agent.service" // systemd
	WindowsName = "BudiAgent"          // Windows' service manager and event log
	DisplayName = "Budi agent"
	Description = "Tells the Budi collector how this computer is: health and inventory, nothing that people write or read."
)

// ErrNoManager says that the system's service manager is not running here.
var ErrNoManager = errors.New("the system's service manager is not running")

// Options says what to install.
type Options struct {
	Executable string   // absolute path of the program; required
	Arguments  []string // behind "run", for places that are not the usual ones
	Writable   string   // folder of the agent's state when it is not the usual one; empty: it is

	// Root stands before every file that is written, for tests; empty is the
	// system itself.
	Root string
	// Command runs a program of the system and returns what it printed; nil
	// runs it.
	Command func(ctx context.Context, name string, args ...string) (string, error)
}

// commandTimeout bounds one call of systemctl or launchctl.
const commandTimeout = time.Minute

// command runs a program of the system with a deadline.
func (o Options) command(ctx context.Context, name string, args ...string) error {
	run := o.Command
	if run == nil {
		run = runCommand
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	if out, err := run(ctx, name, args...); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(out))
	}
	return nil
}

func runCommand(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	return string(out), err
}

// path is where a file of the system is.
func (o Options) path(name string) string { return filepath.Join(o.Root, name) }

// exists reports whether a file of the system is there.
func (o Options) exists(name string) bool {
	_, err := os.Lstat(o.path(name))
	return err == nil
}

// writeFile writes a service's description by way of another name, so that the
// manager never reads half of it.
func (o Options) writeFile(name, text string) error {
	full := o.path(name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", name, err)
	}
	if err := os.WriteFile(full+".new", []byte(text), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(full+".new", full); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// removeFile removes a file of the system and reports whether it was there.
func (o Options) removeFile(name string) (bool, error) {
	err := os.Remove(o.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("remove %s: %w", name, err)
	}
	return true, nil
}
