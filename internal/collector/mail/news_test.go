package mail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// branch is what hangs on a router: 120 things.
func branch() incident.Touches {
	t := incident.Touches{Total: 120, Kinds: []incident.Touch{
		{Kind: "computer", Count: 96}, {Kind: "printer", Count: 14}, {Kind: "camera", Count: 5}, {Kind: "switch", Count: 2},
		{Kind: "website", Count: 1}, {Kind: "server", Count: 1}, {Kind: "ladle", Count: 1},
	}}
	t.Named = append(t.Named, incident.Symptom{Thing: "srv-1", Name: "srv-1", Kind: "server", Class: fleet.Server})
	for i := range 5 {
		t.Named = append(t.Named, incident.Symptom{Thing: topology.ID(fmt.Sprint("cam-", i)), Name: fmt.Sprint("Kiemas ", i+1), Kind: "camera", Class: fleet.Safety})
	}
	t.Named = append(t.Named, incident.Symptom{Thing: "check:katalogas", Name: "Bibliotekos katalogas", Kind: "website", Class: fleet.Server})
	for i := range 113 {
		t.Named = append(t.Named, incident.Symptom{Thing: topology.ID(fmt.Sprint("pc-", i)), Name: fmt.Sprint("pc-", i), Kind: "computer", Class: fleet.Workstation})
	}
	return t
}

// seats are the computers of a room.
func seats() incident.Touches {
	t := incident.Touches{Total: 10, Kinds: []incident.Touch{{Kind: "computer", Count: 10}}}
	for i := range 10 {
		t.Named = append(t.Named, incident.Symptom{
			Thing: topology.ID(fmt.Sprintf("pc-214-%02d", 10-i)), Name: fmt.Sprintf("PC-214-%02d", 10-i), Kind: "computer", Class: fleet.Workstation, Seat: fmt.Sprint(10 - i),
		})
	}
	return t
}

// news are items of every kind that tells of more than one fault.
func news() map[string]outbox.Item {
	srv := shipped()["server_silent"]
	srv.Names = map[string]string{"device": "srv-1", "site": "Žvėryno gimnazija"}
	at := func(it outbox.Item, kind incident.Kind, after time.Duration, change func(*outbox.Item)) outbox.Item {
		it.Kind, it.OwedAt = kind, since.Add(after)
		if change != nil {
			change(&it)
		}
		return it
	}
	cause := fault(srv)
	cause.Touches = branch()
	late := cause
	late.Told, late.ToldAt = []incident.ID{1}, since.Add(4*time.Minute)
	many := late
	many.Told = []incident.ID{1, 3, 4}
	back := recovery(srv)
	back.Touches = incident.Touches{Total: 2, Kinds: []incident.Touch{{Kind: "printer", Count: 1}, {Kind: "camera", Count: 1}}, Named: []incident.Symptom{
		{Thing: "cam-1", Name: "Kiemas 1", Kind: "camera", Class: fleet.Safety}, {Thing: "prn-1", Name: "HP M402", Kind: "printer"},
	}}
	group := func(labels map[string]string, value float64) incident.Incident {
		labels["site"] = "main"
		inc := incident.Incident{
			ID: 20, Rule: incident.RuleTogether, Severity: incident.Warning, Labels: labels, Since: since, State: incident.Open, Evidence: incident.Firing, Value: value,
			Annotations: map[string]string{"message": "together_gone", "runbook": "together-gone"}, Names: map[string]string{"site": "Žvėryno gimnazija", "behind": "Komutatorius 2 a."},
			Members: []topology.ID{"pc-214-01", "pc-214-02"},
		}
		return inc
	}
	room := fault(group(map[string]string{"room": "214"}, 10))
	room.Touches = seats()
	behind := fault(group(map[string]string{"behind": "sw-2"}, 7))
	behind.Touches = incident.Touches{Total: 7, Kinds: []incident.Touch{{Kind: "camera", Count: 4}, {Kind: "printer", Count: 3}}, Named: seats().Named[:7]}
	reported := incident.Incident{
		ID: 21, Rule: incident.RuleReported, Severity: incident.Warning, Labels: map[string]string{"site": "main", "room": "214", "what": "projector"}, Since: since,
		State: incident.Open, Evidence: incident.Firing, Annotations: map[string]string{"message": "reported_fault"}, Names: map[string]string{"site": "Žvėryno gimnazija"}, Reported: true,
		Reports: []incident.Report{{At: since, By: "Mokytoja Rima", Text: "Nerodo vaizdo, mirksi raudona lemputė."}, {At: since.Add(2 * time.Minute)}},
	}
	exam := incident.Incident{
		ID: 22, Rule: "AssessmentGone", Severity: incident.Critical, Labels: map[string]string{"site": "main", "device": "pc-214-07", "room": "214"}, Since: since,
		State: incident.Open, Evidence: incident.Firing, Annotations: map[string]string{"message": "assessment_gone"}, Names: map[string]string{"site": "Žvėryno gimnazija", "device": "PC-214-07"},
	}
	return map[string]outbox.Item{
		"cause":      cause,
		"cause_late": late, "cause_late_many": many,
		"recovery_missing": back,
		"update_again":     at(cause, incident.Update, 20*time.Minute, func(it *outbox.Item) { it.Reason, it.Incident.Round = incident.Again, 1 }),
		"update_flapping": at(cause, incident.Update, 50*time.Minute, func(it *outbox.Item) {
			it.Reason, it.Incident.Flapping, it.Touches = incident.Comes, true, incident.Touches{}
			it.Incident.Returns = []time.Time{since.Add(20 * time.Minute), since.Add(40 * time.Minute)}
		}),
		"update_cause_gone": at(fault(srv), incident.Update, 50*time.Minute, func(it *outbox.Item) {
			it.Reason, it.Incident.Freed = incident.CauseGone, since.Add(40*time.Minute)
		}),
		"reminder": at(fault(srv), incident.Reminder, 3*time.Hour, func(it *outbox.Item) {
			it.Incident.Reminded = 1
			it.Incident.Notes = []incident.Note{{Kind: incident.RanOut, By: "Ona", At: since.Add(3 * time.Hour), Until: since.Add(3 * time.Hour), Text: "skambinu tiekėjui"}}
		}),
		"escalation": at(cause, incident.Escalation, 35*time.Minute, func(it *outbox.Item) {
			it.Incident.Opened = since.Add(5 * time.Minute)
			it.Incident.Notified = map[string]time.Time{"Rasa": since, "Jonas": since, "direktorius": since}
			it.Incident.Escalated = map[string]string{"direktorius": "vadovui"}
		}),
		"acknowledged_until": at(fault(srv), incident.Update, time.Hour, func(it *outbox.Item) {
			it.Reason = incident.Worse
			it.Incident.Acked = &incident.Ack{By: "Ona", At: since.Add(30 * time.Minute), Until: since.Add(3 * time.Hour), Comment: "važiuoju į filialą"}
		}),
		"together_room": room, "together_behind": behind, "recovery_together_room": recovery(room.Incident), "recovery_together_behind": recovery(behind.Incident),
		"reported": fault(reported), "assessment_gone": fault(exam), "recovery_assessment_gone": recovery(exam),
	}
}

