// Package fleet names what is looked after: sites, rooms and the devices in
// them. It holds nouns only; the inventory's history and its storage live with
// the collector. Every package may import it.
package fleet

import (
	"fmt"
	"regexp"
)

// Class says what is expected of a device: whether its silence is a fault.
type Class string

// The classes of devices.
const (
	Server         Class = "server"         // must answer always
	Workstation    Class = "workstation"    // being switched off is normal
	Infrastructure Class = "infrastructure" // switches, routers, lines: must answer always
	Presentation   Class = "presentation"   // projectors and boards: expected in opening hours
	Safety         Class = "safety"         // cameras, recorders, bells: must answer always
)

// Classes lists every class.
func Classes() []Class {
	return []Class{Server, Workstation, Infrastructure, Presentation, Safety}
}

// Site is a place: a school, a branch of a library.
type Site struct {
	ID   string // never changes; label "site"
	Name string // for people; may change
}

// Device is one thing that is watched.
type Device struct {
	ID    string // never changes; label "device"; readable, for example "pc-214-07"
	Name  string // for people; may change
	Site  string // Site.ID
	Room  string
	Class Class
}

// MaxIDLength bounds the IDs that become label values.
const MaxIDLength = 63

var idPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)

// CheckID returns nil when id can stand in a label, a URL and a file name, and
// an error that says what is allowed otherwise.
func CheckID(id string) error {
	if len(id) > MaxIDLength || !idPattern.MatchString(id) {
		return fmt.Errorf("%q cannot be an ID: use 1 to %d lower-case letters a-z, digits, '-', '_' or '.', beginning and ending with a letter or digit", id, MaxIDLength)
	}
	return nil
}
