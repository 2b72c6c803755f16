package simulate

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/duty"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// Run plays a scenario and hands each line to emit, in order: a MailLine, a
// StateLine, a WarningLine, at the end a SummaryLine. The same scenario gives
// the same lines. It returns when the scenario is over or ctx ends.
func Run(ctx context.Context, s *Scenario, emit func(line any)) error {
	w := &world{
		s: s, emit: emit, things: make([]thing, len(s.things)), alerts: map[incident.Key]*alert{},
		picture: incident.Picture{Open: map[incident.Key]incident.Incident{}, Next: 1},
		shown:   map[incident.ID]StateLine{}, abouts: map[incident.ID]string{},
	}
	for i := range w.things {
		w.things[i].answers, w.things[i].since = true, s.from
	}
	for _, h := range s.habits {
		for _, id := range h.off(s.from) {
			t := &w.things[s.index[id]]
			t.down, t.answers = true, false
		}
	}
	w.policy = s.policy()
	w.tracker = w.newTracker()
	w.turn(s.from)
	for i := range w.things {
		w.record(i, s.from)
		if w.things[i].answers {
			w.tracker.Heard(s.things[i].ID, s.from)
		}
	}
	post, err := newPost(w)
	if err != nil {
		return err
	}
	w.rows = newStore(func(id incident.ID) bool { _, err := w.picture.Find(id); return err == nil })
	var names []string
	for _, c := range s.Contacts {
		names = append(names, c.Name)
	}
	now := s.from
	w.outbox, err = outbox.Open(w.rows, post, outbox.Options{
		Installation: "simulation", Contacts: names, SumUpAfter: span(s.Alerting.SumUpAfter, 30*time.Minute), Parallel: 1,
		Now: func() time.Time { return now },
	})
	if err != nil {
		return fmt.Errorf("open outbox: %w", err)
	}
	for _, p := range s.plans {
		w.plan(p)
	}
	w.morning = digest.Next(s.from.Add(-time.Second), w.readers())
	knock := time.Time{} // when the outbox is to be called again
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := s.to
		for _, t := range []time.Time{w.next, w.edge, w.morning, knock} {
			if !t.IsZero() && t.After(now) && t.Before(next) {
				next = t
			}
		}
		if len(w.agenda) > 0 && w.agenda[0].at.Before(next) {
			next = w.agenda[0].at
		}
		now = next
		for len(w.agenda) > 0 && !w.agenda[0].at.After(now) {
			heap.Pop(&w.agenda).(*action).do(now)
		}
		post.now = now
		if err := w.step(now); err != nil {
			return err
		}
		if err := w.digests(now); err != nil {
			return err
		}
		knock = time.Time{}
		if len(w.rows.unsent) > 0 {
			if knock = w.outbox.Step(ctx, now); len(w.rows.unsent) == 0 {
				knock = time.Time{}
			}
		}
		if !now.Before(s.to) {
			break
		}
	}
	for i, t := range s.things {
		if s.past == nil && (t.ID != topology.Line || s.lineDeclared) {
			emit(w.availability(i))
		}
	}
	line := w.summary()
	line.Mails, line.MailsTo, line.MailsOf, line.Unsent = post.count, post.to, post.of, len(w.rows.unsent)
	line.Incidents = int(w.picture.Next) - 1
	emit(line)
	return nil
}

func span(s *Span, otherwise time.Duration) time.Duration {
	if s == nil {
		return otherwise
	}
	return time.Duration(*s)
}

// policy is the collector's, as the scenario changes it.
func (s *Scenario) policy() incident.Policy {
	p, a := incident.DefaultPolicy(), s.Alerting
	if s.past != nil {
		p = s.past.Policy
	}
	p.Graph = s.graph
	p.HoldFault, p.HoldRecovery = span(a.HoldFault, p.HoldFault), span(a.HoldRecovery, p.HoldRecovery)
	p.HoldSymptom, p.ReturnGrace = span(a.HoldSymptom, p.HoldSymptom), span(a.ReturnGrace, p.ReturnGrace)
	p.FlapWithin, p.FlapCalm = span(a.FlapWithin, p.FlapWithin), span(a.FlapCalm, p.FlapCalm)
	for class, said := range a.Classes {
		hold, known := p.Classes[class]
		if !known {
			hold = incident.Hold{Fault: p.HoldFault, Recovery: p.HoldRecovery}
		}
		p.Classes[class] = incident.Hold{Fault: span(said.HoldFault, hold.Fault), Recovery: span(said.HoldRecovery, hold.Recovery)}
	}
	return p
}

// turn takes over what calendar and roster say from now on.
func (w *world) turn(now time.Time) {
	w.almanac, w.policy = duty.At(w.s.calendar, w.s.roster, now, w.policy)
	w.edge, w.changed = w.almanac.Next, true
}

