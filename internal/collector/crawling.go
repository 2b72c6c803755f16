package collector

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/line"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website/crawl"
)

// How crawls are made.
const (
	crawlEvery    = 7 * 24 * time.Hour
	crawlRequests = 1500             // of one run, after which another website has its turn
	crawlRun      = 30 * time.Minute // likewise
	crawlTick     = 20 * time.Second
	crawlFirst    = 22 // hour of the evening from which crawls begin by themselves
	crawlLast     = 6  // and of the morning
	crawlSpread   = 6  // hours over which beginnings are spread
)

// codeNotCrawled says that there is nothing to be told of a website's links yet.
const codeNotCrawled = "links_not_crawled"

// linksAspect tells what the newest crawl found. The crawl itself takes longer
// than a look: crawler makes it.
func (c *Collector) linksAspect() aspect {
	return aspect{name: web.AspectLinks, every: crawlEvery, within: time.Minute, of: func(check settings.Check) (look.Func, bool) {
		if !check.Website.Links || check.Kind() != probe.KindHTTP {
			return nil, false
		}
		return func(context.Context) look.Result {
			return look.Result{
				Target: masked(check.Target), Kind: crawl.KindCrawl, Time: time.Now(), Outcome: look.Unknown, Problem: &look.Problem{Code: codeNotCrawled},
				Samples: []look.Sample{{Name: metric.LookUnknown, Value: 1}},
			}
		}, true
	}}
}

// crawler crawls websites for links that are broken, one at a time: each week by
// night, the first time and when somebody asks for it at once. How far it has come
// is on the disk.
type crawler struct {
	c    *Collector
	wake chan struct{}

	mu       sync.Mutex
	known    map[string]crawlState // by check
	asked    map[string]bool       // somebody wants it now
	running  string                // check whose run is under way
	cancel   context.CancelFunc    // of that run
	progress crawl.Progress        // of that run
}

// crawlState is what is remembered of a crawl without its addresses.
type crawlState struct {
	of       string // the check's target then: of another one nothing is known
	target   string
	ran      time.Time // when the newest run ended
	began    time.Time
	ended    time.Time // zero: it goes on
	due      time.Time // before which another run has no use
	stopped  bool      // by a person
	progress crawl.Progress
}

func newCrawler(c *Collector) *crawler {
	return &crawler{c: c, wake: make(chan struct{}, 1), known: map[string]crawlState{}, asked: map[string]bool{}}
}

// load reads how far the crawl of a check has come; nil: none was begun, or of
// another address.
func (k *crawler) load(check settings.Check) *crawl.State {
	text, err := k.c.store.Crawl(check.ID)
	if err != nil || text == nil {
		return nil
	}
	s, err := crawl.Decode(text)
	if err != nil {
		k.c.log.Info("begin a crawl anew", "check", check.ID, "err", err)
		return nil
	}
	if fresh, err := crawl.New(check.Target, k.c.now(), nil); err != nil || fresh.Start != s.Start {
		return nil
	}
	return s
}

func stateOf(s *crawl.State) crawlState {
	return crawlState{target: s.Start, began: s.Began, ended: s.Ended, due: s.Due, progress: s.Progress()}
}

// run crawls until ctx ends.
func (k *crawler) run(ctx context.Context) error {
	tick := time.NewTicker(crawlTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-k.wake:
		}
		k.forget()
		if check, ok := k.next(); ok {
			k.crawl(ctx, check)
		}
	}
}

// forget drops crawls of checks that are gone or whose links are not watched.
func (k *crawler) forget() {
	all, err := k.c.store.Crawls()
	if err != nil {
		k.c.log.Warn("list crawls", "err", err)
		return
	}
	config := k.c.Config()
	for _, id := range config.unwatched(all, func(c settings.Check) bool { return c.Website.Links }) {
		if err := k.c.store.PutCrawl(id, nil); err != nil {
			k.c.log.Warn("forget a crawl", "check", id, "err", err)
			continue
		}
		k.mu.Lock()
		delete(k.known, id)
		delete(k.asked, id)
		k.mu.Unlock()
	}
}

