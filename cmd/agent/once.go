package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/host"
)

func onceCommand(s *settings) *cobra.Command {
	var format, profile string
	cmd := &cobra.Command{
		Use:   "once",
		Short: "Print what this computer would tell the collector, and send nothing",
		Long: "Print what this computer would tell the collector, and send nothing: samples and facts as JSON,\n" +
			"or the samples alone in the format of OpenMetrics.\n" +
			"The exit status is 0 when the computer could be looked at, else 1.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "json" && format != "openmetrics" {
				return fmt.Errorf("--format %q is not known; use json or openmetrics", format)
			}
			p := host.Profile(profile)
			if p != "" && p != host.Basic && p != host.Full {
				return fmt.Errorf("--profile %q is not known; use %s or %s", profile, host.Basic, host.Full)
			}
			once, looked := agent.LookOnce(cmd.Context(), s.options(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))), p)
			if looked != nil && once.Result.Kind == "" {
				return looked
			}
			var printed error
			if format == "json" {
				printed = printJSON(cmd.OutOrStdout(), once)
			} else {
				printed = agent.WriteOpenMetrics(cmd.OutOrStdout(), once.Result.Samples)
			}
			return errors.Join(printed, looked)
		},
	}
	cmd.Flags().StringVar(&format, "format", "json", "how to print it: json or openmetrics")
	cmd.Flags().StringVar(&profile, "profile", "", "how much to tell: basic (a workstation) or full (a server); default: as the configuration says, or basic")
	return cmd
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
