package collector

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/availability"
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
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/wire"
)

// cheap is a cost of passwords for tests that make many.
func cheap() access.Hashing { return access.Hashing{MemoryKiB: 64, Passes: 1, Threads: 1} }

// The IDs of the two sites of TestEveryRouteRefusesTheWrongRoleAndTheWrongSite.
const (
	northside = "site-n" // the collector's own
	southside = "site-s"
)

// mark is the word that is in what people, agents and checks of a site call
// things, and nowhere else: an answer that has it tells of the site.
func mark(site string) string {
	return map[string]string{northside: "northside", southside: "southside"}[site]
}

func otherSide(site string) string {
	if site == northside {
		return southside
	}
	return northside
}

// twoSides is a collector that does not run, with something of every kind in
// both sites.
type twoSides struct {
	later  string // a contact that escalations name
	t      *testing.T
	c      *Collector
	made   int
	boards []string                       // status pages, the oldest first
	proof  map[string]func(*http.Request) // by the name of who asks
}

// things says how to make a thing of each kind in a site, and returns its ID as
// it is in paths. A new kind of thing is one line here.
func (w *twoSides) things() map[string]func(site string) string {
	return map[string]func(site string) string{
		"site":       func(site string) string { return site },
		"room":       w.room,
		"device":     w.device,
		"agent":      func(site string) string { return w.agent(site).ID },
		"token":      w.enrolToken,
		"incident":   w.incident,
		"silence":    w.silence,
		"gone":       w.removed,
		"closed":     func(site string) string { return w.newIncident(site, incident.Closed) },
		"acked":      w.acknowledged,
		"ended":      w.endedSilence,
		"check":      w.check,
		"job":        w.job,
		"dropped":    w.dropped,
		"polled":     w.polled,
		"credential": w.credential,
		"person":     w.person,
		"apitoken":   w.apiToken,
		"word":       mark,
		"number":     func(string) string { return fmt.Sprint(w.number()) },
		"now":        func(string) string { return fmt.Sprint(w.c.now().Unix()) },
		"before":     func(string) string { return fmt.Sprint(w.c.now().Add(-time.Hour).Unix()) },
		"board":      w.board,
		"public":     w.public,
		"shown":      w.shown,
		"post":       w.post,
		"window":     w.window,
		"unwanted":   w.unwantedWindow,
		"contact":    func(string) string { return w.contact() },
		"escalation": func(string) string { return w.escalation() },
		"unescalation": func(string) string {
			name := w.escalation()
			w.must(settingsActions{w.c}.RemoveEscalation(w.t.Context(), name))
			return name
		},
		"removed": func(string) string {
			name := w.contact()
			w.must(settingsActions{w.c}.RemoveContact(w.t.Context(), name))
			return name
		},
	}
}

func newTwoSides(t *testing.T) *twoSides {
	t.Helper()
	dir, err := os.MkdirTemp("", "budi") // short, for the admin socket
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "collector.yml")
	text := "site: {id: site-n, name: The northside}\ndevice: own\nhost: {disabled: true}\nchecks: [{id: www-of-northside, name: website of northside, target: 'http://127.0.0.1:1/'}]\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &twoSides{t: t, proof: map[string]func(*http.Request){}}
	w.c, err = Open(t.Context(), Options{DataDir: filepath.Join(dir, "data"), ConfigFile: config, Listen: "127.0.0.1:0", Hashing: cheap(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.c.close()
		_ = os.RemoveAll(dir)
	})
	w.must(w.c.agents.inventory.PutSite(t.Context(), "test", inventory.Site{ID: southside, Name: "The " + mark(southside)}))
	name := "northside server"
	w.must(w.c.agents.inventory.Edit(t.Context(), "test", "own", inventory.Edit{Name: &name}))
	for _, site := range []string{northside, southside} {
		for _, make := range w.things() {
			make(site)
		}
		w.twins(site)
		w.samples(site)
	}
	w.c.rules.Eval(t.Context(), w.c.now())
	return w
}

