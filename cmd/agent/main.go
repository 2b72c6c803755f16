// Command budi-agent looks at the computer that it runs on. So far it looks
// once and prints what it saw.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/host"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "budi-agent:", err)
		os.Exit(1)
	}
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "budi-agent",
		Short:         "Look at this computer for Budi",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(onceCommand(), versionCommand())
	return root
}

func onceCommand() *cobra.Command {
	var format, profile string
	cmd := &cobra.Command{
		Use:   "once",
		Short: "Look at this computer once and print the result",
		Long: "Look at this computer once and print the result as JSON.\n" +
			"The exit status is 0 when the computer could be looked at, else 1.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "json" {
				return fmt.Errorf("--format %q is not known; use json", format)
			}
			p := host.Profile(profile)
			if p != host.Basic && p != host.Full {
				return fmt.Errorf("--profile %q is not known; use %s or %s", profile, host.Basic, host.Full)
			}
			log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			res := host.New(host.Options{Logger: log, Profile: p}).Look(cmd.Context())
			if err := printJSON(cmd.OutOrStdout(), res); err != nil {
				return err
			}
			if res.Problem != nil {
				return fmt.Errorf("look at this computer: %s", res.Problem.Code)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "json", "how to print the result: json")
	cmd.Flags().StringVar(&profile, "profile", string(host.Basic), "how much to tell: basic (a workstation) or full (a server)")
	return cmd
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print which build this is, as JSON",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return printJSON(cmd.OutOrStdout(), buildinfo.Get())
		},
	}
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
