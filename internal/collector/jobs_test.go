package collector

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jobs"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// calling is a collector with a job, whose calls come over real HTTP.
type calling struct {
	*Collector
	t   *testing.T
	url string
	id  string
}

func newCalling(t *testing.T) *calling {
	t.Helper()
	w := newTwoSides(t)
	s := httptest.NewServer(w.c.server)
	t.Cleanup(s.Close)
	ctx := access.WithIdentity(t.Context(), access.Local("test"))
	id, err := checkActions{w.c}.AddCheck(ctx, settings.Check{ID: "backup", Name: "Backup of the register", Job: settings.Job{Period: 24 * time.Hour}, Spec: probe.Spec{Target: probe.TargetJob}}, "")
	if err != nil {
		t.Fatal(err)
	}
	return &calling{Collector: w.c, t: t, url: s.URL, id: id}
}

// address is what the page of the job shows to an operator.
func (b *calling) address() string {
	b.t.Helper()
	page, err := checksView{b.Collector}.Check(access.WithIdentity(b.t.Context(), access.Local("test")), b.id, "day")
	if err != nil {
		b.t.Fatal(err)
	}
	if page.Job == nil || page.Job.Path == "" {
		b.t.Fatal("its page shows no address")
	}
	return b.url + page.Job.Path
}

