package collector

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/collector/notify"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// readFile reads a whole file of at most strictyaml.MaxBytes. Pipes and devices
// may have no end.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: it is not a file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, strictyaml.MaxBytes+1))
	if err == nil && len(data) > strictyaml.MaxBytes {
		err = fmt.Errorf("read %s: it is larger than %d bytes", name, strictyaml.MaxBytes)
	}
	return data, err
}

// ruleSources reads the shipped rules and the user's files, and checks them if
// there are any of the user's.
func (c *Config) ruleSources() ([]ruleset.Source, strictyaml.Errors) {
	var problems strictyaml.Errors
	bad := func(i int, want string) {
		problems = append(problems, strictyaml.Problem{
			File: c.file, Field: fmt.Sprintf("alerting.rule_files[%d]", i), Value: c.Alerting.RuleFiles[i], Want: want,
		})
	}
	sources, err := shippedRules(c.Alerting.WithoutRules)
	if err != nil {
		return nil, strictyaml.Errors{{File: "shipped rules", Want: err.Error()}} // a test reads them
	}
	for i, pattern := range c.Alerting.RuleFiles {
		names, err := filepath.Glob(c.path(pattern))
		switch {
		case err != nil:
			bad(i, "this pattern cannot be read; write a file's name, or a pattern such as rules/*.yml")
		case len(names) == 0:
			bad(i, "there is no such file: "+c.path(pattern))
		case len(sources)+len(names) > maxRuleFiles:
			bad(i, fmt.Sprintf("there are more than %d rule files", maxRuleFiles))
			return nil, problems
		}
		for _, name := range names {
			data, err := readFile(name)
			if err != nil {
				bad(i, err.Error())
				continue
			}
			sources = append(sources, ruleset.Source{Name: name, Content: data})
		}
	}
	if len(c.Alerting.RuleFiles) > 0 {
		problems = append(problems, ruleset.Check(sources)...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return sources, nil
}

// loadReceivers reads the receivers; there may be none. describe may be nil
// when nobody will be told.
func (c *Config) loadReceivers(describe func(outbox.Item) (summary, description string)) (*notify.Receivers, strictyaml.Errors) {
	if c.Receivers.IsZero() {
		return &notify.Receivers{}, nil
	}
	doc, err := yaml.Marshal(map[string]*yaml.Node{"receivers": &c.Receivers})
	if err != nil {
		return &notify.Receivers{}, strictyaml.Errors{{File: c.file, Field: "receivers", Want: err.Error()}}
	}
	rs, err := notify.LoadReceivers(doc, notify.ReceiverOptions{File: c.file, BaseDir: c.dir, ExternalURL: c.ExternalURL, Describe: describe})
	if err == nil {
		return rs, nil
	}
	var problems strictyaml.Errors
	if !errors.As(err, &problems) {
		problems = strictyaml.Errors{{File: c.file, Field: "receivers", Want: err.Error()}}
	}
	return &notify.Receivers{}, relocate(problems, &c.Receivers, doc)
}

var lineInText = regexp.MustCompile(`\bline (\d+)`)

// relocate gives problems of a copy of a part of the configuration the lines of
// the file. original is the part, copied the document under one field that was
// written from it.
func relocate(problems strictyaml.Errors, original *yaml.Node, copied []byte) strictyaml.Errors {
	var root yaml.Node
	lines := map[int]int{}
	if yaml.Unmarshal(copied, &root) == nil && len(root.Content) == 1 && len(root.Content[0].Content) == 2 {
		pairLines(root.Content[0].Content[1], original, lines)
	}
	line := func(n int) int {
		for ; n > 0; n-- { // a text of several lines begins above
			if l, ok := lines[n]; ok {
				return l
			}
		}
		return 0
	}
	for i, p := range problems {
		problems[i].Line = line(p.Line)
		problems[i].Want = lineInText.ReplaceAllStringFunc(p.Want, func(s string) string {
			n, _ := strconv.Atoi(s[len("line "):])
			return "line " + strconv.Itoa(line(n))
		})
	}
	return problems
}

// pairLines notes from which line of the original each line of a copy comes.
func pairLines(copied, original *yaml.Node, lines map[int]int) {
	if _, known := lines[copied.Line]; !known {
		lines[copied.Line] = original.Line
	}
	for i := range min(len(copied.Content), len(original.Content)) {
		pairLines(copied.Content[i], original.Content[i], lines)
	}
}
