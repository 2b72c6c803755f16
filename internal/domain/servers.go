package domain

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/budi-monitor/budi/internal/domain/nameserver"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/reach"
)

// Bounds of what is asked.
const (
	maxServers   = 13
	maxAddresses = 16 // of all name servers
	maxAtOnce    = 8

	questions     = 500 // of a look, without those for expected records
	questionsEach = 20  // for an expected record that is an alias of something elsewhere
)

// The states of a look.NameServer.
const (
	stateOK         = "ok"
	stateSilent     = "silent"
	stateLame       = "lame"
	stateUnresolved = "unresolved"
	stateUnasked    = "unasked" // there is no way to it from here: it has IPv6 only, for example
)

// server is one address of a name server, and what it said.
type server struct {
	name    string
	at      netip.Addr
	state   string
	serial  uint32
	servers []string            // NS records of the zone
	sets    map[uint16][]string // records of the zone that all servers must have alike
}

// alike are the types of records that are compared between servers. Addresses are
// not: some services answer each differently on purpose.
func alike() []uint16 { return []uint16{dns.TypeNS, dns.TypeMX, dns.TypeTXT} }

// dns looks at the domain in the DNS.
func (v *visit) dns(ctx context.Context) *look.Problem {
	problem := func(code string, err error) *look.Problem {
		p := &look.Problem{Code: code, Args: map[string]string{"name": v.name}}
		if err != nil {
			p.Detail = look.Clip(err.Error(), look.MaxDetail)
		}
		return p
	}
	d, err := v.asker.Delegation(ctx, v.name)
	if err != nil && (ctx.Err() != nil || errors.Is(err, nameserver.ErrBudget) || !v.owned(d.Zone)) {
		return problem(CodeNoWay, err)
	}
	// When all servers above told how to go on, and those of the domain's own zone do
	// not, it is them that are down: they are asked once more, one by one.
	if err == nil && (!d.Exists || d.Zone == "") {
		return problem(CodeNotFound, nil)
	}
	v.is.Zone, v.is.Delegation = d.Zone, d.Servers
	all := v.askServers(ctx, d)
	var well []server
	for _, s := range all {
		n := look.NameServer{Name: s.name, State: s.state, Serial: s.serial}
		if s.at.IsValid() {
			n.Address = s.at.String()
		}
		v.is.NameServers = append(v.is.NameServers, n)
		if s.state == stateOK {
			well = append(well, s)
		}
	}
	if ctx.Err() != nil {
		return problem(CodeNoWay, ctx.Err())
	}
	if len(well) == 0 {
		if name := unreached(all); name != "" {
			return problem(CodeNoWay, fmt.Errorf("ask the name server %s: %w", name, nameserver.ErrNoWay))
		}
		return problem(CodeNoServer, nil)
	}
	if err != nil { // they do answer: it was a packet that got lost, or a fault of another kind
		return problem(CodeNoWay, err)
	}
	v.judgeServers(ctx, d, all, well)
	v.expected(ctx, well)
	v.mail(ctx)
	return nil
}

// owned reports whether a zone is of whoever registered the name, not of a
// registry above.
func (v *visit) owned(zone string) bool {
	return zone != "" && dns.IsSubDomain(Registered(v.name), zone)
}

// unreached is the name of a name server of which no address could be asked from
// here; empty: of each one was.
func unreached(all []server) string {
	asked := map[string]bool{}
	for _, s := range all {
		asked[s.name] = asked[s.name] || s.state != stateUnasked
	}
	for _, s := range all {
		if !asked[s.name] {
			return s.name
		}
	}
	return ""
}

// askServers asks every name server of the zone that the zone above or the zone
// itself names.
func (v *visit) askServers(ctx context.Context, d nameserver.Delegation) []server {
	var out []server
	names := d.Servers
	for round := range 2 {
		out = append(out, v.askEach(ctx, d, names[:min(len(names), maxServers)], maxAddresses-len(out))...)
		if round == 1 {
			break
		}
		more := map[string]bool{}
		for _, s := range out {
			for _, name := range s.servers {
				if !slices.Contains(d.Servers, name) && len(more) < maxServers {
					more[name] = true
				}
			}
		}
		names = nil
		for name := range more {
			names = append(names, name)
		}
		slices.Sort(names)
	}
	return out
}

// askEach asks some name servers at their addresses, at once.
func (v *visit) askEach(ctx context.Context, d nameserver.Delegation, names []string, limit int) []server {
	var out []server
	found, failed := make([][]netip.Addr, len(names)), make([]error, len(names))
	atOnce(len(names), func(i int) { found[i], failed[i] = v.asker.Addresses(ctx, names[i]) })
	for i, name := range names {
		addresses, err, given := found[i], failed[i], d.Glue[name]
		for _, a := range given {
			if err == nil && len(addresses) > 0 && !slices.Contains(addresses, a) {
				v.tell(CodeGlue, look.Warning, name, "given", texts(given), "has", texts(addresses))
				break
			}
		}
		if len(addresses) == 0 {
			addresses = given
		}
		if len(addresses) == 0 {
			out = append(out, server{name: name, state: stateUnresolved})
			continue
		}
		// Without IPv6 here, that of a server that has IPv4 too says nothing.
		here := slices.DeleteFunc(slices.Clone(addresses), func(a netip.Addr) bool { return a.Is6() && !v.asker.HasIPv6(ctx) })
		if len(here) == 0 {
			out = append(out, server{name: name, at: addresses[0], state: stateUnasked})
		}
		for _, a := range here {
			if len(out) < limit {
				out = append(out, server{name: name, at: a})
			}
		}
	}
	atOnce(len(out), func(i int) {
		if out[i].state == "" {
			v.askServer(ctx, &out[i])
		}
	})
	return out
}

