package web

import (
	"context"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// PolledView is what the pages about adding devices that are looked at over the
// network, and about how they are asked, show. Its methods are safe for
// concurrent use and end with their context, which carries who asks
// (access.FromContext): whoever sees some sites only is shown those only.
type PolledView interface {
	// PolledDevice says how a device is asked and what it told. It fails with
	// ErrNotFound, also for one that is not looked at over the network.
	PolledDevice(ctx context.Context, id string) (PolledDevice, error)

	// PolledChoices lists what can be chosen when a device is added.
	PolledChoices(ctx context.Context) (PolledChoices, error)

	// Credentials lists all credentials, without their secrets. They concern the
	// whole installation.
	Credentials(ctx context.Context) ([]CredentialRow, error)
}

// PolledActions is what people may do to devices that are looked at over the
// network. The context says who does it; whoever implements the methods sees to
// the audit record. They fail with ErrNotFound when what they are about is gone
// or is not seen, with ErrTooMany when looks are asked for too often, and with
// settings.Problems when what was asked for cannot be, also for what the
// configuration file declares. Such a device is removed and restored as any other
// (DevicesActions).
type PolledActions interface {
	// TryDevice looks once, and stores nothing. With d.ID it is a device that is
	// there: secrets that d lacks are its own.
	TryDevice(ctx context.Context, d settings.Device) (DeviceTrial, error)

	// AddDevice looks once and adds the device; its ID is made of its name, or of
	// what it is, when it is empty. A device that is known at another address and
	// does not answer there any more has moved: its address is changed, and no
	// second one is added. What is known already and still answers is a Problem of
	// the field target, what does not answer one of code device_silent; neither is
	// when anyway is set.
	AddDevice(ctx context.Context, d settings.Device, anyway bool) (DeviceAdded, error)

	// EditDevice changes how a device is asked: Target, Credentials, Access and
	// Interval. With keep, secrets that d lacks stay as they are, unless they
	// would be sent to another address: that is a Problem. What people say of the
	// device is changed by DevicesActions.
	EditDevice(ctx context.Context, d settings.Device, keep bool) error

	// PauseDevice stops looking, or looks again.
	PauseDevice(ctx context.Context, id string, paused bool) error

	// PutCredential adds a credential, or changes the one with its name: with keep,
	// secrets that c lacks stay as they are.
	PutCredential(ctx context.Context, c settings.Credential, keep bool) error

	// DropCredential removes a credential. One that a device names is a Problem.
	DropCredential(ctx context.Context, name string) error
}

// PolledDevice is how a device is asked.
type PolledDevice struct {
	Spec settings.Device // as it was said; secrets are left out
	Has  AccessHas       // which secrets there are
	From string          // whose secrets it is asked with: name of a credential; empty: its own, or the usual community
	File string          // that declares it; "": it was added here
	Job  string          // snmp, pjlink or plain

	Every   time.Duration // between two looks
	Address string        // where it is now: Spec.Target, unless it was found elsewhere; "": another device has its place
	Instead Reference     // the device that has its place; zero: none
}

// AccessHas says which secrets there are.
type AccessHas struct{ Community, AuthKey, PrivKey, Password bool }

// PolledChoices is what can be chosen when a device is added.
type PolledChoices struct {
	Sites       []Site   // that are seen, the collector's own first
	Credentials []string // names
	Auth, Priv  []string // protocols of SNMP version 3
}

// DeviceTrial is what one look at an address found.
type DeviceTrial struct {
	Result look.Result
	Title  string        // what people would call it: "HP LaserJet 400"; "": nothing was recognised
	Class  fleet.Class   // that follows from what it is
	Every  time.Duration // between two looks, unless somebody says otherwise
	Known  *Reference    // the device that it is already; nil: none
	Moved  bool          // Known does not answer at its own address: adding this one moves it
}

// DeviceAdded is what came of adding a device.
type DeviceAdded struct {
	ID     string
	Result look.Result
	Moved  bool   // it was known: its address is another one now
	From   string // where it was, when it moved
}

// CredentialRow is a credential without its secrets.
type CredentialRow struct {
	settings.Credential
	Has     AccessHas
	File    string            // that declares it; "": it was added here
	Devices int               // that are asked with it
	Wrong   settings.Problems // why it is not in use
}
