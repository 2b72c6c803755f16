package collector_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/simulate"
)

// What was mailed is what the past, played again, mails.
func TestThePastIsPlayedAgain(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	s.start()
	begin := s.clock.Now()
	s.site.Down()
	s.waitMails(1)
	inc := s.incidents()[0]
	client, err := admin.Dial(context.Background(), filepath.Join(s.dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Acknowledge(t.Context(), admin.Word{ID: inc.ID, By: "Rasa", Comment: "calling"}); err != nil {
		t.Fatal(err)
	}
	if err := s.site.Up(); err != nil {
		t.Fatal(err)
	}
	s.waitMails(2)

	data, err := client.History(t.Context(), admin.TimeSpan{From: begin.Add(-time.Minute), To: s.clock.Now().Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	var past simulate.History
	if err := json.Unmarshal(data, &past); err != nil {
		t.Fatal(err)
	}
	past.To = past.To.Add(time.Hour) // the hold of the recovery may be just over
	scenario, err := past.Scenario()
	if err != nil {
		t.Fatal(err)
	}
	var mails []simulate.MailLine
	acked := ""
	if err := simulate.Run(t.Context(), scenario, func(line any) {
		switch l := line.(type) {
		case simulate.MailLine:
			mails = append(mails, l)
		case simulate.StateLine:
			if l.Acked != "" {
				acked = l.Acked
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(mails) != 2 || mails[0].Kind != "fault" || mails[1].Kind != "recovery" || mails[0].Rule != inc.Rule || mails[1].Answers != mails[0].Number {
		t.Errorf("the past mails %+v\n%s", mails, data)
	}
	if acked != "Rasa" {
		t.Errorf("acknowledged by %q", acked)
	}
	if _, err := client.History(t.Context(), admin.TimeSpan{From: s.clock.Now().Add(time.Hour), To: s.clock.Now().Add(2 * time.Hour)}); err == nil {
		t.Error("the future has a past")
	}
}
