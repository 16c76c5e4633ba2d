package ide

import (
	"regexp"
	"strings"
	"sync"

	"github.com/nix-pins-lsp/nix-pins-lsp/diagnostics"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

var (
	suppressedCodes = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:#+|/\*+)[ \t]*nix-pins:[ \t]*allow(?:-file)?[ \t]+((?:[a-z][a-z0-9-]*(?:\([^()]*\))?[ \t]*,[ \t]*)*)([a-z0-9-]*)$`)
	})
	suppressionWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:#+|/\*+)[ \t]*nix-pins:[ \t]*([a-z-]*)$`) })
)

// suppressions completes the codes of rules in a comment `# nix-pins: allow CODE, CODE`, and its words.
func (r *request) suppressions() {
	before := r.typed(r.place.word.Start)
	if lineAround(r.source, r.cursor).Start > r.place.word.Start {
		return
	}
	end := r.cursor
	for end < len(r.source) && (isLetter(r.source[end]) || r.source[end] == '-') {
		end++
	}
	if m := suppressionWord().FindStringSubmatch(before); m != nil {
		for _, word := range []string{"allow", "allow-file"} {
			item := Item{ID: "comment:" + word, Label: word, Kind: ValueItem, Edit: text.Edit{Span: text.Span{Start: r.cursor - len(m[1]), End: end}, New: word + " "}}
			r.offer(1, item)
		}
	}
	m := suppressedCodes().FindStringSubmatch(before)
	if m == nil {
		return
	}
	for _, rule := range diagnostics.Rules() {
		if strings.Contains(m[1], rule.Code) {
			continue
		}
		item := Item{ID: "rule:" + rule.Code, Label: rule.Code, Kind: RuleItem, Detail: rule.Summary}
		item.Edit = text.Edit{Span: text.Span{Start: r.cursor - len(m[2]), End: end}, New: rule.Code}
		r.offer(1, item)
	}
}
