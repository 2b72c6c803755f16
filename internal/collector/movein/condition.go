package movein

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/probe"
)

// condition is one of Gatus: what is compared, how, and with what. Its package
// config/endpoint (condition.go, placeholder.go) is the source.
type condition struct {
	text     string
	function string // "", "len", "has" or "age", around the subject
	subject  string // "[BODY]", in capitals
	rest     string // what follows it: ".data[0].name"
	operator string // "==", "!=", "<", "<=", ">" or ">="
	value    string // as it stands there
}

// parseCondition reads a condition. Gatus takes the first of these operators that
// is there, and either side may be the subject.
func parseCondition(text string) (condition, bool) {
	for _, op := range []string{"==", "!=", "<=", ">=", ">", "<"} {
		parts := strings.Split(text, " "+op+" ")
		if len(parts) == 1 {
			continue
		}
		left, right := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1])
		if len(parts) > 2 || isSubject(left) == isSubject(right) {
			return condition{}, false // two of them, or none: never the same, or always
		}
		if isSubject(right) {
			left, right, op = right, left, mirrored(op)
		}
		c := condition{text: text, operator: op, value: right}
		for _, f := range []string{"len", "has", "age"} {
			if inner, ok := strings.CutPrefix(left, f+"("); ok && strings.HasSuffix(inner, ")") {
				c.function, left = f, strings.TrimSpace(strings.TrimSuffix(inner, ")"))
				break
			}
		}
		end := strings.IndexByte(left, ']')
		if !strings.HasPrefix(left, "[") || end < 0 {
			return condition{}, false
		}
		c.subject, c.rest = strings.ToUpper(left[:end+1]), left[end+1:]
		return c, true
	}
	return condition{}, false
}

// subjects are what Gatus puts values in the place of.
var subjects = []string{"[STATUS]", "[IP]", "[DNS_RCODE]", "[RESPONSE_TIME]", "[BODY]", "[CONNECTED]", "[CERTIFICATE_EXPIRATION]", "[DOMAIN_EXPIRATION]", "[HEADER]", "[CONTEXT]"}

func isSubject(side string) bool {
	for _, f := range []string{"len(", "has(", "age("} {
		side = strings.TrimPrefix(side, f)
	}
	side = strings.ToUpper(side)
	return slices.ContainsFunc(subjects, func(s string) bool { return strings.HasPrefix(side, s) })
}

func mirrored(op string) string {
	switch op[0] {
	case '<':
		return ">" + op[1:]
	case '>':
		return "<" + op[1:]
	}
	return op
}

// call is the inside of name(inside).
func (c condition) call(name string) (string, bool) {
	inner, ok := strings.CutPrefix(c.value, name+"(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return "", false
	}
	return strings.TrimSuffix(inner, ")"), true
}

// any lists the values of any(…), or the one value; false when it is a pattern.
func (c condition) any() ([]string, bool) {
	if _, is := c.call("pat"); is {
		return nil, false
	}
	inner, is := c.call("any")
	if !is {
		return []string{c.value}, true
	}
	values := strings.Split(inner, ",")
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	return values, true
}

// number is the value as Gatus compares it in size: a time counts in milliseconds,
// a fraction is cut, and what is no number is 0.
func (c condition) number() (n int64, ok bool) {
	if d, err := time.ParseDuration(c.value); err == nil && d != 0 {
		return d.Milliseconds(), true
	}
	n, err := strconv.ParseInt(c.value, 0, 64)
	return n, err == nil
}

// holds reports whether a status fulfils the condition.
func (c condition) holds(status string) bool {
	switch c.operator {
	case "==", "!=":
		equal := false
		if pattern, is := c.call("pat"); is {
			equal, _ = path.Match(pattern, status)
		} else {
			values, _ := c.any()
			equal = slices.ContainsFunc(values, func(v string) bool {
				n, err := strconv.ParseInt(v, 0, 64)
				return v == status || err == nil && strconv.FormatInt(n, 10) == status
			})
		}
		return equal == (c.operator == "==")
	}
	n, _ := strconv.ParseInt(status, 10, 64)
	limit, _ := c.number()
	switch c.operator {
	case "<":
		return n < limit
	case "<=":
		return n <= limit
	case ">":
		return n > limit
	default:
		return n >= limit
	}
}