// step moves the machine to now.
func (w *world) step(now time.Time) error {
	if !w.edge.IsZero() && !w.edge.After(now) {
		w.turn(now)
	}
	if !w.changed && (w.next.IsZero() || now.Before(w.next)) {
		return nil // what the machine says now it has said
	}
	w.changed = false
	facts := w.facts(now)
	next, changes := incident.Step(w.picture, facts, now, w.policy)
	w.next = changes.Next
	err := w.commit(next, changes, now)
	w.cover(facts.Moment, now)
	return err
}

// commit takes over a step as production does: incidents and rows together.
func (w *world) commit(next incident.Picture, changes incident.Changes, now time.Time) error {
	rows := w.outbox.Rows(changes.Owed, now)
	if err := w.rows.PutRows(rows); err != nil {
		return fmt.Errorf("keep what is owed: %w", err)
	}
	w.outbox.Add(rows)
	w.picture = next
	w.keepEnded(changes.Incidents)
	for _, inc := range changes.Incidents {
		w.abouts[inc.ID] = aboutOf(inc)
	}
	for _, inc := range changes.Incidents {
		w.tellState(inc, now)
	}
	return nil
}

// errAway is what the mail server says while it is away.
var errAway = errors.New("the mail server is away")

// post is the outbox' Deliverer: it prints what it is given.
type post struct {
	w        *world
	now      time.Time
	mailer   *mail.Mailer
	contacts map[string]mail.Contact
	numbers  map[string]int // Message-ID → number of the mail
	count    int
	to, of   map[string]int
}

func newPost(w *world) (*post, error) {
	p := &post{w: w, contacts: map[string]mail.Contact{}, numbers: map[string]int{}, to: map[string]int{}, of: map[string]int{}}
	catalogue, err := i18n.Load()
	if err != nil {
		return nil, fmt.Errorf("read the texts: %w", err)
	}
	p.mailer, err = mail.New(mail.Config{From: "budi@simulation.invalid", SMTP: mail.SMTP{Host: "simulation.invalid", Hello: "simulation.invalid"}}, mail.Options{
		Catalogue: catalogue, Zone: w.s.zone, Now: func() time.Time { return p.now },
	})
	if err != nil {
		return nil, fmt.Errorf("make the writer of mails: %w", err)
	}
	for _, c := range w.s.Contacts {
		p.contacts[c.Name] = mail.Contact{Name: c.Name, Address: c.Email, Lang: i18n.Lang(c.Language)}
	}
	return p, nil
}

// Deliver implements outbox.Deliverer.
func (p *post) Deliver(_ context.Context, d outbox.Delivery, commit func() error) error {
	if p.w.mailAway || p.w.s.MailServer != "inside" && !p.w.things[p.w.s.index[topology.Line]].answers {
		return errAway
	}
	msg, err := p.mailer.Render(p.contacts[d.Contact], d)
	if err != nil {
		return fmt.Errorf("write a mail: %w", err)
	}
	if err := commit(); err != nil {
		return err
	}
	p.count++
	p.numbers[d.MessageID] = p.count
	line := MailLine{
		Type: "mail", Time: p.w.time(p.now), To: d.Contact, Subject: msg.Subject, Number: p.count, Answers: p.numbers[d.Thread],
	}
	if len(d.Items) == 1 {
		it := d.Items[0]
		line.Kind = string(it.Kind)
		if it.Digest != nil {
			line.Digest = digestLine(*it.Digest)
		} else {
			p.tellIncident(&line, it)
		}
	} else {
		line.Kind = "summary"
		for _, it := range d.Items {
			line.Items = append(line.Items, MailItem{string(it.Kind), uint64(it.Incident.ID), it.Incident.Rule, aboutOf(it.Incident), p.w.time(it.Incident.Since)})
		}
	}
	if waited := p.now.Sub(d.Items[0].OwedAt); waited >= time.Minute {
		line.Waited = spanText(waited)
	}
	p.to[d.Contact]++
	p.of[line.Kind]++
	p.w.emit(line)
	return nil
}

// tellIncident says what a mail tells of one incident.
func (p *post) tellIncident(line *MailLine, it outbox.Item) {
	line.Incident, line.Rule = uint64(it.Incident.ID), it.Incident.Rule
	line.About, line.Severity = aboutOf(it.Incident), string(it.Incident.Severity)
	line.Reason, line.Touches = string(it.Reason), it.Touches.Total
	for _, t := range it.Touches.Named {
		line.Symptoms = append(line.Symptoms, string(t.Thing))
	}
	line.Adopted = idNumbers(it.Incident.Adopted)
	for _, id := range it.Incident.Because {
		line.Cause = append(line.Cause, p.w.abouts[id])
	}
	if line.Cause == nil && line.About != "" {
		line.Cause = []string{line.About}
	}
	for _, id := range it.Incident.Members {
		line.Members = append(line.Members, string(id))
	}
}
