package collector

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/web"
)

// openWith opens a collector, which does not run, with a configuration file.
func openWith(t *testing.T, text string) *Collector {
	t.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "collector.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), ConfigFile: file, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.close()
		_ = os.RemoveAll(dir)
	})
	return c
}

// Agents and browsers that come to a new address meet a certificate for it.
func TestANewAddressGetsACertificate(t *testing.T) {
	c := openWith(t, "tls: {private: true}\n")
	before := c.server.shown().Leaf
	address := "https://budi.mokykla.example"
	if err := (settingsActions{c}).SetGeneral(t.Context(), web.GeneralEdit{ExternalURL: &address}); err != nil {
		t.Fatal(err)
	}
	after := c.server.shown().Leaf
	if slices.Contains(before.DNSNames, "budi.mokykla.example") || !slices.Contains(after.DNSNames, "budi.mokykla.example") {
		t.Errorf("the certificate was for %q and is for %q", before.DNSNames, after.DNSNames)
	}
	if got := c.agentURL(); got != address {
		t.Errorf("agents are sent to %s", got)
	}
}

// What the file declares is read-only, and the page says which file.
func TestWhatTheFileDeclaresIsReadOnly(t *testing.T) {
	c := openWith(t, `institution: One school
external_url: https://budi.example.lt
language: lt
mail: {from: budi@example.lt, smtp: {host: 127.0.0.1, port: 1, security: none}}
contacts: [{name: rasa, email: rasa@example.lt}]
`)
	do, text := settingsActions{c}, "x"
	inFile := settings.CodeInFile
	for want, err := range map[string]error{
		"institution: " + inFile:           do.SetGeneral(t.Context(), web.GeneralEdit{Institution: &text}),
		"language: " + inFile:              do.SetGeneral(t.Context(), web.GeneralEdit{Language: &text}),
		"external_url: " + inFile:          do.SetGeneral(t.Context(), web.GeneralEdit{ExternalURL: &text}),
		"mail: " + inFile:                  do.SetMail(t.Context(), nil),
		"name: " + settings.CodeNameInFile: do.PutContact(t.Context(), "", settings.Contact{Name: "rasa", Email: "a@b.lt"}),
		"there is no such page: there is no such entry in the settings": do.RemoveContact(t.Context(), "rasa"),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	page, err := settingsView{c}.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if page.File != c.opts.ConfigFile || !page.InFile["mail"] || page.Institution != "One school" || len(page.Contacts) != 1 || !page.Contacts[0].InFile {
		t.Errorf("got %+v", page)
	}
	// Beside the file's there is room for one of the console.
	if err := do.PutContact(t.Context(), "", settings.Contact{Name: "jonas", Email: "jonas@example.lt"}); err != nil {
		t.Fatal(err)
	}
	if page, _ = (settingsView{c}).Settings(t.Context()); len(page.Contacts) != 2 || page.Contacts[1].InFile {
		t.Errorf("got %+v", page.Contacts)
	}
}

// Mail that somebody is told by is not taken away.
func TestMailStaysWhileSomebodyIsToldByIt(t *testing.T) {
	c := openWith(t, "language: en\n")
	do, address := settingsActions{c}, "http://127.0.0.1"
	if err := do.SetMail(t.Context(), &web.MailServer{From: "budi@example.lt", Host: "127.0.0.1", Security: "none", Auth: "none"}); settings.Of(err) == nil {
		t.Errorf("mail without an address for its links: %v", err)
	}
	if err := do.SetGeneral(t.Context(), web.GeneralEdit{ExternalURL: &address}); err != nil {
		t.Fatal(err)
	}
	if err := do.SetMail(t.Context(), &web.MailServer{From: "budi@example.lt", Host: "127.0.0.1", Security: "none", Auth: "none"}); err != nil {
		t.Fatal(err)
	}
	if err := do.PutContact(t.Context(), "", settings.Contact{Name: "rasa", Email: "rasa@example.lt"}); err != nil {
		t.Fatal(err)
	}
	if problems := settings.Of(do.SetMail(t.Context(), nil)); len(problems) != 1 || problems[0].Code != settings.CodeMailNeeded {
		t.Errorf("got %v", problems)
	}
	if err := do.RemoveContact(t.Context(), "rasa"); err != nil {
		t.Fatal(err)
	}
	if err := do.SetMail(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if problems := settings.Of(do.RestoreContact(t.Context(), "rasa")); len(problems) == 0 {
		t.Error("somebody is told by mail that there is not")
	}
}
