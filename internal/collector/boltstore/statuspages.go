package boltstore

import (
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/budi-monitor/budi/internal/collector/statuspage"
)

// StatusPages returns the status pages and the posts of all of them.
func (s *Store) StatusPages() (pages []statuspage.Page, posts []statuspage.Post, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		pages = keyed(s, tx, bucketStatusPages, func(p statuspage.Page) string { return p.ID })
		posts = keyed(s, tx, bucketStatusPosts, func(p statuspage.Post) string { return p.ID })
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the status pages: %w", err)
	}
	return pages, posts, nil
}

// PutStatusPage stores a page, in place of an earlier one.
func (s *Store) PutStatusPage(p statuspage.Page) error {
	return s.statusPages("store the status page "+p.ID, write{bucketStatusPages, p.ID, p})
}

// DropStatusPage takes a page away, with its posts.
func (s *Store) DropStatusPage(id string, posts []string) error {
	writes := []write{{bucketStatusPages, id, nil}}
	for _, post := range posts {
		writes = append(writes, write{bucketStatusPosts, post, nil})
	}
	return s.statusPages("remove the status page "+id, writes...)
}

// PutStatusPost stores a post, in place of an earlier one.
func (s *Store) PutStatusPost(p statuspage.Post) error {
	return s.statusPages("store a post of the status page "+p.Page, write{bucketStatusPosts, p.ID, p})
}

// DropStatusPost takes a post away, and stores its page, which is another one
// without it.
func (s *Store) DropStatusPost(p statuspage.Page, id string) error {
	return s.statusPages("remove the post "+id+" of a status page", write{bucketStatusPages, p.ID, p}, write{bucketStatusPosts, id, nil})
}

func (s *Store) statusPages(what string, writes ...write) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, w := range writes {
			if err := w.do(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
