package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/wire"
)

// shownChanges is how much of a device's history a command shows.
const shownChanges = 50

// CreateEnrolToken implements admin.Fleet.
func (o ops) CreateEnrolToken(ctx context.Context, n admin.NewEnrolToken) (admin.EnrolToken, error) {
	class := fleet.Class("")
	if n.Class != "" {
		var err error
		if class, err = fleet.ParseClass(n.Class); err != nil {
			return admin.EnrolToken{}, err
		}
	}
	secret, t, err := o.c.createEnrolToken(ctx, keeper().Actor(), enrolment.NewToken{Site: n.Site, TTL: n.TTL, Uses: n.Uses, Class: class})
	if err != nil {
		return admin.EnrolToken{}, err
	}
	out := enrolTokenOf(t)
	out.Secret, out.URL = secret, o.c.agentURL()
	return out, nil
}

// createEnrolToken makes a token for agents of a site, and says in it whom they
// are to trust.
func (c *Collector) createEnrolToken(ctx context.Context, by string, n enrolment.NewToken) (string, enrolment.Token, error) {
	n.Site = cmp.Or(n.Site, c.Config().Site.ID)
	if _, err := c.agents.inventory.Site(ctx, n.Site); err != nil {
		return "", enrolment.Token{}, err
	}
	plain, t, err := c.agents.enrolment.CreateToken(ctx, by, n)
	if err != nil {
		return "", enrolment.Token{}, err
	}
	c.auditFleet(ctx, by, "enroll-token.create", t.Name, fmt.Sprintf("site %s, %d uses until %s", t.Site, t.Uses, t.Expires.Format(time.RFC3339)))
	return wire.EnrolToken{Secret: plain.Reveal(), CA: c.server.pin()}.String(), t, nil
}

// revokeEnrolToken ends a token; agents that it let in stay.
func (c *Collector) revokeEnrolToken(ctx context.Context, by, name string) error {
	if err := c.agents.enrolment.RevokeToken(ctx, name); err != nil {
		return err
	}
	c.auditFleet(ctx, by, "enroll-token.revoke", name, "")
	return nil
}

// revokeAgent refuses an agent from now on.
func (c *Collector) revokeAgent(ctx context.Context, by, id string) error {
	if err := c.agents.enrolment.Revoke(ctx, by, id); err != nil {
		return err
	}
	c.auditFleet(ctx, by, "agent.revoke", id, "")
	return nil
}

// auditFleet records what was done; done is done although it could not be
// recorded.
func (c *Collector) auditFleet(ctx context.Context, by, action, object, detail string) {
	if err := c.access.Audit(context.WithoutCancel(ctx), access.Entry{Actor: by, Action: action, Object: object, Detail: detail}); err != nil {
		c.log.Error("record who changed what", "actor", by, "action", action, "err", err)
	}
}

func enrolTokenOf(t enrolment.Token) admin.EnrolToken {
	return admin.EnrolToken{Name: t.Name, Site: t.Site, Class: string(t.Class), Created: t.Created, Expires: t.Expires, Uses: t.Uses, Used: t.Used}
}

// EnrolTokens implements admin.Fleet.
func (o ops) EnrolTokens(ctx context.Context) ([]admin.EnrolToken, error) {
	tokens, err := o.c.agents.enrolment.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	out := []admin.EnrolToken{}
	for _, t := range tokens {
		if t.Revoked.IsZero() {
			out = append(out, enrolTokenOf(t))
		}
	}
	return out, nil
}

// RevokeEnrolToken implements admin.Fleet.
func (o ops) RevokeEnrolToken(ctx context.Context, name string) error {
	return o.c.revokeEnrolToken(ctx, keeper().Actor(), name)
}

// Agents implements admin.Fleet.
func (o ops) Agents(ctx context.Context) ([]admin.Agent, error) {
	agents, err := o.c.agents.enrolment.Agents(ctx)
	if err != nil {
		return nil, err
	}
	clones := o.c.clones()
	out := make([]admin.Agent, len(agents))
	for i, a := range agents {
		out[i] = agentOf(a, clones)
	}
	return out, nil
}

// clones are the addresses of computers that use an agent's identity too.
func (c *Collector) clones() map[string]string {
	out := map[string]string{}
	for _, cl := range c.agents.enrolment.Clones() {
		out[cl.Agent] = cl.OtherAddress
	}
	return out
}

func agentOf(a enrolment.Agent, clones map[string]string) admin.Agent {
	return admin.Agent{
		ID: a.ID, Device: a.Device, Site: a.Site, System: a.System, Version: a.Version, Hostname: a.Hostname, Address: a.Address,
		Enrolled: a.Enrolled, Seen: a.Seen, Clock: a.ClockOffset, Revoked: a.Revoked, Cloned: clones[a.ID],
	}
}

// Agent implements admin.Fleet.
func (o ops) Agent(ctx context.Context, id string) (admin.Agent, error) {
	a, err := o.c.agents.enrolment.Agent(ctx, id)
	if err != nil {
		return admin.Agent{}, err
	}
	return agentOf(a, o.c.clones()), nil
}

// RevokeAgent implements admin.Fleet.
func (o ops) RevokeAgent(ctx context.Context, id string) (admin.Agent, error) {
	if err := o.c.revokeAgent(ctx, keeper().Actor(), id); err != nil {
		return admin.Agent{}, err
	}
	return o.Agent(ctx, id)
}

