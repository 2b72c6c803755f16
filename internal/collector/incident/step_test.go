package incident_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/look"
)

var (
	t0     = time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)
	policy = incident.Policy{
		HoldFault:    30 * time.Second,
		HoldRecovery: 2 * time.Minute,
		ForgetAfter:  30 * 24 * time.Hour,
		MaxOpen:      100,
		Contacts:     []incident.Contact{{Name: "ona"}},
	}
)

// story plays one machine through time and keeps what was owed.
type story struct {
	t       *testing.T
	now     time.Time
	policy  incident.Policy
	picture incident.Picture
	owed    []incident.Owed
	closed  []incident.Incident
}

func newStory(t *testing.T) *story { return &story{t: t, now: t0, policy: policy} }

func (s *story) step(f incident.Facts) []incident.Owed {
	s.t.Helper()
	next, ch := incident.Step(s.picture, f, s.now, s.policy)
	s.picture = next
	s.take(ch)
	if _, again := incident.Step(next, f, s.now, s.policy); len(again.Owed) != 0 {
		s.t.Fatalf("the same step twice owes again: %+v", again.Owed)
	}
	return ch.Owed
}

func (s *story) take(ch incident.Changes) {
	s.owed = append(s.owed, ch.Owed...)
	for _, inc := range ch.Incidents {
		if inc.State == incident.Closed {
			s.closed = append(s.closed, inc)
		}
	}
}

// during steps every 15 s for d with the same facts.
func (s *story) during(d time.Duration, f incident.Facts) {
	s.t.Helper()
	for end := s.now.Add(d); !s.now.After(end); s.now = s.now.Add(15 * time.Second) {
		s.step(f)
	}
}

func (s *story) told() string {
	out := ""
	for _, o := range s.owed {
		out += fmt.Sprintf("%s:%s ", o.Contact, o.Kind)
	}
	return out
}

func (s *story) want(told string) {
	s.t.Helper()
	if got := s.told(); got != told {
		s.t.Errorf("at %s: told %q, want %q", s.now.Format(time.TimeOnly), got, told)
	}
}

func alert(severity string) incident.Alert {
	return incident.Alert{
		Rule: "SiteDown", Labels: map[string]string{"check": "www", "severity": severity},
		Firing: true, Since: t0.Add(-2 * time.Minute),
	}
}

func firing(alerts ...incident.Alert) incident.Facts { return incident.Facts{Alerts: alerts} }

var (
	down    = firing(alert("critical"))
	cleared = incident.Facts{Cleared: map[incident.Key]bool{alert("critical").Key(): true}}
	nothing = incident.Facts{}
)

func silenced(a incident.Alert) incident.Alert { a.Silenced = true; return a }
func pending(a incident.Alert) incident.Alert  { a.Firing = false; return a }

func TestAFaultIsToldOnceAndItsRecoveryOnce(t *testing.T) {
	s := newStory(t)
	s.during(15*time.Second, down)
	s.want("") // the hold before mailing
	s.during(time.Hour, down)
	s.want("ona:fault ")
	s.during(90*time.Second, cleared)
	s.want("ona:fault ") // the hold before recovery
	s.during(time.Hour, cleared)
	s.want("ona:fault ona:recovery ")
	if len(s.picture.Open) != 0 || len(s.closed) != 1 || s.closed[0].EndReason != incident.Recovered {
		t.Errorf("not closed: %+v %+v", s.picture, s.closed)
	}
}

// named gives what an alert points at a name and an address.
func named(a incident.Alert, check, target string) incident.Alert {
	a.Names = map[string]string{"check": check, incident.NameTarget: target}
	return a
}

