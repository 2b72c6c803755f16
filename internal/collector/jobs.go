package collector

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jobs"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// jobPurpose is what the key of the jobs' addresses is derived for.
const jobPurpose = "addresses of jobs"

// jobPath begins the address that a job calls.
const jobPath = "/job/"

// What is read of a call.
const (
	jobBodyRead = 1 << 20 // bytes; what is more than jobs.MaxBody is read and dropped, so that the caller hears the answer
	jobBodyWait = 30 * time.Second
)

// jobKeeper takes the calls of jobs and says what is to be thought of them. The
// secrets in their addresses are stored nowhere: they follow from the key file,
// the ID of the check and a generation.
type jobKeeper struct {
	c     *Collector
	key   []byte
	count *prometheus.CounterVec

	mu      sync.Mutex
	all     map[string]*job              // by check
	doors   map[[sha256.Size]byte]string // hash of a secret → check that is in use
	limiter jobs.Limiter
}

// job is the state of one, which changes call by call.
type job struct {
	mu    sync.Mutex
	state jobs.State
}

func (j *job) now() jobs.State {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state
}

// openJobs reads what is known of jobs.
func (c *Collector) openJobs(key access.Key) error {
	derived, err := key.Derive(jobPurpose)
	if err != nil {
		return err
	}
	states, err := c.store.Jobs()
	if err != nil {
		return err
	}
	c.jobs = &jobKeeper{c: c, key: derived, all: map[string]*job{}, count: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "budi_job_calls_total", Help: "Calls of jobs, by what became of the call: started, well, failed, refused_job and refused_address (too many), unknown and refused_unknown (an address that is no job's), or not_stored.",
	}, []string{"outcome"})}
	for _, s := range states {
		c.jobs.all[s.ID] = &job{state: s}
	}
	for _, outcome := range []string{string(jobs.Started), string(jobs.Well), string(jobs.Failed), "refused_job", "refused_address", "unknown", "refused_unknown", "not_stored"} {
		c.jobs.count.WithLabelValues(outcome)
	}
	return c.registry.Register(c.jobs.count)
}

// secret is the part of a job's address that nobody guesses: 256 bits.
func (k *jobKeeper) secret(id string, generation int) string {
	h := hmac.New(sha256.New, k.key)
	h.Write([]byte(id + "\x00" + strconv.Itoa(generation)))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// set opens the doors of the jobs of a configuration, and closes those of others.
// What cannot be stored now is stored with the next call.
func (k *jobKeeper) set(config *Config) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known := map[string]bool{}
	for _, check := range config.stored.Checks {
		known[check.ID] = true // one that was removed may come back
	}
	k.doors = map[[sha256.Size]byte]string{}
	now := k.c.now()
	var changed []jobs.State
	await := func(j *job, wait bool) jobs.State {
		j.mu.Lock()
		defer j.mu.Unlock()
		if next := j.state.Await(wait, now); next != j.state {
			j.state = next
			changed = append(changed, next)
		}
		return j.state
	}
	used := map[string]bool{}
	for _, check := range config.Checks {
		known[check.ID] = true
		if check.Kind() != probe.KindJob {
			continue
		}
		used[check.ID] = true
		j := k.all[check.ID]
		if j == nil {
			j = &job{state: jobs.State{ID: check.ID}}
			k.all[check.ID] = j
		}
		state := await(j, !check.Paused)
		k.doors[sha256.Sum256([]byte(k.secret(check.ID, state.Generation)))] = check.ID
	}
	var gone []string
	for id, j := range k.all {
		switch {
		case !known[id]:
			gone = append(gone, id)
			delete(k.all, id)
		case !used[id]:
			await(j, false)
		}
	}
	slices.Sort(gone)
	if len(changed)+len(gone) == 0 {
		return
	}
	if err := k.c.store.PutJobs(changed, gone); err != nil {
		k.c.log.Error("store which jobs are waited for", "err", err)
	}
}

// find returns a job that is in use or was.
func (k *jobKeeper) find(id string) *job {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all[id]
}

