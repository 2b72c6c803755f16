package collector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// part is something that runs as long as the collector does.
type part struct {
	name string
	run  func(ctx context.Context) error // blocks until ctx ends
}

// stopWithin bounds how long one part may take to stop.
const stopWithin = 15 * time.Second

// runParts starts the parts in their order, and when ctx ends or one of them
// returns, stops them in the reverse order, waiting for each. The error is that
// of the first part which ended by itself.
func runParts(ctx context.Context, logger *slog.Logger, parts []part) error {
	type running struct {
		part
		cancel context.CancelFunc
		done   chan error
	}
	var all []running
	first := make(chan error, len(parts))
	for _, p := range parts {
		// Not derived from ctx: the order of stopping is ours.
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		r := running{p, cancel, make(chan error, 1)}
		all = append(all, r)
		go func() {
			err := p.run(own)
			if err != nil {
				err = fmt.Errorf("%s: %w", p.name, err)
			} else if own.Err() == nil {
				err = fmt.Errorf("%s ended by itself", p.name)
			}
			r.done <- err
			first <- err
		}()
	}
	var cause error
	select {
	case <-ctx.Done():
	case cause = <-first:
	}
	var late []error
	for i := len(all) - 1; i >= 0; i-- {
		r := all[i]
		r.cancel()
		timer := time.NewTimer(stopWithin)
		select {
		case err := <-r.done:
			if err != nil && !errors.Is(err, cause) && !errors.Is(err, context.Canceled) {
				logger.Error("a part ended with an error", "part", r.name, "err", err)
			}
		case <-timer.C:
			late = append(late, fmt.Errorf("%s did not stop within %s", r.name, stopWithin))
		}
		timer.Stop()
	}
	return errors.Join(append([]error{cause}, late...)...)
}
