package heartbeat

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// The interval of the beats.
const (
	DefaultInterval = time.Minute
	MinInterval     = 10 * time.Second
	MaxInterval     = 24 * time.Hour
)

// MaxURL bounds an address, in bytes.
const MaxURL = 2_000

// Config is the section "heartbeat" of the configuration. Without a URL nothing
// is called. The addresses are secrets: whoever knows one can beat for us.
type Config struct {
	URL      secret.String `yaml:"url" json:"url,omitzero"`            // called while the collector is alive and able to tell
	FailURL  secret.String `yaml:"fail_url" json:"fail_url,omitzero"`  // called instead while it is not able to tell; empty: nothing is called then
	Interval time.Duration `yaml:"interval" json:"interval,omitempty"` // 0 means DefaultInterval
	Method   string        `yaml:"method" json:"method,omitempty"`     // GET, HEAD or POST; empty means GET
}

// Enabled reports whether there is anything to call.
func (c Config) Enabled() bool { return !c.URL.IsZero() }

// Every is the time between two beats.
func (c Config) Every() time.Duration {
	if c.Interval == 0 {
		return DefaultInterval
	}
	return c.Interval
}

// Methods are the ways of calling, the usual one first.
func Methods() []string { return []string{http.MethodGet, http.MethodPost, http.MethodHead} }

// Validate reports every mistake. It never repeats an address.
func (c Config) Validate(r *strictyaml.Report) {
	for field, address := range map[string]secret.String{"url": c.URL, "fail_url": c.FailURL} {
		if !address.IsZero() && !isAddress(address.Reveal()) {
			r.Bad(field, nil, "write an address that begins with https:// or http://, for example https://hc.savivaldybe.lt/ping/a1b2c3")
		}
	}
	if c.URL.IsZero() && !c.FailURL.IsZero() {
		r.Missing("url", "fail_url is called in place of url: write the address to call while all is well")
	}
	if c.Interval != 0 && (c.Interval < MinInterval || c.Interval > MaxInterval) {
		r.Bad("interval", c.Interval, "write a time from 10s to 24h, for example 1m")
	}
	if c.Method != "" && !slices.Contains(Methods(), c.Method) {
		r.Bad("method", c.Method, "write GET, POST or HEAD")
	}
}

func isAddress(text string) bool {
	if len(text) > MaxURL {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.Fragment == ""
}

// Shown is where an address leads, without what makes it a secret: the server
// only. It is empty for what is no address.
func Shown(address secret.String) string {
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/…"
}
