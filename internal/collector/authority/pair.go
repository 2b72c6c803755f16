package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

// pair is a key and its certificate. They are in one file, so that a crash
// leaves no half of a pair.
type pair struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// damagedError says that a file's content is at fault.
type damagedError struct{ err error }

func (e *damagedError) Error() string { return e.err.Error() }
func (e *damagedError) Unwrap() error { return e.err }

// Types of PEM blocks.
const (
	keyBlock         = "PRIVATE KEY" // PKCS #8
	certificateBlock = "CERTIFICATE"
)

const maxFile = 64 << 10 // bytes; ours have some 1,000

// newAuthority makes an authority that can issue certificates of servers, and
// no further authorities.
func newAuthority(now time.Time) (*pair, error) {
	key, serial, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		// Two collectors' authorities are told apart in a browser's list.
		Subject:               pkix.Name{CommonName: wire.AuthorityPrefix + hex.EncodeToString(serial.Bytes()[:4])},
		NotBefore:             now.Add(-backdated),
		NotAfter:              now.AddDate(authorityLife, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	return sign(template, template, key, key)
}

// issue makes a key and a certificate for names.
func (p *pair) issue(names []string, now time.Time) (*pair, error) {
	key, serial, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "Budi collector"}, // names are in the alternative names only (RFC 9525)
		NotBefore:             latest(now.Add(-backdated), p.cert.NotBefore),
		NotAfter:              earliest(now.Add(leafLife), p.cert.NotAfter),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return sign(template, p.cert, key, p.key)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// newKey makes a key and a serial number of 127 random bits, its highest bit
// set so that it always has 16 bytes.
func newKey() (*ecdsa.PrivateKey, *big.Int, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand since Go 1.24)
	b[0] = b[0]&0x7f | 0x40
	return key, new(big.Int).SetBytes(b[:]), nil
}

func sign(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (*pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("sign certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read the certificate that was signed: %w", err)
	}
	return &pair{key: key, cert: cert}, nil
}

func certificatePEM(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: cert.Raw})
}

// write stores the pair for its owner only.
func (p *pair) write(path string) error {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return fmt.Errorf("encode key: %w", err)
	}
	return writeFile(path, append(pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}), certificatePEM(p.cert)...), 0o600)
}

// writeFile writes the whole file before it gets its name: a crash leaves no
// half of it.
func writeFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && mode != 0o600 {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// readPair reads what write wrote. A *damagedError says that the content is at
// fault.
func readPair(path string) (*pair, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	if err := checkPrivate(path, info); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxFile {
		return nil, &damagedError{fmt.Errorf("it is larger than %d bytes", maxFile)}
	}
	p, err := parsePair(content)
	if err != nil {
		return nil, &damagedError{err}
	}
	return p, nil
}

// parsePair reads a key and its certificate.
func parsePair(content []byte) (*pair, error) {
	var p pair
	for {
		var block *pem.Block
		if block, content = pem.Decode(content); block == nil {
			break
		}
		switch {
		case block.Type == keyBlock && p.key == nil:
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("read key: %w", err)
			}
			ec, ok := key.(*ecdsa.PrivateKey)
			if !ok {
				return nil, fmt.Errorf("its key is a %T, not an ECDSA key", key)
			}
			p.key = ec
		case block.Type == certificateBlock && p.cert == nil:
			cert, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("read certificate: %w", err)
			}
			p.cert = cert
		default:
			return nil, fmt.Errorf("a block %q is too many", block.Type)
		}
	}
	switch {
	case p.key == nil:
		return nil, errors.New("it has no key")
	case p.cert == nil:
		return nil, errors.New("it has no certificate")
	case !p.key.PublicKey.Equal(p.cert.PublicKey):
		return nil, errors.New("its key is not that of its certificate")
	}
	return &p, nil
}
