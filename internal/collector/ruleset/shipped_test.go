package ruleset_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// shippedBench runs the shipped rules, each minute on the minute.
func shippedBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, "")
	if err := b.set.Load(shippedFiles(t)); err != nil {
		t.Fatal(err)
	}
	return b
}

// run goes on for so long with these series, "name{labels} value" each, and
// asks each minute about an alert, as an open incident does. It returns what
// was answered last.
func (b *bench) run(d time.Duration, alert []string, series ...string) (active, cleared bool) {
	b.t.Helper()
	step := time.Minute
	if d > 24*time.Hour {
		step = 4 * time.Minute
	}
	for end := b.now.Add(d); b.now.Before(end); {
		b.advance(step)
		b.write(0, series...)
		b.set.Eval(b.t.Context(), b.now)
		active, cleared = b.asked(alert)
	}
	return active, cleared
}

func (b *bench) asked(alert []string) (active, cleared bool) {
	ls := map[string]string{}
	for i := 1; i < len(alert); i += 2 {
		ls[alert[i]] = alert[i+1]
	}
	for _, a := range b.set.Alerts() {
		same := a.Rule == alert[0]
		for name, value := range ls {
			same = same && a.Labels[name] == value
		}
		active = active || same
	}
	return active, b.set.Cleared(b.t.Context(), alert[0], ls)
}

// TestIncidentsOfShippedRulesEndWhenTheFaultIsMended: each alert begins under
// the first series, and there is evidence of its end under the second ones.
func TestIncidentsOfShippedRulesEndWhenTheFaultIsMended(t *testing.T) {
	const device = `{site="s", device="d", job="host"}`
	info := func(class string) string {
		return `budi_device_info{site="s", device="d", job="fleet", class="` + class + `"} 1`
	}
	disk := func(used, free string) []string {
		return []string{
			`system_filesystem_utilization_ratio{site="s", device="d", job="host", system_filesystem_mountpoint="C:", system_filesystem_mode="rw", system_filesystem_state="used"} ` + used,
			`system_filesystem_usage_bytes{site="s", device="d", job="host", system_filesystem_mountpoint="C:", system_filesystem_mode="rw", system_filesystem_state="free"} ` + free,
		}
	}
	onDisk := []string{"DiskNearlyFull", "site", "s", "device", "d", "system_filesystem_mountpoint", "C:"}
	failing := []string{"DiskFailing", "site", "s", "device", "d", "system_device", "sda"}
	for name, tc := range map[string]struct {
		alert        []string
		fault, after []string
	}{
		"a server's disk is emptied": {onDisk, append(disk("0.98", "1e9"), info("server")), append(disk("0.5", "9e11"), info("server"))},
		"a workstation's disk is emptied": {
			onDisk, append(disk("0.98", "1e9"), info("workstation")), append(disk("0.5", "9e11"), info("workstation"))},
		"a server's disk is replaced in its array": {
			failing, []string{info("server"), `budi_host_disk_healthy{site="s", device="d", job="host", system_device="sda"} 0`},
			[]string{info("server"), `budi_host_disk_healthy{site="s", device="d", job="host", system_device="sda"} 1`}},
		"a workstation's disk was not so bad": {
			failing, []string{info("workstation"), `budi_host_disk_healthy{site="s", device="d", job="host", system_device="sda"} 0`},
			[]string{info("workstation"), `budi_host_disk_healthy{site="s", device="d", job="host", system_device="sda"} 1`}},
		"a server has memory again": {
			[]string{"MemoryExhausted", "site", "s", "device", "d"},
			[]string{info("server"), `system_memory_utilization_ratio{site="s", device="d", job="host", system_memory_state="used"} 0.99`},
			[]string{info("server"), `system_memory_utilization_ratio{site="s", device="d", job="host", system_memory_state="used"} 0.5`}},
		"a server's disk is a little emptier": {onDisk, append(disk("0.92", "1e9"), info("server")), append(disk("0.84", "9e9"), info("server"))},
		"a server is heard again": {
			[]string{"ServerSilent", "site", "s", "device", "d", "job", "fleet"},
			[]string{info("server"), `budi_agent_up{site="s", device="d", job="fleet"} 0`},
			[]string{info("server"), `budi_agent_up{site="s", device="d", job="fleet"} 1`}},
		"a clone went away": {
			[]string{"CollectorTrouble", "site", "s", "device", "d", "trouble", "clone", "address", "10.0.0.5", "other_address", "10.0.0.9"},
			[]string{`budi_agent_cloned{site="s", device="d", job="fleet", address="10.0.0.5", other_address="10.0.0.9"} 1`},
			[]string{`budi_agent_cloned{site="s", device="d", job="fleet", address="10.0.0.5", other_address="10.0.0.9"} _`, `budi_agent_cloned{site="s", device="d", job="fleet"} 0`}},
		"an antivirus program is switched on": {
			[]string{"AntivirusOff", "site", "s"}, []string{`budi_host_antivirus_enabled` + device + ` 0`}, []string{`budi_host_antivirus_enabled` + device + ` 1`}},
		"a computer is updated": {
			[]string{"UpdateOverdue", "site", "s"}, []string{`budi_host_update_age_seconds` + device + ` 6000000`}, []string{`budi_host_update_age_seconds` + device + ` 10`}},
		"a computer is started anew": {
			[]string{"RestartPending", "site", "s"}, []string{`budi_host_restart_pending_seconds` + device + ` 1300000`}, []string{`budi_host_restart_pending_seconds` + device + ` 0`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := shippedBench(t)
			if active, cleared := b.run(20*time.Minute, tc.alert, tc.fault...); !active || cleared {
				t.Fatalf("under the fault the alert is active: %t, and over: %t", active, cleared)
			}
			if active, cleared := b.run(35*time.Minute, tc.alert, tc.after...); active || !cleared {
				t.Errorf("when it is mended the alert is active: %t, and over: %t", active, cleared)
			}
		})
	}
}

