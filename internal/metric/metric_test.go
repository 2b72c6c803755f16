package metric_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/metric"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

const doc = "../../docs/metrics.md"

// group is a chapter of docs/metrics.md.
type group struct {
	title, about string
	member       func(name string) bool
}

func starts(prefixes ...string) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}
}

var groups = []group{
	{
		"Computers",
		"What a computer tells of itself: the collector's own, and later every computer with an agent. Names follow\n" +
			"OpenTelemetry's semantic conventions for system metrics, version 1.43.0, as Prometheus writes them. The basic profile\n" +
			"(a workstation) leaves out `system_filesystem_limit_bytes`, the reserved state, `system_disk_operations_total`,\n" +
			"`system_disk_operation_time_seconds_total`, `system_network_packet_count_total`,\n" +
			"`system_network_packet_dropped_total`, the memory states buffers and cached, and network filesystems; with what the\n" +
			"agent adds it has at most 60 series. `budi_host_antivirus_*`, `budi_host_disk_healthy` and the like come from the\n" +
			"inventory (docs/privacy.md), which is taken every few hours, and are repeated with each look.",
		starts("system_", "budi_host_"),
	},
	{
		"Websites and services",
		"What a look at a website or a service brings. Names are blackbox_exporter's.",
		starts("probe_", "budi_look_"),
	},
	{
		"Printers, projectors, network and power",
		"What a look at a device over the network (SNMP, PJLink) brings. Interfaces have IF-MIB's names, as snmp_exporter gives\n" +
			"them; sensors follow OpenTelemetry's conventions for hardware. Volumes and disks of a storage device have the names that\n" +
			"they have on computers (`system_filesystem_*`, `budi_host_disk_healthy`).",
		func(name string) bool {
			return ifMIB.MatchString(name) || starts("hw_", "budi_device_up", "budi_device_look_", "budi_device_alerts", "budi_interface_", "budi_printer_", "budi_projector_", "budi_ups_", "budi_access_point_")(name)
		},
	},
	{
		"The collector itself",
		"What the collector tells of its own work, at `/metrics` and, where a rule needs it, in its database.",
		starts("budi_", "ALERTS"),
	},
}

// chapter returns the first group that a metric belongs to.
func chapter(name string) int {
	return slices.IndexFunc(groups, func(g group) bool { return g.member(name) })
}

// render writes docs/metrics.md.
func render() string {
	var b strings.Builder
	b.WriteString("# Metrics\n\n<!-- Generated from internal/metric: go test ./internal/metric -update. Do not edit. -->\n\n" +
		"Every name that Budi's programs emit. The labels are those of the metric itself; every series also carries who it is\n" +
		"about: `site`, `job`, and `device` for a computer or `check` and `vantage` for a website or service.\n")
	for i, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| Name | Type | Unit | Labels | Meaning |\n| --- | --- | --- | --- | --- |\n", g.title, g.about)
		for _, d := range metric.All() {
			if chapter(d.Name) == i {
				var labels []string
				for _, l := range d.Labels {
					labels = append(labels, "`"+l+"`")
				}
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", d.Name, d.Type, d.Unit, strings.Join(labels, ", "), cell(d.Help))
			}
		}
		if i == 0 {
			b.WriteString(systems())
		}
	}
	return b.String()
}

