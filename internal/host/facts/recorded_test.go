package facts

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/budi-monitor/budi/internal/metric"
	"github.com/budi-monitor/budi/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// recordedAt is when every recorded computer was recorded.
func recordedAt() time.Time { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC) }

// tree is a recorded computer with Linux: its files in one text. What is
// before the first line "-- name --" says what it is. Behind the name may be
// "-> target" for a symbolic link, and in brackets
//
//	hex     the content is bytes in hexadecimal
//	quoted  each line is a quoted Go string; nothing is added between them
//	denied  nobody may read it
//	a time  when it was changed, RFC 3339
//
// Names that begin with "!" are not files: !hostname, !address/<card>,
// !health/<disk>.
type tree struct {
	fstest.MapFS
	denied map[string]bool
	extra  map[string]string
}

func (t tree) Open(name string) (fs.File, error) {
	if t.denied[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return t.MapFS.Open(name)
}

func parseTree(text string) (tree, error) {
	t := tree{fstest.MapFS{}, map[string]bool{}, map[string]string{}}
	_, text, ok := strings.Cut("\n"+text, "\n-- ")
	if !ok {
		return t, errors.New("no file")
	}
	for section := range strings.SplitSeq(text, "\n-- ") {
		head, content, _ := strings.Cut(section, "\n")
		head, ok := strings.CutSuffix(head, " --")
		if !ok {
			return t, fmt.Errorf("%q does not end in --", head)
		}
		if content != "" && !strings.HasSuffix(content, "\n") {
			content += "\n"
		}
		name, rest, _ := strings.Cut(head, " ")
		if target, ok := strings.CutPrefix(rest, "-> "); ok {
			t.MapFS[name] = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
			continue
		}
		file := &fstest.MapFile{Data: []byte(content), Mode: 0o644}
		for option := range strings.FieldsSeq(strings.Trim(rest, "[]")) {
			var err error
			switch option {
			case "hex":
				file.Data, err = hex.DecodeString(strings.Join(strings.Fields(content), ""))
			case "quoted":
				file.Data = nil
				for line := range strings.Lines(content) {
					var s string
					if s, err = strconv.Unquote(strings.TrimSpace(line)); err != nil {
						break
					}
					file.Data = append(file.Data, s...)
				}
			case "denied":
				t.denied[name] = true
			default:
				file.ModTime, err = time.Parse(time.RFC3339, option)
			}
			if err != nil {
				return t, fmt.Errorf("%s: %w", name, err)
			}
		}
		switch {
		case strings.HasPrefix(name, "!"):
			t.extra[name] = strings.TrimSpace(content)
		case strings.HasSuffix(name, "/"):
			t.MapFS[path.Clean(name)] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		default:
			t.MapFS[name] = file
		}
	}
	return t, nil
}

func loadTree(t testing.TB, name string) source {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	files, err := parseTree(string(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return linux{
		files: files, hostname: files.extra["!hostname"], location: time.FixedZone("EET", 2*60*60),
		address: func(card string) string { return files.extra["!address/"+card] },
		health:  func(disk string) string { return files.extra["!health/"+disk] },
	}.source()
}

// recorded lists the recorded computers of a system.
func recorded(t testing.TB, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	return names
}

// replayed makes an inventory of a recorded computer.
func replayed(src source) *Inventory {
	inv := newInventory(Options{}, src)
	inv.now = recordedAt
	return inv
}

// show writes a snapshot for people to review.
func show(s Snapshot) string {
	var b strings.Builder
	fmt.Fprintf(&b, "hostname %q, server %v\n", s.Hostname, s.Server)
	fmt.Fprintf(&b, "machine uuid=%q serial=%q board=%q macs=%q\n", s.Machine.SystemUUID, s.Machine.SystemSerial, s.Machine.BoardSerial, s.Machine.MACs)
	for _, set := range s.Sets {
		fmt.Fprintf(&b, "\n%s\n", set.Kind)
		for _, item := range set.Items {
			fmt.Fprintf(&b, "  %q", item.Key)
			for _, name := range slices.Sorted(maps.Keys(item.Fields)) {
				fmt.Fprintf(&b, " %s=%q", name, item.Fields[name])
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n")
	for _, kind := range slices.Sorted(maps.Keys(s.Errors)) {
		fmt.Fprintf(&b, "error %s: %s\n", kind, s.Errors[kind])
	}
	for _, sample := range s.Samples(recordedAt()) {
		fmt.Fprintf(&b, "%s %v %v\n", sample.Name, sample.Labels, sample.Value)
	}
	return b.String()
}

// check holds every snapshot, recorded or real, against the catalogues.
func check(t *testing.T, s Snapshot) {
	t.Helper()
	if err := s.Machine.Check(); err != nil {
		t.Error(err)
	}
	kinds := map[string]Kind{}
	for _, k := range Kinds() {
		kinds[k.Name] = k
	}
	for _, set := range s.Sets {
		kind, ok := kinds[set.Kind]
		if !ok {
			t.Errorf("%s is no kind", set.Kind)
		}
		if set.Items == nil || set.Time.IsZero() {
			t.Errorf("%s: items %v at %v", set.Kind, set.Items, set.Time)
		}
		if len(set.Items) > wire.MaxItems {
			t.Errorf("%s has %d items", set.Kind, len(set.Items))
		}
		keys := map[string]bool{}
		for _, item := range set.Items {
			if keys[item.Key] {
				t.Errorf("%s %q is there twice", set.Kind, item.Key)
			}
			keys[item.Key] = true
			texts := []string{item.Key}
			for name, value := range item.Fields {
				if !slices.Contains(kind.Fields, name) {
					t.Errorf("%s has the field %s, which Kinds does not know", set.Kind, name)
				}
				if value == "" {
					t.Errorf("%s %q: %s is empty", set.Kind, item.Key, name)
				}
				texts = append(texts, value)
			}
			for _, text := range texts {
				if len(text) > wire.MaxText || clean(text) != text {
					t.Errorf("%s: %q is too long or not clean", set.Kind, text)
				}
			}
		}
	}
	samples := s.Samples(recordedAt())
	if len(samples) > MaxSamples {
		t.Errorf("%d samples", len(samples))
	}
	for _, sample := range samples {
		i := slices.IndexFunc(metric.All(), func(d metric.Def) bool { return d.Name == sample.Name })
		if i < 0 || len(metric.All()[i].Labels) != len(sample.Labels) {
			t.Errorf("sample %+v is not in the catalogue", sample)
		}
		if sample.Value < 0 {
			t.Errorf("%s is %v", sample.Name, sample.Value)
		}
	}
}

// compare holds a snapshot against its golden file.
func compare(t *testing.T, name string, snap Snapshot) {
	t.Helper()
	check(t, snap)
	got, golden := show(snap), filepath.Join("testdata", strings.TrimSuffix(name, filepath.Ext(name))+".golden")
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
}

func TestRecordedLinuxComputers(t *testing.T) {
	names := recorded(t, "linux-*.tree")
	if len(names) < 10 {
		t.Errorf("only %d recorded computers", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			compare(t, name, replayed(loadTree(t, name)).Take(t.Context(), nil))
		})
	}
}
