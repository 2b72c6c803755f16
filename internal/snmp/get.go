package snmp

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gosnmp/gosnmp"
)

// Get asks for objects. What the agent does not have, or cannot give, is left
// out, in every version. It returns ErrNoAnswer, ErrCredentials, ErrNotSupported
// or ErrNonsense wrapped, beside what came before.
func (c *Client) Get(ctx context.Context, oids ...string) (Values, error) {
	g := &getter{c: c, values: Values{}}
	err := g.all(ctx, oids)
	if err == nil && len(g.values) == 0 {
		err = g.nonsense
	}
	if err != nil {
		err = fmt.Errorf("get %s: %w", oids[0], err)
	}
	return g.values, err
}

// getter is one Get.
type getter struct {
	c        *Client
	values   Values
	nonsense error // the answer to a single object that could not be read
}

func (g *getter) all(ctx context.Context, oids []string) error {
	for len(oids) > 0 {
		n := min(len(oids), g.c.habits.names.size)
		if err := g.some(ctx, oids[:n], g.c.retries+1); err != nil {
			return err
		}
		oids = oids[n:]
	}
	return nil
}

// some asks for objects in one request, and in several when the agent does not
// bear that.
func (g *getter) some(ctx context.Context, oids []string, tries int) error {
	c := g.c
	for len(oids) > 0 {
		now := tries
		if len(oids) > 1 {
			now = 1 // if it is silent, the next try asks for less
		}
		packet, err := c.exchange(ctx, get, oids, 0, now)
		switch {
		case errors.Is(err, ErrNoAnswer) && now < tries && ctx.Err() == nil:
			// A request for one tells whether the agent is gone or had too much.
			if err := g.some(ctx, oids[:1], tries-1); err != nil {
				return err
			}
			c.habits.names.silence(len(oids))
			return g.all(ctx, oids[1:])
		case errors.Is(err, ErrNonsense) && len(oids) > 1:
			return g.halves(ctx, oids)
		case errors.Is(err, ErrNonsense):
			g.nonsense = err
			return nil
		case err != nil:
			return err
		case packet.Error == gosnmp.NoError:
			g.take(packet)
			c.habits.names.answered(len(oids))
			return nil
		case len(oids) == 1:
			return nil // the agent cannot give it
		case packet.Error == gosnmp.TooBig:
			c.habits.names.tooMuch(len(oids))
			return g.halves(ctx, oids)
		}
		// Version 1 has no other way to say that there is no such object, and then
		// says nothing of the others. So do some agents of version 2c.
		i := int(packet.ErrorIndex) - 1
		if i < 0 || i >= len(oids) {
			return g.halves(ctx, oids)
		}
		oids = append(oids[:i:i], oids[i+1:]...)
	}
	return nil
}

func (g *getter) take(packet *gosnmp.SnmpPacket) {
	for _, pdu := range packet.Variables {
		if v := variable(pdu); !v.Value.IsZero() {
			g.values[v.OID] = v.Value
		}
	}
}

// halves asks for the objects in two requests.
func (g *getter) halves(ctx context.Context, oids []string) error {
	if err := g.some(ctx, oids[:len(oids)/2], g.c.retries+1); err != nil {
		return err
	}
	return g.some(ctx, oids[len(oids)/2:], g.c.retries+1)
}

// Bounds of one variable, beyond which it is left out.
const (
	maxOID    = 128 * 11   // of 128 arcs, which RFC 2578 allows, in text
	maxOctets = 16 * 1_024 // no object that we know has more
)

// variable takes over what gosnmp decoded; what is no value, or beyond all
// bounds, is none.
func variable(pdu gosnmp.SnmpPDU) Variable {
	out := Variable{OID: strings.TrimPrefix(pdu.Name, ".")}
	if len(out.OID) > maxOID {
		return Variable{}
	}
	v := &out.Value
	switch x := pdu.Value.(type) {
	case int:
		*v = Value{Type: Integer, number: int64(x)}
	case uint: // Counter32 and Gauge32
		*v = Value{Type: Type(pdu.Type), number: int64(x)}
	case uint32: // TimeTicks, and RFC 1442's UInteger32, which became Gauge32
		*v = Value{Type: Type(pdu.Type), number: int64(x)}
		if pdu.Type == gosnmp.Uinteger32 {
			v.Type = Gauge32
		}
	case uint64:
		*v = Value{Type: Counter64, number: int64(x)}
	case []byte:
		switch {
		case len(x) > maxOctets:
		case pdu.Type == gosnmp.Opaque:
			*v = opaque(x)
		default:
			*v = Value{Type: OctetString, data: string(x)}
		}
	case string:
		switch {
		case len(x) > maxOID:
		case pdu.Type == gosnmp.IPAddress:
			*v = Value{Type: IPAddress, data: x}
		case pdu.Type == gosnmp.ObjectIdentifier:
			*v = Value{Type: ObjectIdentifier, data: strings.TrimPrefix(x, ".")}
		}
	case float32:
		*v = Value{Type: Opaque, number: int64(math.Float64bits(float64(x)))}
	case float64:
		*v = Value{Type: Opaque, number: int64(math.Float64bits(x))}
	}
	return out
}
