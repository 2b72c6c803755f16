// Package secret keeps passwords and tokens out of logs, pages and files. A
// String prints as a mask by every road that leads to text; only Reveal gives
// the value, so that a search for "Reveal" finds each place that uses one.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Mask is what a non-empty String prints as.
const Mask = "<secret>"

// String is a secret text. The zero value is the empty secret.
type String struct{ value string }

// New wraps a value.
func New(value string) String { return String{value} }

// Reveal returns the value itself, for the one call that needs it.
func (s String) Reveal() string { return s.value }

// IsZero reports whether there is no secret.
func (s String) IsZero() bool { return s.value == "" }

// String returns the mask, or nothing for the empty secret.
func (s String) String() string {
	if s.value == "" {
		return ""
	}
	return Mask
}

// Format prints the mask whatever the verb, %#v and %x included.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText writes the mask: JSON and YAML use it.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the value, so that configuration can hold a secret.
func (s *String) UnmarshalText(b []byte) error {
	s.value = string(b)
	return nil
}

// LogValue keeps the value out of structured logs.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }
