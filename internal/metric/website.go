package metric

// What counts of a check, and what is watched of a website besides whether it
// answers. Each has the label check.
const (
	CheckUp       = "budi_check_up"
	CheckVantages = "budi_check_vantages"

	WebsiteTrouble   = "budi_website_trouble"
	WebsiteFindings  = "budi_website_findings"
	WebsiteGrade     = "budi_website_grade"
	WebsiteNewestAge = "budi_website_newest_age_seconds"
	WebsiteBytes     = "budi_website_page_bytes"

	LinksBroken  = "budi_website_broken_links"
	LinksChecked = "budi_website_checked_links"
	CrawledPages = "budi_website_crawled_pages"

	DomainExpiry = "budi_domain_expiry_timestamp_seconds"

	JobLastCall    = "budi_job_last_call_timestamp_seconds"
	JobLastSuccess = "budi_job_last_success_timestamp_seconds"
	JobDuration    = "budi_job_duration_seconds"
)

// Values of the label trouble of WebsiteTrouble, each 1 while somebody has to act
// and 0 while not.
const (
	TroubleContent  = "content"      // the page changed as a defacement changes it
	TroubleExposed  = "exposed"      // files are public that must not be
	TroubleSecurity = "security"     // certificate or set-up has a fault that visitors will meet
	TroubleLinks    = "broken_links" // more links are broken than before

	TroubleDomainExpiry = "domain_expiry" // a domain ends soon, has ended, or its registry takes it away
	TroubleDomainDNS    = "domain_dns"    // its name servers, or what they say
	TroubleDomainMail   = "domain_mail"   // the records that protect its mail
)

// TroubleUrgent is the value of WebsiteTrouble when somebody has to act now.
const TroubleUrgent = 2

func websiteDefs() []Def {
	return []Def{
		{Name: CheckUp, Type: Gauge, Help: "1 while a check with vantage points counts as up, 0 while it counts as down: what most of those places say whose own line is up. Absent while nobody can tell, and of other checks."},
		{Name: CheckVantages, Type: Gauge, Help: "Number of the places that look at a check with vantage points, by what they say: up, down, unknown (their own line is down, or they are silent).", Labels: []string{"state"}},
		{Name: WebsiteTrouble, Type: Gauge, Help: "1 while a website or a domain has a trouble of this kind that somebody has to act on, 2 while that cannot wait, 0 while it was looked for and is not there.", Labels: []string{"trouble"}},
		{Name: WebsiteFindings, Type: Gauge, Help: "Number of things about a website or a domain that are wrong or could be better, by what is watched (security, content, links, domain) and severity.", Labels: []string{"aspect", "severity"}},
		{Name: WebsiteGrade, Type: Gauge, Help: "How safely a website is set up: 4 is A, 3 is B, 2 is C, 1 is D and 0 is F."},
		{Name: WebsiteNewestAge, Type: Gauge, Unit: "seconds", Help: "Age of the newest date on the page; absent when it has none."},
		{Name: WebsiteBytes, Type: Gauge, Unit: "bytes", Help: "Length of the page whose content is watched."},
		{Name: LinksBroken, Type: Gauge, Help: "Addresses on a website that do not work, of the last crawl."},
		{Name: LinksChecked, Type: Gauge, Help: "Addresses on a website that were tried, of the last crawl."},
		{Name: CrawledPages, Type: Gauge, Help: "Pages of a website that were read, of the last crawl."},
		{Name: DomainExpiry, Type: Gauge, Unit: "seconds", Help: "Unix time at which the registration of a domain ends; absent when its registry does not tell."},
		{Name: JobLastCall, Type: Gauge, Unit: "seconds", Help: "Unix time at which a job called last, whatever it said; absent when it never did."},
		{Name: JobLastSuccess, Type: Gauge, Unit: "seconds", Help: "Unix time at which a job called last to say that it went well; absent when it never did."},
		{Name: JobDuration, Type: Gauge, Unit: "seconds", Help: "How long a job ran the last time that it said when it began and when it ended."},
	}
}
