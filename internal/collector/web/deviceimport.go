package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/fleet"
)

// importDoors are the routes by which a list of devices comes in.
func importDoors() []door {
	return []door{
		get("/import/devices", access.Operator, (*server).deviceListForm),
		post("/import/devices", access.Operator, (*server).previewDeviceList).takes(MaxDeviceList),
		post("/import/devices/apply", access.Operator, (*server).applyDeviceList),
	}
}

// deviceListBody is what the template of the import gets.
type deviceListBody struct {
	DeviceImport
	Form    form
	Preview bool
	Counts  []importCount
	Right   int // lines that would be taken over
	Hidden  int // lines that found no room
}

func (s *server) deviceListForm(w http.ResponseWriter, r *http.Request) error {
	return s.showDeviceList(w, r, http.StatusOK, deviceListBody{Form: newForm()})
}

func (s *server) showDeviceList(w http.ResponseWriter, r *http.Request, code int, b deviceListBody) error {
	p := s.page(r)
	p.Title, p.Path = p.T("web.devicelist.title"), "/devices"
	s.render(w, r, code, "deviceimport.html", p, b)
	return nil
}

// previewDeviceList shows line by line what a list would do.
func (s *server) previewDeviceList(w http.ResponseWriter, r *http.Request) error {
	list, err := readList(r, MaxDeviceList)
	if err != nil {
		return err
	}
	got, err := s.DevicesActions.PreviewDevices(r.Context(), actor(r), list)
	var wrong listError
	if errors.As(err, &wrong) {
		p := s.page(r)
		b := deviceListBody{Form: newForm("text", clip(r.PostForm.Get("text"), MaxDeviceList))}
		b.Form.Refuse("text", p.c.Text(p.Lang, wrong.Key(), wrong.Places()))
		return s.showDeviceList(w, r, http.StatusUnprocessableEntity, b)
	}
	if err != nil {
		return fmt.Errorf("read a list of devices: %w", err)
	}
	b := deviceListBody{Preview: true, DeviceImport: got}
	kinds := map[ImportKind]int{}
	for _, l := range got.Lines {
		kinds[l.Kind]++
	}
	b.Counts, b.Right = importCounts(kinds)
	b.Lines = slices.Clone(got.Lines)
	slices.SortStableFunc(b.Lines, func(x, y DeviceLine) int { return x.Kind.rank() - y.Kind.rank() })
	b.Hidden = max(0, len(b.Lines)-maxImportShown)
	b.Lines = b.Lines[:min(len(b.Lines), maxImportShown)]
	return s.showDeviceList(w, r, http.StatusOK, b)
}

// applyDeviceList takes over what was right in a list that was previewed.
func (s *server) applyDeviceList(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	undo, err := s.DevicesActions.ImportDevices(r.Context(), actor(r), clip(r.PostForm.Get("key"), 100))
	switch {
	case errors.Is(err, ErrNotFound):
		b := deviceListBody{Form: newForm()}
		b.Form.Refuse("text", s.page(r).T("web.import.gone"))
		return s.showDeviceList(w, r, http.StatusConflict, b)
	case errors.Is(err, ErrRefused):
		b := deviceListBody{Form: newForm()}
		b.Form.Refuse("text", s.page(r).mistakes(err))
		return s.showDeviceList(w, r, http.StatusUnprocessableEntity, b)
	case err != nil:
		return fmt.Errorf("take over a list of devices: %w", err)
	case undo == "":
		s.done(w, r, "/devices", "devices.same", "")
		return nil
	}
	s.done(w, r, "/devices", "devices.imported", undo)
	return nil
}

// ListColumn names a column of a list of devices.
func (w words) ListColumn(field string) string {
	if field == "" {
		return ""
	}
	return w.T("web.devicelist.column." + field)
}

// ListValue writes the value of a field of a list of devices.
func (w words) ListValue(field, value string) string {
	if field == "class" && slices.Contains(fleet.Classes(), fleet.Class(value)) {
		return w.Class(fleet.Class(value))
	}
	return w.Brief(value)
}

// MistakeText says what is wrong.
func (w words) MistakeText(m Mistake) string { return w.T("web.mistake." + m.Code) }
