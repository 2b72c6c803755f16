package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// other is the other side of Run: concurrent, and as slow as a test wants.
type other struct {
	handle func(ctx context.Context, d outbox.Delivery, commit func() error) error

	mu      sync.Mutex
	running map[string]bool
	most    int
	arrived []string
}

func (p *other) Deliver(ctx context.Context, d outbox.Delivery, commit func() error) error {
	p.mu.Lock()
	if p.running[d.Contact] {
		p.mu.Unlock()
		panic("two deliveries to one contact at once")
	}
	p.running[d.Contact] = true
	p.most = max(p.most, len(p.running))
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.running, d.Contact)
		p.mu.Unlock()
	}()
	if p.handle != nil {
		if err := p.handle(ctx, d, commit); err != nil {
			return err
		}
	}
	if err := commit(); err != nil {
		return err
	}
	p.mu.Lock()
	p.arrived = append(p.arrived, d.Contact+" "+items(d))
	p.mu.Unlock()
	return nil
}

func (p *other) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.arrived)
}

// running is an outbox that Run drives, in a bubble with its own clock.
type running struct {
	t     *testing.T
	store *boltstore.Store
	out   *outbox.Outbox
	post  *other
	stop  func() // ends Run and waits for it
}

func run(t *testing.T, contacts []string, handle func(ctx context.Context, d outbox.Delivery, commit func() error) error) *running {
	t.Helper()
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "budi.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, store: store, post: &other{handle: handle, running: map[string]bool{}}}
	r.out, err = outbox.Open(store, r.post, outbox.Options{Installation: store.Installation(), Contacts: contacts})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.out.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *running) owe(contact string, id incident.ID) {
	r.t.Helper()
	inc := incident.Incident{ID: id, Key: "R", Rule: "R", State: incident.Open, Seen: time.Now()}
	rows := r.out.Rows([]incident.Owed{{Contact: contact, Kind: incident.Fault, Incident: inc}}, time.Now())
	if err := r.store.CommitIncidents([]incident.Incident{inc}, rows); err != nil {
		r.t.Fatal(err)
	}
	r.out.Add(rows)
}

func (r *running) state(contact string, id incident.ID) outbox.State {
	r.t.Helper()
	rows, err := r.store.IncidentRows(id)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows {
		if row.Contact == contact {
			return row.State
		}
	}
	return "not there"
}

func TestRunSendsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, []string{"ona"}, nil)
		synctest.Wait()
		begin := time.Now()
		for id := range incident.ID(20) {
			r.owe("ona", id+1)
		}
		for r.post.count() < 20 && time.Since(begin) < time.Hour {
			time.Sleep(time.Millisecond)
		}
		if waited := time.Since(begin); waited > time.Second {
			t.Errorf("%d arrived, after %s", r.post.count(), waited)
		}
		r.stop()
	})
}

func TestRunTriesAgainInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		r := run(t, []string{"ona"}, func(context.Context, outbox.Delivery, func() error) error {
			if tries++; tries <= 3 {
				return errors.New("connection refused")
			}
			return nil
		})
		r.owe("ona", 1)
		time.Sleep(80 * time.Second) // at least four fifths of 15 s, 30 s and 60 s
		if n := r.post.count(); n != 0 {
			t.Errorf("%d arrived too soon", n)
		}
		time.Sleep(30 * time.Second)
		if n := r.post.count(); n != 1 {
			t.Errorf("%d arrived", n)
		}
		r.stop()
	})
}

func TestAContactThatHangsHoldsNobodyElseUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		contacts := []string{"hangs"}
		for i := range 9 {
			contacts = append(contacts, fmt.Sprint("contact", i))
		}
		r := run(t, contacts, func(ctx context.Context, d outbox.Delivery, _ func() error) error {
			if d.Contact == "hangs" {
				<-ctx.Done()
				return ctx.Err()
			}
			time.Sleep(time.Second)
			return nil
		})
		for _, c := range contacts {
			r.owe(c, 1)
			r.owe(c, 2)
		}
		time.Sleep(30 * time.Second)
		if n := r.post.count(); n != 18 {
			t.Errorf("%d of 18 arrived", n)
		}
		time.Sleep(10 * time.Minute)
		if s := r.state("hangs", 1); s != outbox.Due {
			t.Errorf("the hanging one is %s: nothing was committed, so it is due", s)
		}
		r.stop()
		if r.post.most > 4 {
			t.Errorf("%d deliveries at once", r.post.most)
		}
	})
}

func TestTheEndOfRunWaitsForWhatIsUnderWay(t *testing.T) {
	t.Run("and takes its answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := run(t, []string{"ona"}, func(ctx context.Context, _ outbox.Delivery, commit func() error) error {
				if err := commit(); err != nil {
					return err
				}
				time.Sleep(8 * time.Second)
				return ctx.Err()
			})
			r.owe("ona", 1)
			time.Sleep(time.Second)
			r.stop()
			if s := r.state("ona", 1); s != outbox.Sent {
				t.Errorf("it is %s", s)
			}
		})
	})
	t.Run("but not for ever", func(t *testing.T) {
		for committed, want := range map[bool]int{true: 1, false: 0} {
			synctest.Test(t, func(t *testing.T) {
				r := run(t, []string{"ona"}, func(ctx context.Context, _ outbox.Delivery, commit func() error) error {
					if committed {
						if err := commit(); err != nil {
							return err
						}
					}
					<-ctx.Done()
					return ctx.Err()
				})
				r.owe("ona", 1)
				time.Sleep(time.Second)
				begin := time.Now()
				r.stop()
				if waited := time.Since(begin); waited != 10*time.Second {
					t.Errorf("waited %s", waited)
				}
				rows, err := r.store.IncidentRows(1)
				if err != nil || len(rows) != 1 {
					t.Fatal(rows, err)
				}
				if rows[0].State != outbox.Due || rows[0].Uncertain != want {
					t.Errorf("committed %v: got %+v", committed, rows[0])
				}
			})
		}
	})
}
