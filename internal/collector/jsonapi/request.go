package jsonapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkQuery refuses parameters that are not understood: a filter with a
// spelling mistake must not choose everything.
func checkQuery(raw string, known []string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return &requestError{"the query of the address cannot be read"}
	}
	for name, values := range query {
		switch {
		case !slices.Contains(known, name):
			return &requestError{fmt.Sprintf("unknown parameter %q", clip(name))}
		case len(values) != 1 || len(values[0]) > maxQuery:
			return &requestError{fmt.Sprintf("give the parameter %s once, with at most %d bytes", name, maxQuery)}
		}
	}
	return nil
}

func clip(s string) string { return s[:min(len(s), 40)] }

// number reads a parameter; it is otherwise when it is not given.
func (r request) number(name string, otherwise, least, most uint64) (uint64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, &requestError{fmt.Sprintf("%s: use a number from %d to %d", name, least, most)}
	}
	return n, nil
}

func (r request) limit() (int, error) {
	n, err := r.number("limit", defaultLimit, 1, maxLimit)
	return int(n), err
}

// more is a part of every answer that is a list.
type more struct {
	Next string `json:"next,omitempty"` // give it as the parameter after to get the next page; empty on the last one
}

func (m more) nextPage() string { return m.Next }

// page cuts the entries after the one with the key that the request names, in
// the order of keys.
func page[T any](r request, all []T, keyOf func(T) string) (some []T, next more, err error) {
	limit, err := r.limit()
	if err != nil {
		return nil, more{}, err
	}
	some = append([]T{}, all...)
	slices.SortFunc(some, func(a, b T) int { return strings.Compare(keyOf(a), keyOf(b)) })
	if after := r.URL.Query().Get("after"); after != "" {
		some = slices.DeleteFunc(some, func(v T) bool { return keyOf(v) <= after })
	}
	if len(some) > limit {
		some = some[:limit]
		next.Next = keyOf(some[limit-1])
	}
	return some, next, nil
}

// numbered is page for lists whose entries are numbered, the newest first: it
// reads the number of which the entries before are wanted, 0 for the newest.
func (r request) numbered() (before uint64, limit int, err error) {
	if limit, err = r.limit(); err != nil {
		return 0, 0, err
	}
	before, err = r.number("after", 0, 1, 1<<63)
	return before, limit, err
}

// moreAfter is the next page of a list that is numbered; there is none when
// last is 0.
func moreAfter(last uint64) more {
	if last == 0 {
		return more{}
	}
	return more{strconv.FormatUint(last, 10)}
}

// moment reads a parameter that is a time; zero when it is not given.
func (r request) moment(name string) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, &requestError{name + ": write a time as 2026-09-01T07:30:00+03:00"}
	}
	return at, nil
}

// choice reads a parameter that is one of some words; empty when it is not
// given.
func choice[T ~string](r request, name string, words ...T) (T, error) {
	text := T(r.URL.Query().Get(name))
	if text != "" && !slices.Contains(words, text) {
		return "", &requestError{fmt.Sprintf("%s: use one of %q", name, words)}
	}
	return text, nil
}

// body reads one JSON value strictly.
func (r request) body(into any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return errMedia
	}
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return bodyError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("there is more behind the value")
		}
		return bodyError(err)
	}
	return nil
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return &requestError{"the body is not the JSON that is expected: " + err.Error()}
}

// sees reports whether who asks may know of a site.
func (r request) sees(site string) bool {
	return len(r.id.Sites) == 0 || slices.Contains(r.id.Sites, site)
}
