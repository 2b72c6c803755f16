package ingest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	labelDevice = "device"
	labelCheck  = "check"

	// maxPushSamples bounds one request of a pusher: a transaction holds each of
	// its samples several times. Prometheus sends 2,000 at once.
	maxPushSamples = 200_000
	// histogramUnit is how many bytes of a native histogram count as a sample,
	// and maxHistogram how many one may have.
	histogramUnit = 16
	maxHistogram  = 64 << 10
)

// Forms of samples, as in Content-Type.
const (
	media   = "application/x-protobuf"
	protoV1 = "prometheus.WriteRequest"
	protoV2 = "io.prometheus.write.v2.Request"
)

// writeDoor is a door for samples.
type writeDoor struct {
	*Doors
	door       string
	kind       Kind
	senders    *senders
	encodings  []string
	samples    int  // in one request
	v1         bool // Remote-Write 1.0 is understood too
	histograms bool // native ones are taken
	durable    bool // only what is on disk is acknowledged
	judge      func(name []byte) metricdb.Reason
	ofChecks   map[string]bool // metrics of a check that the sender was assigned
}

// buffers are what a request needs, kept for the next.
type buffers struct {
	body, plain []byte
	decoder     decoder
}

// pool keeps buffers of ordinary size.
type pool struct{ p sync.Pool }

func (p *pool) get() *buffers {
	if b, ok := p.p.Get().(*buffers); ok {
		return b
	}
	return &buffers{}
}

func (p *pool) put(b *buffers) {
	if cap(b.body) > pooled || cap(b.plain) > 4*pooled || cap(b.decoder.symbols) > pooled/16 {
		return
	}
	p.p.Put(b)
}

// serve takes one request.
func (d *writeDoor) serve(w http.ResponseWriter, r *http.Request) error {
	right, err := d.right(r)
	if err != nil {
		return err
	}
	v1, err := d.version(r)
	if err != nil {
		return err
	}
	encoding, err := encodingOf(r, d.encodings)
	if err != nil {
		return err
	}
	hold := &lease{from: d.memory, who: right.who()}
	defer hold.end()
	buf := d.buffers.get()
	defer d.buffers.put(buf)

	buf.body, err = readBody(w, r, hold, buf.body[:0])
	d.metrics.bytes.WithLabelValues(d.door).Add(float64(len(buf.body)))
	if err != nil {
		return err
	}
	buf.plain, err = d.packed.unpack(buf.body, encoding, hold, buf.plain)
	if err != nil {
		return err
	}
	t := &taking{door: d, right: right, now: d.now(), v1: v1, buf: buf}
	err = t.store(r)
	if !v1 && (err == nil || errors.Is(err, metricdb.ErrNotDurable)) {
		// Remote-Write 2.0 demands these of every answer.
		h := w.Header()
		h.Set("X-Prometheus-Remote-Write-Samples-Written", strconv.Itoa(t.floats))
		h.Set("X-Prometheus-Remote-Write-Histograms-Written", strconv.Itoa(t.histograms))
		h.Set("X-Prometheus-Remote-Write-Exemplars-Written", "0")
	}
	switch {
	case err == nil, errors.Is(err, metricdb.ErrNotDurable) && !d.durable:
		w.WriteHeader(http.StatusNoContent)
		return nil
	case errors.Is(err, metricdb.ErrNotDurable):
		return &refusal{status: http.StatusServiceUnavailable, code: wire.CodeBusy, text: "the samples are kept in memory because the disk cannot be written; send them again later"}
	case errors.Is(err, metricdb.ErrClosed):
		return &refusal{status: http.StatusServiceUnavailable, code: wire.CodeBusy, text: "the collector is stopping; try again later"}
	case errors.Is(err, errMalformed):
		return badRequest("the body is not what its Content-Type says: %v", err)
	}
	return err
}

// right returns the request's Right, when it is one of this door.
func (d *writeDoor) right(r *http.Request) (Right, error) {
	right, ok := r.Context().Value(rightKey{}).(Right)
	if !ok {
		return Right{}, errors.New("the request has no right; whoever admits it must say for whom it speaks")
	}
	switch right.Kind {
	case d.kind:
	case Eyes:
		return Right{}, &refusal{status: http.StatusForbidden, code: wire.CodeBadRequest, text: "this collector does not yet take samples from computers that look at other devices (eyes)"}
	default:
		return Right{}, &refusal{status: http.StatusForbidden, code: wire.CodeBadRequest, text: fmt.Sprintf("this door is for another kind of sender: %s", d.kind)}
	}
	if err := right.check(); err != nil {
		return Right{}, err
	}
	if right.Devices == nil {
		right.Devices = func(string) bool { return false }
	}
	if right.Check == nil || right.Kind != Agent {
		right.Check = func(string) (string, bool) { return "", false }
	}
	return right, nil
}

// version returns whether a request is Remote-Write 1.0, and an error when it
// is neither 1.0 nor 2.0.
func (d *writeDoor) version(r *http.Request) (v1 bool, err error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && kind == media {
		switch params["proto"] {
		case protoV2:
			return false, nil
		case protoV1, "":
			if d.v1 {
				return true, nil
			}
		}
	}
	right := media + ";proto=" + protoV2
	if d.v1 {
		right += ", " + media + ";proto=" + protoV1
	}
	return false, unsupported("Accept-Post", right, "Content-Type %.100q is not understood here; use %s", r.Header.Get("Content-Type"), right)
}

// taking is one request on its way into the database.
type taking struct {
	door  *writeDoor
	right Right
	now   time.Time
	v1    bool
	buf   *buffers

	sender             *sender
	batch              *metricdb.Batch
	room               int // samples that may still come
	floats, histograms int // that were taken
	rejected           map[metricdb.Reason]int
	first, last        int64 // times of those that were taken, in milliseconds; 0, 0: none was

	// The device that was asked for last: series of one device come together.
	device string
	ours   bool
	// The check that was asked for last.
	checkID, site string
	assigned      bool
}

