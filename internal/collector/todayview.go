package collector

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/look"
)

// How far ahead the first page looks.
const (
	certificateAhead = 30 * 24 * time.Hour
	tokenAhead       = 14 * 24 * time.Hour
)

// Overview implements web.View.
func (v view) Overview(ctx context.Context) (web.Overview, error) {
	c := v.c
	recent, err := c.store.Journal(0, web.MaxRecent)
	if err != nil {
		return web.Overview{}, fmt.Errorf("read the journal: %w", err)
	}
	elsewhere := func(i incident.Incident) bool { return hidden(ctx, i.Labels["site"]) }
	o := web.Overview{
		Incidents: slices.DeleteFunc(c.alerting.open(), elsewhere), Recent: slices.DeleteFunc(recent, elsewhere), MailReady: len(c.Config().Contacts) > 0,
	}
	picture, err := fleetView(v).picture(ctx)
	if err != nil {
		return web.Overview{}, err
	}
	today := v.today(picture)
	config := c.Config()
	for _, check := range config.Checks {
		if !hidden(ctx, config.siteOf(check)) {
			o.Checks = append(o.Checks, v.check(check))
		}
	}
	if !hidden(ctx, config.Site.ID) { // it is about the collector's own site
		v.own(&o)
	}
	o.Checks = v.checks(func(site string) bool { return !hidden(ctx, site) })
	o.Unsure = today.unsure(o.Incidents, o.LineDown)
	o.Sites = today.lines(o.Incidents)
	if o.Coming, err = v.coming(ctx, today, o); err != nil {
		return web.Overview{}, err
	}
	return o, nil
}

// own tells of the collector's own site.
func (v view) own(o *web.Overview) {
	if r, ok := v.c.looking.board.Get(targetLine); ok {
		o.LineDown = r.Outcome == look.Unreachable
	}
	for _, n := range v.c.notices() {
		o.Notices = append(o.Notices, web.Notice{Time: v.c.started, Detail: n})
	}
}

// checks are those of some sites that are looked at.
func (v view) checks(of func(site string) bool) []web.Check {
	var out []web.Check
	config := v.c.Config()
	for _, check := range config.Checks {
		if !check.Paused && of(config.siteOf(check)) {
			out = append(out, v.check(check))
		}
	}
	return out
}

// today is what the first page tells of devices.
type today struct {
	picture
	v       view
	devices map[string]web.DeviceRow // that are seen
}

func (v view) today(p picture) today {
	t := today{picture: p, v: v, devices: map[string]web.DeviceRow{}}
	for _, d := range v.c.agents.inventory.Info() {
		if _, seen := p.sites[d.Site]; seen {
			t.devices[d.ID] = fleetView(v).row(p, d)
		}
	}
	return t
}

// unsure says why nobody knows of incidents whose evidence is unknown.
func (t today) unsure(all []incident.Incident, lineDown bool) map[incident.ID]web.Unsure {
	out := map[incident.ID]web.Unsure{}
	for _, inc := range all {
		if inc.Evidence != incident.Unknown {
			continue
		}
		why := web.UnsureData
		if check := inc.Labels["check"]; check != "" {
			if r, ok := t.v.c.looking.board.Get(checkPrefix + check); ok && r.Outcome == look.Unknown {
				why = web.UnsureLook
				if lineDown {
					why = web.UnsureLine
				}
			}
		} else if d, ok := t.devices[inc.Labels["device"]]; ok {
			switch {
			case slices.Contains(d.Conditions, web.Off):
				why = web.UnsureOff
			case slices.Contains(d.Conditions, web.Silent):
				why = web.UnsureSilent
			}
		}
		out[inc.ID] = why
	}
	return out
}

// lines sums up each site.
func (t today) lines(all []incident.Incident) []web.SiteLine {
	lines := map[string]*web.SiteLine{}
	for id, s := range t.sites {
		lines[id] = &web.SiteLine{Site: s}
	}
	for _, d := range t.devices {
		if l := lines[d.Site.ID]; l != nil {
			l.Devices++
		}
	}
	for _, inc := range all {
		l := lines[inc.Labels["site"]]
		switch {
		case l == nil || inc.State == incident.Closed:
		case inc.Evidence == incident.Unknown:
			l.Unknown++
		case inc.State == incident.Open:
			l.Wrong++
		}
	}
	var out []web.SiteLine
	for _, l := range lines {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b web.SiteLine) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return out
}

