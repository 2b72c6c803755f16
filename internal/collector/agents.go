package collector

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/authority"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/ingest"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/wire"
)

// agents is the collector's side of the agents: who they are, what their
// computers are, and the doors that they come through.
type agents struct {
	inventory *inventory.Control
	enrolment *enrolment.Control
	doors     *ingest.Doors

	mu     sync.Mutex
	spools map[string]wire.Spool // by agent: as it said last
}

// openAgents opens what agents need.
func (c *Collector) openAgents() (err error) {
	ctx := context.Background()
	a := &agents{spools: map[string]wire.Spool{}}
	c.agents = a
	a.inventory, err = inventory.Open(inventory.Options{
		Store: c.store, Logger: c.opts.Logger, Now: c.now, Registerer: c.registry, Recorder: recorder{c.access}, Reserved: []string{c.device}, Used: c.siteHasChecks, Hangs: c.deviceHangs,
	})
	if err != nil {
		return err
	}
	a.enrolment, err = enrolment.Open(enrolment.Options{
		Store: c.store, Devices: placing{a.inventory}, Logger: c.opts.Logger, Registerer: c.registry, Now: c.now,
		Start: rand.Text(), Assignment: c.assignment,
	})
	if err != nil {
		return err
	}
	if err := c.openUptimes(); err != nil { // the doors tell it of late samples
		return err
	}
	if a.doors, err = ingest.New(ingest.Options{DB: c.db, Late: c.late, Logger: c.opts.Logger, Registerer: c.registry, Now: c.now}); err != nil {
		return err
	}
	return a.mendMerges(ctx)
}

// mendMerges lets agents speak for the device that theirs was merged into,
// where a merge was cut short.
func (a *agents) mendMerges(ctx context.Context) error {
	all, err := a.enrolment.Agents(ctx)
	if err != nil {
		return err
	}
	for _, agent := range all {
		if d, ok := a.inventory.Resolve(agent.Device); ok && d.ID != agent.Device {
			if err := a.enrolment.Rebind(ctx, agent.Device, d.ID); err != nil {
				return fmt.Errorf("let the agent of %s speak for %s: %w", agent.Device, d.ID, err)
			}
		}
	}
	return nil
}

// keepOwn sees to it that the inventory has the collector's own site, and its
// computer in it: rules join samples, which have the configuration's site, with
// what the inventory says of their device.
func (a *agents) keepOwn(ctx context.Context, config *Config, device, hostname string) error {
	if err := a.inventory.PutSite(ctx, "collector configuration", inventory.Site{ID: config.Site.ID, Name: config.Site.Name}); err != nil {
		return fmt.Errorf("keep the collector's own site: %w", err)
	}
	if _, err := a.inventory.Keep(ctx, inventory.Device{ID: device, Site: config.Site.ID, Hostname: hostname, Class: fleet.Server, Kind: inventory.KindComputer}); err != nil {
		return fmt.Errorf("keep the collector's own computer: %w", err)
	}
	return nil
}

// recorder puts changes of the inventory on the audit record.
type recorder struct{ access *access.Control }

// Record implements inventory.Recorder.
func (r recorder) Record(ctx context.Context, by, action, object, detail string) error {
	return r.access.Audit(ctx, access.Entry{Actor: by, Action: action, Object: object, Detail: detail})
}

// placing makes devices for new agents.
type placing struct{ inventory *inventory.Control }

// Place implements enrolment.Devices.
func (p placing) Place(ctx context.Context, n enrolment.NewComputer) (string, error) {
	d, err := p.inventory.Place(ctx, inventory.NewComputer{Site: n.Site, Hostname: n.Hostname, Class: n.Class, Machine: n.Machine, At: n.At})
	return d.ID, err
}

