package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/budi-monitor/budi/internal/look"
)

// What fields of WHOIS mean. Registries call the same thing by many names, in
// small letters here and without what fills a column ("expires............").
var (
	fieldsOfName      = []string{"domain", "domain name", "domain_name"}
	fieldsOfExpiry    = []string{"expires", "expire", "expiry date", "expiration date", "registry expiry date", "registrar registration expiration date", "renewal date", "expire date", "paid-till", "expires on", "valid until"}
	fieldsOfBeginning = []string{"registered", "created", "creation date", "registered on", "domain registered"}
	fieldsOfStatus    = []string{"status", "domain status", "state"}
	fieldsOfRegistrar = []string{"registrar", "registrar name", "sponsoring registrar"}
	fieldsOfServers   = []string{"nameserver", "name server", "nserver", "nameservers", "name servers", "hostname"}
)

// freeStatuses are values of a status that say that nobody has the name.
var freeStatuses = []string{"available", "free", "not registered"}

// freeTexts begin lines that say that nobody has the name, in small letters.
var freeTexts = []string{
	"no match", "not found", "no data found", "no entries found", "no information available about domain name", "domain not found", "the queried object does not exist",
	"nothing found", "no object found", "object does not exist",
}

// refusals are parts of lines with which registries refuse to tell, in small letters.
// What stands beside them is not taken for "nobody has it": there is a "not found"
// in some of them.
var refusals = []string{
	"exceeded", "too many", "rate limit", "limit reached", "quota", "denied", "refused", "blacklist", "blocked", "throttl", "try again", "temporar",
}

// dateForms are the forms of dates in use, as package time writes them.
var dateForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05", "2006-01-02",
	"2006.01.02 15:04:05", "2006.01.02", "2006/01/02", "02-Jan-2006", "2-Jan-2006", "2.1.2006 15:04:05", "2.1.2006", "20060102",
	"Mon Jan 2 15:04:05 MST 2006", "January 2 2006",
}

// whois asks by WHOIS.
func (c *Client) whois(ctx context.Context, server, name string) (look.Registration, error) {
	question := name
	if h, _, _ := strings.Cut(server, ":"); h == "whois.denic.de" {
		question = "-T dn,ace " + name // DENIC tells the status only when asked so
	}
	text, err := c.converse(ctx, server, "43", question+"\r\n")
	if err != nil {
		return look.Registration{}, err
	}
	return ParseWHOIS(text, name)
}

