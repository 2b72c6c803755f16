package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// A branch library whose line was cut for a week, and is thin.
const (
	lineSpeed = 1_000_000 / 8 // bytes a second, each way
	week      = 7 * 24 * time.Hour
	// atOnce and inAll are how soon the present and the whole week must be
	// there.
	atOnce = time.Minute
	inAll  = 10 * time.Minute
)

// thinLine passes on to addr what comes, at lineSpeed in each direction for all
// connections together.
func thinLine(t *testing.T, addr string) (listen string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	up, down := newPacer(t), newPacer(t)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", addr)
			if err != nil { // the collector is down at this moment
				in.Close()
				continue
			}
			go passOn(out, in, up)
			go passOn(in, out, down)
		}
	}()
	return l.Addr().String()
}

// newPacer gives leave to send a tenth of a second's bytes ten times a second.
func newPacer(t *testing.T) chan struct{} {
	pacer := make(chan struct{})
	tick := time.NewTicker(100 * time.Millisecond)
	t.Cleanup(tick.Stop)
	ctx := t.Context()
	go func() {
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			select {
			case pacer <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return pacer
}

func passOn(to, from net.Conn, pacer chan struct{}) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, lineSpeed/10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			<-pacer
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// workstation is what the agent sees of this computer, and of more disks, so
// that there are as many samples as a workstation has at most.
func workstation(t *testing.T) []look.Sample {
	t.Helper()
	out, err := exec.Command(agentBinary, "once", "--format", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var seen struct {
		Result struct{ Samples []look.Sample }
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatal(err)
	}
	samples := seen.Result.Samples
	if len(samples) < 20 {
		t.Fatalf("only %d samples in %s", len(samples), tail(string(out), 2000))
	}
	for len(samples) < 60 {
		samples = append(samples, look.Sample{Name: metric.SystemFilesystemLimit, Labels: look.Labels(metric.LabelFilesystemMountpoint, fmt.Sprint("/disk", len(samples))), Value: 1e9})
	}
	return samples
}

// fillWeek puts a week of looks, one a minute up to now, into the agent's
// state, and returns how many samples that are.
func (a *agent) fillWeek(samples []look.Sample, now time.Time) int {
	a.t.Helper()
	s, err := state.Open(filepath.Join(a.dir, "agent.db"), state.Options{})
	if err != nil {
		a.t.Fatal(err)
	}
	defer s.Close()
	n := 0
	// The oldest minutes of seven days would be over before they are sent.
	for at := now.Add(-week + 30*time.Minute); !at.After(now); at = at.Add(time.Minute) {
		r := look.Result{Target: "host", Kind: "host", Time: at, Outcome: look.OK, Samples: make([]look.Sample, len(samples))}
		for i, sample := range samples {
			sample.Value += float64((n*7919 + i*104729) % 1000) // as numbers of a computer wander
			r.Samples[i] = sample
		}
		if err := s.Put(r); err != nil {
			a.t.Fatal(err)
		}
		n += len(samples)
	}
	return n
}

func TestAWeekOfflineComesBackOverAThinLine(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some minutes")
	}
	t.Parallel()
	w := newTLSWorld(t, quick)
	w.start()
	other := newAgent(t)
	other.enroll(w.url(""), w.enrolToken())
	other.run()

	samples := workstation(t)
	a := newAgent(t)
	a.enroll("https://"+thinLine(t, w.listen), w.enrolToken())
	now := time.Now()
	in := a.fillWeek(samples, now)
	info, err := os.Stat(filepath.Join(a.dir, "agent.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a week is %d samples of %d series in %d bytes", in, len(samples), info.Size())

	name := samples[0].Name
	began := time.Now()
	a.run()
	w.waitNumber(fmt.Sprintf(`timestamp(%s{device=%q})`, name, a.device), func(v float64) bool { return v > float64(now.Add(-2*time.Minute).Unix()) })
	present := time.Since(began)
	t.Logf("the present was there after %s", present.Round(time.Second))
	if present > atOnce {
		t.Errorf("that is more than %s", atOnce)
	}

	// What the agent saw before it was switched on again, nothing newer. A
	// function over all names at once would leave out what differs by the name.
	names := map[string]bool{}
	for _, sample := range samples {
		names[sample.Name] = true
	}
	stored := func() (n int) {
		for name := range names {
			v, _ := w.number(fmt.Sprintf(`sum(count_over_time(%s{device=%q, job="host"}[8d] @ %d))`, name, a.device, now.Unix()+1))
			n += int(v)
		}
		return n
	}
	kills := 0
	for deadline := began.Add(inAll); ; time.Sleep(time.Second) {
		got := stored()
		if got >= in {
			if got != in {
				t.Errorf("%d samples went in and %v came out", in, got)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v of %d samples are there after %s", got, in, inAll)
		}
		if next := in * (kills + 1) / 4; kills < 3 && got > next {
			w.kill()
			w.start()
			kills++
			t.Logf("killed the collector at %v of %d samples", got, in)
		}
	}
	t.Logf("all of it was there after %s", time.Since(began).Round(time.Second))
	if kills < 3 {
		t.Errorf("the collector was killed only %d times", kills)
	}
	span := time.Since(began).Seconds()
	if got, _ := w.number(fmt.Sprintf(`count_over_time(system_uptime_seconds{device=%q}[%ds])`, other.device, int(span))); got < 0.8*span/10-3 {
		t.Errorf("the other agent delivered %v samples in %v s", got, span)
	}
}
