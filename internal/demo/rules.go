package demo

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/configs"
)

// ruleFile is as much of Prometheus' rule file format as is changed here.
type ruleFile struct {
	Groups []ruleGroup `yaml:"groups"`
}

type ruleGroup struct {
	Name     string           `yaml:"name"`
	Interval string           `yaml:"interval,omitempty"`
	Rules    []map[string]any `yaml:"rules"`
}

// lasting finds the windows over which something must have been so.
var lasting = regexp.MustCompile(`((?:min|max)_over_time\([^\[\]]*)\[\d+m\]`)

// impatient returns the shipped alerts with shorter waits, as rules of the
// keeper's own, and their names, so that the shipped ones can be left out. What
// rules record stays shipped.
func impatient(wait, interval time.Duration) (rules []byte, names []string, err error) {
	files, err := fs.Glob(configs.Rules, "rules/*.yml")
	if err != nil {
		return nil, nil, fmt.Errorf("find the shipped rules: %w", err)
	}
	var out ruleFile
	seen := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.yml") {
			continue
		}
		data, err := configs.Rules.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("read the shipped rules: %w", err)
		}
		var f ruleFile
		if err := yaml.Unmarshal(data, &f); err != nil {
			return nil, nil, fmt.Errorf("read the shipped rules %s: %w", name, err)
		}
		for _, g := range f.Groups {
			quick := ruleGroup{Name: g.Name, Interval: interval.String()}
			for _, r := range g.Rules {
				alert, ok := r["alert"].(string)
				if !ok {
					continue
				}
				if text, ok := r["for"].(string); ok {
					if d, err := time.ParseDuration(text); err != nil || d > wait {
						r["for"] = wait.String()
					}
				}
				if expr, ok := r["expr"].(string); ok { // a wait of another form
					r["expr"] = lasting.ReplaceAllString(expr, "${1}[1m]")
				}
				quick.Rules = append(quick.Rules, r)
				if !seen[alert] {
					seen[alert] = true
					names = append(names, alert)
				}
			}
			if len(quick.Rules) > 0 {
				out.Groups = append(out.Groups, quick)
			}
		}
	}
	if rules, err = yaml.Marshal(out); err != nil {
		return nil, nil, fmt.Errorf("write the rules: %w", err)
	}
	return rules, names, nil
}
