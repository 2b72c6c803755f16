package mail_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// parse reads a document with a section mail, as the collector does. What else
// is in it is not looked at.
func parse(doc string) (mail.Config, error) {
	var c struct {
		Mail mail.Config          `yaml:"mail"`
		Rest map[string]yaml.Node `yaml:",inline"`
	}
	err := strictyaml.Decode("collector.yml", []byte(doc), &c, func(r *strictyaml.Report) { c.Mail.Validate(r.At("mail")) })
	return c.Mail, err
}

func TestMistakesInTheConfigurationAreToldWithAdvice(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, doc, want string }{
		{"a sender is needed", "smtp: {host: mx.lt}", "mail.from: write the sender's address"},
		{"one sender", "from: a@b, c@d\nsmtp: {host: mx.lt}", "mail.from is"},
		{"no header in the sender", `from: "a@b\nBcc: x@y"` + "\nsmtp: {host: mx.lt}", "mail.from is"},
		{"a host is needed", "from: a@b.lt", "mail.smtp.host: write the name"},
		{"the port has its own field", "from: a@b.lt\nsmtp: {host: 'mx.lt:25'}", "the port has its own field"},
		{"a port is a port", "from: a@b.lt\nsmtp: {host: mx.lt, port: 70000}", `mail.smtp.port is "70000"`},
		{"465 is not for STARTTLS", "from: a@b.lt\nsmtp: {host: mx.lt, port: 465}", "security: tls"},
		{"unknown security", "from: a@b.lt\nsmtp: {host: mx.lt, security: ssl}", "write starttls, tls or none"},
		{"plain text over the network", "from: a@b.lt\nsmtp: {host: mx.lt, security: none}", "allow_plaintext"},
		{"never a password in plain text", "from: a@b.lt\nsmtp: {host: mx.lt, security: none, allow_plaintext: true, username: a, password: b}", "a password never crosses the network unencrypted"},
		{"unknown login", "from: a@b.lt\nsmtp: {host: mx.lt, auth: ntlm}", "write none, password or xoauth2"},
		{"a password without login", "from: a@b.lt\nsmtp: {host: mx.lt, password: x}", "would not be used"},
		{"a login needs a name", "from: a@b.lt\nsmtp: {host: mx.lt, auth: password, password: x}", "mail.smtp.username"},
		{"a login needs a password", "from: a@b.lt\nsmtp: {host: mx.lt, username: x}", "mail.smtp.password"},
		{"one password", "from: a@b.lt\nsmtp: {host: mx.lt, username: x, password: y, password_file: z}", "keep one of them"},
		{"the password's file must be there", "from: a@b.lt\nsmtp: {host: mx.lt, username: x, password_file: /nonexistent}", "no such file"},
		{"the password's file must hold one", "from: a@b.lt\nsmtp: {host: mx.lt, username: x, password_file: " + empty + "}", "is empty"},
		{"a token's address is https", "from: a@b.lt\nsmtp: {host: mx.lt, auth: xoauth2, username: x, oauth2: {token_url: 'http://login.lt/', client_id: a, client_secret: b, scopes: [c]}}", "https:// address"},
		{"xoauth2 needs to know where", "from: a@b.lt\nsmtp: {host: mx.lt, auth: xoauth2, username: x}", "mail.smtp.oauth2.token_url"},
		{"xoauth2 needs a scope", "from: a@b.lt\nsmtp: {host: mx.lt, auth: xoauth2, username: x, oauth2: {token_url: 'https://login.lt/', client_id: a, client_secret: b}}", "mail.smtp.oauth2.scopes"},
		{"the authority's file must be there", "from: a@b.lt\nsmtp: {host: mx.lt, ca_file: /nonexistent}", "no such file"},
		{"the authority's file must hold one", "from: a@b.lt\nsmtp: {host: mx.lt, ca_file: " + empty + "}", "has none in PEM form"},
		{"the time is bounded", "from: a@b.lt\nsmtp: {host: mx.lt, timeout: 1h}", "from 1s to 10m"},
		{"hello is a name", "from: a@b.lt\nsmtp: {host: mx.lt, hello: 'a b'}", "write a host name"},
		{"unknown field", "from: a@b.lt\nsmtp: {hots: mx.lt}", "no such field"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := parse("mail:\n  " + strings.ReplaceAll(tc.doc, "\n", "\n  ") + "\n")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestGoodConfigurationsAreTaken(t *testing.T) {
	for _, doc := range []string{
		"", "mail: {}\n",
		"mail: {from: a@b.lt, smtp: {host: mx.lt}}\n",
		"mail: {from: 'Žymantas <a@b.lt>', smtp: {host: 127.0.0.1, port: 2525, security: none, username: a, password: b}}\n",
		"mail: {from: a@b.lt, smtp: {host: '::1', security: none}}\n",
		"mail: {from: a@b.lt, smtp: {host: mx.lt, security: none, allow_plaintext: true}}\n",
		"mail: {from: a@b.lt, smtp: {host: mx.lt, security: tls, timeout: 2m, hello: budi.lt}}\n",
	} {
		if _, err := parse(doc); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

func TestRelativeFilesBeginInTheConfigurationsFolder(t *testing.T) {
	c := mail.Config{SMTP: mail.SMTP{PasswordFile: "password", CAFile: "/etc/ca.pem"}}
	c.ResolvePaths("/etc/budi")
	if c.SMTP.PasswordFile != "/etc/budi/password" || c.SMTP.CAFile != "/etc/ca.pem" || c.SMTP.OAuth2.ClientSecretFile != "" {
		t.Errorf("got %+v", c.SMTP)
	}
}

func TestThePresetsInTheDocumentationAreValid(t *testing.T) {
	text, err := os.ReadFile("../../../docs/mail.md")
	if err != nil {
		t.Fatal(err)
	}
	snippets := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	dir := t.TempDir()
	for _, name := range []string{"client-secret", "password"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	presets := 0
	for _, s := range snippets {
		if !strings.Contains(s[1], "mail:") {
			continue
		}
		presets++
		// The files of the examples stand in the test's folder.
		c, err := parse(strings.ReplaceAll(s[1], "/etc/budi/", dir+"/"))
		if err != nil {
			t.Errorf("%v in:\n%s", err, s[1])
		}
		if !c.Enabled() {
			t.Errorf("no mail in:\n%s", s[1])
		}
	}
	if presets < 5 {
		t.Errorf("%d presets, want at least 5", presets)
	}
}
