package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// touchEvery bounds how often it is stored that facts came which were known.
const touchEvery = 24 * time.Hour

// namePattern is what kinds and fields of facts may be called.
var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Take keeps what a computer's agent reported of it. Kinds that are given
// replace what was known of them, other kinds stay. What changed goes into the
// history, but for the first inventory of a kind and for what is volatile. A
// report of what is known already writes nothing to the disk, or once a day
// that it came. What is beyond a limit is left out and counted.
//
// The ID may be that of a device that was merged. It fails with ErrNotFound.
func (c *Control) Take(ctx context.Context, device string, sets []look.FactSet, about About) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	d, ok := c.state.resolve(device)
	if !ok {
		return ErrNotFound
	}
	var stored []look.FactSet
	if len(sets) > 0 { // most reports have none
		var err error
		if stored, err = c.store.Facts(ctx, d.ID); err != nil {
			return fmt.Errorf("read facts of %s: %w", d.ID, err)
		}
	}
	now, before := c.now(), d
	changed, changes := c.compare(d.ID, stored, c.accept(d.ID, sets, now), now)
	c.tell(&d, about)
	derive(&d, changed)
	changes = append(changes, ownChanges(before, d, now)...)

	var proposals []Proposal
	if !reflect.DeepEqual(identify(before.Machine), identify(d.Machine)) {
		proposals = c.state.propose(d)
		stamp(proposals, now)
	}
	if len(sets) > 0 {
		d.FactsAt = now
	}
	if reflect.DeepEqual(withoutTime(before), withoutTime(d)) && len(changed) == 0 && len(proposals) == 0 && (len(sets) == 0 || now.Sub(c.touched[d.ID]) < touchEvery) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.state.devices[d.ID] = d
		return nil
	}
	b := Batch{Devices: []Device{d}, Proposals: proposals}
	if len(changed) > 0 {
		b.Facts = map[string][]look.FactSet{d.ID: changed}
	}
	if len(changes) > 0 {
		b.Changes = map[string][]Change{d.ID: changes}
	}
	if err := c.apply(ctx, b); err != nil {
		return fmt.Errorf("store facts of %s: %w", d.ID, err)
	}
	c.logProposals(proposals)
	return nil
}

func withoutTime(d Device) Device {
	d.FactsAt = time.Time{}
	return d
}

// accept returns what may be kept of an agent's facts, in one form: items by
// key, texts on one line.
func (c *Control) accept(device string, sets []look.FactSet, now time.Time) []look.FactSet {
	var out []look.FactSet
	for _, set := range sets {
		i := slices.IndexFunc(out, func(o look.FactSet) bool { return o.Kind == set.Kind })
		if !namePattern.MatchString(set.Kind) || set.Kind == KindDevice || i >= 0 || len(out) >= wire.MaxFactSets {
			c.refuse(device, "set")
			continue
		}
		kept := look.FactSet{Kind: set.Kind, Time: set.Time.UTC(), Items: make([]look.Item, 0, min(len(set.Items), wire.MaxItems))}
		if kept.Time.IsZero() || kept.Time.After(now) {
			kept.Time = now.UTC()
		}
		seen := make(map[string]bool, len(set.Items))
		for _, item := range set.Items {
			key := clean(item.Key)
			if len(key) > wire.MaxText || seen[key] || len(kept.Items) >= wire.MaxItems {
				c.refuse(device, "item")
				continue
			}
			seen[key] = true
			kept.Items = append(kept.Items, look.Item{Key: key, Fields: c.acceptFields(device, item.Fields)})
		}
		slices.SortFunc(kept.Items, func(a, b look.Item) int { return strings.Compare(a.Key, b.Key) })
		out = append(out, kept)
	}
	return out
}

func (c *Control) acceptFields(device string, fields map[string]string) map[string]string {
	out := make(map[string]string, min(len(fields), wire.MaxFields))
	for _, name := range sortedKeys(fields) {
		value := clean(fields[name])
		switch {
		case !namePattern.MatchString(name), len(value) > wire.MaxText, len(out) >= wire.MaxFields:
			c.refuse(device, "field")
		case value != "":
			out[name] = value
		}
	}
	return out
}

