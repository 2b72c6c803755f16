package enrolment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

// Bounds of what a request may say.
const (
	maxEnrolBody   = 64 << 10
	maxBearer      = 256
	nonceLength    = 32
	machineLength  = 64
	maxSentMillis  = 253402300799999 // the last millisecond of the year 9999
	latestSequence = math.MaxInt64   // a number that no agent reaches
)

type contextKey struct{}

// FromContext returns whose request it is, behind Door; false elsewhere.
func FromContext(ctx context.Context) (Admission, bool) {
	a, ok := ctx.Value(contextKey{}).(Admission)
	return a, ok
}

// Door lets an agent's request pass to next, with its Admission in the context
// and the headers of wire in the answer, and refuses any other with a
// wire.Refusal. It reads no body.
func (c *Control) Door(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call, err := readCall(r)
		if err != nil {
			c.refuse(w, r, err)
			return
		}
		a, err := c.Admit(r.Context(), call)
		if err != nil {
			c.refuse(w, r, err)
			return
		}
		w.Header().Set(wire.HeaderCollectorStart, c.start)
		w.Header().Set(wire.HeaderAssignment, a.wanted)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, a)))
	})
}

// EnrolHandler answers wire.PathEnrol.
func (c *Control) EnrolHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			writeRefusal(w, http.StatusMethodNotAllowed, wire.Refusal{Code: wire.CodeBadRequest, Error: "use POST"})
			return
		}
		req, err := readEnrol(w, r)
		if err != nil {
			c.refuse(w, r, err)
			return
		}
		a, err := c.Enrol(r.Context(), req, clientAddress(r))
		if err != nil {
			c.refuse(w, r, err)
			return
		}
		w.Header().Set(wire.HeaderCollectorStart, c.start)
		writeJSON(w, http.StatusOK, wire.EnrolReply{Agent: a.ID, Device: a.Device, Site: a.Site, Assignment: c.assignment(a)})
	})
}

// readEnrol reads one JSON object with the fields of an EnrolRequest. Others
// are left out: the agent may be newer than the collector.
func readEnrol(w http.ResponseWriter, r *http.Request) (wire.EnrolRequest, error) {
	var req wire.EnrolRequest
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEnrolBody))
	err := d.Decode(&req)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return req, nil
		}
		if err == nil {
			err = errors.New("something follows the object")
		}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return req, &RefusedError{Code: wire.CodeTooLarge, Reason: fmt.Sprintf("the body is larger than %d bytes", maxEnrolBody)}
	}
	return req, badRequest("the body is not the JSON of an enrolment: %v", err)
}

func badRequest(format string, args ...any) *RefusedError {
	return &RefusedError{Code: wire.CodeBadRequest, Reason: fmt.Sprintf(format, args...)}
}

// readCall reads the headers of an agent's request. Each must be there once.
func readCall(r *http.Request) (Call, error) {
	bearer, err := header(r, "Authorization", maxBearer)
	if err != nil {
		return Call{}, &RefusedError{Code: wire.CodeUnknownAgent, Reason: err.Error()}
	}
	scheme, secret, _ := strings.Cut(bearer, " ")
	if !strings.EqualFold(scheme, "Bearer") || wire.CheckAgentSecret(secret) != nil {
		return Call{}, &RefusedError{Code: wire.CodeUnknownAgent, Reason: `the header Authorization must be "Bearer" and an agent's secret`}
	}
	call := Call{Secret: secret, Address: clientAddress(r)}
	if call.Nonce, err = header(r, wire.HeaderNonce, nonceLength); err != nil {
		return Call{}, badRequest("%v", err)
	}
	if !lowerHex(call.Nonce, nonceLength) {
		return Call{}, badRequest("%s must be %d hexadecimal digits in lower case", wire.HeaderNonce, nonceLength)
	}
	if call.Sequence, err = number(r, wire.HeaderSequence, latestSequence); err != nil {
		return Call{}, err
	}
	sent, err := number(r, wire.HeaderTime, maxSentMillis)
	if err != nil {
		return Call{}, err
	}
	call.Sent = time.UnixMilli(int64(sent))
	// A computer of which nothing is known sends an empty one, or none.
	if values := r.Header.Values(wire.HeaderMachine); len(values) > 0 && (len(values) > 1 || values[0] != "") {
		if len(values) > 1 || !lowerHex(values[0], machineLength) {
			return Call{}, badRequest("%s must be %d hexadecimal digits in lower case", wire.HeaderMachine, machineLength)
		}
		call.Machine = values[0]
	}
	return call, nil
}

// header returns the value of a header that is given once.
func header(r *http.Request, name string, most int) (string, error) {
	values := r.Header.Values(name)
	switch {
	case len(values) == 0:
		return "", fmt.Errorf("the header %s is missing", name)
	case len(values) > 1:
		return "", fmt.Errorf("the header %s is there %d times", name, len(values))
	case len(values[0]) > most:
		return "", fmt.Errorf("the header %s is longer than %d bytes", name, most)
	}
	return values[0], nil
}

// number reads a decimal number without sign up to most.
func number(r *http.Request, name string, most uint64) (uint64, error) {
	text, err := header(r, name, 20)
	if err != nil {
		return 0, badRequest("%v", err)
	}
	n, err := strconv.ParseUint(text, 10, 64) // takes neither signs nor underscores
	if err != nil || n > most {
		return 0, badRequest("%s must be a number up to %d", name, most)
	}
	return n, nil
}

func lowerHex(s string, length int) bool {
	return len(s) == length && strings.Trim(s, "0123456789abcdef") == ""
}

// status is the one table from codes to HTTP.
func status(code wire.Code) int {
	switch code {
	case wire.CodeTokenUnknown, wire.CodeTokenExpired, wire.CodeTokenUsedUp:
		return http.StatusForbidden
	case wire.CodeUnknownAgent:
		return http.StatusUnauthorized
	case wire.CodeReplayed, wire.CodeCloned:
		return http.StatusConflict
	case wire.CodeBadRequest:
		return http.StatusBadRequest
	case wire.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case wire.CodeBusy:
		return http.StatusTooManyRequests
	default:
		return http.StatusInternalServerError
	}
}

// refuse ends an error: what the agent is told, and the cause of what is our
// own fault in the log.
func (c *Control) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var refused *RefusedError
	if !errors.As(err, &refused) {
		if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
			return // nobody reads it
		}
		c.log.Error("answer an agent", "path", r.URL.Path, "err", err)
		refused = &RefusedError{Code: wire.CodeInternal, Reason: "the collector has trouble of its own; its log says more; try again later"}
	}
	c.metrics.refused.WithLabelValues(string(refused.Code)).Inc()
	if refused.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(refused.RetryAfter.Seconds()))))
	}
	if refused.Code == wire.CodeUnknownAgent {
		w.Header().Set("WWW-Authenticate", `Bearer realm="budi agents"`)
	}
	writeRefusal(w, status(refused.Code), wire.Refusal{Code: refused.Code, Error: refused.Reason})
}

func writeRefusal(w http.ResponseWriter, code int, refusal wire.Refusal) { writeJSON(w, code, refusal) }

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // whoever asked may be gone
}

// clientAddress is where a request came from. A proxy on this computer is
// believed about the last address that it names, any other is not: anybody can
// write the header.
func clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	if forwarded := r.Header.Values("X-Forwarded-For"); addr.Unmap().IsLoopback() && len(forwarded) > 0 {
		last := forwarded[len(forwarded)-1]
		if client, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
			addr = client
		}
	}
	return addr.Unmap().WithZone("").String()
}
