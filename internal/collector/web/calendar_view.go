package web

import (
	"context"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/settings"
)

// CalendarView tells what is in the calendar. It is safe for concurrent use.
type CalendarView interface {
	// Calendar gathers what whoever asks may see.
	Calendar(ctx context.Context) (CalendarPage, error)
}

// CalendarPage is the calendar and what of it can be changed here.
type CalendarPage struct {
	Calendar *calendar.Calendar
	Sees     func(site string) bool       // "": what is about no one site
	Entered  calendar.Config              // what was entered in the console and whoever asks may change
	Wrong    map[string]settings.Problems // by ID: why something that was entered is not in use
	Sites    []Site
	Rooms    map[string]string // names by ID
}

// CalendarActions changes what was entered in the console, in the name of who
// asks; whoever implements the methods sees to the audit record. What cannot be
// is refused with settings.Problems; ErrNotFound says that an entry is gone or
// the file's.
type CalendarActions interface {
	// PutCalendar adds entries, or puts them in the place of those with their
	// IDs, all or none. Rooms and things may be named as people call them.
	PutCalendar(ctx context.Context, entries calendar.Config) error
	RemoveCalendar(ctx context.Context, id string) error
	RestoreCalendar(ctx context.Context, id string) error
}
