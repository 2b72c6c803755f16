package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

// ErrNotFound says that there is no such check or contact.
var ErrNotFound = errors.New("there is no such entry in the settings")

// Problem says that something a person entered cannot be. Code is the key of a
// sentence in both languages, "settings.invalid.<code>", whose places Args
// fills.
type Problem struct {
	Field string // as in the configuration file: "name", "http.expect_status", "smtp.port"
	Code  string // one of Codes
	Args  map[string]any
}

// Problems is everything that is wrong, in the order of the fields. It is an
// error.
type Problems []Problem

// Error lists the problems by their codes; people are told in their language.
func (p Problems) Error() string {
	out := make([]string, len(p))
	for i, one := range p {
		out[i] = one.Field + ": " + one.Code
	}
	return strings.Join(out, "; ")
}

// Of returns the Problems that an error holds; nil when it is about something
// else.
func Of(err error) Problems {
	var p Problems
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// New makes a Problem; args are names and values in turn. The composition makes
// those that need more than the settings to be seen.
func New(field, code string, args ...any) Problem { return problem(field, code, args...) }

func problem(field, code string, args ...any) Problem {
	p := Problem{Field: field, Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]any{}
		}
		p.Args[fmt.Sprint(args[i])] = args[i+1]
	}
	return p
}

