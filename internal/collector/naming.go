package collector

import (
	netmail "net/mail"
	"os"
	"strings"

	"github.com/budi-monitor/budi/internal/fleet"
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