// next is the website whose turn it is: what somebody asked for, then what was
// begun, then what waits for longest.
func (k *crawler) next() (settings.Check, bool) {
	config := k.c.Config()
	now := k.c.now()
	var best settings.Check
	var rank int
	var since time.Time
	for _, check := range config.Checks {
		if check.Paused || !check.Website.Links || check.Kind() != probe.KindHTTP {
			continue
		}
		r, at := k.turn(check, now, config.zone())
		if r > rank || r == rank && r > 0 && at.Before(since) {
			best, rank, since = check, r, at
		}
	}
	return best, rank > 0
}

// turn says how much a crawl is wanted: 0 not now; and since when.
func (k *crawler) turn(check settings.Check, now time.Time, zone *time.Location) (rank int, since time.Time) {
	k.mu.Lock()
	asked, s := k.asked[check.ID], k.known[check.ID]
	k.mu.Unlock()
	if s.of != check.Target {
		s = crawlState{}
		if loaded := k.load(check); loaded != nil {
			s = stateOf(loaded)
			s.of = check.Target
			k.mu.Lock()
			k.known[check.ID] = s
			k.mu.Unlock()
		}
	}
	switch {
	case asked:
		return 3, time.Time{}
	case s.stopped && s.ended.IsZero():
		return 0, s.began
	case s.target == "":
		return 2, time.Time{} // the first one
	case s.ended.IsZero():
		if now.Before(s.due) {
			return 0, s.due
		}
		// Of several that are under way each has a run in turn.
		return 2, s.ran
	case now.Sub(s.ended) >= crawlEvery-12*time.Hour && atNight(now.In(zone), check.ID):
		return 1, s.ended
	}
	return 0, s.ended
}

// atNight reports whether a crawl may begin by itself now: at night, each website
// from another minute on.
func atNight(now time.Time, check string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(check))
	from := time.Date(now.Year(), now.Month(), now.Day(), crawlFirst, 0, 0, 0, now.Location())
	if now.Hour() < crawlLast {
		from = from.AddDate(0, 0, -1)
	}
	wait := time.Duration(h.Sum32()%(crawlSpread*60)) * time.Minute
	return (now.Hour() >= crawlFirst || now.Hour() < crawlLast) && now.Sub(from) >= wait
}

// crawl makes one run.
func (k *crawler) crawl(ctx context.Context, check settings.Check) {
	now := k.c.now()
	s := k.load(check)
	if s == nil || s.Finished() {
		var err error
		if s, err = crawl.New(check.Target, now, s); err != nil {
			k.c.log.Warn("begin a crawl", "check", check.ID, "err", err)
			k.remember(check.ID, crawlState{of: check.Target, target: masked(check.Target), ended: now})
			return
		}
	}
	bounded, cancel := context.WithCancel(ctx)
	defer cancel()
	k.mu.Lock()
	delete(k.asked, check.ID)
	k.running, k.cancel, k.progress = check.ID, cancel, s.Progress()
	k.mu.Unlock()
	client := probe.NewClient(k.c.lookOptions(check))
	defer client.Close()
	save := func(s *crawl.State) error {
		text, err := s.Encode()
		if err != nil {
			return err
		}
		return k.c.store.PutCrawl(check.ID, text)
	}
	why, err := crawl.Run(bounded, s, crawl.Options{
		Client: client, Requests: crawlRequests, Pace: crawl.DefaultPace, Until: now.Add(crawlRun), Online: k.online(check), Save: save, Now: k.c.now,
		Progress: func(p crawl.Progress) {
			k.mu.Lock()
			k.progress = p
			k.mu.Unlock()
			if !k.wanted(check) {
				cancel()
			}
		},
	})
	if err == nil {
		err = save(s)
	}
	if err != nil {
		k.c.log.Warn("store how far a crawl has come; it goes on later", "check", check.ID, "err", err)
	}
	state := stateOf(s)
	state.of, state.ran = check.Target, k.c.now()
	state.stopped = why == crawl.WhyCancelled && ctx.Err() == nil && err == nil && k.wanted(check)
	k.mu.Lock()
	k.running, k.cancel = "", nil
	k.mu.Unlock()
	k.remember(check.ID, state)
	if why == crawl.WhyFinished || state.stopped || !k.told(check) {
		k.tell(ctx, check, s)
	}
}

// wanted reports whether a crawl is still to be made as it was begun: the check
// may be paused, removed or changed meanwhile.
func (k *crawler) wanted(check settings.Check) bool {
	return slices.ContainsFunc(k.c.Config().Checks, func(c settings.Check) bool {
		return c.ID == check.ID && c.Target == check.Target && c.Website.Links && !c.Paused
	})
}

