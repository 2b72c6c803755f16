package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	apiv2 "github.com/prometheus/alertmanager/api/v2"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/dispatch"
	"github.com/prometheus/alertmanager/marker"
	"github.com/prometheus/alertmanager/provider"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/model"
)

// rootReceiver is where alerts go when nobody is configured.
const rootReceiver = "nobody"

// maxBody bounds what a client may send, in bytes.
const maxBody = 64 << 10

// APIOptions are what the API shows.
type APIOptions struct {
	Silences *Silences // required

	// Sites says which sites' alerts and silences the request of a context may
	// see: all, or those of the list; nothing when that is empty. Required.
	Sites func(ctx context.Context) (sites []string, all bool)

	// Receivers are the names of the contacts; each alert is shown as going to
	// all of them. No configuration of theirs is shown: it may hold secrets.
	Receivers []string
	Logger    *slog.Logger
}

// Alert is one incident as Alertmanager's clients see it.
type Alert struct {
	Labels       map[string]string
	Annotations  map[string]string
	StartsAt     time.Time
	EndsAt       time.Time // zero while it goes on
	GeneratorURL string    // page of the incident

	Number  uint64   // of the incident; 0: it has none
	Because []uint64 // incidents that explain it: shown as what inhibits the alert
}

// API serves Alertmanager's API v2 under /api/v2: alerts, groups, silences,
// status, receivers, with Alertmanager's own code. Who may use it is decided
// in front of it. Whoever sees some sites only is shown their alerts, and the
// silences that name exactly one of them (NamesOneSite); they make and end no
// others. It is safe for concurrent use.
type API struct {
	silences *Silences
	sites    func(context.Context) ([]string, bool)
	log      *slog.Logger
	alerts   *alertSet
	inner    *apiv2.API

	mu      sync.RWMutex
	route   *dispatch.Route
	because map[model.Fingerprint][]string // fingerprints of the alerts that explain others
}

