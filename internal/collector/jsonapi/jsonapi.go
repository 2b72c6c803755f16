// Package jsonapi is the collector's own HTTP API, /api/budi/v1: what there is
// (sites, rooms, devices, their facts and history) and the agents, to read and
// to change by programs. It decides nothing: what it answers comes from
// Inventory and Agents. openapi.json describes every route, and is compared
// with the routes and with real answers by a test. The collector's composition
// mounts the handler and puts access.Authenticate and, for sessions of
// browsers, net/http's CrossOriginProtection before it.
//
// An identity that sees some sites only is answered as if there were no others.
package jsonapi

import (
	"context"
	_ "embed" // for openapi.json
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/look"
)

// Base is what every path begins with.
const Base = "/api/budi/v1"

// Bounds of requests and answers.
const (
	maxBody      = 64 << 10 // bytes
	maxQuery     = 200      // bytes of one parameter
	defaultLimit = 100      // entries of a page
	maxLimit     = 1000
)

// Inventory is what is asked of package inventory, whose *Control has all of
// it. Merge and Remove concern agents too: the composition gives a value that
// also binds the agent of from to into, and revokes the agent of what is
// removed. by is access.Identity.Actor.
type Inventory interface {
	Sites(ctx context.Context) ([]inventory.Site, error)
	Site(ctx context.Context, id string) (inventory.Site, error)
	PutSite(ctx context.Context, by string, s inventory.Site) error
	DropSite(ctx context.Context, by, id string) error

	Rooms(ctx context.Context, site string) ([]inventory.Room, error)
	Room(ctx context.Context, id string) (inventory.Room, error)
	PutRoom(ctx context.Context, by string, r inventory.Room) error
	DropRoom(ctx context.Context, by, id string) error

	Devices(ctx context.Context, f inventory.Filter) ([]inventory.Device, error)
	Device(ctx context.Context, id string) (inventory.Device, error)
	Facts(ctx context.Context, id string) ([]look.FactSet, error)
	History(ctx context.Context, id string, limit int, before uint64) ([]inventory.Entry, error)
	Proposals(ctx context.Context) ([]inventory.Proposal, error)
	Edit(ctx context.Context, by, id string, e inventory.Edit) error
	Merge(ctx context.Context, by, from, into string) error
	KeepApart(ctx context.Context, by, a, b string) error
	Remove(ctx context.Context, by, id string) error
}

// Agents is what is asked of package enrolment, whose *Control has all of it.
type Agents interface {
	Agents(ctx context.Context) ([]enrolment.Agent, error)
	// Agent fails with enrolment.ErrNotFound.
	Agent(ctx context.Context, id string) (enrolment.Agent, error)
	Revoke(ctx context.Context, by, id string) error
}

// Options says what the API stands on. All are needed.
type Options struct {
	Inventory Inventory
	Agents    Agents
	Logger    *slog.Logger
}

// Route is one door of the API. Role "" is for everybody.
type Route struct {
	Method  string
	Pattern string // as in http.ServeMux, with Base
	Role    access.Role
	Query   []string // parameters that are understood; others are refused
	Whole   bool     // concerns the whole installation: for who sees all sites
}

// server answers the requests. It is safe for concurrent use.
type server struct {
	Options
	log *slog.Logger
}

// request is a request from somebody who may make it.
type request struct {
	*http.Request
	id access.Identity
}

// answer is what a door returns: nil is 204 without a body.
type answer any

// door is a Route and what is behind it.
type door struct {
	Route
	handle func(*server, request) (answer, error)
}

