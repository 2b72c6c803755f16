package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Polled is the part of Ops about devices that are looked at over the network. It
// needs a running collector.
type Polled interface {
	AddPolled(ctx context.Context, d NewPolled) (AddedPolled, error)
	PolledDevices(ctx context.Context) ([]PolledDevice, error)
	PausePolled(ctx context.Context, p PausePolled) error
	// LookAt looks at a device now and stores nothing.
	LookAt(ctx context.Context, id string) (json.RawMessage, error)
}

// NewPolled is a device to be added. Secrets are in clear: the socket is the
// keeper's alone.
type NewPolled struct {
	ID          string        `json:"id,omitempty"` // empty: made of the name, or of what it is
	Target      string        `json:"target"`
	Name        string        `json:"name,omitempty"`
	Site        string        `json:"site,omitempty"`
	Room        string        `json:"room,omitempty"`
	Class       string        `json:"class,omitempty"`
	Credentials string        `json:"credentials,omitempty"` // name
	Interval    time.Duration `json:"interval,omitempty"`
	Parents     []string      `json:"parents,omitempty"`
	Power       []string      `json:"power,omitempty"`
	Anyway      bool          `json:"anyway,omitempty"` // although nothing answers, or it looks like one that is known

	Version   string `json:"version,omitempty"`
	Community string `json:"community,omitempty"`
	User      string `json:"user,omitempty"`
	Auth      string `json:"auth,omitempty"`
	AuthKey   string `json:"auth_key,omitempty"`
	Priv      string `json:"priv,omitempty"`
	PrivKey   string `json:"priv_key,omitempty"`
	Context   string `json:"context,omitempty"`
	Password  string `json:"password,omitempty"` // of PJLink
}

// AddedPolled is what came of adding a device.
type AddedPolled struct {
	ID     string          `json:"id"`
	Title  string          `json:"title"`                // what was recognised, in short
	Kind   string          `json:"kind"`                 // of look.Kinds
	Moved  string          `json:"moved_from,omitempty"` // it was known: its address was this one
	Result json.RawMessage `json:"look"`                 // as docs/look.md describes it
}

// PolledDevice is how a device is asked and how it is.
type PolledDevice struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Site    string    `json:"site"`
	Kind    string    `json:"kind"`
	Model   string    `json:"model,omitempty"`
	Target  string    `json:"target"`            // where it is; empty: another device has its place
	Instead string    `json:"instead,omitempty"` // ID of that device
	File    bool      `json:"in_file,omitempty"` // the configuration file declares it
	Paused  bool      `json:"paused,omitempty"`
	Every   float64   `json:"interval_seconds"`  // from look to look
	Looked  time.Time `json:"looked,omitzero"`   // the newest look
	Outcome string    `json:"outcome,omitempty"` // of it
	Problem string    `json:"problem,omitempty"` // code
}

// PausePolled stops looking at a device, or looks again.
type PausePolled struct {
	ID     string `json:"id"`
	Paused bool   `json:"paused"`
}

func handlePolled(mux *http.ServeMux, p Polled) {
	handle(mux, "polled/add", p.AddPolled)
	handle(mux, "polled/list", func(ctx context.Context, _ nothing) ([]PolledDevice, error) { return p.PolledDevices(ctx) })
	handle(mux, "polled/pause", func(ctx context.Context, in PausePolled) (nothing, error) { return nothing{}, p.PausePolled(ctx, in) })
	handle(mux, "polled/look", p.LookAt)
}

// AddPolled implements Polled.
func (c *Client) AddPolled(ctx context.Context, d NewPolled) (AddedPolled, error) {
	return call[NewPolled, AddedPolled](ctx, c, "polled/add", d)
}

// PolledDevices implements Polled.
func (c *Client) PolledDevices(ctx context.Context) ([]PolledDevice, error) {
	return call[nothing, []PolledDevice](ctx, c, "polled/list", nothing{})
}

// PausePolled implements Polled.
func (c *Client) PausePolled(ctx context.Context, p PausePolled) error {
	_, err := call[PausePolled, nothing](ctx, c, "polled/pause", p)
	return err
}

// LookAt implements Polled.
func (c *Client) LookAt(ctx context.Context, id string) (json.RawMessage, error) {
	return call[string, json.RawMessage](ctx, c, "polled/look", id)
}
