package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/domain/registry"
	"github.com/budi-monitor/budi/internal/sim/nameservers"
)

// schoolDomain is the school's domain. Its mail is protected but for a policy that
// only watches, which is a note.
const schoolDomain = "pavyzdziai.example"

// rootServer is the address of the root of the school's DNS.
const rootServer = "127.0.71.1"

// names are a small DNS from the root downwards, and the registry of the school's
// domain, all at the loopback.
type names struct {
	servers *nameservers.Servers
	whois   net.Listener
	done    sync.WaitGroup
}

// openNames starts them.
func openNames(ctx context.Context, now time.Time) (_ *names, err error) {
	const root, first, second = rootServer, "127.0.72.1", "127.0.73.1"
	n := &names{}
	if n.servers, err = nameservers.Start(root, first, second); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			n.close()
		}
	}()
	soa := fmt.Sprintf(". 60 IN SOA ns1.%s. admin.%s. %s01 3600 600 86400 60", schoolDomain, schoolDomain, now.Format("20060102"))
	shared := []string{
		schoolDomain + ". 60 IN NS ns1." + schoolDomain + ".", schoolDomain + ". 60 IN NS ns2." + schoolDomain + ".",
		"ns1." + schoolDomain + ". 60 IN A " + first, "ns2." + schoolDomain + ". 60 IN A " + second,
	}
	zone := append([]string{
		schoolDomain + soa, schoolDomain + ". 60 IN A 192.0.2.10", "www." + schoolDomain + ". 60 IN CNAME " + schoolDomain + ".",
		schoolDomain + ". 60 IN MX 10 pastas." + schoolDomain + ".", "pastas." + schoolDomain + ". 60 IN A 192.0.2.25",
		schoolDomain + `. 60 IN TXT "v=spf1 mx -all"`, "_dmarc." + schoolDomain + `. 60 IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@` + schoolDomain + `"`,
	}, shared...)
	for _, z := range []struct {
		at, name string
		records  []string
	}{{root, ".", append([]string{soa}, shared...)}, {first, schoolDomain + ".", zone}, {second, schoolDomain + ".", zone}} {
		if err = n.servers.Set(z.at, z.name, z.records...); err != nil {
			return nil, err
		}
	}
	if n.whois, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("open the registry of domains: %w", err)
	}
	n.done.Go(func() { n.register(now) })
	return n, nil
}

// register answers as a registry does by WHOIS, until it is closed.
func (n *names) register(now time.Time) {
	text := "Domain:\t\t" + schoolDomain + "\nStatus:\t\tregistered\nRegistered:\t" + now.AddDate(-9, 0, 140).Format(time.DateOnly) +
		"\nExpires:\t" + now.AddDate(0, 0, 140).Format(time.DateOnly) + "\n\nRegistrar:\tUAB „Pavyzdiniai vardai“\n"
	for {
		c, err := n.whois.Accept()
		if err != nil {
			return
		}
		_ = c.SetDeadline(time.Now().Add(5 * time.Second))
		_, _ = c.Read(make([]byte, 256)) // it knows one name only
		_, _ = io.WriteString(c, text)
		_ = c.Close()
	}
}

// options let the collector ask here and nowhere else.
func (n *names) options() domain.Options {
	if n == nil {
		return domain.Options{}
	}
	return domain.Options{
		Roots: []netip.AddrPort{n.servers.At(rootServer)}, Port: n.servers.Port(),
		Registry: registry.New(registry.Options{Servers: func(string) (registry.Servers, bool) { return registry.Servers{WHOIS: n.whois.Addr().String()}, true }}),
	}
}

func (n *names) close() {
	if n == nil {
		return
	}
	n.servers.Close()
	if n.whois != nil {
		_ = n.whois.Close() // nobody asks any more
	}
	n.done.Wait()
}
