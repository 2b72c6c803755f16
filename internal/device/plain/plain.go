// Package plain looks at what speaks neither SNMP nor PJLink to us: does it answer
// a ping, which of a few ports are open, what is its web page called. It says
// little of a thing, but tells what is there from what is gone.
package plain

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// Facts of a plain look.
const (
	FactTitle = "http_title" // of its web page
	FactPorts = "open_ports" // of those looked at: "80, 443"
)

// patience bounds each of the looks that one look is made of; they run at once.
const patience = 4 * time.Second

// Ports that are looked at. Nothing is sent to them, but for the request of a web
// page: what a printer gets on port 9100, it prints.
const (
	portSSH   = 22
	portHTTP  = 80
	portHTTPS = 443
	portRTSP  = 554
	portIPP   = 631
	portRaw   = 9100
)

// Look looks at whatever has the address; device.ErrNoAnswer when nothing has. It
// is a device.Family. A port in a target without a scheme is looked at too.
func Look(ctx context.Context, t device.Target, v *device.Visit) (device.Identity, error) {
	ports := []uint16{portSSH, portHTTP, portHTTPS, portRTSP, portIPP, portRaw}
	if t.Scheme == device.SchemeAny && t.Port != 0 && !slices.Contains(ports, t.Port) {
		ports = append(ports, t.Port)
	}
	found := survey(ctx, t.Host, ports)
	if err := ctx.Err(); err != nil {
		return device.Identity{}, fmt.Errorf("%w: %w", device.ErrNoAnswer, err)
	}
	if !found.alive {
		return device.Identity{}, fmt.Errorf("%w: neither to a ping nor on the ports %s", device.ErrNoAnswer, list(ports))
	}
	v.Fact(FactPorts, list(found.open))
	v.Fact(FactTitle, title(ctx, t.Host, t.Port, found.open))
	return device.Identity{Kinds: []look.Kind{kindOf(found.open)}}, nil
}

// kindOf guesses only where the ports leave no doubt: who takes pages on 9100 and
// speaks IPP prints.
func kindOf(open []uint16) look.Kind {
	if slices.Contains(open, portRaw) && slices.Contains(open, portIPP) {
		return look.Printer
	}
	return look.Other
}

// found is what answered.
type found struct {
	alive bool     // something did
	open  []uint16 // ports, in ascending order
}

// survey pings and connects, everything at once.
func survey(ctx context.Context, host string, ports []uint16) found {
	var (
		f  found
		mu sync.Mutex
		wg sync.WaitGroup
	)
	wg.Go(func() {
		if reach(ctx, "icmp://"+bracketed(host)).Outcome == look.OK {
			mu.Lock()
			f.alive = true
			mu.Unlock()
		}
	})
	for _, port := range ports {
		wg.Go(func() {
			r := reach(ctx, "tcp://"+net.JoinHostPort(host, strconv.Itoa(int(port))))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case r.Outcome == look.OK:
				f.alive = true
				f.open = append(f.open, port)
			case r.Problem != nil && r.Problem.Code == probe.CodeRefused:
				f.alive = true // a closed port is an answer too
			}
		})
	}
	wg.Wait()
	slices.Sort(f.open)
	return f
}

func reach(ctx context.Context, target string) look.Result {
	p, err := probe.New(probe.Spec{Target: target, Timeout: patience}, probe.Options{})
	if err != nil {
		return look.Result{Outcome: look.Unknown}
	}
	return p.Look(ctx)
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func list(ports []uint16) string {
	var texts []string
	for _, p := range ports {
		texts = append(texts, strconv.Itoa(int(p)))
	}
	return strings.Join(texts, ", ")
}
