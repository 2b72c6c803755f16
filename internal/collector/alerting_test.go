package collector_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/admin"
	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/sim/smtp"
	"github.com/budi-monitor/budi/internal/sim/website"
)

// change replaces text in the configuration, which must be there.
func (s *school) change(pairs ...string) {
	s.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s.config, pairs[i]) {
			s.t.Fatalf("the configuration has no %q", pairs[i])
		}
		s.config = strings.Replace(s.config, pairs[i], pairs[i+1], 1)
	}
	s.write("collector.yml", s.config)
}

func (s *school) reload() {
	s.t.Helper()
	if err := s.tryReload(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *school) tryReload() error {
	client, err := admin.Dial(context.Background(), filepath.Join(s.dir, "data"))
	if err != nil {
		return err
	}
	return client.Reload(context.Background())
}

// TestWhateverIsTakenAwayIsNotARecovery takes away what an incident stands on,
// while the fault lasts and after it is over: nobody is told until it is back.
func TestWhateverIsTakenAwayIsNotARecovery(t *testing.T) {
	t.Parallel()
	const check = "{id: www, "
	for name, tc := range map[string]struct{ away, back func(s *school) }{
		"the check": {
			func(s *school) { s.change(check, "{id: other, "); s.reload() },
			func(s *school) { s.change("{id: other, ", check); s.reload() },
		},
		"the site that the check belongs to": {
			func(s *school) { s.change("host:", "site: {id: annex}\nhost:"); s.reload() },
			func(s *school) { s.change("site: {id: annex}\n", ""); s.reload() },
		},
		"the rule's file": {
			func(s *school) { s.change("rules.yml", "none.yml"); s.write("none.yml", "groups: []\n"); s.reload() },
			func(s *school) { s.change("none.yml", "rules.yml"); s.reload() },
		},
		"the rule's name": {
			func(s *school) {
				s.write("rules.yml", strings.Replace(downRule, "alert: Down", "alert: Off", 1))
				s.reload()
			},
			func(s *school) { s.write("rules.yml", downRule); s.reload() },
		},
		"the rule's expression": {
			func(s *school) {
				s.write("rules.yml", strings.Replace(downRule, "probe_success == 0", "probe_success_misspelt == 0", 1))
				s.reload()
			},
			func(s *school) { s.write("rules.yml", downRule); s.reload() },
		},
		"the check, while the collector is stopped": {
			func(s *school) {
				s.stop()
				s.change(check, "{id: other, ")
				s.clock.Advance(11 * time.Minute)
				s.start()
			},
			func(s *school) { s.stop(); s.change("{id: other, ", check); s.start() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchool(t)
			// Another fault would come from what stands in the place of what is
			// taken away: only the mails about the first incident count.
			about := func() (out []smtp.Message) {
				for _, m := range s.mail.Messages() {
					if strings.Contains(string(m.Data), "http://budi.example.lt/incidents/1\r\n") || strings.Contains(string(m.Data), "http://budi.example.lt/incidents/1\n") {
						out = append(out, m)
					}
				}
				return out
			}
			s.start()
			s.site.Down()
			s.waitMails(1)
			if n := len(about()); n != 1 {
				t.Fatalf("%d of the mails are about incident 1", n)
			}
			tc.away(s)
			s.waitFirst(incident.Unknown)
			if err := s.site.Up(); err != nil {
				t.Fatal(err)
			}
			s.clock.Advance(3 * time.Minute)
			s.waitFirst(incident.Unknown)
			s.site.Down()
			// A rule that is back and sees a look from before would see a recovery.
			s.waitQuery("max(probe_success)", map[string]string{"": "0"})
			tc.back(s)
			s.waitFirst(incident.Firing)
			if n := len(about()); n != 1 {
				t.Errorf("%d mails about incident 1 before it was over", n)
			}
			if err := s.site.Up(); err != nil {
				t.Fatal(err)
			}
			s.eventually("the recovery", func() error {
				if n := len(about()); n != 2 {
					return fmt.Errorf("%d mails", n)
				}
				return nil
			})
		})
	}
}

// waitFirst waits until the incident with number 1 has an evidence.
func (s *school) waitFirst(want incident.Evidence) {
	s.t.Helper()
	s.eventually("evidence "+string(want), func() error {
		for _, inc := range s.incidents() {
			if inc.ID == 1 && inc.Evidence == want {
				return nil
			}
		}
		return fmt.Errorf("there are %+v", s.incidents())
	})
}

func TestAFaultThatWaitsForAContactWhoIsRenamedIsNotLost(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	s.mail.Misbehave(smtp.Rcpt, smtp.Reply(451, "4.2.0 come back later"))
	s.start()
	s.site.Down()
	s.waitFirst(incident.Firing)
	// Not before the first try has failed: one that is under way goes to whom it
	// was meant for.
	s.eventually("the refusal", func() error {
		if log := s.log.String(); !strings.Contains(log, "a message could not be sent") {
			return errors.New(log)
		}
		return nil
	})
	s.change("{name: rasa, email: rasa@", "{name: ona, email: ona@")
	s.reload()
	s.mail.Behave()
	if m := s.waitMails(1)[0]; len(m.To) != 1 || m.To[0] != "ona@example.lt" {
		t.Errorf("told to %v", m.To)
	}
}

func TestACheckThatIsChangedIsLookedAtSoonHoweverSeldom(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	other, err := website.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	other.Set(website.Page("Labas"))
	s.start()
	s.site.Down()
	s.waitMails(1)
	s.change(s.site.URL("/"), other.URL("/"), "interval: 1s, timeout", "interval: 24h, timeout")
	s.reload()
	s.waitMails(2) // works again, under its new address
}

func TestReloadsAtOnceWhileEverythingRuns(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	s.start()
	one, two := s.config, strings.Replace(s.config, "{id: www, ", "{id: second, ", 1)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 5 {
				s.write("collector.yml", []string{one, two}[i%2])
				_ = s.tryReload() // the file may be half written
				s.incidents()
			}
		})
	}
	wg.Wait()
	s.write("collector.yml", one)
	s.reload()
	s.site.Down()
	s.eventually("the check of the last configuration, and it only", func() error {
		all := s.incidents()
		for _, inc := range all {
			if inc.Labels["check"] == "www" && inc.State == incident.Open {
				return nil
			}
		}
		return fmt.Errorf("%+v", all)
	})
}

