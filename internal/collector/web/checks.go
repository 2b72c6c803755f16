package web

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
)

// checkDoors are the routes of the pages about websites and services. No check
// has an ID that begins with "_".
func checkDoors() []door {
	return []door{
		get("/checks", access.Viewer, (*server).checks),
		get("/checks/_new", access.Operator, (*server).newCheck),
		post("/checks/_new", access.Operator, (*server).addCheck),
		get("/checks/_import", access.Operator, (*server).importForm),
		post("/checks/_import", access.Operator, (*server).previewImport).takes(MaxCheckList),
		post("/checks/_import/apply", access.Operator, (*server).applyImport),
		get("/checks/{id}", access.Viewer, (*server).check),
		post("/checks/{id}/try", access.Operator, (*server).tryCheck),
		get("/checks/{id}/edit", access.Operator, (*server).editCheckForm),
		post("/checks/{id}/edit", access.Operator, (*server).editCheck),
		post("/checks/{id}/pause", access.Operator, (*server).pauseCheck),
		post("/checks/{id}/resume", access.Operator, (*server).resumeCheck),
		post("/checks/{id}/remove", access.Operator, (*server).removeCheck),
		post("/checks/{id}/restore", access.Operator, (*server).restoreCheck),
	}
}

// checksBody is what the template of the list gets.
type checksBody struct {
	ChecksPage
	Pages    pager
	Filter   CheckFilter
	Filtered bool
	Heads    []sortLink
	MayEdit  bool
}

// sortLink is the head of a column by which a list can be sorted.
type sortLink struct {
	Name    string
	Address string // "": it cannot
	Current bool
}

func (s *server) checks(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	number := pageNumber(query.Get("page"))
	f := CheckFilter{
		Site: clip(query.Get("site"), fleet.MaxIDLength), State: CheckState(query.Get("state")), Order: CheckOrder(query.Get("sort")),
		Text: clip(strings.TrimSpace(query.Get("q")), MaxFilter), Offset: (number - 1) * MaxChecksShown, Limit: MaxChecksShown,
	}
	// A choice that our form does not offer is none.
	if !slices.Contains(CheckStates(), f.State) {
		f.State = ""
	}
	if !slices.Contains(CheckOrders(), f.Order) {
		f.Order = ByState
	}
	page, err := s.Checks.Checks(r.Context(), f)
	if err != nil {
		return fmt.Errorf("gather checks: %w", err)
	}
	b := checksBody{ChecksPage: page, Filter: f, Filtered: f.Site != "" || f.State != "" || f.Text != ""}
	b.Checks = page.Checks[:min(len(page.Checks), MaxChecksShown)]
	b.Removed = page.Removed[:min(len(page.Removed), maxRemoved)]
	p := s.page(r)
	values := url.Values{}
	for name, value := range map[string]string{"site": f.Site, "state": string(f.State), "q": f.Text} {
		if value != "" {
			values.Set(name, value)
		}
	}
	for _, order := range CheckOrders() {
		values.Set("sort", string(order))
		b.Heads = append(b.Heads, sortLink{p.T("web.checks.by." + string(order)), "/checks?" + values.Encode(), order == f.Order})
	}
	values.Set("sort", string(f.Order))
	b.Pages = pagesOf("/checks", values, number, MaxChecksShown, len(b.Checks), page.Matching)
	b.MayEdit = p.may(access.Operator)
	p.Title = p.T("web.page.checks")
	p.live(r)
	s.render(w, r, http.StatusOK, "checks.html", p, b)
	return nil
}

// CheckBadge is the badge of how a check is.
func (w words) CheckBadge(c CheckRow) badge {
	switch c.State() {
	case CheckPaused:
		return badge{"unknown", "–", w.T("web.check.paused")}
	case CheckFirst:
		return badge{"unknown", "…", w.T("web.check.first")}
	default:
		if c.Result.Kind == probe.KindJob {
			return w.jobBadge(*c.Result)
		}
		if c.Result.Kind == probe.KindDomain {
			return w.AspectBadge(Aspect{Result: c.Result})
		}
		return w.OutcomeBadge(c.Result.Outcome)
	}
}

// CheckStates lists what a list of checks can be filtered by.
func (words) CheckStates() []CheckState { return CheckStates() }

// Uptime writes a share of good looks.
func (w words) Uptime(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	return i18n.Percent(w.Lang, share)
}

// HoursBar draws the share of good looks hour by hour: the words beside it say
// the same.
func (w words) HoursBar(hours []float64) template.HTML {
	const width, height = 5, 20
	var b strings.Builder
	n := min(len(hours), uptimeHours)
	if n == 0 {
		return ""
	}
	fmt.Fprintf(&b, `<svg class="hours" viewBox="0 0 %d %d" width="%d" height="%d" aria-hidden="true" focusable="false">`, n*width, height, n*width, height)
	// One path for each tone: a page has fifty of these.
	paths := map[string]string{}
	for i, share := range hours[:n] {
		tone, tall := "good", height
		switch {
		case math.IsNaN(share):
			tone, tall = "none", 3
		case share >= 1:
		case share <= 0:
			tone, tall = "bad", 6
		default:
			tone, tall = "warn", 8+int(share*10)
		}
		paths[tone] += fmt.Sprintf("M%d %dh%dv%dh-%dz", i*width, height-tall, width-1, tall, width-1)
	}
	for _, tone := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, tone, paths[tone])
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers only
}

