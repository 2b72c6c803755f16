package vantage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/budi-monitor/budi/internal/collector/vantage"
)

var now = time.Date(2026, 11, 29, 7, 30, 0, 0, time.UTC)

// places makes what the collector (the first) and agents say, all of it fresh.
func places(words ...vantage.Word) []vantage.Said {
	var out []vantage.Said
	for i, w := range words {
		from := vantage.Collector
		if i > 0 {
			from = fmt.Sprint("pc-", i)
		}
		out = append(out, vantage.Said{From: from, Word: w, At: now.Add(-time.Minute), Until: now.Add(4 * time.Minute)})
	}
	return out
}

func TestWhatCounts(t *testing.T) {
	const (
		up, down, offline, silent, awaited = vantage.Up, vantage.Down, vantage.Offline, vantage.Silent, vantage.Awaited
	)
	for _, c := range []struct {
		rule   string
		words  []vantage.Word
		state  vantage.State
		phrase vantage.Phrase
		down   string
	}{
		{"all reach it", []vantage.Word{up, up, up}, vantage.StateUp, vantage.PhraseUp, ""},
		{"nobody reaches it", []vantage.Word{down, down, down}, vantage.StateDown, vantage.PhraseEverywhere, "collector pc-1 pc-2"},
		{"only one does not reach it", []vantage.Word{up, up, down}, vantage.StateUp, vantage.PhraseSome, "pc-2"},
		{"only we do not reach it", []vantage.Word{down, up, up}, vantage.StateUp, vantage.PhraseSome, "collector"},
		{"most do not reach it", []vantage.Word{down, down, up}, vantage.StateDown, vantage.PhraseMost, "collector pc-1"},
		{"a tie is not down", []vantage.Word{down, up}, vantage.StateUp, vantage.PhraseSome, "collector"},
		{"a tie of four is not down", []vantage.Word{down, up, down, up}, vantage.StateUp, vantage.PhraseSome, "collector pc-2"},
		{"whose line is down does not count", []vantage.Word{offline, down, down, up}, vantage.StateDown, vantage.PhraseMost, "pc-1 pc-2"},
		{"computers that are off do not count", []vantage.Word{down, silent, silent, silent}, vantage.StateDown, vantage.PhraseOne, "collector"},
		{"one of two that can tell reaches it", []vantage.Word{down, silent, up}, vantage.StateUp, vantage.PhraseSome, "collector"},
		{"we are offline, and hear of nobody", []vantage.Word{offline, silent, silent}, vantage.StateUnknown, vantage.PhraseOffline, ""},
		{"we are offline, and so is another", []vantage.Word{offline, offline}, vantage.StateUnknown, vantage.PhraseOffline, ""},
		{"we are offline, others are not", []vantage.Word{offline, up, up}, vantage.StateUp, vantage.PhraseUp, ""},
		{"nobody says anything", []vantage.Word{silent, silent}, vantage.StateUnknown, vantage.PhraseFew, ""},
		{"an agent's line is down, ours was not looked at", []vantage.Word{silent, offline}, vantage.StateUnknown, vantage.PhraseFew, ""},
		{"after a start one that is down alone waits for the others", []vantage.Word{down, awaited, awaited}, vantage.StateUnknown, vantage.PhraseFew, "collector"},
		{"after a start two of three need not wait", []vantage.Word{down, down, awaited}, vantage.StateDown, vantage.PhraseMost, "collector pc-1"},
		{"after a start one of two waits", []vantage.Word{down, awaited}, vantage.StateUnknown, vantage.PhraseFew, "collector"},
		{"after a start what is up here waits, for most may say down", []vantage.Word{up, awaited, awaited}, vantage.StateUnknown, vantage.PhraseFew, ""},
		{"after a start what is up here is up when a tie is the worst", []vantage.Word{up, awaited}, vantage.StateUp, vantage.PhraseUp, ""},
		{"we are offline just after a start", []vantage.Word{offline, awaited}, vantage.StateUnknown, vantage.PhraseFew, ""},
		{"nobody is asked", nil, vantage.StateUnknown, vantage.PhraseFew, ""},
	} {
		v := vantage.Decide(places(c.words...), now)
		if v.State != c.state || v.Phrase != c.phrase || strings.Join(v.Down, " ") != c.down {
			t.Errorf("%s: %v: got %+v, want %s, %s and down from %q", c.rule, c.words, v, c.state, c.phrase, c.down)
		}
		if len(v.Up)+len(v.Down)+len(v.Unknown) != len(c.words) {
			t.Errorf("%s: a place is lost: %+v", c.rule, v)
		}
	}
}

