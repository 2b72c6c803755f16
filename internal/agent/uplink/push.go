package uplink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/budi-monitor/budi/internal/agent/link"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/wire"
)

const (
	// The first request of a round is small, so that the present is seen at
	// once behind a slow line or a week's backlog.
	firstSamples = 2_000

	maxDropped  = 10 // batches that one round gives up; more looks like a fault of the other side
	maxReplayed = 3  // new nonces for one request
)

// errFinal says that the collector will never take what was sent, as it is.
var errFinal = errors.New("the collector does not take it")

// samples sends what waits, newest first, until nothing does.
func (u *Uplink) samples(ctx context.Context) error {
	most := firstSamples
	for {
		entries, err := u.spool.Unsent(most)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := u.batch(ctx, entries); err != nil {
			return err
		}
		most = wire.MaxSamples
	}
}

// batch sends entries in one request, or in halves of it when the collector
// does not take it: what is at fault is found and given up, all else arrives.
func (u *Uplink) batch(ctx context.Context, entries []state.Entry) error {
	err := u.write(ctx, entries)
	switch {
	case err == nil || !errors.Is(err, errFinal):
		return err
	case len(entries) > 1:
		half := len(entries) / 2
		if err := u.batch(ctx, entries[:half]); err != nil {
			return err
		}
		return u.batch(ctx, entries[half:])
	case u.dropped >= maxDropped:
		return fmt.Errorf("%d looks were refused in one round: %w", u.dropped, err)
	}
	u.dropped++
	u.log.Warn("the samples of a look are given up", "look_time", entries[0].Time, "samples", len(entries[0].Samples), "err", err)
	return u.spool.Drop(ids(entries))
}

// write sends entries in one request and says in the spool that they arrived.
func (u *Uplink) write(ctx context.Context, entries []state.Entry) error {
	message, err := encodeWrite(entries)
	if err != nil {
		return fmt.Errorf("encode samples: %w", err)
	}
	send := func() (link.Answer, error) {
		body, encoding := compressWrite(message, u.zstd())
		if len(message) > wire.MaxDecompressed || len(body) > wire.MaxBody {
			return link.Answer{Status: http.StatusRequestEntityTooLarge, Refusal: wire.Refusal{Code: wire.CodeTooLarge, Error: "it is over the limit"}}, nil
		}
		h := u.header()
		h.Set("Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request")
		h.Set("Content-Encoding", encoding)
		h.Set("X-Prometheus-Remote-Write-Version", "2.0.0")
		return u.client.Post(ctx, wire.PathWrite, h, body)
	}
	answer, err := u.try(send)
	if err != nil {
		return fmt.Errorf("push samples: %w", err)
	}
	// What the new process of the collector has it has just acknowledged; what
	// the one before had is sent again.
	if err := u.heed(answer); err != nil {
		return err
	}
	return u.spool.Sent(ids(entries))
}

func ids(entries []state.Entry) []uint64 {
	out := make([]uint64, len(entries))
	for i, e := range entries {
		out[i] = e.ID
	}
	return out
}

// zstd reports whether the collector understands Zstd.
func (u *Uplink) zstd() bool {
	return !u.plain && slices.Contains(u.spool.Assignment().Compressions, wire.Zstd)
}

// try sends a request, again where that can be done at once, and returns the
// answer when it is a success. An error that wraps errFinal says that what was
// sent will never be taken.
func (u *Uplink) try(send func() (link.Answer, error)) (link.Answer, error) {
	for replayed := 0; ; {
		answer, err := send()
		if err != nil {
			return answer, err
		}
		code := answer.Refusal.Code
		switch {
		case answer.Success() && answer.Header.Get(wire.HeaderCollectorStart) == "":
			return answer, errors.New("something on the way answered that all is well, but it was not the collector: is there a filter or a sign-in page?")
		case answer.Success():
			u.mu.Lock()
			u.status.LastSuccess = u.now()
			u.mu.Unlock()
			return answer, nil
		case answer.Status == http.StatusConflict && code == wire.CodeReplayed && replayed < maxReplayed:
			// The number was used: by an attempt whose answer was lost, or by a
			// copy of this computer, which the collector finds out by itself.
			replayed++
			u.nonce, u.sequence = newNonce(), 0
			continue
		case answer.Status == http.StatusConflict && code == wire.CodeCloned:
			return answer, ErrCloned
		case answer.Status == http.StatusUnauthorized && code == wire.CodeUnknownAgent:
			return answer, ErrRevoked
		case answer.Status == http.StatusUnsupportedMediaType && !u.plain && u.zstd():
			u.plain = true
			continue
		// Another server on the way may say 400 to everything: only a collector
		// can refuse samples for ever. A limit of a size is one wherever it is.
		case answer.Status == http.StatusRequestEntityTooLarge, answer.Status == http.StatusBadRequest && code == wire.CodeBadRequest:
			return answer, fmt.Errorf("%w: %s", errFinal, answer.Problem())
		}
		u.wait = max(u.wait, answer.RetryAfter(u.now()))
		return answer, errors.New(answer.Problem())
	}
}

// heed reads what every answer says beside its body.
func (u *Uplink) heed(answer link.Answer) error {
	start := answer.Header.Get(wire.HeaderCollectorStart)
	if start != "" && len(start) <= wire.MaxText && start != u.spool.CollectorStart() {
		if err := u.spool.Resend(); err != nil {
			return err
		}
		if err := u.spool.SetCollectorStart(start); err != nil {
			u.log.Debug("the collector's start is not kept", "err", err)
		}
		u.asked = true // what checks say it keeps in memory
	}
	if v := answer.Header.Get(wire.HeaderAssignment); v != "" && v != u.spool.Assignment().Version {
		u.asked = true
	}
	return nil
}
