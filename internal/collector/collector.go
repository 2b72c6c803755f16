// Package collector puts the collector together: it opens the stores, starts
// what looks, evaluates, mails and answers, exchanges the configuration while
// all of that runs, and stops it in order. The parts know nothing of each
// other; their seams are here. cmd/collector is the only caller.
package collector

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/budi-monitor/budi/internal/buildinfo"
	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/authority"
	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/heartbeat"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/notify"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/ruleset"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// Options say where and with what a collector runs. Zero values mean what
// production needs.
type Options struct {
	DataDir    string // required; made when it is not there
	ConfigFile string // empty: the defaults
	Listen     string // empty: the configuration's
	Logger     *slog.Logger
	Now        func() time.Time // for tests with a clock of their own

	// Demo says that everything that this collector tells is made up: pages,
	// mails, a metric and the status say so, and nothing else is different.
	Demo bool

	// Computer is what the collector takes for its own; nil: the one that it
	// runs on.
	Computer Computer

	// Roots are the authorities by whose certificates checked websites are
	// known; nil: those of the system.
	Roots *x509.CertPool

	// Domains is how domains are asked for; zero: as everybody does. What may be
	// reached is the configuration's.
	Domains domain.Options

	// StepInterval is how often rules that are due are evaluated; 0: the
	// rules' interval, but 5 s at most.
	StepInterval time.Duration

	// Hashing is the cost of new passwords; zero: access.DefaultHashing.
	Hashing access.Hashing
}

// Collector is a collector that has been opened.
type Collector struct {
	opts      Options
	log       *slog.Logger
	now       func() time.Time
	started   time.Time
	device    string
	registry  *prometheus.Registry
	catalogue *i18n.Catalogue

	store       *boltstore.Store
	settings    *settings.Control
	domains     domain.Options
	tries       *tries
	lists       *previews
	years       years
	db          *metricdb.DB
	backups     *backups
	outcomes    *outcomes
	crawler     *crawler
	contents    *contentKeeper
	jobs        *jobKeeper
	silences    *notify.Silences
	access      *access.Control
	signIn      *signIn
	rules       *ruleset.Set
	outbox      *outbox.Outbox
	telling     *telling
	alerting    *alerting
	heart       *heartbeat.Heart
	digests     *digesting
	reports     *reports
	statusPages *statusPages
	looking     *looking
	reserve     *reserve
	alertsAPI   *notify.API
	listener    net.Listener
	admin       net.Listener
	server      *server
	authority   *authority.Authority // nil: the certificate is from files, or there is no TLS
	agents      *agents
	undos       undos
	fleets      previews // lists of devices
	fleet       *fleetTeller
	vantages    *vantages
	present     *present
	forecast    *forecaster
	supplying   *supplying
	uptimes     *availability.Keeper
	ownFacts    *ownFacts
	polling     *polling
	learning    learning
	here        here
	hanging     hanging
	reaching    atomic.Pointer[reaching] // how far checks may look, under the configuration in use

	// listening is since when agents could be heard without a break.
	listening atomic.Pointer[time.Time]

	reloadOK   prometheus.Gauge
	reloadTime prometheus.Gauge

	reloading sync.Mutex // one reload or change at a time; guards declared
	declared  Config     // as the file has it

	mu      sync.Mutex // guards what follows
	config  Config     // in use: the file over what people set in the console
	changed uint64     // counts the configurations that were in use
	notice  []string
}

