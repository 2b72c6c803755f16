package boltstore

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/settings"
)

var _ settings.Store = (*Store)(nil)

// Keys of bucketSettings.
const (
	keyGeneral     = "general"
	keyLogo        = "logo"
	keyCredentials = "credentials"
)

// Settings implements settings.Store.
func (s *Store) Settings(context.Context) (settings.Stored, error) {
	var out settings.Stored
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketSettings)
		if v := b.Get([]byte(keyGeneral)); v != nil && !s.decode(bucketSettings, []byte(keyGeneral), v, &out.General) {
			out.General = settings.SealedGeneral{}
		}
		if v := b.Get([]byte(keyLogo)); v != nil {
			var logo settings.Logo
			if s.decode(bucketSettings, []byte(keyLogo), v, &logo) {
				out.Logo = &logo
			}
		}
		out.Devices = keyed(s, tx, bucketPolled, func(d settings.SealedDevice) string { return d.ID })
		if v := b.Get([]byte(keyCredentials)); v != nil && !s.decode(bucketSettings, []byte(keyCredentials), v, &out.Credentials) {
			out.Credentials = nil
		}
		out.Checks = keyed(s, tx, bucketChecks, func(c settings.SealedCheck) string { return c.ID })
		return nil
	})
	if err != nil {
		return settings.Stored{}, fmt.Errorf("read the settings: %w", err)
	}
	return out, nil
}

// PutSettings implements settings.Store.
func (s *Store) PutSettings(_ context.Context, b settings.Batch) error {
	var writes []write
	if b.General != nil {
		writes = append(writes, write{bucketSettings, keyGeneral, b.General})
	}
	if b.DropLogo {
		writes = append(writes, write{bucketSettings, keyLogo, nil})
	}
	if b.Logo != nil {
		writes = append(writes, write{bucketSettings, keyLogo, b.Logo})
	}
	for _, id := range b.DropChecks {
		writes = append(writes, write{bucketChecks, id, nil})
	}
	for _, c := range b.Checks {
		writes = append(writes, write{bucketChecks, c.ID, c})
	}
	for _, id := range b.DropDevices {
		writes = append(writes, write{bucketPolled, id, nil})
	}
	for _, d := range b.Devices {
		writes = append(writes, write{bucketPolled, d.ID, d})
	}
	if b.Credentials != nil {
		writes = append(writes, write{bucketSettings, keyCredentials, b.Credentials})
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, w := range writes {
			if err := w.do(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store the settings: %w", err)
	}
	return nil
}
