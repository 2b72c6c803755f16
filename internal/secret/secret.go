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

// String is a secret text. The zero value is the empty secret. Compare what
// Reveal returns, not Strings.
type String struct {
	// A pointer, because package fmt cannot call our methods in an unexported
	// field: it then prints an address and not the value.
	value *string
}

// New wraps a value.
func New(value string) String {
	if value == "" {
		return String{}
	}
	return String{&value}
}

// Reveal returns the value itself, for the one call that needs it.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no secret.
func (s String) IsZero() bool { return s.value == nil }

// String returns the mask, or nothing for the empty secret.
func (s String) String() string {
	if s.IsZero() {
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
	*s = New(string(b))
	return nil
}

// LogValue keeps the value out of structured logs.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }
