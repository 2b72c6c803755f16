package statuspage

import (
	"cmp"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/collector/availability"
)

// State is how a component is. The zero State is Unknown.
type State int

// The states, in the order in which they win over each other where a component
// is made of several things.
const (
	Unknown State = iota
	Operational
	InMaintenance
	Trouble
)

// String names the state as texts and style sheets do.
func (s State) String() string {
	switch s {
	case Operational:
		return "good"
	case InMaintenance:
		return "maintenance"
	case Trouble:
		return "trouble"
	default:
		return "unknown"
	}
}

// ShownDays is how many days the bars show, today included.
const ShownDays = 90

// shownPast is how long what is over is shown.
const shownPast = 14 * 24 * time.Hour

// Bounds of what is shown of what people wrote, so that a page stays small.
const (
	shownPosts   = 20 // of faults, of maintenance, and of what is over
	shownUpdates = 10 // of a post, the newest
	fedUpdates   = 5  // the same in a feed
)

// Snapshot is all that a page is made of, at one moment.
type Snapshot struct {
	Page  Page
	Posts []Post // of this page, in any order
	Now   time.Time
	Zone  *time.Location
	Demo  bool // everything is made up, and the page says so

	// Seen is what is known of each component, by its ID. One of which there is
	// nothing, because what it was made of was removed, is not shown.
	Seen map[string]Seen
}

// Seen is what is known of a component.
type Seen struct {
	State State
	Days  map[availability.Date]availability.Day // those of which something is kept
}

// Join makes one of what is known of each of several things: the worst state of
// now, and of each day that of the thing that was down longest. What is not known
// of one thing counts only where nothing is known of the others either.
func Join(things []Seen) Seen {
	out := Seen{Days: map[availability.Date]availability.Day{}}
	for _, t := range things {
		out.State = max(out.State, t.State)
		for date, day := range t.Days {
			if had, ok := out.Days[date]; !ok || worse(day, had) > 0 {
				out.Days[date] = day
			}
		}
	}
	return out
}

func worse(a, b availability.Day) int {
	return cmp.Or(cmp.Compare(a.Down, b.Down), cmp.Compare(a.Maintenance.Total(), b.Maintenance.Total()), cmp.Compare(a.Up, b.Up))
}

// Line is a component that is shown, and how it is.
type Line struct {
	Component
	State State
}

// Lines lists the components of which something is known, with what people wrote
// taken into account.
func (s Snapshot) Lines() []Line {
	var out []Line
	for _, c := range s.Page.Components {
		if _, seen := s.Seen[c.ID]; seen {
			out = append(out, Line{c, s.state(c)})
		}
	}
	return out
}

// Overall is how everything is together.
func (s Snapshot) Overall() State {
	_, tone := s.overall(s.Lines())
	return tone
}

// Told lists the posts that are shown: incidents, maintenance, and what is over.
func (s Snapshot) Told() []Post { return slices.Concat(s.posts()) }

// state is how a component is, what people wrote included.
func (s Snapshot) state(c Component) State {
	state := s.Seen[c.ID].State
	for _, p := range s.Posts {
		if p.At(s.Now) != UnderWay || !slices.Contains(p.Components, c.ID) {
			continue
		}
		if p.Kind == Maintenance {
			state = InMaintenance // when it does not answer, that was announced
		}
	}
	for _, p := range s.Posts {
		if p.Kind == Incident && p.Impact != NoImpact && p.At(s.Now) == UnderWay && slices.Contains(p.Components, c.ID) {
			state = Trouble
		}
	}
	return state
}

// overall is the one line about everything: the key of its text, and its tone.
func (s Snapshot) overall(lines []Line) (key string, tone State) {
	count := map[State]int{}
	for _, l := range lines {
		count[l.State]++
	}
	spoken := slices.ContainsFunc(s.Posts, func(p Post) bool {
		return p.Kind == Incident && p.Impact != NoImpact && p.At(s.Now) == UnderWay
	})
	switch {
	case count[Trouble] > 1 && count[Trouble] == len(lines):
		return "all_trouble", Trouble
	case count[Trouble] > 0 || spoken:
		return "trouble", Trouble
	case len(lines) == 0:
		return "empty", Unknown
	case count[InMaintenance] > 0:
		return "maintenance", InMaintenance
	case count[Unknown] == len(lines):
		return "unknown", Unknown
	case count[Unknown] > 0:
		return "partly_unknown", Unknown
	default:
		return "good", Operational
	}
}

// posts sorts out what is shown: what is under way and to come, the next thing
// first, and what is over, the newest first.
func (s Snapshot) posts() (incidents, maintenance, past []Post) {
	for _, p := range s.Posts {
		switch phase := p.At(s.Now); {
		case phase == Over && s.Now.Sub(cmp.Or(p.Ended(), p.Changed())) <= shownPast:
			past = append(past, p)
		case phase == Over:
		case p.Kind == Maintenance:
			maintenance = append(maintenance, p)
		default:
			incidents = append(incidents, p)
		}
	}
	slices.SortFunc(incidents, func(a, b Post) int { return cmp.Or(b.Began().Compare(a.Began()), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(maintenance, func(a, b Post) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(past, func(a, b Post) int { return cmp.Or(b.Ended().Compare(a.Ended()), cmp.Compare(a.ID, b.ID)) })
	first := func(posts []Post) []Post { return posts[:min(len(posts), shownPosts)] }
	return first(incidents), first(maintenance), first(past)
}
