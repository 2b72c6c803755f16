package ruleset

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// An alert that is gone says only that its expression gives nothing now. That
// is so when the fault is mended, and just as well when the data stopped: a
// PromQL expression over nothing gives nothing. What tells the two apart is
// whether the data that the expression would have needed to hold for this
// alert are there. This file turns an expression into that question.
//
// A selector is answered by a fresh series that could have been part of this
// alert: no label that both have differs. Which labels of the alert say
// something about a series depends on where the selector stands: an
// aggregation leaves only the labels that it groups by, the other side of
// "on (site)" is bound by the site only, label_replace makes up a label.

// need is what must be there for an alert to count as over.
type need interface {
	// met reports whether it is there for an alert with these labels, of which
	// the rule's own are left out already.
	met(f facts, alert labels.Labels) bool
}

// facts is what the world looks like to a need.
type facts interface {
	// fresh reports whether selector i has a fresh series that is compatible
	// with the labels.
	fresh(selector int, with labels.Labels) bool
	// cleared reports whether there are rules whose name matches, and all of
	// them have evaluated well and what they need.
	cleared(name []*labels.Matcher, with labels.Labels) bool
}

// selector is one place in an expression where series are read.
type selector struct {
	matchers []*labels.Matcher
	offset   time.Duration
	at       *int64 // milliseconds; not nil: always this moment (the @ modifier)
}

// compile turns an expression into its need and the selectors that it refers
// to by number.
func compile(expr parser.Expr) (need, []selector) {
	c := &compiler{}
	n := c.expr(expr, everything(), 0)
	return n, c.selectors
}

type (
	always   struct{}
	all      []need
	either   []need
	selected struct {
		index int
		scope scope
	}
	// labelled stands for label_replace with a fixed value: the branch of an
	// "or" that gives this label to its series cannot be the one that an alert
	// with another value came from.
	labelled struct {
		name, value string
		need        need
	}
	// alerting stands for ALERTS: the series that tell which alerts are
	// active. They end when there is none, so that their absence says nothing.
	alerting struct {
		name  []*labels.Matcher
		scope scope
	}
)

func (always) met(facts, labels.Labels) bool { return true }

func (n all) met(f facts, alert labels.Labels) bool {
	return !slices.ContainsFunc(n, func(n need) bool { return !n.met(f, alert) })
}

func (n either) met(f facts, alert labels.Labels) bool {
	return slices.ContainsFunc(n, func(n need) bool { return n.met(f, alert) })
}

func (n selected) met(f facts, alert labels.Labels) bool {
	return f.fresh(n.index, n.scope.narrow(alert))
}

func (n labelled) met(f facts, alert labels.Labels) bool {
	if v := alert.Get(n.name); v != "" && v != n.value {
		return false
	}
	return n.need.met(f, alert)
}

func (n alerting) met(f facts, alert labels.Labels) bool {
	return f.cleared(n.name, n.scope.narrow(alert))
}

// scope says which labels of the alert bind the series at one place of the
// expression.
type scope struct {
	only   map[string]bool // nil: all
	except map[string]bool
}

func everything() scope { return scope{} }
func nothing() scope    { return scope{only: map[string]bool{}} }

// keep narrows the scope to some labels.
func (s scope) keep(names ...string) scope {
	only := map[string]bool{}
	for _, n := range names {
		if s.binds(n) {
			only[n] = true
		}
	}
	return scope{only: only}
}

// drop takes labels out of the scope.
func (s scope) drop(names ...string) scope {
	if len(names) == 0 {
		return s
	}
	except := maps.Clone(s.except)
	if except == nil {
		except = map[string]bool{}
	}
	for _, n := range names {
		except[n] = true
	}
	return scope{only: s.only, except: except}
}

func (s scope) binds(name string) bool {
	return (s.only == nil || s.only[name]) && !s.except[name]
}

func (s scope) narrow(ls labels.Labels) labels.Labels {
	if s.only == nil && len(s.except) == 0 {
		return ls
	}
	b := labels.NewScratchBuilder(ls.Len())
	ls.Range(func(l labels.Label) {
		if s.binds(l.Name) {
			b.Add(l.Name, l.Value)
		}
	})
	return b.Labels()
}

type compiler struct{ selectors []selector }

func (c *compiler) expr(e parser.Expr, s scope, offset time.Duration) need {
	switch e := e.(type) {
	case *parser.VectorSelector:
		return c.selector(e, s, offset)
	case *parser.MatrixSelector:
		return c.expr(e.VectorSelector, s, offset)
	case *parser.SubqueryExpr:
		return c.expr(e.Expr, s, offset+e.OriginalOffset)
	case *parser.ParenExpr:
		return c.expr(e.Expr, s, offset)
	case *parser.UnaryExpr:
		return c.expr(e.Expr, s, offset)
	case *parser.StepInvariantExpr:
		return c.expr(e.Expr, s, offset)
	case *parser.AggregateExpr:
		return c.aggregate(e, s, offset)
	case *parser.Call:
		return c.call(e, s, offset)
	case *parser.BinaryExpr:
		return c.binary(e, s, offset)
	default: // numbers and texts
		return always{}
	}
}

