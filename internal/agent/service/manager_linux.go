package service

import (
	"context"
	"fmt"
	"strings"

	"github.com/budi-monitor/budi/deploy/systemd"
)

const (
	ourUnit    = "/etc/systemd/system/" + UnitName
	packaged   = "/usr/bin/budi-agent" // the program in the unit of the Debian package
	systemdRun = "/run/systemd/system" // there while systemd is the first process; see sd_booted(3)
)

// packagedUnits are the places of a unit that a package installed.
func packagedUnits() []string {
	return []string{"/usr/lib/systemd/system/" + UnitName, "/lib/systemd/system/" + UnitName}
}

// Install has systemd start the agent now and at each start of the computer,
// and returns what was done, for people. What is installed already is brought
// to the same state. The error wraps ErrNoManager where systemd does not run.
func Install(ctx context.Context, o Options) (string, error) {
	if !o.exists(systemdRun) {
		return "", fmt.Errorf("%w: systemd is not the first process here; have your system run \"%s run\" as root", ErrNoManager, o.Executable)
	}
	if err := checkTrusted(o.Executable); err != nil {
		return "", err
	}
	done := "wrote " + ourUnit + " and started it"
	if o.Executable == packaged && len(o.Arguments) == 0 && o.Writable == "" && o.hasPackagedUnit() {
		done = "started the unit of the package"
	} else if err := o.writeFile(ourUnit, unit(o)); err != nil {
		return "", err
	}
	for _, args := range [][]string{{"daemon-reload"}, {"enable", UnitName}, {"restart", UnitName}} {
		if err := o.command(ctx, "systemctl", args...); err != nil {
			return "", err
		}
	}
	return done, nil
}

// Uninstall has systemd stop the agent and forget it. It returns what was done;
// a service that is not there is no error.
func Uninstall(ctx context.Context, o Options) (string, error) {
	ours, fromPackage := o.exists(ourUnit), o.hasPackagedUnit()
	if !ours && !fromPackage {
		return "there is no service", nil
	}
	running := o.exists(systemdRun)
	if running {
		if err := o.command(ctx, "systemctl", "disable", "--now", UnitName); err != nil {
			return "", err
		}
	}
	if _, err := o.removeFile(ourUnit); err != nil {
		return "", err
	}
	if running {
		if err := o.command(ctx, "systemctl", "daemon-reload"); err != nil {
			return "", err
		}
	}
	if fromPackage {
		return "stopped and disabled the service; its unit belongs to the package, which apt removes", nil
	}
	return "stopped and removed the service", nil
}

func (o Options) hasPackagedUnit() bool {
	for _, name := range packagedUnits() {
		if o.exists(name) {
			return true
		}
	}
	return false
}

// unit is the package's unit for another program, other places, or both.
func unit(o Options) string {
	words := make([]string, 0, 2+len(o.Arguments))
	for _, w := range append([]string{o.Executable, "run"}, o.Arguments...) {
		words = append(words, quote(w))
	}
	line := "ExecStart=" + strings.Join(words, " ")
	if o.Writable != "" {
		line += "\nReadWritePaths=" + quote(o.Writable)
	}
	return strings.Replace(systemd.AgentUnit, "ExecStart="+packaged+" run", line, 1)
}

// quote writes a word as systemd.syntax(7) wants it.
func quote(word string) string {
	word = strings.ReplaceAll(word, "%", "%%")
	if !strings.ContainsAny(word, " \t\"'\\$;") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `$$`).Replace(word) + `"`
}
