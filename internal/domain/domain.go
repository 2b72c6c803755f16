// Package domain looks at a domain of the DNS as its owner should: until when it
// is registered, whether its name servers all answer and say the same, whether the
// DNS says what is expected, and whether the records that protect its mail are
// there and well-formed.
//
// It asks name servers themselves (package nameserver) and registries (package
// registry), both within bounds. What the look before brought is handed in: the
// registry is asked once a day and an hour after it failed, mail is looked at once
// a day and each time while something of it is wrong; the name servers each time.
// Collector and command line call it.
package domain

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/budi-monitor/budi/internal/domain/nameserver"
	"github.com/budi-monitor/budi/internal/domain/registry"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/reach"
)

// Aspect is the label "aspect" of the findings that are counted.
const Aspect = "domain"

// Timeout is how long a look takes at most. DefaultInterval is how often one is
// made, MinInterval the shortest.
const (
	Timeout         = 90 * time.Second
	DefaultInterval = time.Hour
	MinInterval     = 5 * time.Minute
)

// How long what was learnt holds.
const (
	registryHolds = 24 * time.Hour
	registryAgain = time.Hour // after it failed
	mailHolds     = 24 * time.Hour
	slack         = 5 * time.Minute // looks are not made to the second

	// serialsLast is how long name servers may have different versions of a zone:
	// a change needs time to come to all of them.
	serialsLast = 2 * time.Hour
)

// Options are what a look takes from its program. Registry is needed.
type Options struct {
	Registry *registry.Client
	Reach    reach.Policy
	Roots    []netip.AddrPort // where asking the DNS begins; empty: the root servers
	Port     uint16           // of all other name servers; 0: 53
	Wait     time.Duration    // for one answer of a name server; 0: 2 s
}

// Domain is a domain made ready to be looked at. It is safe for concurrent use.
type Domain struct {
	target, name string
	terms        Terms
	o            Options
}

// New makes a Domain of a target (domain:example.lt).
func New(target string, terms Terms, o Options) (*Domain, error) {
	t, err := probe.ParseTarget(target)
	if err != nil {
		return nil, fmt.Errorf("read the name of a domain: %w", err)
	}
	if t.Kind != probe.KindDomain {
		return nil, fmt.Errorf("read the name of a domain: %s is none; write domain:example.lt", t)
	}
	return &Domain{target: t.String(), name: strings.TrimSuffix(t.Name, "."), terms: terms, o: o}, nil
}

// Look looks once. before is the result of the look before; nil: there is none, or
// it was of something else. The outcome says whether the domain is in the DNS and
// a name server of its answers; the findings say the rest.
func (d *Domain) Look(ctx context.Context, before *look.Result) look.Result {
	within, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	v := &visit{
		Domain: d, now: time.Now(),
		asker: nameserver.New(nameserver.Options{
			Roots: d.o.Roots, Port: d.o.Port, Reach: d.o.Reach, Wait: d.o.Wait, Budget: questions + len(d.terms.Records)*(maxAddresses+questionsEach),
		}),
		is: &look.Domain{Name: d.name},
	}
	if before != nil && before.Target == d.target && before.Web != nil && before.Web.Domain != nil {
		v.was, v.had = *before.Web.Domain, before.Web.Findings
	}
	r := look.Result{Target: d.target, Kind: probe.KindDomain, Time: v.now, Outcome: look.OK}
	asked := make(chan look.Registration, 1)
	go func() { asked <- v.register(within) }()
	r.Problem = v.dns(within)
	registration := <-asked
	v.is.Registration = &registration
	v.judgeRegistration(r.Problem)
	r.Duration = time.Since(r.Time)
	if errors.Is(ctx.Err(), context.Canceled) {
		return v.cancelled(r.Duration)
	}
	if r.Problem != nil {
		r.Outcome = Problems()[r.Problem.Code]
	}
	look.SortFindings(v.findings)
	r.Web = &look.Web{Findings: v.findings, Domain: v.is}
	r.Samples, r.Facts = v.samples(r), v.facts()
	return r
}

