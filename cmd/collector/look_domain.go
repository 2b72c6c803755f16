package main

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/domain/registry"
	"github.com/budi-monitor/budi/internal/look"
)

// lookDomain makes the look at a domain, whose mail is signed with keys of some
// selectors.
func lookDomain(target string, selectors []string) (look.Func, time.Duration, error) {
	d, err := domain.New(target, domain.Terms{Selectors: selectors}, domain.Options{Registry: registry.New(registry.Options{})})
	if err != nil {
		return nil, 0, err
	}
	return func(ctx context.Context) look.Result { return d.Look(ctx, nil) }, domain.Timeout + 5*time.Second, nil
}
