// Package jsonapi is the collector's own HTTP API, /api/budi/v1: what there is
// (sites, rooms, devices, their facts and history, how they are asked over the network, checks, for how long they answered, what the public reads), the agents, the
// incidents and the audit record, to read and to change by programs. It decides
// nothing: what it answers comes from the interfaces of Options. openapi.json
// describes every route, with an example of each request and answer that a test
// of the composition runs. The composition mounts the handler and puts
// access.Authenticate before it; forms of other sites are refused here.
//
// An identity that sees some sites only is answered as if there were no others;
// what concerns the whole installation is refused. Every answer that is no
// success is a problem of RFC 9457.
package jsonapi

import (
	"context"
	_ "embed" // for openapi.json
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
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
	// Edit refuses, as what is not there, that a device comes to hang on what
	// the context's identity does not see.
	Edit(ctx context.Context, by, id string, e inventory.Edit) error
	Merge(ctx context.Context, by, from, into string) error
	KeepApart(ctx context.Context, by, a, b string) error
	Remove(ctx context.Context, by, id string) error
}

// Agents is what is asked of package enrolment. by is access.Identity.Actor.
type Agents interface {
	Agents(ctx context.Context) ([]enrolment.Agent, error)
	// Agent fails with enrolment.ErrNotFound.
	Agent(ctx context.Context, id string) (enrolment.Agent, error)
	Revoke(ctx context.Context, by, id string) error

	Tokens(ctx context.Context) ([]enrolment.Token, error)
	// CreateToken makes an enrolment token and says what an agent is given. It
	// fails with enrolment.ErrInvalid, enrolment.ErrFull and
	// inventory.ErrNotFound when there is no such site.
	CreateToken(ctx context.Context, by string, n enrolment.NewToken) (NewToken, error)
	// RevokeToken fails with enrolment.ErrNotFound.
	RevokeToken(ctx context.Context, by, name string) error
}

// NewToken is an enrolment token and what is told of it this one time.
type NewToken struct {
	enrolment.Token
	Secret string // for agents: --token
	URL    string // where they reach the collector: --collector
}

// Audit is the record of who changed what, as package access has it.
type Audit interface {
	AuditRecord(ctx context.Context, q access.AuditQuery) (access.AuditPage, error)
}

