package jsonapi

import (
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
)

type entryAnswer struct {
	Number uint64    `json:"number"`
	Time   time.Time `json:"time"`
	Actor  string    `json:"actor"`
	Action string    `json:"action"`
	Object string    `json:"object,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Before string    `json:"before,omitempty"`
	After  string    `json:"after,omitempty"`
}

type auditAnswer struct {
	Entries []entryAnswer `json:"entries"`
	more
}

func (s *server) audit(r request) (answer, error) {
	before, limit, err := r.numbered()
	if err != nil {
		return nil, err
	}
	from, err := r.moment("from")
	if err != nil {
		return nil, err
	}
	until, err := r.moment("until")
	if err != nil {
		return nil, err
	}
	query := r.URL.Query()
	page, err := s.Audit.AuditRecord(r.Context(), access.AuditQuery{
		Actor: query.Get("actor"), Action: query.Get("action"), Object: query.Get("object"), From: from, Until: until, Before: before, Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	out := auditAnswer{Entries: []entryAnswer{}, more: moreAfter(page.Next)}
	for _, e := range page.Entries {
		out.Entries = append(out.Entries, entryAnswer(e))
	}
	return out, nil
}
