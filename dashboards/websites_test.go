package dashboards_test

const checked = `{site=~"$site", check=~"$check"}`

// care is what is watched of websites besides whether they answer, and
// of jobs.
func care() board {
	const day = 86400
	return board{key: "care", vars: []string{"site", "check"}, panels: []panel{
		{key: "troubles", kind: "table", w: 16, h: 8, hidden: []string{"Time", "Value", "__name__", "job"}, queries: []query{{`budi_website_trouble` + checked + ` > 0`, ""}}},
		{key: "grade", kind: "stat", w: 8, h: 8, steps: []step{{0, "red"}, {1, "orange"}, {3, "green"}}, mapped: "grade", queries: []query{{`max by (check) (budi_website_grade` + checked + `)`, "{{check}}"}}},
		{key: "history", kind: "state-timeline", w: 24, h: 9, steps: anyIsBad(), mapped: "reported", queries: []query{{`max by (check, trouble) (budi_website_trouble` + checked + `) > bool 0`, "{{check}} {{trouble}}"}}},
		{key: "certificate", kind: "bargauge", w: 12, h: 8, unit: "s", steps: []step{{0, "red"}, {14 * day, "orange"}, {30 * day, "green"}}, queries: []query{{`min by (check) (probe_ssl_earliest_cert_expiry` + checked + `) - time()`, "{{check}}"}}},
		{key: "domain", kind: "bargauge", w: 12, h: 8, unit: "s", steps: []step{{0, "red"}, {7 * day, "orange"}, {30 * day, "green"}}, queries: []query{{`min by (check) (budi_domain_expiry_timestamp_seconds` + checked + `) - time()`, "{{check}}"}}},
		{key: "news", kind: "bargauge", w: 12, h: 8, unit: "s", steps: []step{{0, "green"}, {60 * day, "orange"}}, queries: []query{{`max by (check) (budi_website_newest_age_seconds` + checked + `)`, "{{check}}"}}},
		{key: "findings", kind: "timeseries", w: 12, h: 8, stacked: true, queries: []query{{`sum by (aspect, severity) (budi_website_findings` + checked + `)`, "{{aspect}} {{severity}}"}}},
		{key: "links", kind: "timeseries", w: 12, h: 8, queries: []query{{`max by (check) (budi_website_broken_links` + checked + `)`, "{{check}}"}}},
		{key: "pages", kind: "timeseries", w: 12, h: 8, queries: []query{{`max by (check) (budi_website_crawled_pages` + checked + `)`, "{{check}}"}}},
		{key: "size", kind: "timeseries", w: 12, h: 8, unit: "bytes", queries: []query{{`max by (check) (budi_website_page_bytes` + checked + `)`, "{{check}}"}}},
		{key: "jobs", kind: "bargauge", w: 12, h: 8, unit: "s", queries: []query{{`time() - max by (check) (budi_job_last_success_timestamp_seconds` + checked + `)`, "{{check}}"}}},
		{key: "ran", kind: "timeseries", w: 12, h: 8, unit: "s", queries: []query{{`max by (check) (budi_job_duration_seconds` + checked + `)`, "{{check}}"}}},
	}}
}

// agreed is how long websites and services answered. What is agreed on with a
// provider is reckoned by days and without maintenance in the console's report;
// this is the same from the samples, for any time.
func agreed() board {
	const up = `avg by (check) (avg_over_time(probe_success` + checked
	good := []step{{0, "red"}, {0.99, "orange"}, {0.999, "green"}}
	return board{key: "sla", vars: []string{"site", "check"}, panels: []panel{
		{key: "all", kind: "stat", w: 8, h: 5, unit: "percentunit", steps: good, queries: []query{{`avg(avg_over_time(probe_success` + checked + `[$__range]))`, ""}}},
		{key: "unknown_all", kind: "stat", w: 8, h: 5, unit: "percentunit", queries: []query{{`avg(avg_over_time(budi_look_unknown` + checked + `[$__range]))`, ""}}},
		{key: "down_now", kind: "stat", w: 8, h: 5, steps: anyIsBad(), queries: []query{{`count(max by (site, check) (probe_success` + checked + `) == 0) or vector(0)`, ""}}},
		{key: "share", kind: "bargauge", w: 12, h: 10, unit: "percentunit", full: 1, steps: good, queries: []query{{`bottomk(20, ` + up + `[$__range])))`, "{{check}}"}}},
		{key: "lost", kind: "bargauge", w: 12, h: 10, unit: "m", queries: []query{{`topk(20, count_over_time((max by (site, check) (probe_success` + checked + `) == 0)[$__range:1m]))`, "{{check}}"}}},
		{key: "daily", kind: "timeseries", w: 24, h: 9, unit: "percentunit", full: 1, queries: []query{{up + `[1d]))`, "{{check}}"}}},
		{key: "unknown", kind: "bargauge", w: 12, h: 9, unit: "percentunit", full: 1, queries: []query{{`topk(20, avg by (check) (avg_over_time(budi_look_unknown` + checked + `[$__range])))`, "{{check}}"}}},
		{key: "maintenance", kind: "bargauge", w: 12, h: 9, unit: "m", queries: []query{{`topk(20, sum by (check) (count_over_time(budi_maintenance` + checked + `[$__range:1m])))`, "{{check}}"}}},
		{key: "vantages", kind: "state-timeline", w: 24, h: 9, steps: upIsGood(), mapped: "up", queries: []query{{`probe_success` + checked, "{{check}} {{vantage}}"}}},
	}}
}
