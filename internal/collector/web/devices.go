package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// deviceDoors are the routes of the pages about devices and agents.
func deviceDoors() []door {
	return []door{
		get("/devices", access.Viewer, (*server).devices),
		get("/devices/{id}", access.Viewer, (*server).device),
		post("/devices/change", access.Operator, (*server).changeDevices),
		post("/devices/{id}/edit", access.Operator, (*server).editDevice),
		post("/devices/{id}/remove", access.Administrator, (*server).removeDevice),
		post("/devices/{id}/restore", access.Administrator, (*server).restoreDevice),
		post("/undo/{id}", access.Operator, (*server).undo),
		post("/devices/{id}/merge", access.Administrator, (*server).mergeDevices),
		post("/devices/{id}/keep-apart", access.Administrator, (*server).keepApart),
		get("/agents", access.Viewer, (*server).agents),
		get("/agents/{id}/revoke", access.Administrator, (*server).revokeForm),
		post("/agents/{id}/revoke", access.Administrator, (*server).revokeAgent),
		post("/agents/tokens", access.Administrator, (*server).createToken),
		get("/enrolment/{id}", access.Administrator, (*server).showToken),
		post("/agents/tokens/{id}/revoke", access.Administrator, (*server).revokeToken),
	}
}

// devicesBody is what the template of the list gets.
type devicesBody struct {
	DevicesPage
	Pages     pager
	Filter    DeviceFilter
	Filtered  bool
	Heads     []head
	Here      string // this very page, for after a form
	Wrong     string // why the form below the list was refused
	Ticked    []string
	More      int // proposals that found no room
	MayMerge  bool
	MayEdit   bool
	MayRemove bool
}

// head is the title of a column by which the list can be sorted.
type head struct {
	Name, Address string
	Sort          string // for aria-sort: "ascending", "descending", or ""
}

// removedState is the choice of a state that is none: devices that were removed.
const removedState = "removed"

// deviceFilter reads what a list of devices is narrowed to. A choice that our
// form does not offer is none.
func deviceFilter(query url.Values) DeviceFilter {
	f := DeviceFilter{
		Site: clip(query.Get("site"), fleet.MaxIDLength), Room: clip(query.Get("room"), fleet.MaxIDLength), Class: fleet.Class(query.Get("class")),
		Kind: look.Kind(query.Get("kind")), System: query.Get("system"), State: Condition(query.Get("state")), Text: clip(strings.TrimSpace(query.Get("q")), MaxFilter), Limit: MaxDevices,
	}
	f.Offset = (pageNumber(query.Get("page")) - 1) * MaxDevices
	f.Removed = f.State == removedState
	if !slices.Contains(fleet.Classes(), f.Class) {
		f.Class = ""
	}
	if !slices.Contains(Conditions(), f.State) {
		f.State = ""
	}
	if !slices.Contains(look.Kinds(), f.Kind) {
		f.Kind = ""
	}
	if !slices.Contains(systems(), f.System) {
		f.System = ""
	}
	f.Sort, f.Down = strings.CutPrefix(query.Get("sort"), "-")
	if !slices.Contains(Sorts(), f.Sort) {
		f.Sort, f.Down = "", false
	}
	return f
}

// systems lists what a list can be narrowed to by the system of the agent.
func systems() []string { return []string{"windows", "linux", "darwin", SystemNone} }

// query writes a filter as deviceFilter reads it, without the page.
func (f DeviceFilter) query() url.Values {
	out := url.Values{}
	state, sort := string(f.State), f.Sort
	if f.Removed {
		state = removedState
	}
	if f.Down {
		sort = "-" + sort
	}
	for name, value := range map[string]string{"site": f.Site, "room": f.Room, "class": string(f.Class), "kind": string(f.Kind), "system": f.System, "state": state, "q": f.Text, "sort": sort} {
		if value != "" {
			out.Set(name, value)
		}
	}
	return out
}