// Open opens everything and binds the listener, so that a taken port or a
// damaged folder is told at once. Run must follow: it closes what was opened.
func Open(ctx context.Context, o Options) (_ *Collector, err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Collector{opts: o, log: o.Logger.With("component", "collector"), now: o.Now, started: o.Now(), registry: prometheus.NewRegistry()}
	c.listening.Store(&c.started)
	c.tries, c.lists, c.domains = newTries(), &previews{}, o.domainOptions()
	defer func() {
		if err != nil {
			_ = c.close() // what was opened before the error
		}
	}()
	c.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	c.reloadOK = prometheus.NewGauge(prometheus.GaugeOpts{Name: "budi_config_last_reload_successful", Help: "1 when the configuration in use is the one in the file, 0 when the last reload failed and the old one was kept."})
	c.reloadTime = prometheus.NewGauge(prometheus.GaugeOpts{Name: "budi_config_last_reload_success_timestamp_seconds", Help: "Unix time of the last successful reload."})
	c.registry.MustRegister(c.reloadOK, c.reloadTime,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "budi_demo", Help: "1 when everything that this collector tells is made up (budi-collector demo), else 0."},
			func() float64 {
				if o.Demo {
					return 1
				}
				return 0
			}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "budi_notices", Help: "Things that the collector has to say to its keeper since it started, such as a quarantined file."},
			func() float64 { return float64(len(c.notices())) }))
	if c.catalogue, err = i18n.Load(); err != nil {
		return nil, err
	}

	config, err := LoadConfig(o.ConfigFile)
	if err != nil {
		return nil, err
	}
	if o.Listen != "" {
		config.Listen = o.Listen
		if err := checkListen(o.Listen); err != nil {
			return nil, fmt.Errorf("--listen %s: %w", o.Listen, err)
		}
	}
	if c.opts.StepInterval <= 0 {
		c.opts.StepInterval = min(5*time.Second, config.Alerting.RulesInterval)
	}
	c.device = config.Device
	if c.device == "" {
		c.device = deviceID()
	}
	if c.listener, err = listen(ctx, config.Listen); err != nil {
		return nil, err
	}
	c.declared = config
	if err := c.openStores(ctx, &config); err != nil {
		return nil, err
	}
	c.tellLeftOut(&config)
	if err := c.openParts(&config); err != nil {
		return nil, err
	}
	if err := c.apply(ctx, config, nil); err != nil {
		return nil, err
	}
	return c, nil
}

// openStores opens what is on the disk, budi.db first: it holds the lock of
// the folder, and what people set in the console, which config has afterwards.
func (c *Collector) openStores(ctx context.Context, config *Config) error {
	dir := c.opts.DataDir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if err := errors.Join(checkFolder(dir), checkRestored(dir)); err != nil {
		return err
	}
	var err error
	database := filepath.Join(dir, "budi.db")
	_, statErr := os.Stat(database)
	existed := statErr == nil
	if c.store, err = boltstore.Open(database, boltstore.Options{Logger: c.opts.Logger, Registerer: c.registry, Now: c.now}); err != nil {
		return err
	}
	key, newKey, err := access.LoadKey(filepath.Join(dir, "secret.key"))
	if err != nil {
		return err
	}
	if err := c.openSettings(ctx, key); err != nil {
		return err
	}
	*config = config.with(c.settings.Current())
	c.reserve = newReserve(dir, c.log, c.registry)
	c.reserve.take()
	if c.db, err = metricdb.Open(ctx, metricdb.Options{
		Dir: filepath.Join(dir, "tsdb"), Retention: time.Duration(config.Storage.RetentionDays) * 24 * time.Hour,
		RetentionBytes: int64(config.Storage.RetentionSize), Logger: c.opts.Logger, Registerer: c.registry, Now: c.now,
	}); err != nil {
		return err
	}
	registerDataFolder(c.registry, dir, c.db)
	if c.silences, err = notify.OpenSilences(filepath.Join(dir, "silences"), notify.SilenceOptions{Logger: c.opts.Logger}); err != nil {
		return err
	}
	if c.access, err = access.Open(access.Options{
		Hashing: c.opts.Hashing,
		Store:   c.store, Key: key, Logger: c.opts.Logger, Registerer: c.registry, Now: c.now,
		// Behind a web server with TLS browsers speak TLS too.
		Secure: config.tls() || strings.HasPrefix(config.ExternalURL, "https://"),
	}); err != nil {
		return err
	}
	if c.backups, err = newBackups(&backups{dir: dir, store: c.store, db: c.db, silences: c.silences, log: c.log, now: c.now}, c.registry); err != nil {
		return err
	}
	if c.signIn, err = newSignIn(key, c.now); err != nil {
		return err
	}
	if err := c.openJobs(key); err != nil {
		return err
	}
	if existed && newKey {
		c.tell("The key file secret.key was gone and a new one was made: the links in mails sent so far do not work any more.")
	}
	if c.admin, err = admin.Listen(dir); err != nil {
		// Not worth stopping for: the collector watches without it.
		c.tell(fmt.Sprintf("Commands beside the running collector do not work: %v", err))
	}
	return nil
}

