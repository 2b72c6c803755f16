// Package e2e plays the built collector as its keeper and the world around it
// would: over public ports, with a real SMTP server, real websites, and kill -9.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/smtp"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// patience is how long the tests wait for something that must come. It is
// long: the machines that run tests are slow and busy.
const patience = 60 * time.Second

var binary, agentBinary string // the built programs

func TestMain(m *testing.M) {
	flag.Parse()
	// These tests wait more than they compute: one for each processor would leave half
	// of them idle.
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "budi-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary, agentBinary = filepath.Join(dir, "budi-collector"), filepath.Join(dir, "budi-agent")
	for path, command := range map[string]string{binary: "collector", agentBinary: "agent"} {
		if out, err := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "github.com/budi-monitor/budi/cmd/"+command).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the %s: %v\n%s", command, err, out)
			return 1
		}
	}
	return m.Run()
}

// collector is one installation: a folder, a configuration, and at times a
// process.
type collector struct {
	t      testing.TB
	dir    string // holds collector.yml, rules.yml and data/
	listen string
	scheme string // "https" with an authority of its own

	cmd    *exec.Cmd
	exited chan struct{}
	log    *logBuffer
	lines  chan string // of standard output
	token  string

	mu       sync.Mutex
	trusting *http.Client
}

// logBuffer keeps what the process wrote to standard error.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newCollector(t testing.TB) *collector {
	t.Helper()
	// Short, because the path of a Unix socket may have only 108 bytes.
	dir, err := os.MkdirTemp("", "budi")
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{t: t, dir: dir, listen: freeport.Addr(t), scheme: "http", log: &logBuffer{}}
	t.Cleanup(func() {
		c.kill()
		if t.Failed() {
			t.Logf("log of the collector:\n%s", tail(c.log.String(), 20_000))
		}
		_ = os.RemoveAll(dir)
	})
	return c
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}

func (c *collector) path(name string) string { return filepath.Join(c.dir, name) }

func (c *collector) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(c.path(name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *collector) read(name string) string {
	c.t.Helper()
	data, err := os.ReadFile(c.path(name))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(data)
}

// addUser makes an account, with the password on standard input.
func (c *collector) addUser(login, password, role string, flags ...string) {
	c.t.Helper()
	cmd := exec.Command(binary, c.args(append([]string{"user", "add", login, "--role", role}, flags...)...)...)
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("user add: %v: %s", err, out)
	}
}

// args are those of a command that finds this installation.
func (c *collector) args(more ...string) []string {
	return append(more, "--data", c.path("data"), "--config", c.path("collector.yml"))
}

// command runs a command of the collector beside the running process.
func (c *collector) command(args ...string) (stdout string, err error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, c.args(args...)...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, errOut.String())
	}
	return out.String(), nil
}

// mustCommand is command for what has to work.
func (c *collector) mustCommand(args ...string) string {
	c.t.Helper()
	out, err := c.command(args...)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

// launch starts the process without waiting for it.
func (c *collector) launch() {
	c.t.Helper()
	c.cmd = exec.Command(binary, c.args("serve", "--listen", c.listen)...)
	c.cmd.Stderr = c.log
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.lines, c.exited = make(chan string, 100), make(chan struct{})
	go func(cmd *exec.Cmd, lines chan string, exited chan struct{}) {
		s := bufio.NewScanner(stdout)
		for s.Scan() {
			lines <- s.Text()
		}
		_ = cmd.Wait() // how it ended is asked by those who care
		close(exited)
	}(c.cmd, c.lines, c.exited)
}

// start starts the process and waits until it is ready.
func (c *collector) start() {
	c.t.Helper()
	c.launch()
	c.eventually("the collector to be ready", func() error {
		select {
		case <-c.exited:
			c.t.Fatalf("the collector ended: %s", tail(c.log.String(), 5000))
		default:
		}
		client, err := c.client()
		if err != nil {
			return err
		}
		resp, err := client.Get(c.url("/-/ready"))
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %s", resp.Status)
		}
		return nil
	})
}

