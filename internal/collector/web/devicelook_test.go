package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

func number(v float64) *float64 { return &v }

// told is a look at a device that went well.
func told(target string, d look.Device, samples []look.Sample, facts ...string) *web.DeviceLook {
	r := look.Result{Target: target, Kind: string(d.Kinds[0]), Time: ago(40 * time.Second), Duration: 800 * time.Millisecond, Outcome: look.OK, Device: &d, Samples: samples}
	for i := 0; i < len(facts); i += 2 {
		r.Facts = append(r.Facts, look.Fact{Name: facts[i], Value: facts[i+1]})
	}
	return &web.DeviceLook{Target: target, Newest: &r, Told: &r, Since: ago(26 * time.Hour)}
}

// colourPrinter has supplies of every state.
func colourPrinter() *web.DeviceLook {
	l := told("snmp://10.20.3.14", look.Device{
		Kinds: []look.Kind{look.Printer},
		Supplies: []look.Supply{
			{Index: "1.1", Name: "Black Cartridge HP CF400X", Type: "tonerCartridge", Colour: "black", Part: "CF400X", Percent: number(63), State: look.SupplyKnown},
			{Index: "1.2", Name: "Cyan Cartridge HP CF401X", Type: "tonerCartridge", Colour: "cyan", Part: "CF401X", Percent: number(8), State: look.SupplyKnown},
			{Index: "1.3", Name: "Magenta Cartridge HP CF403X", Type: "tonerCartridge", Colour: "magenta", Part: "CF403X", Percent: number(0), State: look.SupplyKnown},
			{Index: "1.4", Name: "Yellow Cartridge HP CF402X", Type: "tonerCartridge", Colour: "yellow", Part: "CF402X", Percent: number(88), State: look.SupplyKnown},
			{Index: "1.5", Name: "Photo", Type: "inkCartridge", Colour: "light magenta", State: look.SupplySomeRemaining},
			{Index: "1.6", Name: "Drum", Type: "opc", State: look.SupplyUnknown},
			{Index: "1.7", Name: "Waste Toner", Type: "wasteToner", Fills: true, Percent: number(40), State: look.SupplyKnown},
			{Index: "1.8", Name: "Waste Ink", Type: "wasteInk", Fills: true, Percent: number(4), State: look.SupplyKnown},
			{Index: "1.9", Name: "Fuser Kit", Type: "fuser", Level: number(9), Unit: "hours", State: look.SupplyNoCapacity},
			{Index: "1.10", Name: "Staples", Type: "staples", State: look.SupplyUnrestricted},
		},
		Trays: []look.Tray{
			{Index: "1", Name: "Tray 1", Media: "A4", Capacity: number(250), Level: number(120), State: "known"}, {Index: "2", Name: "Tray 2", State: "some_remaining"},
			{Index: "3", Name: "Tray 3", Capacity: number(500), Level: number(0), State: "empty"}, {Index: "4", Name: "Tray 4", State: "missing"},
		},
		Alerts: []look.Alert{
			{Severity: "critical", Code: "jam", Group: "mediaPath", Text: "Paper Jam in Tray 2", Location: "Tray 2"}, {Severity: "warning", Code: "markerTonerAlmostEmpty"}, {Severity: "other", Code: "made_up_code"},
		},
		Console: []string{"Užstrigo popierius", "2 dėklas"},
	}, nil, "vendor", "HP", "model", "Color LaserJet M277dw", "serial", "VNB3K12345", "page_count", "48123", "uptime_seconds", "93000", "location", "214")
	l.Left = map[string]float64{"1.1": 41.4, "1.2": 1, "1.3": 0, "1.4": 700}
	return l
}

