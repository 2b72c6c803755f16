package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/sim/mailbox"
	"github.com/budi-monitor/budi/internal/sim/smtp"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// places are the servers that stand for the world: four websites (the home page
// breaks now and then, the register is slow, the canteen's certificate is soon
// over), a mail server whose mails can be read, and a small DNS.
type places struct {
	home, register, library, canteen *site
	mail                             *smtp.Server
	names                            *names       // nil: this computer has one address of the loopback only (macOS)
	pages                            *http.Server // of the mails
	pagesURL                         string
	pagesDone                        chan struct{}
}

// site is a website and what it shows when it is well.
type site struct {
	*website.Server
	page http.Handler
}

// well lets the website show its page.
func (s *site) well() { s.Set(s.page) }

// openSite starts a website that answers after about so long.
func openSite(title string, wait time.Duration) (*site, error) {
	s, err := website.Start()
	if err != nil {
		return nil, err
	}
	page := website.Page("<!doctype html><html lang=\"lt\"><title>" + title + "</title><body><h1>" + title + "</h1><p>Budi demo</p><p><a href=\"/senas-tvarkarastis.pdf\">Tvarkaraštis</a></p></body></html>")
	out := &site{s, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		website.Slow(wait*3/4+rand.N(wait/2), page).ServeHTTP(w, r)
	})}
	out.well()
	return out, nil
}

// openPlaces starts the servers. What was started before an error is closed.
func openPlaces(ctx context.Context, o Options, location *time.Location) (_ places, err error) {
	var p places
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	for _, s := range []struct {
		into  **site
		title string
		wait  time.Duration
	}{
		{&p.home, "Pavyzdžių gimnazija", 60 * time.Millisecond}, {&p.register, "Elektroninis dienynas", 1600 * time.Millisecond},
		{&p.library, "Bibliotekos katalogas", 140 * time.Millisecond}, {&p.canteen, "Valgyklos meniu", 90 * time.Millisecond},
	} {
		if *s.into, err = openSite(s.title, s.wait); err != nil {
			return p, err
		}
	}
	if p.names, err = openNames(ctx, time.Now()); err != nil {
		o.Logger.Info("the demonstration shows no domain", "err", err)
	}
	p.canteen.SetCert(website.NineDays)
	p.home.SetPath("/senas-tvarkarastis.pdf", website.Status(http.StatusNotFound)) // its page links to it still
	catalogue, err := i18n.Load()
	if err != nil {
		return p, err
	}
	box, err := mailbox.New(mailbox.Options{Catalogue: catalogue, Lang: o.Lang, Zone: location, Console: "https://" + o.Listen, Logger: o.Logger})
	if err != nil {
		return p, err
	}
	if p.mail, err = smtp.Start(smtp.Options{Security: smtp.None, Keep: 1, OnMessage: box.Catch}); err != nil {
		return p, fmt.Errorf("start the mail catcher: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return p, fmt.Errorf("open the page with mails: %w", err)
	}
	p.pagesURL, p.pagesDone = "http://"+l.Addr().String(), make(chan struct{})
	p.pages = &http.Server{Handler: box, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug)}
	go func() {
		defer close(p.pagesDone)
		if err := p.pages.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			o.Logger.Error("the page with mails ended", "err", err)
		}
	}()
	return p, nil
}

// close stops the servers, as far as they were started.
func (p *places) close() {
	for _, s := range []*site{p.home, p.register, p.library, p.canteen} {
		if s != nil {
			s.Close()
		}
	}
	if p.pages != nil {
		_ = p.pages.Close() // nobody reads any more
		<-p.pagesDone
	}
	if p.mail != nil {
		_ = p.mail.Close() // nothing is on its way any more
	}
	p.names.close()
}
