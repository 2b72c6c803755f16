package enrolment

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// Bounds and defaults of enrolment tokens.
const (
	DefaultTTL  = 24 * time.Hour
	MaxTTL      = 90 * 24 * time.Hour
	DefaultUses = 50
	MaxUses     = MaxAgents
)

// tokenKept is how long a token is remembered after it expired, so that an
// installer is told that it has expired, and a list shows what it was used for.
const tokenKept = 90 * 24 * time.Hour

// NewToken is what a keeper wants of a token.
type NewToken struct {
	Site  string
	TTL   time.Duration // how long it can be used; 0: DefaultTTL
	Uses  int           // how many agents it can enrol; 0: DefaultUses
	Class fleet.Class   // of the devices; empty: server or workstation, as the system calls itself
}

// check returns what cannot be.
func (n NewToken) check() error {
	var class error
	if n.Class != "" {
		_, class = fleet.ParseClass(string(n.Class))
	}
	var ttl, uses error
	if n.TTL <= 0 || n.TTL > MaxTTL {
		ttl = fmt.Errorf("the token can be valid for up to %d days, not %s", int(MaxTTL/(24*time.Hour)), n.TTL)
	}
	if n.Uses < 1 || n.Uses > MaxUses {
		uses = fmt.Errorf("the token can have 1 to %d uses, not %d", MaxUses, n.Uses)
	}
	if err := errors.Join(fleet.CheckID(n.Site), ttl, uses, class); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// CreateToken makes an enrolment token in the name of by and returns its
// secret (wire.EnrolToken.Secret), which nobody can read again. Whether there is
// such a site is for the caller to know. It fails with ErrInvalid or ErrFull.
func (c *Control) CreateToken(ctx context.Context, by string, n NewToken) (secret.String, Token, error) {
	if n.TTL == 0 {
		n.TTL = DefaultTTL
	}
	if n.Uses == 0 {
		n.Uses = DefaultUses
	}
	if err := n.check(); err != nil {
		return secret.String{}, Token{}, err
	}
	now := c.now()
	plain := wire.EnrolTokenPrefix + randomSecret()
	t := Token{Name: "enrol-" + randomID()[:8], Site: n.Site, Class: n.Class, By: by, Created: now, Expires: now.Add(n.TTL), Uses: n.Uses}
	if err := c.store.AddEnrolToken(ctx, hashOf(plain), t, MaxTokens, now.Add(-tokenKept)); err != nil {
		return secret.String{}, Token{}, fmt.Errorf("add enrolment token: %w", err)
	}
	return secret.New(plain), t, nil
}

// Tokens lists the enrolment tokens by name, also those that cannot be used any
// more, for tokenKept.
func (c *Control) Tokens(ctx context.Context) ([]Token, error) {
	tokens, err := c.store.EnrolTokens(ctx)
	if err != nil {
		return nil, fmt.Errorf("list enrolment tokens: %w", err)
	}
	return tokens, nil
}

// RevokeToken makes an enrolment token worthless at once. Agents that were
// enrolled with it stay. It fails with ErrNotFound.
func (c *Control) RevokeToken(ctx context.Context, name string) error {
	if err := c.store.RevokeEnrolToken(ctx, name, c.now()); err != nil {
		return fmt.Errorf("revoke enrolment token %q: %w", name, err)
	}
	return nil
}

// Enrol makes an agent of a computer that has a token. The same secret again
// returns the same agent and uses nothing up, whatever became of the token:
// the first answer may have been lost. It fails with a *RefusedError; any other
// error is ours. address is where the request came from.
//
// Should the collector be killed between making the device and storing the
// agent, the next attempt makes another device of the same hardware: two that
// are proposed for a merge.
func (c *Control) Enrol(ctx context.Context, r wire.EnrolRequest, address string) (Agent, error) {
	a, err := c.enrol(ctx, r, address)
	var refused *RefusedError
	if !errors.As(err, &refused) {
		return a, err
	}
	if wait := c.failures.Take(customer(address), c.now()); wait > 0 {
		return Agent{}, refusal(wire.CodeBusy, wait, "too many failed attempts to enrol came from this address; try again later")
	}
	c.log.Warn("an enrolment was refused", "code", refused.Code, "address", address, "hostname", r.Hostname)
	return Agent{}, refused
}

func (c *Control) enrol(ctx context.Context, r wire.EnrolRequest, address string) (Agent, error) {
	if err := r.Check(); err != nil {
		return Agent{}, &RefusedError{Code: wire.CodeBadRequest, Reason: err.Error()}
	}
	r.Hostname, r.System, r.Version = oneLine(r.Hostname), oneLine(r.System), oneLine(r.Version)
	c.enrolling.Lock()
	defer c.enrolling.Unlock()
	sum := hashOf(r.Secret)
	if a, found, err := c.enrolled(sum); found || err != nil {
		return a, err
	}
	key, t, err := c.token(ctx, r.Token)
	if err != nil {
		return Agent{}, err
	}
	drop, err := c.room()
	if err != nil {
		return Agent{}, err
	}
	now := c.now()
	class := t.Class
	switch {
	case class != "":
	case r.Server:
		class = fleet.Server
	default:
		class = fleet.Workstation
	}
	device, err := c.devices.Place(ctx, NewComputer{Site: t.Site, Hostname: r.Hostname, Class: class, Machine: r.Machine, At: now})
	if err != nil {
		return Agent{}, fmt.Errorf("make a device for %q: %w", r.Hostname, err)
	}
	record := Record{Secret: sum, Agent: Agent{
		ID: randomID(), Device: device, Site: t.Site, System: r.System, Version: r.Version, Hostname: r.Hostname, Machine: r.Machine,
		Enrolled: now, Token: t.Name, Seen: now, Address: address,
	}}
	if err := c.add(ctx, key, record, drop); err != nil {
		return Agent{}, err
	}
	c.log.Info("an agent was enrolled", "agent", record.ID, "device", device, "site", t.Site, "hostname", r.Hostname, "address", address, "token", t.Name)
	return record.Agent, nil
}

// enrolled returns the agent that has the secret already.
func (c *Control) enrolled(sum Hash) (a Agent, found bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.bySum[sum]
	switch {
	case r == nil:
		return Agent{}, false, nil
	case !r.Revoked.IsZero():
		return Agent{}, false, &RefusedError{Code: wire.CodeUnknownAgent, Reason: "the agent with this secret was revoked; enrol with another secret"}
	default:
		return r.clone().Agent, true, nil
	}
}

// token returns a token that can be used now.
func (c *Control) token(ctx context.Context, text string) (Hash, Token, error) {
	parsed, err := wire.ParseEnrolToken(text)
	if err != nil {
		return Hash{}, Token{}, &RefusedError{Code: wire.CodeTokenUnknown, Reason: err.Error()}
	}
	key := hashOf(parsed.Secret)
	t, err := c.store.EnrolToken(ctx, key)
	switch now := c.now(); {
	case errors.Is(err, ErrNotFound):
		return Hash{}, Token{}, &RefusedError{Code: wire.CodeTokenUnknown, Reason: "this collector has no such enrolment token; was it made by another one?"}
	case err != nil:
		return Hash{}, Token{}, fmt.Errorf("read enrolment token: %w", err)
	case !t.Revoked.IsZero():
		return Hash{}, Token{}, &RefusedError{Code: wire.CodeTokenUnknown, Reason: "the enrolment token was revoked; ask for a new one"}
	case !now.Before(t.Expires):
		return Hash{}, Token{}, &RefusedError{Code: wire.CodeTokenExpired, Reason: "the enrolment token expired at " + t.Expires.UTC().Format(time.RFC3339) + "; ask for a new one"}
	case t.Used >= t.Uses:
		return Hash{}, Token{}, &RefusedError{Code: wire.CodeTokenUsedUp, Reason: fmt.Sprintf("the enrolment token has been used %d times, as often as it can be; ask for a new one", t.Used)}
	}
	return key, t, nil
}

// room returns which agent has to go so that a new one can come: the one that
// was revoked first.
func (c *Control) room() (drop string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.agents) < MaxAgents {
		return "", nil
	}
	for id, r := range c.agents {
		if !r.Revoked.IsZero() && (drop == "" || r.Revoked.Before(c.agents[drop].Revoked)) {
			drop = id
		}
	}
	if drop == "" {
		return "", fmt.Errorf("enrol another agent beside %d: %w", MaxAgents, ErrFull)
	}
	return drop, nil
}

// add stores a new agent and then knows it.
func (c *Control) add(ctx context.Context, token Hash, r Record, drop string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	err := c.store.AddAgent(ctx, token, r, drop)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrFull) {
		return &RefusedError{Code: wire.CodeTokenUnknown, Reason: "the enrolment token was revoked at this moment; ask for a new one"}
	}
	if err != nil {
		return fmt.Errorf("store agent: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.agents[drop]; old != nil {
		delete(c.agents, drop)
		delete(c.bySum, old.Secret)
		delete(c.dirty, drop)
	}
	c.agents[r.ID], c.bySum[r.Secret] = &r, &r
	return nil
}

// oneLine makes a stranger's text harmless for a terminal: nothing in it moves
// the cursor, ends the line or turns the direction of writing.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?")))
}

// customer returns an address, or for IPv6 its /64: that is what one customer
// has.
func customer(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || !a.Is6() {
		return address
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// randomSecret returns 256 random bits in base64url.
func randomSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand since Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// randomID returns 64 random bits.
func randomID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