// Codes of problems.
const (
	CodeLong            = "long" // Max
	CodeText            = "text"
	CodeID              = "id"
	CodeIDMissing       = "id_missing"
	CodeIDTaken         = "id_taken"       // ID
	CodeIDInFile        = "id_in_file"     // ID, File
	CodeIDRemoved       = "id_removed"     // ID
	CodeChecksFull      = "checks_full"    // Max
	CodeSite            = "site"           // the composition's: there is no such site
	CodeInterval        = "interval"       // Low, High
	CodeTimeout         = "timeout"        // Low, High
	CodeWrongKind       = "wrong_kind"     // fields of another kind of target
	CodeMethod          = "method"         //
	CodeMethodText      = "method_text"    // HEAD has no text
	CodeMethodBody      = "method_body"    // GET sends no body
	CodeHeaders         = "http_headers"   // Name: of the header that cannot be sent, or none; Max
	CodeCookies         = "http_cookies"   // the same of a cookie
	CodeForm            = "http_form"      // Max
	CodeBody            = "http_body"      // Max: bytes
	CodeWho             = "http_auth"      // neither user name and password nor a token
	CodeIPVersion       = "ip_version"     //
	CodeHTTPVersion     = "http_version"   //
	CodeMaxSize         = "max_size"       // Max: bytes
	CodePattern         = "pattern"        // Value; Want: in English
	CodeHeaderRule      = "header_rule"    // Value; Want: in English
	CodeJSONRule        = "json_rule"      // Value; Want: in English
	CodeStep            = "http_step"      // Step: its number; Field; Want: in English
	CodeSteps           = "http_steps"     // Max
	CodeYAML            = "yaml"           // Line of a text; Field; Want: in English
	CodeSpecLarge       = "http_large"     // Max: bytes
	CodeSecretMasked    = "secret_masked"  // the composition's: what is secret is shown nowhere
	CodeStatus          = "status"         // Value
	CodeRedirects       = "redirects"      // Max
	CodeTexts           = "texts"          // Max
	CodeSearched        = "searched"       // Max: bytes of one text
	CodeDNSType         = "dns_type"       //
	CodeDNSAnswer       = "dns_answer"     // Max
	CodeDays            = "days"           // Max: before a domain ends
	CodeRecordName      = "record_name"    // Value
	CodeRecordsMany     = "records_many"   // Max
	CodeSelector        = "selector"       // Value
	CodeSelectorsMany   = "selectors_many" // Max
	CodeTargetMasked    = "target_masked"  // the composition's: a name and a password that are shown nowhere
	codeTarget          = "target_"        // and the code of probe.TargetError
	CodeNameMissing     = "name_missing"   //
	CodeNameTaken       = "name_taken"
	CodeNameInFile      = "name_in_file" // File
	CodeContactsFull    = "contacts_full"
	CodeWay             = "way"     // neither or both of email and receiver
	CodeNoMail          = "no_mail" // there is no mail
	CodeMailNeeded      = "mail_needed"
	CodeEmail           = "email"    //
	CodeReceiver        = "receiver" //
	CodeLanguage        = "language"
	CodeSeverity        = "severity"
	CodeURL             = "url"
	CodeURLMissing      = "url_missing" // mails carry links
	CodeLogoSize        = "logo_size"   // Max: kilobytes
	CodeLogoKind        = "logo_kind"
	CodeInFile          = "in_file" // File: the file has it, so it cannot be set here
	CodeNoFiles         = "no_files"
	CodeMissing         = "missing"
	CodeHost            = "host"
	CodePort            = "port"
	CodePortTLS         = "port_tls"
	CodeSecurity        = "security"
	CodeUnencrypted     = "unencrypted"
	CodeAuth            = "auth"
	CodeAuthPlain       = "auth_plain"
	CodeAuthUnused      = "auth_unused"
	CodeTokenURL        = "token_url"
	CodeHello           = "hello"
	CodeMailTimeout     = "mail_timeout"
	CodeFrom            = "from"
	CodeHangs           = "hangs"           // ID: the composition's: nothing has it
	CodeHangsElsewhere  = "hangs_elsewhere" // the composition's: something of another site hangs on it
	CodeHangsMany       = "hangs_many"      // Max
	CodeVantage         = "vantage"         // ID: the composition's: no agent's computer has it
	CodeCircle          = "circle"          // Way: the composition's: it would hang on itself
	CodeBeatURL         = "beat_url"        // Max
	CodeBeatMethod      = "beat_method"
	CodeClash           = "clash"            // From, To, Name, Day: maintenance during an assessment
	CodeClashAgain      = "clash_again"      // the same of one that recurs: Except too
	CodeCalendar        = "calendar"         // Want: in English
	CodeOutside         = "outside"          // min_severity_outside without hours
	CodeHours           = "hours"            // the composition's
	CodeSitesFull       = "sites_full"       // Max
	CodeDigest          = "digest"           // no time of the day
	CodeAbsence         = "absence"          // it lacks a day or a deputy
	CodeAbsenceDays     = "absence_days"     // the wrong way round, or no dates
	CodeAbsenceTwice    = "absence_twice"    // one day in two absences
	CodeAbsencesFull    = "absences_full"    // Max
	CodeNoContact       = "no_contact"       // Name: deputies and escalations name contacts
	CodeDeputies        = "deputies"         // they lead in a circle
	CodeDeputySelf      = "deputy_self"      //
	CodeNobodyFirst     = "nobody_first"     // all contacts are told by escalations or as deputies only
	CodeTo              = "to"               // Max: nobody, or too many
	CodeClass           = "class"            //
	CodeEscalationTaken = "escalation_taken" // another one has the name
	CodeEscalationsFull = "escalations_full" // Max
	CodeRoom            = "room"             // Room: the composition's: the site has none of this name
	CodeDeviceID        = "device_id"        // it has none
	CodeDeviceTarget    = "device_target"    //
	CodeTargetSecret    = "target_secret"    // a secret in the target and one beside it
	CodeDevicesFull     = "devices_full"     // Max
	CodeCredentialsFull = "credentials_full" // Max
	CodeCredential      = "credential"       // Name: the composition's: nothing has it
	CodeCredentialUsed  = "credential_used"  // Device: the composition's: it names it
	CodeSubnet          = "subnet"           // Value
	CodeSubnets         = "subnets"          // Max
	CodeAccessMissing   = "access_missing"   //
	CodeSNMPVersion     = "snmp_version"     //
	CodeSNMPCommunity   = "snmp_community"   // with version 3
	CodeSNMPThree       = "snmp_three"       // without version 3
	CodeSNMPUser        = "snmp_user"        // version 3 without one
	CodeProtocol        = "protocol"         // All
	CodeKeyMissing      = "key_missing"      // Protocol
	CodeKeyShort        = "key_short"        // Min
	CodePrivAlone       = "priv_alone"       // privacy without authentication
	CodeKnownDevice     = "known_device"     // ID, Name: the composition's: what answers there is known
	CodeKnownElsewhere  = "known_elsewhere"  // the composition's: the same, of a site that who asks does not see
	CodeDeviceSilent    = "device_silent"    // the composition's: nothing is recognised there
	CodeSecretAgain     = "secret_again"     // the composition's: a secret that would be sent elsewhere
	CodeComputer        = "computer"         // ID: the composition's: an agent's computer has the ID
	CodeOther           = "other"            // Want: in English; nothing should give it
)

