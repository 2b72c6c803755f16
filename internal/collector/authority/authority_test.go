package authority_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/budi-monitor/budi/internal/collector/authority"
)

var t0 = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)

// place is a folder with an authority, a clock and names that can change.
type place struct {
	t     *testing.T
	dir   string
	now   time.Time
	names []string
}

func newPlace(t *testing.T) *place {
	return &place{t: t, dir: filepath.Join(t.TempDir(), "tls"), now: t0, names: []string{"budi.example.lt", "127.0.0.1"}}
}

func (p *place) tryOpen() (*authority.Authority, error) {
	return authority.Open(authority.Options{Dir: p.dir, Names: func() []string { return p.names }, Now: func() time.Time { return p.now }})
}

func (p *place) open() *authority.Authority {
	p.t.Helper()
	a, err := p.tryOpen()
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

func (p *place) file(name string) string { return filepath.Join(p.dir, name) }

func TestTheAuthorityStaysAndItsCertificateIsBoundedAsBrowsersDemand(t *testing.T) {
	p := newPlace(t)
	a := p.open()
	chain := a.Certificate()
	if len(chain.Certificate) != 2 || sha256.Sum256(chain.Certificate[1]) != a.Fingerprint() {
		t.Fatal("the chain must be the certificate and the authority of the fingerprint")
	}
	leaf := chain.Leaf
	if valid := leaf.NotAfter.Sub(leaf.NotBefore); valid > 398*24*time.Hour || leaf.NotAfter.Sub(p.now) < 364*24*time.Hour {
		t.Errorf("valid from %s to %s", leaf.NotBefore, leaf.NotAfter)
	}
	if !slices.Equal(leaf.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) || leaf.IsCA || leaf.SerialNumber.BitLen() < 120 {
		t.Errorf("usage %v, authority %v, serial %s", leaf.ExtKeyUsage, leaf.IsCA, leaf.SerialNumber)
	}
	again := p.open()
	if again.Fingerprint() != a.Fingerprint() || !bytes.Equal(again.Certificate().Certificate[0], chain.Certificate[0]) {
		t.Error("a restart made other certificates")
	}
	if other := newPlace(t).open(); other.Fingerprint() == a.Fingerprint() {
		t.Error("two collectors with one authority")
	}
	ca, err := x509.ParseCertificate(chain.Certificate[1])
	if err != nil {
		t.Fatal(err)
	}
	if years := ca.NotAfter.Year() - p.now.Year(); years != 20 || !ca.MaxPathLenZero {
		t.Errorf("the authority is valid for %d years", years)
	}
	published, err := os.ReadFile(p.file("ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(published); block == nil || !bytes.Equal(block.Bytes, ca.Raw) {
		t.Error("ca.crt is not the authority's certificate")
	}
}

// handshake connects as a client with config does.
func handshake(t *testing.T, a *authority.Authority, config *tls.Config) error {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.Certificate(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_ = conn.(*tls.Conn).Handshake() // the client says what went wrong
		_ = conn.Close()
	}()
	defer func() { _ = l.Close(); <-done }()
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", l.Addr().String(), config)
	if err != nil {
		return err
	}
	return conn.Close()
}

// pinned is how an agent verifies: the chain must lead to exactly the authority
// of its token, and the name does not count.
func pinned(fingerprint [32]byte, now time.Time) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			roots := x509.NewCertPool()
			for _, c := range state.PeerCertificates {
				if sha256.Sum256(c.Raw) == fingerprint {
					roots.AddCert(c)
				}
			}
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, CurrentTime: now})
			return err
		},
	}
}

