package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/budi-monitor/budi/internal/boltcheck"
)

// The top-level buckets. Keys that are numbers are big-endian, so that they
// sort as numbers; values are JSON unless said otherwise.
var (
	bucketMeta     = []byte("meta")            // what the file says of itself, by the keys below
	bucketOpen     = []byte("incidents_open")  // incident number → incident that is not closed
	bucketJournal  = []byte("incidents")       // incident number → closed incident; its sequence is the highest number ever given
	bucketUnsent   = []byte("outbox_unsent")   // incident number + row ID → outbox row whose state is not final
	bucketDone     = []byte("outbox_done")     // the same key → outbox row whose state is final
	bucketAccounts = []byte("access_accounts") // login → account
	bucketSessions = []byte("access_sessions") // SHA-256 of the session's value → session
	bucketTokens   = []byte("access_tokens")   // SHA-256 of the token's value → token
	bucketAudit    = []byte("access_audit")    // number → entry of the audit record, in the order of writing

	bucketSites     = []byte("inventory_sites")     // ID → site
	bucketRooms     = []byte("inventory_rooms")     // ID → room
	bucketDevices   = []byte("inventory_devices")   // ID → device
	bucketIDs       = []byte("inventory_ids")       // every ID that a device ever had → what became of it
	bucketProposals = []byte("inventory_proposals") // ID of the new device, 0, ID of the old one → proposal to merge them
	bucketApart     = []byte("inventory_apart")     // two IDs in their order with 0 between → the pair that is not one device
	bucketFacts     = []byte("inventory_facts")     // ID of a device, 0, kind → facts of that kind
	bucketHistory   = []byte("inventory_history")   // ID of a device, 0, number → change; numbers without gaps, so that the first says how many went

	bucketEnrolTokens = []byte("enrolment_tokens") // SHA-256 of the token's secret → enrolment token
	bucketAgents      = []byte("enrolment_agents") // ID → agent with the SHA-256 of its secret

	bucketDigests = []byte("digests") // name of a contact → what digest was made for it last

	bucketSettings = []byte("settings") // "general", "logo", "credentials" → what people set in the console; secrets are sealed
	bucketChecks   = []byte("checks")   // ID → check that was added in the console
	bucketPolled   = []byte("polled")   // ID → how a device that was added in the console is asked; secrets are sealed

	bucketReportPages = []byte("report_pages") // ID of a room → its page on which people report faults

	bucketStatusPages = []byte("status_pages") // ID → status page
	bucketStatusPosts = []byte("status_posts") // ID → what a person wrote on one

	bucketAspects   = []byte("aspects")   // ID of a check, "/", name of an aspect → its newest result
	bucketBaselines = []byte("baselines") // ID of a check → the page that was approved
	bucketCrawls    = []byte("crawls")    // ID of a check → how far its crawl has come
	bucketJobs      = []byte("jobs")      // ID of a check → how its job is; the same, 0 and a number → one of its calls

	bucketAvailability = []byte("availability") // year * 12 + month - 1 in two bytes, ID of a check or device as in the topology → its days in that month; see availability.go
)

// buckets lists every top-level bucket. Opening makes those that are missing,
// so a new bucket needs no migration; a new form of what is in one does.
var buckets = [][]byte{
	bucketMeta, bucketOpen, bucketJournal, bucketUnsent, bucketDone,
	bucketAccounts, bucketSessions, bucketTokens, bucketAudit,
	bucketSites, bucketRooms, bucketDevices, bucketIDs, bucketProposals, bucketApart, bucketFacts, bucketHistory,
	bucketEnrolTokens, bucketAgents,
	bucketSettings, bucketChecks, bucketPolled, bucketDigests, bucketAvailability, bucketReportPages,
	bucketAspects, bucketBaselines, bucketCrawls, bucketJobs, bucketStatusPages, bucketStatusPosts,
}

