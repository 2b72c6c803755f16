package agent

// DefaultPlaces returns where the files are when nobody says otherwise.
func DefaultPlaces(func(string) string) Places {
	return Places{Config: "/etc/budi/agent.yml", State: "/var/lib/budi-agent/agent.db"}
}
