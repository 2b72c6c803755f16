// Package fleet holds the nouns of what is looked after. So far that is how the
// IDs of sites, devices and checks are written; what is known of the things
// themselves lives with the collector. Every package may import it.
package fleet

import (
	"fmt"
	"regexp"
)

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
