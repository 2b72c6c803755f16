package pjlink_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/pjlink"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/projector"
)

func start(t *testing.T, o projector.Options) *projector.Server {
	t.Helper()
	s, err := projector.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func target(s *projector.Server, password string) pjlink.Target {
	return pjlink.Target{Host: "127.0.0.1", Port: uint16(s.Addr().Port), Password: secret.New(password), Timeout: 20 * time.Second}
}

func dial(t *testing.T, s *projector.Server, password string) *pjlink.Client {
	t.Helper()
	c, err := pjlink.Dial(t.Context(), target(s, password))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// full is a projector of class 2 that tells everything.
func full() projector.State {
	return projector.State{
		Power: "1", Input: "31", Inputs: "11 21 31 3A 52", Mute: "31", Errors: "012000", Lamps: "1234 1 45 0",
		Name: "Klasė 12", Maker: "EPSON", Model: "EPSON L200", Info: "ABC-1", Serial: "X4AB0123", Software: "1.02",
		LampParts: "ELPLP88", FilterParts: "ELPAF32", FilterHours: "321", Resolution: "1920x1080",
		InputNames: map[string]string{"31": "HDMI1"},
	}
}

func TestEverythingThatAProjectorTells(t *testing.T) {
	s := start(t, projector.Options{Class: 2, Password: "slapta", State: full()})
	c := dial(t, s, "slapta")
	ctx := t.Context()
	check := func(what string, got any, err error, want any) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
	class, err := c.Class(ctx)
	check("class", class, err, 2)
	power, err := c.Power(ctx)
	check("power", power, err, pjlink.On)
	input, err := c.Input(ctx)
	check("input", input, err, pjlink.Input("31"))
	check("input in words", input.String(), nil, "digital 1")
	condition, err := c.Condition(ctx)
	check("condition", condition, err, pjlink.Condition{Lamp: pjlink.Warning, Temperature: pjlink.Error})
	lamps, err := c.Lamps(ctx)
	if err != nil || len(lamps) != 2 || lamps[0] != (pjlink.Lamp{Hours: 1234, On: true}) || lamps[1] != (pjlink.Lamp{Hours: 45}) {
		t.Errorf("lamps: %v, %v", lamps, err)
	}
	filter, err := c.FilterHours(ctx)
	check("filter", filter, err, 321)
	name, err := c.InputName(ctx, input)
	check("name of the input", name, err, "HDMI1")
	for what, q := range map[string]struct {
		ask  func(context.Context) (string, error)
		want string
	}{
		"name": {c.Name, "Klasė 12"}, "maker": {c.Manufacturer, "EPSON"}, "model": {c.Product, "EPSON L200"}, "info": {c.Info, "ABC-1"},
		"serial": {c.Serial, "X4AB0123"}, "software": {c.Software, "1.02"}, "lamp": {c.LampParts, "ELPLP88"}, "filter": {c.FilterParts, "ELPAF32"},
	} {
		got, err := q.ask(ctx)
		check(what, got, err, q.want)
	}
	// The digest went once, and nothing but questions was sent.
	if s.Greeted() != 1 {
		t.Errorf("%d connections for one client", s.Greeted())
	}
	for _, q := range s.Questions() {
		if len(q) < 8 || q[7] != '?' {
			t.Errorf("%q is no question", q)
		}
	}
}

func TestAnswersThatAreNoValues(t *testing.T) {
	s := start(t, projector.Options{State: projector.State{Power: "ERR4", Input: "ERR3", Errors: "ERR2"}})
	c := dial(t, s, "")
	for _, q := range []struct {
		what string
		ask  func() error
		want error
	}{
		{"what it does not know, as a laser that has no lamps", func() error { _, err := c.Lamps(t.Context()); return err }, pjlink.ErrUndefined},
		{"what is out of range", func() error { _, err := c.Condition(t.Context()); return err }, pjlink.ErrParameter},
		{"what it cannot tell now", func() error { _, err := c.Input(t.Context()); return err }, pjlink.ErrUnavailable},
		{"a failure", func() error { _, err := c.Power(t.Context()); return err }, pjlink.ErrFailure},
		{"class 2 asked of class 1", func() error { _, err := c.Serial(t.Context()); return err }, pjlink.ErrUndefined},
	} {
		if err := q.ask(); !errors.Is(err, q.want) {
			t.Errorf("%s: %v, want %v", q.what, err, q.want)
		}
	}
	if class, err := c.Class(t.Context()); err != nil || class != 1 {
		t.Errorf("the connection does not live on: %v, %v", class, err)
	}
}

func TestValuesThatMakeNoSense(t *testing.T) {
	for what, state := range map[string]projector.State{
		"lamps without a number":  {Lamps: "many 1"},
		"a lamp without its half": {Lamps: "1234"},
		"more lamps than allowed": {Lamps: "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"},
		"negative hours":          {Lamps: "-4 1"},
	} {
		s := start(t, projector.Options{State: state})
		if lamps, err := dial(t, s, "").Lamps(t.Context()); !errors.Is(err, pjlink.ErrNonsense) {
			t.Errorf("%s: %v, %v", what, lamps, err)
		}
	}
	for _, errs := range []string{"00000", "0000000", "000003", "abcdef", "      "} {
		s := start(t, projector.Options{State: projector.State{Errors: errs}})
		if c, err := dial(t, s, "").Condition(t.Context()); !errors.Is(err, pjlink.ErrNonsense) {
			t.Errorf("condition %q: %v, %v", errs, c, err)
		}
	}
}

func TestPassword(t *testing.T) {
	locked := projector.Options{Password: "slapta", State: full()}
	t.Run("a wrong one", func(t *testing.T) {
		c := dial(t, start(t, locked), "kita")
		if _, err := c.Power(t.Context()); !errors.Is(err, pjlink.ErrPassword) {
			t.Error(err)
		}
	})
	t.Run("none, and nothing is asked", func(t *testing.T) {
		s := start(t, locked)
		if _, err := pjlink.Dial(t.Context(), target(s, "")); !errors.Is(err, pjlink.ErrPassword) {
			t.Error(err)
		}
		if q := s.Questions(); len(q) > 0 {
			t.Errorf("asked %q", q)
		}
	})
	t.Run("one that is not asked for", func(t *testing.T) {
		c := dial(t, start(t, projector.Options{State: full()}), "slapta")
		if p, err := c.Power(t.Context()); err != nil || p != pjlink.On {
			t.Error(p, err)
		}
	})
}

func TestProjectorsThatMisbehave(t *testing.T) {
	for _, c := range []struct {
		fault projector.Fault
		delay time.Duration
		want  error
	}{
		{projector.Busy, 0, pjlink.ErrBusy},
		{projector.Silent, 0, pjlink.ErrBusy},
		{projector.Mute, 0, pjlink.ErrNoAnswer},
		{projector.Slow, time.Hour, pjlink.ErrNoAnswer},
		{projector.Drip, 500 * time.Millisecond, pjlink.ErrNoAnswer}, // each byte in time, the line not
		{projector.Garbage, 0, pjlink.ErrNonsense},
		{projector.Endless, 0, pjlink.ErrNonsense},
		{projector.Truncated, 0, pjlink.ErrNonsense},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			t.Parallel()
			s := start(t, projector.Options{State: full(), Delay: c.delay})
			s.Misbehave(c.fault)
			to := target(s, "")
			to.Timeout = 2 * time.Second // enough for the greeting
			client, err := pjlink.Dial(t.Context(), to)
			if err == nil {
				defer client.Close()
				_, err = client.Power(t.Context())
			}
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestAnAnswerThatWasMeantForAnother(t *testing.T) {
	s := start(t, projector.Options{State: full()})
	c := dial(t, s, "")
	if _, err := c.Name(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Misbehave(projector.Late)
	if p, err := c.Power(t.Context()); err != nil || p != pjlink.On {
		t.Error(p, err)
	}
}

func TestOneClientAtATime(t *testing.T) {
	s := start(t, projector.Options{State: full()})
	first := dial(t, s, "")
	if _, err := pjlink.Dial(t.Context(), target(s, "")); !errors.Is(err, pjlink.ErrBusy) {
		t.Errorf("a second client: %v", err)
	}
	if _, err := first.Power(t.Context()); err != nil {
		t.Errorf("the first is disturbed: %v", err)
	}
	_ = first.Close()
	if _, err := dial(t, s, "").Power(t.Context()); err != nil {
		t.Errorf("after the first has left: %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	port := uint16(freeport.TCP(t))
	if _, err := pjlink.Dial(t.Context(), pjlink.Target{Host: "127.0.0.1", Port: port}); !errors.Is(err, pjlink.ErrNoAnswer) {
		t.Error(err)
	}
}

func TestTheContextEndsAQuestion(t *testing.T) {
	s := start(t, projector.Options{State: full()})
	c := dial(t, s, "")
	s.Misbehave(projector.Mute)
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error)
	go func() {
		_, err := c.Power(ctx)
		asked <- err
	}()
	cancel()
	if err := <-asked; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestGreetings(t *testing.T) {
	for greeting, want := range map[string]error{
		"PJLINK 0\r":                         nil,
		"PJLINK 0\r\n":                       nil,
		"\r\npjlink 0\r":                     nil,
		"PJLINK 1 498e4a67\r":                nil,
		"PJLINK ERRA\r":                      pjlink.ErrPassword,
		"PJLINK 2 0123456789abcdef\r":        pjlink.ErrPassword,
		"PJLINK 1\r":                         pjlink.ErrNonsense,
		"PJLINK\r":                           pjlink.ErrNonsense,
		"SSH-2.0-OpenSSH_9.2p1\r\n":          pjlink.ErrNonsense,
		"HTTP/1.1 400 Bad Request\r\n\r\n":   pjlink.ErrNonsense,
		"PJLINK 1 498e4a67":                  pjlink.ErrNonsense, // without an end
		"":                                   pjlink.ErrBusy,
		"\r\r\r\r\r\r":                       pjlink.ErrBusy,
		string(make([]byte, 100_000)) + "\r": pjlink.ErrNonsense,
	} {
		client, err := pjlink.Dial(t.Context(), saying(t, greeting))
		if err == nil {
			_ = client.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", greeting, err, want)
		}
	}
}

// saying is a target that says something, whatever it is asked, and hangs up.
func saying(t testing.TB, text string) pjlink.Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte(text))
		_ = conn.(*net.TCPConn).CloseWrite()
		var rest [512]byte
		for err == nil {
			_, err = conn.Read(rest[:])
		}
		_ = conn.Close()
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return pjlink.Target{Host: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port), Password: secret.New("x"), Timeout: 20 * time.Second}
}

// A projector may send anything. The client ends, with an error that is one of
// its own, or with values within their bounds.
func FuzzClient(f *testing.F) {
	f.Add([]byte("PJLINK 0\r%1CLSS=2\r%1POWR=1\r%1LAMP=12 1\r%1ERST=000000\r%1INPT=31\r"))
	f.Add([]byte("PJLINK 1 498e4a67\rPJLINK ERRA\r"))
	f.Add([]byte("PJLINK 0\r%1POWR=ERR3\r%2FILT=99999\r%2IRES=1920x1080\r%1AVMT=31\r%1INST=11 12\r"))
	f.Add([]byte("PJLINK 0\n%1POWR=\xff\xfe\r=====\r%%%\r"))
	f.Fuzz(func(t *testing.T, said []byte) {
		c, err := pjlink.Dial(t.Context(), saying(t, string(said)))
		if err != nil {
			known(t, err)
			return
		}
		defer c.Close()
		ctx := t.Context()
		if class, err := c.Class(ctx); err != nil {
			known(t, err)
		} else if class < 1 || class > 9 {
			t.Errorf("class %d", class)
		}
		if p, err := c.Power(ctx); err != nil {
			known(t, err)
		} else if p < pjlink.Standby || p > pjlink.Warming {
			t.Errorf("power %d", p)
		}
		if lamps, err := c.Lamps(ctx); err != nil {
			known(t, err)
		} else if len(lamps) > 8 {
			t.Errorf("%d lamps", len(lamps))
		} else {
			for _, l := range lamps {
				if l.Hours < 0 || l.Hours > 999_999 {
					t.Errorf("%d hours", l.Hours)
				}
			}
		}
		for _, ask := range []func() error{
			func() error { _, err := c.Condition(ctx); return err },
			func() error { _, err := c.Input(ctx); return err },
			func() error { _, err := c.FilterHours(ctx); return err },
			func() error { _, err := c.InputName(ctx, "31"); return err },
		} {
			if err := ask(); err != nil {
				known(t, err)
			}
		}
		if name, err := c.Name(ctx); err != nil {
			known(t, err)
		} else if len(name) > 256 {
			t.Errorf("a name of %d bytes", len(name))
		}
	})
}

func known(t *testing.T, err error) {
	t.Helper()
	for _, e := range []error{
		pjlink.ErrNoAnswer, pjlink.ErrPassword, pjlink.ErrBusy, pjlink.ErrNonsense,
		pjlink.ErrUndefined, pjlink.ErrParameter, pjlink.ErrUnavailable, pjlink.ErrFailure,
	} {
		if errors.Is(err, e) {
			return
		}
	}
	t.Errorf("an error of no kind: %v", err)
}