// compare returns the sets that are not stored in this form yet and fit, and
// what changed in them.
func (c *Control) compare(device string, stored, sets []look.FactSet, now time.Time) (changed []look.FactSet, changes []Change) {
	sizes := map[string]int{}
	total := 0
	for _, set := range stored {
		sizes[set.Kind] = size(set)
		total += sizes[set.Kind]
	}
	for _, set := range sets {
		i := slices.IndexFunc(stored, func(s look.FactSet) bool { return s.Kind == set.Kind })
		if i >= 0 && sameItems(stored[i].Items, set.Items) {
			continue
		}
		n := size(set)
		// After a merge there may be more than the limits: it may shrink.
		if i < 0 && len(sizes) >= wire.MaxFactSets || n > sizes[set.Kind] && total-sizes[set.Kind]+n > MaxFactBytes {
			c.refuse(device, "set")
			continue
		}
		total += n - sizes[set.Kind]
		sizes[set.Kind] = n
		changed = append(changed, set)
		if i >= 0 {
			changes = append(changes, differences(set.Kind, stored[i].Items, set.Items, now)...)
		}
	}
	return changed, changes
}

// size is how long a set is as it is stored.
func size(set look.FactSet) int {
	b, _ := json.Marshal(set) // texts and a time: never fails
	return len(b)
}

// tell takes what a report says of its computer besides facts.
func (c *Control) tell(d *Device, about About) {
	if d.Polled && about.Kind != "" {
		d.Kind = about.Kind
		if !d.ClassSaid && about.Class != "" {
			d.Class = about.Class
		}
		d.EngineID = firstOf(about.EngineID, d.EngineID)
	}
	if hostname := clean(about.Hostname); hostname != "" {
		if len(hostname) > wire.MaxText {
			c.refuse(d.ID, "about")
		} else {
			if d.Name == firstOf(clipName(d.Hostname), d.ID) { // nobody gave it another
				d.Name = clipName(hostname)
			}
			d.Hostname = hostname
		}
	}
	if about.Machine.Fingerprint() == "" {
		return
	}
	m, err := checkMachine(about.Machine)
	if err != nil {
		c.refuse(d.ID, "about")
	} else if m.Fingerprint() != d.Machine.Fingerprint() {
		d.Machine = m
	}
}

// refuse counts what is left out, and logs the first of each device.
func (c *Control) refuse(device, part string) {
	c.refused.WithLabelValues(part).Inc()
	if !c.told[device] {
		c.told[device] = true
		c.log.Warn("a part of an agent's report is beyond the limits and was left out", "device", device, "part", part)
	}
}

// derive takes the fields of a Device that are facts too.
func derive(d *Device, sets []look.FactSet) {
	for _, set := range sets {
		var f map[string]string
		if len(set.Items) > 0 {
			f = set.Items[0].Fields
		}
		switch set.Kind {
		case "system":
			d.Model = named(f["make"], f["model"])
			if f["model"] == "" { // assembled from parts: the board says most
				d.Model = named(firstOf(f["make"], f["board_make"]), f["board_model"])
			}
			d.Serial = f["serial"]
		case "os":
			d.OS = firstOf(f["edition"], f["name"])
			if v := f["version"]; v != "" && !strings.Contains(d.OS, v) {
				d.OS = strings.TrimSpace(d.OS + " " + v)
			}
		}
	}
}

// named puts the maker before the model, unless the model begins with it.
func named(maker, model string) string {
	if strings.HasPrefix(strings.ToLower(model), strings.ToLower(maker)) {
		return model
	}
	return strings.TrimSpace(maker + " " + model)
}

// ownChanges are those of the fields of a Device that are no facts.
func ownChanges(before, after Device, now time.Time) []Change {
	var out []Change
	for _, f := range []struct{ name, before, after string }{
		{"hostname", before.Hostname, after.Hostname},
		{"name", before.Name, after.Name},
		{"site", before.Site, after.Site},
		{"room", before.Room, after.Room},
		{"seat", before.Seat, after.Seat},
		{"class", string(before.Class), string(after.Class)},
		{"kind", before.Kind, after.Kind},
		{"asset", before.Asset, after.Asset},
		{"parents", strings.Join(before.Parents, " "), strings.Join(after.Parents, " ")},
		{"power", strings.Join(before.Power, " "), strings.Join(after.Power, " ")},
	} {
		if f.before != f.after {
			out = append(out, Change{Time: now, Kind: KindDevice, Field: f.name, Old: f.before, New: f.after})
		}
	}
	return out
}
