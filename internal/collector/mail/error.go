package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"syscall"

	"golang.org/x/oauth2"

	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// Step is where a delivery ended.
type Step string

// The steps, in their order.
const (
	StepWrite     Step = "write the mail"
	StepConnect   Step = "connect"
	StepTLS       Step = "encrypt"
	StepGreeting  Step = "wait for the greeting"
	StepHello     Step = "say hello"
	StepToken     Step = "get an access token"
	StepLogin     Step = "log in"
	StepSender    Step = "name the sender"
	StepRecipient Step = "name the recipient"
	StepData      Step = "announce the text"
	StepText      Step = "send the text"
	StepAnswer    Step = "wait for the receipt"
)

// Error is a delivery that did not succeed. It wraps outbox.ErrPermanent when
// trying again is of no use, outbox.ErrUncertain when the mail may have
// arrived, and neither when it has not and may yet.
type Error struct {
	Step   Step
	Server string // host:port; empty when it never came to that
	Code   int    // the server's answer, 0 when there was none
	Text   string // of the answer, bounded
	Hint   string // what to do, in English, with the names of the configuration's fields; may be empty
	Advice Advice // the same for pages in both languages; may be empty

	err   error
	class error
}

// Error says what was tried, what went wrong and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Step))
	if e.Server != "" {
		b.WriteString(" (" + e.Server + ")")
	}
	b.WriteString(": " + clip(e.err.Error()))
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Cause is what went wrong, in English.
func (e *Error) Cause() string { return clip(e.err.Error()) }

// Unwrap gives the cause, and the class where there is one.
func (e *Error) Unwrap() []error {
	if e.class == nil {
		return []error{e.err}
	}
	return []error{e.err, e.class}
}

// Advice says what a person can do about an error: the key of a sentence in both
// languages, "mail.advice.<advice>", with places for Host, Port and From.
type Advice string

// What can be advised.
const (
	adviceNoSuchName        Advice = "no_such_name"
	adviceNameServer        Advice = "name_server"
	adviceNothingListens    Advice = "nothing_listens"
	adviceNoWay             Advice = "no_way"
	adviceUnknownAuthority  Advice = "unknown_authority"
	adviceOtherName         Advice = "other_name"
	adviceCertificateOver   Advice = "certificate_over"
	advicePlainFirst        Advice = "plain_first"
	adviceNoStarttls        Advice = "no_starttls"
	adviceNoLogin           Advice = "no_login"
	adviceOtherLogin        Advice = "other_login"
	adviceTokenRefused      Advice = "token_refused"
	adviceFile              Advice = "file"
	adviceNoMailServer      Advice = "no_mail_server"
	adviceTurnedAway        Advice = "turned_away"
	adviceMicrosoftPassword Advice = "microsoft_password"
	adviceGooglePassword    Advice = "google_password"
	adviceTokenNotTaken     Advice = "token_not_taken"
	adviceWrongPassword     Advice = "wrong_password"
	adviceWantsLogin        Advice = "wants_login"
	adviceSendAs            Advice = "send_as"
	adviceNoSuchAddress     Advice = "no_such_address"
	adviceNoRelay           Advice = "no_relay"
	adviceLater             Advice = "later"
	advicePort25            Advice = "port_25"
	adviceNoAnswer          Advice = "no_answer"
	adviceSpeakFirst        Advice = "speak_first"
	adviceSlow              Advice = "slow"
)

// Advices lists everything that can be advised.
func Advices() []Advice {
	return []Advice{
		adviceNoSuchName, adviceNameServer, adviceNothingListens, adviceNoWay, adviceUnknownAuthority, adviceOtherName,
		adviceCertificateOver, advicePlainFirst, adviceNoStarttls, adviceNoLogin, adviceOtherLogin, adviceTokenRefused,
		adviceFile, adviceNoMailServer, adviceTurnedAway, adviceMicrosoftPassword, adviceGooglePassword, adviceTokenNotTaken,
		adviceWrongPassword, adviceWantsLogin, adviceSendAs, adviceNoSuchAddress, adviceNoRelay, adviceLater,
		advicePort25, adviceNoAnswer, adviceSpeakFirst, adviceSlow,
	}
}