func (w *twoSides) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// number is another one each time, for IDs that tell nothing.
func (w *twoSides) number() int {
	w.made++
	return w.made
}

func (w *twoSides) room(site string) string {
	id := fmt.Sprint("r", w.number())
	w.must(w.c.agents.inventory.PutRoom(w.t.Context(), "test", inventory.Room{ID: id, Site: site, Name: "room of " + mark(site)}))
	return id
}

// contact is of the whole installation.
func (w *twoSides) contact() string {
	address, name := "http://127.0.0.1", fmt.Sprint("c", w.number())
	do := settingsActions{w.c}
	w.must(do.SetGeneral(w.t.Context(), web.GeneralEdit{ExternalURL: &address}))
	w.must(do.SetMail(w.t.Context(), &web.MailServer{From: "budi@example.lt", Host: "127.0.0.1", Port: 1, Security: "none", Auth: "none"}))
	w.must(do.PutContact(w.t.Context(), "", settings.Contact{Name: name, Email: "a@example.lt"}))
	return name
}

// window is maintenance that was entered in the console.
func (w *twoSides) window(site string) string {
	id := fmt.Sprint("m-", w.number())
	from := w.c.now().Add(time.Hour)
	w.must(calendarView{w.c}.PutCalendar(access.WithIdentity(w.t.Context(), access.Local("test")), calendar.Config{Maintenance: []calendar.Window{{
		ID: id, Name: "work in " + mark(site), Sites: []string{site}, From: calendar.ExactMoment(from), Duration: time.Hour,
	}}}))
	return id
}

func (w *twoSides) unwantedWindow(site string) string {
	id := w.window(site)
	w.must(calendarView{w.c}.RemoveCalendar(access.WithIdentity(w.t.Context(), access.Local("test")), id))
	return id
}

// board is a status page with a line of which the public knows nothing but what
// is written for it.
func (w *twoSides) board(site string) string {
	ctx := access.WithIdentity(w.t.Context(), access.Local("test"))
	view := statusView{w.c.statusPages}
	if len(w.boards) > statuspage.MaxPages/2 { // those of earlier requests
		if _, there := w.c.statusPages.current.Load().pages[w.boards[0]]; there {
			w.must(view.RemoveStatusPage(ctx, w.boards[0]))
		}
		w.boards = w.boards[1:]
	}
	id, err := view.PutStatusPage(ctx, statuspage.Page{Path: fmt.Sprint("b", w.number()), Site: site, Languages: []i18n.Lang{i18n.English}, Name: statuspage.Text{i18n.English: "status of " + mark(site)}}, "")
	w.must(err)
	w.boards = append(w.boards, id)
	w.must(view.PutStatusComponent(ctx, id, statuspage.Component{Name: statuspage.Text{i18n.English: "A website"}}, []string{"check:" + w.check(site)}))
	return id
}

// public is the path of one that is published, which tells of no site.
func (w *twoSides) public(site string) string {
	ctx := access.WithIdentity(w.t.Context(), access.Local("test"))
	view := statusView{w.c.statusPages}
	id, path := w.board(site), fmt.Sprint("p", w.number())
	_, err := view.PutStatusPage(ctx, statuspage.Page{ID: id, Path: path, Site: site, Languages: []i18n.Lang{i18n.English}, Name: statuspage.Text{i18n.English: "How things are"}}, "")
	w.must(err)
	w.must(view.PublishStatusPage(ctx, id, true))
	return path
}

// shown is one that is published, which tells of its site.
func (w *twoSides) shown(site string) string {
	id := w.board(site)
	w.must(statusView{w.c.statusPages}.PublishStatusPage(access.WithIdentity(w.t.Context(), access.Local("test")), id, true))
	return id
}

