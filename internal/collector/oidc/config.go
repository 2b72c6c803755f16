package oidc

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Config is the section "oidc" of the configuration.
type Config struct {
	Issuer           string        `yaml:"issuer"` // as the provider writes it in its tokens
	ClientID         string        `yaml:"client_id"`
	ClientSecret     secret.String `yaml:"client_secret"`
	ClientSecretFile string        `yaml:"client_secret_file"` // read anew for each log-in
	Scopes           []string      `yaml:"scopes"`             // beside openid; empty: profile and email
	GroupsClaim      string        `yaml:"groups_claim"`       // "groups" when empty; dots lead into objects: realm_access.roles
	Groups           []Group       `yaml:"groups"`             // the first that fits says what somebody may do
	Button           string        `yaml:"button"`             // "Sign in with …"; empty: the issuer's host
	EmailDomains     []string      `yaml:"email_domains"`      // whose people may log in; empty: anybody in the groups
	CAFile           string        `yaml:"ca_file"`            // trusted instead of the system's authorities
}

// Group says what those of one group at the provider may do here.
type Group struct {
	Group    string   `yaml:"group"` // as the claim holds it (Entra ID: the object's ID); "*" is everybody
	Role     string   `yaml:"role"`
	Sites    []string `yaml:"sites"`
	AllSites bool     `yaml:"all_sites"` // in place of sites, so that a forgotten list is a mistake and not everything
}

// Everybody as Group.Group fits whoever the provider lets in.
const Everybody = "*"

// Bounds of the section.
const (
	maxGroups  = 200
	maxDomains = 100
	maxScopes  = 20
	maxText    = 200  // bytes of a short text
	maxSecret  = 4096 // bytes of a secret's file
)

func (c Config) scopes() []string {
	if len(c.Scopes) == 0 {
		return []string{"openid", "profile", "email"}
	}
	return append([]string{"openid"}, c.Scopes...)
}

func (c Config) groupsClaim() string {
	if c.GroupsClaim == "" {
		return "groups"
	}
	return c.GroupsClaim
}

func (c Config) button() string {
	if c.Button != "" {
		return c.Button
	}
	if u, err := url.Parse(c.Issuer); err == nil {
		return u.Hostname()
	}
	return c.Issuer
}

// ResolvePaths makes relative file names relative to dir, the folder of the
// configuration file.
func (c *Config) ResolvePaths(dir string) {
	for _, p := range []*string{&c.ClientSecretFile, &c.CAFile} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// Validate reports every mistake. It reads the files that the section names and
// asks nobody.
func (c Config) Validate(r *strictyaml.Report) {
	c.validateIssuer(r)
	if c.ClientID == "" {
		r.Missing("client_id", "write the ID that the provider gave this application")
	} else if len(c.ClientID) > maxText {
		r.Bad("client_id", c.ClientID, fmt.Sprintf("write at most %d bytes", maxText))
	}
	if c.ClientSecret.IsZero() == (c.ClientSecretFile == "") {
		r.Bad("client_secret", nil, "write either client_secret or client_secret_file")
	} else if c.ClientSecretFile != "" {
		if _, err := c.secret(); err != nil {
			r.Bad("client_secret_file", c.ClientSecretFile, err.Error())
		}
	}
	if c.CAFile != "" {
		if _, err := roots(c.CAFile); err != nil {
			r.Bad("ca_file", c.CAFile, err.Error())
		}
	}
	if len(c.Scopes) > maxScopes {
		r.Bad("scopes", len(c.Scopes), fmt.Sprintf("at most %d are asked for", maxScopes))
	}
	for i, scope := range c.Scopes {
		if bad := strings.ContainsFunc(scope, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }); bad || scope == "" || len(scope) > maxText {
			r.At("scopes").Index(i).Bad("", scope, "write one word, for example profile")
		} else if scope == "openid" {
			r.At("scopes").Index(i).Bad("", scope, "leave it out: openid is always asked for")
		}
	}
	if len(c.GroupsClaim) > maxText {
		r.Bad("groups_claim", c.GroupsClaim, fmt.Sprintf("write at most %d bytes", maxText))
	}
	if utf8.RuneCountInString(c.Button) > 60 || strings.ContainsFunc(c.Button, func(r rune) bool { return !unicode.IsPrint(r) }) {
		r.Bad("button", c.Button, "write at most 60 characters, for example Microsoft")
	}
	if len(c.EmailDomains) > maxDomains {
		r.Bad("email_domains", len(c.EmailDomains), fmt.Sprintf("write at most %d", maxDomains))
	}
	for i, d := range c.EmailDomains {
		if d == "" || len(d) > 253 || strings.ContainsAny(d, "@ /:*") || !strings.Contains(d, ".") {
			r.At("email_domains").Index(i).Bad("", d, "write a domain without @, for example mokykla.lt")
		}
	}
	c.validateGroups(r)
}

