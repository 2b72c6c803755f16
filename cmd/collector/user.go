package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/i18n"
)

func userCommand(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "user", Short: "Add, change and remove people who may log in"}
	cmd.AddCommand(userAddCommand(s), userListCommand(s), userEditCommand(s),
		userTurnCommand(s, "disable", "Keep a person out at once; the account stays", true),
		userTurnCommand(s, "enable", "Let a person in again", false),
		userRemoveCommand(s), userPasswordCommand(s), userInviteCommand(s), userSessionsCommand(s))
	return cmd
}

func userAddCommand(s *settings) *cobra.Command {
	var u admin.NewUser
	var byLink bool
	add := &cobra.Command{
		Use:   "add LOGIN",
		Short: "Add a person; the password is asked for, or read from standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := sitesNamed(cmd, u.Sites); err != nil {
				return err
			}
			u.Login = args[0]
			if !byLink {
				password, err := readPassword(cmd)
				if err != nil {
					return err
				}
				u.Password = password
			}
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				if err := ops.AddUser(cmd.Context(), u); err != nil {
					return err
				}
				if byLink {
					return s.invite(cmd, ops, u.Login)
				}
				return s.print(cmd.OutOrStdout(), map[string]string{"added": u.Login}, "added "+u.Login)
			})
		},
	}
	add.Flags().StringVar(&u.Name, "name", "", "the person's name")
	add.Flags().StringVar(&u.Role, "role", "viewer", "what they may do: viewer, books, operator or administrator")
	add.Flags().StringSliceVar(&u.Sites, "site", nil, "a site that they see; may be repeated; none means all")
	add.Flags().StringVar(&u.Language, "language", string(i18n.English), "language of the pages: en or lt")
	add.Flags().BoolVar(&byLink, "link", false, "ask for no password: print a link with which the person chooses one")
	return add
}

func userListCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the people who may log in",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				users, err := ops.Users(cmd.Context())
				if err != nil {
					return err
				}
				var lines []string
				for _, u := range users {
					lines = append(lines, describeUser(u))
				}
				return s.print(cmd.OutOrStdout(), users, lines...)
			})
		},
	}
}

func describeUser(u admin.User) string {
	sites := "all sites"
	if len(u.Sites) > 0 {
		sites = strings.Join(u.Sites, ",")
	}
	line := fmt.Sprintf("%-30s %-14s %-20s %s  last log-in %s", u.Login, u.Role, sites, u.Name, date(u.LastLogin))
	if u.Disabled {
		line += "  disabled"
	}
	if u.Provider != "" {
		line += "  from " + u.Provider
	}
	return line
}

func userEditCommand(s *settings) *cobra.Command {
	var name, role, language string
	var sites []string
	var allSites bool
	edit := &cobra.Command{
		Use:   "edit LOGIN",
		Short: "Change a person's name, role, sites or language; it holds at once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := sitesNamed(cmd, sites); err != nil {
				return err
			}
			change := admin.UserChange{Login: args[0]}
			for flag, set := range map[string]func(){
				"name": func() { change.Name = &name }, "role": func() { change.Role = &role }, "language": func() { change.Language = &language },
				"site": func() { change.Sites = &sites }, "all-sites": func() { change.Sites = &[]string{} },
			} {
				if cmd.Flags().Changed(flag) {
					set()
				}
			}
			return s.editUser(cmd, change)
		},
	}
	edit.Flags().StringVar(&name, "name", "", "the person's name")
	edit.Flags().StringVar(&role, "role", "", "what they may do: viewer, books, operator or administrator")
	edit.Flags().StringVar(&language, "language", "", "language of the pages: en or lt")
	edit.Flags().StringSliceVar(&sites, "site", nil, "a site that they see, in place of those until now; may be repeated")
	edit.Flags().BoolVar(&allSites, "all-sites", false, "let them see every site")
	edit.MarkFlagsMutuallyExclusive("site", "all-sites")
	edit.MarkFlagsOneRequired("name", "role", "language", "site", "all-sites")
	return edit
}

