package availability

import "fmt"

// Mode says what becomes of time in maintenance when days are summed.
type Mode string

// The modes. Unknown time stays unknown in each.
const (
	// LeftOut leaves maintenance out: the ratio is over the rest of the time.
	LeftOut Mode = "left_out"
	// Counted makes no difference: down is down, maintenance or not.
	Counted Mode = "counted"
	// Ignored forgives: what was down in maintenance counts as up.
	Ignored Mode = "ignored"
)

// Modes returns all modes, the usual one first.
func Modes() []Mode { return []Mode{LeftOut, Counted, Ignored} }

// ParseMode reads the name of a mode; an empty one is LeftOut.
func ParseMode(s string) (Mode, error) {
	if s == "" {
		return LeftOut, nil
	}
	for _, m := range Modes() {
		if s == string(m) {
			return m, nil
		}
	}
	return "", fmt.Errorf("read the mode %q: it is none of left_out, counted and ignored", s)
}

// Summary is a period of a subject in one mode.
type Summary struct {
	Seconds           // what counts, by the mode
	Maintenance int64 // seconds in maintenance, whatever the mode makes of them
}

// Known is the time over which Ratio is: up and down, in seconds.
func (s Summary) Known() int64 { return s.Up + s.Down }

// Ratio is the part of the known time that the subject was up, from 0 to 1.
// ok is false when nothing is known: then there is no number.
func (s Summary) Ratio() (ratio float64, ok bool) {
	if s.Known() == 0 {
		return 0, false
	}
	return float64(s.Up) / float64(s.Known()), true
}

// Sum adds days up.
func Sum(days []Day, mode Mode) Summary {
	var s Summary
	for _, d := range days {
		s.Seconds = s.Seconds.plus(d.Seconds)
		s.Maintenance += d.Maintenance.Total()
		switch mode {
		case Counted:
			s.Seconds = s.Seconds.plus(d.Maintenance)
		case Ignored:
			s.Up += d.Maintenance.Up + d.Maintenance.Down
			s.Unknown += d.Maintenance.Unknown
		case LeftOut:
		}
	}
	return s
}
