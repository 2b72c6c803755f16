package jsonapi

import (
	"context"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// Checks is what is asked about websites and services. Its methods do what the
// context's identity may do, in its name and with an entry in the audit record;
// of a site that it does not see there is nothing. What people entered and
// cannot be is an *InvalidError, what the configuration file declares ErrInFile.
type Checks interface {
	// Checks returns those that are seen, in any order.
	Checks(ctx context.Context) ([]Check, error)

	// Check fails with ErrNotFound.
	Check(ctx context.Context, id string) (Check, error)

	// Job is how the job of a check is, and which calls there were. It fails with
	// ErrNotFound, also for a check that is no job.
	Job(ctx context.Context, id string) (Job, error)

	// Aspect is the newest look at one of the check's aspects, by its name; nil before
	// the first. It fails with ErrNotFound when the check has no such aspect.
	Aspect(ctx context.Context, id, name string) (*look.Result, error)

	// PutCheck adds a check, or changes the one with its ID. An empty site is
	// the collector's own.
	PutCheck(ctx context.Context, c settings.Check) error

	// PauseCheck stops looking, or looks again. It fails with ErrNotFound.
	PauseCheck(ctx context.Context, id string, paused bool) error

	// RemoveCheck fails with ErrNotFound.
	RemoveCheck(ctx context.Context, id string) error

	// RestoreCheck undoes RemoveCheck, for some days. It fails with ErrNotFound.
	RestoreCheck(ctx context.Context, id string) error
}

// Check is a check and how it is.
type Check struct {
	settings.Check              // with its site, and with what is secret in the target masked
	File           string       // that declares it; empty: it was added in the console, or here
	Newest         *look.Result // nil before the first look
}

// newestAnswer is the newest look at a check.
type newestAnswer struct {
	Time            time.Time     `json:"time"`
	Outcome         string        `json:"outcome"`
	DurationSeconds float64       `json:"duration_seconds"`
	Problem         *look.Problem `json:"problem,omitempty"`
}

// checkFields are what people decide about a check.
type checkFields struct {
	Name            string           `json:"name"`
	Site            string           `json:"site"`
	Target          string           `json:"target"`
	IntervalSeconds float64          `json:"interval_seconds"`
	TimeoutSeconds  float64          `json:"timeout_seconds"`
	HTTP            probe.HTTPSpec   `json:"http,omitzero"`
	DNS             probe.DNSSpec    `json:"dns,omitzero"`
	Website         settings.Website `json:"website,omitzero"`
	Job             jobTimes         `json:"job,omitzero"`
	Domain          domain.Terms     `json:"domain,omitzero"`
	Vantages        []string         `json:"vantages,omitempty"`
	Parents         []string         `json:"parents,omitempty"`
	RunsOn          []string         `json:"runs_on,omitempty"`
	DependsOn       []string         `json:"depends_on,omitempty"`
}

// checkAnswer is what others are told of a check.
type checkAnswer struct {
	ID string `json:"id"`
	checkFields
	Paused  bool          `json:"paused"`
	File    string        `json:"file,omitempty"`
	Created time.Time     `json:"created,omitzero"`
	Changed time.Time     `json:"changed,omitzero"`
	By      string        `json:"by,omitempty"`
	Newest  *newestAnswer `json:"newest,omitempty"`
}

// jobTimes says when a job has to call.
type jobTimes struct {
	PeriodSeconds float64 `json:"period_seconds,omitempty"`
	GraceSeconds  float64 `json:"grace_seconds,omitempty"`
}

func checkOf(c Check) checkAnswer {
	out := checkAnswer{
		ID: c.ID,
		checkFields: checkFields{
			Name: c.Title(), Site: c.Site, Target: c.Target, IntervalSeconds: c.Every().Seconds(), TimeoutSeconds: c.Within().Seconds(), HTTP: c.HTTP, DNS: c.DNS,
			Website: c.Website, Job: jobTimes{c.Job.Period.Seconds(), c.Job.Grace.Seconds()}, Domain: c.Domain, Vantages: c.Vantages, Parents: c.Parents, RunsOn: c.RunsOn, DependsOn: c.DependsOn,
		},
		Paused: c.Paused, File: c.File, Created: c.Created, Changed: c.Changed, By: c.By,
	}
	if r := c.Newest; r != nil {
		out.Newest = &newestAnswer{r.Time, string(r.Outcome), r.Duration.Seconds(), r.Problem}
	}
	return out
}

type checksAnswer struct {
	Checks []checkAnswer `json:"checks"`
	more
}

func (s *server) checks(r request) (answer, error) {
	site, words := r.URL.Query().Get("site"), strings.Fields(strings.ToLower(r.URL.Query().Get("text")))
	all, err := s.Checks.Checks(r.Context())
	if err != nil {
		return nil, err
	}
	var chosen []checkAnswer
	for _, c := range all {
		text := strings.ToLower(c.ID + "\n" + c.Name + "\n" + c.Target)
		fits := r.sees(c.Site) && (site == "" || site == c.Site)
		for _, w := range words {
			fits = fits && strings.Contains(text, w)
		}
		if fits {
			chosen = append(chosen, checkOf(c))
		}
	}
	some, next, err := page(r, chosen, func(c checkAnswer) string { return c.ID })
	return checksAnswer{some, next}, err
}

// checkSeen returns a check that who asks may know of.
func (s *server) checkSeen(r request) (Check, error) {
	c, err := s.Checks.Check(r.Context(), r.PathValue("id"))
	if err == nil && !r.sees(c.Site) {
		err = ErrNotFound
	}
	return c, err
}

func (s *server) check(r request) (answer, error) {
	c, err := s.checkSeen(r)
	if err != nil {
		return nil, err
	}
	return checkOf(c), nil
}

// checkLook tells the newest look at a check, or at the aspect of it that is asked for.
func (s *server) checkLook(r request) (answer, error) {
	c, err := s.checkSeen(r)
	newest := c.Newest
	if name := r.URL.Query().Get("aspect"); err == nil && name != "" {
		newest, err = s.Checks.Aspect(r.Context(), c.ID, name)
	}
	if err == nil && newest == nil {
		err = ErrNotFound // it was not looked at yet
	}
	if err != nil {
		return nil, err
	}
	return newest, nil
}

// seconds is a length of time that somebody wrote as a number: rounded, and
// within what a time.Duration holds.
func seconds(n float64) time.Duration {
	return time.Duration(max(-1, min(n, 1e8)) * float64(time.Second)).Round(time.Millisecond)
}

// long is seconds for what may be months.
func long(n float64) time.Duration {
	return time.Duration(max(-1, min(n, 1e9)) * float64(time.Second)).Round(time.Second)
}

func (s *server) putCheck(r request) (answer, error) {
	var body checkFields
	if err := r.body(&body); err != nil {
		return nil, err
	}
	err := s.Checks.PutCheck(r.Context(), settings.Check{
		ID: r.PathValue("id"), Name: body.Name, Site: body.Site, Interval: seconds(body.IntervalSeconds), Website: body.Website, Job: settings.Job{Period: long(body.Job.PeriodSeconds), Grace: long(body.Job.GraceSeconds)}, Domain: body.Domain, Vantages: body.Vantages,
		Parents: body.Parents, RunsOn: body.RunsOn, DependsOn: body.DependsOn,
		Spec: probe.Spec{Target: body.Target, Timeout: seconds(body.TimeoutSeconds), HTTP: body.HTTP, DNS: body.DNS},
	})
	if err != nil {
		return nil, err
	}
	return s.check(r)
}

func (s *server) pauseCheck(r request) (answer, error)  { return s.turnCheck(r, true) }
func (s *server) resumeCheck(r request) (answer, error) { return s.turnCheck(r, false) }

func (s *server) turnCheck(r request, paused bool) (answer, error) {
	if err := s.Checks.PauseCheck(r.Context(), r.PathValue("id"), paused); err != nil {
		return nil, err
	}
	return s.check(r)
}

func (s *server) removeCheck(r request) (answer, error) {
	return nil, s.Checks.RemoveCheck(r.Context(), r.PathValue("id"))
}

func (s *server) restoreCheck(r request) (answer, error) {
	if err := s.Checks.RestoreCheck(r.Context(), r.PathValue("id")); err != nil {
		return nil, err
	}
	return s.check(r)
}
