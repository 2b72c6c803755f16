package incident

import (
	"maps"
	"slices"
	"time"
)

// Step moves the picture to the moment now. The result depends on nothing but
// the arguments; the order of the alerts does not matter. A second step with
// the same arguments owes nothing more.
func Step(p Picture, f Facts, now time.Time, policy Policy) (Picture, Changes) {
	next := Picture{Open: make(map[Key]Incident, len(p.Open)), Next: max(p.Next, 1)}
	var changes Changes

	alerts := merge(f.Alerts)
	keys := make(map[Key]bool, len(alerts)+len(p.Open))
	for key := range alerts {
		keys[key] = true
	}
	for key := range p.Open {
		keys[key] = true
	}
	about := map[string]int{} // devices
	for _, inc := range p.Open {
		about[inc.Labels["device"]]++
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		before, existed := p.Open[key]
		alert, alive := alerts[key]
		inc := before
		switch {
		case existed:
			inc = unwind(inc, now)
		case !alert.Firing:
			continue // pending: nothing to tell yet
		case policy.MaxOpen > 0 && len(p.Open)+int(next.Next-max(p.Next, 1)) >= policy.MaxOpen:
			changes.Refused++
			continue
		case policy.MaxOfDevice > 0 && alert.Labels["device"] != "" && about[alert.Labels["device"]] >= policy.MaxOfDevice:
			changes.Refused++
			continue
		default:
			about[alert.Labels["device"]]++
			inc = Incident{ID: next.Next, Key: key, Rule: alert.Rule, State: Holding, Seen: now, Since: alert.Since}
			next.Next++
		}

		if alive {
			inc = refresh(inc, alert)
			inc = turn(inc, Firing, now)
			if alert.Firing {
				inc.LastFired = now
			}
		} else if f.Cleared[key] {
			inc = turn(inc, Cleared, now)
		} else {
			inc = turn(inc, Unknown, now)
		}

		var owed []Owed
		inc, owed = settle(inc, alert.Firing, now, policy)
		changes.Owed = append(changes.Owed, owed...)
		if inc.State != Closed {
			next.Open[key] = inc
		}
		if !existed || !same(before, inc) {
			changes.Incidents = append(changes.Incidents, inc)
		}
	}
	byID := func(a, b Incident) int { return int(a.ID) - int(b.ID) }
	slices.SortFunc(changes.Incidents, byID)
	slices.SortStableFunc(changes.Owed, func(a, b Owed) int { return byID(a.Incident, b.Incident) })
	return next, changes
}

// merge joins alerts that differ in severity only: the most urgent that fires
// and is not silenced speaks for all. A silence for one severity hides no other.
func merge(alerts []Alert) map[Key]Alert {
	out := make(map[Key]Alert, len(alerts))
	for _, a := range alerts {
		key := a.Key()
		if have, ok := out[key]; !ok || speaksFor(a, have) {
			out[key] = a
		}
	}
	return out
}

func speaksFor(a, b Alert) bool {
	if a.Firing != b.Firing {
		return a.Firing
	}
	if a.Silenced != b.Silenced {
		return b.Silenced
	}
	if ra, rb := SeverityOf(a.Labels).rank(), SeverityOf(b.Labels).rank(); ra != rb {
		return ra > rb
	}
	if !a.Since.Equal(b.Since) {
		return a.Since.Before(b.Since)
	}
	return a.Value > b.Value // only so that the order of the alerts does not matter
}

// SeverityOf reads the label "severity"; what is not one of ours is Warning.
func SeverityOf(labels map[string]string) Severity {
	switch s := Severity(labels["severity"]); s {
	case Critical, Info:
		return s
	default:
		return Warning
	}
}

// refresh takes over what the alert says now.
func refresh(inc Incident, a Alert) Incident {
	inc.Labels, inc.Annotations = a.Labels, a.Annotations
	inc.Silenced = a.Silenced
	inc.Severity = SeverityOf(a.Labels)
	if a.Firing {
		inc.Value = a.Value
		if a.Problem != nil {
			// A look that goes well again comes before the rule that sees it,
			// and before the recovery, which says what was wrong.
			inc.Problem = a.Problem
		}
		inc.Names = renamed(inc.Names, a.Names)
	}
	return inc
}

