package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/csvfile"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// withPreview is a school in which a list does something of everything.
func withPreview() *school {
	s := newSchool()
	s.preview = web.DeviceImport{Key: "KEY", Unknown: []string{"kaina <eur>"}, Lines: []web.DeviceLine{
		{Line: 2, Kind: web.ImportNew, Name: "Lenta", Changes: []web.DeviceChange{{Field: "room", New: "214"}, {Field: "asset", New: "000431"}}},
		{Line: 3, Kind: web.ImportChanged, ID: "pc-214-07", Name: "Informatikos 7", Changes: []web.DeviceChange{{Field: "class", Old: "workstation", New: "server"}, {Field: "seat", New: "A2"}}},
		{Line: 4, Kind: web.ImportUnchanged, ID: "pc-101", Name: "pc-101"},
		{Line: 5, Kind: web.ImportWrong, Name: hostile, Problems: []web.Mistake{{Field: "seat", Code: "seat"}, {Code: "twice"}}},
	}}
	return s
}

func TestDeviceListPages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		c := newConsole(t, withSchool(withPreview()))
		session := c.session(access.Operator, lang)
		for name, form := range map[string]url.Values{"devicelist": nil, "devicelist-preview": {"text": {"name;room\nx;y"}}} {
			page := text(t, c.ask("/import/devices", session, form))
			golden(t, name+"."+string(lang), page)
			harmless(t, inside(page))
		}
	}
}

func TestAListOfDevicesIsTakenOver(t *testing.T) {
	s := withPreview()
	c := newConsole(t, withSchool(s))
	session := c.session(access.Operator, i18n.English)
	page := text(t, c.ask("/import/devices", session, url.Values{"text": {"name;room\nx;y"}}))
	if len(s.read) != 1 || s.read[0] != "user operator-en | name;room\nx;y" || len(s.done) != 0 || !strings.Contains(page, "Take over 2 lines") {
		t.Errorf("%q %q", s.read, s.done)
	}
	resp := c.ask("/import/devices/apply", session, url.Values{"key": {"KEY"}})
	if resp.Header.Get("Location") != "/devices?did=devices.imported&of="+ticket || strings.Join(s.done, ";") != "user operator-en | import | KEY" {
		t.Errorf("%s, %q", resp.Header.Get("Location"), s.done)
	}
	s.refuses = web.ErrNotFound
	if resp := c.ask("/import/devices/apply", session, url.Values{"key": {"OLD"}}); resp.StatusCode != http.StatusConflict || !strings.Contains(text(t, resp), "Send the list once more") {
		t.Errorf("a preview that is gone: %d", resp.StatusCode)
	}
	s.listErr = &csvfile.Error{Code: csvfile.CodeEmpty}
	if resp := c.ask("/import/devices", session, url.Values{"text": {"nothing"}}); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(t, resp), "nothing</textarea>") {
		t.Errorf("a list that cannot be read: %d", resp.StatusCode)
	}
}