// Codes lists every code there is.
func Codes() []string {
	all := []string{
		CodeLong, CodeText, CodeID, CodeIDMissing, CodeIDTaken, CodeIDInFile, CodeIDRemoved, CodeChecksFull, CodeSite, CodeInterval, CodeTimeout, CodeTargetMasked,
		CodeWrongKind, CodeMethod, CodeMethodText, CodeMethodBody, CodeHeaders, CodeCookies, CodeForm, CodeBody, CodeWho, CodeIPVersion, CodeHTTPVersion, CodeMaxSize,
		CodePattern, CodeHeaderRule, CodeJSONRule, CodeStep, CodeSteps, CodeYAML, CodeSpecLarge, CodeSecretMasked, CodeStatus, CodeRedirects, CodeTexts, CodeSearched, CodeDNSType, CodeDNSAnswer, CodeDays, CodeRecordName, CodeRecordsMany, CodeSelector, CodeSelectorsMany,
		CodeNameMissing, CodeNameTaken, CodeNameInFile, CodeContactsFull, CodeWay, CodeNoMail, CodeMailNeeded, CodeEmail, CodeReceiver, CodeLanguage, CodeSeverity,
		CodeURL, CodeURLMissing, CodeLogoSize, CodeLogoKind, CodeInFile, CodeNoFiles, CodeMissing, CodeHost, CodePort, CodePortTLS,
		CodeSecurity, CodeUnencrypted, CodeAuth, CodeAuthPlain, CodeAuthUnused, CodeTokenURL, CodeHello, CodeMailTimeout, CodeFrom, CodeHangs, CodeHangsElsewhere, CodeHangsMany, CodeVantage, CodeCircle, CodeBeatURL, CodeBeatMethod, CodeOther,
		CodeClash, CodeClashAgain, CodeCalendar, CodeRoom,
		CodeOutside, CodeHours, CodeSitesFull, CodeDigest, CodeAbsence, CodeAbsenceDays, CodeAbsenceTwice, CodeAbsencesFull, CodeNoContact, CodeDeputies,
		CodeDeputySelf, CodeNobodyFirst, CodeTo, CodeClass, CodeEscalationTaken, CodeEscalationsFull,
		CodeDeviceID, CodeDeviceTarget, CodeTargetSecret, CodeDevicesFull, CodeCredentialsFull, CodeCredential, CodeCredentialUsed, CodeSubnet, CodeSubnets, CodeAccessMissing,
		CodeSNMPVersion, CodeSNMPCommunity, CodeSNMPThree, CodeSNMPUser, CodeProtocol, CodeKeyMissing, CodeKeyShort, CodePrivAlone, CodeKnownDevice, CodeKnownElsewhere, CodeDeviceSilent, CodeSecretAgain, CodeComputer,
	}
	for _, c := range []string{"missing", "long", "blank", "how", "url", "scheme", "host", "port", "ping_port", "colon", "no_port", "user", "path", "name", "domain"} {
		all = append(all, codeTarget+c)
	}
	slices.Sort(all)
	return all
}

// collect runs a validation of the configuration's and gives each problem that
// it reports a code. code returns "" for one that it does not know.
func collect(validate func(*strictyaml.Report), code func(field string, p strictyaml.Problem) (string, []any)) Problems {
	var found strictyaml.Errors
	if err := strictyaml.Validate("console", validate); err != nil && !errors.As(err, &found) {
		return Problems{problem("", CodeOther, "Want", err.Error())}
	}
	var out Problems
	for _, p := range found {
		c, args := code(p.Field, p)
		if c == "" {
			c, args = CodeOther, []any{"Want", p.Want}
		}
		// One field of a form holds a whole list.
		field, _, _ := strings.Cut(p.Field, "[")
		if i := slices.IndexFunc(out, func(o Problem) bool { return o.Field == field }); i < 0 {
			out = append(out, problem(field, c, args...))
		}
	}
	return out
}

// checkText checks a text that people read; "" is one.
func checkText(field, s string, limit int) Problems {
	bad := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	switch {
	case len(s) > limit:
		return Problems{problem(field, CodeLong, "Max", limit)}
	case strings.ContainsFunc(s, bad):
		return Problems{problem(field, CodeText)}
	}
	return nil
}
