package outbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

func world0(t *testing.T, opts outbox.Options) *world {
	t.Helper()
	w := newWorld(t, fastDir(t), opts)
	t.Cleanup(w.close)
	return w
}

// always answers every delivery in the same way.
func always(a answer) func(outbox.Delivery) answer { return func(outbox.Delivery) answer { return a } }

// script answers deliveries one after the other, then takes the rest.
func script(answers ...answer) func(outbox.Delivery) answer {
	return func(outbox.Delivery) answer {
		if len(answers) == 0 {
			return takes
		}
		a := answers[0]
		answers = answers[1:]
		return a
	}
}

func TestFaultAndRecoveryGoInOneThread(t *testing.T) {
	w := world0(t, outbox.Options{Domain: "budi.example.lt"})
	w.owe("ona", incident.Fault, 1)
	w.step()
	w.owe("ona", incident.Update, 1)
	w.step()
	w.owe("ona", incident.Recovery, 1)
	w.step()
	w.want("ona [1 fault]", "ona [1 update]", "ona [1 recovery]")
	fault, update, recovery := w.arrived[0], w.arrived[1], w.arrived[2]
	if fault.Thread != "" || update.Thread != fault.MessageID || recovery.Thread != fault.MessageID {
		t.Errorf("threads %q %q %q, the fault is %q", fault.Thread, update.Thread, recovery.Thread, fault.MessageID)
	}
	if update.MessageID == fault.MessageID || recovery.MessageID == fault.MessageID {
		t.Error("one Message-ID for two messages")
	}
	if !strings.HasSuffix(fault.MessageID, "."+w.store.Installation()+"@budi.example.lt") {
		t.Errorf("Message-ID %q", fault.MessageID)
	}
	if row := w.row(1, incident.Fault, "ona"); row.State != outbox.Sent || !row.Finished.Equal(t0) || row.Attempts != 1 {
		t.Errorf("got %+v", row)
	}
	w.restart()
	w.pass(24 * time.Hour)
	w.want("ona [1 fault]", "ona [1 update]", "ona [1 recovery]")
}

func TestTheDomainCannotSpoilAMessageID(t *testing.T) {
	for domain, want := range map[string]string{
		"":                     "@budi.invalid",
		"stebėjimas.lt":        "@steb-jimas.lt",
		"a b>\r\nBcc: x@y.com": "@a-b---Bcc--x-y.com",
		"...":                  "@budi.invalid",
	} {
		w := newWorld(t, fastDir(t), outbox.Options{Domain: domain})
		rows := w.out.Rows([]incident.Owed{{Contact: "ona", Kind: incident.Fault}}, t0)
		if !strings.HasSuffix(rows[0].MessageID, want) {
			t.Errorf("domain %q: got %q, want …%q", domain, rows[0].MessageID, want)
		}
		w.close()
	}
}

func TestATemporaryFailureIsTriedForEver(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.answer = always(refusesEarly)
	w.owe("ona", incident.Fault, 1)
	w.pass(24 * time.Hour)
	if w.attempts < 96 || w.attempts > 140 {
		t.Errorf("%d attempts in a day: the delay should grow to about a quarter of an hour", w.attempts)
	}
	row := w.row(1, incident.Fault, "ona")
	if row.State != outbox.Due || row.Attempts != w.attempts || !strings.Contains(row.LastError, "connection refused") || !row.NextTry.After(w.now.Add(-time.Minute)) {
		t.Errorf("got %+v", row)
	}
	w.answer = always(refusesLate)
	w.pass(24 * time.Hour)
	w.want()
	w.answer = nil
	w.pass(15 * time.Minute)
	w.want("ona [1 fault]")
}

func TestOneContactsTroubleIsNotAnothers(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.answer = func(d outbox.Delivery) answer {
		if d.Contact == "ona" {
			return refusesEarly
		}
		return takes
	}
	for id := range incident.ID(3) {
		w.owe("ona", incident.Fault, id+1)
		w.owe("jonas", incident.Fault, id+1)
	}
	w.step()
	w.want("jonas [1 fault]", "jonas [2 fault]", "jonas [3 fault]")
}