// bigSwitch has 52 ports, and what is behind them.
func bigSwitch() *web.DeviceLook {
	d := look.Device{Kinds: []look.Kind{look.Switch}}
	for i := 1; i <= 52; i++ {
		p := look.Interface{Index: i, Name: fmt.Sprintf("gi%d", i), Type: 6, Admin: "up", Oper: "up", SpeedBPS: 1e9, Duplex: "full", Physical: true, PoE: "searching"}
		switch {
		case i%9 == 0:
			p.Admin, p.Oper = "down", "down"
		case i%4 == 0:
			p.Oper = "down"
		case i%5 == 0:
			p.SpeedBPS, p.PoE, p.PoEWatts = 1e8, "deliveringPower", number(6.4)
		case i == 7:
			p.SpeedBPS, p.Duplex = 1e7, "half"
		case i == 1:
			p.Alias = "į serverinę"
		}
		d.Interfaces = append(d.Interfaces, p)
	}
	d.Interfaces = append(d.Interfaces, look.Interface{Index: 1000, Name: "vlan10", Type: 135, Admin: "up", Oper: "up"})
	d.Neighbours = []look.Neighbour{{Port: "gi51", Chassis: "02:00:00:00:00:01", RemotePort: "gi1", Name: "sw-bendrabutis", Bridge: true}, {Port: "mgmt0", Chassis: "02:00:00:00:00:02", Addresses: []string{"10.20.0.9"}}}
	d.Sensors = []look.Sensor{{Name: "CPU", Class: look.Load, Value: 23}, {Name: "Chassis", Class: look.Temperature, Value: 43.25, State: look.StateOK}, {Name: "1", Class: look.FanSpeed, Value: 4300, State: look.StateWarning}}
	l := told("snmp://10.20.0.2", d, nil, "vendor", "HP", "model", "1920-48G", "firmware", "5.20.99")
	l.Ports = map[string]web.PortEnd{
		"gi1": {Things: []web.Reference{{Name: "serveris", Path: "/devices/serveris"}}, Others: 2}, "gi2": {Things: []web.Reference{{Name: "Informatikos 7", Path: "/devices/pc-214-07"}}},
		"gi3": {Others: 1}, "gi5": {Errors: 1234}, "gi6": {Things: []web.Reference{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}},
	}
	return l
}

// onBattery is a UPS in a power cut.
func onBattery() *web.DeviceLook {
	return told("snmp://10.20.0.3", look.Device{
		Kinds:   []look.Kind{look.UPS},
		Sensors: []look.Sensor{{Name: "battery", Class: look.Runtime, Value: 1500}, {Name: "battery", Class: look.Charge, Value: 81}, {Name: "output", Class: look.Load, Value: 34}, {Name: "input", Class: look.Voltage, Value: 0}},
		Alerts:  []look.Alert{{Severity: "critical", Code: "onBattery"}},
	}, []look.Sample{{Name: "budi_ups_on_battery", Value: 1}, {Name: "budi_ups_replace_battery", Value: 1}, {Name: "budi_ups_battery_low", Value: 0}}, "model", "Smart-UPS 1500")
}

// coolingProjector has a lamp.
func coolingProjector() *web.DeviceLook {
	return told("pjlink://10.20.3.20", look.Device{Kinds: []look.Kind{look.Projector}, Sensors: []look.Sensor{{Name: "1", Class: look.LampHours, Value: 3412}, {Name: "", Class: look.FilterHours, Value: 900}}},
		[]look.Sample{{Name: "budi_projector_power", Value: 2}}, "model", "EB-X41", "name", "214")
}

// silentStorage has told something once.
func silentStorage() *web.DeviceLook {
	l := told("snmp://10.20.0.4", look.Device{
		Kinds:   []look.Kind{look.NAS},
		Volumes: []look.Volume{{Name: "/volume1", SizeBytes: 4 << 40, UsedBytes: 3 << 40, State: look.StateWarning, Detail: "degraded"}, {Name: "swap"}},
		Disks:   []look.Disk{{Name: "Disk 1", Model: "WD40EFRX", Serial: "WD-1", State: look.StateOK}, {Name: "Disk 2", State: look.StateFailed, Detail: "crashed"}},
	}, nil, "model", "DS218+")
	l.Told.Time = ago(3 * time.Hour)
	l.Newest = &look.Result{Time: ago(20 * time.Second), Outcome: look.Unreachable, Problem: &look.Problem{Code: "device_no_answer", Args: map[string]string{"address": "10.20.0.4"}, Detail: "no answer"}}
	l.Since = ago(3 * time.Hour)
	return l
}