// checkBody is what the template of one check gets.
type checkBody struct {
	CheckPage
	Uptimes *availabilityBody
	Ranges  []rangeLink
	Figures []figure
	Open    []incident.Incident
	Closed  []incident.Incident
	Latest  *attempt // the newest look
	Tried   *attempt // what was tried just now
	Refused string   // why nothing was tried
	MayEdit bool     // try, edit, pause, remove
	Job     *jobBody // nil: it is no job
}

// maxHops bounds the requests of one look on a page: more than any look makes.
const maxHops = (probe.MaxRedirects + 1) * probe.MaxSteps

// attempt is one look with its phases.
type attempt struct {
	Result look.Result
	Phases []phase
	Facts  []look.Fact
	Bar    template.HTML
	Ends   time.Time // of the certificate; zero: there is none
	Status int       // of HTTP; 0: there is none

	Hops     []look.Hop    // every request of the look, when a person would want to see them
	Families []look.Family // each version of the Internet Protocol, when each must do

	Findings []finding    // of a domain
	Domain   *look.Domain // nil: it is none
}

// phase is one part of a look.
type phase struct {
	Number int // of its colour
	Name   string
	Took   time.Duration
	Share  float64 // of the whole look
}

func (s *server) check(w http.ResponseWriter, r *http.Request) error {
	return s.showCheck(w, r, http.StatusOK, nil, "")
}

func (s *server) showCheck(w http.ResponseWriter, r *http.Request, code int, tried *look.Result, refused string) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	reach := Range(r.URL.Query().Get("range"))
	if !slices.Contains(checkRanges(), reach) {
		reach = Day
	}
	page, err := s.Checks.Check(r.Context(), id, reach)
	if err != nil {
		return fmt.Errorf("read check %s: %w", id, err)
	}
	p := s.page(r)
	b := checkBody{CheckPage: page, MayEdit: p.may(access.Operator), Refused: refused}
	for _, other := range checkRanges() {
		b.Ranges = append(b.Ranges, rangeLink{other, "/checks/" + id + "?range=" + string(other) + "#charts", other == reach})
	}
	for _, c := range page.Charts[:min(len(page.Charts), maxCharts)] {
		b.Figures = append(b.Figures, p.figure(c, DevicePage{From: page.From, To: page.To, Step: page.Step}))
	}
	for _, inc := range page.Incidents[:min(len(page.Incidents), maxIncidents)] {
		if inc.State == incident.Closed {
			b.Closed = append(b.Closed, inc)
		} else {
			b.Open = append(b.Open, inc)
		}
	}
	slices.SortFunc(b.Open, byUrgency)
	b.Job = s.jobOf(r, page.Job)
	if page.Result != nil && !page.Paused && b.Job == nil {
		b.Latest = p.attempt(*page.Result)
	}
	if tried != nil {
		b.Tried = p.attempt(*tried)
	} else if refused == "" {
		p.live(r)
	}
	if b.Uptimes, err = s.availabilityOf(r, p, topology.Check(id)); err != nil {
		return err
	}
	p.Title = p.Foreign(page.Name)
	s.render(w, r, code, "check.html", p, b)
	return nil
}

func checkRanges() []Range { return []Range{Day, Week, Year} }

// attempt makes a look ready to be shown.
func (w words) attempt(r look.Result) *attempt {
	a := &attempt{Result: r, Facts: r.Facts}
	if r.Web != nil {
		a.Hops, a.Families = r.Web.Redirects[:min(len(r.Web.Redirects), maxHops)], r.Web.Families
	}
	if r.Kind == probe.KindDomain && r.Web != nil {
		a.Domain = r.Web.Domain
		for _, f := range r.Web.Findings[:min(len(r.Web.Findings), maxFindingsShown)] {
			a.Findings = append(a.Findings, w.finding(f))
		}
	}
	for _, s := range r.Samples {
		switch s.Name {
		case metric.ProbeSSLEarliestCertExpiry:
			a.Ends = time.Unix(int64(s.Value), 0)
		case metric.ProbeHTTPStatusCode:
			a.Status = int(s.Value)
		case metric.ProbeHTTPDuration, metric.ProbeICMPDuration, metric.ProbeDNSDuration:
			for _, l := range s.Labels {
				if l.Name == "phase" {
					a.Phases = append(a.Phases, phase{Name: l.Value, Took: time.Duration(s.Value * float64(time.Second))})
				}
			}
		}
	}
	if len(a.Phases) == 0 {
		a.Phases = connection(r)
	}
	order := []string{"resolve", "setup", "connect", "tls", "request", "processing", "rtt", "transfer"}
	slices.SortStableFunc(a.Phases, func(x, y phase) int { return slices.Index(order, x.Name) - slices.Index(order, y.Name) })
	var sum time.Duration
	for _, p := range a.Phases {
		sum += p.Took
	}
	for i := range a.Phases {
		p := &a.Phases[i]
		p.Number = i + 1
		if sum > 0 {
			p.Share = float64(p.Took) / float64(sum)
		}
	}
	if sum > 0 {
		a.Bar = phasesBar(a.Phases)
	}
	return a
}