func TestTheOwnPageWorksUnderTLS(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"*.example.lt"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s.write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	s.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	// The collector's own alert says that the page answers.
	s.write("rules.yml", strings.NewReplacer("probe_success == 0", `probe_success{check="own"} == 1`, "alert: Down", "alert: Up").Replace(downRule))
	s.change("host:", "tls: {cert_file: cert.pem, key_file: key.pem}\nhost:", "checks: [", "checks: [{id: own, target: self, interval: 1s}, ")
	s.start()
	s.waitFirst(incident.Firing)
}

func TestWhatIsOwedWaitsWhileMailIsNotConfigured(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	s.mail.Misbehave(smtp.Rcpt, smtp.Reply(451, "4.2.0 come back later"))
	s.start()
	s.site.Down()
	s.eventually("the fault is owed", func() error {
		if all := s.incidents(); len(all) != 1 || len(all[0].Notified) == 0 {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
	s.stop()
	with := s.config
	s.config = regexp.MustCompile(`(?m)^(mail|contacts): .*\n`).ReplaceAllString(with, "")
	s.write("collector.yml", s.config)
	s.start()
	if err := s.site.Up(); err != nil {
		t.Fatal(err)
	}
	s.eventually("the incident is over", func() error {
		if all := s.incidents(); len(all) != 0 {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
	s.stop()
	s.mail.Behave()
	s.write("collector.yml", with)
	s.start()
	for i, m := range s.waitMails(2) { // the fault, and its recovery
		if isAnswer := strings.Contains(string(m.Data), "\nIn-Reply-To: "); isAnswer != (i == 1) {
			t.Errorf("mail %d:\n%s", i, m.Data)
		}
	}
}
