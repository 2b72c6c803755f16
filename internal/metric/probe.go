package metric

// Names of what a look at a website or a service brings. They are
// blackbox_exporter's, so that its dashboards and alerts work unchanged; where
// the meaning differs, the help says so.
const (
	ProbeSuccess       = "probe_success"
	ProbeDuration      = "probe_duration_seconds"
	ProbeDNSLookupTime = "probe_dns_lookup_time_seconds"
	ProbeIPProtocol    = "probe_ip_protocol"

	ProbeHTTPStatusCode             = "probe_http_status_code"
	ProbeHTTPVersion                = "probe_http_version"
	ProbeHTTPSSL                    = "probe_http_ssl"
	ProbeHTTPRedirects              = "probe_http_redirects"
	ProbeHTTPContentLength          = "probe_http_content_length"
	ProbeHTTPUncompressedBodyLength = "probe_http_uncompressed_body_length"
	ProbeHTTPDuration               = "probe_http_duration_seconds"

	ProbeIPSuccess  = "budi_probe_ip_success"
	ProbeIPDuration = "budi_probe_ip_duration_seconds"

	ProbeSSLEarliestCertExpiry = "probe_ssl_earliest_cert_expiry"
	ProbeTLSVersionInfo        = "probe_tls_version_info"

	ProbeICMPDuration      = "probe_icmp_duration_seconds"
	ProbeICMPReplyHopLimit = "probe_icmp_reply_hop_limit"

	ProbeDNSDuration      = "probe_dns_duration_seconds"
	ProbeDNSAnswerRRs     = "probe_dns_answer_rrs"
	ProbeDNSAuthorityRRs  = "probe_dns_authority_rrs"
	ProbeDNSAdditionalRRs = "probe_dns_additional_rrs"
	ProbeDNSSerial        = "probe_dns_serial"
)

func probeDefs() []Def {
	return []Def{
		{Name: ProbeSuccess, Type: Gauge, Help: "1 when the look went well, 0 when it answered wrongly or not at all. Absent while the look could not be made (budi_look_unknown is 1)."},
		{Name: ProbeDuration, Type: Gauge, Unit: "seconds", Help: "How long the whole look took."},
		{Name: ProbeDNSLookupTime, Type: Gauge, Unit: "seconds", Help: "How long finding the address of the name asked for took; 0 when the target is an address."},
		{Name: ProbeIPProtocol, Type: Gauge, Help: "4 or 6: the version of the Internet Protocol that reached what was asked for; 0 when nothing did."},

		{Name: ProbeHTTPStatusCode, Type: Gauge, Help: "HTTP status of the last answer, after redirects; 0 when there was none."},
		{Name: ProbeHTTPVersion, Type: Gauge, Help: "HTTP version of the last answer: 1, 1.1 or 2; 0 when there was none."},
		{Name: ProbeHTTPSSL, Type: Gauge, Help: "1 when the last answer came over TLS."},
		{Name: ProbeHTTPRedirects, Type: Gauge, Help: "Number of redirects that were followed."},
		{Name: ProbeHTTPContentLength, Type: Gauge, Unit: "bytes", Help: "Length of the last answer's content as its header says, -1 when it does not say (always so for compressed answers)."},
		{Name: ProbeHTTPUncompressedBodyLength, Type: Gauge, Unit: "bytes", Help: "Length of the last answer's content as read, uncompressed; reading stops at 1 MiB."},
		{Name: ProbeHTTPDuration, Type: Gauge, Unit: "seconds", Help: "How long each phase took, added up over redirects: resolve, connect, tls, processing, transfer.", Labels: []string{"phase"}},

		{Name: ProbeIPSuccess, Type: Gauge, Help: "Of a website that must answer by both versions of the Internet Protocol: 1 when the look by this one went well, 0 when it did not. Absent while it could not be made.", Labels: []string{"ip"}},
		{Name: ProbeIPDuration, Type: Gauge, Unit: "seconds", Help: "Of a website that must answer by both versions of the Internet Protocol: how long the look by this one took.", Labels: []string{"ip"}},

		{Name: ProbeSSLEarliestCertExpiry, Type: Gauge, Unit: "seconds", Help: "Unix time at which the first certificate in the chain that the server sent expires. It is the chain of the site asked for, that is of the first connection by TLS (blackbox_exporter gives the last redirect's), and it is given also when the certificate is not valid."},
		{Name: ProbeTLSVersionInfo, Type: Gauge, Help: "Always 1; the label says which TLS version the site asked for agreed on.", Labels: []string{"version"}},

		{Name: ProbeICMPDuration, Type: Gauge, Unit: "seconds", Help: "How long each phase of the ping took: resolve, setup, rtt (of the first packet that was answered).", Labels: []string{"phase"}},
		{Name: ProbeICMPReplyHopLimit, Type: Gauge, Help: "Hop limit (IPv6) or TTL (IPv4) of the reply."},

		{Name: ProbeDNSDuration, Type: Gauge, Unit: "seconds", Help: "How long each phase of the DNS question took: resolve (finding the DNS server), connect, request.", Labels: []string{"phase"}},
		{Name: ProbeDNSAnswerRRs, Type: Gauge, Help: "Number of records in the answer section."},
		{Name: ProbeDNSAuthorityRRs, Type: Gauge, Help: "Number of records in the authority section."},
		{Name: ProbeDNSAdditionalRRs, Type: Gauge, Help: "Number of records in the additional section."},
		{Name: ProbeDNSSerial, Type: Gauge, Help: "Serial number of the zone; only when the type asked for is SOA."},

		{Name: LookUnknown, Type: Gauge, Help: "1 when the last look could not be made (then nothing is said about the target), 0 when it was made."},
	}
}
