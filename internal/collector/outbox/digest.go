package outbox

import (
	"fmt"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// DigestRow makes the row for a digest or a month's summary. The caller stores
// it in the same transaction as the note that it was made, and then calls Add.
// Of a kind and day there is one row for each contact.
func (o *Outbox) DigestRow(contact string, c digest.Content, now time.Time) Row {
	row := Row{
		ID: fmt.Sprintf("%s/%s/%s", c.Kind, c.Day, contact), Contact: contact, Kind: c.Kind, Digest: &c,
		State: Due, Alone: true, OwedAt: now,
	}
	row.MessageID = o.messageID(row)
	return row
}

// DigestWaits reports whether a digest of a kind to a contact has not gone out
// yet. The next one, once it is added, takes its place.
func (o *Outbox) DigestWaits(contact string, kind incident.Kind) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	q := o.queues[contact]
	if q == nil {
		return false
	}
	for _, e := range q.entries {
		if e.Digest != nil && e.Kind == kind && !e.pinned() {
			return true
		}
	}
	return false
}

// replaced gives up digests after which a newer one of the same kind waits: it
// tells what they would have told. One that may have arrived is uncertain.
func (o *Outbox) replaced(now time.Time) []Row {
	var changed []Row
	for _, q := range o.queues {
		if q.busy {
			continue
		}
		newest := map[incident.Kind]*entry{}
		for _, e := range q.entries {
			if e.Digest != nil && (newest[e.Kind] == nil || e.Digest.To.After(newest[e.Kind].Digest.To)) {
				newest[e.Kind] = e
			}
		}
		for _, e := range q.entries {
			if e.Digest == nil || newest[e.Kind] == e || e.State.Final() {
				continue
			}
			e.LastError = "given up: the digest of " + newest[e.Kind].Digest.Day + " tells it too"
			if o.refuse(e, now); e.pinned() {
				e.State = Uncertain // what it was is for the reader to see
			}
			changed = append(changed, e.Row)
		}
		o.remove(q)
	}
	return changed
}

// subject names what entries are told in order of: an incident, or a digest by
// itself.
func (e *entry) subject() string {
	if e.Digest != nil {
		return e.ID
	}
	return strconv.FormatUint(uint64(e.Incident.ID), 10)
}
