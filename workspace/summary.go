package workspace

import (
	"hash/maphash"
	"path/filepath"
	"slices"
	"sync/atomic"
	"unique"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Summary is what the index keeps of a flake.nix: its inputs and overrides, without their text.
type Summary struct {
	// Dir is the absolute path of the folder.
	Dir string
	// Inputs are the inputs, each followed by its overrides, in the order of Flake.Inputs.
	Inputs []SummaryInput
	// syntax is the tree of the text: when it is read again it need not be parsed again.
	syntax parse.Compact
}

// SummaryInput is one input or override.
type SummaryInput struct {
	// Path holds the names from the top; one for an input, more for an override.
	Path []string
	// HasReference says that there is a Reference; Indirect that Nix makes it of the input's name.
	HasReference, Indirect bool
	// Follows is its path with empty parts dropped, valid where IsFollow.
	Follows  []string
	IsFollow bool
	IsFlake  bool

	start, end uint32
	reference  unique.Handle[ref.Ref]
}

// Reference is what it refers to, valid where HasReference.
func (in *SummaryInput) Reference() ref.Ref { return in.reference.Value() }

// Span is where it says what it refers to: its url or its type, else its name. It is empty for an implicit input.
func (in *SummaryInput) Span() text.Span { return text.Span{Start: int(in.start), End: int(in.end)} }

// Input finds an input by its name, or gives nil.
func (s *Summary) Input(name string) *SummaryInput {
	for i := range s.Inputs {
		if in := &s.Inputs[i]; len(in.Path) == 1 && in.Path[0] == name {
			return in
		}
	}
	return nil
}

func summarize(dir string, inputs []*Input, syntax parse.Compact) *Summary {
	count := 0
	for _, top := range inputs {
		top.Walk(func(*Input) { count++ })
	}
	s := &Summary{Dir: dir, Inputs: make([]SummaryInput, 0, count), syntax: syntax}
	for _, top := range inputs {
		top.Walk(func(in *Input) {
			span := in.span()
			s.Inputs = append(s.Inputs, SummaryInput{
				start: uint32(span.Start), end: uint32(span.End),
				Path: shared(in.Path), reference: unique.Make(in.Reference), HasReference: in.HasReference, Indirect: in.Indirect,
				Follows: shared(in.Follows), IsFollow: in.IsFollow, IsFlake: in.IsFlake,
			})
		})
	}
	return s
}

// sharedPaths remembers paths that were read last: most inputs of ten thousand flakes have one of a few hundred.
var sharedPaths [1024]atomic.Pointer[[]string]

// shared is a path that is the same list in most summaries, of names that are no parts of a text which they would keep in memory.
// Nobody may change it.
func shared(path []string) []string {
	if path == nil {
		return nil
	}
	hash := uint64(len(path))
	for _, name := range path {
		hash = hash*31 + maphash.String(hashSeed, name)
	}
	place := &sharedPaths[hash%uint64(len(sharedPaths))]
	if known := place.Load(); known != nil && slices.Equal(*known, path) {
		return *known
	}
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = unique.Make(name).Value()
	}
	place.Store(&names)
	return names
}

// SummaryOf is what is known of the flake of a folder, as other files see it; one without inputs where there is none that can be
// read.
func (s *Snapshot) SummaryOf(dir string) *Summary {
	if summary := s.summary(filepath.Join(dir, flakeName)); summary != nil {
		return summary
	}
	return &Summary{Dir: dir}
}
