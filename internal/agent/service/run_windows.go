package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
)

// Run runs the agent under Windows' service manager, which must have started
// this process: it is told on the command line, because Windows' own answer to
// that question is wrong in some surroundings. Run returns what f returned, or
// an error when the manager is not there.
func Run(ctx context.Context, f func(context.Context) error) error {
	h := &handler{ctx: ctx, run: f}
	if err := svc.Run(WindowsName, h); err != nil {
		return fmt.Errorf("speak to the service manager (leave --service out in a console): %w", err)
	}
	return h.err
}

// handler is the service as its manager sees it.
type handler struct {
	ctx context.Context // svc.Run takes none
	run func(context.Context) error
	err error
}

// failed is the exit code after which Windows starts the service anew.
const failed = 1

// Execute implements svc.Handler.
func (h *handler) Execute(_ []string, requests <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	status <- svc.Status{State: svc.StartPending}
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- h.run(ctx) }()
	status <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown | svc.AcceptPreShutdown}
	for {
		select {
		case h.err = <-done:
			status <- svc.Status{State: svc.StopPending}
			if h.err != nil {
				return true, failed
			}
			return false, windows.NO_ERROR
		case r := <-requests:
			switch r.Cmd {
			case svc.Interrogate:
				status <- r.CurrentStatus
			case svc.Stop, svc.Shutdown, svc.PreShutdown:
				status <- svc.Status{State: svc.StopPending, WaitHint: uint32(stopTimeout.Milliseconds())}
				cancel()
			default: // nothing else was accepted
			}
		}
	}
}

// systemLog is Windows' event log, for errors. Without rights to register its
// name the entries are there with a longer preface.
func systemLog() (slog.Handler, io.Closer) {
	_ = registerSource()
	log, err := eventlog.Open(WindowsName)
	if err != nil {
		return nil, nil
	}
	return slog.NewTextHandler(eventWriter{log}, &slog.HandlerOptions{Level: slog.LevelError}), log
}

// eventWriter makes an entry of each line that slog writes.
type eventWriter struct{ log *eventlog.Log }

func (w eventWriter) Write(line []byte) (int, error) {
	const event = 1 // EventCreate.exe knows the numbers 1 to 1000
	return len(line), w.log.Error(event, string(line))
}
