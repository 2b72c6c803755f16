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
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
)

// polledActions is what people may do to devices that are looked at over the
// network, on pages, by the API and by commands.
type polledActions struct{ c *Collector }

var _ web.PolledActions = polledActions{}

// tryWithin bounds a look that somebody waits for.
const tryWithin = 30 * time.Second

// seenPolled finds a device that whoever asks may see.
func (c *Collector) seenPolled(ctx context.Context, id string) (settings.Device, error) {
	config := c.Config()
	d, ok := config.Polled(id)
	if !ok {
		if row, there := c.agents.inventory.Resolve(id); there {
			d, ok = c.polling.settingsOf(&config, row)
		}
	}
	if !ok || !seesSite(ctx, config.polledSite(d)) {
		return settings.Device{}, fmt.Errorf("device %s: %w", id, web.ErrNotFound)
	}
	return d, nil
}

// ownPolled is seenPolled for one that is to be changed: it must have been added
// in the console.
func (c *Collector) ownPolled(ctx context.Context, id string) (settings.Device, error) {
	d, err := c.seenPolled(ctx, id)
	if err != nil {
		return settings.Device{}, err
	}
	config := c.Config()
	if config.declaresPolled(d.ID) {
		return settings.Device{}, settings.Problems{settings.New("id", settings.CodeIDInFile, "ID", d.ID, "File", config.File())}
	}
	return d, nil
}

// placePolled makes sure that a device goes to a site that whoever asks sees, and
// finds what it hangs on by what people call it.
func (c *Collector) placePolled(ctx context.Context, d settings.Device) (settings.Device, error) {
	config := c.Config()
	if d.Site == config.Site.ID {
		d.Site = ""
	}
	if problems := c.mayPlace(ctx, &config, config.polledSite(d)); len(problems) > 0 {
		return d, problems
	}
	if _, ok := config.Credential(d.Credentials); d.Credentials != "" && !ok {
		return d, settings.Problems{settings.New("credentials", settings.CodeCredential, "Name", d.Credentials)}
	}
	graph, sees, find := c.graph(), seenThing(ctx), c.thingFinder(ctx)
	for _, f := range []struct {
		field string
		ids   *[]string
	}{{"parents", &d.Parents}, {"power", &d.Power}} {
		*f.ids, _ = foundThings(find, *f.ids)
		for _, id := range *f.ids {
			if t, ok := graph.Thing(topology.ID(id)); (!ok || !sees(t)) && id != string(topology.Line) {
				return d, settings.Problems{settings.New(f.field, settings.CodeHangs, "ID", id)}
			}
		}
	}
	return d, nil
}

// TryDevice implements web.PolledActions.
func (a polledActions) TryDevice(ctx context.Context, d settings.Device) (web.DeviceTrial, error) {
	if d.ID != "" {
		was, err := a.c.seenPolled(ctx, d.ID)
		if err != nil {
			return web.DeviceTrial{}, err
		}
		if d, err = kept(d, was); err != nil {
			return web.DeviceTrial{}, err
		}
		d.Site = was.Site
	}
	trial, _, err := a.try(ctx, d)
	return trial, err
}

// try looks once, and says which known device that is.
func (a polledActions) try(ctx context.Context, d settings.Device) (web.DeviceTrial, *inventory.Device, error) {
	self := d.ID
	if d.ID == "" {
		d.ID = "new" // one is made when it is saved
	}
	if problems := d.Problems(); len(problems) > 0 {
		return web.DeviceTrial{}, nil, problems
	}
	d, err := a.c.placePolled(ctx, d)
	if err != nil {
		return web.DeviceTrial{}, nil, err
	}
	id, _ := access.FromContext(ctx)
	end, err := a.c.tries.begin(id.Actor(), a.c.now())
	if err != nil {
		return web.DeviceTrial{}, nil, err
	}
	defer end()
	config := a.c.Config()
	bounded, cancel := context.WithTimeout(ctx, tryWithin)
	defer cancel()
	r := a.c.polling.lookAt(bounded, &config, d)
	kind := look.Kind(r.Kind)
	trial := web.DeviceTrial{Result: r, Title: seenAs(r), Class: settings.ClassOf(kind), Every: d.Every(kind)}
	known, moved := a.c.knownAt(bounded, &config, d, r, self)
	if known != nil {
		trial.Known, trial.Moved = &web.Reference{Name: known.Name, Path: "/devices/" + known.ID}, moved
		if !seesSite(ctx, known.Site) {
			trial.Known = &web.Reference{}
		}
	}
	return trial, known, nil
}

