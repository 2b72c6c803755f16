package oidc_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/oidc"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

const good = `
issuer: https://login.microsoftonline.com/0f0f0f0f-1111-2222-3333-444444444444/v2.0
client_id: 11111111-2222-3333-4444-555555555555
client_secret: hunter2
button: Microsoft
email_domains: [mokykla.lt]
groups:
  - {group: it, role: administrator, all_sites: true}
  - {group: "*", role: viewer, sites: [main]}
`

func decode(text string) (oidc.Config, error) {
	var c oidc.Config
	err := strictyaml.Decode("budi.yml", []byte(text), &c, func(r *strictyaml.Report) { c.Validate(r) })
	return c, err
}

func TestAGoodSectionIsRead(t *testing.T) {
	c, err := decode(good)
	if err != nil {
		t.Fatal(err)
	}
	if c.ClientSecret.Reveal() != "hunter2" || len(c.Groups) != 2 || !c.Groups[0].AllSites {
		t.Errorf("got %+v", c)
	}
}

func TestEveryMistakeIsToldWithItsField(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		old, new, field string
	}{
		"no issuer":                       {"issuer: https://login.microsoftonline.com/0f0f0f0f-1111-2222-3333-444444444444/v2.0", "", "issuer"},
		"an issuer without TLS":           {"https://login.microsoftonline.com/0f0f0f0f-1111-2222-3333-444444444444/v2.0", "http://login.mokykla.lt", "issuer"},
		"an issuer of every organisation": {"0f0f0f0f-1111-2222-3333-444444444444", "common", "issuer"},
		"an issuer with a question":       {"/v2.0", "/v2.0?x=1", "issuer"},
		"no client":                       {"client_id: 11111111-2222-3333-4444-555555555555", "", "client_id"},
		"no secret":                       {"client_secret: hunter2", "", "client_secret"},
		"two secrets":                     {"client_secret: hunter2", "client_secret: hunter2\nclient_secret_file: x", "client_secret"},
		"a file that is not there":        {"client_secret: hunter2", "client_secret_file: /nowhere/x", "client_secret_file"},
		"a file with nothing in it":       {"client_secret: hunter2", "client_secret_file: " + empty, "client_secret_file"},
		"authorities that are none":       {"button: Microsoft", "ca_file: " + empty, "ca_file"},
		"openid asked for twice":          {"button: Microsoft", "scopes: [openid]", "scopes[0]"},
		"a scope of two words":            {"button: Microsoft", "scopes: [a b]", "scopes[0]"},
		"a button that fills the page":    {"Microsoft", strings.Repeat("x", 61), "button"},
		"an address in place of a domain": {"[mokykla.lt]", "[x@mokykla.lt]", "email_domains[0]"},
		"no groups":                       {good[strings.Index(good, "groups:"):], "groups: []", "groups"},
		"a group without a name":          {"group: it, ", "", "groups[0].group"},
		"a group twice":                   {`"*"`, "it", "groups[1].group"},
		"a role that is none":             {"administrator", "root", "groups[0].role"},
		"a role of programs":              {"administrator", "push", "groups[0].role"},
		"sites forgotten":                 {"all_sites: true", "all_sites: false", "groups[0].sites"},
		"some sites and all":              {"sites: [main]", "sites: [main], all_sites: true", "groups[1].all_sites"},
		"a site that is no ID":            {"[main]", "[Main Site]", "groups[1].sites[0]"},
		"a field that is not known":       {"button:", "knob:", "knob"},
	} {
		text := strings.Replace(good, tc.old, tc.new, 1)
		if text == good {
			t.Fatalf("%s changes nothing", name)
		}
		_, err := decode(text)
		var problems strictyaml.Errors
		if !errors.As(err, &problems) || !slices.ContainsFunc(problems, func(p strictyaml.Problem) bool { return p.Field == tc.field }) {
			t.Errorf("%s: %v, want it at %s", name, err, tc.field)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the secret is told: %v", name, err)
		}
	}
}
