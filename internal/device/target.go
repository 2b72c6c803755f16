package device

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/snmp"
)

// The protocols of a Target.
const (
	SchemeSNMP   = "snmp"
	SchemePJLink = "pjlink"
	SchemeAny    = "" // whatever answers
)

// Target is where a device is and how it is asked.
type Target struct {
	Scheme string // one of the schemes
	Host   string // a name in ASCII, or an address without brackets
	Port   uint16 // 0: the protocol's own

	SNMP   snmp.Credentials
	PJLink secret.String // password; empty: none
}

const targetForms = "write snmp://HOST, snmp://HOST:PORT?community=NAME, pjlink://HOST, or the address alone"

// ParseTarget reads snmp://HOST[:PORT][?community=…&version=…], pjlink://HOST[:PORT],
// with a password as in pjlink://:PASSWORD@HOST, or a host alone. Errors do not
// repeat what may be secret.
func ParseTarget(text string) (Target, error) {
	if len(text) > probe.MaxTarget {
		return Target{}, fmt.Errorf("the target has %d bytes; at most %d can be", len(text), probe.MaxTarget)
	}
	scheme, rest, has := strings.Cut(text, "://")
	if !has {
		scheme, rest = SchemeAny, text
	}
	scheme = strings.ToLower(scheme)
	if scheme != SchemeSNMP && scheme != SchemePJLink && (has || scheme != SchemeAny) {
		return Target{}, fmt.Errorf("%q is no way to look at a device; %s", scheme, targetForms)
	}
	if !has && strings.Count(rest, ":") > 1 && !strings.HasPrefix(rest, "[") {
		rest = "[" + rest + "]" // an IPv6 address alone
	}
	u, err := url.Parse("any://" + rest)
	if err != nil || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return Target{}, fmt.Errorf("the target cannot be read: %s", targetForms)
	}
	t := Target{Scheme: scheme}
	if t.Host, err = probe.ASCIIHost(u.Hostname()); err != nil {
		return Target{}, err
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return Target{}, fmt.Errorf("the port must be a number from 1 to 65535")
		}
		t.Port = uint16(n)
	}
	if u.User != nil && scheme != SchemePJLink {
		return Target{}, fmt.Errorf("a name and password before the host are not for SNMP: write ?community=NAME, or give version 3's by the flags")
	}
	if password, ok := u.User.Password(); ok {
		t.PJLink = secret.New(password)
	}
	for name, values := range u.Query() {
		value := values[len(values)-1]
		switch {
		case scheme == SchemeSNMP && name == "community" && value != "":
			t.SNMP.Community = secret.New(value)
		case scheme == SchemeSNMP && name == "version":
			t.SNMP.Version = snmp.Version(strings.TrimPrefix(value, "v"))
			if t.SNMP.Version != snmp.V1 && t.SNMP.Version != snmp.V2c {
				return Target{}, fmt.Errorf("version %q in a target: write 1 or 2c; version 3 needs the flags or the configuration", value)
			}
		default:
			return Target{}, fmt.Errorf("%q is no part of such a target; %s", name, targetForms)
		}
	}
	return t, nil
}

// String is the target without secrets.
func (t Target) String() string {
	host := t.Host
	if t.Port != 0 {
		host = net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if t.Scheme == SchemeAny {
		return host
	}
	return t.Scheme + "://" + host
}
