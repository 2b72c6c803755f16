package archtest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// wall keeps a library in a few folders, so that its upgrade is a small
// difference. Tests are held to it too.
type wall struct {
	library string   // a module's path or a part of it
	homes   []string // folders whose packages may import it
}

var walls = []wall{
	{"filippo.io/age", []string{"internal/collector/backup"}},
	{"github.com/arran4/golang-ical", []string{"internal/collector/calendar"}},
	{"github.com/coreos/go-oidc", []string{"internal/collector/oidc"}},
	{"github.com/emersion/go-smtp", []string{"internal/sim", "test"}},
	{"github.com/gosnmp/gosnmp", []string{"internal/snmp", "internal/sim"}},
	{"github.com/go-ole/go-ole", []string{"internal/host"}},
	{"github.com/klauspost/compress", []string{"internal/agent/uplink", "internal/collector/backup", "internal/collector/ingest", "test"}},
	{"github.com/miekg/dns", []string{"internal/domain", "internal/probe", "internal/sim"}},
	{"github.com/nicksnyder/go-i18n", []string{"internal/i18n"}},
	{"github.com/piglig/go-qr", []string{"internal/collector/web"}},
	{"github.com/prometheus-community/pro-bing", []string{"internal/probe"}},
	{"github.com/prometheus/alertmanager", []string{"internal/collector/notify"}},
	{"github.com/prometheus/client_golang", []string{"internal/agent", "internal/collector", "cmd/collector"}},
	{"github.com/theory/jsonpath", []string{"internal/probe"}},
	{"github.com/prometheus/prometheus", []string{
		"internal/collector/ingest", "internal/collector/metricdb", "internal/collector/promapi", "internal/collector/ruleset",
	}},
	{"github.com/shirou/gopsutil", []string{"internal/host"}},
	{"github.com/signintech/gopdf", []string{"internal/collector/pdf"}},
	{"github.com/spf13/cobra", []string{"cmd"}},
	{"github.com/teambition/rrule-go", []string{"internal/collector/calendar"}},
	{"github.com/wneessen/go-mail", []string{"internal/collector/mail"}},
	{"github.com/xuri/excelize", []string{"internal/collector/spreadsheet", "internal/collector/web"}},
	{"github.com/yuin/goldmark", []string{"internal/collector/web"}},
	{"go.etcd.io/bbolt", []string{"internal/agent/state", "internal/collector/boltstore"}},
	{"golang.org/x/crypto", []string{"internal/collector/access"}},
	{"golang.org/x/image", []string{"internal/collector/pdf"}},
	{"golang.org/x/oauth2", []string{"internal/collector/mail", "internal/collector/oidc"}},
}

func brokenWalls(t *tree) []string {
	var problems []string
	for _, d := range t.dependencies() {
		for _, w := range walls {
			if under(d.path, w.library) && !underAny(d.file.dir(), w.homes) {
				problems = append(problems, fmt.Sprintf("%s: %s is imported only in %s", d.at, w.library, strings.Join(w.homes, ", ")))
			}
		}
	}
	return problems
}

func TestHeavyLibrariesStayBehindTheirWalls(t *testing.T) {
	report(t, brokenWalls(ourTree(t)))
}

// layers lists the folders of internal/ from the bottom up. A package imports
// its own layer and those below it.
var layers = []struct {
	name    string
	folders []string
}{
	{"nouns", []string{"buildinfo", "fleet", "look", "metric", "secret", "wire"}},
	{"tools", []string{"boltcheck", "certificate", "folder", "i18n", "pjlink", "reach", "snmp", "strictyaml"}},
	{"looking", []string{"device", "domain", "host", "line", "poll", "probe", "website"}},
	{"programs", []string{"agent", "collector"}},
	{"demonstration", []string{"demo"}},
}

// programs is the height of the two programs in layers.
const programs = 3

// simulating says what simulators may import above the tools. A simulator stands
// for a foreign thing and knows nothing of ours; the school is made of our own
// agents, and only what they look at is made up.
var simulating = map[string][]string{
	"internal/sim/school": {"internal/agent", "internal/host"},
}

// demonstration is the one part of the program that may use simulators: it is
// nothing else.
const demonstration = "internal/demo"

// deviceTests helps the tests of devices' drivers.
const deviceTests = "internal/device/drivertest"

