package collector

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/device"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// maxPolled bounds the devices of the file and the console together.
const maxPolled = settings.MaxPolled

// maxSecretFile bounds a file that holds a secret, in bytes.
const maxSecretFile = 10 << 10

// validateDevices checks what the file says of devices that are looked at over
// the network, and reads the secrets that are in files of their own.
func (c *Config) validateDevices(r *strictyaml.Report) {
	if len(c.Credentials) > settings.MaxCredentials {
		r.Bad("credentials", len(c.Credentials), fmt.Sprintf("at most %d can be told apart", settings.MaxCredentials))
		return
	}
	if len(c.Devices) > maxPolled {
		r.Bad("devices", len(c.Devices), fmt.Sprintf("at most %d devices can be looked at by one collector", maxPolled))
		return
	}
	names := map[string]int{}
	for i := range c.Credentials {
		one, at := &c.Credentials[i], r.At("credentials").Index(i)
		readAccess(&one.Access, c.dir, at)
		one.Validate(at)
		if first, twice := names[one.Name]; twice {
			at.Bad("name", one.Name, fmt.Sprintf("credentials[%d] has this name already; each needs its own", first))
		} else {
			names[one.Name] = i
		}
	}
	ids, targets := map[string]int{}, map[string]int{}
	for i := range c.Devices {
		d, at := &c.Devices[i], r.At("devices").Index(i)
		readAccess(&d.Access, c.dir, at)
		d.Validate(at)
		if first, twice := ids[d.ID]; twice {
			at.Bad("id", d.ID, fmt.Sprintf("devices[%d] has this ID already; each needs its own", first))
		} else {
			ids[d.ID] = i
		}
		if t, err := device.ParseTarget(d.Target); err == nil && d.Target != "" {
			if first, twice := targets[t.String()]; twice {
				at.Bad("target", t.String(), fmt.Sprintf("devices[%d] has this target already", first))
			} else {
				targets[t.String()] = i
			}
		}
		if _, known := names[d.Credentials]; d.Credentials != "" && !known {
			at.Bad("credentials", d.Credentials, "nothing in the list credentials has this name")
		}
	}
}

// readAccess reads the secrets that are in files of their own; relative names
// begin at dir. What cannot be read is told.
func readAccess(a *settings.Access, dir string, r *strictyaml.Report) {
	for _, f := range []struct {
		section, field string
		file           string
		into           *secret.String
	}{
		{"snmp", "community", a.SNMP.CommunityFile, &a.SNMP.Community}, {"snmp", "auth_key", a.SNMP.AuthKeyFile, &a.SNMP.AuthKey},
		{"snmp", "priv_key", a.SNMP.PrivKeyFile, &a.SNMP.PrivKey}, {"pjlink", "password", a.PJLink.PasswordFile, &a.PJLink.Password},
	} {
		at, field := r.At(f.section), f.field+"_file"
		switch {
		case f.file == "":
		case !f.into.IsZero():
			at.Bad(field, f.file, "there is "+f.field+" too: keep one of them")
		default:
			path := f.file
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			value, err := readSecret(path)
			if err != nil {
				at.Bad(field, f.file, err.Error())
				continue
			}
			*f.into = value
		}
	}
	a.SNMP.CommunityFile, a.SNMP.AuthKeyFile, a.SNMP.PrivKeyFile, a.PJLink.PasswordFile = "", "", "", ""
}

// readSecret reads a file that holds a secret alone. The newline that editors
// leave at the end does not count.
func readSecret(path string) (secret.String, error) {
	info, err := os.Stat(path)
	if err != nil {
		return secret.String{}, fmt.Errorf("read the secret: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecretFile {
		return secret.String{}, fmt.Errorf("read the secret: %s is no file of at most %d bytes", path, maxSecretFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return secret.String{}, fmt.Errorf("read the secret: %w", err)
	}
	value := strings.TrimRight(string(text), "\r\n")
	if value == "" {
		return secret.String{}, fmt.Errorf("read the secret: %s is empty", path)
	}
	return secret.New(value), nil
}

// addCredentials lays the console's credentials beside those of the file.
func (c *Config) addCredentials(all []settings.Credential) {
	for _, one := range all {
		if c.declaresCredential(one.Name) {
			continue
		}
		problems := one.Problems()
		if len(c.Credentials) >= settings.MaxCredentials {
			problems = append(problems, settings.New("name", settings.CodeCredentialsFull, "Max", settings.MaxCredentials))
		}
		if len(problems) > 0 {
			c.leftOut = append(c.leftOut, LeftOut{leftOutCredential, one.Name, problems})
			continue
		}
		c.Credentials = append(c.Credentials, one)
	}
}

// addDevices lays the console's devices beside those of the file.
func (c *Config) addDevices(all []settings.Device) {
	declared := map[string]bool{}
	for _, d := range c.Devices {
		declared[d.ID] = true
	}
	for _, d := range all {
		if declared[d.ID] || !d.Removed.IsZero() {
			continue
		}
		problems := d.Problems()
		if len(c.Devices) >= maxPolled {
			problems = append(problems, settings.New("id", settings.CodeDevicesFull, "Max", maxPolled))
		}
		if d.Credentials != "" {
			if _, ok := c.Credential(d.Credentials); !ok {
				problems = append(problems, settings.New("credentials", settings.CodeCredential, "Name", d.Credentials))
			}
		}
		if len(problems) > 0 {
			c.leftOut = append(c.leftOut, LeftOut{leftOutDevice, d.ID, problems})
			continue
		}
		c.Devices = append(c.Devices, d)
	}
}

// Polled finds a device of the file or the console that is looked at over the
// network.
func (c *Config) Polled(id string) (settings.Device, bool) {
	i := slices.IndexFunc(c.Devices, func(d settings.Device) bool { return d.ID == id })
	if i < 0 {
		return settings.Device{}, false
	}
	return c.Devices[i], true
}

// Credential finds a credential of the file or the console.
func (c *Config) Credential(name string) (settings.Credential, bool) {
	i := slices.IndexFunc(c.Credentials, func(one settings.Credential) bool { return one.Name == name })
	if i < 0 {
		return settings.Credential{}, false
	}
	return c.Credentials[i], true
}

func (c *Config) declaresCredential(name string) bool {
	return slices.ContainsFunc(c.Credentials[:c.ownCredentials], func(one settings.Credential) bool { return one.Name == name })
}

// declaresPolled reports whether a device is the file's.
func (c *Config) declaresPolled(id string) bool {
	return slices.ContainsFunc(c.Devices[:c.ownDevices], func(d settings.Device) bool { return d.ID == id })
}

// polledSite is the site of a device.
func (c *Config) polledSite(d settings.Device) string { return cmp.Or(d.Site, c.Site.ID) }

// whereabouts is a device with the target at which it is, and whether it is
// anywhere: another one may answer in its place.
func (c *Config) whereabouts(d settings.Device) (settings.Device, bool) {
	away, ok := c.away(d)
	if !ok {
		return d, true
	}
	if away.Target == "" {
		return d, false
	}
	d.Target = away.Target
	return d, true
}

// away is what was found out of where a device is, unless somebody has said
// another target since.
func (c *Config) away(d settings.Device) (settings.Away, bool) {
	a, ok := c.stored.Away[d.ID]
	return a, ok && a.Said == saidTarget(d)
}

// saidTarget is a device's target in the one form that is compared and stored:
// without secrets.
func saidTarget(d settings.Device) string {
	t, err := device.ParseTarget(d.Target)
	if err != nil {
		return d.Target
	}
	return t.String()
}
