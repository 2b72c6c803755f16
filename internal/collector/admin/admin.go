// Package admin is the door for commands beside a running collector: a Unix
// socket in the data folder that only the owner of the folder can open, with
// JSON over HTTP behind it. Server and client are both here, and both speak
// Ops, so that a command does not care whether the collector runs.
//
// It decides nothing: the composition implements Ops.
package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"syscall"
	"time"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// SocketName is the socket's file name in the data folder.
const SocketName = "admin.sock"

// Limits of a request and of an answer.
const (
	maxRequest  = 1 << 20
	maxResponse = 64 << 20
	callTimeout = 2 * time.Minute
)

// Ops is what the keeper of a collector may ask of it.
type Ops interface {
	Status(ctx context.Context) (Status, error)
	Reload(ctx context.Context) error
	TestMail(ctx context.Context, contact string) (MailTest, error)
	Incidents(ctx context.Context, closed bool) ([]incident.Incident, error)
	Acknowledge(ctx context.Context, w Word) (incident.Incident, error)
	CloseIncident(ctx context.Context, w Word) (incident.Incident, error)
	TakeBack(ctx context.Context, w Word) (incident.Incident, error) // an acknowledgement
	Silence(ctx context.Context, w Word) (incident.Incident, error)  // what the incident is about, until w.Until
	Comment(ctx context.Context, w Word) (incident.Incident, error)  // on an incident that is open or closed

	People
	Fleet
	Polled
	Maintenance
	Backups
	Past
}

// Status says how a running collector is.
type Status struct {
	Build     buildinfo.Info `json:"build"`
	Listen    string         `json:"listen"`
	Started   time.Time      `json:"started"`
	Checks    int            `json:"checks"`
	Incidents int            `json:"incidents"` // open ones
	MailWaits int            `json:"mail_waits"`
	Backup    time.Time      `json:"last_backup,omitzero"` // when the newest full backup was made; zero: there is none
	Notices   []string       `json:"notices,omitempty"`
	Demo      bool           `json:"demo,omitempty"` // everything is made up
}

// MailTest says to whom test mails went.
type MailTest struct {
	Sent []string `json:"sent"` // addresses
}

// Word is what a person says about an incident.
type Word struct {
	ID      incident.ID `json:"id"`
	By      string      `json:"by"`
	Comment string      `json:"comment,omitempty"`
	Until   time.Time   `json:"until,omitzero"` // of an acknowledgement or a silence; zero: of the first, to the end
}

// ErrNotRunning says that no collector runs with this data folder.
var ErrNotRunning = errors.New("no collector is running with this data folder")

