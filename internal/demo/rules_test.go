package demo

import (
	"strings"
	"testing"
	"time"
)

// What must have lasted for a quarter of an hour is told within a minute; rates and
// what rules record stay as they are.
func TestTheDemonstrationsRulesDoNotWait(t *testing.T) {
	rules, names, err := impatient(30*time.Second, 15*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	text := string(rules)
	for _, want := range []string{`min_over_time(budi_printer_error{error="jammed"}[1m])`, `max_over_time(budi_device_up[1m])`, `increase(ifInErrors[30m])`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in the rules", want)
		}
	}
	if len(names) != 15 {
		t.Errorf("%d rules: %v", len(names), names)
	}
}
