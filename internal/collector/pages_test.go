package collector

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/boltstore"
	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/enrolment"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/inventory"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/notify"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// The size of a municipality that looks after all its schools from one place.
const (
	bigDevices  = 2000
	bigChecks   = 5000
	bigOpen     = 200
	bigJournal  = 20_000
	bigRooms    = 50
	bigSites    = 10
	bigSwitches = 60
	bigPolled   = 300
	bigSoftware = 250 // programs on one computer
	bigPeople   = 60
)

// maxPage is the most bytes of a page, without the compression of a line.
const maxPage = 100_000

// bigPlace is a collector that does not run, of the size above, in whose console
// somebody is logged in.
type bigPlace struct {
	*Collector
	session *http.Cookie
	ack     string // token of a link
	board   string // status page
	post    string // what is written on it
}

func bigSite(i int) string   { return fmt.Sprintf("mokykla-%02d", i%bigSites) }
func bigDevice(i int) string { return fmt.Sprintf("pc-%02d-%04d", i%bigRooms, i) }

// newBigPlace writes the stores and opens a collector on them.
func newBigPlace(tb testing.TB) *bigPlace {
	tb.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	data, now := filepath.Join(dir, "data"), time.Now()
	if err := os.Mkdir(data, 0o700); err != nil {
		tb.Fatal(err)
	}
	store, err := boltstore.Open(filepath.Join(data, "budi.db"), boltstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	batch := bigInventory(now)
	_, err = store.Apply(tb.Context(), batch)
	must(err)
	must(store.CommitIncidents(bigIncidents(now), nil))
	var key enrolment.Hash
	must(store.AddEnrolToken(tb.Context(), key, enrolment.Token{Name: "et-1", Site: bigSite(0), By: "user admin", Created: now, Expires: now.Add(time.Hour), Uses: bigDevices}, 10, now))
	for i, d := range batch.Devices {
		r := enrolment.Record{Agent: enrolment.Agent{
			ID: fmt.Sprintf("a-%04d", i), Device: d.ID, Site: d.Site, System: "windows", Version: "1.4.2", Hostname: d.Hostname,
			Machine: d.Machine, Token: "et-1", Enrolled: now.Add(-time.Hour), Seen: now.Add(-time.Duration(i) * time.Minute), Address: "10.20.30.40",
		}}
		must(store.AddAgent(tb.Context(), key, r, ""))
	}
	for i := range bigPeople {
		must(store.AddAccount(tb.Context(), access.Account{User: access.User{
			Login: fmt.Sprintf("mokytojas-%02d@savivaldybe.example.lt", i), Name: fmt.Sprintf("Vardenis Pavardenis-Ilgapavardis %d", i), Lang: i18n.Lithuanian,
			Role: access.Operator, Sites: []string{bigSite(i), bigSite(i + 1)}, Created: now,
		}}, false, access.MaxAccounts))
	}
	must(store.Close())

	var config strings.Builder
	config.WriteString("site: {id: mokykla-00, name: Savivaldybės administracija}\nhost: {disabled: true}\nlanguage: lt\nexternal_url: http://budi.example\n" +
		"mail: {from: budi@example.lt, smtp: {host: 127.0.0.1, port: 1, auth: none}}\ncontacts:\n")
	for i := range bigPeople {
		fmt.Fprintf(&config, "  - {name: kontaktas-%02d, email: vardenis.pavardenis-%d@savivaldybe.example.lt}\n", i, i)
	}
	config.WriteString("topology:\n  - {id: ups, kind: ups}\n  - {id: router, kind: router}\n")
	for i := range bigSwitches {
		fmt.Fprintf(&config, "  - {id: komutatorius-%d, name: 'Antro aukšto komutatorius Nr. %d', kind: switch, parents: [router]}\n", i, i)
	}
	config.WriteString("checks:\n")
	for i := range bigChecks {
		fmt.Fprintf(&config, "  - {id: svetaine-%04d, name: 'Įstaigos Nr. %d svetainė ir elektroninis dienynas', target: 'https://www.istaiga-%04d.example.lt/naujienos/'}\n", i, i, i)
	}
	config.WriteString("devices:\n")
	for i := range bigPolled {
		fmt.Fprintf(&config, "  - {id: spausdintuvas-%03d, name: 'Spausdintuvas Nr. %d', target: 'snmp://127.1.%d.%d:9', room: '%d kabinetas'}\n", i, i, i/200, i%200+1, 200+i)
	}
	file := filepath.Join(dir, "collector.yml")
	must(os.WriteFile(file, []byte(config.String()), 0o600))
	c, err := Open(tb.Context(), Options{DataDir: data, ConfigFile: file, Listen: "127.0.0.1:0", Hashing: cheap(), Logger: slog.New(slog.DiscardHandler)})
	must(err)
	tb.Cleanup(func() { _ = c.close() })
	b := &bigPlace{Collector: c}

	password := secret.New("a long password of the keeper")
	_, err = c.access.CreateUser(tb.Context(), access.Local("test"), access.NewUser{Login: "rasa@savivaldybe.example.lt", Name: "Rasa Petraitė-Kazlauskienė", Lang: i18n.Lithuanian, Role: access.Administrator, Password: password})
	must(err)
	value, until, err := c.access.Login(tb.Context(), "rasa@savivaldybe.example.lt", password, access.Client{Address: netip.MustParseAddr("127.0.0.1")})
	must(err)
	b.session = c.access.Cookie(value, until)
	b.ack = c.access.SignAck(1, "rasa", now.Add(time.Hour))
	b.fill(tb, now)
	return b
}

// bigCalendar is a window each day of 200 things, and 300 others.
func bigCalendar(now time.Time) calendar.Config {
	w := calendar.Window{ID: "m-didelis", Name: "Serverių ir komutatorių priežiūra", From: calendar.MomentAt(now), Duration: time.Hour, RRule: "FREQ=DAILY"}
	for i := range 200 {
		w.Things = append(w.Things, topology.ID(bigDevice(i)))
	}
	c := calendar.Config{Maintenance: []calendar.Window{w}}
	for i := range 300 {
		c.Maintenance = append(c.Maintenance, calendar.Window{ID: fmt.Sprintf("m-%03d", i), Name: "Kompiuterių klasės priežiūra", From: calendar.MomentAt(now.Add(time.Duration(i) * time.Hour)), Duration: time.Hour, Sites: []string{bigSite(i)}})
	}
	return c
}

// bigInventory is 2,000 computers in their rooms; the first is the fullest.
func bigInventory(now time.Time) inventory.Batch {
	b := inventory.Batch{Facts: map[string][]look.FactSet{}, Changes: map[string][]inventory.Change{}, Limit: inventory.MaxHistory}
	for i := range bigSites {
		b.Sites = append(b.Sites, inventory.Site{ID: bigSite(i), Name: fmt.Sprintf("Vilkaviškio rajono %d-oji pagrindinė mokykla", i)})
	}
	for i := range bigRooms {
		b.Rooms = append(b.Rooms, inventory.Room{ID: fmt.Sprintf("kab-%d", i), Site: bigSite(i), Name: fmt.Sprintf("%d kabinetas (informatika)", 200+i)})
	}
	for i := range bigDevices {
		room := b.Rooms[i%bigRooms]
		class := fleet.Workstation
		if i%100 == 0 {
			class = fleet.Server
		}
		d := inventory.Device{
			ID: bigDevice(i), Name: fmt.Sprintf("%s kompiuteris Nr. %d", room.Name, i), Site: room.Site, Room: room.ID, Class: class, Kind: inventory.KindComputer,
			Parents: []string{fmt.Sprintf("komutatorius-%d", i%bigSwitches)}, Power: []string{"ups"},
			Asset: fmt.Sprintf("0016%06d", i), Created: now.Add(-1000 * time.Hour), FactsAt: now.Add(-time.Hour), Hostname: fmt.Sprintf("MOKYKLA-PC-%04d", i),
			Model: "Hewlett-Packard ProDesk 400 G6 Small Form Factor PC", Serial: fmt.Sprintf("CZC%07d", i), OS: "Microsoft Windows 11 Pro Education 23H2",
			Machine: wire.Machine{SystemUUID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), MACs: []string{fmt.Sprintf("02:00:00:00:%02x:%02x", i>>8, i&255)}},
		}
		b.Devices = append(b.Devices, d)
		b.Facts[d.ID] = []look.FactSet{
			{Kind: "os", Time: now, Items: []look.Item{{Fields: map[string]string{"name": "Microsoft Windows 11 Pro", "version": "10.0.22631"}}}},
			{Kind: "disk", Time: now, Items: []look.Item{{Key: "S1", Fields: map[string]string{"model": "Samsung SSD 870 EVO 500GB", "serial": "S1", "size_bytes": "500107862016", "health": "healthy"}}}},
		}
	}
	var software []look.Item
	for i := range bigSoftware {
		software = append(software, look.Item{Key: fmt.Sprintf("Microsoft Visual C++ %03d Redistributable (x64)", i), Fields: map[string]string{"version": "14.38.33135.0", "vendor": "Microsoft Corporation", "installed": "2025-09-01"}})
	}
	first := b.Devices[0].ID
	b.Facts[first] = append(b.Facts[first], look.FactSet{Kind: "software", Time: now, Items: software})
	for i := range 500 {
		b.Changes[first] = append(b.Changes[first], inventory.Change{Time: now.Add(-time.Duration(500-i) * time.Hour), Kind: "software", Item: fmt.Sprintf("Program %d of a very long name", i), Field: "version", Old: "14.38.33130.0", New: "14.38.33135.0"})
	}
	return b
}

