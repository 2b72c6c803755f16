package collector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website/content"
)

const (
	contentEvery = 15 * time.Minute
	maxApproved  = 5 // pages that a person approved, and the newest that was silent
)

// contentAspect looks each quarter of an hour whether a page changed as a
// defacement changes it.
func (c *Collector) contentAspect() aspect {
	return aspect{name: web.AspectContent, every: contentEvery, within: content.Timeout, of: func(check settings.Check) (look.Func, bool) {
		if !contentWatched(check) {
			return nil, false
		}
		return c.guarded(check, func(ctx context.Context) look.Result { return c.contents.look(ctx, check) }), true
	}}
}

func contentWatched(check settings.Check) bool {
	return check.Website.Content && check.Kind() == probe.KindHTTP
}

// contentKeeper keeps what was approved of pages. The first look approves a page unless
// it is alarming by itself. Ordinary edits move what is approved along; anything
// else waits until a person approves it, or until it is gone.
type contentKeeper struct {
	c  *Collector
	mu sync.Mutex // held while what is kept of a check is read, judged and written
}

// approvedPage is what is kept of the page of a check.
type approvedPage struct {
	Target   string             `json:"target"`            // of the check then: of another address nothing is known
	Approved []content.Snapshot `json:"approved"`          // the newest first
	Waiting  *content.Snapshot  `json:"waiting,omitempty"` // the page as it is, while it waits to be approved
	Since    time.Time          `json:"since,omitzero"`    // when that was looked at
}

// load reads what is kept; of another address or form it is empty.
func (k *contentKeeper) load(check settings.Check) (approvedPage, error) {
	empty := approvedPage{Target: check.Target}
	text, err := k.c.store.Baseline(check.ID)
	if err != nil || text == nil {
		return empty, err
	}
	var p approvedPage
	if err := json.Unmarshal(text, &p); err != nil || p.Target != check.Target {
		return empty, nil // made anew by this look, as after an update
	}
	p.Approved = slices.DeleteFunc(p.Approved, func(s content.Snapshot) bool { return s.Version != content.Version })
	return p, nil
}

func (k *contentKeeper) save(check string, p approvedPage) error {
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write the approved page of %s: %w", check, err)
	}
	return k.c.store.PutBaseline(check, text)
}

// look looks at a page, and moves along what is approved.
func (k *contentKeeper) look(ctx context.Context, check settings.Check) look.Result {
	client := probe.NewClient(k.c.lookOptions(check))
	defer client.Close()
	r, now := content.Fetch(ctx, client, check.Target, masked(check.Target))
	if now == nil {
		return r
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	p, err := k.load(check)
	if err != nil {
		k.c.log.Error("read what was approved of a page", "check", check.ID, "err", err)
		return look.Result{
			Target: r.Target, Kind: r.Kind, Time: r.Time, Outcome: look.Unknown, Problem: &look.Problem{Code: probe.CodeLocalError, Detail: look.Clip(err.Error(), look.MaxDetail)},
			Samples: []look.Sample{{Name: metric.LookUnknown, Value: 1}},
		}
	}
	verdict := content.Judge(&r, *now, p.Approved)
	next := p
	switch {
	case !verdict.Silent():
		next.Waiting, next.Since = now, r.Time
	case len(p.Approved) == 0:
		next.Approved, next.Waiting = []content.Snapshot{*now}, nil
	default:
		next.Approved, next.Waiting = slices.Concat([]content.Snapshot{*now}, p.Approved[1:]), nil
	}
	if reflect.DeepEqual(next, p) {
		return r // most pages are as they were: nothing is written
	}
	if err := k.save(check.ID, next); err != nil {
		k.c.log.Warn("keep what a page looks like; it is held against the older one", "check", check.ID, "err", err)
	}
	return r
}

// set drops the pages of checks that a configuration does not have, or of which it
// does not watch the content.
func (k *contentKeeper) set(config *Config) {
	all, err := k.c.store.Baselines()
	for _, id := range config.unwatched(all, contentWatched) {
		if err == nil {
			err = k.c.store.PutBaseline(id, nil)
		}
	}
	if err != nil {
		k.c.log.Warn("forget pages that are not watched any more", "err", err)
	}
}

// waiting is when the page of a check that waits for approval was looked at; zero:
// none waits.
func (k *contentKeeper) waiting(check settings.Check) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, err := k.load(check)
	if err != nil || p.Waiting == nil {
		return time.Time{}
	}
	return p.Since
}

// approve approves the page that was looked at then.
func (k *contentKeeper) approve(check settings.Check, seen time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	p, err := k.load(check)
	if err != nil {
		return err
	}
	if p.Waiting == nil || p.Since.UnixMilli() != seen.UnixMilli() {
		return fmt.Errorf("approve the page of check %s of %s: %w", check.ID, seen.Format(time.DateTime), web.ErrLookedAgain)
	}
	p.Approved = append([]content.Snapshot{*p.Waiting}, p.Approved...)
	p.Approved, p.Waiting = p.Approved[:min(len(p.Approved), maxApproved)], nil
	return k.save(check.ID, p)
}

// ApproveContent implements web.AspectsActions.
func (v aspectsView) ApproveContent(ctx context.Context, id string, seen time.Time) error {
	check, err := v.c.seenCheck(ctx, id)
	if err != nil {
		return err
	}
	if !contentWatched(check) {
		return fmt.Errorf("content of check %s: %w", id, web.ErrNotFound)
	}
	if err := v.c.contents.approve(check, seen); err != nil {
		return err
	}
	who, _ := access.FromContext(ctx)
	v.c.record(ctx, access.Entry{Actor: who.Actor(), Action: "check.content_approve", Object: id})
	if _, err = v.LookAtAspect(ctx, id, web.AspectContent); errors.Is(err, web.ErrTooMany) {
		return nil // approved it is; the next look shows it
	}
	return err
}
