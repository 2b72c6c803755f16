package archtest

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// emptyNames say nothing about what a package is for. (A "service" says
// something below the agent: systemd and Windows call it so.)
var emptyNames = []string{
	"base", "common", "core", "global", "helper", "helpers", "lib", "misc", "model", "models", "services",
	"shared", "tools", "types", "util", "utils",
}

// unnamed finds packages that do not say what they are for, in their name and
// in their comment.
func unnamed(t *tree) []string {
	var problems []string
	packages := t.packages()
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		name := packages[dir][0].syntax.Name.Name
		if slices.Contains(emptyNames, name) || slices.Contains(emptyNames, path.Base(dir)) {
			problems = append(problems, fmt.Sprintf("%s: the name %s says nothing; name what is in it", dir, name))
		}
		want := "Package " + name + " "
		if name == "main" {
			want = "Command "
		}
		var comments []string
		for _, f := range packages[dir] {
			if f.syntax.Doc != nil {
				comments = append(comments, f.path)
				if !strings.HasPrefix(f.syntax.Doc.Text(), want) {
					problems = append(problems, fmt.Sprintf("%s: the package comment begins with %q", f.path, strings.TrimSpace(want)))
				}
			}
		}
		if len(comments) != 1 {
			problems = append(problems, fmt.Sprintf("%s: one file has the package comment, not %d %s", dir, len(comments), strings.Join(comments, " ")))
		}
	}
	return problems
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	report(t, unnamed(ourTree(t)))
}

// maxLines bounds a file: a longer one has two subjects.
const maxLines = 700

func tooLong(t *tree) []string {
	var problems []string
	for _, f := range t.files {
		if lines := t.fset.File(f.syntax.FileStart).LineCount(); lines > maxLines && !ast.IsGenerated(f.syntax) {
			problems = append(problems, fmt.Sprintf("%s: %d lines; split what is above %d by subject", f.path, lines, maxLines))
		}
	}
	return problems
}

func TestFilesAreShort(t *testing.T) {
	report(t, tooLong(ourTree(t)))
}

// ban is a name of a package that is not used outside the folders named.
type ban struct {
	importPath string
	names      []string
	homes      []string // folders that may; none means nobody. internal/sim is for tests
	reason     string
}

var bans = []ban{
	{"github.com/prometheus/client_golang/prometheus", []string{"DefaultRegisterer", "DefaultGatherer", "MustRegister", "Register", "Unregister"}, nil, "metrics go to the registry that was passed in"},
	{"log", []string{"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln", "Default"}, nil, "use the *slog.Logger that was passed in"},
	{"log/slog", []string{"Debug", "Info", "Warn", "Error", "Log", "Default", "SetDefault"}, nil, "use the *slog.Logger that was passed in"},
	{"net/http", []string{"DefaultClient", "DefaultServeMux", "DefaultTransport", "Get", "Head", "Post", "PostForm", "Handle", "HandleFunc", "ListenAndServe", "ListenAndServeTLS"}, nil, "it has no deadline, or is shared by the whole program"},
	{"os", []string{"Exit"}, []string{"cmd", "internal/sim"}, "only a command ends the program"},
	{"os", []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, []string{"cmd", "internal/sim"}, "the environment is read in cmd and passed down as values"},
	{"os/signal", []string{"Notify", "NotifyContext"}, []string{"cmd"}, "signals are read in cmd"},
	{"runtime", []string{"GOOS"}, []string{"internal/buildinfo"}, "what differs by system is in files named _linux.go, _windows.go, _darwin.go"},
}

// clock is what reads or waits for the wall clock.
var clock = ban{
	"time", []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "NewTimer", "NewTicker", "Tick"}, nil,
	"the time is a value that is passed in, so that simulations and tests run the same code",
}

// banned finds uses of the names, outside tests.
func banned(t *tree, bans []ban) []string {
	var problems []string
	for _, f := range t.files {
		if f.isTest() {
			continue
		}
		local := map[string]string{} // name in this file → import path
		for _, spec := range f.syntax.Imports {
			importPath, _ := strconv.Unquote(spec.Path.Value)
			name := path.Base(importPath)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			local[name] = importPath
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			for _, b := range bans {
				if local[pkg.Name] == b.importPath && slices.Contains(b.names, sel.Sel.Name) && !underAny(f.dir(), b.homes) {
					problems = append(problems, fmt.Sprintf("%s: %s.%s: %s", t.where(sel.Pos()), pkg.Name, sel.Sel.Name, b.reason))
				}
			}
			return true
		})
	}
	return problems
}

