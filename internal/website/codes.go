package website

import (
	"github.com/budi-monitor/budi/internal/certificate"
	"github.com/budi-monitor/budi/internal/look"
)

// Codes of the findings; those of package certificate come beside them.
const (
	CodeNoHTTPS     = "no_https"         // no encryption at all
	CodeNoRedirect  = "http_no_redirect" // encryption only for those who ask for it
	CodeOnlyOld     = "tls_only_old"     // versions that browsers refuse
	CodeOldVersions = "tls_old_versions" // they are offered beside the good ones (RFC 8996)

	CodeHSTSMissing  = "hsts_missing" // RFC 6797
	CodeHSTSShort    = "hsts_short"
	CodeCSPMissing   = "csp_missing"
	CodeCSPWeak      = "csp_weak"
	CodeNosniff      = "nosniff_missing"
	CodeFraming      = "framing_allowed"
	CodeReferrer     = "referrer_policy_missing"
	CodeReferrerWide = "referrer_policy_unsafe"
	CodePermissions  = "permissions_policy_missing"

	CodeMixedActive  = "mixed_active"  // scripts, styles, frames without encryption
	CodeMixedPassive = "mixed_passive" // pictures and sounds
	CodeFormInsecure = "form_insecure" // what is written into a form is sent without encryption
	CodePassword     = "password_plain"

	CodeCookieInsecure = "cookie_insecure" // without Secure
	CodeCookieReadable = "cookie_readable" // without HttpOnly
	CodeCookieSameSite = "cookie_cross_site"

	CodeVersionHeader    = "version_header"
	CodeVersionGenerator = "version_generator"
	CodeVersionFile      = "version_file"

	CodeRepository = exposedPrefix + "repository"
	CodeSecrets    = exposedPrefix + "secrets"
	CodeBackup     = exposedPrefix + "backup"
	CodeInside     = exposedPrefix + "info"
	CodeListing    = exposedPrefix + "listing"
	CodeUnasked    = "files_unasked"

	CodeElsewhere = "redirect_elsewhere"
)

// exposedPrefix begins the codes of files that must not be public.
const exposedPrefix = "exposed_"

// weights says how many of 100 points a finding costs, once for each code. It is
// the table of docs/security.md.
var weights = map[string]int{
	// A browser refuses the page, or anybody can read what nobody should.
	certificate.CodeExpired:       100,
	certificate.CodeNotYetValid:   100,
	certificate.CodeWrongName:     100,
	certificate.CodeNoNames:       100,
	certificate.CodeSelfSigned:    100,
	certificate.CodeUnknownIssuer: 100,
	certificate.CodeMissing:       100,
	certificate.CodeNotAllowed:    100,
	certificate.CodeTinyKey:       100,
	certificate.CodeWeakSignature: 100,
	CodeOnlyOld:                   100,
	CodePassword:                  100,
	CodeRepository:                100,
	CodeSecrets:                   100,
	CodeBackup:                    100,

	// Whoever sits between can read or change what is seen.
	CodeNoHTTPS:              75,
	certificate.CodeWeakKey:  40,
	CodeMixedActive:          30,
	CodeFormInsecure:         25,
	CodeNoRedirect:           20,
	CodeOldVersions:          20,
	CodeHSTSMissing:          10,
	CodeCookieInsecure:       10,
	CodeMixedPassive:         8,
	certificate.CodeEndsSoon: 10,
	CodeHSTSShort:            3,

	// It helps whoever wants to break in.
	CodeInside:           25,
	CodeListing:          15,
	CodeVersionHeader:    3,
	CodeVersionGenerator: 3,
	CodeVersionFile:      3,

	// A fault somewhere else on the site does more harm than it had to.
	CodeCSPMissing:     8,
	CodeFraming:        6,
	CodeCookieReadable: 5,
	CodeCSPWeak:        4,
	CodeNosniff:        4,
	CodeCookieSameSite: 3,
	CodeReferrer:       2,
	CodeReferrerWide:   2,
	CodePermissions:    2,

	// To be known.
	certificate.CodeOrder:   2,
	certificate.CodeForeign: 0,
	certificate.CodeTooLong: 0,
	CodeUnasked:             0,
	CodeElsewhere:           0,
}

// grades are the grades, the worst first; bounds is how many points each but the
// worst needs.
var (
	grades = []string{"F", "D", "C", "B", "A"}
	bounds = []int{0, 30, 55, 75, 90}
)

// Codes lists the codes of all findings of a look, those of package certificate
// too.
func Codes() []string {
	return append(certificate.Codes(),
		CodeNoHTTPS, CodeNoRedirect, CodeOnlyOld, CodeOldVersions,
		CodeHSTSMissing, CodeHSTSShort, CodeCSPMissing, CodeCSPWeak, CodeNosniff, CodeFraming, CodeReferrer, CodeReferrerWide, CodePermissions,
		CodeMixedActive, CodeMixedPassive, CodeFormInsecure, CodePassword,
		CodeCookieInsecure, CodeCookieReadable, CodeCookieSameSite,
		CodeVersionHeader, CodeVersionGenerator, CodeVersionFile,
		CodeRepository, CodeSecrets, CodeBackup, CodeInside, CodeListing, CodeUnasked, CodeElsewhere,
	)
}

// Weight is how many of 100 points a finding of this code costs; 0 for codes that
// are not this package's.
func Weight(code string) int { return weights[code] }

// Points is what is left of 100 points. Findings of the same code cost once.
func Points(findings []look.Finding) int {
	points, seen := 100, map[string]bool{}
	for _, f := range findings {
		if !seen[f.Code] {
			points -= weights[f.Code]
			seen[f.Code] = true
		}
	}
	return max(0, points)
}

// Grade makes a grade of findings: A, B, C, D or F.
func Grade(findings []look.Finding) string {
	points := Points(findings)
	for i := len(grades) - 1; i > 0; i-- {
		if points >= bounds[i] {
			return grades[i]
		}
	}
	return grades[0]
}
