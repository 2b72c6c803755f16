package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/secret"
)

// What counts on the pages as overdue; the rules say the same.
const (
	updateOverdue  = 60 * 24 * time.Hour
	restartPending = 14 * 24 * time.Hour
)

// fleetView gathers what the pages about devices and agents show.
type fleetView struct{ c *Collector }

var _ web.DevicesView = fleetView{}

// picture is everything that rows are made of, read once for a page.
type picture struct {
	sites    map[string]web.Site
	rooms    map[string]string // names by ID
	speakers map[string]enrolment.Agent
	clones   map[string]enrolment.Clone // by device
	polled   map[string]settings.Device // how devices are looked at, by their rows in the inventory
	now      time.Time
}

func (v fleetView) picture(ctx context.Context) (picture, error) {
	p := picture{sites: map[string]web.Site{}, rooms: map[string]string{}, clones: map[string]enrolment.Clone{}, now: v.c.now()}
	sites, err := v.c.agents.inventory.Sites(ctx)
	if err != nil {
		return p, err
	}
	for _, s := range sites {
		if seesSite(ctx, s.ID) {
			p.sites[s.ID] = web.Site{ID: s.ID, Name: s.Name}
		}
	}
	rooms, err := v.c.agents.inventory.Rooms(ctx, "")
	if err != nil {
		return p, err
	}
	for _, r := range rooms {
		p.rooms[r.ID] = r.Name
	}
	agents, err := v.c.agents.enrolment.Agents(ctx)
	if err != nil {
		return p, err
	}
	p.speakers = speakers(agents)
	for _, cl := range v.c.agents.enrolment.Clones() {
		p.clones[cl.Device] = cl
	}
	config := v.c.Config()
	p.polled = make(map[string]settings.Device, len(config.Devices))
	for i := range config.Devices {
		d := &config.Devices[i]
		row, ok := v.c.agents.inventory.Resolve(d.ID)
		// Of several that were merged into one row the one with its ID counts.
		if _, taken := p.polled[row.ID]; ok && (!taken || row.ID == d.ID) {
			p.polled[row.ID] = *d
		}
	}
	return p, nil
}

// seesSite reports whether whoever asks may see a site.
func seesSite(ctx context.Context, site string) bool {
	id, ok := access.FromContext(ctx)
	return ok && id.Sees(site)
}

