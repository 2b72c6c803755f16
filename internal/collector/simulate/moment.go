package simulate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Moment is a time of a scenario as it is written; see resolve.
type Moment string

// UnmarshalYAML reads a time as it is written, whatever YAML would make of it.
func (m *Moment) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode || strings.TrimSpace(node.Value) == "" {
		return strictyaml.ValueError(node, wantMoment)
	}
	*m = Moment(strings.TrimSpace(node.Value))
	return nil
}

const wantMoment = `write a time: "2026-09-01 07:30", "07:30" (the first one from there on), "Mon 07:30", "day 2 07:30", "+2h30m" (after the beginning), or RFC 3339 such as 2026-09-01T07:30:00+03:00`

var (
	clockPattern = regexp.MustCompile(`^(?:([A-Za-z]+|day +\d+) +)?(\d{1,2}):(\d{2})(?::(\d{2}))?$`)
	localPattern = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$`)
)

// resolve makes a time of what is written. What is relative counts from base:
// "+2h" is two hours after it, "07:30" and "Mon 07:30" are the first such
// moment that is not before it, "day 2 07:30" is on the day after its day.
func (m Moment) resolve(base time.Time, zone *time.Location) (time.Time, error) {
	text := string(m)
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone), nil
	}
	if p := localPattern.FindStringSubmatch(text); p != nil {
		n := numbers(p[1:])
		if day := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC); day.Month() != time.Month(n[1]) || day.Day() != n[2] {
			return time.Time{}, fmt.Errorf("there is no such day; %s", wantMoment)
		}
		return local(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], zone)
	}
	if p := clockPattern.FindStringSubmatch(text); p != nil {
		return clock(strings.ToLower(p[1]), numbers(p[2:]), base.In(zone), zone)
	}
	if d, err := parseSpan(strings.TrimPrefix(text, "+")); err == nil {
		return base.Add(d).In(zone), nil
	}
	return time.Time{}, fmt.Errorf("%s", wantMoment)
}

// clock finds a time of a day that is named or not.
func clock(day string, n []int, base time.Time, zone *time.Location) (time.Time, error) {
	y, mo, d := base.Date()
	switch nth, isNth := strings.CutPrefix(day, "day"); {
	case isNth:
		number, err := strconv.Atoi(strings.TrimSpace(nth))
		if err != nil || number < 1 || number > 4000 {
			return time.Time{}, fmt.Errorf("%s", wantMoment)
		}
		return local(y, mo, d+number-1, n[0], n[1], n[2], zone)
	case day == "tomorrow":
		return local(y, mo, d+1, n[0], n[1], n[2], zone)
	case day != "":
		weekday, ok := parseWeekday(day)
		if !ok {
			return time.Time{}, fmt.Errorf("%s", wantMoment)
		}
		d += (int(weekday) - int(base.Weekday()) + 7) % 7
		t, err := local(y, mo, d, n[0], n[1], n[2], zone)
		if err == nil && t.Before(base) {
			return local(y, mo, d+7, n[0], n[1], n[2], zone)
		}
		return t, err
	}
	t, err := local(y, mo, d, n[0], n[1], n[2], zone)
	if err == nil && t.Before(base) {
		return local(y, mo, d+1, n[0], n[1], n[2], zone)
	}
	return t, err
}

// local makes a time of the zone's clock; a day beyond its month's end counts
// on. An hour that comes twice is the first of the two; a time that the clock
// leaves out lies behind the jump, as much as it would lie behind its beginning.
func local(y int, mo time.Month, d, h, mi, s int, zone *time.Location) (time.Time, error) {
	if h > 24 || mi > 59 || s > 59 || h == 24 && (mi > 0 || s > 0) {
		return time.Time{}, fmt.Errorf("there is no such time; %s", wantMoment)
	}
	t := time.Date(y, mo, d, h, mi, s, 0, zone)
	if earlier := t.Add(-time.Hour); earlier.Hour() == t.Hour() && earlier.Day() == t.Day() {
		return earlier, nil
	}
	return t, nil
}

func numbers(texts []string) []int {
	out := make([]int, len(texts))
	for i, t := range texts {
		out[i], _ = strconv.Atoi(t) // the patterns let digits through only
	}
	return out
}

// parseWeekday reads a day's name of two letters at least: Mo, Mon, Monday.
func parseWeekday(s string) (time.Weekday, bool) {
	s = strings.ToLower(s)
	for d := time.Sunday; d <= time.Saturday; d++ {
		if len(s) >= 2 && strings.HasPrefix(strings.ToLower(d.String()), s) {
			return d, true
		}
	}
	return 0, false
}

// Span is a length of time: 90s, 15m, 2h30m, 3d, 1w.
type Span time.Duration

const wantSpan = "write a length of time with its unit: 90s, 15m, 2h30m, 3d or 1w"

// UnmarshalYAML reads a length of time.
func (s *Span) UnmarshalYAML(node *yaml.Node) error {
	d, err := parseSpan(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil {
		return strictyaml.ValueError(node, wantSpan)
	}
	*s = Span(d)
	return nil
}

var (
	spanPattern = regexp.MustCompile(`^(?:(\d+)w)? *(?:(\d+)d)? *(.*)$`)
	spacesIn    = regexp.MustCompile(`\s+`)
)

func parseSpan(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	p := spanPattern.FindStringSubmatch(text)
	if p == nil || text == "" {
		return 0, fmt.Errorf("%s", wantSpan)
	}
	n := numbers(p[1:3])
	if n[0] > 520 || n[1] > 3660 {
		return 0, fmt.Errorf("%s", wantSpan)
	}
	d := time.Duration(n[0]*7+n[1]) * 24 * time.Hour
	if rest := spacesIn.ReplaceAllString(p[3], ""); rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 || more > 10*366*24*time.Hour {
			return 0, fmt.Errorf("%s", wantSpan)
		}
		d += more
	}
	return d, nil
}

// spanText writes a length of time as people do: 2d3h5m, 45s.
func spanText(d time.Duration) string {
	d = d.Round(time.Second)
	days := d / (24 * time.Hour)
	rest := strictyaml.Duration(d - days*24*time.Hour)
	switch {
	case days == 0:
		return rest
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", days)
	}
	return fmt.Sprintf("%dd%s", days, rest)
}
