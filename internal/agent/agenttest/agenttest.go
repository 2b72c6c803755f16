// Package agenttest helps to test what agents say to a collector: it makes
// authorities and certificates, and serves handlers over TLS as a collector
// does. It is for tests only.
package agenttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

// Authority is a private authority, like that of a collector or another.
type Authority struct {
	DER         []byte // of its certificate
	Fingerprint [32]byte
	key         *ecdsa.PrivateKey
	cert        *x509.Certificate
}

// NewAuthority makes an authority like that of a collector, which is valid for
// ten years from now.
func NewAuthority(t testing.TB, now time.Time) *Authority {
	t.Helper()
	return NewAuthorityNamed(t, wire.AuthorityPrefix+"test", now)
}

// NewAuthorityNamed makes an authority whose certificate has a common name.
func NewAuthorityNamed(t testing.TB, name string, now time.Time) *Authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now, NotAfter: now.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &Authority{DER: der, Fingerprint: sha256.Sum256(der), key: key, cert: cert}
}

// Certificate makes a server's certificate, with the authority's behind it. Its
// name is that of nobody, as agents do not check it where they pin a collector's
// own authority.
func (a *Authority) Certificate(t testing.TB, from, to time.Time) tls.Certificate {
	t.Helper()
	return a.CertificateFor(t, from, to, "collector.invalid")
}

// CertificateFor makes a server's certificate for an address or a host's name.
func (a *Authority) CertificateFor(t testing.TB, from, to time.Time, host string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "collector"}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.DER}, PrivateKey: key}
}

// Serve serves a handler over TLS, HTTP/2 included, until the test ends.
func Serve(t testing.TB, cert tls.Certificate, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are wanted
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}
