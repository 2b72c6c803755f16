package web

import (
	"errors"
	"time"
)

// maxSilenceLength bounds how long a silence lasts: one that is forgotten must
// end by itself some day.
const maxSilenceLength = 366 * 24 * time.Hour

// localTime is how browsers write the value of a datetime-local input.
const localTime = "2006-01-02T15:04"

// SilenceLengths lists how long a silence may last; "own" asks for a moment.
func (w words) SilenceLengths() []option {
	return []option{
		{"hour", w.T("web.silence.hour")},
		{"tomorrow", w.T("web.silence.tomorrow", "Time", w.Time(w.tomorrow(w.now)))},
		{"week", w.T("web.silence.week", "Time", w.Time(w.now.AddDate(0, 0, 7)))},
		{"own", w.T("web.silence.own")},
	}
}

// tomorrow is seven in the morning of the day after a moment, where the
// collector is: before the lessons begin.
func (w words) tomorrow(from time.Time) time.Time {
	from = from.In(w.loc)
	return time.Date(from.Year(), from.Month(), from.Day()+1, 7, 0, 0, 0, w.loc)
}

// until reads the end of a silence that begins at a moment from the fields
// "length" and "until".
func (w words) until(f *form, from time.Time) time.Time {
	var end time.Time
	switch f.Values.Get("length") {
	case "hour":
		end = from.Add(time.Hour)
	case "tomorrow":
		end = w.tomorrow(from)
	case "week":
		end = from.In(w.loc).AddDate(0, 0, 7)
	case "own":
		end = w.typedTime(f, "until")
	default:
		f.Refuse("length", w.T("web.silence.choose_length"))
	}
	switch {
	case !f.OK():
	case !end.After(from):
		f.Refuse("until", w.T("web.silence.past"))
	case end.Sub(from) > maxSilenceLength:
		f.Refuse("until", w.T("web.silence.too_long"))
	}
	return end
}

// typedTime reads a moment, as it is told where the collector is.
func (w words) typedTime(f *form, field string) time.Time {
	t, err := time.ParseInLocation(localTime, f.Values.Get(field), w.loc)
	if err != nil {
		f.Refuse(field, w.T("web.silence.bad_time"))
	}
	return t
}

// refuseSilence puts what is wrong with a silence into the form; other errors
// are returned.
func (w words) refuseSilence(f *form, err error) error {
	switch {
	case errors.Is(err, ErrSilencesFull):
		f.Refuse("", w.T("web.silence.full"))
	case errors.Is(err, ErrSilence):
		f.Refuse("", w.T("web.silence.impossible"))
	default:
		return err
	}
	return nil
}