func TestAnIncidentKeepsTheNamesOfWhenItLastFired(t *testing.T) {
	s := newStory(t)
	only := func() incident.Incident {
		t.Helper()
		for _, inc := range s.picture.Open {
			return inc
		}
		t.Fatal("nothing is open")
		return incident.Incident{}
	}
	want := func(when, check, target string) {
		t.Helper()
		if names := only().Names; names["check"] != check || names[incident.NameTarget] != target {
			t.Errorf("%s: names %v, want %s and %s", when, names, check, target)
		}
	}
	s.step(firing(named(alert("critical"), "Old name", "http://a")))
	before := only().Names
	s.during(time.Hour, firing(named(alert("critical"), "Catalogue", "http://b")))
	want("a new name", "Catalogue", "http://b")
	if before["check"] != "Old name" {
		t.Error("a map was changed after it was made")
	}
	s.step(firing(pending(named(alert("critical"), "Other", "http://c"))))
	want("pending", "Catalogue", "http://b")
	check := alert("critical")
	check.Names = map[string]string{"check": "Renamed"}
	s.step(firing(check))
	want("the address is not known any more", "Renamed", "http://b")
	s.step(down)
	want("nothing is known any more", "Renamed", "http://b")
	s.step(nothing)
	want("unknown", "Renamed", "http://b")
	s.during(time.Hour, cleared)
	if len(s.closed) != 1 || s.closed[0].Names["check"] != "Renamed" || s.owed[0].Incident.Names["check"] != "Catalogue" {
		t.Errorf("closed: %+v, owed: %+v", s.closed, s.owed)
	}
}

func TestARecoverySaysWhatWasWrong(t *testing.T) {
	s := newStory(t)
	bad := alert("critical")
	bad.Problem = &look.Problem{Code: "timeout"}
	s.during(time.Minute, firing(bad))
	worse := alert("critical")
	worse.Problem = &look.Problem{Code: "connection_refused"}
	s.during(time.Minute, firing(worse))
	s.during(15*time.Second, down) // the look went well, the rule has not seen it yet
	s.during(time.Hour, cleared)
	for _, o := range s.owed {
		want := map[incident.Kind]string{incident.Fault: "timeout", incident.Recovery: "connection_refused"}[o.Kind]
		if p := o.Incident.Problem; p == nil || p.Code != want {
			t.Errorf("the %s says %+v, want %s", o.Kind, p, want)
		}
	}
	s.want("ona:fault ona:recovery ")
}

func TestNewNamesAloneAreNotWorthStoring(t *testing.T) {
	p, _ := incident.Step(incident.Picture{}, firing(named(alert("critical"), "A", "")), t0, policy)
	p, ch := incident.Step(p, firing(named(alert("critical"), "B", "")), t0.Add(time.Second), policy)
	if len(ch.Incidents) != 0 {
		t.Errorf("changed: %+v", ch.Incidents)
	}
	for _, inc := range p.Open {
		if inc.Names["check"] != "B" {
			t.Errorf("the name is %q", inc.Names["check"])
		}
	}
}

func TestWhatPassesWithinTheHoldIsToldToNobody(t *testing.T) {
	s := newStory(t)
	s.during(15*time.Second, down)
	s.during(time.Hour, cleared)
	s.want("")
	if len(s.closed) != 1 {
		t.Errorf("the journal must have it all the same: %+v", s.closed)
	}
}

func TestDataThatStopAreNotARecovery(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	s.during(29*24*time.Hour, nothing)
	s.want("ona:fault ")
	inc := s.picture.Open[alert("critical").Key()]
	if inc.State != incident.Open || inc.Evidence != incident.Unknown {
		t.Errorf("got %+v", inc)
	}
	s.during(48*time.Hour, nothing)
	s.want("ona:fault ")
	if len(s.closed) != 1 || s.closed[0].EndReason != incident.Expired {
		t.Errorf("after 30 days it is filed away, silently: %+v", s.closed)
	}
}

func TestEvidenceMustHoldWithoutABreak(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	for range 10 {
		s.during(time.Minute, cleared)
		s.during(30*time.Second, nothing)
	}
	s.want("ona:fault ")
	for range 10 {
		s.during(time.Minute, cleared)
		s.during(30*time.Second, firing(pending(alert("critical"))))
	}
	s.want("ona:fault ")
	s.during(3*time.Minute, cleared)
	s.want("ona:fault ona:recovery ")
}

func TestASilenceHoldsTheFaultAndNeverTheRecovery(t *testing.T) {
	quiet := firing(silenced(alert("critical")))
	t.Run("silenced from the start: told when the silence ends", func(t *testing.T) {
		s := newStory(t)
		s.during(time.Hour, quiet)
		s.want("")
		s.during(time.Minute, down)
		s.want("ona:fault ")
	})
	t.Run("silenced all through: nobody ever hears of it", func(t *testing.T) {
		s := newStory(t)
		s.during(time.Hour, quiet)
		s.during(time.Hour, cleared)
		s.want("")
	})
	t.Run("silenced after the fault was told: the recovery is owed", func(t *testing.T) {
		s := newStory(t)
		s.during(time.Minute, down)
		s.during(time.Hour, quiet)
		s.during(time.Hour, cleared)
		s.want("ona:fault ona:recovery ")
	})
}

