// Command budi-agent lives on every computer of a school: it looks at it each
// minute, keeps what it sees, and tells its collector. It dials out only, and
// runs nothing that it was not compiled with.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/buildinfo"
)

// Exit codes.
const (
	exitFailed  = 1
	exitReplace = 2 // enroll: this computer is enrolled, and --replace was not given
)

func main() {
	// A service on Windows has no console, and mousetrap would speak to one.
	cobra.MousetrapHelpText = ""
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newCommand().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "budi-agent:", err)
		var status statusError
		if errors.As(err, &status) {
			os.Exit(status.status)
		}
		os.Exit(exitFailed)
	}
}

// statusError is an error with an exit code of its own.
type statusError struct {
	error
	status int
}

// settings are the flags that several commands share.
type settings struct{ agent.Places }

func newCommand() *cobra.Command {
	s := settings{agent.DefaultPlaces(os.Getenv)}
	root := &cobra.Command{
		Use:   "budi-agent",
		Short: "Tell Budi's collector how this computer is",
		Long: "Tell Budi's collector how this computer is: health and inventory, nothing that people write or read.\n\n" +
			"  budi-agent enroll --url https://collector.example:9480 --token budi_enrol_…\n" +
			"  budi-agent install        # as root or administrator: run as a service\n" +
			"  budi-agent status\n\n" +
			"The exit status is 0 when the command did what it says, and 1 when it did not; enroll knows 2 as well.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&s.Config, "config", s.Config, "configuration file; it may be absent")
	root.PersistentFlags().StringVar(&s.State, "state", s.State, "file of identity and unsent samples; other files of the agent are beside it")
	root.AddCommand(enrollCommand(&s), runCommand(&s), installCommand(&s), uninstallCommand(&s), onceCommand(&s), statusCommand(&s), versionCommand())
	return root
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
