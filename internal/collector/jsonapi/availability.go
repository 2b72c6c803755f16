package jsonapi

import (
	"context"
	"fmt"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

// Availability is what is asked about how long checks and devices answered. Of a
// site that the context's identity does not see there is nothing.
type Availability interface {
	// AvailabilityOf returns the checks and devices that are seen, in any order.
	AvailabilityOf(ctx context.Context) ([]Subject, error)

	// AvailabilityDays returns the days that are kept of one, from one to
	// another, both included. It fails with ErrNotFound.
	AvailabilityDays(ctx context.Context, id topology.ID, from, to availability.Date) ([]availability.Day, error)

	// Today is the day that it is for the institution.
	Today() availability.Date
}

// Subject is a check or a device.
type Subject struct {
	ID         topology.ID
	Name, Site string
}

// Bounds of the periods: the usual one, and ten years.
const (
	defaultDays = 30
	maxDays     = 3660
)

// sumAnswer is a period of a subject.
type sumAnswer struct {
	ID   topology.ID `json:"id"`
	Name string      `json:"name"`
	Site string      `json:"site"`

	// Ratio is missing when nothing is known.
	Ratio *float64 `json:"ratio,omitempty"`
	availability.Seconds
	Maintenance int64 `json:"maintenance_seconds"`
}

// dayAnswer is one day of a subject.
type dayAnswer struct {
	Date  availability.Date `json:"date"`
	Ratio *float64          `json:"ratio,omitempty"`
	availability.Seconds
	Maintenance availability.Seconds `json:"maintenance"`
	Looks       int64                `json:"looks"`
	P50         float64              `json:"p50_seconds"`
	P95         float64              `json:"p95_seconds"`
}

func ratioOf(s availability.Summary) *float64 {
	if ratio, ok := s.Ratio(); ok {
		return &ratio
	}
	return nil
}

func sumOf(of Subject, days []availability.Day, mode availability.Mode) sumAnswer {
	s := availability.Sum(days, mode)
	return sumAnswer{of.ID, of.Name, of.Site, ratioOf(s), s.Seconds, s.Maintenance}
}

// span is a period that was asked for, and what becomes of maintenance in it.
type span struct {
	From availability.Date `json:"from"`
	To   availability.Date `json:"to"`
	Mode availability.Mode `json:"mode"`
}

// span reads the period and the mode: without any the last 30 days.
func (s *server) span(r request) (out span, err error) {
	query := r.URL.Query()
	if out.Mode, err = availability.ParseMode(query.Get("mode")); err != nil {
		return out, &requestError{fmt.Sprintf("mode: use one of %q", availability.Modes())}
	}
	date := func(name string, otherwise availability.Date) availability.Date {
		text := query.Get(name)
		if text == "" {
			return otherwise
		}
		d, parseErr := availability.ParseDate(text)
		if parseErr != nil {
			err = &requestError{name + ": write a day as 2026-09-01"}
		}
		return d
	}
	out.To = date("to", s.Availability.Today())
	out.From = date("from", out.To-defaultDays+1)
	if n := int64(out.To) - int64(out.From) + 1; err == nil && (n < 1 || n > maxDays) {
		err = &requestError{fmt.Sprintf("from, to: choose 1 to %d days", maxDays)}
	}
	return out, err
}

type availabilitiesAnswer struct {
	span
	Availability []sumAnswer `json:"availability"`
	more
}

func (s *server) availabilities(r request) (answer, error) {
	asked, err := s.span(r)
	if err != nil {
		return nil, err
	}
	all, err := s.Availability.AvailabilityOf(r.Context())
	if err != nil {
		return nil, err
	}
	site := r.URL.Query().Get("site")
	var chosen []Subject
	for _, of := range all {
		if r.sees(of.Site) && (site == "" || of.Site == site) {
			chosen = append(chosen, of)
		}
	}
	some, next, err := page(r, chosen, func(of Subject) string { return string(of.ID) })
	if err != nil {
		return nil, err
	}
	out := availabilitiesAnswer{asked, []sumAnswer{}, next}
	for _, of := range some {
		days, err := s.Availability.AvailabilityDays(r.Context(), of.ID, asked.From, asked.To)
		if err != nil {
			return nil, err
		}
		out.Availability = append(out.Availability, sumOf(of, days, asked.Mode))
	}
	return out, nil
}

type availabilityAnswer struct {
	span
	sumAnswer
	Days []dayAnswer `json:"days"`
}

func (s *server) availability(r request) (answer, error) {
	asked, err := s.span(r)
	if err != nil {
		return nil, err
	}
	all, err := s.Availability.AvailabilityOf(r.Context())
	if err != nil {
		return nil, err
	}
	for _, of := range all {
		if string(of.ID) != r.PathValue("id") || !r.sees(of.Site) {
			continue
		}
		days, err := s.Availability.AvailabilityDays(r.Context(), of.ID, asked.From, asked.To)
		if err != nil {
			return nil, err
		}
		out := availabilityAnswer{asked, sumOf(of, days, asked.Mode), []dayAnswer{}}
		for _, d := range days {
			ratio := ratioOf(availability.Sum([]availability.Day{d}, asked.Mode))
			out.Days = append(out.Days, dayAnswer{d.Date, ratio, d.Seconds, d.Maintenance, d.Looks, d.P50, d.P95})
		}
		return out, nil
	}
	return nil, ErrNotFound
}
