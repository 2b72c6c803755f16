package web_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/collector/web/chart"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
)

// school stands for the devices and agents of an institution.
type school struct {
	mu      sync.Mutex
	list    web.DevicesPage
	pages   map[string]web.DevicePage
	agents  web.AgentsPage
	filter  web.DeviceFilter
	reach   web.Range
	done    []string // what was asked for
	refuses error

	preview web.DeviceImport
	read    []string // lists
	listErr error
}

func (s *school) Devices(_ context.Context, f web.DeviceFilter) (web.DevicesPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filter = f
	return s.list, nil
}

func (s *school) Device(_ context.Context, id string, r web.Range) (web.DevicePage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reach = r
	page, ok := s.pages[id]
	if !ok {
		return web.DevicePage{}, web.ErrNotFound
	}
	return page, nil
}

func (s *school) Agents(context.Context) (web.AgentsPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.agents, nil
}

func (s *school) did(what ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, strings.Join(what, " | "))
	return s.refuses
}

// ticket is what takes a change of the school back.
const ticket = "3-TICKET"

func (s *school) EditDevices(_ context.Context, by string, ids []string, e web.DeviceEdit) (string, error) {
	told := []string{by, "edit", strings.Join(ids, ",")}
	for name, value := range map[string]*string{"name": e.Name, "room": e.Room, "asset": e.Asset, "seat": e.Seat, "class": (*string)(e.Class)} {
		if value != nil {
			told = append(told, name+"="+*value)
		}
	}
	slices.Sort(told[3:])
	return ticket, s.did(told...)
}

func (s *school) RemoveDevices(_ context.Context, by string, ids []string) (string, error) {
	return ticket, s.did(by, "remove", strings.Join(ids, ","))
}

func (s *school) RestoreDevices(_ context.Context, by string, ids []string) (string, error) {
	return ticket, s.did(by, "restore", strings.Join(ids, ","))
}

func (s *school) PreviewDevices(_ context.Context, by string, list []byte) (web.DeviceImport, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listErr != nil {
		return web.DeviceImport{}, s.listErr
	}
	s.read = append(s.read, by+" | "+string(list))
	return s.preview, nil
}

func (s *school) ImportDevices(_ context.Context, by, key string) (string, error) {
	return ticket, s.did(by, "import", key)
}

func (s *school) Undo(_ context.Context, by, undo string) (string, error) {
	return ticket, s.did(by, "undo", undo)
}

func (s *school) MergeDevices(_ context.Context, by, from, into string) error {
	return s.did(by, "merge", from, "into", into)
}

func (s *school) KeepApart(_ context.Context, by, a, b string) error {
	return s.did(by, "keep apart", a, b)
}

func (s *school) RevokeAgent(_ context.Context, by, id string) error {
	return s.did(by, "revoke agent", id)
}

func (s *school) RevokeEnrolToken(_ context.Context, by, id string) error {
	return s.did(by, "revoke token", id)
}

// tokenSecret is made as wire.EnrolToken writes it.
const tokenSecret = "budi_enrol_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

func (s *school) CreateEnrolToken(_ context.Context, by string, n web.NewEnrolToken) (web.EnrolToken, error) {
	err := s.did(by, "token", n.Site, n.TTL.String(), fmt.Sprint(n.Uses), string(n.Class))
	return web.EnrolToken{
		TokenEntry: web.TokenEntry{ID: "raktas-7", Site: web.Site{ID: n.Site, Name: "Pagrindinė mokykla"}, Expires: now.Add(n.TTL), Uses: n.Uses, Left: n.Uses},
		Secret:     secret.New(tokenSecret), URL: "https://budi.mokykla.example:9443",
	}, err
}

// hostile is what a bad agent calls things.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>` + "\u202e\x00\n{{.}}"

func ago(d time.Duration) time.Time { return now.Add(-d) }

