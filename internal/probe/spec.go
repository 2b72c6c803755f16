package probe

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Defaults and limits of a Spec.
const (
	DefaultTimeout      = 10 * time.Second
	MaxTimeout          = 5 * time.Minute
	DefaultMaxRedirects = 5
	MaxRedirects        = 20
	MaxTexts            = 20   // in each list of conditions
	MaxText             = 1000 // bytes of one text
)

// Spec says what to look at and what is right there. It is a section of the
// configuration. Only Target is needed; a section of another kind than the
// target's must be empty.
type Spec struct {
	Target  string        `yaml:"target" json:"target,omitempty"`
	Timeout time.Duration `yaml:"timeout" json:"timeout,omitempty"` // of the whole look; 0 means DefaultTimeout
	HTTP    HTTPSpec      `yaml:"http" json:"http,omitzero"`
	DNS     DNSSpec       `yaml:"dns" json:"dns,omitzero"`
}

// DNSSpec says what to ask a DNS server and what its answer must be.
type DNSSpec struct {
	Type    string   `yaml:"type" json:"type,omitempty"`       // a record type such as "A" or "MX"; empty means A
	Answers []string `yaml:"answers" json:"answers,omitempty"` // exactly these values, in any order; empty means any answer will do
}

// statusRange is one element of expect_status.
type statusRange struct{ low, high int }

func parseStatus(s string) (statusRange, error) {
	bad := errors.New("write a status (200), a class (2xx) or a range (200-399), each from 100 to 599")
	if len(s) == 3 && strings.EqualFold(s[1:], "xx") && s[0] >= '1' && s[0] <= '5' {
		low := int(s[0]-'0') * 100
		return statusRange{low, low + 99}, nil
	}
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	low, err1 := strconv.Atoi(strings.TrimSpace(first))
	high, err2 := strconv.Atoi(strings.TrimSpace(last))
	if err1 != nil || err2 != nil || low < 100 || high > 599 || low > high {
		return statusRange{}, bad
	}
	return statusRange{low, high}, nil
}

// RecordType returns the record type of a name, in any case. Those can be asked
// for whose values people write down.
func RecordType(name string) (uint16, bool) {
	if name == "" {
		return dns.TypeA, true
	}
	switch t := dns.StringToType[strings.ToUpper(name)]; t {
	case dns.TypeA, dns.TypeAAAA, dns.TypeCNAME, dns.TypeMX, dns.TypeNS, dns.TypeTXT, dns.TypeSOA, dns.TypePTR, dns.TypeSRV, dns.TypeCAA:
		return t, true
	default:
		return 0, false
	}
}

// Validate reports every problem of the section.
func (s Spec) Validate(r *strictyaml.Report) {
	target, err := ParseTarget(s.Target)
	if s.Target == "" {
		r.Missing("target", targetForms)
	} else if err != nil {
		r.Bad("target", maskText(s.Target, -1), err.Error())
	}
	if s.Timeout < 0 || s.Timeout > MaxTimeout || (s.Timeout > 0 && s.Timeout < 100*time.Millisecond) {
		r.Bad("timeout", s.Timeout, fmt.Sprintf("write a time from 100ms to %s", MaxTimeout))
	}
	if err == nil && target.Kind != KindHTTP && !s.HTTP.IsZero() {
		r.Bad("http", nil, "this section is for targets http:// and https:// only; remove it")
	}
	if err == nil && target.Kind != KindDNS && (s.DNS.Type != "" || len(s.DNS.Answers) > 0) {
		r.Bad("dns", nil, "this section is for targets dns:// only; remove it")
	}
	s.HTTP.validate(r.At("http"), target)
	s.DNS.validate(r.At("dns"))
}

func (d DNSSpec) validate(r *strictyaml.Report) {
	if _, ok := RecordType(d.Type); !ok {
		r.Bad("type", d.Type, "write A, AAAA, CAA, CNAME, MX, NS, PTR, SOA, SRV or TXT")
	}
	for i, v := range d.Answers {
		if v == "" || len(v) > MaxText {
			r.At("answers").Index(i).Bad("", v, fmt.Sprintf("write the value as dig +short prints it, 1 to %d bytes", MaxText))
		}
	}
}

// Kind returns the kind of the target, or "" when it is no target.
func (s Spec) Kind() string {
	t, err := ParseTarget(s.Target)
	if err != nil {
		return ""
	}
	return t.Kind
}

// Outside reports whether the target is beyond the institution's own network:
// false for loopback, private and link-local addresses, "localhost", names
// without a dot and names under .local, .lan and .internal. When the line is
// down, what is outside is unknown.
func (s Spec) Outside() bool {
	t, err := ParseTarget(s.Target)
	return err == nil && t.outside()
}
