package jsonapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
)

// Errors of requests.
var (
	// ErrNotFound says that there is nothing of this ID, or nothing that who
	// asks may see.
	ErrNotFound = errors.New("there is no such entry")

	// ErrInFile says that the configuration file declares it: it is changed
	// there.
	ErrInFile = errors.New("the configuration file declares this; change it there")

	errMethod      = errors.New("this path knows other methods; see the header Allow")
	errMedia       = errors.New(`send the body as "Content-Type: application/json"`)
	errCrossOrigin = errors.New("the request comes from a page of another site")
	errWhole       = errors.New("this concerns all sites together, and you see some only")
)

// FieldProblem is one value that cannot be.
type FieldProblem struct {
	Field  string `json:"field"`  // as in the configuration file: "http.expect_status"
	Code   string `json:"code"`   // what is wrong, in one word
	Detail string `json:"detail"` // for people, English
}

// InvalidError says everything that cannot be.
type InvalidError struct{ Problems []FieldProblem }

// Error says it in one line.
func (e *InvalidError) Error() string {
	var out []string
	for _, p := range e.Problems {
		out = append(out, p.Field+": "+p.Detail)
	}
	return strings.Join(out, "; ")
}

// requestError says what is wrong with a request.
type requestError struct{ text string }

func (e *requestError) Error() string { return e.text }

// problemTypes is what the type of a problem begins with; its code follows.
const problemTypes = "https://github.com/budi-monitor/budi/blob/main/docs/api.md#problem-"

// problem is the body of every answer that is no success (RFC 9457).
type problem struct {
	Type   string `json:"type"`   // where the kind is described
	Title  string `json:"title"`  // of the kind
	Status int    `json:"status"` // as in the answer's first line
	Detail string `json:"detail"` // for people, English
	Code   string `json:"code"`   // the kind in one word, for programs

	Problems []FieldProblem `json:"problems,omitempty"` // of invalid, where it is about several values
}

// problemOf is the one table from kinds of errors to HTTP.
func problemOf(err error) problem {
	p := func(status int, code, title, detail string) problem {
		return problem{Type: problemTypes + code, Title: title, Status: status, Detail: detail, Code: code}
	}
	var tooLarge *http.MaxBytesError
	var invalid *inventory.InvalidError
	var values *InvalidError
	var bad *requestError
	is := func(targets ...error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
	switch {
	case is(access.ErrUnauthenticated):
		return p(http.StatusUnauthorized, "unauthenticated", "Nobody is known", `an API token is needed: make one with "budi-collector token create" and send it as "Authorization: Bearer TOKEN"`)
	case is(errCrossOrigin):
		return p(http.StatusForbidden, "cross_origin", "From another site", errCrossOrigin.Error())
	case is(errWhole):
		return p(http.StatusForbidden, "forbidden", "Not allowed", errWhole.Error())
	case is(access.ErrForbidden):
		return p(http.StatusForbidden, "forbidden", "Not allowed", "the role, or the sites, do not allow this")
	case is(ErrNotFound, inventory.ErrNotFound, enrolment.ErrNotFound):
		return p(http.StatusNotFound, "not_found", "Not found", "there is no such entry, or none that you see")
	case is(errMethod):
		return p(http.StatusMethodNotAllowed, "method_not_allowed", "Another method", errMethod.Error())
	case errors.As(err, &tooLarge):
		return p(http.StatusRequestEntityTooLarge, "too_large", "Too large", fmt.Sprintf("a body is at most %d bytes", maxBody))
	case is(errMedia):
		return p(http.StatusUnsupportedMediaType, "unsupported_media_type", "Another media type", errMedia.Error())
	case errors.As(err, &bad):
		return p(http.StatusBadRequest, "bad_request", "Not understood", bad.text)
	case errors.As(err, &invalid), is(enrolment.ErrInvalid, incident.ErrNoText, incident.ErrTooLong):
		return p(http.StatusUnprocessableEntity, "invalid", "A value cannot be", err.Error())
	case errors.As(err, &values):
		out := p(http.StatusUnprocessableEntity, "invalid", "A value cannot be", values.Error())
		out.Problems = values.Problems
		return out
	case is(ErrInFile):
		return p(http.StatusConflict, "in_file", "Declared in a file", ErrInFile.Error())
	case is(inventory.ErrInUse):
		return p(http.StatusConflict, "in_use", "In use", inventory.ErrInUse.Error())
	case is(inventory.ErrFull, enrolment.ErrFull, incident.ErrNotesOut):
		return p(http.StatusConflict, "full", "As many as are allowed", err.Error())
	case is(incident.ErrNotOpen):
		return p(http.StatusConflict, "not_open", "Not open", "the incident is closed")
	case is(incident.ErrStillFiring):
		return p(http.StatusConflict, "still_firing", "Still firing", incident.ErrStillFiring.Error())
	case is(incident.ErrNotAcked):
		return p(http.StatusConflict, "not_acknowledged", "Not acknowledged", incident.ErrNotAcked.Error())
	default:
		return p(http.StatusInternalServerError, "internal", "Internal error", "the collector's log says more")
	}
}

// fail ends an error: an answer, and the cause of what is our own fault in the
// log.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody reads it
	}
	p := problemOf(err)
	switch p.Status {
	case http.StatusInternalServerError:
		s.log.Error("answer a request", "method", r.Method, "path", r.URL.Path, "err", err)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="budi"`)
	}
	s.write(w, p.Status, "application/problem+json", p)
}
