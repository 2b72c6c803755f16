package boltstore

import (
	"slices"
	"time"
)

// How many copies each generation has.
const (
	Dailies   = 7  // the newest so many days of which there is a copy
	Weeklies  = 4  // the newest copy of each of the newest so many weeks
	Monthlies = 12 // the same for months
)

// maxCopies is how many bytes all daily copies may have together.
const maxCopies = 2 << 30

// Generations says which copies to keep, given their days in ascending order,
// their sizes in bytes, today, and how many bytes they may have together. One
// copy may serve as the newest of its day, its week and its month at once.
// Beyond the bytes the oldest go, but never the dailies.
//
// Copies of days after today were made while the clock ran ahead, or it is today
// that is wrong; nobody can know which. So they have generations of their own,
// and neither push out the others nor are pushed out by them.
func Generations(days []time.Time, sizes []int64, today time.Time, most int64) (keep []bool) {
	past, _ := slices.BinarySearchFunc(days, today.AddDate(0, 0, 1), time.Time.Compare)
	keep, dailies := generations(days[:past])
	later, _ := generations(days[past:])
	keep = append(keep, later...)

	var total int64
	for i := range keep {
		if keep[i] {
			total += sizes[i]
		}
	}
	for i := range keep {
		if total > most && keep[i] && (i >= past || !dailies[i]) {
			keep[i] = false
			total -= sizes[i]
		}
	}
	return keep
}

// generations marks what the generations need, and what the dailies need of it.
func generations(days []time.Time) (keep, dailies []bool) {
	type period struct{ year, number int }
	keep = make([]bool, len(days))
	newest := func(most int, of func(time.Time) period) {
		seen := map[period]bool{}
		for i, day := range slices.Backward(days) {
			if p := of(day); !seen[p] && len(seen) < most {
				seen[p], keep[i] = true, true
			}
		}
	}
	newest(Dailies, func(t time.Time) period { return period{t.Year(), t.YearDay()} })
	dailies = slices.Clone(keep)
	newest(Weeklies, func(t time.Time) period { year, week := t.ISOWeek(); return period{year, week} })
	newest(Monthlies, func(t time.Time) period { return period{t.Year(), int(t.Month())} })
	return keep, dailies
}
