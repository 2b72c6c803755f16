package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/look"
)

// portState is how a port is, in one word.
type portState string

// The states.
const (
	portUp       portState = "up"
	portDown     portState = "down"
	portDisabled portState = "disabled" // by its keeper
	portTrouble  portState = "trouble"  // errors, half duplex, a fault of the power that it feeds
	portInner    portState = "inner"    // nothing can be plugged in: a VLAN, a loop back
)

// portsBody is the table of the ports of a device.
type portsBody struct {
	Tabs   []portTab
	Rows   []portRow
	Pages  pager
	Plate  []badge // every port in its order, for the eye
	Watts  string  // that the ports deliver together; "": none
	Power  bool    // there is a column for it
	Chosen portState

	loose []look.Neighbour // at ports that are not there
}

// portTab leads to the ports of one state.
type portTab struct {
	Text, Address string
	Current       bool
}

// portRow is one port.
type portRow struct {
	Name, Alias string
	State       badge
	Speed       string
	Half        bool
	Power       string
	Troubles    []string
	Ends        []Reference
	Others      string // counted: things there of which we know nothing
}

// stateOfPort says how a port is; trouble is told beside it.
func stateOfPort(i look.Interface) portState {
	switch {
	case i.Admin == "down":
		return portDisabled
	case i.Oper == "up":
		return portUp
	default:
		return portDown
	}
}

// portTroubles says what is wrong with a port that works.
func (w words) portTroubles(i look.Interface, end PortEnd) []string {
	var out []string
	if i.Duplex == "half" && i.Oper == "up" {
		out = append(out, w.T("web.port.half"))
	}
	if end.Errors >= 1 {
		out = append(out, w.T("web.port.errors", "N", w.grouped(uint64(min(end.Errors, 1e15)))))
	}
	if strings.Contains(strings.ToLower(i.PoE), "fault") {
		out = append(out, w.T("web.port.poe_fault"))
	}
	return out
}

// ports makes the table. query has the chosen state ("ports") and the number of
// the page ("part").
func (w words) ports(l *DeviceLook, path string, query url.Values) portsBody {
	d := l.Told.Device
	var b portsBody
	near := map[string][]look.Neighbour{}
	for _, n := range d.Neighbours {
		if slices.ContainsFunc(d.Interfaces, func(i look.Interface) bool { return i.Name == n.Port }) {
			near[n.Port] = append(near[n.Port], n)
		} else {
			b.loose = append(b.loose, n)
		}
	}
	all := slices.Clone(d.Interfaces)
	physical := func(i look.Interface) bool { return i.Physical }
	if !slices.ContainsFunc(all, physical) { // it does not say: all count
		physical = func(look.Interface) bool { return true }
	}
	slices.SortStableFunc(all, func(x, y look.Interface) int { return cmp.Compare(x.Index, y.Index) })
	watts, counts := 0.0, map[portState]int{}
	states := make([][]portState, len(all))
	for n, i := range all {
		states[n] = []portState{portInner}
		if physical(i) {
			states[n] = []portState{"", stateOfPort(i)}
			if len(w.portTroubles(i, l.Ports[i.Name])) > 0 {
				states[n] = append(states[n], portTrouble)
			}
			b.Plate = append(b.Plate, w.portBadge(i))
		}
		for _, s := range states[n] {
			counts[s]++
		}
		if i.PoEWatts != nil {
			watts += max(*i.PoEWatts, 0)
		}
		b.Power = b.Power || i.PoE != "" || i.PoEWatts != nil
	}
	b.Chosen = portState(query.Get("ports"))
	if counts[b.Chosen] == 0 {
		b.Chosen = ""
	}
	if watts > 0 {
		b.Watts = w.T("web.port.watts", "Watts", w.number(watts, 1))
	}
	if len(b.Plate) > 2*portsOfPage {
		b.Plate = nil // a picture of a thousand says nothing
	}
	for _, s := range []portState{"", portUp, portDown, portDisabled, portTrouble, portInner} {
		if counts[s] == 0 {
			continue
		}
		address := path
		if s != "" {
			address += "?ports=" + string(s)
		}
		b.Tabs = append(b.Tabs, portTab{w.T("web.port.tab."+cmp.Or(string(s), "all"), "N", counts[s]), address + "#ports", s == b.Chosen})
	}
	var chosen []look.Interface
	for n, i := range all {
		if slices.Contains(states[n], b.Chosen) {
			chosen = append(chosen, i)
		}
	}
	number := pageNumber(query.Get("part"))
	first := min((number-1)*portsOfPage, len(chosen))
	shown := chosen[first:min(first+portsOfPage, len(chosen))]
	for _, i := range shown {
		b.Rows = append(b.Rows, w.port(i, l.Ports[i.Name], near[i.Name]))
	}
	b.Pages = pager{First: first + 1, Last: first + len(shown), All: len(chosen)}
	values := url.Values{}
	if b.Chosen != "" {
		values.Set("ports", string(b.Chosen))
	}
	part := func(n int) string {
		values.Set("part", strconv.Itoa(n))
		return path + "?" + values.Encode() + "#ports"
	}
	if number > 1 {
		b.Pages.Before = part(number - 1)
	}
	if b.Pages.Last < b.Pages.All {
		b.Pages.After = part(number + 1)
	}
	return b
}