func TestARecoveryWaitsForItsFault(t *testing.T) {
	w := world0(t, outbox.Options{SumUpAfter: 1000 * time.Hour})
	w.answer = script(refusesEarly, refusesLate, refusesEarly, refusesEarly, refusesEarly)
	w.owe("ona", incident.Fault, 1)
	w.owe("ona", incident.Recovery, 1)
	w.pass(time.Hour)
	w.want("ona [1 fault]", "ona [1 recovery]")
	t.Run("although the clock was set back in between", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		w.answer = always(refusesEarly)
		w.owe("ona", incident.Fault, 1)
		w.step()
		w.now = w.now.Add(-48 * time.Hour)
		w.owe("ona", incident.Recovery, 1)
		w.answer = nil
		w.restart()
		w.pass(time.Hour)
		w.want("ona [1 fault]", "ona [1 recovery]")
	})
}

func TestKilledAgainAndAgain(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.owe("ona", incident.Fault, 1)
	w.owe("ona", incident.Recovery, 1)
	// Each time right after commit, before the text has gone.
	again := func() {
		w.answer = func(outbox.Delivery) answer {
			w.killAt = w.point + 3
			return takes
		}
		w.step()
		if !w.dead {
			t.Fatalf("not killed: %q", w.trace)
		}
		w.answer = nil
		w.restart()
	}
	again()
	again()
	if w.step(); len(w.arrived) != 0 {
		t.Fatalf("the third time should wait a little, and the recovery with it: %q", w.mails())
	}
	w.pass(time.Minute)
	w.want("ona [1 fault]", "ona [1 recovery]")
	w.hold(1)

	w.owe("ona", incident.Fault, 2)
	for range 11 {
		again()
		w.now = w.now.Add(time.Hour)
	}
	w.pass(24 * time.Hour)
	w.want("ona [1 fault]", "ona [1 recovery]")
	if row := w.row(2, incident.Fault, "ona"); row.State != outbox.Uncertain {
		t.Errorf("a message that kills the process each time: %+v", row)
	}
}

