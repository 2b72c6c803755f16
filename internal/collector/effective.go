package collector

import (
	"cmp"
	"path/filepath"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/settings"
)

// SelfTarget as a check's target means the collector's own page.
const SelfTarget = settings.SelfTarget

// The kinds of LeftOut.
const (
	leftOutCheck      = "check"
	leftOutContact    = "contact"
	leftOutMail       = "mail"
	leftOutHeartbeat  = "heartbeat"
	leftOutAbsence    = "absence"    // nobody stands in: the contact, by its name, is told all the same
	leftOutEscalation = "escalation" // by its name; "" where all would be told by them only
	leftOutCalendar   = "calendar"
	leftOutDevice     = "device"     // that is looked at over the network
	leftOutCredential = "credential" // by its name
)

// LeftOut is something that was set in the console and is not in use, because
// it does not go together with the configuration file as that is now.
type LeftOut struct {
	Kind     string // one of the above
	ID       string // of the check or contact
	Problems settings.Problems
}

// with lays the file over what people set in the console. Whatever the file has
// wins: a check by its ID, a contact by its name, and institution, external_url,
// language, mail and heartbeat when the file names them. What of the console cannot be
// beside the file is left out and listed, so that neither a start nor a reload
// fails because of it. c is a configuration as it was read from the file.
func (c Config) with(s settings.Settings) Config {
	c.stored, c.leftOut, c.own = s, nil, len(c.Checks)
	c.ownDevices, c.ownCredentials = len(c.Devices), len(c.Credentials)
	c.Checks, c.Contacts = slices.Clip(c.Checks), slices.Clip(c.Contacts)
	c.Devices, c.Credentials = slices.Clip(c.Devices), slices.Clip(c.Credentials)
	c.ofFile = len(c.Contacts)
	if !c.named["institution"] {
		c.Institution = s.Institution
	}
	if !c.named["external_url"] {
		c.ExternalURL = cmp.Or(s.ExternalURL, c.ExternalURL)
	}
	if !c.named["language"] {
		c.Language = cmp.Or(s.Language, c.Language)
	}
	if s.Mail != nil && !c.named["mail"] {
		problems := settings.MailProblems(*s.Mail)
		if c.ExternalURL == "" {
			problems = append(problems, settings.New("external_url", settings.CodeURLMissing))
		}
		if len(problems) == 0 {
			c.Mail = s.Mail
		} else {
			c.leftOut = append(c.leftOut, LeftOut{Kind: leftOutMail, Problems: problems})
		}
	}
	if s.Heartbeat != nil && !c.named["heartbeat"] {
		if problems := settings.HeartbeatProblems(*s.Heartbeat); len(problems) == 0 {
			c.Heartbeat = *s.Heartbeat
		} else {
			c.leftOut = append(c.leftOut, LeftOut{Kind: leftOutHeartbeat, Problems: problems})
		}
	}
	c.addContacts(s.Contacts)
	c.addChecks(s.Checks)
	c.addCredentials(s.Credentials)
	c.addDevices(s.Devices)
	c.addCalendar(s.Calendar)
	c.addRoster(s.Escalations) // after the calendar, which knows the hours of work
	return c
}

func (c *Config) addContacts(contacts []settings.Contact) {
	declared := map[string]bool{}
	for _, p := range c.Contacts {
		declared[p.Name] = true
	}
	var receivers []string
	if !c.Receivers.IsZero() {
		rs, _ := c.loadReceivers(nil) // the file was validated
		receivers = rs.Names()
	}
	for _, p := range contacts {
		if declared[p.Name] {
			continue
		}
		problems := p.Problems()
		switch {
		case len(c.Contacts) >= maxContacts:
			problems = append(problems, settings.New("name", settings.CodeContactsFull, "Max", maxContacts))
		case p.Email != "" && c.Mail == nil:
			problems = append(problems, settings.New("email", settings.CodeNoMail))
		case p.Receiver != "" && !slices.Contains(receivers, p.Receiver):
			problems = append(problems, settings.New("receiver", settings.CodeReceiver))
		}
		if len(problems) > 0 {
			c.leftOut = append(c.leftOut, LeftOut{leftOutContact, p.Name, problems})
			continue
		}
		c.Contacts = append(c.Contacts, p)
	}
}

func (c *Config) addChecks(checks []settings.Check) {
	declared := map[string]bool{}
	for _, check := range c.Checks {
		declared[check.ID] = true
	}
	for _, check := range checks {
		if declared[check.ID] || !check.Removed.IsZero() {
			continue
		}
		problems := check.Problems()
		if len(c.Checks) >= maxChecks {
			problems = append(problems, settings.New("id", settings.CodeChecksFull, "Max", maxChecks))
		}
		if len(problems) > 0 {
			c.leftOut = append(c.leftOut, LeftOut{leftOutCheck, check.ID, problems})
			continue
		}
		c.Checks = append(c.Checks, check)
	}
}

// Check finds a check of the file or the console.
func (c *Config) Check(id string) (settings.Check, bool) {
	i := slices.IndexFunc(c.Checks, func(check settings.Check) bool { return check.ID == id })
	if i < 0 {
		return settings.Check{}, false
	}
	return c.Checks[i], true
}

// siteOf is the site of a check.
func (c *Config) siteOf(check settings.Check) string { return cmp.Or(check.Site, c.Site.ID) }

// institution is what mails and pages call the whole.
func (c *Config) institution() string { return cmp.Or(c.Institution, c.Site.Name) }

// File is the configuration file's path, as people know it; empty: there is
// none.
func (c *Config) File() string {
	if c.file == "" {
		return ""
	}
	if abs, err := filepath.Abs(c.file); err == nil {
		return abs
	}
	return c.file
}

// Declared reports whether the file names a top-level field, such as "mail":
// then the console cannot change it.
func (c *Config) Declared(field string) bool { return c.named[field] }

// declaresCheck reports whether a check is the file's.
func (c *Config) declaresCheck(id string) bool {
	return slices.ContainsFunc(c.Checks[:c.own], func(check settings.Check) bool { return check.ID == id })
}

// DeclaresContact reports whether the file has a contact of this name.
func (c *Config) DeclaresContact(name string) bool {
	return slices.ContainsFunc(c.Contacts[:c.ofFile], func(p settings.Contact) bool { return p.Name == name })
}

// Declares reports whether a check is the file's: one that was added in the
// console has the moment at which that was.
func Declares(check settings.Check) bool { return check.Created.IsZero() }

// LeftOut lists what was set in the console and is not in use.
func (c *Config) LeftOut() []LeftOut { return c.leftOut }

// leftOutAnew lists the problems of what is left out now and was not before.
func (c *Config) leftOutAnew(before *Config) settings.Problems {
	var out settings.Problems
	for _, l := range c.leftOut {
		if !slices.ContainsFunc(before.leftOut, func(b LeftOut) bool { return b.Kind == l.Kind && b.ID == l.ID }) {
			out = append(out, l.Problems...)
		}
	}
	return out
}

// tellLeftOut puts what is left out into the log.
func (c *Collector) tellLeftOut(config *Config) {
	for _, l := range config.leftOut {
		c.log.Warn("this was set in the console and is not in use, because it does not go together with the configuration file", "kind", l.Kind, "id", l.ID, "problems", l.Problems.Error())
	}
}
