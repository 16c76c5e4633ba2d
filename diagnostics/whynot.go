package diagnostics

import (
	"regexp"
	"slices"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// reason recognises a comment that may say why an input is as it is. It is meant to take too many: a comment too many costs a
// person one look, one too few undoes what somebody did on purpose.
var reason = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(follow|overrid|pin(s|ned|ning)?\b|lock|do not|don'?t|never|must|cannot|can'?t|won'?t|not\b|no longer|without|because|since|due to|until|unless|for now|tempor|break|broke|fail(s|ed|ing|ures?)?\b|bugs?\b|buggy|regress|workaround|hack(s|y)?\b|incompat|rebuild|caches?\b|cachix|keep(s|ing)?\b|stay|hold\b|freez|frozen|separate|wait|issues?\b|on purpose|intention|deliberate|needs?\b|fix(es|ed)?\b|ask\b|newer|older|patch(es|ed|ing)?\b|require|todo|fixme|xxx|https?:)|#\d`)
})

// commentLines tells on which lines of a manifest its comments stand.
type commentLines struct {
	lines    *text.Lines
	comments []parse.Comment
	// starts are the lines on which they begin, in their order.
	starts []int
	// alone are those with nothing before them, by their last line.
	alone map[int]parse.Comment
}

func commentLinesOf(m *parse.Manifest, lines *text.Lines) *commentLines {
	c := &commentLines{lines: lines, comments: m.Comments, starts: make([]int, len(m.Comments)), alone: map[int]parse.Comment{}}
	for i, comment := range m.Comments {
		c.starts[i] = lines.Line(comment.Span.Start)
		if !comment.Trailing {
			c.alone[lines.Line(comment.Span.End)] = comment
		}
	}
	return c
}

// reasons are the comments at an input that may say why it is as it is: on the lines of its bindings, and on those right above them.
func (p *Pass) reasons(in *parse.Input) []parse.Comment {
	p.commentsOnce.Do(func() { p.comments = commentLinesOf(p.Manifest, p.File.Lines()) })
	at := p.comments
	var found []parse.Comment
	add := func(c parse.Comment) {
		if reason().MatchString(c.Text) && !isSuppression(p.Manifest, c) {
			found = append(found, c)
		}
	}
	for _, place := range in.Attr.Places {
		first, last := at.lines.Line(place.Binding.Span.Start), at.lines.Line(place.Binding.Span.End)
		for line := first - 1; ; {
			c, ok := at.alone[line]
			if !ok {
				break
			}
			add(c)
			line = at.lines.Line(c.Span.Start) - 1
		}
		i, _ := slices.BinarySearch(at.starts, first)
		for ; i < len(at.starts) && at.starts[i] <= last; i++ {
			add(at.comments[i])
		}
	}
	return found
}

func isSuppression(m *parse.Manifest, c parse.Comment) bool {
	for _, s := range m.Suppressions {
		if s.Span == c.Span {
			return true
		}
	}
	return false
}

// relatedReasons shows such comments beside a finding.
func relatedReasons(path string, comments []parse.Comment) []Related {
	var list []Related
	for _, c := range comments {
		list = append(list, Related{workspace.Location{Path: path, Span: c.Span}, "this comment may say why"})
	}
	return list
}

// word is what a person writes and a URL, a date or a number does not hold: letters between blanks.
var word = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[\s(])\p{L}{3,}([\s).,;:!?]|$)`) })

// code recognises a binding that is commented out.
var code = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[#/*\s]*[\w."-]+\s*=`) })

// prose says whether a comment holds words that nobody should lose unasked, in whatever language: it is neither a binding that
// is commented out nor a mere version or link.
func prose(comment string) bool { return !code().MatchString(comment) && word().MatchString(comment) }
