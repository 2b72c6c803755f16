package simulate

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/budi-monitor/budi/internal/collector/calendar"
	"github.com/budi-monitor/budi/internal/collector/roster"
	"github.com/budi-monitor/budi/internal/collector/topology"
	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/i18n"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

// Scenario is a scenario's file. docs/simulate.md says what each field means.
type Scenario struct {
	Name       string          `yaml:"name"`
	From       Moment          `yaml:"from"`
	To         Moment          `yaml:"to"`
	TimeZone   string          `yaml:"time_zone"`
	Language   string          `yaml:"language"`
	MailServer string          `yaml:"mail_server"`
	Seed       uint64          `yaml:"seed"`
	Topology   []Thing         `yaml:"topology"`
	Calendar   calendar.Config `yaml:"calendar"`
	Contacts   []Contact       `yaml:"contacts"`
	Alerting   Alerting        `yaml:"alerting"`
	Digest     *Digest         `yaml:"digest"`
	Rules      []Rule          `yaml:"rules"`
	Habits     []Habit         `yaml:"habits"`
	Events     []Event         `yaml:"events"`
	Expect     []Expectation   `yaml:"expect"`

	file         string
	zone         *time.Location
	from, to     time.Time
	things       []topology.Thing
	graph        *topology.Graph
	lineDeclared bool // else it is there, and nobody asks
	calendar     *calendar.Calendar
	roster       *roster.Roster
	index        map[topology.ID]int
	groups       map[string][]topology.ID // what pattern made, and "site:…", "room:…", "class:…", "kind:…"
	rules        map[string]Rule
	habits       []habit
	plans        []plan
	wanted       []wanted
	past         *History // what it was made of; nil: a file
}

// Thing is something that can break; many when its ID is a pattern.
type Thing struct {
	ID      string      `yaml:"id"`
	Name    string      `yaml:"name"`
	Kind    string      `yaml:"kind"`
	Class   fleet.Class `yaml:"class"`
	Site    string      `yaml:"site"`
	Room    string      `yaml:"room"`
	Seat    string      `yaml:"seat"`
	Parents Names       `yaml:"parents"`
	Power   Names       `yaml:"power"`
	RunsOn  Names       `yaml:"runs_on"`
	Needs   Names       `yaml:"needs"`
}

// Contact is somebody who is told.
type Contact struct {
	Name        string `yaml:"name"`
	Email       string `yaml:"email"`
	Receiver    string `yaml:"receiver"`
	Language    string `yaml:"language"`
	MinSeverity string `yaml:"min_severity"`

	roster.Terms `yaml:",inline"` // hours, sites, absences
}

// Alerting says how patient alerting is.
type Alerting struct {
	Detect       *Span `yaml:"detect"`
	HoldFault    *Span `yaml:"hold_fault"`
	HoldRecovery *Span `yaml:"hold_recovery"`
	HoldSymptom  *Span `yaml:"hold_symptom"`
	ReturnGrace  *Span `yaml:"return_grace"`
	SumUpAfter   *Span `yaml:"sum_up_after"`

	FlapWithin *Span                         `yaml:"flap_within"`
	FlapCalm   *Span                         `yaml:"flap_calm"`
	Classes    map[fleet.Class]ClassAlerting `yaml:"classes"`
	Escalation []roster.Escalation           `yaml:"escalation"`

	// What a collector's file has here too, and what says nothing in a scenario.
	RuleFiles     []string `yaml:"rule_files"`
	WithoutRules  []string `yaml:"without_rules"`
	RulesInterval *Span    `yaml:"rules_interval"`
}

// ClassAlerting is how patient alerting is with things of a class.
type ClassAlerting struct {
	HoldFault    *Span `yaml:"hold_fault"`
	HoldRecovery *Span `yaml:"hold_recovery"`
}

// spans lists the lengths of time by the names of their fields.
func (a Alerting) spans() map[string]*Span {
	return map[string]*Span{
		"detect": a.Detect, "hold_fault": a.HoldFault, "hold_recovery": a.HoldRecovery, "hold_symptom": a.HoldSymptom,
		"return_grace": a.ReturnGrace, "sum_up_after": a.SumUpAfter,
		"flap_within": a.FlapWithin, "flap_calm": a.FlapCalm,
	}
}

