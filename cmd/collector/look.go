package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/device/all"
	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

func lookCommand() *cobra.Command {
	var timeout time.Duration
	var credentials snmpFlags
	var passwordFile, checkFile string
	var full bool
	var selectors []string
	var crawling crawlFlags
	cmd := &cobra.Command{
		Use:   "look TARGET",
		Short: "Look once and print the result as JSON",
		Long: "Look once at http://…, https://…, tcp://host:port, tls://host:port, icmp://host,\n" +
			"dns://server/name, at a device (snmp://host, snmp://host:port?community=public,\n" +
			"pjlink://host), at all of a website (crawl:https://host), at a domain\n" +
			"(domain:example.lt), or at this computer (host), and print the result as JSON.\n" +
			"The exit status is 0 when the outcome is ok, 1 when the target cannot be read, 2 when\n" +
			"the outcome is another one.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var f look.Func
			var within time.Duration
			var err error
			if strings.HasPrefix(args[0], schemeCrawl) && checkFile == "" {
				f, within, err = lookCrawl(args[0], crawling, cmd)
			} else if t, wrong := probe.ParseTarget(args[0]); wrong == nil && t.Kind == probe.KindDomain {
				f, within, err = lookDomain(args[0], selectors)
			} else if f, within, err = lookFunc(args[0], timeout, &credentials, passwordFile, checkFile, cmd); err == nil && full {
				f, within, err = lookFull(args[0], f, within)
			}
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), within)
			defer cancel()
			r := f(ctx)
			if err := printJSON(cmd.OutOrStdout(), r); err != nil {
				return err
			}
			if r.Outcome != look.OK {
				return toldError{2}
			}
			return nil
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 0, fmt.Sprintf("how long the look may take; 0: %s, %s at a device", probe.DefaultTimeout, deviceTimeout))
	credentials.add(cmd)
	crawling.add(cmd)
	cmd.Flags().BoolVar(&full, "full", false, "of a website: look also how safely it is set up and what stands on the page")
	cmd.Flags().StringVar(&checkFile, "check", "", "YAML file with what a check of the configuration file says of the target: http, dns")
	cmd.Flags().StringSliceVar(&selectors, "dkim-selector", nil, "of domain:…: look at this key of DKIM too; may be given several times")
	cmd.Flags().StringVar(&passwordFile, "pjlink-password-file", "", "file with the password of a projector")
	return cmd
}

// deviceTimeout is for a first look, which reads everything, at a device that may
// have to wake.
const deviceTimeout = time.Minute

// lookFunc makes the look at a target and says how long it may take.
func lookFunc(target string, timeout time.Duration, credentials *snmpFlags, passwordFile, checkFile string, cmd *cobra.Command) (look.Func, time.Duration, error) {
	scheme, _, _ := strings.Cut(target, "://")
	scheme = strings.ToLower(scheme)
	spec := probe.Spec{Target: target}
	if checkFile != "" {
		if err := readCheckFile(checkFile, &spec); err != nil {
			return nil, 0, err
		}
	}
	if scheme == device.SchemeSNMP || scheme == device.SchemePJLink {
		t, err := deviceTarget(target, credentials, passwordFile)
		return device.New(all.New().Options(t)).Look, cmp.Or(timeout, deviceTimeout), err
	}
	if credentials.given() || passwordFile != "" {
		return nil, 0, fmt.Errorf("the flags of SNMP and PJLink are for snmp://… and pjlink://…")
	}
	timeout = cmp.Or(timeout, probe.DefaultTimeout)
	if target == "host" {
		logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
		return host.New(host.Options{Logger: logger, Profile: host.Full}).Look, timeout + 5*time.Second, nil
	}
	if spec.Timeout == 0 || cmd.Flags().Changed("timeout") {
		spec.Timeout = timeout
	}
	p, err := probe.New(spec, probe.Options{})
	if err != nil {
		return nil, 0, err
	}
	return p.Look, spec.Timeout + 5*time.Second, nil
}

// readCheckFile reads what a check says of spec's target.
func readCheckFile(name string, spec *probe.Spec) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read the check: %w", err)
	}
	target := spec.Target
	return strictyaml.Decode(name, text, spec, func(r *strictyaml.Report) {
		spec.Target = target // whatever the file says
		spec.Validate(r)
	})
}

// deviceTarget is the target of a device with what the flags say.
func deviceTarget(target string, credentials *snmpFlags, passwordFile string) (device.Target, error) {
	t, err := device.ParseTarget(target)
	if err != nil {
		return t, err
	}
	if t.Scheme != device.SchemePJLink {
		if err := credentials.lay(&t.SNMP); err != nil {
			return t, err
		}
	} else if credentials.given() {
		return t, fmt.Errorf("the flags of SNMP are not for pjlink://…")
	}
	if passwordFile != "" {
		if t.PJLink, err = secretFile(passwordFile); err != nil {
			return t, fmt.Errorf("read the password of PJLink: %w", err)
		}
	}
	return t, nil
}
