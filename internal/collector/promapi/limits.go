package promapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// What a query may ask for. The engine bounds the samples that a query holds
// and how long it runs, but not what it builds beside the samples: a deep
// expression is walked without looking at the clock, a subquery reserves memory
// for each of its steps before it reads anything, and labels may be made longer
// and longer. Each of these can end the program, which a reader must not be
// able to do.
const (
	maxQuery       = 32 << 10  // bytes of one expression or selector
	maxTokens      = 5000      // words, signs and texts of one expression: parsing deep ones costs their square
	maxSelectors   = 100       // match[] of one request
	maxClasses     = 50        // Unicode classes (\p) in one text: compiled, each is thousands of ranges
	maxDepth       = 200       // expressions inside each other
	maxReads       = 200       // selectors of one expression
	maxSteps       = 1_000_000 // steps of one subquery; 400 days by the minute are 576,000
	maxReplacement = 2 << 10   // bytes that label_replace and label_join add, over the whole expression
	maxGrowth      = 20        // how many times longer they may make a label
)

// defaultStep is the step of subqueries that name none.
const defaultStep = time.Minute

// checkForm bounds the texts of a request before anything parses them.
func checkForm(form url.Values) error {
	if len(form["match[]"]) > maxSelectors {
		return fmt.Errorf("there are %d selectors; at most %d are read at once", len(form["match[]"]), maxSelectors)
	}
	for _, field := range []string{"query", "match[]"} {
		for _, text := range form[field] {
			if len(text) > maxQuery {
				return fmt.Errorf("%s has %d bytes; at most %d are read", field, len(text), maxQuery)
			}
			if field == "query" && tokens(text) > maxTokens {
				return fmt.Errorf("the expression has more than %d words and signs", maxTokens)
			}
			if n := strings.Count(text, `\p`) + strings.Count(text, `\P`); n > maxClasses {
				return fmt.Errorf("%s has %d Unicode classes (\\p); at most %d are possible", field, n, maxClasses)
			}
		}
	}
	return nil
}

// tokens counts the words, signs and texts of an expression up to one more than
// are possible.
func tokens(text string) int {
	lexer, n := parser.Lex(text), 0
	for n <= maxTokens {
		var item parser.Item
		lexer.NextItem(&item)
		if item.Typ == parser.EOF || item.Typ == parser.ERROR {
			break
		}
		n++
	}
	return n
}

// limitedParser refuses expressions that cost too much to walk.
type limitedParser struct{ parser.Parser }

// ParseExpr parses an expression within the limits.
func (p limitedParser) ParseExpr(input string) (parser.Expr, error) {
	expr, err := p.Parser.ParseExpr(input)
	if err != nil {
		return nil, err
	}
	return expr, checkExpr(expr, 0)
}

// limitedEngine refuses queries that the engine's own limits do not bound.
type limitedEngine struct {
	*promql.Engine
	parser limitedParser
}

// NewInstantQuery makes a query of one moment.
func (e limitedEngine) NewInstantQuery(ctx context.Context, q storage.Queryable, o promql.QueryOpts, text string, at time.Time) (promql.Query, error) {
	if err := e.check(text, 0); err != nil {
		return nil, err
	}
	return e.Engine.NewInstantQuery(ctx, q, o, text, at)
}

// NewRangeQuery makes a query of a range of time.
func (e limitedEngine) NewRangeQuery(ctx context.Context, q storage.Queryable, o promql.QueryOpts, text string, start, end time.Time, step time.Duration) (promql.Query, error) {
	if err := e.check(text, end.Sub(start)); err != nil {
		return nil, err
	}
	return e.Engine.NewRangeQuery(ctx, q, o, text, start, end, step)
}

func (e limitedEngine) check(text string, span time.Duration) error {
	expr, err := e.parser.Parser.ParseExpr(text)
	if err != nil {
		return err
	}
	return checkExpr(expr, span)
}

// checkExpr checks an expression that is evaluated over a span of time.
func checkExpr(expr parser.Expr, span time.Duration) error {
	var c checker
	return c.walk(expr, span, 1, 1)
}

// checker adds up what the parts of an expression ask for together.
type checker struct {
	reads int
	added int // bytes of text that is put into labels
}

// walk checks a part that is evaluated over span and whose labels are made
// growth times longer by what stands around it.
func (c *checker) walk(node parser.Node, span time.Duration, depth, growth int) error {
	if depth > maxDepth {
		return fmt.Errorf("more than %d expressions stand inside each other", maxDepth)
	}
	switch n := node.(type) {
	case *parser.VectorSelector:
		if c.reads++; c.reads > maxReads {
			return fmt.Errorf("the expression reads more than %d selectors", maxReads)
		}
	case *parser.SubqueryExpr:
		step := n.Step
		if step <= 0 {
			step = defaultStep
		}
		span += n.Range
		if span < 0 || span/step >= maxSteps {
			return fmt.Errorf("a subquery has more than %d steps; give it a longer step or a shorter range", maxSteps)
		}
	case *parser.Call:
		times, added := lengthening(n)
		c.added += added
		if growth *= times; growth > maxGrowth || c.added > maxReplacement {
			return errors.New("label_replace and label_join would make labels too long")
		}
	}
	for child := range parser.ChildrenIter(node) {
		if err := c.walk(child, span, depth+1, growth); err != nil {
			return err
		}
	}
	return nil
}

// lengthening returns how many times longer than what it reads a label can
// become by one call, and how many bytes of the call's own text it gets.
func lengthening(call *parser.Call) (times, added int) {
	text := func(i int) string {
		if i < len(call.Args) {
			if s, ok := unwrap(call.Args[i]).(*parser.StringLiteral); ok {
				return s.Val
			}
		}
		return ""
	}
	switch call.Func.Name {
	case "label_replace": // vector, destination, replacement, source, expression
		return max(1, strings.Count(text(2), "$")), len(text(2))
	case "label_join": // vector, destination, separator, sources …
		sources := max(1, len(call.Args)-3)
		return sources, sources * len(text(2))
	default:
		return 1, 0
	}
}

func unwrap(e parser.Expr) parser.Expr {
	for {
		p, ok := e.(*parser.ParenExpr)
		if !ok {
			return e
		}
		e = p.Expr
	}
}
