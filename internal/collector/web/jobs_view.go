package web

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/jobs"
)

// JobPage is what the page of a check shows when that is a job: something that
// calls when it has run.
type JobPage struct {
	Path   string // of the address that it calls, its secret included; "": whoever asks may not know it
	Period time.Duration
	Grace  time.Duration
	jobs.State
	Verdict jobs.Verdict
	Calls   []jobs.Call // the newest first; without bodies for who may not know the address
}

// JobsActions is what people may do to jobs. The context says who does it.
type JobsActions interface {
	// RenewJob gives the job of a check another address; the one that it had
	// opens no more. It fails with ErrNotFound.
	RenewJob(ctx context.Context, check string) error
}
