package snmp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gosnmp/gosnmp"
)

// conn is the socket under gosnmp. It ends what waits when a context ends, which
// gosnmp does between its tries only; and it sees the reports by which an agent
// of version 3 says what is wrong with a request. Where the request was to be
// authenticated and the report cannot be, because user or key are wrong, gosnmp
// rightly does not believe it; it is good enough to name the reason of a failure.
type conn struct {
	net.Conn

	mu      sync.Mutex
	request *request
}

// request is what is asked now.
type request struct {
	cancelled bool
	report    byte // the last report's object in usmStats; 0: none came
	received  int  // bytes
}

// begin starts a request. The caller calls end when it is over.
func (c *conn) begin(ctx context.Context) (r *request, end func()) {
	r = &request{}
	c.mu.Lock()
	c.request = r
	c.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		r.cancelled = true
		if c.request == r {
			_ = c.Conn.SetDeadline(time.Unix(1, 0))
		}
	})
	return r, func() { stop() }
}

// SetDeadline is called by gosnmp before each try.
func (c *conn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.request != nil && c.request.cancelled {
		t = time.Unix(1, 0)
	}
	return c.Conn.SetDeadline(t)
}

// usmStats begins the names of the objects that reports of version 3 carry, as
// they are on the wire: 1.3.6.1.6.3.15.1.1 (RFC 3414).
const usmStats = "\x06\x0a\x2b\x06\x01\x06\x03\x0f\x01\x01"

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.request != nil {
		c.request.received += n
		if i := bytes.Index(b[:n], []byte(usmStats)); i >= 0 && i+len(usmStats)+1 < n {
			c.request.report = b[i+len(usmStats)]
		}
	}
	return n, err
}

// The reports of version 3 (RFC 3414, section 5).
const (
	usmUnsupportedLevel = 1
	usmNotInTime        = 2
	usmUnknownUser      = 3
	usmUnknownEngine    = 4
	usmWrongDigest      = 5
	usmDecryption       = 6
)

// kind is a kind of request.
type kind int

const (
	get kind = iota
	next
	bulk
)

// exchange sends one request, in so many tries, and returns what came. An error
// is of those of this package, wrapped.
func (c *Client) exchange(ctx context.Context, k kind, names []string, repeat, tries int) (*gosnmp.SnmpPacket, error) {
	known := c.engine() != ""
	packet, err := c.try(ctx, k, names, repeat, tries)
	if known && err != nil && c.restarted() {
		packet, err = c.try(ctx, k, names, repeat, tries)
	}
	if errors.Is(err, ErrNoAnswer) && !c.answered && ctx.Err() == nil {
		if reason := c.whySilent(ctx, names[0]); reason != nil {
			return nil, reason
		}
	}
	return packet, err
}

func (c *Client) try(ctx context.Context, k kind, names []string, repeat, tries int) (*gosnmp.SnmpPacket, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	r, end := c.conn.begin(ctx)
	defer end()
	h := c.handle
	h.Context, h.Retries, h.Timeout = ctx, tries-1, c.timeout
	if deadline, ok := ctx.Deadline(); ok {
		// All tries shall have their turn.
		h.Timeout = min(h.Timeout, max(time.Until(deadline)/time.Duration(tries), time.Millisecond))
	}
	var packet *gosnmp.SnmpPacket
	var err error
	switch k {
	case get:
		packet, err = h.Get(names)
	case next:
		packet, err = h.GetNext(names)
	case bulk:
		packet, err = h.GetBulk(names, 0, uint32(repeat))
	}
	c.received += r.received
	if err == nil && packet.PDUType != gosnmp.GetResponse {
		err = fmt.Errorf("an answer of the kind %s", packet.PDUType)
	}
	if err != nil {
		return nil, r.explain(ctx, err)
	}
	if packet.Error == gosnmp.AuthorizationError {
		return nil, fmt.Errorf("%w: %s", ErrCredentials, packet.Error)
	}
	c.answered = true
	return packet, nil
}

// engine is the engine ID of an agent of version 3, once it is known.
func (c *Client) engine() string {
	if usm, ok := c.handle.SecurityParameters.(*gosnmp.UsmSecurityParameters); ok {
		return usm.AuthoritativeEngineID
	}
	return ""
}

