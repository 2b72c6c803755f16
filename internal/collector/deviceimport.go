package collector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/csvfile"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// The columns of a list of devices; those that checks have too are named there.
const (
	columnHostname = "hostname"
	columnSerial   = "serial"
	columnAsset    = "asset"
	columnRoom     = "room"
	columnSeat     = "seat"
	columnClass    = "class"
	columnParents  = "parents"
	columnPower    = "power"
)

func deviceColumns() []csvfile.Column {
	return []csvfile.Column{
		{Name: columnID, Titles: []string{"identifikatorius", "identifier"}},
		{Name: columnName, Titles: []string{"pavadinimas", "įrenginys", "device"}},
		{Name: columnHostname, Titles: []string{"kompiuterio vardas", "kompiuteris", "host name", "computer"}},
		{Name: columnSerial, Titles: []string{"serijos numeris", "serijos nr", "serial number"}},
		{Name: columnAsset, Titles: []string{"inventoriaus numeris", "inventorinis numeris", "inventoriaus nr", "inv nr", "asset number"}},
		{Name: columnSite, Titles: []string{"vieta", "padalinys", "filialas"}},
		{Name: columnRoom, Titles: []string{"patalpa", "kabinetas"}},
		{Name: columnSeat, Titles: []string{"vieta patalpoje", "darbo vietos nr", "place"}},
		{Name: columnClass, Titles: []string{"paskirtis", "purpose"}},
		{Name: columnParents, Titles: []string{"prijungta prie", "priklauso nuo", "aukštesnis įrenginys", "parent", "hangs on"}},
		{Name: columnPower, Titles: []string{"maitinimas", "ups"}},
	}
}

// listReader reads a list of devices against what there is.
type listReader struct {
	a       fleetActions
	by      string
	picture picture
	devices []inventory.Device // that are seen
	keys    map[string][]int   // "column\x00folded value" → devices
	rooms   roomFinder
	given   map[string]bool // devices that an earlier line is about
	things  func(text string) (id string, ok bool)
	made    map[string]string           // new devices of earlier lines, by their folded names; "": two have it
	hanging map[string]inventory.Device // devices that the list changes, as they will hang
	whole   inventory.Several
}

// readDevices reads a list: its lines, and one change of all that are right.
func (a fleetActions) readDevices(ctx context.Context, by string, list []byte) ([]web.DeviceLine, inventory.Several, csvfile.Table, error) {
	table, err := csvfile.Read(list, deviceColumns())
	if err != nil {
		return nil, inventory.Several{}, table, err
	}
	p, err := fleetView(a).picture(ctx)
	if err != nil {
		return nil, inventory.Several{}, table, err
	}
	r := listReader{a: a, by: by, picture: p, keys: map[string][]int{}, given: map[string]bool{}, things: a.c.thingFinder(ctx), made: map[string]string{}, hanging: map[string]inventory.Device{}, rooms: roomFinder{inventory: a.c.agents.inventory},
		whole: inventory.Several{Edits: map[string]inventory.Edit{}}}
	for _, d := range a.c.agents.inventory.Info() {
		if _, seen := p.sites[d.Site]; seen {
			r.know(d)
		}
	}
	var lines []web.DeviceLine
	for _, row := range table.Rows {
		l, err := r.line(ctx, row)
		if err != nil {
			return nil, inventory.Several{}, table, err
		}
		lines = append(lines, l)
	}
	r.whole.Rooms = r.rooms.made
	return lines, r.whole, table, nil
}

// know makes a device findable.
func (r *listReader) know(d inventory.Device) {
	i := len(r.devices)
	r.devices = append(r.devices, d)
	for column, value := range map[string]string{columnID: d.ID, columnSerial: d.Serial, columnHostname: d.Hostname, columnAsset: d.Asset} {
		if value != "" {
			key := column + "\x00" + web.Fold(value)
			r.keys[key] = append(r.keys[key], i)
		}
	}
}

// find returns the device that a line is about, by its ID, its serial, its host
// name or its number in the books; false when there is none yet.
func (r *listReader) find(cells map[string]string) (inventory.Device, bool, *web.Mistake) {
	for _, column := range []string{columnID, columnSerial, columnHostname, columnAsset} {
		if cells[column] == "" {
			continue
		}
		switch found := r.keys[column+"\x00"+web.Fold(cells[column])]; {
		case len(found) == 1:
			return r.devices[found[0]], true, nil
		case len(found) > 1:
			return inventory.Device{}, false, &web.Mistake{Field: column, Code: "several"}
		case column == columnID:
			return inventory.Device{}, false, &web.Mistake{Field: column, Code: "no_device"}
		}
	}
	return inventory.Device{}, false, nil
}

