// Package mail writes letters about incidents, in English or Lithuanian, as
// text and HTML that say the same, and hands them to a mail server by SMTP. It
// is the only package that imports a mail library. It decides nothing about
// whom to tell and when, keeps nothing, and does not try again: package
// outbox, for which a Mailer's Send is the Deliverer, does. The collector's
// composition wires it.
package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"net/mail"
	"os"
	"strings"
	texttemplate "text/template"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/i18n"
)

// Contact is a person who gets mails.
type Contact struct {
	Name    string // as in the configuration; names the contact in acknowledge links
	Address string // where mails go
	Lang    i18n.Lang
}

// Options are what a Mailer needs besides its configuration.
type Options struct {
	Catalogue *i18n.Catalogue
	// ExternalURL is the address under which people reach the console; links
	// begin with it. Without it mails have no links.
	ExternalURL string
	SiteName    string // what is watched, for the last line of a mail; may be empty
	// AckURL makes the link that acknowledges an incident. Nil, or an empty
	// answer, leaves the link out.
	AckURL func(id incident.ID, contact string) string
	// Demo says that what mails tell of is made up: each of them says so.
	Demo   bool
	Zone   *time.Location // of the times in mails; default UTC
	Logger *slog.Logger   // default: none
	Now    func() time.Time
}

// Mailer writes and sends mails. It is safe for concurrent use.
type Mailer struct {
	cfg    Config
	opts   Options
	from   mail.Address
	hello  string
	tokens *tokenSource
	log    *slog.Logger
	text   *texttemplate.Template
	html   *htmltemplate.Template
}

// Message is a rendered mail.
type Message struct {
	ID      string // without angle brackets
	Thread  string // the message that this one answers, or empty
	Subject string // one line of at most MaxSubject runes
	Text    string // lines end in "\n"
	HTML    string
}

// New checks the configuration and makes a Mailer. It opens no connection.
func New(c Config, o Options) (*Mailer, error) {
	c = c.WithDefaults()
	from, err := parseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("read sender's address %q: %w", c.From, err)
	}
	if o.Catalogue == nil {
		return nil, errors.New("make mailer: no catalogue of texts")
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.ExternalURL = strings.TrimRight(o.ExternalURL, "/")
	hello := c.SMTP.Hello
	if hello == "" {
		if hello, err = os.Hostname(); err != nil || hello == "" || strings.ContainsAny(hello, " \t\r\n") {
			hello = "localhost"
		}
	}
	text, html, err := parseTemplates()
	if err != nil {
		return nil, err
	}
	return &Mailer{
		cfg: c, opts: o, from: *from, hello: hello, tokens: newTokenSource(c.SMTP.OAuth2),
		log: o.Logger.With("component", "mail"), text: text, html: html,
	}, nil
}

// Send delivers one message to one contact; it keeps the contract of
// outbox.Deliverer. Whatever goes wrong is an *Error.
func (m *Mailer) Send(ctx context.Context, to Contact, d outbox.Delivery, commit func() error) error {
	msg, err := m.Render(to, d)
	if err != nil {
		return &Error{Step: StepWrite, err: err, class: outbox.ErrPermanent}
	}
	return m.send(ctx, to, msg, commit)
}

// Test sends a mail that says that mail works. Whatever goes wrong is an
// *Error; its Hint says what to do.
func (m *Mailer) Test(ctx context.Context, to Contact) error {
	msg, err := m.RenderTest(to)
	if err != nil {
		return &Error{Step: StepWrite, err: err}
	}
	return m.send(ctx, to, msg, func() error { return nil })
}

func (m *Mailer) send(ctx context.Context, to Contact, msg Message, commit func() error) error {
	rcpt, err := parseAddress(to.Address)
	if err != nil {
		return &Error{
			Step: StepRecipient, err: fmt.Errorf("read address %q: %w", to.Address, err), class: outbox.ErrPermanent,
			Hint: "write the contact's address as name@example.lt",
		}
	}
	data, err := m.encode(msg, *rcpt)
	if err != nil {
		return &Error{Step: StepWrite, err: err, class: outbox.ErrPermanent}
	}
	begin := time.Now()
	err = m.transmit(ctx, rcpt.Address, data, commit)
	log := m.log.With("contact", to.Name, "message_id", msg.ID, "duration", time.Since(begin))
	if err != nil {
		log.Debug("mail not delivered", "err", err)
		return err
	}
	log.Debug("mail delivered")
	return nil
}

// encode makes the bytes that go over the wire (RFC 5322, MIME).
func (m *Mailer) encode(msg Message, to mail.Address) ([]byte, error) {
	g := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := g.From(m.from.String()); err != nil {
		return nil, fmt.Errorf("write sender: %w", err)
	}
	if err := g.To(to.String()); err != nil {
		return nil, fmt.Errorf("write recipient: %w", err)
	}
	g.Subject(msg.Subject)
	g.SetDateWithValue(m.opts.Now().In(m.opts.Zone))
	g.SetMessageIDWithValue(msg.ID)
	if msg.Thread != "" {
		g.SetGenHeader(gomail.HeaderInReplyTo, "<"+msg.Thread+">")
		g.SetGenHeader(gomail.HeaderReferences, "<"+msg.Thread+">")
	}
	// RFC 3834, section 5, and Exchange's own header: nobody's holiday answers us.
	g.SetGenHeader("Auto-Submitted", "auto-generated")
	g.SetGenHeader("X-Auto-Response-Suppress", "All")
	g.SetBodyString(gomail.TypeTextPlain, msg.Text)
	g.AddAlternativeString(gomail.TypeTextHTML, msg.HTML)
	var b bytes.Buffer
	if _, err := g.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	return b.Bytes(), nil
}
