package agent

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// DefaultPlaces returns where the files are when nobody says otherwise; getenv
// reads the environment. Windows itself is asked first: a person's console, an
// installer and a service must mean the same folder, and whoever starts a
// program may change its environment.
func DefaultPlaces(getenv func(string) string) Places {
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DEFAULT)
	if err != nil || data == "" {
		data = getenv("ProgramData")
	}
	if data == "" {
		data = `C:\ProgramData`
	}
	folder := filepath.Join(data, "Budi")
	return Places{Config: filepath.Join(folder, "agent.yml"), State: filepath.Join(folder, "agent.db")}
}
