package settings

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/snmp"
)

// The interval of looks at a device.
const (
	OftenInterval     = time.Minute      // of what others hang on, and of servers
	SeldomInterval    = 5 * time.Minute  // of the rest: printers sleep, projectors bear one look a minute
	MinDeviceInterval = 10 * time.Second // of projectors by PJLink it is OftenInterval: see Every
	MaxDeviceInterval = 24 * time.Hour
)

// Device says how a device is asked over the network: a printer, a switch, a
// UPS. What it is, the inventory knows, under the same ID. In the configuration
// file it is an element of "devices".
type Device struct {
	ID          string      `yaml:"id" json:"id"`                             // label "device"; never changes
	Name        string      `yaml:"name" json:"name,omitempty"`               // for people; empty: as the device calls itself
	Site        string      `yaml:"site" json:"site,omitempty"`               // label "site"; empty: the collector's own
	Room        string      `yaml:"room" json:"room,omitempty"`               // ID or name
	Class       fleet.Class `yaml:"class" json:"class,omitempty"`             // empty: it follows from what the device is
	Target      string      `yaml:"target" json:"target,omitempty"`           // snmp://HOST[:PORT], pjlink://HOST, or an address alone
	Credentials string      `yaml:"credentials" json:"credentials,omitempty"` // name of a Credential; empty: that of its subnet
	Access      `yaml:",inline"`
	Interval    time.Duration `yaml:"interval" json:"interval,omitempty"` // 0: by its kind, see Every
	Paused      bool          `yaml:"paused" json:"paused,omitempty"`     // not looked at for the time being

	// What it hangs on, by the IDs of package topology.
	Parents []string `yaml:"parents" json:"parents,omitempty"` // on the way to it; any one is enough
	Power   []string `yaml:"power" json:"power,omitempty"`     // what feeds it; any one is enough

	// Of a device that was added in the console.
	Created time.Time `yaml:"-" json:"created,omitzero"`
	Changed time.Time `yaml:"-" json:"changed,omitzero"`
	By      string    `yaml:"-" json:"by,omitempty"`     // who changed it last, as in the audit record
	Removed time.Time `yaml:"-" json:"removed,omitzero"` // zero: it is there
}

// Access is what devices want to know before they answer.
type Access struct {
	SNMP   SNMP   `yaml:"snmp" json:"snmp,omitzero"`
	PJLink PJLink `yaml:"pjlink" json:"pjlink,omitzero"`
}

// SNMP is what an SNMP agent wants to know. The fields whose names end in _file
// are of the configuration file alone: they name files that hold a secret.
type SNMP struct {
	Version       string        `yaml:"version" json:"version,omitempty"`    // 1, 2c or 3; empty: 3 with a user, else 2c
	Community     secret.String `yaml:"community" json:"community,omitzero"` // of versions 1 and 2c; empty: public
	CommunityFile string        `yaml:"community_file" json:"-"`
	User          string        `yaml:"user" json:"user,omitempty"` // of version 3, as all below
	Auth          string        `yaml:"auth" json:"auth,omitempty"`
	AuthKey       secret.String `yaml:"auth_key" json:"auth_key,omitzero"`
	AuthKeyFile   string        `yaml:"auth_key_file" json:"-"`
	Priv          string        `yaml:"priv" json:"priv,omitempty"`
	PrivKey       secret.String `yaml:"priv_key" json:"priv_key,omitzero"`
	PrivKeyFile   string        `yaml:"priv_key_file" json:"-"`
	Context       string        `yaml:"context" json:"context,omitempty"`
}

// PJLink is what a projector wants to know.
type PJLink struct {
	Password     secret.String `yaml:"password" json:"password,omitzero"`
	PasswordFile string        `yaml:"password_file" json:"-"`
}

// AuthProtocols and PrivProtocols are what version 3 can be protected with.
func AuthProtocols() []string { return []string{"MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"} }

// PrivProtocols are what version 3 can be encrypted with. Those that end in C
// are as Cisco derives their keys.
func PrivProtocols() []string {
	return []string{"DES", "AES", "AES192", "AES256", "AES192C", "AES256C"}
}

