package fleet_test

import (
	"slices"
	"testing"

	"github.com/budi-monitor/budi/internal/fleet"
)

func TestCompareNatural(t *testing.T) {
	want := []string{"", "1", "2", "02a", "10", "12 kabinetas", "101", "A1", "a2", "A10", "B1", "Skaitykla", "šokių salė"}
	got := []string{"10", "šokių salė", "A10", "a2", "101", "Skaitykla", "", "02a", "B1", "2", "12 kabinetas", "A1", "1"}
	slices.SortFunc(got, fleet.CompareNatural)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, a := range want { // an order, whatever the names
		for _, b := range want {
			if fleet.CompareNatural(a, b) != -fleet.CompareNatural(b, a) || fleet.CompareNatural(a, b) == 0 && a != b {
				t.Errorf("%q and %q", a, b)
			}
		}
	}
}
