package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowedVariables are package-level variables that no rule of sharedState
// covers, each with its reason.
var allowedVariables = map[string]string{
	"internal/buildinfo.Version":               "the linker sets it in release builds",
	"internal/collector/access.ackEncoding":    "an encoding of the standard library, of one kind",
	"internal/collector/metricdb.staleNaN":     "a constant that Go cannot spell as one: no NaN is constant",
	"internal/collector/access.DefaultHashing": "a struct of three numbers, which Go cannot spell as a constant",
	"internal/collector/boltstore.migrations":  "a table that is empty until the first migration",
	"internal/collector/web.templates":         "reads what is compiled in, once: the same for every console",
	"internal/i18n.load":                       "reads what is compiled in, once: nobody can change a catalogue",
}

// sharedState finds package-level variables that could hold state: only errors,
// regular expressions, embedded files, promises to the compiler and unexported
// tables are allowed, and nobody writes to any of them, or could.
func sharedState(t *tree) []string {
	found := map[string]bool{}
	packages := t.packages()
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		for _, system := range []string{"linux", "windows", "darwin"} {
			files := filesFor(t, packages[dir], system)
			info := resolve(t, dir, files)
			for _, f := range files {
				for _, p := range declared(t, dir, f, info) {
					found[p] = true
				}
				for _, p := range written(t, f, info) {
					found[p] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// filesFor chooses the files that are built for a system.
func filesFor(t *tree, files []*file, system string) []*ast.File {
	chosen := build.Default
	chosen.GOOS, chosen.GOARCH, chosen.CgoEnabled = system, "amd64", false
	var out []*ast.File
	for _, f := range files {
		full := filepath.Join(t.root, filepath.FromSlash(f.path))
		if ok, err := chosen.MatchFile(filepath.Dir(full), filepath.Base(full)); err == nil && ok {
			out = append(out, f.syntax)
		}
	}
	return out
}

// nobody imports nothing: names within a package are all that is needed here.
type nobody struct{}

func (nobody) Import(string) (*types.Package, error) { return nil, errors.New("not needed") }

// resolve finds what each name of a package means, as far as it can without
// the packages that it imports.
func resolve(t *tree, dir string, files []*ast.File) *types.Info {
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: nobody{}, Error: func(error) {}}
	_, _ = config.Check(t.module+"/"+dir, t.fset, files, info) // imports cannot be found: errors are expected
	return info
}

// declared checks the kinds of a file's package-level variables.
func declared(t *tree, dir string, f *ast.File, info *types.Info) []string {
	var problems []string
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			vs := spec.(*ast.ValueSpec)
			embeds := hasEmbed(gen.Doc) || hasEmbed(vs.Doc)
			for i, name := range vs.Names {
				var value ast.Expr
				if i < len(vs.Values) {
					value = vs.Values[i]
				}
				if name.Name == "_" || embeds || allowedVariables[dir+"."+name.Name] != "" || isFixed(name, value) {
					continue
				}
				problems = append(problems, fmt.Sprintf("%s: var %s: state of a whole package; pass it in, or give internal/archtest the reason", t.where(name.Pos()), name.Name))
			}
		}
	}
	return problems
}

func hasEmbed(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// isFixed says whether a variable is a constant in all but name: an error, a
// regular expression, or an unexported table.
func isFixed(name *ast.Ident, value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.CallExpr:
		if to, ok := v.Fun.(*ast.ArrayType); ok && to.Len == nil { // []byte("…")
			return !name.IsExported()
		}
		sel, ok := v.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		pkg, _ := sel.X.(*ast.Ident)
		if pkg == nil {
			return false
		}
		switch pkg.Name + "." + sel.Sel.Name {
		case "errors.New", "fmt.Errorf":
			return strings.HasPrefix(name.Name, "err") || strings.HasPrefix(name.Name, "Err")
		case "regexp.MustCompile":
			return !name.IsExported()
		}
	case *ast.CompositeLit:
		switch v.Type.(type) {
		case *ast.ArrayType, *ast.MapType:
			return !name.IsExported()
		}
	}
	return false
}

// written finds what writes to a package-level variable, of this package or of
// another of ours, or takes its address so that somebody could.
func written(t *tree, f *ast.File, info *types.Info) []string {
	var problems []string
	check := func(target ast.Expr, what string) {
		name, of := root(target, info)
		if name == nil {
			return
		}
		if obj := info.Uses[name]; of == "" && (obj == nil || obj.Parent() == nil || obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope()) {
			return
		}
		if of != "" && !strings.HasPrefix(of, t.module+"/") {
			return
		}
		problems = append(problems, fmt.Sprintf("%s: %s %s, which the whole package shares", t.where(target.Pos()), what, name.Name))
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, target := range n.Lhs {
					check(target, "writes to")
				}
			}
		case *ast.IncDecStmt:
			check(n.X, "writes to")
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				check(n.Key, "writes to")
				if n.Value != nil {
					check(n.Value, "writes to")
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				check(n.X, "takes the address of")
			}
		case *ast.CallExpr:
			if fn, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (fn.Name == "delete" || fn.Name == "clear" || fn.Name == "copy") {
				check(n.Args[0], "writes to")
			}
		}
		return true
	})
	return problems
}

// root returns the variable that an expression reaches into: table in
// table["x"].field. of is the import path when it is another package's.
func root(e ast.Expr, info *types.Info) (name *ast.Ident, of string) {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			if _, ok := info.Uses[x].(*types.Var); !ok {
				return nil, ""
			}
			return x, ""
		case *ast.SelectorExpr:
			if pkg, ok := x.X.(*ast.Ident); ok {
				if named, ok := info.Uses[pkg].(*types.PkgName); ok {
					return x.Sel, named.Imported().Path()
				}
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil, ""
		}
	}
}

func TestNoStateOfAWholePackage(t *testing.T) {
	report(t, sharedState(ourTree(t)))
}

// An exception whose variable is gone goes too.
func TestAllowedVariablesAreThere(t *testing.T) {
	declared := map[string]bool{}
	for dir, files := range ourTree(t).packages() {
		for _, f := range files {
			for _, decl := range f.syntax.Decls {
				if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.VAR {
					for _, spec := range gen.Specs {
						for _, name := range spec.(*ast.ValueSpec).Names {
							declared[dir+"."+name.Name] = true
						}
					}
				}
			}
		}
	}
	for name := range allowedVariables {
		if !declared[name] {
			t.Errorf("there is no variable %s: remove it from allowedVariables", name)
		}
	}
}
