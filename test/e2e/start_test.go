package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	// Importing it also has the libraries compiled before the clock of these
	// tests begins to run.
	budi "github.com/budi-monitor/budi/internal/collector"
	"github.com/budi-monitor/budi/internal/sim/freeport"
)

// TestTheFirstFiveMinutes goes the way of a newcomer: no configuration, the
// printed link, the administrator, the overview, a token, a query.
func TestTheFirstFiveMinutes(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	c.write("collector.yml", "checks:\n  - {id: budi, name: Own page, target: "+budi.SelfTarget+", interval: 2s}\n")
	c.start()
	var link string
	select {
	case line := <-c.lines:
		link = regexp.MustCompile(`http://\S+/setup\?token=\S+`).FindString(line)
	case <-time.After(patience):
	}
	if link == "" {
		t.Fatal("no link was printed")
	}

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	token, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	post := func(path string, form url.Values) (int, string) {
		t.Helper()
		resp, err := browser.PostForm(c.url(path), form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	admin := url.Values{"token": {token.Query().Get("token")}, "login": {"rasa@example.lt"}, "name": {"Rasa"},
		"password": {"labai slapta frazė"}, "again": {"labai slapta frazė"}, "language": {"lt"}}
	if code, page := post("/setup", admin); code != http.StatusOK {
		t.Fatalf("create the administrator: status %d\n%s", code, page)
	}
	if code, _ := post("/setup", admin); code == http.StatusOK {
		t.Error("the link worked twice")
	}
	if code, page := post("/login", url.Values{"login": {"rasa@example.lt"}, "password": {"labai slapta frazė"}}); code != http.StatusOK {
		t.Fatalf("log in: status %d\n%s", code, page)
	}
	for path, wants := range map[string][]string{
		"/": {"Šiandien", "1 sėkminga patikra"}, "/checks": {"Own page", "veikia"}, "/samples": {"Šis kompiuteris", "system_memory_limit_bytes"},
	} {
		c.eventually("the page "+path+" to show what is there", func() error {
			resp, err := browser.Get(c.url(path))
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			page, _ := io.ReadAll(resp.Body)
			for _, want := range wants {
				if !strings.Contains(string(page), want) {
					return fmt.Errorf("%q is not on the page", want)
				}
			}
			return nil
		})
	}

	// Samples are open to a token and to nothing else.
	resp, err := http.Get(c.url("/api/v1/query?query=up"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s", resp.Status)
	}
	resp, err = browser.Get(c.url("/metrics"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("metrics with a browser's session: %s", resp.Status)
	}
	if got := c.query(`probe_success{check="budi"}`)["budi"]; got != "1" {
		t.Errorf("the collector's own page: probe_success is %q", got)
	}
	for _, metric := range []string{"system_cpu_time_seconds_total", "system_filesystem_utilization_ratio", "budi_looks_total"} {
		c.eventually(metric, func() error {
			if len(c.query(metric)) == 0 {
				return fmt.Errorf("no series")
			}
			return nil
		})
	}
	if code, data := c.request("GET", "/metrics", nil, ""); code != http.StatusOK || !bytes.Contains(data, []byte("budi_looks_total")) {
		t.Errorf("/metrics: status %d: %.300s", code, data)
	}
	c.stop()
	c.start()
	select {
	case line := <-c.lines:
		if strings.Contains(line, "setup") {
			t.Errorf("there is an administrator, and yet: %s", line)
		}
	case <-time.After(patience):
		t.Error("nothing was printed at the second start")
	}
}

// failed runs the collector and expects that it gives up by itself.
func (c *collector) failed(args ...string) string {
	c.t.Helper()
	cmd := exec.Command(binary, c.args(append([]string{"serve", "--listen", c.listen}, args...)...)...)
	var out bytes.Buffer
	cmd.Stderr, cmd.Stdout = &out, &out
	done := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err == nil {
			c.t.Fatalf("it ended without an error:\n%s", out.String())
		}
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		<-done
		c.t.Fatalf("it runs:\n%s", out.String())
	}
	return out.String()
}

func TestWhatCannotStartSaysWhatToDo(t *testing.T) {
	t.Parallel()
	t.Run("the port is taken", func(t *testing.T) {
		c := newCollector(t)
		c.write("collector.yml", "")
		l, err := net.Listen("tcp", c.listen)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if out := c.failed(); !strings.Contains(out, c.listen) || !strings.Contains(out, "--listen") {
			t.Errorf("got %s", out)
		}
	})
	t.Run("the authority is damaged", func(t *testing.T) {
		c := newCollector(t)
		c.write("collector.yml", "tls: {private: true}\n")
		if err := os.MkdirAll(c.path("data/tls"), 0o700); err != nil {
			t.Fatal(err)
		}
		c.write("data/tls/authority.pem", "half a cert")
		if out := c.failed(); !strings.Contains(out, "authority.pem") || !strings.Contains(out, "enrol") {
			t.Errorf("got %s", out)
		}
	})
	t.Run("the folder is in use", func(t *testing.T) {
		c := newCollector(t)
		c.write("collector.yml", "")
		c.start()
		other := &collector{t: t, dir: c.dir, listen: freeport.Addr(t), log: &logBuffer{}}
		if out := other.failed(); !strings.Contains(out, "another collector") {
			t.Errorf("got %s", out)
		}
		c.stop()
	})
	t.Run("the configuration has mistakes", func(t *testing.T) {
		c := newCollector(t)
		c.write("collector.yml", "langauge: lt\nchecks:\n  - id: Big Name\n    target: htp://x\n  - id: a\n    target: https://example.lt\n    interval: 5\n")
		out := c.failed()
		for _, want := range []string{"collector.yml:1: langauge:", "collector.yml:3: checks[0].id", "collector.yml:4: checks[0].target", "collector.yml:7: checks[1].interval"} {
			if !strings.Contains(out, want) {
				t.Errorf("not told: %s\n%s", want, out)
			}
		}
		checked, err := c.command("check-config")
		if err == nil || checked != "" {
			t.Errorf("check-config: %v, %s", err, checked)
		}
		out, _ = c.command("check-config", "--json")
		var problems struct {
			Problems []struct {
				Line  int
				Field string
			}
		}
		if err := json.Unmarshal([]byte(out), &problems); err != nil || len(problems.Problems) != 4 {
			t.Errorf("check-config --json: %v: %s", err, out)
		}
	})
	t.Run("a file where the folder should be", func(t *testing.T) {
		c := newCollector(t)
		c.write("collector.yml", "")
		c.write("data", "")
		if out := c.failed(); !strings.Contains(out, "data") {
			t.Errorf("got %s", out)
		}
	})
	t.Run("a newer version wrote the samples", func(t *testing.T) {
		c := newCollector(t)
		c.write("collector.yml", "")
		c.start()
		c.stop()
		block := filepath.Join(c.path("data"), "tsdb", "01J00000000000000000000000")
		if err := os.MkdirAll(filepath.Join(block, "chunks"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(block, "meta.json"), []byte(`{"ulid":"01J00000000000000000000000","version":99}`), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := c.failed(); !strings.Contains(out, "newer version") {
			t.Errorf("got %s", out)
		}
		if _, err := os.Stat(block); err != nil {
			t.Errorf("the folder was touched: %v", err)
		}
	})
}

func TestDamageIsSurvivedAndTold(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, data string){
		"budi.db cut short": func(t *testing.T, data string) {
			if err := os.Truncate(filepath.Join(data, "budi.db"), 5000); err != nil {
				t.Fatal(err)
			}
		},
		"budi.db of random bytes": func(t *testing.T, data string) {
			if err := os.WriteFile(filepath.Join(data, "budi.db"), bytes.Repeat([]byte("rubbish "), 4096), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"silences of random bytes": func(t *testing.T, data string) {
			if err := os.WriteFile(filepath.Join(data, "silences"), []byte("\xff\xfe rubbish"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"samples' log of random bytes": func(t *testing.T, data string) {
			segments, err := filepath.Glob(filepath.Join(data, "tsdb", "wal", "0*"))
			if err != nil || len(segments) == 0 {
				t.Fatalf("no segments: %v", err)
			}
			for _, s := range segments {
				if err := os.WriteFile(s, bytes.Repeat([]byte("rubbish "), 8192), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "www")
			w.start()
			w.eventually("the first look", func() error {
				if w.query(`probe_success`)["www"] != "1" {
					return fmt.Errorf("not there yet")
				}
				return nil
			})
			w.kill()
			damage(t, w.path("data"))
			w.token = "" // may be gone with the database
			w.start()
			var status struct{ Notices []string }
			if err := json.Unmarshal([]byte(w.mustCommand("status", "--json")), &status); err != nil {
				t.Fatal(err)
			}
			if len(status.Notices) == 0 {
				t.Error("nothing is told of the damage")
			}
			w.sites["www"].Down()
			w.waitMails(1) // alerting goes on
		})
	}
}

func TestReloadKeepsTheOldConfigurationWhenTheNewOneIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	w.start()
	good := w.read("collector.yml")
	w.write("collector.yml", good+"nonsense: true\n")
	out, err := w.command("reload")
	if err == nil || !strings.Contains(err.Error(), "nonsense") || !strings.Contains(err.Error(), "old configuration stays") {
		t.Errorf("got %v %s", err, out)
	}
	if code, data := w.request("POST", "/-/reload", nil, ""); code != http.StatusUnprocessableEntity || !strings.Contains(string(data), "nonsense") {
		t.Errorf("POST /-/reload: status %d: %s", code, data)
	}
	if _, data := w.request("GET", "/metrics", nil, ""); !strings.Contains(string(data), "budi_config_last_reload_successful 0") {
		t.Error("the metric does not show it")
	}
	w.sites["www"].Down()
	w.waitMails(1) // and alerting goes on
	w.write("collector.yml", good)
	if err := w.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	w.eventually("the metric to show that it is well again", func() error {
		if _, data := w.request("GET", "/metrics", nil, ""); !strings.Contains(string(data), "budi_config_last_reload_successful 1") {
			return fmt.Errorf("it does not")
		}
		return nil
	})
}

func TestCommandsWorkWithAndWithoutARunningCollector(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	if out, err := w.command("token", "list"); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("a folder that is not there: %v %s", err, out)
	}
	w.start()
	w.stop()
	token := strings.TrimSpace(w.mustCommand("token", "create", "--role", "viewer", "--name", "before the start"))
	w.addUser("ona@example.lt", "labai slapta frazė", "viewer")
	if out, err := w.command("status"); err == nil || !strings.Contains(err.Error(), "no collector is running") {
		t.Errorf("status without a collector: %v %s", err, out)
	}
	w.start()
	w.token = token
	if code, _ := w.request("GET", "/api/v1/query?query=1", nil, ""); code != http.StatusOK {
		t.Errorf("the token of before: status %d", code)
	}
	if code, _ := w.request("POST", "/-/reload", nil, ""); code != http.StatusForbidden {
		t.Errorf("reload as a viewer: status %d", code)
	}
	if code, _ := w.request("POST", "/api/v2/silences", strings.NewReader("{}"), "application/json"); code != http.StatusForbidden {
		t.Errorf("a silence as a viewer: status %d", code)
	}
	if out := w.mustCommand("mail", "test"); !strings.Contains(out, "rasa@example.lt") {
		t.Errorf("mail test: %s", out)
	}
	w.waitMails(1)
	if out := w.mustCommand("user", "list"); !strings.Contains(out, "ona@example.lt") {
		t.Errorf("user list: %s", out)
	}
	// Who there is, and where they are logged in, is changed beside it.
	if out := w.mustCommand("user", "add", "rita", "--link", "--site", "main"); !strings.Contains(out, "/invite?token=") {
		t.Errorf("user add --link: %s", out)
	}
	if out := w.mustCommand("user", "edit", "rita", "--role", "operator", "--all-sites", "--json"); !strings.Contains(out, `"operator"`) || strings.Contains(out, `"sites"`) {
		t.Errorf("user edit: %s", out)
	}
	if out, err := w.command("user", "edit", "rita"); err == nil {
		t.Errorf("user edit without a change: %s", out)
	}
	if out := w.mustCommand("user", "disable", "rita"); !strings.Contains(out, "disabled") {
		t.Errorf("user disable: %s", out)
	}
	if out, err := w.command("user", "link", "rita"); err == nil || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("a link for who is disabled: %v %s", err, out)
	}
	w.mustCommand("user", "enable", "rita")
	if out := w.mustCommand("user", "sessions", "ona@example.lt"); !strings.Contains(out, "no sessions") {
		t.Errorf("user sessions: %s", out)
	}
	w.mustCommand("user", "sessions", "ona@example.lt", "--end-all")
	w.mustCommand("user", "remove", "rita")
	if out := w.mustCommand("user", "list", "--json"); strings.Contains(out, "rita") {
		t.Errorf("after user remove: %s", out)
	}
	w.mustCommand("token", "revoke", "before the start")
	if code, _ := w.request("GET", "/api/v1/query?query=1", nil, ""); code != http.StatusUnauthorized {
		t.Errorf("a revoked token: status %d", code)
	}
}

func TestLookPrintsTheResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "www")
	for target, want := range map[string]struct{ kind, outcome string }{
		w.sites["www"].URL("/"):              {"http", "ok"},
		"tcp://" + w.sites["www"].Address():  {"tcp", "ok"},
		"tcp://127.0.0.1:1":                  {"tcp", "unreachable"},
		"host":                               {"host", "ok"},
		w.sites["www"].SecureURL("/"):        {"http", "failed"}, // an issuer that nobody trusts
		"tls://" + w.mail.Addr():             {"tls", "failed"},
		"dns://127.0.0.1:1/example.lt":       {"dns", "unreachable"},
		"https://user:slaptas@127.0.0.1:1/x": {"http", "unreachable"},
	} {
		cmd := exec.Command(binary, "look", "--timeout", "20s", target)
		out, err := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); (want.outcome == "ok") != (code == 0) || code == 1 {
			t.Errorf("look %s: exit status %d, %v", target, code, err)
		}
		var r struct {
			Target, Kind, Outcome string
			Duration              *float64 `json:"duration_seconds"`
			Samples               []struct{ Name string }
			Problem               *struct{ Code string }
		}
		if err := json.Unmarshal(out, &r); err != nil {
			t.Errorf("look %s: %v: %s", target, err, out)
			continue
		}
		if r.Kind != want.kind || r.Outcome != want.outcome || r.Duration == nil || len(r.Samples) == 0 || (r.Problem == nil) != (r.Outcome == "ok") {
			t.Errorf("look %s: %s", target, out)
		}
		if strings.Contains(string(out), "slaptas") {
			t.Errorf("look %s shows the password", target)
		}
	}
	if out, err := exec.Command(binary, "look", "gopher://x").CombinedOutput(); err == nil || !strings.Contains(string(out), "https://") {
		t.Errorf("an unknown kind: %v %s", err, out)
	}
}
