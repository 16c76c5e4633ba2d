package registry

import (
	"fmt"
	"slices"

	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
)

// MaxHops is the number of entries after which Nix takes a resolution for a circle.
const MaxHops = 99

// Result is what a reference stands for.
type Result struct {
	Ref ref.Ref
	// Hops are the entries that answered, in order; none for a reference that needs no registry.
	Hops []Hop
}

// Registry is the registry whose entry gave the result, or nil where no entry was needed.
func (r Result) Registry() *Registry {
	if len(r.Hops) == 0 {
		return nil
	}
	return r.Hops[len(r.Hops)-1].Registry
}

// Hop is one entry that answered, and the reference that it made.
type Hop struct {
	Registry *Registry
	Entry    Entry
	Ref      ref.Ref
}

// NotFoundError says that no registry that is asked has the reference.
type NotFoundError struct {
	// Ref was looked for: the reference itself, or what an entry made of it.
	Ref ref.Ref
	// Local is what the user or system registry makes of it: `nix registry list` shows it and the command line uses it, but
	// for the inputs of a flake it is ignored since Nix 2.26. It is nil where these registries do not have it either.
	Local *Result
	// Uncertain says that the global registry that was asked is our own table: the real one may have the reference.
	Uncertain bool
}

func (e *NotFoundError) Error() string {
	if e.Local != nil {
		return fmt.Sprintf("only %s has %q, and it is ignored for the inputs of a flake since Nix 2.26", local(e.Local), e.Ref.String())
	}
	if e.Uncertain {
		return fmt.Sprintf("%q is not among the well-known ids of the global registry of %s, which could not be read here", e.Ref.String(), WellKnownDate)
	}
	return fmt.Sprintf("no flake registry has %q", e.Ref.String())
}

// local is the first registry of a resolution that inputs ignore.
func local(r *Result) *Registry {
	for _, hop := range r.Hops {
		if !hop.Registry.Kind.ForInputs() {
			return hop.Registry
		}
	}
	return r.Registry()
}

// CircleError says that entries lead to each other without end.
type CircleError struct {
	Ref  ref.Ref
	Hops []Hop
}

func (e *CircleError) Error() string {
	return fmt.Sprintf("the flake registries go in a circle for %q", e.Ref.String())
}

// CarryError says that an entry answers for a reference whose ref or rev cannot be carried over to what it stands for.
type CarryError struct {
	Hop Hop // Ref is what was asked for
	Why string
}

func (e *CarryError) Error() string {
	return fmt.Sprintf("%s makes %q of %q, but %s", e.Hop.Registry, e.Hop.Entry.To.String(), e.Hop.Ref.String(), e.Why)
}

// Resolve finds what a reference stands for. As an input, only an indirect reference asks the registries; on the command
// line any does. The error is a *NotFoundError, a *CircleError or a *CarryError.
func (s *Set) Resolve(reference ref.Ref, purpose Purpose) (Result, error) {
	result, err := s.resolve(reference, purpose)
	if notFound, ok := err.(*NotFoundError); ok && purpose == FlakeInput {
		if local, err := s.resolve(reference, CommandLine); err == nil {
			notFound.Local = &local
		}
	}
	return result, err
}

func (s *Set) resolve(reference ref.Ref, purpose Purpose) (Result, error) {
	if purpose == FlakeInput && reference.Type() != ref.Indirect {
		return Result{Ref: reference}, nil
	}
	registries := s.asked(purpose)
	var hops []Hop
	// Entries speak of sources. The dir is that of the last entry, else that of the reference.
	at, dir := reference.WithDir(""), reference.Dir()
	for {
		hop, ok := lookup(registries, at)
		if !ok {
			break
		}
		if len(hops) == MaxHops {
			return Result{}, &CircleError{reference, hops}
		}
		carried, why := carry(hop.Entry, at)
		if why != "" {
			hop.Ref = at
			return Result{}, &CarryError{hop, why}
		}
		at, dir = carried, reference.Dir()
		if own := hop.Entry.To.Dir(); own != "" {
			dir = own
		}
		hop.Ref = at.WithDir(dir)
		hops = append(hops, hop)
	}
	if at.Type() == ref.Indirect {
		uncertain := slices.ContainsFunc(registries, func(r *Registry) bool { return r.Provenance == BuiltIn })
		return Result{}, &NotFoundError{Ref: at, Uncertain: uncertain}
	}
	return Result{at.WithDir(dir), hops}, nil
}

// lookup finds the first entry that answers for a reference.
func lookup(registries []*Registry, at ref.Ref) (Hop, bool) {
	attrs := at.Attrs()
	delete(attrs, "ref")
	delete(attrs, "rev")
	plain, err := ref.FromAttrs(attrs)
	if err != nil {
		plain = at
	}
	for _, r := range registries {
		for _, e := range r.Entries {
			if e.From == at || !e.Exact && e.From == plain {
				return Hop{Registry: r, Entry: e}, true
			}
		}
	}
	return Hop{}, false
}

// carry is the entry's target, with the ref and the rev that were asked for unless the entry is exact or from has its own.
// why says why the target cannot have them.
func carry(e Entry, asked ref.Ref) (target ref.Ref, why string) {
	target = e.To.WithDir("")
	if e.Exact {
		return target, ""
	}
	var branch, rev string
	if e.From.Ref() == "" {
		branch = asked.Ref()
	}
	if e.From.Rev() == "" {
		rev = asked.Rev()
	}
	if branch == "" && rev == "" {
		return target, ""
	}
	attrs := target.Attrs()
	switch target.Type() {
	case ref.GitHub, ref.GitLab, ref.SourceHut:
		if branch != "" && rev != "" {
			return ref.Ref{}, "it cannot have both a ref and a rev"
		}
		delete(attrs, "ref") // either replaces both
		delete(attrs, "rev")
	case ref.Git:
		if branch == "" && target.Ref() == "" {
			return ref.Ref{}, "a Git reference with a rev needs a ref"
		}
	case ref.Mercurial, ref.Indirect:
	default:
		return ref.Ref{}, "a reference of type " + target.Type() + " can have neither ref nor rev"
	}
	if branch != "" {
		attrs["ref"] = branch
	}
	if rev != "" {
		attrs["rev"] = rev
	}
	target, err := ref.FromAttrs(attrs)
	if err != nil {
		return ref.Ref{}, err.Error()
	}
	return target, ""
}
