package inventory

import (
	"context"
	"fmt"
	"slices"
)

// Merge makes one device of two that are one computer; by is who. The device
// into lives on with the newer facts, the host name, the hardware and the site
// of from, and with the history of both; what people said of it stays. The row
// of from goes, its ID means into from now on (see Resolve) and is never given
// again. Series of from stay under its ID until they are too old.
//
// Whoever calls it binds the agent of from to into next; Resolve tells at the
// next start when that could not be done any more. It fails with ErrNotFound or
// an *InvalidError.
func (c *Control) Merge(ctx context.Context, by, from, into string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if from == into {
		return &InvalidError{"into", "a device cannot be merged with itself"}
	}
	gone, ok1 := c.state.devices[from]
	before, ok2 := c.state.devices[into]
	if !ok1 || !ok2 {
		return ErrNotFound
	}
	now := c.now()
	d := mergedDevice(gone, before)
	changes := ownChanges(before, d, now)
	changes = append(changes, Change{Time: now, Kind: KindDevice, Field: "merged", New: from})
	for i := range changes {
		changes[i].By = by
	}
	b := Batch{
		Gone: []Gone{{ID: from, Into: into, At: now}}, Devices: []Device{d}, Changes: map[string][]Change{into: changes},
		DropProposals: c.state.about(from), DropApart: c.state.apartFrom(from),
	}
	// What was found out or decided about from is true of into.
	for _, p := range b.DropApart {
		if p = p.with(from, into); p.A != p.B {
			b.Apart = append(b.Apart, p)
		}
	}
	for _, p := range b.DropProposals { // all are about from
		if moved, ok := c.movedProposal(p, from, d, b.Apart); ok {
			b.Proposals = append(b.Proposals, moved)
		}
	}
	for _, p := range c.state.about(into) {
		if slices.Contains(b.Apart, pairOf(p.New, p.Old)) {
			b.DropProposals = append(b.DropProposals, p)
		}
	}
	if err := c.apply(ctx, b); err != nil {
		return fmt.Errorf("merge device %s into %s: %w", from, into, err)
	}
	c.forget(from)
	c.record(ctx, by, "device.merge", into, "from "+from)
	return nil
}

// mergedDevice is the device that lives on: the row of before with what the
// newer inventory found.
func mergedDevice(newer, before Device) Device {
	d := before
	if newer.FactsAt.After(d.FactsAt) {
		d.FactsAt = newer.FactsAt
	}
	if before.FactsAt.After(newer.FactsAt) && !newer.Created.After(before.FactsAt) {
		newer = before // the row that goes is the one that fell silent
	}
	if before.Name == firstOf(clipName(before.Hostname), before.ID) {
		d.Name = firstOf(clipName(newer.Hostname), before.Name)
	}
	d.Hostname = firstOf(newer.Hostname, before.Hostname)
	if newer.Machine.Fingerprint() != "" {
		d.Machine = clonedMachine(newer.Machine)
	}
	d.EngineID = firstOf(newer.EngineID, before.EngineID)
	d.Model, d.Serial, d.OS = firstOf(newer.Model, before.Model), firstOf(newer.Serial, before.Serial), firstOf(newer.OS, before.OS)
	if newer.Site != d.Site { // it was carried to another site
		d.Site, d.Room = newer.Site, newer.Room
	}
	return d
}

// movedProposal is a proposal about from as one about into, unless it is about
// the two themselves, was made or turned down already.
func (c *Control) movedProposal(p Proposal, from string, into Device, apart []Pair) (Proposal, bool) {
	other := p.New
	if other == from {
		other = p.Old
	}
	o, ok := c.state.devices[other]
	if !ok || other == into.ID || c.state.apart[pairOf(other, into.ID)] || slices.Contains(apart, pairOf(other, into.ID)) {
		return Proposal{}, false
	}
	p.New, p.Old = other, into.ID
	if o.Created.Before(into.Created) {
		p.New, p.Old = p.Old, p.New
	}
	_, made := c.state.proposals[[2]string{p.New, p.Old}]
	_, reversed := c.state.proposals[[2]string{p.Old, p.New}]
	return p, !made && !reversed
}

// with puts another device in the place of one.
func (p Pair) with(from, into string) Pair {
	if p.A == from {
		return pairOf(into, p.B)
	}
	if p.B == from {
		return pairOf(p.A, into)
	}
	return p
}

// KeepApart decides for ever that two devices are not one computer; by is who.
// It fails with ErrNotFound or an *InvalidError.
func (c *Control) KeepApart(ctx context.Context, by, a, b string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if a == b {
		return &InvalidError{"other", "name another device"}
	}
	_, ok1 := c.state.devices[a]
	_, ok2 := c.state.devices[b]
	if !ok1 || !ok2 {
		return ErrNotFound
	}
	pair := pairOf(a, b)
	if c.state.apart[pair] {
		return nil
	}
	batch := Batch{Apart: []Pair{pair}}
	for _, p := range c.state.about(a) {
		if pairOf(p.New, p.Old) == pair {
			batch.DropProposals = append(batch.DropProposals, p)
		}
	}
	if err := c.apply(ctx, batch); err != nil {
		return fmt.Errorf("keep devices %s and %s apart: %w", a, b, err)
	}
	c.record(ctx, by, "device.keep_apart", a, "from "+b)
	return nil
}

// forget drops what is remembered of a device besides state. The caller holds
// writing.
func (c *Control) forget(id string) {
	delete(c.told, id)
	delete(c.touched, id)
}
