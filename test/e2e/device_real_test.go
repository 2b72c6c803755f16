//go:build real

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
)

// These tests need Debian's snmpd and snmpsim, too: make test-real.

// daemon runs a program to the end of the test.
func daemon(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
}

// looked is what the tests read of a look's result.
type looked struct {
	Kind     string
	Outcome  string
	Problem  *struct{ Code string }
	Facts    []struct{ Name, Value string }
	Supplies []struct {
		Index   string
		Percent *float64
		State   string
	}
}

// lookOnce runs "budi-collector look". An outcome that is not ok is no error.
func lookOnce(t *testing.T, args ...string) looked {
	t.Helper()
	out, err := exec.Command(binary, append([]string{"look", "--timeout", "20s"}, args...)...).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 2) {
		t.Fatalf("look %v: %v", args, err)
	}
	var l looked
	if err := json.Unmarshal(out, &l); err != nil {
		t.Fatalf("look %v: %v\n%s", args, err, out)
	}
	return l
}

// lookUntil looks until somebody answers.
func lookUntil(t *testing.T, args ...string) looked {
	t.Helper()
	var l looked
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(100 * time.Millisecond) {
		if l = lookOnce(t, args...); l.Outcome != "unreachable" && l.Outcome != "failed" {
			return l
		}
	}
	t.Fatalf("look %v: %+v", args, l)
	return l
}

// A printer that we made up, replayed by Debian's snmpsim: what is known of its
// supplies is right, and what is not known is not guessed.
func TestRealLookAtAReplayedPrinter(t *testing.T) {
	const supplies = "1.3.6.1.2.1.43.11.1.1"
	r := snmpagent.NewRecording()
	r.Set("1.3.6.1.2.1.1.1.0", snmpagent.Text("Made-up Print Server"))
	r.Set("1.3.6.1.2.1.1.2.0", snmpagent.ObjectID("1.3.6.1.4.1.99999.1"))
	r.Set("1.3.6.1.2.1.1.3.0", snmpagent.TimeTicks(123456))
	r.Set("1.3.6.1.2.1.25.3.2.1.2.1", snmpagent.ObjectID("1.3.6.1.2.1.25.3.1.5"))
	r.Set("1.3.6.1.2.1.25.3.2.1.3.1", snmpagent.Text("Made-up LaserWriter 4"))
	r.Set("1.3.6.1.2.1.43.5.1.1.17.1", snmpagent.Text("MU0001"))
	for i, s := range []struct {
		name            string
		class, kind     int64
		capacity, level int64
	}{
		{"Black Toner", 3, 3, 4000, 1000}, {"Cyan Toner", 3, 3, 100, -3}, {"Magenta Toner", 3, 3, -2, -2}, {"Waste Toner", 4, 4, 100, 90},
	} {
		set := func(column int, v snmpagent.Value) { r.Set(fmt.Sprintf("%s.%d.1.%d", supplies, column, i+1), v) }
		set(2, snmpagent.Integer(1))
		set(3, snmpagent.Integer(0))
		set(4, snmpagent.Integer(s.class))
		set(5, snmpagent.Integer(s.kind))
		set(6, snmpagent.Text(s.name))
		set(7, snmpagent.Integer(7))
		set(8, snmpagent.Integer(s.capacity))
		set(9, snmpagent.Integer(s.level))
	}
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "made.snmprec"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	port := freeport.UDP(t)
	args := []string{"--data-dir=" + dir, fmt.Sprintf("--agent-udpv4-endpoint=127.0.0.1:%d", port), "--cache-dir=" + t.TempDir()}
	if os.Getuid() == 0 {
		args = append(args, "--process-user=root", "--process-group=root")
	}
	daemon(t, nil, "snmpsimd", args...)
	for _, version := range []string{"1", "2c"} {
		l := lookUntil(t, fmt.Sprintf("snmp://127.0.0.1:%d?community=made&version=%s", port, version))
		facts := map[string]string{}
		for _, fact := range l.Facts {
			facts[fact.Name] = fact.Value
		}
		if l.Outcome != "ok" || l.Kind != "printer" || facts["model"] != "Made-up LaserWriter 4" || facts["serial"] != "MU0001" {
			t.Errorf("version %s: %+v", version, l)
		}
		states := map[string]string{}
		for _, s := range l.Supplies {
			states[s.Index] = s.State
			if s.Percent != nil {
				states[s.Index] += fmt.Sprintf(" %.0f", *s.Percent)
			}
		}
		if got := fmt.Sprint(states); got != "map[1.1:known 25 1.2:some_remaining 1.3:unknown 1.4:known 90]" {
			t.Errorf("version %s: supplies %s", version, got)
		}
	}
}

// Debian's own agent, by version 3 and with the wrong words.
func TestRealLookByVersion3(t *testing.T) {
	port := freeport.UDP(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	config := file("snmpd.conf", fmt.Sprintf("agentAddress udp:127.0.0.1:%d\nsysName v3-only\ncreateUser budi SHA-256 \"authenticate me\" AES \"keep it private\"\nrouser budi priv\n", port))
	daemon(t, []string{"SNMP_PERSISTENT_DIR=" + t.TempDir(), "MIBS="}, "snmpd", "-f", "-Lo", "-C", "-c", config)
	to := fmt.Sprintf("snmp://127.0.0.1:%d", port)
	auth, priv, wrong := file("auth", "authenticate me\n"), file("priv", "keep it private\n"), file("wrong", "something else\n")
	user := func(name, auth, priv string) []string {
		return []string{to, "--snmp-user", name, "--snmp-auth", "SHA256", "--snmp-auth-file", auth, "--snmp-priv", "AES", "--snmp-priv-file", priv}
	}
	l := lookUntil(t, user("budi", auth, priv)...)
	if l.Outcome != "ok" {
		t.Errorf("%+v", l)
	}
	for name, args := range map[string][]string{
		"unknown user":              user("stranger", auth, priv),
		"wrong password":            user("budi", wrong, priv),
		"wrong password of privacy": user("budi", auth, wrong),
	} {
		if l := lookOnce(t, args...); l.Problem == nil || l.Problem.Code != "device_credentials" {
			t.Errorf("%s: %s, %+v", name, l.Outcome, l.Problem)
		}
	}
}
