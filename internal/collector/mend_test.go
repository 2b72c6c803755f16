package collector

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/wire"
)

// TestAMergeThatWasCutShortIsEndedAtTheNextStart: the process ended after the
// inventory was merged, before the agent was bound anew.
func TestAMergeThatWasCutShortIsEndedAtTheNextStart(t *testing.T) {
	t.Parallel()
	o := Options{DataDir: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)}
	open := func() *Collector {
		c, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open()
	token, _, err := c.agents.enrolment.CreateToken(t.Context(), "test", enrolment.NewToken{Site: "main", Uses: 2})
	if err != nil {
		t.Fatal(err)
	}
	var agents []enrolment.Agent
	for _, letter := range []string{"A", "Q"} { // the same computer, before and after its disk was wiped
		a, err := c.agents.enrolment.Enrol(t.Context(), wire.EnrolRequest{
			Token: token.Reveal(), Secret: wire.AgentSecretPrefix + strings.Repeat(letter, 42) + "A", Hostname: "pc", Machine: wire.Machine{BoardSerial: "B-4711"},
		}, "10.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		agents = append(agents, a)
	}
	if err := c.agents.inventory.Merge(t.Context(), "test", agents[1].Device, agents[0].Device); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	c = open()
	defer func() { _ = c.close() }()
	before, err := c.agents.enrolment.Agent(t.Context(), agents[0].ID)
	if err != nil || before.Revoked.IsZero() {
		t.Errorf("the agent of the disk that was wiped is %+v, %v", before, err)
	}
	anew, err := c.agents.enrolment.Agent(t.Context(), agents[1].ID)
	if err != nil || anew.Device != agents[0].Device || !anew.Revoked.IsZero() {
		t.Errorf("the agent that lives is %+v, %v", anew, err)
	}
	if devices := c.agents.inventory.Info(); len(devices) != 2 { // this computer and that one
		t.Errorf("there are %d devices", len(devices))
	}
}
