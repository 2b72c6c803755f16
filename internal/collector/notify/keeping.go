package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/silence/silencepb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Errors of the silences that callers branch on.
var (
	ErrNoSilence      = errors.New("there is no silence with this ID")
	ErrSilenceInvalid = errors.New("the silence cannot be")
	ErrSilenceOver    = errors.New("the silence is over")
	ErrSilencesFull   = errors.New("there are as many silences as are allowed; those that are over are forgotten after a month")
)

// siteLabel is the label that says whose an alert is.
const siteLabel = "site"

// Matcher is one condition on a label of an alert.
type Matcher struct {
	Name, Value string
	Regex       bool // Value is a regular expression that must match the whole
	Negative    bool // the condition is that it does not match
}

// Equal is the matcher of exactly one value.
func Equal(name, value string) Matcher { return Matcher{Name: name, Value: value} }

// Sign is how the condition is written between name and value: =, !=, =~ or !~.
func (m Matcher) Sign() string {
	switch {
	case m.Regex && m.Negative:
		return "!~"
	case m.Regex:
		return "=~"
	case m.Negative:
		return "!="
	default:
		return "="
	}
}

// String writes the matcher as Alertmanager's programs do.
func (m Matcher) String() string { return m.Name + m.Sign() + strconv.Quote(m.Value) }

// NamesOneSite reports whether all matchers together speak of exactly one of
// the sites and say so by equality. It is the rule for everybody who sees some
// sites only, wherever they come from: they see, make and end no silence for
// which it does not hold, since such a silence reaches beyond their sites. No
// sites means all, for which every silence will do.
func NamesOneSite(matchers []Matcher, sites []string) bool {
	if len(sites) == 0 {
		return true
	}
	named := 0
	for _, m := range matchers {
		if m.Name != siteLabel {
			continue
		}
		if m.Regex || m.Negative || !slices.Contains(sites, m.Value) {
			return false
		}
		named++
	}
	return named == 1
}

// Silence is one silence: alerts that all matchers of one of its sets match are
// told to nobody between its two moments.
type Silence struct {
	ID           string
	Sets         [][]Matcher // Budi makes one set; Alertmanager's API may give more
	Starts, Ends time.Time
	By, Comment  string

	// Planned is when a silence that was ended by End was to end; zero for others.
	Planned time.Time
}

// Of reports whether somebody who sees these sites only may see and change the
// silence; see NamesOneSite.
func (s Silence) Of(sites []string) bool {
	return len(s.Sets) > 0 && !slices.ContainsFunc(s.Sets, func(set []Matcher) bool { return !NamesOneSite(set, sites) })
}

// SilenceState says where a silence stands at a moment.
type SilenceState string

// The states, in Alertmanager's words.
const (
	SilenceActive  SilenceState = "active"
	SilencePending SilenceState = "pending" // it begins later
	SilenceExpired SilenceState = "expired"
)

// State says where the silence stands.
func (s Silence) State(now time.Time) SilenceState {
	switch {
	case !now.Before(s.Ends):
		return SilenceExpired
	case now.Before(s.Starts):
		return SilencePending
	default:
		return SilenceActive
	}
}

// The annotations that keep what a silence was to be when it is ended early:
// Alertmanager overwrites both moments then.
const (
	plannedStart = "budi_planned_start"
	plannedEnd   = "budi_planned_end"
)

// List returns all silences that are not forgotten, in the order of their ends,
// the last one first.
func (s *Silences) List(ctx context.Context) ([]Silence, error) {
	found, _, err := s.inner.Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("list silences: %w", err)
	}
	out := make([]Silence, len(found))
	for i, f := range found {
		out[i] = silenceOf(f)
	}
	slices.SortFunc(out, func(a, b Silence) int { return cmp.Or(b.Ends.Compare(a.Ends), strings.Compare(a.ID, b.ID)) })
	return out, nil
}

// Get returns one silence. It fails with ErrNoSilence.
func (s *Silences) Get(ctx context.Context, id string) (Silence, error) {
	found, err := s.stored(ctx, id)
	if err != nil {
		return Silence{}, err
	}
	return silenceOf(found), nil
}

func (s *Silences) stored(ctx context.Context, id string) (*silencepb.Silence, error) {
	found, err := s.inner.QueryOne(ctx, silence.QIDs(id))
	switch {
	case errors.Is(err, silence.ErrNotFound), err == nil && found == nil:
		return nil, fmt.Errorf("find silence %s: %w", id, ErrNoSilence)
	case err != nil:
		return nil, fmt.Errorf("find silence %s: %w", id, err)
	}
	return found, nil
}

