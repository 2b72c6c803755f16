package web

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// lookBody is what the template of a look at a device gets: everything in words.
type lookBody struct {
	words
	*DeviceLook
	Kinds    string
	Old      bool // what is shown is older than the newest look
	Facts    []factField
	Signs    []badge // how it is at this moment: on battery, warming up
	Supplies []supplyLine
	Trays    []trayLine
	Alerts   []alertLine
	Console  []string
	Ports    portsBody
	Sensors  []sensorLine
	Volumes  []volumeLine
	Disks    []diskLine
	Nearby   []nearLine     // neighbours at no port that is shown
	Hidden   map[string]int // how much of a list found no room

	room int // lines that the lists may still have
}

// bar is how much of something there is, as a drawing for the eye: the words
// beside it say the same.
type bar struct {
	Share float64 // 0 to 1; negative: not known
	Ink   string  // a class of the style sheet
}

// SVG draws the bar.
func (b bar) SVG() template.HTML {
	if b.Share < 0 {
		return `<svg class="level none" aria-hidden="true" focusable="false"><rect class="track" width="100%" height="100%"/></svg>`
	}
	return template.HTML(fmt.Sprintf(`<svg class="level" aria-hidden="true" focusable="false"><rect class="track" width="100%%" height="100%%"/><rect class="ink-%s" width="%s%%" height="100%%"/></svg>`,
		b.Ink, strconv.FormatFloat(math.Round(min(b.Share, 1)*1000)/10, 'f', -1, 64))) // numbers, and a class of ours
}

// supplyLine is one supply.
type supplyLine struct {
	Name string // in the reader's language
	Own  string // as the device calls it
	Bar  bar
	Mark badge  // Tone "" where there is nothing to do
	Left string // how much is left
	Days string // how long it will last; "": nobody knows
	Part string
}

type trayLine struct {
	Name, Media string
	Bar         bar
	Mark        badge
	Left        string
}

type alertLine struct {
	Badge     badge
	Text, Own string // Own is the device's words, where Text is ours
	Where     string
}

type sensorLine struct {
	Name, Value string
	Bar         *bar
	State       *badge
}

type volumeLine struct {
	Name, Used string
	Bar        bar
	State      *badge
	Detail     string
}

type diskLine struct {
	Name, Model, Serial string
	State               badge
	Detail              string
}

type nearLine struct{ Name, Port, Detail string }

// lookOf makes what was told by a device ready to be shown. query chooses among
// its ports; path is the device's page.
func (w words) lookOf(l *DeviceLook, path string, query url.Values) *lookBody {
	b := &lookBody{words: w, DeviceLook: l, Hidden: map[string]int{}, room: maxLookLines}
	if l.Told == nil || l.Told.Device == nil {
		return b
	}
	d := l.Told.Device
	b.Old = l.Newest != nil && l.Newest.Time.After(l.Told.Time)
	var kinds []string
	for _, k := range d.Kinds {
		kinds = append(kinds, w.DeviceKind(k))
	}
	b.Kinds = strings.Join(kinds, ", ")
	b.Facts = w.lookFacts(l)
	b.Signs = w.signs(*l.Told)
	for _, s := range bounded(b, "supplies", d.Supplies, maxSupplies) {
		b.Supplies = append(b.Supplies, w.supply(s, l.Left))
	}
	for _, t := range bounded(b, "trays", d.Trays, maxTrays) {
		b.Trays = append(b.Trays, w.tray(t))
	}
	for _, a := range bounded(b, "alerts", d.Alerts, maxAlerts) {
		b.Alerts = append(b.Alerts, w.alert(a))
	}
	for _, line := range d.Console[:min(len(d.Console), maxConsole)] {
		if line = w.Foreign(strings.TrimSpace(line)); line != "" {
			b.Console = append(b.Console, line)
		}
	}
	sensors := slices.Clone(d.Sensors)
	slices.SortStableFunc(sensors, func(a, b look.Sensor) int {
		return cmp.Compare(rankIn(sensorOrder(), string(a.Class)), rankIn(sensorOrder(), string(b.Class)))
	})
	for _, s := range bounded(b, "sensors", sensors, maxSensors) {
		b.Sensors = append(b.Sensors, w.sensor(s))
	}
	for _, v := range bounded(b, "volumes", d.Volumes, maxVolumes) {
		b.Volumes = append(b.Volumes, w.volume(v))
	}
	for _, disk := range bounded(b, "disks", d.Disks, maxDiskRows) {
		b.Disks = append(b.Disks, diskLine{w.Brief(disk.Name), w.Brief(disk.Model), w.Brief(disk.Serial), w.stateOf(disk.State), w.Brief(disk.Detail)})
	}
	b.Ports = w.ports(l, path, query)
	for _, n := range bounded(b, "neighbours", b.Ports.loose, maxNeighbours) {
		b.Nearby = append(b.Nearby, nearLine{w.neighbourName(n), w.Brief(n.Port), w.Brief(n.RemotePort)})
	}
	return b
}