// TestAComputerThatIsOffIsNotAComputerThatWasMended: the one computer at fault
// is switched off for longer than any school holiday begins with; another one
// stays on. Nobody knows anything new.
func TestAComputerThatIsOffIsNotAComputerThatWasMended(t *testing.T) {
	for rule, samples := range map[string][2]string{
		"AntivirusOff":   {`budi_host_antivirus_enabled{site="s", device="%", job="host"} 0`, `budi_host_antivirus_enabled{site="s", device="%", job="host"} 1`},
		"UpdateOverdue":  {`budi_host_update_age_seconds{site="s", device="%", job="host"} 6000000`, `budi_host_update_age_seconds{site="s", device="%", job="host"} 0`},
		"RestartPending": {`budi_host_restart_pending_seconds{site="s", device="%", job="host"} 1300000`, `budi_host_restart_pending_seconds{site="s", device="%", job="host"} 0`},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			b := shippedBench(t)
			alert := []string{rule, "site", "s"}
			on := []string{
				strings.Replace(samples[1], "%", "server", 1), `budi_device_info{site="s", device="server", job="fleet", class="server"} 1`,
				`budi_device_info{site="s", device="pc", job="fleet", class="workstation"} 1`,
				`budi_agent_last_seen_timestamp_seconds{site="s", device="pc", job="fleet"} ` + fmt.Sprint(b.now.Unix()),
			}
			if active, _ := b.run(2*time.Hour, alert, append(on, strings.Replace(samples[0], "%", "pc", 1))...); !active {
				t.Fatal("there is no alert under the fault")
			}
			if active, cleared := b.run(5*24*time.Hour, alert, on...); !active || cleared {
				t.Errorf("after five days without the computer the alert is active: %t, and over: %t", active, cleared)
			}
			// It is revoked: its series end, and nothing is carried on.
			on[3] = strings.Replace(on[3], fmt.Sprint(noon.Unix()), "_", 1)
			if active, cleared := b.run(time.Hour, alert, on...); active || !cleared {
				t.Errorf("without its agent the alert is active: %t, and over: %t", active, cleared)
			}
		})
	}
}

// TestNearALimitNothingComesAndGoes: what fired stays while it is not clearly
// below its limit, and what did not fire does not begin there.
func TestNearALimitNothingComesAndGoes(t *testing.T) {
	const info = `budi_device_info{site="s", device="d", job="fleet", class="server"} 1`
	memory := func(used string) string {
		return `system_memory_utilization_ratio{site="s", device="d", job="host", system_memory_state="used"} ` + used
	}
	alert := []string{"MemoryExhausted", "site", "s", "device", "d"}
	b := shippedBench(t)
	if active, _ := b.run(30*time.Minute, alert, info, memory("0.93")); active {
		t.Error("it began below its limit")
	}
	if active, _ := b.run(30*time.Minute, alert, info, memory("0.97")); !active {
		t.Error("it did not begin")
	}
	if active, cleared := b.run(30*time.Minute, alert, info, memory("0.93")); !active || cleared {
		t.Errorf("a little below its limit it is active: %t, and over: %t", active, cleared)
	}
	if active, cleared := b.run(10*time.Minute, alert, info, memory("0.88")); active || !cleared {
		t.Errorf("well below its limit it is active: %t, and over: %t", active, cleared)
	}
	// Data that stop are no evidence, whatever ALERTS says.
	if active, _ := b.run(30*time.Minute, alert, info, memory("0.97")); !active {
		t.Error("it did not begin again")
	}
	if _, cleared := b.run(30*time.Minute, alert, info, memory("_")); cleared {
		t.Error("it is over without data")
	}
}