// renew gives a job another address. The one that it had opens no more.
func (k *jobKeeper) renew(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	j := k.all[id]
	if j == nil {
		return fmt.Errorf("job %s: %w", id, web.ErrNotFound)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	next := j.state
	next.Generation++
	if err := k.c.store.PutJobs([]jobs.State{next}, nil); err != nil {
		return err
	}
	was := sha256.Sum256([]byte(k.secret(id, j.state.Generation)))
	if k.doors[was] == id {
		delete(k.doors, was)
		k.doors[sha256.Sum256([]byte(k.secret(id, next.Generation)))] = id
	}
	j.state = next
	return nil
}

// ServeHTTP takes a call. It is on the disk before it is answered, so that a
// caller that hears nothing calls again, and one that was answered need not.
func (k *jobKeeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from, now := access.AddressOf(r), k.c.now()
	kind, exit, known := jobs.Parse(r.PathValue("word"))
	// The map is by hashes: how long finding nothing takes says nothing of any
	// secret.
	hash := sha256.Sum256([]byte(r.PathValue("secret")))
	k.mu.Lock()
	id := k.doors[hash]
	j := k.all[id]
	refusal := k.limiter.Take(now, id, access.NetworkOf(from))
	k.mu.Unlock()
	switch {
	case refusal != "":
		k.count.WithLabelValues("refused_" + string(refusal)).Inc()
		w.Header().Set("Retry-After", strconv.Itoa(int(jobs.Within/time.Second)))
		http.Error(w, "too many calls; try again in a minute", http.StatusTooManyRequests)
		return
	case id == "" || j == nil:
		k.count.WithLabelValues("unknown").Inc()
		http.Error(w, "not found", http.StatusNotFound)
		return
	case !known:
		http.Error(w, "write nothing, start, fail or an exit code after the address of the job", http.StatusBadRequest)
		return
	}
	call := jobs.Call{At: now, Kind: kind, Exit: exit}
	if from.IsValid() {
		call.From = from.Unmap().WithZone("").String()
	}
	call.Body, call.Cut = readCall(w, r)
	if err := k.take(j, call); err != nil {
		k.count.WithLabelValues("not_stored").Inc()
		k.c.log.Error("store the call of a job", "check", id, "err", err)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the call could not be stored; call again", http.StatusServiceUnavailable)
		return
	}
	k.count.WithLabelValues(string(kind)).Inc()
	text("OK\n")(w, r)
	k.show(context.WithoutCancel(r.Context()), id)
}

// readCall reads what a call says, as far as it comes: that it called counts,
// whatever becomes of its text.
func readCall(w http.ResponseWriter, r *http.Request) (body string, cut bool) {
	// A server that cannot do this ends the request by its own deadline.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(jobBodyWait))
	some, err := io.ReadAll(io.LimitReader(r.Body, 2*jobs.MaxBody)) // some of it is dropped as unfit to be shown
	body, cut = jobs.Text(some)
	rest, restErr := io.Copy(io.Discard, io.LimitReader(r.Body, jobBodyRead))
	return body, cut || rest > 0 || err != nil || restErr != nil
}

// take stores a call, and what a job is after it.
func (k *jobKeeper) take(j *job, call jobs.Call) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	next, call := j.state.Take(call)
	if err := k.c.store.PutCall(next, call); err != nil {
		return err
	}
	j.state = next
	return nil
}

// show looks at a job at once: it called, so there is something new.
func (k *jobKeeper) show(ctx context.Context, id string) {
	w, ok := (*k.c.looking.plan.Load())[checkPrefix+id]
	if ok && w.check.Kind() == probe.KindJob {
		k.c.looking.take(ctx, checkPrefix+id, w.Look(ctx))
	}
}

// Codes of what is wrong with a job, or keeps us from saying.
const (
	codeJobWaiting = "job_waiting"  // since
	codeJobUnsure  = "job_unsure"   // since
	codeJobNever   = "job_never"    // since
	codeJobLate    = "job_late"     // last, by
	codeJobTooLong = "job_too_long" // began
	codeJobFailed  = "job_failed"   // at
	codeJobExit    = "job_exit"     // at, code
)

// jobCodes lists them.
func jobCodes() []string {
	return []string{codeJobWaiting, codeJobUnsure, codeJobNever, codeJobLate, codeJobTooLong, codeJobFailed, codeJobExit}
}

// terms are those of a check.
func terms(check settings.Check) jobs.Terms {
	return jobs.Terms{Period: check.Job.Period, Grace: check.Job.Within()}
}

// verdict says what is to be thought of the job of a check now.
func (k *jobKeeper) verdict(check settings.Check) (jobs.State, jobs.Verdict) {
	j := k.find(check.ID)
	if j == nil {
		return jobs.State{ID: check.ID}, jobs.Verdict{Standing: jobs.Waiting}
	}
	state := j.now()
	return state, state.At(k.c.now(), terms(check), *k.c.listening.Load())
}

