package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// Rules wait some minutes before they tell of a clone: whoever uses a stolen
// secret from another address each time must not begin anew, nor make an alert
// of each address.
func TestACloneThatMovesIsOneAlert(t *testing.T) {
	c, _ := openForDoors(t)
	ctx, agents := t.Context(), c.agents.enrolment
	token, _, err := agents.CreateToken(ctx, "test", enrolment.NewToken{Site: c.Config().Site.ID})
	if err != nil {
		t.Fatal(err)
	}
	secret, board := wire.AgentSecretPrefix+strings.Repeat("A", 43), wire.Machine{BoardSerial: "B-4711"}
	a, err := agents.Enrol(ctx, wire.EnrolRequest{Token: token.Reveal(), Secret: secret, Hostname: "pc", Machine: board}, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		for nonce, machine := range map[string]wire.Machine{"a": board, "b": {BoardSerial: "B-0815"}} {
			_, _ = agents.Admit(ctx, enrolment.Call{ // one of the two is refused
				Secret: secret, Nonce: nonce, Sequence: uint64(i), Machine: machine.Fingerprint(), Address: fmt.Sprintf("10.0.%d.%s", i, map[string]string{"a": "1", "b": "2"}[nonce]), Sent: time.Now(),
			})
		}
		if i > 1 && len(agents.Clones()) != 1 {
			t.Fatalf("round %d: no clone was found", i)
		}
		c.fleet.tell(ctx)
	}
	points, err := c.db.Query(ctx, fmt.Sprintf(`last_over_time(budi_agent_cloned{device=%q}[5m]) == 1`, a.Device), time.Now())
	if err != nil || len(points) != 1 {
		t.Errorf("%d alerts of one clone: %+v, %v", len(points), points, err)
	}
}

// A server that says that its model is a kilobyte long is a server all the same:
// that it falls silent is told.
func TestAModelOfAKilobyteHidesNoServer(t *testing.T) {
	c, _ := openForDoors(t)
	ctx := t.Context()
	d, err := c.agents.inventory.Place(ctx, inventory.NewComputer{Site: c.Config().Site.ID, Hostname: "server", Class: fleet.Server})
	if err != nil {
		t.Fatal(err)
	}
	sets := []look.FactSet{{Kind: "system", Items: []look.Item{{Fields: map[string]string{"make": strings.Repeat("m", 512), "model": strings.Repeat("ž", 256)}}}}}
	if err := c.agents.inventory.Take(ctx, d.ID, sets, inventory.About{}); err != nil {
		t.Fatal(err)
	}
	c.fleet.tell(ctx)
	points, err := c.db.Query(ctx, fmt.Sprintf(`budi_device_info{device=%q, class="server"}`, d.ID), time.Now())
	if err != nil || len(points) != 1 {
		t.Errorf("got %+v, %v", points, err)
	}
}
