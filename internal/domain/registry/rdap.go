package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/look"
)

// rdapDomain is what is read of an object of class "domain" (RFC 9083 section
// 5.3).
type rdapDomain struct {
	Class    string   `json:"objectClassName"`
	Name     string   `json:"ldhName"`
	Statuses []string `json:"status"`
	Events   []struct {
		Action string `json:"eventAction"`
		Date   string `json:"eventDate"`
	} `json:"events"`
	Entities    []rdapEntity `json:"entities"`
	NameServers []struct {
		Name string `json:"ldhName"`
	} `json:"nameservers"`
}

type rdapEntity struct {
	Handle string          `json:"handle"`
	Roles  []string        `json:"roles"`
	VCard  json.RawMessage `json:"vcardArray"`
}

// rdap asks by RDAP (RFC 9082 section 3.1.3).
func (c *Client) rdap(ctx context.Context, base, name string) (look.Registration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"domain/"+name, nil)
	if err != nil {
		return look.Registration{}, fmt.Errorf("ask %s: %w", base, err)
	}
	request.Header.Set("Accept", "application/rdap+json, application/json")
	answer, err := c.http.Do(request)
	if err != nil {
		return look.Registration{}, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound: // RFC 7480 section 5.3: it has no such name
		return look.Registration{State: look.RegistryAvailable}, nil
	default:
		return look.Registration{}, fmt.Errorf("ask %s: it answered with status %d", base, answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return look.Registration{}, fmt.Errorf("read the answer of %s: %w", base, err)
	case len(text) > maxAnswer:
		return look.Registration{}, fmt.Errorf("read the answer of %s: it is longer than %d bytes", base, maxAnswer)
	}
	return ParseRDAP(text, name)
}

// ParseRDAP reads the answer of a registry to the question for a name. It fails
// for what is no such answer.
func ParseRDAP(text []byte, name string) (look.Registration, error) {
	var d rdapDomain
	if err := json.Unmarshal(text, &d); err != nil {
		return look.Registration{}, fmt.Errorf("%w: %w", errFormat, err)
	}
	if !strings.EqualFold(d.Class, "domain") || !sameName(d.Name, name) {
		return look.Registration{}, fmt.Errorf("%w: it is about %q of class %q", errFormat, clip(d.Name), clip(d.Class))
	}
	r := look.Registration{State: look.RegistryRegistered}
	for _, s := range d.Statuses {
		r.Statuses = oneMore(r.Statuses, s)
	}
	for _, e := range d.Events {
		at, known := parseDate(e.Date) // RFC 9083 section 4.5 wants that of RFC 3339; some leave the zone out
		if !known {
			continue
		}
		switch e.Action { // RFC 9083 section 10.2.3
		case "expiration":
			r.Expires = at
		case "registration":
			r.Registered = at
		}
	}
	for _, e := range d.Entities {
		for _, role := range e.Roles {
			if role == "registrar" && r.Registrar == "" {
				r.Registrar = clip(e.name())
			}
		}
	}
	for _, s := range d.NameServers {
		r.NameServers = oneMore(r.NameServers, host(s.Name))
	}
	return r, nil
}

// name is the full name in the jCard of an entity (RFC 7095), or its handle.
func (e rdapEntity) name() string {
	var card []json.RawMessage
	var properties [][]json.RawMessage
	if json.Unmarshal(e.VCard, &card) != nil || len(card) < 2 || json.Unmarshal(card[1], &properties) != nil {
		return e.Handle
	}
	for _, p := range properties {
		var kind, value string
		if len(p) >= 4 && json.Unmarshal(p[0], &kind) == nil && kind == "fn" && json.Unmarshal(p[3], &value) == nil && value != "" {
			return value
		}
	}
	return e.Handle
}

// plausible keeps out dates that nobody registers a name for. RFC 9499 names no
// bounds; the first names are of 1985, and registries sell ten years at most.
func plausible(t time.Time) bool { return t.Year() >= 1985 && t.Year() < 2150 }