// store writes what the request brings and counts it.
func (t *taking) store(r *http.Request) error {
	t.sender = t.door.senders.enter(t.right.ID, t.right.identity(), t.now)
	defer t.sender.leave()
	_, err := t.door.db.Write(r.Context(), func(b *metricdb.Batch) error {
		t.batch, t.room = b, t.door.samples
		t.floats, t.histograms, t.rejected, t.first, t.last = 0, 0, nil, 0, 0
		t.device, t.ours = "", false
		t.checkID, t.site, t.assigned = "", "", false
		return t.buf.decoder.each(t.buf.plain, t.v1, t.series)
	})
	if err != nil && !errors.Is(err, metricdb.ErrNotDurable) {
		return err
	}
	if t.right.Kind == Agent && t.first > 0 && t.first <= t.now.Add(-lateAfter).UnixMilli() {
		t.door.late(time.UnixMilli(t.first), time.UnixMilli(t.last))
	}
	m := t.door.metrics
	m.samples.WithLabelValues(t.door.door).Add(float64(t.floats + t.histograms))
	for reason, n := range t.rejected {
		m.rejected.WithLabelValues(t.door.door, string(reason)).Add(float64(n))
	}
	return err
}

func (t *taking) reject(reason metricdb.Reason) {
	if t.rejected == nil {
		t.rejected = map[metricdb.Reason]int{}
	}
	t.rejected[reason]++
}

// judge returns why a series with this name is not taken, or "".
func (t *taking) judge(name []byte) metricdb.Reason { return t.door.judge(name) }

// check says the site of a check that the sender was assigned: checks come
// together too.
func (t *taking) check(id string) (site string, assigned bool) {
	if id != t.checkID || id == "" {
		t.checkID = id
		t.site, t.assigned = t.right.Check(id)
	}
	return t.site, t.assigned
}

// allowed reports whether the sender may speak of a device.
func (t *taking) allowed(device string) bool {
	if t.right.Kind == Agent {
		return false
	}
	if device != t.device {
		t.device, t.ours = device, t.right.Devices(device)
	}
	return t.ours
}

// series takes the samples of one series.
func (t *taking) series(s *series) error {
	k, reason := t.sender.find(s, t)
	samples, histograms := s.fields()
	for msg := s.message; len(msg) > 0; {
		num, typ, value, _, rest, err := next(msg)
		if err != nil {
			return err
		}
		msg = rest
		if num != samples && num != histograms {
			continue // labels; exemplars and metadata, which are not stored
		}
		if typ != protowire.BytesType {
			return errMalformed
		}
		why := reason
		if num == samples {
			at, v, err := readSample(value)
			if err != nil {
				return err
			}
			if t.room--; t.room < 0 {
				return tooLarge("the request has more than %d samples; send less at once", t.door.samples)
			}
			if why == "" {
				if why = t.sample(k, at, v); why == "" {
					t.floats++
				}
			}
		} else {
			if t.room -= 1 + len(value)/histogramUnit; t.room < 0 {
				return tooLarge("the native histograms of the request are too many or too great; send less at once")
			}
			if why == "" {
				if why, err = t.histogram(k, value); err != nil {
					return err
				} else if why == "" {
					t.histograms++
				}
			}
		}
		if why != "" {
			t.reject(why)
		}
	}
	return nil
}

func (t *taking) sample(k *known, at int64, v float64) metricdb.Reason {
	at, reason := t.time(at)
	if reason != "" {
		return reason
	}
	if reason = t.batch.Add(k.Stamped, at, v); reason == "" {
		if t.first == 0 || at < t.first {
			t.first = at
		}
		t.last = max(t.last, at)
	}
	return reason
}

// time corrects a sample's time. What is beyond any clock is refused before
// anything is added to it.
func (t *taking) time(at int64) (int64, metricdb.Reason) {
	const beyond = 1 << 52 // milliseconds: 140,000 years
	switch {
	case at < -beyond:
		return 0, reasonTooOld
	case at > beyond:
		return 0, reasonFuture
	}
	return at + t.right.Offset.Milliseconds(), ""
}

// histogram takes a native histogram. The messages of both versions have the
// same fields.
func (t *taking) histogram(k *known, msg []byte) (metricdb.Reason, error) {
	if !t.door.histograms {
		return reasonHistogram, nil
	}
	if len(msg) > maxHistogram {
		return reasonTooLong, nil
	}
	var p writev2.Histogram
	if err := p.Unmarshal(msg); err != nil {
		return "", fmt.Errorf("%w: %w", errMalformed, err)
	}
	at, reason := t.time(p.Timestamp)
	if reason != "" {
		return reason, nil
	}
	var h *histogram.Histogram
	var fh *histogram.FloatHistogram
	var err error
	// As Prometheus' receiver does with resolutions that its own does not have.
	if p.IsFloatHistogram() {
		if fh = p.ToFloatHistogram(); tooFine(fh.Schema) {
			err = fh.ReduceResolution(histogram.ExponentialSchemaMax)
		}
	} else if h = p.ToIntHistogram(); tooFine(h.Schema) {
		err = h.ReduceResolution(histogram.ExponentialSchemaMax)
	}
	if err != nil {
		return reasonHistogram, nil
	}
	return t.batch.AddHistogram(k.Stamped, at, h, fh), nil
}

func tooFine(schema int32) bool {
	return histogram.IsExponentialSchemaReserved(schema) && schema > histogram.ExponentialSchemaMax
}