// bounded are the first of a list, as many as the page has room for; the others
// are counted.
func bounded[T any](b *lookBody, name string, list []T, most int) []T {
	if most = min(most, b.room); len(list) > most {
		b.Hidden[name] = len(list) - most
		list = list[:most]
	}
	b.room -= len(list)
	return list
}

// DeviceKind names a kind of devices.
func (w words) DeviceKind(k look.Kind) string { return w.known("web.topology.kind.", string(k)) }

// lookFacts are the facts that people ask for, in their order.
func (w words) lookFacts(l *DeviceLook) []factField {
	told := map[string]string{}
	for _, f := range l.Told.Facts {
		told[f.Name] = f.Value
	}
	var out []factField
	for _, name := range []string{look.FactVendor, look.FactModel, look.FactSerial, look.FactFirmware, look.FactHardware, look.FactName, look.FactLocation, look.FactContact, look.FactMAC, look.FactPages, look.FactUptime} {
		value := told[name]
		if value == "" {
			continue
		}
		if n, err := strconv.ParseUint(value, 10, 64); err == nil {
			switch {
			case name == look.FactUptime && n < 1e10:
				value = w.Length(time.Duration(n) * time.Second)
			case name == look.FactPages:
				value = w.grouped(n)
			}
		}
		out = append(out, factField{w.LookFact(name), w.Foreign(value)})
	}
	return append(out, factField{w.T("web.devicelook.target"), w.Foreign(l.Target)})
}

// grouped writes a whole number with its thousands apart.
func (w words) grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u00a0" + s[i:]
	}
	return s
}

// signs tell how a device is at this moment, as far as its samples say it.
func (w words) signs(r look.Result) []badge {
	var out []badge
	for _, s := range r.Samples {
		switch {
		case s.Name == metric.ProjectorPower && s.Value >= 0 && s.Value <= 3:
			state := []string{"standby", "on", "cooling", "warming"}[int(s.Value)]
			tone, sign := "unknown", "–"
			if state == "on" {
				tone, sign = "good", "✓"
			}
			out = append(out, badge{tone, sign, w.T("web.devicelook.power." + state)})
		case s.Value != 1:
		case s.Name == metric.UPSOnBattery:
			out = append(out, badge{"bad", "!", w.T("web.devicelook.on_battery")})
		case s.Name == metric.UPSBatteryLow:
			out = append(out, badge{"bad", "!", w.T("web.devicelook.battery_low")})
		case s.Name == metric.UPSReplaceBattery:
			out = append(out, badge{"warn", "!", w.T("web.devicelook.replace_battery")})
		case s.Name == metric.UPSSelfTestFailed:
			out = append(out, badge{"warn", "!", w.T("web.devicelook.self_test_failed")})
		}
	}
	return out
}

