package lock

import (
	"encoding/json"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/spanjson"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// RenameInput gives the edits after which a flake.lock holds, under another name, what it holds of an input of its own flake: they change the
// name below the root, and where it begins a path from the root, which a follows and a `parent` are. Nix then finds the lock it
// would write itself and fetches nothing; a name that the lock does not know it would lock anew, at the newest revision.
//
// There are no edits where the lock does not hold the input, where it holds one of the new name too, or is not sound: then what it is worth is
// not known.
func RenameInput(source, from, to string) []text.Edit {
	graph, err := Parse(source)
	if err != nil || len(graph.Problems) > 0 {
		return nil
	}
	if _, known := graph.Root().Input(from); !known {
		return nil
	}
	if _, taken := graph.Root().Input(to); taken {
		return nil
	}
	quoted, err := json.Marshal(to)
	if err != nil {
		return nil
	}
	var edits []text.Edit
	rename := func(span text.Span) { edits = append(edits, text.Edit{Span: span, New: string(quoted)}) }
	r := spanjson.NewReader(source, MaxSize)
	beginning := func() {
		r.Array(func(i int) {
			if name, span, ok := r.String(); ok && i == 0 && name == from {
				rename(span)
			}
		})
	}
	root := graph.Root().Key()
	r.Object(func(name string, _ text.Span) {
		if name != "nodes" {
			r.Skip()
			return
		}
		r.Object(func(key string, _ text.Span) {
			r.Object(func(name string, _ text.Span) {
				switch {
				case name == "parent":
					beginning()
				case name == "inputs" && r.Kind() == '{':
					r.Object(func(name string, span text.Span) {
						if key == root && name == from {
							rename(span)
						}
						if r.Kind() == '[' {
							beginning()
						} else {
							r.Skip()
						}
					})
				default:
					r.Skip()
				}
			})
		})
	})
	return edits
}
