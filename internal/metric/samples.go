package metric

// Names of what the database of samples and its folder tell, for the page of
// the collector's own health.
const (
	SamplesRecorded = "budi_samples_recorded_total"
	SamplesRejected = "budi_samples_rejected_total"
	SamplesSeries   = "budi_samples_series"
	DataSize        = "budi_data_size_bytes"
	DataFree        = "budi_data_free_bytes"
)

// sampleDefs is what the database of samples and the rules tell about
// themselves.
func sampleDefs() []Def {
	return []Def{
		{SamplesRecorded, Counter, "", "Samples that were stored, of looks and of whoever writes through a door.", nil},
		{SamplesRejected, Counter, "", "Samples of looks that were skipped, by reason.", []string{"reason"}},
		{"budi_samples_write_failures_total", Counter, "", "Results and requests whose samples could not be written to disk.", nil},
		{"budi_samples_in_memory_only", Gauge, "", "1 while samples cannot be written to disk and are kept in memory.", nil},
		{"budi_samples_database_reopened_total", Counter, "", "How often the database of samples was opened anew after a failed write.", nil},
		{SamplesSeries, Gauge, "", "Series that were written to in the last hours.", nil},
		{DataSize, Gauge, "bytes", "Size of everything in the data folder.", nil},
		{DataFree, Gauge, "bytes", "Bytes that the collector may still write to the disk of the data folder.", nil},
		{"budi_rules_loaded", Gauge, "", "1 when the rule files were last loaded without a problem, 0 when the ones before are still in use.", nil},
		{"budi_rules_failing", Gauge, "", "Rules whose last evaluation failed.", nil},
		{"budi_rule_evaluation_failures_total", Counter, "", "Evaluations of rules that failed.", nil},
	}
}
