package wording_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/budi-monitor/budi/internal/collector/incident"
	"github.com/budi-monitor/budi/internal/collector/wording"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/look"
)

var since = time.Date(2026, 11, 23, 5, 30, 0, 0, time.UTC)

func catalogue(t testing.TB) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func siteDown() incident.Incident {
	return incident.Incident{
		ID: 1, Rule: "SiteDown", Severity: incident.Critical, Since: since,
		Labels:      map[string]string{"alertname": "SiteDown", "site": "main", "check": "library", "job": "probe", "shelf": "3"},
		Names:       map[string]string{"site": "Centrinė biblioteka", "check": "Bibliotekos katalogas", incident.NameTarget: "https://katalogas.lt/"},
		Annotations: map[string]string{"message": "site_down"},
	}
}

func ended(inc incident.Incident, reason incident.EndReason) incident.Incident {
	inc.Ended, inc.EndReason = since.Add(2*time.Hour+7*time.Minute), reason
	return inc
}

func disk() incident.Incident {
	return incident.Incident{
		Rule: "DiskNearlyFull", Severity: incident.Warning, Value: 94.3, Since: since,
		Labels:      map[string]string{"device": "serveris", "site": "main", "system_filesystem_mountpoint": "/var"},
		Annotations: map[string]string{"message": "disk_nearly_full"},
	}
}

func own() incident.Incident {
	return incident.Incident{
		Rule: "PrinterEmpty", Severity: incident.Info, Since: since, Value: 3.25, Labels: map[string]string{"check": "p2", "tray": "1"},
		Names: map[string]string{"check": "Antras spausdintuvas"},
	}
}

func annotated(pairs ...string) incident.Incident {
	inc := own()
	inc.Annotations = map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		inc.Annotations[pairs[i]] = pairs[i+1]
	}
	return inc
}

func TestASubjectSaysItAll(t *testing.T) {
	c := catalogue(t)
	worse := siteDown()
	worse.Severity = incident.Warning
	nameless := siteDown()
	nameless.Names = nil
	bare := siteDown()
	bare.Labels, bare.Names = nil, nil
	expired := siteDown()
	expired.Annotations, expired.Value = map[string]string{"message": "certificate_soon_over"}, -0.5
	trouble := incident.Incident{Labels: map[string]string{"trouble": "outbox"}, Annotations: map[string]string{"message": "collector_trouble"}}
	for name, tc := range map[string]struct {
		inc    incident.Incident
		kind   incident.Kind
		en, lt string
	}{
		"a fault has the check's name":     {siteDown(), incident.Fault, "“Bibliotekos katalogas” is down", "Neveikia „Bibliotekos katalogas“"},
		"the label where there is no name": {nameless, incident.Fault, "“library” is down", "Neveikia „library“"},
		"a sign where there is neither":    {bare, incident.Fault, "“?” is down", "Neveikia „?“"},
		"a recovery":                       {ended(siteDown(), incident.Recovered), incident.Recovery, "“Bibliotekos katalogas” works again (was down 2 h 7 min)", "Vėl veikia „Bibliotekos katalogas“ (neveikė 2 val. 7 min.)"},
		"closed by hand is no recovery":    {ended(disk(), incident.ByHand), incident.Recovery, "Closed by hand: disk /var of “serveris” is 94 % full", "Uždarė žmogus: diskas /var užpildytas 94 % (serveris)"},
		"an update":                        {disk(), incident.Update, "More urgent: disk /var of “serveris” is 94 % full", "Padėtis pablogėjo: diskas /var užpildytas 94 % (serveris)"},
		"an update keeps capitals of names": {worse, incident.Update,
			"More urgent: “Bibliotekos katalogas” is down", "Padėtis pablogėjo: neveikia „Bibliotekos katalogas“"},
		"a critical update":                     {siteDown(), incident.Update, "Now critical: “Bibliotekos katalogas” is down", "Kritiška: neveikia „Bibliotekos katalogas“"},
		"a number below zero":                   {expired, incident.Fault, "Certificate of “Bibliotekos katalogas” has expired", "Nebegalioja „Bibliotekos katalogas“ sertifikatas"},
		"a value that has a text":               {trouble, incident.Fault, "Trouble in Budi itself: mails cannot be sent", "Sutriko pati „Budi“: neišsiunčiami laiškai"},
		"a user's rule without words":           {own(), incident.Fault, "PrinterEmpty: Antras spausdintuvas", "PrinterEmpty: Antras spausdintuvas"},
		"a user's summary in both languages":    {annotated("summary", "No paper", "summary_lt", "Nėra popieriaus"), incident.Fault, "No paper", "Nėra popieriaus"},
		"a user's summary in English only":      {annotated("summary", "No paper"), incident.Fault, "No paper", "No paper"},
		"a user's summary in Lithuanian only":   {annotated("summary_lt", "Nėra popieriaus"), incident.Fault, "Nėra popieriaus", "Nėra popieriaus"},
		"a user's recovery":                     {ended(annotated("summary", "TLS is off"), incident.Recovered), incident.Recovery, "Over: TLS is off (lasted 2 h 7 min)", "Baigėsi: TLS is off (truko 2 val. 7 min.)"},
		"a message that the catalogue has not":  {annotated("message", "no_such", "summary", "No paper"), incident.Fault, "No paper", "No paper"},
		"a summary that would break the header": {annotated("summary", "a\r\nBcc: x@y\u202e"), incident.Fault, "a Bcc: x@y", "a Bcc: x@y"},
	} {
		t.Run(name, func(t *testing.T) {
			for lang, want := range map[i18n.Lang]string{i18n.English: tc.en, i18n.Lithuanian: tc.lt} {
				if got := wording.Of(c, lang, tc.inc, since.Add(time.Hour)).Subject(tc.kind); got != want {
					t.Errorf("%s: got %q, want %q", lang, got, want)
				}
			}
		})
	}
}

