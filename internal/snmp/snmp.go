// Package snmp asks one SNMP agent at a time (versions 1, 2c and 3), over
// gosnmp, which is imported nowhere else. It knows no device and no MIB: that
// is package device's.
//
// Every method ends with its context, whatever the agent does. Lengths are
// bounded: of a request, an answer, a text, a walk. What agents do wrong is told
// apart by the errors below, and what they are known to do wrong is borne:
// answers that are too big or do not come because they would be, walks that go
// backwards or never end, single objects that cannot be read, versions without
// bulk requests. A Client learns what its agent bears and keeps to it.
//
// Answers are taken from the address and port that was asked only: the socket is
// connected. Those of versions 1 and 2c are not otherwise protected.
package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/budi-monitor/budi/internal/secret"
)

// Errors that callers branch on with errors.Is.
var (
	ErrNoAnswer     = errors.New("no answer") // for a wrong community of versions 1 and 2c too: agents say nothing then
	ErrCredentials  = errors.New("wrong credentials")
	ErrNotSupported = errors.New("not supported by the agent")
	ErrNonsense     = errors.New("the answer makes no sense")
	ErrTruncated    = errors.New("the walk was cut short") // what was read until then is returned beside it
)

// Version is the version of the protocol.
type Version string

// The versions.
const (
	V1  Version = "1"
	V2c Version = "2c"
	V3  Version = "3"
)

// Credentials are what an agent wants to know before it answers.
type Credentials struct {
	Version   Version       // empty: V2c
	Community secret.String // of versions 1 and 2c; empty: public
	User      string        // of version 3, as all below (RFC 3414)
	Auth      string        // MD5, SHA, SHA224, SHA256, SHA384, SHA512; empty: no authentication
	AuthKey   secret.String // passphrase
	Priv      string        // DES, AES, AES192, AES256, AES192C, AES256C; empty: no privacy
	PrivKey   secret.String // passphrase
	Context   string        // contextName; empty: the default
}

// Target is one agent.
type Target struct {
	Host string // name or address
	Port uint16 // 0: 161
	Credentials
	Timeout time.Duration // of one try of one request; 0: 5 s, because what sleeps wakes slowly
	Retries int           // after the first try; 0: 1, below 0: none

	// Habits keep what a Client learnt for the next one of the same agent; nil:
	// nothing is kept. Only one Client uses them at a time.
	Habits *Habits
}

// Client asks one agent, over one socket. It is used by one goroutine at a time.
type Client struct {
	handle  *gosnmp.GoSNMP
	conn    *conn
	retries int
	timeout time.Duration

	answered bool // the agent ever did
	received int  // bytes
	habits   *Habits
}

// Dial makes a Client. Nothing is sent yet, but for finding the address of a
// name. The caller closes it. It returns ErrNoAnswer wrapped when there is no such
// name, and ErrCredentials when version 3's cannot be right.
func Dial(ctx context.Context, t Target) (*Client, error) {
	h := &gosnmp.GoSNMP{
		Context: ctx, Target: t.Host, Port: t.Port, Transport: "udp", Timeout: resolveTimeout,
		Version: gosnmp.Version2c, Community: t.Community.Reveal(), MaxOids: mostNames,
	}
	if h.Port == 0 {
		h.Port = 161
	}
	if t.Timeout <= 0 {
		t.Timeout = 5 * time.Second
	}
	if h.Community == "" {
		h.Community = "public"
	}
	switch t.Version {
	case V1:
		h.Version = gosnmp.Version1
	case V2c, "":
	case V3:
		if err := t.secure(h); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
		}
	default:
		return nil, fmt.Errorf("%w: there is no version %q of SNMP", ErrNotSupported, t.Version)
	}
	if len(h.Community) > maxCommunity {
		return nil, fmt.Errorf("%w: a community of %d bytes", ErrCredentials, len(h.Community))
	}
	if err := h.Connect(); err != nil {
		return nil, fmt.Errorf("reach %s: %w: %w", t.Host, ErrNoAnswer, err)
	}
	c := &Client{
		handle: h, conn: &conn{Conn: h.Conn}, timeout: t.Timeout, retries: t.Retries,
		habits: t.Habits,
	}
	if c.habits == nil {
		c.habits = &Habits{}
	}
	c.habits.begin()
	if t.Retries == 0 {
		c.retries = 1
	}
	c.retries = max(c.retries, 0)
	h.Conn = c.conn
	return c, nil
}

const (
	maxCommunity   = 127              // bytes, which gosnmp can encode
	resolveTimeout = 10 * time.Second // for finding the address of a name
)

// Close frees the socket.
func (c *Client) Close() error {
	if err := c.handle.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the socket: %w", err)
	}
	return nil
}
