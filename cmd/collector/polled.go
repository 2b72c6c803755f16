package main

import (
	"cmp"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/device"
)

func deviceCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "device", Short: "Add and list devices that are looked at over the network: printers, switches, UPSes"}
	cmd.AddCommand(addDeviceCommand(s), listPolledCommand(s), removePolledCommand(s), pausePolledCommand(s, "pause", true), pausePolledCommand(s, "resume", false), lookAtCommand(s))
	return cmd
}

func addDeviceCommand(s *settings) *cobra.Command {
	var d admin.NewPolled
	var credentials snmpFlags
	var passwordFile string
	cmd := &cobra.Command{
		Use:   "add ADDRESS",
		Short: "Look once at an address, say what was recognised, and watch it from then on",
		Long: "Look once at an address, say what was recognised, and watch it from then on.\n" +
			"ADDRESS is 192.0.2.10, snmp://192.0.2.10[:161] or pjlink://192.0.2.10. Without\n" +
			"flags it is asked with the credentials of its subnet, else with the community public.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := device.ParseTarget(args[0])
			if err != nil {
				return err
			}
			if credentials.given() {
				if err := credentials.lay(&t.SNMP); err != nil {
					return err
				}
			}
			if passwordFile != "" {
				if t.PJLink, err = secretFile(passwordFile); err != nil {
					return fmt.Errorf("read the password of PJLink: %w", err)
				}
			}
			c := t.SNMP
			d.Target, d.Password = t.String(), t.PJLink.Reveal()
			d.Version, d.Community, d.User, d.Context = string(c.Version), c.Community.Reveal(), c.User, c.Context
			d.Auth, d.AuthKey, d.Priv, d.PrivKey = c.Auth, c.AuthKey.Reveal(), c.Priv, c.PrivKey.Reveal()
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				added, err := ops.AddPolled(cmd.Context(), d)
				if err != nil {
					return err
				}
				line := fmt.Sprintf("%s: %s (%s), device %s", d.Target, cmp.Or(added.Title, "nothing is known of it"), added.Kind, added.ID)
				if added.Moved != "" {
					line += "; it is known already, and moved here from " + added.Moved
				}
				return s.print(cmd.OutOrStdout(), added, line)
			})
		},
	}
	f := cmd.Flags()
	credentials.add(cmd)
	f.StringVar(&passwordFile, "pjlink-password-file", "", "file with the password of a projector")
	f.StringVar(&d.Credentials, "credentials", "", "name of the credentials that it is asked with (default: those of its subnet)")
	f.StringVar(&d.ID, "id", "", "ID that never changes (default: made of the name, or of what it is)")
	f.StringVar(&d.Name, "name", "", "name for people (default: as the device calls itself)")
	f.StringVar(&d.Site, "site", "", "the site that it belongs to (default: the collector's own)")
	f.StringVar(&d.Room, "room", "", "the room, by name or ID; it is made when the site has none of the name")
	f.StringVar(&d.Class, "class", "", "server, workstation, infrastructure, presentation or safety (default: by what it is)")
	f.DurationVar(&d.Interval, "interval", 0, "between two looks (default: 1m for network, UPSes and servers, 5m for the rest)")
	f.StringSliceVar(&d.Parents, "parent", nil, "what it hangs on, such as the ID of a switch; several are ways of which one is enough")
	f.StringSliceVar(&d.Power, "power", nil, "what feeds it, such as the ID of a UPS")
	f.BoolVar(&d.Anyway, "anyway", false, "add it although nothing answers, or although it looks like one that is known")
	return cmd
}

func listPolledCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the devices that are looked at over the network",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				devices, err := ops.PolledDevices(cmd.Context())
				if err != nil {
					return err
				}
				lines := []string{fmt.Sprintf("%-24s %-14s %-13s %-30s %-6s %-18s %s", "DEVICE", "SITE", "KIND", "ADDRESS", "EVERY", "STATE", "MODEL")}
				for _, d := range devices {
					lines = append(lines, fmt.Sprintf("%-24s %-14s %-13s %-30s %-6s %-18s %s", d.ID, d.Site, d.Kind, d.Target, time.Duration(d.Every*float64(time.Second)).Round(time.Second), polledState(d), d.Model))
				}
				return s.print(cmd.OutOrStdout(), devices, lines...)
			})
		},
	}
}

func polledState(d admin.PolledDevice) string {
	switch {
	case d.Paused:
		return "paused"
	case d.Instead != "":
		return "replaced by " + d.Instead
	case d.Looked.IsZero():
		return "not looked at yet"
	}
	return cmp.Or(d.Problem, d.Outcome)
}

func removePolledCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "remove DEVICE",
		Short: "Watch a device no more and take it out of the inventory; its samples stay until they are old",
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
}

func pausePolledCommand(s *settings, verb string, paused bool) *cobra.Command {
	short, done := "Stop looking at a device for the time being", "paused"
	if !paused {
		short, done = "Look at a device again", "resumed"
	}
	return &cobra.Command{
		Use:   verb + " DEVICE",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				if err := ops.PausePolled(cmd.Context(), admin.PausePolled{ID: args[0], Paused: paused}); err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), map[string]string{done: args[0]}, done+" "+args[0])
			})
		},
	}
}

func lookAtCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "look DEVICE",
		Short: "Look at a device now, as it is asked, and print the result as JSON",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				result, err := ops.LookAt(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return printJSON(cmd.OutOrStdout(), result)
			})
		},
	}
}
