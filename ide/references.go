package ide

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// references completes the reference of an input (of mana, of a dependency).
func (r *request) references(names []string) {
	start := r.place.word.Start
	typed := r.typed(start)
	if strings.Contains(typed, "?") {
		r.parameters(start, typed)
		return
	}
	if r.localPaths(start, typed, names) {
		return
	}
	r.ask()
	if r.pins != nil && r.pins.Reference() != "" && len(names) == 1 && names[0] == r.pins.Input {
		r.reference(0, r.pins.Reference(), "the pins flake", "the pins flake")
	}
	for _, u := range r.usedReferences() {
		if u.reference == r.pinsReference() && names[len(names)-1] != r.pins.Input {
			continue // the flake has it already, by another name
		}
		rank, short, detail := byte(2), counted(u.flakes, "flake", "flakes"), fmt.Sprintf("used by %d flakes of the workspace", u.flakes)
		if u.flakes == 1 {
			detail = "used by a flake of the workspace"
		}
		if slices.Contains(u.names, names[len(names)-1]) {
			rank = 1
		}
		if u.offer != "" {
			rank, short, detail = 3, u.offer, "pins has it: follow "+u.offer
		}
		r.reference(rank, u.url, short, detail)
	}
	// What the cursor stands before in the string is not the scheme's.
	end := r.cursor
	if i := strings.IndexByte(r.place.word.In(r.source), ':'); i >= 0 {
		end = max(end, start+i+1)
	} else {
		end = r.place.word.End
	}
	for i, scheme := range ref.Schemes() {
		item := Item{ID: "scheme:" + scheme.Name, Label: scheme.Name, Kind: SchemeItem, Brief: scheme.Template, Detail: scheme.Template}
		item.Edit = text.Edit{Span: text.Span{Start: start, End: end}, New: scheme.Name}
		if r.place.kind == atValue {
			item.Edit.New = `"` + scheme.Name + `"`
			if !r.endsHere() {
				item.Edit.New += ";"
			}
			item.Snippet = snippetText(`"`+scheme.Name) + "$0" + snippetText(item.Edit.New[1+len(scheme.Name):])
		}
		item.FilterText = scheme.Name
		r.offer(4+byte(min(i, 10)), item)
	}
	if r.kind == parse.Mana {
		return // mana asks no registry
	}
	for _, id := range r.snapshot.Registry().IDs(registry.FlakeInput) {
		item := Item{ID: "registry:" + id, Label: id, Kind: RegistryItem, Brief: "flake registry", Detail: "flake registry"}
		r.offer(15, r.quoted(item, start, id))
	}
}

// pinsReference is the reference of the flake's pins input, zero where it has none.
func (r *request) pinsReference() ref.Ref {
	if r.pins == nil || r.pins.Declared == nil {
		return ref.Ref{}
	}
	return r.pins.Declared.Reference
}

// reference offers a whole reference. One that has a secret, is fetched as plain text or was not meant so is not spread.
func (r *request) reference(rank byte, url, short, detail string) {
	if _, _, slip := ref.Meant(url); !slip && len(ref.Insecure(url)) == 0 && ref.Redact(url) == url {
		item := Item{ID: "source:" + url, Label: url, Kind: ReferenceItem, Brief: short, Detail: detail}
		r.offer(rank, r.quoted(item, r.place.word.Start, url))
	}
}

// used is a reference that flakes of the workspace use.
type used struct {
	reference ref.Ref
	url       string
	flakes    int
	// names are the names of the inputs that have it.
	names []string
	// offer is the path by which pins offers the source; "" where it does not, or where this is the pins flake.
	offer string
}

// usedReferences are the references of the other flakes of the workspace, the most used first.
func (r *request) usedReferences() []used {
	dir := r.dir()
	index := map[ref.Ref]int{}
	var list []used
	for _, source := range r.snapshot.Sources() {
		if source.Local() {
			continue // a path of somebody's machine
		}
		last := map[ref.Ref]string{} // the uses are sorted by folder
		for _, use := range r.snapshot.SourceUsers(source) {
			if use.Dir == dir || use.Reference.Type() == ref.Indirect {
				continue
			}
			i, known := index[use.Reference]
			if !known {
				url, ok := use.Reference.URL(true)
				if !ok {
					continue
				}
				i = len(list)
				index[use.Reference] = i
				list = append(list, used{reference: use.Reference, url: url, offer: r.offerOf(source)})
			}
			if last[use.Reference] != use.Dir {
				last[use.Reference] = use.Dir
				list[i].flakes++
			}
			if name := use.Path[len(use.Path)-1]; !slices.Contains(list[i].names, name) {
				list[i].names = append(list[i].names, name)
			}
		}
	}
	sortslice.StableFunc(list, func(a, b used) int { return b.flakes - a.flakes })
	return list
}

// offerOf is the path by which pins offers a source to this flake, or "".
func (r *request) offerOf(source ref.Source) string {
	if r.pins == nil || !r.pins.Called {
		return ""
	}
	for _, offer := range r.pins.Offers() {
		if offer.HasReference && r.snapshot.Source(offer.Reference) == source {
			return offer.Path
		}
	}
	return ""
}

// parameters completes the query of a reference: its keys, and the refs that other flakes use of the same source.
func (r *request) parameters(start int, typed string) {
	query := strings.IndexByte(typed, '?')
	part := start + strings.LastIndexAny(typed, "?&") + 1
	word := text.Span{Start: part, End: r.place.word.End}
	if i := strings.IndexAny(r.source[r.cursor:word.End], "&="); i >= 0 {
		word.End = r.cursor + i
	}
	base, err := ref.ParseInput(typed[:query])
	if err != nil {
		return
	}
	if key, _, isValue := strings.Cut(r.typed(part), "="); isValue {
		word.Start = part + len(key) + 1
		r.parameterValues(key, base, word)
		return
	}
	all := "&" + r.source[start+query+1:r.place.word.End]
	for _, a := range ref.Attributes(base.Type()) {
		if !a.Query || strings.Contains(all, "&"+a.Name+"=") {
			continue
		}
		item := Item{ID: "parameter:" + base.Type() + ":" + a.Name, Label: a.Name, Kind: ParameterItem, Detail: firstSentence(a.Doc)}
		item.Edit = text.Edit{Span: word, New: a.Name + "="}
		if strings.HasPrefix(r.source[word.End:], "=") {
			item.Edit.New = a.Name
		}
		r.offer(1, item)
	}
}

func (r *request) parameterValues(key string, base ref.Ref, word text.Span) {
	offer := func(value, detail string) {
		item := Item{ID: "value:" + value, Label: value, Kind: ValueItem, Detail: detail, Edit: text.Edit{Span: word, New: value}}
		r.offer(1, item)
	}
	for _, a := range ref.Attributes(base.Type()) {
		if a.Name == key && a.Kind == ref.Boolean {
			offer("1", a.Doc)
			return
		}
	}
	if key != "ref" && key != "dir" && key != "host" {
		return
	}
	for _, use := range r.snapshot.SourceUsers(r.snapshot.Source(base)) {
		if value, ok := use.Reference.Attrs()[key].(string); ok && use.Dir != r.dir() {
			offer(value, "used by a flake of the workspace")
		}
	}
}
