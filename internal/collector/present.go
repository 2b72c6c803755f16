package collector

import (
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/duty"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/presence"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
)

// present follows the computers that people switch on and off. It is safe for
// concurrent use.
type present struct {
	mu      sync.Mutex
	tracker *presence.Tracker
}

// newPresent makes a present for agents that are heard each within.
func newPresent(within time.Duration) *present {
	return &present{tracker: presence.New(presence.Options{Within: within})}
}

// take notes which computers are on.
func (p *present) take(c *Collector, speaks map[string]enrolment.Agent, now time.Time) {
	var devices []presence.Device
	for _, d := range c.agents.inventory.Info() {
		if _, ok := speaks[d.ID]; ok && d.Class == fleet.Workstation {
			devices = append(devices, presence.Device{ID: topology.ID(d.ID), Name: d.Name, Site: d.Site, Room: d.Room, Seat: d.Seat})
		}
	}
	days := duty.Days{Calendar: c.calendar()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracker.Know(devices)
	for _, d := range devices {
		switch a := speaks[string(d.ID)]; c.heard(a, now) {
		case heardLately:
			p.tracker.Heard(d.ID, a.Seen)
		case heardNothing:
			p.tracker.Gone(d.ID, a.Seen, days)
		}
	}
}

func (p *present) alerts() []incident.Alert {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tracker.Alerts()
}

func (p *present) cleared(inc incident.Incident) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tracker.Cleared(inc)
}

// silent lists the computers that nobody has switched on for many working days.
func (p *present) silent(c *Collector, now time.Time, workingDays int) []presence.Silent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tracker.Silent(now, workingDays, duty.Days{Calendar: c.calendar()})
}
