package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/fleet"
)

// placeDoors are the routes of the pages about sites and rooms.
func placeDoors() []door {
	return []door{
		get("/sites", access.Viewer, (*server).listSites),
		post("/sites", access.Administrator, (*server).addSite).whole(),
		get("/sites/{id}", access.Viewer, (*server).site),
		post("/sites/{id}/rename", access.Administrator, (*server).renameSite),
		post("/sites/{id}/remove", access.Administrator, (*server).removeSite),
		post("/sites/{id}/restore", access.Administrator, (*server).restoreSite),
		post("/sites/{id}/rooms", access.Operator, (*server).addRoom),
		get("/rooms/{id}", access.Viewer, (*server).room),
		post("/rooms/{id}/rename", access.Operator, (*server).renameRoom),
		post("/rooms/{id}/remove", access.Operator, (*server).removeRoom),
		post("/rooms/{id}/restore", access.Operator, (*server).restoreRoom),
		post("/rooms/{id}/seats", access.Operator, (*server).setSeats),
	}
}

// placeID reads which site or room a request is about.
func placeID(r *http.Request) (string, error) {
	if err := fleet.CheckID(r.PathValue("id")); err != nil {
		return "", ErrNotFound
	}
	return r.PathValue("id"), nil
}

// typed reads a short text of a form.
func typed(r *http.Request, name string) string {
	return clipRunes(strings.TrimSpace(r.PostForm.Get(name)), maxWord)
}

// sitesBody is what the template of the list of sites gets.
type sitesBody struct {
	Sites  []SiteCard
	More   int
	Form   form
	MayAdd bool
}

func (s *server) listSites(w http.ResponseWriter, r *http.Request) error {
	return s.showSites(w, r, http.StatusOK, form{})
}

func (s *server) showSites(w http.ResponseWriter, r *http.Request, code int, f form) error {
	sites, err := s.Places.Sites(r.Context())
	if err != nil {
		return fmt.Errorf("gather sites: %w", err)
	}
	b := sitesBody{Sites: sites[:min(len(sites), MaxSites)], Form: f}
	b.More = len(sites) - len(b.Sites)
	p := s.page(r)
	p.Title = p.T("web.page.sites")
	b.MayAdd = p.may(access.Administrator) && len(p.Me.Sites) == 0
	s.render(w, r, code, "sites.html", p, b)
	return nil
}

func (s *server) addSite(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	id, err := s.PlacesActions.AddSite(r.Context(), actor(r), strings.ToLower(typed(r, "id")), typed(r, "name"))
	if errors.Is(err, ErrRefused) {
		f := form{Values: r.PostForm}
		s.page(r).besideFields(&f, err, "id", "name")
		return s.showSites(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return fmt.Errorf("add a site: %w", err)
	}
	s.done(w, r, "/sites/"+id, "site.added", typed(r, "name"))
	return nil
}

// siteBody is what the template of one site gets.
type siteBody struct {
	SitePage
	Rename, Add form
	Unwell      []Check
	Well        int
	MayEdit     bool // rooms
	MayManage   bool // the site itself
	Hidden      int  // rooms that found no room
}

func (s *server) site(w http.ResponseWriter, r *http.Request) error {
	return s.showSite(w, r, http.StatusOK, nil, form{})
}

// showSite shows a site, again when one of its forms was refused.
func (s *server) showSite(w http.ResponseWriter, r *http.Request, code int, rename *form, add form) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	page, err := s.Places.Site(r.Context(), id)
	if err != nil {
		return fmt.Errorf("read site %s: %w", id, err)
	}
	b := siteBody{SitePage: page, Add: add, Rename: newForm("name", page.Name)}
	if rename != nil {
		b.Rename = *rename
	}
	b.Unwell, b.Well = unwell(page.Checks, s.Now())
	b.Unwell = b.Unwell[:min(len(b.Unwell), maxBriefly)]
	b.AllRooms = page.AllRooms[:min(len(page.AllRooms), maxRooms)]
	b.Hidden = len(page.AllRooms) - len(b.AllRooms)
	sortUrgent(b.Incidents)
	b.Incidents = b.Incidents[:min(len(b.Incidents), maxFull)]
	p := s.page(r)
	p.Title, p.Path = p.SiteName(page.Site), "/sites/"+id
	b.MayEdit, b.MayManage = p.may(access.Operator), p.may(access.Administrator)
	s.render(w, r, code, "site.html", p, b)
	return nil
}

