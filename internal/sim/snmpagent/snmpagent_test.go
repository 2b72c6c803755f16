package snmpagent_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// What recordings in the wild have wrong. The lines are made up.
const irregular = `1.3.6.1.2.1.1.1.0|4|a text | with bars
1.3.6.1.2.1.1.3.0|67|100
.1.3.6.1.2.1.1.2.0|6|.1.3.6.1.4.1.8072
1.3.6.1.2.1.2.2.1.6.2|4x|02aBcD000001
1.3.6.1.2.1.2.2.1.6.10|4xx|02ABCD00000A
1.3.6.1.2.1.2.2.1.6.1|4e|\x02\n\\x
1.3.6.1.2.1.1.5.0|4|the first
1.3.6.1.2.1.1.5.0|4|the second
1.3.6.1.2.1.2.2.1.10.1|65|4294967295
1.3.6.1.2.1.2.2.1.10.2|65|<private>
1.3.6.1.2.1.4.20.1.2.10.xx.xx.100|2|1
1.3.6.1.2.1.33.1.2.1.0|5|
1.3.6.1.2.1.33.1.2.4.0|2|-3
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.4.20.1.1.1|64|192.0.2.7
1.3.6.1.2.1.4.20.1.1.2|64x|C0000208
1.3.6.1.2.1.25.1.1.0|2:numeric|min=0,max=100,rate=1
1.3.6.1.2.1.25.1.2.0|2:delay|value=6,wait=800
1.3.6.1.2.1.25.1.3.0|2:error|op=get,status=genErr

65|6git3159
1.0.8802.1.1.2.1.3.2.0|4|behind all others in the file, before them in the tree` + "\r\n"