// Begin makes a silence, which is in the file when it returns, and gives its
// ID. A start that is zero or past is now. It fails with ErrSilenceInvalid and
// ErrSilencesFull.
func (s *Silences) Begin(ctx context.Context, n Silence) (string, error) {
	stored := &silencepb.Silence{CreatedBy: n.By, Comment: n.Comment, EndsAt: timestamppb.New(n.Ends)}
	if !n.Starts.IsZero() {
		stored.StartsAt = timestamppb.New(n.Starts)
	}
	for _, set := range n.Sets {
		stored.MatcherSets = append(stored.MatcherSets, &silencepb.MatcherSet{Matchers: storedMatchers(set)})
	}
	if err := s.set(ctx, stored); err != nil {
		return "", fmt.Errorf("begin a silence: %w", err)
	}
	return stored.Id, s.Save()
}

// set stores a silence under the limits; a new one gets its ID.
func (s *Silences) set(ctx context.Context, stored *silencepb.Silence) error {
	if err := s.inner.Set(ctx, stored); err != nil {
		// Alertmanager tells its errors apart by text only; that of a full house
		// is told from the number.
		if all, _, queryErr := s.inner.Query(ctx); queryErr == nil && len(all) >= s.max {
			return fmt.Errorf("%w: %w", ErrSilencesFull, err)
		}
		return fmt.Errorf("%w: %w", ErrSilenceInvalid, err)
	}
	return nil
}

// End ends a silence now, whether it has begun or not. It remembers what the
// silence was to be, for Again. It fails with ErrNoSilence and ErrSilenceOver.
func (s *Silences) End(ctx context.Context, id string) error {
	stored, err := s.stored(ctx, id)
	if err != nil {
		return err
	}
	if silenceOf(stored).State(time.Now()) == SilenceExpired {
		return fmt.Errorf("end silence %s: %w", id, ErrSilenceOver)
	}
	if stored.Annotations == nil {
		stored.Annotations = map[string]string{}
	}
	stored.Annotations[plannedStart] = stored.StartsAt.AsTime().Format(time.RFC3339Nano)
	stored.Annotations[plannedEnd] = stored.EndsAt.AsTime().Format(time.RFC3339Nano)
	if err := s.set(ctx, stored); err != nil {
		return fmt.Errorf("end silence %s: %w", id, err)
	}
	if err := s.inner.Expire(ctx, stored.Id); err != nil {
		return fmt.Errorf("end silence %s: %w", id, err)
	}
	return s.Save()
}

// Again takes End back: it begins a silence like the one that was ended, until
// the moment at which that one was to end, and gives its ID. It fails with
// ErrNoSilence, and with ErrSilenceOver when that moment has passed or was not
// ended by End.
func (s *Silences) Again(ctx context.Context, id, by string) (string, error) {
	stored, err := s.stored(ctx, id)
	if err != nil {
		return "", err
	}
	again := silenceOf(stored)
	if again.State(time.Now()) != SilenceExpired {
		return id, nil // it goes on
	}
	starts, startErr := time.Parse(time.RFC3339Nano, stored.Annotations[plannedStart])
	if startErr != nil || !time.Now().Before(again.Planned) {
		return "", fmt.Errorf("begin silence %s again: %w", id, ErrSilenceOver)
	}
	again.Starts, again.Ends, again.By = starts, again.Planned, by
	return s.Begin(ctx, again)
}

func silenceOf(stored *silencepb.Silence) Silence {
	out := Silence{ID: stored.Id, Starts: stored.StartsAt.AsTime(), Ends: stored.EndsAt.AsTime(), By: stored.CreatedBy, Comment: stored.Comment}
	if planned, err := time.Parse(time.RFC3339Nano, stored.Annotations[plannedEnd]); err == nil {
		out.Planned = planned
	}
	for _, set := range stored.MatcherSets {
		var matchers []Matcher
		for _, m := range set.Matchers {
			matchers = append(matchers, Matcher{
				Name: m.Name, Value: m.Pattern,
				Regex:    m.Type == silencepb.Matcher_REGEXP || m.Type == silencepb.Matcher_NOT_REGEXP,
				Negative: m.Type == silencepb.Matcher_NOT_EQUAL || m.Type == silencepb.Matcher_NOT_REGEXP,
			})
		}
		out.Sets = append(out.Sets, matchers)
	}
	return out
}

func storedMatchers(set []Matcher) []*silencepb.Matcher {
	out := make([]*silencepb.Matcher, len(set))
	for i, m := range set {
		kind := silencepb.Matcher_EQUAL
		switch {
		case m.Regex && m.Negative:
			kind = silencepb.Matcher_NOT_REGEXP
		case m.Regex:
			kind = silencepb.Matcher_REGEXP
		case m.Negative:
			kind = silencepb.Matcher_NOT_EQUAL
		}
		out[i] = &silencepb.Matcher{Type: kind, Name: m.Name, Pattern: m.Value}
	}
	return out
}
