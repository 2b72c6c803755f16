package metric

// sampleDefs is what the database of samples and the rules tell about
// themselves.
func sampleDefs() []Def {
	return []Def{
		{"budi_samples_recorded_total", Counter, "", "Samples that were stored, of looks and of whoever writes through a door.", nil},
		{"budi_samples_rejected_total", Counter, "", "Samples of looks that were skipped, by reason.", []string{"reason"}},
		{"budi_samples_write_failures_total", Counter, "", "Results and requests whose samples could not be written to disk.", nil},
		{"budi_samples_in_memory_only", Gauge, "", "1 while samples cannot be written to disk and are kept in memory.", nil},
		{"budi_samples_database_reopened_total", Counter, "", "How often the database of samples was opened anew after a failed write.", nil},
		{"budi_rules_loaded", Gauge, "", "1 when the rule files were last loaded without a problem, 0 when the ones before are still in use.", nil},
		{"budi_rules_failing", Gauge, "", "Rules whose last evaluation failed.", nil},
		{"budi_rule_evaluation_failures_total", Counter, "", "Evaluations of rules that failed.", nil},
	}
}
