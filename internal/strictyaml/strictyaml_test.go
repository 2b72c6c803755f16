package strictyaml_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/budi-monitor/budi/internal/secret"
	"github.com/budi-monitor/budi/internal/strictyaml"
)

type config struct {
	Name   string        `yaml:"name"`
	Every  time.Duration `yaml:"every"`
	Mail   *mail         `yaml:"mail"`
	Checks []check       `yaml:"checks"`
}

type mail struct {
	Host     string        `yaml:"host"`
	Port     int           `yaml:"port"`
	Password secret.String `yaml:"password"`
}

type check struct {
	ID     string   `yaml:"id"`
	Expect []string `yaml:"expect"`
}

func (c *config) validate(r *strictyaml.Report) {
	if c.Name == "" {
		r.Missing("name", "write a name")
	}
	if c.Mail != nil && c.Mail.Port <= 0 {
		r.At("mail").Bad("port", c.Mail.Port, "write a number from 1 to 65535")
	}
	if c.Mail != nil && c.Mail.Host == "" {
		r.At("mail").Missing("host", "write the mail server's name")
	}
	for i, ch := range c.Checks {
		for j, e := range ch.Expect {
			if e == "bad" {
				r.At("checks").Index(i).At("expect").Index(j).Bad("", e, "write a status")
			}
		}
	}
}

func decode(text string) (config, error) {
	c := config{Every: time.Minute}
	err := strictyaml.Decode("budi.yml", []byte(text), &c, c.validate)
	return c, err
}

func TestGoodFilesAreReadOverTheDefaults(t *testing.T) {
	c, err := decode("name: x\nmail: {host: h, port: 25, password: p}\n")
	if err != nil {
		t.Fatal(err)
	}
	if c.Every != time.Minute || c.Mail.Port != 25 || c.Mail.Password.Reveal() != "p" {
		t.Errorf("got %+v", c)
	}
}

func TestEveryProblemIsToldWithItsPlace(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"all at once, by line": {
			"mail:\n  port: -5\nchecks:\n  - id: a\n    expect: [ok, bad]\n  - id: b\n    expect:\n      - bad\n",
			[]string{
				`budi.yml: name: write a name`,
				`budi.yml:1: mail.host: write the mail server's name`,
				`budi.yml:2: mail.port is "-5": write a number from 1 to 65535`,
				`budi.yml:5: checks[0].expect[1] is "bad": write a status`,
				`budi.yml:8: checks[1].expect[0] is "bad": write a status`,
			},
		},
		"an unknown field": {
			"name: x\nmail:\n  hots: h\n  host: h\n  port: 1\n",
			[]string{`budi.yml:3: mail.hots: there is no such field; look for a spelling mistake or a wrong indentation`},
		},
		"a wrong type": {
			"name: x\nmail:\n  host: h\n  port: many\n",
			[]string{`budi.yml:4: mail.port is "many": this must be a number`},
		},
		"a duration without a unit": {
			"name: x\nevery: soon\n",
			[]string{`budi.yml:2: every is "soon": this must be a time with its unit, for example 60s or 5m`},
		},
		"a doubled field": {
			"name: x\nname: y\n",
			[]string{`budi.yml:2: name: this field stands twice; remove one of them (the first is on line 1)`},
		},
		"broken YAML": {
			"name: [x\n",
			[]string{`did not find expected ',' or ']'`},
		},
		"a tab": {
			"name: x\nmail:\n\thost: h\n",
			[]string{`budi.yml:3: found character that cannot start any token`},
		},
		"two documents": {"name: x\n---\nname: y\n", []string{`more than one document`}},
		"an empty file": {"", []string{`budi.yml: name: write a name`}},
		"only comments": {"# nothing\n", []string{`budi.yml: name: write a name`}},
		"not a mapping": {"- a\n- b\n", []string{`budi.yml:1`}},
		"an alias bomb": {
			"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nname: *f\n",
			[]string{`budi.yml`},
		},
		"too large": {"#" + strings.Repeat("x", strictyaml.MaxBytes), []string{"at most"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode(tc.text)
			var problems strictyaml.Errors
			if !errors.As(err, &problems) {
				t.Fatalf("got %v", err)
			}
			lines := strings.Split(err.Error(), "\n")
			for _, want := range tc.want {
				found := false
				for _, line := range lines {
					found = found || strings.Contains(line, want)
				}
				if !found {
					t.Errorf("not told: %s\ntold:\n%s", want, err)
				}
			}
			if strings.HasPrefix(tc.want[0], "budi.yml:") && !strings.HasSuffix(name, "bomb") && len(lines) != len(tc.want) {
				t.Errorf("%d problems told, want %d:\n%s", len(lines), len(tc.want), err)
			}
		})
	}
}

func TestAPasswordIsNeverRepeated(t *testing.T) {
	_, err := decode("name: x\nmail:\n  host: h\n  port: 1\n  password: [hunter2]\n")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"name: x\n", "mail: {port: -5}\n", "checks: [{id: a, expect: [bad]}]\n", "name: &a [*a]\n", "? {a: b}\n: c\n", "<<: {name: x}\n", "name: !!binary aGk=\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := decode(text)
		var problems strictyaml.Errors
		if err != nil && !errors.As(err, &problems) {
			t.Errorf("an error that tells no place: %v", err)
		}
		for _, p := range problems {
			if p.Want == "" || p.File != "budi.yml" {
				t.Errorf("a problem that tells nothing: %+v", p)
			}
		}
	})
}

func TestProblemsOfOtherReadersAreToldWithOurs(t *testing.T) {
	text := "name: x\nchecks:\n  - id: a\n    expect: [b]\n  - id: b\n"
	var c config
	err := strictyaml.Decode("budi.yml", []byte(text), &c, func(r *strictyaml.Report) {
		r.Add(
			strictyaml.Problem{File: "z.yml", Line: 1, Want: "of the last file"},
			strictyaml.Problem{File: "a.yml", Line: 9, Want: "of another file"},
			strictyaml.Problem{File: "a.yml", Line: 2, Want: "of another file, first"},
			strictyaml.Problem{File: "budi.yml", Field: "checks[1]", Want: "gets its line"},
			strictyaml.Problem{File: "budi.yml", Line: 4, Field: "expect", Want: "gets its path"},
			strictyaml.Problem{File: "budi.yml", Line: 3, Field: "checks[0].id", Want: "has both"},
		)
		r.Bad("name", "x", "ours")
	})
	want := `budi.yml:1: name is "x": ours
budi.yml:3: checks[0].id: has both
budi.yml:4: checks[0].expect: gets its path
budi.yml:5: checks[1]: gets its line
a.yml:2: of another file, first
a.yml:9: of another file
z.yml:1: of the last file`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
