package device

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/snmp"
)

// DeepEvery is how often a Watch reads what changes seldom: what the device is,
// its neighbours, what hangs on its ports.
const DeepEvery = 15 * time.Minute

// The codes of what can be wrong with a look at a device. Each has a sentence in
// both languages under "problem.<code>" and a row in docs/look.md. Those of
// package probe are used too.
const (
	CodeNoAnswer     = "device_no_answer"     // nothing there answers at all: look.Unreachable
	CodeSilent       = "device_silent"        // something answers, but not by the protocol asked for: look.Failed
	CodeCredentials  = "device_credentials"   // community, user or password is wrong: look.Failed
	CodeNotSupported = "device_not_supported" // it speaks the protocol, but not so: look.Failed
	CodeNonsense     = "device_nonsense"      // look.Failed
	CodeIncomplete   = "device_incomplete"    // it stopped answering amid the look: look.Failed
	CodeBusy         = "device_busy"          // somebody else talks to it: look.Failed
)

// Codes returns every problem code of this package with the outcome that it
// means.
func Codes() map[string]look.Outcome {
	return map[string]look.Outcome{
		CodeNoAnswer:     look.Unreachable,
		CodeSilent:       look.Failed,
		CodeCredentials:  look.Failed,
		CodeNotSupported: look.Failed,
		CodeNonsense:     look.Failed,
		CodeIncomplete:   look.Failed,
		CodeBusy:         look.Failed,
	}
}

// Errors of families that do not speak SNMP; SNMP's own are package snmp's.
var (
	ErrNoAnswer    = errors.New("no answer")
	ErrCredentials = errors.New("wrong password")
	ErrNonsense    = errors.New("the answer makes no sense")
	ErrBusy        = errors.New("the device talks to somebody else")
)

// Family looks by another protocol than SNMP: it recognises and reads in one.
// Errors wrap one of the above.
type Family func(ctx context.Context, t Target, v *Visit) (Identity, error)

// Options say how a Watch looks. Target, Identify and Drivers are needed; package
// all fills them.
type Options struct {
	Target   Target
	Identify func(ctx context.Context, a Agent) (Identity, error) // by SNMP
	Drivers  []Driver
	PJLink   Family
	Plain    Family // for what answers neither: ping, ports, the title of its page

	Timeout time.Duration // of the first try of an SNMP request; 0: package snmp's
	Now     func() time.Time
}

// Watch looks at one device again and again. Between looks it remembers what
// the device is, what only a deep look reads, and where its counters stood. It
// is safe for concurrent use; looks are made one after the other, over one
// connection.
type Watch struct {
	o Options

	mu       sync.Mutex
	scheme   string // of a Target with SchemeAny, once something answered
	identity Identity
	deep     time.Time   // of the last deep look that went well
	last     look.Device // as that saw it
	counters counters
	habits   snmp.Habits // of the device's agent
}

// New makes a Watch.
func New(o Options) *Watch {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Watch{o: o, scheme: o.Target.Scheme}
}

// Look looks once. It is a look.Func.
func (w *Watch) Look(ctx context.Context) look.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	start := w.o.Now()
	r := look.Result{Target: w.o.Target.String(), Kind: string(look.Other), Time: start, Outcome: look.OK}
	v := &Visit{Deep: w.deep.IsZero() || start.Sub(w.deep) >= DeepEvery}
	if !v.Deep {
		v.Last = &w.last
	}
	id, err := w.visit(ctx, v)
	r.Duration = w.o.Now().Sub(start)
	if len(id.Kinds) > 0 {
		w.identity = id
		if v.Deep && err == nil {
			w.deep, w.last = start, v.Device
		}
	}
	r.Kind = string(w.identity.Kind())
	if err != nil {
		r.Outcome, r.Problem = problemOf(err, w.o.Target)
		if errors.Is(ctx.Err(), context.Canceled) {
			// Whatever went wrong, it went wrong because we stopped looking.
			r.Outcome, r.Problem = look.Unknown, &look.Problem{Code: "look_cancelled"}
		}
	}
	if r.Outcome == look.Unknown {
		r.Samples = []look.Sample{{Name: metric.LookUnknown, Value: 1}}
		return r
	}
	if len(id.Kinds) > 0 {
		v.Device.Deep, v.Device.Protocol = v.Deep, w.scheme
		fill(&r, id, v)
		r.Samples = append(w.counters.samples(r.Device.Interfaces, id.Uptime, start), r.Samples...)
	}
	up := 1.0
	if r.Outcome == look.Unreachable {
		up = 0
	}
	r.Samples = append(r.Samples,
		look.Sample{Name: metric.DeviceUp, Value: up},
		look.Sample{Name: metric.DeviceLookDuration, Value: r.Duration.Seconds()},
		look.Sample{Name: metric.LookUnknown, Value: 0})
	return r
}

