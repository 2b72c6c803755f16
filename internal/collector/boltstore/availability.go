package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/topology"
)

var _ availability.Store = (*Store)(nil)

// The days of a subject in one month are one value, so that a day costs its own
// few bytes and not a key's too; months come first in the key, so that what is
// written each hour lies together. A day is:
//
//	1 byte   day of the month
//	1 byte   what follows (the bits below), each as an unsigned varint
//
// and, where bit restUp or restUnknown is set, as many seconds of that state as
// are missing of 86,400: a server's day without a fault is two bytes, a day of
// a workstation five.
const (
	hasUp = 1 << iota
	hasDown
	hasUnknown
	hasMaintenance // up, down, unknown
	hasLatency     // number of looks, P50 and P95 in microseconds
	restUp
	restUnknown

	ordinaryDay = 24 * 60 * 60
	maxSeconds  = 26 * 60 * 60 // of a day, whatever the clock does
)

var errBadDay = errors.New("a stored day of availability cannot be read")

func monthKey(d availability.Date, subject topology.ID) []byte {
	year, month, _ := dateUTC(d).Date()
	return append(binary.BigEndian.AppendUint16(nil, uint16(year*12+int(month)-1)), subject...)
}

// dateUTC is the day's midnight in Greenwich: only its numbers are used.
func dateUTC(d availability.Date) time.Time { return d.Start(time.UTC) }

// AvailabilityDays implements availability.Store.
func (s *Store) AvailabilityDays(_ context.Context, subject topology.ID, from, to availability.Date) ([]availability.Day, error) {
	var out []availability.Day
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketAvailability)
		for first := firstOfMonth(from); first <= to; first = firstOfMonth(first + 31) {
			key := monthKey(first, subject)
			for _, d := range s.readMonth(key, b.Get(key), first) {
				if d.Date >= from && d.Date <= to {
					out = append(out, d)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the availability of %s: %w", subject, err)
	}
	return out, nil
}

// PutAvailability implements availability.Store.
func (s *Store) PutAvailability(_ context.Context, date availability.Date, days map[topology.ID]availability.Day) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketAvailability)
		first := firstOfMonth(date)
		for subject, day := range days {
			key := monthKey(date, subject)
			day.Date = date
			var value []byte
			put := false
			for _, d := range s.readMonth(key, b.Get(key), first) {
				if !put && d.Date >= date {
					value, put = appendDay(value, day), true
				}
				if d.Date != date {
					value = appendDay(value, d)
				}
			}
			if !put {
				value = appendDay(value, day)
			}
			if err := b.Put(key, value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store the availability of %s: %w", date, err)
	}
	return nil
}

func firstOfMonth(d availability.Date) availability.Date {
	return d - availability.Date(dateUTC(d).Day()-1)
}

func appendDay(b []byte, d availability.Day) []byte {
	var bits byte
	up, unknown := d.Up, d.Unknown
	if d.Total()+d.Maintenance.Total() == ordinaryDay {
		if up >= unknown {
			bits, up = bits|restUp, 0
		} else {
			bits, unknown = bits|restUnknown, 0
		}
	}
	var values []int64
	add := func(bit byte, vs ...int64) {
		for _, v := range vs {
			if v != 0 {
				bits |= bit
				values = append(values, vs...)
				return
			}
		}
	}
	add(hasUp, up)
	add(hasDown, d.Down)
	add(hasUnknown, unknown)
	add(hasMaintenance, d.Maintenance.Up, d.Maintenance.Down, d.Maintenance.Unknown)
	if d.Looks > 0 {
		add(hasLatency, d.Looks, microseconds(d.P50), microseconds(d.P95))
	}
	b = append(b, byte(dateUTC(d.Date).Day()), bits)
	for _, v := range values {
		b = binary.AppendUvarint(b, uint64(max(0, v)))
	}
	return b
}

func microseconds(seconds float64) int64 { return int64(math.Round(seconds * 1e6)) }

// readMonth reads the days of a month. Of a value that is damaged the days
// before the damage are returned, and the damage is counted and logged.
func (s *Store) readMonth(key, value []byte, first availability.Date) []availability.Day {
	var out []availability.Day
	for len(value) > 0 {
		d, rest, ok := readDay(value, first)
		if !ok || len(out) > 0 && d.Date <= out[len(out)-1].Date {
			s.unreadable(bucketAvailability, key, errBadDay)
			break
		}
		out, value = append(out, d), rest
	}
	return out
}

func readDay(b []byte, first availability.Date) (d availability.Day, rest []byte, ok bool) {
	if len(b) < 2 || b[0] < 1 || b[0] > 31 {
		return d, nil, false
	}
	d.Date = first + availability.Date(b[0]) - 1
	bits := b[1]
	b, ok = b[2:], firstOfMonth(d.Date) == first
	next := func(bit byte, limit uint64, into ...*int64) {
		if bits&bit == 0 {
			return
		}
		for _, v := range into {
			n, size := binary.Uvarint(b)
			if size <= 0 || n > limit {
				ok = false
				return
			}
			*v, b = int64(n), b[size:]
		}
	}
	var p50, p95 int64
	next(hasUp, maxSeconds, &d.Up)
	next(hasDown, maxSeconds, &d.Down)
	next(hasUnknown, maxSeconds, &d.Unknown)
	next(hasMaintenance, maxSeconds, &d.Maintenance.Up, &d.Maintenance.Down, &d.Maintenance.Unknown)
	next(hasLatency, math.MaxInt64, &d.Looks, &p50, &p95)
	d.P50, d.P95 = float64(p50)/1e6, float64(p95)/1e6
	missing := ordinaryDay - d.Total() - d.Maintenance.Total()
	switch {
	case bits&(restUp|restUnknown) == 0:
	case missing < 0:
		ok = false
	case bits&restUp != 0:
		d.Up += missing
	default:
		d.Unknown += missing
	}
	return d, b, ok
}
