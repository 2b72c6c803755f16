package simulate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/budi-monitor/budi/internal/collector/simulate"
)

// The scenarios of testdata say what an IT specialist would expect.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := simulate.Load(file, data)
			if err != nil {
				t.Fatal(err)
			}
			if !s.Expects() {
				t.Fatal("it expects nothing")
			}
			var mails []simulate.MailLine
			if err := simulate.Run(t.Context(), s, func(line any) {
				switch l := line.(type) {
				case simulate.MailLine:
					mails = append(mails, l)
				case simulate.WarningLine:
					t.Errorf("%s: %s", l.Time, l.Text)
				}
			}); err != nil {
				t.Fatal(err)
			}
			for _, d := range s.Check(mails) {
				t.Error(d)
			}
		})
	}
}
