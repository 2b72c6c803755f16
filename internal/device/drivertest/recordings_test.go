package drivertest_test

import (
	"testing"

	"github.com/budi-monitor/budi/internal/device/drivertest"
)

// Every recording is read as those who published the facts read it.
func TestEveryRecordingCanBeRead(t *testing.T) {
	for _, name := range drivertest.Recordings(t) {
		r, e := drivertest.Recording(t, name), drivertest.Expect(t, name)
		if r.Len() != e.Walk.Varbinds || r.Skipped != e.Walk.Malformed {
			t.Errorf("%s: %d objects and %d lines skipped, want %d and %d", name, r.Len(), r.Skipped, e.Walk.Varbinds, e.Walk.Malformed)
		}
	}
}

// What was recorded comes out over the wire, object by object.
func TestARecordingIsReplayed(t *testing.T) {
	for _, name := range drivertest.Recordings(t) {
		r := drivertest.Recording(t, name)
		c := drivertest.Dial(t, drivertest.Serve(t, r))
		var got []string
		for _, root := range []string{"1.0", "1.2", "1.3"} {
			found, err := c.Walk(t.Context(), root, 0)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, v := range found {
				got = append(got, v.OID)
			}
		}
		if missing := r.Len() - len(got); missing != r.Nulls() {
			t.Errorf("%s: %d objects of %d came, %d are NULL", name, len(got), r.Len(), r.Nulls())
		}
	}
}

func TestFactsOfARecordedPrinter(t *testing.T) {
	r := drivertest.LookAt(t, "ricoh_mpc3002")
	e := drivertest.Expect(t, "ricoh_mpc3002")
	if got := drivertest.Fact(r, "object_id"); got != e.System.ObjectID || got == "" {
		t.Errorf("object ID %q, want %q", got, e.System.ObjectID)
	}
	if v, ok := drivertest.Sample(r, "budi_device_up"); !ok || v != 1 {
		t.Errorf("budi_device_up = %v, %v", v, ok)
	}
}
