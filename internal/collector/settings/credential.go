package settings

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/snmp"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Credential is what several devices want to know before they answer: those that
// name it, and those in its subnets that have nothing of their own. In the
// configuration file it is an element of "credentials".
type Credential struct {
	Name    string   `yaml:"name" json:"name"`                 // its own
	Subnets []string `yaml:"subnets" json:"subnets,omitempty"` // as 192.0.2.0/24; the most specific one that holds an address wins
	Access  `yaml:",inline"`
}

// Bounds of credentials.
const (
	MaxCredentials = 200
	maxSubnets     = 100
	maxCommunity   = 255 // bytes, and of everything else that is typed
	minKey         = 8   // bytes of a passphrase (RFC 3414, section 11.2)
)

// ofSubnet names the credential with the most specific subnet that holds an
// address; of two that are alike the first counts. A name is in no subnet.
func ofSubnet(host string, all []Credential) string {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	addr = addr.Unmap().WithZone("")
	best, found := -1, ""
	for _, c := range all {
		for _, text := range c.Subnets {
			p, err := ParseSubnet(text)
			if err == nil && p.Contains(addr) && p.Bits() > best {
				best, found = p.Bits(), c.Name
			}
		}
	}
	return found
}

// ParseSubnet reads 192.0.2.0/24 or 2001:db8::/64.
func ParseSubnet(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(strings.TrimSpace(text))
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("read subnet %q: %w", text, err)
	}
	return p.Masked(), nil
}

// Credential finds a credential.
func (s Settings) Credential(name string) (Credential, bool) {
	i := slices.IndexFunc(s.Credentials, func(c Credential) bool { return c.Name == name })
	if i < 0 {
		return Credential{}, false
	}
	return s.Credentials[i], true
}

// PutCredential adds a credential, or changes the one with its name. It fails
// with Problems.
func (s *Settings) PutCredential(c Credential) error {
	c.Name = strings.TrimSpace(c.Name)
	if problems := c.Problems(); len(problems) > 0 {
		return problems
	}
	i := slices.IndexFunc(s.Credentials, func(o Credential) bool { return o.Name == c.Name })
	if i >= 0 {
		s.Credentials[i] = c
		return nil
	}
	s.Credentials = append(s.Credentials, c)
	return nil
}

// DropCredential removes a credential for good. It fails with ErrNotFound.
func (s *Settings) DropCredential(name string) error {
	n := len(s.Credentials)
	s.Credentials = slices.DeleteFunc(s.Credentials, func(c Credential) bool { return c.Name == name })
	if len(s.Credentials) == n {
		return ErrNotFound
	}
	return nil
}

// fault is something that cannot be: in the words of the file, and as the code
// of a sentence for the console.
type fault struct {
	field string
	value any // nil: missing, or secret
	code  string
	args  []any
	want  string
}

func problemsOf(faults []fault) Problems {
	var out Problems
	for _, f := range faults {
		if !slices.ContainsFunc(out, func(p Problem) bool { return p.Field == f.field }) {
			out = append(out, problem(f.field, f.code, f.args...))
		}
	}
	return out
}

func report(r *strictyaml.Report, faults []fault) {
	told := map[string]bool{}
	for _, f := range faults {
		if !told[f.field] {
			told[f.field] = true
			r.Bad(f.field, f.value, f.want)
		}
	}
}

// Problems says what is wrong with a device, whatever other devices there are.
func (d Device) Problems() Problems { return problemsOf(d.faults()) }

// Validate says the same of one in a file.
func (d Device) Validate(r *strictyaml.Report) { report(r, d.faults()) }

