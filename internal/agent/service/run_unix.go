//go:build unix

package service

import (
	"context"
	"io"
	"log/slog"
)

// Run runs the agent as the service manager expects it. systemd and launchd
// expect nothing but the process.
func Run(ctx context.Context, f func(context.Context) error) error { return f(ctx) }

// systemLog is the system's own log; systemd and launchd have none beside what
// the process prints.
func systemLog() (slog.Handler, io.Closer) { return nil, nil }