// credentials are those of package snmp.
func (s SNMP) credentials() snmp.Credentials {
	version := snmp.Version(s.Version)
	if version == "" && s.User != "" {
		version = snmp.V3
	}
	return snmp.Credentials{
		Version: version, Community: s.Community, User: s.User, Auth: s.Auth, AuthKey: s.AuthKey, Priv: s.Priv, PrivKey: s.PrivKey, Context: s.Context,
	}
}

// Title is what people call the device before anybody asked it.
func (d Device) Title() string { return cmp.Or(d.Name, d.ID) }

// Every is how often a device of a kind is looked at. A projector that is asked by
// PJLink bears no more than one look a minute, whatever was set.
func (d Device) Every(kind look.Kind) time.Duration {
	if d.Interval != 0 {
		if scheme, _, _ := strings.Cut(d.Target, "://"); strings.EqualFold(scheme, device.SchemePJLink) || scheme == d.Target && ClassOf(kind) == fleet.Presentation {
			return max(d.Interval, OftenInterval)
		}
		return d.Interval
	}
	if c := ClassOf(kind); c == fleet.Infrastructure || c == fleet.Server {
		return OftenInterval
	}
	return SeldomInterval
}

// ClassOf is what follows from what a device is.
func ClassOf(kind look.Kind) fleet.Class {
	switch kind {
	case look.Switch, look.Router, look.AccessPoint, look.UPS:
		return fleet.Infrastructure
	case look.NAS, look.Server, look.ServerBoard:
		return fleet.Server
	case look.Camera, look.Recorder:
		return fleet.Safety
	case look.Projector, look.Display:
		return fleet.Presentation
	}
	return fleet.Workstation
}

// At is where the device is and how it is asked: with its own secrets, or those
// of the Credential that it names, or those of its subnet; of SNMP and PJLink
// each by itself. It fails when the target cannot be read.
func (d Device) At(all []Credential) (device.Target, error) {
	t, err := device.ParseTarget(d.Target)
	if err != nil {
		return device.Target{}, err
	}
	shared := d.shared(t.Host, all)
	switch {
	case t.SNMP != snmp.Credentials{}: // in the target itself
	case d.SNMP != SNMP{}:
		t.SNMP = d.SNMP.credentials()
	default:
		t.SNMP = shared.SNMP.credentials()
	}
	if t.PJLink.IsZero() {
		t.PJLink = d.PJLink.Password
		if t.PJLink.IsZero() {
			t.PJLink = shared.PJLink.Password
		}
	}
	return t, nil
}

// shared are the secrets that a device has from a Credential.
func (d Device) shared(host string, all []Credential) Access {
	name := d.Credentials
	if name == "" {
		name = ofSubnet(host, all)
	}
	for _, c := range all {
		if c.Name == name {
			return c.Access
		}
	}
	return Access{}
}

// From names the Credential that a device has secrets from; "" when its own are
// all that it has.
func (d Device) From(all []Credential) string {
	t, err := device.ParseTarget(d.Target)
	switch {
	case d.Credentials != "":
		return d.Credentials
	case err != nil || t.SNMP != snmp.Credentials{} || d.SNMP != SNMP{} || !t.PJLink.IsZero() || d.PJLink != PJLink{}:
		return ""
	}
	return ofSubnet(t.Host, all)
}

