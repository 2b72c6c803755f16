package i18n_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/i18n"
)

func load(t *testing.T) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBothLanguagesHaveTheSameKeys(t *testing.T) {
	c := load(t)
	for _, lang := range i18n.Languages() {
		for _, other := range i18n.Languages() {
			for _, key := range c.Keys(lang) {
				if !c.Has(other, key) {
					t.Errorf("key %q is in %q and missing in %q", key, lang, other)
				}
			}
		}
	}
}

func TestNoTextIsLeftEmptyOrUntranslated(t *testing.T) {
	c := load(t)
	letters := regexp.MustCompile(`[A-Za-z]{4,}`)
	// Words that are the same in both languages.
	same := []string{"login.email", "mail.demo.subject"}
	for _, key := range c.Keys(i18n.English) {
		en, lt := c.Text(i18n.English, key, nil), c.Text(i18n.Lithuanian, key, nil)
		if en == "" || lt == "" {
			t.Errorf("key %q is empty: en %q, lt %q", key, en, lt)
		}
		if plain := strings.ReplaceAll(en, "<no value>", ""); en == lt && letters.MatchString(plain) && !slices.Contains(same, key) {
			t.Errorf("key %q reads the same in both languages: %q", key, en)
		}
	}
}

func TestMatchPicksTheFirstLanguageWeHave(t *testing.T) {
	for _, tc := range []struct {
		header string
		want   i18n.Lang
	}{
		{"lt-LT,lt;q=0.9,en;q=0.8", i18n.Lithuanian},
		{"en-GB,en;q=0.9", i18n.English},
		{"de,lt;q=0.5,en;q=0.3", i18n.Lithuanian},
		{"de", i18n.Lithuanian},
		{"", i18n.Lithuanian},
		{"\x00;;;q=x", i18n.Lithuanian},
	} {
		if got := i18n.Match(tc.header, i18n.Lithuanian); got != tc.want {
			t.Errorf("Match(%q) = %q, want %q", tc.header, got, tc.want)
		}
	}
}

func TestDurationShowsTwoUnits(t *testing.T) {
	c := load(t)
	for _, tc := range []struct {
		d      time.Duration
		en, lt string
	}{
		{0, "0 s", "0 s"},
		{-time.Minute, "0 s", "0 s"},
		{59 * time.Second, "59 s", "59 s"},
		{2*time.Minute + 5*time.Second, "2 min 5 s", "2 min. 5 s"},
		{2*time.Hour + 5*time.Minute, "2 h 5 min", "2 val. 5 min."},
		{76 * time.Hour, "3 d 4 h", "3 d. 4 val."},
		{48*time.Hour + 5*time.Minute, "2 d", "2 d."},
	} {
		if got := c.Duration(i18n.English, tc.d); got != tc.en {
			t.Errorf("en %v: got %q, want %q", tc.d, got, tc.en)
		}
		if got := c.Duration(i18n.Lithuanian, tc.d); got != tc.lt {
			t.Errorf("lt %v: got %q, want %q", tc.d, got, tc.lt)
		}
	}
}

func TestOnlyWhatNeverFailedIsAHundredPercent(t *testing.T) {
	for share, want := range map[float64][2]string{
		1: {"100 %", "100 %"}, 0.999999: {"99.99 %", "99,99 %"}, 0.5: {"50.00 %", "50,00 %"}, 0: {"0 %", "0 %"},
		0.57: {"57.00 %", "57,00 %"}, 0.0003: {"0.03 %", "0,03 %"}, 1 - 1.0/(100*366*86_400): {"99.99 %", "99,99 %"},
	} {
		for i, lang := range []i18n.Lang{i18n.English, i18n.Lithuanian} {
			if got := i18n.Percent(lang, share); got != want[i] {
				t.Errorf("%v in %s: %q instead of %q", share, lang, got, want[i])
			}
		}
	}
}

func TestAMissingKeyIsVisible(t *testing.T) {
	if got := load(t).Text(i18n.English, "no.such.key", nil); got != "no.such.key" {
		t.Errorf("got %q", got)
	}
}
