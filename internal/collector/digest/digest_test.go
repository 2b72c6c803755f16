package digest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/budi-monitor/budi/internal/collector/digest"
	"github.com/budi-monitor/budi/internal/collector/incident"
)

func vilnius(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// weekdays is a calendar in which people work from Monday to Friday, but for
// some days, and one site at weekends.
type weekdays struct {
	off     string
	weekend string // a site
}

func (w weekdays) WorkingDay(site string, t time.Time) bool {
	if day := t.Weekday(); day == time.Saturday || day == time.Sunday {
		return site != "" && site == w.weekend
	}
	return t.Format("2006-01-02") != w.off
}

func reader(name string, sites ...string) digest.Reader {
	return digest.Reader{Contact: name, Sites: sites, At: 7*60 + 30, Morning: true, Monthly: true}
}

// due runs the clock from one moment to another, a minute at a time, and lists
// what became due; asleep hides hours in which the collector is off.
func due(from, to time.Time, c digest.Calendar, asleep func(time.Time) bool, readers ...digest.Reader) []string {
	var out []string
	state := digest.State{}
	for now := from; now.Before(to); now = now.Add(time.Minute) {
		if asleep != nil && asleep(now) {
			continue
		}
		for _, d := range digest.When(state, now, c, readers) {
			state = state.Note(d)
			at := now.Format("2006-01-02 15:04")
			if d.Kind == digest.Monthly {
				at = now.Format("2006-01-02 15:04") + " of " + d.From.Format("2006-01-02") + "–" + d.To.Format("2006-01-02")
			}
			out = append(out, fmt.Sprintf("%s %s %s", at, d.Reader.Contact, d.Kind))
		}
	}
	return out
}

func TestDigestsAreDueOnWorkingMorningsAndSummariesOnTheFirst(t *testing.T) {
	z := vilnius(t)
	late := reader("ona")
	late.At = 14 * 60
	none := reader("tyli")
	none.Morning, none.Monthly = false, false
	// Both nights of the clock change, a holiday on Monday and the turn of a month.
	got := due(time.Date(2026, 10, 23, 0, 0, 0, 0, z), time.Date(2026, 10, 28, 0, 0, 0, 0, z), weekdays{off: "2026-10-26"}, nil, reader("jonas"), late, none)
	want(t, got, "2026-10-23 07:30 jonas digest", "2026-10-23 14:00 ona digest", "2026-10-27 07:30 jonas digest", "2026-10-27 14:00 ona digest")

	got = due(time.Date(2027, 3, 26, 0, 0, 0, 0, z), time.Date(2027, 4, 2, 0, 0, 0, 0, z), weekdays{off: "2027-03-29"}, nil, reader("jonas"))
	want(t, got, "2027-03-26 07:30 jonas digest", "2027-03-30 07:30 jonas digest", "2027-03-31 07:30 jonas digest",
		"2027-04-01 07:30 jonas digest", "2027-04-01 07:30 of 2027-03-01–2027-04-01 jonas month")

	// The month begins with a weekend.
	got = due(time.Date(2026, 7, 31, 0, 0, 0, 0, z), time.Date(2026, 8, 5, 0, 0, 0, 0, z), weekdays{}, nil, reader("jonas"))
	want(t, got, "2026-07-31 07:30 jonas digest", "2026-08-03 07:30 jonas digest",
		"2026-08-03 07:30 of 2026-07-01–2026-08-01 jonas month", "2026-08-04 07:30 jonas digest")
}

func TestADigestThatWasMissedIsMadeUpBeforeNoonOnly(t *testing.T) {
	z := vilnius(t)
	for wakes, made := range map[int][]string{9: {"2026-11-25 09:00 jonas digest"}, 12: nil} {
		got := due(time.Date(2026, 11, 24, 0, 0, 0, 0, z), time.Date(2026, 11, 26, 0, 0, 0, 0, z), weekdays{},
			func(t time.Time) bool { return t.Day() == 25 && t.Hour() < wakes }, reader("jonas"))
		want(t, got, append([]string{"2026-11-24 07:30 jonas digest"}, made...)...)
	}
	// Who is new waits for the next morning.
	if got := due(time.Date(2026, 11, 25, 8, 0, 0, 0, z), time.Date(2026, 11, 26, 0, 0, 0, 0, z), weekdays{}, nil, reader("jonas")); len(got) > 0 {
		t.Errorf("a new collector makes up %q", got)
	}
	// A summary waits for the next morning.
	got := due(time.Date(2026, 10, 30, 0, 0, 0, 0, z), time.Date(2026, 11, 4, 0, 0, 0, 0, z), weekdays{},
		func(t time.Time) bool { return t.Month() == time.November && t.Day() == 2 }, reader("jonas"))
	want(t, got, "2026-10-30 07:30 jonas digest", "2026-11-03 07:30 jonas digest", "2026-11-03 07:30 of 2026-10-01–2026-11-01 jonas month")
}

func TestADigestGoesWhenPeopleOfAnyOfTheSitesWork(t *testing.T) {
	z := vilnius(t)
	saturday := time.Date(2026, 11, 28, 0, 0, 0, 0, z)
	c := weekdays{weekend: "filialas"}
	got := due(saturday, saturday.AddDate(0, 0, 1), c, nil, reader("visi"), reader("ona", "main", "filialas"), reader("jonas", "main"))
	want(t, got, "2026-11-28 07:30 ona digest")
}

func TestADigestTellsWhatTheOneBeforeCouldNot(t *testing.T) {
	z := vilnius(t)
	at := func(day int) time.Time { return time.Date(2026, 11, day, 7, 30, 0, 0, z) }
	r := reader("jonas")
	r.Monthly = false
	state := digest.State{}
	for _, tc := range []struct {
		day    int
		unsent bool
		from   time.Time
	}{
		{23, false, at(22)}, // the first ever: a day
		{24, false, at(23)},
		{25, true, at(23)}, // yesterday's still waits
		{26, false, at(25)},
	} {
		r.Unsent = tc.unsent
		d := digest.When(state, at(tc.day), weekdays{}, []digest.Reader{r})
		if len(d) != 1 || !d[0].From.Equal(tc.from) || !d[0].To.Equal(at(tc.day)) {
			t.Fatalf("on %d: %+v, want from %s", tc.day, d, tc.from)
		}
		state = state.Note(d[0])
	}
	if next := digest.Next(at(26), []digest.Reader{r}); !next.Equal(at(27)) {
		t.Errorf("next is %s", next)
	}
}

var now = time.Date(2026, 11, 30, 5, 30, 0, 0, time.UTC)

func inc(id incident.ID, change func(*incident.Incident)) incident.Incident {
	out := incident.Incident{
		ID: id, Key: incident.Key(fmt.Sprint("key ", id)), Rule: "SiteDown", Severity: incident.Warning, State: incident.Open,
		Evidence: incident.Firing, Labels: map[string]string{"site": "main"}, Since: now.Add(-5 * time.Hour), Opened: now.Add(-5 * time.Hour),
		Notes: []incident.Note{{Kind: incident.Comment, Text: "long story"}},
	}
	if change != nil {
		change(&out)
	}
	return out
}

func closed(i *incident.Incident) {
	i.State, i.EndReason, i.Ended = incident.Closed, incident.Recovered, now.Add(-time.Hour)
}

func ids(list []digest.Happened) string {
	out := ""
	for _, h := range list {
		out += fmt.Sprintf("%d+%d ", h.Incident.ID, h.Symptoms)
	}
	return out
}

func TestADigestTellsEachIncidentInOnePlace(t *testing.T) {
	facts := digest.Facts{
		Incidents: []incident.Incident{
			inc(1, nil),
			inc(2, func(i *incident.Incident) { i.Severity = incident.Critical }),
			inc(3, func(i *incident.Incident) { i.Because = []incident.ID{2} }),
			inc(4, closed),
			inc(5, func(i *incident.Incident) { closed(i); i.Ended = now.Add(-25 * time.Hour) }),         // told yesterday
			inc(6, func(i *incident.Incident) { closed(i); i.Opened = time.Time{} }),                     // nobody was told
			inc(7, func(i *incident.Incident) { i.Silenced = true }),                                     //
			inc(8, func(i *incident.Incident) { i.State, i.Maintenance = incident.Holding, "window-1" }), //
			inc(9, func(i *incident.Incident) { i.State = incident.Holding }),                            // may pass
			inc(10, func(i *incident.Incident) { i.Labels = map[string]string{"site": "filialas"} }),
			inc(11, func(i *incident.Incident) { i.Value = math.NaN(); i.Severity = incident.Info }),
		},
		Watched: map[string]digest.Watched{"main": {Devices: 100, Checks: 7}, "filialas": {Devices: 3}},
	}
	d := digest.Due{Kind: digest.Morning, Reader: reader("jonas", "main"), Day: "2026-11-30", From: now.Add(-24 * time.Hour), To: now}
	c := digest.Make(d, facts)
	if got := ids(c.Open); got != "2+1 1+0 11+0 " {
		t.Errorf("open: %s", got)
	}
	if got := ids(c.Over); got != "4+0 " {
		t.Errorf("over: %s", got)
	}
	if got := ids(c.Quiet); got != "7+0 8+0 " {
		t.Errorf("quiet: %s", got)
	}
	if c.Watched != (digest.Watched{Devices: 100, Checks: 7}) || c.Well() || c.Open[0].Incident.Notes != nil {
		t.Errorf("%+v", c)
	}
	if _, err := json.Marshal(c); err != nil {
		t.Errorf("it cannot be stored: %v", err)
	}
	if all := digest.Make(digest.Due{Kind: digest.Morning, Reader: reader("visi"), From: d.From, To: now}, facts); len(all.Open) != 4 || all.Watched.Devices != 103 {
		t.Errorf("of all sites: %+v", all)
	}
}

func TestWhatComesIsToldAWeekAheadAndEndsAMonth(t *testing.T) {
	x := func(kind string, days int) digest.Coming {
		return digest.Coming{Kind: kind, Name: fmt.Sprint(kind, days), Sites: []string{"main"}, At: now.AddDate(0, 0, days)}
	}
	under := x(digest.Maintenance, -1)
	under.Until = now.Add(time.Hour)
	facts := digest.Facts{Coming: []digest.Coming{
		x(digest.Assessment, 6), x(digest.Assessment, 8), x(digest.Certificate, 29), x(digest.Domain, 31), x(digest.Certificate, -2),
		x(digest.Holiday, -1), under, x(digest.Maintenance, 2),
	}}
	c := digest.Make(digest.Due{Kind: digest.Morning, From: now.Add(-24 * time.Hour), To: now}, facts)
	var got []string
	for _, x := range c.Coming {
		got = append(got, x.Name)
	}
	want(t, got, "certificate-2", "maintenance-1", "maintenance2", "assessment6", "certificate29")
}

func TestSuggestionsCountEachTimeThatAFaultCame(t *testing.T) {
	same := func(i *incident.Incident) { i.Key = "port" }
	facts := digest.Facts{Incidents: []incident.Incident{
		inc(1, func(i *incident.Incident) { same(i); closed(i) }),
		inc(2, func(i *incident.Incident) { same(i); closed(i); i.Round = 2 }),
		inc(3, func(i *incident.Incident) { same(i); i.Returns = []time.Time{now.Add(-time.Hour)} }),
		inc(4, func(i *incident.Incident) { i.Acked = &incident.Ack{At: now.AddDate(0, 0, -15)} }),
		inc(5, func(i *incident.Incident) { i.Evidence, i.Turned = incident.Unknown, now.AddDate(0, 0, -8) }),
		inc(6, func(i *incident.Incident) { i.Round = 3 }), // four times: not often
	}}
	c := digest.Make(digest.Due{Kind: digest.Morning, From: now.Add(-24 * time.Hour), To: now}, facts)
	var got []string
	for _, s := range c.Suggests {
		got = append(got, fmt.Sprint(s.Kind, s.Incident.ID, s.Count))
	}
	want(t, got, "repeated3 6", "waits4 0", "unsure5 0")
}

func TestADigestIsBoundedAndSaysWhatIsLeftOut(t *testing.T) {
	var facts digest.Facts
	for id := range incident.ID(1000) {
		facts.Incidents = append(facts.Incidents, inc(id+1, nil), inc(id+2000, closed))
	}
	c := digest.Make(digest.Due{Kind: digest.Morning, From: now.Add(-24 * time.Hour), To: now}, facts)
	if len(c.Open) != digest.MaxListed || c.Left["open"] != 1000-digest.MaxListed || c.Left["over"] != 1000-digest.MaxListed || c.Left["quiet"] != 0 {
		t.Errorf("%d open; left %v", len(c.Open), c.Left)
	}
}

func TestAMonthIsSummedUp(t *testing.T) {
	from, to := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	begun := func(i *incident.Incident, day int, lasted, acked time.Duration) {
		i.Key = "site"
		i.Since = from.AddDate(0, 0, day-1)
		i.Opened = i.Since.Add(time.Minute)
		i.State, i.EndReason, i.Ended = incident.Closed, incident.Recovered, i.Since.Add(lasted)
		if acked > 0 {
			i.Acked = &incident.Ack{At: i.Opened.Add(acked)}
		}
	}
	facts := digest.Facts{
		Incidents: []incident.Incident{
			inc(1, func(i *incident.Incident) { begun(i, 1, time.Hour, 10*time.Minute) }),
			inc(2, func(i *incident.Incident) { begun(i, 2, 3*time.Hour, 30*time.Minute) }),
			inc(3, func(i *incident.Incident) { begun(i, 3, 2*time.Hour, 0); i.Rule, i.Key = "ServerSilent", "srv" }),
			inc(4, func(i *incident.Incident) { begun(i, 3, time.Hour, 0); i.Because = []incident.ID{3} }),
			inc(5, func(i *incident.Incident) {
				begun(i, 31, 48*time.Hour, time.Minute)
				i.Rule, i.Key = "DiskFailing", "disk"
			}),
			inc(6, func(i *incident.Incident) { begun(i, -3, 480*time.Hour, 0) }), // of the month before
			inc(7, func(i *incident.Incident) { begun(i, 40, time.Hour, 0) }),     // of the month after
		},
		Checks: []digest.Availability{
			{Check: "a", Name: "A", Up: 100}, {Check: "b", Name: "B", Up: 90, Down: 10, Unknown: 1e6}, {Check: "c", Name: "C", Unknown: 5},
		},
		Waited: digest.Waited{Mails: 3, Longest: time.Hour},
	}
	m := digest.Make(digest.Due{Kind: digest.Monthly, From: from, To: to}, facts).Month
	if m.Name != "2026-10" || m.Incidents != 4 || m.Symptoms != 1 || m.Still != 1 || m.Never != 1 || m.Waited.Mails != 3 {
		t.Errorf("%+v", m)
	}
	if m.Acknowledged != (digest.Times{Count: 3, Median: 10 * time.Minute, Longest: 30 * time.Minute}) ||
		m.Repaired != (digest.Times{Count: 3, Median: 2 * time.Hour, Longest: 3 * time.Hour}) {
		t.Errorf("acknowledged %+v, repaired %+v", m.Acknowledged, m.Repaired)
	}
	var got []string
	for _, c := range m.Causes {
		got = append(got, fmt.Sprintf("%s %d %s", c.Incident.Rule, c.Count, c.Lasted))
	}
	for _, c := range m.Checks {
		got = append(got, c.Check)
	}
	want(t, got, "SiteDown 2 4h0m0s", "DiskFailing 1 24h0m0s", "ServerSilent 1 2h0m0s", "b", "a", "c")
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
