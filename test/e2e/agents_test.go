package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// agent is one installation of the agent and, at times, its process.
type agent struct {
	t      testing.TB
	dir    string
	device string
	cmd    *exec.Cmd
	exited chan struct{}
	log    *logBuffer
}

// newTLSWorld is newWorld with an authority of the collector's own, and more of
// the configuration.
func newTLSWorld(t testing.TB, extra string) *world {
	t.Helper()
	w := newWorld(t)
	w.scheme = "https"
	w.rule = ""
	w.extra = "tls: {private: true}\n" + extra
	w.configure()
	return w
}

// enrolToken makes an enrolment token.
func (w *world) enrolToken(flags ...string) string {
	w.t.Helper()
	return strings.TrimSpace(w.mustCommand(append([]string{"enroll-token", "create"}, flags...)...))
}

// newAgent makes a folder for an agent that is not enrolled yet.
func newAgent(t testing.TB) *agent {
	t.Helper()
	a := &agent{t: t, dir: t.TempDir(), log: &logBuffer{}}
	t.Cleanup(func() {
		a.kill()
		if t.Failed() && a.device != "" {
			t.Logf("log of the agent %s:\n%s", a.device, tail(a.log.String(), 3000))
		}
	})
	return a
}

func (a *agent) args(more ...string) []string {
	return append(more, "--state", filepath.Join(a.dir, "agent.db"), "--config", filepath.Join(a.dir, "agent.yml"))
}

// enroll enrols the agent and notes which device it is.
func (a *agent) enroll(url, token string, flags ...string) {
	a.t.Helper()
	out, err := exec.Command(agentBinary, a.args(append([]string{"enroll", "--url", url, "--token", token}, flags...)...)...).CombinedOutput()
	if err != nil {
		a.t.Fatalf("enroll: %v: %s", err, out)
	}
	_, rest, _ := strings.Cut(string(out), "as device ")
	a.device, _, _ = strings.Cut(rest, " ")
	if a.device == "" {
		a.t.Fatalf("enroll does not say which device it is: %s", out)
	}
}

// run starts the agent's process.
func (a *agent) run() {
	a.t.Helper()
	a.cmd = exec.Command(agentBinary, a.args("run", "--facts-after", "2s")...)
	a.cmd.Stderr = a.log
	if err := a.cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		_ = cmd.Wait() // how it ended is asked by those who care
		close(exited)
	}(a.cmd, a.exited)
}

// kill is kill -9, or the power switch.
func (a *agent) kill() {
	if a.cmd == nil {
		return
	}
	_ = a.cmd.Process.Kill()
	<-a.exited
	a.cmd = nil
}

// number returns the only value of an instant query; false when there is none.
func (c *collector) number(expr string) (float64, bool) {
	c.t.Helper()
	code, data := c.request("POST", "/api/v1/query", strings.NewReader(url.Values{"query": {expr}}.Encode()), "application/x-www-form-urlencoded")
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil || code != http.StatusOK {
		c.t.Fatalf("query %s: %d %s", expr, code, data)
	}
	if len(answer.Data.Result) == 0 {
		return 0, false
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		c.t.Fatalf("query %s: %s", expr, data)
	}
	return v, true
}

// waitNumber waits until an instant query gives a wanted value.
func (c *collector) waitNumber(expr string, want func(float64) bool) {
	c.t.Helper()
	c.waitLongFor(patience, expr, want)
}

// waitLongFor is waitNumber for what takes longer.
func (c *collector) waitLongFor(limit time.Duration, expr string, want func(float64) bool) {
	c.t.Helper()
	c.within(limit, expr, func() error {
		v, ok := c.number(expr)
		if !ok || !want(v) {
			return fmt.Errorf("it gives %v (%v)", v, ok)
		}
		return nil
	})
}

func positive(v float64) bool { return v > 0 }

// device is what "devices show" says of one.
type device struct {
	ID     string   `json:"id"`
	Site   string   `json:"site"`
	Class  string   `json:"class"`
	SameAs []string `json:"same_as"`
	Facts  []struct {
		Kind  string
		Items []struct{ Fields map[string]string }
	}
}

func (c *collector) device(id string) (device, error) {
	c.t.Helper()
	out, err := c.command("devices", "show", id, "--json")
	if err != nil {
		return device{}, err
	}
	var d device
	err = json.Unmarshal([]byte(out), &d)
	return d, err
}

// enrolledAgent is what "agents list" says of one.
type enrolledAgent struct {
	ID, Device, Address, Cloned string
	Revoked                     time.Time
}

func (c *collector) agents() []enrolledAgent {
	c.t.Helper()
	var out []enrolledAgent
	if err := json.Unmarshal([]byte(c.mustCommand("agents", "list", "--json")), &out); err != nil {
		c.t.Fatal(err)
	}
	return out
}

