package ide

import (
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// Found is an input of a flake of the workspace.
type Found struct {
	// Name is as the flake has it, with control characters if it has such.
	Name string
	// Container is the flake's folder below its root, with slashes.
	Container string
	Kind      SymbolKind
	// Path is the flake.nix.
	Path string
}

// Search gives the inputs of the workspace's flakes whose names a query means, at most limit of them: those that are called so, then
// those that begin with it, that hold it and that hold its letters in their order; among each of these inputs of pins first, then by
// folder. `web/crane`, and `crane web`, mean inputs called crane of flakes in a folder that web is in. Templates and the like have none.
func Search(s *workspace.Snapshot, query string, limit int) []Found {
	name, folder := splitQuery(query)
	pins := map[string]bool{}
	for _, id := range s.AllPins() {
		if id.Dir != "" {
			pins[id.Dir] = true
		}
	}
	type candidate struct {
		summary *workspace.Summary
		input   workspace.SummaryInput
	}
	var ranks [2 * matchCount][]candidate
	known := map[string]match{} // ten thousand flakes have a few thousand names
	for summary := range s.Flakes() {
		if folder != "" && matches(containerOf(s, summary.Dir), folder) > holding {
			continue
		}
		of := 1
		if pins[summary.Dir] {
			of = 0
		}
		for in := range summary.Inputs() {
			if len(in.Path) != 1 || in.Path[0] == "" {
				continue
			}
			m, ok := known[in.Path[0]]
			if !ok {
				m = matches(in.Path[0], name)
				known[in.Path[0]] = m
			}
			if m == none {
				continue
			}
			rank := &ranks[2*int(m)+of]
			if len(*rank) < limit && !s.Exempt(filepath.Join(summary.Dir, "flake.nix")) {
				*rank = append(*rank, candidate{summary, in})
			}
		}
	}
	var list []Found
	for _, rank := range ranks {
		for _, c := range rank {
			if len(list) == limit {
				return list
			}
			kind := NodeSymbol
			if c.input.IsFollow {
				kind = FollowsSymbol
			}
			list = append(list, Found{
				Name: c.input.Path[0], Container: text.Printable(containerOf(s, c.summary.Dir)), Kind: kind,
				Path: filepath.Join(c.summary.Dir, "flake.nix"),
			})
		}
	}
	return list
}

// Place is the name of an input that was found, as its file is now; ok is false where it is not there any more.
func (f Found) Place(s *workspace.Snapshot) (place text.Span, ok bool) {
	flake := s.Flake(filepath.Dir(f.Path))
	if flake == nil {
		return text.Span{}, false
	}
	switch in := flake.Input(f.Name); {
	case in == nil:
		return text.Span{}, false
	case in.Formal != nil:
		return in.Formal.NameSpan, true
	case in.Syntax != nil && in.Syntax.Attr != nil:
		return in.Syntax.Attr.Span(), true
	}
	return text.Span{}, false
}

// containerOf is a folder below its root.
func containerOf(s *workspace.Snapshot, dir string) string {
	name, err := filepath.Rel(s.RootOf(dir), dir)
	if err != nil || name == "." {
		return filepath.Base(dir)
	}
	return filepath.ToSlash(name)
}

func splitQuery(query string) (name, folder string) {
	query = strings.ToLower(strings.TrimSpace(query))
	if i := strings.LastIndexByte(query, '/'); i >= 0 {
		return strings.TrimSpace(query[i+1:]), strings.TrimSpace(query[:i])
	}
	name, folder, _ = strings.Cut(query, " ")
	return name, strings.TrimSpace(folder)
}

// match says how well a name fits a query.
type match uint8

const (
	exact match = iota
	prefix
	holding
	scattered
	none

	matchCount = none
)

// matches compares without regard to case; the query is in lower case.
func matches(name, query string) match {
	name = strings.ToLower(name)
	switch {
	case name == query:
		return exact
	case strings.HasPrefix(name, query):
		return prefix
	case strings.Contains(name, query):
		return holding
	}
	for _, letter := range query {
		i := strings.IndexRune(name, letter)
		if i < 0 {
			return none
		}
		name = name[i+len(string(letter)):]
	}
	return scattered
}
