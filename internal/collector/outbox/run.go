package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Run sends until ctx ends. Deliveries under way then have Options.Grace to
// finish. It returns nil when all have ended.
func (o *Outbox) Run(ctx context.Context) error {
	// A delivery that is cut off may have arrived: it would be sent twice.
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var deliveries sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		jobs, next := o.look(o.opts.Now())
		for _, j := range jobs {
			deliveries.Go(func() {
				o.send(sending, j, o.opts.Now)
				o.nudge()
			})
		}
		timer.Reset(next.Sub(o.opts.Now()))
		select {
		case <-timer.C:
		case <-o.wake:
		case <-ctx.Done():
		}
	}
	stop := time.AfterFunc(o.opts.Grace, cut)
	defer stop.Stop()
	deliveries.Wait()
	o.record()
	return nil
}

// Step sends what is due at the moment now, one delivery after the other, and
// returns the moment at which to call it again at the latest. It is Run for
// who has another clock.
func (o *Outbox) Step(ctx context.Context, now time.Time) time.Time {
	for {
		jobs, next := o.look(now)
		for _, j := range jobs {
			o.send(ctx, j, func() time.Time { return now })
		}
		if len(jobs) == 0 || ctx.Err() != nil {
			return next
		}
	}
}

// look does what is to be done at a moment besides sending, and plans.
func (o *Outbox) look(now time.Time) ([]*job, time.Time) {
	o.record()
	o.giveUp(now)
	o.prune(now)
	return o.plan(now)
}

// send delivers one job and notes what came of it.
func (o *Outbox) send(ctx context.Context, j *job, now func() time.Time) {
	limited, cancel := context.WithTimeout(ctx, o.opts.Timeout)
	defer cancel()
	thread, err := o.thread(j)
	if err == nil {
		j.delivery.Thread = thread
		err = o.call(limited, j)
	}
	if err != nil && !j.committed && ctx.Err() != nil {
		o.drop(j)
		return
	}
	o.finish(j, err, now())
}

// drop ends a job that the end of Run cut off before anything could arrive.
func (o *Outbox) drop(j *job) {
	o.mu.Lock()
	defer o.mu.Unlock()
	j.queue.busy = false
	o.running--
}

// call hands the job to the Deliverer.
func (o *Outbox) call(ctx context.Context, j *job) (err error) {
	defer func() {
		// One message that cannot be written must not take down the collector,
		// which would be started again only to meet the same message.
		if p := recover(); p != nil {
			o.log.Error("delivering panicked", "contact", j.delivery.Contact, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("deliver: panic: %v", p)
			if j.committed {
				err = fmt.Errorf("%w: %w", ErrUncertain, err)
			}
		}
	}()
	err = o.deliver.Deliver(ctx, j.delivery, func() error { return o.commit(j) })
	if j.committed && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) && !errors.Is(err, ErrPermanent) {
		err = fmt.Errorf("%w: %w", ErrUncertain, err)
	}
	return err
}

