package recognise

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/snmp"
)

// anybody is the vendor of what only net-snmp answers for.
const anybody = "net-snmp"

// madeBy is the maker in a device ID (IEEE 1284).
var madeBy = regexp.MustCompile(`(?i)(?:^|;)\s*(?:MFG|MANUFACTURER):\s*([^;]+?)\s*(?:;|$)`)

// brand is whose printer it is, of one that its sysObjectID does not tell of: by the
// name in front of the model, or by its device ID.
func (k *known) brand(ctx context.Context, id device.Identity) string {
	for _, name := range []string{id.Model, id.Descr} {
		for _, b := range k.brands {
			if b.name.MatchString(name) {
				return b.vendor
			}
		}
	}
	for _, v := range append(slices.Clone(k.column(ctx, ppmDeviceID, maxColumn)), k.values[hpDeviceID]) {
		m := madeBy.FindStringSubmatch(v.Text())
		if m == nil || device.Told(m[1]) == "" {
			continue
		}
		for _, b := range k.brands {
			if b.name.MatchString(m[1] + " ") {
				return b.vendor
			}
		}
		return snmp.Clip(asPeopleCall(m[1]), maxFact)
	}
	return ""
}

// brandNames are the brands, to be found at the beginning of a text.
func brandNames() []brandName {
	out := make([]brandName, 0, len(brands))
	for _, b := range brands {
		out = append(out, brandName{b.vendor, regexp.MustCompile(`(?i)^(?:` + b.names + `)[ ;,_-]`)})
	}
	return out
}

type brandName struct {
	vendor string
	name   *regexp.Regexp
}

// firstWord is what devices of known makers begin their sysDescr with when it is
// their model: letters, and a digit among what follows.
var firstWord = regexp.MustCompile(`^[A-Za-z][A-Za-z]*[-/]?[A-Za-z]*\d[\w+/.-]*`)

// versionWord is one that looks like a model and tells what runs.
var versionWord = regexp.MustCompile(`(?i)^(?:v|ver|rev|version|release|ipv|snmpv|http|fw|sw|hw|os|rom|build)\.?\d`)

// modelIn is the model with which sysDescr begins, after the vendor's name if that
// is there, for devices that tell it in no other place; "" where it does not look
// like one.
func modelIn(descr, vendor string) string {
	if vendor == "" {
		return ""
	}
	word := firstWord.FindString(withoutVendor(strings.TrimSpace(descr), vendor))
	if len(word) < 3 || len(word) > 40 || versionWord.MatchString(word) {
		return ""
	}
	return strings.TrimRight(word, ".,/-")
}
