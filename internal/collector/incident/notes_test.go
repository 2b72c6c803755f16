package incident_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

func TestCommentsStayWithTheIncident(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	before := s.picture
	p, inc, err := incident.AddNote(s.picture, 1, incident.Note{Kind: incident.Comment, By: "ona", At: s.now, Text: " called the supplier \n"})
	if err != nil || len(inc.Notes) != 1 || inc.Notes[0].Text != "called the supplier" {
		t.Fatalf("got %+v, %v", inc.Notes, err)
	}
	if old, err := before.Find(1); err != nil || len(old.Notes) != 0 {
		t.Errorf("the picture of before has changed: %+v, %v", old.Notes, err)
	}
	s.picture = p
	s.during(time.Hour, down)
	s.during(time.Hour, cleared)
	s.want("ona:fault ona:recovery ")
	if len(s.closed) != 1 || len(s.closed[0].Notes) != 1 {
		t.Fatalf("the journal has %+v", s.closed)
	}
	if late, err := s.closed[0].With(incident.Note{Kind: incident.Comment, By: "ona", Text: "it was the fuse"}); err != nil || len(late.Notes) != 2 {
		t.Errorf("after the end: %+v, %v", late.Notes, err)
	}
	if _, _, err := incident.AddNote(s.picture, 1, incident.Note{Kind: incident.Comment, Text: "x"}); !errors.Is(err, incident.ErrNotOpen) {
		t.Errorf("a closed incident: %v", err)
	}
}

func TestNotesAreBounded(t *testing.T) {
	var inc incident.Incident
	for name, tc := range map[string]struct {
		text string
		want error
	}{
		"empty":       {" \n", incident.ErrNoText},
		"too long":    {strings.Repeat("ą", incident.MaxNoteLength+1), incident.ErrTooLong},
		"just enough": {strings.Repeat("ą", incident.MaxNoteLength), nil},
	} {
		if _, err := inc.With(incident.Note{Kind: incident.Comment, Text: tc.text}); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	with := func(kind incident.NoteKind, text string) {
		t.Helper()
		var err error
		if inc, err = inc.With(incident.Note{Kind: kind, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	with(incident.Silenced, "first")
	for i := range incident.MaxComments {
		with(incident.Comment, fmt.Sprint(i))
	}
	if _, err := inc.With(incident.Note{Kind: incident.Comment, Text: "one more"}); !errors.Is(err, incident.ErrNotesOut) {
		t.Errorf("one comment too many: %v", err)
	}
	for range incident.MaxActs {
		with(incident.Unsilenced, "")
	}
	if len(inc.Notes) != incident.MaxComments+incident.MaxActs || inc.Notes[0].Text != "0" {
		t.Errorf("%d notes, the first is %+v", len(inc.Notes), inc.Notes[0])
	}
}

// Two copies of an incident that each get a note do not write into one array.
func TestNotesOfCopiesAreApart(t *testing.T) {
	var inc incident.Incident
	var err error
	for i := range 3 {
		if inc, err = inc.With(incident.Note{Kind: incident.Comment, Text: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	a, _ := inc.With(incident.Note{Kind: incident.Comment, Text: "a"})
	b, _ := inc.With(incident.Note{Kind: incident.Comment, Text: "b"})
	if a.Notes[3].Text != "a" || b.Notes[3].Text != "b" {
		t.Errorf("%+v %+v", a.Notes[3], b.Notes[3])
	}
}

func TestAnAcknowledgementIsTakenBack(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	if _, _, err := incident.TakeBack(s.picture, 1, "ona", s.now); !errors.Is(err, incident.ErrNotAcked) {
		t.Errorf("nothing to take back: %v", err)
	}
	p, _, err := incident.Acknowledge(s.picture, 1, "ona", "on my way", time.Time{}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	p, inc, err := incident.TakeBack(p, 1, "jonas", s.now.Add(time.Minute))
	if err != nil || inc.Acked != nil || len(inc.Notes) != 2 {
		t.Fatalf("got %+v, %v", inc, err)
	}
	if n := inc.Notes[0]; n.Kind != incident.Acknowledged || n.By != "ona" || n.Text != "on my way" || !n.At.Equal(s.now) {
		t.Errorf("the word of before: %+v", n)
	}
	if n := inc.Notes[1]; n.Kind != incident.TookBack || n.By != "jonas" {
		t.Errorf("who took it back: %+v", n)
	}
	if _, inc, err = incident.Acknowledge(p, 1, "jonas", "", time.Time{}, s.now); err != nil || inc.Acked.By != "jonas" {
		t.Errorf("somebody else now: %+v, %v", inc.Acked, err)
	}
	if _, _, err := incident.TakeBack(p, 9, "ona", s.now); !errors.Is(err, incident.ErrNotOpen) {
		t.Errorf("no such incident: %v", err)
	}
}

func TestWhoClosedItIsKept(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	s.during(time.Hour, nothing)
	_, ch, err := incident.CloseByHand(s.picture, 1, "ona", "server scrapped", s.now)
	if err != nil || len(ch.Incidents) != 1 {
		t.Fatalf("%+v, %v", ch, err)
	}
	if n, ok := ch.Incidents[0].ClosedBy(); !ok || n.By != "ona" || n.Text != "server scrapped" || !n.At.Equal(s.now) {
		t.Errorf("got %+v, %v", n, ok)
	}
	if ch.Incidents[0].Acked != nil {
		t.Error("closing is not looking after it")
	}
}
