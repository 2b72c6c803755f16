package facts

import (
	"context"
	"errors"
	"sync"
	"time"
)

// queryTimeout bounds one question. It is shorter than kindTimeout, so that a
// kind of which one question is stuck can tell the rest.
const queryTimeout = 10 * time.Second

// errWMIStuck says that WMI still thinks about an earlier question.
var errWMIStuck = errors.New("WMI is stuck in an earlier question")

// worker asks WMI one question at a time and waits for the answer no longer
// than the caller does: WMI itself knows no deadline, and on computers whose
// repository is damaged it never answers. While a question is stuck nothing
// else is asked, so that at most one thread is lost to it.
type worker struct {
	ask func(wmiQuery) ([]wmiRow, error) // may block for ever

	mu    sync.Mutex // guards stuck
	stuck bool       // a question was given up by its caller and has not returned

	turn chan struct{} // holds one token while a question is under way
}

func newWorker(ask func(wmiQuery) ([]wmiRow, error)) *worker {
	return &worker{ask: ask, turn: make(chan struct{}, 1)}
}

// query asks in a goroutine of its own, because COM belongs to a thread (ask
// locks it) and because the goroutine is left behind when it is stuck.
func (w *worker) query(ctx context.Context, q wmiQuery) ([]wmiRow, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	w.mu.Lock()
	stuck := w.stuck
	w.mu.Unlock()
	if stuck {
		return nil, errWMIStuck
	}
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, errWMIStuck
	}
	type answer struct {
		rows []wmiRow
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		a := answer{err: errors.New("WMI: the question ended without an answer")}
		defer func() {
			// All of it within the lock, so that who gives up sees either a question
			// under way or its answer.
			w.mu.Lock()
			defer w.mu.Unlock()
			w.stuck = false
			<-w.turn
			answers <- a
		}()
		a.rows, a.err = w.ask(q)
	}()
	select {
	case a := <-answers:
		return a.rows, a.err
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		select {
		case a := <-answers: // it came at the last moment
			return a.rows, a.err
		default:
		}
		w.stuck = true
		return nil, errors.New("WMI did not answer in time")
	}
}