// commit notes durably that from now on the message may arrive.
func (o *Outbox) commit(j *job) error {
	if j.committed {
		return nil
	}
	rows := make([]Row, len(j.entries))
	o.mu.Lock()
	for i, e := range j.entries {
		rows[i] = e.Row
		rows[i].State = Sending
		rows[i].Attempts++
		rows[i].MessageID, rows[i].Thread = j.delivery.MessageID, j.delivery.Thread
	}
	// What was sent before must be on the disk no later than what is sent now:
	// else a fault could be sent again after its recovery.
	before := slices.Collect(maps.Values(o.unrecorded))
	o.mu.Unlock()
	if err := o.put(slices.Concat(before, rows)); err != nil {
		return fmt.Errorf("note that a message is being sent: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, e := range j.entries {
		e.Row = rows[i]
	}
	o.recorded(before)
	j.committed = true
	return nil
}

// finish notes what came of a job.
func (o *Outbox) finish(j *job, err error, now time.Time) {
	q := j.queue
	o.mu.Lock()
	switch {
	case err == nil || errors.Is(err, ErrPermanent):
		// The way to the contact works.
		if err == nil && q.failures > 0 {
			o.log.Info("messages go out again", "contact", q.contact, "failures", q.failures)
		}
		q.failures, q.next = 0, time.Time{}
	default:
		q.failures++
		q.textFailed = j.committed
		q.next = now.Add(delay(q.failures, q.contact))
		o.metrics.failed.Inc()
		if q.failures == 1 {
			o.log.Warn("a message could not be sent; it is tried again", "contact", q.contact, "err", err)
		} else {
			o.log.Debug("a message could not be sent again", "contact", q.contact, "failures", q.failures, "err", err)
		}
	}
	rows := make([]Row, len(j.entries))
	for i, e := range j.entries {
		rows[i] = outcome(e, j, err, now)
	}
	o.mu.Unlock()

	// The queue stays busy until this is written, so that what is answered is in
	// the store before its answer goes.
	unwritten := o.put(rows)
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, e := range j.entries {
		e.Row = rows[i]
		if e.State.Final() {
			o.metrics.finished(e.Row)
			if unwritten != nil {
				o.unrecorded[e.ID] = e.Row
			}
		}
	}
	if unwritten != nil {
		o.log.Error("cannot note what became of a message; it is kept in memory", "contact", q.contact, "err", unwritten)
	}
	o.remove(q)
	q.busy = false
	o.running--
}

// outcome returns the entry's row as it is after the job.
func outcome(e *entry, j *job, err error, now time.Time) Row {
	row := e.Row
	if !j.committed {
		row.Attempts++
	}
	row.NextTry = time.Time{}
	if err == nil {
		row.State, row.Finished, row.LastError = Sent, now, ""
		row.MessageID, row.Thread = j.delivery.MessageID, j.delivery.Thread
		return row
	}
	row.LastError = bound(err)
	switch {
	case errors.Is(err, ErrPermanent) && len(j.entries) > 1 && !e.pinned():
		// Perhaps only one of the items is to blame, or the size.
		row.State, row.Alone = Due, true
	case errors.Is(err, ErrPermanent):
		row.State, row.Finished = Refused, now
	case errors.Is(err, ErrUncertain):
		row.Uncertain++
		if row.State = Due; row.Uncertain >= 2 {
			row.State, row.Finished = Uncertain, now
		}
		row.MessageID, row.Thread = j.delivery.MessageID, j.delivery.Thread
	default:
		row.State = Due
	}
	if row.State == Due && !errors.Is(err, ErrPermanent) {
		row.NextTry = j.queue.next
	}
	return row
}

// record writes what could not be written before.
func (o *Outbox) record() {
	o.mu.Lock()
	rows := slices.Collect(maps.Values(o.unrecorded))
	o.mu.Unlock()
	if len(rows) == 0 {
		return
	}
	if err := o.put(rows); err != nil {
		return // told when it began; the metric goes on telling
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.recorded(rows)
}

// recorded forgets rows that are in the store now. The caller holds mu.
func (o *Outbox) recorded(rows []Row) {
	for _, row := range rows {
		delete(o.unrecorded, row.ID)
	}
	if len(rows) > 0 {
		o.log.Info("noted what became of messages earlier", "rows", len(rows))
	}
}

// prune removes old rows from the store once an hour.
func (o *Outbox) prune(now time.Time) {
	o.mu.Lock()
	wait := now.Sub(o.prunedAt)
	due := wait < 0 || wait >= time.Hour
	if due {
		o.prunedAt = now
	}
	o.mu.Unlock()
	if !due {
		return
	}
	if _, err := o.store.PruneRows(now.Add(-o.opts.Keep)); err != nil {
		o.log.Warn("cannot remove old messages from the store", "err", err)
	}
}