// knownAt finds the device that is known already and that a look at d found: by
// what it tells, or, of one that tells nothing, by its address. moved says that it
// does not answer where it was.
func (c *Collector) knownAt(ctx context.Context, config *Config, d settings.Device, r look.Result, not string) (known *inventory.Device, moved bool) {
	target := saidTarget(d)
	told := knownOf(r)
	owner, found := c.agents.inventory.Find(told, not)
	if !found {
		for _, other := range config.Devices {
			at, live := config.whereabouts(other)
			row, ok := c.agents.inventory.Resolve(other.ID)
			if live && ok && other.ID != not && sameAddress(saidTarget(at), target) && told.Against(row.Known(), inventory.PortsKind(row.Kind)) != inventory.Other {
				return &row, false
			}
		}
		return nil, false
	}
	o, ok := c.polling.settingsOf(config, owner)
	if !ok {
		return &owner, false
	}
	was, live := config.whereabouts(o)
	if live && sameAddress(saidTarget(was), target) {
		return &owner, false
	}
	if !live {
		return &owner, true
	}
	there := knownOf(c.polling.lookAt(ctx, config, was))
	return &owner, there.Against(owner.Known(), inventory.PortsKind(owner.Kind)) != inventory.Same
}

// sameAddress compares targets without the way in which they are asked.
func sameAddress(a, b string) bool {
	x, errX := device.ParseTarget(a)
	y, errY := device.ParseTarget(b)
	return errX == nil && errY == nil && x.Host == y.Host && x.Port == y.Port
}

// AddDevice implements web.PolledActions.
func (a polledActions) AddDevice(ctx context.Context, d settings.Device, anyway bool) (web.DeviceAdded, error) {
	d.Created, d.Changed, d.By, d.Removed = time.Time{}, time.Time{}, "", time.Time{}
	wanted := d.ID
	if wanted != "" {
		if problems := a.c.freePolled(wanted); len(problems) > 0 {
			return web.DeviceAdded{}, problems
		}
	}
	d.ID = ""
	trial, known, err := a.try(ctx, d)
	if err != nil {
		return web.DeviceAdded{}, err
	}
	added := web.DeviceAdded{Result: trial.Result}
	switch {
	case known != nil && trial.Moved && !anyway:
		if !seesSite(ctx, known.Site) {
			return added, settings.Problems{settings.New("target", settings.CodeKnownElsewhere)}
		}
		return a.move(ctx, d, *known, added)
	case known != nil && !anyway && !seesSite(ctx, known.Site):
		return added, settings.Problems{settings.New("target", settings.CodeKnownElsewhere)}
	case known != nil && !anyway:
		return added, settings.Problems{settings.New("target", settings.CodeKnownDevice, "ID", known.ID, "Name", known.Name)}
	case trial.Result.Device == nil && !anyway:
		return added, settings.Problems{settings.New("target", settings.CodeDeviceSilent)}
	}
	if d, err = a.c.placePolled(ctx, d); err != nil {
		return added, err
	}
	d = spoken(d, trial.Result)
	if d.ID = wanted; wanted == "" {
		if d.ID, err = a.c.agents.inventory.FreshID(cmp.Or(d.Name, factsOf(trial.Result)[look.FactName], trial.Title, hostIn(d)), a.c.takenPolled); err != nil {
			return added, told(err)
		}
	}
	added.ID = d.ID
	err = a.c.change(ctx, "device.add", d.ID, func(s *settings.Settings) error {
		if was, ok := s.Device(d.ID); ok && was.Removed.IsZero() {
			return settings.Problems{settings.New("id", settings.CodeIDTaken, "ID", d.ID)}
		}
		return s.PutDevice(d)
	})
	if err != nil {
		return added, err
	}
	config := a.c.Config()
	for _, l := range config.leftOut {
		if l.Kind == leftOutDevice && l.ID == d.ID {
			return added, l.Problems
		}
	}
	a.c.polling.introduce(ctx, d.ID, trial.Result, known)
	return added, nil
}

