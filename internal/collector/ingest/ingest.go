// Package ingest is the door through which others hand in what they saw: agents
// (Prometheus Remote-Write 2.0 and reports, see package wire) and programs such
// as Prometheus, Alloy or Telegraf (Remote-Write 1.0 and 2.0). It bounds what is
// read, decodes it, stamps on every series whose it is, and stores it by
// package metricdb.
//
// Who may come in is decided before, by whoever puts a Right into the request's
// context; a request without one is refused. What a Right does not say no
// sender can: labels that tell whose a series is (identity, below) are the
// collector's, and a sender's own labels of these names become
// exported_<name>. Bad samples are counted by reason and skipped; the others of
// the request are stored, and the answer is a success.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/wire"
)

// Kind is the kind of a Right.
type Kind string

// The kinds.
const (
	Agent Kind = "agent" // an agent of a computer: it may speak of this device only
	Eyes  Kind = "eyes"  // a computer that looks at other devices; reserved: refused
	Push  Kind = "push"  // a program with a token: it may speak of one site
)

// Right says for whom a request may speak.
type Right struct {
	Kind Kind
	ID   string // of the agent or the token: never another's
	Site string

	Device string        // Agent: stamped on its series
	Offset time.Duration // Agent: added to the time of each sample, to correct its clock
	// Check says the site of a check that the agent was assigned, and false for
	// another; nil: it was assigned none. What it sends of a check is stamped with
	// this site, the check, and its device as the vantage point.
	Check func(id string) (site string, assigned bool)

	Source  string                   // Push: stamped on its series
	Devices func(device string) bool // Push: whether a device is of the site; nil: none is

	Assigned func(device string, at time.Time) bool // Eyes: reserved
}

// check returns what is missing. A Right that says too little would let its
// sender write as somebody else.
func (r Right) check() error {
	switch {
	case r.ID == "" || r.Site == "":
		return errors.New("the right names no sender or no site")
	case r.Kind == Agent && r.Device == "":
		return errors.New("the right of an agent names no device")
	case r.Kind == Push && r.Source == "":
		return errors.New("the right of a pusher names no source")
	}
	return nil
}

// identity is what is stamped on each series, and, with empty values, which
// names are withheld from the sender. Agents get the job of the collector's
// look at its own computer, so that one rule and one dashboard serve both.
//
// A pusher's device is not here: it may say one of its site. Its job and
// instance are its own too.
func (r Right) identity() []look.Label {
	if r.Kind == Agent {
		return look.Labels("site", r.Site, "device", r.Device, "job", "host",
			"institution", "", "source", "", "check", "", "vantage", "")
	}
	return look.Labels("site", r.Site, "source", r.Source, "institution", "", "check", "", "vantage", "")
}

// identityOf is what is stamped on a series of a check that an agent was assigned.
func (r Right) identityOf(check, site string) []look.Label {
	return look.Labels("site", site, "check", check, "vantage", r.Device, "job", "probe", "institution", "", "source", "", "device", "")
}

// who names the sender among all of the doors.
func (r Right) who() string { return string(r.Kind) + "/" + r.ID }

type rightKey struct{}

// WithRight gives a request its Right.
func WithRight(ctx context.Context, r Right) context.Context {
	return context.WithValue(ctx, rightKey{}, r)
}

// Options configure Doors. Zero values mean what is written beside each.
type Options struct {
	DB *metricdb.DB // required

	// PushSeries bounds the series of one push token within a day; 100,000.
	PushSeries int
	// Memory bounds what the requests that are read and decoded at a moment may
	// take together, in bytes, and four times what those of one sender may;
	// requests beyond it are told to come later. 8 * wire.MaxDecompressed =
	// 256 MiB.
	Memory int64

	// Late is told of samples that were stored an hour or more after their time:
	// from the first to the last moment of such a request of an agent. It must be
	// safe for concurrent use and not block. nil: nobody is told.
	Late func(from, to time.Time)

	Logger     *slog.Logger          // nil: nothing is logged
	Registerer prometheus.Registerer // nil: metrics are not registered
	Now        func() time.Time      // the clock; time.Now
}

