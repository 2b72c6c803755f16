package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
)

// incidentFilter is what the list of open incidents is narrowed by; empty
// fields narrow nothing.
type incidentFilter struct {
	Site     string
	Severity incident.Severity
	State    string // one of incidentStates
	Acked    string // "yes", "no"
	Text     string
}

// incidentStates lists what open incidents can be narrowed to.
func incidentStates() []string { return []string{"open", "holding", "unknown", "silenced"} }

// incidentFilterOf reads the filter from an address. A choice that our form does
// not offer is none.
func incidentFilterOf(q url.Values) incidentFilter {
	f := incidentFilter{
		Site: clip(q.Get("site"), fleet.MaxIDLength), Severity: incident.Severity(q.Get("severity")), State: q.Get("state"),
		Acked: q.Get("acked"), Text: clip(strings.TrimSpace(q.Get("q")), MaxFilter),
	}
	if !slices.Contains(severities(), f.Severity) {
		f.Severity = ""
	}
	if !slices.Contains(incidentStates(), f.State) {
		f.State = ""
	}
	if f.Acked != "yes" && f.Acked != "no" {
		f.Acked = ""
	}
	return f
}

// query is the filter as an address.
func (f incidentFilter) query() url.Values {
	return filled("site", f.Site, "severity", string(f.Severity), "state", f.State, "acked", f.Acked, "q", f.Text)
}

