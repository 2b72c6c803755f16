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
		"a switch answers again": {
			[]string{"DeviceDown", "site", "s", "device", "d"},
			[]string{info("infrastructure"), `budi_device_up{site="s", device="d", job="snmp"} 0`},
			[]string{info("infrastructure"), `budi_device_up{site="s", device="d", job="snmp"} 1`}},
		"a storage device answers again": {
			[]string{"DeviceDown", "site", "s", "device", "d"},
			[]string{info("server"), `budi_device_up{site="s", device="d", job="snmp"} 0`},
			[]string{info("server"), `budi_device_up{site="s", device="d", job="snmp"} 1`}},
		"a camera answers again": {
			[]string{"DeviceDown", "site", "s", "device", "d"},
			[]string{info("safety"), `budi_device_up{site="s", device="d", job="snmp"} 0`},
			[]string{info("safety"), `budi_device_up{site="s", device="d", job="snmp"} 1`}},
		"power is back": {
			[]string{"UPSOnBattery", "site", "s", "device", "d"}, []string{`budi_ups_on_battery{site="s", device="d", job="snmp"} 1`}, []string{`budi_ups_on_battery{site="s", device="d", job="snmp"} 0`}},
		"a power supply is replaced": {
			[]string{"DeviceFault", "site", "s", "device", "d", "trouble", "part", "name", "PSU 1"},
			[]string{`hw_status{site="s", device="d", job="snmp", name="PSU 1"} 2`}, []string{`hw_status{site="s", device="d", job="snmp", name="PSU 1"} 0`}},
		"a fan of a projector turns again": {
			[]string{"DeviceFault", "site", "s", "device", "d", "trouble", "part", "name", "fan"},
			[]string{`budi_projector_error{site="s", device="d", job="pjlink", part="fan"} 2`}, []string{`budi_projector_error{site="s", device="d", job="pjlink", part="fan"} 0`}},
		"a battery is replaced": {
			[]string{"DeviceFault", "site", "s", "device", "d", "trouble", "battery"},
			[]string{`budi_ups_replace_battery{site="s", device="d", job="snmp"} 1`}, []string{`budi_ups_replace_battery{site="s", device="d", job="snmp"} 0`}},
		"the cable of a half duplex port is pulled": {
			[]string{"DeviceFault", "site", "s", "device", "d", "trouble", "half_duplex", "ifName", "7"},
			[]string{info("infrastructure"), `budi_interface_half_duplex{site="s", device="d", job="snmp", ifName="7"} 1`, `ifOperStatus{site="s", device="d", job="snmp", ifName="7"} 1`},
			[]string{info("infrastructure"), `budi_interface_half_duplex{site="s", device="d", job="snmp", ifName="7"} _`, `ifOperStatus{site="s", device="d", job="snmp", ifName="7"} 2`}},
		"a website is as it was": {
			[]string{"WebsiteTrouble", "site", "s", "check", "c", "trouble", "content"},
			[]string{`budi_website_trouble{site="s", check="c", job="website", trouble="content"} 1`}, []string{`budi_website_trouble{site="s", check="c", job="website", trouble="content"} 0`}},
		"a domain is renewed": {
			[]string{"WebsiteTrouble", "site", "s", "check", "c", "trouble", "domain_expiry"},
			[]string{`budi_website_trouble{site="s", check="c", job="probe", vantage="collector", trouble="domain_expiry"} 2`}, []string{`budi_website_trouble{site="s", check="c", job="probe", vantage="collector", trouble="domain_expiry"} 0`}},
		"a computer is started anew": {
			[]string{"UpdateOverdue", "site", "s"}, []string{`budi_host_restart_pending_seconds` + device + ` 1300000`}, []string{`budi_host_restart_pending_seconds` + device + ` 0`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := shippedBench(t)
			if active, cleared := b.run(25*time.Minute, tc.alert, tc.fault...); !active || cleared {
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
	if testing.Short() {
		t.Skip("it evaluates every rule over fifteen days")
	}
	for rule, samples := range map[string][2]string{
		"AntivirusOff":                 {`budi_host_antivirus_enabled{site="s", device="%", job="host"} 0`, `budi_host_antivirus_enabled{site="s", device="%", job="host"} 1`},
		"UpdateOverdue":                {`budi_host_update_age_seconds{site="s", device="%", job="host"} 6000000`, `budi_host_update_age_seconds{site="s", device="%", job="host"} 0`},
		"UpdateOverdue, for a restart": {`budi_host_restart_pending_seconds{site="s", device="%", job="host"} 1300000`, `budi_host_restart_pending_seconds{site="s", device="%", job="host"} 0`},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			b := shippedBench(t)
			name, _, _ := strings.Cut(rule, ",")
			alert := []string{name, "site", "s"}
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

// TestWhatADeviceSaysSeldomEndsToo: a printer is looked at every five minutes, and
// its supplies may come under another name. One that is off says nothing.
func TestWhatADeviceSaysSeldomEndsToo(t *testing.T) {
	jam := []string{"DeviceFault", "site", "s", "device", "d", "trouble", "jam"}
	jammed := func(v string) string {
		return `budi_printer_error{site="s", device="d", job="snmp", error="jammed"} ` + v
	}
	const class = `budi_device_info{site="s", device="d", job="fleet", class="workstation"} 1`
	every5 := func(b *bench, d time.Duration, alert []string, series string) (active, cleared bool) {
		for range d / (5 * time.Minute) {
			b.run(time.Minute, alert, series, class)
			active, cleared = b.run(4*time.Minute, alert, class)
		}
		return active, cleared
	}
	t.Run("paper is pulled out", func(t *testing.T) {
		t.Parallel()
		b := shippedBench(t)
		if active, cleared := every5(b, 50*time.Minute, jam, jammed("1")); !active || cleared {
			t.Fatalf("under the fault the alert is active: %t, and over: %t", active, cleared)
		}
		if active, cleared := every5(b, 30*time.Minute, jam, jammed("0")); active || !cleared {
			t.Errorf("when it is pulled out the alert is active: %t, and over: %t", active, cleared)
		}
	})
	t.Run("a switch becomes something that may be off", func(t *testing.T) {
		t.Parallel()
		b := shippedBench(t)
		down := []string{"DeviceDown", "site", "s", "device", "d"}
		const up = `budi_device_up{site="s", device="d", job="snmp"} 0`
		b.run(20*time.Minute, down, up, `budi_device_info{site="s", device="d", job="fleet", class="infrastructure"} 1`)
		if active, cleared := b.run(20*time.Minute, down, up, `budi_device_info{site="s", device="d", job="fleet", class="infrastructure"} _`, class); active || cleared {
			t.Errorf("the alert is active: %t, and over: %t", active, cleared)
		}
	})
	t.Run("a jammed printer is switched off", func(t *testing.T) {
		t.Parallel()
		b := shippedBench(t)
		every5(b, 50*time.Minute, jam, jammed("1"))
		if _, cleared := b.run(30*time.Minute, jam, jammed("_"), class); cleared {
			t.Error("it is over although nobody knows")
		}
	})
	t.Run("another cartridge has another name", func(t *testing.T) {
		t.Parallel()
		b := shippedBench(t)
		low := []string{"SupplyLow", "site", "s", "device", "d"}
		supply := func(metric, name, v string) string {
			return metric + `{site="s", device="d", job="fleet", supply="` + name + `", type="toner"} ` + v
		}
		old := []string{supply("budi_printer_supply_days_left", "Black A", "9"), supply("budi_printer_supply_last_ratio", "Black A", "0.1")}
		if active, cleared := b.run(40*time.Minute, low, old...); !active || cleared {
			t.Fatalf("when it is low the alert is active: %t, and over: %t", active, cleared)
		}
		fresh := []string{
			supply("budi_printer_supply_days_left", "Black A", "_"), supply("budi_printer_supply_last_ratio", "Black A", "_"), supply("budi_printer_supply_last_ratio", "Black B", "1")}
		if active, cleared := b.run(20*time.Minute, low, fresh...); active || !cleared {
			t.Errorf("with another cartridge the alert is active: %t, and over: %t", active, cleared)
		}
	})
	t.Run("a port is mended", func(t *testing.T) {
		t.Parallel()
		b := shippedBench(t)
		bad := []string{"DeviceFault", "site", "s", "device", "sw", "trouble", "port_errors", "ifName", "7"}
		errors, octets := 0, 0
		minutes := func(n, each int) (active, cleared bool) {
			for range n {
				errors, octets = errors+each, octets+1_000_000
				active, cleared = b.run(time.Minute, bad, `budi_device_info{site="s", device="sw", job="fleet", class="infrastructure"} 1`,
					fmt.Sprintf(`ifInErrors{site="s", device="sw", job="snmp", ifName="7", ifAlias="up"} %d`, errors),
					fmt.Sprintf(`ifHCInOctets{site="s", device="sw", job="snmp", ifName="7", ifAlias="up"} %d`, octets))
			}
			return active, cleared
		}
		if active, cleared := minutes(50, 20); !active || cleared {
			t.Fatalf("under the fault the alert is active: %t, and over: %t", active, cleared)
		}
		if active, cleared := minutes(50, 0); active || !cleared {
			t.Errorf("when it is mended the alert is active: %t, and over: %t", active, cleared)
		}
	})
}
