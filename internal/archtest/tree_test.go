package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// tree is the source of a module: parsed, not compiled, so that a rule sees the
// files of every operating system at once.
type tree struct {
	root   string // folder of go.mod
	module string // path of the module
	fset   *token.FileSet
	files  []*file // in the order of their paths
}

// file is one Go file.
type file struct {
	path   string // from the root, with slashes: internal/host/host.go
	syntax *ast.File
}

func (f *file) dir() string  { return path.Dir(f.path) }
func (f *file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// where writes a place of the tree for people.
func (t *tree) where(pos token.Pos) string {
	p := t.fset.Position(pos)
	name, err := filepath.Rel(t.root, p.Filename)
	if err != nil {
		name = p.Filename
	}
	return fmt.Sprintf("%s:%d", filepath.ToSlash(name), p.Line)
}

// dependency is one import. Imports of our own packages are written from the
// root (internal/host), others as they are.
type dependency struct {
	file *file
	path string
	own  bool
	at   string
}

func (t *tree) dependencies() []dependency {
	var all []dependency
	for _, f := range t.files {
		for _, spec := range f.syntax.Imports {
			d := dependency{file: f, at: t.where(spec.Pos())}
			d.path, _ = strconv.Unquote(spec.Path.Value)
			if rest, ok := strings.CutPrefix(d.path, t.module+"/"); ok {
				d.path, d.own = rest, true
			}
			all = append(all, d)
		}
	}
	return all
}

// packages returns the files that are not tests, by folder.
func (t *tree) packages() map[string][]*file {
	m := map[string][]*file{}
	for _, f := range t.files {
		if !f.isTest() {
			m[f.dir()] = append(m[f.dir()], f)
		}
	}
	return m
}

// under says whether the folder is the parent or lies below it.
func under(folder, parent string) bool {
	return folder == parent || strings.HasPrefix(folder, parent+"/")
}

func underAny(folder string, parents []string) bool {
	return slices.ContainsFunc(parents, func(p string) bool { return under(folder, p) })
}

// isStandard says whether an import path is the standard library's: only there
// the first element has no dot.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// skipFolder names folders that hold no source of ours.
func skipFolder(name string) bool {
	return name == "testdata" || name == "bin" || name == "budi-data" || len(name) > 1 && (name[0] == '.' || name[0] == '_')
}

// readTree parses every Go file below root.
func readTree(root, module string) (*tree, error) {
	tr := &tree{root: root, module: module, fset: token.NewFileSet()}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && skipFolder(d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		syntax, err := parser.ParseFile(tr.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		tr.files = append(tr.files, &file{path: filepath.ToSlash(rel), syntax: syntax})
		return nil
	})
	return tr, err
}

const ourModule = "github.com/budi-monitor/budi"

// ourRoot is the folder of go.mod: tests run in their package's folder.
func ourRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(data), "module "+ourModule+"\n") {
		t.Fatalf("%s is not the module %s", root, ourModule)
	}
	return root
}

// readOurTree reads Budi's own source, once for all tests.
var readOurTree = sync.OnceValues(func() (*tree, error) {
	return readTree(filepath.Join("..", ".."), ourModule)
})

// ourTree is Budi's own source. Nobody changes it.
func ourTree(t *testing.T) *tree {
	t.Helper()
	ourRoot(t)
	tr, err := readOurTree()
	if err != nil {
		t.Fatalf("read the source: %v", err)
	}
	if len(tr.files) < 50 {
		t.Fatalf("only %d Go files found: the rules would hold for nothing", len(tr.files))
	}
	return tr
}

// madeUpTree writes files (path → content) to a folder of their own and reads
// them. Content without a package clause is an error of the test.
func madeUpTree(t *testing.T, files map[string]string) *tree {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		full := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := readTree(root, ourModule)
	if err != nil {
		t.Fatalf("read the made-up source: %v", err)
	}
	return tr
}

// report fails the test with every problem.
func report(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}
