package collector

import (
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/budi-monitor/budi/internal/collector/calendar" // brings the time zones that Windows lacks
	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/heartbeat"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/oidc"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Config is the collector's configuration file. It is read-only once loaded.
type Config struct {
	Listen      string                `yaml:"listen"`       // host:port; the flag --listen wins
	Institution string                `yaml:"institution"`  // its name, on pages and in mails; empty: the site's
	ExternalURL string                `yaml:"external_url"` // how people reach the console; links in mails begin with it
	Language    string                `yaml:"language"`     // en or lt: of pages before log-in, and of contacts that name none
	TimeZone    string                `yaml:"time_zone"`    // of the times in mails and pages
	Site        SiteConfig            `yaml:"site"`
	Device      string                `yaml:"device"` // ID of the collector's own computer; empty: made from its host name
	TLS         TLSConfig             `yaml:"tls"`
	Storage     StorageConfig         `yaml:"storage"`
	Backup      BackupConfig          `yaml:"backup"`
	Host        HostConfig            `yaml:"host"`
	Agents      AgentsConfig          `yaml:"agents"`
	Line        LineConfig            `yaml:"line"`
	Reach       ReachConfig           `yaml:"reach"` // how far checks of the console may look
	Checks      []settings.Check      `yaml:"checks"`
	Devices     []settings.Device     `yaml:"devices"`     // that are looked at over the network
	Credentials []settings.Credential `yaml:"credentials"` // what they want to know
	Topology    []topology.Thing      `yaml:"topology"`    // things that exist nowhere else, and what others hang on
	Alerting    AlertConfig           `yaml:"alerting"`
	Mail        *mail.Config          `yaml:"mail"`
	Calendar    calendar.Config       `yaml:"calendar"`  // when people work where; maintenance
	Digest      digest.Config         `yaml:"digest"`    // what comes by mail each working morning and month
	Heartbeat   heartbeat.Config      `yaml:"heartbeat"` // tells a watcher elsewhere that the collector is alive
	OIDC        *oidc.Config          `yaml:"oidc"`      // log-in at an identity provider
	Contacts    []settings.Contact    `yaml:"contacts"`
	Receivers   yaml.Node             `yaml:"receivers"` // in the syntax of Alertmanager's configuration

	file  string          // its name in messages
	dir   string          // its folder: relative paths in it begin here
	named map[string]bool // the top-level fields that the file names

	// Of what is in use (see with): what is the console's, and what of it is
	// left out because the file does not let it be.
	stored           settings.Settings
	people           *roster.Roster     // of Contacts and Alerting.Escalation; nil like cal
	cal              *calendar.Calendar // of Calendar; nil before anything of the console was laid beside the file
	leftOut          []LeftOut
	own              int  // the first so many checks are the file's
	ownDevices       int  // likewise of devices
	ownCredentials   int  // and of credentials
	escalationInFile bool // the file has alerting.escalation
	ofFile           int  // how many of the contacts are the file's; they come first
}

// SiteConfig names the place that the collector stands in.
type SiteConfig struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
}

// TLSConfig says with what certificate the collector answers. Without one of
// its own it makes an authority of its own when others can reach it (listen), or
// when Private asks for it on the loopback too.
type TLSConfig struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	Private  bool   `yaml:"private"`
}

// StorageConfig bounds the samples; whichever limit is reached first counts.
type StorageConfig struct {
	RetentionDays int      `yaml:"retention_days"`
	RetentionSize ByteSize `yaml:"retention_size"`
}

// HostConfig is about the collector's own computer.
type HostConfig struct {
	Disabled bool          `yaml:"disabled"`
	Interval time.Duration `yaml:"interval"`
}

// AgentsConfig is what agents on other computers are told to do.
type AgentsConfig struct {
	Interval      time.Duration `yaml:"interval"`       // between two looks at their computers
	PushInterval  time.Duration `yaml:"push_interval"`  // between two deliveries of samples
	FactsInterval time.Duration `yaml:"facts_interval"` // between two inventories
	FactsOff      []string      `yaml:"facts_off"`      // kinds of facts that are not collected
	SilentAfter   time.Duration `yaml:"silent_after"`   // unheard for so long, an agent is silent
}

