package settings

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
)

// Change is one field before and after, for the audit record. Secrets are
// masked.
type Change struct {
	Field    string // "checks.www.interval"
	Old, New string // "": there was, or is, none
}

// String writes the change as the audit record shows it.
func (c Change) String() string { return fmt.Sprintf("%s: %q, was %q", c.Field, c.New, c.Old) }

// Differences lists what an edit changed, by field.
func Differences(before, after Settings) []Change {
	old, now := map[string]string{}, map[string]string{}
	flattenGeneral(old, before)
	flattenGeneral(now, after)
	if before.Mail != nil && after.Mail != nil {
		was, is := *before.Mail, *after.Mail
		secrets := secretsOf(&is)
		for name, value := range secretsOf(&was) {
			if secrets[name].Reveal() != value.Reveal() && !secrets[name].IsZero() && !value.IsZero() {
				now["mail."+name] = "<another secret>"
			}
		}
	}
	if before.Heartbeat != nil && after.Heartbeat != nil {
		was, is := *before.Heartbeat, *after.Heartbeat
		addresses := addressesOf(&is)
		for name, value := range addressesOf(&was) {
			if addresses[name].Reveal() != value.Reveal() && !addresses[name].IsZero() && !value.IsZero() {
				now["heartbeat."+name] = "<another secret>"
			}
		}
	}
	for _, c := range before.Checks {
		if again, ok := after.Check(c.ID); !ok || !sameCheck(c, again) {
			flattenCheck(old, c)
		}
	}
	for _, c := range after.Checks {
		if was, ok := before.Check(c.ID); !ok || !sameCheck(c, was) {
			flattenCheck(now, c)
			if ok {
				otherCheckSecrets(now, was, c)
			}
		}
	}
	diffDevices(old, now, before, after)
	fields := maps.Clone(old)
	maps.Copy(fields, now)
	var out []Change
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if old[field] != now[field] {
			out = append(out, Change{field, old[field], now[field]})
		}
	}
	return out
}

func flattenGeneral(into map[string]string, s Settings) {
	flatten(into, "", s.General)
	for _, list := range []string{"days", "assessments", "maintenance"} {
		delete(into, "calendar."+list)
	}
	flattenCalendar(into, s.Calendar.InUse())
	delete(into, "contacts")
	delete(into, "removed_contacts") // it follows from the contacts
	delete(into, "escalations")
	delete(into, "removed_escalations")
	for _, e := range s.Escalations {
		flatten(into, "escalations."+e.Name, e)
		into["escalations."+e.Name+".after"] = e.After.String()
	}
	for _, c := range s.Contacts {
		flatten(into, "contacts."+c.Name, c)
	}
	if s.Mail != nil {
		flatten(into, "mail", s.Mail)
	}
	if s.Heartbeat != nil {
		h := *s.Heartbeat
		h.Interval = 0
		flatten(into, "heartbeat", h)
		into["heartbeat.interval"] = s.Heartbeat.Every().String()
	}
	if s.Logo != nil {
		into["logo"] = fmt.Sprintf("%s, %d bytes", s.Logo.Type, len(s.Logo.Data))
	}
}

// flattenCalendar writes entries by their IDs.
func flattenCalendar(into map[string]string, c calendar.Config) {
	for _, d := range c.Days {
		flatten(into, "calendar."+d.ID, d)
	}
	for _, a := range c.Assessments {
		flatten(into, "calendar."+a.ID, a)
	}
	for _, w := range c.Maintenance {
		if w.Duration != 0 {
			into["calendar."+w.ID+".lasts"] = w.Duration.String()
			w.Duration = 0
		}
		flatten(into, "calendar."+w.ID, w)
	}
}

