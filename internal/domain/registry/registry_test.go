package registry_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/domain/registry"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/reach"
)

// The fixtures are written by hand in the forms of the registries; names, people
// and dates are made up.
func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnswersOfWHOIS(t *testing.T) {
	for file, want := range map[string]struct {
		name, state, expires, registered, registrar string
		servers, statuses                           int
	}{
		"lt.txt":        {"mokykla.lt", look.RegistryRegistered, "2027-02-17", "2010-02-16", "UAB Registratorius", 3, 1},
		"lt-free.txt":   {"laisvas.lt", look.RegistryAvailable, "", "", "", 0, 1},
		"eu.txt":        {"mokykla.eu", look.RegistryRegistered, "", "", "Registrar GmbH", 2, 0},
		"eu-free.txt":   {"laisvas.eu", look.RegistryAvailable, "", "", "", 0, 1},
		"lv.txt":        {"skola.lv", look.RegistryRegistered, "", "", "", 2, 1},
		"lv-free.txt":   {"brivs.lv", look.RegistryAvailable, "", "", "", 0, 1},
		"ee.txt":        {"kool.ee", look.RegistryRegistered, "2027-05-02", "2010-07-04", "Registripidaja OÜ", 2, 1},
		"com.txt":       {"example-school.com", look.RegistryRegistered, "2027-08-13", "1999-08-14", "Example Registrar, Inc.", 2, 2},
		"com-free.txt":  {"free-school.com", look.RegistryAvailable, "", "", "", 0, 0},
		"pl.txt":        {"szkola.pl", look.RegistryRegistered, "2027-03-01", "2003-03-01", "Rejestrator Sp. z o.o.", 2, 0},
		"fi.txt":        {"koulu.fi", look.RegistryRegistered, "2027-07-04", "2011-07-04", "Rekisteröijä Oy", 2, 1},
		"uk.txt":        {"school.org.uk", look.RegistryRegistered, "2027-11-26", "2004-11-26", "A Registrar Ltd [Tag = AREG]", 2, 0},
		"dk.txt":        {"skole.dk", look.RegistryRegistered, "2027-01-31", "2001-01-31", "", 2, 1},
		"mistaken.txt":  {"mokykla.lt", "", "", "", "", 0, 0}, // it is about another name
		"newform.txt":   {"mokykla.lt", "", "", "", "", 0, 0},
		"odddate.txt":   {"mokykla.lt", "", "", "", "", 0, 0},
		"toomany.txt":   {"mokykla.lt", "", "", "", "", 0, 0},
		"unicode.txt":   {"xn--emaitija-l4b.lt", look.RegistryRegistered, "2027-02-17", "", "", 0, 1},
		"lt-delete.txt": {"mokykla.lt", look.RegistryRegistered, "2026-02-17", "2010-02-16", "UAB Registratorius", 0, 1},
	} {
		r, err := registry.ParseWHOIS(fixture(t, file), want.name)
		if want.state == "" {
			if err == nil {
				t.Errorf("%s is understood: %+v", file, r)
			}
			continue
		}
		day := func(at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.Format(time.DateOnly)
		}
		if err != nil || r.State != want.state || day(r.Expires) != want.expires || day(r.Registered) != want.registered || r.Registrar != want.registrar || len(r.NameServers) != want.servers || len(r.Statuses) != want.statuses {
			t.Errorf("%s: %+v, %v", file, r, err)
		}
		for _, s := range r.NameServers {
			if strings.ContainsAny(s, " \t[") || !strings.Contains(s, ".") {
				t.Errorf("%s: name server %q", file, s)
			}
		}
	}
}

