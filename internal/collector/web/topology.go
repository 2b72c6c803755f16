package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
)

func topologyDoors() []door {
	return []door{get("/topology", access.Viewer, (*server).topology)}
}

func (s *server) topology(w http.ResponseWriter, r *http.Request) error {
	page, err := s.Topology.Topology(r.Context(), clip(r.URL.Query().Get("at"), maxThingID))
	if err != nil {
		return fmt.Errorf("gather the tree: %w", err)
	}
	p := s.page(r)
	p.Path = "/topology"
	p.Title = p.T("web.topology.title")
	if page.At != nil {
		p.Title = p.T("web.topology.below_of", "Name", p.ThingName(*page.At))
	}
	p.live(r)
	s.render(w, r, http.StatusOK, "topology.html", p, page)
	return nil
}

// maxThingID bounds the ID of a thing in an address: that of a certificate holds
// the name of a server.
const maxThingID = 300

// branchBody is a branch and the words for it.
type branchBody struct {
	words
	Branch Branch
	Depth  int
}

// WithBranch gives a branch to its template.
func (w words) WithBranch(b Branch) branchBody { return branchBody{w, b, 0} }

// Deeper gives a branch of this one to its template.
func (b branchBody) Deeper(child Branch) branchBody { return branchBody{b.words, child, b.Depth + 1} }

// Opened reports whether a branch is unfolded from the beginning: where
// something is wrong, and the first levels.
func (b branchBody) Opened() bool { return b.Branch.Broken > 0 || b.Depth < 2 }

// hangingBody is what a thing hangs on and the words for it.
type hangingBody struct {
	words
	Hanging Hanging
}

// WithHanging gives what a thing hangs on to its template.
func (w words) WithHanging(h Hanging) hangingBody { return hangingBody{w, h} }

// ThingName is what people call a thing.
func (w words) ThingName(t Thing) string {
	switch {
	case t.Name != "" && t.Kind == "certificate":
		return w.T("web.topology.certificate_of", "Name", w.Brief(t.Name))
	case t.Name != "":
		return w.Brief(t.Name)
	case t.Kind == "line":
		return w.T("web.topology.line")
	default:
		return w.Brief(t.ID)
	}
}

// KindWord names the kind of a thing; "" where it goes without saying.
func (w words) KindWord(t Thing) string {
	switch {
	case t.Kind == "" || t.Kind == "line" || t.Kind == "certificate":
		return ""
	case t.Kind == "computer" && t.Class != "":
		return w.Class(t.Class)
	case w.c.Has(w.Lang, "web.topology.kind."+t.Kind):
		return w.T("web.topology.kind." + t.Kind)
	default:
		return w.Brief(t.Kind)
	}
}

// KindCounts lists how many things there are of each kind.
func (w words) KindCounts(counts []KindCount) string {
	var out []string
	for _, c := range counts {
		if key := "web.topology.count." + c.Kind; w.c.Has(w.Lang, key) {
			out = append(out, w.N(key, c.N))
		} else {
			out = append(out, fmt.Sprintf("%d × %s", c.N, w.Brief(c.Kind)))
		}
	}
	return strings.Join(out, ", ")
}

// ThingBadge is the badge of how a thing is.
func (w words) ThingBadge(t Thing) badge {
	switch t.State {
	case ThingDown:
		return badge{"bad", "✕", w.T("web.topology.state.down")}
	case ThingUnknown:
		return badge{"unknown", "?", w.T("web.topology.state.unknown")}
	case ThingTrouble:
		return badge{"warn", "!", w.T("web.topology.state.trouble")}
	default:
		return badge{"good", "✓", w.T("web.topology.state.fine")}
	}
}

// GroupTitle names what a thing needs.
func (w words) GroupTitle(key string) string {
	switch key {
	case "power":
		return w.T("web.topology.power")
	case "runs_on":
		return w.T("web.topology.runs_on")
	case "needs":
		return w.T("web.topology.needs")
	default:
		return w.T("web.topology.parents")
	}
}

// explained is the incidents that an incident is explained by, as links. known
// are those that the reader sees; of others it is said that there are some.
func (w words) explained(inc incident.Incident, known map[incident.ID]incident.Incident) []Reference {
	var out []Reference
	for _, id := range inc.Because {
		if cause, ok := known[id]; ok {
			out = append(out, Reference{w.Subject(cause), fmt.Sprintf("/incidents/%d", id)})
		}
	}
	if len(out) == 0 && len(inc.Because) > 0 {
		out = append(out, Reference{w.T("web.topology.elsewhere"), ""})
	}
	return out
}

// allExplained is explained for several incidents.
func (w words) allExplained(some []incident.Incident, known map[incident.ID]incident.Incident) map[incident.ID][]Reference {
	out := map[incident.ID][]Reference{}
	for _, inc := range some {
		if len(inc.Because) > 0 {
			out[inc.ID] = w.explained(inc, known)
		}
	}
	return out
}

// explains counts what each incident explains.
func (w words) explains(all []incident.Incident) map[incident.ID]string {
	symptoms := map[incident.ID][]incident.Incident{}
	for _, inc := range all {
		for _, cause := range inc.Because {
			symptoms[cause] = append(symptoms[cause], inc)
		}
	}
	out := map[incident.ID]string{}
	for cause, of := range symptoms {
		out[cause] = w.symptomCounts(of)
	}
	return out
}

// byID finds incidents by their numbers.
func byID(all []incident.Incident) map[incident.ID]incident.Incident {
	out := make(map[incident.ID]incident.Incident, len(all))
	for _, inc := range all {
		out[inc.ID] = inc
	}
	return out
}

// maxSymptoms bounds the symptoms that are named.
const maxSymptoms = 20

// byImportance puts incidents about servers, infrastructure and safety first.
func byImportance(a, b incident.Incident) int {
	rank := func(inc incident.Incident) int {
		switch inc.Class {
		case fleet.Server:
			return 0
		case fleet.Infrastructure:
			return 1
		case fleet.Safety:
			return 2
		default:
			return 3
		}
	}
	return cmp.Or(rank(a)-rank(b), byUrgency(a, b))
}

// symptomCounts counts incidents by the kind of what they are about, the most
// first.
func (w words) symptomCounts(symptoms []incident.Incident) string {
	counts := map[string]int{}
	var order []string
	for _, inc := range symptoms {
		kind := string(inc.Class)
		if _, is := inc.Thing.CheckID(); is {
			kind = "service"
		}
		if counts[kind] == 0 {
			order = append(order, kind)
		}
		counts[kind]++
	}
	var out []KindCount
	for _, kind := range order {
		key := kind
		if key == "" {
			key = "thing"
		}
		out = append(out, KindCount{key, counts[kind]})
	}
	sortKinds(out)
	return w.KindCounts(out)
}

// sortKinds puts the most first.
func sortKinds(counts []KindCount) {
	slices.SortStableFunc(counts, func(a, b KindCount) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Kind, b.Kind)) })
}

// thingBody is a thing and the words for it.
type thingBody struct {
	words
	Thing Thing
}

// WithThing gives a thing to its template.
func (h hangingBody) WithThing(t Thing) thingBody { return thingBody{h.words, t} }
