package probe

import (
	"context"

	"github.com/budi-monitor/budi/internal/look"
)

// lookTCP connects and, for KindTLS, speaks TLS and verifies the certificate.
// Nothing is sent after that.
func lookTCP(ctx context.Context, p *Probe, r *look.Result) *look.Problem {
	_, t := trace(ctx)
	address := p.target.address()
	t.begin(address)
	err := connect(t, p, address)
	hops := t.story()
	addConnection(r, hops)
	addTLS(r, hops)
	if err != nil {
		return explain(err, hops[0].stage(), address, p.timeout)
	}
	return nil
}

func connect(t *tracer, p *Probe, address string) error {
	conn, err := t.dial(&p.dialer, "tcp", address)
	if err != nil {
		return err
	}
	if p.target.Kind == KindTLS {
		secured, err := t.handshake(conn, p.tls)
		if err != nil {
			return err
		}
		conn = secured
	}
	return conn.Close()
}