// LineConfig names the witnesses of our own line. Without any, a broken line
// of ours looks like broken websites.
type LineConfig struct {
	Witnesses []string      `yaml:"witnesses"` // targets as in checks: tcp://…, icmp://…, dns://…
	Interval  time.Duration `yaml:"interval"`
}

// AlertConfig says how patient alerting is and by which rules.
type AlertConfig struct {
	HoldFault     time.Duration             `yaml:"hold_fault"`    // after a rule fires, before the mail
	HoldSymptom   time.Duration             `yaml:"hold_symptom"`  // the same for what hangs on others and does not answer: its cause is found meanwhile
	ReturnGrace   time.Duration             `yaml:"return_grace"`  // when a cause is gone, for what it explained to come back
	FlapWithin    time.Duration             `yaml:"flap_within"`   // what comes back so soon is the same incident
	FlapCalm      time.Duration             `yaml:"flap_calm"`     // without a return, before what comes and goes is over
	Classes       map[fleet.Class]ClassHold `yaml:"classes"`       // in place of hold_fault and hold_recovery
	HoldRecovery  time.Duration             `yaml:"hold_recovery"` // after the fault is gone, before the recovery
	SumUpAfter    time.Duration             `yaml:"sum_up_after"`  // what waited longer for a mail server goes in one mail
	RuleFiles     []string                  `yaml:"rule_files"`    // Prometheus rule files; patterns such as rules/*.yml
	WithoutRules  []string                  `yaml:"without_rules"` // names of shipped rules that are not wanted
	RulesInterval time.Duration             `yaml:"rules_interval"`

	Escalation []roster.Escalation `yaml:"escalation"` // whom to tell what nobody acknowledged in time
}

// ClassHold is how patient alerting is with things of a class.
type ClassHold struct {
	HoldFault    time.Duration `yaml:"hold_fault"`
	HoldRecovery time.Duration `yaml:"hold_recovery"`
}

// ByteSize is a number of bytes, written as 500MB or 20GB (powers of ten, as
// disks are sold).
type ByteSize int64

var byteSizePattern = regexp.MustCompile(`^(\d{1,15})\s*(B|KB|MB|GB|TB)?$`)

// UnmarshalYAML reads "20GB".
func (b *ByteSize) UnmarshalYAML(node *yaml.Node) error {
	const want = "write a number and B, KB, MB, GB or TB, for example 20GB"
	m := byteSizePattern.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(node.Value)))
	if m == nil {
		return strictyaml.ValueError(node, want)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return strictyaml.ValueError(node, want)
	}
	for _, unit := range []string{"KB", "MB", "GB", "TB"} {
		if m[2] == "" || m[2] == "B" {
			break
		}
		if n > (1<<62)/1000 {
			return strictyaml.ValueError(node, want)
		}
		n *= 1000
		if unit == m[2] {
			break
		}
	}
	*b = ByteSize(n)
	return nil
}

// DefaultConfig is what holds where the file says nothing, and all there is
// when there is no file.
func DefaultConfig() Config {
	patience := incident.DefaultPolicy()
	classes := map[fleet.Class]ClassHold{}
	for class, hold := range patience.Classes {
		classes[class] = ClassHold{hold.Fault, hold.Recovery}
	}
	return Config{
		Listen:   "127.0.0.1:9480",
		Language: string(i18n.English),
		TimeZone: "Europe/Vilnius",
		Site:     SiteConfig{ID: "main", Name: "Main site"},
		Storage:  StorageConfig{RetentionDays: 400, RetentionSize: 20e9},
		Backup:   BackupConfig{At: "03:15", Keep: 7},
		Host:     HostConfig{Interval: time.Minute},
		Agents:   AgentsConfig{Interval: time.Minute, PushInterval: 2 * time.Minute, FactsInterval: 4 * time.Hour, FactsOff: []string{"sessions"}, SilentAfter: 5 * time.Minute},
		Line:     LineConfig{Interval: 30 * time.Second},
		Digest:   digest.DefaultConfig(),
		Alerting: AlertConfig{
			HoldFault:     patience.HoldFault,
			HoldRecovery:  patience.HoldRecovery,
			HoldSymptom:   patience.HoldSymptom,
			ReturnGrace:   patience.ReturnGrace,
			FlapWithin:    patience.FlapWithin,
			FlapCalm:      patience.FlapCalm,
			Classes:       classes,
			SumUpAfter:    30 * time.Minute,
			RulesInterval: 15 * time.Second,
		},
	}
}