// systems writes which system tells which metric of a computer.
func systems() string {
	var b strings.Builder
	b.WriteString("\n### Which system tells what\n\nWhat a system does not tell is left out; it is never a zero.\n\n" +
		"| Name | Linux | Windows | macOS |\n| --- | --- | --- | --- |\n")
	gaps := metric.HostGaps()
	tell := func(gap string) string {
		if gap == "" {
			return "yes"
		}
		return "no: " + cell(gap)
	}
	for _, d := range metric.All() {
		if chapter(d.Name) == 0 {
			g := gaps[d.Name]
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", d.Name, tell(g.Linux), tell(g.Windows), tell(g.MacOS))
		}
	}
	b.WriteString("\nOf the state of a computer (antivirus, firewall, restart, updates, disks) yes means where that computer tells: Windows\n" +
		"Server has no Security Center and tells of Microsoft Defender only; `budi_host_disk_healthy` needs a disk that answers\n" +
		"(SMART, NVMe) and, on Linux, root; on Linux a pending restart is told where Debian's or Ubuntu's unattended upgrades or\n" +
		"update-notifier are installed, updates by the logs of dpkg and dnf, and the firewall of ufw, firewalld and nftables.\n" +
		"Everything else is left out there, not guessed. A question that Windows refuses (BitLocker and Defender answer\n" +
		"administrators only) or does not answer in time is left out too.\n")
	b.WriteString("\nWindows tells the processor modes user, system and idle; nice, iowait and steal do not exist there, and the time of\n" +
		"interrupts is within system. Its memory has the states used and free, macOS' also cached, Linux' also buffers.\n" +
		"Windows' disks are its fixed drive letters, Linux' are whole drives. On macOS only dropped received packets are\n" +
		"counted. On Windows with Fast Startup, which is on by default, shutting down does not end the uptime; restarting does.\n")
	return b.String()
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func TestDocumentIsTheCatalogue(t *testing.T) {
	got := render()
	if *update {
		if err := os.WriteFile(doc, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("docs/metrics.md is not what the catalogue says; run go test ./internal/metric -update and review")
	}
}

var (
	validName  = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	validLabel = validName
	// ifMIB are names of IF-MIB's objects, as snmp_exporter has them: no unit, no
	// _total.
	ifMIB = regexp.MustCompile(`^if[A-Z][A-Za-z]+$`)
	units = []string{"", "seconds", "bytes", "ratio", "celsius", "volts", "amperes", "hertz"}
	// identity is stamped by whoever stores a sample; a metric's own label of
	// that name would be lost.
	identity = []string{"institution", "site", "device", "job", "check", "vantage", "instance", "le", "quantile"}
	// foreign names are blackbox_exporter's and have no unit in them.
	foreign = []string{"probe_ssl_earliest_cert_expiry", "probe_http_content_length", "probe_http_uncompressed_body_length"}
)

func TestEveryMetricIsWellFormed(t *testing.T) {
	all := metric.All()
	if len(all) < 40 {
		t.Fatalf("only %d metrics", len(all))
	}
	for i, d := range all {
		if !validName.MatchString(d.Name) && !ifMIB.MatchString(d.Name) && d.Name != "ALERTS" { // Prometheus' own name
			t.Errorf("%q is no name of a metric", d.Name)
		}
		if i > 0 && all[i-1].Name == d.Name {
			t.Errorf("%s is in the catalogue twice", d.Name)
		}
		if chapter(d.Name) < 0 {
			t.Errorf("%s belongs to no chapter of docs/metrics.md", d.Name)
		}
		switch d.Type {
		case metric.Counter, metric.Gauge, metric.Histogram:
		default:
			t.Errorf("%s: type %q", d.Name, d.Type)
		}
		if total := strings.HasSuffix(d.Name, "_total"); total != (d.Type == metric.Counter) && !ifMIB.MatchString(d.Name) {
			t.Errorf("%s is a %s: counters, and only they, end in _total", d.Name, d.Type)
		}
		if !slices.Contains(units, d.Unit) {
			t.Errorf("%s: unit %q is not one of %q", d.Name, d.Unit, units)
		}
		if !slices.Contains(foreign, d.Name) && !ifMIB.MatchString(d.Name) {
			stem := strings.TrimSuffix(d.Name, "_total")
			for _, u := range units[1:] {
				if strings.HasSuffix(stem, "_"+u) != (d.Unit == u) {
					t.Errorf("%s: unit %q, but the name says otherwise", d.Name, d.Unit)
				}
			}
		}
		if !isSentence(d.Help) {
			t.Errorf("%s: help is no sentence: %q", d.Name, d.Help)
		}
		for j, l := range d.Labels {
			if !validLabel.MatchString(l) && !ifMIB.MatchString(l) || slices.Contains(identity, l) || slices.Contains(d.Labels[:j], l) {
				t.Errorf("%s: label %q is not valid, taken or doubled", d.Name, l)
			}
		}
	}
}

// isSentence says whether help begins as a sentence does, ends with a full
// stop and fits a table.
func isSentence(s string) bool {
	if s == "" || strings.TrimSpace(s) != s || strings.ContainsAny(s, "\n\t") {
		return false
	}
	first := s[0]
	return (first >= 'A' && first <= 'Z' || first >= '0' && first <= '9') && strings.HasSuffix(s, ".") && strings.Contains(s, " ")
}

func TestGapsNameMetricsAndReasons(t *testing.T) {
	var names []string
	for _, d := range metric.All() {
		names = append(names, d.Name)
	}
	for name, g := range metric.HostGaps() {
		if !slices.Contains(names, name) {
			t.Errorf("a gap of %s, which is not in the catalogue", name)
		}
		if g == (metric.Gap{}) {
			t.Errorf("%s has a gap without a reason", name)
		}
	}
}
