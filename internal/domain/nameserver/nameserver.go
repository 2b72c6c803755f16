// Package nameserver asks name servers themselves, from the root of the DNS
// downwards (RFC 1034 section 5.3.3), and keeps no answer from one look to the
// next. So what it sees is what everybody outside sees: neither the inside view of
// an institution's own DNS server nor what a provider's server still remembers.
//
// An Asker asks a bounded number of questions, waits for each a bounded time, and
// follows a bounded number of references. It decides nothing about what it gets.
// Package domain calls it.
package nameserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/budi-monitor/budi/internal/reach"
)

// Bounds of one Asker.
const (
	usualWait   = 2 * time.Second
	usualBudget = 500 // questions
	maxSteps    = 16  // from zone to zone, and along aliases
	maxDepth    = 5   // names of name servers that are looked up for other names
	tries       = 2   // of one question by UDP: a packet may be lost
	maxServers  = 6   // addresses of one zone that are tried
	maxAlias    = 8
	maxQuiet    = 2    // questions to which an address is silent: then it is left out where others can be asked
	udpSize     = 1232 // bytes: fits every way without being cut in pieces
)

// Errors of asking. Test for them with errors.Is.
var (
	ErrSilent  = errors.New("no answer")
	ErrNoWay   = errors.New("there is no way there from here") // nothing was sent: this computer has no IPv6, for example
	ErrBudget  = errors.New("too many questions for one look")
	ErrTangled = errors.New("the references lead nowhere")
)

// Options are what an Asker takes from its program. The zero value is right in
// production.
type Options struct {
	Roots  []netip.AddrPort // where asking begins; empty: the root servers
	Port   uint16           // of all other name servers; 0: 53
	Reach  reach.Policy     // what may be reached
	Wait   time.Duration    // for one answer; 0: 2 s
	Budget int              // questions; 0: 500
}

// Asker asks. It is for one look and safe for concurrent use.
type Asker struct {
	o Options

	mu    sync.Mutex
	asked int
	zones map[string]zone         // by name, "." the root
	known map[string][]netip.Addr // addresses of names
	quiet map[netip.AddrPort]int  // how often one was silent, since it answered last

	sixOnce sync.Once
	six     bool
}

// zone is a part of the DNS, as the zone above it delegates it.
type zone struct {
	name    string
	above   string   // the zone that delegates it
	servers []string // names of its name servers
	glue    map[string][]netip.Addr
	roots   []netip.AddrPort // of the root only
}

// New makes an Asker.
func New(o Options) *Asker {
	if len(o.Roots) == 0 {
		o.Roots = rootServers()
	}
	if o.Port == 0 {
		o.Port = 53
	}
	if o.Wait == 0 {
		o.Wait = usualWait
	}
	if o.Budget == 0 {
		o.Budget = usualBudget
	}
	return &Asker{o: o, zones: map[string]zone{".": {name: ".", roots: o.Roots}}, known: map[string][]netip.Addr{}, quiet: map[netip.AddrPort]int{}}
}

// rootServers are addresses of the root (RFC 9609; they change once in years).
func rootServers() []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range []string{
		"198.41.0.4", "170.247.170.2", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241", "192.112.36.4", "198.97.190.53",
		"192.36.148.17", "192.58.128.30", "193.0.14.129", "199.7.83.42", "202.12.27.33",
		"2001:500:2f::f", "2001:7fd::1", "2001:7fe::53",
	} {
		out = append(out, netip.AddrPortFrom(netip.MustParseAddr(a), 53))
	}
	return out
}

// Ask asks one server one question, without recursion. The error is ErrSilent when
// nothing came, ErrNoWay when nothing could be sent, ErrBudget, a
// *reach.ForbiddenError, or that of the network.
func (a *Asker) Ask(ctx context.Context, at netip.AddrPort, name string, kind uint16) (*dns.Msg, error) {
	question := new(dns.Msg)
	question.Id = dns.Id()
	question.Question = []dns.Question{{Name: dns.Fqdn(name), Qtype: kind, Qclass: dns.ClassINET}}
	question.SetEdns0(udpSize, false)
	var answer *dns.Msg
	var err error
	for range tries {
		if answer, err = a.exchange(ctx, "udp", at, question); err == nil || !silent(err) || ctx.Err() != nil {
			break
		}
	}
	if err == nil && answer.Rcode == dns.RcodeFormatError { // an old server that knows no EDNS (RFC 6891 section 7)
		question.Extra = nil
		answer, err = a.exchange(ctx, "udp", at, question)
	}
	if err == nil && answer.Truncated {
		answer, err = a.exchange(ctx, "tcp", at, question)
	}
	if err != nil && silent(err) {
		if ctx.Err() == nil {
			a.mu.Lock()
			a.quiet[at]++
			a.mu.Unlock()
		}
		return nil, fmt.Errorf("ask %s: %w", at, ErrSilent)
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", at, err)
	}
	a.mu.Lock()
	delete(a.quiet, at)
	a.mu.Unlock()
	return answer, nil
}