// openParts makes what looks, evaluates and tells, idle until apply gives it a
// configuration.
func (c *Collector) openParts(config *Config) (err error) {
	c.polling = newPolling(c)
	c.outcomes = &outcomes{c: c}
	c.crawler = newCrawler(c)
	c.contents = &contentKeeper{c: c}
	c.rules, err = ruleset.New(ruleset.Options{DB: c.db, Logger: c.opts.Logger, Registerer: c.registry,
		ExternalURL: config.ExternalURL, Interval: config.Alerting.RulesInterval})
	if err != nil {
		return err
	}
	c.telling = &telling{}
	c.outbox, err = outbox.Open(reserved{c.store, c.reserve}, c.telling, outbox.Options{
		Installation: c.store.Installation(), Domain: messageDomain(config), SumUpAfter: config.Alerting.SumUpAfter, Restored: c.store.Restored(),
		Logger: c.opts.Logger, Registerer: c.registry, Now: c.now,
	})
	if err != nil {
		return err
	}
	c.looking = newLooking(c.db, c.log, c.now, c.registry)
	c.looking.polling = c.polling
	c.ownFacts = &ownFacts{c: c, computer: c.opts.Computer}
	if c.ownFacts.computer == nil {
		c.ownFacts.computer = newThisComputer(c.opts.Logger)
	}
	if c.alertsAPI, err = notify.NewAPI(notify.APIOptions{Silences: c.silences, Sites: seenSites, Logger: c.opts.Logger}); err != nil {
		return err
	}
	c.present = newPresent(time.Minute + config.Agents.PushInterval)
	c.alerting = &alerting{
		rules: c.rules, store: reserved{c.store, c.reserve}, outbox: c.outbox, muted: c.silences.Muted, seen: c.seen, about: c.tellAbout,
		publish: c.publish, around: c.around, presence: c.present, log: c.log, now: c.now, interval: c.opts.StepInterval,
		metrics: newAlertingMetrics(c.registry),
	}
	if err := c.alerting.load(); err != nil {
		return err
	}
	if err := c.openAuthority(config); err != nil {
		return err
	}
	if err := c.openAgents(); err != nil {
		return err
	}
	if err := c.openReports(); err != nil {
		return err
	}
	if err := c.openStatusPages(); err != nil {
		return err
	}
	if c.heart, err = heartbeat.New(heartbeat.Options{Able: c.ableToTell, Roots: c.opts.Roots, Logger: c.opts.Logger, Registerer: c.registry, Now: c.now,
		UserAgent: "budi-collector/" + buildinfo.Get().Version}); err != nil {
		return err
	}
	c.fleet = &fleetTeller{c: c}
	c.vantages = &vantages{c: c}
	c.forecast = &forecaster{c: c}
	c.supplying = &supplying{c: c}
	c.digests = &digesting{c: c}
	c.server, err = c.newServer(config)
	return err
}

