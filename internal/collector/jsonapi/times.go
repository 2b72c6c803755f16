package jsonapi

import (
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/journal"
)

// Bounds of one answer about times.
const (
	maxTimes   = 20_000 // incidents
	maxRounds  = 500    // of searching
	roundTimes = 500    // incidents of a round
)

// spreadAnswer is how some lengths of time are spread.
type spreadAnswer struct {
	Count  int     `json:"count"`
	Median float64 `json:"median_seconds"`
	P95    float64 `json:"p95_seconds"`
}

type timesLine struct {
	Name      string       `json:"name"`
	Incidents int          `json:"incidents"`
	Symptoms  int          `json:"symptoms"`
	Acked     spreadAnswer `json:"acknowledged_after"`
	Repaired  spreadAnswer `json:"repaired_after"`
}

type timesAnswer struct {
	All     timesLine   `json:"all"`
	Sites   []timesLine `json:"sites"`
	Classes []timesLine `json:"classes"`
	Below   uint64      `json:"below,omitempty"`
}

// incidentTimes answers how long it took with closed incidents.
func (s *server) incidentTimes(r request) (answer, error) {
	since, err := r.moment("since")
	if err != nil {
		return nil, err
	}
	site := r.URL.Query().Get("site")
	q := IncidentQuery{Limit: roundTimes, Match: func(inc incident.Incident) bool {
		return r.sees(inc.Labels["site"]) && inc.State == incident.Closed && (site == "" || inc.Labels["site"] == site) && !inc.Since.Before(since)
	}}
	if site != "" {
		q.Values = []string{site}
	}
	var tally journal.Tally
	found := 0
	for round := 1; ; round++ {
		page, err := s.Incidents.Incidents(r.Context(), q)
		if err != nil {
			return nil, err
		}
		for _, inc := range page.Incidents {
			tally.Add(inc)
		}
		found += len(page.Incidents)
		if q.Before = page.Next; page.Next == 0 || found >= maxTimes || round >= maxRounds {
			break
		}
	}
	times := tally.Times()
	return timesAnswer{All: lineOf(times.All), Sites: linesOf(times.Sites), Classes: linesOf(times.Classes), Below: uint64(q.Before)}, nil
}

func linesOf(lines []journal.Line) []timesLine {
	out := []timesLine{}
	for _, l := range lines {
		out = append(out, lineOf(l))
	}
	return out
}

func lineOf(l journal.Line) timesLine {
	spread := func(s journal.Spread) spreadAnswer {
		return spreadAnswer{s.Count, s.Median.Seconds(), s.P95.Seconds()}
	}
	return timesLine{l.Name, l.Incidents, l.Symptoms, spread(l.Acknowledged), spread(l.Repaired)}
}
