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