// isQuiet reports whether an address was silent that often that to wait for it once
// more is to wait in vain. Without that, a look at a domain of which all name servers
// are down would end before it found that out.
func (a *Asker) isQuiet(at netip.AddrPort) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.quiet[at] >= maxQuiet
}

// silent reports whether nothing answered: not in time, not at this port, or there
// is no way there.
func silent(err error) bool {
	var network *net.OpError
	var forbidden *reach.ForbiddenError
	return errors.As(err, &network) && !errors.As(err, &forbidden) && !errors.Is(err, ErrNoWay)
}

func (a *Asker) exchange(ctx context.Context, network string, at netip.AddrPort, question *dns.Msg) (*dns.Msg, error) {
	dialer := &net.Dialer{Timeout: a.o.Wait, KeepAlive: -1, Control: a.o.Reach.Control}
	conn, err := dialer.DialContext(ctx, network, at.String())
	var forbidden *reach.ForbiddenError
	if err != nil && network == "udp" && ctx.Err() == nil && !errors.As(err, &forbidden) {
		return nil, fmt.Errorf("%w: %w", ErrNoWay, err) // connecting by UDP sends nothing: only this computer can refuse it
	}
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	a.mu.Lock()
	a.asked++
	over := a.asked > a.o.Budget
	a.mu.Unlock()
	if over {
		return nil, ErrBudget
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	client := dns.Client{Net: network, Timeout: a.o.Wait, UDPSize: udpSize}
	answer, _, err := client.ExchangeWithConnContext(ctx, question, &dns.Conn{Conn: conn, UDPSize: udpSize})
	if err != nil {
		return nil, err
	}
	q := question.Question[0]
	same := len(answer.Question) == 1 && answer.Question[0].Qtype == q.Qtype && strings.EqualFold(answer.Question[0].Name, q.Name)
	if !answer.Response || !same && (len(answer.Question) > 0 || answer.Rcode == dns.RcodeSuccess) {
		return nil, errors.New("the answer is to another question")
	}
	return answer, nil
}

// Delegation is how the zone above names the name servers of a name's zone.
type Delegation struct {
	Exists  bool                    // false: a zone above says that there is no such name
	Zone    string                  // the name itself when it is a zone of its own; without the dot at its end
	Servers []string                // in ASCII, lower case, without the dot, sorted
	Glue    map[string][]netip.Addr // addresses that the zone above gives
	Shared  bool                    // servers of the zone above have this zone too: Servers are what they say in it
}

// Delegation asks how a name is delegated. The error says why nobody could tell;
// then Zone and Servers are those of the lowest zone that was found, of which no
// server told.
func (a *Asker) Delegation(ctx context.Context, name string) (Delegation, error) {
	name = dns.CanonicalName(name)
	answer, in, err := a.walk(ctx, name, dns.TypeNS, 0)
	if err != nil {
		d := Delegation{Zone: bare(in.name), Servers: slices.Clone(in.servers), Glue: in.glue}
		slices.Sort(d.Servers)
		return d, err
	}
	d := Delegation{Exists: answer.Rcode != dns.RcodeNameError}
	if d.Exists && in.name != name {
		// Servers of the zone above answered for this one: they have both.
		for _, rr := range answer.Answer {
			if ns, ok := rr.(*dns.NS); ok && strings.EqualFold(ns.Hdr.Name, name) {
				d.Servers = append(d.Servers, bare(ns.Ns))
				d.Shared = true
			}
		}
	}
	if d.Zone = bare(in.name); d.Shared {
		d.Zone = bare(name)
	} else {
		d.Servers, d.Glue = slices.Clone(in.servers), in.glue
	}
	if in.name == "." && !d.Shared {
		d.Zone, d.Servers = "", nil
	}
	slices.Sort(d.Servers)
	d.Servers = slices.Compact(d.Servers)
	return d, nil
}

// Answer is what the DNS says of a name and a type.
type Answer struct {
	Exists  bool     // the name is there, with this type or without
	Records []dns.RR // of the type asked for, at the end of all aliases
	Aliases []string // the names that it is an alias of, in order
}

// Lookup asks for records, from the nearest zone that is known, along aliases.
func (a *Asker) Lookup(ctx context.Context, name string, kind uint16) (Answer, error) {
	return a.lookup(ctx, dns.CanonicalName(name), kind, 0)
}

func (a *Asker) lookup(ctx context.Context, name string, kind uint16, depth int) (Answer, error) {
	var out Answer
	for range maxAlias {
		m, _, err := a.walk(ctx, name, kind, depth)
		if err != nil {
			return Answer{}, err
		}
		out.Exists = m.Rcode != dns.RcodeNameError
		next := ""
		for at := name; at != ""; { // the aliases that this server knows
			next, at = at, ""
			for _, rr := range m.Answer {
				if !strings.EqualFold(rr.Header().Name, next) {
					continue
				}
				if rr.Header().Rrtype == kind {
					out.Records = append(out.Records, rr)
				} else if c, ok := rr.(*dns.CNAME); ok && len(out.Aliases) < maxAlias {
					at = dns.CanonicalName(c.Target)
					out.Aliases = append(out.Aliases, bare(at))
				}
			}
		}
		if len(out.Records) > 0 || next == name {
			return out, nil
		}
		name = next
	}
	return Answer{}, fmt.Errorf("follow the aliases of %s: %w", bare(name), ErrTangled)
}

// Addresses looks up the addresses of a name; none: it has none.
func (a *Asker) Addresses(ctx context.Context, name string) ([]netip.Addr, error) {
	return a.addresses(ctx, dns.CanonicalName(name), 0)
}

func (a *Asker) addresses(ctx context.Context, name string, depth int) ([]netip.Addr, error) {
	a.mu.Lock()
	had, ok := a.known[name]
	a.mu.Unlock()
	if ok {
		return had, nil
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("look up %s: %w", bare(name), ErrTangled)
	}
	var out []netip.Addr
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := a.lookup(ctx, name, kind, depth)
		if err != nil {
			return nil, err
		}
		for _, rr := range answer.Records {
			if at, ok := addressOf(rr); ok {
				out = append(out, at)
			}
		}
	}
	a.mu.Lock()
	a.known[name] = out
	a.mu.Unlock()
	return out, nil
}