// bigIncidents is what is open, and the journal.
func bigIncidents(now time.Time) []incident.Incident {
	var out []incident.Incident
	for i := range bigJournal + bigOpen {
		began := now.Add(-time.Duration(bigJournal+bigOpen-i) * 10 * time.Minute)
		inc := incident.Incident{
			ID: incident.ID(i + 1), Severity: incident.Warning, State: incident.Closed, Evidence: incident.Cleared, EndReason: incident.Recovered,
			Since: began, Seen: began, Opened: began.Add(time.Minute), Turned: began.Add(time.Hour), LastFired: began.Add(time.Hour), Ended: began.Add(time.Hour + 2*time.Minute),
			Notified: map[string]time.Time{"rasa": began, "vadovas": began},
			Names:    map[string]string{"site": fmt.Sprintf("Vilkaviškio rajono %d-oji pagrindinė mokykla", i%bigSites)},
			Acked:    &incident.Ack{By: "Jonas Kazlauskas", At: began, Comment: "Skambinau tiekėjui, atvyks rytoj ryte."},
		}
		if i%2 == 0 {
			inc.Rule, inc.Annotations = "DiskNearlyFull", map[string]string{"message": "disk_nearly_full", "runbook": "disk-nearly-full"}
			inc.Labels = map[string]string{"site": bigSite(i), "device": bigDevice(i % bigDevices), "system_filesystem_mountpoint": "C:", "severity": "warning", "job": "host"}
			inc.Names["device"] = fmt.Sprintf("200 kabinetas (informatika) kompiuteris Nr. %d", i%bigDevices)
			inc.Value = 93.5
		} else {
			check := fmt.Sprintf("svetaine-%04d", i%bigChecks)
			inc.Rule, inc.Annotations, inc.Severity = "SiteDown", map[string]string{"message": "site_down", "runbook": "site-down"}, incident.Critical
			inc.Labels = map[string]string{"site": bigSite(0), "check": check, "vantage": "collector", "severity": "critical", "job": "probe"}
			inc.Names["check"], inc.Names[incident.NameTarget] = "Įstaigos svetainė ir elektroninis dienynas", "https://www."+check+".example.lt/"
			inc.Problem = &look.Problem{Code: "connection_refused", Args: map[string]string{"address": "www.example.lt:443"}, Detail: "dial tcp 192.0.2.7:443: connect: connection refused"}
		}
		inc.Key = incident.Key(fmt.Sprintf("%s,n=%d", inc.Rule, i))
		switch {
		case i == bigJournal: // the longest story
			for n := range incident.MaxComments {
				inc, _ = inc.With(incident.Note{Kind: incident.Comment, By: "Rasa Petraitė-Kazlauskienė", At: began.Add(time.Duration(n) * time.Second), Text: strings.Repeat("Tiekėjas žada atvykti rytoj. ", 10)})
			}
			fallthrough
		case i > bigJournal:
			inc.State, inc.Evidence, inc.EndReason, inc.Ended = incident.Open, incident.Firing, "", time.Time{}
			inc.Meaning, inc.Thing, inc.Class = incident.Down, topology.Of(inc.Labels), fleet.Workstation
			if i == bigJournal+1 { // what everything hangs on
				inc.Thing, inc.Class = "router", fleet.Infrastructure
			} else if i%2 == 0 && i > bigJournal {
				inc.Because = []incident.ID{bigJournal + 2}
			}
		}
		out = append(out, inc)
	}
	return out
}

