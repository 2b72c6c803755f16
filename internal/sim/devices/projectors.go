package devices

import (
	"fmt"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/projector"
)

// beamer is what a projector or a display is made of.
type beamer struct {
	id, name, site, room string
	class                int
	password             string
	lamp                 float64 // hours at the beginning of the demonstration; below zero: it has none
	filter               float64 // hours, the same
	idle                 int     // of every 30 minutes, for how many it is in standby
	state                projector.State
}

func beamers() []beamer {
	return []beamer{
		{
			id: "proj-101", name: "101 kabineto projektorius", site: "gimnazija", room: "101", class: 2, password: "projektoriai", lamp: -1, filter: 611, idle: 8,
			state: projector.State{
				Input: "31", Inputs: "11 31 32 52", Name: "EB101", Maker: "EPSON", Model: "EPSON EB-L210W", Software: "1.03",
				FilterParts: "ELPAF60", Resolution: "1920x1080", InputNames: map[string]string{"11": "Computer", "31": "HDMI1", "32": "HDMI2", "52": "LAN"},
			},
		},
		{
			id: "proj-214", name: "Fizikos projektorius", site: "gimnazija", room: "214", class: 1, password: "projektoriai", lamp: 4712, filter: -1, idle: 14,
			state: projector.State{Input: "31", Inputs: "11 12 21 31 32", Name: "K214", Maker: "Acer", Model: "X1328WH", Info: "DWX1901"},
		},
		{
			id: "proj-biblioteka", name: "Bibliotekos projektorius", site: "gimnazija", room: "biblioteka", class: 2, lamp: 1287, filter: 1287, idle: 20,
			state: projector.State{
				Input: "32", Inputs: "11 31 32", Name: "BIBLIOTEKA", Maker: "NEC", Model: "ME403U", Software: "1.10",
				LampParts: "NP44LP", FilterParts: "NP12FT", Resolution: "1280x800", InputNames: map[string]string{"11": "COMPUTER", "31": "HDMI1", "32": "HDMI2"},
			},
		},
		{
			id: "ekranas-204", name: "Informatikos interaktyvus ekranas", site: "gimnazija", room: "204", class: 2, password: "projektoriai", lamp: -1, filter: -1, idle: 4,
			state: projector.State{
				Input: "33", Inputs: "31 32 33 61", Name: "RP7504", Maker: "BenQ", Model: "RP7504", Info: "Interactive Display", Software: "6.0.1.35",
				Resolution: "3840x2160", InputNames: map[string]string{"31": "HDMI1", "32": "HDMI2", "33": "USB-C", "61": "Android"},
			},
		},
	}
}

func (d *Devices) openProjectors(c clock) error {
	for _, b := range beamers() {
		b.state.Power, b.state.Mute, b.state.Errors = "1", "30", "000000"
		if b.class == 2 {
			b.state.Serial = serial(d.random(b.id), "X", 9)
		}
		server, err := projector.Start(projector.Options{Class: b.class, Password: b.password, State: b.state})
		if err != nil {
			return fmt.Errorf("start %s: %w", b.id, err)
		}
		d.all = append(d.all, &Device{
			ID: b.id, Name: b.name, Site: b.site, Room: b.room, Scheme: "pjlink", Port: uint16(server.Addr().Port), Password: b.password, beam: server,
			set:  func(at time.Time, f map[Fault]bool) { server.Set(func(s *projector.State) { b.say(s, c, at, f) }) },
			then: func(s *look.Sample, at time.Time) { b.then(s, c, at) }, faults: map[Fault]bool{},
		})
	}
	return nil
}

// power is what it does: in a lesson it is on, but for some minutes of each half
// hour; it warms up for one of them and cools down for two.
func (b *beamer) power(c clock, at time.Time) string {
	minute := (at.Minute() + len(b.id)*7) % 30
	switch {
	case !c.lesson(at) || minute >= 2 && minute < b.idle-1:
		return "0"
	case minute < 2:
		return "2"
	case minute == b.idle-1:
		return "3"
	}
	return "1"
}

// hours are for how long something was used that is used with the projector.
func (b *beamer) hours(atStart float64, c clock, at time.Time) float64 {
	share := 1 - float64(b.idle)/30
	return atStart + share*(c.used(at)-c.used(c.began))
}

func (b *beamer) say(s *projector.State, c clock, at time.Time, f map[Fault]bool) {
	s.Power, s.Errors = b.power(c, at), "000000"
	s.Lamps, s.FilterHours = "", ""
	lit := 0
	if s.Power == "1" || s.Power == "3" {
		lit = 1
	}
	if b.lamp >= 0 {
		hours := b.hours(b.lamp, c, at)
		s.Lamps = fmt.Sprintf("%d %d", int(hours), lit)
		if hours > 4500 {
			s.Errors = "010000" // it wants another one soon
		}
	}
	if b.filter >= 0 && b.class == 2 {
		s.FilterHours = fmt.Sprint(int(b.hours(b.filter, c, at)))
	}
	if f[Hot] {
		s.Power, s.Errors = "1", s.Errors[:2]+"2"+s.Errors[3:]
	}
}

func (b *beamer) then(s *look.Sample, c clock, at time.Time) {
	switch s.Name {
	case metric.ProjectorPower:
		s.Value = float64(b.power(c, at)[0] - '0')
	case metric.ProjectorLight:
		s.Value = float64(int(b.hours(b.lamp, c, at))) * 3600
	case metric.ProjectorFilter:
		s.Value = float64(int(b.hours(b.filter, c, at))) * 3600
	}
}
