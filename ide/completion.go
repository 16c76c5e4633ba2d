package ide

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// ItemKind is what a completion item stands for. The protocol's side chooses the icon.
type ItemKind uint8

// The kinds of items.
const (
	// InputItem is an input to declare, OverrideItem one of an input's inputs.
	InputItem ItemKind = iota
	OverrideItem
	// FollowsItem is a follows path.
	FollowsItem
	// AttributeItem is the name of an attribute, ValueItem one of its few values.
	AttributeItem
	ValueItem
	// SchemeItem is the beginning of a reference, RegistryItem an id of the registries, ReferenceItem a whole reference, and
	// ParameterItem a key of a reference's query.
	SchemeItem
	RegistryItem
	ReferenceItem
	ParameterItem
	// FormalItem is an argument of a function, DependencyItem a dependency of mana.
	FormalItem
	DependencyItem
	// RuleItem is the code of a rule in a comment.
	RuleItem
	// FolderItem is a reference to a folder of this machine, or the path of one; FileItem the path of a file.
	FolderItem
	FileItem
)

// Item is one thing that can be completed at the cursor.
type Item struct {
	// ID names the item to Resolve. It is good for the file at any later version.
	ID    string
	Label string
	Kind  ItemKind
	// Brief is to be shown beside the label, where most editors have room for some thirty characters: the first ones matter. It is "" where
	// that is no room for what there is to say. Detail says it all.
	Brief, Detail string
	// FilterText begins with what stands between the start of Edit.Span and the cursor; SortText orders the items.
	FilterText, SortText string
	// Edit is what choosing the item does at the cursor: its span lies on the cursor's line and holds the cursor.
	Edit text.Edit
	// Additional are edits elsewhere, such as a formal for a new input. They keep clear of Edit's line part.
	Additional []text.Edit
	// Snippet is Edit.New with a place for the cursor, in the snippet syntax of the LSP; "" where there is none to choose.
	Snippet string
}

// Completions is the answer to one question. All that fits the place is there, so that a client may narrow it down by itself, unless it is
// Incomplete: then more fits than anybody looks through, and the client asks again when more is typed.
type Completions struct {
	Items      []Item
	Incomplete bool
}

// Complete gives what can stand at a byte offset of a flake.nix, a mana.nix or an entrypoint.nix. A file that cannot be read,
// another file, or an offset outside of the text has no completions.
func Complete(s *workspace.Snapshot, path string, offset int) Completions {
	kind := parse.KindOf(path)
	file, err := s.File(path)
	if err != nil || kind == parse.Other || offset < 0 || offset > len(file.Text) {
		return Completions{}
	}
	r := newRequest(s, file, kind, offset)
	r.complete()
	sortslice.StableFunc(r.items, func(a, b Item) int { return strings.Compare(a.SortText, b.SortText) })
	return Completions{r.items, r.incomplete}
}

// request is one question about a place in a file.
type request struct {
	*outline
	snapshot *workspace.Snapshot
	file     *workspace.File
	items    []Item
	// incomplete says that more fits than there are items.
	incomplete bool
	// ids and shown are what the items stand for and what of them can be told apart: each comes once.
	ids   map[string]bool
	shown map[offered]bool

	asked bool
	flake *workspace.Flake
	pins  *workspace.Pins
}

// offered is what tells an item from others on the screen.
type offered struct{ label, text string }

func newRequest(s *workspace.Snapshot, file *workspace.File, kind parse.FileKind, cursor int) *request {
	return &request{outline: outlineOf(file, kind, cursor), snapshot: s, file: file}
}

// ask looks at the flake and its pins, once.
func (r *request) ask() {
	if !r.asked {
		r.asked = true
		r.flake = r.snapshot.Flake(filepath.Dir(r.file.Path))
		r.pins = r.snapshot.Pins(r.flake)
	}
}

func (r *request) complete() {
	switch r.place.kind {
	case inComment:
		r.suppressions()
		return
	case inPattern:
		r.formals()
		return
	case nowhere:
		if r.kind == parse.Flake {
			r.handedInputs()
		}
		return
	}
	// A word that spans lines, or that is not what it seems, is left alone.
	line := r.line()
	if r.place.str.holes || r.place.word.Start < line.Start {
		return
	}
	r.place.word.End = min(r.place.word.End, line.End)
	if r.kind == parse.Mana {
		r.mana()
		return
	}
	if r.kind != parse.Flake {
		return
	}
	switch r.place.kind {
	case atKey:
		r.keys()
	case atValue, inString:
		r.flakeValue()
	}
}

// expect makes room for so many items, before there is any.
func (r *request) expect(items int) {
	r.items = slices.Grow(r.items, items)
	if r.ids == nil {
		r.ids, r.shown = make(map[string]bool, items), make(map[offered]bool, items)
	}
}

// typed is what stands between an offset and the cursor.
func (r *request) typed(start int) string { return r.source[start:r.cursor] }

// offer adds an item, unless it does not begin with what is typed or is there already. rank orders the items: lower is first.
func (r *request) offer(rank byte, i Item) {
	if r.place.str.indented && !fitsIndented(i.Edit.New) {
		return
	}
	typed := r.typed(i.Edit.Span.Start)
	if i.FilterText == "" {
		i.FilterText = i.Label
	}
	if len(i.FilterText) < len(typed) || !strings.EqualFold(i.FilterText[:len(typed)], typed) {
		return
	}
	// Editors that compare letter by letter find it in the case in which it is typed.
	if i.FilterText[:len(typed)] != typed {
		i.FilterText = typed + i.FilterText[len(typed):]
	}
	shown := offered{i.Label, i.Edit.New}
	if r.ids[i.ID] || r.shown[shown] {
		return
	}
	if r.ids == nil {
		r.expect(1)
	}
	r.ids[i.ID], r.shown[shown] = true, true
	i.SortText = string('a'+rank) + strings.ToLower(i.Label)
	r.items = append(r.items, i)
}

// snippetText escapes a text for a snippet.
func snippetText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `$`, `\$`, `}`, `\}`).Replace(s)
}