// Keys of bucketMeta.
var (
	keySchema       = []byte("schema_version")
	keyInstallation = []byte("installation_id")
	keyRestored     = []byte("restored")    // when this file took the place of a newer one (RFC 3339)
	keyBackup       = []byte("last_backup") // a Backup
)

// migrations[i] brings a file of version i+1 to version i+2. They are never
// changed after a release, only added to.
var migrations = []func(*bbolt.Tx) error{
	// To 2: buckets of the inventory and of enrolment. Nothing is rewritten; an
	// older program must not open the file, because it would give tokens and
	// device IDs away that are taken.
	func(*bbolt.Tx) error { return nil },
	// To 3: accounts can be disabled, without a password, or of an identity
	// provider; checks and settings of the console. Nothing is rewritten; an older
	// program must not open the file, because it would let in whoever was
	// disabled, watch less than people were told and mail nobody.
	func(*bbolt.Tx) error { return nil },
	// To 4: incidents with causes and rounds, rows of the outbox that are no fault,
	// update or recovery, the calendar, availability. Nothing is rewritten; an older
	// program must not open the file, because it would mail about symptoms, and mail
	// recoveries of what was never told.
	func(*bbolt.Tx) error { return nil },
	// To 5: devices that are looked at over the network, and their credentials.
	// Nothing is rewritten; an older program must not open the file, because it
	// would watch less than people were told.
	func(*bbolt.Tx) error { return nil },
	// To 6: checks of jobs, and what else is watched of websites. Nothing is
	// rewritten; an older program must not open the file, because it could not read
	// those checks.
	func(*bbolt.Tx) error { return nil },
}

// schemaVersion is what this program writes.
func schemaVersion() uint64 { return uint64(len(migrations)) + 1 }

// Errors that Open's answer may wrap.
var (
	// ErrNewer says that the file was written by a newer program. It is left
	// untouched.
	ErrNewer = errors.New("the file was written by a newer version of Budi; install that version or a later one")
	// ErrForeign says that the file is a sound database, but not Budi's.
	ErrForeign = errors.New("the file is a database of another program; choose another data folder")
	// ErrLocked says that another collector has the file open.
	ErrLocked = errors.New("another collector is using this data folder; stop it, or choose another folder with --data")
)

// maxVersion is beyond any version there will ever be: more is damage.
const maxVersion = 1 << 20

// readVersion returns 0 for a file in which nothing was written yet.
func readVersion(tx *bbolt.Tx) (uint64, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		for _, name := range buckets {
			if tx.Bucket(name) != nil {
				return 0, fmt.Errorf("%w: it has no schema version", boltcheck.ErrDamaged)
			}
		}
		if name, _ := tx.Cursor().First(); name != nil {
			return 0, ErrForeign
		}
		return 0, nil
	}
	v := meta.Get(keySchema)
	if len(v) != 8 || binary.BigEndian.Uint64(v) > maxVersion || binary.BigEndian.Uint64(v) == 0 {
		return 0, fmt.Errorf("%w: its schema version is %x", boltcheck.ErrDamaged, v)
	}
	return binary.BigEndian.Uint64(v), nil
}

// migrate brings the file to schemaVersion in the caller's transaction, so
// that a failure leaves it as it was.
func migrate(tx *bbolt.Tx, from uint64) error {
	for _, name := range buckets {
		_, err := tx.CreateBucketIfNotExists(name)
		if errors.Is(err, berrors.ErrIncompatibleValue) {
			return fmt.Errorf("%w: bucket %s is not a bucket", boltcheck.ErrDamaged, name)
		}
		if err != nil {
			return fmt.Errorf("make bucket %s: %w", name, err)
		}
	}
	if from > 0 {
		for i, step := range migrations[from-1:] {
			if err := step(tx); err != nil {
				return fmt.Errorf("migrate from schema version %d: %w", from+uint64(i), err)
			}
		}
	}
	return tx.Bucket(bucketMeta).Put(keySchema, number(schemaVersion()))
}

// number makes the key of a number.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
