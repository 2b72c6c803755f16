package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/sim/smtp"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// TestKilledBetweenRuleAndMail kills the collector at random instants between
// the moment at which a website goes down and the mail server's answer, again
// and again. BUDI_KILLS says how often (default 6; `make test-real` takes 200,
// shared by as many installations as run beside each other).
func TestKilledBetweenRuleAndMail(t *testing.T) {
	kills, workers := 6, 2
	if v := os.Getenv("BUDI_KILLS"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			t.Fatalf("BUDI_KILLS is %q: write a number", v)
		}
		kills, workers = n, min(n, 8)
	}
	for worker := range workers {
		share := kills / workers
		if worker < kills%workers {
			share++
		}
		t.Run(fmt.Sprint("installation ", worker), func(t *testing.T) {
			t.Parallel()
			killed(t, share, rand.New(rand.NewPCG(uint64(worker), 2026)))
		})
	}
}

func killed(t *testing.T, kills int, random *rand.Rand) {
	w := newWorld(t, "www")
	w.start()
	site := w.sites["www"]
	answered := 0 // kills that came after the mail server had taken the mail
	for round := range kills {
		w.eventually("the website to be seen working", func() error {
			if got := w.query(`probe_success`)["www"]; got != "1" {
				return fmt.Errorf("probe_success is %q", got)
			}
			return nil
		})
		samples := w.query(`count_over_time(probe_success[1h])`)["www"]
		w.mail.Forget()

		// Half of the kills aim at the transfer of the mail itself: the server
		// holds its answer in a random state, so that there is time to hit it.
		// The others come at any time from the first failed look on.
		aimed := random.IntN(2) == 0
		if aimed {
			states := smtp.States()
			w.mail.Misbehave(states[random.IntN(len(states)-1)], smtp.Stall())
		}
		site.Down()
		instant := 3500 * time.Millisecond
		if aimed {
			w.waitIncident("www", func(i incident) bool { return i.State == "open" })
			instant = 150 * time.Millisecond
		}
		time.Sleep(time.Duration(random.Int64N(int64(instant)))) // the random instant
		w.kill()
		w.mail.Behave()
		if len(w.mail.Messages()) > 0 {
			answered++
		}

		w.start()
		if now := w.query(`count_over_time(probe_success[1h])`)["www"]; number(t, now) < number(t, samples) {
			t.Errorf("round %d: %s samples were visible before the kill, %s are after", round, samples, now)
		}
		w.waitMails(1)
		w.idle()
		faults := w.mail.Messages()
		if len(faults) < 1 || len(faults) > 2 {
			t.Fatalf("round %d: the fault was mailed %d times", round, len(faults))
		}
		if len(faults) == 2 && faults[0].ID() != faults[1].ID() {
			t.Fatalf("round %d: two mails with different Message-IDs: %s, %s", round, faults[0].ID(), faults[1].ID())
		}

		if err := site.Up(); err != nil {
			t.Fatal(err)
		}
		site.Set(website.Page("<h1>Labas</h1>"))
		all := w.waitMails(len(faults) + 1)
		recovery := all[len(all)-1]
		if recovery.ID() == faults[0].ID() {
			t.Fatalf("round %d: instead of the recovery the fault was mailed again", round)
		}
		sameThread(t, faults[0], recovery)
		w.idle()
		if n := len(w.mail.Messages()); n != len(faults)+1 {
			t.Fatalf("round %d: %d mails for one fault and one recovery", round, n)
		}
	}
	t.Logf("%d kills, %d of them after the mail server had taken the mail", kills, answered)
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("%q is no number", s)
	}
	return n
}
