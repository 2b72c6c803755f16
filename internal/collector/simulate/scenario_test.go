package simulate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/simulate"
)

func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	const head = "from: 2026-09-01 07:00\nto: +1d\ntopology:\n  - {id: sw-1, kind: switch}\n  - {id: pc-01..pc-20, kind: pc, parents: sw-1}\ncontacts:\n  - {name: Rasa}\n"
	for name, c := range map[string]struct{ scenario, want string }{
		"no beginning":               {"to: +1d\n", "bad.yml: from: say when the scenario begins"},
		"an end before":              {"from: 2026-09-01 07:00\nto: 2026-08-01 07:00\n", `bad.yml:2: to is "2026-08-01 07:00": the end comes after the beginning`},
		"no such day":                {"from: 2026-02-30 07:00\nto: +1d\n", `bad.yml:1: from is "2026-02-30 07:00"`},
		"a field that is not there":  {head + "events:\n  - {at: \"08:00\", donw: sw-1}\n", "bad.yml:9: events[0].donw: there is no such field"},
		"a thing that is not there":  {head + "events:\n  - at: \"08:00\"\n    down: sw-2\n", `bad.yml:10: events[0].down is "sw-2": nothing in the topology has the ID sw-2; did you mean sw-1?`},
		"two verbs":                  {head + "events:\n  - {at: \"08:00\", down: sw-1, up: sw-1}\n", "bad.yml:9: events[0].up: an event is one thing that happens"},
		"no verb":                    {head + "events:\n  - {at: \"08:00\"}\n", "bad.yml:9: events[0]: nothing happens here: write one of down, up"},
		"a field of another verb":    {head + "events:\n  - {at: \"08:00\", mail: away, severity: info}\n", "bad.yml:9: events[0].severity: mail does not take this"},
		"a rule that is not there":   {head + "events:\n  - {at: \"08:00\", firing: DiskNearlyFul, about: sw-1}\n", "did you mean DiskNearlyFull?"},
		"before the beginning":       {head + "events:\n  - {at: \"2026-08-31 08:00\", down: sw-1}\n", "the scenario begins at 2026-09-01T07:00:00+03:00"},
		"after the end":              {head + "events:\n  - {at: +2d, down: sw-1}\n", "the scenario ends at 2026-09-02T07:00:00+03:00"},
		"no time":                    {head + "events:\n  - {at: soon, down: sw-1}\n", `bad.yml:9: events[0].at is "soon": write a time`},
		"a range in a list unquoted": {head + "events:\n  - {at: \"08:00\", down: [sw-1, pc-[01-20]]}\n", `needs quotes ("pc-[01-20]")`},
		"an unknown contact":         {head + "expect:\n  - {to: Jonas}\n", "bad.yml:9: expect[0].to is \"Jonas\": no contact has this name"},
		"an ID twice":                {head + "events: []\n" + "habits: []\n" + "rules:\n  - {name: A, severity: urgent}\n", `rules[0].severity is "urgent"`},
		"a circle":                   {"from: 2026-09-01 07:00\nto: +1d\ntopology:\n  - {id: a, parents: b}\n  - {id: b, parents: a}\n", "it would hang on itself"},
	} {
		_, err := simulate.Load("bad.yml", []byte(c.scenario))
		if err == nil {
			t.Errorf("%s: no mistake found", name)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got\n%v\nwant\n%s", name, err, c.want)
		}
	}
}

func TestSpansOfThePast(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, zone)
	for text, want := range map[string]string{
		"2026-11-01..2026-11-15": "2026-11-01T00:00:00+02:00 2026-11-16T00:00:00+02:00",
		"2026-11-14 18:00..now":  "2026-11-14T18:00:00+02:00 2026-11-20T12:00:00+02:00",
		"2026-11-14 18:00..+2h":  "2026-11-14T18:00:00+02:00 2026-11-14T20:00:00+02:00",
		"2026-11-01":             "write two times with .. between them",
		"2026-11-15..2026-11-01": "ends before it begins",
		"yesterday..now":         "write a time",
	} {
		from, to, err := simulate.ParsePast(text, zone, now)
		got := from.Format(time.RFC3339) + " " + to.Format(time.RFC3339)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