// portBadge is the badge of how a port is.
func (w words) portBadge(i look.Interface) badge {
	switch stateOfPort(i) {
	case portUp:
		return badge{"good", "✓", w.T("web.port.state.up")}
	case portDisabled:
		return badge{"info", "✕", w.T("web.port.state.disabled")}
	default:
		if word := "web.port.state." + i.Oper; i.Oper != "down" && i.Oper != "" && w.c.Has(w.Lang, word) {
			return badge{"unknown", "?", w.T(word)}
		}
		return badge{"unknown", "–", w.T("web.port.state.down")}
	}
}

func (w words) port(i look.Interface, end PortEnd, near []look.Neighbour) portRow {
	row := portRow{Name: w.Brief(i.Name), Alias: w.Brief(i.Alias), State: w.portBadge(i), Half: i.Duplex == "half", Troubles: w.portTroubles(i, end)}
	if i.SpeedBPS > 0 && i.Oper == "up" {
		row.Speed = w.bits(float64(i.SpeedBPS))
	}
	switch {
	case i.PoEWatts != nil && *i.PoEWatts > 0:
		row.Power = w.number(*i.PoEWatts, 1) + " W"
	case i.PoE == "deliveringPower":
		row.Power = w.T("web.port.delivers")
	}
	for _, thing := range end.Things[:min(len(end.Things), maxPortThings)] {
		row.Ends = append(row.Ends, Reference{Name: w.Brief(thing.Name), Path: thing.Path})
	}
	others := end.Others + len(end.Things) - len(row.Ends)
	if len(end.Things) == 0 { // what the device itself calls its neighbours
		for _, n := range near[:min(len(near), maxPortThings)] {
			name := w.neighbourName(n)
			if n.RemotePort != "" {
				name += " (" + w.Brief(n.RemotePort) + ")"
			}
			row.Ends = append(row.Ends, Reference{Name: name})
		}
		others = max(others-len(row.Ends), 0)
	}
	if others > 0 {
		row.Others = w.N("web.port.others", others)
		if len(row.Ends) > 0 {
			row.Others = w.N("web.port.more", others)
		}
	}
	return row
}

// neighbourName is what people know a neighbour by.
func (w words) neighbourName(n look.Neighbour) string {
	name := n.Name
	if name == "" && len(n.Addresses) > 0 {
		name = n.Addresses[0]
	}
	return w.Brief(cmp.Or(name, n.Chassis))
}
