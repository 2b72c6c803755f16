// Package archtest holds the tests that keep Budi's architecture: who may
// import whom, which heavy library is used where, what the agent is made of,
// and a few habits that no linter knows. It has no code of its own and nobody
// imports it. docs/architecture.md says the same in words; a change of one is a
// change of the other.
package archtest
