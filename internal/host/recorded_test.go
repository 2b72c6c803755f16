package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/budi-monitor/budi/internal/look"
	"github.com/budi-monitor/budi/internal/metric"
)

var update = flag.Bool("update", false, "write the golden files anew")

// recording is what a computer answered, written down: parts that are absent
// are not told by its system. It stands in for the system's source, so that
// everything above it runs as in production.
type recording struct {
	Note        string                   `json:"note"`
	Uptime      *float64                 `json:"uptime_seconds"`
	LogicalCPUs *int                     `json:"logical_cpus"`
	CPU         map[string]float64       `json:"cpu"`
	Load        *load                    `json:"load"`
	Memory      *memory                  `json:"memory"`
	Paging      *paging                  `json:"paging"`
	Mounts      []mount                  `json:"mounts"`
	Usage       map[string]recordedUsage `json:"usage"`
	Disks       []disk                   `json:"disks"`
	Networks    []network                `json:"networks"`
	Facts       *facts                   `json:"facts"`
	Errors      map[string]string        `json:"errors"`  // by part
	Partial     map[string]string        `json:"partial"` // by part: errors beside an answer
}

type recordedUsage struct {
	usage
	Error string `json:"error"`
	Stuck bool   `json:"stuck"`
}

func loadRecording(t *testing.T, name string) recording {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	var r recording
	if err := dec.Decode(&r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if info, err := os.ReadFile(filepath.Join("testdata", name+".mountinfo")); err == nil {
		r.Mounts = parseMountinfo(info)
	}
	return r
}

// source answers as the recorded computer did; stuck reads return when release
// is closed.
func (r recording) source(release <-chan struct{}) source {
	usageOf := func(_ context.Context, mountpoint string) (usage, error) {
		u, ok := r.Usage[printable(mountpoint)]
		switch {
		case !ok:
			return usage{}, fmt.Errorf("the recording was asked for %q", mountpoint)
		case u.Stuck:
			<-release // whatever the context says: system calls do not listen
			return usage{}, errors.New("stale file handle")
		case u.Error != "":
			return usage{}, errors.New(u.Error)
		}
		return u.usage, nil
	}
	var uptime *time.Duration
	if r.Uptime != nil {
		d := time.Duration(*r.Uptime * float64(time.Second))
		uptime = &d
	}
	s := source{
		uptime:      replay(r, "uptime", uptime),
		logicalCPUs: replay(r, "cpu_count", r.LogicalCPUs),
		load:        replay(r, "load", r.Load),
		memory:      replay(r, "memory", r.Memory),
		paging:      replay(r, "paging", r.Paging),
		facts:       replay(r, "facts", r.Facts),
		usage:       usageOf,
	}
	if r.CPU != nil || r.Errors["cpu"] != "" {
		s.cpu = replay(r, "cpu", &r.CPU)
	}
	if r.Mounts != nil || r.Errors["filesystem"] != "" {
		s.mounts = replay(r, "filesystem", &r.Mounts)
	}
	if r.Disks != nil || r.Errors["disk"] != "" {
		s.disks = replay(r, "disk", &r.Disks)
	}
	if r.Networks != nil || r.Errors["network"] != "" {
		s.networks = replay(r, "network", &r.Networks)
	}
	return s
}

func replay[T any](r recording, part string, value *T) func(context.Context) (T, error) {
	if text := r.Errors[part]; text != "" {
		return func(context.Context) (T, error) { var none T; return none, errors.New(text) }
	}
	if value == nil {
		return nil
	}
	if text := r.Partial[part]; text != "" {
		return func(context.Context) (T, error) { return *value, partialError{errors.New(text)} }
	}
	return func(context.Context) (T, error) { return *value, nil }
}

// lookAt replays a recording once.
func lookAt(t *testing.T, r recording, profile Profile) look.Result {
	t.Helper()
	var res look.Result
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		res = newHost(Options{Profile: profile}, r.source(release)).Look(t.Context())
		close(release)
	})
	return res
}

