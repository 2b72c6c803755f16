package wording

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
)

// News is what a message tells of an incident.
type News struct {
	Kind     incident.Kind
	Reason   incident.Reason  // of an update
	Touches  incident.Touches // what it touches besides its own thing; of a recovery what is not back yet
	Corrects bool             // it is the cause of what was told before
}

// Subject says all about a message of a kind in one line of at most MaxSubject
// runes.
func (w Words) Subject(kind incident.Kind) string { return w.Headline(News{Kind: kind}) }

// Headline says all about a message in one line of at most MaxSubject runes: the
// cause first, then how much it touches. Names are shortened, the longest first,
// before anything else is cut, and the number of what is touched is never cut.
func (w Words) Headline(n News) string {
	const short = 12 // what is not longer is left alone
	cut := ""
	for _, tail := range []string{w.tail(n, ""), w.tail(n, "_short")} {
		parts := w.parts()
		room := MaxSubject - utf8.RuneCountInString(tail)
		for {
			s := w.subject(n, parts)
			excess := utf8.RuneCountInString(s) - room
			if excess <= 0 {
				return s + tail
			}
			longest, length := "", short
			for _, name := range slices.Sorted(maps.Keys(parts)) {
				if n := utf8.RuneCountInString(parts[name]); n > length && strings.Contains(s, parts[name]) {
					longest, length = name, n
				}
			}
			if length > short {
				parts[longest] = Cut(parts[longest], max(short, length-excess))
				continue
			}
			cut = Cut(s, room) + tail
			break
		}
	}
	return cut
}

// tail says how much is touched, in more words or fewer.
func (w Words) tail(n News, size string) string {
	if n.Touches.Total == 0 || w.counts() {
		return ""
	}
	key := "incident.subject.touches"
	if n.Kind == incident.Recovery {
		key = "incident.subject.missing"
	}
	return w.c.Text(w.lang, key+size, map[string]any{"Count": n.Touches.Total})
}

// counts reports whether the summary says itself how many things it is about.
func (w Words) counts() bool { return w.key == "rule.together_gone" }

func (w Words) subject(n News, parts map[string]string) string {
	byHand := w.inc.EndReason == incident.ByHand
	if n.Kind == incident.Recovery && !byHand && w.key != "" && w.c.Has(w.lang, w.key+".recovered") {
		return w.ruleText("recovered", parts)
	}
	s := w.summary(parts)
	wrap := ""
	switch {
	case n.Kind == incident.Recovery && byHand: // nobody knows that it works
		wrap = "by_hand"
	case n.Kind == incident.Recovery:
		wrap = "recovery"
	case n.Kind == incident.Update && n.Reason != "" && n.Reason != incident.Worse:
		wrap = string(n.Reason)
	case n.Kind == incident.Update && w.inc.Severity == incident.Critical:
		wrap = "update_critical"
	case n.Kind == incident.Update:
		wrap = "update"
	case n.Kind == incident.Reminder, n.Kind == incident.Escalation:
		wrap = string(n.Kind)
	case n.Corrects:
		wrap = "cause"
	default:
		return s
	}
	if w.key != "" {
		s = lowerFirst(s)
	}
	return w.c.Text(w.lang, "incident.subject."+wrap, map[string]any{"Subject": s, "Lasted": w.Lasted()})
}

// Bounds of what is said of the things that an incident touches.
const (
	maxKinds = 6
	maxNamed = 8
	maxSeats = 40
)

// Touched counts what an incident touches, grouped by kind: "120: 96 computers,
// 14 printers, 10 others"; "" for nothing.
func (w Words) Touched(t incident.Touches) string {
	if t.Total == 0 {
		return ""
	}
	var groups []string
	rest := t.Total
	for i, k := range t.Kinds {
		if i == maxKinds && len(t.Kinds) > maxKinds+1 {
			groups = append(groups, w.c.Count(w.lang, "touched.others", rest, nil))
			break
		}
		groups = append(groups, w.kinds(k))
		rest -= k.Count
	}
	if len(groups) == 1 {
		return groups[0]
	}
	return w.c.Text(w.lang, "touched.all", map[string]any{"Total": t.Total, "Kinds": strings.Join(groups, ", ")})
}

// kinds counts things of one kind; a kind that the catalogue does not have is
// written as it is.
func (w Words) kinds(k incident.Touch) string {
	if key := "touched.kind." + k.Kind; w.c.Has(w.lang, key) {
		return w.c.Count(w.lang, key, k.Count, nil)
	}
	name := cmp.Or(Clean(k.Kind, 40), w.c.Text(w.lang, "touched.one.other", nil))
	return name + " × " + strconv.Itoa(k.Count)
}

// Named names the important ones of the things that an incident touches:
// servers, safety, websites. Of few things it names all. "" when Touched says
// enough.
func (w Words) Named(t incident.Touches) string {
	var names []string
	left := 0
	for _, s := range t.Named {
		if !important(s) && t.Total > maxNamed {
			break
		}
		if len(names) == maxNamed {
			left++
			continue
		}
		names = append(names, w.thing(s))
	}
	if len(names) == 0 {
		return ""
	}
	if left > 0 {
		names = append(names, w.c.Text(w.lang, "touched.more", map[string]any{"Count": left}))
	}
	return strings.Join(names, ", ")
}

func important(s incident.Symptom) bool {
	_, check := s.Thing.CheckID()
	return check || s.Class == fleet.Server || s.Class == fleet.Safety || s.Thing == topology.Line
}

// thing names one thing with its kind, so that "srv-1" means something.
func (w Words) thing(s incident.Symptom) string {
	name := Clean(cmp.Or(s.Name, string(s.Thing)), MaxName)
	if key := "touched.one." + s.Kind; w.c.Has(w.lang, key) {
		return w.c.Text(w.lang, "touched.named", map[string]any{"Kind": w.c.Text(w.lang, key, nil), "Name": name})
	}
	return w.c.Text(w.lang, "touched.bare", map[string]any{"Name": name})
}

// Seats names each thing of a room that fell silent together, with its seat, in
// the order of the seats.
func (w Words) Seats(t incident.Touches) string {
	named := slices.Clone(t.Named)
	slices.SortStableFunc(named, func(a, b incident.Symptom) int {
		return cmp.Or(fleet.CompareNatural(a.Seat, b.Seat), fleet.CompareNatural(a.Name, b.Name))
	})
	var out []string
	for _, s := range named {
		if len(out) == maxSeats {
			break
		}
		name := Clean(cmp.Or(s.Name, string(s.Thing)), MaxName)
		if seat := Clean(s.Seat, 40); seat != "" {
			name = w.c.Text(w.lang, "touched.seat", map[string]any{"Name": name, "Seat": seat})
		}
		out = append(out, name)
	}
	if left := t.Total - len(out); left > 0 && len(out) > 0 {
		out = append(out, w.c.Text(w.lang, "touched.more", map[string]any{"Count": left}))
	}
	return strings.Join(out, ", ")
}
