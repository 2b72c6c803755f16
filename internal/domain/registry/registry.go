// Package registry asks the registries of domain names until when a name is
// registered and how: by RDAP (RFC 9082, RFC 9083) where a registry has it, then
// by WHOIS (RFC 3912), then by DAS, which tells a status only. Which registry is
// asked how stands in one table (servers.go), so nothing else is asked where to
// ask.
//
// Answers are read within bounds and taken for what they say: what is not
// understood is unknown, never "in order" and never "expired". A registry is asked
// one question at a time with a pause after each. How often one name is asked for
// is the caller's business. Package domain calls it.
package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/reach"
)

// Problems of a look.Registration.
const (
	ProblemSilent   = "silent"   // no registry answered
	ProblemFormat   = "format"   // the answer is in a form that is not known
	ProblemBusy     = "busy"     // too many names wait for their turn at this registry
	ProblemUnlisted = "unlisted" // the table has no registry for names with this end
)

// Sources of a look.Registration.
const (
	SourceRDAP  = "rdap"
	SourceWHOIS = "whois"
	SourceDAS   = "das"
)

// Bounds of what is asked and read.
const (
	maxAnswer  = 256 << 10 // bytes of one answer
	maxList    = 20        // of statuses, of name servers
	maxText    = 200       // bytes of a text that is kept
	maxWaiting = 200       // names that wait for their turn at one registry

	usualPause = 2 * time.Second
	usualWait  = 15 * time.Second
)

// Options are what a Client takes from its program. The zero value is right in
// production.
type Options struct {
	Reach   reach.Policy                     // what may be reached
	Servers func(tld string) (Servers, bool) // instead of the table
	Pause   time.Duration                    // between two questions to one server; 0: 2 s
	Wait    time.Duration                    // for one answer; 0: 15 s
	HTTP    http.RoundTripper                // for RDAP, instead of a transport of its own
}

// Servers says how the registry of one top-level domain is asked. An empty field:
// not by this way.
type Servers struct {
	RDAP  string // base URL, with the slash at its end
	WHOIS string // host or host:port
	DAS   string // host or host:port
}

// Client asks registries. It is safe for concurrent use.
type Client struct {
	o    Options
	http *http.Client

	mu    sync.Mutex
	turns map[string]*turn // by server
}

// turn lets one question at a time to one server.
type turn struct {
	free    chan struct{} // holds one token
	waiting int
}

// New makes a Client.
func New(o Options) *Client {
	if o.Servers == nil {
		o.Servers = Known
	}
	if o.Pause == 0 {
		o.Pause = usualPause
	}
	if o.Wait == 0 {
		o.Wait = usualWait
	}
	c := &Client{o: o, turns: map[string]*turn{}}
	transport := o.HTTP
	if transport == nil {
		transport = &http.Transport{
			DialContext:            c.dialer().DialContext,
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: 64 << 10,
			TLSHandshakeTimeout:    o.Wait,
		}
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) >= 3 || r.URL.Scheme != via[0].URL.Scheme {
			return errors.New("the registry leads on too far or elsewhere")
		}
		return nil
	}}
	return c
}

func (c *Client) dialer() *net.Dialer {
	return &net.Dialer{Timeout: c.o.Wait, KeepAlive: -1, Control: c.o.Reach.Control}
}

var (
	errBusy   = errors.New("too many names wait for their turn")
	errFormat = errors.New("the answer is in a form that is not known")
)

// Ask asks for a registered name (example.lt) in ASCII. It always returns what
// there is to say; a name is available only when a registry says so in words that
// are known, by no way that it answers otherwise.
func (c *Client) Ask(ctx context.Context, name string) look.Registration {
	now := time.Now()
	out := look.Registration{Name: name, State: look.RegistryUnknown, Asked: now}
	servers, ok := c.o.Servers(lastLabel(name))
	if !ok {
		out.Problem = ProblemUnlisted
		return out
	}
	var failed []error
	var free look.Registration
	for _, way := range []struct {
		source, server string
		ask            func(ctx context.Context, server, name string) (look.Registration, error)
	}{{SourceRDAP, servers.RDAP, c.rdap}, {SourceWHOIS, servers.WHOIS, c.whois}, {SourceDAS, servers.DAS, c.das}} {
		if way.server == "" {
			continue
		}
		r, err := c.inTurn(ctx, way.server, name, way.ask)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", way.source, err))
			continue
		}
		r.Name, r.Asked, r.Answered, r.Source, r.Server = name, now, now, way.source, way.server
		if r.State == look.RegistryAvailable {
			// A base of RDAP that has moved says "not found" of every name: the others are
			// asked too.
			if free.Source == "" {
				free = r
			}
			continue
		}
		return r
	}
	if free.Source != "" {
		return free
	}
	err := errors.Join(failed...)
	switch {
	case errors.Is(err, errBusy):
		out.Problem = ProblemBusy
	case errors.Is(err, errFormat):
		out.Problem = ProblemFormat
	default:
		out.Problem = ProblemSilent
	}
	if err != nil {
		out.Detail = look.Clip(strings.ReplaceAll(err.Error(), "\n", "; "), look.MaxDetail)
	}
	return out
}

// inTurn waits until nobody else asks the server, asks, and keeps the server for a
// pause.
func (c *Client) inTurn(ctx context.Context, server, name string, ask func(context.Context, string, string) (look.Registration, error)) (look.Registration, error) {
	c.mu.Lock()
	t := c.turns[server]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		c.turns[server] = t
	}
	if t.waiting >= maxWaiting {
		c.mu.Unlock()
		return look.Registration{}, errBusy
	}
	t.waiting++
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		t.waiting--
		c.mu.Unlock()
	}()
	select {
	case <-t.free:
	case <-ctx.Done():
		return look.Registration{}, errBusy
	}
	defer time.AfterFunc(c.o.Pause, func() { t.free <- struct{}{} })
	bounded, cancel := context.WithTimeout(ctx, c.o.Wait)
	defer cancel()
	return ask(bounded, server, name)
}

// converse sends one line over TCP and reads until the other side closes. Servers
// of WHOIS and DAS take one question for each connection (RFC 3912 section 2).
func (c *Client) converse(ctx context.Context, server, port, line string) (string, error) {
	if _, _, err := net.SplitHostPort(server); err != nil {
		server = net.JoinHostPort(server, port)
	}
	conn, err := c.dialer().DialContext(ctx, "tcp", server)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if d, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(d)
	}
	if _, err := io.WriteString(conn, line); err != nil {
		return "", fmt.Errorf("ask %s: %w", server, err)
	}
	text, err := io.ReadAll(io.LimitReader(conn, maxAnswer+1))
	switch {
	case len(text) > maxAnswer:
		return "", fmt.Errorf("read the answer of %s: it is longer than %d bytes", server, maxAnswer)
	case err != nil:
		return "", fmt.Errorf("read the answer of %s: %w", server, err)
	}
	return string(text), nil
}

func lastLabel(name string) string {
	return name[strings.LastIndexByte(name, '.')+1:]
}

// clip bounds a text of a registry.
func clip(s string) string { return look.Clip(strings.TrimSpace(s), maxText) }

// oneMore adds a text to a list that is bounded, once.
func oneMore(list []string, text string) []string {
	if text = clip(text); text == "" || len(list) >= maxList {
		return list
	}
	for _, had := range list {
		if had == text {
			return list
		}
	}
	return append(list, text)
}

// host is the name of a name server in a line, which may have addresses after it.
func host(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	s, _, _ = strings.Cut(s, "\t")
	return strings.TrimSuffix(strings.ToLower(s), ".")
}