// atOnce calls a function with the numbers from 0 up to n, several at once.
func atOnce(n int, call func(i int)) {
	slots := make(chan struct{}, maxAtOnce)
	var wait sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			call(i)
		})
	}
	wait.Wait()
}

func texts(list []netip.Addr) string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// askServer asks one server for the zone.
func (v *visit) askServer(ctx context.Context, s *server) {
	at := netip.AddrPortFrom(s.at, v.asker.Port())
	m, err := v.asker.Ask(ctx, at, v.is.Zone, dns.TypeSOA)
	if err != nil {
		s.state = stateSilent
		var forbidden *reach.ForbiddenError
		if errors.Is(err, nameserver.ErrNoWay) || errors.Is(err, nameserver.ErrBudget) || errors.As(err, &forbidden) {
			s.state = stateUnasked
		}
		return
	}
	s.state = stateLame
	if !m.Authoritative || m.Rcode != dns.RcodeSuccess {
		return
	}
	for _, rr := range m.Answer {
		if soa, ok := rr.(*dns.SOA); ok && strings.EqualFold(strings.TrimSuffix(soa.Hdr.Name, "."), v.is.Zone) {
			s.serial, s.state = soa.Serial, stateOK
		}
	}
	s.sets = map[uint16][]string{}
	for _, kind := range alike() {
		if s.state != stateOK {
			return
		}
		m, err := v.asker.Ask(ctx, at, v.is.Zone, kind)
		if err != nil || m.Rcode != dns.RcodeSuccess {
			continue
		}
		s.sets[kind] = values(m.Answer, kind)
		for _, rr := range m.Answer {
			if ns, ok := rr.(*dns.NS); ok && len(s.servers) < maxServers {
				s.servers = append(s.servers, strings.ToLower(strings.TrimSuffix(ns.Ns, ".")))
			}
		}
	}
}

