package runbooks_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	runbooks "github.com/budi-monitor/budi/docs/runbooks"
)

func TestEveryPageIsInBothLanguagesAndItsLinksLeadSomewhere(t *testing.T) {
	names, err := fs.Glob(runbooks.Pages, "*.md")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	link := regexp.MustCompile(`\]\(([^):]+)\)`)
	alert := regexp.MustCompile(`^# ([A-Za-z]+): \S`)
	heading := func(name string) string {
		t.Helper()
		text, err := fs.ReadFile(runbooks.Pages, name)
		if err != nil {
			t.Error(err)
			return ""
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := fs.Stat(runbooks.Pages, m[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		m := alert.FindStringSubmatch(string(text))
		if m == nil {
			t.Errorf("%s does not begin with the name of its alert", name)
			return ""
		}
		return m[1]
	}
	for _, name := range names {
		if base, translated := strings.CutSuffix(name, ".lt.md"); translated {
			_ = heading(base + ".md") // told when it is not there
			continue
		}
		if en, lt := heading(name), heading(strings.TrimSuffix(name, ".md")+".lt.md"); en != lt {
			t.Errorf("%s is about %s, its translation about %s", name, en, lt)
		}
	}
}
