package uplink

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/agent/link"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// factsAgain is how long unchanged facts are not sent again. That they are sent
// at all heals a collector that lost them.
const factsAgain = 24 * time.Hour

// report tells what is no sample and learns the assignment, when one of the two
// is due.
func (u *Uplink) report(ctx context.Context) error {
	u.mu.Lock()
	due := u.reported || u.asked
	u.mu.Unlock()
	events, err := u.spool.Events(wire.MaxEvents)
	if err != nil {
		return err
	}
	if !due && len(events) == 0 {
		return nil
	}
	facts := u.newFacts()
	for first := true; first || len(events) > 0; first = false {
		if err := u.reportOnce(ctx, facts, events); err != nil {
			return err
		}
		facts = nil
		if events, err = u.spool.Events(wire.MaxEvents); err != nil {
			return err
		}
	}
	return nil
}

// newFacts returns the sets that the collector does not have.
func (u *Uplink) newFacts() []look.FactSet {
	sent := u.spool.FactsSent()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reported = false // what comes from now on is for the next report
	var out []look.FactSet
	for _, kind := range slices.Sorted(maps.Keys(u.facts)) {
		set := u.facts[kind]
		age := u.now().Sub(sent[kind].Time)
		if sent[kind].Hash == hash(set) && age >= 0 && age < factsAgain {
			delete(u.facts, kind)
			continue
		}
		out = append(out, set)
	}
	return out
}

// hash is equal for equal items, whenever they were read.
func hash(set look.FactSet) string {
	b, err := json.Marshal(set.Items) // maps are in the order of their keys
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// reportOnce sends facts and events in one request, or in parts of it when the
// collector does not take it.
func (u *Uplink) reportOnce(ctx context.Context, facts []look.FactSet, events []state.Event) error {
	err := u.sendReport(ctx, facts, events)
	if err != nil && !errors.Is(err, errFinal) {
		u.mu.Lock()
		u.reported = true
		u.mu.Unlock()
		return err
	}
	half := func(n int) int { return (n + 1) / 2 }
	switch {
	case err == nil:
		u.keepFacts(facts)
		return u.spool.SentEvents(eventIDs(events))
	case len(facts) > 0 && len(events) > 0:
		if err := u.reportOnce(ctx, facts, nil); err != nil {
			return err
		}
		return u.reportOnce(ctx, nil, events)
	case len(facts) > 1:
		if err := u.reportOnce(ctx, facts[:half(len(facts))], nil); err != nil {
			return err
		}
		return u.reportOnce(ctx, facts[half(len(facts)):], nil)
	case len(events) > 1:
		if err := u.reportOnce(ctx, nil, events[:half(len(events))]); err != nil {
			return err
		}
		return u.reportOnce(ctx, nil, events[half(len(events)):])
	case len(facts) == 1:
		// It is tried again when it changes, or the next day.
		u.log.Warn("facts were refused", "kind", facts[0].Kind, "err", err)
		u.keepFacts(facts)
		return nil
	case len(events) == 1:
		u.log.Warn("an event was refused", "code", events[0].Code, "err", err)
		return u.spool.SentEvents(eventIDs(events))
	}
	return err
}

func eventIDs(events []state.Event) []uint64 {
	out := make([]uint64, len(events))
	for i, e := range events {
		out[i] = e.ID
	}
	return out
}

// keepFacts remembers that the collector has facts.
func (u *Uplink) keepFacts(facts []look.FactSet) {
	if len(facts) == 0 {
		return
	}
	sent := u.spool.FactsSent()
	if sent == nil {
		sent = map[string]state.FactsSent{}
	}
	u.mu.Lock()
	for _, set := range facts {
		sent[set.Kind] = state.FactsSent{Hash: hash(set), Time: u.now()}
		if now, ok := u.facts[set.Kind]; ok && now.Time.Equal(set.Time) {
			delete(u.facts, set.Kind)
		}
	}
	u.mu.Unlock()
	if err := u.spool.SetFactsSent(sent); err != nil {
		u.log.Debug("it is not kept which facts were sent", "err", err)
	}
}

// sendReport sends one report and takes the assignment of the answer.
func (u *Uplink) sendReport(ctx context.Context, facts []look.FactSet, events []state.Event) error {
	stats := u.spool.Stats()
	u.mu.Lock()
	request := u.about
	request.Checks = u.checks
	u.mu.Unlock()
	request.Facts = facts
	request.Spool = wire.Spool{Samples: stats.Samples, Oldest: stats.Oldest, Dropped: stats.Dropped, Notice: stats.Notice}
	for _, e := range events {
		request.Events = append(request.Events, e.Event)
	}
	plain, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode a report: %w", err)
	}
	answer, err := u.try(func() (link.Answer, error) {
		h, body := u.header(), plain
		h.Set("Content-Type", "application/json")
		if u.zstd() {
			body = compressZstd(plain)
			h.Set("Content-Encoding", wire.Zstd)
		}
		if len(body) > wire.MaxBody || len(plain) > wire.MaxDecompressed {
			return link.Answer{Status: 413, Refusal: wire.Refusal{Code: wire.CodeTooLarge, Error: "it is over the limit"}}, nil
		}
		return u.client.Post(ctx, wire.PathReport, h, body)
	})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := u.heed(answer); err != nil {
		return err
	}
	var reply wire.ReportReply
	if err := json.Unmarshal(answer.Body, &reply); err != nil {
		return fmt.Errorf("report: read the answer: %w", err)
	}
	u.asked = false
	u.assign(reply.Assignment)
	return nil
}

// assign takes an assignment over.
func (u *Uplink) assign(a wire.Assignment) {
	if a.Interval <= 0 || a.PushInterval <= 0 || reflect.DeepEqual(a, u.spool.Assignment()) {
		return // nothing new, or nothing that makes sense
	}
	if err := u.spool.SetAssignment(a); err != nil {
		u.log.Warn("the assignment is not kept over a start", "err", err)
	}
	u.plain = false
	u.log.Info("the collector has another assignment", "version", a.Version, "profile", a.Profile)
	u.onAssignment(a)
}
