package collector

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/vantage"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// statusWriteTimeout is how long a visitor may take to receive a page.
const statusWriteTimeout = 30 * time.Second

// For how long something has to be down before the public reads of it, as the
// rules SiteDown and DeviceDown wait: one look that went wrong is no news.
const (
	statusWait       = 2 * time.Minute
	statusDeviceWait = 3 * time.Minute
)

// statusPages are the pages that the public reads. Visitors are answered from
// memory: no session is looked up for them and nothing is read from the disk,
// but when a page is made anew.
type statusPages struct {
	c        *Collector
	renderer *statuspage.Renderer
	cache    *statuspage.Cache
	requests *prometheus.CounterVec
	made     prometheus.Counter

	changing sync.Mutex // one change at a time
	current  atomic.Pointer[statusSet]
}

// statusSet is all pages and posts at a moment. It is never changed.
type statusSet struct {
	pages map[string]statuspage.Page // by ID
	posts map[string]statuspage.Post
	paths map[string]string // path of a published page → its ID
	hosts map[string]string // host name of any page → its ID
}

func newStatusSet(pages map[string]statuspage.Page, posts map[string]statuspage.Post) *statusSet {
	s := &statusSet{pages: pages, posts: posts, paths: map[string]string{}, hosts: map[string]string{}}
	for id, p := range pages {
		if p.Published {
			s.paths[p.Path] = id
		}
		if p.Host != "" {
			s.hosts[p.Host] = id
		}
	}
	return s
}

// of lists the posts of a page, the newest first.
func (s *statusSet) of(page string) []statuspage.Post {
	var out []statuspage.Post
	for _, p := range s.posts {
		if p.Page == page {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b statuspage.Post) int { return b.Changed().Compare(a.Changed()) })
	return out
}

// openStatusPages reads the pages.
func (c *Collector) openStatusPages() error {
	renderer, err := statuspage.NewRenderer(c.catalogue)
	if err != nil {
		return err
	}
	pages, posts, err := c.store.StatusPages()
	if err != nil {
		return err
	}
	s := &statusPages{c: c, renderer: renderer, cache: statuspage.NewCache(c.now),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "budi_status_page_requests_total", Help: "Requests for public status pages and their feeds, by how they were answered: page, not_modified, not_found or failed.",
		}, []string{"outcome"}),
		made: prometheus.NewCounter(prometheus.CounterOpts{Name: "budi_status_page_renders_total", Help: "How often a public status page or its feed was made anew."}),
	}
	for _, outcome := range []string{"page", "not_modified", "not_found", "failed"} {
		s.requests.WithLabelValues(outcome)
	}
	byID, byPost := map[string]statuspage.Page{}, map[string]statuspage.Post{}
	for _, p := range pages {
		if p.Changed.IsZero() { // of a program that did not note it: a moment that stays, if not the right one
			p.Changed = c.now()
			if err := c.store.PutStatusPage(p); err != nil {
				return err
			}
		}
		byID[p.ID] = p
	}
	for _, p := range posts {
		if _, ok := byID[p.Page]; ok && len(p.Updates) > 0 {
			byPost[p.ID] = p
		}
	}
	s.current.Store(newStatusSet(byID, byPost))
	c.statusPages = s
	if err := c.registry.Register(s.requests); err != nil {
		return err
	}
	return c.registry.Register(s.made)
}

// put exchanges pages and posts after edit changed copies of them.
func (s *statusPages) put(edit func(pages map[string]statuspage.Page, posts map[string]statuspage.Post)) {
	old := s.current.Load()
	pages, posts := maps.Clone(old.pages), maps.Clone(old.posts)
	edit(pages, posts)
	s.current.Store(newStatusSet(pages, posts))
	s.cache.Forget()
}

// hostNames are the names under which pages are found.
func (s *statusPages) hostNames() []string {
	if s == nil {
		return nil // the certificate is made before the pages are read
	}
	return slices.Sorted(maps.Keys(s.current.Load().hosts))
}

// written is what people wrote of a page, and on it.
func (s *statusPages) written(config *Config, page statuspage.Page) statuspage.Snapshot {
	return statuspage.Snapshot{Page: page, Posts: s.current.Load().of(page.ID), Now: s.c.now(), Zone: config.zone(), Demo: s.c.opts.Demo}
}