func read(t *testing.T, text string) *snmpagent.Recording {
	t.Helper()
	r, err := snmpagent.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func start(t *testing.T, r *snmpagent.Recording, b snmpagent.Behaviour) *snmpagent.Agent {
	t.Helper()
	a, err := snmpagent.Start(snmpagent.Options{Recording: r, Behaviour: b})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

func dial(t *testing.T, a *snmpagent.Agent, v gosnmp.SnmpVersion) *gosnmp.GoSNMP {
	t.Helper()
	h := &gosnmp.GoSNMP{Target: a.Addr().Addr().String(), Port: a.Addr().Port(), Version: v, Community: "public", Timeout: time.Minute}
	if err := h.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func TestIrregularRecordingsAreRead(t *testing.T) {
	r := read(t, irregular)
	if r.Len() != 14 || r.Skipped != 6 || r.Nulls() != 1 {
		t.Errorf("%d objects, %d of them NULL, %d lines skipped: %q", r.Len(), r.Nulls(), r.Skipped, r.OIDs())
	}
	if first := r.OIDs()[0]; first != "1.0.8802.1.1.2.1.3.2.0" {
		t.Errorf("the first object is %s", first)
	}
	h := dial(t, start(t, r, snmpagent.Behaviour{}), gosnmp.Version2c)
	want := map[string]any{
		".1.3.6.1.2.1.1.1.0":        []byte("a text | with bars"),
		".1.3.6.1.2.1.1.2.0":        ".1.3.6.1.4.1.8072",
		".1.3.6.1.2.1.1.5.0":        []byte("the first"),
		".1.3.6.1.2.1.2.2.1.6.1":    []byte("\x02\n\\x"),
		".1.3.6.1.2.1.2.2.1.6.10":   []byte{2, 0xab, 0xcd, 0, 0, 10},
		".1.3.6.1.2.1.2.2.1.10.1":   uint(4294967295),
		".1.3.6.1.2.1.33.1.2.4.0":   -3,
		".1.3.6.1.2.1.31.1.1.1.6.1": uint64(18446744073709551615),
		".1.3.6.1.2.1.4.20.1.1.1":   "192.0.2.7",
		".1.3.6.1.2.1.4.20.1.1.2":   "192.0.2.8",
	}
	for oid, value := range want {
		got, err := h.Get([]string{oid})
		if err != nil {
			t.Fatal(err)
		}
		v := got.Variables[0].Value
		if b, ok := value.([]byte); ok {
			if g, ok := v.([]byte); !ok || !bytes.Equal(g, b) {
				t.Errorf("%s = %q, want %q", oid, v, b)
			}
		} else if v != value {
			t.Errorf("%s = %v, want %v", oid, v, value)
		}
	}
}

func TestARecordingIsWrittenAsItIsRead(t *testing.T) {
	first := read(t, irregular)
	first.Set("1.3.6.1.4.1.2021.1", snmpagent.Float(1.5))
	first.Set("1.3.6.1.4.1.2021.2", snmpagent.Address(netip.MustParseAddr("192.0.2.1")))
	var one, two bytes.Buffer
	if err := first.Write(&one); err != nil {
		t.Fatal(err)
	}
	if err := read(t, one.String()).Write(&two); err != nil {
		t.Fatal(err)
	}
	if one.String() != two.String() || one.Len() == 0 {
		t.Errorf("written\n%sand read again\n%s", &one, &two)
	}
}

// The two versions say differently what is not there (RFC 1157, RFC 3416).
func TestWhatIsNotThere(t *testing.T) {
	a := start(t, read(t, irregular), snmpagent.Behaviour{})
	v1, v2 := dial(t, a, gosnmp.Version1), dial(t, a, gosnmp.Version2c)
	got, err := v1.Get([]string{"1.3.6.1.2.1.1.1.0", "1.3.6.1.9.0"})
	if err != nil || got.Error != gosnmp.NoSuchName || got.ErrorIndex != 2 {
		t.Errorf("version 1: %v, %v", got, err)
	}
	if got, err = v1.Get([]string{"1.3.6.1.2.1.31.1.1.1.6.1"}); err != nil || got.Error != gosnmp.NoSuchName {
		t.Errorf("a Counter64 in version 1: %v, %v", got, err)
	}
	if got, err = v1.GetNext([]string{"1.3.6.1.2.1.33.1.2.4.0"}); err != nil || got.Error != gosnmp.NoSuchName {
		t.Errorf("the end in version 1: %v, %v", got, err)
	}
	got, err = v2.Get([]string{"1.3.6.1.2.1.1.1.0", "1.3.6.1.9.0", "1.3.6.1.2.1.2.2.1.6.99"})
	if err != nil || got.Error != gosnmp.NoError || got.Variables[1].Type != gosnmp.NoSuchObject || got.Variables[2].Type != gosnmp.NoSuchInstance {
		t.Errorf("version 2c: %v, %v", got, err)
	}
	if got, err = v2.GetNext([]string{"1.3.6.1.2.1.33.1.2.4.0"}); err != nil || got.Variables[0].Type != gosnmp.EndOfMibView {
		t.Errorf("the end in version 2c: %v, %v", got, err)
	}
}

func TestBulkRequests(t *testing.T) {
	a := start(t, read(t, irregular), snmpagent.Behaviour{})
	h := dial(t, a, gosnmp.Version2c)
	ask := func(fixed uint8, repeat uint32) *gosnmp.SnmpPacket {
		t.Helper()
		got, err := h.GetBulk([]string{"1.3.6.1.2.1.1.1", "1.3.6.1.2.1.2.2.1.6", "1.3.6.1.2.1.2.2.1.10"}, fixed, repeat)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := ask(1, 2)
	var names []string
	for _, v := range got.Variables {
		names = append(names, strings.TrimPrefix(v.Name, ".1.3.6.1.2.1."))
	}
	if s := strings.Join(names, " "); s != "1.1.0 2.2.1.6.1 2.2.1.10.1 2.2.1.6.2 4.20.1.1.1" {
		t.Errorf("one object once and two twice: %s", s)
	}
	if got := ask(3, 5); len(got.Variables) != 3 {
		t.Errorf("no repetitions: %v", got.Variables)
	}
	a.Behave(snmpagent.Behaviour{MaxRepetitions: 1})
	if got := ask(0, 5); len(got.Variables) != 3 {
		t.Errorf("an agent that repeats once: %v", got.Variables)
	}
	a.Behave(snmpagent.Behaviour{MaxSize: 100})
	if got := ask(0, 5); len(got.Variables) == 0 || len(got.Variables) > 4 || got.Error != gosnmp.NoError {
		t.Errorf("100 bytes: %v", got)
	}
	a.Behave(snmpagent.Behaviour{MaxSize: 30})
	if got := ask(0, 5); got.Error != gosnmp.TooBig {
		t.Errorf("30 bytes: %v", got)
	}
}

func TestARestartIsSeen(t *testing.T) {
	r := read(t, irregular)
	a := start(t, r, snmpagent.Behaviour{})
	h := dial(t, a, gosnmp.Version2c)
	uptime := func() any {
		got, err := h.Get([]string{"1.3.6.1.2.1.1.3.0"})
		if err != nil {
			t.Fatal(err)
		}
		return got.Variables[0].Value
	}
	before := uptime()
	a.Restart()
	if after := uptime(); before != uint32(100) || after != uint32(0) {
		t.Errorf("sysUpTime was %v and is %v", before, after)
	}
	r.Remove("1.3.6.1.2.1.1")
	if v := uptime(); v != nil {
		t.Errorf("what was removed is %v", v)
	}
}

// Whatever a recording has, reading it ends, and what was read can be written and
// read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(irregular))
	f.Add([]byte("1.3|4x|0\n1.3|68x|9f7804\n|||\n1.3.4294967296|2|1\n0.0|2|-9223372036854775808\n2.4294967295|6|0.0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := snmpagent.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := r.Write(&out); err != nil {
			t.Fatal(err)
		}
		again, err := snmpagent.Read(&out)
		if err != nil || again.Len() != r.Len() || again.Skipped != 0 {
			t.Errorf("%d objects, and %d when read again (%d skipped), %v", r.Len(), again.Len(), again.Skipped, err)
		}
	})
}
