package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/collector/admin"
)

func maintenanceCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "maintenance", Short: "Add, list and end maintenance, during which nobody is told"}

	var n admin.NewWindow
	add := &cobra.Command{
		Use:   "add NAME --for 2h --thing sw-1",
		Short: "Enter maintenance; it begins now unless --from says when",
		Long: "Enter maintenance of things (and all that hangs on them), sites or rooms. Nobody is told of them until it\n" +
			"ends; what is still broken then is told then. Times are those of the collector's time zone. It is refused\n" +
			"when it overlaps an assessment.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			n.Name = args[0]
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				w, err := ops.AddMaintenance(cmd.Context(), n)
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), w, windowLine(w))
			})
		},
	}
	add.Flags().StringVar(&n.From, "from", "", "when it begins, for example \"2026-10-03 22:00\" (default: now)")
	add.Flags().StringVar(&n.To, "to", "", "when it ends")
	add.Flags().DurationVar(&n.For, "for", 0, "how long it lasts, in place of --to")
	add.Flags().StringVar(&n.RRule, "rrule", "", "how it recurs, for example \"FREQ=WEEKLY;BYDAY=SA\"")
	add.Flags().StringSliceVar(&n.Except, "except", nil, "a date on which it does not recur; may be repeated")
	add.Flags().BoolVar(&n.OnDown, "on-down", false, "it begins when something goes down between --from and --to, and lasts --for")
	add.Flags().StringSliceVar(&n.Things, "thing", nil, "ID or name of a device or another thing; may be repeated")
	add.Flags().StringSliceVar(&n.Sites, "site", nil, "a site; may be repeated")
	add.Flags().StringSliceVar(&n.Rooms, "room", nil, "a room of the one --site; may be repeated")

	list := &cobra.Command{
		Use:   "list",
		Short: "List maintenance under way and within five weeks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				windows, err := ops.Windows(cmd.Context())
				if err != nil {
					return err
				}
				var lines []string
				for _, w := range windows {
					lines = append(lines, windowLine(w))
				}
				return s.print(cmd.OutOrStdout(), windows, lines...)
			})
		},
	}
	end := &cobra.Command{
		Use:   "end ID",
		Short: "End maintenance now; one that recurs, or has not begun, is removed",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
				w, err := ops.EndMaintenance(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), w, "ended "+w.Name)
			})
		},
	}
	cmd.AddCommand(add, list, end)
	return cmd
}

func windowLine(w admin.Window) string {
	id := w.ID
	if id == "" {
		id = "in the file"
	}
	state := ""
	switch {
	case w.UnderWay:
		state = "  under way"
	case w.Again:
		state = "  recurs"
	}
	return fmt.Sprintf("%-16s %s to %s  %-30s %s%s", id, date(w.From), date(w.To), w.Name, strings.Join(w.Where, ", "), state)
}