// digests are a morning when all is well, one when it is not, and a month.
func digests() map[string]digest.Content {
	all := shipped()
	to := time.Date(2026, 11, 30, 5, 30, 0, 0, time.UTC)
	reader := digest.Reader{Contact: "jonas"}
	morning := digest.Due{Kind: digest.Morning, Reader: reader, Day: "2026-11-30", From: to.AddDate(0, 0, -3), To: to}
	watched := map[string]digest.Watched{"main": {Devices: 124, Checks: 18}}
	open := func(name string, change func(*incident.Incident)) incident.Incident {
		inc := all[name]
		inc.Key, inc.Since, inc.Opened, inc.Turned = incident.Key(name), to.Add(-20*time.Hour), to.Add(-20*time.Hour), to.Add(-9*24*time.Hour)
		if change != nil {
			change(&inc)
		}
		return inc
	}
	over := func(inc *incident.Incident) {
		inc.State, inc.EndReason, inc.Ended = incident.Closed, incident.Recovered, inc.Since.Add(127*time.Minute)
	}
	acked := func(until time.Duration) func(*incident.Incident) {
		return func(inc *incident.Incident) {
			inc.Since, inc.Opened = to.AddDate(0, 0, -16), to.AddDate(0, 0, -16)
			inc.Acked = &incident.Ack{By: "Ona", At: to.AddDate(0, 0, -16), Until: to.Add(until)}
		}
	}
	facts := digest.Facts{Watched: watched, Incidents: []incident.Incident{
		open("server_silent", nil),
		open("disk_failing", func(inc *incident.Incident) { inc.Because = []incident.ID{9} }),
		open("certificate_soon_over", acked(48*time.Hour)),
		open("site_down", func(inc *incident.Incident) { over(inc); inc.Round = 5 }),
		open("memory_exhausted", func(inc *incident.Incident) { inc.Silenced = true }),
		open("disk_nearly_full", func(inc *incident.Incident) { inc.Maintenance = "langas-1" }),
		open("antivirus_off", func(inc *incident.Incident) { inc.Evidence = incident.Unknown }),
	}, Coming: []digest.Coming{
		{Kind: digest.Certificate, Name: "biblioteka.lt", At: to.AddDate(0, 0, 12)},
		{Kind: digest.Domain, Name: "mokykla.lt", At: to.AddDate(0, 0, 21)},
		{Kind: digest.Assessment, Name: "Matematika, 8 klasė", Place: "214, 215", At: to.Add(50 * time.Hour), Until: to.Add(53 * time.Hour)},
		{Kind: digest.Maintenance, Name: "Serverio atnaujinimas", At: to.Add(15 * time.Hour), Until: to.Add(17 * time.Hour)},
		{Kind: digest.Holiday, Name: "Kalėdų atostogos", At: to.AddDate(0, 0, 5), Until: to.AddDate(0, 0, 19), Days: true},
		{Kind: digest.Disk, Name: "serveris /var", At: to.AddDate(0, 0, 4), Days: true},
	}, Silent: []digest.Silent{
		{ID: "pc-214-07", Name: "PC-214-07", Place: "214, Žvėryno gimnazija", Seen: to.AddDate(0, 0, -26), Days: 18},
		{ID: "prn-2", Name: "Spausdintuvas 2", Days: 30},
	}}
	month := digest.Due{Kind: digest.Monthly, Reader: reader, Day: "2026-12-01", From: time.Date(2026, 11, 1, 0, 0, 0, 0, vilnius), To: time.Date(2026, 12, 1, 0, 0, 0, 0, vilnius)}
	facts.Checks = []digest.Availability{
		{Check: "katalogas", Name: "Bibliotekos katalogas", Up: 2591999, Down: 7620, Unknown: 3600}, {Check: "mokykla", Name: "mokykla.lt", Up: 2592000}, {Check: "nauja", Name: "Nauja patikra"},
	}
	facts.Waited = digest.Waited{Mails: 3, Longest: 95 * time.Minute}
	quiet := facts
	quiet.Incidents, quiet.Coming, quiet.Silent = nil, nil, nil
	ended := quiet
	ended.Incidents = []incident.Incident{open("own_line_down", over)}
	return map[string]digest.Content{
		"digest":      digest.Make(morning, facts),
		"digest_well": digest.Make(morning, quiet),
		"digest_over": digest.Make(morning, ended),
		"month":       digest.Make(month, facts),
		"month_quiet": digest.Make(month, quiet),
	}
}

