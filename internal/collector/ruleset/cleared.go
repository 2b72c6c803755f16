package ruleset

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// FreshFor is how old the newest sample behind an alert may be for the alert's
// absence to count as evidence. It leaves whoever is looked at every five minutes,
// as printers are, the time that a look may take.
const FreshFor = 7 * time.Minute

const (
	// askedFor is how long the evidence for a rule is gathered at each
	// evaluation after somebody asked for it.
	askedFor = 10 * time.Minute
	// maxFresh bounds the fresh series that are remembered of one selector.
	// What is beyond it is never evidence.
	maxFresh = 50_000
	// maxDepth bounds rules on rules on rules (ALERTS).
	maxDepth = 4
)

// rule is an alerting rule and the evidence that its last evaluation left.
type rule struct {
	*rules.AlertingRule
	need      need
	selectors []selector
	own       map[string]bool // labels that the rule itself gives

	first []*table // what was fresh just before the evaluation; nil: not looked

	// Guarded by Set.mu:
	asked    time.Time // when Cleared was last asked about it
	evidence *evidence // of the last evaluation; nil: none
}

// evidence is what one evaluation of a rule leaves for Cleared.
type evidence struct {
	at     time.Time // the moment that was evaluated
	active *table    // labels of the active alerts
	fresh  []*table  // of each selector; nil: it was not looked
}

func newRule(ar *rules.AlertingRule) *rule {
	r := &rule{AlertingRule: ar, own: map[string]bool{labels.AlertName: true, "severity": true}}
	r.need, r.selectors = compile(ar.Query())
	ar.Labels().Range(func(l labels.Label) { r.own[l.Name] = true })
	return r
}

// before looks at the data just before an evaluation. Only data that are there
// both before and after it were there for it.
func (r *rule) before(ctx context.Context, s *Set, at time.Time) {
	s.mu.Lock()
	wanted := !r.asked.IsZero() && s.now.Sub(r.asked).Abs() <= askedFor
	s.mu.Unlock()
	r.first = nil
	if wanted || r.ActiveAlertsCount() > 0 {
		r.first = r.look(ctx, s, at)
	}
}

// after leaves the evidence of an evaluation.
func (r *rule) after(ctx context.Context, s *Set, at time.Time) {
	var ev *evidence
	if r.Health() == rules.HealthGood && r.LastError() == nil {
		ev = &evidence{at: at, active: &table{}}
		for _, a := range r.ActiveAlerts() {
			ev.active.rows = append(ev.active.rows, r.strip(a.Labels))
		}
		if r.first != nil {
			ev.fresh = r.look(ctx, s, at)
			for i := range ev.fresh {
				ev.fresh[i].retain(r.first[i])
			}
		}
	}
	r.first = nil
	s.mu.Lock()
	r.evidence = ev
	s.mu.Unlock()
}

// look reads which series of each selector have a fresh sample; nil on an
// error.
func (r *rule) look(ctx context.Context, s *Set, at time.Time) []*table {
	out := make([]*table, len(r.selectors))
	for i, sel := range r.selectors {
		t, err := readFresh(ctx, s.opts.DB.Queryable(), sel, at)
		if err != nil {
			s.log.Debug("evidence cannot be read", "rule", r.Name(), "err", err)
			return nil
		}
		out[i] = t
	}
	return out
}

// readFresh lists the series whose newest sample at the moment (or, with an
// offset, before it) is not a stale marker and not older than FreshFor.
func readFresh(ctx context.Context, from storage.Queryable, sel selector, at time.Time) (*table, error) {
	end := at.Add(-sel.offset).UnixMilli()
	if sel.at != nil {
		end = *sel.at - sel.offset.Milliseconds()
	}
	start := end - FreshFor.Milliseconds()
	q, err := from.Querier(start, end)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	set := q.Select(ctx, false, &storage.SelectHints{Start: start, End: end}, sel.matchers...)
	t := &table{}
	var it chunkenc.Iterator
	for set.Next() && len(t.rows) < maxFresh {
		series := set.At()
		it = series.Iterator(it)
		live := false
		for vt := it.Next(); vt != chunkenc.ValNone; vt = it.Next() {
			switch vt {
			case chunkenc.ValFloat:
				_, v := it.At()
				live = !value.IsStaleNaN(v)
			default:
				live = true
			}
		}
		if it.Err() == nil && live {
			t.rows = append(t.rows, series.Labels())
		}
	}
	return t, set.Err()
}

// strip leaves the labels of an alert that come from the data.
func (r *rule) strip(ls labels.Labels) labels.Labels {
	b := labels.NewScratchBuilder(ls.Len())
	ls.Range(func(l labels.Label) {
		if !r.own[l.Name] {
			b.Add(l.Name, l.Value)
		}
	})
	return b.Labels()
}

