// Package authority gives the collector its TLS certificate where the keeper
// has none of their own: a private certificate authority, made at the first
// start, that issues for this collector only. Enrolment tokens carry its
// fingerprint, so agents trust it and nothing else, and nobody installs
// certificates; browsers warn until ca.crt is imported. It is not for mail or
// websites, and issues for nobody else. The collector's composition is its only
// caller.
//
// # Files
//
// In the folder (data/tls): authority.pem holds the authority's key and
// certificate, server.pem those of the collector, both for their owner only;
// ca.crt is a copy of the authority's certificate for whoever wants to trust
// it. server.pem and ca.crt are made anew when they are missing or damaged.
// authority.pem is not: without it every agent has to be enrolled anew, so a
// person has to decide that.
package authority

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// How long certificates are valid. Browsers accept at most 398 days from
// private and public authorities alike.
const (
	authorityLife = 20 // years
	leafLife      = 365 * 24 * time.Hour
	renewBefore   = 60 * 24 * time.Hour
	// backdated lets in agents whose clock is behind.
	backdated = 7 * 24 * time.Hour

	checkEvery = time.Hour
)

// maxNames bounds what one certificate is issued for.
const maxNames = 100

// The files.
const (
	authorityFile = "authority.pem"
	serverFile    = "server.pem"
	copyFile      = "ca.crt"
)

// Options says how to open an Authority. Dir and Names are needed.
type Options struct {
	Dir string // made when it is missing; its parent must exist
	// Names returns the host names and IP addresses by which the collector is
	// reached now (see LocalNames). It is asked at the start and each hour.
	Names  func() []string
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: nothing is logged
}

// Authority issues the collector's certificate. It is safe for concurrent use.
type Authority struct {
	dir    string
	names  func() []string
	now    func() time.Time
	log    *slog.Logger
	signer *pair

	renewing sync.Mutex
	leaf     atomic.Pointer[tls.Certificate]
}

// Open reads the authority or, when the folder is empty, makes one, and sees to
// it that there is a valid certificate for the names. Its errors say what to
// do.
func Open(o Options) (*Authority, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a := &Authority{dir: o.Dir, names: o.Names, now: o.Now, log: o.Logger.With("component", "authority")}
	if err := a.open(); err != nil {
		return nil, fmt.Errorf("open the certificate authority in %s: %w", o.Dir, err)
	}
	return a, nil
}

func (a *Authority) open() error {
	if err := os.Mkdir(a.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	var err error
	a.signer, err = a.load()
	if errors.Is(err, fs.ErrNotExist) {
		a.signer, err = a.create()
	}
	if err != nil {
		return err
	}
	if err := a.publish(); err != nil {
		return err
	}
	if leaf, err := a.loadLeaf(); err == nil {
		a.leaf.Store(leaf)
	} else if !errors.Is(err, fs.ErrNotExist) {
		a.log.Warn("the collector's certificate cannot be used; another is issued, agents do not notice", "err", err)
	}
	return a.Renew()
}

// consequence is what people must know before they remove the authority.
const consequence = "put the file back from a backup; if there is none, remove the folder and start again: " +
	"a new authority is made then, and every agent has to be enrolled anew with a new token, because agents trust the old one only"

// load reads the authority.
func (a *Authority) load() (*pair, error) {
	path := filepath.Join(a.dir, authorityFile)
	p, err := readPair(path)
	if errors.Is(err, fs.ErrNotExist) {
		// It is written first, so what else is there says that it was lost.
		for _, other := range []string{serverFile, copyFile} {
			if _, err := os.Lstat(filepath.Join(a.dir, other)); err == nil {
				return nil, fmt.Errorf("%s is missing, and %s beside it shows that it was there: %s", authorityFile, other, consequence)
			}
		}
		return nil, err
	}
	var damaged *damagedError
	if errors.As(err, &damaged) {
		return nil, fmt.Errorf("%s is damaged (%w): %s", authorityFile, err, consequence)
	}
	if err != nil {
		return nil, err
	}
	now := a.now()
	switch {
	case !p.cert.IsCA || p.cert.CheckSignatureFrom(p.cert) != nil:
		return nil, fmt.Errorf("%s holds a certificate that is no authority's of ours: %s", authorityFile, consequence)
	case now.Before(p.cert.NotBefore):
		return nil, fmt.Errorf("%s is valid from %s and the clock of this computer says %s: set the clock", authorityFile, day(p.cert.NotBefore), day(now))
	case now.After(p.cert.NotAfter):
		return nil, fmt.Errorf("%s expired on %s (the clock of this computer says %s). If the clock is right: remove the folder and start again: "+
			"a new authority is made then, and every agent has to be enrolled anew with a new token, because agents trust the old one only", authorityFile, day(p.cert.NotAfter), day(now))
	}
	return p, nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// create makes a new authority.
func (a *Authority) create() (*pair, error) {
	now := a.now()
	// A small computer without a battery begins in 1970; what it signs then
	// would have expired when its clock is set.
	if now.Before(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		return nil, fmt.Errorf("the clock of this computer says %s: set the clock before certificates are made", day(now))
	}
	p, err := newAuthority(now)
	if err != nil {
		return nil, err
	}
	if err := p.write(filepath.Join(a.dir, authorityFile)); err != nil {
		return nil, err
	}
	a.log.Info("a certificate authority was made", "dir", a.dir, "valid_until", p.cert.NotAfter)
	return p, nil
}

// publish writes the copy for whoever wants to trust the authority.
func (a *Authority) publish() error {
	path := filepath.Join(a.dir, copyFile)
	want := certificatePEM(a.signer.cert)
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, want) {
		return nil
	}
	return writeFile(path, want, 0o644)
}

// loadLeaf reads the certificate that was issued last.
func (a *Authority) loadLeaf() (*tls.Certificate, error) {
	p, err := readPair(filepath.Join(a.dir, serverFile))
	if err != nil {
		return nil, err
	}
	if err := p.cert.CheckSignatureFrom(a.signer.cert); err != nil {
		return nil, fmt.Errorf("%s was not issued by %s: %w", serverFile, authorityFile, err)
	}
	return a.chain(p), nil
}

// chain is what a server sends: its certificate and the authority's, which
// agents look for.
func (a *Authority) chain(p *pair) *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{p.cert.Raw, a.signer.cert.Raw}, PrivateKey: p.key, Leaf: p.cert}
}