// introduce takes to the inventory what the look before adding a device found.
func (p *polling) introduce(ctx context.Context, id string, r look.Result, apart *inventory.Device) {
	ctx = context.WithoutCancel(ctx)
	row, ok := p.c.agents.inventory.Resolve(id)
	if !ok || r.Device == nil {
		return
	}
	if apart != nil { // somebody said that it is another one
		if err := p.c.agents.inventory.KeepApart(ctx, actor(ctx), row.ID, apart.ID); err != nil {
			p.c.log.Warn("keep devices apart", "device", row.ID, "other", apart.ID, "err", err)
		}
	}
	if r.Outcome == look.OK {
		if err := p.learn(ctx, row, r, knownOf(r)); err != nil {
			p.c.log.Warn("keep what a device is", "device", row.ID, "err", err)
		}
	}
	p.c.replan(ctx)
}

// spoken is a device with the protocol by which it answered, when nobody said one.
func spoken(d settings.Device, r look.Result) settings.Device {
	t, err := device.ParseTarget(d.Target)
	if err != nil || t.Scheme != device.SchemeAny || r.Device == nil || r.Device.Protocol == "" {
		return d
	}
	d.Target = r.Device.Protocol + "://" + d.Target
	return d
}

// hostIn is the host of a device's target.
func hostIn(d settings.Device) string {
	t, err := device.ParseTarget(d.Target)
	if err != nil {
		return ""
	}
	return t.Host
}

// move lets a known device follow to where somebody added it.
func (a polledActions) move(ctx context.Context, d settings.Device, known inventory.Device, added web.DeviceAdded) (web.DeviceAdded, error) {
	config := a.c.Config()
	o, ok := a.c.polling.settingsOf(&config, known)
	if !ok {
		return added, fmt.Errorf("device %s: %w", known.ID, web.ErrNotFound)
	}
	was, _ := config.whereabouts(o)
	added.ID, added.Moved, added.From = known.ID, true, saidTarget(was)
	m := moves{config: config, now: a.c.now(), to: map[string]string{o.ID: saidTarget(spoken(d, added.Result))}}
	return added, a.c.polling.carryOut(ctx, m)
}

// freePolled says why an ID cannot be given to a new device.
func (c *Collector) freePolled(id string) settings.Problems {
	config := c.Config()
	was, stored := config.stored.Device(id)
	switch {
	case config.declaresPolled(id):
		return settings.Problems{settings.New("id", settings.CodeIDInFile, "ID", id, "File", config.File())}
	case stored && !was.Removed.IsZero():
		return settings.Problems{settings.New("id", settings.CodeIDRemoved, "ID", id)}
	case stored || c.agents.inventory.Known(id):
		return settings.Problems{settings.New("id", settings.CodeIDTaken, "ID", id)}
	}
	return nil
}

// kept is a device with the secrets that were not typed again. They stay where
// they are sent: whoever points them elsewhere must know them.
func kept(d, was settings.Device) (settings.Device, error) {
	fields := d.Access.Keep(was.Access)
	if len(fields) > 0 && !sameAddress(d.Target, was.Target) {
		var out settings.Problems
		for _, field := range fields {
			out = append(out, settings.New(field, settings.CodeSecretAgain))
		}
		return d, out
	}
	return d, nil
}

