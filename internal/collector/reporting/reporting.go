// Package reporting is what people in a room can report without an account: of
// which things, what can be wrong with them, and how often. It is pure: the time
// is a value, and what it keeps in memory is bounded.
package reporting

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/fleet"
)

// What is a kind of thing that people call by its name.
type What string

// The kinds, in the order in which people are asked.
const (
	Projector What = "projector"
	Computer  What = "computer"
	Board     What = "board"
	Printer   What = "printer"
	Sound     What = "sound"
	Network   What = "network"
	Other     What = "other"
)

// Whats lists the kinds.
func Whats() []What { return []What{Projector, Computer, Board, Printer, Sound, Network, Other} }

// Broken is what can be wrong with anything: something else.
const Broken = "broken"

// Wrongs lists what can be wrong with a thing of the kind; nil for no kind.
// "report.wrong.<one>" names each for people.
func (w What) Wrongs() []string {
	switch w {
	case Projector:
		return []string{"no_start", "no_picture", "bad_picture", Broken}
	case Computer:
		return []string{"no_start", "no_login", "slow", "keys", Broken}
	case Board:
		return []string{"no_start", "no_touch", "no_picture", Broken}
	case Printer:
		return []string{"no_print", "jam", "bad_print", Broken}
	case Sound:
		return []string{"no_sound", "bad_sound", Broken}
	case Network:
		return []string{"no_network", "slow", Broken}
	case Other:
		return []string{Broken}
	default:
		return nil
	}
}

// Of says what people call a device of a kind and a class; false: it is none of
// what people in a room use, and nothing of it is shown to them.
func Of(kind string, class fleet.Class) (What, bool) {
	if class != fleet.Workstation && class != fleet.Presentation {
		return "", false
	}
	if w := What(kind); slices.Contains(Whats(), w) && w != Other {
		return w, true
	}
	return "", false
}

// Page says that a room has a page on which faults are reported.
type Page struct {
	Room string    `json:"room"`           // ID
	Site string    `json:"site,omitempty"` // of the room then: its ID may be another's room's one day
	Code string    `json:"code"`           // the part of its address that nobody guesses
	Made time.Time `json:"made"`
	By   string    `json:"by"` // who made it, as in the audit record
}

// codeLength is 20 characters of 32: 100 bits.
const codeLength = 20

// NewCode makes a code that nobody guesses.
func NewCode() string { return strings.ToLower(rand.Text()[:codeLength]) }

// Name calls a device by a name that tells nothing of it, on the page with a
// code.
func Name(code, device string) string {
	sum := sha256.Sum256([]byte(code + "\x00" + device))
	return "d-" + hex.EncodeToString(sum[:6])
}

// Any is the name of a thing of a kind of which the device is not known.
func Any(w What) string { return "any-" + string(w) }

// Limits of reports within Within.
const (
	Within      = time.Hour
	MaxOfRoom   = 12
	MaxOfOne    = 20  // of an address: a school's phones may share one
	MaxTogether = 200 // which bounds the memory of a Limiter, too
)

// Bounds of what is written, in characters.
const (
	MaxText = 300
	MaxName = 60
)

// Refusal says which limit was reached; "" is none.
type Refusal string

// The refusals.
const (
	OfRoom   Refusal = "room"
	OfOne    Refusal = "address"
	Together Refusal = "all"
)

// Limiter counts reports that were taken. The zero value has taken none. Whoever
// shares it locks it.
type Limiter struct{ taken []taken } // oldest first; MaxTogether at most

type taken struct {
	at   time.Time
	room string
	from netip.Prefix
}

// Take counts a report from a network (access.NetworkOf), unless it would be one
// too many.
func (l *Limiter) Take(now time.Time, room string, one netip.Prefix) Refusal {
	l.taken = slices.DeleteFunc(l.taken, func(t taken) bool { return now.Sub(t.at) >= Within || t.at.After(now) })
	ofRoom, ofOne := 0, 0
	for _, t := range l.taken {
		if t.room == room {
			ofRoom++
		}
		if t.from == one {
			ofOne++
		}
	}
	switch {
	case ofRoom >= MaxOfRoom:
		return OfRoom
	case ofOne >= MaxOfOne:
		return OfOne
	case len(l.taken) >= MaxTogether:
		return Together
	}
	l.taken = append(l.taken, taken{now, room, one})
	return ""
}
