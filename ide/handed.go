package ide

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/rewrite"
)

// handedInputs completes the name of an input in the body of outputs, behind the set of them all: `inputs.`, by whatever name outputs takes
// it, `self.inputs.`, and in `inherit (inputs) …`.
func (r *request) handedInputs() {
	word := text.Span{Start: r.cursor, End: r.cursor}
	for word.Start > 0 && isIdentifierByte(r.source[word.Start-1]) {
		word.Start--
	}
	for word.End < len(r.source) && isIdentifierByte(r.source[word.End]) {
		word.End++
	}
	r.place.word = word
	chain, start := chainBefore(r.source, word.Start)
	inherited := len(chain) == 0
	set, body := r.argument()
	if body == 0 || word.Start < body {
		return
	}
	var there []string
	if inherited {
		if chain, there, start = r.inheritedFrom(word); len(chain) == 0 {
			return
		}
	} else if !r.isExpression(start) {
		return
	}
	from := chain[0]
	switch {
	case from == set && set != "" && (len(chain) == 1 || slices.Equal(chain[1:], []string{"self", "inputs"})):
	case from == "self" && r.pattern.has("self") && slices.Equal(chain[1:], []string{"inputs"}):
	default:
		return
	}
	if r.isRebound(from, body, start) {
		return
	}
	offer := func(rank byte, name, id, short, detail string) {
		if slices.Contains(there, name) || inherited && !isName(name) {
			return
		}
		r.offer(rank, Item{ID: id, Label: name, Kind: FormalItem, Brief: short, Detail: detail, Edit: text.Edit{Span: word, New: rewrite.NameSource(name)}})
	}
	names := r.members("inputs")
	for _, name := range names {
		if name != "self" {
			short, detail := r.describe([]string{name})
			offer(1, name, "input:"+name, short, detail)
		}
	}
	if r.pattern != nil {
		for _, f := range r.pattern.formals { // an argument that is not declared is an input too
			if f.name != "self" && !slices.Contains(names, f.name) {
				offer(1, f.name, "input:"+f.name, "", "")
			}
		}
	}
	if len(chain) == 1 { // self.inputs has none
		offer(2, "self", "formal:self", "this flake", "this flake")
	}
}

// chainBefore are the names of `a.b.` before an offset, and where they begin; none where no such path stands there.
func chainBefore(source string, at int) (chain []string, start int) {
	for start = at; start > 0 && source[start-1] == '.'; {
		end := start - 1
		begin := end
		for begin > 0 && isIdentifierByte(source[begin-1]) {
			begin--
		}
		if begin == end || identifierLength(source[begin:end]) != end-begin {
			return nil, at
		}
		chain, start = append(chain, source[begin:end]), begin
	}
	if start > 0 && strings.IndexByte("/~+", source[start-1]) >= 0 {
		return nil, at // a file
	}
	slices.Reverse(chain)
	return chain, start
}

// argument is the name by which outputs takes the set of all its inputs, "" for none, and where its body begins, 0 where it is no function.
func (r *request) argument() (name string, body int) {
	i := slices.IndexFunc(r.bindings, func(b binding) bool { return len(b.path) == 1 && b.path[0] == "outputs" })
	if i < 0 {
		return "", 0
	}
	p, inPattern := r.pattern, false
	for _, t := range r.tokens {
		switch {
		case t.span.Start < r.bindings[i].key.End:
			continue
		case p != nil && !p.plain && t.span == p.open:
			inPattern = true
			continue
		case inPattern && t.span == p.close:
			inPattern = false
			continue
		case inPattern && p.close.Empty() && (t.kind == '@' || t.kind == ':'): // the name for all, or the body
			inPattern = false
		case inPattern:
			continue
		}
		switch t.kind {
		case comment, '=', '(', '@':
		case identifier:
			name = t.span.In(r.source)
		case ':':
			return name, t.span.End
		default:
			return "", 0
		}
	}
	return "", 0
}