// supply writes what is left of a supply.
func (w words) supply(s look.Supply, left map[string]float64) supplyLine {
	out := supplyLine{Name: w.SupplyName(s), Own: w.Brief(s.Name), Bar: bar{-1, inkOf(s.Colour, s.Fills)}, Part: w.Brief(s.Part)}
	if s.Percent != nil {
		out.Bar.Share = min(max(*s.Percent, 0), 100) / 100
		out.Mark = w.scarce(out.Bar.Share, s.Fills)
	}
	out.Left = w.supplyLeft(s)
	if days, ok := left[s.Index]; ok && out.Bar.Share != 0 {
		out.Days = w.DaysLeft(days)
	}
	return out
}

// SupplyName names a supply by what it is and its colour.
func (w words) SupplyName(s look.Supply) string {
	kind := "web.supply.type." + s.Type
	if !w.c.Has(w.Lang, kind) {
		kind = "web.supply.type.other"
	}
	name := w.T(kind)
	if s.Colour != "" {
		name += ", " + w.known("web.supply.colour.", strings.ReplaceAll(strings.ToLower(s.Colour), " ", "_"))
	}
	return name
}

// supplyLeft writes how much of a supply is left, or why nobody knows.
func (w words) supplyLeft(s look.Supply) string {
	if s.Percent != nil {
		text := w.Percent(min(max(*s.Percent, 0), 100) / 100)
		if s.Fills {
			return w.T("web.supply.room", "Percent", text)
		}
		return text
	}
	switch s.State {
	case look.SupplySomeRemaining:
		if s.Fills {
			return w.T("web.supply.some_room")
		}
		return w.T("web.supply.some")
	case look.SupplyUnrestricted:
		return w.T("web.supply.unrestricted")
	case look.SupplyNoCapacity:
		level := ""
		if s.Level != nil {
			level = w.Number(*s.Level)
			if unit := "web.supply.unit." + s.Unit; s.Unit != "" && w.c.Has(w.Lang, unit) {
				level += " " + w.T(unit)
			}
		}
		return w.T("web.supply.no_capacity", "Level", level)
	default:
		return w.T("web.supply.unknown")
	}
}

// scarce marks what is nearly or wholly used up.
func (w words) scarce(share float64, fills bool) badge {
	switch {
	case share > 0.10:
		return badge{}
	case share > 0 && fills:
		return badge{"warn", "!", w.T("web.supply.nearly_full")}
	case share > 0:
		return badge{"warn", "!", w.T("web.supply.low")}
	case fills:
		return badge{"bad", "✕", w.T("web.supply.full")}
	default:
		return badge{"bad", "✕", w.T("web.supply.empty")}
	}
}

// DaysLeft writes how long something lasts.
func (w words) DaysLeft(days float64) string {
	n := int(math.Round(max(days, 0)))
	switch {
	case n > 365:
		return w.T("web.supply.over_a_year")
	case n == 0:
		return w.T("web.supply.today")
	default:
		return w.N("web.supply.days", n)
	}
}

// inkOf is the class of a bar in the colour of a supply.
func inkOf(colour string, fills bool) string {
	c := strings.ToLower(colour)
	light := strings.Contains(c, "light")
	for _, ink := range []struct{ word, class string }{
		{"cyan", "cyan"}, {"magenta", "magenta"}, {"yellow", "yellow"}, {"black", "black"}, {"gray", "gray"}, {"grey", "gray"},
		{"red", "red"}, {"green", "green"}, {"blue", "blue"}, {"orange", "orange"}, {"violet", "violet"}, {"white", "white"},
	} {
		switch {
		case !strings.Contains(c, ink.word):
		case light && (ink.class == "cyan" || ink.class == "magenta" || ink.class == "gray"):
			return "light-" + ink.class
		case light && ink.class == "black":
			return "gray"
		default:
			return ink.class
		}
	}
	if fills {
		return "room"
	}
	return "none"
}

