package statuspage_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/budi-monitor/budi/internal/collector/availability"
	"github.com/budi-monitor/budi/internal/collector/statuspage"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/i18n"
)

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func vilnius(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func renderer(t testing.TB) (*statuspage.Renderer, *i18n.Catalogue) {
	t.Helper()
	texts, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	r, err := statuspage.NewRenderer(texts)
	if err != nil {
		t.Fatal(err)
	}
	return r, texts
}

func both(s string) statuspage.Text {
	return statuspage.Text{i18n.Lithuanian: s + " lt", i18n.English: s + " en"}
}

// full is a page with something of everything, and with what breaks pages.
func full(t testing.TB) statuspage.Snapshot {
	const hostile = `<b>"&'` + "\u202e</title></style><script>"
	page := statuspage.Page{ID: "11111111-1111-4111-8111-111111111111", Path: "x", Name: both("Name " + hostile), Intro: both("One.\n\nTwo " + hostile), Languages: i18n.Languages(), Components: []statuspage.Component{
		{ID: "a", Name: both("Diary"), Group: both("Pupils")}, {ID: "b", Name: both("Mail " + hostile), Group: both("Pupils")}, {ID: "c", Name: statuspage.Text{i18n.English: "Library"}, Group: both("Town " + hostile)}, {ID: "gone", Name: both("What was removed")},
	}}
	today := availability.DateOf(now.In(vilnius(t)))
	days := map[availability.Date]availability.Day{}
	for d := today - 80; d <= today; d++ {
		days[d] = availability.Day{Date: d, Seconds: availability.Seconds{Up: 86_400}}
	}
	days[today-10] = availability.Day{Seconds: availability.Seconds{Up: 86_100, Down: 300}}
	days[today-9] = availability.Day{Seconds: availability.Seconds{Up: 43_200, Down: 43_200}}
	days[today-8] = availability.Day{Seconds: availability.Seconds{Up: 82_800}, Maintenance: availability.Seconds{Down: 3600}}
	days[today-7] = availability.Day{Seconds: availability.Seconds{Up: 79_200, Unknown: 7200}}
	days[today-6] = availability.Day{Seconds: availability.Seconds{Unknown: 86_400}}
	post := func(id string, kind statuspage.Kind, updates ...statuspage.Update) statuspage.Post {
		return statuspage.Post{ID: id, Kind: kind, Title: both(id + " " + hostile), Impact: statuspage.Outage, Components: []string{"b", "gone"}, Updates: updates}
	}
	say := func(ago time.Duration, s statuspage.Status) statuspage.Update {
		return statuspage.Update{At: now.Add(-ago), Status: s, Text: both("Word " + hostile + "\nsecond"), By: "user jonas"}
	}
	coming := post("coming", statuspage.Maintenance, say(time.Hour, statuspage.Announced))
	coming.From, coming.To = now.Add(24*time.Hour), now.Add(50*time.Hour)
	under := post("under-way", statuspage.Maintenance, say(time.Hour, statuspage.Announced))
	under.From, under.To, under.Components = now.Add(-time.Hour), now.Add(time.Hour), []string{"c"}
	return statuspage.Snapshot{Page: page, Now: now, Zone: vilnius(t), Seen: map[string]statuspage.Seen{"a": {State: statuspage.Operational, Days: days}, "b": {State: statuspage.Operational}, "c": {State: statuspage.Trouble}}, Posts: []statuspage.Post{
		post("open", statuspage.Incident, say(2*time.Hour, statuspage.Investigating), say(time.Hour, statuspage.Identified)),
		post("over", statuspage.Incident, say(30*time.Hour, statuspage.Investigating), say(20*time.Hour, statuspage.Resolved)),
		post("long-ago", statuspage.Incident, say(900*time.Hour, statuspage.Investigating), say(800*time.Hour, statuspage.Resolved)),
		coming, under,
	}}
}

// wellFormed finds elements of a page that are not closed as they were opened.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	void := map[string]bool{"meta": true, "link": true, "br": true}
	var open []string
	ids := map[string]bool{}
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		token := z.Token()
		switch kind {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) || len(open) > 0 {
				t.Errorf("the page ends with %v open: %v", open, z.Err())
			}
			return
		case html.StartTagToken:
			if token.Data == "script" {
				t.Error("the page has a script")
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("<%s> has %s, which the policy forbids", token.Data, a.Key)
				}
				if a.Key == "id" && ids[a.Val] {
					t.Errorf("two elements have the ID %q", a.Val)
				}
				if a.Key == "id" {
					ids[a.Val] = true
				}
			}
			if !void[token.Data] {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func TestThePageIsWellFormedAndSaysWhatPeopleWrote(t *testing.T) {
	r, _ := renderer(t)
	for _, lang := range i18n.Languages() {
		page, err := r.HTML(full(t), lang, false)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, string(page))
		for _, want := range []string{"Diary " + string(lang), "open &lt;b&gt;", "over &lt;b&gt;", "coming &lt;b&gt;", "<p>second " + string(lang) + "</p>", `id="p-open"`} {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s: the page does not say %q", lang, want)
			}
		}
		for _, not := range []string{"What was removed", "long-ago", "jonas", "http://", "https://"} {
			if strings.Contains(string(page), not) {
				t.Errorf("%s: the page says %q", lang, not)
			}
		}
		if strings.Contains(string(page), "{{") || regexp.MustCompile(`\bstatus\.[a-z]`).Match(page) || strings.Contains(string(page), "<no value>") {
			t.Errorf("%s: a text is missing: %s", lang, page)
		}
		if n := strings.Count(string(page), "Pupils "+string(lang)+"</h2>"); n != 1 {
			t.Errorf("%s: neighbours of one group have %d headings", lang, n)
		}
	}
	preview, err := r.HTML(full(t), i18n.English, true)
	if err != nil || !strings.Contains(string(preview), "Preview.") || !strings.Contains(string(preview), "noindex") || strings.Contains(string(preview), "feed.atom") {
		t.Errorf("a preview says that it is one, and leads to no feed: %v", err)
	}
	wellFormed(t, string(preview))
}