func (s *settings) editUser(cmd *cobra.Command, change admin.UserChange) error {
	return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
		u, err := ops.EditUser(cmd.Context(), change)
		if err != nil {
			return err
		}
		return s.print(cmd.OutOrStdout(), u, describeUser(u))
	})
}

func userTurnCommand(s *settings, use, short string, disabled bool) *cobra.Command {
	return &cobra.Command{
		Use:   use + " LOGIN",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.editUser(cmd, admin.UserChange{Login: args[0], Disabled: &disabled})
		},
	}
}

func userRemoveCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "remove LOGIN",
		Short: "Remove a person's account for ever",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				if err := ops.RemoveUser(cmd.Context(), args[0]); err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), map[string]string{"removed": args[0]}, "removed "+args[0])
			})
		},
	}
}

func userPasswordCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "password LOGIN",
		Short: "Set a person's password and end their sessions; it is asked for, or read from standard input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := readPassword(cmd)
			if err != nil {
				return err
			}
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				if err := ops.SetPassword(cmd.Context(), admin.NewPassword{Login: args[0], Password: password}); err != nil {
					return err
				}
				return s.print(cmd.OutOrStdout(), map[string]string{"changed": args[0]}, "changed the password of "+args[0])
			})
		},
	}
}

func userInviteCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "link LOGIN",
		Short: "Print a link with which a person chooses a new password, once, within three days",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error { return s.invite(cmd, ops, args[0]) })
		},
	}
}

func (s *settings) invite(cmd *cobra.Command, ops admin.Ops, login string) error {
	invitation, err := ops.InviteUser(cmd.Context(), login)
	if err != nil {
		return err
	}
	return s.print(cmd.OutOrStdout(), invitation, invitation.Link)
}

func userSessionsCommand(s *settings) *cobra.Command {
	end := admin.SessionEnd{}
	var endAll bool
	sessions := &cobra.Command{
		Use:   "sessions LOGIN",
		Short: "List where a person is logged in, or end that",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				if end.ID != "" || endAll {
					end.Login = args[0]
					if err := ops.EndSessions(cmd.Context(), end); err != nil {
						return err
					}
					return s.print(cmd.OutOrStdout(), map[string]string{"ended": args[0]}, "ended")
				}
				list, err := ops.Sessions(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				var lines []string
				for _, one := range list {
					lines = append(lines, fmt.Sprintf("%s  %-24s %-20s since %s  last seen %s", one.ID, one.Browser, one.Address, date(one.Created), date(one.Seen)))
				}
				if len(lines) == 0 {
					lines = []string{"no sessions"}
				}
				return s.print(cmd.OutOrStdout(), list, lines...)
			})
		},
	}
	sessions.Flags().StringVar(&end.ID, "end", "", "end the session with this ID")
	sessions.Flags().BoolVar(&endAll, "end-all", false, "end all of them")
	sessions.MarkFlagsMutuallyExclusive("end", "end-all")
	return sessions
}

// sitesNamed refuses --site without a name in it, as a script with an empty
// variable writes it: no site means all.
func sitesNamed(cmd *cobra.Command, sites []string) error {
	if cmd.Flags().Changed("site") && (len(sites) == 0 || slices.Contains(sites, "")) {
		return errors.New("--site names no site; without it all sites are meant")
	}
	return nil
}

// readPassword asks for a password twice on a terminal, and reads one line
// otherwise.
func readPassword(cmd *cobra.Command) (string, error) {
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			return line, nil
		}
		return "", fmt.Errorf("read the password from standard input: %w", errors.Join(err, errors.New("it is empty")))
	}
	var words [2]string
	for i, prompt := range []string{"Password: ", "Again: "} {
		fmt.Fprint(cmd.ErrOrStderr(), prompt)
		word, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		words[i] = string(word)
	}
	if words[0] != words[1] {
		return "", errors.New("the two passwords differ")
	}
	return words[0], nil
}
