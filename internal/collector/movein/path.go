package movein

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/probe"
)

// simpleName is one that RFC 9535 (section 2.5.1.1) lets stand after a dot, as far
// as ASCII goes.
var simpleName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// jsonata is an expression of JSONata that only names fields and places in lists:
// a.b[0].c, $.a, `a-b`.c. Whatever calculates, filters or calls is none.
var jsonata = regexp.MustCompile("^(\\$|(\\$\\.)?(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]+`)(\\[-?[0-9]{1,6}\\])*(\\.(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]+`)(\\[-?[0-9]{1,6}\\])*)*)$")

// jsonataPart is one name of such an expression, with its places in lists.
var jsonataPart = regexp.MustCompile("(?:^|\\.)(?:([A-Za-z_][A-Za-z0-9_]*)|`([^`]+)`)((?:\\[-?[0-9]{1,6}\\])*)")

// fromJSONata writes a simple expression of JSONata as a JSON path (RFC 9535).
// false: it is not simple.
func fromJSONata(expression string) (string, bool) {
	expression = strings.TrimSpace(expression)
	if !jsonata.MatchString(expression) {
		return "", false
	}
	path := "$"
	for _, m := range jsonataPart.FindAllStringSubmatch(strings.TrimPrefix(strings.TrimPrefix(expression, "$"), "."), -1) {
		path += member(m[1]+m[2]) + m[3]
	}
	return path, true
}

// gatusPart is a name of a path of Gatus, with its places in lists.
var gatusPart = regexp.MustCompile(`^([^\[\]]*)((?:\[[0-9]{1,6}\])*)$`)

// fromGatus writes what follows after [BODY] as a JSON path. false: it has a form
// that is not known here.
func fromGatus(rest string) (string, bool) {
	path := "$"
	rest = strings.TrimPrefix(rest, ".")
	if rest == "" {
		return path, true
	}
	for i, part := range strings.Split(rest, ".") {
		m := gatusPart.FindStringSubmatch(part)
		if m == nil || m[1] == "" && (m[2] == "" || i > 0) {
			return "", false
		}
		if m[1] != "" {
			path += member(m[1])
		}
		path += m[2]
	}
	return path, true
}

// member is a name within a JSON path.
func member(name string) string {
	if simpleName.MatchString(name) {
		return "." + name
	}
	return "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "']"
}

// setLimit makes a rule of a comparison of numbers. A rule is "more than" or "less
// than" a number; "at least" is more than the nearest number below.
func setLimit(r *probe.JSONRule, operator string, limit float64) bool {
	switch operator {
	case ">":
		r.Above = &limit
	case ">=":
		limit = math.Nextafter(limit, math.Inf(-1))
		r.Above = &limit
	case "<":
		r.Below = &limit
	case "<=":
		limit = math.Nextafter(limit, math.Inf(1))
		r.Below = &limit
	default:
		return false
	}
	return !math.IsInf(limit, 0)
}

// globSigns mean something in a pattern of Gatus (path/filepath.Match) besides *.
const globSigns = `?[\`

// isGlob reports whether a pattern has nothing but texts and stars in it.
func isGlob(pattern string) bool { return !strings.ContainsAny(pattern, globSigns) }

// globExpression writes a pattern as a regular expression over a whole text, which
// may have blanks around it.
func globExpression(pattern string) string {
	parts := strings.Split(pattern, "*")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return whole(strings.Join(parts, ".*"))
}

// whole is an expression for all of a text but blanks around it.
func whole(expression string) string { return `(?s)\A\s*` + expression + `\s*\z` }

// between is the text of a pattern that is *text*.
func between(pattern string) (string, bool) {
	inner, ok := strings.CutPrefix(pattern, "*")
	if !ok || len(inner) < 2 || !strings.HasSuffix(inner, "*") {
		return "", false
	}
	inner = strings.TrimSuffix(inner, "*")
	return inner, inner != "" && !strings.Contains(inner, "*")
}

// statuses are those between 100 and 599 that do, as a check lists them.
func statuses(does func(status string) bool) []string {
	var out []string
	first := 0
	for n := 100; n <= 600; n++ {
		good := n < 600 && does(strconv.Itoa(n))
		switch {
		case good && first == 0:
			first = n
		case !good && first == n-1:
			out, first = append(out, strconv.Itoa(first)), 0
		case !good && first != 0:
			out, first = append(out, strconv.Itoa(first)+"-"+strconv.Itoa(n-1)), 0
		}
	}
	return out
}

// alternatives is an expression for one of several texts.
func alternatives(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = regexp.QuoteMeta(v)
	}
	return "(?:" + strings.Join(quoted, "|") + ")"
}