// renamed takes over what things are called now, and keeps the names of those
// that nobody knows any more: they were removed from the configuration.
func renamed(before, now map[string]string) map[string]string {
	if len(before) == 0 || maps.Equal(before, now) {
		return now
	}
	all := maps.Clone(before)
	maps.Copy(all, now)
	return all
}

// turn notes a change of evidence and when it came.
func turn(inc Incident, e Evidence, now time.Time) Incident {
	if inc.Evidence != e {
		inc.Evidence, inc.Turned = e, now
	}
	return inc
}

// unwind pulls moments that lie in the future back to now: the system clock
// was set back, and a hold must not last until the clock has caught up.
func unwind(inc Incident, now time.Time) Incident {
	for _, t := range []*time.Time{&inc.Seen, &inc.Turned, &inc.LastFired, &inc.Since} {
		if t.After(now) {
			*t = now
		}
	}
	return inc
}

// settle decides what the evidence means now and what is owed for it.
func settle(inc Incident, firing bool, now time.Time, policy Policy) (Incident, []Owed) {
	switch inc.Evidence {
	case Firing:
		// A pending alert keeps an incident alive and makes nothing owed.
		if firing && !inc.Silenced && now.Sub(inc.Seen) >= policy.HoldFault {
			return tell(inc, now, policy.Contacts)
		}
	case Cleared:
		if now.Sub(inc.Turned) >= policy.HoldRecovery {
			return end(inc, Recovered, now)
		}
	case Unknown:
		if policy.ForgetAfter > 0 && now.Sub(inc.Turned) >= policy.ForgetAfter {
			inc.State, inc.Ended, inc.EndReason = Closed, now, Expired
		}
	}
	return inc, nil
}

// tell owes the fault to everybody who wants it and was not told yet, and an
// update to those who were told of something less urgent. Whoever joins the
// contacts later is not told of what others of them know already; but when
// none of them knows (there were no contacts, or those that were told are gone
// or have another name), the fault is not over with that: whoever is there now
// is told.
func tell(inc Incident, now time.Time, contacts []Contact) (Incident, []Owed) {
	first := inc.State == Holding
	worse := !first && inc.Severity.rank() > inc.Told.rank()
	unheard := !first && inc.Acked == nil && !slices.ContainsFunc(contacts, func(c Contact) bool { return told(inc, c) })
	if !first && !worse && !unheard {
		return inc, nil
	}
	notified := maps.Clone(inc.Notified)
	var kinds []Owed
	for _, c := range contacts {
		if !c.wants(inc) {
			continue
		}
		kind, reason := Update, Worse
		if !told(inc, c) {
			kind, reason = Fault, ""
			if notified == nil {
				notified = map[string]time.Time{}
			}
			notified[c.Name] = now
		}
		kinds = append(kinds, Owed{Contact: c.Name, Kind: kind, Reason: reason})
	}
	if !first && !worse && len(kinds) == 0 {
		return inc, nil // still nobody who wants to know
	}
	if first {
		inc.State, inc.Opened = Open, now
	}
	inc.Told, inc.Notified = inc.Severity, notified
	for i := range kinds {
		kinds[i].Incident = inc
	}
	return inc, kinds
}

// told reports whether the fault was owed to a contact.
func told(inc Incident, c Contact) bool {
	_, ok := inc.Notified[c.Name]
	return ok
}

// end closes an incident and owes the recovery to exactly those to whom the
// fault was owed, silences and changed contacts or not.
func end(inc Incident, reason EndReason, now time.Time) (Incident, []Owed) {
	inc.State, inc.Ended, inc.EndReason = Closed, now, reason
	var owed []Owed
	for _, name := range slices.Sorted(maps.Keys(inc.Notified)) {
		owed = append(owed, Owed{Contact: name, Kind: Recovery, Incident: inc})
	}
	return inc, owed
}

// same reports whether nothing differs that is worth storing. LastFired, Value
// and annotations (they may quote the value) move with every evaluation and are
// stored with the next real change; so are new names.
func same(a, b Incident) bool {
	return a.State == b.State && a.Evidence == b.Evidence && a.Severity == b.Severity && a.Told == b.Told &&
		a.Silenced == b.Silenced && a.Turned.Equal(b.Turned) && a.Seen.Equal(b.Seen) && a.Since.Equal(b.Since) &&
		len(a.Notified) == len(b.Notified) && maps.Equal(a.Labels, b.Labels)
}