func (c *compiler) selector(e *parser.VectorSelector, s scope, offset time.Duration) need {
	var alertName []*labels.Matcher
	alerts := false
	for _, m := range e.LabelMatchers {
		switch {
		case m.Name == labels.AlertName:
			alertName = append(alertName, m)
		case m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual && (m.Value == "ALERTS" || m.Value == "ALERTS_FOR_STATE"):
			alerts = true
		}
	}
	if alerts {
		return alerting{name: alertName, scope: s.drop("alertstate")}
	}
	sel := selector{matchers: e.LabelMatchers, offset: offset + e.OriginalOffset, at: e.Timestamp}
	for i, other := range c.selectors {
		if sel.equal(other) {
			return selected{i, s}
		}
	}
	c.selectors = append(c.selectors, sel)
	return selected{len(c.selectors) - 1, s}
}

func (s selector) equal(o selector) bool {
	return s.offset == o.offset && s.at == nil && o.at == nil &&
		slices.EqualFunc(s.matchers, o.matchers, func(a, b *labels.Matcher) bool {
			return a.Name == b.Name && a.Type == b.Type && a.Value == b.Value
		})
}

func (c *compiler) aggregate(e *parser.AggregateExpr, s scope, offset time.Duration) need {
	inner := s
	switch e.Op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		// These choose among series and leave their labels.
	case parser.COUNT_VALUES:
		if label, ok := e.Param.(*parser.StringLiteral); ok {
			inner = inner.drop(label.Val)
		}
		fallthrough
	default:
		if e.Without {
			inner = inner.drop(e.Grouping...)
		} else {
			inner = inner.keep(e.Grouping...)
		}
	}
	n := all{c.expr(e.Expr, inner, offset)}
	if e.Param != nil {
		n = append(n, c.expr(e.Param, nothing(), offset))
	}
	return n
}

func (c *compiler) call(e *parser.Call, s scope, offset time.Duration) need {
	switch e.Func.Name {
	case "absent", "absent_over_time":
		// They give nothing when the data are there.
		return always{}
	case "scalar":
		s = nothing()
	case "label_replace", "label_join":
		dst, value, fixed := madeUp(e)
		inner := c.expr(e.Args[0], s.drop(dst), offset)
		if fixed && s.binds(dst) {
			return labelled{dst, value, inner}
		}
		return inner
	case "info":
		// The second argument only adds labels.
		return c.expr(e.Args[0], s, offset)
	}
	var n all
	for _, arg := range e.Args {
		n = append(n, c.expr(arg, s, offset))
	}
	return n
}

// madeUp returns the label that label_replace or label_join makes, and its
// value when that is the same for every series.
func madeUp(e *parser.Call) (label, value string, fixed bool) {
	var texts []string
	for _, arg := range e.Args[1:] {
		if t, ok := arg.(*parser.StringLiteral); ok {
			texts = append(texts, t.Val)
		}
	}
	if len(texts) == 0 {
		return "", "", false
	}
	if e.Func.Name == "label_replace" && len(texts) == 4 && !strings.Contains(texts[1], "$") {
		source, pattern := texts[2], texts[3]
		fixed = (source == "" && pattern == "") || pattern == ".*" || pattern == "(.*)"
	}
	return texts[0], texts[min(1, len(texts)-1)], fixed
}

func (c *compiler) binary(e *parser.BinaryExpr, s scope, offset time.Duration) need {
	left, right := s, s
	if m := e.VectorMatching; m != nil {
		match := func(s scope) scope {
			if m.On {
				return s.keep(m.MatchingLabels...)
			}
			return s.drop(m.MatchingLabels...)
		}
		switch {
		case e.Op.IsSetOperator():
			if e.Op != parser.LOR { // "or" gives the series of either side as they are
				right = match(s)
			}
		case m.Card == parser.CardManyToOne:
			left, right = s.drop(m.Include...), one(s, m)
		case m.Card == parser.CardOneToMany:
			left, right = one(s, m), s.drop(m.Include...)
		default:
			left, right = match(s), match(s)
		}
	}
	switch e.Op {
	case parser.LUNLESS:
		return c.expr(e.LHS, left, offset)
	case parser.LOR:
		return either{c.expr(e.LHS, left, offset), c.expr(e.RHS, right, offset)}
	default:
		return all{c.expr(e.LHS, left, offset), c.expr(e.RHS, right, offset)}
	}
}

// one is the scope of the "one" side of a many-to-one match: what is matched
// on, and what group_left or group_right takes from it.
func one(s scope, m *parser.VectorMatching) scope {
	if m.On {
		return s.keep(append(slices.Clone(m.MatchingLabels), m.Include...)...)
	}
	drop := slices.DeleteFunc(slices.Clone(m.MatchingLabels), func(n string) bool { return slices.Contains(m.Include, n) })
	return s.drop(drop...)
}