// post is something written on a status page.
func (w *twoSides) post(site string) string {
	ctx := access.WithIdentity(w.t.Context(), access.Local("test"))
	board := w.board(site)
	w.must(statusView{w.c.statusPages}.PutStatusPost(ctx, statuspage.Post{
		Page: board, Kind: statuspage.Incident, Title: statuspage.Text{i18n.English: "fault of " + mark(site)}, Impact: statuspage.Partly,
		Updates: []statuspage.Update{{Status: statuspage.Identified, Text: statuspage.Text{i18n.English: "text of " + mark(site)}}},
	}))
	return w.c.statusPages.current.Load().of(board)[0].ID
}

// escalation is of the whole installation, too.
func (w *twoSides) escalation() string {
	if w.later == "" {
		w.contact() // somebody is told first
		w.later = w.contact()
	}
	name := fmt.Sprint("e", w.number())
	w.must(settingsActions{w.c}.PutEscalation(w.t.Context(), "", roster.Escalation{Name: name, After: time.Hour, To: []string{w.later}}))
	return name
}

func (w *twoSides) device(site string) string {
	return w.computer(site, fmt.Sprint("SN-", w.number()))
}

func (w *twoSides) computer(site, serial string) string {
	d, err := w.c.agents.inventory.Place(w.t.Context(), inventory.NewComputer{
		Site: site, Hostname: "pc", Class: fleet.Workstation, Machine: wire.Machine{SystemSerial: serial, BoardSerial: serial},
	})
	w.must(err)
	name := "pc of " + mark(site)
	w.must(w.c.agents.inventory.Edit(w.t.Context(), "test", d.ID, inventory.Edit{Name: &name}))
	return d.ID
}

// twins are two devices that are probably one, which have facts. The second hangs
// on the first, and on a computer of the northside.
func (w *twoSides) twins(site string) {
	serial := fmt.Sprint("SN-", w.number())
	parents := []string{"own"}
	for range 2 {
		id := w.computer(site, serial)
		w.must(w.c.agents.inventory.Edit(w.t.Context(), "test", id, inventory.Edit{Parents: &parents}))
		parents = append([]string{id}, parents...)
		facts := []look.FactSet{{Kind: "os", Time: w.c.now(), Items: []look.Item{{Fields: map[string]string{"name": "system of " + mark(site)}}}}}
		w.must(w.c.agents.inventory.Take(w.t.Context(), id, facts, inventory.About{}))
	}
}

func (w *twoSides) enrolToken(site string) string {
	_, made, err := w.c.agents.enrolment.CreateToken(w.t.Context(), "somebody of "+mark(site), enrolment.NewToken{Site: site})
	w.must(err)
	return made.Name
}

func (w *twoSides) agent(site string) enrolment.Agent {
	token, _, err := w.c.agents.enrolment.CreateToken(w.t.Context(), "test", enrolment.NewToken{Site: site})
	w.must(err)
	random := fmt.Sprintf("%032d", w.number())
	a, err := w.c.agents.enrolment.Enrol(w.t.Context(), wire.EnrolRequest{
		Token: token.Reveal(), Secret: wire.AgentSecretPrefix + base64.RawURLEncoding.EncodeToString([]byte(random)), Hostname: "pc-of-" + mark(site), System: "linux", Version: "1",
	}, "192.0.2.1")
	w.must(err)
	return a
}

func (w *twoSides) incident(site string) string { return w.newIncident(site, incident.Open) }

func (w *twoSides) newIncident(site string, state incident.State) string {
	id := incident.ID(w.number())
	labels := map[string]string{"site": site, "alertname": "SiteDown", "check": "www-of-" + mark(site), "number": fmt.Sprint(id)}
	now := w.c.now()
	w.must(w.c.store.CommitIncidents([]incident.Incident{{
		ID: id, Key: incident.Key(fmt.Sprint("key-", id)), Rule: "SiteDown", Severity: incident.Critical, State: state, Labels: labels,
		Names: map[string]string{"check": "website of " + mark(site)}, Since: now, Seen: now, Opened: now, Turned: now, LastFired: now, Ended: now,
	}}, nil))
	w.must(w.c.alerting.load())
	w.c.publish(w.c.alerting.open())
	return strconv.FormatUint(uint64(id), 10)
}

