package enrolment

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

// Call is what a request of an agent says of itself.
type Call struct {
	Secret   string
	Nonce    string // wire.HeaderNonce
	Sequence uint64
	Machine  string // wire.Machine.Fingerprint; may be empty
	Address  string // where it comes from
	Sent     time.Time
}

// Admission is whose request it is.
type Admission struct {
	Agent Agent
	// Offset is to be added to the times of what the agent sends; 0 while its
	// clock is right to half a minute.
	Offset time.Duration

	wanted string // wire.Assignment.Version
}

// Admit says whose request it is. It fails with a *RefusedError whose code is
// wire.CodeUnknownAgent, CodeReplayed, CodeCloned, or CodeBusy while it is not
// known yet whether two computers live (see Presence). It waits for nothing.
func (c *Control) Admit(_ context.Context, call Call) (Admission, error) {
	now, sum := c.now(), hashOf(call.Secret)
	// What is wanted of the agent is asked without the lock: it is somebody
	// else's code.
	known, err := c.living(sum)
	if err != nil {
		return Admission{}, err
	}
	wanted := c.assignment(known)
	quiet := max(quietAtLeast, quietPushes*wanted.PushInterval)

	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.bySum[sum]
	if r == nil || !r.Revoked.IsZero() {
		return Admission{}, unknownAgent()
	}
	var was Rival
	if r.Presence.Rival != nil {
		was = *r.Presence.Rival
	}
	life := Life{Nonce: call.Nonce, Sequence: call.Sequence, Machine: call.Machine, Address: call.Address, Seen: now}
	v := r.Presence.judge(life, r.Machine.Fingerprint(), quiet)
	if v != replayed {
		c.dirty[r.ID] = true
	}
	c.tell(r, was)
	switch v {
	case replayed:
		return Admission{}, refusal(wire.CodeReplayed, 0, "this nonce has used the sequence number "+strconv.FormatUint(call.Sequence, 10)+" or a higher one already; go on with a new nonce")
	case cloned:
		return Admission{}, refusal(wire.CodeCloned, 0, "another computer, at "+r.Address+", lives under this identity: the disk was copied; remove the agent's state file on one of them and enrol it anew")
	case waiting:
		current := r.Presence.Lives[len(r.Presence.Lives)-1]
		wait := max(time.Second, quiet-now.Sub(current.Seen))
		return Admission{}, refusal(wire.CodeBusy, min(wait, quiet), "the hardware is another than before; the request is let in when no other computer is heard under this identity")
	}
	r.Seen, r.Address = now, call.Address
	r.ClockOffset = nextOffset(r.ClockOffset, now.Sub(call.Sent))
	return Admission{Agent: r.clone().Agent, Offset: r.ClockOffset, wanted: wanted.Version}, nil
}

// living returns the agent with a secret's hash that is not revoked.
func (c *Control) living(sum Hash) (Agent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.bySum[sum]
	if r == nil || !r.Revoked.IsZero() {
		return Agent{}, unknownAgent()
	}
	return r.clone().Agent, nil
}

func unknownAgent() *RefusedError {
	return refusal(wire.CodeUnknownAgent, 0, "no agent has this secret, or it was revoked; enrol anew with a token that the keeper of the collector makes")
}

func refusal(code wire.Code, retryAfter time.Duration, reason string) *RefusedError {
	return &RefusedError{Code: code, Reason: reason, RetryAfter: retryAfter}
}

// tell logs when a clone is found; was is the rival before, if there was one.
func (c *Control) tell(r *Record, was Rival) {
	if is := r.Presence.Rival; is != nil && !is.Since.IsZero() && was.Since.IsZero() {
		c.log.Warn("two computers live under one identity; one is refused", "agent", r.ID, "device", r.Device, "site", r.Site, "other_address", is.Address)
	}
}

// Clone is an agent under whose identity two computers live.
type Clone struct {
	Agent        string    `json:"agent"`
	Device       string    `json:"device"`
	Site         string    `json:"site"`
	Address      string    `json:"address"`       // of the one that is let in
	OtherAddress string    `json:"other_address"` // of the one that is refused
	Since        time.Time `json:"since"`         // when it was found
	Seen         time.Time `json:"seen"`          // when the refused one last knocked
}

// Clones lists the agents under whose identity two computers live, by device.
func (c *Control) Clones() []Clone {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []Clone
	for _, r := range c.agents {
		rival := r.Presence.Rival
		if rival == nil || rival.Since.IsZero() || r.Presence.over(now) || !r.Revoked.IsZero() {
			continue
		}
		out = append(out, Clone{
			Agent: r.ID, Device: r.Device, Site: r.Site, Address: r.Address, OtherAddress: rival.Address, Since: rival.Since, Seen: rival.Seen,
		})
	}
	slices.SortFunc(out, func(a, b Clone) int { return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Agent, b.Agent)) })
	return out
}
