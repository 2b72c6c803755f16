package outbox_test

import (
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// begin makes the fault of an incident that is seen now owed.
func (w *world) begin(contact string, id incident.ID) {
	w.t.Helper()
	w.tell(incident.Owed{Contact: contact, Kind: incident.Fault, Incident: incident.Incident{
		ID: id, Key: incident.Key("new"), Rule: "R", Seen: w.now, State: incident.Open, Told: incident.Warning,
	}})
}

// TestARestoredStoreTellsItsPastInOneMessage: what was due when the backup was
// made was told since; what was open then has ended since.
func TestARestoredStoreTellsItsPastInOneMessage(t *testing.T) {
	w := world0(t, outbox.Options{})
	for id := range incident.ID(20) {
		w.owe("ona", incident.Fault, id+1)
	}
	w.pass(time.Hour)
	w.arrived = nil
	for id := range incident.ID(10) { // due when the backup is made
		w.owe("ona", incident.Fault, 101+id)
	}
	w.now = w.now.Add(time.Minute)
	w.opts.Restored = w.now
	w.restart()
	for id := range incident.ID(20) { // ends as the looks begin again
		w.pass(10 * time.Second)
		w.owe("ona", incident.Recovery, id+1)
	}
	if len(w.arrived) > 0 {
		t.Errorf("%d messages about what was before", len(w.arrived))
	}
	// What is new does not wait.
	w.begin("ona", 10_200)
	w.step()
	w.want("ona [10200 fault]")
	w.pass(time.Hour)
	if len(w.arrived) != 2 || len(w.arrived[1].Items) != 30 {
		t.Fatalf("%d messages arrived: %+v", len(w.arrived), w.arrived)
	}
	// And later nothing of it is special.
	w.begin("ona", 10_201)
	w.step()
	w.restart()
	w.begin("ona", 10_202)
	w.step()
	if len(w.arrived) != 4 {
		t.Errorf("%d messages arrived", len(w.arrived))
	}
}

func TestASingleOldMessageIsTheOneThatWasSent(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.owe("ona", incident.Fault, 1)
	rows, err := w.store.UnsentRows()
	if err != nil || len(rows) != 1 {
		t.Fatalf("unsent: %+v, %v", rows, err)
	}
	before := rows[0].MessageID
	w.opts.Restored = w.now.Add(time.Second)
	w.restart()
	w.pass(time.Hour)
	if len(w.arrived) != 1 || w.arrived[0].MessageID != before {
		t.Errorf("arrived: %+v; the Message-ID was %s", w.arrived, before)
	}
}

func TestAClockSetBackAfterARestoreDelaysNothing(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.owe("ona", incident.Fault, 1)
	w.opts.Restored = w.now
	w.now = w.now.Add(time.Second)
	w.restart()
	w.step()
	w.now = w.now.Add(-48 * time.Hour)
	w.pass(time.Hour)
	w.want("ona [1 fault]")
}