func TestASilenceForOneSeverityHidesNoOther(t *testing.T) {
	s := newStory(t)
	silenced := alert("critical")
	silenced.Silenced = true
	s.during(time.Hour, firing(silenced))
	s.want("")
	s.during(time.Hour, firing(silenced, alert("warning")))
	s.want("ona:fault ")
	if got := s.owed[0].Incident.Severity; got != incident.Warning {
		t.Errorf("told as %s", got)
	}
	s.during(time.Hour, firing(alert("critical"), alert("warning")))
	s.want("ona:fault ona:update ")
}

func TestPendingOpensNothing(t *testing.T) {
	s := newStory(t)
	s.during(time.Hour, firing(pending(alert("critical"))))
	s.want("")
	if len(s.picture.Open) != 0 {
		t.Errorf("got %+v", s.picture.Open)
	}
}

func TestMoreUrgentIsAnUpdateOfTheSameIncident(t *testing.T) {
	s := newStory(t)
	s.policy.Contacts = []incident.Contact{{Name: "ona"}, {Name: "boss", MinSeverity: incident.Critical}}
	s.during(time.Hour, firing(alert("warning")))
	s.want("ona:fault ")
	both := firing(alert("warning"), alert("critical")) // two thresholds of one rule
	s.during(time.Hour, both)
	s.want("ona:fault ona:update boss:fault ")
	s.during(time.Hour, firing(alert("warning")))
	s.during(time.Hour, both)
	s.want("ona:fault ona:update boss:fault ") // once told, up and down is no news
	s.during(time.Hour, cleared)
	s.want("ona:fault ona:update boss:fault boss:recovery ona:recovery ")
}

func TestARecoveryIsOwedToThoseWhoWereToldWhateverTheContactsAreNow(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	s.policy.Contacts = nil
	s.during(time.Hour, down)
	s.during(time.Hour, cleared)
	s.want("ona:fault ona:recovery ")
}

func TestWhoJoinsIsNotToldOfWhatTheOthersKnow(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	s.policy.Contacts = []incident.Contact{{Name: "ona"}, {Name: "jonas"}}
	s.during(time.Hour, down)
	s.during(time.Hour, cleared)
	s.want("ona:fault ona:recovery ")
}

func TestAFaultOfWhichNoneOfTheContactsKnowsIsTold(t *testing.T) {
	ona, jonas := incident.Contact{Name: "ona"}, incident.Contact{Name: "jonas"}
	t.Run("the only one who was told has another name now", func(t *testing.T) {
		s := newStory(t)
		s.during(time.Minute, down)
		s.policy.Contacts = []incident.Contact{jonas}
		s.during(time.Hour, down)
		s.during(time.Hour, cleared)
		s.want("ona:fault jonas:fault jonas:recovery ona:recovery ")
	})
	t.Run("there was nobody when it began", func(t *testing.T) {
		s := newStory(t)
		s.policy.Contacts = nil
		s.during(time.Hour, down)
		s.policy.Contacts = []incident.Contact{ona, jonas}
		s.during(time.Hour, down)
		s.want("ona:fault jonas:fault ")
	})
	t.Run("nobody wanted it at first", func(t *testing.T) {
		s := newStory(t)
		s.policy.Contacts = []incident.Contact{{Name: "ona", MinSeverity: incident.Critical}}
		warning := firing(alert("warning"))
		s.during(time.Hour, warning)
		s.want("")
		s.policy.Contacts = []incident.Contact{ona}
		s.during(time.Hour, warning)
		s.during(time.Hour, firing(alert("critical")))
		s.want("ona:fault ona:update ")
	})
	t.Run("the one who was told of something more urgent is gone", func(t *testing.T) {
		s := newStory(t)
		s.during(time.Minute, firing(alert("critical")))
		s.policy.Contacts = []incident.Contact{jonas}
		s.during(time.Minute, firing(alert("warning")))
		s.during(time.Minute, firing(alert("critical")))
		s.want("ona:fault jonas:fault jonas:update ")
	})
	t.Run("somebody said on the page that they look after it", func(t *testing.T) {
		s := newStory(t)
		s.policy.Contacts = nil
		s.during(time.Minute, down)
		p, _, err := incident.Acknowledge(s.picture, 1, "rasa", "", time.Time{}, s.now)
		if err != nil {
			t.Fatal(err)
		}
		s.picture = p
		s.policy.Contacts = []incident.Contact{ona}
		s.during(time.Hour, down)
		s.want("")
	})
	t.Run("the contacts were away for a moment only", func(t *testing.T) {
		s := newStory(t)
		s.during(time.Minute, down)
		s.policy.Contacts = nil
		s.during(time.Minute, down)
		s.policy.Contacts = []incident.Contact{ona}
		s.during(time.Hour, down)
		s.want("ona:fault ")
	})
	t.Run("it is silenced, or no longer seen", func(t *testing.T) {
		s := newStory(t)
		s.policy.Contacts = nil
		s.during(time.Minute, down)
		s.policy.Contacts = []incident.Contact{ona}
		silenced := alert("")
		silenced.Silenced = true
		s.during(time.Hour, firing(silenced))
		s.during(time.Hour, incident.Facts{})
		s.want("")
		s.during(time.Hour, down)
		s.want("ona:fault ")
	})
}