func TestNothingIsTakenFromTheAir(t *testing.T) {
	report(t, banned(ourTree(t), bans))
}

// timed finds a clock or a goroutine in incident.
func timed(t *tree) []string {
	pure := *t
	pure.files = slices.DeleteFunc(slices.Clone(t.files), func(f *file) bool {
		return f.isTest() || f.dir() != "internal/collector/incident"
	})
	problems := banned(&pure, []ban{clock})
	for _, f := range pure.files {
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				problems = append(problems, fmt.Sprintf("%s: incident starts no goroutine", t.where(g.Pos())))
			}
			return true
		})
	}
	return problems
}

func TestIncidentHasNoClock(t *testing.T) {
	report(t, timed(ourTree(t)))
}

// silencing finds linter exceptions that give no reason.
func silencing(t *tree) []string {
	var problems []string
	for _, f := range t.files {
		for _, group := range f.syntax.Comments {
			for _, c := range group.List {
				rest, ok := strings.CutPrefix(c.Text, "//nolint")
				if !ok {
					continue
				}
				linters, reason, _ := strings.Cut(rest, "//")
				if !strings.HasPrefix(linters, ":") || strings.TrimSpace(reason) == "" {
					problems = append(problems, fmt.Sprintf("%s: write //nolint:name // and why", t.where(c.Pos())))
				}
			}
		}
	}
	return problems
}

func TestEveryExceptionHasItsReason(t *testing.T) {
	report(t, silencing(ourTree(t)))
}

// registering finds functions that run by themselves before main.
func registering(t *tree) []string {
	var problems []string
	for _, f := range t.files {
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				problems = append(problems, fmt.Sprintf("%s: no init(): whoever needs a thing makes it", t.where(fn.Pos())))
			}
		}
		for _, spec := range f.syntax.Imports {
			importPath, _ := strconv.Unquote(spec.Path.Value)
			if spec.Name != nil && spec.Name.Name == "_" && importPath != "embed" && !f.isTest() && blankImports[importPath] == "" {
				problems = append(problems, fmt.Sprintf("%s: %s is imported only for what it does by itself", t.where(spec.Pos()), importPath))
			}
		}
	}
	return problems
}

// blankImports are wanted for their side effect.
var blankImports = map[string]string{
	"time/tzdata": "Windows has no time zones of its own",
}

func TestNothingRunsByItself(t *testing.T) {
	report(t, registering(ourTree(t)))
}

