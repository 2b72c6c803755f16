package snmp_test

import (
	"math"
	"net/netip"
	"slices"
	"testing"

	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

// overTheWire is a value as the client reads it.
func overTheWire(t *testing.T, v snmpagent.Value) snmp.Value {
	t.Helper()
	r := snmpagent.NewRecording()
	r.Set(sysDescr, v)
	a, err := snmpagent.Start(snmpagent.Options{Recording: r})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	got, err := dial(t, target(a, snmp.V2c)).Get(t.Context(), sysDescr)
	if err != nil {
		t.Fatal(err)
	}
	return got[sysDescr]
}

func TestValues(t *testing.T) {
	const none = math.MinInt64 // no such number
	for name, c := range map[string]struct {
		in    snmpagent.Value
		n     int64
		u     uint64
		f     float64
		text  string
		asInt bool
	}{
		"a number":              {snmpagent.Integer(42), 42, 42, 42, "42", true},
		"below zero":            {snmpagent.Integer(-3), -3, 1<<32 - 3, -3, "-3", true},
		"a counter":             {snmpagent.Counter32(math.MaxUint32), math.MaxUint32, math.MaxUint32, math.MaxUint32, "4294967295", true},
		"a large counter":       {snmpagent.Counter64(math.MaxUint64), none, math.MaxUint64, math.MaxUint64, "18446744073709551615", false},
		"RFC 1442's UInteger32": {snmpagent.Raw(0x47, []byte{7}), 7, 7, 7, "7", true},
		"a text of digits":      {snmpagent.Text(" 17\x00"), 17, 17, 17, "17", true},
		"a text with a unit":    {snmpagent.Text("15.5 PERCENT"), none, 0, 15.5, "15.5 PERCENT", false},
		"net-snmp's float":      {snmpagent.Float(1.5), none, 0, 1.5, "1.5", false},
		"net-snmp's double":     {snmpagent.Double(-0.25), none, 0, -0.25, "-0.25", false},
		"a zero as a float":     {snmpagent.Float(0), none, 0, 0, "0", false},
		"net-snmp's counter":    {snmpagent.Raw(0x44, []byte{0x9f, 0x76, 2, 1, 0}), 256, 256, 256, "256", true},
		"net-snmp's integer":    {snmpagent.Raw(0x44, []byte{0x9f, 0x7a, 1, 0xfe}), -2, 1<<32 - 2, -2, "-2", true},
	} {
		t.Run(name, func(t *testing.T) {
			v := overTheWire(t, c.in)
			if n, ok := v.Int(); ok != c.asInt || ok && n != c.n {
				t.Errorf("Int: %d, %v", n, ok)
			}
			if u, ok := v.Uint(); ok && u != c.u {
				t.Errorf("Uint: %d", u)
			}
			if f, ok := v.Float(); !ok || f != c.f {
				t.Errorf("Float: %v, %v", f, ok)
			}
			if v.Text() != c.text || v.IsZero() {
				t.Errorf("Text: %q", v.Text())
			}
		})
	}
}

func TestWhatIsNoValueIsLeftOut(t *testing.T) {
	for name, in := range map[string]snmpagent.Value{
		"NULL":             snmpagent.Null(),
		"an empty address": snmpagent.Raw(0x40, nil),
		"an unknown tag":   snmpagent.Raw(0x99, []byte{1}),
		"an endless text":  snmpagent.Octets(make([]byte, 20_000)...),
	} {
		if v := overTheWire(t, in); !v.IsZero() {
			t.Errorf("%s: %+v", name, v)
		}
	}
	for name, in := range map[string]snmpagent.Value{
		"a float that is none": snmpagent.Float(float32(math.NaN())),
		"infinity":             snmpagent.Double(math.Inf(1)),
		"a text":               snmpagent.Text("NaN"),
		"an object":            snmpagent.ObjectID("1.3.6"),
	} {
		if f, ok := overTheWire(t, in).Float(); ok {
			t.Errorf("%s is the number %v", name, f)
		}
	}
}

func TestOctets(t *testing.T) {
	mac := overTheWire(t, snmpagent.Octets(0x02, 0xAB, 0, 0, 0, 1))
	if mac.MAC() != "02:ab:00:00:00:01" || !slices.Equal(mac.Bytes(), []byte{2, 0xab, 0, 0, 0, 1}) {
		t.Errorf("MAC %q, octets %v", mac.MAC(), mac.Bytes())
	}
	if got := overTheWire(t, snmpagent.Octets(0, 0, 0, 0, 0, 0)).MAC(); got != "" {
		t.Errorf("zeros are the MAC %q", got)
	}
	// hrPrinterDetectedErrorState: lowToner, doorOpen; outputNearFull.
	bits := overTheWire(t, snmpagent.Octets(0x28, 0x10))
	for n := -1; n < 20; n++ {
		if want := n == 2 || n == 4 || n == 11; bits.Bit(n) != want {
			t.Errorf("bit %d is %v", n, bits.Bit(n))
		}
	}
	if got := overTheWire(t, snmpagent.Text("a\nb\x00\x1b\xe9")).Text(); got != "a bé" {
		t.Errorf("a text in Latin-1 with control characters: %q", got)
	}
	if got := overTheWire(t, snmpagent.ObjectID("1.3.6.1.4.1.9")).OID(); got != "1.3.6.1.4.1.9" {
		t.Errorf("an object: %q", got)
	}
	if got := overTheWire(t, snmpagent.Address(netip.MustParseAddr("192.0.2.1"))).Text(); got != "192.0.2.1" {
		t.Errorf("an address: %q", got)
	}
}

func TestOIDsAreOrderedByNumbers(t *testing.T) {
	ordered := []string{"", "0.0", "1.3", "1.3.6", "1.3.6.1", "1.3.6.1.1", "1.3.6.1.2", "1.3.6.1.10", "1.3.6.2", "1.3.10", "1.20", "1.100", "2"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := snmp.Compare(a, b); (got < 0) != (i < j) || (got == 0) != (i == j) {
				t.Errorf("Compare(%q, %q) = %d", a, b, got)
			}
		}
	}
}

func TestTextsInUTF16(t *testing.T) {
	for sent, want := range map[string]string{
		"\xff\xfeB\x00\x17\x01":   "Bė",
		"\xfe\xff\x00B\x01\x17":   "Bė",
		"\x00B\x01\x17\x00 \x00A": "Bė A",
		"B\x00\x17\x01 \x00A\x00": "Bė A",
		"AB\x00\x00":              "AB", // ended twice
		"Ger\xe4":                 "Gerä",
		"abcd":                    "abcd",
	} {
		if got := overTheWire(t, snmpagent.Text(sent)).Text(); got != want {
			t.Errorf("%q is %q, want %q", sent, got, want)
		}
	}
}

// An object identifier that is written out is one; what only looks like one is none.
func TestObjectIdentifiersAsText(t *testing.T) {
	for sent, want := range map[string]string{
		".1.3.6.1.4.1.9.1.1": "1.3.6.1.4.1.9.1.1", "1.3.6.1.4.1.9\x00": "1.3.6.1.4.1.9",
		"1.3.6.1.4..9": "", "1.3.6.1.4.": "", "1.3.6.1.x": "", "10.0.0.1": "", "": "",
	} {
		if got := overTheWire(t, snmpagent.Text(sent)).OID(); got != want {
			t.Errorf("%q is %q, want %q", sent, got, want)
		}
	}
}
