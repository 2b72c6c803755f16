package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

// refusal is why a request gets no success.
type refusal struct {
	status int
	code   wire.Code
	text   string
	accept [2]string // name and value of a header that says what would be right
}

func (r *refusal) Error() string { return r.text }

func badRequest(format string, args ...any) error {
	return &refusal{status: http.StatusBadRequest, code: wire.CodeBadRequest, text: fmt.Sprintf(format, args...)}
}

func tooLarge(format string, args ...any) error {
	return &refusal{status: http.StatusRequestEntityTooLarge, code: wire.CodeTooLarge, text: fmt.Sprintf(format, args...)}
}

func unsupported(header, right, format string, args ...any) error {
	return &refusal{
		status: http.StatusUnsupportedMediaType, code: wire.CodeBadRequest, text: fmt.Sprintf(format, args...), accept: [2]string{header, right},
	}
}

func tooBusy() error {
	return &refusal{
		status: http.StatusTooManyRequests, code: wire.CodeBusy, text: "too many requests are being read at this moment; try again later",
	}
}

// Bounds of Retry-After, in seconds. The time is spread, so that those who were
// refused together do not come back together.
const (
	retryAtLeast = 5
	retrySpread  = 25
)

// handler counts and measures what f does and answers its error.
func (d *Doors) handler(name string, f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		c := &counted{ResponseWriter: w, status: http.StatusOK}
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			d.refuse(c, name, &refusal{status: http.StatusMethodNotAllowed, code: wire.CodeBadRequest, text: "use POST"})
		} else if err := f(c, r); err != nil {
			d.refuse(c, name, err)
		}
		d.metrics.requests.WithLabelValues(name, strconv.Itoa(c.status)).Inc()
		d.metrics.duration.WithLabelValues(name).Observe(time.Since(start).Seconds())
	})
}

// refuse answers an error, which is logged when it is none of the sender's.
func (d *Doors) refuse(w http.ResponseWriter, name string, err error) {
	var why *refusal
	if !errors.As(err, &why) {
		d.log.Error("a request was not served", "door", name, "err", err)
		why = &refusal{status: http.StatusInternalServerError, code: wire.CodeInternal, text: "the collector could not do this; its log says why"}
	}
	if why.accept[0] != "" {
		w.Header().Set(why.accept[0], why.accept[1])
	}
	if why.code == wire.CodeBusy {
		w.Header().Set("Retry-After", strconv.Itoa(retryAtLeast+rand.IntN(retrySpread)))
	}
	if name == doorPush {
		http.Error(w, why.text, why.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(why.status)
	// The sender may be gone.
	_ = json.NewEncoder(w).Encode(wire.Refusal{Code: why.code, Error: why.text})
}

// counted remembers the status of an answer.
type counted struct {
	http.ResponseWriter
	status int
}

func (c *counted) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