// line reads one line. The error is about more than this line.
func (r *listReader) line(ctx context.Context, row csvfile.Row) (web.DeviceLine, error) {
	cells := row.Cells
	l := web.DeviceLine{Line: row.Line, Kind: web.ImportWrong, ID: cells[columnID], Name: cmp.Or(cells[columnName], cells[columnHostname], cells[columnAsset])}
	wrong := func(m web.Mistake) (web.DeviceLine, error) {
		l.Kind, l.Problems = web.ImportWrong, append(l.Problems, m)
		return l, nil
	}
	was, known, mistake := r.find(cells)
	if mistake != nil {
		return wrong(*mistake)
	}
	if known {
		l.ID, l.Name = was.ID, was.Name
		if r.given[was.ID] {
			return wrong(web.Mistake{Code: "twice"})
		}
	}
	site, ok := r.site(cells[columnSite], was)
	if !ok {
		return wrong(web.Mistake{Field: columnSite, Code: "site"})
	}
	class, ok := r.class(cells[columnClass])
	if !ok {
		return wrong(web.Mistake{Field: columnClass, Code: "class"})
	}
	made := len(r.rooms.made)
	room, err := r.rooms.find(ctx, site, cells[columnRoom])
	if err != nil {
		return l, err
	}
	s := inventory.Several{Rooms: r.rooms.made}
	if known {
		edit := editOf(cells, room, class)
		s.Edits = map[string]inventory.Edit{was.ID: edit}
		l.Changes = r.changes(was, edit, cells)
	} else {
		s.New = []inventory.NewEntry{{
			Called: plainID(cmp.Or(cells[columnHostname], cells[columnName])), Name: cells[columnName], Hostname: cells[columnHostname], Site: site, Room: room, Seat: cells[columnSeat], Class: cmp.Or(class, fleet.Workstation),
			Asset: cells[columnAsset], Serial: cells[columnSerial],
		}}
	}
	done, err := r.a.c.agents.inventory.Try(ctx, r.by, s)
	if err != nil {
		r.forgetRooms(made)
		return r.refused(l, err)
	}
	if known {
		done.Made = []string{was.ID}
	}
	parents, power, mistake := r.hangs(was, done.Made[0], cells)
	if mistake != nil {
		r.forgetRooms(made)
		l.Changes = nil
		return wrong(*mistake)
	}
	r.given[was.ID] = known
	if known {
		edit := s.Edits[was.ID]
		edit.Parents, edit.Power = parents, power
		s.Edits[was.ID] = edit
		l.Changes = append(l.Changes, hangChanges(was, edit)...)
	}
	switch {
	case !known:
		l.Kind = web.ImportNew
		s.New[0].Parents, s.New[0].Power = listed(parents), listed(power)
		r.remember(done.Made[0], cells)
		r.whole.New = append(r.whole.New, s.New...)
		for _, column := range []string{columnSite, columnRoom, columnSeat, columnAsset, columnSerial, columnParents, columnPower} {
			if cells[column] != "" {
				l.Changes = append(l.Changes, web.DeviceChange{Field: column, New: cells[column]})
			}
		}
	case len(l.Changes) == 0:
		l.Kind = web.ImportUnchanged
	default:
		l.Kind = web.ImportChanged
		r.whole.Edits[was.ID] = s.Edits[was.ID]
	}
	return l, nil
}

// hangs reads what the device of a line hangs on: things that are there, and new
// devices of the lines before. Nil: the line does not say it.
func (r *listReader) hangs(was inventory.Device, id string, cells map[string]string) (parents, power *[]string, m *web.Mistake) {
	after := was
	after.ID = id
	for _, f := range []struct {
		column string
		into   *[]string
		edit   **[]string
	}{{columnParents, &after.Parents, &parents}, {columnPower, &after.Power, &power}} {
		if cells[f.column] == "" {
			continue
		}
		ids := []string{}
		for _, text := range splitThings(cells[f.column]) {
			found, ok := r.things(text)
			if made := r.made[web.Fold(text)]; !ok && made != "" {
				found, ok = made, true
			}
			if !ok {
				return nil, nil, &web.Mistake{Field: f.column, Code: f.column}
			}
			ids = append(ids, found)
		}
		*f.into, *f.edit = ids, &ids
	}
	if parents == nil && power == nil {
		return nil, nil, nil
	}
	r.hanging[id] = after
	if err := r.a.c.deviceHangs(after, r.hanging); err != nil {
		delete(r.hanging, id)
		var mistake *web.Mistake
		if errors.As(told(err), &mistake) {
			return nil, nil, mistake
		}
		return nil, nil, &web.Mistake{Field: columnParents, Code: columnParents}
	}
	return parents, power, nil
}

// splitThings reads the things that one cell names.
func splitThings(cell string) []string {
	var out []string
	for text := range strings.FieldsFuncSeq(cell, func(c rune) bool { return c == ',' || c == '|' || c == ';' }) {
		if text = strings.TrimSpace(text); text != "" && text != "-" && text != "–" {
			out = append(out, text)
		}
	}
	return out
}

// remember lets later lines name a new device.
func (r *listReader) remember(id string, cells map[string]string) {
	for _, other := range r.made {
		if other == id {
			id = "" // two lines make this ID: the second will get another
		}
	}
	if id == "" {
		return
	}
	if _, known := r.hanging[id]; !known {
		r.hanging[id] = inventory.Device{ID: id}
	}
	for _, text := range []string{cells[columnName], cells[columnHostname], cells[columnAsset], id} {
		key := web.Fold(text)
		if had, taken := r.made[key]; taken && had != id {
			r.made[key] = "" // two are called that
		} else if key != "" {
			r.made[key] = id
		}
	}
}

