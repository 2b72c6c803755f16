package snmp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

const (
	sysDescr  = "1.3.6.1.2.1.1.1.0"
	sysUpTime = "1.3.6.1.2.1.1.3.0"
	sysName   = "1.3.6.1.2.1.1.5.0"
	ifEntry   = "1.3.6.1.2.1.2.2.1"
)

// device is a made-up agent with a system group and 30 interfaces; the ninth
// lacks an octet counter.
func device() *snmpagent.Recording {
	r := snmpagent.NewRecording()
	r.Set(sysDescr, snmpagent.Text("a made-up switch"))
	r.Set(sysUpTime, snmpagent.TimeTicks(4711))
	r.Set(sysName, snmpagent.Text("sw-1"))
	for i := 1; i <= 30; i++ {
		r.Set(fmt.Sprintf("%s.1.%d", ifEntry, i), snmpagent.Integer(int64(i)))
		r.Set(fmt.Sprintf("%s.2.%d", ifEntry, i), snmpagent.Text(fmt.Sprintf("port %d", i)))
		r.Set(fmt.Sprintf("%s.6.%d", ifEntry, i), snmpagent.Octets(2, 0, 0, 0, 0, byte(i)))
		r.Set(fmt.Sprintf("%s.8.%d", ifEntry, i), snmpagent.Integer(int64(i%2+1)))
		if i != 9 {
			r.Set(fmt.Sprintf("%s.10.%d", ifEntry, i), snmpagent.Counter32(uint32(i)*1000))
		}
	}
	r.Set("1.3.6.1.2.1.31.1.1.1.1.1", snmpagent.Text("behind the table"))
	return r
}

