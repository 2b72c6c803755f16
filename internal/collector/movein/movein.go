// Package movein reads what people configured in other programs that watch
// websites, and makes checks of it: the backup file of Uptime Kuma and the
// configuration of Gatus. Whatever does not come along is told as a Loss. It is
// pure: it reads no files, asks nobody, and keeps nothing.
//
// Two rules hold for every field. What a check *asks* (address, method, headers,
// body, who asks, by which way) is taken over as it was, or the check comes
// paused, for it would be another question. What the answer *must be* becomes
// exactly what it meant, or the check comes without it and the loss says so; it
// is never made weaker without a word.
package movein

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/settings"
)

// Bounds of what is read.
const (
	MaxBytes   = 2_000_000
	MaxEntries = 5_000
	maxValue   = 200     // bytes of Loss.Value
	maxLosses  = 40      // of one entry; one that has more comes paused
	maxNodes   = 500_000 // of a YAML file, after aliases were followed
	maxDeep    = 50      // lists and objects within each other
)

// Format is the program that wrote a file.
type Format string

// The formats.
const (
	Kuma  Format = "kuma"  // Uptime Kuma: a backup file, or a list of monitors as its API gives it
	Gatus Format = "gatus" // a configuration file of Gatus
)

// Code says what became of something that did not come along as it was. It is a
// part of the key of a sentence in both languages, "movein.loss.<code>", in whose
// place Value the value of the loss stands.
type Code string

// Codes of losses of an entry. Those whose comment says so keep it from being
// taken over, or make it come paused.
const (
	LossUnreadable  Code = "unreadable"    // left out: it has not the form of an entry
	LossType        Code = "type"          // left out: nothing looks at this
	LossSNMP        Code = "snmp"          // left out: it is a device
	LossUpsideDown  Code = "upside_down"   // left out: it is well when it does not answer
	LossImpossible  Code = "impossible"    // left out: no status would do
	LossNoPeriod    Code = "no_period"     // left out: nobody says when it has to call
	LossRcode       Code = "rcode"         // left out: the answer must be an error of DNS
	LossVariable    Code = "variable"      // left out or paused: it stands in the environment of the other program
	LossCertificate Code = "certificate"   // paused: certificates are always checked
	LossProxy       Code = "proxy"         // paused
	LossAuth        Code = "auth"          // paused
	LossMethod      Code = "method"        // paused
	LossHeader      Code = "header"        // paused: Value is its name
	LossBody        Code = "body"          // paused
	LossResolver    Code = "resolver"      // paused
	LossPayload     Code = "payload"       // paused
	LossRandom      Code = "random"        // paused: another text each time
	LossClient      Code = "client"        // paused: Value is the setting
	LossNetwork     Code = "network"       // paused: IPv4 or IPv6
	LossRedirects   Code = "redirects"     //
	LossTimeout     Code = "timeout"       //
	LossInterval    Code = "interval"      //
	LossPing        Code = "ping"          // size and number of packets
	LossCacheBust   Code = "cache_bust"    //
	LossDNSServers  Code = "dns_servers"   // the first one is asked
	LossDNSAnswers  Code = "dns_answers"   // all answers are compared, not one
	LossJSONPath    Code = "json_path"     //
	LossCondition   Code = "condition"     //
	LossTime        Code = "response_time" //
	LossCertDays    Code = "cert_days"     //
	LossDomain      Code = "domain"        //
	LossJobAddress  Code = "job_address"   // it has to call another address now
	LossJobPeriod   Code = "job_period"    //
	LossMaintenance Code = "maintenance"   //
	LossField       Code = "field"         // nobody here knows it
	LossMany        Code = "many"          // paused: there are more
)

// Codes of losses of the whole file; Count says of how many entries.
const (
	LossNotifications Code = "notifications"
	LossRetries       Code = "retries"
	LossResend        Code = "resend"
	LossTags          Code = "tags"
	LossDescriptions  Code = "descriptions"
	LossDomains       Code = "domains" // until when they are registered; Value names them
	LossAllMaintained Code = "maintenance_all"
	LossSuites        Code = "suites"
	LossAnnouncements Code = "announcements"
	LossRemote        Code = "remote"
)

// Codes lists every code of a loss.
func Codes() []Code {
	return []Code{
		LossUnreadable, LossType, LossSNMP, LossUpsideDown, LossImpossible, LossNoPeriod, LossRcode, LossVariable, LossCertificate, LossProxy, LossAuth,
		LossMethod, LossHeader, LossBody, LossResolver, LossPayload, LossRandom, LossClient, LossNetwork, LossRedirects, LossTimeout, LossInterval, LossPing,
		LossCacheBust, LossDNSServers, LossDNSAnswers, LossJSONPath, LossCondition, LossTime, LossCertDays, LossDomain, LossJobAddress, LossJobPeriod,
		LossMaintenance, LossField, LossMany,
		LossNotifications, LossRetries, LossResend, LossTags, LossDescriptions, LossDomains, LossAllMaintained, LossSuites, LossAnnouncements, LossRemote,
	}
}

// Loss is something that did not come along as it was.
type Loss struct {
	Code  Code
	Field string // as the other program calls it
	Value string // what stood there, clipped; "" when it may be a secret
	Count int    // of a loss of the whole file: how many entries have it
}

