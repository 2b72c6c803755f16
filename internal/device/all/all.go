// Package all is the one list of the families of devices that Budi reads. A new
// family is a folder beside it and a line in it.
package all

import (
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/camera"
	"github.com/budi-monitor/budi/internal/device/hostres"
	"github.com/budi-monitor/budi/internal/device/ifmib"
	"github.com/budi-monitor/budi/internal/device/nas"
	"github.com/budi-monitor/budi/internal/device/netswitch"
	"github.com/budi-monitor/budi/internal/device/plain"
	"github.com/budi-monitor/budi/internal/device/printer"
	"github.com/budi-monitor/budi/internal/device/projector"
	"github.com/budi-monitor/budi/internal/device/recognise"
	"github.com/budi-monitor/budi/internal/device/serverboard"
	"github.com/budi-monitor/budi/internal/device/ups"
)

// drivers lists every driver, in the order in which a device is read.
func drivers() []device.Driver {
	return []device.Driver{
		ifmib.Driver{},
		netswitch.Driver{}, // after the interfaces, which it refers to
		projector.Driver{},
		ups.Driver{},
		hostres.Driver{},
		nas.Driver{},
		serverboard.Driver{},
		camera.Driver{},
		printer.Driver{},
	}
}

// Families is everything that a look at a device may need. Make one for many
// devices: it holds the tables. It is safe for concurrent use.
type Families struct {
	recogniser *recognise.Recogniser
	drivers    []device.Driver
}

// New makes Families of all families.
func New() *Families {
	return &Families{recognise.New(), drivers()}
}

// Options are what a Watch over a target needs to know every family.
func (f *Families) Options(t device.Target) device.Options {
	return device.Options{Target: t, Identify: f.recogniser.Identify, Drivers: f.drivers, PJLink: projector.Look, Plain: plain.Look}
}