func (w *twoSides) silence(site string) string {
	id, err := w.c.silences.Begin(w.t.Context(), notify.Silence{
		Sets: [][]notify.Matcher{{notify.Equal("site", site), notify.Equal("number", fmt.Sprint(w.number()))}},
		Ends: time.Now().Add(time.Hour), By: "somebody of " + mark(site), Comment: "x",
	})
	w.must(err)
	return id
}

func (w *twoSides) acknowledged(site string) string {
	id := w.incident(site)
	n, err := strconv.ParseUint(id, 10, 64)
	w.must(err)
	_, err = w.c.alerting.acknowledge(incident.ID(n), "somebody of "+mark(site), "x", time.Time{})
	w.must(err)
	return id
}

func (w *twoSides) endedSilence(site string) string {
	id := w.silence(site)
	w.must(w.c.silences.End(w.t.Context(), id))
	return id
}

func (w *twoSides) removed(site string) string {
	id := w.device(site)
	w.must(w.c.removeDevice(w.t.Context(), "test", id))
	return id
}

// check is one that was added in the console.
func (w *twoSides) check(site string) string {
	ctx := access.WithIdentity(w.t.Context(), access.Local("test"))
	check := settings.Check{ID: fmt.Sprint("c", w.number()), Name: "check of " + mark(site), Site: site, Website: settings.Website{Security: true, Content: true, Links: true}, Spec: probe.Spec{Target: "http://127.0.0.1:1/"}}
	id, err := checkActions{w.c}.AddCheck(ctx, check, "")
	w.must(err)
	w.c.looking.board.Put(checkPrefix+id, time.Minute, look.Result{Time: w.c.now(), Outcome: look.OK, Samples: []look.Sample{
		{Name: "probe_success", Value: 1, Labels: look.Labels("of", mark(site))},
	}})
	w.must(w.c.store.PutAvailability(ctx, w.c.uptimes.Today(), map[topology.ID]availability.Day{topology.Check(id): {Seconds: availability.Seconds{Up: 60}}}))
	return id
}

// polled is a device that is looked at over the network.
func (w *twoSides) polled(site string) string {
	id := fmt.Sprint("d", w.number())
	w.must(w.c.change(access.WithIdentity(w.t.Context(), access.Local("test")), "device.add", id, func(s *settings.Settings) error {
		return s.PutDevice(settings.Device{ID: id, Name: "device of " + mark(site), Site: site, Target: fmt.Sprintf("snmp://127.1.%d.%d:9", w.made/200, w.made%200+1)})
	}))
	nothing := 0.0
	w.c.looking.board.Put(polledPrefix+id, time.Minute, look.Result{Target: "snmp://of-" + mark(site), Time: w.c.now(), Outcome: look.OK, Device: &look.Device{
		Kinds: []look.Kind{look.Printer}, Supplies: []look.Supply{{Index: "1", Name: "toner of " + mark(site), Type: "toner", Percent: &nothing, State: look.SupplyKnown}},
	}})
	return id
}

// credential is of the whole installation.
func (w *twoSides) credential(string) string {
	name := fmt.Sprint("credential", w.number())
	c := settings.Credential{Name: name, Access: settings.Access{SNMP: settings.SNMP{Community: secret.New("x")}}}
	w.must(polledActions{w.c}.PutCredential(access.WithIdentity(w.t.Context(), access.Local("test")), c, false))
	return name
}

// job is a check of something that calls.
func (w *twoSides) job(site string) string {
	ctx := access.WithIdentity(w.t.Context(), access.Local("test"))
	check := settings.Check{ID: fmt.Sprint("c", w.number()), Name: "job of " + mark(site), Site: site, Job: settings.Job{Period: time.Hour}, Spec: probe.Spec{Target: probe.TargetJob}}
	id, err := checkActions{w.c}.AddCheck(ctx, check, "")
	w.must(err)
	return id
}

// dropped is a check that was removed.
func (w *twoSides) dropped(site string) string {
	id := w.check(site)
	w.must(checkActions{w.c}.RemoveCheck(access.WithIdentity(w.t.Context(), access.Local("test")), id))
	return id
}