func TestAnswersOfDAS(t *testing.T) {
	for text, want := range map[string]string{
		"% .lt DAS\nDomain: a.lt\nStatus: registered\n": look.RegistryRegistered,
		"Domain: A.LT\r\nStatus: available\r\n":         look.RegistryAvailable,
		"Domain: a.lt\nStatus: pendingDelete\n":         look.RegistryRegistered,
		"Domain: b.lt\nStatus: available\n":             "",
		"Domain: a.lt\n":                                "",
		"Domain: a.lt\nStatus: something new\n":         "",
		"% too many questions\n":                        "",
	} {
		if r, err := registry.ParseDAS(text, "a.lt"); (err != nil) != (want == "") || err == nil && r.State != want {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

func TestAnswersOfRDAP(t *testing.T) {
	r, err := registry.ParseRDAP([]byte(fixture(t, "rdap.json")), "kool.ee")
	if err != nil || r.Expires.Format(time.RFC3339) != "2027-05-01T21:00:00Z" || r.Registrar != "Registripidaja OÜ" || !slices.Contains(r.Statuses, "server hold") || len(r.NameServers) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, text := range []string{"", "[]", "{}", `{"objectClassName":"domain","ldhName":"other.ee"}`, `{"objectClassName":"error","ldhName":"kool.ee"}`, `{"objectClassName":"domain","ldhName":"kool.ee","events":7}`} {
		if r, err := registry.ParseRDAP([]byte(text), "kool.ee"); err == nil {
			t.Errorf("%q: %+v", text, r)
		}
	}
	// Odd parts are left out, and take nothing with them.
	odd := `{"objectClassName":"domain","ldhName":"KOOL.EE","events":[{"eventAction":"expiration","eventDate":"soon"},{"eventAction":"expiration","eventDate":"9999-01-01T00:00:00Z"}],"entities":[{"roles":["registrar"],"handle":"H","vcardArray":["vcard",7]}]}`
	if r, err := registry.ParseRDAP([]byte(odd), "kool.ee"); err != nil || !r.Expires.IsZero() || r.Registrar != "H" {
		t.Errorf("%+v, %v", r, err)
	}
}

// line answers each connection with a text, and counts.
func line(t *testing.T, answer func(question string) string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buffer := make([]byte, 300)
				n, _ := c.Read(buffer)
				_, _ = io.WriteString(c, answer(string(buffer[:n])))
			}()
		}
	}()
	return l.Addr().String()
}

func client(s registry.Servers, o registry.Options) *registry.Client {
	o.Servers = func(string) (registry.Servers, bool) { return s, true }
	if o.Pause == 0 {
		o.Pause = time.Nanosecond
	}
	return registry.New(o)
}

func TestOneWayAfterTheOther(t *testing.T) {
	questions := make(chan string, 10)
	das := line(t, func(q string) string { questions <- q; return "Domain: kool.ee\nStatus: registered\n" })
	whois := line(t, func(q string) string { questions <- q; return fixture(t, "ee.txt") })
	broken := line(t, func(string) string { return "later\n" })
	status := http.StatusOK
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		if r.URL.Path == "/rdap/domain/kool.ee" {
			_, _ = io.WriteString(w, fixture(t, "rdap.json"))
		}
	}))
	t.Cleanup(web.Close)
	all := registry.Servers{RDAP: web.URL + "/rdap/", WHOIS: whois, DAS: das}
	if r := client(all, registry.Options{}).Ask(t.Context(), "kool.ee"); r.Source != "rdap" || r.Answered.IsZero() || r.Problem != "" {
		t.Errorf("%+v", r)
	}
	status = http.StatusServiceUnavailable
	if r := client(all, registry.Options{}).Ask(t.Context(), "kool.ee"); r.Source != "whois" || <-questions != "kool.ee\r\n" {
		t.Errorf("%+v", r)
	}
	all.WHOIS = broken
	if r := client(all, registry.Options{}).Ask(t.Context(), "kool.ee"); r.Source != "das" || !r.Expires.IsZero() || <-questions != "get 1.0 kool.ee\n" {
		t.Errorf("%+v", r)
	}
	all.DAS = ""
	if r := client(all, registry.Options{}).Ask(t.Context(), "kool.ee"); r.State != look.RegistryUnknown || r.Problem != registry.ProblemFormat || !r.Answered.IsZero() || r.Detail == "" {
		t.Errorf("%+v", r)
	}
	status = http.StatusNotFound
	if r := client(all, registry.Options{}).Ask(t.Context(), "kool.ee"); r.State != look.RegistryAvailable || r.Source != "rdap" {
		t.Errorf("%+v", r)
	}
	// Nobody has it when no way says otherwise.
	all.WHOIS = whois
	if r := client(all, registry.Options{}).Ask(t.Context(), "kool.ee"); r.State != look.RegistryRegistered || r.Source != "whois" || r.Expires.IsZero() {
		t.Errorf("%+v", r)
	}
}