// apply makes everything of a configuration first and exchanges it then, so
// that a configuration with a mistake changes nothing. commit, unless it is nil,
// is the last thing that may fail: it stores what made this configuration.
func (c *Collector) apply(ctx context.Context, config Config, commit func() error) error {
	sources, problems := config.ruleSources()
	if len(problems) > 0 {
		return fmt.Errorf("read rules: %w", problems)
	}
	receivers, problems := config.loadReceivers(describe(c.catalogue, i18n.Lang(config.Language)))
	if len(problems) > 0 {
		return fmt.Errorf("read receivers: %w", problems)
	}
	var err error
	var mailer *mail.Mailer
	if config.Mail != nil {
		mailer, err = mail.New(*config.Mail, mail.Options{
			Catalogue: c.catalogue, ExternalURL: config.ExternalURL, SiteName: config.institution(), Zone: config.zone(),
			AckURL: c.ackURL, Demo: c.opts.Demo, Logger: c.opts.Logger,
		})
		if err != nil {
			return fmt.Errorf("set up mail: %w", err)
		}
	}
	provider, err := c.signIn.provider(&config)
	if err != nil {
		return err
	}
	if err := c.server.loadCertificate(config.TLS, config.path); err != nil {
		return err
	}
	// What is made from here on looks as far as the new configuration lets it.
	before, done := c.reaching.Swap(reachingOf(config.Reach, c.doorsHere()...)), false
	defer func() {
		if !done {
			c.reaching.Store(before)
		}
	}()
	targets, err := planOf(&config, c.device, c.URL()+"/login", c.lookOptions, c.ownFacts.look, selfLook(c.registry))
	if err != nil {
		return err
	}
	if err := c.alertsAPI.SetReceivers(contactNames(&config)); err != nil {
		return fmt.Errorf("show the contacts: %w", err)
	}
	if err := c.agents.keepOwn(ctx, &config, c.device, cmp.Or(c.opts.ownHostname(ctx), c.device)); err != nil {
		return err
	}
	if err := c.keepPolled(ctx, &config); err != nil {
		return err
	}
	c.polling.plan(&config, targets)
	c.planAspects(&config, targets)
	if err := c.rules.Load(sources); err != nil {
		return fmt.Errorf("load rules: %w", err)
	}
	if commit != nil {
		if err := commit(); err != nil {
			return err
		}
	}
	// From here on nothing can fail.
	done = true
	c.telling.set(&config, mailer, receivers)
	c.signIn.current.Store(provider)
	c.outbox.SetContacts(contactNames(&config))
	c.alerting.setPolicy(policyOf(&config))
	c.heart.Set(config.Heartbeat)
	c.jobs.set(&config)
	c.contents.set(&config)
	c.looking.set(ctx, targets)
	c.mu.Lock()
	c.config = config
	c.changed++
	c.mu.Unlock()
	if c.authority != nil {
		// Agents and browsers come to another external_url from now on.
		if err := c.authority.Renew(); err != nil {
			c.log.Error("issue a certificate for the collector; it is tried again each hour", "err", err)
		}
	}
	c.reloadOK.Set(1)
	c.reloadTime.Set(float64(c.now().Unix()))
	if len(config.Contacts) == 0 {
		c.log.Warn("nobody is told of faults: incidents would have been mailed to nobody; set up mail and contacts in the console under Settings, or in the configuration file")
	}
	return nil
}

func policyOf(c *Config) incident.Policy {
	p, a := incident.DefaultPolicy(), c.Alerting
	p.HoldFault, p.HoldRecovery, p.HoldSymptom, p.ReturnGrace = a.HoldFault, a.HoldRecovery, a.HoldSymptom, a.ReturnGrace
	p.FlapWithin, p.FlapCalm = a.FlapWithin, a.FlapCalm
	p.Classes = map[fleet.Class]incident.Hold{}
	for class, hold := range a.Classes {
		p.Classes[class] = incident.Hold{Fault: hold.HoldFault, Recovery: hold.HoldRecovery}
	}
	return p
}

func contactNames(c *Config) []string {
	var names []string
	for _, p := range c.Contacts {
		names = append(names, p.Name)
	}
	return names
}

// Reload reads the configuration file again and lays it over what people set in
// the console. When anything is wrong with it the
// old configuration stays, the error says what, and a metric shows it.
func (c *Collector) Reload(ctx context.Context) error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	ctx = context.WithoutCancel(ctx) // whoever asked may leave: half a reload is none
	declared, err := LoadConfig(c.opts.ConfigFile)
	var config Config
	if err == nil {
		old := c.Config()
		config = declared.with(c.settings.Current())
		for field, changed := range map[string]bool{
			"listen": c.opts.Listen == "" && config.Listen != old.Listen, "storage": config.Storage != old.Storage,
			"device":                  config.Device != old.Device,
			"tls":                     config.authority() != old.authority() || config.tls() != old.tls(),
			"time_zone":               config.TimeZone != old.TimeZone,
			"alerting.sum_up_after":   config.Alerting.SumUpAfter != old.Alerting.SumUpAfter,
			"alerting.rules_interval": config.Alerting.RulesInterval != old.Alerting.RulesInterval,
		} {
			if changed {
				c.log.Warn("this field was changed; it takes effect at the next start", "field", field)
			}
		}
		if c.opts.Listen != "" {
			declared.Listen = c.opts.Listen
		}
		if config.authority() != old.authority() || config.tls() != old.tls() {
			declared.TLS = old.TLS
		}
		config = declared.with(c.settings.Current())
		if err = c.apply(ctx, config, nil); err == nil {
			c.declared = declared
			c.tellLeftOut(&config)
		}
	}
	if err != nil {
		c.reloadOK.Set(0)
		return fmt.Errorf("the old configuration stays in use: %w", err)
	}
	c.log.Info("configuration reloaded", "checks", len(config.Checks), "contacts", len(config.Contacts))
	return nil
}

