// Package settings keeps what people set in the console instead of in a file:
// checks, devices that are looked at over the network and their credentials, contacts, mail, the heartbeat, the institution's name and logo, the address and the
// language of the console. It knows what can be and what cannot (Problems, with
// a sentence in both languages for each) and how it differs from what was
// before; it looks at nothing, tells nobody and reads no file. The collector's
// composition lays the configuration file over it and puts both to use; storage
// is behind Store.
//
// # Secrets
//
// Passwords and tokens, a name and password in a check's target too, are sealed
// with AES-GCM before they reach the Store, under a key that is derived from
// secret.key and bound to the place that they belong to: who has the database
// without the key has none of them.
//
// # What is bounded
//
// Checks (MaxChecks, those of the file counted by the composition), devices
// (MaxPolled), credentials (MaxCredentials), contacts
// (MaxContacts), the logo (MaxLogo), every text. A removed check or device is kept for
// KeepRemoved, so that removing can be undone.
package settings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/heartbeat"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/roster"
)

// Bounds of what is kept.
const (
	MaxChecks   = 10_000 // those that were removed lately included
	MaxPolled   = 10_000 // the same of devices
	MaxContacts = 100
	MaxName     = 200      // bytes of a name that people give
	MaxLogo     = 100_000  // bytes
	MaxURL      = 2_000    // bytes
	maxSecret   = 10 << 10 // bytes of a password or token

	// KeepRemoved is how long a removed check or device can be restored.
	KeepRemoved = 30 * 24 * time.Hour
)

// Settings is all that people set in the console. A value that Control handed
// out is shared: it is only read.
type Settings struct {
	General
	Logo        *Logo        // nil: none
	Checks      []Check      // by ID, those that were removed lately too
	Devices     []Device     // the same
	Credentials []Credential // in the order in which they were added; stored sealed
}

// General is what there is one of.
type General struct {
	Institution        string              `json:"institution,omitempty"`  // its name; empty: not said
	ExternalURL        string              `json:"external_url,omitempty"` // how people reach the console; empty: not said
	Language           string              `json:"language,omitempty"`     // en or lt; empty: not said
	Mail               *mail.Config        `json:"-"`                      // stored sealed; nil: not said
	Heartbeat          *heartbeat.Config   `json:"-"`                      // stored sealed; nil: not said
	Contacts           []Contact           `json:"contacts,omitempty"`
	Calendar           calendar.Config     `json:"calendar,omitzero"`          // days, assessments and maintenance that were entered here; those removed lately too
	Removed            []Removed           `json:"removed_contacts,omitempty"` // lately, newest first
	Escalations        []roster.Escalation `json:"escalations,omitempty"`
	RemovedEscalations []RemovedEscalation `json:"removed_escalations,omitempty"` // lately, newest first
	Away               map[string]Away     `json:"away,omitempty"`                // by the ID of a device, also of one in the file
	Started            time.Time           `json:"started,omitzero"`              // when the first-run guide was finished or put away; zero: neither
}

// Options says how to open a Control. Store and Key are needed.
type Options struct {
	Store  Store
	Key    []byte           // 32 bytes, for secrets
	Logger *slog.Logger     // nil: nothing is logged
	Now    func() time.Time // nil: time.Now
}

// Control holds the Settings in use. It is safe for concurrent use.
type Control struct {
	store Store
	seal  sealer
	log   *slog.Logger
	now   func() time.Time

	changing sync.Mutex // one change at a time

	mu      sync.Mutex // guards what follows
	current Settings
	notices []string
}

// Open reads what is stored.
func Open(ctx context.Context, o Options) (*Control, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Control{store: o.Store, log: o.Logger.With("component", "settings"), now: o.Now}
	var err error
	if c.seal, err = newSealer(o.Key); err != nil {
		return nil, err
	}
	stored, err := c.store.Settings(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	lost := false
	c.current, lost = c.seal.open(stored)
	if lost {
		c.notices = append(c.notices, "Passwords that were set in the console cannot be read, because secret.key is not the one they were sealed with. Set them again on the pages Settings and Checks, or put the old secret.key back.")
	}
	slices.SortFunc(c.current.Checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(c.current.Devices, func(a, b Device) int { return cmp.Compare(a.ID, b.ID) })
	return c, nil
}

// Notices returns what the keeper of the collector should know, in English.
func (c *Control) Notices() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.notices)
}

