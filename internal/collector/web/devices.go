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
)

// deviceDoors are the routes of the pages about devices and agents.
func deviceDoors() []door {
	return []door{
		get("/devices", access.Viewer, (*server).devices),
		get("/devices/{id}", access.Viewer, (*server).device),
		post("/devices/{id}/edit", access.Operator, (*server).editDevice),
		post("/devices/{id}/merge", access.Administrator, (*server).mergeDevices),
		post("/devices/{id}/keep-apart", access.Administrator, (*server).keepApart),
		get("/agents", access.Viewer, (*server).agents),
		get("/agents/{id}/revoke", access.Administrator, (*server).revokeForm),
		post("/agents/{id}/revoke", access.Administrator, (*server).revokeAgent),
		post("/agents/tokens", access.Administrator, (*server).createToken),
		post("/agents/tokens/{id}/revoke", access.Administrator, (*server).revokeToken),
	}
}

// devicesBody is what the template of the list gets.
type devicesBody struct {
	DevicesPage
	Pages    pager
	Filter   DeviceFilter
	Filtered bool
	More     int // proposals that found no room
	MayMerge bool
}

func (s *server) devices(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	number := pageNumber(query.Get("page"))
	f := DeviceFilter{
		Site: clip(query.Get("site"), fleet.MaxIDLength), Class: fleet.Class(query.Get("class")), State: Condition(query.Get("state")),
		Text: clip(strings.TrimSpace(query.Get("q")), MaxFilter), Offset: (number - 1) * MaxDevices, Limit: MaxDevices,
	}
	// A choice that our form does not offer is none.
	if !slices.Contains(fleet.Classes(), f.Class) {
		f.Class = ""
	}
	if !slices.Contains(Conditions(), f.State) {
		f.State = ""
	}
	page, err := s.Devices.Devices(r.Context(), f)
	if err != nil {
		return fmt.Errorf("gather devices: %w", err)
	}
	b := devicesBody{DevicesPage: page, Filter: f, Filtered: f.Site != "" || f.Class != "" || f.State != "" || f.Text != ""}
	b.Devices = page.Devices[:min(len(page.Devices), MaxDevices)]
	b.Proposals = page.Proposals[:min(len(page.Proposals), maxProposals)]
	b.More = len(page.Proposals) - len(b.Proposals)
	b.Pages = pages("/devices", url.Values{"site": {f.Site}, "class": {string(f.Class)}, "state": {string(f.State)}, "q": {f.Text}}, number, len(b.Devices), page.Matching)
	p := s.page(r)
	p.Title = p.T("web.devices.title")
	b.MayMerge = p.may(access.Administrator)
	s.render(w, r, http.StatusOK, "devices.html", p, b)
	return nil
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