func addressOf(rr dns.RR) (netip.Addr, bool) {
	var at netip.Addr
	ok := false
	switch rr := rr.(type) {
	case *dns.A:
		at, ok = netip.AddrFromSlice(rr.A)
	case *dns.AAAA:
		at, ok = netip.AddrFromSlice(rr.AAAA)
	}
	return at.Unmap(), ok
}

// walk asks from the nearest known zone downwards until somebody answers, and
// tells whose servers that were.
func (a *Asker) walk(ctx context.Context, name string, kind uint16, depth int) (*dns.Msg, zone, error) {
	in := a.nearest(name, kind)
	for range maxSteps {
		m, err := a.askZone(ctx, in, name, kind, depth)
		if err != nil {
			return nil, in, err
		}
		next, ok := referral(m, in, name)
		if !ok {
			return m, in, nil
		}
		a.mu.Lock()
		a.zones[next.name] = next
		a.mu.Unlock()
		if next.name == name && kind == dns.TypeNS {
			return m, next, nil // how it is delegated was the question
		}
		in = next
	}
	return nil, in, fmt.Errorf("look up %s: %w", bare(name), ErrTangled)
}

// nearest is the lowest known zone that a name is in. How a name is delegated only
// a zone above it can say.
func (a *Asker) nearest(name string, kind uint16) zone {
	a.mu.Lock()
	defer a.mu.Unlock()
	labels := dns.SplitDomainName(name)
	for i := range labels {
		if at := dns.Fqdn(strings.Join(labels[i:], ".")); i > 0 || kind != dns.TypeNS {
			if z, ok := a.zones[at]; ok {
				return z
			}
		}
	}
	return a.zones["."]
}