// Current returns the Settings in use.
func (c *Control) Current() Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// Change makes new Settings of those in use. edit changes a copy; what it
// changed is stamped with the time and with by. use gets the result and calls
// store once it knows that the rest of the collector can live with it; when use
// fails, or store does, the Settings stay as they are. It returns both, for the
// audit record. An edit that changes nothing stores nothing, and use is not
// called.
func (c *Control) Change(ctx context.Context, by string, edit func(*Settings) error, use func(next Settings, store func() error) error) (before, after Settings, err error) {
	c.changing.Lock()
	defer c.changing.Unlock()
	before = c.Current()
	next := before.clone()
	if err := edit(&next); err != nil {
		return before, before, err
	}
	now := c.now()
	next.Checks = slices.DeleteFunc(next.Checks, func(check Check) bool { return check.over(now) })
	slices.SortFunc(next.Checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	next.Devices = slices.DeleteFunc(next.Devices, func(d Device) bool { return d.over(now) })
	slices.SortFunc(next.Devices, func(a, b Device) int { return cmp.Compare(a.ID, b.ID) })
	if err := next.bounds(); err != nil {
		return before, before, err
	}
	b := c.batch(before, &next, by, now)
	if b.empty() {
		return before, before, nil
	}
	stored := false
	err = use(next, func() error {
		if err := c.store.PutSettings(ctx, b); err != nil {
			return fmt.Errorf("store the settings: %w", err)
		}
		stored = true
		return nil
	})
	if err == nil && !stored {
		err = errors.New("the settings were not stored") // a mistake of the caller's
	}
	if err != nil {
		return before, before, err
	}
	c.mu.Lock()
	c.current = next
	c.notices = nil // whoever changes settings has read them
	c.mu.Unlock()
	return before, next, nil
}

// clone copies whatever an edit may change in place.
func (s Settings) clone() Settings {
	s.Checks, s.Devices, s.Credentials = slices.Clone(s.Checks), slices.Clone(s.Devices), slices.Clone(s.Credentials)
	s.Away = maps.Clone(s.Away)
	s.Contacts = slices.Clone(s.Contacts)
	s.Removed = slices.Clone(s.Removed)
	s.Escalations = slices.Clone(s.Escalations)
	s.RemovedEscalations = slices.Clone(s.RemovedEscalations)
	s.Calendar = s.Calendar.Clone()
	if s.Mail != nil {
		m := *s.Mail
		m.SMTP.OAuth2.Scopes = slices.Clone(m.SMTP.OAuth2.Scopes)
		s.Mail = &m
	}
	if s.Heartbeat != nil {
		h := *s.Heartbeat
		s.Heartbeat = &h
	}
	return s
}

// bounds refuses more than is kept.
func (s Settings) bounds() error {
	if len(s.Checks) > MaxChecks {
		return Problems{problem("id", CodeChecksFull, "Max", MaxChecks)}
	}
	if len(s.Devices) > MaxPolled {
		return Problems{problem("id", CodeDevicesFull, "Max", MaxPolled)}
	}
	if len(s.Credentials) > MaxCredentials {
		return Problems{problem("name", CodeCredentialsFull, "Max", MaxCredentials)}
	}
	if len(s.Contacts) > MaxContacts {
		return Problems{problem("name", CodeContactsFull, "Max", MaxContacts)}
	}
	return nil
}

// batch is what has to be written so that next takes the place of before.
func (c *Control) batch(before Settings, next *Settings, by string, now time.Time) Batch {
	var b Batch
	if !reflect.DeepEqual(before.General, next.General) {
		sealed := c.seal.general(next.General)
		b.General = &sealed
	}
	if !reflect.DeepEqual(before.Credentials, next.Credentials) {
		b.Credentials = c.seal.credentials(next.Credentials)
	}
	c.batchDevices(&b, before, next, by, now)
	if !reflect.DeepEqual(before.Logo, next.Logo) {
		b.Logo, b.DropLogo = next.Logo, next.Logo == nil
	}
	kept := make(map[string]bool, len(next.Checks))
	for i := range next.Checks {
		check := &next.Checks[i]
		kept[check.ID] = true
		was, known := before.Check(check.ID)
		if known && reflect.DeepEqual(was, *check) {
			continue
		}
		check.Changed, check.By = now, by
		if !known || check.Created.IsZero() {
			check.Created = now
		}
		b.Checks = append(b.Checks, c.seal.check(*check))
	}
	for _, check := range before.Checks {
		if !kept[check.ID] {
			b.DropChecks = append(b.DropChecks, check.ID)
		}
	}
	return b
}

// batchDevices adds what has to be written of devices.
func (c *Control) batchDevices(b *Batch, before Settings, next *Settings, by string, now time.Time) {
	kept := make(map[string]bool, len(next.Devices))
	for i := range next.Devices {
		d := &next.Devices[i]
		kept[d.ID] = true
		was, known := before.Device(d.ID)
		if known && reflect.DeepEqual(was, *d) {
			continue
		}
		d.Changed, d.By = now, by
		if !known || d.Created.IsZero() {
			d.Created = now
		}
		b.Devices = append(b.Devices, c.seal.device(*d))
	}
	for _, d := range before.Devices {
		if !kept[d.ID] {
			b.DropDevices = append(b.DropDevices, d.ID)
		}
	}
}
