package agent

import "path/filepath"

// DefaultPlaces returns where the files are when nobody says otherwise; getenv
// reads the environment.
func DefaultPlaces(getenv func(string) string) Places {
	data := getenv("ProgramData")
	if data == "" {
		data = `C:\ProgramData`
	}
	folder := filepath.Join(data, "Budi")
	return Places{Config: filepath.Join(folder, "agent.yml"), State: filepath.Join(folder, "agent.db")}
}