// Limits of the configuration.
const (
	maxChecks    = settings.MaxChecks // of the file and the console together
	maxContacts  = settings.MaxContacts
	maxWitnesses = 10
	maxRuleFiles = 200
	minInterval  = time.Second
)

// LoadConfig reads the file, or the defaults when path is empty. The error is
// a strictyaml.Errors with every problem that was found, rule files and
// receivers included.
func LoadConfig(path string) (Config, error) {
	c := DefaultConfig()
	if path == "" {
		return c, strictyaml.Validate("defaults", c.validate)
	}
	data, err := readFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return ParseConfig(path, data)
}

// ParseConfig is LoadConfig for a file's content; name stands in messages, and
// relative paths in the file begin at its folder.
func ParseConfig(name string, data []byte) (Config, error) {
	c := DefaultConfig()
	c.file, c.dir = name, filepath.Dir(name)
	if err := strictyaml.Decode(name, data, &c, c.validate); err != nil {
		return Config{}, err
	}
	var top map[string]yaml.Node
	if err := yaml.Unmarshal(data, &top); err != nil { // it was read above
		return Config{}, fmt.Errorf("read the fields of %s: %w", name, err)
	}
	c.named = make(map[string]bool, len(top))
	for field, value := range top {
		c.named[field] = value.Tag != "!!null"
	}
	return c, nil
}

func (c *Config) validate(r *strictyaml.Report) {
	if err := checkListen(c.Listen); err != nil {
		r.Bad("listen", c.Listen, err.Error())
	}
	if len(c.Institution) > settings.MaxName {
		r.Bad("institution", c.Institution, fmt.Sprintf("write at most %d bytes", settings.MaxName))
	}
	if c.ExternalURL != "" {
		if !settings.IsExternalURL(c.ExternalURL) {
			r.Bad("external_url", c.ExternalURL, "write the address at which people open the console, for example https://budi.mokykla.lt")
		}
	}
	if _, err := i18n.ParseLang(c.Language); err != nil {
		r.Bad("language", c.Language, "write en or lt")
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil {
		r.Bad("time_zone", c.TimeZone, "write a name of the time zone database, for example Europe/Vilnius")
	}
	if err := fleet.CheckID(c.Site.ID); err != nil {
		r.At("site").Bad("id", c.Site.ID, err.Error())
	}
	if c.Device != "" {
		if err := fleet.CheckID(c.Device); err != nil {
			r.Bad("device", c.Device, err.Error())
		}
	}
	c.TLS.validate(r.At("tls"))
	c.Storage.validate(r.At("storage"))
	c.Backup.validate(r.At("backup"))
	checkInterval(r.At("host"), "interval", c.Host.Interval, minInterval, 5*time.Minute)
	c.Agents.validate(r.At("agents"))
	c.Line.validate(r.At("line"))
	c.Reach.validate(r.At("reach"))
	c.validateChecks(r.At("checks"))
	c.validateDevices(r)
	c.validateTopology(r)
	c.Alerting.validate(r.At("alerting"))
	c.Heartbeat.Validate(r.At("heartbeat"))
	c.Digest.Validate(r.At("digest"))
	c.Calendar.ValidateIn(r.At("calendar"), c.zone())
	c.validatePeople(r)
	_, problems := c.ruleSources()
	r.Add(problems...)
}

func (t TLSConfig) validate(r *strictyaml.Report) {
	if (t.CertFile == "") != (t.KeyFile == "") {
		r.Bad("", nil, "cert_file and key_file belong together: give both or none")
	}
	if t.Private && t.CertFile != "" {
		r.Bad("private", t.Private, "leave it out: the certificate in cert_file is used")
	}
}

// authority reports whether the collector needs an authority of its own.
func (c *Config) authority() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	return c.TLS.CertFile == "" && (c.TLS.Private || err == nil && !isLoopback(host))
}

