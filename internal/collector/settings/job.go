package settings

import (
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Job says when something that calls when it has run is late: a backup, a task of
// cron.
type Job struct {
	Period time.Duration `yaml:"period" json:"period,omitempty"` // from call to call; every job needs one
	Grace  time.Duration `yaml:"grace" json:"grace,omitempty"`   // how much later is no fault; 0: see Within
}

// The times of a job.
const (
	MinPeriod = time.Minute
	MaxPeriod = 400 * 24 * time.Hour
	minGrace  = 5 * time.Minute // when nobody says
)

// Within is how much later than the period a call may come: a tenth of it, but
// five minutes at least, when nobody says.
func (j Job) Within() time.Duration {
	if j.Grace != 0 {
		return j.Grace
	}
	return max(minGrace, j.Period/10)
}

// Validate says what is wrong with the times of a job.
func (j Job) Validate(r *strictyaml.Report) {
	within := func(field string, d time.Duration) {
		if d < MinPeriod || d > MaxPeriod {
			r.Bad(field, d, fmt.Sprintf("choose a time from %s to %s", strictyaml.Duration(MinPeriod), strictyaml.Duration(MaxPeriod)))
		}
	}
	if j.Period == 0 {
		r.Missing("period", "say how often the job runs, for example 24h")
	} else {
		within("period", j.Period)
	}
	if j.Grace != 0 {
		within("grace", j.Grace)
	}
}

// problems are those of Validate, with codes.
func (j Job) problems() Problems {
	found := collect(j.Validate, func(string, strictyaml.Problem) (string, []any) {
		return CodeInterval, []any{"Low", MinPeriod, "High", MaxPeriod}
	})
	for i := range found {
		found[i].Field = "job." + found[i].Field
	}
	return found
}
