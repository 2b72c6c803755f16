package outbox

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// job is one delivery: some entries of one queue in one message.
type job struct {
	queue     *queue
	entries   []*entry
	delivery  Delivery
	committed bool // the rows are on the disk as sending
}

// Every so-manieth try after failures goes with a single row, each row in its
// turn: a message that the other side can never take holds up the others
// for a while, not for ever. It is soon suspected when the text was what
// failed; else it is most likely the way to the contact, and one try in four
// would only tear apart what should be summed up.
const (
	isolateAfterText = 4
	isolateElse      = 16
)

// isolate reports whether the next try should go with a single row.
func (q *queue) isolate() bool {
	each := isolateElse
	if q.textFailed {
		each = isolateAfterText
	}
	return q.failures%each == each-1
}

// plan picks what is to be sent now and says when to look again at the latest.
// At most one job per contact is under way; the caller runs the jobs.
func (o *Outbox) plan(now time.Time) (jobs []*job, next time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	next = now.Add(time.Minute) // in case the clock is set back or forward meanwhile
	if o.settled.After(now.Add(settle)) {
		o.settled = now // the clock was set back
	}
	queues := slices.SortedFunc(maps.Values(o.queues), func(a, b *queue) int {
		return cmp.Or(cmp.Compare(a.turn, b.turn), cmp.Compare(a.contact, b.contact))
	})
	for _, q := range queues {
		if q.busy || !q.known || len(q.entries) == 0 {
			continue
		}
		q.unwind(now)
		entries, at := q.pick(now, o.settled, o.opts.SumUpAfter, o.opts.MaxItems)
		if entries == nil {
			if !at.IsZero() && at.Before(next) {
				next = at
			}
			continue
		}
		if o.running >= o.opts.Parallel {
			break // the end of one makes Run look again
		}
		o.turn++
		o.running++
		q.turn, q.busy = o.turn, true
		jobs = append(jobs, o.job(q, entries))
	}
	return jobs, next
}

// unwind pulls moments back that lie further ahead than they can have been set:
// the clock was set back, and nothing may wait until it has caught up.
func (q *queue) unwind(now time.Time) {
	latest := now.Add(maxDelay)
	if q.next.After(latest) {
		q.next = now
	}
	for _, e := range q.entries {
		if e.NextTry.After(latest) {
			e.NextTry = now
		}
		if e.waiting.After(now) {
			e.waiting = now
		}
	}
}

// pick chooses the entries of the next message, or says when there may be one.
func (q *queue) pick(now, settled time.Time, sumUpAfter time.Duration, maxItems int) ([]*entry, time.Time) {
	if q.next.After(now) {
		return nil, q.next
	}
	var (
		ready   []*entry            // may go now, in this order
		first   []*entry            // those among them that may go alone
		seen    = map[string]bool{} // has something unsent before
		held    = map[string]bool{} // has something before that may not go now
		atFirst time.Time
	)
	for _, e := range q.entries {
		id, at := e.subject(), e.NextTry
		if e.restored && at.Before(settled) {
			at = settled
		}
		if at.After(now) {
			held[id] = true
			if atFirst.IsZero() || at.Before(atFirst) {
				atFirst = at
			}
		} else if !held[id] {
			ready = append(ready, e)
			if !seen[id] {
				first = append(first, e)
			}
		}
		seen[id] = true
	}
	if len(ready) == 0 {
		return nil, atFirst
	}
	head, isolate := ready[0], q.isolate()
	if isolate {
		head = slices.MinFunc(first, func(a, b *entry) int { return cmp.Compare(a.isolated, b.isolated) })
		q.isolations++
		head.isolated = q.isolations
	}
	switch {
	case head.pinned():
		// What went together goes together again.
		var group []*entry
		for _, e := range q.entries {
			if e.pinned() && e.MessageID == head.MessageID {
				group = append(group, e)
			}
		}
		return group, time.Time{}
	case isolate || head.Alone || !head.restored && now.Sub(head.waiting) <= sumUpAfter:
		return []*entry{head}, time.Time{}
	}
	var sum []*entry
	clear(held)
	for _, e := range ready {
		switch {
		case e.pinned() || e.Alone:
			held[e.subject()] = true
		case !held[e.subject()] && len(sum) < maxItems:
			sum = append(sum, e)
		}
	}
	return sum, time.Time{}
}

// job makes the delivery of some entries, all but its Thread.
func (o *Outbox) job(q *queue, entries []*entry) *job {
	d := Delivery{Contact: q.contact}
	rows := make([]Row, len(entries))
	for i, e := range entries {
		rows[i] = e.Row
		d.Items = append(d.Items, Item{Kind: e.Kind, Digest: e.Digest, Reason: e.Reason, Incident: e.Incident, OwedAt: e.OwedAt, Touches: e.Touches, Told: e.Told})
	}
	if entries[0].pinned() {
		d.MessageID = entries[0].MessageID
	} else {
		d.MessageID = o.messageID(rows...)
	}
	return &job{queue: q, entries: entries, delivery: d}
}

// thread finds the message that a delivery answers: the one that began the
// conversation with the contact, if it is the same for every item. It fills
// Item.ToldAt, for the text says when that was.
func (o *Outbox) thread(j *job) (string, error) {
	answer := ""
	for i, e := range j.entries {
		root, err := o.root(e.Row)
		if err != nil {
			return "", err
		}
		if root.Incident.ID != e.Incident.ID {
			j.delivery.Items[i].ToldAt = root.Finished
		}
		if i == 0 {
			answer = root.MessageID
		} else if root.MessageID != answer {
			answer = ""
		}
	}
	return answer, nil
}

// root is the first message that told the contact of the row's incident before
// the row, or else of one of those that the row corrects; the zero Row when
// there is none that arrived.
func (o *Outbox) root(row Row) (Row, error) {
	if row.Digest != nil {
		return Row{}, nil
	}
	for _, id := range slices.Concat([]incident.ID{row.Incident.ID}, row.Told) {
		rows, err := o.rowsOf(id)
		if err != nil {
			return Row{}, err
		}
		var first *Row
		for i, r := range rows {
			arrived := r.State == Sent || r.State == Uncertain
			if !arrived || r.Contact != row.Contact || r.ID == row.ID || id == row.Incident.ID && r.rank() > row.rank() {
				continue
			}
			if first == nil || cmp.Or(cmp.Compare(r.rank(), first.rank()), r.OwedAt.Compare(first.OwedAt)) < 0 {
				first = &rows[i]
			}
		}
		if first != nil {
			return *first, nil
		}
	}
	return Row{}, nil
}

// rowsOf returns the rows of an incident as they are, those included that the
// store could not take yet.
func (o *Outbox) rowsOf(id incident.ID) ([]Row, error) {
	rows, err := o.store.IncidentRows(id)
	if err != nil {
		return nil, fmt.Errorf("find the message to answer: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, r := range rows {
		if known, ok := o.unrecorded[r.ID]; ok {
			rows[i] = known
		}
	}
	return rows, nil
}
