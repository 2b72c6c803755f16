package plain_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/plain"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/sim/freeport"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// lookAt looks at a server on the loopback, by its port.
func lookAt(t *testing.T, server *httptest.Server) (*device.Visit, error) {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	var v device.Visit
	id, err := plain.Look(t.Context(), device.Target{Host: "127.0.0.1", Port: uint16(port)}, &v)
	if err == nil && !id.Is(look.Other) {
		t.Errorf("kinds %v of a web page", id.Kinds)
	}
	if !strings.Contains(v.Facts[plain.FactPorts], u.Port()) {
		t.Errorf("open ports %q without %s", v.Facts[plain.FactPorts], u.Port())
	}
	return &v, err
}

func TestTitles(t *testing.T) {
	page := func(body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
	}
	for name, c := range map[string]struct {
		handler http.Handler
		want    string
	}{
		"a plain one":        {page("<html><head><title>Pertvara 3</title>"), "Pertvara 3"},
		"on several lines":   {page("<TITLE lang=lt>\n  Dienynas\r\n ir  kita </TITLE>"), "Dienynas ir kita"},
		"with entities":      {page("<title>&Scaron;viesa &amp; garsas</title>"), "Šviesa & garsas"},
		"in Latin-1":         {page("<title>K\xfcche</title>"), "Küche"},
		"with control codes": {page("<title>a\x00b&#7;c</title>"), "abc"},
		"too long":           {page("<title>" + strings.Repeat("ž", 1500) + "</title>"), strings.Repeat("ž", 100)},
		"none":               {page("<html><body>nothing"), ""},
		"never closed":       {page("<title>" + strings.Repeat("x", 5000)), ""},
		"of a page of errors": {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(401)
			_, _ = w.Write([]byte("<title>Log in</title>"))
		}), "Log in"},
		"of a page for ever": {website.EndlessBody("<title>For ever</title>"), "For ever"},
		"redirects for ever": {website.RedirectLoop(), ""},
		"somebody else's":    {website.Redirect("http://127.0.0.2:1/", http.StatusFound), ""},
		"no website at all":  {website.Rubbish(), ""},
		"cut off":            {website.WrongLength(), ""},
		"a bomb":             {website.GzipBomb(8 << 20), ""},
		"a header for ever":  {website.HeaderBomb(), ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			t.Cleanup(server.Close)
			v, err := lookAt(t, server)
			if err != nil || v.Facts[plain.FactTitle] != c.want {
				t.Errorf("%q, %v; want %q", v.Facts[plain.FactTitle], err, c.want)
			}
		})
	}
}

func TestACertificateOfItsOwnMakingIsEnough(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 || r.Header.Get("Authorization") != "" {
			t.Error("something secret was sent")
		}
		_, _ = w.Write([]byte("<title>Switch</title>"))
	}))
	t.Cleanup(server.Close)
	if v, err := lookAt(t, server); err != nil || v.Facts[plain.FactTitle] != "Switch" {
		t.Errorf("%v, %v", v.Facts, err)
	}
}

func TestAClosedPortIsAnAnswer(t *testing.T) {
	port := uint16(freeport.TCP(t))
	var v device.Visit
	if _, err := plain.Look(t.Context(), device.Target{Host: "127.0.0.1", Port: port}, &v); err != nil {
		t.Error(err)
	}
	if strings.Contains(v.Facts[plain.FactPorts], strconv.Itoa(int(port))) {
		t.Errorf("open ports %q", v.Facts[plain.FactPorts])
	}
}

func TestNothingThere(t *testing.T) {
	t.Parallel() // it waits for a ping
	// What is sent there is thrown away (RFC 6666), if there is a way at all.
	_, err := plain.Look(t.Context(), device.Target{Host: "100::1"}, &device.Visit{})
	if !errors.Is(err, device.ErrNoAnswer) {
		t.Error(err)
	}
}

func TestALookEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := plain.Look(ctx, device.Target{Host: "127.0.0.1"}, &device.Visit{}); !errors.Is(err, device.ErrNoAnswer) {
		t.Error(err)
	}
}
