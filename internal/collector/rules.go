package collector

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/configs"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
)

// shippedRules returns the rule files that are compiled in, without the rules
// that the keeper does not want.
func shippedRules(without []string) ([]ruleset.Source, error) {
	names, err := fs.Glob(configs.Rules, "rules/*.yml")
	if err != nil {
		return nil, err
	}
	var sources []ruleset.Source
	for _, name := range names {
		if strings.HasSuffix(name, "_test.yml") {
			continue
		}
		data, err := configs.Rules.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if len(without) > 0 {
			if data, err = leaveOut(data, without); err != nil {
				return nil, fmt.Errorf("read the shipped rules %s: %w", name, err)
			}
		}
		sources = append(sources, ruleset.Source{Name: "shipped/" + strings.TrimPrefix(name, "rules/"), Content: data})
	}
	return sources, nil
}

// ruleFile is as much of Prometheus' rule file format as leaving out needs.
type ruleFile struct {
	Groups []struct {
		Rest  map[string]any `yaml:",inline"`
		Rules []struct {
			Alert string         `yaml:"alert,omitempty"`
			Rest  map[string]any `yaml:",inline"`
		} `yaml:"rules"`
	} `yaml:"groups"`
}

func leaveOut(data []byte, without []string) ([]byte, error) {
	var f ruleFile
	if err := yaml.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	for i := range f.Groups {
		kept := f.Groups[i].Rules[:0]
		for _, r := range f.Groups[i].Rules {
			if r.Alert == "" || !slices.Contains(without, r.Alert) {
				kept = append(kept, r)
			}
		}
		f.Groups[i].Rules = kept
	}
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	if err := enc.Encode(f); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}

// shippedRuleNames lists the names of the shipped alerts.
func shippedRuleNames() []string {
	var names []string
	sources, err := shippedRules(nil)
	if err != nil {
		return nil // a test reads them all
	}
	for _, s := range sources {
		var f ruleFile
		if yaml.Unmarshal(s.Content, &f) != nil {
			continue
		}
		for _, g := range f.Groups {
			for _, r := range g.Rules {
				if r.Alert != "" && !slices.Contains(names, r.Alert) {
					names = append(names, r.Alert)
				}
			}
		}
	}
	return names
}
