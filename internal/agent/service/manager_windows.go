package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"
)

// stopTimeout is how long a service may take to stop.
const stopTimeout = 30 * time.Second

// Install has Windows start the agent now and, a while after the other
// services, at each start of the computer; it is started anew when it fails.
// Install returns what was done, for people. What is installed already, by the
// MSI too, is brought to the same state.
func Install(ctx context.Context, o Options) (string, error) {
	m, err := connect()
	if err != nil {
		return "", err
	}
	defer func() { _ = m.Disconnect() }() // nothing is lost with it

	arguments := append([]string{"run", "--service"}, o.Arguments...)
	config := mgr.Config{
		ServiceType: windows.SERVICE_WIN32_OWN_PROCESS, StartType: mgr.StartAutomatic, ErrorControl: mgr.ErrorNormal,
		DisplayName: DisplayName, Description: Description,
	}
	s, err := m.OpenService(WindowsName)
	did := "updated"
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		did = "installed"
		s, err = m.CreateService(WindowsName, o.Executable, config, arguments...)
	}
	if err != nil {
		return "", fmt.Errorf("register the service: %w", err)
	}
	defer func() { _ = s.Close() }() // nothing is lost with it

	config.BinaryPathName = commandLine(append([]string{o.Executable}, arguments...))
	config.DelayedAutoStart = true
	var missing []string
	for _, wish := range []struct {
		what string
		set  func() error
	}{
		{"delayed start", func() error { return s.UpdateConfig(config) }},
		{"restart after a failure", func() error {
			again := func(after time.Duration) mgr.RecoveryAction {
				return mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: after}
			}
			const day = 24 * 60 * 60 // seconds without a failure after which they are forgotten
			if err := s.SetRecoveryActions([]mgr.RecoveryAction{again(time.Minute), again(time.Minute), again(5 * time.Minute)}, day); err != nil {
				return err
			}
			return s.SetRecoveryActionsOnNonCrashFailures(true)
		}},
		{"event log", registerSource},
	} {
		// The service does its work without them, so they do not fail the whole.
		if err := wish.set(); err != nil {
			missing = append(missing, fmt.Sprintf("%s could not be set: %v", wish.what, err))
		}
	}
	if err := restart(ctx, s); err != nil {
		return "", err
	}
	return strings.Join(append([]string{did + " and started the service " + WindowsName}, missing...), "\n"), nil
}

// Uninstall stops the service and removes it. It returns what was done; a
// service that is not there is no error.
func Uninstall(ctx context.Context, _ Options) (string, error) {
	m, err := connect()
	if err != nil {
		return "", err
	}
	defer func() { _ = m.Disconnect() }() // nothing is lost with it
	s, err := m.OpenService(WindowsName)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		_ = eventlog.Remove(WindowsName) // the MSI deletes the service, and not this
		return "there is no service", nil
	}
	if err != nil {
		return "", fmt.Errorf("open the service: %w", err)
	}
	defer func() { _ = s.Close() }() // nothing is lost with it
	if err := stop(ctx, s); err != nil {
		return "", err
	}
	if err := s.Delete(); err != nil && !errors.Is(err, windows.ERROR_SERVICE_MARKED_FOR_DELETE) {
		return "", fmt.Errorf("delete the service: %w", err)
	}
	_ = eventlog.Remove(WindowsName) // it may never have been registered
	return "stopped and removed the service " + WindowsName, nil
}

func connect() (*mgr.Mgr, error) {
	m, err := mgr.Connect()
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return nil, fmt.Errorf("open the service manager: %w: do this in a console that was opened with \"Run as administrator\"", err)
	}
	if err != nil {
		return nil, fmt.Errorf("open the service manager: %w", err)
	}
	return m, nil
}

// commandLine quotes words as Windows' programs expect them.
func commandLine(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = syscall.EscapeArg(w)
	}
	return strings.Join(quoted, " ")
}

// registerSource tells Windows who writes the entries of the event log.
func registerSource() error {
	err := eventlog.InstallAsEventCreate(WindowsName, eventlog.Error|eventlog.Warning|eventlog.Info)
	if err != nil && strings.Contains(err.Error(), "already exists") {
		return nil
	}
	return err
}

func restart(ctx context.Context, s *mgr.Service) error {
	if err := stop(ctx, s); err != nil {
		return err
	}
	if err := s.Start(); err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
		return fmt.Errorf("start the service: %w", err)
	}
	return nil
}

// stop stops the service and waits until it has stopped.
func stop(ctx context.Context, s *mgr.Service) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	status, err := s.Query()
	if err != nil {
		return fmt.Errorf("ask for the state of the service: %w", err)
	}
	if status.State != svc.Stopped && status.State != svc.StopPending {
		if _, err := s.Control(svc.Stop); err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) {
			return fmt.Errorf("stop the service: %w", err)
		}
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		status, err := s.Query()
		if err != nil {
			return fmt.Errorf("ask for the state of the service: %w", err)
		}
		if status.State == svc.Stopped {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stop the service: %w", ctx.Err())
		case <-tick.C:
		}
	}
}