// cancelled is the result of a look that was broken off. It says nothing but what the
// registry said, with all that was known before: who is started again and again does
// not ask the registry each time.
func (v *visit) cancelled(took time.Duration) look.Result {
	r := look.Result{
		Target: v.target, Kind: probe.KindDomain, Time: v.now, Duration: took, Outcome: look.Unknown,
		Problem: &look.Problem{Code: probe.CodeCancelled}, Samples: []look.Sample{{Name: metric.LookUnknown, Value: 1}},
	}
	if is := v.is.Registration; is.Problem == "" && is.State == look.RegistryRegistered {
		was := v.was
		was.Name, was.Registration = v.name, is
		r.Web = &look.Web{Findings: v.had, Domain: &was}
	}
	return r
}

// visit is one look under way.
type visit struct {
	*Domain
	now   time.Time
	asker *nameserver.Asker
	was   look.Domain // of the look before
	had   []look.Finding
	is    *look.Domain

	findings []look.Finding
}

// maxText bounds what is told of the other side's texts, in bytes.
const maxText = 200

// tell adds a finding; args are name, value pairs.
func (v *visit) tell(code string, severity look.Severity, subject string, args ...string) {
	f := look.Finding{Code: code, Severity: severity, Subject: look.Clip(subject, maxText)}
	if len(args) > 0 {
		f.Args = map[string]string{}
	}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i]] = look.Clip(args[i+1], maxText)
	}
	v.findings = append(v.findings, f)
}

// Registered is the name that somebody registered so that the domain can be.
func Registered(name string) string {
	for n := name; ; {
		suffix, official := publicsuffix.PublicSuffix(n)
		if official || !strings.Contains(suffix, ".") {
			if one, err := publicsuffix.EffectiveTLDPlusOne(n); err == nil {
				return one
			}
			return name
		}
		n = suffix // a suffix that a company gives out (blogspot.com) is a name of its own
	}
}

// register says what the registry says: now, or before when that holds still.
func (v *visit) register(ctx context.Context) look.Registration {
	name, was := Registered(v.name), v.was.Registration
	if was != nil && was.Name == name {
		holds := registryHolds
		switch {
		case was.Problem != "":
			holds = registryAgain
		case was.Asked.Before(was.Expires) && !v.now.Before(was.Expires):
			holds = 0 // many are renewed on their last day: what was said before that is no longer so
		}
		if age := v.now.Sub(was.Asked); age >= 0 && age < holds-slack {
			return *was
		}
	}
	is := v.o.Registry.Ask(ctx, name)
	if is.Problem != "" {
		return v.known(is)
	}
	return is
}

// known is what was known of a registration before, which is still the newest that
// is known, with the problem of asking now.
func (v *visit) known(is look.Registration) look.Registration {
	was := v.was.Registration
	if was == nil || was.Name != is.Name || was.Answered.IsZero() {
		return is
	}
	kept := *was
	kept.Asked, kept.Problem, kept.Detail = is.Asked, is.Problem, is.Detail
	return kept
}

// holds are statuses with which a name is out of the DNS, or soon nobody's: those
// of EPP (RFC 5731 section 2.3, RFC 3915) as RDAP and WHOIS write them, and those
// of .lt.
func onHold(status string) bool {
	status, _, _ = strings.Cut(status, "(") // "serverHold (…)"
	switch strings.ToLower(strings.Join(strings.FieldsFunc(status, func(r rune) bool { return r == ' ' || r == '_' || r == '-' }), "")) {
	case "serverhold", "clienthold", "pendingdelete", "redemptionperiod", "pendingrestore", "pendingrelease", "outofservice", "stopped":
		return true
	}
	return false
}