// layerOf returns the height of a folder and false when nobody has said it.
func layerOf(folder string) (int, bool) {
	rest, ok := strings.CutPrefix(folder, "internal/")
	if !ok {
		return 0, false
	}
	top, _, _ := strings.Cut(rest, "/")
	for i, l := range layers {
		if slices.Contains(l.folders, top) {
			return i, true
		}
	}
	return 0, false
}

// embedding are the folders that are a package only to embed their files.
var embedding = []string{"configs", "dashboards", "deploy", "docs"}

// badLayers finds imports upwards, nouns that lean on more than the standard
// library, and folders without a layer.
func badLayers(t *tree) []string {
	var problems []string
	for _, dir := range slices.Sorted(maps.Keys(t.packages())) {
		_, known := layerOf(dir)
		if !known && !underAny(dir, embedding) && !underAny(dir, []string{"cmd", "test", "internal/sim", "internal/archtest"}) {
			problems = append(problems, fmt.Sprintf("%s: which layer is it in? Say so in internal/archtest and docs/architecture.md", dir))
		}
	}
	for _, d := range t.dependencies() {
		if d.file.isTest() {
			continue
		}
		dir := d.file.dir()
		height, inLayer := layerOf(dir)
		isNoun := inLayer && height == 0
		switch {
		case underAny(dir, embedding) && (d.own || !isStandard(d.path)):
			problems = append(problems, fmt.Sprintf("%s: a folder that embeds its files imports the standard library only, not %s", d.at, d.path))
		case isNoun && !d.own && !isStandard(d.path):
			problems = append(problems, fmt.Sprintf("%s: a noun imports the standard library only, not %s", d.at, d.path))
		case !d.own:
		case under(d.path, "cmd") || under(d.path, "test") || under(d.path, "internal/archtest"):
			problems = append(problems, fmt.Sprintf("%s: nobody imports %s", d.at, d.path))
		case under(d.path, "internal/sim") && !under(dir, "internal/sim") && dir != demonstration && dir != deviceTests:
			problems = append(problems, fmt.Sprintf("%s: simulators are for tests and the demonstration, not for %s", d.at, dir))
		case inLayer && height < programs && underAny(d.path, embedding):
			problems = append(problems, fmt.Sprintf("%s: only a program imports the files of %s", d.at, d.path))
		default:
			target, ok := layerOf(d.path)
			if ok && inLayer && target > height {
				problems = append(problems, fmt.Sprintf("%s: %s (%s) imports upwards: %s (%s)", d.at, dir, layers[height].name, d.path, layers[target].name))
			}
			if ok && under(dir, "internal/sim") && target > 1 && !underAny(d.path, simulating[dir]) {
				problems = append(problems, fmt.Sprintf("%s: a simulator stands for a foreign thing and does not import %s", d.at, d.path))
			}
		}
	}
	return problems
}

func TestImportsRunDownwards(t *testing.T) {
	report(t, badLayers(ourTree(t)))
}

// apart finds imports between the two programs, tests included.
func apart(t *tree) []string {
	var problems []string
	pairs := [][2]string{
		{"internal/agent", "internal/collector"}, {"internal/collector", "internal/agent"},
		{"cmd/agent", "internal/collector"}, {"cmd/collector", "internal/agent"},
	}
	for _, d := range t.dependencies() {
		for _, p := range pairs {
			if d.own && under(d.file.dir(), p[0]) && under(d.path, p[1]) {
				problems = append(problems, fmt.Sprintf("%s: %s never imports %s", d.at, p[0], d.path))
			}
		}
	}
	return problems
}

func TestAgentAndCollectorAreApart(t *testing.T) {
	report(t, apart(ourTree(t)))
}

// everybodys are folders below internal/collector whose words are everybody's:
// pure values.
var everybodys = []string{"incident", "topology", "calendar", "digest", "roster"}

// siblings says which folders below internal/collector a folder may import,
// besides everybodys. The composition,
// internal/collector itself, imports all of them.
var siblings = map[string][]string{
	"access":     {"throttle"},
	"boltstore":  {"access", "availability", "enrolment", "inventory", "jobs", "outbox", "reporting", "settings", "statuspage"},
	"enrolment":  {"throttle"},
	"ingest":     {"metricdb"},
	"jsonapi":    {"access", "availability", "enrolment", "inventory", "jobs", "journal", "settings", "statuspage"},
	"mail":       {"outbox", "wording"},
	"movein":     {"settings"},
	"notify":     {"outbox"},
	"oidc":       {"access"},
	"promapi":    {"metricdb", "ruleset"},
	"ruleset":    {"metricdb"},
	"settings":   {"heartbeat", "mail"},
	"sla":        {"availability"},
	"simulate":   {"availability", "duty", "mail", "outbox", "presence"},
	"statuspage": {"availability"},
	"web":        {"access", "availability", "jobs", "journal", "movein", "pdf", "reporting", "settings", "sla", "spreadsheet", "statuspage", "wording"},
}

