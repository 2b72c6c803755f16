package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/demo"
	"github.com/budi-monitor/budi/internal/i18n"
)

func demoCommand() *cobra.Command {
	var o demo.Options
	var keep bool
	var lang, logLevel string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show Budi with a simulated school, in a folder that is thrown away",
		Long: "Show Budi with a simulated school: about fifty computers, websites and a mail server, all on this\n" +
			"computer and all made up. Faults come and go, and mails are caught and shown. Nothing leaves this\n" +
			"computer; the folder is removed at the end. Ctrl+C ends it.",
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:9480", "address of the console, on this computer; port 0 takes a free one")
	cmd.Flags().StringVar(&o.Dir, "dir", "", "an empty folder to work in (default: a new temporary one)")
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the folder there at the end")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "the same number makes the same school and the same faults")
	cmd.Flags().StringVar(&lang, "language", string(i18n.Lithuanian), "language of pages and mails: lt or en")
	cmd.Flags().IntVar(&o.Computers, "computers", 0, "at most so many computers (default: all)")
	cmd.Flags().BoolVar(&o.Calm, "calm", false, "let nothing break")
	cmd.Flags().StringVar(&logLevel, "log-level", "warn", "least level of log lines: debug, info, warn or error")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var level slog.Level
		if err := level.UnmarshalText([]byte(logLevel)); err != nil {
			return fmt.Errorf("--log-level %q is not known; use debug, info, warn or error", logLevel)
		}
		var err error
		if o.Lang, err = i18n.ParseLang(lang); err != nil {
			return fmt.Errorf("--language: %w", err)
		}
		o.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
		return runDemo(cmd.Context(), cmd.OutOrStdout(), o, keep)
	}
	return cmd
}

// runDemo runs a demonstration until ctx ends, and removes its folder.
func runDemo(ctx context.Context, out io.Writer, o demo.Options, keep bool) (err error) {
	made := o.Dir == ""
	if made {
		if o.Dir, err = os.MkdirTemp("", "budi-demo-"); err != nil {
			return fmt.Errorf("make a temporary folder: %w", err)
		}
	}
	d, err := demo.Open(ctx, o)
	if err != nil {
		if made {
			err = errors.Join(err, os.RemoveAll(o.Dir))
		}
		return explain(err) // a folder of somebody else's stays: it may hold their files
	}
	if keep {
		fmt.Fprintf(out, "The folder %s is kept.\n", o.Dir)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(o.Dir)) }()
	}
	fmt.Fprintf(out, "DEMONSTRATION: everything is made up, nothing leaves this computer. Ctrl+C ends it.\n"+
		"Console   %s  (the browser warns of the certificate, which the collector made itself)\n"+
		"Mails     %s\n"+
		"Log in    %s (administrator), %s, %s (one site only); password of all: %s\n"+
		"Commands  budi-collector --data %s status\n",
		d.URL(), d.MailURL(), demo.Administrator, demo.Viewer, demo.Operator, demo.Password, d.DataDir())
	return d.Run(ctx)
}
