package movein

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/probe"
)

// setInterval takes over how often a check is made.
func (e *Entry) setInterval(every time.Duration, field string) {
	switch bounded := min(max(every, settings.MinInterval), settings.MaxInterval); {
	case every <= 0:
		every = 0
	case bounded != every:
		e.lose(LossInterval, field, every.String())
		every = bounded
	}
	if every == settings.DefaultInterval {
		every = 0
	}
	e.Check.Interval = every
}

// setTimeout takes over how long a look may take.
func (e *Entry) setTimeout(d time.Duration, field string) {
	switch {
	case d <= 0 || d == probe.DefaultTimeout:
		return
	case d > probe.MaxTimeout || d < minTimeout:
		e.lose(LossTimeout, field, d.String())
		d = min(max(d, minTimeout), probe.MaxTimeout)
	}
	e.Check.Timeout = d
}

const minTimeout = 100 * time.Millisecond // of a probe.Spec

// setPeriod makes a job of the entry.
func (e *Entry) setPeriod(period, grace time.Duration, field string) {
	if bounded := min(max(period, settings.MinPeriod), settings.MaxPeriod); bounded != period {
		e.lose(LossJobPeriod, field, period.String())
		period = bounded
	}
	e.Check.Target = probe.TargetJob
	// A job has some grace here; there it had none when nobody said.
	e.Check.Job = settings.Job{Period: period, Grace: min(max(grace, settings.MinPeriod), settings.MaxPeriod)}
	e.lose(LossJobAddress, "", "")
}

// setMethod takes over how a website is asked.
func (e *Entry) setMethod(method, field string) {
	switch method = strings.ToUpper(strings.TrimSpace(method)); {
	case method == "" || method == http.MethodGet:
	case slices.Contains(probe.Methods(), method):
		e.Check.HTTP.Method = method
	default:
		e.pause(LossMethod, field, method)
	}
}

// setBody takes over what is sent. kind is its type, which a header may say too.
func (e *Entry) setBody(body, kind, field string) {
	if body == "" {
		return
	}
	switch e.Check.HTTP.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions:
		e.pause(LossBody, field, "")
		return
	}
	e.Check.HTTP.Body = body
	if kind != "" && e.Check.HTTP.Headers["Content-Type"] == "" {
		e.setHeader("Content-Type", kind, field)
	}
}

// client are headers that a client sets by itself: a server hardly answers
// otherwise without what stood there.
var client = []string{"Accept-Encoding", "Connection", "Content-Length", "Keep-Alive", "Te", "Trailer", "Upgrade"}

// setHeader takes over a header: those with a field of their own go there.
func (e *Entry) setHeader(name, value, field string) {
	h := &e.Check.HTTP
	canonical := http.CanonicalHeaderKey(strings.TrimSpace(name))
	switch {
	case slices.Contains(client, canonical):
		e.lose(LossHeader, field, name)
		return
	case canonical == "Authorization":
		if auth, ok := authOf(value); ok {
			h.Auth = auth
			return
		}
	case canonical == "Cookie":
		if cookies, err := http.ParseCookie(value); err == nil {
			for _, c := range cookies {
				if h.Cookies == nil {
					h.Cookies = map[string]string{}
				}
				h.Cookies[c.Name] = c.Value
			}
			return
		}
		e.pause(LossHeader, field, name)
		return
	case canonical == "Host" || canonical == "Transfer-Encoding" || strings.HasPrefix(canonical, "Proxy-"):
		e.pause(LossHeader, field, name)
		return
	}
	if h.Headers == nil {
		h.Headers = map[string]string{}
	}
	h.Headers[canonical] = value
}

// authOf reads the value of a header Authorization.
func authOf(value string) (probe.Auth, bool) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.EqualFold(scheme, "Bearer") && rest != "":
		return probe.Auth{Bearer: rest}, true
	case strings.EqualFold(scheme, "Basic"):
		text, err := base64.StdEncoding.DecodeString(rest)
		name, password, ok := strings.Cut(string(text), ":")
		return probe.Auth{Username: name, Password: password}, err == nil && ok && name != ""
	}
	return probe.Auth{}, false
}

// settle puts right what cannot stand together: a name in the address and one
// beside it.
func (e *Entry) settle() {
	if e.Check.HTTP.Auth == (probe.Auth{}) {
		return
	}
	if u, err := url.Parse(e.Check.Target); err == nil && u.User != nil {
		u.User = nil // what is said beside it is what was sent
		e.Check.Target = u.String()
	}
}

// setRedirects takes over how many redirects are followed.
func (e *Entry) setRedirects(n int, field, value string) {
	if n > probe.MaxRedirects {
		e.lose(LossRedirects, field, value)
	}
	if n = min(max(n, 0), probe.MaxRedirects); n != probe.DefaultMaxRedirects {
		e.Check.HTTP.MaxRedirects = &n
	}
}

// setNetwork binds the look to a version of the Internet Protocol.
func (e *Entry) setNetwork(version, field, value string) {
	if e.Check.Kind() != probe.KindHTTP {
		e.pause(LossNetwork, field, value)
		return
	}
	e.Check.HTTP.IPVersion = version
}
