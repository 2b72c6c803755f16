// Package strictyaml reads configuration files so that every mistake is told at
// once, with file, line, field, value and what would be right. It decodes over
// defaults and refuses unknown and doubled fields. It knows no program's
// configuration; sections validate themselves and report through a Report.
package strictyaml

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// MaxBytes bounds a configuration file.
const MaxBytes = 4 << 20

// Problem is one mistake.
type Problem struct {
	File  string `json:"file"`
	Line  int    `json:"line,omitempty"`  // 0 when the field is absent from the file and has no parent there
	Field string `json:"field,omitempty"` // path, for example "checks[2].target"
	Value string `json:"value,omitempty"` // as written
	Want  string `json:"want"`            // what is wrong and what would be right
}

// String writes the problem on one line.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field)
		if p.Value != "" {
			fmt.Fprintf(&b, " is %q", p.Value)
		}
		b.WriteString(": ")
	}
	b.WriteString(p.Want)
	return b.String()
}

// Errors is every problem of one file by line, and then those of the files that
// it names.
type Errors []Problem

// Error lists all problems, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Report collects problems while sections validate themselves. A Report made
// by At is a view on a part of the file.
type Report struct {
	prefix string
	sink   *sink
}

type sink struct {
	file     string
	root     *yaml.Node
	problems Errors
	read     int  // so many of the problems come from reading the file
	unread   bool // a section could not be read at all: what is missing in it is not missing
}

// At returns a view for the field below this one: At("mail").At("smtp").
func (r *Report) At(field string) *Report {
	return &Report{prefix: join(r.prefix, field), sink: r.sink}
}

// Index returns a view for element i of a list: At("checks").Index(2).
func (r *Report) Index(i int) *Report {
	return &Report{prefix: fmt.Sprintf("%s[%d]", r.prefix, i), sink: r.sink}
}

// Bad reports that the field has a value that cannot be; want says what would
// be right. An empty field means the view's own field.
func (r *Report) Bad(field string, value any, want string) {
	path := join(r.prefix, field)
	if r.sink.told(path) {
		return
	}
	p := Problem{File: r.sink.file, Field: path, Want: want}
	switch v := value.(type) {
	case nil:
	case time.Duration:
		p.Value = Duration(v)
	default:
		p.Value = clip(fmt.Sprint(v))
	}
	p.Line = r.sink.line(path)
	r.sink.problems = append(r.sink.problems, p)
}

// told reports whether reading the file found a problem with the field: then
// what validation says of it (its value is still the default) would mislead.
func (s *sink) told(path string) bool {
	for _, p := range s.problems[:s.read] {
		if p.Field == path || strings.HasPrefix(path, p.Field+".") || strings.HasPrefix(path, p.Field+"[") {
			return true
		}
	}
	return false
}

// Missing reports that a field must be there; want says what to write.
func (r *Report) Missing(field, want string) { r.Bad(field, nil, want) }

// Add reports problems that somebody else found while reading a part of this
// file, or a file that it names. For this file's problems it fills in the line
// by the field's path, or the path by line and name of the field.
func (r *Report) Add(problems ...Problem) {
	for _, p := range problems {
		switch {
		case p.File != r.sink.file || r.sink.root == nil:
		case p.Line == 0:
			p.Line = r.sink.line(p.Field)
		default:
			p.Field = r.sink.pathAt(p.Line, p.Field)
		}
		p.Value = clip(p.Value)
		r.sink.problems = append(r.sink.problems, p)
	}
}

// Duration writes a time as people do: 1h, not 1h0m0s.
func Duration(d time.Duration) string {
	s := d.String()
	for _, tail := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, tail) {
			s = s[:len(s)-2]
		}
	}
	return s
}

func join(prefix, field string) string {
	switch {
	case prefix == "":
		return field
	case field == "":
		return prefix
	default:
		return prefix + "." + field
	}
}

func clip(s string) string {
	const limit = 200
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}

// Decode reads the file over the defaults that into points to and then calls
// validate, unless that is nil. What it returns is nil or an Errors with every
// problem found in both steps.
func Decode(file string, data []byte, into any, validate func(*Report)) error {
	s := &sink{file: file}
	if len(data) > MaxBytes {
		return Errors{{File: file, Want: fmt.Sprintf("the file has %d bytes; at most %d are read", len(data), MaxBytes)}}
	}
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&root); err != nil && !isEmpty(data) {
		return Errors{s.fromText(err.Error())}
	}
	if len(root.Content) > 0 {
		s.root = root.Content[0]
		if s.root.Kind != yaml.MappingNode && s.root.Tag != "!!null" {
			return Errors{{File: file, Line: s.root.Line, Want: "the file must consist of fields and their values, for example \"language: lt\""}}
		}
		if err := dec.Decode(new(yaml.Node)); err == nil {
			return Errors{{File: file, Want: "the file has more than one document; remove the line that is \"---\""}}
		}
		strict := yaml.NewDecoder(bytes.NewReader(data))
		strict.KnownFields(true)
		if err := strict.Decode(into); err != nil {
			var te *yaml.TypeError
			if errors.As(err, &te) {
				for _, text := range te.Errors {
					s.problems = append(s.problems, s.fromText(text))
				}
			} else {
				s.problems = append(s.problems, s.fromText(err.Error()))
			}
		}
	}
	s.read = len(s.problems)
	if validate != nil && !s.unread {
		validate(&Report{sink: s})
	}
	return s.errors()
}

// Validate runs validate over a configuration that comes from no file (flags,
// defaults); source stands where the file's name would.
func Validate(source string, validate func(*Report)) error {
	s := &sink{file: source}
	validate(&Report{sink: s})
	return s.errors()
}

