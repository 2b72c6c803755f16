package jsonapi_test

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/jobs"
	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// list is what there is of checks: www is of the file, branch of the site
// branch. Rights and the record are the composition's.
type list struct{ all map[string]jsonapi.Check }

func newList() *list {
	l := &list{all: map[string]jsonapi.Check{}}
	l.all["www"] = jsonapi.Check{
		Check: settings.Check{ID: "www", Name: "Svetainė", Site: "main", Spec: probe.Spec{Target: "https://www.example.lt/", HTTP: probe.HTTPSpec{
			Contains: []string{"x"}, Matches: []string{"y"}, Headers: map[string]string{"X-Key": "***"}, Auth: probe.Auth{Bearer: "***"}, Cookies: map[string]string{"a": "***"},
			IPVersion: "both", HTTPVersion: "2", MaxSize: 1000, ExpectHeaders: []probe.HeaderRule{{Name: "X-A", Forbidden: true}}, JSON: []probe.JSONRule{{Path: "$.n", Above: new(float64)}},
			Steps: []probe.Step{{Name: "x", URL: "/a", Form: map[string]string{"a": "***"}, Capture: map[string]string{"t": "b+"}}},
		}}},
		File: "/etc/budi/collector.yml",
		Newest: &look.Result{
			Time: t0, Outcome: look.Unreachable, Duration: time.Second, Problem: &look.Problem{Code: "refused", Detail: "x"},
			Web: &look.Web{Families: []look.Family{{IP: "6", Outcome: look.Unreachable}}},
		},
	}
	l.all["branch"] = jsonapi.Check{Check: settings.Check{ID: "branch", Site: "branch", Created: t0, Changed: t0, By: "user rasa", Spec: probe.Spec{Target: "dns://ns/x"}}}
	return l
}

func (l *list) Checks(context.Context) ([]jsonapi.Check, error) {
	var out []jsonapi.Check
	for _, c := range l.all {
		if c.Removed.IsZero() {
			out = append(out, c)
		}
	}
	return out, nil
}

func (l *list) Check(_ context.Context, id string) (jsonapi.Check, error) {
	c, ok := l.all[id]
	if !ok || !c.Removed.IsZero() {
		return c, jsonapi.ErrNotFound
	}
	return c, nil
}

// Job is that of the check kopija; of another there is none.
func (l *list) Job(_ context.Context, id string) (jsonapi.Job, error) {
	if id != "kopija" {
		return jsonapi.Job{}, jsonapi.ErrNotFound
	}
	exit := int64(3)
	call := jobs.Call{At: t0, Kind: jobs.Failed, Exit: &exit, Took: 90 * time.Second, From: "192.0.2.1", Body: "nepavyko", Cut: true}
	terms := jobs.Terms{Period: 24 * time.Hour, Grace: time.Hour}
	state := jobs.State{ID: id, Since: t0.Add(-time.Hour), End: call, LastCall: t0, LastWell: t0.Add(-time.Hour), Took: 90 * time.Second, Calls: 7}
	return jsonapi.Job{Site: "main", Path: "/job/SECRET", Terms: terms, State: state, Verdict: state.At(t0, terms, t0), Calls: []jobs.Call{call}}, nil
}

// Aspect is the security of www; its content was not looked at yet.
func (l *list) Aspect(_ context.Context, id, name string) (*look.Result, error) {
	switch {
	case id != "www" || name == "links":
		return nil, jsonapi.ErrNotFound
	case name == "content":
		return nil, nil
	}
	return &look.Result{Target: "https://www.example.lt/", Kind: "http", Time: t0, Outcome: look.OK, Web: &look.Web{Grade: "B"}}, nil
}

func (l *list) PutCheck(_ context.Context, c settings.Check) error {
	if problems := c.Problems(); len(problems) > 0 {
		out := &jsonapi.InvalidError{}
		for _, p := range problems {
			out.Problems = append(out.Problems, jsonapi.FieldProblem{Field: p.Field, Code: p.Code, Detail: p.Code})
		}
		return out
	}
	if l.all[c.ID].File != "" {
		return jsonapi.ErrInFile
	}
	if c.Site == "" {
		c.Site = "main"
	}
	c.Created, c.Changed, c.By = t0, t0, "token script"
	l.all[c.ID] = jsonapi.Check{Check: c}
	return nil
}

func (l *list) change(id string, edit func(*settings.Check)) error {
	c, ok := l.all[id]
	switch {
	case !ok:
		return jsonapi.ErrNotFound
	case c.File != "":
		return jsonapi.ErrInFile
	}
	edit(&c.Check)
	l.all[id] = c
	return nil
}

func (l *list) PauseCheck(_ context.Context, id string, paused bool) error {
	return l.change(id, func(c *settings.Check) { c.Paused = paused })
}

func (l *list) RemoveCheck(_ context.Context, id string) error {
	return l.change(id, func(c *settings.Check) { c.Removed = t0 })
}

func (l *list) RestoreCheck(_ context.Context, id string) error {
	return l.change(id, func(c *settings.Check) { c.Removed = time.Time{} })
}