func TestWithNobodyToTellTheIncidentIsOpenAllTheSame(t *testing.T) {
	s := newStory(t)
	s.policy.Contacts = nil
	s.during(time.Minute, down)
	s.want("")
	if inc := s.picture.Open[alert("").Key()]; inc.State != incident.Open {
		t.Errorf("got %+v", inc)
	}
}

func TestANewFaultAfterARecoveryIsANewIncident(t *testing.T) {
	s := newStory(t)
	for range 2 {
		s.during(time.Minute, down)
		s.during(time.Hour, cleared)
	}
	s.want("ona:fault ona:recovery ona:fault ona:recovery ")
	if s.closed[0].ID != 1 || s.closed[1].ID != 2 {
		t.Errorf("IDs: %d, %d", s.closed[0].ID, s.closed[1].ID)
	}
}

func TestTheClockMayJump(t *testing.T) {
	const jump = 48 * time.Hour
	t.Run("forward and back during a fault", func(t *testing.T) {
		s := newStory(t)
		s.during(15*time.Second, down)
		s.now = s.now.Add(jump)
		s.during(15*time.Second, down)
		s.now = s.now.Add(-jump)
		s.during(5*time.Minute, down)
		s.want("ona:fault ")
		s.during(5*time.Minute, cleared)
		s.want("ona:fault ona:recovery ")
	})
	t.Run("back while the hold before mailing runs", func(t *testing.T) {
		s := newStory(t)
		s.now = s.now.Add(jump)
		s.during(0, down)
		s.now = s.now.Add(-jump)
		s.during(time.Minute, down)
		s.want("ona:fault ")
	})
	t.Run("back while the hold before recovery runs", func(t *testing.T) {
		s := newStory(t)
		s.during(time.Minute, down)
		s.now = s.now.Add(jump)
		s.during(0, cleared)
		s.now = s.now.Add(-jump)
		s.during(3*time.Minute, cleared)
		s.want("ona:fault ona:recovery ")
	})
}

func TestTheNumberOfIncidentsIsBounded(t *testing.T) {
	s := newStory(t)
	s.policy.MaxOpen = 3
	var f incident.Facts
	for i := range 5 {
		f.Alerts = append(f.Alerts, incident.Alert{Rule: "X", Firing: true, Labels: map[string]string{"device": fmt.Sprint(i)}})
	}
	next, ch := incident.Step(s.picture, f, s.now, s.policy)
	if len(next.Open) != 3 || ch.Refused != 2 {
		t.Fatalf("open %d, refused %d", len(next.Open), ch.Refused)
	}
	// Room made by the end of one is used by the next: nothing is lost.
	s.picture, s.now = next, s.now.Add(time.Hour)
	f.Alerts = f.Alerts[1:]
	f.Cleared = map[incident.Key]bool{incident.NewKey("X", map[string]string{"device": "0"}): true}
	s.during(time.Hour, f)
	if len(s.picture.Open) != 3 {
		t.Errorf("open %d", len(s.picture.Open))
	}
}

