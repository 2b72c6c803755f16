package settings

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/probe"
)

// SelfTarget as a check's target means the collector's own page, wherever it
// listens.
const SelfTarget = "self"

// The interval of a check.
const (
	DefaultInterval = time.Minute
	MinInterval     = time.Second
	MaxInterval     = 24 * time.Hour
)

// Check is one website or service to look at. In the configuration file it is an
// element of "checks".
type Check struct {
	ID         string        `yaml:"id" json:"id"`                       // label "check"; never changes
	Name       string        `yaml:"name" json:"name,omitempty"`         // for people; empty: the ID
	Site       string        `yaml:"site" json:"site,omitempty"`         // label "site"; empty: the collector's own
	Paused     bool          `yaml:"paused" json:"paused,omitempty"`     // not looked at for the time being
	Interval   time.Duration `yaml:"interval" json:"interval,omitempty"` // 0 means DefaultInterval
	probe.Spec `yaml:",inline"`

	Website  Website      `yaml:"website" json:"website,omitzero"`    // of a website: what else is watched
	Job      Job          `yaml:"job" json:"job,omitzero"`            // of a job: when it has to call
	Domain   domain.Terms `yaml:"domain" json:"domain,omitzero"`      // of a domain: what is right for it
	Vantages []string     `yaml:"vantages" json:"vantages,omitempty"` // devices whose agents look at it too

	// What it hangs on, by the IDs of package topology.
	Parents   []string `yaml:"parents" json:"parents,omitempty"`       // on the way to it; any one is enough
	RunsOn    []string `yaml:"runs_on" json:"runs_on,omitempty"`       // its hosts; any one is enough
	DependsOn []string `yaml:"depends_on" json:"depends_on,omitempty"` // each of these

	// Of a check that was added in the console.
	Created time.Time `yaml:"-" json:"created,omitzero"`
	Changed time.Time `yaml:"-" json:"changed,omitzero"`
	By      string    `yaml:"-" json:"by,omitempty"`     // who changed it last, as in the audit record
	Removed time.Time `yaml:"-" json:"removed,omitzero"` // zero: it is there
}

// Website says what else is watched of a website than whether it answers.
type Website struct {
	Security bool `yaml:"security" json:"security,omitempty"` // certificate, headers, cookies, files that must not be public; each day
	Content  bool `yaml:"content" json:"content,omitempty"`   // the page, held against the one that was approved; every 15 minutes
	Links    bool `yaml:"links" json:"links,omitempty"`       // a crawl for links that are broken; each week
}

// MaxHangs bounds each list of what a check hangs on.
const MaxHangs = 20

// Title is what people call the check.
func (c Check) Title() string { return cmp.Or(c.Name, c.ID) }

// Every is how often the check is made.
func (c Check) Every() time.Duration { return cmp.Or(c.Interval, UsualInterval(c.Kind())) }

// Within is how long one look may take.
func (c Check) Within() time.Duration { return cmp.Or(c.Timeout, UsualTimeout(c.Kind())) }

// UsualInterval is how often a check of a kind is made when nobody says.
func UsualInterval(kind string) time.Duration {
	if kind == probe.KindDomain {
		return domain.DefaultInterval
	}
	return DefaultInterval
}

// UsualTimeout is how long a look of a kind may take when nobody says.
func UsualTimeout(kind string) time.Duration {
	if kind == probe.KindDomain {
		return domain.Timeout
	}
	return probe.DefaultTimeout
}

// ShortestInterval is the shortest of a kind.
func ShortestInterval(kind string) time.Duration {
	if kind == probe.KindDomain {
		return domain.MinInterval
	}
	return MinInterval
}

// over reports whether a removed check has been kept for long enough.
func (c Check) over(now time.Time) bool {
	return !c.Removed.IsZero() && now.Sub(c.Removed) > KeepRemoved
}

// Check finds a check, also one that was removed lately.
func (s Settings) Check(id string) (Check, bool) {
	i, ok := slices.BinarySearchFunc(s.Checks, id, func(c Check, id string) int { return cmp.Compare(c.ID, id) })
	if !ok {
		return Check{}, false
	}
	return s.Checks[i], true
}

// PutCheck adds a check or changes it: its ID says which. It fails with
// Problems. Within one edit checks stay in the order of their IDs.
func (s *Settings) PutCheck(c Check) error {
	c.Name = strings.TrimSpace(c.Name)
	if problems := c.Problems(); len(problems) > 0 {
		return problems
	}
	i, known := slices.BinarySearchFunc(s.Checks, c.ID, func(c Check, id string) int { return cmp.Compare(c.ID, id) })
	if !known {
		s.Checks = slices.Insert(s.Checks, i, c)
		return nil
	}
	if was := s.Checks[i]; !was.Removed.IsZero() && c.Removed.IsZero() {
		return Problems{problem("id", CodeIDRemoved, "ID", c.ID)}
	}
	c.Created, c.Changed, c.By = s.Checks[i].Created, s.Checks[i].Changed, s.Checks[i].By
	s.Checks[i] = c
	return nil
}

// RemoveCheck takes a check out; it can be restored for KeepRemoved. It fails
// with ErrNotFound.
func (s *Settings) RemoveCheck(id string, now time.Time) error {
	return s.eachCheck(id, func(c *Check) {
		if c.Removed.IsZero() {
			c.Removed = now
		}
	})
}

// RestoreCheck undoes RemoveCheck. It fails with ErrNotFound.
func (s *Settings) RestoreCheck(id string) error {
	return s.eachCheck(id, func(c *Check) { c.Removed = time.Time{} })
}

// PauseCheck stops looking, or looks again. It fails with ErrNotFound.
func (s *Settings) PauseCheck(id string, paused bool) error {
	return s.eachCheck(id, func(c *Check) { c.Paused = paused })
}

func (s *Settings) eachCheck(id string, edit func(*Check)) error {
	i, known := slices.BinarySearchFunc(s.Checks, id, func(c Check, id string) int { return cmp.Compare(c.ID, id) })
	if !known {
		return ErrNotFound
	}
	edit(&s.Checks[i])
	return nil
}

// MakeID makes an ID that is free of what people call a thing; taken says which
// are not. What has no letter or digit becomes "check".
func MakeID(name string, taken func(string) bool) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r): // the hook of ą, the caron of š
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := b.String()
	const (
		room   = 4 // for "-999"
		random = 8 // letters and digits after so many
	)
	id = strings.Trim(id[:min(len(id), fleet.MaxIDLength-room)], "-")
	if id == "" {
		id = "check"
	}
	for n, free := 2, id; ; n++ {
		if !taken(free) {
			return free
		}
		free = id + "-" + strconv.Itoa(n)
		if n > 999 { // a long list of one name must not take long
			free = strings.TrimRight(id[:min(len(id), fleet.MaxIDLength-random-1)], "-") + "-" + strings.ToLower(rand.Text()[:random])
		}
	}
}
