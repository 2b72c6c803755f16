package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/agent"
)

func statusCommand(s *settings) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Print how the agent of this computer is",
		Long: "Print how the agent of this computer is, as it wrote within the last minute. Needs root or an administrator.\n" +
			"The exit status is 0 when that could be told, whatever it is.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, _, err := agent.ReadStatus(s.State)
			if err != nil {
				return err
			}
			_, waits, err := agent.ReadOrder(s.State)
			if err != nil && status.Order == "" {
				status.Order = err.Error()
			}
			alive := status.Alive(time.Now())
			if asJSON {
				return printJSON(cmd.OutOrStdout(), struct {
					agent.Status
					Running   bool `json:"running"`
					Waiting   bool `json:"order_waiting"`
					LastState bool `json:"last_known"` // what is told is of an agent that does not run any more
				}{status, alive, waits, !alive && !status.Written.IsZero()})
			}
			return writeStatus(cmd.OutOrStdout(), status, alive, waits)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func writeStatus(w io.Writer, s agent.Status, alive, waits bool) error {
	var lines []string
	add := func(name, format string, args ...any) {
		lines = append(lines, fmt.Sprintf("%-12s %s", name, fmt.Sprintf(format, args...)))
	}
	switch {
	case alive:
		add("agent", "runs, version %s", s.Version)
	case s.Written.IsZero():
		add("agent", "has not run here yet")
	default:
		add("agent", "does not run; last heard of at %s", s.Written.Local().Format(time.RFC3339))
	}
	switch {
	case s.Enrolled:
		add("enrolled", "with %s as device %s of site %s", s.URL, s.Device, s.Site)
	case waits:
		add("enrolled", "not yet; the wish waits for the agent")
	default:
		add("enrolled", "no: budi-agent enroll --url … --token …")
	}
	if s.Order != "" {
		add("", "could not enroll: %s", s.Order)
	}
	if s.Refused != "" {
		add("refused", "%s", s.Refused)
	}
	if !s.Looked.IsZero() {
		add("looked", "at %s, %d series, profile %s", s.Looked.Local().Format(time.RFC3339), s.Series, s.Profile)
	}
	if !s.Facts.IsZero() {
		add("inventory", "at %s", s.Facts.Local().Format(time.RFC3339))
	}
	lines = append(lines, uplinkLines(s)...)
	if s.Enrolled {
		add("unsent", "%d samples; given up since the enrolment: %d", s.Spool.Samples, s.Spool.Dropped)
	}
	if s.Spool.Notice != "" {
		add("notice", "%s", s.Spool.Notice)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return fmt.Errorf("print the status: %w", err)
		}
	}
	return nil
}

// uplinkLines tell how the way to the collector is.
func uplinkLines(s agent.Status) []string {
	u := s.Uplink
	if u == nil {
		return nil
	}
	lines := []string{fmt.Sprintf("%-12s not since the agent was started", "delivered")}
	if !u.LastSuccess.IsZero() {
		lines[0] = fmt.Sprintf("%-12s at %s; %d bytes sent, %d received since the start", "delivered", u.LastSuccess.Local().Format(time.RFC3339), u.SentBytes, u.ReceivedBytes)
	}
	if u.LastError != "" {
		lines = append(lines, fmt.Sprintf("%-12s at %s: %s", "failed", u.LastErrorAt.Local().Format(time.RFC3339), u.LastError))
	}
	return lines
}