// EditDevice implements web.PolledActions.
func (a polledActions) EditDevice(ctx context.Context, d settings.Device, keep bool) error {
	was, err := a.c.ownPolled(ctx, d.ID)
	if err != nil {
		return err
	}
	if keep {
		if d, err = kept(d, was); err != nil {
			return err
		}
	}
	next := was
	next.Target, next.Credentials, next.Access, next.Interval = d.Target, d.Credentials, d.Access, d.Interval
	if next, err = a.c.placePolled(ctx, next); err != nil {
		return err
	}
	return a.c.change(ctx, "device.edit", was.ID, func(s *settings.Settings) error {
		if now, ok := s.Device(was.ID); !ok || !now.Removed.IsZero() {
			return web.ErrNotFound
		}
		s.SetAway(was.ID, nil)
		return s.PutDevice(next)
	})
}

// PauseDevice implements web.PolledActions.
func (a polledActions) PauseDevice(ctx context.Context, id string, paused bool) error {
	d, err := a.c.ownPolled(ctx, id)
	if err != nil {
		return err
	}
	action := "device.resume"
	if paused {
		action = "device.pause"
	}
	return a.c.change(ctx, action, d.ID, func(s *settings.Settings) error { return found(s.PauseDevice(d.ID, paused)) })
}

// PutCredential implements web.PolledActions.
func (a polledActions) PutCredential(ctx context.Context, c settings.Credential, keep bool) error {
	if err := a.wholeCredentials(ctx, c.Name); err != nil {
		return err
	}
	if was, ok := a.c.settings.Current().Credential(strings.TrimSpace(c.Name)); ok && keep {
		c.Access.Keep(was.Access)
	}
	return a.c.change(ctx, "credential.put", c.Name, func(s *settings.Settings) error { return s.PutCredential(c) })
}

// wholeCredentials makes sure that who asks may change what concerns the whole
// installation, and that the file does not declare it.
func (a polledActions) wholeCredentials(ctx context.Context, name string) error {
	if id, ok := access.FromContext(ctx); !ok || !id.Whole() {
		return access.ErrForbidden
	}
	config := a.c.Config()
	if config.declaresCredential(name) {
		return settings.Problems{settings.New("name", settings.CodeNameInFile, "File", config.File())}
	}
	return nil
}

// DropCredential implements web.PolledActions.
func (a polledActions) DropCredential(ctx context.Context, name string) error {
	if err := a.wholeCredentials(ctx, name); err != nil {
		return err
	}
	config := a.c.Config()
	for _, d := range config.Devices {
		if d.Credentials == name {
			return settings.Problems{settings.New("name", settings.CodeCredentialUsed, "Device", d.ID)}
		}
	}
	return a.c.change(ctx, "credential.drop", name, func(s *settings.Settings) error { return found(s.DropCredential(name)) })
}

// removePolled takes devices out of what is looked at, and restorePolled puts
// them back: their rows went, or came back, before. What the file declares cannot
// be removed, and what is not looked at is left alone.
func (c *Collector) removePolled(ctx context.Context, ids []string) error {
	return c.eachPolled(ctx, "device.remove", ids, func(s *settings.Settings, d settings.Device) error {
		if !d.Removed.IsZero() {
			return nil
		}
		return s.RemoveDevice(d.ID, c.now())
	})
}

func (c *Collector) restorePolled(ctx context.Context, ids []string) error {
	return c.eachPolled(ctx, "device.restore", ids, func(s *settings.Settings, d settings.Device) error { return s.RestoreDevice(d.ID) })
}

func (c *Collector) eachPolled(ctx context.Context, action string, ids []string, edit func(*settings.Settings, settings.Device) error) error {
	now := c.settings.Current()
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, ok := now.Device(id); return !ok })
	if len(ids) == 0 {
		return nil
	}
	return c.change(ctx, action, strings.Join(ids[:min(len(ids), 5)], " "), func(s *settings.Settings) error {
		for _, id := range ids {
			if d, ok := s.Device(id); ok {
				if err := edit(s, d); err != nil && !errors.Is(err, settings.ErrNotFound) {
					return err
				}
			}
		}
		return nil
	})
}

