package ingest

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/model"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
)

const (
	// day is how long a series counts after it was written last. A sender whose
	// series are all older is forgotten.
	day = 24 * time.Hour
	// sweepEvery is how often old series are looked for.
	sweepEvery = time.Hour
	// hastyEvery is how often they are in a sender that has no room left.
	hastyEvery = time.Minute
)

// senders remembers the series of everybody who writes through one door. It is
// bounded by the senders that were admitted within a day, and each of them by
// limit. What is forgotten at a start of the collector is learned again.
type senders struct {
	limit int // series of one sender
	total atomic.Int64

	mu    sync.Mutex
	all   map[string]*sender // by Right.ID
	swept time.Time
}

func newSenders(limit int) *senders { return &senders{limit: limit, all: map[string]*sender{}} }

func (s *senders) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// sender is the memory of one agent or token. One request uses it at a time.
type sender struct {
	from *senders

	mu       sync.Mutex
	identity []look.Label
	series   map[string]*known // by key
	swept    time.Time
	key      []byte
}

// known is one series that a sender has written.
type known struct {
	*metricdb.Stamped
	device string // that the sender says it is about; a pusher's only
	ours   bool   // whether the device was of the site when the series was stamped
	check  string // that it is about; an agent's only
	site   string // of the check when the series was stamped
	used   int64  // Unix time in seconds
}

// enter returns the sender, for this request alone until leave. When what is to
// be stamped is not what it was (the agent has another device now), none of its
// series is known any more.
func (s *senders) enter(id string, identity []look.Label, now time.Time) *sender {
	s.mu.Lock()
	s.sweep(now)
	who := s.all[id]
	if who == nil {
		who = &sender{from: s, series: map[string]*known{}, swept: now}
		s.all[id] = who
	}
	s.mu.Unlock()
	who.mu.Lock()
	if !slices.Equal(who.identity, identity) {
		s.total.Add(-int64(len(who.series)))
		clear(who.series)
		who.identity = identity
	}
	return who
}

func (w *sender) leave() { w.mu.Unlock() }

// sweep forgets what is old. Senders that are writing are left for next time.
func (s *senders) sweep(now time.Time) {
	if now.Sub(s.swept) < sweepEvery && !now.Before(s.swept) {
		return
	}
	s.swept = now
	for id, who := range s.all {
		if !who.mu.TryLock() {
			continue
		}
		who.sweep(now)
		if len(who.series) == 0 {
			delete(s.all, id)
		}
		who.mu.Unlock()
	}
}

func (w *sender) sweep(now time.Time) {
	w.swept = now
	oldest := now.Add(-day).Unix()
	for key, k := range w.series {
		if k.used < oldest {
			delete(w.series, key)
			w.from.total.Add(-1)
		}
	}
}

// holds reports whether what was stamped on a series is still right.
func (k *known) holds(t *taking) bool {
	if k.check != "" {
		site, assigned := t.check(k.check)
		return assigned && site == k.site
	}
	return k.device == "" || t.allowed(k.device) == k.ours
}

// find returns the series that a request speaks of. It is compared in full
// with those that are known: names and values of labels with their lengths, in
// the order in which they were sent.
func (w *sender) find(s *series, t *taking) (*known, metricdb.Reason) {
	now := t.now
	switch {
	case s.broken:
		return nil, reasonInvalidLabel
	case s.tooMany:
		return nil, reasonTooLong
	}
	w.key = w.key[:0]
	for _, b := range s.labels {
		w.key = binary.AppendUvarint(w.key, uint64(len(b)))
		w.key = append(w.key, b...)
	}
	k := w.series[string(w.key)]
	if k != nil && k.holds(t) {
		k.used = now.Unix()
		return k, ""
	}
	made, reason := w.stamp(s.labels, t)
	if reason != "" {
		return nil, reason
	}
	if k == nil {
		if len(w.series) >= w.from.limit && (now.Sub(w.swept) >= hastyEvery || now.Before(w.swept)) {
			w.sweep(now)
		}
		if len(w.series) >= w.from.limit {
			return nil, reasonSeriesLimit
		}
		w.from.total.Add(1)
	}
	made.used = now.Unix()
	w.series[string(w.key)] = made
	return made, ""
}

// stamp makes a series that is not known yet.
func (w *sender) stamp(pairs [][]byte, t *taking) (*known, metricdb.Reason) {
	var name []byte
	named := false
	own := make([]look.Label, 0, len(pairs)/2)
	k := &known{}
	for i := 0; i+1 < len(pairs); i += 2 {
		label := look.Label{Name: string(pairs[i]), Value: string(pairs[i+1])}
		switch label.Name {
		case model.MetricNameLabel:
			if named {
				return nil, reasonInvalidLabel // two names: which one would be judged?
			}
			name, named = pairs[i+1], true
			continue
		case labelDevice:
			k.device = label.Value
		case labelCheck:
			k.check = label.Value
		}
		own = append(own, label)
	}
	if len(name) == 0 {
		return nil, reasonInvalidName
	}
	identity := w.identity
	switch {
	case t.door.ofChecks[string(name)]:
		var assigned bool
		if k.site, assigned = t.check(k.check); !assigned {
			return nil, reasonNotAssigned
		}
		identity, k.device = t.right.identityOf(k.check, k.site), ""
		own = slices.DeleteFunc(own, func(l look.Label) bool { return l.Name == labelCheck })
	default:
		k.check = ""
		if reason := t.judge(name); reason != "" {
			return nil, reason
		}
	}
	if k.device != "" {
		if k.ours = t.allowed(k.device); !k.ours {
			// Withheld: it becomes exported_device.
			identity = append(slices.Clone(identity), look.Label{Name: labelDevice})
		}
	}
	made, reason := metricdb.Stamp(string(name), own, identity)
	if reason != "" {
		return nil, reason
	}
	k.Stamped = made
	return k, ""
}
