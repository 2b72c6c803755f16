package simulate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Names is a list of things: one name, several with commas, or a list. A name
// may stand for many; see expand and Scenario.pick.
type Names []string

// UnmarshalYAML reads one name or a list of them.
func (n *Names) UnmarshalYAML(node *yaml.Node) error {
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!null" {
			return nil
		}
		*n = append(*n, splitNames(node.Value)...)
		return nil
	case yaml.SequenceNode:
		for _, one := range node.Content {
			if one.Kind == yaml.SequenceNode && len(one.Content) > 0 {
				return strictyaml.ValueError(node, `inside [ ] a range in brackets needs quotes ("pc-[01-20]"), or write pc-01..pc-20`)
			}
			if one.Kind != yaml.ScalarNode || one.Tag == "!!null" {
				return strictyaml.ValueError(one, "write a name, or a list of names such as [sw-1, pc-01..pc-20]")
			}
			*n = append(*n, splitNames(one.Value)...)
		}
		return nil
	}
	return strictyaml.ValueError(node, "write a name, or a list of names such as [sw-1, pc-01..pc-20]")
}

// splitNames cuts at commas that do not stand in brackets.
func splitNames(text string) []string {
	var out []string
	depth, begin := 0, 0
	add := func(s string) {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	for i, r := range text {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == ',' && depth == 0:
			add(text[begin:i])
			begin = i + 1
		}
	}
	add(text[begin:])
	return out
}

// maxRange bounds what one name stands for.
const maxRange = 20_000

var (
	bracket   = regexp.MustCompile(`\[([^\[\]]*)\]`)
	fromTo    = regexp.MustCompile(`^(.*?)(\d+)\.\.(.*?)(\d+)$`)
	numbersIn = regexp.MustCompile(`^(\d+)\s*-\s*(\d+)$`)
)

// one is a name that was made of a pattern, with what its brackets were filled
// with: $1, $2 … of the other fields.
type one struct {
	name   string
	filled []string
}

// expand makes the names that a pattern stands for: pc-01..pc-20, pc-[01-20],
// pc-[201-210]-[01-12], cam-[a,b,c].
func expand(pattern string) ([]one, error) {
	if p := fromTo.FindStringSubmatch(pattern); p != nil {
		if p[3] != "" && p[3] != p[1] {
			return nil, fmt.Errorf("the two ends of a range differ in their number only, as in pc-01..pc-20")
		}
		pattern = p[1] + "[" + p[2] + "-" + p[4] + "]"
	}
	out := []one{{name: pattern}}
	for strings.ContainsAny(out[0].name, "[]") {
		place := bracket.FindStringSubmatchIndex(out[0].name)
		if place == nil {
			return nil, fmt.Errorf("a bracket is not closed; a range is written pc-[01-20]")
		}
		fills, err := fill(out[0].name[place[2]:place[3]])
		if err != nil {
			return nil, err
		}
		if len(out)*len(fills) > maxRange {
			return nil, fmt.Errorf("this stands for more than %d things", maxRange)
		}
		var next []one
		for _, o := range out {
			at := bracket.FindStringSubmatchIndex(o.name)
			for _, f := range fills {
				next = append(next, one{o.name[:at[0]] + f + o.name[at[1]:], append(o.filled[:len(o.filled):len(o.filled)], f)})
			}
		}
		out = next
	}
	return out, nil
}

// fill lists what stands in one pair of brackets.
func fill(inside string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(inside, ",") {
		part = strings.TrimSpace(part)
		p := numbersIn.FindStringSubmatch(part)
		if p == nil {
			if part == "" {
				return nil, fmt.Errorf("there is nothing in the brackets; a range is written pc-[01-20]")
			}
			out = append(out, part)
			continue
		}
		from, err1 := strconv.Atoi(p[1])
		to, err2 := strconv.Atoi(p[2])
		if err1 != nil || err2 != nil || to < from || to-from >= maxRange {
			return nil, fmt.Errorf("a range goes up, as in pc-[01-20], and has at most %d numbers", maxRange)
		}
		for n := from; n <= to; n++ {
			out = append(out, fmt.Sprintf("%0*d", len(p[1]), n))
		}
	}
	return out, nil
}

var dollar = regexp.MustCompile(`\$(\d)`)

// put fills $1, $2 … in a text of a thing that was made of a pattern.
func (o one) put(text string) string {
	return dollar.ReplaceAllStringFunc(text, func(place string) string {
		if n := int(place[1] - '0'); n >= 1 && n <= len(o.filled) {
			return o.filled[n-1]
		}
		return place
	})
}