// TestAnAgentEnrolsAndIsSeen takes the intervals as they are shipped: samples
// must be there within three minutes.
func TestAnAgentEnrolsAndIsSeen(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t, "")
	w.start()
	a := newAgent(t)
	a.enroll(w.url(""), w.enrolToken("--uses", "1"))
	a.run()
	began := time.Now()
	for time.Since(began) < 3*time.Minute {
		if _, ok := w.number(fmt.Sprintf(`system_memory_limit_bytes{site="main", device=%q, job="host"}`, a.device)); ok {
			break
		}
		time.Sleep(time.Second)
	}
	w.waitNumber(fmt.Sprintf(`system_uptime_seconds{device=%q}`, a.device), positive)
	t.Logf("samples were there after %s", time.Since(began).Round(time.Second))
	if v, ok := w.number(fmt.Sprintf(`count({device=%q, job="host"})`, a.device)); !ok || v > 60 {
		t.Errorf("a workstation has %v series", v)
	}
	w.waitNumber(fmt.Sprintf(`budi_agent_up{device=%q}`, a.device), func(v float64) bool { return v == 1 })
	w.waitNumber(fmt.Sprintf(`budi_device_info{device=%q, class="workstation", kind="computer"}`, a.device), positive)

}

// quick are intervals of agents for those who cannot wait.
const quick = "agents: {interval: 10s, push_interval: 2s, facts_interval: 10m, silent_after: 8s}\n"

func TestARevokedAgentIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t, quick)
	w.start()
	a := newAgent(t)
	a.enroll(w.url(""), w.enrolToken())
	a.run()
	w.waitNumber(fmt.Sprintf(`system_uptime_seconds{device=%q}`, a.device), positive)
	w.eventually("facts", func() error {
		d, err := w.device(a.device)
		if err != nil {
			return err
		}
		kinds := map[string]bool{}
		for _, f := range d.Facts {
			kinds[f.Kind] = true
		}
		if !kinds["os"] || !kinds["cpu"] || kinds["sessions"] {
			return fmt.Errorf("facts of kinds %v", kinds)
		}
		return nil
	})
	w.mustCommand("agents", "revoke", w.agents()[0].ID)
	samples := fmt.Sprintf(`count_over_time(system_uptime_seconds{device=%q}[1h])`, a.device)
	after, _ := w.number(samples)
	w.eventually("the agent to know", func() error {
		out, err := exec.Command(agentBinary, a.args("status", "--json")...).Output()
		if err == nil && !strings.Contains(string(out), "revoked") {
			err = fmt.Errorf("status %s", out)
		}
		return err
	})
	if now, _ := w.number(samples); now > after {
		t.Errorf("%v samples came after the revocation", now-after)
	}
	// A new enrolment is the way back.
	a.enroll(w.url(""), w.enrolToken(), "--replace")
	w.waitNumber(fmt.Sprintf(`system_uptime_seconds{device=%q}`, a.device), positive)
}

