package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	probing "github.com/prometheus-community/pro-bing"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

// A ping sends up to pingCount packets, pingInterval apart, until one is
// answered: on a wireless network losing one is normal.
const (
	pingCount    = 3
	pingInterval = time.Second
)

// lookICMP pings the host.
func lookICMP(ctx context.Context, p *Probe, r *look.Result) *look.Problem {
	_, t := trace(ctx)
	t.begin(p.target.Host)

	// Connecting a UDP socket sends nothing. It finds the address, and tells
	// what the system's routing forbids: the library would try that for ever.
	conn, err := t.dial(&p.dialer, "udp", net.JoinHostPort(p.target.Host, "7"))
	var reply pong
	if err == nil {
		ip := conn.RemoteAddr().(*net.UDPAddr)
		_ = conn.Close()
		reply, err = ping(ctx, &net.IPAddr{IP: ip.IP, Zone: ip.Zone})
	}
	hops := t.story()
	addConnection(r, hops)
	addPhase(r, metric.ProbeICMPDuration, "resolve", hops[0].resolve())
	addPhase(r, metric.ProbeICMPDuration, "setup", reply.setup)
	addPhase(r, metric.ProbeICMPDuration, "rtt", reply.rtt)
	if err != nil {
		return explain(err, hops[0].stage(), p.target.Host, p.timeout)
	}
	if reply.hopLimit > 0 {
		add(r, metric.ProbeICMPReplyHopLimit, float64(reply.hopLimit))
	}
	return nil
}

// pong is the first reply to a ping.
type pong struct {
	setup, rtt time.Duration
	hopLimit   int
}

// ping tries the ways of sending that the system may permit, one after the
// other.
func ping(ctx context.Context, to *net.IPAddr) (pong, error) {
	var errs []error
	for _, privileged := range pingPrivileges() {
		reply, err := pingOnce(ctx, to, privileged)
		if !errors.Is(err, os.ErrPermission) && !errors.Is(err, errNoPingSocket) {
			return reply, err
		}
		errs = append(errs, err)
	}
	return pong{}, fmt.Errorf("%w: %w; %s", errNotPermitted, errors.Join(errs...), pingHint)
}

func pingOnce(ctx context.Context, to *net.IPAddr, privileged bool) (pong, error) {
	start := time.Now()
	pinger := probing.New("")
	pinger.SetIPAddr(to)
	pinger.SetPrivileged(privileged)
	pinger.SetLogger(probing.NoopLogger{})
	pinger.Interval = pingInterval
	pinger.Count = pingCount
	pinger.RecordRtts, pinger.RecordTTLs = false, false
	pinger.Timeout = time.Until(deadline(ctx))
	if pinger.Timeout <= 0 {
		return pong{}, context.DeadlineExceeded
	}

	// The library measures with the wall clock, which may jump. All callbacks
	// come from one goroutine, which has ended when RunWithContext returns.
	var (
		reply pong
		got   bool
		sent  [pingCount]time.Time
	)
	pinger.OnSend = func(pkt *probing.Packet) {
		if reply.setup == 0 {
			reply.setup = time.Since(start)
		}
		sent[pkt.Seq%pingCount] = time.Now()
	}
	pinger.OnRecv = func(pkt *probing.Packet) {
		if !got {
			got = true
			reply.rtt = time.Since(sent[pkt.Seq%pingCount])
			reply.hopLimit = pkt.TTL
			pinger.Stop()
		}
	}
	err := pinger.RunWithContext(ctx)
	switch {
	case got:
		return reply, nil
	case err != nil && ctx.Err() == nil:
		return reply, fmt.Errorf("ping: %w", err)
	case ctx.Err() != nil:
		return reply, ctx.Err()
	default:
		return reply, context.DeadlineExceeded
	}
}
