package admin

import (
	"context"
	"net/http"
	"time"
)

// Maintenance is the part of Ops about maintenance windows. It needs a running
// collector.
type Maintenance interface {
	// AddMaintenance enters a window and returns it with its ID.
	AddMaintenance(ctx context.Context, w NewWindow) (Window, error)
	// Windows lists what is under way and what comes within 35 days.
	Windows(ctx context.Context) ([]Window, error)
	// EndMaintenance ends a window that was entered in the console or by a
	// command: one that is under way once ends now, any other is removed.
	EndMaintenance(ctx context.Context, id string) (Window, error)
}

// NewWindow asks for a maintenance window. Times are those of the collector's
// time zone, "2026-10-03 22:00"; an empty From is now.
type NewWindow struct {
	Name   string        `json:"name"`
	From   string        `json:"from,omitempty"`
	To     string        `json:"to,omitempty"`
	For    time.Duration `json:"for,omitempty"` // in place of To; with OnDown beside it
	RRule  string        `json:"rrule,omitempty"`
	Except []string      `json:"except,omitempty"` // dates
	OnDown bool          `json:"on_down,omitempty"`
	Things []string      `json:"things,omitempty"` // IDs or names
	Sites  []string      `json:"sites,omitempty"`
	Rooms  []string      `json:"rooms,omitempty"` // of the one site
}

// Window is one time of a maintenance window.
type Window struct {
	ID       string    `json:"id"` // empty: the configuration file's
	Name     string    `json:"name"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	UnderWay bool      `json:"under_way"`
	Again    bool      `json:"again,omitempty"`
	OnDown   bool      `json:"on_down,omitempty"`
	Where    []string  `json:"where"`
	By       string    `json:"by,omitempty"`
}

func handleMaintenance(mux *http.ServeMux, m Maintenance) {
	handle(mux, "maintenance/add", m.AddMaintenance)
	handle(mux, "maintenance/list", func(ctx context.Context, _ nothing) ([]Window, error) { return m.Windows(ctx) })
	handle(mux, "maintenance/end", m.EndMaintenance)
}

// AddMaintenance implements Maintenance.
func (c *Client) AddMaintenance(ctx context.Context, w NewWindow) (Window, error) {
	return call[NewWindow, Window](ctx, c, "maintenance/add", w)
}

// Windows implements Maintenance.
func (c *Client) Windows(ctx context.Context) ([]Window, error) {
	return call[nothing, []Window](ctx, c, "maintenance/list", nothing{})
}

// EndMaintenance implements Maintenance.
func (c *Client) EndMaintenance(ctx context.Context, id string) (Window, error) {
	return call[string, Window](ctx, c, "maintenance/end", id)
}