func TestASubjectIsShortenedInItsNames(t *testing.T) {
	c := catalogue(t)
	inc := siteDown()
	inc.Names["check"] = "Vilniaus apskrities Adomo Mickevičiaus viešosios bibliotekos katalogas"
	for lang, want := range map[i18n.Lang]string{
		i18n.English:    "“Vilniaus apskrities Adom…” works again (was down 2 h 7 min)",
		i18n.Lithuanian: "Vėl veikia „Vilniaus apskrities Ad…“ (neveikė 2 val. 7 min.)",
	} {
		w := wording.Of(c, lang, ended(inc, incident.Recovered), since)
		got := w.Subject(incident.Recovery)
		if got != want {
			t.Errorf("%s: got %q, want %q", lang, got, want)
		}
		if s := w.Summary(); !strings.Contains(s, "viešosios bibliotekos katalogas") {
			t.Errorf("%s: the summary is shortened too: %q", lang, s)
		}
	}
	long := annotated("summary", strings.Repeat("ąžuolas ", 200))
	got := wording.Of(c, i18n.English, ended(long, incident.Recovered), since).Subject(incident.Recovery)
	if !strings.HasPrefix(got, "Over: ąžuolas") || !strings.HasSuffix(got, "… (lasted 2 h 7 min)") {
		t.Errorf("a user's summary is not shortened before the rest is cut: %q", got)
	}
}

func TestTheExplanation(t *testing.T) {
	c := catalogue(t)
	w := wording.Of(c, i18n.Lithuanian, disk(), since.Add(90*time.Minute))
	for what, got := range map[string][2]string{
		"what":    {w.What(), "Kompiuterio „serveris“ diskas /var beveik pilnas: užimta 94 %."},
		"where":   {w.Where(), "main, kompiuteris „serveris“, diskas /var"},
		"lasted":  {w.Lasted(), "1 val. 30 min."},
		"value":   {w.Value(), "94,3"},
		"others":  {w.Others(), ""},
		"problem": {w.Problem(), ""},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: got %q, want %q", what, got[0], got[1])
		}
	}
	if !w.Shipped() || w.Why() == "" || w.Do() == "" {
		t.Errorf("why %q, do %q", w.Why(), w.Do())
	}

	u := wording.Of(c, i18n.Lithuanian, annotated("summary", "No paper", "description_lt", "Tuščias\nstalčius"), since)
	if u.Shipped() || u.Why()+u.Do() != "" || u.What() != "Tuščias stalčius" || u.Others() != "tray=1" {
		t.Errorf("why %q, do %q, what %q, others %q", u.Why(), u.Do(), u.What(), u.Others())
	}
	if got := wording.Of(c, i18n.English, annotated("summary", "No paper"), since).What(); got != "" {
		t.Errorf("a description was made up: %q", got)
	}
}

