package roster_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// staff is the two sections as they stand in a configuration or a scenario.
type staff struct {
	Contacts []roster.Contact `yaml:"contacts"`
	Alerting struct {
		Escalation []roster.Escalation `yaml:"escalation"`
	} `yaml:"alerting"`
}

func read(doc string) (staff, error) {
	var s staff
	err := strictyaml.Decode("collector.yml", []byte(doc), &s, func(r *strictyaml.Report) {
		roster.Validate(s.Contacts, r.At("contacts"))
		roster.ValidateEscalations(s.Alerting.Escalation, s.Contacts, r.At("alerting").At("escalation"))
	})
	return s, err
}

func vilnius(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func of(t *testing.T, doc string) *roster.Roster {
	t.Helper()
	s, err := read(doc)
	if err != nil {
		t.Fatal(err)
	}
	return roster.New(s.Contacts, s.Alerting.Escalation, nil, vilnius(t))
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04:05", text, vilnius(t))
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// told writes who is told at a moment: "rasa, jonas (critical; also b1)".
func told(n roster.Now) string {
	want := func(w incident.Want) string {
		return strings.Trim(string(w.MinSeverity)+" "+strings.Join(w.Sites, "+"), " ")
	}
	var out []string
	for _, c := range n.Contacts {
		if c.Later {
			continue
		}
		text := c.Name
		wants := []string{want(incident.Want{MinSeverity: c.MinSeverity, Sites: c.Sites})}
		for _, w := range c.Also {
			wants = append(wants, "also "+want(w))
		}
		if all := strings.TrimSpace(strings.Join(wants, "; ")); all != "" {
			text += " (" + all + ")"
		}
		if c.Off {
			text += " off"
			if c.OffSeverity != "" {
				text += " but " + string(c.OffSeverity)
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestADeputyIsToldInstead(t *testing.T) {
	const doc = `
contacts:
  - name: rasa
    absences:
      - {from: 2026-07-06, to: 2026-07-17, deputy: jonas}
      - {from: 2026-10-25, to: 2026-10-25, deputy: jonas}
  - name: jonas
    min_severity: critical
    sites: [main]
    absences: [{from: 2026-07-13, to: 2026-07-24, deputy: ona}]
  - name: ona
    deputy_only: true
`
	r := of(t, doc)
	for name, c := range map[string]struct {
		at, want, next string
	}{
		"everybody is there":                        {"2026-07-01 12:00:00", "rasa, jonas (critical main)", "2026-07-06 00:00:00"},
		"the last second before":                    {"2026-07-05 23:59:59", "rasa, jonas (critical main)", "2026-07-06 00:00:00"},
		"it begins at midnight":                     {"2026-07-06 00:00:00", "jonas (critical main; also)", "2026-07-13 00:00:00"},
		"a deputy who is away too passes it on":     {"2026-07-13 00:00:00", "ona (; also critical main)", "2026-07-18 00:00:00"},
		"the last second of the last day":           {"2026-07-17 23:59:59", "ona (; also critical main)", "2026-07-18 00:00:00"},
		"whoever is back is told again":             {"2026-07-18 00:00:00", "rasa, ona (critical main)", "2026-07-25 00:00:00"},
		"a deputy only is told of nothing else":     {"2026-07-25 00:00:00", "rasa, jonas (critical main)", "2026-10-25 00:00:00"},
		"the day of 25 hours begins":                {"2026-10-25 00:00:00", "jonas (critical main; also)", "2026-10-26 00:00:00"},
		"and lasts to its end":                      {"2026-10-25 23:59:59", "jonas (critical main; also)", "2026-10-26 00:00:00"},
		"nothing more is in sight when all is over": {"2026-10-26 00:00:00", "rasa, jonas (critical main)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			now := r.At(at(t, c.at).UTC())
			if got := told(now); got != c.want {
				t.Errorf("got %s; want %s", got, c.want)
			}
			next := ""
			if !now.Next.IsZero() {
				next = now.Next.In(vilnius(t)).Format(time.DateTime)
			}
			if next != c.next {
				t.Errorf("it changes at %s; want %s", next, c.next)
			}
		})
	}
	if instead, to, away := r.Away("rasa", at(t, "2026-07-14 08:00:00")); instead != "ona" || to.String() != "2026-07-17" || !away {
		t.Errorf("got %s, %s, %v", instead, to, away)
	}
	if instead, _, away := r.Away("jonas", at(t, "2026-07-06 08:00:00")); instead != "jonas" || away {
		t.Errorf("got %s, %v", instead, away)
	}
}

// What Validate refuses can still come about: the file and the console are
// changed apart.
func TestWithoutADeputyTheContactIsTold(t *testing.T) {
	away := func(deputy string) []roster.Absence {
		var a roster.Absence
		if err := a.From.UnmarshalText([]byte("2026-07-01")); err != nil {
			t.Fatal(err)
		}
		a.To, a.Deputy = a.From.Add(10), deputy
		return []roster.Absence{a}
	}
	contact := func(name, deputy string) roster.Contact {
		return roster.Contact{Name: name, Terms: roster.Terms{Absences: away(deputy)}}
	}
	for name, c := range map[string]struct {
		contacts []roster.Contact
		want     string
	}{
		"nobody has the deputy's name":    {[]roster.Contact{contact("a", "nobody")}, "a"},
		"two stand in for each other":     {[]roster.Contact{contact("a", "b"), contact("b", "a")}, "a, b"},
		"a chain leads into a circle":     {[]roster.Contact{contact("a", "b"), contact("b", "c"), contact("c", "b")}, "a, b, c"},
		"somebody stands in for themself": {[]roster.Contact{contact("a", "a")}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := told(roster.New(c.contacts, nil, nil, vilnius(t)).At(at(t, "2026-07-05 12:00:00"))); got != c.want {
				t.Errorf("got %s; want %s", got, c.want)
			}
		})
	}
}

func TestHours(t *testing.T) {
	r := of(t, `
contacts:
  - name: day
    hours: Mo-Fr 08:00-17:00
    min_severity_outside: critical
  - name: night
    hours: 17:00-08:00
  - name: always
    hours: always
`)
	for name, c := range map[string]struct{ at, want, next string }{
		"a working morning":               {"2026-11-27 08:00:00", "day, night off, always", "2026-11-27 17:00:00"},
		"the second before":               {"2026-11-27 07:59:59", "day off but critical, night, always", "2026-11-27 08:00:00"},
		"a Saturday":                      {"2026-11-28 12:00:00", "day off but critical, night off, always", "2026-11-28 17:00:00"},
		"the clock goes forward at 03:00": {"2026-03-29 04:00:00", "day off but critical, night, always", "2026-03-29 08:00:00"},
		"the clock goes back at 04:00":    {"2026-10-25 07:59:59", "day off but critical, night, always", "2026-10-25 08:00:00"},
		"the Monday after":                {"2026-10-26 08:00:00", "day, night off, always", "2026-10-26 17:00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			now := r.At(at(t, c.at).UTC())
			if got := told(now); got != c.want {
				t.Errorf("got %s; want %s", got, c.want)
			}
			if next := now.Next.In(vilnius(t)).Format(time.DateTime); next != c.next {
				t.Errorf("it changes at %s; want %s", next, c.next)
			}
		})
	}
}

func TestEscalations(t *testing.T) {
	r := of(t, `
contacts:
  - name: rasa
    absences: [{from: 2026-07-06, to: 2026-07-17, deputy: head}]
  - name: head
    absences: [{from: 2026-08-01, to: 2026-08-31, deputy: vice}]
  - name: vice
    min_severity: critical
alerting:
  escalation:
    - {after: 30m, to: [head], classes: [server], min_severity: critical, hours: "Mo-Fr 08:00-17:00"}
    - {after: 30m, to: [head]}
    - {name: last resort, after: 2h, to: [head, vice]}
`)
	rules := func(text string) (names, to []string, off []bool) {
		for _, e := range r.At(at(t, text)).Escalations {
			names, to, off = append(names, e.Name), append(to, strings.Join(e.To, "+")), append(off, e.Off)
		}
		return names, to, off
	}
	names, to, off := rules("2026-11-27 12:00:00")
	if want := []string{"head 30m0s", "head 30m0s 2", "last resort"}; !reflect.DeepEqual(names, want) {
		t.Errorf("got %q; want %q", names, want)
	}
	if want := []string{"head", "head", "head+vice"}; !reflect.DeepEqual(to, want) {
		t.Errorf("got %q; want %q", to, want)
	}
	if want := []bool{false, false, false}; !reflect.DeepEqual(off, want) {
		t.Errorf("got %v", off)
	}
	if _, _, off := rules("2026-11-28 12:00:00"); !reflect.DeepEqual(off, []bool{true, false, false}) {
		t.Errorf("on a Saturday: got %v", off)
	}
	// A deputy gets the escalation; named twice that way, once.
	if _, to, _ := rules("2026-08-15 12:00:00"); !reflect.DeepEqual(to, []string{"vice", "vice", "vice"}) {
		t.Errorf("in August: got %q", to)
	}
	// Whoever an escalation names is told by it only, but in place of others.
	if got := told(r.At(at(t, "2026-11-27 12:00:00"))); got != "rasa" {
		t.Errorf("got %s", got)
	}
	if got := told(r.At(at(t, "2026-07-06 12:00:00"))); got != "head" {
		t.Errorf("while rasa is away: got %s", got)
	}
}

func TestDigest(t *testing.T) {
	for text, want := range map[roster.Digest]string{"": "07:30", "06:15": "06:15", "off": "-", "soon": "-"} {
		got := "-"
		if at, on := text.At(); on {
			got = at.String()
		}
		if got != want {
			t.Errorf("%q: got %s; want %s", text, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		doc  string
		want string // lines, a line each: field: beginning of the advice
	}{
		"names": {"contacts: [{min_severity: high}, {name: a}, {name: a}]",
			"contacts[0].name: give each\ncontacts[0].min_severity: write critical\ncontacts[2].name: another contact"},
		"terms": {"contacts: [{name: a, min_severity_outside: loud, sites: [\"Main Site\"], digest: early}]",
			"contacts[0].min_severity_outside: write critical\ncontacts[0].sites[0]: \"Main Site\" cannot\ncontacts[0].digest: write a time"},
		"outside of no hours": {"contacts: [{name: a, min_severity_outside: critical}]", "contacts[0].min_severity_outside: it is about"},
		"hours":               {"contacts: [{name: a, hours: whenever}]", "contacts[0].hours: \"whenever\" is no"},
		"an absence without anything": {"contacts: [{name: a, absences: [{}]}]",
			"contacts[0].absences[0].from: write the first\ncontacts[0].absences[0].to: write the last\ncontacts[0].absences[0].deputy: write the name"},
		"dates": {`
contacts:
  - name: a
    absences:
      - from: 2026-02-30
        to: 2026-03-01
        deputy: b
  - name: b
`, "contacts[0].absences[0].from: write a date"},
		"the wrong way round": {"contacts: [{name: a, absences: [{from: 2026-03-02, to: 2026-03-01, deputy: b}]}, {name: b}]",
			"contacts[0].absences[0].to: the last day"},
		"two on one day": {"contacts: [{name: a, absences: [{from: 2026-03-01, to: 2026-03-05, deputy: b}, {from: 2026-03-05, to: 2026-03-06, deputy: b}]}, {name: b}]",
			"contacts[0].absences[1].from: the days of absences[0]"},
		"deputies who are not": {"contacts: [{name: a, absences: [{from: 2026-03-01, to: 2026-03-05, deputy: a}, {from: 2026-04-01, to: 2026-04-05, deputy: x}]}]",
			"contacts[0].absences[0].deputy: nobody stands in\ncontacts[0].absences[1].deputy: no contact has"},
		"a circle": {`
contacts:
  - {name: a, absences: [{from: 2026-03-01, to: 2026-03-05, deputy: b}]}
  - {name: b, absences: [{from: 2026-03-05, to: 2026-03-09, deputy: a}]}
`, "contacts[0].absences[0].deputy: on 2026-03-05 everybody in this chain of deputies is away (a → b → a)\ncontacts[1].absences[0].deputy: on 2026-03-05 everybody in this chain of deputies is away (b → a → b)"},
		"one after the other is no circle": {`
contacts:
  - {name: a, absences: [{from: 2026-03-01, to: 2026-03-04, deputy: b}]}
  - {name: b, absences: [{from: 2026-03-05, to: 2026-03-09, deputy: a}]}
`, ""},
		"deputies only": {"contacts: [{name: a, deputy_only: true}]", "contacts: every contact"},
		"escalations": {`
contacts: [{name: a}, {name: b}]
alerting:
  escalation:
    - {}
    - {name: x, after: 10s, to: [b, b], classes: [toaster], min_severity: loud, hours: sometimes}
    - {name: x, after: 10m, to: [nobody]}
`, `alerting.escalation[0].after: say how long
alerting.escalation[0].to: name the contacts
alerting.escalation[1].hours: "sometimes" is no
alerting.escalation[1].after: write a time
alerting.escalation[1].to[1]: this contact
alerting.escalation[1].classes[0]: "toaster" is no class
alerting.escalation[1].min_severity: write critical
alerting.escalation[2].name: another escalation
alerting.escalation[2].to[0]: no contact`},
		"nobody is told first": {"contacts: [{name: a}]\nalerting: {escalation: [{after: 10m, to: [a]}]}", "alerting.escalation: whoever an escalation"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.doc)
			var got []string
			if problems := (strictyaml.Errors)(nil); errors.As(err, &problems) {
				for _, p := range problems {
					got = append(got, p.Field+": "+p.Want)
				}
			}
			want := strings.Split(c.want, "\n")
			if c.want == "" {
				want = nil
			}
			if len(got) != len(want) {
				t.Fatalf("got %d problems:\n%s", len(got), strings.Join(got, "\n"))
			}
			for i := range got {
				if !strings.HasPrefix(got[i], want[i]) {
					t.Errorf("got  %s\nwant %s", got[i], want[i])
				}
			}
		})
	}
}
