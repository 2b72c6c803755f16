package calendar

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/strictyaml"
)

func vilnius(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Vilnius")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func read(t testing.TB, text string) (*Calendar, error) {
	t.Helper()
	var c struct {
		Calendar Config `yaml:"calendar"`
	}
	if err := strictyaml.Decode("test.yml", []byte("calendar:\n"+text), &c, func(r *strictyaml.Report) { c.Calendar.Validate(r.At("calendar")) }); err != nil {
		return nil, err
	}
	return New(c.Calendar, vilnius(t))
}

func must(t testing.TB, text string) *Calendar {
	t.Helper()
	c, err := read(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at reads "2026-10-03 22:00" in Vilnius, or a time with an offset.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	if when, err := time.Parse(time.RFC3339, s); err == nil {
		return when
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", s, vilnius(t))
	if err != nil {
		t.Fatal(err)
	}
	return when
}

const school = `
  hours:
    - {hours: "Mo-Fr 08:00-17:00"}
    - {site: main, hours: "Mo-Fr 07:30-18:00"}
    - {site: main, room: "214", hours: "Mo-Th 08:00-12:00 13:00-15:00, Sa 10:00-12:00"}
    - {site: cellar, hours: closed}
    - {site: shelter, hours: always}
  days:
    - {date: 2026-12-23, to: 2026-12-31, closed: true, name: Between the years}
    - {site: main, date: 2026-12-30, hours: "09:00-12:00"}
    - {date: 2026-12-12, open: true, name: Instead of 30 December}
    - {site: main, date: 2027-06-24, open: true}
    - {site: main, date: 2027-02-17, pupils_away: true}
  terms:
    - {name: "2026-2027", from: 2026-09-01, to: 2027-06-18, sites: [main]}
  school_holidays:
    sites: [main]
    years:
      "2026-2027":
        - {name: autumn, from: 2026-11-02, to: 2026-11-08}
  assessments:
    - {name: NMPP, date: 2027-05-04, from: "09:00", to: "12:00", site: main, rooms: ["214", "215"]}
  maintenance:
    - {name: Backups, sites: [main], from: 2026-09-05 22:00, duration: 2h, rrule: FREQ=WEEKLY;BYDAY=SA, exdates: [2026-09-19]}
    - {name: New switch, things: [sw-1], from: 2026-10-03 22:00, to: 2026-10-04 02:00}
    - {name: Projector, rooms: [{site: main, room: "214"}], on_down: true, from: 2026-10-05 08:00, to: 2026-10-05 16:00, duration: 1h}
`

func TestOpenAndStaffed(t *testing.T) {
	c := must(t, school)
	main, r214 := Place{Site: "main"}, Place{Site: "main", Room: "214"}
	for _, tt := range []struct {
		why           string
		at            Place
		when          string
		open, staffed bool
	}{
		{"the institution's hours", Place{}, "2026-09-07 08:00", true, true},
		{"the end is not in it", Place{}, "2026-09-07 17:00", false, false},
		{"a site without any has the institution's", Place{Site: "other"}, "2026-09-07 07:45", false, false},
		{"a site's own", main, "2026-09-07 07:45", true, true},
		{"a room without any has the site's", Place{Site: "main", Room: "1"}, "2026-09-07 07:45", true, true},
		{"a room's own", r214, "2026-09-07 07:45", false, false},
		{"a pause", r214, "2026-09-07 12:30", false, false},
		{"the second span", r214, "2026-09-07 13:30", true, true},
		{"Saturday", r214, "2026-09-12 11:00", true, true},
		{"never", Place{Site: "cellar"}, "2026-09-07 11:00", false, false},
		{"always, at night", Place{Site: "shelter"}, "2026-09-06 03:00", true, true},
		{"a public holiday", Place{Site: "shelter"}, "2026-11-01 11:00", false, false},
		{"summer: the people are there, the pupils are not", main, "2026-08-31 11:00", false, true},
		{"the first of September", main, "2026-09-01 07:30", true, true},
		{"school holidays", main, "2026-11-03 11:00", false, true},
		{"no school holidays elsewhere", Place{}, "2026-11-03 11:00", true, true},
		{"a day that is closed", Place{}, "2026-12-23 11:00", false, false},
		{"the site's word is stronger", main, "2026-12-30 11:00", true, true},
		{"and has its own hours", main, "2026-12-30 13:00", false, false},
		{"a Saturday that is worked", Place{}, "2026-12-12 16:59", true, true},
		{"pupils are away", main, "2027-02-17 11:00", false, true},
		{"open on a public holiday between terms", main, "2027-06-24 11:00", true, true},
	} {
		when := at(t, tt.when)
		if c.Open(tt.at, when) != tt.open || c.Staffed(tt.at, when) != tt.staffed {
			t.Errorf("%s: at %+v on %s it is open %v, staffed %v", tt.why, tt.at, tt.when, c.Open(tt.at, when), c.Staffed(tt.at, when))
		}
	}
	if c.WorkingDay("", at(t, "2026-12-23 23:00")) || !c.WorkingDay("main", at(t, "2026-12-30 23:00")) || !c.WorkingDay("main", at(t, "2026-11-03 00:00")) {
		t.Error("working days are wrong")
	}
	if c.OpenDay(main, at(t, "2026-11-03 00:00")) || !c.OpenDay(main, at(t, "2026-11-09 23:59")) {
		t.Error("open days are wrong")
	}
	if got := c.NextOpen(main, at(t, "2026-10-30 19:00")); !got.Equal(at(t, "2026-11-09 07:30")) {
		t.Errorf("after the autumn holidays the school opens at %s", got)
	}
	if d := c.Day(main, DateOf(2026, 11, 3)); d.Reason != SchoolHoliday || d.Name != "autumn" {
		t.Errorf("3 November is %+v", d)
	}
}

func TestTheCalendarThatIsNotKnown(t *testing.T) {
	var none *Calendar
	empty := must(t, "  {}")
	for when := at(t, "2026-12-20 00:00"); when.Before(at(t, "2027-01-10 00:00")); when = when.Add(30 * time.Minute) {
		want := when.Hour() >= 8 && when.Hour() < 17 && when.Weekday() != time.Saturday && when.Weekday() != time.Sunday
		if _, holiday := PublicHolidayOf(DateAt(when)); holiday {
			want = false
		}
		for _, c := range []*Calendar{none, empty} {
			if c.Open(Place{Site: "any"}, when) != want || c.Staffed(Place{}, when) != want {
				t.Fatalf("%s: open %v, want %v", when, !want, want)
			}
		}
		if a, b := none.NextOpen(Place{}, when), empty.NextOpen(Place{}, when); !a.Equal(b) {
			t.Fatalf("%s: opens at %s and %s", when, a, b)
		}
	}
	if next := none.NextChange(at(t, "2026-12-23 18:00")); !next.Equal(at(t, "2026-12-24 00:00")) {
		t.Errorf("next change: %s", next)
	}
	if len(none.Windows(at(t, "2026-12-23 18:00"))) != 0 {
		t.Error("there is maintenance")
	}
}

func TestPublicHolidays(t *testing.T) {
	// Easter and the first Sundays of May and June, from printed calendars.
	for _, tt := range []struct{ easter, mothers, fathers string }{
		{"2019-04-21", "2019-05-05", "2019-06-02"},
		{"2024-03-31", "2024-05-05", "2024-06-02"},
		{"2025-04-20", "2025-05-04", "2025-06-01"},
		{"2026-04-05", "2026-05-03", "2026-06-07"},
		{"2027-03-28", "2027-05-02", "2027-06-06"},
		{"2028-04-16", "2028-05-07", "2028-06-04"},
		{"2038-04-25", "2038-05-02", "2038-06-06"},
	} {
		e, m, f := date(t, tt.easter), date(t, tt.mothers), date(t, tt.fathers)
		want := map[Date]PublicHoliday{e: Easter, e.Add(1): EasterMonday, m: MothersDay, f: FathersDay}
		y := e.Year()
		for md, h := range map[[2]int]PublicHoliday{
			{1, 1}: NewYear, {2, 16}: Statehood, {3, 11}: Independence, {5, 1}: LabourDay, {6, 24}: SaintJohns, {7, 6}: KingMindaugas,
			{8, 15}: Assumption, {11, 1}: AllSaints, {11, 2}: AllSouls, {12, 24}: ChristmasEve, {12, 25}: Christmas, {12, 26}: SecondDay,
		} {
			want[DateOf(y, time.Month(md[0]), md[1])] = h
		}
		for d := DateOf(y, 1, 1); d.Year() == y; d = d.Add(1) {
			if got, is := PublicHolidayOf(d); is != (want[d] != "") || is && got != want[d] {
				t.Errorf("%s is %q (%v), want %q", d, got, is, want[d])
			}
		}
	}
}

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMaintenance(t *testing.T) {
	c := must(t, school)
	names := func(when string) string {
		var out []string
		for _, a := range c.Windows(at(t, when)) {
			out = append(out, a.Name)
		}
		return strings.Join(out, ", ")
	}
	for when, want := range map[string]string{
		"2026-09-05 21:59": "", "2026-09-05 22:00": "Backups", "2026-09-06 00:00": "", "2026-09-12 23:00": "Backups",
		"2026-09-19 23:00": "", // left out
		"2026-10-03 23:00": "Backups, New switch", "2026-10-04 01:59": "New switch", "2026-10-04 02:00": "",
		"2026-10-05 07:59": "", "2026-10-05 16:59": "Projector", "2026-10-05 17:00": "",
		"2040-12-29 22:30": "Backups",
	} {
		if got := names(when); got != want {
			t.Errorf("at %s there is %q, want %q", when, got, want)
		}
	}
	a := c.Windows(at(t, "2026-10-05 15:30"))[0]
	if down := at(t, "2026-10-05 15:30"); !a.Covers(down, at(t, "2026-10-05 16:29")) || a.Covers(down, at(t, "2026-10-05 16:30")) || a.Covers(at(t, "2026-10-05 16:00"), at(t, "2026-10-05 16:01")) {
		t.Error("what began with the fault is covered wrongly")
	}
	m := c.Moment(at(t, "2026-10-05 16:30"))
	if len(m.Windows) != 1 || m.Windows[0].ID != "Projector@20261005T050000Z" || m.Windows[0].Lasts != time.Hour || m.Windows[0].Rooms[0].Room != "214" || !m.Next.Equal(at(t, "2026-10-05 17:00")) {
		t.Errorf("the machine is told %+v", m)
	}
	if m := c.Moment(at(t, "2027-05-04 10:00")); len(m.Assessments) != 1 || len(m.Assessments[0].Rooms) != 2 {
		t.Errorf("on the day of an assessment the machine is told %+v", m)
	}
	if _, is := c.Assessment(Place{Site: "main", Room: "215"}, at(t, "2027-05-04 09:00")); !is {
		t.Error("there is no assessment")
	}
	for _, tt := range []struct{ room, when string }{{"216", "2027-05-04 09:00"}, {"215", "2027-05-04 12:00"}, {"", "2027-05-04 09:00"}, {"215", "2027-05-05 09:00"}} {
		if _, is := c.Assessment(Place{Site: "main", Room: tt.room}, at(t, tt.when)); is {
			t.Errorf("there is an assessment in %q at %s", tt.room, tt.when)
		}
	}
}

// The clock jumps from 03:00 to 04:00 on 28 March 2027 and back from 04:00 to
// 03:00 on 25 October 2026.
func TestNightsOnWhichTheClockChanges(t *testing.T) {
	c := must(t, `
  public_holidays: none # 28 March 2027 is Easter Sunday
  hours:
    - {site: night, hours: "03:30-04:30"}
    - {site: day, hours: "Mo-Su 08:00-17:00"}
  maintenance:
    - {name: once in autumn, sites: [a], from: 2026-10-25 03:30, to: 2026-10-25 04:30}
    - {name: once in spring, sites: [a], from: 2027-03-28 03:30, to: 2027-03-28 04:30}
    - {name: exact, sites: [a], from: "2026-10-25T03:30:00+02:00", duration: 30m}
    - {name: hour, sites: [a], from: 2026-10-01 03:30, duration: 1h, rrule: FREQ=DAILY}
    - {name: night, sites: [a], from: 2026-10-01 22:00, to: 2026-10-02 06:00, rrule: FREQ=DAILY;UNTIL=20270401T000000Z}
`)
	spans := func(name, from, to string) string {
		var out []string
		for _, a := range c.Occurrences(at(t, from), at(t, to)) {
			if a.Name == name {
				out = append(out, a.From.Format("02 15:04-07")+" to "+a.To.Format("02 15:04-07"))
			}
		}
		return strings.Join(out, ", ")
	}
	for _, tt := range []struct{ name, from, to, want string }{
		{"once in autumn", "2026-10-24 12:00", "2026-10-26 12:00", "25 03:30+03 to 25 04:30+02"},
		{"once in spring", "2027-03-27 12:00", "2027-03-29 12:00", "28 04:00+03 to 28 04:30+03"},
		{"exact", "2026-10-24 12:00", "2026-10-26 12:00", "25 03:30+02 to 25 04:00+02"},
		{"hour", "2026-10-24 12:00", "2026-10-26 12:00", "25 03:30+03 to 25 03:30+02, 26 03:30+02 to 26 04:30+02"},
		{"hour", "2027-03-27 12:00", "2027-03-29 12:00", "28 04:00+03 to 28 05:00+03, 29 03:30+03 to 29 04:30+03"},
		{"night", "2026-10-24 12:00", "2026-10-26 12:00", "24 22:00+03 to 25 06:00+02, 25 22:00+02 to 26 06:00+02"},
		{"night", "2027-03-27 12:00", "2027-03-29 12:00", "27 22:00+02 to 28 06:00+03, 28 22:00+03 to 29 06:00+03"},
		{"night", "2027-03-31 12:00", "2027-04-03 12:00", "31 22:00+03 to 01 06:00+03"},
	} {
		if got := spans(tt.name, tt.from, tt.to); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for when, want := range map[string]bool{
		"2026-10-25T03:29:00+03:00": false, "2026-10-25T03:30:00+03:00": true, "2026-10-25T03:10:00+02:00": true, "2026-10-25T04:29:00+02:00": true, "2026-10-25T04:30:00+02:00": false,
		"2027-03-28T02:59:00+02:00": false, "2027-03-28T04:00:00+03:00": true, "2027-03-28T04:30:00+03:00": false,
	} {
		if got := c.Open(Place{Site: "night"}, at(t, when)); got != want {
			t.Errorf("at %s it is open: %v", when, got)
		}
	}
	for _, day := range []string{"2026-10-24", "2026-10-25", "2027-03-27", "2027-03-28"} {
		if p := (Place{Site: "day"}); c.Open(p, at(t, day+" 07:59")) || !c.Open(p, at(t, day+" 08:00")) || !c.Open(p, at(t, day+" 16:59")) || c.Open(p, at(t, day+" 17:00")) {
			t.Errorf("opening hours of %s are wrong", day)
		}
	}
}

// Between two edges nothing that can be asked changes, over a year and a term.
func TestNextChangeMissesNothing(t *testing.T) {
	c := must(t, school)
	hours, err := ParseHours("Mo-Fr 22:00-06:00")
	if err != nil {
		t.Fatal(err)
	}
	places := []Place{{}, {Site: "main"}, {Site: "main", Room: "214"}, {Site: "other"}, {Site: "cellar"}, {Site: "shelter"}}
	picture := func(when time.Time) string {
		var b strings.Builder
		for _, p := range places {
			_, assessed := c.Assessment(p, when)
			for _, is := range []bool{c.Open(p, when), c.Staffed(p, when), c.WorkingDay(p.Site, when), c.OpenDay(p, when), assessed} {
				if is {
					b.WriteByte('1')
				} else {
					b.WriteByte('0')
				}
			}
		}
		for _, a := range c.Windows(when) {
			b.WriteString(a.Name + a.From.String() + a.To.String())
		}
		return b.String()
	}
	random := rand.New(rand.NewPCG(1, 2))
	edges := 0
	for now := at(t, "2026-08-20 00:00"); now.Before(at(t, "2027-09-05 00:00")); edges++ {
		next := c.NextChange(now)
		if !next.After(now) {
			t.Fatalf("after %s comes %s", now, next)
		}
		is := picture(now)
		for range 20 {
			between := now.Add(time.Duration(random.Int64N(int64(next.Sub(now)/time.Second))) * time.Second)
			if got := picture(between); got != is {
				t.Fatalf("between %s and %s, at %s, it is %s and no longer %s", now, next, between, got, is)
			}
		}
		if got := picture(next.Add(-time.Second)); got != is {
			t.Fatalf("a second before %s it is %s and no longer %s", next, got, is)
		}
		work := hours.Contains(c, Place{}, now)
		if change := hours.NextChange(c, Place{}, now); hours.Contains(c, Place{}, change.Add(-time.Second)) != work || hours.Contains(c, Place{}, change) == work {
			t.Fatalf("hours do not change at %s", change)
		}
		now = next
	}
	if edges < 1000 {
		t.Errorf("there were %d edges", edges)
	}
	if next := must(t, "  hours: [{hours: closed}]\n  public_holidays: none").NextChange(at(t, "2026-01-01 12:00")); !next.IsZero() {
		t.Errorf("what is always closed changes at %s", next)
	}
}

func TestHours(t *testing.T) {
	c := must(t, school)
	for spec, moments := range map[string]map[string]bool{
		"always":            {"2026-09-06 03:00": true},
		"work":              {"2026-09-07 08:00": true, "2026-09-07 17:00": false, "2026-11-02 10:00": false, "2026-11-03 10:00": true},
		"closed":            {"2026-09-07 08:00": false, "2026-09-07 17:00": true, "2026-11-02 10:00": true},
		"Mo-Fr 08:00-17:00": {"2026-11-02 10:00": true, "2026-09-05 10:00": false},
		"mon-fri 8:00–12:00 13:00-17:00; Sa 10:00-14:00": {"2026-09-07 12:30": false, "2026-09-07 13:00": true, "2026-09-05 13:59": true, "2026-09-05 14:00": false},
		"Fr-Mo 20:00-06:00": {"2026-09-07 23:00": true, "2026-09-08 05:59": true, "2026-09-08 06:00": false, "2026-09-08 21:00": false},
		"09:00-24:00":       {"2026-09-06 23:59": true, "2026-09-06 08:00": false},
		"Mo,We 08:00-09:00": {"2026-09-09 08:30": true, "2026-09-08 08:30": false},
	} {
		h, err := ParseHours(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		for when, want := range moments {
			if got := h.Contains(c, Place{}, at(t, when)); got != want {
				t.Errorf("%s at %s: %v", spec, when, got)
			}
		}
	}
	for _, spec := range []string{"", "Mo-Fr", "sometimes", "Mo 25:00-26:00", "Mo 08:00", "Mo-Xx 08:00-09:00", "M 08:00-09:00", "08:00-08:00", "24:00-08:00", strings.Repeat("Mo 08:00-09:00 ", 50)} {
		if h, err := ParseHours(spec); err == nil {
			t.Errorf("%q is read as %v", spec, h)
		}
	}
	work, err := ParseHours("work")
	if err != nil {
		t.Fatal(err)
	}
	if next := work.NextChange(c, Place{}, at(t, "2026-12-22 18:00")); !next.Equal(at(t, "2027-01-04 08:00")) {
		t.Errorf("after Christmas work begins at %s", next)
	}
}

func TestMistakesAreTold(t *testing.T) {
	for text, want := range map[string]string{
		`  hours: [{room: "214", hours: "08:00-09:00"}]`:                                                                                                       `calendar.hours[0].room is "214": say at which site the room is`,
		`  hours: [{hours: work}]`:                                                                                                                             "always or closed",
		`  days: [{date: 2026-09-01}]`:                                                                                                                         "say one of closed: true, pupils_away: true, open: true and hours",
		`  days: [{date: 2026-13-01, closed: true}]`:                                                                                                           `is "2026-13-01": write a date such as`,
		`  days: [{date: 2026-09-02, to: 2026-09-01, open: true}]`:                                                                                             "the last day is before the first",
		`  school_holidays: {years: {"2026": []}}`:                                                                                                             `name a school year as "2026-2027"`,
		`  school_holidays: {years: {"2026-2027": [{name: a, from: 2026-05-01, to: 2026-05-02}]}}`:                                                             "this day is in the school year 2025-2026",
		`  assessments: [{name: a, date: 2027-05-04, from: "10:00", to: "9:00"}]`:                                                                              "write the time at which it ends",
		`  maintenance: [{name: a, from: 2026-10-03 22:00, duration: 1h}]`:                                                                                     "say what is worked on",
		`  maintenance: [{name: a, sites: [s], from: 2026-10-03 22:00}]`:                                                                                       "either when it ends (to) or how long it lasts",
		`  maintenance: [{name: a, sites: [s], from: 2026-10-03 22:00, to: 2026-10-03 21:00}]`:                                                                 "it ends before it begins",
		`  maintenance: [{name: a, sites: [s], from: 2026-10-03 22:00, duration: 1h, rrule: FREQ=MINUTELY}]`:                                                   "FREQ is DAILY",
		`  maintenance: [{name: a, sites: [s], from: 2026-10-03 22:00, duration: 1h, rrule: "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}]`:                            "no month in BYMONTH",
		`  maintenance: [{name: a, sites: [s], from: 2026-10-03 22:00, duration: 1h, rrule: "FREQ=DAILY;UNTIL=20200101"}]`:                                     "never is",
		`  maintenance: [{name: a, sites: [s], from: 2026-10-03 22:00, duration: 1h, rrule: "FREQ=DAILY;BYHOUR=1"}]`:                                           "BYHOUR is not known here",
		`  maintenance: [{name: a, sites: [s], on_down: true, from: 2026-10-03 22:00, to: 2026-10-03 23:00}]`:                                                  "how long it lasts then",
		"  maintenance:\n    - {name: a, sites: [s], from: 2026-10-03 22:00, duration: 1h}\n    - {name: a, sites: [s], from: 2026-10-04 22:00, duration: 1h}": "has this ID already",
	} {
		if _, err := read(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives %v\nwant %s", text, err, want)
		}
	}
}

func TestMaintenanceDuringAnAssessmentIsRefused(t *testing.T) {
	assessment := "  assessments: [{name: NMPP, date: 2027-05-04, from: \"09:00\", to: \"12:00\", site: main, rooms: [\"214\"]}]\n  maintenance: "
	for _, tt := range []struct {
		window, want string
	}{
		{`[{name: a, sites: [main], from: 2027-05-04 11:59, duration: 1h}]`, `overlaps the assessment "NMPP" (2027-05-04 09:00–12:00): move it`},
		{`[{name: a, rooms: [{site: main, room: "214"}], from: 2027-05-01 08:00, duration: 3h, rrule: FREQ=DAILY}]`, "(2027-05-04 08:00 to 2027-05-04 11:00) overlaps the assessment"},
		{`[{name: a, sites: [main], from: 2027-05-01 08:00, duration: 3h, rrule: FREQ=DAILY}]`, "leave this occurrence out with exdates: [2027-05-04]"},
		{`[{name: a, sites: [main], from: 2027-05-01 08:00, duration: 3h, rrule: FREQ=DAILY, exdates: [2027-05-04]}]`, ""},
		{`[{name: a, rooms: [{site: main, room: "215"}], from: 2027-05-04 08:00, duration: 3h}]`, ""},
		{`[{name: a, sites: [other], from: 2027-05-04 08:00, duration: 3h}]`, ""},
		{`[{name: a, sites: [main], from: 2027-05-04 12:00, duration: 3h}]`, ""},
		{`[{name: a, sites: [main], on_down: true, from: 2027-05-04 07:00, to: 2027-05-04 08:00, duration: 2h}]`, "overlaps"},
	} {
		_, err := read(t, assessment+tt.window)
		if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s gives %v, want %q", tt.window, err, tt.want)
		}
	}
	c := must(t, assessment+`[{name: a, things: [sw-1], from: 2027-05-04 08:00, duration: 3h}]`)
	if n := len(c.Clashes(func(w Window, a Assessment) bool { return w.Things[0] == "sw-1" })); n != 1 {
		t.Errorf("who knows the topology finds %d clashes", n)
	}
}

func TestShippedSchoolHolidays(t *testing.T) {
	years, err := ShippedSchoolHolidays()
	if err != nil {
		t.Fatal(err)
	}
	for year, list := range years {
		c := Config{SchoolHolidays: &SchoolHolidays{WithoutShipped: true, Years: map[string][]Holiday{year: list}}}
		if _, err := New(c, vilnius(t)); err != nil {
			t.Errorf("%s: %v", year, err)
		}
	}
	c := must(t, "  school_holidays: {years: {\"2025-2026\": [{name: ours, from: 2025-11-10, to: 2025-11-11}]}}")
	if !c.Open(Place{}, at(t, "2025-11-05 10:00")) || c.Open(Place{}, at(t, "2025-11-10 10:00")) || c.Open(Place{}, at(t, "2024-10-28 10:00")) {
		t.Error("an institution's own year does not take the place of the shipped one")
	}
}

func BenchmarkOpen(b *testing.B) {
	c := must(b, school)
	when, p := at(b, "2026-09-01 00:00"), Place{Site: "main", Room: "214"}
	for i := range b.N {
		c.Open(p, when.Add(time.Duration(i%500_000)*time.Minute))
	}
}

func BenchmarkWindows(b *testing.B) {
	c := must(b, school)
	when := at(b, "2026-09-01 00:00")
	for i := range b.N {
		c.Windows(when.Add(time.Duration(i%500_000) * time.Minute))
	}
}

func BenchmarkWorkingDay(b *testing.B) {
	c := must(b, school)
	when := at(b, "2026-09-01 00:00")
	for i := range b.N {
		c.WorkingDay("main", when.Add(time.Duration(i%500_000)*time.Minute))
	}
}
