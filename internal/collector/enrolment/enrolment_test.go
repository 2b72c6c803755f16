package enrolment_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/wire"
)

func TestEnrolling(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main"})
	r := request(token, 'a')
	a, err := c.Enrol(t.Context(), r, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := c.Tokens(t.Context())
	if err != nil || len(tokens) != 1 {
		t.Fatal(tokens, err)
	}
	want := enrolment.Agent{
		ID: a.ID, Device: "pc-1", Site: "main", System: "windows", Version: "1.0", Hostname: "PC-a", Machine: r.Machine,
		Enrolled: t0, Seen: t0, Address: "192.0.2.1", Token: tokens[0].Name,
	}
	if d := cmp.Diff(want, a); d != "" {
		t.Error(d)
	}
	if len(a.ID) != 16 || fleet.CheckID(a.ID) != nil {
		t.Errorf("ID %q", a.ID)
	}
	wantPlace := enrolment.NewComputer{Site: "main", Hostname: "PC-a", Class: fleet.Workstation, Machine: r.Machine, At: t0}
	if d := cmp.Diff([]enrolment.NewComputer{wantPlace}, c.devices.placed); d != "" {
		t.Error(d)
	}

	// Enrolled anew after the disk was wiped: another agent on a device of its
	// own, and the first one is not touched.
	c.wait(time.Hour)
	r.Secret = agentSecret('b')
	again, err := c.Enrol(t.Context(), r, "192.0.2.1")
	if err != nil || again.ID == a.ID || again.Device == a.Device {
		t.Errorf("got %+v, %v", again, err)
	}
	c.restart(false)
	all, err := c.Agents(t.Context())
	if d := cmp.Diff([]enrolment.Agent{a, again}, all); d != "" || err != nil {
		t.Error(d, err)
	}
}

func TestAnAnswerThatWasLostCostsNothing(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main", Uses: 1})
	a := c.enrol(token, 'a')
	for _, later := range []time.Duration{0, time.Minute, 100 * 24 * time.Hour} { // the token expires
		c.wait(later)
		if again := c.enrol(token, 'a'); again.ID != a.ID || again.Device != a.Device {
			t.Errorf("got %+v", again)
		}
		c.restart(true)
	}
	if len(c.devices.placed) != 1 {
		t.Errorf("%d devices were made", len(c.devices.placed))
	}
}

func TestWhyATokenDoesNotServeIsToldApart(t *testing.T) {
	foreign := newCollector(t)
	foreignToken := foreign.token(enrolment.NewToken{Site: "main"})
	pinned := wire.EnrolToken{CA: [32]byte{1}}
	for name, c := range map[string]struct {
		prepare func(c *collector, token string)
		text    func(token string) string
		want    wire.Code
		reason  string
	}{
		"good": {},
		"good, with the authority's fingerprint": {text: func(token string) string {
			pinned.Secret = token
			return pinned.String()
		}},
		"used up": {prepare: func(c *collector, token string) { c.enrol(token, 'x'); c.enrol(token, 'y') },
			want: wire.CodeTokenUsedUp, reason: "used 2 times"},
		"nearly expired": {prepare: func(c *collector, _ string) { c.wait(24*time.Hour - time.Second) }},
		"expired": {prepare: func(c *collector, _ string) { c.wait(24 * time.Hour) },
			want: wire.CodeTokenExpired, reason: "2026-09-02T07:30:00Z"},
		"revoked":             {prepare: func(c *collector, _ string) { c.revokeTokens() }, want: wire.CodeTokenUnknown, reason: "revoked"},
		"another collector's": {text: func(string) string { return foreignToken }, want: wire.CodeTokenUnknown, reason: "another one"},
		"no token at all":     {text: func(string) string { return "budi_enrol_x" }, want: wire.CodeTokenUnknown, reason: "copying"},
		"an agent's secret":   {text: func(string) string { return agentSecret('a') }, want: wire.CodeTokenUnknown, reason: "no enrolment token"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCollector(t)
			token := w.token(enrolment.NewToken{Site: "main", Uses: 2})
			if c.prepare != nil {
				c.prepare(w, token)
			}
			placed := len(w.devices.placed)
			text := token
			if c.text != nil {
				text = c.text(token)
			}
			_, err := w.Enrol(t.Context(), request(text, 'a'), "192.0.2.1")
			if code := codeOf(t, err); code != c.want {
				t.Fatalf("got %q (%v), want %q", code, err, c.want)
			}
			if c.want == "" {
				return
			}
			if !strings.Contains(err.Error(), c.reason) || strings.Contains(err.Error(), token) {
				t.Errorf("got %q", err)
			}
			if len(w.devices.placed) != placed {
				t.Error("a device was made")
			}
		})
	}
}

