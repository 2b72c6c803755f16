// Package crawl walks through a website, page by page, and finds the links on it
// that do not work: to its own pages, pictures and documents, and, lightly, to
// other websites. It is polite: it obeys robots.txt (RFC 9309) and its
// Crawl-delay, asks one thing at a time, waits between two requests to one host,
// does what Retry-After says, and stops when the website does not answer.
//
// A crawl of thousands of pages takes longer than anybody wants to wait, so that
// it is made in runs: Run works until its budget is used up or its context ends,
// and all that it knows is in the State, which can be written to disk in between.
// What answers badly once may be mended a minute later: only what says itself
// that there is no such thing (404, 410) is told at once, everything else is asked
// again in another run first.
//
// It stores nothing, starts no goroutine and knows no check. The collector's
// composition and the command "look" call it.
package crawl

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// What a run keeps to where Options say nothing.
const (
	DefaultPace       = time.Second
	DefaultTimeout    = 15 * time.Second
	DefaultRetryAfter = 30 * time.Minute
	DefaultSaveEvery  = time.Minute

	// KeepExternal is for how long an address of another website that was fine
	// is not asked again.
	KeepExternal = 7 * 24 * time.Hour
)

// Bounds of a run.
const (
	maxPage      = 4 << 20 // bytes of one page
	MaxRedirects = 10

	perHostRun   = 10 // requests to one other website in one run
	perHostCrawl = 50 // addresses of one other website in one crawl

	longestWait   = time.Minute // within a run; what wants more ends it
	maxRetryAfter = 6 * time.Hour
	pauseRobots   = time.Hour        // after a robots.txt that could not be had (RFC 9309 section 2.3.1.4)
	pauseSilent   = 30 * time.Minute // after a website that does not answer
	pauseOffline  = 5 * time.Minute  // while our own line is down
	pauseBusy     = 15 * time.Minute // after answers that say "later" without saying when

	inARow   = 5 // failures in succession after which the first page is asked
	maxTries = 3 // of an address whose host says "later"
)

// Bounds of what looks as if it had no end.
const (
	freeDepth  = 12   // clicks from the first page within which a shape may be met as often as it is
	maxShape   = 100  // addresses of one shape beyond that
	maxDepth   = 60   // clicks
	maxQueries = 8000 // addresses of one path that differ in their query: all pages of an old website may have one path
	maxTwins   = 20   // addresses of one path that show the same page
	maxTold    = 5    // of these, by name

	maxTwinShare = 4 // so many times the twins are the pages of a path beyond which these twins mean nothing
)

// Why a run ended.
const (
	WhyFinished  = "finished"  // everything was tried
	WhyBudget    = "budget"    // as many requests as it may make were made
	WhyLater     = "later"     // what is left is to be asked again after State.Due
	WhyCancelled = "cancelled" // the context ended
	WhySilent    = "silent"    // the website does not answer, or only with errors
	WhyRobots    = "robots"    // robots.txt could not be had: then nothing may be asked for
	WhyOffline   = "offline"   // our own line is down
)

// Codes of broken addresses that are not those of package probe.
const (
	CodeUnreadable = "address_unreadable" // no browser can follow the link
	CodeNotThere   = "page_not_there"     // it answers with status 200 what it answers to addresses that it cannot have
)

