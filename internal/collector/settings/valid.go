package settings

import (
	"bytes"
	"cmp"
	"errors"
	netmail "net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Problems says what is wrong with a check, whatever other checks there are.
func (c Check) Problems() Problems {
	var out Problems
	switch {
	case c.ID == "":
		out = append(out, problem("id", CodeIDMissing))
	case fleet.CheckID(c.ID) != nil:
		out = append(out, problem("id", CodeID))
	}
	out = append(out, checkText("name", c.Name, MaxName)...)
	if c.Site != "" && fleet.CheckID(c.Site) != nil {
		out = append(out, problem("site", CodeSite))
	}
	kind := c.Kind()
	if low := ShortestInterval(kind); c.Interval != 0 && (c.Interval < low || c.Interval > MaxInterval) {
		out = append(out, problem("interval", CodeInterval, "Low", low, "High", MaxInterval))
	}
	if c.Target != SelfTarget {
		out = append(out, SpecProblems(c.Spec)...)
	}
	for _, section := range []struct {
		field, kind string
		empty       bool
	}{
		{"website", probe.KindHTTP, c.Website == Website{}}, {"job", probe.KindJob, c.Job == Job{}},
		{"domain", probe.KindDomain, c.Domain.IsZero()},
	} {
		if kind != "" && kind != section.kind && !section.empty {
			out = append(out, problem(section.field, CodeWrongKind))
		}
	}
	if kind == probe.KindJob {
		out = append(out, c.Job.problems()...)
	}
	if kind == probe.KindDomain {
		out = append(out, domainProblems(c.Domain)...)
	}
	for _, f := range []struct {
		field string
		ids   []string
	}{{"vantages", c.Vantages}, {"parents", c.Parents}, {"runs_on", c.RunsOn}, {"depends_on", c.DependsOn}} {
		if len(f.ids) > MaxHangs {
			out = append(out, problem(f.field, CodeHangsMany, "Max", MaxHangs))
		}
		for _, id := range f.ids {
			out = append(out, checkText(f.field, id, MaxName)...)
		}
	}
	return out
}

// SpecProblems says what is wrong with what a check looks at.
func SpecProblems(s probe.Spec) Problems {
	out := collect(s.Validate, func(field string, p strictyaml.Problem) (string, []any) {
		switch name, index, listed := strings.Cut(field, "["); {
		case field == "target":
			_, err := probe.ParseTarget(s.Target)
			var target *probe.TargetError
			if errors.As(err, &target) {
				return codeTarget + target.Code, []any{"Max", probe.MaxTarget}
			}
		case field == "timeout":
			return CodeTimeout, []any{"Low", 100 * time.Millisecond, "High", probe.MaxTimeout}
		case field == "http" && s.Kind() == probe.KindHTTP:
			return CodeSpecLarge, []any{"Max", probe.MaxWebSpec}
		case field == "http" || field == "dns":
			return CodeWrongKind, nil
		case name == "http.steps" && listed && index != "":
			number, inner, _ := strings.Cut(index, "]")
			n, _ := strconv.Atoi(number)
			return CodeStep, []any{"Step", n + 1, "Field", strings.TrimPrefix(inner, "."), "Want", p.Want}
		case field == "http.steps":
			return CodeSteps, []any{"Max", probe.MaxSteps}
		case field == "http.method" && s.HTTP.Method == "HEAD" && s.HTTP.Body == "" && len(s.HTTP.Form) == 0:
			return CodeMethodText, nil
		case field == "http.method" && slices.Contains(probe.Methods(), s.HTTP.Method):
			return CodeMethodBody, nil
		case field == "http.method":
			return CodeMethod, nil
		case name == "http.expect_status":
			return CodeStatus, []any{"Value", p.Value}
		case field == "http.max_redirects":
			return CodeRedirects, []any{"Max", probe.MaxRedirects}
		case (name == "http.matches" || name == "http.not_matches") && listed && index != "":
			return CodePattern, []any{"Value", p.Value, "Want", p.Want}
		case name == "http.expect_headers" && listed:
			return CodeHeaderRule, []any{"Value", p.Value, "Want", p.Want}
		case name == "http.json" && listed:
			return CodeJSONRule, []any{"Value", p.Value, "Want", p.Want}
		case name == "http.matches" || name == "http.not_matches" || name == "http.expect_headers" || name == "http.json":
			return CodeTexts, []any{"Max", probe.MaxTexts}
		case strings.HasPrefix(field, "http.headers"):
			return CodeHeaders, []any{"Name", strings.TrimPrefix(strings.TrimPrefix(field, "http.headers"), "."), "Max", probe.MaxFields}
		case strings.HasPrefix(field, "http.cookies"):
			return CodeCookies, []any{"Name", strings.TrimPrefix(strings.TrimPrefix(field, "http.cookies"), "."), "Max", probe.MaxFields}
		case field == "http.form":
			return CodeForm, []any{"Max", probe.MaxFields}
		case field == "http.body":
			return CodeBody, []any{"Max", probe.MaxRequestBody}
		case strings.HasPrefix(field, "http.auth"):
			return CodeWho, nil
		case field == "http.ip_version":
			return CodeIPVersion, nil
		case field == "http.http_version":
			return CodeHTTPVersion, nil
		case field == "http.max_size":
			return CodeMaxSize, []any{"Max", probe.MaxPageSize}
		case (name == "http.contains" || name == "http.not_contains") && listed && index != "":
			return CodeSearched, []any{"Max", probe.MaxText}
		case name == "http.contains" || name == "http.not_contains":
			return CodeTexts, []any{"Max", probe.MaxTexts}
		case field == "dns.type":
			return CodeDNSType, nil
		case name == "dns.answers":
			return CodeDNSAnswer, []any{"Max", probe.MaxText}
		}
		return "", nil
	})
	// One field of a form holds all headers, all cookies, who asks.
	for i := range out {
		for _, parent := range []string{"http.headers", "http.cookies", "http.form"} {
			if strings.HasPrefix(out[i].Field, parent+".") {
				out[i].Field = parent
			}
		}
	}
	return out
}

// Contact is somebody who is told: by mail, or through a receiver. In the
// configuration file it is an element of "contacts".
type Contact struct {
	Name        string `yaml:"name" json:"name"` // its own; what is owed belongs to it
	Email       string `yaml:"email" json:"email,omitempty"`
	Receiver    string `yaml:"receiver" json:"receiver,omitempty"`         // name of one of the file's receivers
	Language    string `yaml:"language" json:"language,omitempty"`         // empty: the collector's
	MinSeverity string `yaml:"min_severity" json:"min_severity,omitempty"` // empty: all

	roster.Terms `yaml:",inline"`
}

// Problems says what is wrong with a contact, whatever others there are.
func (c Contact) Problems() Problems {
	var out Problems
	if strings.TrimSpace(c.Name) == "" {
		out = append(out, problem("name", CodeNameMissing))
	}
	out = append(out, checkText("name", c.Name, MaxName)...)
	if (c.Email == "") == (c.Receiver == "") {
		out = append(out, problem("email", CodeWay))
	} else if c.Email != "" {
		if a, err := netmail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
			out = append(out, problem("email", CodeEmail))
		}
	}
	if c.Language != "" {
		if _, err := i18n.ParseLang(c.Language); err != nil {
			out = append(out, problem("language", CodeLanguage))
		}
	}
	switch incident.Severity(c.MinSeverity) {
	case "", incident.Critical, incident.Warning, incident.Info:
	default:
		out = append(out, problem("min_severity", CodeSeverity))
	}
	return append(out, termsProblems(c.Terms)...)
}

