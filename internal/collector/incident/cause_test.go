package incident_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
)

// school is a world of things that are up or down, and a machine that is told
// of it every 15 seconds.
type school struct {
	t       testing.TB
	now     time.Time
	policy  incident.Policy
	picture incident.Picture
	moment  incident.Moment
	down    map[topology.ID]time.Time // since when
	battery map[topology.ID]time.Time
	silent  map[topology.ID]bool // nobody knows
	closed  map[incident.ID]incident.Incident
	mails   []string
	named   map[string][]topology.ID // by contact: what the last message names

	severity string // of alerts; empty: critical
}

func newSchool(t testing.TB, things ...topology.Thing) *school {
	g, problems := topology.New(things)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p := policy
	p.Contacts = slices.Clone(policy.Contacts)
	p.HoldSymptom, p.ReturnGrace, p.FlapWithin, p.FlapCalm = 2*time.Minute, 10*time.Minute, 30*time.Minute, 30*time.Minute
	p.Graph, p.MaxOpen = g, 0
	return &school{t: t, now: t0, policy: p, down: map[topology.ID]time.Time{}, battery: map[topology.ID]time.Time{},
		silent: map[topology.ID]bool{}, closed: map[incident.ID]incident.Incident{}}
}

// branch is a router, a switch and what hangs on the switch; a server and its
// website hang on the router.
func branch(t testing.TB) *school {
	things := []topology.Thing{
		{ID: "router", Kind: "router"},
		{ID: "sw", Kind: "switch", Parents: []topology.ID{"router"}, Power: []topology.ID{"ups"}},
		{ID: "ups", Kind: "ups"},
		{ID: "srv", Kind: "server", Class: fleet.Server, Parents: []topology.ID{"router"}},
		{ID: "check:site", Kind: "website", RunsOn: []topology.ID{"srv"}},
		{ID: "beamer", Kind: "projector", Class: fleet.Presentation, Room: "214", Site: "main", Parents: []topology.ID{"sw"}},
	}
	for i := range 4 {
		things = append(things, topology.Thing{ID: topology.ID(fmt.Sprint("cam-", i)), Kind: "camera", Class: fleet.Safety, Room: fmt.Sprint(i), Site: "main", Parents: []topology.ID{"sw"}})
	}
	for i := range 8 {
		things = append(things, topology.Thing{ID: topology.ID(fmt.Sprint("pc-", i)), Kind: "computer", Class: fleet.Workstation, Room: "214", Site: "main", Parents: []topology.ID{"sw"}})
	}
	return newSchool(t, things...)
}

func (s *school) goes(things ...topology.ID) {
	for _, id := range things {
		s.down[id] = s.now
	}
}

func (s *school) returns(things ...topology.ID) {
	for _, id := range things {
		delete(s.down, id)
		delete(s.silent, id)
	}
}

func (s *school) alert(rule string, id topology.ID, since time.Time, meaning incident.Meaning) incident.Alert {
	labels := map[string]string{"site": "main", "severity": cmp.Or(s.severity, "critical"), "device": string(id)}
	if check, is := id.CheckID(); is {
		delete(labels, "device")
		labels["check"] = check
	}
	return incident.Alert{Rule: rule, Labels: labels, Firing: true, Since: since,
		Annotations: map[string]string{"topology": string(meaning)}}
}

func (s *school) facts() incident.Facts {
	f := incident.Facts{Cleared: map[incident.Key]bool{}, Moment: s.moment}
	firing := map[incident.Key]bool{}
	add := func(a incident.Alert) {
		f.Alerts = append(f.Alerts, a)
		firing[a.Key()] = true
	}
	for id, since := range s.down {
		if !s.silent[id] {
			add(s.alert("Gone", id, since, incident.Down))
		}
	}
	for id, since := range s.battery {
		if !s.silent[id] {
			add(s.alert("OnBattery", id, since, incident.Cause))
		}
	}
	for key, inc := range s.picture.Open {
		if !firing[key] && !s.silent[inc.Thing] {
			f.Cleared[key] = true
		}
	}
	return f
}

func (s *school) step() {
	f := s.facts()
	next, ch := incident.Step(s.picture, f, s.now, s.policy)
	if _, again := incident.Step(next, f, s.now, s.policy); len(again.Owed) > 0 || len(again.Incidents) > 0 {
		s.t.Fatalf("%s: the same step again: %+v", s.now.Format(time.TimeOnly), again)
	}
	s.picture = next
	for _, inc := range ch.Incidents {
		if inc.State == incident.Closed {
			s.closed[inc.ID] = inc
		}
	}
	for _, o := range ch.Owed {
		s.mails = append(s.mails, tell(s.now, o))
		var named []topology.ID
		for _, t := range o.Touches.Named {
			named = append(named, t.Thing)
		}
		if s.named == nil {
			s.named = map[string][]topology.ID{}
		}
		s.named[o.Contact] = named
	}
}