// lateAfter is how old samples are that Options.Late is told of.
const lateAfter = time.Hour

// Doors are the handlers. They are safe for concurrent use.
type Doors struct {
	db      *metricdb.DB
	log     *slog.Logger
	now     func() time.Time
	late    func(from, to time.Time)
	metrics *metrics
	memory  *budget
	packed  *unpacker
	buffers pool
	agents  *senders
	push    *senders
}

// New makes the doors. An error says what is missing, or that the metrics are
// registered already.
func New(o Options) (*Doors, error) {
	if o.DB == nil {
		return nil, errors.New("make the doors: no database is given")
	}
	if o.PushSeries <= 0 {
		o.PushSeries = 100_000
	}
	if o.Memory <= 0 {
		o.Memory = 8 * wire.MaxDecompressed
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	packed, err := newUnpacker()
	if err != nil {
		return nil, fmt.Errorf("make the doors: %w", err)
	}
	if o.Late == nil {
		o.Late = func(time.Time, time.Time) {}
	}
	d := &Doors{
		late: o.Late,
		db:   o.DB, log: o.Logger.With("component", "ingest"), now: o.Now,
		memory: newBudget(o.Memory),
		packed: packed,
		agents: newSenders(wire.MaxSeries),
		push:   newSenders(o.PushSeries),
	}
	if d.metrics, err = newMetrics(o.Registerer, d); err != nil {
		return nil, fmt.Errorf("make the doors: %w", err)
	}
	return d, nil
}

// Agents is the handler of wire.PathWrite: Remote-Write 2.0, compressed by
// snappy or zstd. It refuses by a wire.Refusal.
//
// Samples are acknowledged when they are in the TSDB on disk. While they are in
// memory only, because the disk is full, the answer is 503 although rules see
// them: the agent keeps them and sends them again, its newest first.
func (d *Doors) Agents() http.Handler {
	known, ofChecks := map[string]bool{}, map[string]bool{}
	for _, name := range metric.FromAgents() {
		known[name] = true
	}
	for _, name := range metric.FromVantages() {
		ofChecks[name] = true
	}
	w := &writeDoor{
		Doors: d, door: doorAgents, kind: Agent, senders: d.agents, ofChecks: ofChecks,
		encodings: []string{wire.Snappy, wire.Zstd},
		samples:   wire.MaxSamples, durable: true,
		judge: func(name []byte) metricdb.Reason {
			if !known[string(name)] {
				return reasonUnknownName
			}
			return ""
		},
	}
	return d.handler(doorAgents, w.serve)
}

// Push is the handler of programs that write by Prometheus' Remote-Write 1.0 or
// 2.0, compressed by snappy. It refuses by one line of text.
//
// While samples are in memory only it answers 204: such a sender repeats what
// was refused and sends nothing newer meanwhile, so that rules would see
// nothing.
func (d *Doors) Push() http.Handler {
	w := &writeDoor{
		Doors: d, door: doorPush, kind: Push, senders: d.push,
		encodings: []string{wire.Snappy},
		samples:   maxPushSamples, v1: true, histograms: true,
		judge: func(name []byte) metricdb.Reason {
			if metric.CollectorsOwn(string(name)) {
				return reasonReservedName
			}
			return ""
		},
	}
	return d.handler(doorPush, w.serve)
}

// Reports is the handler of wire.PathReport: JSON, plain or compressed by zstd
// or gzip, decoded strictly and within the limits of package wire. take gets
// what is within them; its error is logged and answered with 500. It refuses by
// a wire.Refusal. The request's Right says who sends it.
func (d *Doors) Reports(take func(context.Context, wire.ReportRequest) (wire.ReportReply, error)) http.Handler {
	return d.handler(doorReports, func(w http.ResponseWriter, r *http.Request) error {
		return d.report(w, r, take)
	})
}