// Contact finds a contact.
func (s Settings) Contact(name string) (Contact, bool) {
	for _, c := range s.Contacts {
		if c.Name == name {
			return c, true
		}
	}
	return Contact{}, false
}

// PutContact adds a contact, or changes the one that was named was (empty: a new
// one). It fails with Problems or ErrNotFound.
func (s *Settings) PutContact(was string, c Contact) error {
	c.Name, c.Email = strings.TrimSpace(c.Name), strings.TrimSpace(c.Email)
	problems := c.Problems()
	if c.Name == "." || c.Name == ".." { // no address of a page can name it
		problems = append(problems, problem("name", CodeNameMissing))
	}
	if _, taken := s.Contact(c.Name); taken && c.Name != was {
		problems = append(problems, problem("name", CodeNameTaken))
	}
	if len(problems) > 0 {
		return problems
	}
	if was == "" {
		s.Contacts = append(s.Contacts, c)
		return nil
	}
	for i := range s.Contacts {
		if s.Contacts[i].Name == was {
			s.Contacts[i] = c
			if c.Name != was {
				s.renameContact(was, c.Name)
			}
			return nil
		}
	}
	return ErrNotFound
}

// SetMail changes how mail is sent; nil: not at all. A secret that is left empty
// stays what it was, as long as it goes to the same place. It fails with
// Problems.
func (s *Settings) SetMail(m *mail.Config) error {
	if m == nil {
		s.Mail = nil
		return nil
	}
	next := s.WithSecrets(*m)
	if problems := MailProblems(next); len(problems) > 0 {
		return problems
	}
	s.Mail = &next
	return nil
}