// tray writes how much paper is in a tray.
func (w words) tray(t look.Tray) trayLine {
	out := trayLine{Name: w.Brief(t.Name), Media: w.Brief(t.Media), Bar: bar{-1, "paper"}}
	known := t.State == "known" || t.State == "empty"
	switch {
	case known && t.Level != nil && t.Capacity != nil && *t.Capacity > 0 && *t.Level >= 0:
		out.Bar.Share = min(*t.Level / *t.Capacity, 1)
		out.Left = w.T("web.tray.of", "Level", w.Number(*t.Level), "Capacity", w.Number(*t.Capacity))
	case t.State == "known" && t.Level != nil:
		out.Left = w.T("web.tray.sheets", "Level", w.Number(*t.Level))
	case t.State == "empty":
		out.Bar.Share = 0
		out.Left = w.T("web.tray.state.empty")
	default:
		out.Left = w.known("web.tray.state.", cmp.Or(t.State, "unknown"))
	}
	switch t.State {
	case "empty":
		out.Mark = badge{"warn", "!", w.T("web.tray.state.empty")}
	case "missing":
		out.Mark = badge{"warn", "!", w.T("web.tray.state.missing")}
	}
	return out
}

// alert writes what a device complains of.
func (w words) alert(a look.Alert) alertLine {
	out := alertLine{Text: w.Foreign(a.Text), Where: w.Brief(a.Location)}
	switch a.Severity {
	case "critical":
		out.Badge = badge{"bad", "✕", w.T("severity.critical")}
	case "warning":
		out.Badge = badge{"warn", "!", w.T("severity.warning")}
	default:
		out.Badge = badge{"info", "i", w.T("severity.info")}
	}
	if key := "web.alert." + a.Code; w.c.Has(w.Lang, key) {
		out.Text, out.Own = w.T(key), out.Text
	} else if out.Text == "" {
		out.Text = w.Foreign(strings.ReplaceAll(a.Code, "_", " "))
	}
	return out
}

// sensorOrder is the order of what sensors measure.
func sensorOrder() []string {
	var out []string
	for _, c := range []look.SensorClass{look.Charge, look.Runtime, look.Load, look.Memory, look.LampHours, look.FilterHours, look.Temperature, look.Humidity, look.FanSpeed, look.Status, look.Voltage, look.Current, look.Power, look.Apparent, look.Frequency, look.SignalDBM, look.Clients} {
		out = append(out, string(c))
	}
	return out
}

// sensor writes one measurement.
func (w words) sensor(s look.Sensor) sensorLine {
	out := sensorLine{Name: w.known("web.sensor.", string(s.Class))}
	if name := w.Brief(s.Name); name != "" {
		out.Name += " – " + name
	}
	round := func(digits int) string {
		p := math.Pow(10, float64(digits))
		return w.Number(math.Round(s.Value*p) / p)
	}
	switch s.Class {
	case look.Charge, look.Load, look.Memory, look.Humidity:
		out.Value = w.Percent(s.Value / 100)
		out.Bar = &bar{max(s.Value, 0) / 100, "none"}
	case look.Runtime:
		out.Value = w.Length(time.Duration(min(max(s.Value, 0), 1e8) * float64(time.Second)))
	case look.LampHours, look.FilterHours:
		out.Value = w.T("unit.hours", "N", w.grouped(uint64(min(max(s.Value, 0), 1e9))))
	case look.Temperature:
		out.Value = round(1) + " °C"
	case look.FanSpeed:
		out.Value = round(0) + " " + w.T("web.sensor.unit.rpm")
	case look.Voltage:
		out.Value = round(1) + " V"
	case look.Current:
		out.Value = round(2) + " A"
	case look.Power:
		out.Value = round(1) + " W"
	case look.Apparent:
		out.Value = round(1) + " VA"
	case look.Frequency:
		out.Value = round(1) + " Hz"
	case look.SignalDBM:
		out.Value = round(1) + " dBm"
	case look.Clients:
		out.Value = round(0)
	case look.Status:
		if s.State == "" && s.Value >= 0 && s.Value <= 2 {
			s.State = []string{look.StateOK, look.StateWarning, look.StateFailed}[int(s.Value)]
		}
	default:
		out.Value = strings.TrimSpace(round(2) + " " + w.Brief(s.Unit))
	}
	if s.State != "" && (s.State != look.StateOK || out.Value == "") { // that all is well goes without saying
		state := w.stateOf(s.State)
		out.State = &state
	}
	return out
}

