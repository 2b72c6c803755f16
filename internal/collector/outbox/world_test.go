package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

var t0 = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)

// fataler is what *testing.T and *rapid.T have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// answer is how the other side treats one delivery.
type answer string

const (
	takes         answer = "takes it"
	refusesEarly  answer = "fails before the text"
	refusesLate   answer = "answers the text with a temporary refusal"
	refuses       answer = "refuses for good"
	takesSilently answer = "takes it, the answer is lost"
	losesIt       answer = "loses it, the answer is lost"
	panics        answer = "makes the deliverer panic after commit"
)

// mail is a message that arrived.
type mail struct {
	at time.Time
	outbox.Delivery
}

// world is everything around an outbox: a real store in a file, the other
// side, a clock, and a hand that kills the process. A kill copies the file as
// it is at that instant; whatever the old process does afterwards is ignored.
type world struct {
	t    fataler
	dir  string
	now  time.Time
	opts outbox.Options

	store *boltstore.Store
	out   *outbox.Outbox
	path  string
	files int

	answer   func(d outbox.Delivery) answer // nil: takes
	full     func() bool                    // nil: the disk has room
	arrived  []mail
	attempts int
	owed     []incident.Owed
	digests  []digest.Due
	told     map[string]bool // owed things that were stored

	point, killAt int // killAt 0: never
	trace         []string
	dead          bool
	wreck         []byte // the file at the kill
}

func newWorld(t fataler, dir string, opts outbox.Options) *world {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, now: t0, opts: opts, told: map[string]bool{}}
	if w.opts.Contacts == nil {
		w.opts.Contacts = []string{"ona", "jonas"}
	}
	w.opts.Now = func() time.Time { return w.now }
	w.path = w.newFile()
	w.start()
	return w
}

func (w *world) newFile() string {
	w.files++
	return filepath.Join(w.dir, fmt.Sprintf("budi-%d.db", w.files))
}

