package notify_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/notify"
)

func TestNamesOneSite(t *testing.T) {
	site := notify.Equal("site", "mokykla")
	for name, tc := range map[string]struct {
		matchers []notify.Matcher
		sites    []string
		want     bool
	}{
		"one seen site by equality":             {[]notify.Matcher{notify.Equal("alertname", "SiteDown"), site}, []string{"kita", "mokykla"}, true},
		"no site":                               {[]notify.Matcher{notify.Equal("device", "pc-1")}, []string{"mokykla"}, false},
		"a site of others":                      {[]notify.Matcher{notify.Equal("site", "kita")}, []string{"mokykla"}, false},
		"a regular expression":                  {[]notify.Matcher{{Name: "site", Value: "mokykla", Regex: true}}, []string{"mokykla"}, false},
		"all but one":                           {[]notify.Matcher{{Name: "site", Value: "mokykla", Negative: true}}, []string{"mokykla"}, false},
		"the same site twice":                   {[]notify.Matcher{site, site}, []string{"mokykla"}, false},
		"a seen site, and an expression for it": {[]notify.Matcher{site, {Name: "site", Value: ".*", Regex: true}}, []string{"mokykla"}, false},
		"who sees all sites names none":         {[]notify.Matcher{{Name: "device", Value: "pc-.*", Regex: true}}, nil, true},
		"nothing at all":                        {nil, []string{"mokykla"}, false},
	} {
		if got := notify.NamesOneSite(tc.matchers, tc.sites); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
		s := notify.Silence{Sets: [][]notify.Matcher{{site}, tc.matchers}}
		if got := s.Of(tc.sites); got != (tc.want && (len(tc.sites) == 0 || slices.Contains(tc.sites, "mokykla"))) {
			t.Errorf("%s, as one of two sets: %v", name, got)
		}
	}
	if (notify.Silence{}).Of([]string{"mokykla"}) {
		t.Error("a silence without matchers is shown to whoever sees one site")
	}
}

func TestASilenceIsBegunEndedAndBegunAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "silences")
	s := open(t, path)
	labels := map[string]string{"site": "mokykla", "alertname": "SiteDown", "check": "www"}
	until := time.Now().Add(3 * time.Hour).UTC().Truncate(time.Millisecond)
	id, err := s.Begin(t.Context(), notify.Silence{
		Sets: [][]notify.Matcher{{notify.Equal("site", "mokykla"), {Name: "check", Value: "w.*", Regex: true}}},
		Ends: until, By: "Rasa", Comment: "keičiamas serveris",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := open(t, path).Muted(t.Context(), labels); !slices.Equal(got, []string{id}) {
		t.Errorf("the file mutes by %v, want %s", got, id)
	}
	got, err := s.Get(t.Context(), id)
	if err != nil || got.By != "Rasa" || got.Comment != "keičiamas serveris" || !got.Ends.Equal(until) || got.State(time.Now()) != notify.SilenceActive ||
		len(got.Sets) != 1 || got.Sets[0][1].String() != `check=~"w.*"` {
		t.Errorf("got %+v, %v", got, err)
	}

	if err := s.End(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := open(t, path).Muted(t.Context(), labels); len(got) != 0 {
		t.Errorf("ended, and the file mutes by %v", got)
	}
	if err := s.End(t.Context(), id); !errors.Is(err, notify.ErrSilenceOver) {
		t.Errorf("ended twice: %v", err)
	}

	again, err := open(t, path).Again(t.Context(), id, "Jonas") // after a restart
	if err != nil || again == id {
		t.Fatalf("again: %q, %v", again, err)
	}
	s = open(t, path)
	if got, err = s.Get(t.Context(), again); err != nil || !got.Ends.Equal(until) || got.By != "Jonas" || got.Comment != "keičiamas serveris" {
		t.Errorf("again: %+v, %v", got, err)
	}
	if got := s.Muted(t.Context(), labels); !slices.Equal(got, []string{again}) {
		t.Errorf("again, muted by %v", got)
	}
	if same, err := s.Again(t.Context(), again, "Jonas"); err != nil || same != again {
		t.Errorf("one that goes on, again: %q, %v", same, err)
	}
	list, err := s.List(t.Context())
	if err != nil || len(list) != 2 || list[0].ID != again {
		t.Errorf("listed %+v, %v", list, err)
	}
}

func TestASilenceThatHasNotBegunKeepsItsStart(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "silences"))
	starts := time.Now().Add(time.Hour).Truncate(time.Second)
	id, err := s.Begin(t.Context(), notify.Silence{Sets: [][]notify.Matcher{{notify.Equal("site", "mokykla")}}, Starts: starts, Ends: starts.Add(time.Hour), By: "Rasa", Comment: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.End(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	again, err := s.Again(t.Context(), id, "Rasa")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), again); err != nil || !got.Starts.Equal(starts) || got.State(time.Now()) != notify.SilencePending {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWhatCannotBeASilence(t *testing.T) {
	s, err := notify.OpenSilences(filepath.Join(t.TempDir(), "silences"), notify.SilenceOptions{MaxSilences: 1})
	if err != nil {
		t.Fatal(err)
	}
	set := [][]notify.Matcher{{notify.Equal("site", "mokykla")}}
	soon := time.Now().Add(time.Hour)
	for name, n := range map[string]notify.Silence{
		"no matcher":            {Ends: soon},
		"no end":                {Sets: set},
		"an end that is past":   {Sets: set, Ends: time.Now().Add(-time.Hour)},
		"a broken expression":   {Sets: [][]notify.Matcher{{{Name: "site", Value: "(", Regex: true}}}, Ends: soon},
		"a name without sense":  {Sets: [][]notify.Matcher{{notify.Equal("", "x")}}, Ends: soon},
		"a comment without end": {Sets: set, Ends: soon, Comment: strings.Repeat("a", 20<<10)},
	} {
		if id, err := s.Begin(t.Context(), n); !errors.Is(err, notify.ErrSilenceInvalid) {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	for name, f := range map[string]func(string) error{
		"got":         func(id string) error { _, err := s.Get(t.Context(), id); return err },
		"ended":       func(id string) error { return s.End(t.Context(), id) },
		"begun again": func(id string) error { _, err := s.Again(t.Context(), id, "x"); return err },
	} {
		if err := f("no-such"); !errors.Is(err, notify.ErrNoSilence) {
			t.Errorf("no such silence, %s: %v", name, err)
		}
	}
	if _, err := s.Begin(t.Context(), notify.Silence{Sets: set, Ends: soon}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), notify.Silence{Sets: set, Ends: soon}); !errors.Is(err, notify.ErrSilencesFull) {
		t.Errorf("one more than fit: %v", err)
	}
}
