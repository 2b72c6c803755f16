package settings_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
)

func TestARemovedContactCanBeRestored(t *testing.T) {
	w := newWorld(t)
	rasa := settings.Contact{Name: "rasa", Email: "rasa@example.lt", Language: "lt", MinSeverity: "critical"}
	w.change(func(s *settings.Settings) error { return s.PutContact("", rasa) })
	w.change(func(s *settings.Settings) error { return s.RemoveContact("rasa", w.now) })
	w.again()
	if _, ok := w.Current().Contact("rasa"); ok {
		t.Error("she is still told")
	}
	w.change(func(s *settings.Settings) error { return s.RestoreContact("rasa") })
	w.again()
	if got, ok := w.Current().Contact("rasa"); !ok || !reflect.DeepEqual(got, rasa) {
		t.Errorf("got %+v", got)
	}

	var s settings.Settings
	if err := s.RemoveContact("nobody", t0); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := s.RestoreContact("rasa"); !errors.Is(err, settings.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := errors.Join(s.PutContact("", rasa), s.RemoveContact("rasa", t0), s.PutContact("", rasa)); err != nil {
		t.Fatal(err)
	}
	if err := s.RestoreContact("rasa"); err == nil || err.Error() != "name: name_taken" {
		t.Errorf("another one has the name: %v", err)
	}
	// Only so many are kept, and for so long.
	for i := range 30 {
		name := fmt.Sprint("c", i)
		if err := errors.Join(s.PutContact("", settings.Contact{Name: name, Email: "a@b.lt"}), s.RemoveContact(name, t0)); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Removed) != 20 {
		t.Errorf("%d are kept", len(s.Removed))
	}
	if err := s.RemoveContact("rasa", t0.Add(31*24*time.Hour)); err != nil || len(s.Removed) != 1 {
		t.Errorf("%v, %d are kept", err, len(s.Removed))
	}
}
