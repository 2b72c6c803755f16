// Package systemd embeds the unit of the agent, so that "budi-agent install"
// writes the same file that the Debian package contains.
package systemd

import _ "embed"

// AgentUnit is budi-agent.service. Its ExecStart names /usr/bin/budi-agent.
//
//go:embed budi-agent.service
var AgentUnit string