func TestStatesOfNow(t *testing.T) {
	r, texts := renderer(t)
	page, err := r.HTML(full(t), i18n.English, false)
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, m := range regexp.MustCompile(`class="state (\w+)"`).FindAllStringSubmatch(string(page), -1) {
		states = append(states, m[1])
	}
	// The second by a person's word, the third does not answer in a maintenance
	// that was announced.
	if fmt.Sprint(states) != "[good trouble maintenance]" {
		t.Errorf("%v", states)
	}
	for _, c := range []struct {
		states []statuspage.State
		posts  []statuspage.Post
		want   string
	}{
		{nil, nil, "empty"},
		{[]statuspage.State{statuspage.Operational, statuspage.Operational}, nil, "good"},
		{[]statuspage.State{statuspage.Operational, statuspage.Unknown}, nil, "partly_unknown"},
		{[]statuspage.State{statuspage.Unknown}, nil, "unknown"},
		{[]statuspage.State{statuspage.Unknown, statuspage.Trouble}, nil, "trouble"},
		{[]statuspage.State{statuspage.Trouble, statuspage.Trouble}, nil, "all_trouble"},
		{[]statuspage.State{statuspage.InMaintenance, statuspage.Operational}, nil, "maintenance"},
		{[]statuspage.State{statuspage.Operational}, []statuspage.Post{{Kind: statuspage.Incident, Impact: statuspage.Partly, Updates: []statuspage.Update{{At: now, Status: statuspage.Monitoring}}}}, "trouble"},
		{[]statuspage.State{statuspage.Operational}, []statuspage.Post{{Kind: statuspage.Incident, Impact: statuspage.NoImpact, Updates: []statuspage.Update{{At: now, Status: statuspage.Monitoring}}}}, "good"},
	} {
		s := statuspage.Snapshot{Page: statuspage.Page{Name: both("x"), Languages: i18n.Languages()}, Posts: c.posts, Now: now, Zone: time.UTC, Seen: map[string]statuspage.Seen{}}
		for i, state := range c.states {
			id := fmt.Sprint(i)
			s.Page.Components = append(s.Page.Components, statuspage.Component{ID: id, Name: both(id)})
			s.Seen[id] = statuspage.Seen{State: state}
		}
		page, err := r.HTML(s, i18n.English, false)
		if want := texts.Text(i18n.English, "status.overall."+c.want, nil); err != nil || !strings.Contains(string(page), "<strong>"+want+"</strong>") {
			t.Errorf("of %v it does not say %q: %v", c.states, want, err)
		}
	}
}