// The rules above find what they forbid, and only that.
func TestHabitsCanBeBroken(t *testing.T) {
	withBans := func(t *tree) []string { return banned(t, bans) }
	for name, c := range map[string]struct {
		rule    func(*tree) []string
		path    string
		content string
		bad     bool
	}{
		"a package with a comment":               {unnamed, "internal/spool/a.go", "// Package spool keeps.\npackage spool\n", false},
		"a package without a comment":            {unnamed, "internal/spool/a.go", "package spool\n", true},
		"a comment that names another package":   {unnamed, "internal/spool/a.go", "// Package pool keeps.\npackage spool\n", true},
		"a command with a comment":               {unnamed, "cmd/agent/main.go", "// Command budi-agent looks.\npackage main\n", false},
		"a name that says nothing":               {unnamed, "internal/utils/a.go", "// Package utils has.\npackage utils\n", true},
		"a folder whose name says nothing":       {unnamed, "internal/models/a.go", "// Package thing has.\npackage thing\n", true},
		"a file of the greatest length":          {tooLong, "internal/a/a.go", "package a\n" + strings.Repeat("\n", maxLines-2), false},
		"a file too long":                        {tooLong, "internal/a/a.go", "package a\n" + strings.Repeat("\n", maxLines+1), true},
		"a client without a deadline":            {withBans, "internal/a/a.go", "package a\nimport \"net/http\"\nvar c = http.DefaultClient\n", true},
		"the same under another name":            {withBans, "internal/a/a.go", "package a\nimport web \"net/http\"\nvar c = web.DefaultClient\n", true},
		"the same in a test":                     {withBans, "internal/a/a_test.go", "package a\nimport \"net/http\"\nvar c = http.DefaultClient\n", false},
		"a client of one's own":                  {withBans, "internal/a/a.go", "package a\nimport \"net/http\"\nvar c = http.Client{}\n", false},
		"the environment in a command":           {withBans, "cmd/agent/main.go", "package main\nimport \"os\"\nvar e = os.Getenv(\"X\")\n", false},
		"the environment below it":               {withBans, "internal/a/a.go", "package a\nimport \"os\"\nvar e = os.Getenv(\"X\")\n", true},
		"a field with a banned name":             {withBans, "internal/a/a.go", "package a\nvar http struct{ DefaultClient int }\nvar c = http.DefaultClient\n", false},
		"incident with a clock":                  {timed, "internal/collector/incident/a.go", "package a\nimport \"time\"\nvar now = time.Now\n", true},
		"incident with a duration":               {timed, "internal/collector/incident/a.go", "package a\nimport \"time\"\nconst hold = time.Second\n", false},
		"incident with a goroutine":              {timed, "internal/collector/incident/a.go", "package a\nfunc f() { go f() }\n", true},
		"an exception with its reason":           {silencing, "internal/a/a.go", "package a\n\nvar x = 1 //nolint:revive // because\n", false},
		"an exception without a reason":          {silencing, "internal/a/a.go", "package a\n\nvar x = 1 //nolint:revive\n", true},
		"an exception from everything":           {silencing, "internal/a/a.go", "package a\n\nvar x = 1 //nolint // because\n", true},
		"a function that runs by itself":         {registering, "internal/a/a.go", "package a\n\nfunc init() {}\n", true},
		"a method of that name":                  {registering, "internal/a/a.go", "package a\n\nfunc (T) init() {}\n", false},
		"an import for its side effect":          {registering, "internal/a/a.go", "package a\nimport _ \"net/http/pprof\"\n", true},
		"an import for embedding a file":         {registering, "internal/a/a.go", "package a\nimport _ \"embed\"\n", false},
		"a state that the whole program shares":  {sharedState, "internal/a/a.go", "package a\n\nvar seen = map[string]int{}\n\nfunc f() { seen[\"x\"]++ }\n", true},
		"a table that nobody changes":            {sharedState, "internal/a/a.go", "package a\n\nvar seen = map[string]int{\"a\": 1}\n\nfunc f() int { return seen[\"x\"] }\n", false},
		"a table that everybody could change":    {sharedState, "internal/a/a.go", "package a\n\nvar Seen = map[string]int{\"a\": 1}\n", true},
		"a lock that the whole program shares":   {sharedState, "internal/a/a.go", "package a\nimport \"sync\"\nvar mu sync.Mutex\n", true},
		"an error":                               {sharedState, "internal/a/a.go", "package a\nimport \"errors\"\nvar ErrGone = errors.New(\"gone\")\n", false},
		"an error that is changed":               {sharedState, "internal/a/a.go", "package a\nimport \"errors\"\nvar ErrGone = errors.New(\"gone\")\nfunc f() { ErrGone = nil }\n", true},
		"a regular expression":                   {sharedState, "internal/a/a.go", "package a\nimport \"regexp\"\nvar word = regexp.MustCompile(`a`)\n", false},
		"a promise to the compiler":              {sharedState, "internal/a/a.go", "package a\nimport \"io\"\nvar _ io.Reader = (*T)(nil)\n", false},
		"a value whose address is taken":         {sharedState, "internal/a/a.go", "package a\n\nvar ports = []int{1}\n\nfunc f() *[]int { return &ports }\n", true},
		"a local variable of the same name":      {sharedState, "internal/a/a.go", "package a\n\nvar ports = []int{1}\n\nfunc f() { ports := map[int]int{}; ports[1] = 2 }\n", false},
		"a table that a loop writes into":        {sharedState, "internal/a/a.go", "package a\n\nvar ports = []int{1}\n\nfunc f() { for ports[0] = range 3 {} }\n", true},
		"a table from which a function deletes":  {sharedState, "internal/a/a.go", "package a\n\nvar ports = map[int]int{1: 1}\n\nfunc f() { delete(ports, 1) }\n", true},
		"a variable of another package, written": {sharedState, "internal/a/a.go", "package a\nimport \"" + ourModule + "/internal/buildinfo\"\nfunc f() { buildinfo.Version = \"\" }\n", true},
		"embedded files":                         {sharedState, "internal/a/a.go", "package a\nimport \"embed\"\n//go:embed x\nvar files embed.FS\n", false},
		"an embedded text":                       {sharedState, "internal/a/a.go", "package a\nimport _ \"embed\"\n//go:embed x\nvar text string\n", false},
		"a text that is not embedded":            {sharedState, "internal/a/a.go", "package a\nvar text string\n", true},
		"state in a test":                        {sharedState, "internal/a/a_test.go", "package a\nvar text string\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			problems := c.rule(madeUpTree(t, map[string]string{c.path: c.content}))
			if c.bad != (len(problems) > 0) {
				t.Errorf("problems %q of\n%s", problems, c.content)
			}
		})
	}
}
