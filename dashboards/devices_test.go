package dashboards_test

// levels colours how a part judges itself: well, a warning, failed.
func levels() []step { return []step{{0, "green"}, {1, "orange"}, {2, "red"}} }

// answering shows when a device answered.
func answering() panel {
	return panel{key: "answers", kind: "state-timeline", w: 24, h: 8, steps: upIsGood(), mapped: "answers", queries: []query{{`max by (site, device) (budi_device_up` + here + `)`, "{{device}}"}}}
}

func printers() board {
	return board{key: "printers", vars: []string{"site", "room", "printer"}, links: "printers", panels: []panel{
		{key: "on", kind: "stat", w: 6, h: 4, queries: []query{{`sum(max by (site, device) (budi_device_up` + here + `))`, "answer"}, {`count(max by (site, device) (budi_device_up` + here + `))`, "all"}}},
		{key: "low", kind: "stat", w: 6, h: 4, steps: anyIsNoted(), queries: []query{{`count(budi_printer_supply_days_left` + here + ` < 14) or vector(0)`, ""}}},
		{key: "jammed", kind: "stat", w: 6, h: 4, steps: anyIsBad(), queries: []query{{`count(budi_printer_error{site=~"$site", device=~"$device", error="jammed"} == 1) or vector(0)`, ""}}},
		{key: "today", kind: "stat", w: 6, h: 4, queries: []query{{`sum(increase(budi_printer_pages_total` + here + `[1d]))`, ""}}},
		{key: "days", kind: "bargauge", w: 12, h: 10, unit: "d", steps: []step{{0, "red"}, {14, "orange"}, {30, "green"}}, queries: []query{{`bottomk(20, max by (device, supply) (budi_printer_supply_days_left` + here + `))`, "{{device}} {{supply}}"}}},
		{key: "left", kind: "bargauge", w: 12, h: 10, unit: "percentunit", full: 1, steps: []step{{0, "red"}, {0.05, "orange"}, {0.2, "green"}}, queries: []query{{`bottomk(20, max by (device, supply) (budi_printer_supply_last_ratio` + here + `))`, "{{device}} {{supply}}"}}},
		{key: "levels", kind: "timeseries", w: 12, h: 8, unit: "percentunit", full: 1, queries: []query{{`max by (device, supply) (budi_printer_supply_ratio` + here + `)`, "{{device}} {{supply}}"}}},
		{key: "pages", kind: "timeseries", w: 12, h: 8, queries: []query{{`sum by (device) (increase(budi_printer_pages_total` + here + `[1d]))`, "{{device}}"}}},
		{key: "errors", kind: "state-timeline", w: 12, h: 8, steps: []step{{0, "green"}, {1, "orange"}}, mapped: "reported", queries: []query{{`max by (device, error) (budi_printer_error` + here + `) and on (device, error) max by (device, error) (max_over_time(budi_printer_error` + here + `[$__range])) == 1`, "{{device}} {{error}}"}}},
		{key: "trays", kind: "bargauge", w: 12, h: 8, unit: "percentunit", full: 1, steps: []step{{0, "red"}, {0.1, "orange"}, {0.25, "green"}}, queries: []query{{`max by (device, tray) (budi_printer_tray_ratio` + here + `)`, "{{device}} {{tray}}"}}},
		answering(),
	}}
}