// tls reports whether the doors speak TLS.
func (c *Config) tls() bool { return c.TLS.CertFile != "" || c.authority() }

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func checkListen(listen string) error {
	_, port, err := net.SplitHostPort(listen)
	if err == nil {
		if n, perr := strconv.ParseUint(port, 10, 16); perr == nil && n <= 65535 {
			return nil
		}
	}
	return fmt.Errorf("write an address and a port, for example 127.0.0.1:9480")
}

func (s StorageConfig) validate(r *strictyaml.Report) {
	if s.RetentionDays < 1 || s.RetentionDays > 10*366 {
		r.Bad("retention_days", s.RetentionDays, "write a number of days from 1 to 3660")
	}
	if s.RetentionSize < 100e6 {
		r.Bad("retention_size", int64(s.RetentionSize), "write a size of at least 100MB, for example 20GB")
	}
}

func checkInterval(r *strictyaml.Report, field string, d, low, high time.Duration) {
	if d < low || d > high {
		r.Bad(field, d, fmt.Sprintf("write a time from %s to %s, for example %s", strictyaml.Duration(low), strictyaml.Duration(high), strictyaml.Duration(max(low, min(high, time.Minute)))))
	}
}

func (a AgentsConfig) validate(r *strictyaml.Report) {
	// An agent does not look more often, whatever it is told, and queries lose
	// samples that are farther apart.
	checkInterval(r, "interval", a.Interval, 10*time.Second, 4*time.Minute)
	checkInterval(r, "push_interval", a.PushInterval, minInterval, time.Hour)
	checkInterval(r, "facts_interval", a.FactsInterval, 10*time.Minute, 7*24*time.Hour)
	checkInterval(r, "silent_after", a.SilentAfter, minInterval, 24*time.Hour)
	if a.SilentAfter < 2*a.PushInterval && a.SilentAfter >= minInterval && a.PushInterval >= minInterval {
		r.Bad("silent_after", a.SilentAfter, fmt.Sprintf("write twice push_interval (%s) at least: an agent that is well is not heard more often", strictyaml.Duration(2*a.PushInterval)))
	}
	known := factKinds()
	for i, kind := range a.FactsOff {
		if !slices.Contains(known, kind) {
			r.At("facts_off").Index(i).Bad("", kind, "there is no such kind of facts; the kinds are "+strings.Join(known, ", "))
		}
	}
}

// factKinds lists what agents collect besides samples.
func factKinds() []string {
	var out []string
	for _, k := range facts.Kinds() {
		out = append(out, k.Name)
	}
	return out
}

func (l LineConfig) validate(r *strictyaml.Report) {
	checkInterval(r, "interval", l.Interval, minInterval, 5*time.Minute)
	if len(l.Witnesses) > maxWitnesses {
		r.Bad("witnesses", len(l.Witnesses), fmt.Sprintf("at most %d are asked", maxWitnesses))
	}
	for i, w := range l.Witnesses {
		if _, err := probe.ParseTarget(w); err != nil {
			r.At("witnesses").Index(i).Bad("", w, err.Error())
		}
	}
}

