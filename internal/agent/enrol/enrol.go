// Package enrol makes a computer known to its collector, once: it shows an
// enrolment token and brings back an identity. It keeps nothing; whoever calls
// it stores the identity.
package enrol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/budi-monitor/budi/internal/agent/link"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// ErrRefused says that the collector does not accept the token: trying again
// with it does not help.
var ErrRefused = errors.New("the collector refused the enrolment")

const (
	attempts = 4                // while the collector is busy, or an answer was lost
	maxPause = 30 * time.Second // between two attempts
)

// Request is what Enrol needs.
type Request struct {
	URL   string // of the collector
	Token string // as wire.EnrolToken writes it
	Proxy string // URL of a proxy; empty: as the environment says

	Hostname string
	System   string // GOOS
	Version  string
	Server   bool // the system calls itself a server edition
	Machine  wire.Machine

	// Secret of the agent, as wire.CheckAgentSecret wants it. Whoever asks again
	// with the same one gets the same identity, and uses nothing up.
	Secret secret.String

	Now func() time.Time // nil: time.Now; for certificates
}

// Enrol asks the collector for an identity. Its errors say what to do; those
// that wrap ErrRefused, or are about the shape of the request, stay when it is
// tried again.
func Enrol(ctx context.Context, r Request) (state.Identity, wire.Assignment, error) {
	identity, assignment, err := enrol(ctx, r)
	if err != nil {
		return state.Identity{}, wire.Assignment{}, fmt.Errorf("enrol: %w", err)
	}
	return identity, assignment, nil
}

func enrol(ctx context.Context, r Request) (state.Identity, wire.Assignment, error) {
	token, err := wire.ParseEnrolToken(r.Token)
	if err != nil {
		return state.Identity{}, wire.Assignment{}, err
	}
	ask := wire.EnrolRequest{
		Token: token.Secret, Secret: r.Secret.Reveal(), Hostname: r.Hostname, System: r.System, Server: r.Server, Version: r.Version, Machine: r.Machine,
	}
	if err := ask.Check(); err != nil {
		return state.Identity{}, wire.Assignment{}, err
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return state.Identity{}, wire.Assignment{}, fmt.Errorf("encode the request: %w", err)
	}
	o := link.Options{URL: r.URL, Fingerprint: token.CA, UserAgent: "budi-agent/" + r.Version, Now: r.Now}
	if r.Proxy != "" {
		proxy, err := url.Parse(r.Proxy)
		if err != nil || proxy.Host == "" {
			return state.Identity{}, wire.Assignment{}, errors.New("the proxy's address must look like http://proxy:3128")
		}
		o.Proxy = http.ProxyURL(proxy)
	}
	if u, err := link.ParseURL(r.URL); err == nil && u.Scheme != "https" && token.CA != [32]byte{} {
		return state.Identity{}, wire.Assignment{}, errors.New("the token names the authority of a collector with TLS: use its https:// address")
	}
	client, err := link.New(o)
	if err != nil {
		return state.Identity{}, wire.Assignment{}, err
	}
	defer client.Drop()
	reply, err := send(ctx, client, body)
	if err != nil {
		return state.Identity{}, wire.Assignment{}, err
	}
	return state.Identity{
		URL: r.URL, CA: client.CA(), Agent: reply.Agent, Device: reply.Device, Site: reply.Site, Secret: r.Secret, Proxy: r.Proxy,
	}, reply.Assignment, nil
}

// send asks until there is an answer that stays.
func send(ctx context.Context, client *link.Client, body []byte) (wire.EnrolReply, error) {
	for attempt := 1; ; attempt++ {
		reply, pause, err := once(ctx, client, body)
		if err == nil || pause == 0 || attempt == attempts {
			return reply, err
		}
		timer := time.NewTimer(min(pause, maxPause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return wire.EnrolReply{}, err
		}
	}
}

// once asks once. When pause is not 0, it may help to ask again after it.
func once(ctx context.Context, client *link.Client, body []byte) (reply wire.EnrolReply, pause time.Duration, err error) {
	answer, err := client.Post(ctx, wire.PathEnrol, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		if errors.Is(err, link.ErrLost) {
			pause = time.Second
		}
		return reply, pause, err
	}
	switch code := answer.Refusal.Code; {
	case answer.Success():
		return read(answer)
	case code == wire.CodeTokenUnknown:
		return reply, 0, refused(answer, "the collector knows no such token, or it was revoked: copy the whole token again, or make a new one")
	case code == wire.CodeTokenExpired:
		return reply, 0, refused(answer, "the token has expired: make a new one")
	case code == wire.CodeTokenUsedUp:
		return reply, 0, refused(answer, "the token has been used as often as it may be: make a new one")
	case code == wire.CodeBadRequest:
		return reply, 0, fmt.Errorf("%w: are the versions of agent and collector far apart? (%s)", ErrRefused, answer.Refusal.Error)
	case answer.Status == http.StatusTooManyRequests, answer.Status >= 500:
		return reply, max(answer.RetryAfter(time.Now()), time.Second), errors.New(answer.Problem() + "; try again in a few minutes")
	}
	return reply, 0, errors.New(answer.Problem())
}

func refused(answer link.Answer, hint string) error {
	return fmt.Errorf("%w: %s with \"budi-collector enroll-token create\" (%s)", ErrRefused, hint, answer.Refusal.Error)
}

// read takes the identity out of an answer. Who says "yes" and is no collector
// is found out here.
func read(answer link.Answer) (reply wire.EnrolReply, pause time.Duration, err error) {
	if err := json.Unmarshal(answer.Body, &reply); err != nil {
		return wire.EnrolReply{}, 0, errors.New("the answer is not from a collector: is the address right, is there a proxy or a sign-in page on the way?")
	}
	if reply.Agent == "" || len(reply.Agent) > wire.MaxText || fleet.CheckID(reply.Device) != nil || fleet.CheckID(reply.Site) != nil {
		return wire.EnrolReply{}, 0, errors.New("the answer names no agent, device or site: agent and collector do not understand each other")
	}
	return reply, 0, nil
}
