package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/secret"
)

func writeConfig(t *testing.T, o agent.Options, text string) {
	t.Helper()
	if err := os.WriteFile(o.Config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnOrderKeepsItsSecrets(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "below", "Budi")
	at := filepath.Join(folder, "agent.db")
	order := agent.Order{URL: "https://collector.example:9480", Token: secret.New(token), Proxy: "http://proxy.example:3128", Secret: secret.New("budi_agent_x: y # z"), Replace: true}
	if err := agent.WriteOrder(at, order); err != nil {
		t.Fatal(err)
	}
	got, waits, err := agent.ReadOrder(at)
	if err != nil || !waits || got.URL != order.URL || got.Proxy != order.Proxy || !got.Replace ||
		got.Token.Reveal() != order.Token.Reveal() || got.Secret.Reveal() != order.Secret.Reveal() {
		t.Errorf("got %+v, %v, %v", got, waits, err)
	}
	for name, mode := range map[string]os.FileMode{folder: 0o700, agent.OrderFile(at): 0o600} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	for range 2 {
		if err := agent.RemoveOrder(at); err != nil {
			t.Error(err)
		}
	}
	if _, waits, err := agent.ReadOrder(at); waits || err != nil {
		t.Errorf("the order is still there: %v", err)
	}
}

func TestAnOrderThatCannotBeCarriedOutIsRefused(t *testing.T) {
	at := filepath.Join(t.TempDir(), "agent.db")
	for name, text := range map[string]string{
		"no token":             "url: https://collector.example\n",
		"a token cut short":    "url: https://collector.example\ntoken: budi_enrol_AAAA\n",
		"an unknown field":     "url: https://collector.example\ntoken: " + token + "\nrun: format\n",
		"http to somebody":     "url: http://collector.example\ntoken: " + token + "\n",
		"a proxy without host": "url: https://collector.example\nproxy: 3128\ntoken: " + token + "\n",
		"no YAML":              "\x00\x01",
	} {
		if err := os.WriteFile(agent.OrderFile(at), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, waits, err := agent.ReadOrder(at)
		if err == nil || !waits {
			t.Errorf("%s: %v, %v", name, waits, err)
		} else if strings.Contains(err.Error(), token) {
			t.Errorf("%s: the error repeats the token: %v", name, err)
		}
	}
}

func TestPurgeLeavesNothingOfOurs(t *testing.T) {
	root := t.TempDir()
	p := agent.Places{Config: filepath.Join(root, "etc", "budi", "agent.yml"), State: filepath.Join(root, "lib", "agent.db")}
	if err := agent.Purge(p); err != nil {
		t.Errorf("nothing there: %v", err)
	}
	for _, name := range []string{
		p.Config, p.State, p.State + ".identity", p.State + ".damaged-20261124", p.State + ".lock",
		agent.StatusFile(p.State), agent.LogFile(p.State), agent.LogFile(p.State) + ".1", agent.OrderFile(p.State),
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	other := filepath.Join(filepath.Dir(p.Config), "collector.yml")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := agent.Purge(p); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(root); err != nil || len(left) != 1 || left[0].Name() != "etc" {
		t.Errorf("left %v, %v", left, err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("the collector's configuration went: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(p.Config)); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}