// snapshot gathers what a page shows: what people wrote, and how things are.
func (s *statusPages) snapshot(ctx context.Context, page statuspage.Page) (statuspage.Snapshot, error) {
	// What is published was decided by who may; it is not of who asks.
	ctx = access.WithIdentity(ctx, access.Local("status page"))
	config := s.c.Config()
	out := s.written(&config, page)
	out.Seen = map[string]statuspage.Seen{}
	now := out.Now
	if len(page.Components) == 0 {
		return out, nil
	}
	devices := fleetView{s.c}
	picture, err := devices.picture(ctx)
	if err != nil {
		return out, err
	}
	covered := s.c.underMaintenance(now)
	told, excused := map[topology.ID]bool{}, map[topology.ID]bool{}
	for _, inc := range s.c.alerting.open() {
		// One that is still held back is not told inside either.
		told[inc.Thing] = told[inc.Thing] || inc.Meaning == incident.Down && inc.State == incident.Open
		excused[inc.Thing] = excused[inc.Thing] || len(inc.Because) > 0
	}
	today := s.c.uptimes.Today()
	for _, component := range page.Components {
		var all []statuspage.Seen
		for _, thing := range component.Things {
			is, ok := s.c.publicState(&config, devices, picture, thing, now)
			if !ok || page.Site != "" && is.site != page.Site {
				continue
			}
			state := is.state
			switch {
			case state != statuspage.Trouble:
			case excused[is.thing]:
				state = statuspage.Unknown // something else is broken, and nobody knows how this is
			case is.early && !told[is.thing]:
				state = statuspage.Unknown
			}
			if _, in := covered[is.thing]; in && state != statuspage.Operational {
				state = statuspage.InMaintenance
			}
			days, err := s.c.uptimes.Days(ctx, is.thing, today-statuspage.ShownDays+1, today)
			if err != nil {
				return out, fmt.Errorf("read how available %s was: %w", is.thing, err)
			}
			seen := statuspage.Seen{State: state, Days: map[availability.Date]availability.Day{}}
			for _, d := range days {
				seen.Days[d.Date] = d
			}
			all = append(all, seen)
		}
		if len(all) > 0 {
			out.Seen[component.ID] = statuspage.Join(all)
		}
	}
	return out, nil
}

// standing is how a check or a device is now.
type standing struct {
	thing topology.ID // of a device that was merged into another one: the other one
	site  string
	state statuspage.State
	early bool // Trouble that is too new to be news, unless there is an incident
}

// publicState says how a check or a device is now, and where; false when there is
// no such thing any more.
func (c *Collector) publicState(config *Config, devices fleetView, p picture, thing topology.ID, now time.Time) (standing, bool) {
	if id, is := thing.CheckID(); is {
		check, ok := config.Check(id)
		if !ok {
			return standing{}, false
		}
		state, since := c.publicCheck(&check, now)
		return standing{thing, config.siteOf(check), state, now.Sub(since) < statusWait}, true
	}
	d, ok := c.agents.inventory.Resolve(string(thing))
	if !ok {
		return standing{}, false
	}
	out := standing{thing: topology.ID(d.ID), site: d.Site}
	conditions := devices.row(p, d).Conditions
	switch {
	case slices.Contains(conditions, web.Heard):
		out.state = statuspage.Operational
	case slices.Contains(conditions, web.Silent):
		out.state = statuspage.Trouble
		// An agent is waited for before it is called silent; of a device that is asked
		// over the network the first question without an answer says so.
		if way, polled := p.polled[d.ID]; polled && d.Polled {
			id := polledPrefix + way.ID
			newest, _ := c.looking.board.Get(id)
			since := c.looking.board.Since(id)
			out.early = now.Sub(since) < statusDeviceWait || !newest.Time.After(since)
		}
	}
	return out, true
}

// publicCheck says how a check is now and, when it is in trouble, since when.
func (c *Collector) publicCheck(check *settings.Check, now time.Time) (state statuspage.State, since time.Time) {
	shown := view{c}.check(*check)
	if check.Paused || shown.Result == nil || shown.Stale(now) {
		return statuspage.Unknown, since
	}
	if v, decided := c.vantages.of(check.ID); decided && watchedFrom(check) {
		switch v.State {
		case vantage.StateUp:
			return statuspage.Operational, since
		case vantage.StateDown:
			return statuspage.Trouble, v.since
		}
		return statuspage.Unknown, since
	}
	switch shown.Result.Outcome {
	case look.OK:
		return statuspage.Operational, since
	case look.Unknown:
		return statuspage.Unknown, since
	}
	return statuspage.Trouble, c.looking.board.WrongSince(checkPrefix + check.ID)
}

// render writes a page or its feed, and says so when that cannot be done.
func (s *statusPages) render(ctx context.Context, key statuspage.Key) (body []byte, err error) {
	s.made.Inc()
	defer func() {
		if err != nil && !errors.Is(err, web.ErrNotFound) {
			s.c.log.Error("make a status page", "page", key.Page, "form", key.Form, "err", err)
		}
	}()
	// As it is now: what was changed since the visitor came is not kept as it was.
	page, ok := s.current.Load().pages[key.Page]
	if !ok || !page.Published {
		return nil, fmt.Errorf("status page %s: %w", key.Page, web.ErrNotFound)
	}
	if key.Form == statuspage.Atom { // is of nothing but what people wrote
		config := s.c.Config()
		return s.renderer.Atom(s.written(&config, page), key.Lang)
	}
	snapshot, err := s.snapshot(ctx, page)
	if err != nil {
		return nil, err
	}
	return s.renderer.HTML(snapshot, key.Lang, false)
}