// assignment is what the collector wants of an agent.
func (c *Collector) assignment(a enrolment.Agent) wire.Assignment {
	config := c.Config()
	conf := config.Agents
	as := wire.Assignment{
		Profile: string(host.Basic), Interval: conf.Interval, PushInterval: conf.PushInterval, FactsInterval: conf.FactsInterval,
		FactsOff: conf.FactsOff, Compressions: []string{wire.Zstd, wire.Snappy},
	}
	if d, err := c.agents.inventory.Device(context.Background(), a.Device); err == nil && d.Class == fleet.Server {
		as.Profile = string(host.Full)
	}
	as.Checks, as.Witnesses = c.checksFor(&config, a.Device)
	text, err := json.Marshal(as)
	if err != nil {
		return as // nothing in it can fail
	}
	sum := fnv.New64a()
	_, _ = sum.Write(text) // never fails
	as.Version = strconv.FormatUint(sum.Sum64(), 36)
	return as
}

// agentDoors are the places that agents, and programs that push, come through.
func (c *Collector) agentDoors() []door {
	a := c.agents
	return []door{
		{pattern: "POST " + wire.PathEnrol, handler: a.enrolment.EnrolHandler()},
		{pattern: "POST " + wire.PathWrite, handler: a.enrolment.Door(c.withAgentRight(a.doors.Agents()))},
		{pattern: "POST " + wire.PathReport, handler: a.enrolment.Door(c.withAgentRight(a.doors.Reports(c.takeReport)))},
		{pattern: "POST /api/v1/write", role: access.Push, handler: c.withPushRight(a.doors.Push())},
	}
}

// withAgentRight says for whom an agent that was let in may speak: for its
// device as it is now, which may have been merged or moved to another site.
func (c *Collector) withAgentRight(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in, ok := enrolment.FromContext(r.Context())
		if !ok {
			http.Error(w, "no agent was let in", http.StatusUnauthorized)
			return
		}
		d, ok := c.agents.inventory.Resolve(in.Agent.Device)
		if !ok { // removed while the agent was on its way
			http.Error(w, "there is no such device any more", http.StatusForbidden)
			return
		}
		right := ingest.Right{Kind: ingest.Agent, ID: in.Agent.ID, Site: d.Site, Device: d.ID, Offset: in.Offset, Check: c.checkRight(d.ID)}
		next.ServeHTTP(w, r.WithContext(ingest.WithRight(r.Context(), right)))
	})
}

// withPushRight says for which site a program with a token may speak.
func (c *Collector) withPushRight(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := access.FromContext(r.Context())
		if !ok || len(id.Sites) != 1 {
			http.Error(w, "the token is for no site", http.StatusForbidden)
			return
		}
		site := id.Sites[0]
		right := ingest.Right{Kind: ingest.Push, ID: id.Login, Site: site, Source: id.Login, Devices: func(device string) bool {
			d, err := c.agents.inventory.Device(r.Context(), device)
			return err == nil && d.Site == site
		}}
		next.ServeHTTP(w, r.WithContext(ingest.WithRight(r.Context(), right)))
	})
}

// takeReport takes what an agent says besides samples.
func (c *Collector) takeReport(ctx context.Context, req wire.ReportRequest) (wire.ReportReply, error) {
	in, ok := enrolment.FromContext(ctx)
	if !ok {
		return wire.ReportReply{}, errors.New("no agent was let in")
	}
	a := c.agents
	about := inventory.About{Hostname: req.Hostname, Machine: req.Machine, Version: req.Version, System: req.System}
	if err := a.inventory.Take(ctx, in.Agent.Device, req.Facts, about); err != nil {
		return wire.ReportReply{}, err
	}
	if err := a.inventory.Happened(ctx, in.Agent.Device, req.Events); err != nil {
		return wire.ReportReply{}, err
	}
	if err := a.enrolment.Note(ctx, in.Agent.ID, enrolment.About{Hostname: req.Hostname, System: req.System, Version: req.Version}); err != nil {
		return wire.ReportReply{}, err
	}
	a.mu.Lock()
	a.spools[in.Agent.ID] = req.Spool
	a.mu.Unlock()
	if d, ok := a.inventory.Resolve(in.Agent.Device); ok {
		c.vantages.take(d.ID, req.Checks)
	}
	return wire.ReportReply{Assignment: c.assignment(in.Agent)}, nil
}