// stateOf is the badge of a state in which parts of devices judge themselves.
func (w words) stateOf(state string) badge {
	switch state {
	case look.StateOK:
		return badge{"good", "✓", w.T("web.part.ok")}
	case look.StateWarning:
		return badge{"warn", "!", w.T("web.part.warning")}
	case look.StateFailed:
		return badge{"bad", "✕", w.T("web.part.failed")}
	default:
		return badge{"unknown", "?", w.T("web.part.unknown")}
	}
}

// volume writes how full a volume is.
func (w words) volume(v look.Volume) volumeLine {
	out := volumeLine{Name: w.Brief(v.Name), Bar: bar{-1, "none"}, Detail: w.Brief(v.Detail)}
	if v.SizeBytes > 0 {
		out.Bar.Share = min(float64(v.UsedBytes)/float64(v.SizeBytes), 1)
		out.Used = w.T("web.volume.used", "Part", w.Part(v.UsedBytes, v.SizeBytes), "Used", w.Bytes(v.UsedBytes), "Size", w.Bytes(v.SizeBytes))
	}
	if v.State != "" {
		state := w.stateOf(v.State)
		out.State = &state
	}
	return out
}

// More says how much of a list found no room; "" when all did.
func (b *lookBody) More(list string) string {
	if n := b.Hidden[list]; n > 0 {
		return b.T("web.more", "N", n)
	}
	return ""
}

// SinceText says since when a device does not answer.
func (b *lookBody) SinceText() string {
	since := b.DeviceLook.Since
	if since.IsZero() {
		return ""
	}
	return b.T("web.devicelook.since", "Time", b.Time(since), "Length", b.words.Since(since))
}

// GistLines says what matters of a device in a list; Tone is empty where all is
// well.
func (w words) GistLines(g Gist) []badge {
	var out []badge
	if g.OnBattery {
		out = append(out, badge{"bad", "!", w.T("web.gist.on_battery")})
	}
	if g.Charge != nil {
		out = append(out, badge{Word: w.T("web.gist.charge", "Percent", w.Percent(*g.Charge/100))})
	}
	if g.Critical > 0 {
		out = append(out, badge{"bad", "✕", w.N("web.gist.critical", g.Critical)})
	}
	if g.Broken > 0 {
		out = append(out, badge{"bad", "✕", w.N("web.gist.broken", g.Broken)})
	}
	if s := g.Supply; s != nil && s.Percent != nil {
		mark := w.scarce(*s.Percent/100, s.Fills)
		mark.Word = w.SupplyName(*s) + ": " + w.supplyLeft(*s)
		if g.Days != nil {
			mark.Word += "; " + w.DaysLeft(*g.Days)
		}
		out = append(out, mark)
	}
	if g.Lamp != nil {
		out = append(out, badge{Word: w.T("web.gist.lamp", "Hours", w.T("unit.hours", "N", w.grouped(uint64(min(max(*g.Lamp, 0), 1e9)))))})
	}
	if g.Ports > 0 {
		out = append(out, badge{Word: w.T("web.gist.ports", "Up", g.PortsUp, "All", g.Ports)})
	}
	return out
}

// InkOf draws the colour of a supply, for the eye: its name says it too.
func (w words) InkOf(s look.Supply) template.HTML {
	return template.HTML(`<svg class="ink" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false"><rect class="ink-` + inkOf(s.Colour, s.Fills) + `" width="12" height="12"/></svg>`) // a class of ours
}
