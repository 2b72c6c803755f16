// Package fleet holds the nouns of what is looked after. How the IDs of sites,
// devices and checks are written, and the classes of devices; what is known of the things
// themselves lives with the collector. Every package may import it.
package fleet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// MaxIDLength bounds the IDs that become label values.
const MaxIDLength = 63

var idPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)

// Class says what a device is for, and so what its silence means.
type Class string

// The classes.
const (
	Server         Class = "server"         // must answer always
	Workstation    Class = "workstation"    // off is normal
	Infrastructure Class = "infrastructure" // switches, access points, UPSes
	Presentation   Class = "presentation"   // projectors, boards, screens
	Safety         Class = "safety"         // cameras, recorders, bells
)

// Classes lists every class.
func Classes() []Class {
	return []Class{Server, Workstation, Infrastructure, Presentation, Safety}
}

// ParseClass returns the class with a name.
func ParseClass(s string) (Class, error) {
	if c := Class(s); slices.Contains(Classes(), c) {
		return c, nil
	}
	return "", fmt.Errorf("%q is no class; use server, workstation, infrastructure, presentation or safety", s)
}

// MakeID makes an ID of a name that somebody else gave, such as a host name:
// letters are made lower case, all else becomes "-". It returns "" when nothing
// is left.
func MakeID(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_', r == '.':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := b.String()
	if len(id) > MaxIDLength {
		id = id[:MaxIDLength]
	}
	return strings.Trim(id, "-_.")
}

// CheckID returns nil when id can stand in a label, a URL and a file name, and
// an error that says what is allowed otherwise.
func CheckID(id string) error {
	if len(id) > MaxIDLength || !idPattern.MatchString(id) {
		return fmt.Errorf("%q cannot be an ID: use 1 to %d lower-case letters a-z, digits, '-', '_' or '.', beginning and ending with a letter or digit", id, MaxIDLength)
	}
	return nil
}
