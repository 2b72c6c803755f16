package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unit reads a systemd unit: section → key → values.
func unit(t *testing.T, name string) map[string]map[string][]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	u := map[string]map[string][]string{}
	section := ""
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
			if u[section] != nil {
				t.Errorf("%s:%d: a second section [%s]", name, i+1, section)
			}
			u[section] = map[string][]string{}
		default:
			key, value, ok := strings.Cut(line, "=")
			if !ok || section == "" || strings.ContainsAny(key, " \t") {
				t.Errorf("%s:%d: not a setting of a section: %s", name, i+1, line)
				continue
			}
			if slices.Contains(u[section][key], value) {
				t.Errorf("%s:%d: said twice: %s", name, i+1, line)
			}
			u[section][key] = append(u[section][key], value)
		}
	}
	return u
}

func TestServiceOfTheCollector(t *testing.T) {
	name := filepath.Join(ourRoot(t), "deploy", "systemd", "budi-collector.service")
	u := unit(t, name)
	for section := range u {
		if !slices.Contains([]string{"Unit", "Service", "Install"}, section) {
			t.Errorf("a service has no section [%s]", section)
		}
	}
	service := u["Service"]
	for _, key := range []string{"ExecStart", "ExecReload", "StateDirectory", "User"} {
		if len(service[key]) != 1 {
			t.Fatalf("%s is needed, once", key)
		}
	}
	data := "--data /var/lib/" + service["StateDirectory"][0]
	for _, key := range []string{"ExecStart", "ExecReload"} {
		if !strings.Contains(service[key][0]+" ", data+" ") {
			t.Errorf("%s=%s does not name the folder of StateDirectory (%s)", key, service[key][0], data)
		}
	}
	// They hide disks: a full one would go unseen.
	for _, key := range []string{"ProtectHome", "InaccessiblePaths", "DynamicUser", "ProcSubset"} {
		if v := service[key]; v != nil {
			t.Errorf("%s=%s hides from the collector what it watches", key, v[0])
		}
	}
	if v := service["NoNewPrivileges"]; !slices.Equal(v, []string{"yes"}) {
		t.Errorf("NoNewPrivileges=%s", v)
	}
}

func TestServiceOfTheAgent(t *testing.T) {
	u := unit(t, filepath.Join(ourRoot(t), "deploy", "systemd", "budi-agent.service"))
	service := u["Service"]
	// "budi-agent install" puts another program's place here.
	if v := service["ExecStart"]; !slices.Equal(v, []string{"/usr/bin/budi-agent run"}) {
		t.Errorf("ExecStart=%s", v)
	}
	if v := service["StateDirectory"]; !slices.Equal(v, []string{"budi-agent"}) {
		t.Errorf("StateDirectory=%s is not the folder of agent.DefaultPlaces", v)
	}
	for _, key := range []string{"ProtectHome", "InaccessiblePaths", "DynamicUser", "ProcSubset", "PrivateDevices"} {
		if v := service[key]; v != nil {
			t.Errorf("%s=%s hides from the agent what it looks at", key, v[0])
		}
	}
	// It is root without a root's strength.
	for _, key := range []string{"NoNewPrivileges", "CapabilityBoundingSet", "ProtectSystem", "SystemCallFilter"} {
		if len(service[key]) == 0 {
			t.Errorf("%s is missing", key)
		}
	}
}
