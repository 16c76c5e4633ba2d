package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Breaks when a regular expression is compiled each time the program starts: sync.OnceValue compiles it when it is first used.
func TestNoExpressionIsCompiledAtStart(t *testing.T) {
	for _, p := range list(t, "-deps", module+"cmd/nix-pins-lsp") {
		if !strings.HasPrefix(p.ImportPath, module) {
			continue
		}
		paths, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(strings.TrimPrefix(p.ImportPath, module)), "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no files: %v", p.ImportPath, err)
		}
		for _, path := range paths {
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, declared := range file.Decls {
				if general, ok := declared.(*ast.GenDecl); !ok || general.Tok != token.VAR || strings.HasSuffix(path, "_test.go") {
					continue
				}
				ast.Inspect(declared, func(n ast.Node) bool {
					if selector, ok := n.(*ast.SelectorExpr); ok && selector.Sel.Name == "MustCompile" {
						t.Errorf("%s: an expression is compiled at each start", files.Position(n.Pos()))
					}
					_, function := n.(*ast.FuncLit)
					return !function
				})
			}
		}
	}
}
