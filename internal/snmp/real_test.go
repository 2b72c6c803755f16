//go:build real

package snmp_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/device/drivertest"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/snmpagent"
	"github.com/budi-monitor/budi/internal/snmp"
)

// These tests need Debian's snmpd and snmpsim: make test-real.

// daemon runs a program until stop is called, at the latest to the end of the
// test.
func daemon(t *testing.T, env []string, name string, args ...string) (stop func()) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = append(os.Environ(), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said: %.3000s", name, out.String())
		}
	}
	t.Cleanup(stop)
	return stop
}

// answers waits until a target answers.
func answers(t *testing.T, to snmp.Target) {
	t.Helper()
	to.Timeout, to.Retries = 200*time.Millisecond, -1
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if _, err = dial(t, to).Get(t.Context(), sysDescr); err == nil {
			return
		}
	}
	t.Fatalf("it does not answer: %v", err)
}

const (
	authPassword = "authenticate me"
	privPassword = "keep it private"
)

// user is one of version 3 as both sides know it.
type user struct {
	snmp.Credentials
	config string
}

// users are all ways of authentication and privacy.
func users() []user {
	named := func(s string) string { // as snmpd writes it
		for _, p := range []string{"SHA", "AES"} {
			if rest, ok := strings.CutPrefix(s, p); ok && rest != "" {
				return strings.TrimSuffix(p+"-"+strings.Replace(rest, "C", "-C", 1), "-")
			}
		}
		return s
	}
	list := []user{{snmp.Credentials{Version: snmp.V3, User: "nobody"}, "createUser nobody\nrouser nobody noauth\n"}}
	for _, auth := range []string{"MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"} {
		for _, priv := range []string{"", "DES", "AES", "AES192", "AES256", "AES192C", "AES256C"} {
			u := user{Credentials: snmp.Credentials{Version: snmp.V3, User: auth + "with" + priv, Auth: auth, AuthKey: secret.New(authPassword)}}
			level, private := "auth", ""
			if priv != "" {
				u.Priv, u.PrivKey = priv, secret.New(privPassword)
				level, private = "priv", fmt.Sprintf(" %s %q", named(priv), privPassword)
			}
			u.config = fmt.Sprintf("createUser %s %s %q%s\nrouser %s %s\n", u.User, named(auth), authPassword, private, u.User, level)
			list = append(list, u)
		}
	}
	return list
}

