package dashboards_test

// board is one dashboard. Its texts are in the catalogue: "grafana.<key>.title"
// and ".text", and for each panel "grafana.<key>.<panel>.title" and ".text".
type board struct {
	key    string   // of texts; its uid is "budi-" and the key
	vars   []string // names of variables beside the data source and the console
	panels []panel
	links  string // the board to which a click on a device leads; empty: computer
}

// panel is one picture. Panels flow from left to right in rows of 24 columns.
type panel struct {
	key     string
	kind    string // of Grafana: stat, timeseries, table, state-timeline, bargauge, bar
	w, h    int
	queries []query
	unit    string  // of Grafana; empty: a plain number
	full    float64 // the end of the scale; 0: what there is
	steps   []step  // colours by value, from the lowest
	mapped  string  // key of words for the values from 0 on: "grafana.value.<mapped>.0"
	stacked bool
	hidden  []string // labels that a table leaves out
}

// query is one question; legend is in Grafana's form and names labels only, or is
// the key of a word: "grafana.legend.<legend>" when it has no braces.
type query struct{ expr, legend string }

// step begins a colour at a value.
type step struct {
	from  float64
	color string
}

func upIsGood() []step           { return []step{{0, "red"}, {1, "green"}} }
func anyIsBad() []step           { return []step{{0, "green"}, {1, "red"}} }
func anyIsNoted() []step         { return []step{{0, "green"}, {1, "orange"}} }
func fuller(a, b float64) []step { return []step{{0, "green"}, {a, "orange"}, {b, "red"}} }

// What every question about computers ends with: those of the rooms and devices
// that are chosen. budi_device_info has one series for each device.
const (
	here    = `{site=~"$site", device=~"$device"}`
	thisOne = `{site=~"$site", device="$device"}`
	inRooms = ` * on (site, device) group_left (room, name) budi_device_info{room=~"$room"}`
)

// boards lists every dashboard.
func boards() []board {
	return []board{school(), computers(), computer(), printers(), projectors(), network(), power(), websites(), care(), agreed(), incidents(), collector()}
}

func school() board {
	return board{key: "school", vars: []string{"site", "room"}, panels: []panel{
		{key: "faults", kind: "stat", w: 6, h: 4, steps: anyIsBad(), queries: []query{{`count(ALERTS{alertstate="firing", site=~"$site"}) or vector(0)`, ""}}},
		{key: "down", kind: "stat", w: 6, h: 4, steps: anyIsBad(), queries: []query{{`count(max by (site, check) (probe_success{site=~"$site"}) == 0) or vector(0)`, ""}}},
		{key: "silent", kind: "stat", w: 6, h: 4, steps: anyIsBad(), queries: []query{{`count(budi_agent_up{site=~"$site"} == 0 and on (site, device) budi_device_info{class="server"}) or vector(0)`, ""}}},
		{key: "on", kind: "stat", w: 6, h: 4, queries: []query{{`sum(budi_agent_up{site=~"$site"})`, "on"}, {`count(budi_agent_up{site=~"$site"})`, "all"}}},
		{key: "now", kind: "table", w: 12, h: 8, hidden: []string{"Time", "Value", "__name__", "alertstate", "job", "instance"}, queries: []query{{`ALERTS{alertstate="firing", site=~"$site"}`, ""}}},
		{key: "sites", kind: "state-timeline", w: 12, h: 8, steps: upIsGood(), mapped: "up", queries: []query{{`max by (site, check) (probe_success{site=~"$site"})`, "{{check}}"}}},
		{key: "rooms", kind: "timeseries", w: 12, h: 8, stacked: true, queries: []query{{`sum by (site, room) (budi_agent_up{site=~"$site"}` + inRooms + `)`, "{{site}} {{room}}"}}},
		{key: "disks", kind: "bargauge", w: 12, h: 8, unit: "percentunit", full: 1, steps: fuller(0.9, 0.97), queries: []query{{`topk(10, max by (device, system_filesystem_mountpoint) (system_filesystem_utilization_ratio{site=~"$site", system_filesystem_mode="rw", system_filesystem_state="used"}))`, "{{device}} {{system_filesystem_mountpoint}}"}}},
		{key: "upkeep", kind: "stat", w: 24, h: 5, steps: anyIsNoted(), queries: []query{
			{`sum(budi_computer_antivirus_off{site=~"$site"}) or vector(0)`, "antivirus_off"},
			{`sum(budi_computer_antivirus_old{site=~"$site"}) or vector(0)`, "antivirus_old"},
			{`sum(budi_computer_update_overdue{site=~"$site"}) or vector(0)`, "update_overdue"},
			{`sum(budi_computer_restart_pending{site=~"$site"}) or vector(0)`, "restart_pending"},
			{`count(budi_host_disk_healthy{site=~"$site"} == 0) or vector(0)`, "disk_failing"},
		}},
	}}
}

