package mail

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Security says how the connection to the mail server is encrypted.
type Security string

// The kinds of security. None of them is ever tried in place of another.
const (
	StartTLS Security = "starttls" // plain text until STARTTLS; no TLS, no mail (default)
	TLS      Security = "tls"      // TLS from the first byte (RFC 8314)
	None     Security = "none"     // never encrypted
)

// Auth says how we log in.
type Auth string

// The kinds of login.
const (
	AuthNone     Auth = "none"     // the relay knows this computer
	AuthPassword Auth = "password" // PLAIN or LOGIN, whatever the server offers
	AuthXOAuth2  Auth = "xoauth2"  // an OAuth 2.0 access token
)

// DefaultTimeout bounds a whole delivery.
const DefaultTimeout = time.Minute

// maxTimeout keeps the lease of an outbox row longer than any delivery.
const maxTimeout = 10 * time.Minute

// Config is the section "mail" of the configuration, but for the contacts. The
// zero value means that there is no mail.
type Config struct {
	From string `yaml:"from" json:"from,omitempty"` // "Budi <budi@example.lt>" or the address alone
	SMTP SMTP   `yaml:"smtp" json:"smtp,omitzero"`
}

// SMTP says how to reach the mail server.
type SMTP struct {
	Host         string        `yaml:"host" json:"host,omitempty"`
	Port         int           `yaml:"port" json:"port,omitempty"`         // default 587 for starttls, 465 for tls, 25 for none
	Security     Security      `yaml:"security" json:"security,omitempty"` // default starttls
	Auth         Auth          `yaml:"auth" json:"auth,omitempty"`         // default: password when there is a username, else none
	Username     string        `yaml:"username" json:"username,omitempty"`
	Password     secret.String `yaml:"password" json:"password,omitzero"`
	PasswordFile string        `yaml:"password_file" json:"password_file,omitempty"` // read anew for each login
	OAuth2       OAuth2        `yaml:"oauth2" json:"oauth2,omitzero"`
	CAFile       string        `yaml:"ca_file" json:"ca_file,omitempty"` // trusted instead of the system's authorities
	Timeout      time.Duration `yaml:"timeout" json:"timeout,omitempty"` // of a whole delivery; default DefaultTimeout
	Hello        string        `yaml:"hello" json:"hello,omitempty"`     // our name in EHLO; default this computer's name

	// AllowPlaintext permits security none with a server that is not on this
	// computer. A password is not sent there even so.
	AllowPlaintext bool `yaml:"allow_plaintext" json:"allow_plaintext,omitempty"`
}

// OAuth2 says where access tokens come from: with a refresh token by its grant
// (RFC 6749, section 6), without one by the client's credentials (4.4).
type OAuth2 struct {
	TokenURL         string        `yaml:"token_url" json:"token_url,omitempty"`
	ClientID         string        `yaml:"client_id" json:"client_id,omitempty"`
	ClientSecret     secret.String `yaml:"client_secret" json:"client_secret,omitzero"`
	ClientSecretFile string        `yaml:"client_secret_file" json:"client_secret_file,omitempty"`
	RefreshToken     secret.String `yaml:"refresh_token" json:"refresh_token,omitzero"`
	RefreshTokenFile string        `yaml:"refresh_token_file" json:"refresh_token_file,omitempty"`
	Scopes           []string      `yaml:"scopes" json:"scopes,omitempty"`
}

// Enabled reports whether mail is configured at all.
func (c Config) Enabled() bool { return c.From != "" || c.SMTP.Host != "" }

// WithDefaults fills in what was left out.
func (c Config) WithDefaults() Config {
	s := &c.SMTP
	if s.Security == "" {
		s.Security = StartTLS
	}
	if s.Port == 0 {
		s.Port = map[Security]int{StartTLS: 587, TLS: 465, None: 25}[s.Security]
	}
	if s.Auth == "" {
		s.Auth = AuthNone
		if s.Username != "" {
			s.Auth = AuthPassword
		}
	}
	if s.Timeout == 0 {
		s.Timeout = DefaultTimeout
	}
	return c
}

