package collector

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/journal"
	"github.com/budi-monitor/budi/internal/collector/reporting"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/fleet"
)

// reports are the pages of rooms on which people report faults, and what came
// through them.
type reports struct {
	c     *Collector
	count *prometheus.CounterVec

	mu      sync.Mutex
	pages   map[string]reporting.Page // by room
	limiter reporting.Limiter
}

// openReports reads which rooms have a page.
func (c *Collector) openReports() error {
	pages, err := c.store.ReportPages()
	if err != nil {
		return err
	}
	c.reports = &reports{c: c, pages: map[string]reporting.Page{}, count: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "budi_fault_reports_total", Help: "Faults that people reported on the pages of rooms, by what became of the report: new, joined, or refused because there were too many of a room, an address, or all.",
	}, []string{"outcome"})}
	for _, p := range pages {
		c.reports.pages[p.Room] = p
	}
	for _, outcome := range []string{"new", "joined", "refused_room", "refused_address", "refused_all"} {
		c.reports.count.WithLabelValues(outcome)
	}
	return c.registry.Register(c.reports.count)
}

var (
	_ web.ReportsView    = (*reports)(nil)
	_ web.ReportsActions = (*reports)(nil)
)

// RoomCode implements web.ReportsView.
func (r *reports) RoomCode(ctx context.Context, room string) (web.RoomCode, error) {
	at, err := placesView{r.c}.room(ctx, room)
	if err != nil {
		return web.RoomCode{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	page := r.pages[room]
	if !leads(page, at) {
		page.Code = ""
	}
	return web.RoomCode{Room: web.Room{ID: at.ID, Name: at.Name}, Code: page.Code}, nil
}

// OpenRoom implements web.ReportsActions.
func (r *reports) OpenRoom(ctx context.Context, by, room string) error {
	at, err := placesView{r.c}.room(ctx, room)
	if err != nil {
		return err
	}
	p := reporting.Page{Room: room, Site: at.Site, Code: reporting.NewCode(), Made: r.c.now(), By: by}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.c.store.PutReportPage(p); err != nil {
		return err
	}
	r.pages[room] = p
	r.c.record(ctx, access.Entry{Actor: by, Action: "reports.open", Object: "room " + room})
	return nil
}

// CloseRoom implements web.ReportsActions.
func (r *reports) CloseRoom(ctx context.Context, by, room string) error {
	if _, err := (placesView{r.c}).room(ctx, room); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.c.store.DropReportPage(room); err != nil {
		return err
	}
	delete(r.pages, room)
	r.c.record(ctx, access.Entry{Actor: by, Action: "reports.close", Object: "room " + room})
	return nil
}

// leads reports whether a page is one of this room, and not of a room of
// another site that had its ID before.
func leads(p reporting.Page, at inventory.Room) bool { return p.Site == "" || p.Site == at.Site }

// place finds the room of a code.
func (r *reports) place(ctx context.Context, code string) (inventory.Room, error) {
	r.mu.Lock()
	var page reporting.Page
	for _, p := range r.pages {
		if p.Code == code {
			page = p
		}
	}
	r.mu.Unlock()
	room := page.Room
	if room == "" {
		return inventory.Room{}, fmt.Errorf("the page of a room: %w", web.ErrNotFound)
	}
	at, err := r.c.agents.inventory.Room(ctx, room)
	if errors.Is(err, inventory.ErrNotFound) || err == nil && !leads(page, at) { // it was removed
		return at, fmt.Errorf("room %s: %w", room, web.ErrNotFound)
	}
	return at, err
}

// used is a device that people in a room use, and how they call it.
type used struct {
	web.ReportThing
	device inventory.Device
}

// things lists what people in a room can report: devices that they can tell
// apart, and each kind.
func (r *reports) things(code, room string) (devices []used, choices []web.ReportThing) {
	count := map[reporting.What]int{}
	for _, d := range r.c.agents.inventory.Info() {
		what, ok := reporting.Of(d.Kind, d.Class)
		if d.Room != room || !ok {
			continue
		}
		count[what]++
		devices = append(devices, used{web.ReportThing{Name: reporting.Name(code, d.ID), What: what, Seat: d.Seat}, d})
	}
	slices.SortFunc(devices, func(a, b used) int { return fleet.CompareNatural(a.Seat, b.Seat) })
	for _, what := range reporting.Whats() {
		alone := false
		for _, d := range devices {
			// Without a seat nobody knows which of several it is.
			if d.What == what && (d.Seat != "" || count[what] == 1) && len(choices) < web.MaxSeats {
				choices = append(choices, d.ReportThing)
				alone = alone || count[what] == 1
			}
		}
		if !alone {
			choices = append(choices, web.ReportThing{Name: reporting.Any(what), What: what})
		}
	}
	return devices, choices
}

// RoomReports implements web.ReportsView.
func (r *reports) RoomReports(ctx context.Context, code string) (web.RoomReports, error) {
	room, err := r.place(ctx, code)
	if err != nil {
		return web.RoomReports{}, err
	}
	devices, choices := r.things(code, room.ID)
	page := web.RoomReports{Room: room.Name, Things: choices}
	for _, inc := range r.c.alerting.open() {
		i := slices.IndexFunc(devices, func(d used) bool { return d.device.ID == inc.Labels["device"] })
		said, public := journal.Public(inc)
		var thing web.ReportThing
		switch {
		case i >= 0 && (len(inc.Reports) > 0 || public || inc.Meaning == incident.Down && (inc.State == incident.Open || len(inc.Because) > 0)):
			thing = devices[i].ReportThing
		case inc.Reported && inc.Labels["room"] == room.ID:
			thing = web.ReportThing{What: reporting.What(inc.Labels["what"])}
		default:
			continue
		}
		page.Known = append(page.Known, web.KnownFault{ReportThing: thing, Since: inc.Since, Says: said.Text, Cared: inc.Acked != nil})
	}
	return page, nil
}

// Report implements web.ReportsActions.
func (r *reports) Report(ctx context.Context, code string, f web.FaultReport, from netip.Addr) (joined bool, err error) {
	room, err := r.place(ctx, code)
	if err != nil {
		return false, err
	}
	devices, choices := r.things(code, room.ID)
	i := slices.IndexFunc(choices, func(t web.ReportThing) bool { return t.Name == f.Thing })
	if i < 0 || !slices.Contains(choices[i].What.Wrongs(), f.Wrong) {
		return false, &web.Mistake{Field: "wrong", Code: "report"}
	}
	n := incident.NewReport{
		Rule:   incident.RuleReported,
		Labels: map[string]string{"site": room.Site, "room": room.ID, "what": string(choices[i].What), "severity": string(incident.Warning)},
		Names:  map[string]string{"room": room.Name},
		Report: incident.Report{By: wording.Clean(f.By, reporting.MaxName), Wrong: f.Wrong, Text: wording.Clean(f.Text, reporting.MaxText)},
	}
	if site, err := r.c.agents.inventory.Site(ctx, room.Site); err == nil {
		n.Names["site"] = site.Name
	}
	if i := slices.IndexFunc(devices, func(d used) bool { return d.Name == f.Thing }); i >= 0 {
		n.Labels["device"], n.Names["device"] = devices[i].device.ID, devices[i].device.Name
	}
	r.mu.Lock()
	why := r.limiter.Take(r.c.now(), room.ID, access.NetworkOf(from))
	r.mu.Unlock()
	if why != "" {
		r.count.WithLabelValues("refused_" + string(why)).Inc()
		return false, fmt.Errorf("a report from room %s (%s): %w", room.ID, why, web.ErrTooManyReports)
	}
	inc, err := r.c.alerting.report(n)
	if err != nil {
		return false, err
	}
	joined = len(inc.Reports) > 1 || !inc.Reported
	outcome := "new"
	if joined {
		outcome = "joined"
	}
	r.count.WithLabelValues(outcome).Inc()
	return joined, nil
}

// report takes a person's report of a fault.
func (a *alerting) report(n incident.NewReport) (incident.Incident, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next, inc := incident.AddReport(a.picture, n, a.now())
	if limit := a.policy.MaxOpen; limit > 0 && len(next.Open) > limit && len(next.Open) > len(a.picture.Open) {
		return incident.Incident{}, fmt.Errorf("as many incidents are open as may be: %w", web.ErrTooManyReports)
	}
	if err := a.keep(next, inc); err != nil {
		return incident.Incident{}, err
	}
	a.log.Info("a person reported a fault", "id", inc.ID, "labels", n.Labels, "reports", len(inc.Reports))
	return inc, nil
}
