package crawl

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"
)

// Bounds of a State.
const (
	MaxAddresses = 20000    // known at one time; what is over is counted
	maxOn        = 5        // pages told for one address
	maxBefore    = 5000     // broken addresses of the crawl before that are remembered
	maxEncoded   = 64 << 20 // bytes of a State, unpacked
	maxHosts     = 4        // of the website: with and without "www.", and where it redirects to
)

// Kind says what an address is, by where it stands and what answered.
type Kind string

// The kinds.
const (
	KindPage     Kind = "page"
	KindImage    Kind = "image"
	KindDocument Kind = "document" // films and sounds too: what is downloaded
	KindScript   Kind = "script"
	KindStyle    Kind = "style" // style sheets, and fonts
	KindFrame    Kind = "frame"
	KindExternal Kind = "external" // of another website, whatever it is
)

// Kinds lists every kind in the order in which they are told.
func Kinds() []Kind {
	return []Kind{KindPage, KindFrame, KindDocument, KindImage, KindStyle, KindScript, KindExternal}
}

// mark says what is known of an address.
type mark uint8

const (
	waiting   mark = iota // not tried, or to be tried again
	fine                  // it answered, or answered what says nothing about it
	broken                // it does not work
	forbidden             // by robots.txt, or by the policy of what may be reached
	endless               // one of a calendar's, or of a path that grows by itself
	beyond                // of another website of which enough was asked
)

// address is one address that the crawl knows.
type address struct {
	URL    string  `json:"u"`
	Kind   Kind    `json:"k"`
	Out    bool    `json:"o,omitempty"` // of another website
	Map    bool    `json:"p,omitempty"` // a sitemap
	Mark   mark    `json:"m,omitempty"`
	Status int     `json:"s,omitempty"`
	Code   string  `json:"c,omitempty"` // of the Problem
	Tries  int     `json:"t,omitempty"`
	Run    int     `json:"r,omitempty"` // of the last try
	After  int64   `json:"a,omitempty"` // Unix time before which it is not tried again
	At     int64   `json:"w,omitempty"` // Unix time at which it was tried; of other websites only
	Depth  int     `json:"d,omitempty"` // clicks from the first page
	On     []int32 `json:"n,omitempty"` // places in State.All of pages on which it stands
	Times  int     `json:"x,omitempty"` // on how many
}

// State is how far a crawl has come. All of it is written by Encode, and a crawl
// that is given a decoded State goes on as if nothing had come between. It is for
// one goroutine.
type State struct {
	Version int       `json:"version"`
	Start   string    `json:"start"` // where it began
	Hosts   []string  `json:"hosts"` // of the website, without "www."
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended,omitzero"`    // zero: it is not finished
	Paused  string    `json:"paused,omitempty"`  // why the newest run ended, one of the Why… constants
	Problem string    `json:"problem,omitempty"` // code of what was wrong with the website then
	Due     time.Time `json:"due,omitzero"`      // before which another run has no use

	All   []address `json:"all"`
	Runs  int       `json:"runs"`
	Pages int       `json:"pages"` // read
	Over  int       `json:"over"`  // links whose addresses had no room in All
	Asked int       `json:"asked"` // requests

	Left      int      `json:"left,omitempty"`       // links that are no websites: mailto, tel …
	Endless   int      `json:"endless,omitempty"`    // links that look as if there were no end of them
	EndlessAt []string `json:"endless_at,omitempty"` // some of these

	Prints map[uint64]int   `json:"prints,omitempty"` // hash of the path and of what is on a page → how often it was met
	Twins  map[string]int   `json:"twins,omitempty"`  // path → how many of its addresses show a page that was met before
	Before map[string]int64 `json:"before,omitempty"` // addresses that the crawl before found broken → since when, in Unix time
	Known  map[string]int64 `json:"known,omitempty"`  // addresses of other websites that were fine → when they were asked, in Unix time

	Nowhere *nowhere `json:"nowhere,omitempty"` // nil: it was not asked for yet
}

