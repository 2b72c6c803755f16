package ruleset

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

// file is a rule file that is right.
type file struct {
	name   string
	groups *rulefmt.RuleGroups
	exprs  [][]parser.Expr // of each rule of each group
}

// Check returns every problem of the rule files, or nil. It needs no database.
func Check(sources []Source) strictyaml.Errors {
	_, problems := parse(sources, parser.NewParser(parser.Options{}))
	return problems
}

// parse reads the files strictly.
func parse(sources []Source, p parser.Parser) ([]file, strictyaml.Errors) {
	var files []file
	var problems strictyaml.Errors
	names := map[string]bool{}
	defined := map[string]string{} // name and labels of a rule → where
	for _, src := range sources {
		if names[src.Name] {
			problems = append(problems, strictyaml.Problem{File: src.Name, Want: "the file is given twice; give it once"})
			continue
		}
		names[src.Name] = true
		f, bad := parseFile(src, p)
		if len(bad) == 0 {
			bad = duplicates(f, src, defined)
		}
		slices.SortStableFunc(bad, func(a, b strictyaml.Problem) int { return cmp.Compare(a.Line, b.Line) })
		problems = append(problems, bad...)
		files = append(files, f)
	}
	return files, problems
}

func parseFile(src Source, p parser.Parser) (file, []strictyaml.Problem) {
	f := file{name: src.Name}
	if len(src.Content) > strictyaml.MaxBytes {
		return f, []strictyaml.Problem{{File: src.Name, Want: fmt.Sprintf("the file has %d bytes; at most %d are read", len(src.Content), strictyaml.MaxBytes)}}
	}
	groups, errs := rulefmt.Parse(src.Content, false, model.LegacyValidation, p, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		at := locate(src.Content)
		var problems []strictyaml.Problem
		for _, err := range errs {
			problems = append(problems, describe(src.Name, err, at)...)
		}
		for i := range problems {
			if problems[i].Line == 0 {
				problems[i].Line = lineOfQuoted(src.Content, problems[i].Want)
			}
		}
		slices.SortFunc(problems, func(a, b strictyaml.Problem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Want, b.Want))
		})
		return f, slices.Compact(problems)
	}
	f.groups = groups
	for _, g := range groups.Groups {
		var exprs []parser.Expr
		for _, r := range g.Rules {
			expr, err := p.ParseExpr(r.Expr)
			if err != nil {
				return f, []strictyaml.Problem{{File: src.Name, Want: err.Error()}}
			}
			exprs = append(exprs, expr)
		}
		f.exprs = append(f.exprs, exprs)
	}
	return f, nil
}

// duplicates finds rules that would write the same series.
func duplicates(f file, src Source, defined map[string]string) []strictyaml.Problem {
	at := locate(src.Content)
	var problems []strictyaml.Problem
	for _, g := range f.groups.Groups {
		for j, r := range g.Rules {
			kind, name := "alert", r.Alert
			if name == "" {
				kind, name = "record", r.Record
			}
			line := at.rule(g.Name, j)
			where := fmt.Sprintf("%s:%d", src.Name, line)
			key := kind + "\xff" + name + "\xff" + rules.FromMaps(g.Labels, r.Labels).String()
			if first, ok := defined[key]; ok {
				problems = append(problems, strictyaml.Problem{File: src.Name, Line: line, Field: kind, Value: name,
					Want: "a rule with this name and these labels stands at " + first + " already; remove one, or give them different labels"})
				continue
			}
			defined[key] = where
		}
	}
	return problems
}

var (
	yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)
	position = regexp.MustCompile(`^(?:(\d+):\d+: )(?:\d+:\d+: )?(.*)$`)
	unknown  = regexp.MustCompile(`^field (\S+) not found in type \S+$`)
)

// describe turns an error of the rule parser into problems.
func describe(name string, err error, at places) []strictyaml.Problem {
	var ruleErr *rulefmt.Error
	if errors.As(err, &ruleErr) {
		p := strictyaml.Problem{File: name, Line: at.rule(ruleErr.Group, ruleErr.Rule-1), Field: cmp.Or(ruleErr.RuleName, fmt.Sprintf("rule %d of group %s", ruleErr.Rule, ruleErr.Group))}
		p.Want = ruleErr.Err.Error()
		if m := position.FindStringSubmatch(p.Want); m != nil {
			if line, _ := strconv.Atoi(m[1]); line > 0 {
				p.Line = line
			}
			p.Want = m[2]
		}
		return []strictyaml.Problem{p}
	}
	text := err.Error()
	var out []strictyaml.Problem
	for line := range strings.Lines(strings.TrimPrefix(text, "yaml: unmarshal errors:\n")) {
		p := strictyaml.Problem{File: name, Want: strings.TrimSpace(line)}
		if m := yamlLine.FindStringSubmatch(p.Want); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Want = m[2]
		} else if m := position.FindStringSubmatch(p.Want); m != nil {
			p.Line, _ = strconv.Atoi(m[1])
			p.Want = m[2]
		}
		if m := unknown.FindStringSubmatch(p.Want); m != nil {
			p.Field, p.Want = m[1], "there is no such field; look for a spelling mistake or a wrong indentation"
		}
		p.Want = strings.TrimPrefix(p.Want, "yaml: ")
		out = append(out, p)
	}
	return out
}

// places finds lines in a rule file.
type places map[string][]int // group → line of each of its rules

func locate(content []byte) places {
	var doc struct {
		Groups []struct {
			Name  string      `yaml:"name"`
			Rules []yaml.Node `yaml:"rules"`
		} `yaml:"groups"`
	}
	// What is wrong in it was told by the parser; what could be read is used.
	_ = yaml.Unmarshal(content, &doc)
	at := places{}
	for _, g := range doc.Groups {
		if _, ok := at[g.Name]; ok {
			continue
		}
		for _, r := range g.Rules {
			at[g.Name] = append(at[g.Name], r.Line)
		}
	}
	return at
}

var quoted = regexp.MustCompile(`"([^"]+)"`)

// lineOfQuoted finds the last value that a message quotes, for messages of the
// parser that tell no line; 0 when it is not there.
func lineOfQuoted(content []byte, message string) int {
	m := quoted.FindStringSubmatch(message)
	var root yaml.Node
	if m == nil || yaml.Unmarshal(content, &root) != nil {
		return 0
	}
	line := 0
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) { // aliases are not followed: it ends
		if n.Kind == yaml.ScalarNode && n.Value == m[1] {
			line = max(line, n.Line)
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&root)
	return line
}

func (at places) rule(group string, i int) int {
	if lines := at[group]; i >= 0 && i < len(lines) {
		return lines[i]
	}
	return 0
}
