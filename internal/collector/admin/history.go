package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Past is the part of Ops that tells of the collector's own past.
type Past interface {
	// History returns what happened in a span of time, in the form of
	// simulate.History, to be played by who asks.
	History(ctx context.Context, s TimeSpan) (json.RawMessage, error)
}

// TimeSpan is from one moment to another.
type TimeSpan struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func handlePast(mux *http.ServeMux, ops Past) { handle(mux, "history", ops.History) }

// History implements Ops.
func (c *Client) History(ctx context.Context, s TimeSpan) (json.RawMessage, error) {
	return call[TimeSpan, json.RawMessage](ctx, c, "history", s)
}
