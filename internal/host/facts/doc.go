// Package facts takes the inventory of the computer that it runs on: what it
// is made of, which system and programs it has, and how it is kept (antivirus,
// firewall, encryption, updates). The agent calls it every few hours; nobody
// else should.
//
// It measures nothing (package host does), starts no other program, asks
// nobody on the network, and invents nothing: what a system does not tell is
// left out, and a text that the maker of a board forgot to fill in ("To be
// filled by O.E.M.") is no serial number.
//
// Reading (source_linux.go, source_windows.go, source_darwin.go) is apart from
// what is made of it, so that recorded computers are replayed in tests on
// Linux. Each kind of facts is read by a function of its own, which is not
// called when the kind is switched off, has a deadline, and is not called
// again while an earlier call is stuck.
package facts
