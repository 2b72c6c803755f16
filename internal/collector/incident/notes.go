package incident

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Note is what a person said of an incident or did about it. Notes are facts by
// people: the machine keeps them and decides nothing by them.
type Note struct {
	Kind  NoteKind  `json:"kind"`
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Text  string    `json:"text,omitempty"`
	Until time.Time `json:"until,omitzero"` // of a silence
}

// NoteKind says what a note is.
type NoteKind string

// The kinds of notes.
const (
	Comment      NoteKind = "comment"
	Acknowledged NoteKind = "acknowledged" // and not any more: a TookBack follows; what still holds is Incident.Acked
	TookBack     NoteKind = "took_back"    // the acknowledgement
	Silenced     NoteKind = "silenced"
	Unsilenced   NoteKind = "unsilenced"
	ClosedIt     NoteKind = "closed"
	RanOut       NoteKind = "ran_out" // the acknowledgement of By, which was to hold until At
	Repaired     NoteKind = "repair"  // what was done about it; a later one takes the place of those before
	Published    NoteKind = "public"  // a comment that whoever stands in the room may read
)

// Bounds of notes. An incident is stored as a whole with each change, and shown
// on one page.
const (
	MaxComments   = 50  // of one incident; more are refused
	MaxActs       = 50  // notes of other kinds; the oldest goes
	MaxNoteLength = 500 // characters of a text
)

// Errors of notes.
var (
	ErrNoText   = errors.New("a comment says something")
	ErrTooLong  = fmt.Errorf("a comment has %d characters at most", MaxNoteLength)
	ErrNotesOut = fmt.Errorf("an incident has %d comments at most", MaxComments)
	ErrNotAcked = errors.New("the incident is not acknowledged")
)

// With returns the incident with one note more, open or closed. It fails with
// ErrNoText, ErrTooLong and ErrNotesOut.
func (inc Incident) With(n Note) (Incident, error) {
	n.Text = strings.TrimSpace(n.Text)
	of := func(comments bool) (count, first int) {
		first = -1
		for i, have := range inc.Notes {
			if (have.Kind == Comment) == comments {
				if count++; first < 0 {
					first = i
				}
			}
		}
		return count, first
	}
	switch count, first := of(n.Kind == Comment); {
	case utf8.RuneCountInString(n.Text) > MaxNoteLength:
		return inc, ErrTooLong
	case n.Kind == Comment && n.Text == "":
		return inc, ErrNoText
	case n.Kind == Comment && count >= MaxComments:
		return inc, ErrNotesOut
	case n.Kind != Comment && count >= MaxActs:
		inc.Notes = slices.Concat(inc.Notes[:first], inc.Notes[first+1:], []Note{n})
	default:
		// Never in place: other copies of the incident share the array.
		inc.Notes = append(slices.Clip(inc.Notes), n)
	}
	return inc, nil
}

// ClosedBy returns the note of who closed the incident by hand.
func (inc Incident) ClosedBy() (Note, bool) {
	for _, n := range slices.Backward(inc.Notes) {
		if n.Kind == ClosedIt {
			return n, true
		}
	}
	return Note{}, false
}

// AddNote adds a note to an open incident. It fails with ErrNotOpen, and as
// Incident.With does.
func AddNote(p Picture, id ID, n Note) (Picture, Incident, error) {
	inc, err := p.Find(id)
	if err != nil {
		return p, Incident{}, err
	}
	if inc, err = inc.With(n); err != nil {
		return p, Incident{}, fmt.Errorf("add to incident %d: %w", id, err)
	}
	return p.with(inc), inc, nil
}

// TakeBack ends the acknowledgement of an open incident; the notes tell that
// there was one. It fails with ErrNotOpen and ErrNotAcked.
func TakeBack(p Picture, id ID, by string, now time.Time) (Picture, Incident, error) {
	inc, err := p.Find(id)
	switch {
	case err != nil:
		return p, Incident{}, err
	case inc.Acked == nil:
		return p, Incident{}, fmt.Errorf("take back the acknowledgement of incident %d: %w", id, ErrNotAcked)
	}
	for _, n := range []Note{
		{Kind: Acknowledged, By: inc.Acked.By, At: inc.Acked.At, Text: shorten(inc.Acked.Comment)},
		{Kind: TookBack, By: by, At: now},
	} {
		if inc, err = inc.With(n); err != nil {
			return p, Incident{}, fmt.Errorf("take back the acknowledgement of incident %d: %w", id, err)
		}
	}
	inc.Acked, inc.AckEnded = nil, now
	return p.with(inc), inc, nil
}

// shorten cuts a text to what a note holds.
func shorten(text string) string {
	if runes := []rune(text); len(runes) > MaxNoteLength {
		return string(runes[:MaxNoteLength])
	}
	return text
}
