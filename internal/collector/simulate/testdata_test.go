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

// The same file gives the same lines, byte for byte.
func TestTheSameScenarioGivesTheSameLines(t *testing.T) {
	for _, name := range []string{"branch-cut-off", "power-cut", "workstations-off", "escalation", "mail-away-weekend"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".yml"))
		if err != nil {
			t.Fatal(err)
		}
		var runs [2]string
		for i := range runs {
			s, err := simulate.Load(name, data)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := simulate.Run(t.Context(), s, func(line any) { out.WriteString(encode(t, line)) }); err != nil {
				t.Fatal(err)
			}
			runs[i] = out.String()
		}
		if runs[0] != runs[1] {
			t.Errorf("%s: two runs differ", name)
		}
	}
}

func TestDifferencesAreTold(t *testing.T) {
	s, err := simulate.Load("check.yml", []byte(`from: 2026-10-06 08:00
to: +4h
topology:
  - {id: srv, kind: server}
contacts:
  - {name: Rasa}
events:
  - {at: 09:00, down: srv}
expect:
  - {at: 10:00, to: Rasa, kind: fault, about: srv}
`))
	if err != nil {
		t.Fatal(err)
	}
	var mails []simulate.MailLine
	if err := simulate.Run(t.Context(), s, func(line any) {
		if m, is := line.(simulate.MailLine); is {
			mails = append(mails, m)
		}
	}); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(s.Check(mails), "\n")
	for _, want := range []string{"expect[0]: no such mail: at 2026-10-06T10:00:00+03:00, to Rasa, kind fault, about srv; the nearest is 2026-10-06T09:02:30+03:00", "not expected: 2026-10-06T09:02:30+03:00, fault to Rasa"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// Computers that people switch off by chance, and six faults at night: six faults
// and their recoveries.
func TestAYearOfPeopleWhoSwitchOff(t *testing.T) {
	text := schoolYear()
	for _, seed := range []string{"1"} {
		s, err := simulate.Load("year.yml", []byte("seed: "+seed+"\n"+strings.ReplaceAll(text, "01-95", "01-20")))
		if err != nil {
			t.Fatal(err)
		}
		var mails []simulate.MailLine
		if err := simulate.Run(t.Context(), s, func(line any) {
			if m, is := line.(simulate.MailLine); is {
				mails = append(mails, m)
			}
		}); err != nil {
			t.Fatal(err)
		}
		for _, d := range s.Check(mails) {
			t.Errorf("seed %s: %s", seed, d)
		}
	}
}
