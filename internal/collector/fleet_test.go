package collector_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/configs"
	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/wire"
)

// newFleet is a school whose collector has the shipped rules, with shorter
// waits, and no website to watch. A slow computer may keep a report for some
// seconds, which is no silence.
func newFleet(t *testing.T) *school {
	t.Helper()
	s := newSchool(t)
	data, err := configs.Rules.ReadFile("rules/budi.yml")
	if err != nil {
		t.Fatal(err)
	}
	// What rules record stays shipped: nobody leaves it out.
	alerts := regexp.MustCompile(`(?s)  - name: upkeep-state\n.*?\n\n`).ReplaceAllString(string(data), "")
	quick := regexp.MustCompile(`(?m)^( +)(for|interval): [0-9]+[mh]$`).ReplaceAllString(alerts, "${1}${2}: 1s")
	quick = regexp.MustCompile(`(?m)^ +runbook: .*\n`).ReplaceAllString(quick, "")
	s.write("rules.yml", quick)
	s.config = fmt.Sprintf(`external_url: http://budi.example.lt
language: lt
host: {disabled: true}
digest: {off: true, month: off}
agents: {push_interval: 1s, silent_after: 6s}
alerting:
  hold_fault: 0s
  hold_recovery: 1s
  hold_symptom: 0s
  flap_within: 0s
  rules_interval: 1s
  rule_files: [rules.yml]
  without_rules: [SiteDown, CertificateSoonOver, WebsiteTrouble, ServerSilent, DiskNearlyFull, DiskFailing, MemoryExhausted, AntivirusOff, UpdateOverdue, CollectorTrouble, OwnLineDown, DeviceDown, UPSOnBattery, SupplyLow, DeviceFault]
mail: {from: budi@example.lt, smtp: {host: 127.0.0.1, port: %d, ca_file: ca.pem, auth: none}}
contacts: [{name: rasa, email: rasa@example.lt}]
`, s.mail.Port())
	s.write("collector.yml", s.config)
	return s
}

func (s *school) admin() *admin.Client {
	s.t.Helper()
	client, err := admin.Dial(context.Background(), filepath.Join(s.dir, "data"))
	if err != nil {
		s.t.Fatal(err)
	}
	return client
}

// computer is an agent as the collector sees it.
type computer struct {
	s                             *school
	secret, nonce, device, id     string
	sequence                      uint64
	machine                       wire.Machine
	mu                            sync.Mutex
	stop                          func()
	assignment, refused, hostname string
}

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// enrol enrols a computer that is a server or not.
func (s *school) enrol(hostname string, server bool) *computer {
	s.t.Helper()
	return s.enrolMachine(hostname, server, wire.Machine{SystemUUID: uuid(s.t)})
}

