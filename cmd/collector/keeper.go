package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/collector"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

// keeper runs f with the collector that runs on the data folder. When none
// runs and offline is set, f gets what can be done without one.
func (s *settings) keeper(ctx context.Context, offline bool, f func(admin.Ops) error) error {
	client, err := admin.Dial(ctx, s.data)
	if err == nil {
		return f(client)
	}
	if !errors.Is(err, admin.ErrNotRunning) || !offline {
		return err
	}
	ops, closeOps, err := collector.Offline(s.data)
	if err != nil {
		return err
	}
	return errors.Join(f(ops), closeOps())
}

func tokenCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Make, list and revoke API tokens, for Grafana and other programs"}

	var t admin.NewToken
	create := &cobra.Command{
		Use:   "create --name NAME [--role viewer]",
		Short: "Make a token and print it; it cannot be shown again",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := sitesNamed(cmd, t.Sites); err != nil {
				return err
			}
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				made, err := ops.CreateToken(cmd.Context(), t)
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), made, made.Secret)
			})
		},
	}
	create.Flags().StringVar(&t.Name, "name", "", "what the token is for, for example grafana")
	create.Flags().StringVar(&t.Role, "role", "viewer", "what it may do: viewer, books, operator or administrator; or push, for programs that deliver samples")
	create.Flags().StringSliceVar(&t.Sites, "site", nil, "the site that it is for; may be repeated; none means all")
	create.Flags().DurationVar(&t.Expires, "expires", 0, "how long it works, for example 8760h; 0 means until revoked")
	_ = create.MarkFlagRequired("name") // fails for a flag that is not there only

	list := &cobra.Command{
		Use:   "list",
		Short: "List the tokens, without their values",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				tokens, err := ops.Tokens(cmd.Context())
				if err != nil {
					return err
				}
				var lines []string
				for _, t := range tokens {
					lines = append(lines, fmt.Sprintf("%-30s %-14s made %s  expires %s  last used %s", t.Name, t.Role, date(t.Created), date(t.Expires), date(t.LastUsed)))
				}
				return s.print(cmd.OutOrStdout(), tokens, lines...)
			})
		},
	}
	revoke := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Make a token worthless at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				if err := ops.RevokeToken(cmd.Context(), args[0]); err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), map[string]string{"revoked": args[0]}, "revoked "+args[0])
			})
		},
	}
	cmd.AddCommand(create, list, revoke)
	return cmd
}

func date(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}

func mailCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "mail", Short: "Try the way of mails"}
	cmd.AddCommand(&cobra.Command{
		Use:   "test [CONTACT]",
		Short: "Send a test mail to one contact, or to all",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			contact := ""
			if len(args) == 1 {
				contact = args[0]
			}
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				test, err := ops.TestMail(cmd.Context(), contact)
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), test, "sent to "+strings.Join(test.Sent, ", "))
			})
		},
	})
	return cmd
}

func incidentsCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "incidents", Short: "List, acknowledge, silence, comment on and close incidents"}
	var closed bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List open incidents, or the newest closed ones",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				incidents, err := ops.Incidents(cmd.Context(), closed)
				if err != nil {
					return err
				}
				var lines []string
				for _, inc := range incidents {
					lines = append(lines, describe(inc))
				}
				if len(lines) == 0 {
					lines = []string{"no incidents"}
				}
				return s.print(cmd.OutOrStdout(), incidents, lines...)
			})
		},
	}
	list.Flags().BoolVar(&closed, "closed", false, "list the newest closed incidents")
	cmd.AddCommand(list,
		untilCommand(s, "ack", "Say that you look after an incident, until it is over or until a time", admin.Ops.Acknowledge),
		wordCommand(s, "unack", "Take that back", admin.Ops.TakeBack),
		untilCommand(s, "silence", "Tell nobody what an incident is about, until a time", admin.Ops.Silence),
		wordCommand(s, "comment", "Add what --comment says to the story of an incident, open or closed", admin.Ops.Comment),
		wordCommand(s, "close", "Close an incident whose rule or data are gone, so that nobody can know", admin.Ops.CloseIncident))
	return cmd
}

func describe(inc incident.Incident) string {
	line := fmt.Sprintf("%d  %s  %s  since %s  %s/%s", inc.ID, inc.Key, inc.Severity, date(inc.Since), inc.State, inc.Evidence)
	if inc.Acked != nil {
		line += "  acknowledged by " + inc.Acked.By
		if !inc.Acked.Until.IsZero() {
			line += " until " + date(inc.Acked.Until)
		}
	}
	if inc.State == incident.Open && len(inc.Notified) == 0 {
		line += "  would have been mailed to nobody"
	}
	return line
}

// untilCommand is a wordCommand with a time at which what was said ends.
func untilCommand(s *settings, use, short string, do func(admin.Ops, context.Context, admin.Word) (incident.Incident, error)) *cobra.Command {
	var until string
	cmd := wordCommand(s, use, short, func(ops admin.Ops, ctx context.Context, w admin.Word) (inc incident.Incident, err error) {
		if until != "" {
			if w.Until, err = parseUntil(until, time.Now()); err != nil {
				return inc, err
			}
		}
		return do(ops, ctx, w)
	})
	cmd.Flags().StringVar(&until, "until", "", `when that ends: a length such as 2h, or a time such as 2026-12-01T08:00`)
	return cmd
}

// parseUntil reads a length from now, or a time; without a distance from UTC it
// is this computer's.
func parseUntil(text string, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--until %q is no time; write a length such as 2h, or a time such as 2026-12-01T08:00", text)
}

func wordCommand(s *settings, use, short string, do func(admin.Ops, context.Context, admin.Word) (incident.Incident, error)) *cobra.Command {
	var w admin.Word
	cmd := &cobra.Command{
		Use:   use + " NUMBER",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("%q is not the number of an incident; incidents list shows them", args[0])
			}
			w.ID = incident.ID(n)
			if w.By == "" {
				w.By = "the collector's keeper"
				if u, err := user.Current(); err == nil {
					w.By = u.Username
				}
			}
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				inc, err := do(ops, cmd.Context(), w)
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), inc, describe(inc))
			})
		},
	}
	cmd.Flags().StringVar(&w.By, "by", "", "who says so (default: your user name)")
	cmd.Flags().StringVar(&w.Comment, "comment", "", "what others should know")
	return cmd
}

func reloadCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "reload",
		Short: "Make the running collector read its configuration again",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				if err := ops.Reload(cmd.Context()); err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), map[string]bool{"reloaded": true}, "reloaded")
			})
		},
	}
}

func statusCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say how the running collector is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				st, err := ops.Status(cmd.Context())
				if err != nil {
					return err
				}
				lines := []string{
					fmt.Sprintf("budi-collector %s on %s since %s", st.Build.Version, st.Listen, date(st.Started)),
					fmt.Sprintf("%d checks, %d open incidents, %d messages waiting, newest backup: %s", st.Checks, st.Incidents, st.MailWaits, date(st.Backup)),
				}
				if st.Demo {
					lines = append(lines, "this is a demonstration: everything is made up")
				}
				return s.print(cmd.OutOrStdout(), st, append(lines, st.Notices...)...)
			})
		},
	}
}
