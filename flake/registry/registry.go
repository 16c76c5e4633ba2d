// Package registry resolves flake references through registries, files of version 2, as Nix does: which entry answers, over
// how many hops, and whether it answers for the inputs of a flake too. It does no I/O: callers hand in what the files hold.
//
// It reads as Nix does (src/libfetchers/registry.cc), checked against a real Nix 2.34.
package registry

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/internal/text"
)

// Kind is the place of a registry in Nix's order: an earlier kind is asked first.
type Kind uint8

// Flag: `--override-flake` on the command line. User: nix/registry.json below $XDG_CONFIG_HOME. System:
// /etc/nix/registry.json. Global: what the setting `flake-registry` names.
const (
	Flag Kind = iota
	User
	System
	Global
)

// ForInputs says whether registries of this kind answer for the inputs of a flake. Since Nix 2.26 only flags and the global
// registry do; the others answer for references on the command line.
func (k Kind) ForInputs() bool { return k == Flag || k == Global }

// Provenance tells where the text of the global registry comes from. It is Setting for all other registries.
type Provenance uint8

// Setting: a file that the setting names. CachedCopy: the copy of the download that Nix keeps. BuiltIn: our own table,
// where there is neither.
const (
	Setting Provenance = iota
	CachedCopy
	BuiltIn
)

// Registry is the content of one registry. It never changes.
type Registry struct {
	Kind       Kind
	Provenance Provenance
	// Path is the file's path or address, for messages; "" where there is none.
	Path     string
	Entries  []Entry
	Problems []Problem
}

// String names the registry for a message, with the provenance: "the global registry (a cached copy of it)".
func (r *Registry) String() string {
	switch r.Kind {
	case Flag:
		return "a flag --override-flake"
	case User:
		return "the user registry"
	case System:
		return "the system registry"
	}
	switch r.Provenance {
	case CachedCopy:
		return "the global registry (a cached copy of it)"
	case BuiltIn:
		return "the global registry (built-in copy of " + WellKnownDate + ")"
	}
	if r.Path == "" {
		return "the global registry"
	}
	return fmt.Sprintf("the global registry (%s)", r.Path)
}

// Entry says what one reference stands for.
type Entry struct {
	From ref.Ref
	// To has the entry's dir, if there is one.
	To ref.Ref
	// Exact entries answer only for exactly From: a ref or rev that is asked for is not carried over.
	Exact bool
	// Span is the place of the whole entry in the file, ToSpan that of the object `to`.
	Span, ToSpan text.Span
}

// Set is all registries that hold at one place, in Nix's order. It never changes.
type Set struct{ registries []*Registry }

// NewSet orders registries by kind; of one kind the first is asked first.
func NewSet(registries ...*Registry) *Set {
	registries = slices.Clone(registries)
	slices.SortStableFunc(registries, func(a, b *Registry) int { return int(a.Kind) - int(b.Kind) })
	return &Set{registries}
}

// Registries gives the registries in Nix's order.
func (s *Set) Registries() []*Registry { return slices.Clone(s.registries) }

// Purpose is what a reference is resolved for; it decides which registries answer.
type Purpose uint8

// FlakeInput: an input of a flake, since Nix 2.26. CommandLine: an argument of a command, and inputs before 2.26.
const (
	FlakeInput Purpose = iota
	CommandLine
)

func (s *Set) asked(purpose Purpose) []*Registry {
	if purpose == CommandLine {
		return s.registries
	}
	return slices.DeleteFunc(slices.Clone(s.registries), func(r *Registry) bool { return !r.Kind.ForInputs() })
}

// IDs gives the ids that answer for the purpose, sorted, each once.
func (s *Set) IDs(purpose Purpose) []string {
	var ids []string
	for _, r := range s.asked(purpose) {
		for _, e := range r.Entries {
			if id := e.From.ID(); id != "" {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
