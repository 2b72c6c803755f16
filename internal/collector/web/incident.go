package web

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/look"
)

func incidentDoors() []door {
	return []door{
		get("/incidents/{id}", access.Viewer, (*server).incident),
		post("/incidents/{id}/acknowledge", access.Operator, (*server).acknowledge),
		post("/incidents/{id}/close", access.Operator, (*server).close),
		get("/ack", "", (*server).ackForm),
		post("/ack", "", (*server).ack),
		get("/runbooks/{name}", "", (*server).runbook),
	}
}

// incidentBody is what the incident's template gets.
type incidentBody struct {
	Incident incident.Incident
	Story    []event
	Labels   []look.Label
	Runbook  string // name of the page; "" when there is none
	MayAct   bool
}

func (s *server) incident(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	page, err := s.Incidents.Incident(r.Context(), id)
	if err != nil {
		return fmt.Errorf("read incident %d: %w", id, err)
	}
	p := s.page(r)
	p.Title = p.Subject(page.Incident)
	s.render(w, r, http.StatusOK, "incident.html", p, incidentBody{
		Incident: page.Incident, Story: p.story(page), Labels: labelsOf(page.Incident), Runbook: s.runbookOf(page.Incident),
		MayAct: p.Me != nil && p.Me.Role.Allows(access.Operator) && page.Incident.State != incident.Closed,
	})
	return nil
}

func labelsOf(inc incident.Incident) []look.Label {
	var out []look.Label
	for name, value := range inc.Labels {
		out = append(out, look.Label{Name: name, Value: value})
	}
	slices.SortFunc(out, func(a, b look.Label) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func incidentID(r *http.Request) (incident.ID, error) {
	n, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || n == 0 {
		return 0, ErrNotFound
	}
	return incident.ID(n), nil
}

func (s *server) acknowledge(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "incident.acknowledge", s.IncidentsActions.Acknowledge)
}

func (s *server) close(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "incident.close", s.IncidentsActions.Close)
}

// act does something to an incident in the name of who is logged in.
func (s *server) act(w http.ResponseWriter, r *http.Request, action string, do func(ctx context.Context, id incident.ID, by, comment string) error) error {
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	comment := clipRunes(strings.TrimSpace(r.PostForm.Get("comment")), maxComment)
	me, _ := access.FromContext(r.Context())
	if err := do(r.Context(), id, me.Name, comment); err != nil {
		return fmt.Errorf("%s %d: %w", action, id, err)
	}
	s.audit(r, me.Actor(), action, id, comment)
	http.Redirect(w, r, fmt.Sprintf("/incidents/%d", id), http.StatusSeeOther)
	return nil
}

// audit records a change that is made already: it stays made although the
// record fails.
func (s *server) audit(r *http.Request, actor, action string, id incident.ID, comment string) {
	entry := access.Entry{Actor: actor, Action: action, Object: fmt.Sprintf("incident %d", id), Detail: comment}
	if err := s.Access.Audit(r.Context(), entry); err != nil {
		s.log.Error("record who changed what", "actor", actor, "action", action, "incident", id, "err", err)
	}
}

// runbookOf names the runbook page of an incident, if there is one.
func (s *server) runbookOf(inc incident.Incident) string {
	name := inc.Annotations["runbook"]
	if s.Runbooks == nil || !runbookName.MatchString(name) {
		return ""
	}
	if _, err := fs.Stat(s.Runbooks, name+".md"); err != nil {
		return ""
	}
	return name
}
