package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/collector"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

func serveCommand(s *settings) *cobra.Command {
	var listen, logLevel string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Start the collector",
		Args:  cobra.NoArgs,
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address to listen on (default 127.0.0.1:9480, or the configuration's)")
	cmd.Flags().StringVar(&logLevel, "log-level", "info", "least level of log lines: debug, info, warn or error")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var level slog.Level
		if err := level.UnmarshalText([]byte(logLevel)); err != nil {
			return fmt.Errorf("--log-level %q is not known; use debug, info, warn or error", logLevel)
		}
		logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
		ctx := cmd.Context()
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(collector.GCPercent)
		}
		c, err := collector.Open(ctx, collector.Options{DataDir: s.data, ConfigFile: s.configFile(), Listen: listen, Logger: logger})
		if err != nil {
			return explain(err)
		}
		if err := announce(ctx, cmd, c); err != nil {
			return err
		}
		stop := reloadOnHangup(ctx, c, logger)
		defer stop()
		return c.Run(ctx)
	}
	return cmd
}

// announce prints the one line that a newcomer needs.
func announce(ctx context.Context, cmd *cobra.Command, c *collector.Collector) error {
	link, err := c.SetupURL(ctx)
	if err != nil {
		return err
	}
	if link != "" {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "Create the administrator (the link works once): %s\n", link)
	} else {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "The console is at %s\n", c.URL())
	}
	return err
}

// reloadOnHangup reloads the configuration at each SIGHUP.
func reloadOnHangup(ctx context.Context, c *collector.Collector, logger *slog.Logger) (stop func()) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range hangup {
			if err := c.Reload(ctx); err != nil {
				logger.Error("reload", "err", err)
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(hangup)
		<-done
	}
}

// explain puts the problems of a configuration file below each other.
func explain(err error) error {
	var problems strictyaml.Errors
	if errors.As(err, &problems) {
		return fmt.Errorf("the configuration has %d problem(s):\n%w", len(problems), problems)
	}
	return err
}

func checkConfigCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "check-config [FILE]",
		Short: "Check the configuration and its rule files without starting",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := s.configFile()
			if len(args) == 1 {
				file = args[0]
			}
			c, err := collector.LoadConfig(file)
			var problems strictyaml.Errors
			if errors.As(err, &problems) {
				if s.json {
					if err := printJSON(cmd.OutOrStdout(), struct {
						Problems strictyaml.Errors `json:"problems"`
					}{problems}); err != nil {
						return err
					}
					return toldError{1}
				}
				return problems
			}
			if err != nil {
				return err
			}
			if file == "" {
				file = "no file: the defaults"
			}
			type summary struct {
				File     string               `json:"file"`
				Checks   int                  `json:"checks"`
				Contacts int                  `json:"contacts"`
				Problems []strictyaml.Problem `json:"problems"`
			}
			return s.print(cmd.OutOrStdout(), summary{file, len(c.Checks), len(c.Contacts), []strictyaml.Problem{}},
				fmt.Sprintf("%s is good: %d checks, %d contacts", file, len(c.Checks), len(c.Contacts)))
		},
	}
}
