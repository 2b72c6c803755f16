package archtest

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var inBackticks = regexp.MustCompile("`([^`\n]+)`")

// chapter returns what docs/architecture.md puts in backticks in a chapter's
// tables.
func chapter(t *testing.T, title string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(ourRoot(t), "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(data), "\n## "+title+"\n")
	if !found {
		t.Fatalf("docs/architecture.md has no chapter %s", title)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var names []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		for _, m := range inBackticks.FindAllStringSubmatch(line, -1) {
			names = append(names, m[1])
		}
	}
	return names
}

func TestArchitectureNamesEveryDependency(t *testing.T) {
	modules := chapter(t, "Dependencies")
	used := map[string]bool{}
	for _, d := range ourTree(t).dependencies() {
		if d.own || isStandard(d.path) {
			continue
		}
		known := false
		for _, m := range modules {
			if under(d.path, m) {
				known, used[m] = true, true
			}
		}
		if !known {
			t.Errorf("%s: %s is not in docs/architecture.md: which module, and why?", d.at, d.path)
		}
	}
	for _, m := range modules {
		if !used[m] {
			t.Errorf("docs/architecture.md names %s, which nobody imports", m)
		}
	}
}

func TestArchitectureNamesEveryPackage(t *testing.T) {
	names := chapter(t, "Packages")
	for _, dir := range slices.Sorted(maps.Keys(ourTree(t).packages())) {
		if !under(dir, "internal") || under(dir, "internal/sim") {
			continue
		}
		if !slices.ContainsFunc(names, func(name string) bool { return path.Base(name) == path.Base(dir) }) {
			t.Errorf("%s is not in docs/architecture.md: what is it for?", dir)
		}
	}
}
