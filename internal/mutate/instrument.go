package main

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// mutant is one condition that is taken out of a file.
type mutant struct {
	number       int // from 1
	file         string
	line, column int
	function     string
	// kind is guard (an if that only leaves: it never does), operand (of &&: always true), alternative (of ||: always false)
	// or case (of a switch without a tag: never taken).
	kind string
	// text is the condition's source, on one line.
	text string
}

// name names a mutant across changes elsewhere in the file. Equal conditions of one function share it.
func (m mutant) name() string {
	return strings.Join([]string{m.file, m.function, m.kind, m.text}, "\t")
}

const switchVariable = "MUTANT"

// switchSource is the file that is added to the package.
const switchSource = `package diagnostics

import (
	"os"
	"strconv"
)

var mutantNumber, _ = strconv.Atoi(os.Getenv("` + switchVariable + `"))

func mutant(number int) bool { return number == mutantNumber }
`

// instrument makes each condition of a file switchable. Numbers count from first.
func instrument(name, source string, first int) (changed string, mutants []mutant, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	type insertion struct {
		offset, order int
		text          string
	}
	var insertions []insertion
	function := ""
	add := func(kind string, condition ast.Expr) {
		start, end := files.Position(condition.Pos()), files.Position(condition.End())
		m := mutant{
			number: first + len(mutants), file: name, line: start.Line, column: start.Column, function: function, kind: kind,
			text: strings.Join(strings.Fields(source[start.Offset:end.Offset]), " "),
		}
		mutants = append(mutants, m)
		call := "mutant(" + strconv.Itoa(m.number) + ")"
		before := "(!" + call + " && ("
		if kind == "operand" {
			before = "(" + call + " || ("
		}
		// What begins at one place begins with the outer one, what ends at one place ends with the inner one.
		insertions = append(insertions,
			insertion{start.Offset, m.number, before},
			insertion{end.Offset, -m.number, "))"})
	}
	for _, declaration := range file.Decls {
		function = declared(declaration)
		ast.Inspect(declaration, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.IfStmt:
				if leaves(n.Body) && n.Else == nil {
					add("guard", n.Cond)
				}
			case *ast.SwitchStmt:
				if n.Tag == nil {
					for _, clause := range n.Body.List {
						for _, condition := range clause.(*ast.CaseClause).List {
							add("case", condition)
						}
					}
				}
			case *ast.BinaryExpr:
				for _, operand := range []ast.Expr{n.X, n.Y} {
					// a && b && c is (a && b) && c: the operands are a, b and c.
					if inner, ok := operand.(*ast.BinaryExpr); ok && inner.Op == n.Op {
						continue
					}
					switch n.Op {
					case token.LAND:
						add("operand", operand)
					case token.LOR:
						add("alternative", operand)
					}
				}
			}
			return true
		})
	}
	slices.SortStableFunc(insertions, func(a, b insertion) int {
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.order, b.order))
	})
	var b strings.Builder
	at := 0
	for _, i := range insertions {
		b.WriteString(source[at:i.offset])
		b.WriteString(i.text)
		at = i.offset
	}
	b.WriteString(source[at:])
	return b.String(), mutants, nil
}

// declared names the function of a declaration; a variable of ours is a rule, whose function is Check.
func declared(declaration ast.Decl) string {
	if f, ok := declaration.(*ast.FuncDecl); ok {
		return f.Name.Name
	}
	return "Check"
}

// leaves says whether a block does nothing but return, continue or break.
func leaves(block *ast.BlockStmt) bool {
	if len(block.List) != 1 {
		return false
	}
	switch block.List[0].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}