// Options say how a run is made.
type Options struct {
	Client     *probe.Client // reads; required
	Requests   int           // at most; 0: as many as it takes
	Pages      int           // read at most in the whole crawl; 0: as many as there are
	Addresses  int           // known at most; 0: MaxAddresses
	Pace       time.Duration // from the end of a request to the next one to the same host; 0: none
	Timeout    time.Duration // of one request; 0: DefaultTimeout
	RetryAfter time.Duration // before what answered badly is asked again; 0: DefaultRetryAfter

	// Until ends the run before the first request after it; zero: it does not.
	Until time.Time

	// Online says, when something does not answer, whether our own line is up.
	// nil: it is.
	Online func(context.Context) bool

	// Progress is called before each request; nil: nobody wants to know.
	Progress func(Progress)

	// Save stores the state each SaveEvery (0: DefaultSaveEvery), so that a killed
	// program loses no more; nil: it is not stored. Its error ends the run.
	Save      func(*State) error
	SaveEvery time.Duration

	Now   func() time.Time                           // nil: time.Now
	Sleep func(ctx context.Context, d time.Duration) // returns when ctx ends; nil: by the clock
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// run is one run.
type run struct {
	o     Options
	s     *State
	start *url.URL

	index map[string]int32   // address → its place in s.All
	own   []int32            // of the website itself, to be tried, in this order
	out   map[string][]int32 // of other websites, by host
	hosts []string           // keys of out, in the order in which they were met
	turn  int                // whose turn it is of hosts

	robots      map[string]*robots   // by origin
	next        map[string]time.Time // host → before which it is not asked again
	delay       time.Duration        // that robots.txt wants
	asked       int                  // in this run
	outRun      map[string]int       // other websites → requests in this run
	outAll      map[string]int       // → addresses in this crawl
	shapes      map[string]int       // shape → addresses beyond freeDepth
	queries     map[string]int       // path → addresses with a query
	readQueries map[string]int       // path → pages with a query that were read
	failed      []int32              // in succession, of the website itself
	counts      Progress
	saved       time.Time
	stop        string // why the run ends; empty: it does not
	err         error
}

// ours is the host key of the website itself in next.
const ours = ""

// Run goes on with a crawl until it is finished, its budget is used up or ctx
// ends, and returns why: one of the Why… constants, which State.Paused has too.
// Nothing of the state is lost when it ends, whatever the reason. The error is
// that of Save.
func Run(ctx context.Context, s *State, o Options) (string, error) {
	o.Timeout, o.RetryAfter = cmp.Or(o.Timeout, DefaultTimeout), cmp.Or(o.RetryAfter, DefaultRetryAfter)
	o.SaveEvery, o.Addresses = cmp.Or(o.SaveEvery, DefaultSaveEvery), min(cmp.Or(o.Addresses, MaxAddresses), MaxAddresses)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if s.Finished() {
		return WhyFinished, nil
	}
	start, err := url.Parse(s.Start)
	if err != nil {
		return "", err // New read it
	}
	r := &run{o: o, s: s, start: start, index: map[string]int32{}, out: map[string][]int32{}, robots: map[string]*robots{}, next: map[string]time.Time{},
		outRun: map[string]int{}, outAll: map[string]int{}, shapes: map[string]int{}, queries: map[string]int{}, readQueries: map[string]int{}, saved: o.Now()}
	s.Runs++
	s.Paused, s.Problem, s.Due = "", "", time.Time{}
	r.load()
	r.begin(ctx)
	for r.stop == "" {
		r.step(ctx)
	}
	s.Paused = r.stop
	if r.stop == WhyFinished {
		s.Ended = o.Now()
	}
	return r.stop, r.err
}

// load makes of the state what is quicker to work with.
func (r *run) load() {
	now := r.o.Now().Unix()
	r.counts = r.s.Progress()
	for i := range r.s.All {
		a := &r.s.All[i]
		r.index[a.URL] = int32(i)
		u, err := url.Parse(a.URL)
		if err != nil {
			continue // a link that nobody can follow
		}
		r.count(a, u)
		if a.Mark == waiting && a.After <= now {
			r.queue(int32(i), u)
		}
	}
}

// count counts an address for the bounds of what has no end.
func (r *run) count(a *address, u *url.URL) {
	switch {
	case a.Out:
		if a.Tries > 0 || a.Mark != waiting {
			r.outAll[hostKey(u)]++
		}
		return
	case u.RawQuery != "":
		r.queries[u.Path]++
		r.countQuery(a, u)
	}
	if a.Depth > freeDepth {
		r.shapes[shape(a.URL)]++
	}
}

func (r *run) queue(i int32, u *url.URL) {
	if !r.s.All[i].Out {
		r.own = append(r.own, i)
		return
	}
	host := hostKey(u)
	if _, ok := r.out[host]; !ok {
		r.hosts = append(r.hosts, host)
	}
	r.out[host] = append(r.out[host], i)
}

// end ends the run.
func (r *run) end(why string, due time.Time) {
	if r.stop == "" {
		r.stop, r.s.Due = why, due
	}
}

// begin reads robots.txt, and once the addresses of sitemaps.
func (r *run) begin(ctx context.Context) {
	rules := r.robotsOf(ctx, r.start)
	if r.stop == "" && r.s.Nowhere == nil {
		r.s.Nowhere = r.askNowhere(ctx, rules)
	}
	if r.stop != "" || r.s.Runs > 1 && len(r.s.All) > 1 {
		return
	}
	maps := append(slices.Clone(rules.sitemaps), originOf(r.start)+"/sitemap.xml")
	for _, m := range maps {
		u, err := resolve(r.start, m, nil)
		if err == nil && u != nil && r.isOwn(u) {
			r.addMap(u)
		}
	}
}

// askNowhere asks for two pages that cannot be there. Many websites answer with
// status 200 all the same. What they show says so, and is the same for both: then
// links to such pages are found by it. nil: the run had to end.
func (r *run) askNowhere(ctx context.Context, rules *robots) *nowhere {
	var was found
	for i := range 2 {
		u, err := resolve(r.start, "budi-"+strings.ToLower(rand.Text()[:16]), nil)
		if err != nil || u == nil || !rules.allows(pathOf(u)) {
			return &nowhere{}
		}
		a, problem := r.ask(ctx, ours, probe.Fetch{URL: u.String(), Limit: maxPage, Redirects: MaxRedirects})
		if r.stop != "" {
			return nil
		}
		contentType := a.Header.Get("Content-Type")
		if problem != nil || a.Status != http.StatusOK || !isHTML(strings.ToLower(contentType), a.Body) || spell(a.URL) != nil || !r.isOwn(a.URL) {
			return &nowhere{}
		}
		is := extract(a.Body, contentType, a.URL)
		if !is.denies || i > 0 && is.print != was.print {
			return &nowhere{Blind: true}
		}
		was = is
	}
	return &nowhere{Print: was.print}
}

// addMap adds a sitemap to what is read.
func (r *run) addMap(u *url.URL) {
	n := 0
	for i := range r.s.All {
		if r.s.All[i].Map {
			n++
		}
	}
	if _, known := r.index[u.String()]; !known && n < maxSitemapFiles {
		if i, ok := r.append(address{URL: u.String(), Kind: KindDocument, Map: true, Depth: 1}); ok {
			r.queue(i, u)
		}
	}
}

// append adds an address to those that are known.
func (r *run) append(a address) (int32, bool) {
	if len(r.s.All) >= r.o.Addresses {
		r.s.Over++
		return 0, false
	}
	i := int32(len(r.s.All))
	r.s.All = append(r.s.All, a)
	r.index[a.URL] = i
	if a.Mark == waiting {
		r.counts.Waiting++
	}
	return i, true
}

// robotsOf reads the robots.txt of an address's origin, once in a run. One that
// cannot be had forbids everything; that of the first page ends the run.
func (r *run) robotsOf(ctx context.Context, u *url.URL) *robots {
	origin := originOf(u)
	if rules, ok := r.robots[origin]; ok {
		return rules
	}
	a, problem := r.ask(ctx, ours, probe.Fetch{URL: origin + "/robots.txt", Limit: maxRobots, Redirects: 5})
	rules := &robots{}
	r.robots[origin] = rules
	first := origin == originOf(r.start)
	switch {
	case r.stop != "":
		rules.nothing = true
		delete(r.robots, origin)
	case a.Status >= 200 && a.Status < 300 && (problem == nil || len(a.Body) > 0):
		*rules = parseRobots(a.Body)
		r.delay = max(r.delay, rules.delay)
	case a.Status >= 400 && a.Status < 500 && a.Status != http.StatusTooManyRequests, problem != nil && problem.Code == probe.CodeTooManyRedirects, a.Status >= 300 && a.Status < 400:
		// There is none: everything is allowed (section 2.3.1.3).
	case problem != nil && first:
		r.silent(ctx, problem.Code)
	case first:
		r.s.Problem = probe.CodeUnexpectedStatus
		r.end(WhyRobots, r.o.Now().Add(max(pauseRobots, r.retryAfter(a.Header))))
	default:
		rules.nothing = true
	}
	return rules
}

// silent ends the run because the website does not answer, or because we cannot
// tell.
func (r *run) silent(ctx context.Context, code string) {
	switch {
	case r.stop != "":
	case !r.online(ctx):
		r.end(WhyOffline, r.o.Now().Add(pauseOffline))
	default:
		r.s.Problem = code
		r.end(WhySilent, r.o.Now().Add(pauseSilent))
	}
}

func (r *run) online(ctx context.Context) bool { return r.o.Online == nil || r.o.Online(ctx) }

// ask makes one request when the host's turn has come. When the run has to end,
// before it or because of it, stop is set and there is no answer.
func (r *run) ask(ctx context.Context, host string, f probe.Fetch) (probe.Answer, *look.Problem) {
	if wait := r.next[host].Sub(r.o.Now()); wait > longestWait {
		r.end(WhyLater, r.next[host])
	} else if wait > 0 && r.stop == "" {
		r.o.Sleep(ctx, wait)
	}
	switch {
	case ctx.Err() != nil:
		r.end(WhyCancelled, time.Time{})
	case r.o.Requests > 0 && r.asked >= r.o.Requests, !r.o.Until.IsZero() && r.o.Now().After(r.o.Until):
		r.end(WhyBudget, time.Time{})
	}
	if r.stop != "" {
		return probe.Answer{}, nil
	}
	if r.o.Progress != nil {
		r.counts.Now, r.counts.Pages, r.counts.Asked = f.URL, r.s.Pages, r.s.Asked
		r.o.Progress(r.counts)
	}
	bounded, cancel := context.WithTimeout(ctx, r.o.Timeout)
	a, problem := r.o.Client.Get(bounded, f)
	cancel()
	if ctx.Err() != nil {
		r.end(WhyCancelled, time.Time{})
		return probe.Answer{}, nil
	}
	n := max(1, len(a.Hops))
	r.asked, r.s.Asked = r.asked+n, r.s.Asked+n
	pace := r.o.Pace
	if host == ours {
		pace = max(pace, r.delay)
	}
	r.next[host] = r.o.Now().Add(pace * time.Duration(n))
	if problem != nil && problem.Code == probe.CodeLocalError {
		// This computer is out of sockets: that says nothing about anybody.
		r.end(WhyLater, r.o.Now().Add(pauseOffline))
		return probe.Answer{}, nil
	}
	if r.o.Save != nil && r.o.Now().Sub(r.saved) >= r.o.SaveEvery {
		if err := r.o.Save(r.s); err != nil {
			r.err = err
			r.end(WhyCancelled, time.Time{})
		}
		r.saved = r.o.Now()
	}
	return a, problem
}

// retryAfter is how long the answer wants us to wait (RFC 9110 section 10.2.3),
// within bounds; 0: it does not say.
func (r *run) retryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 1), int(maxRetryAfter/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(r.o.Now()), time.Second), maxRetryAfter)
	}
	return 0
}