// connection tells a look that is nothing but a connection apart.
func connection(r look.Result) []phase {
	if r.Kind != "tcp" && r.Kind != "tls" || r.Outcome == look.Unknown {
		return nil
	}
	for _, s := range r.Samples {
		if s.Name == metric.ProbeDNSLookupTime {
			resolve := time.Duration(s.Value * float64(time.Second))
			return []phase{{Name: "resolve", Took: resolve}, {Name: "connect", Took: max(r.Duration-resolve, 0)}}
		}
	}
	return nil
}

// phasesBar draws how long each phase took; the table below it says the same.
func phasesBar(phases []phase) template.HTML {
	const width = 600.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="phases" viewBox="0 0 %g 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">`, width)
	x := 0.0
	for _, p := range phases {
		wide := p.Share * width
		fmt.Fprintf(&b, `<rect class="phase-%d" x="%.1f" y="0" width="%.1f" height="24"/>`, p.Number, x, wide)
		x += wide
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers only
}

// CheckKind names what a check looks at.
func (w words) CheckKind(c settings.Check) string {
	return w.T("web.check.kind." + cmp.Or(c.Kind(), settings.SelfTarget))
}

// PhaseName names a phase.
func (w words) PhaseName(name string) string { return w.known("web.phase.", name) }

// LookFact names what a look found out besides numbers.
func (w words) LookFact(name string) string { return w.known("web.look.", name) }

func (s *server) tryCheck(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	result, err := s.ChecksActions.TryStored(r.Context(), id)
	p := s.page(r)
	if refused, code, ok := p.refusal(err); ok {
		return s.showCheck(w, r, code, nil, refused)
	}
	if err != nil {
		return fmt.Errorf("try check %s: %w", id, err)
	}
	return s.showCheck(w, r, http.StatusOK, &result, "")
}

// refusal says in words why something about checks was not done; false when an
// error has no words of its own.
func (w words) refusal(err error) (text string, code int, ok bool) {
	problems := settings.Of(err)
	switch {
	case len(problems) > 0:
		return w.SettingsProblem(problems[0]), http.StatusUnprocessableEntity, true
	case isTooMany(err):
		return w.T("web.check.too_many"), http.StatusTooManyRequests, true
	}
	return "", 0, false
}

// SettingsProblem writes what is wrong with something that was typed.
func (w words) SettingsProblem(p settings.Problem) string {
	args := make(map[string]any, len(p.Args))
	for name, value := range p.Args {
		switch v := value.(type) {
		case time.Duration:
			args[name] = w.Wait(v)
		case string:
			args[name] = w.Foreign(v)
		default:
			args[name] = v
		}
	}
	return w.c.Text(w.Lang, "settings.invalid."+p.Code, args)
}

// Wait writes a length of time that somebody chose.
func (w words) Wait(d time.Duration) string {
	if d < time.Second || d%time.Second != 0 {
		return w.Took(d)
	}
	return w.Length(d)
}

func (s *server) pauseCheck(w http.ResponseWriter, r *http.Request) error {
	return s.changeCheck(w, r, "check.paused", func(id string) error { return s.ChecksActions.PauseCheck(r.Context(), id, true) })
}

func (s *server) resumeCheck(w http.ResponseWriter, r *http.Request) error {
	return s.changeCheck(w, r, "check.resumed", func(id string) error { return s.ChecksActions.PauseCheck(r.Context(), id, false) })
}

func (s *server) removeCheck(w http.ResponseWriter, r *http.Request) error {
	return s.changeCheck(w, r, "check.removed", func(id string) error { return s.ChecksActions.RemoveCheck(r.Context(), id) })
}

func (s *server) restoreCheck(w http.ResponseWriter, r *http.Request) error {
	return s.changeCheck(w, r, "check.restored", func(id string) error { return s.ChecksActions.RestoreCheck(r.Context(), id) })
}

// changeCheck does something to a check by one button.
func (s *server) changeCheck(w http.ResponseWriter, r *http.Request, did string, do func(id string) error) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	err = do(id)
	if text, code, ok := s.page(r).refusal(err); ok {
		return s.showCheck(w, r, code, nil, text)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", did, id, err)
	}
	to := "/checks/" + id
	if did == "check.removed" {
		to = "/checks"
	}
	s.done(w, r, to, did, id)
	return nil
}
