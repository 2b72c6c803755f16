package boltstore_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/look"
)

var t0 = time.Date(2026, 9, 1, 7, 30, 0, 123456789, time.UTC)

func open(t *testing.T, path string) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, boltstore.Options{LockWait: 100 * time.Millisecond, Now: func() time.Time { return t0 }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func fault(id incident.ID) incident.Incident {
	return incident.Incident{
		ID: id, Key: incident.Key(fmt.Sprintf("SiteDown,check=%q", fmt.Sprint("www", id))), Rule: "SiteDown",
		Severity: incident.Critical, Told: incident.Critical,
		Labels: map[string]string{"check": fmt.Sprint("www", id), "site": "Mažeikių biblioteka"}, Annotations: map[string]string{"summary": "Svetainė neveikia"},
		Value: 0.25, Problem: &look.Problem{Code: "refused", Args: map[string]string{"address": "192.0.2.1:443"}, Detail: "connection refused"},
		State: incident.Open, Evidence: incident.Firing, Since: t0, Seen: t0, Opened: t0, Turned: t0, LastFired: t0,
		Notified: map[string]time.Time{"ona": t0}, Acked: &incident.Ack{By: "ona", At: t0, Comment: "einu žiūrėti"},
	}
}

func over(id incident.ID) incident.Incident {
	inc := fault(id)
	inc.State, inc.Evidence, inc.Ended, inc.EndReason = incident.Closed, incident.Cleared, t0.Add(time.Hour), incident.Recovered
	return inc
}

func row(id incident.ID, kind incident.Kind, state outbox.State) outbox.Row {
	r := outbox.Row{
		ID: fmt.Sprintf("%d/%s/ona", id, kind), Contact: "ona", Kind: kind, Incident: fault(id), State: state, OwedAt: t0,
		NextTry: t0.Add(time.Minute), Attempts: 2, Uncertain: 1, LastError: "451 vėliau", MessageID: fmt.Sprintf("%d@budi.invalid", id), Thread: "x@budi.invalid",
	}
	if state.Final() {
		r.Finished = t0.Add(time.Minute)
	}
	return r
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func commit(t *testing.T, s *boltstore.Store, incidents []incident.Incident, rows ...outbox.Row) {
	t.Helper()
	if err := s.CommitIncidents(incidents, rows); err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestTheInstallationKeepsItsID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	id := s.Installation()
	if len(id) != 16 {
		t.Fatalf("got %q", id)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if again := open(t, path).Installation(); again != id {
		t.Errorf("got %q, then %q", id, again)
	}
	if other := open(t, filepath.Join(t.TempDir(), "budi.db")).Installation(); other == id {
		t.Error("two installations with one ID")
	}
}

func TestIncidentsComeBackAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "budi.db")
	s := open(t, path)
	if got := must[incident.ID](t)(s.NextIncidentID()); got != 1 {
		t.Errorf("the first incident would be number %d", got)
	}
	odd := fault(3)
	odd.Value = math.NaN()
	endless := over(2)
	endless.Value = math.Inf(-1)
	commit(t, s, []incident.Incident{fault(1), endless, odd}, row(1, incident.Fault, outbox.Due))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	same(t, "open", must[[]incident.Incident](t)(s.OpenIncidents()), []incident.Incident{fault(1), odd})
	same(t, "journal", must[[]incident.Incident](t)(s.Journal(0, 10)), []incident.Incident{endless})
	same(t, "rows", must[[]outbox.Row](t)(s.UnsentRows()), []outbox.Row{row(1, incident.Fault, outbox.Due)})

	commit(t, s, []incident.Incident{over(1)})
	same(t, "open after the end", must[[]incident.Incident](t)(s.OpenIncidents()), []incident.Incident{odd})
	inc, found, err := s.Incident(1)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	same(t, "incident 1", inc, over(1))
	if _, found, err := s.Incident(77); found || err != nil {
		t.Errorf("incident 77: %v, %v", found, err)
	}
	if got := must[incident.ID](t)(s.NextIncidentID()); got != 4 {
		t.Errorf("the next incident would be number %d", got)
	}
}

func TestTheJournalIsReadInPages(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "budi.db"))
	var all []incident.Incident
	for id := range incident.ID(300) { // beyond one byte: keys must sort as numbers
		all = append(all, over(id+1))
	}
	commit(t, s, all)
	var got []incident.ID
	for before := incident.ID(0); ; {
		page := must[[]incident.Incident](t)(s.Journal(before, 70))
		if len(page) == 0 {
			break
		}
		for _, inc := range page {
			got = append(got, inc.ID)
		}
		before = page[len(page)-1].ID
	}
	for i, id := range got {
		if id != incident.ID(300-i) {
			t.Fatalf("at %d: incident %d", i, id)
		}
	}
	if len(got) != 300 {
		t.Errorf("%d incidents", len(got))
	}
	if page := must[[]incident.Incident](t)(s.Journal(1000, 1)); len(page) != 1 || page[0].ID != 300 {
		t.Errorf("before a number that is not there yet: %+v", page)
	}
}

