package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Config is the agent's file, which may be empty or absent: the collector's
// address comes with the enrolment, and settings come from the collector. What
// is said here wins.
type Config struct {
	URL           string   `yaml:"url"`            // of the collector, instead of the one that the agent was enrolled with
	Proxy         string   `yaml:"proxy"`          // http://host:port, instead of the one named at the enrolment or by the system
	Profile       string   `yaml:"profile"`        // basic or full, instead of what the collector says
	FactsOff      []string `yaml:"facts_off"`      // kinds that are not read here, whatever the collector says
	MetricsListen string   `yaml:"metrics_listen"` // host:port on the loopback for a Prometheus of this computer; empty: off
}

// LoadConfig reads the file. One that is not there says nothing, which is no
// error. The error is a strictyaml.Errors with every problem that was found.
func LoadConfig(name string) (Config, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return ParseConfig(name, data)
}

// ParseConfig is LoadConfig for a file's content; name stands in messages.
func ParseConfig(name string, data []byte) (Config, error) {
	var c Config
	if err := strictyaml.Decode(name, data, &c, c.validate); err != nil {
		return Config{}, err
	}
	return c, nil
}

func (c *Config) validate(r *strictyaml.Report) {
	if c.URL != "" {
		if err := CheckURL(c.URL); err != nil {
			r.Bad("url", c.URL, err.Error())
		}
	}
	if c.Proxy != "" {
		if err := checkProxy(c.Proxy); err != nil {
			r.Bad("proxy", "", err.Error())
		}
	}
	if c.Profile != "" && c.Profile != string(host.Basic) && c.Profile != string(host.Full) {
		r.Bad("profile", c.Profile, "write basic or full, or leave it to the collector")
	}
	kinds := kindNames()
	for i, kind := range c.FactsOff {
		if !slices.Contains(kinds, kind) {
			r.At("facts_off").Index(i).Bad("", kind, "this is no kind of facts; there are "+strings.Join(kinds, ", "))
		}
	}
	if c.MetricsListen != "" {
		if err := checkLoopback(c.MetricsListen); err != nil {
			r.Bad("metrics_listen", c.MetricsListen, err.Error())
		}
	}
}

func kindNames() []string {
	kinds := facts.Kinds()
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return names
}

// CheckURL returns what is wrong with the address of a collector, or nil.
func CheckURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return errors.New("write the address of the collector as https://host:port")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("http:// would show the agent's secret to the network: write https:// (http:// is for 127.0.0.1 only)")
	}
	return errors.New("write the address of the collector as https://host:port")
}

func checkProxy(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("write the proxy as http://host:port")
	}
	return nil
}

func checkLoopback(address string) error {
	name, port, err := net.SplitHostPort(address)
	n, bad := strconv.Atoi(port)
	switch {
	case err != nil || bad != nil || n < 0 || n > 65535:
		return errors.New("write an address and a port, for example 127.0.0.1:9481")
	case !isLoopback(name):
		return errors.New("the numbers are shown without TLS or password, so only to this computer itself: write 127.0.0.1 or [::1]; from elsewhere ask the collector, which has them too")
	}
	return nil
}

func isLoopback(name string) bool {
	if name == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.IsLoopback()
}