func (s *school) enrolMachine(hostname string, server bool, m wire.Machine) *computer {
	s.t.Helper()
	token, err := s.admin().CreateEnrolToken(context.Background(), admin.NewEnrolToken{TTL: time.Hour, Uses: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	c := &computer{s: s, hostname: hostname, secret: wire.AgentSecretPrefix + base64.RawURLEncoding.EncodeToString(random(s.t, 32)), nonce: hex.EncodeToString(random(s.t, 16)), machine: m}
	body, err := json.Marshal(wire.EnrolRequest{Token: token.Secret, Secret: c.secret, Hostname: hostname, System: "linux", Version: "1.0.0", Server: server, Machine: m})
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := http.Post(s.url()+wire.PathEnrol, "application/json", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var reply wire.EnrolReply
	if err := json.NewDecoder(answer.Body).Decode(&reply); err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("enrol: %s, %v", answer.Status, err)
	}
	c.device, c.id = reply.Device, reply.Agent
	s.t.Cleanup(c.off)
	return c
}

// url is where the collector listens now.
func (s *school) url() string {
	status, err := s.admin().Status(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return "http://" + status.Listen
}

// report says once that the computer lives.
func (c *computer) report(ctx context.Context, url string) error {
	c.sequence++
	body, err := json.Marshal(wire.ReportRequest{Hostname: c.hostname, System: "linux", Version: "1.0.0", Machine: c.machine})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+wire.PathReport, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + c.secret, "Content-Type": "application/json", wire.HeaderNonce: c.nonce, wire.HeaderSequence: strconv.FormatUint(c.sequence, 10),
		wire.HeaderTime: strconv.FormatInt(c.s.clock.Now().UnixMilli(), 10), wire.HeaderMachine: c.machine.Fingerprint(),
	} {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, text)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assignment = answer.Header.Get(wire.HeaderAssignment)
	c.refused = ""
	if err != nil {
		c.refused = err.Error()
	}
	return err
}

// on lets the computer report until off.
func (c *computer) on() {
	c.s.t.Helper()
	url := c.s.url()
	if err := c.report(context.Background(), url); err != nil {
		c.s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(300 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = c.report(ctx, url) // the collector may be stopped at this moment
			}
		}
	}()
	c.stop = func() { cancel(); <-done }
}

// off is the power switch.
func (c *computer) off() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

// query returns the values of an instant query by the label device.
func (s *school) query(expr string) map[string]string {
	s.t.Helper()
	if s.viewer == "" { // once: there is room for so many, and who waits asks often
		token, err := s.admin().CreateToken(context.Background(), admin.NewToken{Name: "test", Role: "viewer"})
		if err != nil {
			s.t.Fatal(err)
		}
		s.viewer = token.Secret
	}
	r, err := http.NewRequest(http.MethodGet, s.url()+"/api/v1/query", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	q := r.URL.Query()
	q.Set("query", expr)
	q.Set("time", strconv.FormatInt(s.clock.Now().Unix(), 10))
	r.URL.RawQuery = q.Encode()
	r.Header.Set("Authorization", "Bearer "+s.viewer)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var reply struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&reply); err != nil {
		s.t.Fatalf("%s: %v", answer.Status, err)
	}
	out := map[string]string{}
	for _, row := range reply.Data.Result {
		out[row.Metric["device"]] = fmt.Sprint(row.Value[1])
	}
	return out
}

// waitQuery waits until an instant query has exactly these values.
func (s *school) waitQuery(expr string, want map[string]string) {
	s.t.Helper()
	s.eventually(expr, func() error {
		if got := s.query(expr); !maps.Equal(got, want) {
			return fmt.Errorf("got %v, want %v", got, want)
		}
		return nil
	})
}

// watch lets so many turns of the fleet's telling and of the rules pass.
func (s *school) watch() { time.Sleep(12 * time.Second) }

func (s *school) waitNoIncidents() {
	s.t.Helper()
	s.eventually("no incidents", func() error {
		if all := s.incidents(); len(all) != 0 {
			return fmt.Errorf("there are %+v", all)
		}
		return nil
	})
}

func TestAServerThatFallsSilentIsOneMailAndItsReturnIsOne(t *testing.T) {
	t.Parallel()
	s := newFleet(t)
	s.start()
	server, pc := s.enrol("serveris", true), s.enrol("pc-214-01", false)
	server.on()
	pc.on()
	s.waitQuery("budi_agent_up", map[string]string{"serveris": "1", "pc-214-01": "1"})
	pc.off()
	server.off()
	if m := s.waitMails(1)[0]; m.Subject() != "Serveris „serveris“ neatsiliepia" {
		t.Errorf("the subject is %q", m.Subject())
	}
	s.waitQuery("budi_agent_up", map[string]string{"serveris": "0", "pc-214-01": "0"})
	server.on()
	pc.on()
	if m := s.waitMails(2)[1]; !strings.HasPrefix(m.Subject(), "Serveris „serveris“ vėl atsiliepia") {
		t.Errorf("the second mail's subject is %q", m.Subject())
	}
	s.waitNoIncidents()
	s.wantMails(2)
}

// TestACollectorThatIsStartedAnewTakesNoSilentServerForARunningOne: that nobody
// could be heard for a while says nothing of a server that was silent before.
func TestACollectorThatIsStartedAnewTakesNoSilentServerForARunningOne(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]time.Duration{"at once": 0, "after a night": 12 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFleet(t)
			s.start()
			server := s.enrol("serveris", true)
			server.on()
			server.off()
			s.waitMails(1)
			s.stop()
			s.clock.Advance(away)
			s.start()
			s.watch()
			s.waitEvidence(incident.Firing)
			s.wantMails(1) // neither a recovery nor the fault again
			server.on()
			if m := s.waitMails(2)[1]; !strings.HasPrefix(m.Subject(), "Serveris „serveris“ vėl") {
				t.Errorf("the second mail's subject is %q", m.Subject())
			}
			s.waitNoIncidents()
		})
	}
}

