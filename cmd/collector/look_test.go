package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/look"
)

// --full keeps what the plain look says and adds what is watched besides.
func TestLookInFull(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("X-Powered-By", "PHP/7.4.3")
		_, _ = w.Write([]byte("<title>Mokykla</title>"))
	}))
	defer server.Close()
	var out bytes.Buffer
	cmd := lookCommand()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs([]string{"--full", server.URL})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	var r look.Result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if r.Outcome != look.OK || r.Web == nil || r.Web.Grade == "" || len(r.Web.Redirects) != 1 {
		t.Fatalf("got %s", out.String())
	}
	for _, want := range []string{"probe_success", "budi_website_grade", "version_header", "no_https"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing in %s", want, out.String())
		}
	}
}

// What a check says of its target comes from a file, so that no password stands in
// the command.
func TestLookAsACheckDoes(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Method + r.URL.Path + r.Header.Get("X-Key")))
	}))
	defer server.Close()
	for text, want := range map[string]string{
		"http:\n  steps:\n  - {url: /a, contains: [GET/a]}\n  - {url: /b, form: {x: y}, headers: {X-Key: slapta}, contains: [POST/bslapta]}\n": `"status": 200`,
		"http:\n  contains: [kitas]\n": "text_missing",
		"http:\n  methode: GET\n":      "check.yml:2: http.methode: there is no such field",
		"http:\n  method: TRACE\n":     `check.yml:2: http.method is "TRACE"`,
	} {
		file := filepath.Join(t.TempDir(), "check.yml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		cmd := lookCommand()
		cmd.SilenceUsage, cmd.SilenceErrors = true, true
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs([]string{"--check", file, server.URL})
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			out.WriteString(err.Error())
		}
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "slapta") {
			t.Errorf("%s gives %s", text, out.String())
		}
	}
}

func TestLookInFullIsForWebsites(t *testing.T) {
	cmd := lookCommand()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	cmd.SetArgs([]string{"--full", "tcp://127.0.0.1:1"})
	if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "--full is for websites") {
		t.Errorf("got %v", err)
	}
}