func (p picture) siteList() []web.Site {
	var out []web.Site
	for _, s := range p.sites {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b web.Site) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// row is a device in short.
func (v fleetView) row(p picture, d inventory.Device) web.DeviceRow {
	row := web.DeviceRow{
		ID: d.ID, Name: d.Name, Site: cmp.Or(p.sites[d.Site], web.Site{ID: d.Site, Name: d.Site}), Room: p.rooms[d.Room], Class: d.Class,
		Model: d.Model, OS: d.OS, Serial: d.Serial, Asset: d.Asset, Hostname: d.Hostname, RoomID: d.Room, Seat: d.Seat, Own: d.ID == v.c.device,
	}
	agent, spoken := p.speakers[d.ID]
	row.System = agent.System
	way, polled := p.polled[d.ID]
	if d.Polled {
		row.Kind = look.Kind(d.Kind)
	}
	switch {
	case d.ID == v.c.device:
		if r, ok := v.c.looking.board.Get(targetHost); ok {
			row.LastHeard = r.Time
			row.Conditions = append(row.Conditions, web.Heard)
		} else {
			row.Conditions = append(row.Conditions, web.Never)
		}
	case polled && d.Polled:
		var state web.Condition
		state, row.LastHeard = v.polledState(way, d.Class)
		row.Conditions = append(row.Conditions, state)
	case !spoken || agent.Seen.IsZero():
		row.Conditions = append(row.Conditions, web.Never)
	default:
		row.LastHeard = agent.Seen
		row.Conditions = append(row.Conditions, v.heard(d, agent, p.now))
	}
	row.Conditions = append(row.Conditions, posture(v.c.fleet.state(d.ID))...)
	if _, ok := p.clones[d.ID]; ok {
		row.Conditions = append(row.Conditions, web.Cloned)
	}
	if spoken && agent.ClockOffset.Abs() >= web.ClockNotice {
		row.Conditions = append(row.Conditions, web.ClockWrong)
	}
	return row
}

func (v fleetView) heard(d inventory.Device, a enrolment.Agent, now time.Time) web.Condition {
	switch {
	case !v.c.silent(a, now):
		return web.Heard
	case d.Class == fleet.Workstation:
		return web.Off
	default:
		return web.Silent
	}
}

// posture says what is wrong with a computer by its newest samples.
func posture(state map[string]float64) []web.Condition {
	var out []web.Condition
	is := func(name string, want float64) bool { v, ok := state[name]; return ok && v == want }
	if is(metric.HostDiskHealthy, 0) {
		out = append(out, web.DiskFailing)
	}
	switch {
	case is(metric.HostAntivirusEnabled, 0):
		out = append(out, web.AntivirusOff)
	case is(metric.HostAntivirusUpToDate, 0):
		out = append(out, web.AntivirusOld)
	}
	if is(metric.HostFirewallEnabled, 0) {
		out = append(out, web.FirewallOff)
	}
	if state[metric.HostUpdateAge] > updateOverdue.Seconds() {
		out = append(out, web.UpdateOverdue)
	}
	if state[metric.HostRestartPending] > restartPending.Seconds() {
		out = append(out, web.RestartPending)
	}
	return out
}

func holds(row web.DeviceRow, words []string) bool {
	text := strings.ToLower(strings.Join([]string{row.ID, row.Name, row.Room, row.Model, row.OS, row.Serial, row.Asset, row.Hostname}, "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

func (v fleetView) proposals(ctx context.Context, p picture) ([]web.Proposal, error) {
	all, err := v.c.agents.inventory.Proposals(ctx)
	if err != nil {
		return nil, err
	}
	var out []web.Proposal
	for _, prop := range slices.Backward(all) {
		made, err := v.c.agents.inventory.Device(ctx, prop.New)
		known, otherErr := v.c.agents.inventory.Device(ctx, prop.Old)
		if err != nil || otherErr != nil || !seesSite(ctx, made.Site) || !seesSite(ctx, known.Site) {
			continue
		}
		out = append(out, web.Proposal{New: v.row(p, made), Old: v.row(p, known), Reasons: prop.Reasons, Made: prop.Made})
	}
	return out, nil
}

// Device implements web.DevicesView.
func (v fleetView) Device(ctx context.Context, id string, r web.Range) (web.DevicePage, error) {
	p, err := v.picture(ctx)
	if err != nil {
		return web.DevicePage{}, err
	}
	d, err := v.device(ctx, id)
	if errors.Is(err, web.ErrNotFound) {
		return v.removedPage(ctx, p, id, r)
	}
	if err != nil {
		return web.DevicePage{}, err
	}
	page := web.DevicePage{Device: v.row(p, d), Created: d.Created, FactsAt: d.FactsAt, Parents: d.Parents, Power: d.Power, To: p.now, From: p.now.Add(-r.Length())}
	if a, ok := p.speakers[id]; ok {
		shown := v.agent(p, a)
		page.Agent = &shown
		if s, ok := v.c.agents.spool(a.ID); ok {
			page.Spool = web.Spool{Samples: s.Samples, Oldest: s.Oldest, Dropped: s.Dropped, Notice: s.Notice}
		}
	}
	if page.Facts, err = v.c.agents.inventory.Facts(ctx, id); err != nil {
		return web.DevicePage{}, err
	}
	if page.Changes, err = v.changes(ctx, id); err != nil {
		return web.DevicePage{}, err
	}
	if page.Incidents, err = v.incidents(id); err != nil {
		return web.DevicePage{}, err
	}
	rooms, err := v.c.agents.inventory.Rooms(ctx, d.Site)
	if err != nil {
		return web.DevicePage{}, err
	}
	for _, room := range rooms {
		page.Rooms = append(page.Rooms, room.Name)
	}
	page.Look = v.deviceLook(ctx, p, d)
	page.Hanging = v.c.hangingOf(ctx, topology.ID(id))
	page.Step = chartStep(r)
	page.Charts = v.charts(ctx, d, page.From, page.To, page.Step)
	return page, nil
}

// device returns a device that whoever asks may see.
func (v fleetView) device(ctx context.Context, id string) (inventory.Device, error) {
	d, err := v.c.agents.inventory.Device(ctx, id)
	if errors.Is(err, inventory.ErrNotFound) || err == nil && !seesSite(ctx, d.Site) {
		return inventory.Device{}, fmt.Errorf("device %s: %w", id, web.ErrNotFound)
	}
	return d, err
}

// shownHistory is how much of a device's history its page shows.
const shownHistory = 100

func (v fleetView) changes(ctx context.Context, id string) ([]web.Change, error) {
	history, err := v.c.agents.inventory.History(ctx, id, shownHistory, 0)
	if err != nil {
		return nil, err
	}
	var out []web.Change
	for _, h := range history {
		out = append(out, web.Change{Time: h.Time, Kind: h.Kind, Item: h.Item, Field: h.Field, Old: h.Old, New: h.New, By: h.By})
	}
	return out, nil
}

// searchedJournal is how many closed incidents are looked through for those of
// one device.
const searchedJournal = 1000

func (v fleetView) incidents(device string) ([]incident.Incident, error) {
	of := func(all []incident.Incident) []incident.Incident {
		return slices.DeleteFunc(all, func(i incident.Incident) bool { return i.Labels["device"] != device })
	}
	closed, err := v.c.store.Journal(0, searchedJournal)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return append(of(v.c.alerting.open()), of(closed)...), nil
}

// Agents implements web.DevicesView.
func (v fleetView) Agents(ctx context.Context) (web.AgentsPage, error) {
	p, err := v.picture(ctx)
	if err != nil {
		return web.AgentsPage{}, err
	}
	page := web.AgentsPage{Sites: p.siteList()}
	agents, err := v.c.agents.enrolment.Agents(ctx)
	if err != nil {
		return web.AgentsPage{}, err
	}
	for _, a := range agents {
		if _, seen := p.sites[a.Site]; seen {
			page.Agents = append(page.Agents, v.agent(p, a))
		}
	}
	tokens, err := v.c.agents.enrolment.Tokens(ctx)
	if err != nil {
		return web.AgentsPage{}, err
	}
	for _, t := range tokens {
		if _, seen := p.sites[t.Site]; seen {
			page.Tokens = append(page.Tokens, v.token(p, t))
		}
	}
	slices.SortFunc(page.Tokens, func(a, b web.TokenEntry) int { return b.Created.Compare(a.Created) })
	return page, nil
}

func (v fleetView) token(p picture, t enrolment.Token) web.TokenEntry {
	return web.TokenEntry{
		ID: t.Name, Site: cmp.Or(p.sites[t.Site], web.Site{ID: t.Site, Name: t.Site}), Class: t.Class, By: t.By, Created: t.Created, Expires: t.Expires,
		Left: t.Uses - t.Used, Uses: t.Uses, Revoked: t.Revoked,
	}
}

func (v fleetView) agent(p picture, a enrolment.Agent) web.Agent {
	out := web.Agent{
		ID: a.ID, Device: a.Device, DeviceName: a.Device, Site: cmp.Or(p.sites[a.Site], web.Site{ID: a.Site, Name: a.Site}), Hostname: a.Hostname,
		System: a.System, Version: a.Version, Address: a.Address, Token: a.Token, Enrolled: a.Enrolled, LastHeard: a.Seen, Revoked: a.Revoked,
		Silent: v.c.silent(a, p.now), ClockOffset: a.ClockOffset,
	}
	if d, ok := v.c.agents.inventory.Resolve(a.Device); ok {
		out.DeviceName = d.Name
	}
	if cl, ok := p.clones[a.Device]; ok && cl.Agent == a.ID {
		out.Clone = &web.Clone{Address: cl.Address, Other: cl.OtherAddress, Since: cl.Since}
	}
	return out
}

// fleetActions is what people may do on the pages about devices and agents.
type fleetActions struct{ c *Collector }

var _ web.DevicesActions = fleetActions{}

// MergeDevices implements web.DevicesActions.
func (a fleetActions) MergeDevices(ctx context.Context, by, from, into string) error {
	if err := a.bothSeen(ctx, from, into); err != nil {
		return err
	}
	_, err := a.c.merge(ctx, by, from, into)
	return told(err)
}

// KeepApart implements web.DevicesActions.
func (a fleetActions) KeepApart(ctx context.Context, by, x, y string) error {
	if err := a.bothSeen(ctx, x, y); err != nil {
		return err
	}
	return told(a.c.agents.inventory.KeepApart(ctx, by, x, y))
}

func (a fleetActions) bothSeen(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		if _, err := fleetView(a).device(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// RevokeAgent implements web.DevicesActions.
func (a fleetActions) RevokeAgent(ctx context.Context, by, id string) error {
	agent, err := a.c.agents.enrolment.Agent(ctx, id)
	if err == nil && !seesSite(ctx, agent.Site) {
		return fmt.Errorf("agent %s: %w", id, web.ErrNotFound)
	}
	if err == nil {
		err = a.c.revokeAgent(ctx, by, id)
	}
	return told(err)
}

// CreateEnrolToken implements web.DevicesActions.
func (a fleetActions) CreateEnrolToken(ctx context.Context, by string, n web.NewEnrolToken) (web.EnrolToken, error) {
	if !seesSite(ctx, n.Site) {
		return web.EnrolToken{}, fmt.Errorf("site %s: %w", n.Site, web.ErrNotFound)
	}
	plain, t, err := a.c.createEnrolToken(ctx, by, enrolment.NewToken{Site: n.Site, TTL: n.TTL, Uses: n.Uses, Class: n.Class})
	if err != nil {
		return web.EnrolToken{}, told(err)
	}
	v := fleetView(a)
	p, err := v.picture(ctx)
	if err != nil {
		return web.EnrolToken{}, err
	}
	return web.EnrolToken{TokenEntry: v.token(p, t), Secret: secret.New(plain), URL: a.c.agentURL()}, nil
}

// RevokeEnrolToken implements web.DevicesActions.
func (a fleetActions) RevokeEnrolToken(ctx context.Context, by, id string) error {
	tokens, err := a.c.agents.enrolment.Tokens(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tokens, func(t enrolment.Token) bool { return t.Name == id && !seesSite(ctx, t.Site) }) {
		return fmt.Errorf("enrolment token %s: %w", id, web.ErrNotFound)
	}
	return told(a.c.revokeEnrolToken(ctx, by, id))
}
