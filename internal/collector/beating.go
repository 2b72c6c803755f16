package collector

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/heartbeat"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// From when on the collector is not able to tell of faults any more.
const (
	stepsStuck  = 2 * time.Minute  // since a step of the incident machine was stored
	outboxStuck = 30 * time.Minute // that the oldest message has waited

	// freshStart is how long what waited over a time without a collector has for
	// going out.
	freshStart = 5 * time.Minute
)

// ableToTell says whether people would be told of a fault now: what the rules
// say is being stored, and what is owed goes out.
func (c *Collector) ableToTell() heartbeat.Trouble {
	now := c.now()
	last := c.started
	if stepped := c.alerting.stepped.Load(); stepped != nil {
		last = *stepped
	}
	switch {
	case now.Sub(last) > max(stepsStuck, 4*c.alerting.interval):
		return heartbeat.NotStored
	case now.Sub(c.started) > freshStart && c.outbox.Oldest(now) > outboxStuck:
		return heartbeat.NotTold
	default:
		return heartbeat.None
	}
}

// heartbeatHealth is how the heartbeat fares.
func (c *Collector) heartbeatHealth() web.HeartbeatHealth {
	config := c.Config().Heartbeat
	if !config.Enabled() {
		return web.HeartbeatHealth{}
	}
	s := c.heart.Status()
	return web.HeartbeatHealth{
		Server: heartbeat.Shown(config.URL), FailServer: heartbeat.Shown(config.FailURL), Interval: config.Every(),
		Last: s.Last, Good: s.Good, Failures: s.Failures, Problem: s.Problem, Withheld: string(s.Trouble),
	}
}

// heartbeatView shows and changes whom the collector tells that it is alive.
type heartbeatView struct{ c *Collector }

var (
	_ web.HeartbeatView    = heartbeatView{}
	_ web.HeartbeatActions = heartbeatView{}
)

// Heartbeat implements web.HeartbeatView.
func (v heartbeatView) Heartbeat(context.Context) (web.HeartbeatPage, error) {
	config := v.c.Config()
	page := web.HeartbeatPage{File: config.File(), InFile: config.Declared("heartbeat"), HeartbeatHealth: v.c.heartbeatHealth(), Method: config.Heartbeat.Method}
	for _, l := range config.leftOut {
		if l.Kind == leftOutHeartbeat {
			page.Wrong = l.Problems
		}
	}
	return page, nil
}

// SetHeartbeat implements web.HeartbeatActions.
func (v heartbeatView) SetHeartbeat(ctx context.Context, e *web.HeartbeatEdit) error {
	if err := settingsActions(v).refused("heartbeat"); err != nil {
		return err
	}
	return v.c.change(ctx, "settings.change", "heartbeat", func(s *settings.Settings) error {
		if e == nil {
			return s.SetHeartbeat(nil, false)
		}
		return s.SetHeartbeat(&heartbeat.Config{URL: e.URL, FailURL: e.FailURL, Interval: e.Interval, Method: e.Method}, e.DropFail)
	})
}

// TryHeartbeat implements web.HeartbeatActions.
func (v heartbeatView) TryHeartbeat(ctx context.Context) error {
	v.c.heart.Beat(ctx)
	v.c.record(ctx, access.Entry{Actor: actor(ctx), Action: "heartbeat.try", Object: heartbeat.Shown(v.c.Config().Heartbeat.URL)})
	return nil
}