func TestAServerThatDiedWhileTheCollectorWasDownIsTold(t *testing.T) {
	t.Parallel()
	s := newFleet(t)
	s.start()
	server := s.enrol("serveris", true)
	server.on()
	s.waitQuery("budi_agent_up", map[string]string{"serveris": "1"})
	s.stop()
	server.off()
	s.clock.Advance(10 * time.Hour)
	s.start()
	s.waitMails(1)
}

// TestAComputerThatSleptTakesNobodyForSilent: after the night in which the
// collector's own computer slept, nobody was heard for hours.
func TestAComputerThatSleptTakesNobodyForSilent(t *testing.T) {
	t.Parallel()
	s := newFleet(t)
	s.change("silent_after: 6s", "silent_after: 30s") // time for what follows the night
	s.start()
	server := s.enrol("serveris", true)
	server.on()
	s.waitQuery("budi_agent_up", map[string]string{"serveris": "1"})
	server.off()
	s.clock.Advance(10 * time.Hour)
	s.waitQuery("budi_agent_clock_offset_seconds", map[string]string{"serveris": "0"}) // it is told anew
	s.waitQuery("budi_agent_up", map[string]string{})
	server.on()
	s.waitQuery("budi_agent_up", map[string]string{"serveris": "1"})
	s.wantMails(0)
	server.off()
	s.clock.Advance(25 * time.Second) // a step that is no sleep
	s.waitMails(1)
}

// TestAServerHeardUnderAClockThatWasAheadIsNotUpUntilThatTimeComes: the
// collector ran with a wrong clock once.
func TestAServerHeardUnderAClockThatWasAheadIsNotUpUntilThatTimeComes(t *testing.T) {
	t.Parallel()
	s := newFleet(t)
	s.clock.Advance(48 * time.Hour)
	s.start()
	server := s.enrol("serveris", true)
	server.on()
	server.off()
	s.stop()
	s.clock.Advance(-48 * time.Hour)
	s.start()
	s.waitMails(1)
}

func TestWhatIsTakenOutOfTheWatchHangsNoIncident(t *testing.T) {
	t.Parallel()
	class := "workstation"
	for name, out := range map[string]func(s *school, server *computer) error{
		"the agent is revoked": func(s *school, server *computer) error {
			_, err := s.admin().RevokeAgent(context.Background(), server.id)
			return err
		},
		"the device is removed": func(s *school, server *computer) error {
			return s.admin().RemoveDevice(context.Background(), server.device)
		},
		"the server becomes a workstation": func(s *school, server *computer) error {
			_, err := s.admin().EditDevice(context.Background(), admin.DeviceEdit{ID: server.device, Class: &class})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFleet(t)
			s.start()
			server := s.enrol("serveris", true)
			server.on()
			server.off()
			s.waitMails(1)
			if err := out(s, server); err != nil {
				t.Fatal(err)
			}
			s.waitEvidence(incident.Unknown)
			s.wantMails(1)
			for range 20 { // steps that are no sleep of the computer
				s.clock.Advance(20 * time.Second)
				time.Sleep(100 * time.Millisecond)
			}
			s.waitNoIncidents()
			if m := s.waitMails(2)[1]; m.Subject() != "Uždarė žmogus: serveris „serveris“ neatsiliepia" {
				t.Errorf("the second mail's subject is %q", m.Subject())
			}
		})
	}
}

func TestAMergedServerSpeaksForTheOldOneAndEndsItsIncident(t *testing.T) {
	t.Parallel()
	s := newFleet(t)
	s.start()
	machine := wire.Machine{SystemUUID: uuid(t)}
	before := s.enrolMachine("serveris", true, machine)
	before.on()
	before.off()
	s.waitMails(1)
	anew := s.enrolMachine("serveris", true, machine) // its disk was wiped
	anew.on()
	if anew.device == before.device {
		t.Fatal("there is no second device")
	}
	if _, err := s.admin().MergeDevices(context.Background(), admin.Pair{From: anew.device, Into: before.device}); err != nil {
		t.Fatal(err)
	}
	s.waitMails(2)
	s.waitNoIncidents()
	s.waitQuery("budi_agent_up", map[string]string{before.device: "1"})
	s.waitQuery("budi_device_info{kind='computer',class='server',name='serveris'}", map[string]string{before.device: "1"})
	agent, err := s.admin().Agent(context.Background(), before.id)
	if err != nil || agent.Revoked.IsZero() {
		t.Errorf("the agent from before the disk was wiped is %+v, %v", agent, err)
	}
}