// kill is kill -9.
func (c *collector) kill() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Kill()
	<-c.exited
	c.cmd = nil
}

// stop asks the process to end and expects that it does so without an error.
func (c *collector) stop() {
	c.t.Helper()
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		c.t.Fatal(err)
	}
	select {
	case <-c.exited:
	case <-time.After(patience):
		c.t.Fatal("the collector does not stop")
	}
	if code := c.cmd.ProcessState.ExitCode(); code != 0 {
		c.t.Errorf("the collector ended with status %d", code)
	}
	c.cmd = nil
}

func (c *collector) url(path string) string { return c.scheme + "://" + c.listen + path }

// client trusts the collector's own authority, and nobody else, when there is
// one.
func (c *collector) client() (*http.Client, error) {
	if c.scheme == "http" {
		return http.DefaultClient, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trusting == nil {
		ca, err := os.ReadFile(c.path("data/tls/ca.crt"))
		if err != nil {
			return nil, err // not made yet
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(ca) {
			return nil, errors.New("there is no certificate in ca.crt")
		}
		c.trusting = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	}
	return c.trusting, nil
}

// eventually asks again and again until f has no objection.
func (c *collector) eventually(what string, f func() error) {
	c.t.Helper()
	c.within(patience, what, f)
}

// within is eventually for what takes longer.
func (c *collector) within(limit time.Duration, what string, f func() error) {
	c.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("waited in vain for %s: %v", what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// get asks one of the APIs with a token of the collector's.
func (c *collector) request(method, path string, body io.Reader, contentType string) (int, []byte) {
	c.t.Helper()
	if c.token == "" {
		c.token = strings.TrimSpace(c.mustCommand("token", "create", "--role", "administrator", "--name", fmt.Sprint("e2e ", time.Now().UnixNano())))
	}
	req, err := http.NewRequest(method, c.url(path), body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	client, err := c.client()
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 10<<20))
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, data
}

// query returns the values of an instant query, by the label "check".
func (c *collector) query(expr string) map[string]string {
	c.t.Helper()
	code, data := c.request("POST", "/api/v1/query", strings.NewReader(url.Values{"query": {expr}}.Encode()), "application/x-www-form-urlencoded")
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil || code != http.StatusOK {
		c.t.Fatalf("query %s: status %d: %s", expr, code, data)
	}
	out := map[string]string{}
	for _, r := range answer.Data.Result {
		out[r.Metric["check"]] = fmt.Sprint(r.Value[1])
	}
	return out
}

// incident is as much of an incident as the tests ask for.
type incident struct {
	ID       int
	Rule     string
	State    string
	Evidence string
	Labels   map[string]string
	Acked    *struct{ By, Comment string }
}

func (c *collector) incidents(flags ...string) []incident {
	c.t.Helper()
	var out []incident
	if err := json.Unmarshal([]byte(c.mustCommand(append([]string{"incidents", "list", "--json"}, flags...)...)), &out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

// waitIncident waits for an incident of a check to be as wanted.
func (c *collector) waitIncident(check string, want func(incident) bool) incident {
	c.t.Helper()
	var found incident
	c.eventually("the incident of "+check, func() error {
		all := c.incidents()
		for _, inc := range all {
			if inc.Labels["check"] == check && want(inc) {
				found = inc
				return nil
			}
		}
		return fmt.Errorf("there are %+v", all)
	})
	return found
}

// world is what a collector watches and mails through.
type world struct {
	*collector
	mail  *smtp.Server
	sites map[string]*website.Server
	extra string // more of the configuration
	rule  string // name of the test's rule
}

// newWorld makes websites with the given names, a mail server, and a collector
// that is configured for both and not yet running. Its one rule fires at once,
// so that tests need not wait.
func newWorld(t testing.TB, names ...string) *world {
	t.Helper()
	w := &world{collector: newCollector(t), sites: map[string]*website.Server{}, rule: "Down"}
	var err error
	if w.mail, err = smtp.Start(smtp.Options{Passwords: map[string]string{"budi": "slaptas"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.mail.Close() })
	for _, name := range names {
		site, err := website.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(site.Close)
		site.Set(website.Page("<h1>Labas</h1>"))
		w.sites[name] = site
	}
	w.write("ca.pem", string(w.mail.CAPEM()))
	w.configure(names...)
	return w
}

// configure writes the configuration with checks of the given sites.
func (w *world) configure(names ...string) {
	w.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `external_url: %s
host: {disabled: true}
alerting:
  hold_fault: 0s
  hold_recovery: 1s
  hold_symptom: 0s
  flap_within: 0s
  rules_interval: 1s
  rule_files: [rules.yml]
  without_rules: [SiteDown]
mail:
  from: Budi <budi@example.lt>
  smtp: {host: 127.0.0.1, port: %d, username: budi, password: slaptas, ca_file: ca.pem, timeout: 20s}
digest: {off: true, month: off}
contacts:
  - {name: rasa, email: rasa@example.lt, language: lt}
%s
checks:
`, w.url(""), w.mail.Port(), w.extra)
	for _, name := range names {
		// A look has no more time than its interval: a second is not enough for a
		// website that works, on a computer that is busy.
		fmt.Fprintf(&b, "  - {id: %s, target: '%s', interval: 2s, timeout: 2s}\n", name, w.sites[name].URL("/"))
	}
	w.write("collector.yml", b.String())
	rules := ""
	if w.rule != "" {
		rules = fmt.Sprintf(`
      - alert: %s
        expr: probe_success == 0
        labels: {severity: critical}
        annotations:
          summary: "{{ $labels.check }} is down"
          summary_lt: "Neveikia {{ $labels.check }}"`, w.rule)
	}
	w.write("rules.yml", `groups:
  - name: test
    rules:
      - {record: test:none, expr: vector(1)}`+rules+"\n")
}

// waitMails waits for n mails in all and returns them.
func (w *world) waitMails(n int) []smtp.Message {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	mails, err := w.mail.Wait(ctx, n)
	if err != nil {
		w.t.Fatalf("waited in vain for %d mails: %v; there are %d", n, err, len(w.mail.Messages()))
	}
	return mails
}

// wantMails expects that there are exactly n mails, now that nothing more is
// owed.
func (w *world) wantMails(n int) []smtp.Message {
	w.t.Helper()
	w.idle()
	mails := w.mail.Messages()
	if len(mails) != n {
		for _, m := range mails {
			w.t.Logf("mail %s: %s", m.ID(), m.Subject())
		}
		w.t.Fatalf("there are %d mails, want %d", len(mails), n)
	}
	return mails
}

// idle waits until the outbox is empty and the rules have been evaluated three
// times more.
func (w *world) idle() {
	w.t.Helper()
	w.rounds(3)
	w.eventually("the outbox to be empty", func() error {
		var status struct {
			MailWaits int `json:"mail_waits"`
		}
		if err := json.Unmarshal([]byte(w.mustCommand("status", "--json")), &status); err != nil {
			return err
		}
		if status.MailWaits > 0 {
			return fmt.Errorf("%d wait", status.MailWaits)
		}
		return nil
	})
}

// rounds waits until the rules have been evaluated n times from now on.
func (w *world) rounds(n int) {
	w.t.Helper()
	read := func() (last string) {
		_, data := w.request("GET", "/api/v1/rules", nil, "")
		var answer struct {
			Data struct {
				Groups []struct{ Name, LastEvaluation string }
			}
		}
		if err := json.Unmarshal(data, &answer); err != nil {
			w.t.Fatalf("rules: %v: %s", err, data)
		}
		for _, g := range answer.Data.Groups {
			if g.Name == "test" {
				last = g.LastEvaluation
			}
		}
		return last
	}
	last := read()
	w.eventually("the rules to be evaluated", func() error {
		if now := read(); now != last {
			last = now
			n--
		}
		if n > 0 {
			return fmt.Errorf("%d evaluations are to come", n)
		}
		return nil
	})
}