// newSchool is a school with something of everything.
func newSchool() *school {
	main, branch := web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}, web.Site{ID: "filialas", Name: "Žemųjų Panerių filialas"}
	pc := web.DeviceRow{
		ID: "pc-214-07", Name: "Informatikos 7", Site: main, Room: "214", Class: fleet.Workstation, Model: "LENOVO ThinkCentre M70q Gen 3", OS: "Windows 11 Education 23H2",
		Serial: "PF3ABCDE", Asset: "000127", Hostname: "PC-214-07", LastHeard: ago(40 * time.Second), Conditions: []web.Condition{web.Heard, web.AntivirusOld, web.RestartPending, web.ClockWrong},
	}
	server := web.DeviceRow{ID: "serveris", Name: "serveris", Site: main, Class: fleet.Server, Model: "HPE ProLiant ML30 Gen10", OS: "Debian GNU/Linux 13", LastHeard: ago(26 * time.Minute), Conditions: []web.Condition{web.Silent, web.DiskFailing}}
	off := web.DeviceRow{ID: "pc-101", Name: "pc-101", Site: branch, Room: "Skaitykla", Class: fleet.Workstation, OS: "Windows 10 Pro 22H2", LastHeard: ago(20 * 24 * time.Hour), Conditions: []web.Condition{web.Off, web.UpdateOverdue}}
	never := web.DeviceRow{ID: "pc-301", Site: main, Class: fleet.Workstation, Conditions: []web.Condition{web.Never}}
	anew := web.DeviceRow{ID: "desktop-4k2j1", Name: "DESKTOP-4K2J1", Site: main, Class: fleet.Workstation, Model: pc.Model, OS: "Windows 11 Education 24H2", Serial: pc.Serial, LastHeard: ago(90 * time.Second), Conditions: []web.Condition{web.Heard}}
	bad := web.DeviceRow{ID: "bad", Name: hostile, Hostname: hostile, Room: hostile, Site: web.Site{ID: "mokykla", Name: hostile}, Class: fleet.Workstation, Model: hostile + strings.Repeat("x", 5000), OS: hostile, Serial: hostile, Asset: hostile, LastHeard: now.Add(time.Hour), Conditions: []web.Condition{web.Heard, web.Cloned}}

	agent := web.Agent{
		ID: "a-7f3k", Device: pc.ID, DeviceName: pc.Name, Site: main, Hostname: pc.Hostname, System: "windows", Version: "0.3.0", Address: "10.20.14.7", Token: "raktas-1",
		Enrolled: ago(60 * 24 * time.Hour), LastHeard: pc.LastHeard, ClockOffset: 3*time.Minute + 5*time.Second,
	}
	clone := web.Agent{ID: "a-9zz1", Device: "bad", DeviceName: hostile, Site: main, Hostname: hostile, System: hostile, Version: hostile, Address: "10.20.14.31", Enrolled: ago(time.Hour), LastHeard: ago(time.Minute), Clone: &web.Clone{Address: "10.20.14.31", Other: "10.20.14.99", Since: ago(12 * time.Minute)}}
	gone := web.Agent{ID: "a-0001", Device: off.ID, DeviceName: off.Name, Site: branch, System: "darwin", Version: "0.2.9", Enrolled: ago(400 * 24 * time.Hour), LastHeard: off.LastHeard, Revoked: ago(10 * 24 * time.Hour), Silent: true}
	quietAgent := web.Agent{ID: "a-serv", Device: server.ID, DeviceName: server.Name, Site: main, System: "linux", Version: "0.3.0", Address: "10.20.0.2", Enrolled: ago(9 * 24 * time.Hour), LastHeard: server.LastHeard, Silent: true, ClockOffset: -2 * time.Hour}

	closed := incident.Incident{
		ID: closedID, Rule: "DiskNearlyFull", Severity: incident.Warning, Labels: map[string]string{"device": pc.ID, "system_filesystem_mountpoint": `C:\`}, Annotations: map[string]string{"message": "disk_nearly_full"}, Value: 93,
		State: incident.Closed, Evidence: incident.Cleared, EndReason: incident.Recovered, Since: ago(30 * time.Hour), Opened: ago(30 * time.Hour), Ended: ago(26 * time.Hour), Notified: map[string]time.Time{"rasa": ago(30 * time.Hour)},
	}
	open := closed
	open.ID, open.State, open.Evidence, open.EndReason, open.Ended, open.Since = 12, incident.Open, incident.Firing, "", time.Time{}, ago(2*time.Hour)

	return &school{
		list: web.DevicesPage{
			Sites: []web.Site{branch, main}, Devices: []web.DeviceRow{anew, bad, pc, never, off, server}, Matching: 6,
			Proposals: []web.Proposal{{New: anew, Old: pc, Reasons: []string{"system_uuid", "system_serial", "macs"}, Made: ago(3 * time.Hour)}, {New: bad, Old: off, Reasons: []string{hostile}, Made: ago(4 * time.Hour)}},
		},
		pages: map[string]web.DevicePage{
			pc.ID: {
				Device: pc, Created: ago(60 * 24 * time.Hour), FactsAt: ago(2 * time.Hour), Agent: &agent, Spool: web.Spool{Samples: 800, Oldest: ago(3 * time.Hour), Dropped: 12, Notice: "the spool was damaged and set aside"},
				Facts: pcFacts(), Charts: pcCharts(), From: ago(24 * time.Hour), To: now, Step: 5 * time.Minute, Changes: pcChanges(), Incidents: []incident.Incident{closed, open}, Rooms: []string{"214", "215"},
				Parents: []string{"sw-1", "sw-2"}, Power: []string{"ups"}, Hanging: hanging(),
			},
			"bad": {
				Device: bad, Created: ago(time.Hour), Agent: &clone, Spool: web.Spool{Notice: hostile},
				Facts:  []look.FactSet{{Kind: hostile, Items: []look.Item{{Key: hostile, Fields: map[string]string{hostile: hostile, "name": hostile}}, {Key: hostile, Fields: map[string]string{"size_bytes": hostile}}}}, {Kind: "software", Items: []look.Item{{Fields: map[string]string{"name": hostile}}}}},
				Charts: []web.DeviceChart{{Kind: web.ChartDisk, Item: hostile, Unit: chart.Percent, Lines: []chart.Line{{Name: hostile, Points: []chart.Point{{Time: ago(time.Hour), Value: math.NaN()}, {Time: ago(time.Minute), Value: 0.3}}}}}},
				From:   ago(24 * time.Hour), To: now, Step: 5 * time.Minute,
				Changes: []web.Change{{Time: now, Kind: hostile, Item: hostile, Field: hostile, Old: hostile, New: hostile, By: hostile}, {Time: now, Kind: "software", Old: hostile}},
				Rooms:   []string{hostile},
			},
			never.ID: {Device: never, From: ago(24 * time.Hour), To: now, Step: 5 * time.Minute},
		},
		agents: web.AgentsPage{
			Sites: []web.Site{branch, main}, Agents: []web.Agent{agent, gone, clone, quietAgent},
			Tokens: []web.TokenEntry{
				{ID: "raktas-3", Site: main, By: "user rasa@mokykla.example", Created: ago(time.Hour), Expires: now.Add(23 * time.Hour), Left: 31, Uses: 50},
				{ID: "raktas-2", Site: branch, Class: fleet.Server, By: "local root", Created: ago(50 * time.Hour), Expires: ago(26 * time.Hour), Left: 1, Uses: 1},
				{ID: "raktas-1", Site: main, By: "user rasa@mokykla.example", Created: ago(60 * 24 * time.Hour), Expires: ago(59 * 24 * time.Hour), Left: 0, Uses: 30},
				{ID: "raktas-0", Site: main, Created: ago(61 * 24 * time.Hour), Expires: now.Add(time.Hour), Left: 5, Uses: 5, Revoked: ago(60 * 24 * time.Hour)},
			},
		},
	}
}

func pcFacts() []look.FactSet {
	set := func(kind string, items ...look.Item) look.FactSet {
		return look.FactSet{Kind: kind, Time: ago(2 * time.Hour), Items: items}
	}
	item := func(key string, pairs ...string) look.Item {
		fields := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			fields[pairs[i]] = pairs[i+1]
		}
		return look.Item{Key: key, Fields: fields}
	}
	return []look.FactSet{
		set("software", item("7-Zip 23.01 (x64)", "name", "7-Zip 23.01 (x64)", "version", "23.01", "make", "Igor Pavlov", "scope", "machine"), item("Zoom", "name", "Zoom", "version", "6.2.0", "scope", "user", "installed", "2026-08-30")),
		set("antivirus", item("Microsoft Defender", "name", "Microsoft Defender", "enabled", "yes", "up_to_date", "no")),
		set("system", item("", "make", "LENOVO", "model", "ThinkCentre M70q Gen 3", "serial", "PF3ABCDE", "chassis", "mini", "bios_version", "M4YKT2AA", "bios_date", "2023-05-11", "uuid", "4c4c4544-0042-3510-8052-b4c04f4e4432")),
		set("os", item("", "name", "Windows", "edition", "Education", "version", "23H2", "build", "22631.4037", "activation", "licensed", "type", "client", "time_zone", "Europe/Vilnius")),
		set("memory", item("DIMM 1", "size_bytes", "8589934592", "type", "DDR4", "speed_mts", "3200", "make", "Samsung"), item("DIMM 2", "size_bytes", "8589934592", "type", "DDR4", "speed_mts", "3200")),
		set("disk", item("S64DNF0R", "model", "SAMSUNG MZVL2256HCHQ", "serial", "S64DNF0R", "size_bytes", "256060514304", "media", "ssd", "bus", "nvme", "health", "healthy", "device", "disk0")),
		set("update", item("", "last", "2026-08-20T06:12:00Z", "restart_pending", "yes", "restart_pending_since", "2026-08-20T06:12:00Z")),
		set("monitor"),
		set("made_up", item("x", "odd_field", "1")),
	}
}

func pcCharts() []web.DeviceChart {
	points := func(value func(i int) float64) []chart.Point {
		var out []chart.Point
		for i := range 289 {
			if i < 120 || i > 180 { // off at night
				out = append(out, chart.Point{Time: ago(time.Duration(288-i) * 5 * time.Minute), Value: value(i)})
			}
		}
		return out
	}
	return []web.DeviceChart{
		{Kind: web.ChartCPU, Unit: chart.Percent, Lines: []chart.Line{{Points: points(func(i int) float64 { return 0.25 + 0.2*math.Sin(float64(i)/9) })}}},
		{Kind: web.ChartMemory, Unit: chart.Bytes, Full: 16 << 30, Lines: []chart.Line{{Points: points(func(i int) float64 { return 6e9 + 1e9*math.Sin(float64(i)/30) })}}},
		{Kind: web.ChartDisk, Item: `C:\`, Unit: chart.Percent, Lines: []chart.Line{{Points: points(func(i int) float64 { return 0.90 + float64(i)/10000 })}}},
		{Kind: web.ChartNetwork, Item: "Ethernet", Unit: chart.BitsPerSecond, Lines: []chart.Line{
			{Name: "receive", Points: points(func(i int) float64 { return 4e6 * (1 + math.Sin(float64(i)/7)) })},
			{Name: "transmit", Points: points(func(i int) float64 { return 6e5 * (1 + math.Cos(float64(i)/11)) })},
		}},
		{Kind: web.ChartSwap, Unit: chart.Bytes, Lines: []chart.Line{{}}},
	}
}

func pcChanges() []web.Change {
	return []web.Change{
		{Time: ago(2 * time.Hour), Kind: "software", Item: "Zoom", New: "Zoom 6.2.0"},
		{Time: ago(3 * time.Hour), Kind: "os", Field: "build", Old: "22631.3880", New: "22631.4037"},
		{Time: ago(50 * time.Hour), Kind: "memory", Item: "DIMM 2", New: "8 GiB DDR4"},
		{Time: ago(51 * time.Hour), Kind: "antivirus", Item: "Microsoft Defender", Field: "up_to_date", Old: "yes", New: "no"},
		{Time: ago(70 * time.Hour), Kind: "software", Item: "Java 8", Old: "Java 8 Update 401"},
		{Time: ago(80 * time.Hour), Kind: "device", Field: "class", Old: "server", New: "workstation", By: "user rasa@mokykla.example"},
		{Time: ago(81 * time.Hour), Kind: "device", Field: "room", New: "214", By: "user rasa@mokykla.example"},
	}
}

// withSchool adds devices and agents to a console.
func withSchool(s *school) func(*web.Options) {
	return func(o *web.Options) { o.Devices, o.DevicesActions = s, s }
}

func TestDevicePages(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, target string
			role         access.Role
			edit         func(*school)
		}{
			{"devices", "/devices", access.Administrator, nil},
			{"devices-viewer", "/devices?class=workstation&state=off&q=%3Cb%3Epanel&site=filialas", access.Viewer, nil},
			{"devices-empty", "/devices", access.Administrator, func(s *school) { s.list = web.DevicesPage{} }},
			{"device", "/devices/pc-214-07", access.Operator, nil},
			{"device-hostile", "/devices/bad", access.Viewer, nil},
			{"device-never", "/devices/pc-301?range=7d", access.Viewer, nil},
			{"agents", "/agents", access.Administrator, nil},
			{"agents-viewer", "/agents?q=windows", access.Viewer, nil},
			{"agents-empty", "/agents", access.Administrator, func(s *school) { s.agents.Agents, s.agents.Tokens = nil, nil }},
			{"revoke", "/agents/a-7f3k/revoke", access.Administrator, nil},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				s := newSchool()
				if tc.edit != nil {
					tc.edit(s)
				}
				c := newConsole(t, withSchool(s))
				page := text(t, c.ask(tc.target, c.session(tc.role, lang), nil))
				golden(t, tc.name+"."+string(lang), page)
				harmless(t, page)
			})
		}
		t.Run("token."+string(lang), func(t *testing.T) {
			c := newConsole(t, withSchool(newSchool()))
			session := c.session(access.Administrator, lang)
			made := c.ask("/agents/tokens", session, url.Values{"site": {"mokykla"}, "hours": {"24"}, "uses": {"50"}, "class": {""}})
			page := text(t, c.ask(made.Header.Get("Location"), session, nil))
			golden(t, "token."+string(lang), page)
			harmless(t, page)
		})
	}
}

// harmless finds what a hostile agent would like to see in a page.
func harmless(t *testing.T, page string) {
	t.Helper()
	for _, bad := range []string{"<script>", "<img src=x", "onerror=alert(2)>", "\u202e", "\x00", "style=", "ZgotmplZ", "<no value>", "<b>", strings.Repeat("x", 1000)} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func TestEveryDeviceRouteRefusesTheWrongRole(t *testing.T) {
	for _, role := range append(access.Roles(), "") {
		s := newSchool()
		c := newConsole(t, withSchool(s))
		session := ""
		if role != "" {
			session = c.session(role, i18n.English)
		}
		for _, route := range web.Routes() {
			if !strings.HasPrefix(route.Pattern, "/devices") && !strings.HasPrefix(route.Pattern, "/agents") {
				continue
			}
			id := "pc-214-07"
			if strings.HasPrefix(route.Pattern, "/agents") {
				id = "a-7f3k"
			}
			target := strings.ReplaceAll(route.Pattern, "{id}", id)
			var form url.Values
			if route.Method == "POST" {
				form = url.Values{"id": {"pc-1"}, "do": {"class"}, "to_class": {"server"}, "other": {"desktop-4k2j1"}, "site": {"mokykla"}, "hours": {"24"}, "uses": {"1"}}
			}
			s.done = nil
			resp := c.ask(target, session, form)
			sentToLogin := strings.HasPrefix(resp.Header.Get("Location"), "/login")
			allowed := role.Allows(route.Role)
			if allowed && (resp.StatusCode >= 400 || sentToLogin) {
				t.Errorf("%s %s as %q is refused: %d", route.Method, target, role, resp.StatusCode)
			}
			if !allowed && resp.StatusCode != 403 && resp.StatusCode != 401 && !sentToLogin {
				t.Errorf("%s %s as %q is not refused: %d", route.Method, target, role, resp.StatusCode)
			}
			if want := allowed && route.Method == "POST"; (len(s.done) == 1) != want {
				t.Errorf("%s %s as %q did %q", route.Method, target, role, s.done)
			}
		}
	}
}

func TestPagesOfferWhatTheReaderMayDo(t *testing.T) {
	c := newConsole(t, withSchool(newSchool()))
	for _, tc := range []struct {
		role   access.Role
		target string
		offers []string
		hides  []string
	}{
		{access.Viewer, "/devices", nil, []string{"/merge", "/keep-apart"}},
		{access.Operator, "/devices", nil, []string{"/merge", "/keep-apart"}},
		{access.Administrator, "/devices", []string{"/devices/desktop-4k2j1/merge", "/devices/desktop-4k2j1/keep-apart"}, nil},
		{access.Viewer, "/devices/pc-214-07", nil, []string{"/edit"}},
		{access.Operator, "/devices/pc-214-07", []string{"/devices/pc-214-07/edit"}, nil},
		{access.Operator, "/agents", nil, []string{"/revoke", `action="/agents/tokens`}},
		{access.Administrator, "/agents", []string{"/agents/a-7f3k/revoke", `action="/agents/tokens"`, "/agents/tokens/raktas-3/revoke"}, []string{"/agents/a-0001/revoke", "/agents/tokens/raktas-0/revoke"}},
	} {
		lang := i18n.English
		session, _, err := c.access.Login(t.Context(), string(tc.role)+"-en", secret.New(password), access.Client{Address: clientAddr})
		if err != nil {
			session = c.session(tc.role, lang)
		}
		page := text(t, c.ask(tc.target, session, nil))
		for _, want := range tc.offers {
			if !strings.Contains(page, want) {
				t.Errorf("%s as %s does not offer %s", tc.target, tc.role, want)
			}
		}
		for _, bad := range tc.hides {
			if strings.Contains(page, bad) {
				t.Errorf("%s as %s offers %s", tc.target, tc.role, bad)
			}
		}
	}
}

