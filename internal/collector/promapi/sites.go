package promapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
	v1 "github.com/prometheus/prometheus/web/api/v1"
)

// labelSite says which site a series, or an alert, is of.
const labelSite = "site"

// errNobody is told when a request comes to the samples and nothing says whose
// it is.
var errNobody = errors.New("nothing says whose samples may be seen")

// seen is which sites' things whoever asks may know.
type seen struct {
	sites []string // none that is empty
	all   bool
}

func (o Options) seen(ctx context.Context) seen {
	sites, all := o.Sites(ctx)
	return seen{slices.DeleteFunc(slices.Clone(sites), func(s string) bool { return s == "" }), all}
}

func (s seen) has(site string) bool { return s.all || slices.Contains(s.sites, site) }

// siteQueryable gives the samples of the sites that whoever asks may see. It
// stands below the parser and the engine: whatever an expression says, each of
// its reads ends in a Select, LabelValues or LabelNames, and there the matcher
// is added. Each of them carries the request's context; one that tells nobody
// reads nothing.
type siteQueryable struct {
	inner storage.Queryable
	seen  func(context.Context) seen
}

// Querier implements storage.Queryable.
func (q siteQueryable) Querier(mint, maxt int64) (storage.Querier, error) {
	inner, err := q.inner.Querier(mint, maxt)
	if err != nil {
		return nil, err
	}
	return siteQuerier{inner, q.seen}, nil
}

// ChunkQuerier implements storage.ChunkQueryable, which is for remote read
// alone.
func (siteQueryable) ChunkQuerier(int64, int64) (storage.ChunkQuerier, error) {
	return nil, errNotOffered
}

// siteQuerier has every method of its own: one that is new in storage.Querier
// must be thought about here before it compiles.
type siteQuerier struct {
	inner storage.Querier
	seen  func(context.Context) seen
}

// only adds the matcher of the sites that are seen.
func (q siteQuerier) only(ctx context.Context, matchers []*labels.Matcher) ([]*labels.Matcher, error) {
	s := q.seen(ctx)
	switch {
	case s.all:
		return matchers, nil
	case len(s.sites) == 0:
		return nil, errNobody
	}
	var quoted []string
	for _, site := range s.sites {
		quoted = append(quoted, regexp.QuoteMeta(site))
	}
	// Anchored by the library. No name is empty, so that series without a site
	// are nobody's but of those who see all.
	m, err := labels.NewMatcher(labels.MatchRegexp, labelSite, strings.Join(quoted, "|"))
	if err != nil {
		return nil, fmt.Errorf("restrict a query to %d sites: %w", len(s.sites), err)
	}
	return append(slices.Clip(matchers), m), nil
}

func (q siteQuerier) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	matchers, err := q.only(ctx, matchers)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	return q.inner.Select(ctx, sorted, hints, matchers...)
}

func (q siteQuerier) LabelValues(ctx context.Context, name string, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	matchers, err := q.only(ctx, matchers)
	if err != nil {
		return nil, nil, err
	}
	return q.inner.LabelValues(ctx, name, hints, matchers...)
}

func (q siteQuerier) LabelNames(ctx context.Context, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	matchers, err := q.only(ctx, matchers)
	if err != nil {
		return nil, nil, err
	}
	return q.inner.LabelNames(ctx, hints, matchers...)
}

func (q siteQuerier) Close() error { return q.inner.Close() }