// look makes the look at a job: nothing is asked, its calls are judged.
func (k *jobKeeper) look(check settings.Check) look.Func {
	return func(context.Context) look.Result {
		state, v := k.verdict(check)
		if late := v.Standing == jobs.Late || v.Standing == jobs.TooLong; late && state.Missed.IsZero() {
			k.missed(check.ID, state.Calls)
		}
		r := look.Result{Target: probe.TargetJob, Kind: probe.KindJob, Time: time.Now(), Outcome: look.OK, Facts: []look.Fact{}}
		r.Problem = k.problem(state, v)
		switch v.Standing {
		case jobs.Good:
		case jobs.Waiting, jobs.Unsure:
			r.Outcome = look.Unknown
		default:
			r.Outcome = look.Failed
		}
		add := func(name string, value float64) { r.Samples = append(r.Samples, look.Sample{Name: name, Value: value}) }
		if r.Outcome == look.Unknown {
			add(metric.LookUnknown, 1)
		} else {
			success := 0.0
			if r.Outcome == look.OK {
				success = 1
			}
			add(metric.LookUnknown, 0)
			add(metric.ProbeSuccess, success)
		}
		if !state.LastCall.IsZero() {
			add(metric.JobLastCall, float64(state.LastCall.Unix()))
		}
		if !state.LastWell.IsZero() {
			add(metric.JobLastSuccess, float64(state.LastWell.Unix()))
		}
		if state.Took > 0 {
			add(metric.JobDuration, state.Took.Seconds())
			r.Duration = state.Took
		}
		return r
	}
}

// missed remembers that a job was found late, so that a restart does not make
// that unsure; not when it called meanwhile.
func (k *jobKeeper) missed(id string, calls uint64) {
	j := k.find(id)
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state.Calls != calls || j.state.Since.IsZero() {
		return
	}
	next := j.state
	next.Missed = k.c.now()
	if err := k.c.store.PutJobs([]jobs.State{next}, nil); err != nil {
		k.c.log.Warn("store that a job is late", "check", id, "err", err)
		return
	}
	j.state = next
}

// problem says in a code what is wrong.
func (k *jobKeeper) problem(s jobs.State, v jobs.Verdict) *look.Problem {
	config := k.c.Config()
	at := func(t time.Time) string { return t.In(config.zone()).Format("2006-01-02 15:04") }
	made := func(code string, args ...string) *look.Problem {
		p := &look.Problem{Code: code, Args: map[string]string{}}
		for i := 0; i+1 < len(args); i += 2 {
			p.Args[args[i]] = args[i+1]
		}
		return p
	}
	switch {
	case v.Standing == jobs.Waiting:
		return made(codeJobWaiting, "by", at(v.By))
	case v.Standing == jobs.Unsure:
		return made(codeJobUnsure, "by", at(v.By))
	case v.Standing == jobs.TooLong:
		return made(codeJobTooLong, "began", at(s.Began))
	case v.Standing == jobs.Late && s.End.Kind == "":
		return made(codeJobNever, "by", at(v.By))
	case v.Standing == jobs.Late:
		return made(codeJobLate, "last", at(s.End.At), "by", at(v.By))
	case v.Standing == jobs.Bad && s.End.Exit != nil:
		return made(codeJobExit, "at", at(s.End.At), "code", strconv.FormatInt(*s.End.Exit, 10))
	case v.Standing == jobs.Bad:
		return made(codeJobFailed, "at", at(s.End.At))
	}
	return nil
}

// page gathers what the page of a check shows of its job. The address, which lets
// everybody call in its name, and what it said are for those who may change it.
func (k *jobKeeper) page(ctx context.Context, check settings.Check) (*web.JobPage, error) {
	if check.Kind() != probe.KindJob {
		return nil, nil
	}
	state, v := k.verdict(check)
	out := &web.JobPage{Period: check.Job.Period, Grace: check.Job.Within(), State: state, Verdict: v}
	calls, err := k.c.store.Calls(check.ID)
	if err != nil {
		return nil, err
	}
	out.Calls = calls
	if id, ok := access.FromContext(ctx); ok && id.Role.Allows(access.Operator) {
		out.Path = jobPath + k.secret(check.ID, state.Generation)
		return out, nil
	}
	for i := range out.Calls {
		out.Calls[i].Body, out.Calls[i].From = "", ""
	}
	return out, nil
}

// jobsView shows jobs, and renews their addresses.
type jobsView struct{ c *Collector }

var _ web.JobsActions = jobsView{}

// RenewJob implements web.JobsActions.
func (v jobsView) RenewJob(ctx context.Context, id string) error {
	check, err := v.c.seenCheck(ctx, id)
	if err != nil {
		return err
	}
	if check.Kind() != probe.KindJob {
		return fmt.Errorf("job %s: %w", id, web.ErrNotFound)
	}
	if err := v.c.jobs.renew(id); err != nil {
		return err
	}
	who, _ := access.FromContext(ctx)
	v.c.record(ctx, access.Entry{Actor: who.Actor(), Action: "check.job_address", Object: id})
	return nil
}

// hidesJob keeps the secrets of jobs out of logs.
func hidesJob(path string) string {
	if strings.HasPrefix(path, jobPath) {
		return jobPath + probe.Mask
	}
	return path
}
