package wire_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/wire"
)

var random = base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))

func TestAnEnrolmentTokenIsReadAsItIsWritten(t *testing.T) {
	for name, token := range map[string]wire.EnrolToken{
		"with an authority":    {Secret: wire.EnrolTokenPrefix + random, CA: [32]byte{1, 2, 3}},
		"without an authority": {Secret: wire.EnrolTokenPrefix + random},
	} {
		got, err := wire.ParseEnrolToken(" " + token.String() + "\n")
		if err != nil || got != token {
			t.Errorf("%s: got %+v and %v", name, got, err)
		}
	}
}

func TestADamagedEnrolmentTokenIsToldWithoutRepeatingIt(t *testing.T) {
	whole := wire.EnrolToken{Secret: wire.EnrolTokenPrefix + random, CA: [32]byte{1}}.String()
	for name, text := range map[string]string{
		"empty":                  "",
		"an agent's secret":      wire.AgentSecretPrefix + random,
		"half of it":             whole[:30],
		"half of the authority":  whole[:len(whole)-5],
		"a dot and nothing":      wire.EnrolTokenPrefix + random + ".",
		"letters that are wrong": wire.EnrolTokenPrefix + strings.Repeat("ž", 43),
	} {
		_, err := wire.ParseEnrolToken(text)
		if err == nil || strings.Contains(err.Error(), random[:20]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseEnrolToken(f *testing.F) {
	f.Add(wire.EnrolToken{Secret: wire.EnrolTokenPrefix + random, CA: [32]byte{9}}.String())
	f.Add("budi_enrol_.")
	f.Fuzz(func(t *testing.T, s string) {
		token, err := wire.ParseEnrolToken(s)
		if err != nil {
			return
		}
		if again, err := wire.ParseEnrolToken(token.String()); err != nil || again != token {
			t.Errorf("%q is read as %+v, written as %q and read as %+v (%v)", s, token, token.String(), again, err)
		}
	})
}

func TestAFingerprintTellsMachinesApart(t *testing.T) {
	m := wire.Machine{SystemUUID: "4c4c4544-0043-5a10", BoardSerial: "b1", MACs: []string{"aa:aa:aa:aa:aa:aa", "bb:bb:bb:bb:bb:bb"}}
	same := m
	same.MACs = []string{"bb:bb:bb:bb:bb:bb", "aa:aa:aa:aa:aa:aa"}
	if m.Fingerprint() != same.Fingerprint() || len(m.Fingerprint()) != 64 {
		t.Errorf("the order of cards counts: %q, %q", m.Fingerprint(), same.Fingerprint())
	}
	// A value that moves to another field makes another machine.
	moved := wire.Machine{SystemUUID: "4c4c4544-0043-5a10", SystemSerial: "b1", MACs: m.MACs}
	if moved.Fingerprint() == m.Fingerprint() {
		t.Error("a serial number of the system counts as one of the board")
	}
	if (wire.Machine{}).Fingerprint() != "" {
		t.Error("nothing has a fingerprint")
	}
}

func TestAStrangersRequestIsBounded(t *testing.T) {
	good := wire.EnrolRequest{Token: "t", Secret: wire.AgentSecretPrefix + random, Hostname: "pc", System: "windows", Version: "1"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", wire.MaxText+1)
	for name, spoil := range map[string]func(*wire.EnrolRequest){
		"no secret":     func(r *wire.EnrolRequest) { r.Secret = "" },
		"short secret":  func(r *wire.EnrolRequest) { r.Secret = wire.AgentSecretPrefix + "abc" },
		"no host name":  func(r *wire.EnrolRequest) { r.Hostname = "" },
		"long host":     func(r *wire.EnrolRequest) { r.Hostname = long },
		"long version":  func(r *wire.EnrolRequest) { r.Version = long },
		"long system":   func(r *wire.EnrolRequest) { r.System = long },
		"long serial":   func(r *wire.EnrolRequest) { r.Machine.SystemSerial = long },
		"many cards":    func(r *wire.EnrolRequest) { r.Machine.MACs = make([]string, wire.MaxMACs+1) },
		"a long card":   func(r *wire.EnrolRequest) { r.Machine.MACs = []string{long} },
		"a long serial": func(r *wire.EnrolRequest) { r.Machine.BoardSerial = long },
	} {
		r := good
		spoil(&r)
		if r.Check() == nil {
			t.Errorf("%s passed", name)
		}
	}
}
