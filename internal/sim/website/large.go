package website

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// Large is a generated website of many pages, with faults on them that it tells:
// what a crawl has to find, and everything else that it must not. It is an
// http.Handler and is safe for concurrent use.
type Large struct {
	pages  int
	faults map[string]Fault // by path or address
	on     map[int][]string // page → HTML of what is wrong on it

	requests atomic.Int64
	busy     atomic.Int64
	most     atomic.Int64
}

// Fault is one that was planted.
type Fault struct {
	Address string // path of the website itself, or a whole address of another
	What    string // what is there
	On      int    // number of the page on which the link stands
}

// The kinds of faults, in the order in which they are planted.
const (
	FaultNotFound  = "page that is not there"
	FaultGone      = "page that is gone"
	FaultError     = "page that is an error"
	FaultImage     = "image that is not there"
	FaultDocument  = "document that is not there"
	FaultStyle     = "style sheet that is not there"
	FaultScript    = "script that is not there"
	FaultRedirect  = "redirect to what is not there"
	FaultLoop      = "redirect without end"
	FaultElsewhere = "website that does not answer"
)

// NewLarge makes a website of pages, with faults chosen by a seed. dead is the
// beginning of addresses at which nobody answers, for example http://127.0.0.1:1.
func NewLarge(pages, faults int, seed uint64, dead string) *Large {
	l := &Large{pages: pages, faults: map[string]Fault{}, on: map[int][]string{}}
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := []struct{ what, path, html string }{
		{FaultNotFound, "/naujienos/nera-%d", `<a href="%s">Skaityti</a>`},
		{FaultGone, "/naujienos/dingo-%d", `<a href='%s'>Senas</a>`},
		{FaultError, "/klaida/%d", `<a href=%s>Klaida</a>`},
		{FaultImage, "/nuotraukos/nera-%d.jpg", `<img alt="" src="%s">`},
		{FaultDocument, "/dokumentai/nera-%d.pdf", `<a href="%s">Tvarka (PDF)</a>`},
		{FaultStyle, "/stiliai/nera-%d.css", `<link rel="stylesheet" href="%s">`},
		{FaultScript, "/js/nera-%d.js", `<script src="%s"></script>`},
		{FaultRedirect, "/perkelta-%d", `<a href="%s">Perkelta</a>`},
		{FaultLoop, "/ratas-%d", `<a href="%s">Ratas</a>`},
		{FaultElsewhere, dead + "/%d", `<a href="%s">Partneris</a>`},
	}
	for i := range faults {
		k := kinds[i%len(kinds)]
		address := fmt.Sprintf(k.path, i)
		on := r.IntN(pages)
		l.faults[address] = Fault{address, k.what, on}
		l.on[on] = append(l.on[on], fmt.Sprintf(k.html, address))
	}
	return l
}

// Faults lists what is wrong, by address.
func (l *Large) Faults() map[string]Fault { return l.faults }

// Requests is how many there were.
func (l *Large) Requests() int { return int(l.requests.Load()) }

// Most is how many there were at one time, at most.
func (l *Large) Most() int { return int(l.most.Load()) }

// ServeHTTP implements http.Handler.
func (l *Large) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.requests.Add(1)
	now := l.busy.Add(1)
	defer l.busy.Add(-1)
	for most := l.most.Load(); now > most && !l.most.CompareAndSwap(most, now); most = l.most.Load() {
	}
	path := r.URL.Path
	if f, ok := l.faults[path]; ok {
		switch f.What {
		case FaultGone:
			http.Error(w, "gone", http.StatusGone)
		case FaultError:
			http.Error(w, "error", http.StatusInternalServerError)
		case FaultRedirect:
			http.Redirect(w, r, "/tikrai-nera"+path, http.StatusMovedPermanently)
		case FaultLoop:
			http.Redirect(w, r, path, http.StatusFound)
		default:
			http.NotFound(w, r)
		}
		return
	}
	switch {
	case path == "/":
		l.page(w, 0)
	case path == "/robots.txt":
		_, _ = fmt.Fprint(w, "User-agent: *\nDisallow: /slaptas/\n")
	case path == "/calendar":
		n, _ := strconv.Atoi(r.URL.Query().Get("m")) // a month that leads to the next, for ever
		html(w, fmt.Sprintf(`<title>Kalendorius %d</title><p>Mėnuo %d</p><a href="/calendar?m=%d">Kitas</a>`, n, n, n+1))
	case strings.HasPrefix(path, "/puslapis/"):
		if n, err := strconv.Atoi(strings.TrimPrefix(path, "/puslapis/")); err == nil && n >= 0 && n < l.pages {
			l.page(w, n)
			return
		}
		http.NotFound(w, r)
	case strings.HasSuffix(path, ".jpg"):
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = fmt.Fprint(w, "jpeg")
	case strings.HasSuffix(path, ".pdf"):
		if r.Method == http.MethodHead { // some servers know no HEAD
			http.Error(w, "no", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = fmt.Fprint(w, "%PDF-1.4")
	case path == "/stilius.css":
		w.Header().Set("Content-Type", "text/css")
		_, _ = fmt.Fprint(w, `body{background:url("/fonas.jpg")}`)
	case path == "/senas":
		http.Redirect(w, r, "/puslapis/1", http.StatusMovedPermanently)
	case strings.HasPrefix(path, "/slaptas/"):
		http.Error(w, "robots.txt was not obeyed", http.StatusTeapot)
	default:
		http.NotFound(w, r)
	}
}

// session is what some websites put into each link, and what makes no other page.
func session(n, i int) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(n, " ", i)))
	return hex.EncodeToString(sum[:16])
}

func html(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprint(w, "<!doctype html><html lang=lt><body>"+body+"</body></html>")
}

// page writes one: links to ten more, a picture, a document, and what makes
// crawlers stumble.
func (l *Large) page(w http.ResponseWriter, n int) {
	var b strings.Builder
	fmt.Fprintf(&b, `<title>Puslapis %d</title><link rel=stylesheet href="/stilius.css"><h1>Žinia Nr. %d</h1>`, n, n)
	for i := 10*n + 1; i <= 10*n+10 && i < l.pages; i++ {
		fmt.Fprintf(&b, `<p><a href="/puslapis/%d?PHPSESSID=%s#turinys">Žinia %d</a></p>`, i, session(n, i), i)
	}
	fmt.Fprintf(&b, `<img src="../puslapis/../nuotraukos/%d%%20maža.jpg" srcset="/nuotraukos/%d.jpg 1x, /nuotraukos/%d-didele.jpg 2x">`, n%50, n%50, n%50)
	fmt.Fprintf(&b, `<a href="/dokumentai/%d.pdf">PDF</a> <a href="mailto:rastine@mokykla.example">Rašykite</a> <a href="tel:+37061234567">Skambinkite</a> <a href="javascript:void(0)">x</a> <a href="#virsus">Į viršų</a>`, n%40)
	b.WriteString(`<a href="/senas">Senas adresas</a> <a href="/slaptas/a">Slaptas</a> <a href="/">Pradžia</a>`)
	if n%500 == 1 {
		b.WriteString(`<a href="/calendar?m=0">Kalendorius</a>`)
	}
	for _, wrong := range l.on[n] {
		b.WriteString(wrong)
	}
	html(w, b.String())
}
