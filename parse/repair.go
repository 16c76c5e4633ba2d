package parse

import (
	"slices"
	"strings"
)

// maxRepairs bounds how many faults of one text are mended.
const maxRepairs = 60

// patch is a text with something put in here and there, which remembers where its bytes come from.
type patch struct {
	text string
	// inserts are what was put in, in the order of the text, by its place in it.
	inserts []insert
}

type insert struct{ at, length int }

// insert puts something in.
func (p *patch) insert(at int, s string) {
	p.text = p.text[:at] + s + p.text[at:]
	i := 0
	for i < len(p.inserts) && p.inserts[i].at < at {
		i++
	}
	p.inserts = slices.Insert(p.inserts, i, insert{at, len(s)})
	for j := i + 1; j < len(p.inserts); j++ {
		p.inserts[j].at += len(s)
	}
}

// blank replaces bytes by spaces, but for line ends.
func (p *patch) blank(start, end int) {
	b := []byte(p.text)
	for i := start; i < end; i++ {
		if b[i] != '\n' && b[i] != '\r' {
			b[i] = ' '
		}
	}
	p.text = string(b)
}

// source is the place in the original text of a place in this one.
func (p *patch) source(at int) int {
	shift := 0
	for _, in := range p.inserts {
		if at <= in.at {
			break
		}
		shift += min(at-in.at, in.length)
	}
	return at - shift
}

// repaired parses a text, after mending what is wrong with it. Nothing is guessed: what is missing is put in where Nix's parser
// stopped, and what cannot be read is left out, so that the rest of the file is read as if that line were not there. The
// places of the tree are those of the original text; what was put in is empty. The fault is the first of the text.
func repaired(source string) (*tree, *fault) {
	first, quirks := recognize(source)
	if first == nil && len(quirks) == 0 {
		return parseTree(source), nil
	}
	p := &patch{text: source}
	for n, f := 0, first; f != nil && n < maxRepairs; n++ {
		before := p.text
		p.mend(f)
		if p.text == before {
			break
		}
		f, quirks = recognize(p.text)
	}
	for _, q := range slices.Backward(quirks) {
		if q.Span.Empty() {
			p.insert(q.Span.Start, q.New)
		} else {
			p.text = p.text[:q.Span.Start] + q.New + p.text[q.Span.End:]
		}
	}
	t := parseTree(p.text)
	t.source = source
	if len(p.inserts) > 0 {
		for i := range t.nodes {
			n := &t.nodes[i]
			n.start, n.end = uint32(p.source(int(n.start))), uint32(p.source(int(n.end)))
		}
	}
	return t, first
}

// mend changes the text so that the fault is gone.
func (p *patch) mend(f *fault) {
	switch f.kind {
	case faultString:
		p.closeString(f.open)
	case faultComment:
		p.blank(f.span.Start, len(p.text))
	case faultUnclosed:
		p.close(f)
	case faultRest:
		p.reopen(f)
	case faultDot:
		p.insert(f.before.span.End, "x=x;")
	case faultMissing:
		p.supply(f)
	default:
		if f.at.kind == tokenInvalid {
			p.blank(f.at.span.Start, f.at.span.End)
			return
		}
		p.drop(f)
	}
}

// closeString ends a string at the end of the line on which it starts.
func (p *patch) closeString(open token) {
	end := open.span.End
	if i := strings.IndexAny(p.text[end:], "\r\n"); i >= 0 {
		end += i
	} else {
		end = len(p.text)
	}
	line := strings.TrimRight(p.text[open.span.End:end], " \t")
	line = strings.TrimRight(strings.TrimRight(line, ";"), " \t")
	at := open.span.End + len(line)
	quote := open.text
	if strings.HasPrefix(p.text[at:], ";") {
		p.insert(at, quote)
		return
	}
	p.insert(at, quote+";")
}

// supply puts in what is missing.
func (p *patch) supply(f *fault) {
	end := f.before.span.End
	sameLine := !strings.Contains(p.text[end:max(end, f.at.span.Start)], "\n")
	switch f.want {
	case ";":
		// `a = x` and then `b = y;`: b was taken for an argument of x, and the fault is at the second =.
		if f.at.is("=") {
			if at := p.statement(f.at.span.Start); at > 0 {
				p.endStatement(at)
				return
			}
		}
		if sameLine && !f.at.is("}") && f.at.kind != tokenEnd {
			p.drop(f)
			return
		}
		p.insert(end, ";")
	case "=":
		if sameLine && !f.at.is(";") && !f.at.is("}") && f.at.kind != tokenEnd {
			p.drop(f)
			return
		}
		if f.at.is(";") {
			p.insert(end, "=x")
			return
		}
		p.insert(end, "=x;")
	case "name":
		if f.before.is(".") {
			p.insert(end, "x")
			return
		}
		p.drop(f)
	case "":
		if f.at.is(";") || f.at.is("}") || f.at.is(")") || f.at.is(",") || f.at.kind == tokenEnd || f.at.keyword("in") {
			p.insert(end, " x")
			return
		}
		p.drop(f)
	default:
		if f.at.kind == tokenEnd {
			p.insert(end, " "+f.want+" x")
			return
		}
		p.drop(f)
	}
}

// statement is the start of the line that holds the offset, where a name stands on it first and code before it; else 0.
func (p *patch) statement(offset int) int {
	start := strings.LastIndexByte(p.text[:offset], '\n') + 1
	first := start + indentAt(p.text, offset)
	if first < len(p.text) && (nameStart(p.text[first]) || p.text[first] == '"' || strings.HasPrefix(p.text[first:], "${")) {
		return start
	}
	return 0
}