// visit recognises the device and lets the drivers read it. An Identity with a
// kind beside an error says that it answered.
func (w *Watch) visit(ctx context.Context, v *Visit) (Identity, error) {
	switch w.scheme {
	case SchemePJLink:
		id, err := w.o.PJLink(ctx, w.o.Target, v)
		if len(id.Kinds) > 0 && id.Model == "" && id.Serial == "" && id.Name == "" && len(w.identity.Kinds) > 0 {
			// Many projectors in standby tell nothing else: it is still what it was.
			id = w.identity
		}
		return id, err
	case SchemeSNMP:
		id, err := w.visitSNMP(ctx, v)
		if errors.Is(err, snmp.ErrNoAnswer) && len(id.Kinds) == 0 && w.o.Plain != nil && ctx.Err() == nil {
			// What sleeps, or wants another community, answers otherwise.
			if _, perr := w.o.Plain(ctx, w.o.Target, &Visit{}); perr == nil {
				return Identity{}, fmt.Errorf("%w: %w", errSilent, err)
			}
		}
		return id, err
	}
	// Nobody said how: whatever answers first is kept to. A visit that went wrong
	// leaves nothing behind.
	try := *v
	id, err := w.visitSNMP(ctx, &try)
	if len(id.Kinds) > 0 {
		*v, w.scheme = try, SchemeSNMP
		return id, err
	}
	for _, f := range []struct {
		scheme string
		family Family
	}{{SchemePJLink, w.o.PJLink}, {SchemeAny, w.o.Plain}} {
		if f.family == nil || ctx.Err() != nil {
			continue
		}
		try := *v
		if id, ferr := f.family(ctx, w.o.Target, &try); ferr == nil || len(id.Kinds) > 0 {
			*v, w.scheme = try, f.scheme // also when it only wants a password
			return id, ferr
		}
	}
	return id, err
}

var errSilent = errors.New("it answers, but not this")

func (w *Watch) visitSNMP(ctx context.Context, v *Visit) (Identity, error) {
	client, err := snmp.Dial(ctx, snmp.Target{Host: w.o.Target.Host, Port: w.o.Target.Port, Credentials: w.o.Target.SNMP, Timeout: w.o.Timeout, Habits: &w.habits})
	if err != nil {
		return Identity{}, err
	}
	defer client.Close()
	id := w.identity
	if v.Deep || len(id.Kinds) == 0 {
		if id, err = w.o.Identify(ctx, client); err != nil {
			return Identity{}, err
		}
	} else if same, err := w.same(ctx, client, &id); err != nil {
		return Identity{}, err
	} else if !same {
		// Another device, or another firmware, at the same address.
		if id, err = w.o.Identify(ctx, client); err != nil {
			return Identity{}, err
		}
		v.Deep, v.Last = true, nil
	}
	var problems []error
	for _, d := range w.o.Drivers {
		if !d.Serves(id) {
			continue
		}
		if err := d.Look(ctx, client, id, v); err != nil {
			problems = append(problems, fmt.Errorf("read %s: %w", d.Name(), err))
			if errors.Is(err, snmp.ErrNoAnswer) || ctx.Err() != nil {
				break
			}
		}
	}
	if !v.Deep {
		v.Device.Neighbours, v.Device.Stations = v.Last.Neighbours, v.Last.Stations
	}
	if len(problems) > 0 {
		return id, fmt.Errorf("%w: %w", errIncomplete, errors.Join(problems...))
	}
	return id, nil
}

var errIncomplete = errors.New("the look is incomplete")

// Objects that tell whether a device is still the one that it was.
const (
	sysDescr    = "1.3.6.1.2.1.1.1.0"
	sysObjectID = "1.3.6.1.2.1.1.2.0"
	sysUpTime   = "1.3.6.1.2.1.1.3.0"
)

func (w *Watch) same(ctx context.Context, a Agent, id *Identity) (bool, error) {
	got, err := a.Get(ctx, sysDescr, sysObjectID, sysUpTime)
	if err != nil {
		return false, err
	}
	uptime, _ := got[sysUpTime].Uint()
	before := id.Uptime
	id.Uptime = uptime
	return got[sysDescr].Text() == id.Descr && got[sysObjectID].OID() == id.ObjectID && uptime >= before, nil
}

// problemOf says what an error means.
func problemOf(err error, t Target) (look.Outcome, *look.Problem) {
	code := CodeIncomplete
	switch {
	case errors.Is(err, errSilent):
		code = CodeSilent
	case errors.Is(err, errIncomplete):
	case errors.Is(err, ErrBusy):
		code = CodeBusy
	case errors.Is(err, ErrCredentials), errors.Is(err, snmp.ErrCredentials):
		code = CodeCredentials
	case errors.Is(err, snmp.ErrNotSupported):
		code = CodeNotSupported
	case errors.Is(err, ErrNonsense), errors.Is(err, snmp.ErrNonsense), errors.Is(err, snmp.ErrTruncated):
		code = CodeNonsense
	case errors.Is(err, ErrNoAnswer), errors.Is(err, snmp.ErrNoAnswer):
		code = CodeNoAnswer
	}
	return Codes()[code], &look.Problem{Code: code, Args: map[string]string{"address": t.String()}, Detail: snmp.Clip(err.Error(), look.MaxDetail)}
}

// fill makes the result of what was recognised and read.
func fill(r *look.Result, id Identity, v *Visit) {
	r.Kind = string(id.Kind())
	v.Device.Kinds = id.Kinds
	for i := range v.Device.Sensors {
		v.Device.Sensors[i].Unit = v.Device.Sensors[i].Class.Unit()
	}
	r.Device = &v.Device
	r.Events = v.Events
	facts := map[string]string{
		look.FactVendor: id.Vendor, look.FactModel: id.Model, look.FactSerial: id.Serial, look.FactFirmware: id.Firmware, look.FactHardware: id.Hardware,
		look.FactName: id.Name, look.FactLocation: id.Location, look.FactContact: id.Contact, look.FactEngineID: id.EngineID,
		look.FactDescription: id.Descr, look.FactObjectID: id.ObjectID,
	}
	if len(id.MACs) > 0 {
		facts[look.FactMAC] = id.MACs[0]
	}
	if id.Uptime > 0 {
		facts[look.FactUptime] = strconv.FormatUint(id.Uptime/100, 10)
	}
	maps.Copy(facts, v.Facts)
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		if facts[name] != "" {
			r.Facts = append(r.Facts, look.Fact{Name: name, Value: facts[name]})
		}
	}
	r.Samples = append(samplesOf(r.Device, facts), v.Samples...)
}