func (k *crawler) remember(check string, s crawlState) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known[check] = s
}

// told reports whether there is a result of a whole crawl.
func (k *crawler) told(check settings.Check) bool {
	r, ok := k.c.outcomes.newest(check.ID, web.AspectLinks)
	return ok && r.Target == masked(check.Target) && r.Web != nil && r.Web.Links != nil
}

// tell keeps and shows what was found.
func (k *crawler) tell(ctx context.Context, check settings.Check, s *crawl.State) {
	r := s.Result(masked(check.Target), k.c.now())
	if r.Outcome != look.Unknown {
		if err := k.c.outcomes.keep(check.ID, web.AspectLinks, r); err != nil {
			k.c.log.Warn("keep what a crawl found", "check", check.ID, "err", err)
		}
	}
	k.c.looking.take(context.WithoutCancel(ctx), aspectID(check.ID, web.AspectLinks), r)
}

// online asks our witnesses, when the website is outside.
func (k *crawler) online(check settings.Check) func(context.Context) bool {
	if !check.Outside() {
		return nil
	}
	return func(ctx context.Context) bool {
		config := k.c.Config()
		ours, err := lineOf(&config)
		if err != nil {
			return true // the configuration was validated
		}
		bounded, cancel := context.WithTimeout(ctx, line.ConfirmTimeout)
		defer cancel()
		return ours.Look(bounded).Outcome != look.Unreachable
	}
}

// ask begins a crawl as soon as it can be.
func (k *crawler) ask(check string) {
	k.mu.Lock()
	if k.running != check {
		k.asked[check] = true
	}
	s := k.known[check]
	s.stopped = false
	if s.target != "" {
		k.known[check] = s
	}
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// stop ends a crawl: what it found stays, and it goes on when somebody asks.
func (k *crawler) stop(check string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.asked, check)
	if k.running == check && k.cancel != nil {
		k.cancel()
		return
	}
	if s := k.known[check]; s.target != "" && s.ended.IsZero() {
		s.stopped = true
		k.known[check] = s
	}
}

// linksView shows crawls and begins them.
type linksView struct{ c *Collector }

var (
	_ web.LinksView    = linksView{}
	_ web.LinksActions = linksView{}
)

// Crawl implements web.LinksView.
func (v linksView) Crawl(ctx context.Context, id string) (web.Crawl, error) {
	if _, err := v.crawled(ctx, id); err != nil {
		return web.Crawl{}, err
	}
	k := v.c.crawler
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.known[id]
	out := web.Crawl{Progress: s.progress, Began: s.began, Due: s.due, Stopped: s.stopped, Queued: k.asked[id]}
	switch {
	case k.running == id:
		out.Running, out.Progress = true, k.progress
	case s.target != "" && s.ended.IsZero():
		out.Unfinished = true
	}
	return out, nil
}

// crawled finds a check whose links are watched.
func (v linksView) crawled(ctx context.Context, id string) (settings.Check, error) {
	check, err := v.c.seenCheck(ctx, id)
	if err == nil && !(check.Website.Links && check.Kind() == probe.KindHTTP) {
		err = fmt.Errorf("links of check %s: %w", id, web.ErrNotFound)
	}
	return check, err
}

// StartCrawl implements web.LinksActions.
func (v linksView) StartCrawl(ctx context.Context, id string) error {
	if _, err := v.crawled(ctx, id); err != nil {
		return err
	}
	v.c.crawler.ask(id)
	v.audit(ctx, "check.crawl", id)
	return nil
}

// StopCrawl implements web.LinksActions.
func (v linksView) StopCrawl(ctx context.Context, id string) error {
	if _, err := v.crawled(ctx, id); err != nil {
		return err
	}
	v.c.crawler.stop(id)
	v.audit(ctx, "check.crawl_cancel", id)
	return nil
}

func (v linksView) audit(ctx context.Context, action, id string) {
	who, _ := access.FromContext(ctx)
	v.c.record(ctx, access.Entry{Actor: who.Actor(), Action: action, Object: id})
}

// crawlCodes lists the codes of problems that are not those of package probe.
func crawlCodes() []string {
	return slices.Sorted(slices.Values([]string{codeNotCrawled, crawl.CodeUnreadable, crawl.CodeNotThere}))
}