func start(t testing.TB, b snmpagent.Behaviour) *snmpagent.Agent {
	t.Helper()
	a, err := snmpagent.Start(snmpagent.Options{Recording: device(), Behaviour: b})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// target is where an agent is; it is asked again soon.
func target(a *snmpagent.Agent, v snmp.Version) snmp.Target {
	return snmp.Target{
		Host: a.Addr().Addr().String(), Port: a.Addr().Port(), Timeout: 500 * time.Millisecond,
		Credentials: snmp.Credentials{Version: v, Community: secret.New("public")},
	}
}

func dial(t testing.TB, target snmp.Target) *snmp.Client {
	t.Helper()
	c, err := snmp.Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func versions() []snmp.Version { return []snmp.Version{snmp.V1, snmp.V2c} }

func TestGetLeavesOutWhatIsNotThere(t *testing.T) {
	for _, v := range versions() {
		c := dial(t, target(start(t, snmpagent.Behaviour{}), v))
		got, err := c.Get(t.Context(), "1.3.6.1.9.1.0", sysDescr, "1.3.6.1.2.1.1.99.0", "."+sysName, sysDescr+".1", ifEntry+".10.9")
		if err != nil || len(got) != 2 || got[sysDescr].Text() != "a made-up switch" || got[sysName].Text() != "sw-1" {
			t.Errorf("version %s: %v, %v", v, got, err)
		}
		if got, err := c.Get(t.Context(), "1.3.6.1.9.1.0"); err != nil || len(got) != 0 {
			t.Errorf("version %s: %v, %v", v, got, err)
		}
		if got, err := c.Get(t.Context()); err != nil || len(got) != 0 {
			t.Errorf("version %s: %v, %v", v, got, err)
		}
	}
}

// manyOIDs are 30 objects that are there.
func manyOIDs() []string {
	oids := make([]string, 30)
	for i := range oids {
		oids[i] = fmt.Sprintf("%s.2.%d", ifEntry, i+1)
	}
	return oids
}

// What agents are known to do wrong is borne: everything that can be read is.
func TestAgentsAreBorne(t *testing.T) {
	for name, b := range map[string]snmpagent.Behaviour{
		"good":                               {},
		"small answers":                      {MaxSize: 200},
		"484 bytes":                          {MaxSize: 484},
		"few objects at once":                {MaxNames: 3},
		"silent when it is many objects":     {NameSilence: 4},
		"few repetitions":                    {MaxRepetitions: 2},
		"silent when it is many repetitions": {BulkSilence: 3},
		"without bulk requests":              {NoBulk: true},
		"some are lost":                      {LoseEvery: 15},
		"datagrams cut at 400 bytes":         {Truncate: 400},
		"slow":                               {Delay: 2 * time.Millisecond},
	} {
		for _, v := range versions() {
			t.Run(name+", version "+string(v), func(t *testing.T) {
				t.Parallel()
				c := dial(t, target(start(t, b), v))
				if got, err := c.Get(t.Context(), manyOIDs()...); err != nil || len(got) != 30 {
					t.Errorf("Get: %d objects, %v", len(got), err)
				}
				if got, err := c.Walk(t.Context(), ifEntry, 0); err != nil || len(got) != 149 {
					t.Errorf("Walk: %d variables, %v", len(got), err)
				}
				rows, err := c.Table(t.Context(), ifEntry, 1, 2, 6, 8, 10, 99)
				if err != nil {
					t.Errorf("Table: %v", err)
				}
				wantRows(t, rows)
			})
		}
	}
}

// wantRows wants the 30 interfaces, each cell in its row.
func wantRows(t *testing.T, rows []snmp.Row) {
	t.Helper()
	if len(rows) != 30 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, row := range rows {
		n, _ := row.Int(1)
		octets, counted := row.Int(10)
		_, absent := row.Cells[99]
		if row.Index != fmt.Sprint(i+1) || int(n) != i+1 || row.Text(2) != fmt.Sprintf("port %d", i+1) ||
			row.Cells[6].MAC() != fmt.Sprintf("02:00:00:00:00:%02x", i+1) || counted != (i+1 != 9) || counted && int(octets) != 1000*(i+1) || absent {
			t.Errorf("row %d: %+v", i, row)
		}
	}
}

// The columns of a table come in the same answers, and a client that has learnt
// what its agent bears does not try again.
func TestRequestsAreFew(t *testing.T) {
	t.Parallel()
	a := start(t, snmpagent.Behaviour{})
	to := target(a, snmp.V2c)
	to.Timeout = 2 * time.Second // a request that is made twice on a slow computer counts twice
	c := dial(t, to)
	if _, err := c.Table(t.Context(), ifEntry, 1, 2, 6, 8, 10); err != nil {
		t.Fatal(err)
	}
	if n := a.Requests(); n > 8 {
		t.Errorf("%d requests for 30 rows of 5 columns", n)
	}
	a.Behave(snmpagent.Behaviour{BulkSilence: 3})
	for range 3 {
		if _, err := c.Walk(t.Context(), ifEntry+".2", 0); err != nil {
			t.Fatal(err)
		}
	}
	before := a.Requests()
	if _, err := c.Walk(t.Context(), ifEntry+".2", 0); err != nil || a.Requests()-before > 31 {
		t.Errorf("%d requests for 30 variables, %v", a.Requests()-before, err)
	}
}

// What one client has learnt, the next one of the agent knows.
func TestHabitsAreKept(t *testing.T) {
	t.Parallel()
	a := start(t, snmpagent.Behaviour{NoBulk: true})
	to := target(a, snmp.V2c)
	to.Habits, to.Timeout = &snmp.Habits{}, 3*time.Second
	var needed []int
	for range 2 {
		before := a.Requests()
		if got, err := dial(t, to).Walk(t.Context(), ifEntry+".2", 0); err != nil || len(got) != 30 {
			t.Fatalf("%d variables, %v", len(got), err)
		}
		needed = append(needed, a.Requests()-before)
	}
	if needed[0] != 33 || needed[1] != 31 {
		t.Errorf("%v requests for 30 variables, want two in vain with the first client only", needed)
	}
}

// An answer counts only when it comes from where the question went.
func TestAnswersOfStrangersAreIgnored(t *testing.T) {
	var sockets [2]net.PacketConn
	for i := range sockets {
		var err error
		if sockets[i], err = net.ListenPacket("udp4", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		defer sockets[i].Close()
	}
	go func() {
		buffer := make([]byte, 2000)
		for {
			n, from, err := sockets[0].ReadFrom(buffer)
			if err != nil {
				return
			}
			_, _ = sockets[1].WriteTo(snmpagent.Wrap(buffer[:n], snmpagent.Variable(sysDescr, snmpagent.Text("forged"))), from)
		}
	}()
	to := snmp.Target{Host: "127.0.0.1", Port: uint16(sockets[0].LocalAddr().(*net.UDPAddr).Port), Timeout: 100 * time.Millisecond}
	if got, err := dial(t, to).Get(t.Context(), sysDescr); !errors.Is(err, snmp.ErrNoAnswer) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestObjectsThatCannotBeRead(t *testing.T) {
	b := snmpagent.Behaviour{Fail: map[string]int{ifEntry + ".2.7": snmpagent.GenErr, ifEntry + ".6.1": snmpagent.GenErr, ifEntry + ".8.30": snmpagent.GenErr}}
	for _, v := range versions() {
		c := dial(t, target(start(t, b), v))
		if got, err := c.Get(t.Context(), manyOIDs()...); err != nil || len(got) != 29 {
			t.Errorf("version %s: Get: %d objects, %v", v, len(got), err)
		}
		for _, column := range []string{".2", ".6", ".8"} {
			if got, err := c.Walk(t.Context(), ifEntry+column, 0); err != nil || len(got) != 29 {
				t.Errorf("version %s: Walk of %s: %d variables, %v", v, column, len(got), err)
			}
		}
		// Where nobody can know what follows, the walk is not whole.
		if got, err := c.Walk(t.Context(), ifEntry, 0); !errors.Is(err, snmp.ErrTruncated) || len(got) != 59 {
			t.Errorf("version %s: Walk: %d variables, %v", v, len(got), err)
		}
		rows, err := c.Table(t.Context(), ifEntry, 1, 2, 6, 8)
		cells := 0
		for _, row := range rows {
			cells += len(row.Cells)
		}
		if err != nil || len(rows) != 30 || cells != 117 {
			t.Errorf("version %s: Table: %d rows, %d cells, %v", v, len(rows), cells, err)
		}
	}
}

// A walk that is not whole says so, and returns what came.
func TestWalksThatAreCutShort(t *testing.T) {
	for name, c := range map[string]struct {
		behaviour snmpagent.Behaviour
		want      error
		atLeast   int
	}{
		"going backwards":      {snmpagent.Behaviour{Backwards: true}, snmp.ErrTruncated, 2},
		"in circles":           {snmpagent.Behaviour{Stuck: true}, snmp.ErrTruncated, 0},
		"without end":          {snmpagent.Behaviour{Endless: true}, snmp.ErrTruncated, snmp.MaxWalk},
		"gone":                 {snmpagent.Behaviour{GoneAfter: 1}, snmp.ErrNoAnswer, 1},
		"datagrams cut short":  {snmpagent.Behaviour{Truncate: 30}, snmp.ErrNonsense, 0},
		"datagrams cut at all": {snmpagent.Behaviour{Truncate: 1}, snmp.ErrNonsense, 0},
	} {
		for _, v := range versions() {
			t.Run(name+", version "+string(v), func(t *testing.T) {
				t.Parallel()
				client := dial(t, target(start(t, c.behaviour), v))
				got, err := client.Walk(t.Context(), ifEntry, 0)
				if !errors.Is(err, c.want) || len(got) < c.atLeast || len(got) > snmp.MaxWalk {
					t.Errorf("Walk: %d variables, %v", len(got), err)
				}
				if !slices.IsSortedFunc(got, func(a, b snmp.Variable) int { return snmp.Compare(a.OID, b.OID) }) {
					t.Errorf("the order is not that of OIDs: %v", got)
				}
				rows, err := client.Table(t.Context(), ifEntry, 2, 8)
				if !errors.Is(err, c.want) && !errors.Is(err, snmp.ErrNoAnswer) {
					t.Errorf("Table: %d rows, %v", len(rows), err)
				}
			})
		}
	}
}

func TestWalkToALimit(t *testing.T) {
	a := start(t, snmpagent.Behaviour{})
	for _, v := range versions() {
		c := dial(t, target(a, v))
		if got, err := c.Walk(t.Context(), ifEntry+".2", 5); !errors.Is(err, snmp.ErrTruncated) || len(got) != 5 {
			t.Errorf("version %s: %d variables, %v", v, len(got), err)
		}
		if got, err := c.Walk(t.Context(), ifEntry+".2", 30); err != nil || len(got) != 30 {
			t.Errorf("version %s, as many as there are: %d variables, %v", v, len(got), err)
		}
		if got, err := c.Walk(t.Context(), "1.3.6.1.9", 5); err != nil || len(got) != 0 {
			t.Errorf("version %s, of nothing: %v, %v", v, got, err)
		}
		// What begins alike is another object.
		if got, err := c.Walk(t.Context(), ifEntry+".1", 0); err != nil || len(got) != 30 {
			t.Errorf("version %s: %d variables, %v", v, len(got), err)
		}
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		behaviour snmpagent.Behaviour
		community string
		want      error
	}{
		"silence":            {snmpagent.Behaviour{Silent: true}, "public", snmp.ErrNoAnswer},
		"a wrong community":  {snmpagent.Behaviour{}, "other", snmp.ErrNoAnswer},
		"a stranger's reply": {snmpagent.Behaviour{WrongID: true}, "public", snmp.ErrNoAnswer},
		"garbage":            {snmpagent.Behaviour{Raw: func([]byte) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n") }}, "public", snmp.ErrNonsense},
		"an empty datagram":  {snmpagent.Behaviour{Raw: func([]byte) []byte { return []byte{} }}, "public", snmp.ErrNonsense},
		"an echo":            {snmpagent.Behaviour{Raw: slices.Clone[[]byte]}, "public", snmp.ErrNonsense},
		"four gigabytes":     {snmpagent.Behaviour{Length: []byte{0x84, 0xff, 0xff, 0xff, 0xff}}, "public", snmp.ErrNonsense},
		"a negative length":  {snmpagent.Behaviour{Length: []byte{0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, "public", snmp.ErrNonsense},
		"not allowed":        {snmpagent.Behaviour{Fail: map[string]int{sysDescr: 16}}, "public", snmp.ErrCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := target(start(t, c.behaviour), snmp.V2c)
			to.Community = secret.New(c.community)
			client := dial(t, to)
			for what, ask := range map[string]func() error{
				"Get":   func() error { _, err := client.Get(t.Context(), sysDescr, sysName); return err },
				"Walk":  func() error { _, err := client.Walk(t.Context(), "1.3.6.1.2.1.1", 0); return err },
				"Table": func() error { _, err := client.Table(t.Context(), "1.3.6.1.2.1.1", 1, 5); return err },
			} {
				if err := ask(); !errors.Is(err, c.want) {
					t.Errorf("%s: %v, want %v", what, err, c.want)
				} else if strings.Contains(err.Error(), "goroutine") || len(err.Error()) > 500 {
					t.Errorf("%s: an error for people: %v", what, err)
				}
			}
		})
	}
}

func TestNothingListens(t *testing.T) {
	a := start(t, snmpagent.Behaviour{})
	to := target(a, snmp.V2c)
	to.Port = uint16(freeport.UDP(t))
	if _, err := dial(t, to).Get(t.Context(), sysDescr); !errors.Is(err, snmp.ErrNoAnswer) {
		t.Errorf("a closed port: %v", err)
	}
	to.Host = "does-not-exist.invalid"
	if _, err := snmp.Dial(t.Context(), to); !errors.Is(err, snmp.ErrNoAnswer) {
		t.Errorf("a name that is none: %v", err)
	}
}

// Whatever the agent does, a method ends with its context, also with one that
// has no deadline.
func TestMethodsEndWithTheirContext(t *testing.T) {
	to := target(start(t, snmpagent.Behaviour{Silent: true}), snmp.V2c)
	to.Timeout, to.Retries = time.Hour, 10
	for what, ask := range map[string]func(context.Context, *snmp.Client) error{
		"Get":   func(ctx context.Context, c *snmp.Client) error { _, err := c.Get(ctx, sysDescr); return err },
		"Walk":  func(ctx context.Context, c *snmp.Client) error { _, err := c.Walk(ctx, ifEntry, 0); return err },
		"Table": func(ctx context.Context, c *snmp.Client) error { _, err := c.Table(ctx, ifEntry, 1, 2); return err },
	} {
		c := dial(t, to)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		if err := ask(ctx, c); !errors.Is(err, context.Canceled) || !errors.Is(err, snmp.ErrNoAnswer) {
			t.Errorf("%s, cancelled: %v", what, err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := ask(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s, at the deadline: %v", what, err)
		}
		if err := ask(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s, after the deadline: %v", what, err)
		}
		cancel()
	}
}

// A client whose look was cancelled is good for the next.
func TestAClientOutlivesACancelledRequest(t *testing.T) {
	a := start(t, snmpagent.Behaviour{Silent: true})
	c := dial(t, target(a, snmp.V2c))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := c.Get(ctx, sysDescr); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	a.Behave(snmpagent.Behaviour{})
	if got, err := c.Get(t.Context(), sysDescr); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCredentialsThatCannotBeRight(t *testing.T) {
	key := secret.New("long enough")
	for name, c := range map[string]snmp.Credentials{
		"no user":                     {Version: snmp.V3},
		"no such authentication":      {Version: snmp.V3, User: "u", Auth: "SHA3", AuthKey: key},
		"no such privacy":             {Version: snmp.V3, User: "u", Auth: "SHA", AuthKey: key, Priv: "3DES", PrivKey: key},
		"privacy alone":               {Version: snmp.V3, User: "u", Priv: "AES", PrivKey: key},
		"a short passphrase":          {Version: snmp.V3, User: "u", Auth: "SHA", AuthKey: secret.New("short")},
		"a short privacy passphrase":  {Version: snmp.V3, User: "u", Auth: "SHA", AuthKey: key, Priv: "AES", PrivKey: secret.New("short")},
		"a community of 200 bytes":    {Community: secret.New(strings.Repeat("x", 200))},
		"a user's name of 40 letters": {Version: snmp.V3, User: strings.Repeat("u", 40)},
	} {
		if _, err := snmp.Dial(t.Context(), snmp.Target{Host: "127.0.0.1", Credentials: c}); !errors.Is(err, snmp.ErrCredentials) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "short\"") || strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
	if _, err := snmp.Dial(t.Context(), snmp.Target{Host: "127.0.0.1", Credentials: snmp.Credentials{Version: "4"}}); !errors.Is(err, snmp.ErrNotSupported) {
		t.Errorf("version 4: %v", err)
	}
}
