package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/notify"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/i18n"
)

// telling hands what the outbox owes to the mailer or to a receiver, by what
// the contact's entry in the configuration says now. It is safe for concurrent
// use.
type telling struct {
	mu        sync.RWMutex
	contacts  map[string]settings.Contact
	addresses map[string]mail.Contact
	mailer    *mail.Mailer // nil when mail is not configured
	receivers *notify.Receivers
}

var _ outbox.Deliverer = (*telling)(nil)

// set exchanges whom is told and how.
func (t *telling) set(c *Config, mailer *mail.Mailer, receivers *notify.Receivers) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.contacts, t.addresses = map[string]settings.Contact{}, map[string]mail.Contact{}
	for _, p := range c.Contacts {
		t.contacts[p.Name] = p
		t.addresses[p.Name] = mail.Contact{Name: p.Name, Address: p.Email, Lang: c.lang(p)}
	}
	t.mailer, t.receivers = mailer, receivers
}

// Deliver implements outbox.Deliverer.
func (t *telling) Deliver(ctx context.Context, d outbox.Delivery, commit func() error) error {
	t.mu.RLock()
	contact, address, mailer, receivers := t.contacts[d.Contact], t.addresses[d.Contact], t.mailer, t.receivers
	t.mu.RUnlock()
	switch {
	case contact.Email != "" && mailer != nil:
		return mailer.Send(ctx, address, d, commit)
	case contact.Receiver != "" && receivers != nil:
		return receivers.Deliver(ctx, contact.Receiver, d, commit)
	default:
		return fmt.Errorf("the configuration does not say how to tell %s", d.Contact)
	}
}

// describe puts an item into words for receivers that are not mail.
func describe(texts *i18n.Catalogue, lang i18n.Lang) func(outbox.Item) (summary, description string) {
	return func(it outbox.Item) (summary, description string) {
		told := wording.Of(texts, lang, it.Incident, it.OwedAt)
		return told.Headline(wording.News{Kind: it.Kind, Reason: it.Reason, Touches: it.Touches, Corrects: !it.ToldAt.IsZero()}),
			cmp.Or(told.What(), told.Summary())
	}
}

// tryMail sends a test mail to an address. The error is a *mail.Error, or
// errNoMail.
func (t *telling) tryMail(ctx context.Context, to mail.Contact) error {
	t.mu.RLock()
	mailer := t.mailer
	t.mu.RUnlock()
	if mailer == nil {
		return errNoMail
	}
	return mailer.Test(ctx, to)
}

// errNoMail says that there is no mail server.
var errNoMail = errors.New("mail is not configured")

// mailTest sends a test mail to one contact, or to all when name is empty, and
// returns the addresses that were served.
func (t *telling) mailTest(ctx context.Context, name string) ([]string, error) {
	t.mu.RLock()
	mailer := t.mailer
	var to []mail.Contact
	for _, c := range t.addresses {
		if c.Address != "" && (name == "" || c.Name == name) {
			to = append(to, c)
		}
	}
	t.mu.RUnlock()
	if mailer == nil {
		return nil, fmt.Errorf("mail is not configured: set it up in the console under Settings, or write a section mail (docs/mail.md has ready ones) and reload")
	}
	if len(to) == 0 && name != "" {
		return nil, fmt.Errorf("no contact named %q has an email address", name)
	}
	if len(to) == 0 {
		return nil, fmt.Errorf("no contact has an email address: add one in the console under Settings, or write a section contacts and reload")
	}
	var sent []string
	for _, c := range to {
		if err := mailer.Test(ctx, c); err != nil {
			return sent, fmt.Errorf("mail to %s: %w", c.Address, err)
		}
		sent = append(sent, c.Address)
	}
	return sent, nil
}
