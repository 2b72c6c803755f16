package collector

import (
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/settings"
)

// away is an absence of ten days from a date.
func away(t *testing.T, from, deputy string) []roster.Absence {
	t.Helper()
	day, err := calendar.ParseDate(from)
	if err != nil {
		t.Fatal(err)
	}
	return []roster.Absence{{From: day, To: day.Add(9), Deputy: deputy}}
}

// What of the console does not go together with the file, or with itself, must
// not keep anybody from being told.
func TestTheRosterOfFileAndConsole(t *testing.T) {
	const mailed = "external_url: http://b.lt\nmail:\n  from: a@b.lt\n  smtp:\n    host: h\n    allow_plaintext: true\n"
	contact := func(name string, terms roster.Terms) settings.Contact {
		return settings.Contact{Name: name, Email: name + "@b.lt", Terms: terms}
	}
	for name, c := range map[string]struct {
		file     string
		contacts []settings.Contact
		rules    []roster.Escalation
		told     string // on 5 July: who is told at once
		rulesTo  string
		leftOut  string
	}{
		"a deputy of the file": {
			file:     mailed + "contacts: [{name: jonas, email: jonas@b.lt}]\n",
			contacts: []settings.Contact{contact("rasa", roster.Terms{Absences: away(t, "2026-07-01", "jonas")})},
			told:     "jonas",
		},
		"a deputy who is gone": {
			contacts: []settings.Contact{contact("rasa", roster.Terms{Absences: away(t, "2026-07-01", "jonas")})},
			told:     "rasa", leftOut: "absence rasa: absences: no_contact;",
		},
		"an escalation to one who is gone": {
			contacts: []settings.Contact{contact("rasa", roster.Terms{}), contact("ona", roster.Terms{})},
			rules:    []roster.Escalation{{Name: "later", After: time.Hour, To: []string{"jonas", "ona"}}, {Name: "never", After: time.Hour, To: []string{"jonas"}}},
			told:     "rasa", rulesTo: "later: ona;", leftOut: "escalation later: to: no_contact;escalation never: to: no_contact;",
		},
		"nobody would be told first": {
			contacts: []settings.Contact{contact("rasa", roster.Terms{})},
			rules:    []roster.Escalation{{Name: "later", After: time.Hour, To: []string{"rasa"}}},
			told:     "rasa", leftOut: "escalation : : nobody_first;",
		},
		"the file's escalations win": {
			file:     mailed + "contacts: [{name: jonas, email: jonas@b.lt}]\nalerting: {escalation: []}\n",
			contacts: []settings.Contact{contact("rasa", roster.Terms{})},
			rules:    []roster.Escalation{{Name: "later", After: time.Hour, To: []string{"rasa"}}},
			told:     "jonas rasa",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.file == "" {
				c.file = mailed
			}
			declared, err := ParseConfig("c.yml", []byte(c.file))
			if err != nil {
				t.Fatal(err)
			}
			config := declared.with(settings.Settings{General: settings.General{Contacts: c.contacts, Escalations: c.rules}})
			now := config.people.At(time.Date(2026, 7, 5, 9, 0, 0, 0, time.UTC))
			var told, rules, leftOut string
			for _, contact := range now.Contacts {
				if !contact.Later {
					told += " " + contact.Name
				}
			}
			for _, e := range now.Escalations {
				rules += e.Name + ":"
				for _, to := range e.To {
					rules += " " + to
				}
				rules += ";"
			}
			for _, l := range config.LeftOut() {
				leftOut += l.Kind + " " + l.ID + ": " + l.Problems.Error() + ";"
			}
			if told != " "+c.told || rules != c.rulesTo || leftOut != c.leftOut {
				t.Errorf("told%s, rules %s, left out %s", told, rules, leftOut)
			}
		})
	}
}