func TestARevokedAgentIsRefusedAndIsNoFault(t *testing.T) {
	t.Parallel()
	s := newFleet(t)
	s.start()
	server := s.enrol("serveris", true)
	server.on()
	s.waitQuery("budi_agent_up", map[string]string{"serveris": "1"})
	if _, err := s.admin().RevokeAgent(context.Background(), server.id); err != nil {
		t.Fatal(err)
	}
	s.eventually("the refusal", func() error {
		server.mu.Lock()
		defer server.mu.Unlock()
		if !strings.Contains(server.refused, `"unknown_agent"`) {
			return errors.New("it was not refused, but " + server.refused)
		}
		return nil
	})
	s.waitQuery("budi_agent_up", map[string]string{})
	s.watch()
	s.wantMails(0)
}

func TestAgentsLearnOfAChangedClassAndConfiguration(t *testing.T) {
	t.Parallel()
	s := newFleet(t)
	s.start()
	pc := s.enrol("pc-1", false)
	last := ""
	learns := func(what string) {
		t.Helper()
		if err := pc.report(context.Background(), s.url()); err != nil {
			t.Fatal(err)
		}
		if pc.assignment == last || pc.assignment == "" {
			t.Errorf("%s does not change the assignment %q", what, pc.assignment)
		}
		last = pc.assignment
	}
	learns("the first report")
	class := "server"
	if _, err := s.admin().EditDevice(context.Background(), admin.DeviceEdit{ID: pc.device, Class: &class}); err != nil {
		t.Fatal(err)
	}
	learns("the class")
	for _, change := range [][2]string{
		{"push_interval: 1s", "push_interval: 1s, interval: 30s"}, {"push_interval: 1s", "push_interval: 1500ms"},
		{"agents: {", "agents: {facts_interval: 2h, "}, {"agents: {", "agents: {facts_off: [sessions, software], "},
	} {
		s.change(change[0], change[1])
		s.reload()
		learns(change[1])
	}
}

func TestOnlyATokenToPushForOneSiteOpensTheDoorForPrometheus(t *testing.T) {
	t.Parallel()
	s := newFleet(t)
	s.start()
	for name, tc := range map[string]struct {
		role  string
		sites []string
		want  int
	}{
		"one site":     {"push", []string{"main"}, http.StatusUnsupportedMediaType}, // let in, and said nothing
		"two sites":    {"push", []string{"main", "annex"}, http.StatusForbidden},
		"no site":      {"push", nil, http.StatusForbidden},
		"another role": {"administrator", []string{"main"}, http.StatusForbidden},
		"no token":     {"", nil, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodPost, s.url()+"/api/v1/write", strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			if tc.role != "" {
				token, err := s.admin().CreateToken(context.Background(), admin.NewToken{Name: strings.ReplaceAll(name, " ", "-"), Role: tc.role, Sites: tc.sites})
				if err != nil {
					if tc.want == http.StatusForbidden {
						return // there is no such token: as good
					}
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+token.Secret)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if answer.StatusCode != tc.want {
				t.Errorf("the answer is %s, want %d", answer.Status, tc.want)
			}
		})
	}
}

// TestTheCollectorsComputerMovesWithItsSite: whoever starts with the defaults
// and names the site later must not lose the rules that join the inventory.
func TestTheCollectorsComputerMovesWithItsSite(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(s *school){
		"reload":  func(s *school) { s.reload() },
		"restart": func(s *school) { s.stop(); s.start() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newFleet(t)
			s.change("host: {disabled: true}", "device: stebetojas\nhost: {disabled: true}")
			s.start()
			s.waitQuery(`budi_device_info{site="main"}`, map[string]string{"stebetojas": "1"})
			s.change("language: lt", "language: lt\nsite: {id: mokykla, name: Mokykla}")
			again(s)
			s.waitQuery(`budi_device_info{site="mokykla"}`, map[string]string{"stebetojas": "1"})
			d, err := s.admin().Device(context.Background(), "stebetojas")
			if err != nil || d.Site != "mokykla" || len(d.History) == 0 || d.History[0].Field != "site" {
				t.Errorf("the device is %+v, %v", d, err)
			}
		})
	}
}

func uuid(t *testing.T) string {
	b := hex.EncodeToString(random(t, 16))
	return b[:8] + "-" + b[8:12] + "-" + b[12:16] + "-" + b[16:20] + "-" + b[20:]
}
