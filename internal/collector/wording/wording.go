// Package wording puts an incident into words, once for everybody who tells of
// it: mails, the console's pages, receivers. It is pure: the catalogue of texts
// and an incident go in, texts in the reader's language come out. Shipped rules
// speak through the catalogue (i18n's rules.yaml, whose head says what fills the
// texts), users' rules through their annotations summary, summary_lt,
// description and description_lt.
//
// Names of things, and users' rules, may bring texts of any length and with
// anything in them. What comes out is one line of bounded length without
// control characters, fit for a mail's header; it is not escaped for HTML.
package wording

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// MaxSubject bounds a subject, in runes: more is cut off by phones.
const MaxSubject = 60

// Words tells of one incident, in one language, at one moment. It is safe for
// concurrent use.
type Words struct {
	c     *i18n.Catalogue
	lang  i18n.Lang
	inc   incident.Incident
	at    time.Time
	key   string            // "rule.<message>" in the catalogue; "" for a user's own rule
	names map[string]string // the labels as they are told: by the name of what they point at
}

// Of makes the words for an incident at a moment, which counts as its end
// while it has not ended.
func Of(c *i18n.Catalogue, lang i18n.Lang, inc incident.Incident, at time.Time) Words {
	w := Words{c: c, lang: lang, inc: inc, at: at}
	if message := inc.Annotations["message"]; message != "" && c.Has(lang, "rule."+message+".subject") {
		w.key = "rule." + message
	}
	w.names = make(map[string]string, len(inc.Labels))
	for label, value := range inc.Labels {
		if key, ok := w.valueKey(label); ok {
			w.names[label] = c.Text(lang, key, nil)
		} else {
			w.names[label] = Clean(cmp.Or(inc.Names[label], value), MaxName)
		}
	}
	return w
}

// valueKey finds the text that the catalogue has for the value of a label.
func (w Words) valueKey(label string) (key string, ok bool) {
	if w.key == "" {
		return "", false
	}
	key = w.key + "." + label + "." + w.inc.Labels[label]
	return key, w.c.Has(w.lang, key)
}

// Shipped reports whether the catalogue speaks for the incident's rule.
func (w Words) Shipped() bool { return w.key != "" }

// Summary says in a few words what is broken, whether it still is or not.
func (w Words) Summary() string { return w.summary(w.parts()) }

// parts are what a summary is made of besides the catalogue's words: the labels
// of a shipped rule, or all of a user's summary, under "".
func (w Words) parts() map[string]string {
	if w.key == "" {
		return map[string]string{"": w.ownSummary()}
	}
	return maps.Clone(w.names)
}

func (w Words) summary(parts map[string]string) string {
	if w.key == "" {
		return parts[""]
	}
	return w.ruleText("subject", parts)
}

// ownSummary is the summary of a user's rule.
func (w Words) ownSummary() string {
	if s := Clean(w.annotation("summary"), MaxName); s != "" {
		return s
	}
	rule := Clean(w.inc.Rule, MaxName)
	for _, label := range []string{"check", "device", "instance"} {
		if name := w.names[label]; name != "" {
			return rule + ": " + name
		}
	}
	return rule
}

// What says what is broken, in a sentence or two; "" when a user's rule has no
// description.
func (w Words) What() string {
	if w.key == "" {
		return Clean(w.annotation("description"), MaxProse)
	}
	what := sentence(w.ruleText("what", w.names))
	// From where a check is down that several places look at.
	if key := "vantage.told." + w.annotation("seen"); w.c.Has(w.lang, key) {
		what += " " + w.c.Text(w.lang, key, map[string]any{"From": Clean(w.annotation("down_from"), MaxProse)})
	}
	return what
}

// Why says why it matters; "" for users' rules.
func (w Words) Why() string { return w.prose("why") }

// Do says what to do first; "" for users' rules.
func (w Words) Do() string { return w.prose("do") }

func (w Words) prose(part string) string {
	if w.key == "" {
		return ""
	}
	return w.ruleText(part, w.names)
}

// ruleText is a text of a shipped rule, or its variant for a number below zero,
// for several things behind one other, for one trouble of several, for one kind of
// thing or for a device that is no computer.
func (w Words) ruleText(part string, names map[string]string) string {
	full := w.key + "." + part
	if w.inc.Value < 0 && w.c.Has(w.lang, full+"_over") {
		full += "_over"
	} else if w.inc.Labels["behind"] != "" && w.c.Has(w.lang, full+"_behind") {
		full += "_behind"
	} else if variant := full + "_" + w.inc.Labels["trouble"]; w.c.Has(w.lang, variant) {
		full = variant
	} else if variant := full + "_" + w.inc.Names[incident.NameKind]; w.c.Has(w.lang, variant) {
		full = variant
	} else if w.inc.Names[incident.NameKind] != "" && w.c.Has(w.lang, full+"_device") {
		full += "_device"
	}
	return w.c.Text(w.lang, full, w.data(names))
}

// data fills the places in a rule's texts.
func (w Words) data(names map[string]string) map[string]any {
	// A rule that lost a label must not print "<no value>".
	out := map[string]any{"check": "?", "device": "?", "site": "?", "system_filesystem_mountpoint": "?", "system_device": "?", "trouble": "?", "address": "?", "other_address": "?", "room": "?", "behind": "?", "what": "?",
		"ifName": "?", "name": "?"}
	for label, name := range names {
		out[label] = name
	}
	out["Value"] = w.Value()
	out["Devices"] = w.devices()
	out["Supplies"] = cmp.Or(Clean(w.inc.Annotations["supplies"], MaxProse), "?")
	out["Minutes"] = Clean(w.inc.Annotations["minutes"], MaxName)
	out["Port"] = w.port()
	out["Percent"] = number(w.lang, math.Round(w.inc.Value)) + " %"
	out["Left"] = w.c.Duration(w.lang, days(w.inc.Value))
	out["Lasted"] = w.Lasted()
	return out
}

