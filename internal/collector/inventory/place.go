package inventory

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/wire"
)

// Place makes a device for a computer whose agent enrols, and the site when it
// is not known yet. When the computer looks like one that is known already, a
// Proposal says so. It fails with an *InvalidError or ErrFull.
func (c *Control) Place(ctx context.Context, n NewComputer) (Device, error) {
	if n.At.IsZero() {
		n.At = c.now()
	}
	machine, err := n.check()
	if err != nil {
		return Device{}, err
	}
	c.writing.Lock()
	defer c.writing.Unlock()

	hostname := clean(n.Hostname)
	id, err := c.freshID(hostname, nil)
	if err != nil {
		return Device{}, err
	}
	d := Device{
		ID: id, Name: firstOf(clipName(hostname), id), Site: n.Site, Class: n.Class, Kind: KindComputer,
		Created: n.At, Hostname: hostname, Machine: machine,
	}
	b := Batch{Devices: []Device{d}}
	if _, known := c.state.sites[n.Site]; !known {
		if len(c.state.sites) >= MaxSites {
			return Device{}, fmt.Errorf("make site %s: %w", n.Site, ErrFull)
		}
		b.Sites = []Site{{ID: n.Site, Name: n.Site}}
	}
	b.Proposals = c.state.propose(d)
	stamp(b.Proposals, n.At)
	if err := c.apply(ctx, b); err != nil {
		return Device{}, fmt.Errorf("place computer %s: %w", id, err)
	}
	c.log.Info("new device", "device", d.ID, "site", d.Site, "class", string(d.Class))
	c.logProposals(b.Proposals)
	return cloned(d), nil
}

// check returns the machine as it is kept.
func (n NewComputer) check() (wire.Machine, error) {
	if err := fleet.CheckID(n.Site); err != nil {
		return wire.Machine{}, &InvalidError{"site", err.Error()}
	}
	if _, err := fleet.ParseClass(string(n.Class)); err != nil {
		return wire.Machine{}, &InvalidError{"class", err.Error()}
	}
	if len(n.Hostname) > wire.MaxText {
		return wire.Machine{}, &InvalidError{"hostname", fmt.Sprintf("use at most %d bytes", wire.MaxText)}
	}
	return checkMachine(n.Machine)
}

// checkMachine returns a machine with every text on one line.
func checkMachine(m wire.Machine) (wire.Machine, error) {
	if err := m.Check(); err != nil {
		return wire.Machine{}, &InvalidError{"machine", err.Error()}
	}
	m = clonedMachine(m)
	for _, s := range []*string{&m.SystemUUID, &m.SystemSerial, &m.BoardSerial} {
		*s = clean(*s)
	}
	for i := range m.MACs {
		m.MACs[i] = clean(m.MACs[i])
	}
	return m, nil
}

// maxNumbered bounds the search for a free number: a list of ten thousand
// devices of one name must not keep all others waiting.
const maxNumbered = 999

// freshID makes an ID that no device has or had, and that is not given at this
// moment.
func (c *Control) freshID(hostname string, given map[string]bool) (string, error) {
	s := &c.state
	if len(s.devices) >= MaxDevices || len(s.devices)+len(s.gone) >= MaxIDs {
		return "", fmt.Errorf("make an ID: %w", ErrFull)
	}
	base := fleet.MakeID(hostname)
	free := func(id string) bool { return !s.taken(id) && !slices.Contains(c.reserved, id) && !given[id] }
	if base == "" {
		for {
			var random [4]byte
			_, _ = rand.Read(random[:]) // never fails, see crypto/rand
			if id := "pc-" + hex.EncodeToString(random[:]); free(id) {
				return id, nil
			}
		}
	}
	if free(base) {
		return base, nil
	}
	for n := 2; ; n++ { // ends: fewer than MaxIDs are taken
		suffix := fmt.Sprintf("-%d", n)
		if n > maxNumbered {
			var random [4]byte
			_, _ = rand.Read(random[:])
			suffix = "-" + hex.EncodeToString(random[:])
		}
		short := strings.TrimRight(base[:min(len(base), fleet.MaxIDLength-len(suffix))], "-_.")
		if id := short + suffix; free(id) {
			return id, nil
		}
	}
}

// apply stores a change and then makes it in memory. The caller holds writing.
func (c *Control) apply(ctx context.Context, b Batch) error {
	b.Limit = MaxHistory
	dropped, err := c.store.Apply(ctx, b)
	if err != nil {
		return err
	}
	c.dropped.Add(float64(dropped))
	for _, d := range b.Devices {
		c.touched[d.ID] = d.FactsAt
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.alters(b) {
		c.version++
	}
	c.state.apply(b)
	return nil
}

func stamp(proposals []Proposal, at time.Time) {
	for i := range proposals {
		proposals[i].Made = at
	}
}

func (c *Control) logProposals(proposals []Proposal) {
	for _, p := range proposals {
		c.log.Warn("a device looks like one that is known already: merge them or keep them apart", "device", p.New, "other", p.Old, "reasons", strings.Join(p.Reasons, ","))
	}
}

// clean makes a text of a stranger one line of valid UTF-8, in which nothing
// turns the direction of writing: it would make one serial look like another.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?")) // never longer than it was
	return strings.TrimSpace(s)
}

// clipName shortens a text to MaxName characters.
func clipName(s string) string {
	if utf8.RuneCountInString(s) <= MaxName {
		return s
	}
	return string([]rune(s)[:MaxName])
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
