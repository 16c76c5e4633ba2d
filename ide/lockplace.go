package ide

import (
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
	"github.com/nix-pins-lsp/nix-pins-lsp/workspace"
)

// lockRequest is one question about a flake.lock.
type lockRequest struct {
	*request // about the flake.nix beside it, where there is one
	lockFile *workspace.File
	graph    *lock.Graph
}

// newLockRequest is nil for a file that is no JSON.
func newLockRequest(s *workspace.Snapshot, file *workspace.File) *lockRequest {
	graph, err := file.Lock()
	if err != nil {
		return nil
	}
	return &lockRequest{beside(s, file), file, graph}
}

// beside is a request about the flake.nix beside a file.
func beside(s *workspace.Snapshot, file *workspace.File) *request {
	flake, err := s.File(filepath.Join(filepath.Dir(file.Path), "flake.nix"))
	if err != nil {
		return &request{outline: &outline{}, snapshot: s, file: file, asked: true}
	}
	return newRequest(s, flake, parse.Flake, -1)
}

// lockPlace is what stands at an offset of a lock.
type lockPlace struct {
	// node holds the place.
	node lock.Node
	// span is the node's key or object, or the part of the edge, that the offset is at.
	span text.Span
	// edge is the input of the node at whose name or target the offset is; isEdge tells.
	edge   lock.Input
	isEdge bool
	// follows is, on an element of a path that an edge follows, the path up to it; nil elsewhere.
	follows []string
}

// atName says whether the offset is at the name of an edge, not at what it leads to.
func (p *lockPlace) atName() bool { return p.isEdge && p.span == p.edge.NameSpan }

// place finds what stands at an offset; ok is false outside of all nodes.
func (r *lockRequest) place(offset int) (p lockPlace, ok bool) {
	n, ok := r.graph.At(offset)
	if !ok {
		return p, false
	}
	p.node, p.span = n, n.KeySpan()
	if !p.span.Touches(offset) {
		p.span = n.Span()
	}
	for in := range n.Inputs() {
		switch {
		case in.NameSpan.Touches(offset):
			p.span = in.NameSpan
		case !in.Span.Touches(offset):
			continue
		case in.Follows == nil:
			p.span = in.Span
		default:
			p.span = in.Span
			if i, span, ok := element(in.Span.In(r.lockFile.Text), offset-in.Span.Start); ok && i < len(in.Follows) {
				p.follows, p.span = in.Follows[:i+1], text.Span{Start: in.Span.Start + span.Start, End: in.Span.Start + span.End}
			}
		}
		p.edge, p.isEdge = in, true
		return p, true
	}
	return p, true
}

// element is the string at an offset of the text of a JSON list of strings, and its index.
func element(list string, offset int) (index int, span text.Span, ok bool) {
	for at := 0; ; index++ {
		start := strings.IndexByte(list[at:], '"')
		if start < 0 {
			return 0, text.Span{}, false
		}
		start += at
		at = start + 1
		for at < len(list) && list[at] != '"' {
			if list[at] == '\\' {
				at++
			}
			at++
		}
		at = min(at+1, len(list))
		if span = (text.Span{Start: start, End: at}); span.Touches(offset) {
			return index, span, true
		}
	}
}

// located is where nodes stand in the tree of a lock, and who follows one of them.
type located struct {
	// path is the first place of each node that was asked for.
	path map[lock.NodeID][]string
	// brought are the paths of the entries for the first of them, followers those of the inputs that follow it; more is how
	// many there are besides.
	brought, followers         [][]string
	moreBrought, moreFollowers int
}

// locate goes through the tree once. The first node is the one that brought and followers are about.
func (r *lockRequest) locate(nodes ...lock.NodeID) *located {
	l := &located{path: map[lock.NodeID][]string{}}
	wanted := map[lock.NodeID]bool{}
	for _, id := range nodes {
		wanted[id] = true
	}
	keep := func(list *[][]string, more *int, path []string) {
		if len(*list) == maxListed {
			*more++
			return
		}
		*list = append(*list, append([]string{}, path...))
	}
	r.graph.Walk(func(path []string, in lock.Input) bool {
		if !wanted[in.Target] {
			return true
		}
		if in.Target == nodes[0] {
			if in.Follows != nil {
				keep(&l.followers, &l.moreFollowers, path)
				return true
			}
			keep(&l.brought, &l.moreBrought, path)
		}
		if _, known := l.path[in.Target]; !known && in.Follows == nil {
			l.path[in.Target] = append([]string{}, path...)
		}
		return true
	})
	return l
}

// maxNames is how many names of one path are shown: no real one has so many.
const maxNames = 12

// pathText is an input path as people write it.
func pathText(path []string) string {
	if len(path) > maxNames {
		return strings.Join(path[:maxNames/2], "/") + "/…/" + strings.Join(path[len(path)-maxNames/2:], "/")
	}
	return strings.Join(path, "/")
}

func pathTexts(paths [][]string) []string {
	list := make([]string, len(paths))
	for i, path := range paths {
		list[i] = pathText(path)
	}
	return list
}
