package link

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/wire"
)

// ErrCertificate says that the server is not the one that is trusted.
var ErrCertificate = errors.New("the server's certificate is not from the collector's own authority")

// trust accepts certificates of exactly one authority. When that is one that a
// collector made for itself, the host's name does not count: it issues for its
// own collector only. Any other, of an organisation or a public one, issues for
// other servers too, whose keepers must not be able to pass for the collector.
type trust struct {
	fingerprint [32]byte
	host        string // of the collector
	now         func() time.Time

	mu sync.Mutex
	ca *x509.Certificate // nil: not seen yet
}

func newTrust(ca []byte, fingerprint [32]byte, host string, now func() time.Time) (*trust, error) {
	t := &trust{fingerprint: fingerprint, host: host, now: now}
	if len(ca) == 0 {
		return t, nil
	}
	cert, err := x509.ParseCertificate(ca)
	if err != nil {
		return nil, fmt.Errorf("read the authority's certificate: %w", err)
	}
	t.fingerprint, t.ca = sha256.Sum256(ca), cert
	return t, nil
}

func (t *trust) authority() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ca == nil {
		return nil
	}
	return bytes.Clone(t.ca.Raw)
}

// verify is tls.Config.VerifyConnection: it is called in every handshake, also
// when a session is resumed.
func (t *trust) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return fmt.Errorf("%w: it shows none", ErrCertificate)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	ca := t.ca
	for _, cert := range state.PeerCertificates {
		if ca == nil && sha256.Sum256(cert.Raw) == t.fingerprint {
			ca = cert
		}
	}
	if ca == nil {
		return fmt.Errorf("%w: its authority has another fingerprint than the enrolment token says", ErrCertificate)
	}
	leaf, roots := state.PeerCertificates[0], x509.NewCertPool()
	roots.AddCert(ca)
	// A computer whose clock battery is empty begins in the past: it must be
	// able to report, if only that its clock is wrong. Certificates that have
	// ended are refused.
	at := t.now()
	for _, cert := range []*x509.Certificate{leaf, ca} {
		if at.Before(cert.NotBefore) {
			at = cert.NotBefore
		}
	}
	options := x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if !leaf.Equal(ca) && !strings.HasPrefix(ca.Subject.CommonName, wire.AuthorityPrefix) {
		options.DNSName = t.host
	}
	if _, err := leaf.Verify(options); err != nil {
		return fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	t.ca = ca
	return nil
}

// explain adds what to do to an error of the transport, and takes the URL out
// of it: it is told elsewhere, and one of a proxy may hold a password.
func explain(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
		dns      *net.DNSError
		op       *net.OpError
	)
	hint := ""
	switch {
	case errors.Is(err, ErrCertificate):
		hint = "is this the right collector, and does something on the way (a filter, a proxy) open TLS? If the collector has a new authority, enrol with a new token"
	case errors.As(err, &unknown):
		hint = "the certificate is from an authority that this computer does not know: use the whole enrolment token, with the part behind the dot"
	case errors.As(err, &hostname):
		hint = "the certificate is for another name: use the name that the collector's certificate has, or the whole enrolment token, with the part behind the dot"
	case errors.As(err, &invalid):
		hint = "the certificate is not valid; is this computer's clock right?"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		hint = "the server does not speak TLS there: check the port, and https:// or http://"
	case errors.As(err, &op) && op.Op == "proxyconnect", strings.Contains(err.Error(), "Proxy Authentication Required"):
		hint = "the proxy does not let the agent through: check its address and whether it allows the collector's host and port"
	case errors.As(err, &dns):
		hint = "the name is not known: check the address and the computer's DNS"
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &op) && op.Op == "dial":
		hint = "is the collector running, is the address right, does a firewall let the port through?"
	}
	if hint == "" {
		return err
	}
	return fmt.Errorf("%w (%s)", err, hint)
}