// restarted reports whether an agent of version 3 is not the one that it was
// when its engine ID and clock were asked, and if so forgets these: the next try
// asks again. (gosnmp does so by itself on reports that it believes.)
func (c *Client) restarted() bool {
	usm, ok := c.handle.SecurityParameters.(*gosnmp.UsmSecurityParameters)
	if r := c.conn.request; !ok || r.report != usmNotInTime && r.report != usmUnknownEngine {
		return false
	}
	usm.AuthoritativeEngineID, usm.AuthoritativeEngineBoots, usm.AuthoritativeEngineTime = "", 0, 0
	usm.SecretKey, usm.PrivacyKey = nil, nil
	c.handle.ContextEngineID = ""
	return true
}

// whySilent finds out why an agent of version 3 told its engine ID and then
// nothing. Net-snmp's does so when it cannot make sense of what it decrypted with
// another passphrase than ours, and when it has no such context. It returns nil
// when that is not the reason.
func (c *Client) whySilent(ctx context.Context, name string) error {
	h := c.handle
	if c.engine() == "" {
		return nil
	}
	flags, in := h.MsgFlags, h.ContextName
	defer func() { h.MsgFlags, h.ContextName, c.answered = flags, in, false }()
	if in != "" {
		h.ContextName = ""
		if _, err := c.try(ctx, get, []string{name}, 0, 1); err == nil {
			return fmt.Errorf("%w: there is no context %q", ErrNotSupported, in)
		}
	}
	if flags&gosnmp.AuthPriv == gosnmp.AuthPriv {
		h.MsgFlags = flags &^ (gosnmp.AuthPriv &^ gosnmp.AuthNoPriv)
		if _, err := c.try(ctx, get, []string{name}, 0, 1); !errors.Is(err, ErrNoAnswer) {
			return fmt.Errorf("%w: wrong privacy", ErrCredentials)
		}
	}
	return nil
}

// explain says which of this package's errors an error of gosnmp is.
func (r *request) explain(ctx context.Context, err error) error {
	var network net.Error
	switch {
	case r.report == usmUnsupportedLevel || errors.Is(err, gosnmp.ErrUnknownSecurityLevel):
		return fmt.Errorf("%w: the user may not ask in this way (authentication, privacy)", ErrCredentials)
	case r.report == usmUnknownUser || errors.Is(err, gosnmp.ErrUnknownUsername):
		return fmt.Errorf("%w: unknown user", ErrCredentials)
	case r.report == usmWrongDigest || errors.Is(err, gosnmp.ErrWrongDigest):
		return fmt.Errorf("%w: wrong authentication", ErrCredentials)
	case r.report == usmDecryption || errors.Is(err, gosnmp.ErrDecryption):
		return fmt.Errorf("%w: wrong privacy", ErrCredentials)
	case errors.Is(err, gosnmp.ErrUnknownSecurityModels), errors.Is(err, gosnmp.ErrInvalidMsgs),
		errors.Is(err, gosnmp.ErrUnknownPDUHandlers), errors.Is(err, gosnmp.ErrUnknownReportPDU):
		return fmt.Errorf("%w: %w", ErrNotSupported, err) // the last is what an unknown context is told by
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrNoAnswer, ctx.Err())
	case errors.Is(err, gosnmp.ErrMaxRetriesExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network):
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	text, _, _ := strings.Cut(err.Error(), " Stack:") // of a panic that gosnmp caught
	return fmt.Errorf("%w: %s", ErrNonsense, Clip(text, 200))
}

// packetBytes is what goes through an Ethernet in one piece. Answers of several
// pieces are dropped by many a firewall.
const packetBytes = 1_400

// weigh notes how heavy the variables of the last answer were.
func (c *Client) weigh(variables int) {
	if w := c.conn.request.received / variables; c.habits.weight == 0 {
		c.habits.weight = w
	} else {
		c.habits.weight = (3*c.habits.weight + w) / 4
	}
}

// fitting is how many variables fit into a packet, as far as can be known.
func (c *Client) fitting() int { return packetBytes / max(c.habits.weight, 1) }
