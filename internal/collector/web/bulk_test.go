package web_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/i18n"
)

// What is refused is shown again with what was typed, and what is wrong beside
// its field.
func TestARefusedEditKeepsWhatWasTyped(t *testing.T) {
	s := newSchool()
	s.refuses = errors.Join(&web.Mistake{Field: "seat", Code: "seat"}, &web.Mistake{Field: "name", Code: "name"}, &web.Mistake{Code: "full"})
	c := newConsole(t, withSchool(s))
	session := c.session(access.Operator, i18n.English)
	resp := c.ask("/devices/pc-214-07/edit", session, url.Values{"name": {"x\x07y"}, "seat": {"far too long"}, "room": {"Naujoji"}})
	page := text(t, resp)
	if resp.StatusCode != 422 {
		t.Errorf("status %d", resp.StatusCode)
	}
	for _, want := range []string{
		`value="far too long"`, `value="Naujoji"`, `aria-describedby="seat-hint seat-wrong"`, "Use at most 8 letters", "Use 1 to 100 letters", "as many as are allowed", "<details class=\"act\" id=\"edit\" open>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in %s", want, page)
		}
	}

	resp = c.ask("/devices/change", session, url.Values{"id": {"pc-301"}, "do": {"room"}, "back": {"/devices?class=server"}})
	page = text(t, resp)
	if resp.StatusCode != 422 || !strings.Contains(page, `value="pc-301" checked`) || !strings.Contains(page, "Use at most 8 letters") || s.filter.Class != "server" {
		t.Errorf("%d %+v", resp.StatusCode, s.filter)
	}
}

// An operator changes; only an administrator removes.
func TestTickedDevicesNeedTheRightRole(t *testing.T) {
	s := newSchool()
	c := newConsole(t, withSchool(s))
	session := c.session(access.Operator, i18n.English)
	for _, do := range []string{"remove", "restore"} {
		if resp := c.ask("/devices/change", session, url.Values{"id": {"pc-1"}, "do": {do}}); resp.StatusCode != 403 {
			t.Errorf("%s: %d", do, resp.StatusCode)
		}
	}
	if len(s.done) != 0 {
		t.Errorf("%q", s.done)
	}
	if page := text(t, c.ask("/devices", session, nil)); strings.Contains(page, `value="remove"`) || !strings.Contains(page, `value="room"`) {
		t.Error("the list offers what may not be done, or does not offer what may")
	}
	if page := text(t, c.ask("/devices", c.session(access.Viewer, i18n.English), nil)); strings.Contains(page, "checkbox") {
		t.Error("a viewer ticks devices")
	}
}

// What was done is told with its number, and a button takes it back.
func TestUndoIsOffered(t *testing.T) {
	c := newConsole(t, withSchool(newSchool()))
	session := c.session(access.Administrator, i18n.Lithuanian)
	page := text(t, c.ask("/devices?did=devices.removed&of=21-ABC", session, nil))
	if other := text(t, c.ask("/devices?did=devices.removed&of=21-ABC", session, nil, "Sec-Fetch-Site", "cross-site")); strings.Contains(other, "/undo/") {
		t.Error("a link on a stranger's page shows the button")
	}
	if !strings.Contains(page, "Pašalintas 21 įrenginys.") || !strings.Contains(page, `action="/undo/21-ABC"`) {
		t.Error("what was done is not told, or cannot be undone")
	}
	for _, of := range []string{"x", "-1", "99999999999", "1e9-x"} {
		if page := text(t, c.ask("/devices?did=devices.removed&of="+of, session, nil)); strings.Contains(page, "/undo/") {
			t.Errorf("%q is offered to be undone", of)
		}
	}
}

// Every column sorts, says so, and turns round.
func TestTheListSorts(t *testing.T) {
	s := newSchool()
	c := newConsole(t, withSchool(s))
	session := c.session(access.Viewer, i18n.English)
	page := text(t, c.ask("/devices?sort=room&class=server", session, nil))
	if s.filter.Sort != "room" || s.filter.Down {
		t.Errorf("%+v", s.filter)
	}
	for _, want := range []string{`aria-sort="ascending"><a href="/devices?class=server&amp;sort=-room">`, `<a href="/devices?class=server&amp;sort=heard">`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if page := text(t, c.ask("/devices?sort=-room", session, nil)); !s.filter.Down || !strings.Contains(page, `aria-sort="descending"><a href="/devices?sort=room">`) {
		t.Errorf("%+v", s.filter)
	}
	if page := text(t, c.ask("/devices", session, nil)); !strings.Contains(page, `aria-sort="ascending"><a href="/devices?sort=-name">`) {
		t.Error("the order by name is not told")
	}
	if c.ask("/devices?sort=-burn&system=dos&room="+strings.Repeat("x", 500), session, nil); s.filter.Sort != "" || s.filter.Down || s.filter.System != "" || len(s.filter.Room) > 63 {
		t.Errorf("%+v", s.filter)
	}
}