func (s *server) devices(w http.ResponseWriter, r *http.Request) error {
	return s.showDevices(w, r, http.StatusOK, r.URL.Query(), "", nil)
}

// showDevices shows the list, again when the form below it was refused.
func (s *server) showDevices(w http.ResponseWriter, r *http.Request, code int, query url.Values, wrong string, ticked []string) error {
	f := deviceFilter(query)
	page, err := s.Devices.Devices(r.Context(), f)
	if err != nil {
		return fmt.Errorf("gather devices: %w", err)
	}
	p := s.page(r)
	p.Title, p.Path = p.T("web.devices.title"), "/devices"
	b := devicesBody{DevicesPage: page, Filter: f, Wrong: wrong, Ticked: ticked, MayMerge: p.may(access.Administrator), MayEdit: p.may(access.Operator), MayRemove: p.may(access.Administrator)}
	b.Filtered = len(f.query()) > 0 && (f.Sort == "" || len(f.query()) > 1)
	b.Devices = page.Devices[:min(len(page.Devices), MaxDevices)]
	b.Proposals = page.Proposals[:min(len(page.Proposals), maxProposals)]
	b.More = len(page.Proposals) - len(b.Proposals)
	b.Rooms = page.Rooms[:min(len(page.Rooms), maxRooms)]
	slices.SortFunc(b.Kinds, func(x, y look.Kind) int {
		return cmp.Compare(slices.Index(look.Kinds(), x), slices.Index(look.Kinds(), y))
	})
	number := f.Offset/MaxDevices + 1
	b.Pages = pages("/devices", f.query(), number, len(b.Devices), page.Matching)
	b.Here = "/devices?" + f.query().Encode()
	if number > 1 {
		b.Here += "&page=" + strconv.Itoa(number)
	}
	for _, by := range Sorts() {
		b.Heads = append(b.Heads, p.head(f, by))
	}
	s.render(w, r, code, "devices.html", p, b)
	return nil
}

// Systems lists what a list of devices can be narrowed to by its system.
func (w words) Systems() []option {
	var out []option
	for _, system := range systems() {
		text := w.SystemName(system)
		if system == SystemNone {
			text = w.T("web.devices.no_agent")
		}
		out = append(out, option{system, text})
	}
	return out
}

// SortOptions lists what a list of devices can be sorted by, beside its name.
func (w words) SortOptions() []option {
	var out []option
	for _, by := range Sorts()[1:] {
		out = append(out, option{by, w.T("web.devices." + by)})
	}
	return out
}

// SortValue is how a list is sorted, as its address says it.
func (f DeviceFilter) SortValue() string { return f.query().Get("sort") }

// In reports whether a list holds a text.
func (words) In(s string, list []string) bool { return slices.Contains(list, s) }

// head makes the title of a column; what is sorted by it already is turned
// round.
func (w words) head(f DeviceFilter, by string) head {
	h := head{Name: w.T("web.devices." + by)}
	now := cmp.Or(f.Sort, "name")
	f.Down = now == by && !f.Down
	if now == by {
		h.Sort = "descending"
		if f.Down {
			h.Sort = "ascending"
		}
	}
	f.Sort = by
	h.Address = "/devices?" + f.query().Encode()
	return h
}

// pager says which part of a long list is shown.
type pager struct {
	First, Last, All int    // numbers of rows, from 1
	Before, After    string // addresses of the pages beside; "" when there is none
}

// pages makes the pager of a page of MaxDevices rows.
func pages(path string, query url.Values, number, shown, all int) pager {
	return pagesOf(path, query, number, MaxDevices, shown, all)
}

// pagesOf makes the pager of a page of size rows at most.
func pagesOf(path string, query url.Values, number, size, shown, all int) pager {
	p := pager{First: (number-1)*size + 1, Last: (number-1)*size + shown, All: all}
	address := func(n int) string {
		query.Set("page", strconv.Itoa(n))
		return path + "?" + query.Encode()
	}
	if number > 1 {
		p.Before = address(number - 1)
	}
	if shown > 0 && p.Last < all {
		p.After = address(number + 1)
	}
	return p
}

