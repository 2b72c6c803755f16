package demo

import (
	"errors"
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/sim/smtp"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// places are the servers that stand for the world.
type places struct {
	home, register, library, canteen *website.Server
	mail                             *smtp.Server
}

func openPlaces() (_ places, err error) {
	var p places
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	for _, s := range []struct {
		into **website.Server
		page string
	}{
		{&p.home, "Pavyzdžių gimnazija"}, {&p.register, "Elektroninis dienynas"}, {&p.library, "Bibliotekos katalogas"}, {&p.canteen, "Valgyklos meniu"},
	} {
		if *s.into, err = website.Start(); err != nil {
			return p, err
		}
		(*s.into).Set(website.Page("<!doctype html><html lang=\"lt\"><title>" + s.page + "</title><body><h1>" + s.page + "</h1><p>Budi demo</p></body></html>"))
	}
	p.canteen.SetCert(website.SoonOver)
	if p.mail, err = smtp.Start(smtp.Options{Security: smtp.None}); err != nil {
		return p, fmt.Errorf("start the mail catcher: %w", err)
	}
	return p, nil
}

// slowness is how late the slow website answers.
const slowness = 1800 * time.Millisecond

func (p *places) close() {
	var errs []error
	for _, s := range []*website.Server{p.home, p.register, p.library, p.canteen} {
		if s != nil {
			s.Close()
		}
	}
	if p.mail != nil {
		errs = append(errs, p.mail.Close())
	}
	_ = errors.Join(errs...) // the process ends
}
