package digest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// Month sums up a month's incidents.
type Month struct {
	Name      string `json:"name"`      // 2006-01
	Incidents int    `json:"incidents"` // that began in it, without what others explain
	Symptoms  int    `json:"symptoms"`  // what they explained: mails that were not sent

	Causes []Cause `json:"causes,omitempty"` // the most frequent first

	Acknowledged Times `json:"acknowledged"` // from the first word to the acknowledgement
	Repaired     Times `json:"repaired"`     // from the beginning to the end
	Never        int   `json:"never"`        // ended without having been acknowledged
	Still        int   `json:"still"`        // not over at the month's end

	Checks []Availability `json:"checks,omitempty"` // the worst first
	Waited Waited         `json:"waited"`
}

// Cause counts how often one fault came.
type Cause struct {
	Incident incident.Incident `json:"incident"` // the last of them; without notes
	Count    int               `json:"count"`
	Lasted   time.Duration     `json:"lasted"` // all together, within the month
}

// Times sums up lengths of time.
type Times struct {
	Count   int           `json:"count"`
	Median  time.Duration `json:"median"`
	Longest time.Duration `json:"longest"`
}

// Availability is how a check fared.
type Availability struct {
	Check string `json:"check"`
	Name  string `json:"name"`
	Site  string `json:"site,omitempty"`

	// Seconds. Unknown counts neither for nor against.
	Up, Down, Unknown, Maintenance int64
}

// Share is the part of the known time in which the check was up, from 0 to 1;
// ok is false when nothing is known.
func (a Availability) Share() (share float64, ok bool) {
	known := a.Up + a.Down
	if known <= 0 {
		return 0, false
	}
	return float64(a.Up) / float64(known), true
}

// Waited counts mails that a mail server did not take at once.
type Waited struct {
	Mails   int           `json:"mails"`
	Longest time.Duration `json:"longest"`
}

// summarise makes the summary of a month.
func summarise(due Due, facts Facts) Month {
	m := Month{Name: due.From.Format(monthForm), Waited: facts.Waited}
	causes := map[incident.Key]*Cause{}
	var acknowledged, repaired []time.Duration
	for _, inc := range facts.Incidents {
		if inc.Since.Before(due.From) || !inc.Since.Before(due.To) {
			continue
		}
		if len(inc.Because) > 0 {
			m.Symptoms++
			continue
		}
		if inc.Opened.IsZero() {
			continue // silenced, or over before anybody was told
		}
		m.Incidents++
		over := inc.State == incident.Closed && inc.Ended.Before(due.To)
		end := due.To
		switch {
		case over:
			end = inc.Ended
			if inc.EndReason == incident.Recovered {
				repaired = append(repaired, end.Sub(inc.Since))
			}
		default:
			m.Still++
		}
		if at := acked(inc); !at.IsZero() {
			acknowledged = append(acknowledged, max(0, at.Sub(inc.Opened)))
		} else if over {
			m.Never++
		}
		c := causes[inc.Key]
		if c == nil {
			c = &Cause{}
			causes[inc.Key] = c
		}
		c.Count += max(1, times(inc, due.From, due.To))
		c.Lasted += end.Sub(inc.Since)
		if inc.ID > c.Incident.ID {
			c.Incident = plain(inc)
		}
	}
	for _, c := range causes {
		m.Causes = append(m.Causes, *c)
	}
	slices.SortFunc(m.Causes, func(a, b Cause) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.Lasted, a.Lasted), strings.Compare(string(a.Incident.Key), string(b.Incident.Key)))
	})
	m.Acknowledged, m.Repaired = sum(acknowledged), sum(repaired)
	m.Checks = slices.Clone(facts.Checks)
	slices.SortFunc(m.Checks, func(a, b Availability) int {
		x, known := a.Share()
		y, other := b.Share()
		if known != other { // of what nothing is known, last
			if known {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a.Name, b.Name), strings.Compare(a.Check, b.Check))
	})
	return m
}

// acked is when somebody first took an incident up; zero: nobody did.
func acked(inc incident.Incident) time.Time {
	var first time.Time
	if inc.Acked != nil {
		first = inc.Acked.At
	}
	for _, n := range inc.Notes {
		if n.Kind == incident.Acknowledged && (first.IsZero() || n.At.Before(first)) {
			first = n.At
		}
	}
	return first
}

func sum(d []time.Duration) Times {
	if len(d) == 0 {
		return Times{}
	}
	slices.Sort(d)
	return Times{Count: len(d), Median: d[len(d)/2], Longest: d[len(d)-1]}
}
