package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

func lookCommand() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "look TARGET",
		Short: "Look once and print the result as JSON",
		Long: "Look once at http://…, https://…, tcp://host:port, tls://host:port, icmp://host,\n" +
			"dns://server/name, or at this computer (host), and print the result as JSON.\n" +
			"The exit status is 0 when the outcome is ok, 1 when the target cannot be read, 2 when\n" +
			"the outcome is another one.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := lookFunc(args[0], timeout, cmd)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout+5*time.Second)
			defer cancel()
			r := f(ctx)
			if err := printJSON(cmd.OutOrStdout(), r); err != nil {
				return err
			}
			if r.Outcome != look.OK {
				return toldError{2}
			}
			return nil
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", probe.DefaultTimeout, "how long the look may take")
	return cmd
}

func lookFunc(target string, timeout time.Duration, cmd *cobra.Command) (look.Func, error) {
	if target == "host" {
		logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
		return host.New(host.Options{Logger: logger, Profile: host.Full}).Look, nil
	}
	p, err := probe.New(probe.Spec{Target: target, Timeout: timeout}, probe.Options{})
	if err != nil {
		return nil, err
	}
	return p.Look, nil
}
