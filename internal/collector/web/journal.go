package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/journal"
	"github.com/budi-monitor/budi/internal/fleet"
)

// journalFilter is what the journal is narrowed by; empty fields narrow nothing.
type journalFilter struct {
	Site, Rule string
	About      string // a device or check: its ID or its name
	From, To   string // days, as browsers write them: 2026-09-01; To is included
	Text       string
	Who        string // a person who had a part in it, or a part of the name
}

func journalFilterOf(q url.Values) journalFilter {
	day := func(name string) string {
		if _, err := time.Parse(time.DateOnly, q.Get(name)); err != nil {
			return ""
		}
		return q.Get(name)
	}
	return journalFilter{
		Site: clip(q.Get("site"), fleet.MaxIDLength), Rule: clip(q.Get("rule"), MaxFilter), About: clip(strings.TrimSpace(q.Get("about")), MaxFilter),
		From: day("from"), To: day("to"), Text: clip(strings.TrimSpace(q.Get("q")), MaxFilter),
		Who: clip(strings.TrimSpace(q.Get("who")), MaxFilter),
	}
}

func (f journalFilter) query() url.Values {
	return filled("site", f.Site, "rule", f.Rule, "about", f.About, "from", f.From, "to", f.To, "q", f.Text, "who", f.Who)
}

// search makes the query for incidents that went on within the days of the
// filter.
func (f journalFilter) search(w words, before incident.ID, limit int) JournalQuery {
	q := JournalQuery{Before: before, Limit: limit}
	for _, v := range []string{f.Site, f.Rule, f.About} {
		if v != "" {
			q.Values = append(q.Values, v)
		}
	}
	var from, to time.Time
	if f.From != "" {
		from, _ = time.ParseInLocation(time.DateOnly, f.From, w.loc) // read before
	}
	if f.To != "" {
		day, _ := time.ParseInLocation(time.DateOnly, f.To, w.loc)
		to = day.AddDate(0, 0, 1)
	}
	text := w.finder(f.Text)
	q.Match = func(inc incident.Incident) bool {
		switch {
		case f.Site != "" && inc.Labels["site"] != f.Site,
			f.Rule != "" && inc.Rule != f.Rule,
			f.About != "" && !about(inc, f.About),
			f.Who != "" && !journal.By(inc, f.Who),
			!from.IsZero() && inc.Ended.Before(from),
			!to.IsZero() && !inc.Since.Before(to):
			return false
		default:
			return text(inc)
		}
	}
	return q
}

// about reports whether an incident is about a device or check, given by its ID
// or name.
func about(inc incident.Incident, what string) bool {
	return slices.ContainsFunc([]string{"device", "check"}, func(label string) bool {
		return inc.Labels[label] == what || inc.Names[label] == what
	})
}

// journalBody is what the template of the journal gets.
type journalBody struct {
	JournalPage
	Filter   journalFilter
	Filtered bool
	Sites    []Site
	Rules    []string
	Newest   string // address of the first page; "" on it
	Further  string // address of where it goes on; "" at the end
	File     string // address of the download as text
	Book     string // as a workbook
	Times    string // address of how long it took
	Short    bool   // the search stopped before it had found a whole page
}

func (s *server) journal(w http.ResponseWriter, r *http.Request) error {
	f := journalFilterOf(r.URL.Query())
	before, err := parseIncidentID(r.URL.Query().Get("before"))
	if err != nil {
		before = 0
	}
	places, err := s.Incidents.Places(r.Context())
	if err != nil {
		return fmt.Errorf("read the sites: %w", err)
	}
	p := s.page(r)
	p.Title = p.T("web.page.journal")
	page, err := s.Incidents.Journal(r.Context(), f.search(p.words, before, pageJournal))
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	b := journalBody{JournalPage: page, Filter: f, Filtered: f != journalFilter{}, Sites: places.Sites, Rules: places.Rules}
	address := func(path, before string) string {
		q := f.query()
		if before != "" {
			q.Set("before", before)
		}
		if len(q) == 0 {
			return path
		}
		return path + "?" + q.Encode()
	}
	b.File, b.Book, b.Times = address("/journal.csv", ""), address("/journal.xlsx", ""), address("/journal/times", "")
	if before != 0 {
		b.Newest = address("/journal", "")
	}
	if page.Next != 0 {
		b.Further = address("/journal", fmt.Sprint(page.Next))
		b.Short = len(page.Incidents) < pageJournal
	}
	s.render(w, r, http.StatusOK, "journal.html", p, b)
	return nil
}

// Lasted is how long a closed incident took.
func (w words) Lasted(inc incident.Incident) string { return w.Between(inc.Since, inc.Ended) }
