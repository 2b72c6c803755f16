package jsonapi

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
)

// tokenAnswer is what others may know of an enrolment token.
type tokenAnswer struct {
	ID      string    `json:"id"`
	Site    string    `json:"site"`
	Class   string    `json:"class,omitempty"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Uses    int       `json:"uses"`
	Used    int       `json:"used"`
	Revoked time.Time `json:"revoked,omitzero"`
}

func tokenOf(t enrolment.Token) tokenAnswer {
	return tokenAnswer{t.Name, t.Site, string(t.Class), t.By, t.Created, t.Expires, t.Uses, t.Used, t.Revoked}
}

type tokensAnswer struct {
	Tokens []tokenAnswer `json:"tokens"`
	more
}

func (s *server) tokens(r request) (answer, error) {
	site := r.URL.Query().Get("site")
	all, err := s.Agents.Tokens(r.Context())
	if err != nil {
		return nil, err
	}
	var chosen []tokenAnswer
	for _, t := range all {
		if r.sees(t.Site) && (site == "" || site == t.Site) {
			chosen = append(chosen, tokenOf(t))
		}
	}
	some, next, err := page(r, chosen, func(t tokenAnswer) string { return t.ID })
	return tokensAnswer{some, next}, err
}

// newTokenAnswer is a token and what is told this one time.
type newTokenAnswer struct {
	tokenAnswer
	Token     string `json:"token"`
	Collector string `json:"collector"`
}

func (s *server) createToken(r request) (answer, error) {
	var body struct {
		Site       string  `json:"site"`
		ValidHours float64 `json:"valid_hours"`
		Uses       int     `json:"uses"`
		Class      string  `json:"class"`
	}
	if err := r.body(&body); err != nil {
		return nil, err
	}
	if body.Site == "" || !r.sees(body.Site) {
		return nil, inventory.ErrNotFound
	}
	// Rounded, and far from where a time.Duration overflows.
	ttl := time.Duration(max(-1, min(body.ValidHours, 1e5)) * float64(time.Hour)).Round(time.Second)
	made, err := s.Agents.CreateToken(r.Context(), r.id.Actor(), enrolment.NewToken{Site: body.Site, TTL: ttl, Uses: body.Uses, Class: fleet.Class(body.Class)})
	if err != nil {
		return nil, err
	}
	return newTokenAnswer{tokenOf(made.Token), made.Secret, made.URL}, nil
}

func (s *server) revokeToken(r request) (answer, error) {
	id := r.PathValue("id")
	find := func() (answer, error) {
		all, err := s.Agents.Tokens(r.Context())
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			if t.Name == id && r.sees(t.Site) {
				return tokenOf(t), nil
			}
		}
		return nil, ErrNotFound
	}
	if _, err := find(); err != nil {
		return nil, err
	}
	if err := s.Agents.RevokeToken(r.Context(), r.id.Actor(), id); err != nil {
		return nil, err
	}
	return find()
}
