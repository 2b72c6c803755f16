package freeport_test

import (
	"fmt"
	"net"
	"testing"
	"time"

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

func TestAPortIsTakenAgainWhenItIsFree(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { _ = other.Close() })
	l, err := freeport.Again(other.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}
