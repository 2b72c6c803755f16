package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/journal"
	"github.com/budi-monitor/budi/internal/look"
)

func incidentDoors() []door {
	return []door{
		get("/incidents", access.Viewer, (*server).incidents),
		post("/incidents/acknowledge", access.Operator, (*server).acknowledgeAll),
		get("/incidents/{id}", access.Viewer, (*server).incident),
		post("/incidents/{id}/acknowledge", access.Operator, (*server).acknowledge),
		post("/incidents/{id}/unacknowledge", access.Operator, (*server).unacknowledge),
		post("/incidents/{id}/comment", access.Operator, (*server).comment),
		post("/incidents/{id}/silence", access.Operator, (*server).silenceIncident),
		post("/incidents/{id}/close", access.Operator, (*server).close),
		post("/incidents/{id}/repair", access.Operator, (*server).repair),
		post("/incidents/{id}/publish", access.Operator, (*server).publish),
		get("/journal", access.Viewer, (*server).journal),
		get("/journal.csv", access.Viewer, (*server).journalCSV),
		get("/journal.xlsx", access.Viewer, (*server).journalXLSX),
		get("/journal/times", access.Viewer, (*server).journalTimes),
		get("/silences", access.Viewer, (*server).silences),
		get("/silences/new", access.Operator, (*server).silenceForm),
		post("/silences", access.Operator, (*server).silence),
		post("/silences/{id}/end", access.Operator, (*server).endSilence),
		post("/silences/{id}/again", access.Operator, (*server).silenceAgain),
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
	Silences []Silence
	Hidden   bool // a silence covers it that the reader is not shown
	MayAct   bool
	MayClose bool
	Repair   *incident.Note // what was done
	Public   *incident.Note // what whoever stands in the room may read
	Open     bool           // not closed
	Earlier  string         // address of what happened of this kind before
	Form     form           // of whichever form was refused

	Because  []Reference         // what explains it
	Symptoms []incident.Incident // what it explains, the important first; the first of them
	More     int                 // of Symptoms that found no room
	Counts   string              // of all Symptoms, by kind
}

func (s *server) incident(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	return s.showIncident(w, r, http.StatusOK, id, form{})
}

func (s *server) showIncident(w http.ResponseWriter, r *http.Request, code int, id incident.ID, typed form) error {
	page, err := s.Incidents.Incident(r.Context(), id)
	if err != nil {
		return fmt.Errorf("read incident %d: %w", id, err)
	}
	p := s.page(r)
	p.Title = p.Subject(page.Incident)
	p.Path = fmt.Sprintf("/incidents/%d", id)
	symptoms := slices.SortedFunc(slices.Values(page.Symptoms), byImportance)
	b := incidentBody{
		Because: p.explained(page.Incident, byID(page.Because)), Counts: p.symptomCounts(symptoms),
		Symptoms: symptoms[:min(len(symptoms), maxSymptoms)], More: max(0, len(symptoms)-maxSymptoms),
		Incident: page.Incident, Story: p.story(page), Labels: labelsOf(page.Incident), Runbook: s.runbookOf(page.Incident),
		Silences: page.Silences, Hidden: page.Hidden,
		MayAct: p.may(access.Operator), Open: page.Incident.State != incident.Closed, Form: typed,
		Earlier: "/journal?" + filled("rule", page.Incident.Rule, "site", page.Incident.Labels["site"], "about", cmp.Or(page.Incident.Labels["device"], page.Incident.Labels["check"])).Encode(),
	}
	b.MayClose = b.MayAct && b.Open && (page.Incident.Evidence != incident.Firing || page.Incident.Reported)
	again := form{Values: url.Values{}, Wrong: typed.Wrong} // a field is filled with what is said so far
	if n, ok := journal.Repair(page.Incident); ok {
		b.Repair = &n
		again.Values.Set("repair", n.Text)
	}
	if n, ok := journal.Public(page.Incident); ok {
		b.Public = &n
		again.Values.Set("public", n.Text)
	}
	maps.Copy(again.Values, typed.Values)
	b.Form = again
	s.render(w, r, code, "incident.html", p, b)
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

func incidentID(r *http.Request) (incident.ID, error) { return parseIncidentID(r.PathValue("id")) }

func parseIncidentID(text string) (incident.ID, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, ErrNotFound
	}
	return incident.ID(n), nil
}

// incidentForm reads which incident a form is about, and the form.
func incidentForm(r *http.Request) (incident.ID, error) {
	id, err := incidentID(r)
	if err != nil {
		return 0, err
	}
	return id, readForm(r)
}

// typedComment is the optional comment of a form.
func typedComment(r *http.Request) string {
	return clipRunes(strings.TrimSpace(r.PostForm.Get("comment")), maxComment)
}

// acknowledge says that who is logged in looks after an incident.
func (s *server) acknowledge(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentForm(r)
	if err != nil {
		return err
	}
	me, _ := access.FromContext(r.Context())
	typed := ackFields(r)
	until := s.page(r).ackUntil(&typed)
	if !typed.OK() {
		return s.showIncident(w, r, http.StatusUnprocessableEntity, id, typed)
	}
	changed, err := s.acknowledgeOne(r, id, me.Actor(), me.Name, typedComment(r), until)
	if err != nil {
		return fmt.Errorf("acknowledge incident %d: %w", id, err)
	}
	switch to := fmt.Sprintf("/incidents/%d", id); changed {
	case ackFirst:
		s.done(w, r, to, "incident.acknowledged", fmt.Sprint(id))
	case ackJoined:
		s.done(w, r, to, "incident.joined", fmt.Sprint(id))
	default:
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
	return nil
}

// unacknowledge takes acknowledgements back: of one incident, or of those that
// were acknowledged together, whose numbers stand in the address with commas
// between them.
func (s *server) unacknowledge(w http.ResponseWriter, r *http.Request) error {
	numbers := strings.Split(clip(r.PathValue("id"), maxOf), ",")
	me, _ := access.FromContext(r.Context())
	for _, text := range numbers {
		id, err := parseIncidentID(text)
		if err != nil {
			return err
		}
		var before any
		if page, err := s.Incidents.Incident(r.Context(), id); err == nil && page.Incident.Acked != nil {
			before = s.looksAfter(r, *page.Incident.Acked)
		}
		switch err := s.IncidentsActions.TakeBack(r.Context(), id, me.Name); {
		case err == nil:
			s.audit(r, me.Actor(), "incident.unacknowledge", id, "", before, nil)
		case len(numbers) > 1 && (errors.Is(err, incident.ErrNotOpen) || errors.Is(err, incident.ErrNotAcked)): // things went on
		default:
			return fmt.Errorf("take back the acknowledgement of incident %d: %w", id, err)
		}
	}
	to := "/incidents"
	if len(numbers) == 1 {
		to += "/" + numbers[0]
	}
	s.done(w, r, to, "incident.unacknowledged", strings.Join(numbers, ", "))
	return nil
}

// comment adds what a person says to an incident's story.
func (s *server) comment(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentForm(r)
	if err != nil {
		return err
	}
	return s.say(w, r, id, "text", "comment", "commented", s.IncidentsActions.Comment)
}

// repair says what was done about an incident.
func (s *server) repair(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentForm(r)
	if err != nil {
		return err
	}
	return s.say(w, r, id, "repair", "repair", "repaired", s.IncidentsActions.Repair)
}

// publish says what whoever stands in the room may read of an incident.
func (s *server) publish(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentForm(r)
	if err != nil {
		return err
	}
	return s.say(w, r, id, "public", "publish", "published", s.IncidentsActions.Publish)
}

// say adds the text in a field of a form to an incident's story, and records it.
func (s *server) say(w http.ResponseWriter, r *http.Request, id incident.ID, field, action, did string, do func(ctx context.Context, id incident.ID, by, text string) error) error {
	me, _ := access.FromContext(r.Context())
	text := strings.ToValidUTF8(strings.ReplaceAll(r.PostForm.Get(field), "\r\n", "\n"), "\uFFFD")
	err := do(r.Context(), id, me.Name, text)
	for kind, key := range map[error]string{
		incident.ErrNoText: "web.incident.comment_empty", incident.ErrTooLong: "web.incident.comment_long", incident.ErrNotesOut: "web.incident.comment_full",
	} {
		if errors.Is(err, kind) {
			typed := form{Values: r.PostForm}
			typed.Refuse(field, s.page(r).T(key, "Max", incident.MaxNoteLength, "Most", incident.MaxComments))
			return s.showIncident(w, r, http.StatusUnprocessableEntity, id, typed)
		}
	}
	if err != nil {
		return fmt.Errorf("%s incident %d: %w", action, id, err)
	}
	s.audit(r, me.Actor(), "incident."+action, id, strings.TrimSpace(text), nil, nil)
	s.done(w, r, fmt.Sprintf("/incidents/%d#story", id), "incident."+did, fmt.Sprint(id))
	return nil
}

// silenceIncident makes a silence that covers an incident.
func (s *server) silenceIncident(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentForm(r)
	if err != nil {
		return err
	}
	p := s.page(r)
	typed := form{Values: r.PostForm}
	until := p.until(&typed, p.now)
	why := clipRunes(strings.TrimSpace(typed.Values.Get("why")), maxComment)
	me, _ := access.FromContext(r.Context())
	var made string
	if typed.OK() {
		made, err = s.IncidentsActions.SilenceIncident(r.Context(), id, me.Name, why, until)
		if err := p.refuseSilence(&typed, err); err != nil {
			return fmt.Errorf("silence incident %d: %w", id, err)
		}
	}
	if !typed.OK() {
		return s.showIncident(w, r, http.StatusUnprocessableEntity, id, typed)
	}
	s.audit(r, me.Actor(), "incident.silence", id, why, nil, silenceEntry{Silence: made, Until: p.Machine(until)})
	s.done(w, r, fmt.Sprintf("/incidents/%d", id), "silence.made", made)
	return nil
}

// close ends an incident on the word of who is logged in.
func (s *server) close(w http.ResponseWriter, r *http.Request) error {
	id, err := incidentForm(r)
	if err != nil {
		return err
	}
	me, _ := access.FromContext(r.Context())
	comment := typedComment(r)
	if err := s.IncidentsActions.Close(r.Context(), id, me.Name, comment); err != nil {
		return fmt.Errorf("close incident %d: %w", id, err)
	}
	s.audit(r, me.Actor(), "incident.close", id, comment, nil, nil)
	if done := clipRunes(strings.TrimSpace(r.PostForm.Get("repair")), maxComment); done != "" {
		if err := s.IncidentsActions.Repair(r.Context(), id, me.Name, done); err != nil {
			return fmt.Errorf("say how incident %d was repaired: %w", id, err)
		}
		s.audit(r, me.Actor(), "incident.repair", id, done, nil, nil)
	}
	s.done(w, r, fmt.Sprintf("/incidents/%d", id), "incident.closed", fmt.Sprint(id))
	return nil
}

// audit records a change that is made already: it stays made although the
// record fails. before and after tell what changed, nil for nothing.
func (s *server) audit(r *http.Request, actor, action string, id incident.ID, detail string, before, after any) {
	entry := access.Entry{Actor: actor, Action: action, Object: fmt.Sprintf("incident %d", id), Detail: detail}
	entry.Before, entry.After = access.Changes(before, after)
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
