// Package web is the collector's console: a few pages, made on the server,
// that work in any browser, in English and Lithuanian, and without scripts: the
// one there is makes some things handier. It shows
// what a View tells and does what Actions can; it measures, stores and decides
// nothing. The collector's composition mounts its handler at "/".
//
// # What protects the pages
//
// A policy that lets browsers load nothing but our own files; no page in a
// frame; forms only from our own pages (net/http's
// CrossOriginProtection, on top of SameSite cookies); bounded bodies; every
// route names the role that it needs (Routes). Opening a page changes nothing:
// scanners of mail open the links in it.
package web

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/i18n"
)

//go:embed pages/*.html pages/style.css pages/app.js pages/icon.svg
var files embed.FS

// Options says what the console stands on. Every view and what belongs to it,
// Access, Catalogue and Logger are needed.
type Options struct {
	Access    *access.Control
	View      View
	Catalogue *i18n.Catalogue
	Logger    *slog.Logger
	Runbooks  fs.FS // NAME.md, and NAME.lt.md for Lithuanian; nil: none

	Brand func() Brand // whose console it is; nil: nobody's
	Demo  bool         // everything shown is made up: each page says so

	Incidents        IncidentsView
	IncidentsActions IncidentsActions
	Devices          DevicesView
	DevicesActions   DevicesActions
	Orders           OrdersView
	SLA              SLAView
	Polled           PolledView
	PolledActions    PolledActions
	Places           PlacesView
	PlacesActions    PlacesActions
	Reports          ReportsView
	ReportsActions   ReportsActions
	Search           SearchView
	Health           HealthView
	People           PeopleView
	Checks           ChecksView
	Aspects          AspectsView
	AspectsActions   AspectsActions
	Links            LinksView
	LinksActions     LinksActions
	ChecksActions    ChecksActions
	JobsActions      JobsActions
	Settings         SettingsView
	SettingsActions  SettingsActions
	Topology         TopologyView
	Heartbeat        HeartbeatView
	Availability     AvailabilityView
	HeartbeatActions HeartbeatActions
	Calendar         CalendarView
	CalendarActions  CalendarActions
	SignIn           SignIn

	StatusPages        StatusPagesView
	StatusPagesActions StatusPagesActions

	Now      func() time.Time // nil: time.Now
	Location *time.Location   // in which times are written; nil: time.Local
	Lang     i18n.Lang        // when neither user, browser nor Brand names one of ours; empty: English
}

// Brand says whose console it is. The zero value is nobody's.
type Brand struct {
	Institution string // its name; empty: not told
	Logo        string // the address of its logo on this server; empty: there is none

	Lang        i18n.Lang // when neither user nor browser names one of ours; empty: as in Options
	ExternalURL string    // how people reach the console, when a proxy stands before it; may be empty
}

// server answers the requests. It is safe for concurrent use.
type server struct {
	Options
	log       *slog.Logger
	templates map[string]*template.Template
	routes    []Route
	shelf     shelf
	books     chan struct{} // a place for each workbook that is being made
}

// New makes the console's handler. Timeouts are the server's.
func New(o Options) (http.Handler, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Lang == "" {
		o.Lang = i18n.Languages()[0]
	}
	s := &server{Options: o, log: o.Logger.With("component", "web"), routes: Routes(), books: make(chan struct{}, maxBooks)}
	var err error
	if s.templates, err = templates(); err != nil {
		return nil, err
	}

	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(s.handler(door{handle: func(*server, http.ResponseWriter, *http.Request) error { return errCrossOrigin }}))

	mux := http.NewServeMux()
	for _, d := range doors() {
		mux.Handle(d.Method+" "+d.Pattern, s.handler(d))
	}
	mux.Handle("/", s.handler(door{handle: func(*server, http.ResponseWriter, *http.Request) error { return ErrNotFound }}))
	guarded := crossOrigin.Handler(mux)
	return protect(s.identify(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.fromOutside(r) {
			mux.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	}))), nil
}

// brand is whose console this is.
func (s *server) brand() Brand {
	if s.Brand == nil {
		return Brand{}
	}
	return s.Brand()
}

// fromOutside reports whether a form comes from one of our pages as people see
// them through a proxy, which calls us by another name.
func (s *server) fromOutside(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(s.brand().ExternalURL)
	return err == nil && u.Host != "" && origin == u.Scheme+"://"+u.Host
}

