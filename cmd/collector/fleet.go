package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/look"
)

func enrolTokenCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "enroll-token", Short: "Make, list and revoke tokens that let agents in"}

	var t admin.NewEnrolToken
	create := &cobra.Command{
		Use:   "create --site SITE [--ttl 24h] [--uses 50]",
		Short: "Make a token for the agents of one site and print it; it cannot be shown again",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				made, err := ops.CreateEnrolToken(cmd.Context(), t)
				if err != nil {
					return err
				}
				if !s.json {
					fmt.Fprintf(cmd.ErrOrStderr(), "Token %s lets %d computers of site %s in, until %s. On each of them:\n  budi-agent enroll --url %s --token TOKEN\n",
						made.Name, made.Uses, made.Site, date(made.Expires), made.URL)
				}
				return s.print(cmd.OutOrStdout(), made, made.Secret)
			})
		},
	}
	create.Flags().StringVar(&t.Site, "site", "", "the site that the computers belong to (default: the collector's own)")
	create.Flags().DurationVar(&t.TTL, "ttl", 24*time.Hour, "how long it works")
	create.Flags().IntVar(&t.Uses, "uses", 50, "how many computers it lets in")
	create.Flags().StringVar(&t.Class, "class", "", "what the computers are: server or workstation (default: as each system says of itself)")

	list := &cobra.Command{
		Use:   "list",
		Short: "List the enrolment tokens, without their values",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				tokens, err := ops.EnrolTokens(cmd.Context())
				if err != nil {
					return err
				}
				lines := []string{fmt.Sprintf("%-14s %-20s %-12s %9s  %s", "NAME", "SITE", "CLASS", "USED", "EXPIRES")}
				for _, t := range tokens {
					lines = append(lines, fmt.Sprintf("%-14s %-20s %-12s %4d/%4d  %s", t.Name, t.Site, cmp.Or(t.Class, "by itself"), t.Used, t.Uses, date(t.Expires)))
				}
				return s.print(cmd.OutOrStdout(), tokens, lines...)
			})
		},
	}
	revoke := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Make an enrolment token worthless; agents that used it stay",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				if err := ops.RevokeEnrolToken(cmd.Context(), args[0]); err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), map[string]string{"revoked": args[0]}, "revoked "+args[0])
			})
		},
	}
	cmd.AddCommand(create, list, revoke)
	return cmd
}

func agentsCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "agents", Short: "List, show and revoke the agents on computers"}
	list := &cobra.Command{
		Use:   "list",
		Short: "List the agents",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				agents, err := ops.Agents(cmd.Context())
				if err != nil {
					return err
				}
				lines := []string{fmt.Sprintf("%-28s %-24s %-14s %-8s %-16s %s", "AGENT", "DEVICE", "SITE", "SYSTEM", "HEARD", "STATE")}
				for _, a := range agents {
					lines = append(lines, fmt.Sprintf("%-28s %-24s %-14s %-8s %-16s %s", a.ID, a.Device, a.Site, a.System, date(a.Seen), stateOf(a)))
				}
				return s.print(cmd.OutOrStdout(), agents, lines...)
			})
		},
	}
	show := agentCommand(s, "show", "Show one agent", admin.Ops.Agent)
	revoke := agentCommand(s, "revoke", "Refuse an agent from its next request on; its device and history stay", admin.Ops.RevokeAgent)
	cmd.AddCommand(list, show, revoke)
	return cmd
}

func stateOf(a admin.Agent) string {
	switch {
	case !a.Revoked.IsZero():
		return "revoked " + date(a.Revoked)
	case a.Cloned != "":
		return "its identity is used at " + a.Cloned + " too"
	case a.Clock.Abs() >= time.Minute:
		return "its clock is wrong by " + a.Clock.Abs().Round(time.Second).String()
	default:
		return "ok"
	}
}

func agentCommand(s *settings, use, short string, do func(admin.Ops, context.Context, string) (admin.Agent, error)) *cobra.Command {
	return &cobra.Command{
		Use:   use + " AGENT",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				a, err := do(ops, cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), a,
					"agent     "+a.ID, "device    "+a.Device, "site      "+a.Site, "system    "+a.System, "host name "+a.Hostname, "version   "+a.Version,
					"address   "+a.Address, "enrolled  "+date(a.Enrolled), "heard     "+date(a.Seen), "state     "+stateOf(a))
			})
		},
	}
}

func devicesCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "devices", Short: "List, show and edit what is looked after"}
	var f admin.DeviceFilter
	list := &cobra.Command{
		Use:   "list",
		Short: "List the devices",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				devices, err := ops.Devices(cmd.Context(), f)
				if err != nil {
					return err
				}
				lines := []string{fmt.Sprintf("%-24s %-14s %-12s %-30s %-16s %s", "DEVICE", "SITE", "CLASS", "MODEL", "HEARD", "NAME")}
				for _, d := range devices {
					line := fmt.Sprintf("%-24s %-14s %-12s %-30s %-16s %s", d.ID, d.Site, d.Class, d.Model, date(d.Seen), d.Name)
					if len(d.SameAs) > 0 {
						line += "  (perhaps the same as " + strings.Join(d.SameAs, ", ") + ": devices merge, or devices keep-apart)"
					}
					lines = append(lines, line)
				}
				return s.print(cmd.OutOrStdout(), devices, lines...)
			})
		},
	}
	list.Flags().StringVar(&f.Site, "site", "", "of one site only")
	list.Flags().StringVar(&f.Class, "class", "", "of one class only")
	list.Flags().StringVar(&f.Text, "text", "", "with this text in ID, name, model, serial or asset number")

	show := &cobra.Command{
		Use:   "show DEVICE",
		Short: "Show a device, its facts and what changed of late",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				d, err := ops.Device(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), d, describeDevice(d)...)
			})
		},
	}

	remove := &cobra.Command{
		Use:   "remove DEVICE",
		Short: "Take a device out of the inventory; its agent is revoked, its samples stay until they are old",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				if err := ops.RemoveDevice(cmd.Context(), args[0]); err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), map[string]string{"removed": args[0]}, "removed "+args[0])
			})
		},
	}
	merge := &cobra.Command{
		Use:   "merge NEW OLD",
		Short: "Say that NEW is OLD after its disk was wiped: OLD lives on with NEW's agent",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				d, err := ops.MergeDevices(cmd.Context(), admin.Pair{From: args[0], Into: args[1]})
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), d, args[0]+" is "+d.ID+" from now on")
			})
		},
	}
	apart := &cobra.Command{
		Use:   "keep-apart NEW OLD",
		Short: "Say that NEW and OLD are two devices, although they look like one",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				if err := ops.KeepApart(cmd.Context(), admin.Pair{From: args[0], Into: args[1]}); err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), map[string][]string{"kept_apart": args}, args[0]+" and "+args[1]+" stay two")
			})
		},
	}
	cmd.AddCommand(list, show, setDeviceCommand(s), remove, merge, apart)
	return cmd
}

func setDeviceCommand(s *settings) *cobra.Command {
	var name, room, class, asset string
	cmd := &cobra.Command{
		Use:   "set DEVICE [--name NAME] [--room ROOM] [--class CLASS] [--asset NUMBER]",
		Short: "Change what people say of a device; its ID never changes",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e := admin.DeviceEdit{ID: args[0]}
			for flag, field := range map[string]struct {
				value *string
				into  **string
			}{"name": {&name, &e.Name}, "room": {&room, &e.Room}, "class": {&class, &e.Class}, "asset": {&asset, &e.Asset}} {
				if cmd.Flags().Changed(flag) {
					*field.into = field.value
				}
			}
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				d, err := ops.EditDevice(cmd.Context(), e)
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), d, describeRow(d)...)
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name for people; empty gives the host name back")
	cmd.Flags().StringVar(&room, "room", "", "ID of the room; empty takes it out of its room")
	cmd.Flags().StringVar(&class, "class", "", "server (must answer always), workstation (off is normal), infrastructure, presentation or safety")
	cmd.Flags().StringVar(&asset, "asset", "", "number in the books; empty removes it")
	return cmd
}

func describeRow(d admin.Device) []string {
	var lines []string
	add := func(name, value string) {
		if value != "" {
			lines = append(lines, fmt.Sprintf("%-10s %s", name, value))
		}
	}
	add("device", d.ID)
	add("name", d.Name)
	add("site", d.Site)
	add("room", d.Room)
	add("class", d.Class)
	add("asset", d.Asset)
	add("host name", d.Hostname)
	add("model", d.Model)
	add("serial", d.Serial)
	add("system", d.OS)
	add("heard", date(d.Seen))
	if len(d.SameAs) > 0 {
		add("perhaps", strings.Join(d.SameAs, ", "))
	}
	return lines
}

func describeDevice(d admin.DeviceDetail) []string {
	lines := describeRow(d.Device)
	for _, set := range d.Facts {
		lines = append(lines, "", set.Kind+" ("+date(set.Time)+")")
		for _, item := range set.Items {
			lines = append(lines, "  "+describeItem(item))
		}
	}
	if len(d.History) > 0 {
		lines = append(lines, "", "what changed")
	}
	for _, c := range d.History {
		line := fmt.Sprintf("  %s  %s %s %s: %q → %q", date(c.Time), c.Kind, c.Item, c.Field, c.Old, c.New)
		if c.By != "" {
			line += " by " + c.By
		}
		lines = append(lines, line)
	}
	return lines
}

func describeItem(item look.Item) string {
	var parts []string
	if item.Key != "" {
		parts = append(parts, item.Key+":")
	}
	for _, name := range slices.Sorted(maps.Keys(item.Fields)) {
		parts = append(parts, fmt.Sprintf("%s=%q", name, item.Fields[name]))
	}
	return strings.Join(parts, " ")
}
