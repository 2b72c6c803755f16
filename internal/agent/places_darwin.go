package agent

// DefaultPlaces returns where the files are when nobody says otherwise.
func DefaultPlaces(func(string) string) Places {
	return Places{Config: "/usr/local/etc/budi/agent.yml", State: "/usr/local/var/budi/agent.db"}
}
