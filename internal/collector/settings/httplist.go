package settings

import (
	"errors"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// The lists of an HTTPSpec that a form shows as a text: as they stand in the
// configuration file.
const (
	ListSteps   = "steps"
	ListHeaders = "expect_headers"
	ListJSON    = "json"
)

// ListText writes a list as a form shows it; "" when it is empty.
func ListText(list string, h probe.HTTPSpec) string {
	var v any
	n := 0
	switch list {
	case ListSteps:
		v, n = h.Steps, len(h.Steps)
	case ListHeaders:
		v, n = h.ExpectHeaders, len(h.ExpectHeaders)
	case ListJSON:
		v, n = h.JSON, len(h.JSON)
	}
	if n == 0 {
		return ""
	}
	var out strings.Builder
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if e.Encode(v) != nil || e.Close() != nil {
		return "" // what was read can be written
	}
	return strings.TrimSpace(out.String())
}

// ReadList reads such a text into s, whose target is already there. Problems name
// lines of the text.
func ReadList(list, text string, s *probe.Spec) Problems {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if strings.TrimSpace(text) == "" {
		return nil
	}
	const before = 2 // lines
	var file strings.Builder
	file.WriteString("http:\n  " + list + ":\n")
	for line := range strings.Lines(text) {
		file.WriteString("    " + line)
	}
	var read probe.Spec
	err := strictyaml.Decode("", []byte(file.String()), &read, func(r *strictyaml.Report) {
		read.Target = s.Target
		read.Validate(r)
	})
	switch list {
	case ListSteps:
		s.HTTP.Steps = read.HTTP.Steps
	case ListHeaders:
		s.HTTP.ExpectHeaders = read.HTTP.ExpectHeaders
	case ListJSON:
		s.HTTP.JSON = read.HTTP.JSON
	}
	var found strictyaml.Errors
	if err != nil && !errors.As(err, &found) {
		return Problems{problem("http."+list, CodeYAML, "Line", 1, "Field", "", "Want", err.Error())}
	}
	for _, p := range found {
		if p.Field == "target" { // which is told beside its own field
			continue
		}
		_, field, _ := strings.Cut(strings.TrimPrefix(p.Field, "http."+list), "]")
		if p.Value != "" {
			field += " (" + strconv.Quote(p.Value) + ")"
		}
		return Problems{problem("http."+list, CodeYAML, "Line", max(1, p.Line-before), "Field", strings.TrimPrefix(field, "."), "Want", p.Want)}
	}
	return nil
}