func doors() []door {
	page := []string{"after", "limit"}
	return []door{
		{Route{Method: "GET", Pattern: Base + "/openapi.json"}, nil},
		{Route{Method: "GET", Pattern: Base + "/sites", Role: access.Viewer}, (*server).sites},
		{Route{Method: "PUT", Pattern: Base + "/sites/{id}", Role: access.Administrator}, (*server).putSite},
		{Route{Method: "DELETE", Pattern: Base + "/sites/{id}", Role: access.Administrator}, (*server).dropSite},
		{Route{Method: "GET", Pattern: Base + "/rooms", Role: access.Viewer, Query: []string{"site"}}, (*server).rooms},
		{Route{Method: "PUT", Pattern: Base + "/rooms/{id}", Role: access.Operator}, (*server).putRoom},
		{Route{Method: "DELETE", Pattern: Base + "/rooms/{id}", Role: access.Operator}, (*server).dropRoom},
		{Route{Method: "GET", Pattern: Base + "/devices", Role: access.Viewer, Query: append([]string{"site", "room", "class", "text"}, page...)}, (*server).devices},
		{Route{Method: "GET", Pattern: Base + "/devices/{id}", Role: access.Viewer}, (*server).device},
		{Route{Method: "PATCH", Pattern: Base + "/devices/{id}", Role: access.Operator}, (*server).editDevice},
		{Route{Method: "DELETE", Pattern: Base + "/devices/{id}", Role: access.Administrator}, (*server).removeDevice},
		{Route{Method: "GET", Pattern: Base + "/devices/{id}/facts", Role: access.Viewer, Query: []string{"kind"}}, (*server).facts},
		{Route{Method: "GET", Pattern: Base + "/devices/{id}/history", Role: access.Viewer, Query: []string{"before", "limit"}}, (*server).history},
		{Route{Method: "POST", Pattern: Base + "/devices/{id}/merge", Role: access.Administrator}, (*server).merge},
		{Route{Method: "POST", Pattern: Base + "/devices/{id}/keep-apart", Role: access.Administrator}, (*server).keepApart},
		{Route{Method: "GET", Pattern: Base + "/proposals", Role: access.Viewer}, (*server).proposals},
		{Route{Method: "GET", Pattern: Base + "/agents", Role: access.Viewer, Query: append([]string{"site", "device"}, page...)}, (*server).agents},
		{Route{Method: "GET", Pattern: Base + "/agents/{id}", Role: access.Viewer}, (*server).agent},
		{Route{Method: "POST", Pattern: Base + "/agents/{id}/revoke", Role: access.Administrator}, (*server).revoke},
	}
}

// Routes lists every door of the API with the least role that opens it.
func Routes() []Route {
	var out []Route
	for _, d := range doors() {
		out = append(out, d.Route)
	}
	return out
}

//go:embed openapi.json
var openAPI []byte

// New makes the handler of everything below Base. Timeouts are the server's.
// Who asks is told by the request's context (access.FromContext).
func New(o Options) http.Handler {
	s := &server{Options: o, log: o.Logger.With("component", "jsonapi")}
	mux := http.NewServeMux()
	allowed := map[string][]string{}
	for _, d := range doors() {
		if d.handle == nil {
			mux.HandleFunc(d.Method+" "+d.Pattern, s.document)
		} else {
			mux.Handle(d.Method+" "+d.Pattern, s.handler(d))
		}
		allowed[d.Pattern] = append(allowed[d.Pattern], d.Method)
	}
	for pattern, methods := range allowed {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			s.fail(w, r, errMethod)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, inventory.ErrNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		mux.ServeHTTP(w, r)
	})
}

// document answers the description of the API.
func (s *server) document(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(openAPI) // whoever went away needs no answer
}

// handler lets pass who has the role, and writes the answer or the error.
func (s *server) handler(d door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, known := access.FromContext(r.Context())
		var a answer
		var err error
		switch {
		case !known:
			err = access.ErrUnauthenticated
		case !id.Role.Allows(d.Role), d.Whole && len(id.Sites) > 0:
			err = access.ErrForbidden
		default:
			if err = checkQuery(r.URL.RawQuery, d.Query); err == nil {
				a, err = d.handle(s, request{r, id})
			}
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if a == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		s.write(w, http.StatusOK, a)
	})
}