func projectors() board {
	return board{key: "projectors", vars: []string{"site", "room", "projector"}, links: "projectors", panels: []panel{
		{key: "on", kind: "stat", w: 8, h: 4, queries: []query{{`count(budi_projector_power` + here + ` == 1) or vector(0)`, "lit"}, {`count(max by (site, device) (budi_device_up` + here + `))`, "all"}}},
		{key: "wrong", kind: "stat", w: 8, h: 4, steps: anyIsBad(), queries: []query{{`count(max by (site, device) (budi_projector_error` + here + `) == 2) or vector(0)`, ""}}},
		{key: "warned", kind: "stat", w: 8, h: 4, steps: anyIsNoted(), queries: []query{{`count(max by (site, device) (budi_projector_error` + here + `) == 1) or vector(0)`, ""}}},
		{key: "power", kind: "state-timeline", w: 24, h: 9, steps: []step{{0, "text"}, {1, "green"}, {2, "blue"}, {3, "orange"}}, mapped: "power", queries: []query{{`max by (site, device) (budi_projector_power` + here + `)`, "{{device}}"}}},
		{key: "rooms", kind: "timeseries", w: 12, h: 8, stacked: true, queries: []query{{`sum by (site, room) (max by (site, device) (budi_projector_power` + here + ` == bool 1)` + inRooms + `)`, "{{site}} {{room}}"}}},
		{key: "parts", kind: "state-timeline", w: 12, h: 8, steps: levels(), mapped: "level", queries: []query{{`max by (device, part) (budi_projector_error` + here + `)`, "{{device}} {{part}}"}}},
		{key: "light", kind: "bargauge", w: 12, h: 9, unit: "s", queries: []query{{`topk(20, max by (device, name) (budi_projector_light_seconds_total` + here + `))`, "{{device}} {{name}}"}}},
		{key: "filter", kind: "bargauge", w: 12, h: 9, unit: "s", queries: []query{{`topk(20, max by (device) (budi_projector_filter_seconds_total` + here + `))`, "{{device}}"}}},
		{key: "daily", kind: "timeseries", w: 12, h: 8, unit: "s", queries: []query{{`sum by (device) (increase(budi_projector_light_seconds_total` + here + `[1d]))`, "{{device}}"}}},
		{key: "seen", kind: "state-timeline", w: 12, h: 8, steps: upIsGood(), mapped: "answers", queries: []query{{`max by (site, device) (budi_device_up` + here + `)`, "{{device}}"}}},
	}}
}

func network() board {
	const ports = `{site=~"$site", device=~"$device", ifName=~"$port"}`
	const byPort = "{{device}} {{ifName}} {{ifAlias}}"
	return board{key: "network", vars: []string{"site", "room", "network", "port"}, links: "network", panels: []panel{
		{key: "on", kind: "stat", w: 6, h: 4, queries: []query{{`sum(max by (site, device) (budi_device_up` + here + `))`, "answer"}, {`count(max by (site, device) (budi_device_up` + here + `))`, "all"}}},
		{key: "up", kind: "stat", w: 6, h: 4, queries: []query{{`count(ifOperStatus` + ports + ` == 1) or vector(0)`, "lit"}, {`count(ifOperStatus` + ports + `) or vector(0)`, "all"}}},
		{key: "half", kind: "stat", w: 6, h: 4, steps: anyIsNoted(), queries: []query{{`count(budi_interface_half_duplex` + ports + ` == 1) or vector(0)`, ""}}},
		{key: "clients", kind: "stat", w: 6, h: 4, queries: []query{{`sum(budi_access_point_clients` + here + `) or vector(0)`, ""}}},
		{key: "in", kind: "timeseries", w: 12, h: 9, unit: "bps", queries: []query{{`topk(20, 8 * rate(ifHCInOctets` + ports + `[$__rate_interval]))`, byPort}}},
		{key: "out", kind: "timeseries", w: 12, h: 9, unit: "bps", queries: []query{{`topk(20, 8 * rate(ifHCOutOctets` + ports + `[$__rate_interval]))`, byPort}}},
		{key: "busy", kind: "bargauge", w: 12, h: 9, unit: "percentunit", full: 1, steps: fuller(0.7, 0.9), queries: []query{{`topk(20, 8 * rate(ifHCInOctets` + ports + `[5m]) / budi_interface_speed_bits_per_second` + ports + `)`, byPort}}},
		{key: "status", kind: "state-timeline", w: 12, h: 9, steps: []step{{0, "green"}, {2, "text"}, {3, "orange"}}, mapped: "port", queries: []query{{`ifOperStatus` + ports, byPort}}},
		{key: "errors", kind: "timeseries", w: 12, h: 8, unit: "pps", queries: []query{{`topk(20, rate(ifInErrors` + ports + `[$__rate_interval]) + rate(ifOutErrors` + ports + `[$__rate_interval]))`, byPort}}},
		{key: "discards", kind: "timeseries", w: 12, h: 8, unit: "pps", queries: []query{{`topk(20, rate(ifInDiscards` + ports + `[$__rate_interval]) + rate(ifOutDiscards` + ports + `[$__rate_interval]))`, byPort}}},
		{key: "changes", kind: "timeseries", w: 12, h: 8, queries: []query{{`topk(20, increase(budi_interface_oper_changes_total` + ports + `[1h]))`, byPort}}},
		{key: "poe", kind: "timeseries", w: 12, h: 8, unit: "watt", stacked: true, queries: []query{{`sum by (device) (budi_interface_poe_watts` + here + `)`, "{{device}}"}}},
		{key: "load", kind: "timeseries", w: 12, h: 8, unit: "percentunit", full: 1, queries: []query{{`max by (device, name) (hw_load_ratio` + here + `)`, "{{device}} {{name}}"}, {`max by (device, name) (hw_memory_utilization_ratio` + here + `)`, "{{device}} {{name}}"}}},
		{key: "temperature", kind: "timeseries", w: 12, h: 8, unit: "celsius", queries: []query{{`max by (device, name) (hw_temperature_celsius` + here + `)`, "{{device}} {{name}}"}}},
		{key: "parts", kind: "state-timeline", w: 12, h: 8, steps: levels(), mapped: "level", queries: []query{{`max by (device, name) (hw_status` + here + `)`, "{{device}} {{name}}"}}},
		{key: "uptime", kind: "bargauge", w: 12, h: 8, unit: "s", queries: []query{{`bottomk(20, max by (device) (system_uptime_seconds` + here + `))`, "{{device}}"}}},
		answering(),
	}}
}

