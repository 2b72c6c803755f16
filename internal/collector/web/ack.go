package web

import (
	"fmt"
	"net/http"

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
	Form     form
}

// ackForm shows the incident that a mail's link is about, and a button. It
// changes nothing: scanners of mail open links.
func (s *server) ackForm(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("t")
	link, err := s.Access.VerifyAck(token)
	if err != nil {
		return err
	}
	return s.showAck(w, r, http.StatusOK, token, link, form{})
}

func (s *server) showAck(w http.ResponseWriter, r *http.Request, code int, token string, link access.AckLink, typed form) error {
	page, err := s.Incidents.Incident(r.Context(), incident.ID(link.Incident))
	if err != nil {
		return fmt.Errorf("read incident %d: %w", link.Incident, err)
	}
	p := s.page(r)
	p.Title = p.Subject(page.Incident)
	s.render(w, r, code, "ack.html", p, ackBody{
		Token: token, Contact: link.Contact, Incident: page.Incident, Runbook: s.runbookOf(page.Incident),
		MayAct: p.mayActOn(page.Incident), Form: typed,
	})
	return nil
}

// ack acknowledges in the name of the contact that the link was sent to. After
// the end of the incident it only shows how things are.
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
	typed := ackFields(r)
	until := s.page(r).ackUntil(&typed)
	if !typed.OK() {
		return s.showAck(w, r, http.StatusUnprocessableEntity, token, link, typed)
	}
	if _, err := s.acknowledgeOne(r, id, "contact "+link.Contact, link.Contact, typedComment(r), until); err != nil && !overAlready(err) {
		return fmt.Errorf("acknowledge incident %d: %w", id, err)
	}
	return s.showAck(w, r, http.StatusOK, token, link, form{})
}
