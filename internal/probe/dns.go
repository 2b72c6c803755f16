package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// dnsTries is how often a question is sent by UDP within the look's timeout: a
// packet may be lost.
const dnsTries = 3

// prepareDNS turns the spec's dns section into a question and wanted answers.
func (p *Probe) prepareDNS() {
	qtype, _ := RecordType(p.spec.DNS.Type) // New has validated the spec
	p.dns.question = dns.Question{Name: p.target.Name, Qtype: qtype, Qclass: dns.ClassINET}
	for _, a := range p.spec.DNS.Answers {
		p.dns.answers = append(p.dns.answers, CanonicalRecord(qtype, a))
	}
	slices.Sort(p.dns.answers)
}

// lookDNS asks the server by UDP, and by TCP when the answer is truncated
// (RFC 7766 section 5).
func lookDNS(ctx context.Context, p *Probe, r *look.Result) *look.Problem {
	_, t := trace(ctx)
	address := p.target.address()

	var (
		answer  *dns.Msg
		request time.Duration
		err     error
	)
	for try := range dnsTries {
		wait := time.Until(deadline(ctx)) / time.Duration(dnsTries-try)
		answer, request, err = p.ask(t, "udp", address, wait)
		if err == nil || !isTimeout(err) || ctx.Err() != nil {
			break
		}
	}
	if err == nil && answer.Truncated {
		answer, request, err = p.ask(t, "tcp", address, time.Until(deadline(ctx)))
	}

	hops := t.story()
	last := hops[len(hops)-1]
	addConnection(r, hops)
	addPhase(r, metric.ProbeDNSDuration, "resolve", last.resolve())
	addPhase(r, metric.ProbeDNSDuration, "connect", last.connect())
	addPhase(r, metric.ProbeDNSDuration, "request", request)
	if err != nil {
		at := last.stage()
		if isTimeout(err) && at == atProcessing {
			at = atConnect // UDP has no connection: nobody answered at all
		}
		return explain(err, at, address, p.timeout)
	}
	add(r, metric.ProbeDNSAnswerRRs, float64(len(answer.Answer)))
	add(r, metric.ProbeDNSAuthorityRRs, float64(len(answer.Ns)))
	add(r, metric.ProbeDNSAdditionalRRs, float64(len(answer.Extra)))
	return p.judge(r, answer, address)
}

var errOtherQuestion = errors.New("the answer is to another question")

// ask sends the question over a new socket and waits for the answer.
func (p *Probe) ask(t *tracer, network, address string, wait time.Duration) (*dns.Msg, time.Duration, error) {
	t.begin(address)
	conn, err := t.dial(&p.dialer, network, address)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close()
	stop := context.AfterFunc(t.ctx, func() { _ = conn.Close() })
	defer stop()
	t.mark(func(h *hop) *time.Time { return &h.ready })

	msg := new(dns.Msg)
	msg.Id = dns.Id()
	msg.RecursionDesired = true
	msg.Question = []dns.Question{p.dns.question}
	client := dns.Client{Timeout: wait}
	answer, took, err := client.ExchangeWithConn(msg, &dns.Conn{Conn: conn})
	if t.ctx.Err() != nil && errors.Is(err, net.ErrClosed) {
		err = t.ctx.Err()
	}
	if err == nil && !isAnswerTo(answer, p.dns.question) {
		err = errOtherQuestion
	}
	return answer, took, err
}

// isAnswerTo keeps out what only looks like an answer. A server that cannot
// read a question may leave it out (RFC 1035 section 4.1.1, FORMERR).
func isAnswerTo(m *dns.Msg, q dns.Question) bool {
	if !m.Response {
		return false
	}
	if len(m.Question) == 0 {
		return m.Rcode != dns.RcodeSuccess
	}
	return len(m.Question) == 1 && m.Question[0].Qtype == q.Qtype && strings.EqualFold(m.Question[0].Name, q.Name)
}

// judge says whether the answer is right.
func (p *Probe) judge(r *look.Result, answer *dns.Msg, address string) *look.Problem {
	name := strings.TrimSuffix(p.target.Name, ".")
	if answer.Rcode != dns.RcodeSuccess {
		rcode := dns.RcodeToString[answer.Rcode]
		if rcode == "" {
			rcode = "?"
		}
		return newProblem(CodeDNSRcode, nil, "address", address, "name", name, "rcode", rcode)
	}
	qtype := dns.TypeToString[p.dns.question.Qtype]
	var got []string
	for _, rr := range answer.Answer {
		if rr.Header().Rrtype != p.dns.question.Qtype { // the CNAMEs on the way
			continue
		}
		if soa, ok := rr.(*dns.SOA); ok {
			add(r, metric.ProbeDNSSerial, float64(soa.Serial))
		}
		got = append(got, CanonicalRecord(p.dns.question.Qtype, strings.TrimPrefix(rr.String(), rr.Header().String())))
	}
	if len(got) == 0 {
		return newProblem(CodeDNSNoAnswer, nil, "address", address, "name", name, "type", qtype)
	}
	slices.Sort(got)
	if len(p.dns.answers) > 0 && !slices.Equal(slices.Compact(got), slices.Compact(slices.Clone(p.dns.answers))) {
		return newProblem(CodeDNSUnexpected, nil, "name", name, "type", qtype,
			"got", strings.Join(got, ", "), "expected", strings.Join(p.dns.answers, ", "))
	}
	return nil
}

// CanonicalRecord brings a record's value as dig +short prints it into one form:
// letters small, without the dots at the ends of names, addresses as Go writes
// them, texts as they are but without quotation marks, which people leave out.
func CanonicalRecord(kind uint16, value string) string {
	value = strings.TrimSpace(value)
	switch kind {
	case dns.TypeTXT:
		value = strings.ReplaceAll(value, `\;`, ";") // as dig prints it
		if strings.Contains(value, `"`) {
			// The strings of one TXT record belong together (RFC 7208 section 3.3).
			value = strings.Trim(strings.ReplaceAll(value, `" "`, ""), `"`)
		}
		return value
	case dns.TypeCAA:
		value = strings.ReplaceAll(value, `"`, "")
	}
	if addr, err := netip.ParseAddr(value); err == nil {
		return addr.String()
	}
	words := strings.Fields(strings.ToLower(value))
	for i, w := range words {
		words[i] = strings.TrimSuffix(w, ".")
	}
	return strings.Join(words, " ")
}

// deadline is when the look ends; Look always sets one.
func deadline(ctx context.Context) time.Time {
	d, _ := ctx.Deadline()
	return d
}