func TestIncidentsAndRowsAreOneTransaction(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "budi.db"))
	nameless := fault(0)
	if err := s.CommitIncidents([]incident.Incident{fault(1), nameless}, []outbox.Row{row(1, incident.Fault, outbox.Due)}); err == nil {
		t.Fatal("an incident without a number was stored")
	}
	if got := must[[]incident.Incident](t)(s.OpenIncidents()); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if got := must[[]outbox.Row](t)(s.UnsentRows()); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestARowThatIsStoredIsNotBegunAgain(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "budi.db"))
	for _, state := range []outbox.State{outbox.Sending, outbox.Sent} {
		if err := s.PutRows([]outbox.Row{row(1, incident.Fault, state)}); err != nil {
			t.Fatal(err)
		}
		commit(t, s, nil, row(1, incident.Fault, outbox.Due))
		same(t, string(state), must[[]outbox.Row](t)(s.IncidentRows(1)), []outbox.Row{row(1, incident.Fault, state)})
	}
	if got := must[[]outbox.Row](t)(s.UnsentRows()); len(got) != 0 {
		t.Errorf("sent and unsent at once: %+v", got)
	}
	same(t, "finished", must[[]outbox.Row](t)(s.FinishedRows(10)), []outbox.Row{row(1, incident.Fault, outbox.Sent)})
}

func TestPruningKeepsWhatMayStillBeAnswered(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "budi.db"))
	commit(t, s, []incident.Incident{fault(1), over(2), over(3), over(4)},
		row(1, incident.Fault, outbox.Sent),
		row(2, incident.Fault, outbox.Sent), row(2, incident.Recovery, outbox.Refused),
		row(3, incident.Fault, outbox.Sent), row(3, incident.Recovery, outbox.Due),
		row(4, incident.Fault, outbox.Uncertain))
	if n := must[int](t)(s.PruneRows(t0)); n != 0 {
		t.Errorf("%d rows were removed before their time", n)
	}
	if n := must[int](t)(s.PruneRows(t0.Add(time.Hour))); n != 3 {
		t.Errorf("%d rows were removed, want 3", n)
	}
	for id, want := range map[incident.ID]int{1: 1, 2: 0, 3: 2, 4: 0} {
		if got := must[[]outbox.Row](t)(s.IncidentRows(id)); len(got) != want {
			t.Errorf("incident %d has %d rows, want %d", id, len(got), want)
		}
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "budi.db"))
	if err := s.DailyCopy(t0); err != nil {
		t.Fatal(err)
	}
	for _, e := range must[[]os.DirEntry](t)(os.ReadDir(dir)) {
		if info := must[os.FileInfo](t)(e.Info()); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %s", e.Name(), info.Mode())
		}
	}
}

func TestTheSizeIsAMetric(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "budi.db"), boltstore.Options{Registerer: registry})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	want := fmt.Sprintf("# HELP budi_store_size_bytes Size of the file budi.db.\n# TYPE budi_store_size_bytes gauge\nbudi_store_size_bytes %d\n", s.Size())
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil || s.Size() == 0 {
		t.Error(s.Size(), err)
	}
}
