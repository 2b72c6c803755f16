package collector

import (
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/collector/vantage"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

// shows makes the only line of the page, and publishes it.
func (p *publicPlace) shows(thing string) {
	p.t.Helper()
	line := statuspage.Component{ID: p.line, Name: statuspage.Text{i18n.Lithuanian: "x", i18n.English: "x"}}
	p.must(p.view.PutStatusComponent(p.keeper(), p.page, line, []string{thing}))
	p.publish()
}

// incidentOf puts an incident in the place of all others.
func (p *publicPlace) incidentOf(thing topology.ID, state incident.State) {
	p.t.Helper()
	inc := incident.Incident{ID: 1, Key: "k", Rule: "Down", Severity: incident.Critical, State: state, Evidence: incident.Firing, Labels: map[string]string{"site": "svetur"},
		Thing: thing, Meaning: incident.Down, Since: p.now, Seen: p.now, Turned: p.now, LastFired: p.now}
	p.must(p.store.CommitIncidents([]incident.Incident{inc}, nil))
	p.must(p.alerting.load())
}

func TestTroubleIsNewsHoweverALookWentWrong(t *testing.T) {
	p := newPublicPlace(t)
	p.publish()
	for i, outcome := range []look.Outcome{look.OK, look.Failed, look.Unreachable, look.Failed} {
		if i > 0 {
			p.now = p.now.Add(time.Minute)
		}
		p.looking.board.Put(checkPrefix+"srv-dc01-ldap", time.Minute, look.Result{Time: p.now, Outcome: outcome})
	}
	p.expect("it refused, was silent, and refused again, for two minutes in all", "trouble")
	p.looking.board.Put(checkPrefix+"srv-dc01-ldap", time.Minute, look.Result{Time: p.now, Outcome: look.Unknown})
	p.looking.board.Put(checkPrefix+"srv-dc01-ldap", time.Minute, look.Result{Time: p.now, Outcome: look.Failed})
	p.expect("in between nobody could tell", "unknown")
}

func TestAnIncidentThatIsHeldBackInsideIsNotToldOutside(t *testing.T) {
	p := newPublicPlace(t)
	p.publish()
	p.looking.board.Put(checkPrefix+"srv-dc01-ldap", time.Minute, look.Result{Time: p.now, Outcome: look.Failed})
	p.incidentOf("check:srv-dc01-ldap", incident.Holding)
	p.expect("one look went wrong, of which a rule of the user's made an incident at once", "unknown")
	p.incidentOf("check:srv-dc01-ldap", incident.Open)
	p.expect("the incident is told", "trouble")
}

func TestTroubleSeenFromSeveralPlacesIsNewsAfterAWhileToo(t *testing.T) {
	p := newPublicPlace(t, "  - {id: www, target: 'http://www.example.lt/', vantages: [north, south]}\n")
	p.shows("www") // as the file calls it
	config := p.Config()
	check, _ := config.Check("www")
	told := func(agents look.Outcome) {
		t.Helper()
		for _, place := range []string{"north", "south"} {
			say(t, p.Collector, check, place, agents)
		}
		say(t, p.Collector, check, vantage.Collector, look.OK)
		p.vantages.decide(t.Context())
	}
	told(look.OK)
	p.now = p.now.Add(time.Hour)
	told(look.OK)
	p.expect("every place reaches it", "good")
	p.now = p.now.Add(time.Minute)
	told(look.Unreachable)
	p.expect("most places do not reach it since a moment ago, the collector does since an hour", "unknown")
	p.now = p.now.Add(time.Minute)
	told(look.Unreachable)
	p.expect("for a minute", "unknown")
	p.now = p.now.Add(time.Minute)
	told(look.Unreachable)
	p.expect("for two minutes", "trouble")
}

func TestADeviceThatOnceDidNotAnswerIsNoNews(t *testing.T) {
	p := newPublicPlace(t, "devices: [{id: sw, target: 'snmp://127.0.0.1:9', class: infrastructure}]\n")
	p.shows("sw")
	answers := func(outcome look.Outcome) {
		p.looking.board.Put(polledPrefix+"sw", 5*time.Minute, look.Result{Time: p.now, Outcome: outcome})
	}
	answers(look.OK)
	p.expect("it answers", "good")
	p.now = p.now.Add(5 * time.Minute)
	answers(look.Unreachable)
	p.expect("it did not answer once", "unknown")
	p.incidentOf("sw", incident.Open)
	p.expect("there is an incident", "trouble")
	p.incidentOf("another", incident.Open)
	p.now = p.now.Add(4 * time.Minute)
	p.expect("it was not asked again yet", "unknown")
	p.now = p.now.Add(time.Minute)
	answers(look.Unreachable)
	p.expect("it did not answer twice", "trouble")
	answers(look.Failed)
	p.expect("it answers, if wrongly", "good")
}

func TestALineOfADeviceThatWasMergedIsOfTheOtherOne(t *testing.T) {
	p := newPublicPlace(t, "devices: [{id: sw-1, target: 'snmp://127.0.0.1:9', class: infrastructure}, {id: sw-2, target: 'snmp://127.0.0.1:10', class: infrastructure}]\n")
	p.shows("sw-1")
	p.must(p.agents.inventory.Merge(t.Context(), "test", "sw-1", "sw-2"))
	p.looking.board.Put(polledPrefix+"sw-2", time.Minute, look.Result{Time: p.now, Outcome: look.OK})
	p.expect("the other one answers", "good")
	p.looking.board.Put(polledPrefix+"sw-2", time.Minute, look.Result{Time: p.now, Outcome: look.Unreachable})
	p.incidentOf("sw-2", incident.Open)
	p.expect("there is an incident of the other one", "trouble")
}
