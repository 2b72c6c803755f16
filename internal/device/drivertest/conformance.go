package drivertest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/recognise"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Conformance is what every driver passes, whatever it reads: on an agent that
// has nothing it finds nothing; on one that is cut short, gone amid the look,
// silent, or full of rubbish, it never panics, ends with its context, returns
// what it found, and what it found makes sense; and huge tables stay bounded.
//
// The suite finds out by itself what the driver asks for. It needs identities
// that the driver serves: those given, made-up ones of every kind, and those of
// the recordings, where these are there.
func Conformance(t *testing.T, d device.Driver, identities ...device.Identity) {
	t.Helper()
	served := servedBy(d, identities)
	if len(served) == 0 {
		t.Fatalf("%s serves none of the made-up identities: give Conformance one that it serves", d.Name())
	}
	t.Run("Serves", func(t *testing.T) { serves(t, d, served) })
	t.Run("nothing", func(t *testing.T) { nothing(t, d, served) })
	t.Run("rubbish", func(t *testing.T) { rubbish(t, d, served) })
	t.Run("silent", func(t *testing.T) { silent(t, d, served) })
	t.Run("gone", func(t *testing.T) { gone(t, d, served) })
	t.Run("huge", func(t *testing.T) { huge(t, d, served) })
	t.Run("at once", func(t *testing.T) { atOnce(t, d, served) })
	t.Run("recordings", func(t *testing.T) { recorded(t, d) })
}

// enough is so long that a look which is not over then hangs.
const enough = 30 * time.Second

// servedBy picks the identities that a driver serves.
func servedBy(d device.Driver, candidates []device.Identity) []device.Identity {
	var out []device.Identity
	for _, id := range candidates {
		if d.Serves(id) {
			out = append(out, id)
		}
	}
	has := map[string]bool{}
	for _, mib := range []string{device.HasPrinter, device.HasInterface, device.HasHost, device.HasEntity, device.HasBridge, device.HasUPS, device.HasLLDP, device.HasPoE} {
		has[mib] = true
	}
	for _, kind := range look.Kinds() {
		id := device.Identity{Descr: "made up", Kinds: []look.Kind{kind}, Has: has}
		if len(out) < 2 && d.Serves(id) {
			out = append(out, id)
		}
	}
	return out
}

func serves(t *testing.T, d device.Driver, served []device.Identity) {
	for range 2 {
		_ = d.Serves(device.Identity{}) // it only must not panic
		for _, id := range served {
			if !d.Serves(id) {
				t.Errorf("%s serves %v once, and then not", d.Name(), id.Kinds)
			}
		}
	}
	if d.Name() == "" || d.Name() != strings.ToLower(d.Name()) {
		t.Errorf("a driver has a name in lower case, not %q", d.Name())
	}
}

// visits are a deep look and one after it.
func visits() []*device.Visit {
	return []*device.Visit{{Deep: true}, {Last: &look.Device{}}}
}

// visit lets the driver look, fails the test when it hangs, and checks what it
// found.
func visit(ctx context.Context, t *testing.T, d device.Driver, a device.Agent, id device.Identity, v *device.Visit) error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("%w: %v", errPanic, p)
			}
		}()
		done <- d.Look(ctx, a, id, v)
	}()
	timer := time.NewTimer(enough)
	defer timer.Stop()
	select {
	case err := <-done:
		if errors.Is(err, errPanic) {
			t.Fatal(err)
		}
		for _, problem := range Unsound(v) {
			t.Errorf("%s: %s", d.Name(), problem)
		}
		return err
	case <-timer.C:
		t.Fatalf("%s does not end", d.Name())
		return nil
	}
}

var errPanic = errors.New("the driver panicked")