func (d Device) faults() []fault {
	var out []fault
	switch err := fleet.CheckID(d.ID); {
	case d.ID == "":
		out = append(out, fault{"id", nil, CodeDeviceID, nil, "give each device an ID that never changes, for example printer-2"})
	case err != nil:
		out = append(out, fault{"id", d.ID, CodeID, nil, err.Error()})
	}
	out = append(out, textFaults("name", d.Name, MaxName)...)
	out = append(out, textFaults("room", d.Room, MaxName)...)
	out = append(out, textFaults("credentials", d.Credentials, MaxName)...)
	if err := fleet.CheckID(d.Site); d.Site != "" && err != nil {
		out = append(out, fault{"site", d.Site, CodeSite, nil, err.Error()})
	}
	if _, err := fleet.ParseClass(string(d.Class)); d.Class != "" && err != nil {
		out = append(out, fault{"class", d.Class, CodeClass, nil, err.Error()})
	}
	out = append(out, d.targetFaults()...)
	out = append(out, d.Access.faults()...)
	if d.Interval != 0 && (d.Interval < MinDeviceInterval || d.Interval > MaxDeviceInterval) {
		out = append(out, fault{"interval", d.Interval, CodeInterval, []any{"Low", MinDeviceInterval, "High", MaxDeviceInterval},
			fmt.Sprintf("write a time from %s to %s, for example 1m", strictyaml.Duration(MinDeviceInterval), strictyaml.Duration(MaxDeviceInterval))})
	}
	for _, f := range []struct {
		field string
		ids   []string
	}{{"parents", d.Parents}, {"power", d.Power}} {
		if len(f.ids) > MaxHangs {
			out = append(out, fault{f.field, len(f.ids), CodeHangsMany, []any{"Max", MaxHangs}, fmt.Sprintf("a device hangs on %d others of each list at most", MaxHangs)})
		}
		for _, id := range f.ids {
			out = append(out, textFaults(f.field, id, MaxName)...)
			if id == d.ID && id != "" {
				out = append(out, fault{f.field, id, CodeCircle, []any{"Way", id + " → " + id}, "a device does not hang on itself"})
			}
		}
	}
	return out
}

// targetFaults never repeat a target in which there may be a secret.
func (d Device) targetFaults() []fault {
	if d.Target == "" {
		return []fault{{"target", nil, CodeDeviceTarget, nil, "write snmp://HOST, pjlink://HOST, or the address alone"}}
	}
	t, err := device.ParseTarget(d.Target)
	switch {
	case err != nil:
		return []fault{{"target", nil, CodeDeviceTarget, nil, err.Error()}}
	case (t.SNMP != snmp.Credentials{}) && d.SNMP != SNMP{}:
		return []fault{{"target", t.String(), CodeTargetSecret, nil, "the target and snmp both say how to ask: keep one of them"}}
	case !t.PJLink.IsZero() && d.PJLink != PJLink{}:
		return []fault{{"target", t.String(), CodeTargetSecret, nil, "the target and pjlink both have a password: keep one of them"}}
	}
	return nil
}

// Problems says what is wrong with a credential, whatever others there are.
func (c Credential) Problems() Problems { return problemsOf(c.faults()) }

// Validate says the same of one in a file.
func (c Credential) Validate(r *strictyaml.Report) { report(r, c.faults()) }

func (c Credential) faults() []fault {
	var out []fault
	if strings.TrimSpace(c.Name) == "" {
		out = append(out, fault{"name", nil, CodeNameMissing, nil, "give these credentials a name, for example switches"})
	}
	out = append(out, textFaults("name", c.Name, MaxName)...)
	if len(c.Subnets) > maxSubnets {
		out = append(out, fault{"subnets", len(c.Subnets), CodeSubnets, []any{"Max", maxSubnets}, fmt.Sprintf("write at most %d", maxSubnets)})
	}
	for _, text := range c.Subnets {
		if _, err := ParseSubnet(text); err != nil {
			out = append(out, fault{"subnets", text, CodeSubnet, []any{"Value", text}, "write networks as 192.0.2.0/24 or 2001:db8::/64"})
		}
	}
	if (c.Access == Access{}) {
		out = append(out, fault{"snmp", nil, CodeAccessMissing, nil, "say what devices want to know: snmp or pjlink"})
	}
	return append(out, c.Access.faults()...)
}