// spool is how an agent's store was when it said so last; false when it has
// not since the start.
func (a *agents) spool(agent string) (wire.Spool, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.spools[agent]
	return s, ok
}

// merge makes one of two devices, and the agent of the one that goes speak for
// the one that stays.
func (c *Collector) merge(ctx context.Context, by, from, into string) (inventory.Device, error) {
	if from == c.device {
		return inventory.Device{}, &inventory.InvalidError{Field: "id", Want: "the collector's own computer stays; merge the other one into it"}
	}
	// First the inventory: when the process ends in between, the agent of a
	// device that is gone is bound anew at the next start (mendMerges).
	if err := c.agents.inventory.Merge(ctx, by, from, into); err != nil {
		return inventory.Device{}, err
	}
	if err := c.agents.enrolment.Rebind(ctx, from, into); err != nil {
		return inventory.Device{}, fmt.Errorf("let the agent of %s speak for %s: %w", from, into, err)
	}
	return c.agents.inventory.Device(ctx, into)
}

// remove takes a device out of the inventory and revokes its agents.
func (c *Collector) removeDevice(ctx context.Context, by, id string) error {
	if id == c.device {
		return &inventory.InvalidError{Field: "id", Want: "the collector looks after its own computer while it runs on it"}
	}
	if err := c.declaredPolled([]string{id}); err != nil {
		return &inventory.InvalidError{Field: "id", Want: "the configuration file declares it; remove it there"}
	}
	agents, err := c.agents.enrolment.Agents(ctx)
	if err != nil {
		return err
	}
	for _, a := range agents {
		if a.Device == id && a.Revoked.IsZero() {
			if err := c.agents.enrolment.Revoke(ctx, enrolment.ByRemoval, a.ID); err != nil {
				return err
			}
			c.auditFleet(ctx, by, "agent.revoke", a.ID, "its device "+id+" is removed")
		}
	}
	if err := c.agents.inventory.Remove(ctx, by, id); err != nil {
		return err
	}
	return c.removePolled(ctx, []string{id})
}

// openAuthority makes the collector's own authority, when it needs one.
func (c *Collector) openAuthority(config *Config) error {
	if !config.authority() {
		return nil
	}
	listen, external := config.Listen, config.ExternalURL
	var err error
	c.authority, err = authority.Open(authority.Options{Dir: filepath.Join(c.opts.DataDir, "tls"), Now: c.now, Logger: c.opts.Logger, Names: func() []string {
		// Asked each hour, and when the address for people is changed: a new
		// one gets a new certificate, from the same authority.
		if now := c.Config(); now.Listen != "" {
			external = now.ExternalURL
		}
		return authority.LocalNames(append(namesIn(listen, external), c.statusPages.hostNames()...)...)
	}})
	return err
}

// namesIn are the hosts in the address to listen on and in the URL for people.
func namesIn(listen, external string) []string {
	var names []string
	if host, _, err := net.SplitHostPort(listen); err == nil {
		names = append(names, host)
	}
	if u, err := url.Parse(external); err == nil {
		names = append(names, u.Hostname())
	}
	return names
}

// agentURL is where agents reach the collector.
func (c *Collector) agentURL() string {
	if u := c.Config().ExternalURL; u != "" {
		return strings.TrimSuffix(u, "/")
	}
	if host, port, err := net.SplitHostPort(c.Addr()); err == nil && (host == "::" || host == "0.0.0.0") {
		if name, err := os.Hostname(); err == nil {
			return "https://" + net.JoinHostPort(name, port)
		}
	}
	return c.URL()
}
