package collector

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/jsonapi"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// apiChecks are the checks, with the rights and the record that the console's
// have.
type apiChecks struct{ c *Collector }

var _ jsonapi.Checks = apiChecks{}

// of is a check as the API shows it.
func (a apiChecks) of(config *Config, check settings.Check) jsonapi.Check {
	out := jsonapi.Check{Check: check}
	out.Site, out.Spec = config.siteOf(check), check.Masked()
	if Declares(check) {
		out.File = config.File()
	}
	if r, ok := a.c.looking.board.Get(checkPrefix + check.ID); ok {
		out.Newest = &r
	}
	return out
}

// Checks implements jsonapi.Checks.
func (a apiChecks) Checks(ctx context.Context) ([]jsonapi.Check, error) {
	config := a.c.Config()
	var out []jsonapi.Check
	for _, check := range config.Checks {
		if seesSite(ctx, config.siteOf(check)) {
			out = append(out, a.of(&config, check))
		}
	}
	return out, nil
}

// Check implements jsonapi.Checks.
func (a apiChecks) Check(ctx context.Context, id string) (jsonapi.Check, error) {
	check, err := a.c.seenCheck(ctx, id)
	if err != nil {
		return jsonapi.Check{}, a.told(err)
	}
	config := a.c.Config()
	return a.of(&config, check), nil
}

// Aspect implements jsonapi.Checks.
func (a apiChecks) Aspect(ctx context.Context, id, name string) (*look.Result, error) {
	check, err := a.c.seenCheck(ctx, id)
	if err != nil {
		return nil, a.told(err)
	}
	for _, one := range (aspectsView(a)).of(check) {
		if one.Name == name {
			return one.Result, nil
		}
	}
	return nil, jsonapi.ErrNotFound
}

// Job implements jsonapi.Checks.
func (a apiChecks) Job(ctx context.Context, id string) (jsonapi.Job, error) {
	check, err := a.c.seenCheck(ctx, id)
	if err != nil {
		return jsonapi.Job{}, a.told(err)
	}
	page, err := a.c.jobs.page(ctx, check)
	if err != nil {
		return jsonapi.Job{}, err
	}
	if page == nil {
		return jsonapi.Job{}, jsonapi.ErrNotFound
	}
	config := a.c.Config()
	return jsonapi.Job{Site: config.siteOf(check), Path: page.Path, Terms: terms(check), State: page.State, Verdict: page.Verdict, Calls: page.Calls}, nil
}

// PutCheck implements jsonapi.Checks.
func (a apiChecks) PutCheck(ctx context.Context, check settings.Check) error {
	_, err := a.c.seenCheck(ctx, check.ID)
	if err == nil {
		return a.told(checkActions(a).EditCheck(ctx, check))
	}
	if check.ID == "" { // the console would make one of the name
		return jsonapi.ErrNotFound
	}
	_, err = checkActions(a).AddCheck(ctx, check, "")
	return a.told(err)
}

// PauseCheck implements jsonapi.Checks.
func (a apiChecks) PauseCheck(ctx context.Context, id string, paused bool) error {
	return a.told(checkActions(a).PauseCheck(ctx, id, paused))
}

// RemoveCheck implements jsonapi.Checks.
func (a apiChecks) RemoveCheck(ctx context.Context, id string) error {
	return a.told(checkActions(a).RemoveCheck(ctx, id))
}

// RestoreCheck implements jsonapi.Checks.
func (a apiChecks) RestoreCheck(ctx context.Context, id string) error {
	return a.told(checkActions(a).RestoreCheck(ctx, id))
}

// told translates errors for the API: what cannot be is told in English.
func (a apiChecks) told(err error) error {
	problems := settings.Of(err)
	if len(problems) == 0 {
		return apiError(err)
	}
	if slices.ContainsFunc(problems, func(p settings.Problem) bool { return p.Code == settings.CodeIDInFile || p.Code == settings.CodeInFile }) {
		return errors.Join(jsonapi.ErrInFile, err)
	}
	out := &jsonapi.InvalidError{}
	for _, p := range problems {
		text := strings.TrimSuffix(a.c.catalogue.Text(i18n.English, "settings.invalid."+p.Code, p.Args), ".")
		out.Problems = append(out.Problems, jsonapi.FieldProblem{Field: p.Field, Code: p.Code, Detail: text})
	}
	return out
}
