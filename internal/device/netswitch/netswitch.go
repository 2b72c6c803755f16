// Package netswitch reads what switches, routers and access points know besides
// their interfaces (package ifmib): neighbours (LLDP, CDP, MikroTik's own), the
// stations behind each port (BRIDGE-MIB, Q-BRIDGE-MIB), power over Ethernet, the
// serial numbers of a stack, and how busy, full and hot they are, as their makers
// tell it. What each maker has is in tables (vendors.go): another one is a line.
package netswitch

import (
	"context"
	"errors"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/snmp"
)

// Bounds of what is kept of a device.
const (
	maxStations   = 4096
	maxNeighbours = 512
	maxSensors    = 150
	maxEntities   = 2000 // rows of ENTITY-MIB that are looked through for chassis
	maxChassis    = 16
	maxText       = 128 // bytes of a device's own words
)

// Driver reads what is particular to network devices. The zero value is ready.
type Driver struct{}

// Name is the family's.
func (Driver) Name() string { return "network" }

// Serves reports whether there is something to read: of a network device
// everything, of others what they say of their neighbours and ports.
func (Driver) Serves(id device.Identity) bool {
	return isNetwork(id) || id.Has[device.HasLLDP] || id.Has[device.HasPoE]
}

// isNetwork reports whether the device passes on what others send.
func isNetwork(id device.Identity) bool {
	return id.Is(look.Switch) || id.Is(look.Router) || id.Is(look.AccessPoint) || id.Has[device.HasBridge] && id.Kind() == look.Other
}

// Look reads. It needs the interfaces in the visit: package ifmib comes before.
func (Driver) Look(ctx context.Context, a device.Agent, id device.Identity, v *device.Visit) error {
	r := &reader{ctx: ctx, agent: a, id: id, v: v, names: map[int]string{}, known: map[string]bool{}}
	r.interfaces()
	r.power()
	if isNetwork(id) {
		r.sensors()
	}
	if v.Deep {
		r.chassis()
		r.neighbours()
		if isNetwork(id) {
			r.stations()
		}
	}
	return r.err()
}

// reader is one look. It goes on after an agent's error, unless the agent is gone
// or the time is up.
type reader struct {
	ctx   context.Context
	agent device.Agent
	id    device.Identity
	v     *device.Visit

	names  map[int]string // of interfaces, by ifIndex
	base   map[int]int    // ifIndex by bridge port; nil: not read yet
	own    map[string]bool
	known  map[string]bool // sensors, by class and name
	errors []error
	gone   bool
}

// note keeps an error and reports whether there was one.
func (r *reader) note(err error) bool {
	if err == nil {
		return false
	}
	if len(r.errors) < 5 {
		r.errors = append(r.errors, err)
	}
	if errors.Is(err, snmp.ErrNoAnswer) || r.ctx.Err() != nil {
		r.gone = true
	}
	return true
}

func (r *reader) err() error { return errors.Join(r.errors...) }

// table reads columns; what came before an error is used.
func (r *reader) table(entry string, columns ...int) []snmp.Row {
	if r.gone {
		return nil
	}
	rows, err := r.agent.Table(r.ctx, entry, columns...)
	r.note(err)
	return rows
}

// walk reads at most limit variables below an object. That there are more is no
// error here.
func (r *reader) walk(root string, limit int) []snmp.Variable {
	if r.gone {
		return nil
	}
	found, err := r.agent.Walk(r.ctx, root, limit)
	if len(found) < limit || !errors.Is(err, snmp.ErrTruncated) {
		r.note(err)
	}
	return found[:min(len(found), limit)]
}

// get asks for objects.
func (r *reader) get(oids ...string) snmp.Values {
	if r.gone || len(oids) == 0 {
		return nil
	}
	got, err := r.agent.Get(r.ctx, oids...)
	r.note(err)
	return got
}

// interfaces learns the names and addresses of the device's own interfaces.
func (r *reader) interfaces() {
	r.own = map[string]bool{}
	for _, mac := range r.id.MACs {
		r.own[mac] = true
	}
	for _, i := range r.v.Device.Interfaces {
		r.names[i.Index] = i.Name
		if i.MAC != "" {
			r.own[i.MAC] = true
		}
	}
}

// text is a device's word, bounded.
func text(v snmp.Value) string { return snmp.Clip(v.Text(), maxText) }
