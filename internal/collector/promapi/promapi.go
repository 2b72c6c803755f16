// Package promapi serves Prometheus' own HTTP API (web/api/v1) over the
// samples of package metricdb and the rules of package ruleset, so that
// Grafana, promtool and every other Prometheus client work as they are. Only
// the routes of an allow-list are served; nothing can be written, deleted or
// shut down through it, and nothing about the machine's files is told.
//
// It does not authenticate: the composition wraps the handler, and says by
// Options.Sites which sites whoever asks may see. Who sees some only is answered
// as if there were no others: each read of the database gets a matcher of the
// sites, below the parser and the engine, so that no expression leads around it;
// alerts of other sites are left out; what cannot be told apart by site
// (status/tsdb) is refused. Series without a site are for those who see all.
package promapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/route"

	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/metric"
)

// Prefix is where the handler is to be mounted.
const Prefix = "/api/v1"

// maxBody bounds the form of a POST, in bytes. Grafana sends a dashboard's
// query as a form when it is long.
const maxBody = 1 << 20

// Options configure the API.
type Options struct {
	DB    *metricdb.DB // required
	Rules *ruleset.Set // required

	// Sites says which sites the request of a context may see: all, or those
	// of the list; nothing when that is empty. Required.
	Sites func(ctx context.Context) (sites []string, all bool)

	Gatherer    prometheus.Gatherer // for status/tsdb; nil: an empty one
	Catalogue   []metric.Def        // for metadata; nil: metric.All()
	ExternalURL string              // shown as the one target's address; may be empty
	Logger      *slog.Logger        // nil: nothing is logged
	Started     time.Time           // when the program started, for status/runtimeinfo
}

// access is how one route may be used.
type access struct {
	methods []string
	gated   bool // reads the index: takes one of the places for queries
	whole   bool // cannot be told apart by site: for those who see all
	alerts  bool // tells alerts, which are left out where they are of other sites
}

func get() access  { return access{methods: []string{http.MethodGet}} }
func form() access { return access{methods: []string{http.MethodGet, http.MethodPost}} }
func (a access) slot() access {
	a.gated = true
	return a
}
func (a access) wholeOnly() access {
	a.whole = true
	return a
}
func (a access) withAlerts() access {
	a.alerts = true
	return a
}

// allowed is the list of routes below Prefix. The engine itself gives places
// to query and query_range.
func allowed() map[string]access {
	return map[string]access{
		"/query":              form(),
		"/query_range":        form(),
		"/query_exemplars":    form(),
		"/format_query":       form(),
		"/parse_query":        form(),
		"/labels":             form().slot(),
		"/series":             form().slot(),
		"/label/*/values":     get().slot(),
		"/metadata":           get(),
		"/rules":              get().withAlerts(),
		"/alerts":             get().withAlerts(),
		"/targets":            get(),
		"/targets/metadata":   get(),
		"/scrape_pools":       get(),
		"/alertmanagers":      get(),
		"/status/buildinfo":   get(),
		"/status/runtimeinfo": get(),
		"/status/flags":       get(),
		"/status/config":      get(),
		"/status/tsdb":        get().slot().wholeOnly(),
	}
}

// Route is one door of the API.
type Route struct {
	Method string
	Path   string // whole; "*" stands for one part
	Whole  bool   // for those who see all sites
}

// Routes lists every door, in the order of their paths.
func Routes() []Route {
	var out []Route
	routes := allowed()
	for _, path := range slices.Sorted(maps.Keys(routes)) {
		for _, method := range routes[path].methods {
			out = append(out, Route{method, Prefix + path, routes[path].whole})
		}
	}
	return out
}

// labelValues matches the one route that has a name in its middle.
var labelValues = regexp.MustCompile(`^/label/[^/]+/values$`)

type handler struct {
	next    http.Handler
	log     *slog.Logger
	seen    func(context.Context) seen
	routes  map[string]access
	acquire func(ctx context.Context, what string) (release func(), err error)
	timeout time.Duration
}

// New returns the handler. It expects full paths, beginning with Prefix.
func New(o Options) (http.Handler, error) {
	if o.DB == nil || o.Rules == nil || o.Sites == nil {
		return nil, errors.New("make the Prometheus API: database, rules and the sites that are seen are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Gatherer == nil {
		o.Gatherer = prometheus.NewRegistry()
	}
	if o.Catalogue == nil {
		o.Catalogue = metric.All()
	}
	api, err := newAPI(o)
	if err != nil {
		return nil, err
	}
	r := route.New()
	api.Register(r)
	return &handler{
		next:    http.StripPrefix(Prefix, r),
		log:     o.Logger.With("component", "promapi"),
		seen:    o.seen,
		routes:  allowed(),
		acquire: o.DB.Engine().AcquireQuerySlot,
		timeout: o.DB.Timeout(),
	}, nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, Prefix)
	key := path
	if labelValues.MatchString(path) {
		key = "/label/*/values"
	}
	a, known := h.routes[key]
	switch {
	case !ok || !known:
		fail(w, http.StatusNotFound, "not_found", "there is no such route, or it is not offered: "+r.URL.Path)
		return
	case !slices.Contains(a.methods, r.Method):
		w.Header().Set("Allow", strings.Join(a.methods, ", "))
		fail(w, http.StatusMethodNotAllowed, "bad_data", "use "+strings.Join(a.methods, " or ")+" here")
		return
	}
	s := h.seen(r.Context())
	switch {
	case !s.all && len(s.sites) == 0:
		fail(w, http.StatusForbidden, "forbidden", errNobody.Error())
		return
	case !s.all && a.whole:
		fail(w, http.StatusForbidden, "forbidden", "this is about all sites together, and you see some only; it needs an identity that sees all")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			fail(w, http.StatusRequestEntityTooLarge, "bad_data", "the form is larger than 1 MiB")
			return
		}
		fail(w, http.StatusBadRequest, "bad_data", "the form cannot be read: "+err.Error())
		return
	}
	if err := checkForm(r.Form); err != nil {
		fail(w, http.StatusBadRequest, "bad_data", err.Error())
		return
	}
	if path == "/status/config" {
		succeed(w, map[string]string{"yaml": "# Budi is not configured in Prometheus' format. See collector.yml on its computer.\n"})
		return
	}
	// The engine bounds queries; reading the index has no bound of its own.
	ctx, cancel := context.WithTimeout(r.Context(), h.timeout)
	defer cancel()
	if a.gated {
		release, err := h.acquire(ctx, path)
		if err != nil {
			fail(w, http.StatusServiceUnavailable, "unavailable", err.Error())
			return
		}
		defer release()
	}
	r = r.WithContext(ctx)
	if a.alerts && !s.all {
		h.siteAlerts(w, r, s)
		return
	}
	h.next.ServeHTTP(w, r)
}

// answer has the shape of Prometheus' answers.
type answer struct {
	Status    string `json:"status"`
	Data      any    `json:"data,omitempty"`
	ErrorType string `json:"errorType,omitempty"`
	Error     string `json:"error,omitempty"`
}

func succeed(w http.ResponseWriter, data any) {
	respond(w, http.StatusOK, answer{Status: "success", Data: data})
}

func fail(w http.ResponseWriter, code int, kind, text string) {
	respond(w, code, answer{Status: "error", ErrorType: kind, Error: text})
}

func respond(w http.ResponseWriter, code int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// A client that went away needs no answer.
	_ = json.NewEncoder(w).Encode(a)
}
