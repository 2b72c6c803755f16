// Package certtest makes certificates with and without faults, for tests. Nothing
// else may call it.
package certtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// Day is a day.
const Day = 24 * time.Hour

// Pair is a certificate and its key.
type Pair struct {
	Cert *x509.Certificate
	Key  crypto.Signer
}

// Change alters a certificate before it is signed.
type Change func(*x509.Certificate)

// Root makes an authority that vouches for itself.
func Root(t testing.TB, name string, changes ...Change) Pair {
	t.Helper()
	return make1(t, nil, key(t), append([]Change{named(name), authority}, changes...))
}

// Authority makes an authority below p.
func (p Pair) Authority(t testing.TB, name string, changes ...Change) Pair {
	t.Helper()
	return make1(t, &p, key(t), append([]Change{named(name), authority}, changes...))
}

// Issue makes a server's certificate below p, for a name or an address.
func (p Pair) Issue(t testing.TB, host string, changes ...Change) Pair {
	t.Helper()
	return make1(t, &p, key(t), append([]Change{named(host), For(host)}, changes...))
}

// IssueFor is Issue for a key that is given.
func (p Pair) IssueFor(t testing.TB, k crypto.Signer, host string, changes ...Change) Pair {
	t.Helper()
	return make1(t, &p, k, append([]Change{named(host), For(host)}, changes...))
}

// SelfSigned makes a server's certificate for which nobody else vouches.
func SelfSigned(t testing.TB, host string, changes ...Change) Pair {
	t.Helper()
	return make1(t, nil, key(t), append([]Change{named(host), For(host)}, changes...))
}

// RSA makes an RSA key.
func RSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// EC makes an ECDSA key.
func EC(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Valid sets from when to when, from now.
func Valid(from, to time.Duration) Change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to) }
}

// For sets the names and addresses.
func For(hosts ...string) Change {
	return func(c *x509.Certificate) {
		c.DNSNames, c.IPAddresses = nil, nil
		for _, h := range hosts {
			if ip := net.ParseIP(h); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, h)
			}
		}
	}
}

// FetchedAt says where the issuer's certificate could be had.
func FetchedAt(url string) Change {
	return func(c *x509.Certificate) { c.IssuingCertificateURL = []string{url} }
}

// Signed sets the way in which it is signed.
func Signed(a x509.SignatureAlgorithm) Change {
	return func(c *x509.Certificate) { c.SignatureAlgorithm = a }
}

// Pool holds certificates that are trusted.
func Pool(pairs ...Pair) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, p := range pairs {
		pool.AddCert(p.Cert)
	}
	return pool
}

// Chain lists certificates.
func Chain(pairs ...Pair) []*x509.Certificate {
	out := make([]*x509.Certificate, len(pairs))
	for i, p := range pairs {
		out[i] = p.Cert
	}
	return out
}

// TLS is what a server shows: the first pair's certificate and the others behind it.
func TLS(pairs ...Pair) tls.Certificate {
	out := tls.Certificate{PrivateKey: pairs[0].Key, Leaf: pairs[0].Cert}
	for _, p := range pairs {
		out.Certificate = append(out.Certificate, p.Cert.Raw)
	}
	return out
}

// PEM writes the certificates of pairs, and the key of the first, as servers read
// them from files.
func PEM(t testing.TB, pairs ...Pair) (certificates, key []byte) {
	t.Helper()
	for _, p := range pairs {
		certificates = append(certificates, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Cert.Raw})...)
	}
	der, err := x509.MarshalPKCS8PrivateKey(pairs[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	return certificates, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func key(t testing.TB) crypto.Signer {
	t.Helper()
	return EC(t, elliptic.P256())
}

func named(name string) Change {
	return func(c *x509.Certificate) { c.Subject = pkix.Name{CommonName: name} }
}

func authority(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
	c.NotBefore, c.NotAfter = time.Now().Add(-1000*Day), time.Now().Add(1000*Day)
}

// make1 makes one that is valid for 45 days when no change says otherwise: public
// authorities may issue for 47 at most from 2029 on, and tests run then too.
func make1(t testing.TB, issuer *Pair, k crypto.Signer, changes []Change) Pair {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, NotBefore: time.Now().Add(-20 * Day), NotAfter: time.Now().Add(25 * Day),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, change := range changes {
		change(template)
	}
	parent, signer := template, k
	if issuer != nil {
		parent, signer = issuer.Cert, issuer.Key
	}
	algorithm := template.SignatureAlgorithm
	if algorithm == x509.SHA1WithRSA || algorithm == x509.ECDSAWithSHA1 {
		template.SignatureAlgorithm = x509.UnknownSignatureAlgorithm
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, k.Public(), signer)
	if err == nil && algorithm != template.SignatureAlgorithm {
		der, err = resign(der, signer, algorithm)
	}
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return Pair{cert, k}
}

// resign signs a certificate with SHA-1, which the library does no more.
func resign(der []byte, signer crypto.Signer, algorithm x509.SignatureAlgorithm) ([]byte, error) {
	oid := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5} // RFC 3279 section 2.2.1
	parameters := asn1.NullRawValue
	if algorithm == x509.ECDSAWithSHA1 {
		oid, parameters = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}, asn1.RawValue{} // section 2.2.3
	}
	var whole struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &whole); err != nil {
		return nil, err
	}
	was, err := asn1.Marshal(whole.Algorithm)
	if err != nil {
		return nil, err
	}
	whole.Algorithm = pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: parameters}
	is, err := asn1.Marshal(whole.Algorithm)
	if err != nil {
		return nil, err
	}
	// The algorithm stands in what is signed, too.
	content := bytes.Replace(whole.TBS.Bytes, was, is, 1)
	tbs, err := asn1.Marshal(asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSequence, IsCompound: true, Bytes: content})
	if err != nil {
		return nil, err
	}
	sum := sha1.Sum(tbs)
	signature, err := signer.Sign(rand.Reader, sum[:], crypto.SHA1)
	if err != nil {
		return nil, err
	}
	whole.TBS = asn1.RawValue{FullBytes: tbs}
	whole.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	return asn1.Marshal(whole)
}
