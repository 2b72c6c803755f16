package mail_test

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/mail"
	"github.com/budi-monitor/budi/internal/collector/outbox"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var vilnius = func() *time.Location {
	z, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		return time.FixedZone("Europe/Vilnius", 2*60*60)
	}
	return z
}()

var since = time.Date(2026, 11, 23, 5, 30, 0, 0, time.UTC)

func options(t *testing.T) mail.Options {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return mail.Options{
		Catalogue: c, ExternalURL: "https://budi.example.lt/", SiteName: "Vilniaus Žvėryno gimnazija", Zone: vilnius,
		AckURL: func(id incident.ID, contact string) string {
			return fmt.Sprintf("https://budi.example.lt/ack/%d?c=%s&s=signed", id, contact)
		},
		Now: func() time.Time { return since.Add(time.Hour) },
	}
}

func mailer(t *testing.T, change func(*mail.Config, *mail.Options)) *mail.Mailer {
	t.Helper()
	c := mail.Config{From: "Budi <budi@example.lt>", SMTP: mail.SMTP{Host: "127.0.0.1", Security: mail.None}}
	o := options(t)
	if change != nil {
		change(&c, &o)
	}
	m, err := mail.New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shipped are incidents of the rules that come with the product.
func shipped() map[string]incident.Incident {
	inc := func(id incident.ID, rule, key, runbook string, s incident.Severity, labels map[string]string) incident.Incident {
		labels["alertname"], labels["severity"], labels["site"] = rule, string(s), "Žvėrynas"
		return incident.Incident{
			ID: id, Rule: rule, Severity: s, Labels: labels, Since: since, State: incident.Open, Evidence: incident.Firing,
			Annotations: map[string]string{"message": key, "runbook": runbook},
		}
	}
	site := inc(1, "SiteDown", "site_down", "site-down", incident.Critical, map[string]string{"check": "biblioteka", "job": "probe", "vantage": "collector"})
	site.Names = map[string]string{"check": "Bibliotekos katalogas", "site": "Žvėryno gimnazija", incident.NameTarget: "https://mokykla.lt/"}
	site.Problem = &look.Problem{
		Code: "unexpected_status", Args: map[string]string{"status": "503", "expected": "200"},
		Detail: "GET https://mokykla.lt/: 503 Service Unavailable",
	}
	cert := inc(2, "CertificateSoonOver", "certificate_soon_over", "certificate-soon-over", incident.Warning, map[string]string{"check": "biblioteka.lt"})
	cert.Value = 13 + 4.0/24
	cert.Names = map[string]string{"check": "Adomo Mickevičiaus viešosios bibliotekos filialų katalogas", incident.NameTarget: "tls://katalogas.example.lt:8443"}
	disk := inc(3, "DiskNearlyFull", "disk_nearly_full", "disk-nearly-full", incident.Warning, map[string]string{"device": "serveris", "system_filesystem_mountpoint": "/var"})
	disk.Value = 94.3
	memory := inc(4, "MemoryExhausted", "memory_exhausted", "memory-exhausted", incident.Warning, map[string]string{"device": "serveris"})
	memory.Value = 96.2
	trouble := inc(5, "CollectorTrouble", "collector_trouble", "collector-trouble", incident.Critical, map[string]string{"trouble": "outbox"})
	line := inc(6, "OwnLineDown", "own_line_down", "own-line-down", incident.Critical, map[string]string{})
	clone := inc(8, "CollectorTrouble", "collector_trouble", "collector-trouble", incident.Warning,
		map[string]string{"trouble": "clone", "device": "pc-214-07", "address": "10.0.0.5", "other_address": "10.0.0.9"})
	silent := inc(9, "ServerSilent", "server_silent", "server-silent", incident.Critical, map[string]string{"device": "serveris", "job": "fleet"})
	failing := inc(10, "DiskFailing", "disk_failing", "disk-failing", incident.Critical, map[string]string{"device": "serveris", "system_device": "PhysicalDrive0"})
	defaced := inc(14, "WebsiteTrouble", "website_trouble", "website-trouble", incident.Critical, map[string]string{"check": "homepage", "trouble": "content"})
	defaced.Names = map[string]string{"check": "Mokyklos svetainė", incident.NameTarget: "https://www.mokykla.example/"}
	counted := func(id incident.ID, rule, key string, value float64) incident.Incident {
		i := inc(id, rule, key, strings.ReplaceAll(key, "_", "-"), incident.Warning, map[string]string{})
		i.Value, i.Annotations["devices"] = value, "pc-101, pc-214-07, direktorius"
		return i
	}
	return map[string]incident.Incident{
		"clone": clone, "server_silent": silent, "disk_failing": failing, "antivirus_off": counted(11, "AntivirusOff", "antivirus_off", 3),
		"update_overdue":  counted(12, "UpdateOverdue", "update_overdue", 24),
		"website_trouble": defaced, "site_down": site, "certificate_soon_over": cert, "disk_nearly_full": disk,
		"memory_exhausted": memory, "collector_trouble": trouble, "own_line_down": line,
	}
}

func own() incident.Incident {
	return incident.Incident{
		ID: 7, Rule: "PrinterEmpty", Severity: incident.Info, Since: since, Value: 3.25,
		Labels: map[string]string{"alertname": "PrinterEmpty", "device": "spausdintuvas-2", "tray": "1 & 2"},
		Annotations: map[string]string{
			"summary": "Printer 2 has no paper", "summary_lt": "Antrame spausdintuve nėra popieriaus",
			"description": "Trays 1 & 2 are empty.", "description_lt": "Tušti 1 ir 2 stalčiai.",
			"runbook_url": "https://wiki.example.lt/popierius",
		},
	}
}

func fault(i incident.Incident) outbox.Item {
	return outbox.Item{Kind: incident.Fault, Incident: i, OwedAt: since.Add(5 * time.Minute)}
}

func recovery(i incident.Incident) outbox.Item {
	i.State, i.EndReason, i.Ended = incident.Closed, incident.Recovered, since.Add(2*time.Hour+7*time.Minute)
	return outbox.Item{Kind: incident.Recovery, Incident: i, OwedAt: i.Ended.Add(time.Minute)}
}

func deliveries() map[string]outbox.Delivery {
	out := map[string]outbox.Delivery{}
	put := func(name, thread string, items ...outbox.Item) {
		out[name] = outbox.Delivery{Contact: "jonas", MessageID: name + ".1@budi.example.lt", Thread: thread, Items: items}
	}
	all := shipped()
	for key, inc := range all {
		put("fault_"+key, "", fault(inc))
		put("recovery_"+key, "fault_"+key+".1@budi.example.lt", recovery(inc))
	}
	worse := all["certificate_soon_over"]
	worse.Severity, worse.Value = incident.Critical, 2
	put("update", "fault.1@budi.example.lt", outbox.Item{Kind: incident.Update, Incident: worse, OwedAt: since.Add(11 * 24 * time.Hour)})
	expired := all["certificate_soon_over"]
	expired.Value = -0.5
	put("fault_certificate_expired", "", fault(expired))
	acked := all["site_down"]
	acked.Severity, acked.Acked = incident.Warning, &incident.Ack{By: "Ona", At: since.Add(6 * time.Minute)}
	put("update_acknowledged", "fault.1@budi.example.lt", outbox.Item{Kind: incident.Update, Incident: acked, OwedAt: since.Add(time.Hour)})
	put("fault_own_rule", "", fault(own()))
	put("recovery_own_rule", "fault.1@budi.example.lt", recovery(own()))
	byHand := recovery(all["memory_exhausted"])
	byHand.Incident.EndReason = incident.ByHand
	put("recovery_by_hand", "", byHand)
	bare := own()
	bare.Annotations = nil
	put("fault_bare_rule", "", fault(bare))
	put("summary", "", fault(all["site_down"]), fault(all["disk_nearly_full"]), recovery(all["site_down"]), fault(own()))
	put("summary_one", "", fault(all["site_down"]), fault(all["disk_nearly_full"]), recovery(all["site_down"]))
	put("summary_over", "", fault(all["site_down"]), recovery(all["site_down"]))
	for name, it := range news() {
		put(name, "fault.1@budi.example.lt", it)
	}
	for name, c := range digests() {
		put(name, "", outbox.Item{Kind: c.Kind, Digest: &c, OwedAt: c.To})
	}
	return out
}

func TestLettersReadAsInTheGoldenFiles(t *testing.T) {
	m := mailer(t, nil)
	for name, d := range deliveries() {
		for _, lang := range i18n.Languages() {
			t.Run(name+"_"+string(lang), func(t *testing.T) {
				msg, err := m.Render(mail.Contact{Name: "jonas", Address: "jonas@example.lt", Lang: lang}, d)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, name+"_"+string(lang), msg)
				sameInBoth(t, msg)
				if n := utf8.RuneCountInString(msg.Subject); n > mail.MaxSubject {
					t.Errorf("the subject has %d runes: %q", n, msg.Subject)
				}
				if strings.Contains(msg.Text+msg.HTML+msg.Subject, "no value") {
					t.Errorf("a place was not filled:\n%s", msg.Text)
				}
				if msg.ID != d.MessageID || msg.Thread != d.Thread {
					t.Errorf("ID %q, thread %q; want %q, %q", msg.ID, msg.Thread, d.MessageID, d.Thread)
				}
			})
		}
	}
	for _, lang := range i18n.Languages() {
		msg, err := m.RenderTest(mail.Contact{Lang: lang})
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "test_"+string(lang), msg)
		sameInBoth(t, msg)
	}
}