// ParseWHOIS reads the answer of a registry to the question for a name. It fails
// when the answer neither names the name nor says that nobody has it, or when it
// says that and refuses to tell as well.
func ParseWHOIS(text, name string) (look.Registration, error) {
	r := look.Registration{State: look.RegistryUnknown}
	about, free := false, false
	refused, section, last := "", "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n\t ")
		bare := strings.TrimSpace(line)
		comment := strings.HasPrefix(bare, "%") || strings.HasPrefix(bare, "#") || strings.HasPrefix(bare, ">>>")
		bare = strings.TrimLeft(bare, "%#> \t*")
		if bare == "" {
			section, last = "", ""
			continue
		}
		small := strings.ToLower(bare)
		for _, t := range freeTexts {
			free = free || strings.HasPrefix(small, t)
		}
		if refused == "" && slices.ContainsFunc(refusals, func(part string) bool { return strings.Contains(small, part) }) {
			refused = bare
		}
		if comment {
			continue
		}
		key, value, ok := strings.Cut(bare, ":")
		key, value = strings.ToLower(strings.TrimRight(strings.TrimSpace(key), ". ")), strings.TrimSpace(value)
		if !ok { // more values of the line before: EURid writes them below their title
			key, value = last, bare
		} else if last = key; value == "" {
			section = key
			continue
		}
		switch {
		case (slices.Contains(fieldsOfName, key) || section == "domain" && key == "name") && sameName(value, name):
			about = true
		case slices.Contains(fieldsOfName, key) && len(value) < 256 && strings.Contains(value, ".") && !about && ok:
			return look.Registration{}, fmt.Errorf("%w: it is about %q", errFormat, clip(value))
		case slices.Contains(fieldsOfExpiry, key) && r.Expires.IsZero():
			if at, known := parseDate(value); known {
				r.Expires = at
			} else {
				return look.Registration{}, fmt.Errorf("%w: %q is no date that is known", errFormat, clip(value))
			}
		case slices.Contains(fieldsOfBeginning, key) && r.Registered.IsZero():
			if at, known := parseDate(value); known {
				r.Registered = at
			}
		case slices.Contains(fieldsOfStatus, key):
			status, _, _ := strings.Cut(value, " http") // "clientTransferProhibited https://icann.org/epp#…"
			free = free || about && slices.Contains(freeStatuses, strings.ToLower(status))
			r.Statuses = oneMore(r.Statuses, status)
		case slices.Contains(fieldsOfRegistrar, key) && r.Registrar == "":
			r.Registrar = clip(value)
		case section == "registrar" && key == "name" && r.Registrar == "":
			r.Registrar = clip(value)
		case slices.Contains(fieldsOfServers, key):
			r.NameServers = oneMore(r.NameServers, host(value))
		}
	}
	switch {
	case refused != "" && (free || !about):
		return look.Registration{}, fmt.Errorf("%w: it refuses to tell: %q", errFormat, clip(refused))
	case free && r.Expires.IsZero() && len(r.NameServers) == 0 && r.Registrar == "":
		return look.Registration{State: look.RegistryAvailable, Statuses: r.Statuses}, nil
	case !about:
		return look.Registration{}, fmt.Errorf("%w: it does not name the domain", errFormat)
	case r.Expires.IsZero() && len(r.Statuses) == 0 && len(r.NameServers) == 0 && r.Registrar == "" && r.Registered.IsZero():
		return look.Registration{}, fmt.Errorf("%w: it has none of the fields that are known", errFormat)
	}
	r.State = look.RegistryRegistered
	return r, nil
}

// sameName reports whether a registry means the name, which is in ASCII.
func sameName(value, name string) bool {
	value = strings.ToLower(strings.TrimSuffix(value, "."))
	if ascii, err := idna.Lookup.ToASCII(value); err == nil {
		value = ascii
	}
	return value == name
}

// parseDate reads a date in one of the forms in use. A day without a time is taken
// from its beginning, in UTC: whoever is told hours too early loses nothing.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, form := range dateForms {
		at, err := time.Parse(form, s)
		if err != nil || !plausible(at) {
			continue
		}
		return at.UTC(), true
	}
	// "2027-03-28 (YYYY-MM-DD)" and the like.
	if first, _, more := strings.Cut(s, " "); more && len(first) >= 8 {
		return parseDate(first)
	}
	return time.Time{}, false
}

// das asks by the Domain Availability Service of .lt, which tells the status and
// nothing else.
func (c *Client) das(ctx context.Context, server, name string) (look.Registration, error) {
	text, err := c.converse(ctx, server, "4343", "get 1.0 "+name+"\n")
	if err != nil {
		return look.Registration{}, err
	}
	return ParseDAS(text, name)
}

// ParseDAS reads the answer of a Domain Availability Service.
func ParseDAS(text, name string) (look.Registration, error) {
	var about bool
	var status string
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch value = strings.TrimSpace(value); strings.ToLower(key) {
		case "domain":
			about = sameName(value, name)
		case "status":
			status = clip(value)
		}
	}
	r := look.Registration{State: look.RegistryRegistered, Statuses: []string{status}}
	switch {
	case !about || status == "":
		return look.Registration{}, fmt.Errorf("%w: it does not tell the status of the domain", errFormat)
	case slices.Contains(freeStatuses, strings.ToLower(status)):
		r.State = look.RegistryAvailable
	case !slices.Contains(dasStatuses, strings.ToLower(status)):
		return look.Registration{}, fmt.Errorf("%w: the status is %q", errFormat, status)
	}
	return r, nil
}

// dasStatuses are what the registry of .lt calls a name that somebody has.
var dasStatuses = []string{"registered", "pendingcreate", "pendingdelete", "pendingrelease", "outofservice", "blocked", "reserved", "restricteddisposal", "restrictedrights", "stopped"}
