package enrolment_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/wire"
)

var t0 = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)

// agentSecret makes a valid secret that is told apart by a letter.
func agentSecret(letter byte) string {
	return wire.AgentSecretPrefix + strings.Repeat(string(letter), 42) + "A"
}

// devices numbers the devices that it places.
type devices struct {
	mu     sync.Mutex
	placed []enrolment.NewComputer
	err    error
}

func (d *devices) Place(_ context.Context, n enrolment.NewComputer) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return "", d.err
	}
	d.placed = append(d.placed, n)
	return fmt.Sprintf("pc-%d", len(d.placed)), nil
}

// collector is a Control over a real store that can be started anew.
type collector struct {
	*enrolment.Control
	t        *testing.T
	path     string
	store    *boltstore.Store
	devices  *devices
	registry *prometheus.Registry

	pushes time.Duration // wire.Assignment.PushInterval

	mu  sync.Mutex
	now time.Time
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{t: t, path: filepath.Join(t.TempDir(), "budi.db"), devices: &devices{}, pushes: push, now: t0}
	c.start()
	t.Cleanup(func() { _ = c.store.Close() })
	return c
}

func (c *collector) start() {
	c.t.Helper()
	store, err := boltstore.Open(c.path, boltstore.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	c.store = store
	c.registry = prometheus.NewPedanticRegistry()
	c.Control, err = enrolment.Open(enrolment.Options{
		Store: store, Devices: c.devices, Logger: slog.New(slog.DiscardHandler), Registerer: c.registry, Now: c.clock, Start: "start-1",
		Assignment: func(a enrolment.Agent) wire.Assignment {
			w := wire.DefaultAssignment()
			w.Version, w.PushInterval = "for "+a.Device, c.pushes
			return w
		},
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// restart ends the collector, killed or in order, and starts another.
func (c *collector) restart(killed bool) {
	c.t.Helper()
	if !killed {
		if err := c.Close(); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := c.store.Close(); err != nil {
		c.t.Fatal(err)
	}
	c.start()
}

func (c *collector) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *collector) wait(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *collector) token(n enrolment.NewToken) string {
	c.t.Helper()
	secret, _, err := c.CreateToken(c.t.Context(), "user ona", n)
	if err != nil {
		c.t.Fatal(err)
	}
	return secret.Reveal()
}

func request(token string, letter byte) wire.EnrolRequest {
	return wire.EnrolRequest{
		Token: token, Secret: agentSecret(letter), Hostname: "PC-" + string(letter), System: "windows", Version: "1.0",
		Machine: wire.Machine{SystemUUID: "uuid-" + string(letter)},
	}
}

// enrol makes an agent.
func (c *collector) enrol(token string, letter byte) enrolment.Agent {
	c.t.Helper()
	a, err := c.Enrol(c.t.Context(), request(token, letter), "192.0.2.1")
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// call is a request of the agent with a letter.
func (c *collector) call(letter byte, nonce string, sequence uint64) enrolment.Call {
	return enrolment.Call{
		Secret: agentSecret(letter), Nonce: nonce, Sequence: sequence, Machine: request("", letter).Machine.Fingerprint(), Address: "192.0.2.1", Sent: c.clock(),
	}
}

// codeOf returns why a request was refused; "" when it was not.
func codeOf(t interface{ Fatal(...any) }, err error) wire.Code {
	var refused *enrolment.RefusedError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &refused):
		return refused.Code
	default:
		t.Fatal(err)
		return ""
	}
}

// memory is a Store that forgets nothing, quick enough for thousands of
// restarts. It copies what it is given, as a file does.
type memory struct {
	mu     sync.Mutex
	tokens map[enrolment.Hash]enrolment.Token
	agents map[string]enrolment.Record
}

func newMemory() *memory {
	return &memory{tokens: map[enrolment.Hash]enrolment.Token{}, agents: map[string]enrolment.Record{}}
}

func (m *memory) AddEnrolToken(_ context.Context, key enrolment.Hash, t enrolment.Token, _ int, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tokens[key] = t
	return nil
}

func (m *memory) EnrolToken(_ context.Context, key enrolment.Hash) (enrolment.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.tokens[key]
	if !ok {
		return t, enrolment.ErrNotFound
	}
	return t, nil
}

func (m *memory) EnrolTokens(context.Context) ([]enrolment.Token, error) {
	return slices.Collect(maps.Values(m.tokens)), nil
}

func (m *memory) RevokeEnrolToken(context.Context, string, time.Time) error { return nil }

func (m *memory) AddAgent(_ context.Context, _ enrolment.Hash, r enrolment.Record, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.agents[r.ID] = copied(r)
	return nil
}

func (m *memory) Agents(context.Context) ([]enrolment.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []enrolment.Record
	for _, r := range m.agents {
		out = append(out, copied(r))
	}
	return out, nil
}

func (m *memory) PutAgents(_ context.Context, records []enrolment.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range records {
		m.agents[r.ID] = copied(r)
	}
	return nil
}

func copied(r enrolment.Record) enrolment.Record {
	r.Presence.Lives, r.Presence.Returns = slices.Clone(r.Presence.Lives), slices.Clone(r.Presence.Returns)
	if r.Presence.Rival != nil {
		rival := *r.Presence.Rival
		r.Presence.Rival = &rival
	}
	return r
}
