package registry

// Known is the table of registries: the ends of names that institutions here have.
// Bases of RDAP are those of the IANA's bootstrap registry (RFC 9224), as far as a
// registry is in it; others are asked by WHOIS.
func Known(tld string) (Servers, bool) {
	s, ok := known()[tld]
	return s, ok
}

func known() map[string]Servers {
	out := map[string]Servers{
		// The registry documents WHOIS and DAS, and no RDAP.
		"lt": {WHOIS: "whois.domreg.lt", DAS: "das.domreg.lt"},

		// They tell no date of expiry to strangers.
		"eu": {WHOIS: "whois.eu"},
		"lv": {WHOIS: "whois.nic.lv"},
		"de": {RDAP: "https://rdap.denic.de/", WHOIS: "whois.denic.de"},

		"ee": {RDAP: "https://rdap.tld.ee/", WHOIS: "whois.tld.ee"},
		"pl": {RDAP: "https://rdap.dns.pl/", WHOIS: "whois.dns.pl"},
		"fi": {RDAP: "https://rdap.fi/rdap/rdap/", WHOIS: "whois.fi"},
		"se": {WHOIS: "whois.iis.se"},
		"nu": {WHOIS: "whois.iis.nu"},
		"dk": {WHOIS: "whois.punktum.dk"},
		"no": {RDAP: "https://rdap.norid.no/", WHOIS: "whois.norid.no"},
		"nl": {RDAP: "https://rdap.sidn.nl/"},
		"cz": {RDAP: "https://rdap.nic.cz/", WHOIS: "whois.nic.cz"},
		"fr": {RDAP: "https://rdap.nic.fr/", WHOIS: "whois.nic.fr"},
		"uk": {RDAP: "https://rdap.nominet.uk/uk/", WHOIS: "whois.nic.uk"},
		"ua": {RDAP: "https://rdap.hostmaster.ua/", WHOIS: "whois.ua"},

		"com": {RDAP: "https://rdap.verisign.com/com/v1/", WHOIS: "whois.verisign-grs.com"},
		"net": {RDAP: "https://rdap.verisign.com/net/v1/", WHOIS: "whois.verisign-grs.com"},
		"org": {RDAP: "https://rdap.publicinterestregistry.org/rdap/", WHOIS: "whois.publicinterestregistry.org"},
		"biz": {RDAP: "https://rdap.nic.biz/", WHOIS: "whois.nic.biz"},
		"xyz": {RDAP: "https://rdap.centralnic.com/xyz/", WHOIS: "whois.nic.xyz"},
	}
	for _, group := range []struct {
		base string
		ends []string
	}{
		{"https://rdap.identitydigital.services/rdap/", []string{"info", "pro", "io", "me", "school", "academy", "education", "institute", "center", "agency", "network", "digital", "email", "events", "foundation", "media", "news", "social", "team", "works", "support", "systems"}},
		{"https://rdap.radix.host/rdap/", []string{"online", "site", "store", "tech", "space", "website", "fun"}},
		{"https://pubapi.registry.google/rdap/", []string{"app", "dev", "page"}},
	} {
		for _, end := range group.ends {
			out[end] = Servers{RDAP: group.base}
		}
	}
	return out
}