// NewAPI makes the API; it has no alerts until SetAlerts.
func NewAPI(o APIOptions) (*API, error) {
	if o.Silences == nil || o.Sites == nil {
		return nil, errors.New("make API: silences and the sites that are seen are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a := &API{silences: o.Silences, sites: o.Sites, log: o.Logger.With("component", "api/v2"), alerts: &alertSet{}}
	muted := func(string, string) ([]string, bool) { return nil, false }
	var err error
	a.inner, err = apiv2.NewAPI(a.alerts, a.groups, muted, o.Silences.inner, nil, a.log, prometheus.NewRegistry())
	if err != nil {
		return nil, fmt.Errorf("make API: %w", err)
	}
	if err := a.SetReceivers(o.Receivers); err != nil {
		return nil, err
	}
	return a, nil
}

// SetReceivers says which contacts there are now.
func (a *API) SetReceivers(names []string) error {
	type receiver struct {
		Receiver string `json:"receiver"`
		Continue bool   `json:"continue"`
	}
	type name struct {
		Name string `json:"name"`
	}
	var doc struct {
		Route struct {
			Receiver string     `json:"receiver"`
			Routes   []receiver `json:"routes,omitempty"`
		} `json:"route"`
		Receivers []name `json:"receivers"`
	}
	doc.Route.Receiver = rootReceiver
	for _, n := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if n == rootReceiver {
			continue
		}
		doc.Route.Routes = append(doc.Route.Routes, receiver{n, true})
		doc.Receivers = append(doc.Receivers, name{n})
	}
	doc.Receivers = append(doc.Receivers, name{rootReceiver})
	text, err := json.Marshal(doc) // JSON is YAML
	if err != nil {
		return fmt.Errorf("describe receivers: %w", err)
	}
	cfg, err := config.Load(string(text))
	if err != nil {
		return fmt.Errorf("describe receivers: %w", err)
	}
	a.mu.Lock()
	a.route = dispatch.NewRoute(cfg.Route, nil)
	a.mu.Unlock()
	a.inner.Update(cfg, a.mark)
	return nil
}

// SetAlerts says what the incidents are now, in place of those before.
func (a *API) SetAlerts(alerts []Alert) {
	now := time.Now()
	list := make([]*alert.Alert, 0, len(alerts))
	prints := map[uint64]string{}
	for _, in := range alerts {
		out := &alert.Alert{UpdatedAt: now}
		out.Labels, out.Annotations = labelSet(in.Labels), labelSet(in.Annotations)
		out.StartsAt, out.EndsAt, out.GeneratorURL = in.StartsAt, in.EndsAt, in.GeneratorURL
		list = append(list, out)
		if in.Number != 0 {
			prints[in.Number] = out.Fingerprint().String()
		}
	}
	because := map[model.Fingerprint][]string{}
	for i, in := range alerts {
		for _, number := range in.Because {
			if cause, known := prints[number]; known {
				because[list[i].Fingerprint()] = append(because[list[i].Fingerprint()], cause)
			}
		}
	}
	a.mu.Lock()
	a.because = because
	a.mu.Unlock()
	a.alerts.set(list)
}

func labelSet(m map[string]string) model.LabelSet {
	out := make(model.LabelSet, len(m))
	for k, v := range m {
		out[model.LabelName(k)] = model.LabelValue(v)
	}
	return out
}

// mark tells the API which silences an alert is under, and what explains it,
// asked at each request.
func (a *API) mark(ctx context.Context, labels model.LabelSet) {
	if m, ok := marker.FromContext(ctx); ok {
		m.SetSilenced(labels.Fingerprint(), a.silences.muted(ctx, labels))
		a.mu.RLock()
		because := a.because[labels.Fingerprint()]
		a.mu.RUnlock()
		m.SetInhibited(labels.Fingerprint(), because)
	}
}

// groups shows alerts by name, as somebody would have grouped them.
func (a *API) groups(_ context.Context, wanted func(*dispatch.Route) bool, show func(*alert.Alert, time.Time) bool) (dispatch.AlertGroups, map[model.Fingerprint][]string, error) {
	a.mu.RLock()
	route := a.route
	a.mu.RUnlock()
	type key struct{ receiver, name string }
	found := map[key]*dispatch.AlertGroup{}
	receivers := map[model.Fingerprint][]string{}
	now := time.Now()
	for _, al := range a.alerts.current() {
		if !show(al, now) {
			continue
		}
		for _, r := range route.Match(al.Labels) {
			to := r.RouteOpts.Receiver
			receivers[al.Fingerprint()] = append(receivers[al.Fingerprint()], to)
			if !wanted(r) {
				continue
			}
			k := key{to, string(al.Labels[model.AlertNameLabel])}
			g := found[k]
			if g == nil {
				labels := model.LabelSet{model.AlertNameLabel: al.Labels[model.AlertNameLabel]}
				g = &dispatch.AlertGroup{Labels: labels, Receiver: to, GroupKey: fmt.Sprintf("%s:%s", r.Key(), labels), RouteID: r.ID()}
				found[k] = g
			}
			g.Alerts = append(g.Alerts, al)
		}
	}
	out := make(dispatch.AlertGroups, 0, len(found))
	for _, g := range found {
		slices.SortFunc(g.Alerts, func(x, y *alert.Alert) int { return strings.Compare(x.Labels.String(), y.Labels.String()) })
		out = append(out, g)
	}
	slices.SortFunc(out, func(x, y *dispatch.AlertGroup) int {
		return strings.Compare(x.Labels.String()+"\x00"+x.Receiver, y.Labels.String()+"\x00"+y.Receiver)
	})
	return out, receivers, nil
}

// offered lists the methods of each path below /api/v2/.
func offered() map[string][]string {
	return map[string][]string{
		"status": {"GET"}, "receivers": {"GET"}, "alerts": {"GET"}, "alerts/groups": {"GET"},
		"silences": {"GET", "POST"}, "silence/": {"GET", "DELETE"},
	}
}

// Routes lists every door of the API as METHOD PATH; a path that ends with a
// slash is followed by an ID.
func Routes() []string {
	var out []string
	for path, methods := range offered() {
		for _, method := range methods {
			out = append(out, method+" /api/v2/"+path)
		}
	}
	slices.Sort(out)
	return out
}

// ServeHTTP answers the routes that there are; a change of silences is on disk
// before its answer is given.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v2/")
	id, isOne := strings.CutPrefix(path, "silence/")
	if isOne && id != "" && !strings.Contains(id, "/") {
		path = "silence/"
	}
	methods := offered()[path]
	switch {
	case !ok || methods == nil:
		refuse(w, http.StatusNotFound, "there is no such path in this API")
		return
	case path == "alerts" && r.Method == http.MethodPost:
		w.Header().Set("Allow", "GET")
		refuse(w, http.StatusMethodNotAllowed, "alerts cannot be posted: here they come from rules alone; add a rule file instead")
		return
	case !slices.Contains(methods, r.Method):
		w.Header().Set("Allow", strings.Join(methods, ", "))
		refuse(w, http.StatusMethodNotAllowed, "this path does not take "+r.Method)
		return
	}
	r = r.Clone(r.Context()) // its address and body may be changed
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	sites, ok := a.seen(w, r)
	if !ok {
		return
	}
	if some := len(sites) > 0; some {
		switch {
		case path == "alerts", path == "alerts/groups":
			onlyOf(sites, r)
		case path == "silences" && r.Method == http.MethodGet:
			a.listed(w, r, sites)
			return
		case path == "silences" && !a.posted(w, r, sites), path == "silence/" && !a.allowed(w, r, id, sites):
			return
		}
	}
	if r.Method == http.MethodGet {
		a.inner.Handler.ServeHTTP(w, r)
		return
	}
	answer := &heldAnswer{header: http.Header{}, code: http.StatusOK}
	a.inner.Handler.ServeHTTP(answer, r)
	if err := a.silences.Save(); err != nil {
		a.log.Error("silence changed but not saved", "err", err)
		refuse(w, http.StatusInternalServerError, "the silence is changed until the next restart, but could not be saved; look at the free disk space and the log")
		return
	}
	answer.flush(w)
}

