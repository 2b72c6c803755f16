package device_test

import (
	"testing"

	"github.com/budi-monitor/budi/internal/device"
)

// What makers leave in a field is no fact.
func TestToldLeavesOutWhatSaysNothing(t *testing.T) {
	for text, want := range map[string]string{
		" CN00000001 \t": "CN00000001", "F00F": "F00F", "FF": "FF", "X10": "X10",
		"N/A": "", "Not Specified": "", "Not Applicable": "", "(null)": "", "XXXXXXXXXX": "", "0000000000": "", "System Serial Number": "", "": "",
	} {
		if got := device.Told(text); got != want {
			t.Errorf("%q tells %q, want %q", text, got, want)
		}
	}
}
