//go:build real && linux

package domain_test

import (
	"context"
	"fmt"
	"io"
	"net"
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
func newRealWorld(t *testing.T) *world {
	w := worldOf(t, bind)
	w.wait = 20 * time.Second // however slow the computer is; who is quiet here refuses at once
	return w
}

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
	port := relays(t, speak)
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
				line("zone %q { type primary; file %q; };", name, write(at+"-"+name+"zone", zoneFile(records)))
			}
		}
		line("};")
	}
	cmd := exec.Command(named, "-g", "-n", "1", "-c", write("named.conf", config.String()))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // when this program ends before it cleans up
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
	// Each zone has to be there: one that it refuses would be a fault of another kind.
	lacks := func() string {
		for _, at := range speak {
			client := dns.Client{Timeout: 5 * time.Second, Dialer: &net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(at)}}}
			for name, records := range zones[at] {
				question := new(dns.Msg).SetQuestion(name, dns.TypeSOA)
				m, _, err := client.Exchange(question, fmt.Sprintf("127.0.0.1:%d", port))
				if len(records) > 0 && (err != nil || m.Rcode != dns.RcodeSuccess || !m.Authoritative) {
					return fmt.Sprintf("named does not have the zone %s for %s", name, at)
				}
			}
		}
		return ""
	}
	for deadline := time.Now().Add(2 * time.Minute); ; <-time.After(20 * time.Millisecond) {
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

func zoneFile(records []string) string { return strings.Join(records, "\n") + "\n" }

// relays opens a relay at each address, all at one port at which nobody listens at
// 127.0.0.1 yet.
func relays(t *testing.T, addresses []string) uint16 {
	t.Helper()
	var err error
	for range 50 {
		port := freeport.UDP(t)
		var all []io.Closer
		var packets []net.PacketConn
		var streams []net.Listener
		if here, e := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); e != nil {
			err = e
			continue
		} else {
			_ = here.Close()
		}
		for _, at := range addresses {
			var p net.PacketConn
			var s net.Listener
			if p, err = net.ListenPacket("udp", fmt.Sprintf("%s:%d", at, port)); err != nil {
				break
			}
			all, packets = append(all, p), append(packets, p)
			if s, err = net.Listen("tcp", fmt.Sprintf("%s:%d", at, port)); err != nil {
				break
			}
			all, streams = append(all, s), append(streams, s)
		}
		if err != nil { // somebody has it: another one
			for _, c := range all {
				_ = c.Close()
			}
			continue
		}
		for i, at := range addresses {
			relay(t, at, packets[i], streams[i], fmt.Sprintf("127.0.0.1:%d", port))
		}
		return uint16(port)
	}
	t.Fatalf("find a port for all name servers: %v", err)
	return 0
}

// relay hands what comes to an address on, from this address, and the answers back.
func relay(t *testing.T, at string, packets net.PacketConn, streams net.Listener, to string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var under sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		_ = packets.Close()
		_ = streams.Close()
		under.Wait()
	})
	hand := func(dialer net.Dialer, network string, pass func(out net.Conn)) {
		out, err := dialer.DialContext(ctx, network, to)
		if err != nil {
			return
		}
		defer out.Close()
		defer context.AfterFunc(ctx, func() { _ = out.Close() })()
		_ = out.SetDeadline(time.Now().Add(time.Minute))
		pass(out)
	}
	under.Go(func() {
		for {
			question := make([]byte, dns.MaxMsgSize)
			n, asker, err := packets.ReadFrom(question)
			if err != nil {
				return
			}
			under.Go(func() {
				hand(net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(at)}}, "udp", func(out net.Conn) {
					answer := make([]byte, dns.MaxMsgSize)
					if _, err := out.Write(question[:n]); err != nil {
						return
					}
					if n, err := out.Read(answer); err == nil {
						_, _ = packets.WriteTo(answer[:n], asker)
					}
				})
			})
		}
	})
	under.Go(func() {
		for {
			in, err := streams.Accept()
			if err != nil {
				return
			}
			under.Go(func() {
				defer in.Close()
				hand(net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(at)}}, "tcp", func(out net.Conn) {
					defer context.AfterFunc(ctx, func() { _ = in.Close() })()
					under.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
					_, _ = io.Copy(out, in)
				})
			})
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

// An answer that is too long for a packet comes by TCP.
func TestRealNameServersWithLongAnswersAreGreen(t *testing.T) {
	w := newRealWorld(t)
	for i := range 12 {
		w.both(add(txt("example.lt.", fmt.Sprint("verification", i, "=", strings.Repeat("x", 180)))))
	}
	r := w.look(t, "domain:example.lt", nil)
	if r.Outcome != look.OK || len(r.Web.Findings) != 0 || r.Web.Domain.Mail == nil || r.Web.Domain.Mail.SPF == "" {
		t.Errorf("%s, %+v, %+v, %+v", r.Outcome, r.Problem, r.Web.Findings, r.Web.Domain)
	}
}

// bindRefuses are faults that bind does not serve, and what it says of them; they are
// found with the simulated name servers only.
func bindRefuses() map[string]string {
	return map[string]string{
		domain.CodeAliasApex: "CNAME and other data", // it loads no zone with an alias beside other records (RFC 1034 section 3.6.2)
	}
}

// ofARegistry are faults that no name server can have.
func ofARegistry() []string {
	return []string{
		domain.CodeExpired, domain.CodeEndsSoon, domain.CodeOnHold, domain.CodeNoDate, domain.CodeSilent, domain.CodeUnlisted,
		domain.CodeNotRegistered, // but that the zone above has no such name: TestRealNameServersThatAreDown
	}
}

func TestRealNameServersWithAFaultAreRed(t *testing.T) {
	all := faults()
	for _, code := range domain.Codes() {
		if _, refused := bindRefuses()[code]; refused || slices.Contains(ofARegistry(), code) {
			continue
		}
		if code == domain.CodeSerials {
			continue // it has to last: TestRealNameServersOfDifferentVersionsAreRedWhenItLasts
		}
		t.Run(code, func(t *testing.T) {
			f := all[code]
			if f.spoil == nil {
				t.Fatal("nothing spoils a zone so that this is found")
			}
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

func TestRealNameServersRefuseWhatIsSaidThatTheyDo(t *testing.T) {
	// -i none, -n ignore: what named is told to let pass.
	load := func(w *world) (string, error) {
		at := filepath.Join(t.TempDir(), "zone")
		if err := os.WriteFile(at, []byte(zoneFile(w.one)), 0o600); err != nil {
			t.Fatal(err)
		}
		said, err := exec.Command("named-checkzone", "-i", "none", "-n", "ignore", "example.lt.", at).CombinedOutput()
		return string(said), err
	}
	for code, why := range bindRefuses() {
		w := worldOf(t, nil)
		if said, err := load(w); err != nil {
			t.Errorf("it refuses a zone in order: %v\n%s", err, said)
		}
		faults()[code].spoil(w)
		if said, err := load(w); err == nil || !strings.Contains(said, why) {
			t.Errorf("%s: it does not say %q: %v\n%s", code, why, err, said)
		}
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
