package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/collector/simulate"
)

func simulateCommand() *cobra.Command {
	var mails, check bool
	cmd := &cobra.Command{
		Use:   "simulate SCENARIO.yml",
		Short: "Play what might happen, and print whom it would have been mailed to and when",
		Long: "Play what might happen in a network, in simulated time, by the same code that the collector runs, and\n" +
			"print JSON lines: each mail, each change of an incident, the availability at the end. Nothing is sent,\n" +
			"and no running collector is needed. docs/simulate.md says how a scenario is written; - reads it from the\n" +
			"standard input.\n\n" +
			"The exit code is 2 for a scenario that cannot be played, and 1 when --check finds a difference.",
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().BoolVar(&mails, "mails", false, "print the mails only, for people")
	cmd.Flags().BoolVar(&check, "check", false, "compare the mails with the section expect, and print the differences only")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		data, err := readScenario(cmd.InOrStdin(), args[0])
		if err != nil {
			return refuse(cmd, err)
		}
		scenario, err := simulate.Load(args[0], data)
		if err != nil {
			return refuse(cmd, err)
		}
		if check && !scenario.Expects() {
			return refuse(cmd, fmt.Errorf("%s has no section expect: --check has nothing to compare with", args[0]))
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
			return fmt.Errorf("%s: %d differences from what is expected", args[0], len(differences))
		}
		return nil
	}
	return cmd
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
