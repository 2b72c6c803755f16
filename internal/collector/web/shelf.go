package web

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How long, and how much what a form made waits to be shown.
const (
	shelfFor = 10 * time.Minute
	maxShelf = 100
)

// shelf keeps what a form made for a few minutes, in memory, for the session
// that made it: the page that shows it can be loaded again without making it
// again. It is safe for concurrent use.
type shelf struct {
	mu  sync.Mutex
	all []shelved // oldest first
}

type shelved struct {
	key   string
	of    [sha256.Size]byte // the session
	at    time.Time
	value any
}

// sessionOf tells sessions apart; programs with a token are one each.
func (s *server) sessionOf(r *http.Request) [sha256.Size]byte {
	return sha256.Sum256([]byte(s.Access.SessionValue(r) + "\n" + r.Header.Get("Authorization") + "\n" + actor(r)))
}

// keep puts a value on the shelf and returns its key.
func (s *server) keep(r *http.Request, value any) string {
	f := &s.shelf
	f.mu.Lock()
	defer f.mu.Unlock()
	n := shelved{key: rand.Text(), of: s.sessionOf(r), at: s.Now(), value: value}
	f.all = append(f.all, n)
	f.all = f.all[max(0, len(f.all)-maxShelf):]
	return n.key
}

// kept returns what the same session put on the shelf.
func (s *server) kept(r *http.Request, key string) (any, bool) {
	f := &s.shelf
	now := s.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = slices.DeleteFunc(f.all, func(n shelved) bool { return now.Sub(n.at).Abs() > shelfFor })
	of := s.sessionOf(r)
	i := slices.IndexFunc(f.all, func(n shelved) bool { return n.key == key && n.of == of })
	if i < 0 {
		return nil, false
	}
	return f.all[i].value, true
}