// endStatement ends the binding that is open before the line start at.
func (p *patch) endStatement(at int) {
	last := p.lastToken(0, at)
	if last.is("=") {
		p.insert(last.span.End, " x;")
		return
	}
	p.insert(last.span.End, ";")
}

// lastToken is the last token between two offsets.
func (p *patch) lastToken(start, end int) token {
	last := token{span: insertion(start)}
	scan(p.text, func(t token) bool {
		if t.span.End > end {
			return false
		}
		if t.span.Start >= start {
			last = t
		}
		return true
	})
	return last
}

// drop leaves out the code on the line of the token that is not expected, from that token on or, where it is the first of its
// line, the whole of it.
func (p *patch) drop(f *fault) {
	at := f.at.span.Start
	if f.at.kind == tokenEnd {
		at = min(f.span.Start, len(p.text))
	}
	start := strings.LastIndexByte(p.text[:at], '\n') + 1
	end := len(p.text)
	if i := strings.IndexByte(p.text[at:], '\n'); i >= 0 {
		end = at + i
	}
	if strings.TrimSpace(p.text[start:end]) == "" {
		p.blank(at, len(p.text))
		return
	}
	p.blank(start, end)
}

// close puts in the end of something that the text does not close: before the line on which its indentation ends, or at the
// end of the text.
func (p *patch) close(f *fault) {
	closer := " " + f.want
	switch f.want {
	case "in":
		closer = " in x"
	case "}", "]", ")":
	}
	open := f.open
	if culprit, ok := p.unclosedByIndent(); ok {
		open = culprit
		closer = " " + map[string]string{"{": "}", "[": "]", "(": ")"}[open.text]
	}
	indent := indentAt(p.text, open.span.Start)
	at := open.span.End
	end := len(strings.TrimRight(p.text, " \t\r\n"))
	for at < len(p.text) {
		i := strings.IndexByte(p.text[at:], '\n')
		if i < 0 {
			break
		}
		line := at + i + 1
		width := while(p.text[line:], func(c byte) bool { return c == ' ' || c == '\t' })
		first := line + width
		if first < len(p.text) && p.text[first] != '\n' && p.text[first] != '\r' && p.text[first] != '#' && width <= indent {
			end = at + i
			break
		}
		at = line
	}
	if end < open.span.End {
		end = open.span.End
	}
	// A comment at the end of the line before would swallow what is put in.
	p.insert(p.lastToken(open.span.End, end).span.End, closer+p.semicolon(open))
}

// semicolon is what must follow the end of what opens at the token: a semicolon where it is the value of a binding.
func (p *patch) semicolon(open token) string {
	before := strings.TrimRight(p.text[:open.span.Start], " \t\r\n")
	before = strings.TrimRight(strings.TrimSuffix(before, "rec"), " \t\r\n")
	if strings.HasSuffix(before, "=") {
		return ";"
	}
	return ""
}

// brackets lists the brackets of the text with their partners, as far as they go: the index of the partner, or -1.
func (p *patch) brackets() (list []token, partner []int) {
	var stack []int
	scan(p.text, func(t token) bool {
		switch {
		case t.is("{"), t.is("["), t.is("("), t.is("${"):
			stack = append(stack, len(list))
			list, partner = append(list, t), append(partner, -1)
		case t.is("}"), t.is("]"), t.is(")"):
			list, partner = append(list, t), append(partner, -1)
			if n := len(stack); n > 0 {
				o := stack[n-1]
				stack = stack[:n-1]
				partner[o], partner[len(list)-1] = len(list)-1, o
			}
		}
		return true
	})
	return list, partner
}

// unclosedByIndent finds the bracket that lacks its end: the one whose end stands, first on its line, further out than the line
// on which it opens.
func (p *patch) unclosedByIndent() (token, bool) {
	list, partner := p.brackets()
	for i, t := range list {
		j := partner[i]
		if j < 0 || j > i || list[j].text == "${" {
			continue
		}
		start := strings.LastIndexByte(p.text[:t.span.Start], '\n') + 1
		width := indentAt(p.text, t.span.Start)
		if start+width == t.span.Start && width < indentAt(p.text, list[j].span.Start) {
			return list[j], true
		}
	}
	return token{}, false
}

// reopen mends a text that goes on after its expression: the bracket that closed it too early is left out, or what follows.
func (p *patch) reopen(f *fault) {
	list, partner := p.brackets()
	for i, t := range list {
		if t.span.Start >= f.at.span.Start {
			break
		}
		j := partner[i]
		if j < 0 || j > i || t.text != "}" {
			continue
		}
		start := strings.LastIndexByte(p.text[:t.span.Start], '\n') + 1
		width := indentAt(p.text, t.span.Start)
		if start+width == t.span.Start && width > indentAt(p.text, list[j].span.Start) {
			end := t.span.End
			if next, _ := skipSpace(p.text, end); next < len(p.text) && p.text[next] == ';' {
				end = next + 1
			}
			p.blank(t.span.Start, end)
			return
		}
	}
	if f.before.is("}") && strings.TrimSpace(p.text[f.at.span.End:]) != "" {
		end := f.before.span.End
		if f.at.is(";") {
			end = f.at.span.End
		}
		p.blank(f.before.span.Start, end)
		return
	}
	p.blank(f.at.span.Start, len(p.text))
}
