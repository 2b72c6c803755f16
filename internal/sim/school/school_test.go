package school_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/fleet"
	"github.com/budi-monitor/budi/internal/host"
	"github.com/budi-monitor/budi/internal/host/facts"
	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/sim/school"
)

var monday = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// newSchool is a school in which it is always the same moment.
func newSchool(t *testing.T, seed uint64) *school.School {
	t.Helper()
	return school.New(school.Options{
		Dir: t.TempDir(), Seed: seed, Logger: slog.New(slog.DiscardHandler), Version: "1.0.0", Now: func() time.Time { return monday },
	})
}

// shapes lists names and labels, without the values that are a computer's own.
func shapes(lines []string) []string {
	ours := regexp.MustCompile(`(system_device|system_filesystem_mountpoint|system_filesystem_type|network_interface_name)="(?:[^"\\]|\\.)*"`)
	var out []string
	for _, l := range lines {
		l = ours.ReplaceAllString(l, `$1=""`)
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	slices.Sort(out)
	return out
}

// recorded lists the series of a recording of a real computer.
func recorded(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "host", "testdata", name+".golden"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		series := line[:strings.LastIndexByte(line, ' ')]
		if strings.HasPrefix(series, "system_") {
			out = append(out, series)
		}
	}
	return shapes(out)
}

func seriesOf(samples []look.Sample) []string {
	var out []string
	for _, s := range samples {
		var labels []string
		for _, l := range s.Labels {
			labels = append(labels, l.Name+`="`+l.Value+`"`)
		}
		series := s.Name
		if len(labels) > 0 {
			series += "{" + strings.Join(labels, ",") + "}"
		}
		out = append(out, series)
	}
	return out
}

