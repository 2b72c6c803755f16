package jsonapi

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// Polled is what is asked about devices that are looked at over the network. Its
// methods do what the context's identity may do, in its name and with an entry in
// the audit record; of a site that it does not see there is nothing. What people
// entered and cannot be is an *InvalidError, what the configuration file declares
// ErrInFile. No secret comes back.
type Polled interface {
	// PolledDevice fails with ErrNotFound.
	PolledDevice(ctx context.Context, id string) (PolledDevice, error)

	// AddDevice looks once and adds the device; see web.PolledActions.
	AddDevice(ctx context.Context, d settings.Device, anyway bool) (AddedDevice, error)

	// EditDevice changes how a device is asked. Secrets that are missing stay.
	EditDevice(ctx context.Context, d settings.Device) error

	// PauseDevice stops looking, or looks again. It fails with ErrNotFound.
	PauseDevice(ctx context.Context, id string, paused bool) error

	// Credentials lists all of them, without secrets.
	Credentials(ctx context.Context) ([]Credential, error)

	// PutCredential adds one, or changes the one with its name: secrets that are
	// missing stay.
	PutCredential(ctx context.Context, c settings.Credential) error

	// DropCredential fails with ErrNotFound.
	DropCredential(ctx context.Context, name string) error
}

// PolledDevice is how a device is asked, and what it told.
type PolledDevice struct {
	settings.Device          // with its site, without secrets
	Secrets         []string // the fields that have one
	File            string   // that declares it; empty: it was added in the console, or here
	Address         string   // where it is; empty: another device has its place
	Instead         string   // ID of that device
	From            string   // credentials that it is asked with; empty: its own
	Every           time.Duration
	Newest          *look.Result // nil before the first look
}

// AddedDevice is what came of adding a device.
type AddedDevice struct {
	ID        string       `json:"id"`
	MovedFrom string       `json:"moved_from,omitempty"` // it was known: where it was
	Look      *look.Result `json:"look"`
}

// Credential is what several devices are asked with.
type Credential struct {
	settings.Credential          // without secrets
	Secrets             []string // the fields that have one
	File                string   // that declares it
}

type pollingAnswer struct {
	ID              string        `json:"id"`
	Site            string        `json:"site"`
	Target          string        `json:"target"`
	Credentials     string        `json:"credentials,omitempty"`
	SNMP            settings.SNMP `json:"snmp,omitzero"`
	Secrets         []string      `json:"secrets"`
	IntervalSeconds float64       `json:"interval_seconds"`
	Paused          bool          `json:"paused"`
	Address         string        `json:"address,omitempty"`
	Instead         string        `json:"instead,omitempty"`
	AskedWith       string        `json:"asked_with,omitempty"`
	File            string        `json:"file,omitempty"`
	Newest          *newestAnswer `json:"newest,omitempty"`
}

type credentialAnswer struct {
	Name    string        `json:"name"`
	Subnets []string      `json:"subnets"`
	SNMP    settings.SNMP `json:"snmp,omitzero"`
	Secrets []string      `json:"secrets"`
	File    string        `json:"file,omitempty"`
}

// polledBody is how a device is to be asked.
type polledBody struct {
	Target          string          `json:"target"`
	Credentials     string          `json:"credentials"`
	SNMP            settings.SNMP   `json:"snmp"`
	PJLink          settings.PJLink `json:"pjlink"`
	IntervalSeconds float64         `json:"interval_seconds"`
}

func (b polledBody) device() settings.Device {
	return settings.Device{Target: b.Target, Credentials: b.Credentials, Access: settings.Access{SNMP: b.SNMP, PJLink: b.PJLink}, Interval: seconds(b.IntervalSeconds)}
}

// polledSeen returns a device that who asks may know of.
func (s *server) polledSeen(r request) (PolledDevice, error) {
	d, err := s.Polled.PolledDevice(r.Context(), r.PathValue("id"))
	if err == nil && !r.sees(d.Site) {
		err = ErrNotFound
	}
	return d, err
}

