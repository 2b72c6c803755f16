package archtest

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// home matches somebody's home folder; home folders of the documentation are
// called user, example and the like.
var home = regexp.MustCompile(`(?:/home/|/Users/|[A-Z]:\\+Users\\+)(\w[\w.-]*)`)

// homesOfNobody are the names in home folders that stand for any person.
var homesOfNobody = map[string]bool{"budi": true, "example": true, "user": true, "Public": true, "Shared": true}

// private finds texts that belong to the computer on which a file was written:
// its folders, and the hosts of its package registry.
func private(name string, data []byte, texts []string) []string {
	var problems []string
	for i, line := range bytes.Split(data, []byte("\n")) {
		for _, text := range texts {
			if bytes.Contains(line, []byte(text)) {
				problems = append(problems, fmt.Sprintf("%s:%d: names %s, which is of this computer only", name, i+1, text))
			}
		}
		for _, m := range home.FindAllSubmatch(line, -1) {
			if !homesOfNobody[string(m[1])] {
				problems = append(problems, fmt.Sprintf("%s:%d: names a home folder: %s", name, i+1, m[0]))
			}
		}
	}
	return problems
}

// ofThisComputer returns what no file may name: the folder of the source, the
// home folder and the registry's hosts.
func ofThisComputer(t *testing.T) []string {
	t.Helper()
	var texts []string
	folders := []string{ourRoot(t)}
	if h, err := os.UserHomeDir(); err == nil {
		folders = append(folders, h)
	}
	for _, folder := range folders {
		if strings.Count(filepath.ToSlash(folder), "/") >= 2 { // /src could be anybody's
			texts = append(texts, folder)
		}
	}
	return append(texts, registries(goEnv(t, "GOPROXY"))...)
}

// registries returns the hosts of a list as GOPROXY has it.
func registries(list string) []string {
	var hosts []string
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '|' }) {
		if u, err := url.Parse(strings.TrimSpace(entry)); err == nil && u.Hostname() != "" {
			hosts = append(hosts, u.Hostname())
		}
	}
	return hosts
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command in PATH to ask for its settings")
	}
	out, err := exec.Command(goTool, "env", name).Output()
	if err != nil {
		t.Fatalf("go env %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

func TestNoFileNamesTheComputerItWasWrittenOn(t *testing.T) {
	root, texts := ourRoot(t), ofThisComputer(t)
	read := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "budi-data"):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if bytes.IndexByte(data, 0) >= 0 { // an image
			return nil
		}
		read++
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		report(t, private(filepath.ToSlash(rel), data, texts))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 100 {
		t.Errorf("only %d files read", read)
	}
}

func TestPrivatePlacesAreSeen(t *testing.T) {
	hosts := registries("https://registry.example.org/go,https://user:pass@other.example.org:8080|direct")
	for text, bad := range map[string]bool{
		"see registry.example.org for it":   true,
		"see other.example.org for it":      true,
		"see www.example.org for it":        false,
		"in /home/" + "rasa/budi":           true,
		"in /Users/" + "rasa/budi":          true,
		`in C:\Users\` + `rasa\budi`:        true,
		"in /home/user/budi":                false,
		`in C:\Users\Public`:                false,
		"the home folders are below /home/": false,
	} {
		if problems := private("a.md", []byte(text), hosts); bad != (len(problems) > 0) {
			t.Errorf("%q: problems %q", text, problems)
		}
	}
}