// hostileDevice calls everything names.
func hostileDevice() *web.DeviceLook {
	d := look.Device{Kinds: []look.Kind{hostile}, Console: []string{hostile}, Alerts: []look.Alert{{Severity: hostile, Code: hostile, Text: hostile, Location: hostile}}}
	for range 500 {
		d.Supplies = append(d.Supplies, look.Supply{Index: hostile, Name: hostile, Type: hostile, Colour: hostile, Part: hostile, Unit: hostile, Percent: number(1e300), State: hostile})
		d.Trays = append(d.Trays, look.Tray{Name: hostile, Media: hostile, State: hostile})
		d.Sensors = append(d.Sensors, look.Sensor{Name: hostile, Class: hostile, Value: -1e300, Unit: hostile, State: hostile})
		d.Volumes = append(d.Volumes, look.Volume{Name: hostile, Type: hostile, SizeBytes: 1, UsedBytes: 1 << 63, State: hostile, Detail: hostile})
		d.Disks = append(d.Disks, look.Disk{Name: hostile, Model: hostile, Serial: hostile, State: hostile, Detail: hostile})
		d.Neighbours = append(d.Neighbours, look.Neighbour{Port: hostile, Chassis: hostile, RemotePort: hostile, Name: hostile})
		d.Interfaces = append(d.Interfaces, look.Interface{Name: hostile, Alias: hostile, Admin: hostile, Oper: hostile, Duplex: hostile, PoE: hostile, PoEWatts: number(-1e300), SpeedBPS: 1 << 63, Physical: true})
	}
	l := told(hostile, d, nil, "model", hostile, hostile, hostile)
	l.Ports = map[string]web.PortEnd{hostile: {Things: []web.Reference{{Name: hostile, Path: "/devices/bad"}}, Others: 7}}
	return l
}

// withDevice puts a device that is looked at into the school.
func withDevice(s *school, id string, class fleet.Class, l *web.DeviceLook) {
	row := web.DeviceRow{ID: id, Name: id, Site: web.Site{ID: "mokykla", Name: "Pagrindinė mokykla"}, Room: "214", Class: class, LastHeard: ago(40 * time.Second), Conditions: []web.Condition{web.Heard}}
	s.pages[id] = web.DevicePage{Device: row, Created: ago(90 * 24 * time.Hour), From: ago(24 * time.Hour), To: now, Step: 5 * time.Minute, Look: l}
}

func TestPagesOfDevicesThatAreLookedAt(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for _, tc := range []struct {
			name, query string
			class       fleet.Class
			look        *web.DeviceLook
		}{
			{"look-printer", "", fleet.Workstation, colourPrinter()},
			{"look-switch", "", fleet.Infrastructure, bigSwitch()},
			{"look-switch-trouble", "?ports=trouble", fleet.Infrastructure, bigSwitch()},
			{"look-ups", "", fleet.Infrastructure, onBattery()},
			{"look-projector", "", fleet.Presentation, coolingProjector()},
			{"look-silent", "", fleet.Server, silentStorage()},
			{"look-never", "", fleet.Presentation, &web.DeviceLook{Target: "10.20.3.99"}},
		} {
			t.Run(tc.name+"."+string(lang), func(t *testing.T) {
				s := newSchool()
				withDevice(s, "daiktas", tc.class, tc.look)
				c := newConsole(t, withSchool(s))
				page := text(t, c.ask("/devices/daiktas"+tc.query, c.session(access.Operator, lang), nil))
				golden(t, tc.name+"."+string(lang), page)
				harmless(t, page)
			})
		}
	}
}

// Whatever a device says, its page is one of ours, and small.
func TestADeviceThatTalksNonsense(t *testing.T) {
	s := newSchool()
	withDevice(s, "daiktas", fleet.Infrastructure, hostileDevice())
	c := newConsole(t, withSchool(s))
	session := c.session(access.Viewer, i18n.Lithuanian)
	for _, query := range []string{"", "?ports=down&part=3", "?ports=trouble&part=999999", "?ports=<b>&part=-1", "?part=9"} {
		page := text(t, c.ask("/devices/daiktas"+query, session, nil))
		harmless(t, page)
		if len(page) >= 100_000 || !strings.Contains(page, `id="supplies"`) {
			t.Errorf("%s: %d bytes", query, len(page))
		}
	}
}

