package collector

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/metricdb"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/collector/vantage"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/probe"
	"github.com/budi-monitor/budi/internal/reach"
	"github.com/budi-monitor/budi/internal/wire"
)

// fromTwoPlaces is a collector with a check that the computers of both sites look
// at too.
func fromTwoPlaces(t *testing.T) (c *Collector, check settings.Check, north, south string) {
	t.Helper()
	w := newTwoSides(t)
	north, south = w.agent(northside).Device, w.agent(southside).Device
	ctx := access.WithIdentity(t.Context(), access.Local("test"))
	id, err := checkActions{w.c}.AddCheck(ctx, settings.Check{ID: "www", Name: "Website", Vantages: []string{north, south, north}, Spec: probe.Spec{Target: "http://www.example.lt/"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	config := w.c.Config()
	check, _ = config.Check(id)
	if d := cmp.Diff([]string{north, south}, check.Vantages); d != "" {
		t.Fatal(d)
	}
	return w.c, check, north, south
}

// say is what one place says of the check now.
func say(t *testing.T, c *Collector, check settings.Check, place string, o look.Outcome) {
	t.Helper()
	r := look.Result{Target: check.Target, Kind: probe.KindHTTP, Time: c.now(), Outcome: o}
	up := 0.0
	switch o {
	case look.OK:
		up = 1
		fallthrough
	case look.Failed, look.Unreachable:
		r.Samples = []look.Sample{{Name: metric.ProbeSuccess, Value: up}, {Name: metric.LookUnknown, Value: 0}}
	default:
		r.Samples = []look.Sample{{Name: metric.LookUnknown, Value: 1}}
	}
	if o != look.OK {
		r.Problem = &look.Problem{Code: probe.CodeRefused, Args: map[string]string{"address": "www.example.lt:80"}}
	}
	if place == vantage.Collector {
		c.looking.board.Put(checkPrefix+check.ID, time.Minute, r)
		return
	}
	identity := look.Labels("site", northside, "check", check.ID, "vantage", place, "job", jobProbe)
	if err := c.db.Record(t.Context(), metricdb.Target{ID: "agent/" + place, Identity: identity}, r); err != nil {
		t.Fatal(err)
	}
	c.vantages.take(place, []wire.Said{{Check: check.ID, Time: r.Time, Outcome: o, Problem: r.Problem}})
}

func TestMostPlacesDecide(t *testing.T) {
	for _, tc := range []struct {
		rule               string
		here, north, south look.Outcome
		want               vantage.State
		phrase             vantage.Phrase
		from               string
		problemFromAnAgent bool
	}{
		{"all reach it", look.OK, look.OK, look.OK, vantage.StateUp, vantage.PhraseUp, "", false},
		{"one place does not", look.OK, look.OK, look.Unreachable, vantage.StateUp, vantage.PhraseSome, "", false},
		{"not even the collector", look.Unreachable, look.OK, look.OK, vantage.StateUp, vantage.PhraseSome, "", false},
		{"most do not", look.OK, look.Failed, look.Unreachable, vantage.StateDown, vantage.PhraseMost, "The southside", true},
		{"nobody does", look.Failed, look.Failed, look.Unreachable, vantage.StateDown, vantage.PhraseEverywhere, "The southside", false},
		{"whose line is down has no say", look.Unknown, look.Unknown, look.Unreachable, vantage.StateDown, vantage.PhraseOne, "The southside", true},
		{"a tie is not down", look.Unknown, look.OK, look.Unreachable, vantage.StateUp, vantage.PhraseSome, "", false},
		{"nobody can tell", look.Unknown, look.Unknown, look.Unknown, vantage.StateUnknown, vantage.PhraseOffline, "", false},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			c, check, north, south := fromTwoPlaces(t)
			say(t, c, check, vantage.Collector, tc.here)
			say(t, c, check, north, tc.north)
			say(t, c, check, south, tc.south)
			c.vantages.decide(t.Context())
			v, ok := c.vantages.of(check.ID)
			if !ok || v.State != tc.want || v.Phrase != tc.phrase {
				t.Fatalf("%+v", v.Verdict)
			}
			series, err := c.db.Query(t.Context(), metric.CheckUp+`{check="www",vantage="collector",job="probe"}`, c.now())
			if err != nil {
				t.Fatal(err)
			}
			if counted := len(series) == 1; counted != (tc.want != vantage.StateUnknown) || counted && (series[0].Value == 1) != (tc.want == vantage.StateUp) {
				t.Errorf("what counts is %+v", series)
			}
			told := c.tellAbout(map[string]string{"check": check.ID}, map[string]string{"message": messageDown})
			if got := told[annotationFrom]; (tc.want == vantage.StateDown) != (told[annotationPhrase] == string(tc.phrase)) || !strings.Contains(got, tc.from) {
				t.Errorf("told is %v", told)
			}
			if tc.problemFromAnAgent {
				if p := c.vantages.problem(check.ID, nil); p == nil || p.Code != probe.CodeRefused {
					t.Errorf("the problem is %+v", p)
				}
			}
			places, phrase := c.vantages.places(access.WithIdentity(t.Context(), access.Local("test")), check)
			if len(places) != 3 || phrase != string(tc.phrase) || places[2].Device != south {
				t.Errorf("the page shows %+v, %s", places, phrase)
			}
		})
	}
}

// An agent is assigned what it is to look at, and may speak of that only.
func TestAnAgentSpeaksOfItsChecksOnly(t *testing.T) {
	c, check, north, _ := fromTwoPlaces(t)
	config := c.Config()
	assigned, witnesses := c.checksFor(&config, north)
	if len(assigned) != 1 || assigned[0].ID != check.ID || assigned[0].Interval < wire.MinCheckTime || len(witnesses) == 0 {
		t.Errorf("%+v, %v", assigned, witnesses)
	}
	if none, _ := c.checksFor(&config, "own"); len(none) != 0 {
		t.Errorf("another computer is assigned %+v", none)
	}
	right := c.checkRight(north)
	if site, ok := right(check.ID); !ok || site != northside {
		t.Errorf("of its own check: %q, %t", site, ok)
	}
	if _, ok := right("www-of-northside"); ok {
		t.Error("it may speak of another check")
	}
}

// What may not be reached from the collector may not be reached from an agent: its
// computer stands in somebody's network.
func TestAgentsReachNoFurtherThanTheConsoleMay(t *testing.T) {
	c, check, north, _ := fromTwoPlaces(t)
	deny := make([]string, maxReach)
	for i := range deny {
		deny[i] = fmt.Sprintf("10.0.%d.0/24", i)
	}
	c.reaching.Store(reachingOf(ReachConfig{Allow: []string{"192.0.2.0/24"}, Deny: deny}))
	config := c.Config()
	assigned, _ := c.checksFor(&config, north)
	if len(assigned) != 1 || assigned[0].ID != check.ID {
		t.Fatalf("%+v", assigned)
	}
	if err := assigned[0].Valid(); err != nil {
		t.Errorf("an agent refuses the longest lists: %v", err)
	}
	may := reach.Policy{Allow: assigned[0].Allow, Deny: assigned[0].Deny}
	for address, want := range map[string]bool{"192.0.2.1:80": true, "10.0.199.7:80": false, "198.51.100.1:80": false, "169.254.169.254:80": false} {
		if err := may.Check(netip.MustParseAddrPort(address)); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestVantagesAreComputersWithAnAgent(t *testing.T) {
	w := newTwoSides(t)
	without, there := w.device(southside), w.agent(southside).Device
	ctx := access.WithIdentity(t.Context(), access.Identity{Kind: access.KindUser, Name: "n", Role: access.Operator, Sites: []string{northside}})
	for _, id := range []string{"nobody", without, there} {
		_, err := checkActions{w.c}.AddCheck(ctx, settings.Check{Vantages: []string{id}, Spec: probe.Spec{Target: "http://www.example.lt/"}}, "")
		if p := settings.Of(err); len(p) != 1 || p[0].Code != settings.CodeVantage {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestWordsOfPlacesAreInBothLanguages(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, w := range []vantage.Word{vantage.Up, vantage.Down, vantage.Offline, vantage.Silent, vantage.Awaited} {
		keys = append(keys, "vantage.word."+string(w))
	}
	for _, p := range vantage.Phrases() {
		keys = append(keys, "vantage.phrase."+string(p))
	}
	for _, p := range []vantage.Phrase{vantage.PhraseMost, vantage.PhraseOne, vantage.PhraseEverywhere} {
		keys = append(keys, "vantage.told."+string(p))
	}
	for _, key := range keys {
		for _, lang := range i18n.Languages() {
			if !c.Has(lang, key) {
				t.Errorf("%s: %s is missing", lang, key)
			}
		}
	}
}