// fill puts in what is not in budi.db: results of looks, silences, people, a day
// of one computer's samples.
func (b *bigPlace) fill(tb testing.TB, now time.Time) {
	tb.Helper()
	ctx := tb.Context()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	for i := range bigChecks {
		b.looking.board.Put(fmt.Sprintf("%ssvetaine-%04d", checkPrefix, i), time.Minute, look.Result{
			Time: now, Duration: 140 * time.Millisecond, Outcome: look.OK, Target: fmt.Sprintf("https://www.istaiga-%04d.example.lt/naujienos/", i),
			Samples: []look.Sample{{Name: metric.ProbeSuccess, Value: 1}, {Name: metric.ProbeSSLEarliestCertExpiry, Value: float64(now.Unix() + 5e6)}},
		})
	}
	for i := range 150 {
		_, err := b.silences.Begin(ctx, notify.Silence{
			Sets: [][]notify.Matcher{{notify.Equal("site", bigSite(i)), notify.Equal("device", bigDevice(i)), notify.Equal("alertname", "DiskNearlyFull")}},
			Ends: now.Add(time.Duration(i+1) * time.Hour), By: "Rasa Petraitė-Kazlauskienė", Comment: "Keičiamas kabineto kompiuterių diskas, darbai truks savaitę.",
		})
		must(err)
	}
	for i := range bigPeople {
		_, _, err := b.access.CreateToken(ctx, access.Local("test"), fmt.Sprintf("grafana-%02d", i), access.Viewer, []string{bigSite(i)}, time.Time{})
		must(err)
	}
	for i := range 300 {
		must(b.access.Audit(ctx, access.Entry{Actor: "user rasa@savivaldybe.example.lt", Action: "incident.acknowledge", Object: fmt.Sprintf("incident %d", i), Detail: "Skambinau tiekėjui, atvyks rytoj ryte."}))
	}
	// Of what the file declares there is nothing to edit.
	keeper := access.WithIdentity(ctx, access.Local("test"))
	broken := &look.Links{Pages: 3000, Checked: 9000, Finished: true}
	for i := range 1000 {
		broken.Broken = append(broken.Broken, look.Broken{URL: fmt.Sprintf("https://www.savivaldybe.example.lt/naujienos/2026/ilgas-naujienos-pavadinimas-%d", i), Code: probe.CodeUnexpectedStatus, Status: 404, Kind: "page", Times: 5, On: []string{"https://www.savivaldybe.example.lt/", "https://www.savivaldybe.example.lt/apie-mus/"}})
	}
	id, err := checkActions{b.Collector}.AddCheck(keeper, settings.Check{ID: "savivaldybe", Name: "Savivaldybės svetainė", Site: bigSite(0), Website: settings.Website{Security: true, Content: true, Links: true}, Spec: probe.Spec{Target: "https://www.savivaldybe.example.lt/"}}, "")
	must(err)
	b.looking.board.Put(aspectID(id, web.AspectLinks), time.Minute, look.Result{Time: now, Outcome: look.OK, Target: "https://www.savivaldybe.example.lt/", Web: &look.Web{Links: broken}})
	b.looking.board.Put(checkPrefix+id, time.Minute, look.Result{Time: now, Duration: 140 * time.Millisecond, Outcome: look.OK, Target: "https://www.savivaldybe.example.lt/"})
	must(calendarView{b.Collector}.PutCalendar(keeper, bigCalendar(now)))
	must(settingsActions{b.Collector}.PutContact(keeper, "", settings.Contact{Name: "pavaduotoja", Email: "pavaduotoja@savivaldybe.example.lt"}))
	must(settingsActions{b.Collector}.PutContact(keeper, "", settings.Contact{Name: "vedėja", Email: "vedeja@savivaldybe.example.lt"}))
	must(settingsActions{b.Collector}.PutEscalation(keeper, "", roster.Escalation{After: time.Hour, To: []string{"vedėja"}}))
	must(b.change(keeper, "device.add", "sw-1", func(s *settings.Settings) error {
		return s.PutDevice(settings.Device{ID: "sw-1", Name: "Serverinės komutatorius", Site: bigSite(0), Target: "snmp://127.0.0.1:9"})
	}))
	must(polledActions{b.Collector}.PutCredential(keeper, settings.Credential{Name: "komutatoriai", Access: settings.Access{SNMP: settings.SNMP{Community: secret.New("x")}}}, false))
	b.tell(now)
	must(b.reports.OpenRoom(keeper, "test", "kab-0"))
	b.fillBoard(keeper, must)
	// The posture of all, and a day of the first.
	for i := range bigDevices {
		b.samples(tb, i, now.Add(-time.Minute))
	}
	for minute := 24 * 60; minute > 1; minute -= 5 {
		b.samples(tb, 0, now.Add(-time.Duration(minute)*time.Minute))
	}
	b.fleet.recall(ctx)
	b.fleet.tell(ctx)
}

