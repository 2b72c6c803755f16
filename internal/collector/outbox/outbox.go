package outbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// Options are an Outbox's settings. Zero values mean what is said beside them.
type Options struct {
	Installation string   // ID of this installation, a part of every Message-ID; required
	Domain       string   // what stands after the @ of a Message-ID; "budi.invalid"
	Contacts     []string // names of the contacts that the configuration has now; see SetContacts

	SumUpAfter time.Duration // what waited longer goes in one message with the others; 30 min
	MaxItems   int           // items in one message at most; 200
	MaxUnsent  int           // unsent rows that start the giving up of what is over; 10,000
	Parallel   int           // deliveries at once; 4
	Timeout    time.Duration // of one delivery; 3 min
	Grace      time.Duration // for deliveries under way when Run ends; 10 s
	Keep       time.Duration // how long final rows are kept; 30 days

	// Restored is when an older copy of the store took the place of a newer one;
	// zero: never. What was owed or began before that may have been told
	// already, and much of it comes to its end at once when the looks begin
	// again. So it waits for a few minutes after the start and goes in one
	// message.
	Restored time.Time

	Logger     *slog.Logger          // nil: nothing is logged
	Registerer prometheus.Registerer // nil: nothing is registered
	Now        func() time.Time      // nil: time.Now; the clock of Run
}

func (o Options) withDefaults() Options {
	o.Domain = cmp.Or(domainText(o.Domain), "budi.invalid")
	o.SumUpAfter = cmp.Or(o.SumUpAfter, 30*time.Minute)
	o.MaxItems = cmp.Or(o.MaxItems, 200)
	o.MaxUnsent = cmp.Or(o.MaxUnsent, 10_000)
	o.Parallel = cmp.Or(o.Parallel, 4)
	o.Timeout = cmp.Or(o.Timeout, 3*time.Minute)
	o.Grace = cmp.Or(o.Grace, 10*time.Second)
	o.Keep = cmp.Or(o.Keep, 30*24*time.Hour)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// domainText keeps what may stand in a Message-ID (RFC 5322, section 3.6.4:
// dot-atom-text), so that no configuration makes a mail that is refused.
func domainText(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return '-'
	}, s)
	return strings.Trim(s, "-.")
}

// Outbox sends rows. It is safe for concurrent use; either Run or Step drives
// it, not both at once.
type Outbox struct {
	store   Store
	deliver Deliverer
	opts    Options
	log     *slog.Logger
	metrics *metrics
	wake    chan struct{} // capacity 1

	// mu is never held while something is written or sent.
	mu       sync.Mutex
	queues   map[string]*queue // by contact
	rows     map[string]*entry // by row ID: everything in the queues
	settled  time.Time         // until then nothing is sent of what was before Options.Restored
	running  int               // deliveries under way
	turn     uint64            // counts deliveries begun
	prunedAt time.Time

	// unrecorded holds rows that came to their end while the store could not be
	// written (a full disk). The store still says "sending" or "due"; they are
	// not sent again while the process lives.
	unrecorded map[string]Row
}

// queue is what one contact must be told.
type queue struct {
	contact  string
	known    bool     // the configuration has the contact
	entries  []*entry // by entry.compare
	busy     bool     // a delivery is under way
	turn     uint64   // when the last one began, to be fair among contacts
	failures int      // since the last success
	next     time.Time

	textFailed bool // the last failure came after commit
	isolations int  // tries with a single row because of failures
}

// entry is an unsent row with what is known in this process only.
type entry struct {
	Row
	order    time.Time // OwedAt, but never before that of what must be told first
	waiting  time.Time // OwedAt, but never in the future
	restored bool      // of the time before Options.Restored
	isolated int       // which of the queue's isolations was this row's last; 0: none
}

// compare orders a queue: a digest waits until all that is broken was told.
func (e *entry) compare(other *entry) int {
	last := func(e *entry) int {
		if e.Digest != nil {
			return 1
		}
		return 0
	}
	return cmp.Or(
		cmp.Compare(last(e), last(other)),
		e.order.Compare(other.order),
		cmp.Compare(e.Incident.ID, other.Incident.ID),
		cmp.Compare(e.rank(), other.rank()),
		cmp.Compare(e.ID, other.ID),
	)
}

