package agent

import (
	"path/filepath"
	"strings"
)

// Places says where the agent's files are.
type Places struct {
	Config string // agent.yml
	State  string // agent.db; what else the agent keeps is beside it
}

// besideState is a file that belongs to the state: "agent.db" and "log" make
// "agent.log".
func besideState(state, ending string) string {
	return strings.TrimSuffix(state, filepath.Ext(state)) + "." + ending
}

// StatusFile is where a running agent writes its Status.
func StatusFile(state string) string { return besideState(state, "status.json") }

// LogFile is the log of a service whose manager keeps none.
func LogFile(state string) string { return besideState(state, "log") }

// OrderFile is where an order to enrol waits for the agent.
func OrderFile(state string) string { return filepath.Join(filepath.Dir(state), "enrol.yml") }