// Config returns the configuration in use.
func (c *Collector) Config() Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.config
}

// configNow is Config and which it is: another number, another configuration.
func (c *Collector) configNow() (Config, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.config, c.changed
}

// SetupURL returns the one-time link that creates the administrator, or
// nothing when there is one already.
func (c *Collector) SetupURL(ctx context.Context) (string, error) {
	token, needed, err := c.access.SetupToken(ctx)
	if err != nil || !needed {
		return "", err
	}
	return c.URL() + "/setup?token=" + token, nil
}

// Addr is the address that the collector listens on.
func (c *Collector) Addr() string { return c.listener.Addr().String() }

// URL is the address of the console on this computer.
func (c *Collector) URL() string {
	scheme := "http"
	if c.server.secure() {
		scheme = "https"
	}
	return scheme + "://" + c.Addr()
}

// Run works until ctx ends and closes everything.
func (c *Collector) Run(ctx context.Context) error {
	for _, n := range c.notices() {
		c.log.Warn("notice", "text", n)
	}
	// The own page is one of the things looked at: it answers before the first
	// look and until the last.
	parts := []part{
		{"silences", c.silences.Run},
		{"outbox", c.outbox.Run},
		{"alerting", c.alerting.run},
		{"server", func(ctx context.Context) error { return c.server.run(ctx, c.listener) }},
		{"looking", c.looking.run},
		{"looking at devices", c.looking.runDevices},
		{"polling", c.polling.run},
		{"crawling", c.crawler.run},
		{"repeating", c.looking.repeat},
		{"agents", c.agents.enrolment.Run},
		{"fleet", c.fleet.run},
		{"vantages", c.vantages.run},
		{"forecast", c.forecast.run},
		{"supplies", c.supplying.run},
		{"availability", c.uptimes.Run},
		{"facts", c.ownFacts.run},
		{"heartbeat", c.heart.Run},
		{"digests", c.digests.run},
		{"housekeeping", c.keepHouse},
		{"backups", (&nightly{backups: selfBackups{c}, config: c.Config, device: c.device, log: c.log, now: c.now, work: nightlyWork}).run},
	}
	if c.authority != nil {
		parts = append(parts, part{"authority", c.authority.Run})
	}
	if c.admin != nil {
		parts = append(parts, part{"admin", func(ctx context.Context) error { return admin.Serve(ctx, c.admin, ops{c}, c.opts.Logger) }})
	}
	build := buildinfo.Get()
	c.log.Info("collector runs", "version", build.Version, "revision", build.Revision, "url", c.URL(), "data", c.opts.DataDir)
	err := runParts(ctx, c.log, parts)
	return errors.Join(err, c.close())
}

// close closes what is open, in the reverse order of opening.
func (c *Collector) close() error {
	var errs []error
	if c.admin != nil {
		_ = c.admin.Close() // mostly closed already
	}
	if c.agents != nil && c.agents.enrolment != nil {
		errs = append(errs, c.agents.enrolment.Close())
	}
	if c.backups != nil {
		c.backups.close()
	}
	if c.db != nil {
		errs = append(errs, c.db.Close())
	}
	if c.store != nil {
		errs = append(errs, c.store.Close())
	}
	if c.listener != nil {
		_ = c.listener.Close()
	}
	return errors.Join(errs...)
}

// keepHouse makes the daily copy of budi.db and takes the reserve again.
func (c *Collector) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(retakeEvery)
	defer tick.Stop()
	for {
		if err := c.store.DailyCopy(c.now()); err != nil {
			c.log.Error("make the daily copy of budi.db", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			c.reserve.take()
			if err := c.agents.inventory.Sweep(ctx); err != nil {
				c.log.Error("delete removed devices", "err", err)
			}
		}
	}
}

// tell adds a notice for the keeper of the collector.
func (c *Collector) tell(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notice = append(c.notice, text)
}

// notices is all that the keeper should know.
func (c *Collector) notices() []string {
	c.mu.Lock()
	all := append([]string(nil), c.notice...)
	c.mu.Unlock()
	if c.store != nil {
		all = append(all, c.store.Notices()...)
	}
	if c.settings != nil {
		all = append(all, c.settings.Notices()...)
	}
	if c.db != nil {
		all = append(all, c.db.Notices()...)
	}
	if c.silences != nil {
		all = append(all, c.silences.Notices()...)
	}
	return all
}