// What a server lacks.
var (
	errNoStartTLS = errors.New("the server does not offer STARTTLS")
	errNoAuth     = errors.New("the server does not offer a login here")
	errNoXOAuth2  = errors.New("the server does not offer XOAUTH2")
	errNoPassword = errors.New("the server does not offer a login with a password")
)

var enhanced = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})\b`)

// status is the enhanced status code (RFC 3463) that the answer begins with.
func (e *Error) status() string { return enhanced.FindString(e.Text) }

// policyWords appear in refusals that speak of our rights, not of the address.
var policyWords = regexp.MustCompile(`(?i)relay|authenticat|auth required|permission|denied|not allowed|policy|blocked|spam|reputation|blacklist|block list|banned`)

// classify says whether trying again is of use. Permanent is kept narrow: a
// message that is given up is lost, and most refusals are a configuration
// that a person will mend. The table is in docs/mail.md.
func (e *Error) classify() error {
	if e.Code/100 != 5 {
		return nil
	}
	st := e.status()
	about := func(prefixes ...string) bool {
		for _, p := range prefixes {
			if st == p || strings.HasPrefix(st, p+".") {
				return true
			}
		}
		return false
	}
	switch e.Step {
	case StepRecipient:
		// The address does not exist, or is closed (X.1.8 is about the sender).
		if about("5.1") && !about("5.1.7", "5.1.8", "5.1.0") || about("5.2.1") {
			return outbox.ErrPermanent
		}
		if st == "" && (e.Code == 550 || e.Code == 551 || e.Code == 553) && !policyWords.MatchString(e.Text) {
			return outbox.ErrPermanent
		}
	case StepAnswer:
		// The address, the size or the form of this very message.
		if about("5.1.1", "5.1.10", "5.2.3", "5.3.4", "5.6") || st == "" && e.Code == 552 {
			return outbox.ErrPermanent
		}
	}
	return nil
}

// hint says what a person can do about an error.
func (m *Mailer) hint(e *Error) (Advice, string) {
	s := m.cfg.SMTP
	var (
		dns      *net.DNSError
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		protocol textproto.ProtocolError
		retrieve *oauth2.RetrieveError
	)
	switch {
	case errors.As(e.err, &dns):
		if dns.IsNotFound {
			return adviceNoSuchName, fmt.Sprintf("no computer has the name %s: look for a spelling mistake in smtp.host", dns.Name)
		}
		return adviceNameServer, "the name server did not answer: look at this computer's network and its DNS settings"
	case errors.Is(e.err, syscall.ECONNREFUSED):
		return adviceNothingListens, fmt.Sprintf("nothing listens on port %d there: check smtp.host and smtp.port (587 for starttls, 465 for tls), and whether the mail server runs", s.Port)
	case errors.Is(e.err, syscall.ENETUNREACH), errors.Is(e.err, syscall.EHOSTUNREACH):
		return adviceNoWay, "there is no way to that computer: look at this computer's network"
	case errors.As(e.err, &unknown):
		return adviceUnknownAuthority, "this computer does not know the authority that signed the mail server's certificate: put the authority's certificate into a file and name it in smtp.ca_file"
	case errors.As(e.err, &name):
		return adviceOtherName, fmt.Sprintf("the mail server's certificate is not for %s: write in smtp.host one of the names that it is for", s.Host)
	case errors.As(e.err, &invalid) && invalid.Reason == x509.Expired:
		return adviceCertificateOver, "the mail server's certificate is over or not yet valid: renew it there, or set this computer's clock"
	case errors.As(e.err, &record):
		return advicePlainFirst, "the server begins in plain text on this port: write security: starttls"
	case errors.Is(e.err, errNoStartTLS):
		return adviceNoStarttls, "for TLS from the first byte write security: tls and the port for it, usually 465; mail is never sent unencrypted instead"
	case errors.Is(e.err, errNoAuth):
		return adviceNoLogin, "use the port for submission, usually 587, or write auth: none if this server knows the computer by its address"
	case errors.Is(e.err, errNoXOAuth2), errors.Is(e.err, errNoPassword):
		return adviceOtherLogin, "write another kind of login in smtp.auth"
	case errors.As(e.err, &retrieve):
		return adviceTokenRefused, "the token server refuses: check oauth2.client_id, the client secret and its date of expiry, and the scopes"
	case errors.Is(e.err, os.ErrNotExist), errors.Is(e.err, os.ErrPermission):
		return adviceFile, "the file must be there and readable for the user that the collector runs as"
	case errors.Is(e.err, errTooMuch), errors.As(e.err, &protocol):
		return adviceNoMailServer, "what answers there is not a mail server: check smtp.host and smtp.port"
	case e.Code != 0:
		return m.hintForAnswer(e)
	case errors.Is(e.err, context.DeadlineExceeded), errors.Is(e.err, os.ErrDeadlineExceeded):
		return m.hintForSilence(e)
	}
	return "", ""
}

func (m *Mailer) hintForAnswer(e *Error) (Advice, string) {
	s, st, text := m.cfg.SMTP, e.status(), strings.ToLower(e.Text)
	switch {
	case e.Step == StepGreeting:
		return adviceTurnedAway, "the server turns this computer away: it may be over its limits, or block the address"
	case e.Step == StepLogin && e.Code/100 == 5:
		switch {
		case s.Auth == AuthPassword && (strings.HasSuffix(s.Host, "office365.com") || strings.HasSuffix(s.Host, "outlook.com")):
			return adviceMicrosoftPassword, "Microsoft 365 takes no passwords any more: write auth: xoauth2, as docs/mail.md shows"
		case s.Auth == AuthPassword && strings.HasSuffix(s.Host, "gmail.com"):
			return adviceGooglePassword, "Google wants an app password here, not the account's own, as docs/mail.md shows"
		case s.Auth == AuthXOAuth2:
			return adviceTokenNotTaken, "the token was given but not accepted: check smtp.username, that SMTP is allowed for this mailbox, and that the application may send as it (docs/mail.md)"
		}
		return adviceWrongPassword, "check smtp.username and the password"
	case e.Code == 530 || st == "5.7.0" && strings.Contains(text, "authentication"):
		return adviceWantsLogin, "the server wants a login: write auth: password or xoauth2"
	case e.Step == StepSender && e.Code/100 == 5, strings.Contains(text, "send as"), strings.Contains(text, "sendasdenied"):
		return adviceSendAs, fmt.Sprintf("the server does not let this login send as %s: write in mail.from an address that it owns", m.from.Address)
	case e.Step == StepRecipient && errors.Is(e.class, outbox.ErrPermanent):
		return adviceNoSuchAddress, "the address does not exist there: correct the contact's address"
	case e.Step == StepRecipient && e.Code/100 == 5:
		return adviceNoRelay, "the server does not pass on mail to this address for us: log in (smtp.auth), or have the server's administrator allow this computer"
	case e.Code/100 == 4:
		return adviceLater, "the server asks to come again later: this is usually over soon"
	}
	return "", ""
}

func (m *Mailer) hintForSilence(e *Error) (Advice, string) {
	s := m.cfg.SMTP
	switch {
	case e.Step == StepConnect && s.Port == 25:
		return advicePort25, "no answer: many networks close port 25 outwards; use 587 or 465"
	case e.Step == StepConnect:
		return adviceNoAnswer, fmt.Sprintf("no answer: a firewall may stand between, or smtp.port (%d) is wrong", s.Port)
	case e.Step == StepGreeting && s.Security != TLS:
		return adviceSpeakFirst, "the server waits for us to speak first: if this is a port for TLS from the first byte (465), write security: tls"
	}
	return adviceSlow, "the server is too slow or hangs"
}

// clip bounds foreign text and keeps it on one line.
func clip(s string) string {
	const limit = 500
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "�"), func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