// Entry is one thing that the other program watched.
type Entry struct {
	Line   int            // of the file, from 1
	Name   string         // as it was called there
	Group  string         // as its group was called there; groups within groups with " / " between them
	Check  settings.Check // without an ID and a site; its name is Name
	Left   bool           // it cannot be taken over; Check says nothing
	Losses []Loss

	// Incomplete says that the check cannot ask as it did, so that it comes paused.
	Incomplete bool
}

// Result is what a file holds, in its order.
type Result struct {
	Format  Format
	Entries []Entry
	Losses  []Loss // of the whole file
}

// The codes of an Error.
const (
	CodeSize  = "size"  // Max: bytes
	CodeMany  = "many"  // Max: entries
	CodeLarge = "large" // it is too deep, or its aliases make it too large
	CodeJSON  = "json"  // Line: it is no JSON from there on
	CodeYAML  = "yaml"  // Line: it is no YAML from there on; 0 when nobody knows
	CodeNone  = "none"  // there is nothing to be watched in it
	codeKey   = "movein.invalid."
)

// ErrorCodes lists every code of an Error.
func ErrorCodes() []string {
	return []string{CodeSize, CodeMany, CodeLarge, CodeJSON, CodeYAML, CodeNone}
}

// Error says why a file cannot be read. Its Key names a sentence in both
// languages, whose places Args fills.
type Error struct {
	Code string
	Args map[string]any
}

// Error names the code; people are told in their language.
func (e *Error) Error() string {
	return fmt.Sprintf("read what another program watched: %s %v", e.Code, e.Args)
}

// Key is that of the sentence.
func (e *Error) Key() string { return codeKey + e.Code }

// Places fill the sentence.
func (e *Error) Places() map[string]any { return e.Args }

func wrong(code string, args ...any) error {
	e := &Error{Code: code, Args: map[string]any{}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[fmt.Sprint(args[i])] = args[i+1]
	}
	return e
}

// gatusFile finds what every configuration of Gatus has, at the beginning of a
// line.
var gatusFile = regexp.MustCompile(`(?m)^["']?(endpoints|external-endpoints|suites)["']?[ \t]*:`)

// FormatOf says which program wrote a file, by what is in it; false when it is
// none of them.
func FormatOf(data []byte) (Format, bool) {
	data = bytes.TrimSpace(plain(data))
	switch {
	case len(data) == 0:
		return "", false
	case data[0] == '{' && (bytes.Contains(data, []byte(`"monitorList"`)) || !bytes.Contains(data, []byte(`"endpoints"`))):
		return Kuma, true
	case data[0] == '{':
		return Gatus, true // YAML can be written as JSON
	case data[0] == '[' && bytes.HasPrefix(bytes.TrimSpace(data[1:]), []byte("{")):
		return Kuma, true
	case gatusFile.Match(data):
		return Gatus, true
	}
	return "", false
}

// Read reads a file that FormatOf knows. The error is an *Error.
func Read(data []byte) (Result, error) {
	format, _ := FormatOf(data)
	out := Result{Format: format}
	if len(data) > MaxBytes {
		return out, wrong(CodeSize, "Max", MaxBytes)
	}
	data = plain(data)
	var err error
	switch format {
	case Kuma:
		out.Entries, out.Losses, err = readKuma(data)
	case Gatus:
		out.Entries, out.Losses, err = readGatus(data)
	}
	if err == nil && len(out.Entries) == 0 {
		err = wrong(CodeNone)
	}
	return out, err
}

// plain is a text without a mark of its byte order.
func plain(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\ufeff")) }

// lose adds a loss. Value must be no secret.
func (e *Entry) lose(code Code, field, value string) {
	switch n := len(e.Losses); {
	case n < maxLosses:
		e.Losses = append(e.Losses, Loss{Code: code, Field: field, Value: shown(value)})
	case n == maxLosses:
		e.Losses = append(e.Losses, Loss{Code: LossMany, Field: field})
		e.Incomplete, e.Check.Paused = true, true
	}
}

// leave says that the entry cannot be taken over.
func (e *Entry) leave(code Code, field, value string) {
	e.Losses = nil // nothing else matters now
	e.lose(code, field, value)
	e.Left, e.Incomplete, e.Check = true, false, settings.Check{}
}

// pause says that the entry cannot ask as it did, so that it comes paused.
func (e *Entry) pause(code Code, field, value string) {
	e.lose(code, field, value)
	e.Incomplete, e.Check.Paused = true, true
}

// shown is a value as a report shows it.
func shown(value string) string {
	value = strings.ToValidUTF8(value, "\ufffd")
	if len(value) > maxValue {
		value = strings.ToValidUTF8(value[:maxValue], "") + "…"
	}
	return value
}

// tally counts losses of the whole file, in the order in which they were met.
type tally []Loss

func (t *tally) add(code Code, field string) {
	i := slices.IndexFunc(*t, func(l Loss) bool { return l.Code == code })
	if i < 0 {
		i = len(*t)
		*t = append(*t, Loss{Code: code, Field: field})
	}
	(*t)[i].Count++
}

// set gives a loss that was met a value.
func (t tally) set(code Code, value string) {
	for i := range t {
		if t[i].Code == code {
			t[i].Value = shown(value)
		}
	}
}