func (s *server) deviceLook(r request) (answer, error) {
	d, err := s.polledSeen(r)
	if err == nil && d.Newest == nil {
		err = ErrNotFound // it was not looked at yet
	}
	if err != nil {
		return nil, err
	}
	return d.Newest, nil
}

func (s *server) polling(r request) (answer, error) {
	d, err := s.polledSeen(r)
	if err != nil {
		return nil, err
	}
	out := pollingAnswer{
		ID: d.ID, Site: d.Site, Target: d.Target, Credentials: d.Credentials, SNMP: d.SNMP, Secrets: append([]string{}, d.Secrets...), IntervalSeconds: d.Every.Seconds(),
		Paused: d.Paused, Address: d.Address, Instead: d.Instead, AskedWith: d.From, File: d.File,
	}
	if n := d.Newest; n != nil {
		out.Newest = &newestAnswer{n.Time, string(n.Outcome), n.Duration.Seconds(), n.Problem}
	}
	return out, nil
}

func (s *server) putPolling(r request) (answer, error) {
	var body polledBody
	if err := r.body(&body); err != nil {
		return nil, err
	}
	d := body.device()
	d.ID = r.PathValue("id")
	if err := s.Polled.EditDevice(r.Context(), d); err != nil {
		return nil, err
	}
	return s.polling(r)
}

func (s *server) addDevice(r request) (answer, error) {
	var body struct {
		polledBody
		ID      string      `json:"id"`
		Name    string      `json:"name"`
		Site    string      `json:"site"`
		Room    string      `json:"room"`
		Class   fleet.Class `json:"class"`
		Parents []string    `json:"parents"`
		Power   []string    `json:"power"`
		Anyway  bool        `json:"anyway"`
	}
	if err := r.body(&body); err != nil {
		return nil, err
	}
	d := body.device()
	d.ID, d.Name, d.Site, d.Room, d.Class, d.Parents, d.Power = body.ID, body.Name, body.Site, body.Room, body.Class, body.Parents, body.Power
	return s.Polled.AddDevice(r.Context(), d, body.Anyway)
}

func (s *server) pauseDevice(r request) (answer, error)  { return s.turnDevice(r, true) }
func (s *server) resumeDevice(r request) (answer, error) { return s.turnDevice(r, false) }

func (s *server) turnDevice(r request, paused bool) (answer, error) {
	if err := s.Polled.PauseDevice(r.Context(), r.PathValue("id"), paused); err != nil {
		return nil, err
	}
	return s.polling(r)
}

func credentialOf(c Credential) credentialAnswer {
	return credentialAnswer{c.Name, append([]string{}, c.Subnets...), c.SNMP, append([]string{}, c.Secrets...), c.File}
}

func (s *server) credentials(r request) (answer, error) {
	all, err := s.Polled.Credentials(r.Context())
	if err != nil {
		return nil, err
	}
	out := struct {
		Credentials []credentialAnswer `json:"credentials"`
	}{[]credentialAnswer{}}
	for _, c := range all {
		out.Credentials = append(out.Credentials, credentialOf(c))
	}
	return out, nil
}

func (s *server) putCredential(r request) (answer, error) {
	var body struct {
		Subnets []string        `json:"subnets"`
		SNMP    settings.SNMP   `json:"snmp"`
		PJLink  settings.PJLink `json:"pjlink"`
	}
	if err := r.body(&body); err != nil {
		return nil, err
	}
	name := r.PathValue("id")
	err := s.Polled.PutCredential(r.Context(), settings.Credential{Name: name, Subnets: body.Subnets, Access: settings.Access{SNMP: body.SNMP, PJLink: body.PJLink}})
	if err != nil {
		return nil, err
	}
	return s.credentials(r)
}

func (s *server) dropCredential(r request) (answer, error) {
	return nil, s.Polled.DropCredential(r.Context(), r.PathValue("id"))
}
