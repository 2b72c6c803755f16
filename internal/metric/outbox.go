package metric

// outboxDefs describes what the collector's outbox and store tell of
// themselves.
func outboxDefs() []Def {
	return []Def{
		{"budi_outbox_rows", Gauge, "", "Messages that are owed and not sent, by state.", []string{"state"}},
		{"budi_outbox_oldest_due_seconds", Gauge, "seconds", "How long the oldest unsent message to a contact of the configuration has waited.", nil},
		{"budi_outbox_finished_total", Counter, "", "Messages that came to their end, by kind and state.", []string{"kind", "state"}},
		{"budi_outbox_attempts_failed_total", Counter, "", "Deliveries that failed and are tried again, or may have arrived.", nil},
		{"budi_outbox_given_up_total", Counter, "", "Messages that were given up unsent: their contact is gone, or too many waited and the incident was over.", nil},
		{"budi_store_size_bytes", Gauge, "bytes", "Size of the file budi.db.", nil},
	}
}
