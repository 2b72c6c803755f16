package collector

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/vantage"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/wire"
)

// verdictPrefix begins the IDs of metricdb's targets for what counts of checks
// with vantage points.
const verdictPrefix = "verdict/"

const (
	// decideEvery is how often it is decided what counts: soon after an agent
	// said something.
	decideEvery = 5 * time.Second
	// verdictsEvery is how often what counts is stored although it is what it was.
	verdictsEvery = 30 * time.Second
	// wordsLate is by how much more than it should an agent's word may be late: a
	// line that is slow, a push that is tried again.
	wordsLate = time.Minute
)

// vantages decides what counts of the checks that are looked at from several
// places, and says so in samples. What agents said it reads from the database,
// where it survives a start; in which words, from their reports.
type vantages struct {
	c *Collector

	mu       sync.Mutex
	verdicts map[string]verdict              // by check
	reports  map[string]map[string]wire.Said // by device and check
}

// verdict is what counts of a check at one moment.
type verdict struct {
	vantage.Verdict
	said   []vantage.Said // in the order of the places: the collector first
	words  []vantage.Word // of each
	since  time.Time      // when State became what it is
	stored time.Time
}

// run decides until ctx ends.
func (v *vantages) run(ctx context.Context) error {
	tick := time.NewTicker(decideEvery)
	defer tick.Stop()
	for {
		v.decide(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// watchedFrom reports whether a check is looked at from several places.
func watchedFrom(check *settings.Check) bool { return len(check.Vantages) > 0 && isProbe(*check) }

// placesOf are the devices that look at a check, merged ones resolved, without
// the collector's own computer and without doubles.
func (c *Collector) placesOf(check *settings.Check) []string {
	var out []string
	for _, id := range check.Vantages {
		if d, ok := c.agents.inventory.Resolve(id); ok {
			id = d.ID
		}
		if id != c.device && id != vantage.Collector && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// decide decides what counts of each check with vantage points.
func (v *vantages) decide(ctx context.Context) {
	config := v.c.Config()
	alive := map[string]bool{}
	var listened map[string]enrolment.Agent
	for i := range config.Checks {
		check := &config.Checks[i]
		if check.Paused || !watchedFrom(check) {
			continue
		}
		if listened == nil {
			agents, err := v.c.agents.enrolment.Agents(ctx)
			if err != nil {
				v.c.log.Warn("list the agents", "err", err)
				return
			}
			listened = speakers(agents)
		}
		alive[check.ID] = true
		v.decideOne(ctx, &config, *check, listened)
	}
	v.mu.Lock()
	gone := slices.DeleteFunc(slices.Collect(maps.Keys(v.verdicts)), func(id string) bool { return alive[id] })
	for _, id := range gone {
		delete(v.verdicts, id)
	}
	v.mu.Unlock()
	for _, id := range gone {
		if err := v.c.db.Forget(ctx, verdictPrefix+id, v.c.now()); err != nil {
			v.c.log.Warn("end what counts of a check that is not looked at from several places any more", "check", id, "err", err)
		}
	}
}

// decideOne decides what counts of one check, and stores it when it is another
// than before, and each half minute.
func (v *vantages) decideOne(ctx context.Context, config *Config, check settings.Check, agents map[string]enrolment.Agent) {
	now := v.c.now()
	said, err := v.said(ctx, config, check, agents, now)
	if err != nil {
		v.c.log.Debug("read what is said of a check", "check", check.ID, "err", err)
		return // what was decided ends by itself, and nobody is accused
	}
	next := verdict{Verdict: vantage.Decide(said, now), said: said, words: vantage.Words(said, now), since: now, stored: now}
	v.mu.Lock()
	if v.verdicts == nil {
		v.verdicts = map[string]verdict{}
	}
	before, known := v.verdicts[check.ID]
	again := !known || before.State != next.State || now.Sub(before.stored).Abs() >= verdictsEvery
	if !again {
		next.stored = before.stored
	}
	if known && before.State == next.State {
		next.since = before.since
	}
	v.verdicts[check.ID] = next
	v.mu.Unlock()
	if known && (before.State != next.State || before.Phrase != next.Phrase) {
		v.c.log.Info("what counts of a check changed", "check", check.ID, "state", next.State, "phrase", next.Phrase, "down_from", next.Down)
	}
	if again {
		v.c.looking.storeVerdict(ctx, config, check, next.result(now))
	}
}

// result is what counts, as samples.
func (v verdict) result(now time.Time) look.Result {
	r := look.Result{Kind: jobProbe, Time: now, Outcome: look.OK}
	switch v.State {
	case vantage.StateUp:
		r.Samples = append(r.Samples, look.Sample{Name: metric.CheckUp, Value: 1})
	case vantage.StateDown:
		r.Samples = append(r.Samples, look.Sample{Name: metric.CheckUp, Value: 0})
	}
	for state, places := range map[vantage.State][]string{vantage.StateUp: v.Up, vantage.StateDown: v.Down, vantage.StateUnknown: v.Unknown} {
		r.Samples = append(r.Samples, look.Sample{Name: metric.CheckVantages, Labels: look.Labels("state", string(state)), Value: float64(len(places))})
	}
	return r
}

// freshFor is how long a word of an agent about a check holds.
func freshFor(config *Config, check settings.Check) time.Duration {
	every := max(check.Every(), wire.MinCheckTime)
	return 2*every + check.Within() + config.Agents.PushInterval + wordsLate
}

// said gathers what each place said last.
func (v *vantages) said(ctx context.Context, config *Config, check settings.Check, agents map[string]enrolment.Agent, now time.Time) ([]vantage.Said, error) {
	own := vantage.Said{From: vantage.Collector, Word: vantage.Awaited}
	if r, ok := v.c.looking.board.Get(checkPrefix + check.ID); ok {
		own.Word, own.At, own.Until = wordOf(r.Outcome), r.Time, r.Time.Add(2*check.Every()+check.Within()+wordsLate)
	}
	out := []vantage.Said{own}
	fresh := freshFor(config, check)
	newest, err := v.newest(ctx, check.ID, now.Add(-fresh), now.Add(vantage.MaxAhead))
	if err != nil {
		return nil, err
	}
	for _, id := range v.c.placesOf(&check) {
		s := vantage.Said{From: id, Word: vantage.Silent}
		if w, ok := newest[id]; ok {
			s.Word, s.At, s.Until = w.word, w.at, w.at.Add(fresh)
		} else if a, ok := agents[id]; ok && v.awaits(a, fresh, now) {
			s.Word = vantage.Awaited
		}
		out = append(out, s)
	}
	return out, nil
}

// awaits reports whether an agent that says nothing may be about to: the
// collector has not listened for long enough, or the agent was enrolled just now.
// One that was silent before the collector's start is not waited for.
func (v *vantages) awaits(a enrolment.Agent, fresh time.Duration, now time.Time) bool {
	since := *v.c.listening.Load()
	return now.Sub(since).Abs() <= fresh && since.Sub(a.Seen) <= v.c.Config().Agents.SilentAfter+fresh
}

// jobProbe stamps looks at websites and services.
const jobProbe = "probe"

// dated is a word with its time.
type dated struct {
	word vantage.Word
	at   time.Time
}

// newest reads the newest word of each agent about a check.
func (v *vantages) newest(ctx context.Context, check string, from, to time.Time) (map[string]dated, error) {
	out := map[string]dated{}
	bounded, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, name := range []string{metric.ProbeSuccess, metric.LookUnknown} {
		err := v.c.db.Raw(bounded, name, map[string]string{"check": check, "job": jobProbe}, from, to, func(labels map[string]string, samples []metricdb.Sample) error {
			place := labels["vantage"]
			if place == vantage.Collector || place == "" {
				return nil
			}
			for _, s := range samples {
				w := vantage.Up
				switch {
				case metricdb.Ended(s.Value), name == metric.LookUnknown && s.Value == 0:
					continue
				case name == metric.LookUnknown:
					w = vantage.Offline
				case s.Value == 0:
					w = vantage.Down
				}
				if before, ok := out[place]; !ok || s.Time.After(before.at) {
					out[place] = dated{w, s.Time}
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read %s of check %s: %w", name, check, err)
		}
	}
	return out, nil
}

func wordOf(o look.Outcome) vantage.Word {
	switch o {
	case look.OK:
		return vantage.Up
	case look.Unknown:
		return vantage.Offline
	default:
		return vantage.Down
	}
}

// take takes what an agent says of its checks in words.
func (v *vantages) take(device string, all []wire.Said) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.reports == nil {
		v.reports = map[string]map[string]wire.Said{}
	}
	if len(all) == 0 {
		delete(v.reports, device)
		return
	}
	said := make(map[string]wire.Said, len(all))
	for _, s := range all {
		said[s.Check] = s
	}
	v.reports[device] = said
}

// of is what counts of a check; false when it is not looked at from several
// places, or nothing was decided yet.
func (v *vantages) of(check string) (verdict, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	out, ok := v.verdicts[check]
	return out, ok
}

// report is what an agent said of a check in words.
func (v *vantages) report(device, check string) (wire.Said, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	out, ok := v.reports[device][check]
	return out, ok
}

// problem is what is wrong with a check that counts as down: as the collector
// sees it or, when it does not, as the first agent that does.
func (v *vantages) problem(check string, own *look.Problem) *look.Problem {
	now, ok := v.of(check)
	if !ok || now.State != vantage.StateDown || slices.Contains(now.Down, vantage.Collector) {
		return own
	}
	for _, device := range now.Down {
		if s, ok := v.report(device, check); ok && s.Problem != nil && wordOf(s.Outcome) == vantage.Down {
			return s.Problem
		}
	}
	return nil
}

// Annotations of an alert about a check with vantage points, which its texts tell.
const (
	annotationPhrase = "seen"      // a vantage.Phrase
	annotationFrom   = "down_from" // the names of the places that do not reach it
)

// messageDown is the text of the rule about checks that are down.
const messageDown = "site_down"

// tellAbout adds to an alert what its rule cannot know: the thing that it is
// about, and from where a check is down.
func (c *Collector) tellAbout(labels, annotations map[string]string) map[string]string {
	return c.vantages.annotate(labels, c.about(labels, annotations))
}

// annotate adds to an alert from where its check is down.
func (v *vantages) annotate(labels, annotations map[string]string) map[string]string {
	now, ok := v.of(labels["check"])
	if !ok || now.State != vantage.StateDown || annotations["message"] != messageDown {
		return annotations
	}
	out := maps.Clone(annotations)
	if out == nil {
		out = map[string]string{}
	}
	names := v.c.placeNames(now.ids())
	var from []string
	for _, id := range now.Down {
		from = append(from, names[id])
	}
	out[annotationPhrase], out[annotationFrom] = string(now.Phrase), strings.Join(from, ", ")
	return out
}

// ids are the places, in their order.
func (v verdict) ids() []string {
	var out []string
	for _, s := range v.said {
		out = append(out, s.From)
	}
	return out
}

// placeNames are what people call the places: each by its site, those that share
// one by their own names too.
func (c *Collector) placeNames(ids []string) map[string]string {
	config := c.Config()
	sites, names, of := map[string]string{}, map[string]string{}, map[string]int{}
	for _, id := range ids {
		site := config.Site.ID
		names[id] = "Budi"
		if id != vantage.Collector {
			names[id], site = id, ""
			if d, ok := c.agents.inventory.Resolve(id); ok {
				names[id], site = cmp.Or(d.Name, d.ID), d.Site
			}
		}
		sites[id] = site
		of[site]++
	}
	out := map[string]string{}
	for _, id := range ids {
		name := sites[id]
		if s, err := c.agents.inventory.Site(context.Background(), sites[id]); err == nil {
			name = cmp.Or(s.Name, s.ID)
		}
		switch {
		case name == "":
			name = names[id]
		case of[sites[id]] > 1:
			name = names[id] + " (" + name + ")"
		}
		out[id] = name
	}
	return out
}

// foundVantages finds the computers that are to look at a check by what people
// call them. They must have an agent, and be of a site that whoever asks sees.
func (c *Collector) foundVantages(ctx context.Context, texts []string) ([]string, error) {
	find := c.thingFinder(ctx)
	agents, err := c.agents.enrolment.Agents(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the agents: %w", err)
	}
	have := speakers(agents)
	var out []string
	var problems settings.Problems
	for _, text := range texts {
		id, ok := find(text)
		d, known := c.agents.inventory.Resolve(id)
		if _, speaks := have[d.ID]; !ok || !known || !speaks || !seesSite(ctx, d.Site) {
			problems = append(problems, settings.New("vantages", settings.CodeVantage, "ID", text))
			continue
		}
		if !slices.Contains(out, d.ID) {
			out = append(out, d.ID)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return out, nil
}

// places shows from where a check is looked at. Of a computer whose site whoever
// asks does not see there is its site's name only.
func (v *vantages) places(ctx context.Context, check settings.Check) (out []web.CheckPlace, phrase string) {
	now, ok := v.of(check.ID)
	if !ok {
		return nil, ""
	}
	names := v.c.placeNames(now.ids())
	for i, s := range now.said {
		p := web.CheckPlace{Name: names[s.From], Word: string(now.words[i]), At: s.At}
		if s.From == vantage.Collector {
			if r, ok := v.c.looking.board.Get(checkPrefix + check.ID); ok && r.Outcome != look.OK {
				p.Problem, p.Took = r.Problem, r.Duration
			}
		} else {
			if d, ok := v.c.agents.inventory.Resolve(s.From); ok && seesSite(ctx, d.Site) {
				p.Device = d.ID
			}
			if said, ok := v.report(s.From, check.ID); ok {
				p.Took = said.Duration
				if said.Outcome != look.OK {
					p.Problem = said.Problem
				}
			}
		}
		out = append(out, p)
	}
	return out, string(now.Phrase)
}

// checksFor are the checks that the agent of a device is assigned, and the
// witnesses of its line.
func (c *Collector) checksFor(config *Config, device string) (checks []wire.Check, witnesses []string) {
	if d, ok := c.agents.inventory.Resolve(device); ok {
		device = d.ID
	}
	for i := range config.Checks {
		check := &config.Checks[i]
		if check.Paused || !watchedFrom(check) || len(checks) >= wire.MaxChecks || !slices.Contains(c.placesOf(check), device) {
			continue
		}
		spec, err := json.Marshal(check.Spec)
		if err != nil {
			continue // nothing in it can fail
		}
		may := c.lookOptions(*check).Reach // of the collector's own doors an agent is kept out like everybody else
		checks = append(checks, wire.Check{ID: check.ID, Interval: max(check.Every(), wire.MinCheckTime), Spec: spec, Allow: may.Allow, Deny: may.Deny})
	}
	if len(checks) == 0 {
		return nil, nil
	}
	witnesses = config.Line.Witnesses[:min(len(config.Line.Witnesses), wire.MaxWitnesses)]
	if len(witnesses) == 0 {
		// Better than nobody: the way to the collector is a part of the line.
		witnesses = witnessOf(c.agentURL())
	}
	return checks, witnesses
}

// witnessOf makes a witness of the address of the collector.
func witnessOf(address string) []string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return []string{"tcp://" + net.JoinHostPort(u.Hostname(), port)}
}

// checkRight says for which checks the agent of a device may speak, and the site
// of each. It is made for one request.
func (c *Collector) checkRight(device string) func(id string) (site string, assigned bool) {
	var sites map[string]string // by check; made when it is first asked for
	return func(id string) (string, bool) {
		if sites == nil {
			sites = map[string]string{}
			config := c.Config()
			for i := range config.Checks {
				if check := &config.Checks[i]; watchedFrom(check) && slices.Contains(c.placesOf(check), device) {
					sites[check.ID] = config.siteOf(*check)
				}
			}
		}
		site, assigned := sites[id]
		return site, assigned
	}
}

// storeVerdict stores what counts of a check, unless it is not looked at any more.
func (l *looking) storeVerdict(ctx context.Context, config *Config, check settings.Check, r look.Result) {
	l.storing.RLock()
	defer l.storing.RUnlock()
	if w, ok := (*l.plan.Load())[checkPrefix+check.ID]; ok && watchedFrom(&w.check) {
		l.store(ctx, verdictPrefix+check.ID, identityOf(config, check), r)
	}
}
