package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/buildinfo"
)

// defaultConfig is read when it is there and --config names no other file.
const defaultConfig = "configs/collector.yml"

// defaultData is the data folder when --data names no other.
const defaultData = "budi-data"

// settings are the flags that several commands share.
type settings struct {
	data   string
	config string
	json   bool
}

// configFile is the configuration to read; empty means that there is none.
func (s *settings) configFile() string {
	if s.config != "" {
		return s.config
	}
	if info, err := os.Stat(defaultConfig); err == nil && info.Mode().IsRegular() {
		return defaultConfig
	}
	return ""
}

func newCommand() *cobra.Command {
	var s settings
	serve := serveCommand(&s)
	root := &cobra.Command{
		Use:   "budi-collector",
		Short: "Watch computers, websites and services, and mail what is wrong",
		Long: "Watch computers, websites and services, and mail what is wrong.\n\n" +
			"Without a command the collector starts (the same as serve). A newcomer needs nothing else:\n" +
			"it keeps its data in ./" + defaultData + ", prints a link that creates the administrator,\n" +
			"and reads " + defaultConfig + " if that file is there.",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          serve.RunE,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&s.data, "data", defaultData, "folder of the collector's data")
	root.PersistentFlags().StringVar(&s.config, "config", "", "configuration file (default "+defaultConfig+", if it is there)")
	root.PersistentFlags().BoolVar(&s.json, "json", false, "print JSON")
	root.Flags().AddFlagSet(serve.Flags())
	root.AddCommand(serve, checkConfigCommand(&s), lookCommand(), compareCommand(), tokenCommand(&s), userCommand(&s), mailCommand(&s),
		incidentsCommand(&s), enrolTokenCommand(&s), agentsCommand(&s), devicesCommand(&s), deviceCommand(&s), maintenanceCommand(&s), reloadCommand(&s), statusCommand(&s), backupCommand(&s), restoreCommand(&s), versionCommand(&s), demoCommand(), simulateCommand(&s))
	return root
}

func versionCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print which build this is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := buildinfo.Get()
			return s.print(cmd.OutOrStdout(), b, fmt.Sprintf("budi-collector %s %s (%s, %s/%s)", b.Version, b.Revision, b.GoVersion, b.OS, b.Arch))
		},
	}
}

// print writes v as JSON when that was asked for, and else the lines.
func (s *settings) print(w io.Writer, v any, lines ...string) error {
	if s.json {
		return printJSON(w, v)
	}
	if len(lines) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}