func (c *Config) validateChecks(r *strictyaml.Report) {
	if len(c.Checks) > maxChecks {
		r.Bad("", len(c.Checks), fmt.Sprintf("at most %d checks can be made by one collector", maxChecks))
		return
	}
	seen := map[string]int{}
	for i := range c.Checks {
		check := &c.Checks[i]
		at := r.Index(i)
		if check.ID == "" {
			at.Missing("id", "give each check an ID that never changes, for example website-main")
		} else if err := fleet.CheckID(check.ID); err != nil {
			at.Bad("id", check.ID, err.Error())
		} else if first, twice := seen[check.ID]; twice {
			at.Bad("id", check.ID, fmt.Sprintf("checks[%d] has this ID already; each needs its own", first))
		} else {
			seen[check.ID] = i
		}
		if len(check.Name) > settings.MaxName {
			at.Bad("name", check.Name, fmt.Sprintf("write at most %d bytes", settings.MaxName))
		}
		if check.Site != "" {
			if err := fleet.CheckID(check.Site); err != nil {
				at.Bad("site", check.Site, err.Error())
			}
		}
		if check.Interval != 0 {
			checkInterval(at, "interval", check.Interval, settings.ShortestInterval(check.Kind()), settings.MaxInterval)
		}
		if check.Target != settings.SelfTarget {
			check.Spec.Validate(at)
		}
		switch job := check.Kind() == probe.KindJob; {
		case job:
			check.Job.Validate(at.At("job"))
		case check.Job != settings.Job{}:
			at.Bad("job", check.Target, "only a check with the target job: has this section")
		}
		switch isDomain := check.Kind() == probe.KindDomain; {
		case isDomain:
			check.Domain.Validate(at.At("domain"))
		case !check.Domain.IsZero():
			at.Bad("domain", check.Target, "only a check with the target domain:… has this section")
		}
	}
}

// validateTopology finds mistakes that the file alone shows. What a thing hangs
// on may be in the inventory, so nothing is said of IDs that the file lacks.
func (c *Config) validateTopology(r *strictyaml.Report) {
	if len(c.Topology) > topology.MaxThings {
		r.Bad("topology", len(c.Topology), fmt.Sprintf("at most %d things can be told apart", topology.MaxThings))
		return
	}
	var things []topology.Thing
	known := map[topology.ID]bool{topology.Line: true}
	var need []topology.ID
	for i, t := range c.Topology {
		t.Validate(r.At("topology").Index(i))
		things = append(things, t)
		known[t.ID] = true
		need = append(need, needsOf(t)...)
	}
	for i := range c.Checks {
		check := &c.Checks[i]
		at := r.At("checks").Index(i)
		t := thingOfCheck(c, *check)
		for _, f := range []struct {
			field string
			ids   []string
		}{{"parents", check.Parents}, {"runs_on", check.RunsOn}, {"depends_on", check.DependsOn}} {
			if len(f.ids) > settings.MaxHangs {
				at.Bad(f.field, len(f.ids), fmt.Sprintf("a check hangs on %d others of each list at most", settings.MaxHangs))
			}
			if slices.Contains(f.ids, string(t.ID)) {
				at.Bad(f.field, check.ID, "a check does not hang on itself")
			}
		}
		if !known[t.ID] { // else the list topology has it
			things, known[t.ID] = append(things, t), true
			need = append(need, needsOf(t)...)
		}
	}
	for _, id := range need {
		if !known[id] {
			things, known[id] = append(things, topology.Thing{ID: id}), true
		}
	}
	_, problems := topology.New(things[:min(len(things), topology.MaxThings)])
	for _, p := range problems {
		if p.Value == "" { // told already
			continue
		}
		switch check, ok := things[p.Index].ID.CheckID(); {
		case p.Index < len(c.Topology):
			r.At("topology").Index(p.Index).Bad(p.Field, p.Value, p.Want)
		case ok:
			i := slices.IndexFunc(c.Checks, func(k settings.Check) bool { return k.ID == check })
			if i >= 0 {
				r.At("checks").Index(i).Bad("", p.Value, p.Want)
			}
		}
	}
}

