package collector

import (
	"io"
	"log/slog"
	"net"
	"testing"
)

// knocking is a listener to which addresses come, one after the other.
type knocking struct{ from []string }

func (k *knocking) Accept() (net.Conn, error) {
	if len(k.from) == 0 {
		return nil, io.EOF
	}
	addr := &net.TCPAddr{IP: net.ParseIP(k.from[0]), Port: 4711}
	k.from = k.from[1:]
	ours, _ := net.Pipe()
	return remote{ours, addr}, nil
}

func (*knocking) Close() error   { return nil }
func (*knocking) Addr() net.Addr { return nil }

type remote struct {
	net.Conn
	addr net.Addr
}

func (r remote) RemoteAddr() net.Addr { return r.addr }

func TestOneAddressCannotHaveEveryConnection(t *testing.T) {
	k := &knocking{}
	l := newFairListener(k, 2, slog.New(slog.DiscardHandler))
	var last net.Conn
	let := func(from ...string) (in []string) {
		t.Helper()
		k.from = from
		for {
			c, err := l.Accept()
			if err != nil {
				return in
			}
			last = c
			in = append(in, c.RemoteAddr().(*net.TCPAddr).IP.String())
		}
	}
	want := func(got []string, n int) {
		t.Helper()
		if len(got) != n {
			t.Errorf("let in: %v, want %d", got, n)
		}
	}
	want(let("192.0.2.1", "192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"), 2)
	want(let("192.0.2.2"), 1)
	want(let("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"), 3) // one /64, and another
	want(let("127.0.0.1", "127.0.0.1", "127.0.0.1", "::1", "127.0.0.2"), 5)      // a proxy
	want(let("192.0.2.3", "192.0.2.3"), 2)
	for range 3 { // closing one again and again gives one place back
		_ = last.Close()
	}
	want(let("192.0.2.3", "192.0.2.3"), 1)
}