// write writes a whole answer or none.
func (s *server) write(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.log.Error("encode an answer", "err", err)
		http.Error(w, `{"error":"internal error; the collector's log says more","code":"internal"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(b, '\n')) // whoever went away needs no answer
}

// Errors of requests.
var (
	errMethod = errors.New("this path knows other methods; see the header Allow")
	errMedia  = errors.New(`send the body as "Content-Type: application/json"`)
)

// requestError says what is wrong with a request.
type requestError struct{ text string }

func (e *requestError) Error() string { return e.text }

// refusal is the body of every answer that is no success.
type refusal struct {
	Error string `json:"error"` // for people, English
	Code  string `json:"code"`
}

// status is the one table from kinds of errors to HTTP.
func status(err error) (int, refusal) {
	var tooLarge *http.MaxBytesError
	var invalid *inventory.InvalidError
	var bad *requestError
	switch {
	case errors.Is(err, access.ErrUnauthenticated):
		return http.StatusUnauthorized, refusal{`an API token is needed: make one with "budi-collector token create" and send it as "Authorization: Bearer TOKEN"`, "unauthenticated"}
	case errors.Is(err, access.ErrForbidden):
		return http.StatusForbidden, refusal{err.Error(), "forbidden"}
	case errors.Is(err, inventory.ErrNotFound), errors.Is(err, enrolment.ErrNotFound):
		return http.StatusNotFound, refusal{"there is no such entry", "not_found"}
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, refusal{fmt.Sprintf("a body is at most %d bytes", maxBody), "too_large"}
	case errors.As(err, &bad):
		return http.StatusBadRequest, refusal{bad.text, "bad_request"}
	case errors.As(err, &invalid):
		return http.StatusUnprocessableEntity, refusal{err.Error(), "invalid"}
	case errors.Is(err, inventory.ErrInUse):
		return http.StatusConflict, refusal{inventory.ErrInUse.Error(), "in_use"}
	case errors.Is(err, inventory.ErrFull):
		return http.StatusConflict, refusal{inventory.ErrFull.Error(), "full"}
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed, refusal{err.Error(), "method_not_allowed"}
	case errors.Is(err, errMedia):
		return http.StatusUnsupportedMediaType, refusal{err.Error(), "unsupported_media_type"}
	default:
		return http.StatusInternalServerError, refusal{"internal error; the collector's log says more", "internal"}
	}
}

// fail ends an error: an answer, and the cause of what is our own fault in the
// log.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody reads it
	}
	code, body := status(err)
	switch code {
	case http.StatusInternalServerError:
		s.log.Error("answer a request", "method", r.Method, "path", r.URL.Path, "err", err)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="budi"`)
	}
	s.write(w, code, body)
}

// checkQuery refuses parameters that are not understood: a filter with a
// spelling mistake must not choose everything.
func checkQuery(raw string, known []string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return &requestError{"the query of the address cannot be read"}
	}
	for name, values := range query {
		switch {
		case !slices.Contains(known, name):
			return &requestError{fmt.Sprintf("unknown parameter %q", clip(name))}
		case len(values) != 1 || len(values[0]) > maxQuery:
			return &requestError{fmt.Sprintf("give the parameter %s once, with at most %d bytes", name, maxQuery)}
		}
	}
	return nil
}

func clip(s string) string { return s[:min(len(s), 40)] }

// number reads a parameter; it is otherwise when it is not given.
func (r request) number(name string, otherwise, least, most uint64) (uint64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, &requestError{fmt.Sprintf("%s: use a number from %d to %d", name, least, most)}
	}
	return n, nil
}

func (r request) limit() (int, error) {
	n, err := r.number("limit", defaultLimit, 1, maxLimit)
	return int(n), err
}

// page cuts the entries after the one with the key that the request names, in
// the order of keys, and returns the key with which the next page is asked for.
func page[T any](r request, all []T, keyOf func(T) string) (some []T, next string, err error) {
	limit, err := r.limit()
	if err != nil {
		return nil, "", err
	}
	after := r.URL.Query().Get("after")
	some = slices.DeleteFunc(all, func(v T) bool { return after != "" && keyOf(v) <= after })
	if len(some) > limit {
		some = some[:limit]
		next = keyOf(some[limit-1])
	}
	return some, next, nil
}

// body reads one JSON value strictly.
func (r request) body(into any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return errMedia
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return bodyError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("there is more behind the value")
		}
		return bodyError(err)
	}
	return nil
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return &requestError{"the body is not the JSON that is expected: " + err.Error()}
}

// sees reports whether who asks may know of a site.
func (r request) sees(site string) bool {
	return len(r.id.Sites) == 0 || slices.Contains(r.id.Sites, site)
}