func (a AlertConfig) validate(r *strictyaml.Report) {
	checkHolds(r, map[string]time.Duration{
		"hold_fault": a.HoldFault, "hold_recovery": a.HoldRecovery, "hold_symptom": a.HoldSymptom,
		"return_grace": a.ReturnGrace, "flap_within": a.FlapWithin, "flap_calm": a.FlapCalm,
	})
	for class, hold := range a.Classes {
		if _, err := fleet.ParseClass(string(class)); err != nil {
			r.At("classes").Bad(string(class), nil, err.Error())
		}
		checkHolds(r.At("classes").At(string(class)), map[string]time.Duration{"hold_fault": hold.HoldFault, "hold_recovery": hold.HoldRecovery})
	}
	checkInterval(r, "sum_up_after", a.SumUpAfter, time.Second, 24*time.Hour)
	checkInterval(r, "rules_interval", a.RulesInterval, time.Second, 5*time.Minute)
	shipped := map[string]bool{}
	for _, name := range shippedRuleNames() {
		shipped[name] = true
	}
	for i, name := range a.WithoutRules {
		if !shipped[name] && !slices.Contains(mergedRules(), name) {
			r.At("without_rules").Index(i).Bad("", name, "no shipped rule has this name; they are "+strings.Join(shippedRuleNames(), ", "))
		}
	}
}

// mergedRules are names of rules that earlier versions shipped and that are a part
// of another one now: a file that switches them off is still a good file.
func mergedRules() []string { return []string{"RestartPending"} }

func checkHolds(r *strictyaml.Report, holds map[string]time.Duration) {
	for field, d := range holds {
		if d < 0 || d > 24*time.Hour {
			r.Bad(field, d, "write a time from 0s to 24h")
		}
	}
}

func (c *Config) validatePeople(r *strictyaml.Report) {
	if c.OIDC != nil {
		c.OIDC.ResolvePaths(c.dir)
		c.OIDC.Validate(r.At("oidc"))
		if c.ExternalURL == "" {
			r.Missing("external_url", "the identity provider sends people back there: write the address at which people open the console, for example https://budi.mokykla.lt")
		}
	}
	if c.Mail != nil {
		c.Mail.ResolvePaths(c.dir)
		c.Mail.Validate(r.At("mail"))
		if c.ExternalURL == "" {
			r.Missing("external_url", "mails carry links to the console: write the address at which people open it, for example https://budi.mokykla.lt")
		}
	}
	receivers := map[string]bool{}
	if !c.Receivers.IsZero() {
		rs, problems := c.loadReceivers(nil)
		r.Add(problems...)
		for _, name := range rs.Names() {
			receivers[name] = true
		}
	}
	if len(c.Contacts) > maxContacts {
		r.Bad("contacts", len(c.Contacts), fmt.Sprintf("at most %d can be told", maxContacts))
	}
	people := settings.ForRoster(c.Contacts)
	roster.Validate(people, r.At("contacts"))
	roster.ValidateEscalations(c.Alerting.Escalation, people, r.At("alerting").At("escalation"))
	for i, p := range c.Contacts {
		at := r.At("contacts").Index(i)
		switch {
		case (p.Email == "") == (p.Receiver == ""):
			at.Bad("", nil, "say how to tell this contact: either email or receiver")
		case p.Email != "" && c.Mail == nil:
			at.Bad("email", p.Email, "there is no section mail, so nothing can be mailed: write one, or remove the contact")
		case p.Email != "":
			if a, err := netmail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
				at.Bad("email", p.Email, "write one address, for example rasa@mokykla.lt")
			}
		case !receivers[p.Receiver]:
			at.Bad("receiver", p.Receiver, "no receiver has this name")
		}
		if p.Language != "" {
			if _, err := i18n.ParseLang(p.Language); err != nil {
				at.Bad("language", p.Language, "write en or lt")
			}
		}
	}
}

// lang is a contact's language.
func (c *Config) lang(p settings.Contact) i18n.Lang {
	if l, err := i18n.ParseLang(p.Language); err == nil {
		return l
	}
	return i18n.Lang(c.Language)
}

// zone is the time zone of what people read.
func (c *Config) zone() *time.Location {
	z, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.Local
	}
	return z
}

// path makes a path of the file absolute from the file's folder.
func (c *Config) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.dir, p)
}
