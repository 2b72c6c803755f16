package wire

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/look"
)

// Paths of the agents' door. Samples go to PathWrite as Prometheus Remote-Write
// 2.0 (io.prometheus.write.v2.Request); the others speak JSON, which may be
// compressed. Whatever is refused is answered with a Refusal.
const (
	PathEnrol  = "/api/agent/v1/enrol"
	PathWrite  = "/api/agent/v1/write"
	PathReport = "/api/agent/v1/report"
)

// Headers of every request of an enrolled agent, beside
// "Authorization: Bearer <secret>".
const (
	// HeaderNonce is 32 hexadecimal digits, made at each start of the agent.
	HeaderNonce = "Budi-Agent-Nonce"
	// HeaderSequence is a decimal number that rises with each request of one
	// nonce, also when a request is tried again.
	HeaderSequence = "Budi-Agent-Sequence"
	// HeaderTime is the agent's clock when it sent the request: Unix time in
	// milliseconds.
	HeaderTime = "Budi-Agent-Time"
	// HeaderMachine is Machine.Fingerprint: two computers with one identity
	// usually differ in it.
	HeaderMachine = "Budi-Agent-Machine"
)

// Headers of every answer to an enrolled agent.
const (
	// HeaderCollectorStart is another text after each start of the collector.
	HeaderCollectorStart = "Budi-Collector-Start"
	// HeaderAssignment is the Assignment.Version that is in force; an agent
	// that has another one asks for it by a report.
	HeaderAssignment = "Budi-Assignment"
)

// Compressions of request bodies, as in Content-Encoding. Snappy (block format)
// is what Remote-Write demands and always understood for samples; Zstd is used
// when the assignment lists it, for samples and reports.
const (
	Snappy = "snappy"
	Zstd   = "zstd"
)

// Code says why a request was refused.
type Code string

// The codes. Those without a note are final: trying again does not help.
const (
	CodeTokenUnknown Code = "token_unknown" // 403: no such enrolment token, or it was revoked
	CodeTokenExpired Code = "token_expired" // 403
	CodeTokenUsedUp  Code = "token_used_up" // 403
	CodeUnknownAgent Code = "unknown_agent" // 401: no agent has this secret, or it was revoked
	CodeReplayed     Code = "replayed"      // 409: this nonce has used this sequence already; go on with a new nonce
	CodeCloned       Code = "cloned"        // 409: another computer lives under this identity; enrol anew, or try once an hour
	CodeBadRequest   Code = "bad_request"   // 400
	CodeTooLarge     Code = "too_large"     // 413: send less at once
	CodeBusy         Code = "busy"          // 429 or 503, with Retry-After: try later
	CodeInternal     Code = "internal"      // 500: try later
)

// Refusal is the body of every answer that is not a success.
type Refusal struct {
	Code  Code   `json:"code"`
	Error string `json:"error"` // for people, English
}

// Machine is by what a computer is known again after its disk was wiped.
// Values that makers leave unset ("To be filled by O.E.M.") are left empty by
// whoever fills it.
type Machine struct {
	SystemUUID   string   `json:"system_uuid,omitempty"`   // SMBIOS type 1, lower case
	SystemSerial string   `json:"system_serial,omitempty"` // SMBIOS type 1
	BoardSerial  string   `json:"board_serial,omitempty"`  // SMBIOS type 2
	MACs         []string `json:"macs,omitempty"`          // of physical cards, "aa:bb:cc:dd:ee:ff", sorted; at most MaxMACs
}

// Fingerprint is 64 hexadecimal digits that are equal for equal machines, and
// empty for one of which nothing is known.
func (m Machine) Fingerprint() string {
	if m.SystemUUID == "" && m.SystemSerial == "" && m.BoardSerial == "" && len(m.MACs) == 0 {
		return ""
	}
	macs := slices.Clone(m.MACs)
	slices.Sort(macs)
	sum := sha256.Sum256([]byte(strings.Join(append([]string{m.SystemUUID, m.SystemSerial, m.BoardSerial}, macs...), "\n")))
	return hex.EncodeToString(sum[:])
}

// EnrolRequest is how an agent introduces itself. The agent makes its own
// Secret, so that a request whose answer was lost can be sent again: with a
// Secret that is known already it changes nothing and uses nothing up.
type EnrolRequest struct {
	Token    string  `json:"token"`  // EnrolToken.Secret
	Secret   string  `json:"secret"` // NewAgentSecret; only its hash is stored
	Hostname string  `json:"hostname"`
	System   string  `json:"system"` // GOOS: windows, linux, darwin
	Server   bool    `json:"server"` // the system calls itself a server edition
	Version  string  `json:"version"`
	Machine  Machine `json:"machine"`
}

// EnrolReply is who the agent is from now on.
type EnrolReply struct {
	Agent      string     `json:"agent"` // ID of the agent: another after each enrolment
	Device     string     `json:"device"`
	Site       string     `json:"site"`
	Assignment Assignment `json:"assignment"`
}

// Assignment is what the collector wants of an agent. It names what to look at
// and how often; never a command.
type Assignment struct {
	Version       string        `json:"version"`             // changes when anything below does
	Profile       string        `json:"profile"`             // host.Basic or host.Full
	Interval      time.Duration `json:"interval"`            // between two looks
	PushInterval  time.Duration `json:"push_interval"`       // between two pushes of samples
	FactsInterval time.Duration `json:"facts_interval"`      // between two inventories
	FactsOff      []string      `json:"facts_off,omitempty"` // kinds that are not to be collected
	Compressions  []string      `json:"compressions"`        // what PathWrite and PathReport understand

	// Checks are what the agent looks at besides its computer, at most MaxChecks.
	// An agent that does not know them leaves them out.
	Checks []Check `json:"checks,omitempty"`
	// Witnesses are addresses that answer practically always, as in the collector's
	// configuration: while none does, the agent's own line is down. At most
	// MaxWitnesses; with none the line counts as up.
	Witnesses []string `json:"witnesses,omitempty"`
}

