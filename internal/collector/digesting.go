package collector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

// How digests are made.
const (
	digestsEvery  = 30 * time.Second
	digestJournal = 5000 // closed incidents that one looks at
	digestRows    = 5000 // messages that a month's summary looks at
	waitedLong    = 30 * time.Minute
	silentDays    = 14 // working days after which a computer that nobody switches on is told
)

// digesting makes the digests and summaries that are due, and hands them to the
// outbox. What is due, and what they say, is decided in package digest.
type digesting struct {
	c     *Collector
	state digest.State // nil before it was read
}

// run looks for what is due until ctx ends.
func (d *digesting) run(ctx context.Context) error {
	tick := time.NewTicker(digestsEvery)
	defer tick.Stop()
	for {
		if err := d.step(ctx, d.c.now()); err != nil && ctx.Err() == nil {
			d.c.log.Warn("make a digest; it is tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// step makes what is due now. What could not be stored has not been made.
func (d *digesting) step(ctx context.Context, now time.Time) error {
	if d.state == nil {
		state, err := d.c.store.Digests()
		if err != nil {
			return err
		}
		d.state = state
	}
	config := d.c.Config()
	now = now.In(config.zone())
	for _, due := range digest.When(d.state, now, d.c.calendar(), d.readers(config)) {
		facts, err := d.facts(ctx, config, due)
		if err != nil {
			return err
		}
		row := d.c.outbox.DigestRow(due.Reader.Contact, digest.Make(due, facts), now)
		next := d.state.Note(due)
		if err := d.c.store.CommitDigest(next, row); err != nil {
			return err
		}
		d.state = next
		d.c.outbox.Add([]outbox.Row{row})
		d.c.log.Info("digest", "kind", due.Kind, "contact", due.Reader.Contact, "day", due.Day)
	}
	return nil
}

// readers are the contacts who get mail.
func (d *digesting) readers(config Config) []digest.Reader {
	if config.Mail == nil {
		return nil
	}
	usual, err := calendar.ParseClock(config.Digest.At)
	if err != nil { // it was checked
		usual = digest.Usual
	}
	var out []digest.Reader
	for _, p := range config.Contacts {
		if p.Email == "" {
			continue
		}
		r := digest.Reader{
			Contact: p.Name, Sites: p.Sites, At: usual, Morning: !config.Digest.Off, Monthly: config.Digest.Month,
			Unsent: d.c.outbox.DigestWaits(p.Name, digest.Morning),
		}
		if p.Digest != "" {
			at, wanted := p.Digest.At()
			if r.Morning, r.Monthly = r.Morning && wanted, r.Monthly && wanted; wanted {
				r.At = at
			}
		}
		out = append(out, r)
	}
	return out
}

// facts gathers what a digest is made from.
func (d *digesting) facts(ctx context.Context, config Config, due digest.Due) (digest.Facts, error) {
	from := due.To.Add(-digest.Lately)
	if due.From.Before(from) {
		from = due.From
	}
	closed, err := d.closed(from)
	if err != nil {
		return digest.Facts{}, err
	}
	facts := digest.Facts{Incidents: append(closed, d.c.alerting.open()...), Watched: map[string]digest.Watched{}}
	for _, dev := range d.c.agents.inventory.Info() {
		w := facts.Watched[dev.Site]
		w.Devices++
		facts.Watched[dev.Site] = w
	}
	for _, check := range config.Checks {
		if !check.Paused {
			w := facts.Watched[config.siteOf(check)]
			w.Checks++
			facts.Watched[config.siteOf(check)] = w
		}
	}
	if due.Kind == digest.Monthly {
		if facts.Checks, err = d.available(ctx, config, due); err != nil {
			return digest.Facts{}, err
		}
		facts.Waited, err = d.waited(due)
		return facts, err
	}
	facts.Silent = d.silent(due.To)
	facts.Coming = append(d.planned(due.To), d.ending(config)...)
	return facts, nil
}

// silent are the computers that nobody has switched on for long.
func (d *digesting) silent(now time.Time) []digest.Silent {
	var out []digest.Silent
	days := d.c.calendar()
	today := calendar.DateAt(now)
	for _, s := range d.c.alerting.presence.silent(d.c, now, silentDays) {
		x := digest.Silent{ID: string(s.ID), Name: cmp.Or(s.Name, string(s.ID)), Site: s.Site, Place: s.Room, Seen: s.Heard}
		for day := calendar.DateAt(s.Heard.In(now.Location())).Add(1); day.Before(today); day = day.Add(1) {
			if days.WorkingDay(s.Site, day.In(now.Location())) {
				x.Days++
			}
		}
		out = append(out, x)
	}
	return out
}

// available is how each check fared, without the time of maintenance.
func (d *digesting) available(ctx context.Context, config Config, due digest.Due) ([]digest.Availability, error) {
	first, last := availability.DateOf(due.From), availability.DateOf(due.To.Add(-time.Second))
	var out []digest.Availability
	for _, check := range config.Checks {
		days, err := d.c.uptimes.Days(ctx, topology.Check(check.ID), first, last)
		if err != nil {
			return nil, fmt.Errorf("read the availability of check %s: %w", check.ID, err)
		}
		if len(days) == 0 {
			continue
		}
		sum := availability.Sum(days, availability.LeftOut)
		out = append(out, digest.Availability{
			Check: check.ID, Name: check.Title(), Site: config.siteOf(check), Up: sum.Up, Down: sum.Down, Unknown: sum.Unknown, Maintenance: sum.Maintenance,
		})
	}
	return out, nil
}

// closed are the incidents that ended since a moment.
func (d *digesting) closed(since time.Time) ([]incident.Incident, error) {
	var out []incident.Incident
	for below, seen := incident.ID(0), 0; seen < digestJournal; {
		page, err := d.c.store.Journal(below, 500)
		if err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		if len(page) == 0 {
			break
		}
		for _, inc := range page {
			if !inc.Ended.Before(since) {
				out = append(out, inc)
			}
		}
		seen += len(page)
		below = page[len(page)-1].ID
	}
	return out, nil
}

// waited counts the mails of a month that a mail server did not take at once.
func (d *digesting) waited(due digest.Due) (digest.Waited, error) {
	rows, err := d.c.store.FinishedRows(digestRows)
	if err != nil {
		return digest.Waited{}, err
	}
	var w digest.Waited
	for _, r := range rows {
		waited := r.Finished.Sub(r.OwedAt)
		if r.Digest == nil && waited > waitedLong && !r.OwedAt.Before(due.From) && r.OwedAt.Before(due.To) {
			w.Mails++
			w.Longest = max(w.Longest, waited)
		}
	}
	return w, nil
}

// sitesOf are the sites of some things; none when one of them is everybody's.
func (c *Collector) sitesOf(things []string) []string {
	graph := c.graph()
	var out []string
	for _, id := range things {
		t, ok := graph.Thing(topology.ID(id))
		if !ok || t.ID == topology.Line || t.Site == "" {
			return nil
		}
		if !slices.Contains(out, t.Site) {
			out = append(out, t.Site)
		}
	}
	return out
}

// planned is what the calendar says of the days ahead.
func (d *digesting) planned(now time.Time) []digest.Coming {
	zone := now.Location()
	var out []digest.Coming
	for _, e := range d.c.calendar().Entries(now, now.Add(digest.Ahead), func(string) bool { return true }) {
		x := digest.Coming{Name: e.Name, Sites: e.Sites, At: e.From, Until: e.To, Place: strings.Join(e.Rooms, ", ")}
		if e.AllDay {
			x.Days, x.At, x.Until = true, e.First.In(zone), e.Last.In(zone)
		}
		switch e.Kind {
		case calendar.EntryMaintenance:
			if e.OnDown {
				continue // nobody knows when
			}
			if len(x.Sites) == 0 {
				x.Sites = d.c.sitesOf(e.Things)
			}
			x.Kind, x.Place = digest.Maintenance, strings.Join(slices.Concat(e.Rooms, d.titles(e.Things)), ", ")
		case calendar.EntryAssessment:
			x.Kind = digest.Assessment
		case calendar.EntryPublic, calendar.EntrySchool:
			x.Kind = digest.Holiday
			key := "mail.holiday." + e.Name
			if e.Kind == calendar.EntrySchool {
				key = "mail.holiday.school_" + e.Name
			}
			if d.c.catalogue.Has(i18n.English, key) {
				x.Key = key
			}
		default:
			x.Kind = digest.Holiday
			if !e.Day.Closed {
				continue
			}
		}
		out = append(out, x)
	}
	return out
}

// titles names things as people do.
func (d *digesting) titles(ids []string) []string {
	var out []string
	graph := d.c.graph()
	for _, id := range ids {
		t, _ := graph.Thing(topology.ID(id))
		out = append(out, cmp.Or(t.Title(), id))
	}
	return out
}

// ending is what ends soon: certificates, domains, and the room of disks.
func (d *digesting) ending(config Config) []digest.Coming {
	var out []digest.Coming
	v := view{d.c}
	for _, check := range config.Checks {
		if check.Paused {
			continue
		}
		c := v.check(check)
		if !c.CertificateEnds.IsZero() {
			out = append(out, digest.Coming{Kind: digest.Certificate, Name: c.Name, Sites: []string{config.siteOf(check)}, At: c.CertificateEnds})
		}
		if !c.DomainEnds.IsZero() {
			out = append(out, digest.Coming{Kind: digest.Domain, Name: c.Name, Sites: []string{config.siteOf(check)}, At: c.DomainEnds})
		}
	}
	devices := map[string]inventory.Device{}
	for _, dev := range d.c.agents.inventory.Info() {
		devices[dev.ID] = dev
	}
	for _, f := range d.c.forecast.disks() {
		if dev, known := devices[f.device]; known {
			out = append(out, digest.Coming{Kind: digest.Disk, Name: cmp.Or(dev.Name, dev.ID) + " " + f.mount, Sites: []string{dev.Site}, At: f.full, Days: true})
		}
	}
	return out
}
