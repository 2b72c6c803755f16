package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/simulate"
)

func simulateCommand(settings *settings) *cobra.Command {
	var mails, check bool
	var history string
	cmd := &cobra.Command{
		Use:   "simulate SCENARIO.yml",
		Short: "Play what might happen, and print whom it would have been mailed to and when",
		Long: "Play what might happen in a network, in simulated time, by the same code that the collector runs, and\n" +
			"print JSON lines: each mail, each change of an incident, the availability at the end. Nothing is sent,\n" +
			"and no running collector is needed. docs/simulate.md says how a scenario is written; - reads it from the\n" +
			"standard input.\n\n" +
			"The exit code is 2 for a scenario that cannot be played, and 1 when --check finds a difference.",
		Args: func(cmd *cobra.Command, args []string) error {
			if history != "" {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
	}
	cmd.Flags().StringVar(&history, "from-history", "", "instead of a scenario: a span of the running collector's own past (2026-11-01..2026-11-15), played with what it knows today of things, calendar and contacts")
	cmd.Flags().BoolVar(&mails, "mails", false, "print the mails only, for people")
	cmd.Flags().BoolVar(&check, "check", false, "compare the mails with the section expect, and print the differences only")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		scenario, err := scenarioOf(cmd, settings, history, args)
		if err != nil {
			return refuse(cmd, err)
		}
		name := history
		if len(args) > 0 {
			name = args[0]
		}
		if check && !scenario.Expects() {
			return refuse(cmd, fmt.Errorf("%s has no section expect: --check has nothing to compare with", name))
		}
		out := bufio.NewWriter(cmd.OutOrStdout())
		var got []simulate.MailLine
		lines := json.NewEncoder(out)
		lines.SetEscapeHTML(false)
		var failed error
		err = simulate.Run(cmd.Context(), scenario, func(line any) {
			if m, isMail := line.(simulate.MailLine); isMail {
				got = append(got, m)
			}
			if !mails && !check && failed == nil {
				failed = lines.Encode(line)
			}
		})
		if err != nil {
			return err
		}
		if failed != nil {
			return fmt.Errorf("print the lines: %w", failed)
		}
		if mails {
			simulate.WriteTable(out, got)
		}
		var differences []string
		if check {
			differences = scenario.Check(got)
			for _, d := range differences {
				fmt.Fprintln(out, d)
			}
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("print the result: %w", err)
		}
		if len(differences) > 0 {
			return fmt.Errorf("%s: %d differences from what is expected", name, len(differences))
		}
		return nil
	}
	return cmd
}

// scenarioOf reads a scenario, or asks the running collector for its past.
func scenarioOf(cmd *cobra.Command, s *settings, history string, args []string) (*simulate.Scenario, error) {
	if history == "" {
		data, err := readScenario(cmd.InOrStdin(), args[0])
		if err != nil {
			return nil, err
		}
		return simulate.Load(args[0], data)
	}
	from, to, err := simulate.ParsePast(history, time.Local, time.Now())
	if err != nil {
		return nil, fmt.Errorf("--from-history %w", err)
	}
	var past simulate.History
	err = s.keeper(cmd.Context(), false, func(ops admin.Ops) error {
		data, err := ops.History(cmd.Context(), admin.TimeSpan{From: from, To: to})
		if err != nil {
			return err
		}
		return json.Unmarshal(data, &past)
	})
	if err != nil {
		return nil, err
	}
	return past.Scenario()
}

// refuse says what is wrong with a scenario and ends with the status of a bad
// file.
func refuse(cmd *cobra.Command, err error) error {
	fmt.Fprintln(cmd.ErrOrStderr(), err)
	return toldError{2}
}

// readScenario reads a scenario's file, or the standard input for "-".
func readScenario(in io.Reader, name string) ([]byte, error) {
	if name == "-" {
		data, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("read the scenario: %w", err)
		}
		return data, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the scenario: %w", err)
	}
	return data, nil
}
