package collector

import (
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// A check looks from inside: whatever it is led to, it must come neither to the
// collector's own doors nor to where clouds keep their secrets.
func TestNoCheckComesToWhatNoneMayReach(t *testing.T) {
	site, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	c := console(t, t.TempDir(), "host: {disabled: true}\nreach: {deny: [127.0.0.9, 10.0.0.0/8]}\n")
	defer closed(t, c)
	_, port, err := net.SplitHostPort(c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	site.SetPath("/to-the-collector", website.Redirect(c.URL()+"/login", 302))
	site.SetPath("/to-the-collector-by-name", website.Redirect("http://localhost:"+port+"/login", 302))
	site.SetPath("/to-the-cloud", website.Redirect("http://169.254.169.254/latest/meta-data/", 302))
	site.SetPath("/to-what-is-denied", website.Redirect("http://127.0.0.9/", 307))
	site.SetPath("/to-a-file", website.Redirect("file:///etc/passwd", 302))
	do := checkActions{c}
	for i, x := range []struct{ target, code string }{
		{site.URL("/"), ""},
		{site.URL("/to-the-collector"), probe.CodeForbidden},
		{site.URL("/to-the-collector-by-name"), probe.CodeForbidden},
		{site.URL("/to-the-cloud"), probe.CodeForbidden},
		{site.URL("/to-what-is-denied"), probe.CodeForbidden},
		{site.URL("/to-a-file"), probe.CodeRedirectRefused},
		{c.URL() + "/login", probe.CodeForbidden},
		{"http://0.0.0.0:" + port + "/", probe.CodeForbidden},
		{"tcp://" + c.Addr(), probe.CodeForbidden},
		{"tls://" + c.Addr(), probe.CodeForbidden},
		{"http://[::ffff:169.254.169.254]/", probe.CodeForbidden},
		{"tcp://169.254.169.254:80", probe.CodeForbidden},
		{"dns://169.254.169.254/example.lt", probe.CodeForbidden},
		{"icmp://169.254.169.254", probe.CodeForbidden},
		{"icmp://10.1.2.3", probe.CodeForbidden},
	} {
		check := settings.Check{Spec: probe.Spec{Target: x.target, Timeout: time.Minute}}
		r, err := do.TryCheck(of(t.Context(), fmt.Sprint("person ", i)), check, "")
		code := ""
		if r.Problem != nil {
			code = r.Problem.Code
		}
		if err != nil || code != x.code {
			t.Errorf("%s: %q, %+v, %v; want %q", x.target, r.Outcome, r.Problem, err, x.code)
		}
	}
}

func TestWhatTheFileDeclaresIsNotBoundByItsLists(t *testing.T) {
	site, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer site.Close()
	dir := t.TempDir()
	file := fmt.Sprintf("host: {disabled: true}\nreach: {allow: [192.0.2.0/24]}\nchecks:\n  - {id: here, target: %q}\n  - {id: me, target: self}\n  - {id: cloud, target: 'http://169.254.169.254/'}\n", site.URL("/"))
	c := console(t, dir, file)
	defer closed(t, c)
	config := c.Config()
	for id, want := range map[string]string{"here": "", "cloud": probe.CodeForbidden} {
		check, ok := config.Check(id)
		if !ok {
			t.Fatal(id)
		}
		r, err := c.try(of(t.Context(), id), check)
		if got := r.Problem; err != nil || (got == nil) != (want == "") || got != nil && got.Code != want {
			t.Errorf("%s of the file: %+v, %v", id, r.Problem, err)
		}
	}
	do, rasa := checkActions{c}, of(t.Context(), "rasa")
	// The same check of the console, also when it calls itself by the file's ID.
	for _, id := range []string{"", "here"} {
		r, err := do.TryCheck(rasa, settings.Check{ID: id, Spec: probe.Spec{Target: site.URL("/")}}, "")
		if err != nil || r.Outcome != look.Failed || r.Problem.Code != probe.CodeForbidden {
			t.Errorf("of the console: %+v, %v", r.Problem, err)
		}
	}
	if _, err := do.AddCheck(rasa, pageCheck("www", site.URL("/")), ""); err != nil {
		t.Fatal(err)
	}
	if r, err := do.TryStored(rasa, "www"); err != nil || r.Problem == nil || r.Problem.Code != probe.CodeForbidden {
		t.Errorf("of the console: %+v, %v", r.Problem, err)
	}

	// A reload with another list counts at once.
	if err := os.WriteFile(config.File(), []byte("host: {disabled: true}\nreach: {allow: [127.0.0.0/8]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err := do.TryStored(rasa, "www"); err != nil || r.Outcome != look.OK {
		t.Errorf("after it was allowed: %+v, %v", r.Problem, err)
	}
	if err := os.WriteFile(config.File(), []byte("host: {disabled: true}\nreach: {allow: [everywhere]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(t.Context()); err == nil {
		t.Error("a range that is none was let through")
	}
	if r, err := do.TryStored(rasa, "www"); err != nil || r.Outcome != look.OK {
		t.Errorf("after a reload that failed: %+v, %v", r.Problem, err)
	}
}
