// Package mailbox shows in a browser what the simulated mail server caught: a
// list of the newest mails, and each of them as text and as HTML. It is for the
// demonstration; it keeps everything in memory, and little of it.
package mailbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/sim/smtp"
)

//go:embed pages
var files embed.FS

// DefaultKeep is how many mails are kept: the newest.
const DefaultKeep = 200

// Options say how a Box looks. Catalogue and Logger are needed.
type Options struct {
	Catalogue *i18n.Catalogue
	Lang      i18n.Lang      // empty: English
	Zone      *time.Location // of times; nil: UTC
	Keep      int            // mails; 0: DefaultKeep
	Console   string         // address of the console, for a link back; empty: none
	Logger    *slog.Logger
}

// Mail is one mail that was caught.
type Mail struct {
	Number  int       `json:"number"` // from 1; never given again
	Time    time.Time `json:"time"`
	From    string    `json:"from"`
	To      []string  `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	html    string
}

// Box is a handler with the pages. It is safe for concurrent use.
type Box struct {
	http.Handler
	opts  Options
	pages *template.Template

	mu     sync.Mutex
	mails  []Mail // oldest first
	number int    // of the newest
}

// New makes an empty Box. Catch is to be told of each mail.
func New(o Options) (*Box, error) {
	if o.Lang == "" {
		o.Lang = i18n.English
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Keep <= 0 {
		o.Keep = DefaultKeep
	}
	b := &Box{opts: o}
	var err error
	b.pages, err = template.New("").Funcs(template.FuncMap{
		"t":    func(key string) string { return o.Catalogue.Text(o.Lang, key, nil) },
		"time": func(t time.Time) string { return i18n.Time(t.In(o.Zone)) },
		"join": func(s []string) string { return strings.Join(s, ", ") },
	}).ParseFS(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages of the mailbox: %w", err)
	}
	style, err := files.ReadFile("pages/style.css")
	if err != nil {
		return nil, fmt.Errorf("read the style of the mailbox: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { b.show(w, "list", b.Mails()) })
	mux.HandleFunc("GET /mails.json", b.list)
	mux.HandleFunc("GET /mail/{number}", b.mail(func(w http.ResponseWriter, m Mail) { b.show(w, "mail", m) }))
	mux.HandleFunc("GET /mail/{number}/html", b.mail(func(w http.ResponseWriter, m Mail) {
		// The mail is a stranger's page: it runs nothing, loads nothing and leads nowhere.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(m.html))
	}))
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(style)
	})
	b.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
	return b, nil
}

// Catch keeps a mail, and forgets the oldest when there are too many.
func (b *Box) Catch(m smtp.Message) {
	text, err := m.Part("text/plain")
	if err != nil {
		text = string(m.Data)
	}
	html, err := m.Part("text/html")
	if err != nil {
		html = "" // a mail of text only
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.number++
	b.mails = append(b.mails, Mail{Number: b.number, Time: m.Time, From: m.From, To: slices.Clone(m.To), Subject: m.Subject(), Text: text, html: html})
	if over := len(b.mails) - b.opts.Keep; over > 0 {
		b.mails = slices.Delete(b.mails, 0, over)
	}
}

// Mails returns what is kept, newest first.
func (b *Box) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.mails)
	slices.Reverse(out)
	return out
}

// list answers with the mails as JSON, for programs.
func (b *Box) list(w http.ResponseWriter, _ *http.Request) {
	mails := b.Mails()
	if mails == nil {
		mails = []Mail{}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(mails); err != nil {
		b.opts.Logger.Debug("list the mails", "err", err) // the reader has gone
	}
}

// mail finds the mail of a path.
func (b *Box) mail(show func(http.ResponseWriter, Mail)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("number"))
		all := b.Mails()
		i := slices.IndexFunc(all, func(m Mail) bool { return m.Number == n })
		if err != nil || i < 0 {
			http.NotFound(w, r)
			return
		}
		show(w, all[i])
	}
}

func (b *Box) show(w http.ResponseWriter, name string, data any) {
	var out bytes.Buffer
	if err := b.pages.ExecuteTemplate(&out, name, struct {
		Lang    i18n.Lang
		Console string
		Data    any
	}{b.opts.Lang, b.opts.Console, data}); err != nil {
		b.opts.Logger.Error("show the mailbox", "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = out.WriteTo(w)
}

// HasHTML reports whether the mail has a part in HTML.
func (m Mail) HasHTML() bool { return m.html != "" }