// realAgent starts Debian's snmpd with these users.
func realAgent(t *testing.T, users []user) (to snmp.Target, restart func()) {
	t.Helper()
	dir, state := t.TempDir(), t.TempDir()
	port := uint16(freeport.UDP(t))
	config := fmt.Sprintf("agentAddress udp:127.0.0.1:%d\nrocommunity public 127.0.0.1\nsysName real\nsysDescr Debian's agent\n", port)
	for _, u := range users {
		config += u.config
	}
	file := filepath.Join(dir, "snmpd.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	to = snmp.Target{Host: "127.0.0.1", Port: port, Credentials: snmp.Credentials{Community: secret.New("public")}, Timeout: 2 * time.Second}
	start := func() (stop func()) {
		stop = daemon(t, []string{"SNMP_PERSISTENT_DIR=" + state, "MIBS="}, "snmpd", "-f", "-Lo", "-C", "-c", file)
		answers(t, to)
		return stop
	}
	stop := start()
	return to, func() {
		stop()
		stop = start()
	}
}

// Whatever Debian's agent knows of authentication and privacy, the client does.
func TestRealAgentInEveryVersion(t *testing.T) {
	all := users()
	to, _ := realAgent(t, all)
	ways := []snmp.Credentials{{Version: snmp.V1}, {Version: snmp.V2c}}
	for _, u := range all {
		ways = append(ways, u.Credentials)
	}
	whole := -1
	for _, way := range ways {
		to.Credentials = way
		t.Run(string(way.Version)+" "+way.User, func(t *testing.T) {
			c := dial(t, to)
			got, err := c.Get(t.Context(), sysDescr, sysName, "1.3.6.1.2.1.1.99.0")
			if err != nil || len(got) != 2 || got[sysName].Text() != "real" {
				t.Fatalf("Get: %v, %v", got, err)
			}
			system, err := c.Walk(t.Context(), "1.3.6.1.2.1.1", 0)
			if whole < 0 {
				whole = len(system)
			}
			if err != nil || len(system) < 20 || len(system) != whole {
				t.Errorf("Walk: %d variables, %v; version 1 had %d", len(system), err, whole)
			}
			rows, err := c.Table(t.Context(), ifEntry, 1, 2, 3, 6, 7, 8, 10, 16)
			if err != nil || len(rows) == 0 || rows[0].Text(2) == "" {
				t.Errorf("Table: %v, %v", rows, err)
			}
		})
	}
}

func TestRealAgentAndWrongCredentials(t *testing.T) {
	all := users()
	to, _ := realAgent(t, all)
	to.Timeout = 600 * time.Millisecond
	wrong := secret.New("something else")
	for _, u := range all {
		if u.Auth == "" {
			continue
		}
		cases := map[string]snmp.Credentials{"unknown user": u.Credentials, "wrong password": u.Credentials, "no authentication": u.Credentials, "another way": u.Credentials}
		change := func(name string, f func(*snmp.Credentials)) {
			c := u.Credentials
			f(&c)
			cases[name] = c
		}
		change("unknown user", func(c *snmp.Credentials) { c.User = "stranger" })
		change("wrong password", func(c *snmp.Credentials) { c.AuthKey = wrong })
		change("no authentication", func(c *snmp.Credentials) { c.Auth, c.Priv = "", "" })
		change("another way", func(c *snmp.Credentials) {
			if c.Auth = "SHA256"; u.Auth == "SHA256" {
				c.Auth = "SHA"
			}
		})
		if u.Priv != "" {
			change("wrong privacy password", func(c *snmp.Credentials) { c.PrivKey = wrong })
			change("no privacy", func(c *snmp.Credentials) { c.Priv = "" })
		}
		for name, way := range cases {
			to.Credentials = way
			if got, err := dial(t, to).Get(t.Context(), sysDescr); !errors.Is(err, snmp.ErrCredentials) {
				t.Errorf("%s, %s: %v, %v", u.User, name, got, err)
			}
		}
	}
	to.Credentials = snmp.Credentials{Community: wrong}
	to.Timeout = 100 * time.Millisecond
	if _, err := dial(t, to).Get(t.Context(), sysDescr); !errors.Is(err, snmp.ErrNoAnswer) {
		t.Errorf("a wrong community: %v", err)
	}
}

// An agent that starts again counts its time from zero and its starts one up:
// the client goes along.
func TestRealAgentStartsAgain(t *testing.T) {
	all := users()
	to, restart := realAgent(t, all)
	var clients []*snmp.Client
	for _, u := range all {
		to.Credentials = u.Credentials
		c := dial(t, to)
		if _, err := c.Get(t.Context(), sysDescr); err != nil {
			t.Fatal(err)
		}
		clients = append(clients, c)
	}
	restart()
	for i, c := range clients {
		if got, err := c.Get(t.Context(), sysDescr, sysName); err != nil || len(got) != 2 {
			t.Errorf("%s: %v, %v", all[i].User, got, err)
		}
	}
}

func TestRealAgentWithoutTheContext(t *testing.T) {
	all := users()
	to, _ := realAgent(t, all)
	to.Timeout = time.Second
	for _, u := range []user{all[0], all[1], all[len(all)-1]} {
		to.Credentials = u.Credentials
		to.Context = "vlan-12"
		if got, err := dial(t, to).Get(t.Context(), sysDescr); !errors.Is(err, snmp.ErrNotSupported) {
			t.Errorf("%s: %v, %v", u.User, got, err)
		}
	}
}

// realReplay starts Debian's snmpsim on a folder of recordings. Their names are
// the communities.
func realReplay(t *testing.T, dir string) snmp.Target {
	t.Helper()
	port := uint16(freeport.UDP(t))
	args := []string{"--data-dir=" + dir, fmt.Sprintf("--agent-udpv4-endpoint=127.0.0.1:%d", port), "--cache-dir=" + t.TempDir()}
	if os.Getuid() == 0 {
		args = append(args, "--process-user=root", "--process-group=root")
	}
	daemon(t, nil, "snmpsimd", args...)
	return snmp.Target{Host: "127.0.0.1", Port: port}
}

// What our simulated agent replays, Debian's replays alike: neither reads
// recordings in a way of its own.
func TestRealReplay(t *testing.T) {
	dir := t.TempDir()
	made := device()
	f, err := os.Create(filepath.Join(dir, "made.snmprec"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(made.Write(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	alike(t, dir, map[string]*snmpagent.Recording{"made": made})
}

// The same with recordings of real devices.
func TestRealReplayOfDevices(t *testing.T) {
	dir := t.TempDir()
	recordings := map[string]*snmpagent.Recording{}
	for _, name := range drivertest.Recordings(t) {
		r := drivertest.Recording(t, name)
		// snmpsim stumbles over lines that make no sense: it gets what we read.
		f, err := os.Create(filepath.Join(dir, name+".snmprec"))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Write(f), f.Close()); err != nil {
			t.Fatal(err)
		}
		recordings[name] = r
	}
	alike(t, dir, recordings)
}

// alike compares what our simulated agent replays with what Debian's does.
func alike(t *testing.T, dir string, recordings map[string]*snmpagent.Recording) {
	names := slices.Sorted(maps.Keys(recordings))
	theirs := realReplay(t, dir)
	theirs.Community = secret.New(names[0])
	answers(t, theirs)
	for _, name := range names {
		theirs.Community = secret.New(name)
		a, err := snmpagent.Start(snmpagent.Options{Recording: recordings[name]})
		if err != nil {
			t.Fatal(err)
		}
		ours := target(a, snmp.V2c)
		ours.Timeout = 0
		for _, root := range []string{"1.3.6.1", "1.0.8802"} {
			want, err := dial(t, theirs).Walk(t.Context(), root, 0)
			got, ourErr := dial(t, ours).Walk(t.Context(), root, 0)
			if err != nil || ourErr != nil {
				t.Errorf("%s: snmpsim: %v; ours: %v", name, err, ourErr)
			}
			if len(got) != len(want) {
				t.Errorf("%s, %s: %d variables, snmpsim has %d", name, root, len(got), len(want))
			}
			differ := 0
			for i := range min(len(got), len(want)) {
				if g, w := fmt.Sprint(got[i]), fmt.Sprint(want[i]); g != w {
					if differ++; differ < 3 {
						t.Errorf("%s: %s, snmpsim has %s", name, g, w)
					}
				}
			}
		}
		a.Close()
	}
}