// WithSecrets fills in the stored secrets where m has none, as a form that never
// shows them sends it. What would send a secret elsewhere (another server, user
// or token address) must bring it along.
func (s Settings) WithSecrets(m mail.Config) mail.Config {
	if s.Mail == nil {
		return m
	}
	was := s.Mail.SMTP
	if m.SMTP.Host != was.Host || m.SMTP.Port != was.Port || m.SMTP.Username != was.Username || m.SMTP.Security != was.Security {
		return m
	}
	if m.SMTP.Auth != mail.AuthNone && m.SMTP.Password.IsZero() {
		m.SMTP.Password = was.Password
	}
	// What these buy, a token that opens the mailbox, goes to the mail server too.
	if o, old := &m.SMTP.OAuth2, was.OAuth2; o.TokenURL == old.TokenURL && o.ClientID == old.ClientID {
		if o.ClientSecret.IsZero() {
			o.ClientSecret = old.ClientSecret
		}
		if o.RefreshToken.IsZero() {
			o.RefreshToken = old.RefreshToken
		}
	}
	return m
}

// MailProblems says what is wrong with how mail is sent. Files cannot be named:
// a page must not be a way to read what is on the collector's disk.
func MailProblems(m mail.Config) Problems {
	var out Problems
	for field, name := range map[string]string{
		"smtp.password_file": m.SMTP.PasswordFile, "smtp.ca_file": m.SMTP.CAFile,
		"smtp.oauth2.client_secret_file": m.SMTP.OAuth2.ClientSecretFile, "smtp.oauth2.refresh_token_file": m.SMTP.OAuth2.RefreshTokenFile,
	} {
		if name != "" {
			return Problems{problem(field, CodeNoFiles)}
		}
	}
	for name, value := range secretsOf(&m) {
		if len(value.Reveal()) > maxSecret {
			out = append(out, problem(name, CodeLong, "Max", maxSecret))
		}
	}
	if !m.Enabled() {
		return append(out, problem("from", CodeMissing), problem("smtp.host", CodeMissing))
	}
	for field, text := range map[string]string{"from": m.From, "smtp.host": m.SMTP.Host, "smtp.username": m.SMTP.Username, "smtp.hello": m.SMTP.Hello,
		"smtp.oauth2.token_url": m.SMTP.OAuth2.TokenURL, "smtp.oauth2.client_id": m.SMTP.OAuth2.ClientID} {
		out = append(out, checkText(field, text, MaxURL)...)
	}
	out = append(out, collect(m.Validate, mailCode(m))...)
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(a.Field, b.Field) })
	return out
}