// nowhere is what the website answers to an address that it cannot have. The zero
// nowhere: that there is no such thing.
type nowhere struct {
	Print uint64 `json:"print,omitempty"` // of the page that says so in words only
	Blind bool   `json:"blind,omitempty"` // it answers as if the page were there, and such pages cannot be told from others
}

// version of the form of a State: one of another is begun anew.
const version = 1

// ErrVersion says that a State was written by another version of the program,
// in another form.
var ErrVersion = errors.New("the state of the crawl has another form")

// New begins the crawl of the website at start. Before is what was found the
// time before; the zero State when there was none.
func New(start string, now time.Time, before *State) (*State, error) {
	ref, err := url.Parse(start)
	if err != nil || ref.Scheme != "http" && ref.Scheme != "https" {
		return nil, fmt.Errorf("read the address %q: write http:// or https:// and a host", start)
	}
	u, err := resolve(ref, start, nil)
	if err != nil || u == nil {
		return nil, fmt.Errorf("read the address %q: write http:// or https:// and a host", start)
	}
	s := &State{Version: version, Start: u.String(), Hosts: []string{hostKey(u)}, Began: now, Prints: map[uint64]int{}, Twins: map[string]int{}, Before: map[string]int64{}, Known: map[string]int64{}}
	s.All = append(s.All, address{URL: s.Start, Kind: KindPage})
	if before == nil {
		return s, nil
	}
	for i := range before.All {
		a := &before.All[i]
		switch {
		case a.Mark == broken && len(s.Before) < maxBefore:
			s.Before[a.URL] = before.since(a)
		case a.Out && a.Mark == fine && a.At > 0 && now.Unix()-a.At < int64(KeepExternal/time.Second):
			s.Known[a.URL] = a.At
		}
	}
	return s, nil
}

// since is from when on an address was found broken, in Unix time.
func (s *State) since(a *address) int64 {
	if t, ok := s.Before[a.URL]; ok {
		return t
	}
	return s.Began.Unix()
}

// Finished reports whether everything was tried that will be.
func (s *State) Finished() bool { return !s.Ended.IsZero() }

// Encode writes the state, packed.
func (s *State) Encode() ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		err = json.NewEncoder(z).Encode(s)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("write the state of a crawl: %w", err)
	}
	return b.Bytes(), nil
}

// Decode reads what Encode wrote. It fails with ErrVersion for what another
// version wrote.
func Decode(b []byte) (*State, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("read the state of a crawl: %w", err)
	}
	s := &State{}
	if err := json.NewDecoder(io.LimitReader(z, maxEncoded)).Decode(s); err != nil {
		return nil, fmt.Errorf("read the state of a crawl: %w", err)
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(z, maxEncoded)); err != nil { // what ends too soon is not whole
		return nil, fmt.Errorf("read the state of a crawl: %w", err)
	}
	if s.Version != version {
		return nil, fmt.Errorf("read the state of a crawl of version %d: %w", s.Version, ErrVersion)
	}
	if len(s.All) == 0 || len(s.All) > MaxAddresses || len(s.Hosts) == 0 {
		return nil, fmt.Errorf("read the state of a crawl: it has %d addresses and %d hosts", len(s.All), len(s.Hosts))
	}
	for i := range s.All {
		for _, on := range s.All[i].On {
			if on < 0 || int(on) >= len(s.All) {
				return nil, fmt.Errorf("read the state of a crawl: address %d stands on page %d of %d", i, on, len(s.All))
			}
		}
	}
	if s.Prints == nil {
		s.Prints = map[uint64]int{}
	}
	if s.Twins == nil {
		s.Twins = map[string]int{}
	}
	return s, nil
}

// Progress is how far a crawl has come, in numbers.
type Progress struct {
	Pages   int // read
	Checked int // addresses that were tried, pages included
	Waiting int // known and not tried
	Broken  int
	Asked   int    // requests
	Now     string // the address that is asked now; empty: none is
}

// Progress counts.
func (s *State) Progress() Progress {
	p := Progress{Pages: s.Pages, Asked: s.Asked}
	for i := range s.All {
		switch s.All[i].Mark {
		case waiting:
			p.Waiting++
		case fine:
			p.Checked++
		case broken:
			p.Checked++
			p.Broken++
		}
	}
	return p
}
