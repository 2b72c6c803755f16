package freeport_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/budi-monitor/budi/internal/sim/freeport"
)

func TestPortsAreFree(t *testing.T) {
	for range 50 {
		addr := freeport.Addr(t)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		c, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", freeport.UDP(t)))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
}
