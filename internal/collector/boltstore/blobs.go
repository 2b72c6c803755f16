package boltstore

import (
	"bytes"
	"fmt"

	"go.etcd.io/bbolt"
)

// blobs is a bucket of what others encode, by the ID of a check.
type blobs struct {
	db     *bbolt.DB
	bucket []byte
	what   string // one of them, in errors
}

func (b blobs) get(check string) ([]byte, error) {
	var out []byte
	err := b.db.View(func(tx *bbolt.Tx) error {
		out = bytes.Clone(tx.Bucket(b.bucket).Get([]byte(check)))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the %s of %s: %w", b.what, check, err)
	}
	return out, nil
}

func (b blobs) list() ([]string, error) {
	var out []string
	err := b.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(b.bucket).ForEach(func(k, _ []byte) error {
			out = append(out, string(k))
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list whose %s is kept: %w", b.what, err)
	}
	return out, nil
}

func (b blobs) put(check string, text []byte) error {
	err := b.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(b.bucket)
		if text == nil {
			return bucket.Delete([]byte(check))
		}
		return bucket.Put([]byte(check), text)
	})
	if err != nil {
		return fmt.Errorf("store the %s of %s: %w", b.what, check, err)
	}
	return nil
}

func (s *Store) crawls() blobs { return blobs{s.db, bucketCrawls, "crawl"} }

// Crawl returns how far the crawl of a check's website has come, as PutCrawl was
// given it; nil: none was begun.
func (s *Store) Crawl(check string) ([]byte, error) { return s.crawls().get(check) }

// Crawls lists the checks of which a crawl is kept.
func (s *Store) Crawls() ([]string, error) { return s.crawls().list() }

// PutCrawl stores how far a crawl has come; nil forgets it.
func (s *Store) PutCrawl(check string, state []byte) error { return s.crawls().put(check, state) }

func (s *Store) baselines() blobs { return blobs{s.db, bucketBaselines, "approved page"} }

// Baseline returns what was approved of a check's page, as PutBaseline was given
// it; nil: nothing yet.
func (s *Store) Baseline(check string) ([]byte, error) { return s.baselines().get(check) }

// Baselines lists the checks of which an approved page is kept.
func (s *Store) Baselines() ([]string, error) { return s.baselines().list() }

// PutBaseline stores what was approved of a check's page; nil forgets it.
func (s *Store) PutBaseline(check string, text []byte) error { return s.baselines().put(check, text) }
