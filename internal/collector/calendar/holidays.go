package calendar

import (
	_ "embed"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// PublicHoliday names a Lithuanian public holiday; what people read is made
// from it by who writes for people.
type PublicHoliday string

// The public holidays of Lithuania, in the order of the year.
const (
	NewYear       PublicHoliday = "new_year"
	Statehood     PublicHoliday = "state"        // 16 February, restoration of the state
	Independence  PublicHoliday = "independence" // 11 March
	Easter        PublicHoliday = "easter"
	EasterMonday  PublicHoliday = "easter_monday"
	LabourDay     PublicHoliday = "labour"
	MothersDay    PublicHoliday = "mothers"
	FathersDay    PublicHoliday = "fathers"
	SaintJohns    PublicHoliday = "saint_john"
	KingMindaugas PublicHoliday = "mindaugas"
	Assumption    PublicHoliday = "assumption"
	AllSaints     PublicHoliday = "all_saints"
	AllSouls      PublicHoliday = "all_souls"
	ChristmasEve  PublicHoliday = "christmas_eve"
	Christmas     PublicHoliday = "christmas"
	SecondDay     PublicHoliday = "christmas_second"
)

// PublicHolidayOf says which Lithuanian public holiday a date is, if it is one.
func PublicHolidayOf(d Date) (PublicHoliday, bool) {
	year, month, day := d.utc().Date()
	switch month {
	case time.January:
		return NewYear, day == 1
	case time.February:
		return Statehood, day == 16
	case time.March, time.April:
		if month == time.March && day == 11 {
			return Independence, true
		}
		switch d.Sub(easter(year)) {
		case 0:
			return Easter, true
		case 1:
			return EasterMonday, true
		}
	case time.May:
		switch {
		case day == 1: // also when it is the first Sunday
			return LabourDay, true
		case day <= 7 && d.Weekday() == time.Sunday:
			return MothersDay, true
		}
	case time.June:
		switch {
		case day <= 7 && d.Weekday() == time.Sunday:
			return FathersDay, true
		case day == 24:
			return SaintJohns, true
		}
	case time.July:
		return KingMindaugas, day == 6
	case time.August:
		return Assumption, day == 15
	case time.November:
		switch day {
		case 1:
			return AllSaints, true
		case 2:
			return AllSouls, true
		}
	case time.December:
		switch day {
		case 24:
			return ChristmasEve, true
		case 25:
			return Christmas, true
		case 26:
			return SecondDay, true
		}
	}
	return "", false
}

// easter is Easter Sunday of the Gregorian calendar, by the method of Meeus,
// Jones and Butcher.
func easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return DateOf(year, time.Month(n/31), n%31+1)
}

// Holiday is a span of days on which pupils have no lessons.
type Holiday struct {
	Name string `yaml:"name" json:"name"` // free, or autumn, christmas, winter, spring, summer, which are translated
	From Date   `yaml:"from" json:"from"`
	To   Date   `yaml:"to" json:"to"` // its last day
}

//go:embed school.yaml
var schoolFile []byte

// ShippedSchoolHolidays are the holidays that come with the program, by school
// year ("2025-2026").
func ShippedSchoolHolidays() (map[string][]Holiday, error) {
	var f struct {
		Years map[string][]Holiday `yaml:"years"`
	}
	if err := yaml.Unmarshal(schoolFile, &f); err != nil {
		return nil, fmt.Errorf("read the school holidays that come with the program: %w", err)
	}
	return f.Years, nil
}

// SchoolYear names the school year of a date: it begins with September.
func SchoolYear(d Date) string {
	year, month, _ := d.utc().Date()
	if month < time.September {
		year--
	}
	return fmt.Sprintf("%d-%d", year, year+1)
}

// KnowsSchoolYear reports whether the holidays of a school year are written
// down, or nobody keeps any.
func (c *Calendar) KnowsSchoolYear(year string) bool {
	if c == nil || c.config.SchoolHolidays == nil {
		return true
	}
	if _, own := c.config.SchoolHolidays.Years[year]; own {
		return true
	}
	shipped, err := ShippedSchoolHolidays()
	_, known := shipped[year]
	return err == nil && known && !c.config.SchoolHolidays.WithoutShipped
}

// holidays are all of a section, sorted: the shipped ones of the years that the
// section does not write itself, and its own.
func (s *SchoolHolidays) holidays() ([]Holiday, error) {
	if s == nil {
		return nil, nil
	}
	var out []Holiday
	if !s.WithoutShipped {
		shipped, err := ShippedSchoolHolidays()
		if err != nil {
			return nil, err
		}
		for year, list := range shipped {
			if _, replaced := s.Years[year]; !replaced {
				out = append(out, list...)
			}
		}
	}
	for _, list := range s.Years {
		out = append(out, list...)
	}
	slices.SortFunc(out, func(a, b Holiday) int { return a.From.Sub(b.From) })
	return out, nil
}
