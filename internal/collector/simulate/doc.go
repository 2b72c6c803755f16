// Package simulate plays a scenario: what hangs on what, who is told, and what
// happens when, in simulated time. It answers the question "what would I have
// been mailed?" by running the incident machine and the outbox that production
// runs, with another clock and another world behind them. Time jumps from one
// moment at which something can change to the next, so that a year takes
// seconds. docs/simulate.md is the format of scenarios and of the lines that
// come out; it is a promise.
//
// The package reads no file, no clock and no network, sends nothing and starts
// no goroutine. Only the command line and tests call it.
package simulate
