package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/snmp"
)

// snmpFlags are what a device wants to know before it answers by SNMP. Secrets
// come from files or from the target: other users of the computer see the flags
// of a running program.
type snmpFlags struct {
	version, user, auth, priv, context string
	communityFile, authFile, privFile  string
}

// add adds the flags to a command.
func (f *snmpFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.version, "snmp-version", "", "1, 2c or 3; 2c unless there is a user")
	flags.StringVar(&f.communityFile, "snmp-community-file", "", "file with the community of versions 1 and 2c; public without it")
	flags.StringVar(&f.user, "snmp-user", "", "user of version 3")
	flags.StringVar(&f.auth, "snmp-auth", "", "authentication of version 3: MD5, SHA, SHA224, SHA256, SHA384 or SHA512; SHA when there is a file with its passphrase")
	flags.StringVar(&f.authFile, "snmp-auth-file", "", "file with the passphrase of the authentication")
	flags.StringVar(&f.priv, "snmp-priv", "", "privacy of version 3: DES, AES, AES192, AES256, AES192C or AES256C; AES when there is a file with its passphrase")
	flags.StringVar(&f.privFile, "snmp-priv-file", "", "file with the passphrase of the privacy")
	flags.StringVar(&f.context, "snmp-context", "", "context of version 3")
}

// given reports whether any of the flags was set.
func (f *snmpFlags) given() bool { return *f != snmpFlags{} }

// lay lays what the flags say over what the target says.
func (f *snmpFlags) lay(c *snmp.Credentials) error {
	if f.version != "" {
		c.Version = snmp.Version(strings.TrimPrefix(f.version, "v"))
	}
	if c.Version == "" && f.user != "" {
		c.Version = snmp.V3
	}
	c.User, c.Auth, c.Priv, c.Context = f.user, strings.ToUpper(f.auth), strings.ToUpper(f.priv), f.context
	for _, file := range []struct {
		name string
		into *secret.String
	}{{f.communityFile, &c.Community}, {f.authFile, &c.AuthKey}, {f.privFile, &c.PrivKey}} {
		if file.name == "" {
			continue
		}
		var err error
		if *file.into, err = secretFile(file.name); err != nil {
			return fmt.Errorf("read a secret of SNMP: %w", err)
		}
	}
	if c.Auth == "" && !c.AuthKey.IsZero() {
		c.Auth = "SHA"
	}
	if c.Priv == "" && !c.PrivKey.IsZero() {
		c.Priv = "AES"
	}
	switch {
	case c.Version == snmp.V3 && c.User == "":
		return errors.New("version 3 needs --snmp-user")
	case c.Version != snmp.V3 && c.User != "":
		return errors.New("--snmp-user is of version 3: leave out --snmp-version or write 3")
	}
	return c.Validate()
}

// secretFile reads a secret from a file, without the end of its line.
func secretFile(name string) (secret.String, error) {
	f, err := os.Open(name)
	if err != nil {
		return secret.String{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecretFile))
	return secret.New(strings.TrimRight(string(text), "\r\n")), err
}

// maxSecretFile bounds what is read of a file with a secret, in bytes.
const maxSecretFile = 10 << 10
