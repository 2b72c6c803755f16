package calendar

import (
	"errors"
	"slices"
	"time"
)

// ErrNotFound says that there is no such entry.
var ErrNotFound = errors.New("the calendar has no such entry")

// Clone copies what an edit may change in place.
func (c Config) Clone() Config {
	c.Hours = slices.Clone(c.Hours)
	c.Days = slices.Clone(c.Days)
	c.Terms = slices.Clone(c.Terms)
	c.Assessments = slices.Clone(c.Assessments)
	c.Maintenance = slices.Clone(c.Maintenance)
	return c
}

// InUse leaves out what was removed.
func (c Config) InUse() Config {
	c = c.Clone()
	c.Days = slices.DeleteFunc(c.Days, func(d SpecialDay) bool { return !d.Removed.IsZero() })
	c.Assessments = slices.DeleteFunc(c.Assessments, func(a Assessment) bool { return !a.Removed.IsZero() })
	c.Maintenance = slices.DeleteFunc(c.Maintenance, func(w Window) bool { return !w.Removed.IsZero() })
	return c
}

// Put adds the entries of more, or puts them in the place of those that have
// their IDs. It is for entries with IDs only.
func (c *Config) Put(more Config) {
	c.Days = put(c.Days, more.Days, func(d SpecialDay) string { return d.ID })
	c.Assessments = put(c.Assessments, more.Assessments, func(a Assessment) string { return a.ID })
	c.Maintenance = put(c.Maintenance, more.Maintenance, func(w Window) string { return w.ID })
}

func put[T any](list, more []T, id func(T) string) []T {
	for _, m := range more {
		if i := slices.IndexFunc(list, func(x T) bool { return id(x) == id(m) }); i >= 0 {
			list[i] = m
			continue
		}
		list = append(list, m)
	}
	return list
}

// SetRemoved marks an entry as removed at a moment; the zero time brings it
// back. Entries that were removed before old are dropped. It fails with
// ErrNotFound.
func (c *Config) SetRemoved(id string, at, old time.Time) error {
	found := 0
	mark := func(entry string, removed *time.Time) bool {
		if entry == id {
			*removed = at
			found++
		}
		return !removed.IsZero() && removed.Before(old)
	}
	c.Days = slices.DeleteFunc(c.Days, func(d SpecialDay) bool { return d.ID != id && mark(d.ID, &d.Removed) })
	c.Assessments = slices.DeleteFunc(c.Assessments, func(a Assessment) bool { return a.ID != id && mark(a.ID, &a.Removed) })
	c.Maintenance = slices.DeleteFunc(c.Maintenance, func(w Window) bool { return w.ID != id && mark(w.ID, &w.Removed) })
	for i := range c.Days {
		mark(c.Days[i].ID, &c.Days[i].Removed)
	}
	for i := range c.Assessments {
		mark(c.Assessments[i].ID, &c.Assessments[i].Removed)
	}
	for i := range c.Maintenance {
		mark(c.Maintenance[i].ID, &c.Maintenance[i].Removed)
	}
	if found == 0 {
		return ErrNotFound
	}
	return nil
}

// Find returns the entry with an ID, alone in a Config, and whether it is there.
func (c Config) Find(id string) (Config, bool) {
	var out Config
	for _, d := range c.Days {
		if d.ID == id {
			out.Days = append(out.Days, d)
		}
	}
	for _, a := range c.Assessments {
		if a.ID == id {
			out.Assessments = append(out.Assessments, a)
		}
	}
	for _, w := range c.Maintenance {
		if w.ID == id {
			out.Maintenance = append(out.Maintenance, w)
		}
	}
	return out, len(out.Days)+len(out.Assessments)+len(out.Maintenance) > 0
}

// ClashesOf are those of a configuration; an error means that something else is
// wrong with it.
func ClashesOf(config Config, zone *time.Location) ([]Clash, error) {
	_, err := New(config, zone)
	if err == nil {
		return nil, nil
	}
	if c, wrong := compile(config, zone); wrong == nil {
		if clashes := c.Clashes(nil); len(clashes) > 0 {
			return clashes, nil
		}
	}
	return nil, err
}
