package parse

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// maxRepairs bounds how many faults of one text are mended, maxRepairBytes how much is read again for that in all.
const (
	maxRepairs     = 60
	maxRepairBytes = 8 << 20
)

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
	if i > 0 && at <= p.inserts[i-1].at+p.inserts[i-1].length {
		// It goes into what was put in before.
		i--
		p.inserts[i].length += len(s)
	} else {
		p.inserts = slices.Insert(p.inserts, i, insert{at, len(s)})
	}
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

// apply makes the changes that recognize asks for: each puts in something, or is as long as what it replaces.
func (p *patch) apply(quirks []text.Edit) {
	bytes := []byte(p.text)
	for _, q := range quirks {
		copy(bytes[q.Span.Start:q.Span.End], q.New)
	}
	p.text = unsafe.String(unsafe.SliceData(bytes), len(bytes)) // nobody else has the bytes
	for _, q := range slices.Backward(quirks) {
		if q.Span.Empty() {
			p.insert(q.Span.Start, q.New)
		}
	}
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
// before is as for parseTree.
func repaired(source string, before *version) (*tree, *fault) {
	first, quirks := recognize(source)
	if first == nil && len(quirks) == 0 {
		return parseTree(source, before), nil
	}
	if first != nil && first.kind == faultDepth {
		return parseTree(source, before), first
	}
	p := &patch{text: source}
	if first != nil {
		p.blame(first)
	}
	for n, f := 0, first; f != nil && n < maxRepairs && n*len(source) <= maxRepairBytes; n++ {
		before := p.text
		p.mend(f)
		if p.text == before {
			break
		}
		f, quirks = recognize(p.text)
	}
	p.apply(quirks)
	t := parseTree(p.text, before)
	t.source = source
	if len(p.inserts) > 0 {
		for i := range t.nodes {
			n := &t.nodes[i]
			n.start, n.end = uint32(p.source(int(n.start))), uint32(p.source(int(n.end)))
		}
	}
	return t, first
}

// blame moves a fault to where a person would look for it. Nix's parser stops later: at a token that cannot follow.
func (p *patch) blame(f *fault) {
	last := f.before
	switch {
	case f.kind == faultString || f.kind == faultComment:
		return
	case f.at.kind == tokenEnd:
		if culprit, ok := p.unclosedByIndent(); ok {
			f.span = culprit.span
			f.message = "expected '" + closers[culprit.text] + "': this '" + culprit.text + "' is not closed"
		}
		return
	case f.kind == faultMissing && f.want == ";" && f.at.is("="):
		at := p.statement(f.at.span.Start)
		if at == 0 {
			return
		}
		if last = p.lastToken(0, at); last.is("=") {
			f.message = "expected a value after '='"
		}
	case f.kind == faultMissing && f.want != "" && f.open.text == "" && strings.Contains(p.text[last.span.End:f.at.span.Start], "\n"):
	default:
		if root, ok := p.root(); ok && f.at.span.Start >= root.span.End {
			if early, ok := p.closedEarly(); ok {
				f.span = early.span
				f.message = "unexpected '}': it closes a set too early"
			}
		}
		return
	}
	f.span = last.span
}

// mend changes the text so that the fault is gone.
func (p *patch) mend(f *fault) {
	if p.afterRoot(f) {
		return
	}
	switch f.kind {
	case faultString:
		p.closeString(f.open)
	case faultComment:
		p.blank(f.span.Start, p.lineEnd(f.span.Start))
	case faultUnclosed:
		p.close(f)
	case faultRest:
		if f.at.is("=") && len(p.text) > 0 {
			p.insert(0, "{")
			return
		}
		p.blank(f.at.span.Start, len(p.text))
	case faultDot:
		p.insert(f.before.span.End, "x=x;")
	case faultMissing:
		p.supply(f)
	default:
		p.drop(f)
	}
}

// lineEnd is the end of the line that holds the offset.
func (p *patch) lineEnd(offset int) int {
	if i := strings.IndexAny(p.text[offset:], "\r\n"); i >= 0 {
		return offset + i
	}
	return len(p.text)
}

// closeString ends a string at the end of the line on which it starts.
func (p *patch) closeString(open token) {
	end := p.lineEnd(open.span.End)
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
	closes := f.at.is(";") || f.at.is("}") || f.at.kind == tokenEnd
	if f.open.text != "" {
		// A bracket is still open where only the next binding can stand.
		if at := p.statement(f.at.span.Start); f.at.is("=") && at > f.open.span.End {
			p.endStatement(at, " "+f.want)
			return
		}
		if closes && f.open.span.End <= end {
			p.insert(end, " "+f.want)
			return
		}
		p.drop(f)
		return
	}
	switch f.want {
	case ";":
		// `a = x` and then `b = y;`: b was taken for an argument of x, and the fault is at the second =.
		if at := p.statement(f.at.span.Start); f.at.is("=") && at > 0 {
			p.endStatement(at, "")
			return
		}
		if sameLine && !closes {
			p.drop(f)
			return
		}
		if _, ok := p.unclosedByIndent(); ok && f.at.kind == tokenEnd {
			p.close(f)
			return
		}
		p.insert(end, ";")
	case "=":
		switch {
		case f.at.is(";"):
			p.insert(end, "=x")
		case !sameLine && !closes && p.opens(end, f.at.span.Start):
			p.insert(end, "={")
		case !sameLine || closes:
			p.insert(end, "=x;")
		default:
			p.drop(f)
		}
	case "name":
		if f.before.is(".") {
			p.insert(end, "x")
			return
		}
		p.drop(f)
	case "":
		if closes || f.at.is(")") || f.at.is(",") || f.at.keyword("in") {
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

// endStatement ends the binding that is open before the line start at; closer comes first. Where its value is missing and the
// line stands further in, it was to be a set.
func (p *patch) endStatement(at int, closer string) {
	last := p.lastToken(0, at)
	end := last.span.End
	switch before := p.lastToken(0, max(0, end-1)); {
	case last.is("}") && before.is("{") && p.opens(before.span.Start, at+while(p.text[at:], func(c byte) bool { return c == ' ' || c == '\t' })):
		p.blank(last.span.Start, end) // put in by an editor that closes what is opened
	case last.is("=") && p.opens(end, at+while(p.text[at:], func(c byte) bool { return c == ' ' || c == '\t' })):
		p.insert(end, " {")
	case last.is("="):
		p.insert(end, " x;")
	case closer != "" && (last.is("(") || last.is("${")):
		p.insert(end, " x"+closer+";")
	default:
		p.insert(end, closer+";")
	}
}

// opens says whether a line that is cut off at end was to open a set, since the code at next stands further in.
func (p *patch) opens(end, next int) bool {
	line := p.text[strings.LastIndexByte(p.text[:end], '\n')+1 : end]
	return indentAt(p.text, next) > indentAt(p.text, end) && !strings.ContainsAny(line, "{};")
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

// drop leaves out the token that is not expected, with the rest of its line unless it is a mere operator.
func (p *patch) drop(f *fault) {
	if f.at.kind == tokenEnd {
		p.blank(min(f.span.Start, len(p.text)), len(p.text))
		return
	}
	if f.at.kind == tokenInvalid || f.at.kind == tokenOperator && f.at.text != "\"" && f.at.text != "''" {
		p.blank(f.at.span.Start, f.at.span.End)
		return
	}
	p.blank(f.at.span.Start, p.lineEnd(f.at.span.Start))
}

// close puts in the end of something that the text does not close: before the line on which its indentation ends, or at the
// end of the text.
func (p *patch) close(f *fault) {
	open, want := f.open, f.want
	if culprit, ok := p.unclosedByIndent(); ok {
		open, want = culprit, closers[culprit.text]
	}
	if want == "in" {
		want = "in x"
	}
	indent := indentAt(p.text, open.span.Start)
	end := len(p.text)
	for at := p.lineEnd(open.span.End); at < len(p.text); {
		line := at + len(p.text[at:]) - len(strings.TrimLeft(p.text[at:], "\r\n"))
		first := line + while(p.text[line:], func(c byte) bool { return c == ' ' || c == '\t' })
		if first < len(p.text) && p.text[first] != '#' && p.text[first] != '\n' && p.text[first] != '\r' && first-line <= indent {
			end = at
			break
		}
		at = p.lineEnd(first)
	}
	// On a line of its own, for a comment may stand behind the code.
	start := strings.LastIndexByte(p.text[:open.span.Start], '\n') + 1
	at := p.lastToken(open.span.End, end).span.End
	p.insert(at, "\n"+p.text[start:start+indent]+want+p.semicolon(open))
}

// closers are the ends of what the brackets open.
var closers = map[string]string{"{": "}", "[": "]", "(": ")"}

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
		if startsLine(p.text, t.span.Start) && indentAt(p.text, t.span.Start) < indentAt(p.text, list[j].span.Start) {
			return list[j], true
		}
	}
	return token{}, false
}

// root is the end of the set that the file should be, where it has one.
func (p *patch) root() (end token, ok bool) {
	list, partner := p.brackets()
	if len(list) == 0 || !list[0].is("{") || partner[0] < 0 {
		return token{}, false
	}
	first, _ := skipSpace(p.text, 0)
	return list[partner[0]], first == list[0].span.Start || strings.HasPrefix(p.text[first:], "rec")
}

// closedEarly finds, up to the end of the root, the brace that seems to stand there too much: one that ends a set of several
// lines behind other code, or further in than the set starts.
func (p *patch) closedEarly() (token, bool) {
	list, partner := p.brackets()
	if partner[0] == 1 && p.lastToken(0, list[1].span.Start).is("{") {
		return list[1], true
	}
	for i, t := range list[:partner[0]+1] {
		j := partner[i]
		if j < 0 || j > i || !t.is("}") || !strings.Contains(p.text[list[j].span.Start:t.span.Start], "\n") {
			continue
		}
		if !startsLine(p.text, t.span.Start) || indentAt(p.text, t.span.Start) > indentAt(p.text, list[j].span.Start) {
			return t, true
		}
	}
	return token{}, false
}

// afterRoot mends a fault behind the set that the file should be: a brace closed it too early, and is left out, or what
// follows it is. It says false for a fault within the set.
func (p *patch) afterRoot(f *fault) bool {
	root, ok := p.root()
	if !ok || f.at.span.Start < root.span.End || f.kind == faultString && f.open.span.Start < root.span.End {
		return false
	}
	if early, ok := p.closedEarly(); ok {
		end := early.span.End
		if next, _ := skipSpace(p.text, end); next < len(p.text) && p.text[next] == ';' && startsLine(p.text, early.span.Start) {
			end = next + 1
		}
		p.blank(early.span.Start, end)
		return true
	}
	p.blank(root.span.End, len(p.text))
	return true
}