func TestWhatPeopleDoToDevices(t *testing.T) {
	s := newSchool()
	c := newConsole(t, withSchool(s))
	session := c.session(access.Administrator, i18n.English)
	by := "user administrator-en"
	long := strings.Repeat("ž", 300)
	for name, tc := range map[string]struct {
		target string
		form   url.Values
		code   int
		leads  string
		done   string
	}{
		"edit":                      {"/devices/pc-1/edit", url.Values{"name": {" Klasė "}, "room": {""}, "class": {"server"}, "asset": {"000127"}}, 303, "/devices/pc-1?did=device.changed&of=3-TICKET", by + " | edit | pc-1 | asset=000127 | class=server | name=Klasė | room="},
		"edit one field":            {"/devices/pc-1/edit", url.Values{"asset": {long}}, 303, "/devices/pc-1?did=device.changed&of=3-TICKET", by + " | edit | pc-1 | asset=" + long[:200]},
		"a seat":                    {"/devices/pc-1/edit", url.Values{"seat": {" A2 "}}, 303, "/devices/pc-1?did=device.changed&of=3-TICKET", by + " | edit | pc-1 | seat=A2"},
		"remove":                    {"/devices/pc-1/remove", url.Values{}, 303, "/devices?did=devices.removed&of=3-TICKET", by + " | remove | pc-1"},
		"restore":                   {"/devices/pc-1/restore", url.Values{}, 303, "/devices/pc-1?did=devices.restored&of=3-TICKET", by + " | restore | pc-1"},
		"undo":                      {"/undo/2-X", url.Values{}, 303, "/devices?did=devices.undone&of=3-TICKET", by + " | undo | 2-X"},
		"the room of some":          {"/devices/change", url.Values{"id": {"pc-2", "pc-1", "pc-2"}, "do": {"room"}, "to_room": {" 214 "}, "back": {"/devices?site=x&page=2&did=y&of=z"}}, 303, "/devices?page=2&site=x&did=devices.changed&of=3-TICKET", by + " | edit | pc-1,pc-2 | room=214"},
		"the class of some":         {"/devices/change", url.Values{"id": {"pc-1"}, "do": {"class"}, "to_class": {"server"}, "back": {"https://evil.example/"}}, 303, "/devices?did=devices.changed&of=3-TICKET", by + " | edit | pc-1 | class=server"},
		"remove some":               {"/devices/change", url.Values{"id": {"pc-1", "pc-2"}, "do": {"remove"}}, 303, "/devices?did=devices.removed&of=3-TICKET", by + " | remove | pc-1,pc-2"},
		"restore some":              {"/devices/change", url.Values{"id": {"pc-1", "pc-2"}, "do": {"restore"}, "back": {"/devices?state=removed"}}, 303, "/devices?state=removed&did=devices.restored&of=3-TICKET", by + " | restore | pc-1,pc-2"},
		"nothing ticked":            {"/devices/change", url.Values{"do": {"remove"}}, 422, "", ""},
		"do nothing known":          {"/devices/change", url.Values{"id": {"pc-1"}, "do": {"burn"}}, 400, "", ""},
		"no IDs":                    {"/devices/change", url.Values{"id": {"PC 1"}, "do": {"remove"}}, 400, "", ""},
		"no such class":             {"/devices/pc-1/edit", url.Values{"class": {"toaster"}}, 400, "", ""},
		"no ID":                     {"/devices/PC%201/edit", url.Values{"name": {"x"}}, 404, "", ""},
		"merge":                     {"/devices/new/merge", url.Values{"other": {"old"}}, 303, "/devices/old", by + " | merge | new | into | old"},
		"merge with itself":         {"/devices/new/merge", url.Values{"other": {"new"}}, 400, "", ""},
		"merge with nothing":        {"/devices/new/merge", url.Values{}, 400, "", ""},
		"merge with another site":   {"/devices/new/merge", url.Values{"other": {"//evil.example"}}, 400, "", ""},
		"keep apart":                {"/devices/new/keep-apart", url.Values{"other": {"old"}}, 303, "/devices", by + " | keep apart | new | old"},
		"revoke":                    {"/agents/a-7f3k/revoke", url.Values{}, 303, "/agents", by + " | revoke agent | a-7f3k"},
		"revoke nobody":             {"/agents/a-none/revoke", url.Values{}, 404, "", ""},
		"revoke a token":            {"/agents/tokens/raktas-3/revoke", url.Values{}, 303, "/agents#tokens", by + " | revoke token | raktas-3"},
		"a token":                   {"/agents/tokens", url.Values{"site": {"mokykla"}, "hours": {"168"}, "uses": {"3"}, "class": {"server"}}, 303, "/enrolment/KEY", by + " | token | mokykla | 168h0m0s | 3 | server"},
		"a token for a year":        {"/agents/tokens", url.Values{"site": {"mokykla"}, "hours": {"8760"}, "uses": {"3"}}, 400, "", ""},
		"a token for nobody":        {"/agents/tokens", url.Values{"site": {"mokykla"}, "hours": {"24"}, "uses": {"0"}}, 400, "", ""},
		"a token for all":           {"/agents/tokens", url.Values{"site": {"mokykla"}, "hours": {"24"}, "uses": {"10001"}}, 400, "", ""},
		"a token without a site":    {"/agents/tokens", url.Values{"hours": {"24"}, "uses": {"1"}}, 400, "", ""},
		"a token of no known class": {"/agents/tokens", url.Values{"site": {"mokykla"}, "hours": {"24"}, "uses": {"1"}, "class": {"x"}}, 400, "", ""},
	} {
		s.done = nil
		resp := c.ask(tc.target, session, tc.form)
		leads := regexp.MustCompile("^/enrolment/[A-Z2-7]{26}$").ReplaceAllString(resp.Header.Get("Location"), "/enrolment/KEY")
		if resp.StatusCode != tc.code || leads != tc.leads {
			t.Errorf("%s: %d, leads to %q", name, resp.StatusCode, resp.Header.Get("Location"))
		}
		if got := strings.Join(s.done, "; "); got != tc.done {
			t.Errorf("%s: did %q, want %q", name, got, tc.done)
		}
		if resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: a browser may keep the answer", name)
		}
	}

	s.refuses = fmt.Errorf("merge: %w", web.ErrRefused)
	if resp := c.ask("/devices/new/merge", session, url.Values{"other": {"old"}}); resp.StatusCode != 422 || !strings.Contains(text(t, resp), "Nothing was changed") {
		t.Errorf("what cannot be done: %d", resp.StatusCode)
	}
	s.refuses = errors.New("disk on fire")
	if resp := c.ask("/agents/tokens", session, url.Values{"site": {"mokykla"}, "hours": {"24"}, "uses": {"1"}}); resp.StatusCode != 500 || strings.Contains(text(t, resp), tokenSecret) {
		t.Errorf("a token that could not be kept: %d", resp.StatusCode)
	}
	if strings.Contains(c.log.String(), tokenSecret) {
		t.Error("the log holds a token")
	}
}