// declaredPolled refuses to remove what the file declares.
func (c *Collector) declaredPolled(ids []string) error {
	config := c.Config()
	for _, id := range ids {
		if config.declaresPolled(id) {
			return settings.Problems{settings.New("id", settings.CodeIDInFile, "ID", id, "File", config.File())}
		}
	}
	return nil
}

// polledView is what the pages about such devices show.
type polledView struct{ c *Collector }

var _ web.PolledView = polledView{}

// PolledDevice implements web.PolledView.
func (v polledView) PolledDevice(ctx context.Context, id string) (web.PolledDevice, error) {
	d, err := v.c.seenPolled(ctx, id)
	if err != nil {
		return web.PolledDevice{}, err
	}
	config := v.c.Config()
	return v.of(&config, d), nil
}

func (v polledView) of(config *Config, d settings.Device) web.PolledDevice {
	out := web.PolledDevice{Spec: withoutSecrets(d), Has: hasOf(d.Access), From: d.From(config.Credentials)}
	if config.declaresPolled(d.ID) {
		out.File = config.File()
	}
	row, _ := v.c.agents.inventory.Resolve(d.ID)
	out.Every = d.Every(look.Kind(row.Kind))
	at, live := config.whereabouts(d)
	if live {
		out.Address = saidTarget(at)
	} else if a, ok := config.away(d); ok && a.Instead != "" {
		out.Instead = web.Reference{Name: a.Instead, Path: "/devices/" + a.Instead}
		if other, ok := v.c.agents.inventory.Resolve(a.Instead); ok {
			out.Instead.Name = other.Name
		}
	}
	if w, ok := (*v.c.looking.plan.Load())[polledPrefix+d.ID]; ok {
		for _, l := range w.identity {
			if l.Name == "job" {
				out.Job = l.Value
			}
		}
	}
	return out
}

// withoutSecrets is a device as it is shown: also a target in a file may have
// secrets.
func withoutSecrets(d settings.Device) settings.Device {
	d.Target, d.Access = saidTarget(d), d.Access.Bare()
	return d
}

func hasOf(a settings.Access) web.AccessHas {
	return web.AccessHas{Community: !a.SNMP.Community.IsZero(), AuthKey: !a.SNMP.AuthKey.IsZero(), PrivKey: !a.SNMP.PrivKey.IsZero(), Password: !a.PJLink.Password.IsZero()}
}

// PolledChoices implements web.PolledView.
func (v polledView) PolledChoices(ctx context.Context) (web.PolledChoices, error) {
	sites, err := checksView(v).CheckSites(ctx)
	if err != nil {
		return web.PolledChoices{}, err
	}
	out := web.PolledChoices{Sites: sites, Auth: settings.AuthProtocols(), Priv: settings.PrivProtocols()}
	config := v.c.Config()
	for _, one := range config.Credentials {
		out.Credentials = append(out.Credentials, one.Name)
	}
	slices.Sort(out.Credentials)
	return out, nil
}

// Credentials implements web.PolledView.
func (v polledView) Credentials(ctx context.Context) ([]web.CredentialRow, error) {
	if id, ok := access.FromContext(ctx); !ok || !id.Whole() {
		return nil, access.ErrForbidden
	}
	config := v.c.Config()
	used := map[string]int{}
	for _, d := range config.Devices {
		used[d.From(config.Credentials)]++
	}
	var out []web.CredentialRow
	row := func(one settings.Credential) web.CredentialRow {
		r := web.CredentialRow{Credential: one, Has: hasOf(one.Access), Devices: used[one.Name]}
		r.Access = one.Access.Bare()
		return r
	}
	for _, one := range config.Credentials {
		r := row(one)
		if config.declaresCredential(one.Name) {
			r.File = config.File()
		}
		out = append(out, r)
	}
	for _, l := range config.leftOut {
		if one, ok := config.stored.Credential(l.ID); ok && l.Kind == leftOutCredential {
			r := row(one)
			r.Wrong = l.Problems
			out = append(out, r)
		}
	}
	return out, nil
}