// A level that is not known is never a percentage, and no bar is full.
func TestWhatIsNotKnownOfASupplyIsNoPercentage(t *testing.T) {
	for state, want := range map[look.SupplyState]string{
		look.SupplySomeRemaining: "some left", look.SupplyUnknown: "not known", look.SupplyUnrestricted: "not limited", look.SupplyNoCapacity: "no percentage: the printer gives no capacity (level 7 pages)", "": "not known",
	} {
		s := newSchool()
		withDevice(s, "daiktas", fleet.Workstation, told("snmp://10.20.3.14", look.Device{Kinds: []look.Kind{look.Printer}, Supplies: []look.Supply{{Index: "1", Name: "x", Type: "toner", Level: number(7), Unit: "impressions", State: state}}}, nil))
		c := newConsole(t, withSchool(s))
		page := text(t, c.ask("/devices/daiktas", c.session(access.Viewer, i18n.English), nil))
		_, supplies, _ := strings.Cut(page, `id="supplies"`)
		supplies, _, _ = strings.Cut(supplies, "</section>")
		if !strings.Contains(supplies, want) || strings.Contains(supplies, "ink-") || strings.Contains(supplies, " %") {
			t.Errorf("%q: %s", state, supplies)
		}
	}
}

// A page of the ports is bounded, however many a device has.
func TestPortsComeInPages(t *testing.T) {
	l := bigSwitch()
	d := *l.Told.Device
	d.Interfaces = nil
	for i := range 600 {
		d.Interfaces = append(d.Interfaces, look.Interface{Index: i + 1, Name: fmt.Sprintf("Ethernet1/%d", i+1), Admin: "up", Oper: "up", SpeedBPS: 1e10, Physical: true})
	}
	l.Told.Device = &d
	s := newSchool()
	withDevice(s, "daiktas", fleet.Infrastructure, l)
	c := newConsole(t, withSchool(s))
	session := c.session(access.Viewer, i18n.English)
	page := text(t, c.ask("/devices/daiktas?ports=up&part=2", session, nil))
	for _, want := range []string{"55 to 108 of 600", ">Ethernet1/55<", ">Ethernet1/108<", "part=1", "part=3", "All 600"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(page, ">Ethernet1/109<") || len(page) > 100_000 {
		t.Errorf("%d bytes", len(page))
	}
}

// A list says of each device what matters of its kind.
func TestListOfDevicesByKind(t *testing.T) {
	for _, lang := range i18n.Languages() {
		s := newSchool()
		row := s.list.Devices[2]
		row.System, row.Model, row.OS, row.Asset = "", "", "", ""
		at := func(id string, kind look.Kind, state web.Condition, g web.Gist) web.DeviceRow {
			r := row
			r.ID, r.Name, r.Kind, r.Gist, r.Conditions = id, id, kind, g, []web.Condition{state}
			return r
		}
		supply := colourPrinter().Told.Device.Supplies[1]
		s.list = web.DevicesPage{Matching: 6, Kinds: []look.Kind{look.UPS, look.Printer, look.Switch, look.Projector}, Devices: []web.DeviceRow{
			at("hp", look.Printer, web.Heard, web.Gist{Supply: &supply, Days: number(12), Critical: 1}), at("epson", look.Projector, web.Off, web.Gist{Lamp: number(3412)}),
			at("sw-1", look.Switch, web.Silent, web.Gist{Ports: 52, PortsUp: 35}), at("ups", look.UPS, web.Heard, web.Gist{OnBattery: true, Charge: number(81)}),
			at("nas", look.NAS, web.Unasked, web.Gist{Broken: 1}), at("cam", look.Camera, web.Paused, web.Gist{}),
		}}
		c := newConsole(t, withSchool(s))
		page := text(t, c.ask("/devices?kind=printer", c.session(access.Viewer, lang), nil))
		golden(t, "devices-kinds."+string(lang), page)
		harmless(t, page)
		if s.filter.Kind != look.Printer {
			t.Errorf("filtered by %q", s.filter.Kind)
		}
		c.ask("/devices?kind=toaster", c.session(access.Operator, lang), nil)
		if s.filter.Kind != "" {
			t.Errorf("filtered by %q", s.filter.Kind)
		}
	}
}
