package workspace

import (
	"iter"
	"path/filepath"
	"strings"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
	"github.com/nix-pins-lsp/nix-pins-lsp/parse"
)

// Summary is what the index keeps of a flake.nix: its inputs and overrides, without their text.
type Summary struct {
	// Dir is the absolute path of the folder.
	Dir  string
	file string // the flake.nix in it
	// syntax is the tree of the text: when it is read again it need not be parsed again.
	syntax parse.Compact
	// inputs are those of a summary that stands alone. A keeper has the others as one text: ten thousand flakes have a hundred thousand
	// inputs.
	inputs []SummaryInput
	keeper *keeper
	packed string
}

// SummaryInput is one input or override.
type SummaryInput struct {
	// Path holds the names from the top; one for an input, more for an override. Nobody may change it.
	Path []string
	// Reference is what it refers to, valid where HasReference. Indirect says that Nix makes it of the input's name.
	Reference              ref.Ref
	HasReference, Indirect bool
	// Follows is its path with empty parts dropped, valid where IsFollow. Nobody may change it.
	Follows  []string
	IsFollow bool
	IsFlake  bool
	// Span is where it says what it refers to: its url or its type, else its name. It is empty for an implicit input.
	Span text.Span
}

// Inputs are the inputs, each followed by its overrides, in the order of Flake.Inputs.
func (s *Summary) Inputs() iter.Seq[SummaryInput] {
	return func(yield func(SummaryInput) bool) {
		s.eachInput(func(_ uint32, in SummaryInput) bool { return yield(in) })
	}
}

// eachInput gives the inputs with their places, until yield says false.
func (s *Summary) eachInput(yield func(at uint32, in SummaryInput) bool) {
	for i, in := range s.inputs {
		if !yield(uint32(i), in) {
			return
		}
	}
	for rest := text.Unpack(s.packed); !rest.Done(); {
		at := uint32(rest.At())
		if in := s.keeper.unpack(&rest); !yield(at, in) {
			return
		}
	}
}

// inputAt is the input of a place that eachInput gave.
func (s *Summary) inputAt(at uint32) SummaryInput {
	if s.keeper == nil {
		return s.inputs[at]
	}
	rest := text.Unpack(s.packed[at:])
	return s.keeper.unpack(&rest)
}

// Input finds an input by its name.
func (s *Summary) Input(name string) (in SummaryInput, ok bool) {
	for in := range s.Inputs() {
		if len(in.Path) == 1 && in.Path[0] == name {
			return in, true
		}
	}
	return SummaryInput{}, false
}

// Has says whether there is an input of that name.
func (s *Summary) Has(name string) bool {
	_, ok := s.Input(name)
	return ok
}

func summarize(path string, inputs []*Input, syntax parse.Compact) *Summary {
	count := 0
	for _, top := range inputs {
		top.Walk(func(*Input) { count++ })
	}
	s := &Summary{Dir: filepath.Dir(path), file: path, inputs: make([]SummaryInput, 0, count), syntax: syntax}
	for _, top := range inputs {
		top.Walk(func(in *Input) {
			s.inputs = append(s.inputs, SummaryInput{
				Path: cloned(in.Path), Reference: in.Reference, HasReference: in.HasReference, Indirect: in.Indirect,
				Follows: cloned(in.Follows), IsFollow: in.IsFollow, IsFlake: in.IsFlake, Span: in.span(),
			})
		})
	}
	return s
}

// cloned is a path of names that are no parts of a text which they would keep in memory.
func cloned(path []string) []string {
	if path == nil {
		return nil
	}
	names := make([]string, len(path))
	for i, name := range path {
		names[i] = strings.Clone(name)
	}
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