func power() board {
	return board{key: "power", vars: []string{"site", "room", "ups"}, links: "power", panels: []panel{
		{key: "battery", kind: "stat", w: 6, h: 4, steps: anyIsBad(), queries: []query{{`count(budi_ups_on_battery` + here + ` == 1) or vector(0)`, ""}}},
		{key: "empty", kind: "stat", w: 6, h: 4, steps: anyIsBad(), queries: []query{{`count(budi_ups_battery_low` + here + ` == 1) or vector(0)`, ""}}},
		{key: "replace", kind: "stat", w: 6, h: 4, steps: anyIsNoted(), queries: []query{{`count(budi_ups_replace_battery` + here + ` == 1) or vector(0)`, "replace"}, {`count(budi_ups_self_test_failed` + here + ` == 1) or vector(0)`, "self_test"}}},
		{key: "shortest", kind: "stat", w: 6, h: 4, unit: "s", steps: []step{{0, "red"}, {300, "orange"}, {600, "green"}}, queries: []query{{`min(budi_ups_runtime_seconds` + here + `)`, ""}}},
		{key: "history", kind: "state-timeline", w: 24, h: 7, steps: anyIsBad(), mapped: "mains", queries: []query{{`max by (site, device) (budi_ups_on_battery` + here + `)`, "{{device}}"}}},
		{key: "charge", kind: "timeseries", w: 12, h: 8, unit: "percentunit", full: 1, queries: []query{{`max by (device) (budi_ups_charge_ratio` + here + `)`, "{{device}}"}}},
		{key: "load", kind: "timeseries", w: 12, h: 8, unit: "percentunit", queries: []query{{`max by (device) (budi_ups_load_ratio` + here + `)`, "{{device}}"}}},
		{key: "runtime", kind: "timeseries", w: 12, h: 8, unit: "s", queries: []query{{`min by (device) (budi_ups_runtime_seconds` + here + `)`, "{{device}}"}}},
		{key: "voltage", kind: "timeseries", w: 12, h: 8, unit: "volt", queries: []query{{`max by (device, name) (hw_voltage_volts` + here + `)`, "{{device}} {{name}}"}}},
		{key: "temperature", kind: "timeseries", w: 12, h: 8, unit: "celsius", queries: []query{{`max by (device, name) (hw_temperature_celsius` + here + `)`, "{{device}} {{name}}"}}},
		{key: "watts", kind: "timeseries", w: 12, h: 8, unit: "watt", queries: []query{{`max by (device, name) (hw_power_watts` + here + `)`, "{{device}} {{name}}"}}},
		{key: "parts", kind: "state-timeline", w: 12, h: 8, steps: levels(), mapped: "level", queries: []query{{`max by (device, name) (hw_status` + here + `)`, "{{device}} {{name}}"}}},
		{key: "disks", kind: "state-timeline", w: 12, h: 8, steps: upIsGood(), mapped: "healthy", queries: []query{{`min by (device, system_device) (budi_host_disk_healthy` + here + `)`, "{{device}} {{system_device}}"}}},
		answering(),
	}}
}
