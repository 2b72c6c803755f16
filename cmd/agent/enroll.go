package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/agent"
	"github.com/budi-monitor/budi/internal/agent/state"
	"github.com/budi-monitor/budi/internal/secret"
)

// How long enroll waits for the running agent, and how often it looks.
const (
	enrollTimeout = time.Minute
	enrollLook    = 500 * time.Millisecond
)

func enrollCommand(s *settings) *cobra.Command {
	var order agent.Order
	var token string
	var later bool
	cmd := &cobra.Command{
		Use:   "enroll --url URL --token TOKEN",
		Short: "Make this computer known to a collector",
		Long: "Make this computer known to a collector. The token comes from \"budi-collector enroll-token create\".\n" +
			"Needs root or an administrator, and works beside a running agent, which then goes on under the new identity.\n\n" +
			"With --later nobody is asked: the wish is left for the agent, which carries it out when it runs and the\n" +
			"network is there. An agent that is enrolled with this collector already leaves it alone.\n\n" +
			"The exit status is 0 when the computer is enrolled (with --later: when the wish is left), 2 when it is\n" +
			"enrolled already and --replace was not given, and 1 for everything else.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			order.Token = secret.New(token)
			if err := order.Check(); err != nil {
				return err
			}
			if later {
				return agent.WriteOrder(s.State, order)
			}
			return s.enroll(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), order)
		},
	}
	cmd.Flags().StringVar(&order.URL, "url", "", "address of the collector: https://host:port")
	cmd.Flags().StringVar(&token, "token", "", "enrolment token: budi_enrol_…")
	cmd.Flags().StringVar(&order.Proxy, "proxy", "", "proxy to reach the collector by: http://host:port")
	cmd.Flags().BoolVar(&order.Replace, "replace", false, "give up the identity that this computer has")
	cmd.Flags().BoolVar(&later, "later", false, "leave it to the agent, and ask nobody now")
	for _, name := range []string{"url", "token"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return cmd
}

func (s *settings) enroll(ctx context.Context, out, errs io.Writer, order agent.Order) error {
	before, _, err := agent.ReadStatus(s.State)
	if err != nil {
		return err
	}
	if before.Enrolled && !order.Replace {
		return alreadyEnrolled(before.Device, before.URL)
	}
	identity, err := agent.Enrol(ctx, s.options(slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: slog.LevelWarn}))), order)
	var already agent.AlreadyEnrolled
	switch {
	case err == nil:
		if before.Enrolled {
			_, _ = fmt.Fprintf(out, "gave up the identity of device %s with %s\n", before.Device, before.URL)
		}
		_, err = fmt.Fprintf(out, "enrolled with %s as device %s of site %s\n", identity.URL, identity.Device, identity.Site)
		return err
	case errors.As(err, &already):
		return alreadyEnrolled(already.Device, already.URL)
	case errors.Is(err, state.ErrLocked):
		return s.awaitAgent(ctx, out)
	}
	return fmt.Errorf("enroll: %w", err)
}

func alreadyEnrolled(device, url string) error {
	return statusError{fmt.Errorf("this computer is enrolled with %s as device %s already; with --replace it gives that identity up", url, device), exitReplace}
}

// awaitAgent waits until the running agent has carried out the order.
func (s *settings) awaitAgent(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, enrollTimeout)
	defer cancel()
	for {
		_, waits, err := agent.ReadOrder(s.State)
		if err != nil {
			return err
		}
		now, _, err := agent.ReadStatus(s.State)
		switch {
		case err != nil:
			return err
		case !waits && now.Enrolled:
			_, err := fmt.Fprintf(out, "enrolled by the running agent with %s as device %s of site %s\n", now.URL, now.Device, now.Site)
			return err
		case now.Order != "":
			return fmt.Errorf("the running agent could not enroll yet, and tries again: %s", now.Order)
		}
		select {
		case <-ctx.Done():
			return errors.New("the running agent has not answered yet; look at \"budi-agent status\" in a while")
		case <-time.After(enrollLook):
		}
	}
}
