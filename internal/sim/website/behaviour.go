package website

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Page answers 200 with an HTML page.
func Page(html string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(html))
	})
}

// Status answers with a status and its name as the text.
func Status(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, http.StatusText(code), code)
	})
}

// Slow waits before another behaviour begins, unless the visitor leaves first.
func Slow(wait time.Duration, then http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(wait):
			then.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}

// Hang never answers.
func Hang() http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}

// EndlessBody sends a page that does not end, beginning with start.
func EndlessBody(start string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(start))
		more := bytes.Repeat([]byte("and so on "), 3200)
		for r.Context().Err() == nil {
			if _, err := w.Write(more); err != nil {
				return
			}
		}
	})
}

// Redirect sends the visitor to another address.
func Redirect(location string, code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(code)
	})
}

// RedirectLoop redirects for ever, each time to another address.
func RedirectLoop() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		http.Redirect(w, r, fmt.Sprintf("%s?n=%d", r.URL.Path, n+1), http.StatusFound)
	})
}

// CookieWall redirects to itself until its cookie comes back, then shows a page.
func CookieWall(then http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("seen"); err != nil {
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
			http.Redirect(w, r, r.URL.Path, http.StatusFound)
			return
		}
		then.ServeHTTP(w, r)
	})
}

// HeaderBomb sends a header without end (HTTP/1), or of a megabyte (HTTP/2).
func HeaderBomb() http.Handler {
	filler := strings.Repeat("x", 1000)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := hijack(w)
		if c == nil {
			for i := range 1000 {
				w.Header().Set(fmt.Sprintf("X-Bomb-%d", i), filler)
			}
			return
		}
		defer c.Close()
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\n"))
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(c, "X-Bomb-%d: %s\r\n", i, filler); err != nil {
				return
			}
		}
	})
}

// GzipBomb sends a few bytes that unpack to so many.
func GzipBomb(size int) http.Handler {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is valid
	zeros := make([]byte, 1<<20)
	for left := size; left > 0; left -= len(zeros) {
		_, _ = z.Write(zeros[:min(left, len(zeros))])
	}
	_ = z.Close()
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(packed.Bytes())
	})
}

// Drip sends one byte of the page at each interval, for ever.
func Drip(interval time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write([]byte(".")); err != nil {
				return
			}
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
			select {
			case <-time.After(interval):
			case <-r.Context().Done():
				return
			}
		}
	})
}

// WrongLength promises a longer page than it sends.
func WrongLength() http.Handler {
	return Raw("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<html>short")
}

// Rubbish answers with what is no HTTP.
func Rubbish() http.Handler {
	return Raw("\x00\x01\x02 SSH-2.0-no website here\r\n\xff\xfe\r\n\r\n")
}

// Raw sends exactly these bytes and closes the connection. By HTTP/2, which
// has no raw bytes, it resets the stream.
func Raw(answer string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c := hijack(w)
		if c == nil {
			panic(http.ErrAbortHandler)
		}
		defer c.Close()
		_, _ = c.Write([]byte(answer))
	})
}

// CloseUnanswered closes the connection without an answer.
func CloseUnanswered() http.Handler { return Raw("") }

// ResetMidBody sends a part of the page and then resets the connection (TCP
// RST).
func ResetMidBody() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("<p>half a page</p>"), 1000))
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		c := hijack(w)
		if c == nil {
			panic(http.ErrAbortHandler)
		}
		if t, ok := c.(*tls.Conn); ok {
			c = t.NetConn()
		}
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0)
		}
		_ = c.Close()
	})
}

// hijack takes the connection from the server; nil by HTTP/2.
func hijack(w http.ResponseWriter) net.Conn {
	h, ok := w.(http.Hijacker)
	if !ok {
		return nil
	}
	c, _, err := h.Hijack()
	if err != nil {
		return nil
	}
	return c
}