// fillBoard makes a status page as full as it may be.
func (b *bigPlace) fillBoard(keeper context.Context, must func(error)) {
	view := statusView{b.statusPages}
	text := func(s string) statuspage.Text { return statuspage.Text{i18n.Lithuanian: s} }
	id, err := view.PutStatusPage(keeper, statuspage.Page{Path: "savivaldybe", Name: text("Savivaldybės svetainių būklė"), Languages: []i18n.Lang{i18n.Lithuanian}}, "")
	must(err)
	for i := range statuspage.MaxComponents {
		must(view.PutStatusComponent(keeper, id, statuspage.Component{Name: text(fmt.Sprintf("Įstaigos Nr. %d svetainė", i)), Group: text("Vilkaviškio rajono mokyklos")}, []string{fmt.Sprintf("check:svetaine-%04d", i)}))
	}
	for range 100 {
		must(view.PutStatusPost(keeper, statuspage.Post{Page: id, Kind: statuspage.Incident, Title: text("Lėtai veikia elektroninis dienynas"), Impact: statuspage.Partly, Updates: []statuspage.Update{{Status: statuspage.Investigating, Text: text("Aiškinamės, kodėl.")}}}))
	}
	b.board, b.post = id, b.statusPages.current.Load().of(id)[0].ID
}