// isExpression says whether an expression can stand at an offset of the body: no key of a set does, and in a string one only within ${ }.
func (r *request) isExpression(at int) bool {
	previous := token{}
	for _, t := range r.tokens {
		if t.span.Start >= at {
			break
		}
		previous = t
		if t.kind != stringToken || t.span.End < at {
			continue
		}
		before := r.source[t.span.Start:at]
		open := strings.LastIndex(before, "${")
		escape := `\`
		if t.indented {
			escape = "''"
		}
		return open >= 0 && !strings.Contains(before[open:], "}") && !strings.HasSuffix(before[1:open], escape)
	}
	return !r.place.key || previous.kind == '$' // of a string that is not closed
}

// inheritedFrom is the set of `inherit (a.b) …` whose list of names the word is in, the names that are in the list besides, and where the
// set begins.
func (r *request) inheritedFrom(word text.Span) (chain, there []string, start int) {
	i, _ := slices.BinarySearchFunc(r.tokens, word.Start, func(t token, at int) int { return t.span.Start - at })
	after := i
	if !word.Empty() {
		after++
	}
	for ; after < len(r.tokens) && r.tokens[after].kind == identifier; after++ {
		there = append(there, r.tokens[after].span.In(r.source))
	}
	for i--; i >= 0 && r.tokens[i].kind == identifier; i-- {
		there = append(there, r.tokens[i].span.In(r.source))
	}
	if i < 0 || r.tokens[i].kind != ')' {
		return nil, nil, 0
	}
	end := i
	for i--; i >= 0 && (r.tokens[i].kind == identifier || r.tokens[i].kind == '.'); i-- {
		if r.tokens[i].kind == identifier {
			chain = append(chain, r.tokens[i].span.In(r.source))
		}
	}
	if i < 1 || i+1 == end || r.tokens[i].kind != '(' || r.tokens[i-1].span.In(r.source) != "inherit" {
		return nil, nil, 0
	}
	slices.Reverse(chain)
	return chain, there, r.tokens[i+1].span.Start
}

// scope is one bracket, or one let, that is open.
type scope struct {
	opening tokenKind // 0 for let
	// recursive says that its bindings are in scope in it, bound that one of them has the name, passed that an argument has it up to the
	// next semicolon, and inherits that the names of an inherit are being read.
	recursive, bound, passed, inherits bool
}

// isRebound says whether a name of the argument stands for something else at an offset of the body: a let, a rec or the argument of a function
// binds it anew. A pattern that takes it by name does not count: modules are handed the same set so.
func (r *request) isRebound(name string, body, at int) bool {
	open := []scope{{}}
	previous := token{}
	for i, t := range r.tokens {
		if t.span.Start < body || t.kind == comment {
			continue
		} else if t.span.Start >= at {
			break
		}
		top := &open[len(open)-1]
		switch t.kind {
		case '{', '(', '[', '$':
			open = append(open, scope{opening: t.kind, recursive: t.kind == '{' && previous.span.In(r.source) == "rec"})
		case '}', ')', ']':
			for len(open) > 1 {
				last := open[len(open)-1]
				open = open[:len(open)-1]
				if last.opening != 0 {
					break
				}
			}
		case ';':
			top.passed, top.inherits = false, false
		case identifier:
			next := token{}
			if i+1 < len(r.tokens) {
				next = r.tokens[i+1]
			}
			switch word := t.span.In(r.source); {
			case word == "let":
				open = append(open, scope{recursive: true})
			case word == "in":
				if len(open) > 1 && top.opening == 0 {
					bound := top.bound
					open = open[:len(open)-1]
					open[len(open)-1].passed = open[len(open)-1].passed || bound
				}
			case word == "inherit":
				top.inherits = true
			case word != name:
			case next.kind == ':', next.kind == '@', previous.kind == '@':
				top.passed = true
			case top.recursive && (top.inherits || next.kind == '=' && previous.kind != '.'):
				top.bound = true
			}
		}
		previous = t
	}
	return slices.ContainsFunc(open, func(s scope) bool { return s.bound || s.passed })
}
