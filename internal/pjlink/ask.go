package pjlink

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Power is what a projector does.
type Power int

// The states of power (POWR).
const (
	Standby Power = 0
	On      Power = 1
	Cooling Power = 2
	Warming Power = 3
)

// String is the state in a word.
func (p Power) String() string {
	switch p {
	case Standby:
		return "standby"
	case On:
		return "on"
	case Cooling:
		return "cooling"
	case Warming:
		return "warming"
	}
	return strconv.Itoa(int(p))
}

// Lamp is a lamp or another source of light.
type Lamp struct {
	Hours int // for which it was lit
	On    bool
}

// Level is how a part is.
type Level int

// The levels of ERST.
const (
	Well    Level = 0
	Warning Level = 1
	Error   Level = 2
)

// Condition is how each part is (ERST).
type Condition struct {
	Fan, Lamp, Temperature, Cover, Filter, Other Level
}

// Input is where the picture comes from: a kind and a number (or a letter, of
// class 2), as "31". Empty: not known.
type Input string

// Kind is the kind of the input: rgb, video, digital, storage, network or
// internal; "" for what the specification does not know.
func (i Input) Kind() string {
	if i == "" {
		return ""
	}
	switch i[0] {
	case '1':
		return "rgb"
	case '2':
		return "video"
	case '3':
		return "digital"
	case '4':
		return "storage"
	case '5':
		return "network"
	case '6':
		return "internal"
	}
	return ""
}

// String is the input in words: "digital 1".
func (i Input) String() string {
	if i.Kind() == "" {
		return string(i)
	}
	return i.Kind() + " " + string(i[1:])
}

// Class returns the class of the protocol that the projector speaks (CLSS).
func (c *Client) Class(ctx context.Context) (int, error) {
	return askFor(ctx, c, 1, "CLSS", func(v string) (int, error) { return number(v, 1, 9) })
}

// Power returns what the projector does (POWR).
func (c *Client) Power(ctx context.Context) (Power, error) {
	return askFor(ctx, c, 1, "POWR", func(v string) (Power, error) {
		n, err := number(v, int(Standby), int(Warming))
		return Power(n), err
	})
}

// Input returns where the picture comes from (INPT).
func (c *Client) Input(ctx context.Context) (Input, error) {
	return askFor(ctx, c, 1, "INPT", parseInput)
}

// Condition returns how each part is (ERST).
func (c *Client) Condition(ctx context.Context) (Condition, error) {
	return askFor(ctx, c, 1, "ERST", parseCondition)
}

// Lamps returns the lamps (LAMP). A projector with another source of light
// answers ErrUndefined, or as if that were a lamp.
func (c *Client) Lamps(ctx context.Context) ([]Lamp, error) {
	return askFor(ctx, c, 1, "LAMP", parseLamps)
}

// Name returns the name that its keeper gave it (NAME). Texts are as the
// projector sent them, at most 256 bytes, perhaps no UTF-8.
func (c *Client) Name(ctx context.Context) (string, error) {
	return c.ask(ctx, 1, "NAME", "")
}

// Manufacturer returns the maker (INF1).
func (c *Client) Manufacturer(ctx context.Context) (string, error) {
	return c.ask(ctx, 1, "INF1", "")
}

// Product returns the model (INF2).
func (c *Client) Product(ctx context.Context) (string, error) {
	return c.ask(ctx, 1, "INF2", "")
}

// Info returns whatever else the maker wants to tell (INFO).
func (c *Client) Info(ctx context.Context) (string, error) {
	return c.ask(ctx, 1, "INFO", "")
}

// Those below are of class 2: another answers ErrUndefined, or nothing.

// Serial returns the serial number (SNUM).
func (c *Client) Serial(ctx context.Context) (string, error) {
	return c.ask(ctx, 2, "SNUM", "")
}

// Software returns the version of the software (SVER).
func (c *Client) Software(ctx context.Context) (string, error) {
	return c.ask(ctx, 2, "SVER", "")
}

// LampParts returns the part numbers of its lamps, to order (RLMP).
func (c *Client) LampParts(ctx context.Context) (string, error) {
	return c.ask(ctx, 2, "RLMP", "")
}

// FilterParts returns the part numbers of its filters, to order (RFIL).
func (c *Client) FilterParts(ctx context.Context) (string, error) {
	return c.ask(ctx, 2, "RFIL", "")
}

// FilterHours returns for how many hours the filter was used (FILT).
func (c *Client) FilterHours(ctx context.Context) (int, error) {
	return askFor(ctx, c, 2, "FILT", func(v string) (int, error) { return number(v, 0, maxHours) })
}

// InputName returns what the projector calls an input: HDMI1 (INNM).
func (c *Client) InputName(ctx context.Context, i Input) (string, error) {
	if _, err := parseInput(string(i)); err != nil {
		return "", fmt.Errorf("ask for the name of an input: %w", err)
	}
	return c.ask(ctx, 2, "INNM", string(i))
}

// askFor asks, and reads the value.
func askFor[T any](ctx context.Context, c *Client, class int, command string, parse func(string) (T, error)) (T, error) {
	var none T
	value, err := c.ask(ctx, class, command, "")
	if err != nil {
		return none, err
	}
	out, err := parse(value)
	if err != nil {
		return none, fmt.Errorf("read the answer to %s: %w", command, err)
	}
	return out, nil
}

func wrong(value string) error { return fmt.Errorf("%w: %.40q", ErrNonsense, value) }

// number reads digits that stand for a number from low to high.
func number(v string, low, high int) (int, error) {
	v = strings.TrimSpace(v)
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high || v[0] == '+' {
		return 0, wrong(v)
	}
	return n, nil
}

// maxHours is above what a lamp's five digits can say, because some makers write
// six.
const maxHours = 999_999

// maxLamps is as many as the specification knows.
const maxLamps = 8

func parseLamps(v string) ([]Lamp, error) {
	fields := strings.Fields(v)
	if len(fields) == 0 || len(fields) > 2*maxLamps || len(fields)%2 != 0 {
		return nil, wrong(v)
	}
	var lamps []Lamp
	for i := 0; i < len(fields); i += 2 {
		hours, err := number(fields[i], 0, maxHours)
		if err != nil {
			return nil, err
		}
		on, err := number(fields[i+1], 0, 1)
		if err != nil {
			return nil, err
		}
		lamps = append(lamps, Lamp{Hours: hours, On: on == 1})
	}
	return lamps, nil
}

func parseCondition(v string) (Condition, error) {
	v = strings.TrimSpace(v)
	if len(v) != 6 || strings.Trim(v, "012") != "" {
		return Condition{}, wrong(v)
	}
	at := func(i int) Level { return Level(v[i] - '0') }
	return Condition{Fan: at(0), Lamp: at(1), Temperature: at(2), Cover: at(3), Filter: at(4), Other: at(5)}, nil
}

func parseInput(v string) (Input, error) {
	v = strings.ToUpper(strings.TrimSpace(v))
	if len(v) != 2 || v[0] < '1' || v[0] > '9' || (v[1] < '1' || v[1] > '9') && (v[1] < 'A' || v[1] > 'Z') {
		return "", wrong(v)
	}
	return Input(v), nil
}