// Devices implements admin.Fleet.
func (o ops) Devices(ctx context.Context, f admin.DeviceFilter) ([]admin.Device, error) {
	filter := inventory.Filter{Site: f.Site, Text: f.Text}
	if f.Class != "" {
		var err error
		if filter.Class, err = fleet.ParseClass(f.Class); err != nil {
			return nil, err
		}
	}
	devices, err := o.c.agents.inventory.Devices(ctx, filter)
	if err != nil {
		return nil, err
	}
	heard, same, err := o.c.heardAndSame(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]admin.Device, len(devices))
	for i, d := range devices {
		out[i] = deviceOf(d, heard, same)
	}
	return out, nil
}

// heardAndSame says when each device was heard last, and which others it may
// be.
func (c *Collector) heardAndSame(ctx context.Context) (map[string]time.Time, map[string][]string, error) {
	heard := c.agents.enrolment.Heard()
	if r, ok := c.looking.board.Get(targetHost); ok {
		heard[c.device] = r.Time
	}
	proposals, err := c.agents.inventory.Proposals(ctx)
	if err != nil {
		return nil, nil, err
	}
	same := map[string][]string{}
	for _, p := range proposals {
		same[p.New] = append(same[p.New], p.Old)
		same[p.Old] = append(same[p.Old], p.New)
	}
	return heard, same, nil
}

func deviceOf(d inventory.Device, heard map[string]time.Time, same map[string][]string) admin.Device {
	return admin.Device{
		ID: d.ID, Name: d.Name, Site: d.Site, Room: d.Room, Class: string(d.Class), Kind: d.Kind, Asset: d.Asset, Hostname: d.Hostname,
		Model: d.Model, Serial: d.Serial, OS: d.OS, Created: d.Created, FactsAt: d.FactsAt, Seen: heard[d.ID], SameAs: slices.Sorted(slices.Values(same[d.ID])),
	}
}

// Device implements admin.Fleet.
func (o ops) Device(ctx context.Context, id string) (admin.DeviceDetail, error) {
	d, err := o.c.agents.inventory.Device(ctx, id)
	if err != nil {
		return admin.DeviceDetail{}, err
	}
	heard, same, err := o.c.heardAndSame(ctx)
	if err != nil {
		return admin.DeviceDetail{}, err
	}
	out := admin.DeviceDetail{Device: deviceOf(d, heard, same)}
	if out.Facts, err = o.c.agents.inventory.Facts(ctx, id); err != nil {
		return admin.DeviceDetail{}, err
	}
	history, err := o.c.agents.inventory.History(ctx, id, shownChanges, 0)
	if err != nil {
		return admin.DeviceDetail{}, err
	}
	for _, h := range history {
		out.History = append(out.History, admin.Change{Time: h.Time, Kind: h.Kind, Item: h.Item, Field: h.Field, Old: h.Old, New: h.New, By: h.By})
	}
	return out, nil
}

// EditDevice implements admin.Fleet.
func (o ops) EditDevice(ctx context.Context, e admin.DeviceEdit) (admin.Device, error) {
	if err := o.c.agents.inventory.Edit(ctx, keeper().Actor(), e.ID, inventory.Edit{Name: e.Name, Room: e.Room, Class: e.Class, Asset: e.Asset}); err != nil {
		return admin.Device{}, err
	}
	d, err := o.Device(ctx, e.ID)
	return d.Device, err
}

// RemoveDevice implements admin.Fleet.
func (o ops) RemoveDevice(ctx context.Context, id string) error {
	return o.c.removeDevice(ctx, keeper().Actor(), id)
}

// MergeDevices implements admin.Fleet.
func (o ops) MergeDevices(ctx context.Context, p admin.Pair) (admin.Device, error) {
	if _, err := o.c.merge(ctx, keeper().Actor(), p.From, p.Into); err != nil {
		return admin.Device{}, err
	}
	d, err := o.Device(ctx, p.Into)
	return d.Device, err
}

// KeepApart implements admin.Fleet.
func (o ops) KeepApart(ctx context.Context, p admin.Pair) error {
	return o.c.agents.inventory.KeepApart(ctx, keeper().Actor(), p.From, p.Into)
}

// noFleet refuses what needs a running collector.
type noFleet struct{}

func (noFleet) CreateEnrolToken(context.Context, admin.NewEnrolToken) (admin.EnrolToken, error) {
	return admin.EnrolToken{}, admin.ErrNotRunning
}
func (noFleet) EnrolTokens(context.Context) ([]admin.EnrolToken, error) {
	return nil, admin.ErrNotRunning
}
func (noFleet) RevokeEnrolToken(context.Context, string) error { return admin.ErrNotRunning }
func (noFleet) Agents(context.Context) ([]admin.Agent, error)  { return nil, admin.ErrNotRunning }
func (noFleet) Agent(context.Context, string) (admin.Agent, error) {
	return admin.Agent{}, admin.ErrNotRunning
}
func (noFleet) RevokeAgent(context.Context, string) (admin.Agent, error) {
	return admin.Agent{}, admin.ErrNotRunning
}
func (noFleet) Devices(context.Context, admin.DeviceFilter) ([]admin.Device, error) {
	return nil, admin.ErrNotRunning
}
func (noFleet) Device(context.Context, string) (admin.DeviceDetail, error) {
	return admin.DeviceDetail{}, admin.ErrNotRunning
}
func (noFleet) EditDevice(context.Context, admin.DeviceEdit) (admin.Device, error) {
	return admin.Device{}, admin.ErrNotRunning
}
func (noFleet) RemoveDevice(context.Context, string) error { return admin.ErrNotRunning }
func (noFleet) MergeDevices(context.Context, admin.Pair) (admin.Device, error) {
	return admin.Device{}, admin.ErrNotRunning
}
func (noFleet) KeepApart(context.Context, admin.Pair) error { return admin.ErrNotRunning }
