package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/journal"
	"github.com/budi-monitor/budi/internal/collector/spreadsheet"
)

// Bounds of what goes through the whole journal.
const (
	maxRounds = 500  // of searching
	maxTimes  = 5000 // incidents whose times are shown on a page
)

// through gives every incident that a query finds to see, newest first, until
// there are limit of them. reached is zero when there are no more; else it is how
// far back it went.
func (s *server) through(ctx context.Context, q JournalQuery, limit int, see func(incident.Incident) error) (found int, reached time.Time, err error) {
	for round := 1; ; round++ {
		page, err := s.Incidents.Journal(ctx, q)
		if err != nil {
			return found, reached, fmt.Errorf("read the journal: %w", err)
		}
		for _, inc := range page.Incidents {
			if err := see(inc); err != nil {
				return found, reached, err
			}
			found++
		}
		if page.Next == 0 {
			return found, time.Time{}, nil
		}
		if !page.Reached.IsZero() {
			reached = page.Reached
		}
		if found >= limit || round >= maxRounds {
			return found, reached, nil
		}
		q.Before = page.Next
	}
}

// symptoms counts the symptoms of each cause in the journal.
func (s *server) symptoms(ctx context.Context) (map[incident.ID]int, error) {
	of := map[incident.ID]int{}
	q := JournalQuery{Limit: pageJournal, Values: []string{"because"}, Match: func(inc incident.Incident) bool { return len(inc.Because) > 0 }}
	_, _, err := s.through(ctx, q, maxDownload, func(inc incident.Incident) error {
		for _, cause := range inc.Because {
			of[cause]++
		}
		return nil
	})
	return of, err
}

// journalCSV streams what the filter lets pass as text for spreadsheet programs.
func (s *server) journalCSV(w http.ResponseWriter, r *http.Request) error {
	return s.asCSV(w, r, s.journalFile)
}

// journalXLSX is the same as a workbook; its second sheet has the times.
func (s *server) journalXLSX(w http.ResponseWriter, r *http.Request) error {
	return s.asXLSX(w, r, s.journalFile)
}

// journalFile writes what the filter lets pass. What can fail before the first
// byte fails as a page.
func (s *server) journalFile(w http.ResponseWriter, r *http.Request, p *page, f sheet) error {
	q := journalFilterOf(r.URL.Query()).search(p.words, 0, pageJournal)
	symptoms, err := s.symptoms(r.Context())
	if err != nil {
		return err
	}
	out := f.begin(w, p.dated("web.journal.file"))
	out.Table(p.T("web.page.journal"), p.journalColumns())
	var tally journal.Tally
	found, reached, err := s.through(r.Context(), q, maxDownload, func(inc incident.Incident) error {
		tally.Add(inc)
		out.Row(p.journalRow(inc, symptoms[inc.ID])...)
		return out.Flush()
	})
	if err != nil {
		// The answer may have begun: what is missing must be seen in it. Whoever
		// went away needs none.
		if r.Context().Err() == nil {
			s.log.Error("write the journal as a file", "err", err)
		}
		out.Row(p.T("web.error.internal.title"))
		_ = out.Close()
		return nil
	}
	if !reached.IsZero() {
		out.Row(p.T("web.journal.cut", "Time", p.Time(reached)))
	}
	if f.contentType == spreadsheet.TypeXLSX {
		places, err := s.Incidents.Places(r.Context())
		if err != nil {
			s.log.Error("read the sites' names", "err", err) // their IDs do
		}
		out.Table(p.T("web.journal.times"), p.timesColumns())
		for _, l := range p.timesLines(tally.Times(), places.Sites) {
			out.Row(l.cells()...)
		}
	}
	out.Row(p.N("web.incidents.count", found))
	s.end(r, out)
	return nil
}

// journalColumns are those of the file, in the order of journalRow.
func (w words) journalColumns() []spreadsheet.Column {
	var out []spreadsheet.Column
	for _, c := range []struct {
		key   string
		width int
	}{
		{"web.journal.number", 9},
		{"web.journal.what", 45},
		{"web.incidents.severity", 12},
		{"web.incident.rule", 22},
		{"web.journal.where", 35},
		{"web.journal.about", 20},
		{"web.journal.began", 20},
		{"web.journal.ended", 20},
		{"web.journal.minutes", 10},
		{"web.journal.how", 30},
		{"web.journal.acked_by", 22},
		{"web.journal.acked_at", 20},
		{"web.journal.comments", 50},
		{"web.journal.acked_minutes", 12},
		{"web.journal.repair_minutes", 12},
		{"web.journal.repair", 50},
		{"web.journal.repair_by", 22},
		{"web.journal.because", 14},
		{"web.journal.symptoms", 11},
		{"web.journal.reports", 11},
	} {
		out = append(out, spreadsheet.Column{Title: w.T(c.key), Width: c.width})
	}
	return out
}