func (s *server) renameSite(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	err = s.PlacesActions.RenameSite(r.Context(), actor(r), id, typed(r, "name"))
	if errors.Is(err, ErrRefused) {
		f := form{Values: r.PostForm}
		s.page(r).besideFields(&f, err, "name")
		return s.showSite(w, r, http.StatusUnprocessableEntity, &f, form{})
	}
	if err != nil {
		return fmt.Errorf("rename site %s: %w", id, err)
	}
	s.done(w, r, "/sites/"+id, "site.renamed", typed(r, "name"))
	return nil
}

func (s *server) removeSite(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	err = s.PlacesActions.RemoveSite(r.Context(), actor(r), id)
	if errors.Is(err, ErrRefused) {
		f := newForm()
		s.page(r).besideFields(&f, err)
		return s.showSite(w, r, http.StatusUnprocessableEntity, &f, form{})
	}
	if err != nil {
		return fmt.Errorf("remove site %s: %w", id, err)
	}
	s.done(w, r, "/sites", "site.removed", id)
	return nil
}

func (s *server) restoreSite(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	if err := s.PlacesActions.RestoreSite(r.Context(), actor(r), id); err != nil {
		return fmt.Errorf("restore site %s: %w", id, err)
	}
	s.done(w, r, "/sites/"+id, "site.restored", id)
	return nil
}

func (s *server) addRoom(w http.ResponseWriter, r *http.Request) error {
	site, err := placeID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	id, err := s.PlacesActions.AddRoom(r.Context(), actor(r), site, typed(r, "name"))
	if errors.Is(err, ErrRefused) {
		f := form{Values: r.PostForm}
		s.page(r).besideFields(&f, err, "name")
		return s.showSite(w, r, http.StatusUnprocessableEntity, nil, f)
	}
	if err != nil {
		return fmt.Errorf("add a room to site %s: %w", site, err)
	}
	s.done(w, r, "/rooms/"+id, "room.added", typed(r, "name"))
	return nil
}

// roomBody is what the template of one room gets.
type roomBody struct {
	RoomPage
	Rows    []seatRow
	Form    form // its name
	Seats   form // "seat-" and the ID of the device
	MayEdit bool
	Hidden  int
}

// seatRow is devices whose seats begin with the same letters: "A1", "A2". Those
// without a seat are the last row.
type seatRow struct {
	Name    string
	Devices []DeviceRow
}

// seatRows makes rows of devices that are sorted by their seats.
func seatRows(devices []DeviceRow) []seatRow {
	var out []seatRow
	for i, d := range devices {
		name := strings.ToUpper(strings.TrimRightFunc(d.Seat, func(r rune) bool { return unicode.IsDigit(r) || r == ' ' || r == '-' }))
		if i == 0 || out[len(out)-1].Name != name || (d.Seat == "") != (devices[i-1].Seat == "") {
			out = append(out, seatRow{Name: name})
		}
		last := &out[len(out)-1]
		last.Devices = append(last.Devices, d)
	}
	return out
}

func (s *server) room(w http.ResponseWriter, r *http.Request) error {
	return s.showRoom(w, r, http.StatusOK, nil, nil)
}

// showRoom shows a room, again when one of its forms was refused.
func (s *server) showRoom(w http.ResponseWriter, r *http.Request, code int, rename, seats *form) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	page, err := s.Places.Room(r.Context(), id)
	if err != nil {
		return fmt.Errorf("read room %s: %w", id, err)
	}
	b := roomBody{RoomPage: page, Form: newForm("name", page.Name), Seats: newForm()}
	b.Devices = page.Devices[:min(len(page.Devices), MaxSeats)]
	b.Hidden = page.All - len(b.Devices)
	b.Rows = seatRows(b.Devices)
	for _, d := range b.Devices {
		b.Seats.Values.Set("seat-"+d.ID, d.Seat)
	}
	if rename != nil {
		b.Form = *rename
	}
	if seats != nil {
		b.Seats = *seats
	}
	sortUrgent(b.Incidents)
	b.Incidents = b.Incidents[:min(len(b.Incidents), maxFull)]
	p := s.page(r)
	p.Title, p.Path = p.Foreign(page.Name), "/sites/"+page.Site.ID
	b.MayEdit = p.may(access.Operator)
	if code == http.StatusOK {
		p.live(r)
	}
	s.render(w, r, code, "room.html", p, b)
	return nil
}