// person and apiToken belong to no site.
func (w *twoSides) person(string) string {
	login := fmt.Sprint("person", w.number())
	_, err := w.c.access.CreateUser(w.t.Context(), access.Local("test"), access.NewUser{Login: login, Lang: i18n.English, Role: access.Viewer, Password: secret.New("a long password")})
	w.must(err)
	return login
}

func (w *twoSides) apiToken(string) string {
	name := fmt.Sprint("token", w.number())
	_, _, err := w.c.access.CreateToken(w.t.Context(), access.Local("test"), name, access.Viewer, nil, time.Time{})
	w.must(err)
	return name
}

// samples are of a check of the site that is down.
func (w *twoSides) samples(site string) {
	id := "www-of-" + mark(site)
	w.must(w.c.db.Record(w.t.Context(), metricdb.Target{ID: id, Identity: look.Labels("site", site, "check", id, "job", "probe")},
		look.Result{Time: w.c.now().Add(-time.Minute), Samples: []look.Sample{{Name: "probe_success"}}}))
}

// fill replaces $device and $my_device by new ones, the first in a site, the
// second in that of who asks; likewise every other thing.
func (w *twoSides) fill(text, site, mine string) string {
	return regexp.MustCompile(`\$(my_)?([a-z]+)`).ReplaceAllStringFunc(text, func(name string) string {
		kind, own := strings.CutPrefix(strings.TrimPrefix(name, "$"), "my_")
		thing := w.things()[kind]
		if thing == nil {
			w.t.Fatalf("there is no kind of thing %q; add it to (*twoSides).things", kind)
		}
		if own {
			return thing(mine)
		}
		return thing(site)
	})
}

// who asks: a role, and the sites that are seen.
type who struct {
	role  access.Role // "" is nobody
	sites []string
	token bool
}

func (a who) String() string {
	if a.role == "" {
		return "nobody"
	}
	out := "the " + string(a.role) + " of all sites"
	if len(a.sites) > 0 {
		out = "the " + string(a.role) + " of " + strings.Join(a.sites, " and ")
	}
	if a.token {
		out += " with a token"
	}
	return out
}

// proofOf is what makes a request come from somebody.
func (w *twoSides) proofOf(a who) func(*http.Request) {
	w.t.Helper()
	if a.role == "" {
		return func(*http.Request) {}
	}
	if w.proof[a.String()] == nil {
		w.proof[a.String()] = w.newProof(a)
	}
	return w.proof[a.String()]
}

func (w *twoSides) newProof(a who) func(*http.Request) {
	ctx, name := w.t.Context(), fmt.Sprint("caller", len(w.proof))
	if a.token || a.role == access.Push {
		plain, _, err := w.c.access.CreateToken(ctx, access.Local("test"), name, a.role, a.sites, time.Time{})
		w.must(err)
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+plain.Reveal()) }
	}
	password := secret.New("a long password of " + name)
	_, err := w.c.access.CreateUser(ctx, access.Local("test"), access.NewUser{Login: name, Lang: i18n.English, Role: a.role, Sites: a.sites, Password: password})
	w.must(err)
	session, until, err := w.c.access.Login(ctx, name, password, access.Client{})
	w.must(err)
	return func(r *http.Request) { r.AddCookie(w.c.access.Cookie(session, until)) }
}

// knock asks at a door.
func (w *twoSides) knock(prove func(*http.Request), method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://budi.example.lt"+path, strings.NewReader(body))
	switch {
	case strings.HasPrefix(body, "{"):
		r.Header.Set("Content-Type", "application/json")
	case method != http.MethodGet:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	prove(r)
	answer := httptest.NewRecorder()
	w.c.server.ServeHTTP(answer, r)
	return answer
}

// newest is the newest change on the audit record.
func (w *twoSides) newest() access.Entry {
	w.t.Helper()
	entries, err := w.c.access.AuditTail(w.t.Context(), 1)
	w.must(err)
	return append(entries, access.Entry{})[0]
}