// devices are the computers that a rule counts, as its annotation "devices"
// names them; it names some only when there are many.
func (w Words) devices() string {
	names := cmp.Or(Clean(w.inc.Annotations["devices"], MaxProse), "?")
	if named := strings.Count(names, ", ") + 1; float64(named) < w.inc.Value {
		names += ", …"
	}
	return names
}

// port names a port of a switch with what its keeper calls it, where there is such
// a name.
func (w Words) port() string {
	name := cmp.Or(w.names["ifName"], "?")
	if alias := Clean(w.inc.Annotations["alias"], MaxName); alias != "" {
		name += " (" + alias + ")"
	}
	return name
}

// Listed names the devices that a rule counts; "" when it names none.
func (w Words) Listed() string {
	if w.inc.Annotations["devices"] == "" {
		return ""
	}
	return w.devices()
}

// annotation picks a user's annotation in the reader's language, or in any.
func (w Words) annotation(name string) string {
	plain, lithuanian := w.inc.Annotations[name], w.inc.Annotations[name+"_lt"]
	if w.lang == i18n.Lithuanian {
		return cmp.Or(lithuanian, plain)
	}
	return cmp.Or(plain, lithuanian)
}

// Where names the place: site, device, disk, port, check with its address.
func (w Words) Where() string {
	var out []string
	if site := w.names["site"]; site != "" {
		out = append(out, site)
	}
	if room := w.names["room"]; room != "" {
		out = append(out, w.c.Text(w.lang, "incident.where.room", map[string]any{"Name": room}))
	}
	for _, label := range []string{"device", "system_filesystem_mountpoint", "ifName", "name", "check"} {
		name, key := w.names[label], "incident.where."+label
		if name == "" {
			continue
		}
		if label == "device" {
			out = append(out, w.device(name))
			continue
		}
		target := Clean(w.inc.Names[incident.NameTarget], MaxName)
		if label == "check" && target != "" && target != name {
			key += "_at"
		}
		out = append(out, w.c.Text(w.lang, key, map[string]any{"Name": name, "Target": target}))
	}
	return strings.Join(out, ", ")
}

// device names a device with its kind.
func (w Words) device(name string) string {
	if kind := "touched.one." + w.inc.Names[incident.NameKind]; w.c.Has(w.lang, kind) {
		return w.c.Text(w.lang, "touched.named", map[string]any{"Kind": w.c.Text(w.lang, kind, nil), "Name": name})
	}
	return w.c.Text(w.lang, "incident.where.device", map[string]any{"Name": name})
}

// toldElsewhere are labels that are told in words, or that mean nothing to a
// reader.
var toldElsewhere = []string{
	"alertname", "severity", "site", "device", "check", "job", "vantage", "institution", "system_filesystem_mountpoint",
	"room", "behind", "what", "ifName", "name",
}

// Others lists the labels that nothing else tells: a="b" is written a=b.
func (w Words) Others() string {
	var out []string
	for _, label := range slices.Sorted(maps.Keys(w.inc.Labels)) {
		if _, worded := w.valueKey(label); !worded && !slices.Contains(toldElsewhere, label) {
			out = append(out, Clean(label, MaxName)+"="+Clean(w.inc.Labels[label], MaxName))
		}
	}
	return Cut(strings.Join(out, ", "), MaxProse)
}

// Problem says what the last look found; "" when there is nothing, or nothing
// but the technical detail.
func (w Words) Problem() string { return Problem(w.c, w.lang, w.inc.Problem) }

// Problem says what a look found; "" when there is nothing, or nothing but the
// technical detail.
func Problem(c *i18n.Catalogue, lang i18n.Lang, p *look.Problem) string {
	if p == nil || !c.Has(lang, "problem."+p.Code) {
		return ""
	}
	args := make(map[string]any, len(p.Args))
	for name, value := range p.Args {
		args[name] = Clean(value, MaxName)
	}
	text := c.Text(lang, "problem."+p.Code, args)
	if step, ok := args[look.ArgStep]; ok {
		text = c.Text(lang, "look.in_step", map[string]any{"step": step, "problem": text})
	}
	if ip, ok := args[look.ArgIP]; ok {
		text = c.Text(lang, "look.over_ip", map[string]any{"ip": ip, "problem": text})
	}
	return Cut(text, MaxProse)
}

// Value is the rule's number, to four digits.
func (w Words) Value() string { return number(w.lang, w.inc.Value) }

// Lasted is how long the fault took, or has taken.
func (w Words) Lasted() string {
	end := w.at
	if !w.inc.Ended.IsZero() {
		end = w.inc.Ended
	}
	return w.c.Duration(w.lang, end.Sub(w.inc.Since))
}

// days makes a length of time of a number of days.
func days(v float64) time.Duration {
	if math.IsNaN(v) || v <= 0 {
		return 0
	}
	return time.Duration(min(v, 1e5) * 24 * float64(time.Hour))
}

// number writes a value to four digits, in Lithuanian with a decimal comma.
func number(lang i18n.Lang, v float64) string {
	if math.Abs(v) < 1e15 && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	s := strconv.FormatFloat(v, 'g', 4, 64)
	if lang == i18n.Lithuanian {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
