package simulate

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/duty"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/presence"
)

// newTracker follows what may be switched off.
func (w *world) newTracker() *presence.Tracker {
	t := presence.New(presence.Options{})
	var devices []presence.Device
	for _, thing := range w.s.things {
		if mayBeOff(thing.Class) {
			devices = append(devices, presence.Device{ID: thing.ID, Name: thing.Title(), Site: thing.Site, Room: thing.Room, Seat: thing.Seat})
		}
	}
	t.Know(devices)
	return t
}

// switched tells presence of a thing that may be off: at once that it is heard,
// and that it is not when this was noticed.
func (w *world) switched(i int, now time.Time) {
	id, t := w.s.things[i].ID, &w.things[i]
	if t.answers {
		told := len(w.tracker.Alerts()) > 0
		w.tracker.Heard(id, now)
		w.changed = w.changed || told
		return
	}
	detect := span(w.s.Alerting.Detect, DefaultDetect)
	if t.noticed != nil {
		detect = time.Duration(*t.noticed)
	}
	w.in(now, detect, func(time.Time) {
		if t := &w.things[i]; !t.answers && t.since.Equal(now) {
			w.tracker.Gone(id, now, duty.Days{Calendar: w.s.calendar})
			w.changed = w.changed || len(w.tracker.Alerts()) > 0
		}
	})
}

// presence adds what presence has to tell, and what it knows to be over.
func (w *world) presence(f *incident.Facts) {
	alive := map[incident.Key]bool{}
	for _, a := range w.tracker.Alerts() {
		a.Silenced = w.silenced(a)
		f.Alerts = append(f.Alerts, a)
		alive[a.Key()] = true
	}
	for key, inc := range w.picture.Open {
		if followed(inc) && !alive[key] {
			delete(f.Cleared, key)
			if w.tracker.Cleared(inc) {
				f.Cleared[key] = true
			}
		}
	}
}

// followed reports whether presence knows about an incident.
func followed(inc incident.Incident) bool {
	return inc.Rule == presence.RuleTogether && inc.Labels["room"] != "" || inc.Rule == presence.RuleSilent
}
