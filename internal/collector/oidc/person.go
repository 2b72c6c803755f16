package oidc

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
)

// claims are what a provider says of somebody, its word checked.
type claims map[string]any

// maxClaimed bounds how many groups of a person are looked at.
const maxClaimed = 2000

func (c claims) text(name string) string {
	s, _ := c[name].(string)
	return s
}

// list reads a claim that holds names: a list, or one alone. Where no claim has
// the name as it is, dots lead into objects.
func (c claims) list(name string) []string {
	value, ok := c[name]
	if !ok {
		value = map[string]any(c)
		for _, part := range strings.Split(name, ".") {
			object, isObject := value.(map[string]any)
			if !isObject {
				return nil
			}
			value = object[part]
		}
	}
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, item := range v[:min(len(v), maxClaimed)] {
			if s, ok := item.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// elsewhere reports whether the provider left a claim out because it is too
// long: Entra ID does so with more than 200 groups, and names where to ask.
func (c claims) elsewhere(name string) bool {
	names, _ := c["_claim_names"].(map[string]any)
	_, there := names[name]
	more, _ := c["hasgroups"].(bool)
	return there || more && name == "groups"
}

// person says who somebody is and what they may do.
func (p *Provider) person(c claims) (access.External, error) {
	who := access.External{Issuer: p.config.Issuer, Subject: c.text("sub"), Lang: p.lang}
	no := func(code, format string, args ...any) (access.External, error) {
		return access.External{}, &access.RefusedError{Code: code, Err: fmt.Errorf(format, args...), Issuer: who.Issuer, Subject: who.Subject}
	}
	if who.Subject == "" {
		return no("token", "the ID token names nobody (sub)")
	}
	for _, name := range []string{"preferred_username", "upn", "email", "sub"} {
		if who.Login = strings.TrimSpace(c.text(name)); isLogin(who.Login) {
			break
		}
	}
	who.Name = strings.TrimSpace(c.text("name"))
	if who.Name == "" {
		who.Name = strings.TrimSpace(c.text("given_name") + " " + c.text("family_name"))
	}
	if locale := c.text("locale"); locale != "" && len(locale) < 100 {
		who.Lang = i18n.Match(locale, p.lang)
	}
	if err := p.checkDomain(c); err != nil {
		return no("domain", "%s: %w", who.Login, err)
	}
	groups := c.list(p.config.groupsClaim())
	for _, g := range p.config.Groups {
		if g.Group == Everybody || slices.Contains(groups, g.Group) {
			who.Role, who.Sites = access.Role(g.Role), slices.Clone(g.Sites)
			return who, nil
		}
	}
	if c.elsewhere(p.config.groupsClaim()) {
		return no("too_many_groups", "%s is in so many groups that the provider does not send them: let it send only those of this application, or its roles", who.Login)
	}
	return no("groups", "%s is in none of the groups of the section oidc; the claim %s holds %.500q", who.Login, p.config.groupsClaim(), groups)
}

// checkDomain looks whether the person's address is of one of the domains that
// may come. An address that the provider did not verify counts only where it
// says nothing about that and it is the name with which people log in: Entra ID
// gives such names in domains that belong to the tenant.
func (p *Provider) checkDomain(c claims) error {
	if len(p.config.EmailDomains) == 0 {
		return nil
	}
	address := c.text("preferred_username")
	switch verified, said := c["email_verified"]; {
	case said && verified == true:
		address = c.text("email")
	case said:
		return errors.New("the provider has not verified the e-mail address")
	}
	_, domain, found := strings.Cut(address, "@")
	if !found || !slices.ContainsFunc(p.config.EmailDomains, func(d string) bool { return strings.EqualFold(d, domain) }) {
		return fmt.Errorf("%.200q is of none of the domains in email_domains", address)
	}
	return nil
}

// isLogin reports whether an account can be called so, as package access checks.
func isLogin(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= 254 && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
}