func TestAWordHoldsForAWhile(t *testing.T) {
	said := vantage.Said{From: "pc-1", Word: vantage.Down, At: now.Add(-time.Minute), Until: now}
	for _, c := range []struct {
		rule string
		edit func(*vantage.Said)
		want vantage.Word
	}{
		{"until its end", func(s *vantage.Said) { s.Until = now.Add(time.Millisecond) }, vantage.Down},
		{"and no longer", func(*vantage.Said) {}, vantage.Silent},
		{"a clock a little ahead", func(s *vantage.Said) { s.At, s.Until = now.Add(vantage.MaxAhead), now.Add(time.Hour) }, vantage.Down},
		{"a clock that is wrong", func(s *vantage.Said) { s.At, s.Until = now.Add(vantage.MaxAhead+1), now.Add(time.Hour) }, vantage.Silent},
		{"a word that is none", func(s *vantage.Said) { s.Word, s.Until = "perhaps", now.Add(time.Hour) }, vantage.Silent},
	} {
		s := said
		c.edit(&s)
		if got := vantage.Words([]vantage.Said{s}, now)[0]; got != c.want {
			t.Errorf("%s: got %s, want %s", c.rule, got, c.want)
		}
	}
}

// What was kept while a line was down for days arrives when it is long over.
func TestAWeekOldWordNeverCounts(t *testing.T) {
	old := now.Add(-7 * 24 * time.Hour)
	v := vantage.Decide([]vantage.Said{
		{From: vantage.Collector, Word: vantage.Up, At: now, Until: now.Add(time.Minute)},
		{From: "pc-1", Word: vantage.Down, At: old, Until: old.Add(5 * time.Minute)},
		{From: "pc-2", Word: vantage.Down, At: old, Until: old.Add(5 * time.Minute)},
	}, now)
	if v.State != vantage.StateUp || v.Phrase != vantage.PhraseUp || !slices.Equal(v.Unknown, []string{"pc-1", "pc-2"}) {
		t.Errorf("got %+v", v)
	}
}

func TestItIsDownOnlyWhenMostOfThoseWhoCanTellSaySo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := []vantage.Word{vantage.Up, vantage.Down, vantage.Offline, vantage.Silent, vantage.Awaited}
		said := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) vantage.Said {
			at := now.Add(time.Duration(rapid.IntRange(-600, 120).Draw(t, "at")) * time.Second)
			return vantage.Said{
				From: rapid.SampledFrom([]string{vantage.Collector, "a", "b", "c"}).Draw(t, "from"),
				Word: rapid.SampledFrom(words).Draw(t, "word"), At: at, Until: at.Add(5 * time.Minute),
			}
		}), 0, 11).Draw(t, "said")
		up, down, awaited := 0, 0, 0
		for _, s := range said {
			fresh := now.Before(s.Until) && s.At.Sub(now) <= vantage.MaxAhead
			switch {
			case s.Word == vantage.Awaited:
				awaited++
			case fresh && s.Word == vantage.Up:
				up++
			case fresh && s.Word == vantage.Down:
				down++
			}
		}
		v := vantage.Decide(said, now)
		if (v.State == vantage.StateDown) != (2*down > up+down+awaited) {
			t.Fatalf("%d say down, %d up, %d are awaited: %+v", down, up, awaited, v)
		}
		if up+down == 0 && v.State != vantage.StateUnknown {
			t.Fatalf("nobody can tell: %+v", v)
		}
		if awaited == 0 && up+down > 0 && v.State == vantage.StateUnknown {
			t.Fatalf("%d say down, %d up: %+v", down, up, v)
		}
		// Whoever is awaited cannot take an "up" back.
		if v.State == vantage.StateUp && 2*(down+awaited) > up+down+awaited {
			t.Fatalf("%d say down, %d up, %d are awaited: %+v", down, up, awaited, v)
		}
	})
}