// Dashboards, rules and pages find what real agents send: the series are those
// of real computers, and no more.
func TestComputersTellWhatRealOnesTell(t *testing.T) {
	s := newSchool(t, 1)
	for _, c := range append(s.Computers(), s.Own()) {
		profile, recording := host.Basic, "windows-classroom.basic"
		if c.Server {
			profile, recording = host.Full, "linux-server.full"
		}
		r := c.Look(t.Context(), profile)
		if got, want := shapes(seriesOf(r.Samples)), recorded(t, recording); !slices.Equal(got, want) {
			t.Errorf("%s tells\n%s\nbut real ones tell\n%s", c.Hostname, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if r.Kind != "host" || r.Outcome != look.OK || !c.Server && len(r.Samples) > host.MaxBasicSeries {
			t.Errorf("%s: kind %s, %s, %d samples", c.Hostname, r.Kind, r.Outcome, len(r.Samples))
		}
		for _, sample := range r.Samples {
			if sample.Value < 0 || strings.HasSuffix(sample.Name, "_ratio") && sample.Value > 1 {
				t.Errorf("%s: %s is %v", c.Hostname, sample.Name, sample.Value)
			}
		}
	}
}

func TestInventoriesHaveKnownKindsAndFields(t *testing.T) {
	s := newSchool(t, 1)
	fields := map[string][]string{}
	for _, k := range facts.Kinds() {
		fields[k.Name] = k.Fields
	}
	for _, c := range append(s.Computers(), s.Own()) {
		snapshot := c.Take(t.Context(), []string{facts.Software})
		for _, set := range snapshot.Sets {
			if set.Kind == facts.Software {
				t.Errorf("%s tells what is switched off", c.Hostname)
			}
			keys := map[string]bool{}
			for _, item := range set.Items {
				if keys[item.Key] {
					t.Errorf("%s: two items of %s have the key %q", c.Hostname, set.Kind, item.Key)
				}
				keys[item.Key] = true
				for name := range item.Fields {
					if !slices.Contains(fields[set.Kind], name) {
						t.Errorf("%s: %s has no field %s", c.Hostname, set.Kind, name)
					}
				}
			}
		}
		if n := len(snapshot.Samples(monday)); n > facts.MaxSamples || n < 4 {
			t.Errorf("%s: %d samples of its state", c.Hostname, n)
		}
	}
}

func TestTheSameSeedMakesTheSameSchool(t *testing.T) {
	a, b, other := newSchool(t, 3), newSchool(t, 3), newSchool(t, 4)
	all := a.Computers()
	if len(all) < 45 || len(all) > 60 || !all[0].Server {
		t.Fatalf("%d computers, the first is a server: %v", len(all), all[0].Server)
	}
	rooms, ids, machines := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range a.Rooms() {
		if err := fleet.CheckID(r.ID); err != nil {
			t.Error(err)
		}
		rooms[r.ID] = true
	}
	for i, c := range all {
		twin, stranger := b.Computers()[i], other.Computers()[i]
		if !reflect.DeepEqual(c.Look(t.Context(), host.Full), twin.Look(t.Context(), host.Full)) || !reflect.DeepEqual(c.Take(t.Context(), nil), twin.Take(t.Context(), nil)) {
			t.Errorf("%s is another one the second time", c.Hostname)
		}
		if reflect.DeepEqual(c.Machine, stranger.Machine) {
			t.Errorf("%s is the same for another seed", c.Hostname)
		}
		id := fleet.MakeID(c.Hostname)
		if !rooms[c.Room] || ids[id] || machines[c.Machine.Fingerprint()] {
			t.Errorf("%s: room %s, ID %s", c.Hostname, c.Room, id)
		}
		ids[id], machines[c.Machine.Fingerprint()] = true, true
	}
}

// The days before the start end where agents begin, and have nights.
func TestThePastGoesOnInThePresent(t *testing.T) {
	s := newSchool(t, 1)
	for _, c := range append(s.Computers()[:8], s.Own()) {
		on, off := 0, 0
		var last []look.Sample
		for at := monday.AddDate(0, 0, -7); !at.After(monday); at = at.Add(2 * time.Minute) {
			if last = c.Past(at); len(last) > 0 {
				on++
			} else {
				off++
			}
		}
		switch {
		case len(last) == 0:
			t.Fatalf("%s is off when the demonstration begins", c.Hostname)
		case c.Server && off > 0, !c.Server && (on < 500 || off < 2000):
			t.Errorf("%s was on at %d moments and off at %d", c.Hostname, on, off)
		}
		profile := host.Basic
		if c.Server {
			profile = host.Full
		}
		now := c.Look(t.Context(), profile).Samples
		if before := last[:len(now)]; !reflect.DeepEqual(before, now) {
			t.Errorf("%s told before\n%v\nand now\n%v", c.Hostname, before, now)
		}
	}
}

func TestCountersOnlyRise(t *testing.T) {
	at := monday
	s := school.New(school.Options{Dir: t.TempDir(), Seed: 1, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return at }})
	counters := map[string]bool{}
	for _, d := range metric.All() {
		counters[d.Name] = d.Type == metric.Counter
	}
	for _, c := range s.Computers()[:6] {
		at = monday
		before := c.Look(t.Context(), host.Full).Samples
		for range 100 {
			at = at.Add(47 * time.Second)
			now := c.Look(t.Context(), host.Full).Samples
			for i, sample := range now {
				if counters[sample.Name] && sample.Value < before[i].Value {
					t.Fatalf("%s: %s fell from %v to %v", c.Hostname, seriesOf(now)[i], before[i].Value, sample.Value)
				}
			}
			before = now
		}
	}
}

func TestFaultsOfThePastAreInItsSamples(t *testing.T) {
	s := newSchool(t, 1)
	server, pc := s.Computers()[0], s.In(school.RoomIT)[0]
	from := monday.Add(-time.Hour)
	server.Suffered(school.Off, from, from.Add(20*time.Minute))
	pc.Suffered(school.AntivirusOff, monday.Add(-10*time.Minute), monday)
	if n := len(server.Past(from.Add(-time.Minute))); n == 0 {
		t.Error("the server is off before")
	}
	if n := len(server.Past(from.Add(time.Minute))); n != 0 {
		t.Error("the server is on in between")
	}
	after := server.Past(from.Add(21 * time.Minute))
	if len(after) == 0 || after[0].Name != metric.SystemUptime || after[0].Value != 60 {
		t.Errorf("the server is not started anew after: %v", after[:min(1, len(after))])
	}
	enabled := func(at time.Time) float64 {
		for _, sample := range pc.Past(at) {
			if sample.Name == metric.HostAntivirusEnabled {
				return sample.Value
			}
		}
		t.Fatalf("no word about the antivirus at %s", at)
		return 0
	}
	if enabled(monday.Add(-11*time.Minute)) != 1 || enabled(monday.Add(-5*time.Minute)) != 0 || enabled(monday) != 1 {
		t.Error("the antivirus was not off when it was")
	}
}
