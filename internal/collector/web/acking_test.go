package web_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/i18n"
)

func TestAnAcknowledgementCanEnd(t *testing.T) {
	for name, tc := range map[string]struct {
		form  url.Values
		until string // UTC
		wrong string
	}{
		"until it is over":     {url.Values{"ack_for": {""}}, "", ""},
		"tomorrow morning":     {url.Values{"ack_for": {"tomorrow"}}, " until 2026-09-02 07:00:00", ""},
		"Monday morning":       {url.Values{"ack_for": {"monday"}}, " until 2026-09-07 07:00:00", ""},
		"another time":         {url.Values{"ack_for": {"own"}, "ack_until": {"2026-09-01T12:00"}}, " until 2026-09-01 12:00:00", ""},
		"a time that is typed": {url.Values{"ack_for": {""}, "ack_until": {"2026-09-01T12:00"}}, "", ""}, // and another button
		"in the past":          {url.Values{"ack_for": {"own"}, "ack_until": {"2026-09-01T10:30"}}, "", "in the future"},
		"too far away":         {url.Values{"ack_for": {"own"}, "ack_until": {"2027-09-03T10:30"}}, "", "within a year"},
		"no time":              {url.Values{"ack_for": {"own"}}, "", "ack_until-wrong"},
		"another word":         {url.Values{"ack_for": {"never"}}, "", "ack_until-wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConsole(t)
			token := c.access.SignAck(1, "jonas", now.Add(time.Hour))
			session := c.session(access.Operator, i18n.English)
			tc.form.Set("comment", "x")
			tc.form.Set("t", token)
			tc.form.Set("id", "1")
			want := []string{"Rasa Petraitė: x" + tc.until, "jonas: x" + tc.until}
			if tc.wrong != "" {
				want = nil
			}
			for _, path := range []string{"/incidents/1/acknowledge", "/ack"} {
				resp := c.ask(path, session, tc.form)
				page := text(t, resp)
				switch {
				case tc.wrong == "" && resp.StatusCode != 303 && resp.StatusCode != 200:
					t.Errorf("%s: %d %s", path, resp.StatusCode, page)
				case tc.wrong != "" && (resp.StatusCode != 422 || !strings.Contains(page, tc.wrong) || !strings.Contains(page, `value="x"`)):
					t.Errorf("%s: %d %s", path, resp.StatusCode, page)
				}
			}
			if !slices.Equal(c.world.acks, want) {
				t.Errorf("got %q; want %q", c.world.acks, want)
			}
		})
	}
}

func TestTheLaterOfTwoAcknowledgementsHolds(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	tell := func(form url.Values) string {
		t.Helper()
		resp := c.ask("/incidents/1/acknowledge", session, form)
		if resp.StatusCode != 303 {
			t.Fatalf("%v: %d", form, resp.StatusCode)
		}
		return resp.Header.Get("Location")
	}
	first := c.access.SignAck(1, "jonas", now.Add(time.Hour))
	if page := text(t, c.ask("/ack", "", url.Values{"t": {first}, "ack_for": {"tomorrow"}})); !strings.Contains(page, "jonas has been looking after it since 2026-09-01 10:30, until 2026-09-02 07:00.") {
		t.Errorf("got %s", page)
	}
	if at := tell(url.Values{"ack_for": {"monday"}, "comment": {"ir aš"}}); !strings.Contains(at, "did=incident.joined") {
		t.Errorf("got %s", at)
	}
	if at := tell(url.Values{"ack_for": {"tomorrow"}}); strings.Contains(at, "did=incident.acknowledged") {
		t.Errorf("what another said first could be taken back by %s", at)
	}
	page := text(t, c.ask("/incidents/1", session, nil))
	if !strings.Contains(page, "jonas has been looking after it since 2026-09-01 10:30, until 2026-09-07 07:00.") || !strings.Contains(page, "ir aš") {
		t.Errorf("got %s", page)
	}
	entries, _ := c.access.AuditTail(t.Context(), 2)
	if entries[1].Before != `{"acknowledged":"jonas","acknowledged_until":"2026-09-02T07:00:00+03:00"}` || entries[1].After != `{"acknowledged":"Rasa Petraitė","acknowledged_until":"2026-09-07T07:00:00+03:00"}` {
		t.Errorf("audit: %+v", entries[1])
	}
}

func TestSeveralAreAcknowledgedUntilATime(t *testing.T) {
	c := newConsole(t)
	session := c.session(access.Operator, i18n.English)
	if resp := c.ask("/incidents/acknowledge", session, url.Values{"id": {"1", "3"}, "ack_for": {"monday"}}); resp.StatusCode != 303 {
		t.Errorf("%d", resp.StatusCode)
	}
	if want := slices.Repeat([]string{"Rasa Petraitė:  until 2026-09-07 07:00:00"}, 2); !slices.Equal(c.world.acks, want) {
		t.Errorf("got %q", c.world.acks)
	}
	if resp := c.ask("/incidents/acknowledge", session, url.Values{"id": {"1"}, "ack_for": {"own"}}); resp.StatusCode != 400 {
		t.Errorf("the list has no field for another time: %d", resp.StatusCode)
	}
}
