package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// Fleet is the part of Ops about agents and devices. It needs a running
// collector.
type Fleet interface {
	CreateEnrolToken(ctx context.Context, t NewEnrolToken) (EnrolToken, error)
	EnrolTokens(ctx context.Context) ([]EnrolToken, error)
	RevokeEnrolToken(ctx context.Context, name string) error
	Agents(ctx context.Context) ([]Agent, error)
	Agent(ctx context.Context, id string) (Agent, error)
	RevokeAgent(ctx context.Context, id string) (Agent, error)
	Devices(ctx context.Context, f DeviceFilter) ([]Device, error)
	Device(ctx context.Context, id string) (DeviceDetail, error)
	EditDevice(ctx context.Context, e DeviceEdit) (Device, error)
	RemoveDevice(ctx context.Context, id string) error
	MergeDevices(ctx context.Context, p Pair) (Device, error)
	KeepApart(ctx context.Context, p Pair) error
}

// NewEnrolToken asks for an enrolment token.
type NewEnrolToken struct {
	Site  string        `json:"site"`
	TTL   time.Duration `json:"ttl"`
	Uses  int           `json:"uses"`
	Class string        `json:"class,omitempty"` // of the devices; empty: as each system says of itself
}

// EnrolToken lets agents in. Secret is there once, when it is made.
type EnrolToken struct {
	Name    string    `json:"name"`
	Site    string    `json:"site"`
	Class   string    `json:"class,omitempty"`
	Secret  string    `json:"token,omitempty"`
	URL     string    `json:"url,omitempty"` // at which agents reach the collector, with Secret
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Uses    int       `json:"uses"`
	Used    int       `json:"used"`
}

// Agent is an agent on a computer.
type Agent struct {
	ID       string        `json:"id"`
	Device   string        `json:"device"`
	Site     string        `json:"site"`
	System   string        `json:"system"`
	Version  string        `json:"version"`
	Hostname string        `json:"hostname"`
	Address  string        `json:"address,omitempty"`
	Enrolled time.Time     `json:"enrolled"`
	Seen     time.Time     `json:"seen,omitzero"`
	Clock    time.Duration `json:"clock_offset"` // collector's clock less the agent's
	Revoked  time.Time     `json:"revoked,omitzero"`
	Cloned   string        `json:"cloned,omitempty"` // address of another computer that uses this identity
}

// DeviceFilter chooses devices; empty fields choose all.
type DeviceFilter struct {
	Site  string `json:"site,omitempty"`
	Class string `json:"class,omitempty"`
	Text  string `json:"text,omitempty"`
}

// Device is one thing that is looked after.
type Device struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Site     string    `json:"site"`
	Room     string    `json:"room,omitempty"`
	Class    string    `json:"class"`
	Kind     string    `json:"kind"`
	Asset    string    `json:"asset,omitempty"`
	Hostname string    `json:"hostname,omitempty"`
	Model    string    `json:"model,omitempty"`
	Serial   string    `json:"serial,omitempty"`
	OS       string    `json:"os,omitempty"`
	Created  time.Time `json:"created"`
	FactsAt  time.Time `json:"facts_at,omitzero"`
	Seen     time.Time `json:"seen,omitzero"`     // when its agent was last heard
	SameAs   []string  `json:"same_as,omitempty"` // IDs of devices that it may be
}

// DeviceDetail is a device with what it is made of.
type DeviceDetail struct {
	Device
	Facts   []look.FactSet `json:"facts"`
	History []Change       `json:"history"` // newest first, the newest 50
}

// Change is one line of a device's history.
type Change struct {
	Time  time.Time `json:"time"`
	Kind  string    `json:"kind"`
	Item  string    `json:"item,omitempty"`
	Field string    `json:"field,omitempty"`
	Old   string    `json:"old,omitempty"`
	New   string    `json:"new,omitempty"`
	By    string    `json:"by,omitempty"`
}

// DeviceEdit changes fields of a device; nil fields stay.
type DeviceEdit struct {
	ID    string  `json:"id"`
	Name  *string `json:"name,omitempty"`
	Room  *string `json:"room,omitempty"`
	Class *string `json:"class,omitempty"`
	Asset *string `json:"asset,omitempty"`
}

