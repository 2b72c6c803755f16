package domain

import (
	"strings"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// Codes of the findings. What a code begins with says which trouble it is of.
const (
	CodeExpired       = "domain_expired"
	CodeEndsSoon      = "domain_ends_soon"
	CodeOnHold        = "domain_on_hold" // the registry takes it out of the DNS, or is about to delete it
	CodeNotRegistered = "domain_not_registered"
	CodeNoDate        = "domain_no_date"         // the registry does not tell strangers
	CodeSilent        = "domain_registry_silent" // or it answered in a form that is not known
	CodeUnlisted      = "domain_registry_unlisted"

	CodeServerSilent      = "dns_server_silent"
	CodeServerLame        = "dns_server_lame" // it answers, but not for this zone
	CodeServerUnresolved  = "dns_server_unresolved"
	CodeServerAlias       = "dns_server_alias" // RFC 2181 section 10.3
	CodeSerials           = "dns_serials_differ"
	CodeAnswers           = "dns_answers_differ"
	CodeDelegationDiffers = "dns_delegation_differs"
	CodeGlue              = "dns_glue_differs"
	CodeOneServer         = "dns_one_server" // RFC 1034 section 4.1: two at least
	CodeOneNetwork        = "dns_one_network"
	CodeAliasApex         = "dns_alias_apex" // RFC 1034 section 3.6.2
	CodeRecordMissing     = "dns_record_missing"
	CodeRecordDiffers     = "dns_record_differs"

	CodeMXMissing     = "mail_mx_missing"
	CodeMXUnresolved  = "mail_mx_unresolved"
	CodeMXAlias       = "mail_mx_alias"
	CodeMXAddress     = "mail_mx_address"
	CodeMXNullBeside  = "mail_mx_null_beside" // RFC 7505 section 3
	CodeMXUnwanted    = "mail_mx_unwanted"
	CodeMXNullMissing = "mail_mx_null_missing"

	CodeSPFMissing   = "mail_spf_missing"
	CodeSPFMany      = "mail_spf_many"
	CodeSPFSyntax    = "mail_spf_syntax"
	CodeSPFLookups   = "mail_spf_lookups"
	CodeSPFVoid      = "mail_spf_void"
	CodeSPFBroken    = "mail_spf_broken"
	CodeSPFOpen      = "mail_spf_open"
	CodeSPFNoEnd     = "mail_spf_no_end"
	CodeSPFPtr       = "mail_spf_ptr"
	CodeSPFNotClosed = "mail_spf_not_closed"

	CodeDKIMMissing = "mail_dkim_missing"
	CodeDKIMMany    = "mail_dkim_many"
	CodeDKIMSyntax  = "mail_dkim_syntax"
	CodeDKIMRevoked = "mail_dkim_revoked"
	CodeDKIMShort   = "mail_dkim_short" // under 1024 bits: nobody takes it (RFC 8301)
	CodeDKIMWeak    = "mail_dkim_weak"
	CodeDKIMTesting = "mail_dkim_testing"

	CodeDMARCMissing   = "mail_dmarc_missing"
	CodeDMARCMany      = "mail_dmarc_many"
	CodeDMARCSyntax    = "mail_dmarc_syntax"
	CodeDMARCNone      = "mail_dmarc_none"
	CodeDMARCPart      = "mail_dmarc_part"
	CodeDMARCReport    = "mail_dmarc_report"
	CodeDMARCNoReports = "mail_dmarc_no_reports"
	CodeDMARCNotReject = "mail_dmarc_not_reject"
)

// What the codes begin with.
const (
	prefixRegistry = "domain_"
	prefixDNS      = "dns_"
	prefixMail     = "mail_"
)

// Codes lists the codes of all findings.
func Codes() []string {
	return []string{
		CodeExpired, CodeEndsSoon, CodeOnHold, CodeNotRegistered, CodeNoDate, CodeSilent, CodeUnlisted,
		CodeServerSilent, CodeServerLame, CodeServerUnresolved, CodeServerAlias, CodeSerials, CodeAnswers, CodeDelegationDiffers, CodeGlue,
		CodeOneServer, CodeOneNetwork, CodeAliasApex, CodeRecordMissing, CodeRecordDiffers,
		CodeMXMissing, CodeMXUnresolved, CodeMXAlias, CodeMXAddress, CodeMXNullBeside, CodeMXUnwanted, CodeMXNullMissing,
		CodeSPFMissing, CodeSPFMany, CodeSPFSyntax, CodeSPFLookups, CodeSPFVoid, CodeSPFBroken, CodeSPFOpen, CodeSPFNoEnd, CodeSPFPtr, CodeSPFNotClosed,
		CodeDKIMMissing, CodeDKIMMany, CodeDKIMSyntax, CodeDKIMRevoked, CodeDKIMShort, CodeDKIMWeak, CodeDKIMTesting,
		CodeDMARCMissing, CodeDMARCMany, CodeDMARCSyntax, CodeDMARCNone, CodeDMARCPart, CodeDMARCReport, CodeDMARCNoReports, CodeDMARCNotReject,
	}
}

// Codes of the problems, beside probe.CodeCancelled.
const (
	CodeNotFound = "domain_not_found" // name: the zone above says that it is not there
	CodeNoServer = "domain_no_server" // name: none of its name servers answers for it
	CodeNoWay    = "domain_no_way"    // name: nobody could be asked from here
)

// Problems maps the codes of all problems to the outcome of the look.
func Problems() map[string]look.Outcome {
	return map[string]look.Outcome{
		CodeNotFound: look.Failed, CodeNoServer: look.Unreachable, CodeNoWay: look.Unknown, probe.CodeCancelled: look.Unknown,
	}
}

// ofMail are the findings about mail.
func ofMail(all []look.Finding) []look.Finding {
	var out []look.Finding
	for _, f := range all {
		if strings.HasPrefix(f.Code, prefixMail) {
			out = append(out, f)
		}
	}
	return out
}
