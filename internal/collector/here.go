package collector

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/collector/web"
)

// here tells whether an address leads to this collector, and to no other
// program: the collector asks there for a word that it made just now, and that
// nobody else can know to be right. It is safe for concurrent use.
type here struct {
	mu    sync.Mutex
	words map[string]bool // asked for at this moment
}

// Bounds of asking.
const (
	hereWithin    = 5 * time.Second
	hereRedirects = 3
	hereAtOnce    = 10
	hereYes       = "this is the collector that asks\n"
)

// ServeHTTP answers whoever asks for a word.
func (h *here) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	known := h.words[r.PathValue("word")]
	h.mu.Unlock()
	if !known {
		http.NotFound(w, r)
		return
	}
	text(hereYes)(w, r)
}

// ask looks whether this collector answers at an address. own are authorities
// that are trusted besides the system's; nil: none.
func (h *here) ask(ctx context.Context, address string, own []*x509.Certificate) web.AddressAnswer {
	word := rand.Text()
	h.mu.Lock()
	if len(h.words) >= hereAtOnce {
		h.mu.Unlock()
		return web.AddressSilent
	}
	if h.words == nil {
		h.words = map[string]bool{}
	}
	h.words[word] = true
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.words, word)
	}()

	ctx, cancel := context.WithTimeout(ctx, hereWithin)
	defer cancel()
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	for _, cert := range own {
		roots.AddCert(cert)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true}
	client := http.Client{Transport: transport, Timeout: hereWithin, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > hereRedirects {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(address, "/")+"/-/here/"+word, nil)
	if err != nil {
		return web.AddressOther
	}
	resp, err := client.Do(req)
	if err != nil {
		return whyNotHere(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(len(hereYes))+1))
	if err != nil || string(body) != hereYes {
		return web.AddressOther
	}
	return web.AddressGood
}

func whyNotHere(err error) web.AddressAnswer {
	var (
		dns     *net.DNSError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		return web.AddressName
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		return web.AddressCertificate
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"): // net/http keeps that error to itself
		return web.AddressOther
	default:
		return web.AddressSilent
	}
}