func golden(t *testing.T, name string, msg mail.Message) {
	t.Helper()
	got := "Subject: " + msg.Subject + "\n\n" + msg.Text + "\n=== HTML ===\n" + msg.HTML
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the difference. Got:\n%s", file, got)
	}
}

var (
	tags  = regexp.MustCompile(`(?s)<(title|style).*?</(title|style)>|<a href="([^"]*)"[^>]*>|<[^>]*>`)
	words = regexp.MustCompile(`[^\s:]+`)
)

// sameInBoth compares the words of the text with those of the HTML, links
// included.
func sameInBoth(t *testing.T, msg mail.Message) {
	t.Helper()
	plain := html.UnescapeString(tags.ReplaceAllString(msg.HTML, " $3 "))
	count := map[string]int{}
	for _, w := range words.FindAllString(plain, -1) {
		count[w]++
	}
	for _, w := range words.FindAllString(msg.Text, -1) {
		if strings.Trim(w, "-") != "" {
			count[w]--
		}
	}
	for w, n := range count {
		if n > 0 && strings.Trim(w, "-") != "" {
			t.Errorf("%q is %d times more in the HTML", w, n)
		} else if n < 0 {
			t.Errorf("%q is %d times more in the text", w, -n)
		}
	}
}

func TestASubjectIsOneLineOfAtMost60RunesWhateverTheNames(t *testing.T) {
	m := mailer(t, nil)
	for _, name := range []string{
		strings.Repeat("ilgas-vardas-", 40) + "ž", "a\r\nBcc: visi@example.lt", "\u202egnp.exe", "\x00\x01", "", strings.Repeat("ų", 59),
		"{{.check}}", "<script>alert(1)</script>", string([]byte{0xff, 0xfe}),
	} {
		for key, inc := range shipped() {
			inc.Names = nil
			for _, l := range []string{"check", "device", "system_filesystem_mountpoint", "site", "trouble"} {
				inc.Labels[l] = name
			}
			for _, it := range []outbox.Item{fault(inc), recovery(inc), {Kind: incident.Update, Incident: inc, OwedAt: since}} {
				for _, lang := range i18n.Languages() {
					msg, err := m.Render(mail.Contact{Lang: lang}, outbox.Delivery{MessageID: "a@b", Items: []outbox.Item{it}})
					if err != nil {
						t.Fatal(err)
					}
					if n := utf8.RuneCountInString(msg.Subject); n > mail.MaxSubject || n == 0 {
						t.Errorf("%s, %s, %q: subject of %d runes: %q", key, it.Kind, name, n, msg.Subject)
					}
					if strings.ContainsAny(msg.Subject, "\r\n\x00\u202e") || !utf8.ValidString(msg.Subject) {
						t.Errorf("%s: subject %q", key, msg.Subject)
					}
					if strings.Contains(msg.HTML, "<script>") {
						t.Errorf("%s: the name is not escaped in the HTML", key)
					}
				}
			}
		}
	}
}

