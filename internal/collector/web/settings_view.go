package web

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/secret"
)

// SettingsView tells what is set for the whole installation. It is safe for
// concurrent use.
type SettingsView interface {
	// Settings gathers what is set, in the file or in the console.
	Settings(ctx context.Context) (SettingsPage, error)

	// Logo is the institution's picture; false when there is none. Everybody
	// may see it.
	Logo() (settings.Logo, bool)

	// Progress tells how far a new installation has come.
	Progress(ctx context.Context) (Progress, error)
}

// SettingsActions changes what is set, in the name of who asks; whoever
// implements the methods sees to the audit record. What was entered and cannot
// be is refused with settings.Problems, what the configuration file declares
// with the code settings.CodeInFile; ErrNotFound says that a contact is gone.
type SettingsActions interface {
	// SetGeneral changes the fields that are not nil, all or none.
	SetGeneral(ctx context.Context, g GeneralEdit) error

	// SetLogo changes the picture; nothing takes it away.
	SetLogo(ctx context.Context, data []byte) error

	// CheckAddress asks at the address whether this collector answers there.
	CheckAddress(ctx context.Context, address string) AddressAnswer

	// SetMail changes how mail is sent; nil: not at all. A secret that is left
	// empty stays.
	SetMail(ctx context.Context, m *MailServer) error

	// TestMail sends a test mail to an address. What went wrong is in the
	// answer; an error is about something else.
	TestMail(ctx context.Context, to string, lang i18n.Lang) (MailTest, error)

	// PutContact adds a contact, or changes the one that is called was.
	PutContact(ctx context.Context, was string, c settings.Contact) error
	RemoveContact(ctx context.Context, name string) error
	RestoreContact(ctx context.Context, name string) error

	// PutEscalation adds an escalation, or changes the one that is called was.
	PutEscalation(ctx context.Context, was string, e roster.Escalation) error
	RemoveEscalation(ctx context.Context, name string) error
	RestoreEscalation(ctx context.Context, name string) error

	// PutAway takes the first-run guide from the first page, or brings it back.
	PutAway(ctx context.Context, away bool) error
}

// GeneralEdit changes whose console this is. Nil leaves a field as it is; an
// empty text takes it back.
type GeneralEdit struct {
	Institution *string
	Language    *string // when neither the reader nor the browser says one
	ExternalURL *string // how people reach the console
}

// SettingsPage is what is set for the whole installation.
type SettingsPage struct {
	File   string          // path of the configuration file; "": there is none
	InFile map[string]bool // what the file declares: institution, language, external_url, mail

	Institution string
	Logo        string    // its address; "": there is none
	Language    i18n.Lang // "": nobody said it
	ExternalURL string
	Mail        *MailServer       // nil: no mail; without its secrets
	MailWrong   settings.Problems // why it is stored and not in use
	Contacts    []ContactRow
	Receivers   []string // of the file, that contacts can be told through

	Escalations      []EscalationRow
	EscalationInFile bool // they are the file's
}

// EscalationRow is an escalation, and why it is not in use as it stands there.
type EscalationRow struct {
	roster.Escalation
	Wrong settings.Problems
}

// ContactRow is a contact, where it is declared, and why it is not in use.
type ContactRow struct {
	settings.Contact
	InFile bool
	Wrong  settings.Problems

	Instead string // who is told while the contact is away now; "": they are there
	AwayTo  string // the last day, as 2026-07-17
}

// MailServer is how mail is sent.
type MailServer struct {
	From     string
	Host     string
	Port     int    // 0: as usual for Security
	Security string // starttls, tls or none
	Auth     string // none, password or xoauth2
	Username string
	Hello    string // our name in EHLO; "": this computer's
	Plain    bool   // security none with another computer is wanted

	TokenURL, ClientID, Scopes string // of xoauth2; scopes with spaces between

	// What was typed; of what is stored only whether it is there.
	Password, ClientSecret       secret.String
	HasPassword, HasClientSecret bool
}

// AddressAnswer is what came of asking at the external address.
type AddressAnswer string

// The answers.
const (
	AddressGood        AddressAnswer = "good"        // this collector answers there
	AddressOther       AddressAnswer = "other"       // something else answers
	AddressName        AddressAnswer = "name"        // there is no such name
	AddressCertificate AddressAnswer = "certificate" // its certificate is not trusted here
	AddressSilent      AddressAnswer = "silent"      // nothing answers
)

// MailTest is what happened to a test mail.
type MailTest struct {
	To     string
	Server string // host:port
	Stages []MailStage
	Answer string         // what the server said, or what went wrong; technical, English; "" when all went well
	Advice string         // key of a sentence: "mail.advice.<advice>"; may be ""
	Args   map[string]any // fill it
}

// OK reports whether the server took the mail.
func (t MailTest) OK() bool {
	for _, s := range t.Stages {
		if s.State != Passed {
			return false
		}
	}
	return len(t.Stages) > 0
}

// MailStage is a stage of a delivery.
type MailStage struct {
	Key   string // of its name: "mail.stage.<key>"
	State StageState
}

// StageState is how a stage ended.
type StageState string

// The states.
const (
	Passed  StageState = "passed"
	Failed  StageState = "failed"
	Skipped StageState = "skipped" // not reached
)

// Progress is how far a new installation has come. It is read from what is
// there, but for Away.
type Progress struct {
	Named   bool // the institution has a name
	Address bool // the external address is set
	Mail    bool // a mail server is in use
	Told    int  // contacts that are told of faults
	Checks  int
	Agents  int  // enrolled and not revoked
	Away    bool // the guide was put away
}

// Steps says which of the guide's first four steps are done.
func (p Progress) Steps() [4]bool {
	return [4]bool{p.Named && p.Address, p.Mail && p.Told > 0, p.Checks > 0, p.Agents > 0}
}
