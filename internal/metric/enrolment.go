package metric

// enrolmentDefs lists what package enrolment tells of the agents' door.
func enrolmentDefs() []Def {
	return []Def{
		{"budi_agents", Gauge, "", "Agents that are enrolled and not revoked.", nil},
		{"budi_agents_revoked", Gauge, "", "Agents that were revoked and are still remembered.", nil},
		{"budi_agents_refused_total", Counter, "", "Requests of agents, and of computers that want to be enrolled, that were refused at the door.", []string{"code"}},
		{"budi_agents_flush_errors_total", Counter, "", "Failed attempts to store when agents were last heard; it is tried again.", nil},
	}
}