func TestTokensThatAreNoGood(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t, quick)
	w.start()
	used := w.enrolToken("--uses", "1")
	newAgent(t).enroll(w.url(""), used)
	revoked := w.enrolToken()
	var tokens []struct {
		Name string
		Used int
	}
	if err := json.Unmarshal([]byte(w.mustCommand("enroll-token", "list", "--json")), &tokens); err != nil {
		t.Fatal(err)
	}
	for _, tok := range tokens {
		if tok.Used == 0 {
			w.mustCommand("enroll-token", "revoke", tok.Name)
		}
	}
	other := newTLSWorld(t, quick)
	other.start()
	for name, tc := range map[string]struct{ token, says string }{
		"used up":                 {used, "as often as it can be"},
		"revoked":                 {revoked, "token"},
		"another collector's":     {other.enrolToken(), "certificate"},
		"no token":                {"budi_enrol_short", "token"},
		"expired":                 {w.expired(), "expired"},
		"without its authority":   {strings.Split(w.enrolToken(), ".")[0], "certificate"},
		"with a wrong authority":  {strings.Split(w.enrolToken(), ".")[0] + "." + strings.Repeat("A", 43), "certificate"},
		"the authority's is lost": {strings.TrimRight(w.enrolToken(), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"), "token"},
	} {
		a := newAgent(t)
		out, err := exec.Command(agentBinary, a.args("enroll", "--url", w.url(""), "--token", tc.token)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), tc.says) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

// expired makes a token and waits until its time is over.
func (w *world) expired() string {
	token := w.enrolToken("--ttl", "1s")
	time.Sleep(1100 * time.Millisecond)
	return token
}

// TestACloneIsToldWithBothAddresses copies the disk of an enrolled computer.
func TestACloneIsToldWithBothAddresses(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t, quick)
	w.start()
	a := newAgent(t)
	a.enroll(w.url(""), w.enrolToken())
	clone := newAgent(t)
	files, err := os.ReadDir(a.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(a.dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(clone.dir, f.Name()), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clone.device = a.device
	a.run()
	w.waitNumber(fmt.Sprintf(`system_uptime_seconds{device=%q}`, a.device), positive)
	clone.run()
	w.waitNumber(fmt.Sprintf(`budi_agent_cloned{device=%q, address="127.0.0.1", other_address="127.0.0.1"}`, a.device), positive)
	if all := w.agents(); len(all) != 1 || all[0].Cloned != "127.0.0.1" {
		t.Errorf("agents list says %+v", all)
	}
	// One of them goes on undisturbed.
	before, _ := w.number(fmt.Sprintf(`timestamp(system_uptime_seconds{device=%q})`, a.device))
	w.waitNumber(fmt.Sprintf(`timestamp(system_uptime_seconds{device=%q})`, a.device), func(v float64) bool { return v > before+15 })
}

// TestFiftyWorkstationsAndAServerStop: computers that are off are no
// fault, a server that is off is one, and its return is one recovery.
func TestFiftyWorkstationsAndAServerStop(t *testing.T) {
	if testing.Short() {
		t.Skip("starts 51 agents")
	}
	t.Parallel()
	const workstations = 50
	w := newTLSWorld(t, "agents: {interval: 10s, push_interval: 5s, facts_interval: 1h, silent_after: 20s}\n")
	w.start()
	forWorkstations, forServers := w.enrolToken("--class", "workstation"), w.enrolToken("--class", "server")
	all := make([]*agent, workstations+1)
	var wait sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i := range all {
		all[i] = newAgent(t)
		token := forWorkstations
		if i == 0 {
			token = forServers
		}
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			all[i].enroll(w.url(""), token)
			all[i].run()
		})
	}
	wait.Wait()
	// So many programs, each with its first inventory, keep a computer busy.
	const long = 3 * patience
	w.waitLongFor(long, `count(budi_agent_up == 1)`, func(v float64) bool { return v == workstations+1 })
	w.waitLongFor(long, `count(count by (device) (system_uptime_seconds{job="host"}))`, func(v float64) bool { return v >= workstations+1 })
	for _, a := range all {
		a.kill()
	}
	w.waitLongFor(long, `count(budi_agent_up == 0)`, func(v float64) bool { return v == workstations+1 })
	ctx := t.Context()
	if _, err := w.mail.Wait(ctx, 1); err != nil {
		t.Fatal(err)
	}
	fault := w.wantMails(1)[0]
	if !strings.Contains(fault.Subject(), "neatsiliepia") {
		t.Errorf("the mail's subject is %q", fault.Subject())
	}
	for _, a := range all {
		a.run()
	}
	w.waitLongFor(long, `count(budi_agent_up == 1)`, func(v float64) bool { return v == workstations+1 })
	if _, err := w.mail.Wait(ctx, 2); err != nil {
		t.Fatal(err)
	}
	recovery := w.wantMails(2)[1]
	if !strings.Contains(recovery.Subject(), "vėl atsiliepia") {
		t.Errorf("the recovery's subject is %q", recovery.Subject())
	}
}

// TestHostileRequestsAtTheAgentsDoor plays a stranger, and an agent that went
// bad.
func TestHostileRequestsAtTheAgentsDoor(t *testing.T) {
	t.Parallel()
	w := newTLSWorld(t, quick)
	w.start()
	push := strings.TrimSpace(w.mustCommand("token", "create", "--name", "prometheus", "--role", "push", "--site", "main"))
	client, err := w.client()
	if err != nil {
		t.Fatal(err)
	}
	send := func(path, token string, headers map[string]string, body io.Reader) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url(path), body)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		for k, v := range headers {
			req.Header.Set(k, v)
		}
		resp, err := client.Do(req)
		if err != nil {
			return 0, err.Error() // the door was shut in the middle
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		if err != nil {
			return 0, err.Error()
		}
		return resp.StatusCode, string(text)
	}
	protobuf := map[string]string{"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
	// A gigabyte, without saying so before.
	if code, text := send("/api/v1/write", push, protobuf, io.LimitReader(zeros{}, 1<<30)); code/100 == 2 {
		t.Errorf("a gigabyte was taken: %d %s", code, text)
	}
	// Snappy's first bytes promise 4 GiB.
	if code, text := send("/api/v1/write", push, protobuf, bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0})); code != http.StatusBadRequest && code != http.StatusRequestEntityTooLarge {
		t.Errorf("a bomb was answered %d %s", code, text)
	}
	for _, path := range []string{"/api/agent/v1/write", "/api/agent/v1/report"} {
		for name, token := range map[string]string{"nobody": "", "a token that pushes": push, "a made-up secret": "budi_agent_" + strings.Repeat("A", 43)} {
			headers := map[string]string{"Budi-Agent-Nonce": strings.Repeat("a", 32), "Budi-Agent-Sequence": "1", "Budi-Agent-Time": strconv.FormatInt(time.Now().UnixMilli(), 10)}
			if code, text := send(path, token, headers, strings.NewReader("{}")); code != http.StatusUnauthorized {
				t.Errorf("%s at %s: %d %s", name, path, code, text)
			}
		}
	}
	if code, text := send("/api/agent/v1/enrol", "", nil, io.LimitReader(zeros{}, 1<<26)); code/100 == 2 {
		t.Errorf("enrol took zeros: %d %s", code, text)
	}
	// It lives, and has not swallowed it.
	if rss, ok := w.number(`process_resident_memory_bytes{job="budi"}`); ok && rss > 400<<20 {
		t.Errorf("the collector takes %v bytes", rss)
	}
	w.mustCommand("status")
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
