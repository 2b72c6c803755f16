package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompareTellsAnEditFromADefacement(t *testing.T) {
	dir := t.TempDir()
	page := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := "<title>Mokykla</title><h1>Mokykla</h1><p>" + strings.Repeat("Pamokos prasideda aštuntą valandą ryto. ", 12)
	before := page("before.html", good)
	edited := page("edited.html", good+"<p>Rytoj pamokų nebus.")
	defaced := page("defaced.html", "<title>Hacked by Xx</title><h1>Hacked by Xx Team</h1>")
	for name, tc := range map[string]struct {
		args     []string
		alarming bool
	}{
		"an edit":              {[]string{before, edited}, false},
		"a defacement":         {[]string{before, defaced}, true},
		"a defacement, alone":  {[]string{defaced}, true},
		"a good page, alone":   {[]string{before}, false},
		"what was well before": {[]string{before, defaced, defaced}, false},
	} {
		cmd := compareCommand()
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true // as the root has them
		cmd.SetArgs(append(tc.args, "--url", "https://www.mokykla.example/"))
		err := cmd.Execute()
		var told toldError
		if errors.As(err, &told) != tc.alarming || err != nil && !tc.alarming {
			t.Errorf("%s: %v", name, err)
		}
		var got comparison
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Alarming != tc.alarming || got.Alarming != (got.Points >= 100) || got.Findings == nil {
			t.Errorf("%s: %v %s", name, err, out.String())
		}
	}
	for _, args := range [][]string{{before}, {before, "--url", "mokykla"}, {filepath.Join(dir, "none.html"), "--url", "https://www.mokykla.example/"}} {
		cmd := compareCommand()
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs(args)
		if err := cmd.Execute(); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
