package crawl

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"net/url"
	"strings"

	"golang.org/x/net/html/charset"
)

// Bounds of sitemaps, as sitemaps.org has them, and of how many are read.
const (
	maxSitemap      = 20 << 20 // bytes of one, unpacked
	maxSitemapFiles = 50
	maxSitemapURLs  = 50000
)

// parseSitemap reads a sitemap, or an index of sitemaps: the addresses of pages
// and of further sitemaps. It takes what can be read and never fails.
func parseSitemap(body []byte, base *url.URL) (pages, sitemaps []*url.URL) {
	var r io.Reader = bytes.NewReader(body)
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, nil
		}
		r = z
	}
	d := xml.NewDecoder(io.LimitReader(r, maxSitemap))
	d.Strict, d.CharsetReader = false, charset.NewReaderLabel
	var path []string
	for len(pages)+len(sitemaps) < maxSitemapURLs {
		t, err := d.RawToken()
		if err != nil {
			break
		}
		switch t := t.(type) {
		case xml.StartElement:
			if len(path) > 20 {
				return pages, sitemaps
			}
			path = append(path, t.Name.Local)
		case xml.EndElement:
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		case xml.CharData:
			if len(path) < 2 || path[len(path)-1] != "loc" {
				continue
			}
			u, err := resolve(base, strings.TrimSpace(string(t)), nil)
			if err != nil || u == nil {
				continue
			}
			switch path[len(path)-2] {
			case "url":
				pages = append(pages, u)
			case "sitemap":
				sitemaps = append(sitemaps, u)
			}
		}
	}
	return pages, sitemaps
}