// A computer that says that a thousand of its disks fail takes neither the
// place of what others have to tell nor anybody's time to read a thousand mails.
func TestTheIncidentsOfOneDeviceAreBounded(t *testing.T) {
	s := newStory(t)
	s.policy.MaxOfDevice = 3
	f := incident.Facts{Alerts: []incident.Alert{
		{Rule: "X", Firing: true, Labels: map[string]string{"device": "good"}},
		{Rule: "X", Firing: true, Labels: map[string]string{"check": "1"}}, {Rule: "X", Firing: true, Labels: map[string]string{"check": "2"}},
		{Rule: "X", Firing: true, Labels: map[string]string{"check": "3"}}, {Rule: "X", Firing: true, Labels: map[string]string{"check": "4"}},
	}}
	for i := range 10 {
		f.Alerts = append(f.Alerts, incident.Alert{Rule: "X", Firing: true, Labels: map[string]string{"device": "bad", "disk": fmt.Sprint(i)}})
	}
	for range 3 {
		next, ch := incident.Step(s.picture, f, s.now, s.policy)
		if len(next.Open) != 3+1+4 || ch.Refused != 7 {
			t.Fatalf("open %d, refused %d", len(next.Open), ch.Refused)
		}
		s.picture, s.now = next, s.now.Add(time.Minute)
	}
}

func TestAcknowledge(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	p, inc, err := incident.Acknowledge(s.picture, 1, "ona", "on my way", time.Time{}, s.now)
	if err != nil || inc.Acked == nil || inc.Acked.By != "ona" {
		t.Fatalf("got %+v, %v", inc, err)
	}
	p, inc, err = incident.Acknowledge(p, 1, "jonas", "", time.Time{}, s.now.Add(time.Hour))
	if err != nil || inc.Acked.By != "ona" {
		t.Errorf("the first word stands: got %+v, %v", inc.Acked, err)
	}
	s.picture = p
	s.during(time.Hour, down)
	s.during(time.Hour, cleared)
	s.want("ona:fault ona:recovery ")
	if s.closed[0].Acked == nil {
		t.Error("the acknowledgement is lost")
	}
	if _, _, err := incident.Acknowledge(s.picture, 1, "ona", "", time.Time{}, s.now); !errors.Is(err, incident.ErrNotOpen) {
		t.Errorf("a closed incident: got %v", err)
	}
}

func TestAPersonMayCloseWhatNobodyCanKnowAnyMore(t *testing.T) {
	s := newStory(t)
	s.during(time.Minute, down)
	if _, _, err := incident.CloseByHand(s.picture, 1, "ona", "", s.now); !errors.Is(err, incident.ErrStillFiring) {
		t.Errorf("while it fires: got %v", err)
	}
	s.during(time.Hour, nothing)
	p, ch, err := incident.CloseByHand(s.picture, 1, "ona", "server scrapped", s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.picture = p
	s.take(ch)
	s.want("ona:fault ona:recovery ")
	if len(p.Open) != 0 || s.closed[0].EndReason != incident.ByHand {
		t.Errorf("got %+v", s.closed)
	}
}

func BenchmarkStep500AlertsOver10000Devices(b *testing.B) {
	// 10,000 incidents are open, 500 of them fire, the others have cleared and
	// wait out the hold: more than the field will ever ask for.
	var f incident.Facts
	f.Cleared = map[incident.Key]bool{}
	var all incident.Facts
	for i := range 10_000 {
		a := incident.Alert{Rule: "ServerSilent", Firing: true, Since: t0, Labels: map[string]string{
			"site": "main", "device": fmt.Sprintf("pc-%05d", i), "severity": "critical", "job": "host"}}
		all.Alerts = append(all.Alerts, a)
		if i < 500 {
			f.Alerts = append(f.Alerts, a)
		} else {
			f.Cleared[a.Key()] = true
		}
	}
	policy := policy
	policy.MaxOpen = 0
	p, _ := incident.Step(incident.Picture{}, all, t0, policy)
	p, _ = incident.Step(p, all, t0.Add(time.Minute), policy)
	b.Run("first sight of 500", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			incident.Step(incident.Picture{}, incident.Facts{Alerts: f.Alerts}, t0, policy)
		}
	})
	b.Run("500 firing, 9500 clearing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			incident.Step(p, f, t0.Add(2*time.Minute), policy)
		}
	})
}
