package look

import "time"

// Domain is what a look at a domain brought besides findings and numbers. It is
// also what the next look goes on from: what registries and mail say is asked for
// once a day.
type Domain struct {
	Name          string        `json:"name"`                          // in ASCII, without the dot at its end
	Zone          string        `json:"zone,omitempty"`                // that it is in, as the zone above delegates it; empty: there is none
	Registration  *Registration `json:"registration,omitempty"`        // absent: nobody asked
	NameServers   []NameServer  `json:"name_servers,omitempty"`        // each address of each of them
	Mail          *DomainMail   `json:"mail,omitempty"`                // absent: not looked at yet
	SerialsDiffer time.Time     `json:"serials_differ_since,omitzero"` // from when on name servers had different versions of the zone
	Delegation    []string      `json:"delegation,omitempty"`          // name servers, as the zone above names them
}

// Registration is what the registry of a domain says of it.
type Registration struct {
	Name        string    `json:"name"`             // that was registered: example.lt for www.example.lt
	State       string    `json:"state"`            // RegistryRegistered, RegistryAvailable or RegistryUnknown
	Source      string    `json:"source,omitempty"` // "rdap", "whois" or "das"
	Server      string    `json:"server,omitempty"` // that answered
	Registrar   string    `json:"registrar,omitempty"`
	Registered  time.Time `json:"registered,omitzero"`
	Expires     time.Time `json:"expires,omitzero"` // zero: the registry does not tell
	Statuses    []string  `json:"statuses,omitempty"`
	NameServers []string  `json:"name_servers,omitempty"`
	Answered    time.Time `json:"answered,omitzero"` // when the registry said so
	Asked       time.Time `json:"asked"`             // when it was asked last
	Problem     string    `json:"problem,omitempty"` // of asking last: "silent", "format", "busy", "unlisted"; empty: it answered
	Detail      string    `json:"detail,omitempty"`  // of the problem, technical
}

// The states of a Registration.
const (
	RegistryRegistered = "registered"
	RegistryAvailable  = "available" // nobody has it
	RegistryUnknown    = "unknown"
)

// NameServer is one address of a name server of a domain, and how it answers.
type NameServer struct {
	Name    string `json:"name"`
	Address string `json:"address,omitempty"` // empty: its name leads nowhere
	State   string `json:"state"`             // "ok", "silent", "lame", "unresolved" or "unasked"
	Serial  uint32 `json:"serial,omitempty"`  // version of the zone that it has
}

// DomainMail is what the DNS says of a domain's mail.
type DomainMail struct {
	Looked  time.Time         `json:"looked"`
	Terms   string            `json:"terms"`        // what was asked for: another question is asked at once
	Expects bool              `json:"expected"`     // mail is received or sent under this name
	MX      []string          `json:"mx,omitempty"` // "10 mail.example.lt"
	SPF     string            `json:"spf,omitempty"`
	Lookups int               `json:"spf_lookups"`
	DMARC   string            `json:"dmarc,omitempty"`
	DKIM    map[string]string `json:"dkim,omitempty"` // by selector: type and bits of its key
}
