package probe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/theory/jsonpath"

	"github.com/budi-monitor/budi/internal/look"
)

// Bounds of what a page can make us do. Regular expressions are RE2, so that a
// search takes at most (length of the page) × (length of the program) steps; JSON
// paths are bounded by checkPath and by the depth of a page.
const (
	maxProgram  = 250     // instructions of a regular expression: a page made for it then takes seconds, not minutes
	maxPath     = 300     // bytes of a JSON path
	maxDepth    = 64      // of lists and objects within each other
	maxCaptured = 4 << 10 // bytes
	maxTold     = 100     // bytes of a value in a problem
)

// compile reads a regular expression (RE2).
func compile(text string) (*regexp.Regexp, error) {
	if text == "" || len(text) > MaxText {
		return nil, fmt.Errorf("write a regular expression of 1 to %d bytes", MaxText)
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("this is no regular expression (RE2): %w", err)
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, fmt.Errorf("this is no regular expression (RE2): %w", err)
	}
	if len(program.Inst) > maxProgram {
		return nil, errors.New("this regular expression is too large; write smaller numbers in braces")
	}
	return regexp.Compile(text)
}

// compilePath reads a JSON path (RFC 9535).
func compilePath(text string) (*jsonpath.Path, error) {
	if text == "" || len(text) > maxPath {
		return nil, fmt.Errorf("write a JSON path of 1 to %d bytes, as in $.status", maxPath)
	}
	if err := checkPath(text); err != nil {
		return nil, err
	}
	path, err := jsonpath.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("this is no JSON path (RFC 9535): %w", err)
	}
	return path, nil
}

// checkPath refuses the JSON paths whose cost a page could make more than
// proportional to its size: more than one "..", a "$" within a filter, long lists
// of selectors, and match() and search(), which would compile what stands on the
// page.
func checkPath(text string) error {
	var plain strings.Builder // what is outside of quotes
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '\'' || c == '"':
			quote = c
		default:
			plain.WriteByte(c)
		}
	}
	p := plain.String()
	switch {
	case strings.Count(p, "..") > 1:
		return errors.New("a JSON path can have .. once")
	case strings.LastIndexByte(p, '$') > 0:
		return errors.New("a JSON path can have $ at its beginning only")
	case strings.Count(p, ",") > 3:
		return errors.New("a JSON path can have three commas at most")
	case strings.Contains(p, "match(") || strings.Contains(p, "search("):
		return errors.New("a JSON path cannot have match() and search(); use matches beside it")
	}
	return nil
}

// readJSON reads a whole page. A mark of the byte order, as programs of Windows write
// it, does not belong there and is passed over (RFC 8259 section 8.1).
func readJSON(page []byte) (any, error) {
	page = bytes.TrimPrefix(page, []byte("\ufeff"))
	if JSONDepth(page) > maxDepth {
		return nil, fmt.Errorf("lists and objects are more than %d deep", maxDepth)
	}
	d := json.NewDecoder(bytes.NewReader(page))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows after the value")
	}
	return v, nil
}

// JSONDepth is how deep lists and objects of a text in JSON are within each other.
// It takes any text, and is to be asked before one that others wrote is read.
func JSONDepth(page []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(page); i++ {
		switch c := page[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			now++
			deepest = max(deepest, now)
		case c == ']' || c == '}':
			now--
		}
	}
	return deepest
}

// textOf writes a value of a page as a JSONRule compares it.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "" // what was read can be written
	}
	return string(text)
}

// headerRule is a HeaderRule made ready.
type headerRule struct {
	HeaderRule
	pattern *regexp.Regexp
}

func newHeaderRule(c HeaderRule) headerRule {
	out := headerRule{HeaderRule: c}
	if c.Matches != "" {
		out.pattern, _ = compile(c.Matches) // New has validated the spec
	}
	return out
}

// fits reports whether a value is as the rule says.
func (c *headerRule) fits(value string) bool {
	switch {
	case c.Equals != "":
		return value == c.Equals
	case c.Contains != "":
		return strings.Contains(value, c.Contains)
	case c.pattern != nil:
		return c.pattern.MatchString(value)
	}
	return true
}

