package demo

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/budi-monitor/budi/internal/probe"
)

//go:embed collector.yml.tmpl
var configTemplate string

// The contacts: one who is told of everything, one who is told of what is
// critical.
const (
	contactAll      = "Rasa"
	contactCritical = "Direktorė"
)

// domainTarget is the target of the check of the school's domain; empty: there is none.
func (d *Demo) domainTarget() string {
	if d.places.names == nil {
		return ""
	}
	return probe.SchemeDomain + schoolDomain
}

// writeConfig writes the collector's configuration as a keeper would. While
// computers enrol, nothing is looked at over the network: the collector's clock is
// another then, and what devices say now was not so a week ago.
func (d *Demo) writeConfig(enrolling bool) error {
	wait, interval := 30*time.Second, 15*time.Second
	if d.opts.Hurry {
		wait, interval = time.Second, time.Second
	}
	rules, alerts, err := impatient(wait, interval)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.opts.Dir, "rules.yml"), rules, 0o600); err != nil {
		return fmt.Errorf("write the rules: %w", err)
	}
	t, err := template.New("collector.yml").Parse(configTemplate)
	if err != nil {
		return fmt.Errorf("read the configuration's template: %w", err)
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{
		"Listen": d.opts.Listen, "URL": d.URL(), "Lang": d.opts.Lang, "Zone": zone, "Hurry": d.opts.Hurry, "Device": ownDevice, "Site": d.school.Sites()[0],
		"Alerts": strings.Join(alerts, ", "), "MailPort": d.places.mail.Port(),
		"ContactAll": contactAll, "ContactCritical": contactCritical,
		"Devices": d.polledDevices(), "Paused": enrolling, "Job": jobCheck,
		"Domain": d.domainTarget(),
		"Home":   d.places.home.URL("/"), "Register": d.places.register.URL("/"), "Library": d.places.library.URL("/"), "Canteen": d.places.canteen.SecureURL("/"),
	})
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if err := os.WriteFile(d.configFile(), out.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	return nil
}
