package enrolment_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/wire"
)

// step is one request of a story.
type step struct {
	after    time.Duration // since the one before
	nonce    string
	sequence uint64
	machine  string // "board" was enrolled
	address  string
	want     wire.Code
	told     bool // of a clone, afterwards
}

func TestStoriesOfTwoComputersAndOfOneThatLooksLikeTwo(t *testing.T) {
	const a, b, c = "192.0.2.1", "192.0.2.2", "192.0.2.3"
	for name, story := range map[string][]step{
		"a request again": {
			{0, "1", 1, "board", a, "", false},
			{0, "1", 1, "board", a, wire.CodeReplayed, false},
			{0, "1", 0, "board", a, wire.CodeReplayed, false},
			{0, "1", 9, "board", a, "", false},
		},
		"a request of the start before": {
			{0, "1", 5, "board", a, "", false},
			{push, "2", 1, "board", a, "", false},
			{push, "1", 5, "board", a, wire.CodeReplayed, false},
			{push, "2", 2, "board", a, "", false},
		},
		"a request that a proxy held up while the agent was started anew": {
			{0, "1", 5, "board", a, "", false},
			{push, "2", 1, "board", a, "", false},
			{time.Second, "1", 6, "board", a, "", false},
			{push, "2", 2, "board", a, "", false},
			{push, "2", 3, "board", a, "", false},
		},
		"a disk was copied to other hardware": {
			{0, "1", 1, "board", a, "", false},
			{push, "1", 2, "board", a, "", false},
			{time.Minute, "2", 1, "other", b, wire.CodeBusy, false},
			{time.Minute, "1", 3, "board", a, "", true},
			{time.Minute, "2", 2, "other", b, wire.CodeCloned, true},
			{time.Minute, "1", 4, "board", a, "", true},
			{time.Minute, "2", 2, "other", b, wire.CodeReplayed, true},
			{time.Minute, "3", 1, "other", b, wire.CodeCloned, true}, // started anew
			{time.Minute, "4", 1, "third", c, wire.CodeCloned, true}, // a third one
			{89 * time.Minute, "1", 5, "board", a, "", false},        // nobody knocks any more
		},
		"the copy is started first in the morning": {
			{0, "1", 1, "board", a, "", false},
			{15 * time.Hour, "2", 1, "other", b, "", false},
			{time.Minute, "3", 1, "board", a, "", false}, // the one that was enrolled is let in at once
			{time.Minute, "2", 2, "other", b, wire.CodeCloned, true},
			{time.Minute, "3", 2, "board", a, "", true},
		},
		"the copy is let in while the line of the other one is down": {
			{0, "1", 1, "board", a, "", false},
			{6 * time.Minute, "2", 1, "other", b, "", false},
			{time.Minute, "1", 2, "board", a, "", true},
			{time.Minute, "2", 2, "other", b, wire.CodeCloned, true},
		},
		"hardware that was enrolled wins over what was there before": {
			{0, "1", 1, "other", b, "", false},
			{6 * time.Minute, "2", 1, "board", a, "", false},
			{time.Minute, "1", 2, "other", b, wire.CodeCloned, true},
			{time.Minute, "2", 2, "board", a, "", true},
		},
		"a laptop is started in its dock, and without it again": {
			{0, "1", 1, "board", a, "", false},
			{time.Minute, "2", 1, "dock", a, wire.CodeBusy, false},
			{5 * time.Minute, "2", 2, "dock", a, "", false},
			{push, "2", 3, "dock", a, "", false},
			{time.Minute, "3", 1, "board", a, "", false},
			{time.Minute, "4", 1, "dock", a, wire.CodeBusy, false},
			{time.Minute, "4", 2, "dock", a, wire.CodeBusy, false}, // it asked earlier than it was told
			{4 * time.Minute, "5", 1, "dock", a, "", false},        // it was started once more while it waited
			{push, "5", 2, "dock", a, "", false},
		},
		"a network card is plugged in while the agent runs": {
			{0, "1", 1, "board", a, "", false},
			{push, "1", 2, "dock", a, "", false},
			{push, "1", 3, "board", a, "", false},
		},
		"a new mainboard": {
			{0, "1", 1, "board", a, "", false},
			{2 * time.Hour, "2", 1, "new board", a, "", false},
			{push, "2", 2, "new board", a, "", false},
			{push, "3", 1, "new board", a, "", false},
		},
		"twins that nothing tells apart": {
			{0, "1", 1, "board", a, "", false},
			{time.Minute, "2", 1, "board", b, "", false},
			{time.Minute, "1", 2, "board", a, "", false},
			{time.Minute, "2", 2, "board", b, "", false},
			{time.Minute, "1", 3, "board", a, "", true},
			{time.Minute, "2", 3, "board", b, wire.CodeCloned, true},
			{time.Minute, "1", 4, "board", a, "", true},
			{time.Minute, "3", 1, "board", b, "", true}, // started anew: it could be either
			{time.Minute, "1", 5, "board", a, "", true}, // now it is clear again
			{time.Minute, "3", 2, "board", b, wire.CodeCloned, true},
		},
		"the computer that stayed is switched off": {
			{0, "1", 1, "board", a, "", false},
			{time.Minute, "2", 1, "other", b, wire.CodeBusy, false},
			{time.Minute, "1", 2, "board", a, "", true},
			{time.Minute, "2", 2, "other", b, wire.CodeCloned, true},
			{58 * time.Minute, "2", 3, "other", b, wire.CodeCloned, true},
			{time.Hour, "2", 4, "other", b, "", false},
			{push, "2", 5, "other", b, "", false},
		},
		"the collector's clock was set back by years": {
			{0, "1", 1, "board", a, "", false},
			{-5 * 365 * 24 * time.Hour, "2", 1, "other", b, "", false},
			{push, "2", 2, "other", b, "", false},
		},
	} {
		for _, restarts := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				w := newCollector(t)
				r := request(w.token(enrolment.NewToken{Site: "main"}), 'a')
				r.Machine = machine("board")
				if _, err := w.Enrol(t.Context(), r, a); err != nil {
					t.Fatal(err)
				}
				for i, s := range story {
					w.wait(s.after)
					_, err := w.Admit(t.Context(), enrolment.Call{
						Secret: agentSecret('a'), Nonce: s.nonce, Sequence: s.sequence, Machine: fingerprint(s.machine), Address: s.address, Sent: w.clock(),
					})
					if code := codeOf(t, err); code != s.want {
						t.Fatalf("step %d: got %q, want %q", i, code, s.want)
					}
					if told := len(w.Clones()) == 1; told != s.told {
						t.Fatalf("step %d: told of a clone: %v, %+v", i, told, w.Clones())
					}
					if restarts {
						w.restart(false)
					}
				}
			})
		}
	}
}