// judgeRegistration says what is to be thought of what the registry says. problem
// is that of the DNS: nobody has a name only when the zone above has none either.
func (v *visit) judgeRegistration(problem *look.Problem) {
	r := v.is.Registration
	notThere := problem != nil && problem.Code == CodeNotFound
	if r.State == look.RegistryAvailable && !notThere {
		denied := *r
		denied.State = look.RegistryUnknown
		if denied.Problem == "" {
			denied.Problem = registry.ProblemFormat
		}
		if *r = denied; v.was.Registration != nil && v.was.Registration.State == look.RegistryRegistered {
			*r = v.known(denied)
		}
	}
	warn, urgent := v.terms.days()
	switch {
	case r.State == look.RegistryAvailable:
		v.tell(CodeNotRegistered, look.Critical, r.Name)
	case r.Problem == registry.ProblemUnlisted:
		v.tell(CodeUnlisted, look.Info, r.Name)
	case r.State == look.RegistryUnknown:
		v.tell(CodeSilent, look.Info, r.Name)
	case r.Expires.IsZero():
		v.tell(CodeNoDate, look.Info, r.Name)
	default:
		date, left := r.Expires.UTC().Format(time.DateOnly), r.Expires.Sub(v.now)
		days := int(left / (24 * time.Hour))
		switch {
		case left <= 0:
			v.tell(CodeExpired, look.Critical, r.Name, "date", date)
		case days < urgent:
			v.tell(CodeEndsSoon, look.Critical, r.Name, "date", date, "days", strconv.Itoa(days))
		case days < warn:
			v.tell(CodeEndsSoon, look.Warning, r.Name, "date", date, "days", strconv.Itoa(days))
		}
	}
	for _, s := range r.Statuses {
		if onHold(s) {
			v.tell(CodeOnHold, look.Critical, r.Name, "status", s)
			break
		}
	}
}

// samples makes numbers of what was found. What was not looked at has none.
func (v *visit) samples(r look.Result) []look.Sample {
	var out []look.Sample
	add := func(name string, value float64, labels ...string) {
		out = append(out, look.Sample{Name: name, Labels: look.Labels(labels...), Value: value})
	}
	if r.Outcome == look.Unknown {
		add(metric.LookUnknown, 1)
	} else {
		add(metric.LookUnknown, 0)
		add(metric.ProbeDuration, r.Duration.Seconds())
		success := 0.0
		if r.Outcome == look.OK {
			success = 1
		}
		add(metric.ProbeSuccess, success)
	}
	counts, worst := map[look.Severity]float64{}, map[string]float64{}
	for _, f := range v.findings {
		counts[f.Severity]++
		group := prefixOf(f.Code)
		switch f.Severity {
		case look.Critical:
			worst[group] = metric.TroubleUrgent
		case look.Warning:
			worst[group] = max(worst[group], 1)
		}
	}
	if g := v.is.Registration; g.State != look.RegistryUnknown {
		add(metric.WebsiteTrouble, worst[prefixRegistry], "trouble", metric.TroubleDomainExpiry)
		if !g.Expires.IsZero() {
			add(metric.DomainExpiry, float64(g.Expires.Unix()))
		}
	}
	if r.Outcome != look.OK {
		return out
	}
	add(metric.WebsiteTrouble, worst[prefixDNS], "trouble", metric.TroubleDomainDNS)
	if v.is.Mail != nil {
		add(metric.WebsiteTrouble, worst[prefixMail], "trouble", metric.TroubleDomainMail)
	}
	for _, s := range []look.Severity{look.Critical, look.Warning, look.Info} {
		add(metric.WebsiteFindings, counts[s], "aspect", Aspect, "severity", string(s))
	}
	return out
}

func prefixOf(code string) string {
	for _, p := range []string{prefixRegistry, prefixDNS, prefixMail} {
		if strings.HasPrefix(code, p) {
			return p
		}
	}
	return ""
}

// facts says what the domain is.
func (v *visit) facts() []look.Fact {
	out := []look.Fact{}
	add := func(name, value string) {
		if value != "" {
			out = append(out, look.Fact{Name: name, Value: look.Clip(value, maxText)})
		}
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.DateOnly)
	}
	r := v.is.Registration
	add("domain_expires", day(r.Expires))
	add("domain_registered", day(r.Registered))
	add("domain_registrar", r.Registrar)
	add("domain_status", strings.Join(r.Statuses, ", "))
	add("domain_name_servers", strings.Join(v.is.Delegation, ", "))
	return out
}