func (b *calling) call(method, address, body string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// look is the newest result of the job.
func (b *calling) look() look.Result {
	b.t.Helper()
	check, ok := b.config.Check(b.id)
	if !ok {
		b.t.Fatal("there is no such check")
	}
	return b.jobs.look(check)(b.t.Context())
}

func TestAJobCalls(t *testing.T) {
	b := newCalling(t)
	if r := b.look(); r.Outcome != look.Unknown || r.Problem.Code != codeJobWaiting {
		t.Fatalf("before its first call it is %s, %+v", r.Outcome, r.Problem)
	}
	address := b.address()
	for _, c := range []struct {
		method, word, body string
		want               int
		outcome            look.Outcome
		code               string
	}{
		{http.MethodPost, "/start", "", 200, look.Unknown, codeJobWaiting},
		{http.MethodGet, "", "", 200, look.OK, ""},
		{http.MethodPost, "/3", "disk full\r\n\x1b[31mno copy", 200, look.Failed, codeJobExit},
		{http.MethodPost, "/fail", "", 200, look.Failed, codeJobFailed},
		{http.MethodHead, "/0", "", 200, look.OK, ""},
		{http.MethodPost, "/well", "", 400, look.OK, ""},
	} {
		if code, text := b.call(c.method, address+c.word, c.body); code != c.want {
			t.Errorf("%s %s is answered %d %s", c.method, c.word, code, text)
		}
		r := b.look()
		if code := ""; r.Problem != nil {
			code = r.Problem.Code
			if code != c.code {
				t.Errorf("after %s %s: %s", c.method, c.word, code)
			}
		} else if c.code != "" {
			t.Errorf("after %s %s nothing is wrong", c.method, c.word)
		}
		if r.Outcome != c.outcome {
			t.Errorf("after %s %s it is %s", c.method, c.word, r.Outcome)
		}
	}
	calls, err := b.store.Calls(b.id)
	if err != nil {
		t.Fatal(err)
	}
	if len(calls) != 5 || calls[2].Body != "disk full\n[31mno copy" || calls[2].Exit == nil || *calls[2].Exit != 3 || calls[3].Took <= 0 || calls[2].From != "127.0.0.1" {
		t.Errorf("kept is %+v", calls)
	}
	names := map[string]bool{}
	for _, s := range b.look().Samples {
		names[s.Name] = true
	}
	for _, want := range []string{metric.ProbeSuccess, metric.JobLastCall, metric.JobLastSuccess, metric.JobDuration} {
		if !names[want] {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestTheAddressOfAJobIsASecret(t *testing.T) {
	b := newCalling(t)
	old := b.address()
	if code, text := b.call(http.MethodGet, b.url+jobPath+"guessed", ""); code != http.StatusNotFound || strings.Contains(text, "backup") {
		t.Errorf("a stranger is answered %d %s", code, text)
	}
	// A viewer sees that it ran, and neither the address nor what it said.
	if code, _ := b.call(http.MethodPost, old, "the password is x"); code != http.StatusOK {
		t.Fatal(code)
	}
	viewer := access.WithIdentity(t.Context(), access.Identity{Kind: access.KindUser, Name: "viewer", Role: access.Viewer})
	page, err := checksView{b.Collector}.Check(viewer, b.id, "day")
	if err != nil {
		t.Fatal(err)
	}
	if page.Job.Path != "" || len(page.Job.Calls) != 1 || page.Job.Calls[0].Body != "" || page.Job.Calls[0].From != "" {
		t.Errorf("a viewer is shown %+v", page.Job)
	}
	if err := (jobsView{b.Collector}).RenewJob(access.WithIdentity(t.Context(), access.Local("test")), b.id); err != nil {
		t.Fatal(err)
	}
	if code, _ := b.call(http.MethodGet, old, ""); code != http.StatusNotFound {
		t.Errorf("the old address is answered %d", code)
	}
	if renewed := b.address(); renewed == old {
		t.Error("the address is the same")
	} else if code, _ := b.call(http.MethodGet, renewed, ""); code != http.StatusOK {
		t.Errorf("the new address is answered %d", code)
	}
	if got := hidesJob(strings.TrimPrefix(old, b.url)); got != "/job/***" {
		t.Errorf("logs would have %s", got)
	}
	if text := b.settings.Current().Checks; len(text) > 0 && strings.Contains(old, text[0].Target) && text[0].Target != probe.TargetJob {
		t.Error("the secret is in the settings")
	}
}

// What a job called is on the disk when it is answered, and a job that is gone
// for good takes its calls along.
func TestCallsSurviveAndGo(t *testing.T) {
	b := newCalling(t)
	address := b.address()
	for range jobs.MaxCalls / 2 {
		b.call(http.MethodGet, address, "")
	}
	states, err := b.store.Jobs()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, s := range states {
		found = found || s.ID == b.id && s.Calls == jobs.MaxCalls/2 && !s.LastWell.IsZero()
	}
	if !found {
		t.Errorf("stored is %+v", states)
	}
	if err := b.store.PutJobs(nil, []string{b.id}); err != nil {
		t.Fatal(err)
	}
	if calls, err := b.store.Calls(b.id); err != nil || len(calls) != 0 {
		t.Errorf("left are %d calls, %v", len(calls), err)
	}
}

func TestAJobOverfullOfCallsIsRefusedAndKeepsTheNewest(t *testing.T) {
	b := newCalling(t)
	address := b.address()
	refused := 0
	for range jobs.MaxOfJob + 5 {
		if code, _ := b.call(http.MethodGet, address, ""); code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d were refused", refused)
	}
	s := jobs.State{ID: b.id, Calls: 1000}
	for i := range jobs.MaxCalls + 10 {
		var c jobs.Call
		s, c = s.Take(jobs.Call{At: time.Unix(int64(i), 0), Kind: jobs.Well})
		if err := b.store.PutCall(s, c); err != nil {
			t.Fatal(err)
		}
	}
	calls, err := b.store.Calls(b.id)
	if err != nil || len(calls) != jobs.MaxCalls || calls[0].At.Unix() != jobs.MaxCalls+9 {
		t.Errorf("%d are kept, %v", len(calls), err)
	}
}

func TestJobCodesHaveTextsInBothLanguages(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range jobCodes() {
		for _, lang := range i18n.Languages() {
			if !c.Has(lang, "problem."+code) {
				t.Errorf("%s: problem.%s is missing", lang, code)
			}
		}
	}
}
