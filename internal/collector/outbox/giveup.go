package outbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// orphanAfter is how long a row waits for a contact that the configuration does
// not have.
const orphanAfter = 7 * 24 * time.Hour

// giveUp ends the waiting of rows that nobody will ever get: those of contacts
// that are gone, digests that a newer one replaces, and, when there are too many
// rows, the oldest of what is over. They stay visible as refused.
func (o *Outbox) giveUp(now time.Time) {
	o.mu.Lock()
	changed := slices.Concat(o.orphans(now), o.surplus(now), o.replaced(now))
	o.mu.Unlock()
	if len(changed) == 0 {
		return
	}
	err := o.put(changed)
	if err != nil {
		o.log.Warn("cannot note which messages were given up", "err", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, row := range changed {
		if row.State.Final() && err != nil {
			o.unrecorded[row.ID] = row
		}
	}
}

// orphans marks the rows of contacts that the configuration does not have, and
// gives them up after a while. It returns the rows that changed.
func (o *Outbox) orphans(now time.Time) []Row {
	var changed []Row
	for name, q := range o.queues {
		if q.busy {
			continue
		}
		before := len(changed)
		for _, e := range q.entries {
			switch {
			case q.known && !e.Orphaned.IsZero():
				e.Orphaned, e.LastError = time.Time{}, ""
			case q.known:
				continue
			case e.Orphaned.IsZero() || e.Orphaned.After(now):
				e.Orphaned, e.LastError = now, "contact is not in the configuration"
			case now.Sub(e.Orphaned) >= orphanAfter:
				e.LastError = "given up: the contact has not been in the configuration for 7 days"
				o.refuse(e, now)
			default:
				continue
			}
			changed = append(changed, e.Row)
		}
		o.remove(q)
		if n := len(changed) - before; n > 0 {
			o.log.Warn("messages to a contact that is not, or was not, in the configuration", "contact", name, "in_configuration", q.known, "rows", n, "err", changed[before].LastError)
		}
		if !q.known && len(q.entries) == 0 {
			delete(o.queues, name)
		}
	}
	return changed
}

// surplus gives up the oldest of what is over when more rows wait than
// Options.MaxUnsent: incidents of which a contact knows nothing yet and which
// have ended. The journal has them. A fault that lasts, and a recovery whose
// fault was told, are never given up: their number is bounded by that of the
// open incidents.
func (o *Outbox) surplus(now time.Time) []Row {
	excess := len(o.rows) - o.opts.MaxUnsent
	if excess <= 0 {
		return nil
	}
	var over [][]*entry // all rows of an incident and contact, the recovery last
	for _, q := range o.queues {
		if q.busy {
			continue
		}
		byIncident := map[incident.ID][]*entry{}
		for _, e := range q.entries {
			if e.Digest == nil {
				byIncident[e.Incident.ID] = append(byIncident[e.Incident.ID], e)
			}
		}
		for _, group := range byIncident {
			if group[0].begins() && group[len(group)-1].Kind == incident.Recovery &&
				!slices.ContainsFunc(group, (*entry).pinned) {
				over = append(over, group)
			}
		}
	}
	slices.SortFunc(over, func(a, b []*entry) int { return a[len(a)-1].compare(b[len(b)-1]) })
	var changed []Row
	for _, group := range over {
		if len(changed) >= excess {
			break
		}
		for _, e := range group {
			e.LastError = fmt.Sprintf("given up: more than %d messages waited, and the incident is over; the journal has it", o.opts.MaxUnsent)
			o.refuse(e, now)
			changed = append(changed, e.Row)
		}
	}
	for _, q := range o.queues {
		o.remove(q)
	}
	if len(changed) > 0 {
		o.log.Error("too many messages wait; the oldest of what is over are given up", "rows", len(changed), "limit", o.opts.MaxUnsent)
	}
	return changed
}

// refuse ends an entry. The caller removes it from its queue.
func (o *Outbox) refuse(e *entry, now time.Time) {
	e.State, e.Finished, e.NextTry = Refused, now, time.Time{}
	o.metrics.givenUp.Inc()
	o.metrics.finished(e.Row)
}