func TestTheCauseComesFirst(t *testing.T) {
	m := mailer(t, nil)
	for name, want := range map[string]struct{ en, lt string }{
		"cause":             {"Server “srv-1” is silent; affects 120 more", "Serveris „srv-1“ neatsiliepia; dar paveikta: 120"},
		"cause_late":        {"Cause: server “srv-1” is silent; affects 120 more", "Priežastis: serveris „srv-1“ neatsiliepia; dar paveikta: 120"},
		"update_again":      {"Again: server “srv-1” is silent; affects 120 more", "Ir vėl: serveris „srv-1“ neatsiliepia; dar paveikta: 120"},
		"update_flapping":   {"Comes and goes: server “srv-1” is silent", "Kartojasi: serveris „srv-1“ neatsiliepia"},
		"update_cause_gone": {"Still there: server “srv-1” is silent", "Neišspręsta: serveris „srv-1“ neatsiliepia"},
		"reminder":          {"Reminder: server “srv-1” is silent", "Priminimas: serveris „srv-1“ neatsiliepia"},
		"recovery_missing":  {"Server “srv-1” is heard again (was silent 2 h 7…; 2 missing", "Serveris „srv-1“ vėl atsiliepia (tylėjo 2 val. 7…; negrįžo 2"},
		"together_room":     {"Room 214: 10 computers fell silent at once", "Patalpa 214: vienu metu nutilo kompiuteriai (10)"},
	} {
		for lang, want := range map[i18n.Lang]string{i18n.English: want.en, i18n.Lithuanian: want.lt} {
			msg, err := m.Render(mail.Contact{Name: "jonas", Lang: lang}, deliveries()[name])
			if err != nil {
				t.Fatal(err)
			}
			if msg.Subject != want {
				t.Errorf("%s: got %q, want %q", name, msg.Subject, want)
			}
		}
	}
}

func TestWhatIsTouchedIsCountedAndTheImportantNamed(t *testing.T) {
	msg, err := mailer(t, nil).Render(mail.Contact{Name: "jonas", Lang: i18n.Lithuanian}, deliveries()["cause"])
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(msg.Text), " ")
	for _, want := range []string{"120 (96 kompiuteriai, 14 spausdintuvų, 5 kameros, 2 komutatoriai", "Tarp jų: serveris „srv-1“", "svetainė „Bibliotekos katalogas“"} {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is not in\n%s", want, msg.Text)
		}
	}
	if strings.Contains(flat, "pc-1") {
		t.Error("it names computers one by one")
	}
}
