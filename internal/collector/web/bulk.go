package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/fleet"
)

// changeDevices does one thing to the devices that are ticked in the list.
func (s *server) changeDevices(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	form := r.PostForm
	ids := slices.Compact(slices.Sorted(slices.Values(form["id"])))
	if len(ids) > MaxDevices || slices.ContainsFunc(ids, func(id string) bool { return fleet.CheckID(id) != nil }) {
		return errForm
	}
	back := devicesBack(form.Get("back"))
	if len(ids) == 0 {
		return s.refuseDevices(w, r, back, &Mistake{Code: "nothing_ticked"}, nil)
	}
	did, undo, err := s.changeTicked(r, form, ids)
	switch {
	case errors.Is(err, ErrRefused):
		return s.refuseDevices(w, r, back, err, ids)
	case err != nil:
		return fmt.Errorf("change %d devices: %w", len(ids), err)
	case undo == "":
		did = "devices.same"
	}
	s.done(w, r, back, did, undo)
	return nil
}

// changeTicked does what the pressed button says.
func (s *server) changeTicked(r *http.Request, form url.Values, ids []string) (did, undo string, err error) {
	me, _ := access.FromContext(r.Context())
	by := me.Actor()
	switch form.Get("do") {
	case "room":
		room := clipRunes(strings.TrimSpace(form.Get("to_room")), maxWord)
		undo, err = s.DevicesActions.EditDevices(r.Context(), by, ids, DeviceEdit{Room: &room})
		return "devices.changed", undo, err
	case "class":
		class, parseErr := fleet.ParseClass(form.Get("to_class"))
		if parseErr != nil {
			return "", "", &Mistake{Field: "class", Code: "class"}
		}
		undo, err = s.DevicesActions.EditDevices(r.Context(), by, ids, DeviceEdit{Class: &class})
		return "devices.changed", undo, err
	case "remove", "restore":
		if !me.Role.Allows(access.Administrator) {
			return "", "", access.ErrForbidden
		}
		if form.Get("do") == "restore" {
			undo, err = s.DevicesActions.RestoreDevices(r.Context(), by, ids)
			return "devices.restored", undo, err
		}
		undo, err = s.DevicesActions.RemoveDevices(r.Context(), by, ids)
		return "devices.removed", undo, err
	default:
		return "", "", errForm
	}
}

// refuseDevices shows the list again with what is wrong, and what was ticked.
func (s *server) refuseDevices(w http.ResponseWriter, r *http.Request, back string, wrong error, ticked []string) error {
	u, err := url.Parse(back)
	if err != nil {
		return errForm
	}
	return s.showDevices(w, r, http.StatusUnprocessableEntity, u.Query(), s.page(r).mistakes(wrong), ticked)
}

// devicesBack is the page of the list to which a form returns.
func devicesBack(s string) string {
	query, ok := strings.CutPrefix(s, "/devices?")
	if !ok || len(query) > 2000 {
		return "/devices"
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return "/devices"
	}
	values.Del("did")
	values.Del("of")
	return "/devices?" + values.Encode()
}

// mistakesOf lists what is wrong with what somebody asked for.
func mistakesOf(err error) []*Mistake {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*Mistake
		for _, e := range joined.Unwrap() {
			out = append(out, mistakesOf(e)...)
		}
		return out
	}
	var m *Mistake
	if errors.As(err, &m) {
		return []*Mistake{m}
	}
	return nil
}

// mistakes writes what is wrong in one line.
func (w words) mistakes(err error) string {
	var out []string
	for _, m := range mistakesOf(err) {
		if text := w.T("web.mistake." + m.Code); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	if len(out) == 0 {
		return w.T("web.error.refused.text")
	}
	return strings.Join(out, " ")
}

// besideFields puts mistakes beside their fields; what is about no field of the form
// is about all of it.
func (w words) besideFields(f *form, err error, fields ...string) {
	for _, m := range mistakesOf(err) {
		field := m.Field
		if !slices.Contains(fields, field) {
			field = ""
		}
		f.Refuse(field, w.T("web.mistake."+m.Code))
	}
	if f.OK() {
		f.Refuse("", w.T("web.error.refused.text"))
	}
}

func (s *server) removeDevice(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	undo, err := s.DevicesActions.RemoveDevices(r.Context(), actor(r), []string{id})
	if err != nil {
		return fmt.Errorf("remove device %s: %w", id, err)
	}
	s.done(w, r, "/devices", "devices.removed", undo)
	return nil
}

func (s *server) restoreDevice(w http.ResponseWriter, r *http.Request) error {
	id, err := deviceID(r)
	if err != nil {
		return err
	}
	undo, err := s.DevicesActions.RestoreDevices(r.Context(), actor(r), []string{id})
	if err != nil {
		return fmt.Errorf("restore device %s: %w", id, err)
	}
	s.done(w, r, "/devices/"+id, "devices.restored", undo)
	return nil
}

// undo takes a change back, and shows the page from which the button was
// pressed.
func (s *server) undo(w http.ResponseWriter, r *http.Request) error {
	again, err := s.DevicesActions.Undo(r.Context(), actor(r), clip(r.PathValue("id"), 100))
	if err != nil {
		return fmt.Errorf("take a change back: %w", err)
	}
	s.done(w, r, cameFrom(r, "/devices"), "devices.undone", again)
	return nil
}

// cameFrom is the page of ours that a form stands on, by what the browser says;
// other when it says nothing.
func cameFrom(r *http.Request, other string) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") {
		return other
	}
	query := u.Query()
	query.Del("did")
	query.Del("of")
	if len(query) == 0 {
		return u.EscapedPath()
	}
	return u.EscapedPath() + "?" + query.Encode()
}