// show writes a result for people to review.
func show(res look.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "outcome %s\n", res.Outcome)
	if res.Problem != nil {
		fmt.Fprintf(&b, "problem %s: %s\n", res.Problem.Code, res.Problem.Detail)
	}
	for _, f := range res.Facts {
		fmt.Fprintf(&b, "fact %s=%q\n", f.Name, f.Value)
	}
	for _, s := range res.Samples {
		fmt.Fprintf(&b, "%s %s\n", series(s), strconv.FormatFloat(s.Value, 'f', -1, 64))
	}
	return b.String()
}

func series(s look.Sample) string {
	var labels []string
	for _, l := range s.Labels {
		labels = append(labels, fmt.Sprintf("%s=%q", l.Name, l.Value))
	}
	if labels == nil {
		return s.Name
	}
	return s.Name + "{" + strings.Join(labels, ",") + "}"
}

var recordings = []string{
	"linux-server", "linux-container", "linux-failing",
	"windows-classroom", "windows-server", "macos", "nothing",
}

func TestRecordedComputers(t *testing.T) {
	for _, name := range recordings {
		for _, profile := range []Profile{Basic, Full} {
			t.Run(name+"/"+string(profile), func(t *testing.T) {
				res := lookAt(t, loadRecording(t, name), profile)
				checkResult(t, res, profile)
				got := show(res)
				golden := filepath.Join("testdata", fmt.Sprintf("%s.%s.golden", name, profile))
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("not as in %s (refresh with -update and review):\n%s", golden, got)
				}
			})
		}
	}
}

// checkResult holds every result, recorded or real, against the catalogue.
func checkResult(t *testing.T, res look.Result, profile Profile) {
	t.Helper()
	defs := map[string]metric.Def{}
	for _, d := range metric.All() {
		defs[d.Name] = d
	}
	if res.Kind != "host" || res.Target != "host" || res.Time.IsZero() {
		t.Errorf("kind %q, target %q, time %v", res.Kind, res.Target, res.Time)
	}
	if n := len(res.Samples); profile == Basic && n > MaxBasicSeries {
		t.Errorf("%d series in the basic profile, want at most %d", n, MaxBasicSeries)
	}
	seen := map[string]bool{}
	for _, s := range res.Samples {
		def, ok := defs[s.Name]
		if !ok {
			t.Errorf("%s is not in the catalogue", s.Name)
			continue
		}
		var names []string
		for _, l := range s.Labels {
			names = append(names, l.Name)
			if len(l.Value) > maxLabel || strings.ToValidUTF8(l.Value, "?") != l.Value {
				t.Errorf("label %s=%q is too long or not UTF-8", l.Name, l.Value)
			}
		}
		if !slices.Equal(names, def.Labels) {
			t.Errorf("%s has labels %v, the catalogue says %v", s.Name, names, def.Labels)
		}
		if seen[series(s)] {
			t.Errorf("%s is there twice", series(s))
		}
		seen[series(s)] = true
		if def.Unit == "ratio" && (s.Value < 0 || s.Value > 1) {
			t.Errorf("%s = %v is no ratio", series(s), s.Value)
		}
	}
}

// What docs/metrics.md says of each system is what its recordings show.
func TestGapsAreThoseOfTheRecordings(t *testing.T) {
	systems := []struct {
		name string
		gap  func(metric.Gap) string
	}{
		{"linux", func(g metric.Gap) string { return g.Linux }},
		{"windows", func(g metric.Gap) string { return g.Windows }},
		{"macos", func(g metric.Gap) string { return g.MacOS }},
	}
	gaps := metric.HostGaps()
	for _, system := range systems {
		told := map[string]bool{}
		for _, name := range recordings {
			if strings.HasPrefix(name, system.name) {
				for _, s := range lookAt(t, loadRecording(t, name), Full).Samples {
					told[s.Name] = true
				}
			}
		}
		for _, d := range metric.All() {
			if !strings.HasPrefix(d.Name, "system_") {
				continue
			}
			if reason := system.gap(gaps[d.Name]); (reason == "") != told[d.Name] {
				t.Errorf("%s on %s: told %v, gap %q", d.Name, system.name, told[d.Name], reason)
			}
		}
	}
}