func (c Config) validateIssuer(r *strictyaml.Report) {
	u, err := url.Parse(c.Issuer)
	switch {
	case c.Issuer == "":
		r.Missing("issuer", "write the provider's address, for example https://login.microsoftonline.com/TENANT-ID/v2.0")
		return
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || len(c.Issuer) > maxText:
		r.Bad("issuer", c.Issuer, "write an address, for example https://login.microsoftonline.com/TENANT-ID/v2.0")
		return
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		r.Bad("issuer", c.Issuer, "it must begin with https://: whoever can change what the provider says can log in as anybody")
		return
	}
	if host := u.Hostname(); strings.HasSuffix(host, ".microsoftonline.com") || host == "sts.windows.net" {
		switch tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); tenant {
		case "", "common", "organizations", "consumers":
			r.Bad("issuer", c.Issuer, "write the ID of your tenant in it: with this address people of any organisation could come")
		}
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func (c Config) validateGroups(r *strictyaml.Report) {
	switch n := len(c.Groups); {
	case n == 0:
		r.Missing("groups", "say who may do what, for example - {group: it, role: administrator, all_sites: true}; without it nobody can log in this way")
	case n > maxGroups:
		r.Bad("groups", n, fmt.Sprintf("write at most %d", maxGroups))
	}
	seen := map[string]bool{}
	for i, g := range c.Groups {
		at := r.At("groups").Index(i)
		switch {
		case g.Group == "":
			at.Missing("group", `name a group of the provider, or "*" for everybody`)
		case len(g.Group) > maxText:
			at.Bad("group", g.Group, fmt.Sprintf("write at most %d bytes", maxText))
		case seen[g.Group]:
			at.Bad("group", g.Group, "this group is above already, and the first counts")
		}
		seen[g.Group] = true
		if _, err := access.ParseRole(g.Role); err != nil {
			at.Bad("role", g.Role, "write viewer, books, operator or administrator")
		}
		switch {
		case g.AllSites && len(g.Sites) > 0:
			at.Bad("all_sites", g.AllSites, "write either sites or all_sites: true")
		case !g.AllSites && len(g.Sites) == 0:
			at.Missing("sites", "list the sites that they see, or write all_sites: true")
		}
		for j, site := range g.Sites {
			if err := fleet.CheckID(site); err != nil {
				at.At("sites").Index(j).Bad("", site, err.Error())
			}
		}
	}
}

// secret is the client's secret, from wherever it is.
func (c Config) secret() (secret.String, error) {
	if c.ClientSecretFile == "" {
		return c.ClientSecret, nil
	}
	f, err := os.Open(c.ClientSecretFile)
	if err != nil {
		return secret.String{}, fmt.Errorf("read the client's secret: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return secret.String{}, fmt.Errorf("read the client's secret: %w", err)
	}
	value := strings.TrimSpace(string(b))
	if value == "" || len(b) > maxSecret {
		return secret.String{}, fmt.Errorf("read the client's secret: the file must hold it, and not more than %d bytes", maxSecret)
	}
	return secret.New(value), nil
}

// roots reads authorities; nil means the system's.
func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read authorities: %w", err)
	}
	defer f.Close()
	pem, err := io.ReadAll(io.LimitReader(f, maxBody))
	if err != nil {
		return nil, fmt.Errorf("read authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("read authorities: there is no certificate in the file (PEM)")
	}
	return pool, nil
}