// tell puts up what printers and a switch told.
func (b *bigPlace) tell(now time.Time) {
	percent := func(v float64) *float64 { return &v }
	for i := range bigPolled {
		d := look.Device{Kinds: []look.Kind{look.Printer}}
		for n, colour := range []string{"black", "cyan", "magenta", "yellow"} {
			d.Supplies = append(d.Supplies, look.Supply{Index: fmt.Sprint("1.", n), Name: fmt.Sprintf("%s Cartridge HP CF%dX", colour, 400+i%90), Part: fmt.Sprintf("CF%d%dX", 400+i%90, n), Type: "tonerCartridge", Colour: colour, Percent: percent(float64((i + n) % 12)), State: look.SupplyKnown})
		}
		b.looking.board.Put(fmt.Sprintf("%sspausdintuvas-%03d", polledPrefix, i), time.Minute, look.Result{Time: now, Kind: string(look.Printer), Outcome: look.OK, Device: &d})
	}
	sw := look.Device{Kinds: []look.Kind{look.Switch}}
	for i := range 52 {
		sw.Interfaces = append(sw.Interfaces, look.Interface{Index: i + 1, Name: fmt.Sprintf("GigabitEthernet1/0/%d", i+1), Alias: "214 kabineto 3 rozetė", Admin: "up", Oper: "up", SpeedBPS: 1e9, Duplex: "half", PoE: "deliveringPower", PoEWatts: percent(12.5), Physical: true})
		for n := range 4 {
			k := i*4 + n
			sw.Stations = append(sw.Stations, look.Station{MAC: fmt.Sprintf("02:00:00:00:%02x:%02x", k>>8, k&255), Port: sw.Interfaces[i].Name})
		}
	}
	b.looking.board.Put(polledPrefix+"sw-1", time.Minute, look.Result{Time: now, Kind: string(look.Switch), Outcome: look.OK, Device: &sw})
}