// hangChanges says what an edit changes of what a device hangs on.
func hangChanges(was inventory.Device, e inventory.Edit) []web.DeviceChange {
	var out []web.DeviceChange
	for _, f := range []struct {
		column string
		before []string
		after  *[]string
	}{{columnParents, was.Parents, e.Parents}, {columnPower, was.Power, e.Power}} {
		if f.after != nil && !slices.Equal(f.before, *f.after) {
			out = append(out, web.DeviceChange{Field: f.column, Old: strings.Join(f.before, ", "), New: strings.Join(*f.after, ", ")})
		}
	}
	return out
}

// forgetRooms takes back that a wrong line needed new rooms.
func (r *listReader) forgetRooms(made int) {
	r.rooms.known = r.rooms.known[:len(r.rooms.known)-(len(r.rooms.made)-made)]
	r.rooms.made = r.rooms.made[:made]
}

// refused says what is wrong with a line.
func (r *listReader) refused(l web.DeviceLine, err error) (web.DeviceLine, error) {
	var mistakes []web.Mistake
	for _, e := range flat(told(err)) {
		var m *web.Mistake
		if !errors.As(e, &m) {
			return l, err
		}
		mistakes = append(mistakes, *m)
	}
	l.Problems, l.Changes = mistakes, nil
	return l, nil
}

// flat lists what errors.Join put together.
func flat(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, flat(e)...)
	}
	return out
}

// site finds the site of a line by its ID or its name. A device that is known
// stays in its site: only its agent can carry it elsewhere.
func (r *listReader) site(text string, was inventory.Device) (string, bool) {
	id := was.Site
	if id == "" && len(r.picture.sites) == 1 {
		id = r.picture.siteList()[0].ID
	}
	if text == "" {
		return id, id != ""
	}
	for _, s := range r.picture.sites {
		if s.ID == text || web.Fold(s.Name) == web.Fold(text) {
			return s.ID, was.Site == "" || was.Site == s.ID
		}
	}
	return "", false
}

// class finds a purpose by its name in any language; "" stays "".
func (r *listReader) class(text string) (fleet.Class, bool) {
	if text == "" {
		return "", true
	}
	for _, class := range fleet.Classes() {
		names := []string{string(class)}
		for _, lang := range i18n.Languages() {
			names = append(names, r.a.c.catalogue.Text(lang, "web.class."+string(class), nil))
		}
		if slices.ContainsFunc(names, func(n string) bool { return web.Fold(n) == web.Fold(text) }) {
			return class, true
		}
	}
	return "", false
}

// editOf makes an edit of the cells that are not empty.
func editOf(cells map[string]string, room string, class fleet.Class) inventory.Edit {
	text := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	return inventory.Edit{Name: text(cells[columnName]), Room: text(room), Seat: text(cells[columnSeat]), Asset: text(cells[columnAsset]), Class: text(string(class))}
}

// changes says what an edit changes, with rooms by their names.
func (r *listReader) changes(was inventory.Device, e inventory.Edit, cells map[string]string) []web.DeviceChange {
	var out []web.DeviceChange
	add := func(field string, next *string, before, shownBefore, shown string) {
		if next != nil && *next != before {
			out = append(out, web.DeviceChange{Field: field, Old: shownBefore, New: shown})
		}
	}
	add(columnName, e.Name, was.Name, was.Name, cells[columnName])
	add(columnRoom, e.Room, was.Room, r.picture.rooms[was.Room], cells[columnRoom])
	add(columnSeat, e.Seat, was.Seat, was.Seat, cells[columnSeat])
	add(columnClass, e.Class, string(was.Class), string(was.Class), deref(e.Class))
	add(columnAsset, e.Asset, was.Asset, was.Asset, cells[columnAsset])
	return out
}

func listed(s *[]string) []string {
	if s == nil {
		return nil
	}
	return *s
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// PreviewDevices implements web.DevicesActions.
func (a fleetActions) PreviewDevices(ctx context.Context, by string, list []byte) (web.DeviceImport, error) {
	lines, _, table, err := a.readDevices(ctx, by, list)
	if err != nil {
		return web.DeviceImport{}, err
	}
	return web.DeviceImport{Key: a.c.fleets.put(by, list, a.c.now()), Unknown: table.Unknown, Lines: lines}, nil
}

// ImportDevices implements web.DevicesActions.
func (a fleetActions) ImportDevices(ctx context.Context, by, key string) (string, error) {
	list, ok := a.c.fleets.take(key, by, a.c.now())
	if !ok {
		return "", fmt.Errorf("take over a list: %w", web.ErrNotFound)
	}
	_, whole, _, err := a.readDevices(ctx, by, list)
	if err != nil {
		return "", err
	}
	return a.change(ctx, by, fmt.Sprintf("a list: %d new, %d changed", len(whole.New), len(whole.Edits)), whole)
}
