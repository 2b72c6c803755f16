//go:build real

package domain_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/freeport"
)

// These tests need Debian's bind9: make test-real.

// newRealWorld is a world whose name servers are one bind with a view for each of
// them.
func newRealWorld(t *testing.T) *world { return worldOf(t, bind) }

// bind starts named, and a relay at the address of each server but the quiet ones:
// named itself listens at addresses of interfaces only. It tells the servers apart
// by where the relay asks from.
func bind(t *testing.T, zones map[string]map[string][]string, quiet []string) uint16 {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		at := filepath.Join(dir, name)
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return at
	}
	// AppArmor lets /usr/sbin/named read folders of its own only: a copy may read here.
	program, err := os.ReadFile("/usr/sbin/named")
	if err != nil {
		t.Fatal(err)
	}
	named := write("named", string(program))
	if err := os.Chmod(named, 0o700); err != nil {
		t.Fatal(err)
	}
	speak := slices.DeleteFunc(servers(), func(at string) bool { return slices.Contains(quiet, at) })
	port := uint16(freeport.TCP(t))
	var config strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&config, format+"\n", args...) }
	line("controls { };\noptions {\ndirectory %q; pid-file none; session-keyfile none; lock-file none;", dir)
	line("listen-on port %d { 127.0.0.1; }; listen-on-v6 { none; };", port)
	line("recursion no; notify no; dnssec-validation no; empty-zones-enable no;")
	line("check-integrity no; check-mx ignore; check-mx-cname ignore; check-sibling no;\n};") // the faults are what the test is about
	for _, at := range servers() {
		line("view %q {\nmatch-clients { %s; };", at, at)
		for name, records := range zones[at] {
			if len(records) > 0 {
				line("zone %q { type primary; file %q; };", name, write(at+"-"+name+"zone", strings.Join(records, "\n")+"\n"))
			}
		}
		line("};")
	}
	cmd := exec.Command(named, "-g", "-n", "1", "-c", write("named.conf", config.String()))
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop := func(signal os.Signal) { _ = cmd.Process.Signal(signal) }
	t.Cleanup(func() {
		stop(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			stop(syscall.SIGKILL)
			<-ended
		}
	})
	fail := func(why string) {
		t.Helper()
		stop(syscall.SIGKILL)
		<-ended
		t.Fatalf("%s:\n%s", why, said.String())
	}
	for _, at := range speak {
		relay(t, at, port)
	}
	// Each zone has to be there: one that it refuses would be a fault of another kind.
	lacks := func() string {
		client := dns.Client{Timeout: 300 * time.Millisecond}
		for _, at := range speak {
			for name, records := range zones[at] {
				question := new(dns.Msg).SetQuestion(name, dns.TypeSOA)
				m, _, err := client.Exchange(question, netip.AddrPortFrom(netip.MustParseAddr(at), port).String())
				if len(records) > 0 && (err != nil || m.Rcode != dns.RcodeSuccess || !m.Authoritative) {
					return fmt.Sprintf("named at %s does not have the zone %s", at, name)
				}
			}
		}
		return ""
	}
	for deadline := time.Now().Add(time.Minute); ; <-time.After(20 * time.Millisecond) {
		why := lacks()
		if why == "" {
			return port
		}
		select {
		case <-ended:
			fail("named ended")
		default:
		}
		if time.Now().After(deadline) {
			fail(why)
		}
	}
}

// relay hands packets that come to an address on to the port at 127.0.0.1, from this
// address, and the answers back.
func relay(t *testing.T, at string, port uint16) {
	t.Helper()
	in, err := net.ListenPacket("udp", net.JoinHostPort(at, fmt.Sprint(port)))
	if err != nil {
		t.Fatal(err)
	}
	var under sync.WaitGroup
	t.Cleanup(func() { _ = in.Close(); under.Wait() })
	hand := func(question []byte, asker net.Addr) {
		dialer := net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(at)}}
		out, err := dialer.Dial("udp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return
		}
		defer out.Close()
		_ = out.SetDeadline(time.Now().Add(5 * time.Second))
		answer := make([]byte, dns.MaxMsgSize)
		if _, err = out.Write(question); err == nil {
			var n int
			if n, err = out.Read(answer); err == nil {
				_, _ = in.WriteTo(answer[:n], asker)
			}
		}
	}
	under.Go(func() {
		for {
			question := make([]byte, dns.MaxMsgSize)
			n, asker, err := in.ReadFrom(question)
			if err != nil {
				return
			}
			under.Go(func() { hand(question[:n], asker) })
		}
	})
}

func TestRealNameServersInOrderAreGreen(t *testing.T) {
	w := newRealWorld(t)
	w.terms.Records = []domain.Record{
		{Name: "@", Type: "A", Values: []string{"192.0.2.10"}}, {Name: "www", Type: "A", Values: []string{"192.0.2.10"}},
		{Name: "mail.example.lt", Type: "A"}, {Name: "@", Type: "mx", Values: []string{"10 MAIL.example.lt."}},
	}
	r := w.look(t, "domain:example.lt", nil)
	if r.Outcome != look.OK || len(r.Web.Findings) != 0 || len(r.Web.Domain.NameServers) != 2 || r.Web.Domain.Mail.DKIM["s1"] != "rsa 2048" {
		t.Errorf("%s, %+v, %+v, %+v", r.Outcome, r.Problem, r.Web.Findings, r.Web.Domain)
	}
}

// bindRefuses are faults that bind does not serve; they are found with the
// simulated name servers only.
func bindRefuses() []string {
	return []string{
		domain.CodeAliasApex, // it loads no zone with an alias beside other records
	}
}

func TestRealNameServersWithAFaultAreRed(t *testing.T) {
	all := faults()
	for _, code := range domain.Codes() {
		f := all[code]
		if f.spoil == nil || slices.Contains(bindRefuses(), code) || strings.HasPrefix(code, "domain_") {
			continue // of a registry, or a test of its own
		}
		t.Run(code, func(t *testing.T) {
			w := newRealWorld(t)
			f.spoil(w)
			r := w.look(t, "domain:example.lt", nil)
			want := append([]string{code}, f.also...)
			slices.Sort(want)
			if got := codes(r); r.Outcome != look.OK || !slices.Equal(got, want) {
				t.Errorf("%s, %v\n%+v", r.Outcome, got, r.Web.Findings)
			}
		})
	}
}

func TestRealNameServersOfDifferentVersionsAreRedWhenItLasts(t *testing.T) {
	differentVersions(t, newRealWorld(t))
}

func TestRealNameServersThatAreDown(t *testing.T) {
	for code, spoil := range map[string]func(w *world){
		domain.CodeNotFound: func(w *world) {
			w.lt = drop("example.lt.")(w.lt)
			w.whois = "Domain:\t\t\texample.lt\nStatus:\t\t\tavailable\n"
		},
		domain.CodeNoServer: func(w *world) { w.quiet, w.two = []string{first}, nil },
		domain.CodeNoWay:    func(w *world) { w.quiet = []string{root} },
	} {
		t.Run(code, func(t *testing.T) {
			w := newRealWorld(t)
			spoil(w)
			r := w.look(t, "domain:example.lt", nil)
			if r.Problem == nil || r.Problem.Code != code || r.Outcome != domain.Problems()[code] {
				t.Errorf("%s, %+v", r.Outcome, r.Problem)
			}
			if none := slices.Contains(codes(r), domain.CodeNotRegistered); none != (code == domain.CodeNotFound) {
				t.Errorf("%v", codes(r))
			}
		})
	}
}