// WithoutChecks is an assignment that may be written down: what checks hold, a
// password perhaps, is not in it. When it had any, its version is another, so
// that they are asked for again.
func (a Assignment) WithoutChecks() Assignment {
	if len(a.Checks) > 0 {
		a.Checks, a.Witnesses, a.Version = nil, nil, ""
	}
	return a
}

// DefaultAssignment is what an agent does until it is told otherwise.
func DefaultAssignment() Assignment {
	return Assignment{
		Profile: "basic", Interval: time.Minute, PushInterval: 2 * time.Minute, FactsInterval: 4 * time.Hour,
		Compressions: []string{Snappy}, FactsOff: []string{"sessions"},
	}
}

// ReportRequest carries what is not a sample. Every field may be empty: then
// it asks for the assignment only.
type ReportRequest struct {
	Hostname string         `json:"hostname,omitempty"`
	System   string         `json:"system,omitempty"`
	Version  string         `json:"version,omitempty"`
	Machine  Machine        `json:"machine"`
	Facts    []look.FactSet `json:"facts,omitempty"`  // kinds that are given are replaced as a whole; others stay
	Events   []look.Event   `json:"events,omitempty"` // oldest first
	Checks   []Said         `json:"checks,omitempty"` // the newest of each check that is looked at; at most MaxChecks
	Spool    Spool          `json:"spool"`
}

// Spool is how an agent's store of unsent samples is.
type Spool struct {
	Samples int64     `json:"samples"`          // not acknowledged yet
	Oldest  time.Time `json:"oldest,omitzero"`  // of those
	Dropped int64     `json:"dropped"`          // samples given up since the agent was enrolled: too old, too many, unreadable
	Notice  string    `json:"notice,omitempty"` // trouble with the agent's own file, English
}

// ReportReply answers a report.
type ReportReply struct {
	Assignment Assignment `json:"assignment"`
}

// AuthorityPrefix begins the common name of the certificate of an authority that
// a collector made for itself. Such an authority issues for its own collector
// only, so an agent that pins it need not look at the host's name. Any other
// authority issues for other servers too, and the name counts.
const AuthorityPrefix = "Budi collector "

// Prefixes of secrets, so that scanners for leaked ones know them.
const (
	EnrolTokenPrefix  = "budi_enrol_"
	AgentSecretPrefix = "budi_agent_"
)

// EnrolToken is what a keeper hands to the installer of an agent:
// "budi_enrol_<43 characters>", and behind a dot, when agents are to trust one
// authority only, base64url(SHA-256 of the authority's certificate in DER).
type EnrolToken struct {
	Secret string   // with its prefix
	CA     [32]byte // zero: the system's authorities are trusted
}

// String writes the token; it is a secret.
func (t EnrolToken) String() string {
	if t.CA == [32]byte{} {
		return t.Secret
	}
	return t.Secret + "." + base64.RawURLEncoding.EncodeToString(t.CA[:])
}

// ParseEnrolToken reads what String writes. The error never repeats the text.
func ParseEnrolToken(s string) (EnrolToken, error) {
	plain, fingerprint, pinned := strings.Cut(strings.TrimSpace(s), ".")
	if !strings.HasPrefix(plain, EnrolTokenPrefix) || !secretPattern(plain[len(EnrolTokenPrefix):]) {
		return EnrolToken{}, errors.New(`this is no enrolment token: it begins with "budi_enrol_" and is made by "budi-collector enroll-token create"; was a part of it lost in copying?`)
	}
	t := EnrolToken{Secret: plain}
	if pinned {
		sum, err := base64.RawURLEncoding.DecodeString(fingerprint)
		if err != nil || len(sum) != len(t.CA) {
			return EnrolToken{}, errors.New("the part of the enrolment token behind the dot is damaged; copy the whole token again")
		}
		copy(t.CA[:], sum)
	}
	return t, nil
}

// CheckAgentSecret returns nil for what an agent may choose as its secret.
func CheckAgentSecret(s string) error {
	rest, ok := strings.CutPrefix(s, AgentSecretPrefix)
	if !ok || !secretPattern(rest) {
		return fmt.Errorf("an agent's secret is %q and 43 characters of base64url (32 random bytes)", AgentSecretPrefix)
	}
	return nil
}

// secretPattern reports whether s is 32 bytes in base64url.
func secretPattern(s string) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(b) == 32
}

// Check returns what is wrong with a request from a stranger, or nil.
func (r EnrolRequest) Check() error {
	switch {
	case CheckAgentSecret(r.Secret) != nil:
		return CheckAgentSecret(r.Secret)
	case r.Hostname == "" || len(r.Hostname) > MaxText:
		return fmt.Errorf("hostname: give 1 to %d bytes", MaxText)
	case len(r.System) > fleet.MaxIDLength || len(r.Version) > MaxText:
		return errors.New("system or version is too long")
	}
	return r.Machine.Check()
}

// Check returns what is wrong with a machine from a stranger, or nil.
func (m Machine) Check() error {
	if len(m.MACs) > MaxMACs {
		return fmt.Errorf("machine: at most %d MAC addresses", MaxMACs)
	}
	for _, s := range append([]string{m.SystemUUID, m.SystemSerial, m.BoardSerial}, m.MACs...) {
		if len(s) > MaxText {
			return fmt.Errorf("machine: %q… is longer than %d bytes", s[:20], MaxText)
		}
	}
	return nil
}
