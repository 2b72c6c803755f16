package simulate

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/configs"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/presence"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// The rules that fire when a thing does not answer, or runs on its battery. They
// are read from the rule files that Budi ships.
const (
	ruleServer  = "ServerSilent"
	ruleCheck   = "SiteDown"
	ruleLine    = "OwnLineDown"
	ruleDevice  = "DeviceDown"
	ruleBattery = "UPSOnBattery"
)

// own are rules that scenarios have although no file ships them.
func own() []Rule {
	return []Rule{
		{Name: incident.RuleTogether, Severity: string(incident.Warning), Meaning: "down"},
		{Name: presence.RuleSilent, Severity: string(incident.Critical), Meaning: "down"},
		{Name: incident.RuleReported, Severity: string(incident.Warning)},
	}
}

// loadRules gathers the rules: shipped ones, those that every scenario has, and
// the scenario's own over them.
func (s *Scenario) loadRules(r *strictyaml.Report) {
	s.rules = map[string]Rule{}
	for _, rule := range own() {
		s.rules[rule.Name] = rule
	}
	shipped, err := shippedRules()
	if err != nil {
		r.Bad("rules", nil, err.Error())
	}
	for i, rule := range shipped {
		// Of a rule that stands there for several severities the first counts.
		if !slices.ContainsFunc(shipped[:i], func(r Rule) bool { return r.Name == rule.Name }) {
			s.rules[rule.Name] = rule
		}
	}
	for i, rule := range s.Rules {
		at := r.At("rules").Index(i)
		if rule.Name == "" {
			at.Missing("name", "give each rule a name, for example PrinterTonerLow")
			continue
		}
		switch incident.Severity(rule.Severity) {
		case "", incident.Critical, incident.Warning, incident.Info:
		default:
			at.Bad("severity", rule.Severity, "write critical, warning or info")
		}
		switch rule.Meaning {
		case "", "down", "cause":
		default:
			at.Bad("meaning", rule.Meaning, "write down (the thing does not answer) or cause (what hangs on the thing is explained by it), or leave it out")
		}
		known, is := s.rules[rule.Name]
		if !is {
			known = Rule{Name: rule.Name, Severity: string(incident.Warning)}
		}
		s.rules[rule.Name] = known.with(rule)
	}
}

// with lays what a scenario says of a rule over what is known of it.
func (rule Rule) with(said Rule) Rule {
	if said.Severity != "" {
		rule.Severity = said.Severity
	}
	if said.Meaning != "" {
		rule.Meaning = said.Meaning
	}
	if said.Summary != "" || said.SummaryLT != "" {
		rule.Summary, rule.SummaryLT, rule.annotations = said.Summary, said.SummaryLT, nil
	}
	if said.For != 0 {
		rule.For = said.For
	}
	rule.Routine = rule.Routine || said.Routine
	return rule
}

// shippedRules reads names, severities and annotations of the shipped rules.
func shippedRules() ([]Rule, error) {
	var out []Rule
	err := fs.WalkDir(configs.Rules, "rules", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.yml") {
			return err
		}
		data, err := configs.Rules.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read shipped rules: %w", err)
		}
		var file struct {
			Groups []struct {
				Rules []struct {
					Alert       string            `yaml:"alert"`
					Labels      map[string]string `yaml:"labels"`
					Annotations map[string]string `yaml:"annotations"`
				} `yaml:"rules"`
			} `yaml:"groups"`
		}
		if err := yaml.Unmarshal(data, &file); err != nil {
			return fmt.Errorf("read shipped rules %s: %w", path, err)
		}
		for _, g := range file.Groups {
			for _, a := range g.Rules {
				if a.Alert == "" {
					continue
				}
				meaning := a.Annotations["topology"]
				if strings.Contains(meaning, "{{") {
					meaning = "" // it depends on a value, which a scenario says itself
				}
				if meaning == "" && (a.Alert == ruleServer || a.Alert == ruleCheck || a.Alert == ruleLine) {
					meaning = "down"
				}
				out = append(out, Rule{Name: a.Alert, Severity: a.Labels["severity"], Meaning: meaning, Routine: a.Annotations["routine"] == "true", annotations: a.Annotations})
			}
		}
		return nil
	})
	return out, err
}

// alert makes the alert of a rule about a thing; severity, labels and summary
// may be empty.
func (s *Scenario) alert(rule Rule, about topology.ID, severity string, labels map[string]string, summary string) incident.Alert {
	t := s.thing(about)
	all := map[string]string{"severity": rule.Severity}
	if about != "" {
		all["site"] = t.Site
	}
	names := map[string]string{}
	switch check, isCheck := about.CheckID(); {
	case about == topology.Line:
		all["job"] = "line"
	case isCheck:
		all["check"], names["check"] = check, t.Title()
	case about != "":
		all["device"], names["device"] = string(about), t.Title()
	}
	for k, v := range labels {
		all[labelName(k)] = v
	}
	if severity != "" {
		all["severity"] = severity
	}
	annotations := map[string]string{}
	for k, v := range rule.annotations {
		if !strings.Contains(v, "{{") { // what is asked of the samples is not known here
			annotations[k] = v
		}
	}
	if rule.Meaning != "" {
		annotations["topology"] = rule.Meaning
	}
	if rule.Routine {
		annotations["routine"] = "true"
	}
	title := t.Title()
	for key, text := range map[string]string{"summary": rule.Summary, "summary_lt": rule.SummaryLT} {
		if text != "" {
			annotations[key] = strings.ReplaceAll(text, "{{about}}", title)
		}
	}
	if summary != "" {
		annotations["summary"] = summary
		delete(annotations, "summary_lt")
		delete(annotations, "message")
	}
	return incident.Alert{Rule: rule.Name, Labels: all, Annotations: annotations, Names: names}
}

// labelName spells out the names of labels that shipped rules use.
func labelName(name string) string {
	switch name {
	case "mountpoint":
		return "system_filesystem_mountpoint"
	case "disk":
		return "system_device"
	}
	return name
}

// thing returns a thing; the zero Thing when the topology has none of this ID.
func (s *Scenario) thing(id topology.ID) topology.Thing {
	if i, known := s.index[id]; known {
		return s.things[i]
	}
	return topology.Thing{ID: id, Site: "main"}
}

// silentRule is the rule that fires when a thing does not answer; "" when its
// silence is no fault.
func silentRule(t topology.Thing) string {
	_, isCheck := t.ID.CheckID()
	switch {
	case t.ID == topology.Line:
		return ruleLine
	case isCheck:
		return ruleCheck
	case t.Class == fleet.Server:
		return ruleServer
	case t.Class == fleet.Workstation || t.Class == fleet.Presentation:
		return ""
	default:
		return ruleDevice
	}
}
