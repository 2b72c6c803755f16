package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/budi-monitor/budi/internal/collector"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/backup"
)

// passphraseVariable is the environment variable with the passphrase of backups.
const passphraseVariable = "BUDI_BACKUP_PASSPHRASE"

func backupCommand(s *settings) *cobra.Command {
	var o collector.BackupOptions
	var passphraseFile string
	var ask bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write everything into one file, while the collector runs or not",
		Long: "Write everything that the collector keeps into one file: samples, incidents, inventory, accounts,\n" +
			"silences and keys. It may be done while the collector runs. The file is checked before it gets its\n" +
			"name. - as FILE writes to standard output.\n\n" +
			"The file holds secrets. It is encrypted when there is a passphrase: in the file that\n" +
			"--passphrase-file names, in the variable " + passphraseVariable + ", or typed in with --encrypt.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File = args[0]
			if o.File == "-" {
				if f, ok := cmd.OutOrStdout().(*os.File); ok && term.IsTerminal(int(f.Fd())) {
					return errors.New("a backup is nothing to look at: send standard output to a file or a program")
				}
				o.Stream = cmd.OutOrStdout()
			}
			var err error
			if o.Passphrase, err = givenPassphrase(passphraseFile); err != nil {
				return err
			}
			if o.Passphrase == "" && ask {
				if o.Passphrase, err = askTwice(cmd, "Passphrase: "); err != nil {
					return err
				}
			}
			if o.Passphrase != "" && len(o.Passphrase) < backup.MinPassphrase {
				return fmt.Errorf("the passphrase is too short: use at least %d characters; several words are best", backup.MinPassphrase)
			}
			return s.keeper(cmd.Context(), true, func(ops admin.Ops) error {
				done, err := collector.BackupTo(cmd.Context(), ops, o)
				if err != nil {
					return err
				}
				if o.Stream != nil {
					return nil // standard output is the backup's
				}
				line := fmt.Sprintf("wrote %s: %s in %s, read again and found whole", done.File, megabytes(done.Bytes), done.Duration.Round(time.Second))
				if !done.Encrypted {
					line += "\nIt is not encrypted and holds secrets (keys, hashes of passwords): keep it where nobody else can read it."
				}
				return s.print(cmd.OutOrStdout(), done, line)
			})
		},
	}
	cmd.Flags().BoolVar(&o.Force, "force", false, "replace FILE when it is there")
	cmd.Flags().BoolVar(&ask, "encrypt", false, "ask for a passphrase and encrypt with it")
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "encrypt with the passphrase in the first line of this file")
	return cmd
}

func restoreCommand(s *settings) *cobra.Command {
	var o collector.RestoreOptions
	var passphraseFile string
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of the data folder of a collector that is stopped",
		Long: "Put a backup in the place of the data folder of a collector that is stopped. The folder must be empty\n" +
			"or not there; with --force what is in it is moved aside into a folder in it, never deleted. Everything\n" +
			"is checked before anything is put in place. --check only reads and checks.\n\n" +
			"FILE may also be a daily copy, such as budi.db.daily-2026-11-28: then only budi.db is replaced.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File, o.DataDir = args[0], s.data
			o.Passphrase = func() (string, error) {
				word, err := givenPassphrase(passphraseFile)
				if err != nil || word != "" {
					return word, err
				}
				in, ok := cmd.InOrStdin().(*os.File)
				if !ok || !term.IsTerminal(int(in.Fd())) {
					return "", fmt.Errorf("%w; name a file with --passphrase-file", backup.ErrEncrypted)
				}
				return askOnce(cmd, in, "Passphrase: ")
			}
			done, err := collector.Restore(cmd.Context(), o)
			if err != nil {
				return err
			}
			return s.print(cmd.OutOrStdout(), done, describeRestored(done, o)...)
		},
	}
	cmd.Flags().BoolVar(&o.Force, "force", false, "move aside what is in the data folder")
	cmd.Flags().BoolVar(&o.Check, "check", false, "only check the file, and change nothing")
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", "the passphrase is in the first line of this file")
	return cmd
}

func describeRestored(r collector.Restored, o collector.RestoreOptions) []string {
	what := "a copy of budi.db"
	if !r.Made.IsZero() {
		what = fmt.Sprintf("the backup of %s, made by budi-collector %s", r.Made.Local().Format("2006-01-02 15:04:05"), r.Version)
	}
	if o.Check {
		return []string{fmt.Sprintf("%s is %s: whole, %s", o.File, what, megabytes(r.Bytes))}
	}
	c := r.Counts
	lines := []string{
		fmt.Sprintf("restored %s into %s", what, o.DataDir),
		fmt.Sprintf("%d open and %d closed incidents, %d sites, %d devices, %d agents, %d accounts, %d tokens (schema version %d)",
			c.Open, c.Closed, c.Sites, c.Devices, c.Agents, c.Accounts, c.Tokens, c.Schema),
	}
	if r.Samples.Number > 0 {
		lines = append(lines, fmt.Sprintf("%d samples in %d blocks, %s to %s", r.Samples.Samples, r.Samples.Number, date(r.Samples.From), date(r.Samples.To)))
	}
	if r.Aside != "" {
		lines = append(lines, "what was there is now in "+r.Aside+"; delete that folder when nobody needs it")
	}
	return append(lines, "everybody has to log in again; look through people, tokens and agents: what was taken from them after the backup was made is theirs again")
}

func megabytes(n int64) string {
	if n < 1e6 {
		return fmt.Sprintf("%d kB", n/1000+1)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// givenPassphrase returns the passphrase in a file or in the environment;
// nothing when there is none.
func givenPassphrase(file string) (string, error) {
	if file == "" {
		return os.Getenv(passphraseVariable), nil
	}
	return backup.ReadPassphrase(file)
}

// askTwice asks for a new secret on a terminal without showing it.
func askTwice(cmd *cobra.Command, prompt string) (string, error) {
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", errors.New("there is no terminal to ask on; name a file with --passphrase-file")
	}
	first, err := askOnce(cmd, in, prompt)
	if err != nil {
		return "", err
	}
	again, err := askOnce(cmd, in, "Again: ")
	if err == nil && first != again {
		err = errors.New("the two passphrases differ")
	}
	return first, err
}

func askOnce(cmd *cobra.Command, in *os.File, prompt string) (string, error) {
	fmt.Fprint(cmd.ErrOrStderr(), prompt)
	word, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	if len(word) == 0 {
		return "", errors.New("the passphrase is empty")
	}
	return string(word), nil
}
