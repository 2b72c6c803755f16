package metric

import "strings"

// ingestDefs is what the collector tells of the doors through which agents and
// other programs hand in what they saw.
func ingestDefs() []Def {
	return []Def{
		{"budi_ingest_requests_total", Counter, "", "Requests at the doors for samples and reports, by door (agents, push, reports) and HTTP status.", []string{"door", "code"}},
		{"budi_ingest_samples_total", Counter, "", "Samples that came through a door and were stored, native histograms included.", []string{"door"}},
		{"budi_ingest_rejected_total", Counter, "", "Samples that came through a door and were skipped, by reason; the others of their request were stored.", []string{"door", "reason"}},
		{"budi_ingest_received_bytes_total", Counter, "bytes", "Bodies of requests as they were sent, compressed.", []string{"door"}},
		{"budi_ingest_duration_seconds", Histogram, "seconds", "How long requests at a door took, reading the body included.", []string{"door"}},
		{"budi_ingest_senders", Gauge, "", "Agents and pushers whose series are remembered: those of the last day.", []string{"door"}},
		{"budi_ingest_series", Gauge, "", "Series of those agents and pushers that were written within about a day.", []string{"door"}},
	}
}

// FromAgents returns the metrics that an agent may send: what a computer and
// the agent on it tell of themselves. What the collector says of computers and
// agents (budi_device_info, budi_agent_up), and whatever is not in the
// catalogue, an agent may not.
func FromAgents() []string {
	names := []string{AgentInfo, AgentSpoolSamples, AgentDropped, AgentSentBytes, AgentReceivedBytes, AgentPushErrors}
	for _, d := range All() {
		if strings.HasPrefix(d.Name, "system_") || strings.HasPrefix(d.Name, "budi_host_") {
			names = append(names, d.Name)
		}
	}
	return names
}

// FromVantages returns the metrics that an agent may send of a check that it was
// assigned: few, for there are many agents.
func FromVantages() []string {
	return []string{ProbeSuccess, ProbeDuration, LookUnknown, ProbeHTTPStatusCode, ProbeSSLEarliestCertExpiry}
}

// CollectorsOwn reports whether only the collector and its agents tell this
// metric, so that no other program may: everything that begins with budi_, the
// looks at websites and services (probe_), on which the rules build, and the
// state of the alerts.
func CollectorsOwn(name string) bool {
	return name == "ALERTS" || name == "ALERTS_FOR_STATE" ||
		strings.HasPrefix(name, "budi_") || strings.HasPrefix(name, "probe_")
}
