package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/sim/school"
)

// The people of the demonstration. All have the same password.
const (
	Password = "demo-demo-demo"

	Administrator = "demo"
	Viewer        = "demo-viewer"
	Operator      = "demo-operator" // of the library's branch only
)

// actor is who did what was done before the start, in the audit record.
const actor = "demo"

// settle writes into the data folder what is there before the collector runs:
// people, sites, rooms.
func (d *Demo) settle(ctx context.Context) (err error) {
	if err := os.MkdirAll(d.DataDir(), 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	store, err := boltstore.Open(filepath.Join(d.DataDir(), "budi.db"), boltstore.Options{Logger: d.opts.Logger, Now: d.longAgo})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := d.settlePeople(ctx, store); err != nil {
		return err
	}
	places, err := inventory.Open(inventory.Options{Store: store, Logger: d.opts.Logger, Now: d.longAgo})
	if err != nil {
		return err
	}
	for _, s := range d.school.Sites() {
		if err := places.PutSite(ctx, actor, inventory.Site{ID: s.ID, Name: s.Name}); err != nil {
			return fmt.Errorf("make site %s: %w", s.ID, err)
		}
	}
	for _, r := range d.school.Rooms() {
		if err := places.PutRoom(ctx, actor, inventory.Room{ID: r.ID, Site: r.Site, Name: r.Name}); err != nil {
			return fmt.Errorf("make room %s: %w", r.ID, err)
		}
	}
	return nil
}

func (d *Demo) settlePeople(ctx context.Context, store *boltstore.Store) error {
	key, _, err := access.LoadKey(filepath.Join(d.DataDir(), "secret.key"))
	if err != nil {
		return err
	}
	control, err := access.Open(access.Options{Store: store, Key: key, Logger: d.opts.Logger, Now: d.longAgo})
	if err != nil {
		return err
	}
	for _, u := range []access.NewUser{
		{Login: Administrator, Name: "Demo", Role: access.Administrator},
		{Login: Viewer, Name: "Demo viewer", Role: access.Viewer},
		{Login: Operator, Name: "Demo operator", Role: access.Operator, Sites: []string{school.Branch}},
	} {
		u.Lang, u.Password = d.opts.Lang, secret.New(Password)
		if _, err := control.CreateUser(ctx, access.Local(actor), u); err != nil {
			return fmt.Errorf("make the account %s: %w", u.Login, err)
		}
	}
	return nil
}