func TestWhoRefusesToTellSaysNothingOfTheName(t *testing.T) {
	for _, text := range []string{
		"% Too many questions from 192.0.2.1. Try again later.\n",
		"WHOIS LIMIT EXCEEDED - SEE WWW.PIR.ORG/WHOIS FOR DETAILS\n",
		"Number of allowed queries exceeded.\n",
		"% Error: 55000000002 Connection refused; access control limit reached.\n",
		"Your connection limit exceeded. Please slow down and try again later.\n",
		"No match for 192.0.2.1: the quota of this address is used up.\n",
		"Not found: 192.0.2.1 is blocked.\n",
		"% Access denied\nNo match\n",
		"Domain: mokykla.lt\nStatus: available\n% Query rate limit reached, this answer is not reliable\n",
		"Status: free\n", // of what?
		"State: available\nDomain: mokykla.lt\n",
		"", "\n", "% \n",
	} {
		if r, err := registry.ParseWHOIS(text, "mokykla.lt"); err == nil && r.State == look.RegistryAvailable {
			t.Errorf("%q: %+v", text, r)
		}
	}
	// What is usual below answers refuses nothing.
	for _, text := range []string{
		"Domain: mokykla.lt\nStatus: registered\nExpires: 2027-02-17\n% Whoever asks too often is blocked.\n",
		"Domain: mokykla.lt\nStatus: registered\nExpires: 2027-02-17\nRegistrar: Not Exceeded UAB\n",
	} {
		if r, err := registry.ParseWHOIS(text, "mokykla.lt"); err != nil || r.Expires.IsZero() {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
	for _, text := range []string{
		"\n    No match for \"mokykla.lt\".\n\n    This domain name has not been registered.\n\nwhich includes restrictions on: (C) exceeding query rate or volume limits.\n",
		"Domain not found.\n>>> Last update of WHOIS database: 2026-11-29T09:00:00Z <<<\n",
		"% No match\n", "Domain: mokykla.lt\nStatus: free\n",
	} {
		if r, err := registry.ParseWHOIS(text, "mokykla.lt"); err != nil || r.State != look.RegistryAvailable {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

func TestDatesOfRegistries(t *testing.T) {
	for text, want := range map[string]string{
		"2027-02-17":                 "2027-02-17T00:00:00Z", // .lt, .ee, .dk, .se
		"2027-05-02 05:11:11 +03:00": "2027-05-02T02:11:11Z", // .ee
		"2027-08-13T04:00:00Z":       "2027-08-13T04:00:00Z", // .com, .org
		"2027-08-13T04:00:00.00Z":    "2027-08-13T04:00:00Z",
		"2027-08-13T04:00:00+0200":   "2027-08-13T02:00:00Z",
		"2027-08-13T04:00:00":        "2027-08-13T04:00:00Z",
		"2027-04-21 20:41:10+03":     "2027-04-21T17:41:10Z", // .ua
		"2027.03.01 12:00:00":        "2027-03-01T12:00:00Z", // .pl
		"4.7.2027 10:15:55":          "2027-07-04T10:15:55Z", // .fi
		"26-Nov-2027":                "2027-11-26T00:00:00Z", // .uk
		"13.12.2027":                 "2027-12-13T00:00:00Z", // .cz
		"2027-03-28 (YYYY-MM-DD)":    "2027-03-28T00:00:00Z",
		"03/04/2027":                 "", // of March, or of April?
		"2027-02-30":                 "",
		"0000-00-00":                 "",
		"1970-01-01":                 "",
		"9999-12-31":                 "",
	} {
		r, err := registry.ParseWHOIS("Domain: mokykla.lt\nStatus: registered\nExpires: "+text+"\n", "mokykla.lt")
		if want == "" && err == nil || want != "" && (err != nil || r.Expires.Format(time.RFC3339) != want) {
			t.Errorf("%q: %s, %v", text, r.Expires.Format(time.RFC3339), err)
		}
		if want == "" {
			continue
		}
		r, err = registry.ParseRDAP([]byte(`{"objectClassName":"domain","ldhName":"mokykla.lt","events":[{"eventAction":"expiration","eventDate":"`+text+`"}]}`), "mokykla.lt")
		if err != nil || r.Expires.Format(time.RFC3339) != want {
			t.Errorf("RDAP, %q: %s, %v", text, r.Expires.Format(time.RFC3339), err)
		}
	}
	// The end of an option on a name is not that of its registration.
	if r, err := registry.ParseWHOIS("DOMAIN NAME: szkola.pl\noption expiration date: 2029.03.01 12:00:00\nregistrar: X\n", "szkola.pl"); err != nil || !r.Expires.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestHostileRegistriesHarmOnlyTheirOwnAnswer(t *testing.T) {
	long := strings.Repeat("Domain: kool.ee\nexpire: 2027-01-01\n", 20000)
	endless := line(t, func(string) string { return long })
	var web *httptest.Server
	web = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/long"):
			_, _ = io.WriteString(w, `{"objectClassName":"domain","ldhName":"kool.ee","remarks":"`+strings.Repeat("x", 1<<20)+`"}`)
		case strings.HasPrefix(r.URL.Path, "/round"):
			http.Redirect(w, r, web.URL+r.URL.Path+"x", http.StatusFound)
		default:
			_, _ = io.WriteString(w, strings.Repeat("[", 100000))
		}
	}))
	t.Cleanup(web.Close)
	mute := line(t, func(string) string { select {} })
	for name, s := range map[string]registry.Servers{
		"endless": {WHOIS: endless}, "long": {RDAP: web.URL + "/long/"}, "round": {RDAP: web.URL + "/round/"}, "deep": {RDAP: web.URL + "/deep/"}, "mute": {WHOIS: mute},
		"nobody": {WHOIS: "127.0.0.1:1"},
	} {
		r := client(s, registry.Options{Wait: 500 * time.Millisecond}).Ask(t.Context(), "kool.ee")
		if r.State != look.RegistryUnknown || r.Problem == "" || len(r.Detail) > look.MaxDetail {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestWhatMayNotBeReachedIsNotAsked(t *testing.T) {
	asked := false
	whois := line(t, func(string) string { asked = true; return "" })
	c := client(registry.Servers{WHOIS: whois}, registry.Options{Reach: reach.Policy{Deny: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}})
	if r := c.Ask(t.Context(), "kool.ee"); r.Problem != registry.ProblemSilent || asked {
		t.Errorf("%+v", r)
	}
}

func TestARegistryIsAskedOneQuestionAtATime(t *testing.T) {
	begun, finish := make(chan string), make(chan bool)
	whois := line(t, func(q string) string {
		begun <- q
		<-finish
		return fixture(t, "ee.txt")
	})
	c := client(registry.Servers{WHOIS: whois}, registry.Options{})
	answers := make(chan look.Registration, 3)
	for range 3 {
		go func() { answers <- c.Ask(t.Context(), "kool.ee") }()
	}
	for range 3 {
		<-begun
		select {
		case <-begun:
			t.Fatal("two questions at once")
		default:
		}
		finish <- true
	}
	for range 3 {
		if r := <-answers; r.State != look.RegistryRegistered {
			t.Errorf("%+v", r)
		}
	}
	// Who cannot wait is told that it was not asked.
	slow := client(registry.Servers{WHOIS: whois}, registry.Options{Pause: time.Hour})
	go func() { <-begun; finish <- true }()
	slow.Ask(t.Context(), "kool.ee")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := slow.Ask(ctx, "kool.ee"); r.Problem != registry.ProblemBusy {
		t.Errorf("%+v", r)
	}
}

func TestTheTableOfRegistries(t *testing.T) {
	lt, ok := registry.Known("lt")
	if !ok || lt.WHOIS != "whois.domreg.lt" || lt.DAS != "das.domreg.lt" || lt.RDAP != "" {
		t.Errorf("%+v", lt)
	}
	if _, ok := registry.Known("example"); ok {
		t.Error("example has a registry")
	}
	for _, tld := range []string{"ee", "com", "info", "app"} {
		if s, ok := registry.Known(tld); !ok || !strings.HasPrefix(s.RDAP, "https://") || !strings.HasSuffix(s.RDAP, "/") {
			t.Errorf("%s: %+v", tld, s)
		}
	}
	if r := registry.New(registry.Options{}).Ask(t.Context(), "x.example"); r.Problem != registry.ProblemUnlisted {
		t.Errorf("%+v", r)
	}
}

// Seeds are short: what is long and new to the fuzzer is made shorter by it byte for
// byte, and for that minute it tries nothing new.
func FuzzWHOIS(f *testing.F) {
	for _, text := range []string{
		"% x\nDomain:\tmokykla.lt\nStatus:\tregistered\nExpires:\t2027-02-17\nNameserver:\tns.x.lt\t[192.0.2.1]\n",
		"Domain:\nname: mokykla.lt\nexpire: 2027-05-02\n\nRegistrar:\nname: X\n",
		"Domain name:\n mokykla.lt\n\nName servers:\n a.lt\n b.lt 192.0.2.2\n",
		"Domain: mokykla.lt\nStatus: free\n", "No match\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bounded(t, text, "mokykla.lt", registry.ParseWHOIS)
	})
}

func FuzzDAS(f *testing.F) {
	f.Add("Domain: mokykla.lt\nStatus: registered\n")
	f.Fuzz(func(t *testing.T, text string) { bounded(t, text, "mokykla.lt", registry.ParseDAS) })
}

func FuzzRDAP(f *testing.F) {
	for _, text := range []string{
		`{"objectClassName":"domain","ldhName":"kool.ee","status":["active"]}`,
		`{"objectClassName":"domain","ldhName":"kool.ee","events":[{"eventAction":"expiration","eventDate":"2027-05-02T00:00:00Z"}]}`,
		`{"objectClassName":"domain","ldhName":"kool.ee","entities":[{"roles":["registrar"],"vcardArray":["vcard",[["fn",{},"text","X"]]]}]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bounded(t, text, "kool.ee", func(text, name string) (look.Registration, error) { return registry.ParseRDAP([]byte(text), name) })
	})
}

func bounded(t *testing.T, text, name string, parse func(text, name string) (look.Registration, error)) {
	r, err := parse(text, name)
	if err != nil {
		return
	}
	size := len(fmt.Sprint(r.Registrar, r.Statuses, r.NameServers))
	if size > 20000 || r.State != look.RegistryRegistered && r.State != look.RegistryAvailable || r.State == look.RegistryAvailable && !r.Expires.IsZero() {
		t.Errorf("%q: %+v", text, r)
	}
}
