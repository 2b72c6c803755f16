// Package look defines what every observation returns, whoever makes it: one
// look (at this computer, a device, a website, a service) gives one Result with
// an outcome, samples (numbers), facts (what a thing is) and events (something
// happened). It holds nouns only and depends on the standard library; agent and
// collector both import it.
package look

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Outcome is how a look ended. Unknown is never downtime: it says that we could
// not look (our own line is down), not that the thing is broken.
type Outcome string

// The outcomes.
const (
	OK          Outcome = "ok"          // it answered, and the answer is right
	Failed      Outcome = "failed"      // it answered wrongly
	Unreachable Outcome = "unreachable" // it did not answer
	Unknown     Outcome = "unknown"     // we could not look
)

// Func makes one look. It returns within the context's deadline and never
// panics on what the other side sends; whatever goes wrong is told in the
// Result. Functions are safe for concurrent use unless they say otherwise.
type Func func(ctx context.Context) Result

// Result is what one look brought.
type Result struct {
	Target   string        `json:"target"` // what was looked at, as the user wrote it, without secrets
	Kind     string        `json:"kind"`   // "host", "http", "tcp", "icmp", "dns", "tls", or a Kind of device
	Time     time.Time     `json:"time"`   // when the look began; the time of every sample
	Duration time.Duration `json:"-"`      // how long it took; in JSON duration_seconds
	Outcome  Outcome       `json:"outcome"`
	Problem  *Problem      `json:"problem"` // why the outcome is not OK; nil when it is
	Samples  []Sample      `json:"samples"`
	Facts    []Fact        `json:"facts"`
	Events   []Event       `json:"events,omitempty"`
	Device   *Device       `json:"-"` // of a look at a device; in JSON its fields stand beside these
	Web      *Web          `json:"-"` // of a look at a website; in JSON likewise
}

// MarshalJSON writes the form that docs/look.md describes: duration_seconds as
// a number, lists that are never null.
func (r Result) MarshalJSON() ([]byte, error) {
	if r.Samples == nil {
		r.Samples = []Sample{}
	}
	if r.Facts == nil {
		r.Facts = []Fact{}
	}
	return json.Marshal(resultJSON{fields(r), r.Device.withLists(), r.Web, r.Duration.Seconds()})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Result) UnmarshalJSON(text []byte) error {
	var in resultJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*r = Result(in.fields)
	r.Device, r.Web = in.Device, in.Web
	r.Duration = time.Duration(in.DurationSeconds * float64(time.Second))
	return nil
}

// fields is a Result without methods.
type fields Result

// resultJSON is the form of a Result in JSON.
type resultJSON struct {
	fields
	*Device
	*Web
	DurationSeconds float64 `json:"duration_seconds"`
}

// Problem says why a look did not end well. Code is one of a small fixed set
// per package and is the key of a sentence in both languages
// ("problem.<code>"); Args fill that sentence; Detail is the technical text of
// the library or the peer, untranslated, bounded to MaxDetail bytes of valid
// UTF-8.
type Problem struct {
	Code   string            `json:"code"`
	Args   map[string]string `json:"args,omitempty"`
	Detail string            `json:"detail,omitempty"`
}

// Args that a problem of any code may have beside its own; texts say them first.
const (
	ArgStep = "in_step" // name of the step of a look in several steps
	ArgIP   = "over_ip" // "4" or "6", when the look was bound to one version of the Internet Protocol
)

// MaxDetail bounds Problem.Detail, in bytes.
const MaxDetail = 500

// Clip bounds what the other side wrote to limit bytes of valid UTF-8 without
// control characters; limit is at least 3.
func Clip(s string, limit int) string {
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit-len("…")], "") + "…"
	} else {
		s = strings.ToValidUTF8(s, "\uFFFD")
		if len(s) > limit { // the replacement is longer than what it replaces
			s = strings.ToValidUTF8(s[:limit], "")
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// Label is one name and value of a sample's dimensions.
type Label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Labels makes labels from name, value pairs. It panics on an odd number of
// arguments: that is a programmer's mistake.
func Labels(pairs ...string) []Label {
	if len(pairs)%2 != 0 {
		panic("look.Labels: odd number of arguments")
	}
	out := make([]Label, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Label{pairs[i], pairs[i+1]})
	}
	return out
}

// Sample is one number, taken at its Result's Time. Name is in package
// metric's catalogue; Labels are the metric's own dimensions, never identity
// (site, device, check), which whoever stores the sample stamps on it.
type Sample struct {
	Name   string  `json:"name"`
	Labels []Label `json:"labels,omitempty"`
	Value  float64 `json:"value"`
}

// Fact is something a thing is, which rarely changes: model, serial, version.
type Fact struct {
	Name  string `json:"name"` // lower case, underscores: "os_version"
	Value string `json:"value"`
}

// FactSet is everything of one kind that is known of a computer or a device at
// a moment: its disks, its programs. It replaces what was known of that kind.
type FactSet struct {
	Kind  string    `json:"kind"` // lower case, underscores: "disk", "software"
	Time  time.Time `json:"time"`
	Items []Item    `json:"items"` // in the order of their keys; empty: there are none
}

// Item is one thing of a FactSet. Key tells it from the others of its kind and
// stays while its fields change (a serial number, the name of a program); it is
// empty when there can be only one (the board). Fields that are not known are
// absent.
type Item struct {
	Key    string            `json:"key,omitempty"`
	Fields map[string]string `json:"fields"` // names in lower case with underscores
}

// Event is something that happened at a moment, for the journal.
type Event struct {
	Time time.Time         `json:"time"`
	Code string            `json:"code"` // key of a sentence in both languages: "event.<code>"
	Args map[string]string `json:"args,omitempty"`
}
