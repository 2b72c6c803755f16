// Package serverboard reads the boards in servers that answer for the hardware:
// Dell's iDRAC, HPE's iLO, and as far as what their objects say is public
// Lenovo's XCC with IBM's IMM, Fujitsu's iRMC and Cisco's CIMC. It reads health,
// disks and arrays, temperatures, fans and power supplies.
package serverboard

import (
	"context"
	"fmt"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/gather"
	"github.com/budi-monitor/budi/internal/look"
)

// Driver reads server boards. The zero Driver is ready.
type Driver struct{}

// Name is "serverboard".
func (Driver) Name() string { return "serverboard" }

// Serves reports whether the device is a server board.
func (Driver) Serves(id device.Identity) bool { return id.Is(look.ServerBoard) }

// Look reads.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	g := gather.New(a, v)
	switch strings.ToLower(id.Vendor) {
	case "dell":
		idrac(ctx, g)
	case "hpe", "hp", "compaq":
		ilo(ctx, g)
	case "lenovo":
		xcc(ctx, g, v, "1.3.6.1.4.1.19046.11.1.1.")
	case "ibm":
		xcc(ctx, g, v, "1.3.6.1.4.1.2.3.51.3.1.")
	case "fujitsu":
		irmc(ctx, g)
	case "cisco":
		cimc(ctx, g, v)
	}
	if g.Err() != nil {
		return fmt.Errorf("read the server's board: %w", g.Err())
	}
	return nil
}
