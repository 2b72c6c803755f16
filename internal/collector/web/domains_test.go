package web_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/collector/access"
	"github.com/budi-monitor/budi/internal/collector/settings"
	"github.com/budi-monitor/budi/internal/domain"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/probe"
)

// withDomain makes the watch's check a domain.
func withDomain(w *watch) {
	w.one.Name = "mokykla.lt"
	w.one.Spec = settings.Check{
		ID: "svetaine", Name: "mokykla.lt", Spec: probe.Spec{Target: "domain:mokykla.lt"},
		Domain: domain.Terms{Records: []domain.Record{{Name: "@", Type: "A", Values: []string{"192.0.2.10"}}}, Selectors: []string{"s1"}},
	}
	w.one.Charts = nil
	w.one.Aspects = nil
	w.one.Result = &look.Result{
		Target: "domain:mokykla.lt", Kind: probe.KindDomain, Time: now, Duration: 800 * time.Millisecond, Outcome: look.OK,
		Facts: []look.Fact{{Name: "domain_expires", Value: "2026-09-21"}, {Name: "domain_registrar", Value: "UAB " + hostile}},
		Web: &look.Web{
			Findings: []look.Finding{
				{Code: domain.CodeServerLame, Severity: look.Warning, Subject: "ns2.mokykla.lt", Args: map[string]string{"address": "192.0.2.2"}},
				{Code: domain.CodeSPFSyntax, Severity: look.Warning, Subject: "mokykla.lt", Detail: hostile},
			},
			Domain: &look.Domain{
				Name: "mokykla.lt", Zone: "mokykla.lt",
				NameServers: []look.NameServer{{Name: "ns1.mokykla.lt", Address: "192.0.2.1", State: "ok", Serial: 2026090101}, {Name: "ns2.mokykla.lt", Address: "192.0.2.2", State: "lame"}, {Name: "ns3.mokykla.lt", State: "unresolved"}, {Name: "ns4.mokykla.lt", Address: "2001:db8::4", State: "unasked"}},
				Mail:        &look.DomainMail{Looked: now.Add(-2 * time.Hour), Expects: true, MX: []string{"10 pastas.mokykla.lt"}, SPF: "v=spf1 " + hostile, DKIM: map[string]string{"s1": "rsa 2048"}},
			},
		},
	}
}

func TestPagesOfADomain(t *testing.T) {
	for _, lang := range i18n.Languages() {
		for name, target := range map[string]string{"domain": "/checks/svetaine", "domain-new": "/checks/_new?kind=domain&target=mokykla.lt", "domain-edit": "/checks/svetaine/edit"} {
			w := newWatch()
			withDomain(w)
			w.one.File = ""
			c := newConsole(t, withWatch(w))
			page := text(t, c.ask(target, c.session(access.Operator, lang), nil))
			golden(t, name+"."+string(lang), page)
			harmless(t, page)
		}
	}
}

func TestTheFormMakesADomain(t *testing.T) {
	w := newWatch()
	c := newConsole(t, withWatch(w))
	session := c.session(access.Operator, i18n.English)
	no := false
	want := domain.Terms{
		Records: []domain.Record{{Name: "@", Type: "A", Values: []string{"192.0.2.1", "192.0.2.2"}}, {Name: "www", Type: "CNAME"}},
		Mail:    &no, Selectors: []string{"s1", "s2"}, WarnDays: 40,
	}
	r := c.ask("/checks/_new", session, filled("kind", "domain", "target", "mokykla.lt", "interval", "3600", "timeout", "90", "domain.mail", "false", "domain.dkim_selectors", "s1, s2",
		"domain.records", "@ a 192.0.2.1\n@ A 192.0.2.2\n\nwww cname\n", "domain.warn_days", "40", "domain.urgent_days", ""))
	if got := w.taken; r.StatusCode != http.StatusSeeOther || got.Target != "domain:mokykla.lt" || got.Interval != 0 || got.Timeout != 0 || !reflect.DeepEqual(got.Domain, want) {
		t.Errorf("%d, %+v", r.StatusCode, got)
	}
	r = c.ask("/checks/_new", session, filled("kind", "domain", "target", "DOMAIN:mokykla.lt", "domain.urgent_days", "soon", "domain.records", "? A 1", "domain.dkim_selectors", "a b"))
	page := text(t, r)
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("%d", r.StatusCode)
	}
	for _, id := range []string{"domain.urgent_days-wrong", "domain.records-wrong", "domain.dkim_selectors-wrong"} {
		if !strings.Contains(page, id) {
			t.Errorf("%s is missing", id)
		}
	}
}

func TestAWebsiteLeadsToItsDomain(t *testing.T) {
	for target, want := range map[string]string{
		"https://www.biblioteka.mokykla.lt/x": "mokykla.lt", "https://192.0.2.1/": "", "http://intranet/": "", "https://www.mokykla.lan/": "", "tcp://mokykla.lt:25": "",
	} {
		w := newWatch()
		w.one.Spec.Target = target
		c := newConsole(t, withWatch(w))
		page := text(t, c.ask("/checks/svetaine", c.session(access.Operator, i18n.English), nil))
		if got := strings.Contains(page, "/checks/_new?kind=domain"); got != (want != "") || want != "" && !strings.Contains(page, "target="+want+`"`) {
			t.Errorf("%s: %v", target, got)
		}
	}
}