func (a Access) faults() []fault {
	out := a.SNMP.faults()
	for i := range out {
		out[i].field = "snmp." + out[i].field
	}
	return append(out, secretFaults("pjlink.password", a.PJLink.Password, 0)...)
}

func (s SNMP) faults() []fault {
	var out []fault
	bad := func(field string, value any, code, want string, args ...any) {
		out = append(out, fault{field, value, code, args, want})
	}
	three := s.Version == string(snmp.V3) || s.Version == "" && s.User != ""
	switch snmp.Version(s.Version) {
	case "", snmp.V1, snmp.V2c, snmp.V3:
	default:
		bad("version", s.Version, CodeSNMPVersion, "write 1, 2c or 3")
	}
	switch {
	case three && !s.Community.IsZero():
		bad("community", nil, CodeSNMPCommunity, "a community is for versions 1 and 2c; version 3 has a user")
	case !three && s.User != "":
		bad("user", s.User, CodeSNMPThree, "a user is for version 3")
	case !three && (s.Auth != "" || !s.AuthKey.IsZero()):
		bad("auth", s.Auth, CodeSNMPThree, "authentication is for version 3: write version and user too")
	case !three && (s.Priv != "" || !s.PrivKey.IsZero()):
		bad("priv", s.Priv, CodeSNMPThree, "privacy is for version 3: write version and user too")
	case !three && s.Context != "":
		bad("context", s.Context, CodeSNMPThree, "a context is for version 3: write version and user too")
	case three && s.User == "":
		bad("user", nil, CodeSNMPUser, "version 3 needs a user")
	}
	for _, f := range []struct {
		field, value string
		all          []string
		key          secret.String
		keyField     string
	}{{"auth", s.Auth, AuthProtocols(), s.AuthKey, "auth_key"}, {"priv", s.Priv, PrivProtocols(), s.PrivKey, "priv_key"}} {
		switch {
		case f.value != "" && !slices.Contains(f.all, f.value):
			bad(f.field, f.value, CodeProtocol, "write one of "+strings.Join(f.all, ", "), "All", strings.Join(f.all, ", "))
		case f.value != "" && f.key.IsZero():
			bad(f.keyField, nil, CodeKeyMissing, "write the passphrase that the device has for "+f.value, "Protocol", f.value)
		case f.value == "" && !f.key.IsZero():
			bad(f.field, nil, CodeProtocol, "there is a passphrase, and nothing says for what: write one of "+strings.Join(f.all, ", "), "All", strings.Join(f.all, ", "))
		case !f.key.IsZero():
			out = append(out, secretFaults(f.keyField, f.key, minKey)...)
		}
	}
	if s.Priv != "" && s.Auth == "" {
		bad("priv", s.Priv, CodePrivAlone, "version 3 encrypts only for whom it knows: write auth and auth_key too")
	}
	out = append(out, textFaults("user", s.User, maxCommunity)...)
	out = append(out, textFaults("context", s.Context, maxCommunity)...)
	return append(out, secretFaults("community", s.Community, 0)...)
}

func textFaults(field, s string, limit int) []fault {
	problems := checkText(field, s, limit)
	if len(problems) == 0 {
		return nil
	}
	want := fmt.Sprintf("write at most %d bytes", limit)
	if problems[0].Code == CodeText {
		want = "there is a sign in it that cannot be printed"
	}
	return []fault{{field, s, problems[0].Code, []any{"Max", limit}, want}}
}

// secretFaults never show the value.
func secretFaults(field string, s secret.String, least int) []fault {
	switch n := len(s.Reveal()); {
	case n > maxCommunity:
		return []fault{{field, nil, CodeLong, []any{"Max", maxCommunity}, fmt.Sprintf("write at most %d bytes", maxCommunity)}}
	case n < least && n > 0:
		return []fault{{field, nil, CodeKeyShort, []any{"Min", least}, fmt.Sprintf("write %d characters at least: devices take no fewer", least)}}
	}
	return nil
}
