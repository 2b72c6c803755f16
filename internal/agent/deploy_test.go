package agent_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/budi-monitor/budi/internal/agent"
)

// The file that the packages install says nothing; what it proposes must be
// right for whoever takes the # away.
func TestTheShippedFileIsRight(t *testing.T) {
	data, err := os.ReadFile("../../deploy/agent.yml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := agent.ParseConfig("agent.yml", data)
	if err != nil {
		t.Fatal(err)
	}
	if c.Proxy != "" || c.MetricsListen != "" || len(c.FactsOff) != 0 {
		t.Errorf("it says %+v, want nothing", c)
	}
	c, err = agent.ParseConfig("agent.yml", regexp.MustCompile(`(?m)^#([a-z_]+:)`).ReplaceAll(data, []byte("$1")))
	if err != nil {
		t.Fatal(err)
	}
	if c.Proxy == "" || c.MetricsListen == "" || len(c.FactsOff) != 2 {
		t.Errorf("without the #s it says %+v, want each field", c)
	}
}
