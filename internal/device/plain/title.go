package plain

import (
	"context"
	"crypto/tls"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/snmp"
)

// Bounds of a page that a title is looked for in.
const (
	maxPage   = 64 << 10
	maxHeader = 16 << 10
	maxHops   = 3
	maxTitle  = 200
)

var titleTag = regexp.MustCompile(`(?is)<title\b[^>]*>(.*?)</title`)

// title is the title of the device's web page, "" when there is none.
func title(ctx context.Context, host string, own uint16, open []uint16) string {
	client := newClient(host)
	defer client.CloseIdleConnections()
	for _, p := range []struct {
		port   uint16
		scheme string
	}{{portHTTP, "http"}, {portHTTPS, "https"}, {own, "http"}, {own, "https"}} {
		if !slices.Contains(open, p.port) {
			continue
		}
		page := url.URL{Scheme: p.scheme, Host: net.JoinHostPort(host, strconv.Itoa(int(p.port))), Path: "/"}
		if t := titleOf(ctx, client, page.String()); t != "" {
			return t
		}
	}
	return ""
}

// newClient follows redirects within the device only.
func newClient(host string) *http.Client {
	return &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			DialContext: (&net.Dialer{Timeout: patience, KeepAlive: -1}).DialContext,
			// Devices have certificates of their own making. Nothing secret is sent,
			// and nothing that comes is believed: a title is shown, no more.
			TLSClientConfig:        &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as said above
			TLSHandshakeTimeout:    patience,
			ResponseHeaderTimeout:  patience,
			MaxResponseHeaderBytes: maxHeader,
			DisableKeepAlives:      true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxHops {
				return errors.New("too many redirects")
			}
			if !strings.EqualFold(r.URL.Hostname(), host) {
				return errors.New("a redirect to somebody else")
			}
			return nil
		},
	}
}

// titleOf reads the first part of a page and finds its title.
func titleOf(ctx context.Context, client *http.Client, page string) string {
	ctx, cancel := context.WithTimeout(ctx, patience+time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return ""
	}
	answer, err := client.Do(r)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	// A page that ends early may have had its title.
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxPage))
	return parseTitle(body)
}

// parseTitle finds the title of a page, in UTF-8 or Latin-1.
func parseTitle(page []byte) string {
	m := titleTag.FindSubmatch(page)
	if m == nil {
		return ""
	}
	text := snmp.Clean([]byte(html.UnescapeString(snmp.Clean(m[1]))))
	return snmp.Clip(strings.Join(strings.Fields(text), " "), maxTitle)
}