func computers() board {
	return board{key: "computers", vars: []string{"site", "room", "device"}, panels: []panel{
		{key: "list", kind: "table", w: 24, h: 9, hidden: []string{"Time", "Value", "__name__", "job", "kind"}, queries: []query{{`budi_device_info{site=~"$site", room=~"$room", device=~"$device"}`, ""}}},
		{key: "seen", kind: "state-timeline", w: 24, h: 9, steps: []step{{0, "text"}, {1, "green"}}, mapped: "on", queries: []query{{`budi_agent_up` + here, "{{device}}"}}},
		{key: "busy", kind: "timeseries", w: 12, h: 8, unit: "percentunit", full: 1, queries: []query{{`1 - sum by (device) (rate(system_cpu_time_seconds_total{site=~"$site", device=~"$device", cpu_mode=~"idle|iowait"}[$__rate_interval])) / sum by (device) (rate(system_cpu_time_seconds_total` + here + `[$__rate_interval]))`, "{{device}}"}}},
		{key: "memory", kind: "timeseries", w: 12, h: 8, unit: "percentunit", full: 1, queries: []query{{`max by (device) (system_memory_utilization_ratio{site=~"$site", device=~"$device", system_memory_state="used"})`, "{{device}}"}}},
		{key: "disks", kind: "bargauge", w: 12, h: 8, unit: "percentunit", full: 1, steps: fuller(0.9, 0.97), queries: []query{{`topk(20, max by (device, system_filesystem_mountpoint) (system_filesystem_utilization_ratio{site=~"$site", device=~"$device", system_filesystem_mode="rw", system_filesystem_state="used"}))`, "{{device}} {{system_filesystem_mountpoint}}"}}},
		{key: "network", kind: "timeseries", w: 12, h: 8, unit: "Bps", queries: []query{{`sum by (device) (rate(system_network_io_bytes_total` + here + `[$__rate_interval]))`, "{{device}}"}}},
		{key: "updates", kind: "bargauge", w: 12, h: 8, unit: "s", steps: []step{{0, "green"}, {30 * 86400, "orange"}, {60 * 86400, "red"}}, queries: []query{{`topk(20, max by (device) (budi_host_update_age_seconds` + here + `))`, "{{device}}"}}},
		{key: "clock", kind: "timeseries", w: 12, h: 8, unit: "s", queries: []query{{`budi_agent_clock_offset_seconds` + here, "{{device}}"}}},
	}}
}

func computer() board {
	return board{key: "computer", vars: []string{"site", "room", "one"}, panels: []panel{
		{key: "what", kind: "table", w: 24, h: 4, hidden: []string{"Time", "Value", "__name__", "job"}, queries: []query{{`budi_device_info` + thisOne, ""}}},
		{key: "up", kind: "stat", w: 6, h: 4, unit: "s", queries: []query{{`max(system_uptime_seconds` + thisOne + `)`, ""}}},
		{key: "cores", kind: "stat", w: 6, h: 4, queries: []query{{`max(system_cpu_logical_count` + thisOne + `)`, ""}}},
		{key: "ram", kind: "stat", w: 6, h: 4, unit: "bytes", queries: []query{{`max(system_memory_limit_bytes` + thisOne + `)`, ""}}},
		{key: "version", kind: "table", w: 6, h: 4, hidden: []string{"Time", "Value", "__name__", "job", "device", "site"}, queries: []query{{`budi_agent_info` + thisOne, ""}}},
		{key: "cpu", kind: "timeseries", w: 12, h: 8, unit: "percentunit", full: 1, stacked: true, queries: []query{{`sum by (cpu_mode) (rate(system_cpu_time_seconds_total{site=~"$site", device="$device", cpu_mode!="idle"}[$__rate_interval])) / scalar(sum(rate(system_cpu_time_seconds_total` + thisOne + `[$__rate_interval])))`, "{{cpu_mode}}"}}},
		{key: "memory", kind: "timeseries", w: 12, h: 8, unit: "bytes", stacked: true, queries: []query{{`sum by (system_memory_state) (system_memory_usage_bytes` + thisOne + `)`, "{{system_memory_state}}"}}},
		{key: "disks", kind: "timeseries", w: 12, h: 8, unit: "percentunit", full: 1, queries: []query{{`max by (system_filesystem_mountpoint) (system_filesystem_utilization_ratio{site=~"$site", device="$device", system_filesystem_state="used"})`, "{{system_filesystem_mountpoint}}"}}},
		{key: "io", kind: "timeseries", w: 12, h: 8, unit: "Bps", queries: []query{{`sum by (system_device, disk_io_direction) (rate(system_disk_io_bytes_total` + thisOne + `[$__rate_interval]))`, "{{system_device}} {{disk_io_direction}}"}}},
		{key: "network", kind: "timeseries", w: 12, h: 8, unit: "Bps", queries: []query{{`sum by (network_interface_name, network_io_direction) (rate(system_network_io_bytes_total` + thisOne + `[$__rate_interval]))`, "{{network_interface_name}} {{network_io_direction}}"}}},
		{key: "agent", kind: "timeseries", w: 12, h: 8, unit: "Bps", queries: []query{{`rate(budi_agent_sent_bytes_total` + thisOne + `[$__rate_interval])`, "sent"}, {`rate(budi_agent_received_bytes_total` + thisOne + `[$__rate_interval])`, "received"}}},
		{key: "spool", kind: "timeseries", w: 12, h: 8, queries: []query{{`budi_agent_spool_samples` + thisOne, "waiting"}, {`budi_agent_dropped_samples_total` + thisOne, "dropped"}}},
		{key: "seen", kind: "state-timeline", w: 12, h: 8, steps: []step{{0, "text"}, {1, "green"}}, mapped: "on", queries: []query{{`budi_agent_up` + thisOne, "{{device}}"}}},
	}}
}

