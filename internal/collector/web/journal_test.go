package web_test

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/web"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
)

// mended is a journal with a cause, its two symptoms and what was done.
func mended(w *world) {
	busy(w)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	cause := incident.Incident{
		ID: 20, Rule: "SwitchDown", Severity: incident.Critical, State: incident.Closed, EndReason: incident.Recovered, Class: fleet.Infrastructure,
		Labels: map[string]string{"site": "filialas", "device": "sw-1"}, Annotations: map[string]string{"summary": "Switch is down", "summary_lt": "Neveikia komutatorius"},
		Since: ago(5 * time.Hour), Opened: ago(299 * time.Minute), Ended: ago(4 * time.Hour), Acked: &incident.Ack{By: "Jonas Kazlauskas", At: ago(289 * time.Minute)},
		Notes: []incident.Note{{Kind: incident.Repaired, By: "Rasa Petraitė", At: ago(3 * time.Hour), Text: "pakeistas <maitinimo> blokas"}},
	}
	symptom := func(id incident.ID) incident.Incident {
		inc := cause
		inc.ID, inc.Because, inc.Acked, inc.Notes, inc.Class, inc.Opened = id, []incident.ID{20}, nil, nil, fleet.Workstation, time.Time{}
		inc.Labels = map[string]string{"site": "filialas", "device": "pc-1"}
		return inc
	}
	w.journal = append([]incident.Incident{symptom(22), symptom(21), cause}, w.journal...)
}

func TestTheJournalTellsCausesAndWhatWasDone(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, target := range map[string]string{"journal-mended": "/journal", "journal-times": "/journal/times?site=filialas"} {
			c := newConsole(t)
			mended(c.world)
			golden(t, name+"."+string(lang), text(t, c.ask(target, c.session(access.Viewer, lang), nil, "Accept-Language", string(lang))))
		}
	}
}

func TestTheJournalIsSearchedByPerson(t *testing.T) {
	c := newConsole(t)
	mended(c.world)
	session := c.session(access.Viewer, i18n.English)
	for query, want := range map[string]bool{"who=kazlauskas": true, "who=petrait%C4%97&q=maitinimo": true, "who=petras": false, "who=kazlauskas&about=pc-1": false} {
		if page := text(t, c.ask("/journal?"+query, session, nil)); strings.Contains(page, `row"><a href="/incidents/20"`) != want {
			t.Errorf("%s finds it: %v", query, !want)
		}
	}
}

// The workbook holds what the search found, and the times of it.
func TestTheJournalAsAWorkbook(t *testing.T) {
	c := newConsole(t)
	mended(c.world)
	resp := c.ask("/journal.xlsx?site=filialas", c.session(access.Viewer, i18n.Lithuanian), nil)
	if got := resp.Header.Get("Content-Disposition"); resp.StatusCode != 200 || got != `attachment; filename="zurnalas-2026-09-01.xlsx"` {
		t.Fatalf("%d %s", resp.StatusCode, got)
	}
	f, err := excelize.OpenReader(bytes.NewReader([]byte(text(t, resp))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Žurnalas")
	if err != nil || len(rows) < 4 {
		t.Fatalf("%v %q", err, rows)
	}
	column := func(title string) int {
		i := slices.Index(rows[0], title)
		if i < 0 {
			t.Fatalf("no column %q in %q", title, rows[0])
		}
		return i
	}
	cause := rows[3]
	for title, want := range map[string]string{
		"Numeris": "20", "Kas": "Neveikia komutatorius", "Prasidėjo": "2026-09-01 05:30:05", "Trukmė minutėmis": "60", "Kas tvarkė": "Jonas Kazlauskas",
		"Minutės, kol imtasi tvarkyti": "10", "Minutės, kol sutvarkyta": "60", "Kas padaryta": "pakeistas <maitinimo> blokas", "Kas parašė": "Rasa Petraitė", "Pasekmės": "2",
	} {
		if got := cause[column(title)]; got != want {
			t.Errorf("%s: %q, want %q", title, got, want)
		}
	}
	if got := rows[1][column("Dėl ko")]; got != "20" {
		t.Errorf("the symptom is because of %q", got)
	}
	times, err := f.GetRows("Tvarkymo trukmės")
	if err != nil || len(times) < 3 || times[1][1] != "Iš viso" || times[1][3] != "2" || times[1][5] != "10" {
		t.Errorf("%v %q", err, times)
	}
	if last := times[len(times)-1]; !strings.HasSuffix(last[0], "incidentai") {
		t.Errorf("the last row is %q", last)
	}
}

func TestWhatWasDoneIsWrittenAndWrittenAgain(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	for _, done := range []string{"new cable", " new power supply "} {
		if resp := c.ask("/incidents/9/repair", session, url.Values{"repair": {done}}); resp.StatusCode != 303 || !strings.Contains(resp.Header.Get("Location"), "did=incident.repaired") {
			t.Fatalf("%d %s", resp.StatusCode, resp.Header.Get("Location"))
		}
	}
	page := text(t, c.ask("/incidents/9", session, nil))
	if !strings.Contains(page, "\nnew power supply</textarea>") || strings.Count(page, "wrote what was done") != 2 || !strings.Contains(page, "new cable") {
		t.Errorf("the page does not tell what was done, and what was written before: %s", page)
	}
	entries, _ := c.access.AuditTail(t.Context(), 1)
	if entries[0].Action != "incident.repair" || entries[0].Detail != "new power supply" {
		t.Errorf("audit: %+v", entries)
	}
	resp := c.ask("/incidents/9/repair", session, url.Values{"repair": {strings.Repeat("ą", incident.MaxNoteLength+1)}})
	if page := text(t, resp); resp.StatusCode != 422 || !strings.Contains(page, "at most 500 characters") {
		t.Errorf("a long one: %d", resp.StatusCode)
	}
	// Closing can say it at once.
	if resp := c.ask("/incidents/3/close", session, url.Values{"comment": {"x"}, "repair": {"toner changed"}}); resp.StatusCode != 303 {
		t.Errorf("close: %d", resp.StatusCode)
	}
	if notes := c.world.incidents[3].Incident.Notes; len(notes) != 1 || notes[0].Text != "toner changed" || notes[0].Kind != incident.Repaired {
		t.Errorf("notes %+v", notes)
	}
}

func TestWhatPeopleInTheRoomMayRead(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	if resp := c.ask("/incidents/1/publish", session, url.Values{"public": {"detalė užsakyta"}}); resp.StatusCode != 303 {
		t.Fatal(resp.StatusCode)
	}
	if page := text(t, c.ask("/incidents/1", session, nil)); !strings.Contains(page, "On the room’s page:") {
		t.Error("it is not shown")
	}
	if resp := c.ask("/incidents/1/publish", session, url.Values{"public": {""}}); resp.StatusCode != 303 {
		t.Fatal(resp.StatusCode)
	}
	if page := text(t, c.ask("/incidents/1", session, nil)); strings.Contains(page, "On the room’s page:") || !strings.Contains(page, "took it off") {
		t.Error("it is still shown")
	}
}

var _ web.IncidentsActions = (*world)(nil)
