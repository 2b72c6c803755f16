// Package availability says for how long something answered. Out of what was
// known of one subject, a check or a device, over time it makes the seconds of
// each day: up, down, unknown, and the same three within maintenance. Days are
// small and kept for ever, after the samples that they were made from are gone,
// and any period is a sum of them.
//
// # What counts
//
// Unknown time never counts as down: nobody looked, our own line was down, the
// fault was that of something else, or a workstation was switched off. It is
// told apart, and the ratio is over known time only: up / (up + down). Where
// nothing is known there is no ratio, which is not the same as 100 %.
//
// Maintenance lies over the state and does not replace it, so that each of
// three questions can be answered later (see Mode).
//
// # What it is not
//
// Account, Sum and the other functions are pure: they know no clock, no samples
// and no storage. A Keeper makes days out of a Source and puts them into a
// Store; the composition implements the first, and package boltstore the second.
package availability
