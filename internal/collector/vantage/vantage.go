// Package vantage decides whether a check is down from what several places say
// of it: the collector, and the agents that an administrator named. It is a pure
// function of values: no clock, no store, no network. The collector's composition
// is its only caller; docs/vantage.md has the rules in words.
package vantage

import (
	"time"
)

// Collector is the ID of the place that the collector looks from. Other places
// have the ID of their device.
const Collector = "collector"

// Word is what one place says of a check.
type Word string

// The words.
const (
	Up      Word = "up"
	Down    Word = "down"
	Offline Word = "offline" // it could not look: its own line is down, or it is not able to
	Silent  Word = "silent"  // its newest word is too old, or there is none
	// Awaited is a place that says nothing yet although it may well be about to: it
	// was listened to for too short a time.
	Awaited Word = "awaited"
)

// Said is the newest that one place said.
type Said struct {
	From  string
	Word  Word      // Up, Down or Offline; Silent or Awaited when it said nothing
	At    time.Time // when it looked
	Until time.Time // how long that holds
}

// MaxAhead is by how much a place's clock may be ahead. What it says of a moment
// beyond is no word: it would hold too long.
const MaxAhead = time.Minute

// word is what a place says now.
func (s Said) word(now time.Time) Word {
	switch s.Word {
	case Up, Down, Offline:
		if now.Before(s.Until) && !s.At.After(now.Add(MaxAhead)) {
			return s.Word
		}
		return Silent
	case Awaited:
		return Awaited
	}
	return Silent
}

// State is what counts.
type State string

// The states.
const (
	StateUp      State = "up"
	StateDown    State = "down"
	StateUnknown State = "unknown" // nobody can tell; never downtime
)

// Phrase says in which words a Verdict is told.
type Phrase string

// The phrases.
const (
	PhraseUp         Phrase = "up"         // whoever can tell reaches it
	PhraseSome       Phrase = "some"       // not down, but from some places only
	PhraseMost       Phrase = "most"       // down from most places, not from all
	PhraseOne        Phrase = "one"        // down from the only place that can tell
	PhraseEverywhere Phrase = "everywhere" // down from all places that can tell, at least two
	PhraseOffline    Phrase = "offline"    // nobody can tell, and our own line is down
	PhraseFew        Phrase = "few"        // too few can tell
)

// Phrases lists all of them.
func Phrases() []Phrase {
	return []Phrase{PhraseUp, PhraseSome, PhraseMost, PhraseOne, PhraseEverywhere, PhraseOffline, PhraseFew}
}

// Verdict is what counts, and from where it is seen so. Each place is in one of
// the lists, in the order in which they were given.
type Verdict struct {
	State   State
	Phrase  Phrase
	Up      []string // IDs of the places
	Down    []string
	Unknown []string // that could not look, are silent or awaited
}

// Words is what each place says now, in their order.
func Words(said []Said, now time.Time) []Word {
	out := make([]Word, len(said))
	for i, s := range said {
		out[i] = s.word(now)
	}
	return out
}

// Decide decides what counts. Only those count whose own line is up and whose
// word is fresh: it is down when more than half of them say so. A tie is not
// down. A place that is awaited counts for the half and says neither; while its
// word could turn the decision to down, nothing is known.
func Decide(said []Said, now time.Time) Verdict {
	var v Verdict
	awaited, offline := 0, false
	for _, s := range said {
		switch s.word(now) {
		case Up:
			v.Up = append(v.Up, s.From)
		case Down:
			v.Down = append(v.Down, s.From)
		case Awaited:
			awaited++
			v.Unknown = append(v.Unknown, s.From)
		case Offline:
			offline = offline || s.From == Collector
			v.Unknown = append(v.Unknown, s.From)
		default:
			v.Unknown = append(v.Unknown, s.From)
		}
	}
	up, down := len(v.Up), len(v.Down)
	voters := up + down + awaited
	switch {
	case 2*down > voters:
		v.State, v.Phrase = StateDown, PhraseMost
		if up == 0 && awaited == 0 {
			v.Phrase = PhraseEverywhere
			if down == 1 {
				v.Phrase = PhraseOne
			}
		}
	case up+down == 0 && offline && awaited == 0:
		v.State, v.Phrase = StateUnknown, PhraseOffline
	case voters == 0 || 2*(down+awaited) > voters:
		v.State, v.Phrase = StateUnknown, PhraseFew
	case down > 0:
		v.State, v.Phrase = StateUp, PhraseSome
	default:
		v.State, v.Phrase = StateUp, PhraseUp
	}
	return v
}