// Keep takes over the secrets of what was before that are missing and still of
// use, and names their fields.
func (a *Access) Keep(was Access) []string {
	three := a.SNMP.credentials().Version == snmp.V3
	use := map[string]bool{
		"snmp.community": !three && was.SNMP.credentials().Version != snmp.V3, "snmp.auth_key": three && a.SNMP.Auth != "",
		"snmp.priv_key": three && a.SNMP.Priv != "", "pjlink.password": true,
	}
	before := was.secrets()
	var out []string
	for name, value := range a.secrets() {
		if value.IsZero() && !before[name].IsZero() && use[name] {
			*value = *before[name]
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Bare is an Access without its secrets.
func (a Access) Bare() Access {
	for _, value := range a.secrets() {
		*value = secret.String{}
	}
	a.SNMP.CommunityFile, a.SNMP.AuthKeyFile, a.SNMP.PrivKeyFile, a.PJLink.PasswordFile = "", "", "", ""
	return a
}

// plain takes the secrets out of the target and puts them where they are
// sealed. A target that cannot be read stays.
func (d Device) plain() Device {
	t, err := device.ParseTarget(d.Target)
	if err != nil {
		return d
	}
	if (t.SNMP != snmp.Credentials{}) {
		d.SNMP = SNMP{Version: string(t.SNMP.Version), Community: t.SNMP.Community}
	}
	if !t.PJLink.IsZero() {
		d.PJLink.Password = t.PJLink
	}
	d.Target = t.String()
	return d
}

// over reports whether a removed device has been kept for long enough.
func (d Device) over(now time.Time) bool {
	return !d.Removed.IsZero() && now.Sub(d.Removed) > KeepRemoved
}

func byDeviceID(d Device, id string) int { return cmp.Compare(d.ID, id) }

// Device finds a device, also one that was removed lately.
func (s Settings) Device(id string) (Device, bool) {
	i, ok := slices.BinarySearchFunc(s.Devices, id, byDeviceID)
	if !ok {
		return Device{}, false
	}
	return s.Devices[i], true
}

// PutDevice adds a device or changes it: its ID says which. It fails with
// Problems. Within one edit devices stay in the order of their IDs.
func (s *Settings) PutDevice(d Device) error {
	d.Name = strings.TrimSpace(d.Name)
	d = d.plain()
	if problems := d.Problems(); len(problems) > 0 {
		return problems
	}
	i, known := slices.BinarySearchFunc(s.Devices, d.ID, byDeviceID)
	if !known {
		s.Devices = slices.Insert(s.Devices, i, d)
		return nil
	}
	if was := s.Devices[i]; !was.Removed.IsZero() && d.Removed.IsZero() {
		return Problems{problem("id", CodeIDRemoved, "ID", d.ID)}
	}
	d.Created, d.Changed, d.By = s.Devices[i].Created, s.Devices[i].Changed, s.Devices[i].By
	s.Devices[i] = d
	return nil
}

// RemoveDevice takes a device out; it can be restored for KeepRemoved. It fails
// with ErrNotFound.
func (s *Settings) RemoveDevice(id string, now time.Time) error {
	return s.eachDevice(id, func(d *Device) {
		if d.Removed.IsZero() {
			d.Removed = now
		}
	})
}

// RestoreDevice undoes RemoveDevice. It fails with ErrNotFound.
func (s *Settings) RestoreDevice(id string) error {
	return s.eachDevice(id, func(d *Device) { d.Removed = time.Time{} })
}

// PauseDevice stops looking, or looks again. It fails with ErrNotFound.
func (s *Settings) PauseDevice(id string, paused bool) error {
	return s.eachDevice(id, func(d *Device) { d.Paused = paused })
}

func (s *Settings) eachDevice(id string, edit func(*Device)) error {
	i, known := slices.BinarySearchFunc(s.Devices, id, byDeviceID)
	if !known {
		return ErrNotFound
	}
	edit(&s.Devices[i])
	return nil
}

// Away says that a device is not where it was said to be: another one answers in
// its place, or it was found elsewhere.
type Away struct {
	Said    string    `json:"said"`              // the target that this is about: with another one it is void
	Target  string    `json:"target,omitempty"`  // where the device was found; empty: nowhere
	Instead string    `json:"instead,omitempty"` // ID of the device that answers in its place
	Since   time.Time `json:"since"`
}

// SetAway notes where a device is; nil forgets it.
func (s *Settings) SetAway(id string, a *Away) {
	if a == nil {
		delete(s.Away, id)
		return
	}
	if s.Away == nil {
		s.Away = map[string]Away{}
	}
	s.Away[id] = *a
}
