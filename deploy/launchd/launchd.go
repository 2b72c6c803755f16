// Package launchd embeds the agent's property list for macOS, which
// "budi-agent install" writes.
package launchd

import _ "embed"

// AgentLabel is the name of the service.
const AgentLabel = "lt.budi.agent"

// AgentPlist is lt.budi.agent.plist. It names /usr/local/bin/budi-agent.
//
//go:embed lt.budi.agent.plist
var AgentPlist string
