package access_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// cheap makes hashing fast; what it costs is not what these tests are about.
var cheap = access.Hashing{MemoryKiB: 64, Passes: 1, Threads: 1}

var (
	local  = access.Local("tester")
	school = netip.MustParseAddr("192.0.2.10")
)

const password = "šaltas vanduo upėje"

// fixture is a Control on a real store with a clock of its own.
type fixture struct {
	*access.Control
	t        testing.TB
	registry *prometheus.Registry
	options  access.Options

	mu  sync.Mutex
	now time.Time
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	dir := t.TempDir()
	store, err := boltstore.Open(filepath.Join(dir, "budi.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	key, created, err := access.LoadKey(filepath.Join(dir, "secret.key"))
	if err != nil || !created {
		t.Fatalf("LoadKey: created %v, err %v", created, err)
	}
	f := &fixture{t: t, registry: prometheus.NewRegistry(), now: time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)}
	f.options = access.Options{Store: store, Key: key, Logger: slog.New(slog.DiscardHandler), Registerer: f.registry, Hashing: cheap, Now: f.clock}
	f.Control, err = access.Open(f.options)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func (f *fixture) addUser(login string, role access.Role) {
	f.t.Helper()
	_, err := f.CreateUser(f.t.Context(), local, access.NewUser{Login: login, Name: "Rasa", Lang: i18n.Lithuanian, Role: role, Password: secret.New(password)})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) login(login, pw string) (string, error) {
	session, _, err := f.Login(f.t.Context(), login, secret.New(pw), access.Client{Address: school, Browser: "Firefox, Linux"})
	return session, err
}

func TestALoginGivesASessionOfTheUser(t *testing.T) {
	f := newFixture(t)
	f.addUser("Rasa@Example.lt", access.Operator)
	session, err := f.login(" rasa@example.LT ", password)
	if err != nil {
		t.Fatal(err)
	}
	id, err := f.Session(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	if id.Login != "rasa@example.lt" || id.Role != access.Operator || id.Kind != access.KindUser || id.Lang != i18n.Lithuanian {
		t.Errorf("got %+v", id)
	}
	// One letter as two code points is the same letter.
	if _, err := f.login("rasa@example.lt", strings.Replace(password, "š", "s\u030c", 1)); err != nil {
		t.Errorf("the password typed on another keyboard: %v", err)
	}
	if err := f.Logout(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("after the log-out: %v", err)
	}
}

func TestAWrongPasswordAndAnUnknownUserLookTheSame(t *testing.T) {
	f := newFixture(t)
	f.addUser("rasa", access.Viewer)
	_, wrong := f.login("rasa", "not the password")
	_, unknown := f.login("nobody", "not the password")
	_, long := f.login("rasa", strings.Repeat("x", 5000))
	for _, err := range []error{wrong, unknown, long} {
		if !errors.Is(err, access.ErrWrongPassword) || err.Error() != access.ErrWrongPassword.Error() {
			t.Errorf("got %v", err)
		}
	}
	if n := testutil.ToFloat64(f.counter("refused")); n != 3 {
		t.Errorf("counted %v refused log-ins, want 3", n)
	}
}

// counter reads one of the log-in counters from the registry.
func (f *fixture) counter(result string) prometheus.Collector {
	f.t.Helper()
	families, err := f.registry.Gather()
	if err != nil {
		f.t.Fatal(err)
	}
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "x"})
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "budi_logins_total" && m.GetLabel()[0].GetValue() == result {
				g.Set(m.GetCounter().GetValue())
			}
		}
	}
	return g
}