// doors are where pages are found by their paths.
func (s *statusPages) doors() []door {
	at := func(form statuspage.Form) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			set := s.current.Load()
			page, ok := set.pages[set.paths[r.PathValue("path")]]
			s.serve(w, r, page, ok, form)
		}
	}
	return []door{
		{pattern: "GET /status/{path}/{$}", handler: at(statuspage.HTML)},
		{pattern: "GET /status/{path}/feed.atom", handler: at(statuspage.Atom)},
	}
}

// byHost answers under the host names that pages have for themselves, where there
// is nothing but the page; next answers under all others.
func (s *statusPages) byHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set := s.current.Load()
		if len(set.hosts) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		host := hostName(r.Host)
		page, ok := set.pages[set.hosts[host]]
		if !ok || host == s.c.consoleHost() {
			next.ServeHTTP(w, r)
			return
		}
		form, known := map[string]statuspage.Form{"/": statuspage.HTML, "/feed.atom": statuspage.Atom}[r.URL.Path]
		if page.Published && r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "this is a page to be read", http.StatusMethodNotAllowed)
			return
		}
		s.serve(w, r, page, known && page.Published, form)
	})
}

// hostName is the host of a request, without its port.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimRight(host, "."))
}

// consoleHost is the name under which people reach the console; "" when nobody
// said.
func (c *Collector) consoleHost() string {
	c.mu.Lock()
	external := c.config.ExternalURL
	c.mu.Unlock()
	u, err := url.Parse(external)
	if err != nil {
		return ""
	}
	return hostName(u.Host)
}

// serve answers a visitor.
func (s *statusPages) serve(w http.ResponseWriter, r *http.Request, page statuspage.Page, published bool, form statuspage.Form) {
	h := w.Header()
	// A visitor reads and goes; connections are for agents, which keep theirs. A
	// web server in front, on this computer, keeps its own.
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && !from.Addr().Unmap().IsLoopback() {
		h.Set("Connection", "close")
	}
	// A server that cannot do this ends the answer by its own deadline.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(statusWriteTimeout))
	if !published {
		s.noPage(w)
		return
	}
	key := statuspage.Key{Page: page.ID, Form: form, Lang: languageOf(r, page)}
	got, err := s.cache.Get(r.Context(), key, func(ctx context.Context) ([]byte, error) { return s.render(ctx, key) })
	if errors.Is(err, web.ErrNotFound) { // it was taken away just now
		s.noPage(w)
		return
	}
	if err != nil {
		if r.Context().Err() == nil {
			s.requests.WithLabelValues("failed").Inc()
		}
		h.Set("Retry-After", "30")
		http.Error(w, "Puslapio šiuo metu parodyti nepavyksta. The page cannot be shown at the moment.", http.StatusServiceUnavailable)
		return
	}
	h.Set("Content-Security-Policy", s.renderer.Policy())
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(statuspage.FreshFor/time.Second)))
	h.Set("Vary", "Accept-Encoding, Accept-Language")
	h.Set("Content-Language", string(key.Lang))
	if form == statuspage.Atom {
		h.Set("Content-Type", "application/atom+xml; charset=utf-8")
	} else {
		h.Set("Content-Type", "text/html; charset=utf-8")
	}
	body, tag := got.Body, `"`+got.ETag+`"`
	if takesGzip(r) {
		body, tag = got.Gzip, `"`+got.ETag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if hasAlready(r, tag) {
		s.requests.WithLabelValues("not_modified").Inc()
		h.Del("Content-Encoding")
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.requests.WithLabelValues("page").Inc()
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // whoever went away needs no answer
	}
}

// noPage says no more of a page that is not public than of one that never was.
func (s *statusPages) noPage(w http.ResponseWriter) {
	s.requests.WithLabelValues("not_found").Inc()
	http.Error(w, "Puslapio nėra. There is no such page.", http.StatusNotFound)
}

// hasAlready reports whether whoever asks has what is about to be sent: a web
// server in front may have marked the tag as a weak one (RFC 9110, 13.1.2).
func hasAlready(r *http.Request, tag string) bool {
	for _, line := range r.Header.Values("If-None-Match") {
		for one := range strings.SplitSeq(line, ",") { // no tag of ours has a comma in it
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// languageOf is in which of its languages a page is shown.
func languageOf(r *http.Request, page statuspage.Page) i18n.Lang {
	if lang := i18n.Lang(r.URL.Query().Get("lang")); page.Speaks(lang) {
		return lang
	}
	accepted := r.Header.Get("Accept-Language")
	if lang := i18n.Match(accepted[:min(len(accepted), 200)], page.Languages[0]); page.Speaks(lang) {
		return lang
	}
	return page.Languages[0]
}

// takesGzip reports whether whoever asks can unpack what is compressed.
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, parameter, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.TrimSpace(name) == "gzip" {
			q := strings.ReplaceAll(parameter, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

// ownNames are the host names of this computer that no page may have.
func (c *Collector) ownNames() []string {
	out := []string{c.consoleHost()}
	if name, err := os.Hostname(); err == nil {
		out = append(out, strings.ToLower(name))
	}
	return out
}

// newUUID makes a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
