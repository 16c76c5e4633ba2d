package workspace

import (
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/lock"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/ref"
	"github.com/nix-pins-lsp/nix-pins-lsp/flake/registry"
)

// RegistryPin compares what commands such as `nix shell nixpkgs#hello` get with what pins has: an id of the registries of this
// machine, and the input of the newest set of pins that has the same source.
type RegistryPin struct {
	// ID is the registry id, which is also what the input of pins is called: nixpkgs.
	ID string
	// Registry is what the registries resolve it to.
	Registry registry.Result
	// Pins is the node of the input in pins' newest set.
	Pins lock.Node
	// Agrees says that the registry is pinned to the very commit that pins has.
	Agrees bool
	// Reference is what the registry should say: the source of pins' input at pins' commit.
	Reference ref.Ref
}

// NixpkgsInRegistry is InRegistry of nixpkgs.
func (s *Snapshot) NixpkgsInRegistry(id PinsID) (pin RegistryPin, ok bool) {
	return s.InRegistry(id, "nixpkgs")
}

// InRegistry says how what the registries have under a name and the input of that name of a pins flake relate. ok is false where pins has
// no such input with a commit, or no registry here has the id.
func (s *Snapshot) InRegistry(id PinsID, name string) (pin RegistryPin, ok bool) {
	newest := s.History(id).Newest
	if newest == nil {
		return RegistryPin{}, false
	}
	edge, ok := newest.Base.Input(name)
	if !ok || edge.Target == lock.NoNode {
		return RegistryPin{}, false
	}
	node := newest.Base.Of(edge.Target)
	asked, err := ref.Parse(name)
	if err != nil {
		return RegistryPin{}, false
	}
	result, err := s.Registry().Resolve(asked, registry.CommandLine)
	if err != nil || node.Rev() == "" {
		return RegistryPin{}, false
	}
	pin = RegistryPin{ID: name, Registry: result, Pins: node, Agrees: result.Ref.Rev() == node.Rev()}
	pin.Reference, ok = node.Locked().Pinned()
	return pin, ok
}