func websites() board {
	const chosen = `{site=~"$site", check=~"$check"}`
	return board{key: "websites", vars: []string{"site", "check"}, panels: []panel{
		{key: "now", kind: "stat", w: 24, h: 5, steps: upIsGood(), mapped: "up", queries: []query{{`max by (site, check) (probe_success` + chosen + `)`, "{{check}}"}}},
		{key: "history", kind: "state-timeline", w: 24, h: 8, steps: upIsGood(), mapped: "up", queries: []query{{`max by (site, check) (probe_success` + chosen + `)`, "{{check}}"}}},
		{key: "share", kind: "bargauge", w: 8, h: 8, unit: "percentunit", full: 1, steps: []step{{0, "red"}, {0.99, "orange"}, {0.999, "green"}}, queries: []query{{`avg by (site, check) (avg_over_time(probe_success` + chosen + `[$__range]))`, "{{check}}"}}},
		{key: "unknown", kind: "state-timeline", w: 8, h: 8, steps: []step{{0, "green"}, {1, "text"}}, mapped: "unknown", queries: []query{{`min by (site, check) (budi_look_unknown` + chosen + `)`, "{{check}}"}}},
		{key: "certificate", kind: "bargauge", w: 8, h: 8, unit: "s", steps: []step{{0, "red"}, {14 * 86400, "orange"}, {30 * 86400, "green"}}, queries: []query{{`min by (site, check) (probe_ssl_earliest_cert_expiry` + chosen + `) - time()`, "{{check}}"}}},
		{key: "duration", kind: "timeseries", w: 12, h: 8, unit: "s", queries: []query{{`probe_duration_seconds` + chosen, "{{check}} {{vantage}}"}}},
		{key: "phases", kind: "timeseries", w: 12, h: 8, unit: "s", stacked: true, queries: []query{{`avg by (phase) (probe_http_duration_seconds` + chosen + `)`, "{{phase}}"}}},
		{key: "status", kind: "timeseries", w: 12, h: 8, queries: []query{{`max by (site, check) (probe_http_status_code` + chosen + `)`, "{{check}}"}}},
		{key: "size", kind: "timeseries", w: 12, h: 8, unit: "bytes", queries: []query{{`max by (site, check) (probe_http_uncompressed_body_length` + chosen + `)`, "{{check}}"}}},
		{key: "versions", kind: "state-timeline", w: 12, h: 6, steps: upIsGood(), mapped: "up", queries: []query{{`max by (site, check, ip) (budi_probe_ip_success` + chosen + `)`, "{{check}} IPv{{ip}}"}}},
		{key: "versions_duration", kind: "timeseries", w: 12, h: 6, unit: "s", queries: []query{{`max by (site, check, ip) (budi_probe_ip_duration_seconds` + chosen + `)`, "{{check}} IPv{{ip}}"}}},
		{key: "line", kind: "state-timeline", w: 24, h: 4, steps: upIsGood(), mapped: "up", queries: []query{{`budi_line_up{site=~"$site"}`, "{{site}}"}}},
	}}
}