func (w *world) start() {
	w.t.Helper()
	store, err := boltstore.Open(w.path, boltstore.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = store
	w.opts.Installation = store.Installation()
	if w.out, err = outbox.Open(worldStore{store, w}, w, w.opts); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) close() {
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// maybeKill is called at each instant at which a kill makes a difference.
func (w *world) maybeKill(where string) {
	if w.dead {
		return
	}
	w.point++
	w.trace = append(w.trace, where)
	if w.point == w.killAt {
		w.kill()
	}
}

func (w *world) kill() {
	data, err := os.ReadFile(w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.trace = append(w.trace, "KILL")
	w.wreck, w.dead = data, true
}

// restart begins a new process on what the kill left, if there was one, and
// makes owed again what was not stored, as the incident machine does.
func (w *world) restart() {
	w.t.Helper()
	w.close()
	if w.dead {
		w.path = w.newFile()
		if err := os.WriteFile(w.path, w.wreck, 0o600); err != nil {
			w.t.Fatal(err)
		}
		w.dead, w.wreck = false, nil
	}
	w.trace = append(w.trace, "START")
	w.start()
	for _, o := range w.owed {
		if !w.told[name(o)] {
			w.tell(o)
		}
	}
	for _, d := range w.digests {
		w.commitDigest(d)
	}
}

// name tells apart what is owed.
func name(o incident.Owed) string {
	return fmt.Sprintf("%d %s %s %s %d %s", o.Incident.ID, o.Kind, o.Reason, o.Incident.Told, o.Incident.Round, o.Contact)
}

// owe makes something owed, as the incident machine does.
func (w *world) owe(contact string, kind incident.Kind, id incident.ID) {
	w.t.Helper()
	o := incident.Owed{Contact: contact, Kind: kind, Incident: incident.Incident{
		ID: id, Key: incident.Key(fmt.Sprint("R", id)), Rule: "R", Seen: t0, State: incident.Open, Told: incident.Warning,
		Notified: map[string]time.Time{contact: w.now},
	}}
	w.oweThis(o)
}

// oweThis makes something special owed.
func (w *world) oweThis(o incident.Owed) {
	w.t.Helper()
	if o.Kind == incident.Recovery {
		o.Incident.State = incident.Closed
	}
	w.owed = append(w.owed, o)
	if !w.dead {
		w.tell(o)
	}
}

// tell stores it with its incident in one transaction and hands it over.
func (w *world) tell(o incident.Owed) {
	w.t.Helper()
	rows := w.out.Rows([]incident.Owed{o}, w.now)
	w.maybeKill("before the incident is stored")
	if err := w.store.CommitIncidents([]incident.Incident{o.Incident}, rows); err != nil {
		w.t.Fatal(err)
	}
	if w.dead {
		return
	}
	w.told[name(o)] = true
	w.maybeKill("after the incident is stored")
	w.out.Add(rows)
}

// digest makes a morning's digest and hands it over.
func (w *world) digest(contact string) {
	w.t.Helper()
	d := digest.Due{
		Kind: digest.Morning, Reader: digest.Reader{Contact: contact, Unsent: w.out.DigestWaits(contact, digest.Morning)},
		Day: w.now.Format("2006-01-02"), From: w.now.AddDate(0, 0, -1), To: w.now,
	}
	w.digests = append(w.digests, d)
	if !w.dead {
		w.commitDigest(d)
	}
}

// commitDigest stores a digest with the note that it was made, as the
// composition does, unless it was stored before.
func (w *world) commitDigest(d digest.Due) {
	w.t.Helper()
	state, err := w.store.Digests()
	if err != nil {
		w.t.Fatal(err)
	}
	if state[d.Reader.Contact].Day >= d.Day {
		return
	}
	row := w.out.DigestRow(d.Reader.Contact, digest.Make(d, digest.Facts{}), w.now)
	w.maybeKill("before the digest is stored")
	if err := w.store.CommitDigest(state.Note(d), row); err != nil {
		w.t.Fatal(err)
	}
	if w.dead {
		return
	}
	w.maybeKill("after the digest is stored")
	w.out.Add([]outbox.Row{row})
}

// step runs the outbox at the present moment.
func (w *world) step() time.Time { return w.out.Step(context.Background(), w.now) }

// pass lets time pass, stepping as production does.
func (w *world) pass(d time.Duration) {
	for end := w.now.Add(d); ; {
		next := w.step()
		if !next.Before(end) {
			w.now = end
			return
		}
		w.now = next
	}
}

// Deliver implements outbox.Deliverer.
func (w *world) Deliver(_ context.Context, d outbox.Delivery, commit func() error) error {
	if w.dead {
		return errors.New("the process is dead")
	}
	w.attempts++
	w.maybeKill("before commit")
	a := takes
	if w.answer != nil {
		a = w.answer(d)
	}
	w.trace = append(w.trace, fmt.Sprintf("%s %s: %s", d.Contact, items(d), a))
	if a == refusesEarly {
		return errors.New("dial tcp: connection refused")
	}
	if err := commit(); err != nil {
		return err
	}
	if w.dead {
		return errors.New("the process is dead")
	}
	w.maybeKill("after commit, before the text has gone")
	switch a {
	case refusesLate:
		return errors.New("451 try again later")
	case refuses:
		return fmt.Errorf("550 no such user: %w", outbox.ErrPermanent)
	case losesIt:
		return fmt.Errorf("read: timeout: %w", outbox.ErrUncertain)
	case panics:
		panic("a template is broken")
	}
	if !w.dead {
		w.arrived = append(w.arrived, mail{w.now, d})
	}
	w.maybeKill("after the text has gone, before the answer")
	if a == takesSilently {
		return fmt.Errorf("read: timeout: %w", outbox.ErrUncertain)
	}
	return nil
}

// worldStore is the store with a hand on it.
type worldStore struct {
	*boltstore.Store
	w *world
}

var errFull = errors.New("no space left on device")

func (s worldStore) PutRows(rows []outbox.Row) error {
	s.w.maybeKill("before a write of " + string(rows[0].State))
	if s.w.full != nil && s.w.full() {
		return errFull
	}
	err := s.Store.PutRows(rows)
	s.w.maybeKill("after a write of " + string(rows[0].State))
	return err
}

func items(d outbox.Delivery) string {
	s := ""
	for _, item := range d.Items {
		switch {
		case item.Digest != nil:
			s += fmt.Sprintf("[%s %s]", item.Kind, item.Digest.Day)
			continue
		case item.Incident.Round > 0:
			s += fmt.Sprintf("[%d@%d %s]", item.Incident.ID, item.Incident.Round, item.Kind)
			continue
		}
		s += fmt.Sprintf("[%d %s]", item.Incident.ID, item.Kind)
	}
	return s
}

// mails says in short what arrived.
func (w *world) mails() []string {
	var out []string
	for _, m := range w.arrived {
		out = append(out, m.Contact+" "+items(m.Delivery))
	}
	return out
}

func (w *world) want(mails ...string) {
	w.t.Helper()
	if got := w.mails(); !slices.Equal(got, mails) {
		w.t.Fatalf("arrived:\n%q\nwant:\n%q\ntrace: %q", got, mails, w.trace)
	}
}

// row returns the stored row of one thing.
func (w *world) row(id incident.ID, kind incident.Kind, contact string) outbox.Row {
	w.t.Helper()
	rows, err := w.store.IncidentRows(id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, row := range rows {
		if row.Kind == kind && row.Contact == contact {
			return row
		}
	}
	w.t.Fatalf("no row %d %s %s in %+v", id, kind, contact, rows)
	return outbox.Row{}
}

// hold checks the promise over all that was owed: each thing arrived between
// once and most times, always with the same Message-ID, and nothing of an
// incident before its fault.
func (w *world) hold(most int) {
	w.t.Helper()
	type news struct {
		times int
		id    string
		first int
	}
	seen := map[string]*news{}
	n := 0
	for _, m := range w.arrived {
		for _, item := range m.Items {
			n++
			key := nameOf(m.Contact, item)
			if seen[key] == nil {
				seen[key] = &news{id: m.MessageID, first: n}
			}
			seen[key].times++
			if seen[key].id != m.MessageID {
				w.t.Fatalf("%s came with Message-IDs %s and %s\ntrace: %q", key, seen[key].id, m.MessageID, w.trace)
			}
		}
	}
	for _, o := range w.owed {
		key := name(o)
		got := seen[key]
		if got == nil {
			w.t.Fatalf("%s never came\ntrace: %q", key, w.trace)
		}
		if got.times > most {
			w.t.Fatalf("%s came %d times, at most %d are allowed\ntrace: %q", key, got.times, most, w.trace)
		}
		first := w.first(o)
		if name(first) == key {
			continue
		}
		fault := seen[name(first)]
		if fault == nil || fault.first > got.first {
			w.t.Fatalf("%s came before its fault\ntrace: %q", key, w.trace)
		}
	}
	for _, d := range w.digests {
		got := seen[d.Day+d.Reader.Contact]
		if got == nil && d.Day == w.digests[len(w.digests)-1].Day {
			w.t.Fatalf("the last digest never came\ntrace: %q", w.trace)
		}
		if got != nil && got.times > most {
			w.t.Fatalf("the digest of %s came %d times\ntrace: %q", d.Day, got.times, w.trace)
		}
	}
	if len(seen) > len(w.owed)+len(w.digests) {
		w.t.Fatalf("more came than was owed: %v\ntrace: %q", seen, w.trace)
	}
}

// nameOf is name for what arrived.
func nameOf(contact string, item outbox.Item) string {
	if item.Digest != nil {
		return item.Digest.Day + contact
	}
	return name(incident.Owed{Contact: contact, Kind: item.Kind, Reason: item.Reason, Incident: item.Incident})
}

// first is what the contact of something owed must hear of its incident before.
func (w *world) first(o incident.Owed) incident.Owed {
	for _, other := range w.owed {
		if other.Contact == o.Contact && other.Incident.ID == o.Incident.ID && (other.Kind == incident.Fault || other.Kind == incident.Escalation) {
			return other
		}
	}
	return o
}

// fastDir is a folder for a store that is killed by copying its file, not by
// cutting the power: it may be in memory, where an fsync costs nothing.
func fastDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "outbox-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