// Cleared answers whether there is evidence that the alert with this name and
// these labels is over: every rule of the name was evaluated well a moment
// ago, none of them has an alert with these labels (whatever its severity and
// the other labels that the rule itself gives), and the data behind it are
// fresh. It is false for a rule that is gone, for data that stopped, and until
// the next evaluation when the rule had no alert and nobody asked before.
func (s *Set) Cleared(_ context.Context, rule string, alert map[string]string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := labels.MustNewMatcher(labels.MatchEqual, labels.AlertName, rule)
	return s.cleared([]*labels.Matcher{name}, labels.FromMap(alert), true, "", 0)
}

// cleared is Cleared for all rules whose name matches; s.mu is held. asking is the
// name of the rule whose expression asks about ALERTS: its own were evaluated a
// moment ago, or nobody would ask.
func (s *Set) cleared(name []*labels.Matcher, alert labels.Labels, gone bool, asking string, depth int) bool {
	found, ok := false, depth < maxDepth
	for _, g := range s.groups {
		for _, r := range g.rules {
			if !matches(name, r.Name()) {
				continue
			}
			found = true
			if r.Name() == asking {
				ok = ok && len(r.selectors) > 0 // on nothing but itself there is no ground
				continue
			}
			r.asked = s.now
			if ok {
				// No short way out: every rule must learn that it was asked.
				ok = s.ruleCleared(g, r, alert, gone, depth)
			}
		}
	}
	return found && ok
}

func (s *Set) ruleCleared(g *group, r *rule, alert labels.Labels, gone bool, depth int) bool {
	ev := r.evidence
	if ev == nil || ev.fresh == nil || s.now.Sub(ev.at.Add(g.QueryOffset())).Abs() > 3*g.Interval() {
		return false
	}
	alert = r.strip(alert)
	if gone && ev.active.has(alert) {
		return false
	}
	return r.need.met(world{s, ev, r.Name(), depth}, alert)
}

// world is the facts as of one evaluation.
type world struct {
	set   *Set
	ev    *evidence
	rule  string // whose expression asks
	depth int
}

func (w world) fresh(i int, with labels.Labels) bool { return w.ev.fresh[i].has(with) }

func (w world) cleared(name []*labels.Matcher, with labels.Labels) bool {
	// Whether those alerts are active is for the expression to say.
	return w.set.cleared(name, with, false, w.rule, w.depth+1)
}

func matches(ms []*labels.Matcher, name string) bool {
	return !slices.ContainsFunc(ms, func(m *labels.Matcher) bool { return !m.Matches(name) })
}

// table is a list of label sets that can be searched for one that is
// compatible with given labels. Its indexes are made when they are first
// needed, so that asking for 500 alerts costs little more than asking for one.
type table struct {
	rows    []labels.Labels
	indexes map[string]*index
}

// index finds rows by the value of one label.
type index struct {
	by   map[string][]int
	none []int // rows without the label
}

// has reports whether a row has no other value for any of the labels.
func (t *table) has(ls labels.Labels) bool {
	if ls.IsEmpty() {
		return len(t.rows) > 0
	}
	// Look only at the rows that the most telling label leaves.
	var best, none []int
	least := -1
	ls.Range(func(l labels.Label) {
		ix := t.index(l.Name)
		if n := len(ix.by[l.Value]) + len(ix.none); least < 0 || n < least {
			least, best, none = n, ix.by[l.Value], ix.none
		}
	})
	fits := func(i int) bool { return compatible(t.rows[i], ls) }
	return slices.ContainsFunc(best, fits) || slices.ContainsFunc(none, fits)
}

func (t *table) index(name string) *index {
	ix := t.indexes[name]
	if ix == nil {
		ix = &index{by: map[string][]int{}}
		for i, row := range t.rows {
			if v := row.Get(name); v != "" {
				ix.by[v] = append(ix.by[v], i)
			} else {
				ix.none = append(ix.none, i)
			}
		}
		if t.indexes == nil {
			t.indexes = map[string]*index{}
		}
		t.indexes[name] = ix
	}
	return ix
}

// retain drops the rows that the other table lacks.
func (t *table) retain(other *table) {
	there := make(map[uint64]bool, len(other.rows))
	for _, row := range other.rows {
		there[row.Hash()] = true
	}
	t.rows = slices.DeleteFunc(t.rows, func(row labels.Labels) bool { return !there[row.Hash()] })
}

// compatible reports whether no label that both have has different values.
func compatible(a, b labels.Labels) bool {
	ok := true
	b.Range(func(l labels.Label) {
		if v := a.Get(l.Name); v != "" && v != l.Value {
			ok = false
		}
	})
	return ok
}
