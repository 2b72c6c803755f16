package collector_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/collector"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// folder makes files in a folder of the test's and returns it.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const goodRule = "groups:\n  - name: own\n    rules:\n      - alert: Own\n        expr: up == 0\n"

// mailSection needs nothing but external_url.
const mailSection = "mail: {from: budi@example.lt, smtp: {host: 127.0.0.1, security: none}}\n"

func TestEveryMistakeIsToldWithItsPlace(t *testing.T) {
	for name, tc := range map[string]struct {
		text  string
		files map[string]string
		want  string // DIR stands for the folder
	}{
		"an address without a port": {
			text: "language: en\nlisten: 127.0.0.1\n",
			want: `c.yml:2: listen is "127.0.0.1": write an address and a port, for example 127.0.0.1:9480`,
		},
		"two certificates": {
			text: "listen: 127.0.0.1:9480\ntls:\n  cert_file: a.pem\n  key_file: a.key\n  private: true\n",
			want: `c.yml:5: tls.private is "true": leave it out: the certificate in cert_file is used`,
		},
		"agents that count as silent while they are well": {
			text: "agents:\n  push_interval: 5m\n  silent_after: 6m\n  facts_off: [sessions, thoughts]\n  interval: 1ms\n",
			want: `c.yml:3: agents.silent_after is "6m": write twice push_interval (10m) at least: an agent that is well is not heard more often
c.yml:4: agents.facts_off[1] is "thoughts": there is no such kind of facts; the kinds are system, cpu, memory, disk, network, monitor, os, update, antivirus, firewall, encryption, membership, software, sessions
c.yml:5: agents.interval is "1ms": write a time from 10s to 4m, for example 1m`,
		},
		"half a certificate": {
			text: "listen: 127.0.0.1:9480\ntls:\n  cert_file: a.pem\n",
			want: `c.yml:2: tls: cert_file and key_file belong together: give both or none`,
		},
		"mail without external_url": {
			text: "language: lt\n" + mailSection,
			want: `c.yml: external_url: mails carry links to the console: write the address at which people open it, for example https://budi.mokykla.lt`,
		},
		"an external_url that is none": {
			text: "external_url: budi.example.lt\n",
			want: `c.yml:1: external_url is "budi.example.lt": write the address at which people open the console, for example https://budi.mokykla.lt`,
		},
		"language and time zone": {
			text: "language: ru\ntime_zone: Europe/Wilno\n",
			want: `c.yml:1: language is "ru": write en or lt
c.yml:2: time_zone is "Europe/Wilno": write a name of the time zone database, for example Europe/Vilnius`,
		},
		"IDs": {
			text: "site: {id: Main site}\ndevice: ../x\n",
			want: `c.yml:1: site.id is "Main site": "Main site" cannot be an ID: use 1 to 63 lower-case letters a-z, digits, '-', '_' or '.', beginning and ending with a letter or digit
c.yml:2: device is "../x": "../x" cannot be an ID: use 1 to 63 lower-case letters a-z, digits, '-', '_' or '.', beginning and ending with a letter or digit`,
		},
		"storage": {
			text: "storage:\n  retention_days: 0\n  retention_size: 20 apples\n",
			want: `c.yml:2: storage.retention_days is "0": write a number of days from 1 to 3660
c.yml:3: storage.retention_size is "20 apples": write a number and B, KB, MB, GB or TB, for example 20GB`,
		},
		"storage too small": {
			text: "storage:\n  retention_size: 5MB\n",
			want: `c.yml:2: storage.retention_size is "5000000": write a size of at least 100MB, for example 20GB`,
		},
		"intervals": {
			text: "host: {interval: 1h}\nline:\n  interval: 1ms\nalerting:\n  hold_fault: -1s\n  rules_interval: 1h\n",
			want: `c.yml:1: host.interval is "1h": write a time from 1s to 5m, for example 1m
c.yml:3: line.interval is "1ms": write a time from 1s to 5m, for example 1m
c.yml:5: alerting.hold_fault is "-1s": write a time from 0s to 24h
c.yml:6: alerting.rules_interval is "1h": write a time from 1s to 5m, for example 1m`,
		},
		"a time without its unit": {
			text: "alerting: {hold_fault: 30}\n",
			want: `c.yml:1: alerting.hold_fault is "30": this must be a time with its unit, for example 60s or 5m`,
		},
		"witnesses": {
			text: "line:\n  witnesses:\n    - icmp://192.0.2.1\n    - example.lt\n",
			want: `c.yml:4: line.witnesses[1] is "example.lt": the target does not say how to look; write http://…, https://…, tcp://host:port, tls://host:port, icmp://host, dns://server/name, domain:name or job:`,
		},
		"unknown fields": {
			text: "lisen: x\nsite:\n  nam: x\nchecks:\n  - id: a\n    target: self\n    retries: 3\n",
			want: `c.yml:1: lisen: there is no such field; look for a spelling mistake or a wrong indentation
c.yml:3: site.nam: there is no such field; look for a spelling mistake or a wrong indentation
c.yml:7: checks[0].retries: there is no such field; look for a spelling mistake or a wrong indentation`,
		},
		"a field twice": {
			text: "language: en\nlanguage: lt\n",
			want: `c.yml:2: language: this field stands twice; remove one of them (the first is on line 1)`,
		},
		"checks": {
			text: "checks:\n  - target: https://a.lt\n  - id: www\n    target: https://a.lt\n  - id: www\n    target: https://b.lt\n  - id: Big\n    target: self\n  - id: x\n    target: ftp://a.lt\n    interval: 1ms\n    http: {method: TRACE}\n",
			want: `c.yml:2: checks[0].id: give each check an ID that never changes, for example website-main
c.yml:5: checks[2].id is "www": checks[1] has this ID already; each needs its own
c.yml:7: checks[3].id is "Big": "Big" cannot be an ID: use 1 to 63 lower-case letters a-z, digits, '-', '_' or '.', beginning and ending with a letter or digit
c.yml:10: checks[4].target is "ftp://a.lt": the target begins with a word that is not known; write http://…, https://…, tcp://host:port, tls://host:port, icmp://host, dns://server/name, domain:name or job:
c.yml:11: checks[4].interval is "1ms": write a time from 1s to 24h, for example 1m
c.yml:12: checks[4].http.method is "TRACE": write GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS`,
		},
		"devices": {
			text: "credentials:\n  - name: a\n    subnets: [192.0.2.0]\n    snmp: {community: geheim}\n  - name: a\n    pjlink: {password: geheim}\ndevices:\n  - id: one\n    target: snmp://192.0.2.1?community=geheim\n    credentials: b\n  - id: one\n    target: snmp://192.0.2.1\n    snmp:\n      version: 3\n      user: budi\n      auth: SHA\n      auth_key: geheim\n  - target: http://192.0.2.2\n    snmp: {auth_key_file: nowhere}\n    interval: 1s\n",
			want: `c.yml:3: credentials[0].subnets is "192.0.2.0": write networks as 192.0.2.0/24 or 2001:db8::/64
c.yml:5: credentials[1].name is "a": credentials[0] has this name already; each needs its own
c.yml:10: devices[0].credentials is "b": nothing in the list credentials has this name
c.yml:11: devices[1].id is "one": devices[0] has this ID already; each needs its own
c.yml:12: devices[1].target is "snmp://192.0.2.1": devices[0] has this target already
c.yml:17: devices[1].snmp.auth_key: write 8 characters at least: devices take no fewer
c.yml:18: devices[2].id: give each device an ID that never changes, for example printer-2
c.yml:18: devices[2].target: "http" is no way to look at a device; write snmp://HOST, snmp://HOST:PORT?community=NAME, pjlink://HOST, or the address alone
c.yml:19: devices[2].snmp.auth_key_file is "nowhere": read the secret: stat DIR/nowhere: no such file or directory
c.yml:20: devices[2].interval is "1s": write a time from 10s to 24h, for example 1m`,
		},
		"who is told when": {
			text: `external_url: http://b.lt
` + mailSection + `contacts:
  - name: rasa
    email: rasa@b.lt
    hours: sometimes
    min_severity_outside: critical
  - name: jonas
    email: jonas@b.lt
    absences:
      - from: 2026-07-06
        to: 2026-07-01
        deputy: nobody
alerting:
  escalation:
    - after: 30m
      to: [rasa, jonas]
`,
			want: `c.yml:6: contacts[0].hours is "sometimes": "sometimes" is no span of days or times: write days and times such as "Mo-Fr 08:00-17:00, Sa 10:00-14:00"
c.yml:7: contacts[0].min_severity_outside is "critical": it is about the time outside of hours, and there are none: write hours too, or leave it out
c.yml:12: contacts[1].absences[0].to is "2026-07-01": the last day comes before the first
c.yml:13: contacts[1].absences[0].deputy is "nobody": no contact has this name
c.yml:15: alerting.escalation: whoever an escalation names is told by it only, and so nobody would be told first: leave at least one contact out of them`,
		},
		"contacts": {
			text: "external_url: http://b.lt\n" + mailSection + "contacts:\n  - email: a@b.lt\n  - name: ona\n  - name: ona\n    email: b\n  - name: both\n    email: a@b.lt\n    receiver: teams\n    language: ru\n  - name: chat\n    receiver: teams\n    min_severity: bad\n",
			want: `c.yml:4: contacts[0].name: give each contact a name of its own
c.yml:5: contacts[1]: say how to tell this contact: either email or receiver
c.yml:6: contacts[2].name is "ona": another contact has this name already; each needs its own
c.yml:7: contacts[2].email is "b": write one address, for example rasa@mokykla.lt
c.yml:8: contacts[3]: say how to tell this contact: either email or receiver
c.yml:11: contacts[3].language is "ru": write en or lt
c.yml:13: contacts[4].receiver is "teams": no receiver has this name
c.yml:14: contacts[4].min_severity is "bad": write critical, warning or info`,
		},
		"a contact's mail without mail": {
			text: "contacts:\n  - name: ona\n    email: ona@b.lt\n",
			want: `c.yml:3: contacts[0].email is "ona@b.lt": there is no section mail, so nothing can be mailed: write one, or remove the contact`,
		},
		"mail": {
			text:  "external_url: http://b.lt\nmail:\n  from: budi\n  smtp:\n    host: smtp.b.lt\n    port: 465\n    auth: password\n    username: u\n    password_file: nothing\n    ca_file: empty.pem\n",
			files: map[string]string{"empty.pem": ""},
			want: `c.yml:3: mail.from is "budi": this must be one address, for example "Budi <budi@example.lt>"
c.yml:6: mail.smtp.port is "465": port 465 speaks TLS from the first byte: write security: tls, or port: 587
c.yml:9: mail.smtp.password_file is "DIR/nothing": read secret: stat DIR/nothing: no such file or directory
c.yml:10: mail.smtp.ca_file is "DIR/empty.pem": read certificates: DIR/empty.pem has none in PEM form`,
		},
		"receivers: the library finds the mistakes": {
			text: "# a comment\nlanguage: en\n\nreceivers:\n\n  # the first\n  - name: one\n    webhook_configs:\n      - urll: http://127.0.0.1/\n  - name: two\n    webhook_configs:\n      - send_resolved: perhaps\n        url: http://127.0.0.1/\n",
			want: `c.yml:9: receivers[0].webhook_configs[0].urll: there is no such field; look for a spelling mistake or a wrong indentation
c.yml:12: receivers[1].webhook_configs[0].send_resolved is "perhaps": this must be true or false`,
		},
		"receivers: ours": {
			text: "receivers:\n  - name: a\n    webhook_configs: [{url: 'http://127.0.0.1/'}]\n\n  - name: a\n    webhook_configs: [{url: 'http://127.0.0.1/'}]\n  - name: m\n    email_configs:\n      - to: a@b.lt\n  - webhook_configs: []\n",
			want: `c.yml:5: receivers[1].name is "a": there is another receiver with this name
c.yml:9: receivers[2].email_configs: mail is configured under mail:
c.yml:10: receivers[3].name: give the receiver a name
c.yml:10: receivers[3]: the receiver has 0 integrations; write one receiver for each`,
		},
		"receivers: without a place": {
			text: "receivers:\n  - name: a\n    webhook_configs: [{url: 'http://127.0.0.1/'}]\n  - name: b\n    webhook_configs:\n      - send_resolved: true\n",
			want: `c.yml:4: receivers[1]: one of url or url_file must be configured`,
		},
		"receivers: a field twice": {
			text: "receivers:\n  - name: a\n\n    webhook_configs:\n      - url: http://127.0.0.1/\n\n        url: http://127.0.0.2/\n",
			want: `c.yml:7: receivers[0].webhook_configs[0].url: this field stands twice; remove one of them`,
		},
		"receivers: no list": {
			text: "language: en\nreceivers: teams\n",
			want: `c.yml:2: receivers: write a list of receivers, each with a name and one integration`,
		},
		"receivers: in one line": {
			text: "{receivers: [{name: a, webhook_configs: [{urll: x}]}]}\n",
			want: `c.yml:1: receivers[0].webhook_configs[0].urll: there is no such field; look for a spelling mistake or a wrong indentation`,
		},
		"rule files": {
			text:  "alerting:\n  rule_files:\n    - good.yml\n    - gone.yml\n    - \"[\"\n    - bad/*.yml\n    - folder\n",
			files: map[string]string{"good.yml": goodRule, "bad/a.yml": "groups:\n  - name: x\n    rules:\n      - alert: A\n        expr: up ==\n", "bad/b.yml": "groups:\n  - name: x\n    ruls: []\n", "folder/x": ""},
			want: `c.yml:4: alerting.rule_files[1] is "gone.yml": there is no such file: DIR/gone.yml
c.yml:5: alerting.rule_files[2] is "[": this pattern cannot be read; write a file's name, or a pattern such as rules/*.yml
c.yml:7: alerting.rule_files[4] is "folder": read DIR/folder: it is not a file
DIR/bad/a.yml:5: A: could not parse expression: 1:6: parse error: unexpected end of input
DIR/bad/b.yml:3: ruls: there is no such field; look for a spelling mistake or a wrong indentation`,
		},
		"a rule file and the file itself": {
			text:  "listen: x\nalerting:\n  rule_files: [a.yml]\n  without_rules: [SiteDown, SiteUp]\n",
			files: map[string]string{"a.yml": "groups:\n  - name: x\n    rules:\n      - alert: SiteDown\n        expr: up == 0\n        fro: 5m\n"},
			want: `c.yml:1: listen is "x": write an address and a port, for example 127.0.0.1:9480
c.yml:4: alerting.without_rules[1] is "SiteUp": no shipped rule has this name; they are SiteDown, CertificateSoonOver, WebsiteTrouble, ServerSilent, DiskNearlyFull, DiskFailing, MemoryExhausted, AntivirusOff, UpdateOverdue, CollectorTrouble, OwnLineDown, DeviceDown, UPSOnBattery, SupplyLow, DeviceFault
DIR/a.yml:6: fro: there is no such field; look for a spelling mistake or a wrong indentation`,
		},
		"a shipped rule's name and labels": {
			text:  "alerting:\n  rule_files: [a.yml]\n",
			files: map[string]string{"a.yml": "groups:\n  - name: x\n    rules:\n      - alert: SiteDown\n        expr: up == 0\n        labels: {severity: critical}\n"},
			want:  `DIR/a.yml:4: alert is "SiteDown": a rule with this name and these labels stands at shipped/budi.yml:27 already; remove one, or give them different labels`,
		},
		"no YAML": {
			text: "checks:\n  - id: [\n",
			want: `c.yml:2: did not find expected node content`,
		},
		"no fields": {
			text: "- a\n",
			want: `c.yml:1: the file must consist of fields and their values, for example "language: lt"`,
		},
		"two documents": {
			text: "language: en\n---\nlanguage: lt\n",
			want: `c.yml: the file has more than one document; remove the line that is "---"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, tc.files)
			_, err := collector.ParseConfig(filepath.Join(dir, "c.yml"), []byte(tc.text))
			if err == nil {
				t.Fatal("there is no mistake")
			}
			got := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator)+"c.yml", "c.yml")
			got = strings.ReplaceAll(got, dir, "DIR")
			var all strictyaml.Errors
			if !errors.As(err, &all) {
				t.Errorf("the error is a %T", err)
			}
			if got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestAReceiversAddressThatCannotBeReadIsFoundAndNotRepeated(t *testing.T) {
	_, err := collector.ParseConfig("c.yml", []byte(`receivers:
  - name: a
    webhook_configs: [{url: 'http://127.0.0.1/'}]
  - name: b
    slack_configs: [{api_url: 'http://x:hidden/', channel: x}]
`))
	if err == nil || !strings.HasPrefix(err.Error(), "c.yml:4: receivers[1]: ") || strings.Contains(err.Error(), "hidden") {
		t.Error(err)
	}
}

func TestAFileThatIsNoneIsNotReadForEver(t *testing.T) {
	for _, name := range []string{os.DevNull, "/dev/zero", t.TempDir()} {
		if _, err := os.Stat(name); err != nil {
			continue // another system
		}
		if _, err := collector.LoadConfig(name); err == nil {
			t.Errorf("%s was read", name)
		}
		_, err := collector.ParseConfig("c.yml", fmt.Appendf(nil, "alerting: {rule_files: [%q]}\n", name))
		if err == nil || !strings.Contains(err.Error(), "c.yml:1: alerting.rule_files[0]") {
			t.Errorf("as a rule file %s gives %v", name, err)
		}
		_, err = collector.ParseConfig("c.yml", fmt.Appendf(nil, "external_url: http://b.lt\nmail: {from: a@b.lt, smtp: {host: b.lt, ca_file: %q}}\n", name))
		if err == nil || !strings.Contains(err.Error(), "c.yml:2: mail.smtp.ca_file") {
			t.Errorf("as certificates %s gives %v", name, err)
		}
	}
}

func TestTheDefaultsAreValid(t *testing.T) {
	if _, err := collector.LoadConfig(""); err != nil {
		t.Error(err)
	}
}

// The shipped file is right as it is, and with its examples switched on.
func TestTheShippedConfigurationIsValid(t *testing.T) {
	data, err := os.ReadFile("../../configs/collector.yml")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile(`(?m)^#([a-z_]+:|  +[a-z-])`) // prose has one blank
	text := example.ReplaceAllString(string(data), "$1")
	if len(text) == len(data) {
		t.Fatal("no example was found")
	}
	dir := folder(t, map[string]string{"smtp-password": "secret"})
	for _, text := range []string{string(data), text} {
		if _, err := collector.ParseConfig(filepath.Join(dir, "collector.yml"), []byte(text)); err != nil {
			t.Errorf("%v\nin\n%s", err, text)
		}
	}
}

// surroundings are sections that an example in the documentation may leave out.
const surroundings = `
external_url: https://budi.example.lt
mail: {from: budi@example.lt, smtp: {host: smtp.example.lt}}
receivers: [{name: teams, webhook_configs: [{url: "https://example.lt/"}]}]
contacts: [{name: rasa, email: rasa@example.lt}, {name: director, email: a@example.lt}, {name: municipality, email: b@example.lt}]
`

func TestTheExamplesInTheDocumentationAreValid(t *testing.T) {
	block := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")
	dir := folder(t, map[string]string{"rules/own.yml": goodRule})
	for _, name := range []string{"mail.md", "configuration.md"} {
		page, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		blocks := block.FindAllSubmatchIndex(page, -1)
		if len(blocks) == 0 {
			t.Errorf("%s has no examples", name)
		}
		for _, at := range blocks {
			line := 1 + strings.Count(string(page[:at[2]]), "\n")
			example := page[at[2]:at[3]]
			var doc, missing map[string]any
			if err := yaml.Unmarshal(example, &doc); err != nil {
				t.Errorf("%s:%d: %v", name, line, err)
				continue
			}
			makeFiles(t, dir, doc)
			if err := yaml.Unmarshal([]byte(surroundings), &missing); err != nil {
				t.Fatal(err)
			}
			for section := range doc {
				delete(missing, section)
			}
			text := strings.ReplaceAll(string(example), "/etc/budi/", "")
			if len(missing) > 0 {
				rest, err := yaml.Marshal(missing)
				if err != nil {
					t.Fatal(err)
				}
				text += string(rest)
			}
			if _, err := collector.ParseConfig(filepath.Join(dir, "collector.yml"), []byte(text)); err != nil {
				t.Errorf("%s:%d: %v", name, line, err)
			}
		}
	}
}

// makeFiles makes the files that an example names, without their folders.
func makeFiles(t *testing.T, dir string, node any) {
	t.Helper()
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			if name, ok := value.(string); ok && strings.HasSuffix(key, "_file") {
				if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), []byte("https://example.lt/secret"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			makeFiles(t, dir, value)
		}
	case []any:
		for _, value := range n {
			makeFiles(t, dir, value)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	shipped, err := os.ReadFile("../../configs/collector.yml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(shipped))
	f.Add("external_url: http://b.lt\n" + mailSection + "contacts: [{name: ona, email: ona@b.lt, min_severity: critical}]\n")
	f.Add("receivers:\n  - name: a\n    webhook_configs: [{url: 'http://127.0.0.1/', max_alerts: x}]\n  - &b {name: b}\n  - *b\n")
	f.Add("alerting: {rule_files: ['*', '['], without_rules: [SiteDown]}\nstorage: {retention_size: 999999999999999TB}\n")
	f.Add("checks: [{<<: {id: a}, target: 'dns://[::1]:53/a', dns: {type: MX}, http: {expect_status: [2xx]}}]\nlisten: ':0'\n")
	f.Add("a: &a [*a]\n---\n")
	name := filepath.Join(folder(f, nil), "c.yml")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "*?[") && strings.Contains(text, "rule_files") && strings.Contains(text, "/") {
			return // a pattern such as /*/*/* walks the whole disk, as it should
		}
		_, err := collector.ParseConfig(name, []byte(text))
		var problems strictyaml.Errors
		if err != nil && !errors.As(err, &problems) {
			t.Errorf("%T: %v", err, err)
		}
		for _, p := range problems {
			if p.Want == "" || p.File == "" {
				t.Errorf("a problem that does not say what is wrong: %+v", p)
			}
		}
	})
}