func TestHandshakes(t *testing.T) {
	p := newPlace(t)
	a := p.open()
	roots := x509.NewCertPool()
	published, err := os.ReadFile(p.file("ca.crt"))
	if err != nil || !roots.AppendCertsFromPEM(published) {
		t.Fatal(err)
	}
	at := func() time.Time { return p.now }
	for name, c := range map[string]struct {
		config *tls.Config
		good   bool
	}{
		"a browser that trusts ca.crt, by name":         {&tls.Config{RootCAs: roots, ServerName: "budi.example.lt", Time: at}, true},
		"a browser that trusts ca.crt, by address":      {&tls.Config{RootCAs: roots, ServerName: "127.0.0.1", Time: at}, true},
		"a browser that trusts ca.crt, by another name": {&tls.Config{RootCAs: roots, ServerName: "other.example.lt", Time: at}, false},
		"a client that trusts nothing of ours":          {&tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1", Time: at}, false},
		"an agent with the token's fingerprint":         {pinned(a.Fingerprint(), p.now), true},
		"an agent of another collector":                 {pinned(newPlace(t).open().Fingerprint(), p.now), false},
		"an agent whose clock is six days behind":       {pinned(a.Fingerprint(), p.now.AddDate(0, 0, -6)), true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := handshake(t, a, c.config); c.good != (err == nil) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTheCertificateIsRenewed(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(p *place)
		renewed bool
	}{
		"304 days later":         {func(p *place) { p.now = t0.AddDate(0, 0, 304) }, false},
		"306 days later":         {func(p *place) { p.now = t0.AddDate(0, 0, 306) }, true},
		"long after its end":     {func(p *place) { p.now = t0.AddDate(5, 0, 0) }, true},
		"another host name":      {func(p *place) { p.names = append(p.names, "new.example.lt") }, true},
		"another address":        {func(p *place) { p.names = append(p.names, "192.0.2.7") }, true},
		"an address in IPv6":     {func(p *place) { p.names = append(p.names, "2001:db8::7") }, true},
		"an address went":        {func(p *place) { p.names = p.names[:1] }, false},
		"the same in capitals":   {func(p *place) { p.names = []string{"BUDI.example.lt.", "::ffff:127.0.0.1"} }, false},
		"names that cannot be":   {func(p *place) { p.names = append(p.names, "", "a b", "mokykla.lt/x", "0.0.0.0", "*", "ž.lt") }, false},
		"clock was in the past":  {func(p *place) { p.now = t0.AddDate(0, 0, -5) }, false},
		"its file is missing":    {func(p *place) { p.write("server.pem", nil) }, true},
		"its file is damaged":    {func(p *place) { p.write("server.pem", []byte("junk")) }, true},
		"its file is another's":  {func(p *place) { p.copyFrom("server.pem") }, true},
		"the copy is missing":    {func(p *place) { p.write("ca.crt", nil) }, false},
		"the copy was scribbled": {func(p *place) { p.write("ca.crt", []byte("junk")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			before := p.open()
			c.change(p)
			after := p.open()
			if after.Fingerprint() != before.Fingerprint() {
				t.Fatal("another authority")
			}
			if renewed := !bytes.Equal(before.Certificate().Certificate[0], after.Certificate().Certificate[0]); renewed != c.renewed {
				t.Errorf("renewed: %v", renewed)
			}
			if leaf := after.Certificate().Leaf; p.now.Before(leaf.NotBefore) || p.now.After(leaf.NotAfter) {
				t.Errorf("at %s it is valid from %s to %s", p.now, leaf.NotBefore, leaf.NotAfter)
			}
			if err := handshake(t, after, pinned(before.Fingerprint(), p.now)); err != nil {
				t.Errorf("an agent that was enrolled before: %v", err)
			}
			if published, err := os.ReadFile(p.file("ca.crt")); err != nil || !bytes.Contains(published, []byte("CERTIFICATE")) {
				t.Errorf("ca.crt: %q, %v", published, err)
			}
		})
	}
}

// write replaces a file, or removes it.
func (p *place) write(name string, content []byte) {
	p.t.Helper()
	err := os.Remove(p.file(name))
	if content != nil && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		err = os.WriteFile(p.file(name), content, 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// copyFrom replaces a file by that of another collector.
func (p *place) copyFrom(name string) {
	p.t.Helper()
	other := newPlace(p.t)
	other.open()
	content, err := os.ReadFile(other.file(name))
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(name, content)
}

func TestAtTheEndOfTheAuthorityTheCertificateIsNotIssuedEachHour(t *testing.T) {
	p := newPlace(t)
	p.open()
	p.now = t0.AddDate(20, 0, -10)
	a := p.open()
	first := a.Certificate()
	if !first.Leaf.NotAfter.Equal(t0.AddDate(20, 0, 0)) {
		t.Errorf("valid until %s, beyond the authority", first.Leaf.NotAfter)
	}
	if err := a.Renew(); err != nil || a.Certificate() != first {
		t.Error("issued again", err)
	}
}

func TestWhatOnlyAPersonCanDecideIsAnErrorThatSaysWhatHappensToAgents(t *testing.T) {
	for name, c := range map[string]struct {
		change func(p *place)
		want   []string
	}{
		"the authority is missing":       {func(p *place) { p.write("authority.pem", nil) }, []string{"missing", "backup", "enrolled anew"}},
		"the authority is damaged":       {func(p *place) { p.write("authority.pem", []byte("junk")) }, []string{"damaged", "backup", "enrolled anew"}},
		"the authority is empty":         {func(p *place) { p.write("authority.pem", []byte{}) }, []string{"damaged", "backup", "enrolled anew"}},
		"the authority is huge":          {func(p *place) { p.write("authority.pem", make([]byte, 1<<20)) }, []string{"damaged", "larger"}},
		"the authority is a certificate": {func(p *place) { p.copyFrom("server.pem"); p.rename("server.pem", "authority.pem") }, []string{"no authority", "enrolled anew"}},
		"the key is another's":           {(*place).mixKeys, []string{"damaged", "key is not that of its certificate"}},
		"the authority expired":          {func(p *place) { p.now = t0.AddDate(20, 0, 1) }, []string{"expired on 2046-09-01", "clock", "enrolled anew"}},
		"the clock is years behind":      {func(p *place) { p.now = t0.AddDate(-3, 0, 0) }, []string{"set the clock"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.open()
			c.change(p)
			before := p.content()
			_, err := p.tryOpen()
			if err == nil {
				t.Fatal("it opened")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "PRIVATE") || p.content() != before {
				t.Errorf("it changed the files, or tells the key: %v", err)
			}
		})
	}
}

func (p *place) rename(from, to string) {
	p.t.Helper()
	if err := os.Rename(p.file(from), p.file(to)); err != nil {
		p.t.Fatal(err)
	}
}

// mixKeys puts another authority's certificate beside the key.
func (p *place) mixKeys() {
	other := newPlace(p.t)
	other.open()
	mine, err1 := os.ReadFile(p.file("authority.pem"))
	theirs, err2 := os.ReadFile(other.file("authority.pem"))
	if err := errors.Join(err1, err2); err != nil {
		p.t.Fatal(err)
	}
	key, _ := pem.Decode(mine)
	_, certificate := pem.Decode(theirs)
	p.write("authority.pem", append(pem.EncodeToMemory(key), certificate...))
}

// content is all that is in the folder.
func (p *place) content() string {
	p.t.Helper()
	var b strings.Builder
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(p.file(e.Name()))
		if err != nil {
			p.t.Fatal(err)
		}
		b.WriteString(e.Name() + "\n" + string(content))
	}
	return b.String()
}

func TestNothingIsSignedBeforeTheClockIsSet(t *testing.T) {
	p := newPlace(t)
	p.now = time.Unix(3600, 0)
	if _, err := p.tryOpen(); err == nil || !strings.Contains(err.Error(), "set the clock") {
		t.Errorf("got %v", err)
	}
	p.now = t0
	p.open()
}

func TestKeysAreForTheirOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits; the files inherit the folder's access list")
	}
	p := newPlace(t)
	p.open()
	for _, name := range []string{"authority.pem", "server.pem"} {
		info, err := os.Stat(p.file(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatal(name, info.Mode(), err)
		}
	}
	if err := os.Chmod(p.file("authority.pem"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := p.tryOpen(); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("got %v", err)
	}
}

func TestTheNamesOfThisComputer(t *testing.T) {
	names := authority.LocalNames("Budi.Example.lt", "", "192.0.2.1:8443", "[2001:db8::1]:8443", ":9090")
	for _, want := range []string{"budi.example.lt", "192.0.2.1", "2001:db8::1", "localhost", "127.0.0.1", "::1"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %q", want, names)
		}
	}
	if slices.Contains(names, "") || !slices.IsSorted(names) {
		t.Errorf("got %q", names)
	}
}

func TestRunRenews(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		a, err := authority.Open(authority.Options{
			Dir: p.dir, Names: func() []string { return p.names },
			Now: func() time.Time { return t0.Add(time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))) }, // the bubble's clock begins in 2000
		})
		if err != nil {
			t.Fatal(err)
		}
		first := a.Certificate()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		time.Sleep(310 * 24 * time.Hour)
		synctest.Wait()
		if a.Certificate() == first {
			t.Error("not renewed after 310 days")
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
