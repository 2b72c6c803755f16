package metric

// Names of what only Budi knows. Those that a look carries are here; the
// collector's counters about itself are listed in the Defs below, each beside
// its owner's name.
const (
	LookUnknown    = "budi_look_unknown"
	LookAgeSeconds = "budi_look_age_seconds"
	LineUp         = "budi_line_up"
	Maintenance    = "budi_maintenance"
	BackupTime     = "budi_backup_last_success_timestamp_seconds"
)

func collectorDefs() []Def {
	return []Def{
		{LookAgeSeconds, Gauge, "seconds", "Age of the newest look at a target that is looked at seldom; its samples are repeated each minute.", nil},
		{LineUp, Gauge, "", "1 while at least one witness address answers, 0 while none does: our own line is down.", nil},
		{Maintenance, Gauge, "", "Always 1, for each check and device while a maintenance window covers it.", nil},
		{"budi_config_last_reload_successful", Gauge, "", "1 when the configuration in use is the one in the file, 0 when the last reload failed and the old one was kept.", nil},
		{"budi_config_last_reload_success_timestamp_seconds", Gauge, "seconds", "Unix time of the last successful reload.", nil},
		{"budi_looks_total", Counter, "", "Looks made, by outcome.", []string{"kind", "outcome"}},
		{"budi_looks_skipped_total", Counter, "", "Looks left out because the one before at the same target was still running.", nil},
		{"budi_looks_late_total", Counter, "", "Looks that had to wait because as many as allowed were running.", nil},
		{"budi_record_errors_total", Counter, "", "Results whose samples could not be stored.", nil},
		{"budi_incidents", Gauge, "", "Incidents that are not closed, by state and evidence.", []string{"state", "evidence"}},
		{"budi_incidents_refused", Gauge, "", "Alerts that found no room because the limit of open incidents is reached.", nil},
		{"budi_step_errors_total", Counter, "", "Steps of the incident machine that could not be stored and were made again.", nil},
		{"budi_fault_reports_total", Counter, "", "Faults that people reported on the pages of rooms, by what became of the report: new, joined, or refused because there were too many of a room, an address, or all.", []string{"outcome"}},
		{"budi_job_calls_total", Counter, "", "Calls of jobs, by what became of the call: started, well, failed, refused_job and refused_address (too many), unknown and refused_unknown (an address that is no job's), or not_stored.", []string{"outcome"}},
		{"budi_status_page_requests_total", Counter, "", "Requests for public status pages and their feeds, by how they were answered: page, not_modified, not_found or failed.", []string{"outcome"}},
		{"budi_status_page_renders_total", Counter, "", "How often a public status page or its feed was made anew.", nil},
		{"budi_step_duration_seconds", Gauge, "seconds", "Duration of the last evaluation of the rules and step of the incident machine.", nil},
		{BackupTime, Gauge, "seconds", "Unix time of the newest full backup that is whole and checked; 0: there was none.", nil},
		{"budi_backup_last_size_bytes", Gauge, "bytes", "Size of the newest full backup.", nil},
		{"budi_backup_last_duration_seconds", Gauge, "seconds", "How long the newest full backup took.", nil},
		{"budi_backup_failures_total", Counter, "", "Full backups that were begun and did not come to a good end.", nil},
		{"budi_heartbeats_total", Counter, "", "Beats for the watcher elsewhere, by what came of them: beat, trouble, withheld or failed.", []string{"result"}},
		{"budi_heartbeat_last_success_timestamp_seconds", Gauge, "seconds", "Unix time of the last beat that the watcher elsewhere took; 0: there was none.", nil},
		{"budi_reserve_released", Gauge, "", "1 while the disk is so full that the reserve file was given up to go on alerting.", nil},
		{"budi_inventory_refused_total", Counter, "", "Parts of agents' reports that were left out, by what they were: set, item, field or about.", []string{"part"}},
		{"budi_inventory_dropped_changes_total", Counter, "", "Changes in the history of devices that made place for newer ones.", nil},
		{"budi_demo", Gauge, "", "1 when everything that this collector tells is made up (budi-collector demo), else 0.", nil},
		{"ALERTS", Gauge, "", "Always 1, for each alert of a rule that is pending or firing; written by Prometheus' rules. An incident stands on it, but lives longer.", []string{"alertname", "alertstate", "severity"}},
		{"budi_notices", Gauge, "", "Things that the collector has to say to its keeper since it started, such as a quarantined file.", nil},
	}
}