// filled makes a query of the pairs whose value is not empty.
func filled(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// severities lists the severities, most urgent first.
func severities() []incident.Severity {
	return []incident.Severity{incident.Critical, incident.Warning, incident.Info}
}

// severityOf is an incident's severity; what is not one of ours is a warning.
func severityOf(inc incident.Incident) incident.Severity {
	if slices.Contains(severities(), inc.Severity) {
		return inc.Severity
	}
	return incident.Warning
}

// chooses makes a function that says which incidents the filter lets pass.
func (f incidentFilter) chooses(w words) func(incident.Incident) bool {
	text := w.finder(f.Text)
	return func(inc incident.Incident) bool {
		switch {
		case f.Site != "" && inc.Labels["site"] != f.Site,
			f.Severity != "" && severityOf(inc) != f.Severity,
			f.Acked != "" && (f.Acked == "yes") != (inc.Acked != nil),
			f.State == "open" && (inc.State != incident.Open || inc.Evidence == incident.Unknown),
			f.State == "holding" && inc.State != incident.Holding,
			f.State == "unknown" && inc.Evidence != incident.Unknown,
			f.State == "silenced" && !inc.Silenced:
			return false
		default:
			return text(inc)
		}
	}
}

// finder makes a function that finds the incidents in which every word of a text
// stands: in what it is called, where it is, what people said.
func (w words) finder(text string) func(incident.Incident) bool {
	wanted := strings.Fields(strings.ToLower(text))
	if len(wanted) == 0 {
		return func(incident.Incident) bool { return true }
	}
	// What a rule says is the same for all its incidents but for the names, which
	// are looked at by themselves.
	said := map[string]string{}
	return func(inc incident.Incident) bool {
		var b strings.Builder
		add := func(texts ...string) {
			for _, t := range texts {
				b.WriteString(t)
				b.WriteByte('\n')
			}
		}
		key := inc.Rule + "\n" + inc.Annotations["message"] + "\n" + inc.Labels["trouble"]
		if _, known := said[key]; !known {
			said[key] = w.Subject(incident.Incident{
				Rule: inc.Rule, Annotations: map[string]string{"message": inc.Annotations["message"]}, Labels: map[string]string{"trouble": inc.Labels["trouble"]},
			})
		}
		add(said[key], inc.Rule, strconv.FormatUint(uint64(inc.ID), 10))
		for _, name := range []string{"summary", "summary_lt", "description", "description_lt"} {
			add(inc.Annotations[name])
		}
		for _, value := range inc.Labels {
			add(value)
		}
		for _, name := range inc.Names {
			add(name)
		}
		if inc.Acked != nil {
			add(inc.Acked.By, inc.Acked.Comment)
		}
		for _, n := range inc.Notes {
			add(n.By, n.Text)
		}
		all := strings.ToLower(b.String())
		return !slices.ContainsFunc(wanted, func(word string) bool { return !strings.Contains(all, word) })
	}
}

// incidentsBody is what the template of the list gets.
type incidentsBody struct {
	Groups   []incidentGroup
	All      int // that the filter lets pass
	Filter   incidentFilter
	Filtered bool
	Sites    []Site
	Pages    pager
	MayAct   bool
	Back     string // the filter, for the form to come back to

	Because map[incident.ID][]Reference // what explains an incident of the page
	Form    form
}

// incidentGroup is the incidents of one urgency that are on the page.
type incidentGroup struct {
	Severity  incident.Severity
	Badge     badge
	All       int // of the urgency, on all pages
	Incidents []incident.Incident
}

func (s *server) incidents(w http.ResponseWriter, r *http.Request) error {
	return s.showIncidents(w, r, http.StatusOK, r.URL.Query(), form{})
}

func (s *server) showIncidents(w http.ResponseWriter, r *http.Request, code int, q url.Values, typed form) error {
	f := incidentFilterOf(q)
	open, err := s.Incidents.Open(r.Context())
	if err != nil {
		return fmt.Errorf("read the open incidents: %w", err)
	}
	places, err := s.Incidents.Places(r.Context())
	if err != nil {
		return fmt.Errorf("read the sites: %w", err)
	}
	known := byID(open)
	p := s.page(r)
	p.Title = p.T("web.page.incidents")
	p.Path = "/incidents"
	p.live(r)
	chooses := f.chooses(p.words)
	open = slices.DeleteFunc(open, func(inc incident.Incident) bool { return inc.State == incident.Closed || !chooses(inc) })
	for i := range open {
		open[i].Severity = severityOf(open[i])
	}
	slices.SortFunc(open, byUrgency)

	b := incidentsBody{
		All: len(open), Filter: f, Filtered: f != incidentFilter{}, Sites: places.Sites, MayAct: p.may(access.Operator),
		Back: f.query().Encode(), Form: typed,
	}
	number := pageNumber(q.Get("page"))
	first := min((number-1)*pageIncidents, len(open))
	shown := open[first:min(first+pageIncidents, len(open))]
	b.Because = p.allExplained(shown, known)
	b.Pages = pagesOf("/incidents", f.query(), number, pageIncidents, len(shown), len(open))
	for _, severity := range severities() {
		of := func(inc incident.Incident) bool { return inc.Severity == severity }
		group := incidentGroup{Severity: severity, Badge: p.Urgency(incident.Incident{Severity: severity})}
		for _, inc := range open {
			if of(inc) {
				group.All++
			}
		}
		for _, inc := range shown {
			if of(inc) {
				group.Incidents = append(group.Incidents, inc)
			}
		}
		if len(group.Incidents) > 0 {
			b.Groups = append(b.Groups, group)
		}
	}
	if typed.Values != nil || p.Did != nil {
		p.Refresh, p.Live = 0, "" // nothing that was typed is lost
	}
	s.render(w, r, code, "incidents.html", p, b)
	return nil
}

// Severities lists the severities, most urgent first.
func (words) Severities() []incident.Severity { return severities() }

// SeverityWord names a severity.
func (w words) SeverityWord(s incident.Severity) string { return w.T("severity." + string(s)) }

// IncidentStates lists what open incidents can be narrowed to.
func (words) IncidentStates() []string { return incidentStates() }

// StateWord names one of IncidentStates.
func (w words) StateWord(state string) string {
	switch state {
	case "holding":
		return w.T("web.state.holding")
	case "unknown":
		return w.T("web.state.unknown")
	case "silenced":
		return w.T("web.incident.silenced")
	default:
		return w.T("web.state.open")
	}
}

// acknowledgeAll acknowledges the chosen incidents with one comment.
func (s *server) acknowledgeAll(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	back, err := url.ParseQuery(clip(r.PostForm.Get("back"), 1000))
	if err != nil {
		return errForm
	}
	chosen := r.PostForm["id"]
	if len(chosen) > pageIncidents {
		return errForm
	}
	if len(chosen) == 0 {
		typed := form{Values: r.PostForm}
		p := s.page(r)
		typed.Refuse("", p.T("web.incidents.none_chosen"))
		return s.showIncidents(w, r, http.StatusUnprocessableEntity, back, typed)
	}
	typed := form{Values: r.PostForm}
	until := s.page(r).ackUntil(&typed)
	if !typed.OK() {
		return errForm // the page has no field to type a moment
	}
	me, _ := access.FromContext(r.Context())
	var did []string
	for _, text := range chosen {
		id, err := parseIncidentID(text)
		if err != nil {
			return errForm
		}
		switch changed, err := s.acknowledgeOne(r, id, me.Actor(), me.Name, typedComment(r), until); {
		case overAlready(err) || errors.Is(err, ErrNotFound): // it ended meanwhile
		case err != nil:
			return fmt.Errorf("acknowledge incident %d: %w", id, err)
		case changed == ackFirst: // what others look after already is not taken back with the rest
			did = append(did, text)
		}
	}
	to := "/incidents"
	if q := incidentFilterOf(back).query(); len(q) > 0 {
		to += "?" + q.Encode()
	}
	if of := strings.Join(did, ","); len(of) <= maxOf {
		s.done(w, r, to, "incidents.acknowledged", of)
	} else {
		s.done(w, r, to, "incidents.acknowledged_many", strconv.Itoa(len(did)))
	}
	return nil
}