// pinned reports whether the message may have arrived already: then it is sent
// again only as it was, under the same Message-ID.
func (e *entry) pinned() bool { return e.Uncertain > 0 }

// Open loads what is unsent. A row found in the state sending was on its way
// when the process was killed: it is sent again with the same Message-ID.
func Open(store Store, deliver Deliverer, opts Options) (*Outbox, error) {
	if opts.Installation == "" {
		return nil, errors.New("open outbox: no installation ID")
	}
	o := &Outbox{
		store: store, deliver: deliver, opts: opts.withDefaults(),
		wake:   make(chan struct{}, 1),
		queues: map[string]*queue{}, rows: map[string]*entry{}, unrecorded: map[string]Row{},
	}
	o.log = o.opts.Logger.With("component", "outbox")
	rows, err := store.UnsentRows()
	if err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	if o.metrics, err = newMetrics(o, o.opts.Registerer); err != nil {
		return nil, fmt.Errorf("open outbox: %w", err)
	}
	o.SetContacts(opts.Contacts)

	now := o.opts.Now()
	if since := now.Sub(o.opts.Restored); since < settleWithin {
		o.settled = now.Add(settle)
	}
	var changed []Row
	for i := range rows {
		row := &rows[i]
		row.NextTry = time.Time{} // a start is a good moment to try
		if row.State != Sending {
			continue
		}
		row.State = Due
		row.Uncertain++
		row.LastError = "the collector was stopped while this was being sent"
		switch {
		case row.Uncertain > maxKilled:
			row.State, row.Finished = Uncertain, now
			o.metrics.finished(*row)
		case row.Uncertain > 1:
			row.NextTry = now.Add(delay(row.Uncertain, row.MessageID))
		}
		changed = append(changed, *row)
	}
	// When this cannot be written, the store says what the process before said,
	// which is as true.
	if err := o.put(changed); err != nil {
		o.log.Warn("cannot note what was interrupted", "err", err)
	}
	// By incident, what is told first before what is told later.
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Incident.ID, b.Incident.ID), cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.ID, b.ID))
	})
	for _, row := range rows {
		if !row.State.Final() {
			o.insert(row)
		}
	}
	return o, nil
}

// settle is how long after a start that follows a restore what was before it
// waits: rules, holds and agents need some minutes until all that is over is
// known to be over. After settleWithin a start is one like all others.
const (
	settle       = 10 * time.Minute
	settleWithin = 24 * time.Hour
)

// wasBefore reports whether a row is of the time before the store was restored.
func (o *Outbox) wasBefore(row Row) bool {
	at := o.opts.Restored
	begun := row.OwedAt.After(at) && (row.Digest != nil || row.Incident.Seen.After(at))
	return !at.IsZero() && !begun
}

// maxKilled is how often one message is sent again because the process was
// killed on the way. Once would keep the promise of "at most twice" whatever
// comes; but being killed twice at the wrong moment must not swallow a fault,
// while a message that kills the process each time must not be sent for ever.
const maxKilled = 10

// Rows makes the rows for what became owed. The caller stores them in the same
// transaction as the incidents and then calls Add. The IDs depend on nothing
// but what is owed: the same thing owed twice is one row.
func (o *Outbox) Rows(owed []incident.Owed, now time.Time) []Row {
	rows := make([]Row, 0, len(owed))
	for _, w := range owed {
		row := Row{ID: rowID(w), Contact: w.Contact, Kind: w.Kind, Reason: w.Reason, Incident: w.Incident, Touches: w.Touches, Told: w.Told, State: Due, OwedAt: now}
		row.MessageID = o.messageID(row)
		rows = append(rows, row)
	}
	return rows
}