// samples records one look at a computer.
func (b *bigPlace) samples(tb testing.TB, i int, at time.Time) {
	tb.Helper()
	id := bigDevice(i)
	gib := func(n float64) float64 { return n * (1 << 30) }
	samples := []look.Sample{
		{Name: metric.HostAntivirusEnabled, Value: float64(i % 7)}, {Name: metric.HostAntivirusUpToDate, Value: 1}, {Name: metric.HostUpdateAge, Value: float64(i) * 3600},
		{Name: metric.HostRestartPending}, {Name: metric.SystemMemoryUsage, Labels: look.Labels(metric.LabelMemoryState, "used"), Value: gib(6)},
		{Name: metric.SystemMemoryLimit, Value: gib(16)}, {Name: metric.SystemUptime, Value: float64(at.Unix() % 1e6)},
		{Name: metric.SystemCPUTime, Labels: look.Labels(metric.LabelCPUMode, "idle"), Value: float64(at.Unix() % 1e6)},
		{Name: metric.SystemCPUTime, Labels: look.Labels(metric.LabelCPUMode, "user"), Value: float64(at.Unix()%1e6) / 10},
	}
	for _, disk := range []string{"C:", "D:"} {
		samples = append(samples, look.Sample{Name: metric.SystemFilesystemLimit, Labels: look.Labels(metric.LabelFilesystemMountpoint, disk), Value: gib(500)},
			look.Sample{Name: metric.SystemFilesystemUsage, Labels: look.Labels(metric.LabelFilesystemMountpoint, disk, metric.LabelFilesystemState, "used"), Value: gib(460)})
	}
	if err := b.db.Record(context.WithoutCancel(tb.Context()), metricdb.Target{ID: id, Identity: look.Labels("site", bigSite(i%bigRooms), "device", id, "job", "host")}, look.Result{Time: at, Samples: samples}); err != nil {
		tb.Fatal(err)
	}
}