// judge says what is wrong with a header.
func (c *headerRule) judge(h http.Header) *look.Problem {
	found := false
	for _, value := range h.Values(c.Name) {
		found = found || c.fits(value)
	}
	wanted := c.Equals + c.Contains + c.Matches
	switch {
	case found && c.Forbidden:
		return newProblem(CodeHeaderForbidden, nil, "name", c.Name, "got", look.Clip(strings.Join(h.Values(c.Name), ", "), maxTold))
	case !found && !c.Forbidden && len(h.Values(c.Name)) == 0:
		return newProblem(CodeHeaderMissing, nil, "name", c.Name)
	case !found && !c.Forbidden:
		return newProblem(CodeHeaderWrong, nil, "name", c.Name, "got", look.Clip(strings.Join(h.Values(c.Name), ", "), maxTold), "expected", wanted)
	}
	return nil
}

// jsonRule is a JSONRule made ready.
type jsonRule struct {
	JSONRule
	path    *jsonpath.Path
	pattern *regexp.Regexp
}

func newJSONRule(c JSONRule) jsonRule {
	out := jsonRule{JSONRule: c}
	out.path, _ = compilePath(c.Path) // New has validated the spec
	if c.Matches != "" {
		out.pattern, _ = compile(c.Matches)
	}
	return out
}

// fits reports whether a value is as the rule says.
func (c *jsonRule) fits(v any) bool {
	if c.Above != nil || c.Below != nil {
		number, ok := v.(json.Number)
		if !ok {
			return false
		}
		n, err := number.Float64()
		return err == nil && (c.Above == nil || n > *c.Above) && (c.Below == nil || n < *c.Below)
	}
	text := textOf(v)
	switch {
	case c.Equals != nil:
		return text == *c.Equals
	case c.Contains != "":
		return strings.Contains(text, c.Contains)
	case c.pattern != nil:
		return c.pattern.MatchString(text)
	}
	return true
}

// wanted is the condition as people read it.
func (c *jsonRule) wanted() string {
	switch {
	case c.Equals != nil:
		return *c.Equals
	case c.Above != nil && c.Below != nil:
		return fmt.Sprintf("> %g, < %g", *c.Above, *c.Below)
	case c.Above != nil:
		return fmt.Sprintf("> %g", *c.Above)
	case c.Below != nil:
		return fmt.Sprintf("< %g", *c.Below)
	}
	return c.Contains + c.Matches
}

// judge says what is wrong with the values of a page.
func (c *jsonRule) judge(page any) *look.Problem {
	values := c.path.Select(page)
	found, got := false, ""
	for i, v := range values {
		if i == 0 {
			got = look.Clip(textOf(v), maxTold)
		}
		if found = c.fits(v); found {
			got = look.Clip(textOf(v), maxTold)
			break
		}
	}
	switch {
	case found && c.Forbidden:
		return newProblem(CodeJSONForbidden, nil, "path", c.Path, "got", got)
	case !found && !c.Forbidden && len(values) == 0:
		return newProblem(CodeJSONMissing, nil, "path", c.Path)
	case !found && !c.Forbidden:
		return newProblem(CodeJSONWrong, nil, "path", c.Path, "got", got, "expected", c.wanted())
	}
	return nil
}

// capture keeps a text of an answer.
type capture struct {
	name    string
	path    *jsonpath.Path
	pattern *regexp.Regexp
}

func newCapture(name, from string) (capture, error) {
	c := capture{name: name}
	var err error
	if strings.HasPrefix(from, "$.") || strings.HasPrefix(from, "$[") {
		c.path, err = compilePath(from)
	} else {
		c.pattern, err = compile(from)
	}
	return c, err
}

// find returns the text, false when it is not there. Of a page of HTML signs that
// stand as &amp; are put right, for a browser sends them back so.
func (c *capture) find(page []byte, values any, isHTML bool) (string, bool) {
	text := ""
	if c.path != nil {
		found := c.path.Select(values)
		if len(found) == 0 {
			return "", false
		}
		text = textOf(found[0])
	} else {
		m := c.pattern.FindSubmatch(page)
		if m == nil {
			return "", false
		}
		text = string(m[min(1, len(m)-1)])
		if isHTML {
			text = html.UnescapeString(text)
		}
	}
	return text, text != "" && len(text) <= maxCaptured
}