// siteAlerts answers rules and alerts to who sees some sites only. That there
// is a rule is no secret; its alerts of other sites are, and with them whether
// it fires, and what its last error says of their series.
func (h *handler) siteAlerts(w http.ResponseWriter, r *http.Request, s seen) {
	query := r.URL.Query()
	without, err := strconv.ParseBool(strings.ToLower(query.Get("exclude_alerts")))
	if err == nil {
		query.Del("exclude_alerts") // whether the rule fires follows from its alerts
	}
	r = r.Clone(r.Context())
	r.URL.RawQuery, r.Form = query.Encode(), query
	r.Header.Del("Accept-Encoding") // it is to be read
	held := &heldAnswer{header: http.Header{}, code: http.StatusOK}
	h.next.ServeHTTP(held, r)
	if held.code != http.StatusOK {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(held.code)
		_, _ = w.Write(held.body.Bytes()) // a client that went away needs no answer
		return
	}
	var data any
	if strings.HasSuffix(r.URL.Path, "/alerts") {
		data, err = s.alertsOf(held.body.Bytes())
	} else {
		data, err = s.rulesOf(held.body.Bytes(), without)
	}
	if err != nil {
		h.log.Error("leave out alerts of other sites", "err", err)
		fail(w, http.StatusInternalServerError, "internal", "internal error; the collector's log says more")
		return
	}
	succeed(w, data)
}

// alertsOf is an answer of alerts without those of other sites.
func (s seen) alertsOf(body []byte) (v1.AlertDiscovery, error) {
	var a struct{ Data v1.AlertDiscovery }
	if err := json.Unmarshal(body, &a); err != nil {
		return v1.AlertDiscovery{}, fmt.Errorf("read alerts: %w", err)
	}
	a.Data.Alerts = s.some(a.Data.Alerts)
	return a.Data, nil
}

func (s seen) some(alerts []*v1.Alert) []*v1.Alert {
	return slices.DeleteFunc(alerts, func(a *v1.Alert) bool { return !s.has(a.Labels.Get(labelSite)) })
}

// ruleGroups is v1.RuleDiscovery, whose rules are of two types.
type ruleGroups struct {
	Groups []ruleGroup `json:"groups"`
	Next   string      `json:"groupNextToken,omitempty"`
}

type ruleGroup struct {
	v1.RuleGroup
	Rules []json.RawMessage `json:"rules"` // in place of the embedded one's
}

// rulesOf is an answer of rules as if there were no other sites.
func (s seen) rulesOf(body []byte, withoutAlerts bool) (ruleGroups, error) {
	var a struct{ Data ruleGroups }
	if err := json.Unmarshal(body, &a); err != nil {
		return ruleGroups{}, fmt.Errorf("read rule groups: %w", err)
	}
	for _, g := range a.Data.Groups {
		for i, text := range g.Rules {
			var err error
			if g.Rules[i], err = s.ruleOf(text, withoutAlerts); err != nil {
				return ruleGroups{}, fmt.Errorf("read a rule of %s: %w", g.Name, err)
			}
		}
	}
	return a.Data, nil
}

func (s seen) ruleOf(text []byte, withoutAlerts bool) (json.RawMessage, error) {
	const why = "the rule could not be evaluated; who sees all sites is told why"
	var kind struct{ Type string }
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	if kind.Type == "recording" {
		var r v1.RecordingRule
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, err
		}
		if r.LastError != "" {
			r.LastError = why
		}
		return json.Marshal(r)
	}
	var r v1.AlertingRule
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	if r.LastError != "" {
		r.LastError = why
	}
	r.Alerts = s.some(r.Alerts)
	if r.State != rules.StateUnknown.String() {
		r.State = stateOf(r.Alerts)
	}
	if withoutAlerts {
		r.Alerts = nil
	}
	return json.Marshal(r)
}

// stateOf is the gravest state of alerts, as rules.AlertingRule has it.
func stateOf(alerts []*v1.Alert) string {
	for _, state := range []rules.AlertState{rules.StateFiring, rules.StatePending} {
		if slices.ContainsFunc(alerts, func(a *v1.Alert) bool { return a.State == state.String() }) {
			return state.String()
		}
	}
	return rules.StateInactive.String()
}

// heldAnswer keeps an answer back.
type heldAnswer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func (h *heldAnswer) Header() http.Header         { return h.header }
func (h *heldAnswer) WriteHeader(code int)        { h.code = code }
func (h *heldAnswer) Write(p []byte) (int, error) { return h.body.Write(p) }
