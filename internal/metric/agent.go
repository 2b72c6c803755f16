package metric

// Names of what agents tell of themselves and of their computer's state beyond
// OpenTelemetry's conventions, and of what the collector tells of its agents.
const (
	// From the newest inventory of the computer, repeated with each look; absent
	// where the system does not tell.
	HostAntivirusEnabled  = "budi_host_antivirus_enabled"
	HostAntivirusUpToDate = "budi_host_antivirus_up_to_date"
	HostFirewallEnabled   = "budi_host_firewall_enabled"
	HostRestartPending    = "budi_host_restart_pending_seconds"
	HostUpdateAge         = "budi_host_update_age_seconds"
	HostDiskHealthy       = "budi_host_disk_healthy"

	// Of the agent itself.
	AgentInfo          = "budi_agent_info"
	AgentSpoolSamples  = "budi_agent_spool_samples"
	AgentDropped       = "budi_agent_dropped_samples_total"
	AgentSentBytes     = "budi_agent_sent_bytes_total"
	AgentReceivedBytes = "budi_agent_received_bytes_total"
	AgentPushErrors    = "budi_agent_push_errors_total"

	// By the collector, of each device.
	DeviceInfo       = "budi_device_info"
	AgentUp          = "budi_agent_up"
	AgentLastSeen    = "budi_agent_last_seen_timestamp_seconds"
	AgentClockOffset = "budi_agent_clock_offset_seconds"
	AgentCloned      = "budi_agent_cloned"

	// By the shipped rules: what each computer said last, carried on while it is
	// off.
	ComputerAntivirusOff   = "budi_computer_antivirus_off"
	ComputerAntivirusOld   = "budi_computer_antivirus_old"
	ComputerUpdateOverdue  = "budi_computer_update_overdue"
	ComputerRestartPending = "budi_computer_restart_pending"
)

func agentDefs() []Def {
	return []Def{
		{HostAntivirusEnabled, Gauge, "", "1 when an antivirus program guards the computer, else 0.", nil},
		{HostAntivirusUpToDate, Gauge, "", "1 when the signatures of the antivirus program are up to date, else 0.", nil},
		{HostFirewallEnabled, Gauge, "", "1 when the system's firewall is on in every profile that the system has, or another firewall program is on, else 0.", nil},
		{HostRestartPending, Gauge, "seconds", "How long installed updates have been waiting for a restart of the computer; 0 when none do.", nil},
		{HostUpdateAge, Gauge, "seconds", "Time since the operating system last installed updates.", nil},
		{HostDiskHealthy, Gauge, "", "1 when a disk or software RAID is healthy as it says itself, 0 when it predicts its end, fails or has lost a member.", []string{LabelDevice}},
		{AgentInfo, Gauge, "", "Always 1; the label is the build of the agent.", []string{"version"}},
		{AgentSpoolSamples, Gauge, "", "Samples that the agent holds and the collector has not acknowledged.", nil},
		{AgentDropped, Counter, "", "Samples that the agent gave up since it was enrolled: too old, too many, or in a damaged file.", nil},
		{AgentSentBytes, Counter, "bytes", "Bytes that the agent sent since it was started, TLS and headers included.", nil},
		{AgentReceivedBytes, Counter, "bytes", "Bytes that the agent received since it was started, TLS and headers included.", nil},
		{AgentPushErrors, Counter, "", "Pushes of the agent that failed since it was started.", nil},
		{DeviceInfo, Gauge, "", "Always 1; the labels are what else is known of a device, to be joined with group_left.", []string{"name", "room", "model", "kind", "class", "asset"}},
		{AgentUp, Gauge, "", "1 when the collector has heard of the agent on a device lately (agents.silent_after), 0 when it has listened for so long in vain, absent while it has not listened for so long.", nil},
		{AgentLastSeen, Gauge, "seconds", "Unix time at which the collector last heard of the agent on a device.", nil},
		{AgentClockOffset, Gauge, "seconds", "How far the clock of a device is behind the collector's (negative: ahead); times of its samples are corrected by it when it is large.", nil},
		{AgentCloned, Gauge, "", "1 while two computers live under the identity of one agent, at the addresses in the labels: the disk was cloned; 0, without the labels, otherwise.", []string{"address", "other_address"}},
		{ComputerAntivirusOff, Gauge, "", "1 when a computer said last that no antivirus program guards it, else 0; made by a shipped rule.", nil},
		{ComputerAntivirusOld, Gauge, "", "1 when the signatures of a computer's antivirus program were never up to date in the last four days on which it was on, else 0; made by a shipped rule.", nil},
		{ComputerUpdateOverdue, Gauge, "", "1 when a computer said last that it was not updated for 60 days, else 0; made by a shipped rule.", nil},
		{ComputerRestartPending, Gauge, "", "1 when a computer said last that it has waited for a restart for 14 days, else 0; made by a shipped rule.", nil},
	}
}
