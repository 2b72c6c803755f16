// Command budi-collector watches a school, a library or a municipality from
// one computer. Without arguments it starts the collector; its other commands
// look once, check the configuration, or speak to the running collector.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := newCommand().ExecuteContext(ctx)
	var told toldError
	switch {
	case err == nil:
	case errors.As(err, &told):
		os.Exit(told.status)
	default:
		fmt.Fprintln(os.Stderr, "budi-collector:", err)
		os.Exit(1)
	}
}

// toldError ends the program with a status when everything has been said.
type toldError struct{ status int }

func (e toldError) Error() string { return fmt.Sprintf("exit status %d", e.status) }