// Pair is two devices: in a merge From goes and Into stays.
type Pair struct {
	From string `json:"from"`
	Into string `json:"into"`
}

func handleFleet(mux *http.ServeMux, f Fleet) {
	handle(mux, "enrol-token/create", f.CreateEnrolToken)
	handle(mux, "enrol-token/list", func(ctx context.Context, _ nothing) ([]EnrolToken, error) { return f.EnrolTokens(ctx) })
	handle(mux, "enrol-token/revoke", func(ctx context.Context, name string) (nothing, error) {
		return nothing{}, f.RevokeEnrolToken(ctx, name)
	})
	handle(mux, "agents/list", func(ctx context.Context, _ nothing) ([]Agent, error) { return f.Agents(ctx) })
	handle(mux, "agents/show", f.Agent)
	handle(mux, "agents/revoke", f.RevokeAgent)
	handle(mux, "devices/list", f.Devices)
	handle(mux, "devices/show", f.Device)
	handle(mux, "devices/edit", f.EditDevice)
	handle(mux, "devices/remove", func(ctx context.Context, id string) (nothing, error) { return nothing{}, f.RemoveDevice(ctx, id) })
	handle(mux, "devices/merge", f.MergeDevices)
	handle(mux, "devices/keep-apart", func(ctx context.Context, p Pair) (nothing, error) { return nothing{}, f.KeepApart(ctx, p) })
}

// CreateEnrolToken implements Fleet.
func (c *Client) CreateEnrolToken(ctx context.Context, t NewEnrolToken) (EnrolToken, error) {
	return call[NewEnrolToken, EnrolToken](ctx, c, "enrol-token/create", t)
}

// EnrolTokens implements Fleet.
func (c *Client) EnrolTokens(ctx context.Context) ([]EnrolToken, error) {
	return call[nothing, []EnrolToken](ctx, c, "enrol-token/list", nothing{})
}

// RevokeEnrolToken implements Fleet.
func (c *Client) RevokeEnrolToken(ctx context.Context, name string) error {
	_, err := call[string, nothing](ctx, c, "enrol-token/revoke", name)
	return err
}

// Agents implements Fleet.
func (c *Client) Agents(ctx context.Context) ([]Agent, error) {
	return call[nothing, []Agent](ctx, c, "agents/list", nothing{})
}

// Agent implements Fleet.
func (c *Client) Agent(ctx context.Context, id string) (Agent, error) {
	return call[string, Agent](ctx, c, "agents/show", id)
}

// RevokeAgent implements Fleet.
func (c *Client) RevokeAgent(ctx context.Context, id string) (Agent, error) {
	return call[string, Agent](ctx, c, "agents/revoke", id)
}

// Devices implements Fleet.
func (c *Client) Devices(ctx context.Context, f DeviceFilter) ([]Device, error) {
	return call[DeviceFilter, []Device](ctx, c, "devices/list", f)
}

// Device implements Fleet.
func (c *Client) Device(ctx context.Context, id string) (DeviceDetail, error) {
	return call[string, DeviceDetail](ctx, c, "devices/show", id)
}

// EditDevice implements Fleet.
func (c *Client) EditDevice(ctx context.Context, e DeviceEdit) (Device, error) {
	return call[DeviceEdit, Device](ctx, c, "devices/edit", e)
}

// RemoveDevice implements Fleet.
func (c *Client) RemoveDevice(ctx context.Context, id string) error {
	_, err := call[string, nothing](ctx, c, "devices/remove", id)
	return err
}

// MergeDevices implements Fleet.
func (c *Client) MergeDevices(ctx context.Context, p Pair) (Device, error) {
	return call[Pair, Device](ctx, c, "devices/merge", p)
}

// KeepApart implements Fleet.
func (c *Client) KeepApart(ctx context.Context, p Pair) error {
	_, err := call[Pair, nothing](ctx, c, "devices/keep-apart", p)
	return err
}