// A new token is shown to the session that made it, for some minutes; loading
// the page again makes no other one.
func TestTheTokenIsShownForAWhile(t *testing.T) {
	s := newSchool()
	c := newConsole(t, withSchool(s))
	session := c.session(access.Administrator, i18n.English)
	at := c.ask("/agents/tokens", session, url.Values{"site": {"mokykla"}, "hours": {"24"}, "uses": {"50"}}).Header.Get("Location")
	page := text(t, c.ask(at, session, nil))
	if again := text(t, c.ask(at, session, nil)); again != page || len(s.done) != 1 {
		t.Errorf("loaded again: did %q", s.done)
	}
	if resp := c.ask(at, c.session(access.Administrator, i18n.Lithuanian), nil); resp.StatusCode != 404 || strings.Contains(text(t, resp), tokenSecret) {
		t.Errorf("another session: %d", resp.StatusCode)
	}
	for _, want := range []string{
		`msiexec /i budi-agent-x64.msi /qn BUDI_URL=&#34;https://budi.mokykla.example:9443&#34; BUDI_TOKEN=&#34;` + tokenSecret + `&#34;`,
		`&#39;BUDI_TOKEN=` + tokenSecret + `&#39;`, `\\SERVER\SHARE\budi-agent-x64.msi`, "/usr/local/bin/", `data-copy="windows"`,
		`sudo budi-agent enroll --url &#39;https://budi.mokykla.example:9443&#39; --token &#39;` + tokenSecret + `&#39;`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
	if strings.Contains(text(t, c.ask("/agents", session, nil)), tokenSecret) {
		t.Error("the token is shown again")
	}
	c.clock = c.clock.Add(11 * time.Minute)
	if resp := c.ask(at, session, nil); resp.StatusCode != 404 {
		t.Errorf("after eleven minutes: %d", resp.StatusCode)
	}
}

func TestTheListIsFilteredAndPaged(t *testing.T) {
	s := newSchool()
	for i := range 500 { // more than asked for
		s.list.Devices = append(s.list.Devices, web.DeviceRow{ID: fmt.Sprintf("pc-%d", i), Conditions: []web.Condition{web.Heard}})
	}
	s.list.Matching = 250
	c := newConsole(t, withSchool(s))
	session := c.session(access.Viewer, i18n.English)
	page := text(t, c.ask("/devices?site=mokykla&class=server&state=silent&q=+HPE+%26+co&page=2", session, nil))
	want := web.DeviceFilter{Site: "mokykla", Class: fleet.Server, State: web.Silent, Text: "HPE & co", Offset: 75, Limit: 75}
	if s.filter != want {
		t.Errorf("asked for %+v", s.filter)
	}
	for _, want := range []string{
		`href="/devices?class=server&amp;page=1&amp;q=HPE&#43;%26&#43;co&amp;site=mokykla&amp;state=silent" rel="prev"`,
		`href="/devices?class=server&amp;page=3&amp;q=HPE&#43;%26&#43;co&amp;site=mokykla&amp;state=silent" rel="next"`,
		"76 to 150 of 250", "250 devices",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if rows := strings.Count(page, `<th scope="row"><a href="/devices/`); rows != 75 {
		t.Errorf("%d rows", rows)
	}
	for _, target := range []string{"/devices?class=toaster&state=x&page=-1", "/devices?page=99999999999999999999"} {
		c.ask(target, session, nil)
		if want := (web.DeviceFilter{Limit: 75}); s.filter != want {
			t.Errorf("%s asked for %+v", target, s.filter)
		}
	}
	c.ask("/devices?q="+strings.Repeat("ž", 500), session, nil)
	if len(s.filter.Text) > web.MaxFilter {
		t.Errorf("asked for %d bytes", len(s.filter.Text))
	}
}

func TestManyAgentsArePaged(t *testing.T) {
	s := newSchool()
	for i := range 250 {
		s.agents.Agents = append(s.agents.Agents, web.Agent{ID: fmt.Sprintf("z-%03d", i), Hostname: fmt.Sprintf("zz-%03d", i), System: "linux"})
	}
	c := newConsole(t, withSchool(s))
	session := c.session(access.Viewer, i18n.English)
	for target, want := range map[string]string{
		"/agents": "1 to 75 of 254", "/agents?page=4": "226 to 254 of 254", "/agents?q=zz-2": "50 agents", "/agents?page=77": "254", "/agents?q=zz+LINUX": "1 to 75 of 250", "/agents?site=filialas": "1 agent<",
	} {
		resp := c.ask(target, session, nil)
		if page := text(t, resp); resp.StatusCode != 200 || target != "/agents?page=77" && !strings.Contains(page, want) {
			t.Errorf("%s: %d, lacks %q", target, resp.StatusCode, want)
		}
	}
}

func TestTheRangeOfTheCharts(t *testing.T) {
	s := newSchool()
	c := newConsole(t, withSchool(s))
	session := c.session(access.Viewer, i18n.English)
	for query, want := range map[string]web.Range{"": web.Day, "?range=1h": web.Hour, "?range=7d": web.Week, "?range=9y": web.Day} {
		c.ask("/devices/pc-214-07"+query, session, nil)
		if s.reach != want {
			t.Errorf("%q shows %q", query, s.reach)
		}
	}
	for r, want := range map[web.Range]time.Duration{web.Hour: time.Hour, web.Day: 24 * time.Hour, web.Week: 168 * time.Hour} {
		if r.Length() != want {
			t.Errorf("%s is %v", r, r.Length())
		}
	}
}

// Whatever an agent sends, the page stays bounded.
func TestAHugeInventoryMakesABoundedPage(t *testing.T) {
	s := newSchool()
	page := s.pages["pc-214-07"]
	page.Facts, page.Charts, page.Changes = nil, nil, nil
	for kind := range 100 {
		set := look.FactSet{Kind: fmt.Sprintf("kind_%d", kind)}
		if kind < 2 {
			for i := range 5000 {
				fields := map[string]string{}
				for f := range 32 {
					fields[fmt.Sprintf("field_%d", f)] = strings.Repeat("w", 512)
				}
				set.Items = append(set.Items, look.Item{Key: fmt.Sprint(i), Fields: fields})
			}
		}
		page.Facts = append(page.Facts, set)
	}
	for i := range 1000 {
		page.Changes = append(page.Changes, web.Change{Time: now, Kind: "disk", Item: strings.Repeat("w", 512), Field: fmt.Sprint(i), Old: strings.Repeat("w", 512), New: "x"})
		page.Charts = append(page.Charts, web.DeviceChart{Kind: web.ChartDisk, Item: fmt.Sprint(i), Unit: chart.Percent, Lines: pcCharts()[0].Lines})
	}
	s.pages["pc-214-07"] = page
	c := newConsole(t, withSchool(s))
	out := text(t, c.ask("/devices/pc-214-07", c.session(access.Viewer, i18n.English), nil))
	if len(out) > 10e6 || strings.Count(out, "<figure>") > 24 || !strings.Contains(out, "more are not shown") {
		t.Errorf("%d bytes, %d charts", len(out), strings.Count(out, "<figure>"))
	}
}

// The words for facts are those of the kinds and fields that agents collect.
func TestEveryFactHasAName(t *testing.T) {
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range facts.Kinds() {
		if !texts.Has(i18n.English, "fact.kind."+kind.Name) {
			t.Errorf("no name for the kind %q", kind.Name)
		}
		for _, field := range kind.Fields {
			if !texts.Has(i18n.English, "fact.field."+field) {
				t.Errorf("no name for the field %q of %q", field, kind.Name)
			}
		}
	}
}