// badSiblings finds packages of the collector that know each other. Tests may
// take a real neighbour instead of a false one.
func badSiblings(t *tree) []string {
	const collector = "internal/collector/"
	var problems []string
	for _, d := range t.dependencies() {
		from, inside := strings.CutPrefix(d.file.dir(), collector)
		to, sibling := strings.CutPrefix(d.path, collector)
		if d.file.isTest() || !d.own || !inside {
			continue
		}
		from, _, _ = strings.Cut(from, "/")
		to, _, _ = strings.Cut(to, "/")
		switch {
		case d.path == path.Clean(collector):
			problems = append(problems, fmt.Sprintf("%s: a part does not import the composition", d.at))
		case from == "incident" && !slices.Contains([]string{"internal/look", "internal/fleet", "internal/collector/topology"}, d.path):
			problems = append(problems, fmt.Sprintf("%s: incident is pure: it imports the standard library, look, fleet and topology, not %s", d.at, d.path))
		case sibling && from != to && !slices.Contains(everybodys, to) && !slices.Contains(siblings[from], to):
			problems = append(problems, fmt.Sprintf("%s: %s and %s meet in internal/collector, not in each other", d.at, from, to))
		}
	}
	return problems
}

// impure finds what incident may not even take from elsewhere.
func impure(t *tree) []string {
	var problems []string
	for _, d := range t.dependencies() {
		if d.file.isTest() || d.file.dir() != "internal/collector/incident" {
			continue
		}
		forbidden := []string{"context", "database/sql", "io/fs", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "sync", "sync/atomic", "time/tzdata"}
		if !d.own && (!isStandard(d.path) || slices.Contains(forbidden, d.path)) {
			problems = append(problems, fmt.Sprintf("%s: incident takes values and a time and returns values; it has no use for %s", d.at, d.path))
		}
	}
	return problems
}

func TestPartsOfTheCollectorMeetInItsComposition(t *testing.T) {
	report(t, badSiblings(ourTree(t)))
}

func TestIncidentIsPure(t *testing.T) {
	report(t, impure(ourTree(t)))
}

// onlyInTests are libraries that no program contains.
var onlyInTests = []string{"github.com/google/go-cmp", "pgregory.net/rapid", "testing", "net/http/httptest"}

func testLibraries(t *tree) []string {
	var problems []string
	for _, d := range t.dependencies() {
		if !d.file.isTest() && underAny(d.path, onlyInTests) && !under(d.file.dir(), "internal/sim") && !strings.HasSuffix(d.file.dir(), "test") {
			problems = append(problems, fmt.Sprintf("%s: %s is for tests", d.at, d.path))
		}
	}
	return problems
}

func TestProgramsContainNoTestLibraries(t *testing.T) {
	report(t, testLibraries(ourTree(t)))
}