// values are the values of records of a type, in one form, sorted.
func values(all []dns.RR, kind uint16) []string {
	out := []string{}
	for _, rr := range all {
		if rr.Header().Rrtype == kind {
			out = append(out, probe.CanonicalRecord(kind, strings.TrimPrefix(rr.String(), rr.Header().String())))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// judgeServers says what is to be thought of the name servers.
func (v *visit) judgeServers(ctx context.Context, d nameserver.Delegation, all, well []server) {
	for _, s := range all {
		switch s.state {
		case stateSilent:
			v.tell(CodeServerSilent, look.Warning, s.name, "address", s.at.String())
		case stateLame:
			v.tell(CodeServerLame, look.Warning, s.name, "address", s.at.String())
		case stateUnresolved:
			v.tell(CodeServerUnresolved, look.Warning, s.name)
		}
	}
	for _, name := range d.Servers[:min(len(d.Servers), maxServers)] {
		if a, err := v.asker.Lookup(ctx, name, dns.TypeA); err == nil && len(a.Aliases) > 0 {
			v.tell(CodeServerAlias, look.Warning, name, "target", a.Aliases[0])
		}
	}
	v.judgeVersions(well)
	own := slices.Clone(well[0].servers)
	slices.Sort(own)
	own = slices.Compact(own)
	if missing, extra := without(d.Servers, own), without(own, d.Servers); len(own) > 0 && !d.Shared && len(missing)+len(extra) > 0 {
		v.tell(CodeDelegationDiffers, look.Warning, d.Zone, "above", strings.Join(d.Servers, ", "), "own", strings.Join(own, ", "))
	}
	v.judgeNetworks(d, all)
	at := netip.AddrPortFrom(well[0].at, v.asker.Port())
	if m, err := v.asker.Ask(ctx, at, v.name, dns.TypeCNAME); err == nil && v.name == d.Zone {
		if c := values(m.Answer, dns.TypeCNAME); len(c) > 0 {
			v.tell(CodeAliasApex, look.Warning, v.name, "target", c[0])
		}
	}
}

// judgeNetworks says whether one fault would take all name servers away.
func (v *visit) judgeNetworks(d nameserver.Delegation, all []server) {
	addresses, names := map[netip.Addr]bool{}, map[string]bool{}
	networks := map[netip.Prefix]map[string]bool{} // with the names of the servers in them
	for _, s := range all {
		if !s.at.IsValid() {
			continue
		}
		bits := 24
		if s.at.Is6() {
			bits = 48
		}
		if p, err := s.at.Prefix(bits); err == nil {
			if networks[p] == nil {
				networks[p] = map[string]bool{}
			}
			addresses[s.at], names[s.name], networks[p][s.name] = true, true, true
		}
	}
	if len(d.Servers) < 2 || len(addresses) < 2 {
		v.tell(CodeOneServer, look.Info, d.Zone)
		return
	}
	// All are in each network that there is: those that have IPv6 beside IPv4 are as
	// near to one another.
	var same []string
	for p, in := range networks {
		if len(in) < len(names) {
			return
		}
		same = append(same, p.String())
	}
	slices.Sort(same)
	v.tell(CodeOneNetwork, look.Info, d.Zone, "network", strings.Join(same, ", "))
}

// judgeVersions compares what the servers have.
func (v *visit) judgeVersions(well []server) {
	versions := map[uint32][]server{}
	for _, s := range well {
		versions[s.serial] = append(versions[s.serial], s)
	}
	if len(versions) > 1 {
		if v.is.SerialsDiffer = v.was.SerialsDiffer; v.is.SerialsDiffer.IsZero() {
			v.is.SerialsDiffer = v.now
		}
		if v.now.Sub(v.is.SerialsDiffer) >= serialsLast {
			var said []string
			for _, s := range well {
				said = append(said, fmt.Sprintf("%s: %d", s.name, s.serial))
			}
			slices.Sort(said)
			v.tell(CodeSerials, look.Warning, v.is.Zone, "serials", strings.Join(slices.Compact(said), ", "), "since", v.is.SerialsDiffer.UTC().Format(time.DateTime))
		}
	}
	for _, same := range versions { // of other versions other answers are to be expected
		for _, kind := range alike() {
			i := slices.IndexFunc(same, func(s server) bool {
				return s.sets[kind] != nil && same[0].sets[kind] != nil && !slices.Equal(s.sets[kind], same[0].sets[kind])
			})
			if i > 0 {
				v.tell(CodeAnswers, look.Warning, dns.TypeToString[kind], "one", same[0].name, "other", same[i].name,
					"says", strings.Join(same[0].sets[kind], ", "), "differs", strings.Join(same[i].sets[kind], ", "))
			}
		}
	}
}

// without are the elements of a list that another has not.
func without(list, other []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}

// expected holds what each server says against the terms.
func (v *visit) expected(ctx context.Context, well []server) {
	for _, r := range v.terms.Records {
		kind, ok := probe.RecordType(r.Type)
		if !ok {
			continue // the terms were validated
		}
		name, title := v.recordName(r.Name), strings.ToUpper(r.Type)
		want := []string{}
		for _, value := range r.Values {
			want = append(want, probe.CanonicalRecord(kind, value))
		}
		slices.Sort(want)
		want = slices.Compact(want)
		elsewhere := sync.OnceValues(func() (nameserver.Answer, error) { return v.asker.Lookup(ctx, name, kind) })
		said, failed := make([][]string, len(well)), make([]error, len(well))
		atOnce(len(well), func(i int) { said[i], failed[i] = v.recordAt(ctx, well[i], name, kind, elsewhere) })
		var wrong, got []string
		for i, s := range well {
			has := said[i]
			if failed[i] != nil || len(want) > 0 && slices.Equal(has, want) || len(want) == 0 && len(has) > 0 {
				continue // who did not answer is told elsewhere
			}
			wrong = append(wrong, s.name)
			got = append(got, has...)
		}
		slices.Sort(wrong)
		slices.Sort(got)
		wrong, got = slices.Compact(wrong), slices.Compact(got)
		switch {
		case len(wrong) == 0:
		case len(got) == 0:
			v.tell(CodeRecordMissing, look.Warning, name+" "+title, "expected", strings.Join(want, ", "), "servers", strings.Join(wrong, ", "))
		default:
			v.tell(CodeRecordDiffers, look.Warning, name+" "+title, "expected", strings.Join(want, ", "), "got", strings.Join(got, ", "), "servers", strings.Join(wrong, ", "))
		}
	}
}

// recordName is the whole name of an expected record.
func (v *visit) recordName(name string) string {
	if name == "@" {
		return v.name
	}
	if ascii, err := probe.ASCIIHost(name); err == nil {
		name = ascii
	}
	if name == v.name || strings.HasSuffix(name, "."+v.name) {
		return name
	}
	return name + "." + v.name
}

// recordAt asks one server for records. What it leads on to, a zone below or
// another name, is asked for there, by elsewhere.
func (v *visit) recordAt(ctx context.Context, s server, name string, kind uint16, elsewhere func() (nameserver.Answer, error)) ([]string, error) {
	m, err := v.asker.Ask(ctx, netip.AddrPortFrom(s.at, v.asker.Port()), name, kind)
	if err != nil {
		return nil, err
	}
	if got := values(m.Answer, kind); len(got) > 0 {
		return got, nil
	}
	leads := !m.Authoritative && m.Rcode == dns.RcodeSuccess || len(values(m.Answer, dns.TypeCNAME)) > 0
	if !leads {
		return nil, nil
	}
	a, err := elsewhere()
	if err != nil {
		return nil, err
	}
	return values(a.Records, kind), nil
}