func TestASeldomPusherIsWaitedForLonger(t *testing.T) {
	c := newCollector(t)
	c.pushes = 20 * time.Minute
	r := request(c.token(enrolment.NewToken{Site: "main"}), 'a')
	r.Machine = machine("board")
	if _, err := c.Enrol(t.Context(), r, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	for i, s := range []step{
		{after: 0, nonce: "1", sequence: 1, machine: "board"},
		{after: time.Minute, nonce: "2", sequence: 1, machine: "other", want: wire.CodeBusy},
		{after: 40 * time.Minute, nonce: "2", sequence: 2, machine: "other", want: wire.CodeBusy},
		{after: 20 * time.Minute, nonce: "2", sequence: 3, machine: "other"},
	} {
		c.wait(s.after)
		_, err := c.Admit(t.Context(), enrolment.Call{Secret: agentSecret('a'), Nonce: s.nonce, Sequence: s.sequence, Machine: fingerprint(s.machine), Sent: c.clock()})
		if code := codeOf(t, err); code != s.want {
			t.Errorf("step %d: got %q, want %q", i, code, s.want)
		}
	}
}

// A thief of the secret who begins a new life with each request, more of them
// than are remembered, is found out all the same.
func TestManyLivesDoNotHideTheFirst(t *testing.T) {
	c := newCollector(t)
	r := request(c.token(enrolment.NewToken{Site: "main"}), 'a')
	r.Machine = machine("board")
	if _, err := c.Enrol(t.Context(), r, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	admit := func(nonce string, sequence uint64) {
		t.Helper()
		c.wait(time.Second)
		_, err := c.Admit(t.Context(), enrolment.Call{Secret: agentSecret('a'), Nonce: nonce, Sequence: sequence, Machine: fingerprint("board"), Sent: c.clock()})
		if code := codeOf(t, err); code != "" {
			t.Fatalf("life %s, %d: refused as %s", nonce, sequence, code)
		}
	}
	admit("first", 1)
	for round := range uint64(4) {
		admit("first", 2+round)
		for i := range 12 {
			admit(fmt.Sprintf("thief-%d-%d", round, i), 1)
		}
	}
	if len(c.Clones()) != 1 {
		t.Error("nobody was told of the clone")
	}
}

func TestACloneIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	c, err := enrolment.Open(enrolment.Options{Store: newMemory(), Devices: &devices{}, Logger: slog.New(slog.NewTextHandler(&log, nil)), Now: func() time.Time { return t0 }})
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := c.CreateToken(t.Context(), "ona", enrolment.NewToken{Site: "main"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Enrol(t.Context(), request(secret.Reveal(), 'a'), ""); err != nil {
		t.Fatal(err)
	}
	for sequence := range uint64(5) {
		for nonce, hardware := range map[string]string{"1": "board", "2": "other"} {
			_, err := c.Admit(t.Context(), enrolment.Call{Secret: agentSecret('a'), Nonce: nonce, Sequence: sequence, Machine: fingerprint(hardware), Address: "192.0.2." + nonce, Sent: t0})
			_ = codeOf(t, err)
		}
	}
	if n := strings.Count(log.String(), "two computers live under one identity"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), agentSecret('a')) || strings.Contains(log.String(), secret.Reveal()) {
		t.Error("a secret is in the log")
	}
}
