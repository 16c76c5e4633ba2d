package lock

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/spanjson"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/sortslice"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Error says that a file is no JSON at all, holds the markers of an unfinished merge, or is over MaxSize, and where.
type Error = spanjson.Error

// Code names a kind of problem.
type Code string

// The problems of a lock file that is JSON.
const (
	UnsupportedVersion Code = "unsupported-version" // Nix reads 5 to 7
	WrongType          Code = "wrong-type"          // a value of another JSON type than Nix expects there
	WrongInput         Code = "wrong-input"         // an edge that is neither a node's key nor a list of names
	MissingAttribute   Code = "missing-attribute"   // a node without `locked` or `original`
	MissingNode        Code = "missing-node"        // an edge to a key that `nodes` lacks
	InvalidReference   Code = "invalid-reference"   // `locked` or `original` is no reference
	UnlockedInput      Code = "unlocked-input"      // `locked` has no revision or hash that fixes it
	RootCycle          Code = "root-cycle"          // an edge to the root node
	NodeCycle          Code = "node-cycle"          // nodes that contain each other, not by follows
	UnknownFollows     Code = "unknown-follows"     // a follows path that ends nowhere
	FollowsCycle       Code = "follows-cycle"       // follows paths that go in a circle
	DuplicateName      Code = "duplicate-name"      // a name twice in one object: the last one counts
	UnreachableNode    Code = "unreachable-node"    // a node that nothing leads to
)

// Problem is something wrong in a lock file that is JSON.
type Problem struct {
	Code Code
	Span text.Span
	// Node is the node that it concerns, or NoNode.
	Node NodeID
	// Rejected says that Nix 2.34 refuses to read the file for this reason alone. It is false for what Nix does not look
	// at or only warns of, and for follows: whether Nix keeps such an edge depends on flake.nix.
	Rejected bool
	Message  string
}

func (p *parser) report(rejected bool, code Code, id NodeID, span text.Span, format string, args ...any) {
	if len(p.graph.Problems) < maxProblems {
		p.graph.Problems = append(p.graph.Problems, Problem{code, span, id, rejected, fmt.Sprintf(format, args...)})
	}
}

// retract forgets the problems of nodes that a later part of the file replaces.
func (p *parser) retract(replaced func(NodeID) bool) {
	p.graph.Problems = slices.DeleteFunc(p.graph.Problems, func(problem Problem) bool { return replaced(problem.Node) })
}

// settle sorts the problems. What is wrong in a node that nothing leads to, or in the root beside its inputs, does not
// trouble Nix.
func (p *parser) settle() {
	problems := p.graph.Problems
	for i := range problems {
		id, code := problems[i].Node, problems[i].Code
		if id != NoNode && !p.content.nodes[id].reached || id == p.content.root && (code == WrongType || code == InvalidReference) {
			problems[i].Rejected = false
		}
	}
	sortslice.StableFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	p.graph.Problems = slices.Clip(problems)
}
