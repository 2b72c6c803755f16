// Package freeport finds ports for tests that must know one before the program
// that will listen there is started, or keep one while that program is down.
//
// A port that the system chose (":0") will not do for these: once it is given
// back, the system may choose it for the next connection of anybody. The ports of
// this package lie below those from which systems choose.
//
// Simulators have the system choose, and take their port again with Again.
package freeport

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"time"
)

// T is what is asked of a test. Simulators, which the demonstration contains, call
// this package too: so it does not import package testing.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Ports from first up to, not including, end are given out. Linux chooses from
// 32768 on (net.ipv4.ip_local_port_range), others from 49152 (RFC 6335 section 6).
const (
	first = 15_000
	end   = 30_000
)

// TCP returns a port at 127.0.0.1 at which nobody listens by TCP. It is chosen
// by chance, so that the next one is another one, most likely.
func TCP(t T) int {
	t.Helper()
	port, err := Find("127.0.0.1")
	if err != nil {
		t.Fatalf("%v", err)
	}
	return port
}

// Find is TCP for the demonstration, and for any address of the loopback.
func Find(host string) (int, error) {
	return find(host, func(addr string) error {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		return l.Close()
	})
}

// UDP is TCP for UDP.
func UDP(t T) int {
	t.Helper()
	port, err := find("127.0.0.1", func(addr string) error {
		c, err := net.ListenPacket("udp", addr)
		if err != nil {
			return err
		}
		return c.Close()
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return port
}

// Addr is TCP as "127.0.0.1:port".
func Addr(t T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", TCP(t))
}

func find(host string, try func(addr string) error) (int, error) {
	var err error
	for range 1000 {
		port := first + rand.IntN(end-first)
		if err = try(net.JoinHostPort(host, strconv.Itoa(port))); err == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}

// patience is how long Again waits for whoever has the port meanwhile.
const patience = time.Minute

// Again listens at an address that was given back, as a server does that was down
// for a while. The system may have given its port to somebody else meanwhile, such
// as another test's server: Again waits until they are gone.
func Again(addr string) (net.Listener, error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		l, err := net.Listen("tcp", addr)
		if err == nil || time.Now().After(deadline) {
			return l, err
		}
	}
}