// Certificate returns the collector's certificate and key, with the
// authority's certificate in the chain, for tls.Config.GetCertificate. Its
// content never changes; ask anew at each handshake.
func (a *Authority) Certificate() *tls.Certificate { return a.leaf.Load() }

// Fingerprint is the SHA-256 of the authority's certificate (DER), as enrolment
// tokens carry it.
func (a *Authority) Fingerprint() [32]byte { return sha256.Sum256(a.signer.cert.Raw) }

// Renew issues another certificate when the one in use ends within 60 days, is
// not valid yet, or lacks one of the names that are wanted now. On an error the
// old one stays.
func (a *Authority) Renew() error {
	a.renewing.Lock()
	defer a.renewing.Unlock()
	now := a.now()
	names := cleanNames(a.names())
	reason := due(a.leaf.Load(), names, now, a.signer.cert.NotAfter)
	if reason == "" {
		return nil
	}
	p, err := a.signer.issue(names, now)
	if err != nil {
		return err
	}
	if err := p.write(filepath.Join(a.dir, serverFile)); err != nil {
		return err
	}
	a.leaf.Store(a.chain(p))
	a.log.Info("a certificate was issued for the collector", "reason", reason, "names", names, "valid_until", p.cert.NotAfter)
	return nil
}

// due returns why another certificate is needed, or "". No certificate is valid
// beyond last.
func due(leaf *tls.Certificate, names []string, now, last time.Time) string {
	if leaf == nil {
		return "there was none"
	}
	if now.Before(leaf.Leaf.NotBefore) {
		return "it is not valid yet"
	}
	if leaf.Leaf.NotAfter.Sub(now) < renewBefore && leaf.Leaf.NotAfter.Before(last) {
		return "it ends soon"
	}
	for _, name := range names {
		if !covers(leaf.Leaf, name) {
			return "it lacks " + name
		}
	}
	return ""
}

// covers reports whether a certificate was issued for a name.
func covers(cert *x509.Certificate, name string) bool {
	if slices.Contains(cert.DNSNames, name) {
		return true
	}
	return slices.ContainsFunc(cert.IPAddresses, func(ip net.IP) bool { return ip.String() == name })
}

// Run renews the certificate until ctx ends. A failure is logged and tried
// again; the old certificate stays.
func (a *Authority) Run(ctx context.Context) error {
	ticker := time.NewTicker(checkEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := a.Renew(); err != nil {
				a.log.Error("issue a certificate for the collector", "err", err, "valid_until", a.leaf.Load().Leaf.NotAfter)
			}
		}
	}
}