// askZone asks the servers of a zone, one after the other, until one answers to
// the purpose.
func (a *Asker) askZone(ctx context.Context, in zone, name string, kind uint16, depth int) (*dns.Msg, error) {
	failed := fmt.Errorf("ask for %s: no name server of %s has an address: %w", bare(name), in.name, ErrTangled)
	left := maxServers
	ask := func(at netip.AddrPort) (*dns.Msg, bool) {
		if left <= 0 || ctx.Err() != nil {
			return nil, false
		}
		if a.isQuiet(at) {
			failed = fmt.Errorf("ask %s: %w", at, ErrSilent)
			return nil, false
		}
		m, err := a.Ask(ctx, at, name, kind)
		if !errors.Is(err, ErrNoWay) {
			left-- // without IPv4 those of IPv6 still have their turn
		}
		if err != nil {
			failed = err
			return nil, false
		}
		_, leads := referral(m, in, name)
		if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError || !m.Authoritative && !leads {
			failed = fmt.Errorf("ask %s for %s: it does not answer for the zone %s (%s)", at, bare(name), in.name, dns.RcodeToString[m.Rcode])
			return nil, false
		}
		return m, true
	}
	for _, at := range in.roots {
		if m, ok := ask(at); ok {
			return m, nil
		}
	}
	// What the zone above gave along costs no question: it comes first.
	for _, given := range []bool{true, false} {
		for _, server := range in.servers {
			if left <= 0 || ctx.Err() != nil || (len(in.glue[server]) > 0) != given {
				continue
			}
			addresses := in.glue[server]
			if !given {
				var err error
				if addresses, err = a.addresses(ctx, dns.Fqdn(server), depth+1); err != nil {
					failed = err
					continue
				}
			}
			for _, at := range fourFirst(addresses) {
				if m, ok := ask(netip.AddrPortFrom(at, a.o.Port)); ok {
					return m, nil
				}
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, failed
}

// fourFirst puts the addresses of IPv4 first, which more networks can reach.
func fourFirst(list []netip.Addr) []netip.Addr {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() })
	return out
}

// referral reads where a server leads on: downwards only, on the way to the name.
func referral(m *dns.Msg, in zone, name string) (zone, bool) {
	if m.Authoritative || len(m.Answer) > 0 || m.Rcode != dns.RcodeSuccess {
		return zone{}, false
	}
	next := zone{above: in.name, glue: map[string][]netip.Addr{}}
	for _, rr := range m.Ns {
		ns, ok := rr.(*dns.NS)
		if !ok {
			continue
		}
		owner := dns.CanonicalName(ns.Hdr.Name)
		if owner == in.name || !dns.IsSubDomain(in.name, owner) || !dns.IsSubDomain(owner, name) || next.name != "" && next.name != owner {
			continue
		}
		next.name = owner
		if s := bare(ns.Ns); len(next.servers) < 13 && !slices.Contains(next.servers, s) {
			next.servers = append(next.servers, s)
		}
	}
	for _, rr := range m.Extra {
		owner := bare(rr.Header().Name)
		// A zone above vouches for names below itself only.
		if at, ok := addressOf(rr); ok && slices.Contains(next.servers, owner) && dns.IsSubDomain(in.name, dns.Fqdn(owner)) && len(next.glue[owner]) < 8 {
			next.glue[owner] = append(next.glue[owner], at)
		}
	}
	return next, next.name != ""
}

// bare is a name in lower case without the dot at its end.
func bare(name string) string { return strings.TrimSuffix(dns.CanonicalName(name), ".") }

// Port is the port of all name servers but the roots.
func (a *Asker) Port() uint16 { return a.o.Port }

// HasIPv6 reports whether a root server answers by IPv6: only then an address of
// IPv6 that is silent says something.
func (a *Asker) HasIPv6(ctx context.Context) bool {
	a.sixOnce.Do(func() {
		var roots []netip.AddrPort
		for _, at := range a.o.Roots {
			if at.Addr().Is6() {
				roots = append(roots, at)
			}
		}
		answered := make([]bool, len(roots))
		var wait sync.WaitGroup
		for i, at := range roots { // at once: where packets of IPv6 get lost, each is waited for
			wait.Go(func() {
				_, err := a.Ask(ctx, at, ".", dns.TypeSOA)
				answered[i] = err == nil
			})
		}
		wait.Wait()
		a.six = slices.Contains(answered, true)
	})
	return a.six
}