func (s *sink) errors() error {
	if len(s.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		if a.File != b.File { // our own first
			return cmp.Or(cmp.Compare(s.other(a), s.other(b)), cmp.Compare(a.File, b.File))
		}
		return cmp.Compare(a.Line, b.Line)
	})
	return s.problems
}

// other is 1 for a problem of another file.
func (s *sink) other(p Problem) int {
	if p.File == s.file {
		return 0
	}
	return 1
}

func isEmpty(data []byte) bool {
	var v any
	return yaml.Unmarshal(data, &v) == nil && v == nil
}

var (
	linePattern    = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)$`)
	unknownPattern = regexp.MustCompile(`^field (\S+) not found in type \S+$`)
	typePattern    = regexp.MustCompile("^cannot unmarshal (\\S+) (?:`(.*)` )?into (.*)$")
	doublePattern  = regexp.MustCompile(`^mapping key "(.*)" already defined at line (\d+)$`)
	againPattern   = regexp.MustCompile(`^field (\S+) already set in type \S+$`)
	valuePattern   = regexp.MustCompile(`^value ("(?:[^"\\]|\\.)*"): (.*)$`)
)

// ValueError is what a type's UnmarshalYAML returns for a value that it does
// not accept, so that the problem is told with all the others.
func ValueError(node *yaml.Node, want string) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: value %s: %s", node.Line, strconv.Quote(node.Value), want)}}
}

// FromLibrary makes a problem of one message of the YAML library, for who reads
// a file of another form with it.
func FromLibrary(file, text string) Problem { return (&sink{file: file}).fromText(text) }

// fromText turns a message of the YAML library into a Problem.
func (s *sink) fromText(text string) Problem {
	p := Problem{File: s.file, Want: strings.TrimPrefix(text, "yaml: ")}
	m := linePattern.FindStringSubmatch(text)
	if m == nil {
		return p
	}
	p.Line, _ = strconv.Atoi(m[1])
	p.Want = m[2]
	if u := unknownPattern.FindStringSubmatch(m[2]); u != nil {
		p.Field, p.Want = s.pathAt(p.Line, u[1]), "there is no such field; look for a spelling mistake or a wrong indentation"
	} else if t := typePattern.FindStringSubmatch(m[2]); t != nil {
		p.Field, p.Value = s.pathAt(p.Line, ""), t[2]
		p.Want = "this must be " + kindName(t[3])
	} else if d := doublePattern.FindStringSubmatch(m[2]); d != nil {
		p.Field, s.unread = s.pathAt(p.Line, d[1]), true
		p.Want = fmt.Sprintf("this field stands twice; remove one of them (the first is on line %s)", d[2])
	} else if a := againPattern.FindStringSubmatch(m[2]); a != nil {
		p.Field, p.Want = s.pathAt(p.Line, a[1]), "this field stands twice; remove one of them"
	} else if v := valuePattern.FindStringSubmatch(m[2]); v != nil {
		p.Field, p.Want = s.pathAt(p.Line, ""), v[2]
		if value, err := strconv.Unquote(v[1]); err == nil {
			p.Value = clip(value)
		}
	} else {
		p.Field = s.pathAt(p.Line, "")
	}
	return p
}

func kindName(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list"
	case goType == "time.Duration":
		return "a time with its unit, for example 60s or 5m"
	case strings.HasPrefix(goType, "map") || strings.Contains(goType, "struct") || strings.Contains(goType, "."):
		return "a section with fields below it, or a value of another form (see the documentation)"
	case strings.Contains(goType, "int") || strings.Contains(goType, "float"):
		return "a number"
	case goType == "bool":
		return "true or false"
	default:
		return "a text"
	}
}

// line finds the line of a path, or of its nearest parent that is in the file.
func (s *sink) line(path string) int {
	if s.root == nil {
		return 0
	}
	node, line := s.root, 0
	for _, step := range steps(path) {
		next, at := child(node, step)
		if next == nil {
			break
		}
		node, line = next, at
	}
	return line
}

var stepPattern = regexp.MustCompile(`[^.\[\]]+|\[\d+\]`)

func steps(path string) []string { return stepPattern.FindAllString(path, -1) }

func child(n *yaml.Node, step string) (*yaml.Node, int) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if strings.HasPrefix(step, "[") {
		i, err := strconv.Atoi(strings.Trim(step, "[]"))
		if err != nil || n.Kind != yaml.SequenceNode || i >= len(n.Content) {
			return nil, 0
		}
		return n.Content[i], n.Content[i].Line
	}
	if n.Kind != yaml.MappingNode {
		return nil, 0
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == step {
			return n.Content[i+1], n.Content[i].Line
		}
	}
	return nil, 0
}

// pathAt finds the path of the key (or, with an empty key, of the deepest key)
// that stands on a line.
func (s *sink) pathAt(line int, key string) string {
	found := key
	var walk func(n *yaml.Node, path string, depth int)
	walk = func(n *yaml.Node, path string, depth int) {
		if n == nil || depth > 100 {
			return
		}
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				k, v := n.Content[i], n.Content[i+1]
				p := join(path, k.Value)
				if k.Line == line && (key == "" || k.Value == key) {
					found = p
				}
				walk(v, p, depth+1)
			}
		case yaml.SequenceNode:
			for i, v := range n.Content {
				p := fmt.Sprintf("%s[%d]", path, i)
				if v.Line == line && v.Kind == yaml.ScalarNode && key == "" {
					found = p
				}
				walk(v, p, depth+1)
			}
		}
	}
	walk(s.root, "", 0)
	return found
}
