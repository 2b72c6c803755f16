package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/agent"
)

func TestTheConfigurationMayBeAbsentOrEmpty(t *testing.T) {
	name := filepath.Join(t.TempDir(), "agent.yml")
	if _, err := agent.LoadConfig(name); err != nil {
		t.Errorf("absent: %v", err)
	}
	for _, text := range []string{"", "# nothing yet\n", "\n\n"} {
		if _, err := agent.ParseConfig(name, []byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := os.Mkdir(name, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := agent.LoadConfig(name); err == nil {
		t.Error("a folder in the place of the file is no configuration")
	}
}

func TestTheConfigurationIsRead(t *testing.T) {
	c, err := agent.ParseConfig("agent.yml", []byte(`url: https://collector.example:9480
proxy: http://proxy.example:3128
profile: full
facts_off: [software, monitor]
metrics_listen: "[::1]:9481"
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.URL != "https://collector.example:9480" || c.Proxy != "http://proxy.example:3128" || c.Profile != "full" ||
		strings.Join(c.FactsOff, " ") != "software monitor" || c.MetricsListen != "[::1]:9481" {
		t.Errorf("got %+v", c)
	}
}

func TestEveryMistakeOfTheConfigurationIsTold(t *testing.T) {
	const file = `url: http://collector.example
proxy: proxy.example:3128
profile: all
facts_off: [software, passwords]
metrics_listen: 0.0.0.0:9481
interval: 10s
`
	_, err := agent.ParseConfig("agent.yml", []byte(file))
	if err == nil {
		t.Fatal("no problem was told")
	}
	for _, want := range []string{
		"agent.yml:1: url", "https://",
		"agent.yml:2: proxy",
		"agent.yml:3: profile", "basic or full",
		"agent.yml:4: facts_off[1]", "passwords", "antivirus",
		"agent.yml:5: metrics_listen", "127.0.0.1",
		"agent.yml:6: interval",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told:\n%v", want, err)
		}
	}
}

func TestAddressesOfACollector(t *testing.T) {
	for url, right := range map[string]bool{
		"https://collector.example":           true,
		"https://10.0.0.5:9480":               true,
		"https://[2001:db8::5]:9480/behind":   true,
		"http://127.0.0.1:9480":               true,
		"http://[::1]:9480":                   true,
		"http://localhost:9480":               true,
		"http://collector.example:9480":       false,
		"http://127.0.0.1.evil.example":       false,
		"https://name:password@host.example":  false,
		"https://collector.example/?token=xx": false,
		"collector.example:9480":              false,
		"ftp://collector.example":             false,
		"https://":                            false,
		"":                                    false,
	} {
		if err := agent.CheckURL(url); (err == nil) != right {
			t.Errorf("%q: %v", url, err)
		}
	}
}