func refuse(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "message": text})
}

// heldAnswer keeps an answer back until the file is written.
type heldAnswer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header         { return h.header }
func (h *heldAnswer) WriteHeader(code int)        { h.code = code }
func (h *heldAnswer) Write(p []byte) (int, error) { return h.body.Write(p) }

func (h *heldAnswer) flush(w http.ResponseWriter) {
	for k, v := range h.header {
		w.Header()[k] = v
	}
	w.WriteHeader(h.code)
	_, _ = w.Write(h.body.Bytes())
}

// alertSet is what the API reads alerts from: a list that is replaced as a
// whole. Alertmanager's own provider merges alerts and forgets them by age,
// which would show incidents that are not.
type alertSet struct {
	mu   sync.RWMutex
	list []*alert.Alert
}

func (s *alertSet) set(list []*alert.Alert) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = list
}

// current copies the alerts. One that goes on ends in five minutes, as
// Prometheus tells Alertmanager: clients expect an end.
func (s *alertSet) current() []*alert.Alert {
	s.mu.RLock()
	defer s.mu.RUnlock()
	soon := time.Now().Add(5 * time.Minute)
	out := make([]*alert.Alert, len(s.list))
	for i, a := range s.list {
		c := *a
		if c.EndsAt.IsZero() {
			c.EndsAt = soon
		}
		out[i] = &c
	}
	return out
}

// GetPending gives the alerts to the API.
func (s *alertSet) GetPending() provider.AlertIterator {
	list := s.current()
	ch, done := make(chan *provider.Alert, len(list)), make(chan struct{})
	for _, a := range list {
		ch <- &provider.Alert{Header: map[string]string{}, Data: a}
	}
	close(ch)
	return provider.NewAlertIterator(ch, done, nil)
}

// Get finds an alert by its labels' fingerprint.
func (s *alertSet) Get(fp model.Fingerprint) (*alert.Alert, error) {
	for _, a := range s.current() {
		if a.Fingerprint() == fp {
			return a, nil
		}
	}
	return nil, provider.ErrNotFound
}

// Put refuses: alerts come from SetAlerts.
func (s *alertSet) Put(context.Context, ...*alert.Alert) error {
	return errors.New("put alerts: they come from rules alone")
}

// Subscribe and SlurpAndSubscribe are for Alertmanager's dispatcher, which
// there is not.
func (s *alertSet) Subscribe(string) provider.AlertIterator { return s.GetPending() }

// SlurpAndSubscribe is never called; see Subscribe.
func (s *alertSet) SlurpAndSubscribe(string) ([]*alert.Alert, provider.AlertIterator) {
	return nil, s.GetPending()
}
