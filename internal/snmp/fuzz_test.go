package snmp_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Whatever bytes an agent answers with, every method ends, with one of the errors
// of the package, and what it returns is within bounds.
func FuzzAnswer(f *testing.F) {
	long := strings.Repeat("x", 2000)
	for _, list := range [][]byte{
		nil,
		snmpagent.Variable(ifEntry+".2.1", snmpagent.Text("port 1")),
		snmpagent.Variable(ifEntry+".2.1", snmpagent.Text(long)),
		snmpagent.Variable(ifEntry+".2", snmpagent.Integer(-1)),
		snmpagent.Variable("2.999.1", snmpagent.Null()),
		snmpagent.Variable(ifEntry+".10.1", snmpagent.Counter64(math.MaxUint64)),
		snmpagent.Variable(ifEntry+".2.4294967295", snmpagent.Float(float32(math.NaN()))),
		snmpagent.Variable(ifEntry+".2.1.3", snmpagent.Double(math.Inf(1))),
		snmpagent.Variable(ifEntry+".2.1", snmpagent.Raw(0x44, []byte{0x9f, 0x7a, 1, 0xff})),
		snmpagent.Variable(ifEntry+".2.1", snmpagent.Raw(0x44, []byte{0x9f, 0x78, 0x84, 0xff, 0xff, 0xff, 0xff})),
		snmpagent.Variable(ifEntry+".2.1", snmpagent.Raw(0x40, []byte{1, 2, 3})),
		snmpagent.Variable(ifEntry+".2.1", snmpagent.Raw(0x02, make([]byte, 12))),
		snmpagent.Variable(ifEntry+".2.1", snmpagent.Raw(0x06, []byte{0xff, 0xff, 0xff, 0xff, 0xff})),
		snmpagent.Variable(ifEntry+".2.1", snmpagent.Raw(0x82, nil)),
		slices.Concat(snmpagent.Variable(ifEntry+".2.1", snmpagent.Integer(1)), snmpagent.Variable(ifEntry+".10.1", snmpagent.Integer(1)), snmpagent.Variable(ifEntry+".2.1", snmpagent.Integer(1))),
		{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, {0x30, 0x80}, {0x30, 0x02, 0x06, 0x00}, {0x30, 0x03, 0x06, 0x81},
	} {
		for version := range byte(2) {
			f.Add(version, true, list)
		}
	}
	for _, whole := range [][]byte{
		{}, {0x30}, {0x30, 0x00}, {0x30, 0x82, 0xff, 0xff}, []byte("HTTP/1.1 200 OK\r\n\r\n"),
		{0x30, 0x03, 0x02, 0x01, 0x03}, {0x30, 0x0b, 0x02, 0x01, 0x01, 0x04, 0x06, 'p', 'u', 'b', 'l', 'i', 'c'},
		// A report of version 3, with an engine ID and boots.
		[]byte("\x30\x67\x02\x01\x03\x30\x10\x02\x04\x11\x22\x33\x44\x02\x03\x00\xff\xe3\x04\x01\x00\x02\x01\x03\x04\x1d\x30\x1b\x04\x0d\x80\x00\x1f\x88\x80\x11\x22\x33\x44\x55\x66\x77\x88\x02\x01\x01\x02\x01\x05\x04\x00\x04\x00\x04\x00" +
			"\x30\x31\x04\x0d\x80\x00\x1f\x88\x80\x11\x22\x33\x44\x55\x66\x77\x88\x04\x00\xa8\x1e\x02\x04\x00\x00\x00\x00\x02\x01\x00\x02\x01\x00\x30\x10\x30\x0e\x06\x0a\x2b\x06\x01\x06\x03\x0f\x01\x01\x04\x00\x41\x00"),
	} {
		for version := range byte(4) {
			f.Add(version, false, whole)
		}
	}
	// One agent for all; it says what the input has, in a message or as it is.
	var reply atomic.Pointer[func([]byte) []byte]
	a := start(f, snmpagent.Behaviour{Raw: func(in []byte) []byte { return (*reply.Load())(in) }})
	f.Fuzz(func(t *testing.T, version byte, wrapped bool, answer []byte) {
		if len(answer) > 60_000 {
			return // more than a datagram holds
		}
		say := func(in []byte) []byte {
			if wrapped {
				return snmpagent.Wrap(in, answer)
			}
			return answer
		}
		reply.Store(&say)
		to := target(a, snmp.V2c)
		to.Timeout, to.Retries = 20*time.Millisecond, -1
		switch version % 4 {
		case 0:
			to.Version = snmp.V1
		case 2:
			to.Version, to.User = snmp.V3, "somebody"
		case 3:
			key := secret.New("a passphrase")
			to.Version, to.User, to.Auth, to.AuthKey, to.Priv, to.PrivKey = snmp.V3, "somebody", "SHA", key, "AES", key
		}
		c := dial(t, to)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		values, err := c.Get(ctx, ifEntry+".2.1", sysDescr)
		wantKnown(t, err)
		for _, v := range values {
			wantBounded(t, v)
		}
		walked, err := c.Walk(ctx, ifEntry, 100)
		wantKnown(t, err)
		last := ifEntry
		for _, v := range walked {
			if !strings.HasPrefix(v.OID, ifEntry+".") || snmp.Compare(v.OID, last) <= 0 {
				t.Errorf("%s after %s", v.OID, last)
			}
			last = v.OID
			wantBounded(t, v.Value)
		}
		if len(walked) > 100 {
			t.Errorf("%d variables", len(walked))
		}
		rows, err := c.Table(ctx, ifEntry, 2, 10)
		wantKnown(t, err)
		for i, row := range rows {
			if i > 0 && snmp.Compare(rows[i-1].Index, row.Index) >= 0 {
				t.Errorf("row %s after %s", row.Index, rows[i-1].Index)
			}
		}
	})
}

func wantKnown(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, known := range []error{snmp.ErrNoAnswer, snmp.ErrCredentials, snmp.ErrNotSupported, snmp.ErrNonsense, snmp.ErrTruncated} {
		if errors.Is(err, known) {
			return
		}
	}
	t.Errorf("an error of nobody's: %v", err)
}

func wantBounded(t *testing.T, v snmp.Value) {
	t.Helper()
	if text := v.Text(); v.IsZero() || len(text) > 1500 || !utf8.ValidString(text) || len(v.Bytes()) > 20_000 {
		t.Errorf("a value of type %d with %d bytes of text", v.Type, len(text))
	}
	if f, ok := v.Float(); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		t.Errorf("%v is no number", f)
	}
	if n, ok := v.Int(); ok && v.Type != snmp.Integer && n < 0 && v.Type != snmp.OctetString {
		t.Errorf("%d of type %d", n, v.Type)
	}
}
