package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/agent/service"
)

func installCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "install",
		Short: "Run the agent as a service, now and at each start of the computer",
		Long: "Run the agent as a service, now and at each start of the computer. Needs root or an administrator.\n\n" +
			"The service runs this program from where it is now. What is installed already is brought up to date.\n" +
			"It may be installed before the computer is enrolled: it waits.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := s.serviceOptions()
			if err != nil {
				return err
			}
			if err := agent.MakeFolder(filepath.Dir(s.State)); err != nil {
				return err
			}
			done, err := service.Install(cmd.Context(), o)
			if err != nil {
				return fmt.Errorf("install the service: %w", err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), done)
			return err
		},
	}
}

func uninstallCommand(s *settings) *cobra.Command {
	var purge bool
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "Stop the service and remove it",
		Long: "Stop the service and remove it. Needs root or an administrator. Without a service there is nothing to do.\n\n" +
			"Identity and unsent samples stay, so that a later install goes on as the same device; --purge removes them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := s.serviceOptions()
			if err != nil {
				return err
			}
			done, err := service.Uninstall(cmd.Context(), o)
			if err != nil {
				return fmt.Errorf("uninstall the service: %w", err)
			}
			if purge {
				if err := agent.Purge(s.Places); err != nil {
					return err
				}
				done += "\nremoved identity, samples and configuration"
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), done)
			return err
		},
	}
	cmd.Flags().BoolVar(&purge, "purge", false, "remove identity, unsent samples, log and configuration too")
	return cmd
}

// serviceOptions says what the service manager is to run.
func (s *settings) serviceOptions() (service.Options, error) {
	program, err := os.Executable()
	if err != nil {
		return service.Options{}, fmt.Errorf("find this program: %w", err)
	}
	o := service.Options{Executable: program}
	usual := agent.DefaultPlaces(os.Getenv)
	for _, f := range []struct{ flag, value, usual string }{{"--config", s.Config, usual.Config}, {"--state", s.State, usual.State}} {
		if f.value == f.usual {
			continue
		}
		full, err := filepath.Abs(f.value)
		if err != nil {
			return service.Options{}, fmt.Errorf("find %s: %w", f.value, err)
		}
		o.Arguments = append(o.Arguments, f.flag, full)
		if f.flag == "--state" {
			o.Writable = filepath.Dir(full)
		}
	}
	return o, nil
}