func TestSessionsEnd(t *testing.T) {
	t.Run("after seven days without a request", func(t *testing.T) {
		f := newFixture(t)
		f.addUser("rasa", access.Viewer)
		session, err := f.login("rasa", password)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			f.pass(6 * 24 * time.Hour)
			if _, err := f.Session(t.Context(), session); err != nil {
				t.Fatalf("a session in use: %v", err)
			}
		}
		f.pass(7 * 24 * time.Hour)
		if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("thirty days after the log-in, used or not", func(t *testing.T) {
		f := newFixture(t)
		f.addUser("rasa", access.Viewer)
		session, err := f.login("rasa", password)
		if err != nil {
			t.Fatal(err)
		}
		for range 29 {
			f.pass(24 * time.Hour)
			if _, err := f.Session(t.Context(), session); err != nil {
				t.Fatal(err)
			}
		}
		f.pass(24 * time.Hour)
		if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when the password changes", func(t *testing.T) {
		f := newFixture(t)
		f.addUser("rasa", access.Viewer)
		f.addUser("jonas", access.Viewer)
		session, _ := f.login("rasa", password)
		other, _ := f.login("jonas", password)
		f.pass(time.Second)
		if err := f.SetPassword(t.Context(), local, "Rasa", secret.New("visai kitas slaptažodis")); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Session(t.Context(), session); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("got %v", err)
		}
		if _, err := f.Session(t.Context(), other); err != nil {
			t.Errorf("another user's session ended: %v", err)
		}
		if _, err := f.login("rasa", password); !errors.Is(err, access.ErrWrongPassword) {
			t.Errorf("the old password: %v", err)
		}
		if _, err := f.login("rasa", "visai kitas slaptažodis"); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
	t.Run("the oldest, when there are too many", func(t *testing.T) {
		f := newFixture(t)
		f.addUser("rasa", access.Viewer)
		var sessions []string
		for range access.MaxSessions + 1 {
			f.pass(time.Second)
			s, err := f.login("rasa", password)
			if err != nil {
				t.Fatal(err)
			}
			sessions = append(sessions, s)
		}
		for i, s := range sessions {
			_, err := f.Session(t.Context(), s)
			if ended := errors.Is(err, access.ErrUnauthenticated); ended != (i == 0) {
				t.Errorf("session %d: %v", i, err)
			}
		}
	})
}

func TestLoginsAreSlowedDown(t *testing.T) {
	try := func(f *fixture, login string, from netip.Addr) time.Duration {
		_, _, err := f.Login(t.Context(), login, secret.New("guess guess"), access.Client{Address: from})
		var throttled *access.ThrottledError
		if errors.As(err, &throttled) {
			return throttled.RetryAfter
		}
		if !errors.Is(err, access.ErrWrongPassword) {
			t.Fatalf("got %v", err)
		}
		return 0
	}
	t.Run("an account after five failures, the wait doubling up to a minute", func(t *testing.T) {
		f := newFixture(t)
		f.addUser("rasa", access.Viewer)
		for i := range 5 {
			if wait := try(f, "rasa", netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})); wait != 0 {
				t.Fatalf("attempt %d waits %v", i, wait)
			}
		}
		want := time.Second
		for i := range 12 {
			wait := try(f, "rasa", netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
			if wait != want {
				t.Fatalf("round %d waits %v, want %v", i, wait, want)
			}
			if _, err := f.login("rasa", password); err == nil {
				t.Fatal("the right password passed while the account waits")
			}
			f.pass(wait)
			if again := try(f, "rasa", netip.AddrFrom4([4]byte{203, 0, 113, byte(i)})); again != 0 {
				t.Fatalf("round %d after the wait: %v", i, again)
			}
			want = min(2*want, time.Minute)
		}
		f.pass(time.Minute)
		if _, err := f.login("rasa", password); err != nil {
			t.Fatalf("the owner after a minute: %v", err)
		}
		if wait := try(f, "rasa", school); wait != 0 {
			t.Errorf("after a success the count begins anew; waits %v", wait)
		}
	})
	t.Run("an address after twenty failures at any accounts", func(t *testing.T) {
		f := newFixture(t)
		for i := range 20 {
			if wait := try(f, fmt.Sprint("user", i), school); wait != 0 {
				t.Fatalf("attempt %d waits %v", i, wait)
			}
		}
		if wait := try(f, "another", school); wait == 0 {
			t.Error("attempt 21 does not wait")
		}
		if wait := try(f, "another", netip.MustParseAddr("192.0.2.11")); wait != 0 {
			t.Errorf("another address waits %v", wait)
		}
		f.pass(2 * time.Hour)
		if wait := try(f, "another", school); wait != 0 {
			t.Errorf("after two quiet hours: waits %v", wait)
		}
	})
	t.Run("an IPv6 customer as one address", func(t *testing.T) {
		f := newFixture(t)
		for i := range 20 {
			try(f, fmt.Sprint("user", i), netip.MustParseAddr(fmt.Sprintf("2001:db8:1:2::%x", i+1)))
		}
		if wait := try(f, "another", netip.MustParseAddr("2001:db8:1:2:ffff::1")); wait == 0 {
			t.Error("the same /64 does not wait")
		}
		if wait := try(f, "another", netip.MustParseAddr("2001:db8:1:3::1")); wait != 0 {
			t.Errorf("another /64 waits %v", wait)
		}
	})
	t.Run("attempts side by side count too", func(t *testing.T) {
		f := newFixture(t)
		f.addUser("rasa", access.Viewer)
		var group sync.WaitGroup
		results := make(chan error, 15)
		for range cap(results) {
			group.Go(func() {
				_, _, err := f.Login(context.Background(), "rasa", secret.New("guess guess"), access.Client{Address: school})
				results <- err
			})
		}
		group.Wait()
		close(results)
		tried := 0
		for err := range results {
			if errors.Is(err, access.ErrWrongPassword) {
				tried++
			}
		}
		if tried > 5 {
			t.Errorf("%d guesses were tried at once, want at most 5", tried)
		}
	})
}

func TestWhatAUserMayBeCalled(t *testing.T) {
	f := newFixture(t)
	good := access.NewUser{Login: "rasa", Name: "Rasa", Lang: i18n.English, Role: access.Viewer, Password: secret.New(password)}
	for _, tc := range []struct {
		name  string
		edit  func(*access.NewUser)
		field string
	}{
		{"a login is needed", func(n *access.NewUser) { n.Login = "  " }, "login"},
		{"a login has no spaces", func(n *access.NewUser) { n.Login = "rasa petraitė" }, "login"},
		{"a login has no control characters", func(n *access.NewUser) { n.Login = "rasa\x00" }, "login"},
		{"a login is more than dots, which browsers take out of an address", func(n *access.NewUser) { n.Login = ".." }, "login"},
		{"a login is text", func(n *access.NewUser) { n.Login = "rasa\xff" }, "login"},
		{"a login is bounded", func(n *access.NewUser) { n.Login = strings.Repeat("a", 255) }, "login"},
		{"a name is bounded", func(n *access.NewUser) { n.Name = strings.Repeat("ą", 101) }, "name"},
		{"a name is one line", func(n *access.NewUser) { n.Name = "Rasa\nAdmin" }, "name"},
		{"a password has ten characters, not ten bytes", func(n *access.NewUser) { n.Password = secret.New("ąčęėįšųūž") }, "password"},
		{"a password is bounded", func(n *access.NewUser) { n.Password = secret.New(strings.Repeat("x", 1025)) }, "password"},
		{"a role is one of ours", func(n *access.NewUser) { n.Role = "root" }, "role"},
		{"a language is one of ours", func(n *access.NewUser) { n.Lang = "de" }, "language"},
		{"a site is an ID", func(n *access.NewUser) { n.Sites = []string{"Mokykla Nr. 1"} }, "sites"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := good
			tc.edit(&n)
			_, err := f.CreateUser(t.Context(), local, n)
			problems := access.Problems(err)
			if len(problems) != 1 || problems[0].Field != tc.field || problems[0].Want == "" {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := f.CreateUser(t.Context(), local, good); err != nil {
		t.Fatal(err)
	}
	good.Login = "RASA"
	if _, err := f.CreateUser(t.Context(), local, good); !errors.Is(err, access.ErrExists) {
		t.Errorf("the same login in capitals: %v", err)
	}
	n := access.NewUser{Login: "a b", Password: secret.New("short"), Role: "x", Lang: "x"}
	if _, err := f.CreateUser(t.Context(), local, n); len(access.Problems(err)) < 4 {
		t.Errorf("not every problem is told at once: %v", err)
	}
}

func TestTheSetupLinkWorksOnce(t *testing.T) {
	f := newFixture(t)
	token, needed, err := f.SetupToken(t.Context())
	if err != nil || !needed {
		t.Fatalf("needed %v, err %v", needed, err)
	}
	if _, err := f.Setup(t.Context(), "wrong", access.NewUser{}); !errors.Is(err, access.ErrSetupOver) {
		t.Errorf("a wrong value: %v", err)
	}

	// Another start: the old link is worthless.
	o := f.options
	o.Registerer = nil
	again, err := access.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.CheckSetup(t.Context(), token); !errors.Is(err, access.ErrSetupOver) {
		t.Errorf("the link of an earlier start: %v", err)
	}

	// Many browsers at once: one wins.
	var group sync.WaitGroup
	results := make(chan error, 8)
	for i := range cap(results) {
		group.Go(func() {
			_, err := f.Setup(context.Background(), token, access.NewUser{Login: fmt.Sprint("admin", i), Name: "A", Lang: i18n.English, Password: secret.New(password)})
			results <- err
		})
	}
	group.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, access.ErrSetupOver) {
			t.Errorf("a loser got %v", err)
		}
	}
	users, err := f.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if won != 1 || len(users) != 1 || users[0].Role != access.Administrator {
		t.Errorf("%d won, users %+v", won, users)
	}
	if _, needed, _ := f.SetupToken(t.Context()); needed {
		t.Error("the link is still given out")
	}
}

func TestAPITokens(t *testing.T) {
	f := newFixture(t)
	plain, tok, err := f.CreateToken(t.Context(), local, "Grafana", access.Viewer, []string{"mokykla"}, f.clock().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	value := plain.Reveal()
	if !strings.HasPrefix(value, "budi_") || len(value) != 48 || strings.Contains(fmt.Sprint(plain, tok), value) {
		t.Errorf("token %q", value)
	}
	id, err := f.Token(t.Context(), value)
	if err != nil || id.Kind != access.KindToken || id.Role != access.Viewer || len(id.Sites) != 1 {
		t.Fatalf("got %+v, %v", id, err)
	}
	if _, _, err := f.CreateToken(t.Context(), local, "Grafana", access.Viewer, nil, time.Time{}); !errors.Is(err, access.ErrExists) {
		t.Errorf("a second one of the name: %v", err)
	}
	if _, _, err := f.CreateToken(t.Context(), local, " .. ", access.Viewer, nil, time.Time{}); len(access.Problems(err)) != 1 {
		t.Errorf("one that no page could revoke: %v", err)
	}
	if _, _, err := f.CreateToken(t.Context(), local, "past", access.Viewer, nil, f.clock()); len(access.Problems(err)) != 1 {
		t.Errorf("one that has expired: %v", err)
	}

	lastUsed := func() time.Time {
		tokens, err := f.Tokens(t.Context())
		if err != nil || len(tokens) != 1 {
			t.Fatalf("tokens %v, %v", tokens, err)
		}
		return tokens[0].LastUsed
	}
	first := lastUsed()
	if !first.Equal(f.clock()) {
		t.Errorf("last used %v, want %v", first, f.clock())
	}
	f.pass(59 * time.Minute)
	if _, err := f.Token(t.Context(), value); err != nil {
		t.Fatal(err)
	}
	if !lastUsed().Equal(first) {
		t.Error("the last use was written twice within an hour")
	}
	f.pass(time.Minute)
	if _, err := f.Token(t.Context(), value); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("after it expired: %v", err)
	}

	plain, _, err = f.CreateToken(t.Context(), local, "old tool", access.Viewer, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.RevokeToken(t.Context(), local, "old tool"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Token(t.Context(), plain.Reveal()); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("after it was revoked: %v", err)
	}
	if err := f.RevokeToken(t.Context(), local, "old tool"); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
	for _, bad := range []string{"", "budi_", value[:47], value + "x", "x" + value[1:]} {
		if _, err := f.Token(t.Context(), bad); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("token %q: %v", bad, err)
		}
	}
}

func TestTheStoreHoldsNoSecret(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "budi.db")
	store, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := access.LoadKey(filepath.Join(dir, "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := access.Open(access.Options{Store: store, Key: key, Logger: slog.New(slog.DiscardHandler)}) // the real cost, once
	if err != nil {
		t.Fatal(err)
	}
	n := access.NewUser{Login: "rasa", Lang: i18n.English, Role: access.Viewer, Password: secret.New("findable password")}
	if _, err := c.CreateUser(t.Context(), local, n); err != nil {
		t.Fatal(err)
	}
	session, _, err := c.Login(t.Context(), "rasa", n.Password, access.Client{Address: school})
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := c.CreateToken(t.Context(), local, "x", access.Viewer, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"findable password", session, plain.Reveal(), strings.TrimPrefix(plain.Reveal(), "budi_")} {
		if strings.Contains(string(data), s) {
			t.Errorf("the database holds %q", s)
		}
	}
	if !strings.Contains(string(data), "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error("the database does not hold the hash with its parameters")
	}
}

func TestAuditKeepsTheNewest(t *testing.T) {
	f := newFixture(t)
	store := f.options.Store
	for i := range 25 {
		if err := store.AppendAudit(t.Context(), access.Entry{Action: fmt.Sprint(i)}, 10); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := f.AuditTail(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 10 || entries[0].Action != "24" || entries[9].Action != "15" {
		t.Errorf("got %d entries: %+v", len(entries), entries)
	}
	if err := f.Audit(t.Context(), access.Entry{Actor: "user x", Action: "a", Detail: strings.Repeat("ž", 1000) + "\xff"}); err != nil {
		t.Fatal(err)
	}
	entries, _ = f.AuditTail(t.Context(), 1)
	if e := entries[0]; len(e.Detail) > 500 || !e.Time.Equal(f.clock()) {
		t.Errorf("%d bytes at %v", len(e.Detail), e.Time)
	}
}

func TestEveryChangeIsInTheAudit(t *testing.T) {
	f := newFixture(t)
	token, _, _ := f.SetupToken(t.Context())
	if _, err := f.Setup(t.Context(), token, access.NewUser{Login: "rasa", Lang: i18n.English, Password: secret.New(password)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.login("rasa", password); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.CreateToken(t.Context(), local, "g", access.Viewer, nil, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := f.RevokeToken(t.Context(), local, "g"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetPassword(t.Context(), local, "rasa", secret.New(password+"!")); err != nil {
		t.Fatal(err)
	}
	entries, err := f.AuditTail(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Actor+": "+e.Action+" "+e.Object)
	}
	want := []string{
		"local tester: user.password rasa", "local tester: token.revoke g", "local tester: token.add g",
		"user rasa: session.begin rasa", "set-up link: user.add rasa",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRolesGrow(t *testing.T) {
	roles := access.Roles()
	for i, have := range roles {
		for j, need := range roles {
			if have.Allows(need) != (i >= j) {
				t.Errorf("%s allows %s: %v", have, need, have.Allows(need))
			}
		}
		if access.Role("").Allows(have) || have.Allows("") || access.Role("root").Allows(have) || have.Allows("root") {
			t.Errorf("what is no role has rights with %s", have)
		}
	}
}
