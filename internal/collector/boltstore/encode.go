package boltstore

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/outbox"
)

// put writes v as JSON.
func put(b *bbolt.Bucket, key []byte, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %T: %w", v, err)
	}
	return b.Put(key, value)
}

// float is a number that may be infinite or NaN, which JSON does not know: a
// rule that divides by zero must not keep incidents from being stored.
type float float64

func (f float) MarshalJSON() ([]byte, error) {
	if v := float64(f); math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.AppendQuote(nil, strconv.FormatFloat(v, 'g', -1, 64)), nil
	}
	return json.Marshal(float64(f))
}

func (f *float) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		return json.Unmarshal(b, (*float64)(f))
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	v, err := strconv.ParseFloat(s, 64)
	*f = float(v)
	return err
}

// storedIncident is an incident as it is written: its own Value hides that of
// the embedded one.
type storedIncident struct {
	incident.Incident
	Value float `json:"value"`
}

func storeIncident(inc incident.Incident) storedIncident {
	return storedIncident{Incident: inc, Value: float(inc.Value)}
}

func (s storedIncident) incident() incident.Incident {
	s.Incident.Value = float64(s.Value)
	return s.Incident
}

// storedRow is an outbox row as it is written.
type storedRow struct {
	outbox.Row
	Incident storedIncident `json:"incident"`
}

func storeRow(row outbox.Row) storedRow {
	return storedRow{Row: row, Incident: storeIncident(row.Incident)}
}

func (s storedRow) row() outbox.Row {
	s.Row.Incident = s.Incident.incident()
	return s.Row
}
