package facts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/wire"
)

// Options configures an Inventory.
type Options struct {
	Logger *slog.Logger // nil discards
}

// Inventory reads what this computer is. It remembers which kinds are stuck
// and which troubles it has told, so keep one per process. Safe for concurrent
// use; concurrent calls wait for each other.
type Inventory struct {
	log    *slog.Logger
	source source
	now    func() time.Time

	mu       sync.Mutex // one inventory at a time; guards troubled
	troubled map[string]bool

	busyMu sync.Mutex // guards busy
	busy   map[string]bool
}

// kindTimeout bounds the reading of each kind, so that one stuck kind leaves
// the others their time.
const kindTimeout = 20 * time.Second

// identityKind names the reading of identity in errors and logs.
const identityKind = "identity"

// source reads one operating system.
type source struct {
	identity func(context.Context) (identity, error)
	kinds    map[string]reader // by name; a kind that the system does not tell is absent
}

// reader reads one kind. Items beside an error are used: the error then says
// what of them is missing. It returns errNotTold, and no items, when this
// computer does not tell.
type reader func(context.Context) ([]look.Item, error)

// errNotTold says that a computer, unlike others with its system, does not
// tell a kind of facts: there is nothing to collect and no error either.
var errNotTold = errors.New("not told by this computer")

// identity is by what a computer is known, whichever kinds are switched off.
type identity struct {
	Machine  wire.Machine
	Server   bool
	Hostname string
}

// New makes an Inventory of this computer.
func New(opts Options) *Inventory {
	return newInventory(opts, systemSource())
}

func newInventory(opts Options, src source) *Inventory {
	inv := &Inventory{log: opts.Logger, source: src, now: time.Now, troubled: map[string]bool{}, busy: map[string]bool{}}
	if inv.log == nil {
		inv.log = slog.New(slog.DiscardHandler)
	}
	inv.log = inv.log.With("component", "facts")
	return inv
}

// Snapshot is what a computer was at a moment.
type Snapshot struct {
	// Sets has one entry for each kind that could be read, in the order of
	// Kinds. A kind that is switched off, that the system does not tell or that
	// could not be read is absent; one of which there is nothing has no items.
	Sets []look.FactSet
	// Machine, Server and Hostname are read whichever kinds are switched off:
	// they are by what the collector knows the computer again.
	Machine  wire.Machine
	Server   bool // the system calls itself a server edition, or the computer a server
	Hostname string
	// Errors says what could not be read, by kind. A kind may be there and in
	// Sets too: then something of it is missing.
	Errors map[string]string
}

// Take reads the computer. Kinds in off are not even read; names that are not
// known are ignored. It returns when ctx ends, or after kindTimeout for each
// stuck kind at the latest, with whatever could be read by then.
func (inv *Inventory) Take(ctx context.Context, off []string) Snapshot {
	inv.mu.Lock()
	defer inv.mu.Unlock()

	snap := Snapshot{Errors: map[string]string{}}
	inv.read(ctx, identityKind, func(ctx context.Context) (func(), error) {
		id, err := inv.source.identity(ctx)
		return func() {
			snap.Machine, snap.Server, snap.Hostname = boundMachine(id.Machine), id.Server, clean(id.Hostname)
		}, err
	}, snap.Errors)
	for _, kind := range Kinds() {
		read := inv.source.kinds[kind.Name]
		if read == nil || slices.Contains(off, kind.Name) {
			continue
		}
		inv.read(ctx, kind.Name, func(ctx context.Context) (func(), error) {
			items, err := read(ctx)
			if err != nil && len(items) == 0 {
				return nil, err
			}
			items, leftOut := bound(items)
			if leftOut != nil {
				err = errors.Join(err, leftOut)
			}
			return func() {
				snap.Sets = append(snap.Sets, look.FactSet{Kind: kind.Name, Time: inv.now().UTC().Truncate(time.Second), Items: items})
			}, err
		}, snap.Errors)
	}
	inv.report(snap.Errors)
	return snap
}

// read calls a reading in a goroutine of its own, which is left behind when it
// does not return in time: system calls cannot be cancelled. What it returns
// is applied here, in the caller's goroutine.
func (inv *Inventory) read(ctx context.Context, kind string, reading func(context.Context) (func(), error), errs map[string]string) {
	type answer struct {
		apply func()
		err   error
	}
	inv.busyMu.Lock()
	stuck := inv.busy[kind]
	inv.busy[kind] = true
	inv.busyMu.Unlock()
	if stuck {
		errs[kind] = "still stuck in an earlier reading"
		return
	}
	ctx, cancel := context.WithTimeout(ctx, kindTimeout)
	defer cancel()
	answers := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			// Answers of odd firmware must not end the process.
			if p := recover(); p != nil {
				a = answer{err: fmt.Errorf("panic: %v", p)}
			}
			inv.busyMu.Lock()
			delete(inv.busy, kind)
			inv.busyMu.Unlock()
			answers <- a
		}()
		a.apply, a.err = reading(ctx)
	}()
	select {
	case a := <-answers:
		if a.apply != nil {
			a.apply()
		}
		if a.err != nil && !errors.Is(a.err, errNotTold) {
			errs[kind] = cut(printable(a.err.Error()), wire.MaxText)
		}
	case <-ctx.Done():
		errs[kind] = "did not answer in time"
	}
}

// report logs kinds whose trouble began or ended.
func (inv *Inventory) report(errs map[string]string) {
	for _, kind := range slices.Sorted(maps.Keys(errs)) {
		if !inv.troubled[kind] {
			inv.log.Warn("cannot read a kind of facts, or not all of it", "kind", kind, "err", errs[kind])
			inv.troubled[kind] = true
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(inv.troubled)) {
		if errs[kind] == "" {
			inv.log.Info("a kind of facts can be read again", "kind", kind)
			delete(inv.troubled, kind)
		}
	}
}