func incidents() board {
	const firing = `ALERTS{alertstate="firing", site=~"$site"}`
	return board{key: "incidents", vars: []string{"site"}, panels: []panel{
		{key: "open", kind: "stat", w: 12, h: 4, queries: []query{{`sum by (state, evidence) (budi_incidents)`, "{{state}}, {{evidence}}"}}},
		{key: "critical", kind: "stat", w: 6, h: 4, steps: anyIsBad(), queries: []query{{`count(ALERTS{alertstate="firing", severity="critical", site=~"$site"}) or vector(0)`, ""}}},
		{key: "waiting", kind: "stat", w: 6, h: 4, steps: anyIsNoted(), queries: []query{{`sum(budi_outbox_rows) or vector(0)`, ""}}},
		{key: "now", kind: "table", w: 24, h: 8, hidden: []string{"Time", "Value", "__name__", "alertstate", "job", "instance"}, queries: []query{{firing, ""}}},
		{key: "history", kind: "state-timeline", w: 24, h: 9, steps: []step{{0, "red"}}, mapped: "firing", queries: []query{{firing, "{{alertname}} {{device}}{{check}}"}}},
		{key: "rules", kind: "bargauge", w: 12, h: 8, unit: "m", queries: []query{{`topk(10, sum by (alertname) (count_over_time(` + firing + `[$__range:1m])))`, "{{alertname}}"}}},
		{key: "count", kind: "timeseries", w: 12, h: 8, stacked: true, queries: []query{{`sum by (alertname) (` + firing + `)`, "{{alertname}}"}}},
		{key: "told", kind: "timeseries", w: 24, h: 7, queries: []query{{`sum by (kind, state) (increase(budi_outbox_finished_total[1h]))`, "{{kind}}, {{state}}"}}},
	}}
}

func collector() board {
	return board{key: "collector", vars: nil, panels: []panel{
		{key: "trouble", kind: "stat", w: 12, h: 4, steps: anyIsBad(), queries: []query{{`max(budi_rules_failing)`, "rules"}, {`max(budi_samples_in_memory_only)`, "memory"}, {`max(budi_reserve_released)`, "reserve"}, {`max(budi_notices)`, "notices"}}},
		{key: "agents", kind: "stat", w: 6, h: 4, queries: []query{{`max(budi_agents)`, ""}}},
		{key: "series", kind: "stat", w: 6, h: 4, queries: []query{{`max(budi_samples_series)`, ""}}},
		{key: "samples", kind: "timeseries", w: 12, h: 8, unit: "cps", queries: []query{{`sum(rate(budi_samples_recorded_total[$__rate_interval]))`, "recorded"}, {`sum by (door) (rate(budi_ingest_samples_total[$__rate_interval]))`, "{{door}}"}}},
		{key: "rejected", kind: "timeseries", w: 12, h: 8, unit: "cps", queries: []query{{`sum by (reason) (rate(budi_samples_rejected_total[$__rate_interval]))`, "{{reason}}"}, {`sum by (door, reason) (rate(budi_ingest_rejected_total[$__rate_interval]))`, "{{door}} {{reason}}"}}},
		{key: "looks", kind: "timeseries", w: 12, h: 8, unit: "cps", stacked: true, queries: []query{{`sum by (kind, outcome) (rate(budi_looks_total[$__rate_interval]))`, "{{kind}} {{outcome}}"}}},
		{key: "step", kind: "timeseries", w: 12, h: 8, unit: "s", queries: []query{{`max(budi_step_duration_seconds)`, "step"}}},
		{key: "disk", kind: "timeseries", w: 12, h: 8, unit: "bytes", queries: []query{{`max(budi_data_size_bytes)`, "data"}, {`max(budi_data_free_bytes)`, "free"}, {`max(budi_store_size_bytes)`, "store"}}},
		{key: "outbox", kind: "timeseries", w: 12, h: 8, queries: []query{{`sum by (state) (budi_outbox_rows)`, "{{state}}"}}},
		{key: "doors", kind: "timeseries", w: 12, h: 8, unit: "reqps", queries: []query{{`sum by (door, code) (rate(budi_ingest_requests_total[$__rate_interval]))`, "{{door}} {{code}}"}}},
		{key: "refused", kind: "timeseries", w: 12, h: 8, unit: "reqps", queries: []query{{`sum by (code) (rate(budi_agents_refused_total[$__rate_interval]))`, "{{code}}"}}},
		{key: "logins", kind: "timeseries", w: 12, h: 7, queries: []query{{`sum by (result) (increase(budi_logins_total[1h]))`, "{{result}}"}}},
		{key: "late", kind: "timeseries", w: 12, h: 7, queries: []query{{`increase(budi_looks_late_total[1h])`, "late"}, {`increase(budi_looks_skipped_total[1h])`, "skipped"}}},
	}}
}
