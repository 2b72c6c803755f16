package settings

import (
	"slices"
	"time"
)

// maxRemoved bounds the contacts that can be restored.
const maxRemoved = 20

// Removed is a contact that was taken out.
type Removed struct {
	Contact
	At time.Time `json:"removed"`
}

// RemoveContact takes a contact out; it can be restored for KeepRemoved, or
// until maxRemoved others were taken out. It fails with ErrNotFound.
func (s *Settings) RemoveContact(name string, now time.Time) error {
	i := slices.IndexFunc(s.Contacts, func(c Contact) bool { return c.Name == name })
	if i < 0 {
		return ErrNotFound
	}
	removed := Removed{s.Contacts[i], now}
	s.Contacts = slices.Delete(s.Contacts, i, i+1)
	s.Removed = slices.DeleteFunc(s.Removed, func(r Removed) bool { return r.Name == name || now.Sub(r.At) > KeepRemoved })
	s.Removed = slices.Insert(s.Removed, 0, removed)
	s.Removed = s.Removed[:min(len(s.Removed), maxRemoved)]
	return nil
}

// RestoreContact undoes RemoveContact. It fails with ErrNotFound, and with
// Problems when another contact has the name by now.
func (s *Settings) RestoreContact(name string) error {
	i := slices.IndexFunc(s.Removed, func(r Removed) bool { return r.Name == name })
	if i < 0 {
		return ErrNotFound
	}
	if err := s.PutContact("", s.Removed[i].Contact); err != nil {
		return err
	}
	s.Removed = slices.Delete(s.Removed, i, i+1)
	return nil
}
