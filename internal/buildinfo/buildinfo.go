// Package buildinfo says which build of Budi is running. It reads what the Go
// linker recorded, so there is nothing to stamp and nothing to forget. Every
// package may call it; it depends on the standard library only.
package buildinfo

import (
	"runtime"
	"runtime/debug"
)

// Version is set by release builds with
// -ldflags "-X github.com/budi-monitor/budi/internal/buildinfo.Version=v1.2.3".
// Empty means a build from a working tree.
var Version string

// Info describes one build.
type Info struct {
	Version   string `json:"version"`    // release, or "devel"
	Revision  string `json:"revision"`   // commit hash, or empty when built without version control
	GoVersion string `json:"go_version"` // for example "go1.26.8"
	OS        string `json:"os"`         // GOOS
	Arch      string `json:"arch"`       // GOARCH
}

// Get returns the description of the running binary.
func Get() Info {
	info := Info{Version: Version, GoVersion: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info.Version == "" {
		info.Version = "devel"
	}
	if bi, ok := debug.ReadBuildInfo(); ok {
		for _, s := range bi.Settings {
			if s.Key == "vcs.revision" {
				info.Revision = s.Value
			}
		}
	}
	return info
}
