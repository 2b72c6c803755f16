package settings

import "context"

// Store keeps the settings. Its methods are safe for concurrent use, each is
// one transaction, and what PutSettings stored is on the disk when it returns.
type Store interface {
	// Settings reads everything. What cannot be read is left out.
	Settings(ctx context.Context) (Stored, error)
	// PutSettings stores a Batch, all or nothing.
	PutSettings(ctx context.Context, b Batch) error
}

// Stored is what Store.Settings reads.
type Stored struct {
	General SealedGeneral
	Logo    *Logo
	Checks  []SealedCheck

	Devices     []SealedDevice
	Credentials []SealedCredential
}

// Batch is a change of what is stored.
type Batch struct {
	General    *SealedGeneral // nil: as it was
	Logo       *Logo          // nil: as it was
	DropLogo   bool
	Checks     []SealedCheck // by ID
	DropChecks []string

	Devices     []SealedDevice // by ID
	DropDevices []string
	Credentials []SealedCredential // all of them; nil: as they were
}

func (b Batch) empty() bool {
	return b.General == nil && b.Logo == nil && !b.DropLogo && len(b.Checks) == 0 && len(b.DropChecks) == 0 &&
		len(b.Devices) == 0 && len(b.DropDevices) == 0 && b.Credentials == nil
}
