package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/jobs"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// withJob makes the watch's check a job.
func withJob(w *watch, path string) {
	three := int64(3)
	state := jobs.State{ID: "svetaine"}.Await(true, now.Add(-100*time.Hour))
	began, ended := jobs.Call{At: now.Add(-3 * time.Hour), Kind: jobs.Started}, jobs.Call{At: now.Add(-2 * time.Hour), Kind: jobs.Failed, Exit: &three, From: "10.0.0.5", Body: "diskas pilnas\n" + hostile, Cut: true}
	state, _ = state.Take(jobs.Call{At: now.Add(-26 * time.Hour), Kind: jobs.Well})
	state, _ = state.Take(began)
	state, ended = state.Take(ended)
	if path == "" {
		ended.Body, ended.From = "", ""
	}
	w.one.Job = &web.JobPage{
		Period: 24 * time.Hour, Grace: 2 * time.Hour, State: state, Verdict: state.At(now, jobs.Terms{Period: 24 * time.Hour, Grace: 2 * time.Hour}, now.Add(-1000*time.Hour)),
		Path: path, Calls: []jobs.Call{ended, began},
	}
	w.one.Spec = settings.Check{ID: "svetaine", Name: "Atsarginė kopija", Job: settings.Job{Period: 24 * time.Hour}, Spec: probe.Spec{Target: probe.TargetJob}}
	w.one.Result = &look.Result{Target: probe.TargetJob, Kind: probe.KindJob, Time: now, Outcome: look.Failed, Problem: &look.Problem{Code: "job_exit", Args: map[string]string{"at": "2026-09-01 09:30", "code": "3"}}}
}

func TestPagesOfAJob(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, tc := range map[string]struct {
			target, path string
			role         access.Role
		}{
			"job":        {"/checks/svetaine", "/job/SECRET", access.Operator},
			"job-viewer": {"/checks/svetaine", "", access.Viewer},
			"job-new":    {"/checks/_new?kind=job", "", access.Operator},
		} {
			w := newWatch()
			withJob(w, tc.path)
			c := newConsole(t, withWatch(w))
			page := text(t, c.ask(tc.target, c.session(tc.role, lang), nil))
			golden(t, name+"."+string(lang), page)
			harmless(t, page)
		}
	}
}

func TestTheFormMakesAJob(t *testing.T) {
	w := newWatch()
	c := newConsole(t, withWatch(w))
	session := c.session(access.Operator, i18n.English)
	r := c.ask("/checks/_new", session, filled("kind", "job", "target", "", "job.period", "86400", "job.grace", ""))
	if r.StatusCode != http.StatusSeeOther || w.taken.Target != probe.TargetJob || w.taken.Job != (settings.Job{Period: 24 * time.Hour}) {
		t.Errorf("%d, %+v", r.StatusCode, w.taken)
	}
	if r := c.ask("/checks/_new", session, filled("kind", "job", "job.period", "never")); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a period that is none is answered %d", r.StatusCode)
	}
	r = c.ask("/checks/svetaine/job/address", session, map[string][]string{})
	if r.StatusCode != http.StatusSeeOther || !strings.Contains(r.Header.Get("Location"), "did=job.renewed") || w.did[len(w.did)-1] != "renew svetaine" {
		t.Errorf("%d %v", r.StatusCode, w.did)
	}
}
