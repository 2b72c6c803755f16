package collector

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/reach"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// ReachConfig says what checks may reach that people added in the console, by
// ranges of addresses (192.0.2.0/24) or single ones.
type ReachConfig struct {
	Allow []string `yaml:"allow"` // empty: whatever is not denied
	Deny  []string `yaml:"deny"`  // wins over allow
}

// maxReach bounds each list: every connection of every check is held against it.
const maxReach = 200

func (r ReachConfig) validate(report *strictyaml.Report) {
	for field, list := range map[string][]string{"allow": r.Allow, "deny": r.Deny} {
		if len(list) > maxReach {
			report.Bad(field, len(list), fmt.Sprintf("write at most %d ranges", maxReach))
		}
		for i, text := range list {
			if _, err := reach.ParsePrefix(text); err != nil {
				report.At(field).Index(i).Bad("", text, "write ranges of addresses as 192.0.2.0/24 or 2001:db8::/64, or an address")
			}
		}
	}
}

// reaching is what may be reached under one configuration.
type reaching struct {
	file    reach.Policy // by checks of the file, and by what the collector looks at itself
	console reach.Policy // by checks that people added in the console
}

// reachingOf makes the policies. own are the collector's doors: a check must not
// come to them from inside, by a redirect or by a name. Those who write the file
// answer for what they name there, so that its allow and deny bind the console
// only; doors and the clouds' secrets are closed to both.
func reachingOf(c ReachConfig, own ...netip.AddrPort) *reaching {
	r := &reaching{file: reach.Policy{Deny: reach.Metadata(), Own: own, Here: addressesHere}}
	r.console = r.file
	r.console.Deny = slices.Clone(r.file.Deny)
	for _, text := range c.Deny {
		if p, err := reach.ParsePrefix(text); err == nil { // the file was validated
			r.console.Deny = append(r.console.Deny, p)
		}
	}
	for _, text := range c.Allow {
		if p, err := reach.ParsePrefix(text); err == nil {
			r.console.Allow = append(r.console.Allow, p)
		}
	}
	return r
}

// addressesHere lists the addresses of this computer at this moment.
func addressesHere() []netip.Addr {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil // the loopback is known without
	}
	var out []netip.Addr
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Addr())
		}
	}
	return out
}

// doorsHere are the addresses that the collector answers at.
func (c *Collector) doorsHere() []netip.AddrPort {
	if a, ok := c.listener.Addr().(*net.TCPAddr); ok {
		return []netip.AddrPort{a.AddrPort()}
	}
	return nil
}

// lookOptions is by what, and how far, a check may look: the only place that says
// so. The check "self" looks at the collector's own page and at nothing else.
func (c *Collector) lookOptions(check settings.Check) probe.Options {
	if check.Target == settings.SelfTarget {
		return c.server.known()
	}
	may := c.reaching.Load()
	if Declares(check) {
		return probe.Options{Roots: c.opts.Roots, Reach: may.file}
	}
	return probe.Options{Roots: c.opts.Roots, Reach: may.console}
}