// ResolvePaths makes relative file names relative to dir, the folder of the
// configuration file.
func (c *Config) ResolvePaths(dir string) {
	for _, p := range []*string{&c.SMTP.PasswordFile, &c.SMTP.CAFile, &c.SMTP.OAuth2.ClientSecretFile, &c.SMTP.OAuth2.RefreshTokenFile} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// Validate reports every mistake. It reads the files that the section names.
func (c Config) Validate(r *strictyaml.Report) {
	if !c.Enabled() {
		return
	}
	c = c.WithDefaults()
	if c.From == "" {
		r.Missing("from", `write the sender's address, for example "Budi <budi@example.lt>"`)
	} else if _, err := parseAddress(c.From); err != nil {
		r.Bad("from", c.From, `this must be one address, for example "Budi <budi@example.lt>"`)
	}
	c.SMTP.validate(r.At("smtp"))
}

func (s SMTP) validate(r *strictyaml.Report) {
	switch {
	case s.Host == "":
		r.Missing("host", "write the name of the mail server, for example smtp.office365.com")
	case strings.ContainsAny(s.Host, "/: \t\r\n@") && net.ParseIP(s.Host) == nil:
		r.Bad("host", s.Host, "write the name alone; the port has its own field, port")
	}
	if s.Port < 1 || s.Port > 65535 {
		r.Bad("port", s.Port, "a port is from 1 to 65535: usually 587 for starttls and 465 for tls")
	}
	switch s.Security {
	case StartTLS:
		if s.Port == 465 {
			r.Bad("port", s.Port, "port 465 speaks TLS from the first byte: write security: tls, or port: 587")
		}
	case TLS:
	case None:
		if !isLoopback(s.Host) && !s.AllowPlaintext {
			r.Bad("security", s.Security, "mails would cross the network unencrypted: write starttls or tls, or allow_plaintext: true when the server can do neither")
		}
		if !isLoopback(s.Host) && s.Auth != AuthNone {
			r.Bad("auth", s.Auth, "a password never crosses the network unencrypted: write security: starttls or tls, or auth: none")
		}
	default:
		r.Bad("security", s.Security, "write starttls, tls or none")
	}
	s.validateAuth(r)
	if s.CAFile != "" {
		if _, err := loadCA(s.CAFile); err != nil {
			r.Bad("ca_file", s.CAFile, err.Error())
		}
	}
	if s.Timeout < time.Second || s.Timeout > maxTimeout {
		r.Bad("timeout", s.Timeout, "write from 1s to 10m; 60s suits nearly every server")
	}
	if strings.ContainsAny(s.Hello, " \t\r\n") {
		r.Bad("hello", s.Hello, "write a host name, or leave the field out")
	}
}

func (s SMTP) validateAuth(r *strictyaml.Report) {
	switch s.Auth {
	case AuthNone:
		if !s.Password.IsZero() || s.PasswordFile != "" {
			r.Bad("auth", s.Auth, "there is a password that would not be used: write auth: password, or remove it")
		}
		return
	case AuthPassword, AuthXOAuth2:
	default:
		r.Bad("auth", s.Auth, "write none, password or xoauth2")
		return
	}
	if s.Username == "" {
		r.Missing("username", "write the name to log in with, usually the sender's address")
	}
	if s.Auth == AuthPassword {
		oneSecret(r, "password", s.Password, s.PasswordFile, true)
		return
	}
	o, r := s.OAuth2, r.At("oauth2")
	if u, err := url.Parse(o.TokenURL); o.TokenURL == "" {
		r.Missing("token_url", "write the address that gives access tokens; docs/mail.md has it for Microsoft 365 and Google")
	} else if err != nil || u.Host == "" || (u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname()))) {
		r.Bad("token_url", o.TokenURL, "this must be an https:// address")
	}
	if o.ClientID == "" {
		r.Missing("client_id", "write the identifier of the registered application")
	}
	refresh := !o.RefreshToken.IsZero() || o.RefreshTokenFile != ""
	oneSecret(r, "client_secret", o.ClientSecret, o.ClientSecretFile, !refresh)
	oneSecret(r, "refresh_token", o.RefreshToken, o.RefreshTokenFile, false)
	if len(o.Scopes) == 0 && !refresh {
		r.Missing("scopes", "write what the token is for; for Microsoft 365 [https://outlook.office365.com/.default]")
	}
}

// oneSecret checks a secret that is written here or in a file, not both.
func oneSecret(r *strictyaml.Report, field string, value secret.String, file string, needed bool) {
	switch {
	case !value.IsZero() && file != "":
		r.Bad(field+"_file", file, "there is "+field+" too: keep one of them")
	case file != "":
		if _, err := readSecret(value, file); err != nil {
			r.Bad(field+"_file", file, err.Error())
		}
	case value.IsZero() && needed:
		r.Missing(field, "write it here, or name a file that holds it in "+field+"_file")
	}
}

// maxSecret bounds a file that holds a secret, in bytes.
const maxSecret = 64 << 10

// readSecret returns the secret, from the file when there is one. The newline
// that editors leave at the end does not count.
func readSecret(value secret.String, file string) (secret.String, error) {
	if file == "" {
		return value, nil
	}
	info, err := os.Stat(file)
	if err != nil {
		return secret.String{}, fmt.Errorf("read secret: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecret {
		return secret.String{}, fmt.Errorf("read secret: %s must be a file of at most %d bytes", file, maxSecret)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return secret.String{}, fmt.Errorf("read secret: %w", err)
	}
	text := strings.TrimRight(string(b), "\r\n")
	if text == "" {
		return secret.String{}, fmt.Errorf("read secret: %s is empty", file)
	}
	return secret.New(text), nil
}

// maxCA bounds a file of certificates, in bytes; a system's whole bundle has a
// quarter of it.
const maxCA = 1 << 20

func loadCA(file string) (*x509.CertPool, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxCA {
		return nil, fmt.Errorf("read certificates: %s must be a file of at most %d bytes", file, maxCA)
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read certificates: %s has none in PEM form", file)
	}
	return pool, nil
}

// parseAddress reads one address, with or without a display name.
func parseAddress(s string) (*mail.Address, error) {
	if strings.ContainsAny(s, "\r\n\x00") {
		return nil, fmt.Errorf("address %q has a line break", s)
	}
	return mail.ParseAddress(s)
}

// isLoopback reports whether a host is this computer beyond doubt.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}