type answer struct {
	Error string          `json:"error,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

type nothing struct{}

// Listen makes the socket. A socket left by a killed collector is replaced:
// call it only while holding the lock of the data folder.
func Listen(dataDir string) (net.Listener, error) {
	path := filepath.Join(dataDir, SocketName)
	l, err := listenPrivate(dataDir, path)
	if err != nil {
		return nil, fmt.Errorf("open the admin socket %s: %w", path, err)
	}
	return l, nil
}

// Serve answers on the socket until ctx ends, and returns when the calls that
// run have been answered or five seconds have passed.
func Serve(ctx context.Context, l net.Listener, ops Ops, logger *slog.Logger) error {
	srv := &http.Server{
		Handler:           handler(ops),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      callTimeout + 10*time.Second,
		ErrorLog:          slog.NewLogLogger(logger.With("component", "admin").Handler(), slog.LevelWarn),
	}
	stop := context.AfterFunc(ctx, func() {
		bounded, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if srv.Shutdown(bounded) != nil {
			_ = srv.Close()
		}
	})
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the admin socket: %w", err)
	}
	return nil
}

func handler(ops Ops) http.Handler {
	mux := http.NewServeMux()
	handle(mux, "status", func(ctx context.Context, _ nothing) (Status, error) { return ops.Status(ctx) })
	handle(mux, "reload", func(ctx context.Context, _ nothing) (nothing, error) { return nothing{}, ops.Reload(ctx) })
	handle(mux, "mail/test", ops.TestMail)
	handle(mux, "incidents/list", ops.Incidents)
	handle(mux, "incidents/ack", ops.Acknowledge)
	handle(mux, "incidents/close", ops.CloseIncident)
	handlePeople(mux, ops)
	handle(mux, "incidents/unack", ops.TakeBack)
	handle(mux, "incidents/silence", ops.Silence)
	handle(mux, "incidents/comment", ops.Comment)
	handleFleet(mux, ops)
	handlePolled(mux, ops)
	handleMaintenance(mux, ops)
	handleBackups(mux, ops)
	handlePast(mux, ops)
	return mux
}

func handle[In, Out any](mux *http.ServeMux, name string, f func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST /v1/"+name, func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
		defer cancel()
		var in In
		var a answer
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&in); err != nil {
			a.Error = "read the request: " + err.Error()
		} else if out, err := f(ctx, in); err != nil {
			a.Error = err.Error()
		} else if a.Value, err = json.Marshal(out); err != nil {
			a.Error = "write the answer: " + err.Error()
		}
		w.Header().Set("Content-Type", "application/json")
		if a.Error != "" {
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		_ = json.NewEncoder(w).Encode(a) // the client sees a cut answer itself
	})
}

// Client speaks to a running collector. It is safe for concurrent use.
type Client struct{ http *http.Client }

var _ Ops = (*Client)(nil)

// Dial finds the collector that runs with a data folder. The error wraps
// ErrNotRunning when there is none.
func Dial(ctx context.Context, dataDir string) (*Client, error) {
	path := filepath.Join(dataDir, SocketName)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", path)
	}
	conn, err := dial(ctx, "", "")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%w (%s)", ErrNotRunning, dataDir)
	}
	if err != nil {
		return nil, fmt.Errorf("reach the collector: %w", err)
	}
	_ = conn.Close()
	return &Client{&http.Client{Timeout: callTimeout + 5*time.Second, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}, nil
}

func call[In, Out any](ctx context.Context, c *Client, name string, in In) (Out, error) {
	var out Out
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin/v1/"+name, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return out, fmt.Errorf("ask the collector: %w", err)
	}
	defer resp.Body.Close()
	var a answer
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxResponse)).Decode(&a); err != nil {
		return out, fmt.Errorf("read the collector's answer (%s): %w", resp.Status, err)
	}
	if a.Error != "" {
		return out, errors.New(a.Error)
	}
	return out, json.Unmarshal(a.Value, &out)
}

// Status implements Ops.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[nothing, Status](ctx, c, "status", nothing{})
}

// Reload implements Ops.
func (c *Client) Reload(ctx context.Context) error {
	_, err := call[nothing, nothing](ctx, c, "reload", nothing{})
	return err
}

// TestMail implements Ops.
func (c *Client) TestMail(ctx context.Context, contact string) (MailTest, error) {
	return call[string, MailTest](ctx, c, "mail/test", contact)
}

// Incidents implements Ops.
func (c *Client) Incidents(ctx context.Context, closed bool) ([]incident.Incident, error) {
	return call[bool, []incident.Incident](ctx, c, "incidents/list", closed)
}

// Acknowledge implements Ops.
func (c *Client) Acknowledge(ctx context.Context, w Word) (incident.Incident, error) {
	return call[Word, incident.Incident](ctx, c, "incidents/ack", w)
}

// CloseIncident implements Ops.
func (c *Client) CloseIncident(ctx context.Context, w Word) (incident.Incident, error) {
	return call[Word, incident.Incident](ctx, c, "incidents/close", w)
}

// TakeBack implements Ops.
func (c *Client) TakeBack(ctx context.Context, w Word) (incident.Incident, error) {
	return call[Word, incident.Incident](ctx, c, "incidents/unack", w)
}

// Silence implements Ops.
func (c *Client) Silence(ctx context.Context, w Word) (incident.Incident, error) {
	return call[Word, incident.Incident](ctx, c, "incidents/silence", w)
}

// Comment implements Ops.
func (c *Client) Comment(ctx context.Context, w Word) (incident.Incident, error) {
	return call[Word, incident.Incident](ctx, c, "incidents/comment", w)
}