func TestALongNameIsShortenedBeforeTheMeaningIsCut(t *testing.T) {
	inc := shipped()["site_down"]
	inc.Names = map[string]string{"check": strings.Repeat("gimnazija", 20)}
	msg, err := mailer(t, nil).Render(mail.Contact{Lang: i18n.English}, outbox.Delivery{MessageID: "a@b", Items: []outbox.Item{recovery(inc)}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(msg.Subject, "“gimnazijagim") || !strings.HasSuffix(msg.Subject, "…” works again (was down 2 h 7 min)") {
		t.Errorf("subject %q", msg.Subject)
	}
}

func TestLinksAreLeftOutWhereThereIsNothingToLinkTo(t *testing.T) {
	m := mailer(t, func(_ *mail.Config, o *mail.Options) { o.ExternalURL, o.AckURL = "", nil })
	msg, err := m.Render(mail.Contact{Lang: i18n.English}, outbox.Delivery{MessageID: "a@b", Items: []outbox.Item{fault(shipped()["site_down"])}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(msg.HTML, "href") || strings.Contains(msg.Text, "budi.example.lt") {
		t.Errorf("there is a link:\n%s", msg.Text)
	}
}

func TestHostileAnnotationsBecomeNoLinks(t *testing.T) {
	inc := own()
	for _, u := range []string{"javascript:alert(1)", "../../etc/passwd", "//evil.example", "data:text/html,x"} {
		inc.Annotations["runbook_url"], inc.Annotations["runbook"] = u, u
		msg, err := mailer(t, nil).Render(mail.Contact{Lang: i18n.English}, outbox.Delivery{MessageID: "a@b", Items: []outbox.Item{fault(inc)}})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(msg.HTML, u) || strings.Contains(msg.Text, u) {
			t.Errorf("%q is in the mail", u)
		}
	}
}

func TestASummaryIsBounded(t *testing.T) {
	var items []outbox.Item
	for id := range incident.ID(400) {
		inc := own()
		inc.ID = id + 1
		inc.Annotations = map[string]string{"summary": strings.Repeat("x ", 5000)}
		items = append(items, fault(inc))
	}
	msg, err := mailer(t, nil).Render(mail.Contact{Lang: i18n.Lithuanian}, outbox.Delivery{MessageID: "a@b", Items: items})
	if err != nil {
		t.Fatal(err)
	}
	if len(msg.Text)+len(msg.HTML) > 400_000 {
		t.Errorf("the mail has %d bytes", len(msg.Text)+len(msg.HTML))
	}
	if !strings.Contains(msg.Text, "Dar 350 incidentų") {
		t.Error("what was left out is not told")
	}
}

func TestAnAcknowledgedOrRecoveredIncidentHasNoAcknowledgeLink(t *testing.T) {
	m := mailer(t, nil)
	all := deliveries()
	for name, want := range map[string]bool{"fault_site_down": true, "update": true, "update_acknowledged": false, "recovery_site_down": false} {
		msg, err := m.Render(mail.Contact{Name: "jonas", Lang: i18n.English}, all[name])
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(msg.Text, "/ack/"); got != want {
			t.Errorf("%s: acknowledge link %v, want %v", name, got, want)
		}
	}
}

func TestAMessageIDThatWouldBreakTheHeaderIsRefused(t *testing.T) {
	for _, id := range []string{"a@b>\r\nBcc: x@y", "a b@c", "ž@b", "<a@b>"} {
		if _, err := mailer(t, nil).Render(mail.Contact{}, outbox.Delivery{MessageID: id, Items: []outbox.Item{fault(own())}}); err == nil {
			t.Errorf("%q was taken", id)
		}
	}
	if _, err := mailer(t, nil).Render(mail.Contact{}, outbox.Delivery{MessageID: "a@b"}); err == nil {
		t.Error("a delivery without items was taken")
	}
}

func FuzzALetterIsWholeWhateverTheNames(f *testing.F) {
	f.Add("mokykla.lt", "GET: 503", "summary", 3.5)
	f.Add("a\r\nBcc: x", "\x00<script>", "{{.}} </td>", -1e300)
	f.Add("\u202e\u00a0\u2028", "-- \n", "“„", 0.1)
	m := func(f *testing.F) *mail.Mailer {
		c, err := i18n.Load()
		if err != nil {
			f.Fatal(err)
		}
		m, err := mail.New(mail.Config{From: "budi@example.lt", SMTP: mail.SMTP{Host: "127.0.0.1"}}, mail.Options{Catalogue: c, ExternalURL: "https://b.lt"})
		if err != nil {
			f.Fatal(err)
		}
		return m
	}(f)
	f.Fuzz(func(t *testing.T, name, detail, summary string, value float64) {
		var items []outbox.Item
		for _, inc := range shipped() {
			for l := range inc.Labels {
				inc.Labels[l] = name
			}
			inc.Names = map[string]string{"check": summary, "site": detail, incident.NameTarget: name}
			inc.Value, inc.Problem = value, &look.Problem{Code: "text_missing", Args: map[string]string{"text": name}, Detail: detail}
			items = append(items, fault(inc))
		}
		user := own()
		user.Annotations["summary"], user.Annotations["description"], user.Labels[name] = summary, detail, name
		items = append(items, fault(user), recovery(user))
		for _, it := range items {
			for _, lang := range i18n.Languages() {
				msg, err := m.Render(mail.Contact{Lang: lang}, outbox.Delivery{MessageID: "a@b", Items: []outbox.Item{it}})
				if err != nil {
					t.Fatal(err)
				}
				if n := utf8.RuneCountInString(msg.Subject); n > mail.MaxSubject || strings.ContainsAny(msg.Subject, "\r\n\x00") || !utf8.ValidString(msg.Subject+msg.Text+msg.HTML) {
					t.Errorf("subject %q", msg.Subject)
				}
				if strings.Contains(msg.HTML, "<script") || strings.Count(msg.HTML, "</td>") != strings.Count(msg.HTML, "<td") {
					t.Errorf("the HTML is broken:\n%s", msg.HTML)
				}
			}
		}
	})
}

func TestADemonstrationSaysSoInEachMail(t *testing.T) {
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mail.New(mail.Config{From: "budi@example.lt", SMTP: mail.SMTP{Host: "127.0.0.1"}}, mail.Options{Catalogue: c, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[i18n.Lang]string{i18n.English: "Demonstration", i18n.Lithuanian: "Demonstracija"} {
		for name, d := range deliveries() {
			msg, err := m.Render(mail.Contact{Name: "rasa", Address: "rasa@example.lt", Lang: lang}, d)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(msg.Subject, "[Demo] ") || utf8.RuneCountInString(msg.Subject) > mail.MaxSubject {
				t.Errorf("%s: subject %q", name, msg.Subject)
			}
			if !strings.HasPrefix(msg.Text, want) || !strings.Contains(msg.HTML, want) {
				t.Errorf("%s in %s does not begin with %q:\n%s", name, lang, want, msg.Text)
			}
			sameInBoth(t, msg)
		}
	}
}
