package collector

import (
	"context"
	netmail "net/mail"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// deviceID makes an ID from the host name.
func deviceID() string {
	name, err := os.Hostname()
	if err != nil {
		return "collector"
	}
	id := strings.Trim(notInID.ReplaceAllString(strings.ToLower(name), "-"), "-._")
	if len(id) > fleet.MaxIDLength {
		id = strings.Trim(id[:fleet.MaxIDLength], "-._")
	}
	if fleet.CheckID(id) != nil {
		return "collector"
	}
	return id
}

// messageDomain is the right side of Message-IDs: the sender's domain; empty
// when there is no mail.
func messageDomain(c *Config) string {
	if c.Mail == nil {
		return ""
	}
	from, err := netmail.ParseAddress(c.Mail.From)
	if err != nil {
		return ""
	}
	return from.Address[strings.LastIndexByte(from.Address, '@')+1:]
}

// publicURL is how people reach the console, without a slash at its end.
func (c *Collector) publicURL() string {
	if u := c.Config().ExternalURL; u != "" {
		return strings.TrimSuffix(u, "/")
	}
	return c.URL()
}

// seen returns what people call the things that an alert's labels point at,
// and what the newest look at its check said.
func (c *Collector) seen(labels map[string]string) (map[string]string, *look.Problem) {
	names := map[string]string{}
	add := func(key, name string) {
		if name != "" {
			names[key] = name
		}
	}
	if site := c.Config().Site; labels["site"] == site.ID {
		add("site", site.Name)
	} else if site, err := c.agents.inventory.Site(context.Background(), labels["site"]); err == nil {
		add("site", site.Name)
	}
	if room, err := c.agents.inventory.Room(context.Background(), labels["room"]); err == nil && labels["room"] != "" {
		add("room", room.Name)
	}
	if d, ok := c.agents.inventory.Resolve(labels["device"]); ok && labels["device"] != "" {
		add("device", d.Name)
		if d.Kind != inventory.KindComputer {
			add(incident.NameKind, d.Kind)
		}
	}
	id, ok := labels["check"]
	if !ok {
		return names, nil
	}
	add("check", (*c.looking.plan.Load())[checkPrefix+id].check.Name)
	newest, _ := c.looking.board.Get(checkPrefix + id)
	if newest.Kind == probe.KindJob {
		add(incident.NameKind, newest.Kind) // it has no address that means anything to people
	} else {
		add(incident.NameTarget, newest.Target)
	}
	if newest.Outcome == look.Unknown {
		// Our own trouble, which the rule has not seen yet, is not what is
		// wrong with the check.
		return names, c.vantages.problem(id, nil)
	}
	return names, c.vantages.problem(id, newest.Problem)
}

// ackLife is how long the acknowledge link in a mail works.
const ackLife = 14 * 24 * time.Hour

// ackURL is the link in a mail that acknowledges an incident in the name of a
// contact.
func (c *Collector) ackURL(id incident.ID, contact string) string {
	return c.publicURL() + "/ack?t=" + c.access.SignAck(uint64(id), contact, c.now().Add(ackLife))
}

var notInID = regexp.MustCompile(`[^a-z0-9._-]+`)