// Options says what the API stands on. All but ExternalURL are needed.
type Options struct {
	Inventory    Inventory
	Agents       Agents
	Incidents    Incidents
	Checks       Checks
	Polled       Polled
	Availability Availability
	StatusPages  StatusPages
	Audit        Audit
	Logger       *slog.Logger
	ExternalURL  string // how people reach the console, whose pages may ask; may be empty
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
		{Route{Method: "GET", Pattern: Base + "/sites", Role: access.Viewer, Query: page}, (*server).sites},
		{Route{Method: "PUT", Pattern: Base + "/sites/{id}", Role: access.Administrator}, (*server).putSite},
		{Route{Method: "DELETE", Pattern: Base + "/sites/{id}", Role: access.Administrator}, (*server).dropSite},
		{Route{Method: "GET", Pattern: Base + "/rooms", Role: access.Viewer, Query: append([]string{"site"}, page...)}, (*server).rooms},
		{Route{Method: "PUT", Pattern: Base + "/rooms/{id}", Role: access.Operator}, (*server).putRoom},
		{Route{Method: "DELETE", Pattern: Base + "/rooms/{id}", Role: access.Operator}, (*server).dropRoom},
		{Route{Method: "GET", Pattern: Base + "/devices", Role: access.Viewer, Query: append([]string{"site", "room", "class", "text"}, page...)}, (*server).devices},
		{Route{Method: "GET", Pattern: Base + "/devices/{id}", Role: access.Viewer}, (*server).device},
		{Route{Method: "PATCH", Pattern: Base + "/devices/{id}", Role: access.Operator}, (*server).editDevice},
		{Route{Method: "DELETE", Pattern: Base + "/devices/{id}", Role: access.Administrator}, (*server).removeDevice},
		{Route{Method: "POST", Pattern: Base + "/devices", Role: access.Operator}, (*server).addDevice},
		{Route{Method: "GET", Pattern: Base + "/devices/{id}/look", Role: access.Viewer}, (*server).deviceLook},
		{Route{Method: "GET", Pattern: Base + "/devices/{id}/polling", Role: access.Viewer}, (*server).polling},
		{Route{Method: "PUT", Pattern: Base + "/devices/{id}/polling", Role: access.Operator}, (*server).putPolling},
		{Route{Method: "POST", Pattern: Base + "/devices/{id}/pause", Role: access.Operator}, (*server).pauseDevice},
		{Route{Method: "POST", Pattern: Base + "/devices/{id}/resume", Role: access.Operator}, (*server).resumeDevice},
		{Route{Method: "GET", Pattern: Base + "/credentials", Role: access.Operator, Whole: true}, (*server).credentials},
		{Route{Method: "PUT", Pattern: Base + "/credentials/{id}", Role: access.Administrator, Whole: true}, (*server).putCredential},
		{Route{Method: "DELETE", Pattern: Base + "/credentials/{id}", Role: access.Administrator, Whole: true}, (*server).dropCredential},
		{Route{Method: "GET", Pattern: Base + "/devices/{id}/facts", Role: access.Viewer, Query: []string{"kind"}}, (*server).facts},
		{Route{Method: "GET", Pattern: Base + "/devices/{id}/history", Role: access.Viewer, Query: page}, (*server).history},
		{Route{Method: "POST", Pattern: Base + "/devices/{id}/merge", Role: access.Administrator}, (*server).merge},
		{Route{Method: "POST", Pattern: Base + "/devices/{id}/keep-apart", Role: access.Administrator}, (*server).keepApart},
		{Route{Method: "GET", Pattern: Base + "/proposals", Role: access.Viewer, Query: page}, (*server).proposals},
		{Route{Method: "GET", Pattern: Base + "/agents", Role: access.Viewer, Query: append([]string{"site", "device"}, page...)}, (*server).agents},
		{Route{Method: "GET", Pattern: Base + "/agents/{id}", Role: access.Viewer}, (*server).agent},
		{Route{Method: "POST", Pattern: Base + "/agents/{id}/revoke", Role: access.Administrator}, (*server).revoke},
		{Route{Method: "GET", Pattern: Base + "/enrolment-tokens", Role: access.Administrator, Query: append([]string{"site"}, page...)}, (*server).tokens},
		{Route{Method: "POST", Pattern: Base + "/enrolment-tokens", Role: access.Administrator}, (*server).createToken},
		{Route{Method: "POST", Pattern: Base + "/enrolment-tokens/{id}/revoke", Role: access.Administrator}, (*server).revokeToken},
		{Route{Method: "GET", Pattern: Base + "/checks", Role: access.Viewer, Query: append([]string{"site", "text"}, page...)}, (*server).checks},
		{Route{Method: "GET", Pattern: Base + "/checks/{id}", Role: access.Viewer}, (*server).check},
		{Route{Method: "GET", Pattern: Base + "/checks/{id}/look", Role: access.Viewer, Query: []string{"aspect"}}, (*server).checkLook},
		{Route{Method: "GET", Pattern: Base + "/checks/{id}/job", Role: access.Viewer}, (*server).job},
		{Route{Method: "PUT", Pattern: Base + "/checks/{id}", Role: access.Operator}, (*server).putCheck},
		{Route{Method: "DELETE", Pattern: Base + "/checks/{id}", Role: access.Operator}, (*server).removeCheck},
		{Route{Method: "POST", Pattern: Base + "/checks/{id}/pause", Role: access.Operator}, (*server).pauseCheck},
		{Route{Method: "POST", Pattern: Base + "/checks/{id}/resume", Role: access.Operator}, (*server).resumeCheck},
		{Route{Method: "POST", Pattern: Base + "/checks/{id}/restore", Role: access.Operator}, (*server).restoreCheck},
		{Route{Method: "GET", Pattern: Base + "/incidents", Role: access.Viewer, Query: append([]string{"state", "severity", "site", "since"}, page...)}, (*server).incidents},
		{Route{Method: "GET", Pattern: Base + "/incident-times", Role: access.Viewer, Query: []string{"site", "since"}}, (*server).incidentTimes},
		{Route{Method: "GET", Pattern: Base + "/incidents/{id}", Role: access.Viewer}, (*server).incident},
		{Route{Method: "POST", Pattern: Base + "/incidents/{id}/acknowledge", Role: access.Operator}, (*server).acknowledge},
		{Route{Method: "POST", Pattern: Base + "/incidents/{id}/take-back", Role: access.Operator}, (*server).takeBack},
		{Route{Method: "POST", Pattern: Base + "/incidents/{id}/close", Role: access.Operator}, (*server).close},
		{Route{Method: "POST", Pattern: Base + "/incidents/{id}/comments", Role: access.Operator}, (*server).comment},
		{Route{Method: "GET", Pattern: Base + "/availability", Role: access.Viewer, Query: append([]string{"from", "to", "mode", "site"}, page...)}, (*server).availabilities},
		{Route{Method: "GET", Pattern: Base + "/availability/{id}", Role: access.Viewer, Query: []string{"from", "to", "mode"}}, (*server).availability},
		{Route{Method: "GET", Pattern: Base + "/status-pages", Role: access.Viewer, Query: page}, (*server).statusPages},
		{Route{Method: "GET", Pattern: Base + "/status-pages/{id}", Role: access.Viewer}, (*server).statusPage},
		{Route{Method: "POST", Pattern: Base + "/status-pages/{id}/posts", Role: access.Operator}, (*server).writeStatusPost},
		{Route{Method: "POST", Pattern: Base + "/status-posts/{id}/updates", Role: access.Operator}, (*server).writeStatusUpdate},
		{Route{Method: "DELETE", Pattern: Base + "/status-posts/{id}", Role: access.Operator}, (*server).removeStatusPost},
		{Route{Method: "GET", Pattern: Base + "/audit", Role: access.Administrator, Query: append([]string{"actor", "action", "object", "from", "until"}, page...), Whole: true}, (*server).audit},
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
func New(o Options) (http.Handler, error) {
	s := &server{Options: o, log: o.Logger.With("component", "jsonapi")}
	own := http.NewCrossOriginProtection()
	if o.ExternalURL != "" {
		u, err := url.Parse(o.ExternalURL)
		if err != nil {
			return nil, fmt.Errorf("read external URL: %w", err)
		}
		if err := own.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("trust external URL: %w", err)
		}
	}
	own.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, errCrossOrigin) }))
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
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, ErrNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		own.Handler(mux).ServeHTTP(w, r)
	}), nil
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
		case !id.Role.Allows(d.Role):
			err = access.ErrForbidden
		case d.Whole && len(id.Sites) > 0:
			err = errWhole
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
		if list, ok := a.(interface{ nextPage() string }); ok && list.nextPage() != "" {
			query := r.URL.Query()
			query.Set("after", list.nextPage())
			w.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, r.URL.EscapedPath(), query.Encode()))
		}
		s.write(w, http.StatusOK, "application/json", a)
	})
}

// write writes a whole answer or none.
func (s *server) write(w http.ResponseWriter, code int, media string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.log.Error("encode an answer", "err", err)
		http.Error(w, "internal error; the collector's log says more", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(code)
	_, _ = w.Write(append(b, '\n')) // whoever went away needs no answer
}
