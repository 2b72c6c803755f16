package domain_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/domain/registry"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

func TestWhatWasKnownOutlivesAnAnswerThatTheDNSDenies(t *testing.T) {
	w := newWorld(t)
	one := w.look(t, "domain:example.lt", nil)
	one.Web.Domain.Registration.Asked = one.Web.Domain.Registration.Asked.Add(-25 * time.Hour)
	w.whois = "Domain:\t\t\texample.lt\nStatus:\t\t\tavailable\n"
	two := w.look(t, "domain:example.lt", &one)
	g := two.Web.Domain.Registration
	if w.asked.Load() != 2 || g.State != look.RegistryRegistered || g.Problem != registry.ProblemFormat || !g.Expires.Equal(one.Web.Domain.Registration.Expires) || len(codes(two)) != 0 {
		t.Errorf("asked %d times; %+v, %v", w.asked.Load(), g, codes(two))
	}
	// When the zone above does not know it any more either, it is so.
	g.Asked = g.Asked.Add(-2 * time.Hour)
	w.lt = drop("example.lt.")(w.lt)
	if three := w.look(t, "domain:example.lt", &two); !slices.Equal(codes(three), []string{"domain_not_registered"}) {
		t.Errorf("%v", codes(three))
	}
}

func TestTheRegistryIsAskedAnewWhenTheDayHasCome(t *testing.T) {
	w := newWorld(t)
	one := w.look(t, "domain:example.lt", nil)
	g := one.Web.Domain.Registration
	g.Asked, g.Expires = g.Asked.Add(-3*time.Hour), g.Asked.Add(-time.Minute)
	if two := w.look(t, "domain:example.lt", &one); w.asked.Load() != 2 || len(codes(two)) != 0 {
		t.Errorf("asked %d times; a domain that was renewed on its last day: %v", w.asked.Load(), codes(two))
	}
	// One that was not renewed is asked for once a day again.
	w.whois = registryAnswer(-24 * time.Hour)
	three := w.look(t, "domain:example.lt", &one)
	four := w.look(t, "domain:example.lt", &three)
	if w.asked.Load() != 3 || !slices.Equal(codes(four), []string{"domain_expired"}) {
		t.Errorf("asked %d times; %v", w.asked.Load(), codes(four))
	}
}

func TestWhatTheRegistrySaidIsNotLostWhenTheLookIsBrokenOff(t *testing.T) {
	w := newWorld(t)
	w.both(drop("v=spf1"))
	one := w.look(t, "domain:example.lt", nil)
	one.Web.Domain.Registration.Asked = one.Web.Domain.Registration.Asked.Add(-25 * time.Hour)
	w.dns.Silence(root, true)
	ctx, cancel := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Read(make([]byte, 256))
		_, _ = io.WriteString(c, registryAnswer(300*24*time.Hour))
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = c.Read(make([]byte, 1)) // until the other side has read it, and closes
		_ = c.Close()
		cancel()
	}()
	d, err := domain.New("domain:example.lt", w.terms, domain.Options{
		Roots: []netip.AddrPort{w.dns.At(root)}, Port: w.dns.Port(), Wait: time.Minute,
		Registry: registry.New(registry.Options{Servers: func(string) (registry.Servers, bool) { return registry.Servers{WHOIS: l.Addr().String()}, true }}),
	})
	if err != nil {
		t.Fatal(err)
	}
	two := d.Look(ctx, &one)
	if two.Outcome != look.Unknown || two.Problem.Code != probe.CodeCancelled || len(two.Samples) != 1 || two.Web == nil {
		t.Fatalf("%+v", two)
	}
	if g := two.Web.Domain.Registration; !g.Expires.After(one.Web.Domain.Registration.Expires) || two.Web.Domain.Mail == nil {
		t.Errorf("%+v, %+v", g, two.Web.Domain)
	}
	w.dns.Silence(root, false)
	three := w.look(t, "domain:example.lt", &two)
	if w.asked.Load() != 1 || three.Outcome != look.OK || !slices.Equal(codes(three), []string{"mail_spf_missing"}) {
		t.Errorf("asked %d times; %s, %v", w.asked.Load(), three.Outcome, codes(three))
	}
}

func TestStatusesWithWhichANameIsHeldBack(t *testing.T) {
	for status, held := range map[string]bool{
		"pendingDelete": true, "serverHold (removed from the zone)": true, "clientHold https://icann.org/epp#clientHold": true, "redemption period": true,
		"ok (paid and in zone)": false, "clientTransferProhibited": false, "inactive": false,
	} {
		w := newWorld(t)
		w.whois = strings.Replace(registryAnswer(200*24*time.Hour), "Status:\t\t\tregistered", "Status:\t\t\t"+status, 1)
		if r := w.look(t, "domain:example.lt", nil); slices.Contains(codes(r), "domain_on_hold") != held {
			t.Errorf("%s: %v", status, codes(r))
		}
	}
}