// pages lists addresses of the pages behind every door that shows one, and some
// more that are full.
func (b *bigPlace) pages(tb testing.TB) []string {
	tb.Helper()
	things := map[string][]string{
		"/incidents/": {fmt.Sprint(bigJournal + 1), fmt.Sprint(bigJournal + 2), "1"}, // the longest story, a usual one, a closed one
		"/devices/":   {bigDevice(0), bigDevice(1), "sw-1", "spausdintuvas-007"},
		"/polled/":    {"sw-1"},
		"/agents/":    {"a-0001"},

		"/enrolment/":            {"et-1"},
		"/settings/contacts/":    {"pavaduotoja"},
		"/sites/":                {bigSite(0)},
		"/rooms/":                {"kab-0"},
		"/r/":                    {b.reports.pages["kab-0"].Code},
		"/checks/":               {"savivaldybe"},
		"/availability/":         {"check:savivaldybe"},
		"/calendar/":             {"m-didelis"},
		"/people/":               {"mokytojas-07@savivaldybe.example.lt"},
		"/statuspages/":          {b.board},
		"/statusposts/":          {b.post},
		"/runbooks/":             {"site-down"},
		"/settings/escalations/": {"vedėja"},
	}
	more := []string{
		"/devices?page=10", "/devices?kind=printer", "/devices?q=kompiuteris", "/devices?site=mokykla-03&class=workstation", "/incidents?page=4", "/incidents?q=mokykla", "/journal?q=nera+tokio",
		"/journal?site=mokykla-04&rule=DiskNearlyFull", "/journal?about=pc-04-0004", "/journal?before=500", "/search?q=mokykla", "/search?q=pc-", "/audit?before=200", "/samples?q=probe",
		"/topology?at=router", "/topology?at=komutatorius-1",
		"/devices/" + bigDevice(0) + "?range=week", "/devices/" + bigDevice(0) + "?range=year", "/silences/new?device=" + bigDevice(3), "/checks?page=4", "/checks?q=dienynas", "/checks/svetaine-0007",
	}
	links := map[string]string{"/ack": "?t=" + b.ack, "/credentials/edit": "?name=komutatoriai"}
	var out []string
	for _, r := range web.Routes() {
		switch {
		case r.Method != http.MethodGet:
			continue
		case !strings.Contains(strings.TrimSuffix(r.Pattern, "{$}"), "{"):
			path := strings.TrimSuffix(r.Pattern, "{$}")
			out = append(out, path+links[path])
			continue
		}
		base := r.Pattern[:strings.Index(r.Pattern, "{")]
		if things[base] == nil {
			tb.Fatalf("say in things which %q is to be shown for %s", base, r.Pattern)
		}
		for _, id := range things[base] {
			path, _, _ := strings.Cut(r.Pattern[len(base):], "}")
			rest := strings.TrimPrefix(r.Pattern[len(base):], path+"}")
			out = append(out, base+id+strings.Replace(rest, "{aspect}", web.AspectLinks, 1))
		}
	}
	return append(out, more...)
}

func (b *bigPlace) get(tb testing.TB, path string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "http://budi.example"+path, nil)
	if !strings.HasPrefix(path, "/setup") && !strings.HasPrefix(path, "/login") && !strings.HasPrefix(path, "/invite") {
		r.AddCookie(b.session)
	}
	r.Header.Set("Accept-Language", "lt")
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	return w
}

// isPage reports whether an answer is a page for people.
func isPage(w *httptest.ResponseRecorder) bool {
	return strings.HasPrefix(w.Header().Get("Content-Type"), "text/html")
}

// Every page of the console stays below 100 kB, however much there is.
func TestEveryPageIsSmallWithTwoThousandDevices(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it fills a collector with 2,000 devices")
	}
	b := newBigPlace(t)
	// Links that are used up, a token that was not made just now, an identity
	// provider and a logo that there are not.
	unavailable := []string{"/enrolment/et-1", "/setup", "/invite", "/login/oidc", "/login/oidc/callback", "/logo"}
	seen := 0
	for _, path := range b.pages(t) {
		w := b.get(t, path)
		switch {
		case w.Code >= 500:
			t.Errorf("%s: %d", path, w.Code)
		case w.Code >= 400 && !slices.Contains(unavailable, strings.SplitN(path, "?", 2)[0]):
			t.Errorf("%s: %d, so nothing was measured", path, w.Code)
		case !isPage(w):
			continue
		}
		seen++
		t.Logf("%6d bytes %s", w.Body.Len(), path)
		if w.Body.Len() >= maxPage {
			t.Errorf("%s has %d bytes", path, w.Body.Len())
		}
	}
	if seen < 20 {
		t.Errorf("%d pages only", seen)
	}
}
