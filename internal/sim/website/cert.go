package website

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Cert is a certificate that the website can have.
type Cert string

// The certificates.
const (
	Good        Cert = "good"          // for 127.0.0.1, ::1 and localhost; expires in 90 days
	Expired     Cert = "expired"       // since yesterday
	NotYetValid Cert = "not_yet_valid" // valid from tomorrow
	WrongName   Cert = "wrong_name"    // for other.example
	SelfSigned  Cert = "self_signed"
	SoonOver    Cert = "soon_over" // good, but expires in three days
	NineDays    Cert = "nine_days" // good, and expires in nine days
)

// authority issues the certificates.
type authority struct {
	cert  *x509.Certificate
	certs map[Cert]*tls.Certificate
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func newAuthority() (*authority, error) {
	now := time.Now()
	day := 24 * time.Hour
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make simulated authority: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "Simulated Authority", Organization: []string{"Budi"}},
		NotBefore:             now.Add(-100 * day),
		NotAfter:              now.Add(1000 * day),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, caKey.Public(), caKey)
	if err != nil {
		return nil, fmt.Errorf("make simulated authority: %w", err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make simulated authority: %w", err)
	}
	a := &authority{cert: ca, certs: map[Cert]*tls.Certificate{}}

	local := []string{"localhost"}
	loopback := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for i, c := range []struct {
		name     Cert
		from, to time.Time
		names    []string
		ips      []net.IP
	}{
		{Good, now.Add(-day), now.Add(90 * day), local, loopback},
		{Expired, now.Add(-90 * day), now.Add(-day), local, loopback},
		{NotYetValid, now.Add(day), now.Add(90 * day), local, loopback},
		{WrongName, now.Add(-day), now.Add(90 * day), []string{"other.example"}, nil},
		{SelfSigned, now.Add(-day), now.Add(90 * day), local, loopback},
		{SoonOver, now.Add(-day), now.Add(3 * day), local, loopback},
		{NineDays, now.Add(-day), now.Add(9 * day), local, loopback},
	} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make simulated certificate: %w", err)
		}
		leaf := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i) + 2),
			Subject:      pkix.Name{CommonName: "simulated website"},
			NotBefore:    c.from,
			NotAfter:     c.to,
			DNSNames:     c.names,
			IPAddresses:  c.ips,
			KeyUsage:     x509.KeyUsageDigitalSignature,
			ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		parent, signer := ca, caKey
		if c.name == SelfSigned {
			parent, signer = leaf, key
		}
		der, err := x509.CreateCertificate(rand.Reader, leaf, parent, key.Public(), signer)
		if err != nil {
			return nil, fmt.Errorf("make simulated certificate: %w", err)
		}
		a.certs[c.name] = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	return a, nil
}
