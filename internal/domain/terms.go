package domain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Defaults and limits of Terms.
const (
	DefaultWarnDays   = 30
	DefaultUrgentDays = 7
	MaxDays           = 365

	MaxRecords   = 30
	MaxValues    = 20
	MaxValue     = 1000 // bytes of one value
	MaxSelectors = 10
)

// Terms say what is right for a domain: the section "domain" of a check.
type Terms struct {
	Records    []Record `yaml:"records" json:"records,omitempty"`               // what the DNS must say
	Mail       *bool    `yaml:"mail" json:"mail,omitempty"`                     // whether it receives or sends mail; nil: it does when it has a mail server
	Selectors  []string `yaml:"dkim_selectors" json:"dkim_selectors,omitempty"` // of the keys that sign its mail
	WarnDays   int      `yaml:"warn_days" json:"warn_days,omitempty"`           // before it ends; 0: 30
	UrgentDays int      `yaml:"urgent_days" json:"urgent_days,omitempty"`       // before it ends; 0: 7
}

// Record is what the DNS must say under one name.
type Record struct {
	Name   string   `yaml:"name" json:"name"`               // "@": the domain itself; "www" or "www.example.lt": below it
	Type   string   `yaml:"type" json:"type"`               // such as "A" or "MX"
	Values []string `yaml:"values" json:"values,omitempty"` // exactly these, in any order, as dig +short prints them; empty: any will do
}

// IsZero reports whether nothing is said.
func (t Terms) IsZero() bool {
	return len(t.Records)+len(t.Selectors)+t.WarnDays+t.UrgentDays == 0 && t.Mail == nil
}

// ofMail says what of the terms is about mail.
func (t Terms) ofMail() string {
	mail := "as found"
	if t.Mail != nil {
		mail = strconv.FormatBool(*t.Mail)
	}
	return "mail: " + mail + "; dkim: " + strings.Join(t.Selectors, ",")
}

// days are the two limits.
func (t Terms) days() (warn, urgent int) {
	warn, urgent = t.WarnDays, t.UrgentDays
	if warn == 0 {
		warn = DefaultWarnDays
	}
	if urgent == 0 {
		urgent = min(DefaultUrgentDays, warn)
	}
	return warn, urgent
}

// Validate reports every problem of the section.
func (t Terms) Validate(r *strictyaml.Report) {
	for _, f := range []struct {
		field string
		days  int
	}{{"warn_days", t.WarnDays}, {"urgent_days", t.UrgentDays}} {
		if f.days < 0 || f.days > MaxDays {
			r.Bad(f.field, f.days, fmt.Sprintf("write a number of days from 1 to %d", MaxDays))
		}
	}
	if warn, urgent := t.days(); urgent > warn {
		r.Bad("urgent_days", t.UrgentDays, fmt.Sprintf("write no more than warn_days (%d)", warn))
	}
	if len(t.Records) > MaxRecords {
		r.Bad("records", len(t.Records), fmt.Sprintf("at most %d records can be expected", MaxRecords))
	}
	for i, record := range t.Records {
		at := r.At("records").Index(i)
		if record.Name != "@" && !isName(record.Name) {
			at.Bad("name", record.Name, "write @ for the domain itself, or a name below it such as www")
		}
		if _, ok := probe.RecordType(record.Type); !ok || record.Type == "" {
			at.Bad("type", record.Type, "write A, AAAA, CAA, CNAME, MX, NS, PTR, SOA, SRV or TXT")
		}
		if len(record.Values) > MaxValues {
			at.Bad("values", len(record.Values), fmt.Sprintf("at most %d values can be expected", MaxValues))
		}
		for j, v := range record.Values {
			if v == "" || len(v) > MaxValue {
				at.At("values").Index(j).Bad("", v, fmt.Sprintf("write the value as dig +short prints it, 1 to %d bytes", MaxValue))
			}
		}
	}
	if len(t.Selectors) > MaxSelectors {
		r.Bad("dkim_selectors", len(t.Selectors), fmt.Sprintf("at most %d selectors can be watched", MaxSelectors))
	}
	for i, s := range t.Selectors {
		if !isName(s) {
			r.At("dkim_selectors").Index(i).Bad("", s, "write the selector only, such as selector1: the part before ._domainkey")
		}
	}
}

func isName(s string) bool {
	_, err := probe.ASCIIHost(s)
	return err == nil && !strings.Contains(s, ":")
}