func (c *collector) revokeTokens() {
	c.t.Helper()
	tokens, err := c.Tokens(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, token := range tokens {
		if err := c.RevokeToken(c.t.Context(), token.Name); err != nil {
			c.t.Fatal(err)
		}
	}
}

func TestTheClassOfADevice(t *testing.T) {
	for name, c := range map[string]struct {
		token  fleet.Class
		server bool
		want   fleet.Class
	}{
		"a workstation":              {"", false, fleet.Workstation},
		"a server":                   {"", true, fleet.Server},
		"the token says presenting":  {fleet.Presentation, false, fleet.Presentation},
		"the token says workstation": {fleet.Workstation, true, fleet.Workstation},
	} {
		t.Run(name, func(t *testing.T) {
			w := newCollector(t)
			r := request(w.token(enrolment.NewToken{Site: "main", Class: c.token}), 'a')
			r.Server = c.server
			if _, err := w.Enrol(t.Context(), r, ""); err != nil || w.devices.placed[0].Class != c.want {
				t.Error(w.devices.placed, err)
			}
		})
	}
}

func TestTokensThatCannotBe(t *testing.T) {
	c := newCollector(t)
	for name, n := range map[string]enrolment.NewToken{
		"no site":          {},
		"no site's ID":     {Site: "Pagrindinė"},
		"too long":         {Site: "main", TTL: enrolment.MaxTTL + 1},
		"over already":     {Site: "main", TTL: -time.Hour},
		"too many uses":    {Site: "main", Uses: enrolment.MaxUses + 1},
		"fewer than none":  {Site: "main", Uses: -1},
		"an unknown class": {Site: "main", Class: "toaster"},
	} {
		if _, _, err := c.CreateToken(t.Context(), "ona", n); !errors.Is(err, enrolment.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, token, err := c.CreateToken(t.Context(), "ona", enrolment.NewToken{Site: "main"}); err != nil || token.Uses != 50 || token.Expires != t0.Add(24*time.Hour) || token.By != "ona" {
		t.Errorf("got %+v, %v", token, err)
	}
	if err := c.RevokeToken(t.Context(), "nobody"); !errors.Is(err, enrolment.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestManyAtOnceUseATokenNoMoreOftenThanItAllows(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main", Uses: 5})
	codes := make(chan wire.Code, 20)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, err := c.Enrol(context.Background(), request(token, byte('a'+i/2)), "192.0.2.1") // each secret twice
			codes <- codeOf(t, err)
		})
	}
	all.Wait()
	close(codes)
	count := map[wire.Code]int{}
	for code := range codes {
		count[code]++
	}
	if count[""] != 10 || count[wire.CodeTokenUsedUp] != 10 || len(c.devices.placed) != 5 {
		t.Errorf("got %v, %d devices", count, len(c.devices.placed))
	}
}

func TestFailedAttemptsAreSlowedDownAndGoodOnesAreNot(t *testing.T) {
	c := newCollector(t)
	good := c.token(enrolment.NewToken{Site: "main"})
	codes := map[wire.Code]int{}
	try := func(address string) {
		_, err := c.Enrol(t.Context(), request("budi_enrol_x", 'x'), address)
		codes[codeOf(t, err)]++
	}
	for range 100 {
		try("192.0.2.1")
	}
	if codes[wire.CodeTokenUnknown] != 20 || codes[wire.CodeBusy] != 80 {
		t.Errorf("got %v", codes)
	}
	_, err := c.Enrol(t.Context(), request("budi_enrol_x", 'x'), "192.0.2.1")
	var refused *enrolment.RefusedError
	if !errors.As(err, &refused) || refused.RetryAfter <= 0 || refused.RetryAfter > time.Minute {
		t.Errorf("got %+v", err)
	}
	if a := c.enrol(good, 'a'); a.Device == "" {
		t.Error("a good token from the same address was kept out")
	}
	clear(codes)
	for i := range 100 { // one customer's network
		try("2001:db8:0:1::" + string(rune('a'+i%6)))
	}
	if codes[wire.CodeTokenUnknown] != 20 {
		t.Errorf("from IPv6: %v", codes)
	}
	clear(codes)
	c.wait(time.Hour)
	try("192.0.2.1")
	if codes[wire.CodeTokenUnknown] != 1 {
		t.Errorf("an hour later: %v", codes)
	}
}

func TestTroubleOfOurOwnIsNoRefusal(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main", Uses: 1})
	c.devices.err = errors.New("disk full")
	var refused *enrolment.RefusedError
	if _, err := c.Enrol(t.Context(), request(token, 'a'), ""); err == nil || errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
	c.devices.err = nil
	c.enrol(token, 'a') // it was not used up
}

func TestRevokingActsAtOnceAndStays(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main"})
	a, b := c.enrol(token, 'a'), c.enrol(token, 'b')
	if _, err := c.Admit(t.Context(), c.call('a', "1", 1)); err != nil {
		t.Fatal(err)
	}
	c.wait(time.Minute)
	if err := c.Revoke(t.Context(), "user ona", a.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.Admit(t.Context(), c.call('a', "1", 2)); codeOf(t, err) != wire.CodeUnknownAgent {
			t.Errorf("got %v", err)
		}
		if _, err := c.Enrol(t.Context(), request(token, 'a'), ""); codeOf(t, err) != wire.CodeUnknownAgent {
			t.Errorf("its secret again: %v", err)
		}
		if _, err := c.Admit(t.Context(), c.call('b', "1", 2)); codeOf(t, err) != "" && codeOf(t, err) != wire.CodeReplayed {
			t.Errorf("the other one: %v", err)
		}
		if got, err := c.Agent(t.Context(), a.ID); err != nil || !got.Revoked.Equal(t0.Add(time.Minute)) || got.RevokedBy != "user ona" {
			t.Errorf("got %+v, %v", got, err)
		}
		if heard := c.Heard(); len(heard) != 1 || heard[b.Device].IsZero() {
			t.Errorf("heard %v", heard)
		}
		c.restart(true)
	}
	if err := c.Revoke(t.Context(), "user ona", "nobody"); !errors.Is(err, enrolment.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAfterAMergeTheAgentIsOfTheOldDevice(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main"})
	old := c.enrol(token, 'a')
	living := c.enrol(token, 'l')
	c.wait(time.Hour)
	fresh := c.enrol(token, 'b') // the disk of old was wiped
	if err := c.Rebind(t.Context(), fresh.Device, old.Device); err != nil {
		t.Fatal(err)
	}
	c.restart(true)
	if got, err := c.Agent(t.Context(), fresh.ID); err != nil || got.Device != old.Device || !got.Revoked.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := c.Agent(t.Context(), old.ID); err != nil || got.Revoked.IsZero() {
		t.Errorf("the identity that was wiped: %+v, %v", got, err)
	}
	// One that was heard since is not wiped.
	c.wait(time.Minute)
	if _, err := c.Admit(t.Context(), c.call('l', "1", 1)); err != nil {
		t.Fatal(err)
	}
	if err := c.Rebind(t.Context(), old.Device, living.Device); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Agent(t.Context(), living.ID); err != nil || !got.Revoked.IsZero() {
		t.Errorf("a living one: %+v, %v", got, err)
	}
}

func TestClocksAreCorrectedWithoutWandering(t *testing.T) {
	for name, steps := range map[string][]struct{ behind, want time.Duration }{
		"right, with some delay": {{0, 0}, {3 * time.Second, 0}, {29 * time.Second, 0}, {-29 * time.Second, 0}},
		"behind":                 {{time.Hour, time.Hour}, {time.Hour + 4*time.Second, time.Hour}, {time.Hour - 5*time.Second, time.Hour}, {time.Hour + 6*time.Second, time.Hour + 6*time.Second}},
		"ahead":                  {{-24 * time.Hour, -24 * time.Hour}, {-24*time.Hour + 2*time.Second, -24 * time.Hour}},
		"set right again":        {{time.Hour, time.Hour}, {time.Second, 0}},
		"at the limit":           {{29 * time.Second, 0}, {31 * time.Second, 31 * time.Second}, {29 * time.Second, 31 * time.Second}, {24 * time.Second, 0}, {29 * time.Second, 0}},
		"in the year 1970":       {{t0.Sub(time.Unix(0, 0)), t0.Sub(time.Unix(0, 0))}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCollector(t)
			a := c.enrol(c.token(enrolment.NewToken{Site: "main"}), 'a')
			for i, s := range steps {
				call := c.call('a', "1", uint64(i+1))
				call.Sent = c.clock().Add(-s.behind)
				got, err := c.Admit(t.Context(), call)
				if err != nil || got.Offset != s.want || got.Agent.ClockOffset != s.want || got.Agent.ID != a.ID {
					t.Errorf("step %d: got %s, %v, want %s", i, got.Offset, err, s.want)
				}
				c.restart(false)
			}
		})
	}
}

func TestWhatRequestsChangeIsStoredTogether(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main", Uses: 100})
	var agents []enrolment.Agent
	for i := range 20 {
		agents = append(agents, c.enrol(token, byte('a'+i)))
	}
	c.wait(time.Minute)
	for i := range agents {
		call := c.call(byte('a'+i), "1", 7)
		call.Address = "192.0.2.9"
		if _, err := c.Admit(t.Context(), call); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Note(t.Context(), agents[0].ID, enrolment.About{Hostname: "NEW", Version: "2.0"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Note(t.Context(), "nobody", enrolment.About{}); !errors.Is(err, enrolment.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	size := func() uint64 {
		info, err := os.Stat(c.path)
		if err != nil {
			t.Fatal(err)
		}
		return uint64(info.ModTime().UnixNano())
	}
	written := size()
	if _, err := c.Admit(t.Context(), c.call('a', "1", 8)); err != nil || size() != written {
		t.Error("a request wrote to the disk", err)
	}
	c.restart(false)
	for i, a := range agents {
		got, err := c.Agent(t.Context(), a.ID)
		if err != nil || !got.Seen.Equal(t0.Add(time.Minute)) || i > 0 && got.Address != "192.0.2.9" {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := c.Admit(t.Context(), c.call(byte('a'+i), "1", 7)); codeOf(t, err) != wire.CodeReplayed {
			t.Errorf("a request of before the restart: %v", err)
		}
	}
	if got, err := c.Agent(t.Context(), agents[0].ID); err != nil || got.Hostname != "NEW" || got.Version != "2.0" || got.System != "windows" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// failing is a store that cannot write for a while.
type failing struct {
	*memory
	err error
}

func (f *failing) PutAgents(ctx context.Context, records []enrolment.Record) error {
	if f.err != nil {
		return f.err
	}
	return f.memory.PutAgents(ctx, records)
}

func TestAFullDiskNeitherKeepsAgentsOutNorUndoesARevocation(t *testing.T) {
	store := &failing{memory: newMemory()}
	open := func() *enrolment.Control {
		c, err := enrolment.Open(enrolment.Options{Store: store, Devices: &devices{}, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return t0 }})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open()
	secret, _, err := c.CreateToken(t.Context(), "ona", enrolment.NewToken{Site: "main"})
	if err != nil {
		t.Fatal(err)
	}
	var agents []enrolment.Agent
	for _, letter := range []byte("ab") {
		a, err := c.Enrol(t.Context(), request(secret.Reveal(), letter), "")
		if err != nil {
			t.Fatal(err)
		}
		agents = append(agents, a)
	}
	call := func(letter byte, sequence uint64) wire.Code {
		_, err := c.Admit(t.Context(), enrolment.Call{Secret: agentSecret(letter), Nonce: "1", Sequence: sequence, Sent: t0})
		return codeOf(t, err)
	}
	store.err = errors.New("no space left on device")
	if code := call('a', 5); code != "" {
		t.Errorf("refused with %s", code)
	}
	if err := c.Flush(t.Context()); !errors.Is(err, store.err) {
		t.Errorf("got %v", err)
	}
	if err := c.Revoke(t.Context(), "ona", agents[1].ID); !errors.Is(err, store.err) {
		t.Errorf("got %v", err)
	}
	if code := call('b', 1); code != wire.CodeUnknownAgent {
		t.Errorf("revoked, and got %q", code)
	}
	store.err = nil
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open()
	if call('a', 5) != wire.CodeReplayed || call('b', 1) != wire.CodeUnknownAgent {
		t.Error("what could not be stored at first was not stored later")
	}
}

func TestSecretsAreNotInTheFile(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main"})
	c.enrol(token, 'a')
	c.restart(false)
	content, err := os.ReadFile(c.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{token, agentSecret('a'), strings.TrimPrefix(token, wire.EnrolTokenPrefix)} {
		if bytes.Contains(content, []byte(secret)) {
			t.Error("a secret is in the file")
		}
	}
}

func TestRunStoresAtItsEnd(t *testing.T) {
	c := newCollector(t)
	c.enrol(c.token(enrolment.NewToken{Site: "main"}), 'a')
	if _, err := c.Admit(t.Context(), c.call('a', "1", 5)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	c.restart(true)
	if _, err := c.Admit(t.Context(), c.call('a', "1", 5)); codeOf(t, err) != wire.CodeReplayed {
		t.Errorf("got %v", err)
	}
}

func TestMetricsAreThoseOfTheCatalogue(t *testing.T) {
	c := newCollector(t)
	token := c.token(enrolment.NewToken{Site: "main"})
	a := c.enrol(token, 'a')
	c.enrol(token, 'b')
	c.enrol(token, 'c')
	if err := c.Revoke(t.Context(), "ona", a.ID); err != nil {
		t.Fatal(err)
	}
	const want = `# HELP budi_agents Agents that are enrolled and not revoked.
# TYPE budi_agents gauge
budi_agents 2
# HELP budi_agents_revoked Agents that were revoked and are still remembered.
# TYPE budi_agents_revoked gauge
budi_agents_revoked 1
`
	if err := testutil.GatherAndCompare(c.registry, strings.NewReader(want), "budi_agents", "budi_agents_revoked"); err != nil {
		t.Error(err)
	}
	families, err := c.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !slices.ContainsFunc(metric.All(), func(d metric.Def) bool {
			return d.Name == f.GetName() && d.Help == f.GetHelp() && strings.EqualFold(string(d.Type), f.GetType().String())
		}) {
			t.Errorf("%s is not in the catalogue like this", f.GetName())
		}
	}
}

func BenchmarkAdmit(b *testing.B) {
	now := t0
	c, err := enrolment.Open(enrolment.Options{Store: newMemory(), Devices: &devices{}, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	secret, _, err := c.CreateToken(b.Context(), "ona", enrolment.NewToken{Site: "main", Uses: 60})
	if err != nil {
		b.Fatal(err)
	}
	for letter := byte('A'); letter <= 'Z'; letter++ {
		if _, err := c.Enrol(b.Context(), request(secret.Reveal(), letter), ""); err != nil {
			b.Fatal(err)
		}
	}
	var sequence uint64
	for b.Loop() {
		sequence++
		call := enrolment.Call{Secret: agentSecret('A' + byte(rand.IntN(26))), Nonce: "1", Sequence: sequence, Sent: now}
		if _, err := c.Admit(b.Context(), call); err != nil {
			b.Fatal(err)
		}
	}
}

// What a stranger says of a computer is printed on the keeper's terminal.
func TestNamesCannotSteerATerminal(t *testing.T) {
	c := newCollector(t)
	r := request(c.token(enrolment.NewToken{Site: "main"}), 'a')
	r.Hostname, r.System, r.Version = "pc\x1b]0;owned\x07\n-1", "win\u202edows", "1\u009b2J"
	a, err := c.Enrol(t.Context(), r, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	check := func(when, hostname string) {
		t.Helper()
		got, err := c.Agent(t.Context(), a.ID)
		if err != nil || got.Hostname != hostname || got.System != "win dows" || got.Version != "1 2J" {
			t.Errorf("%s: %q, %q, %q, %v", when, got.Hostname, got.System, got.Version, err)
		}
	}
	check("enrolled", "pc ]0;owned  -1")
	if err := c.Note(t.Context(), a.ID, enrolment.About{Hostname: "\x1b[1mpc\r", System: "win\u2066dows", Version: "1\x002J"}); err != nil {
		t.Fatal(err)
	}
	check("reported", "[1mpc")
}
