package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// ackBody is what the template of a mail's link gets.
type ackBody struct {
	Token    string
	Contact  string
	Incident incident.Incident
	Runbook  string
	MayAct   bool // who is logged in may do more on the incident's page
}

// ackForm shows the incident that a mail's link is about, and a button. It
// changes nothing: scanners of mail open links.
func (s *server) ackForm(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("t")
	link, err := s.Access.VerifyAck(token)
	if err != nil {
		return err
	}
	return s.showAck(w, r, token, link)
}

func (s *server) showAck(w http.ResponseWriter, r *http.Request, token string, link access.AckLink) error {
	page, err := s.Incidents.Incident(r.Context(), incident.ID(link.Incident))
	if err != nil {
		return fmt.Errorf("read incident %d: %w", link.Incident, err)
	}
	p := s.page(r)
	p.Title = p.Subject(page.Incident)
	s.render(w, r, http.StatusOK, "ack.html", p, ackBody{
		Token: token, Contact: link.Contact, Incident: page.Incident, Runbook: s.runbookOf(page.Incident),
		MayAct: p.may(access.Operator) && (len(p.Me.Sites) == 0 || slices.Contains(p.Me.Sites, page.Incident.Labels["site"])),
	})
	return nil
}

// ack acknowledges in the name of the contact that the link was sent to. A
// second time, or after the end of the incident, it only shows how things are.
func (s *server) ack(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	token := r.PostForm.Get("t")
	link, err := s.Access.VerifyAck(token)
	if err != nil {
		return err
	}
	id := incident.ID(link.Incident)
	page, err := s.Incidents.Incident(r.Context(), id)
	if err != nil {
		return fmt.Errorf("read incident %d: %w", id, err)
	}
	if page.Incident.State != incident.Closed && page.Incident.Acked == nil {
		err := s.IncidentsActions.Acknowledge(r.Context(), id, link.Contact, typedComment(r))
		switch {
		case err == nil:
			s.audit(r, "contact "+link.Contact, "incident.acknowledge", id, typedComment(r), nil, looksAfter{link.Contact})
		case !errors.Is(err, incident.ErrNotOpen): // it ended in this moment: shown
			return fmt.Errorf("acknowledge incident %d: %w", id, err)
		}
	}
	return s.showAck(w, r, token, link)
}
