package collector_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/incident"
)

// One fault of a website on which another depends is one mail and one recovery,
// although two checks fail and the collector is started again in between.
func TestACauseAndItsSymptomAreOneMail(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	s.write("rules.yml", strings.Replace(downRule, `{summary:`, `{topology: down, summary:`, 1))
	config := strings.Replace(s.config, "hold_symptom: 0s", "hold_symptom: 5s, return_grace: 30s", 1)
	config = strings.Replace(config, "checks: [", fmt.Sprintf("checks: [{id: shop, target: '%s', interval: 1s, timeout: 30s, depends_on: ['check:www']}, ", s.site.URL("/shop")), 1)
	s.write("collector.yml", config)
	s.start()
	s.site.Down()
	hanging := func() error {
		all := s.incidents()
		var cause, symptom incident.Incident
		for _, inc := range all {
			if inc.Labels["check"] == "www" {
				cause = inc
			} else {
				symptom = inc
			}
		}
		if len(all) != 2 || len(symptom.Because) != 1 || symptom.Because[0] != cause.ID || symptom.State != incident.Holding {
			return fmt.Errorf("there are %+v", all)
		}
		return nil
	}
	s.eventually("a symptom that hangs on its cause", hanging)
	text, err := s.waitMails(1)[0].Part("text/plain")
	if err != nil || !strings.Contains(text, "shop") {
		t.Errorf("the mail does not say what it touches: %v\n%s", err, text)
	}
	s.stop()
	s.start()
	s.eventually("the same after a start", hanging)
	if err := s.site.Up(); err != nil {
		t.Fatal(err)
	}
	s.waitMails(2)
	s.eventually("the end of both", func() error {
		if all := s.incidents(); len(all) > 0 {
			return fmt.Errorf("there are %+v", all)
		}
		return nil
	})
	s.wantMails(2)
}
