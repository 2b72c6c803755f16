package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// journalFilter is what the journal is narrowed by; empty fields narrow nothing.
type journalFilter struct {
	Site, Rule string
	About      string // a device or check: its ID or its name
	From, To   string // days, as browsers write them: 2026-09-01; To is included
	Text       string
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
	}
}

func (f journalFilter) query() url.Values {
	return filled("site", f.Site, "rule", f.Rule, "about", f.About, "from", f.From, "to", f.To, "q", f.Text)
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
	File     string // address of the download
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
	b := journalBody{JournalPage: page, Filter: f, Filtered: f != journalFilter{}, Sites: places.Sites, Rules: places.Rules, File: "/journal.csv"}
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
	b.File = address("/journal.csv", "")
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

// maxRounds bounds how often the search for a download goes on.
const maxRounds = 500

// journalFile streams what the filter lets pass as a table for spreadsheet
// programs. In Lithuanian they want ";" between columns, and a mark at the
// beginning that says that the text is UTF-8.
func (s *server) journalFile(w http.ResponseWriter, r *http.Request) error {
	f := journalFilterOf(r.URL.Query())
	p := s.page(r)
	q := f.search(p.words, 0, pageJournal)
	page, err := s.Incidents.Journal(r.Context(), q) // errors come before the first byte
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+p.T("web.journal.file")+"-"+p.now.In(p.loc).Format(time.DateOnly)+`.csv"`)
	_, _ = w.Write([]byte("\uFEFF"))
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if p.Lang == i18n.Lithuanian {
		out.Comma = ';'
	}
	var head []string
	for _, key := range []string{
		"web.journal.number", "web.journal.what", "web.incidents.severity", "web.incident.rule", "web.journal.where", "web.journal.about", "web.journal.began",
		"web.journal.ended", "web.journal.minutes", "web.journal.how", "web.journal.acked_by", "web.journal.acked_at", "web.journal.comments",
	} {
		head = append(head, p.T(key))
	}
	_ = out.Write(head) // errors are seen at the end: Flush keeps them
	rows := 0
	for round := 1; ; round++ {
		for _, inc := range page.Incidents {
			_ = out.Write(p.journalRow(inc))
			rows++
		}
		if out.Flush(); out.Error() != nil {
			return nil // whoever went away needs no answer
		}
		if page.Next == 0 {
			return nil
		}
		if rows >= maxDownload || round >= maxRounds {
			_ = out.Write([]string{p.T("web.journal.cut", "Time", p.Time(page.Reached))})
			out.Flush()
			return nil
		}
		q.Before = page.Next
		if page, err = s.Incidents.Journal(r.Context(), q); err != nil {
			// The answer has begun: what is missing must be seen in it.
			s.log.Error("write the journal as a file", "err", err)
			_ = out.Write([]string{p.T("web.error.internal.title")})
			out.Flush()
			return nil
		}
	}
}

// journalRow is an incident as a row of the file.
func (w words) journalRow(inc incident.Incident) []string {
	var comments []string
	if inc.Acked != nil && inc.Acked.Comment != "" {
		comments = append(comments, inc.Acked.By+": "+inc.Acked.Comment)
	}
	for _, n := range inc.Notes {
		if n.Text != "" {
			comments = append(comments, n.By+": "+n.Text)
		}
	}
	row := []string{
		strconv.FormatUint(uint64(inc.ID), 10), w.Subject(inc), w.SeverityWord(severityOf(inc)), inc.Rule, w.Where(inc),
		strings.Trim(inc.Labels["device"]+" "+inc.Labels["check"], " "), w.moment(inc.Since), w.moment(inc.Ended),
		strconv.Itoa(int(inc.Ended.Sub(inc.Since).Round(time.Minute) / time.Minute)), w.End(inc), "", "", strings.Join(comments, " | "),
	}
	if inc.Acked != nil {
		row[10], row[11] = inc.Acked.By, w.moment(inc.Acked.At)
	}
	for i, cell := range row {
		row[i] = harmless(cell)
	}
	return row
}

// moment writes a time for a table, which sorts it as text.
func (w words) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(w.loc).Format(time.DateTime)
}

// harmless keeps a spreadsheet program from taking a text for a formula: one
// that takes another sign for the separator begins a cell in the middle of ours.
func harmless(cell string) string {
	const separators, formulas = ",;\t", "=+-@"
	cell = strings.NewReplacer("\n", " ", "\r", " ").Replace(cell)
	var b strings.Builder
	begins := true
	for _, r := range cell {
		if begins && strings.ContainsRune(formulas, r) || b.Len() == 0 && r == '\t' {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		// Quotation marks and blanks before it change nothing.
		begins = strings.ContainsRune(separators, r) || begins && (r == ' ' || r == '"')
	}
	return b.String()
}
