package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/look"
)

func aspectDoors() []door {
	return []door{
		get("/checks/{id}/watch/{aspect}", access.Viewer, (*server).aspect),
		post("/checks/{id}/watch/{aspect}/look", access.Operator, (*server).lookAtAspect),
		post("/checks/{id}/watch/content/approve", access.Operator, (*server).approveContent),
	}
}

// maxFindingsShown bounds the list of a page.
const maxFindingsShown = 200

// aspectBody is what the template of one aspect gets.
type aspectBody struct {
	AspectPage
	Findings []finding
	Links    *linksBody // nil: it is about something else
	More     int        // findings that are not shown
	MayEdit  bool
	Refused  string // why nothing was looked at
}

// finding is a look.Finding in words.
type finding struct {
	Tone    string
	Word    string // of its severity
	Title   string
	Do      string // what to do about it
	Subject string
	Detail  string
}

func (s *server) aspect(w http.ResponseWriter, r *http.Request) error {
	return s.showAspect(w, r, http.StatusOK, "")
}

func (s *server) showAspect(w http.ResponseWriter, r *http.Request, code int, refused string) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	page, err := s.Aspects.Aspect(r.Context(), id, r.PathValue("aspect"))
	if err != nil {
		return fmt.Errorf("read aspect %s of check %s: %w", clip(r.PathValue("aspect"), 40), id, err)
	}
	p := s.page(r)
	b := aspectBody{AspectPage: page, MayEdit: p.may(access.Operator), Refused: refused}
	if page.Result != nil && page.Result.Web != nil {
		all := page.Result.Web.Findings
		b.More = max(0, len(all)-maxFindingsShown)
		for _, f := range all[:len(all)-b.More] {
			b.Findings = append(b.Findings, p.finding(f))
		}
	}
	if b.Links, err = s.linksOf(r, page); err != nil {
		return fmt.Errorf("read the crawl of check %s: %w", id, err)
	}
	p.Title = p.T("web.aspect.title", "Aspect", p.AspectName(page.Name), "Name", p.Foreign(page.Check.Name))
	s.render(w, r, code, "aspect.html", p, b)
	return nil
}

// finding writes a finding in words.
func (w words) finding(f look.Finding) finding {
	args := map[string]any{"Subject": w.Foreign(f.Subject)}
	for name, value := range f.Args {
		args[name] = w.Foreign(value)
	}
	out := finding{
		Tone: "info", Word: w.T("severity.info"), Subject: f.Subject, Detail: f.Detail,
		Title: w.c.Text(w.Lang, "finding."+f.Code, args), Do: w.c.Text(w.Lang, "finding."+f.Code+".do", args),
	}
	switch f.Severity {
	case look.Critical:
		out.Tone, out.Word = "bad", w.T("severity.critical")
	case look.Warning:
		out.Tone, out.Word = "warn", w.T("severity.warning")
	}
	return out
}

// maxListed bounds lists within a line of a page.
const maxListed = 20

// First are the first elements of a list.
func (words) First(list []string) []string { return list[:min(len(list), maxListed)] }

// AspectName names an aspect.
func (w words) AspectName(name string) string { return w.known("web.aspect.name.", name) }

// AspectBadge says how an aspect is: by its worst finding, and by its outcome.
func (w words) AspectBadge(a Aspect) badge {
	r := a.Result
	switch {
	case r == nil:
		return badge{"unknown", "…", w.T("web.check.first")}
	case r.Outcome != look.OK && (r.Web == nil || len(r.Web.Findings) == 0):
		return w.OutcomeBadge(r.Outcome)
	}
	var worst look.Severity
	if r.Web != nil && len(r.Web.Findings) > 0 {
		worst = r.Web.Findings[0].Severity // the worst comes first
	}
	switch worst {
	case look.Critical:
		return badge{"bad", "✕", w.T("web.aspect.critical")}
	case look.Warning:
		return badge{"warn", "!", w.T("web.aspect.warning")}
	case look.Info:
		return badge{"info", "i", w.T("web.aspect.info")}
	default:
		return badge{"good", "✓", w.T("web.aspect.good")}
	}
}

// AspectGist sums up an aspect in a few words.
func (w words) AspectGist(a Aspect) string {
	if a.Result == nil || a.Result.Web == nil || len(a.Result.Web.Findings) == 0 {
		return ""
	}
	return w.N("web.aspect.findings", len(a.Result.Web.Findings))
}

func (s *server) lookAtAspect(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	name := clip(r.PathValue("aspect"), 40)
	if name == AspectLinks {
		return s.startCrawl(w, r, id)
	}
	_, err = s.AspectsActions.LookAtAspect(r.Context(), id, name)
	if text, code, ok := s.page(r).refusal(err); ok {
		return s.showAspect(w, r, code, text)
	}
	if err != nil {
		return fmt.Errorf("look at %s of check %s: %w", name, id, err)
	}
	s.done(w, r, "/checks/"+id+"/watch/"+name, "aspect.looked", id)
	return nil
}

// approveContent takes the page as the new measure.
func (s *server) approveContent(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	milliseconds, err := strconv.ParseInt(r.PostFormValue("seen"), 10, 64)
	if err == nil {
		err = s.AspectsActions.ApproveContent(r.Context(), id, time.UnixMilli(milliseconds))
	} else {
		err = ErrLookedAgain
	}
	p := s.page(r)
	if text, code, ok := p.refusal(err); ok {
		return s.showAspect(w, contentRequest(r), code, text)
	}
	if errors.Is(err, ErrLookedAgain) {
		return s.showAspect(w, contentRequest(r), http.StatusConflict, p.T("web.content.looked_again"))
	}
	if err != nil {
		return fmt.Errorf("approve the page of check %s: %w", id, err)
	}
	s.done(w, r, "/checks/"+id+"/watch/content", "content.approved", id)
	return nil
}

// contentRequest names the aspect that showAspect is to show.
func contentRequest(r *http.Request) *http.Request {
	r.SetPathValue("aspect", AspectContent)
	return r
}

// LookedAt is when an aspect was looked at.
func (a Aspect) LookedAt() time.Time {
	if a.Result == nil {
		return time.Time{}
	}
	return a.Result.Time
}

// PageSize writes the length of a page.
func (w words) PageSize(bytes int) string { return w.Bytes(uint64(max(0, bytes))) }