// step tries the next address.
func (r *run) step(ctx context.Context) {
	now := r.o.Now()
	full := r.o.Pages > 0 && r.s.Pages >= r.o.Pages
	if full {
		r.own = slices.DeleteFunc(r.own, func(i int32) bool { return r.reads(&r.s.All[i]) })
	}
	host := r.readyHost(now)
	switch {
	case len(r.own) > 0 && (host == "" || !r.next[ours].After(now)):
		i := r.own[0]
		r.own = r.own[1:]
		r.tryOwn(ctx, i)
	case host != "":
		i := r.out[host][0]
		r.out[host] = r.out[host][1:]
		r.tryOut(ctx, i, host)
	default:
		r.rest()
	}
}

// readyHost is another website that may be asked now; when there is only the
// waiting left, the one whose turn comes first. Empty: none.
func (r *run) readyHost(now time.Time) string {
	var soonest string
	for n := range r.hosts {
		host := r.hosts[(r.turn+n)%len(r.hosts)]
		if len(r.out[host]) == 0 || r.outRun[host] >= perHostRun {
			continue
		}
		if r.outAll[host] >= perHostCrawl {
			for _, i := range r.out[host] {
				r.settle(i, beyond)
			}
			r.out[host] = nil
			continue
		}
		if !r.next[host].After(now) {
			r.turn = (r.turn + n + 1) % len(r.hosts)
			return host
		}
		if len(r.own) == 0 && (soonest == "" || r.next[host].Before(r.next[soonest])) {
			soonest = host
		}
	}
	return soonest
}

