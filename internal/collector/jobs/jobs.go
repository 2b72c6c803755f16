// Package jobs is what is known of jobs: programs that call the collector when
// they have run, such as a backup or a task of cron. Calls go in, and what is to
// be thought of a job at a moment comes out. It is pure: the time is a value, and
// there is no clock, no goroutine and no lock in it. The collector's composition
// is the only caller; a Store keeps what it knows.
//
// It is not package heartbeat, which calls somebody else's watcher in the
// collector's own name.
package jobs

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is kept.
const (
	MaxBody  = 10_000 // bytes of what a call says
	MaxCalls = 50     // newest calls of a job
)

// Kind is what a call says.
type Kind string

// The kinds.
const (
	Started Kind = "started" // it begins to run
	Well    Kind = "well"    // it ran and went well
	Failed  Kind = "failed"  // it ran and failed
)

// Call is one call of a job.
type Call struct {
	At   time.Time     `json:"at"`
	Kind Kind          `json:"kind"`
	Exit *int64        `json:"exit,omitempty"` // exit code; nil: it told none
	Took time.Duration `json:"took,omitempty"` // from the newest start; 0: it told none, or it is a start itself
	From string        `json:"from,omitempty"` // address that it came from
	Body string        `json:"body,omitempty"` // what it said, fit to be shown; MaxBody at most
	Cut  bool          `json:"cut,omitempty"`  // it said more
}

// Exit codes that are taken: those of Unix, and those of Windows with and
// without a sign.
const (
	minExit = -1 << 31
	maxExit = 1<<32 - 1
)

// Parse reads what follows the secret in the address of a call: nothing, "start",
// "fail" or an exit code. Other words are none.
func Parse(word string) (kind Kind, exit *int64, ok bool) {
	switch word {
	case "":
		return Well, nil, true
	case "start":
		return Started, nil, true
	case "fail":
		return Failed, nil, true
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n < minExit || n > maxExit || strings.HasPrefix(word, "+") {
		return "", nil, false
	}
	if n == 0 {
		return Well, &n, true
	}
	return Failed, &n, true
}

// Text makes what a call said fit to be kept and shown: valid, lines ended as on
// Unix, without other control characters and without those that turn what
// follows around; at most MaxBody bytes, of which it is the beginning.
func Text(body []byte) (text string, cut bool) {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0xFEFF, unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(string(body), "\r\n", "\n"), "�"))
	text = strings.TrimRight(text, "\n\t ")
	if len(text) <= MaxBody {
		return text, false
	}
	end := MaxBody
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end], true
}

// State is all that is known of a job besides its calls. The zero value is one
// that is not waited for.
type State struct {
	ID         string        `json:"id"`                   // of the check
	Generation int           `json:"generation,omitempty"` // of its address: each is another secret
	Since      time.Time     `json:"since,omitzero"`       // from when on its calls are waited for; zero: they are not
	Began      time.Time     `json:"began,omitzero"`       // the first start that no end followed; zero: it does not run
	Start      time.Time     `json:"start,omitzero"`       // the newest one
	End        Call          `json:"end,omitzero"`         // the newest call that says how it went, without its body
	LastWell   time.Time     `json:"last_well,omitzero"`   // the newest one that says that it went well
	LastCall   time.Time     `json:"last_call,omitzero"`   // the newest of all
	Took       time.Duration `json:"took,omitempty"`       // of the newest run of which that is known
	Missed     time.Time     `json:"missed,omitzero"`      // when it was found late; zero: it is not
	Calls      uint64        `json:"calls,omitempty"`      // how many there ever were; the number of the newest
}

// Take returns the state after a call, and the call as it is to be kept. A call
// that is made twice changes nothing but their number.
func (s State) Take(c Call) (State, Call) {
	s.Calls++
	s.LastCall = c.At
	if c.Kind == Started {
		s.Start = c.At
		if s.Began.IsZero() {
			s.Began = c.At
		}
		return s, c
	}
	if took := c.At.Sub(s.Start); !s.Began.IsZero() && took > 0 {
		c.Took, s.Took = took, took
	}
	s.Began, s.Missed = time.Time{}, time.Time{}
	s.End = c
	s.End.Body, s.End.Cut = "", false
	if c.Kind == Well {
		s.LastWell = c.At
	}
	return s, c
}

// Await returns the state of a job whose calls are waited for from now on, or not
// any more. One that was waited for already stays as it is.
func (s State) Await(wait bool, now time.Time) State {
	switch {
	case !wait:
		s.Since, s.Began, s.Missed = time.Time{}, time.Time{}, time.Time{}
	case s.Since.IsZero():
		s.Since = now
	}
	return s
}

// Terms say when a job has to call.
type Terms struct {
	Period time.Duration // from the end of a run to the end of the next
	Grace  time.Duration // how much later is no fault
}

// Standing is what is to be thought of a job.
type Standing string

// The standings.
const (
	Waiting Standing = "waiting" // it never called, and is not late
	Good    Standing = "good"    // it went well, and the next call is not late
	Bad     Standing = "bad"     // it says that it failed
	Late    Standing = "late"    // it did not call in time
	TooLong Standing = "long"    // it began, and did not end in time
	Unsure  Standing = "unsure"  // it did not call in time, but may have while nobody listened
)

// Verdict is what is to be thought of a job at a moment.
type Verdict struct {
	Standing Standing
	Running  bool      // it said that it began, and not yet how it ended
	Due      time.Time // when it is to call next; zero: its calls are not waited for
	By       time.Time // when it is late
}

// At says what is to be thought of the job at a moment. up is since when the
// collector listens without a break: before that, and for the grace after it, a
// call that is missing may have been made.
func (s State) At(now time.Time, t Terms, up time.Time) Verdict {
	v := Verdict{Standing: Good, Running: !s.Began.IsZero()}
	switch s.End.Kind {
	case "":
		v.Standing = Waiting
	case Failed:
		v.Standing = Bad
	}
	if s.Since.IsZero() {
		return v
	}
	v.Due = later(s.End.At, s.Since).Add(t.Period)
	v.By = v.Due.Add(t.Grace)
	if v.Running {
		v.By = later(v.By, s.Began.Add(t.Grace))
	}
	switch {
	case !now.After(v.By):
	case s.Missed.IsZero() && now.Before(up.Add(t.Grace)):
		v.Standing = Unsure
	case v.Running:
		v.Standing = TooLong
	default:
		v.Standing = Late
	}
	return v
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Store keeps jobs. Its methods are safe for concurrent use; what they were given
// is on the disk when they return nil.
type Store interface {
	// Jobs reads the state of every job.
	Jobs() ([]State, error)

	// PutJobs stores states, and forgets jobs with all their calls.
	PutJobs(states []State, gone []string) error

	// PutCall stores a state together with the call that made it so, and keeps
	// the newest MaxCalls calls of that job.
	PutCall(s State, c Call) error

	// Calls reads the calls of a job that are kept, the newest first.
	Calls(id string) ([]Call, error)
}