// impatient makes a client that waits short and does not ask again.
func impatient(t *testing.T, a *snmpagent.Agent) *snmp.Client {
	t.Helper()
	target := Target(a)
	c, err := snmp.Dial(t.Context(), snmp.Target{Host: target.Host, Port: target.Port, Credentials: target.SNMP, Timeout: 100 * time.Millisecond, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func nothing(t *testing.T, d device.Driver, served []device.Identity) {
	for _, id := range served {
		for _, v := range visits() {
			c := Dial(t, Serve(t, snmpagent.NewRecording()))
			if err := visit(t.Context(), t, d, c, id, v); err != nil {
				t.Errorf("an agent that has none of it is no error: %v", err)
			}
			if !reflect.DeepEqual(v.Device, look.Device{}) || len(v.Facts)+len(v.Samples)+len(v.Events) > 0 {
				t.Errorf("invented on an agent that has nothing: %+v, facts %v, samples %v", v.Device, v.Facts, v.Samples)
			}
		}
	}
}

// spy notes what a driver asks for.
type spy struct {
	device.Agent
	objects, roots map[string]bool
}

func (s *spy) Get(ctx context.Context, oids ...string) (snmp.Values, error) {
	for _, oid := range oids {
		s.objects[oid] = true
	}
	return s.Agent.Get(ctx, oids...)
}

func (s *spy) Walk(ctx context.Context, root string, limit int) ([]snmp.Variable, error) {
	s.roots[root] = true
	return s.Agent.Walk(ctx, root, limit)
}

func (s *spy) Table(ctx context.Context, entry string, columns ...int) ([]snmp.Row, error) {
	for _, column := range columns {
		s.roots[entry+"."+strconv.Itoa(column)] = true
	}
	return s.Agent.Table(ctx, entry, columns...)
}

// filled makes a recording in which everything that the driver asks for has the
// value, and tables have these rows. What a driver asks for may depend on what
// it got: so it looks until it asks for nothing new.
func filled(t *testing.T, d device.Driver, served []device.Identity, value func(row int) snmpagent.Value, rows []string) *snmpagent.Recording {
	t.Helper()
	r := snmpagent.NewRecording()
	a := Start(t, snmpagent.Options{Recording: r})
	s := &spy{Agent: Dial(t, Target(a)), objects: map[string]bool{}, roots: map[string]bool{}}
	for round, known := 0, -1; round < 4 && known != len(s.objects)+len(s.roots); round++ {
		known = len(s.objects) + len(s.roots)
		for _, id := range served {
			for _, v := range visits() {
				_ = visit(t.Context(), t, d, s, id, v)
			}
		}
		for root := range s.roots {
			for i, row := range rows {
				r.Set(root+"."+row, value(i))
			}
		}
		for object := range s.objects {
			r.Set(object, value(0))
		}
	}
	return r
}

// fewRows are indexes such as tables have.
func fewRows() []string { return []string{"1", "1.1", "1.2", "2.1.3", "192.0.2.1"} }

func rubbish(t *testing.T, d device.Driver, served []device.Identity) {
	long := strings.Repeat("\xff\x00\x07ą", 400)
	for name, value := range map[string]snmpagent.Value{
		"below zero":        snmpagent.Integer(-1),
		"zero":              snmpagent.Integer(0),
		"three":             snmpagent.Integer(3),
		"huge":              snmpagent.Integer(math.MaxInt64),
		"lowest":            snmpagent.Integer(math.MinInt32),
		"empty":             snmpagent.Text(""),
		"blank":             snmpagent.Text("   "),
		"long":              snmpagent.Text(long),
		"digits":            snmpagent.Text("99999999999999999999"),
		"not a number":      snmpagent.Text("NaN"),
		"one octet":         snmpagent.Octets(0xff),
		"null":              snmpagent.Null(),
		"an object":         snmpagent.ObjectID("0.0"),
		"an address":        snmpagent.Address(netip.MustParseAddr("255.255.255.255")),
		"counter":           snmpagent.Counter64(math.MaxUint64),
		"gauge":             snmpagent.Gauge32(math.MaxUint32),
		"float NaN":         snmpagent.Float(float32(math.NaN())),
		"double infinity":   snmpagent.Double(math.Inf(-1)),
		"a tag of nobody's": snmpagent.Raw(0x99, []byte{1}),
	} {
		t.Run(name, func(t *testing.T) {
			r := filled(t, d, served, func(int) snmpagent.Value { return value }, fewRows())
			c := Dial(t, Serve(t, r))
			for _, id := range served {
				for _, v := range visits() {
					if err := visit(t.Context(), t, d, c, id, v); errors.Is(err, snmp.ErrNoAnswer) {
						t.Errorf("everything was answered, and yet: %v", err)
					}
				}
			}
		})
	}
}

// plausible are values of every type, so that a driver goes on reading.
func plausible(row int) snmpagent.Value {
	if row%2 == 1 {
		return snmpagent.Text("Unit " + strconv.Itoa(row))
	}
	return snmpagent.Integer(int64(row%7) + 1)
}

func silent(t *testing.T, d device.Driver, served []device.Identity) {
	for _, id := range served {
		for _, v := range visits() {
			a := Start(t, snmpagent.Options{Behaviour: snmpagent.Behaviour{Silent: true}})
			if err := visit(t.Context(), t, d, impatient(t, a), id, v); a.Requests() > 0 && !errors.Is(err, snmp.ErrNoAnswer) {
				t.Errorf("nothing answered, and the error is %v", err)
			}
			// Patience is the context's.
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			asked := a.Requests()
			if err := visit(ctx, t, d, Dial(t, Target(a)), id, v); err == nil && a.Requests() > asked {
				t.Error("the time was over before anything answered, and there is no error")
			}
			cancel()
		}
	}
}

func gone(t *testing.T, d device.Driver, served []device.Identity) {
	r := filled(t, d, served, plausible, fewRows())
	for _, id := range served {
		a := Start(t, snmpagent.Options{Recording: r})
		if err := visit(t.Context(), t, d, Dial(t, Target(a)), id, &device.Visit{Deep: true}); err != nil {
			t.Errorf("everything answers: %v", err)
		}
		needed := a.Requests()
		for _, n := range []int{1, needed / 2, needed - 1} {
			if n < 1 || n >= needed {
				continue
			}
			a.Behave(snmpagent.Behaviour{GoneAfter: n})
			if err := visit(t.Context(), t, d, impatient(t, a), id, &device.Visit{Deep: true}); err == nil {
				t.Errorf("it was gone after %d requests of %d, and there is no error", n, needed)
			}
		}
	}
}

func huge(t *testing.T, d device.Driver, served []device.Identity) {
	rows := make([]string, 2500)
	for i := range rows {
		rows[i] = strconv.Itoa(i+1) + "." + strconv.Itoa(i%7+1)
	}
	r := filled(t, d, served[:1], plausible, rows)
	v := &device.Visit{Deep: true}
	if err := visit(t.Context(), t, d, Dial(t, Serve(t, r)), served[0], v); err != nil && !errors.Is(err, snmp.ErrTruncated) {
		t.Errorf("huge tables: %v", err)
	}
}

func atOnce(t *testing.T, d device.Driver, served []device.Identity) {
	r := filled(t, d, served[:1], plausible, fewRows())
	found := make([]*device.Visit, 2)
	var wait sync.WaitGroup
	for i := range found {
		c := Dial(t, Serve(t, r))
		wait.Go(func() {
			found[i] = &device.Visit{Deep: true}
			_ = d.Look(t.Context(), c, served[0], found[i])
		})
	}
	wait.Wait()
	if !reflect.DeepEqual(found[0], found[1]) {
		t.Errorf("two looks at the same thing differ:\n%+v\n%+v", found[0], found[1])
	}
}

// recorded looks at real devices that the driver serves, whole and cut short.
func recorded(t *testing.T, d device.Driver) {
	recogniser := recognise.New()
	read, found := 0, 0
	for _, name := range Recordings(t) {
		r := Recording(t, name)
		c := Dial(t, Serve(t, r))
		id, err := recogniser.Identify(t.Context(), c)
		if err != nil || !d.Serves(id) {
			continue
		}
		read++
		deep := &device.Visit{Deep: true}
		if err := visit(t.Context(), t, d, c, id, deep); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(deep.Device, look.Device{}) || len(deep.Facts)+len(deep.Samples) > 0 {
			found++
		}
		if err := visit(t.Context(), t, d, c, id, &device.Visit{Last: &deep.Device}); err != nil {
			t.Errorf("%s: the look after it: %v", name, err)
		}
		for _, part := range []int{3, 2} {
			short := Dial(t, Serve(t, r.First(r.Len()*(part-1)/part)))
			if err := visit(t.Context(), t, d, short, id, &device.Visit{Deep: true}); err != nil {
				t.Errorf("%s, cut short: %v", name, err)
			}
		}
	}
	if read > 0 && found == 0 {
		t.Errorf("%s serves %d recorded devices and found nothing on any of them", d.Name(), read)
	}
}