// coming gathers what will need hands.
func (v view) coming(ctx context.Context, t today, o web.Overview) ([]web.Coming, error) {
	out := t.certificates(o.Checks)
	if me, _ := access.FromContext(ctx); me.Role.Allows(access.Administrator) {
		tokens, err := v.comingTokens(ctx, t, me)
		if err != nil {
			return nil, err
		}
		out = append(out, tokens...)
	}
	for _, f := range v.c.forecast.disks() {
		if d, seen := t.devices[f.device]; seen {
			out = append(out, web.Coming{Kind: web.ComingDisk, At: f.full, Name: d.Title(), Item: f.mount, Site: d.Site, Path: "/devices/" + d.ID})
		}
	}
	return append(append(out, t.supplies()...), t.comingDevices(o.Incidents)...), nil
}

// supplyAhead is how far ahead the first page tells of supplies.
const supplyAhead = 14 * 24 * time.Hour

// supplies are the printers of which one will be used up soon, each with the first.
func (t today) supplies() []web.Coming {
	var out []web.Coming
	for id, d := range t.devices {
		first := web.Coming{Kind: web.ComingSupply, Name: d.Title(), Site: d.Site, Path: "/devices/" + id + "#supplies"}
		for _, o := range t.v.c.supplying.of(id) {
			if !o.Empty.IsZero() && o.Empty.Sub(t.now) < supplyAhead && (first.At.IsZero() || o.Empty.Before(first.At)) {
				first.At, first.Item = o.Empty, o.Supply
			}
		}
		if !first.At.IsZero() {
			out = append(out, first)
		}
	}
	return out
}

// certificates are those that end soon, and domains.
func (t today) certificates(checks []web.Check) []web.Coming {
	var out []web.Coming
	soon := func(ends time.Time) bool { return !ends.IsZero() && ends.Sub(t.now) < certificateAhead }
	for _, check := range checks {
		if soon(check.CertificateEnds) {
			out = append(out, web.Coming{Kind: web.ComingCertificate, At: check.CertificateEnds, Name: check.Name, Path: "/checks/" + check.ID})
		}
	}
	for _, check := range checks {
		if ends := check.DomainEnds; !ends.IsZero() && ends.Sub(t.now) < certificateAhead {
			out = append(out, web.Coming{Kind: web.ComingDomain, At: ends, Name: check.Name, Path: "/checks/" + check.ID})
		}
	}
	if t.v.c.server.authority != nil || t.v.c.server.shown() == nil || len(t.sites) == 0 {
		return out // it renews itself, or there is none
	}
	if own, err := x509.ParseCertificate(t.v.c.server.shown().Certificate[0]); err == nil && soon(own.NotAfter) {
		out = append(out, web.Coming{Kind: web.ComingOwn, At: own.NotAfter})
	}
	return out
}

// comingTokens are the tokens that expire soon, for whoever can make others.
func (v view) comingTokens(ctx context.Context, t today, me access.Identity) ([]web.Coming, error) {
	var out []web.Coming
	soon := func(ends time.Time) bool { return ends.After(t.now) && ends.Sub(t.now) < tokenAhead }
	enrol, err := v.c.agents.enrolment.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range enrol {
		site, seen := t.sites[e.Site]
		if seen && e.Revoked.IsZero() && e.Used < e.Uses && soon(e.Expires) {
			out = append(out, web.Coming{Kind: web.ComingEnrolToken, At: e.Expires, Name: e.Name, Site: site, Path: "/agents#tokens"})
		}
	}
	if len(me.Sites) > 0 {
		return out, nil
	}
	tokens, err := v.c.access.Tokens(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range tokens {
		if soon(a.Expires) {
			out = append(out, web.Coming{Kind: web.ComingAPIToken, At: a.Expires, Name: a.Name, Path: "/tokens"})
		}
	}
	return out, nil
}

// comingDevices are computers that wait for a restart, and servers that are not
// heard and hang no incident.
func (t today) comingDevices(open []incident.Incident) []web.Coming {
	told := map[string]bool{}
	for _, inc := range open {
		told[inc.Labels["device"]] = told[inc.Labels["device"]] || inc.Rule == ruleServerSilent
	}
	var out []web.Coming
	restarts := 0
	for id, d := range t.devices {
		if slices.Contains(d.Conditions, web.RestartPending) {
			restarts++
		}
		if slices.Contains(d.Conditions, web.Silent) && !told[id] {
			out = append(out, web.Coming{Kind: web.ComingSilent, At: d.LastHeard, Name: d.Title(), Site: d.Site, Path: "/devices/" + id})
		}
	}
	if restarts > 0 {
		out = append(out, web.Coming{Kind: web.ComingRestart, Count: restarts, Path: "/devices?state=" + string(web.RestartPending)})
	}
	return out
}

// Samples implements web.View.
func (v view) Samples(ctx context.Context, filter string) (web.SamplesPage, error) {
	var page web.SamplesPage
	if !hidden(ctx, v.c.Config().Site.ID) {
		page.Computer = v.computer(ctx)
	}
	page.Samples, page.Matching = v.samples(ctx, filter)
	return page, nil
}