// take lays the condition over a check; the code says why it cannot.
func (c condition) take(check *settings.Check) Code {
	kind := check.Kind()
	switch {
	case c.function == "age" || c.rest != "" && c.subject != "[BODY]" && c.subject != "[HEADER]":
		return LossCondition
	case c.subject == "[CONNECTED]":
		if c.function == "" && (c.operator == "==" && c.value == "true" || c.operator == "!=" && c.value == "false") {
			return "" // every check is so
		}
		return LossCondition
	case c.subject == "[RESPONSE_TIME]":
		return LossTime
	case c.subject == "[CERTIFICATE_EXPIRATION]":
		return LossCertDays
	case c.subject == "[DOMAIN_EXPIRATION]":
		return LossDomain
	case c.subject == "[DNS_RCODE]" && kind == probe.KindDNS:
		if c.function != "" || c.operator != "==" || c.value != "NOERROR" {
			return LossRcode
		}
		return "" // every check is so
	case c.subject == "[BODY]" && kind == probe.KindDNS:
		if values, plain := c.any(); c.function != "" || c.rest != "" || c.operator != "==" || !plain || len(values) != 1 || check.DNS.Answers != nil {
			return LossCondition
		}
		check.DNS.Answers = []string{c.value}
		return LossDNSAnswers
	case kind != probe.KindHTTP:
		return LossCondition
	case c.subject == "[HEADER]":
		return c.onHeader(&check.HTTP)
	case c.subject == "[BODY]" && c.rest == "" && c.function == "":
		return c.onPage(&check.HTTP)
	case c.subject == "[BODY]":
		return c.onJSON(&check.HTTP)
	}
	return LossCondition
}

// onPage is about the whole page, without blanks around it.
func (c condition) onPage(h *probe.HTTPSpec) Code {
	if c.operator != "==" && c.operator != "!=" {
		return LossCondition
	}
	texts, expressions := &h.Contains, &h.Matches
	if c.operator == "!=" {
		texts, expressions = &h.NotContains, &h.NotMatches
	}
	if values, plain := c.any(); plain {
		*expressions = append(*expressions, whole(alternatives(values)))
		return ""
	}
	pattern, _ := c.call("pat")
	switch text, simple := between(pattern); {
	case !isGlob(pattern):
		return LossCondition
	case simple:
		*texts = append(*texts, text)
	default:
		*expressions = append(*expressions, globExpression(pattern))
	}
	return ""
}

// wants is what a value has to be: a text, or what matches an expression; false
// when it can be said in neither way.
func (c condition) wants() (equals, matches string, ok bool) {
	values, plain := c.any()
	switch pattern, _ := c.call("pat"); {
	case plain && len(values) == 1:
		return values[0], "", true
	case plain:
		return "", whole(alternatives(values)), true
	case isGlob(pattern):
		return "", globExpression(pattern), true
	}
	return "", "", false
}

// onHeader is about a header of the answer.
func (c condition) onHeader(h *probe.HTTPSpec) Code {
	name, ok := strings.CutPrefix(c.rest, ".")
	if !ok || name == "" || c.function == "len" || c.operator != "==" && c.operator != "!=" {
		return LossCondition
	}
	rule := probe.HeaderRule{Name: name, Forbidden: c.operator == "!="}
	if c.function == "has" {
		if c.value != "true" && c.value != "false" {
			return LossCondition
		}
		rule.Forbidden = (c.value == "true") == rule.Forbidden
	} else if equals, matches, ok := c.wants(); !ok || matches == "" && equals == "" {
		return LossCondition
	} else {
		rule.Equals, rule.Matches = equals, matches
	}
	h.ExpectHeaders = append(h.ExpectHeaders, rule)
	return ""
}

// onJSON is about a value of a page in JSON.
func (c condition) onJSON(h *probe.HTTPSpec) Code {
	where, ok := fromGatus(c.rest)
	if !ok {
		return LossCondition
	}
	rule := probe.JSONRule{Path: where}
	switch c.function {
	case "has":
		if c.value != "true" && c.value != "false" || c.operator != "==" && c.operator != "!=" {
			return LossCondition
		}
		rule.Forbidden = (c.value == "true") != (c.operator == "==")
	case "len":
		return c.onLength(h, where)
	default:
		if c.operator != "==" && c.operator != "!=" {
			limit, ok := c.number()
			if !ok || !setLimit(&rule, c.operator, float64(limit)) {
				return LossCondition
			}
			break
		}
		rule.Forbidden = c.operator == "!="
		equals, matches, ok := c.wants()
		if !ok {
			return LossCondition
		}
		if rule.Matches = matches; matches == "" {
			rule.Equals = &equals
		}
	}
	h.JSON = append(h.JSON, rule)
	return ""
}

// onLength is about how many values a list has: one that has at least n has the
// n-th. What a text may have in length cannot be said so, nor what a list may have
// at most, for what is no list would do too.
func (c condition) onLength(h *probe.HTTPSpec, where string) Code {
	n, ok := c.number()
	exactly := false
	switch c.operator {
	case ">":
		n++
	case ">=":
	case "==":
		exactly = true
	case "!=":
		ok = ok && n == 0
		n = 1
	default:
		ok = false
	}
	if !ok || n < 1 || n > 100_000 {
		return LossCondition
	}
	at := func(i int64) string { return where + "[" + strconv.FormatInt(i, 10) + "]" }
	h.JSON = append(h.JSON, probe.JSONRule{Path: at(n - 1)})
	if exactly {
		h.JSON = append(h.JSON, probe.JSONRule{Path: at(n), Forbidden: true})
	}
	return ""
}