func TestWhereHasNamesAndTheAddress(t *testing.T) {
	c := catalogue(t)
	same := siteDown()
	same.Names["check"] = same.Names[incident.NameTarget]
	nameless := siteDown()
	nameless.Names = nil
	for name, tc := range map[string]struct {
		inc    incident.Incident
		en, lt string
	}{
		"names and the address": {siteDown(), "Centrinė biblioteka, check “Bibliotekos katalogas” (https://katalogas.lt/)", "Centrinė biblioteka, patikra „Bibliotekos katalogas“ (https://katalogas.lt/)"},
		"no address twice":      {same, "Centrinė biblioteka, check “https://katalogas.lt/”", "Centrinė biblioteka, patikra „https://katalogas.lt/“"},
		"labels":                {nameless, "main, check “library”", "main, patikra „library“"},
		"nowhere":               {incident.Incident{}, "", ""},
	} {
		for lang, want := range map[i18n.Lang]string{i18n.English: tc.en, i18n.Lithuanian: tc.lt} {
			if got := wording.Of(c, lang, tc.inc, since).Where(); got != want {
				t.Errorf("%s, %s: got %q, want %q", name, lang, got, want)
			}
		}
	}
}

func TestAProblemIsASentenceOrNothing(t *testing.T) {
	c := catalogue(t)
	for name, tc := range map[string]struct {
		problem *look.Problem
		want    string
	}{
		"none":                    {nil, ""},
		"one that has a sentence": {&look.Problem{Code: "text_missing", Args: map[string]string{"text": "a\nb"}}, "The page does not contain the text “a b”."},
		"one that has not":        {&look.Problem{Code: "made-up", Detail: "EOF"}, ""},
	} {
		if got := wording.Problem(c, i18n.English, tc.problem); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestComputersThatARuleCountsAreNamed(t *testing.T) {
	c := catalogue(t)
	inc := incident.Incident{
		Rule: "AntivirusOff", Severity: incident.Warning, Value: 2, Since: since, Labels: map[string]string{"site": "main"},
		Annotations: map[string]string{"message": "antivirus_off", "devices": "pc-1, pc-2"},
	}
	for want, value := range map[string]float64{"on pc-1, pc-2 (computers in all: 2)": 2, "on pc-1, pc-2, … (computers in all: 70)": 70} {
		inc.Value = value
		if got := wording.Of(c, i18n.English, inc, since).What(); !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if got, want := wording.Of(c, i18n.Lithuanian, inc, since).Subject(incident.Fault), "Kompiuteriai be veikiančios antivirusinės: "; !strings.HasPrefix(got, want) {
		t.Errorf("the subject is %q", got)
	}
	clone := incident.Incident{
		Rule: "CollectorTrouble", Since: since, Annotations: map[string]string{"message": "collector_trouble"},
		Labels: map[string]string{"device": "pc-1", "trouble": "clone", "address": "10.0.0.5", "other_address": "10.0.0.9"},
	}
	if got, want := wording.Of(c, i18n.English, clone, since).Others(), "address=10.0.0.5, other_address=10.0.0.9"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzWhateverTheNamesItIsOneLineOfBoundedLength(f *testing.F) {
	f.Add("library", "Bibliotekos katalogas", "No paper", 3.5)
	f.Add("a\r\nBcc: x", "\x00<script>", "{{.check}}", -1e300)
	f.Add("\u202e\u00a0\u2028", "\xff\xfe", strings.Repeat("ų", 400), 0.1)
	c := catalogue(f)
	f.Fuzz(func(t *testing.T, label, name, text string, value float64) {
		for _, message := range []string{"site_down", "certificate_soon_over", "disk_nearly_full", "memory_exhausted", "server_silent", "disk_failing", "antivirus_off", "update_overdue", "website_trouble", "collector_trouble", "own_line_down", ""} {
			inc := incident.Incident{
				Rule: text, Value: value, Since: since, Labels: map[string]string{label: text}, Names: map[string]string{label: name, incident.NameTarget: text},
				Annotations: map[string]string{"message": message, "summary": text, "description": name, "devices": label},
				Problem:     &look.Problem{Code: "text_missing", Args: map[string]string{"text": text}},
			}
			for _, l := range []string{"check", "device", "site", "system_filesystem_mountpoint", "trouble"} {
				inc.Labels[l], inc.Names[l] = label, name
			}
			for _, kind := range []incident.Kind{incident.Fault, incident.Update, incident.Recovery} {
				for _, lang := range i18n.Languages() {
					w := wording.Of(c, lang, inc, since)
					if n := utf8.RuneCountInString(w.Subject(kind)); n > wording.MaxSubject {
						t.Errorf("the subject has %d runes: %q", n, w.Subject(kind))
					}
					for _, s := range []string{w.Subject(kind), w.Summary(), w.What(), w.Why(), w.Do(), w.Where(), w.Others(), w.Problem(), w.Value()} {
						if !utf8.ValidString(s) || strings.ContainsAny(s, "\r\n\x00\u202e\u2028") || utf8.RuneCountInString(s) > 2*wording.MaxProse || strings.Contains(s, "no value") && !strings.Contains(label+name+text, "no value") {
							t.Errorf("%q", s)
						}
					}
				}
			}
		}
	})
}
