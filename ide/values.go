package ide

import (
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// flakeValue completes the value of an attribute of a flake.nix.
func (r *request) flakeValue() {
	path := r.place.path
	names, rest, ok := inputPath(path)
	if !ok || len(names) == 0 || len(rest) != 1 {
		return
	}
	if names[0] == "self" {
		if len(names) == 1 {
			r.booleans()
		}
		return
	}
	switch rest[0] {
	case "follows":
		r.follows(names)
	case "url":
		r.references(names)
	case "type":
		for _, typ := range ref.Types() {
			item := Item{ID: "type:" + typ, Label: typ, Kind: ValueItem}
			r.offer(1, r.quoted(item, r.place.word.Start, typ))
		}
	case "flake":
		r.booleans()
	default:
		typ, _ := r.value(append(slices.Clone(path[:len(path)-1]), "type")...)
		for _, a := range ref.Attributes(typ) {
			if a.Name == rest[0] && a.Kind == ref.Boolean {
				r.booleans()
			}
		}
	}
}

func (r *request) booleans() {
	if r.place.kind != atValue {
		return
	}
	r.word("false")
	r.word("true")
}

// word offers a value that is one word.
func (r *request) word(value string) {
	item := Item{ID: "value:" + value, Label: value, Kind: ValueItem, Edit: text.Edit{Span: r.place.word, New: value}}
	if !r.endsHere() {
		item.Edit.New += ";"
	}
	r.offer(1, item)
}

// follows completes a follows path of an input or an override.
func (r *request) follows(names []string) {
	start := r.place.word.Start
	typed := r.typed(start)
	end := r.place.word.End
	if i := strings.IndexByte(r.source[r.cursor:end], '/'); i >= 0 {
		end = r.cursor + i // the segments behind the cursor's stay
	}
	before := ""
	if i := strings.LastIndexByte(typed, '/'); i >= 0 {
		before = typed[:i+1]
	}
	offer := func(rank byte, path, short, detail string) {
		segments := splitFollows(path)
		if slices.ContainsFunc(segments, func(s string) bool { return !ref.IsID(s) }) || r.goesThrough(segments, names) ||
			slices.Equal(segments, names[:len(names)-1]) {
			return
		}
		item := Item{ID: "input:" + strings.Join(segments, "/"), Label: path, Kind: FollowsItem, Brief: short, Detail: detail}
		if end < r.place.word.End {
			item.Edit = text.Edit{Span: text.Span{Start: start, End: end}, New: path}
			if r.place.kind != inString {
				item.Edit.New = `"` + path // what is behind the cursor is no string yet either
			}
		} else {
			item = r.quoted(item, start, path)
		}
		if segments[len(segments)-1] == names[len(names)-1] && rank > 0 {
			rank--
		}
		r.offer(rank, item)
	}
	if parent := splitFollows(before); len(parent) > 0 {
		offered := r.inputsOf(parent)
		r.expect(len(offered))
		path := append(parent, "")
		for _, name := range offered {
			path[len(parent)] = name
			short, detail := r.describe(path)
			offer(2, before+name, short, detail)
		}
		return
	}
	whole := end == r.place.word.End
	if path := r.wanted(names); path != "" && whole {
		short, detail := r.describe(splitFollows(path))
		offer(0, before+path, short, detail)
	}
	if r.pins != nil && whole {
		for _, o := range r.pins.Offers() {
			offer(2, before+o.Path, r.briefOffer(o), r.wholeOffer(o))
		}
	}
	for _, name := range r.members("inputs") {
		if name != "self" {
			short, detail := r.describe([]string{name})
			offer(4, before+name, short, detail)
		}
	}
	if typed == "" && whole {
		item := Item{ID: "input:", Label: `""`, Kind: FollowsItem, Brief: "drops the dependency", Detail: "this flake itself: the dependency is dropped"}
		r.offer(6, r.quoted(item, start, ""))
	}
}

// describe says what an input of the file, of pins, or of what is locked is: in brief and as a whole.
func (r *request) describe(path []string) (short, detail string) {
	r.ask()
	if r.pins != nil && len(path) == 2 && path[0] == r.pins.Input {
		if o := r.pins.Offer(path[1]); o != nil && o.HasReference {
			return r.briefOffer(o), r.wholeOffer(o)
		}
	}
	if len(path) == 0 {
		return "", ""
	}
	if follows, ok := r.inputValue(path, "follows"); ok {
		return "follows " + follows, "follows " + follows
	}
	node, locked := r.nodeAt(path)
	at := workspace.Locked{}
	if locked {
		at.Modified, _ = node.LastModified()
	}
	if url, ok := r.inputValue(path, "url"); ok {
		parsed, err := ref.ParseInput(url)
		if err != nil {
			return ref.Redact(url), ref.Redact(url)
		}
		if locked && node.Original().Canonical() != parsed.Canonical() {
			at = workspace.Locked{} // flake.lock has it of another reference
		}
		return brief(parsed, at), dated(ref.Redact(url), at)
	}
	if !locked || node.Original().IsZero() {
		return "", ""
	}
	return brief(node.Original(), at), dated(shown(node.Original()), at)
}
