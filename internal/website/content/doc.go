// Package content tells a defaced page from one that was edited. It reads a page
// into a Snapshot (hosts, sums and traits, not the text), holds the snapshot
// against those that were approved, and says what a person has to look at.
//
// Each thing that is seen is a signal with a weight: strong ones alarm alone, weak
// ones only together. The weights are one table, in compare.go; docs/content.md
// shows it. Nothing here learns, guesses by a model or asks anybody.
//
// Read and Compare are pure: no network, no disk, no clock. They take bytes that
// an attacker wrote, and are bounded in what they keep. Whoever looks at websites
// may call the package; it knows no check and no person beyond a name.
package content
