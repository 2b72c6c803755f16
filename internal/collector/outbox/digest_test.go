package outbox_test

import (
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

func TestADigestGoesByItselfAndOnce(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.answer = always(refusesEarly)
	w.owe("ona", incident.Fault, 1)
	w.owe("ona", incident.Fault, 2)
	w.digest("ona")
	w.pass(time.Hour)
	if !w.out.DigestWaits("ona", digest.Morning) || w.out.DigestWaits("jonas", digest.Morning) || w.out.DigestWaits("ona", digest.Monthly) {
		t.Error("who waits for a digest is not known")
	}
	w.restart() // what it says is stored
	w.answer = nil
	w.pass(time.Hour)
	w.want("ona [1 fault][2 fault]", "ona [digest 2026-09-01]")
	if w.arrived[1].Thread != "" || w.arrived[1].Items[0].Digest.To.IsZero() {
		t.Errorf("%+v", w.arrived[1])
	}
	w.restart()
	w.pass(time.Hour)
	w.want("ona [1 fault][2 fault]", "ona [digest 2026-09-01]")
}

func TestADigestThatCouldNotBeSentIsReplacedByTheNext(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.answer = always(refusesEarly)
	w.digest("ona")
	w.digest("jonas")
	w.pass(24 * time.Hour)
	w.digest("ona")
	w.pass(time.Hour)
	w.answer = nil
	w.pass(time.Hour)
	w.want("ona [digest 2026-09-02]", "jonas [digest 2026-09-01]")
	if left, err := w.store.UnsentRows(); err != nil || len(left) > 0 {
		t.Errorf("unsent: %+v, %v", left, err)
	}
	rows, err := w.store.IncidentRows(0)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%+v, %v", rows, err)
	}
	for _, r := range rows {
		if given := r.Contact == "ona" && r.Digest.Day == "2026-09-01"; given != (r.State == outbox.Refused) {
			t.Errorf("%s is %s: %s", r.ID, r.State, r.LastError)
		}
	}
}

// round makes something owed to ona about a later round of incident 1.
func (w *world) round(n int, kind incident.Kind, reason incident.Reason) {
	w.t.Helper()
	w.oweThis(incident.Owed{Contact: "ona", Kind: kind, Reason: reason, Incident: incident.Incident{
		ID: 1, Key: "R1", Rule: "R", Seen: t0, State: incident.Open, Told: incident.Warning, Round: n, Notified: map[string]time.Time{"ona": w.now},
	}})
}

func TestEachRoundOfAnIncidentIsToldAndInItsOrder(t *testing.T) {
	story := func(w *world, between func()) {
		w.owe("ona", incident.Fault, 1)
		between()
		w.owe("ona", incident.Recovery, 1)
		between()
		w.round(1, incident.Update, incident.Again)
		w.round(1, incident.Update, incident.Comes)
		between()
		w.now = w.now.Add(-time.Hour) // the clock is set back
		w.round(1, incident.Recovery, "")
		between()
		w.round(2, incident.Update, incident.Again)
		between()
		w.round(2, incident.Recovery, "")
		between()
	}
	w := world0(t, outbox.Options{})
	story(w, func() { w.pass(time.Minute) })
	w.want("ona [1 fault]", "ona [1 recovery]", "ona [1@1 update]", "ona [1@1 update]", "ona [1@1 recovery]", "ona [1@2 update]", "ona [1@2 recovery]")
	for _, m := range w.arrived[1:] {
		if m.Thread != w.arrived[0].MessageID {
			t.Errorf("%s answers %q", items(m.Delivery), m.Thread)
		}
	}

	w = world0(t, outbox.Options{})
	w.answer = always(refusesEarly)
	story(w, func() {})
	w.pass(3 * time.Hour)
	w.answer = nil
	w.pass(time.Hour)
	w.want("ona [1 fault][1 recovery][1@1 update][1@1 update][1@1 recovery][1@2 update][1@2 recovery]")
}

func TestACauseAnswersWhatItCorrects(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.owe("ona", incident.Fault, 1)
	w.owe("ona", incident.Fault, 2)
	w.owe("jonas", incident.Fault, 2)
	w.step()
	for _, contact := range []string{"ona", "jonas"} {
		told := []incident.ID{1, 2}
		if contact == "jonas" {
			told = told[1:]
		}
		w.oweThis(incident.Owed{Contact: contact, Kind: incident.Fault, Told: told, Incident: incident.Incident{
			ID: 3, Key: "R3", Rule: "R", Seen: t0, State: incident.Open, Told: incident.Warning, Adopted: []incident.ID{1, 2},
		}})
	}
	w.owe("ona", incident.Recovery, 3)
	w.pass(time.Minute)
	threads := map[string]string{}
	for _, m := range w.arrived {
		threads[m.Contact+items(m.Delivery)] = m.Thread
		threads["of "+m.Contact+items(m.Delivery)] = m.MessageID
	}
	for answer, first := range map[string]string{
		"ona[3 fault]": "ona[1 fault]", "jonas[3 fault]": "jonas[2 fault]", "ona[3 recovery]": "ona[3 fault]",
	} {
		if threads[answer] == "" || threads[answer] != threads["of "+first] {
			t.Errorf("%s answers %q, not %s", answer, threads[answer], first)
		}
	}
}

func TestAnEscalationBeginsAConversation(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.owe("ona", incident.Escalation, 1)
	w.pass(time.Minute)
	w.owe("ona", incident.Reminder, 1)
	w.pass(time.Minute)
	w.owe("ona", incident.Recovery, 1)
	w.pass(time.Minute)
	w.want("ona [1 escalation]", "ona [1 reminder]", "ona [1 recovery]")
	if w.arrived[0].Thread != "" || w.arrived[1].Thread != w.arrived[0].MessageID || w.arrived[2].Thread != w.arrived[0].MessageID {
		t.Error("the conversation is torn")
	}
}