// tell writes a message as a line: when, to whom, what, about what, what it
// touches or leaves behind, which earlier mails it corrects.
func tell(now time.Time, o incident.Owed) string {
	kind := string(o.Kind)
	if o.Reason != "" {
		kind += " " + string(o.Reason)
	}
	line := fmt.Sprintf("%s %s %s %s", now.Format("15:04:05"), o.Contact, kind, o.Incident.Thing)
	if o.Touches.Total > 0 {
		line += fmt.Sprintf(" (%d)", o.Touches.Total)
	}
	if len(o.Told) > 0 {
		line += fmt.Sprintf(" corrects %d", len(o.Told))
	}
	return line
}

func (s *school) run(d time.Duration) {
	s.t.Helper()
	for end := s.now.Add(d); s.now.Before(end); s.now = s.now.Add(15 * time.Second) {
		s.step()
	}
}

func (s *school) want(lines ...string) {
	s.t.Helper()
	if !slices.Equal(s.mails, lines) {
		s.t.Errorf("mails:\n\t%s\nwant:\n\t%s", strings.Join(s.mails, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

func (s *school) about(thing topology.ID) incident.Incident {
	s.t.Helper()
	for _, inc := range s.picture.Open {
		if inc.Thing == thing {
			return inc
		}
	}
	s.t.Fatalf("no incident is open about %s", thing)
	return incident.Incident{}
}

func TestOneCauseIsOneMail(t *testing.T) {
	s := branch(t)
	s.goes("router", "sw", "srv", "check:site", "cam-0", "cam-1", "cam-2", "cam-3", "pc-0", "pc-1")
	s.run(10 * time.Minute)
	if got := s.about("cam-2"); !slices.Equal(got.Because, []incident.ID{s.about("router").ID}) || got.State != incident.Holding {
		t.Errorf("the camera hangs on nothing: %+v", got)
	}
	s.returns("router", "sw", "srv", "check:site", "cam-0", "cam-1", "cam-2", "cam-3", "pc-0", "pc-1")
	s.run(30 * time.Minute)
	s.want("07:30:30 ona fault router (16)", "07:42:00 ona recovery router")
	if len(s.picture.Open) != 0 {
		t.Errorf("still open: %v", s.picture.Open)
	}
}

func TestSymptomsSeenFirstWaitForTheirCause(t *testing.T) {
	s := branch(t)
	s.goes("cam-0", "check:site", "srv")
	s.run(90 * time.Second)
	s.goes("router")
	s.run(10 * time.Minute)
	s.want("07:32:00 ona fault router (16)")
}

func TestACauseFoundLateAdoptsWhatWasTold(t *testing.T) {
	s := branch(t)
	s.goes("cam-0")
	s.run(10 * time.Minute)
	s.goes("sw")
	s.run(10 * time.Minute)
	s.returns("sw", "cam-0")
	s.run(30 * time.Minute)
	// The recovery of the camera is in that of the switch.
	s.want("07:32:00 ona fault cam-0", "07:42:00 ona fault sw (13) corrects 1", "07:52:00 ona recovery sw")
}

func TestASymptomThatStaysBecomesAnIncident(t *testing.T) {
	s := branch(t)
	s.goes("sw", "cam-0", "cam-1")
	s.run(10 * time.Minute)
	s.returns("sw")
	s.run(2 * time.Minute)
	s.returns("cam-1")
	s.run(20 * time.Minute)
	s.returns("cam-0")
	s.run(10 * time.Minute)
	s.want("07:32:00 ona fault sw (13)", "07:42:00 ona recovery sw (1)", "07:52:00 ona fault cam-0", "08:04:00 ona recovery cam-0")
}

func TestWhatWasToldBeforeIsToldAgainWhenItStays(t *testing.T) {
	s := branch(t)
	s.goes("cam-0")
	s.run(10 * time.Minute)
	s.goes("sw")
	s.run(10 * time.Minute)
	s.returns("sw")
	s.run(20 * time.Minute)
	s.returns("cam-0")
	s.run(10 * time.Minute)
	s.want("07:32:00 ona fault cam-0", "07:42:00 ona fault sw (13) corrects 1", "07:52:00 ona recovery sw (1)",
		"08:02:00 ona update cause_gone cam-0", "08:12:00 ona recovery cam-0")
}

func TestAPowerCutIsOneCause(t *testing.T) {
	s := branch(t)
	s.battery["ups"] = s.now
	s.run(5 * time.Minute)
	s.goes("sw", "cam-0", "cam-1") // the battery is empty
	s.goes("ups")
	s.run(30 * time.Minute)
	delete(s.battery, "ups")
	s.returns("ups")
	s.run(3 * time.Minute)
	s.returns("sw")
	s.run(3 * time.Minute)
	s.returns("cam-0")
	s.run(3 * time.Minute)
	s.returns("cam-1")
	s.run(30 * time.Minute)
	s.want("07:30:30 ona fault ups (14)", "08:07:00 ona recovery ups (3)")
}

func TestOneOfTwoWaysIsEnough(t *testing.T) {
	s := newSchool(t,
		topology.Thing{ID: "a"}, topology.Thing{ID: "b"},
		topology.Thing{ID: "srv", Class: fleet.Server, Parents: []topology.ID{"a", "b"}})
	s.goes("a")
	s.run(5 * time.Minute)
	s.goes("srv") // by itself: b is there
	s.run(5 * time.Minute)
	s.goes("b")
	s.run(5 * time.Minute)
	s.want("07:30:30 ona fault a", "07:37:00 ona fault srv", "07:40:30 ona fault b (1) corrects 1")
	if got := s.about("srv").Because; len(got) != 2 {
		t.Errorf("because of %v", got)
	}
}

func TestWhatFallsSilentTogetherIsOneIncidentOfWhatItHangsOn(t *testing.T) {
	s := branch(t)
	s.goes("cam-0", "cam-1", "cam-2") // the switch answers still
	s.run(10 * time.Minute)
	s.goes("sw") // now it is known why
	s.run(10 * time.Minute)
	s.returns("sw", "cam-0", "cam-1", "cam-2")
	s.run(30 * time.Minute)
	s.want("07:32:00 ona fault sw (13)", "07:42:00 ona fault sw (13) corrects 1", "07:52:00 ona recovery sw")
	if len(s.picture.Open) != 0 {
		t.Errorf("still open: %v", s.picture.Open)
	}
}

// What hangs on a switch that is quiet now after it came and went is told soon,
// although the switch's own end waits.
func TestWhatComesAndGoesExplainsOnlyWhileItIsGone(t *testing.T) {
	s := branch(t)
	s.goes("cam-0")
	for range 3 {
		s.goes("sw")
		s.run(5 * time.Minute)
		s.returns("sw")
		s.run(90 * time.Second)
	}
	s.mails = nil
	s.run(40 * time.Minute)
	s.want("08:00:00 ona fault cam-0", "08:18:00 ona recovery sw")
}

// A switch of which nobody knows any more explains what fell silent with it, not
// what breaks days later.
func TestWhatNobodyKnowsExplainsNothingNew(t *testing.T) {
	s := branch(t)
	s.goes("sw", "cam-0")
	s.run(10 * time.Minute)
	s.silent["sw"] = true
	s.run(25 * time.Hour)
	s.goes("cam-1")
	s.mails = nil
	s.run(10 * time.Minute)
	s.want("08:42:00 ona fault cam-1")
	if len(s.about("cam-0").Because) != 1 {
		t.Error("the first camera hangs on nothing any more")
	}
}

// Who wants the urgent only, or looks after one site, hears of the switch that
// takes the server of that site with it.
func TestACauseIsAsUrgentAndAsFarAsWhatItTouches(t *testing.T) {
	s := newSchool(t,
		topology.Thing{ID: "sw", Site: "main"},
		topology.Thing{ID: "printer", Site: "main", Parents: []topology.ID{"sw"}},
		topology.Thing{ID: "link", Site: "main", Parents: []topology.ID{"sw"}},
		topology.Thing{ID: "srv", Site: "branch", Class: fleet.Server, Parents: []topology.ID{"link"}})
	s.severity = "warning"
	s.policy.Contacts = []incident.Contact{{Name: "ona", MinSeverity: incident.Critical}, {Name: "jonas", Sites: []string{"branch"}}, {Name: "late", Later: true}}
	s.policy.Escalations = []incident.EscalationRule{{Name: "late", After: time.Hour, To: []string{"late"}, Classes: []fleet.Class{fleet.Server}}}
	s.goes("printer")
	s.run(10 * time.Minute)
	s.goes("link", "srv")
	s.run(2 * time.Hour)
	s.want("07:42:00 ona fault link (1)", "07:42:00 jonas fault link (1)", "08:42:00 late escalation link (1)")
}

// Who looks after one site is told how much a cause touches, and by name what of
// it is theirs.
func TestThingsOfOtherSitesAreCountedNotNamed(t *testing.T) {
	s := newSchool(t,
		topology.Thing{ID: "link", Site: "main"},
		topology.Thing{ID: "srv-main", Site: "main", Class: fleet.Server, Parents: []topology.ID{"link"}},
		topology.Thing{ID: "srv-branch", Site: "branch", Class: fleet.Server, Parents: []topology.ID{"link"}})
	s.policy.Contacts = []incident.Contact{{Name: "ona"}, {Name: "jonas", Sites: []string{"branch"}}, {Name: "deputy", Sites: []string{"branch"}, Also: []incident.Want{{Sites: []string{"main"}}}}}
	s.goes("link", "srv-main", "srv-branch")
	s.run(10 * time.Minute)
	if got := fmt.Sprint(s.named); got != "map[deputy:[srv-branch srv-main] jonas:[srv-branch] ona:[srv-branch srv-main]]" {
		t.Errorf("named are %s in %q", got, s.mails)
	}
	if !slices.ContainsFunc(s.mails, func(m string) bool { return strings.Contains(m, "jonas fault link (2)") }) {
		t.Errorf("told is %q", s.mails)
	}
}

func TestWorkstationsAndProjectorsMayBeOff(t *testing.T) {
	s := branch(t)
	s.goes("pc-0", "pc-1", "pc-2", "pc-3", "beamer")
	s.run(time.Hour)
	s.want()
}

func TestDuringAnAssessmentItsRoomsAreToldAtOnce(t *testing.T) {
	s := branch(t)
	s.policy.Contacts[0].Off = true
	s.moment.Assessments = []incident.Assessment{{Site: "main", Rooms: []string{"214"}}}
	s.goes("pc-3", "cam-1")
	s.run(5 * time.Minute)
	s.goes("sw")
	s.run(time.Minute)
	s.want("07:30:00 ona fault pc-3", "07:35:00 ona fault sw (13) corrects 1")
}

func TestWhatCanWaitWaitsForTheEndOfTheAssessment(t *testing.T) {
	s := branch(t)
	toner := s.alert("SupplyLow", "printer", s.now, incident.Trouble)
	toner.Annotations = map[string]string{"routine": "true"}
	play := func(d time.Duration) {
		for end := s.now.Add(d); s.now.Before(end); s.now = s.now.Add(15 * time.Second) {
			next, ch := incident.Step(s.picture, incident.Facts{Alerts: []incident.Alert{toner}, Moment: s.moment}, s.now, s.policy)
			s.picture = next
			for _, o := range ch.Owed {
				s.mails = append(s.mails, tell(s.now, o))
			}
		}
	}
	s.moment.Assessments = []incident.Assessment{{Site: "main", Rooms: []string{"214"}}}
	play(time.Hour)
	s.moment.Assessments = nil
	play(time.Minute)
	s.want("08:30:00 ona fault printer")
}

func TestMaintenanceCoversWhatIsBelow(t *testing.T) {
	s := branch(t)
	end := s.now.Add(time.Hour)
	s.moment.Windows = []incident.Window{{ID: "w", Things: []topology.ID{"sw"}, From: s.now, To: end}}
	s.goes("sw", "cam-0", "cam-1", "srv")
	s.run(30 * time.Minute)
	s.returns("sw", "cam-0")
	s.run(30 * time.Minute)
	if s.about("cam-1").Maintenance != "w" {
		t.Error("the camera is in no maintenance")
	}
	s.moment.Windows = nil
	s.run(5 * time.Minute)
	s.want("07:32:00 ona fault srv (1)", "08:30:00 ona fault cam-1")
}

func TestMaintenanceMayBeginWithWhatGoesDown(t *testing.T) {
	s := branch(t)
	s.moment.Windows = []incident.Window{{ID: "w", Things: []topology.ID{"srv"}, OnDown: true, From: s.now, To: s.now.Add(4 * time.Hour), Lasts: 20 * time.Minute}}
	s.run(time.Hour)
	s.goes("srv", "check:site")
	s.run(15 * time.Minute)
	s.returns("srv", "check:site") // in time: nobody hears of it
	s.run(time.Hour)
	s.goes("srv", "check:site")
	s.run(30 * time.Minute)
	s.want("10:05:00 ona fault srv (1)")
}

func TestWhatComesBackSoonIsTheSameIncident(t *testing.T) {
	s := branch(t)
	for range 6 {
		s.goes("router")
		s.run(5 * time.Minute)
		s.returns("router")
		s.run(5 * time.Minute)
	}
	s.run(time.Hour)
	s.want("07:30:30 ona fault router (16)", "07:37:00 ona recovery router",
		"07:40:30 ona update again router (16)", "07:47:00 ona recovery router",
		"07:50:30 ona update flapping router (16)", "08:55:00 ona recovery router")
	if len(s.closed) != 1 {
		t.Errorf("%d incidents", len(s.closed))
	}
}

func TestWhatFlickersWithinItsHoldSaysSoOnce(t *testing.T) {
	s := branch(t)
	s.goes("router")
	s.run(2 * time.Minute)
	for range 10 {
		s.returns("router")
		s.run(time.Minute)
		s.goes("router")
		s.run(2 * time.Minute)
	}
	s.returns("router")
	s.run(time.Hour)
	s.want("07:30:30 ona fault router (16)", "07:36:00 ona update flapping router (16)", "08:32:00 ona recovery router")
}

func TestHoursEscalationAndAcknowledgements(t *testing.T) {
	s := branch(t)
	s.policy.Contacts = []incident.Contact{
		{Name: "ona"}, {Name: "jonas", Off: true}, {Name: "petras", Off: true}, {Name: "head", Later: true},
	}
	s.policy.Escalations = []incident.EscalationRule{{Name: "head", After: 30 * time.Minute, To: []string{"head"}, Classes: []fleet.Class{fleet.Server}}}
	s.goes("srv", "check:site")
	s.run(20 * time.Minute)
	s.policy.Contacts[1].Off = false // his hours begin
	s.run(20 * time.Minute)
	id := s.about("srv").ID
	until := s.now.Add(time.Hour)
	p, _, err := incident.Acknowledge(s.picture, id, "ona", "ordered", until, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.picture = p
	s.policy.Contacts[2].Off = false // somebody looks after it: he is not told
	s.run(20 * time.Minute)
	if p, _, err = incident.Acknowledge(s.picture, id, "jonas", "", until.Add(time.Hour), s.now); err != nil {
		t.Fatal(err)
	}
	s.picture = p
	s.run(2 * time.Hour)
	s.returns("srv", "check:site")
	s.run(10 * time.Minute)
	s.want("07:32:00 ona fault srv (1)", "07:50:00 jonas fault srv (1)", "08:02:00 head escalation srv (1)",
		"10:10:00 ona reminder srv (1)", "10:10:00 jonas reminder srv (1)", "10:10:00 head reminder srv (1)",
		"10:32:00 head recovery srv", "10:32:00 jonas recovery srv", "10:32:00 ona recovery srv")
}

// Who is back after the holidays hears of what reached the head only, because
// the deputy had no hours.
func TestWhoComesBackIsToldOfWhatOnlyTheHeadKnows(t *testing.T) {
	s := branch(t)
	s.policy.Contacts = []incident.Contact{{Name: "deputy", Off: true}, {Name: "head", Later: true}}
	s.policy.Escalations = []incident.EscalationRule{{Name: "head", After: time.Hour, To: []string{"head"}}}
	s.goes("cam-0")
	s.run(2 * time.Hour)
	s.policy.Contacts = []incident.Contact{{Name: "ona"}, {Name: "deputy", Off: true, Later: true}, {Name: "head", Later: true}}
	s.run(time.Hour)
	s.returns("cam-0")
	s.run(10 * time.Minute)
	s.want("08:32:00 head escalation cam-0", "09:30:00 ona fault cam-0", "10:32:00 head recovery cam-0", "10:32:00 ona recovery cam-0")
}

func TestAReportByAPersonEndsByAPersonsWord(t *testing.T) {
	s := branch(t)
	report := incident.NewReport{Rule: incident.RuleReported, Labels: map[string]string{"site": "main", "room": "214", "what": "sound"}, Report: incident.Report{By: "7b"}}
	var inc incident.Incident
	s.picture, inc = incident.AddReport(s.picture, report, s.now)
	s.run(5 * time.Minute)
	s.picture, inc = incident.AddReport(s.picture, report, s.now)
	if len(inc.Reports) != 2 {
		t.Errorf("%d reports", len(inc.Reports))
	}
	s.silent[""] = true // no rule ever clears it
	s.run(time.Hour)
	p, ch, err := incident.CloseByHand(s.picture, inc.ID, "ona", "new cable", s.now)
	if err != nil || len(ch.Owed) != 1 || len(p.Open) != 0 {
		t.Errorf("closed by hand: %v, owes %d", err, len(ch.Owed))
	}
	s.want("07:30:30 ona fault ")
}

// What is broken, and since when, as it comes in any order and spread over less
// than a hold, gives the same picture and the mails of the natural order, one
// more at most.
func TestTheOrderOfFactsDoesNotMatter(t *testing.T) {
	things := []topology.ID{"router", "sw", "srv", "check:site", "cam-0", "cam-1", "cam-2", "cam-3"}
	play := func(t *rapid.T, delays map[topology.ID]time.Duration) (final string, mails []string) {
		s := branch(discard{})
		at := s.now
		for s.now.Before(at.Add(time.Hour)) {
			for id, d := range delays {
				if _, is := s.down[id]; !is && !s.now.Before(at.Add(d)) {
					s.goes(id)
				}
			}
			s.step()
			s.now = s.now.Add(15 * time.Second)
		}
		name := map[incident.ID]topology.ID{}
		for _, inc := range s.picture.Open {
			name[inc.ID] = inc.Thing
		}
		var lines []string
		for _, inc := range s.picture.Open {
			if inc.Rule == incident.RuleTogether {
				continue // a guess that the true cause adopted
			}
			var because []string
			for _, id := range inc.Because {
				because = append(because, string(name[id]))
			}
			told := slices.Sorted(maps.Keys(inc.Notified))
			if len(because) > 0 {
				told = nil // some may have been told before the cause was found
			}
			lines = append(lines, fmt.Sprint(inc.Thing, because, told))
		}
		slices.Sort(lines)
		return strings.Join(lines, "\n"), s.mails
	}
	rapid.Check(t, func(t *rapid.T) {
		spread := rapid.SampledFrom([]int{0, 60, 105}).Draw(t, "spread")
		broken := []topology.ID{rapid.SampledFrom([]topology.ID{"router", "sw", "srv"}).Draw(t, "cause")}
		for _, id := range things {
			if rapid.Bool().Draw(t, string(id)) {
				broken = append(broken, id)
			}
		}
		natural, shuffled := map[topology.ID]time.Duration{}, map[topology.ID]time.Duration{}
		for _, id := range broken {
			natural[id] = 0
			shuffled[id] = time.Duration(rapid.IntRange(0, spread).Draw(t, "delay")) * time.Second
		}
		a, first := play(t, natural)
		b, second := play(t, shuffled)
		if a != b {
			t.Fatalf("in the natural order:\n%s\nin another:\n%s", a, b)
		}
		if len(second) > len(first)+1 {
			t.Fatalf("%d mails in the natural order, %d in another:\n%s\n\n%s", len(first), len(second), strings.Join(first, "\n"), strings.Join(second, "\n"))
		}
	})
}

// discard is a testing.TB for worlds that rapid plays: it fails by panicking.
type discard struct{ testing.TB }

func (discard) Helper()                      {}
func (discard) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

// Benchmark10000 is a tree of 10,000 things of which 500 go down at once.
func Benchmark10000(b *testing.B) {
	things := []topology.Thing{{ID: "root"}}
	for i := range 100 {
		sw := topology.ID(fmt.Sprint("sw-", i))
		things = append(things, topology.Thing{ID: sw, Parents: []topology.ID{"root"}})
		for j := range 99 {
			things = append(things, topology.Thing{ID: topology.ID(fmt.Sprint("d-", i, "-", j)), Class: fleet.Safety, Parents: []topology.ID{sw}})
		}
	}
	for _, c := range []struct {
		name   string
		broken func(s *school)
	}{
		{"one cause", func(s *school) {
			s.goes("root")
			for i := range 499 {
				s.goes(things[1+i].ID)
			}
		}},
		{"five hundred causes", func(s *school) {
			for i := range 500 {
				s.goes(topology.ID(fmt.Sprint("d-", i%100, "-", i/100)))
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := newSchool(b, things...)
			c.broken(s)
			for b.Loop() {
				s.picture, s.now = incident.Picture{}, t0
				for range 12 { // three minutes: until everything is told
					next, _ := incident.Step(s.picture, s.facts(), s.now, s.policy)
					s.picture = next
					s.now = s.now.Add(15 * time.Second)
				}
			}
		})
	}
}
