package collector

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
)

// fairListener gives one address a share of the connections only: whoever opens
// thousands and says nothing keeps itself out, not everybody. A whole school may
// be behind one address. Connections from this computer are not counted: those
// of everybody come from it when a proxy is in front.
type fairListener struct {
	net.Listener
	most int // connections of one address; of IPv6, of one /64
	log  *slog.Logger

	mu   sync.Mutex
	open map[netip.Prefix]int
	told map[netip.Prefix]bool // that it reached the bound, until it has none
}

func newFairListener(l net.Listener, most int, logger *slog.Logger) *fairListener {
	return &fairListener{Listener: l, most: most, log: logger, open: map[netip.Prefix]int{}, told: map[netip.Prefix]bool{}}
}

// Accept closes the connections that are more than an address may have.
func (l *fairListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, counted := networkOf(conn.RemoteAddr())
		if !counted {
			return conn, nil
		}
		if l.enter(from) {
			return &fairConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(from) })}, nil
		}
		_ = conn.Close() // nothing was said yet
	}
}

func (l *fairListener) enter(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from] < l.most {
		l.open[from]++
		return true
	}
	if !l.told[from] {
		l.told[from] = true
		l.log.Warn("one address has as many connections as it may; more of it are closed", "network", from, "connections", l.most)
	}
	return false
}

func (l *fairListener) leave(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[from]--; l.open[from] <= 0 {
		delete(l.open, from)
		delete(l.told, from)
	}
}

// networkOf is what one customer has: an IPv4 address or an IPv6 /64. It returns
// false for this computer and for what is no address.
func networkOf(a net.Addr) (netip.Prefix, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	addr := tcp.AddrPort().Addr().Unmap().WithZone("")
	if !addr.IsValid() || addr.IsLoopback() {
		return netip.Prefix{}, false
	}
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	network, err := addr.Prefix(bits)
	return network, err == nil
}

// fairConn gives its place back when it is closed.
type fairConn struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *fairConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