// Rule is a rule of the scenario's own, or a shipped one that is changed.
type Rule struct {
	Name      string `yaml:"name"`
	Severity  string `yaml:"severity"`
	Meaning   string `yaml:"meaning"` // down, cause, or nothing
	Routine   bool   `yaml:"routine"`
	For       Span   `yaml:"for"`
	Summary   string `yaml:"summary"`
	SummaryLT string `yaml:"summary_lt"`

	annotations map[string]string
}

// DefaultDetect is how long a thing does not answer before its rule fires.
const DefaultDetect = 2 * time.Minute

// Bounds of a scenario.
const (
	maxEvents = 20_000
	maxYears  = 5
)

// Load reads a scenario. The error is a strictyaml.Errors with everything that
// is wrong; name stands in it.
func Load(name string, data []byte) (*Scenario, error) {
	s := &Scenario{file: name, TimeZone: "Europe/Vilnius", Language: string(i18n.English), Seed: 1}
	err := strictyaml.Decode(name, data, s, s.validate)
	var problems strictyaml.Errors
	if errors.As(err, &problems) {
		for i := range problems {
			if strings.Contains(problems[i].Want, "did not find expected ',' or ']'") {
				problems[i].Want += "; inside [ ] and { } a range in brackets needs quotes (\"pc-[01-20]\"), or is written pc-01..pc-20"
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Scenario) validate(r *strictyaml.Report) {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		r.Bad("time_zone", s.TimeZone, "write a name of the time zone database, for example Europe/Vilnius")
		zone = time.UTC
	}
	s.zone = zone
	if _, err := i18n.ParseLang(s.Language); err != nil {
		r.Bad("language", s.Language, "write en or lt")
	}
	switch s.MailServer {
	case "", "outside", "inside":
	default:
		r.Bad("mail_server", s.MailServer, "write outside (no mail goes out while the own line is down) or inside")
	}
	s.validateSpan(r)
	s.loadRules(r)
	s.validateThings(r)
	s.validateCalendar(r.At("calendar"))
	s.validateContacts(r)
	s.validateAlerting(r.At("alerting"))
	s.validateDigest(r.At("digest"))
	if s.from.IsZero() {
		return // what is relative would be told of in vain
	}
	s.validateHabits(r.At("habits"))
	s.validateEvents(r.At("events"))
	s.validateExpectations(r.At("expect"))
}

// validateSpan finds the moments between which the scenario plays.
func (s *Scenario) validateSpan(r *strictyaml.Report) {
	if s.From == "" {
		r.Missing("from", `say when the scenario begins, for example from: "2026-09-01 07:00"`)
		return
	}
	from, err := s.From.resolve(time.Time{}, s.zone)
	if err != nil || from.Year() < 1990 || from.Year() > 2200 {
		r.Bad("from", s.From, `write a date and a time, for example "2026-09-01 07:00"`)
		return
	}
	if s.To == "" {
		r.Missing("to", `say when the scenario ends: to: "2026-09-01 19:00", or to: +12h`)
		return
	}
	to, err := s.To.resolve(from, s.zone)
	switch {
	case err != nil:
		r.Bad("to", s.To, err.Error())
	case !to.After(from):
		r.Bad("to", s.To, "the end comes after the beginning (from: "+string(s.From)+")")
	case to.Sub(from) > maxYears*366*24*time.Hour:
		r.Bad("to", s.To, fmt.Sprintf("a scenario lasts %d years at most", maxYears))
	default:
		s.from, s.to = from, to
	}
}

// validateThings expands the topology.
func (s *Scenario) validateThings(r *strictyaml.Report) {
	s.groups, s.index = map[string][]topology.ID{}, map[topology.ID]int{}
	var of []int // which entry of the file a thing came from
	for i, t := range s.Topology {
		at := r.At("topology").Index(i)
		if t.ID == "" {
			at.Missing("id", `give each thing an ID, for example id: sw-1, or id: pc-01..pc-20 for twenty`)
			continue
		}
		names, err := expand(t.ID)
		if err != nil {
			at.Bad("id", t.ID, err.Error())
			continue
		}
		if t.Class == "" {
			t.Class = classOf(t.Kind, t.ID)
		}
		if _, err := fleet.ParseClass(string(t.Class)); err != nil {
			at.Bad("class", t.Class, "write server, workstation, infrastructure, presentation or safety")
		}
		if len(s.things)+len(names) > topology.MaxThings {
			at.Bad("id", t.ID, fmt.Sprintf("with these there are more than %d things", topology.MaxThings))
			break
		}
		for _, o := range names {
			id := topology.ID(o.name)
			if err := checkThingID(id); err != nil {
				at.Bad("id", o.name, err.Error())
				break
			}
			if first, twice := s.index[id]; twice {
				at.Bad("id", o.name, fmt.Sprintf("topology[%d] has this ID already; each thing needs its own", of[first]))
				break
			}
			ids := func(field string, patterns Names) []topology.ID {
				var out []topology.ID
				for _, p := range patterns {
					made, err := expand(o.put(p))
					if err != nil {
						at.Bad(field, p, err.Error())
						continue
					}
					for _, m := range made {
						out = append(out, topology.ID(m.name))
					}
				}
				return out
			}
			thing := topology.Thing{
				ID: id, Name: o.put(t.Name), Kind: t.Kind, Class: t.Class, Site: cmp.Or(o.put(t.Site), "main"), Room: o.put(t.Room), Seat: o.put(t.Seat),
				Parents: ids("parents", t.Parents), Power: ids("power", t.Power), RunsOn: ids("runs_on", t.RunsOn), Needs: ids("needs", t.Needs),
			}
			if _, check := id.CheckID(); check && len(thing.Parents)+len(thing.Power)+len(thing.RunsOn)+len(thing.Needs) == 0 {
				thing.Needs = []topology.ID{topology.Line} // what is looked at from here, and is not here
			}
			s.index[id] = len(s.things)
			of = append(of, i)
			s.things = append(s.things, thing)
		}
	}
	if _, s.lineDeclared = s.index[topology.Line]; !s.lineDeclared {
		s.index[topology.Line] = len(s.things)
		s.things = append(s.things, topology.Thing{ID: topology.Line, Kind: "line", Class: fleet.Infrastructure, Site: "main"})
		of = append(of, -1)
	}
	graph, problems := topology.New(s.things)
	for _, p := range problems {
		if of[p.Index] < 0 {
			continue
		}
		want := p.Want
		if near := s.nearest(p.Value); near != "" && p.Field != "id" {
			want += "; did you mean " + near + "?"
		}
		r.At("topology").Index(of[p.Index]).Bad(p.Field, p.Value, want)
	}
	s.graph = graph
	for _, t := range s.things {
		for key, value := range map[string]string{"site:": t.Site, "room:": t.Room, "class:": string(t.Class), "kind:": t.Kind} {
			if value != "" {
				s.groups[key+value] = append(s.groups[key+value], t.ID)
			}
		}
	}
}

// classOf guesses what a thing is for by its kind, and a check by its ID.
func classOf(kind, id string) fleet.Class {
	switch strings.ToLower(kind) {
	case "server", "service", "website", "check", "database":
		return fleet.Server
	case "pc", "computer", "workstation", "laptop", "notebook", "tablet":
		return fleet.Workstation
	case "projector", "board", "screen", "presentation":
		return fleet.Presentation
	case "camera", "recorder", "bell", "alarm":
		return fleet.Safety
	}
	if strings.HasPrefix(id, "check:") {
		return fleet.Server
	}
	return fleet.Infrastructure
}

func checkThingID(id topology.ID) error {
	if check, ok := id.CheckID(); ok {
		return fleet.CheckID(check)
	}
	return fleet.CheckID(string(id))
}

func (s *Scenario) validateContacts(r *strictyaml.Report) {
	people := make([]roster.Contact, len(s.Contacts))
	for i := range s.Contacts {
		c := &s.Contacts[i]
		at := r.At("contacts").Index(i)
		if c.Language == "" {
			c.Language = s.Language
		} else if _, err := i18n.ParseLang(c.Language); err != nil {
			at.Bad("language", c.Language, "write en or lt")
		}
		for _, site := range c.Sites {
			if _, known := s.groups["site:"+site]; !known {
				at.Bad("sites", site, "nothing in the topology is at this site")
			}
		}
		people[i] = roster.Contact{Name: c.Name, MinSeverity: c.MinSeverity, Terms: c.Terms}
	}
	roster.Validate(people, r.At("contacts"))
	roster.ValidateEscalations(s.Alerting.Escalation, people, r.At("alerting").At("escalation"))
	s.roster = roster.New(people, s.Alerting.Escalation, s.calendar, s.zone)
}

func (s *Scenario) validateAlerting(r *strictyaml.Report) {
	for field, span := range s.Alerting.spans() {
		if span != nil && time.Duration(*span) > 24*time.Hour {
			r.Bad(field, time.Duration(*span), "write a time from 0s to 24h")
		}
	}
	for class := range s.Alerting.Classes {
		if _, err := fleet.ParseClass(string(class)); err != nil {
			r.At("classes").Bad(string(class), nil, err.Error())
		}
	}
}

// pick finds the things that a name of the scenario stands for, in the order of
// the topology: an ID, a range, a name with *, a room, a site, a class, a kind,
// what is below a thing, all.
func (s *Scenario) pick(name string) ([]topology.ID, error) {
	key, value, selects := strings.Cut(name, ":")
	value = strings.TrimSpace(value)
	switch {
	case name == "all" || name == "everything":
		var out []topology.ID
		for _, t := range s.things {
			if t.ID != topology.Line {
				out = append(out, t.ID)
			}
		}
		return out, nil
	case selects && key == "below":
		id := topology.ID(value)
		if _, known := s.index[id]; !known {
			return nil, s.unknown(value)
		}
		below := s.graph.Below(id)
		s.inOrder(below)
		return below, nil
	case selects && key != "check":
		found, ok := s.groups[key+":"+value]
		if !ok {
			return nil, fmt.Errorf("nothing in the topology fits; write room:, site:, class:, kind: or below: and a value that the topology has")
		}
		return found, nil
	case strings.Contains(name, "*"):
		begin, end, _ := strings.Cut(name, "*")
		var out []topology.ID
		for _, t := range s.things {
			if id := string(t.ID); len(id) >= len(begin)+len(end) && strings.HasPrefix(id, begin) && strings.HasSuffix(id, end) {
				out = append(out, t.ID)
			}
		}
		if out == nil {
			return nil, fmt.Errorf("no ID in the topology fits")
		}
		return out, nil
	}
	names, err := expand(name)
	if err != nil {
		return nil, err
	}
	out := make([]topology.ID, 0, len(names))
	for _, o := range names {
		id := topology.ID(o.name)
		if _, known := s.index[id]; !known {
			if _, known = s.index[topology.Check(o.name)]; !known {
				return nil, s.unknown(o.name)
			}
			id = topology.Check(o.name)
		}
		out = append(out, id)
	}
	return out, nil
}

func (s *Scenario) inOrder(ids []topology.ID) {
	slices.SortFunc(ids, func(a, b topology.ID) int { return cmp.Compare(s.index[a], s.index[b]) })
}

func (s *Scenario) unknown(id string) error {
	if near := s.nearest(id); near != "" {
		return fmt.Errorf("nothing in the topology has the ID %s; did you mean %s?", id, near)
	}
	return fmt.Errorf("nothing in the topology has the ID %s: declare it there", id)
}

// pickAll is pick for a list; each thing comes once.
func (s *Scenario) pickAll(r *strictyaml.Report, field string, names Names) []topology.ID {
	var out []topology.ID
	seen := map[topology.ID]bool{}
	for _, name := range names {
		ids, err := s.pick(name)
		if err != nil {
			r.Bad(field, name, err.Error())
			continue
		}
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}

// nearest finds the ID that differs least from a misspelt one.
func (s *Scenario) nearest(id string) string {
	best, least := "", 3
	for _, t := range s.things {
		if d := distance(id, string(t.ID), least); d < least {
			best, least = string(t.ID), d
		}
	}
	return best
}

// distance counts the letters that differ (Levenshtein), up to a limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > fleet.MaxIDLength+10 {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