func (s *server) renameRoom(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	err = s.PlacesActions.RenameRoom(r.Context(), actor(r), id, typed(r, "name"))
	if errors.Is(err, ErrRefused) {
		f := form{Values: r.PostForm}
		s.page(r).besideFields(&f, err, "name")
		return s.showRoom(w, r, http.StatusUnprocessableEntity, &f, nil)
	}
	if err != nil {
		return fmt.Errorf("rename room %s: %w", id, err)
	}
	s.done(w, r, "/rooms/"+id, "room.renamed", typed(r, "name"))
	return nil
}

func (s *server) removeRoom(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	site, err := s.PlacesActions.RemoveRoom(r.Context(), actor(r), id)
	if errors.Is(err, ErrRefused) {
		f := newForm()
		s.page(r).besideFields(&f, err)
		return s.showRoom(w, r, http.StatusUnprocessableEntity, &f, nil)
	}
	if err != nil {
		return fmt.Errorf("remove room %s: %w", id, err)
	}
	s.done(w, r, "/sites/"+site, "room.removed", id)
	return nil
}

func (s *server) restoreRoom(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	if err := s.PlacesActions.RestoreRoom(r.Context(), actor(r), id); err != nil {
		return fmt.Errorf("restore room %s: %w", id, err)
	}
	s.done(w, r, "/rooms/"+id, "room.restored", id)
	return nil
}

func (s *server) setSeats(w http.ResponseWriter, r *http.Request) error {
	id, err := placeID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	seats := map[string]string{}
	for name := range r.PostForm {
		device, ok := strings.CutPrefix(name, "seat-")
		if ok && fleet.CheckID(device) == nil {
			seats[device] = typed(r, name)
		}
	}
	if len(seats) > MaxSeats {
		return errForm
	}
	undo, err := s.PlacesActions.SetSeats(r.Context(), actor(r), id, seats)
	switch {
	case errors.Is(err, ErrRefused):
		f := form{Values: r.PostForm}
		s.page(r).besideFields(&f, err)
		return s.showRoom(w, r, http.StatusUnprocessableEntity, nil, &f)
	case err != nil:
		return fmt.Errorf("set the seats of room %s: %w", id, err)
	case undo == "":
		http.Redirect(w, r, "/rooms/"+id, http.StatusSeeOther)
		return nil
	}
	s.done(w, r, "/rooms/"+id, "seats.set", undo)
	return nil
}

// ClassCounts writes how many devices there are of each class.
func (w words) ClassCounts(counts map[fleet.Class]int) string {
	var out []string
	for _, class := range fleet.Classes() {
		if n := counts[class]; n > 0 {
			out = append(out, fmt.Sprintf("%s %d", w.Class(class), n))
		}
	}
	return strings.Join(out, ", ")
}

// RoomBadge tells how a room is.
func (w words) RoomBadge(r RoomCard) badge {
	switch {
	case r.Wrong > 0:
		return badge{"warn", "!", w.N("web.rooms.wrong", r.Wrong)}
	case r.Off == r.Devices:
		return badge{"unknown", "–", w.T("web.rooms.off")}
	default:
		return badge{"good", "✓", w.T("web.today.well")}
	}
}

// RoomSummary counts how the devices of a room are.
func (w words) RoomSummary(devices []DeviceRow) string {
	counts := map[Condition]int{}
	for _, d := range devices {
		for _, c := range d.Conditions {
			counts[c]++
		}
	}
	var out []string
	for _, c := range Conditions() {
		if n := counts[c]; n > 0 {
			out = append(out, fmt.Sprintf("%s %d", w.ConditionBadge(c).Word, n))
		}
	}
	return strings.Join(out, ", ")
}

type shownDevice struct {
	words
	Device DeviceRow
}

// WithDevice gives a device to a shared template.
func (w words) WithDevice(d DeviceRow) shownDevice { return shownDevice{w, d} }

// Tone is that of the worst that is told of the device.
func (d shownDevice) Tone() string {
	tones := []string{"bad", "warn", "info", "unknown", "good"}
	best := len(tones) - 1
	for _, c := range d.Device.Conditions {
		if i := slices.Index(tones, d.ConditionBadge(c).Tone); i >= 0 {
			best = min(best, i)
		}
	}
	if len(d.Device.Conditions) == 0 {
		return "unknown"
	}
	return tones[best]
}