// policy is the Content-Security-Policy of every answer.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// protect sets the headers of every answer.
func protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		// Links in mails carry a token, so no other site may learn the
		// address. "no-referrer" would say no more, but makes browsers send
		// "Origin: null" with our own forms where there is no TLS.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// identify finds out who the request comes from.
func (s *server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := s.Access.Identify(r)
		switch {
		case err == nil:
			r = r.WithContext(access.WithIdentity(r.Context(), id))
		case !errors.Is(err, access.ErrUnauthenticated):
			s.fail(w, r, fmt.Errorf("find out who a request comes from: %w", err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// handler bounds the request's body, lets pass for whom the door opens and turns
// errors into pages.
func (s *server) handler(d door) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(d.body, maxBody))
		id, known := access.FromContext(r.Context())
		var err error
		switch {
		case d.Role == "" || known && d.Opens(id):
			err = d.handle(s, w, r)
		case known:
			err = access.ErrForbidden
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			http.Redirect(w, r, "/login?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		default:
			err = access.ErrUnauthenticated
		}
		if err != nil {
			s.fail(w, r, err)
		}
	})
}

// errCrossOrigin says that a form did not come from our own pages.
var errCrossOrigin = errors.New("the form was not sent from this console")

// status is the one table from kinds of errors to HTTP. The key is that of a
// title and a text in both languages: "web.error.<key>.title" and ".text".
func status(err error) (code int, key string) {
	var tooLarge *http.MaxBytesError
	var throttled *access.ThrottledError
	switch {
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound, "not_found"
	case errors.Is(err, incident.ErrNotOpen):
		return http.StatusConflict, "not_open"
	case errors.Is(err, incident.ErrNotAcked):
		return http.StatusConflict, "not_acked"
	case errors.Is(err, ErrSilenceOver):
		return http.StatusConflict, "silence_over"
	case errors.Is(err, ErrSilencesFull):
		return http.StatusConflict, "silences_full"
	case errors.Is(err, incident.ErrStillFiring):
		return http.StatusConflict, "still_firing"
	case errors.Is(err, access.ErrUnauthenticated):
		return http.StatusUnauthorized, "unauthenticated"
	case errors.Is(err, access.ErrForbidden):
		return http.StatusForbidden, "forbidden"
	case errors.Is(err, errCrossOrigin):
		return http.StatusForbidden, "cross_origin"
	case errors.Is(err, access.ErrSetupOver):
		return http.StatusGone, "setup_over"
	case errors.Is(err, access.ErrLinkExpired):
		return http.StatusGone, "link_expired"
	case errors.Is(err, access.ErrLinkInvalid):
		return http.StatusNotFound, "link_invalid"
	case errors.Is(err, access.ErrWrongPassword):
		return http.StatusUnauthorized, "wrong_password"
	case errors.Is(err, access.ErrDisabled):
		return http.StatusForbidden, "disabled"
	case errors.Is(err, access.ErrInviteOver):
		return http.StatusGone, "invite_over"
	case errors.Is(err, access.ErrLastOne):
		return http.StatusConflict, "last_one"
	case errors.Is(err, access.ErrElsewhere):
		return http.StatusConflict, "elsewhere"
	case errors.Is(err, access.ErrNotFound):
		return http.StatusNotFound, "not_found"
	case errors.As(err, &throttled):
		return http.StatusTooManyRequests, "throttled"
	case errors.Is(err, access.ErrBusy):
		return http.StatusServiceUnavailable, "busy"
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "too_large"
	case errors.Is(err, ErrRefused):
		return http.StatusUnprocessableEntity, "refused"
	case errors.Is(err, errForm):
		return http.StatusBadRequest, "bad_form"
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, "slow"
	default:
		return http.StatusInternalServerError, "internal"
	}
}

// fail ends an error: a page in the reader's language, and the cause of what
// is our own fault in the log.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody reads it
	}
	code, key := status(err)
	if code >= http.StatusInternalServerError && key != "busy" {
		s.log.Error("answer a request", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	if code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="budi"`)
	}
	var throttled *access.ThrottledError
	if errors.As(err, &throttled) {
		setRetryAfter(w, throttled)
	}
	p := s.page(r)
	p.Title = p.T("web.error." + key + ".title")
	s.render(w, r, code, "error.html", p, p.T("web.error."+key+".text"))
}
