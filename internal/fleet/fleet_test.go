package fleet_test

import (
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/fleet"
)

func TestCheckID(t *testing.T) {
	for _, good := range []string{"a", "7", "pc-214-07", "website_main", "www.mokykla.lt", strings.Repeat("x", fleet.MaxIDLength)} {
		if err := fleet.CheckID(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", "-a", "a-", ".", "A", "ąžuolas", "a b", "a/b", "..", "a\n", strings.Repeat("x", fleet.MaxIDLength+1)} {
		if err := fleet.CheckID(bad); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
}

func TestMakeID(t *testing.T) {
	for name, want := range map[string]string{
		"PC-214-07": "pc-214-07", "DESKTOP-ŽŪ9": "desktop-9", "mokytojų kambarys": "mokytoj-kambarys",
		"srv.mokykla.local": "srv.mokykla.local", "--a--b--": "a-b", "ąžuolas": "uolas", "!!!": "", "": "", ".hidden_": "hidden",
		strings.Repeat("x", 80): strings.Repeat("x", fleet.MaxIDLength),
	} {
		got := fleet.MakeID(name)
		if got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
		if err := fleet.CheckID(got); got != "" && err != nil {
			t.Error(err)
		}
	}
}

func TestParseClass(t *testing.T) {
	for _, c := range fleet.Classes() {
		if got, err := fleet.ParseClass(string(c)); err != nil || got != c {
			t.Errorf("%q: %v", c, err)
		}
	}
	if _, err := fleet.ParseClass("toaster"); err == nil {
		t.Error("a toaster is a class")
	}
}