func TestWhatIsRefusedForGoodIsKeptAndSeen(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	w := world0(t, outbox.Options{Registerer: registry})
	w.answer = script(refuses)
	w.owe("ona", incident.Fault, 1)
	w.owe("ona", incident.Recovery, 1)
	w.step()
	w.want("ona [1 recovery]")
	if w.arrived[0].Thread != "" {
		t.Errorf("answers %q, which never arrived", w.arrived[0].Thread)
	}
	row := w.row(1, incident.Fault, "ona")
	if row.State != outbox.Refused || !strings.Contains(row.LastError, "550") {
		t.Errorf("got %+v", row)
	}
	err := testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP budi_outbox_finished_total Messages that came to their end, by kind and state.
# TYPE budi_outbox_finished_total counter
budi_outbox_finished_total{kind="fault",state="refused"} 1
budi_outbox_finished_total{kind="recovery",state="sent"} 1
`), "budi_outbox_finished_total")
	if err != nil {
		t.Error(err)
	}
}

func TestWithoutAnAnswerItIsTriedOnceMore(t *testing.T) {
	t.Run("and that answer counts", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		w.answer = script(takesSilently)
		w.owe("ona", incident.Fault, 1)
		w.pass(time.Hour)
		w.want("ona [1 fault]", "ona [1 fault]")
		w.hold(2)
	})
	t.Run("and not a third time", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		w.answer = script(takesSilently, refusesEarly, takesSilently)
		w.owe("ona", incident.Fault, 1)
		w.owe("ona", incident.Recovery, 1)
		w.pass(24 * time.Hour)
		w.want("ona [1 fault]", "ona [1 fault]", "ona [1 recovery]")
		w.hold(2)
		if row := w.row(1, incident.Fault, "ona"); row.State != outbox.Uncertain || row.Uncertain != 2 {
			t.Errorf("got %+v", row)
		}
		if w.arrived[2].Thread != w.arrived[0].MessageID {
			t.Error("the recovery should answer what probably arrived")
		}
	})
	t.Run("when the deliverer panics", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		w.answer = script(panics)
		w.owe("ona", incident.Fault, 1)
		w.step()
		if row := w.row(1, incident.Fault, "ona"); row.Uncertain != 1 || !strings.Contains(row.LastError, "a template is broken") {
			t.Errorf("got %+v", row)
		}
		w.pass(time.Hour)
		w.want("ona [1 fault]")
	})
}

func TestWhatWaitedLongIsSummedUp(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.answer = always(refusesEarly)
	w.owe("ona", incident.Fault, 1)
	w.pass(10 * time.Minute)
	w.owe("ona", incident.Fault, 2)
	w.pass(time.Minute)
	w.owe("ona", incident.Recovery, 1)
	w.pass(3 * time.Hour)
	w.answer = nil
	w.pass(16 * time.Minute)
	w.want("ona [1 fault][2 fault][1 recovery]")
	for _, row := range []outbox.Row{w.row(1, incident.Fault, "ona"), w.row(2, incident.Fault, "ona"), w.row(1, incident.Recovery, "ona")} {
		if row.State != outbox.Sent || row.MessageID != w.arrived[0].MessageID {
			t.Errorf("got %+v", row)
		}
	}
	w.owe("ona", incident.Recovery, 2)
	w.step()
	if got := w.arrived[1]; got.Thread != w.arrived[0].MessageID {
		t.Errorf("the recovery answers %q instead of the summary", got.Thread)
	}
}

func TestASummaryIsBounded(t *testing.T) {
	w := world0(t, outbox.Options{MaxItems: 4})
	w.answer = always(refusesEarly)
	for id := range incident.ID(10) {
		w.owe("ona", incident.Fault, id+1)
	}
	w.pass(time.Hour)
	w.answer = nil
	w.pass(20 * time.Minute)
	w.want("ona [1 fault][2 fault][3 fault][4 fault]", "ona [5 fault][6 fault][7 fault][8 fault]", "ona [9 fault][10 fault]")
}

func TestASummaryThatMayHaveArrivedGoesAgainAsItWas(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.answer = always(refusesEarly)
	w.owe("ona", incident.Fault, 1)
	w.owe("ona", incident.Fault, 2)
	w.pass(time.Hour)
	w.answer = script(takesSilently)
	for len(w.arrived) == 0 {
		w.pass(time.Minute)
	}
	w.owe("ona", incident.Fault, 3)
	w.restart()
	w.pass(time.Hour)
	w.want("ona [1 fault][2 fault]", "ona [1 fault][2 fault]", "ona [3 fault]")
	w.hold(2)
}

func TestASummaryAnswersOnlyWhatAllOfItAnswers(t *testing.T) {
	w := world0(t, outbox.Options{})
	for id := range incident.ID(4) {
		w.owe("ona", incident.Fault, id+1)
		if id >= 2 {
			w.answer = always(refusesEarly) // the faults 3 and 4 go in one summary
		}
		w.step()
	}
	w.pass(time.Hour)
	w.answer = nil
	w.pass(20 * time.Minute)
	w.want("ona [1 fault]", "ona [2 fault]", "ona [3 fault][4 fault]")
	for id := range incident.ID(4) {
		if id%2 == 0 {
			w.answer = always(refusesEarly)
		}
		w.owe("ona", incident.Recovery, id+1)
		if id%2 == 1 {
			w.pass(time.Hour)
			w.answer = nil
			w.pass(20 * time.Minute)
		}
	}
	w.want("ona [1 fault]", "ona [2 fault]", "ona [3 fault][4 fault]", "ona [1 recovery][2 recovery]", "ona [3 recovery][4 recovery]")
	if got := w.arrived[3].Thread; got != "" {
		t.Errorf("the recoveries of two messages answer %q", got)
	}
	if got := w.arrived[4].Thread; got != w.arrived[2].MessageID {
		t.Errorf("the recoveries of one message answer %q", got)
	}
}

func TestASummaryLeavesOutWhatFollowsAMessageThatMayHaveArrived(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.answer = always(refusesEarly)
	w.owe("ona", incident.Fault, 1)
	w.owe("ona", incident.Fault, 2)
	w.owe("ona", incident.Recovery, 2)
	w.pass(time.Hour)
	w.restart()
	// Every fourth try goes with one row alone: first the one of incident 1,
	// then the fault of incident 2, which is lost.
	w.answer = script(refusesLate, refusesLate, refusesLate, refusesLate, refusesLate, refusesLate, refusesLate, losesIt)
	w.pass(4 * time.Hour)
	w.want("ona [1 fault]", "ona [2 fault]", "ona [2 recovery]")
	w.hold(1)
}

func TestOneBadItemDoesNotTakeTheOthersWithIt(t *testing.T) {
	bad := func(bad answer) func(outbox.Delivery) answer {
		return func(d outbox.Delivery) answer {
			for _, item := range d.Items {
				if item.Incident.ID == 2 {
					return bad
				}
			}
			return takes
		}
	}
	t.Run("a summary refused for good is sent item by item", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		w.answer = always(refusesEarly)
		for id := range incident.ID(3) {
			w.owe("ona", incident.Fault, id+1)
		}
		w.pass(time.Hour)
		w.answer = bad(refuses)
		w.pass(time.Hour)
		w.want("ona [1 fault]", "ona [3 fault]")
		if row := w.row(2, incident.Fault, "ona"); row.State != outbox.Refused {
			t.Errorf("got %+v", row)
		}
	})
	t.Run("a message that fails each time lets the others by", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		w.answer = bad(refusesLate)
		for id := range incident.ID(5) {
			w.owe("ona", incident.Fault, id+1)
		}
		w.pass(2 * time.Hour)
		w.want("ona [1 fault]", "ona [3 fault]", "ona [4 fault]", "ona [5 fault]")
	})
	t.Run("also when all of them have waited long", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		w.answer = always(refusesEarly)
		for id := range incident.ID(5) {
			w.owe("ona", incident.Fault, id+1)
		}
		w.pass(time.Hour)
		w.answer = bad(refusesLate)
		w.pass(6 * time.Hour)
		if len(w.arrived) != 4 {
			t.Errorf("arrived: %q", w.mails())
		}
		w.hold0("2 fault")
	})
}

// hold0 checks that nothing came twice and the named item never.
func (w *world) hold0(never string) {
	w.t.Helper()
	seen := map[string]bool{}
	for _, m := range w.arrived {
		for _, item := range m.Items {
			s := fmt.Sprintf("%d %s", item.Incident.ID, item.Kind)
			if seen[s] || s == never {
				w.t.Fatalf("%s came: %q", s, w.mails())
			}
			seen[s] = true
		}
	}
}

func TestAContactThatIsGone(t *testing.T) {
	setup := func(t *testing.T) *world {
		w := world0(t, outbox.Options{Contacts: []string{"jonas"}})
		w.owe("ona", incident.Fault, 1)
		w.owe("jonas", incident.Fault, 1)
		w.pass(6 * 24 * time.Hour)
		w.want("jonas [1 fault]")
		if row := w.row(1, incident.Fault, "ona"); row.State != outbox.Due || row.LastError != "contact is not in the configuration" {
			t.Errorf("got %+v", row)
		}
		return w
	}
	t.Run("gets what is owed when it comes back", func(t *testing.T) {
		w := setup(t)
		w.out.SetContacts([]string{"ona", "jonas"})
		w.step()
		w.want("jonas [1 fault]", "ona [1 fault]")
		if row := w.row(1, incident.Fault, "ona"); row.LastError != "" || !row.Orphaned.IsZero() {
			t.Errorf("got %+v", row)
		}
	})
	t.Run("is given up after a week, restarts or not", func(t *testing.T) {
		w := setup(t)
		w.opts.Contacts = []string{"jonas"}
		w.restart()
		w.pass(25 * time.Hour)
		if row := w.row(1, incident.Fault, "ona"); row.State != outbox.Refused {
			t.Errorf("got %+v", row)
		}
		w.out.SetContacts([]string{"ona"})
		w.pass(time.Hour)
		w.want("jonas [1 fault]")
	})
}

func TestWhenTooManyWaitOnlyWhatIsOverIsGivenUp(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	w := world0(t, outbox.Options{MaxUnsent: 20, Registerer: registry})
	w.owe("ona", incident.Fault, 1)
	w.step()
	w.arrived = nil
	w.answer = always(refusesEarly)
	w.owe("ona", incident.Recovery, 1) // its fault was told
	for id := incident.ID(2); id <= 30; id++ {
		w.owe("ona", incident.Fault, id)
		if id%2 == 0 {
			w.owe("ona", incident.Recovery, id)
		}
		w.now = w.now.Add(time.Second)
		w.step()
	}
	w.pass(2 * time.Hour)
	w.answer = nil
	w.pass(20 * time.Minute)
	came := fmt.Sprint(w.mails())
	for id := 3; id <= 29; id += 2 {
		if !strings.Contains(came, fmt.Sprintf("[%d fault]", id)) {
			t.Errorf("the fault of incident %d lasts and was not told: %s", id, came)
		}
	}
	if !strings.Contains(came, "[1 recovery]") {
		t.Errorf("the fault was told, the recovery was not: %s", came)
	}
	if strings.Contains(came, "[2 fault]") || strings.Contains(came, "[2 recovery]") || !strings.Contains(came, "[30 recovery]") {
		t.Errorf("the oldest of what is over should have been given up, the newest not: %s", came)
	}
	if row := w.row(2, incident.Recovery, "ona"); row.State != outbox.Refused || !strings.Contains(row.LastError, "20 messages") {
		t.Errorf("got %+v", row)
	}
	n, err := testutil.GatherAndCount(registry, "budi_outbox_given_up_total")
	if err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestADiskThatIsFull(t *testing.T) {
	t.Run("when sending begins: nothing is sent, nothing is lost", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		w.full = func() bool { return true }
		w.owe("ona", incident.Fault, 1)
		w.pass(time.Hour)
		w.want()
		w.full = nil
		w.pass(time.Hour)
		w.want("ona [1 fault]")
	})
	t.Run("when it was sent: not sent again, and noted later", func(t *testing.T) {
		w := world0(t, outbox.Options{})
		writes := 0
		w.full = func() bool { writes++; return writes >= 2 }
		w.owe("ona", incident.Fault, 1)
		w.pass(3 * time.Hour)
		w.want("ona [1 fault]")
		if row := w.row(1, incident.Fault, "ona"); row.State != outbox.Sending {
			t.Errorf("got %+v", row)
		}
		w.out.Add(w.out.Rows([]incident.Owed{w.owed[0]}, w.now)) // nobody may talk it into another
		w.full = nil
		w.pass(time.Minute)
		if row := w.row(1, incident.Fault, "ona"); row.State != outbox.Sent {
			t.Errorf("got %+v", row)
		}
		w.owe("ona", incident.Recovery, 1)
		w.pass(24 * time.Hour)
		w.want("ona [1 fault]", "ona [1 recovery]")
		if w.arrived[1].Thread != w.arrived[0].MessageID {
			t.Error("the thread is lost")
		}
	})
}

func TestAddTakesOnlyWhatIsStoredAndUnsent(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.out.Add(w.out.Rows([]incident.Owed{{Contact: "ona", Kind: incident.Fault, Incident: incident.Incident{ID: 9, Seen: t0}}}, t0))
	w.step()
	w.want()
	w.owe("ona", incident.Fault, 1)
	w.step()
	again := w.out.Rows(w.owed, w.now.Add(time.Hour))
	if err := w.store.CommitIncidents(nil, again); err != nil {
		t.Fatal(err)
	}
	w.out.Add(again)
	w.step()
	w.want("ona [1 fault]")
}

func TestTheClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{48 * time.Hour, -48 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			w := world0(t, outbox.Options{})
			w.answer = always(refusesEarly)
			w.owe("ona", incident.Fault, 1)
			w.pass(time.Hour)
			w.now = w.now.Add(jump)
			w.step()
			w.owe("ona", incident.Fault, 2)
			w.answer = nil
			w.pass(16 * time.Minute)
			if len(w.arrived) == 0 {
				t.Error("nothing came")
			}
			w.hold(1)
		})
	}
}

func TestOldRowsArePruned(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.owe("ona", incident.Fault, 1) // stays open
	w.owe("ona", incident.Fault, 2)
	w.owe("ona", incident.Recovery, 2)
	w.owe("ona", incident.Fault, 3)
	w.step()
	w.answer = func(d outbox.Delivery) answer {
		if d.Items[0].Incident.ID == 3 {
			return refusesEarly
		}
		return takes
	}
	w.owe("ona", incident.Recovery, 3) // unsent for long
	w.pass(31 * 24 * time.Hour)
	for id, want := range map[incident.ID]int{1: 1, 2: 0, 3: 2} {
		rows, err := w.store.IncidentRows(id)
		if err != nil || len(rows) != want {
			t.Errorf("incident %d has %d rows, want %d (%v)", id, len(rows), want, err)
		}
	}
	w.answer = nil
	w.pass(time.Hour)
	if last := w.arrived[len(w.arrived)-1]; items(last.Delivery) != "[3 recovery]" || last.Thread == "" {
		t.Errorf("got %q, which answers %q", items(last.Delivery), last.Thread)
	}
}

func TestALongErrorIsCut(t *testing.T) {
	w := world0(t, outbox.Options{})
	w.opts.Contacts = []string{"ona"}
	w.answer = always(refusesEarly)
	w.owe("ona", incident.Fault, 1)
	w.step()
	if n := len(w.row(1, incident.Fault, "ona").LastError); n == 0 || n > outbox.MaxLastError {
		t.Errorf("%d bytes", n)
	}
}