// messageID makes the Message-ID of a message with the given rows. The time at
// which an incident was first seen is in it, because numbers of incidents may
// come again when an old copy of the store has to be used.
func (o *Outbox) messageID(rows ...Row) string {
	h := sha256.New()
	for _, row := range rows {
		fmt.Fprintf(h, "%d %s\n", row.Incident.Seen.UnixNano(), row.ID)
	}
	return hex.EncodeToString(h.Sum(nil)[:12]) + "." + o.opts.Installation + "@" + o.opts.Domain
}

// Add takes rows that were stored and sees to their sending. Rows that the
// store does not have, or that are known or finished already, are left out.
func (o *Outbox) Add(rows []Row) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, row := range rows {
		if _, known := o.rows[row.ID]; known {
			continue
		}
		if _, known := o.unrecorded[row.ID]; known {
			continue
		}
		stored, err := o.store.IncidentRows(row.Incident.ID)
		if err != nil {
			o.log.Warn("cannot look up a new message; it is sent after the next start at the latest", "row", row.ID, "err", err)
			continue
		}
		i := slices.IndexFunc(stored, func(s Row) bool { return s.ID == row.ID })
		if i >= 0 && !stored[i].State.Final() {
			o.insert(stored[i])
		}
	}
	o.nudge()
}

// SetContacts tells which contacts the configuration has now. Whatever waits
// is tried again at once: the configuration may have been mended.
func (o *Outbox) SetContacts(names []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, q := range o.queues {
		q.known, q.failures, q.next = false, 0, time.Time{}
		for _, e := range q.entries {
			e.NextTry = time.Time{}
		}
	}
	for _, name := range names {
		o.queue(name).known = true
	}
	for name, q := range o.queues {
		if !q.known && len(q.entries) == 0 && !q.busy {
			delete(o.queues, name)
		}
	}
	o.nudge()
}

// nudge makes Run look again.
func (o *Outbox) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *Outbox) queue(contact string) *queue {
	q := o.queues[contact]
	if q == nil {
		q = &queue{contact: contact}
		o.queues[contact] = q
	}
	return q
}

// insert puts an unsent row in its queue.
func (o *Outbox) insert(row Row) {
	q := o.queue(row.Contact)
	e := &entry{Row: row, order: row.OwedAt, waiting: row.OwedAt, restored: o.wasBefore(row)}
	// The clock may have been set back between a fault and its recovery.
	for _, other := range q.entries {
		if other.Incident.ID == e.Incident.ID && other.rank() < e.rank() && other.order.After(e.order) {
			e.order = other.order
		}
	}
	i, _ := slices.BinarySearchFunc(q.entries, e, (*entry).compare)
	q.entries = slices.Insert(q.entries, i, e)
	o.rows[row.ID] = e
}

// remove takes finished rows out of their queue.
func (o *Outbox) remove(q *queue) {
	q.entries = slices.DeleteFunc(q.entries, func(e *entry) bool {
		if e.State.Final() {
			delete(o.rows, e.ID)
			return true
		}
		return false
	})
}

// put writes rows, if there are any.
func (o *Outbox) put(rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	return o.store.PutRows(rows)
}

// delays is how long a contact is left alone after so many failures in a row:
// quick enough that a restart of the mail server is hardly noticed, slow enough
// that a day of outage is not a day of knocking. The last stands for all
// further ones.
var delays = [...]time.Duration{
	15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute,
}

const maxDelay = 15 * time.Minute

// delay spreads the table's value down by up to a fifth, so that contacts which
// failed together do not all come back together. It depends on the arguments
// only: a simulation runs the same each time.
func delay(failures int, salt string) time.Duration {
	d := delays[min(max(failures, 1), len(delays))-1]
	h := fnv.New32a()
	fmt.Fprintf(h, "%d %s", failures, salt)
	return d - time.Duration(h.Sum32()%1000)*d/5000
}

// bound makes an error's text fit for a row.
func bound(err error) string {
	text := strings.ToValidUTF8(err.Error(), "?")
	if len(text) > MaxLastError {
		text = strings.ToValidUTF8(text[:MaxLastError-len("…")], "") + "…"
	}
	return text
}
