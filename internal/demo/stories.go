package demo

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/school"
)

// story is a fault of the past that is over.
type story struct {
	from, to  time.Time
	rule      string
	message   string // annotation: key of the texts
	severity  incident.Severity
	labels    map[string]string // besides site and severity
	names     map[string]string
	value     float64
	fault     school.Fault
	computers []*school.Computer

	check  string // ID, of a website
	status int    // with which the website answered; 0: it did not
	result look.Result

	comment string // key of what was said, by whom
	by      string
}

// stories are the faults of the past, oldest first.
func (d *Demo) stories() []story {
	at := func(schoolDays, hour, minute int) time.Time {
		day := d.now.In(d.location)
		for schoolDays > 0 {
			day = day.AddDate(0, 0, -1)
			if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
				schoolDays--
			}
		}
		return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, d.location)
	}
	one := func(room string, n int) []*school.Computer {
		all := d.school.In(room)
		if len(all) == 0 {
			return nil
		}
		return all[min(n, len(all)-1):][:1]
	}
	failing, full, servers, class := one("administracija", 3), one("214", 4), d.school.In(school.RoomServer), d.school.In(school.RoomIT)
	out := []story{
		{from: at(4, 3, 12), to: at(4, 4, 1), rule: "ServerSilent", message: "server_silent", severity: incident.Critical, fault: school.Off, computers: servers,
			labels: map[string]string{"job": "fleet"}, comment: "demo.past.power", by: Administrator},
		{from: at(4, 9, 5), to: at(3, 11, 20), rule: "DiskFailing", message: "disk_failing", severity: incident.Warning, fault: school.DiskFailing, computers: failing,
			labels: map[string]string{"system_device": "PhysicalDrive0"}, comment: "demo.past.disk", by: Administrator},
		{from: at(3, 9, 41), to: at(3, 10, 18), rule: "SiteDown", message: "site_down", severity: incident.Critical, check: "svetaine", comment: "demo.past.website", by: Administrator},
		{from: at(2, 8, 31), to: at(2, 10, 33), rule: "AntivirusOff", message: "antivirus_off", severity: incident.Warning, fault: school.AntivirusOff, computers: class,
			value: float64(len(class)), comment: "demo.past.antivirus", by: Administrator},
		{from: at(2, 10, 2), to: at(2, 12, 24), rule: "DiskNearlyFull", message: "disk_nearly_full", severity: incident.Warning, fault: school.DiskFull, computers: full,
			labels: map[string]string{"system_filesystem_mountpoint": "C:"}, value: 99.2},
		{from: at(1, 13, 4), to: at(1, 13, 17), rule: "SiteDown", message: "site_down", severity: incident.Critical, check: "katalogas", status: 503},
		{from: d.now.Add(-5*time.Hour - 20*time.Minute), to: d.now.Add(-5 * time.Hour), rule: "SiteDown", message: "site_down", severity: incident.Critical, check: "dienynas"},
	}
	kept := out[:0]
	for _, s := range out {
		if s.check != "" || len(s.computers) > 0 { // a small school
			kept = append(kept, s)
		}
	}
	return kept
}

// pastIncidents writes the stories into the journal, as the collector would have
// kept them.
func (d *Demo) pastIncidents(store *boltstore.Store, stories []story) error {
	catalogue, err := i18n.Load()
	if err != nil {
		return err
	}
	id, err := store.NextIncidentID()
	if err != nil {
		return err
	}
	var out []incident.Incident
	for _, s := range stories {
		inc := d.incidentOf(s)
		inc.ID = id
		id++
		if s.comment != "" {
			at := s.from.Add(9 * time.Minute)
			text := catalogue.Text(d.opts.Lang, s.comment, nil)
			inc.Acked = &incident.Ack{By: s.by, At: at}
			inc.Notes = []incident.Note{
				{Kind: incident.Acknowledged, By: s.by, At: at},
				{Kind: incident.Comment, By: s.by, At: s.to.Add(-3 * time.Minute), Text: text},
			}
		}
		out = append(out, inc)
	}
	if err := store.CommitIncidents(out, nil); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

// incidentOf is the incident that a story was.
func (d *Demo) incidentOf(s story) incident.Incident {
	sites := d.school.Sites()
	labels := map[string]string{"site": school.Main, "severity": string(s.severity)}
	names := map[string]string{"site": sites[0].Name}
	maps.Copy(labels, s.labels)
	annotations := map[string]string{"message": s.message, "runbook": strings.ReplaceAll(s.message, "_", "-")}
	var problem *look.Problem
	switch {
	case s.check != "":
		maps.Copy(labels, map[string]string{"check": s.check, "vantage": "collector", "job": "probe"})
		for _, c := range d.checks() {
			if c.id == s.check {
				names["check"], names[incident.NameTarget] = c.name, c.target
			}
		}
		problem = &look.Problem{Code: "connection_refused"}
		if s.status != 0 {
			problem = &look.Problem{Code: "unexpected_status", Args: map[string]string{"status": fmt.Sprint(s.status), "expected": "200"}}
		}
	case s.rule == "AntivirusOff":
		var devices []string
		for _, c := range s.computers {
			devices = append(devices, d.devices[c.Hostname])
		}
		annotations["devices"] = strings.Join(devices, ", ")
	default:
		labels["device"], names["device"] = d.devices[s.computers[0].Hostname], s.computers[0].Hostname
	}
	told := map[string]time.Time{contactAll: s.from.Add(3 * time.Minute)}
	if s.severity == incident.Critical {
		told[contactCritical] = s.from.Add(3 * time.Minute)
	}
	return incident.Incident{
		Key: incident.NewKey(s.rule, labels), Rule: s.rule, Severity: s.severity, Told: s.severity, Labels: labels, Annotations: annotations, Names: names,
		Value: s.value, Problem: problem, State: incident.Closed, Evidence: incident.Cleared, EndReason: incident.Recovered,
		Since: s.from, Seen: s.from.Add(2 * time.Minute), Opened: s.from.Add(3 * time.Minute), LastFired: s.to, Turned: s.to, Ended: s.to, Notified: told,
	}
}
