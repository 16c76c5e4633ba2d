package parse

// syntaxErrors says in words what the grammar could not read.
func syntaxErrors(t *tree) []SyntaxError {
	var list []SyntaxError
	for i := 0; i < len(t.nodes); i++ {
		n := t.nodes[i]
		if n.flags&hasError == 0 && n.flags&missing == 0 {
			i = int(n.next) - 1
			continue
		}
		if n.kind == kError || n.flags&missing != 0 {
			list = append(list, SyntaxError{Span: t.span(int32(i)), Message: "syntax error"})
			return list
		}
	}
	return list
}

func repaired(t *tree) *tree { return t }