// journalRow is an incident as a row of the file.
func (w words) journalRow(inc incident.Incident, symptoms int) []any {
	var comments []string
	if inc.Acked != nil && inc.Acked.Comment != "" {
		comments = append(comments, inc.Acked.By+": "+inc.Acked.Comment)
	}
	for _, r := range inc.Reports {
		if r.Text != "" {
			comments = append(comments, w.Reporter(r)+": "+r.Text)
		}
	}
	for _, n := range inc.Notes {
		if n.Text != "" && n.Kind != incident.Repaired {
			comments = append(comments, n.By+": "+n.Text)
		}
	}
	var because []string
	for _, id := range inc.Because {
		because = append(because, strconv.FormatUint(uint64(id), 10))
	}
	row := []any{
		int(inc.ID), w.Subject(inc), w.SeverityWord(severityOf(inc)), inc.Rule, w.Where(inc),
		strings.Trim(inc.Labels["device"]+" "+inc.Labels["check"], " "), inc.Since, inc.Ended,
		minutes(inc.Ended.Sub(inc.Since)), w.End(inc), nil, nil, strings.Join(comments, " | "),
		nil, nil, nil, nil, strings.Join(because, ", "), symptoms, len(inc.Reports),
	}
	if inc.Acked != nil {
		row[10], row[11] = inc.Acked.By, inc.Acked.At
	}
	if d, ok := journal.Acknowledged(inc); ok {
		row[13] = minutes(d)
	}
	if d, ok := journal.Repaired(inc); ok {
		row[14] = minutes(d)
	}
	if n, ok := journal.Repair(inc); ok {
		row[15], row[16] = n.Text, n.By
	}
	return row
}

func minutes(d time.Duration) int { return int(d.Round(time.Minute) / time.Minute) }

// timesLine is one line of the table of times, in words.
type timesLine struct {
	Group string // "" in the first line, which is for all
	journal.Line
}

// cells are those of a file.
func (l timesLine) cells() []any {
	spread := func(s journal.Spread) []any {
		if s.Count == 0 {
			return []any{0, nil, nil}
		}
		return []any{s.Count, minutes(s.Median), minutes(s.P95)}
	}
	out := []any{l.Group, l.Name, l.Incidents, l.Symptoms}
	return append(append(out, spread(l.Acknowledged)...), spread(l.Repaired)...)
}

func (w words) timesColumns() []spreadsheet.Column {
	var out []spreadsheet.Column
	for _, key := range []string{
		"web.journal.by", "web.journal.group", "web.journal.incidents", "web.journal.symptoms",
		"web.journal.acked_count", "web.journal.acked_median", "web.journal.acked_most",
		"web.journal.repaired_count", "web.journal.repaired_median", "web.journal.repaired_most",
	} {
		out = append(out, spreadsheet.Column{Title: w.T(key), Width: 18})
	}
	return out
}

// timesLines are the lines of the table: all, by site, by class.
func (w words) timesLines(t journal.Times, sites []Site) []timesLine {
	names := map[string]string{"": w.T("web.journal.no_site")}
	for _, site := range sites {
		names[site.ID] = w.SiteName(site)
	}
	t.All.Name = w.T("web.journal.all")
	out := []timesLine{{"", t.All}}
	for _, l := range t.Sites {
		if name := names[l.Name]; name != "" {
			l.Name = name
		}
		out = append(out, timesLine{w.T("web.devices.site"), l})
	}
	for _, l := range t.Classes {
		if l.Name == "" {
			l.Name = w.T("web.journal.no_class")
		} else {
			l.Name = w.T("web.class." + l.Name)
		}
		out = append(out, timesLine{w.T("web.journal.class"), l})
	}
	return out
}

// timesBody is what the template of the times gets.
type timesBody struct {
	Lines   []timesLine
	Found   int
	Reached time.Time // zero: of all that fit the filter
	Back    string    // address of the journal
}

// journalTimes shows how long it took until faults were looked after and
// repaired.
func (s *server) journalTimes(w http.ResponseWriter, r *http.Request) error {
	f := journalFilterOf(r.URL.Query())
	p := s.page(r)
	p.Title = p.T("web.journal.times")
	var tally journal.Tally
	found, reached, err := s.through(r.Context(), f.search(p.words, 0, pageJournal), maxTimes, func(inc incident.Incident) error {
		tally.Add(inc)
		return nil
	})
	if err != nil {
		return err
	}
	places, err := s.Incidents.Places(r.Context())
	if err != nil {
		return fmt.Errorf("read the sites: %w", err)
	}
	b := timesBody{Lines: p.timesLines(tally.Times(), places.Sites), Found: found, Reached: reached, Back: "/journal"}
	if q := f.query(); len(q) > 0 {
		b.Back += "?" + q.Encode()
	}
	s.render(w, r, http.StatusOK, "journaltimes.html", p, b)
	return nil
}

// Reporter is who reported a fault, as they call themselves.
func (w words) Reporter(r incident.Report) string {
	if r.By == "" {
		return w.T("web.report.somebody")
	}
	return w.Foreign(r.By)
}

// RepairOf is what was done about an incident, for a list; "" when nobody said.
func (w words) RepairOf(inc incident.Incident) string {
	n, _ := journal.Repair(inc)
	return w.Brief(n.Text)
}

// Spread writes how some lengths of time are spread.
func (w words) Spread(s journal.Spread) string {
	if s.Count == 0 {
		return "–"
	}
	return w.T("web.journal.spread", "Median", w.Length(s.Median), "P95", w.Length(s.P95), "Count", s.Count)
}