func flattenCheck(into map[string]string, c Check) {
	c.Spec = c.Masked()
	if c.Interval != 0 {
		into["checks."+c.ID+".interval"] = c.Interval.String()
	}
	if c.Timeout != 0 {
		into["checks."+c.ID+".timeout"] = c.Timeout.String()
	}
	if c.Job.Period != 0 {
		into["checks."+c.ID+".job.period"] = c.Job.Period.String()
	}
	if c.Job.Grace != 0 {
		into["checks."+c.ID+".job.grace"] = c.Job.Grace.String()
	}
	c.Interval, c.Timeout, c.Job = 0, 0, Job{}
	c.By = ""
	c.Created, c.Changed = c.Removed, c.Removed
	flatten(into, "checks."+c.ID, c)
	delete(into, "checks."+c.ID+".created")
	delete(into, "checks."+c.ID+".changed")
}

func sameCheck(a, b Check) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	x, y := map[string]string{}, map[string]string{}
	flattenCheck(x, a)
	flattenCheck(y, b)
	return maps.Equal(a.Secrets(), b.Secrets()) && maps.Equal(x, y)
}

// otherCheckSecrets says which secrets of a check are another one than before:
// both are masked.
func otherCheckSecrets(now map[string]string, was, is Check) {
	secrets := is.Secrets()
	for field, value := range was.Secrets() {
		if other, ok := secrets[field]; ok && other != value && field != "target" {
			now["checks."+is.ID+"."+field] = "<another secret>"
		}
	}
}

// diffDevices writes devices and credentials that are not the same.
func diffDevices(old, now map[string]string, before, after Settings) {
	for _, d := range before.Devices {
		again, ok := after.Device(d.ID)
		if !ok || !reflect.DeepEqual(plainDevice(d), plainDevice(again)) {
			flattenDevice(old, d)
		}
		if ok {
			otherSecrets(now, "devices."+d.ID+".", d.Access, again.Access)
		}
	}
	for _, d := range after.Devices {
		was, ok := before.Device(d.ID)
		if ok && reflect.DeepEqual(plainDevice(d), plainDevice(was)) {
			continue
		}
		other := maps.Clone(now)
		flattenDevice(now, d)
		maps.Copy(now, other) // what says that a secret is another one
	}
	for _, c := range before.Credentials {
		again, ok := after.Credential(c.Name)
		if ok && reflect.DeepEqual(c, again) {
			continue
		}
		flatten(old, "credentials."+c.Name, c)
		if ok {
			otherSecrets(now, "credentials."+c.Name+".", c.Access, again.Access)
		}
	}
	for _, c := range after.Credentials {
		if was, ok := before.Credential(c.Name); ok && reflect.DeepEqual(c, was) {
			continue
		}
		other := maps.Clone(now)
		flatten(now, "credentials."+c.Name, c)
		maps.Copy(now, other)
	}
}

// otherSecrets says which secrets are another one than before: both are masked.
func otherSecrets(now map[string]string, prefix string, was, is Access) {
	secrets := is.secrets()
	for name, value := range was.secrets() {
		if v := secrets[name]; !v.IsZero() && !value.IsZero() && v.Reveal() != value.Reveal() {
			now[prefix+name] = "<another secret>"
		}
	}
}

// plainDevice is a device without what every change changes.
func plainDevice(d Device) Device {
	d.By, d.Created, d.Changed = "", time.Time{}, time.Time{}
	return d
}

func flattenDevice(into map[string]string, d Device) {
	d = plainDevice(d)
	if d.Interval != 0 {
		into["devices."+d.ID+".interval"] = d.Interval.String()
	}
	d.Interval = 0
	flatten(into, "devices."+d.ID, d)
}

// flatten writes the fields of v as they are in JSON, where secrets are masked.
func flatten(into map[string]string, prefix string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		return // nouns of this package can be written
	}
	var tree any
	if json.Unmarshal(text, &tree) == nil {
		walk(into, prefix, tree)
	}
}

func walk(into map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			walk(into, strings.TrimPrefix(path+"."+name, "."), inner)
		}
	case []any:
		var parts []string
		for i, one := range v {
			if _, several := one.(map[string]any); several {
				walk(into, path+"."+strconv.Itoa(i+1), one)
				continue
			}
			parts = append(parts, fmt.Sprint(one))
		}
		if len(parts) > 0 {
			into[path] = strings.Join(parts, ", ")
		}
	case float64:
		into[path] = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		into[path] = fmt.Sprint(v)
	}
}
