package service_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/agent/service"
)

// machine is a system in a folder, whose systemctl is written down.
type machine struct {
	service.Options
	calls []string
}

func newMachine(t *testing.T, folders ...string) *machine {
	t.Helper()
	m := &machine{}
	m.Root = t.TempDir()
	m.Executable = filepath.Join(m.Root, "usr", "local", "bin", "budi-agent")
	for _, f := range append(folders, "usr/local/bin") {
		if err := os.MkdirAll(filepath.Join(m.Root, f), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(m.Executable, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	m.Command = func(_ context.Context, name string, args ...string) (string, error) {
		m.calls = append(m.calls, name+" "+strings.Join(args, " "))
		return "", nil
	}
	return m
}

const (
	booted = "run/systemd/system"
	unit   = "etc/systemd/system/budi-agent.service"
)

func (m *machine) unit(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(m.Root, unit))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestInstallWritesAUnitAndStartsIt(t *testing.T) {
	m := newMachine(t, booted)
	for range 2 { // what is installed is installed again
		m.calls = nil
		if _, err := service.Install(t.Context(), m.Options); err != nil {
			t.Fatal(err)
		}
		want := []string{"systemctl daemon-reload", "systemctl enable budi-agent.service", "systemctl restart budi-agent.service"}
		if !slices.Equal(m.calls, want) {
			t.Errorf("called %q, want %q", m.calls, want)
		}
	}
	text := m.unit(t)
	for _, want := range []string{"\nExecStart=" + m.Executable + " run\n", "\nProtectSystem=strict\n", "\nStateDirectory=budi-agent\n", "\nNoNewPrivileges=yes\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the unit lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "ReadWritePaths") {
		t.Error("the usual places need no further path")
	}
}

func TestInstallQuotesOtherPlaces(t *testing.T) {
	m := newMachine(t, booted)
	m.Arguments = []string{"--state", `/srv/100% "mine"/$x/agent.db`}
	m.Writable = `/srv/100% "mine"/$x`
	if _, err := service.Install(t.Context(), m.Options); err != nil {
		t.Fatal(err)
	}
	want := ` run --state "/srv/100%% \"mine\"/$$x/agent.db"` + "\n" + `ReadWritePaths="/srv/100%% \"mine\"/$$x"` + "\n"
	if !strings.Contains(m.unit(t), want) {
		t.Errorf("the unit lacks %s:\n%s", want, m.unit(t))
	}
}

func TestInstallLeavesThePackagesUnitAlone(t *testing.T) {
	m := newMachine(t, booted, "usr/lib/systemd/system", "usr/bin")
	if err := os.WriteFile(filepath.Join(m.Root, "usr/lib/systemd/system/budi-agent.service"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/usr/bin/budi-agent"); err == nil {
		t.Skip("the package is installed here, and this test would look at its file")
	}
	done, err := service.Uninstall(t.Context(), m.Options)
	if err != nil || !strings.Contains(done, "package") {
		t.Errorf("uninstall says %q, %v", done, err)
	}
	if want := []string{"systemctl disable --now budi-agent.service", "systemctl daemon-reload"}; !slices.Equal(m.calls, want) {
		t.Errorf("called %q, want %q", m.calls, want)
	}
}

func TestUninstallRemovesTheUnit(t *testing.T) {
	m := newMachine(t, booted)
	if _, err := service.Install(t.Context(), m.Options); err != nil {
		t.Fatal(err)
	}
	m.calls = nil
	if _, err := service.Uninstall(t.Context(), m.Options); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(m.Root, unit)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unit is still there: %v", err)
	}
	if !slices.Equal(m.calls, []string{"systemctl disable --now budi-agent.service", "systemctl daemon-reload"}) {
		t.Errorf("called %q", m.calls)
	}
	m.calls = nil
	if done, err := service.Uninstall(t.Context(), m.Options); err != nil || done != "there is no service" || m.calls != nil {
		t.Errorf("the second time: %q, %v, %q", done, err, m.calls)
	}
}

func TestInstallRefuses(t *testing.T) {
	t.Run("a system without systemd", func(t *testing.T) {
		m := newMachine(t)
		if _, err := service.Install(t.Context(), m.Options); !errors.Is(err, service.ErrNoManager) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a program that others can change", func(t *testing.T) {
		for _, name := range []string{"usr/local/bin/budi-agent", "usr/local/bin", "usr/local", "usr"} {
			m := newMachine(t, booted)
			if err := os.Chmod(filepath.Join(m.Root, name), 0o777); err != nil {
				t.Fatal(err)
			}
			if _, err := service.Install(t.Context(), m.Options); err == nil || !strings.Contains(err.Error(), "others than root") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
	t.Run("when systemctl fails", func(t *testing.T) {
		m := newMachine(t, booted)
		m.Command = func(context.Context, string, ...string) (string, error) {
			return "Unit is masked.\n", errors.New("exit status 1")
		}
		if _, err := service.Install(t.Context(), m.Options); err == nil || !strings.Contains(err.Error(), "Unit is masked.") {
			t.Errorf("got %v", err)
		}
	})
}