// mailCode gives a mistake in the section mail its code.
func mailCode(m mail.Config) func(string, strictyaml.Problem) (string, []any) {
	return func(field string, p strictyaml.Problem) (string, []any) {
		if p.Value == "" && field != "smtp.hello" && field != "smtp.port" {
			return CodeMissing, nil
		}
		switch field {
		case "from":
			return CodeFrom, nil
		case "smtp.host":
			return CodeHost, nil
		case "smtp.port":
			if m.SMTP.Port == 465 {
				return CodePortTLS, nil
			}
			return CodePort, nil
		case "smtp.security":
			if m.SMTP.Security == mail.None {
				return CodeUnencrypted, nil
			}
			return CodeSecurity, nil
		case "smtp.auth":
			switch m.SMTP.Auth {
			case mail.AuthNone:
				return CodeAuthUnused, nil
			case "", mail.AuthPassword, mail.AuthXOAuth2:
				if !m.SMTP.Password.IsZero() && m.SMTP.Username == "" && m.SMTP.Auth == "" {
					return CodeAuthUnused, nil
				}
				return CodeAuthPlain, nil
			}
			return CodeAuth, nil
		case "smtp.timeout":
			return CodeMailTimeout, nil
		case "smtp.hello":
			return CodeHello, nil
		case "smtp.oauth2.token_url":
			return CodeTokenURL, nil
		}
		return "", nil
	}
}

// SetExternalURL says how people reach the console; "" takes it back. It fails
// with Problems.
func (s *Settings) SetExternalURL(text string) error {
	text = strings.TrimSuffix(strings.TrimSpace(text), "/")
	if text != "" && (len(text) > MaxURL || !IsExternalURL(text)) {
		return Problems{problem("external_url", CodeURL)}
	}
	s.ExternalURL = text
	return nil
}

// IsExternalURL reports whether a text can be the address of the console. The
// zone of an IPv6 address means nothing on other computers, and browsers send no
// origin with one.
func IsExternalURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		!strings.Contains(u.Host, "%")
}

// SetLanguage says the language of pages before the log-in and of contacts that
// name none; "" takes it back. It fails with Problems.
func (s *Settings) SetLanguage(lang string) error {
	if lang != "" {
		if _, err := i18n.ParseLang(lang); err != nil {
			return Problems{problem("language", CodeLanguage)}
		}
	}
	s.Language = lang
	return nil
}

// SetInstitution says the institution's name; "" takes it back. It fails with
// Problems.
func (s *Settings) SetInstitution(name string) error {
	name = strings.TrimSpace(name)
	if problems := checkText("institution", name, MaxName); len(problems) > 0 {
		return problems
	}
	s.Institution = name
	return nil
}

// Logo is the institution's picture.
type Logo struct {
	Type string `json:"type"` // image/png, image/jpeg or image/webp, by its bytes
	Data []byte `json:"data"`
}

// SetLogo changes the picture; none takes it back. It fails with Problems.
func (s *Settings) SetLogo(data []byte) error {
	if len(data) == 0 {
		s.Logo = nil
		return nil
	}
	if len(data) > MaxLogo {
		return Problems{problem("logo", CodeLogoSize, "Max", MaxLogo/1000)}
	}
	// By their first bytes, whatever the browser says. No SVG: it can hold
	// programs.
	kind := ""
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		kind = "image/png"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		kind = "image/jpeg"
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		kind = "image/webp"
	default:
		return Problems{problem("logo", CodeLogoKind)}
	}
	s.Logo = &Logo{Type: kind, Data: bytes.Clone(data)}
	return nil
}