func TestBarsTellUnknownAndMaintenanceApart(t *testing.T) {
	r, _ := renderer(t)
	s := full(t)
	s.Page.Components, s.Posts = s.Page.Components[:1], nil
	page, err := r.HTML(s, i18n.English, false)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	days := 0
	for _, m := range regexp.MustCompile(`<path class="(\w+)" d="M(\d+) 16h(\d+)"><title>([^<]*)</title>`).FindAllStringSubmatch(string(page), -1) {
		var width int
		if _, err := fmt.Sscan(m[3], &width); err != nil {
			t.Fatal(err)
		}
		days += (width + 1) / 4
		got = append(got, m[1]+" "+m[4])
	}
	want := []string{
		"unknown 2026-08-23 – 2026-08-31: not known",
		"good 2026-09-01 – 2026-11-09: worked",
		"some 2026-11-10: did not work for 5 min",
		"bad 2026-11-11: did not work for 12 h",
		"maintenance 2026-11-12: maintenance 1 h",
		"good 2026-11-13: worked; not known for 2 h",
		"unknown 2026-11-14: not known",
		"good 2026-11-15 – 2026-11-20: worked",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if days != statuspage.ShownDays {
		t.Errorf("%d days are drawn", days)
	}
	// 43,500 s of the 79 days of which something is known: what is unknown, and
	// maintenance, is left out.
	if !strings.Contains(string(page), `<p class="sum">99.36 % in 90 days`) {
		t.Error(regexp.MustCompile(`class="sum">[^<]*`).FindString(string(page)))
	}
}

func TestTheWorstOfSeveralThingsCounts(t *testing.T) {
	day := func(up, down, unknown int64) map[availability.Date]availability.Day {
		return map[availability.Date]availability.Day{1: {Seconds: availability.Seconds{Up: up, Down: down, Unknown: unknown}}}
	}
	got := statuspage.Join([]statuspage.Seen{{State: statuspage.Unknown, Days: day(0, 0, 100)}, {State: statuspage.Operational, Days: day(100, 0, 0)}})
	if got.State != statuspage.Operational || got.Days[1].Up != 100 {
		t.Errorf("what is not known of one hides what is known of another: %+v", got)
	}
	got = statuspage.Join([]statuspage.Seen{{State: statuspage.Trouble, Days: day(90, 10, 0)}, {State: statuspage.InMaintenance, Days: day(100, 0, 0)}})
	if got.State != statuspage.Trouble || got.Days[1].Down != 10 {
		t.Errorf("%+v", got)
	}
	if statuspage.Join(nil).State != statuspage.Unknown {
		t.Error("something is known of nothing")
	}
}

func TestPhases(t *testing.T) {
	update := func(at time.Time, s statuspage.Status) statuspage.Update {
		return statuspage.Update{At: at, Status: s}
	}
	work := statuspage.Post{Kind: statuspage.Maintenance, From: now, To: now.Add(time.Hour), Updates: []statuspage.Update{update(now.Add(-time.Hour), statuspage.Announced)}}
	for at, want := range map[time.Time]statuspage.Phase{now.Add(-time.Second): statuspage.Coming, now: statuspage.UnderWay, now.Add(time.Hour): statuspage.Over} {
		if got := work.At(at); got != want {
			t.Errorf("at %s: %v", at, got)
		}
	}
	early := work
	early.Updates = append(early.Updates, update(now.Add(10*time.Minute), statuspage.Done))
	if early.At(now.Add(20*time.Minute)) != statuspage.Over || !early.Ended().Equal(now.Add(10*time.Minute)) {
		t.Error("work that was done early is not over")
	}
	called := work
	called.Updates = append(called.Updates, update(now.Add(-time.Minute), statuspage.Done))
	if called.At(now.Add(-30*time.Second)) != statuspage.Over {
		t.Error("work that was called off is to come")
	}
	fault := statuspage.Post{Kind: statuspage.Incident, Updates: []statuspage.Update{update(now, statuspage.Investigating)}}
	if fault.At(now.Add(1000*time.Hour)) != statuspage.UnderWay {
		t.Error("a fault is over although nobody said so")
	}
}

func TestMistakesOfPages(t *testing.T) {
	_, texts := renderer(t)
	for _, code := range statuspage.Codes() {
		for _, lang := range i18n.Languages() {
			if !texts.Has(lang, "settings.invalid.status_"+code) {
				t.Errorf("%s is not said in %s", code, lang)
			}
		}
	}
	good := statuspage.Page{Path: "mokykla-2", Host: "bukle.mokykla.lt", Name: both("x"), Languages: i18n.Languages()}
	if m := good.Check(); len(m) > 0 {
		t.Errorf("%+v", m)
	}
	for want, edit := range map[string]func(*statuspage.Page){
		"path path":           func(p *statuspage.Page) { p.Path = "Mokykla" },
		"path path ":          func(p *statuspage.Page) { p.Path = "a/b" },
		"path path  ":         func(p *statuspage.Page) { p.Path = "" },
		"host host":           func(p *statuspage.Page) { p.Host = "192.0.2.1" },
		"host host ":          func(p *statuspage.Page) { p.Host = "localhost" },
		"host host  ":         func(p *statuspage.Page) { p.Host = "a b.lt" },
		"host host   ":        func(p *statuspage.Page) { p.Host = "x.lt:80" },
		"host host    ":       func(p *statuspage.Page) { p.Host = "10.1" },
		"languages languages": func(p *statuspage.Page) { p.Languages = nil },
		"name.lt missing":     func(p *statuspage.Page) { p.Name = statuspage.Text{i18n.English: "x"} },
		"name.en long": func(p *statuspage.Page) {
			p.Name = statuspage.Text{i18n.Lithuanian: "x", i18n.English: strings.Repeat("x", 151)}
		},
		"name.lt letters":  func(p *statuspage.Page) { p.Name = statuspage.Text{i18n.Lithuanian: "a\nb", i18n.English: "x"} },
		"intro.en letters": func(p *statuspage.Page) { p.Intro = statuspage.Text{i18n.English: "a\x00"} },
	} {
		p := good
		edit(&p)
		if m := p.Check(); len(m) != 1 || m[0].Field+" "+m[0].Code != strings.TrimSpace(want) {
			t.Errorf("%s: %+v", want, m)
		}
	}
	if m := good.CheckComponent(statuspage.Component{Name: both("x"), Things: []topology.ID{"a"}}); len(m) > 0 {
		t.Errorf("%+v", m)
	}
	if m := good.CheckComponent(statuspage.Component{Name: both("x")}); len(m) != 1 || m[0].Code != statuspage.CodeThings {
		t.Errorf("a line of nothing: %+v", m)
	}
	post := statuspage.Post{Kind: statuspage.Incident, Title: both("x"), Impact: statuspage.Partly, Updates: []statuspage.Update{{Status: statuspage.Resolved, Text: both("x\ny, 12\u00a0val.")}}}
	if m := good.CheckPost(post); len(m) > 0 {
		t.Errorf("%+v", m)
	}
	for want, edit := range map[string]func(*statuspage.Post){
		"impact impact":    func(p *statuspage.Post) { p.Impact = "x" },
		"to times":         func(p *statuspage.Post) { p.Kind, p.From, p.To = statuspage.Maintenance, now, now; p.Updates = nil },
		"status status":    func(p *statuspage.Post) { p.Updates = []statuspage.Update{{Status: statuspage.Done, Text: both("x")}} },
		"text.en missing":  func(p *statuspage.Post) { p.Updates = []statuspage.Update{{Status: statuspage.Resolved}} },
		"title.en missing": func(p *statuspage.Post) { p.Title = nil },
		" updates": func(p *statuspage.Post) {
			for len(p.Updates) <= statuspage.MaxUpdates {
				p.Updates = append(p.Updates, p.Updates[0])
			}
		},
	} {
		p := post
		edit(&p)
		if m := good.CheckPost(p); len(m) != 1 || m[0].Field+" "+m[0].Code != want {
			t.Errorf("%s: %+v", want, m)
		}
	}
}

func TestTheFeedHoldsTheNewestFew(t *testing.T) {
	r, _ := renderer(t)
	s := full(t)
	for i := range statuspage.MaxPosts {
		s.Posts = append(s.Posts, statuspage.Post{ID: fmt.Sprint(i), Kind: statuspage.Incident, Title: both("x"), Updates: []statuspage.Update{{At: now.Add(time.Duration(i) * time.Minute), Status: statuspage.Resolved, Text: both("y")}}})
	}
	text, err := r.Atom(s, i18n.English)
	if err != nil {
		t.Fatal(err)
	}
	var feed struct {
		Updated string `xml:"updated"`
		Entries []struct {
			ID string `xml:"id"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(text, &feed); err != nil {
		t.Fatal(err)
	}
	if n := len(feed.Entries); n != statuspage.MaxEntries || feed.Entries[0].ID != fmt.Sprint("urn:uuid:", statuspage.MaxPosts-1) {
		t.Errorf("%d entries, the first is %v", n, feed.Entries[0])
	}
	if strings.Contains(string(text), "jonas") {
		t.Error("the feed says who wrote it")
	}
}

func TestThePolicyLetsTheStyleSheetOfThePageIn(t *testing.T) {
	r, _ := renderer(t)
	page, err := r.HTML(full(t), i18n.Lithuanian, false)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(r.Policy(), want) || len(style) < 1000 {
		t.Errorf("%s does not let %s in", r.Policy(), want)
	}
}
