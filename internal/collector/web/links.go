package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/spreadsheet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/website/crawl"
)

// maxLinksShown bounds the table of a page; files have all that is kept.
const maxLinksShown = 80

func linksDoors() []door {
	return []door{
		post("/checks/{id}/watch/links/cancel", access.Operator, (*server).stopCrawl),
		get("/checks/{id}/watch/links/broken.csv", access.Viewer, (*server).linksCSV),
		get("/checks/{id}/watch/links/broken.xlsx", access.Viewer, (*server).linksXLSX),
	}
}

// linksBody is what the page of an aspect gets of links.
type linksBody struct {
	Crawl
	Broken []look.Broken // hides Progress.Broken, which the template asks for by its whole name
	All    int
}

func (s *server) linksOf(r *http.Request, page AspectPage) (*linksBody, error) {
	if page.Name != AspectLinks {
		return nil, nil
	}
	c, err := s.Links.Crawl(r.Context(), page.Check.ID)
	if err != nil {
		return nil, err
	}
	b := &linksBody{Crawl: c}
	if page.Result != nil && page.Result.Web != nil && page.Result.Web.Links != nil {
		all := page.Result.Web.Links.Broken
		b.Broken, b.All = all[:min(len(all), maxLinksShown)], len(all)
	}
	return b, nil
}

// LinkKind names what an address is.
func (w words) LinkKind(kind string) string { return w.known("web.links.kind.", kind) }

// LinkWhy says what is wrong with an address.
func (w words) LinkWhy(b look.Broken) string {
	if b.Status != 0 {
		return fmt.Sprintf("%d %s", b.Status, http.StatusText(b.Status))
	}
	host := b.URL
	if u, err := url.Parse(b.URL); err == nil && u.Host != "" {
		host = u.Host
	}
	return w.Problem(&look.Problem{Code: b.Code, Args: map[string]string{
		"address": host, "name": host, "location": b.URL, "count": strconv.Itoa(crawl.MaxRedirects), "seconds": strconv.Itoa(int(crawl.DefaultTimeout / time.Second)),
		"limit": strconv.Itoa(probe.MaxHeader >> 10),
	}})
}

// startCrawl is "look now" of links.
func (s *server) startCrawl(w http.ResponseWriter, r *http.Request, id string) error {
	if err := s.LinksActions.StartCrawl(r.Context(), id); err != nil {
		return fmt.Errorf("crawl the website of check %s: %w", id, err)
	}
	s.done(w, r, "/checks/"+id+"/watch/links", "links.started", id)
	return nil
}

func (s *server) stopCrawl(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	if err := s.LinksActions.StopCrawl(r.Context(), id); err != nil {
		return fmt.Errorf("stop the crawl of check %s: %w", id, err)
	}
	s.done(w, r, "/checks/"+id+"/watch/links", "links.cancelled", id)
	return nil
}

func (s *server) linksCSV(w http.ResponseWriter, r *http.Request) error {
	return s.asCSV(w, r, s.linksFile)
}

func (s *server) linksXLSX(w http.ResponseWriter, r *http.Request) error {
	return s.asXLSX(w, r, s.linksFile)
}

// linksFile writes a row for each broken address, for whoever mends the website.
func (s *server) linksFile(w http.ResponseWriter, r *http.Request, p *page, f sheet) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	page, err := s.Aspects.Aspect(r.Context(), id, AspectLinks)
	if err != nil {
		return fmt.Errorf("list the broken links of check %s: %w", id, err)
	}
	out := f.begin(w, p.dated("web.links.file"))
	var columns []spreadsheet.Column
	for _, c := range []struct {
		key   string
		width int
	}{{"web.links.address", 60}, {"web.links.why", 40}, {"web.links.kind", 18}, {"web.links.since", 18}, {"web.links.on", 80}} {
		columns = append(columns, spreadsheet.Column{Title: p.T(c.key), Width: c.width})
	}
	out.Table(p.T("web.aspect.name.links"), columns)
	if page.Result != nil && page.Result.Web != nil && page.Result.Web.Links != nil {
		for _, b := range page.Result.Web.Links.Broken {
			out.Row(b.URL, p.LinkWhy(b), p.LinkKind(b.Kind), b.Since, strings.Join(b.On, " "))
		}
	}
	s.end(r, out)
	return nil
}