// The rules above find what they forbid, and only that.
func TestWallsCanBreak(t *testing.T) {
	const own = ourModule + "/"
	source := func(imports ...string) string {
		s := "package p\n"
		for _, i := range imports {
			s += fmt.Sprintf("import _ %q\n", i)
		}
		return s
	}
	for name, c := range map[string]struct {
		rule func(*tree) []string
		path string
		imp  string
		bad  bool
	}{
		"a library in its home":                        {brokenWalls, "internal/host/a.go", "github.com/shirou/gopsutil/v3/cpu", false},
		"a library outside its home":                   {brokenWalls, "internal/probe/a.go", "github.com/shirou/gopsutil/v3/cpu", true},
		"a library outside its home, in a test":        {brokenWalls, "internal/probe/a_test.go", "go.etcd.io/bbolt", true},
		"a library outside its home, for Windows":      {brokenWalls, "internal/probe/a_windows.go", "go.etcd.io/bbolt", true},
		"another library with the same beginning":      {brokenWalls, "internal/probe/a.go", "go.etcd.io/bboltx", false},
		"the composition does not hold the store":      {brokenWalls, "internal/collector/a.go", "go.etcd.io/bbolt", true},
		"a noun on the standard library":               {badLayers, "internal/look/a.go", "time", false},
		"a noun on a noun":                             {badLayers, "internal/metric/a.go", own + "internal/look", false},
		"a noun on a library":                          {badLayers, "internal/look/a.go", "go.yaml.in/yaml/v3", true},
		"a noun's test on a library":                   {badLayers, "internal/look/a_test.go", "go.yaml.in/yaml/v3", false},
		"a noun on a tool":                             {badLayers, "internal/look/a.go", own + "internal/i18n", true},
		"looking on a tool":                            {badLayers, "internal/probe/a.go", own + "internal/strictyaml", false},
		"looking on a program":                         {badLayers, "internal/probe/a.go", own + "internal/collector", true},
		"a folder without a layer":                     {badLayers, "internal/stuff/a.go", "time", true},
		"a program on a simulator":                     {badLayers, "internal/collector/a.go", own + "internal/sim/smtp", true},
		"a program's test on a simulator":              {badLayers, "internal/collector/a_test.go", own + "internal/sim/smtp", false},
		"a simulator on a program":                     {badLayers, "internal/sim/smtp/a.go", own + "internal/collector/mail", true},
		"the school on the agent":                      {badLayers, "internal/sim/school/a.go", own + "internal/agent/state", false},
		"the school on the collector":                  {badLayers, "internal/sim/school/a.go", own + "internal/collector/admin", true},
		"another simulator on the agent":               {badLayers, "internal/sim/smtp/a.go", own + "internal/agent", true},
		"the demonstration on the collector":           {badLayers, "internal/demo/a.go", own + "internal/collector", false},
		"the demonstration on a simulator":             {badLayers, "internal/demo/a.go", own + "internal/sim/smtp", false},
		"the collector on the demonstration":           {badLayers, "internal/collector/a.go", own + "internal/demo", true},
		"a command on a simulator":                     {badLayers, "cmd/collector/a.go", own + "internal/sim/smtp", true},
		"embedded files on nothing of ours":            {badLayers, "configs/a.go", own + "internal/look", true},
		"looking on embedded files":                    {badLayers, "internal/probe/a.go", own + "configs", true},
		"a program on embedded files":                  {badLayers, "internal/collector/a.go", own + "configs", false},
		"a package on a command":                       {badLayers, "internal/collector/a.go", own + "cmd/agent", true},
		"the collector on the agent":                   {apart, "internal/collector/a.go", own + "internal/agent/state", true},
		"the agent on the collector, in a test":        {apart, "internal/agent/a_test.go", own + "internal/collector/ingest", true},
		"the agent's command on the collector":         {apart, "cmd/agent/main.go", own + "internal/collector/admin", true},
		"siblings that may meet":                       {badSiblings, "internal/collector/boltstore/a.go", own + "internal/collector/outbox", false},
		"siblings that may not meet":                   {badSiblings, "internal/collector/outbox/a.go", own + "internal/collector/boltstore", true},
		"siblings that meet in a test":                 {badSiblings, "internal/collector/outbox/a_test.go", own + "internal/collector/boltstore", false},
		"everybody on incident":                        {badSiblings, "internal/collector/web/a.go", own + "internal/collector/incident", false},
		"a part on the composition":                    {badSiblings, "internal/collector/web/a.go", own + "internal/collector", true},
		"the composition on a part":                    {badSiblings, "internal/collector/a.go", own + "internal/collector/web", false},
		"incident on look":                             {badSiblings, "internal/collector/incident/a.go", own + "internal/look", false},
		"incident on another noun":                     {badSiblings, "internal/collector/incident/a.go", own + "internal/metric", true},
		"incident on values":                           {impure, "internal/collector/incident/a.go", "slices", false},
		"incident on the operating system":             {impure, "internal/collector/incident/a.go", "os", true},
		"incident on a library":                        {impure, "internal/collector/incident/a.go", "go.etcd.io/bbolt", true},
		"a test's library in a test":                   {testLibraries, "internal/host/a_test.go", "pgregory.net/rapid", false},
		"a test's library in a program":                {testLibraries, "internal/host/a.go", "pgregory.net/rapid", true},
		"a test's library in a package made for tests": {testLibraries, "internal/device/drivertest/a.go", "testing", false},
	} {
		t.Run(name, func(t *testing.T) {
			problems := c.rule(madeUpTree(t, map[string]string{c.path: source(c.imp)}))
			if c.bad != (len(problems) > 0) {
				t.Errorf("%s imports %s: problems %q", c.path, c.imp, problems)
			}
		})
	}
}