// rest ends a run that has nothing to do any more.
func (r *run) rest() {
	now := r.o.Now()
	var due time.Time
	left := false
	full := r.o.Pages > 0 && r.s.Pages >= r.o.Pages
	for i := range r.s.All {
		a := &r.s.All[i]
		if a.Mark != waiting || full && !a.Out && r.reads(a) {
			continue
		}
		left = true
		at := now
		if a.After > 0 {
			at = time.Unix(a.After, 0)
		}
		if due.IsZero() || at.Before(due) {
			due = at
		}
	}
	if !left {
		r.end(WhyFinished, time.Time{})
		return
	}
	r.end(WhyLater, due)
}

// settle says what is known of an address.
func (r *run) settle(i int32, m mark) {
	a := &r.s.All[i]
	if a.Mark == waiting && m != waiting {
		r.counts.Waiting--
	}
	switch m {
	case fine:
		r.counts.Checked++
	case broken:
		r.counts.Checked, r.counts.Broken = r.counts.Checked+1, r.counts.Broken+1
	}
	a.Mark = m
}

// isOwn reports whether an address is of the website itself.
func (r *run) isOwn(u *url.URL) bool { return slices.Contains(r.s.Hosts, hostKey(u)) }

// ownHost adds a host to those of the website, when the first page leads there
// and it is of the same domain: whoever writes example.lt means www2.example.lt
// too, but not where people log in.
func (r *run) ownHost(u *url.URL) {
	if r.isOwn(u) || len(r.s.Hosts) >= maxHosts {
		return
	}
	was, _ := publicsuffix.EffectiveTLDPlusOne(r.start.Hostname())
	is, err := publicsuffix.EffectiveTLDPlusOne(u.Hostname())
	if err == nil && was == is || u.Hostname() == r.start.Hostname() {
		r.s.Hosts = append(r.s.Hosts, hostKey(u))
	}
}
