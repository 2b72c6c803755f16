package main

import (
	"io"
	"strings"
	"testing"
)

// No site means all sites: a script whose variable is empty must not give that.
func TestAnEmptySiteIsNotAllSites(t *testing.T) {
	for _, args := range [][]string{
		{"user", "add", "rasa", "--link", "--site", ""},
		{"user", "edit", "rasa", "--site="},
		{"user", "edit", "rasa", "--site", "main,"},
		{"token", "create", "--name", "grafana", "--site", ""},
	} {
		cmd := newCommand()
		cmd.SetArgs(append(args, "--data", t.TempDir()))
		cmd.SetOut(io.Discard)
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "--site names no site") {
			t.Errorf("%q: %v", args, err)
		}
	}
}