// pageNumber reads the number of a page, 1 when it is none.
func pageNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 10_000 {
		return 1
	}
	return n
}

// may reports whether the reader has a role, or more.
func (p *page) may(need access.Role) bool { return p.Me != nil && p.Me.Role.Allows(need) }

// deviceID reads which device a request is about.
func deviceID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	if fleet.CheckID(id) != nil {
		return "", ErrNotFound
	}
	return id, nil
}

// pairOf reads which two devices a form is about.
func pairOf(r *http.Request) (id, other string, err error) {
	if id, err = deviceID(r); err != nil {
		return "", "", err
	}
	if err := readForm(r); err != nil {
		return "", "", err
	}
	if other = r.PostForm.Get("other"); fleet.CheckID(other) != nil || other == id {
		return "", "", errForm
	}
	return id, other, nil
}

// mergeDevices makes the device of the address a part of the other one.
func (s *server) mergeDevices(w http.ResponseWriter, r *http.Request) error {
	id, other, err := pairOf(r)
	if err != nil {
		return err
	}
	if err := s.DevicesActions.MergeDevices(r.Context(), actor(r), id, other); err != nil {
		return fmt.Errorf("merge %s into %s: %w", id, other, err)
	}
	http.Redirect(w, r, "/devices/"+other, http.StatusSeeOther)
	return nil
}

func (s *server) keepApart(w http.ResponseWriter, r *http.Request) error {
	id, other, err := pairOf(r)
	if err != nil {
		return err
	}
	if err := s.DevicesActions.KeepApart(r.Context(), actor(r), id, other); err != nil {
		return fmt.Errorf("keep %s and %s apart: %w", id, other, err)
	}
	http.Redirect(w, r, "/devices", http.StatusSeeOther)
	return nil
}

// actor names who a request comes from, as in the audit record.
func actor(r *http.Request) string {
	me, _ := access.FromContext(r.Context())
	return me.Actor()
}

// ConditionBadge is the badge of what is told of a device.
func (w words) ConditionBadge(c Condition) badge {
	word := w.T("web.condition." + string(c))
	switch c {
	case Heard:
		return badge{"good", "✓", word}
	case Silent, DiskFailing, Cloned, AntivirusOff:
		return badge{"bad", "✕", word}
	case Off:
		return badge{"unknown", "–", word}
	case Unasked:
		return badge{"unknown", "?", word}
	case Paused:
		return badge{"unknown", "–", word}
	case Never:
		return badge{"unknown", "?", word}
	case RestartPending:
		return badge{"info", "↻", word}
	default:
		return badge{"warn", "!", word}
	}
}

// Conditions lists what a list of devices can be filtered by.
func (words) Conditions() []Condition { return Conditions() }

// Classes lists the classes of devices.
func (words) Classes() []fleet.Class { return fleet.Classes() }

// Class names a class.
func (w words) Class(c fleet.Class) string {
	if c == "" {
		return "–"
	}
	return w.T("web.class." + string(c))
}

// Reasons says why two devices are probably one.
func (w words) Reasons(p Proposal) string {
	var out []string
	for _, reason := range p.Reasons[:min(len(p.Reasons), 10)] {
		text := w.T("inventory.reason." + reason)
		if !w.c.Has(w.Lang, "inventory.reason."+reason) {
			text = w.Foreign(reason)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// Title is what people call the device; never empty.
func (d DeviceRow) Title() string { return cmp.Or(d.Name, d.Hostname, d.ID) }

// Place is where a device is: its site and its room.
func (d DeviceRow) Place() string {
	return strings.Trim(cmp.Or(d.Site.Name, d.Site.ID)+", "+d.Room, ", ")
}

// SiteName is what people call a site; never empty.
func (w words) SiteName(s Site) string { return w.Foreign(cmp.Or(s.Name, s.ID)) }
