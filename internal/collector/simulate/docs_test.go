package simulate_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/budi-monitor/budi/internal/collector/simulate"
)

var update = flag.Bool("update", false, "write the lines of docs/simulate.md anew")

const (
	yamlFence = "```yaml\n"
	jsonFence = "```json\n"
	endFence  = "```\n"
)

// Each scenario of docs/simulate.md stands before the lines that it prints. Of a
// type of lines the document shows all or none.
func TestExamplesOfTheDocument(t *testing.T) {
	name := filepath.Join("..", "..", "..", "docs", "simulate.md")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	examples := 0
	var out strings.Builder
	for rest := doc; ; {
		before, after, found := strings.Cut(rest, yamlFence)
		out.WriteString(before)
		if !found {
			break
		}
		scenario, tail, closed := strings.Cut(after, endFence)
		if !closed {
			t.Fatal("a block of YAML does not end")
		}
		out.WriteString(yamlFence + scenario + endFence)
		rest = tail
		if !strings.HasPrefix(scenario, "from:") && !strings.Contains(scenario, "\nfrom:") {
			continue // a part of a scenario
		}
		lead, lines, found := strings.Cut(tail, jsonFence)
		if !found || strings.Contains(lead, "```") {
			t.Fatalf("no lines follow the scenario\n%s", scenario)
		}
		want, tail, _ := strings.Cut(lines, endFence)
		examples++
		got := linesLike(t, scenario, want)
		if *update {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the scenario\n%s\nprints other lines than the document (-document +program):\n%s", scenario, diff)
		}
		out.WriteString(lead + jsonFence + want + endFence)
		rest = tail
	}
	if examples < 20 {
		t.Errorf("only %d examples", examples)
	}
	if *update && out.String() != doc {
		if err := os.WriteFile(name, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// linesLike runs a scenario and returns its lines of the types that are shown.
func linesLike(t *testing.T, scenario, shown string) string {
	t.Helper()
	s, err := simulate.Load("example.yml", []byte(scenario))
	if err != nil {
		t.Fatalf("%v\n%s", err, scenario)
	}
	types := map[string]bool{}
	for line := range strings.Lines(shown) {
		var l struct{ Type string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		types[l.Type] = true
	}
	if len(types) == 0 {
		types["mail"] = true
	}
	var out strings.Builder
	var mails []simulate.MailLine
	err = simulate.Run(t.Context(), s, func(line any) {
		if m, is := line.(simulate.MailLine); is {
			mails = append(mails, m)
		}
		text := encode(t, line)
		var l struct{ Type string }
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if types[l.Type] {
			out.WriteString(text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Expects() {
		for _, d := range s.Check(mails) {
			t.Errorf("%s\n%s", d, scenario)
		}
	}
	return out.String()
}

func encode(t *testing.T, line any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
