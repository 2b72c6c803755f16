package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// templates are those of every page; they are compiled in, so one set serves the
// whole program.
var templates = sync.OnceValues(parseTemplates)

// parseTemplates reads every page together with the frame around it, and the
// frame and the parts that pages share only once.
func parseTemplates() (map[string]*template.Template, error) {
	entries, err := files.ReadDir("pages")
	if err != nil {
		return nil, err
	}
	shared, err := template.New("frame.html").ParseFS(files, "pages/frame.html", "pages/parts*.html")
	if err != nil {
		return nil, fmt.Errorf("read the frame of the pages: %w", err)
	}
	out := map[string]*template.Template{}
	for _, e := range entries {
		if path.Ext(e.Name()) != ".html" || e.Name() == "frame.html" || strings.HasPrefix(e.Name(), "parts") {
			continue
		}
		t, err := shared.Clone()
		if err != nil {
			return nil, fmt.Errorf("copy the frame for page %s: %w", e.Name(), err)
		}
		if out[e.Name()], err = t.ParseFS(files, "pages/"+e.Name()); err != nil {
			return nil, fmt.Errorf("read page %s: %w", e.Name(), err)
		}
	}
	return out, nil
}

// page is what every template gets; its methods are the templates' functions.
type page struct {
	words
	Title   string
	Me      *access.Identity
	Live    string // the address at which the page renews itself, or stops to; "" when it cannot
	Refresh int    // seconds; 0: the page stays as it is
	Did     *flash
	Brand   Brand
	Demo    bool
	Path    string
	Body    any

	doors []Route
}

// words writes in one language, for one moment.
type words struct {
	c    *i18n.Catalogue
	now  time.Time
	loc  *time.Location
	Lang i18n.Lang
}

func (s *server) page(r *http.Request) *page {
	p := &page{words: words{c: s.Catalogue, now: s.Now(), loc: s.Location}, Demo: s.Demo, Path: r.URL.Path, doors: s.routes}
	p.Brand = s.brand()
	p.Lang = i18n.Match(clip(r.Header.Get("Accept-Language"), 200), cmp.Or(p.Brand.Lang, s.Lang))
	if id, ok := access.FromContext(r.Context()); ok {
		p.Me = &id
		if id.Lang != "" {
			p.Lang = id.Lang
		}
	}
	// A link on a stranger's page must not make ours say what was never done.
	if from := r.Header.Get("Sec-Fetch-Site"); from != "cross-site" && from != "same-site" {
		p.Did = p.flash(r.URL.Query())
	}
	return p
}

// refreshSeconds is how often a page renews itself that was asked to.
const refreshSeconds = 60

// live lets a page renew itself while its address says so. People ask for it, on
// a wall for example: a page that changes under somebody's hands keeps them from
// reading it (WCAG 2.2, 2.2.1).
func (p *page) live(r *http.Request) {
	query := r.URL.Query()
	query.Del("did")
	query.Del("of")
	if query.Get("live") == "on" {
		p.Refresh = refreshSeconds
		query.Del("live")
	} else {
		query.Set("live", "on")
	}
	p.Live = strings.TrimSuffix(r.URL.Path+"?"+query.Encode(), "?")
}

// render writes a whole page or none.
func (s *server) render(w http.ResponseWriter, r *http.Request, code int, name string, p *page, body any) {
	p.Body = body
	var out bytes.Buffer
	if err := s.templates[name].Execute(&out, p); err != nil {
		s.log.Error("write a page", "page", name, "path", r.URL.Path, "err", err)
		http.Error(w, p.T("web.error.internal.title"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(p.Lang))
	w.Header().Set("Vary", "Accept-Language, Cookie")
	w.WriteHeader(code)
	_, _ = out.WriteTo(w) // whoever went away needs no answer
}

// asset serves a file that is compiled in. Browsers ask each time whether it
// has changed.
func asset(name, contentType string) func(*server, http.ResponseWriter, *http.Request) error {
	return func(_ *server, w http.ResponseWriter, r *http.Request) error {
		data, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		return nil
	}
}

// T returns the text of a key; pairs are names and values that fill it.
func (w words) T(key string, pairs ...any) string { return w.c.Text(w.Lang, key, fill(pairs)) }

// N returns the plural form of a key for n.
func (w words) N(key string, n int, pairs ...any) string {
	return w.c.Count(w.Lang, key, n, fill(pairs))
}

func fill(pairs []any) map[string]any {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return data
}

// Time writes a moment to the minute.
func (w words) Time(t time.Time) string { return i18n.Time(t.In(w.loc)) }

// Clock writes the time of day of a moment.
func (w words) Clock(t time.Time) string { return t.In(w.loc).Format("15:04:05") }

// Machine writes a moment for the datetime attribute.
func (w words) Machine(t time.Time) string { return t.In(w.loc).Format(time.RFC3339) }

// Now is the moment of the page.
func (w words) Now() time.Time { return w.now }

// Since writes how long ago a moment was.
func (w words) Since(t time.Time) string { return w.Length(w.now.Sub(t)) }

// Length writes a length of time in its two largest units.
func (w words) Length(d time.Duration) string { return w.c.Duration(w.Lang, d) }

// Took writes how long a look took: to the millisecond below a second, and to
// the tenth of a second below ten.
func (w words) Took(d time.Duration) string {
	switch {
	case d <= 0:
		return "–"
	case d < time.Second:
		return w.T("web.milliseconds", "N", max(1, d.Milliseconds()))
	case d < 10*time.Second:
		return w.T("unit.seconds", "N", w.number(d.Seconds(), 1))
	default:
		return w.Length(d)
	}
}

// Between writes the length of time from one moment to another.
func (w words) Between(from, to time.Time) string { return w.Length(to.Sub(from)) }

// Problem writes what a look found wrong.
func (w words) Problem(p *look.Problem) string {
	if p == nil {
		return ""
	}
	return cmp.Or(wording.Problem(w.c, w.Lang, p), p.Detail)
}

// Notice writes something that the collector has to say.
func (w words) Notice(n Notice) string {
	key := "notice." + n.Code
	if !w.c.Has(w.Lang, key) {
		return n.Detail
	}
	data := make(map[string]any, len(n.Args))
	for k, v := range n.Args {
		data[k] = v
	}
	return w.c.Text(w.Lang, key, data)
}

// number writes a number with the language's decimal mark.
func (w words) number(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if w.Lang == i18n.Lithuanian {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Number writes a sample's value as briefly as six digits allow.
func (w words) Number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	s := strconv.FormatFloat(v, 'g', 6, 64)
	if w.Lang == i18n.Lithuanian {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Percent writes a share as a percentage.
func (w words) Percent(share float64) string { return w.number(share*100, 0) + " %" }

// Part writes how much of a whole is in use, as a percentage. Only what is
// really full is 100 %.
func (w words) Part(used, total uint64) string {
	if total == 0 {
		return "–"
	}
	share := float64(used) / float64(total)
	if used < total {
		share = math.Min(share, 0.99)
	}
	return w.Percent(share)
}

// Bytes writes a size in the largest binary unit that leaves a whole part.
func (w words) Bytes(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	digits := 1
	if i == 0 || v >= 100 {
		digits = 0
	}
	return w.number(v, digits) + " " + units[i]
}

// Fixed writes a number with two digits.
func (w words) Fixed(v float64) string { return w.number(v, 2) }

func clip(s string, limit int) string {
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "")
	}
	return s
}
