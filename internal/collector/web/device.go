package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
)

// deviceBody is what the template of one device gets.
type deviceBody struct {
	DevicePage
	Kind         string            // as its looks say; "": there is none
	Told         *lookBody         // by the network; nil: it is not looked at so
	Uptimes      *availabilityBody // nil: nothing is kept
	Range        Range
	Ranges       []rangeLink
	Figures      []figure
	Groups       []factGroup
	Open         []incident.Incident
	Closed       []incident.Incident
	Form         form
	MayEdit      bool
	MayRemove    bool
	ClassOptions []option
}

// rangeLink leads to the charts of another range.
type rangeLink struct {
	Range   Range
	Address string
	Current bool
}

func (s *server) device(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	return s.showDevice(w, r, http.StatusOK, id, form{})
}

// showDevice shows a device; f is what was typed when the form was refused.
func (s *server) showDevice(w http.ResponseWriter, r *http.Request, code int, id string, f form) error {
	reach := Range(r.URL.Query().Get("range"))
	if !slices.Contains(Ranges(), reach) {
		reach = Day
	}
	page, err := s.Devices.Device(r.Context(), id, reach)
	if err != nil {
		return fmt.Errorf("read device %s: %w", id, err)
	}
	p := s.page(r)
	b := deviceBody{DevicePage: page, Range: reach, MayEdit: p.may(access.Operator) && page.Device.Removed.IsZero(), MayRemove: p.may(access.Administrator), Form: f}
	if f.Values == nil { // nothing was typed
		d := page.Device
		b.Form = newForm("name", d.Name, "room", d.Room, "seat", d.Seat, "class", string(d.Class), "asset", d.Asset, fieldParents, strings.Join(page.Parents, ", "), fieldPower, strings.Join(page.Power, ", "))
		b.Form.Wrong = f.Wrong
	}
	for _, c := range fleet.Classes() {
		b.ClassOptions = append(b.ClassOptions, option{string(c), p.Class(c)})
	}
	for _, other := range Ranges() {
		b.Ranges = append(b.Ranges, rangeLink{other, "/devices/" + id + "?range=" + string(other) + "#charts", other == reach})
	}
	if page.Look != nil {
		b.Told = p.lookOf(page.Look, "/devices/"+id, r.URL.Query())
		b.Kind = b.Told.Kinds
	}
	b.Figures = p.figures(page)
	b.Groups = p.factGroups(page.Facts)
	b.Changes = page.Changes[:min(len(page.Changes), maxChanges)]
	b.Rooms = page.Rooms[:min(len(page.Rooms), maxRooms)]
	for _, inc := range page.Incidents[:min(len(page.Incidents), maxIncidents)] {
		if inc.State == incident.Closed {
			b.Closed = append(b.Closed, inc)
		} else {
			b.Open = append(b.Open, inc)
		}
	}
	slices.SortFunc(b.Open, byUrgency)
	if page.Device.Removed.IsZero() {
		if b.Uptimes, err = s.availabilityOf(r, p, topology.ID(id)); err != nil {
			return err
		}
	}
	p.Title, p.Path = p.Foreign(page.Device.Title()), "/devices/"+id
	s.render(w, r, code, "device.html", p, b)
	return nil
}

// editDevice takes what people say of a device. Fields that the form lacks stay
// as they are.
func (s *server) editDevice(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	if err := readForm(r); err != nil {
		return err
	}
	field := func(name string) *string {
		if !r.PostForm.Has(name) {
			return nil
		}
		value := clipRunes(strings.TrimSpace(r.PostForm.Get(name)), maxWord)
		return &value
	}
	e := DeviceEdit{Name: field("name"), Room: field("room"), Asset: field("asset"), Seat: field("seat")}
	for name, list := range map[string]**[]string{fieldParents: &e.Parents, fieldPower: &e.Power} {
		if r.PostForm.Has(name) {
			named := append([]string{}, things(clip(r.PostForm.Get(name), maxCheckTexts))...)
			*list = &named
		}
	}
	if class := field("class"); class != nil {
		c, err := fleet.ParseClass(*class)
		if err != nil {
			return errForm
		}
		e.Class = &c
	}
	undo, err := s.DevicesActions.EditDevices(r.Context(), actor(r), []string{id}, e)
	switch {
	case errors.Is(err, ErrRefused):
		f := form{Values: r.PostForm}
		s.page(r).besideFields(&f, err, "name", "room", "seat", "class", "asset", fieldParents, fieldPower)
		return s.showDevice(w, r, http.StatusUnprocessableEntity, id, f)
	case err != nil:
		return fmt.Errorf("edit device %s: %w", id, err)
	case undo == "":
		http.Redirect(w, r, "/devices/"+id, http.StatusSeeOther)
		return nil
	}
	s.done(w, r, "/devices/"+id, "device.changed", undo)
	return nil
}

// Backlog reports whether the agent holds samples that it could not deliver for
// some time.
func (s Spool) Backlog(now time.Time) bool {
	return s.Samples > 0 && !s.Oldest.IsZero() && now.Sub(s.Oldest) > 15*time.Minute
}

// ClockWrong reports whether the agent's clock is worth a word.
func (a Agent) ClockWrong() bool { return a.ClockOffset.Abs() >= ClockNotice }

// ClockBehind reports whether the agent's clock is behind ours, not ahead.
func (a Agent) ClockBehind() bool { return a.ClockOffset > 0 }

// ClockError is how wrong the agent's clock is.
func (a Agent) ClockError() time.Duration { return a.ClockOffset.Abs() }

// Title is what people call the agent's device; never empty.
func (a Agent) Title() string { return cmp.Or(a.DeviceName, a.Hostname, a.Device, a.ID) }

// SystemName writes the name of an operating system as its maker does.
func (w words) SystemName(system string) string {
	switch system {
	case "windows":
		return "Windows"
	case "linux":
		return "Linux"
	case "darwin":
		return "macOS"
	default:
		return w.Brief(system)
	}
}

// RangeName names a range.
func (w words) RangeName(r Range) string { return w.T("web.range." + string(r)) }
