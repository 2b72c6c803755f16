package web

import "context"

// PeopleView tells the pages about people and tokens what package access does
// not know.
type PeopleView interface {
	// Sites lists every site that who asks sees, by name.
	Sites(ctx context.Context) ([]Site, error)
}

// Bounds of the pages about people, tokens and the record.
const (
	maxPeople     = 100 // accounts, and tokens, of one page
	maxSiteBoxes  = 300 // sites to choose from, those that are chosen not counted
	maxAuditShown = 50  // entries of one page of the record
	maxAuditField = 40  // changed fields shown of an entry
	maxLoginName  = 254 // bytes of a login, see access
)
