package web

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/fleet"
)

// TopologyView tells what hangs on what. It is safe for concurrent use. The
// context carries who asks (access.FromContext): whoever sees some sites only is
// shown things of those, and of none.
type TopologyView interface {
	// Topology gathers the tree, or the part of it below one thing when at is
	// its ID. It fails with ErrNotFound when there is no such thing.
	Topology(ctx context.Context, at string) (TopologyPage, error)
}

// MaxBranches bounds the things of one page of the tree.
const MaxBranches = 180

// ThingState is how a thing is, as far as the incidents say.
type ThingState string

// The states, the worst first.
const (
	ThingDown    ThingState = "down"    // broken, and nothing above it explains that
	ThingUnknown ThingState = "unknown" // what it hangs on is broken: nobody knows
	ThingTrouble ThingState = "trouble" // it works, and something is wrong with it
	ThingFine    ThingState = "fine"    // nothing is known against it
)

// Thing is something that things hang on, or that hangs on things.
type Thing struct {
	ID, Name string
	Kind     string // computer, switch, website …; others are shown as they are
	Class    fleet.Class
	Path     string // its page; "" when it has none
	State    ThingState
	Incident incident.ID // that says so; 0: none
	Because  []Reference // of ThingUnknown: what is broken
	Implied  bool        // that the other hangs on it follows from what is looked at: nobody declared it
	Learnt   bool        // switches tell that the other hangs on it
	Port     string      // at which port; empty: not known
}

// Reference names a thing, or an incident, somewhere else.
type Reference struct{ Name, Path string }

// KindCount is how many things there are of a kind.
type KindCount struct {
	Kind string
	N    int
}

// Branch is a thing and what hangs on it.
type Branch struct {
	Thing
	Also     []Reference // what it hangs on besides the branch that it is shown in
	Below    int         // things that hang on it, also through others
	Broken   int         // of them, and it, not fine
	Children []Branch
	Folded   []KindCount // what hangs on it, also through others, and is not shown
}

// TopologyPage is the tree.
type TopologyPage struct {
	At       *Thing      // of which a part is shown; nil: all
	Above    []Reference // of At: what it hangs on
	Roots    []Branch
	Things   int // in the tree
	Down     int
	Unknown  int
	Loose    []KindCount // things that hang on nothing, and nothing on them
	Problems []HangProblem
	Hidden   int // problems that found no room
}

// HangProblem is something that is declared and left out.
type HangProblem struct {
	Thing  Reference
	Need   string // that nothing has; "" when the thing would hang on itself
	Circle string // the way back to itself
}

// Hanging is what one thing hangs on, and what hangs on it.
type Hanging struct {
	On      []HangGroup
	Below   []Thing     // that hang on it directly, the first of them
	Counts  []KindCount // all that hangs on it, also through others
	Because []Reference // incidents that explain that it does not answer
	Tree    string      // its part of the tree; "" when there is none
}

// HangGroup is what a thing needs: of a group any one is enough, but of needs
// each.
type HangGroup struct {
	Key    string // parents, power, runs_on or needs
	Things []Thing
}

// None reports whether the thing stands for itself.
func (h Hanging) None() bool { return len(h.On) == 0 && len(h.Below) == 0 }
